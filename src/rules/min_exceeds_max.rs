//! `min-exceeds-max`: a least number of connections above the most, or a number that the library does not accept.
//!
//! Compares what is given, and the library's default where only one side is given, on each creation site through the
//! factory calls that lead to it.

use super::null_pool::name_of;
use crate::catalog::{ByVersion, ContextKind, Maker, Refused, Role, Scalar};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::numbers::Number;
use crate::project::pools::Pool;
use crate::project::values::Condition;
use crate::source::Place;

const NAME: &str = "min-exceeds-max";

/// What nobody here maintains.
const SILENT: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

/// A number that a pool gets.
#[derive(Clone)]
struct Bound {
    value: i64,
    keyword: String,
    /// Where it is given; nowhere for a default of the library.
    given: Option<Number>,
}

/// One way in which the numbers do not fit.
struct Misfit {
    refused: Refused,
    bounds: Vec<Bound>,
}

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.pool_contexts(pool);
        let Some(maker) = project.catalog.maker(&pool.maker) else {
            continue;
        };
        if contexts.iter().any(|context| SILENT.contains(context)) {
            continue;
        }
        if let Some(misfit) = misfit(project, pool, maker)
            && let Some(finding) = tell(project, pool, maker, &misfit)
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

fn misfit(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Option<Misfit> {
    let bounds = |role| bounds(project, pool, maker, role);
    for (role, refused) in [
        (Role::Max, Refused::MaxOutOfRange),
        (Role::Size, Refused::SizeOutOfRange),
        (Role::Min, Refused::MinOutOfRange),
    ] {
        let Some((least, most)) = maker.parameters.get(&role).and_then(|param| param.range) else {
            continue;
        };
        let outside = |bound: &Bound| bound.value < least || bound.value > most;
        if let Some(bound) = bounds(role).into_iter().find(outside) {
            let bounds = vec![bound];
            return Some(Misfit { refused, bounds });
        }
    }
    let unlimited = maker.parameters.get(&Role::Max)?.unlimited.as_ref();
    let most = if pool.settings.contains_key(&Role::Max) {
        bounds(Role::Max)
    } else {
        bounds_by_default(project, pool, maker)
    };
    // A library that keeps some open unused raises the most to their number.
    let idle = bounds(Role::MostIdle);
    if pool.settings.contains_key(&Role::MostIdle) && idle.iter().all(|idle| idle.value != 0) {
        return None;
    }
    let least = bounds(Role::Min);
    for max in &most {
        if unlimited == Some(&ByVersion::Always(Scalar::Int(max.value))) {
            continue;
        }
        for min in least.iter().filter(|min| together(project, min, max)) {
            let bounds = || vec![min.clone(), max.clone()];
            if min.value > max.value {
                let refused = Refused::MinAboveMax;
                let bounds = bounds();
                return Some(Misfit { refused, bounds });
            }
            if max.value == 0 && maker.raises.contains_key(&Refused::NoConnections) {
                let refused = Refused::NoConnections;
                let bounds = bounds();
                return Some(Misfit { refused, bounds });
            }
        }
    }
    None
}

/// Whether one of two numbers is given whenever the other is.
fn together(project: &Project<'_>, left: &Bound, right: &Bound) -> bool {
    let held = |bound: &Bound| -> Vec<Condition> {
        let given = bound.given.as_ref();
        given.map_or_else(Vec::new, |number| number.conditions.clone())
    };
    let (left, right) = (held(left), held(right));
    project.compatible(&left, &right)
        && (left.iter().all(|each| right.contains(each))
            || right.iter().all(|each| left.contains(each)))
}

/// The numbers that a pool may get in a role: those it is given, else the library's default.
fn bounds(project: &Project<'_>, pool: &Pool, maker: &Maker, role: Role) -> Vec<Bound> {
    let Some(param) = maker.parameters.get(&role) else {
        return Vec::new();
    };
    let keyword = param.keyword.clone().unwrap_or_default();
    if pool.settings.contains_key(&role) {
        let numbers = project.numbers(pool, role).into_iter();
        return numbers
            .filter_map(|number| {
                Some(Bound {
                    value: number.winning()?,
                    keyword: keyword.clone(),
                    given: Some(number),
                })
            })
            .collect();
    }
    match &param.default {
        Some(ByVersion::Always(Scalar::Int(value))) if !pool.open => vec![Bound {
            value: *value,
            keyword,
            given: None,
        }],
        _ => Vec::new(),
    }
}

/// The most connections of a pool that is not told: the library's number, or what another role is given.
fn bounds_by_default(project: &Project<'_>, pool: &Pool, maker: &Maker) -> Vec<Bound> {
    let of = maker
        .parameters
        .get(&Role::Max)
        .and_then(|param| param.default_of);
    match of {
        Some(other) if !pool.open => bounds(project, pool, maker, other),
        _ => bounds(project, pool, maker, Role::Max),
    }
}

fn tell(project: &Project<'_>, pool: &Pool, maker: &Maker, misfit: &Misfit) -> Option<Finding> {
    let words: Vec<String> = misfit.bounds.iter().map(said).collect();
    let fact = words.join(", ");
    let raised = maker.raises.get(&misfit.refused);
    let ignored = maker.min_above_max.as_deref() == Some("ignored");
    let clamped = maker.min_above_max.as_deref() == Some("clamped");
    let (severity, message) = match raised {
        Some(raised) => (
            Severity::Error,
            format!("`{}` raises `{raised}`: {fact}", pool.maker_name()),
        ),
        None if ignored && misfit.refused == Refused::MinAboveMax => (
            Severity::Warning,
            format!(
                "{} has no limit, as its least is above its most: {fact}",
                name_of(pool)
            ),
        ),
        // The library holds itself to the most: the least is never there.
        None if clamped && misfit.refused == Refused::MinAboveMax => (
            Severity::Warning,
            format!(
                "{} never has its least number of connections, which is above its most: {fact}",
                name_of(pool)
            ),
        ),
        None => return None,
    };
    let numbers = || {
        misfit
            .bounds
            .iter()
            .filter_map(|bound| bound.given.as_ref())
    };
    let plain = numbers().all(|number| number.literal.is_some());
    let mut finding = Finding::new(NAME, project.place(pool.site), message)
        .severity(severity)
        .confidence(if plain {
            Confidence::High
        } else {
            Confidence::Medium
        })
        .symbol(pool.symbol.clone())
        .help(cure(misfit))
        .fold_key(format!("{}:{fact}", pool.maker));
    for number in numbers() {
        let place = number.fallback_place.unwrap_or(number.place);
        finding = finding.related(place, "set here");
        if let Some(env) = &number.env {
            finding = match &number.file {
                Some((file, false)) => finding.related(file.place, format!("`{env}` is set here")),
                _ => finding.note(format!(
                    "with the fallback of `{env}`; the variable may say otherwise"
                )),
            };
        }
    }
    if pool.place != project.place(pool.site) {
        finding = finding.related(pool.place, "made by this call");
    }
    Some(match repair(project, pool, misfit, plain) {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

/// A number with its keyword and where it comes from.
fn said(bound: &Bound) -> String {
    let from = match bound.given {
        Some(_) => "",
        None => " by default",
    };
    format!("`{}` is {}{from}", bound.keyword, bound.value)
}

fn cure(misfit: &Misfit) -> String {
    match (misfit.refused, misfit.bounds.as_slice()) {
        (Refused::MinAboveMax, [min, max]) if min.given.is_none() => {
            format!("Give `{}`, too, no higher than {}.", min.keyword, max.value)
        }
        (Refused::MinAboveMax, [min, max]) => {
            format!("Let `{}` be {} or more.", max.keyword, min.value)
        }
        _ => "Give a number that the library accepts.".to_owned(),
    }
}

/// The least number written beside the most, where only the default was in the way.
fn repair(project: &Project<'_>, pool: &Pool, misfit: &Misfit, plain: bool) -> Option<Fix> {
    let [min, max] = misfit.bounds.as_slice() else {
        return None;
    };
    let place: Place = max.given.as_ref()?.place;
    let direct = pool.frames.is_none() && project.place(pool.site).contains(place);
    let tested = project.pool_contexts(pool).contains(&ContextKind::Test);
    if misfit.refused != Refused::MinAboveMax || min.given.is_some() || !plain || !direct || tested
    {
        return None;
    }
    let edits = project.add_number(place, &min.keyword, max.value)?;
    let title = format!("Set `{}` to {}", min.keyword, max.value);
    Some(Fix::new(title, Applicability::Safe, edits))
}
