//! What edits make of a file's imports: names that nothing uses any more go, names that are needed come.
//!
//! Takes the edits of one file and the names they need; gives further edits. Invariant: an import goes only when the
//! edits took its last use, and nobody else can have it from this file.

use super::list::{Fate, Item, List};
use super::section;
use super::text::Text;
use crate::frontend::Token;
use crate::source::{FileId, Span};
use crate::syntax::{ArmKind, ExprKind, Import, ImportKind, Module, Stmt, StmtId, StmtKind};
use std::collections::{BTreeMap, BTreeSet};

/// A name that has to be imported.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Needed {
    /// The file that needs it.
    pub file: FileId,
    /// Where it comes from.
    pub from: Origin,
    /// The name.
    pub name: String,
}

/// Where a name that has to be imported comes from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// The module of an import that stands already, beside which it goes: the name that is imported there.
    Beside(Span),
    /// The module of this dotted name; `kin` are the imports of the file that stand in one section with it.
    Module {
        /// The name.
        path: String,
        /// Their spans.
        kin: Vec<Span>,
    },
}

/// The edits of the imports; `None` when a needed name means something else in the file already. `shared` says whether
/// other files may take a name from this one.
pub fn imports(
    text: &Text<'_>,
    module: &Module,
    edits: &[(Span, &str)],
    needs: &BTreeSet<&Needed>,
    shared: &dyn Fn(&str) -> bool,
) -> Option<Vec<(Span, String)>> {
    let mut statements: BTreeMap<StmtId, Names> = BTreeMap::new();
    let mut all = Vec::new();
    let mut needed = Vec::new();
    for need in needs {
        match &need.from {
            Origin::Beside(span) => needed.push((*span, need.name.as_str())),
            Origin::Module { path, kin } => match sibling(module, path) {
                Some(span) => needed.push((span, need.name.as_str())),
                None if is_taken(text, &need.name) => return None,
                None => all.push(section::import(text, module, (path, &need.name), kin)?),
            },
        }
    }
    for name in freed(text, edits) {
        if let Some((stmt, item)) = only_import(module, name)
            && may_go(text, module, edits, stmt, item, name)
            && !shared(name)
        {
            statements.entry(stmt).or_default().gone.insert(item);
        }
    }
    for (beside, name) in needed {
        let (stmt, item) = all_imports(module)
            .find(|(_, _, import)| import.span == beside)
            .map(|(stmt, item, _)| (stmt, item))?;
        let import = &imports_of(module.stmt(stmt))[item];
        let known: Vec<StmtId> = all_imports(module)
            .filter(|(_, _, other)| {
                (other.level, &other.module) == (import.level, &import.module)
                    && bound(other) == Some(name)
            })
            .map(|(stmt, _, _)| stmt)
            .collect();
        if known.iter().any(|stmt| !is_type_only(module, *stmt)) {
            continue;
        }
        if known.is_empty() && is_taken(text, name) {
            return None;
        }
        let names = statements.entry(stmt).or_default();
        names.come.insert(name.to_owned(), item);
    }
    for (stmt, names) in statements {
        all.extend(names.edits(text, module, stmt));
    }
    all.sort();
    Some(all)
}

/// Whether a file has a use for a name already.
fn is_taken(text: &Text<'_>, name: &str) -> bool {
    let is = |token: &Token| token.kind == Token::NAME && text.slice(token.span) == name;
    text.tokens.iter().any(is)
}

/// The last name that the module's own body takes from the module at `path`.
fn sibling(module: &Module, path: &str) -> Option<Span> {
    let statements = module.body.iter().map(|stmt| module.stmt(*stmt));
    let mut imports = statements.flat_map(imports_of).filter(|import| {
        let named = matches!(import.kind, ImportKind::Name { .. });
        named && import.level == 0 && import.module.join(".") == path
    });
    imports.next_back().map(|import| import.span)
}

/// What becomes of one import statement.
#[derive(Default)]
struct Names {
    /// Positions of the names that go.
    gone: BTreeSet<usize>,
    /// The names that come, and the position beside which.
    come: BTreeMap<String, usize>,
}

impl Names {
    fn edits(&self, text: &Text<'_>, module: &Module, stmt: StmtId) -> Vec<(Span, String)> {
        let statement = module.stmt(stmt);
        let imports = imports_of(statement);
        if self.gone.len() == imports.len() && self.come.is_empty() {
            return removal(text, module, stmt).into_iter().collect();
        }
        let Some(list) = list(text, statement) else {
            return Vec::new();
        };
        let mut words: Vec<Vec<&str>> = imports
            .iter()
            .enumerate()
            .map(|(at, import)| {
                if self.gone.contains(&at) {
                    Vec::new()
                } else {
                    vec![text.slice(import.span)]
                }
            })
            .collect();
        let sorted = imports
            .iter()
            .map(|import| rank(text.slice(import.span)))
            .is_sorted();
        for (name, beside) in &self.come {
            let at = if imports.len() > 1 && sorted {
                // Behind the last name that sorts before it; a name that goes leaves its place to it.
                let before = imports
                    .iter()
                    .filter(|import| rank(text.slice(import.span)) < rank(name));
                before.count().saturating_sub(1)
            } else {
                *beside
            };
            words[at].push(name);
            words[at].sort_by_key(|word| rank(word));
        }
        let fates = words
            .into_iter()
            .zip(&list.items)
            .map(|(words, item)| {
                if words.is_empty() {
                    return Fate::Goes;
                }
                let start = item.span.start as usize;
                let between = if text.starts_line(start) {
                    format!(",{}{}", text.newline(), text.indent(start))
                } else {
                    ", ".to_owned()
                };
                Fate::Becomes(words.join(&between))
            })
            .collect();
        list.edits(text, fates, Vec::new())
    }
}

/// How formatters sort imported names: constants, classes, the rest.
fn rank(name: &str) -> (u8, String) {
    let kind = match name.chars().next() {
        Some(first) if first.is_uppercase() => {
            u8::from(name.len() == 1 || name.chars().any(char::is_lowercase))
        }
        _ => 2,
    };
    (kind, name.to_lowercase())
}

/// The names whose uses the edits take away.
fn freed<'t>(text: &'t Text<'t>, edits: &[(Span, &str)]) -> BTreeSet<&'t str> {
    edits
        .iter()
        .flat_map(|(span, _)| text.tokens_in(*span))
        .filter(|token| token.kind == Token::NAME)
        .map(|token| text.slice(token.span))
        .filter(|name| edits.iter().all(|(_, content)| !holds_word(content, name)))
        .collect()
}

/// Whether a text holds a name as a word.
fn holds_word(text: &str, name: &str) -> bool {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word)
    })
}

pub(super) fn imports_of(stmt: &Stmt) -> &[Import] {
    match &stmt.kind {
        StmtKind::Import(imports) => imports,
        _ => &[],
    }
}

fn all_imports(module: &Module) -> impl Iterator<Item = (StmtId, usize, &Import)> {
    let stmts = (0..).map(StmtId).zip(&module.stmts);
    stmts.flat_map(|(id, stmt)| {
        let imports = imports_of(stmt).iter().enumerate();
        imports.map(move |(at, import)| (id, at, import))
    })
}

/// The name that an import binds.
fn bound(import: &Import) -> Option<&str> {
    match &import.kind {
        ImportKind::Module { alias: Some(name) }
        | ImportKind::Name {
            alias: Some(name), ..
        }
        | ImportKind::Name { name, alias: None } => Some(name),
        ImportKind::Module { alias: None } => import.module.first().map(|name| name.as_str()),
        ImportKind::All => None,
    }
}

/// The import that binds a name, when there is one only: of two, one is a substitute for the other.
fn only_import(module: &Module, name: &str) -> Option<(StmtId, usize)> {
    let mut binding = all_imports(module).filter(|(_, _, import)| bound(import) == Some(name));
    let (stmt, item, import) = binding.next()?;
    // `import x as x` passes a name on.
    let passes_on =
        matches!(&import.kind, ImportKind::Name { name, alias: Some(alias) } if name == alias);
    (binding.next().is_none() && !passes_on).then_some((stmt, item))
}

fn may_go(
    text: &Text<'_>,
    module: &Module,
    edits: &[(Span, &str)],
    stmt: StmtId,
    item: usize,
    name: &str,
) -> bool {
    let statement = module.stmt(stmt);
    let own = imports_of(statement)[item].span;
    let goes = |span: Span| {
        own.contains(span)
            || edits
                .iter()
                .any(|(edit, _)| edit.start < span.end && span.start < edit.end)
    };
    let mut after_dot = false;
    for token in &text.tokens {
        let attribute = std::mem::replace(&mut after_dot, token.kind == ".");
        if token.kind == Token::NAME
            && !attribute
            && text.slice(token.span) == name
            && !goes(token.span)
        {
            return false;
        }
    }
    // `__all__ = ["Name"]`, an annotation in quotes.
    let in_text = module.exprs.iter().any(|expr| match &expr.kind {
        ExprKind::Str(string) => {
            let dense = string.replace(", ", ",").replace(" | ", "|");
            let code = |char: char| char.is_alphanumeric() || "_.[],|".contains(char);
            dense.chars().all(code) && holds_word(string, name)
        }
        _ => false,
    });
    let line = text.text[own.start as usize..text.line_end(own.start as usize)].to_lowercase();
    let kept_on_purpose = line
        .split_once('#')
        .is_some_and(|(_, comment)| comment.contains("noqa"));
    let arms = blocks(module).filter(|(owner, block)| {
        matches!(owner.kind, StmtKind::Try { .. }) && block.contains(&stmt)
    });
    !in_text && !kept_on_purpose && arms.count() == 0
}

/// Every block of the module with the statement it belongs to.
fn blocks(module: &Module) -> impl Iterator<Item = (&Stmt, &crate::syntax::Block)> {
    module.stmts.iter().flat_map(|stmt| {
        let blocks = module.blocks(stmt).into_iter();
        blocks.map(move |block| (stmt, block))
    })
}

/// Whether only type checkers read a statement.
fn is_type_only(module: &Module, stmt: StmtId) -> bool {
    module.stmts.iter().any(|owner| match &owner.kind {
        StmtKind::If(arms) => arms
            .iter()
            .any(|arm| arm.kind == ArmKind::TypeOnly && arm.body.contains(&stmt)),
        _ => false,
    })
}

/// The names of an import statement as a list.
fn list(text: &Text<'_>, stmt: &Stmt) -> Option<List> {
    let imports = imports_of(stmt);
    let first = imports.first()?.span;
    let before = text
        .tokens_in(Span {
            end: first.start,
            ..stmt.span
        })
        .iter()
        .rfind(|token| token.kind != Token::COMMENT)?;
    if before.kind == "(" {
        return List::opened(text, before.span);
    }
    let items = imports.iter().enumerate().map(|(at, import)| {
        let comma = imports.get(at + 1).and_then(|next| {
            let between = Span {
                start: import.span.end,
                end: next.span.start,
            };
            let mut tokens = text.tokens_in(between).iter();
            tokens
                .find(|token| token.kind == ",")
                .map(|token| token.span)
        });
        Item {
            span: import.span,
            comma,
        }
    });
    Some(List {
        open: before.span,
        close: Span {
            start: imports.last()?.span.end,
            end: imports.last()?.span.end,
        },
        items: items.collect(),
    })
}

/// What removes a whole import statement; nothing where that would leave an empty block or shares a line.
fn removal(text: &Text<'_>, module: &Module, stmt: StmtId) -> Option<(Span, String)> {
    let span = module.stmt(stmt).span;
    let alone = blocks(module).any(|(_, block)| **block == [stmt]);
    let (start, end) = (span.start as usize, span.end as usize);
    let tail = text
        .comment_behind(end)
        .map_or(end, |comment| comment.end as usize);
    if alone || !text.starts_line(start) || !text.ends_line(tail) {
        return None;
    }
    let from = start - text.indent(start).len();
    let mut to = text.next_line(tail);
    let blank = |line: &str| line.trim().is_empty();
    // A byte order mark before the first line is not of it.
    let top = text.text[..from].trim_start_matches('\u{feff}').is_empty();
    // A file does not begin with blank lines, and two of them do not become three.
    let under_blank = !top && blank(&text.text[text.line_start(from - 1)..from]);
    while (top || under_blank) && to < text.text.len() && blank(&text.text[to..text.next_line(to)])
    {
        to = text.next_line(to);
        if under_blank {
            break;
        }
    }
    Some((Span::new(from, to), String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::python;
    use crate::source::Language;

    /// The text after `use(Old)` became `use()`, or `use(New)` when that is needed.
    fn changed(text: &str, needed: bool, shared: bool) -> Option<String> {
        let read = Text::new(Language::Python, text.as_bytes()).expect("it parses");
        let module = python::Parser::new().parse(text.as_bytes());
        let start = text.find("use(Old)").expect("the use") + 4;
        let edit = (Span::new(start, start + 3), if needed { "New" } else { "" });
        let (_, _, import) = all_imports(&module)
            .find(|(_, _, import)| bound(import) == Some("Old"))
            .expect("the import");
        let need = Needed {
            file: FileId(0),
            from: Origin::Beside(import.span),
            name: "New".to_owned(),
        };
        let needs = needed.then_some(&need).into_iter().collect();
        let mut edits = imports(&read, &module, &[edit], &needs, &|_| shared)?;
        edits.push((edit.0, edit.1.to_owned()));
        edits.sort();
        let edits = edits
            .iter()
            .map(|(span, content)| (*span, content.as_str()));
        String::from_utf8(crate::edit::apply(text.as_bytes(), edits)).ok()
    }

    #[test]
    fn an_import_goes_when_nothing_uses_it_any_more() {
        for (before, after) in [
            ("from m import Old\n\n\nuse(Old)\n", "use()\n"),
            (
                "import a\nfrom m import Old  # x\n\nuse(Old)\n",
                "import a\n\nuse()\n",
            ),
            (
                "from m import A, Old\nuse(Old)\n",
                "from m import A\nuse()\n",
            ),
            (
                "from m import (\n    A,\n    Old,\n)\nuse(Old)\n",
                "from m import (\n    A,\n)\nuse()\n",
            ),
            ("from m import X as Old\nuse(Old)\n", "use()\n"),
            (
                "def f():\n    from m import Old\n    use(Old)\n",
                "def f():\n    use()\n",
            ),
        ] {
            assert_eq!(changed(before, false, false).as_deref(), Some(after));
        }
        let plain = "from m import Old\nuse(Old)\n";
        assert_eq!(
            changed(plain, false, true),
            Some(plain.replace("use(Old)", "use()"))
        );
        for kept in [
            "from m import Old\nuse(Old)\nOld()\n",
            "from m import Old\nuse(Old)\n__all__ = ['Old']\n",
            "from m import Old\nuse(Old)\nx: 'list[Old]' = 1\n",
            "from m import Old  # noqa: F401\nuse(Old)\n",
            "from m import Old as Old\nuse(Old)\n",
            "try:\n    from m import Old\nexcept ImportError:\n    Old = None\nuse(Old)\n",
            "if 1:\n    from m import Old\nuse(Old)\n",
        ] {
            let after = kept.replace("use(Old)", "use()");
            assert_eq!(changed(kept, false, false), Some(after));
        }
    }

    #[test]
    fn a_needed_name_is_imported_once_beside_its_sibling() {
        for (before, after) in [
            (
                "from m import Old\nuse(Old)\n",
                "from m import New\nuse(New)\n",
            ),
            (
                "from m import Old\nuse(Old)\nOld()\n",
                "from m import New, Old\nuse(New)\nOld()\n",
            ),
            (
                "from m import Old, Able\nuse(Old)\n",
                "from m import New, Able\nuse(New)\n",
            ),
            (
                "from m import (\n    Able,\n    Old,\n    Zoo,\n)\nuse(Old)\n",
                "from m import (\n    Able,\n    New,\n    Zoo,\n)\nuse(New)\n",
            ),
            (
                "from m import New, Old\nuse(Old)\n",
                "from m import New\nuse(New)\n",
            ),
            (
                "from m import Old\nif TYPE_CHECKING:\n    from m import New\nuse(Old)\n",
                "from m import New\nif TYPE_CHECKING:\n    from m import New\nuse(New)\n",
            ),
        ] {
            assert_eq!(changed(before, true, false).as_deref(), Some(after));
        }
        let taken = "from m import Old\nNew = 1\nuse(Old)\n";
        assert_eq!(changed(taken, true, false), None);
    }
}
