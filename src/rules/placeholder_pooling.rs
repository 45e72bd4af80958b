//! `placeholder-pooling`: a function or class that promises pooled connections and opens a new one each time.
//!
//! Looks at names, options, the first lines of docstrings and comments for the promise, and at what the functions hand
//! out for whether it is kept.

use super::connection_leak::{SILENT, with_chain};
use crate::catalog::PromiseWords;
use crate::finding::{Confidence, Finding};
use crate::project::flow::Taken;
use crate::project::placement::Kept;
use crate::project::sessions::split_words;
use crate::project::values::Value;
use crate::project::{ExprRef, FunctionRef, Project};
use crate::source::{Place, Span};
use std::collections::BTreeSet;

const NAME: &str = "placeholder-pooling";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let taken = project.all_taken();
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut findings = Vec::new();
    for each in taken.iter() {
        let Some(function) = project.enclosing(each.at) else {
            continue;
        };
        let Some(promise) = promise(project, function) else {
            continue;
        };
        let contexts = project.contexts(each.at);
        let quiet = contexts.iter().any(|context| SILENT.contains(context))
            || project.is_deliberate(each.at);
        if quiet || !is_new(project, each, function) || !told.insert(promise.key.clone()) {
            continue;
        }
        findings.push(finding(project, each, function, promise));
    }
    findings
}

/// A promise: who makes it, and where.
struct Promise {
    /// `` `get_pooled_connection` ``.
    who: String,
    place: Place,
    key: String,
}

fn promise(project: &Project<'_>, function: FunctionRef) -> Option<Promise> {
    let found = project.function(function);
    let words = split_words(&found.name);
    let known = &project.catalog.contexts().promise_words;
    let makes = words.first().is_some_and(|word| known.makes.contains(word));
    let at = |span: Span| Place {
        file: function.file,
        span,
    };
    // Where annotations hold, the type says what comes out, whatever a comment says.
    let commented = || {
        let said = project.said_of(function);
        !project.errors_are_values(function.file) && said.iter().any(|text| says(known, text))
    };
    let own = promises(known, &words) || project.pooling_option(function) || commented();
    if own && !makes && !found.name.is_empty() {
        return Some(Promise {
            who: found.name.to_string(),
            place: at(found.name_span),
            key: format!("{:?}", at(found.name_span)),
        });
    }
    let (name, span, said) = project.class_around(function)?;
    let by_name = promises(known, &split_words(&name));
    (by_name || said.is_some_and(|text| says(known, &text))).then(|| Promise {
        who: name,
        place: at(span),
        key: format!("{:?}", at(span)),
    })
}

fn promises(known: &PromiseWords, words: &[String]) -> bool {
    let has = |known: &[String]| words.iter().any(|word| known.contains(word));
    let joined = words.join("_");
    let again = has(&known.again) || known.phrases.iter().any(|phrase| joined.contains(phrase));
    again && has(&known.what)
}

/// Whether a sentence promises pooled connections.
fn says(known: &PromiseWords, text: &str) -> bool {
    let line = text.trim().lines().next().unwrap_or_default();
    let sentence = line.split(". ").next().unwrap_or_default();
    let words = split_words(sentence);
    let has = |known: &[String]| words.iter().any(|word| known.contains(word));
    has(&known.again) && has(&known.what) && !has(&known.denies)
}

/// Whether a function hands out what it takes, that is always a new connection, and nothing keeps one.
fn is_new(project: &Project<'_>, taken: &Taken, function: FunctionRef) -> bool {
    if taken.thing.pooled || taken.thing.home.is_some() {
        return false;
    }
    let Some(ways) = project.ways_of(taken) else {
        return false;
    };
    let hands_out = !ways.returned.is_empty() || ways.yielded;
    let kept = !ways.left.is_empty()
        || ways.unknown
        || project.stored(taken.at) != Kept::No
        || taken
            .chain
            .iter()
            .any(|call| project.stored(*call) != Kept::No)
        || project.is_remembered(function)
        || !project.registrations(function).is_empty();
    let near_a_pool = project
        .containers()
        .pools
        .iter()
        .any(|pool| pool.slot.file() == function.file);
    let site = &project.sites()[taken.site];
    hands_out
        && !kept
        && !near_a_pool
        && site.kind == crate::catalog::Kind::Connection
        && project
            .values_leaving(function)
            .into_iter()
            .all(|at| only_new(project, at))
}

/// Whether an expression is always a new connection, or nothing.
fn only_new(project: &Project<'_>, at: ExprRef) -> bool {
    let val = project.eval(at, &None);
    val.alternatives().iter().all(|(val, _)| match &val.value {
        Value::None => true,
        Value::Tuple(items) => items.iter().any(|item| project.is_new_connection(item)),
        _ => project.is_new_connection(val),
    })
}

fn finding(
    project: &Project<'_>,
    taken: &Taken,
    function: FunctionRef,
    promise: Promise,
) -> Finding {
    let finding = Finding::new(
        NAME,
        project.place(taken.at),
        format!(
            "`{}` promises pooled connections and opens a new one each time",
            promise.who
        ),
    )
    .confidence(Confidence::Medium)
    .symbol(project.qualified(function))
    .help("Take connections from a pool of the driver, or call it what it is.")
    .note("who trusts the name calls it for every query: 200 queries open 200 connections")
    .related(promise.place, "the promise")
    .fold_key(promise.key);
    with_chain(project, taken, finding)
}
