//! `duplicate-engine`: two engines or pools for one database in one process.
//!
//! Looks at instances. Identity is symbolic: the same environment name, setting, constant or URL; two unknown databases
//! are never the same.

use super::null_pool::name_of;
use crate::catalog::{ContextKind, PathKind, Role};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::Pool;

const NAME: &str = "duplicate-engine";

/// Contexts whose engines are no part of the product's process.
pub(super) const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Migration,
    ContextKind::Script,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let groups = same_database(project);
    for pools in &groups {
        let mut told: Vec<&Pool> = Vec::new();
        for (number, pool) in pools.iter().enumerate() {
            // The other arm of an engine that was told of already.
            let arm = told.iter().any(|other| {
                other.symbol == pool.symbol
                    && other.place.file == pool.place.file
                    && !project.compatible(&other.conditions, &pool.conditions)
            });
            if arm {
                continue;
            }
            let Some(first) = pools[..number]
                .iter()
                .find(|first| clash(project, first, pool))
            else {
                continue;
            };
            told.push(pool);
            let pair = first.is_async != pool.is_async;
            let shown = &pool.database.shown;
            let mut finding = Finding::new(
                NAME,
                pool.place,
                format!("{} is another pool for `{shown}`: the process already has one", name_of(pool)),
            )
            .severity(if pair { Severity::Info } else { Severity::Warning })
            .confidence(Confidence::High)
            .symbol(pool.symbol.clone())
            .help(if pair {
                "Keep both only while sync and async code both need the database, and count their connections together."
            } else {
                "Make one engine in one module and import it from there."
            })
            .related(first.place, "the first one is made here")
            .fold_key(format!("{shown}:{pair}"));
            if let Some(sum) = sum(project, first, pool) {
                finding = finding.note(sum);
            }
            findings.push(finding);
        }
    }
    findings
}

/// The instances that stay or come back, grouped by database, in path order.
pub(super) fn same_database(project: &Project<'_>) -> Vec<Vec<Pool>> {
    let mut groups: Vec<Vec<Pool>> = Vec::new();
    for pool in project.instances() {
        let replica = |text: &str| {
            let words: Vec<String> = text
                .to_lowercase()
                .split(|letter: char| !letter.is_alphanumeric())
                .map(str::to_owned)
                .collect();
            project
                .catalog
                .contexts()
                .replica_words
                .iter()
                .any(|word| words.contains(word))
        };
        // Settings give each of their databases a name of its own, and a program has those of one module.
        if pool.described
            || pool.is_over_another()
            || pool.database.identity.is_none()
            || project
                .pool_contexts(pool)
                .iter()
                .any(|context| SILENT.contains(context))
            || project
                .file_contexts(pool.place.file)
                .iter()
                .any(|context| SILENT.contains(context))
            || replica(&pool.symbol)
            || replica(&pool.database.shown)
            || project.disposed_in_function(pool)
            || !project.is_reached(pool.site)
        {
            continue;
        }
        let scope = project.files.file(pool.place.file).scope;
        let same = groups.iter_mut().find(|group| {
            group[0].database.identity == pool.database.identity
                && project.files.file(group[0].place.file).scope == scope
        });
        match same {
            Some(group) => {
                if group.iter().all(|known| known.place != pool.place) {
                    group.push(pool.clone());
                }
            }
            None => groups.push(vec![pool.clone()]),
        }
    }
    groups
}

/// Whether two pools of one database can both live in one process, and are not apart on purpose.
fn clash(project: &Project<'_>, first: &Pool, second: &Pool) -> bool {
    project.compatible(&first.conditions, &second.conditions)
        && project.same_process(first, second)
        && !project.on_exclusive_ways(first, second)
        && !project.connected_differently(first, second)
        && !one_writes(project, first, second)
        && first.settings.contains_key(&Role::ExecutionOptions)
            == second.settings.contains_key(&Role::ExecutionOptions)
        && first.settings.contains_key(&Role::Isolation)
            == second.settings.contains_key(&Role::Isolation)
        && !project.only_from_scripts(first.site)
        && !project.only_from_scripts(second.site)
}

/// Whether one of two pools for a file has a single connection: one that writes, beside those that read.
pub(super) fn one_writes(project: &Project<'_>, first: &Pool, second: &Pool) -> bool {
    let of_a_file = |pool: &Pool| {
        let kind = project.path_kind(pool, &pool.conditions);
        matches!(kind, Some((PathKind::File, _)))
    };
    let alone = |pool: &Pool| {
        let most = project.most_connections(pool);
        most.is_some_and(|most| most.number == 1)
    };
    of_a_file(first) && of_a_file(second) && alone(first) != alone(second)
}

/// The connections of both, when they are known.
fn sum(project: &Project<'_>, first: &Pool, second: &Pool) -> Option<String> {
    let (a, b) = (
        project.most_connections(first)?,
        project.most_connections(second)?,
    );
    let together = a.number.checked_add(b.number)?;
    let mut words = format!(
        "together they may hold {} + {} = {together} connections",
        a.words, b.words,
    );
    let mut all = together;
    if let Some((processes, kinds)) = project.processes() {
        all = together.checked_mul(i64::try_from(processes).ok()?)?;
        words.push_str(&format!(
            "; in {processes} processes ({kinds}) up to {processes} × {together} = {all}"
        ));
    }
    let limits = [first, second].map(|pool| project.connection_limit(&pool.database));
    if let Some((name, limit)) = limits.into_iter().flatten().next() {
        let compared = match all > i64::from(limit) {
            true => "more than",
            false => "of",
        };
        words.push_str(&format!(", {compared} the {limit} that {name} takes"));
    }
    Some(words)
}
