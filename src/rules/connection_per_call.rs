//! `connection-per-call`: a helper that opens a connection of its own each time it is called.
//!
//! Needs evidence: handlers or tasks that call the helper, or three places that do. A helper hands its connection to its
//! callers, or does their work with it and closes it.

use super::connect_in_loop::weight;
use super::connection_leak::SILENT;
use crate::catalog::{ContextKind, Multiplicity};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::flow::Taken;
use crate::project::placement::{Evidence, Kept, Placement};
use crate::project::values::MOST_CALLS;
use crate::project::{ExprRef, FunctionRef, Project};
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "connection-per-call";

/// So many callers make a habit.
const A_HABIT: usize = 3;

/// By site and function: the functions that are handed a connection that is made there, and close it themselves.
type Users = BTreeSet<(usize, FunctionRef)>;

/// A function that opens a connection, and what is known of it.
struct Helper<'t> {
    taken: &'t Taken,
    function: FunctionRef,
    /// Whether it closes the connection itself.
    closes: bool,
    severity: Severity,
}

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let taken = project.all_taken();
    let mut seen: BTreeSet<ExprRef> = BTreeSet::new();
    let helpers: Vec<Helper<'_>> = taken
        .iter()
        .filter_map(|taken| helper(project, taken))
        .filter(|helper| seen.insert(helper.taken.at))
        .collect();
    let users = users(project, &taken, &helpers);
    helpers
        .iter()
        .filter_map(|helper| judge(project, helper, &users))
        .collect()
}

fn helper<'t>(project: &Project<'_>, taken: &'t Taken) -> Option<Helper<'t>> {
    // What comes out of a pool of the project's own was opened elsewhere.
    let pooled = taken.thing.pooled || taken.thing.home.is_some();
    if !taken.chain.is_empty() || pooled {
        return None;
    }
    let severity = weight(project, &project.sites()[taken.site])?;
    let function = project.enclosing(taken.at)?;
    let ways = project.ways_of(taken)?;
    // What gives the connection to its callers, for each of them anew.
    let hands_out = !ways.returned.is_empty() || ways.yielded;
    let closes = !hands_out && !ways.given.is_empty();
    let quiet = ways.unknown
        || !hands_out && !closes
        || !ways.left.is_empty()
        || project.stored(taken.at) != Kept::No
        || is_quiet(project, taken.at)
        || hands_out && project.may_return_another(taken.at)
        || project.is_probe(function)
        || project.is_deliberate(taken.at);
    (!quiet).then_some(Helper {
        taken,
        function,
        closes,
        severity,
    })
}

/// The functions that take what a helper hands out and close it.
fn users(project: &Project<'_>, all: &[Taken], helpers: &[Helper<'_>]) -> Users {
    let sites: BTreeMap<usize, bool> = helpers
        .iter()
        .map(|helper| (helper.taken.site, helper.closes))
        .collect();
    all.iter()
        .filter(|taken| !taken.chain.is_empty() && sites.get(&taken.site) == Some(&false))
        .filter_map(|taken| {
            let function = project.enclosing(taken.at)?;
            let ways = project.ways_of(taken)?;
            let closes = !ways.given.is_empty() && ways.left.is_empty();
            closes.then_some((taken.site, function))
        })
        .collect()
}

fn is_quiet(project: &Project<'_>, expr: ExprRef) -> bool {
    project
        .contexts(expr)
        .iter()
        .any(|each| SILENT.contains(each) || *each == ContextKind::Script)
}

/// The calls of a function that speak: from another function, and from the product.
fn callers(project: &Project<'_>, function: FunctionRef) -> Vec<ExprRef> {
    let mut callers = project.callers(function);
    callers.retain(|call| {
        let around = project.enclosing(*call);
        around.is_some_and(|around| around != function && !project.is_probe(around))
            && !is_quiet(project, *call)
    });
    callers
}

/// The functions around some calls.
fn places(project: &Project<'_>, calls: &[ExprRef]) -> BTreeSet<FunctionRef> {
    calls
        .iter()
        .filter_map(|call| project.enclosing(*call))
        .collect()
}

fn judge(project: &Project<'_>, helper: &Helper<'_>, users: &Users) -> Option<Finding> {
    let site = helper.taken.site;
    let placement = project.placement(project.sites()[site].site);
    if placement.made_once {
        return None;
    }
    let finding = if let Some(evidence) = handled(project, helper, &placement) {
        if project.is_asked_for(project.sites()[site].site) {
            return None;
        }
        let often = super::engine_per_call::how_often(evidence);
        let name = project.qualified(helper.function);
        let message = format!("`{name}` opens a new connection {often}");
        let calls = callers(project, helper.function);
        finding(project, helper, message, &calls)
            .confidence(Confidence::High)
            .related(evidence.place, super::engine_per_call::words(evidence))
    } else {
        let (function, calls) = asked_by_all(project, helper, users);
        // What one module does for itself may be one job; what several share is the way the project connects.
        let modules: BTreeSet<_> = calls.iter().map(|call| call.file).collect();
        let places = places(project, &calls).len();
        let one_job = modules.len() == 1 || project.only_from_scripts(helper.taken.at);
        if places < A_HABIT || one_job || project.exclude_each_other(&calls) {
            return None;
        }
        let name = project.qualified(function);
        let message = format!(
            "`{name}` opens a new connection for each of its {places} callers, each time they run"
        );
        finding(project, helper, message, &calls).confidence(Confidence::Medium)
    };
    Some(finding)
}

/// The function that the project calls for its connections, with its calls: the helper, or what alone calls it and works
/// with its connections for others.
fn asked_by_all(
    project: &Project<'_>,
    helper: &Helper<'_>,
    users: &Users,
) -> (FunctionRef, Vec<ExprRef>) {
    let mut function = helper.function;
    let mut calls = callers(project, function);
    for _ in 0..MOST_CALLS {
        let around = places(project, &calls);
        match around.first() {
            Some(one) if around.len() == 1 && users.contains(&(helper.taken.site, *one)) => {
                function = *one;
                calls = callers(project, function);
            }
            _ => break,
        }
    }
    (function, calls)
}

fn finding(
    project: &Project<'_>,
    helper: &Helper<'_>,
    message: String,
    calls: &[ExprRef],
) -> Finding {
    let pool = &project.sites()[helper.taken.site];
    let mut finding = Finding::new(NAME, project.place(pool.site), message)
        .severity(helper.severity)
        .symbol(project.symbol_of(pool.site))
        .help(if helper.closes {
            "Keep a pool in the module and let the helper take its connections from it."
        } else {
            "Keep a pool in the module and let the helper hand out its connections."
        })
        .note(if helper.severity == Severity::Info {
            "a file is opened and its schema read each time"
        } else {
            "each call pays for the handshake, and nothing limits how many there are at once: the server's limit comes first"
        })
        .fold_key(pool.maker.to_string());
    for call in calls.iter().take(8) {
        finding = finding.related(project.place(*call), "called here");
    }
    finding
}

/// A handler or task that leads to the helper. What closes its connection helps several of them, or it is a part of one.
fn handled<'a>(
    project: &Project<'_>,
    helper: &Helper<'_>,
    placement: &'a Placement,
) -> Option<&'a Evidence> {
    let speaks = |evidence: &&Evidence| {
        let silent =
            |context: &ContextKind| SILENT.contains(context) || *context == ContextKind::Script;
        let file = evidence.place.file;
        let itself = helper.closes && evidence.of == Some(helper.function);
        let often = matches!(
            evidence.when,
            Multiplicity::PerRequest | Multiplicity::PerTask
        );
        often
            && evidence.many
            && !evidence.context.as_ref().is_some_and(silent)
            && !project.file_contexts(file).iter().any(silent)
            && !evidence.of.is_some_and(|of| project.is_probe(of))
            && !itself
    };
    let all: Vec<&Evidence> = placement.evidence.iter().filter(speaks).collect();
    let served: BTreeSet<_> = all.iter().map(|evidence| evidence.of).collect();
    let alone = helper.closes
        && served.len() < 2
        && places(project, &callers(project, helper.function)).len() < 2;
    all.first().copied().filter(|_| !alone)
}
