//! Locks of hand-written pools: which are taken on the ways of checkout and give-back, and what is done under them.
//!
//! Takes a [`Handmade`] pool; gives each call under such a lock that connects or waits for a connection, found through at
//! most [`MOST_CALLS`] calls. Invariant: a lock is known by what made it or by its name, and by what it is kept under; what runs once is left
//! out.

use super::containers::{Containers, Handmade, Operation, Slot};
use super::values::{MOST_CALLS, Value};
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::{Kind, Treats};
use crate::source::{FileId, Span};
use crate::syntax::{ExprId, ExprKind, Name, StmtKind};
use std::collections::{BTreeMap, BTreeSet};

/// What takes long under a lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slow {
    /// Opening a connection: which of [`Project::sites`].
    Connect(usize),
    /// Waiting until somebody gives one back.
    Wait,
}

/// A call under a lock.
#[derive(Clone, Debug)]
pub struct UnderLock {
    /// The call in the block.
    pub at: ExprRef,
    /// The calls behind it, down to the one that is slow; empty when that is `at`.
    pub chain: Vec<ExprRef>,
    /// What it does.
    pub slow: Slow,
    /// The lock.
    pub lock: Slot,
    /// Another block that takes it, on a way of checkout or give-back.
    pub other: ExprRef,
    /// Whether giving back takes it.
    pub for_giving: bool,
}

/// A `with` block around a lock.
struct Block {
    lock: Slot,
    context: ExprRef,
    function: FunctionRef,
    span: Span,
}

impl Project<'_> {
    /// What is done under the locks of a pool that takes long.
    pub fn under_locks(&self, pool: &Handmade) -> Vec<UnderLock> {
        let containers = self.containers();
        let returned = self.returned_by_hand();
        let of_pool = returned
            .iter()
            .filter(|each| containers.pools[each.home.pool].number == pool.number);
        let giving = self.around(pool, of_pool.map(|each| each.function).collect());
        let taking = pool.takes.iter().filter_map(|take| self.enclosing(*take));
        let taking = self.around(pool, taking.collect());
        let blocks = self.lock_blocks(pool.slot.file());
        let mut found = Vec::new();
        for block in &blocks {
            if self.runs_once(block) {
                continue;
            }
            let same = |other: &&Block| other.lock == block.lock;
            let on = |ways: &BTreeSet<FunctionRef>| {
                let other = blocks.iter().filter(same);
                let mut other = other.filter(|other| ways.contains(&other.function));
                other.next().map(|other| other.context)
            };
            let (gives, takes) = (on(&giving), on(&taking));
            let Some(other) = gives.or(takes) else {
                continue;
            };
            for (at, slow, chain) in self.slow_calls(&containers, pool, block) {
                found.push(UnderLock {
                    at,
                    chain,
                    slow,
                    lock: block.lock.clone(),
                    other,
                    for_giving: gives.is_some(),
                });
            }
        }
        found
    }

    /// Functions and those that call them in the class or module of the pool, its constructors left out.
    fn around(&self, pool: &Handmade, mut all: BTreeSet<FunctionRef>) -> BTreeSet<FunctionRef> {
        let mut last: Vec<FunctionRef> = all.iter().copied().collect();
        for _ in 0..MOST_CALLS {
            let calls = last.iter().flat_map(|function| self.callers(*function));
            let next: BTreeSet<FunctionRef> = calls
                .filter_map(|call| self.enclosing(call))
                .filter(|function| function.file == pool.slot.file() && !all.contains(function))
                .collect();
            last = next.iter().copied().collect();
            all.extend(next);
        }
        all.retain(|function| !crate::frontend::is_constructor(&self.function(*function).name));
        all
    }

    /// Whether an expression is known to be a lock by what made it.
    fn is_made_as_lock(&self, at: ExprRef) -> bool {
        let val = self.eval(at, &None);
        val.alternatives().iter().any(|(val, _)| match &val.value {
            Value::Object(object) => {
                let made = object.made.as_ref();
                made.is_some_and(|(path, _)| self.catalog.makes_lock(path))
            }
            _ => false,
        })
    }

    /// The `with` blocks of a file around a lock.
    fn lock_blocks(&self, file: FileId) -> Vec<Block> {
        let (module, _) = self.tree(file);
        let words = &self.catalog.contexts().lock_words;
        let named = |name: &str| {
            let parts = super::sessions::split_words(name);
            parts.iter().any(|part| words.contains(part))
        };
        let is_lock = |expr: ExprId| match &module.expr(expr).kind {
            ExprKind::Name(name) | ExprKind::Attribute(_, name) => {
                named(name) || self.is_made_as_lock(ExprRef { file, expr })
            }
            _ => false,
        };
        let mut blocks = self.guards(file);
        for stmt in &module.stmts {
            let StmtKind::With { items, .. } = &stmt.kind else {
                continue;
            };
            for item in items.iter().filter(|item| is_lock(item.context)) {
                let context = ExprRef {
                    file,
                    expr: item.context,
                };
                let lock = self.slot(context, &|slot| self.is_written(slot));
                if let (Some(lock), Some(function)) = (lock, self.enclosing(context)) {
                    blocks.push(Block {
                        lock,
                        context,
                        function,
                        span: stmt.span,
                    });
                }
            }
        }
        blocks
    }

    /// The parts of a file in which what a lock guards is held: by a name until its end, else in one statement.
    fn guards(&self, file: FileId) -> Vec<Block> {
        let (module, index) = self.tree(file);
        let language = self.files.file(file).language.word();
        let held = index.calls.iter().filter_map(|call| {
            let ExprKind::Attribute(base, method) = &module.expr(module.call(*call)?.callee).kind
            else {
                return None;
            };
            let (at, base) = (ExprRef { file, expr: *call }, ExprRef { file, expr: *base });
            let holds = self.catalog.holds_lock(language, method);
            let lock = holds.then(|| self.slot(base, &|slot| self.is_written(slot)))??;
            let function = self.enclosing(at)?;
            Some(Block {
                lock,
                context: at,
                function,
                span: self.held_in(at),
            })
        });
        held.collect()
    }

    /// Where what a call gives is held: behind its statement until its name ends, or in the statement.
    fn held_in(&self, at: ExprRef) -> Span {
        let (module, index) = self.tree(at.file);
        let stmt = module.stmt(self.statement(at));
        let own = self.span(at);
        let StmtKind::Assign {
            targets,
            value: Some(value),
            ..
        } = &stmt.kind
        else {
            return match stmt.kind {
                StmtKind::Expr(_) | StmtKind::Return(_) => stmt.span,
                _ => own,
            };
        };
        let [target] = targets.as_slice() else {
            return stmt.span;
        };
        let ExprKind::Name(name) = &module.expr(*target).kind else {
            return stmt.span;
        };
        // What is matched on lives as long as the arms; what a name is bound to ends with the statement.
        let whole = self.is_all_of(at, *value);
        let matched = !crate::frontend::is_written(name) && self.is_matched_on(at.file, name);
        if !whole && !matched {
            return stmt.span;
        }
        let is_name = |expr: &ExprId| matches!(&module.expr(*expr).kind, ExprKind::Name(other) if other == name);
        let ended = module.stmts.iter().filter_map(|other| match &other.kind {
            StmtKind::Delete(names) if names.iter().any(is_name) => Some(other.span.start),
            _ => None,
        });
        let dropped = index.calls.iter().filter_map(|call| {
            let found = module.call(*call)?;
            let given = found.args.iter().any(|arg| is_name(&arg.value));
            let callee = ExprRef {
                expr: found.callee,
                ..at
            };
            let path = given.then(|| self.eval(callee, &None).path().cloned())??;
            let ends = self.catalog.handles(&path) == Some(Treats::Ends);
            ends.then(|| module.expr(*call).span.start)
        });
        let end = ended
            .chain(dropped)
            .filter(|end| *end >= stmt.span.end)
            .min();
        let around = self
            .enclosing(at)
            .map(|function| self.function(function).span.end);
        Span {
            start: stmt.span.start,
            end: end.or(around).unwrap_or(stmt.span.end),
        }
    }

    /// Whether an expression is a call, but for what is as good as that.
    fn is_all_of(&self, at: ExprRef, whole: ExprId) -> bool {
        let (module, _) = self.tree(at.file);
        let language = self.files.file(at.file).language.word();
        let mut expr = whole;
        while expr != at.expr {
            expr = match &module.expr(expr).kind {
                ExprKind::Await(inner) => *inner,
                ExprKind::Call(call) => match &module.expr(call.callee).kind {
                    ExprKind::Attribute(base, method) if self.catalog.passes(language, method) => {
                        *base
                    }
                    _ => return false,
                },
                _ => return false,
            };
        }
        true
    }

    /// Whether a name is what a `match` looks at.
    fn is_matched_on(&self, file: FileId, name: &Name) -> bool {
        let (module, _) = self.tree(file);
        module.stmts.iter().any(|stmt| match stmt.kind {
            StmtKind::Match { subject, .. } => {
                matches!(&module.expr(subject).kind, ExprKind::Name(other) if other == name)
            }
            _ => false,
        })
    }

    /// Whether a class or module gives something this name.
    fn is_written(&self, slot: &Slot) -> bool {
        match slot {
            Slot::Attribute(ClassRef { file, class }, name) => {
                let (_, index) = self.tree(*file);
                let scope = index.scope(index.class_scopes[class.index()]);
                index.class_attributes[class.index()].contains_key(name)
                    || scope.names.contains_key(name)
            }
            Slot::Global(..) => true,
        }
    }

    /// Whether a block sets a flag that its function asks for: it does its work once.
    fn runs_once(&self, block: &Block) -> bool {
        if crate::frontend::is_constructor(&self.function(block.function).name) {
            return true;
        }
        let (module, _) = self.tree(block.function.file);
        let name = |expr: ExprId| match &module.expr(expr).kind {
            ExprKind::Name(name) | ExprKind::Attribute(_, name) => Some(name),
            _ => None,
        };
        let set: BTreeSet<_> = module
            .stmts
            .iter()
            .filter(|stmt| block.span.contains(stmt.span))
            .filter_map(|stmt| match &stmt.kind {
                StmtKind::Assign {
                    targets,
                    value: Some(value),
                    ..
                } if matches!(module.expr(*value).kind, ExprKind::Bool(true)) => {
                    name(*targets.first()?)
                }
                _ => None,
            })
            .collect();
        let around = self.function(block.function).span;
        module.stmts.iter().any(|stmt| match &stmt.kind {
            StmtKind::If(arms) if around.contains(stmt.span) => arms
                .iter()
                .filter_map(|arm| arm.test)
                .any(|test| self.names_one(block.function.file, test, &set)),
            _ => false,
        })
    }

    fn names_one(&self, file: FileId, expr: ExprId, names: &BTreeSet<&Name>) -> bool {
        let (module, _) = self.tree(file);
        let own = match &module.expr(expr).kind {
            ExprKind::Name(name) | ExprKind::Attribute(_, name) => names.contains(name),
            _ => false,
        };
        own || module
            .children(expr)
            .into_iter()
            .any(|child| self.names_one(file, child, names))
    }

    /// The calls in a block that connect or wait, themselves or through what they call.
    fn slow_calls(
        &self,
        containers: &Containers,
        pool: &Handmade,
        block: &Block,
    ) -> Vec<(ExprRef, Slow, Vec<ExprRef>)> {
        let (_, index) = self.tree(block.function.file);
        let mut seen = BTreeMap::new();
        let inside = index.calls.iter().map(|expr| ExprRef {
            file: block.function.file,
            expr: *expr,
        });
        inside
            .filter(|at| {
                block.span.contains(self.span(*at)) && self.enclosing(*at) == Some(block.function)
            })
            .filter_map(|at| {
                let (slow, chain) = self.slow(containers, pool, at, 0, &mut seen)?;
                Some((at, slow, chain))
            })
            .collect()
    }

    fn slow(
        &self,
        containers: &Containers,
        pool: &Handmade,
        at: ExprRef,
        depth: u8,
        seen: &mut BTreeMap<FunctionRef, u8>,
    ) -> Option<(Slow, Vec<ExprRef>)> {
        let connects = |site: &&usize| self.sites()[**site].kind == Kind::Connection;
        if let Some(site) = self.connection_sites().get(&at).filter(connects) {
            return Some((Slow::Connect(*site), Vec::new()));
        }
        match containers.calls.get(&at) {
            Some((number, Operation::Take { waits: true })) if *number == pool.number => {
                return Some((Slow::Wait, Vec::new()));
            }
            Some(_) => return None,
            None => {}
        }
        let function = self.called_function(at)?;
        let known = seen.get(&function).copied();
        if depth >= MOST_CALLS || known.is_some_and(|known| known < depth) {
            return None;
        }
        seen.insert(function, depth);
        // A generator or coroutine that is only made does nothing yet; where it is entered or awaited it runs.
        let (_, index) = self.tree(function.file);
        let mut calls = index.calls.iter().map(|expr| ExprRef {
            file: function.file,
            expr: *expr,
        });
        calls.find_map(|inner| {
            if self.enclosing(inner) != Some(function) {
                return None;
            }
            let (slow, mut chain) = self.slow(containers, pool, inner, depth + 1, seen)?;
            chain.insert(0, inner);
            Some((slow, chain))
        })
    }
}
