//! What calls do to objects, to connections that they are given and to blocks, and what they refuse.

use super::{ArgumentName, Role};
use serde::Deserialize;
use std::collections::BTreeMap;

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
pub(in crate::catalog) struct TreatsRule {
    /// The paths that are called.
    pub(in crate::catalog) call: Vec<String>,
    /// What they do.
    pub(in crate::catalog) does: Treats,
}

/// Calls whose result no longer needs the connection that it came from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::catalog) struct Detached {
    /// Methods, of whatever came from the connection.
    #[serde(default)]
    pub(in crate::catalog) methods: Vec<String>,
    /// Paths of functions that read what they are given to its end.
    #[serde(default)]
    pub(in crate::catalog) calls: Vec<String>,
}

/// What a call does with a connection that it is given, and with the block around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Treats {
    /// Uses it and leaves it open.
    Lends,
    /// Gives it through as its own value.
    Passes,
    /// Gives a context manager whose end closes it.
    ClosesAtEnd,
    /// Gives a context manager that swallows what its block raises.
    Swallows,
    /// Ends the program.
    NeverReturns,
    /// Takes the first value of the generator that it is given.
    TakesFirst,
    /// Ends it: its value is dropped.
    Ends,
    /// Lets go of it without ending it: nothing can end it any more.
    Forgets,
    /// Gives it through as its own value, which does not end with its name.
    Outlives,
    /// Ends a wait inside it after a time.
    LimitsTime,
}

/// Statements that are made first and then run on a connection or pool that they are given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MadeStatement {
    /// The paths whose call makes one of the text that it is given.
    pub made_by: Vec<String>,
    /// Its methods that run it on their first argument.
    pub run_by: Vec<String>,
}

/// Methods that talk to the server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::catalog) struct AsksRule {
    /// The type whose methods they are.
    pub(in crate::catalog) of: String,
    /// Whether only the task waits that calls them; else the thread does.
    #[serde(default, rename = "async")]
    pub(in crate::catalog) is_async: bool,
    /// Their names.
    pub(in crate::catalog) methods: Vec<String>,
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

/// What holds things and hands them out again: a queue, a list.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Container {
    /// The paths whose call makes one; a display of the language counts as a call of its type.
    pub made_by: Vec<String>,
    /// Its types, where fields are declared with one.
    #[serde(default)]
    pub types: Vec<String>,
    /// Its methods that put something in, with the argument that is put in.
    pub puts: BTreeMap<String, ArgumentName>,
    /// Its methods that put in every element of their first argument.
    #[serde(default)]
    pub fills: Vec<String>,
    /// Its methods that take something out and give it to the caller.
    pub takes: Vec<String>,
    /// Its methods that wait until there is something to take, or room for more.
    #[serde(default)]
    pub waits: Vec<String>,
    /// The arguments with which they do not wait.
    #[serde(default)]
    pub at_once: Vec<ArgumentName>,
    /// The arguments that say how long they wait; they raise afterwards.
    #[serde(default)]
    pub timeout: Vec<ArgumentName>,
    /// The arguments of the call that makes it which say how much goes in; without one everything does.
    #[serde(default)]
    pub bound: Vec<ArgumentName>,
}
