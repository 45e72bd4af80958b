//! `pooled-connection-stored`: a connection is taken from a pool once, and all who need one wait for it behind a lock.
//!
//! Looks at the checkouts of programs that live on, at places that run once, whose connection is put behind a lock.

use super::engine_per_call::SILENT;
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::placement::Placement;
use crate::project::pools::Pool;

const NAME: &str = "pooled-connection-stored";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .sites()
        .iter()
        .filter(|pool| pool.checkout)
        .filter_map(|pool| judge(project, pool))
        .collect()
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let lock = project.locked_away(pool.site)?;
    let contexts = project.contexts(pool.site);
    let silent = contexts.iter().any(|context| SILENT.contains(context));
    let placement = project.placement(pool.site);
    if silent || !project.may_serve(pool.site.file) || !is_kept(&placement) {
        return None;
    }
    Some(
        Finding::new(
            NAME,
            project.place(pool.site),
            format!(
                "`{}` takes a connection out of the pool for good: everybody waits for this one, behind a lock",
                pool.maker_name()
            ),
        )
        .severity(Severity::Warning)
        .confidence(Confidence::Medium)
        .symbol(pool.symbol.clone())
        .help("Keep the pool instead of the connection, and take one out where it is needed.")
        .note("the pool has one connection less, and never replaces this one: age and health are looked at when a connection comes back")
        .related(lock, "it is put behind a lock here"),
    )
}

/// Whether what is made at a place stays: it runs when the program starts, or once.
fn is_kept(placement: &Placement) -> bool {
    let starts = placement.made_once
        || placement.at_import
        || placement.from_main
        || placement
            .evidence
            .iter()
            .any(|evidence| evidence.when.is_once());
    starts && placement.repeated().is_none()
}
