//! Source files and places in them.
//!
//! Takes the bytes of a file as they are on disk; gives places, lines and columns. What could not be read is a [`Note`].
//! Invariant: a place is a file and a byte range into the file as it is on disk (BOM, shebang and CRLF
//! included), and nothing else is stored; lines and columns are computed when they are shown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Index of a file in the list of files of one run. The list is sorted by path, so ids sort like paths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(pub u32);

impl FileId {
    /// The position in the run's list of files.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A byte range into one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from `start` to `end`, in bytes.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        }
    }

    /// The span as a range for slicing.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A byte range in a file of the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The range in it.
    pub span: Span,
}

impl Place {
    /// Whether `other` lies inside this place.
    pub fn contains(self, other: Place) -> bool {
        self.file == other.file && self.span.contains(other.span)
    }
}

/// What a file is, by its name. It decides which frontend reads it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Language {
    /// Python source (`.py`, `.pyw`, `.pyi` excluded).
    Python,
    /// Rust source.
    Rust,
    /// A settings file: `.env`, `.env.*`, `*.env`.
    Env,
    /// A compose file: `compose*.yaml`, `docker-compose*.yml`.
    Compose,
    /// An ini file.
    Ini,
    /// A file of commands: `Dockerfile`, `Procfile`, `*.sh`.
    Commands,
    /// A file that says which libraries the project uses: pyproject, requirements, lock files.
    Manifest,
}

impl Language {
    /// The languages whose files hold code.
    pub const SOURCES: &'static [Language] = &[Language::Python, Language::Rust];

    /// The word of the catalog for a language of sources; empty for other files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Rust => "rust",
            _ => "",
        }
    }

    /// Whether files of this language hold settings, whose values are secret.
    pub fn is_settings(self) -> bool {
        matches!(self, Self::Env | Self::Compose | Self::Ini | Self::Commands)
    }

    /// The language of a file by its path (with `/`); only its name and its folder's name count.
    ///
    /// ```
    /// use poolint::source::Language;
    /// assert_eq!(Language::of("app/db.py"), Some(Language::Python));
    /// assert_eq!(Language::of("deploy/.env.production"), Some(Language::Env));
    /// assert_eq!(Language::of("requirements/base.txt"), Some(Language::Manifest));
    /// assert_eq!(Language::of("README.md"), None);
    /// ```
    pub fn of(path: &str) -> Option<Self> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name.ends_with(".py") || name.ends_with(".pyw") {
            return Some(Self::Python);
        }
        if name.ends_with(".rs") {
            return Some(Self::Rust);
        }
        if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
            return Some(Self::Env);
        }
        if matches!(name, "Dockerfile" | "Procfile") {
            return Some(Self::Commands);
        }
        match name.rsplit_once('.') {
            Some((_, "sh" | "Dockerfile" | "dockerfile"))
            | Some(("Dockerfile" | "Procfile", _)) => return Some(Self::Commands),
            Some((_, "ini")) => return Some(Self::Ini),
            Some((stem, "yml" | "yaml"))
                if stem.starts_with("docker-compose")
                    || stem == "compose"
                    || stem.starts_with("compose.")
                    || stem.starts_with("compose-") =>
            {
                return Some(Self::Compose);
            }
            _ => {}
        }
        let manifest = match name.rsplit_once('.') {
            Some((stem, "txt")) => {
                stem.starts_with("requirements")
                    || stem.starts_with("constraints")
                    || folder.rsplit('/').next() == Some("requirements")
            }
            Some((stem, "toml")) => {
                matches!(stem, "pyproject" | "pylock" | "Cargo") || stem.starts_with("pylock.")
            }
            Some((stem, "lock")) => matches!(stem, "Pipfile" | "poetry" | "uv" | "pdm" | "Cargo"),
            Some(("setup", "cfg")) | Some(("environment", "yml" | "yaml")) => true,
            // A configuration marks a part of the project, as a manifest does.
            _ => matches!(name, "Pipfile" | "poolint.yaml" | ".poolint.yaml"),
        };
        manifest.then_some(Self::Manifest)
    }
}

/// A file of the run, found but not yet read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Path relative to the project root, with `/`; starts with `../` for a named file outside the root.
    pub path: String,
    /// Where it is on this machine.
    pub absolute: PathBuf,
    /// What it is.
    pub language: Language,
    /// Its size in bytes when it was found.
    pub size: u64,
    /// Whether it is, or lies under, a path named on the command line; true for every file when none was named.
    pub named: bool,
}

/// Something about the files that the user should know, but that ends nothing: a folder that cannot be read, a file too large.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Note {
    /// The file or folder, relative to the project root with `/`; lossy when the path is not UTF-8.
    pub path: Option<String>,
    /// One lower-case sentence without a full stop.
    pub message: String,
}

impl Note {
    /// A note about a file or folder.
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: Some(path.into()),
            message: message.into(),
        }
    }

    /// The note for a failed operation on a file.
    pub(crate) fn unreadable(path: impl Into<String>, error: &io::Error) -> Self {
        Self::at(path, format!("cannot be read: {error}"))
    }

    /// The note for a file over the size cap (both in bytes).
    pub(crate) fn too_large(path: impl Into<String>, size: u64, cap: u64) -> Self {
        Self::at(
            path,
            format!("not read: {size} bytes are more than the limit of {cap}"),
        )
    }
}

/// Contents that stand in for what is on disk: a repair not yet written, a buffer of an editor.
#[derive(Clone, Debug, Default)]
pub struct Overlay(BTreeMap<PathBuf, Arc<[u8]>>);

impl Overlay {
    /// Puts contents in the place of a file, by its absolute path.
    pub fn insert(&mut self, absolute: PathBuf, bytes: Arc<[u8]>) {
        self.0.insert(absolute, bytes);
    }

    /// What stands in for a file.
    pub fn get(&self, absolute: &Path) -> Option<&Arc<[u8]>> {
        self.0.get(absolute)
    }

    /// The text of a file, from here or from the disk.
    pub(crate) fn read(&self, absolute: &Path) -> io::Result<Cow<'_, [u8]>> {
        match self.get(absolute) {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => fs::read(absolute).map(Cow::Owned),
        }
    }
}

/// Reads a file, at most `cap` bytes of it.
///
/// Only regular files are read, so a pipe or a device cannot hang the run; a file that grew since it was found is held to the cap too.
///
/// # Errors
/// A note when it cannot be read, is not a regular file or is larger than `cap`.
pub fn read(entry: &Entry, cap: u64) -> Result<Vec<u8>, Note> {
    let unreadable = |error: io::Error| Note::unreadable(&entry.path, &error);
    let not_regular = || Note::at(&entry.path, "not read: not a regular file");
    // Opening a pipe waits for its writer, so ask before opening; and again after, in case it was exchanged in between.
    if !fs::metadata(&entry.absolute).map_err(unreadable)?.is_file() {
        return Err(not_regular());
    }
    let file = File::open(&entry.absolute).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    if !found.is_file() {
        return Err(not_regular());
    }
    if found.len() > cap {
        return Err(Note::too_large(&entry.path, found.len(), cap));
    }
    // The slack lets the read that meets the end of the file happen without growing the buffer.
    let mut bytes =
        Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0).saturating_add(64));
    file.take(cap.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > cap {
        return Err(Note::too_large(&entry.path, bytes.len() as u64, cap));
    }
    Ok(bytes)
}

/// The note for a Python file that is not UTF-8, whatever PEP 263 comment it carries. The frontend takes its raw bytes.
pub fn encoding_note(path: &str, bytes: &[u8]) -> Option<Note> {
    std::str::from_utf8(bytes).err()?;
    Some(Note::at(
        path,
        "read as latin-1; string values with non-ASCII characters are taken as unknown",
    ))
}

/// A file that was read.
#[derive(Debug)]
pub struct SourceFile {
    /// Path relative to the project root, with `/`.
    pub path: String,
    /// What it is.
    pub language: Language,
    /// Its bytes as they are on disk.
    pub bytes: Vec<u8>,
}

/// A line and a column, both from 1; the column counts characters (a BOM at the start is not counted).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The byte offsets at which the lines of a file start. Lines end at `\n`.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes the lines of `bytes`.
    pub fn new(bytes: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(
            memchr::memchr_iter(b'\n', bytes).map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX)),
        );
        Self { starts }
    }

    /// The line (from 1) that holds `offset`.
    pub fn line(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// Line and column of `offset` in `bytes`, the text this index was made from.
    pub fn line_column(&self, bytes: &[u8], offset: u32) -> LineColumn {
        let line = self.line(offset);
        let start = self.starts[line - 1] as usize;
        let end = (offset as usize).clamp(start, bytes.len());
        let text = String::from_utf8_lossy(&bytes[start.min(end)..end]);
        let text = if start == 0 {
            text.strip_prefix('\u{feff}').unwrap_or(&text)
        } else {
            &text
        };
        LineColumn {
            line,
            column: text.chars().count() + 1,
        }
    }

    /// The byte range of `line` (from 1) without its line end; empty past the last line.
    pub fn line_span(&self, bytes: &[u8], line: usize) -> Span {
        let Some(&start) = self.starts.get(line.wrapping_sub(1)) else {
            return Span::new(bytes.len(), bytes.len());
        };
        let mut end = self
            .starts
            .get(line)
            .map_or(bytes.len(), |next| *next as usize - 1);
        if end > start as usize && bytes.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Span::new(start as usize, end)
    }
}

/// Whether a byte may be a part of an identifier, in whatever script.
pub fn of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(absolute: impl Into<PathBuf>) -> Entry {
        Entry {
            path: "x.py".into(),
            absolute: absolute.into(),
            language: Language::Python,
            size: 0,
            named: false,
        }
    }

    #[test]
    fn a_name_tells_the_language() {
        for (path, language) in [
            ("a/b.pyw", Some(Language::Python)),
            ("a/b.pyi", None),
            (".env", Some(Language::Env)),
            ("a/prod.env", Some(Language::Env)),
            (".envrc", None),
            ("requirements-dev.txt", Some(Language::Manifest)),
            ("constraints.txt", Some(Language::Manifest)),
            ("requirements/x.txt", Some(Language::Manifest)),
            ("notes/x.txt", None),
            ("Pipfile.lock", Some(Language::Manifest)),
            ("Cargo.lock", Some(Language::Manifest)),
            ("api/Cargo.toml", Some(Language::Manifest)),
            ("config.toml", None),
            ("setup.cfg", Some(Language::Manifest)),
            ("setup.py", Some(Language::Python)),
            ("environment.yml", Some(Language::Manifest)),
            ("deploy/docker-compose.prod.yml", Some(Language::Compose)),
            ("compose.override.yaml", Some(Language::Compose)),
            ("composer.yaml", None),
            ("alembic.ini", Some(Language::Ini)),
        ] {
            assert_eq!(Language::of(path), language, "{path}");
        }
    }

    #[test]
    fn reading_keeps_to_the_cap_and_to_regular_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.py");
        fs::write(&path, b"\xef\xbb\xbfa\r\n").expect("written");
        assert_eq!(read(&entry(&path), 6).expect("read"), b"\xef\xbb\xbfa\r\n");
        assert_eq!(
            read(&entry(&path), 5).expect_err("too large").message,
            "not read: 6 bytes are more than the limit of 5"
        );
        assert_eq!(
            read(&entry(folder.path()), 5)
                .expect_err("a folder")
                .message,
            "not read: not a regular file"
        );
        assert!(
            read(&entry(folder.path().join("gone")), 5)
                .expect_err("gone")
                .message
                .starts_with("cannot be read: ")
        );
    }

    #[cfg(unix)]
    #[test]
    fn reading_a_device_or_a_pipe_does_not_hang() {
        assert_eq!(
            read(&entry("/dev/zero"), 5).expect_err("device").message,
            "not read: not a regular file"
        );
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("x.py");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .expect("mkfifo")
                .success()
        );
        assert_eq!(
            read(&entry(&pipe), 5).expect_err("pipe").message,
            "not read: not a regular file"
        );
    }

    #[test]
    fn a_foreign_encoding_is_noted() {
        assert_eq!(encoding_note("a.py", "é = 1".as_bytes()), None);
        assert!(encoding_note("a.py", b"# coding: latin-1\nx = '\xe9'").is_some());
    }

    #[test]
    fn columns_count_characters_and_skip_the_bom() {
        let bytes = "\u{feff}é = 1\r\nb".as_bytes();
        let index = LineIndex::new(bytes);
        assert_eq!(
            index.line_column(bytes, 3),
            LineColumn { line: 1, column: 1 }
        );
        assert_eq!(
            index.line_column(bytes, 5),
            LineColumn { line: 1, column: 2 }
        );
        assert_eq!(
            index.line_column(bytes, bytes.len() as u32),
            LineColumn { line: 2, column: 2 }
        );
        assert_eq!(index.line_span(bytes, 1), Span::new(0, 9));
    }
}
