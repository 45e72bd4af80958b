//! Tasks: sessions and connections that coroutines which run at the same time are given.
//!
//! Takes the calls that start tasks; gives those whose coroutines use one and the same thing that serves one task at a
//! time. Invariant: what only one coroutine gets, and what each gets of its own, is not shared.

use super::names::{BindingKind, Turn};
use super::values::Value;
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::{Maker, Refused, World};
use crate::source::Place;
use crate::syntax::{ExprId, ExprKind, Module, Name, Receiver};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Something that several tasks use at once.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The call that starts the tasks, or the first of those that do.
    pub call: ExprRef,
    /// The name it goes by there.
    pub name: String,
    /// Its maker.
    pub maker: Rc<str>,
    /// The coroutines that use it.
    pub uses: Vec<Place>,
}

/// A coroutine that is started as a task: its call, and whether there are many of it.
struct Started {
    coroutine: ExprId,
    many: Option<ExprId>,
}

impl Project<'_> {
    /// What several tasks use at once, in path order.
    pub fn shared_by_tasks(&self) -> Vec<Shared> {
        let mut found: Vec<Shared> = Vec::new();
        for (file, parsed) in self.all_parsed() {
            let mut single: Vec<(ExprRef, Shared)> = Vec::new();
            for call in &parsed.index.calls {
                let at = ExprRef { file, expr: *call };
                for (shared, many) in self.used_at(at) {
                    match many {
                        true => found.push(shared),
                        false => single.push((at, shared)),
                    }
                }
            }
            found.extend(self.side_by_side(single));
        }
        found.dedup_by_key(|shared| shared.call);
        found
    }

    /// What two calls of one function, each of which starts a task, give to both, unless the first task is awaited
    /// before the second is started.
    fn side_by_side(&self, single: Vec<(ExprRef, Shared)>) -> Vec<Shared> {
        let mut found: Vec<Shared> = Vec::new();
        for (number, (at, second)) in single.iter().enumerate() {
            let first = single[..number].iter().find(|(before, first)| {
                first.name == second.name
                    && self.enclosing(*before) == self.enclosing(*at)
                    && self.compatible(
                        &self.conditions(*before, &None),
                        &self.conditions(*at, &None),
                    )
                    && !self.is_awaited_between(*before, *at)
            });
            if let Some((_, first)) = first
                && found.iter().all(|known| known.call != first.call)
            {
                let uses = [first.uses.as_slice(), &second.uses].concat();
                found.push(Shared {
                    uses,
                    ..first.clone()
                });
            }
        }
        found
    }

    /// Whether something is awaited after a task is started, or the task itself, before another one is.
    fn is_awaited_between(&self, first: ExprRef, second: ExprRef) -> bool {
        let (module, index) = self.tree(first.file);
        let (start, end) = (self.span(first).start, self.span(second).start);
        module.exprs.iter().enumerate().any(|(number, expr)| {
            let id = ExprId(u32::try_from(number).unwrap_or(u32::MAX));
            let between = expr.span.end > start && expr.span.start < end;
            matches!(expr.kind, ExprKind::Await(_))
                && between
                && index.standing(id).scope == index.standing(first.expr).scope
        })
    }

    /// Whether a call starts tasks that run beside its caller.
    fn starts_tasks(&self, at: ExprRef) -> bool {
        let (module, _) = self.tree(at.file);
        let Some(call) = module.call(at.expr).filter(|call| !call.args.is_empty()) else {
            return false;
        };
        let callee = self.eval(
            ExprRef {
                expr: call.callee,
                ..at
            },
            &None,
        );
        callee.path().is_some_and(|path| {
            let calls = self.catalog.arguments(path);
            calls
                .iter()
                .any(|calls| calls.world == World::Async && calls.together)
        })
    }

    /// What the tasks that a call starts use, and whether several of them do.
    fn used_at(&self, at: ExprRef) -> Vec<(Shared, bool)> {
        if !self.starts_tasks(at) {
            return Vec::new();
        }
        let (module, index) = self.tree(at.file);
        let Some(call) = module.call(at.expr) else {
            return Vec::new();
        };
        let turn = index.standing(at.expr).turn;
        let awaited = index
            .parent(at.expr)
            .is_some_and(|around| matches!(module.expr(around).kind, ExprKind::Await(_)));
        let mut found: Vec<(Shared, bool)> = Vec::new();
        for task in call
            .args
            .iter()
            .flat_map(|arg| coroutines(module, arg.value))
        {
            for (name, thing) in self.handed_to(at, task.coroutine) {
                let Some(maker) = self.one_task_maker(thing) else {
                    continue;
                };
                // A call in a loop or comprehension that starts one task each time starts many.
                let around = turn.filter(|_| !awaited);
                let turns = [around, task.many.map(Turn::Comprehension)];
                let many = turns
                    .into_iter()
                    .flatten()
                    .any(|turn| !self.made_in_turn(thing, turn));
                let used = self.place(ExprRef {
                    expr: task.coroutine,
                    ..at
                });
                match found.iter_mut().find(|(known, _)| known.name == name) {
                    Some((known, several)) => {
                        known.uses.push(used);
                        *several = true;
                    }
                    None => {
                        let uses = vec![used];
                        found.push((
                            Shared {
                                call: at,
                                name,
                                maker,
                                uses,
                            },
                            many,
                        ));
                    }
                }
            }
        }
        if awaited {
            found.retain(|(_, several)| *several);
        }
        found
    }

    /// The names that a coroutine's call is given, what it is a method of, and what that method uses of its object.
    fn handed_to(&self, at: ExprRef, coroutine: ExprId) -> Vec<(String, ExprRef)> {
        let (module, _) = self.tree(at.file);
        let Some(call) = module.call(coroutine) else {
            return Vec::new();
        };
        let mut given: Vec<ExprId> = call.args.iter().map(|arg| arg.value).collect();
        if let ExprKind::Attribute(base, _) = &module.expr(call.callee).kind {
            given.push(*base);
        }
        // A function of the project that takes turns by a lock shares nothing.
        if self.callee_locks(ExprRef {
            expr: coroutine,
            ..at
        }) {
            return Vec::new();
        }
        let here = |expr| ExprRef { expr, ..at };
        let named = given
            .into_iter()
            .filter_map(|expr| Some((dotted(module, expr)?, here(expr))));
        let mut named: Vec<(String, ExprRef)> = named.collect();
        if let ExprKind::Attribute(base, _) = &module.expr(call.callee).kind
            && let Some(object) = dotted(module, *base)
            && let Value::Method(method, _) = self.eval(here(call.callee), &None).value
        {
            let used = self.used_of_object(method).into_iter();
            named.extend(used.map(|(name, at)| (format!("{object}.{name}"), at)));
        }
        named
    }

    /// The attributes of its own object whose methods a method calls, those left out that it sets itself.
    fn used_of_object(&self, method: FunctionRef) -> BTreeMap<Name, ExprRef> {
        let (module, index) = self.tree(method.file);
        let found = self.function(method);
        let own = found
            .params
            .first()
            .filter(|_| found.receiver == Receiver::Instance);
        let (Some(own), Some(class)) = (own, found.class) else {
            return BTreeMap::new();
        };
        let sets = |name: &Name| {
            let written = index.class_attributes[class.index()].get(name);
            written
                .into_iter()
                .flatten()
                .any(|binding| index.function_of(binding.at.scope) == Some(method.function))
        };
        let used = index.calls.iter().filter_map(|call| {
            let callee = module.call(*call)?.callee;
            let ExprKind::Attribute(base, _) = &module.expr(callee).kind else {
                return None;
            };
            let ExprKind::Attribute(object, name) = &module.expr(*base).kind else {
                return None;
            };
            let at = ExprRef {
                file: method.file,
                expr: *base,
            };
            let is_own =
                matches!(&module.expr(*object).kind, ExprKind::Name(name) if *name == own.name);
            (is_own && self.enclosing(at) == Some(method) && !sets(name))
                .then(|| (name.clone(), at))
        });
        used.collect()
    }

    fn callee_locks(&self, at: ExprRef) -> bool {
        let (module, _) = self.tree(at.file);
        let Some(call) = module.call(at.expr) else {
            return false;
        };
        let callee = self.eval(
            ExprRef {
                expr: call.callee,
                ..at
            },
            &None,
        );
        callee
            .alternatives()
            .iter()
            .any(|(val, _)| match &val.value {
                Value::Function(function, _) | Value::Method(function, _) => {
                    let (_, index) = self.tree(function.file);
                    index.calls.iter().any(|inner| {
                        let inner = ExprRef {
                            file: function.file,
                            expr: *inner,
                        };
                        self.enclosing(inner) == Some(*function) && self.is_locked(inner)
                    })
                }
                _ => false,
            })
    }

    /// The maker of something that serves one task at a time.
    fn one_task_maker(&self, expr: ExprRef) -> Option<Rc<str>> {
        let val = self.eval(expr, &None);
        let [(val, _)] = val.alternatives().try_into().ok()?;
        let Value::Object(object) = &val.value else {
            return None;
        };
        let serves_one = |maker: &&Maker| maker.raises.contains_key(&Refused::Concurrent);
        let maker = match &object.made {
            Some((path, _)) => self.catalog.maker(path).filter(serves_one),
            None => {
                let mut makers = self.catalog.makers().filter(serves_one);
                makers.find(|maker| maker.gives == *object.type_path)
            }
        };
        maker.map(|maker| maker.path.as_str().into())
    }

    /// Whether a name is bound anew on each turn of a loop or comprehension.
    fn made_in_turn(&self, expr: ExprRef, turn: Turn) -> bool {
        let (module, index) = self.tree(expr.file);
        let ExprKind::Name(name) = &module.expr(expr.expr).kind else {
            return false;
        };
        let mut at = Some(index.standing(expr.expr).scope);
        while let Some(scope) = at {
            if let Some(bindings) = index.scope(scope).names.get(name) {
                return bindings.iter().any(|binding| {
                    binding.at.turn == Some(turn) && !matches!(binding.kind, BindingKind::Method(_))
                });
            }
            at = index.scope(scope).parent;
        }
        false
    }
}

/// The coroutines in an argument: its call, those of a list, or that of a comprehension (`*[f(x) for x in y]`).
fn coroutines(module: &Module, expr: ExprId) -> Vec<Started> {
    match &module.expr(expr).kind {
        ExprKind::Call(_) => vec![Started {
            coroutine: expr,
            many: None,
        }],
        ExprKind::Splat(inner) => coroutines(module, *inner),
        ExprKind::List(items) | ExprKind::Tuple(items) => items
            .iter()
            .flat_map(|item| coroutines(module, *item))
            .collect(),
        ExprKind::Comprehension(inner) => inner
            .elements
            .iter()
            .flat_map(|element| coroutines(module, *element))
            .map(|started| Started {
                many: Some(expr),
                ..started
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A name, or attributes of one.
fn dotted(module: &Module, expr: ExprId) -> Option<String> {
    match &module.expr(expr).kind {
        ExprKind::Name(name) => Some(name.to_string()),
        ExprKind::Attribute(base, name) => Some(format!("{}.{name}", dotted(module, *base)?)),
        _ => None,
    }
}
