//! Lengths of time: how long is plausible for what, and how names say their unit.
//!
//! Takes `rules/units.yaml`; gives [`Units`]. Invariant: every length is in seconds, whatever the library counts in.

use super::Role;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `rules/units.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Units {
    /// Units of time: how many of them are a second.
    pub per_second: BTreeMap<String, i64>,
    /// Last words of names (`TIMEOUT_MS`) that say the unit.
    pub words: BTreeMap<String, String>,
    /// What is plausible, by role.
    pub plausible: BTreeMap<Role, Span>,
}

/// What is plausible, in seconds.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Span {
    /// Nobody means less.
    pub least: f64,
    /// Nobody means more.
    pub most: f64,
    /// What is a whole number of these is meant as it stands.
    #[serde(default)]
    pub whole: Option<i64>,
}
