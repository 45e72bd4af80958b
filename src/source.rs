//! Source files and places in them.
//!
//! Takes the bytes of a file as they are on disk; gives places, lines and columns.
//! Invariant: a place is a file and a byte range into the file as it is on disk (BOM, shebang and CRLF
//! included), and nothing else is stored; lines and columns are computed when they are shown.

use std::ops::Range;

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

/// What a file is, by its name. It decides which frontend reads it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Language {
    /// Python source (`.py`, `.pyw`, `.pyi` excluded).
    Python,
    /// A settings file: `.env`, `.env.*`, `*.env`.
    Env,
    /// A file that says which libraries the project uses: pyproject, requirements, lock files.
    Manifest,
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

#[cfg(test)]
mod tests {
    use super::*;

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
