//! What belongs to no library: kinds of databases, and file and folder names with a meaning.

use serde::Deserialize;
use std::collections::BTreeMap;

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
    /// How statements start that set something for their own connection only.
    #[serde(default)]
    pub connection_settings: Vec<String>,
    /// How those of them start that set it elsewhere.
    #[serde(default)]
    pub settings_elsewhere: Vec<String>,
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
pub(in crate::catalog) struct DialectFile {
    /// By name.
    pub(in crate::catalog) dialects: BTreeMap<String, Dialect>,
}

/// `rules/contexts.yaml`: file and folder names with a meaning, and signs of a pooler in front of the database.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Contexts {
    /// Folder names to context.
    #[serde(default)]
    pub folders: BTreeMap<String, ContextKind>,
    /// Folders of the product, whatever their names and those below them mean elsewhere.
    #[serde(default)]
    pub product_folders: Vec<String>,
    /// Words in the name of a function that say it changes the schema.
    #[serde(default)]
    pub migration_words: Vec<String>,
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
    /// How statements start that only read, in small letters.
    #[serde(default)]
    pub reading_words: Vec<String>,
    /// Methods of connections that end a transaction or fetch what a statement gave.
    #[serde(default)]
    pub ending_methods: Vec<String>,
    /// Words in the name of a call that say it ends the program, or starts it anew.
    #[serde(default)]
    pub program_end_words: Vec<String>,
    /// Words in the name of an object that each thread has one of.
    #[serde(default)]
    pub thread_words: Vec<String>,
    /// Options of `servers` that say how many processes serve it.
    #[serde(default)]
    pub worker_options: Vec<String>,
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
    /// Paths of calls that wait for a person to answer.
    #[serde(default)]
    pub person_calls: Vec<String>,
    /// Words in the name of a function that asks whether something is there.
    #[serde(default)]
    pub probe_words: Vec<String>,
    /// Words in the name of a module, or of what is taken from it, that say it is about connections.
    #[serde(default)]
    pub module_words: Vec<String>,
    /// Words that say so in a file that names a library of the catalog.
    #[serde(default)]
    pub module_words_beside: Vec<String>,
    /// Words in the name of a class that say it is a pool.
    #[serde(default)]
    pub pool_words: Vec<String>,
    /// Words in the name of a function that say it is the program.
    #[serde(default)]
    pub program_words: Vec<String>,
    /// Words in the name of a function that say it only shows or tries its module.
    #[serde(default)]
    pub showing_words: Vec<String>,
    /// Words in a test that say that a pool is being shut down.
    #[serde(default)]
    pub pool_end_words: Vec<String>,
    /// Words in the name of what ends a wait.
    #[serde(default)]
    pub limit_words: Vec<String>,
    /// Words that promise pooled connections.
    #[serde(default)]
    pub promise_words: PromiseWords,
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

/// Words in names and sentences that promise pooled connections.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PromiseWords {
    /// Words that say that something is used again.
    pub again: Vec<String>,
    /// Words for what is.
    pub what: Vec<String>,
    /// First words in the name of a function that makes something new.
    pub makes: Vec<String>,
    /// Words after which a sentence promises nothing.
    pub denies: Vec<String>,
    /// Parts of a name that say as much as a word of `again`.
    pub phrases: Vec<String>,
}
