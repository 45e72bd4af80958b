//! Registries: objects that keep one session per thread or task, and whether those sessions are ever let go.
//!
//! Takes the makers of registries; gives each with what ends its sessions. Invariant: "never removed" is said only when
//! every file that could do it was read and none can.

use super::names::ScopeId;
use super::pools::Pool;
use super::values::{Made, Val, Value};
use super::{ExprRef, Project};
use crate::catalog::{ActionKind, Kind, Multiplicity, Role};
use crate::syntax::ExprKind;
use std::rc::Rc;

/// Whether something happens nowhere in the project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Absence {
    /// Every file that could do it was read, and none does.
    Proved,
    /// It happens, or something that may well be it.
    Refuted,
    /// It cannot be known; why.
    CannotKnow(String),
}

impl Project<'_> {
    /// The registries of the project.
    pub fn registries(&self) -> Vec<&Pool> {
        self.sites()
            .iter()
            .filter(|pool| pool.kind == Kind::Registry && !pool.checkout)
            .collect()
    }

    /// Whether the sessions of a registry are never removed.
    pub fn never_removed(&self, registry: &Pool) -> Absence {
        let holder = self.holder(registry.site);
        // Files that use the registry, and files that remove something: both are read before anything is said.
        self.want_importers(registry.site.file, holder.as_deref().map(Into::into));
        self.want_actions(registry);
        let graph = self.call_graph();
        let ends = |does: ActionKind| matches!(does, ActionKind::Remove);
        let in_tests = |file| {
            self.file_contexts(file)
                .contains(&crate::catalog::ContextKind::Test)
        };
        for (call, does, object) in &graph.actions {
            // What only tests remove, the product does not.
            if ends(*does)
                && !in_tests(call.file)
                && self.may_be(object, registry.site)
                && !self.only_at_exit(*call, 0)
            {
                return Absence::Refuted;
            }
        }
        let scope = self.files.file(registry.site.file).scope;
        for (file, parsed) in self.all_parsed() {
            if self.files.file(file).scope != scope || in_tests(file) {
                continue;
            }
            for call in &parsed.index.calls {
                let at = ExprRef { file, expr: *call };
                if self.removes_something_unknown(at, registry) && !self.only_at_exit(at, 0) {
                    return Absence::Refuted;
                }
            }
            if parsed.module.partial {
                return Absence::CannotKnow(format!(
                    "{} could not be parsed in full",
                    self.files.file(file).path
                ));
            }
        }
        if let Some(file) = self
            .files
            .list
            .iter()
            .find(|file| file.scope == scope && file.unreadable)
        {
            return Absence::CannotKnow(format!("{} could not be read", file.path));
        }
        if holder.is_none() {
            return Absence::CannotKnow("the registry has no name of its own".to_owned());
        }
        Absence::Proved
    }

    /// Whether a place runs at the end of the process only: by then every thread has kept its session.
    fn only_at_exit(&self, place: ExprRef, depth: u8) -> bool {
        let Some(function) = self.enclosing(place) else {
            return false;
        };
        let registrations = self.registrations(function);
        let at_exit = registrations
            .iter()
            .all(|registration| registration.calls.when == Multiplicity::AtExit);
        let callers = self.callers(function);
        let called = callers.iter().all(|caller| {
            depth < super::values::MOST_CALLS && self.only_at_exit(*caller, depth + 1)
        });
        at_exit && called && !(registrations.is_empty() && callers.is_empty())
    }

    /// Whether a factory or registry is bound to a connection, and so can only be made where the connection is taken.
    pub fn bound_to_connection(&self, made: &Pool) -> bool {
        let mut binds: Vec<Val> = Vec::new();
        let mut sites = vec![made.site];
        // A registry and the factory it was made of are one.
        for (val, _) in self.given_as(made, Role::Factory) {
            if let Some(factory) = self.registry_made(&val) {
                sites.push(factory.call);
            }
        }
        for registry in self.registries() {
            let of = self.given_as(registry, Role::Factory);
            if of.iter().any(|(val, _)| {
                self.registry_made(val)
                    .is_some_and(|factory| factory.call == made.site)
            }) {
                sites.push(registry.site);
            }
        }
        for pool in self
            .sites()
            .iter()
            .filter(|pool| sites.contains(&pool.site))
        {
            binds.extend(
                self.given_as(pool, Role::Bind)
                    .into_iter()
                    .map(|(val, _)| val),
            );
        }
        for (call, does, object) in &self.call_graph().actions {
            let of_these = object.alternatives().iter().any(|(val, _)| {
                self.registry_made(val)
                    .is_some_and(|made| sites.contains(&made.call))
            });
            if *does == ActionKind::Configure && of_these {
                let (module, _) = self.tree(call.file);
                for arg in module.call(call.expr).iter().flat_map(|call| &call.args) {
                    let expr = ExprRef {
                        file: call.file,
                        expr: arg.value,
                    };
                    binds.extend(
                        self.eval(expr, &None)
                            .alternatives()
                            .into_iter()
                            .map(|(val, _)| val),
                    );
                }
            }
        }
        binds.iter().any(|val| {
            matches!(&val.value, Value::Object(object)
                if object.made.as_ref().and_then(|(path, _)| self.catalog.maker(path))
                    .is_some_and(|maker| maker.kind == Kind::Connection))
        })
    }

    fn given_as(&self, pool: &Pool, role: Role) -> Vec<(Val, Vec<super::values::Condition>)> {
        let given = pool.settings.get(&role).into_iter().flatten();
        given
            .flat_map(|setting| setting.val.alternatives())
            .collect()
    }

    /// Whether some call removes the session of exactly this registry.
    pub fn removes(&self, registry: &Pool) -> bool {
        self.call_graph().actions.iter().any(|(_, does, object)| {
            matches!(does, ActionKind::Remove | ActionKind::Close)
                && object.alternatives().iter().any(|(val, _)| {
                    matches!(&val.value, Value::Object(object)
                    if object.made.as_ref().is_some_and(|(_, made)| {
                        made_by(made, registry.site) || self.taken_from(made.call, registry.site)
                    }))
                })
        })
    }

    /// Whether a call takes a session from the registry made at `site` (`session = registry()`).
    fn taken_from(&self, call: ExprRef, site: ExprRef) -> bool {
        let (module, _) = self.tree(call.file);
        let Some(found) = module.call(call.expr) else {
            return false;
        };
        let callee = self.eval(
            ExprRef {
                file: call.file,
                expr: found.callee,
            },
            &None,
        );
        callee.alternatives().iter().any(|(val, _)| {
            matches!(&val.value, Value::Object(object)
                if object.made.as_ref().is_some_and(|(_, made)| made_by(made, site)))
        })
    }

    /// Notes as wanted the files that may use what is made at `site`: they import its module, or name the attribute that
    /// it is kept under on an object of somebody else's.
    pub(super) fn want_users_of_made(&self, site: ExprRef) {
        self.want_importers(site.file, None);
        self.want_users_of_attribute(site);
    }

    /// Notes as wanted the files that name the attribute under which what is made at `site` is kept on an object of
    /// somebody else's.
    pub(super) fn want_users_of_attribute(&self, site: ExprRef) {
        let (module, index) = self.tree(site.file);
        let at = index.standing(site.expr);
        let crate::syntax::StmtKind::Assign { targets, .. } = &module.stmt(at.stmt).kind else {
            return;
        };
        for target in targets {
            let ExprKind::Attribute(base, name) = &module.expr(*target).kind else {
                continue;
            };
            let base = ExprRef {
                file: site.file,
                expr: *base,
            };
            let base = self.eval(base, &None);
            if let Value::Instance(class, _) | Value::Class(class) = base.value
                && !self.carries(&base)
            {
                self.want_callers_of_method(class, name);
                continue;
            }
            self.wanting(|| {
                for file in self.files.holding(site.file, &[format!(".{name}")]) {
                    self.want(file);
                }
            });
        }
    }

    /// The name that a call's result is given at module level.
    fn holder(&self, site: ExprRef) -> Option<String> {
        let (module, index) = self.tree(site.file);
        let at = index.standing(site.expr);
        match &module.stmt(at.stmt).kind {
            crate::syntax::StmtKind::Assign { targets, .. } => {
                targets
                    .iter()
                    .find_map(|target| match &module.expr(*target).kind {
                        ExprKind::Name(name) if at.scope == ScopeId(0) => Some(name.to_string()),
                        ExprKind::Name(name) | ExprKind::Attribute(_, name) => {
                            Some(name.to_string())
                        }
                        _ => None,
                    })
            }
            crate::syntax::StmtKind::Return(_) => None,
            _ => None,
        }
    }

    /// Whether an object may be the one made at `site`: it is, or nothing is known about it.
    fn may_be(&self, object: &Val, site: ExprRef) -> bool {
        object
            .alternatives()
            .into_iter()
            .any(|(val, _)| match &val.value {
                Value::Object(object) => match &object.made {
                    Some((_, made)) => made_by(made, site),
                    None => true,
                },
                _ => true,
            })
    }

    /// A call without arguments of a method that would remove a registry's session, on an object nothing is known of:
    /// a parameter, an element of a list, something fetched by name.
    fn removes_something_unknown(&self, call: ExprRef, registry: &Pool) -> bool {
        let (module, _) = self.tree(call.file);
        let Some(found) = module.call(call.expr) else {
            return false;
        };
        let ExprKind::Attribute(base, name) = &module.expr(found.callee).kind else {
            return false;
        };
        if !found.args.is_empty() {
            return false;
        }
        let Some(maker) = self.catalog.maker(&registry.maker) else {
            return false;
        };
        let removes = self
            .catalog
            .actions(&format!("{}.{name}", maker.gives))
            .iter()
            .any(|action| action.does == ActionKind::Remove);
        if !removes {
            return false;
        }
        let object = self.eval(
            ExprRef {
                file: call.file,
                expr: *base,
            },
            &None,
        );
        object.alternatives().into_iter().any(|(val, _)| {
            matches!(val.value, Value::Unknown | Value::Param(..) | Value::Member(..))
                || matches!(&val.value, Value::Object(object) if object.made.as_ref().is_some_and(|(path, _)| self.catalog.maker(path).is_none()))
        })
    }

    /// Notes as wanted the files of the scope whose text holds a call that would remove a registry's session.
    fn want_actions(&self, registry: &Pool) {
        let Some(maker) = self.catalog.maker(&registry.maker) else {
            return;
        };
        let words: Vec<String> = self
            .catalog
            .action_names(&maker.gives, ActionKind::Remove)
            .into_iter()
            .collect();
        let texts: Vec<String> = words.iter().map(|word| format!(".{word}()")).collect();
        self.wanting(|| {
            for file in self.files.holding(registry.site.file, &texts) {
                self.want(file);
            }
        });
    }

    /// What makes the sessions of a registry, if it was made at this call.
    pub fn registry_made(&self, val: &Val) -> Option<Rc<Made>> {
        match &val.value {
            Value::Object(object) => object.made.as_ref().map(|(_, made)| made.clone()),
            _ => None,
        }
    }
}

fn made_by(made: &Made, site: ExprRef) -> bool {
    made.call == site
        || made.frames.as_ref().is_some_and(|_| {
            let mut at = &made.frames;
            while let Some(frame) = at {
                if frame.call == site {
                    return true;
                }
                at = &frame.outer;
            }
            false
        })
}
