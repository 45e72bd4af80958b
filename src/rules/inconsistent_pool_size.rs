//! `inconsistent-pool-size`: one database or one setting, two sizes.
//!
//! Compares pools of one database with each other, the fallbacks of one environment variable with each other, and a
//! fallback with the settings file.

use super::duplicate_engine::{one_writes, same_database};
use super::null_pool::name_of;
use crate::catalog::Role;
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::numbers::Number;
use crate::project::pools::Pool;
use crate::source::Place;

const NAME: &str = "inconsistent-pool-size";

/// The numbers that are compared, with their names for people.
const ROLES: &[(Role, &str)] = &[
    (Role::Size, "size"),
    (Role::Overflow, "overflow"),
    (Role::Min, "minimum"),
    (Role::Max, "maximum"),
];

/// One disagreement.
struct Difference {
    what: &'static str,
    env: Option<String>,
    here: Number,
    there: Number,
    there_words: &'static str,
    example: bool,
}

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut told: Vec<Place> = Vec::new();
    let groups = same_database(project);
    for pools in &groups {
        // Each pool is compared with each before it: only those that state a number at all.
        let sized = pools.iter().map(|pool| Sized::of(project, pool));
        let sized: Vec<Sized<'_>> = sized.filter(Sized::states_any).collect();
        for (number, pool) in sized.iter().enumerate() {
            let differences: Vec<Difference> = sized[..number]
                .iter()
                .find_map(|first| against(project, first, pool))
                .unwrap_or_default();
            if !differences.is_empty() {
                findings.push(tell(pool.pool, &differences));
            }
        }
    }
    for pool in project.numbered_pools() {
        let differences: Vec<Difference> = ROLES
            .iter()
            .flat_map(|(role, what)| fallbacks(project, &pool, *role, what))
            .filter(|difference| !told.contains(&difference.here.place))
            .collect();
        if differences.is_empty() {
            continue;
        }
        told.extend(differences.iter().map(|difference| difference.here.place));
        // A fallback is an argument: the call that it goes into is the place, whoever asked for the engine.
        let site = Pool {
            place: project.place(pool.site),
            symbol: project.symbol_of(pool.site),
            ..pool
        };
        match findings.iter_mut().find(|known| known.place == site.place) {
            // Two pools that differ need a decision, which aligning a fallback does not make.
            Some(known) => *known = merged(known.clone(), &differences),
            None => {
                let finding = tell(&site, &differences);
                findings.push(match aligned(project, &site, &differences) {
                    Some(fix) => finding.fix(fix),
                    None => finding,
                });
            }
        }
    }
    findings
}

/// A pool with what it states for each of [`ROLES`].
struct Sized<'p> {
    pool: &'p Pool,
    numbers: Vec<Vec<Number>>,
}

impl<'p> Sized<'p> {
    fn of(project: &Project<'_>, pool: &'p Pool) -> Self {
        let roles = ROLES.iter();
        let numbers = roles
            .map(|(role, _)| project.numbers(pool, *role))
            .collect();
        Self { pool, numbers }
    }

    fn states_any(&self) -> bool {
        self.numbers.iter().any(|numbers| !numbers.is_empty())
    }
}

/// Where two pools of one database differ in a number that wins on both sides.
fn against(
    project: &Project<'_>,
    first: &Sized<'_>,
    second: &Sized<'_>,
) -> Option<Vec<Difference>> {
    if first.pool.is_async != second.pool.is_async
        || !project.compatible(&first.pool.conditions, &second.pool.conditions)
        || one_writes(project, first.pool, second.pool)
    {
        return None;
    }
    let mut found = Vec::new();
    for (number, (_, what)) in ROLES.iter().enumerate() {
        for there in &first.numbers[number] {
            for here in &second.numbers[number] {
                let same_variable = here.env.is_some() && here.env == there.env;
                // Different variables are different on purpose: one size for the web, one for the workers.
                let by_design = here.env.is_some() && there.env.is_some();
                let together = project.compatible(&here.conditions, &there.conditions);
                if !same_variable && !by_design && together && here.winning() != there.winning() {
                    found.push(Difference {
                        what,
                        env: None,
                        here: here.clone(),
                        there: there.clone(),
                        there_words: "elsewhere",
                        example: false,
                    });
                    break;
                }
            }
            if found
                .last()
                .is_some_and(|difference: &Difference| difference.what == *what)
            {
                break;
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

/// Where the fallback that a pool uses differs from the settings file, or from the fallback used elsewhere.
fn fallbacks(
    project: &Project<'_>,
    pool: &Pool,
    role: Role,
    what: &'static str,
) -> Vec<Difference> {
    project
        .numbers(pool, role)
        .into_iter()
        .filter_map(|here| {
            let env = here.env.clone()?;
            let fallback = here.fallback?;
            let of = |there: Number, there_words, example| Difference {
                what,
                env: Some(env.clone()),
                here: here.clone(),
                there,
                there_words,
                example,
            };
            // What is deployed decides; an example is only that.
            match &here.file {
                Some((there, example)) if there.winning() != Some(fallback) => {
                    return Some(of((**there).clone(), "in the settings file", *example));
                }
                Some((_, false)) => return None,
                _ => {}
            }
            let other = project.fallbacks_of(&env, pool).into_iter().find(|other| {
                other.place < here.place && other.fallback.is_some_and(|other| other != fallback)
            })?;
            Some(of(other, "as the fallback elsewhere", false))
        })
        .collect()
}

/// The fix that gives the fallbacks the numbers that are used elsewhere.
fn aligned(project: &Project<'_>, pool: &Pool, differences: &[Difference]) -> Option<Fix> {
    let mut edits = Vec::new();
    let mut words = Vec::new();
    let mut applicability = Applicability::Safe;
    for difference in differences {
        let (env, here) = (difference.env.as_deref()?, &difference.here);
        let wanted = difference.there.winning().or(difference.there.fallback)?;
        edits.push(project.replace_number(here.fallback_place?, here.fallback?, wanted)?);
        words.push(format!("`{env}` fall back to {wanted}"));
        let others_agree = project
            .fallbacks_of(env, pool)
            .iter()
            .all(|other| other.place == here.place || other.fallback == Some(wanted));
        // What is deployed decides when nothing speaks against it, and the number is written where it is read.
        let deployed = matches!(here.file, Some((_, false)));
        let is_own = here.fallback_place.is_some_and(|place| {
            place.file == here.place.file && here.place.span.contains(place.span)
        });
        if !(deployed && others_agree && is_own) {
            applicability = Applicability::Unsafe;
        }
    }
    edits.sort();
    edits.dedup();
    Some(Fix::new(
        format!("Let {}", words.join(", ")),
        applicability,
        edits,
    ))
}

fn tell(pool: &Pool, differences: &[Difference]) -> Finding {
    let first = &differences[0];
    let message = match &first.env {
        Some(env) => format!(
            "the {} of {} falls back to {} when {env} is not set, but it is {} {}",
            first.what,
            name_of(pool),
            shown(first.here.fallback),
            shown(first.there.winning().or(first.there.fallback)),
            first.there_words
        ),
        None => format!(
            "the {} of {} is {} here and {} {} for the same database",
            first.what,
            name_of(pool),
            shown(first.here.winning()),
            shown(first.there.winning()),
            first.there_words
        ),
    };
    let example = differences.iter().all(|difference| difference.example);
    let finding = Finding::new(NAME, pool.place, message)
        .severity(if example { Severity::Info } else { Severity::Warning })
        .confidence(Confidence::High)
        .symbol(pool.symbol.clone())
        .help("Read the number in one place and use it everywhere; give the fallback the value that is deployed.");
    merged(finding, differences)
}

fn merged(mut finding: Finding, differences: &[Difference]) -> Finding {
    for difference in differences {
        let here = difference
            .here
            .fallback
            .filter(|_| difference.env.is_some())
            .or(difference.here.winning());
        let there = difference.there.winning().or(difference.there.fallback);
        finding = finding
            .note(format!(
                "{}: {} here, {} {}",
                difference.what,
                shown(here),
                shown(there),
                difference.there_words
            ))
            .related(
                difference.here.place,
                format!("{} is set to {} here", difference.what, shown(here)),
            )
            .related(
                difference.there.place,
                format!("{} is set to {} here", difference.what, shown(there)),
            );
        // The number goes from the settings file through the setting into the call.
        let file = difference.here.file.as_ref();
        if file.is_some_and(|(there, _)| there.place == difference.there.place) {
            finding = finding.chained();
        }
    }
    finding
}

fn shown(number: Option<i64>) -> String {
    number.map_or_else(|| "unknown".to_owned(), |number| number.to_string())
}
