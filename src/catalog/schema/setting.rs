//! Settings of frameworks that configure pools, and keys that do not work where they stand.

use super::Role;
use crate::catalog::version::Interval;
use serde::Deserialize;
use std::collections::BTreeMap;

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
