//! `sqlite-memory-expiry`: a pool that closes the last connection to a database in memory, and the database with it.
//!
//! Looks at the pools of programs that live on, whose data is in memory and whose connections grow old or idle.

use super::engine_per_call::SILENT;
use super::null_pool::name_of;
use crate::catalog::{PathKind, Role};
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::project::freshness::Recycle;
use crate::project::pools::Pool;

const NAME: &str = "sqlite-memory-expiry";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.contexts(pool.site);
        let silent = contexts.iter().any(|context| SILENT.contains(context));
        if !silent
            && project.may_serve(pool.site.file)
            && let Some(finding) = judge(project, pool)
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

/// Why a pool closes a connection that nothing is wrong with.
struct Expiry {
    seconds: i64,
    role: Role,
    by_default: bool,
}

fn judge(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let (path, confidence) = project.path_kind(pool, &pool.conditions)?;
    let in_memory = matches!(
        path,
        PathKind::Memory | PathKind::SharedMemory | PathKind::SharedUnnamed
    );
    let maker = project.catalog.maker(&pool.maker)?;
    // A pool that looks for idle connections closes them by itself, not only when they are given back.
    if !in_memory || !maker.parameters.contains_key(&Role::MaxIdle) {
        return None;
    }
    let expiry = [Role::MaxIdle, Role::Recycle]
        .into_iter()
        .filter_map(|role| match project.ends_after(pool, maker, role) {
            Recycle::After(seconds) => Some(Expiry {
                seconds,
                role,
                by_default: !pool.settings.contains_key(&role),
            }),
            Recycle::Never | Recycle::Unknown => None,
        })
        .min_by_key(|expiry| expiry.seconds)?;
    let mut finding = Finding::new(NAME, project.place(pool.site), message(pool, &expiry))
        .severity(Severity::Warning)
        .confidence(confidence)
        .symbol(pool.symbol.clone())
        .help("Switch both limits off, the one for idle connections and the one for old ones: no server closes a database in memory.")
        .note("a least number of connections does not help: the old one is closed before the new one is opened (measured)");
    if let Some(place) = pool.database.place {
        finding = finding.related(place, "the database is named here");
    }
    for setting in pool.settings.get(&expiry.role).into_iter().flatten() {
        finding = finding.related(setting.place, "the limit is set here");
    }
    Some(finding)
}

fn message(pool: &Pool, expiry: &Expiry) -> String {
    let what = match expiry.role {
        Role::MaxIdle => "that nobody used for",
        _ => "at an age of",
    };
    let by = match expiry.by_default {
        true => " by default",
        false => "",
    };
    format!(
        "{} in memory is lost{by}: its pool closes a connection {what} {}, and the database ends with the last one",
        name_of(pool),
        lasting(expiry.seconds)
    )
}

fn lasting(seconds: i64) -> String {
    match seconds {
        minutes if seconds >= 120 && seconds % 60 == 0 => format!("{} minutes", minutes / 60),
        seconds => format!("{seconds} s"),
    }
}
