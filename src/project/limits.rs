//! Time limits: whether a wait ends after a time that the program states.
//!
//! Takes an expression; tells whether it, its function, or a way that leads there runs inside something that limits the
//! time. One limited way is enough. Invariant: what may be a limit counts as one, so "no limit" is never guessed.

use super::sessions::split_words;
use super::values::{MOST_CALLS, Val, Value};
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::Treats;
use crate::syntax::{Call, ExprId, ExprKind, StmtKind};
use std::collections::BTreeSet;

impl Project<'_> {
    /// Whether the wait in an expression ends after some time, as far as its callers are known.
    pub fn waits_within_limit(&self, expr: ExprRef) -> bool {
        self.wanting(|| self.limited(expr, 0, &mut BTreeSet::new()))
    }

    fn limited(&self, expr: ExprRef, depth: u8, seen: &mut BTreeSet<FunctionRef>) -> bool {
        if self.limited_here(expr, depth) {
            return true;
        }
        let Some(function) = self.enclosing(expr).filter(|_| depth < MOST_CALLS) else {
            return false;
        };
        if !seen.insert(function) {
            return false;
        }
        self.limited_by_decorator(function, depth)
            || self
                .callers(function)
                .into_iter()
                .chain(self.handed_over_by(function))
                .any(|call| self.limited(call, depth + 1, seen))
    }

    /// Whether something in the same function limits the time: a call that is handed the wait, or a block around it.
    fn limited_here(&self, expr: ExprRef, depth: u8) -> bool {
        let (module, index) = self.tree(expr.file);
        let mut inner = expr.expr;
        while let Some(outer) = index.parent(inner) {
            let limits = module
                .call(outer)
                .is_some_and(|call| call.callee != inner && self.limits(expr, call, depth));
            if limits {
                return true;
            }
            inner = outer;
        }
        self.in_limiting_block(expr, depth) || self.handed_on_by_name(expr, depth)
    }

    fn in_limiting_block(&self, expr: ExprRef, depth: u8) -> bool {
        let (module, index) = self.tree(expr.file);
        let span = self.span(expr);
        let function = index.function_of(index.standing(expr.expr).scope);
        module.stmts.iter().any(|stmt| {
            let StmtKind::With { items, .. } = &stmt.kind else {
                return false;
            };
            stmt.span.contains(span)
                && items.iter().any(|item| {
                    let home = index.standing(item.context).scope;
                    let before = module.expr(item.context).span.end <= span.start;
                    before
                        && index.function_of(home) == function
                        && module
                            .call(item.context)
                            .is_some_and(|call| self.limits(expr, call, depth))
                })
        })
    }

    /// A wait under a name (`wait = pool.acquire()`) that is then handed to what limits it.
    fn handed_on_by_name(&self, expr: ExprRef, depth: u8) -> bool {
        let (module, index) = self.tree(expr.file);
        let here = index.standing(expr.expr);
        let StmtKind::Assign {
            targets,
            value: Some(value),
            ..
        } = &module.stmt(here.stmt).kind
        else {
            return false;
        };
        let ([target], false) = (
            targets.as_slice(),
            matches!(module.expr(*value).kind, ExprKind::Await(_)),
        ) else {
            return false;
        };
        let ExprKind::Name(name) = &module.expr(*target).kind else {
            return false;
        };
        let is_it =
            |id: ExprId| matches!(&module.expr(id).kind, ExprKind::Name(other) if other == name);
        index.calls.iter().any(|id| {
            index.standing(*id).scope == here.scope
                && module.call(*id).is_some_and(|call| {
                    call.args.iter().any(|arg| is_it(arg.value)) && self.limits(expr, call, depth)
                })
        })
    }

    /// Whether a call gives something that limits the time.
    fn limits(&self, near: ExprRef, call: &Call, depth: u8) -> bool {
        let callee = self.eval(
            ExprRef {
                expr: call.callee,
                ..near
            },
            &None,
        );
        let mut alternatives = callee.alternatives().into_iter();
        alternatives.any(|(val, _)| self.is_limit(near, call, &val, depth))
    }

    fn is_limit(&self, near: ExprRef, call: &Call, callee: &Val, depth: u8) -> bool {
        match &callee.value {
            Value::Path(path) | Value::Member(_, path) if !self.catalog.treats(path).is_empty() => {
                self.catalog.treats(path).contains(&Treats::LimitsTime)
            }
            // A block of the project's own: what it yields in decides.
            Value::Function(function, _) | Value::Method(function, _)
                if self.function(*function).is_generator && depth < MOST_CALLS =>
            {
                self.yields(*function)
                    .into_iter()
                    .any(|at| self.limited_here(at, depth + 1))
            }
            _ => self.named_so(ExprRef {
                expr: call.callee,
                ..near
            }),
        }
    }

    fn limited_by_decorator(&self, function: FunctionRef, depth: u8) -> bool {
        let named = self.function(function).decorators.iter().any(|decorator| {
            let (module, _) = self.tree(function.file);
            let expr = module.call(*decorator).map_or(*decorator, |it| it.callee);
            self.named_so(ExprRef {
                file: function.file,
                expr,
            })
        });
        named
            || self
                .called_by_decorators(function)
                .any(|call| self.limited_here(call, depth))
    }

    /// Whether the name of something says that it limits the time.
    fn named_so(&self, expr: ExprRef) -> bool {
        let (module, _) = self.tree(expr.file);
        let known = &self.catalog.contexts().limit_words;
        match &module.expr(expr.expr).kind {
            ExprKind::Name(name) | ExprKind::Attribute(_, name) => {
                split_words(name).iter().any(|word| known.contains(word))
            }
            _ => false,
        }
    }

    /// Where a function yields.
    fn yields(&self, function: FunctionRef) -> Vec<ExprRef> {
        let (module, _) = self.tree(function.file);
        let numbers = (0..).zip(&module.exprs);
        numbers
            .filter(|(_, expr)| matches!(expr.kind, ExprKind::Yield(_)))
            .map(|(number, _)| ExprRef {
                file: function.file,
                expr: ExprId(number),
            })
            .filter(|at| self.enclosing(*at) == Some(function))
            .collect()
    }
}
