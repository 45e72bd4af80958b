//! Locked away: a connection that was taken from a pool and put behind a lock, for all to share.
//!
//! Takes the call that takes it out; gives the call that makes the lock around it. It is followed through names of the same
//! function. Invariant: where it goes elsewhere it is not followed, so that what is found is certain.

use super::{ExprRef, Project};
use crate::source::Place;
use crate::syntax::{ExprKind, Name, StmtKind};

/// How many names what is taken may go through.
const MOST_NAMES: usize = 4;

impl Project<'_> {
    /// The lock that is made around what a call gives.
    pub fn locked_away(&self, site: ExprRef) -> Option<Place> {
        let mut places = vec![site];
        for _ in 0..=MOST_NAMES {
            let mut next = Vec::new();
            for place in places {
                match self.held_by(place) {
                    Held::Lock(call) => return Some(self.place(call)),
                    Held::Name(target, name) => next.extend(self.others_named(target, &name)),
                    Held::Elsewhere => {}
                }
            }
            places = next;
        }
        None
    }

    /// What takes up what an expression gives, waited for and unwrapped.
    fn held_by(&self, expr: ExprRef) -> Held {
        let (module, index) = self.tree(expr.file);
        let language = self.files.file(expr.file).language.word();
        let mut at = expr.expr;
        while let Some(outer) = index.parent(at) {
            match &module.expr(outer).kind {
                ExprKind::Await(_) => {}
                ExprKind::Attribute(_, method) if self.catalog.passes(language, method) => {}
                ExprKind::Call(call) if call.callee == at => {}
                ExprKind::Call(call) => {
                    let lock = ExprRef {
                        expr: outer,
                        ..expr
                    };
                    let callee = ExprRef {
                        expr: call.callee,
                        ..expr
                    };
                    let callee = self.eval(callee, &None);
                    let is_lock = callee
                        .path()
                        .is_some_and(|path| self.catalog.makes_lock(path));
                    return match is_lock {
                        true => Held::Lock(lock),
                        false => Held::Elsewhere,
                    };
                }
                _ => return Held::Elsewhere,
            }
            at = outer;
        }
        self.bound_name(ExprRef { expr: at, ..expr })
    }

    /// The name that the whole value of a statement is bound to.
    fn bound_name(&self, value: ExprRef) -> Held {
        let (module, _) = self.tree(value.file);
        let stmt = module.stmt(self.statement(value));
        let StmtKind::Assign {
            targets,
            value: Some(bound),
            ..
        } = &stmt.kind
        else {
            return Held::Elsewhere;
        };
        let [target] = targets.as_slice() else {
            return Held::Elsewhere;
        };
        match &module.expr(*target).kind {
            ExprKind::Name(name) if *bound == value.expr => Held::Name(
                ExprRef {
                    expr: *target,
                    ..value
                },
                name.clone(),
            ),
            _ => Held::Elsewhere,
        }
    }
}

/// What takes up a value.
enum Held {
    /// A lock around it.
    Lock(ExprRef),
    /// A name, bound there.
    Name(ExprRef, Name),
    /// Anything else.
    Elsewhere,
}
