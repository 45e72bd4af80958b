//! `flask-sqlalchemy-ignored-key`: a key of the configuration that the installed version does not read.
//!
//! Looks at the keys that the catalog calls ignored, where a program loads them and reads them nowhere itself.

use crate::catalog::{ByVersion, Holds, Interval, Role, Scalar, SettingKey};
use crate::edit::{Applicability, Fix};
use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::configuration::Loaded;
use crate::source::FileId;

const NAME: &str = "flask-sqlalchemy-ignored-key";

/// A key that is set and not read.
struct Ignored<'p> {
    key: &'p SettingKey,
    loaded: Loaded,
    file: FileId,
    confidence: Confidence,
}

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut all: Vec<Ignored<'_>> = Vec::new();
    for key in project.catalog.settings().values() {
        let Some(ignored) = &key.ignored else {
            continue;
        };
        for (file, versions, stated) in project.users_of(key) {
            let Some(confidence) = confidence(&versions, ignored, stated) else {
                continue;
            };
            let found = project.loaded(&key.key, file);
            if found.is_empty() || project.reads(&key.key, file) {
                continue;
            }
            all.extend(found.into_iter().map(|loaded| Ignored {
                key,
                confidence: if loaded.sure {
                    confidence
                } else {
                    Confidence::Medium
                },
                loaded,
                file,
            }));
        }
    }
    all.sort_by_key(|one| one.loaded.name);
    all.iter().map(|one| tell(project, one, &all)).collect()
}

/// How sure it is that the versions of the project ignore a key.
fn confidence(versions: &Interval, ignored: &Interval, stated: bool) -> Option<Confidence> {
    match versions.within(ignored) {
        Holds::Yes if stated || versions.lower.is_none() => Some(Confidence::High),
        Holds::Yes => Some(Confidence::Medium),
        Holds::No => None,
        // Without an upper bound the newest version is installed.
        _ if versions.upper.is_none() => Some(Confidence::Medium),
        _ => None,
    }
}

fn tell(project: &Project<'_>, one: &Ignored<'_>, all: &[Ignored<'_>]) -> Finding {
    let key = one.key;
    let since = key
        .ignored
        .as_ref()
        .and_then(|ignored| ignored.lower.as_ref());
    let since = since
        .map(ToString::to_string)
        .filter(|version| version != "0");
    let since = since.map_or_else(
        || "no version reads it".to_owned(),
        |version| format!("no version since {version} reads it"),
    );
    let mut finding = Finding::new(
        NAME,
        one.loaded.name,
        format!("`{}` sets nothing: {since}", key.key),
    )
    .severity(Severity::Warning)
    .confidence(one.confidence)
    .symbol(key.key.clone())
    .fold_key(key.key.clone());
    let (Some(belongs), Some(keyword)) = (&key.belongs_in, keyword(project, key)) else {
        return finding.help("Take it out.");
    };
    finding = finding.help(format!(
        "Set `{keyword}` in the dictionary `{belongs}`, which is read."
    ));
    if let Some(number) = default(project, key) {
        finding = finding.note(format!(
            "`{keyword}` stays {number}, whatever is written here"
        ));
    }
    match repair(project, one, all, belongs) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

fn role(key: &SettingKey) -> Role {
    key.role.unwrap_or(Role::Options)
}

/// The keyword of the engine that a key stood for.
fn keyword(project: &Project<'_>, key: &SettingKey) -> Option<String> {
    let maker = project.catalog.maker(&key.of)?;
    maker.parameters.get(&role(key))?.keyword.clone()
}

/// What the engine has when nobody sets it.
fn default(project: &Project<'_>, key: &SettingKey) -> Option<i64> {
    let maker = project.catalog.maker(&key.of)?;
    match maker.parameters.get(&role(key))?.default.as_ref()? {
        ByVersion::Always(Scalar::Int(number)) => Some(*number),
        _ => None,
    }
}

/// All keys of a program become one dictionary, where they stand together; the first of them bears the fix. A class of
/// settings that sets a dictionary anew hides that of its base, so nothing is moved where they stand apart.
fn repair(
    project: &Project<'_>,
    one: &Ignored<'_>,
    all: &[Ignored<'_>],
    belongs: &str,
) -> Option<Fix> {
    let together: Vec<&Ignored<'_>> = all.iter().filter(|other| other.file == one.file).collect();
    let first = together.first()?;
    let apart = together
        .iter()
        .any(|other| other.loaded.holder != one.loaded.holder);
    if apart
        || first.loaded.name != one.loaded.name
        || !project.loaded(belongs, one.file).is_empty()
    {
        return None;
    }
    let parts: Option<Vec<(&Loaded, String)>> = together
        .iter()
        .map(|other| Some((&other.loaded, keyword(project, other.key)?)))
        .collect();
    let edits = project.gather_settings(belongs, &parts?)?;
    let title = format!("Move it into `{belongs}`");
    Some(Fix::new(title, Applicability::Unsafe, edits))
}
