//! `connect-under-pool-lock`: a hand-written pool that connects, or waits for a connection, while it holds a lock that
//! its other callers need.
//!
//! Looks at what is done under the locks of each pool; the database decides how long that takes.

use super::connection_leak::SILENT;
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::containers::Handmade;
use crate::project::locks::{Slow, UnderLock};

const NAME: &str = "connect-under-pool-lock";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let containers = project.containers();
    let mut findings = Vec::new();
    for pool in &containers.pools {
        for under in project.under_locks(pool) {
            let contexts = project.contexts(under.at);
            let quiet = contexts.iter().any(|context| SILENT.contains(context))
                || project.is_deliberate(under.at);
            if !quiet {
                findings.push(judge(project, pool, &under));
            }
        }
    }
    findings
}

fn judge(project: &Project<'_>, pool: &Handmade, under: &UnderLock) -> Finding {
    let lock = under.lock.name();
    let slot = pool.slot.name();
    let (message, severity, help, note) = match under.slow {
        Slow::Connect(site) => (
            format!(
                "a connection is opened while `{lock}` is held, which everybody needs who uses `{slot}`"
            ),
            if project.is_on_server(&project.sites()[site]).is_some() {
                Severity::Warning
            } else {
                Severity::Info
            },
            "Count the connection under the lock, open it after the lock is released, and count it down again when that fails.",
            if project.is_on_server(&project.sites()[site]).is_some() {
                "while the server is slow to answer, nobody can take or give back a connection, not even one that is idle"
            } else {
                "opening a file is quick; where it is not (a network drive), nobody can take or give back a connection meanwhile"
            },
        ),
        Slow::Wait => (
            format!("`{lock}` is held while waiting for a connection of `{slot}`"),
            if under.for_giving {
                Severity::Warning
            } else {
                Severity::Info
            },
            "Wait without the lock: the container has one of its own.",
            if under.for_giving {
                "measured: who wants to give one back waits for this lock, so the wait ends with its timeout, or never"
            } else {
                "the next caller waits for the lock first, and its timeout starts when this one ends"
            },
        ),
    };
    let mut finding = Finding::new(NAME, project.place(under.at), message)
        .severity(severity)
        .confidence(Confidence::High)
        .symbol(project.symbol_of(under.at))
        .help(help)
        .note(note)
        .fold_key(format!("{slot}:{:?}", project.place(under.at)));
    for (number, call) in under.chain.iter().enumerate() {
        let words = match (number + 1 == under.chain.len(), under.slow) {
            (false, _) => "handed on here",
            (true, Slow::Connect(_)) => "connects here",
            (true, Slow::Wait) => "waits here",
        };
        finding = finding.related(project.place(*call), words);
    }
    let taken = if under.for_giving {
        "giving back takes the lock"
    } else {
        "checkout takes the lock"
    };
    finding.related(project.place(under.other), taken)
}
