//! `pool-per-worker`: a pool that a server's worker threads each build for themselves.
//!
//! Looks at each creation site through the calls that lead to it. A worker that is a process of its own needs a pool of its
//! own; a thread does not.

use super::engine_per_call::SILENT;
use super::null_pool::name_of;
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::placement::Evidence;
use crate::project::pools::Pool;

const NAME: &str = "pool-per-worker";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .sites()
        .iter()
        .filter(|pool| pool.owns_connections() && !pool.is_over_another())
        .filter_map(|pool| judge(project, pool))
        .collect()
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let contexts = project.contexts(pool.site);
    if contexts.iter().any(|context| SILENT.contains(context)) {
        return None;
    }
    let placement = project.placement(pool.site);
    let evidence = placement.in_worker_threads()?;
    let workers = project.workers(evidence);
    // One worker that the code asks for has one pool.
    if workers == Some(1) {
        return None;
    }
    let mut found = Finding::new(NAME, pool.place, message(pool, evidence, workers))
        .severity(Severity::Error)
        .confidence(confidence(pool, evidence))
        .symbol(pool.symbol.clone())
        .help("Build it before the server is made, and hand each worker a clone: a clone shares the pool.")
        .note(arithmetic(project, pool, workers));
    for place in evidence.chain.iter().rev() {
        found = found.related(*place, "called here");
    }
    Some(found.related(evidence.place, "this runs what it is given in every worker"))
}

fn message(pool: &Pool, evidence: &Evidence, workers: Option<i64>) -> String {
    let server = evidence.caller.rsplit('.').take(2).collect::<Vec<_>>();
    let server: Vec<_> = server.into_iter().rev().collect();
    let times = match workers {
        Some(workers) => format!("{workers} times"),
        None => "once for each processor".to_owned(),
    };
    format!(
        "`{}` runs in every worker of `{}`, {times}: each has a pool of its own",
        pool.maker_name(),
        server.join(".")
    )
}

/// How sure it is that what is built is a pool of connections that several workers fill.
fn confidence(pool: &Pool, evidence: &Evidence) -> Confidence {
    if evidence.chain.is_empty() || pool.conditions.is_empty() {
        Confidence::High
    } else {
        Confidence::Medium
    }
}

/// What the server has to bear.
fn arithmetic(project: &Project<'_>, pool: &Pool, workers: Option<i64>) -> String {
    let name = name_of(pool);
    let sixteen = workers.unwrap_or(16);
    let most = project.most_connections(pool).map(|most| most.number);
    let most = most.and_then(|most| Some((most, most.checked_mul(sixteen)?)));
    match most {
        Some((most, all)) => format!(
            "{name} may open {most} connections in each: {sixteen} workers make {all}, and no worker can use another's"
        ),
        None => format!(
            "{name} opens its connections {sixteen} times with {sixteen} workers, and no worker can use another's"
        ),
    }
}
