//! Expressions: names, calls, operators, displays, comprehensions, and annotations.
//!
//! Takes a clean node; gives an expression with its exact bytes. Undoes the two places where the grammar misreads valid
//! code: `*f(x)` as a call of `*f`, and `type(x).a = v` as a type alias.

use super::kinds::{Kind, Part};
use super::literals;
use super::lower::Lower;
use crate::source::Span;
use crate::syntax::{
    Arg, ArgKind, BinaryOp, Call, Clause, CompareOp, Comprehension, DictItem, ExprId, ExprKind,
    LogicOp, Name,
};

/// Members of a union type that are nested in each other as the operators are.
const MAX_UNION: usize = 100;

/// Where a chain such as `a.b()` starts, when the grammar puts something else there.
#[derive(Clone, Copy)]
struct Head {
    /// The star of `*a.b()`: the grammar binds it to `a` alone, yet it belongs to the whole chain.
    star: Option<usize>,
    /// Where the chain itself starts.
    start: usize,
}

impl<'t> Lower<'t> {
    /// Lowers an expression, a pattern that is assigned to, or an annotation.
    pub(super) fn expr(&mut self, part: Part<'t>) -> ExprId {
        match self.lifted(part) {
            (
                id,
                Some(Head {
                    star: Some(star), ..
                }),
            ) => self.push_expr(Span::new(star, part.end()), ExprKind::Splat(id)),
            (id, _) => id,
        }
    }

    pub(super) fn exprs(&mut self, parts: &[Part<'t>]) -> Vec<ExprId> {
        parts.iter().map(|part| self.expr(*part)).collect()
    }

    /// One expression as it is, several (`a, b`) as a tuple of the given span.
    pub(super) fn one_or_tuple(&mut self, parts: &[Part<'t>], span: Span) -> ExprId {
        match parts {
            [one] => self.expr(*one),
            _ => {
                let items = self.exprs(parts);
                self.push_expr(span, ExprKind::Tuple(items))
            }
        }
    }

    /// The innermost expression of `((x))`, and of the wrapper around an annotation.
    pub(super) fn unwrap_parentheses(&mut self, mut part: Part<'t>) -> Part<'t> {
        loop {
            let children = match part.kind {
                Kind::Parenthesized | Kind::Type | Kind::AsPatternTarget => self.named(part),
                // In `for (x) in y` the grammar has no other parentheses; with a comma it is a tuple.
                Kind::TuplePattern => match self.children(part)[..] {
                    [_, inner, _] => vec![inner],
                    _ => return part,
                },
                _ => return part,
            };
            let Some(inner) = children.first() else {
                return part;
            };
            part = *inner;
        }
    }

    /// Lowers an expression; a star in front of it is given back, to stand before the whole of which this is the start.
    fn lifted(&mut self, part: Part<'t>) -> (ExprId, Option<Head>) {
        if self.is_broken(part) {
            return (self.broken_expr(part), None);
        }
        let inner = self.unwrap_parentheses(part);
        if inner.node.id() != part.node.id() {
            return (self.expr(inner), None);
        }
        self.deeper(part, |lower| lower.expr_here(part), |id| (id, None))
    }

    fn expr_here(&mut self, part: Part<'t>) -> (ExprId, Option<Head>) {
        match part.kind {
            Kind::Attribute | Kind::MemberType => self.attribute(part),
            Kind::Call => self.call(part),
            Kind::Subscript | Kind::GenericType => self.subscript(part),
            Kind::BinaryOperator => self.binary(part),
            Kind::UnionType => (self.union(part), None),
            Kind::ListSplat | Kind::ListSplatPattern | Kind::SplatType => self.splat(part),
            _ => {
                let kind = self.expr_kind(part);
                (self.push_expr(part.span(), kind), None)
            }
        }
    }

    fn expr_kind(&mut self, part: Part<'t>) -> ExprKind {
        match part.kind {
            Kind::Identifier => ExprKind::Name(self.name(part)),
            Kind::String | Kind::ConcatenatedString => self.string(part),
            Kind::Integer => match literals::integer(&self.text(part)) {
                Some(value) => ExprKind::Int(value),
                None => ExprKind::Opaque(Vec::new()),
            },
            Kind::Float => match literals::float(&self.text(part)) {
                Some(value) => ExprKind::Float(value),
                None => ExprKind::Opaque(Vec::new()),
            },
            Kind::True => ExprKind::Bool(true),
            Kind::False => ExprKind::Bool(false),
            Kind::None => ExprKind::None,
            Kind::List | Kind::ListPattern => ExprKind::List(self.items(part)),
            Kind::Set => ExprKind::Set(self.items(part)),
            Kind::Tuple | Kind::TuplePattern | Kind::ExpressionList | Kind::PatternList => {
                ExprKind::Tuple(self.items(part))
            }
            Kind::Dictionary => self.dictionary(part),
            Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::DictionaryComprehension
            | Kind::GeneratorExpression => self.comprehension(part),
            Kind::NotOperator | Kind::UnaryOperator | Kind::Await => self.unary(part),
            Kind::BooleanOperator => self.logic(part),
            Kind::ComparisonOperator => self.comparison(part),
            Kind::ConditionalExpression => self.conditional(part),
            Kind::NamedExpression => self.named_expression(part),
            Kind::Lambda => ExprKind::Lambda(self.lambda(part)),
            Kind::Yield => self.yielded(part),
            _ => ExprKind::Opaque(self.items(part)),
        }
    }

    fn items(&mut self, part: Part<'t>) -> Vec<ExprId> {
        let items = self.named(part);
        self.exprs(&items)
    }

    fn attribute(&mut self, part: Part<'t>) -> (ExprId, Option<Head>) {
        let children = self.named(part);
        let [object, name] = children[..] else {
            return (self.broken_expr(part), None);
        };
        let (base, head) = self.base(object);
        let name = self.name(name);
        (
            self.push_chain(part, head, ExprKind::Attribute(base, name)),
            head,
        )
    }

    fn subscript(&mut self, part: Part<'t>) -> (ExprId, Option<Head>) {
        let mut children = self.named(part);
        if let [_, list] = children[..]
            && list.kind == Kind::TypeParameter
        {
            children.truncate(1);
            children.extend(self.named(list));
        }
        let [value, index @ ..] = &children[..] else {
            return (self.broken_expr(part), None);
        };
        let (base, head) = self.base(*value);
        let index = self.exprs(index);
        (
            self.push_chain(part, head, ExprKind::Subscript(base, index)),
            head,
        )
    }

    fn call(&mut self, part: Part<'t>) -> (ExprId, Option<Head>) {
        let children = self.named(part);
        let [function, list] = children[..] else {
            return (self.broken_expr(part), None);
        };
        let (callee, head) = self.base(function);
        let call = self.call_of(callee, list);
        (self.push_chain(part, head, call), head)
    }

    fn binary(&mut self, part: Part<'t>) -> (ExprId, Option<Head>) {
        let children = self.children(part);
        let [left, operator, right] = children[..] else {
            return (self.broken_expr(part), None);
        };
        let (left, head) = self.base(left);
        let right = self.expr(right);
        let op = binary_op(&self.text(operator));
        (
            self.push_chain(part, head, ExprKind::Binary(op, left, right)),
            head,
        )
    }

    /// `a[b] | c | d` as an annotation: the grammar takes it for `a[b] | (c | d)`.
    fn union(&mut self, part: Part<'t>) -> ExprId {
        let mut operands = Vec::new();
        let mut left = vec![part];
        while let Some(part) = left.pop() {
            match (part.kind, &self.children(part)[..]) {
                (Kind::Type, [inner]) => left.push(*inner),
                (Kind::UnionType | Kind::BinaryOperator, [first, bar, second])
                    if bar.kind == Kind::Bar =>
                {
                    left.extend([*second, *first]);
                }
                _ => operands.push(part),
            }
        }
        let ids = self.exprs(&operands);
        let [first, rest @ ..] = &ids[..] else {
            return self.broken_expr(part);
        };
        if rest.len() > MAX_UNION {
            return self.push_expr(part.span(), ExprKind::Opaque(ids));
        }
        let mut union = *first;
        for (operand, id) in operands.iter().skip(1).zip(rest) {
            let span = Span::new(part.start(), operand.end());
            union = self.push_expr(span, ExprKind::Binary(BinaryOp::BitOr, union, *id));
        }
        union
    }

    fn splat(&mut self, part: Part<'t>) -> (ExprId, Option<Head>) {
        let children = self.named(part);
        let [operand] = children[..] else {
            return (self.broken_expr(part), None);
        };
        let head = Head {
            star: Some(part.start()),
            start: operand.start(),
        };
        (self.expr(operand), Some(head))
    }

    /// The first operand of a chain.
    fn base(&mut self, part: Part<'t>) -> (ExprId, Option<Head>) {
        if let Some((id, token)) = self.type_call
            && part.node.id() == id
        {
            self.type_call = None;
            let callee = self.push_expr(token, ExprKind::Name(Name::new_static("type")));
            let call = self.call_of(callee, part);
            let start = token.start as usize;
            let call = self.push_expr(Span::new(start, part.end()), call);
            return (call, Some(Head { star: None, start }));
        }
        self.lifted(part)
    }

    fn push_chain(&mut self, part: Part<'t>, head: Option<Head>, kind: ExprKind) -> ExprId {
        let start = head.map_or(part.start(), |head| head.start);
        self.push_expr(Span::new(start, part.end()), kind)
    }

    /// A call of `callee` with a list of arguments. The list may also be what the grammar takes for a tuple, for
    /// parentheses around one expression, or a generator (`f(x for x in y)`).
    fn call_of(&mut self, callee: ExprId, list: Part<'t>) -> ExprKind {
        let args = match list.kind {
            Kind::GeneratorExpression => {
                let value = self.expr(list);
                vec![Arg {
                    kind: ArgKind::Positional,
                    value,
                    span: list.span(),
                    comma: None,
                    lent: false,
                }]
            }
            _ => self.args(list),
        };
        ExprKind::Call(Box::new(Call {
            callee,
            args,
            list: list.span(),
        }))
    }

    /// The arguments in a list, of a call or a class.
    pub(super) fn args(&mut self, list: Part<'t>) -> Vec<Arg> {
        let mut args: Vec<Arg> = Vec::new();
        for child in self.children(list) {
            match (child.kind, args.last_mut()) {
                (Kind::Comma, Some(last)) => last.comma = Some(child.span()),
                (kind, _) if kind.is_token() => {}
                _ => {
                    let arg = self.arg(child);
                    args.push(arg);
                }
            }
        }
        args
    }

    fn arg(&mut self, part: Part<'t>) -> Arg {
        let span = part.span();
        let (kind, value) = match part.kind {
            Kind::KeywordArgument => match self.named(part)[..] {
                [name, value] => (ArgKind::Keyword(self.name(name)), self.expr(value)),
                _ => (ArgKind::Positional, self.broken_expr(part)),
            },
            Kind::DictionarySplat => match self.named(part)[..] {
                [value] => (ArgKind::KeywordSplat, self.expr(value)),
                _ => (ArgKind::KeywordSplat, self.broken_expr(part)),
            },
            _ => {
                let inner = self.unwrap_parentheses(part);
                match self.lifted(inner) {
                    (value, Some(Head { star: Some(_), .. })) => (ArgKind::Splat, value),
                    (value, _) => (ArgKind::Positional, value),
                }
            }
        };
        Arg {
            kind,
            value,
            span,
            comma: None,
            lent: false,
        }
    }

    fn dictionary(&mut self, part: Part<'t>) -> ExprKind {
        let mut items = Vec::new();
        for child in self.named(part) {
            match (child.kind, &self.named(child)[..]) {
                (Kind::Pair, [key, value]) => {
                    items.push(DictItem::Pair(self.expr(*key), self.expr(*value)))
                }
                (Kind::DictionarySplat, [value]) => items.push(DictItem::Splat(self.expr(*value))),
                _ => {}
            }
        }
        ExprKind::Dict(items)
    }

    fn comprehension(&mut self, part: Part<'t>) -> ExprKind {
        let mut elements = Vec::new();
        let mut clauses: Vec<Clause> = Vec::new();
        for child in self.named(part) {
            match child.kind {
                Kind::ForInClause => {
                    let clause = self.clause(child);
                    clauses.push(clause);
                }
                Kind::IfClause => {
                    let conditions = self.items(child);
                    if let Some(clause) = clauses.last_mut() {
                        clause.conditions.extend(conditions);
                    }
                }
                Kind::Pair => elements = self.items(child),
                _ => elements.push(self.expr(child)),
            }
        }
        let is_dict = part.kind == Kind::DictionaryComprehension;
        ExprKind::Comprehension(Box::new(Comprehension {
            elements,
            clauses,
            is_dict,
            is_lazy: part.kind == Kind::GeneratorExpression,
        }))
    }

    fn clause(&mut self, part: Part<'t>) -> Clause {
        let children = self.children(part);
        let is_async = children
            .first()
            .is_some_and(|first| first.kind == Kind::AsyncToken);
        let operands: Vec<_> = children
            .iter()
            .copied()
            .filter(|child| !child.kind.is_token())
            .collect();
        let (target, iter) = match &operands[..] {
            [target, iter @ ..] => (*target, iter),
            [] => (part, &operands[..]),
        };
        let span = match iter {
            [first, .., last] => Span::new(first.start(), last.end()),
            _ => part.span(),
        };
        let target = self.expr(target);
        let iter = self.one_or_tuple(iter, span);
        Clause {
            target,
            iter,
            conditions: Vec::new(),
            is_async,
        }
    }

    fn unary(&mut self, part: Part<'t>) -> ExprKind {
        let children = self.children(part);
        let [operator, operand] = children[..] else {
            return ExprKind::Opaque(Vec::new());
        };
        let operand = self.expr(operand);
        match (part.kind, operator.kind) {
            (Kind::NotOperator, _) => ExprKind::Not(operand),
            (Kind::Await, _) => ExprKind::Await(operand),
            (_, Kind::Minus) => ExprKind::Negate(operand),
            _ => ExprKind::Unary(operand),
        }
    }

    fn logic(&mut self, part: Part<'t>) -> ExprKind {
        let children = self.children(part);
        let [left, operator, right] = children[..] else {
            return ExprKind::Opaque(Vec::new());
        };
        let op = if self.text(operator) == "or" {
            LogicOp::Or
        } else {
            LogicOp::And
        };
        ExprKind::Logic(op, self.expr(left), self.expr(right))
    }

    fn comparison(&mut self, part: Part<'t>) -> ExprKind {
        let children = self.children(part);
        let [first, rest @ ..] = &children[..] else {
            return ExprKind::Opaque(Vec::new());
        };
        let first = self.expr(*first);
        let rest = rest
            .chunks_exact(2)
            .map(|pair| (compare_op(&self.text(pair[0])), self.expr(pair[1])))
            .collect();
        ExprKind::Compare(first, rest)
    }

    fn conditional(&mut self, part: Part<'t>) -> ExprKind {
        let children = self.named(part);
        let [then, test, otherwise] = children[..] else {
            return ExprKind::Opaque(Vec::new());
        };
        let (then, test, otherwise) = (self.expr(then), self.expr(test), self.expr(otherwise));
        ExprKind::Conditional {
            test,
            then,
            otherwise,
        }
    }

    fn named_expression(&mut self, part: Part<'t>) -> ExprKind {
        let children = self.named(part);
        let [name, value] = children[..] else {
            return ExprKind::Opaque(Vec::new());
        };
        ExprKind::Assigned(self.name(name), self.expr(value))
    }

    fn yielded(&mut self, part: Part<'t>) -> ExprKind {
        self.yields = true;
        let children = self.children(part);
        let is_from = children.iter().any(|child| child.kind == Kind::From);
        match children.last() {
            Some(value) if !value.kind.is_token() => {
                let value = self.expr(*value);
                if is_from {
                    ExprKind::YieldFrom(value)
                } else {
                    ExprKind::Yield(Some(value))
                }
            }
            _ => ExprKind::Yield(None),
        }
    }
}

/// The operator of `a + b` or `a += b`.
pub(super) fn binary_op(text: &str) -> BinaryOp {
    match text.strip_suffix('=').unwrap_or(text) {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "//" => BinaryOp::FloorDiv,
        "%" => BinaryOp::Mod,
        "|" => BinaryOp::BitOr,
        _ => BinaryOp::Other,
    }
}

fn compare_op(text: &str) -> CompareOp {
    match text {
        "==" => CompareOp::Eq,
        "!=" | "<>" => CompareOp::Ne,
        "in" => CompareOp::In,
        "is" => CompareOp::Is,
        _ if text.starts_with("not") => CompareOp::NotIn,
        _ if text.starts_with("is") => CompareOp::IsNot,
        _ => CompareOp::Order,
    }
}
