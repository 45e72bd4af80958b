//! The pages of the rules: the table, the pages, the code and the fixtures name the same set, and the examples hold.

mod common;

use common::Lines;
use poolint::rule::{Meta, Verdict};
use poolint::rules::RULES;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Files of `rules/` that are no pages.
const NO_PAGES: &[&str] = &["contexts", "dialects", "units"];

fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

fn metas() -> Vec<Meta> {
    RULES
        .iter()
        .map(|rule| {
            serde_yaml::from_str(rule.yaml)
                .unwrap_or_else(|error| panic!("rules/{}.yaml: {error}", rule.name))
        })
        .collect()
}

#[test]
fn the_table_the_pages_the_code_and_the_fixtures_name_the_same_rules() {
    let table: BTreeSet<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    let mut pages = stems("rules", "yaml");
    pages.retain(|name| !NO_PAGES.contains(&name.as_str()));
    let code: BTreeSet<String> = stems("src/rules", "rs")
        .iter()
        .map(|name| name.replace('_', "-"))
        .collect();
    let fixtures: BTreeSet<String> = common::folders(&common::fixtures())
        .into_iter()
        .filter(|name| name != "incidents")
        .collect();
    assert_eq!(table, pages, "src/rules.rs and rules/*.yaml");
    assert_eq!(table, code, "src/rules.rs and src/rules/*.rs");
    assert_eq!(table, fixtures, "src/rules.rs and fixtures/*");
}

#[test]
fn pages_are_whole() {
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    for (rule, meta) in RULES.iter().zip(metas()) {
        assert_eq!(rule.name, meta.name);
        assert!(
            matches!(meta.fix.as_str(), "none" | "safe" | "unsafe"),
            "{}: fix is `{}`",
            meta.name,
            meta.fix
        );
        for (field, text) in [
            ("summary", &meta.summary),
            ("what", &meta.what),
            ("why", &meta.why),
            ("silent", &meta.silent),
            ("instead", &meta.instead),
        ] {
            assert!(!text.trim().is_empty(), "{}: {field} is empty", meta.name);
        }
        assert!(
            !meta.summary.contains('\n'),
            "{}: the summary is one line",
            meta.name
        );
        assert!(
            meta.why.contains(|char: char| char.is_ascii_digit()),
            "{}: the harm has a number",
            meta.name
        );
        for other in &meta.yields_to {
            assert!(
                names.contains(other.as_str()) && other != &meta.name,
                "{}: yields to `{other}`",
                meta.name
            );
        }
        assert!(
            meta.references
                .iter()
                .all(|address| address.starts_with("https://")),
            "{}: references",
            meta.name
        );
        for verdict in [Verdict::Bad, Verdict::Good] {
            assert!(
                meta.examples.iter().any(|example| example.is == verdict),
                "{}: {verdict:?} example",
                meta.name
            );
        }
    }
}

#[test]
fn examples_are_what_they_say() {
    let mut wrong = Vec::new();
    for meta in metas() {
        for example in &meta.examples {
            let name = format!("rules/{}.yaml, \"{}\"", meta.name, example.title);
            let marks = common::marks(&example.files);
            let own = marks.iter().filter(|mark| mark.rule == meta.name).count();
            if (example.is == Verdict::Bad) != (own > 0) {
                wrong.push(format!("{name}: is {:?} and has {own} marks", example.is));
            }
            let folder = tempfile::tempdir().expect("a temporary folder");
            common::write(folder.path(), &example.files);
            let seen = match &example.untracked {
                Some(untracked) => {
                    common::repository(folder.path(), untracked);
                    common::analyse_in_git(folder.path())
                }
                None if common::HARDLY_SURE.contains(&meta.name.as_str()) => {
                    common::analyse_all(folder.path())
                }
                None => common::analyse(folder.path()),
            };
            for difference in common::differences(&marks, &seen, &[&meta.name], Lines::Exact) {
                wrong.push(format!("{name}: {difference}"));
            }
        }
    }
    common::verdict(&wrong);
}
