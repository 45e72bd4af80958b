//! `unbounded-pool`: a pool that is told to open as many connections as anybody asks for.
//!
//! Looks at the numbers that mean "no limit" to the library, on each creation site.

use super::null_pool::name_of;
use crate::catalog::{Behaviour, ByVersion, ContextKind, Maker, Role, Scalar};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::numbers::Number;
use crate::project::pools::Pool;

const NAME: &str = "unbounded-pool";

/// Contexts in which nobody else waits for a connection.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Migration,
    ContextKind::Script,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.contexts(pool.site);
        let quiet = contexts.iter().any(|context| SILENT.contains(context))
            || project.behind_pooler(pool)
            || project.is_deliberate(pool.site)
            || project.only_from_scripts(pool.site);
        if let Some(maker) = project.catalog.maker(&pool.maker)
            && !quiet
            && let Some(finding) = judge(project, pool, maker)
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

fn judge(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    // A class that has no size knows no limit to take away; what it refuses is another rule's business.
    let queues = pool
        .classes
        .iter()
        .all(|choice| choice.behaviour.is_none_or(|it| it == Behaviour::Queue));
    let (keyword, number) = [Role::Max, Role::Overflow, Role::Size]
        .into_iter()
        .find_map(|role| {
            let param = maker.parameters.get(&role)?;
            let (versions, _) = project.versions(pool.site.file, &pool.library);
            let unlimited = match param.unlimited.as_ref()?.fact(&versions)? {
                Scalar::Int(unlimited) => *unlimited,
                _ => return None,
            };
            let means = |number: &Number| {
                let value = number.winning();
                value == Some(unlimited) || unlimited < 0 && value.is_some_and(|value| value < 0)
            };
            let number = project.numbers(pool, role).into_iter().find(means)?;
            Some((param.keyword.clone()?, number))
        })?;
    if !queues
        || matches!(
            maker.parameters.get(&Role::Max).map(|it| &it.default),
            Some(Some(ByVersion::Ranges(_)))
        )
    {
        return None;
    }
    let value = number.winning()?;
    let plain = number.literal.is_some();
    let mut finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!(
            "{} has no limit: `{keyword}` {value} lets every caller open one more connection",
            name_of(pool)
        ),
    )
    .severity(Severity::Warning)
    .confidence(if plain {
        Confidence::High
    } else {
        Confidence::Medium
    })
    .symbol(pool.symbol.clone())
    .help(format!(
        "Give `{keyword}` the number of connections that the server can spare for this process."
    ))
    .note(
        "a burst of requests then reaches the server's own limit, which every other program shares",
    )
    .related(number.place, "set here")
    .fold_key(format!("{}:{keyword}", pool.maker));
    if let Some(env) = &number.env {
        finding = finding.note(format!("with what is known of `{env}`"));
    }
    let by_version = maker
        .parameters
        .values()
        .filter(|param| param.keyword.as_ref() == Some(&keyword))
        .any(|param| matches!(param.unlimited, Some(ByVersion::Ranges(_))));
    if by_version {
        finding = finding.note(project.version_note(pool.site.file, &pool.library));
    }
    Some(finding)
}
