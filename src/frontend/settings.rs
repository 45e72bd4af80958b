//! The frontend of settings files (`.env`).
//!
//! Takes the bytes of one file; gives its settings in order. A line that is none is passed over; a value that depends
//! on more than the file is unknown. Invariant: a pure function that never fails, and a value given as text is what
//! every reader of such files (python-dotenv, docker compose) makes of it.

use std::fmt;

use crate::source::Span;

/// One `NAME=value`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// The name, without `export`.
    pub name: String,
    /// The value.
    pub value: SettingValue,
    /// Where the name stands.
    pub name_span: Span,
    /// Where the value stands, without its quotes; empty when there is none.
    pub value_span: Span,
}

/// What stands in the text of a setting where a part of it is not known.
pub const HOLE: char = '\u{1}';

/// The value of a setting.
#[derive(Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// This text, quotes and escapes undone; [`HOLE`] stands for a part that comes from elsewhere.
    Text(String),
    /// It holds `$NAME`, is not UTF-8, or readers disagree about it.
    Unknown,
}

impl fmt::Debug for SettingValue {
    /// Values are secrets: even a debug print shows none.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Unknown => "Unknown",
        })
    }
}

/// Whether a settings file is an example to copy (`.env.example`, `sample.env`), not one that is read.
pub fn is_example(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(['.', '-', '_']).any(|part| {
        ["example", "sample", "template", "dist", "tpl"]
            .iter()
            .any(|word| part.eq_ignore_ascii_case(word))
    })
}

/// Reads a settings file. Of several settings with one name the last one counts; all are given, in order.
pub fn parse_env(bytes: &[u8]) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut at = if bytes.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    while at < bytes.len() {
        let (setting, next) = line(bytes, at);
        settings.extend(setting);
        at = next;
    }
    settings
}

/// Reads the line at `start`; gives the start of the next one.
fn line(bytes: &[u8], start: usize) -> (Option<Setting>, usize) {
    let end = line_end(bytes, start);
    let (setting, end) = match assignment(&bytes[..end], start) {
        Some((name_span, value_at)) => {
            let (value, value_span, end) = value(bytes, value_at, end);
            let name = std::str::from_utf8(&bytes[name_span.range()]).ok();
            let setting = name.map(|name| Setting {
                name: name.to_owned(),
                value,
                name_span,
                value_span,
            });
            (setting, end)
        }
        None => (None, end),
    };
    // A line ends in `\n`, `\r\n` or `\r`.
    let next = match &bytes[end..] {
        [b'\r', b'\n', ..] => end + 2,
        [] => end,
        _ => end + 1,
    };
    (setting, next)
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |length| at + length)
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..]
        .iter()
        .take_while(|byte| is_blank(**byte))
        .count()
}

/// The name and the start of the value of `export NAME = …`; `bytes` ends where the line does.
fn assignment(bytes: &[u8], start: usize) -> Option<(Span, usize)> {
    let mut start = skip_blanks(bytes, start);
    if let Some(rest) = bytes[start..].strip_prefix(b"export")
        && rest.first().is_some_and(|byte| is_blank(*byte))
    {
        start = skip_blanks(bytes, start + "export".len());
    }
    let quote = bytes.get(start).filter(|byte| matches!(byte, b'\'' | b'"'));
    start += usize::from(quote.is_some());
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let length = bytes[start..]
        .iter()
        .take_while(|byte| is_part(byte))
        .count();
    if length == 0 || bytes[start].is_ascii_digit() {
        return None;
    }
    let mut end = start + length;
    let name = Span::new(start, end);
    if let Some(quote) = quote {
        (bytes.get(end) == Some(quote)).then_some(())?;
        end += 1;
    }
    let equals = skip_blanks(bytes, end);
    (bytes.get(equals) == Some(&b'=')).then(|| (name, skip_blanks(bytes, equals + 1)))
}

/// The value at `at`, where it stands, and the end of its last line. `line` is the end of its first line.
fn value(bytes: &[u8], at: usize, line: usize) -> (SettingValue, Span, usize) {
    let quote = match bytes.get(at) {
        Some(&quote @ (b'\'' | b'"')) => quote,
        _ => {
            let span = unquoted(bytes, at, line);
            return (text(&bytes[span.range()], None), span, line);
        }
    };
    let unknown = |end| (SettingValue::Unknown, Span::new(at, end), end);
    let Some(close) = closing_quote(bytes, at + 1, quote) else {
        return unknown(line);
    };
    let end = line_end(bytes, close);
    match bytes[skip_blanks(bytes, close + 1)..end] {
        [] | [b'#', ..] => {
            let span = Span::new(at + 1, close);
            (text(&bytes[span.range()], Some(quote)), span, end)
        }
        // A shell would join `"a"b`, python-dotenv rejects it.
        _ => unknown(end),
    }
}

/// An unquoted value: up to a comment or the line's end.
fn unquoted(bytes: &[u8], at: usize, line: usize) -> Span {
    let raw = &bytes[at..line];
    let comment = memchr::memchr_iter(b'#', raw).find(|hash| *hash == 0 || is_blank(raw[hash - 1]));
    let raw = &raw[..comment.unwrap_or(raw.len())];
    let blanks = raw.iter().rev().take_while(|byte| is_blank(**byte)).count();
    Span::new(at, at + raw.len() - blanks)
}

fn closing_quote(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr::memchr2(quote, b'\\', bytes.get(at..)?)?;
        if bytes[at] == quote {
            return Some(at);
        }
        at += 2;
    }
}

/// What a value between `quote`s, or without, stands for.
fn text(raw: &[u8], quote: Option<u8>) -> SettingValue {
    let Ok(raw) = std::str::from_utf8(raw) else {
        return SettingValue::Unknown;
    };
    if quote != Some(b'\'') && interpolates(raw) {
        return SettingValue::Unknown;
    }
    let Some(quote) = quote else {
        return SettingValue::Text(raw.to_owned());
    };
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            text.push(char);
            continue;
        }
        match (chars.next(), quote) {
            (Some(char @ ('\\' | '\'')), b'\'') => text.push(char),
            (Some('n'), b'"') => text.push('\n'),
            (Some('r'), b'"') => text.push('\r'),
            (Some('t'), b'"') => text.push('\t'),
            (Some('a'), b'"') => text.push('\x07'),
            (Some('b'), b'"') => text.push('\x08'),
            (Some('f'), b'"') => text.push('\x0c'),
            (Some('v'), b'"') => text.push('\x0b'),
            (Some(char @ ('\\' | '"' | '\'')), b'"') => text.push(char),
            (char, _) => {
                text.push('\\');
                text.extend(char);
            }
        }
    }
    SettingValue::Text(text)
}

/// Whether a text holds `$NAME` or `${NAME}`, whose value comes from elsewhere.
fn interpolates(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'$', bytes).any(|at| {
        bytes
            .get(at + 1)
            .is_some_and(|next| matches!(next, b'{' | b'_') || next.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `NAME=value` of each setting; `?` for an unknown value.
    fn read(source: impl AsRef<[u8]>) -> Vec<String> {
        parse_env(source.as_ref())
            .into_iter()
            .map(|setting| match setting.value {
                SettingValue::Text(text) => format!("{}={text}", setting.name),
                SettingValue::Unknown => format!("{}?", setting.name),
            })
            .collect()
    }

    #[test]
    fn values_are_read() {
        for (source, expected) in [
            ("A=1", "A=1"),
            ("export A=1", "A=1"),
            ("  A = 1  ", "A=1"),
            ("export=1", "export=1"),
            ("A=", "A="),
            ("A= # none", "A="),
            ("A=''", "A="),
            ("A=a b # c", "A=a b"),
            ("A=a#b", "A=a#b"),
            ("A=\"a # b\" # c", "A=a # b"),
            ("A='a\"b'", "A=a\"b"),
            (r#"A="a\"b\n\\""#, "A=a\"b\n\\"),
            (r"A='it\'s \n'", "A=it's \\n"),
            ("A='${B}'", "A=${B}"),
            ("A=\"${B}\"", "A?"),
            ("A=x$B", "A?"),
            ("A=p$1", "A=p$1"),
            ("A=\"x", "A?"),
            ("A=\"x\"y", "A?"),
            ("\u{feff}A=1", "A=1"),
            ("'A'=1", "A=1"),
            ("A=é", "A=é"),
            ("A=1=2", "A=1=2"),
            ("A=postgresql://u:p@h/d?x=1", "A=postgresql://u:p@h/d?x=1"),
        ] {
            assert_eq!(read(source), [expected], "{source}");
        }
        assert_eq!(read(b"A=\xff"), ["A?"]);
    }

    #[test]
    fn what_is_no_setting_is_passed_over() {
        for source in [
            "", "\n\n", "# A=1", "A", "export A", "A: 1", "[a]", "=1", "1A=1", "'A=1",
        ] {
            assert_eq!(read(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn lines_end_in_any_way_and_quotes_hold_them() {
        assert_eq!(read("A=1\r\n\r\nB=2\rC=3\n"), ["A=1", "B=2", "C=3"]);
        assert_eq!(
            read("A=\"x\ny\" # z\nB='\n'\nA=2\n"),
            ["A=x\ny", "B=\n", "A=2"]
        );
        assert_eq!(read("A=\"x\nB=2\n"), ["A?", "B=2"]);
    }

    #[test]
    fn spans_are_those_of_name_and_value() {
        let source = "\u{feff}export A = \"x y\" # z\r\nB=";
        let settings = parse_env(source.as_bytes());
        let at = |span: Span| &source[span.range()];
        assert_eq!(at(settings[0].name_span), "A");
        assert_eq!(at(settings[0].value_span), "x y");
        assert_eq!(at(settings[1].name_span), "B");
        assert_eq!(
            settings[1].value_span,
            Span::new(source.len(), source.len())
        );
    }

    #[test]
    fn a_debug_print_shows_no_value() {
        let settings = parse_env(b"A=s3cret");
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    #[test]
    fn examples_are_told_by_name() {
        for path in [
            "a/.env.example",
            ".env.sample",
            ".env.dist",
            "example.env",
            ".env.prod.tpl",
        ] {
            assert!(is_example(path), "{path}");
        }
        for path in [".env", "sample/.env", ".env.production", "examples.env"] {
            assert!(!is_example(path), "{path}");
        }
    }

    #[test]
    fn no_bytes_panic() {
        let pieces = b"A=\"'\\$ {#\n\r\t\xffexport ";
        let mut state = 1_u64;
        for length in 0..20_000 {
            let mut source = Vec::new();
            for _ in 0..length % 24 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                source.push(pieces[(state >> 33) as usize % pieces.len()]);
            }
            for setting in parse_env(&source) {
                assert!(source.get(setting.value_span.range()).is_some());
            }
        }
    }
}
