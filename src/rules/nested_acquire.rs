//! `nested-acquire`: a function takes a second connection of a pool while it holds the first one.
//!
//! Looks at what runs between a take and its end, also in functions that are called there. When every connection is held
//! by a caller that waits for its second one, nobody goes on.

use crate::catalog::{Behaviour, ContextKind, Multiplicity};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::nesting::Nested;
use crate::project::placement::Placement;
use crate::project::pools::Pool;

const NAME: &str = "nested-acquire";

/// Contexts that nobody here maintains, or in which a hang shows at once.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Migration,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .nested()
        .iter()
        .filter_map(|nested| judge(project, nested))
        .collect()
}

fn judge(project: &Project<'_>, nested: &Nested) -> Option<Finding> {
    let contexts = project.contexts(nested.at);
    if contexts.iter().any(|context| SILENT.contains(context))
        || project.is_deliberate(nested.at)
        || nested.pool.as_ref().is_some_and(|pool| !is_bounded(pool))
    {
        return None;
    }
    let most = nested
        .pool
        .as_ref()
        .and_then(|pool| project.most_connections(pool))
        .map(|it| it.number);
    if most.is_some_and(|most| most < 1) {
        return None;
    }
    let alone = most == Some(1);
    // One caller is enough to stop a pool of one; other pools need several at a time.
    let script = contexts.contains(&ContextKind::Script) || project.only_from_scripts(nested.at);
    if !alone && (script || runs_alone(&project.placement(nested.at))) {
        return None;
    }
    Some(say(project, nested, most))
}

/// Whether a pool has a limit at which it makes callers wait or fail.
fn is_bounded(pool: &Pool) -> bool {
    pool.classes.iter().all(|choice| {
        choice
            .behaviour
            .is_none_or(|behaviour| behaviour == Behaviour::Queue)
    })
}

/// Whether all that is known says that one caller comes at a time.
pub(super) fn runs_alone(placement: &Placement) -> bool {
    let many = placement.evidence.iter().any(|evidence| {
        evidence.many
            && matches!(
                evidence.when,
                Multiplicity::PerThread
                    | Multiplicity::PerTask
                    | Multiplicity::PerConnection
                    | Multiplicity::PerRequest
            )
    });
    let once = placement.at_import
        || placement.from_main
        || placement.made_once
        || !placement.evidence.is_empty();
    !many && once
}

fn say(project: &Project<'_>, nested: &Nested, most: Option<i64>) -> Finding {
    let name = match &nested.pool {
        Some(pool) => super::null_pool::name_of(pool),
        None => format!("`{}`", nested.shown),
    };
    let function = project
        .enclosing(nested.at)
        .map(|function| project.qualified(function))
        .unwrap_or_default();
    let (severity, confidence) = match most {
        Some(1) => (Severity::Error, Confidence::High),
        _ => (Severity::Warning, Confidence::Medium),
    };
    let mut finding = Finding::new(
        NAME,
        project.place(nested.at),
        format!("`{function}` takes a second connection of {name} while it holds one"),
    )
    .severity(severity)
    .confidence(confidence)
    .symbol(function)
    .help("Hand the connection on, or give it back before the next one is taken.")
    .note(harm(project, nested, most))
    .related(project.place(nested.held.at), "held since here")
    .fold_key(match &nested.pool {
        Some(pool) => format!("{:?}", pool.place),
        None => format!("{:?} {}", nested.at.file, nested.shown),
    });
    for (number, call) in nested.chain.iter().enumerate() {
        let words = if number + 1 == nested.chain.len() {
            "the second one is taken here"
        } else {
            "on the way there"
        };
        finding = finding.related(project.place(*call), words);
    }
    match &nested.pool {
        Some(pool) => finding.related(pool.place, "the pool is made here"),
        None => finding,
    }
}

/// What happens, which depends on whether an empty pool makes callers wait.
fn harm(project: &Project<'_>, nested: &Nested, most: Option<i64>) -> String {
    let maker = project.catalog.maker(&nested.maker);
    let fails = maker.is_some_and(|maker| maker.when_empty.as_deref() == Some("raise"));
    let many = most.map_or_else(
        || "as many callers at a time as the pool has connections".to_owned(),
        |most| format!("{most} callers at a time that hold one each"),
    );
    match (most, fails) {
        (Some(1), true) => "the pool holds 1 connection: the first call already fails".to_owned(),
        (Some(1), false) => {
            "the pool holds 1 connection: the first call already waits for itself".to_owned()
        }
        (_, true) => format!("{many} all fail: the pool does not wait"),
        (_, false) => format!("{many} wait for each other, until a timeout or for ever"),
    }
}
