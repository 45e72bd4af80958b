//! `scoped-session-not-removed`: a registry keeps one session per thread, threads live on, and nothing removes them.

use super::engine_per_call::{SILENT, how_often, repeated, words};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::Pool;
use crate::project::registries::Absence;

const NAME: &str = "scoped-session-not-removed";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .registries()
        .into_iter()
        .filter_map(|pool| judge(project, pool))
        .collect()
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    if project
        .pool_contexts(pool)
        .iter()
        .any(|context| SILENT.contains(context))
    {
        return None;
    }
    let placement = project.placement(pool.site);
    if let (Some(evidence), Some(function)) =
        (repeated(project, &placement), project.enclosing(pool.site))
    {
        // Another registry for each call: removing one leaves the others.
        if project.removes(pool) || placement.made_once || project.bound_to_connection(pool) {
            return None;
        }
        let message = format!(
            "`{}` makes a new registry {}: nobody can remove the sessions of the ones before",
            project.qualified(function),
            how_often(evidence)
        );
        let finding = Finding::new(NAME, pool.place, message)
            .symbol(pool.symbol.clone())
            .help("Make the registry once, at module level, and call `remove()` on it when a request or task ends.")
            .note("with a pool of two, the third call waited and failed");
        return Some(finding.related(evidence.place, words(evidence)));
    }
    let living = project.long_lived_use(pool)?;
    if project.never_removed(pool) != Absence::Proved {
        return None;
    }
    let holder = pool.symbol.rsplit('.').next().unwrap_or_default();
    let called = if holder.is_empty() {
        "this registry".to_owned()
    } else {
        format!("`{holder}`")
    };
    let finding = Finding::new(
        NAME,
        pool.place,
        format!("the sessions of {called} are never removed: each thread that used one keeps it, and its connection"),
    )
    .severity(Severity::Warning)
    .confidence(Confidence::High)
    .symbol(pool.symbol.clone())
    .help("Call `remove()` on it when a request or task ends (a teardown hook, or `finally`).")
    .note("a `with` block closes the session but leaves the entry of the registry; with 20 threads alive and a pool of 5 + 10, five of them waited 30 s and failed")
    .fold_key(pool.maker.to_string());
    Some(finding.related(living.0, living.1))
}
