//! `no-acquire-timeout`: a connection is taken from a pool, and nothing ends the wait when the pool is empty.
//!
//! Looks at each take from a pool that waits for ever unless told otherwise, and at pools that are told to wait for ever.

use crate::catalog::{ByVersion, ContextKind, Maker, Role, Scalar};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::pools::{Pool, Setting};
use crate::project::values::Value;

const NAME: &str = "no-acquire-timeout";

/// What a checkout does on an empty pool that waits for ever.
const FOR_EVER: &str = "wait-forever";

/// The seconds that the fix writes.
const SECONDS: i64 = 10;

/// Contexts in which nobody else waits for a connection.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Migration,
    ContextKind::Script,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let taken = project.all_taken();
    let made = taken.iter().filter(|taken| taken.chain.is_empty());
    let mut findings: Vec<Finding> = made
        .filter_map(|taken| judge_take(project, &project.sites()[taken.site]))
        .collect();
    for pool in project.instances() {
        if let Some(finding) = judge_pool(project, pool)
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

fn is_quiet(project: &Project<'_>, pool: &Pool) -> bool {
    let contexts = project.contexts(pool.site);
    contexts.iter().any(|context| SILENT.contains(context))
        || project.is_deliberate(pool.site)
        || project.only_from_scripts(pool.site)
}

/// A take from a pool whose takes wait for ever.
fn judge_take(project: &Project<'_>, take: &Pool) -> Option<Finding> {
    let lender = project.lender(take)?;
    if lender.when_empty.as_deref() != Some(FOR_EVER) {
        return None;
    }
    // Where the pool has the limit, the pool is spoken of.
    if limits_all_takes(lender) {
        return None;
    }
    let maker = project.catalog.maker(&take.maker)?;
    let pool = project.lending(take);
    // Where the pool itself may be told not to wait, it must be known that it is not.
    if lender.parameters.contains_key(&Role::WhenEmpty)
        && pool
            .as_ref()
            .is_none_or(|pool| pool.open || pool.settings.contains_key(&Role::WhenEmpty))
    {
        return None;
    }
    let param = maker.parameters.get(&Role::AcquireTimeout);
    let given = take.settings.get(&Role::AcquireTimeout);
    let none = |setting: &Setting| matches!(setting.val.value, Value::None);
    if param.is_some() && (take.open || given.is_some_and(|given| !given.iter().all(none))) {
        return None;
    }
    if is_quiet(project, take)
        || super::nested_acquire::runs_alone(&project.placement(take.site))
        || project.waits_within_limit(take.site)
    {
        return None;
    }
    let keyword = param.and_then(|param| param.keyword.as_deref());
    let told = lender.parameters.get(&Role::WhenEmpty);
    let told = told.and_then(|param| param.keyword.as_deref());
    let finding = say(project, take, pool.as_ref()).help(cure(keyword, told));
    Some(match keyword.and_then(|it| fix(project, take, it)) {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

fn say(project: &Project<'_>, take: &Pool, pool: Option<&Pool>) -> Finding {
    let often = project.placement(take.site).repeated().is_some();
    let named = pool.map_or_else(|| "the pool".to_owned(), super::null_pool::name_of);
    let mut finding = Finding::new(
        NAME,
        project.place(take.site),
        format!(
            "`{}` waits for ever when every connection of {named} is in use",
            take.maker_name()
        ),
    )
    .severity(Severity::Warning)
    .confidence(if often {
        Confidence::High
    } else {
        Confidence::Medium
    })
    .symbol(project.symbol_of(take.site))
    .note(harm(project, pool))
    .fold_key(fold_key(take, pool));
    if let Some(pool) = pool {
        finding = finding.related(pool.place, "the pool is made here");
    }
    finding
}

/// What to do: an argument of the take, or one of the pool, or a limit around.
fn cure(keyword: Option<&str>, told: Option<&str>) -> String {
    match (keyword, told) {
        (Some(keyword), _) => {
            format!(
                "Give `{keyword}` the seconds after which the caller is better told to try again."
            )
        }
        (None, Some(told)) => {
            format!("Say with `{told}` of the pool how long a caller waits when it is empty.")
        }
        (None, None) => "Wait inside a time limit: the method takes none itself.".to_owned(),
    }
}

/// One pool is one habit; of pools that are not known, those of one type.
fn fold_key(take: &Pool, pool: Option<&Pool>) -> String {
    match pool {
        Some(pool) => format!("{}:{:?}", take.maker, pool.place),
        None => take.maker.to_string(),
    }
}

fn harm(project: &Project<'_>, pool: Option<&Pool>) -> String {
    match pool.and_then(|pool| project.most_connections(pool)) {
        Some(most) if most.number > 0 => format!(
            "{} callers that hang on their connections stop every other one, and no error tells of it",
            most.number
        ),
        _ => {
            "callers that hang on their connections stop every other one, and no error tells of it"
                .to_owned()
        }
    }
}

fn fix(project: &Project<'_>, take: &Pool, keyword: &str) -> Option<Fix> {
    let edits = match take.settings.get(&Role::AcquireTimeout).map(Vec::as_slice) {
        None => project.add_argument(take.site, keyword, SECONDS)?,
        Some([only]) => vec![project.write_number(only.place, only.val.place, SECONDS)?],
        Some(_) => return None,
    };
    Some(Fix::new(
        format!("Give up waiting after {SECONDS} seconds: `{keyword}={SECONDS}`"),
        Applicability::Unsafe,
        edits,
    ))
}

/// A pool that is told to wait for ever.
fn judge_pool(project: &Project<'_>, pool: &Pool) -> Option<Finding> {
    let maker = project.catalog.maker(&pool.maker)?;
    if maker.when_empty.as_deref() == Some(FOR_EVER) {
        return by_default(project, pool, maker);
    }
    let queues = pool.classes.iter().all(|choice| {
        choice
            .behaviour
            .is_none_or(|it| it == crate::catalog::Behaviour::Queue)
    });
    let (role, setting) = [Role::AcquireTimeout, Role::WhenEmpty]
        .into_iter()
        .find_map(|role| Some((role, told(pool, maker, role)?)))?;
    if !queues || is_quiet(project, pool) || is_unlimited(project, pool, maker) {
        return None;
    }
    let keyword = maker.parameters.get(&role)?.keyword.clone()?;
    let help = match role {
        Role::AcquireTimeout => {
            format!(
                "Give `{keyword}` the seconds after which a caller is better told to try again."
            )
        }
        _ => {
            format!("Leave `{keyword}` out, and answer the error with a further try or a refusal.")
        }
    };
    Some(
        Finding::new(
            NAME,
            project.place(pool.site),
            format!(
                "{} makes every caller wait for ever when it is exhausted: `{keyword}` says so",
                super::null_pool::name_of(pool)
            ),
        )
        .severity(Severity::Warning)
        .confidence(Confidence::High)
        .symbol(pool.symbol.clone())
        .help(help)
        .note(harm(project, Some(pool)))
        .related(setting.place, "set here")
        .fold_key(format!("{}:{keyword}", pool.maker)),
    )
}

/// Whether a pool has the limit for its takes, and none unless it is told.
fn limits_all_takes(maker: &Maker) -> bool {
    let param = maker.parameters.get(&Role::AcquireTimeout);
    !maker.takes.is_empty()
        && !maker.parameters.contains_key(&Role::WhenEmpty)
        && param.is_some_and(|param| param.unlimited.is_some() && param.default == param.unlimited)
}

/// Whether every take from a pool that is known has a limit, or is limited by what stands around it.
fn waits_end_elsewhere(project: &Project<'_>, pool: &Pool) -> bool {
    let lent = |take: &&Pool| {
        take.checkout
            && project
                .lending(take)
                .is_some_and(|lender| lender.site == pool.site)
    };
    let mut takes = project.sites().iter().filter(lent).peekable();
    let limited = |take: &Pool| {
        take.settings.contains_key(&Role::AcquireTimeout) || project.waits_within_limit(take.site)
    };
    takes.peek().is_some() && takes.all(limited)
}

/// A pool that makes its callers wait for ever unless it is told otherwise, and is not.
fn by_default(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    let param = maker.parameters.get(&Role::AcquireTimeout)?;
    let none = |setting: &Setting| matches!(setting.val.value, Value::None);
    let given = pool.settings.get(&Role::AcquireTimeout);
    if !limits_all_takes(maker)
        || pool.open
        || given.is_some_and(|given| !given.iter().all(none))
        || is_quiet(project, pool)
        || waits_end_elsewhere(project, pool)
    {
        return None;
    }
    let keyword = param.keyword.as_deref()?;
    let message = format!(
        "{} makes every caller wait for ever when it is exhausted: nothing sets `{keyword}`",
        super::null_pool::name_of(pool)
    );
    let help =
        format!("Give `{keyword}` the time after which a caller is better told to try again.");
    Some(
        Finding::new(NAME, project.place(pool.site), message)
            .severity(Severity::Warning)
            .confidence(Confidence::Medium)
            .symbol(pool.symbol.clone())
            .help(help)
            .note(harm(project, Some(pool)))
            .fold_key(format!("{}:{keyword}", pool.maker)),
    )
}

/// The setting that says to wait for ever, where there is no other.
fn told<'p>(pool: &'p Pool, maker: &Maker, role: Role) -> Option<&'p Setting> {
    let Some(ByVersion::Always(for_ever)) = &maker.parameters.get(&role)?.unlimited else {
        return None;
    };
    let [only] = pool.settings.get(&role)?.as_slice() else {
        return None;
    };
    let says = match (&only.val.value, for_ever) {
        (Value::None, Scalar::Null(())) => true,
        (Value::Bool(said), Scalar::Bool(meant)) => said == meant,
        (Value::Int(said), Scalar::Int(meant)) => said == meant,
        _ => false,
    };
    says.then_some(only)
}

/// Whether a pool never runs empty.
fn is_unlimited(project: &Project<'_>, pool: &Pool, maker: &Maker) -> bool {
    [Role::Max, Role::Overflow].into_iter().any(|role| {
        let Some(param) = maker.parameters.get(&role) else {
            return false;
        };
        let given = project.numbers(pool, role);
        let says = |scalar: &ByVersion<Scalar>, number: i64| {
            matches!(scalar, ByVersion::Always(Scalar::Int(it)) if *it == number)
        };
        match (&param.unlimited, given.as_slice()) {
            (Some(unlimited), []) => {
                !pool.settings.contains_key(&role) && param.default.as_ref() == Some(unlimited)
            }
            (Some(unlimited), given) => given
                .iter()
                .any(|number| number.winning().is_some_and(|it| says(unlimited, it))),
            (None, _) => false,
        }
    })
}
