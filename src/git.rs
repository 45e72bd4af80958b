//! Which files git tracks.
//!
//! Takes a project root; gives its git top level and, asked once and lazily, the tracked files.
//! Invariant: nothing of the repository is executed; a hostile `.git/config` gets no program run.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What git says about a project.
#[derive(Debug)]
pub enum Tracking {
    /// The tracked files.
    Tracked(Tracked),
    /// Nothing can be said, and why, as one lower-case sentence without a full stop.
    Unknown(String),
}

/// The tracked files below a project root.
#[derive(Debug, Default)]
pub struct Tracked {
    files: HashSet<String>,
    /// Folders that are repositories of their own; the outer one knows nothing of the files in them.
    submodules: HashSet<String>,
    /// Tracked files that a sparse checkout leaves out of the tree.
    left_out: HashSet<String>,
}

impl Tracked {
    /// Whether `path` (relative to the project root, with `/`) is tracked; `None` inside a submodule.
    pub fn contains(&self, path: &str) -> Option<bool> {
        if self.files.contains(path) {
            return Some(true);
        }
        let inside = !self.submodules.is_empty()
            && path
                .match_indices('/')
                .any(|(at, _)| self.submodules.contains(&path[..at]));
        (!inside).then_some(false)
    }

    /// Whether `path` is tracked and a sparse checkout leaves it out of the tree.
    pub fn is_left_out(&self, path: &str) -> bool {
        self.left_out.contains(path)
    }

    /// How many files are tracked.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Git, asked about one project.
#[derive(Debug)]
pub struct Git {
    root: PathBuf,
    answer: OnceLock<Tracking>,
}

impl Git {
    /// Git for the project at `root`; nothing is run yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            answer: OnceLock::new(),
        }
    }

    /// Which files are tracked. The first call runs `git`; the answer is kept.
    pub fn tracking(&self) -> &Tracking {
        self.answer.get_or_init(|| ask(&self.root))
    }

    /// Whether `path` (relative to the project root, with `/`) is tracked; `None` when that cannot be known.
    pub fn is_tracked(&self, path: &str) -> Option<bool> {
        match self.tracking() {
            Tracking::Tracked(tracked) => tracked.contains(path),
            Tracking::Unknown(_) => None,
        }
    }
}

/// The nearest folder at or above `folder` that holds a `.git` folder or file. Git is not run.
pub fn toplevel(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    folder
        .ancestors()
        .find(|above| above.join(".git").exists())
        .map(Path::to_path_buf)
}

fn ask(root: &Path) -> Tracking {
    if toplevel(root).is_none() {
        return Tracking::Unknown("not in a git repository".to_owned());
    }
    match command(root)
        .args(["ls-files", "-z", "-t", "--stage"])
        .output()
    {
        Err(error) => Tracking::Unknown(format!("git cannot be run: {error}")),
        Ok(output) if output.status.success() => Tracking::Tracked(listing(&output.stdout)),
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr);
            let first = words.lines().next().unwrap_or("no reason given");
            Tracking::Unknown(format!("git failed: {first}"))
        }
    }
}

/// A repository, as patches need it.
#[derive(Debug)]
pub struct Repository {
    /// Its top folder.
    pub top: PathBuf,
    /// How it names objects.
    pub format: ObjectFormat,
    /// Name and address of whoever works here, `Name <address>`.
    pub author: Option<String>,
    /// When the last commit was made, in seconds since 1970.
    pub last_commit: Option<i64>,
}

/// How a repository names objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectFormat {
    /// 40 digits.
    Sha1,
    /// 64 digits.
    Sha256,
}

/// The repository that `root` lies in.
pub fn repository(root: &Path) -> Option<Repository> {
    toplevel(root)?;
    let ask = |args: &[&str]| {
        let output = command(root).args(args).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        (output.status.success() && !text.is_empty()).then_some(text)
    };
    let author = || {
        let (name, address) = (
            ask(&["config", "user.name"])?,
            ask(&["config", "user.email"])?,
        );
        Some(format!("{name} <{address}>"))
    };
    Some(Repository {
        top: PathBuf::from(ask(&["rev-parse", "--show-toplevel"])?),
        // Programs from before 2019 know one format only, and not the question.
        format: match ask(&["rev-parse", "--show-object-format"]).as_deref() {
            Some("sha256") => ObjectFormat::Sha256,
            _ => ObjectFormat::Sha1,
        },
        author: author(),
        last_commit: ask(&["log", "-1", "--format=%ct"]).and_then(|text| text.parse().ok()),
    })
}

/// `git` with every door shut through which a repository's configuration could run a program.
fn command(root: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("--no-pager")
        .args(["-c", "core.fsmonitor=false"])
        .args(["-c", "core.hooksPath=/dev/null"])
        // A folder that looks like a bare repository is not taken for one (git-config, safe.bareRepository).
        .args(["-c", "safe.bareRepository=explicit"])
        .arg("-C")
        .arg(root)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        // Expanding a sparse index in a partial clone would fetch, and a remote may be any program.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .stdin(Stdio::null());
    // A hook's git sets these for its own working directory.
    for name in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_NAMESPACE",
    ] {
        git.env_remove(name);
    }
    git
}

/// Reads `<tag> <mode> <object> <stage>\t<path>\0` …, where the tag `S` means left out of the tree; paths that are not UTF-8 are no paths of ours.
fn listing(output: &[u8]) -> Tracked {
    let mut tracked = Tracked::default();
    for record in output.split(|byte| *byte == 0) {
        let Some(tab) = memchr::memchr(b'\t', record) else {
            continue;
        };
        let Ok(path) = std::str::from_utf8(&record[tab + 1..]) else {
            continue;
        };
        let (tag, rest) = record.split_at(record.len().min(2));
        if rest.starts_with(b"160000 ") {
            tracked.submodules.insert(path.to_owned());
            continue;
        }
        if tag == b"S " {
            tracked.left_out.insert(path.to_owned());
        }
        tracked.files.insert(path.to_owned());
    }
    tracked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_knows_files_and_submodules() {
        let tracked = listing(
            b"H 100644 0 0\ta b.py\0H 160000 0 0\tlib/x\0H 100644 0 0\t\xff.py\0S 100644 0 0\tc.py\0",
        );
        assert!(tracked.is_left_out("c.py") && !tracked.is_left_out("a b.py"));
        assert_eq!(tracked.contains("a b.py"), Some(true));
        assert_eq!(tracked.contains("b.py"), Some(false));
        assert_eq!(tracked.contains("lib/x/a.py"), None);
        assert_eq!(tracked.contains("lib/xy/a.py"), Some(false));
        assert_eq!(tracked.len(), 2);
    }

    #[test]
    fn outside_a_repository_git_is_not_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let git = Git::new(folder.path());
        assert_eq!(git.is_tracked("a.py"), None);
        assert!(
            matches!(git.tracking(), Tracking::Unknown(why) if why == "not in a git repository")
        );
    }
}
