//! Which project, and which of its files are asked about.
//!
//! Takes paths as they were typed; gives the project root and the paths relative to it. Facts are always gathered from
//! the whole project; the paths only say where findings are shown. Invariant: a path that does not exist, or lies
//! outside the project, is told before anything is read.

use super::Failure;
use super::config::ConfigArgs;
use crate::config::{self, Config};
use crate::report::paths::Paths;
use crate::report::printable;
use crate::{Options, globs};
use clap::Args;
use std::path::{Path, PathBuf};

/// Options about what is read.
#[derive(Args)]
pub(crate) struct FileArgs {
    /// Files and folders to report on; facts are gathered from the whole project
    #[arg(
        value_name = "PATHS",
        default_value = ".",
        hide_default_value = true,
        help_heading = None::<&str>
    )]
    paths: Vec<PathBuf>,
    /// Root of the project [default: the nearest folder above the first path with a configuration, else the git
    /// root, else the path itself]
    #[arg(long, value_name = "DIR", help_heading = "Files")]
    project: Option<PathBuf>,
    /// Leave out files that match, relative to the root, instead of those that the configuration excludes; may be
    /// given several times
    #[arg(long, value_name = "GLOB", value_parser = glob, help_heading = "Files")]
    exclude: Vec<String>,
    /// Leave out files that match besides; may be given several times
    #[arg(long, value_name = "GLOB", value_parser = glob, help_heading = "Files")]
    extend_exclude: Vec<String>,
    /// Leave out excluded files even when they are named
    #[arg(long, help_heading = "Files")]
    force_exclude: bool,
    /// Also read files that git ignores
    #[arg(long, help_heading = "Files")]
    no_respect_gitignore: bool,
    /// Leave out files that are larger, with a note; bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "4M", value_parser = size, help_heading = "Files")]
    size_cap: u64,
}

/// What was asked for.
pub(crate) struct Request {
    /// For the analysis.
    pub(crate) options: Options,
    /// Where findings are shown, relative to the root and with `/`; an empty path is the root itself.
    pub(crate) paths: Vec<String>,
    /// The configuration of the project.
    pub(crate) config: Config,
}

impl FileArgs {
    /// How paths are written for the person who typed these: relative to the working directory; what lies outside of
    /// it with `../`, or in full where that was typed.
    pub(crate) fn for_people(&self, project: &Path) -> Paths {
        let here = std::env::current_dir().and_then(std::fs::canonicalize);
        let Ok(here) = here else {
            return Paths::of_project();
        };
        let paths = Paths::from(&here, project);
        let mut typed = self.paths.iter().chain(&self.project);
        if typed.any(|path| path.is_absolute()) {
            return paths.absolute_outside(project);
        }
        paths
    }

    /// Finds the project and the paths in it.
    pub(crate) fn resolve(&self, args: &ConfigArgs) -> Result<Request, Failure> {
        let paths = self
            .paths
            .iter()
            .map(|path| existing(path))
            .collect::<Result<Vec<_>, _>>()?;
        let root = match &self.project {
            Some(project) => {
                let root = existing(project)?;
                if !root.is_dir() {
                    return Err(Failure::message(format!(
                        "{} is not a folder",
                        quoted(project)
                    )));
                }
                root
            }
            None => root_of(&paths, !args.isolated()),
        };
        let relative = paths
            .iter()
            .zip(&self.paths)
            .map(|(path, typed)| match path.strip_prefix(&root) {
                Ok(path) => Ok(slashed(path)),
                Err(_) => Err(Failure::message(format!(
                    "{} lies outside of the project {}; say which one is meant with `--project`",
                    quoted(typed),
                    quoted(&root)
                ))),
            })
            .collect::<Result<_, _>>()?;
        let config = args.find(&root)?;
        let exclude = match self.exclude.as_slice() {
            [] => &config.exclude,
            typed => typed,
        };
        let options = Options {
            declared: args.declared(&config)?,
            catalogs: args.catalogs(&config),
            root,
            named: paths.clone(),
            exclude: [exclude, self.extend_exclude.as_slice()].concat(),
            force_exclude: self.force_exclude,
            respect_gitignore: !self.no_respect_gitignore,
            size_cap: self.size_cap,
            threads: args.threads(),
            prefilter: args.prefilter(),
            overlay: Default::default(),
            git: true,
        };
        Ok(Request {
            options,
            paths: relative,
            config,
        })
    }
}

/// The absolute form of a path that must exist.
fn existing(path: &Path) -> Result<PathBuf, Failure> {
    std::fs::canonicalize(path).map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
            _ => error.to_string(),
        };
        Failure::message(format!("{}: {why}", quoted(path)))
    })
}

fn quoted(path: &Path) -> String {
    format!("`{}`", printable(&path.display().to_string()))
}

/// A relative path with `/`.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// The root of the project that the first path lies in; outside of any, the folder that holds all paths.
fn root_of(paths: &[PathBuf], by_config: bool) -> PathBuf {
    let folder = |path: &PathBuf| match path.parent() {
        Some(parent) if !path.is_dir() => parent.to_path_buf(),
        _ => path.clone(),
    };
    let mut folders = paths.iter().map(folder);
    let first = folders.next().unwrap_or_default();
    let by_git = || {
        first
            .ancestors()
            .find(|folder| folder.join(".git").exists())
            .map(Path::to_path_buf)
    };
    by_config
        .then(|| config::root_above(&first))
        .flatten()
        .or_else(by_git)
        .unwrap_or_else(|| {
            folders.fold(first.clone(), |root, folder| {
                root.ancestors()
                    .find(|root| folder.starts_with(root))
                    .unwrap_or(&root)
                    .to_path_buf()
            })
        })
}

/// A glob that compiles.
fn glob(text: &str) -> Result<String, String> {
    globs::check(text).map(|()| text.to_owned())
}

/// A number of bytes: `1500`, `64K`, `4M`, `1G`.
fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1 << 10),
        Some((at, 'm' | 'M')) => (&text[..at], 1 << 20),
        Some((at, 'g' | 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1_u64),
    };
    let number = digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    number.ok_or_else(|| "not a number of bytes such as `1500`, `64K` or `4M`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("1500"), Ok(1500));
        assert_eq!(size("64k"), Ok(65_536));
        assert_eq!(size("4M"), Ok(4_194_304));
        for wrong in ["", "M", "-1", "1T", "99999999999G"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_root_is_marked_by_config_then_git_then_the_path() {
        let outer = tempfile::tempdir().expect("folder");
        let root = fs::canonicalize(outer.path()).expect("path");
        let deep = root.join("a/b/c");
        fs::create_dir_all(&deep).expect("folders");
        fs::write(deep.join("x.py"), "").expect("file");
        let paths = [deep.join("x.py")];
        assert_eq!(root_of(&paths, true), deep);
        assert_eq!(root_of(std::slice::from_ref(&deep), true), deep);
        assert_eq!(
            root_of(&[deep.join("x.py"), root.join("a")], true),
            root.join("a")
        );
        fs::create_dir(root.join("a/b/.git")).expect("git");
        assert_eq!(root_of(&paths, true), root.join("a/b"));
        fs::write(root.join("a/.poolint.yaml"), "").expect("config");
        assert_eq!(root_of(&paths, true), root.join("a"));
        assert_eq!(root_of(&paths, false), root.join("a/b"));
    }
}
