//! Ends: the ways on which a turn of a loop ends after one of its statements, failures aside.

use crate::source::Span;
use crate::syntax::{Block, Module, StmtId, StmtKind};

/// Whether a block that is entered at `stmt` may go on to the next turn of its loop without a failure.
pub(super) fn comes_back(module: &Module, body: &Block, stmt: StmtId) -> bool {
    goes_on(module, from(module, body, stmt), Some(stmt)).again
}

/// Whether the loop may be left after `stmt`, other than by a failure.
pub(super) fn may_leave(module: &Module, body: &Block, stmt: StmtId) -> bool {
    goes_on(module, from(module, body, stmt), Some(stmt)).leaves
}

/// Whether a turn stays in a loop of its own after `stmt`, or waits for what comes in.
pub(super) fn listens(module: &Module, body: &Block, stmt: StmtId) -> bool {
    let whole = body.iter().map(|id| module.stmt(*id).span);
    let Some(span) = whole.reduce(|first, last| Span {
        start: first.start,
        end: last.end,
    }) else {
        return false;
    };
    let start = module.stmt(stmt).span.start;
    module.stmts.iter().any(|inner| {
        span.contains(inner.span)
            && inner.span.start >= start
            && match &inner.kind {
                StmtKind::For { is_async, .. } => *is_async,
                StmtKind::While { .. } => true,
                _ => false,
            }
    })
}

/// The rest of a block from the statement that holds `stmt`.
fn from<'m>(module: &Module, block: &'m [StmtId], stmt: StmtId) -> &'m [StmtId] {
    let at = block
        .iter()
        .position(|id| module.stmt(*id).span.contains(module.stmt(stmt).span));
    &block[at.unwrap_or(block.len())..]
}

/// Ways out of a block.
#[derive(Clone, Copy, Default)]
struct Ends {
    /// Through its end or by `continue`.
    again: bool,
    /// Through its end.
    falls: bool,
    /// By `break` or `return`.
    leaves: bool,
}

/// The ways out of a block without failures. When `inner` is given the block is entered there.
fn goes_on(module: &Module, block: &[StmtId], inner: Option<StmtId>) -> Ends {
    let mut all = Ends::default();
    for id in block {
        let inner = inner.filter(|inner| {
            id != inner && module.stmt(*id).span.contains(module.stmt(*inner).span)
        });
        let entered = |body: &[StmtId]| -> Option<Ends> {
            match inner {
                None => Some(goes_on(module, body, None)),
                Some(stmt) => {
                    let rest = from(module, body, stmt);
                    (!rest.is_empty()).then(|| goes_on(module, rest, Some(stmt)))
                }
            }
        };
        let through = Ends {
            again: true,
            falls: true,
            leaves: false,
        };
        let each: Vec<Ends> = match &module.stmt(*id).kind {
            StmtKind::Return(_) | StmtKind::Break => vec![Ends {
                leaves: true,
                ..Ends::default()
            }],
            StmtKind::Continue => vec![Ends {
                again: true,
                ..Ends::default()
            }],
            StmtKind::Raise(_) => vec![Ends::default()],
            StmtKind::If(arms) => {
                let mut each: Vec<Ends> =
                    arms.iter().filter_map(|arm| entered(&arm.body)).collect();
                if inner.is_none() && arms.last().is_some_and(|arm| arm.test.is_some()) {
                    each.push(through);
                }
                each
            }
            StmtKind::With { body, .. } => vec![entered(body).unwrap_or(through)],
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                let ends = match (entered(body), inner) {
                    (Some(ends), _) if ends.falls => {
                        let after = goes_on(module, otherwise, None);
                        Ends {
                            again: after.again,
                            falls: after.falls,
                            leaves: ends.leaves || after.leaves,
                        }
                    }
                    (Some(ends), _) => ends,
                    (None, Some(_)) => handlers
                        .iter()
                        .find_map(|handler| entered(&handler.body))
                        .or_else(|| entered(otherwise))
                        .unwrap_or(through),
                    (None, None) => through,
                };
                let last = goes_on(module, finally, None);
                vec![Ends {
                    again: ends.again && last.again,
                    falls: ends.falls && last.falls,
                    leaves: ends.leaves || last.leaves,
                }]
            }
            // An inner loop keeps its `break`; a `return` in it leaves this one, too.
            StmtKind::For { body, .. } | StmtKind::While { body, .. } => vec![Ends {
                leaves: returns(module, body),
                ..through
            }],
            StmtKind::Match { arms, .. } => {
                let mut each: Vec<Ends> =
                    arms.iter().filter_map(|arm| entered(&arm.body)).collect();
                if inner.is_none() {
                    each.push(through);
                }
                each
            }
            _ => vec![through],
        };
        let falls = each.iter().any(|ends| ends.falls);
        all.leaves |= each.iter().any(|ends| ends.leaves);
        all.again |= each.iter().any(|ends| ends.again && !ends.falls);
        if !falls {
            return all;
        }
    }
    all.falls = true;
    all.again = true;
    all
}

fn returns(module: &Module, block: &[StmtId]) -> bool {
    block.iter().any(|id| {
        let span = module.stmt(*id).span;
        let inside = module.functions.iter().map(|function| function.span);
        let inside: Vec<_> = inside.filter(|inner| span.contains(*inner)).collect();
        module.stmts.iter().any(|stmt| {
            matches!(stmt.kind, StmtKind::Return(_))
                && span.contains(stmt.span)
                && !inside.iter().any(|inner| inner.contains(stmt.span))
        })
    })
}
