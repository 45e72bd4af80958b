//! Sessions: what is made of an engine or registry, whether it is closed, and where it lives on.
//!
//! Takes an engine, a registry or a function; gives what is known about the sessions behind it. Invariant: "closed" is
//! said only when every session that is known is closed on its way.

use super::placement::Kept;
use super::pools::Pool;
use super::registries::Absence;
use super::values::{Condition, Frames, Val, Value};
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::{ActionKind, ContextKind, Kind, Multiplicity, Role, World};
use crate::source::{FileId, Place};
use crate::syntax::{ExprId, ExprKind, StmtKind};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Whether the sessions of an engine are closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closed {
    /// Each one that is known is.
    Always,
    /// At least one is not, as far as can be seen.
    NotProved,
    /// No session is known.
    NoneKnown,
}

/// How far callers are followed when asking whether something is reached at all.
const FAR: usize = 8;

impl Project<'_> {
    /// Whether the sessions and connections made of an engine are closed, or removed from their registry.
    pub fn sessions_closed(&self, engine: &Pool) -> Closed {
        self.want_users_of_made(engine.site);
        let mut seen = false;
        let bound: Vec<&Pool> = self
            .sites()
            .iter()
            .filter(|pool| self.comes_from(pool, engine))
            .collect();
        for pool in bound {
            match pool.kind {
                Kind::Registry if !pool.checkout => {
                    seen = true;
                    if self.never_removed(pool) != Absence::Refuted {
                        return Closed::NotProved;
                    }
                }
                Kind::Session | Kind::Connection => {
                    // What a registry hands out is the registry's to remove.
                    if self.is_from_registry(pool) {
                        continue;
                    }
                    seen = true;
                    if !self.is_closed_where_made(pool.site) {
                        return Closed::NotProved;
                    }
                }
                _ => {}
            }
        }
        if seen {
            Closed::Always
        } else {
            Closed::NoneKnown
        }
    }

    /// Whether a session, factory, registry or connection is made of this engine.
    pub(super) fn comes_from(&self, pool: &Pool, engine: &Pool) -> bool {
        pool.site != engine.site
            && !pool.owns_connections()
            && self.origins(pool).contains(&engine.site)
    }

    /// The calls that made what a session, factory, registry or connection is made of, each step of the way. Many
    /// engines ask it of each.
    fn origins(&self, pool: &Pool) -> Rc<BTreeSet<ExprRef>> {
        let key = (pool.site, pool.place);
        if let Some(known) = self.known.origins.borrow().get(&key) {
            return known.clone();
        }
        let given = |pool: &Pool| -> Vec<Val> {
            [Role::Bind, Role::Factory]
                .iter()
                .filter_map(|role| pool.settings.get(role))
                .flatten()
                .map(|setting| setting.val.clone())
                .collect()
        };
        let mut origins = BTreeSet::new();
        let mut queue = given(pool);
        queue.extend(self.receiver_of(pool.site));
        let mut steps = 0;
        while let Some(val) = queue.pop() {
            steps += 1;
            if steps > 24 {
                break;
            }
            for (val, _) in val.alternatives() {
                let Value::Object(object) = &val.value else {
                    continue;
                };
                let Some((path, made)) = &object.made else {
                    continue;
                };
                origins.insert(made.call);
                if let Some(inner) = self.pool(made.call, path, &made.frames) {
                    queue.extend(given(&inner));
                    queue.extend(self.receiver_of(made.call));
                }
            }
        }
        let origins = Rc::new(origins);
        let mut known = self.known.origins.borrow_mut();
        known.insert(key, origins.clone());
        origins
    }

    pub(super) fn receiver_of(&self, call: ExprRef) -> Option<Val> {
        let (module, _) = self.tree(call.file);
        let callee = self.eval(
            ExprRef {
                file: call.file,
                expr: module.call(call.expr)?.callee,
            },
            &None,
        );
        callee
            .alternatives()
            .into_iter()
            .find_map(|(val, _)| match &val.value {
                Value::Member(object, _) => Some((**object).clone()),
                Value::Object(_) => Some(val.clone()),
                _ => None,
            })
    }

    pub(super) fn is_from_registry(&self, pool: &Pool) -> bool {
        self.receiver_of(pool.site).is_some_and(|val| {
            val.alternatives()
                .into_iter()
                .any(|(val, _)| match &val.value {
                    Value::Object(object) => {
                        let maker = match &object.made {
                            Some((path, _)) => self.catalog.maker(path),
                            None => self.catalog.maker_of(&object.type_path),
                        };
                        maker.is_some_and(|maker| maker.kind == Kind::Registry)
                    }
                    _ => false,
                })
        })
    }

    /// Whether what a call gives is closed by the function that calls: it is a `with` item, or a close is called on the
    /// name it is given, or it is handed on (returned, yielded) to where that can be asked again.
    pub fn is_closed_where_made(&self, call: ExprRef) -> bool {
        let (module, index) = self.tree(call.file);
        let mut outer = call.expr;
        while let Some(parent) = index.parent(outer) {
            match module.expr(parent).kind {
                ExprKind::Await(_) => outer = parent,
                _ => break,
            }
        }
        if index.with_items.contains_key(&outer) {
            return true;
        }
        // `closing(session())`, `stack.enter_context(session())`.
        if let Some(parent) = index.parent(outer)
            && index.with_items.contains_key(&parent)
        {
            return true;
        }
        let at = index.standing(call.expr);
        let names: Vec<_> = match &module.stmt(at.stmt).kind {
            StmtKind::Assign { targets, .. } => targets
                .iter()
                .filter_map(|target| match &module.expr(*target).kind {
                    ExprKind::Name(name) | ExprKind::Attribute(_, name) => Some(name.clone()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        if names.is_empty() {
            return false;
        }
        // A close, or a `with`, on the name in the same module.
        let closes = |expr: ExprId| {
            let Some(found) = module.call(expr) else {
                return false;
            };
            let ExprKind::Attribute(base, method) = &module.expr(found.callee).kind else {
                return false;
            };
            let named = match &module.expr(*base).kind {
                ExprKind::Name(name) | ExprKind::Attribute(_, name) => names.contains(name),
                _ => false,
            };
            named && self.closes(call, method)
        };
        index.calls.iter().any(|expr| closes(*expr))
            || index.with_items.keys().any(|expr| {
                matches!(&module.expr(*expr).kind, ExprKind::Name(name) if names.contains(name))
            })
    }

    pub(super) fn closes(&self, made: ExprRef, method: &str) -> bool {
        let val = self.eval(made, &None);
        val.alternatives()
            .into_iter()
            .any(|(val, _)| match &val.value {
                Value::Object(object) => self
                    .catalog
                    .actions(&format!("{}.{method}", object.type_path))
                    .iter()
                    .any(|action| {
                        matches!(
                            action.does,
                            ActionKind::Close | ActionKind::Remove | ActionKind::Dispose
                        )
                    }),
                _ => false,
            })
    }

    /// Whether an engine is disposed of by the function that makes it.
    pub fn disposed_in_function(&self, pool: &Pool) -> bool {
        let Some(function) = self.enclosing(pool.site) else {
            return false;
        };
        let (_, index) = self.tree(pool.site.file);
        self.call_graph()
            .actions
            .iter()
            .any(|(call, does, object)| {
                *does == ActionKind::Dispose
                    && call.file == pool.site.file
                    && index.function_of(index.standing(call.expr).scope) == Some(function.function)
                    && object
                        .alternatives()
                        .iter()
                        .any(|(val, _)| belongs_to(val, pool.site))
            })
            || self.is_with_item(pool.site)
    }

    /// Whether a value is what the call `site` makes, or an attribute of it.
    pub fn is_made_at(&self, val: &Val, site: ExprRef) -> bool {
        val.alternatives()
            .iter()
            .any(|(val, _)| belongs_to(val, site))
    }

    /// Whether what a call makes lives on after the function that calls.
    pub fn outlives_function(&self, site: ExprRef) -> bool {
        let placement = self.placement(site);
        self.stored(site) != Kept::No || placement.at_import || placement.made_once
    }

    /// Whether a call runs in the handler of an exception, or under a test other than that the object is there.
    pub fn is_under_a_test(&self, call: ExprRef) -> bool {
        let (module, index) = self.tree(call.file);
        let there = |test: ExprId| match &module.expr(test).kind {
            ExprKind::Name(_) | ExprKind::Attribute(..) => true,
            ExprKind::Compare(_, rest) => rest
                .iter()
                .all(|(_, right)| matches!(module.expr(*right).kind, ExprKind::None)),
            _ => false,
        };
        index
            .atoms(index.standing(call.expr).guard)
            .any(|atom| match atom {
                super::names::Atom::Test(test, _) => !there(test),
                super::names::Atom::TryArm(_, arm) => arm > 0,
                super::names::Atom::MatchArm(..) => true,
                _ => false,
            })
    }

    /// Whether one of some calls is under a test or in the handler of an exception.
    pub fn is_one_under_a_test(&self, calls: &[Place]) -> bool {
        calls.iter().any(|place| {
            let (module, index) = self.tree(place.file);
            let mut calls = index.calls.iter();
            let call = calls.find(|call| module.expr(**call).span == place.span);
            call.is_some_and(|call| {
                let (file, expr) = (place.file, *call);
                self.is_under_a_test(ExprRef { file, expr })
            })
        })
    }

    /// Whether a call is given anything.
    pub fn takes_arguments(&self, call: ExprRef) -> bool {
        let (module, _) = self.tree(call.file);
        module
            .call(call.expr)
            .is_some_and(|call| !call.args.is_empty())
    }

    /// Whether one of the calls that lead to an engine makes an object for a `with` block whose end disposes of the engine.
    pub fn disposed_by_block(&self, pool: &Pool, calls: &[Place]) -> bool {
        self.call_graph()
            .actions
            .iter()
            .filter(|(_, does, object)| {
                *does == ActionKind::Dispose
                    && object
                        .alternatives()
                        .iter()
                        .any(|(val, _)| belongs_to(val, pool.site))
            })
            .filter_map(|(call, ..)| {
                let method = self.enclosing(*call)?;
                let found = self.function(method);
                let class = found
                    .class
                    .filter(|_| crate::frontend::EXIT_METHODS.contains(&found.name.as_str()))?;
                Some(super::ClassRef {
                    file: method.file,
                    class,
                })
            })
            .any(|class| {
                self.constructions(class)
                    .into_iter()
                    .any(|made| self.is_with_item(made) && calls.contains(&self.place(made)))
            })
    }

    pub(super) fn is_with_item(&self, call: ExprRef) -> bool {
        let (module, index) = self.tree(call.file);
        let mut at = call.expr;
        loop {
            if index.with_items.contains_key(&at) {
                return true;
            }
            match index.parent(at) {
                Some(parent) if matches!(module.expr(parent).kind, ExprKind::Await(_)) => {
                    at = parent
                }
                _ => return false,
            }
        }
    }

    /// The calls of a function from other functions or modules that lead to `site` in it.
    pub fn users_elsewhere(&self, function: FunctionRef, site: ExprRef) -> Vec<Place> {
        self.callers(function)
            .into_iter()
            .filter(|call| {
                // Others: not the function itself, nor its own class.
                let around = self.enclosing(*call);
                let class = |function: FunctionRef| {
                    self.function(function)
                        .class
                        .map(|class| (function.file, class))
                };
                around != Some(function)
                    && (class(function).is_none() || around.and_then(class) != class(function))
            })
            .filter(|call| {
                !self.contexts(*call).iter().any(|context| {
                    matches!(
                        context,
                        ContextKind::Test
                            | ContextKind::Migration
                            | ContextKind::Script
                            | ContextKind::Example
                    )
                })
            })
            .filter(|call| self.enclosing(*call).is_some())
            .filter(|call| !self.leads_past(*call, function, site))
            .map(|call| self.place(call))
            .collect()
    }

    /// Whether a function gives its callers a session or connection made of the engine that it builds.
    pub fn hands_out_session(&self, function: FunctionRef, engine: &Pool) -> bool {
        self.sites()
            .iter()
            .filter(|pool| {
                matches!(pool.kind, Kind::Session | Kind::Connection)
                    && pool.site.file == function.file
            })
            .any(|pool| self.returns_made(function, pool.site) && self.comes_from(pool, engine))
    }

    /// Whether a place is reached at all: from module level, or from code that a framework or another module runs.
    pub fn is_reached(&self, expr: ExprRef) -> bool {
        if let Some(known) = self.known.reached.borrow().get(&expr) {
            return *known;
        }
        let found = self.reached(expr, &mut BTreeSet::new(), 0);
        self.known.reached.borrow_mut().insert(expr, found);
        found
    }

    fn reached(&self, expr: ExprRef, seen: &mut BTreeSet<FunctionRef>, far: usize) -> bool {
        let Some(function) = self.enclosing(expr) else {
            return true;
        };
        if far > FAR || !seen.insert(function) {
            return false;
        }
        if self.starts_ways(function, seen, far) {
            return true;
        }
        self.wraps(function)
            .into_iter()
            .any(|wrapped| self.starts_ways(wrapped.function, seen, far))
    }

    /// Whether a framework calls a function, or a place calls it that is reached.
    fn starts_ways(
        &self,
        function: FunctionRef,
        seen: &mut BTreeSet<FunctionRef>,
        far: usize,
    ) -> bool {
        !self.registrations(function).is_empty()
            || self
                .callers(function)
                .into_iter()
                .chain(self.handed_over_by(function))
                .any(|call| self.reached(call, seen, far + 1))
    }

    /// Whether two pools may live in one process: not when one is made anew in each worker process, and not when one file
    /// only serves requests and the other only runs tasks.
    pub fn same_process(&self, first: &Pool, second: &Pool) -> bool {
        let per_process = |pool: &Pool| {
            self.enclosing(pool.site).is_some_and(|function| {
                self.registrations(function).iter().any(|registration| {
                    matches!(
                        registration.calls.when,
                        Multiplicity::PerProcess | Multiplicity::PerWorker
                    )
                })
            })
        };
        if per_process(first) || per_process(second) {
            return false;
        }
        if first.place.file != second.place.file
            && !self.share_a_program(first.place.file, second.place.file)
        {
            return false;
        }
        let (a, b) = (
            self.served_by(first.place.file),
            self.served_by(second.place.file),
        );
        a.is_empty() || b.is_empty() || !a.is_disjoint(&b)
    }

    /// Whether some program loads both files: one imports the other, or a third imports both, tests and scripts aside.
    fn share_a_program(&self, first: FileId, second: FileId) -> bool {
        if let Some(known) = self.files.share_a_program(first, second) {
            return known;
        }
        let (a, b) = (self.loaders(first), self.loaders(second));
        a.intersection(&b).next().is_some()
    }

    /// How many of some files one program may hold at most.
    pub fn most_in_one_program(&self, files: impl Iterator<Item = FileId>) -> usize {
        let files: BTreeSet<FileId> = files.collect();
        let beside = |one: FileId| {
            let together = |other: &&FileId| {
                **other == one || self.files.share_a_program(one, **other) != Some(false)
            };
            files.iter().filter(together).count()
        };
        files.iter().map(|one| beside(*one)).max().unwrap_or(0)
    }

    /// A file and the files that import it, directly or through others.
    pub(super) fn loaders(&self, file: FileId) -> Rc<BTreeSet<FileId>> {
        if let Some(known) = self.known.loaders.borrow().get(&file) {
            return known.clone();
        }
        let mut found = BTreeSet::from([file]);
        let mut queue = vec![file];
        while let Some(at) = queue.pop() {
            if found.len() > 400 {
                break;
            }
            let importers = self.files.all_importers(at).into_iter();
            for importer in importers.chain(self.loading_by_name(at)) {
                if self.is_product(importer) && found.insert(importer) {
                    queue.push(importer);
                }
            }
        }
        let found = Rc::new(found);
        self.known.loaders.borrow_mut().insert(file, found.clone());
        found
    }

    /// The files that import a module by a name which they put together, and of which only the package is written.
    pub(super) fn loading_by_name(&self, file: FileId) -> Vec<FileId> {
        let scope = self.files.file(file).scope;
        let known = self.files.file(file);
        let (folder, last) = known.path.rsplit_once('/').unwrap_or(("", &known.path));
        let folder = match crate::frontend::package_files(known.language).contains(&last) {
            // A package is a module of the folder around its own.
            true => folder.rsplit_once('/').map_or("", |(outer, _)| outer),
            false => folder,
        };
        let loads = |loader: &FileId| {
            let folders = self.named_folders(*loader);
            folders.iter().any(|named| named == folder)
        };
        self.files
            .ids()
            .filter(|loader| {
                let other = self.files.file(*loader);
                other.scope == scope && other.imports.computes_names() && *loader != file
            })
            .filter(loads)
            .collect()
    }

    /// The folders whose modules a file imports by names that it puts together.
    fn named_folders(&self, loader: FileId) -> Rc<Vec<String>> {
        if let Some(known) = self.known.named_folders.borrow().get(&loader) {
            return known.clone();
        }
        self.wanting(|| self.want(loader));
        let mut found = Vec::new();
        for call in self
            .parsed(loader)
            .iter()
            .flat_map(|parsed| &parsed.index.calls)
        {
            let at = ExprRef {
                file: loader,
                expr: *call,
            };
            found.extend(self.wanting(|| self.named_package(at)));
        }
        let found = Rc::new(found);
        let mut known = self.known.named_folders.borrow_mut();
        known.insert(loader, found.clone());
        found
    }

    /// The name of the module that a call imports, with what the catalog says of the call.
    pub(super) fn module_name_of(&self, at: ExprRef) -> Option<Val> {
        self.module_call(at).map(|(_, name)| name)
    }

    fn module_call(&self, at: ExprRef) -> Option<(&crate::catalog::ValueRule, Val)> {
        let (module, _) = self.tree(at.file);
        let call = module.call(at.expr)?;
        let value = |expr: ExprId| {
            let file = at.file;
            self.eval(ExprRef { file, expr }, &None)
        };
        let callee = value(call.callee);
        let rule = self.catalog.value(callee.path()?)?;
        if rule.is != crate::catalog::ValueIs::Module {
            return None;
        }
        let name = self.call_argument(call, &crate::catalog::ArgumentName::Position(0))?;
        Some((rule, value(name)))
    }

    /// The folder of the package in which a call imports a module whose name is put together.
    pub(super) fn named_package(&self, at: ExprRef) -> Option<String> {
        let (module, _) = self.tree(at.file);
        let call = module.call(at.expr)?;
        let value = |expr: ExprId| {
            let file = at.file;
            self.eval(ExprRef { file, expr }, &None)
        };
        let (rule, name) = self.module_call(at)?;
        let Value::Text(parts) = name.value else {
            return None;
        };
        // What stands before the first piece that is not known, up to its last dot.
        let mut written = String::new();
        for part in parts.iter() {
            match part {
                super::values::Part::Literal(text) => written.push_str(text),
                super::values::Part::Hole(hole) => match self.own_name(at.file, hole) {
                    Some(name) => written.push_str(&name),
                    None => break,
                },
            }
        }
        let (package, _) = written.rsplit_once('.')?;
        let dots = written.len() - written.trim_start_matches('.').len();
        let inside = package.trim_start_matches('.');
        let mut path = match dots {
            0 => Vec::new(),
            _ => {
                let given = rule
                    .name
                    .iter()
                    .find_map(|name| self.call_argument(call, name));
                let given = value(given?);
                let from = match &given.value {
                    Value::Str(text) => text.to_string(),
                    _ => self.own_name(at.file, &given)?,
                };
                let mut from: Vec<String> = from.split('.').map(str::to_owned).collect();
                from.truncate(from.len().checked_sub(dots - 1)?);
                from
            }
        };
        path.extend(
            inside
                .split('.')
                .filter(|part| !part.is_empty())
                .map(str::to_owned),
        );
        let path: Vec<crate::syntax::Name> = path.iter().map(|part| part.as_str().into()).collect();
        match self.resolve(at.file, 0, &path) {
            super::modules::Target::File(package) => {
                let path = &self.files.file(package).path;
                path.rsplit_once('/').map(|(folder, _)| folder.to_owned())
            }
            super::modules::Target::Folder(folder) => Some(folder),
            _ => None,
        }
    }

    /// The name of a module, or of its package, where a value is that of the module's own name.
    fn own_name(&self, file: FileId, val: &Val) -> Option<String> {
        let dotted = self.dotted(file);
        let Value::Path(path) = &val.value else {
            return None;
        };
        let (own, package) = crate::frontend::OWN_NAME;
        let language = self.files.file(file).language;
        let last = self.files.file(file).path.rsplit('/').next()?;
        let is_package = crate::frontend::package_files(language).contains(&last);
        match &**path {
            name if name == own || name == package && is_package => Some(dotted.to_owned()),
            name if name == package => dotted.rsplit_once('.').map(|(outer, _)| outer.to_owned()),
            _ => None,
        }
    }

    /// Whether a file is part of the product: no test, migration, script, example or somebody else's code.
    fn is_product(&self, file: FileId) -> bool {
        self.file_contexts(file).is_empty()
    }

    /// How often frameworks call the functions of a file: per request, per task.
    fn served_by(&self, file: FileId) -> BTreeSet<Multiplicity> {
        let (module, _) = self.tree(file);
        (0..module.functions.len())
            .flat_map(|number| {
                let function = crate::syntax::FunctionId(u32::try_from(number).unwrap_or(0));
                let registrations = self.registrations(FunctionRef { file, function });
                registrations
                    .iter()
                    .map(|registration| registration.calls.when)
                    .collect::<Vec<_>>()
            })
            .filter(|when| matches!(when, Multiplicity::PerRequest | Multiplicity::PerTask))
            .collect()
    }

    /// Whether two pools give their driver different arguments of known text (another schema, another role).
    pub fn connected_differently(&self, first: &Pool, second: &Pool) -> bool {
        let texts = |pool: &Pool| -> BTreeSet<String> {
            let given = pool
                .settings
                .get(&Role::ConnectArguments)
                .into_iter()
                .flatten();
            given
                .filter_map(|setting| match &setting.val.value {
                    Value::Dict(dict) => Some(dict),
                    _ => None,
                })
                .flat_map(|dict| &dict.entries)
                .filter_map(|entry| Some(format!("{}={}", entry.key, entry.val.as_str()?)))
                .collect()
        };
        texts(first) != texts(second)
    }

    /// Whether the conditions choose by a switch for tests, functions or workers: its words say so.
    pub fn chosen_by_switch(&self, conditions: &[Condition]) -> bool {
        let words = &self.catalog.contexts().switch_words;
        conditions.iter().any(|condition| {
            let super::names::Atom::Test(test, _) = condition.atom else {
                return false;
            };
            let test = ExprRef {
                file: condition.file,
                expr: test,
            };
            let texts = [Some(test), self.definition(test)]
                .into_iter()
                .flatten()
                .filter_map(|expr| self.text_of(expr));
            texts
                .flat_map(|text| split_words(&text))
                .any(|word| words.contains(&word))
        })
    }

    fn text_of(&self, expr: ExprRef) -> Option<String> {
        let bytes = &self.parsed(expr.file)?.bytes;
        Some(String::from_utf8_lossy(bytes.get(self.span(expr).range())?).into_owned())
    }

    /// Whether a connection pooler stands between the pool and its database.
    pub fn behind_pooler(&self, pool: &Pool) -> bool {
        let arguments = &self.catalog.contexts().pooler_arguments;
        let named = |val: &Val| match &val.value {
            Value::Dict(dict) => dict
                .entries
                .iter()
                .any(|entry| arguments.iter().any(|name| **name == *entry.key)),
            _ => false,
        };
        pool.database
            .backends
            .iter()
            .any(|(backend, _)| backend.pooler)
            || pool
                .settings
                .get(&Role::ConnectArguments)
                .is_some_and(|given| given.iter().any(|setting| named(&setting.val)))
            || self.has_pooler_name(&pool.database.shown)
    }

    fn has_pooler_name(&self, shown: &str) -> bool {
        let shown = shown.to_lowercase();
        self.catalog
            .contexts()
            .pooler_hosts
            .iter()
            .any(|part| shown.contains(part.as_str()))
    }

    /// Whether an engine serves worker processes or several event loops, for which a pool must not be carried over.
    pub fn serves_workers_of_its_own(&self, pool: &Pool) -> bool {
        if self.runs_tasks(pool.site.file) || self.hands_to_processes(pool.site.file) {
            return true;
        }
        pool.is_async
            && (self.has_task_workers(pool.site.file) || self.runs_several_loops(pool.site.file))
    }

    fn hands_to_processes(&self, file: FileId) -> bool {
        self.handed_over(file, |calls| calls.world == World::Forked)
    }

    fn runs_several_loops(&self, file: FileId) -> bool {
        let scope = self.files.file(file).scope;
        let loops = self
            .all_parsed()
            .filter(|(other, _)| self.files.file(*other).scope == scope && self.is_product(*other));
        loops
            .map(|(other, _)| other)
            .any(|other| self.handed_over(other, |calls| calls.world == World::NewLoop))
    }

    /// Whether a file hands a function over to be called in a certain world, other than as the program itself.
    fn handed_over(&self, file: FileId, wanted: impl Fn(&crate::catalog::Calls) -> bool) -> bool {
        let (module, index) = self.tree(file);
        index.calls.iter().any(|expr| {
            let Some(call) = module.call(*expr) else {
                return false;
            };
            let at = index.standing(*expr);
            let callee = self.eval(
                ExprRef {
                    file,
                    expr: call.callee,
                },
                &None,
            );
            callee.alternatives().iter().any(|(val, _)| {
                val.path()
                    .is_some_and(|path| self.catalog.arguments(path).iter().any(&wanted))
            }) && index.function_of(at.scope).is_some()
        })
    }

    /// What a checkout costs with a pool and without, in milliseconds, for the only dialect a pool can have.
    pub fn checkout_cost(&self, pool: &Pool, conditions: &[Condition]) -> Option<(f64, f64)> {
        let kept: Vec<_> = pool
            .database
            .backends
            .iter()
            .filter(|(_, held)| self.compatible(held, conditions))
            .collect();
        let [(backend, _)] = kept.as_slice() else {
            return None;
        };
        let dialect = self.catalog.dialect_named(backend.dialect.as_deref()?)?;
        Some((dialect.checkout_ms?, dialect.connect_ms?))
    }

    /// Whether a value depends on what the caller passes.
    pub fn differs_by_call(&self, val: &Val) -> bool {
        val.alternatives()
            .into_iter()
            .any(|(val, _)| match &val.value {
                Value::Param(..) => true,
                Value::Object(object) => object.made.as_ref().is_some_and(|(path, made)| {
                    self.pool(made.call, path, &made.frames)
                        .is_some_and(|pool| {
                            pool.owns_connections()
                                && pool.settings.get(&Role::Database).is_some_and(|given| {
                                    given
                                        .iter()
                                        .any(|setting| self.depends_on_call(&setting.val))
                                })
                        })
                }),
                Value::Unknown => val.symbol.is_none(),
                _ => false,
            })
    }

    pub(super) fn depends_on_call(&self, val: &Val) -> bool {
        match &val.value {
            Value::Param(..) => true,
            Value::Text(parts) => parts.iter().any(|part| match part {
                super::values::Part::Hole(hole) => self.depends_on_call(hole),
                super::values::Part::Literal(_) => false,
            }),
            _ => false,
        }
    }

    /// Whether what a value stands for is made inside a function.
    pub fn made_in(&self, val: &Val, function: FunctionRef) -> bool {
        val.alternatives()
            .into_iter()
            .any(|(val, _)| match &val.value {
                Value::Object(object) => object.made.as_ref().is_some_and(|(_, made)| {
                    let mut at: &Frames = &made.frames;
                    let mut calls = vec![made.call];
                    while let Some(frame) = at {
                        calls.push(frame.call);
                        at = &frame.outer;
                    }
                    calls.iter().any(|call| {
                        self.enclosing(*call) == Some(function) && self.kept(*call) == Kept::No
                    })
                }),
                _ => false,
            })
    }

    /// Where a registry's sessions are used by threads that live on, with words for people.
    pub fn long_lived_use(&self, registry: &Pool) -> Option<(Place, String)> {
        self.want_users_of_made(registry.site);
        let scope = self.files.file(registry.site.file).scope;
        for at in self.stand_ins(registry.site) {
            if self.files.file(at.file).scope != scope {
                continue;
            }
            self.follow_registry(*at);
            let (module, index) = self.tree(at.file);
            // Calls and attributes on the registry: the function that holds them, and what calls it.
            let Some(used) = index
                .parent(at.expr)
                .filter(|used| match &module.expr(*used).kind {
                    ExprKind::Attribute(base, _) => *base == at.expr,
                    ExprKind::Call(call) => call.callee == at.expr,
                    _ => false,
                })
            else {
                continue;
            };
            if matches!(module.expr(at.expr).kind, ExprKind::Call(_)) {
                continue;
            }
            let used = ExprRef {
                file: at.file,
                expr: used,
            };
            let placement = self.placement(used);
            if let Some(evidence) = placement.evidence.iter().find(|evidence| {
                matches!(
                    evidence.when,
                    Multiplicity::PerRequest
                        | Multiplicity::PerTask
                        | Multiplicity::PerThread
                        | Multiplicity::PerWorker
                ) && evidence.context.is_none()
                    && (evidence.when != Multiplicity::PerThread || self.stays(evidence.of))
                    && !evidence.at.is_some_and(|at| self.ends_with_block(at))
            }) {
                return Some((
                    evidence.place,
                    format!("`{}` uses it and its thread lives on", evidence.function),
                ));
            }
        }
        None
    }

    /// The names, attributes and calls that may stand for the object that a call makes, in path order. Asked again for
    /// every call.
    fn stand_ins(&self, made: ExprRef) -> &[ExprRef] {
        let all = self.known.stand_ins.get_or_init(|| {
            let mut all: HashMap<ExprRef, Vec<ExprRef>> = HashMap::new();
            for (file, parsed) in self.all_parsed() {
                let exprs = parsed.module.exprs.iter().enumerate();
                for (number, expr) in exprs {
                    let id = ExprId(u32::try_from(number).unwrap_or(0));
                    let asked = match (&expr.kind, parsed.index.parent(id)) {
                        (ExprKind::Name(_) | ExprKind::Attribute(..), Some(parent)) => {
                            match &parsed.module.expr(parent).kind {
                                ExprKind::Call(call) => call.callee == id,
                                ExprKind::Attribute(..)
                                | ExprKind::Tuple(_)
                                | ExprKind::List(_)
                                | ExprKind::Dict(_) => true,
                                _ => false,
                            }
                        }
                        // Of anything else only who gets it matters.
                        (ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Call(_), _) => {
                            matches!(
                                parsed.module.stmt(parsed.index.standing(id).stmt).kind,
                                StmtKind::Return(_) | StmtKind::Assign { .. }
                            )
                        }
                        _ => false,
                    };
                    if !asked {
                        continue;
                    }
                    let at = ExprRef { file, expr: id };
                    for (val, _) in self.eval(at, &None).alternatives() {
                        if let Value::Object(object) = &val.value
                            && let Some((_, made)) = &object.made
                        {
                            let all = all.entry(made.call).or_default();
                            if all.last() != Some(&at) {
                                all.push(at);
                            }
                        }
                    }
                }
            }
            all
        });
        all.get(&made).map_or(&[], Vec::as_slice)
    }

    /// Where a registry gets another name, an attribute, or is returned by a function, the users of those are its users,
    /// too: their files are wanted.
    fn follow_registry(&self, expr: ExprRef) {
        let (module, index) = self.tree(expr.file);
        let mut outer = index.parent(expr.expr);
        while let Some(parent) = outer
            && matches!(
                module.expr(parent).kind,
                ExprKind::Tuple(_) | ExprKind::List(_) | ExprKind::Dict(_)
            )
        {
            outer = index.parent(parent);
        }
        let at = index.standing(expr.expr);
        if outer.is_some()
            || !matches!(
                module.stmt(at.stmt).kind,
                StmtKind::Return(_) | StmtKind::Assign { .. }
            )
        {
            return;
        }
        let want_class = |class| {
            self.want_importers(expr.file, Some(module.class(class).name.clone()));
            let class = super::ClassRef {
                file: expr.file,
                class,
            };
            for derived in self.derived_from(class) {
                let (module, _) = self.tree(derived.file);
                self.want_importers(derived.file, Some(module.class(derived.class).name.clone()));
            }
        };
        match (&module.stmt(at.stmt).kind, index.scope(at.scope).kind) {
            (StmtKind::Return(_), _) => {
                if let Some(function) = self.enclosing(expr) {
                    self.callers(function);
                }
            }
            (StmtKind::Assign { .. }, super::names::ScopeKind::Class(class)) => want_class(class),
            (StmtKind::Assign { targets, .. }, super::names::ScopeKind::Module) => {
                for target in targets {
                    if let ExprKind::Name(name) = &module.expr(*target).kind {
                        self.want_importers(expr.file, Some(name.clone()));
                    }
                }
            }
            (StmtKind::Assign { targets, .. }, super::names::ScopeKind::Function(_)) => {
                let kept = targets
                    .iter()
                    .any(|target| matches!(module.expr(*target).kind, ExprKind::Attribute(..)));
                if let (true, Some((class, _))) = (kept, index.method_of(module, at.scope)) {
                    want_class(class);
                }
            }
            _ => {}
        }
    }

    /// Whether the function of a thread goes on for as long as it likes: it holds a loop without an end of its own.
    fn stays(&self, function: Option<FunctionRef>) -> bool {
        let Some(function) = function else {
            return false;
        };
        let (module, _) = self.tree(function.file);
        let span = module.function(function.function).span;
        module
            .stmts
            .iter()
            .any(|stmt| matches!(stmt.kind, StmtKind::While { .. }) && span.contains(stmt.span))
    }

    /// Whether a function is handed to an object that a `with` block takes down at its end.
    fn ends_with_block(&self, at: ExprRef) -> bool {
        self.receiver_of(at).is_some_and(|receiver| {
            receiver.alternatives().iter().any(|(val, _)| {
                matches!(&val.value, Value::Object(object)
                    if object.made.as_ref().is_some_and(|(_, made)| self.is_with_item(made.call)))
            })
        })
    }
}

/// Whether a value is what a call made, or an attribute of it (`db.engine` of `db`).
fn belongs_to(val: &Val, site: ExprRef) -> bool {
    match &val.value {
        Value::Object(object) => object
            .made
            .as_ref()
            .is_some_and(|(_, made)| made.call == site),
        Value::Member(object, _) => belongs_to(object, site),
        _ => false,
    }
}

/// The words of a text, in small letters: `IS_LAMBDA` holds `is` and `lambda`, `isTesting` holds `is` and `testing`,
/// `DuckDBPool` holds `pool`.
pub fn split_words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        // The last of several capitals starts the word that goes on in small letters.
        let goes_on = letters.peek().is_some_and(|next| next.is_lowercase());
        let starts =
            letter.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && goes_on);
        if !letter.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}
