//! Freshness: whether a connection that has waited in a pool still works when it is handed out.
//!
//! Takes a pool; gives what tests its connections, how old they get, and how long its server lets them wait.
//! Invariant: what is not known is neither on nor off.

use super::placement::Kept;
use super::pools::{Pool, Setting};
use super::values::{Val, Value};
use super::{ExprRef, Project};
use crate::catalog::{ArgumentName, Behaviour, Maker, PathKind, Role, Scalar};
use crate::finding::Confidence;
use crate::syntax::{ArgKind, ExprId, ExprKind, Name, StmtKind};

/// How a setting comes to be off.
pub enum Off<'p> {
    /// The code says so.
    ByHand(&'p Setting),
    /// The library's default is off, and nothing sets it.
    ByDefault,
}

/// The age at which a pool replaces a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recycle {
    /// None.
    Never,
    /// So many seconds.
    After(i64),
    /// Not known.
    Unknown,
}

/// Whether what uses a connection may leave a transaction open on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transactions {
    /// There are none: each statement stands alone.
    None,
    /// As always.
    Left,
    /// Not known.
    Unknown,
}

/// A server that closes what nobody uses.
pub struct IdleLimit {
    /// After how many seconds without a query.
    pub seconds: i64,
    /// Whether every server of this kind does so by default; else it is this host.
    pub by_dialect: bool,
    /// Who does, for people.
    pub who: String,
}

/// A call that has a function listen to an event.
#[derive(Clone, Debug)]
pub(super) struct Listening {
    call: ExprRef,
    target: Val,
    instead_of: Role,
}

impl Project<'_> {
    /// Whether all that a pool may be speaks to servers, and how sure that is.
    pub fn is_on_server(&self, pool: &Pool) -> Option<Confidence> {
        let backends = &pool.database.backends;
        let server = backends
            .iter()
            .all(|(backend, _)| backend.path == Some(PathKind::Server));
        let sure = backends.iter().map(|(backend, _)| backend.confidence).min();
        sure.filter(|_| server)
    }

    /// Whether every class that a pool may have keeps connections for later.
    pub fn keeps_connections(&self, pool: &Pool) -> bool {
        !pool.settings.contains_key(&Role::Instance)
            && pool.classes.iter().all(|choice| match choice.behaviour {
                Some(behaviour) => matches!(behaviour, Behaviour::Queue | Behaviour::PerThread),
                None => !choice.explicit && choice.by_version.is_empty(),
            })
    }

    /// How a setting of a pool is off, when it is known to be.
    pub fn off<'p>(&self, pool: &'p Pool, maker: &Maker, role: Role) -> Option<Off<'p>> {
        let param = maker.parameters.get(&role)?;
        let (versions, _) = self.versions(pool.site.file, &pool.library);
        let absent = |needed| versions.within(needed) != crate::catalog::Holds::Yes;
        if param.versions.as_ref().is_some_and(absent) {
            return None;
        }
        if let Some(given) = pool.settings.get(&role) {
            let off = |setting: &Setting| param.off.iter().any(|off| is(&setting.val, off));
            // What stands in an open dictionary may be overwritten there.
            let call = self.place(pool.site);
            let stays = |setting: &Setting| !pool.open || call.contains(setting.place);
            let all = given.iter().all(|setting| off(setting) && stays(setting));
            return given.first().filter(|_| all).map(Off::ByHand);
        }
        let default = param.default.as_ref()?.fact(&versions)?;
        let known = !pool.open && !self.may_be_given_more(pool);
        (known && param.off.contains(default)).then_some(Off::ByDefault)
    }

    /// Whether a pool may be given settings that are not seen: by a class of the project that is its maker, or by a
    /// function that is passed the dictionary of its settings.
    fn may_be_given_more(&self, pool: &Pool) -> bool {
        let mut calls = vec![pool.site];
        let mut at = &pool.frames;
        while let Some(frame) = at {
            calls.push(frame.call);
            at = &frame.outer;
        }
        let (module, _) = self.tree(pool.site.file);
        let derived = module.call(pool.site.expr).is_some_and(|call| {
            let expr = call.callee;
            let callee = self.eval(ExprRef { expr, ..pool.site }, &None);
            matches!(callee.value, Value::Class(_))
        });
        derived
            || calls
                .into_iter()
                .any(|call| self.passes_on_its_options(call))
    }

    /// Whether a dictionary that a call takes apart is also passed whole to a function of the project, which may fill it.
    fn passes_on_its_options(&self, site: ExprRef) -> bool {
        let (module, index) = self.tree(site.file);
        let name = |expr: ExprId| match &module.expr(expr).kind {
            ExprKind::Name(name) | ExprKind::Attribute(_, name) => Some(name),
            _ => None,
        };
        let args = |call: ExprId| module.call(call).map_or(&[][..], |call| &call.args);
        let splats = args(site.expr)
            .iter()
            .filter(|arg| matches!(arg.kind, ArgKind::KeywordSplat));
        let names: Vec<&Name> = splats.filter_map(|arg| name(arg.value)).collect();
        let passed = |call: &ExprId| {
            args(*call).iter().any(|arg| {
                let whole = matches!(arg.kind, ArgKind::Positional | ArgKind::Keyword(_));
                whole && name(arg.value).is_some_and(|name| names.contains(&name))
            })
        };
        !names.is_empty()
            && index.calls.iter().filter(|call| passed(call)).any(|call| {
                let callee = module.call(*call).map(|call| call.callee);
                callee.is_some_and(|expr| {
                    let callee = self.eval(ExprRef { expr, ..site }, &None);
                    matches!(
                        callee.value,
                        Value::Function(..) | Value::Method(..) | Value::Class(_) | Value::Unknown
                    )
                })
            })
    }

    /// Whether a pool is only used by the call of the function that makes it: it is bound to a name there, of which
    /// nothing but the methods are used.
    pub fn lives_for_one_call(&self, pool: &Pool) -> bool {
        let (module, index) = self.tree(pool.site.file);
        if self.enclosing(pool.site).is_none() {
            return false;
        }
        let StmtKind::Assign { targets, value, .. } = &module.stmt(self.statement(pool.site)).kind
        else {
            return false;
        };
        let [target] = targets.as_slice() else {
            return false;
        };
        let ExprKind::Name(name) = &module.expr(*target).kind else {
            return false;
        };
        if *value != Some(pool.site.expr) || self.kept(pool.site) != Kept::No {
            return false;
        }
        let file = pool.site.file;
        let here = index.standing(pool.site.expr).scope;
        let is_target = |expr: ExprId| {
            let stmt = &module.stmt(index.standing(expr).stmt).kind;
            matches!(stmt, StmtKind::Assign { targets, .. } if targets.contains(&expr))
        };
        let sees = |scope| {
            let mut at = Some(scope);
            while let Some(scope) = at.filter(|scope| *scope != here) {
                at = index.scope(scope).parent;
            }
            at.is_some()
        };
        (0..module.exprs.len()).all(|number| {
            let expr = ExprId(u32::try_from(number).unwrap_or(u32::MAX));
            let is_use = matches!(&module.expr(expr).kind, ExprKind::Name(other) if other == name);
            let scope = index.standing(expr).scope;
            !is_use
                || !sees(scope)
                || is_target(expr)
                || scope == here && self.is_let_go(ExprRef { file, expr })
        })
    }

    /// Whether the use of an engine by its name keeps nothing of it: one of its attributes, or an argument for what does
    /// not bind sessions to it and is no part of the project.
    fn is_let_go(&self, name: ExprRef) -> bool {
        let (module, index) = self.tree(name.file);
        let Some(parent) = index.parent(name.expr) else {
            return false;
        };
        match &module.expr(parent).kind {
            ExprKind::Attribute(..) => true,
            ExprKind::Call(call) => {
                let expr = call.callee;
                let callee = self.eval(ExprRef { expr, ..name }, &None);
                let ours = matches!(
                    callee.value,
                    Value::Function(..) | Value::Method(..) | Value::Class(_)
                );
                let maker = callee.path().and_then(|path| self.catalog.maker(path));
                !ours && maker.is_none()
            }
            _ => false,
        }
    }

    /// The age at which a pool replaces its connections.
    pub fn recycle(&self, pool: &Pool, maker: &Maker) -> Recycle {
        self.ends_after(pool, maker, Role::Recycle)
    }

    /// How long a pool keeps a connection for one of two reasons: it grows old (`Recycle`), or nobody uses it (`MaxIdle`).
    pub fn ends_after(&self, pool: &Pool, maker: &Maker, role: Role) -> Recycle {
        let Some(param) = maker.parameters.get(&role) else {
            return Recycle::Unknown;
        };
        let after = |seconds: i64| {
            if seconds < 0 || param.off.contains(&Scalar::Int(seconds)) {
                Recycle::Never
            } else {
                Recycle::After(seconds)
            }
        };
        if let Some(given) = pool.settings.get(&role) {
            let [only] = given.as_slice() else {
                return Recycle::Unknown;
            };
            if param.off.iter().any(|off| is(&only.val, off)) {
                return Recycle::Never;
            }
            let number = self.numbers(pool, role).into_iter().next();
            return number
                .and_then(|number| number.winning())
                .map_or(Recycle::Unknown, after);
        }
        if pool.open || self.may_be_given_more(pool) {
            return Recycle::Unknown;
        }
        let (versions, _) = self.versions(pool.site.file, &pool.library);
        let dialects = pool.database.backends.iter();
        let by_dialect = dialects
            .filter_map(|(backend, _)| backend.dialect.as_ref())
            .find_map(|dialect| param.dialect_defaults.get(dialect));
        let default = by_dialect.or_else(|| param.default.as_ref()?.fact(&versions));
        match default {
            Some(Scalar::Int(seconds)) => after(*seconds),
            Some(off) if param.off.contains(off) => Recycle::Never,
            _ => Recycle::Unknown,
        }
    }

    /// How long the server of a pool lets a connection wait, where that is known: by its host, else by its kind.
    pub fn idle_limit(&self, pool: &Pool) -> Option<IdleLimit> {
        let backends = || pool.database.backends.iter().map(|(backend, _)| backend);
        let by_host = backends().find_map(|backend| backend.idle_host.as_ref());
        if let Some(host) = by_host {
            return Some(IdleLimit {
                seconds: *self.catalog.contexts().idle_hosts.get(host)?,
                by_dialect: false,
                who: format!("the host `*{host}`"),
            });
        }
        backends().find_map(|backend| {
            let dialect = self.catalog.dialect_named(backend.dialect.as_deref()?)?;
            let setting = dialect.idle_setting.as_deref()?;
            Some(IdleLimit {
                seconds: dialect.idle_seconds?,
                by_dialect: true,
                who: format!("a {} server with its default `{setting}`", dialect.name),
            })
        })
    }

    /// Whether some class that a pool may have hands a connection out again.
    pub fn hands_out_again(&self, pool: &Pool) -> bool {
        pool.classes.iter().all(|choice| match choice.behaviour {
            Some(behaviour) => behaviour != Behaviour::Null,
            None => !choice.explicit && choice.by_version.is_empty(),
        })
    }

    /// Whether connections of a pool have transactions that may be left open.
    pub fn transactions(&self, pool: &Pool, maker: &Maker) -> Transactions {
        let none = |dialect: &String| {
            let known = self.catalog.dialect_named(dialect);
            known.is_some_and(|dialect| dialect.no_transactions)
        };
        let mut dialects = pool.database.backends.iter();
        let written = pool.settings.get(&Role::Database).into_iter().flatten();
        // A URL that can be read and names no kind of database known here.
        let strange = written.into_iter().any(|setting| match &setting.val.value {
            Value::Str(_) => dialects
                .clone()
                .any(|(backend, _)| backend.dialect.is_none()),
            _ => false,
        });
        if strange || dialects.any(|(backend, _)| backend.dialect.as_ref().is_some_and(none)) {
            return Transactions::None;
        }
        let off = |role: Role, val: &Val| {
            let param = maker.parameters.get(&role);
            param.is_some_and(|param| param.off.iter().any(|off| is(val, off)))
        };
        let mut unknown = pool.open;
        if let Some(levels) = pool.settings.get(&Role::Isolation) {
            if levels.iter().any(|level| off(Role::Isolation, &level.val)) {
                return Transactions::None;
            }
            let told = |val: &Val| matches!(val.value, Value::Str(_) | Value::Bool(_));
            unknown |= levels.iter().any(|level| !told(&level.val));
        }
        for role in [Role::ExecutionOptions, Role::ConnectArguments] {
            let Some(param) = maker.parameters.get(&role) else {
                continue;
            };
            for given in pool.settings.get(&role).into_iter().flatten() {
                let Value::Dict(entries) = &given.val.value else {
                    unknown |= !matches!(given.val.value, Value::None);
                    continue;
                };
                unknown |= entries.open;
                for entry in &entries.entries {
                    let Some(alone) = param.no_transactions.get(&*entry.key) else {
                        continue;
                    };
                    if alone.iter().any(|alone| is(&entry.val, alone)) {
                        return Transactions::None;
                    }
                    unknown |= entry.val.is_unknown();
                }
            }
        }
        if unknown {
            Transactions::Unknown
        } else {
            Transactions::Left
        }
    }

    /// Whether the project has a function of its own listen to events of this pool, or of all, in which it may do what
    /// the setting of this role would.
    pub fn listens_instead(&self, pool: &Pool, role: Role) -> bool {
        let scope = self.files.file(pool.site.file).scope;
        let all = self.known.listening.get_or_init(|| self.find_listening());
        all.iter().any(|listening| {
            listening.instead_of == role
                && self.files.file(listening.call.file).scope == scope
                && may_be_of(&listening.target, pool.site)
        })
    }

    /// Whether something of the project sets up each new connection of a pool.
    pub fn sets_up_connections(&self, pool: &Pool) -> bool {
        [Role::Hooks, Role::Creator]
            .iter()
            .any(|role| pool.settings.contains_key(role))
            || self.listens_instead(pool, Role::Hooks)
    }

    fn find_listening(&self) -> Vec<Listening> {
        let known = self.catalog.listeners();
        let names: Vec<&str> = known
            .keys()
            .filter_map(|path| path.rsplit('.').next())
            .collect();
        let mut found = Vec::new();
        for (file, parsed) in self.all_parsed() {
            for expr in &parsed.index.calls {
                let Some(call) = parsed.module.call(*expr) else {
                    continue;
                };
                let (ExprKind::Name(name) | ExprKind::Attribute(_, name)) =
                    &parsed.module.expr(call.callee).kind
                else {
                    continue;
                };
                if !names.contains(&name.as_str()) {
                    continue;
                }
                let at = |expr| ExprRef { file, expr };
                let callee = self.eval(at(call.callee), &None);
                let Some(listener) = callee
                    .path()
                    .and_then(|path| known.get(self.catalog.canonical(path).as_ref()))
                else {
                    continue;
                };
                let argument = |names: &[ArgumentName]| {
                    let mut found = names.iter().map(|name| self.call_argument(call, name));
                    found.find_map(|expr| Some(self.eval(at(expr?), &None)))
                };
                let event = argument(&listener.event);
                let event = event.as_ref().and_then(Val::as_str);
                if let Some(role) = event.and_then(|event| listener.instead_of.get(event)) {
                    found.push(Listening {
                        call: at(*expr),
                        target: argument(&listener.target).unwrap_or_else(Val::unknown),
                        instead_of: *role,
                    });
                }
            }
        }
        found
    }
}

/// Whether a target may be the pool that is made at `site`: it is not known to be another one.
fn may_be_of(target: &Val, site: ExprRef) -> bool {
    target.alternatives().iter().any(|(val, _)| {
        let object = match &val.value {
            Value::Member(object, _) => object,
            _ => val,
        };
        match &object.value {
            Value::Object(object) => object
                .made
                .as_ref()
                .is_none_or(|(_, made)| made.call == site || made.frames.is_some()),
            _ => true,
        }
    })
}

/// Whether a value is the one that the catalog writes so.
pub(super) fn is(val: &Val, scalar: &Scalar) -> bool {
    match (&val.value, scalar) {
        (Value::None, Scalar::Null(())) => true,
        (Value::Bool(is), Scalar::Bool(wanted)) => is == wanted,
        (Value::Int(is), Scalar::Int(wanted)) => is == wanted,
        (Value::Str(is), Scalar::Text(wanted)) => **is == **wanted,
        _ => false,
    }
}
