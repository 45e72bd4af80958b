//! What is kept by methods: `self.pools.lock().insert(key, pool)`, `*slot = Some(pool)` with a slot out of a lock.
//!
//! Takes a file; gives where its functions put values into what outlives them, other than by plain assignment, and the
//! matches that say whether something is there already. Invariant: what a function makes itself outlives nothing.

use super::Project;
use super::names::{Atom, BindingKind};
use super::placement::{Kept, Root, Store};
use crate::source::FileId;
use crate::syntax::{ExprId, ExprKind, FunctionId, Receiver, StmtId, StmtKind};

/// How many local names of one thing are followed.
const MOST_NAMES: u8 = 3;

impl Project<'_> {
    /// Where each function of a file puts values by methods, or through names, of what outlives it.
    pub(super) fn stores_by_methods(&self, file: FileId) -> Vec<(FunctionId, Store)> {
        let (module, index) = self.tree(file);
        let language = self.files.file(file).language.word();
        let mut found = Vec::new();
        for expr in &index.calls {
            let Some(call) = module.call(*expr) else {
                continue;
            };
            let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind else {
                continue;
            };
            let Some(position) = self.catalog.puts_into(language, method) else {
                continue;
            };
            let function = index.function_of(index.standing(*expr).scope);
            if let (Some(function), Some(arg)) = (function, call.args.get(position))
                && let Some((root, kept)) = self.outlasting(file, function, *base, MOST_NAMES)
            {
                found.push((function, store(root, arg.value, kept)));
            }
        }
        found.extend(self.stores_through_names(file, language));
        found
    }

    /// A name that stands for the inside of what outlives the function, and is assigned.
    fn stores_through_names(&self, file: FileId, language: &str) -> Vec<(FunctionId, Store)> {
        let (module, index) = self.tree(file);
        let unwraps = |value: ExprId| {
            let mut at = value;
            while let ExprKind::Await(inner) = module.expr(at).kind {
                at = inner;
            }
            let callee = module.call(at).map(|call| &module.expr(call.callee).kind);
            matches!(callee, Some(ExprKind::Attribute(_, method)) if self.catalog.passes(language, method))
        };
        let mut found = Vec::new();
        for (number, scope) in index.function_scopes.iter().enumerate() {
            let function = FunctionId(u32::try_from(number).unwrap_or(u32::MAX));
            let mut names: Vec<_> = index.scope(*scope).names.iter().collect();
            names.sort_by_key(|(name, _)| (*name).clone());
            for (_, bindings) in names {
                let mut values = bindings.iter().filter_map(|binding| match binding.kind {
                    BindingKind::Value(value) => Some(value),
                    _ => None,
                });
                let Some(first) = values.next().filter(|first| unwraps(*first)) else {
                    continue;
                };
                if let Some((root, kept)) = self.outlasting(file, function, first, MOST_NAMES) {
                    found.extend(values.map(|value| (function, store(root.clone(), value, kept))));
                }
            }
        }
        found
    }

    /// What an expression leads to that is there before and after the function.
    fn outlasting(
        &self,
        file: FileId,
        function: FunctionId,
        expr: ExprId,
        left: u8,
    ) -> Option<(Root, Kept)> {
        let (module, index) = self.tree(file);
        match &module.expr(expr).kind {
            ExprKind::Await(inner) => self.outlasting(file, function, *inner, left),
            ExprKind::Call(call) => match &module.expr(call.callee).kind {
                ExprKind::Attribute(base, _) => self.outlasting(file, function, *base, left),
                _ => None,
            },
            ExprKind::Attribute(base, name) => {
                let (_, kept) = self.outlasting(file, function, *base, left)?;
                Some((Root::Attribute(name.clone()), kept))
            }
            ExprKind::Name(name) => {
                let scope = index.scope(index.function_scopes[function.index()]);
                let Some(bindings) = scope.names.get(name) else {
                    return Some((Root::Name(name.clone()), Kept::Process));
                };
                let found = module.function(function);
                match bindings.first()?.kind {
                    BindingKind::Param(_, 0) if found.receiver != Receiver::None => {
                        let class = super::ClassRef {
                            file,
                            class: found.class?,
                        };
                        let kept = self.receiver_keeps(module, function, class);
                        Some((Root::Name(name.clone()), kept))
                    }
                    BindingKind::Param(..) => Some((Root::Name(name.clone()), Kept::Process)),
                    BindingKind::Value(value) => {
                        self.outlasting(file, function, value, left.checked_sub(1)?)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What is matched on by arms around an expression, and by matches in front of it of which an arm leaves.
    pub(super) fn matched_before(
        &self,
        file: FileId,
        function: FunctionId,
        expr: ExprId,
    ) -> Vec<ExprId> {
        let (module, index) = self.tree(file);
        let subject = |stmt: StmtId| match &module.stmt(stmt).kind {
            StmtKind::Match { subject, .. } => Some(*subject),
            _ => None,
        };
        let around = index
            .atoms(index.standing(expr).guard)
            .filter_map(|atom| match atom {
                Atom::MatchArm(stmt, _) => subject(stmt),
                _ => None,
            });
        let start = module.expr(expr).span.start;
        let before = module.stmts.iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::Match { subject, arms } if stmt.span.end <= start => {
                let here = index.function_of(index.standing(*subject).scope) == Some(function);
                let leaves = |block: &[StmtId]| {
                    block
                        .last()
                        .is_some_and(|last| matches!(module.stmt(*last).kind, StmtKind::Return(_)))
                };
                (here && arms.iter().any(|arm| leaves(&arm.body))).then_some(*subject)
            }
            _ => None,
        });
        around.chain(before).collect()
    }
}

fn store(root: Root, value: ExprId, kept: Kept) -> Store {
    Store {
        root,
        value,
        kept,
        if_tested: true,
    }
}
