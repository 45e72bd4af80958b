//! From the parse tree to the common tree: the state of one file, and what every construct needs.
//!
//! Takes a parsed file; gives a [`Module`]. Statements, expressions, definitions and patterns are `impl` blocks in the
//! files beside this one. Everything goes top down, and comments are collected on the way.
//! Invariant: no recursion goes deeper than [`MAX_DEPTH`]; below it only the calls are kept, in one flat list.

use tree_sitter::{Node, TreeCursor};

use super::kinds::{Kind, Part, walk};
use crate::source::Span;
use crate::syntax::{
    Arg, ArgKind, Block, Call, ClassId, Expr, ExprId, ExprKind, Module, Name, Stmt, StmtId,
    StmtKind, SyntaxError,
};

/// Levels of nested expressions and statements that are lowered. Code written by people stays below 110.
const MAX_DEPTH: usize = 1_000;

/// Levels of `a.b.c` that are kept of the callees in the flat list.
const MAX_FLAT_PATH: usize = 16;

/// The state of lowering one file.
pub(super) struct Lower<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) module: Module,
    /// Whether the tree has errors anywhere.
    pub(super) broken: bool,
    /// Whether bytes beyond ASCII are of an unknown or foreign encoding.
    pub(super) foreign: bool,
    /// The class whose body is being lowered.
    pub(super) class: Option<ClassId>,
    /// Whether the function being lowered has yielded.
    pub(super) yields: bool,
    /// The parentheses that are the arguments of a `type` token: see `type_assignment`.
    pub(super) type_call: Option<(usize, Span)>,
    depth: usize,
    too_deep: bool,
    cursor: TreeCursor<'t>,
}

impl<'t> Lower<'t> {
    /// Lowers a whole file.
    pub(super) fn module(root: Node<'t>, bytes: &'t [u8], foreign: bool) -> Module {
        let mut lower = Self {
            bytes,
            module: Module::default(),
            broken: root.has_error(),
            foreign,
            class: None,
            yields: false,
            type_call: None,
            depth: 0,
            too_deep: false,
            cursor: root.walk(),
        };
        let root = Part::new(root);
        lower.module.body = if root.kind == Kind::Error {
            vec![lower.broken_stmt(root)]
        } else {
            lower.block(root)
        };
        lower.module.comments.sort_unstable();
        lower.module.comments.dedup();
        lower.module
    }

    /// The children of a node without comments; the comments are noted.
    pub(super) fn children(&mut self, part: Part<'t>) -> Vec<Part<'t>> {
        let mut children = Vec::with_capacity(part.node.child_count() as usize);
        self.cursor.reset(part.node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = Part::new(self.cursor.node());
            match child.kind {
                Kind::Comment => self.comment(child),
                Kind::LineContinuation => {}
                _ => children.push(child),
            }
            more = self.cursor.goto_next_sibling();
        }
        children
    }

    /// Notes a comment. Some of them the parser lets end behind the carriage return.
    fn comment(&mut self, part: Part<'t>) {
        let mut end = part.end();
        while end > part.start() && self.bytes.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        self.module.comments.push(Span::new(part.start(), end));
    }

    /// The children of a node without comments and tokens.
    pub(super) fn named(&mut self, part: Part<'t>) -> Vec<Part<'t>> {
        let mut children = self.children(part);
        children.retain(|child| !child.kind.is_token());
        children
    }

    /// Whether a syntax error lies in `part`.
    pub(super) fn is_broken(&self, part: Part<'t>) -> bool {
        self.broken && (part.node.has_error() || part.node.is_missing())
    }

    /// The source text of a node.
    pub(super) fn text(&self, part: Part<'t>) -> std::borrow::Cow<'t, str> {
        String::from_utf8_lossy(self.bytes.get(part.node.byte_range()).unwrap_or_default())
    }

    /// The source text of an identifier.
    pub(super) fn name(&self, part: Part<'t>) -> Name {
        Name::new(self.text(part))
    }

    pub(super) fn push_expr(&mut self, span: Span, kind: ExprKind) -> ExprId {
        let id = ExprId(index(self.module.exprs.len()));
        self.module.exprs.push(Expr { span, kind });
        id
    }

    pub(super) fn push_stmt(&mut self, span: Span, kind: StmtKind) -> StmtId {
        let id = StmtId(index(self.module.stmts.len()));
        self.module.stmts.push(Stmt { span, kind });
        id
    }

    /// The statements among the children of a module or block.
    pub(super) fn block(&mut self, part: Part<'t>) -> Block {
        let children = self.named(part);
        children.into_iter().map(|child| self.stmt(child)).collect()
    }

    /// Lowers one statement, at most [`MAX_DEPTH`] levels deep.
    pub(super) fn stmt(&mut self, part: Part<'t>) -> StmtId {
        if self.depth >= MAX_DEPTH {
            let calls = self.flat_calls(part);
            return self.push_stmt(part.span(), StmtKind::Opaque(calls));
        }
        self.depth += 1;
        let id = self.stmt_here(part);
        self.depth -= 1;
        id
    }

    /// Runs `lower` one level deeper, or keeps only the calls of `part` when it is too deep.
    pub(super) fn deeper<T>(
        &mut self,
        part: Part<'t>,
        lower: impl FnOnce(&mut Self) -> T,
        flat: impl FnOnce(ExprId) -> T,
    ) -> T {
        if self.depth >= MAX_DEPTH {
            let calls = self.flat_calls(part);
            return flat(self.push_expr(part.span(), ExprKind::Opaque(calls)));
        }
        self.depth += 1;
        let result = lower(self);
        self.depth -= 1;
        result
    }

    /// A statement that cannot be read. Only the comments in it are kept.
    pub(super) fn broken_stmt(&mut self, part: Part<'t>) -> StmtId {
        self.note_comments(part);
        self.push_stmt(part.span(), StmtKind::Opaque(Vec::new()))
    }

    /// An expression that cannot be read. Only the comments in it are kept.
    pub(super) fn broken_expr(&mut self, part: Part<'t>) -> ExprId {
        self.note_comments(part);
        self.push_expr(part.span(), ExprKind::Opaque(Vec::new()))
    }

    /// Notes the comments below a node that is not lowered.
    pub(super) fn note_comments(&mut self, part: Part<'t>) {
        walk(part.node, |node| {
            let child = Part::new(node);
            if child.kind == Kind::Comment {
                self.comment(child);
            }
            true
        });
    }

    /// The calls below a node that lies too deep, found without recursion.
    fn flat_calls(&mut self, part: Part<'t>) -> Vec<ExprId> {
        if !self.too_deep {
            self.too_deep = true;
            self.module.partial = true;
            self.module.errors.push(SyntaxError {
                span: Span::new(part.start(), part.start()),
                message: format!("more than {MAX_DEPTH} levels of nesting"),
            });
        }
        let mut calls = Vec::new();
        walk(part.node, |node| {
            let child = Part::new(node);
            match child.kind {
                Kind::Call => calls.push(self.flat_call(child)),
                Kind::Comment => self.comment(child),
                Kind::Error => return false,
                _ => {}
            }
            true
        });
        calls
    }

    fn flat_call(&mut self, part: Part<'t>) -> ExprId {
        let children = self.named(part);
        let callee = children.first().copied().unwrap_or(part);
        let list = children.last().copied().unwrap_or(part);
        let callee = self.flat_path(callee);
        let mut args = Vec::new();
        if list.kind == Kind::ArgumentList {
            for child in self.named(list) {
                let span = child.span();
                let (kind, value) = match child.kind {
                    Kind::KeywordArgument => match self.named(child)[..] {
                        [name, value] => (ArgKind::Keyword(self.name(name)), value),
                        _ => (ArgKind::Positional, child),
                    },
                    Kind::ListSplat => (ArgKind::Splat, child),
                    Kind::DictionarySplat => (ArgKind::KeywordSplat, child),
                    _ => (ArgKind::Positional, child),
                };
                let value = self.flat_path(value);
                args.push(Arg {
                    kind,
                    value,
                    span,
                    comma: None,
                    lent: false,
                });
            }
        }
        let list = list.span();
        self.push_expr(
            part.span(),
            ExprKind::Call(Box::new(Call { callee, args, list })),
        )
    }

    /// `a.b.c` as it is, anything else as an opaque expression without children.
    fn flat_path(&mut self, part: Part<'t>) -> ExprId {
        let mut attributes = Vec::new();
        let mut base = part;
        while base.kind == Kind::Attribute && attributes.len() < MAX_FLAT_PATH {
            let [object, name] = self.named(base)[..] else {
                break;
            };
            attributes.push((base, name));
            base = object;
        }
        let kind = match base.kind {
            Kind::Identifier => ExprKind::Name(self.name(base)),
            _ => ExprKind::Opaque(Vec::new()),
        };
        let mut path = self.push_expr(base.span(), kind);
        for (attribute, name) in attributes.into_iter().rev() {
            let name = self.name(name);
            path = self.push_expr(attribute.span(), ExprKind::Attribute(path, name));
        }
        path
    }
}

/// An arena index. Files are far smaller than 4 GiB, and every node takes a byte at least.
pub(super) fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
