//! `connection-per-call`: a helper that opens a connection of its own each time it is called.
//!
//! Needs evidence: handlers or tasks that call the helper, or three places that do.

use super::connect_in_loop::weight;
use super::connection_leak::SILENT;
use crate::catalog::{ContextKind, Multiplicity};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::placement::{Evidence, Kept, Placement};
use crate::project::pools::Pool;
use crate::project::{ExprRef, FunctionRef, Project};
use std::collections::BTreeSet;

const NAME: &str = "connection-per-call";

/// So many callers make a habit.
const A_HABIT: usize = 3;

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let taken = project.all_taken();
    let mut seen: BTreeSet<ExprRef> = BTreeSet::new();
    taken
        .iter()
        .filter(|taken| taken.chain.is_empty() && !taken.thing.pooled)
        .filter_map(|taken| {
            let pool = &project.sites()[taken.site];
            let severity = weight(pool)?;
            let function = project.enclosing(taken.at)?;
            let ways = project.ways_of(taken)?;
            // What gives the connection to its callers, for each of them anew.
            let hands_out = !ways.returned.is_empty() || ways.yielded;
            let quiet = ways.unknown
                || !hands_out
                || !ways.left.is_empty()
                || project.stored(taken.at) != Kept::No
                || is_quiet(project, taken.at)
                || project.is_probe(function)
                || project.is_deliberate(taken.at)
                || !seen.insert(taken.at);
            (!quiet).then(|| judge(project, pool, function, severity))?
        })
        .collect()
}

fn is_quiet(project: &Project<'_>, expr: ExprRef) -> bool {
    project
        .contexts(expr)
        .iter()
        .any(|each| SILENT.contains(each) || *each == ContextKind::Script)
}

fn judge(
    project: &Project<'_>,
    pool: &Pool,
    function: FunctionRef,
    severity: Severity,
) -> Option<Finding> {
    let callers: Vec<ExprRef> = project
        .callers(function)
        .into_iter()
        .filter(|call| {
            let around = project.enclosing(*call);
            around.is_some_and(|around| around != function && !project.is_probe(around))
                && !is_quiet(project, *call)
        })
        .collect();
    let places: BTreeSet<_> = callers
        .iter()
        .map(|call| project.enclosing(*call))
        .collect();
    let placement = project.placement(pool.site);
    if placement.made_once {
        return None;
    }
    let evidence = handled(project, &placement);
    // What one module does for itself may be one job; what several share is the way the project connects.
    let modules: BTreeSet<_> = callers.iter().map(|call| call.file).collect();
    let habit = places.len() >= A_HABIT && modules.len() > 1;
    if evidence.is_none() && (!habit || project.only_from_scripts(pool.site)) {
        return None;
    }
    let name = project.qualified(function);
    let message = match evidence {
        Some(evidence) => format!(
            "`{name}` opens a new connection {}",
            super::engine_per_call::how_often(evidence)
        ),
        None => format!(
            "`{name}` opens a new connection for each of its {} callers, each time they run",
            places.len()
        ),
    };
    let confidence = if evidence.is_some() {
        Confidence::High
    } else {
        Confidence::Medium
    };
    let mut finding = Finding::new(NAME, project.place(pool.site), message)
        .severity(severity)
        .confidence(confidence)
        .symbol(project.symbol_of(pool.site))
        .help("Keep a pool in the module and let the helper hand out its connections.")
        .note(if severity == Severity::Info {
            "a file is opened and its schema read each time"
        } else {
            "each call pays for the handshake, and nothing limits how many there are at once: the server's limit comes first"
        })
        .fold_key(pool.maker.to_string());
    for call in callers.iter().take(8) {
        finding = finding.related(project.place(*call), "called here");
    }
    if let Some(evidence) = evidence {
        finding = finding.related(evidence.place, super::engine_per_call::words(evidence));
    }
    Some(finding)
}

/// A handler or task that leads to the helper.
fn handled<'a>(project: &Project<'_>, placement: &'a Placement) -> Option<&'a Evidence> {
    placement.evidence.iter().find(|evidence| {
        let often = matches!(
            evidence.when,
            Multiplicity::PerRequest | Multiplicity::PerTask
        );
        let silent =
            |context: &ContextKind| SILENT.contains(context) || *context == ContextKind::Script;
        often
            && evidence.many
            && !evidence.context.as_ref().is_some_and(silent)
            && !project
                .file_contexts(evidence.place.file)
                .iter()
                .any(silent)
            && !evidence.of.is_some_and(|of| project.is_probe(of))
    })
}
