//! What is to know about a file before it is parsed.
//!
//! Takes the bytes of a file; tells whether they can be read as Python at all, whether text beyond ASCII can be decoded,
//! and which lines to hide from the parser because it is quadratic in them.
//! Invariant: hiding keeps every offset.

use std::collections::BTreeSet;
use std::ops::Range;

use memchr::memmem;

use crate::source::Span;
use crate::syntax::SyntaxError;

/// Lines of comments, or of lone backslashes, behind each other that the parser may see. Its scanner reads the rest of
/// a run again for each line: 16,000 lines take 4 s, hidden 2 ms.
const MAX_RUN: usize = 200;

/// How many widths of indentation a file may have. The parser keeps the open ones in a buffer of 1,024 bytes, two for each
/// beside one for each open string (up to 255), and ends the program when they do not fit. Python itself stops at 100 levels.
const MAX_WIDTHS: usize = 300;

/// Bytes in which a file that is no text shows.
const SNIFFED: usize = 1_024;

/// Encodings in which a byte below 0x80 may be the second half of a character: quotes and backslashes cannot be trusted.
const UNSAFE_ENCODINGS: [&str; 9] = [
    "shift", "sjis", "cp932", "gbk", "gb18030", "gb2312", "big5", "johab", "cp949",
];

/// A reason not to parse a file.
pub(super) fn refusal(bytes: &[u8]) -> Option<SyntaxError> {
    let whole = |message: &str| {
        Some(SyntaxError {
            span: Span::new(0, 0),
            message: message.to_owned(),
        })
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return whole("the file is UTF-16, which Python does not read");
    }
    let start = &bytes[..bytes.len().min(SNIFFED)];
    if memchr::memchr_iter(0, start).count() * 8 > start.len() {
        return whole("the file is UTF-16 or not text");
    }
    let encoding = declared_encoding(bytes);
    if UNSAFE_ENCODINGS
        .iter()
        .any(|name| encoding.starts_with(name))
        && !bytes.is_ascii()
    {
        return whole("the file is in an encoding that cannot be read");
    }
    if widths(bytes) > MAX_WIDTHS {
        return whole("too many levels of indentation");
    }
    let marker =
        memmem::find_iter(bytes, b"<<<<<<< ").find(|at| *at == 0 || bytes[at - 1] == b'\n')?;
    Some(SyntaxError {
        span: Span::new(marker, marker + 7),
        message: "merge-conflict marker".to_owned(),
    })
}

/// How many different widths of indentation there are: as many levels as can be open at once, whatever strings and brackets
/// the lines belong to. A line that a lone backslash goes on with adds up, as it does in the parser.
fn widths(bytes: &[u8]) -> usize {
    let mut found = BTreeSet::new();
    let mut start = 0;
    while start < bytes.len() {
        let mut rest = &bytes[start..];
        let mut width = 0_usize;
        loop {
            rest = match rest {
                [b' ', rest @ ..] => {
                    width += 1;
                    rest
                }
                [b'\t', rest @ ..] => {
                    width += 8;
                    rest
                }
                [b'\r' | b'\x0c', rest @ ..] => {
                    width = 0;
                    rest
                }
                [b'\\', b'\n', rest @ ..] | [b'\\', b'\r', b'\n', rest @ ..] => rest,
                _ => break,
            };
        }
        found.insert(width);
        let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        start = bytes.len() - rest.len() + line;
    }
    found.len()
}

/// Whether the bytes beyond ASCII are not UTF-8.
pub(super) fn is_foreign(bytes: &[u8]) -> bool {
    let encoding = declared_encoding(bytes);
    !(encoding.is_empty() || encoding.starts_with("utf-8") || encoding.starts_with("utf8"))
        || std::str::from_utf8(bytes).is_err()
}

/// The encoding that a comment in the first two lines names, in lower case and with dashes; empty without one.
/// <https://peps.python.org/pep-0263/>
fn declared_encoding(bytes: &[u8]) -> String {
    for line in bytes.split(|byte| *byte == b'\n').take(2) {
        let line = line
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(line)
            .trim_ascii_start();
        if line.first() != Some(&b'#') {
            if line.is_empty() {
                continue;
            }
            break;
        }
        let Some(at) = memmem::find_iter(line, b"coding")
            .find(|at| matches!(line.get(at + 6), Some(b':' | b'=')))
        else {
            continue;
        };
        let name = line[at + 7..].trim_ascii_start();
        return name
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            .map(|byte| match byte {
                b'_' => '-',
                byte => char::from(byte.to_ascii_lowercase()),
            })
            .collect();
    }
    String::new()
}

/// A copy of a file without the runs of lines that would take the parser too long.
pub(super) struct Masked {
    /// The text, as long as the file.
    pub(super) text: Vec<u8>,
    /// The comments that were hidden.
    pub(super) comments: Vec<Span>,
}

/// Hides long runs of comments and of lone backslashes; `None` if there are none.
pub(super) fn mask(bytes: &[u8]) -> Option<Masked> {
    let mut masked: Option<Masked> = None;
    let mut run = Run {
        kind: Line::Other,
        lines: Vec::new(),
    };
    let mut start = 0;
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at + 1);
        let kind = Line::of(&bytes[start..end]);
        if kind != run.kind && kind != Line::Blank {
            run.hide(bytes, &mut masked);
            run.kind = kind;
        }
        if kind == run.kind && kind != Line::Other {
            run.lines.push(start..end);
        }
        start = end;
    }
    run.hide(bytes, &mut masked);
    masked
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Blank,
    Comment,
    Backslash,
    Other,
}

impl Line {
    fn of(line: &[u8]) -> Self {
        match line.trim_ascii() {
            [] => Line::Blank,
            [b'#', ..] => Line::Comment,
            b"\\" => Line::Backslash,
            _ => Line::Other,
        }
    }
}

/// Lines of one kind behind each other; blank lines between them do not count.
struct Run {
    kind: Line,
    lines: Vec<Range<usize>>,
}

impl Run {
    fn hide(&mut self, bytes: &[u8], masked: &mut Option<Masked>) {
        let lines = std::mem::take(&mut self.lines);
        if lines.len() <= MAX_RUN {
            return;
        }
        let masked = masked.get_or_insert_with(|| Masked {
            text: bytes.to_vec(),
            comments: Vec::new(),
        });
        for line in lines {
            let written = &bytes[line.clone()];
            let start = line.start + (written.len() - written.trim_ascii_start().len());
            let end = match self.kind {
                // The line goes on behind a backslash: its end is hidden as well.
                Line::Backslash => line.end,
                _ => line.start + written.trim_ascii_end().len(),
            };
            if self.kind == Line::Comment {
                let newline = written.strip_suffix(b"\n").unwrap_or(written);
                let newline = newline.strip_suffix(b"\r").unwrap_or(newline);
                masked
                    .comments
                    .push(Span::new(start, line.start + newline.len()));
            }
            masked.text[start..end].fill(b' ');
        }
    }
}

/// The first carriage return that ends a line for Python and not for the parser, outside of what `is_text` accepts.
pub(super) fn lone_return(bytes: &[u8], is_text: impl Fn(usize) -> bool) -> Option<usize> {
    memchr::memchr_iter(b'\r', bytes).find(|at| bytes.get(at + 1) != Some(&b'\n') && !is_text(*at))
}
