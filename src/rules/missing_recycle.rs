//! `missing-recycle`: connections that grow older in a pool than their server lets them.
//!
//! Looks at each pool that does not test its connections: no age is set, or one that the server does not wait for.

use super::missing_pre_ping::{closes, keep_gravest, lasting, may_go_stale, place_of, with_test};
use super::null_pool::name_of;
use crate::catalog::{ByVersion, Maker, Role, Scalar};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::freshness::Recycle;
use crate::project::pools::Pool;

const NAME: &str = "missing-recycle";

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

/// Whether the pool notices by itself that a connection is dead, or may do so for all that is known.
fn is_tested(project: &Project<'_>, pool: &Pool, maker: &Maker) -> bool {
    maker.checks_idle
        || maker.parameters.contains_key(&Role::PrePing)
            && project.off(pool, maker, Role::PrePing).is_none()
}

/// A pool that tests its connections, and whose age was switched off by hand: what the server keeps for each of them
/// grows with it.
fn judge_tested(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    let param = maker.parameters.get(&Role::Recycle)?;
    let keyword = param.keyword.as_deref()?;
    let ages = matches!(
        param.default,
        Some(ByVersion::Always(Scalar::Int(_) | Scalar::Float(_)))
    );
    let [setting] = pool.settings.get(&Role::Recycle)?.as_slice() else {
        return None;
    };
    let tested = maker.parameters.contains_key(&Role::PrePing)
        && project.off(pool, maker, Role::PrePing).is_none();
    if !ages || !tested || project.recycle(pool, maker) != Recycle::Never {
        return None;
    }
    let sure = project.is_on_server(pool)?;
    let finding = Finding::new(
        NAME,
        place_of(project, pool),
        format!(
            "{} keeps connections of any age: `{keyword}` is switched off",
            name_of(pool)
        ),
    )
    .severity(Severity::Info)
    .confidence(sure.min(Confidence::Medium))
    .symbol(pool.symbol.clone())
    .help(format!("Leave `{keyword}` at its default, so that each connection is replaced in time."))
    .note("what the server keeps for a connection grows with it, and one that was made before a failover stays where it is")
    .fold_key(format!("tested:{}", pool.maker))
    .related(setting.place, "switched off here");
    Some(finding)
}

fn judge(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    if let Some(finding) = judge_tested(project, pool, maker) {
        return Some(finding);
    }
    if is_tested(project, pool, maker) || pool.settings.contains_key(&Role::Creator) {
        return None;
    }
    let on_server = project.is_on_server(pool)?;
    let keyword = maker.parameters.get(&Role::Recycle)?.keyword.as_deref()?;
    let what = format!("{} keeps connections", name_of(pool));
    let limit = project.idle_limit(pool);
    let (severity, confidence, message) = match (&limit, project.recycle(pool, maker)) {
        (Some(limit), Recycle::Never) => (
            severity_of(limit.by_dialect),
            on_server.min(Confidence::Medium),
            format!("{what} of any age, and {}", closes(limit)),
        ),
        (Some(limit), Recycle::After(age)) if age >= limit.seconds => (
            severity_of(limit.by_dialect),
            on_server.min(Confidence::Medium),
            format!(
                "{what} for {} (`{keyword}`), and {}",
                lasting(age),
                closes(limit)
            ),
        ),
        (None, Recycle::Never) => (
            Severity::Info,
            Confidence::Low,
            format!("{what} of any age: whatever lies between may close them"),
        ),
        _ => return None,
    };
    let help = match &limit {
        Some(limit) => format!(
            "Set `{keyword}` well below {}, or have each connection tested before use.",
            limit.seconds
        ),
        None => format!("Set `{keyword}`, or have each connection tested before use."),
    };
    let mut finding = Finding::new(NAME, place_of(project, pool), message)
        .severity(severity)
        .confidence(confidence)
        .symbol(pool.symbol.clone())
        .help(help)
        .note("measured: the first query after such a pause fails, with no age and with one above the limit; with one below it, and with the test, it does not")
        .fold_key(format!("{severity:?}:{}", pool.maker));
    for setting in pool.settings.get(&Role::Recycle).into_iter().flatten() {
        finding = finding.related(setting.place, "set here");
    }
    Some(with_test(project, pool, finding))
}

fn severity_of(by_dialect: bool) -> Severity {
    if by_dialect {
        Severity::Warning
    } else {
        Severity::Info
    }
}
