//! What is known at one point of a function: where the thing is, which names hold it, and how tests went.

use super::Cause;
use crate::syntax::Name;
use std::collections::BTreeMap;

/// Where the thing is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Fate {
    /// Not taken yet.
    #[default]
    Ahead,
    /// Held: it must be given back.
    Held,
    /// Given back.
    Given,
    /// Left to something else.
    Left,
}

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Known {
    /// Nothing that matters.
    #[default]
    Other,
    /// It is the thing.
    Thing,
    /// A tuple with the thing at this place.
    Within(u32),
    /// Made by the thing, and alive through it: a cursor, a transaction.
    Derived,
    /// A context manager whose end gives the thing back.
    Closer,
    /// No value.
    None,
    /// A truth value.
    Bool(bool),
    /// A new connection that is not the thing.
    Fresh,
}

impl Known {
    /// Whether the thing can be reached through it.
    pub(super) fn holds(self) -> bool {
        matches!(self, Self::Thing | Self::Within(_) | Self::Closer)
    }

    /// Whether a test of the value alone comes out true, where that is known.
    pub(super) fn truth(self) -> Option<bool> {
        match self {
            Self::Thing | Self::Within(_) | Self::Closer | Self::Fresh => Some(true),
            Self::None => Some(false),
            Self::Bool(truth) => Some(truth),
            Self::Other | Self::Derived => None,
        }
    }
}

/// What is known at one point.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct State {
    /// Where the thing is.
    pub(super) fate: Fate,
    /// What local names hold, where it matters.
    names: BTreeMap<Name, Known>,
    /// How tests went that are written the same way again, by what is written.
    tests: BTreeMap<String, bool>,
    /// Whether the thing holds a connection by now, where that matters.
    pub(super) asked: bool,
    /// The cause of the exception that led here, in and after its handler.
    pub(super) after: Option<Cause>,
    /// Whether a thing with a home is closed.
    pub(super) closed: bool,
    /// Whether it does not end with its name.
    pub(super) outlives: bool,
    /// Whether its home has no place for it: it is full, or it is being shut down.
    pub(super) spare: bool,
}

impl State {
    /// What a name holds.
    pub(super) fn name(&self, name: &Name) -> Known {
        self.names.get(name).copied().unwrap_or_default()
    }

    /// Binds a name; what was known of tests on it is no longer so.
    pub(super) fn bind(&mut self, name: &Name, known: Known) {
        if known == Known::Other {
            self.names.remove(name);
        } else {
            self.names.insert(name.clone(), known);
        }
        self.tests.retain(|test, _| {
            !test
                .split(|char: char| !char.is_alphanumeric() && char != '_')
                .any(|word| word == name.as_str())
        });
    }

    /// Whether a name holds the thing.
    pub(super) fn is_named(&self) -> bool {
        self.names.values().any(|known| known.holds())
    }

    /// Takes the thing out of all names: it is another one from now on.
    pub(super) fn unbind_thing(&mut self) {
        self.names
            .retain(|_, known| !known.holds() && *known != Known::Derived);
    }

    /// There was no thing after all.
    pub(super) fn lose(&mut self) {
        self.unbind_thing();
        self.fate = Fate::Ahead;
    }

    /// Makes a new connection the thing, where one is at hand; false when none is.
    pub(super) fn promote(&mut self) -> bool {
        let fresh = self.names.values().any(|known| *known == Known::Fresh);
        if fresh {
            self.unbind_thing();
            for known in self.names.values_mut() {
                if *known == Known::Fresh {
                    *known = Known::Thing;
                }
            }
        }
        fresh
    }

    /// How a test went before, where it is known.
    pub(super) fn test(&self, written: &str) -> Option<bool> {
        self.tests.get(written).copied()
    }

    /// Notes how a test goes.
    pub(super) fn note_test(&mut self, written: &str, truth: bool) {
        self.tests.insert(written.to_owned(), truth);
    }

    /// Forgets how tests went.
    pub(super) fn forget_tests(&mut self) {
        self.tests.clear();
    }
}
