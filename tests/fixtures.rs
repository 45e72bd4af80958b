//! Every fixture: hand-written marks against what is found, both ways.
//!
//! `POOLINT_BLESS=1 cargo test` rewrites `report.txt`; it never writes a mark. `POOLINT_ONLY=text` runs some of them.

mod common;

use common::{Lines, MARKED};
use poolint::finding::Severity;
use std::fs;

#[test]
fn marks_and_findings_are_the_same() {
    let mut wrong = Vec::new();
    for case in common::cases() {
        let marks = common::marks(&common::files(&case.root));
        let seen = match common::untracked(&case) {
            Some(_) => common::analyse_in_git(copy_of(&case).path()),
            None => case.analyse(&case.root),
        };
        for difference in common::differences(&marks, &seen, MARKED, Lines::Exact) {
            wrong.push(format!("fixtures/{}: {difference}", case.name));
        }
    }
    common::verdict(&wrong);
}

#[test]
fn reports_are_as_blessed() {
    let bless = std::env::var_os("POOLINT_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in common::cases() {
        let copy = copy_of(&case);
        let ran = common::program::poolint(copy.path(), check_of(&case));
        let report = String::from_utf8(ran.out).expect("a report is text");
        let known = fs::read_to_string(&case.report).unwrap_or_default();
        if bless && report.is_empty() {
            _ = fs::remove_file(&case.report);
        } else if bless {
            fs::write(&case.report, report).expect("the report can be written");
        } else if known != report {
            wrong.push(format!(
                "fixtures/{}: the report differs; it is now\n{report}",
                case.name
            ));
        }
    }
    common::verdict(&wrong);
}

/// The project of a fixture outside of this repository, whose paths, ids and settings are no part of what is compared.
/// The command whose report a case keeps.
fn check_of(case: &common::Case) -> &'static [&'static str] {
    if case.shows_all() {
        &["check", ".", "--min-confidence", "low"]
    } else {
        &["check", "."]
    }
}

fn copy_of(case: &common::Case) -> tempfile::TempDir {
    let files = common::files(&case.root);
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let copy = common::program::project(&files);
    if let Some(untracked) = common::untracked(case) {
        common::repository(copy.path(), &untracked);
    }
    copy
}

#[test]
fn patches_are_as_blessed() {
    let bless = std::env::var_os("POOLINT_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in common::cases() {
        let copy = copy_of(&case);
        let args = ["check", ".", "--diff", "--unsafe-fixes", "--fixable", "all"];
        let ran = common::program::poolint(copy.path(), &args);
        if ran.err.contains("not fixed: ") {
            wrong.push(format!("fixtures/{}: {}", case.name, ran.err));
        }
        let patch = String::from_utf8_lossy(&ran.out).into_owned();
        let known = fs::read_to_string(&case.patch).unwrap_or_default();
        if bless && patch.is_empty() {
            _ = fs::remove_file(&case.patch);
        } else if bless {
            fs::write(&case.patch, patch).expect("the patch can be written");
        } else if known != patch {
            wrong.push(format!(
                "fixtures/{}: the patch differs; it is now\n{patch}",
                case.name
            ));
        }
    }
    common::verdict(&wrong);
}

#[test]
fn names_and_marks_agree() {
    let mut wrong = Vec::new();
    for case in common::cases() {
        let marks = common::marks(&common::files(&case.root));
        let own = case.name.split('/').next().unwrap_or_default();
        if case.silent && !marks.is_empty() {
            wrong.push(format!(
                "fixtures/{}: has marks and a name that promises none",
                case.name
            ));
        }
        if !case.silent && own != "incidents" && marks.iter().all(|mark| mark.rule != own) {
            wrong.push(format!(
                "fixtures/{}: has no mark of its own rule",
                case.name
            ));
        }
    }
    common::verdict(&wrong);
}

#[test]
fn every_rule_has_cases_of_both_kinds() {
    if std::env::var_os("POOLINT_ONLY").is_some() {
        return;
    }
    let cases = common::cases();
    for rule in MARKED {
        let own = cases
            .iter()
            .filter(|case| case.name.starts_with(&format!("{rule}/")));
        let (silent, firing): (Vec<_>, Vec<_>) = own.partition(|case| case.silent);
        assert!(
            !firing.is_empty() && silent.len() >= firing.len(),
            "{rule}: {} fire, {} silent",
            firing.len(),
            silent.len()
        );
    }
}

#[test]
fn the_comparison_sees_what_is_too_much_too_little_and_too_loud() {
    let text = "a  # expect: null-pool info\nb\nc  # expect: null-pool, engine-per-call\n";
    let marks = common::marks(&[("a.py".to_owned(), text.to_owned())].into());
    assert_eq!(marks.len(), 3);
    let seen = |line, rule: &str, severity| common::Seen {
        path: "a.py".to_owned(),
        line,
        rule: rule.to_owned(),
        severity,
        message: "m".to_owned(),
    };
    let all = [
        seen(1, "null-pool", Severity::Info),
        seen(3, "null-pool", Severity::Error),
        seen(3, "engine-per-call", Severity::Error),
    ];
    let differences =
        |seen: &[common::Seen]| common::differences(&marks, seen, MARKED, Lines::Exact);
    assert!(differences(&all).is_empty());
    assert_eq!(
        differences(&all[..2]),
        ["a.py:3 engine-per-call: marked and not found"]
    );
    let loud = [
        seen(1, "null-pool", Severity::Warning),
        all[1].clone(),
        all[2].clone(),
    ];
    assert_eq!(
        differences(&loud),
        ["a.py:1 null-pool: is warning, marked info: m"]
    );
    let more = [
        all[0].clone(),
        all[0].clone(),
        all[1].clone(),
        all[2].clone(),
        seen(2, "null-pool", Severity::Info),
    ];
    assert_eq!(
        differences(&more),
        [
            "a.py:1 null-pool: found and not marked: m",
            "a.py:2 null-pool: found and not marked: m"
        ]
    );
    let elsewhere = [
        all[0].clone(),
        all[1].clone(),
        seen(2, "engine-per-call", Severity::Error),
    ];
    assert!(
        common::differences(
            &marks,
            &elsewhere,
            MARKED,
            Lines::FileFor(&["engine-per-call"])
        )
        .is_empty()
    );
}
