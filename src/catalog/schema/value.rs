//! Values: what a call, an index or a field is worth.

use super::{ArgumentName, Param, Role};
use serde::Deserialize;
use std::collections::BTreeMap;

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
    /// Options, as a dictionary of what is set: by the arguments in `sets`, by fields of the struct, by methods called on
    /// it, which give it back.
    Options,
    /// What calling the argument gives.
    Result,
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
    /// What the number is multiplied with, where it is given in another unit.
    #[serde(default)]
    pub times: Option<f64>,
    /// The dialect of every URL of this type.
    #[serde(default)]
    pub dialect: Option<String>,
    /// For what a configuration file says: which one.
    #[serde(default)]
    pub source: Option<ConfigurationFile>,
    /// For the settings of a database: the variable that holds the URL where the call names none.
    #[serde(default)]
    pub variable: Option<String>,
    /// For options and the settings of a database: the entries that arguments set, by key.
    #[serde(default)]
    pub sets: BTreeMap<String, Vec<ArgumentName>>,
    /// For options: by key, the methods that set the entry; any other method sets the entry of its own name.
    #[serde(default)]
    pub setters: BTreeMap<String, Vec<String>>,
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
