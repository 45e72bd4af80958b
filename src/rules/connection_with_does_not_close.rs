//! `connection-with-does-not-close`: a `with` block around a connection whose end leaves the connection open.
//!
//! Looks at what each function takes: it is the context of a block that ends transactions only, and nothing gives it back
//! afterwards.

use super::connection_leak::{SILENT, with_chain};
use crate::catalog::ContextKind;
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::flow::{Exit, Taken, Ways};

const NAME: &str = "connection-with-does-not-close";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let taken = project.all_taken();
    taken
        .iter()
        .filter_map(|taken| {
            let ways = project.ways_of(taken)?;
            let contexts = project.contexts(taken.at);
            let quiet = contexts.iter().any(|context| SILENT.contains(context))
                || project.is_deliberate(taken.at);
            if quiet || ways.unknown || ways.kept_by_with.is_empty() {
                return None;
            }
            judge(project, taken, &ways)
        })
        .collect()
}

fn judge(project: &Project<'_>, taken: &Taken, ways: &Ways) -> Option<Finding> {
    let open = ways.lost.iter().any(|lost| lost.exit != Exit::Error);
    if !open || !ways.left.is_empty() || !ways.returned.is_empty() || !ways.given.is_empty() {
        return None;
    }
    let pool = &project.sites()[taken.site];
    let maker = pool.maker_name();
    let script = project.contexts(taken.at).contains(&ContextKind::Script)
        || project.only_from_scripts(taken.at);
    let (message, help, note) = match taken.thing.releases.first() {
        Some(release) => (
            format!("`with` around `{maker}` ends the transaction and never gives the connection back"),
            format!("Call `{release}` in a `finally`, and keep the `with` inside for the transaction."),
            "measured: the fourth use of a pool of three fails",
        ),
        None => (
            format!("`with` around `{maker}` ends the transaction and leaves the connection open"),
            "Wrap it: `with closing(…) as connection, connection:` closes it and still ends the transaction.".to_owned(),
            "measured: 20 blocks leave 20 open files while the connections are referenced",
        ),
    };
    let mut finding = Finding::new(NAME, project.place(taken.at), message)
        .severity(if script && !taken.thing.pooled {
            Severity::Info
        } else {
            Severity::Warning
        })
        .confidence(Confidence::High)
        .symbol(project.symbol_of(taken.at))
        .help(help)
        .note(note)
        .fold_key(format!("{}:{}", pool.maker, taken.chain.len()));
    if taken.thing.releases.is_empty()
        && let Some(fix) = project.close_with_block(taken)
    {
        finding = finding.fix(fix);
    }
    Some(with_chain(project, taken, finding))
}
