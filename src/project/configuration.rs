//! Keys of a program's configuration: where they are set so that the program loads them, and whether it reads them itself.
//!
//! Takes a settings key of the catalog; gives each place that sets it in the configuration of an application. Invariant:
//! a class or module counts where it is loaded, an item where the object is a configuration; a name alone proves
//! nothing.

use super::modules::Target;
use super::names::{BindingKind, ImportRef, ScopeId};
use super::values::{Val, Value};
use super::{ClassRef, ExprRef, Project};
use crate::catalog::{Configuration, ContextKind, Interval, Role, SettingKey};
use crate::source::{FileId, Place, Span};
use crate::syntax::{ArgKind, Call, DictItem, ExprId, ExprKind, Name, StmtKind};

/// How many places of one key are told apart.
const MOST_PLACES: usize = 1_000;

/// A place that sets a key.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The name or key as it is written.
    pub name: Place,
    /// The value, where it is an assignment of its own.
    pub value: Option<ExprRef>,
    /// Whether the key is written as text (`config["KEY"]`), not as a name.
    pub quoted: bool,
    /// Whether it is known that the program loads it.
    pub sure: bool,
    /// What the settings that stand together have in common: their scope.
    pub holder: (FileId, u32),
}

impl Project<'_> {
    /// The parts of the project that use what a settings key configures, each by one of its files, with the versions.
    pub fn users_of(&self, key: &SettingKey) -> Vec<(FileId, Interval, bool)> {
        let mut found: Vec<(FileId, Interval, bool)> = Vec::new();
        for pool in self.sites() {
            let file = pool.site.file;
            let scope = self.files.file(file).scope;
            let known = |other: &(FileId, _, _)| self.files.file(other.0).scope == scope;
            if *pool.maker == *key.of
                && !self.is_beside_the_product(file)
                && !found.iter().any(known)
            {
                let (versions, stated) = self.versions(file, &key.library);
                found.push((file, versions, stated));
            }
        }
        found
    }

    /// Where the programs around `file` set a key of their configuration.
    pub fn loaded(&self, key: &str, file: FileId) -> Vec<Loaded> {
        let scope = self.files.file(file).scope;
        let mut found = Vec::new();
        self.want_loaders(key, file);
        for (other, _) in self.all_parsed() {
            if self.files.file(other).scope == scope && !self.is_beside_the_product(other) {
                for way in self.catalog.configurations() {
                    self.set_as_items(way, key, other, &mut found);
                    self.set_by_calls(way, key, other, &mut found);
                }
            }
        }
        found.sort_by_key(|loaded| loaded.name);
        found.dedup_by_key(|loaded| loaded.name);
        found
    }

    /// Wants the files that may load a module or class that binds a key.
    fn want_loaders(&self, key: &str, file: FileId) {
        let binds = |parsed: &super::modules::Parsed| {
            let mut scopes = parsed.index.scopes.iter();
            scopes.any(|scope| scope.names.contains_key(key))
        };
        let scope = self.files.file(file).scope;
        let mut parsed = self.all_parsed();
        if !parsed.any(|(other, parsed)| self.files.file(other).scope == scope && binds(parsed)) {
            return;
        }
        let ways = self.catalog.configurations().iter();
        let methods = ways.flat_map(|way| way.objects.iter().chain(&way.files));
        let calls: Vec<String> = methods.map(|method| format!(".{method}(")).collect();
        for loader in self.files.holding(file, &calls) {
            self.wanting(|| self.want(loader));
        }
    }

    /// Whether an expression is the configuration of an application: its attribute, or a name for that.
    fn is_configuration(&self, way: &Configuration, file: FileId, expr: ExprId) -> bool {
        let (module, index) = self.tree(file);
        match &module.expr(expr).kind {
            ExprKind::Attribute(_, name) => *name == *way.attribute,
            ExprKind::Name(name) => {
                let bindings = index.scopes.iter().flat_map(|scope| scope.names.get(name));
                let mut values = bindings.flatten().filter_map(|binding| match binding.kind {
                    BindingKind::Value(value) => Some(value),
                    _ => None,
                });
                values.any(|value| {
                    matches!(&module.expr(value).kind, ExprKind::Attribute(_, name) if *name == *way.attribute)
                })
            }
            _ => false,
        }
    }

    fn set_as_items(&self, way: &Configuration, key: &str, file: FileId, found: &mut Vec<Loaded>) {
        let (module, index) = self.tree(file);
        for (number, expr) in module.exprs.iter().enumerate() {
            let ExprKind::Subscript(base, keys) = &expr.kind else {
                continue;
            };
            let [written] = keys.as_slice() else {
                continue;
            };
            let is_key =
                matches!(&module.expr(*written).kind, ExprKind::Str(text) if **text == *key);
            if !is_key || !self.is_configuration(way, file, *base) {
                continue;
            }
            let Some(value) = self.item_value(file, *written) else {
                continue;
            };
            let at = index.standing(ExprId(u32::try_from(number).unwrap_or(0)));
            found.push(Loaded {
                name: self.place(ExprRef {
                    file,
                    expr: *written,
                }),
                value: Some(ExprRef { file, expr: value }),
                quoted: true,
                sure: true,
                holder: (file, at.scope.0),
            });
        }
    }

    /// What an item is set to whose key is `written`.
    fn item_value(&self, file: FileId, written: ExprId) -> Option<ExprId> {
        let (_, index) = self.tree(file);
        let plain = index.item_writes.iter().find(|write| write.key == written);
        plain.map(|write| write.value).or_else(|| {
            let all = index
                .scopes
                .iter()
                .flat_map(|scope| scope.names.values().flatten());
            all.into_iter().find_map(|binding| match binding.kind {
                BindingKind::SetItem(key, value) if key == written => Some(value),
                _ => None,
            })
        })
    }

    fn set_by_calls(&self, way: &Configuration, key: &str, file: FileId, found: &mut Vec<Loaded>) {
        let (module, index) = self.tree(file);
        for id in &index.calls {
            let Some(call) = module.call(*id) else {
                continue;
            };
            let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind else {
                continue;
            };
            let named = |names: &[String]| names.iter().any(|name| *name == **method);
            let known = named(&way.updates) || named(&way.objects) || named(&way.files);
            if !known || !self.is_configuration(way, file, *base) {
                continue;
            }
            if named(&way.updates) {
                self.set_by_update(key, file, call, found);
                continue;
            }
            let Some(arg) = call.args.first() else {
                continue;
            };
            let val = self.wanting(|| {
                self.eval(
                    ExprRef {
                        file,
                        expr: arg.value,
                    },
                    &None,
                )
            });
            let chosen = self.any_of_table(ExprRef {
                file,
                expr: arg.value,
            });
            for (val, _) in chosen.unwrap_or(val).alternatives() {
                if named(&way.files) {
                    self.set_in_file(key, file, &val, found);
                } else {
                    self.set_in_object(key, file, &val, true, found);
                }
            }
        }
    }

    /// Whatever a table holds of which a key picks one that is not known here.
    fn any_of_table(&self, picked: ExprRef) -> Option<Val> {
        let (module, _) = self.tree(picked.file);
        let ExprKind::Subscript(base, keys) = &module.expr(picked.expr).kind else {
            return None;
        };
        let at = |expr: ExprId| ExprRef {
            file: picked.file,
            expr,
        };
        let (table, key) = (
            self.eval(at(*base), &None),
            self.eval(at(*keys.first()?), &None),
        );
        let Value::Dict(dict) = &table.value else {
            return None;
        };
        let entries = dict
            .entries
            .iter()
            .map(|entry| (entry.val.clone(), Vec::new()));
        key.as_str()
            .is_none()
            .then(|| Val::choice(entries.collect()))
    }

    fn set_by_update(&self, key: &str, file: FileId, call: &Call, found: &mut Vec<Loaded>) {
        let mut push = |name: Place| {
            found.push(Loaded {
                name,
                value: None,
                quoted: true,
                sure: true,
                holder: (file, u32::MAX),
            });
        };
        for arg in &call.args {
            match &arg.kind {
                ArgKind::Keyword(name) if *name == *key => {
                    push(Place {
                        file,
                        span: arg.span,
                    });
                }
                ArgKind::Positional | ArgKind::KeywordSplat => {
                    match self
                        .eval(
                            ExprRef {
                                file,
                                expr: arg.value,
                            },
                            &None,
                        )
                        .value
                    {
                        Value::Dict(dict) => {
                            let given = dict.entries.iter().filter(|entry| &*entry.key == key);
                            given.for_each(|entry| push(entry.place));
                        }
                        Value::Str(text) if *text == *key => push(Place {
                            file,
                            span: arg.span,
                        }),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    fn set_in_object(
        &self,
        key: &str,
        file: FileId,
        val: &Val,
        sure: bool,
        found: &mut Vec<Loaded>,
    ) {
        match &val.value {
            Value::Class(class) | Value::Instance(class, _) => {
                for class in self.lineage(*class).0.iter() {
                    let scope = self.tree(class.file).1.class_scopes[class.class.index()];
                    self.set_as_name(key, class.file, scope, sure, found);
                }
            }
            Value::Module(module) => self.set_as_name(key, *module, ScopeId(0), sure, found),
            Value::Str(path) => {
                if let Some(val) = self.object_at(file, path) {
                    self.set_in_object(key, file, &val, sure, found);
                }
            }
            // Which of the classes it is, the environment says.
            Value::Env(env) => match &env.default {
                Some(default) => {
                    for (val, _) in default.alternatives() {
                        self.set_in_object(key, file, &val, false, found);
                    }
                }
                None => self.set_in_any_class(key, file, found),
            },
            _ => {}
        }
    }

    /// Classes that look like settings of what the key is about: they set the database, too.
    fn set_in_any_class(&self, key: &str, file: FileId, found: &mut Vec<Loaded>) {
        let of = self.catalog.settings().get(key).map(|setting| &setting.of);
        let mut keys = self.catalog.settings().values();
        let Some(database) = keys.find(|it| it.role == Some(Role::Database) && Some(&it.of) == of)
        else {
            return;
        };
        let link = self.files.file(file).scope;
        for (other, parsed) in self.all_parsed() {
            if self.files.file(other).scope != link || self.is_beside_the_product(other) {
                continue;
            }
            for number in 0..parsed.module.classes.len() {
                let class = crate::syntax::ClassId(u32::try_from(number).unwrap_or(0));
                let class = ClassRef { file: other, class };
                if self.lineage(class).0.iter().any(|base| {
                    let index = self.tree(base.file).1;
                    let scope = index.class_scopes[base.class.index()];
                    index.scope(scope).names.contains_key(database.key.as_str())
                }) {
                    let val = Val::new(Value::Class(class));
                    self.set_in_object(key, file, &val, false, found);
                }
            }
        }
    }

    /// The module or class that a dotted path names.
    fn object_at(&self, file: FileId, path: &str) -> Option<Val> {
        let parts: Vec<Name> = path.split('.').map(Name::from).collect();
        if let Target::File(module) = self.resolve(file, 0, &parts) {
            return Some(Val::new(Value::Module(module)));
        }
        let (last, before) = parts.split_last()?;
        match self.resolve(file, 0, before) {
            Target::File(module) => self.wanting(|| self.member_of(module, last)),
            _ => None,
        }
    }

    fn set_in_file(&self, key: &str, file: FileId, val: &Val, found: &mut Vec<Loaded>) {
        let Value::Str(name) = &val.value else {
            return;
        };
        let scope = self.files.file(file).scope;
        let name = name.trim_start_matches(['.', '/']);
        for (other, _) in self.all_parsed() {
            let candidate = self.files.file(other);
            let named = candidate.path == name || candidate.path.ends_with(&format!("/{name}"));
            if named && candidate.scope == scope {
                self.set_as_name(key, other, ScopeId(0), true, found);
            }
        }
    }

    fn set_as_name(
        &self,
        key: &str,
        file: FileId,
        scope: ScopeId,
        sure: bool,
        found: &mut Vec<Loaded>,
    ) {
        let (_, index) = self.tree_if_parsed(file);
        let Some(index) = index else { return };
        let Some(bindings) = index.scope(scope).names.get(key) else {
            for star in &index.scope(scope).stars {
                self.set_elsewhere(key, file, *star, sure, found);
            }
            return;
        };
        for binding in bindings {
            match binding.kind {
                BindingKind::Value(value) => found.push(Loaded {
                    name: Place {
                        file,
                        span: binding.span,
                    },
                    value: Some(ExprRef { file, expr: value }),
                    quoted: false,
                    sure,
                    holder: (file, scope.0),
                }),
                BindingKind::Import(import) => self.set_elsewhere(key, file, import, sure, found),
                _ => {}
            }
        }
    }

    /// A key that a module has from another one.
    fn set_elsewhere(
        &self,
        key: &str,
        file: FileId,
        import: ImportRef,
        sure: bool,
        found: &mut Vec<Loaded>,
    ) {
        let (module, _) = self.tree(file);
        let StmtKind::Import(imports) = &module.stmt(import.stmt).kind else {
            return;
        };
        let import = &imports[import.item as usize];
        // Modules that import each other in circles set nothing there.
        if let Target::File(target) = self.resolve(file, import.level, &import.module)
            && target != file
            && found.len() < MOST_PLACES
            && self.parsed(target).is_some_and(|it| {
                matches!(it.index.scope(ScopeId(0)).names.get(key), Some(bindings)
                    if bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Value(_))))
            })
        {
            self.set_as_name(key, target, ScopeId(0), sure, found);
        }
    }

    fn tree_if_parsed(
        &self,
        file: FileId,
    ) -> (Option<&crate::syntax::Module>, Option<&super::names::Index>) {
        match self.parsed(file) {
            Some(parsed) => (Some(&parsed.module), Some(&parsed.index)),
            None => {
                self.want(file);
                (None, None)
            }
        }
    }

    /// Whether the program around `file` reads a key itself, to hand its value on.
    pub fn reads(&self, key: &str, file: FileId) -> bool {
        let scope = self.files.file(file).scope;
        self.all_parsed().any(|(other, _)| {
            self.files.file(other).scope == scope
                && !self.file_contexts(other).contains(&ContextKind::Test)
                && self.reads_in(key, other)
        })
    }

    fn reads_in(&self, key: &str, file: FileId) -> bool {
        let (module, index) = self.tree(file);
        let bound: Vec<Span> = index
            .scopes
            .iter()
            .filter_map(|scope| scope.names.get(key))
            .flatten()
            .map(|binding| binding.span)
            .chain(index.attribute_writes.iter().map(|write| write.span))
            .collect();
        module.exprs.iter().enumerate().any(|(number, expr)| {
            let id = ExprId(u32::try_from(number).unwrap_or(0));
            match &expr.kind {
                ExprKind::Name(name) => *name == *key && !bound.contains(&expr.span),
                ExprKind::Attribute(_, name) => *name == *key && !bound.contains(&expr.span),
                ExprKind::Str(text) if **text == *key => self.is_read_by(key, file, id),
                // All keys of a family at once.
                ExprKind::Str(text) => {
                    text.len() > 3 && text.ends_with('_') && key.starts_with(&**text)
                }
                _ => false,
            }
        })
    }

    /// Whether an expression is a section of something that a library reads: the keys of a configuration stand in none.
    fn is_section(&self, expr: ExprRef) -> bool {
        let (module, _) = self.tree(expr.file);
        let ExprKind::Subscript(base, keys) = &module.expr(expr.expr).kind else {
            return false;
        };
        let named = |key: &ExprId| matches!(module.expr(*key).kind, ExprKind::Str(_));
        let base = ExprRef {
            expr: *base,
            ..expr
        };
        keys.iter().all(named) && matches!(self.eval(base, &None).value, Value::Object(_))
    }

    /// Whether a text that is a key reads it: it is no key that is written, and no name of the environment.
    fn is_read_by(&self, key: &str, file: FileId, text: ExprId) -> bool {
        let (module, index) = self.tree(file);
        let Some(around) = index.parent(text) else {
            return self.item_value(file, text).is_none();
        };
        match &module.expr(around).kind {
            ExprKind::Dict(items) => {
                let is_key =
                    |item: &DictItem| matches!(item, DictItem::Pair(key, _) if *key == text);
                !items.iter().any(is_key)
            }
            ExprKind::Subscript(..) if self.item_value(file, text).is_some() => false,
            ExprKind::Subscript(base, _) if self.is_section(ExprRef { file, expr: *base }) => false,
            ExprKind::Subscript(..) | ExprKind::Call(_) => {
                if let Some(call) = module.call(around)
                    && let ExprKind::Attribute(_, method) = &module.expr(call.callee).kind
                {
                    let mut ways = self.catalog.configurations().iter();
                    if call.args.len() > 1
                        && ways.any(|way| way.updates.iter().any(|it| *it == **method))
                    {
                        return false;
                    }
                }
                match self.eval(ExprRef { file, expr: around }, &None).value {
                    Value::Env(env) => *env.name != *key || env.configured,
                    _ => true,
                }
            }
            _ => true,
        }
    }
}
