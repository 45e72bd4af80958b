//! The catalog: what poolint knows of libraries and frameworks, read from YAML.
//!
//! Takes `rules/libraries/*.yaml`, `rules/frameworks/*.yaml`, `rules/dialects.yaml`, `rules/contexts.yaml`,
//! `rules/units.yaml` (compiled in) and the user's `--catalog` files; gives a lookup by resolved dotted path. One schema serves every language.
//! Invariant: names of libraries and frameworks live in those files and nowhere in `src/`.

mod load;
mod schema;
#[cfg(test)]
mod tests;
mod units;
mod version;

pub use load::Error;
pub use schema::{
    Action, ActionKind, Application, ArgumentName, Asked, Behaviour, Calls, Configuration,
    ConfigurationFile, Container, ContextKind, Contexts, ConvertTo, DefaultClass, Dialect,
    DialectKind, Installed, Kind, Listener, MadeStatement, Maker, Misplaced, Multiplicity, Param,
    PathKind, PoolClass, PromiseWords, Refusal, Refused, Replacement, Role, Scalar, SettingKey,
    Style, Treats, ValueIs, ValueRule, WithMeans, World,
};
pub use units::{Span, Units};
pub use version::{ByVersion, Holds, Interval, Version};

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::OnceLock;

/// Everything known of libraries and frameworks.
#[derive(Debug, Default)]
pub struct Catalog {
    libraries: Vec<Library>,
    makers: HashMap<String, Maker>,
    classes: HashMap<String, PoolClass>,
    actions: HashMap<String, Vec<Action>>,
    refusals: HashMap<String, Vec<Refusal>>,
    aliases: HashMap<String, String>,
    decorated: HashMap<String, Vec<Calls>>,
    /// What the decorators that are methods belong to.
    decorator_owners: BTreeSet<String>,
    arguments: HashMap<String, Vec<Calls>>,
    methods: Vec<Calls>,
    taking: HashMap<String, Vec<Calls>>,
    class_fields: Vec<Calls>,
    carriers: BTreeSet<String>,
    applications: Vec<Application>,
    installed: Vec<Installed>,
    configurations: Vec<Configuration>,
    returns: HashMap<String, String>,
    attributes: HashMap<String, String>,
    passing: BTreeSet<(String, String)>,
    /// Those whose argument stands in where there is nothing.
    standing_in: BTreeSet<(String, String)>,
    /// Functions that types get from elsewhere, which make an object of the type.
    constructing: BTreeSet<String>,
    /// Methods that put an argument into what they are called on, and its position.
    putting: BTreeMap<(String, String), usize>,
    constants: BTreeMap<String, Scalar>,
    options: BTreeMap<String, ValueRule>,
    builders: BTreeSet<String>,
    once: BTreeSet<String>,
    once_per_instance: BTreeSet<String>,
    values: HashMap<String, ValueRule>,
    fields: HashMap<String, ValueRule>,
    value_methods: BTreeMap<String, BTreeMap<String, String>>,
    treats: HashMap<String, Vec<Treats>>,
    asks: HashMap<String, bool>,
    waiting: BTreeSet<String>,
    containers: Vec<Container>,
    closer: Option<String>,
    statements: Vec<MadeStatement>,
    locking: BTreeSet<(String, String)>,
    locks: BTreeSet<String>,
    standard: BTreeSet<String>,
    detached: BTreeSet<String>,
    detaching: BTreeSet<String>,
    listeners: BTreeMap<String, Listener>,
    settings: BTreeMap<String, SettingKey>,
    dialects: BTreeMap<String, Dialect>,
    /// By type: the one dialect that its things speak.
    spoken: HashMap<String, String>,
    contexts: Contexts,
    units: Units,
    triggers: BTreeSet<String>,
    task_imports: Vec<String>,
    serving: BTreeSet<(String, String)>,
    types: BTreeSet<String>,
}

/// The type of the options that calling `path` gives: the struct itself, or the one whose function it is.
pub fn options_type(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((owner, last)) if last.starts_with(|first: char| first.is_lowercase()) => owner,
        _ => path,
    }
}

/// The key under which a builder keeps an argument of the call that started it.
pub fn position_key(position: usize) -> String {
    format!("#{position}")
}

/// A library: how it is imported and installed, and what its engines default to.
#[derive(Debug)]
pub struct Library {
    /// Its name in reports.
    pub name: String,
    /// The language whose code uses it; empty for every language.
    pub language: String,
    /// First components of its import paths (or longer prefixes).
    pub imports: Vec<String>,
    /// Names of the packages that install it, normalised.
    pub distributions: Vec<String>,
    /// The version assumed when the project does not say.
    pub assume: Version,
    /// Which pool class an engine gets when none is named; first match wins.
    pub default_classes: Vec<DefaultClass>,
    /// What stands in for a pool class that does not suit; first match wins.
    pub replacements: Vec<Replacement>,
    /// Names that only some versions have.
    pub only_in: Vec<(Interval, Vec<String>)>,
}

impl Library {
    /// Whether code of `language` may use it.
    pub fn is_of(&self, language: &str) -> bool {
        self.language.is_empty() || self.language == language
    }
}

impl Catalog {
    /// The built-in catalog with the user's files on top.
    ///
    /// # Errors
    /// When a user file cannot be read or is not of the schema; the error has the line and column.
    pub fn load(user_files: &[PathBuf]) -> Result<Self, Error> {
        load::load(user_files, &[])
    }

    /// What a configuration may name: the dialects and poolers of the built-in catalog, and nothing else of it.
    ///
    /// # Panics
    /// When a file that is compiled into the program is not of the schema; a test reads them all.
    pub fn vocabulary() -> &'static Self {
        static VOCABULARY: OnceLock<Catalog> = OnceLock::new();
        VOCABULARY.get_or_init(|| load::vocabulary().unwrap_or_else(|error| panic!("{error}")))
    }

    /// The built-in catalog without some of its files (`libraries/redis.yaml`), for tests: what is known of a library
    /// must come from there.
    ///
    /// # Errors
    /// When a file that stays needs one that is left out, or a name is no file.
    #[doc(hidden)]
    pub fn load_without(left_out: &[&str]) -> Result<Self, Error> {
        load::load(&[], left_out)
    }

    /// The path under which the catalog knows `path`: re-exports of libraries are followed, and attributes of known type
    /// on the way are replaced by that type.
    pub fn canonical<'a>(&'a self, path: &'a str) -> Cow<'a, str> {
        let mut path = Cow::Borrowed(path);
        // A user's catalog may hold a circle; the real ones end after two or three steps.
        for _ in 0..8 {
            match self.step(&path) {
                Some(next) => path = Cow::Owned(next),
                None => break,
            }
        }
        path
    }

    /// One step towards the canonical path, when there is one.
    fn step(&self, path: &str) -> Option<String> {
        if let Some(target) = self.aliases.get(path) {
            return Some(target.clone());
        }
        // A prefix may be an alias (`sqlalchemy.engine.base.Engine` of `sqlalchemy.engine.base.Engine.connect`).
        let mut end = path.len();
        while let Some(dot) = path[..end].rfind('.') {
            if let Some(target) = self
                .aliases
                .get(&path[..dot])
                .or_else(|| self.attributes.get(&path[..dot]))
            {
                return Some(format!("{target}{}", &path[dot..]));
            }
            end = dot;
        }
        None
    }

    /// The path under which a *call* of `path` is known: calling an attribute calls the object in it.
    fn called<'a>(&'a self, path: &'a str) -> Cow<'a, str> {
        let canonical = self.canonical(path);
        match self.attributes.get(canonical.as_ref()) {
            Some(holds) => Cow::Owned(self.canonical(&format!("{holds}.()")).into_owned()),
            None => canonical,
        }
    }

    /// The type of the object that `path` names, when it is an attribute of known type.
    pub fn attribute<'a>(&'a self, path: &'a str) -> Option<Cow<'a, str>> {
        self.attributes
            .get(self.canonical(path).as_ref())
            .map(|holds| self.canonical(holds))
    }

    /// What calling `path` makes, if it makes anything. A spelling that has facts of its own keeps them.
    pub fn maker(&self, path: &str) -> Option<&Maker> {
        // What starts a builder makes nothing yet.
        self.described(path)
            .filter(|maker| maker.style != Style::Builder)
    }

    /// What the catalog says under the path of a maker.
    fn described(&self, path: &str) -> Option<&Maker> {
        self.makers
            .get(path)
            .or_else(|| self.makers.get(self.called(path).as_ref()))
    }

    /// Whether objects of this type are connections.
    pub fn gives_connections(&self, type_path: &str) -> bool {
        let type_path = self.canonical(type_path);
        let mut makers = self.makers.values();
        makers.any(|maker| maker.kind == Kind::Connection && maker.gives == *type_path)
    }

    /// A maker of objects of this type, for what is known by its type only: the first by path.
    pub fn maker_of(&self, type_path: &str) -> Option<&Maker> {
        let type_path = self.canonical(type_path);
        self.makers
            .values()
            .filter(|maker| maker.gives == *type_path && !maker.checkout)
            .filter(|maker| maker.style != Style::Builder)
            .min_by_key(|maker| &maker.path)
    }

    /// The one dialect that things of a type speak.
    pub fn dialect_of_type(&self, type_path: &str) -> Option<&str> {
        let mut path = Cow::Borrowed(type_path);
        for _ in 0..8 {
            if let Some(dialect) = self.spoken.get(path.as_ref()) {
                return Some(dialect);
            }
            match self.step(&path) {
                Some(next) => path = Cow::Owned(next),
                None => break,
            }
        }
        let makers = self.makers.values();
        let mut spoken = makers
            .filter(|maker| maker.gives == *path)
            .map(|maker| maker.dialect.as_deref());
        let first = spoken.next()??;
        spoken
            .all(|dialect| dialect == Some(first))
            .then_some(first)
    }

    /// The maker of engines or pools of a type.
    pub fn lender(&self, type_path: &str) -> Option<&Maker> {
        let type_path = self.canonical(type_path);
        self.makers
            .values()
            .filter(|maker| maker.gives == *type_path && !maker.checkout)
            .filter(|maker| matches!(maker.kind, Kind::Engine | Kind::Pool))
            .min_by_key(|maker| &maker.path)
    }

    /// The pool class named by `path`.
    pub fn class(&self, path: &str) -> Option<&PoolClass> {
        self.classes.get(self.canonical(path).as_ref())
    }

    /// What calling `path` does to the object it is called on.
    pub fn actions(&self, path: &str) -> &[Action] {
        self.actions
            .get(self.canonical(path).as_ref())
            .map_or(&[], Vec::as_slice)
    }

    /// What a call of `path` makes, when that holds things and hands them out again.
    #[must_use]
    pub fn container(&self, path: &str) -> Option<&Container> {
        let path = self.canonical(path);
        self.containers
            .iter()
            .find(|container| container.made_by.iter().any(|maker| **maker == *path))
    }

    /// The container of this type.
    pub fn container_type(&self, path: &str) -> Option<&Container> {
        let path = self.canonical(path);
        self.containers
            .iter()
            .find(|container| container.types.iter().any(|known| **known == *path))
    }

    /// Everything that calling `path` does with a connection that it is given, and with the block around it.
    pub fn treats(&self, path: &str) -> &[Treats] {
        self.treats
            .get(self.canonical(path).as_ref())
            .map_or(&[], Vec::as_slice)
    }

    /// Whether calling `path` talks to the server, and then whether only the task waits that calls it.
    pub fn asks(&self, path: &str) -> Option<bool> {
        self.asks.get(self.canonical(path).as_ref()).copied()
    }

    /// Whether methods of a type make the thread wait that calls them.
    pub fn waits(&self, type_path: &str) -> bool {
        self.waiting.contains(self.canonical(type_path).as_ref())
    }

    /// Whether calling `path` makes a lock.
    pub fn makes_lock(&self, path: &str) -> bool {
        self.locks.contains(self.canonical(path).as_ref())
    }

    /// Whether a module of this name, the first component of its path, comes with the language itself.
    pub fn is_standard(&self, first: &str) -> bool {
        self.standard.contains(first)
    }

    /// Whether a method of this name ends something that some library hands out.
    pub fn is_closing(&self, method: &str) -> bool {
        let mut makers = self.makers.values();
        makers.any(|maker| maker.gives_back.iter().any(|name| name == method))
    }

    /// The path of the call that closes what it is given at the end of a block.
    pub fn closer(&self) -> Option<&str> {
        self.closer.as_deref()
    }

    /// Whether calling `path` gives something that no longer needs the connection in its arguments.
    pub fn is_detached(&self, path: &str) -> bool {
        self.detached.contains(self.canonical(path).as_ref())
    }

    /// Whether what a method of this name gives no longer needs the connection that its object came from.
    pub fn is_detaching(&self, method: &str) -> bool {
        self.detaching.contains(method)
    }

    /// What calling `path` does with a connection that it is given, or with the block around it, whatever it does with
    /// the time they take.
    pub fn handles(&self, path: &str) -> Option<Treats> {
        let mut treats = self.treats(path).iter().copied();
        treats.find(|treats| *treats != Treats::LimitsTime)
    }

    /// What arguments calling `path` refuses.
    pub fn refusals(&self, path: &str) -> &[Refusal] {
        self.refusals
            .get(self.canonical(path).as_ref())
            .map_or(&[], Vec::as_slice)
    }

    /// The paths whose call does something to what is made by things that begin with the first component of `like`.
    pub fn acting_paths(&self, like: &str) -> BTreeSet<&str> {
        let first = |path: &str| path.split('.').next().map(str::to_owned);
        let of_it = |path: &&String| first(path) == first(like);
        self.actions
            .keys()
            .filter(of_it)
            .map(String::as_str)
            .collect()
    }

    /// Whether objects that `path` makes have methods that are decorators: applications, routers, blueprints.
    pub fn has_decorators(&self, path: &str) -> bool {
        let path = self.canonical(path);
        self.decorator_owners.contains(path.as_ref())
    }

    /// How often a function decorated with `path` is called.
    pub fn decorated(&self, path: &str) -> &[Calls] {
        self.decorated
            .get(self.canonical(path).as_ref())
            .map_or(&[], Vec::as_slice)
    }

    /// How often a function handed to `path` is called, and as which argument.
    pub fn arguments(&self, path: &str) -> &[Calls] {
        self.arguments
            .get(self.canonical(path).as_ref())
            .map_or(&[], Vec::as_slice)
    }

    /// How often a function is called that has a parameter of type `path`.
    pub fn taking(&self, path: &str) -> &[Calls] {
        self.taking
            .get(self.canonical(path).as_ref())
            .map_or(&[], Vec::as_slice)
    }

    /// How often methods of subclasses are called.
    pub fn method_calls(&self) -> &[Calls] {
        &self.methods
    }

    /// How often functions in the attributes of certain classes are called.
    pub fn class_fields(&self) -> &[Calls] {
        &self.class_fields
    }

    /// Whether programs keep things of their own as attributes of objects of this type.
    pub fn is_carrier(&self, type_path: &str) -> bool {
        self.carriers.contains(self.canonical(type_path).as_ref())
    }

    /// What makes the applications that servers run.
    pub fn applications(&self) -> &[Application] {
        &self.applications
    }

    /// Texts in a list of a module of settings that say how the program is served.
    pub fn installed(&self) -> &[Installed] {
        &self.installed
    }

    /// How programs load their configuration.
    pub fn configurations(&self) -> &[Configuration] {
        &self.configurations
    }

    /// Whether an attribute of this name holds such an object.
    pub fn holds_carrier(&self, name: &str) -> bool {
        self.attributes
            .iter()
            .any(|(path, holds)| path.rsplit('.').next() == Some(name) && self.is_carrier(holds))
    }

    /// The type that calling `path` gives; the path itself when nothing else is known (a class).
    pub fn returns<'a>(&'a self, path: &'a str) -> Cow<'a, str> {
        let called = self.called(path);
        match self.returns.get(called.as_ref()) {
            Some(target) => self.canonical(target),
            None => called,
        }
    }

    /// Whether a decorator makes a function run once per process.
    pub fn is_once(&self, path: &str) -> bool {
        self.once.contains(self.canonical(path).as_ref())
    }

    /// Whether a decorator makes a method run once per object.
    pub fn is_once_per_instance(&self, path: &str) -> bool {
        self.once_per_instance
            .contains(self.canonical(path).as_ref())
    }

    /// Whether a method gives the object it is called on, or what it holds, in code of `language`.
    pub fn passes(&self, language: &str, method: &str) -> bool {
        // Two words make the key; a method has no blanks.
        self.passing
            .contains(&(language.to_owned(), method.to_owned()))
    }

    /// Whether the argument of a method stands in where there is nothing, in code of `language`.
    pub fn stands_in(&self, language: &str, method: &str) -> bool {
        self.standing_in
            .contains(&(language.to_owned(), method.to_owned()))
    }

    /// The position of the argument that a method puts into what it is called on, in code of `language`.
    pub fn puts_into(&self, language: &str, method: &str) -> Option<usize> {
        let key = (language.to_owned(), method.to_owned());
        self.putting.get(&key).copied()
    }

    /// Whether a function that a type has from elsewhere makes an object of the type.
    pub fn constructs(&self, name: &str) -> bool {
        self.constructing.contains(name)
    }

    /// Statements that are made first and then run on what they are given.
    pub fn made_statements(&self) -> &[MadeStatement] {
        &self.statements
    }

    /// Whether calling `path` makes a statement that `method` runs.
    pub fn runs_made(&self, path: &str, method: &str) -> bool {
        let path = self.canonical(path);
        self.statements.iter().any(|each| {
            each.made_by.iter().any(|made| **made == *path)
                && each.run_by.iter().any(|run| run == method)
        })
    }

    /// Whether a method gives what a lock guards and holds it meanwhile, in code of `language`.
    pub fn holds_lock(&self, language: &str, method: &str) -> bool {
        self.locking
            .contains(&(language.to_owned(), method.to_owned()))
    }

    /// The number or truth value that a path stands for.
    pub fn constant(&self, path: &str) -> Option<&Scalar> {
        self.constants.get(self.canonical(path).as_ref())
    }

    /// Whether objects of a type collect settings: builders and structs of options.
    pub fn collects(&self, type_path: &str) -> bool {
        self.builders.contains(type_path) || self.options.contains_key(type_path)
    }

    /// Whether calling `path` starts a builder.
    pub fn starts_builder(&self, path: &str) -> bool {
        self.builders.contains(path)
    }

    /// How a struct of options of this type is filled.
    pub fn options(&self, type_path: &str) -> Option<&ValueRule> {
        self.options.get(type_path)
    }

    /// What value a call of `path` (or indexing it) gives.
    pub fn value(&self, path: &str) -> Option<&ValueRule> {
        self.values.get(self.canonical(path).as_ref())
    }

    /// What the fields of subclasses of `path`, or of classes decorated with it, are.
    pub fn fields(&self, path: &str) -> Option<&ValueRule> {
        self.fields.get(self.canonical(path).as_ref())
    }

    /// What method `name` means on a value of `type_name` (`dict`, `str`): `merge`, `same`, `fill`, `item` …
    pub fn value_method(&self, type_name: &str, name: &str) -> Option<&str> {
        self.value_methods
            .get(type_name)?
            .get(name)
            .map(String::as_str)
    }

    /// Calls that have functions listen to events, by path.
    pub fn listeners(&self) -> &BTreeMap<String, Listener> {
        &self.listeners
    }

    /// How long waiting and keeping may last, and how names say their unit.
    pub fn units(&self) -> &Units {
        &self.units
    }

    /// Settings keys that configure pools of a framework (`SQLALCHEMY_ENGINE_OPTIONS` …), by key.
    pub fn settings(&self) -> &BTreeMap<String, SettingKey> {
        &self.settings
    }

    /// The dialect of a URL scheme such as `postgresql+asyncpg`, with its driver part.
    pub fn dialect<'s>(&self, scheme: &'s str) -> Option<(&Dialect, Option<&'s str>)> {
        let (name, driver) = match scheme.split_once('+') {
            Some((name, driver)) => (name, Some(driver)),
            None => (scheme, None),
        };
        let found = self
            .dialects
            .values()
            .find(|dialect| dialect.schemes.iter().any(|known| known == name))?;
        Some((found, driver))
    }

    /// The names of all dialects, sorted.
    pub fn dialect_names(&self) -> impl Iterator<Item = &str> {
        self.dialects.keys().map(String::as_str)
    }

    /// A dialect by its own name.
    pub fn dialect_named(&self, name: &str) -> Option<&Dialect> {
        self.dialects.get(name)
    }

    /// All dialects, by name.
    pub fn dialects(&self) -> impl Iterator<Item = &Dialect> {
        self.dialects.values()
    }

    /// All makers, by path.
    pub fn makers(&self) -> impl Iterator<Item = &Maker> {
        self.makers.values()
    }

    /// The words with which statements start that set something, in small letters.
    pub fn setting_words(&self) -> BTreeSet<String> {
        let all = self
            .dialects()
            .flat_map(|dialect| &dialect.connection_settings);
        all.filter_map(|start| Some(start.split(' ').next()?.to_lowercase()))
            .collect()
    }

    /// File and folder names with a meaning.
    pub fn contexts(&self) -> &Contexts {
        &self.contexts
    }

    /// The words that select a file for parsing, sorted.
    pub fn triggers(&self) -> Vec<String> {
        self.triggers.iter().cloned().collect()
    }

    /// All libraries.
    pub fn libraries(&self) -> &[Library] {
        &self.libraries
    }

    /// A library by name.
    pub fn library(&self, name: &str) -> Option<&Library> {
        self.libraries.iter().find(|library| library.name == name)
    }

    /// First components of the import paths of every library and framework, for tests that keep names out of `src/`.
    pub fn import_names(&self) -> BTreeSet<String> {
        self.libraries
            .iter()
            .flat_map(|library| library.imports.iter().cloned())
            .collect()
    }

    /// Whether the catalog says anything about exactly this path, so that it stands for the library's own thing even
    /// where the project holds the library's sources.
    pub fn knows(&self, path: &str) -> bool {
        let canonical = self.canonical(path);
        let path = canonical.as_ref();
        self.makers.contains_key(path)
            || self.classes.contains_key(path)
            || self.values.contains_key(path)
            || self.fields.contains_key(path)
            || self.decorated.contains_key(path)
            || self.arguments.contains_key(path)
            || self.treats.contains_key(path)
            || self.once.contains(path)
            || self.once_per_instance.contains(path)
            || self.returns.contains_key(path)
            || self.constants.contains_key(path)
            || self.types.contains(path)
    }

    /// Whether `first` is the first component of the import path of a library or framework known in `language`.
    pub fn is_import(&self, language: &str, first: &str) -> bool {
        self.libraries
            .iter()
            .filter(|library| library.is_of(language))
            .flat_map(|library| &library.imports)
            .any(|import| import.split('.').next() == Some(first))
    }

    /// Whether `path` is a type of which the catalog knows what its objects do.
    pub fn is_type(&self, path: &str) -> bool {
        let path = self.canonical(path);
        self.types.contains(path.as_ref()) || self.collects(&path)
    }

    /// Whether code of `language` that imports `first` may answer requests: a framework of that name calls its functions.
    pub fn serves(&self, language: &str, first: &str) -> bool {
        self.serving
            .contains(&(language.to_owned(), first.to_owned()))
    }

    /// Import names of frameworks that run tasks in worker processes of their own.
    pub fn task_imports(&self) -> &[String] {
        &self.task_imports
    }

    /// The names of the methods of a type that do `kind`, sorted.
    pub fn action_names(&self, type_path: &str, kind: ActionKind) -> BTreeSet<String> {
        let canonical = self.canonical(type_path).into_owned();
        self.actions
            .values()
            .flatten()
            .filter(|action| action.does == kind)
            .filter_map(|action| action.call.rsplit_once('.'))
            .filter(|(owner, _)| self.canonical(owner) == canonical)
            .map(|(_, name)| name.to_owned())
            .collect()
    }
}
