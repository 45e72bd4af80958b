//! What functions take: connections and sessions, where they are made and wherever a function hands them on to.

use super::{Exit, MOST_CALLS, Taken, Thing, Ways};
use crate::catalog::{Kind, Maker, Role, Treats};
use crate::project::containers::Operation;
use crate::project::names::BindingKind;
use crate::project::pools::Pool;
use crate::project::turns::{any_inside, bindings, held_names};
use crate::project::values::{Val, Value};
use crate::project::{ExprRef, FunctionRef, Project};
use crate::syntax::{ExprId, ExprKind};
use std::collections::BTreeSet;
use std::rc::Rc;

impl Project<'_> {
    /// Everything that a function takes and must give back: the calls that make it, and the calls of functions that
    /// return it, over at most [`MOST_CALLS`] calls. In path order.
    pub fn all_taken(&self) -> Rc<Vec<Taken>> {
        if let Some(known) = self.known.taken.get() {
            return known.clone();
        }
        for pool in self.sites() {
            self.want_takers(pool);
        }
        let mut all: Vec<Taken> = Vec::new();
        let mut seen: BTreeSet<(ExprRef, Option<u32>, usize)> = BTreeSet::new();
        for (site, pool) in self.sites().iter().enumerate() {
            let Some(thing) = self.thing(pool) else {
                continue;
            };
            let start = vec![Taken {
                at: pool.site,
                element: None,
                chain: Vec::new(),
                thing,
                site,
                abandoned: false,
            }];
            self.follow_up(start, &mut seen, &mut all);
        }
        let mut seen = BTreeSet::new();
        self.follow_up(self.taken_by_hand(), &mut seen, &mut all);
        all.sort_by_key(|taken| (taken.at, taken.element, taken.chain.len()));
        let all = Rc::new(all);
        let _ = self.known.taken.set(all.clone());
        all
    }

    /// Follows what is taken to the callers of functions that return it.
    fn follow_up(
        &self,
        mut queue: Vec<Taken>,
        seen: &mut BTreeSet<(ExprRef, Option<u32>, usize)>,
        all: &mut Vec<Taken>,
    ) {
        while let Some(taken) = queue.pop() {
            if seen.insert((taken.at, taken.element, taken.site)) {
                self.hand_up(&taken, &mut queue);
                all.push(taken);
            }
        }
    }

    /// Notes as wanted the files that may take connections or sessions from what a site makes.
    fn want_takers(&self, pool: &Pool) {
        let lends = matches!(pool.kind, Kind::Engine | Kind::Pool | Kind::SessionFactory);
        if !lends || self.is_beside_the_product(pool.site.file) {
            return;
        }
        match self.enclosing(pool.site) {
            Some(function) if self.returns_made(function, pool.site) => {
                self.callers(function);
            }
            Some(_) => {}
            None => {
                let name = pool.symbol.as_str();
                self.want_importers(pool.site.file, (!name.is_empty()).then(|| name.into()));
            }
        }
        self.want_users_of_attribute(pool.site);
    }

    /// The calls of the function that returns what it takes.
    fn hand_up(&self, taken: &Taken, queue: &mut Vec<Taken>) {
        if taken.chain.len() >= usize::from(MOST_CALLS) - 1 {
            return;
        }
        let (Some(function), Some(ways)) = (self.enclosing(taken.at), self.ways_of(taken)) else {
            return;
        };
        if self.function(function).is_generator {
            return self.hand_out(taken, function, &ways, queue);
        }
        // What a decorator keeps is the same for all callers, and none of them ends it.
        if ways.unknown || self.is_remembered(function) {
            return;
        }
        for element in &ways.returned {
            // A tuple within a tuple is not followed.
            for call in self.callers(function) {
                queue.push(Taken {
                    at: call,
                    element: *element,
                    chain: taken.chain.iter().copied().chain([taken.at]).collect(),
                    ..taken.clone()
                });
            }
        }
    }

    /// Whether the function that takes a connection here may return another one in its place: one of a pool, say, which is
    /// switched on elsewhere.
    pub fn may_return_another(&self, at: ExprRef) -> bool {
        let Some(function) = self.enclosing(at) else {
            return false;
        };
        let (module, index) = self.tree(at.file);
        let held = held_names(module, index.standing(at.expr).stmt);
        let is_it = |expr: ExprId| {
            any_inside(module, expr, &|id| {
                id == at.expr
                    || self.calls_function(ExprRef { expr: id, ..at }, function)
                    || matches!(&module.expr(id).kind, ExprKind::Name(name) if held.contains(&name))
            })
        };
        index.returns[function.function.index()]
            .iter()
            .map(|(expr, _)| *expr)
            .any(|expr| {
                let here = ExprRef { expr, ..at };
                !is_it(expr)
                    && (self.is_another(&self.eval(here, &None)) || self.is_of_a_container(here))
            })
    }

    /// Whether an expression is what a hand-written pool had.
    fn is_of_a_container(&self, at: ExprRef) -> bool {
        let (module, index) = self.tree(at.file);
        let containers = self.containers();
        let takes = |expr: ExprId| {
            any_inside(module, expr, &|id| {
                let call = containers.calls.get(&ExprRef { expr: id, ..at });
                matches!(call, Some((_, Operation::Take { .. })))
            })
        };
        let ExprKind::Name(name) = &module.expr(at.expr).kind else {
            return takes(at.expr);
        };
        let bound = bindings(index, index.standing(at.expr), name).iter();
        bound.into_iter().any(|binding| match binding.kind {
            BindingKind::Value(value) => takes(value),
            _ => false,
        })
    }

    /// Whether an expression calls this function, and nothing else.
    fn calls_function(&self, expr: ExprRef, function: FunctionRef) -> bool {
        let (module, _) = self.tree(expr.file);
        module.call(expr.expr).is_some_and(|call| {
            let expr = ExprRef {
                expr: call.callee,
                ..expr
            };
            let callee = self.eval(expr, &None);
            matches!(callee.value, Value::Function(found, _) | Value::Method(found, _) if found == function)
        })
    }

    /// Whether a value may be anything but a connection that was opened for it.
    fn is_another(&self, val: &Val) -> bool {
        val.alternatives().iter().any(|(val, _)| match &val.value {
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_) => false,
            Value::Tuple(items) => items.iter().all(|item| self.is_another(item)),
            Value::Object(object) => {
                let made = object.made.as_ref().map(|(path, _)| &**path);
                let maker = made.and_then(|path| self.catalog.maker(path));
                maker.is_none_or(|maker| maker.kind != Kind::Connection || maker.checkout)
            }
            _ => true,
        })
    }

    /// The calls that take the first value of a generator and let the generator go: it is ended at once, and what it
    /// would do last is done before the thing is used. A session that was closed so opens itself again when it is used;
    /// a connection is only lost when nothing closed it.
    fn hand_out(&self, taken: &Taken, function: FunctionRef, ways: &Ways, queue: &mut Vec<Taken>) {
        let pool = &self.sites()[taken.site];
        let closed = ways.lost.iter().all(|lost| lost.exit != Exit::Error);
        if closed && pool.kind != Kind::Session {
            return;
        }
        let yielded = self.yielded(function, &None);
        let is_thing = |val: &Val| match &val.value {
            Value::Object(object) => {
                let made = object.made.as_ref();
                made.is_some_and(|(_, made)| made.call == pool.site)
            }
            _ => false,
        };
        if !yielded.alternatives().iter().any(|(val, _)| is_thing(val)) {
            return;
        }
        for call in self.callers(function) {
            let (module, index) = self.tree(call.file);
            let Some(step) = index.parent(call.expr) else {
                continue;
            };
            let takes_first = module.call(step).is_some_and(|outer| {
                let callee = ExprRef {
                    expr: outer.callee,
                    ..call
                };
                let val = self.eval(callee, &None);
                let treats = val.path().map(|path| self.catalog.treats(path));
                outer.args.first().is_some_and(|arg| arg.value == call.expr)
                    && treats.is_some_and(|treats| treats.contains(&Treats::TakesFirst))
            });
            if takes_first {
                queue.push(Taken {
                    at: ExprRef { expr: step, ..call },
                    element: None,
                    chain: taken.chain.iter().copied().chain([taken.at]).collect(),
                    abandoned: true,
                    ..taken.clone()
                });
            }
        }
    }

    /// What a site gives, when that is something to be given back by whoever takes it.
    fn thing(&self, pool: &Pool) -> Option<Thing> {
        if !matches!(pool.kind, Kind::Connection | Kind::Session) || self.is_from_registry(pool) {
            return None;
        }
        let maker = self.catalog.maker(&pool.maker)?;
        let lender = self.lender(pool);
        // What a connection makes of itself ends with it.
        if lender.is_some_and(|lender| lender.kind == Kind::Connection) {
            return None;
        }
        // A session on a connection that it is given takes none; what is not known may be one.
        let bound = pool.settings.get(&Role::Bind).into_iter().flatten();
        let mut binds = bound.flat_map(|setting| setting.val.alternatives());
        if binds.any(|(val, _)| matches!(val.value, Value::Unknown) || self.is_connection(&val)) {
            return None;
        }
        // A session without an engine connects to nothing.
        let unbound = maker.parameters.contains_key(&Role::Bind)
            && lender.is_none()
            && !pool.open
            && !pool.settings.contains_key(&Role::Bind);
        if unbound {
            return None;
        }
        let releases = lender
            .map(|lender| lender.gives_back.clone())
            .unwrap_or_default();
        Some(Thing {
            maker: pool.maker.clone(),
            type_path: maker.gives.as_str().into(),
            gives: maker.gives_back.clone().into(),
            releases: releases.into(),
            with: maker.with,
            pooled: maker.checkout,
            late: maker.lazy,
            drops: crate::frontend::drops(self.files.file(pool.site.file).language),
            leaks: maker.leaks.clone().into(),
            home: None,
        })
    }

    /// Whether a value is a connection, by what made it or by its type.
    pub(in crate::project) fn is_connection(&self, val: &Val) -> bool {
        match &val.value {
            Value::Object(object) => match &object.made {
                Some((path, _)) => {
                    let maker = self.catalog.maker(path);
                    maker.is_some_and(|maker| maker.kind == Kind::Connection)
                }
                None => self.catalog.gives_connections(&object.type_path),
            },
            _ => false,
        }
    }

    /// What a connection is taken from, where the call that made it is known.
    pub fn lending(&self, take: &Pool) -> Option<Pool> {
        self.engine_of(&self.receiver_of(take.site)?)
            .filter(Pool::owns_connections)
    }

    /// The maker of what a connection is taken from.
    pub fn lender(&self, pool: &Pool) -> Option<&Maker> {
        let receiver = self.receiver_of(pool.site)?;
        receiver
            .alternatives()
            .into_iter()
            .find_map(|(val, _)| match &val.value {
                Value::Object(object) => match &object.made {
                    Some((path, _)) => self.catalog.maker(path),
                    None => self.catalog.maker_of(&object.type_path),
                },
                _ => None,
            })
    }
}
