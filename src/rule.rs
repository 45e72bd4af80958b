//! What a rule is: its metadata, read from `rules/<name>.yaml`, and its check.
//!
//! Takes the YAML that is compiled into the program; gives [`Meta`]. Invariant: a rule's words live in its YAML once;
//! lists, explanations and reports render from there.

pub mod options;

use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A rule: its page and its check.
pub struct Rule {
    /// Its name, as in `--select`.
    pub name: &'static str,
    /// The text of `rules/<name>.yaml`.
    pub yaml: &'static str,
    /// Reads the project and says what it found, in any order.
    pub check: fn(&Project<'_>) -> Vec<Finding>,
}

/// The page of a rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Meta {
    /// Its name.
    pub name: String,
    /// The group it belongs to (`class`, `lifecycle`, `sizing` …).
    pub group: String,
    /// The severity of a usual finding; a finding may differ, and `severities` says when.
    pub severity: Severity,
    /// The confidence of a usual finding.
    pub confidence: Confidence,
    /// Whether a repair exists and how far it can be trusted: `none`, `safe`, `unsafe`.
    pub fix: String,
    /// One sentence.
    pub summary: String,
    /// What it looks for, in prose.
    pub what: String,
    /// The harm, with numbers.
    pub why: String,
    /// When the severity or the confidence differs from the usual one.
    #[serde(default)]
    pub severities: String,
    /// When it keeps silent.
    pub silent: String,
    /// What to write instead.
    pub instead: String,
    /// Whether repeats of one finding are folded, and over what.
    #[serde(default)]
    pub fold: Fold,
    /// Rules that speak instead of this one at the same place.
    #[serde(default)]
    pub yields_to: Vec<String>,
    /// What the user may choose with `--set RULE.OPTION=VALUE` or in a configuration file.
    #[serde(default)]
    pub options: Vec<RuleOption>,
    /// Addresses of documentation and issues.
    #[serde(default)]
    pub references: Vec<String>,
    /// Small projects that are run as tests.
    pub examples: Vec<Example>,
}

/// Something about a rule that the user may choose.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleOption {
    /// Its name.
    pub name: String,
    /// The values it may have.
    pub values: Vec<String>,
    /// Its value when nothing is chosen.
    pub default: String,
    /// One sentence: what it decides.
    pub summary: String,
}

/// Over what repeats are folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fold {
    /// Never.
    #[default]
    None,
    /// Findings of equal fold key in one file.
    File,
    /// Findings of equal fold key anywhere.
    Project,
}

/// A small project and what the rule says about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// Whether the rule fires: the lines marked `# expect: <rule>` are exactly those it names; with `good` there are none.
    pub is: Verdict,
    /// Path to text.
    pub files: BTreeMap<String, String>,
    /// When given, the project is a git repository that tracks all files but these.
    #[serde(default)]
    pub untracked: Option<Vec<String>>,
}

/// Whether an example is to be reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The rule names the marked lines.
    Bad,
    /// The rule says nothing.
    Good,
}
