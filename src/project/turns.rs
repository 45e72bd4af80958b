//! Turns: the loops in which a connection is opened and closed again each time round.
//!
//! Takes what a function takes; gives the calls that stand in such a loop, in the function itself or in what calls it
//! over at most [`MOST_CALLS`] calls. Invariant: what goes into the connection is the same on each turn, and a turn that
//! succeeds leads to the next one.

use super::flow::{Taken, Ways};
use super::names::{Atom, Binding, BindingKind, Index, Standing, Turn};
use super::placement::Kept;
use super::values::{MOST_CALLS, Value};
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::ContextKind;
use crate::frontend;
use crate::source::{FileId, Place};
use crate::syntax::{ArgKind, Block, ExprId, ExprKind, Module, Name, Receiver, StmtId, StmtKind};
use std::collections::BTreeSet;

/// So many turns, written one by one, are not worth a word.
const A_HANDFUL: usize = 8;

/// How many calls are looked at above one connection.
const MOST_CALLERS: usize = 200;

/// A call in a loop that opens a connection and closes it on each turn.
#[derive(Clone, Debug)]
pub struct Repeated {
    /// The call in the loop.
    pub call: ExprRef,
    /// The loop.
    pub turn: Turn,
    /// Its head.
    pub head: Place,
    /// The calls below it, down to the one that makes the connection.
    pub chain: Vec<ExprRef>,
    /// Whether a turn waits: a job that runs every so often.
    pub waits: bool,
    /// Whether some turns may leave it out.
    pub sometimes: bool,
}

/// What an argument is made of, by the names of its function.
#[derive(Clone, Default)]
struct Origins {
    names: BTreeSet<Name>,
    attributes: BTreeSet<Name>,
}

/// What a loop does with a call in it.
enum Going {
    /// Each turn does the same again.
    Round,
    /// It ends with the first success, or there is little of it; a loop around it may repeat it.
    Once,
    /// Each turn is about something else.
    Elsewhere,
}

impl Project<'_> {
    /// The loops that open and close a connection on each turn. `ways` is nothing for what a module itself takes.
    pub fn repeated_by_loops(&self, taken: &Taken, ways: Option<&Ways>) -> Vec<Repeated> {
        let mut chain: Vec<ExprRef> = taken.chain.clone();
        let mut origins = Origins::default();
        for (number, call) in taken.chain.iter().enumerate() {
            let fed = self.fed(*call, &origins, number == 0);
            origins = self.made_of(*call, &fed, &origins, None).0;
        }
        let entered = self.entered_by_with(taken);
        let ends = match ways {
            None => self.is_closed_here(taken),
            Some(ways) if ways.unknown || !ways.returned.is_empty() => false,
            Some(ways) => {
                ways.left.is_empty()
                    || self.stored(taken.at) == Kept::No && self.is_closed_here(taken)
            }
        };
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        if ends {
            let maker = taken.chain.is_empty();
            self.climb(taken.at, maker, &origins, &mut chain, &mut seen, &mut found);
        } else if let Some(class) = entered {
            chain.push(taken.at);
            for call in self.constructions_of(class) {
                if self.is_with_item(call) {
                    self.climb(
                        call,
                        true,
                        &origins,
                        &mut chain.clone(),
                        &mut seen,
                        &mut found,
                    );
                }
            }
        }
        found
    }

    /// From a call to the loops around it, and to the calls of the function that holds it. `whole` says that each of its
    /// arguments counts; else those that `origins` names.
    fn climb(
        &self,
        call: ExprRef,
        whole: bool,
        origins: &Origins,
        chain: &mut Vec<ExprRef>,
        seen: &mut BTreeSet<ExprRef>,
        found: &mut Vec<Repeated>,
    ) {
        if chain.len() > usize::from(MOST_CALLS)
            || seen.len() > MOST_CALLERS
            || !seen.insert(call)
            || self.kept(call) != Kept::No && self.enclosing(call).is_some()
            || self.flagged(call) != Kept::No
            || self.contexts(call).iter().any(is_beside)
        {
            return;
        }
        let fed = self.fed(call, origins, whole);
        for turn in self.turns_around(call) {
            let (_, varies) = self.made_of(call, &fed, origins, Some(turn));
            match self.going(call, turn, varies) {
                Going::Round => {
                    found.push(Repeated {
                        call,
                        turn,
                        head: self.head(call.file, turn),
                        chain: chain.iter().rev().copied().collect(),
                        waits: self.waits(call.file, turn),
                        sometimes: self.is_tested(call, turn),
                    });
                    return;
                }
                Going::Elsewhere => return,
                Going::Once => {}
            }
        }
        let Some(function) = self.enclosing(call) else {
            return;
        };
        let (above, _) = self.made_of(call, &fed, origins, None);
        let is_async = self.function(function).is_async;
        chain.push(call);
        for caller in self.callers(function) {
            // What is not waited for runs beside the others: one for each worker.
            let beside = is_async && !self.is_awaited(caller);
            let itself = self.enclosing(caller) == Some(function);
            if !beside && !itself && !self.leads_past(caller, function, call) {
                self.climb(caller, false, &above, chain, seen, found);
            }
        }
        chain.pop();
    }

    /// The loops around a call in its function, innermost first.
    fn turns_around(&self, call: ExprRef) -> Vec<Turn> {
        let (_, index) = self.tree(call.file);
        let standing = index.standing(call.expr);
        let comprehension = standing
            .turn
            .filter(|turn| matches!(turn, Turn::Comprehension(_)));
        let loops = index.atoms(standing.guard).filter_map(|atom| match atom {
            Atom::Loop(stmt) => Some(Turn::Statement(stmt)),
            _ => None,
        });
        comprehension.into_iter().chain(loops).collect()
    }

    fn going(&self, call: ExprRef, turn: Turn, varies: bool) -> Going {
        if varies {
            return Going::Elsewhere;
        }
        let (module, index) = self.tree(call.file);
        let stmt = match turn {
            Turn::Comprehension(id) => {
                let few = match &module.expr(id).kind {
                    ExprKind::Comprehension(found) => found
                        .clauses
                        .iter()
                        .all(|clause| self.is_handful(call.file, clause.iter)),
                    _ => true,
                };
                return if few { Going::Once } else { Going::Round };
            }
            Turn::Statement(stmt) => stmt,
        };
        let at = index.standing(call.expr).stmt;
        let (body, is_while, counts, few) = match &module.stmt(stmt).kind {
            StmtKind::While { body, .. } => (body, true, false, false),
            StmtKind::For { body, iter, .. } => {
                let counts = module.call(*iter).is_some_and(|call_of| {
                    let callee = ExprRef {
                        file: call.file,
                        expr: call_of.callee,
                    };
                    let val = self.eval(callee, &None);
                    val.path().is_some_and(|path| **path == *frontend::COUNTING)
                });
                (body, false, counts, self.is_handful(call.file, *iter))
            }
            _ => return Going::Once,
        };
        let after = self.after_failure(call, stmt);
        let ends = !comes_back(module, body, at)
            || (is_while || counts) && (may_leave(module, body, at) || listens(module, body, at));
        if few || after || ends {
            Going::Once
        } else {
            Going::Round
        }
    }

    /// Whether a `for` goes through few things that are written where it stands.
    fn is_handful(&self, file: FileId, iter: ExprId) -> bool {
        let val = self.eval(ExprRef { file, expr: iter }, &None);
        let alternatives = val.alternatives();
        alternatives.iter().all(|(val, _)| match &val.value {
            Value::List(items) | Value::Tuple(items) => items.len() <= A_HANDFUL,
            Value::Dict(dict) => !dict.open && dict.entries.len() <= A_HANDFUL,
            _ => false,
        }) || self.is_short_count(file, iter)
    }

    fn is_short_count(&self, file: FileId, iter: ExprId) -> bool {
        let (module, _) = self.tree(file);
        let Some(call) = module.call(iter) else {
            return false;
        };
        let path = |expr| self.eval(ExprRef { file, expr }, &None);
        let counts = path(call.callee)
            .path()
            .is_some_and(|path| **path == *frontend::COUNTING);
        let most = call.args.iter().map(|arg| match path(arg.value).value {
            Value::Int(number) => Some(number),
            _ => None,
        });
        let most: Option<Vec<i64>> = most.collect();
        counts
            && most.is_some_and(|numbers| {
                numbers
                    .iter()
                    .all(|number| *number <= i64::try_from(A_HANDFUL).unwrap_or(0))
            })
    }

    /// Whether a loop comes to a call only when what was there before is gone: in a handler, or under a test of the name
    /// that the call gives its connection to.
    fn after_failure(&self, call: ExprRef, turn: StmtId) -> bool {
        let (module, index) = self.tree(call.file);
        let held: Vec<&Name> = match &module.stmt(index.standing(call.expr).stmt).kind {
            StmtKind::Assign { targets, .. } => targets
                .iter()
                .flat_map(|target| match &module.expr(*target).kind {
                    ExprKind::Tuple(each) => each.clone(),
                    _ => vec![*target],
                })
                .filter_map(|target| match &module.expr(target).kind {
                    ExprKind::Name(name) | ExprKind::Attribute(_, name) => Some(name),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        within(index, call, turn).any(|atom| match atom {
            Atom::TryArm(_, arm) => arm > 0,
            Atom::Test(test, _) => any_inside(module, test, &|id| {
                matches!(&module.expr(id).kind,
                    ExprKind::Name(name) | ExprKind::Attribute(_, name) if held.contains(&name))
            }),
            _ => false,
        })
    }

    /// Whether a test inside the loop decides about the call.
    fn is_tested(&self, call: ExprRef, turn: Turn) -> bool {
        let Turn::Statement(stmt) = turn else {
            return false;
        };
        let (_, index) = self.tree(call.file);
        within(index, call, stmt).any(|atom| matches!(atom, Atom::Test(..) | Atom::MatchArm(..)))
    }

    /// Whether a turn of a loop waits before the next: something in it is named for a pause.
    fn waits(&self, file: FileId, turn: Turn) -> bool {
        let Turn::Statement(stmt) = turn else {
            return false;
        };
        let (module, index) = self.tree(file);
        let words = &self.catalog.contexts().pause_words;
        let is_while = matches!(module.stmt(stmt).kind, StmtKind::While { .. });
        let span = module.stmt(stmt).span;
        is_while
            && index.calls.iter().any(|expr| {
                span.contains(module.expr(*expr).span)
                    && module
                        .call(*expr)
                        .is_some_and(|call| match &module.expr(call.callee).kind {
                            ExprKind::Name(name) | ExprKind::Attribute(_, name) => {
                                let named = super::sessions::split_words(name);
                                named.iter().any(|word| words.contains(word))
                            }
                            _ => false,
                        })
            })
    }

    fn head(&self, file: FileId, turn: Turn) -> Place {
        match turn {
            Turn::Statement(stmt) => self.stmt_head(file, stmt),
            Turn::Comprehension(expr) => self.place(ExprRef { file, expr }),
        }
    }

    fn is_awaited(&self, call: ExprRef) -> bool {
        let (module, index) = self.tree(call.file);
        let parent = index.parent(call.expr);
        self.is_with_item(call)
            || parent.is_some_and(|parent| matches!(module.expr(parent).kind, ExprKind::Await(_)))
    }

    /// Whether what is taken is closed by the function that takes it, other than in a handler: it is a `with` item, or its
    /// name is.
    fn is_closed_here(&self, taken: &Taken) -> bool {
        if self.is_with_item(taken.at) {
            return true;
        }
        let (module, index) = self.tree(taken.at.file);
        let home = index.standing(taken.at.expr);
        if let Some(parent) = index.parent(taken.at.expr)
            && index.with_items.contains_key(&parent)
        {
            return true;
        }
        let StmtKind::Assign { targets, .. } = &module.stmt(home.stmt).kind else {
            return false;
        };
        let names: Vec<&Name> = targets
            .iter()
            .filter_map(|target| match (&module.expr(*target).kind, taken.element) {
                (ExprKind::Name(name), None) => Some(name),
                (ExprKind::Tuple(each), Some(place)) => {
                    match &module.expr(*each.get(place as usize)?).kind {
                        ExprKind::Name(name) => Some(name),
                        _ => None,
                    }
                }
                _ => None,
            })
            .collect();
        let function = index.function_of(home.scope);
        index.calls.iter().any(|expr| {
            let at = index.standing(*expr);
            let handled = index
                .atoms(at.guard)
                .any(|atom| matches!(atom, Atom::TryArm(_, arm) if arm > 0));
            let Some(call) = module.call(*expr) else {
                return false;
            };
            let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind else {
                return false;
            };
            !handled
                && index.function_of(at.scope) == function
                && taken.thing.gives.iter().any(|give| give == method)
                && matches!(&module.expr(*base).kind, ExprKind::Name(name) if names.contains(&name))
        })
    }

    /// The class whose `with` block holds what one of its methods takes and keeps on the object.
    fn entered_by_with(&self, taken: &Taken) -> Option<ClassRef> {
        let Kept::Instance(class) = self.stored(taken.at) else {
            return None;
        };
        let (module, index) = self.tree(class.file);
        let method = self.function(self.enclosing(taken.at)?);
        let opens = frontend::is_constructor(&method.name)
            || frontend::ENTER_METHODS.contains(&method.name.as_str());
        let leaves = index.methods[class.class.index()]
            .iter()
            .any(|method| frontend::EXIT_METHODS.contains(&module.function(*method).name.as_str()));
        (opens && leaves).then_some(class)
    }

    /// The expressions at a call that feed what is counted: all of its arguments, or those of the named parameters.
    fn fed(&self, call: ExprRef, origins: &Origins, whole: bool) -> Vec<ExprId> {
        let (module, _) = self.tree(call.file);
        let Some(found) = module.call(call.expr) else {
            return Vec::new();
        };
        if whole {
            return std::iter::once(found.callee)
                .chain(found.args.iter().map(|arg| arg.value))
                .collect();
        }
        let callee = ExprRef {
            file: call.file,
            expr: found.callee,
        };
        let mut fed = Vec::new();
        for (val, _) in self.eval(callee, &None).alternatives() {
            let function = match val.value {
                Value::Function(function, _) | Value::Method(function, _) => function,
                Value::Class(class) => match self.constructor(class) {
                    Some(function) => function,
                    None => continue,
                },
                _ => continue,
            };
            self.fed_to(
                function,
                found.callee,
                &found.args,
                module,
                origins,
                &mut fed,
            );
        }
        fed
    }

    fn fed_to(
        &self,
        function: FunctionRef,
        callee: ExprId,
        args: &[crate::syntax::Arg],
        module: &Module,
        origins: &Origins,
        fed: &mut Vec<ExprId>,
    ) {
        let found = self.function(function);
        let own = usize::from(found.receiver != Receiver::None);
        if own == 1
            && found
                .params
                .first()
                .is_some_and(|param| origins.names.contains(&param.name))
            && let ExprKind::Attribute(base, _) = &module.expr(callee).kind
        {
            fed.push(*base);
        }
        let mut position = own;
        for arg in args {
            let named = match &arg.kind {
                ArgKind::Positional => {
                    position += 1;
                    found.params.get(position - 1).map(|param| &param.name)
                }
                ArgKind::Keyword(name) => Some(name),
                ArgKind::Splat | ArgKind::KeywordSplat => None,
            };
            let open = !matches!(arg.kind, ArgKind::Positional) && named.is_none();
            if open || named.is_some_and(|name| origins.names.contains(name)) {
                fed.push(arg.value);
            }
        }
    }

    /// What expressions at a call are made of, and whether any of it is bound on a turn.
    fn made_of(
        &self,
        call: ExprRef,
        fed: &[ExprId],
        below: &Origins,
        turn: Option<Turn>,
    ) -> (Origins, bool) {
        let (module, index) = self.tree(call.file);
        let mut origins = Origins {
            names: BTreeSet::new(),
            attributes: below.attributes.clone(),
        };
        let mut varies = false;
        let mut queue = fed.to_vec();
        let mut seen: BTreeSet<ExprId> = BTreeSet::new();
        let on_turn = |at: Standing| turn.is_some_and(|turn| stands_in(index, at, turn));
        while let Some(expr) = queue.pop() {
            if !seen.insert(expr) {
                continue;
            }
            match &module.expr(expr).kind {
                ExprKind::Name(name) => {
                    for binding in bindings(index, index.standing(expr), name) {
                        if self.is_own_method(call.file, &binding.kind) {
                            continue;
                        }
                        varies |= on_turn(binding.at);
                        origins.names.insert(name.clone());
                        queue.extend(values_of(module, &binding.kind));
                    }
                }
                ExprKind::Attribute(_, name) => {
                    origins.attributes.insert(name.clone());
                }
                _ => {}
            }
            queue.extend(module.children(expr));
        }
        let written = index.class_attributes.iter().flatten();
        varies |= written
            .filter(|(name, _)| origins.attributes.contains(*name))
            .any(|(_, bindings)| bindings.iter().any(|binding| on_turn(binding.at)));
        let others = index.attribute_writes.iter();
        varies |= others
            .filter(|write| origins.attributes.contains(&write.name))
            .any(|write| on_turn(write.at));
        (origins, varies)
    }
}

impl Project<'_> {
    /// A call of a method that the project defines: it does its work, and the object stays what it is.
    fn is_own_method(&self, file: FileId, kind: &BindingKind) -> bool {
        let BindingKind::Method(call) = kind else {
            return false;
        };
        let (module, _) = self.tree(file);
        module.call(*call).is_some_and(|call| {
            let expr = call.callee;
            let callee = self.eval(ExprRef { file, expr }, &None);
            let mut alternatives = callee.alternatives().into_iter();
            alternatives.any(|(val, _)| matches!(val.value, Value::Method(..)))
        })
    }
}

/// Contexts in which a loop does not matter, or nobody here maintains it.
fn is_beside(context: &ContextKind) -> bool {
    matches!(
        context,
        ContextKind::Test
            | ContextKind::Migration
            | ContextKind::Example
            | ContextKind::Vendored
            | ContextKind::Generated
    )
}

/// What a name is bound to where an expression stands.
fn bindings<'i>(index: &'i Index, at: Standing, name: &Name) -> &'i [Binding] {
    let mut scope = Some(at.scope);
    while let Some(id) = scope {
        if let Some(bindings) = index.scope(id).names.get(name) {
            return bindings;
        }
        scope = index.scope(id).parent;
    }
    &[]
}

/// The expressions that a binding takes its value from.
fn values_of(module: &Module, kind: &BindingKind) -> Vec<ExprId> {
    match kind {
        BindingKind::Value(value)
        | BindingKind::Unpack(value, _)
        | BindingKind::Element(value, _)
        | BindingKind::With(value)
        | BindingKind::Augment(_, value) => vec![*value],
        BindingKind::SetItem(key, value) | BindingKind::SetInner(key, value) => vec![*key, *value],
        BindingKind::Method(call) => module
            .call(*call)
            .map(|call| call.args.iter().map(|arg| arg.value).collect())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Whether something stands inside a loop.
fn stands_in(index: &Index, at: Standing, turn: Turn) -> bool {
    at.turn == Some(turn)
        || match turn {
            Turn::Statement(stmt) => index.atoms(at.guard).any(|atom| atom == Atom::Loop(stmt)),
            Turn::Comprehension(_) => false,
        }
}

/// The conditions between a loop and a call in it.
fn within(index: &Index, call: ExprRef, turn: StmtId) -> impl Iterator<Item = Atom> + '_ {
    index
        .atoms(index.standing(call.expr).guard)
        .take_while(move |atom| *atom != Atom::Loop(turn))
}

fn any_inside(module: &Module, expr: ExprId, wanted: &dyn Fn(ExprId) -> bool) -> bool {
    wanted(expr)
        || module
            .children(expr)
            .into_iter()
            .any(|child| any_inside(module, child, wanted))
}

/// Whether a block that is entered at `stmt` may go on to the next turn of its loop without a failure.
fn comes_back(module: &Module, body: &Block, stmt: StmtId) -> bool {
    goes_on(module, from(module, body, stmt), Some(stmt)).again
}

/// Whether the loop may be left after `stmt`, other than by a failure.
fn may_leave(module: &Module, body: &Block, stmt: StmtId) -> bool {
    goes_on(module, from(module, body, stmt), Some(stmt)).leaves
}

/// Whether a turn stays in a loop of its own after `stmt`, or waits for what comes in.
fn listens(module: &Module, body: &Block, stmt: StmtId) -> bool {
    let whole = body.iter().map(|id| module.stmt(*id).span);
    let Some(span) = whole.reduce(|first, last| crate::source::Span {
        start: first.start,
        end: last.end,
    }) else {
        return false;
    };
    let start = module.stmt(stmt).span.start;
    module.stmts.iter().any(|inner| {
        span.contains(inner.span)
            && inner.span.start >= start
            && match &inner.kind {
                StmtKind::For { is_async, .. } => *is_async,
                StmtKind::While { .. } => true,
                _ => false,
            }
    })
}

/// The rest of a block from the statement that holds `stmt`.
fn from<'m>(module: &Module, block: &'m [StmtId], stmt: StmtId) -> &'m [StmtId] {
    let at = block
        .iter()
        .position(|id| module.stmt(*id).span.contains(module.stmt(stmt).span));
    &block[at.unwrap_or(block.len())..]
}

/// Ways out of a block.
#[derive(Clone, Copy, Default)]
struct Ends {
    /// Through its end or by `continue`.
    again: bool,
    /// Through its end.
    falls: bool,
    /// By `break` or `return`.
    leaves: bool,
}

/// The ways out of a block without failures. When `inner` is given the block is entered there.
fn goes_on(module: &Module, block: &[StmtId], inner: Option<StmtId>) -> Ends {
    let mut all = Ends::default();
    for id in block {
        let inner = inner.filter(|inner| {
            id != inner && module.stmt(*id).span.contains(module.stmt(*inner).span)
        });
        let entered = |body: &[StmtId]| -> Option<Ends> {
            match inner {
                None => Some(goes_on(module, body, None)),
                Some(stmt) => {
                    let rest = from(module, body, stmt);
                    (!rest.is_empty()).then(|| goes_on(module, rest, Some(stmt)))
                }
            }
        };
        let through = Ends {
            again: true,
            falls: true,
            leaves: false,
        };
        let each: Vec<Ends> = match &module.stmt(*id).kind {
            StmtKind::Return(_) | StmtKind::Break => vec![Ends {
                leaves: true,
                ..Ends::default()
            }],
            StmtKind::Continue => vec![Ends {
                again: true,
                ..Ends::default()
            }],
            StmtKind::Raise(_) => vec![Ends::default()],
            StmtKind::If(arms) => {
                let mut each: Vec<Ends> =
                    arms.iter().filter_map(|arm| entered(&arm.body)).collect();
                if inner.is_none() && arms.last().is_some_and(|arm| arm.test.is_some()) {
                    each.push(through);
                }
                each
            }
            StmtKind::With { body, .. } => vec![entered(body).unwrap_or(through)],
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                let ends = match (entered(body), inner) {
                    (Some(ends), _) if ends.falls => {
                        let after = goes_on(module, otherwise, None);
                        Ends {
                            again: after.again,
                            falls: after.falls,
                            leaves: ends.leaves || after.leaves,
                        }
                    }
                    (Some(ends), _) => ends,
                    (None, Some(_)) => handlers
                        .iter()
                        .find_map(|handler| entered(&handler.body))
                        .or_else(|| entered(otherwise))
                        .unwrap_or(through),
                    (None, None) => through,
                };
                let last = goes_on(module, finally, None);
                vec![Ends {
                    again: ends.again && last.again,
                    falls: ends.falls && last.falls,
                    leaves: ends.leaves || last.leaves,
                }]
            }
            // An inner loop keeps its `break`; a `return` in it leaves this one, too.
            StmtKind::For { body, .. } | StmtKind::While { body, .. } => vec![Ends {
                leaves: returns(module, body),
                ..through
            }],
            StmtKind::Match { arms, .. } => {
                let mut each: Vec<Ends> =
                    arms.iter().filter_map(|arm| entered(&arm.body)).collect();
                if inner.is_none() {
                    each.push(through);
                }
                each
            }
            _ => vec![through],
        };
        let falls = each.iter().any(|ends| ends.falls);
        all.leaves |= each.iter().any(|ends| ends.leaves);
        all.again |= each.iter().any(|ends| ends.again && !ends.falls);
        if !falls {
            return all;
        }
    }
    all.falls = true;
    all.again = true;
    all
}

fn returns(module: &Module, block: &[StmtId]) -> bool {
    block.iter().any(|id| {
        let span = module.stmt(*id).span;
        let inside = module.functions.iter().map(|function| function.span);
        let inside: Vec<_> = inside.filter(|inner| span.contains(*inner)).collect();
        module.stmts.iter().any(|stmt| {
            matches!(stmt.kind, StmtKind::Return(_))
                && span.contains(stmt.span)
                && !inside.iter().any(|inner| inner.contains(stmt.span))
        })
    })
}
