//! What the pages of the rules claim, and what repairs do, measured with the real libraries.
//!
//! Needs `python3` and, the first time, PyPI. A missing python3 is a failure: evidence that was not gathered proves
//! nothing. The figures go to stderr past the capture of the test harness, so that every log holds them.

use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Runs a script of `tests/evidence`, which must find every claim true with each of `versions` of SQLAlchemy.
fn holds(script: &str, versions: &[&str]) {
    let named: Vec<String> = versions
        .iter()
        .map(|version| format!("SQLAlchemy {version}"))
        .collect();
    holds_with(script, &named);
}

/// The same with whatever was `measured`: names with versions.
fn holds_with(script: &str, measured: &[String]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/evidence")
        .join(script);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder");
    let output = Command::new("python3")
        .arg(&script)
        .env("POOLINT_EVIDENCE_DIR", target.join("evidence-venvs"))
        .env("POOLINT", env!("CARGO_BIN_EXE_poolint"))
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .output()
        .unwrap_or_else(|error| panic!("python3 cannot be run, and nothing was measured: {error}"));
    let mut log = std::io::stderr().lock();
    log.write_all(&output.stdout).expect("the log");
    log.write_all(&output.stderr).expect("the log");
    let figures = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", output.status);
    assert!(figures.contains("claims: all true"), "no verdict");
    for version in measured {
        assert!(
            figures.contains(&format!("measured with: {version}")),
            "{version} was not measured"
        );
    }
}

#[test]
fn the_claims_of_the_pages_are_true() {
    holds("class_and_lifecycle.py", &["1.4.", "2.0."]);
}

#[test]
fn a_repaired_project_works_and_loses_nothing() {
    holds("fixed_null_pool.py", &["1.4.", "2.0.", "2.1."]);
}

#[test]
fn what_is_promised_to_fail_fails_as_promised() {
    holds("certain_failures.py", &["1.4.", "2.0.27", "2.0.58", "2.1."]);
}

#[test]
fn what_is_said_of_frameworks_is_so() {
    let measured = [
        "Django 5.2.",
        "Flask-SQLAlchemy 2.5.1",
        "Flask-SQLAlchemy 3.1.1",
    ];
    holds_with("frameworks.py", &measured.map(str::to_owned));
}

#[test]
fn stale_and_dirty_connections_are_what_the_pages_say() {
    holds("freshness.py", &["1.4.", "2.0."]);
}

#[test]
fn hand_written_pools_lose_and_poison_as_the_pages_say() {
    holds_with("hand_written.py", &["sqlite3 3.".to_owned()]);
}

#[test]
fn pools_and_listeners_of_the_async_world_fail_as_promised() {
    holds("async_use.py", &["1.4.", "2.0.", "2.1."]);
}

#[test]
fn what_waits_for_a_connection_waits_as_long_as_the_pages_say() {
    holds_with(
        "waiting.py",
        &["SQLAlchemy 1.4.54", "SQLAlchemy 2.0.58", "asyncpg 0.32.0"].map(str::to_owned),
    );
}

#[test]
fn a_connection_for_each_query_costs_what_the_page_says() {
    holds_with("connections.py", &["Python 3.".to_owned()]);
}

#[test]
fn files_with_one_writer_and_shared_connections_are_what_the_pages_say() {
    let measured = ["DuckDB 2.0.", "SQLAlchemy 2.0."];
    holds_with("duckdb_use.py", &measured.map(str::to_owned));
}
