//! The text of a file as the lexer gets it, and the places of its tokens and comments as they are on disk.

use super::Token;
use crate::source::Span;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

const BOM: &str = "\u{feff}";

/// A file without what stands before its code.
pub(super) struct Text<'t> {
    /// The code.
    pub(super) code: &'t str,
    /// Where it starts in the file.
    base: usize,
    /// Where each line of the code starts.
    lines: Vec<usize>,
}

impl<'t> Text<'t> {
    /// The code of a file: without byte order mark and `#!` line. The error is the offset of the first byte that is not
    /// UTF-8.
    pub(super) fn new(bytes: &'t [u8]) -> Result<Self, usize> {
        let all = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
        let mut code = all.strip_prefix(BOM).unwrap_or(all);
        // `#![attribute]` is no such line.
        let shebang = code
            .strip_prefix("#!")
            .is_some_and(|rest| !rest.trim_start().starts_with('['));
        if shebang {
            code = &code[code.find('\n').unwrap_or(code.len())..];
        }
        let ends = memchr::memchr_iter(b'\n', code.as_bytes());
        Ok(Self {
            code,
            base: all.len() - code.len(),
            lines: std::iter::once(0).chain(ends.map(|at| at + 1)).collect(),
        })
    }

    /// The bytes of a token in the file.
    pub(super) fn span(&self, span: proc_macro2::Span) -> Span {
        let range = self.range(span);
        Span::new(self.base + range.start, self.base + range.end)
    }

    /// The bytes of a token in the code. `Span::byte_range` says the same and keeps a tree of all places ever asked for.
    fn range(&self, span: proc_macro2::Span) -> std::ops::Range<usize> {
        self.offset(span.start())..self.offset(span.end())
    }

    fn offset(&self, at: proc_macro2::LineColumn) -> usize {
        let line = at.line.saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or_default();
        let end = self.lines.get(line + 1).copied();
        let text = &self.code[start..end.unwrap_or(self.code.len())];
        // Columns are counted in characters.
        let before = text.get(..at.column).filter(|before| before.is_ascii());
        start + before.map_or_else(|| bytes_of_chars(text, at.column), str::len)
    }

    /// What is written at a place.
    pub(super) fn at(&self, span: Span) -> &'t str {
        let (start, end) = (span.start as usize, span.end as usize);
        self.code
            .get(start.saturating_sub(self.base)..end.saturating_sub(self.base))
            .unwrap_or_default()
    }

    /// All comments, documentation among them.
    pub(super) fn comments(&self) -> Vec<Span> {
        let bytes = self.code.as_bytes();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(next) = memchr::memchr3(b'/', b'"', b'\'', &bytes[at..]) {
            let start = at + next;
            let rest = &self.code[start..];
            at = start
                + match comment(rest) {
                    Some(length) => {
                        found.push(self.trimmed(start, start + length));
                        length
                    }
                    None if bytes[start] == b'"' => text_literal(&self.code[..start], rest),
                    None if bytes[start] == b'\'' => character(rest),
                    None => 1,
                };
        }
        found
    }

    /// The tokens of a stream and the comments between them.
    pub(super) fn tokens(&self, stream: TokenStream) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut open = vec![stream.into_iter()];
        // Where the token ends that was met last, in the order of the text.
        let mut behind = 0;
        let mut closing: Vec<proc_macro2::Span> = Vec::new();
        while let Some(level) = open.last_mut() {
            let (kind, span) = match level.next() {
                None => {
                    open.pop();
                    match closing.pop() {
                        Some(close) => ("sign", close),
                        None => break,
                    }
                }
                Some(TokenTree::Group(group)) => {
                    open.push(group.stream().into_iter());
                    if group.delimiter() == Delimiter::None {
                        closing.push(group.span_close());
                        continue;
                    }
                    closing.push(group.span_close());
                    ("sign", group.span_open())
                }
                Some(TokenTree::Ident(ident)) => (Token::NAME, ident.span()),
                Some(TokenTree::Punct(punct)) => ("sign", punct.span()),
                Some(TokenTree::Literal(literal)) => {
                    let span = literal.span();
                    let kind = if self.at(self.span(span)).contains('"') {
                        Token::STRING
                    } else {
                        "literal"
                    };
                    (kind, span)
                }
            };
            let range = self.range(span);
            if range.is_empty() {
                continue;
            }
            // Documentation is lexed into several tokens that all lie where the comment is.
            if let Some(doc) = self.doc_comment(range.start, range.end) {
                if range.start >= behind {
                    self.gap(behind, range.start, &mut tokens);
                    tokens.push(doc);
                    behind = range.end;
                }
                continue;
            }
            if range.start >= behind {
                self.gap(behind, range.start, &mut tokens);
            }
            behind = behind.max(range.end);
            tokens.push(Token {
                kind,
                span: self.span(span),
            });
        }
        self.gap(behind, self.code.len(), &mut tokens);
        tokens
    }

    fn doc_comment(&self, start: usize, end: usize) -> Option<Token> {
        let text = self.code.get(start..end)?;
        (text.starts_with("//") || text.starts_with("/*")).then(|| Token {
            kind: Token::COMMENT,
            span: self.trimmed(start, end),
        })
    }

    /// The comments between two tokens.
    fn gap(&self, from: usize, to: usize, out: &mut Vec<Token>) {
        let mut at = from;
        while at < to {
            let rest = &self.code[at..to];
            let Some(length) = comment(rest) else {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            };
            out.push(Token {
                kind: Token::COMMENT,
                span: self.trimmed(at, at + length),
            });
            at += length;
        }
    }

    /// A comment without the carriage return of its line.
    fn trimmed(&self, start: usize, end: usize) -> Span {
        let text = &self.code[start..end];
        let text = text.strip_suffix('\r').unwrap_or(text);
        Span::new(self.base + start, self.base + start + text.len())
    }
}

/// How many bytes the first characters of a text take.
fn bytes_of_chars(text: &str, count: usize) -> usize {
    let mut places = text.char_indices();
    places.nth(count).map_or(text.len(), |(at, _)| at)
}

/// The length of the comment at the start of a text.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    text.starts_with("/*").then(|| block_comment(text))
}

/// The length of the text in quotes that starts `rest`: one in which nothing is escaped, where `before` ends in `r#`.
fn text_literal(before: &str, rest: &str) -> usize {
    let unhashed = before.trim_end_matches('#');
    let hashes = &before[unhashed.len()..];
    let prefix = unhashed.strip_suffix('r').map(|head| {
        let head = head.strip_suffix(['b', 'c']).unwrap_or(head);
        head.ends_with(|last: char| last.is_alphanumeric() || last == '_')
    });
    let inner = &rest[1..];
    if prefix == Some(false) {
        let end = format!("\"{hashes}");
        return inner.find(&end).map_or(rest.len(), |at| 1 + at + end.len());
    }
    1 + escaped(inner, b'"')
}

/// The length of the character that starts `rest`, or of the quote of a lifetime or label.
fn character(rest: &str) -> usize {
    let inner = &rest[1..];
    let first = inner.chars().next().map_or(0, char::len_utf8);
    match inner.as_bytes().first() {
        Some(b'\\') => 1 + escaped(inner, b'\''),
        Some(_) if inner[first..].starts_with('\'') => 1 + first + 1,
        _ => 1,
    }
}

/// How far it is behind the first `quote` of a text that no backslash stands before.
fn escaped(text: &str, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(next) = memchr::memchr2(b'\\', quote, bytes.get(at..).unwrap_or_default()) {
        at += next;
        if bytes[at] == quote {
            return at + 1;
        }
        at += 2;
    }
    text.len()
}

/// The length of the comment `/* … */` at the start of a text; such comments nest.
fn block_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}
