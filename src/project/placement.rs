//! Placement: how often a place of the program runs.
//!
//! Takes an expression; gives the evidence that it runs many times (a route, a task, a loop, a thread …), each with the
//! chain of calls that leads from there, followed over at most [`MOST_CALLS`] calls. Guards that mean "made once" end a
//! chain. Invariant: no evidence, no claim.

use super::names::{Atom, Binding, BindingKind, ScopeId, ScopeKind, Standing, Turn};
use super::turns::{asks_for_held, is_attempt};
use super::values::MOST_CALLS;
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::{ContextKind, Multiplicity, World};
use crate::frontend;
use crate::source::{FileId, Place};
use crate::syntax::{
    ArgKind, ExprId, ExprKind, FunctionId, Module, Name, Receiver, StmtId, StmtKind,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Evidence about how often a place runs.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// How often.
    pub when: Multiplicity,
    /// In which world.
    pub world: World,
    /// The context it proves.
    pub context: Option<ContextKind>,
    /// Where that is said: decorator, loop, call that hands the function over.
    pub place: Place,
    /// The function that runs so often, for messages; empty for a loop.
    pub function: String,
    /// The path of the framework that calls it; empty for a loop.
    pub caller: String,
    /// The calls from there to the place, outermost first.
    pub chain: Vec<Place>,
    /// The function that runs so often; `None` for a loop.
    pub of: Option<FunctionRef>,
    /// The call or decorator that hands it over.
    pub at: Option<ExprRef>,
    /// Whether it runs in one of several worker threads.
    pub threads: bool,
    /// Whether what starts it is known to happen more than once: a single background thread is no repetition.
    pub many: bool,
}

/// Everything known about how often a place runs.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    /// Evidence of both kinds: that it runs often, and that a framework runs it once.
    pub evidence: Vec<Evidence>,
    /// True when some way to the place starts at module level.
    pub at_import: bool,
    /// True when some way ends at a guard that means "made once".
    pub made_once: bool,
    /// True when some way starts below "the file is the program itself".
    pub from_main: bool,
    /// The functions without known callers at which ways start.
    pub roots: Vec<FunctionRef>,
}

impl Placement {
    /// Whether all ways to the place are known, and none of them runs it a second time.
    pub fn is_certainly_once(&self) -> bool {
        let starts =
            self.from_main || self.made_once || self.at_import || !self.evidence.is_empty();
        let started = |root| self.evidence.iter().any(|it| it.of == Some(root));
        starts && self.roots.iter().all(|root| started(*root)) && self.repeated().is_none()
    }

    /// The strongest evidence that the place runs many times in one process.
    pub fn repeated(&self) -> Option<&Evidence> {
        self.evidence
            .iter()
            .filter(|evidence| {
                evidence.when >= Multiplicity::PerThread
                    && evidence.when != Multiplicity::PerTest
                    && evidence.many
            })
            .max_by_key(|evidence| (evidence.when, std::cmp::Reverse(evidence.chain.len())))
    }

    /// Whether all that is known says that the place runs once.
    pub fn is_once(&self) -> bool {
        let known = self.made_once || self.from_main || self.at_import || !self.evidence.is_empty();
        known && self.repeated().is_none()
    }
}

/// How long something that was made is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// As long as the process.
    Process,
    /// As long as the object of this class.
    Instance(ClassRef),
    /// Not at all, or nothing says so.
    No,
}

/// What one question has gone through.
#[derive(Default)]
struct Seen {
    reached: BTreeMap<ExprRef, usize>,
    /// The decorated functions that were looked at.
    wrapped: BTreeMap<FunctionRef, usize>,
    /// Whether the database of the place depends on what its callers pass.
    by_caller: bool,
    /// How many links of the chain hand over a block of the function around them: no calls of their own.
    blocks: usize,
}

/// A place where a function puts something that outlives it.
pub struct Store {
    pub(super) root: Root,
    pub(super) value: ExprId,
    pub(super) kept: Kept,
    /// Whether it counts only beside a test of what is there.
    pub(super) if_tested: bool,
}

/// What a store is written to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Root {
    Name(Name),
    Attribute(Name),
}

impl Project<'_> {
    /// How often an expression runs.
    pub fn placement(&self, expr: ExprRef) -> Rc<Placement> {
        if let Some(known) = self.known.placements.borrow().get(&expr) {
            return known.clone();
        }
        let mut placement = Placement::default();
        self.wanting(|| {
            let mut seen = Seen {
                by_caller: self.depends_on_caller(expr),
                ..Seen::default()
            };
            self.ascend(expr, &mut Vec::new(), &mut seen, &mut placement);
        });
        let placement = Rc::new(placement);
        self.known
            .placements
            .borrow_mut()
            .insert(expr, placement.clone());
        placement
    }

    fn ascend(&self, expr: ExprRef, chain: &mut Vec<Place>, seen: &mut Seen, out: &mut Placement) {
        // A shorter way to the same place may reach further up.
        if seen
            .reached
            .get(&expr)
            .is_some_and(|depth| *depth <= chain.len())
        {
            return;
        }
        seen.reached.insert(expr, chain.len());
        let (module, index) = self.tree(expr.file);
        let standing = index.standing(expr.expr);
        if index.atoms(standing.guard).any(|atom| atom == Atom::Main) {
            // Where all programs start so, it may be a server.
            if module.program {
                out.evidence.push(Evidence {
                    when: Multiplicity::Once,
                    world: World::Sync,
                    context: None,
                    place: self.place(expr),
                    function: String::new(),
                    caller: String::new(),
                    chain: chain.iter().rev().copied().collect(),
                    of: None,
                    at: None,
                    threads: false,
                    many: false,
                });
                return;
            }
            out.from_main = true;
        }
        let kept = match self.kept(expr) {
            Kept::No => self.flagged(expr),
            kept => kept,
        };
        if kept == Kept::Process {
            let function = self.enclosing(expr);
            match function {
                None => out.at_import = true,
                Some(_) => out.made_once = true,
            }
            if function.is_some() {
                return;
            }
        }
        if let Some(turn) = standing.turn
            && self.repeats(expr, turn, chain.is_empty() || seen.by_caller)
        {
            let place = match turn {
                Turn::Statement(stmt) => self.stmt_head(expr.file, stmt),
                Turn::Comprehension(comprehension) => self.place(ExprRef {
                    file: expr.file,
                    expr: comprehension,
                }),
            };
            out.evidence.push(Evidence {
                when: Multiplicity::PerTurn,
                world: World::Sync,
                context: None,
                place,
                function: String::new(),
                caller: String::new(),
                chain: chain.iter().rev().copied().collect(),
                of: None,
                at: None,
                threads: false,
                many: true,
            });
        }
        let Some(function) = self.enclosing(expr) else {
            return;
        };
        if let Kept::Instance(class) = kept {
            // One for each object: how often are objects made?
            out.made_once |= self.makes_itself(class);
            if !self.makes_itself(class) {
                let mut made = self.constructions_of(class);
                made.retain(|call| !self.is_made_for_a_key(*call));
                if frontend::is_constructor(&self.function(function).name) {
                    made.retain(|call| !self.leads_past(*call, function, expr));
                }
                self.ascend_callers(&made, chain, seen, out);
            }
            return;
        }
        self.ascend_function(function, expr, chain, seen, out);
    }

    /// Whether a call stands in a function behind the return of what is already kept under a key: it makes one for each key.
    fn is_made_for_a_key(&self, call: ExprRef) -> bool {
        let Some(function) = self.enclosing(call) else {
            return false;
        };
        let (module, index) = self.tree(call.file);
        let at = module.expr(call.expr).span;
        let around = self.function(function).span;
        module.stmts.iter().any(|stmt| {
            let StmtKind::Return(Some(value)) = stmt.kind else {
                return false;
            };
            let kept = match &module.expr(value).kind {
                // What hangs on a class or an object outlives the function.
                ExprKind::Subscript(kept, _) => {
                    matches!(module.expr(*kept).kind, ExprKind::Attribute(..))
                }
                _ => false,
            };
            let guard = index.standing(value).guard;
            kept && around.contains(stmt.span)
                && stmt.span.end <= at.start
                && index
                    .atoms(guard)
                    .any(|atom| matches!(atom, Atom::TryArm(_, 0) | Atom::Test(_, true)))
        })
    }

    /// Who calls a function so that `site` in it runs.
    fn ascend_function(
        &self,
        function: FunctionRef,
        site: ExprRef,
        chain: &mut Vec<Place>,
        seen: &mut Seen,
        out: &mut Placement,
    ) {
        let found = self.function(function);
        for decorator in &found.decorators {
            let path = self.decorator_path(ExprRef {
                file: function.file,
                expr: *decorator,
            });
            let Some(path) = path else { continue };
            let once = self.catalog.is_once(&path);
            // A cache on a method keeps one for each object.
            let class = found.class.filter(|_| found.receiver == Receiver::Instance);
            if let Some(class) = class.filter(|_| once || self.catalog.is_once_per_instance(&path))
            {
                let class = ClassRef {
                    file: function.file,
                    class,
                };
                out.made_once |= self.makes_itself(class);
                if !self.makes_itself(class) {
                    self.ascend_callers(&self.constructions_of(class), chain, seen, out);
                }
                return;
            }
            if once {
                out.made_once = true;
                return;
            }
        }
        if let Some(class) = found.class
            && frontend::is_constructor(&found.name)
            && self.makes_itself(ClassRef {
                file: function.file,
                class,
            })
        {
            out.made_once = true;
            return;
        }
        if self.kept_by_decorator(function) {
            out.made_once = true;
            return;
        }
        self.ascend_users(function, Some(site), usize::MAX, chain, seen, out);
    }

    /// From a function to what calls it; of the frameworks that its decorators hand it to, those above the decorator of
    /// number `below`. Calls that lead past `site` in the function do not count.
    fn ascend_users(
        &self,
        function: FunctionRef,
        site: Option<ExprRef>,
        below: usize,
        chain: &mut Vec<Place>,
        seen: &mut Seen,
        out: &mut Placement,
    ) {
        let found = self.function(function);
        let outside = |at: ExprRef| {
            let number = found
                .decorators
                .iter()
                .position(|decorator| at.file == function.file && *decorator == at.expr);
            number.is_none_or(|number| number < below)
        };
        let registrations = self.registrations(function);
        let (first_times, registrations): (Vec<_>, Vec<_>) = registrations
            .iter()
            .filter(|registration| outside(registration.at))
            .partition(|registration| registration.calls.when == Multiplicity::FirstTime);
        out.made_once |= !first_times.is_empty();
        for registration in &registrations {
            out.evidence.push(Evidence {
                when: registration.calls.when,
                world: registration.calls.world,
                context: registration.calls.context,
                place: self.place(registration.at),
                function: self.qualified(function),
                caller: registration.path.to_string(),
                chain: chain.iter().rev().copied().collect(),
                of: Some(function),
                at: Some(registration.at),
                threads: registration.calls.threads && !found.is_async,
                many: registration.calls.when != Multiplicity::PerThread
                    || self.starts_many(registration.at, function, seen),
            });
        }
        if self.is_serverless_handler(function) {
            let place = Place {
                file: function.file,
                span: found.name_span,
            };
            out.evidence.push(Evidence {
                when: Multiplicity::PerRequest,
                world: World::Sync,
                context: Some(ContextKind::Serverless),
                place,
                function: self.qualified(function),
                caller: String::new(),
                chain: chain.iter().rev().copied().collect(),
                of: Some(function),
                at: None,
                threads: false,
                many: true,
            });
        }
        if chain.len() - seen.blocks >= usize::from(MOST_CALLS) {
            return;
        }
        // What is handed over to be called once runs as often as the place that hands it over.
        for registration in registrations {
            let (module, _) = self.tree(registration.at.file);
            if registration.calls.when == Multiplicity::Once
                && module.call(registration.at.expr).is_some()
            {
                let is_block = usize::from(found.name.is_empty());
                chain.push(self.place(registration.at));
                seen.blocks += is_block;
                self.ascend(registration.at, chain, seen, out);
                seen.blocks -= is_block;
                chain.pop();
            }
        }
        let mut callers = self.callers(function);
        callers.extend(self.handed_over_by(function));
        let wrapped = self.wraps(function);
        if callers.is_empty() && wrapped.is_empty() && first_times.is_empty() {
            out.roots.push(function);
        }
        if let Some(site) = site {
            callers.retain(|caller| !self.leads_past(*caller, function, site));
        }
        self.ascend_callers(&callers, chain, seen, out);
        // The function inside a decorator runs as often as what is decorated.
        for wrapped in wrapped {
            let before = seen.wrapped.get(&wrapped.function);
            if before.is_none_or(|depth| *depth > chain.len()) {
                seen.wrapped.insert(wrapped.function, chain.len());
                chain.push(self.place(wrapped.decorator));
                self.ascend_users(wrapped.function, None, wrapped.number, chain, seen, out);
                chain.pop();
            }
        }
    }

    /// Whether a thread is started more than once: in a loop, or by code that itself runs often.
    fn starts_many(&self, at: ExprRef, function: FunctionRef, seen: &mut Seen) -> bool {
        let starts: Vec<ExprRef> = match (
            self.tree(at.file).0.call(at.expr),
            self.function(function).class,
        ) {
            // What a decorator starts is started by each call of what it decorates.
            _ if at.file == function.file
                && self.function(function).decorators.contains(&at.expr) =>
            {
                self.callers(function)
            }
            (Some(_), _) => vec![at],
            // A class derived from a thread: each object is one.
            (None, Some(class)) => self.constructions_of(ClassRef {
                file: function.file,
                class,
            }),
            (None, None) => Vec::new(),
        };
        starts.into_iter().any(|start| {
            let (_, index) = self.tree(start.file);
            let mut out = Placement::default();
            self.ascend(start, &mut vec![self.place(start); 2], seen, &mut out);
            index.standing(start.expr).turn.is_some() || out.repeated().is_some()
        })
    }

    fn ascend_callers(
        &self,
        callers: &[ExprRef],
        chain: &mut Vec<Place>,
        seen: &mut Seen,
        out: &mut Placement,
    ) {
        if chain.len() - seen.blocks >= usize::from(MOST_CALLS) {
            return;
        }
        for caller in callers {
            chain.push(self.place(*caller));
            self.ascend(*caller, chain, seen, out);
            chain.pop();
        }
    }

    /// The first line of a compound statement.
    pub(super) fn stmt_head(&self, file: FileId, stmt: StmtId) -> Place {
        let (module, _) = self.tree(file);
        let mut span = module.stmt(stmt).span;
        let head = match &module.stmt(stmt).kind {
            StmtKind::For { iter, .. } => Some(*iter),
            StmtKind::While { test, .. } => *test,
            _ => None,
        };
        if let Some(head) = head {
            span.end = module.expr(head).span.end;
        }
        Place { file, span }
    }

    /// Whether a class decides itself that there is one object only.
    fn makes_itself(&self, class: ClassRef) -> bool {
        let lineage = self.lineage(class);
        let (own, _) = &*lineage;
        own.iter().any(|owner| {
            let (module, index) = self.tree(owner.file);
            module
                .class(owner.class)
                .bases
                .iter()
                .any(|base| matches!(base.kind, ArgKind::Keyword(_)))
                || index.methods[owner.class.index()]
                    .iter()
                    .any(|function| frontend::is_allocator(&module.function(*function).name))
                || module
                    .class(owner.class)
                    .decorators
                    .iter()
                    .any(|decorator| {
                        self.decorator_path(ExprRef {
                            file: owner.file,
                            expr: *decorator,
                        })
                        .is_some_and(|path| self.catalog.is_once(&path))
                            || self.is_singleton_decorator(ExprRef {
                                file: owner.file,
                                expr: *decorator,
                            })
                    })
        })
    }

    /// A decorator of the project's own on a class whose function keeps what it made: an unknown decorator on a class is
    /// taken to do so when its name says it.
    fn is_singleton_decorator(&self, decorator: ExprRef) -> bool {
        let (module, _) = self.tree(decorator.file);
        match &module.expr(decorator.expr).kind {
            ExprKind::Name(name) | ExprKind::Attribute(_, name) => {
                name.to_lowercase().contains("singleton")
            }
            ExprKind::Call(call) => self.is_singleton_decorator(ExprRef {
                file: decorator.file,
                expr: call.callee,
            }),
            _ => false,
        }
    }

    /// Whether a loop runs the expression again for the same purpose: no retry that ends at the first success, and
    /// nothing that differs from turn to turn goes in.
    fn repeats(&self, expr: ExprRef, turn: Turn, arguments_matter: bool) -> bool {
        let (module, index) = self.tree(expr.file);
        let Some(call) = module.call(expr.expr) else {
            return false;
        };
        if arguments_matter
            && (self.varies(expr.file, call.callee, turn)
                || call
                    .args
                    .iter()
                    .any(|arg| self.varies(expr.file, arg.value, turn)))
        {
            return false;
        }
        let standing = index.standing(expr.expr);
        match turn {
            Turn::Comprehension(_) => true,
            Turn::Statement(stmt) => {
                if self.ends_turns(expr, stmt) {
                    return false;
                }
                let body = match &module.stmt(stmt).kind {
                    StmtKind::While {
                        test: Some(test), ..
                    } if asks_for_held(module, standing.stmt, *test) => return false,
                    StmtKind::For { target, body, .. } if is_attempt(module, *target, body) => {
                        return false;
                    }
                    StmtKind::For { body, .. } | StmtKind::While { body, .. } => body,
                    _ => return false,
                };
                !leaves_after(module, body, standing.stmt)
                    && !retries(module, body, standing.stmt)
                    && !self.fills(expr, turn)
            }
        }
    }

    /// Whether an arm of a `match` on what a call gives leaves the loop: the loop tries again only after a failure.
    fn ends_turns(&self, expr: ExprRef, turn: StmtId) -> bool {
        let (module, index) = self.tree(expr.file);
        let own = index.standing(expr.expr).stmt;
        let StmtKind::Assign { targets, .. } = &module.stmt(own).kind else {
            return false;
        };
        let named = |id: ExprId| match &module.expr(id).kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        };
        let Some(name) = targets.first().and_then(|target| named(*target)) else {
            return false;
        };
        let around = module.stmt(turn).span;
        module.stmts.iter().any(|stmt| match &stmt.kind {
            StmtKind::Match { subject, arms } => {
                around.contains(stmt.span)
                    && named(*subject) == Some(name)
                    && arms.iter().any(|arm| may_leave(module, &arm.body))
            }
            _ => false,
        })
    }

    /// Whether an expression names something that is bound on each turn of the loop.
    fn varies(&self, file: FileId, expr: ExprId, turn: Turn) -> bool {
        let (module, index) = self.tree(file);
        if let ExprKind::Name(name) = &module.expr(expr).kind {
            let mut at = Some(index.standing(expr).scope);
            while let Some(scope) = at {
                if let Some(bindings) = index.scope(scope).names.get(name) {
                    return bindings.iter().any(|binding| {
                        binding.at.turn == Some(turn)
                            || self.loop_binds(file, turn, binding.at, &binding.kind)
                    });
                }
                at = index.scope(scope).parent;
            }
        }
        module
            .children(expr)
            .into_iter()
            .any(|child| self.varies(file, child, turn))
    }

    fn loop_binds(&self, file: FileId, turn: Turn, at: Standing, _kind: &BindingKind) -> bool {
        let (_, index) = self.tree(file);
        match turn {
            Turn::Statement(stmt) => index.atoms(at.guard).any(|atom| atom == Atom::Loop(stmt)),
            Turn::Comprehension(_) => false,
        }
    }

    /// Whether what is made on each turn is put into a container: that fills a pool or a table.
    fn fills(&self, expr: ExprRef, turn: Turn) -> bool {
        let (module, index) = self.tree(expr.file);
        let mut at = index.parent(expr.expr);
        while let Some(parent) = at {
            if let ExprKind::Call(call) = &module.expr(parent).kind
                && let ExprKind::Attribute(..) = module.expr(call.callee).kind
                && call.args.iter().any(|arg| arg.value == expr.expr)
            {
                return true;
            }
            at = index.parent(parent);
        }
        let _ = turn;
        match &module.stmt(index.standing(expr.expr).stmt).kind {
            StmtKind::Assign { targets, .. } => targets
                .iter()
                .any(|target| matches!(module.expr(*target).kind, ExprKind::Subscript(..))),
            _ => false,
        }
    }

    /// How long what an expression makes is kept, when a guard says that it is made once.
    pub fn kept(&self, expr: ExprRef) -> Kept {
        match self.keeping(expr) {
            (kept, true) => kept,
            (_, false) => Kept::No,
        }
    }

    /// A call under a test of something that outlives the function and that is set in the same arm, by the function or by
    /// what it calls (`if not self._connected: self.connect()`): it runs once for as long as that lives.
    pub(super) fn flagged(&self, expr: ExprRef) -> Kept {
        let (module, index) = self.tree(expr.file);
        let standing = index.standing(expr.expr);
        let Some(function) = index.function_of(standing.scope) else {
            return Kept::No;
        };
        let tests: Vec<ExprId> = index
            .atoms(standing.guard)
            .filter_map(|atom| match atom {
                Atom::Test(test, _) => Some(test),
                _ => None,
            })
            .collect();
        if tests.is_empty() {
            return Kept::No;
        }
        let mut setters = vec![(expr.file, function)];
        if let Some(call) = module.call(expr.expr) {
            let callee = self.eval(
                ExprRef {
                    file: expr.file,
                    expr: call.callee,
                },
                &None,
            );
            setters.extend(callee.alternatives().into_iter().filter_map(
                |(val, _)| match val.value {
                    super::values::Value::Function(called, _)
                    | super::values::Value::Method(called, _) => {
                        Some((called.file, called.function))
                    }
                    _ => None,
                },
            ));
        }
        for (file, setter) in setters {
            for store in self.stores(file, setter).iter() {
                let plain = matches!(
                    self.tree(file).0.expr(store.value).kind,
                    ExprKind::Bool(_)
                        | ExprKind::Name(_)
                        | ExprKind::Call(_)
                        | ExprKind::Await(_)
                        | ExprKind::Int(_)
                );
                if plain
                    && tests
                        .iter()
                        .any(|test| self.mentions(expr.file, function, *test, &store.root, 1))
                {
                    return store.kept;
                }
            }
        }
        Kept::No
    }

    /// How long what an expression makes is kept, guarded or not.
    pub fn stored(&self, expr: ExprRef) -> Kept {
        self.keeping(expr).0
    }

    /// Where an expression's value is kept, and whether a guard says that it is made once.
    fn keeping(&self, expr: ExprRef) -> (Kept, bool) {
        let (module, index) = self.tree(expr.file);
        let standing = index.standing(expr.expr);
        let Some(function) = index.function_of(standing.scope) else {
            return (Kept::Process, true);
        };
        let stores = self.stores(expr.file, function);
        if stores.is_empty() {
            return (Kept::No, false);
        }
        // The names that hold what was made, directly or inside something made of it.
        let mut held: BTreeSet<Name> = BTreeSet::new();
        let statement = module.stmt(standing.stmt);
        if let StmtKind::Assign { targets, .. } = &statement.kind {
            for target in targets {
                if let ExprKind::Name(name) = &module.expr(*target).kind {
                    held.insert(name.clone());
                }
            }
        }
        let mut outer = Some(expr.expr);
        while let Some(at) = outer {
            if let ExprKind::Assigned(name, _) = &module.expr(at).kind {
                held.insert(name.clone());
            }
            outer = index.parent(at);
        }
        let mut tests: Vec<ExprId> = index
            .atoms(standing.guard)
            .filter_map(|atom| match atom {
                Atom::Test(test, _) => Some(test),
                _ => None,
            })
            .collect();
        tests.extend(self.matched_before(expr.file, function, expr.expr));
        let tried: Vec<StmtId> = index
            .atoms(standing.guard)
            .filter_map(|atom| match atom {
                Atom::TryArm(stmt, arm) if arm > 0 => Some(stmt),
                _ => None,
            })
            .collect();
        let holds = |value: ExprId| {
            self.within(module, value, &|id| {
                id == expr.expr
                    || matches!(&module.expr(id).kind, ExprKind::Name(name) if held.contains(name))
            })
        };
        let mut unguarded = Kept::No;
        for store in stores.iter().filter(|store| holds(store.value)) {
            let guarded = stores.iter().any(|any| {
                tests
                    .iter()
                    .any(|test| self.mentions(expr.file, function, *test, &any.root, 2))
            }) || tried
                .iter()
                .any(|stmt| self.tried_for(expr.file, *stmt, &store.root));
            if guarded {
                return (store.kept, true);
            }
            if unguarded == Kept::No && !store.if_tested {
                unguarded = store.kept;
            }
        }
        (unguarded, false)
    }

    /// Whether `wanted` holds for an expression or one inside it.
    fn within(&self, module: &Module, expr: ExprId, wanted: &dyn Fn(ExprId) -> bool) -> bool {
        wanted(expr)
            || module
                .children(expr)
                .into_iter()
                .any(|child| self.within(module, child, wanted))
    }

    /// Whether a test looks at a root: by name, by attribute, by the attribute's name as text, or through a local name
    /// that was loaded from it.
    fn mentions(
        &self,
        file: FileId,
        function: FunctionId,
        test: ExprId,
        root: &Root,
        hops: u8,
    ) -> bool {
        let (module, index) = self.tree(file);
        self.within(module, test, &|id| match (&module.expr(id).kind, root) {
            (ExprKind::Name(name), Root::Name(wanted)) if name == wanted => true,
            (ExprKind::Attribute(_, name), Root::Attribute(wanted)) if name == wanted => true,
            (ExprKind::Str(text), Root::Attribute(wanted) | Root::Name(wanted))
                if **text == **wanted =>
            {
                true
            }
            (ExprKind::Name(name), _) if hops > 0 => {
                let scope = index.function_scopes[function.index()];
                index.scope(scope).names.get(name).is_some_and(|bindings| {
                    bindings.iter().any(|binding| match binding.kind {
                        BindingKind::Value(value) => {
                            self.mentions(file, function, value, root, hops - 1)
                        }
                        _ => false,
                    })
                })
            }
            _ => false,
        })
    }

    /// Whether the body of a `try` looks at a root (`try: return cache[key]`).
    fn tried_for(&self, file: FileId, stmt: StmtId, root: &Root) -> bool {
        let (module, index) = self.tree(file);
        (0..module.exprs.len()).any(|number| {
            let id = ExprId(u32::try_from(number).unwrap_or(0));
            let named = match (&module.expr(id).kind, root) {
                (ExprKind::Name(name), Root::Name(wanted))
                | (ExprKind::Attribute(_, name), Root::Attribute(wanted)) => name == wanted,
                _ => false,
            };
            named
                && index
                    .atoms(index.standing(id).guard)
                    .any(|atom| atom == Atom::TryArm(stmt, 0))
        })
    }

    /// Where a function puts values that outlive it.
    fn stores(&self, file: FileId, function: FunctionId) -> Rc<Vec<Store>> {
        let known = self.known.stores.borrow().get(&file).cloned();
        let of_file = known.unwrap_or_else(|| {
            let found = self.find_stores(file).into_iter().map(Rc::new).collect();
            let found: Rc<[Rc<Vec<Store>>]> = found;
            self.known.stores.borrow_mut().insert(file, found.clone());
            found
        });
        of_file[function.index()].clone()
    }

    /// Where each function of a file puts values that outlive it.
    fn find_stores(&self, file: FileId) -> Vec<Vec<Store>> {
        let (module, index) = self.tree(file);
        let mut stores: Vec<Vec<Store>> = module.functions.iter().map(|_| Vec::new()).collect();
        for (number, scope) in index.scopes.iter().enumerate() {
            let mut names: Vec<_> = scope.names.iter().collect();
            names.sort_by_key(|(name, _)| (*name).clone());
            for (name, bindings) in names {
                for binding in bindings {
                    let Some(function) = index.function_of(binding.at.scope) else {
                        continue;
                    };
                    let own = index.function_scopes[function.index()];
                    let is_own = number == own.0 as usize || scope.kind == ScopeKind::Comprehension;
                    let (value, if_tested) = match binding.kind {
                        BindingKind::Value(value) if !is_own => (value, false),
                        BindingKind::Unpack(value, _) if !is_own => (value, false),
                        BindingKind::SetItem(_, value) if !is_own => (value, false),
                        // A mutable default is shared by all calls.
                        BindingKind::SetItem(_, value)
                            if self.is_parameter_with_default(module, function, name) =>
                        {
                            (value, false)
                        }
                        BindingKind::Method(call) if !is_own => (call, false),
                        BindingKind::SetItem(_, value) if handed_out(module, bindings) => {
                            (value, true)
                        }
                        _ => continue,
                    };
                    stores[function.index()].push(Store {
                        root: Root::Name(name.clone()),
                        value,
                        kept: Kept::Process,
                        if_tested,
                    });
                }
            }
        }
        for (number, attributes) in index.class_attributes.iter().enumerate() {
            let class = ClassRef {
                file,
                class: crate::syntax::ClassId(u32::try_from(number).unwrap_or(0)),
            };
            let mut attributes: Vec<_> = attributes.iter().collect();
            attributes.sort_by_key(|(name, _)| (*name).clone());
            for (name, bindings) in attributes {
                for binding in bindings {
                    let (BindingKind::Value(value) | BindingKind::Unpack(value, _)) = binding.kind
                    else {
                        continue;
                    };
                    let Some(function) = index.function_of(binding.at.scope) else {
                        continue;
                    };
                    stores[function.index()].push(Store {
                        root: Root::Attribute(name.clone()),
                        value,
                        kept: self.receiver_keeps(module, function, class),
                        if_tested: false,
                    });
                }
            }
        }
        for write in &index.attribute_writes {
            if let Some(function) = index.function_of(write.at.scope)
                && let Some((value, _)) = &write.value
                && self.outlives(file, function, write.base)
            {
                stores[function.index()].push(Store {
                    root: Root::Attribute(write.name.clone()),
                    value: *value,
                    kept: Kept::Process,
                    if_tested: false,
                });
            }
        }
        for write in &index.item_writes {
            if let Some(function) = index.function_of(write.at.scope)
                && let ExprKind::Attribute(base, name) = &module.expr(write.base).kind
            {
                let kept = match (
                    &module.expr(*base).kind,
                    self.receiver_class(module, function),
                ) {
                    (ExprKind::Name(object), Some((receiver, class)))
                        if *object == receiver && !self.of_the_class(file, class, name) =>
                    {
                        self.receiver_keeps(module, function, ClassRef { file, class })
                    }
                    _ => Kept::Process,
                };
                stores[function.index()].push(Store {
                    root: Root::Attribute(name.clone()),
                    value: write.value,
                    kept,
                    if_tested: false,
                });
            }
        }
        for (function, store) in self.stores_by_methods(file) {
            stores[function.index()].push(store);
        }
        stores
    }

    /// Whether an attribute is a table that the class's body makes and no method replaces: all its objects share it.
    fn of_the_class(&self, file: FileId, class: crate::syntax::ClassId, name: &Name) -> bool {
        let (module, index) = self.tree(file);
        let replaced = index.class_attributes[class.index()].contains_key(name);
        let body = index.scope(index.class_scopes[class.index()]);
        !replaced
            && body.names.get(name).is_some_and(|bindings| {
                bindings.iter().all(|binding| match binding.kind {
                    BindingKind::Value(value) => {
                        matches!(module.expr(value).kind, ExprKind::Dict(..))
                    }
                    _ => false,
                })
            })
    }

    fn is_parameter_with_default(&self, module: &Module, function: FunctionId, name: &str) -> bool {
        module
            .function(function)
            .params
            .iter()
            .any(|param| param.name == name && param.default.is_some())
    }

    fn receiver_class(
        &self,
        module: &Module,
        function: FunctionId,
    ) -> Option<(Name, crate::syntax::ClassId)> {
        let found = module.function(function);
        let receiver = found
            .params
            .first()
            .filter(|_| found.receiver != Receiver::None)?;
        Some((receiver.name.clone(), found.class?))
    }

    pub(super) fn receiver_keeps(
        &self,
        module: &Module,
        function: FunctionId,
        class: ClassRef,
    ) -> Kept {
        match module.function(function).receiver {
            Receiver::Class => Kept::Process,
            _ => Kept::Instance(class),
        }
    }

    /// Whether an object that a function writes to is there before and after it: no local name of its own.
    fn outlives(&self, file: FileId, function: FunctionId, base: ExprId) -> bool {
        let (module, index) = self.tree(file);
        match &module.expr(base).kind {
            ExprKind::Name(name) => {
                let scope = index.function_scopes[function.index()];
                let local = index.scope(scope).names.get(name);
                local.is_none_or(|bindings| {
                    bindings.iter().all(|binding| {
                        matches!(
                            binding.kind,
                            BindingKind::Param(..) | BindingKind::Import(_)
                        )
                    })
                })
            }
            ExprKind::Attribute(inner, _) => self.outlives(file, function, *inner),
            _ => true,
        }
    }

    /// The module-level name of a scope, for messages.
    pub fn is_module_scope(&self, scope: ScopeId) -> bool {
        scope == ScopeId(0)
    }
}

/// Whether a local name is bound only to what calls with a name hand out: a table that is asked before it is filled has
/// been there before (`table = app_table()`), one that the function makes itself has not.
fn handed_out(module: &Module, bindings: &[Binding]) -> bool {
    let mut values = bindings.iter().filter_map(|binding| match binding.kind {
        BindingKind::Value(value) => Some(value),
        _ => None,
    });
    values.clone().next().is_some()
        && values.all(|value| {
            module
                .call(value)
                .is_some_and(|call| match &module.expr(call.callee).kind {
                    ExprKind::Name(name) => &**name != "dict",
                    ExprKind::Attribute(..) => true,
                    _ => false,
                })
        })
}

/// Whether the block that holds `stmt` leaves the loop after it without a further test: the loop tries again only after
/// a failure.
fn leaves_after(module: &Module, block: &[StmtId], stmt: StmtId) -> bool {
    let Some(at) = block
        .iter()
        .position(|id| *id == stmt || holds(module, *id, stmt))
    else {
        return false;
    };
    let after = &block[at + 1..];
    let leaves =
        |id: &StmtId| matches!(module.stmt(*id).kind, StmtKind::Return(_) | StmtKind::Break);
    if after.iter().any(leaves) || matches!(module.stmt(block[at]).kind, StmtKind::Return(_)) {
        return true;
    }
    match &module.stmt(block[at]).kind {
        StmtKind::Try {
            body,
            handlers,
            otherwise,
            finally,
        } => {
            leaves_after(module, body, stmt)
                || (body
                    .iter()
                    .any(|id| *id == stmt || holds(module, *id, stmt))
                    && otherwise.iter().any(leaves))
                || handlers
                    .iter()
                    .any(|handler| leaves_after(module, &handler.body, stmt))
                || leaves_after(module, finally, stmt)
        }
        StmtKind::If(arms) => arms.iter().any(|arm| leaves_after(module, &arm.body, stmt)),
        StmtKind::Match { arms, .. } => {
            arms.iter().any(|arm| leaves_after(module, &arm.body, stmt))
        }
        StmtKind::With { body, .. } => leaves_after(module, body, stmt),
        _ => false,
    }
}

/// Whether a loop comes back to a statement only after a failure: the statement is tried, a handler lets the loop go
/// round again, and the turn that succeeds stays in the loop's body (it listens, yields, or has a loop of its own).
fn retries(module: &Module, block: &[StmtId], stmt: StmtId) -> bool {
    block.iter().any(|id| match &module.stmt(*id).kind {
        StmtKind::Try { body, handlers, .. }
            if body
                .iter()
                .any(|id| *id == stmt || holds(module, *id, stmt)) =>
        {
            let again = handlers.iter().any(|handler| !ends(module, &handler.body));
            let stays = body.iter().any(|id| {
                let span = module.stmt(*id).span;
                module.stmts.iter().any(|inner| {
                    span.contains(inner.span)
                        && match &inner.kind {
                            StmtKind::For { is_async, .. } => *is_async,
                            StmtKind::While { .. } => true,
                            _ => false,
                        }
                })
            });
            again && stays || retries(module, body, stmt)
        }
        StmtKind::If(arms) => arms.iter().any(|arm| retries(module, &arm.body, stmt)),
        StmtKind::With { body, .. } => retries(module, body, stmt),
        _ => false,
    })
}

/// Whether a block may leave the loop around it, however deep the tests in it stand.
fn may_leave(module: &Module, block: &[StmtId]) -> bool {
    block.iter().any(|id| match &module.stmt(*id).kind {
        StmtKind::Return(_) | StmtKind::Break => true,
        StmtKind::If(arms) => arms.iter().any(|arm| may_leave(module, &arm.body)),
        StmtKind::Match { arms, .. } => arms.iter().any(|arm| may_leave(module, &arm.body)),
        StmtKind::With { body, .. } => may_leave(module, body),
        _ => false,
    })
}

/// Whether a block ends by leaving.
fn ends(module: &Module, block: &[StmtId]) -> bool {
    block.last().is_some_and(|last| {
        matches!(
            module.stmt(*last).kind,
            StmtKind::Return(_) | StmtKind::Break | StmtKind::Raise(_)
        )
    })
}

/// Whether a statement holds another, in the same function and the same loop.
fn holds(module: &Module, outer: StmtId, inner: StmtId) -> bool {
    let outer = module.stmt(outer).span;
    outer.contains(module.stmt(inner).span)
}
