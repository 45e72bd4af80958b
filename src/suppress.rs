//! Inline ignores: `# poolint: ignore[rule, rule] reason` and `# poolint: file-ignore[rule]`.
//!
//! Takes the comments of a file; marks findings as ignored, and gives findings of its own about ignores that cannot be
//! obeyed or that nothing needs. Invariant: only the comments of the file of the primary place decide.

use crate::finding::{Finding, Status};
use crate::nearest::nearest;
use crate::rules::{self, INVALID_IGNORE, UNUSED_IGNORE};
use crate::source::{FileId, LineIndex, Place, Span};
use crate::syntax::Module;
use std::ops::RangeInclusive;

/// The inline ignores of one file.
#[derive(Debug)]
pub struct Ignores {
    file: FileId,
    lines: LineIndex,
    entries: Vec<Entry>,
    invalid: Vec<Invalid>,
}

/// One rule named by one comment.
#[derive(Debug)]
struct Entry {
    rule: String,
    span: Span,
    reach: Reach,
    used: bool,
}

/// What a comment covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reach {
    /// Findings and statements that hold the line of the comment.
    Line(usize),
    /// The same, and what starts on the line below.
    LineAndBelow(usize, usize),
    /// The file.
    File,
}

/// A comment that cannot be obeyed.
#[derive(Debug)]
struct Invalid {
    span: Span,
    message: String,
}

/// The forms that are understood, for help.
const FORM: &str =
    "Write `poolint: ignore[rule, rule] reason` or `poolint: file-ignore[rule] reason`.";

/// What is wrong with a `file-ignore` behind code or in a block.
const NOT_ALONE: &str = "`file-ignore` does not stand on a line of its own at module level";

impl Ignores {
    /// Reads the ignores among the comments of a file. Comments include their marker and are in order.
    pub fn parse(file: FileId, bytes: &[u8], comments: &[Span]) -> Self {
        let texts = comments.iter().flat_map(|comment| {
            let text = bytes.get(comment.range()).unwrap_or_default();
            directives(text)
                .into_iter()
                .map(move |(at, text)| (*comment, at, text))
        });
        let found: Vec<(Span, usize, &str)> = texts.collect();
        // Few files have any ignore; the others need no index.
        let lines = LineIndex::new(if found.is_empty() { &[] } else { bytes });
        let mut ignores = Self {
            file,
            lines,
            entries: Vec::new(),
            invalid: Vec::new(),
        };
        for (comment, at, text) in found {
            let offset = comment.start as usize + at;
            let line = ignores.lines.line(comment.start);
            let start = ignores.lines.line_span(bytes, line).start as usize;
            let before = &bytes[start..comment.start as usize];
            let before = before.strip_prefix("\u{feff}".as_bytes()).unwrap_or(before);
            let reach = |directive: &Directive<'_>| match directive.whole_file {
                true if before.is_empty() => Ok(Reach::File),
                true => Err(NOT_ALONE.to_owned()),
                false if before.trim_ascii().is_empty() => Ok(Reach::LineAndBelow(
                    line,
                    next_code(bytes, &ignores.lines, comments, line),
                )),
                false => Ok(Reach::Line(line)),
            };
            let parsed =
                Directive::parse(text).and_then(|directive| Ok((reach(&directive)?, directive)));
            match parsed {
                Ok((reach, directive)) => ignores.add(&directive, offset, reach),
                Err(message) => {
                    let span = Span::new(offset, offset + text.len());
                    ignores.invalid.push(Invalid { span, message });
                }
            }
        }
        ignores
    }

    /// Whether the file has no ignores, not even invalid ones.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.invalid.is_empty()
    }

    fn add(&mut self, directive: &Directive<'_>, offset: usize, reach: Reach) {
        let names: Vec<_> = rules::entries().iter().map(|entry| entry.name).collect();
        for (at, rule) in &directive.rules {
            let span = Span::new(offset + at, offset + at + rule.len());
            if names.contains(rule) {
                let rule = (*rule).to_owned();
                self.entries.push(Entry {
                    rule,
                    span,
                    reach,
                    used: false,
                });
                continue;
            }
            let mut message = format!("`{rule}` is no rule");
            if let Some(name) = nearest(rule, names.iter().copied()) {
                message.push_str(&format!("; did you mean `{name}`?"));
            }
            self.invalid.push(Invalid { span, message });
        }
    }

    /// Marks the finding if an ignore covers it, and the ignore as used.
    fn apply(&mut self, finding: &mut Finding, enclosing: &dyn Fn(Place) -> Option<Span>) {
        let lines = &self.lines;
        let lines_of = |span: Span| {
            let last = span.end.saturating_sub(1).max(span.start);
            lines.line(span.start)..=lines.line(last)
        };
        let own = lines_of(finding.place.span);
        let statement = enclosing(finding.place).map_or_else(|| own.clone(), lines_of);
        for entry in &mut self.entries {
            if entry.rule == finding.rule && entry.reach.covers(&own, &statement) {
                entry.used = true;
                finding.status = Status::Ignored;
            }
        }
    }

    fn finding(&self, rule: &'static str, span: Span, message: String) -> Finding {
        Finding::new(
            rule,
            Place {
                file: self.file,
                span,
            },
            message,
        )
    }
}

impl Reach {
    fn covers(&self, own: &RangeInclusive<usize>, statement: &RangeInclusive<usize>) -> bool {
        let on = |line: &usize| own.contains(line) || line == statement.end();
        match self {
            Self::File => true,
            Self::Line(line) => on(line),
            Self::LineAndBelow(line, below) => {
                own.contains(line) || below == own.start() || below == statement.start()
            }
        }
    }
}

/// Applies the ignores of all files to the findings, and adds findings about the ignores themselves.
///
/// `enclosing` gives the head of the innermost statement around a place ([`statement_around`]); `ran` says whether a
/// rule ran, for an ignore of a rule that did not run is not called unused.
pub fn apply(
    findings: &mut Vec<Finding>,
    ignores: &mut [Ignores],
    enclosing: &dyn Fn(Place) -> Option<Span>,
    ran: &dyn Fn(&str) -> bool,
) {
    ignores.sort_by_key(|ignores| ignores.file);
    let of = |file: FileId, ignores: &[Ignores]| {
        ignores
            .binary_search_by_key(&file, |ignores| ignores.file)
            .ok()
    };
    let mark = |finding: &mut Finding, ignores: &mut [Ignores]| {
        if let Some(at) = of(finding.place.file, ignores) {
            ignores[at].apply(finding, enclosing);
        }
    };
    let mut own: Vec<Finding> = ignores
        .iter()
        .flat_map(|ignores| {
            ignores.invalid.iter().map(|invalid| {
                ignores
                    .finding(INVALID_IGNORE, invalid.span, invalid.message.clone())
                    .help(FORM)
            })
        })
        .collect();
    for finding in findings.iter_mut().chain(&mut own) {
        mark(finding, ignores);
    }
    let mut unused: Vec<Finding> = ignores
        .iter()
        .flat_map(|ignores| {
            let idle = ignores
                .entries
                .iter()
                .filter(|entry| !entry.used && entry.rule != UNUSED_IGNORE && ran(&entry.rule));
            idle.map(|entry| {
                let message = format!(
                    "`{}` says nothing that this comment could set aside",
                    entry.rule
                );
                let help = "Delete the name from the comment, or the comment.";
                ignores
                    .finding(UNUSED_IGNORE, entry.span, message)
                    .help(help)
            })
        })
        .collect();
    for finding in &mut unused {
        mark(finding, ignores);
    }
    findings.append(&mut own);
    findings.append(&mut unused);
}

/// A directive that has the right form.
struct Directive<'a> {
    whole_file: bool,
    /// The rules named, each with its offset in the directive.
    rules: Vec<(usize, &'a str)>,
}

impl<'a> Directive<'a> {
    /// Parses `poolint: ignore[a, b] reason`.
    fn parse(text: &'a str) -> Result<Self, String> {
        let body = text
            .trim_start_matches("poolint")
            .trim_start()
            .trim_start_matches(':')
            .trim_start();
        let word_end = body
            .find(|char: char| !char.is_alphanumeric() && !matches!(char, '-' | '_'))
            .unwrap_or(body.len());
        let (word, rest) = body.split_at(word_end);
        let whole_file = match word {
            "ignore" => false,
            "file-ignore" => true,
            "" => return Err("the comment says nothing after `poolint:`".to_owned()),
            other => return Err(format!("`{other}` is neither `ignore` nor `file-ignore`")),
        };
        let Some(list) = rest.strip_prefix('[') else {
            return Err(format!("`{word}` names no rule"));
        };
        let Some(close) = list.find(']') else {
            return Err(format!("the list of `{word}` is not closed"));
        };
        if list[close + 1..].starts_with(|char: char| !char.is_whitespace()) {
            return Err("there is no space between the list and the reason".to_owned());
        }
        let mut at = text.len() - list.len();
        let mut rules = Vec::new();
        for item in list[..close].split(',') {
            let rule = item.trim();
            if rule.is_empty() {
                return Err(format!("the list of `{word}` lacks a name"));
            }
            rules.push((at + item.len() - item.trim_start().len(), rule));
            at += item.len() + 1;
        }
        Ok(Self { whole_file, rules })
    }
}

/// The directives in a comment, each with its offset. Several tools may share one comment
/// (`# other: tool  # poolint: ignore[…]`), so each marker starts a new one.
fn directives(comment: &[u8]) -> Vec<(usize, &str)> {
    let Ok(text) = std::str::from_utf8(comment) else {
        return Vec::new();
    };
    let is_marker = |char: char| matches!(char, '#' | '/');
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (at, _) in text.match_indices("poolint") {
        let before = text[..at].trim_end();
        let after = text[at + "poolint".len()..].trim_start();
        if before.ends_with(is_marker) && after.starts_with(':') {
            if let Some((start, last)) = found.last_mut() {
                let end = text[..at]
                    .trim_end()
                    .trim_end_matches(is_marker)
                    .trim_end()
                    .len();
                *last = &text[*start..end.max(*start)];
            }
            found.push((at, text[at..].trim_end()));
        }
    }
    found
}

/// The first line after `line` that holds code: neither blank nor only a comment. One past the last line if none.
fn next_code(bytes: &[u8], lines: &LineIndex, comments: &[Span], line: usize) -> usize {
    let last = lines.line(Span::new(bytes.len(), bytes.len()).start);
    let holds_code = |line: &usize| {
        let span = lines.line_span(bytes, *line);
        let text = &bytes[span.range()];
        let indent = text.len() - text.trim_ascii_start().len();
        let first = span.start + indent as u32;
        indent < text.len()
            && comments
                .binary_search_by_key(&first, |comment| comment.start)
                .is_err()
    };
    (line + 1..=last).find(holds_code).unwrap_or(last + 1)
}

/// The head of the innermost statement around `span`: the whole statement, or of one that holds a block what stands
/// before the first statement of the block. `bytes` are those that the module was made from.
pub fn statement_around(module: &Module, bytes: &[u8], span: Span) -> Option<Span> {
    let innermost = module
        .stmts
        .iter()
        .filter(|stmt| stmt.span.contains(span))
        .min_by_key(|stmt| stmt.span.end - stmt.span.start)?;
    let first = module
        .blocks(innermost)
        .into_iter()
        .flatten()
        .map(|id| module.stmt(*id).span.start)
        .filter(|start| *start >= span.end)
        .min();
    let Some(first) = first else {
        return Some(innermost.span);
    };
    let start = innermost.span.start as usize;
    let head = bytes
        .get(start..first as usize)
        .unwrap_or_default()
        .trim_ascii_end();
    Some(Span::new(start, start + head.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::syntax::{Expr, ExprId, ExprKind, Stmt, StmtId, StmtKind, WithItem};

    /// Comments of a text without strings.
    fn comments(text: &str) -> Vec<Span> {
        let mut at = 0;
        let mut found = Vec::new();
        for line in text.split_inclusive('\n') {
            if let Some(hash) = line.find('#') {
                found.push(Span::new(at + hash, at + line.trim_end().len()));
            }
            at += line.len();
        }
        found
    }

    fn place(text: &str, needle: &str) -> Place {
        let start = text.find(needle).expect("needle");
        Place {
            file: FileId(0),
            span: Span::new(start, start + needle.len()),
        }
    }

    /// The findings after ignores were applied to one `syntax-error` at `make(…)`: rule, status, source of the place.
    fn judged(
        text: &str,
        statement: Option<&str>,
        ran: bool,
    ) -> Vec<(&'static str, Status, String)> {
        let end = text.find(")").expect("call") + 1;
        let start = text.find("make").expect("call");
        let at = Place {
            file: FileId(0),
            span: Span::new(start, end),
        };
        let mut findings = vec![Finding::new("syntax-error", at, "x")];
        let mut ignores = [Ignores::parse(FileId(0), text.as_bytes(), &comments(text))];
        let around = statement.map(|needle| place(text, needle).span);
        apply(&mut findings, &mut ignores, &|_| around, &|_| ran);
        let own = findings.iter().skip(1);
        assert!(
            own.clone()
                .all(|finding| finding.severity == Severity::Warning && !finding.help.is_empty())
        );
        findings
            .iter()
            .map(|finding| {
                (
                    finding.rule,
                    finding.status,
                    text[finding.place.span.range()].to_owned(),
                )
            })
            .collect()
    }

    fn is_ignored(text: &str, statement: Option<&str>) -> bool {
        let judged = judged(text, statement, true);
        let ignored = judged[0].1 == Status::Ignored;
        // An ignore that sets aside something is not called unused, and the other way round.
        assert_eq!(judged.len(), if ignored { 1 } else { 2 }, "{judged:?}");
        ignored
    }

    #[test]
    fn trailing_above_and_within_the_primary_place_are_obeyed() {
        let ignore = "# poolint: ignore[syntax-error] because";
        assert!(is_ignored(&format!("x = make()  {ignore}\n"), None));
        assert!(is_ignored(&format!("{ignore}\nx = make()\n"), None));
        assert!(is_ignored(
            &format!("\u{feff}{ignore}\r\n\r\n  # other\r\nx = make()\r\n"),
            None
        ));
        assert!(is_ignored(
            &format!("x = make(\n  1,  {ignore}\n  2,\n)\n"),
            None
        ));
        assert!(is_ignored(
            &format!("x = make(\n  {ignore}\n  2,\n)\n"),
            None
        ));
        let folded = format!("{ignore}\nx = [\n  0,\n  make(),\n]\n");
        assert!(is_ignored(&folded, Some("x = [\n  0,\n  make(),\n]")));
        assert!(!is_ignored(&folded, None));
        let behind = format!("x = [\n  make(),\n]  {ignore}\n");
        assert!(is_ignored(&behind, Some("x = [\n  make(),\n]")));
    }

    #[test]
    fn elsewhere_they_are_not() {
        let ignore = "# poolint: ignore[syntax-error]";
        assert!(!is_ignored(
            &format!("x = make()\n{ignore}\ny = 1\n"),
            Some("x = make()")
        ));
        assert!(!is_ignored(
            &format!("{ignore}\ny = 1\nx = make()\n"),
            Some("x = make()")
        ));
        assert!(!is_ignored(
            &format!("y = 1  {ignore}\nx = make()\n"),
            Some("x = make()")
        ));
        let sibling = format!("x = [\n  0,  {ignore}\n  make(),\n]\n");
        assert!(!is_ignored(&sibling, Some("x = [")));
    }

    #[test]
    fn one_for_the_file_stands_alone_at_module_level() {
        assert!(is_ignored(
            "x = make()\ny = 1\n# poolint: file-ignore[syntax-error]\n",
            None
        ));
        for text in [
            "x = make()\nif y:\n    # poolint: file-ignore[syntax-error]\n",
            "x = make()\ny = 1  # poolint: file-ignore[syntax-error]\n",
        ] {
            let judged = judged(text, None, true);
            assert_eq!(judged[0].1, Status::Open);
            assert_eq!(judged[1].0, INVALID_IGNORE);
        }
    }

    #[test]
    fn wrong_forms_and_unknown_names_are_told() {
        for directive in [
            "poolint: ignore",
            "poolint: ignore[]",
            "poolint: ignore[syntax-error,]",
            "poolint: ignore[syntax-error",
            "poolint: ignore[syntax-error]because",
            "poolint: ignore syntax-error",
            "poolint: disable[syntax-error]",
            "poolint:",
        ] {
            let judged = judged(&format!("x = make()  # {directive}\n"), None, true);
            assert_eq!(judged.len(), 2, "{directive}");
            assert_eq!(judged[0].1, Status::Open, "{directive}");
            assert_eq!(
                judged[1],
                (INVALID_IGNORE, Status::Open, directive.to_owned())
            );
        }
        let named = judged(
            "x = make()  # poolint: ignore[sintax-error , syntax-error]\n",
            None,
            true,
        );
        assert_eq!(named[0].1, Status::Ignored);
        assert_eq!(
            named[1..],
            [(INVALID_IGNORE, Status::Open, "sintax-error".to_owned())]
        );
    }

    #[test]
    fn prose_is_no_directive_and_other_tools_may_share_the_comment() {
        let ran = true;
        let prose = "x = make()  # see poolint: ignore[syntax-error]\n";
        assert_eq!(judged(prose, None, ran).len(), 1);
        assert_eq!(judged(prose, None, ran)[0].1, Status::Open);
        assert!(is_ignored(
            "x = make()  # type: ignore # poolint: ignore[syntax-error] # more\n",
            None
        ));
    }

    #[test]
    fn unused_names_are_told_only_of_rules_that_ran() {
        let text = "y = 1  # poolint: ignore[syntax-error] old\nx = make()\n";
        let unused = (UNUSED_IGNORE, Status::Open, "syntax-error".to_owned());
        assert_eq!(judged(text, None, true)[1..], [unused]);
        assert_eq!(judged(text, None, false).len(), 1);
        let kept = "y = 1  # poolint: ignore[syntax-error, unused-ignore]\nx = make()\n";
        assert_eq!(judged(kept, None, true)[1].1, Status::Ignored);
    }

    #[test]
    fn the_head_of_a_statement_ends_before_its_block() {
        let text = "with make(\n) as c:\n    c.run()\n";
        let expr = |needle| Expr {
            span: place(text, needle).span,
            kind: ExprKind::None,
        };
        let stmt = |needle, kind| Stmt {
            span: place(text, needle).span,
            kind,
        };
        let with = StmtKind::With {
            items: vec![WithItem {
                context: ExprId(0),
                target: None,
            }],
            body: vec![StmtId(1)],
            is_async: false,
        };
        let module = Module {
            exprs: vec![expr("make(\n)"), expr("c.run()")],
            stmts: vec![
                stmt(text.trim_end(), with),
                stmt("c.run()", StmtKind::Expr(ExprId(1))),
            ],
            body: vec![StmtId(0)],
            ..Module::default()
        };
        let around = |needle| statement_around(&module, text.as_bytes(), place(text, needle).span);
        assert_eq!(
            around("make(\n)").map(|span| &text[span.range()]),
            Some("with make(\n) as c:")
        );
        assert_eq!(
            around("run").map(|span| &text[span.range()]),
            Some("c.run()")
        );
    }
}
