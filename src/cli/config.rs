//! The configuration as a command sees it: what the project says, and what the command line says over it.
//!
//! Takes the options under "Config"; gives what holds. Invariant: the command line wins; what it does not mention stays
//! as the project configured it.

use super::Failure;
use crate::config::{self, Config, FailOn, RuleConfig};
use crate::declared::{Choice, Choices, Declared};
use crate::finding::Severity;
use crate::globs::Globs;
use crate::judge::{RulePolicy, Selection};
use crate::report::{printable, severity_word};
use crate::rule::options;
use crate::{Options, rules};
use clap::Args;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Options about how it is read.
#[derive(Args)]
#[command(next_help_heading = "Config")]
pub(crate) struct ConfigArgs {
    /// Use this configuration instead of the project's own
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long)]
    isolated: bool,
    /// Show what is configured, and where each line comes from, instead of doing anything
    #[arg(long)]
    pub(crate) show_config: bool,
    /// A catalog file of the house's own factories, besides those of the configuration; may be given several times
    #[arg(long, value_name = "FILE")]
    catalog: Vec<PathBuf>,
    /// Choose an option of a rule, as its page names it; may be given several times
    #[arg(long, value_name = "RULE.OPTION=VALUE")]
    set: Vec<String>,
    /// Say which kind of database an environment variable or name stands for; may be given several times
    #[arg(long, value_name = "DATABASE=DIALECT")]
    assume: Vec<String>,
    /// How many threads to use [default: one per core]
    #[arg(short = 'j', long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Parse every file, also those that name no database library
    #[arg(long, hide = true)]
    no_prefilter: bool,
}

impl ConfigArgs {
    /// Whether the project's configuration plays no part.
    pub(crate) fn isolated(&self) -> bool {
        self.isolated
    }

    /// How many threads to use.
    pub(crate) fn threads(&self) -> Option<usize> {
        self.threads.map(NonZeroUsize::get)
    }

    /// Whether files are looked at before they are parsed.
    pub(crate) fn prefilter(&self) -> bool {
        !self.no_prefilter
    }

    /// The configuration that holds for the project in `root`.
    pub(crate) fn find(&self, root: &Path) -> Result<Config, Failure> {
        let found = match &self.config {
            Some(file) => config::file(file),
            None if self.isolated => Ok(Config::default()),
            None => config::at(root),
        };
        found.map_err(|error| Failure::Config(Box::new(error)))
    }

    /// The catalog files of the configuration and of the command line.
    pub(crate) fn catalogs(&self, config: &Config) -> Vec<PathBuf> {
        [config.catalog.as_slice(), &self.catalog].concat()
    }

    /// What is declared.
    pub(crate) fn declared(&self, config: &Config) -> Result<Declared, Failure> {
        let mut choices = options::defaults(rules::metas());
        for (name, rule) in &config.rules {
            for (option, value) in &rule.options {
                choose(&mut choices, name, option, value)?;
            }
        }
        for text in &self.set {
            let form = || wrong_form("--set", text, "RULE.OPTION=VALUE");
            let (name, value) = text.split_once('=').ok_or_else(form)?;
            let (rule, option) = name.split_once('.').ok_or_else(form)?;
            choose(&mut choices, rule.trim(), option.trim(), value.trim())?;
        }
        let mut databases = config.databases.clone();
        for text in &self.assume {
            let (name, word) = text
                .split_once('=')
                .filter(|(name, _)| !name.trim().is_empty())
                .ok_or_else(|| wrong_form("--assume", text, "DATABASE=DIALECT"))?;
            let dialect = config::dialect(word.trim())
                .map_err(|said| Failure::message(format!("--assume: {said}")))?;
            let name = name.trim();
            let known = databases
                .keys()
                .find(|known| known.eq_ignore_ascii_case(name))
                .cloned();
            databases
                .entry(known.unwrap_or_else(|| name.to_owned()))
                .or_default()
                .dialect = Some(dialect);
        }
        Ok(Declared {
            choices,
            databases,
            processes: config.processes.clone(),
        })
    }
}

fn choose(choices: &mut Choices, rule: &str, option: &str, value: &str) -> Result<(), Failure> {
    options::choose(rules::metas(), choices, rule, option, value)
        .map_err(|error| Failure::message(format!("--set: {error}")))
}

fn wrong_form(option: &str, text: &str, form: &str) -> Failure {
    Failure::message(format!(
        "{option}: `{}` is not of the form `{form}`",
        printable(text)
    ))
}

/// The rules that may speak: `select` of the command line stands for all that the configuration says; what else is
/// typed comes on top of it.
pub(crate) fn selection(
    config: &Config,
    select: &[String],
    extend: &[String],
    ignore: &[String],
) -> Result<Selection, Failure> {
    let entries = rules::entries();
    let said = |unknown: crate::judge::UnknownName| Failure::message(unknown.to_string());
    if !select.is_empty() {
        return Selection::new(&entries, select, extend, ignore).map_err(said);
    }
    // An empty list in a configuration selects nothing; on the command line there is no such list.
    let none = config.select.as_ref().is_some_and(Vec::is_empty);
    let own = config.select.as_deref().unwrap_or_default();
    let everything = ["all".to_owned()];
    let left_out = if none {
        &everything
    } else {
        config.ignore.as_slice()
    };
    let base = Selection::new(&entries, own, &[], left_out).map_err(said)?;
    let besides = Selection::only(&entries, &config.extend_select, &config.ignore).map_err(said)?;
    let typed = Selection::only(&entries, extend, &[]).map_err(said)?;
    let against = Selection::only(&entries, ignore, &[]).map_err(said)?;
    Ok(base.with(&besides).with(&typed).without(&against))
}

/// What the project decided about single rules.
pub(crate) fn by_rule(config: &Config) -> BTreeMap<String, RulePolicy> {
    let decided = |rule: &RuleConfig| RulePolicy {
        severity: rule.severity,
        // The configuration was read: each of these compiles.
        ignore: Globs::new(&rule.ignore).0,
    };
    config
        .rules
        .iter()
        .map(|(name, rule)| (name.clone(), decided(rule)))
        .collect()
}

/// What holds, in the form of a configuration; each line says where it comes from.
pub(crate) struct Shown<'a> {
    /// The configuration.
    pub(crate) config: &'a Config,
    /// What is analysed.
    pub(crate) options: &'a Options,
    /// The rules that may speak, when the command asks about rules.
    pub(crate) selection: Option<&'a Selection>,
    /// When the command fails, when it can; and whether the command line says so.
    pub(crate) fail_on: Option<(FailOn, bool)>,
}

impl Shown<'_> {
    /// The text.
    pub(crate) fn text(&self) -> String {
        let file = self
            .config
            .path
            .as_ref()
            .map(|path| path.display().to_string());
        let origin = |typed: bool, configured: bool| match (typed, configured, &file) {
            (true, ..) => "command line",
            (false, true, Some(file)) => file,
            _ => "default",
        };
        let mut out = String::new();
        _ = writeln!(out, "# project: {}", self.options.root.display());
        let mut line = |text: String, origin: &str| {
            let origin = match origin {
                "" => String::new(),
                origin => format!("  # {origin}"),
            };
            _ = writeln!(out, "{text}{origin}");
        };
        let config = self.config;
        if let Some(selection) = self.selection {
            let names: Vec<String> = selection.names().map(str::to_owned).collect();
            let configured = config.select.is_some()
                || !config.extend_select.is_empty()
                || !config.ignore.is_empty();
            let of_config = self::selection(config, &[], &[], &[]).ok();
            let typed = of_config.as_ref() != Some(selection);
            line(
                format!("select: {}", list(&names)),
                origin(typed, configured),
            );
        }
        let exclude = &self.options.exclude;
        let typed = *exclude != config.exclude;
        let configured = !config.exclude.is_empty();
        line(
            format!("exclude: {}", list(exclude)),
            origin(typed, configured),
        );
        if let Some((fail_on, typed)) = self.fail_on {
            let word = match fail_on {
                FailOn::At(severity) => severity_word(severity),
                FailOn::Never => "never",
            };
            let configured = config.fail_on.is_some();
            line(format!("fail-on: {word}"), origin(typed, configured));
        }
        let files: Vec<String> = self
            .options
            .catalogs
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let typed = self.options.catalogs.len() > config.catalog.len();
        let configured = !config.catalog.is_empty();
        line(
            format!("catalog: {}", list(&files)),
            origin(typed, configured),
        );
        let declared = &self.options.declared;
        if !declared.databases.is_empty() {
            line("databases:".to_owned(), "");
        }
        for (name, database) in &declared.databases {
            let parts = [
                database
                    .dialect
                    .as_ref()
                    .map(|word| format!("dialect: {word}")),
                database
                    .max_connections
                    .map(|number| format!("max-connections: {number}")),
                database.proxy.as_ref().map(|word| format!("proxy: {word}")),
            ];
            let parts: Vec<_> = parts.into_iter().flatten().collect();
            let typed = config.databases.get(name) != Some(database);
            line(
                format!("  {}: {{{}}}", scalar(name), parts.join(", ")),
                origin(typed, true),
            );
        }
        if !declared.processes.is_empty() {
            let parts: Vec<_> = declared
                .processes
                .iter()
                .map(|(name, number)| format!("{}: {number}", scalar(name)))
                .collect();
            line(
                format!("processes: {{{}}}", parts.join(", ")),
                origin(false, true),
            );
        }
        line("rules:".to_owned(), "");
        for entry in rules::entries() {
            let rule = config.rules.get(entry.name).cloned().unwrap_or_default();
            let options: Vec<(&str, &Choice)> = declared
                .choices
                .all()
                .filter(|(rule, ..)| *rule == entry.name)
                .map(|(_, option, choice)| (option, choice))
                .collect();
            if rule.severity.is_none() && rule.ignore.is_empty() && options.is_empty() {
                continue;
            }
            line(format!("  {}:", entry.name), "");
            if let Some(severity) = rule.severity {
                let word: &str = severity_word(severity);
                line(format!("    severity: {word}"), origin(false, true));
            }
            if !rule.ignore.is_empty() {
                line(
                    format!("    ignore: {}", list(&rule.ignore)),
                    origin(false, true),
                );
            }
            if !options.is_empty() {
                line("    options:".to_owned(), "");
            }
            for (option, choice) in options {
                let configured = rule
                    .options
                    .iter()
                    .any(|(name, value)| name == option && *value == choice.value);
                let typed = choice.explicit && !configured;
                line(
                    format!("      {option}: {}", scalar(&choice.value)),
                    origin(typed, configured),
                );
            }
        }
        printable_lines(&out)
    }
}

/// The text with nothing in it that a terminal would obey.
fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(line) + "\n").collect()
}

/// A YAML list.
fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| scalar(item)).collect();
    format!("[{}]", items.join(", "))
}

/// A YAML text: plain where no reader could take it for anything else.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "-_".contains(char))
        && !["true", "false", "null", "nan", "inf"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word));
    if plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

/// When a command fails, as the command line or the configuration says it; and whether it was typed.
pub(crate) fn fail_on(typed: Option<FailOn>, config: &Config) -> (FailOn, bool) {
    match typed {
        Some(fail_on) => (fail_on, true),
        None => (
            config.fail_on.unwrap_or(FailOn::At(Severity::Warning)),
            false,
        ),
    }
}
