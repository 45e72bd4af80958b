//! Manifests made of lines: requirements files, setup.cfg, environment.yml; and the one-line requirement of PEP 508.
//!
//! Takes bytes; gives requirements. Invariant: a line that is none is passed over.

use crate::source::Span;

use super::{Bare, Range, Requirement};

/// The lines of a file that are UTF-8, without their ends, and where they start.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &str)> {
    let skip = if bytes.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let mut next = skip;
    bytes[skip..]
        .split(|byte| *byte == b'\n')
        .filter_map(move |line| {
            let start = next;
            next += line.len() + 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            Some((start, std::str::from_utf8(line).ok()?))
        })
}

/// A line without its comment: one at its start, or behind a blank.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| {
        line[..*at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace)
    });
    &line[..comment.map_or(line.len(), |(at, _)| at)]
}

/// The span of `part`, which begins at or behind `start`, where `line` starts.
fn span(start: usize, line: &str, part: &str) -> Span {
    let lead = line.len() - line.trim_start().len();
    Span::new(start + lead, start + lead + part.trim().len())
}

/// A requirements file: <https://pip.pypa.io/en/stable/reference/requirements-file-format/>.
pub(super) fn requirements(bytes: &[u8]) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut continued = false;
    for (start, line) in lines(bytes) {
        let part = without_comment(line);
        // Joined lines carry hashes; what matters stands on the first.
        let was_continued = std::mem::replace(&mut continued, part.ends_with('\\'));
        if was_continued {
            continue;
        }
        let part = part.trim_end_matches('\\');
        let part = &part[..part.find(" --").unwrap_or(part.len())];
        if part.trim_start().starts_with('-') {
            continue;
        }
        found.extend(requirement(part, span(start, line, part)));
    }
    found
}

/// The files that a requirements file takes in, as it names them, with the lines that do: `-r base.txt`.
pub fn included(bytes: &[u8]) -> Vec<(&str, Span)> {
    let options = ["-r", "-c", "--requirement", "--constraint"];
    let taken = lines(bytes).filter_map(|(start, line)| {
        let part = without_comment(line).trim();
        let (option, name) = match part.split_once([' ', '=', '\t']) {
            Some(parts) => parts,
            None => part.split_at_checked(2)?,
        };
        let name = name.trim();
        (options.contains(&option) && !name.is_empty() && !name.contains("://"))
            .then(|| (name, span(start, line, part)))
    });
    taken.collect()
}

/// One requirement as PEP 508 writes it: `name[extra] >=1, <2; marker`, `name (>=1)`, `name @ url`.
///
/// `None` for what has no name: a path, a URL, an option.
pub(super) fn requirement(text: &str, span: Span) -> Option<Requirement> {
    let text = text.trim();
    let end = text
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if !name.starts_with(|char: char| char.is_ascii_alphanumeric()) {
        return None;
    }
    let mut rest = rest.trim_start();
    if rest.starts_with('[') {
        rest = rest.split_once(']')?.1.trim_start();
    }
    let (specifier, marker) = match rest.split_once(';') {
        Some((specifier, marker)) => (specifier, Some(marker)),
        None => (rest, None),
    };
    let specifier = specifier.trim();
    let specifier = specifier
        .strip_prefix('(')
        .map_or(specifier, |inner| inner.trim_end_matches(')'));
    let range = match specifier.chars().next() {
        None => Range::default(),
        Some('=' | '<' | '>' | '~' | '!') => Range::parse(specifier, Bare::Exact),
        Some('@') => {
            // The marker of a URL needs a blank before its `;`; the version is not known either way.
            Range::default()
        }
        // `dir/file`, `https://…`, two words: no requirement.
        Some(_) => return None,
    };
    Some(Requirement {
        conditional: marker.is_some_and(|marker| !marker.trim().is_empty()),
        ..Requirement::new(name, range, span)
    })
}

/// `install_requires` and the extras of a setup.cfg: <https://setuptools.pypa.io/en/latest/userguide/declarative_config.html>.
pub(super) fn setup_cfg(bytes: &[u8]) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut section = "";
    let mut wanted = false;
    for (start, line) in lines(bytes) {
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        let value = if line.starts_with([' ', '\t']) {
            line
        } else if let Some(rest) = text.strip_prefix('[') {
            section = rest.split(']').next().unwrap_or(rest).trim();
            wanted = false;
            continue;
        } else {
            let Some((key, value)) = line.split_once(['=', ':']) else {
                wanted = false;
                continue;
            };
            wanted = match section {
                "options" => key.trim() == "install_requires",
                "options.extras_require" => true,
                _ => false,
            };
            value
        };
        if !wanted {
            continue;
        }
        let start = start + line.len() - value.len();
        let part = without_comment(value);
        found.extend(
            requirement(part, span(start, value, part)).map(|found| Requirement {
                aside: section != "options",
                ..found
            }),
        );
    }
    found
}

/// The `dependencies` of a conda environment, those for pip among them.
pub(super) fn environment(bytes: &[u8]) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut pip: Option<usize> = None;
    for (start, line) in lines(bytes) {
        let part = without_comment(line);
        let text = part.trim();
        if text.is_empty() {
            continue;
        }
        let indent = part.len() - part.trim_start().len();
        let Some(item) = text.strip_prefix('-') else {
            inside = text == "dependencies:";
            pip = None;
            continue;
        };
        if !inside {
            continue;
        }
        let item = item.trim().trim_matches(['"', '\'']);
        if item == "pip:" {
            pip = Some(indent);
            continue;
        }
        let at = start + line.find(item).unwrap_or(0);
        let span = Span::new(at, at + item.len());
        if pip.is_some_and(|outer| indent > outer) {
            found.extend(requirement(item, span));
        } else {
            pip = None;
            found.extend(conda(item, span));
        }
    }
    found
}

/// A conda match specification: `channel::name=1.4=build`, `name 1.4.*`, `name>=1.4,<2`.
fn conda(text: &str, span: Span) -> Option<Requirement> {
    let text = text.rsplit("::").next()?.trim();
    let end = text
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name == "python" {
        return None;
    }
    let rest = rest.trim().split('[').next().unwrap_or("");
    // What follows a second `=` is the build.
    let specifier = match rest.strip_prefix('=') {
        Some(version) if !version.starts_with('=') => version.split('=').next().unwrap_or(""),
        _ => rest,
    };
    let bare = if rest.starts_with('=') {
        Bare::Prefix
    } else {
        Bare::Exact
    };
    // `|` is conda's "or".
    let specifier = specifier.replace('|', "||");
    Some(Requirement::new(name, Range::parse(&specifier, bare), span))
}
