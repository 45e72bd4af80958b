//! `duckdb-multiple-writers`: one file is opened for writing in more than one process.
//!
//! Looks at what starts the processes that reach an opening. Within one process connections share the database.

use super::duckdb_mixed_config::SILENT;
use crate::catalog::{ContextKind, Refused};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::openings::Opening;
use crate::project::placement::Kept;
use crate::project::programs::Start;
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "duckdb-multiple-writers";

/// An opening for writing, with what starts the processes that reach it.
type Writer<'o> = (&'o Opening, BTreeSet<Start>);

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let openings = project.openings();
    let mut files: BTreeMap<&str, Vec<&Opening>> = BTreeMap::new();
    for opening in openings.iter().filter(|opening| writes(project, opening)) {
        if let Some(identity) = opening.pool.database.identity.as_deref() {
            files.entry(identity).or_default().push(opening);
        }
    }
    files
        .into_values()
        .filter_map(|writers| judge(project, &writers))
        .collect()
}

fn writes(project: &Project<'_>, opening: &Opening) -> bool {
    let maker = project.catalog.maker(&opening.pool.maker);
    let locks = maker.is_some_and(|maker| maker.raises.contains_key(&Refused::Locked));
    let beside = [opening.at, opening.from, opening.pool.site]
        .into_iter()
        .any(|at| {
            let contexts = project.file_contexts(at.file);
            SILENT.iter().any(|context| contexts.contains(context))
                || contexts.contains(&ContextKind::Migration)
        });
    locks
        && !beside
        && opening.read_only == Some(false)
        && project
            .is_on_file(&opening.pool)
            .is_some_and(|sure| sure > Confidence::Low)
}

/// Judges the writers of one file.
fn judge(project: &Project<'_>, writers: &[&Opening]) -> Option<Finding> {
    let served = writers.iter().find_map(|writer| {
        let several = project.in_several(writer.from.file)?;
        (writer.kept != Kept::No || !project.placement(writer.from).evidence.is_empty())
            .then_some((*writer, several))
    });
    if let Some((writer, several)) = served {
        let words = format!("each of {} processes", several.number);
        let finding = say(project, writer, &words, Severity::Error);
        return Some(finding.related(several.place, "the processes are started here"));
    }
    let started: Vec<Writer<'_>> = writers
        .iter()
        .map(|writer| (*writer, project.starts(writer.from)))
        .collect();
    // A function that several worker processes run at once.
    for (writer, starts) in &started {
        let many = starts.iter().find_map(|start| match start {
            Start::Workers(at) if project.starts_many_processes(*at) => Some(*at),
            _ => None,
        });
        if let Some(at) = many {
            let finding = say(project, writer, "each worker process", Severity::Error);
            return Some(finding.related(project.place(at), "worker processes are started here"));
        }
    }
    let (first, second) = pair(&started)?;
    let workers = [first, second].into_iter().any(|(_, starts)| {
        starts
            .iter()
            .any(|start| matches!(start, Start::Workers(_) | Start::Tasks(_)))
    });
    let stays = [first, second]
        .into_iter()
        .any(|(opening, _)| opening.kept != Kept::No);
    let severity = match (workers, stays) {
        (true, true) => Severity::Error,
        (true, false) | (false, true) => Severity::Warning,
        (false, false) => Severity::Info,
    };
    let finding = say(project, second.0, "more than one process", severity)
        .confidence(if workers {
            Confidence::High
        } else {
            Confidence::Medium
        })
        .related(project.place(first.0.from), "and opened for writing here");
    let places = second
        .1
        .union(&first.1)
        .filter_map(|start| project.start_place(*start));
    Some(places.fold(finding, |finding, (place, words)| {
        finding.related(place, words)
    }))
}

/// Two writers that different processes reach: two openings, or one that two programs reach.
fn pair<'w, 'o>(started: &'w [Writer<'o>]) -> Option<(&'w Writer<'o>, &'w Writer<'o>)> {
    let known: Vec<_> = started
        .iter()
        .filter(|(_, starts)| !starts.is_empty())
        .collect();
    known.iter().enumerate().find_map(|(number, second)| {
        let first = known[..number].iter().find(|first| first.1 != second.1);
        match first {
            Some(first) => Some((*first, *second)),
            None => (second.1.len() > 1).then_some((*second, *second)),
        }
    })
}

fn say(project: &Project<'_>, writer: &Opening, who: &str, severity: Severity) -> Finding {
    let shown = match writer.pool.database.shown.as_str() {
        "" => "the file",
        shown => shown,
    };
    let maker = project.catalog.maker(&writer.pool.maker);
    let raised = maker.and_then(|maker| maker.raises.get(&Refused::Locked));
    Finding::new(
        NAME,
        project.place(writer.at),
        format!("{who} opens `{shown}` for writing: the file takes one at a time"),
    )
    .severity(severity)
    .symbol(project.symbol_of(writer.at))
    .help("Let one process write; open the file read-only in the others, and only while the writer has it closed.")
    .note(format!(
        "measured: the second process fails with \"{}\"; of 4 that open it briefly, 3 fail",
        raised.map_or("", String::as_str)
    ))
    .related(project.place(writer.pool.site), "it is opened here")
}
