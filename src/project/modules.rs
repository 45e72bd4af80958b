//! The files of the project as modules: which link scope each belongs to, and which file an import names.
//!
//! Takes the walked files with their sieved imports; gives lookups by path and by import. A file may be parsed or not;
//! resolving an import never needs its text. Invariant: what a path resolves to depends on the list of files only.

mod anchored;
mod packages;

use super::names::Index;
use super::presence::Surroundings;
use crate::frontend;
use crate::frontend::commands::Command;
use crate::frontend::compose::Service;
use crate::frontend::ini;
use crate::frontend::manifest::Requirement;
use crate::frontend::settings::Setting;
use crate::sieve::{Imports, Question, Vocabulary};
use crate::source::{FileId, Language, LineIndex, Overlay, of_a_word};
use crate::syntax::{Module, Name};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

/// One file of the run.
#[derive(Debug)]
pub struct File {
    /// Path relative to the project root, with `/`.
    pub path: String,
    /// Where it is.
    pub absolute: PathBuf,
    /// What it is.
    pub language: Language,
    /// What it may import.
    pub imports: Imports,
    /// The link scope it belongs to.
    pub scope: LinkScope,
    /// Its tree, when it was parsed.
    pub parsed: Option<Box<Parsed>>,
    /// True when its text could not be had.
    pub unreadable: bool,
    /// True when it holds a word of the catalog.
    pub triggered: bool,
}

/// A parsed file.
#[derive(Debug)]
pub struct Parsed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its tree.
    pub module: Module,
    /// Its names.
    pub index: Index,
    /// Its absolute dotted name, as seen from its package root.
    pub dotted: String,
    /// Its lines, once somebody asks for them.
    pub lines: OnceLock<LineIndex>,
}

impl Parsed {
    /// Its lines.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.bytes))
    }
}

/// How many files are parsed for a name without looking first whether they hold it.
const FEW: usize = 24;

/// The longest dotted name of a module, in bytes.
const LONGEST_NAME: usize = 256;

/// A part of the repository whose files can import each other: one service, one package.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkScope(pub u32);

/// What an import names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A file of the project.
    File(FileId),
    /// A folder of the project without a package file.
    Folder(String),
    /// Something outside the project, by its dotted path.
    External(String),
    /// A relative import that leads nowhere.
    Missing,
}

/// Files by what they import, each list in path order.
#[derive(Debug, Default)]
struct ImportIndex {
    /// By the hashed paths of the modules.
    by_path: HashMap<u32, Vec<FileId>>,
    /// Those whose imports only a parse can tell.
    untold: BTreeMap<LinkScope, Vec<FileId>>,
    /// Those that import from the folder they are in, or one around it, without naming a module.
    bare: Vec<FileId>,
    /// The same by the hashed names that they take.
    bare_by_name: HashMap<u32, Vec<FileId>>,
}

/// What may stand in a file.
#[derive(Debug)]
struct Words {
    all: Vocabulary,
    /// Those among the bases of its classes.
    bases: Vocabulary,
}

/// All files.
#[derive(Debug, Default)]
pub struct Files {
    /// Sorted by path.
    pub list: Vec<File>,
    /// Contents that stand in for those on disk.
    pub overlay: Overlay,
    /// What lies around the files: the disk and git. Nothing in files that are made up.
    pub surroundings: Option<Surroundings>,
    /// The name of the package that the manifest of a folder describes, as code writes it.
    pub packages: BTreeMap<String, String>,
    roots: OnceLock<HashMap<String, Vec<(FileId, String)>>>,
    by_path: HashMap<String, FileId>,
    folders: BTreeMap<String, ()>,
    by_last: HashMap<String, Vec<FileId>>,
    imports: OnceLock<ImportIndex>,
    searched: Mutex<HashMap<(LinkScope, String), Vec<FileId>>>,
    words: Mutex<HashMap<FileId, Words>>,
    for_tests: Mutex<HashMap<FileId, bool>>,
    asking: OnceLock<packages::Asking>,
    /// The modules that files declare; nothing when that cannot be told.
    declared: OnceLock<Option<BTreeSet<String>>>,
    /// Folder of each link scope.
    pub scopes: Vec<String>,
    /// Settings files with what they set, sorted by path.
    pub settings: Vec<(FileId, Vec<Setting>)>,
    /// The services of compose files, sorted by path.
    pub services: Vec<(FileId, Vec<Service>)>,
    /// What files of commands start, sorted by path.
    pub commands: Vec<(FileId, Vec<Command>)>,
    /// What ini files set, sorted by path.
    pub inis: Vec<(FileId, Vec<ini::Entry>)>,
    /// Requirements by link scope, with the file that states each.
    pub requirements: BTreeMap<LinkScope, Vec<(FileId, Requirement)>>,
}

/// Where a link scope begins, and for sources of which languages; the empty word stands for all.
struct Root {
    scope: LinkScope,
    languages: Vec<&'static str>,
}

impl Root {
    fn of(scope: LinkScope, language: &'static str) -> Self {
        Self {
            scope,
            languages: vec![language],
        }
    }

    fn is_for(&self, language: &str) -> bool {
        let mut all = self.languages.iter();
        language.is_empty() || all.any(|it| it.is_empty() || *it == language)
    }
}

pub(super) fn folder_of(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..slash])
}

pub(super) fn join(folder: &str, rest: &str) -> String {
    match (folder.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{rest}"),
    }
}

/// A folder and the folders around it, innermost first, ending with the root `""`.
pub fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder);
    std::iter::from_fn(move || {
        let at = next?;
        next = if at.is_empty() {
            None
        } else {
            Some(folder_of(at))
        };
        Some(at)
    })
}

impl Files {
    /// Arranges the files; `list` is sorted by path.
    pub fn new(mut list: Vec<File>) -> Self {
        // `setup.py` beside a package file is a module of that name.
        let paths: std::collections::HashSet<&str> =
            list.iter().map(|file| file.path.as_str()).collect();
        let in_package = |file: &File| {
            let folder = folder_of(&file.path);
            let mut names = frontend::package_files(file.language).iter();
            names.any(|name| paths.contains(join(folder, name).as_str()))
        };
        let is_part = |file: &File| {
            let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            frontend::takes_in_its_parts(&file.path)
                && ancestors(folder)
                    .skip(1)
                    .any(|around| paths.contains(join(around, name).as_str()))
        };
        let mut roots: BTreeMap<String, Root> = BTreeMap::new();
        roots.insert(String::new(), Root::of(LinkScope(0), ""));
        for file in &list {
            if frontend::starts_scope(&file.path) && !in_package(file) && !is_part(file) {
                let next = LinkScope(u32::try_from(roots.len()).unwrap_or(0));
                let language = frontend::manifest_language(&file.path);
                roots
                    .entry(frontend::scope_folder(&file.path).to_owned())
                    .or_insert(Root::of(next, language))
                    .languages
                    .push(language);
            }
        }
        let mut files = Self {
            scopes: vec![String::new(); roots.len()],
            ..Self::default()
        };
        for (folder, root) in &roots {
            files.scopes[root.scope.0 as usize].clone_from(folder);
        }
        for (number, file) in list.iter_mut().enumerate() {
            let id = FileId(u32::try_from(number).unwrap_or(u32::MAX));
            let folder = folder_of(&file.path);
            let language = match file.language {
                Language::Manifest => frontend::manifest_language(&file.path),
                other => other.word(),
            };
            file.scope = ancestors(folder)
                .filter_map(|folder| roots.get(folder))
                .find(|root| root.is_for(language))
                .map_or(LinkScope(0), |root| root.scope);
            files.by_path.insert(file.path.clone(), id);
            for folder in ancestors(folder) {
                if files.folders.insert(folder.to_owned(), ()).is_some() {
                    break;
                }
            }
            let last = file.path.rsplit('/').next().unwrap_or_default();
            files.by_last.entry(last.to_owned()).or_default().push(id);
        }
        files.list = list;
        files
    }

    /// Gives parsed files their dotted names.
    pub fn name_parsed(&mut self) {
        for id in self.ids() {
            if self
                .parsed(id)
                .is_some_and(|parsed| parsed.dotted.is_empty())
            {
                let dotted = self.dotted(id);
                if let Some(parsed) = &mut self.list[id.index()].parsed {
                    parsed.dotted = dotted;
                }
            }
        }
    }

    /// Not-yet-parsed files of the link scope of `file` whose code holds one of `texts`, each with a name in it; a name at
    /// its end is a whole one.
    pub fn holding(&self, file: FileId, texts: &[String]) -> Vec<FileId> {
        let finders: Vec<_> = texts
            .iter()
            .map(|text| memchr::memmem::Finder::new(text.as_bytes()))
            .collect();
        let names: Vec<&str> = texts.iter().filter_map(|text| last_word(text)).collect();
        self.search(file, &texts.join("\n"), &names, |bytes| {
            finders.iter().any(|finder| {
                let named = finder.needle().last().is_some_and(|last| of_a_word(*last));
                let mut behind = finder
                    .find_iter(bytes)
                    .map(|at| bytes.get(at + finder.needle().len()));
                behind.any(|next| !named || !next.is_some_and(|next| of_a_word(*next)))
            })
        })
    }

    /// Not-yet-parsed files of the link scope of `file` in which a word may stand in a text that has no space in it.
    pub fn quoting(&self, file: FileId, word: &str) -> Vec<FileId> {
        let finder = memchr::memmem::Finder::new(word.as_bytes());
        self.search(file, &format!("\"{word}\""), &[word], |bytes| {
            finder.find_iter(bytes).any(|at| {
                let before = bytes[..at].iter().rev();
                let behind = bytes[at + word.len()..].iter();
                reaches_quote(before) && reaches_quote(behind)
            })
        })
    }

    /// Not-yet-parsed files of the link scope of `file` that may hold one of `words` and of which `holds` is true. They are
    /// read for it, once per question.
    fn search(
        &self,
        file: FileId,
        question: &str,
        words: &[&str],
        holds: impl Fn(&[u8]) -> bool,
    ) -> Vec<FileId> {
        let scope = self.file(file).scope;
        let key = (scope, question.to_owned());
        if let Ok(searched) = self.searched.lock()
            && let Some(found) = searched.get(&key)
        {
            return found.clone();
        }
        let found: Vec<FileId> = self
            .ids()
            .filter(|id| {
                let file = self.file(*id);
                file.scope == scope
                    && file.parsed.is_none()
                    && !file.unreadable
                    && Language::SOURCES.contains(&file.language)
                    && words.iter().any(|word| self.may_hold(*id, word))
                    && self
                        .overlay
                        .read(&file.absolute)
                        .is_ok_and(|bytes| holds(&bytes))
            })
            .collect();
        if let Ok(mut searched) = self.searched.lock() {
            searched.insert(key, found.clone());
        }
        found
    }

    /// The file behind an id.
    pub fn file(&self, id: FileId) -> &File {
        &self.list[id.index()]
    }

    /// The tree of a file, when it was parsed.
    pub fn parsed(&self, id: FileId) -> Option<&Parsed> {
        self.list[id.index()].parsed.as_deref()
    }

    /// All parsed files in path order.
    pub fn all_parsed(&self) -> impl Iterator<Item = (FileId, &Parsed)> {
        self.list.iter().enumerate().filter_map(|(number, file)| {
            Some((
                FileId(u32::try_from(number).unwrap_or(u32::MAX)),
                file.parsed.as_deref()?,
            ))
        })
    }

    /// All ids in path order.
    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..u32::try_from(self.list.len()).unwrap_or(u32::MAX)).map(FileId)
    }

    /// The file at `path`, relative to the project root.
    pub fn at(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// Whether `name` (a file or folder) stands in the folder of `path`.
    pub fn stands_beside(&self, path: &str, name: &str) -> bool {
        let full = join(folder_of(path), name);
        self.by_path.contains_key(&full) || self.folders.contains_key(&full)
    }

    /// The folder that holds the outermost package of the file at `path`.
    fn package_root<'p>(&self, path: &'p str, language: Language) -> &'p str {
        ancestors(folder_of(path))
            .find(|folder| {
                folder.is_empty()
                    || !frontend::package_files(language)
                        .iter()
                        .any(|name| self.by_path.contains_key(&join(folder, name)))
            })
            .unwrap_or_default()
    }

    /// The dotted name of a file as seen from its package root.
    pub fn dotted(&self, id: FileId) -> String {
        let file = self.file(id);
        // Packages of one repository have files of the same names.
        let root = match frontend::anchor(file.language, "") {
            Some(_) => "",
            None => self.package_root(&file.path, file.language),
        };
        let inside = file
            .path
            .strip_prefix(root)
            .unwrap_or(&file.path)
            .trim_start_matches('/');
        frontend::dotted_name(file.language, inside)
    }

    /// Last component of a module's name, as other files write it.
    pub fn last_name(&self, id: FileId) -> String {
        let file = self.file(id);
        let dotted = frontend::dotted_name(file.language, &file.path);
        dotted.rsplit('.').next().unwrap_or_default().to_owned()
    }

    fn module_at(&self, folder: &str, path: &str, language: Language) -> Option<Target> {
        let base = join(folder, path);
        for candidate in frontend::module_files(language, &base) {
            if let Some(id) = self.by_path.get(&candidate) {
                return Some(Target::File(*id));
            }
        }
        (!path.is_empty() && self.folders.contains_key(&base)).then_some(Target::Folder(base))
    }

    /// What `level` dots and `path` name when imported from `from`. `is_library` says whether a first component is the
    /// name of a library, which a module of the same name inside a package does not shadow.
    pub fn resolve(
        &self,
        from: FileId,
        level: u32,
        path: &[Name],
        is_library: impl Fn(&str) -> bool,
    ) -> Target {
        let file = self.file(from);
        if let Some(found) = self.resolve_anchored(from, path) {
            return found;
        }
        let home = folder_of(&file.path);
        let joined: Vec<&str> = path.iter().map(Name::as_str).collect();
        let slashed = joined.join("/");
        if level > 0 {
            let Some(base) = ancestors(home).nth(level as usize - 1) else {
                return Target::Missing;
            };
            return self
                .module_at(base, &slashed, file.language)
                .unwrap_or(Target::Missing);
        }
        let external = || Target::External(joined.join("."));
        let Some(first) = joined.first() else {
            return Target::Missing;
        };
        let root = self.package_root(&file.path, file.language);
        let mut folder_found = None;
        let mut try_at = |folder: &str| match self.module_at(folder, &slashed, file.language) {
            Some(Target::Folder(found)) => {
                folder_found.get_or_insert(found);
                None
            }
            other => other,
        };
        // Inside a package an absolute import does not see its siblings.
        let starts: Vec<&str> = std::iter::once(root)
            .chain((!is_library(first)).then_some(home))
            .chain(ancestors(root).skip(1))
            .collect();
        for folder in &starts {
            for inside in std::iter::once("").chain(frontend::source_roots().iter().copied()) {
                if let Some(target) = try_at(&join(folder, inside)) {
                    return target;
                }
            }
        }
        // A root that only the way the program is started knows: accept the one file of the scope that ends so.
        if joined.len() > 1 && !is_library(first) {
            for candidate in frontend::module_files(file.language, &slashed) {
                let last = candidate.rsplit('/').next().unwrap_or_default();
                let ending = format!("/{candidate}");
                let mut found = self.by_last.get(last).into_iter().flatten().filter(|id| {
                    self.file(**id).scope == file.scope && self.file(**id).path.ends_with(&ending)
                });
                if let (Some(id), None) = (found.next(), found.next()) {
                    return Target::File(*id);
                }
            }
        }
        folder_found.map_or_else(external, Target::Folder)
    }

    /// The module `name` inside a package file or folder.
    pub fn submodule(&self, of: &Target, language: Language, name: &str) -> Option<Target> {
        match of {
            Target::File(id) if frontend::anchor(language, name).is_some() => {
                let base = self.inner_base(&self.file(*id).path);
                let found = self.module_at(&base, name, language);
                found.filter(|found| matches!(found, Target::File(_)))
            }
            Target::File(id) => {
                let path = &self.file(*id).path;
                let last = path.rsplit('/').next().unwrap_or_default();
                frontend::package_files(language)
                    .contains(&last)
                    .then(|| self.module_at(folder_of(path), name, language))
                    .flatten()
            }
            Target::Folder(folder) => self.module_at(folder, name, language),
            Target::External(_) | Target::Missing => None,
        }
    }

    /// The module `name` inside a folder, in any language.
    pub fn submodule_of_folder(&self, folder: &str, name: &str) -> Option<Target> {
        Language::SOURCES
            .iter()
            .find_map(|language| self.module_at(folder, name, *language))
    }

    /// The files of a link scope that may be the module of this dotted path, whatever folder it is looked up from.
    pub fn modules_named(&self, path: &str, scope: LinkScope) -> Vec<FileId> {
        let mut found = Vec::new();
        let base = path.replace('.', "/");
        for language in Language::SOURCES {
            for candidate in frontend::module_files(*language, &base) {
                let last = candidate.rsplit('/').next().unwrap_or_default();
                let ending = format!("/{candidate}");
                let known = self.by_last.get(last).into_iter().flatten();
                found.extend(known.copied().filter(|id| {
                    let file = self.file(*id);
                    file.scope == scope && (file.path == candidate || file.path.ends_with(&ending))
                }));
            }
        }
        found
    }

    /// Not-yet-parsed files of the same scope (or of the scope's surroundings) that may import `name` from the module
    /// `of`; without a name, that may import the module at all. With `written`, only files that hold those words.
    pub fn importers(&self, of: FileId, name: Option<&str>, written: &[Name]) -> Vec<FileId> {
        let mut found = self.unread_users(of, name);
        // A module that everybody imports whole (`import package`): only the files that write the name can use it.
        let named = name.filter(|_| found.len() > FEW && written.is_empty());
        for word in written.iter().map(|word| word.as_str()).chain(named) {
            found.retain(|id| self.may_hold(*id, word));
        }
        found
    }

    /// Whether another file may have `name` from the module `of`.
    pub fn is_taken_from(&self, of: FileId, name: &str) -> bool {
        let finder = memchr::memmem::Finder::new(name.as_bytes());
        self.users(of, Some(name), |file| {
            let held = |bytes: &[u8]| finder.find(bytes).is_some();
            match &file.parsed {
                Some(parsed) => held(&parsed.bytes),
                None => self
                    .overlay
                    .read(&file.absolute)
                    .is_ok_and(|bytes| held(&bytes)),
            }
        })
        .into_iter()
        .next()
        .is_some()
    }

    /// Not-yet-parsed files that import the class `name` from the module `of` and may derive another from it.
    pub fn derivers(&self, of: FileId, name: &str) -> Vec<FileId> {
        let mut found = self.unread_users(of, Some(name));
        found.retain(|id| self.asked_of(*id, |words| words.bases.may_hold(name)));
        found
    }

    /// Whether some file may declare a module, in a language in which one has to: the program takes it in by that, or
    /// begins with it.
    pub fn is_declared(&self, of: FileId) -> bool {
        let declared = self.declared.get_or_init(|| {
            let mut all = BTreeSet::new();
            for file in &self.list {
                let states = file.language == Language::Manifest;
                if !states && !frontend::declares_modules(file.language) {
                    continue;
                }
                let held = match &file.parsed {
                    Some(parsed) => frontend::declared_modules(&parsed.bytes),
                    None => frontend::declared_modules(&self.overlay.read(&file.absolute).ok()?),
                };
                all.extend(held?);
            }
            Some(all)
        });
        self.is_root(&self.file(of).path)
            || declared
                .as_ref()
                .is_none_or(|declared| declared.contains(&self.last_name(of)))
    }

    /// Whether a module, or one around it, is declared for tests only. Those that may declare it are read once.
    pub fn is_declared_for_tests(&self, of: FileId) -> bool {
        let known = || self.for_tests.lock().ok()?.get(&of).copied();
        known().unwrap_or_else(|| {
            let found = self.find_declared_for_tests(of);
            if let Ok(mut known) = self.for_tests.lock() {
                known.insert(of, found);
            }
            found
        })
    }

    fn find_declared_for_tests(&self, of: FileId) -> bool {
        let file = self.file(of);
        if !frontend::declares_modules(file.language) || self.is_root(&file.path) {
            return false;
        }
        let Some((declarers, name)) = frontend::declarers(&file.path) else {
            return false;
        };
        declarers
            .iter()
            .filter_map(|path| self.at(path))
            .filter(|declarer| *declarer != of)
            .any(|declarer| {
                let found = self.file(declarer);
                let says =
                    |bytes: &[u8]| frontend::declares_for_tests(found.language, bytes, &name);
                let said = match &found.parsed {
                    Some(parsed) => says(&parsed.bytes),
                    None => self
                        .overlay
                        .read(&found.absolute)
                        .is_ok_and(|bytes| says(&bytes)),
                };
                // Files named like roots stand beside each other and may be asked in a circle.
                said || !frontend::is_root(&found.path) && self.is_declared_for_tests(declarer)
            })
    }

    /// Whether a word may stand in a file.
    fn may_hold(&self, id: FileId, word: &str) -> bool {
        self.asked_of(id, |words| words.all.may_hold(word))
    }

    /// What is asked of the words of a file. It is read for them once.
    fn asked_of(&self, id: FileId, ask: impl Fn(&Words) -> bool) -> bool {
        let Ok(mut known) = self.words.lock() else {
            return true;
        };
        ask(known.entry(id).or_insert_with(|| {
            let file = self.file(id);
            let bytes = self.overlay.read(&file.absolute).unwrap_or_default();
            Words {
                all: Vocabulary::new(&bytes),
                bases: Vocabulary::new(&frontend::bases(file.language, &bytes).join(&b' ')),
            }
        }))
    }

    fn unread_users(&self, of: FileId, name: Option<&str>) -> Vec<FileId> {
        self.users(of, name, |file| file.parsed.is_none() && !file.unreadable)
    }

    /// Not-yet-parsed files that import `name` from the module `of`, and so may hand it on. Where there are many, those
    /// that make a package: it is they that do.
    pub fn passers(&self, of: FileId, name: &str) -> Vec<FileId> {
        let mut found = self.unread_users(of, Some(name));
        if found.len() > FEW {
            found.retain(|id| {
                let file = self.file(*id);
                frontend::is_package_file(file.language, &file.path)
            });
        }
        found
    }

    /// All files that may import the module `of`, or anything from it.
    pub fn all_importers(&self, of: FileId) -> Vec<FileId> {
        self.users(of, None, |_| true)
    }

    fn users(&self, of: FileId, name: Option<&str>, wanted: impl Fn(&File) -> bool) -> Vec<FileId> {
        let own = self.file(of);
        let root = &self.scopes[own.scope.0 as usize];
        let dotted = frontend::dotted_name(own.language, &own.path);
        let mut parts = dotted.rsplit('.');
        let (last, parent) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let folder = folder_of(&own.path);
        let is_package = frontend::is_package_file(own.language, &own.path);
        // A relative import names a module of the folder, or a package by the folder around it.
        let around = if is_package {
            folder_of(folder)
        } else {
            folder
        };
        let question = Question::new(parent, last, name);
        let index = self.imports.get_or_init(|| self.index_imports());
        let sees =
            |scope: LinkScope| scope == own.scope || root.is_empty() || scope == LinkScope(0);
        // Files that name the module, files whose imports cannot be told, and those around it.
        let mut candidates: Vec<FileId> = question
            .keys()
            .filter_map(|key| index.by_path.get(&key))
            .flatten()
            .copied()
            .collect();
        let untold = index.untold.iter();
        candidates.extend(
            untold
                .filter(|(scope, _)| sees(**scope))
                .flat_map(|(_, files)| files),
        );
        let near = |file: &File| {
            around.is_empty()
                || file
                    .path
                    .strip_prefix(around)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        let bare = match question.name_key() {
            Some(name) => index.bare_by_name.get(&name),
            None => Some(&index.bare),
        };
        let bare = bare.map_or(&[][..], Vec::as_slice);
        let from = bare.partition_point(|id| self.file(*id).path.as_str() < around);
        let beside = bare[from..]
            .iter()
            .take_while(|id| self.file(**id).path.starts_with(around));
        candidates.extend(beside.filter(|id| near(self.file(**id))));
        candidates.sort_unstable();
        candidates.dedup();
        candidates.retain(|id| {
            let file = self.file(*id);
            *id != of
                && wanted(file)
                && file.language == own.language
                && sees(file.scope)
                && file.imports.answers(&question, near(file))
        });
        candidates
    }

    fn index_imports(&self) -> ImportIndex {
        let mut index = ImportIndex::default();
        for id in self.ids() {
            let imports = &self.file(id).imports;
            for key in imports.paths() {
                index.by_path.entry(*key).or_default().push(id);
            }
            if imports.is_unknown() {
                let scope = self.file(id).scope;
                index.untold.entry(scope).or_default().push(id);
            }
            if imports.is_bare_relative() {
                index.bare.push(id);
                for key in imports.keys() {
                    index.bare_by_name.entry(*key).or_default().push(id);
                }
            }
        }
        index
    }
}

/// The last identifier of a piece of code.
fn last_word(code: &str) -> Option<&str> {
    let mut words = code.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.find(|word| !word.is_empty())
}

/// Whether a quote comes before any space, and soon.
fn reaches_quote<'b>(mut bytes: impl Iterator<Item = &'b u8>) -> bool {
    let ends = |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
    bytes
        .by_ref()
        .take(LONGEST_NAME)
        .find(ends)
        .is_some_and(|byte| !byte.is_ascii_whitespace())
}
