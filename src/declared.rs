//! What the user declares: how rules are to behave where they leave it open, and what cannot be read from the code.
//!
//! Takes names and values that were checked; gives them to whoever asks the project. Invariant: nothing here came from
//! the analysed code.

use std::collections::BTreeMap;

/// Everything the user declares.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The options of the rules.
    pub choices: Choices,
    /// Databases, by the environment variable, setting or name that holds the URL.
    pub databases: BTreeMap<String, Database>,
    /// How many processes of each kind run at the same time.
    pub processes: BTreeMap<String, u32>,
}

/// What is declared of a database. What is `None` is not declared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Database {
    /// The name of its dialect in the catalog.
    pub dialect: Option<String>,
    /// How many connections the server takes.
    pub max_connections: Option<u32>,
    /// The pooler that stands in front of it.
    pub proxy: Option<String>,
}

impl Declared {
    /// What is declared of a database; case does not count, as in the names of environment variables.
    pub fn database(&self, name: &str) -> Option<(&str, &Database)> {
        self.databases
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(known, database)| (known.as_str(), database))
    }
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
