//! `django-pool-misconfigured`: settings of a database that make its first use fail, or that nobody reads.
//!
//! Compares the databases that settings describe with what the catalog says of keys that do not work where they stand.

use crate::catalog::{ContextKind, Holds, Misplaced};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::described::{Described, Lasting};
use crate::project::eval::is_false;
use crate::project::values::Entry;

const NAME: &str = "django-pool-misconfigured";

/// What nobody here maintains.
const FOREIGN: &[ContextKind] = &[ContextKind::Vendored, ContextKind::Generated];

/// Where a key that nobody reads harms nobody.
const HARMLESS: &[ContextKind] = &[ContextKind::Test, ContextKind::Example];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for database in project.described() {
        let contexts = project.contexts(database.pool.site);
        let within = |kinds: &[ContextKind]| contexts.iter().any(|it| kinds.contains(it));
        if within(FOREIGN) || !database.is_stock() {
            continue;
        }
        for row in &database.key.misplaced {
            if row.raises.is_none() && within(HARMLESS) {
                continue;
            }
            for key in &row.keys {
                for entry in database.given(key) {
                    if let Some(finding) = judge(project, &database, row, key, &entry)
                        && findings.iter().all(|known| known.place != finding.place)
                    {
                        findings.push(finding);
                    }
                }
            }
        }
    }
    findings
}

fn judge(
    project: &Project<'_>,
    database: &Described<'_>,
    row: &Misplaced,
    key: &str,
    entry: &Entry,
) -> Option<Finding> {
    let file = database.pool.site.file;
    let sure = confidence(project, database, row)?;
    let asked = row.requires.is_empty()
        || project.asks_for(file, &row.requires) && !project.asks_for(file, &row.requires_none);
    // An option that is switched off does no harm.
    if !asked || row.raises.is_some() && is_false(&entry.val) == Some(true) {
        return None;
    }
    let beside = match row.beside {
        None => None,
        Some(_) => Some(lasting_beside(project, database, entry)?),
    };
    let last = key.rsplit('.').next().unwrap_or(key);
    let alias = &database.pool.symbol;
    let (severity, message) = match &row.raises {
        Some(raises) => {
            let raises = raises.replace("{}", last);
            let fact = match &beside {
                Some(lasting) => {
                    let Lasting { name, words, .. } = lasting;
                    format!("`{last}` beside `{name}`, which keeps connections {words}")
                }
                None => format!("`{}` takes no `{last}` here", database_kind(database)),
            };
            (
                Severity::Error,
                format!("the first use of `{alias}` raises `{raises}`: {fact}"),
            )
        }
        None => (
            Severity::Warning,
            format!(
                "`{last}` of `{alias}` is ignored without a word: the pool that it asks for does not exist"
            ),
        ),
    };
    // What stands in a branch may never be there.
    let may = !entry.conditions.is_empty()
        || beside
            .as_ref()
            .is_some_and(|lasting| !lasting.entry.conditions.is_empty());
    let plain = beside.as_ref().is_none_or(|lasting| lasting.plain) && row.requires.is_empty();
    let sure = if may || !plain {
        sure.min(Confidence::Medium)
    } else {
        sure
    };
    let mut finding = Finding::new(NAME, entry.place, message)
        .severity(if may {
            severity.min(Severity::Warning)
        } else {
            severity
        })
        .confidence(sure)
        .symbol(alias.clone())
        .help(row.instead.clone())
        .fold_key(format!("{key}:{:?}", row.raises));
    if let Some(lasting) = beside {
        finding = finding.related(lasting.entry.place, "set here");
    }
    if may {
        finding = finding.note("it is written in a branch: this is so where that branch is taken");
    }
    Some(finding)
}

/// How sure it is that a row is true of a database.
fn confidence(
    project: &Project<'_>,
    database: &Described<'_>,
    row: &Misplaced,
) -> Option<Confidence> {
    let (versions, stated) = project.versions(database.pool.site.file, &database.library);
    if let Some(needed) = &row.versions
        && (versions.within(needed) != Holds::Yes || !stated)
    {
        return None;
    }
    let backends = &database.pool.database.backends;
    let fits = |dialect: &Option<String>| {
        let known = dialect.as_ref();
        row.dialects.is_empty() || known.is_some_and(|name| row.dialects.contains(name))
    };
    if !backends.iter().all(|(backend, _)| fits(&backend.dialect)) {
        return None;
    }
    if row.dialects.is_empty() {
        return Some(Confidence::High);
    }
    backends
        .iter()
        .map(|(backend, _)| backend.confidence.max(Confidence::Medium))
        .min()
}

/// What keeps connections open wherever the entry stands.
fn lasting_beside(
    project: &Project<'_>,
    database: &Described<'_>,
    entry: &Entry,
) -> Option<Lasting> {
    let mut all = project.lasting(database).into_iter();
    all.find(|lasting| project.compatible(&lasting.entry.conditions, &entry.conditions))
}

fn database_kind<'d>(database: &'d Described<'_>) -> &'d str {
    let mut backends = database.pool.database.backends.iter();
    let dialect = backends.find_map(|(backend, _)| backend.dialect.as_deref());
    dialect.unwrap_or("the database")
}
