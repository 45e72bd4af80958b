//! poolint.
//!
//! `Options`, `Run`, `Error`, `analyze` and `pools` are stand-ins of the shape the upper floors rely on.
pub mod catalog;
pub mod cli;
pub mod finding;
pub mod frontend;
pub mod judge;
pub mod project;
pub mod report;
pub mod rule;
pub mod rules;
pub mod source;
pub mod suppress;
pub mod syntax;

use finding::Finding;
use report::Sources;
use report::pools::PoolRow;
use source::{FileId, Language, Place, SourceFile, Span};
use std::borrow::Cow;
use std::path::PathBuf;

/// What is to be analysed, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The project root, absolute. Everything below it is read.
    pub root: PathBuf,
    /// Globs of files to leave out, relative to the root.
    pub exclude: Vec<String>,
    /// Whether files that git ignores are left out.
    pub respect_gitignore: bool,
    /// Files larger than this many bytes are not read; a note says so.
    pub size_cap: u64,
    /// The user's own catalog files.
    pub catalogs: Vec<PathBuf>,
    /// How many threads; `None` is one per core.
    pub threads: Option<usize>,
    /// Whether files without a word of the catalog are skipped unparsed.
    pub prefilter: bool,
}

/// Something worth saying that is no finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The file it is about, relative to the root.
    pub path: Option<String>,
    /// What, one lower-case sentence without a full stop.
    pub message: String,
}

/// The outcome of one analysis.
#[derive(Debug, Default)]
pub struct Run {
    /// The files, sorted by path.
    pub files: Vec<SourceFile>,
    /// What the rules said: unsorted, not judged.
    pub findings: Vec<Finding>,
    /// Unreadable files, files over the size cap, vendored trees left out …
    pub notes: Vec<Note>,
    /// The inline ignores of every parsed file that has any.
    pub ignores: Vec<suppress::Ignores>,
    /// How many files were found.
    pub walked: usize,
    /// How many of them were parsed.
    pub parsed: usize,
}

impl Run {
    /// The head of the innermost statement around a place; see [`suppress::statement_around`].
    pub fn enclosing(&self, _place: Place) -> Option<Span> {
        None
    }
}

impl Sources for Run {
    fn path(&self, file: FileId) -> &str {
        self.files.get(file.index()).map_or("", |file| &file.path)
    }

    fn bytes(&self, file: FileId) -> Cow<'_, [u8]> {
        self.files
            .get(file.index())
            .map_or(Cow::Borrowed(&[]), |file| Cow::Borrowed(&file.bytes))
    }

    fn is_settings(&self, file: FileId) -> bool {
        self.files
            .get(file.index())
            .is_some_and(|file| file.language == Language::Env)
    }
}

/// Why an analysis could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A catalog file cannot be used.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
}

/// Analyses a project.
pub fn analyze(_options: &Options) -> Result<Run, Error> {
    Ok(Run::default())
}

/// The inventory of a project.
pub fn pools(_options: &Options) -> Result<(Run, Vec<PoolRow>), Error> {
    Ok((Run::default(), Vec::new()))
}
