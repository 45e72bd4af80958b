//! `static-pool-shared`: one connection for every thread and session, on data that outlives it.

use super::null_pool::{self, conditions, fix, is_named, name_of, repair};
use crate::catalog::{Asked, Behaviour, ContextKind, PathKind};
use crate::edit::Applicability;
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::{ClassChoice, Pool};

const NAME: &str = "static-pool-shared";

const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
    ContextKind::Migration,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        for choice in pool
            .classes
            .iter()
            .filter(|choice| is_named(choice, Behaviour::Static))
        {
            if let Some(finding) = judge(project, pool, choice)
                && findings.iter().all(|known| known.place != finding.place)
            {
                findings.push(finding);
            }
        }
    }
    findings
}

/// Whether one connection for everything is right here, or nobody's business.
fn is_right(project: &Project<'_>, pool: &Pool, choice: &ClassChoice) -> bool {
    project
        .pool_contexts(pool)
        .iter()
        .any(|context| SILENT.contains(context))
        || project.chosen_by_switch(&choice.conditions)
        || project.chosen_by_switch(&pool.conditions)
}

fn judge(project: &Project<'_>, pool: &Pool, choice: &ClassChoice) -> Option<Finding> {
    if is_right(project, pool, choice) {
        return None;
    }
    let conditions = conditions(pool, choice);
    let (path, confidence) = project.path_kind(pool, &conditions)?;
    let on = match path {
        PathKind::File => "a file database",
        PathKind::Server => "a server database",
        PathKind::Memory | PathKind::SharedMemory | PathKind::SharedUnnamed => return None,
    };
    let class = Pool::class_name(choice);
    let mut finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!("every thread and session of {} shares one connection: `{class}` on {on}", name_of(pool)),
    )
    .severity(Severity::Error)
    .confidence(confidence.max(Confidence::Medium))
    .symbol(pool.symbol.clone())
    .help("Drop the class; the default pool gives each session a connection of its own. Keep it for in-memory databases in tests.")
    .note("one session's rollback takes back what another has committed, and two threads in it at once can crash the interpreter (measured: 9 of 10 runs with four threads)")
    .fold_key(pool.maker.to_string());
    if let Some(place) = choice.place {
        finding = finding.related(place, format!("`{class}` is set here"));
    }
    if let Some(place) = pool
        .database
        .backends
        .iter()
        .find_map(|(backend, _)| backend.said)
    {
        finding = finding.related(place, "the database is named here");
    }
    Some(repaired(finding, project, pool, choice))
}

/// The finding with its repair, where there is one.
fn repaired(finding: Finding, project: &Project<'_>, pool: &Pool, choice: &ClassChoice) -> Finding {
    let is_wrong = |pool: &Pool, choice: &ClassChoice| !is_right(project, pool, choice);
    let Some(repair) = repair(project, pool, choice, Asked::Auto, &is_wrong) else {
        return finding;
    };
    let class = Pool::class_name(choice);
    if null_pool::asked(project) == Asked::StaticPool {
        // What one fix was asked to write, another must not take away.
        return finding
            .note(
                "the fix is only shown: the option `replacement` of null-pool asks for this class",
            )
            .fix(fix(class, repair, Applicability::Display));
    }
    finding.fix(fix(class, repair, Applicability::Unsafe))
}
