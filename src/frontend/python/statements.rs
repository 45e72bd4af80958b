//! Statements.
//!
//! Takes a statement node, clean or broken; gives a statement that ends with its last token, without the comments and
//! semicolons that the grammar counts in. Of a broken compound statement the clean statements inside it are kept.

use super::expressions::binary_op;
use super::kinds::{Kind, Part};
use super::lower::Lower;
use crate::source::Span;
use crate::syntax::{
    Arm, ArmKind, Block, CompareOp, ExprId, ExprKind, Handler, Import, ImportKind, Name, StmtId,
    StmtKind, WithItem,
};

impl<'t> Lower<'t> {
    pub(super) fn stmt_here(&mut self, part: Part<'t>) -> StmtId {
        let (kind, end) = match part.kind {
            Kind::IfStatement => self.if_statement(part),
            Kind::ForStatement => self.for_statement(part),
            Kind::WhileStatement => self.while_statement(part),
            Kind::TryStatement => self.try_statement(part),
            Kind::WithStatement => self.with_statement(part),
            Kind::MatchStatement => self.match_statement(part),
            Kind::FunctionDefinition | Kind::ClassDefinition => self.definition(part, Vec::new()),
            Kind::DecoratedDefinition => self.decorated(part),
            _ if self.is_broken(part) || part.kind == Kind::Error => return self.broken_stmt(part),
            _ => (self.simple_statement(part), part.end()),
        };
        self.push_stmt(Span::new(part.start(), end), kind)
    }

    fn simple_statement(&mut self, part: Part<'t>) -> StmtKind {
        match part.kind {
            Kind::ExpressionStatement => self.expression_statement(part),
            Kind::ImportStatement | Kind::ImportFrom | Kind::FutureImport => self.import(part),
            Kind::ReturnStatement => {
                let value = self.named(part);
                StmtKind::Return(value.first().map(|value| self.expr(*value)))
            }
            Kind::RaiseStatement => StmtKind::Raise(self.operands(part)),
            Kind::DeleteStatement => StmtKind::Delete(self.operands(part)),
            Kind::AssertStatement => StmtKind::Assert(self.operands(part)),
            Kind::GlobalStatement => StmtKind::Global(self.names(part)),
            Kind::NonlocalStatement => StmtKind::Nonlocal(self.names(part)),
            Kind::BreakStatement => StmtKind::Break,
            Kind::ContinueStatement => StmtKind::Continue,
            Kind::PassStatement => StmtKind::Pass,
            Kind::TypeAlias => self.type_alias(part),
            // `print` and `exec` of Python 2, and what a later grammar may bring.
            _ => StmtKind::Opaque(self.operands(part)),
        }
    }

    /// The expressions of a statement; `a, b` counts as two.
    fn operands(&mut self, part: Part<'t>) -> Vec<ExprId> {
        let mut operands = Vec::new();
        for child in self.named(part) {
            match child.kind {
                Kind::ExpressionList | Kind::Chevron => operands.extend(self.operands(child)),
                _ => operands.push(self.expr(child)),
            }
        }
        operands
    }

    fn names(&mut self, part: Part<'t>) -> Vec<Name> {
        self.named(part)
            .into_iter()
            .map(|name| self.name(name))
            .collect()
    }

    fn expression_statement(&mut self, part: Part<'t>) -> StmtKind {
        let children = self.children(part);
        match children[..] {
            [only] if only.kind == Kind::Assignment => self.assignment(only),
            [only] if only.kind == Kind::AugmentedAssignment => self.augmented(only),
            [only] => StmtKind::Expr(self.expr(only)),
            _ => {
                let items: Vec<_> = children
                    .into_iter()
                    .filter(|child| !child.kind.is_token())
                    .collect();
                let items = self.exprs(&items);
                StmtKind::Expr(self.push_expr(part.span(), ExprKind::Tuple(items)))
            }
        }
    }

    /// `a = b = value`: the grammar nests the second assignment in the first.
    fn assignment(&mut self, part: Part<'t>) -> StmtKind {
        let (mut targets, mut annotation, mut value) = (Vec::new(), None, None);
        let mut next = Some(part);
        while let Some(part) = next.take() {
            let children = self.children(part);
            let mut before = Kind::Token;
            for child in children {
                match (before, child.kind) {
                    (_, kind) if kind.is_token() => {}
                    (Kind::Colon, _) => annotation = Some(self.expr(child)),
                    (Kind::Equals, Kind::Assignment) => next = Some(child),
                    (Kind::Equals, _) => value = Some(self.expr(child)),
                    _ => targets.push(self.expr(child)),
                }
                before = child.kind;
            }
        }
        StmtKind::Assign {
            targets,
            annotation,
            value,
        }
    }

    fn augmented(&mut self, part: Part<'t>) -> StmtKind {
        let children = self.children(part);
        let [target, operator, value] = children[..] else {
            return StmtKind::Opaque(Vec::new());
        };
        let op = binary_op(&self.text(operator));
        StmtKind::Augment {
            target: self.expr(target),
            op,
            value: self.expr(value),
        }
    }

    /// `type X = …`, and `type(x).attribute = …`, which the grammar takes for the same.
    fn type_alias(&mut self, part: Part<'t>) -> StmtKind {
        let children = self.children(part);
        if let [token, left, _, value] = children[..]
            && let Some((target, annotation, arguments)) = self.type_assignment(left)
        {
            self.type_call = Some((arguments.node.id(), token.span()));
            let targets = vec![self.expr(target)];
            self.type_call = None;
            let annotation = annotation.map(|annotation| self.expr(annotation));
            return StmtKind::Assign {
                targets,
                annotation,
                value: Some(self.expr(value)),
            };
        }
        self.note_comments(part);
        StmtKind::Pass
    }

    /// The target, the annotation and the arguments of `type` in `type(x).attribute: annotation = …`.
    fn type_assignment(
        &mut self,
        left: Part<'t>,
    ) -> Option<(Part<'t>, Option<Part<'t>>, Part<'t>)> {
        let mut target = *self.named(left).first()?;
        let mut annotation = None;
        if target.kind == Kind::ConstrainedType {
            let [constrained, bound] = self.named(target)[..] else {
                return None;
            };
            annotation = Some(bound);
            target = *self.named(constrained).first()?;
        }
        let mut base = target;
        while matches!(base.kind, Kind::Attribute | Kind::Subscript | Kind::Call) {
            base = *self.named(base).first()?;
        }
        let is_arguments = matches!(
            base.kind,
            Kind::Parenthesized | Kind::Tuple | Kind::GeneratorExpression
        );
        let is_target = matches!(target.kind, Kind::Attribute | Kind::Subscript);
        (is_arguments && is_target).then_some((target, annotation, base))
    }

    fn import(&mut self, part: Part<'t>) -> StmtKind {
        let mut imports = Vec::new();
        let mut level = 0;
        let mut from =
            (part.kind == Kind::FutureImport).then(|| vec![Name::new_static("__future__")]);
        for (position, child) in self.named(part).into_iter().enumerate() {
            let span = child.span();
            if part.kind == Kind::ImportFrom && position == 0 {
                let path;
                (level, path) = self.import_source(child);
                from = Some(path);
                continue;
            }
            let (path, alias) = self.imported(child);
            let (module, kind) = match (&from, child.kind) {
                (None, _) => (path, ImportKind::Module { alias }),
                (Some(module), Kind::WildcardImport) => (module.clone(), ImportKind::All),
                (Some(module), _) => {
                    let name = path.into_iter().next().unwrap_or_default();
                    (module.clone(), ImportKind::Name { name, alias })
                }
            };
            imports.push(Import {
                level,
                module,
                kind,
                span,
            });
        }
        StmtKind::Import(imports)
    }

    /// What stands between `from` and `import`: the dots and the path.
    fn import_source(&mut self, part: Part<'t>) -> (u32, Vec<Name>) {
        if part.kind != Kind::RelativeImport {
            return (0, self.names(part));
        }
        let (mut level, mut path) = (0, Vec::new());
        for child in self.named(part) {
            match child.kind {
                Kind::ImportPrefix => level += self.text(child).matches('.').count() as u32,
                _ => path = self.names(child),
            }
        }
        (level, path)
    }

    /// `a.b` or `a.b as c`.
    fn imported(&mut self, part: Part<'t>) -> (Vec<Name>, Option<Name>) {
        if part.kind != Kind::AliasedImport {
            return (self.names(part), None);
        }
        match self.named(part)[..] {
            [path, alias] => (self.names(path), Some(self.name(alias))),
            _ => (Vec::new(), None),
        }
    }

    fn if_statement(&mut self, part: Part<'t>) -> (StmtKind, usize) {
        let compound = self.compound(part);
        let test = self.header(&compound, 0);
        let kind = self.arm_kind(test);
        let (body, mut end) = self.suite(&compound);
        let mut arms = vec![Arm {
            test: Some(test),
            kind,
            body,
        }];
        for clause in compound.clauses {
            let compound = self.compound(clause);
            let test = (clause.kind == Kind::ElifClause).then(|| self.header(&compound, 0));
            let kind = match (test, arms.as_slice()) {
                (Some(test), _) => self.arm_kind(test),
                // The other arm of `if not TYPE_CHECKING`.
                (
                    None,
                    [
                        Arm {
                            test: Some(first), ..
                        },
                    ],
                ) => match self.module.expr(*first).kind {
                    ExprKind::Not(inner) if self.arm_kind(inner) == ArmKind::TypeOnly => {
                        ArmKind::TypeOnly
                    }
                    _ => ArmKind::Plain,
                },
                (None, _) => ArmKind::Plain,
            };
            let (body, clause_end) = self.suite(&compound);
            arms.push(Arm { test, kind, body });
            end = clause_end;
        }
        (StmtKind::If(arms), end)
    }

    fn arm_kind(&self, test: ExprId) -> ArmKind {
        let is_name = |id: ExprId| matches!(&self.module.expr(id).kind, ExprKind::Name(name) if name == "__name__");
        let is_main = |id: ExprId| matches!(&self.module.expr(id).kind, ExprKind::Str(text) if &**text == "__main__");
        match &self.module.expr(test).kind {
            ExprKind::Name(name) | ExprKind::Attribute(_, name) if name == "TYPE_CHECKING" => {
                ArmKind::TypeOnly
            }
            ExprKind::Compare(left, rest) => match rest[..] {
                [(CompareOp::Eq, right)]
                    if is_name(*left) && is_main(right) || is_main(*left) && is_name(right) =>
                {
                    ArmKind::Main
                }
                _ => ArmKind::Plain,
            },
            _ => ArmKind::Plain,
        }
    }

    fn while_statement(&mut self, part: Part<'t>) -> (StmtKind, usize) {
        let compound = self.compound(part);
        let test = Some(self.header(&compound, 0));
        let (body, end) = self.suite(&compound);
        let (otherwise, end) = self.clause_suite(&compound, Kind::ElseClause, end);
        (
            StmtKind::While {
                test,
                body,
                otherwise,
            },
            end,
        )
    }

    fn for_statement(&mut self, part: Part<'t>) -> (StmtKind, usize) {
        let compound = self.compound(part);
        let (target, iter) = (self.header(&compound, 0), self.header(&compound, 1));
        let (body, end) = self.suite(&compound);
        let (otherwise, end) = self.clause_suite(&compound, Kind::ElseClause, end);
        (
            StmtKind::For {
                target,
                iter,
                body,
                otherwise,
                is_async: compound.is_async,
            },
            end,
        )
    }

    fn try_statement(&mut self, part: Part<'t>) -> (StmtKind, usize) {
        let compound = self.compound(part);
        let (body, mut end) = self.suite(&compound);
        let mut handlers = Vec::new();
        for clause in &compound.clauses {
            if clause.kind == Kind::ExceptClause {
                let handler = self.handler(*clause);
                end = handler.span.end as usize;
                handlers.push(handler);
            }
        }
        let (otherwise, end) = self.clause_suite(&compound, Kind::ElseClause, end);
        let (finally, end) = self.clause_suite(&compound, Kind::FinallyClause, end);
        (
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            },
            end,
        )
    }

    fn handler(&mut self, part: Part<'t>) -> Handler {
        let compound = self.compound(part);
        let (mut types, mut name) = (Vec::new(), None);
        if compound.is_torn {
            types.push(self.push_expr(part.span(), ExprKind::Opaque(Vec::new())));
        }
        for operand in &compound.operands {
            let mut caught = *operand;
            if caught.kind == Kind::AsPattern
                && !self.is_broken(caught)
                && let [value, target] = self.named(caught)[..]
            {
                let target = self.unwrap_parentheses(target);
                name = Some((self.name(target), target.span()));
                caught = value;
            }
            let inner = if self.is_broken(caught) {
                caught
            } else {
                self.unwrap_parentheses(caught)
            };
            match inner.kind {
                Kind::Tuple if !self.is_broken(inner) => {
                    let members = self.named(inner);
                    types.extend(self.exprs(&members));
                }
                _ => types.push(self.expr(inner)),
            }
        }
        let (body, end) = self.suite(&compound);
        Handler {
            types,
            name,
            body,
            span: Span::new(part.start(), end),
        }
    }

    fn with_statement(&mut self, part: Part<'t>) -> (StmtKind, usize) {
        let compound = self.compound(part);
        let mut items = Vec::new();
        for clause in &compound.operands {
            if self.is_broken(*clause) {
                self.note_comments(*clause);
                continue;
            }
            for item in self.named(*clause) {
                for value in self.named(item) {
                    let item = self.with_item(value);
                    items.push(item);
                }
            }
        }
        let (body, end) = self.suite(&compound);
        (
            StmtKind::With {
                items,
                body,
                is_async: compound.is_async,
            },
            end,
        )
    }

    /// `value as target`; with a single item the parentheses of the whole list are part of the value.
    fn with_item(&mut self, value: Part<'t>) -> WithItem {
        let inner = self.unwrap_parentheses(value);
        if inner.kind == Kind::AsPattern
            && let [context, target] = self.named(inner)[..]
        {
            return WithItem {
                context: self.expr(context),
                target: Some(self.expr(target)),
            };
        }
        WithItem {
            context: self.expr(inner),
            target: None,
        }
    }

    /// Sorts the children of a compound statement or of one of its clauses.
    pub(super) fn compound(&mut self, part: Part<'t>) -> Compound<'t> {
        let mut compound = Compound {
            is_async: false,
            is_torn: false,
            comma: None,
            operands: Vec::new(),
            blocks: Vec::new(),
            clauses: Vec::new(),
            start: part.start(),
            header_end: part.start(),
        };
        for child in self.children(part) {
            match child.kind {
                Kind::Error => {
                    compound.is_torn = true;
                    self.note_comments(child);
                }
                Kind::Block => compound.blocks.push(child),
                Kind::ElifClause | Kind::ElseClause | Kind::ExceptClause | Kind::FinallyClause => {
                    compound.clauses.push(child);
                }
                kind if kind.is_token() => {
                    compound.is_async |= kind == Kind::AsyncToken;
                    compound.header_end = child.end();
                    if kind == Kind::Comma {
                        compound.comma = Some(child.span());
                    }
                }
                _ => compound.operands.push(child),
            }
        }
        if compound.is_torn {
            for operand in std::mem::take(&mut compound.operands) {
                self.note_comments(operand);
            }
        }
        compound
    }

    /// An expression of the header; opaque when it is missing.
    pub(super) fn header(&mut self, compound: &Compound<'t>, position: usize) -> ExprId {
        match compound.operands.get(position) {
            Some(operand) => self.expr(*operand),
            None => {
                let span = Span::new(compound.start, compound.header_end);
                self.push_expr(span, ExprKind::Opaque(Vec::new()))
            }
        }
    }

    /// The body, and where it ends.
    pub(super) fn suite(&mut self, compound: &Compound<'t>) -> (Block, usize) {
        let mut body = Block::new();
        for block in &compound.blocks {
            body.extend(self.block(*block));
        }
        let end = body.last().map_or(compound.header_end, |last| {
            self.module.stmt(*last).span.end as usize
        });
        (body, end)
    }

    /// The body of the clause of this kind, and where it ends; `end` if there is none.
    fn clause_suite(&mut self, compound: &Compound<'t>, kind: Kind, end: usize) -> (Block, usize) {
        match compound.clauses.iter().find(|clause| clause.kind == kind) {
            Some(clause) => {
                let clause = self.compound(*clause);
                self.suite(&clause)
            }
            None => (Block::new(), end),
        }
    }
}

/// A compound statement or clause, taken apart.
pub(super) struct Compound<'t> {
    /// `async` stands in front.
    pub(super) is_async: bool,
    /// Part of it could not be parsed; there are no operands then.
    pub(super) is_torn: bool,
    /// The last comma of the header.
    pub(super) comma: Option<Span>,
    /// What stands before the colon.
    pub(super) operands: Vec<Part<'t>>,
    /// The body.
    pub(super) blocks: Vec<Part<'t>>,
    /// `elif`, `else`, `except` and `finally`.
    pub(super) clauses: Vec<Part<'t>>,
    start: usize,
    /// The end of the colon.
    pub(super) header_end: usize,
}
