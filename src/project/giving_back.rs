//! Repairs of what is taken and not given back: a `with` that closes, a `finally` around the one `yield`.
//!
//! Takes what a function takes and what becomes of it; gives edits. Invariant: a repair is whole: where the code has
//! another shape than the one it knows, there is none; where something might still need the connection after the block,
//! it says so.

use super::flow::{Taken, Ways};
use super::repairs::placed;
use super::{ExprRef, Project};
use crate::edit::{self, Applicability, Edit, Fix, Needed, Origin};
use crate::source::{FileId, Place, Span};
use crate::syntax::{
    ArgKind, ExprId, ExprKind, FunctionId, ImportKind, Module, Name, StmtId, StmtKind, WithItem,
};
use std::collections::BTreeSet;

impl Project<'_> {
    /// What makes the block around a connection close it: safe when nothing that came of the connection outlives the
    /// block.
    pub fn close_with_block(&self, taken: &Taken) -> Option<Fix> {
        let file = taken.at.file;
        let function = self.enclosing(taken.at)?.function;
        let (module, _) = self.tree(file);
        let block = WithBlock::around(module, function, taken.at.expr)?;
        let (closer, needed) = self.closer_in(file)?;
        let place = |at: u32| Place {
            file,
            span: Span { start: at, end: at },
        };
        let context = module.expr(block.context).span;
        let target = module.expr(block.target).span;
        self.editable(file)?;
        let insert = |at: u32, content: String| Edit {
            place: place(at),
            content,
        };
        let edits = vec![
            insert(context.start, format!("{closer}(")),
            insert(context.end, ")".to_owned()),
            insert(target.end, format!(", {}", block.name)),
        ];
        let applicability = if self.dies_with_block(module, file, function, &block) {
            Applicability::Safe
        } else {
            Applicability::Unsafe
        };
        let mut fix = Fix::new(
            format!("Close it at the end of the block with `{closer}`"),
            applicability,
            edits,
        );
        fix.needs.extend(needed);
        Some(fix)
    }

    /// What gives a thing back also when the consumer of a generator fails: the take, one `yield` of it, the give-back.
    pub fn protect_yield(&self, taken: &Taken, ways: &Ways) -> Option<Fix> {
        let file = taken.at.file;
        let function = self.enclosing(taken.at)?;
        let (module, _) = self.tree(file);
        let body = &module.function(function.function).body;
        let only = ways.given.iter().next().filter(|_| ways.given.len() == 1)?;
        let (hand, give) = body.windows(3).find_map(|three| {
            let [take, hand, give] = *three else {
                return None;
            };
            let name = taken_by(module, take, taken.at.expr)?;
            let yields = yielded_by(module, hand)? == name;
            let gives = module.stmt(give).span.contains(*only)
                && matches!(module.stmt(give).kind, StmtKind::Expr(_));
            (yields && gives).then_some((hand, give))
        })?;
        let text = self.editable(file)?;
        let edits = edit::protect(&text, module.stmt(hand).span, module.stmt(give).span)?;
        Some(Fix::new(
            "Give it back in a `finally`",
            Applicability::Safe,
            placed(file, edits),
        ))
    }

    /// How a file writes the call that closes at the end of a block, and the import that it needs for that.
    fn closer_in(&self, file: FileId) -> Option<(String, Option<Needed>)> {
        let (module, _) = self.tree(file);
        let (path, name) = self.catalog.closer()?.rsplit_once('.')?;
        let statements = module.body.iter().map(|stmt| module.stmt(*stmt));
        let imports = statements.flat_map(|stmt| match &stmt.kind {
            StmtKind::Import(imports) => imports.as_slice(),
            _ => &[],
        });
        let kin = imports.clone().filter(|import| {
            let first = import.module.first();
            import.level == 0 && first.is_some_and(|first| self.catalog.is_standard(first))
        });
        let kin = kin.map(|import| import.span).collect();
        let own = imports.filter(|import| import.level == 0 && import.module.join(".") == path);
        for import in own {
            match &import.kind {
                ImportKind::Name { name: taken, alias } if *taken == name => {
                    return Some((alias.as_ref().unwrap_or(taken).to_string(), None));
                }
                ImportKind::Module { alias } => {
                    let base = alias.as_ref().map_or(path, |alias| alias.as_str());
                    return Some((format!("{base}.{name}"), None));
                }
                _ => {}
            }
        }
        let needed = Needed {
            file,
            from: Origin::Module {
                path: path.to_owned(),
                kin,
            },
            name: name.to_owned(),
        };
        Some((name.to_owned(), Some(needed)))
    }

    /// Whether nothing that came of the connection is used after its block.
    fn dies_with_block(
        &self,
        module: &Module,
        file: FileId,
        function: FunctionId,
        block: &WithBlock,
    ) -> bool {
        let inside = Outliving::of(self, module, file, block);
        if inside.escapes {
            return false;
        }
        let others: Vec<Span> = WithBlock::all(module, function)
            .filter(|other| other.name == block.name)
            .map(|other| other.span)
            .collect();
        let around = module.function(function).span;
        module.exprs.iter().all(|expr| match &expr.kind {
            ExprKind::Name(name) => {
                !around.contains(expr.span)
                    || !inside.names.contains(name)
                    || others.iter().any(|other| other.contains(expr.span))
            }
            _ => true,
        })
    }
}

/// The name that a statement binds to what `taken` gives.
fn taken_by(module: &Module, stmt: StmtId, taken: ExprId) -> Option<&Name> {
    let StmtKind::Assign { targets, value, .. } = &module.stmt(stmt).kind else {
        return None;
    };
    let value = awaited(module, (*value)?);
    match targets[..] {
        [target] if value == taken => name_of(module, target),
        _ => None,
    }
}

/// The name that a statement yields, and does nothing else.
fn yielded_by(module: &Module, stmt: StmtId) -> Option<&Name> {
    let StmtKind::Expr(expr) = module.stmt(stmt).kind else {
        return None;
    };
    match module.expr(expr).kind {
        ExprKind::Yield(Some(value)) => name_of(module, value),
        _ => None,
    }
}

fn name_of(module: &Module, expr: ExprId) -> Option<&Name> {
    match &module.expr(expr).kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

fn awaited(module: &Module, expr: ExprId) -> ExprId {
    match module.expr(expr).kind {
        ExprKind::Await(inner) => inner,
        _ => expr,
    }
}

/// A `with` block that names the connection it is about.
struct WithBlock {
    context: ExprId,
    target: ExprId,
    name: Name,
    body: Vec<StmtId>,
    /// The whole statement.
    span: Span,
}

impl WithBlock {
    /// The blocks of a function, one for each item that binds a plain name.
    fn all(module: &Module, function: FunctionId) -> impl Iterator<Item = Self> {
        let around = module.function(function).span;
        let statements = module.stmts.iter();
        statements
            .filter(move |stmt| around.contains(stmt.span))
            .flat_map(move |stmt| {
                let (items, body): (&[WithItem], _) = match &stmt.kind {
                    StmtKind::With {
                        items,
                        body,
                        is_async: false,
                    } => (items, body.as_slice()),
                    _ => (&[], [].as_slice()),
                };
                items.iter().filter_map(move |item| {
                    let target = item.target?;
                    Some(Self {
                        context: item.context,
                        target,
                        name: name_of(module, target)?.clone(),
                        body: body.to_vec(),
                        span: stmt.span,
                    })
                })
            })
    }

    /// The block whose context is this expression.
    fn around(module: &Module, function: FunctionId, context: ExprId) -> Option<Self> {
        Self::all(module, function).find(|block| block.context == context)
    }
}

/// What comes of a connection inside its block.
struct Outliving {
    /// Names that hold the connection, or something that still needs it.
    names: BTreeSet<Name>,
    /// Whether something that still needs it leaves the function, or goes where nobody can see.
    escapes: bool,
}

impl Outliving {
    fn of(project: &Project<'_>, module: &Module, file: FileId, block: &WithBlock) -> Self {
        let mut found = Self {
            names: BTreeSet::from([block.name.clone()]),
            escapes: false,
        };
        // Each round may find a name that is made of the names before it.
        loop {
            let known = found.names.len();
            found.follow(project, module, file, block, &block.body);
            if found.names.len() == known {
                break;
            }
        }
        found
    }

    fn follow(
        &mut self,
        project: &Project<'_>,
        module: &Module,
        file: FileId,
        block: &WithBlock,
        body: &[StmtId],
    ) {
        for stmt in body {
            let stmt = module.stmt(*stmt);
            let names = self.names.clone();
            let needs = |expr: ExprId| needs(project, module, &names, ExprRef { file, expr });
            match &stmt.kind {
                StmtKind::Assign {
                    targets,
                    value: Some(value),
                    ..
                } if needs(*value) => {
                    for target in targets {
                        self.bind(module, *target);
                    }
                }
                StmtKind::Return(Some(value)) => self.escapes |= needs(*value),
                StmtKind::Expr(expr) => {
                    self.escapes |= match module.expr(*expr).kind {
                        ExprKind::Yield(Some(value)) | ExprKind::YieldFrom(value) => needs(value),
                        // The connection itself is only lent; a cursor may be kept.
                        ExprKind::Call(ref call) => call.args.iter().any(|arg| {
                            name_of(module, arg.value) != Some(&block.name) && needs(arg.value)
                        }),
                        _ => false,
                    }
                }
                StmtKind::With { items, .. } => {
                    for item in items {
                        if let Some(target) = item.target
                            && needs(item.context)
                        {
                            self.bind(module, target);
                        }
                    }
                }
                // A function may run later.
                StmtKind::Function(function) => {
                    self.escapes |= mentions(module, module.function(*function).span, &self.names);
                }
                StmtKind::Class(_) | StmtKind::Opaque(_) => self.escapes = true,
                _ => {}
            }
            for inner in module.blocks(stmt) {
                if !matches!(stmt.kind, StmtKind::Function(_) | StmtKind::Class(_)) {
                    self.follow(project, module, file, block, inner);
                }
            }
        }
    }

    fn bind(&mut self, module: &Module, target: ExprId) {
        match &module.expr(target).kind {
            ExprKind::Name(name) => {
                self.names.insert(name.clone());
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for item in items {
                    self.bind(module, *item);
                }
            }
            // `connection.row_factory = …` is a setting of the connection itself.
            ExprKind::Attribute(base, _)
                if name_of(module, *base).is_some_and(|name| self.names.contains(name)) => {}
            _ => self.escapes = true,
        }
    }
}

fn mentions(module: &Module, inside: Span, names: &BTreeSet<Name>) -> bool {
    module.exprs.iter().any(|expr| match &expr.kind {
        ExprKind::Name(name) => inside.contains(expr.span) && names.contains(name),
        _ => false,
    })
}

/// Whether the value of an expression may still need what the names hold.
fn needs(project: &Project<'_>, module: &Module, names: &BTreeSet<Name>, at: ExprRef) -> bool {
    let again = |expr: ExprId| needs(project, module, names, ExprRef { expr, ..at });
    match &module.expr(at.expr).kind {
        ExprKind::Name(name) => names.contains(name),
        ExprKind::Call(call) => {
            let owner = match &module.expr(call.callee).kind {
                ExprKind::Attribute(base, method) => Some((*base, method)),
                _ => None,
            };
            if owner.is_some_and(|(_, method)| project.catalog.is_detaching(method)) {
                return false;
            }
            let inside = owner.is_some_and(|(base, _)| again(base))
                || call.args.iter().any(|arg| again(arg.value));
            let detached = |expr| {
                let val = project.eval(ExprRef { expr, ..at }, &None);
                let path = val.path();
                path.is_some_and(|path| project.catalog.is_detached(path))
            };
            let plain = call.args.iter().all(|arg| arg.kind == ArgKind::Positional);
            inside && !(plain && detached(call.callee))
        }
        // A number that the connection or cursor counts.
        ExprKind::Attribute(..)
        | ExprKind::Compare(..)
        | ExprKind::Not(_)
        | ExprKind::Text(_)
        | ExprKind::Binary(..) => false,
        ExprKind::Subscript(base, _) => again(*base),
        ExprKind::Lambda(function) => mentions(module, module.function(*function).span, names),
        ExprKind::Comprehension(comprehension) => {
            comprehension.elements.iter().any(|element| again(*element))
                || comprehension.is_lazy
                    && comprehension
                        .clauses
                        .iter()
                        .any(|clause| again(clause.iter))
        }
        _ => module.children(at.expr).into_iter().any(again),
    }
}
