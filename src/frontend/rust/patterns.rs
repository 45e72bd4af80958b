//! Patterns: what they bind, and to what.
//!
//! `Ok(x)` and `Some(x)` bind what is inside, because the tree takes results and options for what they hold. What cannot be
//! told is bound all the same, to something unknown: a name that nothing binds would be taken for a path.

use super::items::held_by;
use super::lower::{Lower, spelled};
use crate::source::Span;
use crate::syntax::{ExprId, ExprKind, Name, StmtKind};
use proc_macro2::Ident;
use syn::{Member, Pat};

/// Patterns that stand for what is inside them.
const TRANSPARENT: &[&str] = &["Ok", "Some"];

/// The patterns inside a pattern that bind the same value.
fn inner(pat: &Pat) -> &Pat {
    let mut at = pat;
    loop {
        at =
            match at {
                Pat::Paren(it) => &it.pat,
                Pat::Reference(it) => &it.pat,
                Pat::Type(it) => &it.pat,
                Pat::Guard(it) => &it.pat,
                Pat::TupleStruct(it)
                    if it.elems.len() == 1
                        && it.path.segments.last().is_some_and(|last| {
                            TRANSPARENT.iter().any(|name| last.ident == *name)
                        }) =>
                {
                    &it.elems[0]
                }
                _ => return at,
            };
    }
}

/// The one name that a pattern binds to the whole value.
pub(super) fn whole(pat: &Pat) -> Option<&Ident> {
    match inner(pat) {
        Pat::Ident(it) if is_binding(it) => Some(&it.ident),
        _ => None,
    }
}

/// Whether an identifier in a pattern binds: a constant or a variant starts with a capital letter.
fn is_binding(it: &syn::PatIdent) -> bool {
    it.subpat.is_some()
        || it.by_ref.is_some()
        || it.mutability.is_some()
        || !it.ident.to_string().starts_with(char::is_uppercase)
}

/// Whether a pattern matches where there is nothing, or an error in its place.
pub(super) fn is_failure(pat: &Pat) -> bool {
    let last = |path: &syn::Path| path.segments.last().map(|last| last.ident.to_string());
    match inner(pat) {
        Pat::Ident(it) => it.ident == "None",
        Pat::Path(it) => last(&it.path).as_deref() == Some("None"),
        Pat::TupleStruct(it) => last(&it.path).as_deref() == Some("Err"),
        _ => false,
    }
}

/// Whether a pattern matches everything.
pub(super) fn matches_all(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Ident(it) => is_binding(it) && it.subpat.is_none(),
        Pat::Paren(it) => matches_all(&it.pat),
        Pat::Reference(it) => matches_all(&it.pat),
        Pat::Type(it) => matches_all(&it.pat),
        Pat::Tuple(it) => it.elems.iter().all(matches_all),
        _ => false,
    }
}

impl Lower<'_> {
    /// All names that a pattern binds.
    pub(super) fn bound_names<'p>(&self, pat: &'p Pat, out: &mut Vec<&'p Ident>) {
        match pat {
            Pat::Ident(it) => {
                if is_binding(it) {
                    out.push(&it.ident);
                }
                if let Some((_, inner)) = &it.subpat {
                    self.bound_names(inner, out);
                }
            }
            Pat::Or(it) => it
                .cases
                .iter()
                .take(1)
                .for_each(|case| self.bound_names(case, out)),
            Pat::Paren(it) => self.bound_names(&it.pat, out),
            Pat::Reference(it) => self.bound_names(&it.pat, out),
            Pat::Type(it) => self.bound_names(&it.pat, out),
            Pat::Guard(it) => self.bound_names(&it.pat, out),
            Pat::Slice(it) => it.elems.iter().for_each(|elem| self.bound_names(elem, out)),
            Pat::Tuple(it) => it.elems.iter().for_each(|elem| self.bound_names(elem, out)),
            Pat::TupleStruct(it) => it.elems.iter().for_each(|elem| self.bound_names(elem, out)),
            Pat::Struct(it) => it
                .fields
                .iter()
                .for_each(|field| self.bound_names(&field.pat, out)),
            _ => {}
        }
    }

    /// Binds the names of a pattern to the parts of a value. `value` makes an expression for the value; it may be asked
    /// several times.
    pub(super) fn bind(
        &mut self,
        pat: &Pat,
        span: Span,
        annotation: Option<ExprId>,
        value: &mut dyn FnMut(&mut Self) -> ExprId,
    ) {
        match inner(pat) {
            Pat::Ident(it) if is_binding(it) => {
                let value = value(self);
                let at = self.span(it.ident.span());
                let name = self.scopes.bind(&spelled(&it.ident));
                self.assign(span, (name, at), annotation, Some(value));
            }
            Pat::Tuple(it) if it.elems.iter().all(is_plain) && !it.elems.is_empty() => {
                let value = value(self);
                let targets: Vec<ExprId> = it.elems.iter().map(|elem| self.target(elem)).collect();
                let target = self.new_expr(span, ExprKind::Tuple(targets));
                self.push(
                    span,
                    StmtKind::Assign {
                        targets: vec![target],
                        annotation,
                        value: Some(value),
                    },
                );
            }
            Pat::Struct(it) => {
                for field in &it.fields {
                    let Member::Named(name) = &field.member else {
                        self.bind_unknown(&field.pat, span);
                        continue;
                    };
                    let attribute = Name::from(spelled(name));
                    let at = self.span(name.span());
                    self.bind(&field.pat, at, None, &mut |lower| {
                        let base = value(lower);
                        lower.new_expr(at, ExprKind::Attribute(base, attribute.clone()))
                    });
                }
            }
            Pat::TupleStruct(it) => match it.path.segments.last() {
                Some(variant) if it.path.segments.len() > 1 => {
                    self.bind_variant(it, &variant.ident, span, value);
                }
                _ => self.bind_unknown(inner(pat), span),
            },
            other => self.bind_unknown(other, span),
        }
    }

    /// Binds the names in a variant to what it holds.
    fn bind_variant(
        &mut self,
        it: &syn::PatTupleStruct,
        variant: &Ident,
        span: Span,
        value: &mut dyn FnMut(&mut Self) -> ExprId,
    ) {
        let mut counted = true;
        for (number, elem) in it.elems.iter().enumerate() {
            counted &= !matches!(elem, Pat::Rest(_));
            if counted {
                self.bind(elem, span, None, &mut |lower| {
                    let base = value(lower);
                    lower.new_expr(span, ExprKind::Attribute(base, held_by(variant, number)))
                });
            } else {
                self.bind_unknown(elem, span);
            }
        }
    }

    /// Binds the names of a pattern to something unknown.
    pub(super) fn bind_unknown(&mut self, pat: &Pat, span: Span) {
        let mut names = Vec::new();
        self.bound_names(pat, &mut names);
        for ident in names {
            let at = self.span(ident.span());
            let name = self.scopes.bind(&spelled(ident));
            let value = self.opaque(at, Vec::new());
            self.assign(span, (name, at), None, Some(value));
        }
    }

    /// A pattern that may stand left of an assignment.
    fn target(&mut self, pat: &Pat) -> ExprId {
        match inner(pat) {
            Pat::Ident(it) => {
                let at = self.span(it.ident.span());
                let name = self.scopes.bind(&spelled(&it.ident));
                self.new_expr(at, ExprKind::Name(name))
            }
            Pat::Tuple(it) => {
                let items = it.elems.iter().map(|elem| self.target(elem)).collect();
                let span = self.between(it.paren_token.span.open(), it.paren_token.span.close());
                self.new_expr(span, ExprKind::Tuple(items))
            }
            _ => self.opaque(Span::new(0, 0), Vec::new()),
        }
    }

    /// What a loop binds on each turn.
    pub(super) fn turn_target(&mut self, pat: &Pat, span: Span) -> ExprId {
        if is_plain(pat) {
            return self.target(pat);
        }
        let mut names = Vec::new();
        self.bound_names(pat, &mut names);
        let targets = names
            .into_iter()
            .map(|ident| {
                let at = self.span(ident.span());
                let name = self.scopes.bind(&spelled(ident));
                self.new_expr(at, ExprKind::Name(name))
            })
            .collect();
        // Which part each of them is, the tree does not say.
        let inside = self.new_expr(span, ExprKind::Tuple(targets));
        self.new_expr(span, ExprKind::Tuple(vec![inside]))
    }
}

/// Whether a pattern is made of names and tuples only.
fn is_plain(pat: &Pat) -> bool {
    match inner(pat) {
        Pat::Ident(it) => is_binding(it) && it.subpat.is_none(),
        Pat::Wild(_) => true,
        Pat::Tuple(it) => it.elems.iter().all(is_plain),
        _ => false,
    }
}
