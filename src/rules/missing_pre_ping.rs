//! `missing-pre-ping`: a pool that hands out connections without looking whether the server is still there.
//!
//! Looks at each pool whose settings are all known. It is loud where something closes idle connections for certain, or
//! where the test was switched off by hand; elsewhere it takes a restart of the server, and the finding is not shown.

use super::engine_per_call::repeated;
use super::null_pool::name_of;
use crate::catalog::{ContextKind, Maker, Role};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::freshness::{IdleLimit, Off, Recycle};
use crate::project::pools::Pool;
use crate::source::Place;

const NAME: &str = "missing-pre-ping";

/// Contexts in which no connection waits long in a pool, or nobody's business.
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
        if let Some(maker) = project.catalog.maker(&pool.maker)
            && may_go_stale(project, pool)
            && let Some(finding) = judge(project, pool, maker)
        {
            keep_gravest(&mut findings, finding);
        }
    }
    findings
}

/// Of several pools that one call makes, the gravest finding speaks.
pub(super) fn keep_gravest(findings: &mut Vec<Finding>, finding: Finding) {
    let weight = |finding: &Finding| (finding.confidence, finding.severity);
    match findings.iter_mut().find(|it| it.place == finding.place) {
        Some(known) if weight(known) >= weight(&finding) => {}
        Some(known) => *known = finding,
        None => findings.push(finding),
    }
}

/// Whether connections of a pool may wait in it until the server has gone.
pub(super) fn may_go_stale(project: &Project<'_>, pool: &Pool) -> bool {
    let contexts = project.pool_contexts(pool);
    let gone_before = || {
        project.disposed_in_function(pool)
            || project.lives_for_one_call(pool)
            || repeated(project, &project.placement(pool.site)).is_some()
    };
    project.keeps_connections(pool)
        && !contexts.iter().any(|context| SILENT.contains(context))
        && !project.is_serverless(pool.site.file)
        && !project.behind_pooler(pool)
        && !project.is_deliberate(pool.site)
        && !project.only_from_scripts(pool.site)
        && !project.listens_instead(pool, Role::PrePing)
        && !gone_before()
}

/// The call that makes a pool, or the entry of the settings that describes it.
pub(super) fn place_of(project: &Project<'_>, pool: &Pool) -> Place {
    let described = project.place(pool.site);
    if pool.frames.is_none() && described.contains(pool.place) {
        pool.place
    } else {
        described
    }
}

fn judge(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    let off = project.off(pool, maker, Role::PrePing)?;
    let limit = project.idle_limit(pool);
    let recycle = project.recycle(pool, maker);
    let on_server = project.is_on_server(pool);
    // Who opens connections by a function of their own may test them, too.
    if matches!(off, Off::ByDefault) && pool.settings.contains_key(&Role::Creator) {
        return None;
    }
    let keyword = maker.parameters.get(&Role::PrePing)?.keyword.as_deref()?;
    let what = format!("{} hands out connections without a test", name_of(pool));
    let (severity, confidence, message) = match (&off, &limit, recycle) {
        // Whoever replaces them in time needs no test; whoever does so too late is told that.
        (_, Some(limit), Recycle::After(age)) if age < limit.seconds => return None,
        (Off::ByDefault, Some(_), Recycle::After(_) | Recycle::Unknown) => return None,
        (Off::ByHand(_), _, age) => {
            // Off, but with an age: somebody thought about it.
            let severity = match age {
                Recycle::Never => Severity::Warning,
                _ => Severity::Info,
            };
            let known = on_server.unwrap_or(Confidence::Low);
            let message = format!("{what}: `{keyword}` is switched off");
            (severity, known, message)
        }
        (Off::ByDefault, Some(limit), Recycle::Never) => {
            let known = on_server?.min(Confidence::Medium);
            let message = format!("{what}, and {}", closes(limit));
            (Severity::Warning, known, message)
        }
        // The server keeps them until it is restarted.
        (Off::ByDefault, None, _) => {
            on_server?;
            let message = format!("{what}: the first ones after a restart of the server fail");
            (Severity::Info, Confidence::Low, message)
        }
    };
    let mut finding = Finding::new(NAME, place_of(project, pool), message)
        .severity(severity)
        .confidence(confidence)
        .symbol(pool.symbol.clone())
        .help(format!(
            "Switch `{keyword}` on, so that a dead connection is replaced before anybody gets it."
        ))
        .note("measured: after the server had closed 5 idle connections, the first query failed without the test and none with it; the test costs 0.03 ms on a local server")
        .fold_key(format!("{severity:?}:{}:{}", pool.maker, matches!(off, Off::ByHand(_))));
    if let (Off::ByHand(_), Some(limit)) = (&off, &limit) {
        finding = finding.note(closes(limit));
    }
    if let Off::ByHand(setting) = off {
        finding = finding.related(setting.place, "switched off here");
    }
    Some(with_test(project, pool, finding))
}

/// What a server does to a connection that nobody uses.
pub(super) fn closes(limit: &IdleLimit) -> String {
    format!(
        "{} closes those that nobody used for {}",
        limit.who,
        lasting(limit.seconds)
    )
}

/// A number of seconds, for people.
pub(super) fn lasting(seconds: i64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let whole = units
        .iter()
        .find(|(length, _)| seconds >= *length && seconds % length == 0);
    let (number, unit) = match whole {
        Some((length, unit)) => (seconds / length, *unit),
        None => (seconds, "second"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// A finding with the repair that has the pool test its connections.
pub(super) fn with_test(project: &Project<'_>, pool: &Pool, finding: Finding) -> Finding {
    let maker = project.catalog.maker(&pool.maker);
    let keyword = maker
        .and_then(|maker| maker.parameters.get(&Role::PrePing))
        .and_then(|param| param.keyword.clone());
    match (keyword, project.switch_on(pool, Role::PrePing)) {
        (Some(keyword), Some(edits)) => {
            let title = format!("Switch `{keyword}` on");
            finding.fix(Fix::new(title, Applicability::Safe, edits))
        }
        _ => finding,
    }
}
