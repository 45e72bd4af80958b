//! Driven connections: a call gives two things, of which one must be run for the other to work.
//!
//! Takes the call; gives what becomes of the part that must be run. Invariant: a part whose name stands anywhere else in the
//! function, were it in a macro, is taken care of.

use super::{ExprRef, Project};
use crate::source::Place;
use crate::syntax::{ExprId, ExprKind, Module, Name, Stmt, StmtKind};

/// What becomes of the part that nobody runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Undriven {
    /// It has no name, so it ends at once.
    Dropped,
    /// It has this name, and nothing is done with it.
    Unused(Name, Place),
    /// It is given to a call that only ends it.
    Ended(Place),
}

impl Project<'_> {
    /// What becomes of part `number` of what the call `site` gives, when it is bound where it is never run.
    pub fn undriven(&self, site: ExprRef, number: usize) -> Option<Undriven> {
        let (module, _) = self.tree(site.file);
        let parts = parts(module, module.stmt(self.statement(site)), site.expr)?;
        let part = *parts.get(number)?;
        // The other part must be bound: else the pair goes somewhere as a whole.
        let bound = |expr: &ExprId| matches!(module.expr(*expr).kind, ExprKind::Name(_));
        if !parts.iter().any(bound) {
            return None;
        }
        let name = match &module.expr(part).kind {
            ExprKind::Opaque(_) => return Some(Undriven::Dropped),
            ExprKind::Name(name) if name == "_" => return Some(Undriven::Dropped),
            ExprKind::Name(name) => name,
            _ => return None,
        };
        let at = ExprRef { expr: part, ..site };
        let others: Vec<ExprRef> = self.others_named(at, name);
        match others.as_slice() {
            [] => Some(Undriven::Unused(name.clone(), self.place(at))),
            [only] => {
                let call = self.only_ends(*only)?;
                Some(Undriven::Ended(self.place(call)))
            }
            _ => None,
        }
    }

    /// Where else a name stands in the function around `at`, inner functions included.
    pub(super) fn others_named(&self, at: ExprRef, name: &Name) -> Vec<ExprRef> {
        let (module, _) = self.tree(at.file);
        let around = match self.enclosing(at) {
            Some(function) => self.function(function).span,
            None => crate::source::Span::new(0, usize::MAX >> 33),
        };
        (0..module.exprs.len())
            .filter_map(|number| Some(ExprId(u32::try_from(number).ok()?)))
            .filter(|expr| *expr != at.expr)
            .filter(|expr| {
                let found = module.expr(*expr);
                around.contains(found.span)
                    && matches!(&found.kind, ExprKind::Name(it) if it == name)
            })
            .map(|expr| ExprRef { expr, ..at })
            .collect()
    }

    /// The call that a name is the only argument of, when that call ends what it is given.
    fn only_ends(&self, name: ExprRef) -> Option<ExprRef> {
        let (module, index) = self.tree(name.file);
        let expr = index.parent(name.expr)?;
        let call = module.call(expr)?;
        let [only] = call.args.as_slice() else {
            return None;
        };
        let callee = self.eval(
            ExprRef {
                expr: call.callee,
                ..name
            },
            &None,
        );
        let ends = self.catalog.handles(callee.path()?) == Some(crate::catalog::Treats::Ends);
        (only.value == name.expr && ends).then_some(ExprRef { expr, ..name })
    }
}

/// The parts of the tuple that a statement binds what a call gives to, waited for and unwrapped.
fn parts<'m>(module: &'m Module, stmt: &'m Stmt, site: ExprId) -> Option<&'m [ExprId]> {
    let StmtKind::Assign {
        targets,
        value: Some(value),
        ..
    } = &stmt.kind
    else {
        return None;
    };
    let [target] = targets.as_slice() else {
        return None;
    };
    let mut at = *value;
    while at != site {
        at = match &module.expr(at).kind {
            ExprKind::Await(inner) => *inner,
            ExprKind::Call(call) => match &module.expr(call.callee).kind {
                ExprKind::Attribute(base, _) => *base,
                _ => return None,
            },
            _ => return None,
        };
    }
    match &module.expr(*target).kind {
        ExprKind::Tuple(parts) => Some(parts),
        _ => None,
    }
}
