//! What the data-driven tests share: running the library on a folder, reading marks, comparing the two.
//!
//! A mark is `# expect: rule [severity]`, several separated by commas, at the end of the line where a primary place (or
//! a repeat of a folded finding) starts. Marks are written by hand; nothing here writes one.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod program;

use poolint::catalog::Catalog;
use poolint::finding::{Confidence, Severity};
use poolint::judge::{Policy, Selection};
use poolint::report::Texts;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The rules whose marks the fixtures carry. A rule joins when every fixture has been read with it in mind.
pub(crate) const MARKED: &[&str] = &[
    "async-engine-multi-loop",
    "blocking-pool-in-async",
    "competing-pool-modules",
    "connect-in-loop",
    "connect-under-pool-lock",
    "connection-leak",
    "connection-lost-on-error",
    "connection-per-call",
    "connection-shared-across-threads",
    "connection-task-not-spawned",
    "connection-with-does-not-close",
    "dispose-per-request",
    "django-conn-max-age-asgi",
    "django-pool-misconfigured",
    "duckdb-mixed-config",
    "duckdb-multiple-writers",
    "duplicate-engine",
    "engine-per-call",
    "flask-sqlalchemy-ignored-key",
    "held-write-connection",
    "inconsistent-pool-size",
    "min-exceeds-max",
    "missing-pool-module",
    "missing-pre-ping",
    "missing-recycle",
    "nested-acquire",
    "no-acquire-timeout",
    "null-pool",
    "placeholder-pooling",
    "pool-args-rejected",
    "pool-closed-while-shared",
    "pool-not-awaited",
    "pool-per-worker",
    "pool-poisoned-with-none",
    "pool-reuses-dirty-connection",
    "pool-runtime-mismatch",
    "pool-setting-from-string",
    "pooled-connection-stored",
    "pragma-on-pool",
    "psycopg2-simple-pool-threads",
    "queue-pool-in-async",
    "read-only-missing",
    "scoped-session-not-removed",
    "session-factory-per-call",
    "session-shared-across-tasks",
    "sqlite-memory-expiry",
    "sqlite-memory-pool",
    "stale-pool-bytecode",
    "static-pool-shared",
    "suspicious-unit",
    "sync-event-on-async-engine",
    "unbounded-pool",
    "untracked-pool-module",
    "unused-pool-module",
];

/// Rules all of whose findings are hardly sure: without asking for those, nobody sees them.
pub(crate) const HARDLY_SURE: &[&str] = &["read-only-missing"];

/// One place of one finding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Seen {
    /// Relative to the root.
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    /// The rule.
    pub(crate) rule: String,
    /// Its severity.
    pub(crate) severity: Severity,
    /// Its words.
    pub(crate) message: String,
}

/// A hand-written mark.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Mark {
    /// Relative to the root.
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    /// The rule.
    pub(crate) rule: String,
    /// The severity, when it matters.
    pub(crate) severity: Option<Severity>,
}

/// Everything that is shown by default for the project in `root`, repeats included, sorted.
pub(crate) fn analyse(root: &Path) -> Vec<Seen> {
    analyse_with(
        root,
        &Catalog::load(&[]).expect("the built-in catalog loads"),
    )
}

/// [`analyse`] for a project that is a git repository of its own.
pub(crate) fn analyse_in_git(root: &Path) -> Vec<Seen> {
    let catalog = Catalog::load(&[]).expect("the built-in catalog loads");
    analyse_by(root, &catalog, true)
}

/// [`analyse`] with another catalog.
pub(crate) fn analyse_with(root: &Path, catalog: &Catalog) -> Vec<Seen> {
    // A fixture lies in the repository of the program itself, whose state is not what it shows.
    analyse_by(root, catalog, false)
}

/// [`analyse`] with what is hardly sure, too.
pub(crate) fn analyse_all(root: &Path) -> Vec<Seen> {
    let catalog = Catalog::load(&[]).expect("the built-in catalog loads");
    analyse_from(root, &catalog, false, Confidence::Low)
}

fn analyse_by(root: &Path, catalog: &Catalog, git: bool) -> Vec<Seen> {
    analyse_from(root, catalog, git, Confidence::Medium)
}

fn analyse_from(
    root: &Path,
    catalog: &Catalog,
    git: bool,
    min_confidence: Confidence,
) -> Vec<Seen> {
    let options = poolint::Options {
        root: root.to_path_buf(),
        git,
        ..Default::default()
    };
    let mut run = poolint::analyze_with(&options, catalog).expect("threads start");
    let findings = std::mem::take(&mut run.findings);
    let entries = poolint::rules::entries();
    let policy = Policy {
        selection: Selection::new(&entries, &["all".to_owned()], &[], &[]).expect("all is a group"),
        min_severity: Severity::Info,
        min_confidence,
        paths: vec![String::new()],
        by_rule: std::collections::BTreeMap::new(),
    };
    let judged = poolint::judge::judge(findings, &policy, &entries, &run);
    let texts = Texts::new(&run);
    let mut seen: Vec<Seen> = judged
        .findings
        .iter()
        .map(|finding| Seen {
            path: texts.path(finding.place.file),
            line: texts.start(finding.place).line,
            rule: finding.rule.to_owned(),
            severity: finding.severity,
            message: finding.message.clone(),
        })
        .collect();
    seen.sort();
    seen
}

/// The concise report: one line for each place.
pub(crate) fn concise(seen: &[Seen]) -> String {
    let mut text = String::new();
    for Seen {
        path,
        line,
        rule,
        severity,
        message,
    } in seen
    {
        let _ = writeln!(text, "{path}:{line}: {}[{rule}] {message}", word(*severity));
    }
    text
}

/// The word for a severity.
pub(crate) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The files below `root` with their paths relative to it, sorted.
pub(crate) fn files(root: &Path) -> BTreeMap<String, String> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder)
            .expect("a folder of the fixtures")
            .flatten()
            .map(|entry| entry.path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "__pycache__") {
                    walk(&path, root, found);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let relative = path
                    .strip_prefix(root)
                    .expect("it lies below")
                    .to_string_lossy()
                    .replace('\\', "/");
                found.insert(relative, text);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

/// The marks of a project.
///
/// # Panics
/// When a mark does not follow the grammar or names a rule that [`MARKED`] does not list.
pub(crate) fn marks(files: &BTreeMap<String, String>) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (path, text) in files {
        let marker = match path.rsplit_once('.') {
            Some((_, "py" | "env")) => "# expect:",
            Some((_, "rs")) => "// expect:",
            _ => continue,
        };
        for (index, line) in text.lines().enumerate() {
            let Some((_, list)) = line.split_once(marker) else {
                continue;
            };
            for item in list.split(',') {
                let mut words = item.split_whitespace();
                let rule = words.next().unwrap_or_default();
                assert!(
                    MARKED.contains(&rule),
                    "{path}:{}: a mark names the unknown rule `{rule}`",
                    index + 1
                );
                let severity = words.next().map(|severity| match severity {
                    "info" => Severity::Info,
                    "warning" => Severity::Warning,
                    "error" => Severity::Error,
                    other => panic!(
                        "{path}:{}: a mark has the unknown severity `{other}`",
                        index + 1
                    ),
                });
                assert!(
                    words.next().is_none(),
                    "{path}:{}: a mark has too many words",
                    index + 1
                );
                marks.push(Mark {
                    path: path.clone(),
                    line: index + 1,
                    rule: rule.to_owned(),
                    severity,
                });
            }
        }
    }
    marks.sort();
    marks
}

/// How the line of a mark counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lines {
    /// The very line.
    Exact,
    /// For these rules only the file: which arm of a condition comes first is what a mutation has changed.
    FileFor(&'static [&'static str]),
}

/// What is wrong: findings without a mark, marks without a finding, other severities. Only `rules` take part.
pub(crate) fn differences(
    marks: &[Mark],
    seen: &[Seen],
    rules: &[&str],
    lines: Lines,
) -> Vec<String> {
    let line_of = |rule: &str, line: usize| match lines {
        Lines::FileFor(loose) if loose.contains(&rule) => 0,
        _ => line,
    };
    let mut wrong = Vec::new();
    let mut open: Vec<&Mark> = marks
        .iter()
        .filter(|mark| rules.contains(&mark.rule.as_str()))
        .collect();
    for found in seen
        .iter()
        .filter(|found| rules.contains(&found.rule.as_str()))
    {
        let Seen {
            path,
            line,
            rule,
            severity,
            message,
        } = found;
        let at = open.iter().position(|mark| {
            mark.path == *path
                && mark.rule == *rule
                && line_of(rule, mark.line) == line_of(rule, *line)
        });
        match at {
            Some(at) => {
                let mark = open.remove(at);
                if mark.severity.is_some_and(|wanted| wanted != *severity) {
                    let wanted = mark.severity.map_or("", word);
                    wrong.push(format!(
                        "{path}:{line} {rule}: is {}, marked {wanted}: {message}",
                        word(*severity)
                    ));
                }
            }
            None => wrong.push(format!(
                "{path}:{line} {rule}: found and not marked: {message}"
            )),
        }
    }
    for Mark {
        path, line, rule, ..
    } in open
    {
        wrong.push(format!("{path}:{line} {rule}: marked and not found"));
    }
    wrong
}

/// A fixture: a project with marks.
#[derive(Debug)]
pub(crate) struct Case {
    /// `rule/case` or `incidents/incident/state`.
    pub(crate) name: String,
    /// The project.
    pub(crate) root: PathBuf,
    /// Where its report lies, if it has one.
    pub(crate) report: PathBuf,
    /// Where the patch lies that its fixes make, if they make one.
    pub(crate) patch: PathBuf,
    /// Whether the name says that nothing may be found.
    pub(crate) silent: bool,
}

impl Case {
    /// Whether it is about a rule that is shown only to who asks for what is hardly sure.
    pub(crate) fn shows_all(&self) -> bool {
        HARDLY_SURE.iter().any(|rule| {
            let own = self.name.strip_prefix(rule);
            own.is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// What is found in a project made of the case.
    pub(crate) fn analyse(&self, root: &Path) -> Vec<Seen> {
        if self.shows_all() {
            analyse_all(root)
        } else {
            analyse(root)
        }
    }
}

/// The folder of all fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The names of the folders in `folder`, sorted.
pub(crate) fn folders(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// All fixtures, sorted; `POOLINT_ONLY=text` keeps those whose name holds the text.
pub(crate) fn cases() -> Vec<Case> {
    let base = fixtures();
    let mut cases = Vec::new();
    for first in folders(&base) {
        for second in folders(&base.join(&first)) {
            let folder = base.join(&first).join(&second);
            if first == "incidents" {
                for third in folders(&folder) {
                    let root = folder.join(&third);
                    // The report lies beside the project, so that it is no file of it.
                    let report = folder.join(format!("{third}.report.txt"));
                    cases.push(Case {
                        name: format!("{first}/{second}/{third}"),
                        root,
                        report,
                        patch: folder.join(format!("{third}.fix.patch")),
                        silent: third == "after",
                    });
                }
            } else {
                cases.push(Case {
                    name: format!("{first}/{second}"),
                    root: folder.join("input"),
                    report: folder.join("report.txt"),
                    patch: folder.join("fix.patch"),
                    silent: second.starts_with("ok-") || second.starts_with("rust-ok-"),
                });
            }
        }
    }
    if let Ok(only) = std::env::var("POOLINT_ONLY") {
        cases.retain(|case| case.name.contains(&only));
    }
    assert!(!cases.is_empty(), "no fixtures");
    cases
}

/// Ends the test with everything that is wrong.
///
/// # Panics
/// When anything is.
pub(crate) fn verdict(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What a case lists in `untracked.txt`: then the project is a git repository that tracks all files but these.
pub(crate) fn untracked(case: &Case) -> Option<Vec<String>> {
    let list = case.root.parent()?.join("untracked.txt");
    let text = fs::read_to_string(list).ok()?;
    Some(text.lines().map(str::to_owned).collect())
}

/// Makes the project in `root` a git repository that tracks every file but `untracked`.
pub(crate) fn repository(root: &Path, untracked: &[String]) {
    git(root, &["init", "-q"]);
    git(root, &["add", "-A"]);
    for path in untracked {
        // An ignored one was not added.
        git(root, &["rm", "-q", "--cached", "--ignore-unmatch", path]);
    }
    git(root, &["commit", "-q", "--allow-empty", "-m", "a"]);
}

/// Runs git in `folder`, without the configuration of this machine.
pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let output = std::process::Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
}

/// Writes a project into `root`.
pub(crate) fn write(root: &Path, files: &BTreeMap<String, String>) {
    for (path, text) in files {
        let target = root.join(path);
        fs::create_dir_all(target.parent().expect("below the root")).expect("a folder can be made");
        fs::write(target, text).expect("a file can be written");
    }
}
