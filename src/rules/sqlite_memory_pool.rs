//! `sqlite-memory-pool`: a database in memory behind a pool of several connections, each of which has its own.
//!
//! Looks at the classes that the code names for databases that are in memory under the same conditions.

use super::null_pool::{conditions, name_of};
use crate::catalog::{Behaviour, ContextKind, PathKind, Role};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::{ClassChoice, Pool};

const NAME: &str = "sqlite-memory-pool";

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.contexts(pool.site);
        if contexts.iter().any(|context| SILENT.contains(context)) {
            continue;
        }
        let tested = contexts.contains(&ContextKind::Test);
        let mut named = pool.classes.iter().filter(|choice| choice.explicit);
        if let Some(finding) = named.find_map(|choice| judge(project, pool, choice, tested))
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

fn judge(
    project: &Project<'_>,
    pool: &Pool,
    choice: &ClassChoice,
    tested: bool,
) -> Option<Finding> {
    let (path, mut confidence) = project.path_kind(pool, &conditions(pool, choice))?;
    let class = Pool::class_name(choice);
    let what = match (path, choice.behaviour?) {
        (PathKind::Memory, Behaviour::Null) => "each checkout gets an empty one",
        (PathKind::Memory, Behaviour::Queue) => {
            "each further connection has an empty one of its own"
        }
        _ => return None,
    };
    // One connection at most is one database, in turns.
    let only = |role, most| {
        let mut numbers = project.numbers(pool, role).into_iter();
        numbers.any(|number| number.winning() == Some(most))
    };
    if only(Role::Size, 1) && only(Role::Overflow, 0) {
        return None;
    }
    // A function that opens connections may open something else.
    let by_function = pool.settings.contains_key(&Role::Creator);
    let given = choice
        .conditions
        .iter()
        .all(|each| pool.conditions.contains(each));
    if by_function || pool.open && !given {
        return None;
    }
    // A test that passes does not need what it loses.
    if tested {
        confidence = Confidence::Low;
    }
    let mut finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!("the database of {} in memory is not kept: behind `{class}` {what}", name_of(pool)),
    )
    .severity(Severity::Error)
    .confidence(confidence)
    .symbol(pool.symbol.clone())
    .help("In tests of one thread share one connection (StaticPool, check_same_thread=False); else use a file.")
    .note("a query on the next connection fails with \"no such table\"")
    .fold_key(format!("{}:{class}", pool.maker));
    if let Some(place) = choice.place {
        finding = finding.related(place, format!("`{class}` is set here"));
    }
    if let Some(place) = pool.database.place {
        finding = finding.related(place, "the database is named here");
    }
    Some(finding)
}
