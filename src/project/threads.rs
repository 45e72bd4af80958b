//! Threads and requests: where connections of an engine are taken.
//!
//! Takes an engine or pool; gives a place that takes a connection of it on another thread, or once per request.
//! Invariant: no evidence, no claim.

use super::placement::{Evidence, Kept, Placement};
use super::pools::Pool;
use super::{ExprRef, Project};
use crate::catalog::{Kind, Multiplicity, World};
use crate::finding::Confidence;
use crate::source::Place;

/// A place that takes a connection.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The call that takes it.
    pub place: Place,
    /// The function that runs there.
    pub function: String,
    /// How sure it is that this is so.
    pub confidence: Confidence,
}

impl Project<'_> {
    /// A place that takes a connection of an engine on a thread that did not make the engine. Servers that answer each
    /// request with a plain function usually have a thread for it, which is less than certain.
    pub fn taken_on_threads(&self, engine: &Pool) -> Option<Taken> {
        let made = self.placement(engine.site);
        if made.repeated().is_some() {
            return None;
        }
        self.taken(engine, |evidence| {
            let plain = evidence
                .of
                .is_some_and(|function| !self.function(function).is_async);
            match (evidence.when, evidence.world) {
                (_, World::BlockingOk) => Some(Confidence::High),
                (Multiplicity::PerThread, World::Sync) if plain => Some(Confidence::High),
                // A plain function that an event loop calls for a request runs on its worker threads.
                (Multiplicity::PerRequest, World::Async) if plain => Some(Confidence::High),
                (Multiplicity::PerRequest | Multiplicity::PerTask, World::Sync) if plain => {
                    Some(Confidence::Medium)
                }
                _ => None,
            }
        })
    }

    /// Whether a place is handed to worker threads on its way.
    pub fn is_handed_to_threads(&self, placement: &Placement) -> bool {
        let mut evidence = placement.evidence.iter();
        evidence.any(|it| it.world == World::BlockingOk)
    }

    /// Whether the function around a place is only called inside a block that enters a lock.
    pub fn is_called_locked(&self, at: ExprRef) -> bool {
        let calls = self.enclosing(at).map(|function| self.callers(function));
        calls.is_some_and(|calls| {
            !calls.is_empty() && calls.iter().all(|call| self.is_locked(*call))
        })
    }

    /// A place that takes a connection of a pool once per request, task or thread.
    pub fn taken_by_many(&self, pool: &Pool) -> Option<Taken> {
        self.taken(pool, |evidence| {
            let many = evidence.many
                && matches!(
                    evidence.when,
                    Multiplicity::PerThread
                        | Multiplicity::PerTask
                        | Multiplicity::PerConnection
                        | Multiplicity::PerRequest
                );
            many.then_some(Confidence::High)
        })
    }

    /// Whether something keeps a connection of an engine open for longer than the call that takes it.
    pub fn holds_a_connection(&self, engine: &Pool) -> bool {
        self.want_users_of_made(engine.site);
        self.sites().iter().any(|site| {
            matches!(site.kind, Kind::Session | Kind::Connection)
                && self.comes_from(site, engine)
                && !self
                    .tree(site.site.file)
                    .1
                    .with_items
                    .contains_key(&site.site.expr)
                && self.stored(site.site) != Kept::No
        })
    }

    fn taken(
        &self,
        engine: &Pool,
        counts: impl Fn(&Evidence) -> Option<Confidence>,
    ) -> Option<Taken> {
        self.want_users_of_made(engine.site);
        let takers = self.sites().iter().filter(|site| {
            matches!(site.kind, Kind::Session | Kind::Connection) && self.comes_from(site, engine)
        });
        let mut best: Option<Taken> = None;
        for taker in takers {
            let placement = self.placement(taker.site);
            for evidence in &placement.evidence {
                if let Some(confidence) = counts(evidence)
                    && best
                        .as_ref()
                        .is_none_or(|known| known.confidence < confidence)
                {
                    best = Some(Taken {
                        place: self.place(taker.site),
                        function: evidence.function.clone(),
                        confidence,
                    });
                }
            }
        }
        best
    }
}

/// Whether evidence says that a place runs in several threads of one process; `handed` says that it is handed to worker
/// threads on its way.
pub fn in_threads(evidence: &Evidence, handed: bool) -> bool {
    let often = evidence.when >= Multiplicity::PerThread
        && !matches!(
            evidence.when,
            Multiplicity::PerTest | Multiplicity::PerConnection | Multiplicity::PerTurn
        );
    let threads = match evidence.world {
        World::Sync | World::BlockingOk => true,
        World::Async => evidence.threads || handed,
        World::NewLoop | World::Forked => false,
    };
    often && threads && evidence.many && evidence.context.is_none()
}
