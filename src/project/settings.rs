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
use std::collections::BTreeMap;

impl Project<'_> {
    /// What the project assigns to a settings key, seen from the link scope of `file`.
    fn assigned(&self, key: &str, file: FileId) -> Vec<(Val, Place, ExprRef)> {
        let scope = self.files.file(file).scope;
        let mut found = Vec::new();
        for (other, parsed) in self.all_parsed() {
            if self.files.file(other).scope != scope {
                continue;
            }
            let index = &parsed.index;
            let at = |expr: ExprId| ExprRef { file: other, expr };
            let place = |expr: ExprId| self.place(at(expr));
            if let Some(expr) = last_value(index.scope(ScopeId(0)).names.get(key)) {
                found.push((self.final_state(other, key), place(expr), at(expr)));
            }
            for number in 0..parsed.module.classes.len() {
                let class = ClassId(u32::try_from(number).unwrap_or(0));
                // What the tests are configured with is not what the program gets.
                let words = super::sessions::split_words(&parsed.module.class(class).name);
                let for_tests = &self.catalog.contexts().test_words;
                if words.iter().any(|word| for_tests.contains(word)) {
                    continue;
                }
                let scope = index.class_scopes[class.index()];
                if let Some(expr) = last_value(index.scope(scope).names.get(key)) {
                    let val = self.class_member(ClassRef { file: other, class }, key);
                    found.push((val, place(expr), at(expr)));
                }
            }
            for write in &index.item_writes {
                if matches!(&parsed.module.expr(write.key).kind, ExprKind::Str(text) if **text == *key)
                {
                    found.push((
                        self.eval(at(write.value), &None),
                        place(write.value),
                        at(write.value),
                    ));
                }
            }
            let mut names: Vec<_> = index
                .scopes
                .iter()
                .flat_map(|scope| scope.names.values().flatten())
                .collect();
            names.sort_by_key(|binding| binding.span);
            for binding in names {
                if let BindingKind::SetItem(written, value) = binding.kind
                    && matches!(&parsed.module.expr(written).kind, ExprKind::Str(text) if **text == *key)
                {
                    found.push((self.eval(at(value), &None), place(value), at(value)));
                }
            }
            for call in &index.calls {
                let Some(found_call) = parsed.module.call(*call) else {
                    continue;
                };
                let ExprKind::Attribute(..) = parsed.module.expr(found_call.callee).kind else {
                    continue;
                };
                for arg in &found_call.args {
                    if matches!(&arg.kind, ArgKind::Keyword(name) if name == key) {
                        found.push((
                            self.eval(at(arg.value), &None),
                            place(arg.value),
                            at(arg.value),
                        ));
                    }
                }
            }
        }
        found.dedup_by_key(|(_, place, _)| *place);
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
