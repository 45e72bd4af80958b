//! Strings: plain, beside each other, and with holes.
//!
//! Takes a string node; gives its value where it can be known exactly, and the expressions in its holes.

use super::kinds::{Kind, Part};
use super::literals::Form;
use super::lower::Lower;
use crate::source::Span;
use crate::syntax::{ExprId, ExprKind, TextPart};

impl<'t> Lower<'t> {
    /// A string, or several beside each other.
    pub(super) fn string(&mut self, part: Part<'t>) -> ExprKind {
        let literals = match part.kind {
            Kind::ConcatenatedString => self.named(part),
            _ => vec![part],
        };
        let mut pieces = Pieces::default();
        let mut is_text = false;
        for literal in literals {
            let written = &self.bytes[literal.node.byte_range()];
            let form = Form::of(written);
            if form.bytes {
                return ExprKind::Bytes;
            }
            is_text |= form.holes;
            self.string_pieces(literal, form, &mut pieces);
        }
        let mut parts = pieces.finish();
        match &mut parts[..] {
            [] => ExprKind::Str("".into()),
            [TextPart::Literal(text)] => ExprKind::Str(std::mem::take(text)),
            _ if is_text => ExprKind::Text(parts),
            _ => ExprKind::Bytes,
        }
    }

    /// Adds the pieces of one literal. Text that cannot be decoded becomes a hole with nothing in it.
    fn string_pieces(&mut self, literal: Part<'t>, form: Form, pieces: &mut Pieces) {
        let body = form.body(literal.end() - literal.start());
        let (mut at, end) = (literal.start() + body.start, literal.start() + body.end);
        if form.holes {
            for child in self.named(literal) {
                if child.kind == Kind::Interpolation {
                    self.piece(form, at, child.start(), pieces);
                    at = child.end();
                    let hole = self.hole(child);
                    pieces.hole(hole);
                }
            }
        }
        self.piece(form, at, end, pieces);
    }

    fn piece(&mut self, form: Form, start: usize, end: usize, pieces: &mut Pieces) {
        let body = self.bytes.get(start..end).unwrap_or_default();
        let is_readable = !self.foreign || body.is_ascii();
        match is_readable.then(|| form.decode(body)).flatten() {
            Some(text) => pieces.text.push_str(&text),
            None => {
                let unknown = self.push_expr(Span::new(start, end), ExprKind::Opaque(Vec::new()));
                pieces.hole(unknown);
            }
        }
    }

    /// The expression of a hole; wrapped as opaque when the text in its place is not simply its value (`{x!r}`, `{x:>9}`).
    fn hole(&mut self, part: Part<'t>) -> ExprId {
        let children = self.children(part);
        let mut inside = Vec::new();
        let mut is_plain = true;
        for child in children {
            match child.kind {
                Kind::TypeConversion => is_plain &= self.text(child) == "!s",
                Kind::Equals => is_plain = false,
                Kind::FormatSpecifier => {
                    is_plain = false;
                    for nested in self.named(child) {
                        if nested.kind == Kind::FormatExpression {
                            let nested = self.deeper(nested, |lower| lower.hole(nested), |id| id);
                            inside.push(nested);
                        }
                    }
                }
                kind if kind.is_token() => {}
                _ => inside.push(self.expr(child)),
            }
        }
        match inside[..] {
            [value] if is_plain => value,
            _ => self.push_expr(part.span(), ExprKind::Opaque(inside)),
        }
    }
}

/// The pieces of a string, in order. Texts beside each other are one.
#[derive(Default)]
struct Pieces {
    done: Vec<TextPart>,
    text: String,
}

impl Pieces {
    fn hole(&mut self, hole: ExprId) {
        self.end_text();
        self.done.push(TextPart::Hole(hole));
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.done.push(TextPart::Literal(text.into()));
        }
    }

    fn finish(mut self) -> Vec<TextPart> {
        self.end_text();
        self.done
    }
}
