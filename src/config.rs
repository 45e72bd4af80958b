//! The configuration of a project: `poolint.yaml` and the other places it may stand.
//!
//! Takes a folder or a file; gives a [`Config`] in which every name exists, or an [`Error`] that points at the words
//! that are wrong. Invariant: nothing in a configuration is ignored in silence.

mod find;
mod read;
mod tree;

use crate::declared::Database;
use crate::finding::Severity;
use crate::source::Span;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use find::{at, file, root_above};
pub use read::dialect;

/// What a project configures. Whatever it leaves out is `None` or empty.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file it stands in, as it is to be shown; none when the project has no configuration.
    pub path: Option<PathBuf>,
    /// Rules and groups to run instead of `default`.
    pub select: Option<Vec<String>>,
    /// Rules and groups to run besides.
    pub extend_select: Vec<String>,
    /// Rules and groups to leave out.
    pub ignore: Vec<String>,
    /// Globs of files to leave out, relative to the project root.
    pub exclude: Vec<String>,
    /// The least severity that makes the exit code 1.
    pub fail_on: Option<FailOn>,
    /// Catalog files, relative to the configuration's folder or absolute.
    pub catalog: Vec<PathBuf>,
    /// What is declared of databases, by environment variable or name.
    pub databases: BTreeMap<String, Database>,
    /// How many processes of each kind run.
    pub processes: BTreeMap<String, u32>,
    /// What is configured of each rule.
    pub rules: BTreeMap<String, RuleConfig>,
}

/// What is configured of one rule.
#[derive(Clone, Debug, Default)]
pub struct RuleConfig {
    /// The severity of all its findings.
    pub severity: Option<Severity>,
    /// Globs of files in which it says nothing, relative to the project root.
    pub ignore: Vec<String>,
    /// Its options: name and value.
    pub options: Vec<(String, String)>,
}

/// When a run fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailOn {
    /// When a finding is at least this severe.
    At(Severity),
    /// Never.
    Never,
}

/// A configuration that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Error {
    /// The file, as it is to be shown.
    pub path: String,
    /// Its text; empty when it could not be read.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// The words that are wrong, where they can be pointed at.
    pub span: Option<Span>,
}

/// What is wrong in a text, before anyone knows which file it is of.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Problem {
    span: Option<Span>,
    message: String,
}

impl Problem {
    fn at(span: Span, message: impl Into<String>) -> Self {
        Self {
            span: Some(span),
            message: message.into(),
        }
    }

    fn of(self, path: &Path, text: &str) -> Error {
        Error {
            path: path.display().to_string(),
            text: text.to_owned(),
            message: self.message,
            span: self.span,
        }
    }
}

#[cfg(test)]
mod tests;
