//! `match` statements: the literals that an arm matches and the names that it binds.
//!
//! Takes the clauses of a `match`; gives its arms. Patterns are gone through without recursion.

use super::kinds::{Kind, Part};
use super::lower::Lower;
use crate::source::Span;
use crate::syntax::{ExprId, ExprKind, MatchArm, Name, StmtKind};

impl<'t> Lower<'t> {
    pub(super) fn match_statement(&mut self, part: Part<'t>) -> (StmtKind, usize) {
        let compound = self.compound(part);
        let subject = match (&compound.operands[..], compound.comma) {
            // `match a, b:` and `match a,:` are about a tuple, which ends with its last comma or member.
            (members @ [first, .., last] | members @ [first @ last], Some(comma)) => {
                let end = last.end().max(comma.end as usize);
                let members = self.exprs(members);
                self.push_expr(Span::new(first.start(), end), ExprKind::Tuple(members))
            }
            _ => self.header(&compound, 0),
        };
        let mut arms = Vec::new();
        let mut end = compound.header_end;
        for block in &compound.blocks {
            for clause in self.named(*block) {
                if clause.kind == Kind::CaseClause {
                    let (arm, arm_end) = self.arm(clause);
                    arms.push(arm);
                    end = arm_end;
                } else {
                    self.note_comments(clause);
                }
            }
        }
        (StmtKind::Match { subject, arms }, end)
    }

    fn arm(&mut self, part: Part<'t>) -> (MatchArm, usize) {
        let compound = self.compound(part);
        let (mut patterns, mut guard) = (Vec::new(), None);
        for operand in &compound.operands {
            if self.is_broken(*operand) {
                self.note_comments(*operand);
            } else if operand.kind == Kind::IfClause {
                guard = self.named(*operand).first().copied();
            } else {
                patterns.push(*operand);
            }
        }
        let values = match patterns[..] {
            [pattern] if compound.comma.is_none() => self.literals(pattern),
            _ => Vec::new(),
        };
        let binds = self.binds(patterns);
        let guard = guard.map(|guard| self.expr(guard));
        let (body, end) = self.suite(&compound);
        (
            MatchArm {
                values,
                binds,
                guard,
                body,
            },
            end,
        )
    }

    /// The literals of `"a" | "b"`; empty when anything else is matched too.
    fn literals(&mut self, pattern: Part<'t>) -> Vec<ExprId> {
        let mut found = Vec::new();
        let mut minus = None;
        let mut left = vec![pattern];
        while let Some(pattern) = left.pop() {
            match pattern.kind {
                Kind::CasePattern | Kind::UnionPattern => {
                    let children = self.children(pattern);
                    left.extend(children.into_iter().rev());
                }
                Kind::TuplePattern => match self.children(pattern)[..] {
                    // Parentheses around one pattern; a comma would make it a sequence.
                    [_, inner, _] if !inner.kind.is_token() => left.push(inner),
                    _ => return Vec::new(),
                },
                Kind::Minus => minus = Some(pattern.start()),
                Kind::Bar => {}
                Kind::String | Kind::ConcatenatedString | Kind::True | Kind::False | Kind::None => {
                    found.push((None, pattern));
                }
                Kind::Integer | Kind::Float => found.push((minus.take(), pattern)),
                _ => return Vec::new(),
            }
        }
        found
            .into_iter()
            .map(|(minus, literal)| self.literal(minus, literal))
            .collect()
    }

    fn literal(&mut self, minus: Option<usize>, part: Part<'t>) -> ExprId {
        let value = self.expr(part);
        match minus {
            Some(minus) => self.push_expr(Span::new(minus, part.end()), ExprKind::Negate(value)),
            None => value,
        }
    }

    fn binds(&mut self, patterns: Vec<Part<'t>>) -> Vec<(Name, Span)> {
        let mut binds = Vec::new();
        let mut left = patterns;
        while let Some(pattern) = left.pop() {
            match pattern.kind {
                Kind::Identifier => binds.push((self.name(pattern), pattern.span())),
                // A lone name binds; `a.b` is compared with.
                Kind::DottedName => match self.named(pattern)[..] {
                    [name] if self.text(name) != "_" => left.push(name),
                    _ => {}
                },
                Kind::ClassPattern | Kind::KeywordPattern => {
                    let inner = self.named(pattern);
                    left.extend(inner.into_iter().skip(1));
                }
                Kind::DictPattern => {
                    let children = self.children(pattern);
                    let is_key = |position: usize| {
                        children
                            .get(position + 1)
                            .is_some_and(|next| next.kind == Kind::Colon)
                    };
                    let values = children
                        .iter()
                        .enumerate()
                        .filter(|(position, _)| !is_key(*position));
                    left.extend(values.map(|(_, child)| *child));
                }
                Kind::CasePattern
                | Kind::UnionPattern
                | Kind::AsPattern
                | Kind::ListPattern
                | Kind::TuplePattern
                | Kind::SplatPattern => {
                    let inner = self.named(pattern);
                    left.extend(inner);
                }
                _ => {}
            }
        }
        binds.sort_by_key(|(_, span)| *span);
        binds
    }
}
