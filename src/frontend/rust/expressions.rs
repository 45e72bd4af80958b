//! Expressions.
//!
//! `?`, `&x`, `*x`, `(x)`, casts, `Ok(x)` and `Some(x)` stand for what is inside them.

use super::lower::{CRATE, Dest, Lower, SELF, SUPER, is_lent, spelled};
use super::macros;
use super::spans;
use crate::source::Span;
use crate::syntax::{
    Arg, ArgKind, BinaryOp, CompareOp, ExprId, ExprKind, Function, FunctionId, LogicOp, Name,
    Param, ParamKind, Receiver, StmtKind,
};
use syn::{BinOp, Expr, Lit, Member, Path, UnOp};

/// Calls that stand for what they are given.
const TRANSPARENT: &[&str] = &["Ok", "Some"];

/// The name of what a call calls, when it is a plain name.
fn called(call: &syn::ExprCall) -> Option<String> {
    match &*call.func {
        Expr::Path(it) if it.qself.is_none() => it.path.get_ident().map(spelled),
        _ => None,
    }
}

/// What `Ok(x)` and `Some(x)` hold.
pub(super) fn held(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Call(it) if it.args.len() == 1 => called(it)
            .is_some_and(|name| TRANSPARENT.contains(&name.as_str()))
            .then(|| &it.args[0]),
        _ => None,
    }
}

/// What `Err(x)` holds.
pub(super) fn failed(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Call(it) if it.args.len() == 1 => {
            (called(it).as_deref() == Some("Err")).then(|| &it.args[0])
        }
        _ => None,
    }
}

/// Whether an expression is lowered to statements.
pub(super) fn is_statement(expr: &Expr) -> bool {
    match expr {
        Expr::Block(_)
        | Expr::Break(_)
        | Expr::Const(_)
        | Expr::Continue(_)
        | Expr::ForLoop(_)
        | Expr::If(_)
        | Expr::Loop(_)
        | Expr::Match(_)
        | Expr::Return(_)
        | Expr::TryBlock(_)
        | Expr::Unsafe(_)
        | Expr::While(_) => true,
        Expr::Macro(it) => macros::leaves(&it.mac),
        Expr::Paren(it) => is_statement(&it.expr),
        Expr::Group(it) => is_statement(&it.expr),
        _ => false,
    }
}

/// Whether an index takes all there is.
fn is_all(index: &Expr) -> bool {
    matches!(index, Expr::Range(range) if range.start.is_none() && range.end.is_none())
}

/// Whether reading an expression again gives the same and does nothing.
pub(super) fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(it) => is_place(&it.base),
        Expr::Paren(it) => is_place(&it.expr),
        Expr::Group(it) => is_place(&it.expr),
        Expr::Reference(it) => is_place(&it.expr),
        Expr::Unary(it) => matches!(it.op, UnOp::Deref(_)) && is_place(&it.expr),
        _ => false,
    }
}

impl Lower<'_> {
    /// Lowers an expression.
    pub(super) fn expr(&mut self, expr: &Expr) -> ExprId {
        let span = self.span_of(expr);
        if is_statement(expr) {
            let name = self.temporary();
            let dest = Dest::Name(name.clone(), span, None);
            return self
                .deeper(span, |lower| {
                    lower.value(expr, &dest);
                    lower.new_expr(span, ExprKind::Name(name))
                })
                .unwrap_or_else(|| self.opaque(span, Vec::new()));
        }
        self.deeper(span, |lower| lower.expr_here(expr, span))
            .unwrap_or_else(|| self.opaque(span, Vec::new()))
    }

    fn expr_here(&mut self, expr: &Expr, span: Span) -> ExprId {
        match expr {
            Expr::Paren(it) => self.expr(&it.expr),
            Expr::Group(it) => self.expr(&it.expr),
            Expr::Reference(it) => self.expr(&it.expr),
            Expr::RawAddr(it) => self.expr(&it.expr),
            Expr::Try(it) => {
                let inner = self.expr(&it.expr);
                self.module.tried.insert(inner);
                inner
            }
            Expr::Cast(it) => self.expr(&it.expr),
            Expr::Lit(it) => self.literal(&it.lit, span),
            Expr::Path(it) => self.path(it, span),
            Expr::Field(it) => self.field(it, span),
            Expr::MethodCall(it) => self.method_call(it, span),
            Expr::Call(it) => self.plain_call(it, span),
            Expr::Struct(it) => self.record(it, span),
            Expr::Await(it) => {
                let inner = self.expr(&it.base);
                self.new_expr(span, ExprKind::Await(inner))
            }
            Expr::Unary(it) => {
                let inner = self.expr(&it.expr);
                match it.op {
                    UnOp::Deref(_) => inner,
                    UnOp::Not(_) => self.new_expr(span, ExprKind::Not(inner)),
                    _ => self.new_expr(span, ExprKind::Negate(inner)),
                }
            }
            Expr::Binary(it) => self.binary(it, span),
            Expr::Assign(_) => {
                self.value(expr, &Dest::Drop);
                self.new_expr(span, ExprKind::None)
            }
            // `text[..]` is all of it.
            Expr::Index(it) if is_all(&it.index) => self.expr(&it.expr),
            Expr::Index(it) => {
                let base = self.expr(&it.expr);
                let index = self.expr(&it.index);
                self.new_expr(span, ExprKind::Subscript(base, vec![index]))
            }
            Expr::Tuple(it) if it.elems.is_empty() => self.new_expr(span, ExprKind::None),
            Expr::Tuple(it) => {
                let items = it.elems.iter().map(|elem| self.expr(elem)).collect();
                self.new_expr(span, ExprKind::Tuple(items))
            }
            Expr::Array(it) => {
                let items = it.elems.iter().map(|elem| self.expr(elem)).collect();
                self.new_expr(span, ExprKind::List(items))
            }
            Expr::Repeat(it) => {
                let inside = vec![self.expr(&it.expr), self.expr(&it.len)];
                self.opaque(span, inside)
            }
            Expr::Range(it) => {
                let ends = [&it.start, &it.end];
                let inside = ends
                    .into_iter()
                    .flatten()
                    .map(|end| self.expr(end))
                    .collect();
                self.opaque(span, inside)
            }
            Expr::Let(it) => {
                let inside = vec![self.expr(&it.expr)];
                self.bind_unknown(&it.pat, span);
                self.opaque(span, inside)
            }
            Expr::Closure(it) => self.closure(it, span),
            Expr::Async(it) => self.async_block(it, span),
            Expr::Macro(it) => self.mac(&it.mac, span),
            _ => self.opaque(span, Vec::new()),
        }
    }

    fn literal(&mut self, literal: &Lit, span: Span) -> ExprId {
        let kind = match literal {
            Lit::Str(text) => ExprKind::Str(text.value().into()),
            Lit::Char(letter) => ExprKind::Str(letter.value().to_string().into()),
            Lit::Int(number) => match number.base10_parse::<i64>() {
                Ok(number) => ExprKind::Int(number),
                Err(_) => ExprKind::Opaque(Vec::new()),
            },
            Lit::Float(number) => match number.base10_parse::<f64>() {
                Ok(number) => ExprKind::Float(number),
                Err(_) => ExprKind::Opaque(Vec::new()),
            },
            Lit::Bool(truth) => ExprKind::Bool(truth.value),
            Lit::ByteStr(_) | Lit::CStr(_) => ExprKind::Bytes,
            _ => ExprKind::Opaque(Vec::new()),
        };
        self.new_expr(span, kind)
    }

    fn path(&mut self, it: &syn::ExprPath, span: Span) -> ExprId {
        if let Some(own) = &it.qself {
            // `<T as Trait>::name` and `<T>::name`: what the type has under the name.
            let base = self.aliased(&own.ty);
            let Some(last) = it.path.segments.last() else {
                return base;
            };
            return self.new_expr(
                span,
                ExprKind::Attribute(base, Name::from(spelled(&last.ident))),
            );
        }
        if it.path.get_ident().is_some_and(|ident| ident == "None") {
            return self.new_expr(span, ExprKind::None);
        }
        let chain = self.path_chain(&it.path, true);
        let segments = it.path.segments.iter();
        let named = segments.flat_map(|segment| spans::type_arguments(&segment.arguments));
        let types: Vec<ExprId> = named.filter_map(|ty| self.annotation(ty)).collect();
        if !types.is_empty() {
            self.module.type_arguments.insert(chain, types);
        }
        chain
    }

    /// A path as a chain of attributes. Of a value, a single name may be a local one.
    pub(super) fn path_chain(&mut self, path: &Path, is_value: bool) -> ExprId {
        let mut segments = path.segments.iter().peekable();
        let mut ups = 0;
        let mut head = None;
        let start = spans::path_start(path).map_or(Span::new(0, 0), |it| self.span(it));
        let only = path.segments.len() == 1;
        while let Some(segment) = segments.peek() {
            let name = spelled(&segment.ident);
            match name.as_str() {
                SELF if only => break,
                SELF => {}
                SUPER => ups += 1,
                CRATE => head = Some(self.head(CRATE)),
                _ => break,
            }
            segments.next();
        }
        // Of modules written in braces the names around are seen as well.
        if ups > self.inline {
            let out = vec![SUPER; ups - self.inline].join(".");
            head = Some(self.head(&out));
        }
        let mut base = head.map(|name| self.new_expr(start, ExprKind::Name(name)));
        // `T::name`: what the trait asks of the type under the name.
        if let (None, false, Some(first)) = (&base, only, segments.peek())
            && let Some(asked) = self.open_types.remove(&spelled(&first.ident))
        {
            base = Some(self.path_chain(&asked, false));
            self.open_types.insert(spelled(&first.ident), asked);
            segments.next();
        }
        for segment in segments {
            let name = spelled(&segment.ident);
            let at = self.span(segment.ident.span());
            let here = Span::new(start.start as usize, at.end as usize);
            base = Some(match base {
                Some(base) => self.new_expr(here, ExprKind::Attribute(base, Name::from(name))),
                None => {
                    let outer = !only || is_value && !self.scopes.knows(&name);
                    let name = match (&self.own_type, name.as_str()) {
                        (Some(own), "Self") => own.clone(),
                        _ if is_value && only => self.scopes.name(&name),
                        _ => Name::from(name),
                    };
                    let id = self.new_expr(at, ExprKind::Name(name.clone()));
                    if outer {
                        self.scopes.note_head(name, id);
                    }
                    id
                }
            });
        }
        base.unwrap_or_else(|| self.opaque(start, Vec::new()))
    }

    fn field(&mut self, it: &syn::ExprField, span: Span) -> ExprId {
        let base = self.expr(&it.base);
        match &it.member {
            Member::Named(name) => {
                self.new_expr(span, ExprKind::Attribute(base, Name::from(spelled(name))))
            }
            Member::Unnamed(index) => {
                let at = self.span(index.span);
                let index = self.new_expr(at, ExprKind::Int(i64::from(index.index)));
                self.new_expr(span, ExprKind::Subscript(base, vec![index]))
            }
        }
    }

    fn method_call(&mut self, it: &syn::ExprMethodCall, span: Span) -> ExprId {
        let receiver = self.expr(&it.receiver);
        let method = self.span(it.method.span());
        let callee = self.new_expr(
            Span::new(span.start as usize, method.end as usize),
            ExprKind::Attribute(receiver, Name::from(spelled(&it.method))),
        );
        let args = self.arguments(&it.args);
        let list = self.between(it.paren_token.span.open(), it.paren_token.span.close());
        self.call(span, callee, args, list)
    }

    fn plain_call(&mut self, it: &syn::ExprCall, span: Span) -> ExprId {
        if it.args.len() == 1 {
            match called(it).as_deref() {
                Some(name) if TRANSPARENT.contains(&name) => return self.expr(&it.args[0]),
                Some("Err") => {
                    let inside = vec![self.expr(&it.args[0])];
                    return self.opaque(span, inside);
                }
                _ => {}
            }
        }
        let callee = self.expr(&it.func);
        let args = self.arguments(&it.args);
        let list = self.between(it.paren_token.span.open(), it.paren_token.span.close());
        self.call(span, callee, args, list)
    }

    /// `Type { field: value, ..rest }` is a call of the type.
    fn record(&mut self, it: &syn::ExprStruct, span: Span) -> ExprId {
        let callee = self.path_chain(&it.path, false);
        let mut args = Vec::new();
        for pair in it.fields.pairs() {
            let field = *pair.value();
            let value_span = self.span_of(&field.expr);
            let (name, at) = match &field.member {
                Member::Named(name) => (spelled(name), name.span()),
                Member::Unnamed(index) => (index.index.to_string(), index.span),
            };
            let start = self.span(at).start as usize;
            args.push(Arg {
                kind: ArgKind::Keyword(Name::from(name)),
                value: self.expr(&field.expr),
                span: Span::new(start, (value_span.end as usize).max(start)),
                comma: pair.punct().map(|comma| self.text.span(comma.span)),
                lent: is_lent(&field.expr),
            });
        }
        if let Some(rest) = &it.rest {
            let at = self.span_of(rest);
            args.push(Arg {
                kind: ArgKind::KeywordSplat,
                value: self.expr(rest),
                span: at,
                comma: None,
                lent: false,
            });
        }
        let list = self.between(it.brace_token.span.open(), it.brace_token.span.close());
        self.call(span, callee, args, list)
    }

    fn binary(&mut self, it: &syn::ExprBinary, span: Span) -> ExprId {
        if let Some(op) = augments(&it.op) {
            let value = self.expr(&it.right);
            let target = self.expr(&it.left);
            self.push(span, StmtKind::Augment { target, op, value });
            return self.new_expr(span, ExprKind::None);
        }
        let left = self.expr(&it.left);
        let right = self.expr(&it.right);
        let kind = match &it.op {
            BinOp::And(_) => ExprKind::Logic(LogicOp::And, left, right),
            BinOp::Or(_) => ExprKind::Logic(LogicOp::Or, left, right),
            BinOp::Eq(_) => ExprKind::Compare(left, vec![(CompareOp::Eq, right)]),
            BinOp::Ne(_) => ExprKind::Compare(left, vec![(CompareOp::Ne, right)]),
            BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                ExprKind::Compare(left, vec![(CompareOp::Order, right)])
            }
            other => ExprKind::Binary(arithmetic(other), left, right),
        };
        self.new_expr(span, kind)
    }

    fn closure(&mut self, it: &syn::ExprClosure, span: Span) -> ExprId {
        self.scopes.enter_function();
        let mut params = Vec::new();
        let mut prologue = Vec::new();
        for (number, pat) in it.inputs.iter().enumerate() {
            params.push(self.parameter(pat, None, number, &mut prologue));
        }
        let body = self.apart(|lower| {
            lower.prologue(prologue);
            lower.value(&it.body, &Dest::Return);
        });
        self.leave_function();
        self.lambda(span, params, body, it.asyncness.is_some())
    }

    fn async_block(&mut self, it: &syn::ExprAsync, span: Span) -> ExprId {
        self.scopes.enter_function();
        let body = self.apart(|lower| lower.statements(&it.block.stmts, &Dest::Return));
        self.leave_function();
        self.lambda(span, Vec::new(), body, true)
    }

    fn lambda(
        &mut self,
        span: Span,
        params: Vec<Param>,
        body: crate::syntax::Block,
        is_async: bool,
    ) -> ExprId {
        let id = FunctionId(u32::try_from(self.module.functions.len()).unwrap_or(u32::MAX));
        self.module.functions.push(Function {
            name: Name::default(),
            name_span: span,
            span,
            params,
            decorators: Vec::new(),
            returns: None,
            body,
            is_async,
            is_generator: false,
            receiver: Receiver::None,
            class: None,
        });
        self.new_expr(span, ExprKind::Lambda(id))
    }

    /// A parameter. What its pattern takes apart is noted for the beginning of the body.
    pub(super) fn parameter<'p>(
        &mut self,
        pat: &'p syn::Pat,
        ty: Option<&syn::Type>,
        number: usize,
        prologue: &mut Vec<(&'p syn::Pat, Name)>,
    ) -> Param {
        let ty = match (pat, ty) {
            (syn::Pat::Type(it), None) => Some(&*it.ty),
            (_, ty) => ty,
        };
        let annotation = ty.and_then(|ty| self.annotation(ty));
        let mut names = Vec::new();
        self.bound_names(pat, &mut names);
        // `State(pool): State<Pool>` is as good as `pool: State<Pool>`.
        let ident = match names.as_slice() {
            [only] if !matches!(pat, syn::Pat::Struct(_)) => Some(*only),
            _ => super::patterns::whole(pat),
        };
        let (name, at) = match ident {
            Some(ident) => (self.scopes.bind(&spelled(ident)), ident.span()),
            None => {
                let name = Name::from(format!("'{number}"));
                prologue.push((pat, name.clone()));
                (name, proc_macro2::Span::call_site())
            }
        };
        let span = match ident {
            Some(_) => self.span(at),
            None => Span::new(0, 0),
        };
        Param {
            name,
            span,
            kind: ParamKind::PositionalOnly,
            default: None,
            annotation,
        }
    }

    /// Takes apart what parameters with patterns are given.
    pub(super) fn prologue(&mut self, prologue: Vec<(&syn::Pat, Name)>) {
        for (pat, name) in prologue {
            self.bind(pat, Span::new(0, 0), None, &mut |lower| {
                lower.new_expr(Span::new(0, 0), ExprKind::Name(name.clone()))
            });
        }
    }
}

/// The operator of `a op= b`.
pub(super) fn augments(op: &BinOp) -> Option<BinaryOp> {
    Some(match op {
        BinOp::AddAssign(_) => BinaryOp::Add,
        BinOp::SubAssign(_) => BinaryOp::Sub,
        BinOp::MulAssign(_) => BinaryOp::Mul,
        BinOp::DivAssign(_)
        | BinOp::RemAssign(_)
        | BinOp::BitXorAssign(_)
        | BinOp::BitAndAssign(_)
        | BinOp::ShlAssign(_)
        | BinOp::ShrAssign(_) => BinaryOp::Other,
        BinOp::BitOrAssign(_) => BinaryOp::BitOr,
        _ => return None,
    })
}

fn arithmetic(op: &BinOp) -> BinaryOp {
    match op {
        BinOp::Add(_) => BinaryOp::Add,
        BinOp::Sub(_) => BinaryOp::Sub,
        BinOp::Mul(_) => BinaryOp::Mul,
        // Of whole numbers, as nearly all in settings are.
        BinOp::Div(_) => BinaryOp::FloorDiv,
        BinOp::Rem(_) => BinaryOp::Mod,
        BinOp::BitOr(_) => BinaryOp::BitOr,
        _ => BinaryOp::Other,
    }
}
