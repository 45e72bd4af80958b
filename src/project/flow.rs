//! Flow: what becomes of a thing that must be given back, on every way out of the function that takes it.
//!
//! Takes a [`Taken`]: an expression that gives a connection or session; gives its [`Ways`]. One function is followed
//! statement by statement with the few states that the thing can be in; a function of the project that is handed the
//! thing is followed in the same way ([`Treatment`]), and one that returns it makes each of its calls a [`Taken`].
//! Invariant: what cannot be followed is [`Ways::unknown`] or [`Ways::left`], and no rule speaks of it.

mod expressions;
mod home;
mod state;
mod statements;
mod taken;

use super::{ExprRef, FunctionRef, Project};
use crate::catalog::{Treats, WithMeans};
use crate::source::Span;
use crate::syntax::{ExprId, ExprKind, Module, Name};
pub(super) use home::last_name;
pub use home::{Home, Returned};
use state::{Fate, Known, State};
use std::collections::BTreeSet;
use std::rc::Rc;

/// How many calls deep a thing that is handed on is followed.
const MOST_CALLS: u8 = 4;

/// How many states of one place are told apart.
const MOST_STATES: usize = 16;

/// How many statements and expressions are followed for one thing; nested loops go through their bodies again.
const MOST_STEPS: u32 = 40_000;

/// What must be given back, and how that is done.
#[derive(Clone, Debug)]
pub struct Thing {
    /// The maker: two things of one maker are given back in the same ways.
    pub maker: Rc<str>,
    /// Its type.
    pub type_path: Rc<str>,
    /// Methods of the thing that give it back.
    pub gives: Rc<[String]>,
    /// Methods of what it was taken from that get it as an argument and take it back.
    pub releases: Rc<[String]>,
    /// What the end of a `with` block around it does.
    pub with: Option<WithMeans>,
    /// Whether it was taken from a pool, which waits for it.
    pub pooled: bool,
    /// Whether it takes its connection at the first question, not when it is made.
    pub late: bool,
    /// Whether it gives itself back when the last name that holds it ends.
    pub drops: bool,
    /// Methods that take it out of its pool and never free its place there.
    pub leaks: Rc<[String]>,
    /// The hand-written pool that it was taken from: what must go back there is its place, not the thing itself.
    pub home: Option<Rc<Home>>,
}

/// An expression that gives its function a thing.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The expression: the call of the maker, or of the function that returns the thing.
    pub at: ExprRef,
    /// Where the thing stands in the tuple that the expression gives; nothing when it is the thing itself.
    pub element: Option<u32>,
    /// The calls between the maker and `at`: the maker's first, `at` not among them.
    pub chain: Vec<ExprRef>,
    /// What is taken.
    pub thing: Thing,
    /// Which of [`Project::sites`] made it.
    pub site: usize,
    /// Whether it is the first value of a generator that nobody resumes.
    pub abandoned: bool,
}

/// How a function is left with the thing still held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Exit {
    /// By `return`.
    Return,
    /// By its end.
    End,
    /// By an exception, or by a `return` from its handler.
    Error,
    /// Not at all: the next turn of a loop takes another one.
    Again,
}

/// A way on which the thing is lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lost {
    /// How the function is left.
    pub exit: Exit,
    /// Where.
    pub at: Span,
    /// Whether the connection is closed by then, and only its place in the pool is lost.
    pub closed: bool,
    /// Whether a handler took the exception, and whoever called goes on.
    pub caught: bool,
}

/// What becomes of a thing in the function that takes it.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    /// Ways on which it is still held at the end, in source order.
    pub lost: Vec<Lost>,
    /// Where it is given back.
    pub given: BTreeSet<Span>,
    /// Whether it is returned, and at which place of a tuple.
    pub returned: BTreeSet<Option<u32>>,
    /// Whether it is given to the consumer of a generator in between.
    pub yielded: bool,
    /// Where it is left to something else: stored, put into a container, handed to what cannot be followed.
    pub left: BTreeSet<Span>,
    /// A `with` block around it whose end does not give it back.
    pub kept_by_with: BTreeSet<Span>,
    /// Calls after which nothing ends it any more, and ends of functions where its name ends without it.
    pub forgotten: BTreeSet<Span>,
    /// Whether a name of the function ever holds it.
    pub named: bool,
    /// Calls that run while it is held and are not handed it. Of what takes its connection later than it is made, only
    /// those after its first question. Known where it was asked for.
    pub meanwhile: BTreeSet<ExprId>,
    /// True when there was too much to follow.
    pub unknown: bool,
    /// Where it is closed that belongs to a hand-written pool.
    pub closed: BTreeSet<Span>,
    /// Whether a statement is run on it, or it is asked for something else than its end.
    pub used: bool,
    /// Whether it is noted in another container than its own: who holds it then is for that one to say.
    pub noted: bool,
    /// Calls that put no value into its pool, or hand it to a function that does.
    pub none_put: BTreeSet<Span>,
    /// Calls that put it into its pool after it was closed.
    pub closed_put: BTreeSet<Span>,
    /// Whether a new connection is handed out instead on a way that takes nothing from the pool.
    pub bypassed: bool,
    /// Whether another connection is made in its place.
    pub recreated: bool,
    /// When what is taken is no value: where that is used, or given to the consumer of a generator.
    pub none_used: BTreeSet<Span>,
    /// When what is taken is no value: where that is returned.
    pub none_returned: BTreeSet<Span>,
}

/// What a function does with a thing that it is handed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Treatment {
    /// It gives the thing back on each way that it ends by itself.
    Gives,
    /// It uses the thing and leaves it as it was; whether it returns it.
    Lends {
        returns: bool,
        /// Whether what goes wrong with it is for the caller.
        raises: bool,
        /// Whether it closes what has another home than itself.
        closes: bool,
    },
    /// It may keep it, or it cannot be followed.
    Keeps,
}

/// One function being followed with one thing.
struct Walk<'w, 'p, 'a> {
    project: &'w Project<'a>,
    module: &'w Module,
    thing: &'p Thing,
    /// The expression that gives the thing, with its place in a tuple; nothing when a parameter holds it.
    source: Option<(ExprRef, Option<u32>)>,
    file: crate::source::FileId,
    function: FunctionRef,
    /// Names that functions inside this one use, and names that live outside it: who holds the thing by them is unknown.
    shared: BTreeSet<Name>,
    /// Whether what happens while it is held matters.
    watches: bool,
    /// Whether a call that fails says so by its value.
    errors_are_values: bool,
    steps: u32,
    /// How many calls deep this is.
    depth: u8,
    /// What the source gives: the thing, or nothing.
    gives: Known,
    ways: Ways,
}

/// How a statement is left.
#[derive(Default)]
struct Out {
    next: Vec<State>,
    broke: Vec<State>,
    continued: Vec<State>,
    returned: Vec<(State, Span, Known)>,
    raised: Vec<(State, Span, Cause)>,
}

/// Why something may raise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Cause {
    /// Any call may.
    Maybe,
    /// It talks to the thing, or is a `raise`.
    Likely,
    /// It waits for whoever consumes a generator, and what that raises may be anything.
    Thrown,
    /// The function returns the error that it is given.
    Returned,
}

impl Project<'_> {
    /// What becomes of a thing in the function that takes it; nothing when that is the module itself.
    pub fn ways_of(&self, taken: &Taken) -> Option<Rc<Ways>> {
        let key = (taken.at, taken.element, taken.thing.maker.clone());
        if let Some(known) = self.known.ways.borrow().get(&key) {
            return Some(known.clone());
        }
        let function = self.enclosing(taken.at)?;
        // Most things are taken like this, and then nothing in the block matters.
        if taken.thing.with == Some(WithMeans::Closes)
            && taken.element.is_none()
            && self.is_with_item(taken.at)
        {
            let given = BTreeSet::from([self.span(taken.at)]);
            let ways = Rc::new(Ways {
                given,
                ..Ways::default()
            });
            self.known.ways.borrow_mut().insert(key, ways.clone());
            return Some(ways);
        }
        let source = (taken.at, taken.element);
        let ways = Walk::new(self, &taken.thing, function, Some(source), 0).run(State::default());
        let ways = Rc::new(ways);
        self.known.ways.borrow_mut().insert(key, ways.clone());
        Some(ways)
    }

    /// The same with [`Ways::meanwhile`], followed through a `with` block that settles all else, too.
    pub fn watched(&self, taken: &Taken) -> Option<Ways> {
        let function = self.enclosing(taken.at)?;
        let source = (taken.at, taken.element);
        let mut walk = Walk::new(self, &taken.thing, function, Some(source), 0);
        walk.watches = true;
        Some(walk.run(State::default()))
    }

    /// What a function does with a thing handed to it as parameter `number`.
    fn treatment(&self, function: FunctionRef, number: u32, thing: &Thing, depth: u8) -> Treatment {
        let key = (function, number, thing.maker.clone());
        if let Some(known) = self.known.treatments.borrow().get(&key) {
            return *known;
        }
        let found = self.function(function);
        let Some(param) = found.params.get(number as usize) else {
            return Treatment::Keeps;
        };
        if depth > MOST_CALLS || found.is_generator {
            return Treatment::Keeps;
        }
        // A function that calls itself keeps what it is handed, as far as its own call can tell.
        self.known
            .treatments
            .borrow_mut()
            .insert(key.clone(), Treatment::Keeps);
        let mut start = State::default();
        start.fate = Fate::Held;
        start.bind(&param.name, Known::Thing);
        let ways = Walk::new(self, thing, function, None, depth).run(start);
        let ended = ways.lost.iter().any(|lost| lost.exit != Exit::Error);
        let lends = |returns| Treatment::Lends {
            returns,
            raises: ways.lost.iter().any(|lost| lost.exit == Exit::Error),
            closes: !ways.closed.is_empty(),
        };
        let treatment = if ways.unknown || !ways.left.is_empty() || ways.yielded {
            Treatment::Keeps
        } else if ways.given.is_empty() {
            match ways.returned.iter().collect::<Vec<_>>()[..] {
                [] => lends(false),
                [None] if !ended => lends(true),
                _ => Treatment::Keeps,
            }
        } else if ended || !ways.returned.is_empty() {
            Treatment::Keeps
        } else {
            Treatment::Gives
        };
        self.known.treatments.borrow_mut().insert(key, treatment);
        treatment
    }
}

impl<'w, 'p, 'a> Walk<'w, 'p, 'a> {
    fn new(
        project: &'w Project<'a>,
        thing: &'p Thing,
        function: FunctionRef,
        source: Option<(ExprRef, Option<u32>)>,
        depth: u8,
    ) -> Self {
        let (module, _) = project.tree(function.file);
        Self {
            project,
            module,
            thing,
            source,
            file: function.file,
            function,
            shared: project.shared_names(function),
            watches: false,
            errors_are_values: crate::frontend::errors_are_values(
                project.files.file(function.file).language,
            ),
            steps: 0,
            depth,
            gives: Known::Thing,
            ways: Ways::default(),
        }
    }

    fn run(mut self, start: State) -> Ways {
        let body = &self.module.function(self.function.function).body;
        let out = self.block(body, vec![start]);
        let end = self.project.function(self.function).span;
        for state in out.next {
            self.leave(state, Exit::End, end);
        }
        for (state, at, value) in out.returned {
            self.ways.bypassed |= state.fate == Fate::Ahead && value == Known::Fresh;
            if self.gives == Known::None && value == Known::None && !self.errors_are_values {
                self.ways.none_returned.insert(at);
            }
            match (state.fate, value) {
                (Fate::Held, Known::Thing | Known::Fresh) => {
                    self.ways.returned.insert(None);
                }
                (Fate::Held, Known::Within(element)) => {
                    self.ways.returned.insert(Some(element));
                }
                // What holds a connection of its own keeps it alive for as long as that is needed.
                (Fate::Held, Known::Derived) if !self.thing.pooled => {
                    self.ways.left.insert(at);
                }
                _ => self.leave(state, Exit::Return, at),
            }
        }
        for (state, at, cause) in out.raised {
            let counts = match self.errors_are_values {
                true => cause == Cause::Returned,
                false => cause != Cause::Maybe,
            };
            if counts {
                self.leave(state, Exit::Error, at);
            }
        }
        self.ways.lost.sort();
        self.ways.lost.dedup();
        self.ways
    }

    /// Notes that the function is left in this state.
    fn leave(&mut self, state: State, exit: Exit, at: Span) {
        if state.fate != Fate::Held {
            return;
        }
        if self.thing.drops {
            let ways = &mut self.ways;
            let ended = if state.outlives {
                &mut ways.forgotten
            } else {
                &mut ways.given
            };
            ended.insert(at);
            return;
        }
        let raised = exit == Exit::Error;
        let exit = match state.after {
            None => exit,
            Some(Cause::Maybe) => return,
            Some(_) => Exit::Error,
        };
        self.ways.lost.push(Lost {
            exit,
            at,
            closed: state.closed,
            caught: exit == Exit::Error && !raised,
        });
    }

    /// One more step; false when there were too many.
    fn step(&mut self) -> bool {
        self.steps += 1;
        self.ways.unknown |= self.steps > MOST_STEPS;
        !self.ways.unknown
    }

    fn span(&self, expr: ExprId) -> Span {
        self.module.expr(expr).span
    }

    fn expr_ref(&self, expr: ExprId) -> ExprRef {
        ExprRef {
            file: self.file,
            expr,
        }
    }

    /// What the catalog says that a call does with what it is given.
    fn treats(&self, callee: ExprId) -> Option<Treats> {
        let val = self.project.eval(self.expr_ref(callee), &None);
        let path = val.path()?.clone();
        self.project.catalog.handles(&path)
    }

    /// Leaves the thing to something else.
    fn give_up(&mut self, state: &mut State, at: Span) {
        if state.fate == Fate::Held {
            state.fate = Fate::Left;
            self.ways.left.insert(at);
        }
    }

    /// Gives the thing back.
    fn give_back(&mut self, state: &mut State, at: Span) {
        if state.fate == Fate::Held {
            state.fate = Fate::Given;
            self.ways.given.insert(at);
        }
    }

    /// Lets go of the thing so that nothing ends it any more.
    fn forget(&mut self, state: &mut State, at: Span) {
        if state.fate == Fate::Held {
            state.fate = Fate::Left;
            self.ways.forgotten.insert(at);
        }
    }

    /// Adds a state to those of a place; past [`MOST_STATES`] what is known of tests is forgotten.
    fn add(&mut self, states: &mut Vec<State>, state: State) {
        if states.contains(&state) {
            return;
        }
        states.push(state);
        if states.len() > MOST_STATES {
            let mut fewer: Vec<State> = Vec::new();
            for mut state in states.drain(..) {
                state.forget_tests();
                if !fewer.contains(&state) {
                    fewer.push(state);
                }
            }
            self.ways.unknown |= fewer.len() > MOST_STATES;
            *states = fewer;
        }
    }

    fn add_all(&mut self, states: &mut Vec<State>, more: Vec<State>) {
        for state in more {
            self.add(states, state);
        }
    }
}

impl Project<'_> {
    /// Names of a function that functions inside it use, and those that it shares with what is around it.
    fn shared_names(&self, function: FunctionRef) -> BTreeSet<Name> {
        let (module, index) = self.tree(function.file);
        let own = index.scope(index.function_scopes[function.function.index()]);
        let mut shared: BTreeSet<Name> =
            own.globals.iter().chain(&own.nonlocals).cloned().collect();
        let around = module.function(function.function).span;
        let inside =
            |span: Span| span != around && span.start >= around.start && span.end <= around.end;
        for (number, inner) in module.functions.iter().enumerate() {
            if !inside(inner.span) {
                continue;
            }
            let scope = index.scope(index.function_scopes[number]);
            let local =
                |name: &Name| scope.names.contains_key(name) && !scope.nonlocals.contains(name);
            shared.extend(module.exprs.iter().filter_map(|expr| match &expr.kind {
                ExprKind::Name(name)
                    if expr.span.start >= inner.span.start
                        && expr.span.end <= inner.span.end
                        && !local(name) =>
                {
                    Some(name.clone())
                }
                _ => None,
            }));
        }
        shared
    }
}
