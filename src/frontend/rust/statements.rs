//! Statements, and expressions whose value goes somewhere: `if`, `match`, blocks and loops.

use super::expressions::{failed, held, is_place};
use super::lower::{Dest, Lower, spelled};
use super::macros;
use super::patterns::{is_failure, matches_all, whole};
use crate::source::Span;
use crate::syntax::{Arm, ArmKind, Block, ExprId, ExprKind, LogicOp, MatchArm, StmtKind};
use syn::{BinOp, Expr, Pat, Stmt};

impl Lower<'_> {
    /// Lowers the statements of a block; what the last one gives goes to `dest`.
    pub(super) fn statements(&mut self, stmts: &[Stmt], dest: &Dest) {
        let functions = super::items::local(stmts);
        if !functions.is_empty() {
            self.items_of(&functions);
        }
        for (number, stmt) in stmts.iter().enumerate() {
            let last = number + 1 == stmts.len();
            match stmt {
                Stmt::Local(local) => self.local(local),
                Stmt::Item(_) => {}
                Stmt::Expr(expr, None) if last => self.value(expr, dest),
                Stmt::Expr(expr, _) => self.value(expr, &Dest::Drop),
                Stmt::Macro(it) => {
                    let span = self.between(
                        super::spans::path_start(&it.mac.path)
                            .unwrap_or_else(proc_macro2::Span::call_site),
                        super::spans::delimiter_end(&it.mac.delimiter),
                    );
                    if macros::leaves(&it.mac) {
                        self.leaving_macro(&it.mac, span);
                    } else if !self.macro_statics(&it.mac) {
                        let value = self.mac(&it.mac, span);
                        let wanted = last && it.semi_token.is_none();
                        self.finish(span, value, if wanted { dest } else { &Dest::Drop });
                    }
                }
            }
        }
    }

    /// A block in braces with names of its own, in place.
    fn inner_block(&mut self, block: &syn::Block, dest: &Dest) {
        self.scopes.enter_block();
        self.statements(&block.stmts, dest);
        self.end_names();
    }

    fn arm_block(&mut self, expr: &Expr, dest: &Dest) -> Block {
        self.scoped(|lower| lower.value(expr, dest))
    }

    fn local(&mut self, local: &syn::Local) {
        let span = self.between(local.let_token.span, local.semi_token.span);
        let (pat, ty) = match &local.pat {
            Pat::Type(it) => (&*it.pat, Some(&*it.ty)),
            other => (other, None),
        };
        let annotation = ty.and_then(|ty| self.annotation(ty));
        let Some(init) = &local.init else {
            let mut names = Vec::new();
            self.bound_names(pat, &mut names);
            for ident in names {
                let at = self.span(ident.span());
                let name = self.scopes.bind(&spelled(ident));
                if annotation.is_some() {
                    self.assign(span, (name, at), annotation, None);
                }
            }
            return;
        };
        if super::expressions::is_statement(&init.expr)
            && let (Some(ident), None) = (whole(pat), &init.diverge)
        {
            // Each arm assigns the name itself. Bound first, it would hide what the value is made of.
            let at = self.span(ident.span());
            let before = self.scopes.name(&spelled(ident));
            let name = self.scopes.bind(&spelled(ident));
            if before == name {
                self.value(&init.expr, &Dest::Name(name, at, annotation));
                return;
            }
        }
        let value = self.expr(&init.expr);
        self.note_ending(pat, &init.expr);
        if let Some((_, diverge)) = &init.diverge {
            let at = self.span_of(&init.expr);
            let test = self.opaque(at, Vec::new());
            let body = self.arm_block(diverge, &Dest::Drop);
            let arm = Arm {
                test: Some(test),
                kind: ArmKind::Plain,
                body,
            };
            self.bind_value(pat, span, annotation, value);
            self.push(span, StmtKind::If(vec![arm]));
            return;
        }
        self.bind_value(pat, span, annotation, value);
    }

    /// Notes that what a pattern binds ends with its block, where that may be more than a plain value.
    fn note_ending(&mut self, pat: &Pat, value: &Expr) {
        if let Some(ident) =
            whole(pat).filter(|_| !is_place(value) && !matches!(value, Expr::Lit(_)))
        {
            let name = self.scopes.bind(&spelled(ident));
            self.scopes.ends(&name);
        }
    }

    /// Binds a pattern to a value that is at hand.
    pub(super) fn bind_value(
        &mut self,
        pat: &Pat,
        span: Span,
        annotation: Option<ExprId>,
        value: ExprId,
    ) {
        if let Pat::Wild(_) = pat {
            self.push(span, StmtKind::Expr(value));
            return;
        }
        let mut names = Vec::new();
        self.bound_names(pat, &mut names);
        let several = matches!(pat, Pat::Struct(_)) && names.len() > 1;
        if !several {
            let mut first = Some(value);
            self.bind(pat, span, annotation, &mut |lower| {
                first
                    .take()
                    .unwrap_or_else(|| lower.opaque(span, Vec::new()))
            });
            if first.is_some() {
                self.push(span, StmtKind::Expr(value));
            }
            return;
        }
        let name = self.temporary();
        self.assign(span, (name.clone(), span), annotation, Some(value));
        self.bind(pat, span, None, &mut |lower| {
            lower.new_expr(span, ExprKind::Name(name.clone()))
        });
    }

    /// Lowers an expression whose value goes to `dest`.
    pub(super) fn value(&mut self, expr: &Expr, dest: &Dest) {
        let span = self.span_of(expr);
        let done = self.deeper(span, |lower| lower.value_here(expr, span, dest));
        if done.is_none() {
            let value = self.opaque(span, Vec::new());
            self.finish(span, value, dest);
        }
    }

    fn value_here(&mut self, expr: &Expr, span: Span, dest: &Dest) {
        match expr {
            Expr::Paren(it) => self.value(&it.expr, dest),
            Expr::Group(it) => self.value(&it.expr, dest),
            Expr::Block(it) => self.inner_block(&it.block, dest),
            Expr::Unsafe(it) => self.inner_block(&it.block, dest),
            Expr::Const(it) => self.inner_block(&it.block, dest),
            Expr::TryBlock(it) => self.inner_block(&it.block, dest),
            Expr::If(it) => self.if_value(it, span, dest),
            Expr::Match(it) => self.match_value(it, span, dest),
            Expr::Loop(it) => {
                let (body, ended) = self.scoped_turn(|lower| lower.loop_body(&it.body.stmts, dest));
                self.push(
                    span,
                    StmtKind::While {
                        test: None,
                        body,
                        otherwise: Block::new(),
                    },
                );
                self.delete(ended, span.end);
            }
            Expr::While(it) => self.while_loop(it, span),
            Expr::ForLoop(it) => self.for_loop(it, span),
            Expr::Return(it) => match &it.expr {
                Some(inner) => self.value(inner, &Dest::Return),
                None => self.push(span, StmtKind::Return(None)),
            },
            Expr::Break(it) => {
                if let Some(inner) = &it.expr {
                    let dest = self.broken_to.clone().unwrap_or(Dest::Drop);
                    self.value(inner, &dest);
                }
                self.push(span, StmtKind::Break);
            }
            Expr::Continue(_) => self.push(span, StmtKind::Continue),
            Expr::Macro(it) if macros::leaves(&it.mac) => self.leaving_macro(&it.mac, span),
            Expr::Assign(it) => self.assignment(it, span),
            Expr::Binary(it) if super::expressions::augments(&it.op).is_some() => {
                self.expr(expr);
            }
            _ => self.plain_value(expr, span, dest),
        }
    }

    fn plain_value(&mut self, expr: &Expr, span: Span, dest: &Dest) {
        if let Dest::Return = dest {
            if let Some(inner) = failed(expr) {
                let error = self.expr(inner);
                self.push(span, StmtKind::Raise(vec![error]));
                return;
            }
            if let Some(inner) = held(expr) {
                self.value(inner, dest);
                return;
            }
        }
        let value = self.expr(expr);
        self.finish(span, value, dest);
    }

    /// The body of a `loop`, whose value is what `break` gives it.
    fn loop_body(&mut self, stmts: &[Stmt], dest: &Dest) {
        // A loop whose value the function gives back ends with that.
        let outer = self.broken_to.replace(dest.clone());
        self.statements(stmts, &Dest::Drop);
        self.broken_to = outer;
    }

    fn assignment(&mut self, it: &syn::ExprAssign, span: Span) {
        if let Expr::Infer(_) = &*it.left {
            let value = self.expr(&it.right);
            self.push(span, StmtKind::Expr(value));
            return;
        }
        let value = self.expr(&it.right);
        let target = self.expr(&it.left);
        self.push(
            span,
            StmtKind::Assign {
                targets: vec![target],
                annotation: None,
                value: Some(value),
            },
        );
    }

    fn if_value(&mut self, it: &syn::ExprIf, span: Span, dest: &Dest) {
        if let Expr::Let(test) = &*it.cond {
            self.if_let(it, test, span, dest);
            return;
        }
        self.scopes.enter_block();
        let test = self.condition(&it.cond);
        let body = self.scoped(|lower| lower.statements(&it.then_branch.stmts, dest));
        let _ = self.scopes.leave_block();
        let mut arms = vec![Arm {
            test: Some(test),
            kind: ArmKind::Plain,
            body,
        }];
        if let Some((_, branch)) = &it.else_branch {
            let mut body = self.arm_block(branch, dest);
            // `else if` is one more arm, when nothing has to be worked out before its test.
            let inner = match body.as_slice() {
                [only] if matches!(**branch, Expr::If(_)) => {
                    match &mut self.module.stmts[only.index()].kind {
                        StmtKind::If(inner) => Some(std::mem::take(inner)),
                        _ => None,
                    }
                }
                _ => None,
            };
            match inner {
                Some(inner) => {
                    body.clear();
                    arms.extend(inner);
                }
                None => arms.push(Arm {
                    test: None,
                    kind: ArmKind::Plain,
                    body,
                }),
            }
        }
        self.push(span, StmtKind::If(arms));
    }

    /// A test; the patterns of a chain (`let Some(x) = y && …`) bind what they can.
    fn condition(&mut self, cond: &Expr) -> ExprId {
        let span = self.span_of(cond);
        match cond {
            Expr::Let(it) => {
                let value = self.expr(&it.expr);
                self.bind_value(&it.pat, span, None, value);
                self.opaque(span, Vec::new())
            }
            Expr::Binary(it) if matches!(it.op, BinOp::And(_)) => {
                let left = self.condition(&it.left);
                let right = self.condition(&it.right);
                self.new_expr(span, ExprKind::Logic(LogicOp::And, left, right))
            }
            Expr::Paren(it) => self.condition(&it.expr),
            _ => self.expr(cond),
        }
    }

    /// `if let pattern = value {…} else {…}` is a `match` of two arms.
    fn if_let(&mut self, it: &syn::ExprIf, test: &syn::ExprLet, span: Span, dest: &Dest) {
        let subject = self.subject(&test.expr);
        let then = self.scoped(|lower| {
            lower.bind_subject(&test.pat, &subject);
            lower.statements(&it.then_branch.stmts, dest);
        });
        let mut arms = vec![MatchArm {
            values: self.values(&test.pat),
            binds: Vec::new(),
            guard: None,
            body: then,
        }];
        let body = match &it.else_branch {
            Some((_, branch)) => self.otherwise(&subject, branch, dest),
            None => Block::new(),
        };
        arms.push(MatchArm {
            values: Vec::new(),
            binds: Vec::new(),
            guard: None,
            body,
        });
        let read = subject.read(self);
        let kind = StmtKind::Match {
            subject: read,
            arms,
        };
        self.push(span, kind);
        self.end_subject(&subject, span);
    }

    /// `else`: since the edition of 2024 what was matched on has ended there.
    fn otherwise(&mut self, subject: &Subject<'_>, branch: &Expr, dest: &Dest) -> Block {
        let start = self.span_of(branch).start as usize;
        let mut before = self.scoped(|lower| lower.end_subject(subject, Span::new(start, start)));
        before.extend(self.arm_block(branch, dest));
        before
    }

    /// What was matched on ends with the statement.
    fn end_subject(&mut self, subject: &Subject<'_>, span: Span) {
        if let Subject::Name(name, _) = subject {
            self.delete(vec![name.clone()], span.end);
        }
    }

    /// What is matched on, worked out once.
    fn subject<'e>(&mut self, expr: &'e Expr) -> Subject<'e> {
        if is_place(expr) {
            return Subject::Place(expr);
        }
        let span = self.span_of(expr);
        let name = self.temporary();
        let value = self.expr(expr);
        self.assign(span, (name.clone(), span), None, Some(value));
        Subject::Name(name, span)
    }

    fn bind_subject(&mut self, pat: &Pat, subject: &Subject<'_>) {
        let span = subject.span(self);
        if matches_nothing_bound(self, pat) {
            return;
        }
        self.bind(pat, span, None, &mut |lower| subject.read(lower));
        if let (Subject::Name(..), Some(ident)) = (subject, whole(pat)) {
            let name = self.scopes.name(&spelled(ident));
            self.scopes.ends(&name);
        }
    }

    /// The literals that a pattern stands for, or the variants, when it is made of such only.
    fn values(&mut self, pat: &Pat) -> Vec<ExprId> {
        let cases: Vec<&Pat> = match pat {
            Pat::Or(it) => it.cases.iter().collect(),
            other => vec![other],
        };
        let each = cases.into_iter().map(|pat| match pat {
            Pat::Lit(it) => Some(self.expr(&Expr::Lit(syn::ExprLit {
                attrs: Vec::new(),
                lit: it.lit.clone(),
            }))),
            Pat::TupleStruct(it) if it.path.segments.len() > 1 => {
                Some(self.path_chain(&it.path, false))
            }
            Pat::Struct(it) if it.path.segments.len() > 1 => Some(self.path_chain(&it.path, false)),
            Pat::Path(it) if it.path.segments.len() > 1 => Some(self.path_chain(&it.path, false)),
            _ => None,
        });
        let all: Option<Vec<ExprId>> = each.collect();
        all.unwrap_or_default()
    }

    fn match_value(&mut self, it: &syn::ExprMatch, span: Span, dest: &Dest) {
        let subject = self.subject(&it.expr);
        let mut arms = Vec::new();
        for arm in &it.arms {
            let (pat, guard) = match &arm.pat {
                Pat::Guard(it) => (&*it.pat, Some(&*it.guard)),
                other => (other, None),
            };
            let values = self.values(pat);
            let mut test = None;
            let body = self.scoped(|lower| {
                // `None` and `Err(…)` hold nothing of it.
                if is_failure(pat) && is_bare(&it.expr) {
                    let start = lower.span_of(&arm.body).start as usize;
                    lower.end_subject(&subject, Span::new(start, start));
                }
                lower.bind_subject(pat, &subject);
                test = guard.map(|guard| lower.condition(guard));
                lower.value(&arm.body, dest);
            });
            arms.push(MatchArm {
                values,
                binds: Vec::new(),
                guard: test,
                body,
            });
            if matches_all(pat) && guard.is_none() {
                break;
            }
        }
        let read = subject.read(self);
        let kind = StmtKind::Match {
            subject: read,
            arms,
        };
        self.push(span, kind);
        self.end_subject(&subject, span);
    }

    fn while_loop(&mut self, it: &syn::ExprWhile, span: Span) {
        let outer = self.broken_to.take();
        let mut test = None;
        let mut ended = Vec::new();
        let body = self.scoped(|lower| {
            if let Expr::Let(cond) = &*it.cond {
                let subject = lower.subject(&cond.expr);
                let (inside, names) = lower.scoped_turn(|lower| {
                    lower.bind_subject(&cond.pat, &subject);
                    lower.statements(&it.body.stmts, &Dest::Drop);
                });
                ended = names;
                if let Subject::Name(name, _) = &subject {
                    ended.push(name.clone());
                }
                let at = lower.span_of(&it.cond);
                let leave = lower.apart(|lower| lower.push(at, StmtKind::Break));
                let arms = [inside, leave]
                    .into_iter()
                    .map(|body| MatchArm {
                        values: Vec::new(),
                        binds: Vec::new(),
                        guard: None,
                        body,
                    })
                    .collect();
                let subject = subject.read(lower);
                lower.push(at, StmtKind::Match { subject, arms });
            } else {
                test = Some(lower.condition(&it.cond));
                let statements = &it.body.stmts;
                let (inside, names) =
                    lower.scoped_turn(|lower| lower.statements(statements, &Dest::Drop));
                lower.block.extend(inside);
                ended = names;
            }
        });
        self.broken_to = outer;
        self.push(
            span,
            StmtKind::While {
                test,
                body,
                otherwise: Block::new(),
            },
        );
        self.delete(ended, span.end);
    }

    fn for_loop(&mut self, it: &syn::ExprForLoop, span: Span) {
        let outer = self.broken_to.take();
        let iter = self.expr(&it.expr);
        let mut target = None;
        let (body, ended) = self.scoped_turn(|lower| {
            let at = lower.span_of(&it.expr);
            target = Some(lower.turn_target(&it.pat, at));
            lower.statements(&it.body.stmts, &Dest::Drop);
        });
        self.broken_to = outer;
        let target = target.unwrap_or(iter);
        self.push(
            span,
            StmtKind::For {
                target,
                iter,
                body,
                otherwise: Block::new(),
                is_async: false,
            },
        );
        self.delete(ended, span.end);
    }
}

/// Whether nothing is made on the way to a value that would live as long as it is looked at: `pool.acquire().await`, but
/// not `pools.lock().unwrap().pop()`.
fn is_bare(expr: &Expr) -> bool {
    match expr {
        Expr::Await(it) => is_bare(&it.base),
        Expr::Paren(it) => is_bare(&it.expr),
        Expr::MethodCall(it) => is_place(&it.receiver),
        Expr::Call(_) => true,
        _ => false,
    }
}

/// What is matched on.
enum Subject<'e> {
    /// Something that can be read again.
    Place(&'e Expr),
    /// What was put into a name.
    Name(crate::syntax::Name, Span),
}

impl Subject<'_> {
    fn read(&self, lower: &mut Lower<'_>) -> ExprId {
        match self {
            Subject::Place(expr) => lower.expr(expr),
            Subject::Name(name, span) => lower.new_expr(*span, ExprKind::Name(name.clone())),
        }
    }

    fn span(&self, lower: &Lower<'_>) -> Span {
        match self {
            Subject::Place(expr) => lower.span_of(expr),
            Subject::Name(_, span) => *span,
        }
    }
}

fn matches_nothing_bound(lower: &Lower<'_>, pat: &Pat) -> bool {
    let mut names = Vec::new();
    lower.bound_names(pat, &mut names);
    names.is_empty()
}
