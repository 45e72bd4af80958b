//! `poolint check`: analyse, judge, report.
//!
//! Takes options; writes the report to stdout or a file, notes and the summary to stderr. Invariant: everything that
//! can be wrong with the options is told before the analysis starts.

use super::files::FileArgs;
use super::{Failure, LookArgs, Streams, write};
use crate::finding::{Confidence, Finding, Severity, Status};
use crate::judge::{self, Judged, Policy, Selection};
use crate::report::{self, Summary, Texts};
use crate::{Run, rules, suppress};
use clap::{Args, ValueEnum};
use std::io;
use std::path::PathBuf;

/// Options of `check`.
#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    choice: ChoiceArgs,
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
    /// The least severity that makes the exit code 1
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "warning",
        help_heading = "Exit"
    )]
    fail_on: FailOn,
    /// Exit with 0 whatever is found; errors still exit with 2
    #[arg(short, long, help_heading = "Exit")]
    exit_zero: bool,
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

impl ChoiceArgs {
    fn policy(&self, paths: Vec<String>) -> Result<Policy, Failure> {
        let selection = Selection::new(
            &rules::entries(),
            &self.select,
            &self.extend_select,
            &self.ignore,
        );
        let selection = selection.map_err(|unknown| {
            let near = unknown
                .nearest
                .map(|name| format!("; did you mean `{name}`?"));
            Failure::message(format!(
                "`{}` is no rule or group{}",
                report::printable(&unknown.name),
                near.as_deref().unwrap_or("; `poolint rules` lists them")
            ))
        })?;
        Ok(Policy {
            selection,
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
    let request = args.files.resolve()?;
    let policy = args.choice.policy(request.paths)?;
    let run = crate::analyze(&request.options)?;
    finish(run, &policy, args, streams)
}

/// Everything behind the analysis.
fn finish(
    mut run: Run,
    policy: &Policy,
    args: &CheckArgs,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let mut findings = std::mem::take(&mut run.findings);
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
    let summary = Summary::new(&judged.findings, run.walked, run.parsed);

    match &args.output_file {
        Some(path) => {
            let mut bytes = Vec::new();
            let style = streams.style(&args.look, true);
            write::quietly(report(
                args.output_format,
                &judged,
                &summary,
                &run,
                style,
                &mut bytes,
            ))?;
            write::whole_file(path, &bytes)?;
        }
        None => {
            let style = streams.style(&args.look, false);
            let out = &mut *streams.out;
            write::quietly(report(
                args.output_format,
                &judged,
                &summary,
                &run,
                style,
                out,
            ))?;
            write::quietly(streams.out.flush())?;
        }
    }
    if !args.look.quiet {
        notes(&run, streams);
        streams.say(&summary.line(args.look.verbose.then_some(&judged.held)));
    }
    let fails = judged
        .findings
        .iter()
        .any(|finding| is_failure(finding, args.fail_on));
    Ok(u8::from(fails && !args.exit_zero))
}

fn report(
    format: Format,
    judged: &Judged,
    summary: &Summary,
    run: &Run,
    style: report::snippet::Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let texts = Texts::new(run);
    match format {
        Format::Full => {
            let folded = judge::fold(&judged.findings, &rules::entries());
            report::full::write(&folded, &texts, style, out)
        }
        Format::Concise => report::concise::write(&judged.findings, &texts, out),
        Format::Json => report::json::write(&judged.findings, summary, &texts, out),
    }
}

/// What is worth saying besides findings.
pub(super) fn notes(run: &Run, streams: &mut Streams<'_>) {
    for note in &run.notes {
        let path = note
            .path
            .as_ref()
            .map(|path| format!("{path}: "))
            .unwrap_or_default();
        streams.say(&report::printable(&format!("note: {path}{}", note.message)));
    }
    if run.walked == 0 {
        streams.say("note: there is no file here that poolint reads");
    }
}

fn is_failure(finding: &Finding, fail_on: FailOn) -> bool {
    let least = match fail_on {
        FailOn::Info => Severity::Info,
        FailOn::Warning => Severity::Warning,
        FailOn::Error => Severity::Error,
        FailOn::Never => return false,
    };
    finding.status == Status::Open && finding.severity >= least
}
