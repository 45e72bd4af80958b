//! Import paths that start at the root of a package, not at a folder: `crate::db`, `super::db`, `other_package::db`.
//!
//! Takes a path and the file it is written in; gives the file of the module. Invariant: like the rest of the resolving, it
//! looks at the list of files only.

use super::{Files, Target, ancestors, folder_of, join};
use crate::frontend::{self, Anchor};
use crate::source::{FileId, Language};
use crate::syntax::Name;
use std::collections::HashMap;

impl Files {
    /// What a path names, in a language whose paths start at anchors; nothing in any other.
    pub(super) fn resolve_anchored(&self, from: FileId, path: &[Name]) -> Option<Target> {
        let file = self.file(from);
        let first = path.first()?;
        let anchor = frontend::anchor(file.language, first)?;
        let own = self.inner_base(&file.path);
        Some(match anchor {
            Anchor::Root => self.below(file.language, &self.package_base(from), &path[1..]),
            Anchor::Own => self.own(from, &own, &path[1..]),
            Anchor::Around => {
                let ups = path.iter().take_while(|part| *part == first).count();
                let base = ancestors(&own).nth(ups).unwrap_or_default().to_owned();
                self.below(file.language, &base, &path[ups..])
            }
            Anchor::Name => self.named_so(from, &own, path),
        })
    }

    /// A path below the module itself.
    fn own(&self, from: FileId, own: &str, path: &[Name]) -> Target {
        match path {
            [] => Target::File(from),
            // The file is given by its path, relative to the folder.
            [only] if frontend::is_file_path(only) => {
                let folder = folder_of(&self.file(from).path);
                crate::project::databases::joined(folder, only)
                    .and_then(|path| self.at(&path))
                    .map_or(Target::Missing, Target::File)
            }
            _ => self.below(self.file(from).language, own, path),
        }
    }

    /// A path that begins with a name: a module below the module itself, or another package.
    fn named_so(&self, from: FileId, own: &str, path: &[Name]) -> Target {
        let language = self.file(from).language;
        if let found @ Target::File(_) = self.below(language, own, &path[..1])
            && found != Target::File(from)
        {
            return match path.len() {
                1 => found,
                _ => self.below(language, own, path),
            };
        }
        if let Some(base) = self.package_named(from, &path[0]) {
            return self.below(language, &base, &path[1..]);
        }
        let parts: Vec<&str> = path.iter().map(Name::as_str).collect();
        Target::External(parts.join("."))
    }

    /// The file of the module at a path below a base.
    fn below(&self, language: Language, base: &str, path: &[Name]) -> Target {
        let parts: Vec<&str> = path.iter().map(Name::as_str).collect();
        let full = join(base, &parts.join("/"));
        let mut found = frontend::module_files(language, &full)
            .into_iter()
            .filter_map(|candidate| self.at(&candidate));
        found.next().map_or(Target::Missing, Target::File)
    }

    /// The folder in which the modules of the package of a file lie.
    fn package_base(&self, from: FileId) -> String {
        let path = &self.file(from).path;
        if self.is_root(path) {
            return frontend::inner_base(path);
        }
        ancestors(folder_of(path))
            .find(|folder| self.holds_root(folder))
            .unwrap_or_else(|| folder_of(path))
            .to_owned()
    }

    fn holds_root(&self, folder: &str) -> bool {
        frontend::ROOT_FILES
            .iter()
            .map(|name| join(folder, name))
            .any(|path| self.at(&path).is_some() && self.is_root(&path))
    }

    /// Whether the file at `path` is the root of a package or program: its name says so, and it is no module of a folder.
    pub(super) fn is_root(&self, path: &str) -> bool {
        let folder = folder_of(path);
        let name = path.rsplit('/').next().unwrap_or(path);
        // Where the package itself begins, a file of that name means nothing.
        let package = self.package_of(path);
        let begins = folder == package || folder == join(package, frontend::SOURCES);
        let of_folder = frontend::ROOT_FILES.contains(&name)
            && !begins
            && self.at(&join(folder, frontend::FOLDER_FILE)).is_some();
        frontend::is_root(path) && !of_folder
    }

    /// The path below which the modules inside the module at `path` lie.
    pub(super) fn inner_base(&self, path: &str) -> String {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        match frontend::is_root(path) && !self.is_root(path) {
            true => stem.to_owned(),
            false => frontend::inner_base(path),
        }
    }

    /// The folder in which the modules of another package of the repository lie.
    fn package_named(&self, from: FileId, name: &str) -> Option<String> {
        let known = self.roots.get_or_init(|| self.find_roots()).get(name)?;
        let own = self.file(from).scope;
        let near = known.iter().find(|(id, _)| self.file(*id).scope == own);
        let only = known.first().filter(|_| known.len() == 1);
        near.or(only).map(|(_, base)| base.clone())
    }

    /// The libraries of the repository by name: the one that its manifest gives, else that of the package's folder.
    fn find_roots(&self) -> HashMap<String, Vec<(FileId, String)>> {
        let mut found: HashMap<String, Vec<(FileId, String)>> = HashMap::new();
        for id in self.ids() {
            let file = self.file(id);
            if frontend::anchor(file.language, "").is_none()
                || !frontend::is_library(&file.path)
                || !self.is_root(&file.path)
            {
                continue;
            }
            let base = frontend::inner_base(&file.path);
            let folder = ancestors(&base)
                .find(|folder| self.packages.contains_key(*folder))
                .unwrap_or(&base);
            let name = match self.packages.get(folder) {
                Some(name) => name.clone(),
                None => continue,
            };
            found.entry(name).or_default().push((id, base));
        }
        found
    }
}
