//! Edits and fixes: what a rule would change, not yet applied.
//!
//! Takes nothing but values; rules make them with the builders of [`crate::edit`], `fix` applies them, reports show
//! them. Invariant: an [`Edit`] replaces a byte range of a file as it is on disk; the edits of one [`Fix`] live or die
//! together and do not overlap each other.

use crate::source::Place;
use serde::Serialize;

/// How far a fix can be trusted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Shown, never applied.
    Display,
    /// Likely right; a person should read it.
    Unsafe,
    /// Nothing but the defect changes.
    Safe,
}

/// A byte range and its new text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What is replaced; an empty range inserts.
    pub place: Place,
    /// The new text, in the file's own encoding and line ends.
    pub content: String,
}

/// Edits that repair one finding, in one file or across several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, an imperative sentence without a full stop ("Drop `poolclass=NullPool`").
    pub title: String,
    /// How far it can be trusted.
    pub applicability: Applicability,
    /// What changes, sorted by place.
    pub edits: Vec<Edit>,
}
