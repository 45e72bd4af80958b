//! The Python frontend: bytes of a file in, [`Module`] out.
//!
//! tree-sitter-python parses, the files beside this one lower its tree to the common tree. The facts about the grammar
//! that the code relies on were measured against CPython on 53,448 files.
//! Invariant: a pure function of the bytes that never fails; what cannot be read is listed in `Module.errors`, and the
//! module is `partial` then.

mod definitions;
mod errors;
mod expressions;
mod kinds;
mod literals;
mod lower;
mod patterns;
mod prepare;
mod statements;
mod strings;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{Node, ParseOptions, Tree};

use self::kinds::Kind;
use self::lower::Lower;
use super::Token;
use crate::source::Span;
use crate::syntax::{Module, SyntaxError};

/// How long a file may take. Only input made to be slow comes near: a megabyte of code takes 0.1 s.
const MAX_TIME: Duration = Duration::from_secs(10);

/// How far the end of the header of a class is looked for, in bytes.
const LONGEST_HEADER: usize = 1 << 11;

/// Reads Python files, one after the other. Every thread has its own.
pub struct Parser {
    inner: tree_sitter::Parser,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// A parser for Python.
    pub fn new() -> Self {
        let mut inner = tree_sitter::Parser::new();
        // Fails only if runtime and grammar are of incompatible versions, which every test would show.
        let loaded = inner.set_language(kinds::language());
        debug_assert!(loaded.is_ok(), "{loaded:?}");
        Self { inner }
    }

    /// Reads a file. Never fails: what cannot be read is in `Module.errors`.
    pub fn parse(&mut self, bytes: &[u8]) -> Module {
        self.parse_within(bytes, MAX_TIME)
    }

    fn parse_within(&mut self, bytes: &[u8], limit: Duration) -> Module {
        if let Some(error) = prepare::refusal(bytes) {
            return unread(error);
        }
        let Some((tree, hidden)) = self.read(bytes, limit) else {
            let message = "took too long to parse".to_owned();
            return unread(SyntaxError {
                span: Span::new(0, 0),
                message,
            });
        };
        let root = tree.root_node();
        let mut module = Lower::module(root, bytes, prepare::is_foreign(bytes));
        if !hidden.is_empty() {
            module.comments.extend(hidden);
            module.comments.sort_unstable();
        }
        if root.has_error() {
            module.errors.extend(errors::syntax_errors(root, bytes));
        }
        if let Some(at) = prepare::lone_return(bytes, |at| is_in_string(root, at)) {
            let message = "a carriage return alone ends this line".to_owned();
            module.errors.push(SyntaxError {
                span: Span::new(at, at + 1),
                message,
            });
        }
        module.errors.sort_by_key(|error| error.span);
        module.partial |= !module.errors.is_empty();
        module
    }

    /// The tree of a file, and the comments that had to be hidden to get it; `None` when it takes longer than `limit`.
    fn read(&mut self, bytes: &[u8], limit: Duration) -> Option<(Tree, Vec<Span>)> {
        let masked = prepare::mask(bytes).and_then(|masked| {
            let tree = self.tree(&masked.text, limit)?;
            is_faithful(&tree, &masked.comments).then_some((tree, masked.comments))
        });
        masked.or_else(|| Some((self.tree(bytes, limit)?, Vec::new())))
    }

    /// The tokens of a file in order, comments among them; `None` when any of it cannot be read.
    pub fn tokens(&mut self, bytes: &[u8]) -> Option<Vec<Token>> {
        if prepare::refusal(bytes).is_some() || prepare::is_foreign(bytes) {
            return None;
        }
        let (tree, hidden) = self.read(bytes, MAX_TIME)?;
        if tree.root_node().has_error() {
            return None;
        }
        let mut tokens: Vec<Token> = hidden
            .into_iter()
            .map(|span| Token {
                kind: Token::COMMENT,
                span,
            })
            .collect();
        let mut cursor = tree.walk();
        loop {
            if cursor.goto_first_child() {
                continue;
            }
            let node = cursor.node();
            if !node.byte_range().is_empty() {
                tokens.push(Token {
                    kind: kinds::language()
                        .node_kind_for_id(node.kind_id())
                        .unwrap_or_default(),
                    span: Span::new(node.start_byte(), node.end_byte()),
                });
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    tokens.sort_by_key(|token| token.span);
                    return Some(tokens);
                }
            }
        }
    }

    /// Parses; `None` when it takes longer than `limit`.
    fn tree(&mut self, text: &[u8], limit: Duration) -> Option<Tree> {
        // A parse that was broken off would go on with this text, and give a tree of both without any error.
        self.inner.reset();
        let start = Instant::now();
        let mut watch = |_: &tree_sitter::ParseState| match start.elapsed() > limit {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let options = ParseOptions::new().progress_callback(&mut watch);
        self.inner.parse_with_options(
            &mut |offset, _| text.get(offset..).unwrap_or_default(),
            None,
            Some(options),
        )
    }
}

/// What stands in the brackets behind the names of classes.
pub fn bases(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memmem::find_iter(bytes, b"class ").filter_map(|at| {
        let mut before = bytes[..at].iter().rev();
        let before = before.find(|byte| !matches!(byte, b' ' | b'\t'));
        if before.is_some_and(|byte| *byte != b'\n') {
            return None;
        }
        let behind = &bytes[at..];
        let behind = &behind[..behind.len().min(LONGEST_HEADER)];
        let open = memchr::memchr3(b'(', b':', b'\n', behind)?;
        let inner = behind[open..].strip_prefix(b"(")?;
        let end = memchr::memmem::find(inner, b"):");
        Some(&inner[..end.unwrap_or(inner.len())])
    })
}

/// A module of which nothing was read.
fn unread(error: SyntaxError) -> Module {
    Module {
        errors: vec![error],
        partial: true,
        ..Module::default()
    }
}

/// Whether the tree of a masked text is that of the file: no error came in, and what was hidden were comments and not
/// lines of a string.
fn is_faithful(tree: &Tree, hidden: &[Span]) -> bool {
    let root = tree.root_node();
    !root.has_error()
        && hidden
            .iter()
            .all(|span| !is_in_string(root, span.start as usize))
}

/// Whether a byte belongs to the text of a string.
fn is_in_string(root: Node<'_>, at: usize) -> bool {
    let innermost = root.descendant_for_byte_range(at, at + 1);
    innermost.is_some_and(|node| {
        matches!(
            kinds::kind_of(&node),
            Kind::String
                | Kind::StringStart
                | Kind::StringContent
                | Kind::StringEnd
                | Kind::EscapeSequence
                | Kind::EscapeInterpolation
        )
    })
}
