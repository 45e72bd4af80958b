//! Contexts: tests, migrations, scripts, functions as a service, vendored and generated code; and comments beside a call
//! that say a choice is deliberate.
//!
//! Takes a place; gives what is known about the world it runs in. File and folder names with a meaning come from
//! `rules/contexts.yaml`, the rest from what calls what.

use super::names::Atom;
use super::pools::Pool;
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::ContextKind;
use crate::source::FileId;
use crate::syntax::StmtKind;
use globset::Glob;
use std::collections::BTreeSet;

/// How many lines above a call a comment still belongs to it.
const COMMENT_LINES: usize = 3;

impl Project<'_> {
    /// The contexts of a file.
    pub fn file_contexts(&self, file: FileId) -> BTreeSet<ContextKind> {
        if let Some(known) = self.known.file_contexts.borrow().get(&file) {
            return known.clone();
        }
        let found = self.find_file_contexts(file);
        self.known
            .file_contexts
            .borrow_mut()
            .insert(file, found.clone());
        found
    }

    fn find_file_contexts(&self, file: FileId) -> BTreeSet<ContextKind> {
        let path = &self.files.file(file).path;
        let contexts = self.catalog.contexts();
        let mut found = BTreeSet::new();
        let mut folders: Vec<&str> = path.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        for pattern in &contexts.product_folders {
            let wanted: Vec<&str> = pattern.split('/').collect();
            let at = folders
                .windows(wanted.len())
                .position(|window| window == wanted);
            if let Some(at) = at {
                folders.truncate(at);
            }
        }
        for (pattern, kind) in &contexts.folders {
            let wanted: Vec<&str> = pattern.split('/').collect();
            if folders.windows(wanted.len()).any(|window| window == wanted) {
                found.insert(*kind);
            }
        }
        let globs = self.known.context_globs.get_or_init(|| {
            let compiled = contexts.files.iter().filter_map(|(pattern, kind)| {
                Some((Glob::new(pattern).ok()?.compile_matcher(), *kind))
            });
            compiled.collect()
        });
        found.extend(
            globs
                .iter()
                .filter(|(glob, _)| glob.is_match(name))
                .map(|(_, kind)| *kind),
        );
        if self.files.is_declared_for_tests(file) {
            found.insert(ContextKind::Test);
        }
        let imports = &self.files.file(file).imports;
        found.extend(
            contexts
                .imports
                .iter()
                .filter(|import| imports.imports_name(&import.module, &import.name))
                .map(|import| import.is),
        );
        if let Some(beside) = contexts.beside.get(name)
            && beside
                .beside
                .iter()
                .any(|other| self.files.stands_beside(path, other))
        {
            found.insert(beside.is);
        }
        if let Some(parsed) = self.parsed(file) {
            let head =
                String::from_utf8_lossy(&parsed.bytes[..parsed.bytes.len().min(600)]).into_owned();
            if contexts
                .generated_marks
                .iter()
                .any(|mark| head.contains(mark.as_str()))
            {
                found.insert(ContextKind::Generated);
            }
        }
        found
    }

    /// Whether a file is a test, an example or somebody else's: what it holds is no part of the product.
    pub fn is_beside_the_product(&self, file: FileId) -> bool {
        self.file_contexts(file).iter().any(|context| {
            matches!(
                context,
                ContextKind::Test
                    | ContextKind::Example
                    | ContextKind::Vendored
                    | ContextKind::Generated
            )
        })
    }

    /// The contexts of an expression: those of its file, of the guard around it, and of what calls its function.
    pub fn contexts(&self, expr: ExprRef) -> BTreeSet<ContextKind> {
        let mut found = self.file_contexts(expr.file);
        let (module, index) = self.tree(expr.file);
        let for_tests =
            |atom: Atom| matches!(atom, Atom::Test(test, true) if module.for_tests.contains(&test));
        for atom in index.atoms(index.standing(expr.expr).guard) {
            if atom == Atom::Main {
                found.insert(ContextKind::Script);
            } else if for_tests(atom) {
                found.insert(ContextKind::Test);
            }
        }
        let mut function = self.enclosing(expr);
        while let Some(at) = function {
            found.extend(
                self.registrations(at)
                    .iter()
                    .filter_map(|registration| registration.calls.context),
            );
            if self.is_named_for_migrations(at) {
                found.insert(ContextKind::Migration);
            }
            let home = index.function_homes[at.function.index()];
            if index.atoms(home.guard).any(for_tests) {
                found.insert(ContextKind::Test);
            }
            function = index.function_of(home.scope).map(|function| FunctionRef {
                file: at.file,
                function,
            });
        }
        found
    }

    /// The contexts of a pool: of the call that makes it, and of the calls that lead there with these settings.
    pub fn pool_contexts(&self, pool: &Pool) -> BTreeSet<ContextKind> {
        let mut found = self.contexts(pool.site);
        let mut frames = &pool.frames;
        while let Some(frame) = frames {
            let around = self.contexts(frame.call).into_iter();
            let ends = frame.outer.is_none();
            // Tests call helpers of the product, and the product calls helpers of its migrations.
            found.extend(around.filter(|context| ends || *context == ContextKind::Migration));
            frames = &frame.outer;
        }
        found
    }

    /// Whether everything that is known to lead to an expression is a script: the file as the program itself, or a
    /// command.
    pub fn only_from_scripts(&self, expr: ExprRef) -> bool {
        let placement = self.placement(expr);
        let commands = placement
            .evidence
            .iter()
            .all(|evidence| evidence.context == Some(ContextKind::Script));
        let starts = placement.from_main
            || placement
                .evidence
                .iter()
                .any(|evidence| evidence.context.is_some());
        starts && commands && !placement.made_once && placement.roots.is_empty()
    }

    /// Whether the name of a function says that it is there for tests.
    pub fn is_named_for_tests(&self, function: FunctionRef) -> bool {
        let words = super::sessions::split_words(&self.function(function).name);
        let for_tests = &self.catalog.contexts().test_words;
        words.iter().any(|word| for_tests.contains(word))
    }

    /// Whether the name of a function says that it changes the schema.
    fn is_named_for_migrations(&self, function: FunctionRef) -> bool {
        let words = super::sessions::split_words(&self.function(function).name);
        let known = &self.catalog.contexts().migration_words;
        words.iter().any(|word| known.contains(word))
    }

    /// Whether a function service calls this function.
    pub(super) fn is_serverless_handler(&self, function: FunctionRef) -> bool {
        let found = self.function(function);
        self.catalog
            .contexts()
            .serverless_handlers
            .iter()
            .any(|handler| {
                handler.name == found.name
                    && found.params.len() == handler.parameters.len()
                    && found
                        .params
                        .iter()
                        .zip(&handler.parameters)
                        .all(|(param, name)| param.name == *name)
            })
    }

    /// Whether the link scope of a file is deployed as functions: a file says so, or it holds a handler.
    pub fn is_serverless(&self, file: FileId) -> bool {
        if let Some(known) = self.known.serverless.borrow().get(&file) {
            return *known;
        }
        let found = self.find_serverless(file);
        self.known.serverless.borrow_mut().insert(file, found);
        found
    }

    fn find_serverless(&self, file: FileId) -> bool {
        let scope = self.files.file(file).scope;
        let root = &self.files.scopes[scope.0 as usize];
        let beside = if root.is_empty() {
            "x".to_owned()
        } else {
            format!("{root}/x")
        };
        self.catalog
            .contexts()
            .serverless_files
            .iter()
            .any(|name| self.files.stands_beside(&beside, name))
            || self
                .files
                .list
                .iter()
                .filter(|other| other.scope == scope)
                .any(|other| {
                    let names = &self.catalog.contexts().serverless_imports;
                    names
                        .iter()
                        .any(|name| other.imports.may_import_module(name))
                })
            || self.parsed(file).is_some_and(|parsed| {
                (0..parsed.module.functions.len()).any(|number| {
                    let function = crate::syntax::FunctionId(u32::try_from(number).unwrap_or(0));
                    self.is_serverless_handler(FunctionRef { file, function })
                })
            })
    }

    /// Whether a file of the same link scope imports a framework that runs tasks in worker processes of its own.
    pub fn has_task_workers(&self, file: FileId) -> bool {
        let scope = self.files.file(file).scope;
        if let Some(known) = self.known.task_workers.borrow().get(&scope) {
            return *known;
        }
        let names = self.catalog.task_imports();
        let mut files = self.files.list.iter().filter(|other| other.scope == scope);
        let found = files.any(|other| {
            names
                .iter()
                .any(|name| other.imports.may_import_module(name))
        });
        self.known.task_workers.borrow_mut().insert(scope, found);
        found
    }

    /// Whether the file itself imports such a framework.
    pub fn runs_tasks(&self, file: FileId) -> bool {
        let imports = &self.files.file(file).imports;
        self.catalog
            .task_imports()
            .iter()
            .any(|name| imports.may_import_module(name))
    }

    /// Whether an expression runs inside a `with` block that enters a lock, by its name.
    pub fn is_locked(&self, expr: ExprRef) -> bool {
        let Some(parsed) = self.parsed(expr.file) else {
            return false;
        };
        let words = &self.catalog.contexts().lock_words;
        let span = self.span(expr);
        parsed.module.stmts.iter().any(|stmt| {
            let StmtKind::With { items, .. } = &stmt.kind else {
                return false;
            };
            stmt.span.contains(span)
                && items.iter().any(|item| {
                    let item = parsed.module.expr(item.context).span;
                    let text = parsed.bytes.get(item.range()).unwrap_or_default();
                    let named = super::sessions::split_words(&String::from_utf8_lossy(text));
                    !item.contains(span) && named.iter().any(|word| words.contains(word))
                })
        })
    }

    /// Whether a function only asks whether something is there, by its name.
    pub fn is_probe(&self, function: FunctionRef) -> bool {
        let words = &self.catalog.contexts().probe_words;
        let named = super::sessions::split_words(&self.function(function).name);
        named.iter().any(|word| words.contains(word))
    }

    /// Whether a comment on the lines of an expression, or just above it, gives a reason that the catalog knows.
    pub fn is_deliberate(&self, expr: ExprRef) -> bool {
        let Some(parsed) = self.parsed(expr.file) else {
            return false;
        };
        let lines = parsed.lines();
        let span = self.span(expr);
        let (first, last) = (lines.line(span.start), lines.line(span.end));
        let words = &self.catalog.contexts().deliberate_words;
        parsed.module.comments.iter().any(|comment| {
            let line = lines.line(comment.start);
            line + COMMENT_LINES >= first && line <= last && {
                let text =
                    String::from_utf8_lossy(parsed.bytes.get(comment.range()).unwrap_or_default())
                        .to_lowercase();
                words.iter().any(|word| text.contains(word.as_str()))
            }
        })
    }
}
