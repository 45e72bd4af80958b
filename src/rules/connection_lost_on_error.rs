//! `connection-lost-on-error`: something taken from a pool that is given back, but not on every way out.
//!
//! Looks at what each function takes from a pool and gives back on some way: of a library's pool the ways of an exception
//! are this rule's, of a hand-written one all of them, and also the functions that are handed a connection to put it
//! back.

use super::connection_leak::{SILENT, at, name_of, thing, with_chain};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::flow::{Exit, Home, Lost, Returned, Taken, Ways};
use crate::project::{ExprRef, Project};
use crate::source::Place;

const NAME: &str = "connection-lost-on-error";

/// How many ways out are shown.
const MOST_SHOWN: usize = 8;

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let taken = project.all_taken();
    let of_takes = taken
        .iter()
        .filter(|taken| taken.thing.pooled || taken.thing.home.is_some())
        .filter_map(|taken| {
            let ways = project.ways_of(taken)?;
            if ways.lost.is_empty() || ways.unknown || is_quiet(project, taken.at) {
                return None;
            }
            match &taken.thing.home {
                Some(home) => speaks(&ways).then(|| lost_place(project, taken, home, &ways)),
                None => judge(project, taken, &ways),
            }
        });
    let mut findings: Vec<Finding> = of_takes.collect();
    let returned = project.returned_by_hand();
    findings.extend(
        returned
            .iter()
            .filter_map(|each| lost_on_return(project, each)),
    );
    findings
}

fn is_quiet(project: &Project<'_>, at: ExprRef) -> bool {
    let contexts = project.contexts(at);
    contexts.iter().any(|context| SILENT.contains(context))
        || project.is_deliberate(at)
        || project.only_from_scripts(at)
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
    for each in lost.iter().take(MOST_SHOWN) {
        finding = finding.related(at(taken, each), "an exception here skips the give-back");
    }
    Some(with_chain(project, taken, finding))
}

/// Whether a place of a hand-written pool is lost: what was there is put back, replaced or handed on on some other way, or
/// it is used and then closed for good. What is only closed drains the pool, as its end does.
fn speaks(ways: &Ways) -> bool {
    let goes_on = !ways.given.is_empty() || !ways.returned.is_empty() || ways.yielded;
    !ways.noted && (goes_on || !ways.closed.is_empty() && ways.used)
}

/// Whether what is taken from a hand-written pool is this rule's, or nobody's, and no leak.
pub(super) fn tells(taken: &Taken, ways: &Ways) -> bool {
    taken.thing.home.is_some() && (speaks(ways) || ways.noted || !ways.closed.is_empty())
}

/// A place in a hand-written pool that stays empty.
fn lost_place(project: &Project<'_>, taken: &Taken, home: &Home, ways: &Ways) -> Finding {
    let place = project.place(taken.at);
    let pool = &project.sites()[taken.site];
    let finding = told(
        project,
        place,
        &name_of(project, taken, pool),
        home,
        &ways.lost,
    )
    .symbol(project.symbol_of(taken.at));
    let finding = match project.protect_yield(taken, ways) {
        Some(fix) => finding.fix(fix),
        None => finding,
    };
    with_chain(project, taken, finding)
}

/// A function that puts back what it is handed, but not on each way.
fn lost_on_return(project: &Project<'_>, returned: &Returned) -> Option<Finding> {
    let ways = &returned.ways;
    let quiet = ways.given.is_empty()
        || ways.lost.is_empty()
        || ways.unknown
        || ways.noted
        || is_quiet(project, returned.put);
    if quiet {
        return None;
    }
    let place = project.place(returned.put);
    let finding = told(project, place, "the connection", &returned.home, &ways.lost);
    Some(finding.symbol(project.qualified(returned.function)))
}

fn told(project: &Project<'_>, place: Place, what: &str, home: &Home, lost: &[Lost]) -> Finding {
    let containers = project.containers();
    let slot = containers.pools[home.pool].slot.name();
    let certain = lost.iter().any(|lost| lost.exit != Exit::Error);
    let ends_by_name = project.errors_are_values(place.file);
    let opens = home.refills && home.counter.is_none();
    let when = if certain {
        "on a way out"
    } else {
        "when something fails"
    };
    let mut finding = Finding::new(
        NAME,
        place,
        format!("{what} does not come back to `{slot}` {when}"),
    )
    .severity(match (opens, certain) {
        (true, _) => Severity::Info,
        (false, true) => Severity::Error,
        (false, false) => Severity::Warning,
    })
    .confidence(Confidence::High)
    .help(if ends_by_name {
        "Keep it in a guard that puts it back when it goes out of scope, or put it back before the error is looked at."
    } else if opens {
        "Put it back, or close it, in a `finally`."
    } else {
        "Put it back in a `finally`; where it has to be closed, put a new connection in its place."
    })
    .note(if opens && ends_by_name {
        "the pool opens another one in its place"
    } else if opens {
        "the pool opens another one, and this one stays open until the garbage collector finds it"
    } else {
        "measured: a pool of 2 is empty for good after 2 such ways, and every caller waits"
    })
    .fold_key(format!("{slot}:{place:?}"));
    for each in lost.iter().take(MOST_SHOWN) {
        let at = Place {
            file: place.file,
            span: each.at,
        };
        let words = match (each.exit, each.closed) {
            (Exit::Error, _) if ends_by_name => "an error is returned here, before the give-back",
            (Exit::Error, false) => "an exception here skips the give-back",
            (Exit::Error, true) => "left here after an exception, closed and not replaced",
            (_, true) => "left here, closed and not replaced",
            (Exit::Again, false) => "the next one is taken here",
            (_, false) => "left here with the connection still out",
        };
        finding = finding.related(at, words);
    }
    finding
}
