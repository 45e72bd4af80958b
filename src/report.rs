//! Reports: one format is one file, fed one list of findings and the sources they point into.
//!
//! Takes judged findings; writes text for people and documents for machines. Invariant: what comes from the analysed
//! project (paths, names, source) never reaches a terminal as a control character, and no format shows a secret.

pub mod concise;
pub mod fingerprint;
pub mod full;
pub mod github;
mod ink;
pub mod json;
mod page;
pub mod paths;
pub mod pools;
pub mod sarif;
mod secrets;
pub mod snippet;

use crate::edit::Applicability;
use crate::finding::{Finding, Severity, Status};
use crate::judge::Held;
use crate::source::{FileId, LineColumn, LineIndex, Place};
use paths::Paths;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The files that findings point into.
pub trait Sources {
    /// Path relative to the project root, with `/`.
    fn path(&self, file: FileId) -> &str;

    /// The bytes as they are on disk; empty when the file cannot be read any more.
    fn bytes(&self, file: FileId) -> Cow<'_, [u8]>;

    /// Whether it is a settings file: its values are neither shown nor hashed.
    fn is_settings(&self, _file: FileId) -> bool {
        false
    }
}

/// The text of one file with its line index.
pub struct Text<'a> {
    /// The bytes as they are on disk.
    pub bytes: Cow<'a, [u8]>,
    /// Where its lines start.
    pub lines: LineIndex,
}

impl<'a> Text<'a> {
    /// Indexes the lines of `bytes`.
    pub fn new(bytes: Cow<'a, [u8]>) -> Self {
        let lines = LineIndex::new(&bytes);
        Self { bytes, lines }
    }

    /// Line and column of a byte.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        self.lines.line_column(&self.bytes, offset)
    }
}

/// Sources whose lines are indexed once, when first asked for.
pub struct Texts<'a> {
    sources: &'a dyn Sources,
    paths: Paths,
    texts: RefCell<BTreeMap<FileId, Rc<Text<'a>>>>,
}

impl<'a> Texts<'a> {
    /// Nothing is read yet; paths are written relative to the project root.
    pub fn new(sources: &'a dyn Sources) -> Self {
        Self::written(sources, Paths::of_project())
    }

    /// As [`Texts::new`], with paths written as `paths` says.
    pub fn written(sources: &'a dyn Sources, paths: Paths) -> Self {
        Self {
            sources,
            paths,
            texts: RefCell::default(),
        }
    }

    /// The sources behind it.
    pub fn sources(&self) -> &'a dyn Sources {
        self.sources
    }

    /// The text of a file.
    pub fn text(&self, file: FileId) -> Rc<Text<'a>> {
        let mut texts = self.texts.borrow_mut();
        let text = texts
            .entry(file)
            .or_insert_with(|| Rc::new(Text::new(self.sources.bytes(file))));
        Rc::clone(text)
    }

    /// Where a place starts.
    pub fn start(&self, place: Place) -> LineColumn {
        self.text(place.file).line_column(place.span.start)
    }

    /// The path of a file, as it is written.
    pub fn address(&self, file: FileId) -> String {
        self.paths.written(self.sources.path(file))
    }

    /// The path of a file, fit for a terminal.
    pub fn path(&self, file: FileId) -> String {
        printable(&self.address(file))
    }

    /// How paths are written.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }
}

/// The word for a severity.
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Whether a terminal would obey the character instead of showing it, or a reader could not see it: control
/// characters, bidirectional overrides, invisible spaces, tags.
fn is_unprintable(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Appends the character, or its escape (`\x1b`, `\u{202e}`) when it is unprintable.
fn push_printable(out: &mut String, char: char) {
    use std::fmt::Write;
    if !is_unprintable(char) {
        out.push(char);
    } else if char.is_ascii() {
        _ = write!(out, "\\x{:02x}", char as u32);
    } else {
        _ = write!(out, "\\u{{{:x}}}", char as u32);
    }
}

/// The text on one line and with every unprintable character escaped.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' => out.push(' '),
            '\r' => {}
            _ => push_printable(&mut out, char),
        }
    }
    out
}

/// `1 finding`, `2 findings`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The numbers of a run. Repeats count one by one, so that every format gives the same numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Files found.
    pub walked: usize,
    /// Files parsed.
    pub parsed: usize,
    /// Files with an open finding.
    pub files: usize,
    /// Open errors.
    pub errors: usize,
    /// Open warnings.
    pub warnings: usize,
    /// Open infos.
    pub infos: usize,
    /// Findings that an inline comment set aside.
    pub ignored: usize,
    /// Open findings whose fix is safe.
    pub fixable: usize,
    /// Open findings whose fix a person should read.
    pub fixable_unsafe: usize,
}

impl Summary {
    /// Counts judged, unfolded findings.
    pub fn new(findings: &[Finding], walked: usize, parsed: usize) -> Self {
        let open: Vec<_> = findings
            .iter()
            .filter(|finding| finding.status == Status::Open)
            .collect();
        let of = |severity| {
            open.iter()
                .filter(|finding| finding.severity == severity)
                .count()
        };
        let fixable = |how| {
            let best = |finding: &&&Finding| {
                let fix = finding.fixes.first();
                fix.is_some_and(|fix| fix.applicability == how)
            };
            open.iter().filter(best).count()
        };
        Self {
            walked,
            parsed,
            files: open
                .iter()
                .map(|finding| finding.place.file)
                .collect::<BTreeSet<_>>()
                .len(),
            errors: of(Severity::Error),
            warnings: of(Severity::Warning),
            infos: of(Severity::Info),
            ignored: findings.len() - open.len(),
            fixable: fixable(Applicability::Safe),
            fixable_unsafe: fixable(Applicability::Unsafe),
        }
    }

    /// All open findings.
    pub fn findings(&self) -> usize {
        self.errors + self.warnings + self.infos
    }

    /// The summary line: `7 findings in 5 files (2 errors, 4 warnings, 1 info; 2 ignored)`. What the
    /// project chose not to hear is always told; with `verbose`, also what else was held back and why.
    pub fn line(&self, held: &Held, verbose: bool) -> String {
        let some = |number: usize, text: String| (number > 0).then_some(text);
        let severities = [
            some(self.errors, count(self.errors, "error")),
            some(self.warnings, count(self.warnings, "warning")),
            some(self.infos, count(self.infos, "info")),
        ];
        let ignored = some(self.ignored, format!("{} ignored", self.ignored));
        let fixable = [
            some(self.fixable, format!("{} fixable with --fix", self.fixable)),
            some(
                self.fixable_unsafe,
                match self.fixable {
                    0 => format!("{} fixable with --fix --unsafe-fixes", self.fixable_unsafe),
                    _ => format!("{} more with --unsafe-fixes", self.fixable_unsafe),
                },
            ),
        ];
        let paths = some(
            held.ignored_paths,
            format!("{} in ignored paths", held.ignored_paths),
        );
        let held = verbose.then(|| {
            [
                (held.confidence, "below the shown confidence"),
                (held.severity, "below the shown severity"),
                (held.unselected, "of rules not selected"),
                (held.outside, "outside the named paths"),
                (held.yielded, "told by another rule at the same place"),
                (held.duplicate, "said twice at one place"),
            ]
            .map(|(number, why)| some(number, format!("{number} {why}")))
        });
        let aside: Vec<_> = [ignored, paths]
            .into_iter()
            .chain(held.into_iter().flatten())
            .flatten()
            .collect();
        let severities = severities.into_iter().flatten().collect::<Vec<_>>();
        let fixable = fixable.into_iter().flatten().collect();
        let details: Vec<_> = [severities, fixable, aside]
            .iter()
            .filter(|part| !part.is_empty())
            .map(|part| part.join(", "))
            .collect();
        let mut line = match self.findings() {
            0 => format!("no findings in {}", count(self.walked, "file")),
            number => format!(
                "{} in {}",
                count(number, "finding"),
                count(self.files, "file")
            ),
        };
        if !details.is_empty() {
            line.push_str(&format!(" ({})", details.join("; ")));
        }
        line
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::source::Span;

    /// Files in memory.
    pub(crate) struct Texts(pub(crate) Vec<(&'static str, Vec<u8>)>);

    impl Texts {
        /// The place of the `nth` (from 0) `needle` of a file.
        pub(crate) fn place(&self, file: usize, needle: &str, nth: usize) -> Place {
            let bytes = &self.0[file].1;
            let start = memchr::memmem::find_iter(bytes, needle)
                .nth(nth)
                .expect("needle");
            Place {
                file: FileId(file as u32),
                span: Span::new(start, start + needle.len()),
            }
        }
    }

    impl Sources for Texts {
        fn path(&self, file: FileId) -> &str {
            self.0[file.index()].0
        }

        fn bytes(&self, file: FileId) -> Cow<'_, [u8]> {
            Cow::Borrowed(&self.0[file.index()].1)
        }

        fn is_settings(&self, file: FileId) -> bool {
            self.path(file).ends_with(".env")
        }
    }

    #[test]
    fn the_summary_counts_everything_once() {
        let place = |file, start| Place {
            file: FileId(file),
            span: Span::new(start, start + 1),
        };
        let mut findings = vec![
            Finding::new("a", place(0, 0), "x").severity(Severity::Error),
            Finding::new("a", place(0, 1), "x"),
            Finding::new("a", place(1, 1), "x"),
            Finding::new("a", place(2, 1), "x").severity(Severity::Info),
        ];
        let plain = Held::default();
        let line = |findings: &[Finding], held: Option<&Held>| {
            let verbose = held.is_some();
            Summary::new(findings, 123, 9).line(held.unwrap_or(&plain), verbose)
        };
        assert_eq!(
            line(&findings, None),
            "4 findings in 3 files (1 error, 2 warnings, 1 info)"
        );
        findings[3].status = Status::Ignored;
        findings[2].status = Status::Ignored;
        assert_eq!(
            line(&findings, None),
            "2 findings in 1 file (1 error, 1 warning; 2 ignored)"
        );
        assert_eq!(
            line(&findings[2..3], None),
            "no findings in 123 files (1 ignored)"
        );
        assert_eq!(line(&[], None), "no findings in 123 files");
        let held = Held {
            confidence: 3,
            yielded: 1,
            ..Held::default()
        };
        assert_eq!(
            line(&[], Some(&held)),
            "no findings in 123 files (3 below the shown confidence, 1 told by another rule at the same place)"
        );
        let held = Held {
            confidence: 3,
            ignored_paths: 2,
            ..Held::default()
        };
        assert_eq!(
            Summary::new(&[], 123, 9).line(&held, false),
            "no findings in 123 files (2 in ignored paths)"
        );
    }

    #[test]
    fn hostile_text_cannot_steer_a_terminal() {
        assert_eq!(
            printable("a\x1b[31m\r\nb\u{202e}é\u{9b}"),
            "a\\x1b[31m b\\u{202e}é\\u{9b}"
        );
    }
}
