//! `sqlite-memory-pool`: a database in memory behind a pool whose connections do not share it, or may not be shared.
//!
//! Looks at the classes that an engine may get, at where its data is under the same conditions, and at the threads that
//! take connections of it.

use super::null_pool::{conditions, name_of};
use crate::catalog::{Behaviour, ContextKind, Kind, PathKind, Role};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::{ClassChoice, Pool};
use crate::project::sessions::Closed;
use crate::project::threads::Taken;
use crate::project::values::Value;

const NAME: &str = "sqlite-memory-pool";

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

/// Why a pool does not suit a database in memory.
enum Harm {
    /// Every connection, or every one that is opened while nobody holds one, has an empty database.
    Lost(&'static str),
    /// Every thread has an empty database of its own.
    PerThread(Taken),
    /// A connection may be used on the thread only that opened it, and others are given it.
    Bound(Taken),
}

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.pool_contexts(pool);
        // A function that opens connections may open something else.
        if contexts.iter().any(|context| SILENT.contains(context))
            || pool.settings.contains_key(&Role::Creator)
        {
            continue;
        }
        let tested = contexts.contains(&ContextKind::Test);
        if let Some(finding) = pool
            .classes
            .iter()
            .find_map(|choice| judge(project, pool, choice, tested))
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

fn judge(
    project: &Project<'_>,
    pool: &Pool,
    choice: &ClassChoice,
    tested: bool,
) -> Option<Finding> {
    let (path, mut confidence) = project.path_kind(pool, &conditions(pool, choice))?;
    let given = choice
        .conditions
        .iter()
        .all(|each| pool.conditions.contains(each));
    if pool.open && !given {
        return None;
    }
    let harm = harm(project, pool, choice, path, tested)?;
    match &harm {
        // A test that passes does not need what it loses.
        Harm::Lost(_) if tested => confidence = Confidence::Low,
        Harm::Lost(_) if path != PathKind::Memory => {
            confidence = confidence.min(Confidence::Medium);
        }
        Harm::Lost(_) => {}
        Harm::PerThread(taken) | Harm::Bound(taken) => {
            confidence = confidence.min(taken.confidence);
        }
    }
    let mut finding = say(project, pool, choice, &harm).confidence(confidence);
    let class = Pool::class_name(choice);
    if let Some(place) = choice.place {
        finding = finding.related(place, format!("`{class}` is set here"));
    }
    if let Some(place) = pool.database.place {
        finding = finding.related(place, "the database is named here");
    }
    Some(finding)
}

fn harm(
    project: &Project<'_>,
    pool: &Pool,
    choice: &ClassChoice,
    path: PathKind,
    tested: bool,
) -> Option<Harm> {
    let shared = matches!(path, PathKind::SharedMemory | PathKind::SharedUnnamed);
    if is_pool_of_its_own(project, pool, choice) {
        let lost = path == PathKind::Memory && !in_turns(project, pool);
        return lost.then_some(Harm::Lost(
            "each further connection has an empty one of its own",
        ));
    }
    let threads = || (!tested && !pool.is_async).then(|| project.taken_on_threads(pool))?;
    match (choice.behaviour?, path) {
        (Behaviour::Null, PathKind::Memory) if choice.explicit => {
            Some(Harm::Lost("each checkout gets an empty one"))
        }
        (Behaviour::Queue, PathKind::Memory) if choice.explicit && !in_turns(project, pool) => {
            Some(Harm::Lost(
                "each further connection has an empty one of its own",
            ))
        }
        // As long as any connection stays open, the database lives.
        (Behaviour::Null, _)
            if shared
                && project.sessions_closed(pool) == Closed::Always
                && !project.holds_a_connection(pool) =>
        {
            Some(Harm::Lost(
                "it is gone whenever the last connection is given back",
            ))
        }
        (Behaviour::PerThread, PathKind::Memory) => threads().map(Harm::PerThread),
        (Behaviour::Static, _) if choice.explicit && (shared || path == PathKind::Memory) => {
            threads()
                .filter(|_| is_bound(project, pool))
                .map(Harm::Bound)
        }
        (Behaviour::Queue, PathKind::SharedMemory) if choice.explicit => threads()
            .filter(|_| is_bound(project, pool))
            .map(Harm::Bound),
        _ => None,
    }
}

/// Whether the library has one kind of pool only, which may hold several connections.
fn is_pool_of_its_own(project: &Project<'_>, pool: &Pool, choice: &ClassChoice) -> bool {
    let maker = project.catalog.maker(&pool.maker);
    let several = maker
        .and_then(|maker| maker.parameters.get(&Role::Max))
        .is_some_and(|param| param.dialect_defaults.is_empty());
    pool.kind == Kind::Pool
        && several
        && !choice.explicit
        && choice.path.is_none()
        && choice.by_version.is_empty()
}

/// Whether the pool has one connection at most: that is one database, in turns.
fn in_turns(project: &Project<'_>, pool: &Pool) -> bool {
    let only = |role, most| {
        let mut numbers = project.numbers(pool, role).into_iter();
        numbers.any(|number| number.winning() == Some(most))
    };
    only(Role::Max, 1) || only(Role::Size, 1) && only(Role::Overflow, 0)
}

/// Whether the driver refuses a connection to other threads than the one that opened it: nothing switches its check off.
fn is_bound(project: &Project<'_>, pool: &Pool) -> bool {
    let keyword = project
        .catalog
        .maker(&pool.maker)
        .and_then(|maker| maker.parameters.get(&Role::SameThread)?.keyword.as_deref())
        .and_then(|keyword| keyword.rsplit('.').next());
    let Some(keyword) = keyword else {
        return false;
    };
    match pool
        .settings
        .get(&Role::ConnectArguments)
        .map(Vec::as_slice)
    {
        None => !pool.open,
        Some([only]) => match &only.val.value {
            Value::Dict(dict) if !dict.open => dict
                .entries
                .iter()
                .filter(|entry| &*entry.key == keyword)
                .all(|entry| matches!(entry.val.value, Value::Bool(true))),
            _ => false,
        },
        Some(_) => false,
    }
}

fn say(project: &Project<'_>, pool: &Pool, choice: &ClassChoice, harm: &Harm) -> Finding {
    let name = name_of(pool);
    let class = Pool::class_name(choice);
    let at = project.place(pool.site);
    let found = |message: String| {
        Finding::new(NAME, at, message)
            .symbol(pool.symbol.clone())
            .fold_key(format!("{}:{class}", pool.maker))
    };
    // A library with one kind of pool has no name for it, and no other kind to change to.
    let (behind, cure) = match &choice.path {
        Some(_) => (
            format!("`{class}`"),
            "In tests of one thread share one connection (StaticPool, check_same_thread=False); else use a file.",
        ),
        None => (
            "this pool".to_owned(),
            "Let the pool hold 1 connection that never expires, or use a file.",
        ),
    };
    match harm {
        Harm::Lost(what) => found(format!(
            "the database of {name} in memory is not kept: behind {behind} {what}"
        ))
        .severity(Severity::Error)
        .help(cure)
        .note("a query on the next connection fails with \"no such table\""),
        Harm::PerThread(taken) => found(format!(
            "the database of {name} in memory is one per thread: `{class}` gives each an empty one of its own"
        ))
        .severity(Severity::Warning)
        .help("Use a file, or a name that connections share (mode=memory&cache=shared) with a queue.")
        .note("a query on another thread fails with \"no such table\"")
        .related(taken.place, format!("`{}` runs on other threads", taken.function)),
        Harm::Bound(taken) => found(format!(
            "other threads cannot use the connections of {name}: `{class}` hands them what another thread opened"
        ))
        .severity(Severity::Warning)
        .help("Use a file, or switch off the driver's check of threads where transactions do not overlap.")
        .note("measured: ProgrammingError, \"SQLite objects created in a thread can only be used in that same thread\"")
        .related(taken.place, format!("`{}` runs on other threads", taken.function)),
    }
}
