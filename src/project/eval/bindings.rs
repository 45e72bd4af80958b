//! Names: from a name to what binds it where it is used.
//!
//! Takes a name and where it stands; gives its value there. Assignments on the way count in order, each under the
//! conditions that do not hold at the use already. Invariant: an assignment in a branch that excludes the use is not seen.

use super::dictionaries;
use crate::project::modules::Target;
use crate::project::names::{
    Atom, Binding, BindingKind, GuardId, ImportRef, ScopeId, ScopeKind, Standing,
};
use crate::project::values::{Condition, Dict, Frames, MOST_CHOICES, Val, Value};
use crate::project::{ClassRef, ExprRef, FunctionRef, Project};
use crate::source::{FileId, Place, Span};
use crate::syntax::{
    ArgKind, BinaryOp, ClassForm, ExprId, ExprKind, ImportKind, Name, OUTER, StmtKind,
};
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

/// Where a name is used, for deciding which assignments come before.
struct Use {
    start: u32,
    atoms: Vec<Atom>,
    guard: Option<GuardId>,
    function: Option<crate::syntax::FunctionId>,
    same_scope: bool,
}

/// How many states are kept. Those that differ by one condition may still become few, so they are more than the choices
/// of a value.
const MOST_STATES: usize = 4 * MOST_CHOICES;

/// What a name may be at some point of going through its bindings.
type States = Vec<(Val, Vec<Condition>)>;

impl Project<'_> {
    pub(super) fn eval_name(&self, expr: ExprRef, name: &Name, frames: &Frames) -> Val {
        let (_, index) = self.tree(expr.file);
        let mut at = index.standing(expr.expr);
        let start = self.span(expr).start;
        let outer = name.strip_prefix(OUTER).map(Name::from);
        let name = outer.as_ref().unwrap_or(name);
        if outer.is_some() {
            at.scope = ScopeId(0);
        }
        let Some(owner) = self.owner_of(expr.file, at.scope, name) else {
            return self
                .starred(expr.file, at.scope, name)
                .or_else(|| self.package_seen(expr.file, name))
                .unwrap_or_else(|| Val::new(Value::Path(name.as_str().into())));
        };
        let used = Use {
            start,
            atoms: index.atoms(at.guard).collect(),
            guard: at.guard,
            function: index.function_of(index.standing(expr.expr).scope),
            same_scope: self.runs_with(expr.file, index.standing(expr.expr).scope, owner),
        };
        self.bound(expr.file, owner, name, &used, frames)
    }

    /// The scope whose binding a name written in `scope` refers to.
    pub(in crate::project) fn owner_of(
        &self,
        file: FileId,
        scope: ScopeId,
        name: &str,
    ) -> Option<ScopeId> {
        let (_, index) = self.tree(file);
        let mut at = scope;
        let mut first = true;
        loop {
            let found = index.scope(at);
            if found.globals.contains(name) {
                return index
                    .scope(ScopeId(0))
                    .names
                    .contains_key(name)
                    .then_some(ScopeId(0));
            }
            // A class body's names are seen in the body itself only.
            let visible = first || !self.is_closed(file, found.kind);
            let bound = found.names.get(name).is_some_and(|bindings| {
                bindings
                    .iter()
                    .any(|binding| !binding.kind.is_mutation() || at == ScopeId(0))
            });
            if visible && bound && !found.nonlocals.contains(name) {
                return Some(at);
            }
            first = first && found.kind == ScopeKind::Comprehension;
            at = found.parent?;
        }
    }

    /// A path outside the project under the name that its package has for everybody.
    fn as_packaged(&self, file: FileId, path: String) -> String {
        let first = path.split('.').next().unwrap_or_default();
        match self.package_called(file, first) {
            Some(package) => format!("{}{}", package.replace('-', "_"), &path[first.len()..]),
            None => path,
        }
    }

    /// Another package of the repository that is seen by its name.
    fn package_seen(&self, file: FileId, name: &Name) -> Option<Val> {
        if !crate::frontend::sees_packages(self.files.file(file).language) {
            return None;
        }
        match self.resolve(file, 0, std::slice::from_ref(name)) {
            Target::File(found) => Some(Val::new(Value::Module(found))),
            Target::External(path) => Some(Val::new(Value::Path(self.canonical(&path)))),
            _ => None,
        }
    }

    /// Whether what lies inside a scope does not see its names: those of a class, unless it is a part of the module.
    fn is_closed(&self, file: FileId, kind: ScopeKind) -> bool {
        match kind {
            ScopeKind::Class(class) => self.tree(file).0.class(class).form != ClassForm::Namespace,
            _ => false,
        }
    }

    /// Whether code in `scope` runs in the order in which it stands in `owner`: no function lies between.
    fn runs_with(&self, file: FileId, scope: ScopeId, owner: ScopeId) -> bool {
        let (_, index) = self.tree(file);
        index.function_of(scope) == index.function_of(owner)
    }

    /// A name that a star import brings in.
    fn starred(&self, file: FileId, scope: ScopeId, name: &str) -> Option<Val> {
        self.star_search(file, scope, name, &mut BTreeSet::new())
    }

    /// Every module is searched once, by however many ways its stars lead there.
    fn star_search(
        &self,
        file: FileId,
        scope: ScopeId,
        name: &str,
        searched: &mut BTreeSet<FileId>,
    ) -> Option<Val> {
        let (_, index) = self.tree(file);
        let mut at = Some(scope);
        while let Some(id) = at {
            let found = index.scope(id);
            for star in found.stars.iter().rev() {
                let (module, _) = self.tree(file);
                let StmtKind::Import(imports) = &module.stmt(star.stmt).kind else {
                    continue;
                };
                let import = &imports[star.item as usize];
                let path = dotted(&import.module);
                if import.level == 0 && self.catalog.knows(&format!("{path}.{name}")) {
                    return Some(Val::new(Value::Path(
                        self.canonical(&format!("{path}.{name}")),
                    )));
                }
                let Target::File(target) = self.resolve(file, import.level, &import.module) else {
                    continue;
                };
                if !searched.insert(target) {
                    continue;
                }
                let passes_on = self
                    .parsed(target)
                    .is_some_and(|parsed| !parsed.index.scope(ScopeId(0)).names.contains_key(name));
                let val = if passes_on {
                    self.star_search(target, ScopeId(0), name, searched)
                } else {
                    self.module_member(target, name)
                };
                if val.is_some() {
                    return val;
                }
            }
            at = found.parent;
        }
        None
    }

    /// Whether `first` is the first component of the import path of a library that code like that of `file` may use.
    pub(in crate::project) fn is_import(&self, file: FileId, first: &str) -> bool {
        let language = self.files.file(file).language.word();
        self.catalog.is_import(language, first)
    }

    /// What an import path names, seen from `file`.
    pub(in crate::project) fn resolve(&self, file: FileId, level: u32, path: &[Name]) -> Target {
        let key = (file, level, dotted(path));
        if let Some(known) = self.known.resolved.borrow().get(&key) {
            return known.clone();
        }
        let found = self
            .files
            .resolve(file, level, path, |first| self.is_import(file, first));
        let found = match found {
            Target::External(path) => Target::External(self.as_packaged(file, path)),
            other => other,
        };
        self.known.resolved.borrow_mut().insert(key, found.clone());
        found
    }

    /// A name of a module as other files see it: after the module ran.
    pub(super) fn module_member(&self, file: FileId, name: &str) -> Option<Val> {
        let key = (file, Name::from(name));
        // Modules import each other in circles; the second time round there is nothing new to learn.
        if self.members.borrow().contains(&key) {
            return None;
        }
        self.members.borrow_mut().push(key);
        let found = self.member_after_run(file, name);
        self.members.borrow_mut().pop();
        found
    }

    fn member_after_run(&self, file: FileId, name: &str) -> Option<Val> {
        let Some(parsed) = self.parsed(file) else {
            self.want(file);
            return None;
        };
        let module_scope = parsed.index.scope(ScopeId(0));
        if !module_scope.names.contains_key(name) {
            return self.starred(file, ScopeId(0), name);
        }
        let path = format!("{}.{name}", parsed.dotted);
        if self.catalog.knows(&path) {
            return Some(Val::new(Value::Path(self.canonical(&path))));
        }
        Some(self.final_state(file, name))
    }

    /// The value of a module-level name after the module ran.
    pub fn final_state(&self, file: FileId, name: &str) -> Val {
        let used = Use {
            start: u32::MAX,
            atoms: Vec::new(),
            guard: None,
            function: None,
            same_scope: true,
        };
        self.bound(file, ScopeId(0), name, &used, &None)
    }

    fn bound(&self, file: FileId, owner: ScopeId, name: &str, used: &Use, frames: &Frames) -> Val {
        let (module, index) = self.tree(file);
        let Some(bindings) = index.scope(owner).names.get(name) else {
            return Val::unknown();
        };
        let symbol: Option<Rc<str>> = match index.scope(owner).kind {
            ScopeKind::Module => Some(format!("{}.{name}", self.dotted(file)).into()),
            ScopeKind::Class(class) => {
                Some(format!("{}.{}.{name}", self.dotted(file), module.class(class).name).into())
            }
            _ => None,
        };
        let owner_function = index.function_of(owner);
        let relevant: Vec<&Binding> = bindings
            .iter()
            .filter(|binding| {
                let runs_in = index.function_of(binding.at.scope);
                runs_in != used.function
                    || runs_in != owner_function
                    || !used.same_scope
                    || self.done_at(file, binding) <= used.start
            })
            .collect();
        // Used before it is bound: a turn of a loop, or a function defined above what it uses.
        let relevant = if relevant.is_empty() {
            bindings.iter().collect()
        } else {
            relevant
        };
        let typed_only = relevant.iter().all(|binding| {
            index
                .atoms(binding.at.guard)
                .any(|atom| atom == Atom::TypeOnly)
        });
        // A function inside took what the name held with it.
        let relevant: Vec<&Binding> = relevant
            .into_iter()
            .filter(|binding| {
                !matches!(binding.kind, BindingKind::Deleted)
                    || index.function_of(binding.at.scope) == used.function
            })
            .collect();
        // The last assignment that has always run when the use runs hides what stands before it.
        let around: HashSet<GuardId> = index.guards_around(used.guard).collect();
        let hides = |binding: &&Binding| {
            let runs_in = index.function_of(binding.at.scope);
            !binding.kind.is_mutation()
                && (runs_in == owner_function || runs_in == used.function)
                && binding.at.guard.is_none_or(|guard| around.contains(&guard))
                && (typed_only
                    || index
                        .atoms(binding.at.guard)
                        .all(|atom| atom != Atom::TypeOnly))
        };
        let hidden = relevant.iter().rposition(hides).unwrap_or(0);
        let mut states: States = Vec::new();
        // What a star import brought is changed here.
        if owner == ScopeId(0) && bindings.iter().all(|binding| binding.kind.is_mutation()) {
            match self.starred(file, owner, name) {
                Some(val) => states.push((val, Vec::new())),
                None if bindings
                    .iter()
                    .all(|binding| matches!(binding.kind, BindingKind::Method(_))) =>
                {
                    return Val::new(Value::Path(name.into()));
                }
                None => {}
            }
        }
        let mut elsewhere: States = Vec::new();
        // More states than can be told apart: unknown until an assignment without conditions.
        let mut crowded = false;
        for (number, binding) in relevant.into_iter().enumerate() {
            let runs_in = index.function_of(binding.at.scope);
            let away = runs_in != owner_function && runs_in != used.function;
            if number < hidden && !away {
                continue;
            }
            let atoms: Vec<Atom> = index.atoms(binding.at.guard).collect();
            if !typed_only && atoms.contains(&Atom::TypeOnly) {
                continue;
            }
            if atoms
                .iter()
                .any(|atom| used.atoms.iter().any(|other| atom.excludes(*other)))
            {
                continue;
            }
            let always = binding.at.guard.is_none_or(|guard| around.contains(&guard));
            let extra: Vec<Condition> = if away || always {
                Vec::new()
            } else {
                atoms
                    .iter()
                    .filter(|atom| !used.atoms.contains(atom))
                    .map(|atom| Condition { file, atom: *atom })
                    .collect()
            };
            if crowded && !away && !extra.is_empty() {
                continue;
            }
            if binding.kind.is_mutation() {
                self.change(file, binding, &extra, &mut states, frames);
            } else if matches!(binding.kind, BindingKind::Deleted) {
                if extra.is_empty() {
                    states.clear();
                    crowded = false;
                }
            } else {
                let frames = if away { &None } else { frames };
                let val = self.binding_value(file, binding, name, frames);
                if away {
                    elsewhere.push((val, Vec::new()));
                } else {
                    crowded &= !extra.is_empty();
                    replace(&mut states, val, extra);
                }
                if states.len() > MOST_STATES {
                    states.clear();
                    crowded = true;
                }
            }
        }
        states.append(&mut elsewhere);
        // `engine = None` at the top is a place to put the engine, not an engine.
        if states.len() > 1
            && states
                .iter()
                .any(|(val, _)| !matches!(val.value, Value::None))
        {
            states.retain(|(val, _)| !matches!(val.value, Value::None));
        }
        let mut val = if crowded {
            Val::unknown()
        } else if let [(only, _)] = states.as_slice() {
            only.clone()
        } else {
            Val::choice(states)
        };
        self.with_fields(file, owner, name, used.start, &mut val, frames);
        // A stand-in that loads what type checkers are told is there.
        if !typed_only && self.stands_in(&val) {
            let told = bindings.iter().rev().find(|binding| {
                matches!(binding.kind, BindingKind::Import(_))
                    && index
                        .atoms(binding.at.guard)
                        .any(|atom| atom == Atom::TypeOnly)
            });
            if let Some(told) = told {
                return self.binding_value(file, told, name, frames);
            }
        }
        if val.symbol.is_none() {
            val.symbol = symbol;
        }
        val
    }

    /// Whether nothing is known of a value but what it computes when it is asked.
    fn stands_in(&self, val: &Val) -> bool {
        match &val.value {
            Value::Unknown => true,
            Value::Instance(class, _) => self
                .find_method(*class, crate::frontend::ATTRIBUTE_METHOD)
                .is_some(),
            _ => false,
        }
    }

    /// The offset from which a binding holds: behind the value it assigns.
    fn done_at(&self, file: FileId, binding: &Binding) -> u32 {
        let end = |expr: ExprId| self.span(ExprRef { file, expr }).end;
        match binding.kind {
            BindingKind::Value(value)
            | BindingKind::Unpack(value, _)
            | BindingKind::SetItem(_, value)
            | BindingKind::SetInner(_, value)
            | BindingKind::Augment(_, value) => end(value).max(binding.span.end),
            _ => binding.span.end,
        }
    }

    /// What a binding gives to its name.
    pub(in crate::project) fn binding_value(
        &self,
        file: FileId,
        binding: &Binding,
        name: &str,
        frames: &Frames,
    ) -> Val {
        let eval = |expr: &ExprId| self.eval(ExprRef { file, expr: *expr }, frames);
        match &binding.kind {
            BindingKind::Value(value) => self.or_declared(file, binding, eval(value)),
            BindingKind::Unpack(value, path) => unpack(&eval(value), path),
            BindingKind::Element(iter, path) => elements(&eval(iter), path),
            BindingKind::With(context) => match eval(context) {
                Val {
                    value: Value::Generator(function, frames),
                    ..
                } => self.yielded(function, &frames),
                other => other,
            },
            BindingKind::Import(import) => self.imported(file, *import),
            BindingKind::Function(function) => Val::at(
                Value::Function(
                    FunctionRef {
                        file,
                        function: *function,
                    },
                    frames.clone(),
                ),
                Place {
                    file,
                    span: binding.span,
                },
            ),
            BindingKind::Class(class) => {
                let path = format!("{}.{name}", self.dotted(file));
                if self.catalog.knows(&path) {
                    return Val::new(Value::Path(self.canonical(&path)));
                }
                Val::at(
                    Value::Class(ClassRef {
                        file,
                        class: *class,
                    }),
                    Place {
                        file,
                        span: binding.span,
                    },
                )
            }
            BindingKind::Param(function, number) => self.parameter(
                FunctionRef {
                    file,
                    function: *function,
                },
                *number,
                frames,
            ),
            BindingKind::Declared(annotation) => self
                .typed(ExprRef {
                    file,
                    expr: *annotation,
                })
                .unwrap_or_else(Val::unknown),
            BindingKind::Other
            | BindingKind::Augment(..)
            | BindingKind::SetItem(..)
            | BindingKind::SetInner(..)
            | BindingKind::DeleteItem(_)
            | BindingKind::Method(_)
            | BindingKind::Deleted => Val::unknown(),
        }
    }

    /// What a name is given, or where that is not known, an object of the type that the assignment promises
    /// (`bot: Bot = context.bot`).
    fn or_declared(&self, file: FileId, binding: &Binding, val: Val) -> Val {
        if !self.says_little(&val) {
            return val;
        }
        let (module, _) = self.tree(file);
        let StmtKind::Assign {
            annotation: Some(annotation),
            ..
        } = module.stmt(binding.at.stmt).kind
        else {
            return val;
        };
        let expr = annotation;
        let declared = self.annotated(ExprRef { file, expr });
        let useful = |found: &Val| matches!(found.value, Value::Instance(..));
        declared
            .filter(|found| useful(found) || self.is_lender(found))
            .unwrap_or(val)
    }

    /// Whether a value is nothing of the project's, nor anything that the catalog knows.
    pub(super) fn says_little(&self, val: &Val) -> bool {
        match &val.value {
            Value::Unknown => val.symbol.is_none(),
            Value::Param(..) => true,
            Value::Member(_, path) => !self.catalog.knows(path),
            Value::Object(object) => self.catalog.maker_of(&object.type_path).is_none(),
            _ => false,
        }
    }

    /// What an import binds.
    fn imported(&self, file: FileId, import: ImportRef) -> Val {
        let (module, _) = self.tree(file);
        let StmtKind::Import(imports) = &module.stmt(import.stmt).kind else {
            return Val::unknown();
        };
        let import = &imports[import.item as usize];
        let path = dotted(&import.module);
        match &import.kind {
            ImportKind::All => Val::unknown(),
            ImportKind::Module { alias: None } => {
                let first = import.module.first().cloned().unwrap_or_default();
                self.as_module(self.resolve(file, import.level, std::slice::from_ref(&first)))
            }
            ImportKind::Module { alias: Some(_) } => {
                self.as_module(self.resolve(file, import.level, &import.module))
            }
            ImportKind::Name { name, .. } => {
                if import.level == 0 && self.catalog.knows(&format!("{path}.{name}")) {
                    return Val::new(Value::Path(self.canonical(&format!("{path}.{name}"))));
                }
                let target = self.resolve(file, import.level, &import.module);
                if target == Target::Missing {
                    return self.member_inside(file, import.level, &import.module, name);
                }
                self.member_of_module(file, &target, name)
            }
        }
    }

    /// `name` below a path that leads into a module: to a class in it, or to what it takes from elsewhere.
    fn member_inside(&self, file: FileId, level: u32, path: &[Name], name: &str) -> Val {
        for end in (1..path.len()).rev() {
            let target = self.resolve(file, level, &path[..end]);
            let Target::File(_) = target else { continue };
            let inside = path[end..].iter().map(Name::as_str).chain([name]);
            let mut val = self.as_module(target);
            for part in inside {
                val = self.attribute(&val, part, &None);
            }
            return val;
        }
        Val::unknown()
    }

    fn as_module(&self, target: Target) -> Val {
        Val::new(match target {
            Target::File(id) => Value::Module(id),
            Target::Folder(folder) => Value::Folder(folder.into()),
            Target::External(path) => Value::Path(self.canonical(&path)),
            Target::Missing => Value::Unknown,
        })
    }

    /// `name` of what an import path named.
    pub(super) fn member_of_module(&self, file: FileId, target: &Target, name: &str) -> Val {
        match target {
            Target::File(id) => {
                if let Some(val) = self.module_member(*id, name) {
                    return val;
                }
                match self
                    .files
                    .submodule(target, self.files.file(file).language, name)
                {
                    Some(found) => self.as_module(found),
                    None => {
                        let symbol = format!("{}.{name}", self.dotted(*id));
                        Val {
                            symbol: Some(symbol.into()),
                            ..Val::unknown()
                        }
                    }
                }
            }
            Target::Folder(_) => {
                match self
                    .files
                    .submodule(target, self.files.file(file).language, name)
                {
                    Some(found) => self.as_module(found),
                    None => Val::unknown(),
                }
            }
            Target::External(path) => {
                Val::new(Value::Path(self.canonical(&format!("{path}.{name}"))))
            }
            Target::Missing => Val::unknown(),
        }
    }

    /// Applies a change of the bound value to every state it can apply to.
    fn change(
        &self,
        file: FileId,
        binding: &Binding,
        extra: &[Condition],
        states: &mut States,
        frames: &Frames,
    ) {
        let eval = |expr: &ExprId| self.eval(ExprRef { file, expr: *expr }, frames);
        for (val, held) in states.iter_mut() {
            if extra.iter().any(|each| {
                held.iter()
                    .any(|other| each.file == other.file && each.atom.excludes(other.atom))
            }) {
                continue;
            }
            let conditions: Vec<Condition> = extra
                .iter()
                .filter(|each| !held.contains(each))
                .copied()
                .collect();
            match &binding.kind {
                BindingKind::Augment(op, value) => {
                    val.value = match (op, &val.value) {
                        (BinaryOp::Add, Value::Str(_) | Value::Text(_))
                            if conditions.is_empty() =>
                        {
                            super::arithmetic(*op, val, &eval(value))
                        }
                        (BinaryOp::BitOr, Value::Dict(dict)) => {
                            let mut dict = Dict::clone(dict);
                            dictionaries::merge(&mut dict, &eval(value), &conditions);
                            Value::Dict(Rc::new(dict))
                        }
                        _ => Value::Unknown,
                    };
                }
                BindingKind::SetItem(key, value) => {
                    let place = Place {
                        file,
                        span: self.span(ExprRef { file, expr: *value }),
                    };
                    let (key, new) = (eval(key), eval(value));
                    change_dict(val, |dict| {
                        dictionaries::set(dict, &key, new.clone(), conditions.clone(), place)
                    });
                }
                BindingKind::SetInner(target, value) => {
                    let place = Place {
                        file,
                        span: self.span(ExprRef { file, expr: *value }),
                    };
                    let (path, new) = (self.keys_of(file, *target, frames), eval(value));
                    if let Some((key, path)) = path.split_last() {
                        change_inner(val, path, &|dict| {
                            dictionaries::set(dict, key, new.clone(), conditions.clone(), place)
                        });
                    }
                }
                BindingKind::DeleteItem(key) => {
                    let key = eval(key);
                    change_dict(val, |dict| dictionaries::remove(dict, &key, &conditions));
                }
                BindingKind::Method(call) => {
                    self.changed_by_method(file, *call, val, &conditions, binding.at, frames)
                }
                _ => {}
            }
        }
    }

    /// The keys of `name[a][b]`, outermost first.
    fn keys_of(&self, file: FileId, items: ExprId, frames: &Frames) -> Vec<Val> {
        let (module, _) = self.tree(file);
        let (mut at, mut keys) = (items, Vec::new());
        while let ExprKind::Subscript(base, written) = &module.expr(at).kind {
            keys.push(match written.as_slice() {
                [key] => self.eval(ExprRef { file, expr: *key }, frames),
                _ => Val::unknown(),
            });
            at = *base;
        }
        keys.reverse();
        keys
    }

    /// `name.method(…)`: what the catalog says the method does to a dictionary.
    fn changed_by_method(
        &self,
        file: FileId,
        call: ExprId,
        val: &mut Val,
        conditions: &[Condition],
        _at: Standing,
        frames: &Frames,
    ) {
        let (module, _) = self.tree(file);
        let Some(found) = module.call(call) else {
            return;
        };
        let ExprKind::Attribute(base, method) = &module.expr(found.callee).kind else {
            return;
        };
        if matches!(val.value, Value::Object(_)) {
            self.changed_options(file, call, val, conditions, frames);
            return;
        }
        let path = self.keys_of(file, *base, frames);
        let eval = |expr: ExprId| self.eval(ExprRef { file, expr }, frames);
        let positional: Vec<ExprId> = found
            .args
            .iter()
            .filter(|arg| arg.kind == ArgKind::Positional)
            .map(|arg| arg.value)
            .collect();
        match self.catalog.value_method("dict", method) {
            Some("merge") => {
                for arg in &found.args {
                    let new = eval(arg.value);
                    let place = Place {
                        file,
                        span: self.span(ExprRef {
                            file,
                            expr: arg.value,
                        }),
                    };
                    match &arg.kind {
                        ArgKind::Positional | ArgKind::KeywordSplat => {
                            change_inner(val, &path, &|dict| {
                                dictionaries::merge(dict, &new, conditions)
                            });
                        }
                        ArgKind::Keyword(name) => {
                            let key = Val::new(Value::Str(name.as_str().into()));
                            change_inner(val, &path, &|dict| {
                                dictionaries::set(
                                    dict,
                                    &key,
                                    new.clone(),
                                    conditions.to_vec(),
                                    place,
                                );
                            });
                        }
                        ArgKind::Splat => {}
                    }
                }
            }
            Some("fill") => {
                if let Some(key) = positional.first() {
                    let key = eval(*key);
                    let new = positional
                        .get(1)
                        .map_or_else(|| Val::new(Value::None), |value| eval(*value));
                    let span: Span = self.span(ExprRef {
                        file,
                        expr: positional.get(1).copied().unwrap_or(call),
                    });
                    change_inner(val, &path, &|dict| {
                        dictionaries::fill(
                            dict,
                            &key,
                            new.clone(),
                            conditions.to_vec(),
                            Place { file, span },
                        );
                    });
                }
            }
            Some("remove") => {
                if let Some(key) = positional.first() {
                    let key = eval(*key);
                    change_inner(val, &path, &|dict| {
                        dictionaries::remove(dict, &key, conditions)
                    });
                }
            }
            _ => {}
        }
    }
}

/// Changes the dictionary that lies under `path` of a dictionary.
fn change_inner(val: &mut Val, path: &[Val], change: &dyn Fn(&mut Dict)) {
    match path.split_first() {
        None => change_dict(val, change),
        Some((key, rest)) => change_dict(val, |dict| {
            dictionaries::inside(dict, key, &|inner| change_inner(inner, rest, change));
        }),
    }
}

fn change_dict(val: &mut Val, change: impl Fn(&mut Dict)) {
    match &val.value {
        Value::Dict(dict) => {
            let mut dict = Dict::clone(dict);
            change(&mut dict);
            val.value = Value::Dict(Rc::new(dict));
        }
        // A parameter that is filled: what was in it before is not known.
        Value::Unknown | Value::Param(..) => {
            let mut dict = Dict {
                open: true,
                ..Dict::default()
            };
            change(&mut dict);
            val.value = Value::Dict(Rc::new(dict));
        }
        Value::Choice(choices) => {
            let changed = choices.iter().map(|(val, conditions)| {
                let mut val = val.clone();
                if matches!(val.value, Value::Dict(_)) {
                    let mut inner = val.clone();
                    change_plain(&mut inner, &change);
                    val = inner;
                }
                (val, conditions.clone())
            });
            val.value = Value::Choice(changed.collect());
        }
        _ => {}
    }
}

fn change_plain(val: &mut Val, change: &impl Fn(&mut Dict)) {
    if let Value::Dict(dict) = &val.value {
        let mut dict = Dict::clone(dict);
        change(&mut dict);
        val.value = Value::Dict(Rc::new(dict));
    }
}

/// An assignment under `extra` conditions: it replaces what it hides.
fn replace(states: &mut States, val: Val, extra: Vec<Condition>) {
    if extra.is_empty() {
        states.clear();
    } else {
        states.retain(|(_, held)| !extra.iter().all(|each| held.contains(each)));
        for (_, held) in states.iter_mut() {
            let fresh: Vec<Condition> = extra
                .iter()
                .filter(|each| !held.contains(each))
                .copied()
                .collect();
            let apart = extra.iter().any(|each| {
                held.iter()
                    .any(|other| each.file == other.file && each.atom.excludes(other.atom))
            });
            if let ([only], false) = (fresh.as_slice(), apart)
                && let Some(atom) = only.atom.negated()
            {
                held.push(Condition {
                    file: only.file,
                    atom,
                });
            }
        }
    }
    states.push((val, extra));
}

/// The element of a value at a path of positions.
pub(super) fn unpack(val: &Val, path: &[u32]) -> Val {
    let Some((first, rest)) = path.split_first() else {
        return val.clone();
    };
    val.map(|val| match &val.value {
        Value::Tuple(items) | Value::List(items) => items
            .get(*first as usize)
            .map_or_else(Val::unknown, |item| unpack(item, rest)),
        _ => Val::unknown(),
    })
}

/// What a loop variable is on some turn.
fn elements(val: &Val, path: &[u32]) -> Val {
    match &val.value {
        Value::List(items) | Value::Tuple(items) => Val::choice(
            items
                .iter()
                .map(|item| (unpack(item, path), Vec::new()))
                .collect(),
        ),
        _ => Val::unknown(),
    }
}

/// The components of an import path, joined.
pub(super) fn dotted(path: &[Name]) -> String {
    path.iter().map(Name::as_str).collect::<Vec<_>>().join(".")
}
