//! SARIF 2.1.0, for code scanning and for viewers in editors.
//!
//! Takes unfolded findings, repeats being results of their own, and what is to be noted of the run; writes one log with
//! one run. Paths are relative to `%SRCROOT%`, whose place on this machine is not told. Columns count code points.
//! Invariant: the log is valid under the schema of the standard; a snippet or a fix that holds a secret is left out,
//! for a masked one would say what is not in the file.

mod model;
mod tool;

use super::{Text, Texts, fingerprint::fingerprint, secrets};
use crate::edit::{self, Applicability};
use crate::finding::{Finding, Severity, Status};
use crate::rules;
use crate::source::{FileId, Note, Place, Span};
use model::{
    ArtifactChange, ArtifactContent, ArtifactLocation, CodeFlow, Fix, FixProperties, Invocation,
    Location, Log, LogicalLocation, Notification, PhysicalLocation, Region, Replacement,
    ResultObject, ResultProperties, Run, Suppression, ThreadFlow, ThreadFlowLocation, UriBase,
    Words,
};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

/// What paths are relative to.
const BASE: &str = "%SRCROOT%";
/// The name of the fingerprint, with the version of how it is made.
const FINGERPRINT: &str = "poolint/v1";
/// Longer pieces of source are not quoted; in bytes.
const MAX_SNIPPET: usize = 2000;

/// Writes the report.
pub fn write(
    findings: &[Finding],
    notes: &[Note],
    texts: &Texts<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let entries = rules::entries();
    let index = |rule: &str| entries.iter().position(|entry| entry.name == rule);
    let mut results = Vec::new();
    for finding in findings {
        for place in std::iter::once(finding.place).chain(finding.repeats.iter().copied()) {
            let finding = Finding {
                place,
                ..finding.clone()
            };
            results.push(result(&finding, index(finding.rule), texts));
        }
    }
    let base = UriBase {
        description: words("The root of the repository."),
    };
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: tool::tool(&entries),
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: notes
                    .iter()
                    .map(|note| notification(note, texts))
                    .collect(),
            }],
            original_uri_base_ids: BTreeMap::from([(BASE, base)]),
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn result(finding: &Finding, rule_index: Option<usize>, texts: &Texts<'_>) -> ResultObject {
    let related: Vec<Location> = finding
        .related
        .iter()
        .enumerate()
        .map(|(at, related)| Location {
            id: Some(at + 1),
            ..location(related.place, &related.message, texts)
        })
        .collect();
    let mut primary = location(finding.place, "", texts);
    if !finding.symbol.is_empty() {
        primary.logical_locations.push(LogicalLocation {
            fully_qualified_name: finding.symbol.clone(),
        });
    }
    ResultObject {
        rule_id: finding.rule,
        rule_index,
        level: level(finding.severity),
        message: message(finding),
        locations: [primary],
        related_locations: related,
        code_flows: finding
            .chains
            .iter()
            .map(|chain| code_flow(finding, chain.clone(), texts))
            .collect(),
        fixes: finding
            .fixes
            .iter()
            .filter_map(|made| fix(made, texts))
            .collect(),
        suppressions: match finding.status {
            Status::Open => Vec::new(),
            Status::Ignored => vec![Suppression { kind: "inSource" }],
        },
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, fingerprint(finding, texts))]),
        properties: ResultProperties {
            confidence: tool::precision(finding.confidence),
        },
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The fact as the first sentence, then the cure, the arithmetic, and links to the related places: GitHub shows a
/// related place only where the words link to it.
fn message(finding: &Finding) -> Words {
    let said = [&finding.message, &finding.help];
    let mut sentences: Vec<String> = said
        .into_iter()
        .chain(&finding.notes)
        .filter(|text| !text.is_empty())
        .map(|text| escaped(&sentence(text)).replace("](", "\\]("))
        .collect();
    let links = finding.related.iter().enumerate().map(|(at, related)| {
        let words = escaped(&related.message)
            .replace('\\', "\\\\")
            .replace('[', "\\[")
            .replace(']', "\\]");
        format!("[{words}]({})", at + 1)
    });
    let links: Vec<String> = links.collect();
    if !links.is_empty() {
        sentences.push(format!("See: {}.", links.join(", ")));
    }
    Words {
        text: sentences.join(" "),
        markdown: None,
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    let mut sentence: String = first.into_iter().flatten().chain(chars).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// Text in which no brace is a placeholder.
fn escaped(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

fn words(text: &str) -> Words {
    Words {
        text: escaped(text),
        markdown: None,
    }
}

fn notification(note: &Note, texts: &Texts<'_>) -> Notification {
    let location = note.path.as_ref().map(|path| Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: artifact(&texts.paths().written(path)),
            region: None,
        },
        logical_locations: Vec::new(),
        message: None,
    });
    Notification {
        level: "note",
        message: words(&sentence(&note.message)),
        locations: location.into_iter().collect(),
    }
}

/// How the program gets to the primary place: the places of a chain in the order in which they happen.
fn code_flow(finding: &Finding, chain: Range<usize>, texts: &Texts<'_>) -> CodeFlow {
    let steps = finding.related[chain].iter().rev();
    let steps = steps.map(|related| (related.place, &related.message));
    let locations = steps
        .chain([(finding.place, &finding.message)])
        .map(|(place, message)| ThreadFlowLocation {
            location: location(place, message, texts),
        })
        .collect();
    CodeFlow {
        thread_flows: [ThreadFlow { locations }],
    }
}

fn location(place: Place, message: &str, texts: &Texts<'_>) -> Location {
    let text = texts.text(place.file);
    let is_settings = texts.sources().is_settings(place.file);
    Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: artifact(&texts.address(place.file)),
            region: Some(Region {
                snippet: snippet(&text, place.span, is_settings),
                ..region(&text, place.span)
            }),
        },
        logical_locations: Vec::new(),
        message: (!message.is_empty()).then(|| words(message)),
    }
}

/// A path as a relative reference of RFC 3986.
fn artifact(path: &str) -> ArtifactLocation {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    ArtifactLocation {
        uri,
        uri_base_id: BASE,
    }
}

fn region(text: &Text<'_>, span: Span) -> Region {
    let end = span.end.max(span.start);
    let (start_line, start_column) = position(text, span.start);
    let (end_line, end_column) = position(text, end);
    Region {
        start_line,
        start_column,
        end_line,
        end_column,
        byte_offset: span.start,
        byte_length: end - span.start,
        snippet: None,
    }
}

/// Line and column. Behind the last line end there is no line: that place is a column of the last line.
fn position(text: &Text<'_>, offset: u32) -> (usize, usize) {
    let at = text.line_column(offset);
    if offset as usize >= text.bytes.len() && at.column == 1 && at.line > 1 {
        let last = text.lines.line_span(&text.bytes, at.line - 1);
        let line = String::from_utf8_lossy(&text.bytes[last.start as usize..]);
        let line = line.trim_start_matches(if last.start == 0 { "\u{feff}" } else { "" });
        return (at.line - 1, line.chars().count() + 1);
    }
    (at.line, at.column)
}

/// The source itself, unless it holds a secret, is no UTF-8, or is long.
fn snippet(text: &Text<'_>, span: Span, is_settings: bool) -> Option<ArtifactContent> {
    let bytes = text.bytes.get(span.range())?;
    let quoted = std::str::from_utf8(bytes).ok()?;
    if quoted.is_empty() || quoted.len() > MAX_SNIPPET || holds_secret(text, span, is_settings) {
        return None;
    }
    Some(ArtifactContent {
        text: quoted.to_owned(),
    })
}

/// Whether a secret of one of its lines reaches into the span: what is around it tells what is one.
fn holds_secret(text: &Text<'_>, span: Span, is_settings: bool) -> bool {
    let lines = text.lines.line(span.start)..=text.lines.line(span.end);
    lines.into_iter().any(|number| {
        let line = text.lines.line_span(&text.bytes, number);
        let start = line.start as usize;
        secrets::find(&text.bytes[line.range()], is_settings)
            .iter()
            .any(|secret| {
                start + secret.start < span.end as usize && start + secret.end > span.start as usize
            })
    })
}

/// A fix that may be applied, unless it would write a secret into the log.
fn fix(made: &edit::Fix, texts: &Texts<'_>) -> Option<Fix> {
    if made.applicability == Applicability::Display {
        return None;
    }
    let leaks = |edit: &edit::Edit| {
        let is_settings = texts.sources().is_settings(edit.place.file);
        let lines = edit.content.split('\n');
        lines
            .into_iter()
            .any(|line| !secrets::find(line.as_bytes(), is_settings).is_empty())
    };
    let edits = made.all_edits();
    if edits.is_empty() || edits.iter().any(|edit| leaks(edit)) {
        return None;
    }
    let mut changes: BTreeMap<FileId, Vec<Replacement>> = BTreeMap::new();
    for edit in edits {
        let text = texts.text(edit.place.file);
        let inserted = (!edit.content.is_empty()).then(|| ArtifactContent {
            text: edit.content.clone(),
        });
        changes
            .entry(edit.place.file)
            .or_default()
            .push(Replacement {
                deleted_region: region(&text, edit.place.span),
                inserted_content: inserted,
            });
    }
    let title = match made.applicability {
        Applicability::Safe => sentence(&made.title),
        _ => format!("{} Read it before you apply it.", sentence(&made.title)),
    };
    Some(Fix {
        description: words(&title),
        artifact_changes: changes
            .into_iter()
            .map(|(file, replacements)| ArtifactChange {
                artifact_location: artifact(&texts.address(file)),
                replacements,
            })
            .collect(),
        properties: FixProperties {
            applicability: made.applicability.word(),
        },
    })
}

#[cfg(test)]
mod tests;
