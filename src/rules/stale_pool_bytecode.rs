//! `stale-pool-bytecode`: compiled code of a module for connections whose source is gone.
//!
//! Looks beside the modules that make pools, and where imports lead nowhere. Compiled code in the place of the source is
//! imported as before; in the folder for compiled code it is not.

use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::presence::Orphan;
use crate::source::Place;

const NAME: &str = "stale-pool-bytecode";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let orphans = project.pool_orphans().into_iter();
    orphans
        .map(|(orphan, places)| say(&orphan, &places))
        .collect()
}

fn say(orphan: &Orphan, places: &[(Place, &'static str)]) -> Finding {
    let path = &orphan.path;
    let (place, _) = places[0];
    let finding = if orphan.imported {
        Finding::new(
            NAME,
            place,
            format!("`{path}` has no source and is imported all the same: code that nobody can read makes the connections"),
        )
        .severity(Severity::Warning)
        .help("Delete it, and bring the source back if something imports the module.")
        .note("compiled code in the place of its source is imported when the source is gone; removing the source did not remove the module")
    } else {
        Finding::new(
            NAME,
            place,
            format!("`{path}` is left of a module whose source is gone"),
        )
        .severity(Severity::Info)
        .help("Delete it.")
        .note("it cannot be imported without its source, so nothing runs it; it only misleads whoever looks for the module")
    };
    let mut finding = finding
        .confidence(Confidence::High)
        .symbol(orphan.module.clone())
        .fold_key(orphan.folder.clone());
    for (other, words) in &places[1..] {
        finding = finding.related(*other, *words);
    }
    finding
}
