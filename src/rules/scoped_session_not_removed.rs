//! `scoped-session-not-removed`: a registry keeps one session per thread, threads live on, and nothing removes them.

use super::engine_per_call::SILENT;
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
        .contexts(pool.site)
        .iter()
        .any(|context| SILENT.contains(context))
    {
        return None;
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
