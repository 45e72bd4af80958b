//! Presence: what lies on the disk and in git beside the files that were walked.
//!
//! Takes the project root; gives whether a module is there in some form, which compiled code lies beside the sources, and
//! what git tracks. Nothing is looked up before a rule asks. Invariant: what cannot be known is `None` and never a guess.

use super::Project;
use super::imports::Stray;
use super::modules::{File, Files, LinkScope, Parsed, ancestors, folder_of, join};
use super::names::Index;
use super::sessions::split_words;
use crate::declared::Declared;
use crate::frontend;
use crate::git::{Git, Tracking};
use crate::sieve::Imports;
use crate::source::{FileId, Language, Place};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// A module that an ignore file hides is read up to this many bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The disk and git around the files of a run.
#[derive(Debug)]
pub struct Surroundings {
    root: PathBuf,
    git: Option<Git>,
}

/// Compiled code without its source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Orphan {
    /// Its path, relative to the project root.
    pub path: String,
    /// The folder of the source that is gone.
    pub folder: String,
    /// The last part of the module's name.
    pub module: String,
    /// Whether an import takes it though the source is gone.
    pub imported: bool,
}

impl Surroundings {
    /// What lies around the project at `root`; git is asked only when `git` says so.
    pub fn new(root: PathBuf, git: bool) -> Self {
        Self {
            git: git.then(|| Git::new(&root)),
            root,
        }
    }

    /// Names of the files and folders in a folder, sorted.
    fn listing(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.root.join(folder)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }

    fn is_file(&self, path: &str) -> bool {
        self.root.join(path).is_file()
    }
}

impl Files {
    /// Whether git tracks the file at `path`; `None` when that cannot be known: outside a repository, without git, in a
    /// submodule or a repository inside this one, or where git tracks nothing at all.
    pub fn is_tracked(&self, path: &str) -> Option<bool> {
        let around = self.surroundings.as_ref()?;
        let Tracking::Tracked(tracked) = around.git.as_ref()?.tracking() else {
            return None;
        };
        if tracked.is_empty() {
            return None;
        }
        let known = tracked.contains(path)?;
        let nested = || {
            ancestors(folder_of(path))
                .filter(|folder| !folder.is_empty())
                .any(|folder| around.root.join(folder).join(".git").exists())
        };
        (known || !nested()).then_some(known)
    }

    /// Whether the module at `base` may be had from where nobody looked: a submodule that was not fetched, or what a sparse
    /// checkout leaves out.
    pub fn may_be_elsewhere(&self, language: Language, base: &str) -> bool {
        let Some(git) = self.surroundings.as_ref().and_then(|it| it.git.as_ref()) else {
            return false;
        };
        match git.tracking() {
            Tracking::Tracked(tracked) => frontend::module_files(language, base)
                .iter()
                .any(|path| tracked.contains(path).is_none() || tracked.is_left_out(path)),
            Tracking::Unknown(_) => false,
        }
    }

    /// The file on the disk that holds the module at `base` (a path without its ending) and was not walked: an ignore file
    /// or a configuration leaves it out.
    pub fn hidden_module(&self, language: Language, base: &str) -> Option<String> {
        let around = self.surroundings.as_ref()?;
        frontend::module_files(language, base)
            .into_iter()
            .find(|path| self.at(path).is_none() && around.is_file(path))
    }

    /// Whether the module at `base` lies on the disk in a form that is no source, or as a folder that was not walked.
    pub fn has_other_form(&self, base: &str) -> bool {
        let Some(around) = &self.surroundings else {
            return false;
        };
        let module = base.rsplit('/').next().unwrap_or(base);
        around.root.join(base).exists()
            || around
                .listing(folder_of(base))
                .iter()
                .any(|name| frontend::is_other_form(name, module))
    }

    /// Compiled code in and below a folder of sources whose source is gone.
    pub fn orphans(&self, folder: &str, language: Language) -> Vec<Orphan> {
        let Some(around) = &self.surroundings else {
            return Vec::new();
        };
        let kept = join(folder, frontend::COMPILED_FOLDER);
        let mut found: Vec<Orphan> = Vec::new();
        for (within, is_kept) in [(folder, false), (kept.as_str(), true)] {
            for name in around.listing(within) {
                let Some(compiled) = frontend::compiled(&name, is_kept) else {
                    continue;
                };
                let base = join(folder, &compiled.module);
                let source = frontend::module_files(language, &base)
                    .iter()
                    .any(|path| self.at(path).is_some() || around.is_file(path));
                let known = found.iter().any(|known| known.module == compiled.module);
                if !source && !known && !self.has_other_form(&base) {
                    found.push(Orphan {
                        path: join(within, &name),
                        folder: folder.to_owned(),
                        module: compiled.module,
                        imported: compiled.imported,
                    });
                }
            }
        }
        found
    }
}

impl Project<'_> {
    /// Whether git surely tracks a file.
    pub fn is_tracked(&self, file: FileId) -> bool {
        self.files.is_tracked(&self.files.file(file).path) == Some(true)
    }

    /// Whether git surely does not track a file.
    pub fn is_untracked(&self, file: FileId) -> bool {
        self.files.is_tracked(&self.files.file(file).path) == Some(false)
    }

    /// The path of a missing module that git still tracks: it was deleted in this tree only.
    pub fn deleted_here(&self, stray: &Stray) -> Option<String> {
        let language = self.files.file(stray.place.file).language;
        frontend::module_files(language, &stray.base)
            .into_iter()
            .find(|path| self.files.is_tracked(path) == Some(true))
    }

    /// The compiled code that an import takes though no source answers it.
    pub fn compiled_stand_in(&self, stray: &Stray) -> Option<Orphan> {
        let language = self.files.file(stray.place.file).language;
        let (folder, module) = stray.base.rsplit_once('/').unwrap_or(("", &stray.base));
        let mut orphans = self.files.orphans(folder, language).into_iter();
        orphans.find(|orphan| orphan.imported && orphan.module == module)
    }

    /// Compiled code without a source, of modules whose names tell of connections: beside the modules that make pools, and
    /// where imports lead nowhere. With each, the places that speak for it.
    pub fn pool_orphans(&self) -> Vec<(Orphan, Vec<(Place, &'static str)>)> {
        let mut folders: BTreeMap<String, FileId> = BTreeMap::new();
        for provider in self.provider_files() {
            let folder = folder_of(&self.files.file(provider.file).path).to_owned();
            folders.entry(folder).or_insert(provider.file);
        }
        for stray in self.strays() {
            let folder = folder_of(&stray.base).to_owned();
            folders.entry(folder).or_insert(stray.place.file);
        }
        let contexts = self.catalog.contexts();
        let words = [&contexts.module_words[..], &contexts.module_words_beside].concat();
        let mut found = Vec::new();
        for (folder, beside) in folders {
            let language = self.files.file(beside).language;
            for orphan in self.files.orphans(&folder, language) {
                let base = join(&folder, &orphan.module);
                let imports = self.strays().iter().filter(|stray| stray.base == base);
                let mut places: Vec<(Place, &'static str)> = imports
                    .map(|stray| (stray.place, "imported here"))
                    .collect();
                let named = split_words(&orphan.module);
                let tells = named.iter().any(|word| words.contains(word));
                let owns = folder_of(&self.files.file(beside).path) == folder;
                if places.is_empty() && tells && owns {
                    places.push((self.first_line(beside), "it lies beside this module"));
                }
                if !places.is_empty() {
                    found.push((orphan, places));
                }
            }
        }
        found
    }

    /// Whether the file at `path`, which was not walked, makes or hands out connections: judged by itself.
    pub fn hidden_provides(&self, path: &str, language: Language) -> bool {
        let Some(around) = &self.files.surroundings else {
            return false;
        };
        let absolute = around.root.join(path);
        let small = fs::metadata(&absolute).is_ok_and(|facts| facts.len() <= MOST_BYTES);
        let bytes = small.then(|| fs::read(&absolute).ok()).flatten();
        let Some(bytes) = bytes else {
            return false;
        };
        let Some(module) = frontend::parse(language, &bytes) else {
            return false;
        };
        let index = Index::new(&module);
        let mut files = Files::new(vec![File {
            path: path.to_owned(),
            absolute,
            language,
            imports: Imports::default(),
            scope: LinkScope(0),
            parsed: Some(Box::new(Parsed {
                bytes,
                module,
                index,
                dotted: String::new(),
                lines: Default::default(),
            })),
            unreadable: false,
            triggered: true,
        }]);
        files.name_parsed();
        let declared = Declared::default();
        let alone = Project::new(self.catalog, &files, &declared, super::Memo::default());
        !alone.providers().is_empty()
    }
}
