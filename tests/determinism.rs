//! Output depends on the input only: not on threads, the working directory, chance, or the order of files on disk.

mod common;

use common::program::{FORMATS, POOLS_FORMATS, Ran, poolint, put};
use std::fs;
use std::path::Path;

/// The incidents and every third fixture as folders of one project, written in the order of the paths or the other way
/// round. All fixtures in one project would say no more, thirty times over.
fn everything(root: &Path, backwards: bool) {
    let mut files = Vec::new();
    let cases = common::cases().into_iter().enumerate();
    let chosen =
        cases.filter(|(number, case)| number % 3 == 0 || case.name.starts_with("incidents"));
    for (_, case) in chosen {
        for (path, text) in common::files(&case.root) {
            files.push((format!("{}/{path}", case.name), text));
        }
    }
    if backwards {
        files.reverse();
    }
    for (path, text) in files {
        put(root, &path, text);
    }
}

/// What each command says as JSON, which holds all that the other formats show.
fn documents(folder: &Path, path: &str, extra: &[&str]) -> Vec<(String, Ran)> {
    ["check", "pools"]
        .map(|command| {
            let mut args = vec![command, "-v", "--output-format", "json"];
            if command == "check" {
                args.push("-p");
            }
            args.extend(extra);
            args.push(path);
            (format!("{command} json"), poolint(folder, &args))
        })
        .into()
}

/// What each command says in each format.
fn outputs(folder: &Path, path: &str, extra: &[&str]) -> Vec<(String, Ran)> {
    let check = FORMATS.iter().map(|format| ("check", *format));
    let pools = POOLS_FORMATS.iter().map(|format| ("pools", *format));
    let runs = check.chain(pools).map(|(command, format)| {
        let mut args = vec![command, "-v", "--output-format", format];
        if command == "check" {
            args.push("-p");
        }
        args.extend(extra);
        args.push(path);
        (format!("{command} {format}"), poolint(folder, &args))
    });
    runs.collect()
}

fn same(what: &str, left: &[(String, Ran)], right: &[(String, Ran)]) {
    assert_eq!(left.len(), right.len());
    for ((name, one), (_, other)) in left.iter().zip(right) {
        if one == other {
            continue;
        }
        let text = |ran: &Ran| format!("{}\n{}", String::from_utf8_lossy(&ran.out), ran.err);
        let (one, other) = (text(one), text(other));
        let first = one.lines().zip(other.lines()).find(|(a, b)| a != b);
        panic!("{what}: {name} differs: {first:?}");
    }
}

#[test]
fn the_same_bytes_come_whatever_the_circumstances() {
    let folders = [false, true].map(|backwards| {
        let folder = tempfile::tempdir().expect("a folder");
        everything(folder.path(), backwards);
        folder
    });
    let root = folders[0].path();
    let first = outputs(root, ".", &["-j1"]);
    // Nothing is compared when nothing is said.
    for (name, ran) in &first {
        let lines = ran.out.split(|byte| *byte == b'\n').count();
        assert!(lines > 50, "{name}: {lines} lines\n{}", ran.err);
    }
    let json: Vec<_> = first
        .iter()
        .filter(|(name, _)| name.ends_with(" json"))
        .cloned()
        .collect();
    assert_eq!(json.len(), 2);
    let absolute = root.to_str().expect("a path");
    let outside = tempfile::tempdir().expect("a folder");
    // Reports for people have paths from where these stand; `tests/cli.rs` reads them.
    for (what, folder, path, threads) in [
        ("twice", root, ".", "-j1"),
        ("eight threads", root, ".", "-j8"),
        ("eight threads again", root, ".", "-j8"),
        ("elsewhere", outside.path(), absolute, "-j2"),
        ("inside", &root.join("incidents"), "..", "-j2"),
    ] {
        same(what, &json, &documents(folder, path, &[threads]));
    }
    same(
        "order on disk",
        &first,
        &outputs(folders[1].path(), ".", &["-j8"]),
    );
    let file = root.join("report.out");
    let args = ["check", "-p", "-v", "--output-format", "json", "-o"];
    let path = file.to_str().expect("a path");
    let ran = poolint(root, &[&args[..], &[path, "."]].concat());
    let json = &json[0].1;
    assert_eq!((ran.code, ran.out.len()), (json.code, 0));
    assert_eq!(fs::read(file).expect("the report"), json.out);
}
