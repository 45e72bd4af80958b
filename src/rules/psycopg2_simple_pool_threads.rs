//! `psycopg2-simple-pool-threads`: a pool without a lock of its own is used by several threads.
//!
//! Speaks when the pool is made once and a place that takes a connection from it runs in several threads.

use crate::catalog::{ContextKind, Multiplicity};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::pools::Pool;
use crate::project::threads::in_threads;
use crate::project::{ExprRef, Project};

const NAME: &str = "psycopg2-simple-pool-threads";

/// What runs in one thread, or is nobody's business.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .sites()
        .iter()
        .filter(|pool| pool.owns_connections())
        .filter_map(|pool| judge(project, pool))
        .collect()
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let maker = project.catalog.maker(&pool.maker)?;
    let instead = maker.threaded.as_deref()?;
    let silenced = project
        .pool_contexts(pool)
        .iter()
        .any(|context| SILENT.contains(context));
    // One for each thread or request is not shared.
    if silenced || !project.is_one_maker(pool) || project.placement(pool.site).repeated().is_some()
    {
        return None;
    }
    let uses = project.uses(pool.site);
    let taken: Vec<ExprRef> = uses
        .methods
        .iter()
        .filter(|it| it.certain && maker.takes.iter().any(|name| *name == it.name))
        .map(|it| it.at)
        .collect();
    // A lock around one use tells of a lock around all of them.
    if taken.iter().any(|at| project.is_locked(*at)) {
        return None;
    }
    let (at, evidence) = taken.iter().find_map(|at| {
        let placement = project.placement(*at);
        let handed = project.is_handed_to_threads(&placement);
        let found = placement
            .evidence
            .iter()
            .find(|it| in_threads(it, handed))?;
        Some((*at, found.clone()))
    })?;
    let class = instead.rsplit('.').next().unwrap_or(instead);
    let sure = evidence.threads || evidence.when == Multiplicity::PerThread;
    let finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!(
            "`{}` runs in several threads and takes connections from a `{}`, which has no lock",
            evidence.function,
            pool.maker_name()
        ),
    )
    .severity(Severity::Warning)
    .confidence(if sure {
        Confidence::High
    } else {
        Confidence::Medium
    })
    .symbol(pool.symbol.clone())
    .help(format!(
        "Use `{class}`, which takes the same arguments and locks."
    ))
    .note("measured: 20 threads on a pool of 2 opened 20 connections at once; with a lock, 2")
    .related(project.place(at), "a connection is taken here")
    .related(evidence.place, super::engine_per_call::words(&evidence));
    Some(match project.replace_maker(pool, instead) {
        Some(repair) => finding.fix(Fix {
            needs: repair.needs,
            ..Fix::new(
                format!("Use `{class}` instead of `{}`", pool.maker_name()),
                Applicability::Safe,
                repair.edits,
            )
        }),
        None => finding,
    })
}
