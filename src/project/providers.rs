//! Providers: which modules make pools or hand out connections to others, and which are programs themselves.
//!
//! Takes the places that make something; gives what each module provides. Invariant: what a module keeps to itself (an
//! engine inside one function, a class that connects for its own work) is provided to nobody.

use super::containers::{Handmade, Slot};
use super::names::Atom;
use super::placement::Kept;
use super::pools::Pool;
use super::sessions::split_words;
use super::values::{MOST_CALLS, Value};
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::{ContextKind, Kind, Multiplicity};
use crate::source::{FileId, Place, Span};
use crate::syntax::{ClassId, ExprId, ExprKind, FunctionId, StmtKind};
use std::collections::{BTreeMap, BTreeSet};

/// What a module gives to others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gives {
    /// A pool, or an engine, which has one.
    Pool,
    /// Connections, each opened anew.
    Connections,
}

/// A module that gives others a pool or connections.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The module.
    pub file: FileId,
    /// What it gives.
    pub gives: Gives,
    /// What makes it.
    pub made: Pool,
    /// The name under which others know it: the variable, function or class.
    pub name: String,
    /// Whether it is a class of the project that keeps connections, not the pool of a library.
    pub by_hand: bool,
}

/// Code that is run for its own sake; nobody imports it for a pool.
const ASIDE: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Migration,
    ContextKind::Script,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

impl Project<'_> {
    /// Every module of the product that gives others a pool or connections: one entry for each thing that it gives.
    pub fn providers(&self) -> &[Provider] {
        self.known.providers.get_or_init(|| {
            let pools = self.containers();
            let by_hand = pools.pools.iter().filter_map(|pool| self.by_hand(pool));
            let kept: BTreeSet<usize> = pools.pools.iter().map(|pool| pool.site).collect();
            let others = self.sites().iter().enumerate();
            let others = others.filter(|(number, _)| !kept.contains(number));
            by_hand
                .chain(others.filter_map(|(_, site)| self.provided(site)))
                .collect()
        })
    }

    /// One entry for each module that provides anything, in path order: its first pool, else its first connection.
    pub fn provider_files(&self) -> Vec<&Provider> {
        let mut found: BTreeMap<FileId, &Provider> = BTreeMap::new();
        for provider in self.providers() {
            let known = found.entry(provider.file).or_insert(provider);
            if provider.gives < known.gives {
                *known = provider;
            }
        }
        found.into_values().collect()
    }

    /// Whether other files of the product use what a module provides.
    pub fn is_given_to_others(&self, provider: &Provider) -> bool {
        let file = provider.file;
        let elsewhere = |at: &Place| at.file != file && !self.is_aside(at.file);
        match provider.gives {
            Gives::Pool => self
                .importing(file)
                .iter()
                .any(|(place, _)| elsewhere(place)),
            Gives::Connections => {
                let site = provider.made.site;
                let mut givers: Vec<FunctionRef> = self.enclosing(site).into_iter().collect();
                let mut seen: BTreeSet<FunctionRef> = givers.iter().copied().collect();
                // What others call may take it from a function beside it.
                for _ in 0..MOST_CALLS {
                    let calls: Vec<ExprRef> = std::mem::take(&mut givers)
                        .into_iter()
                        .flat_map(|giver| self.callers(giver))
                        .collect();
                    if calls.iter().any(|call| elsewhere(&self.place(*call))) {
                        return true;
                    }
                    let around = calls.into_iter().filter_map(|call| self.enclosing(call));
                    givers.extend(
                        around.filter(|around| {
                            seen.insert(*around) && self.returns_made(*around, site)
                        }),
                    );
                }
                false
            }
        }
    }

    /// Whether all that the part of the project around a pool makes with its library is for one database, as far as that
    /// is known.
    pub fn has_one_database(&self, pool: &Pool) -> bool {
        let scope = self.files.file(pool.site.file).scope;
        let known: BTreeSet<&String> = self
            .sites()
            .iter()
            .filter(|site| {
                site.library == pool.library
                    && self.files.file(site.site.file).scope == scope
                    && !self.is_aside(site.site.file)
            })
            .filter_map(|site| site.database.identity.as_ref())
            .collect();
        known.len() <= 1
    }

    /// Whether the same part of the project has a program that connects by another module.
    pub fn has_program_beside(&self, file: FileId) -> bool {
        let own = self.files.file(file);
        // A program of another language loads no module of this one.
        let beside = |other: FileId| {
            let known = self.files.file(other);
            other != file
                && known.scope == own.scope
                && known.language == own.language
                && !self.is_aside(other)
        };
        self.sites().iter().any(|site| beside(site.site.file))
            && self
                .files
                .ids()
                .any(|other| beside(other) && self.is_entry(other))
    }

    /// Whether a program surely starts in a file: it makes what a server runs, a framework calls its functions again and
    /// again, or it runs itself.
    fn is_entry(&self, file: FileId) -> bool {
        use crate::catalog::Multiplicity::{PerRequest, PerTask};
        self.makes_application(file)
            || self.files.parsed(file).is_some_and(|_| {
                let mut calls = self.registered_in(file).into_iter();
                calls.any(|when| matches!(when, PerRequest | PerTask)) || self.runs_itself(file)
            })
    }

    /// How often frameworks call the functions of a file.
    fn registered_in(&self, file: FileId) -> Vec<Multiplicity> {
        let functions = 0..self.tree(file).0.functions.len();
        functions
            .flat_map(|number| {
                let function = FunctionId(u32::try_from(number).unwrap_or(u32::MAX));
                let found = self.registrations(FunctionRef { file, function });
                let calls = found.iter().map(|registration| registration.calls.when);
                calls.collect::<Vec<_>>()
            })
            .collect()
    }

    /// Whether a module is there for other projects: what lies around it makes a distribution, and nothing there serves an
    /// application of its own.
    pub fn is_published(&self, file: FileId) -> bool {
        let scope = self.files.file(file).scope;
        let own = |other: &FileId| self.files.file(*other).scope == scope;
        let publishes = self.files.ids().filter(own).any(|other| {
            let known = self.files.file(other);
            crate::frontend::starts_scope(&known.path)
                && self
                    .files
                    .overlay
                    .read(&known.absolute)
                    .is_ok_and(|bytes| crate::frontend::publishes(&known.path, &bytes))
        });
        let deployed = self.files.commands.iter().any(|(other, _)| own(other))
            || self.files.services.iter().any(|(other, _)| own(other));
        let applies = || {
            self.files
                .ids()
                .any(|other| own(&other) && !self.is_aside(other) && self.makes_application(other))
        };
        publishes && !(deployed && applies())
    }

    /// Whether a file is no part of the product, and so neither provides anything nor makes a module used.
    pub fn is_aside(&self, file: FileId) -> bool {
        self.file_contexts(file)
            .iter()
            .any(|context| ASIDE.contains(context))
    }

    /// A pool that keeps its connections in a container of its own.
    fn by_hand(&self, pool: &Handmade) -> Option<Provider> {
        let site = &self.sites()[pool.site];
        let name = match &pool.slot {
            Slot::Attribute(class, _) => self.class_name(*class).to_owned(),
            Slot::Global(_, name) => name.to_string(),
        };
        (!self.is_made_aside(site)).then(|| Provider {
            file: pool.slot.file(),
            gives: Gives::Pool,
            made: site.clone(),
            name,
            by_hand: true,
        })
    }

    fn is_made_aside(&self, site: &Pool) -> bool {
        let contexts = self.contexts(site.site);
        contexts.iter().any(|context| ASIDE.contains(context))
    }

    fn provided(&self, site: &Pool) -> Option<Provider> {
        let file = site.site.file;
        if site.described || site.is_over_another() || site.checkout || self.is_made_aside(site) {
            return None;
        }
        let function = self.enclosing(site.site);
        let class = self.class_of_site(site.site);
        let pooled = class.filter(|class| self.is_pool_by_name(file, *class));
        let (gives, name, by_hand) = match site.kind {
            Kind::Connection => match (pooled, function) {
                (Some(class), _) => (
                    Gives::Pool,
                    self.class_name(ClassRef { file, class }).to_owned(),
                    true,
                ),
                (None, Some(function)) if self.returns_made(function, site.site) => {
                    (Gives::Connections, self.qualified(function), false)
                }
                _ => return None,
            },
            Kind::Engine | Kind::Pool => {
                let name = match function {
                    None => self.assigned_name(site.site)?,
                    Some(function) => self.given_by(function, site.site)?,
                };
                (Gives::Pool, name, false)
            }
            _ => return None,
        };
        Some(Provider {
            file,
            gives,
            made: site.clone(),
            name,
            by_hand,
        })
    }

    /// The function or class that gives others what is made at `site` in it.
    fn given_by(&self, function: FunctionRef, site: ExprRef) -> Option<String> {
        match self.stored(site) {
            Kept::Instance(class) => self
                .lends(class, site)
                .then(|| self.class_name(class).to_owned()),
            Kept::Process => Some(self.qualified(function)),
            Kept::No => self
                .returns_made(function, site)
                .then(|| self.qualified(function)),
        }
    }

    /// Whether the objects of a class give others what they keep: their name says so, or a method returns it. A class
    /// that connects for its own work gives nothing.
    fn lends(&self, class: ClassRef, site: ExprRef) -> bool {
        let contexts = self.catalog.contexts();
        let name = split_words(self.class_name(class));
        let says = |words: &[String]| name.iter().any(|word| words.contains(word));
        let (_, index) = self.tree(class.file);
        says(&contexts.module_words)
            || says(&contexts.module_words_beside)
            || index.methods[class.class.index()].iter().any(|method| {
                let file = class.file;
                self.returns_made(
                    FunctionRef {
                        file,
                        function: *method,
                    },
                    site,
                )
            })
    }

    /// The name that module level gives what an expression makes.
    fn assigned_name(&self, site: ExprRef) -> Option<String> {
        let (module, _) = self.tree(site.file);
        match &module.stmt(self.statement(site)).kind {
            StmtKind::Assign { targets, .. } => {
                targets
                    .iter()
                    .find_map(|target| match &module.expr(*target).kind {
                        ExprKind::Name(name) | ExprKind::Attribute(_, name) => {
                            Some(name.to_string())
                        }
                        _ => None,
                    })
            }
            _ => None,
        }
    }

    fn class_of_site(&self, site: ExprRef) -> Option<ClassId> {
        let (module, index) = self.tree(site.file);
        let found = index.method_of(module, index.standing(site.expr).scope);
        found.map(|(class, _)| class)
    }

    fn is_pool_by_name(&self, file: FileId, class: ClassId) -> bool {
        let words = &self.catalog.contexts().pool_words;
        let name = split_words(self.class_name(ClassRef { file, class }));
        name.iter().any(|word| words.contains(word))
    }

    /// The first line of a module, for findings about the module itself.
    pub fn first_line(&self, file: FileId) -> Place {
        let bytes = self
            .files
            .parsed(file)
            .map_or(&[][..], |parsed| &parsed.bytes);
        let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
        Place {
            file,
            span: Span::new(0, end),
        }
    }

    /// Whether a file is run and not only imported: a framework calls its functions, it makes what a server runs, or it
    /// runs a program as the file itself or at module level. A block that only shows what the module can do runs none.
    pub fn is_program(&self, file: FileId) -> bool {
        self.makes_application(file)
            || self.files.parsed(file).is_some_and(|_| {
                !self.registered_in(file).is_empty()
                    || self.runs_itself(file)
                    || self.works_at_module_level(file)
            })
    }

    /// Whether a file makes an application: what a server runs, or what a framework's decorators belong to.
    pub fn makes_application(&self, file: FileId) -> bool {
        let imports = &self.files.file(file).imports;
        let mut made_by = self
            .catalog
            .applications()
            .iter()
            .flat_map(|known| &known.made_by);
        let takes = made_by.any(|path| {
            let mut parts = path.rsplit('.');
            let (name, last) = (parts.next(), parts.next());
            imports.imports_name(last.unwrap_or_default(), name.unwrap_or_default())
        });
        takes
            || self.files.parsed(file).is_some_and(|parsed| {
                parsed.index.calls.iter().any(|call| {
                    let expr = parsed.module.call(*call).map_or(*call, |call| call.callee);
                    self.eval(ExprRef { file, expr }, &None)
                        .path()
                        .is_some_and(|path| self.catalog.has_decorators(path))
                })
            })
    }

    /// Whether the block for the file as the program does more than to show what the module can do.
    fn runs_itself(&self, file: FileId) -> bool {
        let (_, index) = self.tree(file);
        let guarded = |call: &ExprId| {
            index
                .atoms(index.standing(*call).guard)
                .any(|atom| atom == Atom::Main)
        };
        index
            .calls
            .iter()
            .any(|call| guarded(call) && self.is_work(file, *call))
    }

    /// Whether the module does work when it is loaded: a loop, a `with` block, or a call for its own sake.
    fn works_at_module_level(&self, file: FileId) -> bool {
        let (module, _) = self.tree(file);
        let body = module.body.iter();
        body.map(|stmt| &module.stmt(*stmt).kind)
            .any(|stmt| match stmt {
                StmtKind::With { .. } | StmtKind::While { .. } | StmtKind::For { .. } => true,
                StmtKind::Expr(expr) => self.is_work(file, *expr),
                _ => false,
            })
    }

    /// Whether a call runs code of the project that is there for more than to make, show or try a pool.
    fn is_work(&self, file: FileId, call: ExprId) -> bool {
        let (module, _) = self.tree(file);
        let Some(found) = module.call(call) else {
            return false;
        };
        let expr = found.callee;
        let callee = self.eval(ExprRef { file, expr }, &None);
        match callee.value {
            Value::Function(function, _) if function.file == file => {
                let contexts = self.catalog.contexts();
                let words = split_words(&self.function(function).name);
                let is = |known: &[String]| words.iter().any(|word| known.contains(word));
                let gives = self.providers_in(file, &self.qualified(function));
                is(&contexts.program_words) || !is(&contexts.showing_words) && !gives
            }
            Value::Function(..) => true,
            Value::Class(class) => class.file != file,
            _ => false,
        }
    }

    fn providers_in(&self, file: FileId, name: &str) -> bool {
        let mut known = self.sites().iter().filter(|site| site.site.file == file);
        known.any(|site| {
            self.provided(site)
                .is_some_and(|provider| provider.name == name)
        })
    }
}
