//! The last strokes on a drawing of source.
//!
//! Takes what miette drew, in colour; gives it without miette's first line, with related marks lighter than primary
//! ones, without the bar that hangs down from a mark that has no words, and where box-drawing characters or colours
//! are not wanted, without these. Invariant: the source lines themselves stay as they are.

use miette::ThemeCharacters;

/// What `finish` has to know of a drawing.
pub(super) struct Ink<'a> {
    /// The characters it was drawn with.
    pub(super) marks: ThemeCharacters,
    /// Whether these are box-drawing characters.
    pub(super) unicode: bool,
    /// Whether colours are kept.
    pub(super) color: bool,
    /// The escape that starts the style of the primary label.
    pub(super) primary: &'a str,
    /// Whether the primary label is on one line and has no words.
    pub(super) bare_primary: bool,
}

impl Ink<'_> {
    /// Goes over a drawing.
    pub(super) fn finish(&self, drawing: &str) -> String {
        // The first line is the drawing's own message, which nobody needs: the caller says what there is to say.
        drawing
            .lines()
            .skip(1)
            .filter_map(|line| self.line(line))
            .collect()
    }

    fn line(&self, line: &str) -> Option<String> {
        let plain = without_escapes(line);
        let trimmed = plain.trim_start();
        if !self.unicode {
            let indent = plain.len() - trimmed.len();
            if trimmed.starts_with(self.marks.lbot) {
                return None;
            }
            let top = format!("{}{}[", self.marks.ltop, self.marks.hbar);
            if let Some(name) = trimmed.strip_prefix(&*top) {
                let name = name.strip_suffix(']').unwrap_or(name);
                let arrow = format!("{:1$}--> {name}\n", "", indent.saturating_sub(1));
                return Some(format!("{arrow}{:indent$}{}\n", "", self.marks.vbar));
            }
        }
        Some(match trimmed.strip_prefix(self.marks.vbar_break) {
            Some(under) => self.under(line, under),
            None => self.recolored(line, |char, _| char),
        })
    }

    /// A line below a source line: marks, or words. `plain` is what follows the margin, without colours.
    fn under(&self, line: &str, plain: &str) -> String {
        let is_mark = |char: char| {
            [self.marks.underline, self.marks.underbar, self.marks.uarrow].contains(&char)
        };
        if plain.contains(is_mark) && !plain.contains(self.marks.lbot) {
            return self.recolored(line, |char, in_primary| match (char, in_primary) {
                ('^', false) => '-',
                ('─', true) => '━',
                ('┬', true) => '┯',
                _ => char,
            });
        }
        self.recolored(line, |char, in_primary| {
            let hangs = self.bare_primary && in_primary && char == self.marks.vbar;
            if hangs { ' ' } else { char }
        })
    }

    /// The line with each character replaced, in the style of the primary label or not.
    fn recolored(&self, line: &str, replace: impl Fn(char, bool) -> char) -> String {
        let mut out = String::with_capacity(line.len() + 1);
        let mut in_primary = false;
        let mut rest = line;
        while let Some(char) = rest.chars().next() {
            if let Some(length) = escape_length(rest) {
                in_primary = &rest[..length] == self.primary;
                if self.color {
                    out.push_str(&rest[..length]);
                }
                rest = &rest[length..];
            } else {
                out.push(replace(char, in_primary));
                rest = &rest[char.len_utf8()..];
            }
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
        out
    }
}

/// The length of the colour escape at the start of a text. Source lines hold none: they were made fit for a terminal.
fn escape_length(text: &str) -> Option<usize> {
    text.strip_prefix("\x1b[")?.find('m').map(|at| at + 3)
}

fn without_escapes(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        out + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}
