//! Pools that settings describe instead of calls: configuration keys of a framework, and dictionaries of databases.
//!
//! Takes the catalog's settings keys; gives the values the project assigns to them (module names, class attributes, items
//! of a configuration object, keyword arguments of an update) and the pools they stand for.

use super::names::{BindingKind, ScopeId};
use super::pools::{Setting, spread};
use super::values::Val;
use super::{ClassRef, ExprRef, Project};
use crate::catalog::{Maker, Role};
use crate::source::{FileId, Place};
use crate::syntax::{ArgKind, ClassId, ExprId, ExprKind};
use std::collections::{BTreeMap, HashMap};

/// The expressions assigned to a settings key, in path order, by the key.
pub(super) type Assignments = HashMap<String, Vec<(ExprRef, Holder)>>;

/// What holds a settings key.
#[derive(Clone, Copy)]
pub(super) enum Holder {
    /// A module, by a name of its own.
    Module,
    /// A class, by an attribute.
    Class(ClassRef),
    /// An object: by an item, or by the keyword of a call.
    Other,
}

impl Project<'_> {
    /// What the project assigns to a settings key, seen from the link scope of `file`.
    fn assigned(&self, key: &str, file: FileId) -> Vec<(Val, Place, ExprRef)> {
        let scope = self.files.file(file).scope;
        let all = self.known.assignments.get_or_init(|| self.assignments());
        let here = all.get(key).into_iter().flatten();
        let here = here.filter(|(at, _)| self.files.file(at.file).scope == scope);
        let mut found: Vec<_> = here
            .map(|(at, holder)| {
                let val = match holder {
                    Holder::Module => self.final_state(at.file, key),
                    Holder::Class(class) => self.class_member(*class, key),
                    Holder::Other => self.eval(*at, &None),
                };
                (val, self.place(*at), *at)
            })
            .collect();
        found.dedup_by_key(|(_, place, _)| *place);
        found
    }

    /// Where the project assigns anything to a settings key that the catalog knows, by the key.
    fn assignments(&self) -> Assignments {
        let mut found = Assignments::new();
        for (file, parsed) in self.all_parsed() {
            let (module, index) = (&parsed.module, &parsed.index);
            let mut add = |key: &str, expr: ExprId, holder: Holder| {
                if self.catalog.settings().contains_key(key) {
                    let all = found.entry(key.to_owned()).or_default();
                    all.push((ExprRef { file, expr }, holder));
                }
            };
            let mut scopes = vec![(ScopeId(0), Holder::Module)];
            for number in 0..module.classes.len() {
                let class = ClassId(u32::try_from(number).unwrap_or(0));
                // What the tests are configured with is not what the program gets.
                let words = super::sessions::split_words(&module.class(class).name);
                let for_tests = &self.catalog.contexts().test_words;
                if !words.iter().any(|word| for_tests.contains(word)) {
                    let scope = index.class_scopes[class.index()];
                    scopes.push((scope, Holder::Class(ClassRef { file, class })));
                }
            }
            for (scope, holder) in scopes {
                for key in self.catalog.settings().keys() {
                    if let Some(expr) = last_value(index.scope(scope).names.get(key.as_str())) {
                        add(key, expr, holder);
                    }
                }
            }
            for write in &index.item_writes {
                if let ExprKind::Str(key) = &module.expr(write.key).kind {
                    add(key, write.value, Holder::Other);
                }
            }
            let bindings = index.scopes.iter().flat_map(|scope| scope.names.values());
            let mut items: Vec<_> = bindings
                .flatten()
                .filter_map(|binding| match binding.kind {
                    BindingKind::SetItem(key, value) => Some((binding.span, key, value)),
                    _ => None,
                })
                .collect();
            items.sort_by_key(|(span, ..)| *span);
            for (_, key, value) in items {
                if let ExprKind::Str(key) = &module.expr(key).kind {
                    add(key, value, Holder::Other);
                }
            }
            let calls = index.calls.iter().filter_map(|call| module.call(*call));
            for call in calls {
                if let ExprKind::Attribute(..) = module.expr(call.callee).kind {
                    for arg in &call.args {
                        if let ArgKind::Keyword(key) = &arg.kind {
                            add(key, arg.value, Holder::Other);
                        }
                    }
                }
            }
        }
        found
    }

    /// The value of a settings key that names a database, wherever the project assigns it.
    pub(super) fn setting_value(&self, key: &str, asked: Place) -> Option<Val> {
        let setting = self.catalog.settings().get(key)?;
        if setting.role != Some(Role::Database) {
            return None;
        }
        let given = self
            .assigned(key, asked.file)
            .into_iter()
            .map(|(val, _, _)| (val, Vec::new()));
        let mut val = Val::choice(given.collect());
        if val.is_unknown() {
            val.place = Some(asked);
        }
        val.symbol = Some(key.into());
        Some(val)
    }

    /// Adds what settings keys of the maker's framework set, where the call itself does not.
    pub(super) fn configured(
        &self,
        site: ExprRef,
        maker: &Maker,
        settings: &mut BTreeMap<Role, Vec<Setting>>,
    ) {
        for setting in self
            .catalog
            .settings()
            .values()
            .filter(|setting| setting.of == maker.path)
        {
            let (versions, _) = self.versions(site.file, &setting.library);
            let ignored = setting
                .ignored
                .as_ref()
                .is_some_and(|ignored| versions.within(ignored) != crate::catalog::Holds::No);
            let Some(role) = setting.role.filter(|_| !ignored) else {
                continue;
            };
            if settings.contains_key(&role) {
                continue;
            }
            for (val, place, _) in self.assigned(&setting.key, site.file) {
                let name = val.symbol.clone();
                let mut given = BTreeMap::new();
                for (val, conditions) in val.alternatives() {
                    if role == Role::Options {
                        spread(maker, &val, &conditions, &mut given);
                    } else {
                        given.entry(role).or_default().push(Setting {
                            val,
                            conditions,
                            place,
                            name: name.clone(),
                            configured: None,
                            keyword: None,
                        });
                    }
                }
                for (role, given) in given {
                    let given = given.into_iter().map(|setting| Setting {
                        configured: Some(place),
                        ..setting
                    });
                    settings.entry(role).or_default().extend(given);
                }
            }
        }
    }

    pub(super) fn library_of(&self, maker: &str) -> String {
        match self.catalog.maker(maker) {
            Some(maker) => maker.library.clone(),
            None => maker.split('.').next().unwrap_or_default().to_owned(),
        }
    }
}

/// The expression of the last plain assignment.
fn last_value(bindings: Option<&Vec<super::names::Binding>>) -> Option<ExprId> {
    bindings?
        .iter()
        .rev()
        .find_map(|binding| match binding.kind {
            BindingKind::Value(value) => Some(value),
            _ => None,
        })
}
