//! What a CI job meets: every format with its exit code, SARIF under the schema of the standard, the action of GitHub.
//!
//! Needs `bash`, `python3` with venv, `cargo`, and, the first time, PyPI and crates.io; what is missing is a failure.

mod common;

use common::program::{FORMATS, poolint, project};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A project with a warning, in a file with a space in its name, and an ignored one.
const SHOP: &[(&str, &str)] = &[
    ("requirements.txt", "flask\nsqlalchemy==2.0.36\npsycopg2\n"),
    (
        "app/the db.py",
        "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\n\
         engine = create_engine(\"postgresql://shop@pg/shop\", poolclass=NullPool)\n\
         other = create_engine(\"postgresql://shop@pg/other\", poolclass=NullPool)  # poolint: ignore[null-pool] it is so\n",
    ),
    (
        "app/web.py",
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    return \"\"\n",
    ),
    ("docs/empty.py", ""),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The errors that the public schema finds in a document.
fn errors(schema: &str, document: &Path) -> Vec<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder");
    let ran = Command::new("python3")
        .arg(root().join("tests/ci/validate.py"))
        .arg(target.join("schemas"))
        .arg(schema)
        .arg(document)
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .output()
        .unwrap_or_else(|error| {
            panic!("python3 cannot be run, and nothing was validated: {error}")
        });
    let verdict: Value = match ran.status.code() {
        Some(0 | 1) => serde_json::from_slice(&ran.stdout).expect("a verdict"),
        _ => panic!(
            "nothing was validated: {}",
            String::from_utf8_lossy(&ran.stderr)
        ),
    };
    let errors = verdict["errors"].as_array().expect("a list");
    assert_eq!(errors.is_empty(), ran.status.success());
    errors
        .iter()
        .map(|error| format!("{} {}", error["path"], error["message"]))
        .collect()
}

/// A file with this text, in a folder that lives as long.
fn document(name: &str, text: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = project(&[(name, text)]);
    let path = folder.path().join(name);
    (folder, path)
}

#[test]
fn every_format_exits_alike_and_stdout_is_the_report_alone() {
    let folder = project(SHOP);
    let cases: [(&[&str], Option<i32>); 6] = [
        (&["."], Some(1)),
        (&["docs"], Some(0)),
        (&["--fail-on", "error", "."], Some(0)),
        (&["--exit-zero", "."], Some(0)),
        (&["--no-ignores", "."], Some(1)),
        (&["no/such"], Some(2)),
    ];
    for (args, code) in cases {
        let mut said = Vec::new();
        for format in FORMATS {
            let ran = poolint(
                folder.path(),
                &[&["check", "--output-format", format], args].concat(),
            );
            assert_eq!(ran.code, code, "{format} {args:?}");
            let out = String::from_utf8(ran.out).expect("UTF-8");
            let is_document = ["json", "sarif"].contains(format);
            match code {
                Some(2) => assert_eq!(out, "", "{format}"),
                _ if is_document => drop(serde_json::from_str::<Value>(&out).expect("JSON")),
                _ => assert!(!out.contains("findings in"), "{out}"),
            }
            said.push(ran.err);
        }
        said.dedup();
        assert_eq!(said.len(), 1, "stderr depends on the format: {said:#?}");
    }
}

#[test]
fn sarif_is_valid_under_the_schema_of_the_standard() {
    let mut findings = 0;
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut roots: Vec<PathBuf> = common::cases().into_iter().map(|case| case.root).collect();
    let shop = project(SHOP);
    roots.push(shop.path().to_path_buf());
    // One document for many projects: what is asked of the schema is asked once.
    let mut documents = Vec::new();
    for root in roots {
        let args = [
            "check",
            "--project",
            ".",
            "-p",
            "--output-format",
            "sarif",
            ".",
        ];
        let ran = poolint(&root, &args);
        let log: Value = serde_json::from_slice(&ran.out).expect("JSON");
        let results = log["runs"][0]["results"].as_array().expect("results");
        findings += results.len();
        for result in results {
            for property in ["relatedLocations", "codeFlows", "fixes", "suppressions"] {
                let full = result[property]
                    .as_array()
                    .is_some_and(|list| !list.is_empty());
                *seen.entry(property).or_default() += usize::from(full);
            }
        }
        documents.push(log);
    }
    let mut whole = documents[0].clone();
    whole["runs"] = documents.iter().map(|log| log["runs"][0].clone()).collect();
    let (_folder, path) = document("report.sarif", whole.to_string());
    let errors = errors("sarif", &path);
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(findings > 200, "{findings} findings");
    for property in ["relatedLocations", "codeFlows", "suppressions"] {
        assert!(seen[property] > 0, "nothing has {property}: {seen:?}");
    }
}

#[test]
fn a_log_that_breaks_the_schema_is_told() {
    let folder = project(SHOP);
    let ran = poolint(folder.path(), &["check", "--output-format", "sarif", "."]);
    let good: Value = serde_json::from_slice(&ran.out).expect("JSON");
    let result = &good["runs"][0]["results"][0];
    assert_eq!(
        result["locations"][0]["physicalLocation"]["region"]["startLine"],
        4
    );
    let spoil: [(&str, Value); 5] = [
        ("/runs/0/results/0/level", "fatal".into()),
        ("/runs/0/results/0/suppressions", Value::Null),
        (
            "/runs/0/results/0/locations/0/physicalLocation/region/startLine",
            0.into(),
        ),
        ("/runs/0/columnKind", "bytes".into()),
        ("/version", "2.0.0".into()),
    ];
    let mut told = 0;
    for (pointer, value) in spoil {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("it is there") = value;
        let (_folder, path) = document("bad.sarif", bad.to_string());
        let errors = errors("sarif", &path);
        told += usize::from(errors.iter().any(|error| {
            let last = pointer.rsplit('/').next().unwrap_or_default();
            error.contains(last)
        }));
    }
    assert_eq!(told, 5);
}

/// The action, as the runner reads it.
fn action() -> Value {
    let text = fs::read_to_string(root().join("action.yml")).expect("action.yml");
    serde_yaml::from_str(&text).expect("YAML")
}

/// What the runner knows of one run of the action.
struct Runner {
    repository: tempfile::TempDir,
    temporary: tempfile::TempDir,
    tools: PathBuf,
    inputs: BTreeMap<String, String>,
}

impl Runner {
    /// A job in a repository with these inputs, the others being the defaults.
    fn new(inputs: &[(&str, &str)]) -> Self {
        let repository = project(SHOP);
        let made = Command::new("git")
            .args(["init", "-q"])
            .current_dir(repository.path())
            .status();
        assert!(made.expect("git").success());
        let mut values = BTreeMap::new();
        for (name, input) in action()["inputs"].as_object().expect("inputs") {
            values.insert(
                name.clone(),
                input["default"].as_str().expect("a default").to_owned(),
            );
        }
        for (name, value) in inputs {
            assert!(
                values
                    .insert((*name).to_owned(), (*value).to_owned())
                    .is_some(),
                "{name}"
            );
        }
        let temporary = tempfile::tempdir().expect("a folder");
        let tools = temporary.path().join("tools");
        fs::create_dir(&tools).expect("a folder");
        // Nothing else is on the path: a step that would call the real cargo or rustup finds none.
        let path = std::env::var_os("PATH").expect("PATH");
        for tool in ["bash", "sh", "cat", "mkdir", "ln", "git"] {
            let found = std::env::split_paths(&path).map(|folder| folder.join(tool));
            let found = found
                .into_iter()
                .find(|file| file.is_file())
                .expect("a tool");
            std::os::unix::fs::symlink(found, tools.join(tool)).expect("a link");
        }
        Self {
            repository,
            temporary,
            tools,
            inputs: values,
        }
    }

    /// The value of `${{ … }}`; only the forms that the action uses.
    fn expression(&self, text: &str) -> String {
        let Some(inner) = text
            .strip_prefix("${{ ")
            .and_then(|rest| rest.strip_suffix(" }}"))
        else {
            assert!(!text.contains("${{"), "{text}");
            return text.to_owned();
        };
        match inner.split_once('.') {
            Some(("github", "action_path")) => root().to_string_lossy().into_owned(),
            Some(("inputs", name)) if self.inputs.contains_key(name) => self.inputs[name].clone(),
            _ => panic!("who knows `{inner}`?"),
        }
    }

    /// Whether the step is to run.
    fn is_due(&self, step: &Value) -> bool {
        let Some(condition) = step["if"].as_str() else {
            return true;
        };
        let name = condition
            .strip_prefix("${{ inputs.")
            .and_then(|rest| rest.strip_suffix(" == '' }}"))
            .unwrap_or_else(|| panic!("who knows `{condition}`?"));
        self.inputs[name].is_empty()
    }

    /// Runs the steps until one fails, as the runner does; gives exit code, stdout and stderr.
    fn run(&self) -> (Option<i32>, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        for step in action()["runs"]["steps"].as_array().expect("steps") {
            if !self.is_due(step) {
                continue;
            }
            assert_eq!(step["shell"], "bash");
            let script = self.temporary.path().join("step.sh");
            fs::write(&script, step["run"].as_str().expect("a script")).expect("a file");
            let mut bash = Command::new("bash");
            bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
                .arg(&script)
                .current_dir(self.repository.path())
                .env("RUNNER_TEMP", self.temporary.path())
                .env("PATH", &self.tools);
            for (name, value) in step["env"].as_object().into_iter().flatten() {
                bash.env(name, self.expression(value.as_str().expect("a text")));
            }
            let ran = bash.output().expect("bash");
            out += &String::from_utf8(ran.stdout).expect("UTF-8");
            err += &String::from_utf8(ran.stderr).expect("UTF-8");
            if !ran.status.success() {
                return (ran.status.code(), out, err);
            }
        }
        (Some(0), out, err)
    }

    /// A stand-in for a tool of the runner.
    fn tool(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.tools.join(name);
        fs::write(&path, script).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_poolint");

#[test]
fn the_action_is_one_and_no_input_reaches_a_script_but_by_a_variable() {
    let errors = errors("github-actions", &root().join("action.yml"));
    assert!(errors.is_empty(), "{errors:#?}");
    let (_folder, bad) = document(
        "action.yml",
        "name: x\nruns:\n  using: composite\n  steps: 5\n",
    );
    assert!(!self::errors("github-actions", &bad).is_empty());

    let action = action();
    assert_eq!(action["runs"]["using"], "composite");
    let steps = action["runs"]["steps"].as_array().expect("steps");
    assert!(
        steps
            .iter()
            .all(|step| !step["run"].as_str().expect("a script").contains("${{"))
    );
    let used: String = steps.iter().map(Value::to_string).collect();
    for (name, input) in action["inputs"].as_object().expect("inputs") {
        assert!(
            used.contains(&format!("inputs.{name} ")),
            "{name} is not used"
        );
        assert!(
            input["description"].is_string() && input["default"].is_string(),
            "{name}"
        );
    }
}

#[test]
fn the_action_annotates_the_change_and_fails() {
    let (code, out, err) = Runner::new(&[("program", PROGRAM)]).run();
    assert_eq!(code, Some(1), "{err}");
    assert_eq!(out.lines().count(), 1, "{out}");
    let start = "::warning file=app/the db.py,line=4,col=10,endLine=4,endColumn=72,title=poolint%3A null-pool::";
    assert!(out.starts_with(start), "{out}");
    assert!(err.contains("1 finding in 1 file"), "{err}");
}

#[test]
fn the_inputs_of_the_action_do_what_they_say() {
    let run = |inputs: &[(&str, &str)]| {
        let runner = Runner::new(&[&[("program", PROGRAM)], inputs].concat());
        let (code, out, err) = runner.run();
        (code, out, err, runner)
    };
    let (code, out, ..) = run(&[("paths", "docs\napp/web.py\n")]);
    assert_eq!((code, &*out), (Some(0), ""));
    let (code, out, ..) = run(&[("paths", "app/the db.py"), ("output-format", "concise")]);
    assert_eq!(code, Some(1));
    assert!(
        out.starts_with("app/the db.py:4:10: warning[null-pool]"),
        "{out}"
    );
    let (code, out, ..) = run(&[("args", "--fail-on error  --no-ignores")]);
    assert_eq!((code, out.lines().count()), (Some(0), 2));
    let (code, _, err, _) = run(&[("args", "--select $(touch hacked) `touch hacked` * ;")]);
    assert_eq!(code, Some(2), "{err}");
    let (code, _, err, runner) = run(&[("paths", "$(touch hacked)\n--help")]);
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("`$(touch hacked)`: no such file or folder"),
        "{err}"
    );
    assert!(!runner.repository.path().join("hacked").exists());
}

#[test]
fn the_action_writes_sarif_and_fails_all_the_same() {
    let sarif = [("program", PROGRAM), ("sarif-file", "poolint.sarif")];
    let runner = Runner::new(&sarif);
    let (code, out, err) = runner.run();
    assert_eq!((code, out.lines().count()), (Some(1), 1), "{err}");
    assert_eq!(err.matches("finding in").count(), 1, "{err}");
    let log = fs::read(runner.repository.path().join("poolint.sarif")).expect("a report");
    let log: Value = serde_json::from_slice(&log).expect("JSON");
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "app/the%20db.py");

    let nowhere = [("program", PROGRAM), ("sarif-file", "no/such/file")];
    let (code, out, err) = Runner::new(&nowhere).run();
    assert_eq!((code, &*out), (Some(2), ""));
    assert!(err.contains("cannot write `no/such/file`"), "{err}");
}

#[test]
fn the_action_builds_the_program_from_its_own_checkout() {
    for rustup in [false, true] {
        let runner = Runner::new(&[]);
        let log = runner.temporary.path().join("log");
        let say = format!("#!/bin/sh\necho \"${{0##*/}} $*\" >>'{}'\n", log.display());
        if rustup {
            runner.tool("rustup", &say);
        }
        let install = format!(
            "{say}mkdir -p \"$RUNNER_TEMP/poolint/bin\"\nln -s '{PROGRAM}' \"$RUNNER_TEMP/poolint/bin/poolint\"\n"
        );
        runner.tool("cargo", &install);
        let (code, out, err) = runner.run();
        assert_eq!(code, Some(1), "{err}");
        assert!(out.starts_with("::warning file="), "{out}");
        let said = fs::read_to_string(&log).expect("a log");
        let (checkout, temporary) = (root().display(), runner.temporary.path().display());
        let built = format!("install --locked --path {checkout} --root {temporary}/poolint\n");
        let wanted = match rustup {
            false => format!("cargo {built}"),
            true => format!(
                "rustup toolchain install stable --profile minimal --no-self-update\ncargo +stable {built}"
            ),
        };
        assert_eq!(said, wanted);
    }
}

/// The blocks of the README marked `yaml`.
fn readme_blocks() -> Vec<String> {
    let text = fs::read_to_string(root().join("README.md")).expect("README.md");
    let blocks = text.split("```yaml\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn what_the_readme_says_to_ci_systems_is_valid() {
    let mut kinds = BTreeMap::new();
    let of_ci = |block: &String| block.contains("script:") || block.contains("uses:");
    for block in readme_blocks().into_iter().filter(of_ci) {
        let (schema, text) = if block.contains("script:") {
            ("gitlab-ci", block)
        } else {
            let steps = serde_yaml::from_str::<Value>(&block).expect("YAML");
            for step in steps.as_array().expect("steps") {
                let is_ours = step["uses"]
                    .as_str()
                    .is_some_and(|uses| uses.starts_with("poolint/poolint@"));
                for (name, _) in step["with"].as_object().into_iter().flatten() {
                    assert!(
                        !is_ours || action()["inputs"][name].is_object(),
                        "{name} is no input"
                    );
                }
            }
            let job = serde_json::json!({"on": "push", "jobs": {"poolint": {
                "runs-on": "ubuntu-latest", "steps": steps,
            }}});
            ("github-workflows", job.to_string())
        };
        let (_folder, path) = document("job.yml", &text);
        let errors = errors(schema, &path);
        assert!(errors.is_empty(), "{text}\n{errors:#?}");
        *kinds.entry(schema).or_insert(0) += 1;
    }
    assert_eq!(
        kinds,
        BTreeMap::from([("github-workflows", 2), ("gitlab-ci", 1)])
    );
}
