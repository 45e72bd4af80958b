//! A framework's file: which functions of the user it calls, how often, in which world, and who serves its applications.

use super::{Container, ContextKind, Detached, Scalar, TreatsRule, ValueRule};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A file of `rules/frameworks/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::catalog) struct FrameworkFile {
    /// Its name in reports.
    #[serde(rename = "framework")]
    pub(in crate::catalog) _framework: String,
    /// The language whose code uses it.
    #[serde(default)]
    pub(in crate::catalog) language: String,
    /// First components of its import paths.
    #[serde(default)]
    pub(in crate::catalog) imports: Vec<String>,
    /// Whether it runs tasks in worker processes of its own, so that a pool must not be carried into them.
    #[serde(default)]
    pub(in crate::catalog) task_workers: bool,
    /// Where the facts come from.
    #[serde(default, rename = "sources")]
    pub(in crate::catalog) _sources: Vec<String>,
    /// Other paths of the same thing.
    #[serde(default)]
    pub(in crate::catalog) aliases: BTreeMap<String, String>,
    /// Which user functions it calls, how often, in which world.
    #[serde(default)]
    pub(in crate::catalog) calls: Vec<Calls>,
    /// The type that calling something gives.
    #[serde(default)]
    pub(in crate::catalog) returns: BTreeMap<String, String>,
    /// The type of what an attribute holds: `Type.attribute: Other type`.
    #[serde(default)]
    pub(in crate::catalog) attributes: BTreeMap<String, String>,
    /// Types of objects that live as long as the process and on which programs keep things of their own, as attributes.
    #[serde(default)]
    pub(in crate::catalog) carriers: Vec<String>,
    /// How programs load their configuration.
    #[serde(default)]
    pub(in crate::catalog) configuration: Option<Configuration>,
    /// What makes the applications that servers run.
    #[serde(default)]
    pub(in crate::catalog) applications: Vec<Application>,
    /// Texts in a list of a module of settings that say how the program is served.
    #[serde(default)]
    pub(in crate::catalog) installed: Vec<Installed>,
    /// Methods that give the object they are called on, or what it holds, whatever it is.
    #[serde(default)]
    pub(in crate::catalog) passing: Vec<String>,
    /// Those of them whose argument stands in where there is nothing.
    #[serde(default)]
    pub(in crate::catalog) standing_in: Vec<String>,
    /// Methods that put an argument into what they are called on, and its position.
    #[serde(default)]
    pub(in crate::catalog) putting: BTreeMap<String, usize>,
    /// Functions that types get from elsewhere, which make an object of the type.
    #[serde(default)]
    pub(in crate::catalog) constructing: Vec<String>,
    /// Numbers that have a path.
    #[serde(default)]
    pub(in crate::catalog) constants: BTreeMap<String, Scalar>,
    /// Decorators after which a function runs once per process.
    #[serde(default)]
    pub(in crate::catalog) once: Vec<String>,
    /// Decorators after which a method runs once per object.
    #[serde(default)]
    pub(in crate::catalog) once_per_instance: Vec<String>,
    /// What a call does with a connection that it is given.
    #[serde(default)]
    pub(in crate::catalog) treats: Vec<TreatsRule>,
    /// What holds things and hands them out again.
    #[serde(default)]
    pub(in crate::catalog) containers: Vec<Container>,
    /// Methods of a lock that give what it guards and hold it as long as that is held.
    #[serde(default)]
    pub(in crate::catalog) locking: Vec<String>,
    /// What makes a lock.
    #[serde(default)]
    pub(in crate::catalog) locks: Vec<String>,
    /// Modules that come with the language itself.
    #[serde(default)]
    pub(in crate::catalog) standard: Vec<String>,
    /// The call that closes what it is given at the end of a block, as fixes write it.
    #[serde(default)]
    pub(in crate::catalog) closer: Option<String>,
    /// Calls whose result no longer needs the connection that it came from.
    #[serde(default)]
    pub(in crate::catalog) detached: Detached,
    /// What value calling (or indexing) something gives.
    #[serde(default)]
    pub(in crate::catalog) values: Vec<ValueRule>,
    /// What the methods of built-in values do: type, then method, then meaning.
    #[serde(default)]
    pub(in crate::catalog) value_methods: BTreeMap<String, BTreeMap<String, String>>,
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

/// How often user code is called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Multiplicity {
    /// Once in the life of the program.
    Once,
    /// The first time only that it is handed over: what it gives is kept.
    FirstTime,
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

impl Multiplicity {
    /// Whether it is as often as whoever hands it over.
    pub fn is_once(self) -> bool {
        self == Self::Once
    }

    /// Whether only what lives on and answers calls so often.
    pub(in crate::catalog) fn is_of_a_server(self) -> bool {
        matches!(self, Self::PerRequest | Self::PerTask | Self::PerWorker)
    }
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

/// Which user function a framework calls, how often, in which world. Exactly one of `decorated`, `argument`+`of`,
/// `methods`+`of-class`, `fields`+`in-class`, `taking` says which.
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
    /// Types of parameters: functions that have one are called.
    #[serde(default)]
    pub taking: Vec<String>,
    /// Methods of what it is handed to that say how many run it, in their argument.
    #[serde(default)]
    pub counted_by: Vec<String>,
    /// Whether what is started inside ends with the object whose method it is handed to.
    #[serde(default)]
    pub ends_with_object: bool,
    /// How often.
    pub when: Multiplicity,
    /// In which world.
    #[serde(default)]
    pub world: World,
    /// Whether a function that is not async runs in one of several worker threads.
    #[serde(default)]
    pub threads: bool,
    /// Whether the coroutine it is given runs beside its caller, and beside the others it is given.
    #[serde(default)]
    pub together: bool,
    /// A context that this call proves (`test`, `migration`, `script`).
    #[serde(default)]
    pub context: Option<ContextKind>,
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
