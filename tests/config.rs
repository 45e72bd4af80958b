//! Configuration as a person meets it: where it may stand, what wins, what each key does, how a mistake is shown.

mod common;

use common::program::{Ran, poolint, project, put};
use std::path::Path;

/// An engine of an environment variable without a pool, behind a web route.
const SHOP: &str = r#"import os

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

engine = create_engine(os.environ["DATABASE_URL"], poolclass=NullPool)
app = Flask(__name__)


@app.route("/")
def items():
    with engine.connect() as connection:
        return str(connection)
"#;

/// A project of one shop, with some files more.
fn shop(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = project(files);
    put(folder.path(), "shop.py", SHOP);
    put(
        folder.path(),
        "requirements.txt",
        "flask\nsqlalchemy==2.0.36\n",
    );
    folder
}

/// Exit code, stdout as text, and stderr.
fn check(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let Ran { code, out, err } = poolint(
        folder,
        &[&["check", "--output-format", "concise"], args].concat(),
    );
    (code, String::from_utf8(out).expect("UTF-8"), err)
}

/// What is said against a configuration, which must be exit code 2 and nothing on stdout.
fn refused(files: &[(&str, &str)], args: &[&str]) -> String {
    let folder = shop(files);
    let (code, out, err) = check(folder.path(), args);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    err
}

const INFO: &str = "shop.py:7:10: info[null-pool] every checkout from `engine` opens a new connection: `NullPool` keeps none\n";

#[test]
fn without_any_word_the_shop_has_one_info() {
    let folder = shop(&[]);
    let (code, out, err) = check(folder.path(), &[]);
    assert_eq!((code, out.as_str()), (Some(0), INFO));
    assert_eq!(err, "1 finding in 1 file (1 info)\n");
}

#[test]
fn every_place_is_found_and_two_are_one_too_many() {
    let fails = "fail-on = \"info\"\n";
    let places = [
        ("poolint.yaml", "fail-on: info\n".to_owned()),
        (".poolint.yaml", "fail-on: info\n".to_owned()),
        (".github/poolint.yaml", "fail-on: info\n".to_owned()),
        (
            "pyproject.toml",
            format!("[project]\nname = \"shop\"\n[tool.poolint]\n{fails}"),
        ),
        (
            "Cargo.toml",
            format!("[workspace.metadata.poolint]\n{fails}"),
        ),
        ("Cargo.toml", format!("[package.metadata.poolint]\n{fails}")),
    ];
    for (path, text) in &places {
        let folder = shop(&[(path, text)]);
        assert_eq!(check(folder.path(), &[]).0, Some(1), "{path}");
        assert_eq!(check(folder.path(), &["--isolated"]).0, Some(0), "{path}");
        // The file that is asked about says which project is meant.
        put(folder.path(), "a/b/c.py", "");
        put(folder.path(), "a/.git/HEAD", "");
        let (_, shown, _) = check(&folder.path().join("a/b"), &["--show-config"]);
        assert!(
            shown.contains(&format!("fail-on: info  # {path}")),
            "{shown}"
        );
    }
    for (number, (path, text)) in places.iter().enumerate() {
        for (other, more) in &places[..number] {
            let text = if path == other {
                format!("{more}{text}")
            } else {
                text.clone()
            };
            let err = refused(&[(other, more), (path, &text)], &[]);
            let words: Vec<&str> = err.split_whitespace().collect();
            let words = words.join(" ");
            assert!(
                words.contains("poolint a second time; keep one of them"),
                "{err}"
            );
            assert!(words.contains(path) && words.contains(other), "{err}");
        }
    }
}

#[test]
fn manifests_that_have_nothing_to_do_with_poolint_do_not_matter() {
    let huge = format!("# {}\n", "poolint ".repeat(200_000));
    for text in [
        "[project]\n",
        "[[[ broken poolint",
        "[tool.poolintx]\na = 1\n",
        &huge,
    ] {
        let folder = shop(&[("pyproject.toml", text)]);
        assert_eq!(check(folder.path(), &[]).0, Some(0), "{:.40}", text);
    }
    let err = refused(&[("pyproject.toml", "[tool.poolint]\nselect = [\n")], &[]);
    assert!(err.starts_with("error: pyproject.toml: "), "{err}");
    assert!(err.contains("--> pyproject.toml:"), "{err}");
}

#[test]
fn a_mistake_is_shown_with_its_line_and_a_caret_in_yaml() {
    let said = |text: &str| refused(&[("poolint.yaml", text)], &[]);
    assert_eq!(
        said("fail-on: info\nselct: [all]\n"),
        "error: poolint.yaml: `selct` is no key of a configuration; did you mean\n  `select`?\n  \
         --> poolint.yaml:2:1\n   |\n 1 | fail-on: info\n 2 | selct: [all]\n   | ^^^^^\n\n"
            .trim_end_matches('\n')
            .to_owned()
            + "\n"
    );
    assert_eq!(
        said("rules:\n  nul-pool: {severity: error}\n"),
        "error: poolint.yaml: `nul-pool` is no rule; did you mean `null-pool`?\n  \
         --> poolint.yaml:2:3\n   |\n 1 | rules:\n 2 |   nul-pool: {severity: error}\n   |   ^^^^^^^^\n"
    );
    assert_eq!(
        said("rules:\n  null-pool: {severity: eror}\n"),
        "error: poolint.yaml: `eror` is no value of `severity`; did you mean `error`?\n  \
         --> poolint.yaml:2:25\n   |\n 1 | rules:\n 2 |   null-pool: {severity: eror}\n   |                         ^^^^\n"
    );
    for (text, message, place) in [
        (
            "select: [nul-pool]",
            "`nul-pool` is no rule or group; did you mean `null-pool`?",
            "1:10",
        ),
        (
            "select: all",
            "`select` must be a list of texts, not a text",
            "1:9",
        ),
        (
            "select: [1]",
            "each of `select` must be a text, not a number",
            "1:10",
        ),
        ("exclude: [\"a[\"]", "`a[` is no glob", "1:11"),
        ("fail-on: fatal", "`fatal` is no value of `fail-on`", "1:10"),
        (
            "catalog: [no/such.yaml]",
            "`no/such.yaml` is no file",
            "1:11",
        ),
        (
            "databases: {A: {dialekt: x}}",
            "`dialekt` is no key of a database; did you mean `dialect`?",
            "1:17",
        ),
        (
            "databases: {A: {dialect: postgre}}",
            "`postgre` is no dialect; did you mean `postgresql`?",
            "1:26",
        ),
        (
            "databases: {A: {proxy: pgbouncr}}",
            "did you mean `pgbouncer`?",
            "1:24",
        ),
        (
            "databases: {A: {max-connections: many}}",
            "`max-connections` must be a whole number, not a text",
            "1:34",
        ),
        (
            "processes: {web: 0}",
            "`web` must be from 1 to 4294967295",
            "1:18",
        ),
        (
            "processes: [web]",
            "processes must be a table, not a list",
            "1:12",
        ),
        (
            "rules: {null-pool: {sevrity: info}}",
            "`sevrity` is no key of a rule; did you mean `severity`?",
            "1:21",
        ),
        (
            "rules: {null-pool: {options: {replace: x}}}",
            "`null-pool` has no option `replace`",
            "1:31",
        ),
        (
            "rules: {null-pool: {options: {style: central}}}",
            "`central` is no value of `null-pool.style`",
            "1:38",
        ),
        (
            "rules: {duplicate-engine: {options: {a: b}}}",
            "`duplicate-engine` has no options",
            "1:38",
        ),
        (
            "baseline: x",
            "`baseline` is no key of a configuration",
            "1:1",
        ),
        ("- a", "a configuration must be a table, not a list", "1:1"),
        ("a: [", "poolint.yaml: ", "1:"),
        ("ignore: []\nignore: []", "`ignore` is given twice", "2:1"),
    ] {
        let err = said(text);
        let flat: Vec<&str> = err.split_whitespace().collect();
        assert!(flat.join(" ").contains(message), "{text}\n{err}");
        assert!(
            err.contains(&format!("--> poolint.yaml:{place}")),
            "{text}\n{err}"
        );
        assert!(err.contains('^'), "{text}\n{err}");
    }
}

#[test]
fn a_mistake_in_toml_is_shown_as_well_as_in_yaml() {
    let text =
        "[project]\nname = \"shop\"\n\n[tool.poolint.rules.null-pool]\nseverity = \"eror\"\n";
    assert_eq!(
        refused(&[("pyproject.toml", text)], &[]),
        "error: pyproject.toml: `eror` is no value of `severity`; did you mean `error`?\n  \
         --> pyproject.toml:5:12\n   |\n 4 | [tool.poolint.rules.null-pool]\n 5 | severity = \"eror\"\n   |            ^^^^^^\n"
    );
    let text = "[tool.poolint.rules.nul-pool]\nseverity = \"error\"\n";
    assert_eq!(
        refused(&[("pyproject.toml", text)], &[]),
        "error: pyproject.toml: `nul-pool` is no rule; did you mean `null-pool`?\n  \
         --> pyproject.toml:1:21\n   |\n 1 | [tool.poolint.rules.nul-pool]\n   |                     ^^^^^^^^\n 2 | severity = \"error\"\n"
    );
}

#[test]
fn a_hostile_configuration_is_one_message() {
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\n";
    let deep = format!("rules: {}", "{a: ".repeat(50_000));
    let huge = format!("# {}\n", "x".repeat(2 << 20));
    for (text, message) in [
        (bomb, "an anchor has no use here"),
        (&deep, "nested too deeply"),
        (&huge, "it is larger than 1 MiB"),
        ("a: \u{0}\u{1b}[31m", "poolint.yaml"),
    ] {
        let err = refused(&[("poolint.yaml", text)], &[]);
        assert!(
            err.starts_with("error: ") && err.contains(message),
            "{err:.300}"
        );
        assert!(!err.contains('\x1b') && err.len() < 2_000, "{err:.300}");
    }
    let folder = shop(&[]);
    put(folder.path(), "poolint.yaml", b"fail-on: \xff\n");
    assert!(check(folder.path(), &[]).2.contains("it is not UTF-8"));
    std::fs::remove_file(folder.path().join("poolint.yaml")).expect("a file");
    std::fs::create_dir(folder.path().join("poolint.yaml")).expect("a folder");
    assert!(check(folder.path(), &[]).2.contains("not a file"));
}

#[test]
fn rules_are_selected_and_the_command_line_wins() {
    let folder = shop(&[(
        "poolint.yaml",
        "select: [class]\nignore: [null-pool]\nfail-on: info\n",
    )]);
    let code = |args: &[&str]| check(folder.path(), args).0;
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--extend-select", "null-pool"]), Some(1));
    assert_eq!(code(&["--select", "null-pool"]), Some(1));
    assert_eq!(code(&["--select", "default"]), Some(1));
    assert_eq!(code(&["--select", "default", "--ignore", "class"]), Some(0));
    assert_eq!(
        code(&["--select", "null-pool", "--fail-on", "error"]),
        Some(0)
    );
    let (_, _, err) = check(folder.path(), &["-v"]);
    assert_eq!(err, "no findings in 3 files (1 of rules not selected)\n");
    let nothing = shop(&[("poolint.yaml", "select: []\nfail-on: info\n")]);
    assert_eq!(check(nothing.path(), &[]).0, Some(0));
    assert_eq!(
        check(nothing.path(), &["--extend-select", "null-pool"]).0,
        Some(1)
    );
}

#[test]
fn a_rule_has_a_severity_and_paths_of_its_own() {
    let text = "rules:\n  null-pool: {severity: error}\n";
    let folder = shop(&[("poolint.yaml", text)]);
    let (code, out, err) = check(folder.path(), &[]);
    assert_eq!((code, out), (Some(1), INFO.replace("info[", "error[")));
    assert_eq!(err, "1 finding in 1 file (1 error)\n");

    let text = "fail-on: info\nrules:\n  null-pool: {ignore: [\"shop.*\"]}\n";
    let folder = shop(&[("poolint.yaml", text)]);
    let (code, out, err) = check(folder.path(), &[]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert_eq!(err, "no findings in 3 files (1 in ignored paths)\n");
}

#[test]
fn excluded_files_are_not_read_unless_they_are_named() {
    let folder = shop(&[("poolint.yaml", "exclude: [shop.py]\nfail-on: info\n")]);
    let code = |args: &[&str]| check(folder.path(), args).0;
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["shop.py"]), Some(1));
    assert_eq!(code(&["--force-exclude", "shop.py"]), Some(0));
    assert_eq!(code(&["--exclude", "other.py"]), Some(1));
    assert_eq!(code(&["--extend-exclude", "other.py"]), Some(0));
}

#[test]
fn what_is_said_of_a_database_decides_its_findings() {
    let warning = INFO.replace("info[", "warning[");
    for (args, text) in [
        (
            &["--assume", "DATABASE_URL=postgres"][..],
            "fail-on: error\n",
        ),
        (
            &[],
            "fail-on: error\ndatabases: {DATABASE_URL: {dialect: postgresql}}\n",
        ),
        (
            &["--assume", "database_url=mysql"],
            "fail-on: error\ndatabases: {DATABASE_URL: {dialect: sqlite}}\n",
        ),
    ] {
        let folder = shop(&[("poolint.yaml", text)]);
        assert_eq!(check(folder.path(), args).1, warning, "{args:?} {text}");
    }
    // NullPool is right where a pooler keeps the connections.
    let text = "databases: {DATABASE_URL: {dialect: postgresql, proxy: pgbouncer}}\n";
    let folder = shop(&[("poolint.yaml", text)]);
    assert_eq!(check(folder.path(), &[]).1, "");
    // The class of an engine that names none follows from the dialect, too.
    let folder = shop(&[(
        "poolint.yaml",
        "databases: {DATABASE_URL: {dialect: postgresql}}\n",
    )]);
    put(
        folder.path(),
        "shop.py",
        SHOP.replace(", poolclass=NullPool", ""),
    );
    let rows = poolint(folder.path(), &["pools"]);
    let rows = String::from_utf8(rows.out).expect("UTF-8");
    assert!(
        rows.contains("postgresql") && rows.contains("QueuePool"),
        "{rows}"
    );
    // A setting goes by the name that the code gives it.
    let folder = shop(&[(
        "poolint.yaml",
        "databases: {SHOP_DB: {dialect: postgresql}}\n",
    )]);
    let text = SHOP.replace("os.environ[\"DATABASE_URL\"]", "settings.SHOP_DB");
    put(
        folder.path(),
        "shop.py",
        text.replace("import os\n", "import settings\n"),
    );
    assert_eq!(check(folder.path(), &[]).1, warning);
}

#[test]
fn limits_and_processes_enter_the_arithmetic() {
    let text = "databases: {DATABASE_URL: {dialect: postgresql, max-connections: 100}}\nprocesses: {web: 4, worker: 2}\n";
    let folder = shop(&[("poolint.yaml", text)]);
    let full = || {
        let run = poolint(folder.path(), &["check"]);
        let out = String::from_utf8(run.out).expect("UTF-8");
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let second = SHOP.replace(", poolclass=NullPool", "");
    put(
        folder.path(),
        "shop.py",
        second.replace(
            "\napp = ",
            "\nother = create_engine(os.environ[\"DATABASE_URL\"])\napp = ",
        ),
    );
    let out = full();
    let words = "together they may hold (5 + 10) + (5 + 10) = 30 connections; in 6 processes (4 web, 2 worker) up to 6 × 30 = 180, more than the 100 that DATABASE_URL takes";
    assert!(out.contains(words), "{out}");
    let per_call = "import os\n\nfrom flask import Flask\nfrom sqlalchemy import create_engine\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef items():\n    return str(create_engine(os.environ[\"DATABASE_URL\"]).connect())\n";
    put(folder.path(), "shop.py", per_call);
    let out = full();
    assert!(
        out.contains("DATABASE_URL takes 100 connections: as many calls"),
        "{out}"
    );
}

#[test]
fn a_catalog_is_found_from_where_the_configuration_stands() {
    let catalog = "library: acme\nimports: [acme]\nassume: \"1\"\nmakers:\n  - {make: acme.make_db, like: sqlalchemy.create_engine}\n";
    let folder = shop(&[
        (
            ".github/poolint.yaml",
            "catalog: [acme.yaml]\nfail-on: info\n",
        ),
        (".github/acme.yaml", catalog),
    ]);
    let text = SHOP.replace(
        "import create_engine",
        "import create_engine\nfrom acme import make_db",
    );
    put(
        folder.path(),
        "shop.py",
        text.replace("= create_engine(", "= make_db("),
    );
    let (code, out, err) = check(folder.path(), &[]);
    assert_eq!(code, Some(1), "{out}{err}");
}

#[test]
fn a_named_configuration_replaces_the_project_s_own() {
    let folder = shop(&[
        ("poolint.yaml", "fail-on: never\n"),
        ("ci/strict.yaml", "fail-on: info\n"),
        ("ci/strict.toml", "fail-on = \"info\"\n"),
        ("ci/pyproject.toml", "[project]\n"),
    ]);
    let code = |args: &[&str]| check(folder.path(), args).0;
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--config", "ci/strict.yaml"]), Some(1));
    assert_eq!(code(&["--config", "ci/strict.toml"]), Some(1));
    let said = |file| check(folder.path(), &["--config", file]);
    let (code, _, err) = said("ci/pyproject.toml");
    assert_eq!(code, Some(2));
    assert!(err.contains("holds no configuration of poolint"), "{err}");
    assert!(said("no.yaml").2.contains("error: no.yaml: no such file"));
    let (code, _, err) = check(folder.path(), &["--config", "a", "--isolated"]);
    assert!(
        code == Some(2) && err.contains("cannot be used with"),
        "{err}"
    );
}

#[test]
fn what_holds_is_shown_as_a_configuration_that_says_the_same() {
    let text = "select: [static-pool-shared, null-pool]\nexclude: [old, \"*_pb2.py\"]\nfail-on: error\ndatabases:\n  DATABASE_URL: {dialect: postgres, max-connections: 200}\nprocesses: {web: 4}\nrules:\n  null-pool: {severity: info, ignore: [\"scripts/**\"], options: {replacement: auto}}\n";
    let folder = shop(&[("poolint.yaml", text)]);
    let show = |folder: &Path, args: &[&str]| {
        let (code, out, err) = check(folder, &[&["--show-config"], args].concat());
        assert_eq!((code, err.as_str()), (Some(0), ""));
        let mut lines = out.lines();
        assert!(
            lines
                .next()
                .is_some_and(|line| line.starts_with("# project: "))
        );
        lines.collect::<Vec<_>>().join("\n") + "\n"
    };
    let typed = [
        "--set",
        "null-pool.replacement=static-pool",
        "--fail-on",
        "warning",
    ];
    let shown = show(folder.path(), &typed);
    let expected = "\
select: [null-pool, static-pool-shared]  # poolint.yaml
exclude: [old, \"*_pb2.py\"]  # poolint.yaml
fail-on: warning  # command line
catalog: []  # default
databases:
  DATABASE_URL: {dialect: postgresql, max-connections: 200}  # poolint.yaml
processes: {web: 4}  # poolint.yaml
rules:
  null-pool:
    severity: info  # poolint.yaml
    ignore: [\"scripts/**\"]  # poolint.yaml
    options:
      replacement: static-pool  # command line
      style: inline  # default
";
    assert_eq!(shown, expected);
    put(folder.path(), "poolint.yaml", &shown);
    let again = show(folder.path(), &[]);
    let plain = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.split("  # ").next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(plain(&again), plain(&shown));
}

#[test]
fn a_configuration_below_the_root_marks_a_part_of_its_own() {
    let engine = "import os\n\nfrom sqlalchemy import create_engine\n\nengine = create_engine(os.environ[\"DATABASE_URL\"], pool_size=5)\n";
    let user = |module: &str| {
        format!(
            "from flask import Flask\n\nfrom {module} import engine\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef items():\n    with engine.connect() as connection:\n        return str(connection)\n"
        )
    };
    let folder = project(&[("poolint.yaml", "")]);
    for service in ["a", "b"] {
        put(
            folder.path(),
            &format!("{service}/db.py"),
            engine.replace('5', if service == "a" { "5" } else { "9" }),
        );
        put(folder.path(), &format!("{service}/web.py"), user("db"));
    }
    let args = ["--select", "inconsistent-pool-size"];
    let (_, together, _) = check(folder.path(), &args);
    assert_eq!(together.lines().count(), 1, "{together}");
    for name in ["poolint.yaml", ".poolint.yaml"] {
        put(folder.path(), &format!("b/{name}"), "fail-on: never\n");
        let (_, apart, _) = check(folder.path(), &args);
        assert_eq!(apart, "", "{name}");
        std::fs::remove_file(folder.path().join("b").join(name)).expect("a file");
    }
}

#[test]
fn what_the_pages_show_is_a_configuration_and_every_option_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a page");
    let page = read("docs/configuration.md");
    let mut blocks = 0;
    let readme = read("README.md");
    let section = readme
        .split_once("\n## Configure it\n")
        .expect("a section")
        .1;
    let section = section.split("\n## ").next().unwrap_or_default();
    for text in [page.as_str(), section] {
        for block in text.split("```yaml\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            if block.starts_with("repos:") {
                continue;
            }
            let folder = shop(&[("poolint.yaml", block)]);
            let (code, _, err) = check(folder.path(), &["--show-config"]);
            assert_eq!(code, Some(0), "{block}{err}");
            blocks += 1;
        }
    }
    assert_eq!(blocks, 3);
    for meta in poolint::rules::metas() {
        for option in &meta.options {
            let values: Vec<_> = option
                .values
                .iter()
                .map(|value| format!("`{value}`"))
                .collect();
            let row = format!(
                "| `{}.{}` | {} |",
                meta.name,
                option.name,
                values.join(", ")
            );
            assert!(page.contains(&row), "{row}");
        }
    }
}

#[test]
fn fixes_obey_what_is_configured() {
    let diff = |rule: &str, args: &[&str]| {
        let text = format!(
            "databases: {{DATABASE_URL: {{dialect: postgresql}}}}\nrules: {{null-pool: {{{rule}}}}}\n"
        );
        let folder = shop(&[("poolint.yaml", &text)]);
        check(
            folder.path(),
            &[&["--diff", "--unsafe-fixes"], args].concat(),
        )
        .1
    };
    let configured = diff("options: {replacement: static-pool}", &[]);
    assert!(
        configured.contains("+") && configured.contains("StaticPool"),
        "{configured}"
    );
    let typed = diff("", &["--set", "null-pool.replacement=static-pool"]);
    assert_eq!(configured, typed);
    let wins = diff(
        "options: {replacement: static-pool}",
        &["--set", "null-pool.replacement=default"],
    );
    assert!(
        wins.contains("-engine") && !wins.contains("StaticPool"),
        "{wins}"
    );
    assert_eq!(diff("ignore: [shop.py]", &[]), "");
}
