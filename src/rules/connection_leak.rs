//! `connection-leak`: a connection or session that is taken and, on a way that the function ends by itself, not given
//! back.
//!
//! Looks at what each function takes. What is taken from a pool and given back on some ways is lost on the others: that is
//! `connection-lost-on-error` where an exception leads there, and this rule where the function just returns.

use crate::catalog::{ContextKind, Kind, PathKind};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::flow::{Exit, Lost, Taken, Ways};
use crate::project::pools::Pool;
use crate::source::Place;

const NAME: &str = "connection-leak";

/// Contexts in which what is left open does not matter, or nobody here maintains it.
pub(super) const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Migration,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let taken = project.all_taken();
    taken
        .iter()
        .filter_map(|taken| {
            let ways = project.ways_of(taken)?;
            if ways.lost.is_empty() && ways.forgotten.is_empty() {
                return None;
            }
            let contexts = project.contexts(taken.at);
            let quiet = contexts.iter().any(|context| SILENT.contains(context))
                || project.is_deliberate(taken.at);
            let told_elsewhere = ways.unknown || !ways.kept_by_with.is_empty();
            let told_elsewhere =
                told_elsewhere || super::connection_lost_on_error::tells(taken, &ways);
            if quiet || told_elsewhere {
                return None;
            }
            if ways.forgotten.is_empty() {
                judge(project, taken, &ways)
            } else {
                judge_forgotten(project, taken, &ways)
            }
        })
        .collect()
}

fn judge(project: &Project<'_>, taken: &Taken, ways: &Ways) -> Option<Finding> {
    let pool = &project.sites()[taken.site];
    // Without a name a connection of its own ends with the expression; one in memory is no server's.
    let in_memory = !pool.database.backends.is_empty()
        && pool.database.backends.iter().all(|(backend, _)| {
            matches!(
                backend.path,
                Some(PathKind::Memory | PathKind::SharedMemory)
            )
        });
    if in_memory || !ways.named && !taken.thing.pooled {
        return None;
    }
    let again = ways.lost.iter().any(|lost| lost.exit == Exit::Again);
    let ended: Vec<&Lost> = ways
        .lost
        .iter()
        .filter(|lost| matches!(lost.exit, Exit::Return | Exit::End))
        .collect();
    // Asked last: who calls a function, and how often, is the dearest question.
    let in_loop = || again || !project.repeated_by_loops(taken, Some(ways)).is_empty();
    let repeated = || project.placement(taken.at).repeated().is_some() || in_loop();
    let contexts = project.contexts(taken.at);
    let script = contexts.contains(&ContextKind::Script) || project.only_from_scripts(taken.at);
    let what = thing(pool);
    let name = name_of(project, taken, pool);
    let finding = |message: String| {
        Finding::new(NAME, project.place(taken.at), message)
            .symbol(project.symbol_of(taken.at))
            .help(cure(taken, pool))
            .fold_key(format!(
                "{}:{:?}",
                pool.maker,
                taken.chain.first().map(|_| pool.place)
            ))
    };
    let told = if ways.given.is_empty() {
        let open = !ended.is_empty() || again;
        let elsewhere = !ways.left.is_empty() || !ways.returned.is_empty();
        if !open || elsewhere || script && !again {
            return None;
        }
        finding(format!("{name} is never {}", given_back(taken)))
            .severity(if taken.thing.pooled {
                Severity::Error
            } else {
                Severity::Warning
            })
            .confidence(Confidence::High)
            .note(harm(taken))
    } else if !ended.is_empty() && (again || !script) {
        let mut told = finding(format!(
            "{name} stays open on {}",
            ways_of_leaving(ended.len())
        ))
        .severity(Severity::Warning)
        .confidence(Confidence::High)
        .note(harm(taken));
        for lost in ended.iter().take(8) {
            told = told.related(at(taken, lost), format!("left here with the {what} open"));
        }
        told
    } else {
        let mut failures = ways.lost.iter().filter(|lost| lost.exit == Exit::Error);
        let first = failures.clone().next()?;
        let failed = failures.find(|lost| lost.caught).unwrap_or(first);
        // A script that fails has ended; one whose loop goes on leaves one more open each time.
        let ended = script && !(again || failed.caught && in_loop());
        if taken.thing.pooled || ended || !repeated() {
            return None;
        }
        finding(format!("{name} stays open when something fails in between"))
            .severity(Severity::Warning)
            .confidence(Confidence::Medium)
            .note(harm(taken))
            .related(at(taken, failed), "an exception here skips the close")
    };
    Some(with_chain(project, taken, told))
}

/// What is let go of so that nothing gives it back; a connection of its own may be meant to last.
fn judge_forgotten(project: &Project<'_>, taken: &Taken, ways: &Ways) -> Option<Finding> {
    if !taken.thing.pooled {
        return None;
    }
    let pool = &project.sites()[taken.site];
    let name = name_of(project, taken, pool);
    // One for the life of the process may be meant; what runs again empties the pool.
    let in_loop = !project.repeated_by_loops(taken, Some(ways)).is_empty();
    let severity = if project.placement(taken.at).is_once() && !in_loop {
        Severity::Warning
    } else {
        Severity::Error
    };
    let mut finding = Finding::new(
        NAME,
        project.place(taken.at),
        format!("{name} is never given back: it is let go of without its end"),
    )
    .severity(severity)
    .confidence(Confidence::High)
    .symbol(project.symbol_of(taken.at))
    .help("Let it go out of scope, or drop it: that gives it back.")
    .note("each time one place of the pool is lost for good: measured, a pool of one connection answers once, and every caller after that waits and fails")
    .fold_key(format!("forgotten:{}", pool.maker));
    for span in ways.forgotten.iter().take(8) {
        let file = taken.at.file;
        let place = Place { file, span: *span };
        finding = finding.related(place, "nothing ends it after this");
    }
    Some(with_chain(project, taken, finding))
}

/// `1 way`, `2 ways`.
fn ways_of_leaving(number: usize) -> String {
    match number {
        1 => "a way out".to_owned(),
        _ => format!("{number} ways out"),
    }
}

/// The place of an exit.
pub(super) fn at(taken: &Taken, lost: &Lost) -> Place {
    Place {
        file: taken.at.file,
        span: lost.at,
    }
}

/// The calls behind the one that takes it: where it is really made.
pub(super) fn with_chain(project: &Project<'_>, taken: &Taken, mut finding: Finding) -> Finding {
    for (number, call) in taken.chain.iter().enumerate().rev() {
        let words = if number == 0 && taken.thing.home.is_some() {
            "taken here"
        } else if number == 0 {
            "opened here"
        } else {
            "handed on here"
        };
        finding = finding.related(project.place(*call), words);
    }
    finding
}

/// `connection` or `session`.
pub(super) fn thing(pool: &Pool) -> &'static str {
    if pool.kind == Kind::Session {
        "session"
    } else {
        "connection"
    }
}

/// The thing for people, by the name it is bound to.
pub(super) fn name_of(project: &Project<'_>, taken: &Taken, pool: &Pool) -> String {
    let what = thing(pool);
    let symbol = project.symbol_of(taken.at);
    let around = project
        .enclosing(taken.at)
        .map(|function| project.qualified(function))
        .unwrap_or_default();
    match symbol
        .strip_prefix(&around)
        .and_then(|rest| rest.strip_prefix('.'))
    {
        Some(name) => format!("{what} `{name}`"),
        None => format!("the {what} taken here"),
    }
}

fn given_back(taken: &Taken) -> &'static str {
    if taken.thing.releases.is_empty() && taken.thing.home.is_none() {
        "closed"
    } else {
        "given back"
    }
}

fn cure(taken: &Taken, pool: &Pool) -> String {
    let what = thing(pool);
    if taken.thing.home.is_some() {
        return format!("Put the {what} back in a `finally`.");
    }
    if taken.abandoned {
        return format!(
            "Take the {what} in a block: make the generator a context manager, or let who calls this one resume it."
        );
    }
    match (taken.thing.releases.first(), taken.thing.with) {
        (_, Some(crate::catalog::WithMeans::Closes)) => {
            format!("Take the {what} in a `with` block, or close it in a `finally`.")
        }
        (Some(release), _) => format!("Call `{release}` in a `finally`."),
        (None, _) => format!(
            "Close the {what} in a `finally`, or wrap it in a context manager that closes it."
        ),
    }
}

fn harm(taken: &Taken) -> &'static str {
    if taken.abandoned {
        "the generator ends as soon as its first value is taken: what it does last is done before this is used, and not again"
    } else if taken.thing.pooled {
        "each call keeps one connection of the pool: measured, a pool of 15 answers 15 calls, and every caller after them waits and fails"
    } else {
        "it lives until the garbage collector finds it; on a way that runs often the server's limit comes first"
    }
}
