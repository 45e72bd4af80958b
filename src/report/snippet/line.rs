//! Lines of a snippet: what a person sees of the bytes of a line, and how much of it.
//!
//! Takes the bytes of a line; gives text without tabs, escapes and secrets, and the way from its bytes into it.
//! Invariant: a byte of the line leads to the text that shows it, or to where it was cut off.

use super::{Label, WORDS_WIDTH};
use crate::report::{push_printable, secrets};
use crate::source::Span;
use textwrap::core::display_width;

/// A line made fit for a terminal, and where its bytes went.
pub(super) struct Line {
    /// The text.
    pub(super) text: String,
    /// For each byte of the original, and its end: the byte of `text`.
    map: Vec<u32>,
}

impl Line {
    /// Makes one line, without its end, fit.
    pub(super) fn new(bytes: &[u8], is_settings: bool) -> Self {
        let mut line = Self {
            text: String::new(),
            map: Vec::with_capacity(bytes.len() + 1),
        };
        let mut column = 0;
        let mut at = 0;
        for secret in secrets::find(bytes, is_settings) {
            line.push(&bytes[at..secret.start], &mut column);
            let start = line.text.len() as u32;
            line.text.push_str(secrets::MASK);
            column += secrets::MASK.len();
            line.map.extend(secret.clone().map(|_| start));
            at = secret.end;
        }
        line.push(&bytes[at..], &mut column);
        line.map.push(line.text.len() as u32);
        line
    }

    fn push(&mut self, bytes: &[u8], column: &mut usize) {
        for chunk in bytes.utf8_chunks() {
            for char in chunk.valid().chars() {
                let start = self.text.len();
                self.map
                    .extend(std::iter::repeat_n(start as u32, char.len_utf8()));
                match char {
                    '\t' => self.text.extend(std::iter::repeat_n(' ', 4 - *column % 4)),
                    '\u{feff}' if start == 0 => {}
                    _ => push_printable(&mut self.text, char),
                }
                *column += display_width(&self.text[start..]);
            }
            for byte in chunk.invalid() {
                self.map.push(self.text.len() as u32);
                self.text.push_str(&format!("\\x{byte:02x}"));
                *column += 4;
            }
        }
    }

    /// The byte of the text that shows the byte `at` of the original.
    pub(super) fn offset(&self, at: usize) -> usize {
        self.map
            .get(at)
            .or(self.map.last())
            .map_or(0, |at| *at as usize)
    }

    /// Whether something would be seen no more without the first `skip` columns.
    pub(super) fn loses(&self, skip: usize) -> bool {
        !self.text[..at_column(&self.text, skip)]
            .trim_start()
            .is_empty()
    }

    /// The line without its first `skip` columns, cut to `room`. White space is left out without a word.
    pub(super) fn cut(mut self, room: usize, skip: usize, dots: &str) -> Self {
        if skip == 0 && display_width(&self.text) <= room {
            return self;
        }
        let from = at_column(&self.text, skip);
        let (head, room) = match self.loses(skip) {
            true => (dots, room - dots.len()),
            false => ("", room),
        };
        let rest = &self.text[from..];
        let (to, tail) = if display_width(rest) <= room {
            (self.text.len(), "")
        } else {
            (from + at_column(rest, room - dots.len()), dots)
        };
        let text = format!("{head}{}{tail}", &self.text[from..to]);
        for at in &mut self.map {
            let old = *at as usize;
            let new = match old {
                _ if old < from => 0,
                _ if old <= to => head.len() + old - from,
                _ => text.len(),
            };
            *at = new as u32;
        }
        Self {
            text,
            map: self.map,
        }
    }
}

/// How many bytes of `text` fit into so many columns.
pub(super) fn at_column(text: &str, columns: usize) -> usize {
    let mut seen = 0;
    let mut buffer = [0; 4];
    for (at, char) in text.char_indices() {
        seen += display_width(char.encode_utf8(&mut buffer));
        if seen > columns {
            return at;
        }
    }
    text.len()
}

/// How many columns are left out at the left of all lines of a snippet: as few as let the marks be seen to their ends,
/// if possible with room for words behind them, and never so many that the start of a mark is lost.
pub(super) fn margin(lines: &[(Span, Line)], labels: &[Label], room: usize, dots: &str) -> usize {
    let (mut for_words, mut for_ends) = (0, 0);
    let mut most = usize::MAX;
    for (span, line) in lines {
        let column = |offset: u32| {
            let within = offset.max(span.start) - span.start;
            display_width(&line.text[..line.offset(within as usize)])
        };
        let beyond = |end: usize| match end > room {
            true => end + 2 * dots.len() - room,
            false => 0,
        };
        let is_here = |label: &&Label| (span.start..=span.end).contains(&label.span.start);
        for label in labels.iter().filter(is_here) {
            let start = column(label.span.start);
            let end = column(label.span.end.min(span.end));
            for_ends = for_ends.max(beyond(end));
            if !label.message.is_empty() {
                // Words hang on the middle of their mark.
                let words = 4 + display_width(&label.message).min(WORDS_WIDTH);
                for_words = for_words.max(beyond((start + end) / 2 + words));
            }
            most = most.min(start);
        }
    }
    // When something is cut anyway, what is before the mark helps to read it.
    [for_words.max(for_ends), for_ends]
        .into_iter()
        .find(|wanted| *wanted <= most)
        .unwrap_or(most.saturating_sub(8))
}
