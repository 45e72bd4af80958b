//! Every maker of the catalog's drivers is recognised: each file of `tests/makers` makes one of each, and
//! `tests/makers/expected.txt` says what `poolint pools` knows of them. `POOLINT_BLESS=1` rewrites it; read what it wrote.

mod common;

use common::program::{poolint, project};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// One line for each maker: where, what, whose, and its database, class, numbers and placement.
fn rows(pools: &serde_json::Value) -> String {
    let mut out = String::new();
    for row in pools["pools"].as_array().expect("pools") {
        let text = |key: &str| row[key].as_str().unwrap_or("?");
        let settings = row["settings"].as_array().expect("settings");
        let numbers: Vec<String> = settings
            .iter()
            .filter(|it| {
                matches!(
                    it["role"].as_str(),
                    Some("min" | "max" | "size" | "overflow")
                )
            })
            .map(|it| format!("{} {}", it["role"], it["value"]).replace('"', ""))
            .collect();
        writeln!(
            out,
            "{}:{} {} | {} | {} | {} | {} | {}",
            text("path"),
            row["line"],
            text("kind"),
            text("library"),
            text("database"),
            text("class"),
            numbers.join(", "),
            text("placement")
        )
        .expect("text can be written");
    }
    out
}

#[test]
fn every_maker_is_recognised() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/makers");
    let mut files: Vec<(String, String)> = fs::read_dir(&folder)
        .expect("the folder")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "py"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("a source");
            (name.into_owned(), text)
        })
        .collect();
    files.sort();
    let given: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let copy = project(&given);
    let ran = poolint(copy.path(), &["pools", "--output-format", "json", "."]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let seen = rows(&serde_json::from_slice(&ran.out).expect("JSON"));
    let expected = folder.join("expected.txt");
    if std::env::var_os("POOLINT_BLESS").is_some() {
        fs::write(&expected, &seen).expect("it can be written");
    }
    let known = fs::read_to_string(&expected).expect("what is expected");
    assert_eq!(seen, known);
    // Nothing in these files goes unseen: each assignment and bare call makes something.
    let made: usize = files
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter(|line| {
            let line = line.trim();
            line.split_once(" = ")
                .is_some_and(|(name, _)| name.trim().len() == 1)
                || ["await Tortoise", "async with", "register_"]
                    .iter()
                    .any(|start| line.starts_with(start))
        })
        .count();
    assert_eq!(seen.lines().count(), made);
    let libraries: BTreeSet<&str> = seen
        .lines()
        .filter_map(|row| row.split(" | ").nth(1))
        .collect();
    assert!(libraries.len() >= 16, "{libraries:?}");
}
