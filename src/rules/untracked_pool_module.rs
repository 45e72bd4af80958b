//! `untracked-pool-module`: a module that makes pools or hands out connections, and that git does not track.
//!
//! Looks at the modules that were walked, and at those which an ignore file hides from the walk but not from an import.
//! Where git cannot say, nothing is said.

use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::imports::{Failing, Stray};
use crate::project::providers::Provider;
use crate::source::{FileId, Place};
use std::collections::BTreeMap;

const NAME: &str = "untracked-pool-module";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = project
        .provider_files()
        .into_iter()
        .filter(|provider| project.is_untracked(provider.file))
        .filter_map(|provider| walked(project, provider))
        .collect();
    findings.extend(hidden(project));
    findings
}

fn walked(project: &Project<'_>, provider: &Provider) -> Option<Finding> {
    let file = provider.file;
    let importing = project.importing(file);
    let (tracked, untracked): (Vec<_>, Vec<_>) = importing
        .into_iter()
        .filter(|(place, failing)| *failing != Failing::NeverRuns && !project.is_aside(place.file))
        .partition(|(place, _)| project.is_tracked(place.file));
    if tracked.is_empty() && untracked.is_empty() && project.is_program(file) {
        return None;
    }
    let places: Vec<Place> = tracked
        .iter()
        .chain(&untracked)
        .map(|(at, _)| *at)
        .collect();
    let by = match (tracked.len(), untracked.len()) {
        (0, 0) => By::Nobody,
        (0, _) => By::Untracked,
        _ => By::Tracked,
    };
    let path = &project.files.file(file).path;
    let place = project.first_line(file);
    let finding = say(place, path, &by, "makes a pool or hands out connections");
    Some(with_imports(finding.symbol(provider.name.clone()), &places))
}

/// Who imports it.
enum By {
    Tracked,
    Untracked,
    Nobody,
}

fn say(place: Place, path: &str, by: &By, does: &str) -> Finding {
    let (fact, severity, confidence) = match by {
        By::Tracked => (
            "code that is in git imports it",
            Severity::Error,
            Confidence::High,
        ),
        By::Untracked => (
            "only files that are not in git either import it",
            Severity::Warning,
            Confidence::Medium,
        ),
        By::Nobody => ("nobody imports it", Severity::Warning, Confidence::Medium),
    };
    let help = match by {
        By::Nobody => "Delete it, or `git add` it if the program is to use it.",
        _ => {
            "`git add` it (an ignore file may have to let it through), or import the module that is in git."
        }
    };
    let harm = match by {
        By::Tracked => {
            "a fresh clone has no such file and its import fails; an image built from this folder runs code that nobody reviewed"
        }
        _ => "an image built from this folder takes it along, and nobody sees it in review",
    };
    Finding::new(
        NAME,
        place,
        format!("`{path}` {does} and is not in git, though {fact}")
            .replace("though nobody imports it", "and nobody imports it"),
    )
    .severity(severity)
    .confidence(confidence)
    .help(help)
    .note(harm)
}

fn with_imports(mut finding: Finding, places: &[Place]) -> Finding {
    for place in places {
        finding = finding.related(*place, "imported here");
    }
    finding
}

/// Modules that an ignore file hides: the first import speaks, as the file is none of the run.
fn hidden(project: &Project<'_>) -> Vec<Finding> {
    let mut by_path: BTreeMap<&str, Vec<&Stray>> = BTreeMap::new();
    for stray in project.strays() {
        if let Some(path) = &stray.hidden
            && stray.failing != Failing::NeverRuns
        {
            by_path.entry(path).or_default().push(stray);
        }
    }
    by_path
        .into_iter()
        .filter_map(|(path, strays)| {
            let tracked = |file: FileId| project.is_tracked(file) && !project.is_aside(file);
            let first = strays.iter().find(|stray| tracked(stray.place.file));
            let by = match first {
                Some(_) => By::Tracked,
                None => By::Untracked,
            };
            let first = first.or(strays.first())?;
            let language = project.files.file(first.place.file).language;
            let known = project.files.is_tracked(path) == Some(false)
                && project.hidden_provides(path, language);
            let places: Vec<Place> = strays.iter().map(|stray| stray.place).collect();
            known.then(|| {
                let finding = say(
                    first.place,
                    path,
                    &by,
                    "makes a pool or hands out connections",
                )
                .symbol(first.written.clone())
                .note("an ignore file keeps it out of git");
                with_imports(finding, &places)
            })
        })
        .collect()
}
