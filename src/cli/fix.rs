//! Options about fixes, and what `check` does with them: write files, print a diff, write patches.
//!
//! Takes the first analysis and a way to repeat it; gives what is left to report. Invariant: with `--diff` and
//! `--patch` no file of the project is touched, and the exit code is that of a plain check.

use super::{Failure, Streams, write};
use crate::edit::Applicability;
use crate::finding::Finding;
use crate::fix::{self, Changed, Look, Outcome, Told};
use crate::git;
use crate::judge::Selection;
use crate::source::Overlay;
use crate::{patch, report, rules};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Options about fixes.
#[derive(Args)]
#[command(next_help_heading = "Fixes")]
pub(crate) struct FixArgs {
    /// Repair what can be repaired safely; report the rest
    #[arg(long, conflicts_with_all = ["diff", "patch"])]
    fix: bool,
    /// Also apply fixes that a person should read
    #[arg(long)]
    unsafe_fixes: bool,
    /// Repair and report nothing
    #[arg(long, conflicts_with_all = ["diff", "patch"])]
    fix_only: bool,
    /// Rules or groups that may be fixed instead of all
    #[arg(long, value_name = "R,..", value_delimiter = ',')]
    fixable: Vec<String>,
    /// Rules or groups that are never fixed; wins over `--fixable`
    #[arg(long, value_name = "R,..", value_delimiter = ',')]
    unfixable: Vec<String>,
    /// Print the repair as a diff that `git apply` takes, and write nothing
    #[arg(long)]
    diff: bool,
    /// Write the repair as a patch for `git am`; with `/` at the end, or a folder, one patch for each rule
    #[arg(long, value_name = "PATH", conflicts_with = "diff")]
    patch: Option<PathBuf>,
}

/// What is to be done with fixes.
pub(super) struct Wishes {
    does: Does,
    least: Applicability,
    rules: Selection,
    non_zero_on_fix: bool,
}

enum Does {
    Files { reports: bool },
    Diff,
    Patch(PathBuf),
}

/// What was done.
pub(super) struct Done {
    /// The analysis that holds now; `None` when it is still the first.
    pub(super) after: Option<Look>,
    /// Whether findings are reported.
    pub(super) reports: bool,
    /// The least exit code.
    pub(super) code: u8,
}

impl FixArgs {
    /// What is wished; `None` when nothing is to be fixed. A fix may be a reason to exit with 1.
    pub(super) fn wishes(&self, non_zero_on_fix: bool) -> Result<Option<Wishes>, Failure> {
        let select = if self.fixable.is_empty() {
            vec!["all".to_owned()]
        } else {
            self.fixable.clone()
        };
        let rules = Selection::new(&rules::entries(), &select, &[], &self.unfixable)
            .map_err(|unknown| Failure::message(unknown.to_string()))?;
        let does = match &self.patch {
            Some(path) => Does::Patch(path.clone()),
            None if self.diff => Does::Diff,
            None if self.fix || self.fix_only => Does::Files {
                reports: !self.fix_only,
            },
            None => return Ok(None),
        };
        Ok(Some(Wishes {
            does,
            least: if self.unsafe_fixes {
                Applicability::Unsafe
            } else {
                Applicability::Safe
            },
            rules,
            non_zero_on_fix,
        }))
    }
}

impl Wishes {
    fn wanted(&self, finding: &Finding) -> Option<Applicability> {
        self.rules.contains(finding.rule).then_some(self.least)
    }
}

/// Fixes as it is wished.
pub(super) fn run(
    wishes: &Wishes,
    first: &Look,
    root: &Path,
    again: &dyn Fn(Overlay) -> Result<Look, Failure>,
    streams: &mut Streams<'_>,
) -> Result<Done, Failure> {
    if let Does::Patch(path) = &wishes.does
        && (path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/'))
    {
        series(wishes, first, root, path, again, streams)?;
        return Ok(Done {
            after: None,
            reports: true,
            code: 0,
        });
    }
    let mut outcome = fix::fix(first, &|finding| wishes.wanted(finding), again)?;
    let dropped = std::mem::take(&mut outcome.dropped);
    for told in &dropped {
        streams.say(&line("not fixed", told));
    }
    // The finding is still there, but its severity may be below what fails.
    let code = u8::from(!dropped.is_empty());
    match &wishes.does {
        Does::Diff => {
            let repository = git::repository(root);
            let diff = patch::diff(&outcome.changed, root, repository.as_ref());
            write::quietly(streams.out.write_all(&diff))?;
            Ok(Done {
                after: None,
                reports: false,
                code: 0,
            })
        }
        Does::Patch(path) => {
            write_patch(path, &outcome, root, streams)?;
            Ok(Done {
                after: None,
                reports: true,
                code: 0,
            })
        }
        Does::Files { reports } => {
            let written = write_files(&outcome.changed, root)?;
            for told in &outcome.fixed {
                streams.say(&line("fixed", told));
            }
            let fixed = u8::from(written && wishes.non_zero_on_fix);
            Ok(Done {
                after: outcome.after,
                reports: *reports,
                code: code.max(fixed),
            })
        }
    }
}

/// One line about a fix.
fn line(word: &str, told: &Told) -> String {
    let Told {
        path,
        line,
        rule,
        words,
    } = told;
    report::printable(&format!("{word}: {path}:{line}: {rule}: {words}"))
}

fn write_files(changed: &BTreeMap<String, Changed>, root: &Path) -> Result<bool, Failure> {
    let mut failed = Vec::new();
    for (path, changed) in changed {
        if let Err(error) = fix::write(root, changed) {
            failed.push(format!("`{}` {error}", report::printable(path)));
        }
    }
    if failed.is_empty() {
        Ok(!changed.is_empty())
    } else {
        Err(Failure::message(failed.join("; ")))
    }
}

/// The date of a patch, when the environment gives one.
/// <https://reproducible-builds.org/specs/source-date-epoch/>
fn source_date() -> Option<i64> {
    std::env::var("SOURCE_DATE_EPOCH").ok()?.parse().ok()
}

fn write_patch(
    path: &Path,
    outcome: &Outcome,
    root: &Path,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    if outcome.changed.is_empty() {
        streams.say("note: there is nothing to fix, and no patch was written");
        return Ok(());
    }
    let repository = git::repository(root);
    let diff = patch::diff(&outcome.changed, root, repository.as_ref());
    let message = patch::message(&diff, &outcome.fixed, repository.as_ref(), source_date());
    write::whole_file(path, &message)?;
    let files = report::count(outcome.changed.len(), "file");
    let findings = report::count(outcome.fixed.len(), "finding");
    streams.say(&format!(
        "wrote {}: repairs {findings} in {files}",
        report::printable(&path.display().to_string())
    ));
    Ok(())
}

/// One patch for each rule, each on top of the one before.
fn series(
    wishes: &Wishes,
    first: &Look,
    root: &Path,
    folder: &Path,
    again: &dyn Fn(Overlay) -> Result<Look, Failure>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::message(format!("cannot make `{}`: {error}", folder.display()))
    })?;
    let mut at: Option<Look> = None;
    let mut number = 0;
    for rule in rules::entries() {
        let look = at.as_ref().unwrap_or(first);
        let of_rule =
            |finding: &Finding| wishes.wanted(finding).filter(|_| finding.rule == rule.name);
        let outcome = fix::fix(look, &of_rule, again)?;
        for told in &outcome.dropped {
            streams.say(&line("not fixed", told));
        }
        if outcome.changed.is_empty() {
            continue;
        }
        number += 1;
        let path = folder.join(format!("{number:04}-{}.patch", rule.name));
        write_patch(&path, &outcome, root, streams)?;
        at = outcome.after;
    }
    if number == 0 {
        streams.say("note: there is nothing to fix, and no patch was written");
    }
    Ok(())
}
