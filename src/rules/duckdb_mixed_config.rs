//! `duckdb-mixed-config`: one process opens one file read-only and read-write, or with other settings.
//!
//! Looks at pairs of openings whose makers say in which roles they must agree. Openings that do not last only clash when
//! they overlap: one inside the other, or in threads.

use crate::catalog::{ContextKind, Refused, Role};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::openings::Opening;
use crate::project::placement::Kept;
use crate::project::threads::in_threads;
use crate::project::values::Value;

const NAME: &str = "duckdb-mixed-config";

/// What is no part of the product.
pub(super) const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

/// How two openings of one file meet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Meeting {
    /// Only when something runs them at the same time, and nothing is known to.
    Perhaps,
    /// In threads that run both.
    Threads,
    /// An object keeps one open, and nothing closes it before the other.
    Likely,
    /// One is open while the other is opened.
    Surely,
}

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let openings = project.openings();
    let mut findings: Vec<Finding> = Vec::new();
    for (number, second) in openings.iter().enumerate() {
        let worst = openings[..number]
            .iter()
            .filter_map(|first| Some((differ(project, first, second)?, first)))
            .filter_map(|(role, first)| Some((meet(project, first, second)?, role, first)))
            .max_by_key(|(meeting, _, first)| (*meeting, std::cmp::Reverse(first.at)));
        if let Some((meeting, role, first)) = worst {
            let finding = say(project, first, second, role, meeting);
            if findings.iter().all(|known| known.place != finding.place) {
                findings.push(finding);
            }
        }
    }
    findings
}

/// The role in which two openings of one file differ that must agree.
fn differ(project: &Project<'_>, first: &Opening, second: &Opening) -> Option<Role> {
    let (a, b) = (&first.pool, &second.pool);
    let same = a.database.identity.is_some() && a.database.identity == b.database.identity;
    let silenced = [first, second].into_iter().any(|opening| {
        [opening.at, opening.pool.site, opening.from]
            .into_iter()
            .any(|at| {
                let contexts = project.file_contexts(at.file);
                SILENT.iter().any(|context| contexts.contains(context))
            })
    });
    if !same || silenced || first.at == second.at && first.from == second.from {
        return None;
    }
    let apart = |role: &Role| match role {
        Role::ReadOnly => {
            matches!((first.read_only, second.read_only), (Some(a), Some(b)) if a != b)
        }
        role => {
            matches!((entries(first, *role), entries(second, *role)), (Some(a), Some(b)) if a != b)
        }
    };
    project
        .catalog
        .maker(&a.maker)?
        .agrees
        .iter()
        .copied()
        .find(apart)
}

/// The entries of a dictionary of settings; nothing when not all of it is known.
fn entries(opening: &Opening, role: Role) -> Option<Vec<(String, String)>> {
    let Some(given) = opening.pool.settings.get(&role) else {
        return (!opening.pool.open).then(Vec::new);
    };
    let [only] = given.as_slice() else {
        return None;
    };
    let dict = match &only.val.value {
        Value::Dict(dict) if !dict.open => dict,
        Value::None => return Some(Vec::new()),
        _ => return None,
    };
    let known = |value: &Value| match value {
        Value::Str(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    };
    let entries = dict.entries.iter().map(|entry| {
        let text = known(&entry.val.value).filter(|_| entry.conditions.is_empty());
        Some((entry.key.to_string(), text?))
    });
    let mut entries: Vec<_> = entries.collect::<Option<_>>()?;
    entries.sort();
    Some(entries)
}

/// How two openings meet in one process; nothing when they do not.
fn meet(project: &Project<'_>, first: &Opening, second: &Opening) -> Option<Meeting> {
    let (a, b) = (project.starts(first.from), project.starts(second.from));
    let apart = !a.is_empty() && !b.is_empty() && a.is_disjoint(&b);
    let arms = !project.compatible(&first.pool.conditions, &second.pool.conditions);
    if apart || arms || !project.same_process(&first.pool, &second.pool) {
        return None;
    }
    // Who gives the memory a path gives it no file.
    project.is_on_file(&first.pool)?;
    if project.is_open_during(first, second) || project.is_open_during(second, first) {
        return Some(Meeting::Surely);
    }
    let kept = [first, second].map(|opening| match project.is_kept_by_block(opening) {
        true => Kept::No,
        false => opening.kept,
    });
    if kept != [Kept::No, Kept::No] {
        let meeting = match kept.contains(&Kept::Process) {
            true => Meeting::Surely,
            false => Meeting::Likely,
        };
        return (!project.is_closed_between(first, second)).then_some(meeting);
    }
    let threads = [first, second].map(|opening| {
        let placement = project.placement(opening.at);
        placement.evidence.iter().any(|it| in_threads(it, false))
    });
    if threads.contains(&true) {
        return Some(Meeting::Threads);
    }
    let scripts = [first, second].map(|opening| project.only_from_scripts(opening.at));
    (!scripts.contains(&true)).then_some(Meeting::Perhaps)
}

fn say(
    project: &Project<'_>,
    first: &Opening,
    second: &Opening,
    role: Role,
    meeting: Meeting,
) -> Finding {
    let maker = project.catalog.maker(&second.pool.maker);
    let raised = maker.and_then(|maker| maker.raises.get(&Refused::Mixed));
    let raised = raised.map_or("an error", String::as_str);
    let mode = |opening: &Opening| match (role, opening.read_only) {
        (Role::ReadOnly, Some(true)) => "read-only",
        (Role::ReadOnly, _) => "read-write",
        _ => "with other settings",
    };
    let shown = &second.pool.database.shown;
    let (here, there) = (mode(second), mode(first));
    let (severity, confidence, when) = match meeting {
        Meeting::Surely => (
            Severity::Error,
            Confidence::High,
            "the second of them raises",
        ),
        Meeting::Likely => (
            Severity::Error,
            Confidence::Medium,
            "the second of them raises",
        ),
        Meeting::Threads => (
            Severity::Error,
            Confidence::Medium,
            "in two threads at once the second raises",
        ),
        Meeting::Perhaps => (
            Severity::Info,
            Confidence::Medium,
            "if they ever overlap, the second raises",
        ),
    };
    let sure = project.is_on_file(&second.pool).unwrap_or(Confidence::Low);
    Finding::new(
        NAME,
        project.place(second.at),
        format!("`{shown}` is opened {here} here and {there} elsewhere in this process: {when}"),
    )
    .severity(severity)
    .confidence(confidence.min(sure.max(Confidence::Medium)))
    .symbol(project.symbol_of(second.at))
    .help("Open it in one way in this process: read-write, and share that connection. Read-only is for other processes.")
    .note(format!("measured in both orders: {raised}"))
    .related(project.place(first.at), format!("opened {there} here"))
    .related(project.place(second.pool.site), format!("opened {here} here"))
    .related(project.place(first.pool.site), format!("opened {there} here"))
}
