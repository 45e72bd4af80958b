//! `async-engine-multi-loop`: the pooled connections of one async engine are used by several event loops.
//!
//! Looks at the places that take connections of an engine that is made once, and at the loops that run them.

use super::null_pool::name_of;
use crate::catalog::{Behaviour, ContextKind, World};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::loops::Loops;
use crate::project::pools::Pool;

const NAME: &str = "async-engine-multi-loop";

const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
    ContextKind::Migration,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .sites()
        .iter()
        .filter(|pool| pool.is_async && pool.owns_connections() && !pool.described)
        .filter_map(|pool| judge(project, pool))
        .collect()
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let contexts = project.pool_contexts(pool);
    let keeps = |pool: &Pool| {
        pool.classes
            .iter()
            .all(|it| !matches!(it.behaviour, Some(Behaviour::Null)))
    };
    if SILENT.iter().any(|context| contexts.contains(context)) || !keeps(pool) {
        return None;
    }
    // The drivers of file databases wait in threads and belong to no loop (measured).
    let sure = match project.is_on_server(pool) {
        Some(sure) => sure,
        None if project.may_be_on_server(pool) => Confidence::Medium,
        None => return None,
    };
    let made = project.placement(pool.site);
    let once = made.repeated().is_none() && project.outlives_function(pool.site);
    if !once || made.evidence.iter().any(|it| it.world == World::NewLoop) {
        return None;
    }
    let loops = project.loops_of(pool)?;
    Some(say(project, pool, sure, &loops))
}

fn say(project: &Project<'_>, pool: &Pool, sure: Confidence, loops: &Loops) -> Finding {
    Finding::new(
        NAME,
        project.place(pool.site),
        format!("{} keeps connections of one event loop, and `{}` uses it in another", name_of(pool), loops.function),
    )
    .severity(Severity::Warning)
    .confidence(sure.max(Confidence::Medium))
    .symbol(pool.symbol.clone())
    .help("Run everything in one loop, make the engine inside it, or await its `dispose()` before the loop ends; NullPool keeps no connections.")
    .note("measured on PostgreSQL: the second loop gets \"RuntimeError: … attached to a different loop\"")
    .related(loops.taken, "a connection is taken here")
    .related(loops.first, "a loop is started here")
    .related(loops.again, "and here again")
}
