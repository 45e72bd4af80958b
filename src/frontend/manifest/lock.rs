//! Lock files: which versions were installed.
//!
//! Takes bytes; gives a requirement with an exact version for each package. Invariant: spans are those of the file.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::source::Span;
use crate::syntax::SyntaxError;

use super::{Requirement, array, span_of, with_toml};

/// The packages of poetry.lock, uv.lock, pdm.lock and pylock.toml.
pub(super) fn packages(bytes: &[u8]) -> Result<Vec<Requirement>, SyntaxError> {
    with_toml(bytes, |document, found| {
        // Poetry, uv and pdm write `package`, PEP 751 `packages`.
        for package in ["package", "packages"]
            .iter()
            .flat_map(|key| array(document, key))
        {
            let DeValue::Table(package) = package.get_ref() else {
                continue;
            };
            if let Some((name, span)) = string(package, "name") {
                let version = string(package, "version");
                let span = version.map_or(span, |(_, version)| Span {
                    start: span.start.min(version.start),
                    end: span.end.max(version.end),
                });
                let version = version.map(|(version, _)| version);
                found.push(Requirement::locked(name, version, span));
            }
        }
    })
}

fn string<'a>(table: &'a DeTable<'_>, key: &str) -> Option<(&'a str, Span)> {
    let value = table.get(key)?;
    match Spanned::get_ref(value) {
        DeValue::String(text) => Some((text, span_of(value))),
        _ => None,
    }
}

/// The packages of a Pipfile.lock.
pub(super) fn pipfile(bytes: &[u8]) -> Result<Vec<Requirement>, SyntaxError> {
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let offset = bytes.len() - json.len();
    let lock: Lock<'_> = serde_json::from_slice(json).map_err(|error| {
        let index = crate::source::LineIndex::new(bytes);
        let line = index.line_span(bytes, error.line()).range();
        let first = if error.line() == 1 { offset } else { 0 };
        let at =
            (line.start + first + error.column().saturating_sub(1)).min(line.end.max(line.start));
        SyntaxError {
            span: Span::new(at, (at + 1).min(bytes.len())),
            message: words(&error),
        }
    })?;
    let mut found: Vec<Requirement> = [lock.default, lock.develop]
        .into_iter()
        .flat_map(|packages| packages.0)
        .map(|(name, package)| {
            // Borrowed text lies in the file, so its place is its distance from the file's start.
            let span = match &name.0 {
                Cow::Borrowed(text) => {
                    let at = (text.as_ptr() as usize).saturating_sub(bytes.as_ptr() as usize);
                    Span::new(at, at + text.len())
                }
                Cow::Owned(_) => Span::default(),
            };
            let version = package.version.as_ref();
            let version = version.map(|version| version.0.trim_start_matches('='));
            let conditional = package.markers.is_some();
            Requirement {
                conditional,
                ..Requirement::locked(&name.0, version, span)
            }
        })
        .collect();
    found.sort_by_key(|requirement| requirement.span);
    Ok(found)
}

/// The message of a JSON error without its place, which the span tells.
fn words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let place = words.rfind(" at line ").unwrap_or(words.len());
    words[..place].to_owned()
}

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    default: Packages<'a>,
    #[serde(borrow, default)]
    develop: Packages<'a>,
}

#[derive(Default)]
struct Packages<'a>(Vec<(Text<'a>, Package<'a>)>);

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    markers: Option<IgnoredAny>,
}

/// A string, borrowed from the file where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;
        impl<'de> Visitor<'de> for Strings {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Strings)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Packages<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Packages<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("packages by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Packages<'de>, A::Error> {
                let mut packages = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    packages.push(entry);
                }
                Ok(Packages(packages))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
