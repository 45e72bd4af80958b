//! The text that edits are made in: its tokens, and the habits of whoever wrote it.
//!
//! Takes the bytes of a file; gives tokens, line ends, indentation, quotes and the width that lines may have.
//! Invariant: a file that is not UTF-8 or cannot be read in full has no [`Text`], and so no edit.

use crate::frontend::{self, Token};
use crate::source::{Language, Span};
use std::collections::BTreeSet;

/// Lines may grow to this many characters, or to the longest line of the file if that is longer.
const USUAL_WIDTH: usize = 88;

/// No line is made longer than this because another one is.
const MOST_WIDTH: usize = 120;

/// A file that can be edited.
#[derive(Debug)]
pub struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
}

impl<'a> Text<'a> {
    /// Reads the tokens of a file; `None` when it must not be edited.
    pub fn new(language: Language, bytes: &'a [u8]) -> Option<Self> {
        Some(Self {
            text: std::str::from_utf8(bytes).ok()?,
            tokens: frontend::tokens(language, bytes)?,
        })
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &'a str {
        &self.text[span.range()]
    }

    /// How lines end: as the first one does.
    pub(super) fn newline(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// One level of indentation: the smallest that a line of the file has.
    pub(super) fn indent_unit(&self) -> &'a str {
        let indents = self.text.lines().filter_map(|line| {
            let rest = line.trim_start_matches([' ', '\t']);
            let indent = &line[..line.len() - rest.len()];
            (!indent.is_empty() && !rest.is_empty() && indent.trim_matches('\t').is_empty()
                || indent.len() >= 2 && indent.trim_matches(' ').is_empty())
            .then_some(indent)
        });
        indents.min_by_key(|indent| indent.len()).unwrap_or("    ")
    }

    /// The quote that strings of the file have, most of them.
    pub(super) fn quote(&self) -> char {
        let starts = self
            .tokens
            .iter()
            .filter(|token| token.kind == Token::STRING);
        let (single, double): (Vec<_>, Vec<&Token>) =
            starts.partition(|token| self.slice(token.span).ends_with('\''));
        if single.len() > double.len() {
            '\''
        } else {
            '"'
        }
    }

    /// How many characters a line may have.
    pub(super) fn width(&self) -> usize {
        let longest = self.text.lines().map(|line| line.chars().count()).max();
        longest.unwrap_or(0).clamp(USUAL_WIDTH, MOST_WIDTH)
    }

    /// Where the line of a byte starts.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Where the line of a byte ends, its line end left out.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |newline| at + newline);
        if self.text[at..end].ends_with('\r') {
            end - 1
        } else {
            end
        }
    }

    /// Where the line after that of a byte starts; the end of the text when there is none.
    pub(super) fn next_line(&self, at: usize) -> usize {
        self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// The white space that the line of a byte starts with.
    pub(super) fn indent(&self, at: usize) -> &'a str {
        let line = &self.text[self.line_start(at)..];
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        let rest = line.trim_start_matches([' ', '\t']);
        &line[..line.len() - rest.len()]
    }

    /// Whether nothing but white space stands before a byte in its line.
    pub(super) fn starts_line(&self, at: usize) -> bool {
        let line = &self.text[self.line_start(at)..at];
        line.trim_start_matches('\u{feff}').trim().is_empty()
    }

    /// Whether nothing but white space follows a byte in its line.
    pub(super) fn ends_line(&self, at: usize) -> bool {
        self.text[at..self.line_end(at)].trim().is_empty()
    }

    /// The comment that follows a byte in its line, with nothing but white space between.
    pub(super) fn comment_behind(&self, at: usize) -> Option<Span> {
        let next = self
            .tokens
            .partition_point(|token| (token.span.start as usize) < at);
        let token = self.tokens.get(next)?;
        let start = token.span.start as usize;
        (token.kind == Token::COMMENT && self.text[at..start].trim_matches([' ', '\t']).is_empty())
            .then_some(token.span)
    }

    /// Whether `new`, made of this text by edits, has the same tokens outside of them.
    pub fn is_same_outside(&self, new: &Text<'_>, edits: &BTreeSet<(Span, &str)>) -> bool {
        let (mut old_cuts, mut new_cuts) = (Vec::new(), Vec::new());
        let mut moved: i64 = 0;
        for (span, content) in edits {
            let start = i64::from(span.start) + moved;
            moved += content.len() as i64 - i64::from(span.end - span.start);
            old_cuts.push((i64::from(span.start), i64::from(span.end)));
            new_cuts.push((start, start + content.len() as i64));
        }
        let outside = |text: &Text<'_>, cuts: &[(i64, i64)]| -> Vec<(&'static str, String)> {
            let is_outside = |token: &&Token| {
                let (start, end) = (i64::from(token.span.start), i64::from(token.span.end));
                let next = cuts.partition_point(|cut| cut.1 <= start);
                cuts.get(next).is_none_or(|cut| end <= cut.0)
            };
            let tokens = text.tokens.iter().filter(is_outside);
            tokens
                .map(|token| (token.kind, text.slice(token.span).to_owned()))
                .collect()
        };
        outside(self, &old_cuts) == outside(new, &new_cuts)
    }

    /// The tokens that lie in a span.
    pub(super) fn tokens_in(&self, span: Span) -> &[Token] {
        let from = self
            .tokens
            .partition_point(|token| token.span.start < span.start);
        let to = self
            .tokens
            .partition_point(|token| token.span.start < span.end);
        &self.tokens[from..to.max(from)]
    }
}
