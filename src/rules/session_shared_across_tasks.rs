//! `session-shared-across-tasks`: one session or connection is used by several tasks at once.
//!
//! Looks at calls that start tasks, and at what the coroutines they are given use.

use crate::catalog::{ContextKind, Refused};
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::project::tasks::Shared;

const NAME: &str = "session-shared-across-tasks";

const SILENT: &[ContextKind] = &[
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .shared_by_tasks()
        .iter()
        .filter(|shared| {
            let contexts = project.file_contexts(shared.call.file);
            !SILENT.iter().any(|context| contexts.contains(context))
        })
        .filter_map(|shared| say(project, shared))
        .collect()
}

fn say(project: &Project<'_>, shared: &Shared) -> Option<Finding> {
    let maker = project.catalog.maker(&shared.maker)?;
    let raised = maker.raises.get(&Refused::Concurrent)?;
    let finding = Finding::new(
        NAME,
        project.place(shared.call),
        format!("`{}` is used by several tasks at once: it serves one at a time", shared.name),
    )
    .severity(Severity::Error)
    .symbol(project.symbol_of(shared.call))
    .help("Let each coroutine open its own from the factory or pool, or await them one after the other.")
    .note(format!("when two of them overlap, one raises \"{raised}\""));
    let uses = shared.uses.iter();
    Some(uses.fold(finding, |finding, at| {
        finding.related(*at, "a task that uses it")
    }))
}
