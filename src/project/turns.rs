//! Turns: the loops in which a connection is opened and closed again each time round.
//!
//! Takes what a function takes; gives the calls that stand in such a loop, in the function itself or in what calls it
//! over at most [`MOST_CALLS`] calls. Invariant: what goes into the connection is the same on each turn, and a turn that
//! succeeds leads to the next one.

mod ends;
mod kind;
mod origins;

use self::kind::Going;
pub(super) use self::kind::is_attempt;
use self::origins::Origins;
pub(super) use self::origins::bindings;
use super::flow::{Taken, Ways};
use super::names::{Atom, Index, Standing, Turn};
use super::placement::Kept;
use super::values::MOST_CALLS;
use super::{ClassRef, ExprRef, Project};
use crate::catalog::ContextKind;
use crate::frontend;
use crate::source::{FileId, Place};
use crate::syntax::{ExprId, ExprKind, Module, Name, StmtId, StmtKind};
use std::collections::BTreeSet;

/// How many calls are looked at above one connection.
const MOST_CALLERS: usize = 200;

/// A call in a loop that opens a connection and closes it on each turn.
#[derive(Clone, Debug)]
pub struct Repeated {
    /// The call in the loop.
    pub call: ExprRef,
    /// The loop.
    pub turn: Turn,
    /// Its head.
    pub head: Place,
    /// The calls below it, down to the one that makes the connection.
    pub chain: Vec<ExprRef>,
    /// Whether a turn waits: a job that runs every so often.
    pub waits: bool,
    /// Whether some turns may leave it out.
    pub sometimes: bool,
}

impl Project<'_> {
    /// The loops that open and close a connection on each turn. `ways` is nothing for what a module itself takes.
    pub fn repeated_by_loops(&self, taken: &Taken, ways: Option<&Ways>) -> Vec<Repeated> {
        if taken
            .chain
            .iter()
            .any(|call| self.may_return_another(*call))
        {
            return Vec::new();
        }
        let mut chain: Vec<ExprRef> = taken.chain.clone();
        let mut origins = Origins::default();
        for (number, call) in taken.chain.iter().enumerate() {
            let fed = self.fed(*call, &origins, number == 0);
            origins = self.made_of(*call, &fed, &origins, None).0;
        }
        let entered = self.entered_by_with(taken);
        let ends = match ways {
            None => self.is_closed_here(taken),
            Some(ways) if ways.unknown || !ways.returned.is_empty() => false,
            Some(ways) => {
                ways.left.is_empty()
                    || self.stored(taken.at) == Kept::No && self.is_closed_here(taken)
            }
        };
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        if ends {
            let maker = taken.chain.is_empty();
            self.climb_turns(taken.at, maker, &origins, &mut chain, &mut seen, &mut found);
        } else if let Some(class) = entered {
            chain.push(taken.at);
            for call in self.constructions_of(class) {
                if self.is_with_item(call) {
                    self.climb_turns(
                        call,
                        true,
                        &origins,
                        &mut chain.clone(),
                        &mut seen,
                        &mut found,
                    );
                }
            }
        }
        found
    }

    /// From a call to the loops around it, and to the calls of the function that holds it. `whole` says that each of its
    /// arguments counts; else those that `origins` names.
    fn climb_turns(
        &self,
        call: ExprRef,
        whole: bool,
        origins: &Origins,
        chain: &mut Vec<ExprRef>,
        seen: &mut BTreeSet<ExprRef>,
        found: &mut Vec<Repeated>,
    ) {
        if chain.len() > usize::from(MOST_CALLS)
            || seen.len() > MOST_CALLERS
            || !seen.insert(call)
            || self.kept(call) != Kept::No && self.enclosing(call).is_some()
            || self.flagged(call) != Kept::No
            || self.contexts(call).iter().any(is_beside)
        {
            return;
        }
        let fed = self.fed(call, origins, whole);
        for turn in self.turns_around(call) {
            let (_, varies) = self.made_of(call, &fed, origins, Some(turn));
            match self.going(call, turn, varies) {
                Going::Round => {
                    found.push(Repeated {
                        call,
                        turn,
                        head: self.head(call.file, turn),
                        chain: chain.iter().rev().copied().collect(),
                        waits: self.waits(call.file, turn),
                        sometimes: self.is_tested(call, turn),
                    });
                    return;
                }
                Going::Elsewhere => return,
                Going::Once => {}
            }
        }
        let Some(function) = self.enclosing(call) else {
            return;
        };
        let (above, _) = self.made_of(call, &fed, origins, None);
        let is_async = self.function(function).is_async;
        chain.push(call);
        for caller in self.callers(function) {
            // What is not waited for runs beside the others: one for each worker.
            let beside = is_async && !self.is_awaited(caller);
            let itself = self.enclosing(caller) == Some(function);
            if !beside && !itself && !self.leads_past(caller, function, call) {
                self.climb_turns(caller, false, &above, chain, seen, found);
            }
        }
        chain.pop();
    }

    /// The loops around a call in its function, innermost first.
    fn turns_around(&self, call: ExprRef) -> Vec<Turn> {
        let (_, index) = self.tree(call.file);
        let standing = index.standing(call.expr);
        let comprehension = standing
            .turn
            .filter(|turn| matches!(turn, Turn::Comprehension(_)));
        let loops = index.atoms(standing.guard).filter_map(|atom| match atom {
            Atom::Loop(stmt) => Some(Turn::Statement(stmt)),
            _ => None,
        });
        comprehension.into_iter().chain(loops).collect()
    }

    fn head(&self, file: FileId, turn: Turn) -> Place {
        match turn {
            Turn::Statement(stmt) => self.stmt_head(file, stmt),
            Turn::Comprehension(expr) => self.place(ExprRef { file, expr }),
        }
    }

    /// Whether what is taken is closed by the function that takes it, other than in a handler: it is a `with` item, or its
    /// name is.
    fn is_closed_here(&self, taken: &Taken) -> bool {
        if self.is_with_item(taken.at) {
            return true;
        }
        let (module, index) = self.tree(taken.at.file);
        let home = index.standing(taken.at.expr);
        if let Some(parent) = index.parent(taken.at.expr)
            && index.with_items.contains_key(&parent)
        {
            return true;
        }
        let StmtKind::Assign { targets, .. } = &module.stmt(home.stmt).kind else {
            return false;
        };
        let names: Vec<&Name> = targets
            .iter()
            .filter_map(|target| match (&module.expr(*target).kind, taken.element) {
                (ExprKind::Name(name), None) => Some(name),
                (ExprKind::Tuple(each), Some(place)) => {
                    match &module.expr(*each.get(place as usize)?).kind {
                        ExprKind::Name(name) => Some(name),
                        _ => None,
                    }
                }
                _ => None,
            })
            .collect();
        let function = index.function_of(home.scope);
        index.calls.iter().any(|expr| {
            let at = index.standing(*expr);
            let handled = index
                .atoms(at.guard)
                .any(|atom| matches!(atom, Atom::TryArm(_, arm) if arm > 0));
            let Some(call) = module.call(*expr) else {
                return false;
            };
            let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind else {
                return false;
            };
            !handled
                && index.function_of(at.scope) == function
                && taken.thing.gives.iter().any(|give| give == method)
                && matches!(&module.expr(*base).kind, ExprKind::Name(name) if names.contains(&name))
        })
    }

    /// The class whose `with` block holds what one of its methods takes and keeps on the object.
    fn entered_by_with(&self, taken: &Taken) -> Option<ClassRef> {
        let Kept::Instance(class) = self.stored(taken.at) else {
            return None;
        };
        let (module, index) = self.tree(class.file);
        let method = self.function(self.enclosing(taken.at)?);
        let opens = frontend::is_constructor(&method.name)
            || frontend::ENTER_METHODS.contains(&method.name.as_str());
        let leaves = index.methods[class.class.index()]
            .iter()
            .any(|method| frontend::EXIT_METHODS.contains(&module.function(*method).name.as_str()));
        (opens && leaves).then_some(class)
    }
}

/// Contexts in which a loop does not matter, or nobody here maintains it.
fn is_beside(context: &ContextKind) -> bool {
    matches!(
        context,
        ContextKind::Test
            | ContextKind::Migration
            | ContextKind::Example
            | ContextKind::Vendored
            | ContextKind::Generated
    )
}

/// Whether something stands inside a loop.
fn stands_in(index: &Index, at: Standing, turn: Turn) -> bool {
    at.turn == Some(turn)
        || match turn {
            Turn::Statement(stmt) => index.atoms(at.guard).any(|atom| atom == Atom::Loop(stmt)),
            Turn::Comprehension(_) => false,
        }
}

/// The names and attributes that a statement gives its value to.
pub(super) fn held_names(module: &Module, stmt: StmtId) -> Vec<&Name> {
    let StmtKind::Assign { targets, .. } = &module.stmt(stmt).kind else {
        return Vec::new();
    };
    let each = targets
        .iter()
        .flat_map(|target| match &module.expr(*target).kind {
            ExprKind::Tuple(each) => each.clone(),
            _ => vec![*target],
        });
    each.filter_map(|target| match &module.expr(target).kind {
        ExprKind::Name(name) | ExprKind::Attribute(_, name) => Some(name),
        _ => None,
    })
    .collect()
}

/// Whether a test asks for what a statement gives its value to.
pub(super) fn asks_for_held(module: &Module, stmt: StmtId, test: ExprId) -> bool {
    let held = held_names(module, stmt);
    any_inside(module, test, &|id| {
        matches!(&module.expr(id).kind,
            ExprKind::Name(name) | ExprKind::Attribute(_, name) if held.contains(&name))
    })
}

/// Whether an expression, or one inside it, is as wanted.
pub(super) fn any_inside(module: &Module, expr: ExprId, wanted: &dyn Fn(ExprId) -> bool) -> bool {
    wanted(expr)
        || module
            .children(expr)
            .into_iter()
            .any(|child| any_inside(module, child, wanted))
}
