//! How a program is served: which commands of the project start it, and in which world.
//!
//! Takes a module of settings; gives what proves that an application of its part of the project is served. A module that
//! could be served proves nothing: a command that names it does, or what the settings install.

use super::Project;
use super::modules::Target;
use super::names::ScopeId;
use crate::catalog::{ContextKind, World};
use crate::frontend::commands::{Command, module_of};
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
}

impl Project<'_> {
    /// What proves how the program of a module of settings is served.
    pub fn served(&self, settings: FileId) -> Vec<Served> {
        let mut found = self.by_commands(settings);
        found.extend(self.by_settings(settings));
        found
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
            .find_map(|module| self.application_in(module))?;
        let place = Place {
            file,
            span: command.span,
        };
        Some(Served { world, place, by })
    }

    /// The world of the application that a module makes.
    fn application_in(&self, module: FileId) -> Option<World> {
        let imports = &self.files.file(module).imports;
        let mut known = self.catalog.applications().iter();
        let found = known.find(|known| {
            known.made_by.iter().any(|path| {
                let mut parts = path.rsplit('.');
                let (name, last) = (parts.next(), parts.next());
                imports.imports_name(last.unwrap_or_default(), name.unwrap_or_default())
            })
        });
        found.map(|found| found.world)
    }

    fn by_settings(&self, settings: FileId) -> Vec<Served> {
        let mut modules = BTreeSet::new();
        self.star_sources(settings, &mut modules);
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
                })
            })
            .collect()
    }

    /// Where a list of a module holds a text.
    fn listed(&self, file: FileId, text: &str) -> Option<Place> {
        let parsed = self.files.parsed(file)?;
        let (module, index) = (&parsed.module, &parsed.index);
        let mut strings = index.strings.iter();
        let found = strings.find(|string| {
            let is_text =
                matches!(&module.expr(**string).kind, ExprKind::Str(held) if **held == *text);
            let around = index
                .parent(**string)
                .map(|around| &module.expr(around).kind);
            is_text && matches!(around, Some(ExprKind::List(_) | ExprKind::Tuple(_)))
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
