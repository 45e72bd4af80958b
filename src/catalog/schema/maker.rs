//! Makers: what makes engines, pools, connections and sessions, and the parameters they take.

use crate::catalog::version::{ByVersion, Interval};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

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

impl Kind {
    /// Whether connections or sessions are taken from it.
    pub fn lends(self) -> bool {
        !matches!(self, Self::Connection | Self::Session)
    }
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
pub(in crate::catalog) struct MakerFile {
    /// The dotted path that is called; `Type.method` for methods of made objects, `Type.()` for calling one.
    pub(in crate::catalog) make: String,
    /// Other paths of the same maker.
    #[serde(default)]
    pub(in crate::catalog) also: Vec<String>,
    /// A maker that this one equals, but for what is given here. An empty list given here is empty.
    pub(in crate::catalog) like: Option<String>,
    /// What it makes.
    pub(in crate::catalog) kind: Option<Kind>,
    /// The type of what it makes; the path itself when not given.
    pub(in crate::catalog) gives: Option<String>,
    /// Whether it belongs to the async world.
    #[serde(rename = "async")]
    pub(in crate::catalog) is_async: Option<bool>,
    /// How it is used.
    pub(in crate::catalog) style: Option<Style>,
    /// Builder or struct: terminal method to the parameters it takes.
    #[serde(default)]
    pub(in crate::catalog) terminals: BTreeMap<String, BTreeMap<Role, Param>>,
    /// Named tables of parameters.
    #[serde(default)]
    pub(in crate::catalog) uses: Vec<String>,
    /// Its own parameters.
    #[serde(default)]
    pub(in crate::catalog) parameters: BTreeMap<Role, Param>,
    /// The dialect of a driver that speaks to one kind of database only.
    pub(in crate::catalog) dialect: Option<String>,
    /// The name by which a class of the user's that connects for it says what its connections are.
    pub(in crate::catalog) connections_by: Option<String>,
    /// What `with` does at the end.
    pub(in crate::catalog) with: Option<WithMeans>,
    /// Methods that take a connection out.
    pub(in crate::catalog) takes: Option<Vec<String>>,
    /// Methods that take a connection and give it back before they return.
    pub(in crate::catalog) borrows: Option<Vec<String>>,
    /// Methods of other things that do so when they are given it.
    pub(in crate::catalog) borrowed_by: Option<Vec<String>>,
    /// Methods that give it back or close it.
    pub(in crate::catalog) gives_back: Option<Vec<String>>,
    /// Names of methods, attributes and settings of what it makes with which a transaction ends or none begins by itself.
    /// Empty: it begins none that it is not asked for.
    pub(in crate::catalog) resets: Option<Vec<String>>,
    /// Methods that take it out of its pool and never free its place there.
    pub(in crate::catalog) leaks: Option<Vec<String>>,
    /// What happens when the pool is empty: `wait`, `raise`, `wait-forever`.
    pub(in crate::catalog) when_empty: Option<String>,
    /// True when nothing is connected at construction.
    pub(in crate::catalog) lazy: Option<bool>,
    /// What must happen before it can be used, any of: `await`, `with`, or a method of it. Empty: nothing. Where it has
    /// a parameter `open`, that one says whether construction does it.
    pub(in crate::catalog) opens: Option<Vec<String>>,
    /// What happens when min is above max: `refused`, `ignored` (min wins) or `clamped` (max wins).
    pub(in crate::catalog) min_above_max: Option<String>,
    /// For a pool that threads must not share: the maker to use instead.
    pub(in crate::catalog) threaded: Option<String>,
    /// Roles in which all connections of one process to one file must agree.
    pub(in crate::catalog) agrees: Option<Vec<Role>>,
    /// For a connection that threads must not share: its method that makes another one for a thread; empty when nothing
    /// does.
    pub(in crate::catalog) one_per_thread: Option<String>,
    /// Methods that run a statement given as text.
    pub(in crate::catalog) runs: Option<Vec<String>>,
    /// True when closing it ends it for everybody who shares it, and it does not open again.
    pub(in crate::catalog) closed_for_good: Option<bool>,
    /// For what comes in a tuple: the part of it that has to be run for the connection to work.
    pub(in crate::catalog) driven_by: Option<usize>,
    /// True when it notices a fork and connects anew in the child.
    pub(in crate::catalog) fork_safe: Option<bool>,
    /// True when a checkout notices by itself that the server has closed a connection, and takes another one.
    pub(in crate::catalog) checks_idle: Option<bool>,
    /// Numbers by role with which, together, it closes every connection that comes back; several such groups.
    pub(in crate::catalog) keeps_nothing: Option<Vec<BTreeMap<Role, i64>>>,
    /// True when it is taken from a pool that exists (a checkout), not made new.
    #[serde(default)]
    pub(in crate::catalog) checkout: bool,
    /// A connection that becomes a pool when one of these roles is given.
    pub(in crate::catalog) pool_when: Option<Vec<Role>>,
    /// The pool class when none is named, where it does not follow the library's table.
    pub(in crate::catalog) class: Option<ByVersion<String>>,
    /// What construction raises, by what it refuses; `{}` stands for the keywords or classes that are refused.
    #[serde(default)]
    pub(in crate::catalog) raises: BTreeMap<Refused, String>,
    /// What every checkout raises that construction lets pass, likewise.
    #[serde(default)]
    pub(in crate::catalog) raises_later: BTreeMap<Refused, String>,
    /// What a checkout raises when it has to wait, likewise.
    #[serde(default)]
    pub(in crate::catalog) raises_waiting: BTreeMap<Refused, String>,
    /// Keywords that it gives itself, in front of those of the program.
    pub(in crate::catalog) injects: Option<Vec<Injected>>,
    /// Where the fact comes from.
    #[serde(default, rename = "source")]
    pub(in crate::catalog) _source: Option<String>,
    /// Anything a reader should know.
    #[serde(default, rename = "note")]
    pub(in crate::catalog) _note: Option<String>,
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
    /// A file that another process holds open for writing.
    Locked,
    /// A file that the process has open with another value of a role in `agrees`.
    Mixed,
    /// Use by two tasks at once.
    Concurrent,
    /// A time that is no time at all; `{}` is how it is set.
    TimeOutOfRange,
    /// A setting without the one that it needs.
    Needs,
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
    /// The name by which a class of the user's that connects for it says what its connections are.
    pub connections_by: Option<String>,
    /// What `with` does at the end.
    pub with: Option<WithMeans>,
    /// Methods that take a connection out.
    pub takes: Vec<String>,
    /// Methods that take a connection and give it back before they return.
    pub borrows: Vec<String>,
    /// Methods of other things that do so when they are given it.
    pub borrowed_by: Vec<String>,
    /// Methods that give it back or close it.
    pub gives_back: Vec<String>,
    /// Names with which a transaction ends or none begins by itself; empty when it begins none that it is not asked for.
    pub resets: Vec<String>,
    /// Methods that take it out of its pool and never free its place there.
    pub leaks: Vec<String>,
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
    /// Roles in which all connections of one process to one file must agree.
    pub agrees: Vec<Role>,
    /// For a connection that threads must not share: its method that makes another one for a thread; empty when nothing
    /// does.
    pub one_per_thread: Option<String>,
    /// Methods that run a statement given as text.
    pub runs: Vec<String>,
    /// True when closing it ends it for everybody who shares it, and it does not open again.
    pub closed_for_good: bool,
    /// For what comes in a tuple: the part of it that has to be run for the connection to work.
    pub driven_by: Option<usize>,
    /// True when it notices a fork and connects anew in the child.
    pub fork_safe: bool,
    /// True when a checkout notices by itself that the server has closed a connection, and takes another one.
    pub checks_idle: bool,
    /// Numbers by role with which, together, it closes every connection that comes back; several such groups.
    pub keeps_nothing: Vec<BTreeMap<Role, i64>>,
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
    /// Most connections that stay open unused; a `max` below it is raised to it.
    MostIdle,
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
    /// The async runtime that it measures time with.
    Runtime,
    /// What a checkout does on an exhausted pool; `unlimited` is the value with which it waits for ever.
    WhenEmpty,
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
    /// Name in the query of the database's URL.
    pub query: Option<String>,
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
    /// The role without which it is refused.
    pub needs: Option<Role>,
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
