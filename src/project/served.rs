//! How a program is served: which commands of the project start it, and in which world.
//!
//! Takes a module of settings; gives what proves that an application of its part of the project is served. A module that
//! could be served proves nothing: a command that names it does, or what the settings install.

use super::modules::Target;
use super::names::ScopeId;
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::{ContextKind, Multiplicity, World};
use crate::frontend::commands::{Command, module_of};
use crate::frontend::{ADDING_METHODS, CALL_METHOD};
use crate::source::{FileId, Place};
use crate::syntax::{ExprKind, ImportKind, StmtKind};
use std::collections::BTreeSet;

/// Something that proves that a program is served in some world.
#[derive(Clone, Debug)]
pub struct Served {
    /// The world.
    pub world: World,
    /// Where it is said.
    pub place: Place,
    /// What says it: the program that a command starts, or what is installed.
    pub by: String,
    /// Whether it holds wherever the settings are used, not only with a module that takes them over.
    pub always: bool,
}

impl Project<'_> {
    /// What proves how the program of a module of settings is served, as far as it has `key` from there.
    pub fn served(&self, settings: FileId, key: &str) -> Vec<Served> {
        let mut found = self.by_commands(settings);
        found.extend(self.by_settings(settings, key));
        found
    }

    /// Whether the program of a module of settings itself closes what `maker` makes, in code that runs with each request.
    pub fn closes_per_request(&self, settings: FileId, maker: &str) -> bool {
        let closing = self.catalog.acting_paths(maker);
        let calls: Vec<String> = closing
            .iter()
            .filter_map(|path| {
                let (owner, method) = path.rsplit_once('.')?;
                let owner = owner.rsplit('.').next().unwrap_or(owner);
                Some(format!("{owner}.{method}("))
            })
            .collect();
        for file in self.files.holding(settings, &calls) {
            self.wanting(|| self.want(file));
        }
        let scope = self.files.file(settings).scope;
        self.all_parsed().any(|(file, parsed)| {
            self.files.file(file).scope == scope
                && parsed.index.calls.iter().any(|call| {
                    let call = ExprRef { file, expr: *call };
                    self.is_call_of(call, &closing) && self.runs_per_request(call)
                })
        })
    }

    fn is_call_of(&self, call: ExprRef, paths: &BTreeSet<&str>) -> bool {
        let (module, _) = self.tree(call.file);
        let Some(found) = module.call(call.expr) else {
            return false;
        };
        let ExprKind::Attribute(_, method) = &module.expr(found.callee).kind else {
            return false;
        };
        let last = |path: &&str| path.rsplit('.').next() == Some(&**method);
        if !paths.iter().any(last) {
            return false;
        }
        let callee = self.eval(
            ExprRef {
                expr: found.callee,
                ..call
            },
            &None,
        );
        callee.path().is_some_and(|path| paths.contains(&**path))
    }

    /// Whether a framework runs a place with each request: it calls the function, or an object of its class.
    fn runs_per_request(&self, place: ExprRef) -> bool {
        let often = [Multiplicity::AtRequestEnd, Multiplicity::PerRequest];
        let placement = self.placement(place);
        let handled = placement.evidence.iter().any(|it| often.contains(&it.when));
        let mut function = self.enclosing(place);
        let mut called = false;
        while let Some(at) = function {
            let found = self.function(at);
            let class = found.class.map(|class| ClassRef {
                file: at.file,
                class,
            });
            called |= class.is_some_and(|class| self.find_method(class, CALL_METHOD).is_some());
            let index = self.tree(at.file).1;
            let outer = index.function_of(index.function_homes[at.function.index()].scope);
            function = outer.map(|function| FunctionRef { function, ..at });
        }
        handled || called
    }

    fn by_commands(&self, settings: FileId) -> Vec<Served> {
        let services = self.files.services.iter().flat_map(|(file, services)| {
            let commands = services.iter().flat_map(|service| &service.commands);
            commands.map(|command| (*file, command))
        });
        let files = self.files.commands.iter();
        let files = files.flat_map(|(file, all)| all.iter().map(|command| (*file, command)));
        let product = |file: FileId| {
            let contexts = self.file_contexts(file);
            !contexts.contains(&ContextKind::Test) && !contexts.contains(&ContextKind::Example)
        };
        services
            .chain(files)
            .filter(|(file, _)| product(*file))
            .filter_map(|(file, command)| self.by_command(settings, file, command))
            .collect()
    }

    fn by_command(&self, settings: FileId, file: FileId, command: &Command) -> Option<Served> {
        let servers = &self.catalog.contexts().servers;
        let program = |word: &String| {
            let last = word.rsplit('/').next().unwrap_or(word);
            servers.iter().find(|server| *server == last)
        };
        let at = command
            .words
            .iter()
            .position(|word| program(word).is_some())?;
        let by = program(&command.words[at])?.clone();
        let scope = self.files.file(settings).scope;
        let modules = command.words[at + 1..]
            .iter()
            .filter_map(|word| module_of(word));
        let world = modules
            .flat_map(|module| self.files.modules_named(module, scope))
            .find_map(|module| self.application_in(module, 1))?;
        let place = Place {
            file,
            span: command.span,
        };
        Some(Served {
            world,
            place,
            by,
            always: true,
        })
    }

    /// The world of the application that a module makes, or takes from a module that it imports.
    fn application_in(&self, module: FileId, left: u8) -> Option<World> {
        let imports = &self.files.file(module).imports;
        let mut known = self.catalog.applications().iter();
        let found = known.find(|known| {
            known.made_by.iter().any(|path| {
                let mut parts = path.rsplit('.');
                let (name, last) = (parts.next(), parts.next());
                imports.imports_name(last.unwrap_or_default(), name.unwrap_or_default())
            })
        });
        if found.is_some() || left == 0 {
            return found.map(|found| found.world);
        }
        let targets = self.imported_files(module);
        targets
            .into_iter()
            .find_map(|target| self.application_in(target, left - 1))
    }

    /// The files of the project that a module imports.
    fn imported_files(&self, file: FileId) -> Vec<FileId> {
        let Some(parsed) = self.files.parsed(file) else {
            self.wanting(|| self.want(file));
            return Vec::new();
        };
        let statements = parsed.module.body.iter();
        let imports = statements.filter_map(|id| match &parsed.module.stmt(*id).kind {
            StmtKind::Import(imports) => Some(imports),
            _ => None,
        });
        imports
            .flatten()
            .filter_map(
                |import| match self.resolve(file, import.level, &import.module) {
                    Target::File(target) => Some(target),
                    _ => None,
                },
            )
            .collect()
    }

    fn by_settings(&self, settings: FileId, key: &str) -> Vec<Served> {
        let mut modules = BTreeSet::new();
        self.star_sources(settings, &mut modules);
        let mut takers = BTreeSet::new();
        self.star_takers(settings, key, &mut takers);
        let takers: Vec<FileId> = takers.difference(&modules).copied().collect();
        modules.extend(&takers);
        let named = |name: &String| {
            modules.iter().any(|file| {
                let parsed = self.files.parsed(*file);
                parsed
                    .is_some_and(|it| it.index.scope(ScopeId(0)).names.contains_key(name.as_str()))
            })
        };
        let known = self.catalog.installed().iter();
        let known = known.filter(|known| known.with_name.as_ref().is_none_or(named));
        known
            .filter_map(|known| {
                let place = modules
                    .iter()
                    .find_map(|file| self.listed(*file, &known.holds))?;
                Some(Served {
                    world: known.world,
                    place,
                    by: known.holds.clone(),
                    always: !takers.contains(&place.file),
                })
            })
            .collect()
    }

    /// Modules of the product that take over all names of a module and leave `key` as it is there.
    fn star_takers(&self, file: FileId, key: &str, found: &mut BTreeSet<FileId>) {
        if !found.insert(file) {
            return;
        }
        for taker in self.files.all_importers(file) {
            let beside = [ContextKind::Test, ContextKind::Script, ContextKind::Example];
            let contexts = self.file_contexts(taker);
            if beside.iter().any(|context| contexts.contains(context)) {
                continue;
            }
            let Some(parsed) = self.files.parsed(taker) else {
                self.wanting(|| self.want(taker));
                continue;
            };
            let mut exprs = parsed.module.exprs.iter();
            let named = parsed.index.scope(ScopeId(0)).names.contains_key(key)
                || exprs.any(|expr| matches!(&expr.kind, ExprKind::Name(name) if *name == *key));
            let mut sources = BTreeSet::new();
            self.star_sources(taker, &mut sources);
            if !named && sources.contains(&file) {
                self.star_takers(taker, key, found);
            }
        }
    }

    /// Where a list of a module holds a text, or is given it by a call of its method.
    fn listed(&self, file: FileId, text: &str) -> Option<Place> {
        let parsed = self.files.parsed(file)?;
        let (module, index) = (&parsed.module, &parsed.index);
        let mut strings = index.strings.iter();
        let found = strings.find(|string| {
            let is_text =
                matches!(&module.expr(**string).kind, ExprKind::Str(held) if **held == *text);
            let around = index.parent(**string).filter(|_| is_text);
            around.is_some_and(|around| match &module.expr(around).kind {
                ExprKind::List(_) | ExprKind::Tuple(_) => true,
                ExprKind::Call(_) => module.call(around).is_some_and(|call| {
                    matches!(&module.expr(call.callee).kind, ExprKind::Attribute(_, method)
                        if ADDING_METHODS.contains(&&**method))
                }),
                _ => false,
            })
        })?;
        let span = module.expr(*found).span;
        Some(Place { file, span })
    }

    /// A module and those all of whose names it takes over.
    fn star_sources(&self, file: FileId, found: &mut BTreeSet<FileId>) {
        if !found.insert(file) {
            return;
        }
        let Some(parsed) = self.files.parsed(file) else {
            self.want(file);
            return;
        };
        for star in &parsed.index.scope(ScopeId(0)).stars {
            let StmtKind::Import(imports) = &parsed.module.stmt(star.stmt).kind else {
                continue;
            };
            let import = &imports[star.item as usize];
            if !matches!(import.kind, ImportKind::All) {
                continue;
            }
            if let Target::File(target) = self.resolve(file, import.level, &import.module) {
                self.star_sources(target, found);
            }
        }
    }
}
