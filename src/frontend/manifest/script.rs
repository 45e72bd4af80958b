//! The manifest that is a program: setup.py.
//!
//! Takes its tree; gives the requirements in lists that are written out, in the call of `setup` or under a name that the
//! module gives them once. Invariant: nothing is run; a list that is worked out states nothing.

use super::{Requirement, lines};
use crate::source::Span;
use crate::syntax::{ArgKind, ExprId, ExprKind, Module, StmtKind};

/// The requirements that the call of `setup` states: <https://setuptools.pypa.io/en/latest/references/keywords.html>.
pub fn requirements(module: &Module) -> Vec<Requirement> {
    let calls = module.exprs.iter().filter_map(|expr| match &expr.kind {
        ExprKind::Call(call) => Some(call),
        _ => None,
    });
    let setup = calls.filter(|call| {
        matches!(&module.expr(call.callee).kind,
            ExprKind::Name(name) | ExprKind::Attribute(_, name) if name == "setup")
    });
    let mut found = Vec::new();
    for arg in setup.flat_map(|call| &call.args) {
        if arg.kind == ArgKind::Keyword("install_requires".into()) {
            found.extend(listed(module, arg.value));
        }
    }
    found
}

fn listed(module: &Module, value: ExprId) -> Vec<Requirement> {
    let items = match &module.expr(value).kind {
        ExprKind::List(items) | ExprKind::Tuple(items) => items,
        ExprKind::Name(name) => {
            let mut values = module.body.iter().filter_map(|stmt| {
                let StmtKind::Assign { targets, value, .. } = &module.stmt(*stmt).kind else {
                    return None;
                };
                let is_it = |target: &ExprId| matches!(&module.expr(*target).kind, ExprKind::Name(it) if it == name);
                targets.iter().any(is_it).then_some((*value)?)
            });
            match (values.next(), values.next()) {
                (Some(only), None) if !matches!(module.expr(only).kind, ExprKind::Name(_)) => {
                    return listed(module, only);
                }
                _ => return Vec::new(),
            }
        }
        _ => return Vec::new(),
    };
    let texts = items
        .iter()
        .filter_map(|item| match &module.expr(*item).kind {
            ExprKind::Str(text) => Some((text, module.expr(*item).span)),
            _ => None,
        });
    texts
        .filter_map(|(text, span): (_, Span)| lines::requirement(text, span))
        .collect()
}
