//! `blocking-pool-in-async`: an async function waits for a database without giving its event loop time.
//!
//! Looks at calls that wait in the thread which runs them, made by async functions or by plain functions that these call.
//! One finding for each async function.

use crate::catalog::{ContextKind, Multiplicity, PathKind, World};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::blocking::Blocking;
use crate::project::pools::Pool;
use crate::project::{ExprRef, FunctionRef, Project};
use std::collections::BTreeMap;

const NAME: &str = "blocking-pool-in-async";

/// Contexts with nothing else on the loop, or that nobody here maintains.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Migration,
    ContextKind::Script,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut worst: BTreeMap<FunctionRef, Finding> = BTreeMap::new();
    for blocking in project.blocking() {
        let Some(finding) = judge(project, &blocking) else {
            continue;
        };
        // The first call speaks for those after it, unless one of them is worse.
        match worst.get(&blocking.function) {
            Some(known) if known.severity >= finding.severity => {}
            _ => {
                worst.insert(blocking.function, finding);
            }
        }
    }
    worst.into_values().collect()
}

/// How bad it is that a place waits.
fn weight(project: &Project<'_>, at: ExprRef) -> Option<(Severity, Confidence)> {
    let contexts = project.contexts(at);
    if contexts.iter().any(|context| SILENT.contains(context))
        || project.is_deliberate(at)
        || project.only_from_scripts(at)
    {
        return None;
    }
    let placement = project.placement(at);
    let handled = placement.evidence.iter().any(|evidence| {
        evidence.many
            && evidence.world == World::Async
            && matches!(
                evidence.when,
                Multiplicity::PerRequest | Multiplicity::PerTask | Multiplicity::PerConnection
            )
    });
    let shared = placement
        .evidence
        .iter()
        .any(|evidence| evidence.world == World::Async);
    if handled {
        return Some((Severity::Error, Confidence::High));
    }
    if shared && (placement.repeated().is_some() || project.stands_in_loop(at)) {
        return Some((Severity::Warning, Confidence::High));
    }
    // Known to run once at the start, or on a loop with nothing else on it.
    let known = placement.at_import
        || placement.from_main
        || placement.made_once
        || placement
            .evidence
            .iter()
            .any(|evidence| evidence.when != Multiplicity::PerTurn);
    let tries = project
        .enclosing(at)
        .is_some_and(|function| project.is_named_for_tests(function));
    (!known && !tries).then_some((Severity::Warning, Confidence::Medium))
}

fn judge(project: &Project<'_>, blocking: &Blocking) -> Option<Finding> {
    let pool = project.waiting_for(blocking.waits());
    let (severity, confidence) = match stored(project, pool.as_ref()) {
        Some(PathKind::Memory | PathKind::SharedMemory | PathKind::SharedUnnamed) => return None,
        Some(PathKind::File) => {
            let (_, confidence) = weight(project, blocking.at)?;
            (Severity::Info, confidence)
        }
        Some(PathKind::Server) | None => weight(project, blocking.at)?,
    };
    let habit = match &pool {
        Some(pool) => format!("{:?}", pool.place),
        // What is not known is one habit, too.
        None => "unknown".to_owned(),
    };
    Some(
        say(project, blocking, pool.as_ref())
            .severity(severity)
            .confidence(confidence)
            .fold_key(habit),
    )
}

/// Where the data is: of an engine that is not known, where that of all engines of the project is.
fn stored(project: &Project<'_>, pool: Option<&Pool>) -> Option<PathKind> {
    let kind = |pool: &Pool| match project.path_kind(pool, &pool.conditions) {
        Some((kind, _)) => Some(kind),
        None => project.is_file_database(pool).then_some(PathKind::File),
    };
    if let Some(pool) = pool {
        return kind(pool);
    }
    let product = project
        .instances()
        .iter()
        .filter(|pool| !project.is_beside_the_product(pool.site.file) && pool.owns_connections());
    let mut kinds = product.map(kind);
    let first = kinds.next()??;
    kinds.all(|other| other == Some(first)).then_some(first)
}

fn say(project: &Project<'_>, blocking: &Blocking, pool: Option<&Pool>) -> Finding {
    let function = project.qualified(blocking.function);
    let called = match project.called_name(blocking.at) {
        "" => "this call".to_owned(),
        name => format!("`{name}`"),
    };
    let mut finding = Finding::new(
        NAME,
        project.place(blocking.at),
        format!("{called} stops the event loop of `{function}` until the database answers"),
    )
    .symbol(function)
    .help("Use the async kind of this library, or run the call on a worker thread.")
    .note("measured: a query of 0.5 s in one handler stopped all others for 0.5 s; on a worker thread for 0.01 s");
    for (number, call) in blocking.chain.iter().enumerate() {
        let words = if number + 1 == blocking.chain.len() {
            "this waits"
        } else {
            "called here"
        };
        finding = finding.related(project.place(*call), words);
    }
    if let Some(pool) = pool.filter(|pool| pool.owns_connections()) {
        finding = finding.related(pool.place, "made here");
    }
    finding
}
