//! `connection-task-not-spawned`: a client whose connection nobody runs, so that its queries never get an answer.
//!
//! Looks at each call that gives a client beside the part that talks to the server for it.

use crate::catalog::ContextKind;
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::project::driven::Undriven;
use crate::project::pools::Pool;

const NAME: &str = "connection-task-not-spawned";

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .sites()
        .iter()
        .filter_map(|pool| judge(project, pool))
        .collect()
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let part = project.catalog.maker(&pool.maker)?.driven_by?;
    let lost = project.undriven(pool.site, part)?;
    let contexts = project.contexts(pool.site);
    if contexts.iter().any(|context| SILENT.contains(context)) {
        return None;
    }
    let (fact, harm) = match &lost {
        Undriven::Dropped => (
            "is dropped at once".to_owned(),
            "the first query fails with \"connection closed\"",
        ),
        Undriven::Ended(_) => (
            "is dropped".to_owned(),
            "the next query fails with \"connection closed\"",
        ),
        Undriven::Unused(name, _) => (
            format!("(`{name}`) is never run"),
            "the first query waits for ever",
        ),
    };
    let found = Finding::new(
        NAME,
        pool.place,
        format!(
            "`{}` gives a client and its connection, which {fact}: {harm}",
            pool.maker_name()
        ),
    )
    .severity(Severity::Error)
    .symbol(pool.symbol.clone())
    .help("Give the connection a task of its own before the first query: spawn a task that awaits it.")
    .note("the connection reads and writes for the client, so that a client without it can do nothing");
    Some(match lost {
        Undriven::Unused(_, place) => found.related(place, "this is what has to be run"),
        Undriven::Ended(place) => found.related(place, "it ends here"),
        Undriven::Dropped => found,
    })
}
