//! `dispose-per-request`: an engine that is shared is disposed of with each request or task.
//!
//! Looks at the calls that dispose of an engine made elsewhere, and at how often they run.

use super::engine_per_call;
use crate::catalog::{ActionKind, Behaviour, ContextKind, Multiplicity, World};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::placement::Evidence;
use crate::project::pools::Pool;
use crate::project::values::{Val, Value};
use crate::project::{ExprRef, Project};

const NAME: &str = "dispose-per-request";

const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
    ContextKind::Migration,
    ContextKind::Script,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (call, does, object) in &project.call_graph().actions {
        let contexts = project.contexts(*call);
        if *does != ActionKind::Dispose
            || SILENT.iter().any(|context| contexts.contains(context))
            || closed_for_good(project, object)
        {
            continue;
        }
        let engine = project
            .sites()
            .iter()
            .find(|pool| pool.owns_connections() && project.is_made_at(object, pool.site));
        if let Some((engine, evidence)) =
            engine.and_then(|engine| Some((engine, often(project, engine, *call)?)))
        {
            findings.push(say(project, engine, *call, &evidence));
        }
    }
    findings
}

/// What runs a call with each request or task, when the engine is not of that request or task.
fn often(project: &Project<'_>, engine: &Pool, call: ExprRef) -> Option<Evidence> {
    let shared = project.placement(engine.site).repeated().is_none()
        && project.outlives_function(engine.site)
        && (project.enclosing(engine.site).is_none()
            || project.enclosing(engine.site) != project.enclosing(call));
    // A pool that keeps nothing has nothing to throw away.
    let keeps_nothing = !engine.classes.is_empty()
        && engine
            .classes
            .iter()
            .all(|it| it.behaviour == Some(Behaviour::Null));
    if !shared || keeps_nothing {
        return None;
    }
    often_enough(project, call)
}

/// Whether an object is a pool that cannot be used again after it was closed.
pub(super) fn closed_for_good(project: &Project<'_>, object: &Val) -> bool {
    object.alternatives().iter().any(|(val, _)| {
        let Value::Object(object) = &val.value else {
            return false;
        };
        let maker = project.catalog.maker_of(&object.type_path);
        maker.is_some_and(|maker| maker.closed_for_good)
    })
}

/// What runs a call with each request or task.
pub(super) fn often_enough(project: &Project<'_>, call: ExprRef) -> Option<Evidence> {
    if project.is_under_a_test(call) || project.takes_arguments(call) {
        return None;
    }
    let placement = project.placement(call);
    let evidence = &placement.evidence;
    // After a fork, and at the end of an event loop, connections must go. Tasks of a queue run long after the fork.
    let needed = |it: &Evidence| {
        let forked = it.world == World::Forked
            && (it.when != Multiplicity::PerTask
                || it.at.is_some_and(|at| project.takes_arguments(at)));
        forked || it.world == World::NewLoop || it.context.is_some()
    };
    if evidence.iter().any(needed) {
        return None;
    }
    let counts = |it: &&Evidence| {
        let often = matches!(
            it.when,
            Multiplicity::PerRequest | Multiplicity::AtRequestEnd | Multiplicity::PerTask
        );
        // A request that ends the program, or starts it anew, is not one of many.
        often
            && !project.is_one_under_a_test(&it.chain)
            && !it.chain.iter().any(|call| project.ends_the_program(*call))
    };
    evidence
        .iter()
        .filter(counts)
        .min_by_key(|it| it.chain.len())
        .cloned()
}

fn say(project: &Project<'_>, engine: &Pool, call: ExprRef, evidence: &Evidence) -> Finding {
    let task = evidence.when == Multiplicity::PerTask;
    let how = if task { "task" } else { "request" };
    let finding = Finding::new(
        NAME,
        project.place(call),
        format!("every {how} throws away the pool that all of them share: `{}` disposes of it", evidence.function),
    )
    .severity(Severity::Warning)
    .confidence(if task { Confidence::Medium } else { Confidence::High })
    .symbol(project.symbol_of(call))
    .help("Leave it out: closing the session gives its connection back. Dispose of the engine once, when the program ends.")
    .note("each next request connects anew, and what others hold is no longer counted: measured, 2 connections of a pool of 1")
    .related(project.place(engine.site), "the engine is made here")
    .related(evidence.place, engine_per_call::words(evidence));
    evidence.chain.iter().fold(finding, |finding, place| {
        finding.related(*place, "through this call")
    })
}
