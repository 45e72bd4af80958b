//! Registrations: functions that are handed to frameworks, and how often those call them.

use super::{CallGraph, Registration};
use crate::catalog::Calls;
use crate::project::values::{Val, Value};
use crate::project::{ClassRef, ExprRef, FunctionRef, Project};
use crate::syntax::{ExprId, ExprKind};
use std::rc::Rc;

impl Project<'_> {
    pub(super) fn register(
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

    /// What a function is handed to: by a call, by its decorators, by being a method of a class that a framework calls.
    pub fn registrations(&self, function: FunctionRef) -> Rc<Vec<Registration>> {
        if let Some(known) = self.known.registrations.borrow().get(&function) {
            return known.clone();
        }
        let found = Rc::new(self.wanting(|| self.registrations_in(function, self.call_graph())));
        self.known
            .registrations
            .borrow_mut()
            .insert(function, found.clone());
        found
    }

    /// Frameworks that call every function which takes a certain type.
    fn called_for_what_it_takes(&self, function: FunctionRef) -> Vec<Registration> {
        let (module, _) = self.tree(function.file);
        let annotations = self.function(function).params.iter();
        let annotations = annotations.filter_map(|param| param.annotation);
        let mut found = Vec::new();
        for expr in annotations {
            let at = ExprRef {
                file: function.file,
                expr,
            };
            let of = match &module.expr(expr).kind {
                ExprKind::Subscript(base, _) => ExprRef { expr: *base, ..at },
                _ => at,
            };
            let val = self.eval(of, &None);
            let Some(path) = val.path() else { continue };
            found.extend(self.catalog.taking(path).iter().map(|calls| Registration {
                calls: calls.clone(),
                at,
                path: path.clone(),
            }));
        }
        found
    }

    /// [`Project::registrations`] by a call graph that may still be in the making.
    pub(super) fn registrations_in(
        &self,
        function: FunctionRef,
        graph: &super::CallGraph,
    ) -> Vec<Registration> {
        let mut all = graph.registered.get(&function).cloned().unwrap_or_default();
        let found = self.function(function);
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
        all.extend(self.called_for_what_it_takes(function));
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
        all
    }
}
