//! What belongs to a hand-written pool: its place there must be filled again, with it or with another connection.
//!
//! Takes the pools of [`super::super::containers`]; gives what each function takes from them, what functions are handed
//! to put back, and what calls do to the place while it is empty. Invariant: a pool that opens connections whenever it has
//! none loses nothing by one that is closed.

use super::state::{Fate, Known, State};
use super::{Cause, Exit, Out, Taken, Thing, Walk, Ways};
use crate::project::containers::{Handmade, Operation};
use crate::project::names::Atom;
use crate::project::turns::any_inside;
use crate::project::values::Value;
use crate::project::{ExprRef, FunctionRef, Project};
use crate::source::Span;
use crate::syntax::{Call, CompareOp, ExprId, ExprKind, Name, StmtKind};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The pool that a thing must go back to.
#[derive(Debug)]
pub struct Home {
    /// The pool, by its place in [`crate::project::containers::Containers::pools`].
    pub pool: usize,
    /// Its container.
    pub number: usize,
    /// Methods that close a connection.
    pub closes: Vec<String>,
    /// Whether the pool opens a connection whenever it has none.
    pub refills: bool,
    /// The counter of connections that says when it opens no more.
    pub counter: Option<Name>,
    /// Whether a place of it may hold no value.
    pub nullable: bool,
    /// Whether its connections lead to a server.
    pub on_server: bool,
}

/// A function that is handed a connection and puts it back.
#[derive(Clone, Debug)]
pub struct Returned {
    /// The function.
    pub function: FunctionRef,
    /// The call in it that puts it back.
    pub put: ExprRef,
    /// The pool.
    pub home: Rc<Home>,
    /// Which of [`Project::sites`] makes its connections.
    pub site: usize,
    /// What becomes of it.
    pub ways: Rc<Ways>,
}

/// What a call is to a thing with a home.
pub(super) enum AtHome {
    /// It is done: the state after it and its worth.
    Done(State, Known),
    /// Nothing special.
    No(State),
}

impl Project<'_> {
    /// The hand-written pools as homes of what is taken from them.
    pub fn homes(&self) -> Rc<Vec<Thing>> {
        if let Some(known) = self.known.homes.get() {
            return known.clone();
        }
        let containers = self.containers();
        let all = (0..).zip(&containers.pools);
        let all: Vec<Thing> = all.map(|(number, pool)| self.home(number, pool)).collect();
        let all = Rc::new(all);
        let _ = self.known.homes.set(all.clone());
        all
    }

    fn home(&self, number: usize, pool: &Handmade) -> Thing {
        let made = &self.sites()[pool.site];
        let maker = self.catalog.maker(&made.maker);
        let thing = |word: &str, home: Home| Thing {
            maker: format!("{}{word}{number}", made.maker).into(),
            type_path: maker
                .map(|maker| maker.gives.as_str())
                .unwrap_or_default()
                .into(),
            gives: Rc::new([]),
            releases: Rc::new([]),
            with: None,
            // A pool that opens another one whenever it has none waits for nobody.
            pooled: !home.refills || home.counter.is_some(),
            late: false,
            drops: false,
            leaks: Rc::new([]),
            home: Some(Rc::new(home)),
        };
        let closes = maker
            .map(|maker| maker.gives_back.clone())
            .unwrap_or_default();
        let home = |refills, counter, nullable| Home {
            pool: number,
            number: pool.number,
            closes: closes.clone(),
            refills,
            counter,
            nullable,
            on_server: self.is_on_server(made).is_some(),
        };
        // What the pool does when it has none, and what goes in, is asked before anything rests on it.
        let asked = thing("?", home(false, None, true));
        let nullable = pool.givers.iter().any(|function| {
            let ways = Walk::new(self, &asked, *function, None, 0).run(State::default());
            !ways.none_put.is_empty()
        });
        let refills = pool
            .takes
            .iter()
            .any(|take| self.is_bypassed(*take, pool.element, &asked, 0));
        let counter = if refills { self.counter(pool) } else { None };
        thing("#", home(refills, counter, nullable))
    }

    /// Whether the function that takes, or one of those that it returns to, hands out a new connection instead.
    fn is_bypassed(&self, take: ExprRef, element: Option<u32>, thing: &Thing, depth: u8) -> bool {
        let Some(function) = self.enclosing(take) else {
            return false;
        };
        let source = Some((take, element));
        let ways = Walk::new(self, thing, function, source, 0).run(State::default());
        ways.bypassed
            || depth < 2
                && ways.returned.iter().any(|element| {
                    let callers = self.callers(function);
                    callers
                        .into_iter()
                        .any(|call| self.is_bypassed(call, *element, thing, depth + 1))
                })
    }

    /// The counter of open connections: what the functions that take count up and compare.
    fn counter(&self, pool: &Handmade) -> Option<Name> {
        let functions: BTreeSet<FunctionRef> = pool
            .takes
            .iter()
            .filter_map(|take| self.enclosing(*take))
            .collect();
        let file = pool.slot.file();
        let (module, _) = self.tree(file);
        let compared = |name: &Name| {
            (0..).zip(&module.exprs).any(|(number, expr)| {
                let at = ExprRef {
                    file,
                    expr: ExprId(number),
                };
                let ExprKind::Compare(first, rest) = &expr.kind else {
                    return false;
                };
                rest.iter().any(|(op, _)| *op == CompareOp::Order)
                    && self
                        .enclosing(at)
                        .is_some_and(|around| functions.contains(&around))
                    && std::iter::once(first)
                        .chain(rest.iter().map(|(_, operand)| operand))
                        .any(|operand| last_name(&module.expr(*operand).kind) == Some(name))
            })
        };
        module.stmts.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Augment {
                target,
                op: crate::syntax::BinaryOp::Add,
                ..
            } => {
                let name = last_name(&module.expr(*target).kind)?;
                compared(name).then(|| name.clone())
            }
            _ => None,
        })
    }

    /// What functions take from hand-written pools.
    pub(super) fn taken_by_hand(&self) -> Vec<Taken> {
        let containers = self.containers();
        let homes = self.homes();
        let pools = containers.pools.iter().zip(homes.iter());
        let taken = pools.flat_map(|(pool, thing)| {
            pool.takes.iter().map(|take| Taken {
                at: *take,
                element: pool.element,
                chain: Vec::new(),
                thing: thing.clone(),
                site: pool.site,
                abandoned: false,
            })
        });
        taken.collect()
    }

    /// The functions that are handed a connection of a hand-written pool and put it back, themselves or through others.
    pub fn returned_by_hand(&self) -> Vec<Returned> {
        let containers = self.containers();
        let homes = self.homes();
        let mut all = Vec::new();
        for (pool, thing) in containers.pools.iter().zip(homes.iter()) {
            let Some(home) = &thing.home else { continue };
            for function in &pool.givers {
                let found = self.function(*function);
                for (number, param) in (0..).zip(&found.params) {
                    let Some(put) = self.handing(*function, number, pool) else {
                        continue;
                    };
                    let mut start = State::default();
                    start.fate = Fate::Held;
                    start.bind(&param.name, Known::Thing);
                    let ways = Walk::new(self, thing, *function, None, 0).run(start);
                    all.push(Returned {
                        function: *function,
                        put,
                        home: home.clone(),
                        site: pool.site,
                        ways: Rc::new(ways),
                    });
                }
            }
        }
        all
    }

    /// The call of a function that puts its own parameter into a pool, or hands it to a function that does.
    fn handing(&self, function: FunctionRef, number: u32, pool: &Handmade) -> Option<ExprRef> {
        let (module, index) = self.tree(function.file);
        let name = &self.function(function).params.get(number as usize)?.name;
        let is_name = |expr: ExprId| match &module.expr(expr).kind {
            ExprKind::Name(found) => found == name,
            ExprKind::Tuple(items) => items.iter().any(
                |item| matches!(&module.expr(*item).kind, ExprKind::Name(found) if found == name),
            ),
            _ => false,
        };
        let put = pool
            .puts
            .iter()
            .find(|(call, value)| self.enclosing(*call) == Some(function) && is_name(value.expr));
        if let Some((call, _)) = put {
            return Some(*call);
        }
        index.calls.iter().find_map(|expr| {
            let at = ExprRef {
                file: function.file,
                expr: *expr,
            };
            let call = module.call(*expr)?;
            let handed = self.enclosing(at) == Some(function)
                && call.args.iter().any(|arg| is_name(arg.value));
            let calls = handed.then(|| self.called_function(at))??;
            pool.givers.contains(&calls).then_some(at)
        })
    }

    /// The one function of the project that a call runs.
    pub(in crate::project) fn called_function(&self, at: ExprRef) -> Option<FunctionRef> {
        let (module, _) = self.tree(at.file);
        let callee = ExprRef {
            file: at.file,
            expr: module.call(at.expr)?.callee,
        };
        match self.eval(callee, &None).value {
            Value::Function(function, _) | Value::Method(function, _) => Some(function),
            Value::Class(class) => self.constructor(class),
            _ => None,
        }
    }

    /// Where a value that is no connection is used or handed out, when `take` gives one.
    pub fn uses_of_none(&self, taken: &Taken) -> Option<Rc<Ways>> {
        let function = self.enclosing(taken.at)?;
        let source = Some((taken.at, None));
        let mut walk = Walk::new(self, &taken.thing, function, source, 0);
        walk.gives = Known::None;
        Some(Rc::new(walk.run(State::default())))
    }

    /// The calls in a function that put no value into a hand-written pool.
    pub fn nones_put(&self, thing: &Thing, function: FunctionRef) -> BTreeSet<Span> {
        let walk = Walk::new(self, thing, function, None, 0);
        walk.run(State::default()).none_put
    }
}

/// The last part of a dotted name.
pub(in crate::project) fn last_name(kind: &ExprKind) -> Option<&Name> {
    match kind {
        ExprKind::Name(name) | ExprKind::Attribute(_, name) => Some(name),
        _ => None,
    }
}

impl Walk<'_, '_, '_> {
    /// Whether what is taken may be no value.
    pub(super) fn may_be_none(&self) -> bool {
        self.thing.home.as_ref().is_some_and(|home| home.nullable)
    }

    /// A call, when it puts something into the pool, runs a function that does, or makes a connection.
    pub(super) fn at_home(
        &mut self,
        id: ExprId,
        call: &Call,
        known: &[Known],
        mut state: State,
        out: &mut Out,
    ) -> AtHome {
        let Some(home) = self.thing.home.clone() else {
            return AtHome::No(state);
        };
        let at = self.span(id);
        let here = self.expr_ref(id);
        let containers = self.project.containers();
        if let Some((number, operation)) = containers.calls.get(&here) {
            let own = *number == home.number;
            match operation {
                Operation::Take { .. } => out.raise(state.clone(), at, Cause::Maybe),
                Operation::Put { argument, refuses } if own => {
                    self.put(known[argument + 1], *refuses, at, &mut state, out);
                }
                Operation::Put { argument, .. } => {
                    let held = known[argument + 1].holds() && state.fate == Fate::Held;
                    self.ways.noted |= held;
                }
            }
            return AtHome::Done(state, Known::Other);
        }
        if known.iter().any(|known| known.holds()) {
            return AtHome::No(state);
        }
        let pool = &containers.pools[home.pool];
        if let Some(function) = self.project.called_function(here)
            && pool.givers.contains(&function)
        {
            return self.run_giver(function, here, call, known, state, out);
        }
        let val = self.project.eval(here, &None);
        if !self.project.gives_connection(&val) {
            return AtHome::No(state);
        }
        // A server may be away; a file is where it was.
        let cause = if home.on_server {
            Cause::Likely
        } else {
            Cause::Maybe
        };
        out.raise(state.clone(), at, cause);
        self.ways.recreated |= state.fate == Fate::Held;
        let worth = if state.fate == Fate::Held && state.closed {
            state.closed = false;
            state.unbind_thing();
            Known::Thing
        } else {
            Known::Fresh
        };
        AtHome::Done(state, worth)
    }

    /// Something goes into the pool, whatever it is.
    fn put(&mut self, what: Known, refuses: bool, at: Span, state: &mut State, out: &mut Out) {
        if what == Known::None {
            self.ways.none_put.insert(at);
        }
        if what.holds() && state.closed {
            self.ways.closed_put.insert(at);
        }
        if refuses && state.fate == Fate::Held {
            let mut full = state.clone();
            full.spare = true;
            out.raise(full, at, Cause::Likely);
        }
        self.give_back(state, at);
    }

    /// A function that puts something else into the pool than the thing, which is not handed to it.
    fn run_giver(
        &mut self,
        function: FunctionRef,
        here: ExprRef,
        call: &Call,
        known: &[Known],
        mut state: State,
        out: &mut Out,
    ) -> AtHome {
        let at = self.project.span(here);
        if self.depth >= super::MOST_CALLS || self.project.function(function).is_generator {
            return AtHome::No(state);
        }
        let found = self.project.function(function);
        let mut start = State::default();
        start.fate = Fate::Held;
        for (number, param) in (0..).zip(&found.params) {
            let argument = self.project.argument_for(here, function, number);
            let place = argument
                .and_then(|argument| call.args.iter().position(|arg| arg.value == argument.expr));
            match place.map(|place| known[place + 1]) {
                Some(Known::None) => start.bind(&param.name, Known::None),
                Some(Known::Fresh) => start.bind(&param.name, Known::Thing),
                _ => {}
            }
        }
        let walk = Walk::new(self.project, self.thing, function, None, self.depth + 1);
        let ways = walk.run(start);
        if !ways.none_put.is_empty() && known[1..].contains(&Known::None) {
            self.ways.none_put.insert(at);
        }
        let ended = ways
            .lost
            .iter()
            .any(|lost| matches!(lost.exit, Exit::Return | Exit::End));
        out.raise(state.clone(), at, Cause::Maybe);
        if !ways.given.is_empty() && !ended && !ways.unknown {
            self.give_back(&mut state, at);
        }
        AtHome::Done(state, Known::Other)
    }

    /// Whether a method of the thing closes it; its place in the pool stays empty.
    pub(super) fn closes(&mut self, method: &Name, at: Span, state: &mut State) -> bool {
        let closes = self
            .thing
            .home
            .as_ref()
            .is_some_and(|home| home.closes.iter().any(|close| close == method.as_str()));
        if closes {
            self.close(at, state);
        }
        closes
    }

    /// The thing is closed.
    pub(super) fn close(&mut self, at: Span, state: &mut State) {
        let Some(home) = self.thing.home.clone() else {
            return;
        };
        self.ways.closed.insert(at);
        // Another one is at hand already.
        if state.promote() {
            return;
        }
        state.closed = true;
        if home.refills && home.counter.is_none() || state.spare {
            self.give_back(state, at);
        }
    }

    /// A counter of open connections that is counted down lets the pool open another one.
    pub(super) fn counted_down(&mut self, target: ExprId, state: &mut State) {
        let at = self.span(target);
        let counts = self.thing.home.as_ref().is_some_and(|home| {
            home.counter.is_some()
                && home.counter.as_ref() == last_name(&self.module.expr(target).kind)
        });
        if counts {
            self.give_back(state, at);
        }
    }

    /// Whether a test asks how much is in the pool, or whether it is being shut down.
    pub(super) fn asks_for_room(&self, test: ExprId) -> bool {
        let Some(home) = &self.thing.home else {
            return false;
        };
        let containers = self.project.containers();
        let slot = containers.pools[home.pool].slot.name().clone();
        let ending = &self.project.catalog.contexts().pool_end_words;
        let mut left = vec![test];
        while let Some(expr) = left.pop() {
            let kind = &self.module.expr(expr).kind;
            if let ExprKind::Attribute(_, name) | ExprKind::Name(name) = kind {
                let words = crate::project::sessions::split_words(name);
                let ends = matches!(kind, ExprKind::Attribute(base, _) if !self.is_local(*base))
                    || matches!(kind, ExprKind::Name(_));
                if *name == slot || ends && words.iter().any(|word| ending.contains(word)) {
                    return true;
                }
            }
            left.extend(self.module.children(expr));
        }
        false
    }

    /// Whether the thing is taken in a loop that goes on until the pool is empty (`while not pool.empty():`).
    pub(super) fn empties(&self) -> bool {
        let (Some(home), Some((source, _))) = (&self.thing.home, self.source) else {
            return false;
        };
        let containers = self.project.containers();
        let slot = containers.pools[home.pool].slot.name();
        let (module, index) = self.project.tree(source.file);
        let names_pool = |id: ExprId| last_name(&module.expr(id).kind) == Some(slot);
        index.atoms(index.standing(source.expr).guard).any(|atom| {
            let Atom::Loop(stmt) = atom else { return false };
            matches!(module.stmt(stmt).kind, StmtKind::While { test: Some(test), .. }
                if any_inside(module, test, &names_pool))
        })
    }

    /// Whether a test asks whether the thing is among those of the pool; then, which outcome says that it is not.
    pub(super) fn asks_whose(&self, test: ExprId, state: &State) -> Option<bool> {
        self.thing.home.as_ref()?;
        let ExprKind::Compare(first, rest) = &self.module.expr(test).kind else {
            return None;
        };
        let own = match rest[..] {
            [(CompareOp::In, _)] => false,
            [(CompareOp::NotIn, _)] => true,
            _ => return None,
        };
        let mut left = vec![*first];
        while let Some(expr) = left.pop() {
            if let ExprKind::Name(name) = &self.module.expr(expr).kind
                && state.name(name) == Known::Thing
            {
                return Some(own);
            }
            left.extend(self.module.children(expr));
        }
        None
    }

    /// Whether an expression is a plain name other than the object that a method runs on.
    fn is_local(&self, expr: ExprId) -> bool {
        let found = self.module.function(self.function.function);
        let receiver = found.params.first().map(|param| &param.name);
        matches!(&self.module.expr(expr).kind, ExprKind::Name(name)
            if found.class.is_none() || Some(name) != receiver)
    }
}
