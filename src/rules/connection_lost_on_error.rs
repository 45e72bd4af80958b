//! `connection-lost-on-error`: something taken from a pool that is given back, but not on the way of an exception.
//!
//! Looks at what each function takes from a pool and gives back on some way; the others are this rule's.

use super::connection_leak::{SILENT, at, name_of, thing, with_chain};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::flow::{Exit, Taken, Ways};

const NAME: &str = "connection-lost-on-error";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let taken = project.all_taken();
    taken
        .iter()
        .filter(|taken| taken.thing.pooled)
        .filter_map(|taken| {
            let ways = project.ways_of(taken)?;
            if ways.lost.is_empty() {
                return None;
            }
            let contexts = project.contexts(taken.at);
            let quiet = contexts.iter().any(|context| SILENT.contains(context))
                || project.is_deliberate(taken.at)
                || project.only_from_scripts(taken.at);
            if quiet || ways.unknown {
                return None;
            }
            judge(project, taken, &ways)
        })
        .collect()
}

fn judge(project: &Project<'_>, taken: &Taken, ways: &Ways) -> Option<Finding> {
    let ended = |exit| ways.lost.iter().any(|lost| lost.exit == exit);
    if ways.given.is_empty() || ended(Exit::Return) || ended(Exit::End) {
        return None;
    }
    let lost: Vec<_> = ways
        .lost
        .iter()
        .filter(|lost| lost.exit == Exit::Error)
        .collect();
    lost.first()?;
    let pool = &project.sites()[taken.site];
    let what = thing(pool);
    let mut finding = Finding::new(
        NAME,
        project.place(taken.at),
        format!(
            "{} is lost when something fails in between",
            name_of(project, taken, pool)
        ),
    )
    .severity(Severity::Warning)
    .confidence(Confidence::High)
    .symbol(project.symbol_of(taken.at))
    .help(format!(
        "Give the {what} back in a `finally`, or take it in a `with` block that does."
    ))
    .note("each such failure costs the pool one connection: measured, a pool of 2 is empty after 2 of them; some pools have it back when garbage is collected, others never")
    .fold_key(format!("{}:{}", pool.maker, taken.chain.len()));
    if let Some(fix) = project.protect_yield(taken, ways) {
        finding = finding.fix(fix);
    }
    for each in lost.iter().take(8) {
        finding = finding.related(at(taken, each), "an exception here skips the give-back");
    }
    Some(with_chain(project, taken, finding))
}
