//! Fixes applied: from findings to new contents of files, with guards, pass after pass.
//!
//! Takes a run and which fixes are wanted; gives the contents that result and what was fixed or dropped. Nothing is
//! written here but by [`write`]. Invariant: contents that come out parse as well as before, the findings that were
//! fixed are gone, nothing of equal weight is new, and fixing again changes nothing.

mod write;

pub use write::{WriteError, write};

use crate::edit::{self, Applicability, Edit, Fix, Text};
use crate::finding::{Confidence, Finding, Severity, Status};
use crate::judge::Judged;
use crate::project::modules::Files;
use crate::project::repairs::import_edits;
use crate::run::Run;
use crate::source::{FileId, Overlay, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// How often fixes are looked for anew: one may wait for another that touches the same place.
const MOST_PASSES: usize = 10;

/// An analysis and what is shown of it.
pub struct Look {
    /// The analysis; its findings stand in `all`.
    pub run: Run,
    /// What is shown, and what is held back.
    pub judged: Judged,
    /// Everything the rules said, for comparison.
    pub all: Vec<Finding>,
}

/// A finding that was fixed, or could not be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Told {
    /// The file of its primary place, relative to the project root.
    pub path: String,
    /// The line there, from 1, as it was when the fix was made.
    pub line: usize,
    /// The rule.
    pub rule: &'static str,
    /// What the fix does, or why it was dropped.
    pub words: String,
}

/// A file that changes.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Where it is.
    pub absolute: PathBuf,
    /// Its contents when it was read.
    pub old: Arc<[u8]>,
    /// Its contents now.
    pub new: Arc<[u8]>,
}

/// What came of it.
pub struct Outcome {
    /// The files that change, by path relative to the project root.
    pub changed: BTreeMap<String, Changed>,
    /// What was fixed.
    pub fixed: Vec<Told>,
    /// What a guard dropped.
    pub dropped: Vec<Told>,
    /// The last analysis, of the contents as they are now; `None` when nothing changed.
    pub after: Option<Look>,
}

/// Applies the best wanted fix of each finding.
///
/// # Errors
/// What `analyse` fails with.
pub fn fix<E>(
    first: &Look,
    wanted: &dyn Fn(&Finding) -> Option<Applicability>,
    analyse: &dyn Fn(Overlay) -> Result<Look, E>,
) -> Result<Outcome, E> {
    let mut outcome = Outcome {
        changed: BTreeMap::new(),
        fixed: Vec::new(),
        dropped: Vec::new(),
        after: None,
    };
    let mut refused: BTreeSet<Key> = BTreeSet::new();
    for _ in 0..MOST_PASSES {
        let look = outcome.after.as_ref().unwrap_or(first);
        let chosen: Vec<(&Finding, &Fix)> = choose(look, wanted)
            .into_iter()
            .filter(|(finding, _)| !refused.contains(&key(&look.run.files, finding)))
            .collect();
        if chosen.is_empty() {
            break;
        }
        let mut pass = Pass {
            look,
            analyse,
            accepted: Vec::new(),
            result: None,
            dropped: Vec::new(),
        };
        pass.settle(&chosen)?;
        let (accepted, result, dropped) = (pass.accepted, pass.result, pass.dropped);
        for (finding, why) in dropped {
            refused.insert(key(&look.run.files, finding));
            outcome.dropped.push(told(&look.run.files, finding, why));
        }
        let fixed = accepted
            .iter()
            .map(|(finding, fix)| told(&look.run.files, finding, fix.title.clone()));
        outcome.fixed.extend(fixed);
        let Some((contents, after)) = result else {
            break;
        };
        for (file, new) in contents {
            let known = look.run.files.file(file);
            let old: Arc<[u8]> = look
                .run
                .files
                .parsed(file)
                .map_or_else(|| Arc::from([]), |parsed| parsed.bytes.as_slice().into());
            outcome
                .changed
                .entry(known.path.clone())
                .or_insert(Changed {
                    absolute: known.absolute.clone(),
                    old,
                    new: Arc::clone(&new),
                })
                .new = Arc::clone(&new);
        }
        outcome.after = Some(after);
    }
    Ok(outcome)
}

fn key(files: &Files, finding: &Finding) -> Key {
    let path = files.file(finding.place.file).path.clone();
    (path, finding.rule, finding.symbol.clone())
}

fn told(files: &Files, finding: &Finding, words: String) -> Told {
    let file = files.file(finding.place.file);
    let line = file.parsed.as_ref().map_or(1, |parsed| {
        let before = &parsed.bytes[..finding.place.span.start as usize];
        memchr::memchr_iter(b'\n', before).count() + 1
    });
    Told {
        path: file.path.clone(),
        line,
        rule: finding.rule,
        words,
    }
}

/// The fixes of one pass: the best one of each finding, as far as it is wanted and its edits are free. Those that
/// touch what an earlier one changes wait.
fn choose<'a>(
    look: &'a Look,
    wanted: &dyn Fn(&Finding) -> Option<Applicability>,
) -> Vec<(&'a Finding, &'a Fix)> {
    let mut taken: BTreeSet<&Edit> = BTreeSet::new();
    let mut chosen = Vec::new();
    for finding in &look.judged.findings {
        let fix = match (finding.status, wanted(finding), finding.fixes.first()) {
            (Status::Open, Some(least), Some(fix)) if fix.applicability >= least => fix,
            _ => continue,
        };
        let free = fix.edits.iter().all(|edit| {
            taken
                .iter()
                .all(|other| *other == edit || !overlap(other, edit))
        });
        if free {
            taken.extend(&fix.edits);
            chosen.push((finding, fix));
        }
    }
    chosen
}

/// Whether two edits cannot both be made. Two that touch are one change written by two hands.
fn overlap(a: &Edit, b: &Edit) -> bool {
    a.place.file == b.place.file
        && a.place.span.start <= b.place.span.end
        && b.place.span.start <= a.place.span.end
}

type Contents = BTreeMap<FileId, Arc<[u8]>>;

/// One pass: which of the chosen fixes can be applied together.
struct Pass<'a, E> {
    look: &'a Look,
    analyse: &'a dyn Fn(Overlay) -> Result<Look, E>,
    accepted: Vec<(&'a Finding, &'a Fix)>,
    result: Option<(Contents, Look)>,
    dropped: Vec<(&'a Finding, String)>,
}

impl<'a, E> Pass<'a, E> {
    /// Accepts as many of `fixes` as the guards let through. A set that fails is halved until the culprit is alone.
    fn settle(&mut self, fixes: &[(&'a Finding, &'a Fix)]) -> Result<(), E> {
        let together = [self.accepted.as_slice(), fixes].concat();
        match self.attempt(&together)? {
            Ok(result) => {
                self.accepted = together;
                self.result = Some(result);
            }
            Err(why) => match fixes {
                [] => {}
                [(finding, _)] => self.dropped.push((finding, why)),
                _ => {
                    let (left, right) = fixes.split_at(fixes.len() / 2);
                    self.settle(left)?;
                    self.settle(right)?;
                }
            },
        }
        Ok(())
    }

    /// The contents with the fixes applied, and their analysis; or why a guard says no.
    fn attempt(&self, fixes: &[(&Finding, &Fix)]) -> Result<Result<(Contents, Look), String>, E> {
        let contents = match self.contents(fixes) {
            Ok(contents) => contents,
            Err(why) => return Ok(Err(why)),
        };
        let mut overlay = self.look.run.files.overlay.clone();
        for (file, bytes) in &contents {
            let absolute = self.look.run.files.file(*file).absolute.clone();
            overlay.insert(absolute, Arc::clone(bytes));
        }
        let after = (self.analyse)(overlay)?;
        Ok(match self.compare(fixes, &after) {
            Some(why) => Err(why),
            None => Ok((contents, after)),
        })
    }

    fn contents(&self, fixes: &[(&Finding, &Fix)]) -> Result<Contents, String> {
        let alone: Vec<&Fix> = fixes.iter().map(|(_, fix)| *fix).collect();
        let imports = import_edits(&self.look.run.files, &alone)
            .ok_or("a name it needs cannot be imported")?;
        let mut edits: BTreeMap<FileId, BTreeSet<(Span, &str)>> = BTreeMap::new();
        for edit in alone.iter().flat_map(|fix| &fix.edits).chain(&imports) {
            let own = edits.entry(edit.place.file).or_default();
            own.insert((edit.place.span, &edit.content));
        }
        let mut contents = Contents::new();
        for (file, edits) in edits {
            let known = self.look.run.files.file(file);
            let parsed = self
                .look
                .run
                .files
                .parsed(file)
                .filter(|parsed| !parsed.module.partial)
                .ok_or("the file could not be read in full")?;
            let new = edit::apply(&parsed.bytes, edits.iter().copied());
            let old = Text::new(known.language, &parsed.bytes).ok_or("it cannot be edited")?;
            let text = Text::new(known.language, &new).ok_or("the result does not parse")?;
            if !old.is_same_outside(&text, &edits) {
                return Err("it would change more than it says".to_owned());
            }
            contents.insert(file, new.into());
        }
        Ok(contents)
    }

    /// Why the contents after the fixes are not better than before.
    fn compare(&self, fixes: &[(&Finding, &Fix)], after: &Look) -> Option<String> {
        let files = &self.look.run.files;
        let (before, now) = (Tally::of(self.look), Tally::of(after));
        let mut goes: BTreeMap<Key, usize> = BTreeMap::new();
        for (finding, _) in fixes {
            *goes.entry(key(files, finding)).or_default() += 1;
        }
        for (finding, _) in fixes {
            let key = key(files, finding);
            let least = finding.severity;
            if now.count(&key, least) + goes[&key] > before.count(&key, least) {
                return Some("the finding would still be there".to_owned());
            }
        }
        let least = fixes.iter().map(|(finding, _)| finding.severity).min()?;
        let accepted: BTreeSet<&str> = fixes
            .iter()
            .flat_map(|(_, fix)| fix.accepts.iter().copied())
            .collect();
        let ((path, rule, _), _) = now.0.iter().find(|(key, severities)| {
            let gravest = severities.iter().max();
            !accepted.contains(key.1)
                && gravest.is_some_and(|gravest| *gravest >= least)
                && now.count(key, least) > before.count(key, least)
        })?;
        Some(format!("{rule} would be new in {path}"))
    }
}

/// What tells a finding from others while lines move: path, rule, symbol.
type Key = (String, &'static str, String);

/// How often each finding was made, by severity.
struct Tally(BTreeMap<Key, Vec<Severity>>);

impl Tally {
    /// Counts what is sure enough to be shown.
    fn of(look: &Look) -> Self {
        let mut tally: BTreeMap<Key, Vec<Severity>> = BTreeMap::new();
        let sure = look
            .all
            .iter()
            .filter(|finding| finding.confidence >= Confidence::Medium);
        for finding in sure {
            let severities = tally.entry(key(&look.run.files, finding)).or_default();
            severities.push(finding.severity);
        }
        Self(tally)
    }

    fn count(&self, key: &Key, least: Severity) -> usize {
        let severities = self.0.get(key).map(Vec::as_slice).unwrap_or_default();
        severities
            .iter()
            .filter(|severity| **severity >= least)
            .count()
    }
}
