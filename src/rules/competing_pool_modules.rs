//! `competing-pool-modules`: two modules of one program hand out connections to one database.
//!
//! Looks at pairs of modules: a pool and a helper that connects past it, or a pool somebody wrote beside another. Two
//! engines of a library are told by the rule on duplicates.

use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::providers::{Gives, Provider};

const NAME: &str = "competing-pool-modules";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let providers = project.providers();
    let mut findings: Vec<Finding> = Vec::new();
    for pool in providers.iter().filter(|it| it.gives == Gives::Pool) {
        let others: Vec<(&Provider, Confidence)> = providers
            .iter()
            .filter_map(|other| Some((other, compete(project, pool, other)?)))
            .collect();
        let told = |finding: &Finding| {
            finding.place.file == pool.file
                || finding.related.iter().any(|it| it.place.file == pool.file)
        };
        if !others.is_empty() && !findings.iter().any(told) {
            findings.push(say(project, pool, &others));
        }
    }
    findings
}

/// How sure it is that two modules hand out connections to one database in one program.
fn compete(project: &Project<'_>, pool: &Provider, other: &Provider) -> Option<Confidence> {
    let kinds = other.gives == Gives::Connections || pool.by_hand || other.by_hand;
    if pool.file == other.file
        || !kinds
        || project.files.file(pool.file).scope != project.files.file(other.file).scope
    {
        return None;
    }
    let sure = one_database(project, pool, other)?;
    // Asked last: who imports a module is the dearest question.
    if !project.is_given_to_others(pool)
        || !project.is_given_to_others(other)
        || !project.compatible(&pool.made.conditions, &other.made.conditions)
        || !project.same_process(&pool.made, &other.made)
        || project.connected_differently(&pool.made, &other.made)
        || project.are_alternatives(pool.file, other.file)
    {
        return None;
    }
    Some(sure)
}

/// How sure it is that two modules connect to one database.
fn one_database(project: &Project<'_>, pool: &Provider, other: &Provider) -> Option<Confidence> {
    match (&pool.made.database.identity, &other.made.database.identity) {
        (Some(one), Some(two)) => (one == two).then_some(Confidence::High),
        _ => (pool.by_hand
            && other.by_hand
            && pool.made.library == other.made.library
            && project.has_one_database(&pool.made))
        .then_some(Confidence::Medium),
    }
}

fn say(project: &Project<'_>, pool: &Provider, others: &[(&Provider, Confidence)]) -> Finding {
    let path = |provider: &Provider| project.files.file(provider.file).path.clone();
    let (first, _) = others[0];
    let second = match first.gives {
        Gives::Pool => "another pool",
        Gives::Connections => "connections past it",
    };
    let shown = match &pool.made.database.identity {
        Some(_) => format!("`{}`", pool.made.database.shown),
        None => "the one database of the program".to_owned(),
    };
    let sure = others.iter().map(|(_, sure)| *sure).max();
    let mut finding = Finding::new(
        NAME,
        project.first_line(pool.file),
        format!(
            "`{}` has a pool for {shown}, and `{}` hands out {second}",
            pool.name,
            path(first)
        ),
    )
    .severity(Severity::Warning)
    .confidence(sure.unwrap_or(Confidence::Medium))
    .symbol(pool.name.clone())
    .help("Let one module make the connections, and take them from it everywhere.")
    .note("the limit of one pool holds for its own callers only: whoever asks the other module opens connections beyond it")
    .related(pool.made.place, "the pool is made here")
    .fold_key(pool.made.database.shown.clone());
    for (other, _) in others {
        let words = match other.gives {
            Gives::Pool => "another pool is made here",
            Gives::Connections => "a connection past the pool is opened here",
        };
        finding = finding.related(other.made.place, words);
    }
    finding
}
