//! Databases that settings describe: entries of a dictionary of databases, in a module or a class of settings.
//!
//! Takes the catalog's settings keys; gives each entry as the program has it once its module ran: literals, what libraries
//! make from URLs, what star imports bring and what is changed afterwards. Invariant: a module whose settings every
//! other module that takes them over changes describes nothing by itself.

use super::databases::Database;
use super::eval::dictionaries::URL;
use super::eval::is_false;
use super::modules::LinkScope;
use super::names::{Binding, BindingKind, ScopeId};
use super::pools::{Pool, Setting, spread};
use super::values::{Condition, Dict, Entry, Val, Value};
use super::{ClassRef, ExprRef, Project};
use crate::catalog::{ContextKind, Kind, Role, SettingKey};
use crate::finding::Confidence;
use crate::frontend::manifest::in_code;
use crate::source::{FileId, Place};
use crate::syntax::{ClassId, ExprId, Name};
use std::collections::{BTreeMap, HashMap};

/// A database that settings describe.
#[derive(Clone, Debug)]
pub struct Described<'a> {
    /// The settings key.
    pub key: &'a SettingKey,
    /// Its entries.
    pub fields: Dict,
    /// What makes its connections, as the settings say.
    pub pool: Pool,
    /// The paths of the backends that it may be given.
    pub backends: Vec<String>,
    /// The library whose settings they are.
    pub library: String,
}

impl Described<'_> {
    /// What is set under a key; `A.B` is key `B` of the dictionary under `A`.
    pub fn given(&self, key: &str) -> Vec<Entry> {
        given(&self.fields, key)
    }

    /// Whether what the catalog says of the entries is true of the backend.
    pub fn is_stock(&self) -> bool {
        is_stock(self.key, &self.backends)
    }

    /// Whether an option makes a pool of it.
    pub fn is_pooled(&self) -> bool {
        self.pool.kind == Kind::Pool
    }
}

fn is_stock(key: &SettingKey, backends: &[String]) -> bool {
    let stock = |path: &String| {
        let mut known = key.stock.iter();
        known.any(|start| path.starts_with(start.as_str()))
    };
    backends.iter().all(stock)
}

fn given(fields: &Dict, key: &str) -> Vec<Entry> {
    let (outer, inner) = key
        .split_once('.')
        .map_or((key, None), |(outer, inner)| (outer, Some(inner)));
    let found = fields.entries.iter().filter(|entry| &*entry.key == outer);
    let Some(inner) = inner else {
        return found.cloned().collect();
    };
    let mut all = Vec::new();
    for entry in found {
        for (val, held) in entry.val.alternatives() {
            let Value::Dict(dict) = &val.value else {
                continue;
            };
            all.extend(given(dict, inner).into_iter().map(|mut found| {
                let around = [entry.conditions.as_slice(), &held].concat();
                found.conditions = [around.as_slice(), &found.conditions].concat();
                found
            }));
        }
    }
    all
}

/// What a database is told to keep open between requests.
#[derive(Clone, Debug)]
pub struct Lasting {
    /// The key that says it.
    pub name: String,
    /// What is written.
    pub entry: Entry,
    /// How long, for people.
    pub words: String,
    /// Whether the value is written there, not a fallback or from a settings file.
    pub plain: bool,
}

impl<'a> Project<'a> {
    /// What keeps the connections of a database open between requests: values that are known and not neutral.
    pub fn lasting(&self, described: &Described<'_>) -> Vec<Lasting> {
        let maker = self.catalog.maker(&described.key.of);
        let neutral = maker
            .and_then(|maker| maker.parameters.get(&Role::Recycle)?.neutral)
            .unwrap_or_default();
        let mut names = described.key.entries.iter();
        let Some((name, _)) = names.find(|(_, role)| **role == Role::Recycle) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in described.given(name) {
            for (val, held) in entry.val.alternatives() {
                let conditions = [entry.conditions.as_slice(), &held].concat();
                let entry = Entry {
                    val,
                    conditions,
                    ..entry.clone()
                };
                let lasts = match &entry.val.value {
                    Value::None => Some(("without end".to_owned(), true)),
                    Value::Float(number) if *number != neutral as f64 => {
                        Some((format!("for {number} s"), true))
                    }
                    _ => self
                        .number_of(described, &entry)
                        .and_then(|(number, plain)| {
                            (number != neutral).then(|| (format!("for {number} s"), plain))
                        }),
                };
                found.extend(lasts.map(|(words, plain)| Lasting {
                    name: name.clone(),
                    entry,
                    words,
                    plain,
                }));
            }
        }
        found
    }

    /// Whether every database that it may be is a file.
    pub fn only_in_files(&self, described: &Described<'_>) -> bool {
        let mut backends = described.pool.database.backends.iter();
        backends.all(|(backend, _)| {
            let dialect = backend.dialect.as_deref();
            dialect.is_some_and(|dialect| self.is_file(dialect))
        })
    }

    fn number_of(&self, described: &Described<'_>, entry: &Entry) -> Option<(i64, bool)> {
        let setting = Setting {
            val: entry.val.clone(),
            conditions: entry.conditions.clone(),
            place: entry.place,
            name: None,
            configured: None,
            keyword: None,
        };
        let number = self.number(&described.pool, &setting)?;
        Some((number.winning()?, number.literal.is_some()))
    }

    /// Whether the manifests of a file's part of the project ask for one of these packages.
    pub fn asks_for(&self, file: FileId, packages: &[String]) -> bool {
        let scope = self.files.file(file).scope;
        let language = self.files.file(file).language.word();
        [scope, LinkScope(0)].iter().any(|scope| {
            let stated = self.files.requirements.get(scope).into_iter().flatten();
            let stated = stated.filter(|(_, requirement)| requirement.language == language);
            let mut names = stated.map(|(_, requirement)| &requirement.name);
            names.any(|name| packages.contains(name))
        })
    }

    /// Whether the manifests of a file's part of the project ask for a framework that answers requests or runs tasks.
    pub fn may_serve(&self, file: FileId) -> bool {
        let scope = self.files.file(file).scope;
        let language = self.files.file(file).language.word();
        [scope, LinkScope(0)].iter().any(|scope| {
            let mut stated = self.files.requirements.get(scope).into_iter().flatten();
            stated.any(|(at, requirement)| {
                requirement.language == language
                    && !requirement.locked
                    && self.speaks_for(*at, requirement, file)
                    && self.catalog.serves(language, &in_code(&requirement.name))
            })
        })
    }

    /// The databases that settings describe, in path order.
    pub fn described(&self) -> Vec<Described<'a>> {
        let mut found = Vec::new();
        let keys = self.catalog.settings().values();
        for key in keys.filter(|key| key.backend.is_some()) {
            for (file, parsed) in self.all_parsed() {
                let index = &parsed.index;
                let names = &index.scope(ScopeId(0)).names;
                if let Some(expr) = last_written(names, &key.key)
                    && !self.is_taken_over(file, &key.key)
                {
                    let val = self.final_state(file, &key.key);
                    self.describe(key, ExprRef { file, expr }, &val, &mut found);
                }
                for number in 0..parsed.module.classes.len() {
                    let class = ClassId(u32::try_from(number).unwrap_or(0));
                    let names = &index.scope(index.class_scopes[class.index()]).names;
                    if let Some(expr) = last_written(names, &key.key) {
                        let val = self.class_member(ClassRef { file, class }, &key.key);
                        self.describe(key, ExprRef { file, expr }, &val, &mut found);
                    }
                }
            }
        }
        found
    }

    /// Whether every module of the product that takes over all names of this one sets the key anew or changes it.
    fn is_taken_over(&self, file: FileId, key: &str) -> bool {
        let importers = self.files.all_importers(file);
        let mut users = importers.into_iter().filter(|user| {
            let contexts = self.file_contexts(*user);
            !contexts.contains(&ContextKind::Test)
        });
        let changes = |user: FileId| {
            self.files.parsed(user).is_some_and(|parsed| {
                let scope = parsed.index.scope(ScopeId(0));
                scope.names.contains_key(key) && !scope.stars.is_empty()
            })
        };
        let first = users.next();
        first.is_some_and(changes) && users.all(changes)
    }

    fn describe(
        &self,
        key: &'a SettingKey,
        site: ExprRef,
        val: &Val,
        found: &mut Vec<Described<'a>>,
    ) {
        for (val, held) in val.alternatives() {
            let Value::Dict(databases) = &val.value else {
                continue;
            };
            for entry in &databases.entries {
                let several = entry.val.alternatives();
                let apart = several.len() > 1;
                for (val, inner) in several {
                    // One of several dictionaries is told apart by where it is written.
                    let entry = match val.place.filter(|_| apart) {
                        Some(place) => &Entry {
                            place,
                            ..entry.clone()
                        },
                        None => entry,
                    };
                    if let Value::Dict(fields) = &val.value {
                        let conditions = [held.as_slice(), &entry.conditions, &inner].concat();
                        found.extend(self.described_by(key, site, entry, fields, &conditions));
                    }
                }
            }
        }
    }

    fn described_by(
        &self,
        key: &'a SettingKey,
        site: ExprRef,
        entry: &Entry,
        fields: &Dict,
        conditions: &[Condition],
    ) -> Option<Described<'a>> {
        let named = given(fields, key.backend.as_deref()?);
        if named.is_empty() && given(fields, URL).is_empty() {
            return None;
        }
        let mut settings: BTreeMap<Role, Vec<Setting>> = BTreeMap::new();
        let (database, backends) = self.described_database(key, site.file, fields, conditions);
        for (name, role) in &key.entries {
            // What the backend does not read sets nothing.
            let ignored = *role != Role::Options
                && is_stock(key, &backends)
                && key
                    .misplaced
                    .iter()
                    .flat_map(|row| &row.keys)
                    .any(|known| known == name || name.starts_with(&format!("{known}.")));
            for entry in given(fields, name).into_iter().filter(|_| !ignored) {
                let several = settings.entry(*role).or_default();
                several.extend(
                    entry
                        .val
                        .alternatives()
                        .into_iter()
                        .map(|(val, held)| Setting {
                            val,
                            conditions: [entry.conditions.as_slice(), &held].concat(),
                            place: entry.place,
                            name: None,
                            configured: None,
                            keyword: None,
                        }),
                );
            }
        }
        let place = Some(entry.place).filter(|place| place.file == site.file);
        let site = place
            .and_then(|place| self.expression_at(place))
            .unwrap_or(site);
        let mut pool = Pool {
            site,
            frames: None,
            maker: key.of.as_str().into(),
            library: self.library_of(&key.of),
            kind: Kind::Engine,
            checkout: false,
            is_async: false,
            place: place.unwrap_or_else(|| self.place(site)),
            symbol: format!("{}.{}", key.key, entry.key),
            database,
            settings,
            open: fields.open,
            classes: Vec::new(),
            conditions: conditions.to_vec(),
            described: true,
        };
        self.pooled(key, &mut pool);
        Some(Described {
            key,
            library: key.library.clone(),
            fields: fields.clone(),
            pool,
            backends,
        })
    }

    /// The outermost expression that stands at a place.
    fn expression_at(&self, place: Place) -> Option<ExprRef> {
        let (module, _) = self.tree(place.file);
        let found = module
            .exprs
            .iter()
            .rposition(|expr| expr.span == place.span)?;
        let expr = ExprId(u32::try_from(found).ok()?);
        Some(ExprRef {
            file: place.file,
            expr,
        })
    }

    /// An option may put a pool of another library under the database: then it is that pool.
    fn pooled(&self, key: &SettingKey, pool: &mut Pool) {
        let options = pool.settings.remove(&Role::Options).unwrap_or_default();
        let [only] = options.as_slice() else {
            return;
        };
        let mut dialects = pool
            .database
            .backends
            .iter()
            .map(|(found, _)| &found.dialect);
        let maker = match (dialects.next(), dialects.next()) {
            (Some(Some(dialect)), None) => key.options_of.get(dialect),
            _ => None,
        };
        let Some(maker) = maker.and_then(|path| self.catalog.maker(path)) else {
            return;
        };
        if is_false(&only.val) == Some(true) {
            return;
        }
        pool.settings.retain(|role, _| *role < Role::Size);
        pool.maker = maker.path.as_str().into();
        pool.library.clone_from(&maker.library);
        pool.kind = Kind::Pool;
        if !matches!(only.val.value, Value::Bool(true)) {
            pool.open |= spread(maker, &only.val, &only.conditions, &mut pool.settings);
        }
    }

    /// The database of an entry: that of its URL, else that of its parts; and the paths of its backends.
    fn described_database(
        &self,
        key: &SettingKey,
        file: FileId,
        fields: &Dict,
        conditions: &[Condition],
    ) -> (Database, Vec<String>) {
        let part = |wanted: Role| {
            let mut named = key.entries.iter().filter(|(_, role)| **role == wanted);
            named.find_map(|(name, _)| Some(given(fields, name).pop()?.val))
        };
        let mut backends = Vec::new();
        let mut named = given(fields, key.backend.as_deref().unwrap_or_default());
        for entry in &mut named {
            for (val, held) in entry.val.alternatives() {
                let (path, sure) = match &val.value {
                    Value::Env(env) => (env.default.as_ref().and_then(Val::as_str), false),
                    _ => (val.as_str(), true),
                };
                if let Some(path) = path {
                    let held = [entry.conditions.as_slice(), &held].concat();
                    backends.push((path.to_owned(), held, sure));
                }
            }
        }
        let paths = backends.iter().map(|(path, ..)| path.clone()).collect();
        let dialect = |path: &str| {
            let last = path.rsplit('.').next().unwrap_or(path);
            let found = key.backends.get(path).or_else(|| key.backends.get(last));
            found.cloned()
        };
        let url = given(fields, URL).pop().map(|entry| entry.val);
        let name = part(Role::DatabaseName).unwrap_or_else(Val::unknown);
        let of_parts = |dialect: Option<&str>| {
            let is_file = dialect.is_some_and(|name| self.is_file(name));
            match is_file {
                true => self.database(file, &name, dialect, conditions),
                false => {
                    let parts = (part(Role::Host), name.clone());
                    self.database_of_parts(file, parts, dialect, conditions)
                }
            }
        };
        let mut found = url.map(|url| self.database(file, &url, None, conditions));
        let known = |database: &Database| {
            let mut backends = database.backends.iter();
            backends.any(|(backend, _)| backend.dialect.is_some())
        };
        if found.as_ref().is_some_and(known) || backends.is_empty() {
            let database = found.take();
            return (database.unwrap_or_else(|| of_parts(None)), paths);
        }
        // The URL says nothing of its kind: the backend that is named does, or is what holds without the URL.
        let from_url = found.take();
        let mut whole: Option<Database> = None;
        for (path, held, sure) in backends {
            let mut database = of_parts(dialect(&path).as_deref());
            for (backend, conditions) in &mut database.backends {
                conditions.extend(held.iter().copied());
                if !sure || from_url.is_some() {
                    backend.confidence = backend.confidence.min(Confidence::Medium);
                }
            }
            match &mut whole {
                Some(whole) => whole.backends.append(&mut database.backends),
                None => whole = Some(database),
            }
        }
        let mut whole = whole.unwrap_or_else(|| of_parts(None));
        if let Some(url) = from_url {
            whole.identity = url.identity;
            whole.shown = url.shown;
            whole.env = url.env;
        }
        (whole, paths)
    }
}

/// The expression that is written last to a name of settings, be it only to an item of it.
fn last_written(names: &HashMap<Name, Vec<Binding>>, key: &str) -> Option<ExprId> {
    names
        .get(key)?
        .iter()
        .rev()
        .find_map(|binding| match binding.kind {
            BindingKind::Value(value)
            | BindingKind::SetItem(_, value)
            | BindingKind::SetInner(_, value)
            | BindingKind::Augment(_, value)
            | BindingKind::Method(value) => Some(value),
            _ => None,
        })
}
