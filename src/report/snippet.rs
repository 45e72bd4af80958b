//! Pieces of source with labels.
//!
//! Takes a text and labelled spans of it; gives the lines around them, drawn. A file as it is on disk is not fit for a
//! terminal: here tabs become spaces, what a terminal would obey becomes an escape, secrets become `***`, lines are
//! cut to the width. Invariant: no output line is wider than the style says, and a label stays under its bytes.

mod line;

use super::Text;
use super::ink::Ink;
use crate::finding::Severity;
use crate::source::Span;
use line::{Line, at_column, margin};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::fmt;
use textwrap::core::display_width;

/// How to draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// With ANSI colours.
    pub color: bool,
    /// With box-drawing characters.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

impl Style {
    /// The styles for words.
    pub(super) fn words(self) -> ThemeStyles {
        if self.color {
            ThemeStyles::ansi()
        } else {
            ThemeStyles::none()
        }
    }

    fn characters(self) -> ThemeCharacters {
        if self.unicode {
            return ThemeCharacters::unicode();
        }
        ThemeCharacters {
            vbar_break: '|',
            underbar: '^',
            ..ThemeCharacters::ascii()
        }
    }

    fn dots(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

/// A span and what is said of it.
#[derive(Clone, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty.
    pub message: String,
    /// Whether it is the place that the whole report is about.
    pub is_primary: bool,
}

/// A text with labels to be drawn.
pub struct Source<'a> {
    /// The path to show, already fit for a terminal.
    pub path: &'a str,
    /// The text.
    pub text: &'a Text<'a>,
    /// Whether it is a settings file, whose values are secret.
    pub is_settings: bool,
}

/// A span of more lines is drawn as its first line.
const MAX_LINES: usize = 8;
/// Labels with at most this many lines between them share a snippet.
const MAX_GAP: usize = 2;
/// The room that a label's words need behind their mark.
const WORDS_WIDTH: usize = 30;
/// Words are never wrapped narrower than this.
const MIN_WORDS_WIDTH: usize = 16;

/// Draws the labels of one text: snippets in the order in which their labels are given.
pub fn render(source: &Source<'_>, labels: &[Label], severity: Severity, style: Style) -> String {
    let lines = |label: &Label| {
        let last = label.span.end.saturating_sub(1).max(label.span.start);
        (
            source.text.lines.line(label.span.start),
            source.text.lines.line(last),
        )
    };
    let mut labels: Vec<_> = labels.iter().cloned().enumerate().collect();
    for (_, label) in &mut labels {
        let (first, last) = lines(label);
        if last - first >= MAX_LINES {
            label.span.end = source.text.lines.line_span(&source.text.bytes, first).end;
        }
    }
    labels.sort_by_key(|(_, label)| (label.span.start, label.span.end));
    let mut groups: Vec<(usize, usize, Vec<Label>)> = Vec::new();
    let mut last_line = 0;
    for (order, label) in labels {
        let (first, last) = lines(&label);
        match groups.last_mut() {
            Some((least, end, group)) if first <= last_line + MAX_GAP + 1 => {
                *least = order.min(*least);
                *end = last.max(*end);
                group.push(label);
            }
            _ => groups.push((order, last, vec![label])),
        }
        last_line = last.max(if groups.len() > 1 { last } else { last_line });
    }
    groups.sort_by_key(|(order, ..)| *order);
    let snippets = groups
        .into_iter()
        .map(|(_, _, group)| draw(source, group, severity, style));
    snippets.collect()
}

/// Draws one snippet.
fn draw(source: &Source<'_>, labels: Vec<Label>, severity: Severity, style: Style) -> String {
    let Text { bytes, lines } = source.text;
    let line_of = |offset: u32| lines.line(offset);
    let first = labels
        .iter()
        .map(|label| line_of(label.span.start))
        .min()
        .unwrap_or(1);
    let last = labels
        .iter()
        .map(|label| line_of(label.span.end.saturating_sub(1).max(label.span.start)))
        .max()
        .unwrap_or(1);
    let lead = labels
        .iter()
        .find(|label| label.is_primary)
        .or(labels.first());
    let at = source
        .text
        .line_column(lead.map_or(0, |label| label.span.start));
    let name = format!("{}:{}:{}", source.path, at.line, at.column);

    let is_tall = |label: &Label| {
        let last = label.span.end.saturating_sub(1).max(label.span.start);
        line_of(label.span.start) != line_of(last)
    };
    // Labels of several lines are drawn left of the source, one column for each and three for their arrows; the tip of
    // an arrow may stand behind the source.
    let tall = labels.iter().filter(|label| is_tall(label)).count();
    let gutter = (last + 1).to_string().len() + 4 + if tall > 0 { tall + 4 } else { 0 };
    let room = style.width.saturating_sub(gutter).max(WORDS_WIDTH + 10);

    // The lines, made fit; `laid` remembers where each came from.
    let mut text = String::new();
    let mut laid: Vec<(Span, usize, Line)> = Vec::new();
    let is_blank = |line: usize| {
        bytes[lines.line_span(bytes, line).range()]
            .trim_ascii()
            .is_empty()
    };
    let mut from = if first > 1 && !is_blank(first - 1) {
        first - 1
    } else {
        first
    };
    let to = if is_blank(last + 1) { last } else { last + 1 };
    let mut fit: Vec<(Span, Line)> = (from..=to)
        .map(|number| {
            let span = lines.line_span(bytes, number);
            (span, Line::new(&bytes[span.range()], source.is_settings))
        })
        .collect();
    let skip = margin(&fit, &labels, room, style.dots());
    // A line that is only there to show what is around the marks does not do so in pieces.
    if from < first && fit[0].1.loses(skip) {
        fit.remove(0);
        from += 1;
    }
    if last < to && fit.last().is_some_and(|(_, line)| line.loses(skip)) {
        fit.pop();
    }
    for (span, line) in fit {
        let line = line.cut(room, skip, style.dots());
        let at = text.len();
        text.push_str(&line.text);
        text.push('\n');
        laid.push((span, at, line));
    }
    let moved = |offset: u32| {
        let (span, at, line) = laid
            .iter()
            .rev()
            .find(|(span, ..)| span.start <= offset)
            .or(laid.first())?;
        let within = (offset.max(span.start) - span.start) as usize;
        Some(at + line.offset(within))
    };
    let column = |at: usize| {
        let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
        display_width(&text[line..at])
    };
    let mut placed: Vec<(usize, usize, Label)> = labels
        .into_iter()
        .filter_map(|label| {
            let (start, end) = (moved(label.span.start)?, moved(label.span.end)?);
            // A place that ends with a line does not reach into the next one.
            let length = text.get(start..end)?.trim_end_matches('\n').len();
            // A point behind a full line is drawn under its last character.
            let start = match text[..start].char_indices().next_back() {
                Some((last, _)) if length == 0 && column(start) >= room => last,
                _ => start,
            };
            Some((start, start + length, label))
        })
        .collect();
    part(&mut placed, &text);

    // Words need room behind their mark, and no two marks can share a place. A mark that is too far right, or on top of
    // another, gets a snippet of its own; one that is only too long is cut.
    let farthest = room.saturating_sub(4 + MIN_WORDS_WIDTH);
    let mut near: Vec<(usize, usize, Label)> = Vec::new();
    let mut far: Vec<Label> = Vec::new();
    for (start, end, label) in placed {
        let is_on_top = near.iter().any(|(other, other_end, _)| {
            !text[*other..*other_end].contains('\n')
                && *other <= start
                && start < *other_end.max(&(other + 1))
        });
        // Words that fit on a line may stand at its end; others need room to be wrapped in.
        let space = room.saturating_sub(4 + column(start));
        let is_cramped = space < MIN_WORDS_WIDTH + 4 && display_width(&label.message) > space;
        let is_far = !label.message.is_empty() && (column(start) > farthest || is_cramped);
        if is_on_top || is_far && !near.is_empty() {
            far.push(label);
        } else {
            near.push((start, end, label));
        }
    }
    if !far.is_empty() {
        let near = near.into_iter().map(|(.., label)| label).collect();
        return draw(source, near, severity, style) + &draw(source, far, severity, style);
    }
    let mut placed = near;
    for (start, end, label) in &mut placed {
        if !label.message.is_empty() && !text[*start..*end].contains('\n') {
            let widest = (2 * farthest).saturating_sub(2 * column(*start)).max(1);
            *end = *start + at_column(&text[*start..*end], widest);
        }
    }

    // Drawn in colour always: the colours tell whose mark is whose.
    let styles = ThemeStyles::ansi();
    let primary = match severity {
        Severity::Error => styles.error.bold(),
        Severity::Warning => styles.warning.bold(),
        Severity::Info => styles.advice.bold(),
    };
    let related = ThemeStyles::none().link.blue();
    let highlights = placed
        .iter()
        .map(|(.., label)| if label.is_primary { primary } else { related });
    let theme = GraphicalTheme {
        characters: style.characters(),
        styles: ThemeStyles {
            highlights: highlights.collect(),
            link: related,
            ..styles
        },
    };
    let is_bare = |label: &Label| !label.is_primary || label.message.is_empty();
    let bare_primary = tall == 0 && placed.iter().all(|(.., label)| is_bare(label));
    let labels = placed
        .into_iter()
        .map(|(start, end, label)| {
            let middle = match text[start..end].contains('\n') {
                true => 0,
                false => column(start) + display_width(&text[start..end]) / 2,
            };
            let width = room.saturating_sub(middle + 4);
            let words = wrap(&label.message, width.max(MIN_WORDS_WIDTH));
            let words = (!words.is_empty()).then_some(words);
            if label.is_primary {
                LabeledSpan::new_primary_with_span(words, start..end)
            } else {
                LabeledSpan::new_with_span(words, start..end)
            }
        })
        .collect();
    let drawing = Drawing {
        labels,
        lines: Lines {
            name,
            first: from,
            text,
        },
    };
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(theme)
        .without_syntax_highlighting()
        .without_primary_span_start()
        .with_width(style.width);
    if handler.render_report(&mut out, &drawing).is_err() {
        return String::new();
    }
    let primary = primary.style("").to_string();
    let ink = Ink {
        marks: style.characters(),
        unicode: style.unicode,
        color: style.color,
        primary: primary.strip_suffix("\x1b[0m").unwrap_or(&primary),
        bare_primary,
    };
    ink.finish(&out)
}

/// Keeps spans of one line apart, for they are drawn on one line: an outer span gives way to what lies in it.
fn part(placed: &mut [(usize, usize, Label)], text: &str) {
    placed.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    for at in 1..placed.len() {
        let (start, end) = (placed[at].0, placed[at].1);
        for outer in (0..at).rev() {
            let (outer_start, outer_end, _) = placed[outer];
            if outer_end <= start || text[outer_start..outer_end].contains('\n') {
                continue;
            }
            if outer_start < start {
                let before = text[outer_start..start].trim_end_matches([' ', ',']);
                placed[outer].1 = outer_start + before.len();
            } else if end < outer_end {
                placed[outer].0 = end;
            }
        }
    }
    placed.sort_by_key(|(start, end, _)| (*start, *end));
}

/// The words of a label on lines of at most `width` columns.
fn wrap(words: &str, width: usize) -> String {
    textwrap::fill(&super::printable(words), super::full::wrapping(width))
}

/// What miette draws.
#[derive(Debug)]
struct Drawing {
    labels: Vec<LabeledSpan>,
    lines: Lines,
}

/// The lines of a snippet.
#[derive(Debug)]
struct Lines {
    name: String,
    /// Number of the first line, from 1.
    first: usize,
    text: String,
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("-")
    }
}

impl std::error::Error for Drawing {}

impl Diagnostic for Drawing {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.lines)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl SourceCode for Lines {
    /// Always all lines: a snippet has been cut to what is to be seen.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            self.first - 1,
            0,
            self.text.lines().count(),
        )))
    }
}
