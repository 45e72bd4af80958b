//! What a loop is: whether a call in it does the same again on each turn, or the loop only looks like a repetition.

use super::super::names::{Atom, BindingKind, Index, Turn};
use super::super::sessions::split_words;
use super::super::values::Value;
use super::super::{ExprRef, Project};
use super::asks_for_held;
use super::ends::{comes_back, listens, may_leave};
use super::origins::bindings;
use crate::frontend;
use crate::source::{FileId, Span};
use crate::syntax::{ExprId, ExprKind, Module, StmtId, StmtKind};

/// So many turns, written one by one, are not worth a word.
const A_HANDFUL: usize = 8;

/// What a loop does with a call in it.
pub(super) enum Going {
    /// Each turn does the same again.
    Round,
    /// It ends with the first success, or there is little of it; a loop around it may repeat it.
    Once,
    /// Each turn is about something else, or for somebody who was asked.
    Elsewhere,
}

impl Project<'_> {
    pub(super) fn going(&self, call: ExprRef, turn: Turn, varies: bool) -> Going {
        if varies {
            return Going::Elsewhere;
        }
        let (module, index) = self.tree(call.file);
        let stmt = match turn {
            Turn::Comprehension(id) => {
                let few = match &module.expr(id).kind {
                    ExprKind::Comprehension(found) => found
                        .clauses
                        .iter()
                        .all(|clause| self.is_handful(call.file, clause.iter)),
                    _ => true,
                };
                return if few { Going::Once } else { Going::Round };
            }
            Turn::Statement(stmt) => stmt,
        };
        let at = index.standing(call.expr).stmt;
        let (body, is_while, counts, few) = match &module.stmt(stmt).kind {
            StmtKind::While { body, .. } => (body, true, false, false),
            StmtKind::For { target, body, .. } if is_attempt(module, *target, body) => {
                return Going::Once;
            }
            StmtKind::For { body, iter, .. } => {
                let counts = module.call(*iter).is_some_and(|call_of| {
                    let callee = ExprRef {
                        file: call.file,
                        expr: call_of.callee,
                    };
                    let val = self.eval(callee, &None);
                    val.path().is_some_and(|path| **path == *frontend::COUNTING)
                });
                (body, false, counts, self.is_handful(call.file, *iter))
            }
            _ => return Going::Once,
        };
        let after = self.after_failure(call, stmt);
        let ends = !comes_back(module, body, at)
            || (is_while || counts) && (may_leave(module, body, at) || listens(module, body, at));
        if few || after || ends {
            Going::Once
        } else if self.asks(call.file, module.stmt(stmt).span, true) {
            Going::Elsewhere
        } else {
            Going::Round
        }
    }

    /// Whether a `for` goes through few things that are written where it stands, or through all of such a thing in
    /// another form: its items, its elements with their numbers.
    fn is_handful(&self, file: FileId, iter: ExprId) -> bool {
        let val = self.eval(ExprRef { file, expr: iter }, &None);
        let alternatives = val.alternatives();
        // What is empty where it is written is filled somewhere.
        let few = |many: usize| (1..=A_HANDFUL).contains(&many);
        let written = alternatives.iter().all(|(val, _)| match &val.value {
            Value::List(items) | Value::Tuple(items) => few(items.len()),
            Value::Dict(dict) => !dict.open && few(dict.entries.len()),
            _ => false,
        });
        written && !self.grows(file, iter)
            || self.is_short_count(file, iter)
            || self.is_all_of_a_handful(file, iter)
    }

    /// Whether more is put into what a name holds.
    fn grows(&self, file: FileId, expr: ExprId) -> bool {
        let (module, index) = self.tree(file);
        let ExprKind::Name(name) = &module.expr(expr).kind else {
            return false;
        };
        let mut bindings = bindings(index, index.standing(expr), name).iter();
        bindings.any(|binding| match &binding.kind {
            BindingKind::Method(call) => module.call(*call).is_some_and(|call| {
                matches!(&module.expr(call.callee).kind, ExprKind::Attribute(_, method)
                    if frontend::GROWING_METHODS.contains(&method.as_str()))
            }),
            kind => kind.is_mutation(),
        })
    }

    fn is_all_of_a_handful(&self, file: FileId, iter: ExprId) -> bool {
        let (module, _) = self.tree(file);
        let Some(call) = module.call(iter) else {
            return false;
        };
        if let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind
            && frontend::WHOLE_METHODS.contains(&method.as_str())
        {
            return self.is_handful(file, *base);
        }
        let expr = call.callee;
        let callee = self.eval(ExprRef { file, expr }, &None);
        let whole = callee
            .path()
            .is_some_and(|path| frontend::WHOLE_CALLS.contains(&&**path));
        whole && call.args.iter().any(|arg| self.is_handful(file, arg.value))
    }

    fn is_short_count(&self, file: FileId, iter: ExprId) -> bool {
        let (module, _) = self.tree(file);
        let Some(call) = module.call(iter) else {
            return false;
        };
        let path = |expr| self.eval(ExprRef { file, expr }, &None);
        let counts = path(call.callee)
            .path()
            .is_some_and(|path| **path == *frontend::COUNTING);
        let most = call.args.iter().map(|arg| match path(arg.value).value {
            Value::Int(number) => Some(number),
            _ => None,
        });
        let most: Option<Vec<i64>> = most.collect();
        counts
            && most.is_some_and(|numbers| {
                numbers
                    .iter()
                    .all(|number| *number <= i64::try_from(A_HANDFUL).unwrap_or(0))
            })
    }

    /// Whether a loop comes to a call only when what was there before is gone: in a handler, or under a test of the name
    /// that the call gives its connection to.
    fn after_failure(&self, call: ExprRef, turn: StmtId) -> bool {
        let (module, index) = self.tree(call.file);
        let stmt = index.standing(call.expr).stmt;
        // `while connection.is_none() { connection = connect().ok(); }`
        let until_there = match module.stmt(turn).kind {
            StmtKind::While {
                test: Some(test), ..
            } => asks_for_held(module, stmt, test),
            _ => false,
        };
        until_there
            || within(index, call, turn).any(|atom| match atom {
                Atom::TryArm(_, arm) => arm > 0,
                Atom::Test(test, _) => asks_for_held(module, stmt, test),
                _ => false,
            })
    }

    /// Whether a test inside the loop decides about the call.
    pub(super) fn is_tested(&self, call: ExprRef, turn: Turn) -> bool {
        let Turn::Statement(stmt) = turn else {
            return false;
        };
        let (_, index) = self.tree(call.file);
        within(index, call, stmt).any(|atom| matches!(atom, Atom::Test(..) | Atom::MatchArm(..)))
    }

    /// Whether what stands here waits for a person: who answers one question each turn repeats nothing. With `calls` the
    /// functions of the project that it calls are asked, too.
    fn asks(&self, file: FileId, here: Span, calls: bool) -> bool {
        let (module, index) = self.tree(file);
        let known = &self.catalog.contexts().person_calls;
        let stands_here = |expr: &&ExprId| here.contains(module.expr(**expr).span);
        index.calls.iter().filter(stands_here).any(|expr| {
            let Some(call) = module.call(*expr) else {
                return false;
            };
            let expr = call.callee;
            let callee = self.eval(ExprRef { file, expr }, &None);
            callee
                .alternatives()
                .iter()
                .any(|(val, _)| match val.value {
                    Value::Function(function, _) | Value::Method(function, _) => {
                        calls && self.asks(function.file, self.function(function).span, false)
                    }
                    _ => val
                        .path()
                        .is_some_and(|path| known.iter().any(|known| **path == **known)),
                })
        })
    }

    /// Whether a turn of a loop waits before the next: something in it is named for a pause.
    pub(super) fn waits(&self, file: FileId, turn: Turn) -> bool {
        let Turn::Statement(stmt) = turn else {
            return false;
        };
        let (module, index) = self.tree(file);
        let words = &self.catalog.contexts().pause_words;
        let is_while = matches!(module.stmt(stmt).kind, StmtKind::While { .. });
        let span = module.stmt(stmt).span;
        is_while
            && index.calls.iter().any(|expr| {
                span.contains(module.expr(*expr).span)
                    && module
                        .call(*expr)
                        .is_some_and(|call| match &module.expr(call.callee).kind {
                            ExprKind::Name(name) | ExprKind::Attribute(_, name) => {
                                let named = split_words(name);
                                named.iter().any(|word| words.contains(word))
                            }
                            _ => false,
                        })
            })
    }
}

/// Whether a loop goes through attempts: its whole body is a block of what it goes through, which ends the loop when the
/// block succeeds (`for attempt in attempts: with attempt:`).
pub(in crate::project) fn is_attempt(module: &Module, target: ExprId, body: &[StmtId]) -> bool {
    let [only] = body else { return false };
    let StmtKind::With { items, .. } = &module.stmt(*only).kind else {
        return false;
    };
    let ExprKind::Name(name) = &module.expr(target).kind else {
        return false;
    };
    items.iter().any(|item| {
        let context = module
            .call(item.context)
            .map_or(item.context, |call| call.callee);
        matches!(&module.expr(context).kind, ExprKind::Name(found) if found == name)
    })
}

/// The conditions between a loop and a call in it.
fn within(index: &Index, call: ExprRef, turn: StmtId) -> impl Iterator<Item = Atom> + '_ {
    index
        .atoms(index.standing(call.expr).guard)
        .take_while(move |atom| *atom != Atom::Loop(turn))
}
