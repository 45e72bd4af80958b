//! `pool-closed-while-shared`: one request closes a pool that all of them use, for good.
//!
//! Looks at the calls that close a pool which cannot be used afterwards, made elsewhere or handed in, and at how often they
//! run.

use super::dispose_per_request::{closed_for_good, often_enough};
use super::engine_per_call::{self, SILENT};
use crate::catalog::ActionKind;
use crate::finding::{Confidence, Finding, Severity};
use crate::project::placement::Evidence;
use crate::project::values::{Val, Value};
use crate::project::{ExprRef, Project};

const NAME: &str = "pool-closed-while-shared";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (call, does, object) in &project.call_graph().actions {
        let contexts = project.contexts(*call);
        if *does != ActionKind::Dispose
            || contexts.iter().any(|context| SILENT.contains(context))
            || !closed_for_good(project, object)
            || is_own(project, *call, object)
        {
            continue;
        }
        if let Some(evidence) = often_enough(project, *call)
            && !project.shuts_down(&evidence)
        {
            findings.push(say(project, *call, object, &evidence));
        }
    }
    findings
}

/// Whether the pool is of the request that closes it: made where it is closed, or as often.
fn is_own(project: &Project<'_>, call: ExprRef, object: &Val) -> bool {
    object.alternatives().iter().any(|(val, _)| {
        let Value::Object(object) = &val.value else {
            return false;
        };
        object.made.as_ref().is_some_and(|(_, made)| {
            project.enclosing(made.call) == project.enclosing(call)
                || project.placement(made.call).repeated().is_some()
        })
    })
}

fn say(project: &Project<'_>, call: ExprRef, object: &Val, evidence: &Evidence) -> Finding {
    let mut found = Finding::new(
        NAME,
        project.place(call),
        format!(
            "`{}` closes the pool that every other request uses, and it stays closed",
            evidence.function
        ),
    )
    .severity(Severity::Warning)
    .confidence(Confidence::Medium)
    .symbol(project.symbol_of(call))
    .help("Leave it out: a connection goes back when it is dropped. Close the pool once, after the server has stopped.")
    .note("a clone is the same pool, so the next checkout of every one of them fails (measured)");
    for (val, _) in object.alternatives() {
        if let Value::Object(object) = &val.value
            && let Some((_, made)) = &object.made
        {
            found = found.related(project.place(made.call), "the pool is made here");
        }
    }
    found = found.related(evidence.place, engine_per_call::words(evidence));
    evidence.chain.iter().fold(found, |found, place| {
        found.related(*place, "through this call")
    })
}
