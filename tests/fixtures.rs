//! Every fixture: hand-written marks against what is found, both ways.
//!
//! `POOLINT_BLESS=1 cargo test` rewrites `report.txt`; it never writes a mark. `POOLINT_ONLY=text` runs some of them.

mod common;

use common::{Lines, MARKED};
use std::fs;

#[test]
fn marks_and_findings_are_the_same() {
    let mut wrong = Vec::new();
    for case in common::cases() {
        let marks = common::marks(&common::files(&case.root));
        let seen = common::analyse(&case.root);
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
        if !bless && !case.report.exists() {
            continue;
        }
        let mut seen = common::analyse(&case.root);
        seen.retain(|found| MARKED.contains(&found.rule.as_str()));
        let report = common::concise(&seen);
        if bless {
            if report.is_empty() {
                let _ = fs::remove_file(&case.report);
            } else {
                fs::write(&case.report, report).expect("the report can be written");
            }
        } else if fs::read_to_string(&case.report).expect("the report can be read") != report {
            wrong.push(format!(
                "fixtures/{}: the report differs; it is now\n{report}",
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
