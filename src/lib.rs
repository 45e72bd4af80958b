//! poolint reads a whole project and tells where its database connections and pools are misconfigured.
//!
//! # The house
//! ```text
//!    walk        which files; `git`: which of them are tracked
//!      |  Entry, SourceFile (bytes)          `sieve`: which are worth parsing, what each may import
//!    frontend    python (tree-sitter) | rust (syn) | settings (.env), compose, ini | commands (what serves) | manifest (versions)
//!      |  Module = the common syntax tree (`syntax`)
//!    project     links modules: names -> values -> calls -> placement, databases, pools, conditions, contexts;
//!      |         `flow`: what becomes of a connection on every way out of the function that takes it
//!      |  Project          with `catalog`: what rules/libraries and rules/frameworks say
//!      |                   and `declared`: what the user says that no code tells
//!    rules       one function each: Project -> findings, with fixes made of edits (`edit`, through the project)
//!      |  Finding
//!    judge       selection, inline ignores (`suppress`), thresholds, folding
//!      |
//!    report      full | concise | json | sarif | github | pools
//!      |
//!    fix         applies fixes, guards them, writes files; `patch`: the same for git
//!      |
//!    cli         the commands; `config`: what the project configures, for them
//! ```
//! Each floor imports only those above it in this picture (below it in the house); there are no circles.
//!
//! # Rounds
//! Files with a word of the catalog are parsed first. Rules then ask the [`project::Project`]; what it cannot answer
//! because a file was not parsed, it notes as wanted. Wanted files are parsed and the rules ask again, until nothing new
//! is wanted or [`MOST_ROUNDS`] is reached. So absence is claimed only when every file that could refute it was read.
//! Values that further files cannot change are worked out once for all rounds ([`project::Memo`]).
//!
//! # Invariants
//! 1. A frontend is a pure function of one file's bytes and never fails; what it cannot read becomes `Module::errors`.
//! 2. Names of libraries and frameworks stand in `rules/libraries` and `rules/frameworks` only (a test).
//! 3. Rules read the `Project` and speak through `Finding`. Nothing under `src/rules/` or `src/project/` names a language
//!    (a test).
//! 4. A rule is one YAML, one Rust file, two adjacent lines in `src/rules.rs` and one fixture folder (a test).
//! 5. A place is a file and a byte range into it as it is on disk.
//! 6. Output depends on the input only: the same bytes with one thread and with many (a test).
//! 7. The analysed project is never executed, imported or built; nothing is written but what `-o`, `--fix` and
//!    `--patch` name.
//! 8. Unknown is a value. "Never" is said only through a proof of absence.
//! 9. No secret leaves: a URL is shown without user, password and query (a test with a marker password).

pub mod catalog;
pub mod cli;
pub mod config;
pub mod declared;
pub mod diff;
pub mod edit;
pub mod finding;
pub mod fix;
pub mod frontend;
pub mod git;
pub mod globs;
pub mod judge;
mod nearest;
pub mod patch;
pub mod project;
pub mod report;
pub mod rule;
pub mod rules;
mod run;
pub mod sieve;
pub mod source;
pub mod suppress;
pub mod syntax;
pub mod walk;

#[doc(hidden)]
pub use run::analyze_with;
pub use run::{Error, MOST_ROUNDS, Options, Run, analyze, pools};
