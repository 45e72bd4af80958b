//! Writing fixed files.
//!
//! Takes contents old and new; writes the new ones. Invariant: at any moment a file is old or new, never half, and no
//! file is written that changed since it was read or lies outside of the project.

use super::Changed;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Somebody else wrote it in between.
    #[error("not fixed: it changed since it was read")]
    ChangedMeanwhile,
    /// A symbolic link leads out of the project.
    #[error("not fixed: it lies outside of the project")]
    Outside,
    /// The system refuses.
    #[error("not fixed: {0}")]
    Io(#[from] io::Error),
}

/// Writes one file of the project at `root`. A symbolic link is followed and stays.
///
/// # Errors
/// When the file is not what was read, is not in the project, or cannot be written.
pub fn write(root: &Path, changed: &Changed) -> Result<(), WriteError> {
    let path = fs::canonicalize(&changed.absolute)?;
    if !path.starts_with(fs::canonicalize(root)?) {
        return Err(WriteError::Outside);
    }
    let folder = path.parent().ok_or(WriteError::Outside)?;
    let mut file = tempfile::Builder::new()
        .prefix(".poolint-")
        .tempfile_in(folder)?;
    file.write_all(&changed.new)?;
    file.as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    // As late as can be, so that the moment in which somebody else's change is lost is short.
    if *fs::read(&path)? != *changed.old {
        return Err(WriteError::ChangedMeanwhile);
    }
    file.persist(&path).map_err(|error| error.error)?;
    // The rename is in the folder: a crash must not bring back the old name with the new contents half there.
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(path: &Path, old: &str) -> Changed {
        Changed {
            absolute: path.to_path_buf(),
            old: old.as_bytes().into(),
            new: b"new".as_slice().into(),
        }
    }

    #[test]
    fn only_what_was_read_is_replaced() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.py");
        fs::write(&path, "old").expect("written");
        assert!(matches!(
            write(folder.path(), &changed(&path, "other")),
            Err(WriteError::ChangedMeanwhile)
        ));
        assert_eq!(fs::read(&path).expect("read"), b"old");
        write(folder.path(), &changed(&path, "old")).expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn modes_stay_and_links_do_not_lead_out() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let outer = tempfile::tempdir().expect("folder");
        let root = outer.path().join("project");
        fs::create_dir(&root).expect("folder");
        let (real, link) = (outer.path().join("a.py"), root.join("a.py"));
        fs::write(&real, "old").expect("written");
        symlink(&real, &link).expect("link");
        assert!(matches!(
            write(&root, &changed(&link, "old")),
            Err(WriteError::Outside)
        ));
        fs::set_permissions(&real, fs::Permissions::from_mode(0o750)).expect("mode");
        write(outer.path(), &changed(&link, "old")).expect("written");
        assert_eq!(fs::read(&real).expect("read"), b"new");
        let mode = fs::metadata(&real).expect("mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o750);
        assert!(fs::symlink_metadata(&link).expect("link").is_symlink());
    }
}
