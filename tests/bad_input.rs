//! Wrong usage is told in one clear message with exit code 2, and nothing of the analysed project is run or written.

mod common;

use common::program::{FORMATS, Ran, poolint, project, put, tree};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// Two errors and a warning in the eyes of the default rules.
const BAD: &str = "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import StaticPool\na = create_engine('postgresql://h/d', poolclass=StaticPool)\nb = create_engine('postgresql://h/d')\n";

/// Exit code 2, nothing on stdout, one message with these words on stderr.
fn refused(folder: &Path, args: &[&str], words: &[&str]) {
    let Ran { code, out, err } = poolint(folder, args);
    assert_eq!(code, Some(2), "{args:?}: {err}");
    assert!(
        out.is_empty(),
        "{args:?}: {}",
        String::from_utf8_lossy(&out)
    );
    let errors = err.lines().filter(|line| line.starts_with("error")).count();
    assert_eq!(errors, 1, "{args:?}: {err}");
    for word in words {
        assert!(err.contains(word), "{args:?} does not say {word:?}: {err}");
    }
}

#[test]
fn paths_options_and_names_that_are_wrong_are_told() {
    let folder = project(&[("a/x.py", BAD), ("b/y.py", BAD), ("poolint.yaml", "")]);
    let root = folder.path();
    for command in ["check", "pools"] {
        refused(
            root,
            &[command, "no/such.py"],
            &["`no/such.py`", "no such file or folder"],
        );
        refused(root, &[command, "a/x.py/z"], &["`a/x.py/z`"]);
        refused(root, &[command, "--frobnicate"], &["--frobnicate"]);
        refused(
            root,
            &[command, "--output-format", "xml"],
            &["xml", "possible values"],
        );
        refused(root, &[command, "-j", "many"], &["many"]);
        refused(
            root,
            &[command, "--project", "a", "b"],
            &["`b`", "lies outside of the project"],
        );
        refused(
            root,
            &[command, "--project", "a/x.py"],
            &["`a/x.py`", "not a folder"],
        );
    }
    refused(
        root,
        &["check", "--select", "nul-pool"],
        &["`nul-pool`", "did you mean `null-pool`?"],
    );
    refused(
        root,
        &["check", "--ignore", "null-pool,zzz"],
        &["`zzz`", "`poolint rules` lists them"],
    );
    refused(
        root,
        &["check", "--min-severity", "fatal"],
        &["fatal", "possible values"],
    );
    refused(root, &["chekc"], &["`chekc`"]);
}

#[test]
fn two_paths_outside_of_one_project_are_told() {
    let folder = project(&[
        ("one/poolint.yaml", ""),
        ("one/a.py", BAD),
        ("two/poolint.yaml", ""),
        ("two/b.py", BAD),
    ]);
    for command in ["check", "pools"] {
        refused(
            folder.path(),
            &[command, "one/a.py", "two/b.py"],
            &["`two/b.py`", "outside of the project", "--project"],
        );
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    let folder = project(&[("a.py", BAD)]);
    for format in FORMATS {
        for target in ["no/such/report", ".", "a.py/report"] {
            let args = ["check", "--output-format", format, "-o", target, "."];
            refused(folder.path(), &args, &["cannot write", target]);
        }
    }
}

#[test]
fn catalogs_that_cannot_be_used_are_told_with_the_place() {
    let good = "schema: 1\n";
    let folder = project(&[
        ("a.py", BAD.as_bytes()),
        (
            "broken.yaml",
            b"library: acme\nmakers:\n  - [unclosed\nother: }\n",
        ),
        ("unknown.yaml", b"library: acme\nfrobnicate: yes\n"),
        ("list.yaml", b"- a\n- b\n"),
        ("binary.yaml", b"\xff\xfe\0\x01\x02"),
        ("empty.yaml", b""),
        ("good.yaml", good.as_bytes()),
    ]);
    let root = folder.path();
    fs::create_dir(root.join("folder.yaml")).expect("a folder");
    let with = |catalog| ["check", "--catalog", catalog, "."];
    refused(root, &with("broken.yaml"), &["broken.yaml:", "^"]);
    refused(
        root,
        &with("unknown.yaml"),
        &["unknown.yaml:2:", "frobnicate", "^"],
    );
    for catalog in [
        "list.yaml",
        "binary.yaml",
        "empty.yaml",
        "folder.yaml",
        "missing.yaml",
    ] {
        refused(root, &with(catalog), &[catalog]);
        refused(root, &["pools", "--catalog", catalog, "."], &[catalog]);
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_failure() {
    let folder = project(&[("poolint.yaml", "")]);
    for number in 0..400 {
        put(folder.path(), &format!("m{number}.py"), BAD);
    }
    for args in [
        &["check", "--output-format", "full", "."][..],
        &["check", "--output-format", "json", "."],
        &["pools", "."],
        &["pools", "--output-format", "json", "."],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_poolint"))
            .args(args)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut first = [0; 16];
        let mut out = child.stdout.take().expect("stdout");
        out.read_exact(&mut first).expect("a first line");
        drop(out);
        let ended = child.wait_with_output().expect("it ends");
        let err = String::from_utf8_lossy(&ended.stderr);
        let code = i32::from(args[0] == "check");
        assert_eq!(ended.status.code(), Some(code), "{args:?}: {err}");
        for word in ["panicked", "Broken pipe", "error:"] {
            assert!(!err.contains(word), "{args:?}: {err}");
        }
    }
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let bad = project(&[("a.py", BAD)]);
    let clean = project(&[(
        "a.py",
        "from sqlalchemy import create_engine\na = create_engine('postgresql://h/d')\n",
    )]);
    let code = |root: &Path, args: &[&str]| poolint(root, args).code;
    for format in FORMATS {
        let with = |extra: &[&'static str]| [&["check", "--output-format", format], extra].concat();
        let bad = |extra| code(bad.path(), &with(extra));
        assert_eq!(bad(&["."]), Some(1), "{format}");
        assert_eq!(bad(&[".", "--exit-zero"]), Some(0), "{format}");
        assert_eq!(bad(&[".", "--fail-on", "never"]), Some(0), "{format}");
        assert_eq!(bad(&[".", "-o", "out.txt"]), Some(1), "{format}");
        assert_eq!(
            bad(&[".", "--exit-zero", "--catalog", "none.yaml"]),
            Some(2),
            "{format}"
        );
        assert_eq!(bad(&["none"]), Some(2), "{format}");
        assert_eq!(code(clean.path(), &with(&["."])), Some(0), "{format}");
        assert_eq!(
            code(clean.path(), &with(&[".", "--fail-on", "info"])),
            Some(0),
            "{format}"
        );
    }
}

#[cfg(unix)]
#[test]
fn nothing_of_the_project_is_run_or_written() {
    use std::os::unix::fs::PermissionsExt;
    let outside = tempfile::tempdir().expect("a folder");
    let trace = outside.path().join("trace");
    let writes = format!("open({:?}, 'w').write('ran')\n", trace.display());
    let python = format!("from sqlalchemy import create_engine\n{writes}{BAD}");
    let folder = project(&[("db.py", python.as_str())]);
    let root = folder.path();
    for path in [
        "setup.py",
        "conftest.py",
        "sitecustomize.py",
        "app/__init__.py",
        "usercustomize.py",
    ] {
        put(root, path, &python);
    }
    let git = |args: &[&str]| {
        let status = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(args)
            .current_dir(root)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .expect("git runs");
        assert!(status.status.success(), "{args:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "a"]);
    let hook = root.join("hostile.sh");
    fs::write(&hook, format!("#!/bin/sh\ntouch {:?}\n", trace.display())).expect("a file");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("a mode");
    let config = fs::read_to_string(root.join(".git/config")).expect("a config");
    let hook = hook.display();
    let hostile = format!(
        "{config}\n[core]\n\tfsmonitor = {hook}\n\thooksPath = {hook}\n\tpager = {hook}\n\teditor = {hook}\n\tsshCommand = {hook}\n\tattributesFile = .gitattributes\n[diff]\n\texternal = {hook}\n[filter \"x\"]\n\tclean = {hook}\n\tsmudge = {hook}\n\trequired = true\n[alias]\n\tls-files = !{hook}\n\tstatus = !{hook}\n"
    );
    fs::write(root.join(".git/config"), hostile).expect("a config");
    put(root, ".gitattributes", "*.py filter=x\n");
    // The trap works: git itself steps into it.
    let _ = Command::new("git").arg("status").current_dir(root).output();
    assert!(trace.exists(), "the hostile configuration is harmless");
    fs::remove_file(&trace).expect("a trace");
    let before = tree(root);
    for format in FORMATS {
        for extra in [
            &[][..],
            &["--no-prefilter"],
            &["--no-respect-gitignore", "-v"],
        ] {
            let args = [&["check", "--output-format", format, "."], extra].concat();
            assert_eq!(poolint(root, &args).code, Some(1));
        }
    }
    assert_eq!(poolint(root, &["pools", "."]).code, Some(0));
    assert_eq!(poolint(&root.join("app"), &["check"]).code, Some(1));
    assert!(!trace.exists(), "something of the project was run");
    let after = tree(root);
    let paths = |tree: &std::collections::BTreeMap<_, _>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(&before), paths(&after));
    assert!(before == after, "a file was changed");
}
