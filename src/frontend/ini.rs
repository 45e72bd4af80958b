//! The frontend of ini files: sections of settings, as a tool's configuration has them.
//!
//! Takes the bytes of one file; gives its settings in order, each with its section. A line that is none is passed over;
//! a hole `%(name)s` stands as [`HOLE`]. Invariant: a pure function that never fails.

use super::settings::{HOLE, Setting, SettingValue};
use crate::source::Span;

/// A setting and the section it stands in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The section, without brackets; empty above the first.
    pub section: String,
    /// The setting; its name is in lower case.
    pub setting: Setting,
}

/// How many settings are read of one file.
const MOST: usize = 10_000;

/// Reads an ini file. Of several settings with one name the last one counts; all are given, in order.
pub fn parse(bytes: &[u8]) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut start = if bytes.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    while start < bytes.len() && found.len() < MOST {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        let line = &bytes[start..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Ok(line) = std::str::from_utf8(line) {
            one(line, start, &mut section, &mut found);
        }
        start = end + 1;
    }
    found
}

fn one(line: &str, start: usize, section: &mut String, found: &mut Vec<Entry>) {
    let text = line.trim();
    if text.is_empty() || text.starts_with(['#', ';']) {
        return;
    }
    if line.starts_with([' ', '\t']) {
        // The value goes on: what it is as a whole is not read.
        if let Some(last) = found.last_mut() {
            last.setting.value = SettingValue::Unknown;
        }
        return;
    }
    if let Some(name) = text.strip_prefix('[') {
        *section = name.split(']').next().unwrap_or_default().to_owned();
        return;
    }
    let Some(at) = line.find(['=', ':']) else {
        return;
    };
    let name = line[..at].trim();
    let value = line[at + 1..].trim();
    let lead = line[at + 1..].len() - line[at + 1..].trim_start().len();
    let value_at = if value.is_empty() {
        start + line.len()
    } else {
        start + at + 1 + lead
    };
    found.push(Entry {
        section: section.clone(),
        setting: Setting {
            name: name.to_lowercase(),
            value: SettingValue::Text(interpolated(value)),
            name_span: Span::new(start, start + name.len()),
            value_span: Span::new(value_at, value_at + value.len()),
        },
    });
}

/// `%%` is `%`, `%(name)s` is a hole.
fn interpolated(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        rest = match after.strip_prefix('%') {
            Some(after) => {
                text.push('%');
                after
            }
            None => match after
                .strip_prefix('(')
                .and_then(|name| name.split_once(")s"))
            {
                Some((_, after)) => {
                    text.push(HOLE);
                    after
                }
                None => {
                    text.push('%');
                    after
                }
            },
        };
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Vec<String> {
        parse(source.as_bytes())
            .into_iter()
            .map(|entry| match entry.setting.value {
                SettingValue::Text(text) => {
                    format!("{}.{}={text}", entry.section, entry.setting.name)
                }
                SettingValue::Unknown => format!("{}.{}?", entry.section, entry.setting.name),
            })
            .collect()
    }

    #[test]
    fn sections_hold_settings() {
        assert_eq!(
            read(
                "a=1\n[x]\r\n# no\n; no\nURL = sqlite:///%(here)s/a%%b.db\r\nk: v=w\n\n[y]\nlist = 1\n  2\nnone\n"
            ),
            [".a=1", "x.url=sqlite:///\u{1}/a%b.db", "x.k=v=w", "y.list?"]
        );
    }

    #[test]
    fn spans_are_those_of_name_and_value() {
        let source = "[a]\nname =  value \nempty =\n";
        let found = parse(source.as_bytes());
        assert_eq!(&source[found[0].setting.name_span.range()], "name");
        assert_eq!(&source[found[0].setting.value_span.range()], "value");
        assert_eq!(&source[found[1].setting.value_span.range()], "");
    }

    #[test]
    fn no_bytes_panic() {
        for source in [
            &b"["[..],
            b"=",
            b"%=%(",
            b"\xff=\xff",
            b" x",
            b"a=%(b",
            b"\xef\xbb\xbf[a",
        ] {
            parse(source);
        }
    }
}
