//! The items of a file, also of one that cannot be parsed as a whole: item by item then, and inside the braces of those
//! that cannot be parsed either.

use super::text::Text;
use crate::source::Span;
use crate::syntax::SyntaxError;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::Item;

/// What was found in a file.
#[derive(Default)]
pub(super) struct Found {
    pub(super) items: Vec<Item>,
    pub(super) errors: Vec<SyntaxError>,
}

/// How many ends are tried for one item: a struct may be followed by `;`, a macro by another group.
const MOST_ENDS: usize = 4;

/// How many errors of one file are told.
const MOST_ERRORS: usize = 50;

/// The items of a stream of tokens.
pub(super) fn items(stream: TokenStream, text: &Text<'_>) -> Found {
    let message = match syn::parse2::<syn::File>(stream.clone()) {
        Ok(file) => {
            return Found {
                items: file.items,
                errors: Vec::new(),
            };
        }
        Err(error) => (error.to_string(), text.span(error.span())),
    };
    let mut found = Found::default();
    piecewise(stream, text, &mut found, 0);
    if found.errors.is_empty() {
        // Each part can be read alone, so what stands between them cannot.
        found.errors.push(error(&message.0, message.1));
    }
    found.errors.truncate(MOST_ERRORS);
    found
}

fn error(message: &str, span: Span) -> SyntaxError {
    let mut message = message.lines().next().unwrap_or_default().to_owned();
    if let Some(first) = message.get(..1) {
        let first = first.to_lowercase();
        message.replace_range(..1, &first);
    }
    SyntaxError { span, message }
}

fn piecewise(stream: TokenStream, text: &Text<'_>, found: &mut Found, depth: usize) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut from = 0;
    while from < tokens.len() {
        let Some((item, end)) = next_item(&tokens, from) else {
            from = lost(&tokens, from, text, found, depth);
            continue;
        };
        found.items.push(item);
        from = end;
    }
}

/// Where an item may end: behind `;` or a group in braces.
fn ends(tokens: &[TokenTree], from: usize) -> impl Iterator<Item = usize> + '_ {
    (from..tokens.len())
        .filter(|at| match &tokens[*at] {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        })
        .map(|at| at + 1)
}

fn next_item(tokens: &[TokenTree], from: usize) -> Option<(Item, usize)> {
    ends(tokens, from).take(MOST_ENDS).find_map(|end| {
        let piece: TokenStream = tokens[from..end].iter().cloned().collect();
        let item: Item = syn::parse2(piece).ok()?;
        Some((item, end))
    })
}

/// Notes what cannot be read from `from` on; inside the braces of a module the items are tried one by one. Gives the
/// position behind it.
fn lost(
    tokens: &[TokenTree],
    from: usize,
    text: &Text<'_>,
    found: &mut Found,
    depth: usize,
) -> usize {
    let end = ends(tokens, from).next().unwrap_or(tokens.len());
    let piece: TokenStream = tokens[from..end].iter().cloned().collect();
    let told = syn::parse2::<syn::File>(piece).err();
    let start = text.span(tokens[from].span()).start as usize;
    let last = text.span(tokens[end - 1].span()).end as usize;
    let (message, span) = told.map_or_else(
        || ("cannot be read".to_owned(), Span::new(start, last)),
        |error| (error.to_string(), text.span(error.span())),
    );
    found.errors.push(error(&message, span));
    let is_module = tokens[from..end].iter().any(
        |token| matches!(token, TokenTree::Ident(ident) if *ident == "mod" || *ident == "impl"),
    );
    if let (Some(TokenTree::Group(group)), true, true) =
        (tokens.get(end - 1), is_module, depth < 16)
    {
        piecewise(group.stream(), text, found, depth + 1);
    }
    end
}
