//! `pragma-on-pool`: a setting of one connection is made once on a pool.
//!
//! Looks at connections and sessions of a pool on which nothing but settings is run, and at pools that are asked to run
//! one themselves. A connection that is set and then used is nobody's business.

use super::null_pool::name_of;
use crate::catalog::{Behaviour, ContextKind, Role};
use crate::finding::{Finding, Severity};
use crate::project::pools::Pool;
use crate::project::statements::Statement;
use crate::project::{ExprRef, Project};
use std::collections::BTreeMap;

const NAME: &str = "pragma-on-pool";

const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
    ContextKind::Migration,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let statements = project.statements();
    let mut by_connection: BTreeMap<ExprRef, Vec<&Statement>> = BTreeMap::new();
    for statement in statements.iter() {
        by_connection
            .entry(statement.on)
            .or_default()
            .push(statement);
    }
    let judged = by_connection.into_iter().filter_map(|(on, run)| {
        let contexts = project.contexts(on);
        let silenced = SILENT.iter().any(|context| contexts.contains(context));
        (!silenced).then(|| judge(project, on, &run)).flatten()
    });
    judged.collect()
}

fn judge(project: &Project<'_>, on: ExprRef, run: &[&Statement]) -> Option<Finding> {
    let pool = project.pool_behind(on)?;
    // What the callers of a factory pass may say that there is one connection only.
    let mut reached = project.instances().iter();
    let single = reached.any(|each| each.site == pool.site && holds_one(project, each));
    if single || holds_one(project, &pool) || project.sets_up_connections(&pool) {
        return None;
    }
    let backends = pool.database.backends.iter();
    let dialects: Vec<&str> = backends
        .filter_map(|(it, _)| it.dialect.as_deref())
        .collect();
    let set = |it: &&Statement| project.sets_for_connection(&it.text, &dialects);
    let (first, name) = run.iter().find_map(|it| Some((*it, set(it)?)))?;
    if on != pool.site && !only_sets(project, on, run) {
        return None;
    }
    Some(say(project, &pool, first, name))
}

/// Whether a pool never has more than one connection.
fn holds_one(project: &Project<'_>, pool: &Pool) -> bool {
    let one = |role, most| {
        project
            .numbers(pool, role)
            .iter()
            .any(|number| number.winning() == Some(most))
    };
    let shared = pool
        .classes
        .iter()
        .any(|it| it.behaviour == Some(Behaviour::Static));
    shared || one(Role::Max, 1) || one(Role::Size, 1) && one(Role::Overflow, 0)
}

/// Whether nothing else is done with a connection than to run settings on it and give it back.
fn only_sets(project: &Project<'_>, on: ExprRef, run: &[&Statement]) -> bool {
    let uses = project.uses(on);
    let words = |text: &str| text.trim_start().to_lowercase();
    let all_set = run.iter().all(|it| {
        let text = words(&it.text);
        project
            .catalog
            .setting_words()
            .iter()
            .any(|word| text.starts_with(word.as_str()))
    });
    let Some(maker) = project.maker_of_site(on) else {
        return false;
    };
    let ends =
        |name: &str| maker.gives_back.iter().any(|it| it == name) || project.ends_transaction(name);
    // What gives the connection itself is no use of it.
    let methods = || {
        let all = uses.methods.iter();
        all.filter(|it| !project.gives_itself(it.at.file, &it.name))
    };
    let known = methods().all(|it| {
        let runs = maker.runs.iter().any(|name| **name == *it.name);
        runs || ends(&it.name)
    });
    let counted = methods().filter(|it| !ends(&it.name)).count();
    all_set && known && uses.escapes.is_empty() && counted == run.len()
}

fn say(project: &Project<'_>, pool: &Pool, statement: &Statement, name: &str) -> Finding {
    Finding::new(
        NAME,
        project.place(statement.at),
        format!("`{name}` reaches one connection of {}: the others keep the default", name_of(pool)),
    )
    .severity(Severity::Warning)
    .symbol(project.symbol_of(statement.at))
    .help("Run it for each new connection: in a listener for `connect`, in the driver's arguments, or in the pool's hook for new connections.")
    .note("measured on a pool of 5: 1 connection had the setting, 4 did not")
    .related(project.place(pool.site), "the pool is made here")
}
