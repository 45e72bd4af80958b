//! Runtimes: a pool that is made on an async runtime which ends before the pool does.
//!
//! Takes the site of a pool; gives the runtime that a function makes, runs the maker on and leaves behind. Invariant: a
//! runtime that goes anywhere else, by its name or as a part of something, may live on.

use super::names::BindingKind;
use super::pools::Pool;
use super::values::MOST_CALLS;
use super::{ExprRef, Project};
use crate::catalog::World;
use crate::source::Place;
use crate::syntax::{ExprId, ExprKind, Module, StmtKind};

/// A runtime that ends with the function that makes it.
#[derive(Clone, Debug)]
pub struct ShortLived {
    /// The call that runs the maker on it.
    pub run: Place,
    /// Where it is made.
    pub made: Place,
    /// The function that makes it and gives the pool away; empty for one without a name.
    pub function: String,
}

impl Project<'_> {
    /// The runtime that a pool is made on, when it ends and the pool goes on.
    pub fn short_lived_runtime(&self, pool: &Pool) -> Option<ShortLived> {
        if let Some(run) = self.run_alone(pool.site) {
            return self.left_behind(run, pool.site);
        }
        let mut functions = vec![self.enclosing(pool.site)?];
        for _ in 0..MOST_CALLS {
            // What does not give the pool away does not leave its runtime behind.
            functions.retain(|function| self.returns_made(*function, pool.site));
            for function in &functions {
                let registrations = self.registrations(*function);
                let mut runs = registrations.iter();
                let found = runs
                    .find(|it| it.calls.world == World::NewLoop && it.calls.ends_with_object)
                    .and_then(|it| self.left_behind(it.at, pool.site));
                if found.is_some() {
                    return found;
                }
            }
            let callers = functions.iter().flat_map(|it| self.callers(*it));
            functions = callers.filter_map(|call| self.enclosing(call)).collect();
        }
        None
    }

    /// The call of a runtime that is given nothing but the maker: `runtime.block_on(connect(url))`.
    fn run_alone(&self, site: ExprRef) -> Option<ExprRef> {
        let (module, index) = self.tree(site.file);
        let expr = index.parent(site.expr)?;
        let call = module.call(expr)?;
        let [only] = call.args.as_slice() else {
            return None;
        };
        let callee = self.eval(
            ExprRef {
                expr: call.callee,
                ..site
            },
            &None,
        );
        let mut runs = self.catalog.arguments(callee.path()?).iter();
        (only.value == site.expr && runs.any(|calls| calls.ends_with_object))
            .then_some(ExprRef { expr, ..site })
    }

    fn left_behind(&self, at: ExprRef, site: ExprRef) -> Option<ShortLived> {
        let (module, _) = self.tree(at.file);
        let ExprKind::Attribute(runtime, _) = &module.expr(module.call(at.expr)?.callee).kind
        else {
            return None;
        };
        let runtime = ExprRef {
            expr: *runtime,
            ..at
        };
        let made = self.made_and_left(runtime)?;
        let outer = self.enclosing(at)?;
        self.gives_away(outer, at, site).then(|| ShortLived {
            run: self.place(at),
            made,
            function: self.qualified(outer),
        })
    }

    /// Where an object is made that is used in this one place only, by the function that the place is in.
    fn made_and_left(&self, object: ExprRef) -> Option<Place> {
        let (module, index) = self.tree(object.file);
        let name = match &module.expr(object.expr).kind {
            ExprKind::Name(name) => name,
            // Made for this one call.
            ExprKind::Call(_) => {
                let val = self.eval(object, &None);
                return match val.value {
                    super::values::Value::Object(made) if made.made.is_some() => {
                        Some(self.place(object))
                    }
                    _ => None,
                };
            }
            _ => return None,
        };
        let scope = index.scope(index.standing(object.expr).scope);
        // Its own methods are called on it without binding it anew.
        let bindings = scope.names.get(name)?.iter();
        let mut bound = bindings.filter(|it| !matches!(it.kind, BindingKind::Method(_)));
        let (binding, None) = (bound.next()?, bound.next()) else {
            return None;
        };
        let BindingKind::Value(value) = binding.kind else {
            return None;
        };
        let value = ExprRef {
            expr: value,
            ..object
        };
        let others = self.others_named(object, name);
        let elsewhere = others
            .iter()
            .any(|other| !binding.span.contains(self.span(*other)));
        (!elsewhere && module.call(value.expr).is_some()).then(|| self.place(value))
    }

    /// Whether a function gives away what a call in it gives, by returning it, as it is or under a name: all of it, or
    /// the part of it that is made at `site`.
    fn gives_away(&self, function: super::FunctionRef, call: ExprRef, site: ExprRef) -> bool {
        let (module, index) = self.tree(function.file);
        let mut returned = index.returns[function.function.index()].iter();
        returned.any(|(expr, _)| {
            let expr = within(module, *expr);
            if expr == call.expr {
                return true;
            }
            let ExprKind::Name(name) = &module.expr(expr).kind else {
                return false;
            };
            module.stmts.iter().any(|stmt| match &stmt.kind {
                StmtKind::Assign {
                    targets,
                    value: Some(value),
                    ..
                } => {
                    within(module, *value) == call.expr
                        && targets
                            .iter()
                            .any(|target| match &module.expr(*target).kind {
                                ExprKind::Name(it) => it == name,
                                ExprKind::Tuple(_) => self.returns_made(function, site),
                                _ => false,
                            })
                }
                _ => false,
            })
        })
    }
}

/// What is waited for, and what methods without arguments or with a text are called on.
fn within(module: &Module, expr: ExprId) -> ExprId {
    let mut at = expr;
    loop {
        at = match &module.expr(at).kind {
            ExprKind::Await(inner) => *inner,
            ExprKind::Call(call) => match &module.expr(call.callee).kind {
                ExprKind::Attribute(base, _)
                    if call
                        .args
                        .iter()
                        .all(|arg| matches!(module.expr(arg.value).kind, ExprKind::Str(_)))
                        && module.call(*base).is_some() =>
                {
                    *base
                }
                _ => return at,
            },
            _ => return at,
        };
    }
}
