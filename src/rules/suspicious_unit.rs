//! `suspicious-unit`: a length of time in another unit than the one its parameter counts in.
//!
//! Looks at each known number of a pool. What nobody can mean in the unit of its parameter, and somebody may well mean in
//! another unit, is taken for that one; so is a number whose name says another unit.

use super::missing_pre_ping::{lasting, place_of};
use crate::catalog::{ContextKind, Maker, Role, Span};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::numbers::Number;
use crate::project::pools::Pool;

const NAME: &str = "suspicious-unit";

/// What is no part of the product.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for pool in project.instances() {
        let contexts = project.pool_contexts(pool);
        let quiet = contexts.iter().any(|context| SILENT.contains(context))
            || project.is_deliberate(pool.site);
        let Some(maker) = project.catalog.maker(&pool.maker).filter(|_| !quiet) else {
            continue;
        };
        if let Some(finding) = tell(project, pool, &misread(project, pool, maker))
            && findings.iter().all(|known| known.place != finding.place)
        {
            findings.push(finding);
        }
    }
    findings
}

/// A number in another unit than the one its parameter counts in.
struct Misread<'p> {
    keyword: &'p str,
    unit: &'p str,
    value: i64,
    /// The unit that it is in.
    meant: &'p str,
    /// The name that says so.
    name: Option<String>,
    number: Number,
}

fn misread<'p>(project: &'p Project<'_>, pool: &Pool, maker: &'p Maker) -> Vec<Misread<'p>> {
    let units = project.catalog.units();
    let mut found = Vec::new();
    for (role, span) in &units.plausible {
        let Some(param) = maker.parameters.get(role) else {
            continue;
        };
        let (Some(keyword), Some(unit)) = (&param.keyword, &param.unit) else {
            continue;
        };
        let numbers = project.numbers(pool, *role).into_iter();
        found.extend(numbers.filter_map(|number| {
            let value = number.winning().filter(|value| *value > 0)?;
            let (meant, name) = match meant(project, unit, value, *span) {
                Some(meant) => (meant, None),
                None => named(project, pool, *role, unit, &number)?,
            };
            Some(Misread {
                keyword,
                unit,
                value,
                meant,
                name,
                number,
            })
        }));
    }
    found
}

/// The unit that a number is in, when it cannot be the one of its parameter.
fn meant<'p>(project: &'p Project<'_>, unit: &str, value: i64, span: Span) -> Option<&'p str> {
    let units = &project.catalog.units().per_second;
    let seconds = |unit: &str| Some(value as f64 / *units.get(unit)? as f64);
    let plausible = |seconds: f64| seconds >= span.least && seconds <= span.most;
    let whole = |per_second: i64| {
        let length = span.whole.and_then(|length| length.checked_mul(per_second));
        length.is_some_and(|length| value % length == 0)
    };
    let own = *units.get(unit)?;
    if plausible(seconds(unit)?) || whole(own) {
        return None;
    }
    let (other, per_second) = units
        .iter()
        .find(|(other, _)| *other != unit && seconds(other).is_some_and(plausible))?;
    // Larger than one can mean: such a number is a round one of the smaller unit.
    let round = *per_second < own || value % (per_second / own) == 0;
    round.then_some(other.as_str())
}

/// The unit that the name of a number says, when that is another one; with the name.
fn named<'p>(
    project: &'p Project<'_>,
    pool: &Pool,
    role: Role,
    unit: &str,
    number: &Number,
) -> Option<(&'p str, Option<String>)> {
    let words = &project.catalog.units().words;
    let symbols = pool.settings.get(&role)?.iter();
    let mut names = symbols
        .filter_map(|setting| setting.val.symbol.as_deref())
        .chain(number.env.as_deref());
    let (said, name) = names.find_map(|name| {
        let name = name.rsplit('.').next().unwrap_or(name);
        let last = name.rsplit('_').next().unwrap_or(name);
        Some((words.get(&last.to_lowercase())?, name.to_owned()))
    })?;
    (said != unit).then_some((said.as_str(), Some(name)))
}

fn tell(project: &Project<'_>, pool: &Pool, all: &[Misread<'_>]) -> Option<Finding> {
    let first = all.first()?;
    let plain = all.iter().all(|it| it.number.literal.is_some());
    let keys: Vec<String> = all
        .iter()
        .map(|it| format!("{}:{}", it.keyword, it.value))
        .collect();
    let mut finding = Finding::new(NAME, place_of(project, pool), fact(project, first))
        .severity(Severity::Warning)
        .confidence(if plain {
            Confidence::High
        } else {
            Confidence::Medium
        })
        .symbol(pool.symbol.clone())
        .help(sentence(&cure(project, first)))
        .fold_key(format!("{}:{}", pool.maker, keys.join(":")));
    for other in &all[1..] {
        let too = format!("{}; {}", fact(project, other), cure(project, other));
        finding = finding.note(too);
    }
    for it in all {
        finding = finding.related(it.number.place, format!("`{}` is set here", it.keyword));
        if let Some(env) = &it.number.env {
            finding = finding.note(format!("with what is known of `{env}`"));
        }
    }
    Some(finding)
}

fn fact(project: &Project<'_>, it: &Misread<'_>) -> String {
    let per_second = per_second(project, it.unit);
    let lasts = if per_second == 1 {
        about(it.value)
    } else {
        format!("{} seconds", it.value as f64 / per_second as f64)
    };
    let (keyword, value) = (it.keyword, it.value);
    let fact = format!("`{keyword}` counts {}: {value} are {lasts}", words(it.unit));
    match &it.name {
        Some(name) => format!("{fact}, while `{name}` is in {}", words(it.meant)),
        None => fact,
    }
}

fn cure(project: &Project<'_>, it: &Misread<'_>) -> String {
    let (own, meant) = (per_second(project, it.unit), per_second(project, it.meant));
    let value = it.value as f64 * own as f64 / meant as f64;
    let meant = words(it.meant);
    format!("if {} {meant} are meant, give {value}", it.value)
}

fn per_second(project: &Project<'_>, unit: &str) -> i64 {
    let units = &project.catalog.units().per_second;
    units.get(unit).copied().unwrap_or(1)
}

/// How long a number of seconds is, for people: whole units, or about so many of them.
fn about(seconds: i64) -> String {
    let (length, unit) = match seconds {
        ..120 => return lasting(seconds),
        120..7_200 => (60, "minutes"),
        7_200..172_800 => (3_600, "hours"),
        _ => (86_400, "days"),
    };
    if seconds % length == 0 {
        lasting(seconds)
    } else {
        format!("about {} {unit}", (seconds + length / 2) / length)
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// The word for a unit.
fn words(unit: &str) -> &str {
    match unit {
        "ms" => "milliseconds",
        other => other,
    }
}
