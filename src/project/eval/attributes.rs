//! Attributes, items and methods of values.
//!
//! Takes a value and a name or key; gives what stands there. Objects made outside the project answer by path
//! (`Type.attribute`), objects of its own classes by what their classes say and what their methods write.

use super::Lineage;
use super::bindings;
use crate::catalog::{ConvertTo, Scalar, ValueIs};
use crate::frontend;
use crate::project::calls::lent::Holder;
use crate::project::modules::Target;
use crate::project::names::{Atom, Binding, BindingKind, ScopeId};
use crate::project::values::{
    Condition, Dict, Env, Frame, Frames, MOST_CALLS, Object, Part, Val, Value, depth,
};
use crate::project::{ClassRef, ExprRef, FunctionRef, Project};
use crate::source::{FileId, Place};
use crate::syntax::{ArgKind, Call, ClassForm, ExprKind, Name, Receiver, StmtKind};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many base classes are followed.
const MOST_BASES: usize = 8;

impl Project<'_> {
    pub(super) fn attribute(&self, base: &Val, name: &str, frames: &Frames) -> Val {
        base.map(|base| match &base.value {
            Value::Module(file) => self.member_of_module(*file, &Target::File(*file), name),
            Value::Folder(folder) => match self.files.submodule_of_folder(folder, name) {
                Some(Target::File(file)) => Val::new(Value::Module(file)),
                Some(Target::Folder(folder)) => Val::new(Value::Folder(folder.into())),
                _ => Val::unknown(),
            },
            Value::Path(path) => {
                let path = self.canonical(&format!("{path}.{name}"));
                match self.catalog.constant(&path) {
                    Some(Scalar::Int(number)) => return Val::new(Value::Int(*number)),
                    Some(Scalar::Bool(truth)) => return Val::new(Value::Bool(*truth)),
                    _ => {}
                }
                let found = self.keyed(base, &path).or_else(|| self.carried(&path));
                found.unwrap_or_else(|| Val::new(Value::Path(path)))
            }
            Value::Member(_, path) => self.member(base, &format!("{path}.{name}")),
            Value::Object(object) => self.member(base, &format!("{}.{name}", object.type_path)),
            Value::Instance(class, _) => self.instance_attribute(base, *class, name, frames),
            Value::Class(class) => self.class_attribute(*class, name, None),
            Value::Function(function, _) => self.function_attribute(*function, name),
            _ => Val::unknown(),
        })
    }

    /// An attribute that is called: a function that has the name of a field stands beside it.
    pub(super) fn called_attribute(&self, base: &Val, name: &str, frames: &Frames) -> Val {
        base.map(|base| {
            let class = match &base.value {
                Value::Instance(class, _) | Value::Class(class) => Some(*class),
                _ => None,
            };
            let class = class.filter(|class| self.is_record(*class));
            let beside = class.and_then(|class| self.beside_field(base, class, name));
            beside.unwrap_or_else(|| self.attribute(base, name, frames))
        })
    }

    fn beside_field(&self, base: &Val, class: ClassRef, name: &str) -> Option<Val> {
        let (_, index) = self.tree(class.file);
        let scope = index.scope(index.class_scopes[class.class.index()]);
        scope.names.get(name)?;
        let function = self.find_method(class, name)?;
        let instance = matches!(base.value, Value::Instance(..)).then_some(base);
        Some(self.method(function, class, instance))
    }

    /// An attribute of what a decorator makes of a function, when the catalog knows what that is.
    fn function_attribute(&self, function: FunctionRef, name: &str) -> Val {
        let decorators = &self.function(function).decorators;
        let made = decorators.iter().find_map(|decorator| {
            let path = self.decorator_path(ExprRef {
                file: function.file,
                expr: *decorator,
            })?;
            let type_path = self.catalog.returns(&path);
            (type_path != self.canonical(&path).as_ref()).then(|| type_path.into_owned())
        });
        made.map_or_else(Val::unknown, |type_path| {
            Val::new(Value::Path(self.canonical(&format!("{type_path}.{name}"))))
        })
    }

    /// What the project keeps under an attribute of an object that carries such things; `path` ends with the attribute.
    fn carried(&self, path: &str) -> Option<Val> {
        let (type_path, name) = path.rsplit_once('.')?;
        if !self.catalog.is_carrier(type_path) || self.catalog.knows(path) {
            return None;
        }
        // It rests on all that was parsed, also when it was asked before.
        self.passing.set(true);
        let writes = self.known.attribute_writes.get_or_init(|| {
            let mut all: BTreeMap<Name, Vec<(FileId, usize)>> = BTreeMap::new();
            for (file, parsed) in self.files.all_parsed() {
                for (number, write) in parsed.index.attribute_writes.iter().enumerate() {
                    let known = all.entry(write.name.clone()).or_default();
                    known.push((file, number));
                }
            }
            all
        });
        let (mut sure, mut likely) = (Vec::new(), Vec::new());
        for (file, number) in writes.get(name)? {
            let (module, index) = self.tree(*file);
            let write = &index.attribute_writes[*number];
            let Some((value, positions)) = &write.value else {
                continue;
            };
            let base = self.eval(
                ExprRef {
                    file: *file,
                    expr: write.base,
                },
                &None,
            );
            let found = match base.value {
                _ if self.carries(&base) => &mut sure,
                Value::Param(..) => &mut likely,
                Value::Unknown => match &module.expr(write.base).kind {
                    ExprKind::Attribute(_, holder) if self.catalog.holds_carrier(holder) => {
                        &mut likely
                    }
                    _ => continue,
                },
                _ => continue,
            };
            let value = self.eval(
                ExprRef {
                    file: *file,
                    expr: *value,
                },
                &None,
            );
            let value = bindings::unpack(&value, positions);
            if !matches!(value.value, Value::None) {
                found.push((value, Vec::new()));
            }
        }
        let found = if sure.is_empty() { likely } else { sure };
        (!found.is_empty()).then(|| Val::choice(found))
    }

    /// Whether an object is of a type on which programs keep things of their own.
    pub(in crate::project) fn carries(&self, val: &Val) -> bool {
        val.alternatives().iter().any(|(val, _)| match &val.value {
            Value::Object(object) => self.catalog.is_carrier(&object.type_path),
            Value::Path(path) | Value::Member(_, path) => self
                .catalog
                .attribute(path)
                .is_some_and(|holds| self.catalog.is_carrier(&holds)),
            Value::Instance(class, _) => {
                let lineage = self.lineage(*class);
                lineage.1.iter().any(|path| self.catalog.is_carrier(path))
            }
            _ => false,
        })
    }

    fn member(&self, base: &Val, path: &str) -> Val {
        let path = self.canonical(path);
        let found = self.keyed(base, &path).or_else(|| self.carried(&path));
        found.unwrap_or_else(|| Val::new(Value::Member(Rc::new(base.clone()), path)))
    }

    /// What the project sets under the settings key that a path of the catalog ends in (`config[KEY]`).
    fn keyed(&self, base: &Val, path: &str) -> Option<Val> {
        let (_, key) = path.strip_suffix(']')?.rsplit_once('[')?;
        self.setting_value(key, base.place?)
    }

    /// The base classes of a class, itself first: classes of the project, and paths of those outside.
    pub fn lineage(&self, class: ClassRef) -> Rc<Lineage> {
        let cache = &self.memo.lineages[usize::from(self.wanting.get())];
        if let Some((known, passing)) = cache.borrow().get(&class) {
            self.passing.set(self.passing.get() || *passing);
            return known.clone();
        }
        // A class that is its own base by way of a circle sees itself only.
        let itself = Rc::new((vec![class], Vec::new()));
        cache.borrow_mut().insert(class, (itself, true));
        let around = self.passing.replace(false);
        let found = Rc::new(self.bases(class));
        let passing = self.passing.replace(around || self.passing.get());
        cache.borrow_mut().insert(class, (found.clone(), passing));
        found
    }

    fn bases(&self, class: ClassRef) -> Lineage {
        let mut own = vec![class];
        let mut outside: Vec<Rc<str>> = Vec::new();
        let mut at = 0;
        while at < own.len() && own.len() <= MOST_BASES {
            let class = own[at];
            at += 1;
            let (module, _) = self.tree(class.file);
            for base in &module.class(class.class).bases {
                if base.kind != ArgKind::Positional {
                    continue;
                }
                let mut expr = base.value;
                if let ExprKind::Subscript(inner, _) = &module.expr(expr).kind {
                    expr = *inner;
                }
                for (val, _) in self
                    .eval(
                        ExprRef {
                            file: class.file,
                            expr,
                        },
                        &None,
                    )
                    .alternatives()
                {
                    match val.value {
                        Value::Class(base) if !own.contains(&base) => own.push(base),
                        Value::Path(path) => outside.push(path),
                        Value::Member(_, path) => outside.push(path),
                        // A class that a call makes (`declarative_base()`).
                        Value::Object(object) => outside.push(object.type_path.clone()),
                        _ => {}
                    }
                }
            }
        }
        (own, outside)
    }

    /// The rule for the fields of a class, when a base or decorator of it has one.
    fn field_rule(&self, class: ClassRef) -> Option<&crate::catalog::ValueRule> {
        let lineage = self.lineage(class);
        let (own, outside) = &*lineage;
        if let Some(rule) = outside.iter().find_map(|path| self.catalog.fields(path)) {
            return Some(rule);
        }
        own.iter().find_map(|class| {
            let (module, _) = self.tree(class.file);
            module
                .class(class.class)
                .decorators
                .iter()
                .find_map(|decorator| {
                    self.decorator_path(ExprRef {
                        file: class.file,
                        expr: *decorator,
                    })
                    .and_then(|path| self.catalog.fields(&path))
                })
        })
    }

    /// The path of a decorator, with or without arguments.
    pub fn decorator_path(&self, decorator: ExprRef) -> Option<Rc<str>> {
        let (module, _) = self.tree(decorator.file);
        let expr = match &module.expr(decorator.expr).kind {
            ExprKind::Call(call) => call.callee,
            _ => decorator.expr,
        };
        let expr = ExprRef {
            file: decorator.file,
            expr,
        };
        self.decorating(&self.eval(expr, &None)).or_else(|| {
            // `def register(app): @app.route(…)`: what the callers pass says what `app` is.
            let around = self.enclosing(decorator).filter(|_| self.wanting.get())?;
            let callers = self.callers(around);
            callers.into_iter().take(3).find_map(|caller| {
                let frames = self.frames_of(&[(caller, around)]);
                self.decorating(&self.eval(expr, &frames))
            })
        })
    }

    fn decorating(&self, val: &Val) -> Option<Rc<str>> {
        val.alternatives()
            .into_iter()
            .find_map(|(val, _)| match &val.value {
                Value::Object(object) => Some(self.canonical(&format!("{}.()", object.type_path))),
                Value::Instance(class, _) => {
                    let lineage = self.lineage(*class);
                    lineage
                        .1
                        .first()
                        .map(|path| self.canonical(&format!("{path}.()")))
                }
                _ => val.path().cloned(),
            })
    }

    fn instance_attribute(&self, base: &Val, class: ClassRef, name: &str, frames: &Frames) -> Val {
        let lineage = self.lineage(class);
        let (own, outside) = &*lineage;
        for owner in own {
            let (module, index) = self.tree(owner.file);
            let written = index.class_attributes[owner.class.index()].get(name);
            let Some(bindings) = written else {
                let class_scope = index.class_scopes[owner.class.index()];
                if index.scope(class_scope).names.contains_key(name) {
                    return self.class_attribute(*owner, name, Some(base));
                }
                continue;
            };
            let mut states = Vec::new();
            for binding in bindings {
                let Some(function) = index.function_of(binding.at.scope) else {
                    continue;
                };
                if self.too_deep(base, owner.file, function) {
                    states.push((Val::unknown(), Vec::new()));
                    continue;
                }
                let inner = self.constructed(
                    base,
                    FunctionRef {
                        file: owner.file,
                        function,
                    },
                    frames,
                );
                let conditions = index
                    .atoms(binding.at.guard)
                    .map(|atom| Condition {
                        file: owner.file,
                        atom,
                    })
                    .collect();
                states.push((
                    self.binding_value(owner.file, binding, name, &inner),
                    conditions,
                ));
            }
            let class_scope = index.class_scopes[owner.class.index()];
            if states
                .iter()
                .all(|(val, _)| matches!(val.value, Value::None | Value::Unknown))
                && index.scope(class_scope).names.contains_key(name)
            {
                let default = self.class_attribute(*owner, name, Some(base));
                if !matches!(default.value, Value::None | Value::Unknown) {
                    return default;
                }
            }
            if states
                .iter()
                .all(|(val, _)| matches!(val.value, Value::None) || self.says_little(val))
                && let Some(lender) = self.declared_lender(*owner, bindings)
            {
                return lender;
            }
            // A setting that is written by the way may be what somebody else made it as well.
            let always = bindings.iter().any(|binding| {
                let function = index.function_of(binding.at.scope);
                binding.at.guard.is_none()
                    && function.is_some_and(|function| {
                        frontend::is_constructor(&module.function(function).name)
                    })
            });
            if !always && index.scope(class_scope).names.contains_key(name) {
                let given = self.class_attribute(*owner, name, Some(base));
                if matches!(given.value, Value::Env(_)) {
                    states.push((given, Vec::new()));
                }
            }
            if states.len() > 1
                && states
                    .iter()
                    .any(|(val, _)| !matches!(val.value, Value::None))
            {
                states.retain(|(val, _)| !matches!(val.value, Value::None));
            }
            let mut val = if let [(only, _)] = states.as_slice() {
                only.clone()
            } else {
                Val::choice(states)
            };
            if val.symbol.is_none() && val.is_unknown() {
                val.symbol = Some(
                    format!(
                        "{}.{}.{name}",
                        self.dotted(owner.file),
                        module.class(owner.class).name
                    )
                    .into(),
                );
            }
            return val;
        }
        let carried = outside
            .iter()
            .find_map(|path| self.carried(&self.canonical(&format!("{path}.{name}"))));
        if let Some(carried) = carried {
            return carried;
        }
        match outside.first() {
            Some(path) => {
                let object = Val::new(Value::Object(Rc::new(Object {
                    type_path: path.clone(),
                    made: None,
                    set: None,
                })));
                Val::new(Value::Member(
                    Rc::new(object),
                    self.canonical(&format!("{path}.{name}")),
                ))
            }
            None => Val::unknown(),
        }
    }

    /// The engine, pool or factory that the annotation of an attribute promises (`self.pool: Pool | None = None`):
    /// somebody else puts it there.
    fn declared_lender(&self, class: ClassRef, bindings: &[Binding]) -> Option<Val> {
        let (module, _) = self.tree(class.file);
        bindings.iter().find_map(|binding| {
            let StmtKind::Assign { annotation, .. } = &module.stmt(binding.at.stmt).kind else {
                return None;
            };
            let expr = (*annotation)?;
            let file = class.file;
            let val = self.annotated(ExprRef { file, expr })?;
            self.is_lender(&val).then_some(val)
        })
    }

    /// Whether a value is an object that connections or sessions are taken from.
    pub(in crate::project) fn is_lender(&self, val: &Val) -> bool {
        let Value::Object(object) = &val.value else {
            return false;
        };
        let maker = self.catalog.maker_of(&object.type_path);
        maker.is_some_and(|maker| maker.kind.lends())
    }

    /// Whether the constructor that wrote an attribute is more calls away than are followed.
    fn too_deep(&self, instance: &Val, file: FileId, function: crate::syntax::FunctionId) -> bool {
        let constructor = FunctionRef { file, function };
        matches!(&instance.value, Value::Instance(_, Some(made)) if depth(&made.frames) >= MOST_CALLS)
            && frontend::is_constructor(&self.function(constructor).name)
    }

    /// The calls that lead into the constructor that wrote an attribute of `instance`.
    fn constructed(&self, instance: &Val, function: FunctionRef, frames: &Frames) -> Frames {
        if let Value::Instance(_, Some(made)) = &instance.value
            && frontend::is_constructor(&self.function(function).name)
        {
            return Some(Rc::new(Frame {
                call: made.call,
                callee: function,
                receiver: Some(instance.clone()),
                bound: made.bound.clone(),
                outer: made.frames.clone(),
                depth: depth(&made.frames).saturating_add(1),
            }));
        }
        // A frame of the same function already knows its arguments.
        frames.clone()
    }

    /// An attribute that a class body defines; `instance` is the object it is asked of, if there is one.
    fn class_attribute(&self, class: ClassRef, name: &str, instance: Option<&Val>) -> Val {
        let lineage = self.lineage(class);
        let (own, outside) = &*lineage;
        for owner in own {
            let (module, index) = self.tree(owner.file);
            let scope = index.class_scopes[owner.class.index()];
            let Some(bindings) = index.scope(scope).names.get(name) else {
                continue;
            };
            if let Some(BindingKind::Function(function)) =
                bindings.last().map(|binding| &binding.kind)
            {
                return self.method(
                    FunctionRef {
                        file: owner.file,
                        function: *function,
                    },
                    class,
                    instance,
                );
            }
            let symbol: Rc<str> = format!(
                "{}.{}.{name}",
                self.dotted(owner.file),
                module.class(owner.class).name
            )
            .into();
            let place = bindings.last().map(|binding| Place {
                file: owner.file,
                span: binding.span,
            });
            let declared = bindings
                .iter()
                .all(|binding| matches!(binding.kind, BindingKind::Declared(_)));
            let default = if declared {
                Val::new(Value::None)
            } else {
                self.body_value(*owner, scope, name)
            };
            let mut val = self.field(*owner, name, default, declared, instance, place);
            if val.symbol.is_none() {
                val.symbol = Some(symbol);
            }
            return val;
        }
        // Written by a class method or from elsewhere (`cls.engine = …`).
        for owner in own {
            let (_, index) = self.tree(owner.file);
            let Some(bindings) = index.class_attributes[owner.class.index()].get(name) else {
                continue;
            };
            let states = bindings
                .iter()
                .map(|binding| {
                    (
                        self.binding_value(owner.file, binding, name, &None),
                        Vec::new(),
                    )
                })
                .filter(|(val, _)| !matches!(val.value, Value::None))
                .collect();
            return Val::choice(states);
        }
        outside.first().map_or_else(Val::unknown, |path| {
            Val::new(Value::Path(self.canonical(&format!("{path}.{name}"))))
        })
    }

    fn body_value(&self, class: ClassRef, scope: ScopeId, name: &str) -> Val {
        let key = (class, Name::from(name));
        // Namespaces take names from each other in circles, as modules do.
        if self.bodies.borrow().contains(&key) {
            return Val::unknown();
        }
        self.bodies.borrow_mut().push(key);
        let found = self.written_in_body(class, scope, name);
        self.bodies.borrow_mut().pop();
        found
    }

    fn written_in_body(&self, class: ClassRef, scope: ScopeId, name: &str) -> Val {
        let (_, index) = self.tree(class.file);
        let Some(bindings) = index.scope(scope).names.get(name) else {
            return Val::unknown();
        };
        let choices: Vec<(Val, Vec<Condition>)> = bindings
            .iter()
            .filter(|binding| {
                !binding.kind.is_mutation() && !matches!(binding.kind, BindingKind::Declared(_))
            })
            .map(|binding| {
                let conditions = index
                    .atoms(binding.at.guard)
                    .filter(|atom| !matches!(atom, Atom::Main))
                    .map(|atom| Condition {
                        file: class.file,
                        atom,
                    })
                    .collect::<Vec<_>>();
                (
                    self.binding_value(class.file, binding, name, &None),
                    conditions,
                )
            })
            .collect();
        match choices.as_slice() {
            [(only, _)] => only.clone(),
            _ => Val::choice(choices),
        }
    }

    fn method(&self, function: FunctionRef, class: ClassRef, instance: Option<&Val>) -> Val {
        let found = self.function(function);
        let receiver = match (found.receiver, instance) {
            (Receiver::None, _) | (Receiver::Instance, None) => {
                return Val::new(Value::Function(function, None));
            }
            (Receiver::Instance, Some(instance)) => instance.clone(),
            (Receiver::Class, _) => Val::new(Value::Class(class)),
        };
        let is_property = found.decorators.iter().any(|decorator| {
            self.decorator_path(ExprRef {
                file: function.file,
                expr: *decorator,
            })
            .is_some_and(|path| {
                self.catalog.is_once_per_instance(&path) || frontend::is_property(&path)
            })
        });
        if is_property && instance.is_some() {
            let frame = Frame {
                call: self.first_expr(function),
                callee: function,
                receiver: Some(receiver),
                bound: None,
                outer: None,
                depth: 1,
            };
            return self.returned(function, &Some(Rc::new(frame)));
        }
        Val::new(Value::Method(function, Rc::new(receiver)))
    }

    /// Some expression of the function, to stand for a call that is not written (a property).
    fn first_expr(&self, function: FunctionRef) -> ExprRef {
        let decorator = self.function(function).decorators.first().copied();
        ExprRef {
            file: function.file,
            expr: decorator.unwrap_or(crate::syntax::ExprId(0)),
        }
    }

    /// A field of a class whose objects take it at construction or from the environment.
    fn field(
        &self,
        class: ClassRef,
        name: &str,
        default: Val,
        declared: bool,
        instance: Option<&Val>,
        place: Option<Place>,
    ) -> Val {
        let is_record = self.is_record(class);
        let rule = self.field_rule(class);
        if rule.is_none() && !is_record {
            return if declared { Val::unknown() } else { default };
        }
        if let Some(Value::Instance(_, Some(made))) = instance.map(|val| &val.value) {
            if let Some(given) = self.field_argument(made.call, name) {
                return self.eval(given, &made.frames);
            }
            if is_record && let Some(rest) = self.rest_of(made.call) {
                return self.attribute(&self.eval(rest, &made.frames), name, &made.frames);
            }
        }
        let Some(rule) = rule else {
            return self.field_of_record(class, name, (!declared).then_some(default), place);
        };
        let default = (!declared).then_some(default);
        let field = name;
        let worked_out = || self.worked_out(class, field);
        match (rule.is, place) {
            (ValueIs::Environment, Some(place)) => {
                let prefix = rule
                    .prefix_in
                    .iter()
                    .find_map(|path| self.class_text(class, path));
                let name = format!("{}{name}", prefix.unwrap_or_default()).to_uppercase();
                // Settings in settings read their variables themselves.
                if let Some(Value::Instance(inner, _)) = default.as_ref().map(|val| &val.value)
                    && self
                        .field_rule(*inner)
                        .is_some_and(|rule| rule.is == ValueIs::Environment)
                {
                    return default.unwrap_or_else(Val::unknown);
                }
                let default = default
                    .filter(|default| !matches!(default.value, Value::None))
                    .or_else(worked_out);
                Val::at(
                    Value::Env(Rc::new(Env {
                        default,
                        dialect: self.promised(class, field),
                        ..Env::new(name.into(), place)
                    })),
                    place,
                )
            }
            _ => default
                .filter(|default| !matches!(default.value, Value::None))
                .or_else(worked_out)
                .unwrap_or_else(Val::unknown),
        }
    }

    /// What the construction of an object gives for a field: by its name, or by its place for a field that has no other
    /// name.
    pub(in crate::project) fn field_argument(&self, made: ExprRef, field: &str) -> Option<ExprRef> {
        let (module, _) = self.tree(made.file);
        let mut args = module.call(made.expr)?.args.iter();
        let given = match field.parse::<usize>() {
            Ok(place) => args
                .take_while(|arg| arg.kind == ArgKind::Positional)
                .nth(place),
            Err(_) => {
                args.find(|arg| matches!(&arg.kind, ArgKind::Keyword(keyword) if keyword == field))
            }
        };
        given.map(|arg| ExprRef {
            expr: arg.value,
            ..made
        })
    }

    /// The object from which a construction takes the fields that it does not name.
    fn rest_of(&self, made: ExprRef) -> Option<ExprRef> {
        let (module, _) = self.tree(made.file);
        let mut args = module.call(made.expr)?.args.iter();
        let rest = args.find(|arg| arg.kind == ArgKind::KeywordSplat)?;
        Some(ExprRef {
            expr: rest.value,
            ..made
        })
    }

    /// Whether objects of a class are made by naming their fields.
    pub(in crate::project) fn is_record(&self, class: ClassRef) -> bool {
        let (module, _) = self.tree(class.file);
        module.class(class.class).form == ClassForm::Record
    }

    /// A field of a record of which nobody says what it is given: what it is unless it is set, else what its type tells.
    fn field_of_record(
        &self,
        class: ClassRef,
        name: &str,
        said: Option<Val>,
        place: Option<Place>,
    ) -> Val {
        let (module, index) = self.tree(class.file);
        let scope = index.scope(index.class_scopes[class.class.index()]);
        let mut bindings = scope.names.get(name).into_iter().flatten();
        if !bindings.any(|binding| matches!(binding.kind, BindingKind::Declared(_))) {
            return said.unwrap_or_else(Val::unknown);
        }
        let own_name = format!("{}.{name}", module.class(class.class).name);
        let setting = match (said.map(|said| said.value), place) {
            (Some(Value::Env(env)), _) if !env.name.is_empty() || env.default.is_some() => {
                Some(Env::clone(&env))
            }
            (_, Some(place)) => self.default_of_field(class, name).map(|default| Env {
                default: Some(default),
                configured: true,
                ..Env::new("".into(), place)
            }),
            _ => None,
        };
        let Some(mut env) = setting else {
            let declared = self.declared_field(class, name);
            let holder = Holder::Field(class, Name::from(name));
            return declared.map_or_else(Val::unknown, |declared| {
                self.lent_as(declared, Some(&holder), class.file)
            });
        };
        if env.name.is_empty() {
            env.name = own_name.into();
        }
        env.default = env.default.map(read_number);
        let place = env.place;
        Val::at(Value::Env(Rc::new(env)), place)
    }

    /// What a field of a record is in the object that stands for all defaults, where that is plain to see.
    fn default_of_field(&self, class: ClassRef, field: &str) -> Option<Val> {
        let (module, index) = self.tree(class.file);
        let own = &module.class(class.class).name;
        index.calls.iter().find_map(|expr| {
            let call = module.call(*expr)?;
            let (ExprKind::Name(called) | ExprKind::Attribute(_, called)) =
                &module.expr(call.callee).kind
            else {
                return None;
            };
            let function = index.function_of(index.standing(*expr).scope)?;
            if called != own || !frontend::gives_defaults(&module.function(function).name) {
                return None;
            }
            let keyword = |kind: &ArgKind| matches!(kind, ArgKind::Keyword(name) if name == field);
            let given = call.args.iter().find(|arg| keyword(&arg.kind))?;
            let val = self.eval(
                ExprRef {
                    file: class.file,
                    expr: given.value,
                },
                &None,
            );
            is_scalar(&val).then_some(val)
        })
    }

    /// A value of the type that a class declares for a field.
    fn declared_field(&self, class: ClassRef, field: &str) -> Option<Val> {
        let (_, index) = self.tree(class.file);
        let scope = index.class_scopes[class.class.index()];
        let bindings = index.scope(scope).names.get(field)?;
        bindings.iter().find_map(|binding| match binding.kind {
            BindingKind::Declared(annotation) => self.annotated(ExprRef {
                file: class.file,
                expr: annotation,
            }),
            _ => None,
        })
    }

    /// What the functions of a class that work out a field make of it, where nothing is given.
    fn worked_out(&self, class: ClassRef, field: &str) -> Option<Val> {
        let (module, index) = self.tree(class.file);
        let mut found = Vec::new();
        for function in &index.methods[class.class.index()] {
            let works = module
                .function(*function)
                .decorators
                .iter()
                .any(|decorator| {
                    let ExprKind::Call(call) = &module.expr(*decorator).kind else {
                        return false;
                    };
                    let names = call.args.iter().any(|arg| {
                    matches!(&module.expr(arg.value).kind, ExprKind::Str(text) if **text == *field)
                });
                    let decorator = ExprRef {
                        file: class.file,
                        expr: *decorator,
                    };
                    names
                        && self
                            .decorator_path(decorator)
                            .and_then(|path| self.catalog.value(&path))
                            .is_some_and(|rule| rule.is == ValueIs::Validator)
                });
            if works {
                let function = FunctionRef {
                    file: class.file,
                    function: *function,
                };
                found.extend(self.returned(function, &None).alternatives());
            }
        }
        found.retain(|(val, _)| {
            !matches!(
                val.value,
                Value::None | Value::Unknown | Value::Param(..) | Value::Object(_)
            )
        });
        (!found.is_empty()).then(|| Val::choice(found))
    }

    /// The dialect that the annotation of a field promises.
    fn promised(&self, class: ClassRef, field: &str) -> Option<Rc<str>> {
        let (_, index) = self.tree(class.file);
        let scope = index.class_scopes[class.class.index()];
        let bindings = index.scope(scope).names.get(field)?;
        bindings.iter().find_map(|binding| {
            let BindingKind::Declared(annotation) = binding.kind else {
                return None;
            };
            let annotation = ExprRef {
                file: class.file,
                expr: annotation,
            };
            let Value::Object(object) = self.annotated(annotation)?.value else {
                return None;
            };
            let rule = self.catalog.value(&object.type_path)?;
            rule.dialect.as_deref().map(Rc::from)
        })
    }

    /// What a class body assigns to a name, as it stands there.
    fn plain_member(&self, class: ClassRef, name: &str) -> Option<Val> {
        let lineage = self.lineage(class);
        let (own, _) = &*lineage;
        own.iter().copied().find_map(|owner| {
            let (_, index) = self.tree(owner.file);
            let scope = index.class_scopes[owner.class.index()];
            index
                .scope(scope)
                .names
                .contains_key(name)
                .then(|| self.body_value(owner, scope, name))
        })
    }

    /// The text that a class holds at a path: attribute `A`, and in it keyword, key or attribute `B`.
    fn class_text(&self, class: ClassRef, path: &str) -> Option<String> {
        let (outer, inner) = path.split_once('.')?;
        let holder = self.plain_member(class, outer)?;
        let found = match &holder.value {
            Value::Dict(dict) => super::dictionaries::get(dict, inner)?,
            Value::Class(nested) => self.plain_member(*nested, inner)?,
            Value::Object(object) => {
                let (_, made) = object.made.as_ref()?;
                let (module, _) = self.tree(made.call.file);
                let name = crate::catalog::ArgumentName::Keyword(inner.to_owned());
                let argument = self.call_argument(module.call(made.call.expr)?, &name)?;
                self.eval(
                    ExprRef {
                        file: made.call.file,
                        expr: argument,
                    },
                    &made.frames,
                )
            }
            _ => return None,
        };
        found.as_str().map(str::to_owned)
    }

    /// `base[key]`.
    pub(super) fn item(&self, base: &Val, key: &Val, here: Place) -> Val {
        match (&base.value, &key.value) {
            (Value::Dict(dict), Value::Str(key)) => {
                super::dictionaries::get(dict, key).unwrap_or_else(Val::unknown)
            }
            // A key that is only known at run time picks one of the entries.
            (Value::Dict(dict), _) if !dict.open && !dict.entries.is_empty() && is_open(key) => {
                any_entry(dict)
            }
            (Value::List(items) | Value::Tuple(items), Value::Int(number)) => {
                usize::try_from(*number)
                    .ok()
                    .and_then(|number| items.get(number).cloned())
                    .unwrap_or_else(Val::unknown)
            }
            (Value::Instance(class, _), Value::Int(place)) if self.is_record(*class) => {
                let field = place.to_string();
                match self.declared_field(*class, &field) {
                    Some(_) => self.attribute(base, &field, &None),
                    // The one field of a wrapper, which stands for what it holds.
                    None if *place == 0 => base.clone(),
                    None => Val::unknown(),
                }
            }
            (Value::Object(_), Value::Int(0)) if self.is_lender(base) => base.clone(),
            (Value::Path(_) | Value::Member(..) | Value::Object(_), Value::Str(key)) => {
                let path = match &base.value {
                    Value::Object(object) => object.type_path.clone(),
                    _ => base.path().cloned().unwrap_or_else(|| "".into()),
                };
                if let Some(val) = self.setting_value(key, here) {
                    return val;
                }
                let indexed = self.canonical(&format!("{path}.[]"));
                let rule = self.catalog.value(&indexed);
                if let Some(rule) = rule.filter(|rule| rule.is == ValueIs::Environment) {
                    let env = Env {
                        convert: rule.to,
                        ..Env::new(key.clone(), here)
                    };
                    return Val::at(Value::Env(Rc::new(env)), here);
                }
                Val::new(Value::Path(format!("{path}[{key}]").into()))
            }
            _ => Val::unknown(),
        }
    }

    /// A method of a built-in value, when the base is one; nothing when the callee has to be looked up as usual.
    pub(super) fn value_method(
        &self,
        base: &Val,
        name: &str,
        expr: ExprRef,
        call: &Call,
        frames: &Frames,
    ) -> Option<Val> {
        if let Some(passed) = self.passed(base, name, expr, call, frames) {
            return Some(passed);
        }
        if let Value::Class(class) = &base.value
            && self.is_record(*class)
            && self.find_method(*class, name).is_none()
            && self.catalog.constructs(name)
        {
            return Some(Val::at(Value::Instance(*class, None), self.place(expr)));
        }
        let type_name = match &base.value {
            // `app.config.get("KEY")`: what the project sets under a key that the catalog knows.
            Value::Path(_) | Value::Member(..)
                if self.catalog.value_method("dict", name) == Some("item") =>
            {
                let key = call
                    .args
                    .first()
                    .filter(|arg| arg.kind == ArgKind::Positional)?;
                let key = self.eval(
                    ExprRef {
                        file: expr.file,
                        expr: key.value,
                    },
                    frames,
                );
                return self.setting_value(key.as_str()?, self.place(expr));
            }
            Value::Dict(_) => "dict",
            Value::Str(_) | Value::Text(_) | Value::Env(_) => "str",
            Value::Choice(choices)
                if choices.iter().all(|(val, _)| {
                    matches!(
                        val.value,
                        Value::Dict(_)
                            | Value::Str(_)
                            | Value::Text(_)
                            | Value::Env(_)
                            | Value::Path(_)
                            | Value::Member(..)
                            | Value::Param(..)
                            | Value::None
                            | Value::Unknown
                    )
                }) && choices.iter().any(|(val, _)| {
                    matches!(
                        val.value,
                        Value::Dict(_) | Value::Str(_) | Value::Text(_) | Value::Env(_)
                    )
                }) =>
            {
                return Some(base.map(|base| {
                    self.value_method(base, name, expr, call, frames)
                        .unwrap_or_else(Val::unknown)
                }));
            }
            // A setting or parameter of unknown kind that is treated as text keeps its identity.
            Value::Unknown | Value::Param(..) => {
                return matches!(
                    self.catalog.value_method("str", name),
                    Some("same" | "replace")
                )
                .then(|| base.clone());
            }
            _ => return None,
        };
        let argument = |number: usize| {
            call.args
                .iter()
                .filter(|arg| arg.kind == ArgKind::Positional)
                .nth(number)
                .map(|arg| {
                    self.eval(
                        ExprRef {
                            file: expr.file,
                            expr: arg.value,
                        },
                        frames,
                    )
                })
        };
        Some(
            match (self.catalog.value_method(type_name, name), &base.value) {
                (Some("same"), _) => base.clone(),
                (Some("integer"), _) => base.converted(ConvertTo::Integer),
                (Some("through"), _) => self.through(base, argument(0)),
                (Some("item" | "remove" | "fill"), Value::Dict(dict)) => {
                    let key = argument(0)?;
                    if is_open(&key) && !dict.open && !dict.entries.is_empty() {
                        return Some(any_entry(dict));
                    }
                    match key
                        .as_str()
                        .and_then(|key| super::dictionaries::get(dict, key))
                    {
                        Some(val) => val,
                        None if dict.open => Val::unknown(),
                        None => argument(1).unwrap_or_else(|| Val::new(Value::None)),
                    }
                }
                (Some("replace"), Value::Str(text)) => match (argument(0), argument(1)) {
                    (Some(from), Some(to)) => match (from.as_str(), to.as_str()) {
                        (Some(from), Some(to)) if !from.is_empty() => Val {
                            value: Value::Str(text.replace(from, to).into()),
                            ..base.clone()
                        },
                        _ => Val::unknown(),
                    },
                    _ => Val::unknown(),
                },
                (Some("replace"), Value::Env(_) | Value::Text(_)) => {
                    match (argument(0), argument(1)) {
                        (Some(from), Some(to)) => match (from.as_str(), to.as_str()) {
                            (Some(from), Some(to)) if !from.is_empty() => replaced(base, from, to),
                            _ => base.clone(),
                        },
                        _ => base.clone(),
                    }
                }
                (None, _) if type_name == "str" => {
                    let (meaning, keyword) = self
                        .catalog
                        .value_method("url", name)
                        .map(|meaning| meaning.split_once(' ').unwrap_or((meaning, "")))?;
                    match meaning {
                        "same" => base.clone(),
                        "parts" => {
                            let keyword = crate::catalog::ArgumentName::Keyword(keyword.to_owned());
                            let scheme = self.call_argument(call, &keyword).map(|found| {
                                self.eval(
                                    ExprRef {
                                        file: expr.file,
                                        expr: found,
                                    },
                                    frames,
                                )
                            });
                            let rest = Part::Hole(Val::unknown());
                            let parts = match scheme {
                                Some(scheme) => {
                                    vec![Part::Hole(scheme), Part::Literal("://".into()), rest]
                                }
                                None => vec![Part::Hole(base.clone()), rest],
                            };
                            Val::at(super::text_of(parts), self.place(expr))
                        }
                        _ => Val::unknown(),
                    }
                }
                (Some("format"), Value::Str(template)) => {
                    let filled = super::filled(template, '{', '}', |name, number| {
                        let name = name.split(['!', ':']).next().unwrap_or_default();
                        if let Ok(number) = name.parse() {
                            return argument(number);
                        }
                        if name.is_empty() {
                            return argument(number);
                        }
                        let keyword = crate::catalog::ArgumentName::Keyword(name.to_owned());
                        let found = self.call_argument(call, &keyword)?;
                        Some(self.eval(
                            ExprRef {
                                file: expr.file,
                                expr: found,
                            },
                            frames,
                        ))
                    });
                    Val::at(filled, self.place(expr))
                }
                _ => Val::unknown(),
            },
        )
    }

    /// A text that a function is applied to: a number, where the function makes one of it.
    fn through(&self, base: &Val, applied: Option<Val>) -> Val {
        let Some(Value::Function(function, _)) = applied.map(|applied| applied.value) else {
            return base.clone();
        };
        let (module, index) = self.tree(function.file);
        let converts = index.calls.iter().any(|call| {
            let inside = index.function_of(index.standing(*call).scope) == Some(function.function);
            let callee = module
                .call(*call)
                .map(|call| &module.expr(call.callee).kind);
            inside
                && matches!(callee, Some(ExprKind::Attribute(_, method))
                    if self.catalog.value_method("str", method) == Some("integer"))
        });
        match converts {
            true => base.converted(ConvertTo::Integer),
            false => base.clone(),
        }
    }

    /// The function of a class, or of one it derives from, by name.
    pub fn find_method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        let lineage = self.lineage(class);
        let (own, _) = &*lineage;
        own.iter().find_map(|owner| {
            let (module, index) = self.tree(owner.file);
            index.methods[owner.class.index()]
                .iter()
                .rev()
                .find(|function| module.function(**function).name == name)
                .map(|function| FunctionRef {
                    file: owner.file,
                    function: *function,
                })
        })
    }

    /// The name of a star or plain import path, for messages.
    pub fn import_path(&self, path: &[crate::syntax::Name]) -> String {
        bindings::dotted(path)
    }
}

/// Whether a key is only known at run time.
fn is_open(key: &Val) -> bool {
    matches!(
        key.value,
        Value::Env(_)
            | Value::Unknown
            | Value::Param(..)
            | Value::Text(_)
            | Value::Path(_)
            | Value::Member(..)
            | Value::Object(_)
            | Value::Instance(..)
    )
}

/// One of the entries of a dictionary.
fn any_entry(dict: &Dict) -> Val {
    let entries = dict.entries.iter();
    Val::choice(
        entries
            .map(|entry| (entry.val.clone(), Vec::new()))
            .collect(),
    )
}

/// A text that is not all known, with `from` replaced where it stands in what is known.
fn replaced(base: &Val, from: &str, to: &str) -> Val {
    let value = match &base.value {
        Value::Str(text) => Value::Str(text.replace(from, to).into()),
        Value::Text(parts) => Value::Text(
            parts
                .iter()
                .map(|part| match part {
                    Part::Literal(text) => Part::Literal(text.replace(from, to).into()),
                    hole @ Part::Hole(_) => hole.clone(),
                })
                .collect(),
        ),
        Value::Env(env) => {
            let change = (Rc::from(from), Rc::from(to));
            Value::Env(Rc::new(Env {
                default: env
                    .default
                    .as_ref()
                    .map(|default| default.map(|default| replaced(default, from, to))),
                replaced: env.replaced.iter().cloned().chain([change]).collect(),
                ..Env::clone(env)
            }))
        }
        other => other.clone(),
    };
    Val {
        value,
        ..base.clone()
    }
}

/// Whether a value is a number, a text or a truth.
pub(super) fn is_scalar(val: &Val) -> bool {
    matches!(
        val.value,
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Str(_)
    )
}

/// The number that a text is where types leave no choice.
fn read_number(val: Val) -> Val {
    let number = val.as_str().and_then(|text| text.trim().parse().ok());
    match number {
        Some(number) => Val {
            value: Value::Int(number),
            ..val
        },
        None => val,
    }
}
