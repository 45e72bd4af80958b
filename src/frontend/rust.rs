//! The Rust frontend: bytes of a file in, [`Module`] out.
//!
//! proc-macro2 lexes, syn parses, the files beside this one lower its tree to the common tree. Each file is read on a
//! thread of its own: with room for deep nesting, and with a source map that goes when the thread does.
//! Invariant: a pure function of the bytes that never fails; what cannot be read is listed in `Module.errors`, and the
//! module is `partial` then.

mod expressions;
mod imports;
mod items;
mod lower;
mod macros;
mod nesting;
mod patterns;
mod recovery;
mod scopes;
mod spans;
mod statements;
#[cfg(test)]
mod tests;
mod text;
mod types;

use self::lower::Lower;
use self::text::Text;
use super::Token;
use crate::source::Span;
use crate::syntax::{Module, SyntaxError};
use proc_macro2::TokenStream;

/// Stack of the thread that reads a file: eight times what the deepest tree that is let through takes.
const STACK: usize = 64 << 20;

/// Reads a file. Never fails: what cannot be read is in `Module.errors`.
pub fn parse(bytes: &[u8]) -> Module {
    apart(|| read(bytes)).unwrap_or_else(|| unread(0, "could not be read"))
}

/// The modules that a file may declare, read from its text: names behind `mod`, and files that a text names, as in `#[path]`
/// and `include!`. Nothing when a macro declares what lies in a folder.
pub fn declared(bytes: &[u8]) -> Option<Vec<String>> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains("automod::") {
        return None;
    }
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    for (at, word) in text.match_indices("mod") {
        let before = text[..at].chars().next_back();
        let behind = &text[at + word.len()..];
        if before.is_some_and(is_name) || !behind.starts_with(char::is_whitespace) {
            continue;
        }
        let name = behind.trim_start().trim_start_matches("r#");
        let end = name.find(|letter| !is_name(letter)).unwrap_or(name.len());
        if name[end..].trim_start().starts_with(';') {
            found.push(name[..end].to_owned());
        }
    }
    for (at, _) in text.match_indices(".rs\"") {
        let path = text[..at].trim_end_matches("/mod");
        let start = path.rfind(|letter| !is_name(letter)).map_or(0, |at| {
            at + path[at..].chars().next().map_or(1, char::len_utf8)
        });
        found.push(path[start..].to_owned());
    }
    Some(found)
}

/// The tokens of a file in order, comments among them; `None` when any of it cannot be read.
pub fn tokens(bytes: &[u8]) -> Option<Vec<Token>> {
    apart(|| {
        let text = Text::new(bytes).ok()?;
        let stream: TokenStream = text.code.parse().ok()?;
        nesting::refusal(&stream).is_none().then_some(())?;
        syn::parse2::<syn::File>(stream.clone()).ok()?;
        let mut tokens = text.tokens(stream);
        tokens.sort_by_key(|token| token.span);
        Some(tokens)
    })
    .flatten()
}

/// Runs `work` on a thread of its own; nothing when that cannot be had, or `work` panics.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

fn read(bytes: &[u8]) -> Module {
    let text = match Text::new(bytes) {
        Ok(text) => text,
        Err(at) => return unread(at, "the text is not UTF-8"),
    };
    let stream: TokenStream = match text.code.parse() {
        Ok(stream) => stream,
        Err(error) => {
            let at = text.span(error.span());
            return unread(
                at.start as usize,
                "cannot be told apart into words: a bracket or a quote has no other end",
            );
        }
    };
    if let Some(refusal) = nesting::refusal(&stream) {
        let at = text.span(refusal.at);
        return unread(at.start as usize, refusal.message);
    }
    let comments = text.comments(stream.clone());
    let found = recovery::items(stream, &text);
    let mut module = Lower::module(&found.items, &text);
    module.comments = comments;
    module.errors.extend(found.errors);
    module.errors.sort_by_key(|error| error.span);
    module.partial |= !module.errors.is_empty();
    module
}

/// A module of which nothing was read.
fn unread(at: usize, message: &str) -> Module {
    Module {
        errors: vec![SyntaxError {
            span: Span::new(at, at),
            message: message.to_owned(),
        }],
        partial: true,
        ..Module::default()
    }
}
