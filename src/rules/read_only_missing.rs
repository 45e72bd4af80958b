//! `read-only-missing`: a connection that only reads is opened for writing.
//!
//! Speaks when every statement on the connection is known and reads, and nothing else in the process opens the file
//! for writing, which a read-only connection would clash with.

use super::duckdb_mixed_config::SILENT;
use crate::catalog::{Refused, Role};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::openings::Opening;

const NAME: &str = "read-only-missing";

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let openings = project.openings();
    let mut findings: Vec<Finding> = Vec::new();
    for opening in openings.iter() {
        let place = project.place(opening.pool.site);
        if reads(project, opening, &openings) && findings.iter().all(|known| known.place != place) {
            findings.push(say(project, opening));
        }
    }
    findings
}

fn reads(project: &Project<'_>, opening: &Opening, all: &[Opening]) -> bool {
    let maker = project.catalog.maker(&opening.pool.maker);
    let locks = maker.is_some_and(|maker| maker.raises.contains_key(&Refused::Locked));
    let contexts = project.file_contexts(opening.pool.site.file);
    let identity = &opening.pool.database.identity;
    let writes = |other: &&Opening| {
        other.pool.site != opening.pool.site
            && other.pool.database.identity == *identity
            && other.read_only != Some(true)
            && !only_reads(project, other)
    };
    locks
        && opening.read_only == Some(false)
        && identity.is_some()
        && project
            .is_on_file(&opening.pool)
            .is_some_and(|sure| sure > Confidence::Low)
        && !SILENT.iter().any(|context| contexts.contains(context))
        && only_reads(project, opening)
        && !all
            .iter()
            .any(|other| writes(&other) && project.same_process(&opening.pool, &other.pool))
}

/// Whether everything that is done with a connection is known, and reads.
fn only_reads(project: &Project<'_>, opening: &Opening) -> bool {
    let site = opening.pool.site;
    let Some(maker) = project.catalog.maker(&opening.pool.maker) else {
        return false;
    };
    let words = &project.catalog.contexts().reading_words;
    let statements = project.statements();
    let run: Vec<_> = statements.iter().filter(|it| it.on == site).collect();
    let reading = |text: &str| {
        let first = text.trim_start_matches(|letter: char| !letter.is_alphanumeric());
        let first: String = first
            .chars()
            .take_while(|letter| letter.is_alphanumeric())
            .collect();
        words.contains(&first.to_lowercase())
    };
    let uses = project.uses(site);
    let ends = |name: &str| maker.gives_back.iter().any(|it| it == name);
    let counted = uses.methods.iter().filter(|it| !ends(&it.name)).count();
    !run.is_empty()
        && run.iter().all(|it| reading(&it.text))
        && uses.escapes.is_empty()
        && uses.complete
        && counted == run.len()
}

fn say(project: &Project<'_>, opening: &Opening) -> Finding {
    let shown = &opening.pool.database.shown;
    let maker = project.catalog.maker(&opening.pool.maker);
    let setting = maker
        .and_then(|maker| maker.parameters.get(&Role::ReadOnly)?.keyword.as_deref())
        .map(|keyword| format!(" (`{keyword}`)"))
        .unwrap_or_default();
    Finding::new(
        NAME,
        project.place(opening.pool.site),
        format!("`{shown}` is opened for writing, and only read: no other process can read it meanwhile"),
    )
    .severity(Severity::Info)
    .confidence(Confidence::Low)
    .symbol(project.symbol_of(opening.pool.site))
    .help(format!(
        "Open it for reading only{setting}, if the file exists by then and nothing in this process opens it for writing."
    ))
    .note("several processes may have a file open at once when all of them only read it")
}
