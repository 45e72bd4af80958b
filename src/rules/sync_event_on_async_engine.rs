//! `sync-event-on-async-engine`: a listener of the sync world is hung on an object of the async world.
//!
//! Which calls refuse what is the catalog's to say. Speaks when everything that the argument may be is refused.

use crate::catalog::{ContextKind, Refusal};
use crate::edit::{Applicability, Fix};
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::project::refusals::Refusing;

const NAME: &str = "sync-event-on-async-engine";

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project
        .refusals()
        .iter()
        .filter(|found| {
            let contexts = project.file_contexts(found.call.file);
            !contexts.iter().any(|context| SILENT.contains(context))
        })
        .map(|found| say(project, found))
        .collect()
}

fn say(project: &Project<'_>, found: &Refusing<'_>) -> Finding {
    let refusal = found.refusal;
    let finding = Finding::new(
        NAME,
        project.place(found.call),
        format!(
            "`{}` raises `{}`: `{}` takes no listeners",
            last(&found.path),
            refusal.raises,
            last(&refusal.what)
        ),
    )
    .severity(Severity::Error)
    .symbol(project.symbol_of(found.call))
    .help(cure(refusal));
    // What callers pass, they may pass differently some day: the cure is for the reader to place.
    let attribute = refusal.attribute.as_deref();
    let attribute = attribute.filter(|_| refusal.repair && found.passed.is_none());
    let finding = match attribute.and_then(|name| Some((name, project.member_edit(found, name)?))) {
        Some((name, edit)) => finding.fix(Fix::new(
            format!("Listen to `.{name}`"),
            Applicability::Safe,
            vec![edit],
        )),
        None => finding,
    };
    let related = [(found.passed, "passed here"), (found.made, "made here")];
    related
        .into_iter()
        .filter_map(|(place, label)| Some((place?, label)))
        .fold(finding, |finding, (place, label)| {
            finding.related(place, label)
        })
}

fn cure(refusal: &Refusal) -> String {
    match &refusal.attribute {
        Some(name) => format!("Listen to its `.{name}`, which does the work."),
        None => refusal.instead.clone(),
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
