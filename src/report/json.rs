//! JSON, version 1.
//!
//! Takes unfolded findings; writes one document. Invariant: the structs here are the format and never change within a
//! version; they are no dump of internal types, so that these may change freely. Repeats are findings of their own.

use super::{Summary, Texts, fingerprint::fingerprint, page};
use crate::finding::{Confidence, Finding, Severity, Status};
use crate::source::Place;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Document {
    version: u32,
    summary: Numbers,
    findings: Vec<Entry>,
}

#[derive(Serialize)]
struct Numbers {
    files: usize,
    parsed: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    fixable: usize,
    ignored: usize,
    baselined: usize,
}

#[derive(Serialize)]
struct Entry {
    rule: String,
    severity: &'static str,
    confidence: &'static str,
    message: String,
    help: String,
    url: String,
    path: String,
    symbol: String,
    start: Position,
    end: Position,
    related: Vec<Related>,
    fixes: Vec<Fix>,
    fingerprint: String,
    status: &'static str,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
    offset: u32,
}

#[derive(Serialize)]
struct Related {
    path: String,
    message: String,
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Fix {
    title: String,
    applicability: &'static str,
    edits: Vec<Edit>,
}

/// Bytes `start` to `end` of a file become `content`.
#[derive(Serialize)]
struct Edit {
    path: String,
    start: u32,
    end: u32,
    content: String,
}

/// Writes the report.
pub fn write(
    findings: &[Finding],
    summary: &Summary,
    texts: &Texts<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let document = Document {
        version: 1,
        summary: Numbers {
            files: summary.walked,
            parsed: summary.parsed,
            errors: summary.errors,
            warnings: summary.warnings,
            infos: summary.infos,
            fixable: summary.fixable + summary.fixable_unsafe,
            ignored: summary.ignored,
            baselined: 0,
        },
        findings: findings
            .iter()
            .flat_map(|finding| entries(finding, texts))
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// The finding and its repeats.
fn entries<'a>(finding: &'a Finding, texts: &'a Texts<'_>) -> impl Iterator<Item = Entry> + 'a {
    let places = std::iter::once(finding.place).chain(finding.repeats.iter().copied());
    places.map(move |place| {
        entry(
            &Finding {
                place,
                ..finding.clone()
            },
            texts,
        )
    })
}

fn entry(finding: &Finding, texts: &Texts<'_>) -> Entry {
    let path = |place: Place| texts.sources().path(place.file).to_owned();
    let (start, end) = positions(finding.place, texts);
    let related = finding.related.iter().map(|related| {
        let (start, end) = positions(related.place, texts);
        Related {
            path: path(related.place),
            message: related.message.clone(),
            start,
            end,
        }
    });
    let fixes = finding.fixes.iter().map(|fix| Fix {
        title: fix.title.clone(),
        applicability: fix.applicability.word(),
        edits: fix
            .all_edits()
            .into_iter()
            .map(|edit| Edit {
                path: path(edit.place),
                start: edit.place.span.start,
                end: edit.place.span.end,
                content: edit.content.clone(),
            })
            .collect(),
    });
    Entry {
        rule: finding.rule.to_owned(),
        severity: match finding.severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        },
        confidence: match finding.confidence {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        },
        message: finding.message.clone(),
        help: finding.help.clone(),
        url: page::address(finding.rule),
        path: path(finding.place),
        symbol: finding.symbol.clone(),
        start,
        end,
        related: related.collect(),
        fixes: fixes.collect(),
        fingerprint: fingerprint(finding, texts),
        status: match finding.status {
            Status::Open => "open",
            Status::Ignored => "ignored",
        },
    }
}

fn positions(place: Place, texts: &Texts<'_>) -> (Position, Position) {
    let text = texts.text(place.file);
    let position = |offset| {
        let at = text.line_column(offset);
        Position {
            line: at.line,
            column: at.column,
            offset,
        }
    };
    (position(place.span.start), position(place.span.end))
}

#[cfg(test)]
mod tests {
    use super::super::tests;
    use super::*;

    #[test]
    fn the_document_is_version_1_to_the_letter() {
        let sources = tests::Texts(vec![
            ("a.py", b"x = make(URL)\r\ny = make(URL)\r\n".to_vec()),
            ("b.py", "URL = \"é\"; U".into()),
        ]);
        let mut finding = Finding::new(
            "null-pool",
            sources.place(0, "make(URL)", 0),
            "it \"makes\"",
        )
        .severity(Severity::Error)
        .confidence(Confidence::Medium)
        .symbol("x")
        .help("Do not.")
        .related(sources.place(1, "U", 1), "set here");
        finding.repeats.push(sources.place(0, "make(URL)", 1));
        let mut ignored = finding.clone();
        ignored.repeats.clear();
        ignored.status = Status::Ignored;
        let findings = [finding, ignored];
        let texts = Texts::new(&sources);
        let mut out = Vec::new();
        let summary = Summary::new(&findings, 7, 2);
        write(&findings, &summary, &texts, &mut out).expect("in memory");
        let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        let listed = json["findings"].as_array().expect("findings");
        assert_eq!(
            listed[0],
            serde_json::json!({
                "rule": "null-pool", "severity": "error", "confidence": "medium",
                "message": "it \"makes\"", "help": "Do not.",
                "url": "https://github.com/poolint/poolint/blob/main/rules/null-pool.yaml",
                "path": "a.py", "symbol": "x",
                "start": {"line": 1, "column": 5, "offset": 4},
                "end": {"line": 1, "column": 14, "offset": 13},
                "related": [{
                    "path": "b.py", "message": "set here",
                    "start": {"line": 1, "column": 12, "offset": 12},
                    "end": {"line": 1, "column": 13, "offset": 13},
                }],
                "fixes": [], "fingerprint": fingerprint(&findings[0], &texts), "status": "open",
            })
        );
        assert_eq!(listed[1]["start"]["line"], 2);
        assert_eq!(listed[2]["status"], "ignored");
        assert_eq!(listed.len(), 3);
        assert_eq!(
            json["summary"],
            serde_json::json!({
                "files": 7, "parsed": 2, "errors": 1, "warnings": 0, "infos": 0,
                "fixable": 0, "ignored": 1, "baselined": 0,
            })
        );
        let text = String::from_utf8_lossy(&out);
        assert!(text.starts_with("{\n  \"version\": 1,\n  \"summary\""));
    }
}
