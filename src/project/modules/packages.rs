//! Which packages of the repository are made of which others, and so which files may be of one program.
//!
//! Takes the manifests; gives whether two files may run together. Invariant: like the rest of the resolving, it looks at
//! the list of files and at manifests only.

use super::{Files, ancestors, folder_of};
use crate::frontend;
use crate::source::FileId;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

/// Who asks for whom among the packages of the repository.
#[derive(Debug)]
pub(super) struct Asking {
    /// The packages, by folder, numbered in order.
    numbers: HashMap<String, usize>,
    /// By package: those whose manifests ask for it.
    askers: Vec<Vec<usize>>,
    /// By package, once somebody asks: those that are made of it, itself among them.
    holders: Vec<OnceLock<BTreeSet<usize>>>,
}

impl Asking {
    fn number(&self, folder: &str) -> Option<usize> {
        self.numbers.get(folder).copied()
    }

    /// The packages that a package is part of, itself among them.
    fn holders(&self, package: usize) -> &BTreeSet<usize> {
        self.holders[package].get_or_init(|| {
            let mut found = BTreeSet::new();
            let mut open = vec![package];
            while let Some(at) = open.pop() {
                if found.insert(at) {
                    open.extend(&self.askers[at]);
                }
            }
            found
        })
    }
}

impl Files {
    /// Whether one program may hold the code of both files, where the files alone tell; nothing where only their imports
    /// do.
    pub fn share_a_program(&self, first: FileId, second: FileId) -> Option<bool> {
        let (a, b) = (self.file(first), self.file(second));
        if a.language != b.language {
            return Some(false);
        }
        frontend::anchor(a.language, "")?;
        let (a, b) = (self.package_of(&a.path), self.package_of(&b.path));
        let own_program = |id: FileId| {
            let path = &self.file(id).path;
            self.is_root(path) && !frontend::is_library(path)
        };
        if a == b {
            return Some(first == second || !(own_program(first) && own_program(second)));
        }
        let asking = self.asking.get_or_init(|| self.find_asking());
        let (Some(a), Some(b)) = (asking.number(a), asking.number(b)) else {
            return Some(false);
        };
        Some(match (own_program(first), own_program(second)) {
            (true, true) => false,
            (true, false) => asking.holders(b).contains(&a),
            (false, true) => asking.holders(a).contains(&b),
            (false, false) => !asking.holders(a).is_disjoint(asking.holders(b)),
        })
    }

    /// The folder of the package that a file belongs to.
    pub(super) fn package_of<'p>(&self, path: &'p str) -> &'p str {
        let folder = folder_of(path);
        ancestors(folder)
            .find(|folder| self.packages.contains_key(*folder))
            .unwrap_or(folder)
    }

    fn find_asking(&self) -> Asking {
        let mut numbers = HashMap::new();
        let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, (folder, name)) in self.packages.iter().enumerate() {
            numbers.insert(folder.clone(), number);
            named.entry(name).or_default().push(number);
        }
        let mut askers = vec![Vec::new(); numbers.len()];
        for (id, requirement) in self.requirements.values().flatten() {
            let asker = numbers.get(folder_of(&self.file(*id).path));
            let name = requirement.name.replace('-', "_");
            let (Some(asker), Some(asked)) = (asker, named.get(name.as_str())) else {
                continue;
            };
            if !requirement.aside {
                for package in asked {
                    askers[*package].push(*asker);
                }
            }
        }
        let holders = askers.iter().map(|_| OnceLock::new()).collect();
        Asking {
            numbers,
            askers,
            holders,
        }
    }
}
