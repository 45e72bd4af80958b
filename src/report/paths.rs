//! How paths are written: for people from where they stand, for machines from the root of the project or repository.
//!
//! Takes paths relative to the project root, with `/`; gives them relative to another folder, with `/`. Invariant: a
//! path that is written leads to its file from the folder that it was written for.

use std::path::{Component, Path};

/// A way to write the paths of one project.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Paths {
    /// The folders from the file system's root down to the project.
    project: Vec<String>,
    /// The folders down to where the paths are read.
    reader: Vec<String>,
    /// What stands before the path of a file that does not lie below the reader; without it `../` leads there.
    outside: Option<String>,
}

impl Paths {
    /// Relative to the project root.
    pub fn of_project() -> Self {
        Self::default()
    }

    /// Relative to `reader`; both are absolute folders without links. Without a known project root, as
    /// [`Paths::of_project`].
    pub fn from(reader: &Path, project: &Path) -> Self {
        if !project.is_absolute() || !reader.is_absolute() {
            return Self::of_project();
        }
        Self {
            project: folders(project),
            reader: folders(reader),
            outside: None,
        }
    }

    /// Files that do not lie below the reader get absolute paths.
    #[must_use]
    pub fn absolute_outside(mut self, project: &Path) -> Self {
        let project = project.to_string_lossy().replace('\\', "/");
        self.outside = Some(project.trim_end_matches('/').to_owned());
        self
    }

    /// The path as it is to be written.
    pub fn written(&self, path: &str) -> String {
        let whole = self.project.iter().map(String::as_str);
        let whole: Vec<&str> = whole.chain(path.split('/')).collect();
        let shared = self
            .reader
            .iter()
            .zip(&whole)
            .take_while(|(reader, part)| reader == part)
            .count();
        let up = self.reader.len() - shared;
        match &self.outside {
            Some(project) if up > 0 => format!("{project}/{path}"),
            _ => "../".repeat(up) + &whole[shared..].join("/"),
        }
    }
}

/// The names on the way to a folder; the first may be a drive.
fn folders(path: &Path) -> Vec<String> {
    path.components()
        .filter(|part| !matches!(part, Component::RootDir | Component::CurDir))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_from_the_reader_to_the_file() {
        let project = Path::new("/home/me/shop");
        let written =
            |reader: &str, path: &str| Paths::from(Path::new(reader), project).written(path);
        assert_eq!(written("/home/me/shop", "app/db.py"), "app/db.py");
        assert_eq!(written("/home/me", "app/db.py"), "shop/app/db.py");
        assert_eq!(written("/home/me/shop/app", "app/db.py"), "db.py");
        assert_eq!(
            written("/home/me/shop/app", "apples/db.py"),
            "../apples/db.py"
        );
        assert_eq!(written("/home/me/shop/app/web", ".env"), "../../.env");
        assert_eq!(written("/home/you", "db.py"), "../me/shop/db.py");
        assert_eq!(written("/", "db.py"), "home/me/shop/db.py");
        assert_eq!(Paths::of_project().written("app/db.py"), "app/db.py");
        assert_eq!(
            Paths::from(Path::new("/a"), Path::new("")),
            Paths::of_project()
        );
    }

    #[test]
    fn outside_of_the_reader_paths_can_be_absolute() {
        let project = Path::new("/home/me/shop");
        let paths =
            |reader: &str| Paths::from(Path::new(reader), project).absolute_outside(project);
        assert_eq!(paths("/home/me/shop/app").written("app/db.py"), "db.py");
        assert_eq!(
            paths("/home/me/shop/app").written("db.py"),
            "/home/me/shop/db.py"
        );
        assert_eq!(paths("/srv").written("db.py"), "/home/me/shop/db.py");
    }
}
