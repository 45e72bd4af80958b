//! Decorators and hand-overs: functions that are called through others, as the project's own decorators and helpers do.

use super::{CallGraph, MOST_HANDS, Parameter, Wrapped};
use crate::project::values::{Val, Value};
use crate::project::{ExprRef, FunctionRef, Project};
use std::collections::BTreeSet;

impl Project<'_> {
    /// The decorators that are functions of the project: each with what it decorates.
    pub(super) fn decorations(&self, graph: &mut CallGraph) -> Vec<(FunctionRef, Wrapped)> {
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
    pub(super) fn functions_of(&self, val: &Val) -> Vec<FunctionRef> {
        let functions = val.alternatives().into_iter();
        functions
            .filter_map(|(val, _)| match val.value {
                Value::Function(function, _) | Value::Method(function, _) => Some(function),
                _ => None,
            })
            .collect()
    }

    /// Functions handed to a function of the project which calls its parameter or hands it to a framework.
    pub(super) fn hand_on(&self, decorations: &[(FunctionRef, Wrapped)], graph: &mut CallGraph) {
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
        let kept = |call: ExprRef| self.kept(call) != crate::project::placement::Kept::No;
        self.called_by_decorators(function).any(kept)
    }

    /// The calls by which decorators of the project run a function.
    pub fn called_by_decorators(&self, function: FunctionRef) -> impl Iterator<Item = ExprRef> {
        let graph = self.call_graph();
        let decorators = graph.decorating.get(&function).into_iter().flatten();
        decorators.flat_map(|decorator| {
            let given = graph
                .parameters
                .range((*decorator, 0)..=(*decorator, u32::MAX));
            given.flat_map(|(_, parameter)| parameter.calls.iter().copied())
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
}
