//! A library's file: what it makes, how its pools behave, which settings reach them.

use super::{
    Action, AsksRule, DefaultClass, Listener, MadeStatement, MakerFile, Param, PoolClass, Refusal,
    Replacement, Role, Scalar, SettingKey, TreatsRule, ValueRule,
};
use crate::catalog::version::Ranges;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A file of `rules/libraries/` or of `--catalog`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::catalog) struct LibraryFile {
    /// Its name in reports.
    pub(in crate::catalog) library: String,
    /// The language whose code uses it; every language where none is given.
    #[serde(default)]
    pub(in crate::catalog) language: String,
    /// First components of its import paths.
    #[serde(default)]
    pub(in crate::catalog) imports: Vec<String>,
    /// Packages that install it.
    #[serde(default)]
    pub(in crate::catalog) distributions: Vec<String>,
    /// The version assumed when the project does not say.
    #[serde(default = "zero")]
    pub(in crate::catalog) assume: String,
    /// Where the facts come from.
    #[serde(default, rename = "sources")]
    pub(in crate::catalog) _sources: Vec<String>,
    /// Words in raw bytes that select a file for parsing. A file of makers without any is given the last component of
    /// each maker's path.
    #[serde(default)]
    pub(in crate::catalog) triggers: Vec<String>,
    /// Other paths of the same thing: `other path: path used in this file`. Prefixes count.
    #[serde(default)]
    pub(in crate::catalog) aliases: BTreeMap<String, String>,
    /// Named tables of parameters, used by several makers.
    #[serde(default)]
    pub(in crate::catalog) parameters: BTreeMap<String, BTreeMap<Role, Param>>,
    /// What makes engines, pools, connections, sessions and their factories.
    #[serde(default)]
    pub(in crate::catalog) makers: Vec<MakerFile>,
    /// Pool classes.
    #[serde(default)]
    pub(in crate::catalog) classes: Vec<PoolClass>,
    /// Which pool class an engine gets when none is named; first match wins.
    #[serde(default)]
    pub(in crate::catalog) default_classes: Vec<DefaultClass>,
    /// What stands in for a pool class that does not suit; first match wins.
    #[serde(default)]
    pub(in crate::catalog) replacements: Vec<Replacement>,
    /// What calling something does to the object it is called on.
    #[serde(default)]
    pub(in crate::catalog) actions: Vec<Action>,
    /// Events whose listeners may do what a setting would.
    #[serde(default)]
    pub(in crate::catalog) listeners: Vec<Listener>,
    /// Arguments that a call refuses by their type.
    #[serde(default)]
    pub(in crate::catalog) refuses: Vec<Refusal>,
    /// Names that only some versions have, by interval: importing one tells the version.
    #[serde(default)]
    pub(in crate::catalog) only_in: Ranges<Vec<String>>,
    /// Settings of a framework that configure a pool.
    #[serde(default)]
    pub(in crate::catalog) settings: Vec<SettingKey>,
    /// The type that calling something gives, where that is no maker (`make_url` gives a `URL`).
    #[serde(default)]
    pub(in crate::catalog) returns: BTreeMap<String, String>,
    /// The dialect of types that speak one only, as users spell them.
    #[serde(default)]
    pub(in crate::catalog) dialects: BTreeMap<String, String>,
    /// The type of what an attribute holds: `Type.attribute: Other type`.
    #[serde(default)]
    pub(in crate::catalog) attributes: BTreeMap<String, String>,
    /// Methods that talk to the server, and wait for its answer.
    #[serde(default)]
    pub(in crate::catalog) asks: Vec<AsksRule>,
    /// What a call does with a connection that it is given.
    #[serde(default)]
    pub(in crate::catalog) treats: Vec<TreatsRule>,
    /// Statements that are made first and then run on what they are given.
    #[serde(default)]
    pub(in crate::catalog) statements: Vec<MadeStatement>,
    /// Numbers and truth values that have a path.
    #[serde(default)]
    pub(in crate::catalog) constants: BTreeMap<String, Scalar>,
    /// What value calling something gives.
    #[serde(default)]
    pub(in crate::catalog) values: Vec<ValueRule>,
    /// What the methods and attributes of its objects say of a value: type, then name, then meaning.
    #[serde(default)]
    pub(in crate::catalog) value_methods: BTreeMap<String, BTreeMap<String, String>>,
}

fn zero() -> String {
    "0".to_owned()
}
