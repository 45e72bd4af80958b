//! Pool classes: how each behaves, which one an engine gets, and what stands in for one.

use super::{Role, Scalar};
use crate::catalog::version::{ByVersion, Interval};
use serde::Deserialize;
use std::collections::BTreeMap;

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
