//! The places that could not be parsed.
//!
//! Takes a tree that says it has errors; gives at least one and at most [`MAX_ERRORS`] of them, in order.

use tree_sitter::Node;

use super::kinds::{Kind, kind_of, walk};
use crate::source::Span;
use crate::syntax::SyntaxError;

/// Enough to see what kind of file it is.
const MAX_ERRORS: usize = 20;

/// Characters of the source shown in a message.
const MAX_SHOWN: usize = 24;

/// Lists the errors of a tree.
pub(super) fn syntax_errors(root: Node<'_>, bytes: &[u8]) -> Vec<SyntaxError> {
    let mut errors = Vec::new();
    let mut smallest = root;
    walk(root, |node| {
        if errors.len() >= MAX_ERRORS || !(node.has_error() || node.is_missing()) {
            return false;
        }
        smallest = node;
        if node.is_missing() {
            let what = node.kind();
            let message = match node.is_named() {
                true => format!("expected {}", what.replace('_', " ")),
                false => format!("expected `{what}`"),
            };
            errors.push(SyntaxError {
                span: Span::new(node.start_byte(), node.end_byte()),
                message,
            });
            return false;
        }
        if kind_of(&node) == Kind::Error {
            errors.push(unexpected(node, bytes));
            return false;
        }
        true
    });
    // A missing line end leaves the flag and nothing else.
    if errors.is_empty() {
        let start = smallest.start_byte();
        errors.push(SyntaxError {
            span: Span::new(start, start),
            message: "cannot parse this".to_owned(),
        });
    }
    errors
}

fn unexpected(node: Node<'_>, bytes: &[u8]) -> SyntaxError {
    let text = String::from_utf8_lossy(bytes.get(node.byte_range()).unwrap_or_default());
    let line = text.lines().next().unwrap_or_default().trim();
    // What stands in quotes may be a password: a message shows none of it, nor what follows a quote that is open.
    let before = bytes.get(..node.start_byte()).unwrap_or_default();
    let quotes = before.iter().rev().take_while(|byte| **byte != b'\n');
    let is_open = quotes.filter(|byte| b"\"'".contains(byte)).count() % 2 == 1;
    let code = line.split(['"', '\'']).next().unwrap_or_default();
    let mut shown: String = if is_open { "" } else { code.trim_end() }
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_SHOWN)
        .collect();
    let is_empty = shown.is_empty();
    if line.chars().count() > shown.chars().count() {
        shown.push('…');
    }
    let message = match is_empty {
        true => "cannot parse this".to_owned(),
        false => format!("cannot parse this: unexpected `{shown}`"),
    };
    SyntaxError {
        span: Span::new(node.start_byte(), node.end_byte()),
        message,
    }
}
