//! Running the built program, with a bound on its time, and making projects for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Every format of `check`.
pub(crate) const FORMATS: &[&str] = &["full", "concise", "json", "sarif", "github"];

/// Every format of `pools`.
pub(crate) const POOLS_FORMATS: &[&str] = &["text", "json"];

/// How long one run may take before it counts as endless.
const ENDLESS: Duration = Duration::from_secs(60);

/// What a run left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    /// stdout.
    pub(crate) out: Vec<u8>,
    /// stderr.
    pub(crate) err: String,
}

/// Runs poolint in `folder`.
///
/// # Panics
/// When it does not end, panics, or is ended by a signal such as that of an overflown stack.
pub(crate) fn poolint(folder: &Path, args: &[&str]) -> Ran {
    timed(folder, args).0
}

/// As [`poolint`], with the time it took.
pub(crate) fn timed(folder: &Path, args: &[&str]) -> (Ran, Duration) {
    let (out, err) = (file(), file());
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_poolint"))
        .args(args)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .stdout(out.reopen().expect("a file"))
        .stderr(err.reopen().expect("a file"))
        .spawn()
        .expect("the program runs");
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if start.elapsed() > ENDLESS {
            child.kill().expect("it can be ended");
            child.wait().expect("it ends");
            panic!("{args:?} in {} does not end", folder.display());
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let spent = start.elapsed();
    let ran = Ran {
        code: status.code(),
        out: fs::read(out.path()).expect("stdout"),
        err: String::from_utf8_lossy(&fs::read(err.path()).expect("stderr")).into_owned(),
    };
    assert!(
        ran.code.is_some_and(|code| code <= 2) && !ran.err.contains("panicked"),
        "{args:?} in {}: {status}\n{}",
        folder.display(),
        ran.err
    );
    (ran, spent)
}

fn file() -> tempfile::NamedTempFile {
    tempfile::NamedTempFile::new().expect("a file")
}

/// A folder with these files.
pub(crate) fn project<T: AsRef<[u8]>>(files: &[(&str, T)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, bytes) in files {
        put(folder.path(), path, bytes);
    }
    folder
}

/// Writes one file of a project.
pub(crate) fn put(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let target = root.join(path);
    fs::create_dir_all(target.parent().expect("below the root")).expect("a folder can be made");
    fs::write(target, bytes).expect("a file can be written");
}

/// Every file below `root` with its bytes.
pub(crate) fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                open.push(entry.path());
                found.insert(entry.path(), Vec::new());
            } else if kind.is_file() {
                found.insert(entry.path(), fs::read(entry.path()).expect("a file"));
            } else {
                found.insert(entry.path(), b"neither".to_vec());
            }
        }
    }
    found
}
