//! Edits and fixes: what a rule would change, not yet applied.
//!
//! Takes values; rules make them through the project, which asks the builders of this floor ([`change`], [`import`]),
//! `fix` applies them, reports show them. Invariant: an [`Edit`] replaces a byte range of a file as it is on disk; the
//! edits of one [`Fix`] live or die together and do not overlap each other.

mod gather;
mod import;
mod list;
mod protect;
mod section;
mod text;
mod wrap;

pub use gather::{Moved, gather};
pub use import::{Needed, Origin, imports};
pub use list::{Change, Literal, add, change, remove, set};
pub use protect::protect;
pub use text::Text;
pub use wrap::{rewrite, wrap};

use crate::source::{Place, Span};
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

impl Applicability {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Display => "display",
            Self::Unsafe => "unsafe",
            Self::Safe => "safe",
        }
    }
}

/// A byte range and its new text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
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
    /// What changes, sorted by place, but for imports.
    pub edits: Vec<Edit>,
    /// Names that the new text uses and that have to be imported.
    pub needs: Vec<Needed>,
    /// What the edits make of imports: names they need, and names that nothing uses any more. Worked out when the
    /// whole file is known, see [`imports`]; several fixes of one file are worked out together.
    pub imports: Vec<Edit>,
    /// Rules whose new findings this fix accepts, because it was asked for by name.
    pub accepts: Vec<&'static str>,
}

impl Fix {
    /// A fix that needs no import.
    pub fn new(title: impl Into<String>, applicability: Applicability, edits: Vec<Edit>) -> Self {
        Self {
            title: title.into(),
            applicability,
            edits,
            needs: Vec::new(),
            imports: Vec::new(),
            accepts: Vec::new(),
        }
    }

    /// Everything that changes when it is applied alone, sorted by place.
    pub fn all_edits(&self) -> Vec<&Edit> {
        let mut all: Vec<&Edit> = self.edits.iter().chain(&self.imports).collect();
        all.sort();
        all
    }
}

/// The text with edits applied; they are sorted and do not overlap.
pub fn apply<'a>(bytes: &[u8], edits: impl IntoIterator<Item = (Span, &'a str)>) -> Vec<u8> {
    let mut new = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for (span, content) in edits {
        let range = span.range();
        new.extend_from_slice(&bytes[at..range.start.max(at)]);
        new.extend_from_slice(content.as_bytes());
        at = range.end.max(at);
    }
    new.extend_from_slice(&bytes[at..]);
    new
}
