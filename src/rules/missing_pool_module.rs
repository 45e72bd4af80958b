//! `missing-pool-module`: an import of a module for connections that is not there.
//!
//! Looks at imports that no walked file answers and whose names tell of connections. What an ignore file hides is there
//! all the same, and so is what compiled code stands for.

use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::imports::{Failing, Stray};

const NAME: &str = "missing-pool-module";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let strays = project.strays().iter();
    strays
        .filter(|stray| stray.hidden.is_none() && stray.failing != Failing::NeverRuns)
        .filter(|stray| project.compiled_stand_in(stray).is_none())
        .map(|stray| say(project, stray))
        .collect()
}

fn say(project: &Project<'_>, stray: &Stray) -> Finding {
    let written = &stray.written;
    let caught = stray.failing == Failing::Caught;
    let now = project.home_of_names(stray);
    let then = match stray.failing {
        Failing::Caught => "the program goes on without it",
        Failing::NotBuilt => "nothing that holds it can be built",
        Failing::Raises | Failing::NeverRuns => "the import fails as soon as it runs",
    };
    let help = match now {
        Some(now) => format!(
            "Import from `{}`, which holds the same names, or bring the module back.",
            project.files.file(now).path
        ),
        None => "Bring the module back, or take the import and what depends on it away.".to_owned(),
    };
    let mut finding = Finding::new(
        NAME,
        stray.place,
        format!("`{written}` is imported and not there: {then}"),
    )
    .severity(if caught {
        Severity::Info
    } else {
        Severity::Error
    })
    .confidence(Confidence::High)
    .symbol(written.clone())
    .help(help)
    .note(format!(
        "no file of the project is `{}`, in any form that an import takes",
        stray.base
    ))
    .fold_key(stray.base.clone());
    if let Some(path) = project.deleted_here(stray) {
        finding = finding.note(format!(
            "git still tracks `{path}`: it was deleted in this tree only"
        ));
    }
    match now {
        Some(now) => finding.related(project.first_line(now), "the names are here"),
        None => finding,
    }
}
