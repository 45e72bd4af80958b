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

/// The names behind `mod` in a text, whether it is code or not: every file is asked for them, parsed or not.
pub fn declarations(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memmem::find_iter(bytes, b"mod").filter_map(|at| {
        let behind = &bytes[at + b"mod".len()..];
        let inside = at.checked_sub(1).is_some_and(|at| is_name(bytes[at]));
        if inside || !behind.first()?.is_ascii_whitespace() {
            return None;
        }
        let name = behind.trim_ascii_start();
        let name = name.strip_prefix(b"r#").unwrap_or(name);
        let end = name.iter().position(|byte| !is_name(*byte))?;
        let ends = name[end..].trim_ascii_start().first() == Some(&b';');
        ends.then_some(&name[..end])
    })
}

/// The modules that a file may take in: those it declares, and files that a text in it names, as in `#[path]` and
/// `include!`. Nothing when a macro declares what lies in a folder.
pub fn declared(bytes: &[u8]) -> Option<Vec<String>> {
    if memchr::memmem::find(bytes, b"automod::").is_some() {
        return None;
    }
    let named = memchr::memmem::find_iter(bytes, b".rs\"").map(|at| {
        let path = &bytes[..at];
        let path = path.strip_suffix(b"/mod").unwrap_or(path);
        let before = path.iter().rposition(|byte| !is_name(*byte));
        &path[before.map_or(0, |at| at + 1)..]
    });
    let all = declarations(bytes).chain(named);
    Some(
        all.map(|name| String::from_utf8_lossy(name).into_owned())
            .collect(),
    )
}

/// A byte of an identifier, of any script.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
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
    let found = recovery::items(stream, &text);
    let mut module = Lower::module(&found.items, &text);
    module.comments = text.comments();
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
