//! The hooks with the real pre-commit: installed from source as a user's pre-commit does it, run by real commits.
//!
//! Needs git, cargo, `python3` with venv and, the first time, PyPI; what is missing is a failure. pre-commit builds
//! poolint once for all hooks. That build is unoptimised and keeps its dependencies below `target/`, so that only the
//! first run takes minutes; nothing else differs from a user's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The release of pre-commit that is tried.
const PRE_COMMIT: &str = "pre-commit==4.3.0";

/// What the crate is built from.
const SOURCES: &[&str] = &[
    ".pre-commit-hooks.yaml",
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "build.rs",
    "rules",
    "src",
];

const ENGINE: &str =
    "from sqlalchemy import create_engine\n\n\ndef session(url):\n    return create_engine(url)\n";
const BAD: &str = "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\nengine = create_engine(\"postgresql://shop@pg/shop\", poolclass=NullPool)\n";
const SIZED: &str = "import os\n\nfrom sqlalchemy import create_engine\n\nengine = create_engine(\"postgresql://shop@pg/shop\", pool_size=int(os.getenv(\"POOL_SIZE\", \"5\")))\n";
const GOOD: &str = "from sqlalchemy import create_engine\n\nengine = create_engine(\"postgresql://shop@pg/shop\")\n";
const ROUTE: &str = "from flask import Flask\n\nfrom db import session\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef items():\n    with session(\"postgresql://shop@pg/shop\").connect() as connection:\n        return str(connection)\n";

/// The folder `target`.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder")
}

/// Runs a command that must succeed.
fn done(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
    let text = text(&output);
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

fn text(output: &Output) -> String {
    let bytes = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// pre-commit, in an environment of its own.
fn pre_commit() -> PathBuf {
    let folder = target().join("pre-commit-venv");
    let program = folder.join("bin/pre-commit");
    let made = folder.join(PRE_COMMIT);
    if !made.exists() {
        done(Command::new("python3").arg("-m").arg("venv").arg(&folder));
        let pip = folder.join("bin/pip");
        done(Command::new(pip).args(["install", "--quiet", PRE_COMMIT]));
        fs::write(made, "").expect("a mark");
    }
    program
}

/// Git that knows no user's configuration.
fn git(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "protocol.file.allow=always",
        ])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("a folder").flatten() {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).expect("a file");
    }
}

/// A repository whose commits pass through hooks of this very tree.
struct Shop {
    folder: tempfile::TempDir,
    home: tempfile::TempDir,
    program: PathBuf,
}

impl Shop {
    /// An empty one in which pre-commit is installed.
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let hooks = home.path().join("poolint");
        fs::create_dir(&hooks).expect("a folder");
        for source in SOURCES {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
            copy(&from, &hooks.join(source));
        }
        done(&mut git(&hooks, &["init", "--quiet"]));
        done(&mut git(&hooks, &["add", "--all", "--force"]));
        done(&mut git(&hooks, &["commit", "--quiet", "-m", "poolint"]));
        let folder = tempfile::tempdir().expect("a folder");
        done(&mut git(folder.path(), &["init", "--quiet"]));
        let shop = Self {
            folder,
            home,
            program: pre_commit(),
        };
        done(&mut shop.command(&["install"]));
        shop
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).expect("a file");
    }

    /// Has these hooks run from now on.
    fn hooks(&self, names: &[&str]) {
        let hooks = self.home.path().join("poolint");
        let revision = done(&mut git(&hooks, &["rev-parse", "HEAD"]));
        let names: String = names
            .iter()
            .map(|name| format!("      - id: {name}\n"))
            .collect();
        let config = format!(
            "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n{names}",
            hooks.display(),
            revision.trim()
        );
        self.write(".pre-commit-config.yaml", &config);
        done(&mut git(self.path(), &["add", ".pre-commit-config.yaml"]));
    }

    /// Sets up what pre-commit and the cargo that it runs see.
    fn surroundings(&self, command: &mut Command) {
        command
            .current_dir(self.path())
            .env("PRE_COMMIT_HOME", self.home.path().join("cache"))
            .env("PRE_COMMIT_COLOR", "never")
            .env("CARGO_TARGET_DIR", target().join("pre-commit-target"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_STRIP", "none")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "protocol.file.allow")
            .env("GIT_CONFIG_VALUE_0", "always");
        // The test itself runs under cargo.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("GIT_DIR") {
                command.env_remove(&name);
            }
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args);
        self.surroundings(&mut command);
        command
    }

    /// Commits everything; whether it went through, and what was said.
    fn commit(&self) -> (bool, String) {
        done(&mut git(self.path(), &["add", "--all"]));
        let mut commit = git(self.path(), &["commit", "--quiet", "-m", "change"]);
        self.surroundings(&mut commit);
        let output = commit.output().expect("git runs");
        (output.status.success(), text(&output))
    }
}

#[test]
fn hooks_stop_bad_commits_and_let_good_ones_pass() {
    let shop = Shop::new();
    shop.hooks(&["poolint"]);
    shop.write("requirements.txt", "flask\nsqlalchemy==2.0.36\npsycopg2\n");
    shop.write("shop.py", BAD);
    let (went, said) = shop.commit();
    assert!(!went, "{said}");
    assert!(said.contains("warning[null-pool]"), "{said}");
    assert!(said.contains("shop.py:4:10"), "{said}");

    shop.write("shop.py", GOOD);
    let (went, said) = shop.commit();
    assert!(went, "{said}");
    assert!(
        said.contains("poolint") && said.contains("Passed"),
        "{said}"
    );

    // What is excluded stays so, though pre-commit names it.
    shop.write("poolint.yaml", "exclude: [old]\n");
    fs::create_dir(shop.path().join("old")).expect("a folder");
    shop.write("old/shop.py", BAD);
    let (went, said) = shop.commit();
    assert!(went, "{said}");

    // The engine alone is fine, and so is the commit that holds nothing else.
    shop.write("db.py", ENGINE);
    let (went, said) = shop.commit();
    assert!(went, "{said}");
    // The route makes it wrong; the hook names `db.py` alone and sees that all the same.
    shop.write("web.py", ROUTE);
    let (went, said) = shop.commit();
    assert!(
        went,
        "the finding lies in a file that is not in the commit: {said}"
    );
    shop.write("db.py", &ENGINE.replace("(url)\n", "(url)  # here\n"));
    let (went, said) = shop.commit();
    assert!(!went, "{said}");
    assert!(said.contains("error[engine-per-call]"), "{said}");
    assert!(said.contains("web.py:8:2"), "the route is shown: {said}");

    fixing(&shop);

    // The whole project, whatever the commit holds.
    shop.hooks(&["poolint-project"]);
    shop.write("web.py", ROUTE);
    let (went, said) = shop.commit();
    assert!(!went, "{said}");
    assert!(said.contains("error[engine-per-call]"), "{said}");
}

/// Repairs, says what, and stops the commit; the next one passes with the repair in it.
fn fixing(shop: &Shop) {
    shop.hooks(&["poolint-fix"]);
    fs::remove_file(shop.path().join("web.py")).expect("a file");
    shop.write(".env", "POOL_SIZE=20\n");
    shop.write("shop.py", SIZED);
    let (went, said) = shop.commit();
    assert!(!went, "{said}");
    assert!(
        said.contains("fixed: shop.py:5: inconsistent-pool-size: "),
        "{said}"
    );
    assert!(said.contains("files were modified by this hook"), "{said}");
    let fixed = fs::read_to_string(shop.path().join("shop.py")).expect("a file");
    assert_eq!(fixed, SIZED.replace("\"5\"", "\"20\""));
    let (went, said) = shop.commit();
    assert!(went, "{said}");
    let committed = done(&mut git(shop.path(), &["show", "HEAD:shop.py"]));
    assert_eq!(committed, fixed);
}
