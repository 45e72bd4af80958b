//! Globs of project paths, one meaning wherever the user may write one.
//!
//! Takes patterns relative to the project root; tells which paths they cover. A pattern without `/` is a name at any
//! depth, one that begins with `/` starts at the root, and what covers a folder covers all that is in it.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// Some globs.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    set: Option<GlobSet>,
}

impl Globs {
    /// The patterns that compile; those that do not are left out and given back with the reason.
    pub fn new(patterns: &[String]) -> (Self, Vec<(String, String)>) {
        let mut set = GlobSetBuilder::new();
        let mut wrong = Vec::new();
        for pattern in patterns {
            match compile(pattern) {
                Ok(glob) => {
                    set.add(glob);
                }
                Err(reason) => wrong.push((pattern.clone(), reason)),
            }
        }
        let globs = Self {
            set: set.build().ok().filter(|globs| !globs.is_empty()),
        };
        (globs, wrong)
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.set.is_none()
    }

    /// Whether a pattern matches this very path (with `/`, relative to the root).
    pub fn matches(&self, path: &str) -> bool {
        self.set.as_ref().is_some_and(|globs| globs.is_match(path))
    }

    /// Whether `path` or a folder above it matches.
    pub fn cover(&self, path: &str) -> bool {
        self.set.is_some()
            && (self.matches(path)
                || path
                    .match_indices('/')
                    .any(|(at, _)| self.matches(&path[..at])))
    }
}

/// Why a pattern is none.
///
/// # Errors
/// When the pattern does not compile: the reason, a lower-case sentence.
pub fn check(pattern: &str) -> Result<(), String> {
    compile(pattern).map(|_| ())
}

fn compile(pattern: &str) -> Result<Glob, String> {
    let trimmed = pattern.trim_start_matches("./").trim_end_matches('/');
    let glob = match trimmed.strip_prefix('/') {
        Some(anchored) => anchored.to_owned(),
        None if trimmed.contains('/') => trimmed.to_owned(),
        None => format!("**/{trimmed}"),
    };
    GlobBuilder::new(&glob)
        .literal_separator(true)
        .build()
        .map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_at_any_depth_and_a_path_from_the_root() {
        let covers = |pattern: &str, path: &str| {
            let (globs, wrong) = Globs::new(&[pattern.to_owned()]);
            assert!(wrong.is_empty());
            globs.cover(path)
        };
        for (pattern, path) in [
            ("scripts", "a/scripts/x.py"),
            ("*_pb2.py", "a/b/x_pb2.py"),
            ("scripts/**", "scripts/a/x.py"),
            ("./scripts/", "scripts/x.py"),
            ("/scripts", "scripts/x.py"),
            ("**/generated/**", "a/generated/x.py"),
        ] {
            assert!(covers(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("scripts/**", "a/scripts/x.py"),
            ("/scripts", "a/scripts/x.py"),
            ("a/*.py", "a/b/x.py"),
            ("script", "scripts/x.py"),
        ] {
            assert!(!covers(pattern, path), "{pattern} {path}");
        }
        assert!(check("a[").is_err());
        assert!(!Globs::default().cover("a"));
    }
}
