//! `pool-poisoned-with-none`: no value, or a closed connection, goes into a hand-written pool of connections.
//!
//! Looks at the functions that put something in, with what they are handed; whether the functions that take make a new
//! connection in its place decides how grave it is.

use super::connection_leak::SILENT;
use crate::edit::{Applicability, Edit, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::containers::Handmade;
use crate::project::flow::{Taken, Thing};
use crate::project::{ExprRef, FunctionRef, Project};
use crate::source::{Place, Span};
use std::collections::BTreeSet;

const NAME: &str = "pool-poisoned-with-none";

/// How many functions of the pool's own file hand a value on before it leaves the pool.
const MOST_HANDS: usize = 4;

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let containers = project.containers();
    let homes = project.homes();
    let mut findings = Vec::new();
    for (pool, thing) in containers.pools.iter().zip(homes.iter()) {
        for (place, at) in nones(project, pool, thing) {
            findings.extend(with_none(project, pool, place, at));
        }
        for (place, at) in closed(project, pool) {
            findings.extend(with_closed(project, pool, place, at));
        }
    }
    findings
}

/// The calls that put no value in, or hand it to a function that does, each with the function around it.
fn nones(project: &Project<'_>, pool: &Handmade, thing: &Thing) -> BTreeSet<(Place, FunctionRef)> {
    let all = pool.givers.iter().flat_map(|function| {
        let spans = project.nones_put(thing, *function);
        spans
            .into_iter()
            .map(|span| (placed(*function, span), *function))
    });
    all.collect()
}

/// The calls that put back what was closed before.
fn closed(project: &Project<'_>, pool: &Handmade) -> BTreeSet<(Place, FunctionRef)> {
    let taken = project.all_taken();
    let of_pool = taken.iter().filter(|taken| is_of(project, taken, pool));
    let taken = of_pool.filter_map(|taken| {
        let function = project.enclosing(taken.at)?;
        Some((function, project.ways_of(taken)?))
    });
    let returned = project.returned_by_hand();
    let returned = returned.into_iter().filter(|each| {
        let containers = project.containers();
        containers.pools[each.home.pool].number == pool.number
    });
    taken
        .chain(returned.map(|each| (each.function, each.ways)))
        .flat_map(|(function, ways)| {
            let spans: Vec<Span> = ways.closed_put.iter().copied().collect();
            spans
                .into_iter()
                .map(move |span| (placed(function, span), function))
        })
        .collect()
}

fn placed(function: FunctionRef, span: Span) -> Place {
    Place {
        file: function.file,
        span,
    }
}

fn is_of(project: &Project<'_>, taken: &Taken, pool: &Handmade) -> bool {
    let containers = project.containers();
    let home = taken.thing.home.as_ref();
    home.is_some_and(|home| containers.pools[home.pool].number == pool.number)
}

fn with_none(
    project: &Project<'_>,
    pool: &Handmade,
    place: Place,
    function: FunctionRef,
) -> Option<Finding> {
    let handed = handed_out(project, pool);
    let finding = told(project, pool, place, function, "`None` goes into")?;
    let Some(out) = handed else {
        return Some(
            finding
                .severity(Severity::Info)
                .help("Put a connection in, or nothing; a place that is made when it is taken needs no `None`.")
                .note("each function that takes makes a connection in its place, so nobody is handed it; a connect that fails there loses the place"),
        );
    };
    let mut finding = finding
        .severity(Severity::Error)
        .help("Put a new connection in its place, at once.")
        .note(if project.errors_are_values(place.file) {
            "the next one to take it panics: it asks for a connection that is not there"
        } else {
            "measured: the next one to take it fails with `'NoneType' object has no attribute 'execute'`"
        })
        .related(out, "and comes out here");
    if let Some(fix) = repair(project, pool, place) {
        finding = finding.fix(fix);
    }
    Some(finding)
}

fn with_closed(
    project: &Project<'_>,
    pool: &Handmade,
    place: Place,
    function: FunctionRef,
) -> Option<Finding> {
    let taken = project.all_taken();
    let recreates = taken
        .iter()
        .filter(|taken| taken.chain.is_empty() && is_of(project, taken, pool))
        .all(|taken| project.ways_of(taken).is_some_and(|ways| ways.recreated));
    let finding = told(
        project,
        pool,
        place,
        function,
        "a closed connection goes into",
    )?;
    Some(if recreates {
        finding
            .severity(Severity::Info)
            .help("Put a new connection in its place.")
            .note("each function that takes can make a connection in its place; one that does not notice hands out the closed one")
    } else {
        finding
            .severity(Severity::Error)
            .help("Put a new connection in its place, at once.")
            .note("measured: the next one to take it fails with `Cannot operate on a closed database`")
    })
}

fn told(
    project: &Project<'_>,
    pool: &Handmade,
    place: Place,
    function: FunctionRef,
    what: &str,
) -> Option<Finding> {
    let contexts = project.contexts(pool.takes.first().copied()?);
    let at = pool.puts.first()?.0;
    if contexts.iter().any(|context| SILENT.contains(context)) || project.is_deliberate(at) {
        return None;
    }
    let message = format!("{what} `{}`, a pool of connections", pool.slot.name());
    Some(
        Finding::new(NAME, place, message)
            .confidence(Confidence::High)
            .symbol(project.qualified(function))
            .fold_key(format!("{:?}", pool.slot)),
    )
}

/// Where what is no connection leaves the pool: it is used, or handed to somebody outside the pool's file.
fn handed_out(project: &Project<'_>, pool: &Handmade) -> Option<Place> {
    let taken = project.all_taken();
    let direct = taken
        .iter()
        .filter(|taken| taken.chain.is_empty() && is_of(project, taken, pool));
    direct
        .filter(|taken| taken.element.is_none())
        .find_map(|taken| leaves(project, taken, MOST_HANDS))
}

fn leaves(project: &Project<'_>, taken: &Taken, hands: usize) -> Option<Place> {
    let ways = project.uses_of_none(taken)?;
    let function = project.enclosing(taken.at)?;
    if let Some(used) = ways.none_used.first() {
        return Some(placed(function, *used));
    }
    let returned = *ways.none_returned.first()?;
    let inside: Vec<ExprRef> = project
        .callers(function)
        .into_iter()
        .filter(|call| call.file == function.file && project.enclosing(*call).is_some())
        .collect();
    // Whoever else takes it is outside, and is not asked what it makes of it.
    if inside.is_empty() || hands == 0 {
        return Some(placed(function, returned));
    }
    inside.into_iter().find_map(|at| {
        let next = Taken {
            at,
            ..taken.clone()
        };
        leaves(project, &next, hands - 1)
    })
}

/// The call that fills the pool elsewhere, in the place of the value.
fn repair(project: &Project<'_>, pool: &Handmade, place: Place) -> Option<Fix> {
    let (call, value) = pool
        .puts
        .iter()
        .find(|(call, _)| project.place(*call) == place)?;
    let text = pool.puts.iter().find_map(|(other, made)| {
        let near = other.file == call.file && project.same_object(*other, *call);
        let text = project.plain_call(*made).filter(|_| near)?;
        Some(text)
    })?;
    let edit = Edit {
        place: project.place(*value),
        content: text.clone(),
    };
    let title = format!("Put `{text}` in");
    Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
}
