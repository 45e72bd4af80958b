//! The schema of the catalog's files: one form for libraries of every language, one for frameworks.
//!
//! Takes YAML through serde; gives plain structs. Unknown keys are errors, so a misspelt fact cannot be lost.
//! The doc comments here are the reference for writers of catalog files; `docs/catalog.md` shows each field in use.

use super::version::{ByVersion, Interval, Ranges};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// A file of `rules/libraries/` or of `--catalog`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct LibraryFile {
    /// Its name in reports.
    pub(super) library: String,
    /// The language whose code uses it; only for readers of the file.
    #[serde(default, rename = "language")]
    pub(super) _language: String,
    /// First components of its import paths.
    #[serde(default)]
    pub(super) imports: Vec<String>,
    /// Packages that install it.
    #[serde(default)]
    pub(super) distributions: Vec<String>,
    /// The version assumed when the project does not say.
    #[serde(default = "zero")]
    pub(super) assume: String,
    /// Where the facts come from.
    #[serde(default, rename = "sources")]
    pub(super) _sources: Vec<String>,
    /// Words in raw bytes that select a file for parsing. A file of makers without any is given the last component of
    /// each maker's path.
    #[serde(default)]
    pub(super) triggers: Vec<String>,
    /// Other paths of the same thing: `other path: path used in this file`. Prefixes count.
    #[serde(default)]
    pub(super) aliases: BTreeMap<String, String>,
    /// Named tables of parameters, used by several makers.
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, BTreeMap<Role, Param>>,
    /// What makes engines, pools, connections, sessions and their factories.
    #[serde(default)]
    pub(super) makers: Vec<MakerFile>,
    /// Pool classes.
    #[serde(default)]
    pub(super) classes: Vec<PoolClass>,
    /// Which pool class an engine gets when none is named; first match wins.
    #[serde(default)]
    pub(super) default_classes: Vec<DefaultClass>,
    /// What stands in for a pool class that does not suit; first match wins.
    #[serde(default)]
    pub(super) replacements: Vec<Replacement>,
    /// What calling something does to the object it is called on.
    #[serde(default)]
    pub(super) actions: Vec<Action>,
    /// Events whose listeners may do what a setting would.
    #[serde(default)]
    pub(super) listeners: Vec<Listener>,
    /// Arguments that a call refuses by their type.
    #[serde(default)]
    pub(super) refuses: Vec<Refusal>,
    /// Names that only some versions have, by interval: importing one tells the version.
    #[serde(default)]
    pub(super) only_in: Ranges<Vec<String>>,
    /// Settings of a framework that configure a pool.
    #[serde(default)]
    pub(super) settings: Vec<SettingKey>,
    /// The type that calling something gives, where that is no maker (`make_url` gives a `URL`).
    #[serde(default)]
    pub(super) returns: BTreeMap<String, String>,
    /// The type of what an attribute holds: `Type.attribute: Other type`.
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    /// What a call does with a connection that it is given.
    #[serde(default)]
    pub(super) treats: Vec<TreatsRule>,
    /// What value calling something gives.
    #[serde(default)]
    pub(super) values: Vec<ValueRule>,
    /// What the methods and attributes of its objects say of a value: type, then name, then meaning.
    #[serde(default)]
    pub(super) value_methods: BTreeMap<String, BTreeMap<String, String>>,
}

fn zero() -> String {
    "0".to_owned()
}

/// A file of `rules/frameworks/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FrameworkFile {
    /// Its name in reports.
    #[serde(rename = "framework")]
    pub(super) _framework: String,
    /// The language whose code uses it; only for readers of the file.
    #[serde(default, rename = "language")]
    pub(super) _language: String,
    /// First components of its import paths.
    #[serde(default)]
    pub(super) imports: Vec<String>,
    /// Whether it runs tasks in worker processes of its own, so that a pool must not be carried into them.
    #[serde(default)]
    pub(super) task_workers: bool,
    /// Where the facts come from.
    #[serde(default, rename = "sources")]
    pub(super) _sources: Vec<String>,
    /// Other paths of the same thing.
    #[serde(default)]
    pub(super) aliases: BTreeMap<String, String>,
    /// Which user functions it calls, how often, in which world.
    #[serde(default)]
    pub(super) calls: Vec<Calls>,
    /// The type that calling something gives.
    #[serde(default)]
    pub(super) returns: BTreeMap<String, String>,
    /// The type of what an attribute holds: `Type.attribute: Other type`.
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    /// Types of objects that live as long as the process and on which programs keep things of their own, as attributes.
    #[serde(default)]
    pub(super) carriers: Vec<String>,
    /// How programs load their configuration.
    #[serde(default)]
    pub(super) configuration: Option<Configuration>,
    /// What makes the applications that servers run.
    #[serde(default)]
    pub(super) applications: Vec<Application>,
    /// Texts in a list of a module of settings that say how the program is served.
    #[serde(default)]
    pub(super) installed: Vec<Installed>,
    /// Decorators after which a function runs once per process.
    #[serde(default)]
    pub(super) once: Vec<String>,
    /// Decorators after which a method runs once per object.
    #[serde(default)]
    pub(super) once_per_instance: Vec<String>,
    /// What a call does with a connection that it is given.
    #[serde(default)]
    pub(super) treats: Vec<TreatsRule>,
    /// What value calling (or indexing) something gives.
    #[serde(default)]
    pub(super) values: Vec<ValueRule>,
    /// What the methods of built-in values do: type, then method, then meaning.
    #[serde(default)]
    pub(super) value_methods: BTreeMap<String, BTreeMap<String, String>>,
}

/// How programs load their configuration: an object whose items are the keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Configuration {
    /// The attribute of the application that holds it (`app.config`).
    pub attribute: String,
    /// Its methods that take keys as keywords or in a dictionary.
    pub updates: Vec<String>,
    /// Its methods that take an object, or the path of one, whose attributes are the keys.
    pub objects: Vec<String>,
    /// Its methods that take the name of a file whose names are the keys.
    pub files: Vec<String>,
}

/// What makes an application that a server runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Application {
    /// The paths that a module of such an application imports.
    pub made_by: Vec<String>,
    /// The world in which the server runs it.
    pub world: World,
}

/// A text in a list of a module of settings that says how the program is served.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Installed {
    /// The text.
    pub holds: String,
    /// A name that the settings must give a value, too.
    #[serde(default)]
    pub with_name: Option<String>,
    /// The world in which it is served.
    pub world: World,
}

/// What a maker makes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An object that owns a pool and hands out connections (SQLAlchemy's engine).
    Engine,
    /// A pool.
    Pool,
    /// One connection, opened now or taken from a pool.
    Connection,
    /// Something that makes sessions.
    SessionFactory,
    /// Something that keeps one session per thread or task.
    Registry,
    /// A session.
    Session,
}

/// The form in which a maker is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// Calling it makes the thing.
    #[default]
    Call,
    /// Calling it starts a builder; parameters are setter methods, a terminal method makes the thing.
    Builder,
    /// A struct literal is the options; a terminal takes it.
    Struct,
}

/// What `with <call>() as x` does with the thing at the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WithMeans {
    /// Closes it or gives it back.
    Closes,
    /// Ends the transaction only.
    Transaction,
    /// It is no context manager.
    Nothing,
}

/// A maker as it stands in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MakerFile {
    /// The dotted path that is called; `Type.method` for methods of made objects, `Type.()` for calling one.
    pub(super) make: String,
    /// Other paths of the same maker.
    #[serde(default)]
    pub(super) also: Vec<String>,
    /// A maker that this one equals, but for what is given here. An empty list given here is empty.
    pub(super) like: Option<String>,
    /// What it makes.
    pub(super) kind: Option<Kind>,
    /// The type of what it makes; the path itself when not given.
    pub(super) gives: Option<String>,
    /// Whether it belongs to the async world.
    #[serde(rename = "async")]
    pub(super) is_async: Option<bool>,
    /// How it is used.
    #[serde(default)]
    pub(super) style: Style,
    /// Builder or struct: terminal method to the parameters it takes.
    #[serde(default)]
    pub(super) terminals: BTreeMap<String, BTreeMap<Role, Param>>,
    /// Named tables of parameters.
    #[serde(default)]
    pub(super) uses: Vec<String>,
    /// Its own parameters.
    #[serde(default)]
    pub(super) parameters: BTreeMap<Role, Param>,
    /// The dialect of a driver that speaks to one kind of database only.
    pub(super) dialect: Option<String>,
    /// What `with` does at the end.
    pub(super) with: Option<WithMeans>,
    /// Methods that take a connection out.
    pub(super) takes: Option<Vec<String>>,
    /// Methods that take a connection and give it back before they return.
    pub(super) borrows: Option<Vec<String>>,
    /// Methods that give it back or close it.
    pub(super) gives_back: Option<Vec<String>>,
    /// What happens when the pool is empty: `wait`, `raise`, `wait-forever`.
    pub(super) when_empty: Option<String>,
    /// True when nothing is connected at construction.
    pub(super) lazy: Option<bool>,
    /// What must happen before it can be used, any of: `await`, `with`, or a method of it. Empty: nothing. Where it has
    /// a parameter `open`, that one says whether construction does it.
    pub(super) opens: Option<Vec<String>>,
    /// What happens when min is above max: `refused`, `ignored` (min wins) or `clamped` (max wins).
    pub(super) min_above_max: Option<String>,
    /// For a pool that threads must not share: the maker to use instead.
    pub(super) threaded: Option<String>,
    /// True when it notices a fork and connects anew in the child.
    pub(super) fork_safe: Option<bool>,
    /// True when a checkout notices by itself that the server has closed a connection, and takes another one.
    pub(super) checks_idle: Option<bool>,
    /// True when it is taken from a pool that exists (a checkout), not made new.
    #[serde(default)]
    pub(super) checkout: bool,
    /// A connection that becomes a pool when one of these roles is given.
    pub(super) pool_when: Option<Vec<Role>>,
    /// The pool class when none is named, where it does not follow the library's table.
    pub(super) class: Option<ByVersion<String>>,
    /// What construction raises, by what it refuses; `{}` stands for the keywords or classes that are refused.
    #[serde(default)]
    pub(super) raises: BTreeMap<Refused, String>,
    /// What every checkout raises that construction lets pass, likewise.
    #[serde(default)]
    pub(super) raises_later: BTreeMap<Refused, String>,
    /// What a checkout raises when it has to wait, likewise.
    #[serde(default)]
    pub(super) raises_waiting: BTreeMap<Refused, String>,
    /// Keywords that it gives itself, in front of those of the program.
    pub(super) injects: Option<Vec<Injected>>,
    /// Where the fact comes from.
    #[serde(default, rename = "source")]
    pub(super) _source: Option<String>,
    /// Anything a reader should know.
    #[serde(default, rename = "note")]
    pub(super) _note: Option<String>,
}

/// What a constructor refuses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// A keyword that the pool class does not take.
    Keyword,
    /// A pool class of the sync world in an async engine.
    SyncClass,
    /// A pool class of the async world in a sync engine.
    AsyncClass,
    /// A least number of connections above the most.
    MinAboveMax,
    /// A number out of its range; of the least number.
    MinOutOfRange,
    /// A number out of its range; of the most.
    MaxOutOfRange,
    /// A number out of its range; of the size.
    SizeOutOfRange,
    /// A pool that may hold no connection at all.
    NoConnections,
    /// Text in the place of a size.
    TextSize,
    /// Text in the place of a least number.
    TextMin,
    /// Text in the place of a most.
    TextMax,
    /// Text in the place of an overflow.
    TextOverflow,
    /// Text in the place of the time that a checkout waits.
    TextAcquireTimeout,
    /// Text in the place of the age at which a connection is replaced.
    TextRecycle,
    /// Text in the place of the idle time after which a connection is closed.
    TextMaxIdle,
    /// The first use of a pool that was not opened; `{}` is the method.
    Unopened,
}

/// What makes something.
#[derive(Clone, Debug)]
pub struct Maker {
    /// Its canonical path.
    pub path: String,
    /// The library it belongs to.
    pub library: String,
    /// What it makes.
    pub kind: Kind,
    /// The type of what it makes.
    pub gives: String,
    /// Whether it belongs to the async world.
    pub is_async: bool,
    /// How it is used.
    pub style: Style,
    /// Terminal method to the parameters it takes.
    pub terminals: BTreeMap<String, BTreeMap<Role, Param>>,
    /// Its parameters.
    pub parameters: BTreeMap<Role, Param>,
    /// The dialect of a driver that speaks to one kind of database only.
    pub dialect: Option<String>,
    /// What `with` does at the end.
    pub with: Option<WithMeans>,
    /// Methods that take a connection out.
    pub takes: Vec<String>,
    /// Methods that take a connection and give it back before they return.
    pub borrows: Vec<String>,
    /// Methods that give it back or close it.
    pub gives_back: Vec<String>,
    /// What happens when the pool is empty.
    pub when_empty: Option<String>,
    /// True when nothing is connected at construction.
    pub lazy: bool,
    /// What must happen before it can be used, any of: `await`, `with`, or a method of it.
    pub opens: Vec<String>,
    /// What happens when min is above max: `refused`, `ignored` (min wins) or `clamped` (max wins).
    pub min_above_max: Option<String>,
    /// For a pool that threads must not share: the maker to use instead.
    pub threaded: Option<String>,
    /// True when it notices a fork and connects anew in the child.
    pub fork_safe: bool,
    /// True when a checkout notices by itself that the server has closed a connection, and takes another one.
    pub checks_idle: bool,
    /// True when it is taken from a pool that exists.
    pub checkout: bool,
    /// A connection that becomes a pool when one of these roles is given.
    pub pool_when: Vec<Role>,
    /// The pool class when none is named, where it does not follow the library's table.
    pub class: Option<ByVersion<String>>,
    /// What construction raises, by what it refuses; `{}` stands for the keywords or classes that are refused.
    pub raises: BTreeMap<Refused, String>,
    /// What every checkout raises that construction lets pass.
    pub raises_later: BTreeMap<Refused, String>,
    /// What a checkout raises when it has to wait.
    pub raises_waiting: BTreeMap<Refused, String>,
    /// Keywords that it gives itself, in front of those of the program.
    pub injects: Vec<Injected>,
}

/// A keyword that a maker gives where the program does not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Injected {
    /// What it sets.
    pub role: Role,
    /// The dialects it does so for.
    pub dialects: Vec<String>,
    /// The library whose version decides.
    pub of: String,
    /// Versions that do it.
    pub versions: Interval,
}

/// What a parameter is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The scheme of a URL made from parts: dialect and driver.
    Scheme,
    /// The URL, DSN or path of the database.
    Database,
    /// Host name.
    Host,
    /// Port.
    Port,
    /// Name of the database on its server.
    DatabaseName,
    /// User.
    User,
    /// Password; never shown.
    Password,
    /// Connections kept.
    Size,
    /// Connections above that.
    Overflow,
    /// Least number of connections.
    Min,
    /// Most connections.
    Max,
    /// How long a checkout waits.
    AcquireTimeout,
    /// How long connecting may take.
    ConnectTimeout,
    /// Age at which a connection is replaced.
    Recycle,
    /// Idle time after which a connection is closed.
    MaxIdle,
    /// Test before use.
    PrePing,
    /// Keywords of other pools, which this one refuses whatever its class is.
    Foreign,
    /// Last in, first out.
    Lifo,
    /// What is done when a connection comes back.
    Reset,
    /// The pool class.
    Class,
    /// A pool object that is used instead.
    Instance,
    /// A function that opens connections.
    Creator,
    /// Arguments for the driver.
    ConnectArguments,
    /// Options of each execution.
    ExecutionOptions,
    /// The isolation level of every connection.
    Isolation,
    /// A dictionary of engine keywords.
    Options,
    /// A dictionary with a prefix before each keyword.
    Configuration,
    /// That prefix.
    Prefix,
    /// The engine a session uses.
    Bind,
    /// The session factory of a registry.
    Factory,
    /// What tells one scope of a registry from another.
    Scope,
    /// Read-only access.
    ReadOnly,
    /// Statement cache.
    StatementCache,
    /// Name of a pool.
    Name,
    /// Whether one connection may serve several threads.
    SameThread,
    /// Open at construction.
    Open,
    /// Cleanup hooks.
    Hooks,
}

/// A value in a catalog file.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `null`
    Null(()),
    /// `true`
    Bool(bool),
    /// `5`
    Int(i64),
    /// `5.0`
    Float(f64),
    /// `"text"`
    Text(String),
}

/// One parameter: how it is written and what its values mean.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Param {
    /// Keyword.
    pub keyword: Option<String>,
    /// Other keywords for it.
    #[serde(default)]
    pub also: Vec<String>,
    /// Position from 0.
    pub position: Option<usize>,
    /// Setter method of a builder.
    #[serde(default)]
    pub setter: Vec<String>,
    /// Field of a struct literal.
    pub field: Option<String>,
    /// The value when it is not given; `null` is a value.
    #[serde(default, deserialize_with = "given")]
    pub default: Option<ByVersion<Scalar>>,
    /// The role whose value is the default.
    pub default_of: Option<Role>,
    /// The default for a dialect, where it is another one.
    #[serde(default)]
    pub dialect_defaults: BTreeMap<String, Scalar>,
    /// The value that means no limit; `null` is a value.
    #[serde(default, deserialize_with = "given")]
    pub unlimited: Option<ByVersion<Scalar>>,
    /// The value that switches it off, or several of them; `null` is a value.
    #[serde(default, deserialize_with = "one_or_several")]
    pub off: Vec<Scalar>,
    /// For a dictionary: its entries after which each statement stands alone, with the values that say so.
    #[serde(default)]
    pub no_transactions: BTreeMap<String, Vec<Scalar>>,
    /// The number with which nothing stays open between requests.
    pub neutral: Option<i64>,
    /// `connections`, `seconds`, `ms`, `bool`, `threads`.
    pub unit: Option<String>,
    /// Smallest and largest accepted value.
    pub range: Option<(i64, i64)>,
    /// Roles that are refused beside it.
    #[serde(default)]
    pub excludes: Vec<Role>,
    /// Versions that have it (`>=2.0`).
    pub versions: Option<Interval>,
    /// Anything a reader should know.
    pub note: Option<String>,
}

/// Keeps a written `null` apart from a key that is not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads one value, also `null`, as a list of one.
fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Scalar>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Several(Vec<Scalar>),
        One(Scalar),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Several(several) => several,
        Written::One(one) => vec![one],
    })
}

/// How a pool class behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// Keeps a bounded number of connections.
    Queue,
    /// Keeps nothing: each checkout connects.
    Null,
    /// One connection for everything.
    Static,
    /// One connection per thread.
    PerThread,
    /// Complains when used twice.
    Assertion,
}

/// A pool class.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PoolClass {
    /// Its path.
    pub class: String,
    /// Other paths.
    #[serde(default)]
    pub also: Vec<String>,
    /// How it behaves.
    pub behaviour: Behaviour,
    /// `sync`, `async` or `both`.
    #[serde(default)]
    pub world: String,
    /// Versions in which an engine of the other world refuses it.
    #[serde(default)]
    pub world_checked: Option<Interval>,
    /// The class that behaves the same in the other world.
    #[serde(default)]
    pub other_world: Option<String>,
    /// Keywords that make construction fail.
    #[serde(default)]
    pub rejects: Vec<String>,
    /// Where the fact comes from.
    #[serde(default)]
    pub source: Option<String>,
    /// Anything a reader should know.
    #[serde(default)]
    pub note: Option<String>,
}

/// Where the data of a database is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathKind {
    /// In a file.
    File,
    /// In memory, private to the connection.
    Memory,
    /// In memory under a name that connections share.
    SharedMemory,
    /// In memory without a name, and shared by connections all the same (`file::memory:?cache=shared`). Libraries that
    /// look for the name take it for a file.
    SharedUnnamed,
    /// On a server.
    Server,
}

/// Which pool class an engine gets when none is named.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DefaultClass {
    /// Dialects it is for; empty for all.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// Drivers it is for; empty for all.
    #[serde(default)]
    pub drivers: Vec<String>,
    /// Where the data is; empty for anywhere.
    #[serde(default)]
    pub paths: Vec<PathKind>,
    /// `true` for async engines only, `false` for the others.
    #[serde(default, rename = "async")]
    pub is_async: Option<bool>,
    /// Makers it is for; empty for all that follow this library's table.
    #[serde(default)]
    pub makers: Vec<String>,
    /// The class, by its path.
    pub class: ByVersion<String>,
    /// Anything a reader should know.
    #[serde(default)]
    pub note: Option<String>,
}

/// What stands in for a pool class that does not suit. Without `class` the class is dropped, so that the library's
/// default holds.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Replacement {
    /// What was asked for.
    #[serde(rename = "as")]
    pub asked: Asked,
    /// Dialects it is for; empty for all, also for unknown ones.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// Where the data is; empty for anywhere, also for unknown places.
    #[serde(default)]
    pub paths: Vec<PathKind>,
    /// `true` for async engines only, `false` for the others.
    #[serde(default, rename = "async")]
    pub is_async: Option<bool>,
    /// Versions of the library for all of which it must be right.
    #[serde(default)]
    pub versions: Option<Interval>,
    /// The class, by its path.
    #[serde(default)]
    pub class: Option<String>,
    /// What is set beside it, unless the code sets it, by role.
    #[serde(default)]
    pub set: BTreeMap<Role, Scalar>,
    /// Arguments for the driver that it needs.
    #[serde(default)]
    pub connect_arguments: BTreeMap<String, Scalar>,
    /// Anything a reader should know.
    #[serde(default)]
    pub note: Option<String>,
}

/// What is asked to stand in for a pool class.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Whatever is right for the database, the version and the world.
    #[default]
    Auto,
    /// The library's default.
    Default,
    /// A pool of bounded size, by name.
    QueuePool,
    /// One connection for everything.
    StaticPool,
}

impl Asked {
    /// What a word of an option means; [`Asked::Auto`] for any other.
    pub fn of(word: &str) -> Self {
        match word {
            "default" => Self::Default,
            "queue-pool" => Self::QueuePool,
            "static-pool" => Self::StaticPool,
            _ => Self::Auto,
        }
    }
}

/// What calling something does to the object it is called on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Action {
    /// `Type.method`.
    pub call: String,
    /// What it does.
    pub does: ActionKind,
}

/// What a call does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    /// Closes all connections of an engine or pool.
    Dispose,
    /// Closes or gives back a connection or session.
    Close,
    /// Ends a registry's current session and forgets it.
    Remove,
    /// Sets engine keywords or session keywords of a factory afterwards.
    Configure,
}

/// What calls do with a connection that they are given, and with the block around it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TreatsRule {
    /// The paths that are called.
    pub(super) call: Vec<String>,
    /// What they do.
    pub(super) does: Treats,
}

/// What a call does with a connection that it is given, and with the block around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Treats {
    /// Uses it and leaves it open.
    Lends,
    /// Gives a context manager whose end closes it.
    ClosesAtEnd,
    /// Gives a context manager that swallows what its block raises.
    Swallows,
    /// Ends the program.
    NeverReturns,
}

/// A call that has a function of the user listen to the events of engines and pools.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Listener {
    /// The paths that are called.
    pub call: Vec<String>,
    /// The argument that says whose events.
    pub target: Vec<ArgumentName>,
    /// The argument that names the event.
    pub event: Vec<ArgumentName>,
    /// What a listener may do instead of a setting, by event.
    pub instead_of: BTreeMap<String, Role>,
}

/// A setting of a framework that configures a pool.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SettingKey {
    /// The name: a config key, module constant or class attribute.
    pub key: String,
    /// The library that reads it.
    #[serde(skip)]
    pub library: String,
    /// The maker it configures.
    pub of: String,
    /// What it sets. `Options` is a dictionary of the maker's keywords; with `entries` the value is a dictionary of
    /// databases.
    pub role: Option<Role>,
    /// For a dictionary of databases: the keys inside each entry. `A.B` is key `B` of the dictionary under `A`. An entry
    /// that is text is the database itself.
    #[serde(default)]
    pub entries: BTreeMap<String, Role>,
    /// The entry key whose value names the backend.
    #[serde(default)]
    pub backend: Option<String>,
    /// What the backend means as a dialect: by its path, or by the last component of that.
    #[serde(default)]
    pub backends: BTreeMap<String, String>,
    /// By dialect, the maker whose keywords the `options` of an entry hold; other dialects refuse them.
    #[serde(default)]
    pub options_of: BTreeMap<String, String>,
    /// The paths that the backends begin with of which `misplaced` is true; backends of others have settings of their
    /// own.
    #[serde(default)]
    pub stock: Vec<String>,
    /// Keys of an entry that do not work where they stand; of several rows for one key the first that fits counts.
    #[serde(default)]
    pub misplaced: Vec<Misplaced>,
    /// Versions in which it is ignored.
    #[serde(default)]
    pub ignored: Option<Interval>,
    /// For a key that is ignored: the key whose dictionary of options takes the same setting.
    #[serde(default)]
    pub belongs_in: Option<String>,
    /// Anything a reader should know.
    #[serde(default)]
    pub note: Option<String>,
}

/// Keys of the entry of a database that do not work where they stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Misplaced {
    /// The keys. `A.B` is key `B` of the dictionary under `A`.
    pub keys: Vec<String>,
    /// Dialects it is for; empty for all.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// Versions of the library for all of which it is true.
    #[serde(default)]
    pub versions: Option<Interval>,
    /// The role that must have a value beside it that is not its `neutral` one.
    #[serde(default)]
    pub beside: Option<Role>,
    /// Packages of which the project must require one.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Packages of which it must require none.
    #[serde(default)]
    pub requires_none: Vec<String>,
    /// What the first use of the database raises; `{}` is the key. Without it the key is ignored.
    #[serde(default)]
    pub raises: Option<String>,
    /// What to do instead: an imperative sentence.
    pub instead: String,
}

/// How often user code is called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Multiplicity {
    /// Once in the life of the program.
    Once,
    /// When the process ends.
    AtExit,
    /// Once in each process.
    PerProcess,
    /// Once in each worker.
    PerWorker,
    /// Once in each thread.
    PerThread,
    /// For each test.
    PerTest,
    /// For each connection that a pool opens or hands out.
    PerConnection,
    /// For each background task.
    PerTask,
    /// When a request ends.
    AtRequestEnd,
    /// For each request.
    PerRequest,
    /// On each turn of a loop.
    PerTurn,
}

/// In which world user code runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Ordinary threads.
    #[default]
    Sync,
    /// On an event loop.
    Async,
    /// On an event loop's worker threads, where blocking is fine.
    BlockingOk,
    /// On an event loop of its own.
    NewLoop,
    /// In a child process.
    Forked,
}

/// What silences rules at a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContextKind {
    /// Runs once and ends.
    Script,
    /// A test.
    Test,
    /// A schema migration.
    Migration,
    /// A function service.
    Serverless,
    /// Somebody else's code.
    Vendored,
    /// Written by a program.
    Generated,
    /// An example, benchmark or piece of documentation.
    Example,
}

/// Which user function a framework calls, how often, in which world. Exactly one of `decorated`, `argument`+`of`,
/// `methods`+`of-class`, `fields`+`in-class` says which.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Calls {
    /// Paths of decorators: the decorated function is called. A method path (`flask.Flask.route`) counts only where
    /// the object resolves to that type.
    #[serde(default)]
    pub decorated: Vec<String>,
    /// The argument (position or keyword) that takes the function.
    #[serde(default)]
    pub argument: Vec<ArgumentName>,
    /// The paths of the callees that take it.
    #[serde(default)]
    pub of: Vec<String>,
    /// Names of methods; empty with `of-class` means every public method.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Base classes whose subclasses' methods are called.
    #[serde(default)]
    pub of_class: Vec<String>,
    /// Names of class attributes that hold the functions, alone or in a list.
    #[serde(default)]
    pub fields: Vec<String>,
    /// The names of classes that have them; such a class needs no base.
    #[serde(default)]
    pub in_class: Vec<String>,
    /// How often.
    pub when: Multiplicity,
    /// In which world.
    #[serde(default)]
    pub world: World,
    /// Whether a function that is not async runs in one of several worker threads.
    #[serde(default)]
    pub threads: bool,
    /// A context that this call proves (`test`, `migration`, `script`).
    #[serde(default)]
    pub context: Option<ContextKind>,
}

/// An argument that a call refuses.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Refusal {
    /// The paths that are called.
    pub calls: Vec<String>,
    /// The argument, by position or keyword.
    pub argument: Vec<ArgumentName>,
    /// The type whose objects are refused; with `class`, the class itself and what derives from it.
    pub what: String,
    /// Whether the class itself is meant.
    #[serde(default)]
    pub class: bool,
    /// What the call raises.
    pub raises: String,
    /// The attribute of the object that is taken.
    pub attribute: Option<String>,
    /// Whether naming that attribute is all that is needed.
    #[serde(default)]
    pub repair: bool,
    /// What to do, where no attribute is taken: a sentence.
    #[serde(default)]
    pub instead: String,
}

/// An argument, by position or keyword.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub enum ArgumentName {
    /// Position from 0.
    Position(usize),
    /// Keyword.
    Keyword(String),
}

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueIs {
    /// An environment variable, by name.
    Environment,
    /// Nothing: the call reads a file of environment variables, which `name` may name.
    EnvironmentFile,
    /// The argument, as a whole number when it is text.
    Integer,
    /// The argument, as a floating-point number.
    Float,
    /// The argument, as text.
    Text,
    /// The argument, as a truth value.
    Boolean,
    /// The argument itself.
    Same,
    /// The first argument, to be called with the other arguments in front of those of the call.
    Partial,
    /// A dictionary of the keyword arguments, on top of the first argument.
    Dictionary,
    /// A list of the argument's elements.
    List,
    /// The smallest argument.
    Minimum,
    /// The largest argument.
    Maximum,
    /// The attribute of the first argument that the second names.
    Attribute,
    /// The module that the first argument names.
    Module,
    /// A URL made from parts.
    Url,
    /// The settings of a database as a dictionary, made from its URL.
    Database,
    /// A field: its default is the first argument or the keyword.
    Field,
    /// The class whose fields are values given at construction.
    Record,
    /// A setting of the program's own configuration: its name is the `name` arguments together; it may be anything, and
    /// is the default when nobody sets it.
    Setting,
    /// A section of a configuration file, as a dictionary; see `source`.
    Section,
    /// An entry of a section of a configuration file; see `source`.
    Entry,
    /// Nothing: a decorator of a function that works out the field that its first argument names.
    Validator,
}

/// A configuration file that a library reads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConfigurationFile {
    /// Its name.
    pub file: String,
    /// The section that is meant where the call names none.
    pub section: String,
    /// The entry that names the folder of the files that use it; a file in another folder reads another one.
    #[serde(default)]
    pub folder_in: Option<String>,
    /// What sets an entry from code: the path, and the position of the entry's name. The value follows it.
    #[serde(default)]
    pub set_by: BTreeMap<String, usize>,
}

/// What value calling something gives; with `index` what indexing it gives; with `fields-of` what the fields of a class
/// with that base or decorator are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ValueRule {
    /// Paths that are called.
    #[serde(default)]
    pub call: Vec<String>,
    /// Paths that are indexed.
    #[serde(default)]
    pub index: Vec<String>,
    /// Base classes or decorators.
    #[serde(default)]
    pub fields_of: Vec<String>,
    /// What it is.
    pub is: ValueIs,
    /// The arguments that may name the variable, first present wins.
    #[serde(default)]
    pub name: Vec<ArgumentName>,
    /// The arguments that may hold the default, first present wins. Where nothing is looked up (`same`, `integer` …):
    /// the argument that holds the value, when it is not the first.
    #[serde(default)]
    pub default: Vec<ArgumentName>,
    /// The argument that holds a function whose result is the default.
    #[serde(default)]
    pub default_factory: Option<ArgumentName>,
    /// The arguments that may hold the cast function; when one is given the value is converted.
    #[serde(default)]
    pub cast: Vec<ArgumentName>,
    /// For the fields of a class: the class attribute that holds a prefix of the variables' names. `A.B` is keyword, key
    /// or attribute `B` of `A`.
    #[serde(default)]
    pub prefix_in: Vec<String>,
    /// For the fields of a class: the class attribute that names a file of environment variables.
    #[serde(default)]
    pub file_in: Vec<String>,
    /// What the value is converted to by itself.
    #[serde(default)]
    pub to: Option<ConvertTo>,
    /// The dialect of every URL of this type.
    #[serde(default)]
    pub dialect: Option<String>,
    /// For what a configuration file says: which one.
    #[serde(default)]
    pub source: Option<ConfigurationFile>,
    /// For the settings of a database: the variable that holds the URL where the call names none.
    #[serde(default)]
    pub variable: Option<String>,
    /// For the settings of a database: the entries that arguments set, by key.
    #[serde(default)]
    pub sets: BTreeMap<String, Vec<ArgumentName>>,
    /// For the settings of a database: names in the URL's query that become entries, in capitals.
    #[serde(default)]
    pub query: Vec<String>,
    /// For the settings of a database: the entry whose dictionary takes every other name of the query.
    #[serde(default)]
    pub query_rest: Option<String>,
    /// For the settings of a database: the key under which they stand in a dictionary of databases.
    #[serde(default)]
    pub under: Option<String>,
    /// For a URL made from parts: role of each keyword.
    #[serde(default)]
    pub parts: BTreeMap<Role, Param>,
}

/// A conversion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConvertTo {
    /// Whole number.
    Integer,
    /// Floating-point number.
    Float,
    /// Truth value.
    Boolean,
    /// Text.
    Text,
}

/// A kind of database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dialect {
    /// Its name in reports.
    #[serde(default)]
    pub name: String,
    /// URL schemes, without `+driver`.
    pub schemes: Vec<String>,
    /// Whether it is a server or a file.
    pub kind: DialectKind,
    /// The port when none is given.
    #[serde(default)]
    pub port: Option<u16>,
    /// Whether libraries that speak several dialects do not speak this one.
    #[serde(default)]
    pub own_clients: bool,
    /// What a checkout costs without a pool, in milliseconds, and with one; measured.
    #[serde(default)]
    pub connect_ms: Option<f64>,
    /// With a pool.
    #[serde(default)]
    pub checkout_ms: Option<f64>,
    /// After how many seconds without a query the server closes a connection, unless it is told otherwise.
    #[serde(default)]
    pub idle_seconds: Option<i64>,
    /// The setting of the server that says so.
    #[serde(default)]
    pub idle_setting: Option<String>,
    /// Whether it knows no transactions.
    #[serde(default)]
    pub no_transactions: bool,
}

/// Whether a dialect speaks to a server or opens a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DialectKind {
    /// A server.
    Server,
    /// A file, or memory.
    File,
}

/// `rules/dialects.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DialectFile {
    /// By name.
    pub(super) dialects: BTreeMap<String, Dialect>,
}

/// `rules/contexts.yaml`: file and folder names with a meaning, and signs of a pooler in front of the database.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Contexts {
    /// Folder names to context.
    #[serde(default)]
    pub folders: BTreeMap<String, ContextKind>,
    /// How the names of functions begin that a test runner calls by name, in files that are tests.
    #[serde(default)]
    pub test_functions: String,
    /// File name patterns (globs on the file name) to context.
    #[serde(default)]
    pub files: BTreeMap<String, ContextKind>,
    /// A file that has the context when another stands beside it: `file: {beside: …, is: …}`.
    #[serde(default)]
    pub beside: BTreeMap<String, Beside>,
    /// Imports that give a file a context.
    #[serde(default)]
    pub imports: Vec<ContextImport>,
    /// First lines that mark a file as written by a program.
    #[serde(default)]
    pub generated_marks: Vec<String>,
    /// Functions with these names and parameters are called by a function service.
    #[serde(default)]
    pub serverless_handlers: Vec<Handler>,
    /// Files whose presence makes a scope serverless.
    #[serde(default)]
    pub serverless_files: Vec<String>,
    /// Imports that make a file one of a function service.
    #[serde(default)]
    pub serverless_imports: Vec<String>,
    /// Parts of host names that say a pooler stands in front.
    #[serde(default)]
    pub pooler_hosts: Vec<String>,
    /// The poolers that a user may declare.
    #[serde(default)]
    pub poolers: Vec<String>,
    /// Arguments of drivers that say so (`statement_cache_size=0`).
    #[serde(default)]
    pub pooler_arguments: Vec<String>,
    /// Ports that say so.
    #[serde(default)]
    pub pooler_ports: Vec<u16>,
    /// Names of programs that serve an application.
    #[serde(default)]
    pub servers: Vec<String>,
    /// Ends of host names whose connections are closed after so many seconds without a query.
    #[serde(default)]
    pub idle_hosts: BTreeMap<String, i64>,
    /// Words in a comment beside the call that say the choice is deliberate.
    #[serde(default)]
    pub deliberate_words: Vec<String>,
    /// Words in the name of a class of settings (`TestingConfig`) that is for tests only.
    #[serde(default)]
    pub test_words: Vec<String>,
    /// Words in the name of a switch that say it is for tests, functions or workers.
    #[serde(default)]
    pub switch_words: Vec<String>,
    /// Words in what a `with` enters that say it is a lock.
    #[serde(default)]
    pub lock_words: Vec<String>,
    /// Words in the name of a call that say it waits before a loop goes on.
    #[serde(default)]
    pub pause_words: Vec<String>,
    /// Words in the name of a function that asks whether something is there.
    #[serde(default)]
    pub probe_words: Vec<String>,
    /// Parts of names that say a database is a replica or an administration database.
    #[serde(default)]
    pub replica_words: Vec<String>,
}

/// An import that gives a file a context.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContextImport {
    /// Last component of the module.
    pub module: String,
    /// The name taken from it.
    pub name: String,
    /// The context.
    pub is: ContextKind,
}

/// A file that has a context when another stands beside it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Beside {
    /// Any of these files or folders.
    pub beside: Vec<String>,
    /// The context.
    pub is: ContextKind,
}

/// A function that a function service calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Handler {
    /// Its name.
    pub name: String,
    /// Its parameters' names.
    pub parameters: Vec<String>,
}
