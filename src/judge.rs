//! The judge: which findings are shown.
//!
//! Takes what the rules said, inline ignores already applied; gives the findings to show, sorted by path, offset and
//! rule, and for people the same list with repeats folded. Invariant: a finding that comes in is either shown or
//! counted in [`Held`].

use crate::finding::{Confidence, Finding, Severity, Status};
use crate::globs::Globs;
use crate::nearest::nearest;
use crate::report::Sources;
use crate::rule::Fold;
use crate::rules::{Entry, OFF_BY_DEFAULT};
use crate::source::{FileId, Place};
use std::collections::{BTreeMap, BTreeSet};

/// The rules that may speak.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selection {
    names: BTreeSet<String>,
}

/// A word of a selection that is neither a rule, nor a group, nor `all` or `default`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{name}` is no rule or group{}", .nearest.as_ref().map_or_else(|| "; `poolint rules` lists them".to_owned(), |nearest| format!("; did you mean `{nearest}`?")))]
pub struct UnknownName {
    /// What was written.
    pub name: String,
    /// What was probably meant.
    pub nearest: Option<String>,
}

impl Selection {
    /// The rules of `select` (`default` when empty) and `extend`, without those of `ignore`.
    /// A word is a rule, a group, `all` or `default`.
    ///
    /// # Errors
    /// When a word is none of these.
    pub fn new(
        entries: &[Entry<'_>],
        select: &[String],
        extend: &[String],
        ignore: &[String],
    ) -> Result<Self, UnknownName> {
        let mut names = BTreeSet::new();
        if select.is_empty() {
            names.extend(named(entries, "default")?);
        }
        for word in select.iter().chain(extend) {
            names.extend(named(entries, word)?);
        }
        for word in ignore {
            for name in named(entries, word)? {
                names.remove(&name);
            }
        }
        Ok(Self { names })
    }

    /// The rules of `words`, and nothing by default, without those of `ignore`.
    ///
    /// # Errors
    /// As [`Selection::new`].
    pub fn only(
        entries: &[Entry<'_>],
        words: &[String],
        ignore: &[String],
    ) -> Result<Self, UnknownName> {
        match words {
            [] => Ok(Self {
                names: BTreeSet::new(),
            }),
            _ => Self::new(entries, words, &[], ignore),
        }
    }

    /// These rules and those of `other`.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.names.extend(other.names.iter().cloned());
        self
    }

    /// These rules without those of `other`.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        self.names.retain(|name| !other.names.contains(name));
        self
    }

    /// The names of the rules, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether the rule may speak.
    pub fn contains(&self, rule: &str) -> bool {
        self.names.contains(rule)
    }
}

/// The rules that `word` stands for.
fn named(entries: &[Entry<'_>], word: &str) -> Result<Vec<String>, UnknownName> {
    let chosen: Vec<String> = entries
        .iter()
        .filter(|entry| match word {
            "all" => true,
            "default" => !OFF_BY_DEFAULT.contains(&entry.name),
            _ => entry.name == word || entry.group == word,
        })
        .map(|entry| entry.name.to_owned())
        .collect();
    if !chosen.is_empty() || matches!(word, "all" | "default") {
        return Ok(chosen);
    }
    let words = entries
        .iter()
        .flat_map(|entry| [entry.name, entry.group])
        .chain(["all", "default"]);
    Err(UnknownName {
        name: word.to_owned(),
        nearest: nearest(word, words).map(str::to_owned),
    })
}

/// What is to be shown.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The rules that may speak.
    pub selection: Selection,
    /// Findings below it are held back.
    pub min_severity: Severity,
    /// Findings below it are held back.
    pub min_confidence: Confidence,
    /// Files and folders, relative to the project root and with `/`, in which the primary place must lie.
    /// Empty, or holding an empty path: everywhere.
    pub paths: Vec<String>,
    /// What the project decided about single rules, by their names.
    pub by_rule: BTreeMap<String, RulePolicy>,
}

/// What a project decided about one rule.
#[derive(Clone, Debug, Default)]
pub struct RulePolicy {
    /// The severity of all its findings, whatever the rule says.
    pub severity: Option<Severity>,
    /// Files in which it says nothing.
    pub ignore: Globs,
}

/// Whether a file lies in the paths that were named: files and folders relative to the root. No path, or an empty
/// one, covers everything.
pub fn covers(named: &[String], path: &str) -> bool {
    named.is_empty()
        || named.iter().any(|named| {
            named.is_empty()
                || path
                    .strip_prefix(&**named)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// How many findings were not shown, and why; each is counted once, at the first reason that applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Held {
    /// Their rule is not selected.
    pub unselected: usize,
    /// They lie outside the paths that were named.
    pub outside: usize,
    /// Below the shown severity.
    pub severity: usize,
    /// Below the shown confidence.
    pub confidence: usize,
    /// The project does not want to hear the rule in this file.
    pub ignored_paths: usize,
    /// The rule already spoke at this place.
    pub duplicate: usize,
    /// Another rule speaks instead at this place.
    pub yielded: usize,
}

/// What is shown.
#[derive(Debug, Default)]
pub struct Judged {
    /// The findings, open and ignored, sorted by path, offset and rule. Repeats are findings of their own.
    pub findings: Vec<Finding>,
    /// What was held back.
    pub held: Held,
}

/// Decides what is shown.
pub fn judge(
    findings: Vec<Finding>,
    policy: &Policy,
    entries: &[Entry<'_>],
    sources: &dyn Sources,
) -> Judged {
    let mut held = Held::default();
    let mut shown = findings;
    for finding in &mut shown {
        let decided = policy.by_rule.get(finding.rule);
        if let Some(severity) = decided.and_then(|decided| decided.severity) {
            finding.severity = severity;
        }
    }
    let mut keep = |count: &mut usize, test: &dyn Fn(&Finding) -> bool| {
        let before = shown.len();
        shown.retain(test);
        *count = before - shown.len();
    };
    keep(&mut held.unselected, &|finding| {
        policy.selection.contains(finding.rule)
    });
    keep(&mut held.outside, &|finding| {
        covers(&policy.paths, sources.path(finding.place.file))
    });
    keep(&mut held.severity, &|finding| {
        finding.severity >= policy.min_severity
    });
    keep(&mut held.confidence, &|finding| {
        finding.confidence >= policy.min_confidence
    });
    keep(&mut held.ignored_paths, &|finding| {
        policy
            .by_rule
            .get(finding.rule)
            .is_none_or(|decided| !decided.ignore.cover(sources.path(finding.place.file)))
    });

    shown.sort_by(|a, b| order(a).cmp(&order(b)));
    let before = shown.len();
    shown.dedup_by(|a, b| a.rule == b.rule && a.place == b.place);
    held.duplicate = before - shown.len();

    let spoken: BTreeSet<(Place, &str)> = shown
        .iter()
        .map(|finding| (finding.place, finding.rule))
        .collect();
    let before = shown.len();
    let spoken_for = |finding: &Finding| {
        entries
            .iter()
            .find(|entry| entry.name == finding.rule)
            .is_some_and(|entry| {
                entry
                    .yields_to
                    .iter()
                    .any(|other| spoken.contains(&(finding.place, &**other)))
            })
    };
    let yields: Vec<bool> = shown.iter().map(spoken_for).collect();
    let mut yields = yields.into_iter();
    shown.retain(|_| !yields.next().unwrap_or(false));
    held.yielded = before - shown.len();
    Judged {
        findings: shown,
        held,
    }
}

/// Path, offset, rule; of one place the gravest and surest first, so that it survives its duplicates.
fn order(finding: &Finding) -> impl Ord + '_ {
    let Place { file, span } = finding.place;
    let weight = std::cmp::Reverse((finding.severity, finding.confidence));
    (
        file,
        span.start,
        finding.rule,
        span.end,
        weight,
        &finding.message,
    )
}

/// The open findings for people: findings of one rule, severity and fold key become the first of them, which lists
/// the places of the others.
pub fn fold(findings: &[Finding], entries: &[Entry<'_>]) -> Vec<Finding> {
    let mut folded: Vec<Finding> = Vec::new();
    let mut first: BTreeMap<(&str, Severity, &str, Option<FileId>), usize> = BTreeMap::new();
    for finding in findings
        .iter()
        .filter(|finding| finding.status == Status::Open)
    {
        let fold = entries
            .iter()
            .find(|entry| entry.name == finding.rule)
            .map_or(Fold::None, |entry| entry.fold);
        let file = match fold {
            _ if finding.fold_key.is_empty() => None,
            Fold::None => None,
            Fold::File => Some(Some(finding.place.file)),
            Fold::Project => Some(None),
        };
        if let Some(file) = file {
            let key = (finding.rule, finding.severity, &*finding.fold_key, file);
            if let Some(&at) = first.get(&key) {
                folded[at].repeats.push(finding.place);
                continue;
            }
            first.insert(key, folded.len());
        }
        folded.push(finding.clone());
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::Texts;
    use crate::source::Span;

    fn entry<'a>(name: &'a str, group: &'a str, fold: Fold, yields_to: &'a [String]) -> Entry<'a> {
        Entry {
            name,
            group,
            severity: Severity::Warning,
            confidence: Confidence::High,
            fix: "none",
            summary: "",
            fold,
            yields_to,
        }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn at(rule: &'static str, file: u32, start: usize) -> Finding {
        let place = Place {
            file: FileId(file),
            span: Span::new(start, start + 1),
        };
        Finding::new(rule, place, "x")
    }

    fn policy(entries: &[Entry<'_>]) -> Policy {
        Policy {
            selection: Selection::new(entries, &[], &[], &[]).expect("default"),
            min_severity: Severity::Info,
            min_confidence: Confidence::Medium,
            paths: Vec::new(),
            by_rule: BTreeMap::new(),
        }
    }

    fn texts() -> Texts {
        Texts(vec![("a/x.py", b"".to_vec()), ("ab.py", b"".to_vec())])
    }

    #[test]
    fn words_select_rules_groups_and_everything() {
        let entries = [
            entry("a", "g", Fold::None, &[]),
            entry("b", "g", Fold::None, &[]),
            entry("pool-policy", "h", Fold::None, &[]),
        ];
        let chosen = |select: &[&str], extend: &[&str], ignore: &[&str]| {
            let made = Selection::new(&entries, &words(select), &words(extend), &words(ignore));
            made.map(|selection| selection.names.into_iter().collect::<Vec<_>>())
        };
        assert_eq!(chosen(&[], &[], &[]), Ok(words(&["a", "b"])));
        assert_eq!(
            chosen(&["all"], &[], &["a"]),
            Ok(words(&["b", "pool-policy"]))
        );
        assert_eq!(chosen(&["h"], &["a"], &["g"]), Ok(words(&["pool-policy"])));
        assert_eq!(
            chosen(&[], &["pool-policy"], &["g"]),
            Ok(words(&["pool-policy"]))
        );
        let unknown = UnknownName {
            name: "pool-polizy".to_owned(),
            nearest: Some("pool-policy".to_owned()),
        };
        assert_eq!(chosen(&["a"], &["pool-polizy"], &[]), Err(unknown));
    }

    #[test]
    fn what_is_not_shown_is_counted_once() {
        let entries = [
            entry("a", "g", Fold::None, &[]),
            entry("b", "g", Fold::None, &[]),
        ];
        let mut policy = policy(&entries);
        policy.selection = Selection::new(&entries, &words(&["a"]), &[], &[]).expect("a");
        policy.min_severity = Severity::Warning;
        policy.paths = words(&["a"]);
        let findings = vec![
            at("b", 1, 0).confidence(Confidence::Low),
            at("a", 1, 0).confidence(Confidence::Low),
            at("a", 0, 1)
                .severity(Severity::Info)
                .confidence(Confidence::Low),
            at("a", 0, 2).confidence(Confidence::Low),
            at("a", 0, 3),
            at("a", 0, 3).severity(Severity::Error),
        ];
        let judged = judge(findings, &policy, &entries, &texts());
        assert_eq!(judged.findings, [at("a", 0, 3).severity(Severity::Error)]);
        let one_each = Held {
            unselected: 1,
            outside: 1,
            severity: 1,
            confidence: 1,
            ignored_paths: 0,
            duplicate: 1,
            yielded: 0,
        };
        assert_eq!(judged.held, one_each);
    }

    #[test]
    fn a_project_decides_how_grave_a_rule_is_and_where_it_is_heard() {
        let entries = [
            entry("a", "g", Fold::None, &[]),
            entry("b", "g", Fold::None, &[]),
        ];
        let mut policy = policy(&entries);
        policy.min_severity = Severity::Warning;
        let (ignore, _) = Globs::new(&words(&["a/**"]));
        let decided = RulePolicy {
            severity: Some(Severity::Error),
            ignore,
        };
        policy.by_rule.insert("a".to_owned(), decided);
        let findings = vec![
            at("a", 0, 1),
            at("a", 0, 2).confidence(Confidence::Low),
            at("a", 1, 1).severity(Severity::Info),
            at("b", 0, 1),
            at("b", 1, 1).severity(Severity::Info),
        ];
        let judged = judge(findings, &policy, &entries, &texts());
        let shown = [at("b", 0, 1), at("a", 1, 1).severity(Severity::Error)];
        assert_eq!(judged.findings, shown);
        // What would not have been shown anyway is not counted as ignored.
        let held = judged.held;
        assert_eq!(
            (held.ignored_paths, held.confidence, held.severity),
            (1, 1, 1)
        );
    }

    #[test]
    fn a_rule_yields_only_where_the_other_is_shown() {
        let to = words(&["b"]);
        let entries = [
            entry("a", "g", Fold::None, &to),
            entry("b", "g", Fold::None, &[]),
        ];
        let findings = vec![
            at("b", 0, 7),
            at("a", 0, 7),
            at("b", 0, 5).confidence(Confidence::Low),
            at("a", 0, 5),
        ];
        let judged = judge(findings, &policy(&entries), &entries, &texts());
        assert_eq!(judged.findings, [at("a", 0, 5), at("b", 0, 7)]);
        assert_eq!((judged.held.yielded, judged.held.confidence), (1, 1));
    }

    #[test]
    fn findings_are_sorted_by_path_offset_and_rule() {
        let entries = [
            entry("a", "g", Fold::None, &[]),
            entry("b", "g", Fold::None, &[]),
        ];
        let sorted = [at("b", 0, 2), at("a", 0, 9), at("b", 0, 9), at("a", 1, 0)];
        let shuffled = [3, 2, 0, 1]
            .map(|index: usize| sorted[index].clone())
            .to_vec();
        assert_eq!(
            judge(shuffled, &policy(&entries), &entries, &texts()).findings,
            sorted
        );
    }

    #[test]
    fn repeats_fold_by_key_severity_and_reach() {
        let entries = [
            entry("file", "g", Fold::File, &[]),
            entry("none", "g", Fold::None, &[]),
            entry("project", "g", Fold::Project, &[]),
        ];
        let findings: Vec<_> = [("file", 0, 0), ("file", 0, 1), ("file", 1, 0)]
            .into_iter()
            .chain([("none", 0, 0), ("none", 0, 1)])
            .chain([("project", 0, 0), ("project", 1, 1)])
            .map(|(rule, file, start)| at(rule, file, start).fold_key("k"))
            .chain([
                at("project", 1, 2).fold_key("k").severity(Severity::Error),
                at("project", 1, 3),
                at("project", 1, 4),
            ])
            .collect();
        let repeats: Vec<_> = fold(&findings, &entries)
            .iter()
            .map(|finding| finding.repeats.len())
            .collect();
        assert_eq!(repeats, [1, 0, 0, 0, 1, 0, 0, 0]);
    }
}
