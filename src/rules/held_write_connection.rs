//! `held-write-connection`: a connection that may write to a file is kept open between operations.
//!
//! Speaks of makers that lock their file against other processes. What a `with` block opens, and what a `with` block's
//! object opens, is held for one operation.

use super::duckdb_mixed_config::SILENT;
use crate::catalog::{ContextKind, Refused};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::openings::Opening;
use crate::project::placement::Kept;
use crate::source::Place;
use std::collections::BTreeMap;

const NAME: &str = "held-write-connection";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let openings = project.openings();
    let mut kept: BTreeMap<_, Vec<&Opening>> = BTreeMap::new();
    for opening in openings.iter().filter(|opening| holds(project, opening)) {
        kept.entry(opening.at).or_default().push(opening);
    }
    let judged = kept.into_values().filter_map(|ways| {
        let sure = ways
            .iter()
            .filter_map(|way| project.is_on_file(&way.pool))
            .max()?;
        let found = others(project, &ways, &openings);
        Some(say(project, ways[0], sure, found))
    });
    judged.collect()
}

/// Whether an opening keeps the lock of a file after the operation that opens it.
fn holds(project: &Project<'_>, opening: &Opening) -> bool {
    let maker = project.catalog.maker(&opening.pool.maker);
    let locks = maker.is_some_and(|maker| maker.raises.contains_key(&Refused::Locked));
    let contexts = project.file_contexts(opening.at.file);
    let from = project.file_contexts(opening.from.file);
    let beside = |context: &ContextKind| contexts.contains(context) || from.contains(context);
    locks
        && opening.read_only == Some(false)
        && opening.kept != Kept::No
        && !SILENT.iter().any(beside)
        && !contexts.contains(&ContextKind::Script)
        && !project.is_slot(opening.at)
        && !project.is_kept_by_block(opening)
}

/// Something that opens the file in another process, with words for it.
fn others(project: &Project<'_>, ways: &[&Opening], all: &[Opening]) -> Option<(Place, String)> {
    if let Some(several) = project.in_several(ways[0].at.file) {
        let words = format!("{} processes are started here", several.number);
        return Some((several.place, words));
    }
    let identity = &ways[0].pool.database.identity;
    let same = |way: &&Opening| identity.is_some() && way.pool.database.identity == *identity;
    let mut own = std::collections::BTreeSet::new();
    for way in ways {
        own.extend(project.starts(way.from));
    }
    if own.is_empty() {
        return None;
    }
    let other = all.iter().filter(same).find(|other| {
        let starts = project.starts(other.from);
        !starts.is_empty() && starts != own && (own.len() > 1 || !starts.is_subset(&own))
    });
    let found = other.map(|other| {
        (
            project.place(other.from),
            "another process opens the file here".to_owned(),
        )
    });
    found.or_else(|| (own.len() > 1).then(|| project.start_place(own.last().copied()?))?)
}

fn say(
    project: &Project<'_>,
    opening: &Opening,
    sure: Confidence,
    others: Option<(Place, String)>,
) -> Finding {
    let pool = &opening.pool;
    let what = match pool.database.shown.as_str() {
        "" => "the file".to_owned(),
        shown => format!("`{shown}`"),
    };
    let holder = match opening.kept {
        Kept::Instance(class) => format!("an object of `{}`", project.class_name(class)),
        Kept::Process | Kept::No => "this module".to_owned(),
    };
    let confidence = match others {
        Some(_) => sure,
        None => sure.min(Confidence::Medium),
    };
    let finding = Finding::new(
        NAME,
        project.place(opening.at),
        format!("{holder} keeps {what} open for writing: no other process can open it meanwhile"),
    )
    .severity(Severity::Warning)
    .confidence(confidence)
    .symbol(project.symbol_of(opening.at))
    .help("Open it in a `with` block around each operation, or let one process own the file.")
    .note("measured: while it is open, another process fails to open the file even to read (IOException: Could not set lock on file)")
    .related(project.place(pool.site), "it is opened here");
    match others {
        Some((place, words)) => finding.related(place, words),
        None => finding,
    }
}
