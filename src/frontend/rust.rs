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
use crate::source::{Span, of_a_word};
use crate::syntax::{Module, SyntaxError};
use proc_macro2::TokenStream;

/// Stack of the thread that reads a file: eight times what the deepest tree that is let through takes.
const STACK: usize = 64 << 20;

/// How far the block is looked for that a header belongs to, in bytes.
const LONGEST_HEADER: usize = 1 << 10;

/// Reads a file. Never fails: what cannot be read is in `Module.errors`.
pub fn parse(bytes: &[u8]) -> Module {
    apart(|| read(bytes)).unwrap_or_else(|| unread(0, "could not be read"))
}

/// The names behind `mod` in a text, whether it is code or not: every file is asked for them, parsed or not.
pub fn declarations(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memmem::find_iter(bytes, b"mod").filter_map(|at| {
        let behind = &bytes[at + b"mod".len()..];
        let inside = at.checked_sub(1).is_some_and(|at| of_a_word(bytes[at]));
        if inside || !behind.first()?.is_ascii_whitespace() {
            return None;
        }
        let name = behind.trim_ascii_start();
        let name = name.strip_prefix(b"r#").unwrap_or(name);
        let end = name.iter().position(|byte| !of_a_word(*byte))?;
        let ends = name[end..].trim_ascii_start().first() == Some(&b';');
        ends.then_some(&name[..end])
    })
}

/// Whether a file declares a module for tests only.
pub fn declares_for_tests(bytes: &[u8], module: &str) -> bool {
    let all = declarations(bytes).filter(|name| *name == module.as_bytes());
    let mut all = all.peekable();
    all.peek().is_some()
        && all.all(|name| {
            // A slice of the same bytes: what stands in front of it.
            let at = name.as_ptr() as usize - bytes.as_ptr() as usize;
            items::stands_for_tests(&String::from_utf8_lossy(&bytes[..at]))
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
        let before = path.iter().rposition(|byte| !of_a_word(*byte));
        &path[before.map_or(0, |at| at + 1)..]
    });
    let all = declarations(bytes).chain(named);
    Some(
        all.map(|name| String::from_utf8_lossy(name).into_owned())
            .collect(),
    )
}

/// What stands before `for` behind an `impl`, and behind the name of a trait: the traits that a type is given, or that
/// another one demands, with what stands among them.
pub fn bases(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let traits = headers(bytes, b"trait ");
    let given = headers(bytes, b"impl").filter_map(|header| {
        let end = memchr::memmem::rfind(header, b"for")?;
        Some(&header[..end])
    });
    traits.chain(given)
}

/// What stands behind a word, as far as the block that it heads.
fn headers<'b>(bytes: &'b [u8], word: &'static [u8]) -> impl Iterator<Item = &'b [u8]> {
    memchr::memmem::find_iter(bytes, word).map(move |at| {
        let behind = &bytes[at + word.len()..];
        let behind = &behind[..behind.len().min(LONGEST_HEADER)];
        let end = memchr::memchr2(b'{', b';', behind);
        &behind[..end.unwrap_or(behind.len())]
    })
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
