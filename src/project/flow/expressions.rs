//! Expressions: what they do to the thing, what they are worth, and which way a test goes.

use super::home::AtHome;
use super::state::{Fate, Known, State};
use super::{Cause, Exit, Lost, Out, Treatment, Walk};
use crate::catalog::{Treats, WithMeans};
use crate::frontend::{ENTER_METHODS, EXIT_METHODS};
use crate::project::values::Value;
use crate::source::Span;
use crate::syntax::{ArgKind, Call, CompareOp, DictItem, ExprId, ExprKind, LogicOp, Name};

/// Words in the name of a method or attribute that say that a connection is no longer open.
const CLOSED: &str = "closed";

impl Walk<'_, '_, '_> {
    /// The states after an expression, each with what the expression is worth in it.
    pub(super) fn expr(&mut self, id: ExprId, state: State, out: &mut Out) -> Vec<(State, Known)> {
        let after = self.expr_itself(id, state, out);
        if self.module.tried.contains(&id) {
            for (state, known) in &after {
                self.tries(id, state, *known, out);
            }
        }
        after
    }

    /// Where the function returns the error of an expression: whoever gets none has no thing either.
    fn tries(&self, id: ExprId, state: &State, known: Known, out: &mut Out) {
        let on_server = self.thing.home.as_ref().is_none_or(|home| home.on_server);
        let quiet = known.holds() || known == Known::Fresh && !on_server;
        if !quiet {
            out.raise(state.clone(), self.span(id), Cause::Returned);
        }
    }

    fn expr_itself(&mut self, id: ExprId, state: State, out: &mut Out) -> Vec<(State, Known)> {
        if !self.step() {
            return Vec::new();
        }
        match &self.module.expr(id).kind {
            ExprKind::Name(name) => {
                let known = state.name(name);
                vec![(state, known)]
            }
            ExprKind::None => vec![(state, Known::None)],
            ExprKind::Bool(truth) => vec![(state, Known::Bool(*truth))],
            ExprKind::Attribute(base, name) => self
                .expr(*base, state, out)
                .into_iter()
                .map(|(mut state, known)| {
                    // The method that gives it back, for somebody else to call.
                    if known == Known::Thing && self.thing.gives.iter().any(|give| give == name) {
                        self.give_up(&mut state, self.span(id));
                    }
                    (state, Known::Other)
                })
                .collect(),
            ExprKind::Call(call) => self.call(id, call, state, out),
            ExprKind::Await(inner) => self.expr(*inner, state, out),
            ExprKind::Assigned(name, inner) => {
                let mut after = self.expr(*inner, state, out);
                for (state, known) in &mut after {
                    if self.shared.contains(name) {
                        if known.holds() {
                            self.give_up(state, self.module.expr(id).span);
                        }
                    } else {
                        self.ways.named |= known.holds();
                        state.bind(name, *known);
                    }
                }
                after
            }
            ExprKind::Tuple(items) => self
                .sequence(items, state, out)
                .into_iter()
                .map(|(mut state, known)| {
                    let mut places = (0..).zip(&known).filter(|(_, known)| known.holds());
                    let worth = match (places.next(), places.next()) {
                        (None, _) => Known::Other,
                        (Some((place, Known::Thing)), None) => Known::Within(place),
                        _ => {
                            self.give_up(&mut state, self.span(id));
                            Known::Other
                        }
                    };
                    (state, worth)
                })
                .collect(),
            ExprKind::Conditional {
                test,
                then,
                otherwise,
            } => {
                let (yes, no) = self.branch(*test, vec![state], out);
                self.either(yes, *then, no, *otherwise, out)
            }
            ExprKind::Logic(op, left, right) => {
                let mut after = Vec::new();
                for (state, known) in self.expr(*left, state, out) {
                    let stops = *op == LogicOp::Or;
                    let truth = known.truth();
                    if truth != Some(!stops) {
                        after.push((state.clone(), known));
                    }
                    if truth != Some(stops) {
                        after.extend(self.expr(*right, state, out));
                    }
                }
                after
            }
            ExprKind::Not(_) | ExprKind::Compare(..) => {
                let (yes, no) = self.branch(id, vec![state], out);
                let yes = yes.into_iter().map(|state| (state, Known::Bool(true)));
                yes.chain(no.into_iter().map(|state| (state, Known::Bool(false))))
                    .collect()
            }
            ExprKind::Yield(value) => self.hands_out(id, *value, state, out),
            ExprKind::Subscript(base, index) => {
                let parts: Vec<ExprId> = std::iter::once(*base)
                    .chain(index.iter().copied())
                    .collect();
                let place = match index[..] {
                    [only] => match self.module.expr(only).kind {
                        ExprKind::Int(place) => u32::try_from(place).ok(),
                        _ => None,
                    },
                    _ => None,
                };
                self.sequence(&parts, state, out)
                    .into_iter()
                    .map(|(state, known)| match known[0] {
                        Known::Within(at) if Some(at) == place => (state, Known::Thing),
                        _ => (state, Known::Other),
                    })
                    .collect()
            }
            ExprKind::Dict(items) => {
                let parts: Vec<ExprId> = items
                    .iter()
                    .flat_map(|item| match item {
                        DictItem::Pair(key, value) => vec![*key, *value],
                        DictItem::Splat(value) => vec![*value],
                    })
                    .collect();
                self.contained(id, &parts, state, out)
            }
            ExprKind::Text(_) => {
                let parts = self.module.children(id);
                let after = self.sequence(&parts, state, out);
                after
                    .into_iter()
                    .map(|(state, _)| (state, Known::Other))
                    .collect()
            }
            // A function of its own; the names that it shares with this one are known.
            ExprKind::Lambda(_) => vec![(state, Known::Other)],
            _ => {
                let parts = self.module.children(id);
                self.contained(id, &parts, state, out)
            }
        }
    }

    /// Several expressions in order.
    pub(super) fn sequence(
        &mut self,
        parts: &[ExprId],
        state: State,
        out: &mut Out,
    ) -> Vec<(State, Vec<Known>)> {
        let mut after = vec![(state, Vec::new())];
        for part in parts {
            let mut next = Vec::new();
            for (state, known) in after {
                for (state, each) in self.expr(*part, state, out) {
                    next.push((state, [known.as_slice(), &[each]].concat()));
                }
            }
            self.ways.unknown |= next.len() > super::MOST_STATES * 2;
            if self.ways.unknown {
                return Vec::new();
            }
            after = next;
        }
        after
    }

    /// Parts of something that keeps what it is given.
    fn contained(
        &mut self,
        id: ExprId,
        parts: &[ExprId],
        state: State,
        out: &mut Out,
    ) -> Vec<(State, Known)> {
        self.sequence(parts, state, out)
            .into_iter()
            .map(|(mut state, known)| {
                if known.iter().any(|known| known.holds()) {
                    self.give_up(&mut state, self.span(id));
                }
                (state, Known::Other)
            })
            .collect()
    }

    fn either(
        &mut self,
        yes: Vec<State>,
        then: ExprId,
        no: Vec<State>,
        otherwise: ExprId,
        out: &mut Out,
    ) -> Vec<(State, Known)> {
        let mut after = Vec::new();
        for (states, expr) in [(yes, then), (no, otherwise)] {
            for state in states {
                after.extend(self.expr(expr, state, out));
            }
        }
        after
    }

    /// `yield`: whoever takes the value may raise in its place.
    fn hands_out(
        &mut self,
        id: ExprId,
        value: Option<ExprId>,
        state: State,
        out: &mut Out,
    ) -> Vec<(State, Known)> {
        let after = match value {
            Some(value) => self.expr(value, state, out),
            None => vec![(state, Known::None)],
        };
        for (state, known) in &after {
            self.ways.bypassed |= state.fate == Fate::Ahead && *known == Known::Fresh;
            if self.gives == Known::None && *known == Known::None {
                self.ways.none_used.insert(self.span(id));
            }
            let hands = known.holds() || matches!(known, Known::Derived | Known::Fresh);
            self.ways.yielded |= hands && state.fate == Fate::Held;
            let cause = if hands { Cause::Thrown } else { Cause::Maybe };
            out.raise(state.clone(), self.span(id), cause);
        }
        after
            .into_iter()
            .map(|(state, _)| (state, Known::Other))
            .collect()
    }

    /// Whether an expression is the one that gives the thing, awaited or not.
    pub(super) fn is_source(&self, mut id: ExprId) -> bool {
        while let ExprKind::Await(inner) = self.module.expr(id).kind {
            id = inner;
        }
        self.source.is_some_and(|(at, _)| at == self.expr_ref(id))
    }

    fn call(
        &mut self,
        id: ExprId,
        call: &Call,
        state: State,
        out: &mut Out,
    ) -> Vec<(State, Known)> {
        let method = match &self.module.expr(call.callee).kind {
            ExprKind::Attribute(base, name) => Some((*base, name)),
            _ => None,
        };
        let first = method.map_or(call.callee, |(base, _)| base);
        let parts: Vec<ExprId> = std::iter::once(first)
            .chain(call.args.iter().map(|arg| arg.value))
            .collect();
        let method = method.map(|(_, name)| name);
        let mut after = Vec::new();
        for (state, known) in self.sequence(&parts, state, out) {
            if let Some(done) = self.called(id, call, method, &known, state, out) {
                after.push(done);
            }
        }
        after
    }

    /// What a call does once its parts are known: the thing first, then the arguments. Nothing when it never returns.
    fn called(
        &mut self,
        id: ExprId,
        call: &Call,
        method: Option<&Name>,
        known: &[Known],
        mut state: State,
        out: &mut Out,
    ) -> Option<(State, Known)> {
        let at = self.span(id);
        if let Some((source, element)) = self.source
            && source == self.expr_ref(id)
        {
            out.raise(state.clone(), at, Cause::Maybe);
            if state.fate == Fate::Held && self.thing.drops {
                self.ways.given.insert(at);
            } else if state.fate == Fate::Held {
                self.ways.lost.push(Lost {
                    exit: Exit::Again,
                    at,
                    closed: state.closed,
                    caught: false,
                });
            }
            state.unbind_thing();
            // Who empties the pool ends it, and what comes out has no place any more.
            state.fate = if self.empties() {
                Fate::Given
            } else {
                Fate::Held
            };
            state.asked = self.watches && !self.thing.late;
            state.after = None;
            state.closed = false;
            state.outlives = false;
            state.spare = false;
            let worth = match element {
                Some(place) if self.gives == Known::Thing => Known::Within(place),
                _ => self.gives,
            };
            return Some((state, worth));
        }
        match self.at_home(id, call, known, state, out) {
            AtHome::Done(state, worth) => return Some((state, worth)),
            AtHome::No(same) => state = same,
        }
        let on = if method.is_some() {
            known[0]
        } else {
            Known::Other
        };
        let language = self.project.files.file(self.file).language.word();
        match (on, method) {
            (known, Some(method))
                if known.holds() && self.project.catalog.passes(language, method) =>
            {
                return Some((state, known));
            }
            (Known::None, Some(method)) if self.gives == Known::None && self.errors_are_values => {
                return Some(self.on_none(call, method, at, state));
            }
            (Known::None, Some(_)) if self.gives == Known::None => {
                self.ways.none_used.insert(at);
            }
            (Known::Thing, Some(method)) => {
                if self.closes(method, at, &mut state) {
                    return Some((state, Known::Other));
                }
                if self.thing.gives.iter().any(|give| give == method) {
                    self.give_back(&mut state, at);
                    return Some((state, Known::Other));
                }
                if self.thing.leaks.iter().any(|leak| leak == method) {
                    self.forget(&mut state, at);
                    return Some((state, Known::Other));
                }
                if EXIT_METHODS.contains(&method.as_str()) {
                    if self.thing.with == Some(WithMeans::Closes) {
                        self.give_back(&mut state, at);
                    }
                    return Some((state, Known::Other));
                }
                if ENTER_METHODS.contains(&method.as_str()) {
                    return Some((state, Known::Thing));
                }
                let made = format!("{}.{method}", self.thing.type_path);
                state.asked |= self.watches && self.project.catalog.asks(&made).is_some();
                if self.project.catalog.returns(&made) == *self.thing.type_path {
                    out.raise(state.clone(), at, Cause::Maybe);
                    return Some((state, Known::Thing));
                }
                // Making something of it that is used further (a cursor) asks the server nothing yet.
                self.ways.used = true;
                let makes = !self.is_statement(id)
                    && call
                        .args
                        .iter()
                        .all(|arg| matches!(arg.kind, ArgKind::Keyword(_) | ArgKind::KeywordSplat));
                let cause = if makes { Cause::Maybe } else { Cause::Likely };
                out.raise(state.clone(), at, cause);
                return Some((state, Known::Derived));
            }
            (Known::Derived | Known::Fresh, Some(method)) => {
                // Closing what was made of it asks the server nothing.
                let closes = self.project.catalog.is_closing(method);
                let cause = if closes { Cause::Maybe } else { Cause::Likely };
                out.raise(state.clone(), at, cause);
                return Some((state, Known::Other));
            }
            _ => {}
        }
        if self.thing.drops && known.iter().skip(1).any(|known| known.holds()) {
            match self.treats(call.callee) {
                Some(Treats::Ends) => {
                    self.give_back(&mut state, at);
                    return Some((state, Known::Other));
                }
                Some(Treats::Forgets) => {
                    self.forget(&mut state, at);
                    return Some((state, Known::Other));
                }
                Some(Treats::Outlives) => {
                    state.outlives = true;
                    return Some((state, Known::Thing));
                }
                _ => {}
            }
        }
        let lent = |place: &usize| call.args.get(*place - 1).is_some_and(|arg| arg.lent);
        let handed: Vec<usize> = (1..known.len())
            .filter(|place| known[*place].holds())
            .filter(|place| !lent(place))
            .collect();
        self.ways.used |= (1..known.len()).any(|place| known[place].holds() && lent(&place));
        if handed.is_empty() {
            if state.fate == Fate::Held && state.asked {
                self.ways.meanwhile.insert(id);
            }
            out.raise(state.clone(), at, Cause::Maybe);
            return match self.treats(call.callee) {
                Some(Treats::NeverReturns) => None,
                _ => Some((state, Known::Other)),
            };
        }
        if state.fate != Fate::Held {
            return Some((state, Known::Other));
        }
        let all_things = handed.iter().all(|place| known[*place] == Known::Thing);
        if all_things
            && method.is_some_and(|method| self.thing.releases.iter().any(|it| it == method))
        {
            self.give_back(&mut state, at);
            return Some((state, Known::Other));
        }
        let treatment = if all_things && handed.len() == 1 {
            self.handed_to(call, handed[0] - 1)
        } else {
            Handed::Kept
        };
        match treatment {
            Handed::Closer => return Some((state, Known::Closer)),
            Handed::Treated(Treatment::Gives) => self.give_back(&mut state, at),
            Handed::Passed => return Some((state, Known::Thing)),
            Handed::Treated(Treatment::Lends {
                returns,
                raises,
                closes,
            }) => {
                state.asked |= self.watches;
                let cause = if raises { Cause::Likely } else { Cause::Maybe };
                out.raise(state.clone(), at, cause);
                if closes {
                    self.close(at, &mut state);
                } else {
                    self.ways.used = true;
                }
                let worth = if returns { Known::Thing } else { Known::Other };
                return Some((state, worth));
            }
            Handed::Kept | Handed::Treated(Treatment::Keeps) => self.give_up(&mut state, at),
        }
        Some((state, Known::Other))
    }

    /// A method of what is no value, where that is a value itself: who asks for the value that is not there uses it. What
    /// the container has is asked for first.
    fn on_none(&mut self, call: &Call, method: &Name, at: Span, state: State) -> (State, Known) {
        let language = self.project.files.file(self.file).language.word();
        let base = match &self.module.expr(call.callee).kind {
            ExprKind::Attribute(base, _) => *base,
            _ => call.callee,
        };
        if !self.project.catalog.passes(language, method) {
            return (state, Known::Other);
        }
        if crate::frontend::asks_for_value(method) && !self.is_source(base) {
            self.ways.none_used.insert(at);
        }
        (state, Known::None)
    }

    /// Whether the value of an expression is dropped.
    fn is_statement(&self, id: ExprId) -> bool {
        let (_, index) = self.project.tree(self.file);
        match index.parent(id) {
            None => matches!(
                self.module.stmt(index.standing(id).stmt).kind,
                crate::syntax::StmtKind::Expr(_)
            ),
            Some(parent) => {
                matches!(self.module.expr(parent).kind, ExprKind::Await(_))
                    && self.is_statement(parent)
            }
        }
    }

    /// What becomes of the thing as the argument of a call.
    fn handed_to(&mut self, call: &Call, argument: usize) -> Handed {
        // What is handed the connection decides; its file is worth reading.
        let callee = self.expr_ref(call.callee);
        let callee = self.project.wanting(|| self.project.eval(callee, &None));
        let mut all = Vec::new();
        for (val, _) in callee.alternatives() {
            all.push(match &val.value {
                Value::Path(path) | Value::Member(_, path) => {
                    match self.project.catalog.handles(path) {
                        Some(Treats::Lends) => lent(false),
                        Some(Treats::Passes) => Handed::Passed,
                        Some(Treats::ClosesAtEnd) => Handed::Closer,
                        _ => Handed::Kept,
                    }
                }
                // Whoever gave the function to be called expects the connection back.
                Value::Param(..) => lent(true),
                Value::Function(function, _) => {
                    self.handed_to_function(*function, call, argument, false)
                }
                Value::Method(function, _) => {
                    self.handed_to_function(*function, call, argument, true)
                }
                _ => Handed::Kept,
            });
        }
        match all.first() {
            Some(first) if all.iter().all(|each| each == first) => *first,
            _ => Handed::Kept,
        }
    }

    fn handed_to_function(
        &mut self,
        function: super::FunctionRef,
        call: &Call,
        argument: usize,
        on_object: bool,
    ) -> Handed {
        let found = self.project.function(function);
        let number = match &call.args[argument].kind {
            ArgKind::Keyword(name) => found.params.iter().position(|param| param.name == *name),
            ArgKind::Positional
                if call.args[..argument]
                    .iter()
                    .all(|arg| arg.kind == ArgKind::Positional) =>
            {
                let receiver = on_object && found.receiver != crate::syntax::Receiver::None;
                Some(argument + usize::from(receiver))
            }
            _ => None,
        };
        let plain = number.filter(|number| {
            found.params.get(*number).is_some_and(|param| {
                !matches!(
                    param.kind,
                    crate::syntax::ParamKind::Rest | crate::syntax::ParamKind::KeywordRest
                )
            })
        });
        match plain.and_then(|number| u32::try_from(number).ok()) {
            // What a decorator makes of the function is not known here.
            Some(number) if found.decorators.is_empty() || found.class.is_some() => {
                Handed::Treated(self.project.treatment(
                    function,
                    number,
                    self.thing,
                    self.depth + 1,
                ))
            }
            _ => Handed::Kept,
        }
    }

    /// The states in which a test comes out true, and those in which it does not.
    pub(super) fn branch(
        &mut self,
        test: ExprId,
        states: Vec<State>,
        out: &mut Out,
    ) -> (Vec<State>, Vec<State>) {
        let mut yes = Vec::new();
        let mut no = Vec::new();
        for state in states {
            let (when, otherwise) = self.branch_one(test, state, out);
            self.add_all(&mut yes, when);
            self.add_all(&mut no, otherwise);
        }
        (yes, no)
    }

    fn branch_one(
        &mut self,
        test: ExprId,
        state: State,
        out: &mut Out,
    ) -> (Vec<State>, Vec<State>) {
        match &self.module.expr(test).kind {
            ExprKind::Not(inner) => {
                let (yes, no) = self.branch_one(*inner, state, out);
                return (no, yes);
            }
            ExprKind::Logic(LogicOp::And, left, right) => {
                let (yes, mut no) = self.branch_one(*left, state, out);
                let (yes, more) = self.branch(*right, yes, out);
                no.extend(more);
                return (yes, no);
            }
            ExprKind::Logic(LogicOp::Or, left, right) => {
                let (mut yes, no) = self.branch_one(*left, state, out);
                let (more, no) = self.branch(*right, no, out);
                yes.extend(more);
                return (yes, no);
            }
            _ => {}
        }
        let written = self.written(test);
        let mut yes = Vec::new();
        let mut no = Vec::new();
        let asked = self.asks_whether_open(test, &state);
        let spare = self.asks_for_room(test);
        let foreign = self.asks_whose(test, &state);
        for (mut state, known) in self.expr_of_test(test, state, out) {
            let truth = known.or_else(|| written.as_ref().and_then(|(text, _)| state.test(text)));
            let flipped = written.as_ref().is_some_and(|(_, flipped)| *flipped);
            let truth = match known {
                Some(truth) => Some(truth),
                None => truth.map(|truth| truth != flipped),
            };
            for (went, states) in [(true, &mut yes), (false, &mut no)] {
                if truth == Some(!went) {
                    continue;
                }
                let mut after = state.clone();
                if let (None, Some((text, flipped))) = (truth, &written) {
                    after.note_test(text, went != *flipped);
                }
                // Who asks whether it is still open knows that it may be closed.
                if asked == Some(went) && after.fate == Fate::Held && self.thing.home.is_none() {
                    after.fate = Fate::Given;
                }
                after.spare |= spare;
                if foreign == Some(went) && after.fate == Fate::Held {
                    after.fate = Fate::Given;
                }
                states.push(after);
            }
            state.forget_tests();
        }
        (yes, no)
    }

    /// What the value of a test says by itself.
    fn expr_of_test(
        &mut self,
        test: ExprId,
        state: State,
        out: &mut Out,
    ) -> Vec<(State, Option<bool>)> {
        let ExprKind::Compare(first, rest) = &self.module.expr(test).kind else {
            let after = self.expr(test, state, out);
            return after
                .into_iter()
                .map(|(state, known)| (state, known.truth()))
                .collect();
        };
        let parts: Vec<ExprId> = std::iter::once(*first)
            .chain(rest.iter().map(|(_, operand)| *operand))
            .collect();
        let op = match rest[..] {
            [(op, _)] => Some(op),
            _ => None,
        };
        // `"connection" in locals()` asks whether the name was bound.
        let named = match (&self.module.expr(*first).kind, op) {
            (ExprKind::Str(text), Some(CompareOp::In | CompareOp::NotIn)) => {
                Some(Name::from(&**text))
            }
            _ => None,
        };
        self.sequence(&parts, state, out)
            .into_iter()
            .map(|(state, known)| {
                let is_none = match (known.as_slice(), op) {
                    ([one, Known::None] | [Known::None, one], Some(op)) => match one {
                        Known::None => Some((op, true)),
                        Known::Other => None,
                        // A place may be empty.
                        Known::Thing if self.may_be_none() => None,
                        _ => Some((op, false)),
                    },
                    _ => None,
                };
                let truth = match is_none {
                    Some((CompareOp::Is | CompareOp::Eq, none)) => Some(none),
                    Some((CompareOp::IsNot | CompareOp::Ne, none)) => Some(!none),
                    _ => named
                        .as_ref()
                        .filter(|name| state.name(name).holds())
                        .map(|_| op == Some(CompareOp::In)),
                };
                (state, truth)
            })
            .collect()
    }

    /// Whether a test asks the thing whether it is open; then, which outcome says that it is not.
    fn asks_whether_open(&self, test: ExprId, state: &State) -> Option<bool> {
        let mut at = test;
        if let ExprKind::Compare(first, _) = &self.module.expr(at).kind {
            at = *first;
        }
        if let ExprKind::Await(inner) = self.module.expr(at).kind {
            at = inner;
        }
        if let Some(call) = self.module.call(at) {
            at = call.callee;
        }
        let ExprKind::Attribute(base, name) = &self.module.expr(at).kind else {
            return None;
        };
        match &self.module.expr(*base).kind {
            ExprKind::Name(holder) if state.name(holder) == Known::Thing => {
                Some(name.to_lowercase().contains(CLOSED))
            }
            _ => None,
        }
    }

    /// A test as it is written, so that the same test later goes the same way, and whether it is the opposite of that.
    fn written(&self, test: ExprId) -> Option<(String, bool)> {
        match &self.module.expr(test).kind {
            ExprKind::Compare(first, rest) => {
                let [(op, second)] = rest[..] else {
                    return None;
                };
                let (sign, flipped) = match op {
                    CompareOp::Eq => ("==", false),
                    CompareOp::Ne => ("==", true),
                    CompareOp::Is => ("is", false),
                    CompareOp::IsNot => ("is", true),
                    CompareOp::In => ("in", false),
                    CompareOp::NotIn => ("in", true),
                    CompareOp::Order => return None,
                };
                let text = format!("{} {sign} {}", self.plain(*first)?, self.plain(second)?);
                Some((text, flipped))
            }
            _ => Some((self.plain(test)?, false)),
        }
    }

    /// A name, attribute or constant as it is written.
    fn plain(&self, expr: ExprId) -> Option<String> {
        match &self.module.expr(expr).kind {
            ExprKind::Name(name) => Some(name.to_string()),
            ExprKind::Attribute(base, name) => Some(format!("{}.{name}", self.plain(*base)?)),
            ExprKind::Str(text) => Some(format!("{text:?}")),
            ExprKind::Int(number) => Some(number.to_string()),
            ExprKind::None => Some("None".to_owned()),
            ExprKind::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }
}

/// What is used and left as it was.
fn lent(raises: bool) -> Handed {
    Handed::Treated(Treatment::Lends {
        returns: false,
        raises,
        closes: false,
    })
}

/// What becomes of the thing as an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handed {
    /// Wrapped in a context manager whose end gives it back.
    Closer,
    /// Handed to a function that was followed, or that is known.
    Treated(Treatment),
    /// Given through as the value of the call.
    Passed,
    /// Kept, as far as anybody can tell.
    Kept,
}
