//! `django-conn-max-age-asgi`: connections that stay open between requests in a program that an async server runs.
//!
//! Looks at the databases that settings describe, and asks what proves how their program is served.

use crate::catalog::{ContextKind, World};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::described::{Described, Lasting};
use crate::project::served::Served;

const NAME: &str = "django-conn-max-age-asgi";

/// Contexts whose settings serve nobody.
const SILENT: &[ContextKind] = &[
    ContextKind::Test,
    ContextKind::Script,
    ContextKind::Vendored,
    ContextKind::Generated,
    ContextKind::Example,
];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for database in project.described() {
        let file = database.pool.site.file;
        let contexts = project.contexts(database.pool.site);
        // A pool keeps them instead, and other backends have rules of their own.
        if contexts.iter().any(|context| SILENT.contains(context))
            || database.is_pooled()
            || !database.is_stock()
            || project.only_in_files(&database)
        {
            continue;
        }
        let lasting = project.lasting(&database);
        if lasting.is_empty() {
            continue;
        }
        let served = project.served(file, &database.key.key);
        let Some(server) = served.iter().find(|it| it.world == World::Async) else {
            continue;
        };
        if project.closes_per_request(file, &database.key.of) {
            continue;
        }
        let other = served.iter().find(|it| it.world == World::Sync);
        for lasting in lasting {
            let finding = tell(project, &database, &lasting, server, other);
            if findings.iter().all(|known| known.place != finding.place) {
                findings.push(finding);
            }
        }
    }
    findings
}

fn tell(
    project: &Project<'_>,
    database: &Described<'_>,
    lasting: &Lasting,
    server: &Served,
    other: Option<&Served>,
) -> Finding {
    let Lasting {
        name,
        entry,
        words,
        plain,
    } = lasting;
    let sure = *plain && server.always && other.is_none() && entry.conditions.is_empty();
    let mut finding = Finding::new(
        NAME,
        entry.place,
        format!(
            "`{name}` keeps connections {words}, and the program is served by `{}`: each request opens one in a thread of its own, and none is used again",
            server.by
        ),
    )
    .severity(Severity::Warning)
    .confidence(if sure { Confidence::High } else { Confidence::Medium })
    .symbol(database.pool.symbol.clone())
    .help(format!(
        "Set `{name}` to 0; where connecting costs too much, let the database be pooled by its options or by a pooler in front."
    ))
    .note("measured: 40 requests at the same time leave 40 connections open until the garbage is collected, with 0 none")
    .related(server.place, format!("`{}` serves it here", server.by))
    .fold_key(database.pool.maker.to_string());
    if let Some(other) = other {
        finding = finding.related(
            other.place,
            format!(
                "`{}` serves another application of it, which is not async",
                other.by
            ),
        );
    }
    if !*plain {
        finding = finding.note("with what is known of the environment, which may say otherwise");
    }
    match project.write_number(entry.place, entry.val.place, 0) {
        Some(edit) if *plain => finding.fix(Fix::new(
            format!("Set `{name}` to 0"),
            Applicability::Unsafe,
            vec![edit],
        )),
        _ => finding,
    }
}
