//! `unbounded-pool`: a pool that opens as many connections as anybody asks for.
//!
//! Looks at the numbers that mean "no limit" to the library, on each creation site: those that are given, and the
//! library's own where requests or tasks take the connections.

use super::null_pool::name_of;
use crate::catalog::{Behaviour, ByVersion, ContextKind, Maker, Role, Scalar};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::numbers::Number;
use crate::project::pools::Pool;

const NAME: &str = "unbounded-pool";

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
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.pool_contexts(pool);
        let quiet = contexts.iter().any(|context| SILENT.contains(context))
            || project.behind_pooler(pool)
            || project.is_deliberate(pool.site)
            || project.only_from_scripts(pool.site);
        if let Some(maker) = project.catalog.maker(&pool.maker)
            && !quiet
            && let Some(finding) = judge(project, pool, maker)
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

/// A number that takes the limit away.
struct Unlimited {
    keyword: String,
    value: i64,
    /// Where it is given; nowhere when it is the library's default.
    given: Option<Number>,
}

fn judge(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Finding> {
    if let Some(unlimited) = given(project, pool, maker) {
        return Some(say(project, pool, &unlimited));
    }
    // A pool that is used by one caller at a time needs no limit.
    let unlimited = by_default(pool, maker)?;
    let taken = project.taken_by_many(pool)?;
    let finding = say(project, pool, &unlimited).confidence(Confidence::Medium);
    Some(finding.related(
        taken.place,
        format!("`{}` takes one for each of its runs", taken.function),
    ))
}

/// A number that is given and means "no limit".
fn given(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Unlimited> {
    let (versions, _) = project.versions(pool.site.file, &pool.library);
    // A class that has no size knows no limit to take away; what it refuses is another rule's business.
    let queues = pool
        .classes
        .iter()
        .all(|choice| choice.behaviour.is_none_or(|it| it == Behaviour::Queue));
    [Role::Max, Role::Overflow, Role::Size]
        .into_iter()
        .find_map(|role| {
            let param = maker.parameters.get(&role)?;
            if role != Role::Max && !queues {
                return None;
            }
            // Where the default depends on the version, the number is an old way to say nothing.
            if role == Role::Max && matches!(param.default, Some(ByVersion::Ranges(_))) {
                return None;
            }
            let unlimited = match param.unlimited.as_ref()?.fact(&versions)? {
                Scalar::Int(unlimited) => *unlimited,
                _ => return None,
            };
            let mut numbers = project.numbers(pool, role).into_iter();
            let number = numbers.find(|number| number.winning() == Some(unlimited))?;
            Some(Unlimited {
                keyword: param.keyword.clone()?,
                value: unlimited,
                given: Some(number),
            })
        })
}

/// The library's own number, where that means "no limit" and nothing else may be given.
fn by_default(pool: &Pool, maker: &Maker) -> Option<Unlimited> {
    let param = maker.parameters.get(&Role::Max)?;
    let (Some(ByVersion::Always(default)), Some(ByVersion::Always(unlimited))) =
        (&param.default, &param.unlimited)
    else {
        return None;
    };
    let value = match default {
        Scalar::Int(value) => *value,
        _ => return None,
    };
    (default == unlimited && !pool.open && !pool.settings.contains_key(&Role::Max)).then_some(
        Unlimited {
            keyword: param.keyword.clone()?,
            value,
            given: None,
        },
    )
}

fn say(project: &Project<'_>, pool: &Pool, unlimited: &Unlimited) -> Finding {
    let (keyword, value) = (&unlimited.keyword, unlimited.value);
    let said = if unlimited.given.is_some() {
        ""
    } else {
        " by default"
    };
    let plain = unlimited
        .given
        .as_ref()
        .is_some_and(|number| number.literal.is_some());
    let mut finding = Finding::new(
        NAME,
        project.place(pool.site),
        format!(
            "{} has no limit: `{keyword}` {value}{said} lets every caller open one more connection",
            name_of(pool)
        ),
    )
    .severity(Severity::Warning)
    .confidence(if plain {
        Confidence::High
    } else {
        Confidence::Medium
    })
    .symbol(pool.symbol.clone())
    .help(format!(
        "Give `{keyword}` the number of connections that the server can spare for this process."
    ))
    .note(
        "a burst of requests then reaches the server's own limit, which every other program shares",
    )
    .fold_key(format!("{}:{keyword}", pool.maker));
    let Some(number) = &unlimited.given else {
        return finding;
    };
    finding = finding.related(number.place, "set here");
    if let Some(env) = &number.env {
        finding = finding.note(format!("with what is known of `{env}`"));
    }
    let by_version = project
        .catalog
        .maker(&pool.maker)
        .into_iter()
        .flat_map(|maker| maker.parameters.values())
        .filter(|param| param.keyword.as_ref() == Some(keyword))
        .any(|param| matches!(param.unlimited, Some(ByVersion::Ranges(_))));
    if by_version {
        finding = finding.note(project.version_note(pool.site.file, &pool.library));
    }
    finding
}
