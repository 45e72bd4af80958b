//! Statements: how each one is left, from each state that it can be entered in.

use super::state::{Fate, Known, State};
use super::{Cause, Out, Walk};
use crate::catalog::Treats;
use crate::source::Span;
use crate::syntax::{
    BinaryOp, Block, ExprId, ExprKind, Handler, MatchArm, StmtId, StmtKind, WithItem,
};

/// How often the body of a loop is gone through before what it may do is taken as known.
const MOST_TURNS: usize = 3;

impl Out {
    /// Takes over how something inside was left, but for its normal end.
    fn take_exits(&mut self, other: Out) -> Vec<State> {
        self.broke.extend(other.broke);
        self.continued.extend(other.continued);
        self.returned.extend(other.returned);
        self.raise_all(other.raised);
        other.next
    }

    /// Notes an exception; what is known once for a state and a cause is enough, at its first place.
    pub(super) fn raise(&mut self, state: State, at: Span, cause: Cause) {
        let known =
            |(before, _, because): &(State, Span, Cause)| *before == state && *because == cause;
        if !self.raised.iter().any(known) {
            self.raised.push((state, at, cause));
        }
    }

    fn raise_all(&mut self, raised: Vec<(State, Span, Cause)>) {
        for (state, at, cause) in raised {
            self.raise(state, at, cause);
        }
    }
}

impl Walk<'_, '_, '_> {
    /// A block, entered in each of these states.
    pub(super) fn block(&mut self, block: &Block, entry: Vec<State>) -> Out {
        let mut out = Out::default();
        let mut states = entry;
        for stmt in block {
            if states.is_empty() || !self.step() {
                break;
            }
            let mut next = Vec::new();
            for state in states {
                let left = self.statement(*stmt, state);
                let ends = out.take_exits(left);
                self.add_all(&mut next, ends);
            }
            states = next;
        }
        out.next = states;
        out
    }

    fn statement(&mut self, id: StmtId, state: State) -> Out {
        let mut out = self.any_statement(id, state);
        let stmt = self.module.stmt(id);
        // What no name holds ends with its statement.
        if self.thing.drops && matches!(stmt.kind, StmtKind::Expr(_) | StmtKind::Assign { .. }) {
            for state in out.next.iter_mut().filter(|state| !state.is_named()) {
                if state.outlives {
                    self.forget(state, stmt.span);
                } else {
                    self.give_back(state, stmt.span);
                }
            }
        }
        out
    }

    /// Whether a test is whether there was anything to take, where it is taken.
    fn asks_for_any(&self, test: ExprId) -> bool {
        let expr = self.module.expr(test);
        let unwritten = matches!(&expr.kind, ExprKind::Opaque(inside) if inside.is_empty());
        let taken = self.source.filter(|_| unwritten);
        taken.is_some_and(|(at, _)| at.file == self.file && expr.span.contains(self.span(at.expr)))
    }

    fn any_statement(&mut self, id: StmtId, state: State) -> Out {
        let stmt = self.module.stmt(id);
        let mut out = Out::default();
        match &stmt.kind {
            StmtKind::Expr(expr) => self.evaluate(*expr, state, &mut out),
            StmtKind::Assign { targets, value, .. } => match value {
                Some(value) => self.assign(targets, *value, state, &mut out),
                None => out.next.push(state),
            },
            StmtKind::Augment { target, op, value } => {
                for (mut state, _) in self.expr(*value, state, &mut out) {
                    if *op == BinaryOp::Sub {
                        self.counted_down(*target, &mut state);
                    }
                    if let ExprKind::Name(name) = &self.module.expr(*target).kind {
                        state.bind(name, Known::Other);
                    }
                    out.next.push(state);
                }
            }
            StmtKind::Import(_)
            | StmtKind::Function(_)
            | StmtKind::Class(_)
            | StmtKind::Pass
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_) => out.next.push(state),
            StmtKind::If(arms) => {
                let mut open = vec![state];
                for arm in arms {
                    let entered = match arm.test {
                        Some(test) => {
                            let (mut yes, no) = self.branch(test, open, &mut out);
                            if self.asks_for_any(test) {
                                yes.iter_mut().for_each(State::lose);
                            }
                            open = no;
                            yes
                        }
                        None => std::mem::take(&mut open),
                    };
                    let left = self.block(&arm.body, entered);
                    let ends = out.take_exits(left);
                    out.next.extend(ends);
                }
                out.next.extend(open);
            }
            StmtKind::Match { subject, arms } => self.matching(*subject, arms, state, &mut out),
            StmtKind::While {
                test,
                body,
                otherwise,
            } => self.turns(
                state,
                body,
                otherwise,
                &mut out,
                |walk, states, out| match test {
                    Some(test) => walk.branch(*test, states, out),
                    None => (states, Vec::new()),
                },
            ),
            StmtKind::For {
                target,
                iter,
                body,
                otherwise,
                ..
            } => {
                for (state, _) in self.expr(*iter, state, &mut out) {
                    self.turns(state, body, otherwise, &mut out, |walk, states, _| {
                        let ended = states.clone();
                        let mut entered = states;
                        for state in &mut entered {
                            walk.bind(*target, None, Known::Other, state);
                        }
                        (entered, ended)
                    });
                }
            }
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => self.attempt(body, handlers, otherwise, finally, state, &mut out),
            StmtKind::With { items, body, .. } => self.with(items, body, state, &mut out),
            StmtKind::Return(value) => match value {
                Some(value) => {
                    for (state, known) in self.expr(*value, state, &mut out) {
                        out.returned.push((state, stmt.span, known));
                    }
                }
                None => out.returned.push((state, stmt.span, Known::None)),
            },
            StmtKind::Raise(operands) => {
                for (state, _) in self.sequence(operands, state, &mut out) {
                    out.raise(state, stmt.span, Cause::Likely);
                }
            }
            StmtKind::Break => out.broke.push(state),
            StmtKind::Continue => out.continued.push(state),
            StmtKind::Delete(targets) => {
                let mut state = state;
                for target in targets {
                    if let ExprKind::Name(name) = &self.module.expr(*target).kind {
                        let held = state.name(name).holds();
                        state.bind(name, Known::Other);
                        if held && !self.thing.drops {
                            self.give_up(&mut state, stmt.span);
                        } else if held && !state.is_named() {
                            self.give_back(&mut state, stmt.span);
                        }
                    }
                }
                out.next.push(state);
            }
            StmtKind::Assert(operands) | StmtKind::Opaque(operands) => {
                for (state, known) in self.sequence(operands, state, &mut out) {
                    let mut state = state;
                    if matches!(stmt.kind, StmtKind::Opaque(_)) && known.iter().any(|it| it.holds())
                    {
                        self.give_up(&mut state, stmt.span);
                    }
                    out.next.push(state);
                }
            }
        }
        out
    }

    /// An expression for what it does.
    fn evaluate(&mut self, expr: ExprId, state: State, out: &mut Out) {
        for (state, _) in self.expr(expr, state, out) {
            out.next.push(state);
        }
    }

    fn assign(&mut self, targets: &[ExprId], value: ExprId, state: State, out: &mut Out) {
        let one_name = match targets {
            [target] => match &self.module.expr(*target).kind {
                ExprKind::Name(name) if !self.shared.contains(name) => Some(name.clone()),
                _ => None,
            },
            _ => None,
        };
        // `own = connection is None` is the test under another name.
        if let Some(name) = &one_name
            && matches!(
                self.module.expr(value).kind,
                ExprKind::Compare(..) | ExprKind::Not(_)
            )
        {
            let (yes, no) = self.branch(value, vec![state], out);
            for (states, truth) in [(yes, true), (no, false)] {
                for mut state in states {
                    state.bind(name, Known::Bool(truth));
                    out.next.push(state);
                }
            }
            return;
        }
        for (mut state, known) in self.expr(value, state, out) {
            for target in targets {
                self.bind(*target, Some(value), known, &mut state);
            }
            out.next.push(state);
        }
    }

    /// Binds a target to what is known of a value.
    pub(super) fn bind(
        &mut self,
        target: ExprId,
        value: Option<ExprId>,
        known: Known,
        state: &mut State,
    ) {
        self.ways.named |= known.holds();
        match &self.module.expr(target).kind {
            ExprKind::Name(name) if !self.shared.contains(name) => state.bind(name, known),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let parts = value.and_then(|value| match &self.module.expr(value).kind {
                    ExprKind::Tuple(parts) if parts.len() == targets.len() => Some(parts),
                    _ => None,
                });
                let stars = targets
                    .iter()
                    .any(|target| matches!(self.module.expr(*target).kind, ExprKind::Splat(_)));
                if stars && known.holds() {
                    self.give_up(state, self.span(target));
                    return;
                }
                for (place, target) in targets.iter().enumerate() {
                    let each = match known {
                        Known::Within(at) if at as usize == place => Known::Thing,
                        // The other half of what comes with it: the cursor beside the connection.
                        Known::Within(_) if parts.is_none() => Known::Derived,
                        _ => Known::Other,
                    };
                    self.bind(*target, None, each, state);
                }
                if known == Known::Thing {
                    self.give_up(state, self.span(target));
                }
            }
            // Noting it under a key leaves it where it is.
            ExprKind::Subscript(..) if self.thing.home.is_some() => {
                self.ways.noted |= known.holds() && state.fate == Fate::Held;
            }
            _ => {
                if known.holds() {
                    self.give_up(state, self.span(target));
                }
            }
        }
    }

    fn matching(&mut self, subject: ExprId, arms: &[MatchArm], state: State, out: &mut Out) {
        for (mut state, known) in self.expr(subject, state, out) {
            if known.holds() && !self.thing.drops {
                self.give_up(&mut state, self.span(subject));
            }
            for arm in arms {
                let mut entered = state.clone();
                for (name, _) in &arm.binds {
                    entered.bind(name, Known::Other);
                }
                let entered = match arm.guard {
                    Some(guard) => self.branch(guard, vec![entered], out).0,
                    None => vec![entered],
                };
                let left = self.block(&arm.body, entered);
                let ends = out.take_exits(left);
                out.next.extend(ends);
            }
            // Where errors are values a `match` has an arm for each of them.
            if !self.errors_are_values || arms.is_empty() {
                out.next.push(state);
            }
        }
    }

    /// A loop. `turn` gives the states in which the body is entered and those in which the loop ends by itself.
    fn turns(
        &mut self,
        state: State,
        body: &Block,
        otherwise: &Block,
        out: &mut Out,
        turn: impl Fn(&mut Self, Vec<State>, &mut Out) -> (Vec<State>, Vec<State>),
    ) {
        let mut seen = vec![state.clone()];
        let mut before = vec![state];
        let mut ended = Vec::new();
        for _ in 0..MOST_TURNS {
            let (entered, stopped) = turn(self, std::mem::take(&mut before), out);
            self.add_all(&mut ended, stopped);
            let mut left = self.block(body, entered);
            out.next.append(&mut left.broke);
            let mut again = std::mem::take(&mut left.continued);
            again.extend(out.take_exits(left));
            for state in again {
                if !seen.contains(&state) {
                    self.add(&mut seen, state.clone());
                    before.push(state);
                }
            }
            if before.is_empty() {
                break;
            }
        }
        // What the last turn left may end the loop, too.
        let (_, stopped) = turn(self, before, out);
        self.add_all(&mut ended, stopped);
        let left = self.block(otherwise, ended);
        let ends = out.take_exits(left);
        out.next.extend(ends);
    }

    fn attempt(
        &mut self,
        body: &Block,
        handlers: &[Handler],
        otherwise: &Block,
        finally: &Block,
        state: State,
        out: &mut Out,
    ) {
        let mut all = self.block(body, vec![state]);
        let raised = std::mem::take(&mut all.raised);
        let ended = std::mem::take(&mut all.next);
        let after = self.block(otherwise, ended);
        let mut ends = all.take_exits(after);
        let catches_all = handlers.iter().any(|handler| self.catches_all(handler));
        for (state, at, cause) in &raised {
            if !catches_all {
                // What a handler is meant for is what the thing raises; the rest may be anything.
                let meant = !handlers.is_empty() && *cause == Cause::Likely;
                let cause = if meant { Cause::Maybe } else { *cause };
                all.raise(state.clone(), *at, cause);
            }
        }
        for handler in handlers {
            let mut entered = Vec::new();
            for (state, _, cause) in &raised {
                let mut state = state.clone();
                // Before the thing was taken its maker may have failed: no way of the thing.
                if state.fate == Fate::Held {
                    state.after = Some(state.after.unwrap_or(*cause).max(*cause));
                }
                if let Some((name, _)) = &handler.name {
                    state.bind(name, Known::Other);
                }
                self.add(&mut entered, state);
            }
            let left = self.block(&handler.body, entered);
            ends.extend(all.take_exits(left));
        }
        if finally.is_empty() {
            all.next = ends;
            let ends = out.take_exits(all);
            out.next.extend(ends);
            return;
        }
        let mut done: Vec<State> = Vec::new();
        self.add_all(&mut done, ends);
        for state in done {
            let left = self.block(finally, vec![state]);
            let ends = out.take_exits(left);
            out.next.extend(ends);
        }
        // Each other exit goes on where it was going once the block is through.
        for state in std::mem::take(&mut all.broke) {
            let left = self.block(finally, vec![state]);
            let ends = out.take_exits(left);
            out.broke.extend(ends);
        }
        for state in std::mem::take(&mut all.continued) {
            let left = self.block(finally, vec![state]);
            let ends = out.take_exits(left);
            out.continued.extend(ends);
        }
        for (state, at, known) in std::mem::take(&mut all.returned) {
            let left = self.block(finally, vec![state]);
            let ends = out.take_exits(left);
            out.returned
                .extend(ends.into_iter().map(|state| (state, at, known)));
        }
        for (state, at, cause) in std::mem::take(&mut all.raised) {
            let left = self.block(finally, vec![state]);
            for state in out.take_exits(left) {
                out.raise(state, at, cause);
            }
        }
    }

    /// Whether a handler takes every exception.
    fn catches_all(&self, handler: &Handler) -> bool {
        handler.types.is_empty()
            || handler.types.iter().any(|each| {
                let val = self.project.eval(self.expr_ref(*each), &None);
                val.path()
                    .is_some_and(|path| crate::frontend::ALL_EXCEPTIONS.contains(&&**path))
            })
    }

    fn with(&mut self, items: &[WithItem], body: &Block, state: State, out: &mut Out) {
        let Some((item, rest)) = items.split_first() else {
            let left = self.block(body, vec![state]);
            let ends = out.take_exits(left);
            out.next.extend(ends);
            return;
        };
        let at = self.span(item.context);
        let swallows = self
            .module
            .call(item.context)
            .is_some_and(|call| self.treats(call.callee) == Some(Treats::Swallows));
        for (mut state, known) in self.expr(item.context, state, out) {
            let closes = match known {
                Known::Closer => true,
                Known::Thing => {
                    let closes = self.thing.with == Some(crate::catalog::WithMeans::Closes);
                    if !closes && state.fate == Fate::Held && self.is_source(item.context) {
                        self.ways.kept_by_with.insert(at);
                    }
                    closes
                }
                _ => false,
            };
            if let Some(target) = item.target {
                let bound = match known {
                    Known::Closer | Known::Thing => Known::Thing,
                    known => known,
                };
                self.bind(target, None, bound, &mut state);
            }
            let mut left = Out::default();
            self.with(rest, body, state, &mut left);
            if closes {
                self.close_all(&mut left, at);
            }
            if swallows {
                let raised = std::mem::take(&mut left.raised);
                left.next
                    .extend(raised.into_iter().map(|(state, ..)| state));
            }
            let ends = out.take_exits(left);
            out.next.extend(ends);
        }
    }

    /// The end of a block that gives the thing back however it is left.
    fn close_all(&mut self, left: &mut Out, at: Span) {
        let states = left
            .next
            .iter_mut()
            .chain(&mut left.broke)
            .chain(&mut left.continued)
            .chain(left.returned.iter_mut().map(|(state, ..)| state))
            .chain(left.raised.iter_mut().map(|(state, ..)| state));
        for state in states {
            self.give_back(state, at);
        }
    }
}
