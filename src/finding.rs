//! Findings: what a rule says, where, and how sure it is.
//!
//! Takes what a rule found; gives a [`Finding`] with one primary place, related places with their own words, a cure and
//! the arithmetic. Invariant: a finding cannot be built without a primary place, and no value of a settings file that is
//! not a pool number, class, dialect or host is ever put into its words.

use crate::edit::Fix;
use crate::source::Place;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What happens to the user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Fails under load, leaks, or wastes the database.
    Warning,
    /// Certain failure, wrong data or a hang.
    Error,
}

/// How much of the evidence was resolved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Not shown by default.
    Low,
    /// Some of the evidence is inferred.
    Medium,
    /// All of it was read.
    High,
}

/// A place that explains a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What is there, in a few lower-case words ("also created here", "set to 5 here").
    pub message: String,
}

/// Whether a finding counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It counts.
    Open,
    /// An inline comment set it aside.
    Ignored,
}

/// One defect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Name of the rule.
    pub rule: &'static str,
    /// What happens to the user.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The primary place: the call that makes, takes or connects.
    pub place: Place,
    /// Qualified name of what the place is bound to or lies in (`logs_engine`, `Store.__init__`); empty at module level without a name.
    pub symbol: String,
    /// The fact, one lower-case sentence without a full stop.
    pub message: String,
    /// The cure, an imperative sentence.
    pub help: String,
    /// Harm with numbers, arithmetic, what was assumed; one sentence each.
    pub notes: Vec<String>,
    /// Other places, in the order in which they explain the finding.
    pub related: Vec<Related>,
    /// Which of the related places are chains: the first of a chain leads to the primary place, each other one to the
    /// one before it. Sorted and apart.
    pub chains: Vec<Range<usize>>,
    /// What makes two findings of one rule "the same, repeated": findings with an equal non-empty key may be folded
    /// into one by the judge. Never holds a value of a settings file.
    pub fold_key: String,
    /// Ways to repair it, the best first.
    pub fixes: Vec<Fix>,
    /// Whether it counts.
    pub status: Status,
    /// The same finding at other places, folded into this one by the judge.
    pub repeats: Vec<Place>,
}

impl Finding {
    /// A finding of `rule` at `place` that states `message`; warning, high confidence, everything else empty.
    pub fn new(rule: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: Severity::Warning,
            confidence: Confidence::High,
            place,
            symbol: String::new(),
            message: message.into(),
            help: String::new(),
            notes: Vec::new(),
            related: Vec::new(),
            chains: Vec::new(),
            fixes: Vec::new(),
            fold_key: String::new(),
            status: Status::Open,
            repeats: Vec::new(),
        }
    }

    /// Sets the severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Sets the confidence.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Names what the place is bound to or lies in.
    #[must_use]
    pub fn symbol(mut self, symbol: impl Into<String>) -> Self {
        self.symbol = symbol.into();
        self
    }

    /// Says the cure.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a related place. A place that is already the primary one or listed is not added twice.
    #[must_use]
    pub fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        if place != self.place && self.related.iter().all(|related| related.place != place) {
            self.related.push(Related {
                place,
                message: message.into(),
            });
        }
        self
    }

    /// Says that the related places since the last chain are a chain that leads to the primary place.
    #[must_use]
    pub fn chained(mut self) -> Self {
        let start = self.chains.last().map_or(0, |chain| chain.end);
        if start < self.related.len() {
            self.chains.push(start..self.related.len());
        }
        self
    }

    /// Adds a way to repair it, less good than those already there.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// Sets the key by which repeats are folded.
    #[must_use]
    pub fn fold_key(mut self, key: impl Into<String>) -> Self {
        self.fold_key = key.into();
        self
    }
}
