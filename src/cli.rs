//! The command line.
//!
//! Takes arguments and streams; runs one command and gives the exit code: 0 nothing at or above `--fail-on`, 1
//! findings, 2 wrong usage, no such path, a broken catalog, a failed write. Invariant: the exit code never depends on
//! the output format, and nothing but the streams given is written to.

pub mod check;
mod config;
pub mod files;
mod fix;
pub mod pools;
pub mod rules;
mod write;

use crate::report::full;
use crate::report::snippet::Style;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

/// Finds database connection pools that are misconfigured, leaked, or made too often.
#[derive(Parser)]
#[command(name = "poolint", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Report misconfigured connection pools
    Check(check::CheckArgs),
    /// List every pool and connection source that is found, and where its settings come from
    Pools(pools::PoolsArgs),
    /// List the rules: name, severity, confidence, fix, group, summary
    Rules,
}

/// Options about how output looks.
#[derive(Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct LookArgs {
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: When,
    /// Print nothing on stderr but errors
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Also say what was held back, and why
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

/// Where output goes, and what is known of the place.
pub struct Streams<'a> {
    /// The report.
    pub out: Box<dyn Write + 'a>,
    /// Summary, notes and errors.
    pub err: Box<dyn Write + 'a>,
    /// The terminal behind `out`, if it is one.
    pub terminal: Option<Terminal>,
    /// Whether `err` is a terminal.
    pub err_is_terminal: bool,
    /// Whether the environment asks for no colour.
    pub no_color: bool,
}

/// A terminal.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Columns.
    pub width: usize,
    /// Whether it shows UTF-8.
    pub unicode: bool,
}

impl Streams<'_> {
    /// Standard output and standard error.
    pub fn standard() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL")
            .or_else(|| set("LC_CTYPE"))
            .or_else(|| set("LANG"));
        let utf8 = locale.is_some_and(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let terminal = io::stdout().is_terminal().then(|| Terminal {
            width: terminal_size::terminal_size().map_or(80, |(width, _)| width.0.into()),
            unicode: utf8 || cfg!(windows),
        });
        Self {
            out: Box::new(io::BufWriter::new(io::stdout())),
            err: Box::new(io::stderr()),
            terminal,
            err_is_terminal: io::stderr().is_terminal(),
            no_color: set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb"),
        }
    }

    /// How to draw on `out`, or on a file.
    fn style(&self, look: &LookArgs, to_file: bool) -> Style {
        let terminal = self.terminal.filter(|_| !to_file);
        Style {
            color: match look.color {
                When::Always => true,
                When::Never => false,
                When::Auto => terminal.is_some() && !self.no_color,
            },
            unicode: terminal.is_some_and(|terminal| terminal.unicode),
            // Wider than 120 columns words are hard to read; narrower than 50 code is.
            width: terminal.map_or(80, |terminal| terminal.width.clamp(50, 120)),
        }
    }

    /// Writes a line to `err`. A closed stderr is no reason to fail.
    fn say(&mut self, line: &str) {
        _ = writeln!(self.err, "{line}");
    }
}

/// Why a command could not be done: exit code 2.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong usage, no such path, a failed write: one sentence.
    Message(String),
    /// A catalog file cannot be used.
    Catalog(crate::catalog::Error),
    /// The configuration cannot be used.
    Config(Box<crate::config::Error>),
}

impl Failure {
    fn message(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Catalog(error) => Self::Catalog(error),
            crate::Error::Start(error) => Self::Message(format!("cannot start: {error}")),
        }
    }
}

/// Runs the program.
pub fn run(args: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> u8 {
    let result = match Cli::try_parse_from(args) {
        Err(error) => usage(&error, streams),
        Ok(Cli {
            command: Command::Check(args),
        }) => check::run(&args, streams),
        Ok(Cli {
            command: Command::Pools(args),
        }) => pools::run(&args, streams),
        Ok(Cli {
            command: Command::Rules,
        }) => rules::run(streams),
    };
    // A reader that has seen enough closes the pipe: that is no failure.
    let flushed = write::quietly(streams.out.flush());
    match result.and_then(|code| flushed.map(|()| code)) {
        Ok(code) => code,
        Err(failure) => {
            let color = streams.err_is_terminal && !streams.no_color;
            let style = Style {
                color,
                unicode: false,
                width: 80,
            };
            let text = match failure {
                Failure::Message(message) => full::error(&message, style),
                Failure::Catalog(error) => full::catalog_error(&error, style),
                Failure::Config(error) => full::config_error(&error, style),
            };
            streams.say(text.trim_end());
            2
        }
    }
}

/// What clap has to say: help and version on `out`, errors on `err`.
fn usage(error: &clap::Error, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    if !error.use_stderr() {
        write::quietly(write!(streams.out, "{}", error.render()))?;
        return Ok(0);
    }
    let color = streams.err_is_terminal && !streams.no_color;
    let shown = |text: clap::builder::StyledStr| {
        if color {
            text.ansi().to_string()
        } else {
            text.to_string()
        }
    };
    if error.kind() == ErrorKind::InvalidSubcommand {
        // `poolint PATH` is no second spelling of `poolint check PATH`.
        let word = match error.get(clap::error::ContextKind::InvalidSubcommand) {
            Some(clap::error::ContextValue::String(word)) => word.as_str(),
            _ => "",
        };
        let word = crate::report::printable(word);
        let hint = if PathBuf::from(&word).exists() {
            format!("; to check it, write `poolint check {word}`")
        } else {
            String::new()
        };
        streams.say(&format!("error: `{word}` is no command{hint}\n"));
        streams.say(shown(Cli::command().render_help()).trim_end());
    } else {
        streams.say(shown(error.render()).trim_end());
    }
    Ok(2)
}
