//! Nesting: a connection taken from a pool while the same function holds one of it.
//!
//! Takes what functions take; gives each call that takes a further one of the same pool, itself or through functions that
//! it calls, over at most [`MOST_CALLS`] of those. Invariant: two takes count as of one pool only where the pool behind
//! both is known to be one object, or both take it from one place (`places`).

mod places;

use super::flow::Taken;
use super::placement::Kept;
use super::pools::Pool;
use super::values::{Frames, MOST_CALLS, Val, Value};
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::{Kind, WithMeans};
use crate::syntax::{ExprKind, Name, Receiver, StmtKind};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A second connection of one pool.
#[derive(Clone, Debug)]
pub struct Nested {
    /// What is held meanwhile.
    pub held: Taken,
    /// The pool behind both, where it is known how it is made.
    pub pool: Option<Pool>,
    /// The maker of pools of its kind.
    pub maker: Rc<str>,
    /// What the pool is called where it is taken from.
    pub shown: String,
    /// The call in the function that holds the first one.
    pub at: ExprRef,
    /// The calls from there down to the one that takes, which is the last; empty when `at` takes itself.
    pub chain: Vec<ExprRef>,
}

/// The calls that each function makes.
type Bodies = BTreeMap<FunctionRef, Vec<ExprRef>>;

impl Project<'_> {
    /// Every connection that is taken while another one of its pool is held, in path order.
    pub fn nested(&self) -> Vec<Nested> {
        let bodies = self.bodies();
        let mut found = Vec::new();
        for held in self.held() {
            let pool = self.pool_of_take(self.sites()[held.site].site);
            let place = self.place_of_take(&held);
            if pool.is_none() && place.is_none() {
                continue;
            }
            let (Some(function), Some(ways)) = (self.enclosing(held.at), self.watched(&held))
            else {
                continue;
            };
            if ways.unknown {
                continue;
            }
            for call in &ways.meanwhile {
                let at = ExprRef {
                    file: held.at.file,
                    expr: *call,
                };
                let known = pool.as_ref().and_then(|pool| {
                    let mut search = Search {
                        project: self,
                        bodies: &bodies,
                        pool,
                        function,
                        root: self.one_of_several(pool).then(|| self.root(held.at)),
                        seen: BTreeSet::new(),
                    };
                    search.nested(&held, at)
                });
                let nested = known.or_else(|| {
                    let (path, maker) = place.as_ref()?;
                    let mut search = places::Search {
                        project: self,
                        bodies: &bodies,
                        seen: BTreeSet::new(),
                    };
                    let mut nested = search.nested(&held, (path, maker), at)?;
                    nested.pool = pool.clone();
                    Some(nested)
                });
                found.extend(nested);
            }
        }
        found.sort_by_key(|nested| (nested.at, nested.held.at));
        found.dedup_by_key(|nested| nested.at);
        found
    }

    /// What is taken from pools: also in `with` blocks of functions that yield what they took.
    fn held(&self) -> Vec<Taken> {
        let all = self.all_taken();
        let pooled = all.iter().filter(|taken| taken.thing.pooled);
        let mut queue: Vec<Taken> = pooled.cloned().collect();
        let mut held = Vec::new();
        while let Some(taken) = queue.pop() {
            let handed_out = self.enclosing(taken.at).filter(|function| {
                let found = self.function(*function);
                found.is_generator
                    && !found.decorators.is_empty()
                    && taken.chain.len() < usize::from(MOST_CALLS)
                    && self.watched(&taken).is_some_and(|ways| ways.yielded)
            });
            for call in handed_out.into_iter().flat_map(|it| self.callers(it)) {
                if !self.is_with_item(call) {
                    continue;
                }
                let mut outer = taken.clone();
                outer.chain.push(taken.at);
                outer.at = call;
                outer.element = None;
                outer.thing.with = Some(WithMeans::Closes);
                queue.push(outer);
            }
            held.push(taken);
        }
        held
    }

    fn bodies(&self) -> Bodies {
        let mut bodies = Bodies::new();
        for (file, parsed) in self.all_parsed() {
            for expr in &parsed.index.calls {
                let call = ExprRef { file, expr: *expr };
                if let Some(function) = self.enclosing(call) {
                    bodies.entry(function).or_default().push(call);
                }
            }
        }
        bodies
    }

    /// The engine or pool whose connection a call takes or uses; nothing when it takes none, or the pool is not known.
    fn pool_of_take(&self, call: ExprRef) -> Option<Pool> {
        let (module, _) = self.tree(call.file);
        let callee = ExprRef {
            file: call.file,
            expr: module.call(call.expr)?.callee,
        };
        let callee = self.eval(callee, &None);
        let [(callee, _)] = callee.alternatives().try_into().ok()?;
        let (object, method) = match &callee.value {
            Value::Member(object, path) => ((**object).clone(), path.clone()),
            // A session is made by calling its factory.
            Value::Object(_) => return self.owner(&callee),
            _ => return None,
        };
        let Value::Object(made) = &object.value else {
            return None;
        };
        let maker = self.catalog.maker(&made.made.as_ref()?.0)?;
        let name = method.rsplit('.').next().unwrap_or_default();
        let lists = |methods: &[String]| methods.iter().any(|it| it == name);
        let takes = match maker.kind {
            Kind::Engine | Kind::Pool => lists(&maker.takes) || lists(&maker.borrows),
            Kind::SessionFactory => lists(&maker.takes),
            Kind::Session => self.catalog.asks(&method).is_some(),
            Kind::Connection | Kind::Registry => false,
        };
        takes.then(|| self.owner(&object)).flatten()
    }

    /// The engine or pool behind an object that owns connections or is bound to one that does; no registry's sessions,
    /// which are one and the same, and nothing that is bound to a connection.
    fn owner(&self, object: &Val) -> Option<Pool> {
        let Value::Object(made) = &object.value else {
            return None;
        };
        let (path, made) = made.made.as_ref()?;
        let own = self.pool(made.call, path, &made.frames)?;
        if own.kind == Kind::Registry || self.is_from_registry(&own) {
            return None;
        }
        self.engine_of(object).filter(Pool::owns_connections)
    }

    /// Whether a pool is kept by an object of which there may be several.
    fn one_of_several(&self, pool: &Pool) -> bool {
        match self.stored(outermost(pool)) {
            Kept::Instance(class) => self.constructions_of(class).len() != 1,
            Kept::Process | Kept::No => false,
        }
    }

    /// The name at which what is called begins: `store` of `store.pool.acquire()`.
    fn root(&self, call: ExprRef) -> Option<&Name> {
        let (module, _) = self.tree(call.file);
        let mut at = module.call(call.expr)?.callee;
        loop {
            match &module.expr(at).kind {
                ExprKind::Attribute(base, _) => at = *base,
                ExprKind::Call(inner) => at = inner.callee,
                ExprKind::Name(name) => return Some(name),
                _ => return None,
            }
        }
    }

    /// The name under which a method knows the object that it is called on.
    fn name_of_receiver(&self, function: FunctionRef) -> Option<&Name> {
        let found = self.function(function);
        let own = found.params.first()?;
        (found.receiver == Receiver::Instance).then_some(&own.name)
    }

    /// Whether a pool is one object wherever its name stands: made by the module or at the start of the program, or kept by
    /// the module or by one object.
    fn is_one_object(&self, pool: &Pool, function: FunctionRef) -> bool {
        let anchor = outermost(pool);
        let around = self.enclosing(anchor);
        let mut alike = self.instances().iter().filter(|it| it.site == pool.site);
        let lasts = match around {
            None => true,
            Some(around) => {
                around == function
                    || self.stored(anchor) != Kept::No
                    || self.placement(anchor).is_certainly_once()
            }
        };
        alike.next();
        lasts && (around == Some(function) || pool.frames.is_some() || alike.next().is_none())
    }
}

/// The call that makes a pool, seen from outside.
pub(super) fn outermost(pool: &Pool) -> ExprRef {
    let mut found = pool.site;
    let mut at: &Frames = &pool.frames;
    while let Some(frame) = at {
        found = frame.call;
        at = &frame.outer;
    }
    found
}

/// The search for a take below one call.
struct Search<'s, 'a> {
    project: &'s Project<'a>,
    bodies: &'s Bodies,
    pool: &'s Pool,
    /// The function that holds the first connection.
    function: FunctionRef,
    /// Of a pool that one of several objects keeps: the name at which the first take begins.
    root: Option<Option<&'s Name>>,
    seen: BTreeSet<FunctionRef>,
}

impl Search<'_, '_> {
    /// A further connection of the pool that `held` was taken from, by `at`.
    fn nested(&mut self, held: &Taken, at: ExprRef) -> Option<Nested> {
        let mut chain = self.taking(at, 0)?;
        chain.reverse();
        chain.remove(0);
        Some(Nested {
            held: held.clone(),
            pool: Some(self.pool.clone()),
            maker: self.pool.maker.clone(),
            shown: self.pool.symbol.clone(),
            at,
            chain,
        })
    }

    /// The calls from the one that takes a connection of the pool up to `call`, if there is one.
    fn taking(&mut self, call: ExprRef, depth: u8) -> Option<Vec<ExprRef>> {
        let project = self.project;
        if !self.is_of_the_object(call, depth) {
            return None;
        }
        if let Some(other) = project.wanting(|| project.pool_of_take(call)) {
            let same = other.site == self.pool.site
                && other.place == self.pool.place
                && project.is_one_object(self.pool, self.function);
            return same.then(|| vec![call]);
        }
        if depth >= MOST_CALLS {
            return None;
        }
        let function = runs(project, call)?;
        if !self.seen.insert(function) {
            return None;
        }
        let calls = self.bodies.get(&function)?;
        calls.iter().find_map(|inner| {
            if project.leads_past(call, function, *inner) {
                return None;
            }
            let mut chain = self.taking(*inner, depth + 1)?;
            chain.push(call);
            Some(chain)
        })
    }

    /// Whether a call is made on the object that keeps the pool.
    fn is_of_the_object(&self, call: ExprRef, depth: u8) -> bool {
        let project = self.project;
        let Some(first) = self.root else { return true };
        let own = project
            .enclosing(call)
            .and_then(|function| project.name_of_receiver(function));
        let expected = if depth == 0 { first } else { own };
        expected.is_some() && project.root(call) == expected
    }
}

/// The function of the project that a call runs to its end before it returns.
fn runs(project: &Project<'_>, call: ExprRef) -> Option<FunctionRef> {
    let (module, _) = project.tree(call.file);
    let callee = ExprRef {
        file: call.file,
        expr: module.call(call.expr)?.callee,
    };
    let callee = project.wanting(|| project.eval(callee, &None));
    let function = match callee.value {
        Value::Function(function, _) | Value::Method(function, _) => function,
        _ => return None,
    };
    let found = project.function(function);
    let entered = project.is_with_item(call);
    let runs = match (found.is_generator, found.is_async) {
        (true, _) => entered || is_gone_through(project, call),
        (false, true) => entered || is_waited_for(project, call),
        (false, false) => true,
    };
    runs.then_some(function)
}

/// Whether a call of an async function is awaited, alone or with others (`await gather(a(), b())`).
fn is_waited_for(project: &Project<'_>, call: ExprRef) -> bool {
    let (module, index) = project.tree(call.file);
    let mut at = call.expr;
    while let Some(parent) = index.parent(at) {
        match module.expr(parent).kind {
            ExprKind::Await(_) => return true,
            ExprKind::Call(_) => at = parent,
            _ => return false,
        }
    }
    false
}

fn is_gone_through(project: &Project<'_>, call: ExprRef) -> bool {
    let (module, _) = project.tree(call.file);
    matches!(
        &module.stmt(project.statement(call)).kind,
        StmtKind::For { iter, .. } if *iter == call.expr
    )
}
