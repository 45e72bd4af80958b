//! Classes of the project: what they derive from, what their bodies say, what their methods write on objects.

use super::Lineage;
use crate::frontend;
use crate::project::names::{Atom, Binding, BindingKind, ScopeId};
use crate::project::values::{Condition, Frame, Frames, MOST_CALLS, Object, Val, Value, depth};
use crate::project::{ClassRef, ExprRef, FunctionRef, Project};
use crate::source::{FileId, Place};
use crate::syntax::{ArgKind, ExprKind, Name, Receiver, StmtKind};
use std::rc::Rc;

/// How many base classes are followed.
const MOST_BASES: usize = 8;

impl Project<'_> {
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

    pub(super) fn instance_attribute(
        &self,
        base: &Val,
        class: ClassRef,
        name: &str,
        frames: &Frames,
    ) -> Val {
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
    pub(super) fn class_attribute(
        &self,
        class: ClassRef,
        name: &str,
        instance: Option<&Val>,
    ) -> Val {
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

    pub(super) fn body_value(&self, class: ClassRef, scope: ScopeId, name: &str) -> Val {
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

    pub(super) fn method(
        &self,
        function: FunctionRef,
        class: ClassRef,
        instance: Option<&Val>,
    ) -> Val {
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
}
