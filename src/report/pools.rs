//! The inventory: every pool and connection source, its database, its class, and where each setting comes from.
//!
//! Takes rows; writes text for people or one JSON document. Invariant: rows come with words that may be shown: no
//! secret is taken out here.

use super::{count, printable};
use crate::source::Place;
use serde::Serialize;
use std::io::{self, Write};

/// A pool or a source of connections.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolRow {
    /// Path, as it is to be written.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What it is: `engine`, `pool`, `connection` …
    pub kind: String,
    /// What it is bound to; may be empty.
    pub name: String,
    /// The library that makes it.
    pub library: String,
    /// The database, without user, password and query secrets; empty when unknown.
    pub database: String,
    /// The effective class; empty when unknown.
    pub class: String,
    /// Role, value, and where the value comes from.
    pub settings: Vec<(String, String, String)>,
    /// How often and in which world it is made.
    pub placement: String,
    /// What must hold for it to be made.
    pub conditions: Vec<String>,
    /// Where.
    pub place: Place,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    pools: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    kind: &'a str,
    name: &'a str,
    library: &'a str,
    database: &'a str,
    class: &'a str,
    settings: Vec<Setting<'a>>,
    placement: &'a str,
    conditions: &'a [String],
}

#[derive(Serialize)]
struct Setting<'a> {
    role: &'a str,
    value: &'a str,
    from: &'a str,
}

/// Writes the inventory as JSON, version 1.
pub fn write_json(rows: &[PoolRow], out: &mut dyn Write) -> io::Result<()> {
    let pools = rows
        .iter()
        .map(|row| Entry {
            path: &row.path,
            line: row.line,
            column: row.column,
            kind: &row.kind,
            name: &row.name,
            library: &row.library,
            database: &row.database,
            class: &row.class,
            settings: row
                .settings
                .iter()
                .map(|(role, value, from)| Setting { role, value, from })
                .collect(),
            placement: &row.placement,
            conditions: &row.conditions,
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &Document { version: 1, pools })?;
    writeln!(out)
}

/// Writes the inventory for people.
pub fn write_text(rows: &[PoolRow], out: &mut dyn Write) -> io::Result<()> {
    for row in rows {
        let name = if row.name.is_empty() {
            String::new()
        } else {
            format!(" `{}`", row.name)
        };
        let library = if row.library.is_empty() {
            String::new()
        } else {
            format!(" ({})", row.library)
        };
        let title = format!(
            "{}:{}:{}: {}{name}{library}",
            row.path, row.line, row.column, row.kind
        );
        writeln!(out, "{}", printable(&title))?;
        let or_unknown = |text: &str| {
            if text.is_empty() {
                "unknown".to_owned()
            } else {
                text.to_owned()
            }
        };
        let mut facts = vec![
            (
                "database".to_owned(),
                or_unknown(&row.database),
                String::new(),
            ),
            ("class".to_owned(), or_unknown(&row.class), String::new()),
        ];
        facts.extend(row.settings.iter().cloned());
        if !row.placement.is_empty() {
            facts.push(("made".to_owned(), row.placement.clone(), String::new()));
        }
        if !row.conditions.is_empty() {
            facts.push((
                "when".to_owned(),
                row.conditions.join(" and "),
                String::new(),
            ));
        }
        let width = facts
            .iter()
            .map(|(word, ..)| word.chars().count())
            .max()
            .unwrap_or(0);
        for (word, value, from) in facts {
            let from = if from.is_empty() {
                from
            } else {
                format!("  ({from})")
            };
            writeln!(
                out,
                "    {}",
                printable(&format!("{word:width$}  {value}{from}"))
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// `3 places in 2 files`.
pub fn summary(rows: &[PoolRow]) -> String {
    let files: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.path).collect();
    if rows.is_empty() {
        return "no pools or connections".to_owned();
    }
    format!(
        "{} in {}",
        count(rows.len(), "place"),
        count(files.len(), "file")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    fn row() -> PoolRow {
        PoolRow {
            path: "db/\u{1b}main.py".to_owned(),
            line: 7,
            column: 15,
            kind: "engine".to_owned(),
            name: "logs".to_owned(),
            library: "lib".to_owned(),
            database: "postgresql DATABASE_URL".to_owned(),
            class: String::new(),
            settings: vec![(
                "overflow".to_owned(),
                "10".to_owned(),
                "default of lib 2".to_owned(),
            )],
            placement: "once per process".to_owned(),
            conditions: vec!["not sqlite".to_owned(), "DEBUG".to_owned()],
            place: Place {
                file: FileId(0),
                span: Span::new(0, 1),
            },
        }
    }

    #[test]
    fn text_has_one_block_for_each() {
        let mut out = Vec::new();
        write_text(&[row()], &mut out).expect("in memory");
        let expected = "db/\\x1bmain.py:7:15: engine `logs` (lib)\n    \
            database  postgresql DATABASE_URL\n    \
            class     unknown\n    \
            overflow  10  (default of lib 2)\n    \
            made      once per process\n    \
            when      not sqlite and DEBUG\n\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
        assert_eq!(summary(&[row(), row()]), "2 places in 1 file");
        assert_eq!(summary(&[]), "no pools or connections");
    }

    #[test]
    fn json_is_a_form_of_its_own() {
        let mut out = Vec::new();
        write_json(&[row()], &mut out).expect("in memory");
        let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        let expected = serde_json::json!({"version": 1, "pools": [{
            "path": "db/\u{1b}main.py", "line": 7, "column": 15, "kind": "engine", "name": "logs",
            "library": "lib", "database": "postgresql DATABASE_URL", "class": "",
            "settings": [{"role": "overflow", "value": "10", "from": "default of lib 2"}],
            "placement": "once per process", "conditions": ["not sqlite", "DEBUG"],
        }]});
        assert_eq!(json, expected);
    }
}
