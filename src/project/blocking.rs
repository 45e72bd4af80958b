//! Blocking: calls that keep an event loop waiting for a database.
//!
//! Takes all calls that wait in the thread that runs them; gives the ones that an async function makes itself, or through
//! plain functions that it calls, over at most [`MOST_CALLS`] of those. Invariant: what is handed over to be called
//! elsewhere (a worker thread, an executor, a wrapper) is no call.

use super::placement::Kept;
use super::pools::Pool;
use super::values::{MOST_CALLS, Value};
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::{DialectKind, Kind, World};
use crate::syntax::{ExprKind, StmtKind};
use std::collections::BTreeSet;

/// A call of an async function that keeps its event loop waiting.
#[derive(Clone, Debug)]
pub struct Blocking {
    /// The call in the async function.
    pub at: ExprRef,
    /// The async function.
    pub function: FunctionRef,
    /// The calls from there down to the one that waits, which is the last; empty when `at` waits itself.
    pub chain: Vec<ExprRef>,
}

impl Blocking {
    /// The call that waits.
    pub fn waits(&self) -> ExprRef {
        self.chain.last().copied().unwrap_or(self.at)
    }
}

impl Project<'_> {
    /// The calls of async functions that keep their event loop waiting, in path order.
    pub fn blocking(&self) -> Vec<Blocking> {
        self.want_helpers();
        let connects = self.sites().iter().filter(|site| {
            let waits = |maker: &crate::catalog::Maker| !maker.is_async && !maker.lazy;
            site.kind == Kind::Connection && self.catalog.maker(&site.maker).is_some_and(waits)
        });
        let mut calls: Vec<ExprRef> = connects.map(|site| site.site).collect();
        calls.extend(&self.call_graph().asking);
        calls.sort();
        calls.dedup();
        let mut found = Vec::new();
        for call in calls {
            self.block_up(call, &mut Vec::new(), &mut BTreeSet::new(), &mut found);
        }
        found.sort_by_key(|blocking: &Blocking| (blocking.at, blocking.chain.len()));
        found
    }

    /// Notes as wanted the files that are given sessions or connections which wait: by functions that yield them, and by
    /// async functions that hand them on.
    fn want_helpers(&self) {
        let plain = self
            .sites()
            .iter()
            .filter(|site| matches!(site.kind, Kind::Connection | Kind::Session) && !site.is_async);
        let mut yielding: Vec<FunctionRef> = plain
            .filter(|site| !self.is_beside_the_product(site.site.file))
            .filter_map(|site| self.enclosing(site.site))
            .filter(|function| self.function(*function).is_generator)
            .collect();
        yielding.dedup();
        for function in yielding {
            self.callers(function);
        }
        for (file, parsed) in self.all_parsed() {
            for expr in &parsed.index.calls {
                let call = ExprRef { file, expr: *expr };
                let waits = self
                    .enclosing(call)
                    .is_some_and(|function| self.function(function).is_async);
                if waits && self.hands_on(call) {
                    let callee = parsed.module.call(*expr).map(|call| call.callee);
                    if let Some(expr) = callee {
                        self.wanting(|| self.eval(ExprRef { file, expr }, &None));
                    }
                }
            }
        }
    }

    /// Whether an argument of a call is a name for a session or connection that waits.
    fn hands_on(&self, call: ExprRef) -> bool {
        let (module, _) = self.tree(call.file);
        let args = module.call(call.expr).into_iter().flat_map(|it| &it.args);
        args.filter(|arg| matches!(module.expr(arg.value).kind, ExprKind::Name(_)))
            .any(|arg| {
                let at = ExprRef {
                    expr: arg.value,
                    ..call
                };
                match &self.eval(at, &None).value {
                    Value::Object(object) => self.catalog.waits(&object.type_path),
                    _ => false,
                }
            })
    }

    /// The engine or pool whose connection a call waits for, or the connection that it opens; nothing when it is not known.
    pub fn waiting_for(&self, call: ExprRef) -> Option<Pool> {
        let own = self.sites().iter().find(|site| site.site == call);
        if let Some(opened) = own.filter(|site| !site.checkout) {
            return Some(opened.clone());
        }
        let mut asked = self.receiver_of(call)?;
        for _ in 0..MOST_CALLS {
            if let Some(pool) = self.engine_of(&asked).filter(Pool::owns_connections) {
                return Some(pool);
            }
            // A connection is its pool's.
            let Value::Object(object) = &asked.value else {
                return None;
            };
            let made = object.made.as_ref()?.1.call;
            asked = self.receiver_of(made)?;
        }
        None
    }

    /// Whether a database is known to be of a kind that lives in files, wherever it is.
    pub fn is_file_database(&self, pool: &Pool) -> bool {
        let mut backends = pool.database.backends.iter();
        let in_file = |name: &String| {
            let dialect = self.catalog.dialect_named(name);
            dialect.is_some_and(|dialect| dialect.kind == DialectKind::File)
        };
        !pool.database.backends.is_empty()
            && backends.all(|(backend, _)| backend.dialect.as_ref().is_some_and(in_file))
    }

    /// Whether an expression stands in a loop of its function.
    pub fn stands_in_loop(&self, expr: ExprRef) -> bool {
        self.tree(expr.file).1.standing(expr.expr).turn.is_some()
    }

    /// The last component of what a call names.
    pub fn called_name(&self, call: ExprRef) -> &str {
        let (module, _) = self.tree(call.file);
        let callee = module
            .call(call.expr)
            .map(|call| &module.expr(call.callee).kind);
        match callee {
            Some(ExprKind::Name(name) | ExprKind::Attribute(_, name)) => name,
            _ => "",
        }
    }

    /// From a call that waits to the async functions that run it.
    fn block_up(
        &self,
        call: ExprRef,
        below: &mut Vec<ExprRef>,
        seen: &mut BTreeSet<FunctionRef>,
        found: &mut Vec<Blocking>,
    ) {
        let Some(function) = self.enclosing(call) else {
            return;
        };
        if self.is_awaited(call) || self.kept(call) != Kept::No {
            return;
        }
        if self.function(function).is_async {
            found.push(Blocking {
                at: call,
                function,
                chain: below.iter().rev().copied().collect(),
            });
            return;
        }
        if below.len() >= usize::from(MOST_CALLS) || self.runs_elsewhere(function) {
            return;
        }
        if !seen.insert(function) {
            return;
        }
        below.push(call);
        for caller in self.callers(function) {
            if !self.leads_past(caller, function, call) {
                self.block_up(caller, below, seen, found);
            }
        }
        below.pop();
    }

    /// Whether a call is awaited, or an item of a `with` that waits for it: then it gives the loop time.
    pub(super) fn is_awaited(&self, call: ExprRef) -> bool {
        let (module, index) = self.tree(call.file);
        if let Some(parent) = index.parent(call.expr) {
            return matches!(module.expr(parent).kind, ExprKind::Await(_));
        }
        match &module.stmt(self.statement(call)).kind {
            StmtKind::With {
                items,
                is_async: true,
                ..
            } => items.iter().any(|item| item.context == call.expr),
            _ => false,
        }
    }

    /// Whether calling a plain function may run it on another thread, once only, or not at all, because of what decorates
    /// it.
    fn runs_elsewhere(&self, function: FunctionRef) -> bool {
        let found = self.function(function);
        let known = found.decorators.is_empty() || found.class.is_some() || found.is_generator;
        let once = found.decorators.iter().any(|decorator| {
            let at = ExprRef {
                file: function.file,
                expr: *decorator,
            };
            self.decorator_path(at)
                .is_some_and(|path| self.catalog.is_once(&path))
        });
        // A function that is handed to a worker thread may also be called directly: that call counts.
        let moved = self.registrations(function).iter().any(|registration| {
            registration.calls.world == World::BlockingOk
                && found.decorators.contains(&registration.at.expr)
        });
        !known || once || moved
    }
}
