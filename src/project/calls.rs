//! Calls: who calls what, what is handed to frameworks, and which calls make or end something the catalog knows.
//!
//! Takes all parsed modules; gives a [`CallGraph`], built once per round without asking for further files. Asking for the
//! callers of one function does ask: files that may import it are wanted.

use super::modules::Target;
use super::names::{Binding, BindingKind, ScopeId};
use super::values::{Val, Value};
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::{ActionKind, Calls};
use crate::source::FileId;
use crate::syntax::{ArgKind, ExprId, ExprKind, ImportKind, Name, StmtKind};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How many objects of a module are followed to who imports them.
const MOST_HANDED: usize = 8;

/// Calls by what they call.
#[derive(Debug, Default)]
pub struct CallGraph {
    callers: BTreeMap<FunctionRef, Vec<ExprRef>>,
    constructions: BTreeMap<ClassRef, Vec<ExprRef>>,
    registered: BTreeMap<FunctionRef, Vec<Registration>>,
    /// Calls of makers, in path order, with the path that was called.
    pub makers: Vec<(ExprRef, Rc<str>)>,
    /// Calls that do something to an object, with the object.
    pub actions: Vec<(ExprRef, ActionKind, Val)>,
    /// Calls that refuse some arguments, in path order, with the path that was called.
    pub refusing: Vec<(ExprRef, Rc<str>)>,
    subclasses: BTreeMap<ClassRef, Vec<ClassRef>>,
    /// By function of a decorator: what it decorates.
    wrapped: BTreeMap<FunctionRef, Vec<Wrapped>>,
    /// By decorated function: the functions that its decorators of the project are.
    decorating: BTreeMap<FunctionRef, Vec<FunctionRef>>,
    /// Functions that are handed to a function of the project which calls them, with the call that hands them over.
    handed: BTreeMap<FunctionRef, Vec<ExprRef>>,
    /// What a parameter of a function is handed to, and the calls of the parameter itself.
    parameters: BTreeMap<(FunctionRef, u32), Parameter>,
    /// Calls by the names that stand among their arguments.
    named_arguments: BTreeMap<Name, Vec<ExprRef>>,
}

/// A function that is called instead of another one: the function inside a decorator.
#[derive(Clone, Copy, Debug)]
pub struct Wrapped {
    /// The function that is decorated.
    pub function: FunctionRef,
    /// The decorator.
    pub decorator: ExprRef,
    /// Which of the decorators of the function it is.
    pub number: usize,
}

/// What a function does with a function that it is given.
#[derive(Clone, Debug, Default)]
struct Parameter {
    registrations: Vec<Registration>,
    calls: Vec<ExprRef>,
}

impl Parameter {
    /// What a framework does with a function that is handed over at `at`. Who else hands something to the same helper
    /// does not matter for it.
    fn handed_by(&self, at: ExprRef) -> impl Iterator<Item = Registration> + '_ {
        let lasting = self
            .registrations
            .iter()
            .filter(|registration| registration.calls.when != crate::catalog::Multiplicity::Once);
        lasting.map(move |registration| Registration {
            at,
            ..registration.clone()
        })
    }

    /// Whether the function that is given runs as often as the one that takes it.
    fn runs_with_its_taker(&self) -> bool {
        !self.calls.is_empty()
            || self
                .registrations
                .iter()
                .any(|registration| registration.calls.when == crate::catalog::Multiplicity::Once)
    }
}

/// How many functions may hand a function on before it is called.
const MOST_HANDS: usize = 3;

/// By module and name: the modules that import it, and the name they give it. By module: those that import all of it.
pub type ReExports = (
    BTreeMap<(FileId, Name), Vec<(FileId, Name)>>,
    BTreeMap<FileId, Vec<FileId>>,
);

/// A function handed to a framework.
#[derive(Clone, Debug)]
pub struct Registration {
    /// How often it is called from there.
    pub calls: Calls,
    /// The call or decorator that hands it over.
    pub at: ExprRef,
    /// The path it is handed to.
    pub path: Rc<str>,
}

impl Project<'_> {
    /// The calls of all parsed modules.
    pub fn call_graph(&self) -> &CallGraph {
        self.passing.set(true);
        self.calls.get_or_init(|| {
            // The graph is of what was read: nothing is wanted for it, whoever asks first.
            let before = self.wanting.replace(false);
            let graph = self.build_call_graph();
            self.wanting.set(before);
            graph
        })
    }

    fn build_call_graph(&self) -> CallGraph {
        let mut graph = CallGraph::default();
        let computed = self.computed_attributes();
        for (file, parsed) in self.all_parsed() {
            if !computed.is_empty() {
                for number in 0..parsed.module.exprs.len() {
                    let expr = ExprId(u32::try_from(number).unwrap_or(u32::MAX));
                    self.add_read(ExprRef { file, expr }, &computed, &mut graph);
                }
            }
            for expr in &parsed.index.calls {
                self.add_call(ExprRef { file, expr: *expr }, &mut graph);
            }
            let mut entered: Vec<ExprId> = parsed.index.with_items.keys().copied().collect();
            entered.sort();
            for expr in entered {
                self.add_entered(ExprRef { file, expr }, &mut graph);
            }
            for (number, function) in parsed.module.functions.iter().enumerate() {
                for param in &function.params {
                    let number =
                        crate::syntax::FunctionId(u32::try_from(number).unwrap_or(u32::MAX));
                    self.add_annotated(
                        FunctionRef {
                            file,
                            function: number,
                        },
                        param,
                        &mut graph,
                    );
                }
            }
            for number in 0..parsed.module.classes.len() {
                let class = ClassRef {
                    file,
                    class: crate::syntax::ClassId(u32::try_from(number).unwrap_or(0)),
                };
                for base in self.lineage(class).0.iter().copied().skip(1) {
                    graph.subclasses.entry(base).or_default().push(class);
                }
                self.add_class_fields(class, &mut graph);
            }
        }
        let decorations = self.decorations(&mut graph);
        self.hand_on(&decorations, &mut graph);
        graph
    }

    /// Functions in attributes of a class that a framework reads.
    fn add_class_fields(&self, class: ClassRef, graph: &mut CallGraph) {
        let (module, index) = self.tree(class.file);
        let name = &module.class(class.class).name;
        for calls in self.catalog.class_fields() {
            if calls.in_class.iter().all(|known| known != name.as_str()) {
                continue;
            }
            let scope = index.scope(index.class_scopes[class.class.index()]);
            for field in &calls.fields {
                for binding in scope.names.get(field.as_str()).into_iter().flatten() {
                    let BindingKind::Value(value) = binding.kind else {
                        continue;
                    };
                    let at = ExprRef {
                        file: class.file,
                        expr: value,
                    };
                    let path = format!("{name}.{field}").into();
                    self.register(at, calls, at, &path, graph);
                }
            }
        }
    }

    /// The decorators that are functions of the project: each with what it decorates.
    fn decorations(&self, graph: &mut CallGraph) -> Vec<(FunctionRef, Wrapped)> {
        let mut all = Vec::new();
        for (file, parsed) in self.files.all_parsed() {
            for (number, found) in parsed.module.functions.iter().enumerate() {
                let function = crate::syntax::FunctionId(u32::try_from(number).unwrap_or(u32::MAX));
                let function = FunctionRef { file, function };
                for (number, decorator) in found.decorators.iter().enumerate() {
                    let decorator = ExprRef {
                        file,
                        expr: *decorator,
                    };
                    let wrapped = Wrapped {
                        function,
                        decorator,
                        number,
                    };
                    for (val, _) in self.eval(decorator, &None).alternatives() {
                        let called = |class| self.find_method(class, crate::frontend::CALL_METHOD);
                        let (taker, inner) = match val.value {
                            Value::Function(taker, _) | Value::Method(taker, _) => {
                                (Some(taker), self.functions_of(&self.returned(taker, &None)))
                            }
                            // An object is called with the function, and what it gives is called instead.
                            Value::Instance(class, _) => {
                                let taker = called(class);
                                let inner = taker.map(|taker| self.returned(taker, &None));
                                (
                                    taker,
                                    inner.map_or_else(Vec::new, |val| self.functions_of(&val)),
                                )
                            }
                            // A class makes an object, which is called instead.
                            Value::Class(class) => {
                                (self.constructor(class), called(class).into_iter().collect())
                            }
                            _ => continue,
                        };
                        if let Some(taker) = taker {
                            all.push((taker, wrapped));
                            let decorators = graph.decorating.entry(function).or_default();
                            decorators.push(taker);
                        }
                        for inner in inner {
                            if inner != function {
                                graph.wrapped.entry(inner).or_default().push(wrapped);
                            }
                        }
                    }
                }
            }
        }
        all
    }

    /// The functions of the project that a value may be.
    fn functions_of(&self, val: &Val) -> Vec<FunctionRef> {
        let functions = val.alternatives().into_iter();
        functions
            .filter_map(|(val, _)| match val.value {
                Value::Function(function, _) | Value::Method(function, _) => Some(function),
                _ => None,
            })
            .collect()
    }

    /// Functions handed to a function of the project which calls its parameter or hands it to a framework.
    fn hand_on(&self, decorations: &[(FunctionRef, Wrapped)], graph: &mut CallGraph) {
        let mut done = BTreeSet::new();
        for _ in 0..MOST_HANDS {
            let fresh: Vec<((FunctionRef, u32), Parameter)> = graph
                .parameters
                .iter()
                .filter(|(key, _)| !done.contains(*key))
                .map(|(key, parameter)| (*key, parameter.clone()))
                .collect();
            if fresh.is_empty() {
                return;
            }
            for ((taker, number), parameter) in fresh {
                done.insert((taker, number));
                let found = self.function(taker);
                let skipped = usize::from(
                    found.receiver != crate::syntax::Receiver::None && found.class.is_some(),
                );
                let Some(position) = (number as usize).checked_sub(skipped) else {
                    continue;
                };
                if position == 0 {
                    for (_, wrapped) in decorations.iter().filter(|(by, _)| *by == taker) {
                        let registered = graph.registered.entry(wrapped.function).or_default();
                        registered.extend(parameter.handed_by(wrapped.decorator));
                    }
                }
                let Some(param) = found.params.get(number as usize) else {
                    continue;
                };
                for call in graph.callers.get(&taker).cloned().unwrap_or_default() {
                    let (module, _) = self.tree(call.file);
                    let names = [
                        crate::catalog::ArgumentName::Position(position),
                        crate::catalog::ArgumentName::Keyword(param.name.to_string()),
                    ];
                    let argument = names.iter().find_map(|name| {
                        let found = module.call(call.expr)?;
                        self.call_argument(found, name)
                    });
                    let Some(argument) = argument else { continue };
                    let argument = ExprRef {
                        file: call.file,
                        expr: argument,
                    };
                    let val = self.eval(argument, &None);
                    for function in self.functions_of(&val) {
                        let registered = graph.registered.entry(function).or_default();
                        registered.extend(parameter.handed_by(call));
                        if parameter.runs_with_its_taker() {
                            graph.handed.entry(function).or_default().push(call);
                        }
                    }
                    for (val, _) in val.alternatives() {
                        if let Value::Param(outer, number) = val.value {
                            let next = graph.parameters.entry((outer, number)).or_default();
                            let registrations = parameter.registrations.iter().cloned();
                            next.registrations.extend(registrations);
                            next.calls.extend(&parameter.calls);
                        }
                    }
                }
            }
        }
    }

    /// What is called when any of the functions is called that a function of a decorator stands for.
    pub fn wraps(&self, function: FunctionRef) -> Vec<Wrapped> {
        // The decorator is used where its own function is imported.
        let (module, index) = self.tree(function.file);
        let mut scope = index.function_homes[function.function.index()].scope;
        while let Some(outer) = index.function_of(scope) {
            let outer = FunctionRef {
                file: function.file,
                function: outer,
            };
            self.want_users_of(outer);
            scope = index.function_homes[outer.function.index()].scope;
        }
        if module.function(function.function).name == crate::frontend::CALL_METHOD {
            self.want_users_of(function);
        }
        let wrapped = self.call_graph().wrapped.get(&function);
        wrapped.cloned().unwrap_or_default()
    }

    /// Whether a decorator of the project keeps what it gets from a function, so that the function runs once.
    pub fn kept_by_decorator(&self, function: FunctionRef) -> bool {
        let graph = self.call_graph();
        let mut decorators = graph.decorating.get(&function).into_iter().flatten();
        decorators.any(|decorator| {
            let given = graph
                .parameters
                .range((*decorator, 0)..=(*decorator, u32::MAX));
            let mut calls = given.flat_map(|(_, parameter)| &parameter.calls);
            calls.any(|call| self.kept(*call) != super::placement::Kept::No)
        })
    }

    /// The calls that hand a function to one of the project which calls it.
    pub fn handed_over_by(&self, function: FunctionRef) -> Vec<ExprRef> {
        let graph = self.call_graph();
        let name = &self.function(function).name;
        self.wanting(|| {
            for call in graph.named_arguments.get(name).into_iter().flatten() {
                let (module, index) = self.tree(call.file);
                let mut at = Some(call.expr);
                while let Some(expr) = at {
                    if let Some(found) = module.call(expr) {
                        let callee = ExprRef {
                            file: call.file,
                            expr: found.callee,
                        };
                        self.eval(callee, &None);
                    }
                    at = index.parent(expr);
                }
            }
        });
        graph.handed.get(&function).cloned().unwrap_or_default()
    }

    /// The method of a base class that `super().method(…)` calls.
    fn base_method(&self, expr: ExprRef, call: &crate::syntax::Call) -> Option<FunctionRef> {
        let (module, index) = self.tree(expr.file);
        let ExprKind::Attribute(base, name) = &module.expr(call.callee).kind else {
            return None;
        };
        let ExprKind::Name(callee) = &module.expr(module.call(*base)?.callee).kind else {
            return None;
        };
        if callee != crate::frontend::SUPER {
            return None;
        }
        let (class, _) = index.method_of(module, index.standing(expr.expr).scope)?;
        let lineage = self.lineage(ClassRef {
            file: expr.file,
            class,
        });
        lineage.0.iter().skip(1).find_map(|base| {
            let (module, index) = self.tree(base.file);
            let methods = &index.methods[base.class.index()];
            let found = methods
                .iter()
                .find(|function| module.function(**function).name == *name)?;
            Some(FunctionRef {
                file: base.file,
                function: *found,
            })
        })
    }

    /// Going into a `with` block calls the object's own method.
    fn add_entered(&self, expr: ExprRef, graph: &mut CallGraph) {
        for (val, _) in self.eval(expr, &None).alternatives() {
            let Value::Instance(class, _) = val.value else {
                continue;
            };
            for name in crate::frontend::ENTER_METHODS {
                if let Some(function) = self.find_method(class, name) {
                    graph.callers.entry(function).or_default().push(expr);
                }
            }
        }
    }

    /// A parameter whose default, or annotation, is a call that takes the function from the annotation:
    /// `service: Service = Depends()`.
    fn add_annotated(
        &self,
        function: FunctionRef,
        param: &crate::syntax::Param,
        graph: &mut CallGraph,
    ) {
        let (module, _) = self.tree(function.file);
        let Some(annotation) = param.annotation else {
            return;
        };
        let mut calls: Vec<ExprId> = param.default.into_iter().collect();
        if let ExprKind::Subscript(_, items) = &module.expr(annotation).kind {
            calls.extend(items.iter().copied());
        }
        for expr in calls {
            let Some(call) = module.call(expr).filter(|call| call.args.is_empty()) else {
                continue;
            };
            let callee = self.eval(
                ExprRef {
                    file: function.file,
                    expr: call.callee,
                },
                &None,
            );
            let Some(path) = callee.path().cloned() else {
                continue;
            };
            for handed in self.catalog.arguments(&path) {
                if let Some(Val {
                    value: Value::Instance(class, _),
                    ..
                }) = self.annotated(ExprRef {
                    file: function.file,
                    expr: annotation,
                }) {
                    let at = ExprRef {
                        file: function.file,
                        expr,
                    };
                    if let Some(made) = self.constructor(class) {
                        let registration = Registration {
                            calls: handed.clone(),
                            at,
                            path: path.clone(),
                        };
                        graph.registered.entry(made).or_default().push(registration);
                    }
                }
            }
        }
    }

    /// The functions that run when an attribute is read, by the attribute's name.
    fn computed_attributes(&self) -> BTreeMap<Name, Vec<FunctionRef>> {
        let mut found: BTreeMap<Name, Vec<FunctionRef>> = BTreeMap::new();
        for (file, parsed) in self.all_parsed() {
            for (number, function) in parsed.module.functions.iter().enumerate() {
                let is_computed = function.class.is_some()
                    && function.decorators.iter().any(|decorator| {
                        self.decorator_path(ExprRef {
                            file,
                            expr: *decorator,
                        })
                        .is_some_and(|path| {
                            crate::frontend::is_property(&path)
                                || self.catalog.is_once_per_instance(&path)
                        })
                    });
                if is_computed {
                    let function_id =
                        crate::syntax::FunctionId(u32::try_from(number).unwrap_or(u32::MAX));
                    found
                        .entry(function.name.clone())
                        .or_default()
                        .push(FunctionRef {
                            file,
                            function: function_id,
                        });
                }
            }
        }
        found
    }

    /// Reading a computed attribute calls its function.
    fn add_read(
        &self,
        expr: ExprRef,
        computed: &BTreeMap<Name, Vec<FunctionRef>>,
        graph: &mut CallGraph,
    ) {
        let (module, _) = self.tree(expr.file);
        let ExprKind::Attribute(base, name) = &module.expr(expr.expr).kind else {
            return;
        };
        let Some(functions) = computed.get(name) else {
            return;
        };
        let base = self.eval(
            ExprRef {
                file: expr.file,
                expr: *base,
            },
            &None,
        );
        for (val, _) in base.alternatives() {
            let Value::Instance(class, _) = val.value else {
                continue;
            };
            if let Some(function) = self
                .find_method(class, name)
                .filter(|found| functions.contains(found))
            {
                graph.callers.entry(function).or_default().push(expr);
            }
        }
    }

    fn add_call(&self, expr: ExprRef, graph: &mut CallGraph) {
        let (module, _) = self.tree(expr.file);
        let Some(call) = module.call(expr.expr) else {
            return;
        };
        for arg in &call.args {
            if let ExprKind::Name(name) | ExprKind::Attribute(_, name) =
                &module.expr(arg.value).kind
            {
                let calls = graph.named_arguments.entry(name.clone()).or_default();
                calls.push(expr);
            }
        }
        if let Some(function) = self.base_method(expr, call) {
            graph.callers.entry(function).or_default().push(expr);
            return;
        }
        let callee = self.eval(
            ExprRef {
                file: expr.file,
                expr: call.callee,
            },
            &None,
        );
        for (callee, _) in callee.alternatives() {
            let path = match &callee.value {
                Value::Function(function, _) | Value::Method(function, _) => {
                    graph.callers.entry(*function).or_default().push(expr);
                    continue;
                }
                Value::Class(class) => {
                    graph.constructions.entry(*class).or_default().push(expr);
                    // A class of the project's own that is a library's maker with something added.
                    let lineage = self.lineage(*class);
                    match lineage
                        .1
                        .iter()
                        .find(|path| self.catalog.maker(path).is_some())
                    {
                        Some(path) => path.clone(),
                        None => continue,
                    }
                }
                Value::Path(path) => path.clone(),
                Value::Member(object, path) => {
                    graph.actions.extend(
                        self.catalog
                            .actions(path)
                            .iter()
                            .map(|action| (expr, action.does, (**object).clone())),
                    );
                    path.clone()
                }
                Value::Param(function, number) => {
                    let parameter = graph.parameters.entry((*function, *number)).or_default();
                    parameter.calls.push(expr);
                    continue;
                }
                Value::Object(object) => self
                    .catalog
                    .canonical(&format!("{}.()", object.type_path))
                    .as_ref()
                    .into(),
                _ => continue,
            };
            if self.catalog.maker(&path).is_some()
                && !graph
                    .makers
                    .iter()
                    .rev()
                    .take(4)
                    .any(|(known, _)| *known == expr)
            {
                graph.makers.push((expr, path.clone()));
            }
            if !self.catalog.refusals(&path).is_empty() {
                graph.refusing.push((expr, path.clone()));
            }
            for calls in self.catalog.arguments(&path) {
                for name in &calls.argument {
                    if let Some(argument) = self.call_argument(call, name) {
                        self.register(
                            ExprRef {
                                file: expr.file,
                                expr: argument,
                            },
                            calls,
                            expr,
                            &path,
                            graph,
                        );
                    }
                }
            }
        }
    }

    fn register(
        &self,
        argument: ExprRef,
        calls: &Calls,
        at: ExprRef,
        path: &Rc<str>,
        graph: &mut CallGraph,
    ) {
        let (module, _) = self.tree(argument.file);
        // A coroutine handed over is the call of an async function.
        let handed = match &module.expr(argument.expr).kind {
            ExprKind::Call(call) => {
                let callee = self.eval(
                    ExprRef {
                        file: argument.file,
                        expr: call.callee,
                    },
                    &None,
                );
                match callee.value {
                    Value::Function(function, _) | Value::Method(function, _)
                        if self.function(function).is_async =>
                    {
                        callee
                    }
                    _ => self.eval(argument, &None),
                }
            }
            _ => self.eval(argument, &None),
        };
        let mut queue: Vec<Val> = handed
            .alternatives()
            .into_iter()
            .map(|(val, _)| val)
            .collect();
        while let Some(val) = queue.pop() {
            let functions: Vec<FunctionRef> = match val.value {
                Value::List(items) | Value::Tuple(items) => {
                    queue.extend(items.iter().cloned());
                    continue;
                }
                Value::Param(function, number) => {
                    let parameter = graph.parameters.entry((function, number)).or_default();
                    parameter.registrations.push(Registration {
                        calls: calls.clone(),
                        at,
                        path: path.clone(),
                    });
                    continue;
                }
                Value::Function(function, _) | Value::Method(function, _) => vec![function],
                Value::Class(class) => self.constructor(class).into_iter().collect(),
                Value::Instance(class, _) => self
                    .find_method(class, crate::frontend::CALL_METHOD)
                    .into_iter()
                    .collect(),
                _ => continue,
            };
            for function in functions {
                let registration = Registration {
                    calls: calls.clone(),
                    at,
                    path: path.clone(),
                };
                graph
                    .registered
                    .entry(function)
                    .or_default()
                    .push(registration);
            }
        }
    }

    /// The function that makes the objects of a class.
    pub fn constructor(&self, class: ClassRef) -> Option<FunctionRef> {
        let lineage = self.lineage(class);
        let (own, _) = &*lineage;
        own.iter().find_map(|owner| {
            let (module, index) = self.tree(owner.file);
            index.methods[owner.class.index()]
                .iter()
                .find(|function| crate::frontend::is_constructor(&module.function(**function).name))
                .map(|function| FunctionRef {
                    file: owner.file,
                    function: *function,
                })
        })
    }

    /// The calls of a function. Files that may import it and are not parsed yet are wanted.
    pub fn callers(&self, function: FunctionRef) -> Vec<ExprRef> {
        self.want_users_of(function);
        let graph = self.call_graph();
        let mut all = graph.callers.get(&function).cloned().unwrap_or_default();
        let found = self.function(function);
        if let (Some(class), true) = (found.class, crate::frontend::is_constructor(&found.name)) {
            all.extend(self.constructions(ClassRef {
                file: function.file,
                class,
            }));
        }
        all.sort();
        all.dedup();
        all
    }

    /// The calls that make objects of a class, or of a class derived from it that has no constructor of its own.
    pub fn constructions(&self, class: ClassRef) -> Vec<ExprRef> {
        let graph = self.call_graph();
        let mut all = graph.constructions.get(&class).cloned().unwrap_or_default();
        for derived in graph.subclasses.get(&class).into_iter().flatten() {
            all.extend(graph.constructions.get(derived).into_iter().flatten());
        }
        all
    }

    /// The calls that make objects of a class; files that may use the class are wanted.
    pub fn constructions_of(&self, class: ClassRef) -> Vec<ExprRef> {
        let (module, _) = self.tree(class.file);
        self.want_importers(class.file, Some(module.class(class.class).name.clone()));
        self.constructions(class)
    }

    /// What a function is handed to: by a call, by its decorators, by being a method of a class that a framework calls.
    pub fn registrations(&self, function: FunctionRef) -> Rc<Vec<Registration>> {
        if let Some(known) = self.known.registrations.borrow().get(&function) {
            return known.clone();
        }
        let found = Rc::new(self.find_registrations(function));
        self.known
            .registrations
            .borrow_mut()
            .insert(function, found.clone());
        found
    }

    fn find_registrations(&self, function: FunctionRef) -> Vec<Registration> {
        let mut all = self
            .call_graph()
            .registered
            .get(&function)
            .cloned()
            .unwrap_or_default();
        let found = self.function(function);
        self.wanting(|| {
            for decorator in &found.decorators {
                let at = ExprRef {
                    file: function.file,
                    expr: *decorator,
                };
                if let Some(path) = self.decorator_path(at) {
                    all.extend(
                        self.catalog
                            .decorated(&path)
                            .iter()
                            .map(|calls| Registration {
                                calls: calls.clone(),
                                at,
                                path: path.clone(),
                            }),
                    );
                }
            }
            if let Some(class) = found.class {
                let lineage = self.lineage(ClassRef {
                    file: function.file,
                    class,
                });
                let (_, outside) = &*lineage;
                let (module, _) = self.tree(function.file);
                for calls in self.catalog.method_calls() {
                    let base = outside
                        .iter()
                        .find(|path| calls.of_class.iter().any(|base| *base == ***path));
                    let named = if calls.methods.is_empty() {
                        !found.name.starts_with('_')
                    } else {
                        calls.methods.iter().any(|name| *name == found.name)
                    };
                    if let (Some(path), true) = (base, named) {
                        let bases = &module.class(class).bases;
                        let at = bases.first().map_or(ExprId(0), |base| base.value);
                        let at = ExprRef {
                            file: function.file,
                            expr: at,
                        };
                        all.push(Registration {
                            calls: calls.clone(),
                            at,
                            path: path.clone(),
                        });
                    }
                }
            }
        });
        all
    }

    /// Notes as wanted every file that may use a function: by its own name, by its class, or through a re-export.
    fn want_users_of(&self, function: FunctionRef) {
        let (module, index) = self.tree(function.file);
        let home = index.function_homes[function.function.index()];
        let found = module.function(function.function);
        match found.class {
            // A method is called on an object, and the object may have any name.
            Some(class) => {
                let named = !crate::frontend::is_called_unnamed(&found.name);
                let class = ClassRef {
                    file: function.file,
                    class,
                };
                let graph = self.call_graph();
                let derived = graph.subclasses.get(&class).into_iter().flatten();
                for class in std::iter::once(&class).chain(derived) {
                    if named {
                        self.want_callers_of_method(*class, &found.name);
                    } else {
                        self.want_importers(class.file, None);
                    }
                }
            }
            None if index.function_of(home.scope).is_none() && !found.name.is_empty() => {
                self.want_importers(function.file, Some(found.name.clone()));
            }
            None => {}
        }
        // Kept under another name: a lambda that is assigned, a function in a table of functions.
        let scope = index.scope(ScopeId(0));
        let mut names: Vec<_> = scope.names.iter().collect();
        names.sort_by_key(|(name, _)| (*name).clone());
        for (name, bindings) in names {
            let holds = bindings.iter().any(|binding| match binding.kind {
                BindingKind::Value(value) | BindingKind::SetItem(_, value) => {
                    self.names_function(function.file, value, function.function)
                }
                _ => false,
            });
            if holds {
                self.want_importers(function.file, Some(name.clone()));
            }
        }
    }

    /// Whether an expression holds a function itself, not a call of it.
    fn names_function(
        &self,
        file: FileId,
        expr: ExprId,
        function: crate::syntax::FunctionId,
    ) -> bool {
        let (module, _) = self.tree(file);
        match &module.expr(expr).kind {
            ExprKind::Lambda(lambda) => *lambda == function,
            ExprKind::Name(name) => !name.is_empty() && *name == module.function(function).name,
            ExprKind::Call(call) => call
                .args
                .iter()
                .any(|arg| self.names_function(file, arg.value, function)),
            _ => module
                .children(expr)
                .into_iter()
                .any(|child| self.names_function(file, child, function)),
        }
    }

    /// The classes that derive from a class.
    pub fn derived_from(&self, class: ClassRef) -> Vec<ClassRef> {
        self.call_graph()
            .subclasses
            .get(&class)
            .cloned()
            .unwrap_or_default()
    }

    /// Notes as wanted every file that may import `name` of a module (or the module), directly or through re-exports.
    pub fn want_importers(&self, file: FileId, name: Option<Name>) {
        self.want_files(file, name, None);
    }

    /// Notes as wanted every file that writes the name of a method and may import its class, or an object of it.
    fn want_callers_of_method(&self, class: ClassRef, method: &Name) {
        let (module, index) = self.tree(class.file);
        let names = index.scope(ScopeId(0)).names.iter();
        // What is made by a call may be an object of the class.
        let made = names.filter(|(_, bindings)| {
            bindings.iter().any(|binding| match binding.kind {
                BindingKind::Value(value) => {
                    matches!(module.expr(value).kind, ExprKind::Call(_))
                }
                _ => false,
            })
        });
        let mut handed: Vec<Name> = made.map(|(name, _)| name.clone()).collect();
        handed.sort();
        handed.truncate(MOST_HANDED);
        handed.push(module.class(class.class).name.clone());
        self.want_files(class.file, None, Some((method, &handed)));
    }

    /// [`Project::want_importers`]; with a method and the names that may be handed on for its sake, only files that write
    /// the method's name. Those that hand the names on are looked through unread.
    fn want_files(&self, file: FileId, name: Option<Name>, method: Option<(&Name, &[Name])>) {
        let asked = (file, name.clone(), method.map(|(method, _)| method.clone()));
        if !self.known.importers.borrow_mut().insert(asked) {
            return;
        }
        self.wanting(|| {
            let mut seen: BTreeSet<(FileId, Option<Name>)> = BTreeSet::new();
            let mut queue = vec![(file, name)];
            while let Some((file, name)) = queue.pop() {
                if !seen.insert((file, name.clone())) || seen.len() > 64 {
                    continue;
                }
                let written = method.map(|(method, _)| method.as_str());
                let mut users = self.files.importers(file, name.as_deref(), written);
                if let Some((_, handed)) = method {
                    for handed in handed.iter().filter(|handed| match &name {
                        Some(name) => name == *handed,
                        None => true,
                    }) {
                        users.extend(self.files.derivers(file, handed));
                        let passers = self.files.passers(file, handed);
                        queue.extend(passers.into_iter().map(|file| (file, Some(handed.clone()))));
                    }
                }
                // What hands a class on is needed to follow it, if anybody takes it from there.
                if !users.is_empty() {
                    self.want(file);
                }
                for user in users {
                    self.want(user);
                }
                let passed_on = match name {
                    Some(name) => self.re_exports(file, &name),
                    None => self.passed_on(file),
                };
                queue.extend(passed_on.into_iter().map(|(file, name)| (file, Some(name))));
            }
        });
    }

    /// The parsed modules that import `name` of a module under some name of their own.
    fn re_exports(&self, file: FileId, name: &Name) -> Vec<(FileId, Name)> {
        let (all, stars) = self.known.re_exports.get_or_init(|| self.find_re_exports());
        let mut found = all.get(&(file, name.clone())).cloned().unwrap_or_default();
        // A star passes every name on.
        let passing = stars.get(&file).into_iter().flatten();
        found.extend(passing.map(|passing| (*passing, name.clone())));
        found
    }

    /// The parsed modules that import anything by name from a module, with the names they give it.
    fn passed_on(&self, file: FileId) -> Vec<(FileId, Name)> {
        let (all, _) = self.known.re_exports.get_or_init(|| self.find_re_exports());
        let from_here = all
            .range((file, Name::default())..)
            .take_while(|((of, _), _)| *of == file);
        from_here
            .flat_map(|(_, importers)| importers.iter().cloned())
            .collect()
    }

    /// Notes as wanted every file that may import a maker under a name of the project's own. Under its real name it
    /// needs no search: a file with that name in it is parsed anyway.
    pub fn want_users_of_aliases(&self) {
        for (file, parsed) in self.all_parsed() {
            let names = parsed.index.scope(ScopeId(0)).names.iter();
            let mut aliases: Vec<&Name> = names
                .filter(|(bound, bindings)| {
                    bindings
                        .iter()
                        .any(|binding| self.is_aliased_maker(file, bound, binding))
                })
                .map(|(bound, _)| bound)
                .collect();
            aliases.sort();
            for bound in aliases {
                self.want_importers(file, Some(bound.clone()));
            }
        }
    }

    fn is_aliased_maker(&self, file: FileId, bound: &Name, binding: &Binding) -> bool {
        let (module, _) = self.tree(file);
        let may_be = match &binding.kind {
            BindingKind::Import(import) => match &module.stmt(import.stmt).kind {
                StmtKind::Import(imports) => matches!(
                    &imports[import.item as usize].kind,
                    ImportKind::Name { name, .. } if name != bound
                ),
                _ => false,
            },
            BindingKind::Value(value) => matches!(
                module.expr(*value).kind,
                ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Call(_)
            ),
            _ => false,
        };
        may_be
            && self
                .binding_value(file, binding, bound, &None)
                .path()
                .is_some_and(|path| {
                    let own = path.rsplit('.').next().unwrap_or_default();
                    own != bound.as_str() && self.catalog.maker(path).is_some()
                })
    }

    fn find_re_exports(&self) -> ReExports {
        let (mut all, mut stars) = ReExports::default();
        for (file, parsed) in self.all_parsed() {
            let scope = parsed.index.scope(ScopeId(0));
            for star in &scope.stars {
                if let StmtKind::Import(imports) = &parsed.module.stmt(star.stmt).kind {
                    let import = &imports[star.item as usize];
                    let target = self.resolve(file, import.level, &import.module);
                    if let Target::File(target) = target
                        && target != file
                    {
                        stars.entry(target).or_default().push(file);
                    }
                }
            }
            let mut names: Vec<_> = scope.names.iter().collect();
            names.sort_by_key(|(name, _)| (*name).clone());
            for (bound, bindings) in names {
                for binding in bindings {
                    let BindingKind::Import(import) = &binding.kind else {
                        continue;
                    };
                    let StmtKind::Import(imports) = &parsed.module.stmt(import.stmt).kind else {
                        continue;
                    };
                    let import = &imports[import.item as usize];
                    let ImportKind::Name { name, .. } = &import.kind else {
                        continue;
                    };
                    let target = self
                        .files
                        .resolve(file, import.level, &import.module, |first| {
                            self.catalog.is_import(first)
                        });
                    if let Target::File(target) = target
                        && target != file
                    {
                        all.entry((target, name.clone()))
                            .or_default()
                            .push((file, bound.clone()));
                    }
                }
            }
        }
        (all, stars)
    }

    /// Whether an argument of a call is a splat.
    pub fn has_splat(&self, expr: ExprRef) -> bool {
        let (module, _) = self.tree(expr.file);
        module.call(expr.expr).is_some_and(|call| {
            call.args
                .iter()
                .any(|arg| matches!(arg.kind, ArgKind::Splat | ArgKind::KeywordSplat))
        })
    }
}
