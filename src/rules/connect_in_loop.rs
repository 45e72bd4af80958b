//! `connect-in-loop`: a connection to one database that each turn of a loop opens and closes again.
//!
//! Looks at what functions take without a pool, and at the loops around them and around their callers.

use super::connection_leak::SILENT;
use crate::catalog::{DialectKind, Kind, PathKind};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::databases::Backend;
use crate::project::names::Turn;
use crate::project::pools::Pool;
use crate::project::turns::Repeated;
use crate::source::FileId;
use std::collections::BTreeMap;

const NAME: &str = "connect-in-loop";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut loops: BTreeMap<(FileId, u32), Vec<(Repeated, usize)>> = BTreeMap::new();
    for taken in project.all_taken().iter() {
        let pool = &project.sites()[taken.site];
        let silent = taken.thing.pooled
            || taken.thing.home.is_some()
            || weight(project, pool).is_none()
            || project
                .contexts(taken.at)
                .iter()
                .any(|each| SILENT.contains(each))
            || project.is_deliberate(taken.at);
        if silent {
            continue;
        }
        let ways = project.ways_of(taken);
        for found in project.repeated_by_loops(taken, ways.as_deref()) {
            if !project.is_deliberate(found.call) {
                let key = (found.call.file, start(project, &found));
                loops.entry(key).or_default().push((found, taken.site));
            }
        }
    }
    loops
        .into_values()
        .map(|mut found| {
            found.sort_by_key(|(each, site)| (each.call, *site));
            judge(project, &found)
        })
        .collect()
}

/// Where the loop stands: one finding each.
fn start(project: &Project<'_>, found: &Repeated) -> u32 {
    match found.turn {
        Turn::Statement(_) => found.head.span.start,
        Turn::Comprehension(expr) => {
            let file = found.call.file;
            project.span(crate::project::ExprRef { file, expr }).start
        }
    }
}

/// What opening one weighs: a connection to a server takes a round of its own; a file is merely opened, wherever it is;
/// one that is made of a pool or in memory is none.
pub(super) fn weight(project: &Project<'_>, pool: &Pool) -> Option<Severity> {
    let backends = || pool.database.backends.iter().map(|(backend, _)| backend);
    let in_memory = |backend: &Backend| {
        use PathKind::{Memory, SharedMemory, SharedUnnamed};
        matches!(backend.path, Some(Memory | SharedMemory | SharedUnnamed))
    };
    if pool.kind != Kind::Connection || pool.checkout || backends().any(in_memory) {
        return None;
    }
    let is_file = |backend: &Backend| match backend.path {
        Some(path) => path == PathKind::File,
        None => {
            let dialect = backend.dialect.as_deref();
            let known = dialect.and_then(|name| project.catalog.dialect_named(name));
            known.is_some_and(|dialect| dialect.kind == DialectKind::File)
        }
    };
    Some(if backends().any(is_file) {
        Severity::Info
    } else {
        Severity::Warning
    })
}

fn judge(project: &Project<'_>, all: &[(Repeated, usize)]) -> Finding {
    let (found, site) = &all[0];
    let pool = &project.sites()[*site];
    let severity = all
        .iter()
        .filter_map(|(_, site)| weight(project, &project.sites()[*site]))
        .max()
        .unwrap_or(Severity::Warning);
    let confidence = if found.waits {
        Confidence::Low
    } else if found.sometimes {
        Confidence::Medium
    } else {
        Confidence::High
    };
    let maker = pool.maker_name();
    let message = if found.chain.is_empty() {
        format!("`{maker}` opens a connection on each turn of this loop, to the same database")
    } else {
        "each turn of this loop opens a connection to the same database and closes it again"
            .to_owned()
    };
    let mut finding = Finding::new(NAME, project.place(found.call), message)
        .severity(severity)
        .confidence(confidence)
        .symbol(project.symbol_of(found.call))
        .help("Open the connection once, before the loop, and hand it to what needs it; or take it from a pool.")
        .note(if severity == Severity::Info {
            "measured with a file of 20 tables: short queries take 10 times as long with a connection each, as each reads the schema again"
        } else {
            "each turn pays for the handshake and for a new process or thread on the server; one server crashed after 100 to 150 such turns"
        })
        .fold_key(format!("{}:{:?}", pool.maker, found.chain.last().map(|_| pool.place)));
    let last = found.chain.len();
    for (number, call) in found.chain.iter().enumerate() {
        let words = if number + 1 == last {
            "opened here"
        } else {
            "called here"
        };
        finding = finding.related(project.place(*call), words);
    }
    finding = finding.related(found.head, "this loop repeats it");
    for (other, _) in all.iter().skip(1).take(8) {
        finding = finding.related(project.place(other.call), "and this call in it");
    }
    finding
}
