//! Repairs end to end: what `--fix` writes, what the real git makes of `--diff` and `--patch`, and that both are the same.

mod common;

use common::program::{Ran, poolint, project, put};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The mailbox patch, where tests write it.
const PATCH: &str = "../poolint.patch";

/// A server database in a web application, written in as many ways as there are habits: file, text, text after.
const SHAPES: &[(&str, &str, &str)] = &[
    (
        "app/one_line.py",
        "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\nengine = create_engine(\"postgresql://db/a\", poolclass=NullPool)\n",
        "from sqlalchemy import create_engine\n\nengine = create_engine(\"postgresql://db/a\", pool_pre_ping=True)\n",
    ),
    (
        "app/crlf.py",
        "from sqlalchemy import create_engine\r\nfrom sqlalchemy.pool import NullPool\r\n\r\nengine = create_engine(\r\n    \"postgresql://db/b\",\r\n    poolclass=NullPool,  # none\r\n    pool_pre_ping=True,\r\n)\r\n",
        "from sqlalchemy import create_engine\r\n\r\nengine = create_engine(\r\n    \"postgresql://db/b\",\r\n    pool_pre_ping=True,\r\n)\r\n",
    ),
    (
        "app/no_final_newline.py",
        "from sqlalchemy import create_engine, NullPool\nengine = create_engine('postgresql://db/c', poolclass=NullPool)",
        "from sqlalchemy import create_engine\nengine = create_engine('postgresql://db/c', pool_pre_ping=True)",
    ),
    (
        "app/bom.py",
        "\u{feff}from sqlalchemy.pool import NullPool\nfrom sqlalchemy import create_engine\n\nengine = create_engine(\"postgresql://db/d\", poolclass=NullPool)\n",
        "\u{feff}from sqlalchemy import create_engine\n\nengine = create_engine(\"postgresql://db/d\", pool_pre_ping=True)\n",
    ),
    (
        "app/tabs.py",
        "import sqlalchemy as sa\nfrom sqlalchemy import pool\n\n\nclass Store:\n\tengine = sa.create_engine(\n\t\t\"mysql://db/e\",\n\t\techo=False,  # quiet\n\t\tpoolclass=pool.NullPool\n\t)\n",
        "import sqlalchemy as sa\n\n\nclass Store:\n\tengine = sa.create_engine(\n\t\t\"mysql://db/e\",\n\t\techo=False,  # quiet\n\t\tpool_recycle=3600,\n\t\tpool_pre_ping=True\n\t)\n",
    ),
    (
        "app/x y/é.py",
        "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import (\n    NullPool,  # nothing kept\n    QueuePool,\n)\n\nPLAIN = QueuePool\nfirst = create_engine(\"postgresql://db/f\", poolclass=NullPool)\nsecond = create_engine(\"postgresql://db/g\", poolclass=NullPool)\n",
        "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import (\n    QueuePool,\n)\n\nPLAIN = QueuePool\nfirst = create_engine(\"postgresql://db/f\", pool_pre_ping=True)\nsecond = create_engine(\"postgresql://db/g\", pool_pre_ping=True)\n",
    ),
    (
        "app/dictionary.py",
        "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\n__all__ = [\"NullPool\"]\nOPTIONS = {\n    'echo': False,\n    'poolclass': NullPool,\n}\nengine = create_engine(\"postgresql://db/h\", **OPTIONS)\n",
        "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\n__all__ = [\"NullPool\"]\nOPTIONS = {\n    'echo': False,\n    'pool_pre_ping': True,\n}\nengine = create_engine(\"postgresql://db/h\", **OPTIONS)\n",
    ),
    (
        "app/aiosqlite_old.py",
        "from sqlalchemy.ext.asyncio import create_async_engine\nfrom sqlalchemy.pool import NullPool\n\nengine = create_async_engine(\n    \"sqlite+aiosqlite:///i.db\", poolclass=NullPool)\n",
        "from sqlalchemy.ext.asyncio import create_async_engine\nfrom sqlalchemy.pool import AsyncAdaptedQueuePool\n\nengine = create_async_engine(\n    \"sqlite+aiosqlite:///i.db\", poolclass=AsyncAdaptedQueuePool)\n",
    ),
];

/// What must stay as it is: a file that cannot be read in full, one in another encoding.
const UNTOUCHED: &[(&str, &[u8])] = &[
    (
        "app/broken.py",
        b"from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\nengine = create_engine('postgresql://db/x', poolclass=NullPool)\ndef (:\n",
    ),
    (
        "app/latin.py",
        b"# coding: latin-1\nfrom sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\nengine = create_engine('postgresql://db/y', poolclass=NullPool)  # \xe9\n",
    ),
    ("requirements.txt", b"sqlalchemy==2.0.30\nflask\n"),
    (
        "app/web.py",
        b"from flask import Flask\nfrom app import one_line, crlf, tabs, dictionary\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef index():\n    with one_line.engine.connect() as connection:\n        return connection.exec_driver_sql('select 1').scalar()\n",
    ),
];

fn git_output(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(["-c", "core.autocrlf=false"])
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_DATE", "1700000000 +0000")
        .env("GIT_COMMITTER_DATE", "1700000000 +0000")
        .output()
        .expect("git runs")
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = git_output(folder, arguments);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {words}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A repository with the project in `service`, everything committed; its folder stands in one of its own.
fn repository(format: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = project::<&str>(&[]);
    let root = folder.path().join("repository");
    for (path, text, _) in SHAPES {
        put(&root, &format!("service/{path}"), text);
    }
    for (path, bytes) in UNTOUCHED {
        put(&root, &format!("service/{path}"), bytes);
    }
    put(&root, "README.md", "two\n");
    git(&root, &["init", "-q", &format!("--object-format={format}")]);
    git(&root, &["config", "user.name", "Ada"]);
    git(&root, &["config", "user.email", "ada@example.com"]);
    git(&root, &["add", "."]);
    git(&root, &["commit", "-qm", "all of it"]);
    (folder, root)
}

/// The files of a working tree.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    common::program::tree(root)
        .into_iter()
        .filter_map(|(path, bytes)| {
            let path = path.strip_prefix(root).expect("below").to_path_buf();
            (!path.starts_with(".git")).then_some((path, bytes))
        })
        .collect()
}

fn fixed(root: &Path) -> Ran {
    let args = ["check", "service", "--project", "service"];
    poolint(root, &[&args[..], &["--fix", "--unsafe-fixes"]].concat())
}

#[test]
fn every_shape_is_repaired_in_its_own_style_and_only_once() {
    let (_folder, root) = repository("sha1");
    let ran = fixed(&root);
    for (path, _, after) in SHAPES {
        let text = fs::read_to_string(root.join("service").join(path)).expect("a file");
        assert_eq!(text, *after, "{path}\n{}", ran.err);
    }
    for (path, bytes) in UNTOUCHED {
        assert_eq!(
            fs::read(root.join("service").join(path)).expect("a file"),
            *bytes,
            "{path}"
        );
    }
    assert_eq!(ran.err.matches("fixed: ").count(), 9, "{}", ran.err);
    let once = tree(&root);
    let again = fixed(&root);
    assert!(!again.err.contains("fixed: "), "{}", again.err);
    assert_eq!(tree(&root), once);
}

#[test]
fn git_makes_of_a_patch_what_a_fix_writes() {
    for format in ["sha1", "sha256"] {
        let (_one, fixed_root) = repository(format);
        fixed(&fixed_root);
        let wanted = tree(&fixed_root);
        let command = ["check", ".", "--unsafe-fixes"];

        // From a folder inside, so that paths must be found from the top.
        let (_two, root) = repository(format);
        let before = tree(&root);
        let service = root.join("service");
        let plain = poolint(&service, &["check", "."]);
        let diff = poolint(&service, &[&command[..], &["--diff"]].concat());
        assert_eq!(diff.code, plain.code);
        assert_eq!(tree(&root), before, "nothing is written");
        put(&root, "../all.diff", &diff.out);
        git(&root, &["apply", "--check", "../all.diff"]);
        git(&root, &["apply", "--3way", "../all.diff"]);
        assert_eq!(tree(&root), wanted, "{format}: apply -3");
        git(&root, &["reset", "-q", "--hard"]);
        git(&root, &["apply", "../all.diff"]);
        assert_eq!(tree(&root), wanted, "{format}: apply");
        git(&root, &["reset", "-q", "--hard"]);

        let patch = [&command[..], &["--patch", "../../poolint.patch"]].concat();
        let ran = poolint(&service, &patch);
        assert_eq!(ran.code, plain.code);
        assert_eq!(ran.out, plain.out, "the report is that of a plain check");
        let bytes = fs::read(root.join(PATCH)).expect("a patch");
        poolint(&service, &patch);
        assert_eq!(fs::read(root.join(PATCH)).expect("a patch"), bytes);
        git(&root, &["apply", "--check", PATCH]);
        git(&root, &["am", "-q", "--keep-cr", PATCH]);
        assert_eq!(tree(&root), wanted, "{format}: am");
        let made = git(&root, &["log", "-1", "--format=%an|%ad|%s", "--date=unix"]);
        assert_eq!(made, "Ada|1700000000|Repair 9 findings of null-pool\n");
        let clean = git(&root, &["status", "--porcelain"]);
        assert_eq!(clean, "");
    }
}

#[test]
fn a_patch_merges_after_upstream_has_moved() {
    let (_folder, root) = repository("sha1");
    let args = [
        "check",
        ".",
        "--unsafe-fixes",
        "--patch",
        "../../poolint.patch",
    ];
    poolint(&root.join("service"), &args);
    // The line beside the repair is another, so that the patch as text does not fit.
    let path = root.join("service/app/one_line.py");
    let text = fs::read_to_string(&path).expect("a file");
    let moved = text.replace(
        "from sqlalchemy import create_engine\n",
        "import os\n\nfrom sqlalchemy import create_engine, event\n",
    );
    fs::write(
        &path,
        moved.replace("\n\nengine", "\n\nNAME = os.name\n\nengine"),
    )
    .expect("written");
    git(&root, &["commit", "-qam", "upstream"]);
    assert!(
        !git_output(&root, &["apply", "--check", PATCH])
            .status
            .success()
    );
    let merged = git_output(&root, &["am", "-q", "-3", "--keep-cr", PATCH]);
    if !merged.status.success() {
        // Neighbouring lines are a conflict for git, and one that it shows with both sides.
        let conflict = fs::read_to_string(&path).expect("a file");
        assert!(
            conflict.contains("<<<<<<<") && conflict.contains(">>>>>>>"),
            "{conflict}"
        );
        git(&root, &["am", "--abort"]);
    }
    // Made afresh it fits.
    poolint(&root.join("service"), &args);
    git(&root, &["am", "-q", "--keep-cr", PATCH]);
    let text = fs::read_to_string(&path).expect("a file");
    assert!(
        !text.contains("NullPool") && text.contains("NAME = os.name"),
        "{text}"
    );
}

/// Every module compiles.
fn compiles(root: &Path) {
    let mut paths: Vec<PathBuf> = tree(root).into_keys().collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "py"));
    assert!(paths.len() > 20);
    let script = "import sys\nfor path in sys.argv[1:]:\n    compile(open(path, 'rb').read(), path, 'exec')\n";
    let output = Command::new("python3")
        .current_dir(root)
        .args(["-c", script])
        .args(paths)
        .output()
        .expect("python3 runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The incident's project as a repository.
fn incident() -> (tempfile::TempDir, PathBuf) {
    let folder = project::<&str>(&[]);
    let root = folder.path().join("warehouse");
    let before = common::fixtures().join("incidents/004-null-pool/before");
    for (path, text) in common::files(&before) {
        put(&root, &path, text);
    }
    git(&root, &["init", "-q"]);
    git(&root, &["add", "."]);
    git(&root, &["commit", "-qm", "as it was"]);
    (folder, root)
}

/// The database modules with their text.
fn modules(root: &Path) -> Vec<String> {
    let all = common::files(&root.join("database"));
    all.into_iter()
        .filter(|(path, _)| path.ends_with("_db.py"))
        .map(|(_, text)| text)
        .collect()
}

#[test]
fn nineteen_modules_are_repaired_by_one_patch() {
    for asked in ["default", "queue-pool", "static-pool"] {
        let (_folder, root) = incident();
        let option = format!("null-pool.replacement={asked}");
        let args = [
            "check",
            ".",
            "--unsafe-fixes",
            "--set",
            &option,
            "--patch",
            PATCH,
        ];
        let ran = poolint(&root, &args);
        assert!(
            ran.err.contains("repairs 19 findings in 19 files"),
            "{}",
            ran.err
        );
        git(&root, &["am", "-q", PATCH]);
        compiles(&root);
        let modules = modules(&root);
        assert_eq!(modules.len(), 19);
        for text in &modules {
            let comments_gone: String =
                text.lines().filter(|line| !line.starts_with('#')).collect();
            assert!(!comments_gone.contains("NullPool"), "{asked}: {text}");
            let class = match asked {
                "queue-pool" => "QueuePool",
                "static-pool" => "StaticPool",
                _ => "",
            };
            if class.is_empty() {
                assert!(!text.contains("sqlalchemy.pool"), "{text}");
            } else {
                assert!(
                    text.contains(&format!("from sqlalchemy.pool import {class}\n")),
                    "{text}"
                );
                assert!(
                    text.contains(&format!("        poolclass={class},\n")),
                    "{text}"
                );
            }
            let timeout = "        connect_args={\"check_same_thread\": False, \"timeout\": 20.0},\n        pool_pre_ping=True,\n    )\n";
            assert_eq!(text.contains(timeout), asked == "static-pool", "{text}");
        }
        let left = poolint(&root, &["check", ".", "--output-format", "concise"]);
        let left = String::from_utf8_lossy(&left.out).into_owned();
        assert!(!left.contains("[null-pool]"), "{left}");
        let shared = left.matches("[static-pool-shared]").count();
        assert_eq!(
            shared,
            if asked == "static-pool" { 19 } else { 0 },
            "{left}"
        );
        // What was asked for is not taken away again.
        let again = poolint(
            &root,
            &["check", ".", "--fix", "--unsafe-fixes", "--set", &option],
        );
        assert!(!again.err.contains("fixed: "), "{}", again.err);
        assert_eq!(git(&root, &["status", "--porcelain"]), "");
    }
}

#[test]
fn where_sessions_leak_the_repair_is_only_shown() {
    let (_folder, root) = incident();
    let before = tree(&root);
    let ran = poolint(&root, &["check", ".", "--fix", "--unsafe-fixes"]);
    assert!(!ran.err.contains("fixed: "), "{}", ran.err);
    assert_eq!(tree(&root), before);
    let report = String::from_utf8_lossy(&ran.out).into_owned();
    assert!(
        report.contains("(only shown)") && report.contains("the sessions come first"),
        "{report}"
    );
}

#[test]
fn a_series_has_one_patch_for_each_rule_on_top_of_the_one_before() {
    let (_folder, root) = repository("sha1");
    put(
        &root,
        "service/app/shared.py",
        "import os\n\nfrom sqlalchemy import create_engine\nfrom sqlalchemy.pool import StaticPool\n\nengine = create_engine(\n    \"sqlite:///shared.db\",\n    poolclass=StaticPool,\n)\nsized = create_engine(\"postgresql://db/s\", pool_size=int(os.getenv(\"DB_POOL_SIZE\", \"2\")))\n",
    );
    put(&root, "service/.env", "DB_POOL_SIZE=7\n");
    git(&root, &["add", "."]);
    git(&root, &["commit", "-qm", "more"]);
    let ran = poolint(
        &root,
        &[
            "check",
            "service",
            "--unsafe-fixes",
            "--patch",
            "../series/",
        ],
    );
    let series = root.join("../series");
    let mut names: Vec<String> = fs::read_dir(&series)
        .unwrap_or_else(|_| panic!("{}", ran.err))
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let wanted = [
        "0001-inconsistent-pool-size.patch",
        "0002-null-pool.patch",
        "0003-static-pool-shared.patch",
    ];
    assert_eq!(names, wanted, "{}", ran.err);
    for name in names {
        git(
            &root,
            &["am", "-q", "--keep-cr", &format!("../series/{name}")],
        );
    }
    let text = fs::read_to_string(root.join("service/app/shared.py")).expect("a file");
    assert_eq!(
        text,
        "import os\n\nfrom sqlalchemy import create_engine\n\nengine = create_engine(\n    \"sqlite:///shared.db\",\n)\nsized = create_engine(\"postgresql://db/s\", pool_size=int(os.getenv(\"DB_POOL_SIZE\", \"7\")))\n"
    );
}

#[test]
fn exit_codes_and_options_are_as_they_are_said_to_be() {
    let engine = "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\nengine = create_engine('postgresql://db/a', poolclass=NullPool)\n";
    let run = |args: &[&str]| {
        let folder = project(&[("app.py", engine)]);
        let ran = poolint(folder.path(), &[&["check", "."], args].concat());
        let text = fs::read_to_string(folder.path().join("app.py")).expect("a file");
        (ran, text != engine)
    };
    let said = |args: &[&str]| {
        let (ran, changed) = run(args);
        (ran.code, changed, !ran.out.is_empty())
    };
    assert_eq!(said(&[]), (Some(1), false, true));
    assert_eq!(said(&["--fix"]), (Some(1), false, true));
    assert_eq!(said(&["--fix", "--unsafe-fixes"]), (Some(0), true, false));
    assert_eq!(
        said(&["--fix-only", "--unsafe-fixes"]),
        (Some(0), true, false)
    );
    let loud = ["--fix", "--unsafe-fixes", "--exit-non-zero-on-fix"];
    assert_eq!(said(&loud), (Some(1), true, false));
    assert_eq!(said(&["--diff", "--unsafe-fixes"]), (Some(1), false, true));
    assert_eq!(said(&["--diff"]), (Some(1), false, false));
    let unfixable = ["--fix", "--unsafe-fixes", "--unfixable", "null-pool"];
    assert_eq!(said(&unfixable), (Some(1), false, true));
    let others = ["--fix", "--unsafe-fixes", "--fixable", "static-pool-shared"];
    assert_eq!(said(&others), (Some(1), false, true));
    assert_eq!(run(&["--fixable", "nul-pool", "--fix"]).0.code, Some(2));
    assert_eq!(run(&["--fix", "--diff"]).0.code, Some(2));
    let (outside, _) = run(&["--diff", "--unsafe-fixes"]);
    let diff = String::from_utf8_lossy(&outside.out).into_owned();
    assert!(
        diff.starts_with("diff --git a/app.py b/app.py\n--- a/app.py\n"),
        "{diff}"
    );
    let (plain, _) = run(&[]);
    assert!(
        plain.err.contains("1 fixable with --fix --unsafe-fixes"),
        "{}",
        plain.err
    );
}

#[test]
fn edits_in_json_are_those_that_are_made() {
    let (_folder, root) = repository("sha1");
    let ran = poolint(
        &root,
        &[
            "check",
            "service",
            "--project",
            "service",
            "--output-format",
            "json",
        ],
    );
    let report: serde_json::Value = serde_json::from_slice(&ran.out).expect("JSON");
    assert_eq!(report["summary"]["fixable"], 9);
    for finding in report["findings"].as_array().expect("findings") {
        if finding["rule"] != "null-pool" {
            continue;
        }
        let path = finding["path"].as_str().expect("a path");
        let Some((_, old, new)) = SHAPES.iter().find(|(name, _, _)| *name == path) else {
            continue;
        };
        if path.contains("x y") {
            // Two fixes share an import: each by itself leaves it to the other.
            continue;
        }
        let fix = &finding["fixes"][0];
        assert_eq!(fix["applicability"], "unsafe");
        let mut text = (*old).to_owned();
        for edit in fix["edits"].as_array().expect("edits").iter().rev() {
            assert_eq!(edit["path"], path);
            let at =
                |key: &str| usize::try_from(edit[key].as_u64().expect("a number")).expect("small");
            text.replace_range(
                at("start")..at("end"),
                edit["content"].as_str().expect("text"),
            );
        }
        assert_eq!(text, *new, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_project_is_not_written_through() {
    let folder = project(&[(
        "outside.py",
        "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\nengine = create_engine('postgresql://db/a', poolclass=NullPool)\n",
    )]);
    let root = folder.path().join("project");
    fs::create_dir(&root).expect("a folder");
    std::os::unix::fs::symlink("../outside.py", root.join("app.py")).expect("a link");
    let before = tree(folder.path());
    let ran = poolint(
        &root,
        &[
            "check",
            "app.py",
            "--project",
            ".",
            "--fix",
            "--unsafe-fixes",
        ],
    );
    assert_eq!(tree(folder.path()), before, "{}", ran.err);
}
