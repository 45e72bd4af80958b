//! `poolint check`: analyse, judge, report.
//!
//! Takes options; writes the report to stdout or a file, notes and the summary to stderr. Invariant: everything that
//! can be wrong with the options is told before the analysis starts.

use super::config::{self, ConfigArgs, Shown};
use super::files::FileArgs;
use super::fix::{self, FixArgs};
use super::{Failure, LookArgs, Streams, write};
use crate::config::{Config, FailOn as Bar};
use crate::finding::{Confidence, Finding, Severity, Status};
use crate::fix::Look;
use crate::judge::{self, Judged, Policy};
use crate::report::paths::Paths;
use crate::report::{self, Summary, Texts};
use crate::{Run, git, rules, suppress};
use clap::{Args, ValueEnum};
use std::io;
use std::path::{Path, PathBuf};

/// Options of `check`.
#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    choice: ChoiceArgs,
    #[command(flatten)]
    fixes: FixArgs,
    #[command(flatten)]
    files: FileArgs,
    /// Form of the report
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "full",
        help_heading = "Output"
    )]
    output_format: Format,
    /// Write the report to a file instead of stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output_file: Option<PathBuf>,
    #[command(flatten)]
    look: LookArgs,
    /// The least severity that makes the exit code 1 [default: warning]
    #[arg(long, value_name = "SEVERITY", help_heading = "Exit")]
    fail_on: Option<FailOn>,
    /// Exit with 0 whatever is found; errors still exit with 2
    #[arg(short, long, help_heading = "Exit")]
    exit_zero: bool,
    /// Exit with 1 when something was fixed
    #[arg(long, help_heading = "Exit")]
    exit_non_zero_on_fix: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Which findings are shown.
#[derive(Args)]
#[command(next_help_heading = "Rule selection")]
struct ChoiceArgs {
    /// Rules or groups to run instead of `default`: names, `all` or `default`
    #[arg(long, value_name = "R,..", value_delimiter = ',')]
    select: Vec<String>,
    /// Rules or groups to leave out; wins over the other two
    #[arg(long, value_name = "R,..", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Rules or groups to run besides those selected
    #[arg(long, value_name = "R,..", value_delimiter = ',')]
    extend_select: Vec<String>,
    /// The least severity to show
    #[arg(long, value_name = "SEVERITY", default_value = "info")]
    min_severity: SeverityArg,
    /// The least confidence to show
    #[arg(long, value_name = "CONFIDENCE", default_value = "medium")]
    min_confidence: ConfidenceArg,
    /// Show everything: `--min-severity info --min-confidence low`
    #[arg(short, long, conflicts_with_all = ["min_severity", "min_confidence"])]
    pedantic: bool,
    /// Disregard `poolint: ignore[…]` comments
    #[arg(long, help_heading = "Suppressions")]
    no_ignores: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Source, cure and arithmetic
    Full,
    /// One line each
    Concise,
    /// One document, version 1
    Json,
    /// One document of the standard 2.1.0, for code scanning
    Sarif,
    /// Workflow commands that annotate the lines of a change
    Github,
}

#[derive(Clone, Copy, ValueEnum)]
enum SeverityArg {
    Info,
    Warning,
    Error,
}

#[derive(Clone, Copy, ValueEnum)]
enum ConfidenceArg {
    Low,
    Medium,
    High,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    Info,
    Warning,
    Error,
    Never,
}

impl FailOn {
    fn meant(self) -> Bar {
        match self {
            Self::Info => Bar::At(Severity::Info),
            Self::Warning => Bar::At(Severity::Warning),
            Self::Error => Bar::At(Severity::Error),
            Self::Never => Bar::Never,
        }
    }
}

impl ChoiceArgs {
    fn policy(&self, config: &Config, paths: Vec<String>) -> Result<Policy, Failure> {
        Ok(Policy {
            selection: config::selection(config, &self.select, &self.extend_select, &self.ignore)?,
            by_rule: config::by_rule(config),
            min_severity: match self.min_severity {
                SeverityArg::Info => Severity::Info,
                SeverityArg::Warning => Severity::Warning,
                SeverityArg::Error => Severity::Error,
            },
            min_confidence: match self.min_confidence {
                _ if self.pedantic => Confidence::Low,
                ConfidenceArg::Low => Confidence::Low,
                ConfidenceArg::Medium => Confidence::Medium,
                ConfidenceArg::High => Confidence::High,
            },
            paths,
        })
    }
}

/// Runs the command; gives the exit code.
pub(super) fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let request = args.files.resolve(&args.config)?;
    let policy = args.choice.policy(&request.config, request.paths)?;
    let wishes = args.fixes.wishes(args.exit_non_zero_on_fix)?;
    let typed = args.fail_on.map(FailOn::meant);
    let (fail_on, typed) = config::fail_on(typed, &request.config);
    if args.config.show_config {
        let shown = Shown {
            config: &request.config,
            options: &request.options,
            selection: Some(&policy.selection),
            fail_on: Some((fail_on, typed)),
        };
        write::quietly(streams.out.write_all(shown.text().as_bytes()))?;
        return Ok(0);
    }
    let first = judged(crate::analyze(&request.options)?, &policy, args);
    let Some(wishes) = wishes else {
        return finish(&first, true, fail_on, args, streams);
    };
    let again = |overlay| {
        let options = crate::Options {
            overlay,
            ..request.options.clone()
        };
        Ok::<_, Failure>(judged(crate::analyze(&options)?, &policy, args))
    };
    let done = fix::run(&wishes, &first, &request.options.root, &again, streams)?;
    let look = done.after.as_ref().unwrap_or(&first);
    let code = finish(look, done.reports, fail_on, args, streams)?;
    Ok(code.max(done.code))
}

/// What is shown of an analysis.
fn judged(mut run: Run, policy: &Policy, args: &CheckArgs) -> Look {
    let all = std::mem::take(&mut run.findings);
    let mut findings = all.clone();
    if !args.choice.no_ignores {
        let mut ignores = std::mem::take(&mut run.ignores);
        let ran = |rule: &str| policy.selection.contains(rule);
        suppress::apply(
            &mut findings,
            &mut ignores,
            &|place| run.enclosing(place),
            &ran,
        );
    }
    let judged = judge::judge(findings, policy, &rules::entries(), &run);
    Look { run, judged, all }
}

/// Everything behind the analysis. Without `reports` only the summary is written.
fn finish(
    look: &Look,
    reports: bool,
    fail_on: Bar,
    args: &CheckArgs,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let Look { run, judged, .. } = look;
    let summary = Summary::new(&judged.findings, run.walked, run.parsed);
    let for_people = args.files.for_people(&run.root);

    match &args.output_file {
        _ if !reports => {}
        Some(path) => {
            let mut bytes = Vec::new();
            let style = streams.style(&args.look, true);
            write::quietly(report(
                args.output_format,
                judged,
                &summary,
                run,
                style,
                &for_people,
                &mut bytes,
            ))?;
            write::whole_file(path, &bytes)?;
        }
        None => {
            let style = streams.style(&args.look, false);
            let out = &mut *streams.out;
            write::quietly(report(
                args.output_format,
                judged,
                &summary,
                run,
                style,
                &for_people,
                out,
            ))?;
            write::quietly(streams.out.flush())?;
        }
    }
    if !args.look.quiet {
        notes(run, &for_people, streams);
        streams.say(&summary.line(&judged.held, args.look.verbose));
    }
    let fails = judged
        .findings
        .iter()
        .any(|finding| is_failure(finding, fail_on));
    Ok(u8::from(fails && !args.exit_zero))
}

fn report(
    format: Format,
    judged: &Judged,
    summary: &Summary,
    run: &Run,
    style: report::snippet::Style,
    for_people: &Paths,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let paths = match format {
        Format::Full | Format::Concise => for_people.clone(),
        Format::Json => Paths::of_project(),
        Format::Sarif | Format::Github => of_repository(&run.root),
    };
    let texts = Texts::written(run, paths);
    match format {
        Format::Full => {
            let folded = judge::fold(&judged.findings, &rules::entries());
            report::full::write(&folded, &texts, style, out)
        }
        Format::Concise => report::concise::write(&judged.findings, &texts, out),
        Format::Json => report::json::write(&judged.findings, summary, &texts, out),
        Format::Sarif => report::sarif::write(&judged.findings, &run.notes, &texts, out),
        Format::Github => report::github::write(&judged.findings, &texts, out),
    }
}

/// Paths relative to the repository that the project lies in: what looks at the report knows no other root.
fn of_repository(project: &Path) -> Paths {
    match git::toplevel(project) {
        Some(repository) => Paths::from(&repository, project),
        None => Paths::of_project(),
    }
}

/// What is worth saying besides findings.
pub(super) fn notes(run: &Run, paths: &Paths, streams: &mut Streams<'_>) {
    for note in &run.notes {
        let path = note
            .path
            .as_ref()
            .map(|path| format!("{}: ", paths.written(path)))
            .unwrap_or_default();
        streams.say(&report::printable(&format!("note: {path}{}", note.message)));
    }
    if run.walked == 0 {
        streams.say("note: there is no file here that poolint reads");
    }
}

fn is_failure(finding: &Finding, fail_on: Bar) -> bool {
    match fail_on {
        Bar::At(least) => finding.status == Status::Open && finding.severity >= least,
        Bar::Never => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontend::python;
    use crate::project::modules::{File, Files, LinkScope, Parsed};
    use crate::project::names::Index;
    use crate::sieve::Imports;
    use crate::source::{FileId, Language, Note, Place, Span};
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        check: CheckArgs,
    }

    /// A project with a warning of low, an error of high and a warning of high confidence; the last is ignored.
    fn project() -> Run {
        let text = "a = 1\nb = 2\nc = 3  # poolint: ignore[syntax-error] known\n";
        let place = |start| Place {
            file: FileId(0),
            span: Span::new(start, start + 5),
        };
        let finding = |start| Finding::new(rules::SYNTAX_ERROR, place(start), "it is so");
        let comment = text.find('#').expect("comment");
        let comments = [Span::new(comment, text.len() - 1)];
        let module = python::Parser::new().parse(text.as_bytes());
        let index = Index::new(&module);
        let parsed = Parsed {
            bytes: text.into(),
            module,
            index,
            dotted: "src.a".to_owned(),
            lines: std::sync::OnceLock::new(),
        };
        Run {
            root: PathBuf::new(),
            files: Files::new(vec![File {
                path: "src/a.py".to_owned(),
                absolute: PathBuf::from("/no/such/src/a.py"),
                language: Language::Python,
                imports: Imports::default(),
                scope: LinkScope(0),
                parsed: Some(Box::new(parsed)),
                unreadable: false,
                triggered: true,
            }]),
            findings: vec![
                finding(12),
                finding(6).severity(Severity::Error),
                finding(0).confidence(Confidence::Low),
            ],
            notes: vec![Note {
                path: Some("big\u{7}.py".to_owned()),
                message: "too large".to_owned(),
            }],
            ignores: vec![suppress::Ignores::parse(
                FileId(0),
                text.as_bytes(),
                &comments,
            )],
            walked: 2,
            parsed: 1,
        }
    }

    /// Exit code, stdout and stderr.
    fn check_run(run: Run, paths: &[&str], args: &[&str]) -> (u8, String, String) {
        let args = Cli::try_parse_from(["poolint"].iter().chain(args))
            .expect("options")
            .check;
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams {
            out: Box::new(&mut out),
            err: Box::new(&mut err),
            terminal: None,
            err_is_terminal: false,
            no_color: false,
        };
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let config = Config::default();
        let policy = args.choice.policy(&config, paths).expect("policy");
        let typed = args.fail_on.map(FailOn::meant);
        let (bar, _) = config::fail_on(typed, &config);
        let code =
            finish(&judged(run, &policy, &args), true, bar, &args, &mut streams).expect("done");
        drop(streams);
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (code, text(out), text(err))
    }

    fn check(args: &[&str]) -> (u8, String, String) {
        check_run(project(), &[], args)
    }

    const NOTE: &str = "note: big\\x07.py: too large\n";

    #[test]
    fn the_report_is_on_stdout_and_the_rest_on_stderr() {
        let (code, out, err) = check(&["--output-format", "concise"]);
        assert_eq!(code, 1);
        assert_eq!(out, "src/a.py:2:1: error[syntax-error] it is so\n");
        assert_eq!(
            err,
            format!("{NOTE}1 finding in 1 file (1 error; 1 ignored)\n")
        );
        let (_, _, err) = check(&["-v"]);
        let held = "1 finding in 1 file (1 error; 1 ignored, 1 below the shown confidence)\n";
        assert_eq!(err, format!("{NOTE}{held}"));
        assert_eq!(check(&["-q"]).2, "");
    }

    #[test]
    fn the_exit_code_depends_on_what_is_found_and_not_on_the_format() {
        for format in ["full", "concise", "json", "sarif", "github"] {
            let code = |args: &[&str]| check(&[&["--output-format", format], args].concat()).0;
            assert_eq!(code(&[]), 1);
            assert_eq!(code(&["--fail-on", "error"]), 1);
            assert_eq!(code(&["--fail-on", "never"]), 0);
            assert_eq!(code(&["--exit-zero"]), 0);
            assert_eq!(code(&["--ignore", "files"]), 0);
            assert_eq!(code(&["--no-ignores", "--min-severity", "warning"]), 1);
            let format = ["--output-format", format];
            assert_eq!(check_run(project(), &["tests"], &format).0, 0);
            let mut ignored = project();
            ignored.findings.truncate(1);
            assert_eq!(check_run(ignored, &[], &format).0, 0);
        }
    }

    #[test]
    fn low_confidence_and_ignored_findings_can_be_asked_for() {
        let lines = |args: &[&str]| {
            check(&[&["--output-format", "concise"], args].concat())
                .1
                .lines()
                .count()
        };
        assert_eq!(lines(&[]), 1);
        assert_eq!(lines(&["-p"]), 2);
        assert_eq!(lines(&["--min-confidence", "low"]), 2);
        assert_eq!(lines(&["--min-confidence", "low", "--no-ignores"]), 3);
        assert_eq!(lines(&["--min-severity", "error", "--no-ignores"]), 1);
    }

    #[test]
    fn json_counts_like_the_summary_and_keeps_what_is_ignored() {
        let (_, out, _) = check(&["--output-format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(json["summary"]["errors"], 1);
        assert_eq!(json["summary"]["ignored"], 1);
        assert_eq!(json["summary"]["files"], 2);
        assert_eq!(json["findings"][0]["status"], "open");
        assert_eq!(json["findings"][1]["status"], "ignored");
    }

    #[test]
    fn colour_is_for_terminals_and_for_those_who_insist() {
        assert!(!check(&[]).1.contains('\x1b'));
        assert!(check(&["--color", "always"]).1.contains('\x1b'));
    }

    #[test]
    fn a_reader_that_leaves_does_not_change_the_exit_code() {
        struct Gone;
        impl io::Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let args = Cli::try_parse_from(["poolint"]).expect("options").check;
        let mut err = Vec::new();
        let mut streams = Streams {
            out: Box::new(Gone),
            err: Box::new(&mut err),
            terminal: None,
            err_is_terminal: false,
            no_color: false,
        };
        let policy = args.choice.policy(&Config::default(), Vec::new());
        let policy = policy.expect("policy");
        let bar = Bar::At(Severity::Warning);
        assert_eq!(
            finish(
                &judged(project(), &policy, &args),
                true,
                bar,
                &args,
                &mut streams
            )
            .expect("done"),
            1
        );
        drop(streams);
        assert!(String::from_utf8_lossy(&err).ends_with("1 ignored)\n"));
    }
}
