//! What the user declares: how rules are to behave, where a rule leaves it open.
//!
//! Takes names and values that were checked against the pages of the rules; gives them to whoever asks the project.
//! Invariant: every option of every rule has a value, the default of its page if none was chosen.

use std::collections::BTreeMap;

/// Everything the user declares.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The options of the rules.
    pub choices: Choices,
}

/// The value of one option of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// One of the values that the rule's page allows.
    pub value: String,
    /// Whether the user asked for it, be it the default or not: a fix may do on request what it only shows unasked.
    pub explicit: bool,
}

/// The values of all options of all rules.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choices {
    by_name: BTreeMap<(String, String), Choice>,
}

impl Choices {
    /// Sets an option. Whether the rule has it and allows the value is not asked here: see [`crate::rule::options::choose`].
    pub(crate) fn set(&mut self, rule: &str, option: &str, choice: Choice) {
        self.by_name
            .insert((rule.to_owned(), option.to_owned()), choice);
    }

    /// The value of an option.
    pub fn get(&self, rule: &str, option: &str) -> Option<&Choice> {
        self.by_name.get(&(rule.to_owned(), option.to_owned()))
    }

    /// All options, sorted by rule and name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &Choice)> {
        self.by_name
            .iter()
            .map(|((rule, option), choice)| (rule.as_str(), option.as_str(), choice))
    }
}
