//! From the parsed items to the common tree: the state of one file, and what every construct needs.
//!
//! Takes the items of a file; gives a [`Module`]. Items, statements, expressions, patterns, types and macros are `impl`
//! blocks in the files beside this one. What is a value in the language and a statement in the common tree (`if`, `match`,
//! blocks) becomes a statement in front that assigns it in each arm.
//! Invariant: no recursion goes deeper than [`MAX_DEPTH`].

use super::scopes::Scopes;
use super::text::Text;
use crate::source::Span;
use crate::syntax::{
    Arg, ArgKind, Arm, ArmKind, Block, Call, Expr, ExprId, ExprKind, Import, ImportKind, Module,
    Name, OUTER, Stmt, StmtId, StmtKind, SyntaxError,
};
use proc_macro2::Ident;
use std::collections::{BTreeSet, HashMap};
use syn::Item;
use syn::punctuated::Punctuated;

/// Levels of nested expressions that are lowered, links of a chain among them. Code written by people stays below 110.
const MAX_DEPTH: usize = 600;

/// The head of a path that starts at the root of its crate.
pub(super) const CRATE: &str = "crate";
/// The head of a path that starts at the module around.
pub(super) const SUPER: &str = "super";
/// The head of a path that starts at its own module, and the name of an object in its methods.
pub(super) const SELF: &str = "self";

/// What becomes of the value of an expression.
#[derive(Clone)]
pub(super) enum Dest {
    /// Nobody wants it.
    Drop,
    /// The function gives it back.
    Return,
    /// A name gets it.
    Name(Name, Span, Option<ExprId>),
}

/// The state of lowering one file.
pub(super) struct Lower<'t> {
    pub(super) text: &'t Text<'t>,
    pub(super) module: Module,
    /// The statements of the block that is being lowered.
    pub(super) block: Block,
    pub(super) scopes: Scopes,
    /// What `Self` stands for.
    pub(super) own_type: Option<Name>,
    /// The traits that types which are left open have to have, by the names of the types.
    pub(super) open_types: HashMap<String, syn::Path>,
    /// How many modules written in braces are around.
    pub(super) inline: usize,
    /// The conditions of compilation met so far, by their text.
    pub(super) conditions: HashMap<String, ExprId>,
    /// Where `break` of the loop around puts its value.
    pub(super) broken_to: Option<Dest>,
    /// Heads of paths that lead out of this file.
    heads: BTreeSet<String>,
    depth: usize,
    too_deep: bool,
    temporaries: u32,
}

impl<'t> Lower<'t> {
    /// Lowers a whole file.
    pub(super) fn module(items: &[Item], text: &'t Text<'t>) -> Module {
        let mut lower = Self {
            text,
            module: Module::default(),
            block: Block::new(),
            scopes: Scopes::default(),
            own_type: None,
            open_types: HashMap::new(),
            inline: 0,
            conditions: HashMap::new(),
            broken_to: None,
            heads: BTreeSet::new(),
            depth: 0,
            too_deep: false,
            temporaries: 0,
        };
        lower.scopes.globals = super::items::names(items);
        lower.items(items);
        if let Some(name) = super::items::program(items) {
            lower.run_as_program(name);
        }
        let body = std::mem::take(&mut lower.block);
        lower.module.body = lower.head_imports();
        lower.module.body.extend(body);
        lower.module
    }

    /// The function that runs when the file is the program itself, as a call that says so.
    fn run_as_program(&mut self, name: &Ident) {
        let at = self.span(name.span());
        let end = Span::new(at.end as usize, at.end as usize);
        let callee = self.new_expr(at, ExprKind::Name(Name::from(spelled(name))));
        let call = self.call(at, callee, Vec::new(), end);
        let body = self.apart(|lower| lower.push(at, StmtKind::Expr(call)));
        let arm = Arm {
            test: None,
            kind: ArmKind::Main,
            body,
        };
        self.push(at, StmtKind::If(vec![arm]));
        self.module.program = true;
    }

    /// What `crate` and `super` stand for in paths, as imports in front of everything.
    fn head_imports(&mut self) -> Block {
        let heads = std::mem::take(&mut self.heads);
        let imports: Vec<Import> = heads
            .into_iter()
            .map(|head| Import {
                level: 0,
                module: head.split('.').map(Name::from).collect(),
                kind: ImportKind::Module {
                    alias: Some(Name::from(head)),
                },
                span: Span::new(0, 0),
            })
            .collect();
        if imports.is_empty() {
            return Block::new();
        }
        vec![self.new_stmt(Span::new(0, 0), StmtKind::Import(imports))]
    }

    /// Notes that a path starts with a head that leads out of this file, and gives the name it has in the tree.
    pub(super) fn head(&mut self, head: &str) -> Name {
        self.heads.insert(head.to_owned());
        Name::new(head)
    }

    /// The bytes of a token.
    pub(super) fn span(&self, span: proc_macro2::Span) -> Span {
        self.text.span(span)
    }

    /// From the first token to the last.
    pub(super) fn between(&self, start: proc_macro2::Span, end: proc_macro2::Span) -> Span {
        let (start, end) = (self.span(start), self.span(end));
        Span::new(start.start as usize, end.end.max(start.end) as usize)
    }

    /// The bytes of an expression.
    pub(super) fn span_of(&self, expr: &syn::Expr) -> Span {
        match (super::spans::start(expr), super::spans::end(expr)) {
            (Some(start), Some(end)) => self.between(start, end),
            (Some(only), None) | (None, Some(only)) => self.span(only),
            (None, None) => Span::new(0, 0),
        }
    }

    pub(super) fn new_expr(&mut self, span: Span, kind: ExprKind) -> ExprId {
        let id = ExprId(index(self.module.exprs.len()));
        self.module.exprs.push(Expr { span, kind });
        id
    }

    pub(super) fn opaque(&mut self, span: Span, inside: Vec<ExprId>) -> ExprId {
        self.new_expr(span, ExprKind::Opaque(inside))
    }

    pub(super) fn new_stmt(&mut self, span: Span, kind: StmtKind) -> StmtId {
        let id = StmtId(index(self.module.stmts.len()));
        self.module.stmts.push(Stmt { span, kind });
        id
    }

    /// Adds a statement to the block that is being lowered.
    pub(super) fn push(&mut self, span: Span, kind: StmtKind) {
        let id = self.new_stmt(span, kind);
        self.block.push(id);
    }

    /// Lowers into a block of its own.
    pub(super) fn apart(&mut self, lower: impl FnOnce(&mut Self)) -> Block {
        let outer = std::mem::take(&mut self.block);
        lower(self);
        std::mem::replace(&mut self.block, outer)
    }

    /// Lowers a block with names of its own. What they hold ends with it.
    pub(super) fn scoped(&mut self, lower: impl FnOnce(&mut Self)) -> Block {
        self.scoped_turn(lower).0
    }

    /// The same for the body of a loop: gives the names, too, which end when the loop is left in the middle of a turn.
    pub(super) fn scoped_turn(&mut self, lower: impl FnOnce(&mut Self)) -> (Block, Vec<Name>) {
        self.scopes.enter_block();
        let outer = std::mem::take(&mut self.block);
        lower(self);
        let ended = self.end_names();
        (std::mem::replace(&mut self.block, outer), ended)
    }

    /// What names hold ends here.
    pub(super) fn delete(&mut self, names: Vec<Name>, end: u32) {
        if names.is_empty() {
            return;
        }
        let end = Span::new(end as usize, end as usize);
        let names = names
            .into_iter()
            .map(|name| self.new_expr(end, ExprKind::Name(name)))
            .collect();
        self.push(end, StmtKind::Delete(names));
    }

    /// Leaves a block: what its names hold ends here, unless the block never gets here. Gives the names.
    pub(super) fn end_names(&mut self) -> Vec<Name> {
        let ending = self.scopes.leave_block();
        let last = self.block.last().map(|last| self.module.stmt(*last));
        let leaves = |kind: &StmtKind| {
            matches!(
                kind,
                StmtKind::Return(_) | StmtKind::Raise(_) | StmtKind::Break | StmtKind::Continue
            )
        };
        if let Some(last) = last.filter(|last| !leaves(&last.kind)) {
            let end = last.span.end;
            self.delete(ending.clone(), end);
        }
        ending
    }

    /// Leaves a function: heads of paths that are called like its names are names of the module.
    pub(super) fn leave_function(&mut self) {
        for id in self.scopes.leave_function() {
            if let ExprKind::Name(name) = &mut self.module.exprs[id.index()].kind {
                *name = Name::from(format!("{OUTER}{name}"));
            }
        }
    }

    /// A name that the code does not have.
    pub(super) fn temporary(&mut self) -> Name {
        self.temporaries += 1;
        Name::from(format!("{}{}", super::super::UNWRITTEN, self.temporaries))
    }

    /// Assigns a value to a name.
    pub(super) fn assign(
        &mut self,
        span: Span,
        (name, at): (Name, Span),
        annotation: Option<ExprId>,
        value: Option<ExprId>,
    ) {
        let target = self.new_expr(at, ExprKind::Name(name));
        self.push(
            span,
            StmtKind::Assign {
                targets: vec![target],
                annotation,
                value,
            },
        );
    }

    /// What becomes of a value that is at hand.
    pub(super) fn finish(&mut self, span: Span, value: ExprId, dest: &Dest) {
        match dest {
            Dest::Drop => self.push(span, StmtKind::Expr(value)),
            Dest::Return => self.push(span, StmtKind::Return(Some(value))),
            Dest::Name(name, at, annotation) => {
                self.assign(span, (name.clone(), *at), *annotation, Some(value));
            }
        }
    }

    /// Runs `lower` one level deeper, or gives nothing when that is too deep.
    pub(super) fn deeper<T>(&mut self, at: Span, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            if !self.too_deep {
                self.too_deep = true;
                self.module.partial = true;
                self.module.errors.push(SyntaxError {
                    span: Span::new(at.start as usize, at.start as usize),
                    message: format!("more than {MAX_DEPTH} levels of nesting"),
                });
            }
            return None;
        }
        self.depth += 1;
        let result = lower(self);
        self.depth -= 1;
        Some(result)
    }

    /// Arguments by position.
    pub(super) fn arguments(&mut self, args: &Punctuated<syn::Expr, syn::Token![,]>) -> Vec<Arg> {
        args.pairs()
            .map(|pair| {
                let expr = *pair.value();
                let span = self.span_of(expr);
                let value = self.expr(expr);
                if matches!(expr, syn::Expr::Reference(it) if it.mutability.is_some()) {
                    self.lend_out(value);
                }
                Arg {
                    kind: ArgKind::Positional,
                    value,
                    span,
                    comma: pair.punct().map(|comma| self.text.span(comma.span)),
                    lent: is_lent(expr),
                }
            })
            .collect()
    }

    /// Notes that what a name holds may be changed where it stands, unseen.
    pub(super) fn lend_out(&mut self, expr: ExprId) {
        if matches!(self.module.exprs[expr.index()].kind, ExprKind::Name(_)) {
            self.module.lent_out.insert(expr);
        }
    }

    /// A call.
    pub(super) fn call(
        &mut self,
        span: Span,
        callee: ExprId,
        args: Vec<Arg>,
        list: Span,
    ) -> ExprId {
        self.new_expr(span, ExprKind::Call(Box::new(Call { callee, args, list })))
    }
}

/// Whether an argument is only borrowed.
pub(super) fn is_lent(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Reference(_) => true,
        syn::Expr::Paren(it) => is_lent(&it.expr),
        syn::Expr::Group(it) => is_lent(&it.expr),
        _ => false,
    }
}

/// The name that an identifier spells.
pub(super) fn spelled(ident: &Ident) -> String {
    let text = ident.to_string();
    match text.strip_prefix("r#") {
        Some(bare) => bare.to_owned(),
        None => text,
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
