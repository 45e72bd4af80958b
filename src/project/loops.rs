//! Loops: in which event loops the connections of an engine are used.
//!
//! Takes an engine; gives a place whose connections several loops use one after the other. Invariant: a loop that
//! disposes of the engine before it ends leaves nothing to the next.

use super::placement::Evidence;
use super::pools::{Pool, contains_made};
use super::{ExprRef, Project};
use crate::catalog::{ActionKind, Kind, PathKind, World};
use crate::source::Place;

/// Several loops that use one engine.
#[derive(Clone, Debug)]
pub struct Loops {
    /// Where a connection is taken.
    pub taken: Place,
    /// The function that the loop runs.
    pub function: String,
    /// What starts a loop.
    pub first: Place,
    /// What makes it start another one.
    pub again: Place,
}

impl Project<'_> {
    /// Several loops that use the connections of an engine; nothing when one is known at most.
    pub fn loops_of(&self, engine: &Pool) -> Option<Loops> {
        self.want_users_of_made(engine.site);
        let takers = self.sites().iter().filter(|site| {
            matches!(site.kind, Kind::Session | Kind::Connection) && self.comes_from(site, engine)
        });
        let started: Vec<(Place, Evidence)> = takers
            .flat_map(|taker| {
                let placement = self.placement(taker.site);
                let evidence = placement.evidence.iter();
                let own = evidence.filter(|it| it.world == World::NewLoop && it.context.is_none());
                own.map(|it| (self.place(taker.site), it.clone()))
                    .collect::<Vec<_>>()
            })
            .filter(|(_, it)| !self.disposes_in(engine, it))
            .collect();
        let repeated = started.iter().find_map(|(taken, it)| {
            let at = it.at?;
            let (_, index) = self.tree(at.file);
            let again = self.placement(at);
            let again = again.repeated().map(|it| it.place);
            let turn = index.standing(at.expr).turn.is_some();
            let again = again.or_else(|| turn.then_some(it.place))?;
            Some(loops(*taken, it, again))
        });
        repeated.or_else(|| {
            started
                .iter()
                .enumerate()
                .find_map(|(number, (taken, second))| {
                    let (_, first) = started[..number]
                        .iter()
                        .find(|(_, first)| self.follow_each_other(first, second))?;
                    Some(loops(*taken, first, second.place))
                })
        })
    }

    /// Whether one function starts two loops, one after the other.
    fn follow_each_other(&self, first: &Evidence, second: &Evidence) -> bool {
        let (Some(a), Some(b)) = (first.at, second.at) else {
            return false;
        };
        let around = |at: ExprRef| (at.file, self.enclosing(at));
        a != b
            && around(a) == around(b)
            && self.compatible(&self.conditions(a, &None), &self.conditions(b, &None))
    }

    /// Whether what a loop runs disposes of the engine.
    fn disposes_in(&self, engine: &Pool, run: &Evidence) -> bool {
        self.call_graph()
            .actions
            .iter()
            .any(|(call, does, object)| {
                *does == ActionKind::Dispose
                    && contains_made(object, &|made, _| made == engine.site)
                    && self
                        .placement(*call)
                        .evidence
                        .iter()
                        .any(|it| it.world == World::NewLoop && it.at == run.at)
            })
    }

    /// Whether nothing says that a pool is on a file: its database is not known.
    pub fn may_be_on_server(&self, pool: &Pool) -> bool {
        let backends = pool.database.backends.iter();
        backends
            .map(|(backend, _)| backend.path)
            .all(|path| matches!(path, None | Some(PathKind::Server)))
    }
}

fn loops(taken: Place, run: &Evidence, again: Place) -> Loops {
    Loops {
        taken,
        function: run.function.clone(),
        first: run.place,
        again,
    }
}
