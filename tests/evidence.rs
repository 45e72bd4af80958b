//! What the pages of the rules claim, measured with the real libraries.
//!
//! Needs `python3` and, the first time, PyPI. A missing python3 is a failure: evidence that was not gathered proves
//! nothing. The figures go to stderr past the capture of the test harness, so that every log holds them.

use std::io::Write;
use std::path::Path;
use std::process::Command;

#[test]
fn the_claims_of_the_pages_are_true() {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evidence/class_and_lifecycle.py");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder");
    let output = Command::new("python3")
        .arg(&script)
        .env("POOLINT_EVIDENCE_DIR", target.join("evidence-venvs"))
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
    for version in ["SQLAlchemy 1.4.", "SQLAlchemy 2.0."] {
        assert!(
            figures.contains(&format!("measured with: {version}")),
            "{version} was not measured"
        );
    }
}
