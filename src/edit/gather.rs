//! Assignments of their own that become entries of one dictionary.
//!
//! Takes the assignments; gives the edits that write the dictionary in the place of the first and take the others out.
//! Invariant: only statements that have their lines to themselves are taken out, and what they assign moves as written.

use super::Text;
use crate::source::Span;

/// An assignment that moves.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The name, or the text of the key in quotes, that is assigned to.
    pub name: Span,
    /// The value.
    pub value: Span,
    /// The statement.
    pub statement: Span,
    /// The key that the value gets in the dictionary.
    pub key: String,
    /// Whether the name is a key in quotes.
    pub quoted: bool,
}

/// The edits that make one dictionary called `into` of assignments; `None` where one of them shares its lines.
pub fn gather(text: &Text<'_>, into: &str, moved: &[Moved]) -> Option<Vec<(Span, String)>> {
    let (first, others) = moved.split_first()?;
    let quote = text.quote();
    let entries: Vec<String> = moved
        .iter()
        .map(|one| format!("{quote}{}{quote}: {}", one.key, text.slice(one.value)))
        .collect();
    if entries.iter().any(|entry| entry.contains('\n')) {
        return None;
    }
    let name = match first.quoted {
        true => format!("{quote}{into}{quote}"),
        false => into.to_owned(),
    };
    let mut edits = vec![
        (first.name, name),
        (first.value, format!("{{{}}}", entries.join(", "))),
    ];
    for other in others {
        edits.push((own_lines(text, other.statement)?, String::new()));
    }
    edits.sort();
    Some(edits)
}

/// The lines of a statement, when nothing else stands on them.
fn own_lines(text: &Text<'_>, statement: Span) -> Option<Span> {
    let range = statement.range();
    let start = text.line_start(range.start);
    let end = text.text[range.end..]
        .find('\n')
        .map_or(text.text.len(), |at| range.end + at + 1);
    let before = text.text[start..range.start].trim();
    let behind = text.text[range.end..end].trim();
    (before.is_empty() && (behind.is_empty() || behind.starts_with('#')))
        .then(|| Span::new(start, end))
}
