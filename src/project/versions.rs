//! Versions: which versions of a library the project may run with, and how that is known.
//!
//! Takes the requirements of the link scope, the names that the code imports and the catalog; gives [`Versions`]: an
//! interval and its basis. A lock file wins; else all bounds that hold everywhere count together; names that only some
//! versions have narrow them. Invariant: what nothing says is assumed, and says so.

use super::Project;
use super::modules::{LinkScope, ancestors, folder_of};
use super::names::{BindingKind, ScopeId};
use crate::catalog::{Interval, Library, Version};
use crate::frontend::manifest::{self, Requirement};
use crate::source::{FileId, LineIndex, Place};
use crate::syntax::{ImportKind, StmtKind};

/// How many files are read to see whether a name is imported without a guard.
const MOST_WITNESSES: usize = 8;

/// The versions that a project may run with.
#[derive(Clone, Debug)]
pub struct Versions {
    /// From the first to the first that is too new.
    pub interval: Interval,
    /// How it is known.
    pub basis: Basis,
}

/// How the versions of a library are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Basis {
    /// A requirement or a lock file states them there.
    Stated(Place),
    /// A name that other versions lack is imported there.
    Inferred(Place, String),
    /// Nothing says; the newest that the catalog knows.
    Assumed,
}

impl Project<'_> {
    /// Which versions of a library the project may run with, and whether the project says so.
    pub fn versions(&self, file: FileId, library: &str) -> (Interval, bool) {
        let versions = self.version_basis(file, library);
        let known = versions.basis != Basis::Assumed;
        (versions.interval, known)
    }

    /// Which versions of a library the project may run with, and how that is known.
    pub fn version_basis(&self, file: FileId, library: &str) -> Versions {
        let scope = self.files.file(file).scope;
        let Some(known) = self.catalog.library(library) else {
            return Versions {
                interval: Interval::default(),
                basis: Basis::Assumed,
            };
        };
        let stated = [scope, LinkScope(0)]
            .into_iter()
            .find_map(|scope| self.stated(file, scope, known));
        let bounded = stated.as_ref().is_some_and(|stated| {
            stated.interval.lower.is_some() && stated.interval.upper.is_some()
        });
        match stated {
            Some(stated) if bounded => stated,
            stated => narrowed(stated, self.inferred(scope, known), known),
        }
    }

    /// One sentence: which versions of a library a finding rests on, and why these.
    pub fn version_note(&self, file: FileId, library: &str) -> String {
        let versions = self.version_basis(file, library);
        let shown = &versions.interval;
        match &versions.basis {
            Basis::Stated(place) => format!("{library} {shown}, says {}", self.line_of(*place)),
            Basis::Inferred(place, name) => format!(
                "{library} {shown}, as {} imports `{name}`, which other versions lack",
                self.line_of(*place)
            ),
            Basis::Assumed => {
                let assumed = shown.lower.as_ref().map(Version::to_string);
                format!(
                    "the project states no version of {library}: {} is assumed",
                    assumed.unwrap_or_default()
                )
            }
        }
    }

    /// Whether only some versions of a library choose this class where none is named.
    pub fn chosen_by_version(&self, library: &str, class: &str) -> bool {
        let rows = self.catalog.library(library);
        let mut rows = rows
            .into_iter()
            .flat_map(|library| &library.default_classes);
        rows.any(|row| {
            let classes = row.class.facts(&Interval::default());
            classes.len() > 1 && classes.iter().any(|it| *it == class)
        })
    }

    /// A place as a person looks it up.
    fn line_of(&self, place: Place) -> String {
        let file = self.files.file(place.file);
        match self.files.overlay.read(&file.absolute) {
            Ok(bytes) => {
                let line = LineIndex::new(&bytes).line(place.span.start);
                format!("{}:{line}", file.path)
            }
            Err(_) => file.path.clone(),
        }
    }

    /// The package that a name of the code stands for, where the manifest calls it otherwise.
    pub fn package_called(&self, file: FileId, name: &str) -> Option<&str> {
        let language = self.files.file(file).language.word();
        let scope = self.files.file(file).scope;
        let mut stated = [scope, LinkScope(0)].into_iter().flat_map(|scope| {
            let stated = self.files.requirements.get(&scope);
            stated.into_iter().flatten()
        });
        stated
            .find(|(at, requirement)| {
                requirement.language == language
                    && requirement.alias.as_deref() == Some(name)
                    && self.speaks_for(*at, requirement, file)
            })
            .map(|(_, requirement)| requirement.name.as_str())
    }

    /// Whether a requirement stated in a file speaks for another file.
    pub(super) fn speaks_for(&self, at: FileId, requirement: &Requirement, file: FileId) -> bool {
        let folder = |id: FileId| folder_of(&self.files.file(id).path);
        !requirement.below || ancestors(folder(file)).any(|around| around == folder(at))
    }

    /// What the requirements of a scope say of a library, as far as they speak for a file.
    fn stated(&self, file: FileId, scope: LinkScope, library: &Library) -> Option<Versions> {
        let requirements = self.files.requirements.get(&scope)?.iter();
        let mut matching: Vec<_> = requirements
            .filter(|(at, requirement)| {
                library.is_of(requirement.language)
                    && library.distributions.contains(&requirement.name)
                    && self.speaks_for(*at, requirement, file)
            })
            .collect();
        // What a member states itself counts, not what the workspace has for those that inherit it.
        let of_a_folder = |(_, it): &&(FileId, Requirement)| it.below && !it.locked;
        let depth = |at: FileId| folder_of(&self.files.file(at).path).len();
        let bounded = matching.iter().copied().filter(of_a_folder);
        let bounded = bounded.filter(|(_, it)| interval_of(it) != Interval::default());
        if let Some(nearest) = bounded.map(|(at, _)| depth(*at)).max() {
            matching.retain(|it| !of_a_folder(it) || depth(it.0) == nearest);
        }
        let best = matching
            .iter()
            .map(|(_, requirement)| rank(requirement))
            .min()?;
        // Of several that were installed side by side, those count that the file's own manifest takes.
        let asked = |locked: &Requirement| {
            let mut asked = matching
                .iter()
                .filter(|(_, it)| it.below && !it.locked)
                .map(|(_, it)| it);
            asked.all(|it| locked.exact.as_ref().is_none_or(|exact| it.admits(exact)))
        };
        let best_of: Vec<_> = matching
            .iter()
            .filter(|(_, requirement)| rank(requirement) == best)
            .collect();
        let several = best_of.iter().any(|(_, requirement)| asked(requirement));
        let kept: Vec<(Interval, Place)> = best_of
            .into_iter()
            .filter(|(_, requirement)| !requirement.locked || !several || asked(requirement))
            .map(|(file, requirement)| {
                let place = Place {
                    file: *file,
                    span: requirement.span,
                };
                (interval_of(requirement), place)
            })
            .collect();
        let intervals = || kept.iter().map(|(interval, _)| interval);
        let mut together = intervals().fold(Interval::default(), |all, one| all.and(one));
        // Markers choose one of several; pins that contradict each other hold in different places.
        if together.is_empty() || best == Rank::Sometimes {
            together = intervals().cloned().reduce(|all, one| all.or(&one))?;
        }
        let bound = kept
            .iter()
            .find(|(interval, _)| *interval == together)
            .or_else(|| {
                kept.iter()
                    .find(|(interval, _)| *interval != Interval::default())
            })?;
        (together != Interval::default()).then_some(Versions {
            interval: together,
            basis: Basis::Stated(bound.1),
        })
    }

    /// What the names say that the product imports without a guard: the versions that have all of them.
    fn inferred(&self, scope: LinkScope, library: &Library) -> Option<Versions> {
        let known = self.known.inferred.borrow();
        if let Some(found) = known.get(&(scope, library.name.clone())) {
            return found.clone();
        }
        drop(known);
        let mut found: Option<Versions> = None;
        for (interval, paths) in &library.only_in {
            let Some((place, name)) = paths.iter().find_map(|path| self.witness(scope, path))
            else {
                continue;
            };
            let interval = match &found {
                Some(before) => before.interval.and(interval),
                None => interval.clone(),
            };
            found = Some(Versions {
                interval,
                basis: Basis::Inferred(place, name),
            });
        }
        let found = found.filter(|found| !found.interval.is_empty());
        let mut known = self.known.inferred.borrow_mut();
        known.insert((scope, library.name.clone()), found.clone());
        found
    }

    /// Where the product of a scope imports a name of a library at module level, whatever happens.
    fn witness(&self, scope: LinkScope, path: &str) -> Option<(Place, String)> {
        let (module, name) = path.rsplit_once('.')?;
        let last = module.rsplit('.').next().unwrap_or(module);
        let files = self.files.ids().filter(|id| {
            let file = self.files.file(*id);
            file.scope == scope && file.imports.imports_name(last, name)
        });
        files
            .filter(|file| !self.is_beside_the_product(*file))
            .take(MOST_WITNESSES)
            .find_map(|file| {
                self.wanting(|| self.want(file));
                let place = self.import_of(file, module, name)?;
                Some((place, name.to_owned()))
            })
    }

    fn import_of(&self, file: FileId, module: &str, name: &str) -> Option<Place> {
        let parsed = self.parsed(file)?;
        let scope = parsed.index.scope(ScopeId(0));
        let bindings = scope.names.values().flatten();
        let places = bindings.filter_map(|binding| {
            let BindingKind::Import(import) = binding.kind else {
                return None;
            };
            let StmtKind::Import(imports) = &parsed.module.stmt(import.stmt).kind else {
                return None;
            };
            let import = imports.get(import.item as usize)?;
            let same = matches!(&import.kind, ImportKind::Name { name: it, .. } if it == name)
                && import.level == 0
                && import.module.join(".") == module;
            (same && binding.at.guard.is_none()).then_some(Place {
                file,
                span: import.span,
            })
        });
        // Names stand in no order; the first import is the one to show.
        places.min()
    }
}

/// How much a requirement says; the first that there is counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// What was installed.
    Locked,
    /// What was installed in some environments.
    LockedSometimes,
    /// What may be installed.
    Main,
    /// For developers, or an extra.
    Aside,
    /// In some environments.
    Sometimes,
}

fn rank(requirement: &Requirement) -> Rank {
    match (requirement.locked, requirement.conditional) {
        (true, false) => Rank::Locked,
        (true, true) => Rank::LockedSometimes,
        (false, true) => Rank::Sometimes,
        (false, false) if requirement.aside => Rank::Aside,
        (false, false) => Rank::Main,
    }
}

fn interval_of(requirement: &Requirement) -> Interval {
    let convert = |version: &manifest::Version| version.to_string().parse::<Version>().ok();
    match requirement.exact.as_ref().and_then(convert) {
        Some(exact) => Interval::exactly(&exact),
        None => Interval {
            lower: requirement.lower.as_ref().and_then(convert),
            upper: requirement.upper.as_ref().and_then(convert),
        },
    }
}

/// What is stated, narrowed by what the names say where the two agree. Where nothing is stated, the newest version is
/// assumed, unless the names exclude it.
fn narrowed(stated: Option<Versions>, inferred: Option<Versions>, library: &Library) -> Versions {
    let newest = Interval::exactly(&library.assume);
    match (stated, inferred) {
        (Some(stated), Some(inferred)) => {
            let both = stated.interval.and(&inferred.interval);
            if both.is_empty() || both == stated.interval {
                return stated;
            }
            Versions {
                interval: both,
                basis: inferred.basis,
            }
        }
        (Some(stated), None) => stated,
        (None, Some(inferred)) if newest.and(&inferred.interval).is_empty() => inferred,
        (None, _) => Versions {
            interval: newest,
            basis: Basis::Assumed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::declared::Declared;
    use crate::project::Memo;
    use crate::project::modules::{File, Files};
    use crate::sieve::Imports;
    use crate::source::Language;

    /// The versions of a library that the code of one file runs with, in a repository of these files.
    fn versions(files: &[(&str, &str)], of: &str, library: &str) -> String {
        let mut files = files.to_vec();
        files.sort_unstable();
        let list = files.iter().map(|(path, _)| File {
            path: (*path).to_owned(),
            absolute: path.into(),
            language: Language::of(path).expect("a known kind of file"),
            imports: Imports::default(),
            scope: LinkScope(0),
            parsed: None,
            unreadable: false,
            triggered: false,
        });
        let mut all = Files::new(list.collect());
        for id in all.ids().collect::<Vec<_>>() {
            let file = all.file(id);
            if file.language == Language::Manifest {
                let (scope, text) = (file.scope, files[id.index()].1);
                let stated = manifest::parse(&file.path, text.as_bytes()).expect("it parses");
                let known = all.requirements.entry(scope).or_default();
                known.extend(stated.into_iter().map(|one| (id, one)));
            }
        }
        let catalog = Catalog::load(&[]).expect("the catalog loads");
        let declared = Declared::default();
        let project = Project::new(&catalog, &all, &declared, Memo::default());
        let number = files.iter().position(|(path, _)| *path == of);
        let number = u32::try_from(number.expect("one of them")).expect("a small number");
        let (interval, stated) = project.versions(FileId(number), library);
        format!("{interval}{}", if stated { "" } else { " assumed" })
    }

    const WORKSPACE: &str = "[workspace]\nmembers = [\"api\", \"jobs\"]\n[workspace.dependencies]\nsqlx = \"0.7.4\"\nbb8 = \"0.9\"\n";
    const API: &str =
        "[package]\nname = \"api\"\n[dependencies]\nsqlx.workspace = true\nredis = \"0.27\"\n";
    const JOBS: &str = "[package]\nname = \"jobs\"\n[dependencies]\nsqlx = \"0.8\"\n";
    const LOCK: &str = "[[package]]\nname = \"sqlx\"\nversion = \"0.8.6\"\n[[package]]\nname = \"sqlx\"\nversion = \"0.7.4\"\n";

    #[test]
    fn a_member_of_a_workspace_has_its_own_versions() {
        let files = [
            ("svc/Cargo.toml", WORKSPACE),
            ("svc/api/Cargo.toml", API),
            ("svc/api/src/main.rs", ""),
            ("svc/jobs/Cargo.toml", JOBS),
            ("svc/jobs/src/main.rs", ""),
        ];
        let of = |file, library| versions(&files, file, library);
        assert_eq!(of("svc/api/src/main.rs", "sqlx"), ">=0.7.4,<0.8");
        assert_eq!(of("svc/api/src/main.rs", "bb8"), ">=0.9,<0.10");
        assert_eq!(of("svc/jobs/src/main.rs", "redis-rs"), "1.8.1 assumed");
        let mut locked = files.to_vec();
        locked.push(("svc/Cargo.lock", LOCK));
        let of = |file| versions(&locked, file, "sqlx");
        assert_eq!(of("svc/api/src/main.rs"), "0.7.4");
        assert_eq!(of("svc/jobs/src/main.rs"), "0.8.6");
    }

    #[test]
    fn a_package_of_one_language_says_nothing_of_the_other() {
        let files = [
            ("Cargo.toml", "[dependencies]\nredis = \"0.27\"\n"),
            (
                "pyproject.toml",
                "[project]\ndependencies = [\"redis>=5,<6\"]\n",
            ),
            ("app.py", ""),
            ("src/main.rs", ""),
        ];
        assert_eq!(versions(&files, "app.py", "redis"), ">=5,<6");
        assert_eq!(versions(&files, "src/main.rs", "redis-rs"), ">=0.27,<0.28");
    }

    #[test]
    fn a_crate_is_no_part_of_the_project_for_the_code_around_it() {
        let files = [
            ("app/db.py", ""),
            ("app/native/Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"),
            ("app/native/helper.py", ""),
            ("app/native/src/lib.rs", ""),
            ("app/requirements.txt", "sqlalchemy==2.0.40\n"),
        ];
        for file in ["app/db.py", "app/native/helper.py"] {
            assert_eq!(versions(&files, file, "sqlalchemy"), "2.0.40", "{file}");
        }
        let own = versions(&files, "app/native/src/lib.rs", "sqlx");
        assert_eq!(own, ">=0.8,<0.9");
    }
}
