//! `session-factory-per-call`: a session factory that is built again each time a function runs.

use super::engine_per_call::{SILENT, how_often, repeated, words};
use crate::catalog::{Kind, Role};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::Pool;

const NAME: &str = "session-factory-per-call";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .sites()
        .iter()
        .filter(|pool| pool.kind == Kind::SessionFactory && !pool.checkout)
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
    let evidence = repeated(project, &placement)?;
    let bind = pool
        .settings
        .get(&Role::Bind)
        .and_then(|given| given.first());
    // An engine that differs from call to call (one for each tenant) needs a factory that differs, too.
    if bind.is_some_and(|bind| project.differs_by_call(&bind.val))
        || project.bound_to_connection(pool)
    {
        return None;
    }
    let engine_too = bind.is_some_and(|bind| project.made_in(&bind.val, function));
    let mut finding = Finding::new(
        NAME,
        pool.place,
        format!("`{}` is built {} in `{}`", pool.maker_name(), how_often(evidence), project.qualified(function)),
    )
    .severity(if engine_too { Severity::Warning } else { Severity::Info })
    .confidence(Confidence::High)
    .symbol(pool.symbol.clone())
    .help("Make the factory once, beside the engine, and call it for each session.")
    .note("measured: 21 µs to build a factory and a session, 3 µs for the session alone; nothing leaks")
    .fold_key(pool.maker.to_string());
    for place in evidence.chain.iter().rev() {
        finding = finding.related(*place, "called here");
    }
    Some(finding.related(evidence.place, words(evidence)).chained())
}
