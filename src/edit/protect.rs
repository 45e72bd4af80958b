//! Statements under protection: what runs last runs however they end.
//!
//! Takes the text and two spans of statements, one behind the other; gives the edits. Invariant: only lines are moved to the
//! right; a line inside a string is part of the string and is never touched.

use super::text::Text;
use crate::source::Span;

/// The edits that put `body` into a `try` and `last` into its `finally`; `None` where one of them shares its lines.
pub fn protect(text: &Text<'_>, body: Span, last: Span) -> Option<Vec<(Span, String)>> {
    let (start, end) = (body.start as usize, last.end as usize);
    let indent = text.indent(start);
    let whole = |span: Span| {
        let behind = text
            .comment_behind(span.end as usize)
            .map_or(span.end, |comment| comment.end);
        text.starts_line(span.start as usize)
            && text.ends_line(behind as usize)
            && text.indent(span.start as usize) == indent
    };
    let all = Span {
        end: last.end,
        ..body
    };
    let long_string = text
        .tokens_in(all)
        .iter()
        .any(|token| text.slice(token.span).contains('\n'));
    if body.end > last.start || !whole(body) || !whole(last) || long_string {
        return None;
    }
    let (unit, newline) = (text.indent_unit(), text.newline());
    let finally = text.next_line(body.end as usize);
    let mut edits = Vec::new();
    let mut line = text.line_start(start);
    while line < end {
        let head = if line == text.line_start(start) {
            format!("{indent}try:{newline}")
        } else if line == finally {
            format!("{indent}finally:{newline}")
        } else {
            String::new()
        };
        let blank = text.text[line..text.line_end(line)].trim().is_empty();
        let content = format!("{head}{}", if blank { "" } else { unit });
        if !content.is_empty() {
            edits.push((Span::new(line, line), content));
        }
        line = text.next_line(line);
    }
    Some(edits)
}
