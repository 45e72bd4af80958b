//! `connection-shared-across-threads`: several threads run statements on one connection that serves one at a time.
//!
//! Speaks when the connection is kept, a place that uses it runs in several threads, and no lock is around any use.

use super::engine_per_call;
use crate::catalog::{ContextKind, Kind, Maker, Role};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::placement::{Evidence, Kept};
use crate::project::pools::Pool;
use crate::project::threads::in_threads;
use crate::project::values::Value;
use crate::project::{ExprRef, Project};

const NAME: &str = "connection-shared-across-threads";

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
        .filter(|pool| pool.kind == Kind::Connection && !pool.checkout)
        .filter_map(|pool| judge(project, pool))
        .collect()
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let maker = project.catalog.maker(&pool.maker)?;
    let own = maker.one_per_thread.as_deref()?;
    let contexts = project.pool_contexts(pool);
    let silenced = SILENT.iter().any(|context| contexts.contains(context));
    if silenced || !may_be_shared(maker, pool) || project.is_one_per_thread(pool.site) {
        return None;
    }
    let keeper = project.keeper_of(pool.site)?;
    if keeper.1 == Kept::No
        || project.placement(keeper.0).repeated().is_some()
        || project.is_slot(keeper.0)
    {
        return None;
    }
    let uses = project.uses(pool.site);
    let run: Vec<ExprRef> = uses
        .methods
        .iter()
        .filter(|it| it.certain && maker.runs.iter().any(|name| **name == *it.name))
        .map(|it| it.at)
        .collect();
    // A lock around one use tells of a lock around all of them.
    if run
        .iter()
        .any(|at| project.is_locked(*at) || project.is_called_locked(*at))
    {
        return None;
    }
    let (at, evidence) = run
        .iter()
        .find_map(|at| Some((*at, in_several(project, *at)?)))?;
    Some(say(project, pool, own, at, &evidence))
}

/// Whether the driver lets other threads use a connection: by itself, or as the code tells it to.
fn may_be_shared(maker: &Maker, pool: &Pool) -> bool {
    if !maker.parameters.contains_key(&Role::SameThread) {
        return true;
    }
    let given = pool.settings.get(&Role::SameThread);
    given.is_some_and(|given| {
        given
            .iter()
            .all(|it| matches!(it.val.value, Value::Bool(false)))
    })
}

/// What says that a place runs in several threads.
fn in_several(project: &Project<'_>, at: ExprRef) -> Option<Evidence> {
    let placement = project.placement(at);
    let handed = project.is_handed_to_threads(&placement);
    let mut evidence = placement.evidence.iter();
    evidence.find(|it| in_threads(it, handed)).cloned()
}

fn say(project: &Project<'_>, pool: &Pool, own: &str, at: ExprRef, evidence: &Evidence) -> Finding {
    let harm = match own {
        "" => {
            "measured with 6 threads: 797 commits returned and 794 rows were in the file; in another run 800"
        }
        _ => {
            "measured: 6 threads with 300 queries each got 441 of 1800 answers wrong, in another run 596, nearly all without an exception"
        }
    };
    let sure = evidence.threads || evidence.when == crate::catalog::Multiplicity::PerThread;
    let confidence = if sure {
        Confidence::High
    } else {
        Confidence::Medium
    };
    Finding::new(
        NAME,
        project.place(pool.site),
        format!("`{}` runs in several threads and uses one connection: threads get each other's results", evidence.function),
    )
    .severity(Severity::Error)
    .confidence(confidence)
    .symbol(pool.symbol.clone())
    .help(match own {
        "" => "Open a connection in each thread, or put one lock around each transaction.".to_owned(),
        own => format!("Give each thread a connection of its own with `.{own}()`, or put a lock around each query."),
    })
    .note(harm)
    .related(project.place(at), "it is used here")
    .related(evidence.place, engine_per_call::words(evidence))
}
