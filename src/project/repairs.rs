//! Repairs: what has to be written to change a pool's class or a number.
//!
//! Takes a pool and what the catalog says stands in for its class; gives edits. Invariant: only what is written plainly
//! at one place is changed: a class that a variable, a parameter or a condition decides has no repair.

use super::configuration::Loaded;
use super::modules::Files;
use super::names::{Binding, BindingKind};
use super::pools::{ClassChoice, Pool, Setting};
use super::values::{Condition, Env, Value};
use super::{ExprRef, Project};
use crate::catalog::{Asked, Holds, Replacement, Role, Scalar};
use crate::edit::{self, Change, Edit, Fix, Literal, Needed, Origin, Text};
use crate::finding::Finding;
use crate::frontend;
use crate::source::{FileId, Place, Span};
use crate::syntax::{ExprId, ExprKind, StmtKind};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Edits of one file, and the names they need.
#[derive(Clone, Debug)]
pub struct Repair {
    /// The edits.
    pub edits: Vec<Edit>,
    /// Names to import.
    pub needs: Vec<Needed>,
    /// The class that takes the place, its last component; `None` when the library's default does.
    pub class: Option<String>,
    /// Keywords that are added.
    pub added: Vec<String>,
}

impl<'a> Project<'a> {
    /// What the catalog says stands in for the class of a pool.
    pub fn replacement(
        &self,
        pool: &Pool,
        conditions: &[Condition],
        asked: Asked,
    ) -> Option<&Replacement> {
        let library = self.catalog.library(&pool.library)?;
        let (versions, _) = self.versions(pool.site.file, &pool.library);
        let facts: Vec<_> = conditions
            .iter()
            .flat_map(|condition| self.facts(*condition).to_vec())
            .collect();
        let backends: Vec<_> = pool
            .database
            .backends
            .iter()
            .filter(|(_, held)| self.compatible(held, conditions))
            .filter_map(|(backend, _)| self.refined(backend.clone(), &facts))
            .collect();
        let row_for = |dialect: Option<&String>, path| {
            library.replacements.iter().find(|row| {
                row.asked == asked
                    && (row.dialects.is_empty()
                        || dialect.is_some_and(|name| row.dialects.contains(name)))
                    && (row.paths.is_empty()
                        || Option::is_some_and(path, |path| row.paths.contains(&path)))
                    && row
                        .is_async
                        .is_none_or(|is_async| is_async == pool.is_async)
                    && row
                        .versions
                        .as_ref()
                        .is_none_or(|needed| versions.within(needed) == Holds::Yes)
            })
        };
        let mut rows = backends
            .iter()
            .map(|backend| row_for(backend.dialect.as_ref(), backend.path));
        let first = match rows.next() {
            Some(row) => row?,
            None => row_for(None, None)?,
        };
        rows.all(|row| row == Some(first)).then_some(first)
    }

    /// The pools whose class is named at a place.
    pub fn named_at(&self, place: Place) -> impl Iterator<Item = (&Pool, &ClassChoice)> {
        self.instances().iter().flat_map(move |pool| {
            let choices = pool.classes.iter();
            choices
                .filter(move |choice| choice.place == Some(place))
                .map(move |choice| (pool, choice))
        })
    }

    /// What writes a replacement in the place of a class.
    pub fn replace_class(
        &self,
        pool: &Pool,
        choice: &ClassChoice,
        replacement: &Replacement,
    ) -> Option<Repair> {
        let place = choice.place?;
        let text = self.editable(place.file)?;
        let value = self.class_written_at(place)?;
        let class = replacement
            .class
            .as_deref()
            .and_then(|path| path.rsplit('.').next());
        let mut needs = Vec::new();
        let becomes = match class {
            None => None,
            Some(class) => {
                let (spelled, beside) = self.spelled(&text, value, class)?;
                needs.extend(beside.map(|beside| Needed {
                    file: place.file,
                    from: Origin::Beside(beside),
                    name: class.to_owned(),
                }));
                Some(spelled)
            }
        };
        let maker = self.catalog.maker(&pool.maker)?;
        let keyword = |role: &Role| maker.parameters.get(role)?.keyword.clone();
        let mut adds: Vec<(String, Literal)> = replacement
            .set
            .iter()
            // A dictionary that is not known may hold the keyword already.
            .filter(|(role, _)| !pool.open && !pool.settings.contains_key(role))
            .filter_map(|(role, value)| Some((keyword(role)?, written(value)?)))
            .collect();
        let mut inside = None;
        if !replacement.connect_arguments.is_empty() {
            let entries: Vec<(String, Literal)> = replacement
                .connect_arguments
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), written(value)?)))
                .collect();
            match pool
                .settings
                .get(&Role::ConnectArguments)
                .map(Vec::as_slice)
            {
                None if pool.open => return None,
                None => adds.insert(
                    0,
                    (keyword(&Role::ConnectArguments)?, Literal::Table(entries)),
                ),
                Some([only]) => {
                    inside = Some((self.dictionary_written(only, place.file)?, entries))
                }
                Some(_) => return None,
            }
        }
        let added = adds.iter().map(|(name, _)| name.clone()).collect();
        let change = Change {
            entry: place.span,
            becomes,
            adds,
            inside,
        };
        let edits = edit::change(&text, &change)?;
        Some(Repair {
            edits: placed(place.file, edits),
            needs,
            class: class.map(str::to_owned),
            added,
        })
    }

    /// What writes another maker of the same module in the place of the one that a call names.
    pub fn replace_maker(&self, pool: &Pool, maker: &str) -> Option<Repair> {
        let text = self.editable(pool.site.file)?;
        let (module, _) = self.tree(pool.site.file);
        let callee = ExprRef {
            expr: module.call(pool.site.expr)?.callee,
            ..pool.site
        };
        let place = self.place(callee);
        let named = self.class_written_at(place)?;
        let own = self.eval(named, &None);
        let name = maker.rsplit('.').next()?;
        if *self.catalog.canonical(own.path()?) != *pool.maker {
            return None;
        }
        let (spelled, beside) = self.spelled(&text, named, name)?;
        let needs = beside.map(|beside| Needed {
            file: named.file,
            from: Origin::Beside(beside),
            name: name.to_owned(),
        });
        Some(Repair {
            edits: vec![Edit {
                place,
                content: spelled,
            }],
            needs: needs.into_iter().collect(),
            class: Some(name.to_owned()),
            added: Vec::new(),
        })
    }

    /// What writes another number in the place of one.
    pub fn replace_number(&self, place: Place, old: i64, new: i64) -> Option<Edit> {
        let text = self.editable(place.file)?;
        let (old, new) = (old.to_string(), new.to_string());
        let written = text.slice(place.span);
        let mut found = written.match_indices(&old).map(|(at, _)| at);
        let at = found.next()?;
        let is_digit = |char: char| char.is_ascii_digit() || char == '_' || char == '-';
        let whole = !written[..at].ends_with(is_digit)
            && !written[at + old.len()..].starts_with(|char: char| is_digit(char) || char == '.');
        if found.next().is_some() || !whole {
            return None;
        }
        let start = place.span.start as usize + at;
        let span = Span::new(start, start + old.len());
        Some(Edit {
            place: Place { span, ..place },
            content: new,
        })
    }

    /// What writes a number over a value that stands in an argument or entry.
    pub fn write_number(&self, entry: Place, value: Option<Place>, number: i64) -> Option<Edit> {
        let place = value.filter(|value| entry.contains(*value))?;
        self.editable(place.file)?;
        Some(Edit {
            place,
            content: number.to_string(),
        })
    }

    /// What makes one dictionary called `into` of settings that are assigned one by one, each with its key there.
    pub fn gather_settings(&self, into: &str, settings: &[(&Loaded, String)]) -> Option<Vec<Edit>> {
        let file = settings.first()?.0.name.file;
        let text = self.editable(file)?;
        let guard = |loaded: &Loaded| {
            let value = loaded.value?;
            Some(self.tree(value.file).1.standing(value.expr).guard)
        };
        // What one branch sets must not be set by another.
        let first = guard(settings[0].0);
        if settings.iter().any(|(loaded, _)| guard(loaded) != first) {
            return None;
        }
        let moved: Option<Vec<edit::Moved>> = settings
            .iter()
            .map(|(loaded, key)| {
                let value = loaded.value?;
                let statement = self.statement(value);
                let written = self.tree(file).0.stmt(statement);
                let plain = matches!(&written.kind, StmtKind::Assign { targets, annotation: None, .. } if targets.len() == 1);
                plain.then(|| edit::Moved {
                    name: loaded.name.span,
                    value: self.span(value),
                    statement: written.span,
                    key: key.clone(),
                    quoted: loaded.quoted,
                })
            })
            .collect();
        Some(placed(file, edit::gather(&text, into, &moved?)?))
    }

    /// What writes a number beside a setting.
    pub fn add_number(&self, place: Place, keyword: &str, number: i64) -> Option<Vec<Edit>> {
        let text = self.editable(place.file)?;
        let adds = [(keyword.to_owned(), Literal::Int(number))];
        Some(placed(place.file, edit::add(&text, place.span, &adds)?))
    }

    /// What switches a setting on for every pool that one call makes: written beside its other settings, or in the place
    /// of what switches it off.
    pub fn switch_on(&self, pool: &Pool, role: Role) -> Option<Vec<Edit>> {
        let maker = self.catalog.maker(&pool.maker)?;
        let param = maker.parameters.get(&role)?;
        let keyword = param.keyword.clone()?;
        if param.unit.as_deref() != Some("bool") {
            return None;
        }
        if let Some(given) = pool.settings.get(&role) {
            let [only] = given.as_slice() else {
                return None;
            };
            let written = only.val.place.filter(|place| only.place.contains(*place))?;
            let text = self.editable(written.file)?;
            let edits = edit::set(&text, only.place.span, &Literal::Bool(true))?;
            return Some(placed(only.place.file, edits));
        }
        // One call may make several pools: a keyword that one of them brings along must not stand there twice.
        let mut alike = self.instances().iter().filter(|it| it.site == pool.site);
        if alike.any(|other| other.open || other.settings.contains_key(&role)) {
            return None;
        }
        let (module, _) = self.tree(pool.site.file);
        let call = module.call(pool.site.expr)?;
        let entry = if maker.parameters.contains_key(&Role::Options) {
            self.entry_of_options(pool)?
        } else {
            let file = pool.site.file;
            let span = call.args.first()?.span;
            Place { file, span }
        };
        let text = self.editable(entry.file)?;
        let edits = edit::add(&text, entry.span, &[(keyword, Literal::Bool(true))])?;
        (!edits.is_empty()).then(|| placed(entry.file, edits))
    }

    /// An entry of the dictionary that holds the keywords of a pool, when there is only one such dictionary.
    fn entry_of_options(&self, pool: &Pool) -> Option<Place> {
        let keywords = [
            Role::Size,
            Role::Overflow,
            Role::AcquireTimeout,
            Role::Recycle,
            Role::ConnectArguments,
        ];
        keywords.iter().find_map(|role| {
            let [only] = pool.settings.get(role)?.as_slice() else {
                return None;
            };
            let entry = only.configured? != only.place && only.conditions.is_empty();
            entry.then_some(only.place)
        })
    }

    /// What takes settings out of the call or dictionary that they are written in.
    pub fn drop_settings(&self, places: &[Place]) -> Option<Vec<Edit>> {
        let file = places.first()?.file;
        let text = self.editable(file)?;
        let spans: Vec<Span> = places.iter().map(|place| place.span).collect();
        let together = places.iter().all(|place| place.file == file);
        let edits = edit::remove(&text, &spans).filter(|_| together)?;
        Some(placed(file, edits))
    }

    /// What awaits a call, where it is all that is assigned or returned and the function around it may wait.
    pub fn awaited(&self, call: ExprRef) -> Option<Edit> {
        self.editable(call.file)?;
        let (module, index) = self.tree(call.file);
        let function = self.function(self.enclosing(call)?);
        let whole = matches!(
            module.stmt(self.statement(call)).kind,
            StmtKind::Assign { .. } | StmtKind::Return(_)
        ) && index.parent(call.expr).is_none();
        let start = self.span(call).start as usize;
        (function.is_async && whole).then(|| Edit {
            place: Place {
                file: call.file,
                span: Span::new(start, start),
            },
            content: frontend::AWAIT.to_owned(),
        })
    }

    /// What makes a whole number of text that is given as a setting: a literal becomes the number that it spells, what
    /// is read from the environment is converted where it is given. Nothing where it may be that there is no text.
    pub fn convert_setting(&self, setting: &Setting) -> Option<Vec<Edit>> {
        let file = setting.place.file;
        let text = self.editable(file)?;
        let (expression, number) = match &setting.val.value {
            Value::Str(written) => {
                let number: i64 = written.trim().parse().ok()?;
                (setting.val.place?, Some(number))
            }
            Value::Env(env) if !env.configured && self.is_never_missing(env) => (env.place, None),
            _ => return None,
        };
        if expression.file != file {
            return None;
        }
        let edit = match number {
            Some(number) => edit::rewrite(
                &text,
                setting.place.span,
                expression.span,
                number.to_string(),
            ),
            None => {
                let function = frontend::TO_INTEGER;
                // A name of the file's own may be anything.
                let own = self.bindings(file, function).next().is_some();
                edit::wrap(&text, setting.place.span, expression.span, function).filter(|_| !own)
            }
        };
        Some(placed(file, vec![edit?]))
    }

    /// Whether reading a variable gives a value in any case: a fallback that is a whole number, or an index, which
    /// fails by itself when there is nothing.
    fn is_never_missing(&self, env: &Env) -> bool {
        let (module, _) = self.tree(env.place.file);
        match env.default.as_ref().map(|default| &default.value) {
            Some(Value::Int(_)) => true,
            Some(Value::Str(text)) => text.trim().parse::<i64>().is_ok(),
            Some(_) => false,
            None => module.exprs.iter().any(|expr| {
                expr.span == env.place.span && matches!(expr.kind, ExprKind::Subscript(..))
            }),
        }
    }

    /// The text of a file that may be changed.
    pub(super) fn editable(&self, file: FileId) -> Option<Rc<Text<'a>>> {
        if let Some(known) = self.texts.borrow().get(&file) {
            return known.clone();
        }
        let parsed = self.parsed(file)?;
        let language = self.files.file(file).language;
        let text = match parsed.module.partial {
            true => None,
            false => Text::new(language, &parsed.bytes).map(Rc::new),
        };
        self.texts.borrow_mut().insert(file, text.clone());
        text
    }

    /// The expression that names a class at a place, when it is a plain name or attribute of something imported.
    fn class_written_at(&self, place: Place) -> Option<ExprRef> {
        let (module, index) = self.tree(place.file);
        let argument = index.calls.iter().find_map(|call| {
            let args = &module.call(*call)?.args;
            let arg = args.iter().find(|arg| arg.span == place.span)?;
            Some(arg.value)
        });
        let value = argument.or_else(|| {
            let at = module.exprs.iter().position(|expr| {
                expr.span == place.span
                    && matches!(expr.kind, ExprKind::Name(_) | ExprKind::Attribute(..))
            })?;
            Some(ExprId(u32::try_from(at).ok()?))
        })?;
        let mut root = value;
        while let ExprKind::Attribute(base, _) = &module.expr(root).kind {
            root = *base;
        }
        let ExprKind::Name(name) = &module.expr(root).kind else {
            return None;
        };
        let plain = self
            .bindings(place.file, name)
            .all(|binding| matches!(binding.kind, BindingKind::Import(_)));
        plain.then_some(ExprRef {
            file: place.file,
            expr: value,
        })
    }

    /// Everything in a file that binds a name, in any scope.
    fn bindings(&self, file: FileId, name: &str) -> impl Iterator<Item = &Binding> {
        let scopes = self.tree(file).1.scopes.iter();
        scopes.flat_map(move |scope| scope.names.get(name).into_iter().flatten())
    }

    /// How another class of the same module is written where `value` names one, and the import beside which it has to
    /// be imported.
    fn spelled(
        &self,
        text: &Text<'_>,
        value: ExprRef,
        class: &str,
    ) -> Option<(String, Option<Span>)> {
        let (module, _) = self.tree(value.file);
        // The other class must be where this one is: a module of the project that renames one need not hold both.
        let holds = |path: &str| {
            let path = format!("{path}.{class}");
            self.catalog.class(&path).is_some() || self.catalog.maker(&path).is_some()
        };
        match &module.expr(value.expr).kind {
            ExprKind::Attribute(base, _) => {
                let owner = ExprRef {
                    expr: *base,
                    ..value
                };
                let base = text.slice(module.expr(*base).span);
                holds(self.eval(owner, &None).path()?).then(|| (format!("{base}.{class}"), None))
            }
            ExprKind::Name(name) => {
                let Some(binding) = self.bindings(value.file, name).next() else {
                    return Some((class.to_owned(), None));
                };
                let BindingKind::Import(import) = binding.kind else {
                    return None;
                };
                let StmtKind::Import(imports) = &module.stmt(import.stmt).kind else {
                    return None;
                };
                let import = imports.get(import.item as usize)?;
                (import.level == 0 && holds(&import.module.join(".")))
                    .then(|| (class.to_owned(), Some(import.span)))
            }
            _ => None,
        }
    }

    /// The dictionary that a setting is, when it is written out in `file`.
    fn dictionary_written(&self, setting: &Setting, file: FileId) -> Option<Span> {
        let place = setting.val.place?;
        let (module, _) = self.tree(place.file);
        let written = module
            .exprs
            .iter()
            .any(|expr| expr.span == place.span && matches!(expr.kind, ExprKind::Dict(_)));
        (place.file == file && written && matches!(setting.val.value, Value::Dict(_)))
            .then_some(place.span)
    }
}

/// Works out the imports of every fix by itself. A fix whose names cannot be imported goes.
pub fn complete(files: &Files, findings: &mut [Finding]) {
    for finding in findings {
        finding
            .fixes
            .retain_mut(|fix| match import_edits(files, &[fix]) {
                Some(imports) => {
                    fix.imports = imports;
                    true
                }
                None => false,
            });
    }
}

/// The import edits of fixes that are applied together.
pub fn import_edits(files: &Files, fixes: &[&Fix]) -> Option<Vec<Edit>> {
    let mut all = Vec::new();
    // What only adds to a file, and needs nothing, leaves its imports as they are; looking takes as long as parsing.
    let touched: BTreeSet<FileId> = fixes
        .iter()
        .filter(|fix| {
            let adds = |edit: &Edit| edit.place.span.start == edit.place.span.end;
            !fix.needs.is_empty() || !fix.edits.iter().all(adds)
        })
        .flat_map(|fix| &fix.edits)
        .map(|edit| edit.place.file)
        .collect();
    for file in touched {
        let parsed = files.parsed(file)?;
        let text = Text::new(files.file(file).language, &parsed.bytes)?;
        let edits: Vec<(Span, &str)> = fixes
            .iter()
            .flat_map(|fix| &fix.edits)
            .filter(|edit| edit.place.file == file)
            .map(|edit| (edit.place.span, edit.content.as_str()))
            .collect();
        let needed = fixes
            .iter()
            .flat_map(|fix| &fix.needs)
            .filter(|needed| needed.file == file)
            .collect();
        let package = frontend::is_package_file(files.file(file).language, &files.file(file).path);
        let shared = |name: &str| package || files.is_taken_from(file, name);
        let made = edit::imports(&text, &parsed.module, &edits, &needed, &shared)?;
        all.extend(made.into_iter().map(|(span, content)| Edit {
            place: Place { file, span },
            content,
        }));
    }
    Some(all)
}

pub(super) fn placed(file: FileId, edits: Vec<(Span, String)>) -> Vec<Edit> {
    let placed = edits.into_iter().map(|(span, content)| Edit {
        place: Place { file, span },
        content,
    });
    placed.collect()
}

fn written(value: &Scalar) -> Option<Literal> {
    match value {
        Scalar::Bool(value) => Some(Literal::Bool(*value)),
        Scalar::Int(value) => Some(Literal::Int(*value)),
        Scalar::Float(value) => Some(Literal::Float(*value)),
        Scalar::Null(()) | Scalar::Text(_) => None,
    }
}
