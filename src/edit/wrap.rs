//! An expression inside a call: what converts a value where it is given.
//!
//! Takes the text and an argument or entry; gives the edit. Invariant: only an expression that is the whole value is
//! wrapped, so that no operator beside it changes what it means.

use super::text::Text;
use crate::source::Span;

/// The edit that puts `expression` into a call of `function`. `entry` is the argument (`name=value`) or the value it
/// stands for; `None` where the expression is only a part of it.
pub fn wrap(
    text: &Text<'_>,
    entry: Span,
    expression: Span,
    function: &str,
) -> Option<(Span, String)> {
    is_whole(text, entry, expression).then(|| {
        (
            expression,
            format!("{function}({})", text.slice(expression)),
        )
    })
}

/// The edit that writes `new` in the place of `expression`, under the same condition.
pub fn rewrite(
    text: &Text<'_>,
    entry: Span,
    expression: Span,
    new: String,
) -> Option<(Span, String)> {
    is_whole(text, entry, expression).then_some((expression, new))
}

/// Whether nothing but a keyword stands beside the expression in its entry.
fn is_whole(text: &Text<'_>, entry: Span, expression: Span) -> bool {
    if !entry.contains(expression) || entry.end != expression.end {
        return false;
    }
    let head = Span {
        end: expression.start,
        ..entry
    };
    let head = text.slice(head).trim();
    let is_name = |name: &str| {
        name.chars()
            .all(|char| char.is_alphanumeric() || char == '_')
    };
    head.is_empty()
        || head
            .strip_suffix('=')
            .is_some_and(|name| is_name(name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Language;

    fn wrapped(text: &str, entry: &str, expression: &str) -> Option<String> {
        let read = Text::new(Language::Python, text.as_bytes()).expect("it parses");
        let span = |what: &str| {
            let start = text.find(what).expect("it is there");
            Span::new(start, start + what.len())
        };
        let (span, content) = wrap(&read, span(entry), span(expression), "int")?;
        let edits = [(span, content.as_str())];
        String::from_utf8(super::super::apply(text.as_bytes(), edits)).ok()
    }

    #[test]
    fn a_whole_value_is_wrapped() {
        assert_eq!(
            wrapped("f(a, size=get('X', 5))", "size=get('X', 5)", "get('X', 5)").as_deref(),
            Some("f(a, size=int(get('X', 5)))")
        );
        assert_eq!(
            wrapped("f(get('X', 5), a)", "get('X', 5)", "get('X', 5)").as_deref(),
            Some("f(int(get('X', 5)), a)")
        );
        assert_eq!(
            wrapped("f(size = env['X'])", "size = env['X']", "env['X']").as_deref(),
            Some("f(size = int(env['X']))")
        );
    }

    #[test]
    fn a_part_is_not() {
        assert_eq!(
            wrapped("f(size=get('X') or 5)", "size=get('X') or 5", "get('X')"),
            None
        );
        assert_eq!(
            wrapped("f(size=2 * get('X'))", "size=2 * get('X')", "get('X')"),
            None
        );
        assert_eq!(
            wrapped("f(size=g(get('X')))", "size=g(get('X'))", "get('X')"),
            None
        );
    }
}
