//! `engine-per-call`: an engine or pool that is built again each time a function runs.
//!
//! Needs evidence of repetition at the call sites; a factory that is called once is fine wherever it stands.

use super::null_pool::name_of;
use crate::catalog::{Behaviour, ContextKind, Multiplicity, PathKind};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::placement::{Evidence, Placement};
use crate::project::pools::Pool;

const NAME: &str = "engine-per-call";

pub(super) const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Migration,
    ContextKind::Script,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .sites()
        .iter()
        .filter(|pool| pool.owns_connections() && !pool.is_over_another())
        .filter_map(|pool| judge(project, pool))
        .collect()
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    if project
        .pool_contexts(pool)
        .iter()
        .any(|context| SILENT.contains(context))
    {
        return None;
    }
    let function = project.enclosing(pool.site)?;
    let placement = project.placement(pool.site);
    let disposed = project.disposed_in_function(pool);
    let name = project.qualified(function);
    let finding = |message: String, severity: Severity, confidence: Confidence| {
        Finding::new(NAME, pool.place, message)
            .severity(severity)
            .confidence(confidence)
            .symbol(pool.symbol.clone())
            .help("Build it once per process, at module level or behind a guard, and let every call use that one.")
    };
    if let Some(evidence) = repeated(project, &placement) {
        let disposed = disposed || project.disposed_by_block(pool, &evidence.chain);
        // A task that builds its own engine after the fork and takes it away again is right to do so.
        if disposed && evidence.when == Multiplicity::PerTask {
            return None;
        }
        // What the callers pass may tell which database it is.
        let reached = project
            .instances()
            .iter()
            .filter(|instance| instance.site == pool.site);
        let server = reached.chain([pool]).any(|pool| {
            project
                .path_kind(pool, &pool.conditions)
                .is_some_and(|(path, _)| path == PathKind::Server)
        });
        // A class that keeps nothing leaves nothing behind, either.
        let harmless = disposed
            || pool
                .classes
                .iter()
                .any(|choice| choice.explicit && choice.behaviour == Some(Behaviour::Null));
        let severity = match (harmless, server) {
            (true, _) => Severity::Info,
            (false, true) => Severity::Error,
            (false, false) => Severity::Warning,
        };
        let message = format!(
            "`{}` runs {} in `{name}`",
            pool.maker_name(),
            how_often(evidence)
        );
        let mut found = finding(message, severity, Confidence::High).note(if harmless {
            "it is disposed of each time, so nothing leaks, but every call pays for connecting anew (measured: 10.6 ms instead of 0.2 ms)"
        } else {
            "each call gets a pool of its own: a server with 30 connections was full after 30 calls whose engines were kept"
        });
        let limit = project.connection_limit(&pool.database);
        if let Some((name, limit)) = limit.filter(|_| !harmless) {
            found = found.note(format!(
                "{name} takes {limit} connections: as many calls whose engines are kept use them up"
            ));
        }
        for place in evidence.chain.iter().rev() {
            found = found.related(*place, "called here");
        }
        return Some(found.related(evidence.place, words(evidence)).chained());
    }
    if disposed || placement.made_once || project.only_from_scripts(pool.site) {
        return None;
    }
    let users = project.users_elsewhere(function, pool.site);
    if !users.is_empty() && project.hands_out_session(function, pool) {
        let mut found = finding(
            format!("`{name}` hands out a session or connection of an engine that it builds on each call"),
            Severity::Warning,
            Confidence::Medium,
        )
        .note("each call gets a pool of its own, and nothing closes it");
        for place in users.iter().take(5) {
            found = found.related(*place, "called here");
        }
        return Some(found);
    }
    let modules = project.most_in_one_program(users.iter().map(|place| place.file));
    // Where all ways are known to run once, nobody makes many.
    let once = !placement.evidence.is_empty() && placement.roots.is_empty();
    // What constructs an object that keeps the engine is judged by how often it runs alone.
    if modules >= 3
        && !once
        && project.returns_made(function, pool.site)
        && !project.constructs(function)
        && !each_its_own(project, pool)
        && !project.exclude_each_other(&project.callers(function))
    {
        let mut found = finding(
            format!(
                "`{name}` returns a new engine on each call and {modules} modules call it: {}",
                name_of(pool)
            ),
            Severity::Info,
            Confidence::Medium,
        );
        for place in users.iter().take(5) {
            found = found.related(*place, "called here");
        }
        return Some(found);
    }
    None
}

/// Whether the callers say which database it is, and no two of them are known to say the same.
fn each_its_own(project: &Project<'_>, pool: &Pool) -> bool {
    let made = project.instances().iter();
    let made = made.filter(|instance| instance.site == pool.site);
    let mut seen = std::collections::BTreeSet::new();
    let mut known = made.filter_map(|instance| instance.database.identity.as_ref());
    // A name for the whole type of what they hand over tells none of them apart.
    project.depends_on_caller(pool.site)
        && (pool.database.identity.is_some() || known.all(|identity| seen.insert(identity)))
}

/// The strongest evidence that the place runs many times, scripts and tests aside.
pub(super) fn repeated<'a>(
    project: &Project<'_>,
    placement: &'a Placement,
) -> Option<&'a Evidence> {
    let evidence = placement.repeated()?;
    let silenced = evidence
        .context
        .is_some_and(|context| SILENT.contains(&context))
        || project
            .file_contexts(evidence.place.file)
            .iter()
            .any(|context| SILENT.contains(context));
    if !silenced {
        return Some(evidence);
    }
    placement.evidence.iter().find(|evidence| {
        evidence.when >= Multiplicity::PerThread
            && evidence.many
            && evidence.when != Multiplicity::PerTest
            && !evidence
                .context
                .is_some_and(|context| SILENT.contains(&context))
            && !project
                .file_contexts(evidence.place.file)
                .iter()
                .any(|context| SILENT.contains(context))
    })
}

pub(super) fn how_often(evidence: &Evidence) -> &'static str {
    match evidence.when {
        Multiplicity::PerRequest | Multiplicity::AtRequestEnd => "on every request",
        Multiplicity::PerTask => "for every task",
        Multiplicity::PerThread => "in every thread",
        Multiplicity::PerTurn => "on every turn of a loop",
        Multiplicity::PerConnection => "for every connection",
        _ => "again and again",
    }
}

pub(super) fn words(evidence: &Evidence) -> String {
    if evidence.function.is_empty() {
        return "this loop repeats it".to_owned();
    }
    match evidence.when {
        Multiplicity::PerTask => format!("`{}` is a task", evidence.function),
        Multiplicity::PerThread => format!("`{}` runs in threads", evidence.function),
        _ => format!("`{}` handles requests", evidence.function),
    }
}
