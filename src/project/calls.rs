//! Calls: who calls what, what is handed to frameworks, and which calls make or end something the catalog knows.
//!
//! Takes all parsed modules; gives a [`CallGraph`], built once per round without asking for further files. Asking for the
//! callers of one function does ask: files that may import it are wanted.

mod decorators;
pub(super) mod lent;
mod registrations;
mod users;

use super::names::BindingKind;
use super::values::{Val, Value};
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::{ActionKind, Calls};
use crate::source::FileId;
use crate::syntax::{ArgKind, ExprId, ExprKind, Name, written};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

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
    /// Calls that talk to the server and wait in their thread, in path order.
    pub asking: Vec<ExprRef>,
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
            let mut graph = self.build_call_graph();
            // What parameters are handed shows further calls, and those what further parameters are handed.
            for _ in 0..MOST_HANDS {
                if !self.lend(&graph) {
                    break;
                }
                graph = self.build_call_graph();
            }
            self.wanting.set(before);
            graph
        })
    }

    /// The calls that are written as a method of this name, in path order.
    pub(super) fn calls_of_method(&self, name: &str) -> &[ExprRef] {
        let all = self.known.method_calls.get_or_init(|| {
            let mut all: HashMap<crate::syntax::Name, Vec<ExprRef>> = HashMap::new();
            for (file, parsed) in self.all_parsed() {
                for expr in &parsed.index.calls {
                    let callee = parsed.module.call(*expr).map(|call| call.callee);
                    let callee = callee.map(|callee| &parsed.module.expr(callee).kind);
                    if let Some(ExprKind::Attribute(_, name)) = callee {
                        let at = ExprRef { file, expr: *expr };
                        all.entry(name.clone()).or_default().push(at);
                    }
                }
            }
            all
        });
        // Further files may hold more of them.
        self.passing.set(true);
        all.get(name).map_or(&[], Vec::as_slice)
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
                let name = Name::from(written(name));
                let calls = graph.named_arguments.entry(name).or_default();
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
        let asks = |val: &Val| match &val.value {
            Value::Member(_, path) => self.catalog.asks(path) == Some(false),
            _ => false,
        };
        let called = callee.alternatives();
        if called.iter().all(|(val, _)| asks(val)) {
            graph.asking.push(expr);
        }
        for (callee, _) in called {
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

    /// The function that makes the objects of a class.
    pub fn constructor(&self, class: ClassRef) -> Option<FunctionRef> {
        // Objects of a record are made by naming its fields.
        if self.is_record(class) {
            return None;
        }
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
        if let Some(asked) = self.asked_for_by(function) {
            self.want_users_of(asked);
            all.extend(graph.callers.get(&asked).into_iter().flatten());
        }
        if let (Some(class), true) = (found.class, crate::frontend::is_constructor(&found.name)) {
            let class = ClassRef {
                file: function.file,
                class,
            };
            if !self.is_record(class) {
                all.extend(self.constructions(class));
            }
        }
        all.sort();
        all.dedup();
        all
    }

    /// The function of a base class that a function fills in, where the base has no code for it: a call of the one runs
    /// the other.
    fn asked_for_by(&self, function: FunctionRef) -> Option<FunctionRef> {
        let found = self.function(function);
        let class = ClassRef {
            file: function.file,
            class: found.class?,
        };
        let lineage = self.lineage(class);
        lineage.0.iter().skip(1).find_map(|base| {
            let (module, index) = self.tree(base.file);
            let methods = &index.methods[base.class.index()];
            let asks = methods.iter().find(|method| {
                let method = module.function(**method);
                method.name == found.name && method.body.is_empty()
            });
            asks.map(|method| FunctionRef {
                file: base.file,
                function: *method,
            })
        })
    }

    /// The calls that make objects of a class, or of a class derived from it that has no constructor of its own.
    pub fn constructions(&self, class: ClassRef) -> Vec<ExprRef> {
        self.constructions_in(class, self.call_graph())
    }

    fn constructions_in(&self, class: ClassRef, graph: &CallGraph) -> Vec<ExprRef> {
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

    /// The classes that derive from a class.
    pub fn derived_from(&self, class: ClassRef) -> Vec<ClassRef> {
        self.call_graph()
            .subclasses
            .get(&class)
            .cloned()
            .unwrap_or_default()
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
