//! The values of Python literals, from the bytes as they are written.
//!
//! A value that cannot be known exactly (a character by name, half of a surrogate pair, a foreign encoding) is `None`,
//! never a guess. Reference: <https://docs.python.org/3/reference/lexical_analysis.html#literals>.

use std::ops::Range;

/// How a string literal is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Form {
    /// `r`: backslashes stand for themselves.
    pub(super) raw: bool,
    /// `b`: bytes.
    pub(super) bytes: bool,
    /// `f` or `t`: holes, and doubled braces for single ones.
    pub(super) holes: bool,
    /// Length of prefix and opening quotes.
    opening: usize,
    /// Length of the closing quotes.
    closing: usize,
}

impl Form {
    /// Reads prefix and quotes of a literal.
    pub(super) fn of(literal: &[u8]) -> Self {
        let prefix = literal
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let has = |letters: &[u8]| {
            literal[..prefix]
                .iter()
                .any(|byte| letters.contains(&byte.to_ascii_lowercase()))
        };
        let quotes = &literal[prefix..];
        let triple =
            quotes.len() >= 6 && (quotes.starts_with(b"\"\"\"") || quotes.starts_with(b"'''"));
        let closing = if triple { 3 } else { 1 };
        Self {
            raw: has(b"r"),
            bytes: has(b"b"),
            holes: has(b"ft"),
            opening: prefix + closing,
            closing,
        }
    }

    /// The part of a literal of `len` bytes that lies between its quotes.
    pub(super) fn body(self, len: usize) -> Range<usize> {
        let end = len.saturating_sub(self.closing);
        self.opening.min(end)..end
    }

    /// The text that `body`, or a piece of it between holes, stands for.
    pub(super) fn decode(self, body: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(body).ok()?;
        let special = |byte: &u8| match byte {
            b'\\' => !self.raw,
            b'\r' => true,
            b'{' | b'}' => self.holes,
            _ => false,
        };
        if !body.iter().any(special) {
            return Some(text.to_owned());
        }
        let mut value = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| special(&byte)) {
            value.push_str(&rest[..at]);
            let found = rest.as_bytes()[at];
            rest = &rest[at + 1..];
            match found {
                b'\\' => rest = escape(rest, &mut value)?,
                b'\r' => {
                    rest = rest.strip_prefix('\n').unwrap_or(rest);
                    value.push('\n');
                }
                // The parser saw to it that braces outside holes are doubled.
                brace => {
                    let brace = char::from(brace);
                    rest = rest.strip_prefix(brace).unwrap_or(rest);
                    value.push(brace);
                }
            }
        }
        value.push_str(rest);
        Some(value)
    }
}

/// Decodes the escape whose backslash precedes `rest`; gives what follows it.
fn escape<'a>(rest: &'a str, value: &mut String) -> Option<&'a str> {
    let Some(&first) = rest.as_bytes().first() else {
        value.push('\\');
        return Some(rest);
    };
    let plain = match first {
        b'\n' => return Some(&rest[1..]),
        b'\r' => return Some(rest[1..].strip_prefix('\n').unwrap_or(&rest[1..])),
        b'\\' | b'\'' | b'"' => first,
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'x' => return number(&rest[1..], 2, 16, value),
        b'u' => return number(&rest[1..], 4, 16, value),
        b'U' => return number(&rest[1..], 8, 16, value),
        b'0'..=b'7' => {
            let digits = rest
                .bytes()
                .take(3)
                .take_while(|byte| matches!(byte, b'0'..=b'7'))
                .count();
            return number(rest, digits, 8, value);
        }
        // Names of characters are not carried in this program.
        b'N' => return None,
        // An unknown escape stays as it is; the character behind the backslash may be a brace with a meaning.
        _ => {
            value.push('\\');
            return Some(rest);
        }
    };
    value.push(char::from(plain));
    Some(&rest[1..])
}

/// Decodes `digits` digits at the start of `rest` as a character.
fn number<'a>(rest: &'a str, digits: usize, radix: u32, value: &mut String) -> Option<&'a str> {
    let text = rest.get(..digits)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    value.push(char::from_u32(u32::from_str_radix(text, radix).ok()?)?);
    Some(&rest[digits..])
}

/// An integer literal that fits; Python 2 forms (`0777`, `10L`) included.
pub(super) fn integer(text: &str) -> Option<i64> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let text = text.strip_suffix('l').unwrap_or(&text);
    let (digits, radix) = match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        Some("0b") => (&text[2..], 2),
        _ if text.starts_with('0') && text.len() > 1 => (
            text,
            if text.bytes().all(|byte| byte == b'0') {
                10
            } else {
                8
            },
        ),
        _ => (text, 10),
    };
    i64::from_str_radix(digits, radix).ok()
}

/// A floating-point literal; complex ones are unknown.
pub(super) fn float(text: &str) -> Option<f64> {
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(literal: &str) -> Option<String> {
        let form = Form::of(literal.as_bytes());
        form.decode(&literal.as_bytes()[form.body(literal.len())])
    }

    #[test]
    fn strings_are_decoded_as_python_decodes_them() {
        for (literal, expected) in [
            (r#""a\tb""#, "a\tb"),
            (r#"'\x41\u00e9\U0001f600\101\0'"#, "Aé😀A\0"),
            (r#""\400""#, "\u{100}"),
            (r#""\d\.\8""#, r"\d\.\8"),
            ("'''a\\\r\nb\r\nc\rd'''", "ab\nc\nd"),
            (r#"r"\n\\""#, r"\n\\"),
            ("u\"\"\"x\"y\"\"\"", "x\"y"),
            (r#""""#, ""),
            (r#"f"{{a}}\{{""#, r"{a}\{"),
            (r#""{{""#, "{{"),
        ] {
            assert_eq!(value(literal).as_deref(), Some(expected), "{literal}");
        }
        for unknown in [r#""\N{DASH}""#, r#""\ud800""#, r#""\x4""#] {
            assert_eq!(value(unknown), None, "{unknown}");
        }
        assert!(Form::of(b"Rb'x'").bytes && Form::of(b"Rb'x'").raw);
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("1_000", Some(1000)),
            ("0x1F", Some(31)),
            ("0o17", Some(15)),
            ("0b11", Some(3)),
            ("0777", Some(511)),
            ("00", Some(0)),
            ("10L", Some(10)),
            ("1j", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(integer(text), expected, "{text}");
        }
        assert_eq!(float("1_0.5e1"), Some(105.0));
        assert_eq!(float("1.5j"), None);
    }
}
