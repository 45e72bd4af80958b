//! The rules on modules in every state of a real git repository.

mod common;

use common::{Seen, git};
use poolint::finding::Severity;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const POOL: &str = "from sqlalchemy import create_engine\n\n\
    engine = create_engine(\"postgresql://db.internal/shop\", pool_pre_ping=True)\n";
const USER: &str = "from app.pool import engine\n\n\ndef ready():\n    with engine.connect() as connection:\n        \
    return connection.exec_driver_sql(\"SELECT 1\").scalar()\n";

/// The rules that this is about.
const RULES: &[&str] = &[
    "missing-pool-module",
    "stale-pool-bytecode",
    "untracked-pool-module",
];

/// A project in a folder of its own.
struct Tree {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

/// A package whose main module imports a pool's; everything is tracked and committed.
fn tree() -> Tree {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("shop");
    let files: BTreeMap<String, String> = [
        ("app/__init__.py", ""),
        ("app/pool.py", POOL),
        ("app/main.py", USER),
        ("docs/about.txt", "a shop\n"),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect();
    common::write(&root, &files);
    common::repository(&root, &[]);
    Tree {
        _folder: folder,
        root,
    }
}

/// What the rules on modules say: rule, file, line, severity.
fn said(root: &Path) -> Vec<(String, String, usize, Severity)> {
    let own = |seen: &Seen| RULES.contains(&seen.rule.as_str());
    common::analyse_in_git(root)
        .into_iter()
        .filter(own)
        .map(|seen| (seen.rule, seen.path, seen.line, seen.severity))
        .collect()
}

fn one(rule: &str, path: &str, severity: Severity) -> Vec<(String, String, usize, Severity)> {
    vec![(rule.to_owned(), path.to_owned(), 1, severity)]
}

fn untracked() -> Vec<(String, String, usize, Severity)> {
    one("untracked-pool-module", "app/pool.py", Severity::Error)
}

fn missing() -> Vec<(String, String, usize, Severity)> {
    one("missing-pool-module", "app/main.py", Severity::Error)
}

fn program(root: &Path, format: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_poolint"));
    program
        .args(["check", "-q", ".", "--isolated"])
        .args(["--output-format", format])
        .current_dir(root);
    program
}

fn output(mut command: Command) -> String {
    let output = command.output().expect("the program runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn tracked_is_silent_and_untracked_is_not() {
    let tree = tree();
    assert_eq!(said(&tree.root), []);
    git(&tree.root, &["rm", "-q", "--cached", "app/pool.py"]);
    assert_eq!(said(&tree.root), untracked());
    // What is added counts, committed or not.
    git(&tree.root, &["add", "app/pool.py"]);
    assert_eq!(said(&tree.root), []);
}

#[test]
fn an_ignored_module_is_told_at_its_import() {
    let tree = tree();
    git(&tree.root, &["rm", "-q", "--cached", "app/pool.py"]);
    fs::write(tree.root.join(".gitignore"), "pool.py\n").expect("written");
    let told = one("untracked-pool-module", "app/main.py", Severity::Error);
    assert_eq!(said(&tree.root), told);
    // An ignored file may be tracked all the same.
    git(&tree.root, &["add", "-f", "app/pool.py"]);
    assert_eq!(said(&tree.root), []);
}

#[test]
fn a_deleted_module_is_missing() {
    let tree = tree();
    fs::remove_file(tree.root.join("app/pool.py")).expect("deleted");
    assert_eq!(said(&tree.root), missing());
    let text = output(program(&tree.root, "full"));
    assert!(text.contains("git still tracks `app/pool.py`"), "{text}");
    git(&tree.root, &["rm", "-q", "--cached", "app/pool.py"]);
    assert_eq!(said(&tree.root), missing());
}

#[test]
fn a_renamed_module_is_missing_and_its_new_place_is_named() {
    let tree = tree();
    git(&tree.root, &["mv", "app/pool.py", "app/engines.py"]);
    assert_eq!(said(&tree.root), missing());
    let text = output(program(&tree.root, "full"));
    assert!(text.contains("Import from `app/engines.py`"), "{text}");
}

#[test]
fn other_repositories_are_not_judged() {
    let tree = tree();
    let inner = tree.root.with_file_name("inner");
    let files: BTreeMap<String, String> = [
        ("__init__.py".to_owned(), String::new()),
        ("pool.py".to_owned(), POOL.to_owned()),
    ]
    .into();
    common::write(&inner, &files);
    common::repository(&inner, &[]);
    let address = inner.to_str().expect("a path");
    let allow = ["-c", "protocol.file.allow=always"];
    let add = ["submodule", "add", "-q", address, "lib"];
    git(&tree.root, &[&allow[..], &add[..]].concat());
    fs::write(tree.root.join("lib/db_pool.py"), POOL).expect("written");
    // A clone in the tree that is no submodule.
    git(&tree.root, &["clone", "-q", address, "vendor_copy"]);
    let user = "from lib.db_pool import engine\nfrom vendor_copy.pool import engine as other\n";
    fs::write(tree.root.join("app/more.py"), user).expect("written");
    git(&tree.root, &["add", "app/more.py"]);
    assert_eq!(said(&tree.root), []);
    // A submodule that was not fetched.
    fs::remove_dir_all(tree.root.join("lib")).expect("removed");
    fs::create_dir(tree.root.join("lib")).expect("a folder");
    assert_eq!(said(&tree.root), []);
}

#[test]
fn worktrees_and_shallow_clones_are_judged_by_their_own_files() {
    let tree = tree();
    let worktree = tree.root.with_file_name("worktree");
    let path = worktree.to_str().expect("a path");
    git(&tree.root, &["worktree", "add", "-q", path]);
    assert_eq!(said(&worktree), []);
    git(&worktree, &["rm", "-q", "--cached", "app/pool.py"]);
    assert_eq!(said(&worktree), untracked());
    assert_eq!(said(&tree.root), []);

    let shallow = tree.root.with_file_name("shallow");
    let from = format!("file://{}", tree.root.display());
    let to = shallow.to_str().expect("a path");
    git(&tree.root, &["clone", "-q", "--depth", "1", &from, to]);
    assert_eq!(said(&shallow), []);
    git(&shallow, &["rm", "-q", "--cached", "app/pool.py"]);
    assert_eq!(said(&shallow), untracked());
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_missing() {
    let tree = tree();
    git(
        &tree.root,
        &["sparse-checkout", "set", "--no-cone", "/*", "!/app/pool.py"],
    );
    assert!(!tree.root.join("app/pool.py").exists());
    assert_eq!(said(&tree.root), []);
}

#[test]
fn without_git_nothing_is_guessed() {
    let tree = tree();
    git(&tree.root, &["rm", "-q", "--cached", "app/pool.py"]);
    assert!(output(program(&tree.root, "concise")).contains("untracked-pool-module"));
    let mut program = program(&tree.root, "concise");
    let nowhere = tree.root.with_file_name("nowhere");
    program.env("PATH", &nowhere);
    assert!(!output(program).contains("untracked-pool-module"));
    fs::remove_dir_all(tree.root.join(".git")).expect("removed");
    assert_eq!(said(&tree.root), []);
}

#[test]
fn a_repository_that_tracks_nothing_says_nothing() {
    let tree = tree();
    git(&tree.root, &["rm", "-q", "-r", "--cached", "."]);
    assert_eq!(said(&tree.root), []);
}

#[test]
fn compiled_code_without_a_source_is_told_by_where_it_lies() {
    let tree = tree();
    let kept = tree.root.join("app/__pycache__");
    fs::create_dir(&kept).expect("a folder");
    for name in [
        "pool.cpython-311.pyc",
        "old_pool.cpython-311.pyc",
        "menu.cpython-311.pyc",
    ] {
        fs::write(kept.join(name), b"\xa7\r\r\n").expect("written");
    }
    let info = one("stale-pool-bytecode", "app/pool.py", Severity::Info);
    assert_eq!(said(&tree.root), info);
    fs::write(tree.root.join("app/old_pool.pyc"), b"\xa7\r\r\n").expect("written");
    let warning = one("stale-pool-bytecode", "app/pool.py", Severity::Warning);
    assert_eq!(said(&tree.root), warning);
    // In the place of a source that is imported, it is what the import takes.
    fs::rename(
        tree.root.join("app/pool.py"),
        tree.root.join("app/pool.pyc"),
    )
    .expect("moved");
    fs::remove_file(tree.root.join("app/old_pool.pyc")).expect("removed");
    fs::remove_dir_all(&kept).expect("removed");
    let imported = one("stale-pool-bytecode", "app/main.py", Severity::Warning);
    assert_eq!(said(&tree.root), imported);
}

#[cfg(unix)]
#[test]
fn a_hostile_configuration_runs_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let tree = tree();
    git(&tree.root, &["rm", "-q", "--cached", "app/pool.py"]);
    let trace = tree.root.with_file_name("trace");
    let script = tree.root.with_file_name("script");
    let words = format!("#!/bin/sh\necho \"$0 $*\" >> {}\n", trace.display());
    fs::write(&script, words).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("executable");
    let hooks = tree.root.join(".git/hooks");
    fs::create_dir_all(&hooks).expect("a folder");
    for hook in ["post-index-change", "fsmonitor-watchman"] {
        fs::copy(&script, hooks.join(hook)).expect("a hook");
    }
    let run = script.display();
    let hostile = format!(
        "[core]\n fsmonitor = {run}\n hooksPath = {hooks}\n pager = {run}\n\
         [pager]\n ls-files = {run}\n[alias]\n ls-files = !{run}\n\
         [filter \"x\"]\n clean = {run}\n smudge = {run}\n process = {run}\n\
         [diff \"x\"]\n textconv = {run}\n[diff]\n external = {run}\n",
        hooks = hooks.display(),
    );
    let config = tree.root.join(".git/config");
    let own = fs::read_to_string(&config).expect("the configuration");
    fs::write(&config, own + &hostile).expect("the configuration");
    fs::write(tree.root.join(".gitattributes"), "* filter=x diff=x\n").expect("attributes");

    assert!(output(program(&tree.root, "concise")).contains("untracked-pool-module"));
    let trace = fs::read_to_string(&trace).unwrap_or_default();
    assert_eq!(trace, "", "something was run");
}
