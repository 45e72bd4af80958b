//! The keys of a configuration.
//!
//! Takes the tree of the file; gives a [`Config`], or the first thing in it that does not exist, with what was probably
//! meant. Invariant: every key, rule, option, dialect, severity and glob in a [`Config`] is a real one.

use super::tree::{Key, Node, Value};
use super::{Config, FailOn, Problem, RuleConfig};
use crate::catalog::Catalog;
use crate::declared::Database;
use crate::finding::Severity;
use crate::judge::Selection;
use crate::nearest::offer;
use crate::rule::options::{self, ChoicePart};
use crate::{globs, rules};
use std::path::{Path, PathBuf};

/// What a configuration may hold.
const KEYS: [&str; 9] = [
    "select",
    "extend-select",
    "ignore",
    "exclude",
    "fail-on",
    "catalog",
    "databases",
    "processes",
    "rules",
];

const SEVERITIES: [(&str, Severity); 3] = [
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("error", Severity::Error),
];

/// Reads a whole configuration; paths in it are relative to `folder`.
pub(super) fn config(node: &Node, folder: &Path) -> Result<Config, Problem> {
    let mut config = Config::default();
    for (key, value) in table(node, "a configuration", &KEYS)? {
        match key.name.as_str() {
            "select" => config.select = Some(selection(key, value)?),
            "extend-select" => config.extend_select = selection(key, value)?,
            "ignore" => config.ignore = selection(key, value)?,
            "exclude" => config.exclude = paths(key, value)?,
            "fail-on" => config.fail_on = Some(fail_on(key, value)?),
            "catalog" => config.catalog = catalog(key, value, folder)?,
            "databases" => {
                for (name, value) in entries(value, &key.name)? {
                    config.databases.insert(name.name.clone(), database(value)?);
                }
            }
            "processes" => {
                for (name, value) in entries(value, &key.name)? {
                    config
                        .processes
                        .insert(name.name.clone(), count(name, value)?);
                }
            }
            _ => {
                for (name, value) in entries(value, &key.name)? {
                    config.rules.insert(name.name.clone(), rule(name, value)?);
                }
            }
        }
    }
    Ok(config)
}

/// The entries of a table that may only hold `keys`.
fn table<'n>(node: &'n Node, what: &str, keys: &[&str]) -> Result<Vec<&'n (Key, Node)>, Problem> {
    let entries = entries(node, what)?;
    for (key, _) in &entries {
        if !keys.contains(&key.name.as_str()) {
            let offer = offer(&key.name, keys);
            return Err(Problem::at(
                key.span,
                format!("`{}` is no key of {what}{offer}", key.name),
            ));
        }
    }
    Ok(entries)
}

/// The entries of a table; nothing at all is an empty one.
fn entries<'n>(node: &'n Node, what: &str) -> Result<Vec<&'n (Key, Node)>, Problem> {
    match &node.value {
        Value::Nothing => Ok(Vec::new()),
        Value::Table(entries) => Ok(entries.iter().collect()),
        _ => Err(expected(what, "a table", node)),
    }
}

fn expected(what: &str, takes: &str, node: &Node) -> Problem {
    Problem::at(
        node.span,
        format!("{what} must be {takes}, not {}", node.value.kind()),
    )
}

fn quoted(key: &Key) -> String {
    format!("`{}`", key.name)
}

fn text<'n>(key: &Key, node: &'n Node) -> Result<&'n str, Problem> {
    match &node.value {
        Value::Text(text) => Ok(text),
        _ => Err(expected(&quoted(key), "a text", node)),
    }
}

/// The texts of a list, each with its node.
fn texts<'n>(key: &Key, node: &'n Node) -> Result<Vec<(&'n str, &'n Node)>, Problem> {
    let Value::List(items) = &node.value else {
        return Err(expected(&quoted(key), "a list of texts", node));
    };
    items
        .iter()
        .map(|item| match &item.value {
            Value::Text(text) => Ok((text.as_str(), item)),
            _ => Err(expected(
                &format!("each of {}", quoted(key)),
                "a text",
                item,
            )),
        })
        .collect()
}

/// One of some words.
fn one_of<T: Copy>(key: &Key, node: &Node, words: &[(&str, T)]) -> Result<T, Problem> {
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    let word = match &node.value {
        Value::Text(text) => text,
        _ => return Err(expected(&quoted(key), "a text", node)),
    };
    words
        .iter()
        .find(|(name, _)| name == word)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let offer = offer(word, &names);
            Problem::at(
                node.span,
                format!("`{word}` is no value of {}{offer}", quoted(key)),
            )
        })
}

/// Rules and groups.
fn selection(key: &Key, node: &Node) -> Result<Vec<String>, Problem> {
    let entries = rules::entries();
    let mut words = Vec::new();
    for (word, item) in texts(key, node)? {
        let asked = [word.to_owned()];
        Selection::new(&entries, &asked, &[], &[])
            .map_err(|unknown| Problem::at(item.span, unknown.to_string()))?;
        words.extend(asked);
    }
    Ok(words)
}

/// Globs.
fn paths(key: &Key, node: &Node) -> Result<Vec<String>, Problem> {
    let mut globs = Vec::new();
    for (glob, item) in texts(key, node)? {
        globs::check(glob)
            .map_err(|reason| Problem::at(item.span, format!("`{glob}` is no glob: {reason}")))?;
        globs.push(glob.to_owned());
    }
    Ok(globs)
}

fn fail_on(key: &Key, node: &Node) -> Result<FailOn, Problem> {
    let severities = SEVERITIES.map(|(name, severity)| (name, FailOn::At(severity)));
    let words = [severities.as_slice(), &[("never", FailOn::Never)]].concat();
    one_of(key, node, &words)
}

/// Catalog files, which must exist.
fn catalog(key: &Key, node: &Node, folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    for (file, item) in texts(key, node)? {
        let path = folder.join(file);
        if !path.is_file() {
            return Err(Problem::at(item.span, format!("`{file}` is no file")));
        }
        files.push(path);
    }
    Ok(files)
}

fn count(key: &Key, node: &Node) -> Result<u32, Problem> {
    match node.value {
        Value::Number(number) => u32::try_from(number).ok().filter(|number| *number > 0),
        _ => return Err(expected(&quoted(key), "a whole number", node)),
    }
    .ok_or_else(|| {
        let range = format!("{} must be from 1 to {}", quoted(key), u32::MAX);
        Problem::at(node.span, range)
    })
}

/// What is declared of one database.
fn database(node: &Node) -> Result<Database, Problem> {
    let mut database = Database::default();
    let keys = ["dialect", "max-connections", "proxy"];
    for (key, value) in table(node, "a database", &keys)? {
        match key.name.as_str() {
            "dialect" => {
                let word = text(key, value)?;
                let dialect = dialect(word).map_err(|said| Problem::at(value.span, said))?;
                database.dialect = Some(dialect);
            }
            "max-connections" => database.max_connections = Some(count(key, value)?),
            _ => {
                let word = text(key, value)?;
                let known = Catalog::vocabulary().contexts().poolers.clone();
                if !known.iter().any(|name| name == word) {
                    let names: Vec<&str> = known.iter().map(String::as_str).collect();
                    let offer = offer(word, &names);
                    return Err(Problem::at(
                        value.span,
                        format!("`{word}` is no proxy that poolint knows{offer}"),
                    ));
                }
                database.proxy = Some(word.to_owned());
            }
        }
    }
    Ok(database)
}

/// The dialect that a word names, by its own name or by a scheme of URLs.
///
/// # Errors
/// When there is none: a sentence with the nearest name.
pub fn dialect(word: &str) -> Result<String, String> {
    let vocabulary = Catalog::vocabulary();
    let found = vocabulary
        .dialect_named(word)
        .or_else(|| vocabulary.dialect(word).map(|(dialect, _)| dialect));
    match found {
        Some(dialect) => Ok(dialect.name.clone()),
        None => {
            let names: Vec<&str> = vocabulary.dialect_names().collect();
            Err(format!("`{word}` is no dialect{}", offer(word, &names)))
        }
    }
}

/// What is configured of one rule.
fn rule(name: &Key, node: &Node) -> Result<RuleConfig, Problem> {
    let entries_of_all = rules::entries();
    let names: Vec<&str> = entries_of_all.iter().map(|entry| entry.name).collect();
    if !names.contains(&name.name.as_str()) {
        let offer = offer(&name.name, &names);
        return Err(Problem::at(
            name.span,
            format!("`{}` is no rule{offer}", name.name),
        ));
    }
    let mut rule = RuleConfig::default();
    for (key, value) in table(node, "a rule", &["severity", "ignore", "options"])? {
        match key.name.as_str() {
            "severity" => rule.severity = Some(one_of(key, value, &SEVERITIES)?),
            "ignore" => rule.ignore = paths(key, value)?,
            _ => {
                for (option, value) in entries(value, "`options`")? {
                    let word = text(option, value)?;
                    let mut choices = options::defaults(rules::metas());
                    options::choose(rules::metas(), &mut choices, &name.name, &option.name, word)
                        .map_err(|unknown| {
                        let span = match unknown.part {
                            ChoicePart::Rule => name.span,
                            ChoicePart::Option => option.span,
                            ChoicePart::Value => value.span,
                        };
                        Problem::at(span, unknown.message)
                    })?;
                    rule.options.push((option.name.clone(), word.to_owned()));
                }
            }
        }
    }
    Ok(rule)
}
