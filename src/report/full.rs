//! The report for people: each finding with its places drawn, the cure and the arithmetic.
//!
//! Takes folded findings; ignored ones are left out. Invariant: no line is wider than the style says, but for a path,
//! a name that cannot be broken, and the lines of a repair.

use super::secrets;
use super::snippet::{self, Label, Source, Style};
use super::{Text, Texts, count, printable, severity_word};
use crate::catalog;
use crate::config;
use crate::diff;
use crate::edit::{self, Applicability, Fix};
use crate::finding::{Finding, Related, Severity, Status};
use crate::source::{FileId, Place, Span};
use std::borrow::Cow;
use std::io::{self, Write};
use textwrap::{Options, WordSeparator, WordSplitter};

/// So many related places are drawn; the rest is listed.
const MAX_DRAWN: usize = 6;
/// So many repeats, or related places that are not drawn, are listed.
const MAX_LISTED: usize = 10;

/// Writes the report.
pub fn write(
    findings: &[Finding],
    texts: &Texts<'_>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    for finding in findings
        .iter()
        .filter(|finding| finding.status == Status::Open)
    {
        writeln!(out, "{}", render(finding, texts, style))?;
    }
    Ok(())
}

/// One finding, with a line end.
fn render(finding: &Finding, texts: &Texts<'_>, style: Style) -> String {
    let mut out = header(
        finding.severity,
        Some(finding.rule),
        &finding.message,
        style,
    );
    let (drawn, listed) = finding
        .related
        .split_at(finding.related.len().min(MAX_DRAWN));
    let mut files: Vec<(FileId, Vec<Label>)> = Vec::new();
    let primary = (finding.place, "", true);
    let said: Vec<String> = (0..)
        .zip(drawn)
        .map(|(at, related)| words(finding, at, related))
        .collect();
    let related = drawn
        .iter()
        .zip(&said)
        .map(|(related, said)| (related.place, &**said, false));
    for (Place { file, span }, message, is_primary) in std::iter::once(primary).chain(related) {
        let label = Label {
            span,
            message: message.to_owned(),
            is_primary,
        };
        // The steps of a chain keep their order, though it comes back to a file.
        let last = files.len().saturating_sub(1);
        let open = match is_walk(finding) {
            true => files.get_mut(last).filter(|(other, _)| *other == file),
            false => files.iter_mut().find(|(other, _)| *other == file),
        };
        match open {
            Some((_, labels)) => labels.push(label),
            None => files.push((file, vec![label])),
        }
    }
    for (file, labels) in files {
        let source = Source {
            path: &texts.path(file),
            text: &texts.text(file),
            is_settings: texts.sources().is_settings(file),
        };
        out.push_str(&snippet::render(&source, &labels, finding.severity, style));
    }
    if !listed.is_empty() {
        let lines = listed.iter().enumerate().map(|(number, related)| {
            let at = texts.start(related.place);
            let said = words(finding, drawn.len() + number, related);
            format!(
                "{}:{}:{} {}",
                texts.path(related.place.file),
                at.line,
                at.column,
                printable(&said)
            )
        });
        out.push_str(&list("also", lines, listed.len(), style));
    }
    if !finding.help.is_empty() {
        out.push_str(&paragraph("help", &finding.help, style));
    }
    if let Some(fix) = finding.fixes.first() {
        out.push_str(&repair(fix, texts, style));
    }
    for note in &finding.notes {
        out.push_str(&paragraph("note", note, style));
    }
    if !finding.repeats.is_empty() {
        let number = finding.repeats.len();
        let title = format!("the same in {}", count(number, "more place"));
        let lines = finding
            .repeats
            .iter()
            .map(|place| format!("{}:{}", texts.path(place.file), texts.start(*place).line));
        out.push_str(&list(&title, lines, number, style));
    }
    out
}

/// Whether all related places are steps of one chain, read from the primary place outwards.
fn is_walk(finding: &Finding) -> bool {
    let all = 0..finding.related.len();
    all.len() > 1 && finding.chains.first() == Some(&all)
}

/// What is said of the related place number `at`; the steps of a chain are numbered.
fn words(finding: &Finding, at: usize, related: &Related) -> String {
    match is_walk(finding) {
        true => format!("{}. {}", at + 1, related.message),
        false => related.message.clone(),
    }
}

/// `warning[null-pool]: message`.
fn header(severity: Severity, rule: Option<&str>, message: &str, style: Style) -> String {
    let styles = style.words();
    let color = match severity {
        Severity::Error => styles.error,
        Severity::Warning => styles.warning,
        Severity::Info => styles.advice,
    };
    let rule = rule.map(|rule| format!("[{rule}]")).unwrap_or_default();
    let word = format!("{}{rule}:", severity_word(severity));
    let text = format!("{word} {}", printable(message));
    let text = textwrap::fill(&text, wrapping(style.width).subsequent_indent("  "));
    if !style.color {
        return format!("{text}\n");
    }
    let rest = text.strip_prefix(&word).unwrap_or_default();
    format!(
        "{}{}\n",
        color.bold().style(&word),
        styles.linum.remove_all_effects().bold().style(rest)
    )
}

/// `  help: …`, wrapped and indented under itself.
fn paragraph(word: &str, text: &str, style: Style) -> String {
    let styled = if style.color {
        style.words().help.style(format!("{word}:")).to_string()
    } else {
        format!("{word}:")
    };
    let indent = " ".repeat(word.len() + 4);
    let width = style.width.saturating_sub(indent.len());
    let lines: Vec<_> = textwrap::wrap(&printable(text), wrapping(width))
        .iter()
        .enumerate()
        .map(|(at, line)| {
            if at == 0 {
                format!("  {styled} {line}\n")
            } else {
                format!("{indent}{line}\n")
            }
        })
        .collect();
    lines.concat()
}

/// What a fix would change: the lines that go and come, without their surroundings.
fn repair(fix: &Fix, texts: &Texts<'_>, style: Style) -> String {
    let how = match fix.applicability {
        Applicability::Safe => "--fix",
        Applicability::Unsafe => "--fix --unsafe-fixes",
        Applicability::Display => "only shown",
    };
    let mut out = paragraph("fix", &format!("{} ({how})", fix.title), style);
    let edits = fix.all_edits();
    let mut files: Vec<FileId> = edits.iter().map(|edit| edit.place.file).collect();
    files.dedup();
    for file in files {
        let text = texts.text(file);
        let own = edits.iter().filter(|edit| edit.place.file == file);
        let new = edit::apply(
            &text.bytes,
            own.map(|edit| (edit.place.span, edit.content.as_str())),
        );
        let is_settings = texts.sources().is_settings(file);
        for line in diff::hunks(&text.bytes, &new, 0).split(|byte| *byte == b'\n') {
            let Some((sign @ (b'-' | b'+'), line)) = line.split_first() else {
                continue;
            };
            let line = secrets::mask(line, is_settings);
            let line = printable(&String::from_utf8_lossy(&line));
            let line = format!("{}{}", char::from(*sign), line.trim_end());
            let color = match sign {
                b'-' => style.words().error,
                _ => style.words().help,
            };
            let line = if style.color {
                color.style(&line).to_string()
            } else {
                line
            };
            out.push_str(&format!("    {line}\n"));
        }
    }
    out
}

/// A titled list, cut to [`MAX_LISTED`].
fn list(title: &str, lines: impl Iterator<Item = String>, number: usize, style: Style) -> String {
    let mut out = paragraph(title, "", style).trim_end().to_owned();
    out.push('\n');
    for line in lines.take(MAX_LISTED) {
        let options = wrapping(style.width)
            .initial_indent("    ")
            .subsequent_indent("      ");
        out.push_str(&textwrap::fill(&line, options));
        out.push('\n');
    }
    if number > MAX_LISTED {
        out.push_str(&format!("    and {} more\n", number - MAX_LISTED));
    }
    out
}

/// Wraps at spaces only: code, paths and hyphenated names stay whole.
pub(super) fn wrapping<'a>(width: usize) -> Options<'a> {
    Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
}

/// An error that ends the run.
pub fn error(message: &str, style: Style) -> String {
    header(Severity::Error, None, message, style)
}

/// A broken catalog file: what is wrong, and its line with a caret.
pub fn catalog_error(error: &catalog::Error, style: Style) -> String {
    let mut out = header(Severity::Error, None, &error.to_string(), style);
    let text = Text::new(Cow::Borrowed(error.text.as_bytes()));
    if let Some((line, column)) = error.line_column {
        let span = text.lines.line_span(&text.bytes, line);
        let shown = String::from_utf8_lossy(&text.bytes[span.range()]).into_owned();
        let within: usize = shown
            .chars()
            .take(column.saturating_sub(1))
            .map(char::len_utf8)
            .sum();
        let at = span.start as usize + within;
        let span = Span::new(at, (at + 1).min(span.end as usize).max(at));
        out.push_str(&pointed_at(&error.path, &text, span, "here", style));
    }
    out
}

/// A configuration that cannot be used, with the words that are wrong.
pub fn config_error(error: &config::Error, style: Style) -> String {
    let mut out = header(Severity::Error, None, &error.to_string(), style);
    if let Some(span) = error.span {
        let text = Text::new(Cow::Borrowed(error.text.as_bytes()));
        out.push_str(&pointed_at(&error.path, &text, span, "", style));
    }
    out
}

/// A place in a file that belongs to no project.
fn pointed_at(path: &str, text: &Text<'_>, span: Span, message: &str, style: Style) -> String {
    if text.bytes.is_empty() {
        return String::new();
    }
    let label = Label {
        span,
        message: message.to_owned(),
        is_primary: true,
    };
    let source = Source {
        path: &printable(path),
        text,
        is_settings: false,
    };
    snippet::render(&source, &[label], Severity::Error, style)
}

#[cfg(test)]
mod tests;
