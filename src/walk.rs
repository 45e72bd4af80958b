//! Which files a run reads.
//!
//! Takes the project root and the paths named on the command line; gives the files, sorted by path, and notes about
//! what was left out. Vendored trees and ignored files are left out unless named; settings files beside a manifest are
//! found though ignored. Invariant: the answer depends on the tree alone, not on threads, machine or working directory.

use std::collections::HashSet;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::git;
use crate::globs::Globs;
use crate::source::Language;
pub use crate::source::{Entry, Note};

/// Files larger than this many bytes are not read unless [`Options::size_cap`] says otherwise: 4 MiB.
pub const SIZE_CAP: u64 = 4 * 1024 * 1024;

/// What to walk.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder whose files make the project; all of it is walked, whatever is named.
    pub project_root: PathBuf,
    /// The paths named on the command line; a relative one is relative to the working directory.
    pub named: Vec<PathBuf>,
    /// Whether files that a `.gitignore` names are left out.
    pub respect_gitignore: bool,
    /// Files larger than this many bytes are left out with a note.
    pub size_cap: u64,
    /// Globs of what to leave out, relative to the root; one without `/` matches a name at any depth.
    pub exclude: Vec<String>,
    /// Whether `exclude` holds for named paths too.
    pub force_exclude: bool,
    /// Threads to walk with; 0 chooses.
    pub threads: usize,
}

impl Options {
    /// Everything under `project_root`, with the defaults.
    pub fn new(project_root: impl Into<PathBuf>) -> Self {
        Self {
            project_root: project_root.into(),
            named: Vec::new(),
            respect_gitignore: true,
            size_cap: SIZE_CAP,
            exclude: Vec::new(),
            force_exclude: false,
            threads: 0,
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Walk {
    /// The project root, absolute and without symbolic links.
    pub root: PathBuf,
    /// The files, sorted by path, each once.
    pub entries: Vec<Entry>,
    /// What the user should know, sorted.
    pub notes: Vec<Note>,
    /// How many vendored trees were left out (those an ignore file names are not counted).
    pub vendored: usize,
    /// Paths of the files over the size cap, sorted; nothing may be claimed absent from them.
    pub too_large: Vec<String>,
    /// Named paths that do not exist, in the order given.
    pub missing: Vec<PathBuf>,
}

/// Finds the files of a project.
pub fn walk(options: &Options) -> Walk {
    let mut walk = Walk::default();
    let given = fs::canonicalize(&options.project_root);
    walk.root = match given {
        Ok(root) if root.is_file() => root.parent().map(Path::to_path_buf).unwrap_or(root),
        Ok(root) => root,
        Err(error) => {
            let path = options.project_root.to_string_lossy();
            walk.notes.push(Note::unreadable(path, &error));
            walk.missing.push(options.project_root.clone());
            return walk;
        }
    };
    let root = walk.root.clone();
    let named = Named::new(options, &root, &mut walk);
    let exclude = Arc::new(excluding(&options.exclude, &mut walk.notes));

    let mut found = Found::default();
    let whole = Tree {
        base: root.clone(),
        prefix: String::new(),
        filtered: true,
        gitignore: options.respect_gitignore,
        exclude: Arc::clone(&exclude),
    };
    found.gather(&whole, &root, &named, options);
    // A named folder that the first pass left out was asked for: what hides it does not count inside it.
    let forced = if options.force_exclude {
        Arc::clone(&exclude)
    } else {
        Arc::default()
    };
    for (path, folder) in &named.folders {
        if found.visited.contains(folder) || root.starts_with(folder) {
            continue;
        }
        if options.force_exclude && exclude.cover(path) {
            continue;
        }
        let inside = folder.starts_with(&root);
        let tree = Tree {
            base: folder.clone(),
            prefix: path.clone(),
            filtered: !inside,
            gitignore: !inside && options.respect_gitignore,
            exclude: Arc::clone(if inside { &forced } else { &exclude }),
        };
        found.gather(&tree, &root, &named, options);
    }

    found.manifest_folders.push(root.clone());
    found.manifest_folders.sort();
    found.manifest_folders.dedup();
    for folder in &found.manifest_folders {
        let sources = SOURCE_FOLDERS.iter().map(|name| folder.join(name));
        for folder in sources.chain([folder.clone()]) {
            for entry in lookup_settings(&root, &folder) {
                if !exclude.cover(&entry.path) {
                    found.entries.push(entry);
                }
            }
        }
    }
    for (path, file) in &named.files {
        if options.force_exclude && exclude.cover(path) {
            continue;
        }
        match named_file(path, file) {
            Ok(entry) => found.entries.push(entry),
            Err(note) => found.notes.push(note),
        }
    }

    let mut entries = found.entries;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries.dedup_by(|a, b| a.path == b.path);
    for entry in &mut entries {
        entry.named = named.holds(&entry.path);
    }
    let cap = options.size_cap;
    for entry in entries.extract_if(.., |entry| entry.size > cap) {
        walk.notes
            .push(Note::too_large(&entry.path, entry.size, cap));
        walk.too_large.push(entry.path);
    }
    walk.entries = entries;
    walk.notes.append(&mut found.notes);
    walk.notes.sort();
    walk.notes.dedup();
    walk.vendored = found.vendored;
    walk
}

/// The settings files (`.env`, `.env.*`, `*.env`) directly in `folder`, ignored or not, sorted by path.
///
/// `root` is the project root that their paths are relative to. `.env` is git-ignored nearly everywhere and yet says
/// what the program connects to. A folder that cannot be read has none; symbolic links out of the root are left out.
pub fn lookup_settings(root: &Path, folder: &Path) -> Vec<Entry> {
    let Ok(listing) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut entries: Vec<Entry> = listing
        .flatten()
        .filter(|item| {
            item.file_name()
                .to_str()
                .is_some_and(|name| Language::of(name) == Some(Language::Env))
        })
        .filter_map(|item| {
            let absolute = item.path();
            let path = relative(root, &absolute)?;
            if item.file_type().ok()?.is_symlink()
                && !fs::canonicalize(&absolute).ok()?.starts_with(root)
            {
                return None;
            }
            let metadata = fs::metadata(&absolute).ok()?;
            let size = metadata.is_file().then_some(metadata.len())?;
            Some(Entry {
                path,
                absolute,
                language: Language::Env,
                size,
                named: false,
            })
        })
        .collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries
}

/// The paths named on the command line, resolved. The first of a pair is relative to the root, with `/`.
#[derive(Default)]
struct Named {
    everything: bool,
    files: Vec<(String, PathBuf)>,
    folders: Vec<(String, PathBuf)>,
    paths: HashSet<String>,
}

impl Named {
    fn new(options: &Options, root: &Path, walk: &mut Walk) -> Self {
        // A file given as the project is a named file of its folder.
        let file_as_root = fs::metadata(&options.project_root)
            .is_ok_and(|metadata| metadata.is_file())
            .then_some(&options.project_root);
        let mut named = Self {
            everything: options.named.is_empty() && file_as_root.is_none(),
            ..Self::default()
        };
        for given in file_as_root.into_iter().chain(&options.named) {
            let Ok(metadata) = fs::metadata(given) else {
                walk.missing.push(given.clone());
                walk.notes
                    .push(Note::at(given.to_string_lossy(), "no such file or folder"));
                continue;
            };
            let absolute = match resolve(given) {
                Ok(absolute) => absolute,
                Err(error) => {
                    walk.notes
                        .push(Note::unreadable(given.to_string_lossy(), &error));
                    continue;
                }
            };
            let Some(path) = relative(root, &absolute) else {
                walk.notes.push(not_unicode(given));
                continue;
            };
            if metadata.is_dir() {
                named.everything |= root.starts_with(&absolute);
                named.folders.push((path.clone(), absolute));
            } else if metadata.is_file() {
                named.files.push((path.clone(), absolute));
            } else {
                walk.notes
                    .push(Note::at(path, "not read: not a regular file"));
                continue;
            }
            named.paths.insert(path);
        }
        named
    }

    /// Whether `path` is a named path or lies under one.
    fn holds(&self, path: &str) -> bool {
        self.everything
            || self.paths.contains(path)
            || path
                .match_indices('/')
                .any(|(at, _)| self.paths.contains(&path[..at]))
    }
}

/// The globs of what to leave out; a note for each that is none.
fn excluding(patterns: &[String], notes: &mut Vec<Note>) -> Globs {
    let (globs, wrong) = Globs::new(patterns);
    notes.extend(wrong.into_iter().map(|(pattern, reason)| Note {
        path: None,
        message: format!("exclude pattern `{pattern}` is left out: {reason}"),
    }));
    globs
}

/// One tree to walk.
struct Tree {
    base: PathBuf,
    /// The path of `base` relative to the root.
    prefix: String,
    /// Whether vendored trees are left out.
    filtered: bool,
    gitignore: bool,
    exclude: Arc<Globs>,
}

/// What the walker's threads report.
enum Event {
    File(Entry),
    Note(Note),
    /// A folder that holds a manifest.
    Manifest(PathBuf),
    /// A named folder was reached.
    Visited(PathBuf),
}

#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    notes: Vec<Note>,
    manifest_folders: Vec<PathBuf>,
    visited: HashSet<PathBuf>,
    vendored: usize,
}

impl Found {
    fn gather(&mut self, tree: &Tree, root: &Path, named: &Named, options: &Options) {
        let vendored = Arc::new(AtomicUsize::new(0));
        let mut builder = WalkBuilder::new(&tree.base);
        builder
            .standard_filters(false)
            .git_ignore(tree.gitignore)
            .git_exclude(tree.gitignore)
            // Outside a repository nothing bounds the search for ignore files in the folders above.
            .parents(tree.gitignore && git::toplevel(&tree.base).is_some())
            .require_git(false)
            .follow_links(false)
            .current_dir(&tree.base)
            .threads(options.threads)
            .filter_entry(filter(tree, &vendored));
        let named_folders: HashSet<&Path> = named
            .folders
            .iter()
            .map(|(_, folder)| folder.as_path())
            .collect();
        let (events, reports) = channel();
        builder.build_parallel().run(|| {
            let visitor = Visitor {
                tree,
                root,
                named_folders: &named_folders,
                events: events.clone(),
            };
            Box::new(move |item| visitor.visit(item))
        });
        drop(events);
        for event in reports {
            match event {
                Event::File(entry) => self.entries.push(entry),
                Event::Note(note) => self.notes.push(note),
                Event::Manifest(folder) => self.manifest_folders.push(folder),
                Event::Visited(folder) => {
                    self.visited.insert(folder);
                }
            }
        }
        self.vendored += vendored.load(Ordering::Relaxed);
    }
}

/// The test that keeps folders and files in a walk.
fn filter(
    tree: &Tree,
    vendored: &Arc<AtomicUsize>,
) -> impl Fn(&DirEntry) -> bool + Send + Sync + 'static {
    let (base, prefix) = (tree.base.clone(), tree.prefix.clone());
    let (exclude, filtered) = (Arc::clone(&tree.exclude), tree.filtered);
    let vendored = Arc::clone(vendored);
    move |item| {
        if item.depth() == 0 {
            return true;
        }
        if !exclude.is_empty()
            && below(&base, &prefix, item.path()).is_some_and(|path| exclude.matches(&path))
        {
            return false;
        }
        if !item.file_type().is_some_and(|kind| kind.is_dir()) {
            return true;
        }
        match item.file_name().to_str() {
            Some(".git" | ".hg" | ".svn" | ".jj" | "__pycache__") => false,
            Some(name) if filtered && is_vendored(item.path(), name) => {
                vendored.fetch_add(1, Ordering::Relaxed);
                false
            }
            _ => true,
        }
    }
}

/// Whether a folder holds code that was installed or built, not written here.
fn is_vendored(folder: &Path, name: &str) -> bool {
    match name {
        "site-packages" | "dist-packages" | "node_modules" | ".tox" | ".nox" | ".venv"
        | ".eggs" => true,
        // `target` is also a fair name for a package; only cargo's is left out.
        "target" => {
            folder.join("CACHEDIR.TAG").exists()
                || folder.with_file_name("Cargo.toml").exists()
                    && !folder.join("__init__.py").exists()
        }
        _ => name.ends_with(".dist-info") || folder.join("pyvenv.cfg").exists(),
    }
}

/// Folders beside a manifest from which a program is started, too.
const SOURCE_FOLDERS: [&str; 2] = ["src", "lib"];

/// Whether the folder of a file called `name` may have settings files beside it.
fn marks_settings(name: &str) -> bool {
    match name {
        "pyproject.toml" | "setup.py" | "setup.cfg" | "Pipfile" => true,
        _ => {
            name.starts_with("requirements") && name.ends_with(".txt")
                || (name.starts_with("docker-compose") || name.starts_with("compose."))
                    && (name.ends_with(".yml") || name.ends_with(".yaml"))
        }
    }
}

/// One thread's share of a walk.
struct Visitor<'a> {
    tree: &'a Tree,
    root: &'a Path,
    named_folders: &'a HashSet<&'a Path>,
    events: Sender<Event>,
}

impl Visitor<'_> {
    fn visit(&self, item: Result<DirEntry, ignore::Error>) -> WalkState {
        let item = match item {
            Ok(item) => item,
            Err(error) => {
                self.errors(&error, None);
                return WalkState::Continue;
            }
        };
        if let Some(error) = item.error() {
            self.errors(error, None);
        }
        let Some(kind) = item.file_type() else {
            return WalkState::Continue;
        };
        let Some(name) = item.file_name().to_str() else {
            if item.depth() > 0
                && (kind.is_dir() || Language::of(&item.file_name().to_string_lossy()).is_some())
            {
                self.note(not_unicode(self.shown(item.path())));
                return WalkState::Skip;
            }
            return WalkState::Continue;
        };
        if kind.is_dir() || item.depth() == 0 {
            if self.named_folders.contains(item.path()) {
                self.send(Event::Visited(item.into_path()));
            }
            return WalkState::Continue;
        }
        if marks_settings(name)
            && let Some(folder) = item.path().parent()
        {
            self.send(Event::Manifest(folder.to_path_buf()));
        }
        // The name decides for nearly all files; the path is made only for those that count.
        if Language::of(name).is_none() && !name.ends_with(".txt") {
            return WalkState::Continue;
        }
        let Some(path) = below(&self.tree.base, &self.tree.prefix, item.path()) else {
            return WalkState::Continue;
        };
        if let Some(language) = Language::of(&path) {
            match self.size(&item) {
                Ok(Some(size)) => self.send(Event::File(Entry {
                    path,
                    absolute: item.into_path(),
                    language,
                    size,
                    named: false,
                })),
                Ok(None) => {}
                Err(message) => self.note(Note::at(path, message)),
            }
        }
        WalkState::Continue
    }

    /// The size of a file, following a link that stays inside; `None` for a link to a folder.
    fn size(&self, item: &DirEntry) -> Result<Option<u64>, String> {
        let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
        let metadata = if item.path_is_symlink() {
            let target = fs::canonicalize(item.path()).map_err(unreadable)?;
            let metadata = fs::metadata(&target).map_err(unreadable)?;
            if metadata.is_dir() {
                return Ok(None);
            }
            if !target.starts_with(self.root) && !target.starts_with(&self.tree.base) {
                return Err("not read: a symbolic link that leads out of the project".to_owned());
            }
            metadata
        } else {
            fs::symlink_metadata(item.path()).map_err(unreadable)?
        };
        if metadata.is_file() {
            Ok(Some(metadata.len()))
        } else {
            Err("not read: not a regular file".to_owned())
        }
    }

    fn errors(&self, error: &ignore::Error, path: Option<&Path>) {
        match error {
            ignore::Error::Partial(errors) => {
                errors.iter().for_each(|error| self.errors(error, path));
            }
            ignore::Error::WithPath { path, err } => self.errors(err, Some(path)),
            ignore::Error::WithDepth { err, .. } => self.errors(err, path),
            ignore::Error::Io(error) => {
                self.note(Note {
                    path: path.map(|path| self.shown(path)),
                    message: format!("cannot be read: {error}"),
                });
            }
            error => self.note(Note {
                path: path.map(|path| self.shown(path)),
                message: error.to_string(),
            }),
        }
    }

    /// A path as a note shows it.
    fn shown(&self, path: &Path) -> String {
        below(&self.tree.base, &self.tree.prefix, path).unwrap_or_else(|| {
            let path = path.strip_prefix(self.root).unwrap_or(path);
            path.to_string_lossy().into_owned()
        })
    }

    fn note(&self, note: Note) {
        self.send(Event::Note(note));
    }

    fn send(&self, event: Event) {
        // The receiver outlives the walk.
        let _ = self.events.send(event);
    }
}

fn not_unicode(path: impl AsRef<Path>) -> Note {
    Note::at(
        path.as_ref().to_string_lossy(),
        "not read: its path is not UTF-8",
    )
}

/// A named path, absolute: links in the folders above it resolved, a link at its end kept.
fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    match path.components().next_back() {
        Some(Component::Normal(name)) => {
            let absolute = std::path::absolute(path)?;
            match absolute.parent() {
                Some(parent) => Ok(fs::canonicalize(parent)?.join(name)),
                None => fs::canonicalize(path),
            }
        }
        _ => fs::canonicalize(path),
    }
}

/// `path` relative to `root` with `/`, by way of `..` where it must; `None` when it is not UTF-8.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let common = root
        .components()
        .zip(path.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = root.components().skip(common).map(|_| Some(".."));
    let down = path
        .components()
        .skip(common)
        .map(|component| component.as_os_str().to_str());
    Some(up.chain(down).collect::<Option<Vec<_>>>()?.join("/"))
}

/// `path`, which the walker made from `base`, relative to the root; `prefix` is `base` relative to the root.
fn below(base: &Path, prefix: &str, path: &Path) -> Option<String> {
    let base = base.as_os_str().as_encoded_bytes();
    let rest = path.as_os_str().as_encoded_bytes().strip_prefix(base)?;
    let rest = std::str::from_utf8(rest).ok()?;
    let rest = rest.trim_start_matches(std::path::is_separator);
    let joined = match prefix {
        "" => rest.to_owned(),
        prefix => format!("{prefix}/{rest}"),
    };
    Some(if cfg!(windows) {
        joined.replace('\\', "/")
    } else {
        joined
    })
}

/// Extensions of files that are surely not Python; a named one is not taken for Python, whatever a shell glob caught.
const OTHER: &[&str] = &[
    "c", "cfg", "cpp", "css", "csv", "go", "h", "html", "ini", "ipynb", "java", "js", "json",
    "lock", "md", "pyc", "rs", "rst", "sh", "sql", "toml", "ts", "txt", "xml", "yaml", "yml",
];

/// The entry for a file named on the command line: read whatever ignores it, as Python when its name says nothing.
fn named_file(path: &str, file: &Path) -> Result<Entry, Note> {
    let metadata = fs::metadata(file).map_err(|error| Note::unreadable(path, &error))?;
    let language = match Language::of(path) {
        Some(language) => language,
        None => match file.extension().and_then(|extension| extension.to_str()) {
            Some(extension) if OTHER.contains(&extension) => {
                return Err(Note::at(path, "not read: not a Python file"));
            }
            Some(_) => Language::Python,
            None if has_python_shebang(file, metadata.is_file()) => Language::Python,
            None => {
                return Err(Note::at(
                    path,
                    "not read: no extension, and its first line is no `#!` with python",
                ));
            }
        },
    };
    Ok(Entry {
        path: path.to_owned(),
        absolute: file.to_path_buf(),
        language,
        size: metadata.len(),
        named: true,
    })
}

fn has_python_shebang(file: &Path, regular: bool) -> bool {
    let mut head = Vec::new();
    let read = regular
        && fs::File::open(file).is_ok_and(|file| file.take(256).read_to_end(&mut head).is_ok());
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    read && line.starts_with(b"#!") && memchr::memmem::find(line, b"python").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A project made of (path, content); a path that ends in `/` is a folder.
    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, content) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, content).expect("a file");
        }
        folder
    }

    fn paths(walk: &Walk) -> Vec<&str> {
        walk.entries
            .iter()
            .map(|entry| entry.path.as_str())
            .collect()
    }

    fn named(root: &Path, paths: &[&str]) -> Options {
        Options {
            named: paths.iter().map(|path| root.join(path)).collect(),
            ..Options::new(root)
        }
    }

    #[test]
    fn vendored_and_ignored_trees_are_left_out_and_counted() {
        let project = project(&[
            ("app/a.py", ""),
            ("app-b.py", ""),
            (".git/hooks/x.py", ""),
            ("venv/pyvenv.cfg", ""),
            ("venv/lib/site-packages/x.py", ""),
            ("node_modules/x/x.py", ""),
            ("rust/Cargo.toml", ""),
            ("rust/target/x.py", ""),
            ("app/target/__init__.py", ""),
            ("cached/target/CACHEDIR.TAG", ""),
            ("cached/target/x.py", ""),
            ("lib/foo-1.0.dist-info/x.py", ""),
            ("app/__pycache__/x.py", ""),
            (".gitignore", "/build/\n*.gen.py\n"),
            ("build/x.py", ""),
            ("app/b.gen.py", ""),
            ("notes.txt", ""),
        ]);
        let walk = walk(&Options::new(project.path()));
        assert_eq!(
            paths(&walk),
            [
                "app-b.py",
                "app/a.py",
                "app/target/__init__.py",
                "rust/Cargo.toml"
            ]
        );
        assert_eq!((walk.vendored, walk.notes.as_slice()), (5, [].as_slice()));
        assert!(walk.entries.iter().all(|entry| entry.named));
    }

    #[test]
    fn named_files_are_read_whatever_hides_them() {
        let project = project(&[
            ("a.py", ""),
            (".gitignore", "b.py\n"),
            ("b.py", ""),
            ("node_modules/c.py", ""),
            ("script", "#!/usr/bin/env python3\n"),
            ("shell", "#!/bin/sh\n"),
            ("wsgi.app", ""),
            ("README.md", ""),
        ]);
        let files = [
            "b.py",
            "node_modules/c.py",
            "./script",
            "shell",
            "wsgi.app",
            "README.md",
            "gone.py",
        ];
        let walk = walk(&named(project.path(), &files));
        assert_eq!(
            paths(&walk),
            ["a.py", "b.py", "node_modules/c.py", "script", "wsgi.app"]
        );
        let shown: Vec<_> = walk.entries.iter().filter(|entry| !entry.named).collect();
        assert_eq!(shown.len(), 1, "only a.py was not named: {shown:?}");
        assert_eq!(walk.missing, [project.path().join("gone.py")]);
        let noted: Vec<_> = walk
            .notes
            .iter()
            .map(|note| note.message.as_str())
            .collect();
        assert_eq!(
            noted,
            [
                "no such file or folder",
                "not read: not a Python file",
                "not read: no extension, and its first line is no `#!` with python"
            ]
        );
    }

    #[test]
    fn named_folders_are_walked_though_vendored_or_outside() {
        let project = project(&[
            ("p/a.py", ""),
            ("p/venv/pyvenv.cfg", ""),
            ("p/venv/lib/site-packages/x/y.py", ""),
            ("p/.gitignore", "gen/\n"),
            ("p/gen/z.py", ""),
            ("q/b.py", ""),
            ("q/node_modules/b.py", ""),
        ]);
        let root = project.path().join("p");
        let folders = ["venv/lib/site-packages/x", "gen", "../q", "venv/../gen/."];
        let found = walk(&named(&root, &folders));
        assert_eq!(
            paths(&found),
            [
                "../q/b.py",
                "a.py",
                "gen/z.py",
                "venv/lib/site-packages/x/y.py"
            ]
        );
        let shown: Vec<_> = found.entries.iter().map(|entry| entry.named).collect();
        assert_eq!(shown, [true, false, true, true]);

        let found = walk(&named(&root, &["venv"]));
        assert_eq!(paths(&found), ["a.py", "venv/lib/site-packages/x/y.py"]);
    }

    #[test]
    fn settings_files_are_found_though_ignored() {
        let project = project(&[
            (".gitignore", ".env*\n*.env\n"),
            (".env", "A=1"),
            ("service/requirements-dev.txt", ""),
            ("service/.env.local", ""),
            ("service/prod.env", ""),
            ("other/.env", ""),
            ("other/a.py", ""),
        ]);
        let walk = walk(&Options::new(project.path()));
        assert_eq!(
            paths(&walk),
            [
                ".env",
                "other/a.py",
                "service/.env.local",
                "service/prod.env",
                "service/requirements-dev.txt"
            ]
        );
        assert_eq!(walk.entries[0].size, 3);
    }

    #[test]
    fn excludes_and_the_size_cap_hold() {
        let project = project(&[
            ("a.py", "x = 1"),
            ("big.py", "x = 1111111"),
            ("gen/b.py", ""),
            ("x/gen/b.py", ""),
            ("docs/conf.py", ""),
            ("y/docs/conf.py", ""),
        ]);
        let options = Options {
            exclude: ["gen", "docs/conf.py", "["].map(String::from).to_vec(),
            size_cap: 5,
            ..named(project.path(), &[".", "gen/b.py"])
        };
        let found = walk(&options);
        assert_eq!(paths(&found), ["a.py", "gen/b.py", "y/docs/conf.py"]);
        assert_eq!(found.too_large, ["big.py"]);
        assert!(
            found.notes[0]
                .message
                .starts_with("exclude pattern `[` is left out: ")
        );
        assert_eq!(
            found.notes[1].message,
            "not read: 11 bytes are more than the limit of 5"
        );
        let forced = walk(&Options {
            force_exclude: true,
            ..options
        });
        assert_eq!(paths(&forced), ["a.py", "y/docs/conf.py"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere_twice() {
        use std::os::unix::fs::symlink;
        let project = project(&[("p/a/a.py", ""), ("q/b.py", ""), ("q/c.py", "")]);
        let root = project.path().join("p");
        symlink(&root, root.join("loop")).expect("a link");
        symlink(project.path().join("q"), root.join("q")).expect("a link");
        symlink(project.path().join("q/b.py"), root.join("b.py")).expect("a link");
        symlink(root.join("a/a.py"), root.join("c.py")).expect("a link");
        symlink("nowhere", root.join("d.py")).expect("a link");
        let found = walk(&Options::new(&root));
        assert_eq!(paths(&found), ["a/a.py", "c.py"]);
        let noted: Vec<_> = found
            .notes
            .iter()
            .filter_map(|note| note.path.as_deref())
            .collect();
        assert_eq!(noted, ["b.py", "d.py"]);
        assert_eq!(
            found.notes[0].message,
            "not read: a symbolic link that leads out of the project"
        );
        // What is named is followed.
        let found = walk(&named(&root, &["q", "b.py"]));
        assert_eq!(
            paths(&found),
            ["a/a.py", "b.py", "c.py", "q/b.py", "q/c.py"]
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_regular_file_or_not_unicode_is_noted() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let project = project(&[("a.py", "")]);
        let _socket =
            std::os::unix::net::UnixListener::bind(project.path().join("s.py")).expect("a socket");
        fs::write(project.path().join(OsStr::from_bytes(b"\xff.py")), "").expect("a file");
        fs::create_dir(project.path().join(OsStr::from_bytes(b"\xff"))).expect("a folder");
        let walk = walk(&Options::new(project.path()));
        assert_eq!(paths(&walk), ["a.py"]);
        let noted: Vec<_> = walk
            .notes
            .iter()
            .map(|note| note.message.as_str())
            .collect();
        assert_eq!(
            noted,
            [
                "not read: not a regular file",
                "not read: its path is not UTF-8",
                "not read: its path is not UTF-8"
            ]
        );
    }

    #[test]
    fn the_answer_does_not_depend_on_threads() {
        let files: Vec<String> = (0..200).map(|n| format!("d{}/f{n}.py", n % 17)).collect();
        let files: Vec<_> = files.iter().map(|path| (path.as_str(), "")).collect();
        let project = project(&files);
        let with = |threads| {
            walk(&Options {
                threads,
                ..Options::new(project.path())
            })
            .entries
        };
        assert_eq!(with(1), with(8));
        assert_eq!(with(1).len(), 200);
    }

    #[test]
    fn a_file_as_project_is_the_only_named_one() {
        let project = project(&[("a.py", ""), ("b.py", "")]);
        let walk = walk(&Options::new(project.path().join("b.py")));
        let shown: Vec<_> = walk.entries.iter().map(|entry| entry.named).collect();
        assert_eq!(
            (paths(&walk), shown),
            (vec!["a.py", "b.py"], vec![false, true])
        );
    }
}
