//! The program as a person or a CI job runs it: help, wrong usage, paths, exit codes, where each line goes.

mod common;

use common::program::{FORMATS, project};
use std::path::Path;
use std::process::{Command, Output};

/// Runs poolint in `folder`.
fn poolint(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_poolint"))
        .args(args)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .output()
        .expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Runs poolint in an empty folder; gives exit code, stdout and stderr.
fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("folder");
    let output = poolint(folder.path(), args);
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// The command fails with exit code 2, says `message` on stderr and nothing on stdout.
fn refused(args: &[&str], message: &str) {
    let (code, out, err) = run(args);
    assert_eq!(code, Some(2), "{args:?}: {err}");
    assert_eq!(out, "", "{args:?}");
    assert!(err.contains(message), "{args:?}: {err}");
    assert!(!err.contains('\x1b'), "{args:?}: {err}");
}

#[test]
fn help_has_every_heading_in_order_and_no_internal_switch() {
    let (code, out, err) = run(&["check", "--help"]);
    assert_eq!((code, &*err), (Some(0), ""));
    let headings = [
        "Rule selection:",
        "Suppressions:",
        "Fixes:",
        "Files:",
        "Output:",
        "Exit:",
        "Config:",
    ];
    let found = headings.map(|heading| out.find(&format!("\n{heading}\n")));
    assert!(found[0].is_some() && found.is_sorted(), "{found:?}\n{out}");
    assert!(!out.contains("prefilter"));
    assert_eq!(run(&["--version"]).0, Some(0));
}

#[test]
fn help_tells_of_the_paths_before_the_options() {
    for command in ["check", "pools"] {
        let (_, out, _) = run(&[command, "--help"]);
        let paths = out.find("\nArguments:\n  [PATHS]...");
        let options = out.find("\nOptions:\n");
        assert!(paths.is_some() && paths < options, "{out}");
        assert_eq!(out.matches("  [PATHS]...").count(), 1, "{out}");
    }
}

/// A repository with a project in it that has two findings.
fn shop() -> tempfile::TempDir {
    const ENGINE: &str = "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import StaticPool\n\n\
        engine = create_engine(\"postgresql://shop@pg/shop\", poolclass=StaticPool)\n";
    project(&[
        (".git/HEAD", ""),
        ("shop/poolint.yaml", "{}\n"),
        ("shop/app/db.py", ENGINE),
        ("shop/other.py", ENGINE),
    ])
}

#[test]
fn people_get_paths_from_where_they_stand_and_machines_from_a_root() {
    let folder = shop();
    let root = folder.path().canonicalize().expect("a path");
    let paths = |from: &str, format: &str, typed: &str| -> Vec<String> {
        let args = [
            "check",
            "--select",
            "static-pool-shared",
            "--output-format",
            format,
            typed,
        ];
        let out = text(&poolint(&root.join(from), &args).stdout);
        let path = |line: &str| match format {
            "concise" => line.split(':').next().map(str::to_owned),
            "full" => {
                // The second finding is folded into the first, and listed.
                let place = line.split("--> ").nth(1).or(line.strip_prefix("    "))?;
                place.strip_suffix(|last: char| last.is_ascii_digit())?;
                place.split(':').next().map(str::to_owned)
            }
            "json" => line
                .trim()
                .strip_prefix("\"path\": \"")
                .map(|rest| rest.trim_end_matches("\",").to_owned()),
            "sarif" => line
                .trim()
                .strip_prefix("\"uri\": \"")
                .map(|rest| rest.trim_end_matches("\",").to_owned()),
            _ => line.split(['=', ',']).nth(1).map(str::to_owned),
        };
        let mut found: Vec<String> = out.lines().filter_map(path).collect();
        found.dedup();
        found
    };
    for format in ["full", "concise"] {
        assert_eq!(paths("shop", format, "."), ["app/db.py", "other.py"]);
        assert_eq!(
            paths("", format, "shop"),
            ["shop/app/db.py", "shop/other.py"]
        );
        assert_eq!(paths("shop/app", format, "."), ["db.py"]);
        assert_eq!(paths("shop/app", format, ".."), ["db.py", "../other.py"]);
        let whole = root.join("shop").to_string_lossy().into_owned();
        assert_eq!(
            paths("shop/app", format, &whole),
            ["db.py".to_owned(), format!("{whole}/other.py")]
        );
    }
    for from in ["", "shop/app"] {
        let typed = if from.is_empty() { "shop" } else { ".." };
        assert_eq!(paths(from, "json", typed), ["app/db.py", "other.py"]);
        for format in ["sarif", "github"] {
            let found = paths(from, format, typed);
            assert!(
                found.starts_with(&["shop/app/db.py".to_owned()]),
                "{format}: {found:?}"
            );
            assert!(
                found.contains(&"shop/other.py".to_owned()),
                "{format}: {found:?}"
            );
        }
    }
    let pools = text(&poolint(&root.join("shop/app"), &["pools", ".."]).stdout);
    assert!(pools.starts_with("db.py:4:10: engine `engine`"), "{pools}");
    assert!(
        pools.contains("\n../other.py:4:10: engine `engine`"),
        "{pools}"
    );
    let pools = text(&poolint(&root.join("shop/app"), &["pools", "."]).stdout);
    assert!(!pools.contains("other.py"), "{pools}");
    let json = text(
        &poolint(
            &root.join("shop/app"),
            &["pools", "--output-format", "json", "."],
        )
        .stdout,
    );
    assert!(json.contains("\"path\": \"app/db.py\""), "{json}");
}

#[test]
fn notes_have_paths_from_where_the_reader_stands() {
    let folder = shop();
    std::fs::write(folder.path().join("shop/pyproject.toml"), "= broken\n").expect("a file");
    let output = poolint(
        &folder.path().join("shop/app"),
        &["check", "--exit-zero", ".."],
    );
    let err = text(&output.stderr);
    assert!(err.starts_with("note: ../pyproject.toml: "), "{err}");
}

#[test]
fn without_a_command_there_is_help_and_exit_code_2() {
    refused(&[], "Usage: poolint <COMMAND>");
    refused(&["src"], "error: `src` is no command\n");
    refused(&["src"], "Usage: poolint <COMMAND>");
    refused(&["."], "to check it, write `poolint check .`");
}

#[test]
fn wrong_options_and_values_are_told() {
    refused(&["check", "--frob"], "--frob");
    refused(
        &["check", "--fail-on", "fatal"],
        "possible values: info, warning, error, never",
    );
    refused(
        &["check", "--output-format", "xml"],
        "possible values: full, concise, json, sarif, github",
    );
    refused(&["check", "--size-cap", "big"], "not a number of bytes");
    refused(&["check", "--exclude", "a[", "."], "--exclude");
    refused(&["check", "-j", "0"], "--threads");
    refused(&["check", "-q", "-v"], "cannot be used with");
}

#[test]
fn rules_must_exist_and_the_nearest_name_is_offered() {
    let near = "error: `sintax-error` is no rule or group; did you mean `syntax-error`?\n";
    refused(&["check", "--select", "sintax-error"], near);
    refused(&["check", "--ignore", "files,sintax-error"], near);
    let far = "error: `E501` is no rule or group; `poolint rules` lists them\n";
    refused(&["check", "--extend-select", "E501"], far);
    assert_eq!(
        run(&["check", "--select", "all", "--ignore", "files"]).0,
        Some(0)
    );
}

#[test]
fn options_of_rules_must_exist_and_the_nearest_name_is_offered() {
    let set = |text| ["check", "--set", text];
    refused(
        &set("null-pool"),
        "error: --set: `null-pool` is not of the form `RULE.OPTION=VALUE`\n",
    );
    refused(
        &set("nullpool.replacement=auto"),
        "error: --set: `nullpool` is no rule with options; did you mean `null-pool`?\n",
    );
    refused(
        &set("null-pool.replacment=auto"),
        "`null-pool` has no option `replacment`; did you",
    );
    refused(
        &set("null-pool.replacement=staticpool"),
        "`staticpool` is no value of `null-pool.replacement`",
    );
    refused(&["pools", "--set", "null-pool.style"], "error: --set: ");
    assert_eq!(run(&set("null-pool.replacement=static-pool")).0, Some(0));
}

#[test]
fn paths_must_exist_and_lie_in_the_project() {
    refused(
        &["check", "no/such"],
        "error: `no/such`: no such file or folder\n",
    );
    refused(&["check", ".", "no/such"], "`no/such`");
    refused(&["check", "--project", "no/such"], "`no/such`");
    refused(&["pools", "no/such"], "`no/such`");
    let folder = tempfile::tempdir().expect("folder");
    std::fs::create_dir(folder.path().join("a")).expect("folder");
    let output = poolint(folder.path(), &["check", "--project", "a", "."]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`.` lies outside of the project"));
    assert_eq!(
        poolint(folder.path(), &["check", "--project", ".", "a"])
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn an_empty_folder_is_clean_in_every_format() {
    for format in FORMATS {
        let (code, out, err) = run(&["check", "--output-format", format]);
        assert_eq!(code, Some(0));
        assert!(err.ends_with("no findings in 0 files\n"), "{err}");
        assert!(err.starts_with("note: there is no file here"), "{err}");
        assert_eq!(out.is_empty(), !["json", "sarif"].contains(format));
    }
    assert_eq!(
        run(&["check", "-q"]),
        (Some(0), String::new(), String::new())
    );
}

#[test]
fn the_report_can_go_to_a_file_and_a_file_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    let args = ["check", "--output-format", "json", "-o", "report.json"];
    let output = poolint(folder.path(), &args);
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(0), String::new())
    );
    let report = std::fs::read(folder.path().join("report.json")).expect("report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report["version"], 1);
    refused(
        &["check", "-o", "no/such/report"],
        "cannot write `no/such/report`",
    );
}

#[test]
fn the_rule_list_has_one_line_for_each() {
    let (code, out, _) = run(&["rules"]);
    assert_eq!(code, Some(0));
    let line = out
        .lines()
        .find(|line| line.starts_with("syntax-error "))
        .expect("line");
    let words: Vec<_> = line.split_whitespace().take(5).collect();
    assert_eq!(words, ["syntax-error", "warning", "high", "none", "files"]);
    // The words are those of the pages, taken from the text and not through the program.
    for rule in poolint::rules::RULES {
        let of_page = |field: &str| {
            let mut lines = rule.yaml.lines();
            lines
                .find_map(|line| line.strip_prefix(field))
                .expect("a field")
                .trim()
        };
        let line = out
            .lines()
            .find(|line| line.starts_with(&format!("{} ", rule.name)));
        let words: Vec<_> = line.expect("a line").split_whitespace().collect();
        let fields = ["name:", "severity:", "confidence:", "fix:", "group:"].map(of_page);
        assert_eq!(words[..5], fields);
        assert_eq!(words[5..].join(" "), of_page("summary:"));
    }
    assert_eq!(out.lines().count(), poolint::rules::entries().len());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    for args in [
        &["check", "--output-format", "json"][..],
        &["check", "--help"],
    ] {
        let full = std::fs::File::create("/dev/full").expect("device");
        let output = Command::new(env!("CARGO_BIN_EXE_poolint"))
            .args(args)
            .current_dir(folder.path())
            .stdout(full)
            .output()
            .expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).starts_with("error: cannot write to standard output"));
    }
}
