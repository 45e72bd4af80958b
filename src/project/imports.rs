//! Imports: what each module imports, whether that is there, and who imports a module.
//!
//! Takes the import statements of parsed files; gives what they name on the disk or do not. Files that were not parsed are
//! wanted when the sieve says that one of their imports may lead nowhere. Invariants: a module is missing only when no file
//! can hold it in any form; it is used by nobody only when every way of naming it was looked at.

use super::modules::{File, Files, Target, ancestors, folder_of, join};
use super::names::ScopeId;
use super::sessions::split_words;
use super::values::Val;
use super::{ExprRef, Project};
use crate::frontend;
use crate::sieve::{Question, Telling};
use crate::source::{FileId, Place, Span};
use crate::syntax::{ArmKind, Block, ExprKind, Import, ImportKind, Module, Name, StmtKind};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What happens when an import finds nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Failing {
    /// The error goes on.
    Raises,
    /// There is no program then.
    NotBuilt,
    /// The error is caught, or the import is the other way when one failed.
    Caught,
    /// It never runs: only type checkers read it.
    NeverRuns,
}

/// An import of a module that was not walked.
#[derive(Clone, Debug)]
pub struct Stray {
    /// Where the import names it.
    pub place: Place,
    /// The module as the import writes it.
    pub written: String,
    /// Where the module would lie: its path without an ending.
    pub base: String,
    /// What is taken from it.
    pub names: Vec<Name>,
    /// What happens when it is not there.
    pub failing: Failing,
    /// The file on the disk that an ignore file hides, if that is what it names.
    pub hidden: Option<String>,
}

/// Who uses a module.
#[derive(Clone, Debug, Default)]
pub struct Users {
    /// Whether the product may use it, in whatever way.
    pub product: bool,
    /// Where tests, scripts and examples import it.
    pub beside: Vec<Place>,
}

impl Project<'_> {
    /// Imports of modules that were not walked, of names that tell of connections, in path order. Those that other
    /// distributions may hold are left out.
    pub fn strays(&self) -> &[Stray] {
        self.known.strays.get_or_init(|| {
            self.wanting(|| self.want_telling());
            let mut found = Vec::new();
            for (file, _) in self.files.all_parsed() {
                if !self.is_beside_the_product(file) {
                    self.strays_of(file, &mut found);
                }
            }
            found
        })
    }

    /// Notes as wanted the files with an import of a telling name that no walked file answers.
    fn want_telling(&self) {
        let modules = self.files.module_keys();
        for id in self.files.ids() {
            let file = self.files.file(id);
            let open = |telling: &Telling| !modules.answer(file, telling);
            if file.parsed.is_none()
                && file.imports.telling().iter().any(open)
                && !self.is_beside_the_product(id)
            {
                self.want(id);
            }
        }
    }

    fn strays_of(&self, file: FileId, found: &mut Vec<Stray>) {
        let (module, _) = self.tree(file);
        if frontend::declares_modules(self.files.file(file).language) {
            return self.undeclared_of(file, found);
        }
        for stmt in &module.stmts {
            let StmtKind::Import(imports) = &stmt.kind else {
                continue;
            };
            for import in imports {
                if let Some((base, written)) = self.leads_nowhere(file, import)
                    && self.tells(file, &written, import)
                {
                    self.add_stray(file, (import, stmt.span), (base, written), found);
                }
            }
        }
    }

    /// The modules that a file declares for every build and that have no file.
    fn undeclared_of(&self, file: FileId, found: &mut Vec<Stray>) {
        let own = &self.files.file(file).path;
        let language = self.files.file(file).language;
        let (module, _) = self.tree(file);
        for stmt in &module.body {
            let StmtKind::Import(imports) = &module.stmt(*stmt).kind else {
                continue;
            };
            let [import] = imports.as_slice() else {
                continue;
            };
            // `self.pool` under its own name is how a declaration is told; what names its file is not looked for.
            let ([_, name], ImportKind::Module { alias: Some(alias) }) =
                (import.module.as_slice(), &import.kind)
            else {
                continue;
            };
            if name == alias
                && self.resolve(file, import.level, &import.module) == Target::Missing
                && self.tells(file, name, import)
            {
                let base = join(&frontend::inner_base(own), name);
                found.push(Stray {
                    place: Place {
                        file,
                        span: import.span,
                    },
                    hidden: self.files.hidden_module(language, &base),
                    written: name.to_string(),
                    base,
                    names: Vec::new(),
                    failing: Failing::NotBuilt,
                });
            }
        }
    }

    fn add_stray(
        &self,
        file: FileId,
        (import, stmt): (&Import, Span),
        (base, written): (String, String),
        found: &mut Vec<Stray>,
    ) {
        let name = match &import.kind {
            ImportKind::Name { name, .. } if !written.ends_with(&format!(".{name}")) => {
                Some(name.clone())
            }
            _ => None,
        };
        // One statement that takes several names from one module is one import of it.
        if let Some(same) = found.last_mut().filter(|known| {
            known.place.file == file && known.base == base && stmt.contains(known.place.span)
        }) {
            same.names.extend(name);
            return;
        }
        let language = self.files.file(file).language;
        found.push(Stray {
            place: Place {
                file,
                span: import.span,
            },
            hidden: self.files.hidden_module(language, &base),
            written,
            base,
            names: name.into_iter().collect(),
            failing: failing(self.tree(file).0, stmt),
        });
    }

    /// Whether the name of a module, or of what is taken from it, tells of connections. Some words tell it only in a file that
    /// imports a library of the catalog.
    fn tells(&self, file: FileId, written: &str, import: &Import) -> bool {
        let contexts = self.catalog.contexts();
        let near_library = self.imports_library(file);
        let last = written.rsplit('.').next().unwrap_or(written);
        let taken = match &import.kind {
            ImportKind::Name { name, .. } => split_words(name),
            _ => Vec::new(),
        };
        split_words(last).iter().chain(&taken).any(|word| {
            contexts.module_words.contains(word)
                || near_library && contexts.module_words_beside.contains(word)
        })
    }

    fn imports_library(&self, file: FileId) -> bool {
        let (module, _) = self.tree(file);
        module.stmts.iter().any(|stmt| match &stmt.kind {
            StmtKind::Import(imports) => imports.iter().any(|import| {
                let first = import.module.first();
                import.level == 0 && first.is_some_and(|first| self.is_import(file, first))
            }),
            _ => false,
        })
    }

    /// Where the module that an import names would lie, and how it is written, when no walked file is it.
    fn leads_nowhere(&self, file: FileId, import: &Import) -> Option<(String, String)> {
        let dots = ".".repeat(import.level as usize);
        let written = format!("{dots}{}", self.import_path(&import.module));
        match self.resolve(file, import.level, &import.module) {
            Target::File(package) => self
                .submodule_gone(file, package, import)
                .map(|(base, name)| (base, join_dotted(&written, &name))),
            Target::Folder(_) => None,
            Target::Missing if !import.module.is_empty() => {
                let home = folder_of(&self.files.file(file).path);
                let from = ancestors(home).nth(import.level as usize - 1)?;
                let base = join(from, &slashed(&import.module));
                self.is_open(file, from, &import.module)
                    .then_some((base, written))
            }
            Target::Missing => None,
            Target::External(_) => {
                let base = self.own_base(file, &import.module)?;
                Some((base, written))
            }
        }
    }

    /// The module that `from package import name` names, when the package neither holds nor makes the name.
    fn submodule_gone(
        &self,
        file: FileId,
        package: FileId,
        import: &Import,
    ) -> Option<(String, String)> {
        let ImportKind::Name { name, .. } = &import.kind else {
            return None;
        };
        let known = self.files.file(package);
        if !frontend::is_package_file(known.language, &known.path) || package == file {
            return None;
        }
        let folder = folder_of(&known.path);
        let target = Target::File(package);
        if self
            .files
            .submodule(&target, known.language, name)
            .is_some()
        {
            return None;
        }
        let base = join(folder, name);
        let Some(parsed) = self.files.parsed(package) else {
            self.wanting(|| self.want(package));
            return None;
        };
        let scope = parsed.index.scope(ScopeId(0));
        let held = parsed
            .index
            .scopes
            .iter()
            .any(|scope| scope.names.contains_key(name) || scope.globals.contains(name))
            || !scope.stars.is_empty()
            || parsed.module.partial
            || scope.names.contains_key(frontend::ATTRIBUTE_METHOD)
            || frontend::shares_package(&parsed.bytes)
            || memchr::memmem::find(&parsed.bytes, b"modules").is_some()
            || memchr::memmem::find(&parsed.bytes, b"globals()").is_some()
            || memchr::memmem::find(&parsed.bytes, b"setattr(").is_some();
        let elsewhere =
            self.files.has_other_form(&base) || self.files.may_be_elsewhere(known.language, &base);
        let written_name = name.as_str() == name.to_lowercase();
        (!held && !elsewhere && written_name).then(|| (base, name.to_string()))
    }

    /// Whether `path` below `from` may only be a file of this project: no part of the way is shared with other distributions, and
    /// nothing on the disk is it in another form.
    fn is_open(&self, file: FileId, from: &str, path: &[Name]) -> bool {
        let mut folder = from.to_owned();
        for part in &path[..path.len().saturating_sub(1)] {
            folder = join(&folder, part);
        }
        let base = join(from, &slashed(path));
        let exists = self.files.has_folder(&folder);
        let shared = ancestors(&folder)
            .chain(ancestors(from))
            .any(|folder| self.is_shared(folder));
        exists
            && !shared
            && !self.files.has_other_form(&base)
            && !self
                .files
                .may_be_elsewhere(self.files.file(file).language, &base)
    }

    /// Whether the package in a folder says that other distributions add to it, or that it makes its modules itself.
    fn is_shared(&self, folder: &str) -> bool {
        let package = self.files.package_file(folder);
        package.is_some_and(|package| match self.files.parsed(package) {
            Some(parsed) => frontend::shares_package(&parsed.bytes),
            None => self
                .files
                .overlay
                .read(&self.files.file(package).absolute)
                .is_ok_and(|bytes| frontend::shares_package(&bytes)),
        })
    }

    /// Where a module of an absolute path would lie: in a package of this part of the project which is a package by its own
    /// file, and which nothing else can be meant by.
    fn own_base(&self, file: FileId, path: &[Name]) -> Option<String> {
        let first = path.first().filter(|_| path.len() > 1)?;
        if self.is_import(file, first) || self.is_required(file, first) {
            return None;
        }
        let Target::File(package) = self.resolve(file, 0, &path[..1]) else {
            return None;
        };
        let known = self.files.file(package);
        if !frontend::is_package_file(known.language, &known.path) {
            return None;
        }
        // A module of that path anywhere in the repository may be what another root finds.
        let anywhere = self.files.ending_with(known.language, &slashed(path));
        let folder = folder_of(&known.path);
        let inside = &path[1..];
        let named = self.is_at_a_root(file, folder) || self.is_named_so(file, folder, first);
        (!anywhere && named && self.is_open(file, folder, inside))
            .then(|| join(folder, &slashed(inside)))
    }

    /// Whether a package lies where imports of its part of the project start.
    fn is_at_a_root(&self, file: FileId, package: &str) -> bool {
        let scope = &self.files.scopes[self.files.file(file).scope.0 as usize];
        let around = folder_of(package);
        std::iter::once("")
            .chain(frontend::source_roots().iter().copied())
            .any(|inside| around == join(scope, inside) || around == inside)
    }

    /// Whether another import of the same part of the project finds a module of a package by the package's own name: a
    /// folder may bear the name of a package that it is not.
    fn is_named_so(&self, file: FileId, package: &str, first: &Name) -> bool {
        let scope = self.files.file(file).scope;
        let inside = format!("{package}/");
        self.files.all_parsed().any(|(other, parsed)| {
            self.files.file(other).scope == scope
                && parsed.module.stmts.iter().any(|stmt| match &stmt.kind {
                    StmtKind::Import(imports) => imports.iter().any(|import| {
                        import.level == 0
                            && import.module.len() > 1
                            && import.module.first() == Some(first)
                            && matches!(self.resolve(other, 0, &import.module),
                                Target::File(found) if self.files.file(found).path.starts_with(&inside)
                                    && !frontend::is_package_file(self.files.file(found).language, &self.files.file(found).path))
                    }),
                    _ => false,
                })
        })
    }

    /// Whether a distribution that the project requires may bear the name of a package, or add to it.
    fn is_required(&self, file: FileId, first: &str) -> bool {
        let scope = self.files.file(file).scope;
        let language = self.files.file(file).language.word();
        let name = first.to_lowercase().replace('_', "-");
        let stated = self.files.requirements.get(&scope).into_iter().flatten();
        let stated = stated.filter(|(_, requirement)| requirement.language == language);
        stated.map(|(_, requirement)| &requirement.name).any(|it| {
            *it == name
                || it
                    .strip_prefix(&name)
                    .is_some_and(|rest| rest.starts_with('-'))
        })
    }

    /// Whether an import of `file` names the module `of`, by its statements.
    pub fn module_import(&self, file: FileId, of: FileId) -> Option<(Place, Failing)> {
        let (module, _) = self.tree(file);
        for stmt in &module.stmts {
            let StmtKind::Import(imports) = &stmt.kind else {
                continue;
            };
            for import in imports {
                if self.names_module(file, import, of) {
                    let span = import.span;
                    return Some((Place { file, span }, failing(module, stmt.span)));
                }
            }
        }
        None
    }

    fn names_module(&self, file: FileId, import: &Import, of: FileId) -> bool {
        let target = self.resolve(file, import.level, &import.module);
        if target == Target::File(of) {
            return true;
        }
        let ImportKind::Name { name, .. } = &import.kind else {
            return false;
        };
        let language = self.files.file(file).language;
        self.files.submodule(&target, language, name) == Some(Target::File(of))
    }

    /// The one module of the same part of the project that binds all names which a missing module was to give.
    pub fn home_of_names(&self, stray: &Stray) -> Option<FileId> {
        if stray.names.is_empty() {
            return None;
        }
        let scope = self.files.file(stray.place.file).scope;
        let mut homes = self.files.all_parsed().filter(|(file, parsed)| {
            let scope_of = parsed.index.scope(ScopeId(0));
            *file != stray.place.file
                && self.files.file(*file).scope == scope
                && !self.is_aside(*file)
                && stray.names.iter().all(|name| {
                    scope_of.names.get(name).is_some_and(|bindings| {
                        bindings.iter().any(|binding| {
                            !matches!(binding.kind, super::names::BindingKind::Import(_))
                        })
                    })
                })
        });
        match (homes.next(), homes.next()) {
            (Some((home, _)), None) => Some(home),
            _ => None,
        }
    }

    /// Whether some file imports two modules as alternatives: the second when the first is not there.
    pub fn are_alternatives(&self, first: FileId, second: FileId) -> bool {
        let caught = |of: FileId| -> BTreeSet<FileId> {
            self.importing(of)
                .into_iter()
                .filter(|(_, failing)| *failing == Failing::Caught)
                .map(|(place, _)| place.file)
                .collect()
        };
        !caught(first).is_disjoint(&caught(second))
    }

    /// The files that surely import a module, with the place of the import, in path order. Files are wanted for it.
    pub fn importing(&self, of: FileId) -> Vec<(Place, Failing)> {
        let importers = self.files.all_importers(of);
        self.wanting(|| importers.iter().for_each(|id| self.want(*id)));
        importers
            .into_iter()
            .filter(|id| self.files.parsed(*id).is_some())
            .filter_map(|id| self.module_import(id, of))
            .collect()
    }

    /// Who uses a module: whoever may import it, and texts that name it.
    pub fn users(&self, of: FileId) -> Users {
        let mut users = Users::default();
        if frontend::declares_modules(self.files.file(of).language) {
            users.product = self.files.is_declared(of);
            return users;
        }
        let mut beside = Vec::new();
        for importer in self.may_import(of) {
            if self.is_aside(importer) {
                beside.push(importer);
            } else {
                users.product = true;
            }
        }
        users.product |= !self.loading_by_name(of).is_empty() || self.is_named_in_text(of);
        if !users.product {
            self.wanting(|| beside.iter().for_each(|id| self.want(*id)));
            users.beside = beside
                .into_iter()
                .filter(|id| self.files.parsed(*id).is_some())
                .filter_map(|id| self.module_import(id, of).map(|(place, _)| place))
                .collect();
        }
        users
    }

    /// The files that may import a module: also as a part of its package, and by the name of the folder around the project.
    fn may_import(&self, of: FileId) -> BTreeSet<FileId> {
        let own = self.files.file(of);
        let mut found: BTreeSet<FileId> = self.files.all_importers(of).into_iter().collect();
        if frontend::is_package_file(own.language, &own.path) {
            let folder = format!("{}/", folder_of(&own.path));
            for id in self.files.ids() {
                if id != of && self.files.file(id).path.starts_with(&folder) {
                    found.extend(self.files.all_importers(id));
                }
            }
        }
        let last = self.files.last_name(of);
        let outermost = folder_of(&own.path).is_empty();
        found.extend(self.files.ids().filter(|id| {
            let imports = &self.files.file(*id).imports;
            *id != of && outermost && imports.may_import_module(&last)
        }));
        found
    }

    /// Whether a text of the product or of a settings file may name a module: a dotted path with its name in it, or a word
    /// of a command.
    fn is_named_in_text(&self, of: FileId) -> bool {
        let last = self.files.last_name(of);
        self.wanting(|| {
            for file in self.files.quoting(of, &last) {
                self.want(file);
            }
        });
        let scope = self.files.file(of).scope;
        self.all_parsed().any(|(file, _)| {
            file != of
                && self.files.file(file).scope == scope
                && !self.is_aside(file)
                && self.text_names(file, &last)
        }) || self.files.config_holds(&last)
    }

    fn text_names(&self, file: FileId, last: &str) -> bool {
        let (module, index) = self.tree(file);
        index
            .strings
            .iter()
            .any(|expr| match &module.expr(*expr).kind {
                ExprKind::Str(text) => {
                    let path = !text.contains(char::is_whitespace);
                    path && text
                        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                        .any(|part| part == last)
                }
                _ => false,
            })
    }

    /// Whether some file of the scope loads modules whose names nobody can tell.
    pub fn loads_unknown(&self, of: FileId) -> bool {
        let scope = self.files.file(of).scope;
        let loaders: Vec<FileId> = self
            .files
            .ids()
            .filter(|id| {
                let file = self.files.file(*id);
                file.scope == scope && file.imports.computes_names() && !self.is_aside(*id)
            })
            .collect();
        self.wanting(|| loaders.iter().for_each(|id| self.want(*id)));
        loaders.into_iter().any(|id| self.loads_any(id))
    }

    /// Whether a file imports a module by a name that nobody can tell, nor the package it lies in.
    fn loads_any(&self, file: FileId) -> bool {
        let Some(parsed) = self.parsed(file) else {
            return true;
        };
        parsed.index.calls.iter().any(|call| {
            let at = ExprRef { file, expr: *call };
            let written = |name: &Val| {
                let mut all = name.alternatives().into_iter();
                all.all(|(name, _)| name.as_str().is_some())
            };
            self.module_name_of(at)
                .is_some_and(|name| !written(&name) && self.named_package(at).is_none())
        })
    }
}

impl Files {
    /// Whether a folder holds walked files, itself or deeper.
    pub(super) fn has_folder(&self, folder: &str) -> bool {
        folder.is_empty() || self.stands_beside(folder, folder.rsplit('/').next().unwrap_or(folder))
    }

    /// The file that makes a folder a package.
    fn package_file(&self, folder: &str) -> Option<FileId> {
        crate::source::Language::SOURCES
            .iter()
            .flat_map(|language| frontend::package_files(*language))
            .find_map(|name| self.at(&join(folder, name)))
    }

    /// Whether any file of the repository is the module of this path in some folder.
    fn ending_with(&self, language: crate::source::Language, path: &str) -> bool {
        frontend::module_files(language, path)
            .into_iter()
            .any(|candidate| {
                let ending = format!("/{candidate}");
                self.list
                    .iter()
                    .any(|file| file.path == candidate || file.path.ends_with(&ending))
            })
    }

    /// Whether a file that is no source (settings, commands, what states requirements) holds a word.
    fn config_holds(&self, word: &str) -> bool {
        self.list
            .iter()
            .filter(|file| !crate::source::Language::SOURCES.contains(&file.language))
            .any(|file| {
                self.overlay.read(&file.absolute).is_ok_and(|bytes| {
                    memchr::memmem::find_iter(&bytes, word.as_bytes()).any(|at| {
                        let part = |byte: Option<&u8>| {
                            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                        };
                        !part(at.checked_sub(1).and_then(|at| bytes.get(at)))
                            && !part(bytes.get(at + word.len()))
                    })
                })
            })
    }

    /// The hashed names of all modules, as imports write them.
    fn module_keys(&self) -> ModuleKeys {
        let mut keys = ModuleKeys::default();
        for file in &self.list {
            if !crate::source::Language::SOURCES.contains(&file.language) {
                continue;
            }
            let package = frontend::is_package_file(file.language, &file.path);
            let dotted = frontend::dotted_name(file.language, &file.path);
            let tops = dotted.split('.').map(crate::sieve::part_key);
            keys.tops.extend(tops);
            let mut parts = dotted.rsplit('.');
            let (last, parent) = (parts.next(), parts.next());
            let question =
                Question::new(parent.unwrap_or_default(), last.unwrap_or_default(), None);
            let mut home = folder_of(&file.path);
            if package {
                keys.packages.extend(question.keys());
                home = folder_of(home);
            }
            let near = keys.near.entry(home.to_owned()).or_default();
            near.extend(question.near_keys());
            keys.anywhere.extend(question.far_keys());
        }
        keys
    }
}

/// The modules that walked files are.
#[derive(Default)]
struct ModuleKeys {
    anywhere: HashSet<u32>,
    /// By folder: what relative imports of files in it and below it name.
    near: HashMap<String, HashSet<u32>>,
    packages: HashSet<u32>,
    /// Parts of the paths of walked modules: what starts with none of them is another distribution's.
    tops: HashSet<u32>,
}

impl ModuleKeys {
    /// Whether walked files answer an import of `file`.
    fn answer(&self, file: &File, telling: &Telling) -> bool {
        let known = |key: &u32| {
            self.anywhere.contains(key)
                || ancestors(folder_of(&file.path))
                    .any(|folder| self.near.get(folder).is_some_and(|near| near.contains(key)))
        };
        if telling.top.is_some_and(|top| !self.tops.contains(&top)) {
            return true;
        }
        match (&telling.module, &telling.inside) {
            (None, None) => true,
            (None, Some(inside)) => known(inside),
            // A package may hold the name itself; only a parse tells.
            (Some(module), Some(inside)) if self.packages.contains(module) => known(inside),
            (Some(module), _) => known(module),
        }
    }
}

fn slashed(path: &[Name]) -> String {
    let parts: Vec<&str> = path.iter().map(Name::as_str).collect();
    parts.join("/")
}

fn join_dotted(module: &str, name: &str) -> String {
    if module.is_empty() || module.ends_with('.') {
        format!("{module}{name}")
    } else {
        format!("{module}.{name}")
    }
}

/// What happens when the import at `stmt` finds nothing.
fn failing(module: &Module, stmt: Span) -> Failing {
    let holds = |block: &Block| {
        let first = block.first().map(|id| module.stmt(*id).span.start);
        let last = block.last().map(|id| module.stmt(*id).span.end);
        first.is_some_and(|first| first <= stmt.start) && last.is_some_and(|last| stmt.end <= last)
    };
    let mut found = Failing::Raises;
    for around in &module.stmts {
        let so = match &around.kind {
            _ if !around.span.contains(stmt) => continue,
            StmtKind::If(arms) => {
                let types = arms
                    .iter()
                    .any(|arm| arm.kind == ArmKind::TypeOnly && holds(&arm.body));
                if types {
                    Failing::NeverRuns
                } else {
                    Failing::Raises
                }
            }
            StmtKind::Try { body, handlers, .. } => {
                let caught = handlers.iter().any(|it| catches(module, &it.types));
                let inside = holds(body) || handlers.iter().any(|it| holds(&it.body));
                if caught && inside {
                    Failing::Caught
                } else {
                    Failing::Raises
                }
            }
            StmtKind::With { items, .. } => {
                let swallows = items.iter().any(|item| {
                    module.call(item.context).is_some_and(|call| {
                        let given: Vec<_> = call.args.iter().map(|arg| arg.value).collect();
                        !given.is_empty() && catches(module, &given)
                    })
                });
                if swallows {
                    Failing::Caught
                } else {
                    Failing::Raises
                }
            }
            _ => Failing::Raises,
        };
        found = found.max(so);
    }
    found
}

/// Whether handlers of these types take the error of an import.
fn catches(module: &Module, types: &[crate::syntax::ExprId]) -> bool {
    types.is_empty()
        || types.iter().any(|expr| match &module.expr(*expr).kind {
            ExprKind::Name(name) | ExprKind::Attribute(_, name) => {
                frontend::IMPORT_ERRORS.contains(&&**name)
                    || frontend::ALL_EXCEPTIONS.contains(&&**name)
            }
            _ => false,
        })
}
