//! Macros: what is written between their brackets is code only as far as it can be read as code.

use super::lower::{Dest, Lower, spelled};
use super::spans;
use crate::source::Span;
use crate::syntax::{Arg, ArgKind, ExprId, ExprKind, MatchArm, Name, StmtKind, TextPart};
use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Macro, Pat, Token};

/// Macros that leave the function.
const LEAVING: &[&str] = &["bail", "panic", "todo", "unimplemented", "unreachable"];

/// Macros that wait for several things and give them as a tuple.
const JOINING: &[&str] = &["join", "try_join"];

/// The macro that waits for several things and goes on with what comes first.
const RACING: &str = "select";

/// Macros that only look at what they are given.
const READING: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "error",
    "event",
    "info",
    "info_span",
    "log",
    "matches",
    "print",
    "println",
    "span",
    "trace",
    "warn",
    "write",
    "writeln",
];

/// Identifiers that are kept of what cannot be read.
const MOST_WORDS: usize = 200;

/// The last part of a macro's path.
pub(super) fn name_of(mac: &Macro) -> String {
    mac.path
        .segments
        .last()
        .map(|last| spelled(&last.ident))
        .unwrap_or_default()
}

/// Whether a macro never gives a value.
pub(super) fn leaves(mac: &Macro) -> bool {
    LEAVING.contains(&name_of(mac).as_str())
}

fn expressions(tokens: &TokenStream) -> Option<Punctuated<Expr, Token![,]>> {
    Punctuated::<Expr, Token![,]>::parse_terminated
        .parse2(tokens.clone())
        .ok()
}

/// `pattern = future, if guard => then` of a race; the last may be `else => then`.
struct Racer {
    waits: Option<(Pat, Expr)>,
    guard: Option<Expr>,
    then: Expr,
}

fn racers(input: ParseStream<'_>) -> syn::Result<Vec<Racer>> {
    // `biased;`
    if input.peek(syn::Ident) && input.peek2(Token![;]) {
        input.parse::<syn::Ident>()?;
        input.parse::<Token![;]>()?;
    }
    let mut all = Vec::new();
    while !input.is_empty() {
        all.push(racer(input)?);
    }
    Ok(all)
}

fn racer(input: ParseStream<'_>) -> syn::Result<Racer> {
    let mut waits = None;
    let mut guard = None;
    if input.peek(Token![else]) {
        input.parse::<Token![else]>()?;
    } else if input.peek(syn::Ident) && input.peek2(Token![=>]) {
        input.parse::<syn::Ident>()?;
    } else {
        let pat = Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<Token![=]>()?;
        waits = Some((pat, input.parse()?));
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
            input.parse::<Token![if]>()?;
            guard = Some(input.parse()?);
        }
    }
    input.parse::<Token![=>]>()?;
    let then = match input.peek(syn::token::Brace) {
        true => Expr::Block(input.parse()?),
        false => input.parse()?,
    };
    if !input.is_empty() {
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(Racer { waits, guard, then })
}

impl Lower<'_> {
    /// A race is a `match` whose arms wait for what they go on with.
    fn race(&mut self, racers: &[Racer], span: Span) -> ExprId {
        let name = self.temporary();
        let dest = Dest::Name(name.clone(), span, None);
        let mut arms = Vec::new();
        for racer in racers {
            let mut test = None;
            let body = self.scoped(|lower| {
                test = racer.guard.as_ref().map(|guard| lower.expr(guard));
                if let Some((pat, future)) = &racer.waits {
                    let at = lower.span_of(future);
                    let future = lower.expr(future);
                    let come = lower.new_expr(at, ExprKind::Await(future));
                    lower.bind_value(pat, at, None, come);
                }
                lower.value(&racer.then, &dest);
            });
            arms.push(MatchArm {
                values: Vec::new(),
                binds: Vec::new(),
                guard: test,
                body,
            });
        }
        let subject = self.opaque(span, Vec::new());
        self.push(span, StmtKind::Match { subject, arms });
        self.new_expr(span, ExprKind::Name(name))
    }

    /// The value of a macro.
    pub(super) fn mac(&mut self, mac: &Macro, span: Span) -> ExprId {
        let name = name_of(mac);
        if name == RACING
            && let Ok(found) = racers.parse2(mac.tokens.clone())
        {
            return self.race(&found, span);
        }
        let Some(args) = expressions(&mac.tokens) else {
            return self.unread_macro(mac, span);
        };
        match name.as_str() {
            "vec" => {
                let items = args.iter().map(|arg| self.expr(arg)).collect();
                self.new_expr(span, ExprKind::List(items))
            }
            "dbg" if args.len() == 1 => self.expr(&args[0]),
            "format" | "format_args" | "concat" => self.formatted(&name, &args, span),
            name if JOINING.contains(&name) => {
                let items = args.iter().map(|arg| self.expr(arg)).collect();
                self.new_expr(span, ExprKind::Tuple(items))
            }
            _ => self.macro_call(mac, &args, span),
        }
    }

    /// A macro as a call of `path!`.
    fn macro_call(
        &mut self,
        mac: &Macro,
        args: &Punctuated<Expr, Token![,]>,
        span: Span,
    ) -> ExprId {
        let callee = self.macro_path(mac);
        let args: Vec<Arg> = self.arguments(args);
        if !READING.contains(&name_of(mac).as_str()) {
            args.iter().for_each(|arg| self.lend_out(arg.value));
        }
        let list = self.between(
            spans::delimiter_start(&mac.delimiter),
            spans::delimiter_end(&mac.delimiter),
        );
        self.call(span, callee, args, list)
    }

    fn macro_path(&mut self, mac: &Macro) -> ExprId {
        let callee = self.path_chain(&mac.path, false);
        let end = self.span(mac.bang_token.span).end;
        let found = &mut self.module.exprs[callee.index()];
        found.span.end = found.span.end.max(end);
        if let ExprKind::Name(name) | ExprKind::Attribute(_, name) = &mut found.kind {
            *name = Name::from(format!("{name}!"));
        }
        callee
    }

    /// A macro whose content is no list of expressions: the calls of its statements, where it is a block, else the words
    /// in it.
    fn unread_macro(&mut self, mac: &Macro, span: Span) -> ExprId {
        if name_of(mac) != "macro_rules"
            && let Ok(stmts) = syn::Block::parse_within.parse2(mac.tokens.clone())
        {
            let block = self.scoped(|lower| lower.statements(&stmts, &Dest::Drop));
            self.block.extend(block);
            return self.opaque(span, Vec::new());
        }
        let mut words = Vec::new();
        self.words(mac.tokens.clone(), &mut words);
        if !READING.contains(&name_of(mac).as_str()) {
            words.iter().for_each(|word| self.lend_out(*word));
        }
        self.opaque(span, words)
    }

    /// The identifiers of a stream, as names.
    fn words(&mut self, tokens: TokenStream, out: &mut Vec<ExprId>) {
        let mut open = vec![tokens.into_iter()];
        while let Some(level) = open.last_mut() {
            match level.next() {
                None => {
                    open.pop();
                }
                Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
                Some(TokenTree::Ident(ident)) if out.len() < MOST_WORDS => {
                    let span = self.span(ident.span());
                    let name = self.scopes.name(&spelled(&ident));
                    out.push(self.new_expr(span, ExprKind::Name(name)));
                }
                Some(_) => {}
            }
        }
    }

    /// `format!("…{}…", x)` and `concat!("a", 1)`.
    fn formatted(&mut self, name: &str, args: &Punctuated<Expr, Token![,]>, span: Span) -> ExprId {
        if name == "concat" {
            let parts = args
                .iter()
                .map(|arg| match text_of(arg) {
                    Some(text) => TextPart::Literal(text.into()),
                    None => TextPart::Hole(self.expr(arg)),
                })
                .collect();
            return self.new_expr(span, ExprKind::Text(parts));
        }
        let Some(template) = args.first().and_then(text_of) else {
            let values = args.iter().map(|arg| self.expr(arg)).collect();
            return self.opaque(span, values);
        };
        let mut given = Vec::new();
        for arg in args.iter().skip(1) {
            // `name = value`
            match arg {
                Expr::Assign(it) => {
                    let name = match &*it.left {
                        Expr::Path(path) => path.path.get_ident().map(spelled),
                        _ => None,
                    };
                    given.push((name, self.expr(&it.right)));
                }
                _ => given.push((None, self.expr(arg))),
            }
        }
        let parts = self.template(&template, &given, span);
        self.new_expr(span, ExprKind::Text(parts))
    }

    fn template(
        &mut self,
        template: &str,
        given: &[(Option<String>, ExprId)],
        span: Span,
    ) -> Vec<TextPart> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut next = 0;
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let sign = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(sign) {
                literal.push_str(sign);
                rest = after;
                continue;
            }
            let Some(end) = rest.find('}').filter(|_| sign == "{") else {
                continue;
            };
            let name = rest[..end].split(':').next().unwrap_or_default().trim();
            rest = &rest[end + 1..];
            let named = |(given, _): &&(Option<String>, ExprId)| given.as_deref() == Some(name);
            let hole = if name.is_empty() {
                next += 1;
                given.get(next - 1).map(|(_, value)| *value)
            } else if let Ok(number) = name.parse::<usize>() {
                given.get(number).map(|(_, value)| *value)
            } else if let Some((_, value)) = given.iter().find(named) {
                Some(*value)
            } else {
                let name = self.scopes.name(name);
                Some(self.new_expr(span, ExprKind::Name(name)))
            };
            parts.push(TextPart::Literal(std::mem::take(&mut literal).into()));
            parts.push(TextPart::Hole(
                hole.unwrap_or_else(|| self.opaque(span, Vec::new())),
            ));
        }
        literal.push_str(rest);
        parts.push(TextPart::Literal(literal.into()));
        parts
    }

    /// A macro that leaves the function.
    pub(super) fn leaving_macro(&mut self, mac: &Macro, span: Span) {
        let operands = expressions(&mac.tokens)
            .map(|args| args.iter().map(|arg| self.expr(arg)).collect())
            .unwrap_or_default();
        self.push(span, StmtKind::Raise(operands));
    }

    /// Statics that a macro defines: `static ref NAME: Type = value;` and `static NAME: Type = value;`, several of them.
    /// False when the macro is none of that.
    pub(super) fn macro_statics(&mut self, mac: &Macro) -> bool {
        let mut words = mac
            .tokens
            .clone()
            .into_iter()
            .filter_map(|token| match token {
                TokenTree::Ident(ident) if ident != "pub" => Some(ident),
                _ => None,
            });
        if words.next().is_none_or(|first| first != "static") {
            return false;
        }
        let mut tokens = Vec::new();
        for token in mac.tokens.clone() {
            // Without `ref` it is the language's own form.
            let is_ref = matches!(&token, TokenTree::Ident(ident) if *ident == "ref");
            let after_static =
                matches!(tokens.last(), Some(TokenTree::Ident(ident)) if *ident == "static");
            if !(is_ref && after_static) {
                tokens.push(token);
            }
        }
        let ended =
            matches!(tokens.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ';');
        if !ended {
            tokens.push(TokenTree::Punct(proc_macro2::Punct::new(
                ';',
                proc_macro2::Spacing::Alone,
            )));
        }
        let Ok(file) = syn::parse2::<syn::File>(tokens.into_iter().collect()) else {
            return false;
        };
        self.items(&file.items);
        true
    }

    /// The arguments of an attribute, as a call of its path.
    pub(super) fn decorator(&mut self, attribute: &syn::Attribute) -> Option<ExprId> {
        let path = attribute.path();
        let first = path.segments.first()?.ident.to_string();
        if [
            "doc", "allow", "warn", "deny", "cfg", "cfg_attr", "must_use", "inline", "expect",
        ]
        .contains(&first.as_str())
        {
            return None;
        }
        let callee = self.path_chain(path, false);
        let syn::Meta::List(list) = &attribute.meta else {
            return Some(callee);
        };
        let span = self.between(
            spans::path_start(path)?,
            spans::delimiter_end(&list.delimiter),
        );
        let at = self.between(
            spans::delimiter_start(&list.delimiter),
            spans::delimiter_end(&list.delimiter),
        );
        let mut args = Vec::new();
        // Into a block of its own: what stands in an attribute runs nowhere.
        self.apart(|lower| {
            for arg in expressions(&list.tokens).iter().flatten() {
                let span = lower.span_of(arg);
                let (kind, value) = match arg {
                    Expr::Assign(it) => match &*it.left {
                        Expr::Path(left) if left.path.get_ident().is_some() => {
                            let name = left.path.get_ident().map(spelled).unwrap_or_default();
                            (ArgKind::Keyword(Name::from(name)), &*it.right)
                        }
                        _ => (ArgKind::Positional, arg),
                    },
                    _ => (ArgKind::Positional, arg),
                };
                let value = lower.expr(value);
                args.push(Arg {
                    kind,
                    value,
                    span,
                    comma: None,
                    lent: false,
                });
            }
        });
        Some(self.call(span, callee, args, at))
    }
}

fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(it) => match &it.lit {
            syn::Lit::Str(text) => Some(text.value()),
            syn::Lit::Int(number) => Some(number.base10_digits().to_owned()),
            syn::Lit::Bool(truth) => Some(truth.value.to_string()),
            syn::Lit::Char(letter) => Some(letter.value().to_string()),
            _ => None,
        },
        Expr::Group(it) => text_of(&it.expr),
        Expr::Paren(it) => text_of(&it.expr),
        _ => None,
    }
}
