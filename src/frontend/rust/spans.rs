//! Where expressions, patterns and types start and end. The parser keeps the places of tokens only.

use proc_macro2::Span;
use syn::{Expr, GenericArgument, Lit, Member, Path, PathArguments, RangeLimits, Type, UnOp};

/// The first token of an expression, its attributes left out.
pub(super) fn start(expr: &Expr) -> Option<Span> {
    let mut at = expr;
    loop {
        at = match at {
            Expr::Assign(it) => &it.left,
            Expr::Await(it) => &it.base,
            Expr::Binary(it) => &it.left,
            Expr::Call(it) => &it.func,
            Expr::Cast(it) => &it.expr,
            Expr::Field(it) => &it.base,
            Expr::Group(it) => &it.expr,
            Expr::Index(it) => &it.expr,
            Expr::MethodCall(it) => &it.receiver,
            Expr::Try(it) => &it.expr,
            Expr::Range(it) => match &it.start {
                Some(start) => start,
                None => return Some(limits(&it.limits)),
            },
            _ => return first_token(at),
        };
    }
}

fn limits(limits: &RangeLimits) -> Span {
    match limits {
        RangeLimits::HalfOpen(dots) => dots.spans[0],
        RangeLimits::Closed(dots) => dots.spans[0],
    }
}

fn first_token(expr: &Expr) -> Option<Span> {
    Some(match expr {
        Expr::Array(it) => it.bracket_token.span.open(),
        Expr::Async(it) => it.async_token.span,
        Expr::Block(it) => match &it.label {
            Some(label) => label.name.apostrophe,
            None => it.block.brace_token.span.open(),
        },
        Expr::Break(it) => it.break_token.span,
        Expr::Closure(it) => it
            .constness
            .map(|token| token.span)
            .or(it.asyncness.map(|token| token.span))
            .or(it.capture.map(|token| token.span))
            .unwrap_or(it.inputs_begin.span),
        Expr::Const(it) => it.const_token.span,
        Expr::Continue(it) => it.continue_token.span,
        Expr::ForLoop(it) => label_or(&it.label, it.for_token.span),
        Expr::If(it) => it.if_token.span,
        Expr::Infer(it) => it.underscore_token.span,
        Expr::Let(it) => it.let_token.span,
        Expr::Lit(it) => literal(&it.lit),
        Expr::Loop(it) => label_or(&it.label, it.loop_token.span),
        Expr::Macro(it) => path_start(&it.mac.path)?,
        Expr::Match(it) => it.match_token.span,
        Expr::Paren(it) => it.paren_token.span.open(),
        Expr::Path(it) => match &it.qself {
            Some(own) => own.lt_token.span,
            None => path_start(&it.path)?,
        },
        Expr::RawAddr(it) => it.and_token.span,
        Expr::Reference(it) => it.and_token.span,
        Expr::Repeat(it) => it.bracket_token.span.open(),
        Expr::Return(it) => it.return_token.span,
        Expr::Struct(it) => path_start(&it.path)?,
        Expr::TryBlock(it) => it.try_token.span,
        Expr::Tuple(it) => it.paren_token.span.open(),
        Expr::Unary(it) => match it.op {
            UnOp::Deref(token) => token.span,
            UnOp::Not(token) => token.span,
            UnOp::Neg(token) => token.span,
            _ => return None,
        },
        Expr::Unsafe(it) => it.unsafe_token.span,
        Expr::While(it) => label_or(&it.label, it.while_token.span),
        Expr::Yield(it) => it.yield_token.span,
        Expr::Verbatim(tokens) => tokens.clone().into_iter().next()?.span(),
        _ => return None,
    })
}

fn label_or(label: &Option<syn::Label>, token: Span) -> Span {
    label.as_ref().map_or(token, |label| label.name.apostrophe)
}

/// The last token of an expression.
pub(super) fn end(expr: &Expr) -> Option<Span> {
    let mut at = expr;
    loop {
        at = match at {
            Expr::Assign(it) => &it.right,
            Expr::Binary(it) => &it.right,
            Expr::Break(it) => match &it.expr {
                Some(inner) => inner,
                None => {
                    return Some(
                        it.label
                            .as_ref()
                            .map_or(it.break_token.span, |it| it.ident.span()),
                    );
                }
            },
            Expr::Closure(it) => &it.body,
            Expr::Group(it) => &it.expr,
            Expr::If(it) => match &it.else_branch {
                Some((_, branch)) => branch,
                None => return Some(it.then_branch.brace_token.span.close()),
            },
            Expr::Let(it) => &it.expr,
            Expr::Range(it) => match &it.end {
                Some(end) => end,
                None => return Some(limits(&it.limits)),
            },
            Expr::RawAddr(it) => &it.expr,
            Expr::Reference(it) => &it.expr,
            Expr::Return(it) => match &it.expr {
                Some(inner) => inner,
                None => return Some(it.return_token.span),
            },
            Expr::Unary(it) => &it.expr,
            Expr::Yield(it) => match &it.expr {
                Some(inner) => inner,
                None => return Some(it.yield_token.span),
            },
            _ => return last_token(at),
        };
    }
}

fn last_token(expr: &Expr) -> Option<Span> {
    Some(match expr {
        Expr::Array(it) => it.bracket_token.span.close(),
        Expr::Async(it) => it.block.brace_token.span.close(),
        Expr::Await(it) => it.await_token.span,
        Expr::Block(it) => it.block.brace_token.span.close(),
        Expr::Call(it) => it.paren_token.span.close(),
        Expr::Cast(it) => type_end(&it.ty).unwrap_or(it.as_token.span),
        Expr::Const(it) => it.block.brace_token.span.close(),
        Expr::Continue(it) => it
            .label
            .as_ref()
            .map_or(it.continue_token.span, |label| label.ident.span()),
        Expr::Field(it) => match &it.member {
            Member::Named(name) => name.span(),
            Member::Unnamed(index) => index.span,
        },
        Expr::ForLoop(it) => it.body.brace_token.span.close(),
        Expr::Index(it) => it.bracket_token.span.close(),
        Expr::Infer(it) => it.underscore_token.span,
        Expr::Lit(it) => literal(&it.lit),
        Expr::Loop(it) => it.body.brace_token.span.close(),
        Expr::Macro(it) => delimiter_end(&it.mac.delimiter),
        Expr::Match(it) => it.brace_token.span.close(),
        Expr::MethodCall(it) => it.paren_token.span.close(),
        Expr::Paren(it) => it.paren_token.span.close(),
        Expr::Path(it) => path_end(&it.path)?,
        Expr::Repeat(it) => it.bracket_token.span.close(),
        Expr::Struct(it) => it.brace_token.span.close(),
        Expr::Try(it) => it.question_token.span,
        Expr::TryBlock(it) => it.block.brace_token.span.close(),
        Expr::Tuple(it) => it.paren_token.span.close(),
        Expr::Unsafe(it) => it.block.brace_token.span.close(),
        Expr::While(it) => it.body.brace_token.span.close(),
        Expr::Verbatim(tokens) => tokens.clone().into_iter().last()?.span(),
        _ => return None,
    })
}

/// The token of a literal.
pub(super) fn literal(literal: &Lit) -> Span {
    literal.span()
}

/// The closing delimiter of a macro.
pub(super) fn delimiter_end(delimiter: &syn::MacroDelimiter) -> Span {
    match delimiter {
        syn::MacroDelimiter::Paren(it) => it.span.close(),
        syn::MacroDelimiter::Brace(it) => it.span.close(),
        syn::MacroDelimiter::Bracket(it) => it.span.close(),
    }
}

/// The opening delimiter of a macro.
pub(super) fn delimiter_start(delimiter: &syn::MacroDelimiter) -> Span {
    match delimiter {
        syn::MacroDelimiter::Paren(it) => it.span.open(),
        syn::MacroDelimiter::Brace(it) => it.span.open(),
        syn::MacroDelimiter::Bracket(it) => it.span.open(),
    }
}

pub(super) fn path_start(path: &Path) -> Option<Span> {
    match &path.leading_colon {
        Some(colons) => Some(colons.spans[0]),
        None => path.segments.first().map(|segment| segment.ident.span()),
    }
}

pub(super) fn path_end(path: &Path) -> Option<Span> {
    let last = path.segments.last()?;
    Some(match &last.arguments {
        PathArguments::None => last.ident.span(),
        PathArguments::AngleBracketed(it) => it.gt_token.span,
        PathArguments::Parenthesized(it) => it.paren_token.span.close(),
    })
}

/// The first token of a type, as far as it is known.
pub(super) fn type_start(ty: &Type) -> Option<Span> {
    Some(match ty {
        Type::Path(it) => match &it.qself {
            Some(own) => own.lt_token.span,
            None => path_start(&it.path)?,
        },
        Type::Reference(it) => it.and_token.span,
        Type::Tuple(it) => it.paren_token.span.open(),
        Type::Paren(it) => it.paren_token.span.open(),
        Type::Array(it) => it.bracket_token.span.open(),
        Type::Slice(it) => it.bracket_token.span.open(),
        Type::ImplTrait(it) => it.impl_token.span,
        Type::TraitObject(it) => it.dyn_token?.span,
        Type::Ptr(it) => it.star_token.span,
        Type::Group(it) => type_start(&it.elem)?,
        Type::Infer(it) => it.underscore_token.span,
        Type::Never(it) => it.bang_token.span,
        _ => return None,
    })
}

/// The last token of a type, as far as it is known.
pub(super) fn type_end(ty: &Type) -> Option<Span> {
    Some(match ty {
        Type::Path(it) => path_end(&it.path)?,
        Type::Reference(it) => type_end(&it.elem)?,
        Type::Tuple(it) => it.paren_token.span.close(),
        Type::Paren(it) => it.paren_token.span.close(),
        Type::Array(it) => it.bracket_token.span.close(),
        Type::Slice(it) => it.bracket_token.span.close(),
        Type::Ptr(it) => type_end(&it.elem)?,
        Type::Group(it) => type_end(&it.elem)?,
        Type::Infer(it) => it.underscore_token.span,
        Type::Never(it) => it.bang_token.span,
        _ => return None,
    })
}

/// The types among generic arguments.
pub(super) fn type_arguments(arguments: &PathArguments) -> Vec<&Type> {
    match arguments {
        PathArguments::AngleBracketed(it) => it
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
