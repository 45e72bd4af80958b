//! Stand-in for the catalog: the error that the command line renders.

/// A catalog file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Error {
    /// The file.
    pub path: String,
    /// Its text; empty when it could not be read.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// Line and column from 1, where known.
    pub line_column: Option<(usize, usize)>,
}
