//! `null-pool`: a pool class that keeps nothing, so that every checkout connects anew.
//!
//! Looks at each creation site through the factory calls that lead to it. What the class costs depends on the database:
//! see the page of the rule.

use crate::catalog::{Asked, Behaviour, ContextKind, PathKind};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::discards::Discards;
use crate::project::pools::{ClassChoice, Pool};
use crate::project::repairs::Repair;
use crate::project::sessions::Closed;
use crate::project::values::Condition;

const NAME: &str = "null-pool";

/// Contexts in which opening a connection for each use is right, or nobody's business.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Migration,
    ContextKind::Script,
    ContextKind::Serverless,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        for choice in pool
            .classes
            .iter()
            .filter(|choice| is_named(choice, Behaviour::Null))
        {
            if let Some(finding) = judge(project, pool, choice) {
                keep_gravest(&mut findings, finding);
            }
        }
        if let Some(discards) = project.discards(pool)
            && let Some(finding) = judge_numbers(project, pool, &discards)
        {
            keep_gravest(&mut findings, finding);
        }
    }
    findings
}

/// Several calls may lead to one site: the gravest speaks.
fn keep_gravest(findings: &mut Vec<Finding>, finding: Finding) {
    match findings
        .iter_mut()
        .find(|known| known.place == finding.place)
    {
        Some(known) if known.severity >= finding.severity => {}
        Some(known) => *known = finding,
        None => findings.push(finding),
    }
}

/// A pool on a server whose numbers leave it nothing.
fn judge_numbers(project: &Project<'_>, pool: &Pool, discards: &Discards) -> Option<Finding> {
    let choice = &discards.choice;
    if is_right(project, pool, choice) {
        return None;
    }
    let conditions = conditions(pool, choice);
    let Some((PathKind::Server, confidence)) = project.path_kind(pool, &conditions) else {
        return None;
    };
    let message = format!(
        "{} closes every connection that comes back: it has {}",
        name_of(pool),
        discards.words
    );
    let mut finding = Finding::new(NAME, project.place(pool.site), message)
        .severity(Severity::Warning)
        .confidence(confidence.min(choice.confidence).max(Confidence::Medium))
        .symbol(pool.symbol.clone())
        .help("Let it keep some: raise the least number, or set a time for which an unused connection stays open.")
        .note("a server database pays a new connection and login for each checkout")
        .fold_key(format!("Warning:{}", pool.maker));
    for place in &discards.places {
        finding = finding.related(*place, "set here");
    }
    Some(finding)
}

/// Whether the code itself names a class of this behaviour.
pub(super) fn is_named(choice: &ClassChoice, behaviour: Behaviour) -> bool {
    choice.explicit && choice.behaviour == Some(behaviour)
}

/// Whether opening a connection for each use is right here, or nobody's business.
fn is_right(project: &Project<'_>, pool: &Pool, choice: &ClassChoice) -> bool {
    project
        .pool_contexts(pool)
        .iter()
        .any(|context| SILENT.contains(context))
        || project.is_serverless(pool.site.file)
        || project.is_deliberate(pool.site)
        || project.behind_pooler(pool)
        || project.chosen_by_switch(&choice.conditions)
        || project.serves_workers_of_its_own(pool)
        || project.only_from_scripts(pool.site)
}

/// The conditions under which a pool has a class.
pub(super) fn conditions(pool: &Pool, choice: &ClassChoice) -> Vec<Condition> {
    [pool.conditions.as_slice(), &choice.conditions].concat()
}

fn judge(project: &Project<'_>, pool: &Pool, choice: &ClassChoice) -> Option<Finding> {
    if is_right(project, pool, choice) {
        return None;
    }
    let conditions = conditions(pool, choice);
    let (severity, confidence, why) = match project.path_kind(pool, &conditions) {
        Some((PathKind::Memory | PathKind::SharedMemory | PathKind::SharedUnnamed, _)) => return None,
        Some((PathKind::Server, confidence)) => {
            (Severity::Warning, confidence, "a server database pays a new connection and login for each checkout".to_owned())
        }
        Some((PathKind::File, confidence)) => match project.sessions_closed(pool) {
            Closed::Always => (Severity::Info, confidence, "every session on it is closed, so nothing leaks".to_owned()),
            Closed::NotProved => (
                Severity::Warning,
                confidence,
                "its sessions are not all closed or removed: each one left open keeps a file descriptor, without a bound"
                    .to_owned(),
            ),
            Closed::NoneKnown => (Severity::Info, confidence, "no session of it is left open as far as can be seen".to_owned()),
        },
        None => (Severity::Info, Confidence::Medium, "which database this is cannot be seen".to_owned()),
    };
    let class = Pool::class_name(choice);
    let on = name_of(pool);
    let mut finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!("every checkout from {on} opens a new connection: `{class}` keeps none"),
    )
    .severity(severity)
    .confidence(confidence.max(Confidence::Medium))
    .symbol(pool.symbol.clone())
    .help(cure(severity, &why))
    .note(why.clone())
    .fold_key(format!("{severity:?}:{}", pool.maker));
    if let Some((with, without)) = project.checkout_cost(pool, &conditions) {
        finding = finding.note(format!(
            "measured: {without} ms for each checkout instead of {with} ms from a pool"
        ));
    }
    if let Some(place) = choice.place {
        finding = finding.related(place, format!("`{class}` is set here"));
    }
    if pool.place != project.place(pool.site) {
        finding = finding.related(pool.place, "made by this call");
    }
    if let Some(place) = pool
        .database
        .backends
        .iter()
        .find_map(|(backend, _)| backend.said)
    {
        finding = finding.related(place, "the database is named here");
    }
    Some(repaired(finding, project, pool, choice))
}

/// The finding with its repair, where there is one.
fn repaired(finding: Finding, project: &Project<'_>, pool: &Pool, choice: &ClassChoice) -> Finding {
    let asked = asked(project);
    let Some(repair) = repair(project, pool, choice, asked, &|pool, choice| {
        !is_right(project, pool, choice)
    }) else {
        return finding;
    };
    let leaks = asked == Asked::Auto && project.sessions_closed(pool) == Closed::NotProved;
    let (applicability, finding) = if leaks {
        let why = "the fix is only shown: a session that is left open costs a bounded pool one of its connections for good, so the sessions come first";
        (Applicability::Display, finding.note(why))
    } else {
        (Applicability::Unsafe, finding)
    };
    let mut fix = fix(Pool::class_name(choice), repair, applicability);
    if asked == Asked::StaticPool {
        // Whoever asks for it by name knows what the other rule says of it.
        fix.accepts.push("static-pool-shared");
    }
    finding.fix(fix)
}

/// What the project wants in the place of the class.
pub(super) fn asked(project: &Project<'_>) -> Asked {
    Asked::of(&project.option(NAME, "replacement").value)
}

/// What replaces the class of a pool as it was asked for. Where one line gives the class to several pools it must be
/// wrong for all of them, and one class must be right for all.
pub(super) fn repair(
    project: &Project<'_>,
    pool: &Pool,
    choice: &ClassChoice,
    asked: Asked,
    is_wrong: &dyn Fn(&Pool, &ClassChoice) -> bool,
) -> Option<Repair> {
    let replacement = project.replacement(pool, &conditions(pool, choice), asked)?;
    let alike = project.named_at(choice.place?).all(|(pool, choice)| {
        is_wrong(pool, choice)
            && project.replacement(pool, &conditions(pool, choice), asked) == Some(replacement)
    });
    alike
        .then(|| project.replace_class(pool, choice, replacement))
        .flatten()
}

/// The fix that a repair is.
pub(super) fn fix(class: &str, repair: Repair, applicability: Applicability) -> Fix {
    let with = match repair.added.as_slice() {
        [] => String::new(),
        added => format!(" and set `{}`", added.join("`, `")),
    };
    let title = match &repair.class {
        None => format!("Drop `{class}` for the library's default pool{with}"),
        Some(other) => format!("Use `{other}` instead of `{class}`{with}"),
    };
    Fix {
        needs: repair.needs,
        ..Fix::new(title, applicability, repair.edits)
    }
}

/// How a pool is called in a message.
pub(super) fn name_of(pool: &Pool) -> String {
    let last = pool.symbol.rsplit('.').next().unwrap_or_default();
    if last.is_empty() {
        "this engine".to_owned()
    } else {
        format!("`{last}`")
    }
}

fn cure(severity: Severity, why: &str) -> &'static str {
    match severity {
        Severity::Warning if why.starts_with("its sessions") => {
            "Close or remove the sessions first; then drop the class, so that the default pool keeps a bounded number of connections."
        }
        Severity::Warning => {
            "Drop the class, so that the default pool keeps connections, and let it test them before use."
        }
        _ => {
            "Drop the class to use the default pool of the installed version, unless files must be free between uses."
        }
    }
}
