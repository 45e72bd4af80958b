//! Pools: every place that makes an engine, a pool, a connection or a session, with its settings, class and database.
//!
//! Takes the calls of makers; gives a [`Pool`] for each creation site (`sites`) and for each chain of factory calls that
//! leads to one (`instances`). Invariant: rules on arguments look at sites, rules on number and identity at instances,
//! whose primary place is the outermost factory call.

use super::databases::{Backend, Database};
use super::discards::in_query;
use super::placement::Kept;
use super::values::{Condition, Dict, Frame, Frames, MOST_CALLS, Made, Val, Value, depth};
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::{Behaviour, Kind, Maker, Param, PathKind, Role};
use crate::finding::Confidence;
use crate::source::{FileId, Place};
use crate::syntax::{ArgKind, Call};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many objects may lie between a session and its engine, each bound to the next.
const MOST_BINDS: usize = 8;

/// How many chains of calls to one site are told apart. Four layers of thirty callers each are a million.
const MOST_INSTANCES: usize = 1_000;

/// What stands for a part of a database that has no name either.
const UNKNOWN: &str = "{}";

/// Something that makes an engine, a pool, a connection or a session.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The call that makes it, or the settings entry that describes it.
    pub site: ExprRef,
    /// The factory calls that lead to it, innermost first.
    pub frames: Frames,
    /// The canonical path of the maker.
    pub maker: Rc<str>,
    /// The library of the maker.
    pub library: String,
    /// What is made.
    pub kind: Kind,
    /// Whether it is taken from a pool that exists.
    pub checkout: bool,
    /// Whether it belongs to the async world.
    pub is_async: bool,
    /// The primary place: the outermost factory call, else the site.
    pub place: Place,
    /// What it is bound to or lies in.
    pub symbol: String,
    /// The database.
    pub database: Database,
    /// What was set, by role; several alternatives under conditions.
    pub settings: BTreeMap<Role, Vec<Setting>>,
    /// True when there may be settings that are not known.
    pub open: bool,
    /// The pool class, with its alternatives.
    pub classes: Vec<ClassChoice>,
    /// The conditions at the site and at the factory calls.
    pub conditions: Vec<Condition>,
    /// Whether settings describe it: a program has those of one of several modules, and no call makes it.
    pub described: bool,
}

/// A setting that was given.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its value.
    pub val: Val,
    /// When it is given.
    pub conditions: Vec<Condition>,
    /// Where it is written.
    pub place: Place,
    /// The name that stands for it and its alternatives together.
    pub name: Option<Rc<str>>,
    /// The value of the configuration key that holds it; a program has one of several.
    pub configured: Option<Place>,
    /// The keyword as it is written, where one is.
    pub keyword: Option<Rc<str>>,
}

/// A pool class that a pool may have.
#[derive(Clone, Debug)]
pub struct ClassChoice {
    /// Its path, when known.
    pub path: Option<String>,
    /// What it is in some of the versions that the project may run with, when they differ.
    pub by_version: Vec<String>,
    /// How it behaves.
    pub behaviour: Option<Behaviour>,
    /// Whether the code names it; else it is the default of the library.
    pub explicit: bool,
    /// Where it is named.
    pub place: Option<Place>,
    /// When.
    pub conditions: Vec<Condition>,
    /// How sure it is that the database is the one that gets this class; high for a class that is named.
    pub confidence: Confidence,
}

impl Pool {
    /// The last component of the class, for people.
    pub fn class_name(choice: &ClassChoice) -> &str {
        choice
            .path
            .as_deref()
            .and_then(|path| path.rsplit('.').next())
            .unwrap_or("unknown")
    }

    /// The last component of the maker, for people.
    pub fn maker_name(&self) -> &str {
        let path = self.maker.strip_suffix(".()").unwrap_or(&self.maker);
        path.rsplit('.').next().unwrap_or(path)
    }

    /// Whether it is a client over a pool that it is given: its connections are that pool's.
    pub fn is_over_another(&self) -> bool {
        self.settings.contains_key(&Role::Instance)
    }

    /// Whether it owns connections of its own.
    pub fn owns_connections(&self) -> bool {
        matches!(self.kind, Kind::Engine | Kind::Pool)
    }
}

impl Project<'_> {
    /// Every creation site, in path order.
    pub fn sites(&self) -> &[Pool] {
        self.pools.get_or_init(|| {
            {
                self.wanting(|| self.want_users_of_aliases());
                let makers: Vec<(ExprRef, Rc<str>)> = self.call_graph().makers.clone();
                for (site, path) in &makers {
                    let maker = self.catalog.maker(path);
                    if maker.is_some_and(|maker| maker.kind.lends())
                        && !self.is_beside_the_product(site.file)
                    {
                        self.want_borrowers(*site);
                        self.want_users_of_attribute(*site);
                    }
                }
                let mut pools: Vec<Pool> = makers
                    .iter()
                    .filter_map(|(expr, path)| {
                        // What a single connection or session is given is not worth reading further files for.
                        let lasting = self.catalog.maker(path).is_some_and(|maker| {
                            !maker.checkout
                                && !matches!(maker.kind, Kind::Connection | Kind::Session)
                        });
                        if lasting && !self.is_beside_the_product(expr.file) {
                            self.wanting(|| self.pool(*expr, path, &None))
                        } else {
                            self.pool(*expr, path, &None)
                        }
                    })
                    .collect();
                let described = self.wanting(|| self.described()).into_iter();
                pools.extend(described.map(|database| database.pool));
                pools.sort_by_key(|pool| {
                    (pool.site.file, pool.place.span.start, pool.place.span.end)
                });
                // One line of settings may describe several databases, each in its own arm.
                pools.dedup_by_key(|pool| {
                    let arm = (pool.database.shown.clone(), pool.conditions.clone());
                    (pool.site, pool.place, pool.described.then_some(arm))
                });
                pools
            }
        })
    }

    /// The pool that a call makes when it is reached through `frames`.
    pub fn pool(&self, site: ExprRef, path: &Rc<str>, frames: &Frames) -> Option<Pool> {
        let maker = self.catalog.maker(path)?;
        let (module, _) = self.tree(site.file);
        let call = module.call(site.expr)?;
        let conditions = self.conditions(site, frames);
        let mut settings = BTreeMap::new();
        let mut open = self.given(site, call, maker, frames, &mut settings);
        if let Some(options) = settings.remove(&Role::Options) {
            open |= self.options(maker, options, &mut settings);
        }
        if let Some(configuration) = settings.remove(&Role::Configuration) {
            open |= self.configuration(maker, &configuration, &mut settings);
        }
        self.configured(site, maker, &mut settings);
        in_query(maker, &mut settings);
        for given in settings.values_mut() {
            given.retain(|setting| self.compatible(&setting.conditions, &conditions));
        }
        settings.retain(|_, given| !given.is_empty());
        let kind = match maker.kind {
            Kind::Connection
                if maker
                    .pool_when
                    .iter()
                    .any(|role| settings.contains_key(role)) =>
            {
                Kind::Pool
            }
            kind => kind,
        };
        let database = self.pool_database(site, maker, &settings, &conditions);
        let outermost = self.call_places(frames).last().copied();
        let mut pool = Pool {
            site,
            frames: frames.clone(),
            maker: maker.path.as_str().into(),
            library: maker.library.clone(),
            kind,
            checkout: maker.checkout,
            is_async: maker.is_async,
            place: outermost.unwrap_or_else(|| self.place(site)),
            symbol: self.symbol_of(self.outermost(site, frames)),
            database,
            settings,
            open,
            classes: Vec::new(),
            conditions,
            described: false,
        };
        pool.classes = self.classes(&pool, maker);
        Some(pool)
    }

    fn outermost(&self, site: ExprRef, frames: &Frames) -> ExprRef {
        let mut found = site;
        let mut at = frames;
        while let Some(frame) = at {
            found = frame.call;
            at = &frame.outer;
        }
        found
    }

    /// What the arguments of a call set; true when there may be more.
    fn given(
        &self,
        site: ExprRef,
        call: &Call,
        maker: &Maker,
        frames: &Frames,
        settings: &mut BTreeMap<Role, Vec<Setting>>,
    ) -> bool {
        let mut open = false;
        let mut position = 0;
        let mut splatted = false;
        let callee = ExprRef {
            file: site.file,
            expr: call.callee,
        };
        let callee = self.eval(callee, frames);
        let bound = bound_to(&callee);
        open |= self.collected_before(maker, &callee, settings);
        for given in self.arguments_given(site, frames, &bound) {
            let (arg, frames) = (given.arg, &given.frames);
            let expr = ExprRef {
                file: given.file,
                expr: arg.value,
            };
            let mut set = |role: Option<Role>, keyword: Option<&str>, val: Val| {
                if let Some(role) = role {
                    let place = Place {
                        file: given.file,
                        span: arg.span,
                    };
                    settings
                        .entry(role)
                        .or_default()
                        .extend(flattened(val, keyword, &[], place));
                }
            };
            match &arg.kind {
                ArgKind::Positional => {
                    if !splatted {
                        set(role_at(maker, position), None, self.eval(expr, frames));
                    }
                    position += 1;
                }
                ArgKind::Keyword(name) => {
                    set(role_named(maker, name), Some(name), self.eval(expr, frames));
                }
                ArgKind::Splat => {
                    splatted = true;
                    open = true;
                }
                ArgKind::KeywordSplat => {
                    let val = self.eval(expr, frames);
                    open |= spread(maker, &val, &[], settings);
                }
            }
        }
        open
    }

    /// What the options set on which a call is made; true when they may set more.
    fn collected_before(
        &self,
        maker: &Maker,
        callee: &Val,
        settings: &mut BTreeMap<Role, Vec<Setting>>,
    ) -> bool {
        let mut open = false;
        for (val, held) in callee.alternatives() {
            let Value::Member(object, _) = &val.value else {
                continue;
            };
            for (object, more) in object.alternatives() {
                let Value::Object(options) = &object.value else {
                    continue;
                };
                match &options.set {
                    Some(set) => {
                        let held = [held.as_slice(), &more].concat();
                        open |= spread_entries(maker, set, "", &held, settings);
                    }
                    None => open |= self.catalog.collects(&options.type_path),
                }
            }
        }
        open
    }

    /// A dictionary of the maker's keywords given as one argument; where a maker takes the database itself in that place,
    /// what is no dictionary is the database.
    fn options(
        &self,
        maker: &Maker,
        options: Vec<Setting>,
        settings: &mut BTreeMap<Role, Vec<Setting>>,
    ) -> bool {
        let mut open = false;
        let alone = maker.parameters.get(&Role::Options);
        let alone = alone.is_some_and(|param| param.position == Some(0));
        for option in options {
            let is_options = match &option.val.value {
                Value::Dict(_) => true,
                Value::Object(object) => object.set.is_some(),
                _ => false,
            };
            // What takes options takes the database itself as well.
            if alone && !is_options && !settings.contains_key(&Role::Database) {
                settings.insert(Role::Database, vec![option.clone()]);
                open |= !is_text(&option.val);
                continue;
            }
            open |= spread(maker, &option.val, &option.conditions, settings);
        }
        open
    }

    /// A dictionary whose keys carry a prefix before each keyword.
    fn configuration(
        &self,
        maker: &Maker,
        given: &[Setting],
        settings: &mut BTreeMap<Role, Vec<Setting>>,
    ) -> bool {
        let prefix = settings
            .remove(&Role::Prefix)
            .and_then(|prefix| {
                prefix
                    .first()
                    .and_then(|prefix| prefix.val.as_str().map(str::to_owned))
            })
            .or_else(
                || match maker.parameters.get(&Role::Prefix)?.default.as_ref()? {
                    crate::catalog::ByVersion::Always(crate::catalog::Scalar::Text(text)) => {
                        Some(text.clone())
                    }
                    _ => None,
                },
            )
            .unwrap_or_default();
        let mut open = false;
        for setting in given {
            let Value::Dict(dict) = &setting.val.value else {
                open = true;
                continue;
            };
            open |= dict.open;
            for entry in &dict.entries {
                if let Some(name) = entry.key.strip_prefix(&prefix)
                    && let Some(role) = role_named(maker, name)
                {
                    let conditions = [setting.conditions.as_slice(), &entry.conditions].concat();
                    settings.entry(role).or_default().extend(flattened(
                        entry.val.clone(),
                        Some(name),
                        &conditions,
                        entry.place,
                    ));
                }
            }
        }
        open
    }

    /// The database of a maker's arguments; of a session or checkout, that of its engine.
    fn pool_database(
        &self,
        site: ExprRef,
        maker: &Maker,
        settings: &BTreeMap<Role, Vec<Setting>>,
        conditions: &[Condition],
    ) -> Database {
        let one = |role: Role| {
            let given = settings.get(&role)?;
            Some(match given.as_slice() {
                [only] => only.val.clone(),
                many => {
                    let choices = many
                        .iter()
                        .map(|setting| (setting.val.clone(), setting.conditions.clone()));
                    let mut val = Val::choice(choices.collect());
                    let name = &many[0].name;
                    if many.iter().all(|setting| setting.name == *name) {
                        val.symbol.clone_from(name);
                    }
                    val
                }
            })
        };
        let given = settings.get(&Role::Database).and_then(|all| all.first());
        let (module, _) = self.tree(site.file);
        let callee = module.call(site.expr).map(|call| call.callee);
        let spoken = given
            .and_then(|given| self.spoken(maker, &given.val))
            .or_else(|| self.dialect_of_types(site.file, callee?));
        let dialect = maker.dialect.as_deref().or(spoken.as_deref());
        let url = one(Role::Database).map(|url| self.as_url(&url));
        if let Some(url) = url.filter(|url| self.speaks(dialect, url)) {
            return self.database(site.file, &url, dialect, conditions);
        }
        if let Some(name) = one(Role::DatabaseName) {
            let parts = (one(Role::Host), name);
            return self.database_of_parts(site.file, parts, dialect, conditions);
        }
        if let Some(bound) = one(Role::Bind)
            .or_else(|| one(Role::Factory))
            .or_else(|| self.receiver(site))
            && let Some(engine) = self.engine_of(&bound)
        {
            return engine.database;
        }
        self.database(site.file, &Val::unknown(), dialect, conditions)
    }

    /// The dialect of what connects for a pool.
    fn spoken(&self, maker: &Maker, connects: &Val) -> Option<Rc<str>> {
        if connects.dialect.is_some() {
            return connects.dialect.clone();
        }
        let name = maker.connections_by.as_deref()?;
        let class = match &connects.value {
            Value::Instance(class, _) => *class,
            _ => return None,
        };
        let held = self.class_member(class, name);
        let dialect = self.catalog.dialect_of_type(held.path()?)?;
        Some(Rc::from(dialect))
    }

    /// The database of a host and a name; a host that is not said is the usual one.
    pub(super) fn database_of_parts(
        &self,
        file: FileId,
        (host, name): (Option<Val>, Val),
        dialect: Option<&str>,
        conditions: &[Condition],
    ) -> Database {
        let local = || Val::new(Value::Str("localhost".into()));
        let host = host.filter(|host| host.as_str() != Some(""));
        let host = host.unwrap_or_else(local);
        let (host_identity, host_shown) = self.part_identity(&host);
        let (name_identity, name_shown) = self.part_identity(&name);
        let mut database = self.database(file, &Val::unknown(), dialect, conditions);
        let scheme = dialect.unwrap_or_default();
        if let (Some(host), Some(name)) = (host_identity, name_identity) {
            database.identity = Some(format!("url:{scheme}://{host}:/{name}"));
        }
        if host_shown != UNKNOWN || name_shown != UNKNOWN {
            let shown = format!("{host_shown}/{name_shown}").replace(UNKNOWN, "…");
            let kind = if scheme.is_empty() { "…" } else { scheme };
            database.shown = format!("{kind}://{shown}");
        }
        database.place = name.place;
        database
    }

    fn part_identity(&self, val: &Val) -> (Option<String>, String) {
        match &val.value {
            Value::Str(text) => (Some(text.to_string()), text.to_string()),
            _ => {
                let (identity, shown) = self.identity(val, None);
                (identity, format!("{{{shown}}}"))
            }
        }
    }

    /// The object that a method call is made on.
    fn receiver(&self, site: ExprRef) -> Option<Val> {
        let (module, _) = self.tree(site.file);
        let call = module.call(site.expr)?;
        let callee = self.eval(
            ExprRef {
                file: site.file,
                expr: call.callee,
            },
            &None,
        );
        callee
            .alternatives()
            .into_iter()
            .find_map(|(val, _)| match &val.value {
                Value::Member(object, _) => Some((**object).clone()),
                Value::Object(_) => Some(val.clone()),
                _ => None,
            })
    }

    /// The engine or pool behind a value: itself, or what a factory or session was bound to.
    pub fn engine_of(&self, val: &Val) -> Option<Pool> {
        val.alternatives().into_iter().find_map(|(val, _)| {
            let Value::Object(object) = &val.value else {
                return None;
            };
            let (path, made) = object.made.as_ref()?;
            let opened = self.opened.borrow();
            // `Session = sessionmaker(bind=Session)` is bound to nothing but itself.
            if opened.len() >= MOST_BINDS || opened.contains(&made.call) {
                return None;
            }
            drop(opened);
            self.opened.borrow_mut().push(made.call);
            let found = self.engine_made(path, made);
            self.opened.borrow_mut().pop();
            found
        })
    }

    fn engine_made(&self, path: &Rc<str>, made: &Made) -> Option<Pool> {
        let pool = self.pool(made.call, path, &made.frames)?;
        if pool.owns_connections() {
            return Some(pool);
        }
        let bound = pool
            .settings
            .get(&Role::Bind)
            .or_else(|| pool.settings.get(&Role::Factory));
        let inner = bound?.iter().find_map(|setting| {
            (depth(&made.frames) <= MOST_CALLS)
                .then(|| self.engine_of(&setting.val))
                .flatten()
        });
        inner.or(Some(pool))
    }

    /// The classes a pool may have: those it names, else the library's default for its databases.
    fn classes(&self, pool: &Pool, maker: &Maker) -> Vec<ClassChoice> {
        if !pool.owns_connections() {
            return Vec::new();
        }
        let explicit: Vec<ClassChoice> = pool
            .settings
            .get(&Role::Class)
            .into_iter()
            .flatten()
            .filter(|setting| !matches!(setting.val.value, Value::None))
            .map(|setting| {
                let path = setting
                    .val
                    .path()
                    .map(|path| self.catalog.canonical(path).into_owned());
                let known = path.as_deref().and_then(|path| self.catalog.class(path));
                ClassChoice {
                    by_version: Vec::new(),
                    behaviour: known.map(|class| class.behaviour),
                    path: known.map(|class| class.class.clone()).or(path),
                    explicit: true,
                    place: Some(setting.place),
                    conditions: setting.conditions.clone(),
                    confidence: Confidence::High,
                }
            })
            .collect();
        if explicit.iter().any(|choice| choice.conditions.is_empty())
            || pool.settings.contains_key(&Role::Instance)
        {
            return explicit;
        }
        let mut all = explicit;
        for (backend, conditions) in &pool.database.backends {
            let choice = self.default_class(pool, maker, backend, conditions);
            if all
                .iter()
                .all(|known| known.explicit || known.path != choice.path)
            {
                all.push(choice);
            }
        }
        all
    }

    /// The classes that the library may choose for a pool that names none, where `conditions` hold; one for each kind
    /// of database that it may then be.
    pub fn default_classes(&self, pool: &Pool, conditions: &[Condition]) -> Vec<ClassChoice> {
        let Some(maker) = self.catalog.maker(&pool.maker) else {
            return Vec::new();
        };
        let facts: Vec<_> = conditions
            .iter()
            .flat_map(|condition| self.facts(*condition).to_vec())
            .collect();
        let backends = pool.database.backends.iter();
        backends
            .filter(|(_, held)| self.compatible(held, conditions))
            .filter_map(|(backend, held)| Some((self.refined(backend.clone(), &facts)?, held)))
            .map(|(backend, held)| self.default_class(pool, maker, &backend, held))
            .collect()
    }

    /// The class that the library chooses for a kind of database.
    fn default_class(
        &self,
        pool: &Pool,
        maker: &Maker,
        backend: &Backend,
        conditions: &[Condition],
    ) -> ClassChoice {
        let (versions, _) = self.versions(pool.site.file, &pool.library);
        let library = self.catalog.library(&pool.library);
        let rows = library.map_or(&[][..], |library| &library.default_classes);
        let has = |list: &[String], name: &Option<String>| {
            name.as_ref().is_some_and(|name| list.contains(name))
        };
        let row = rows.iter().find(|row| {
            let for_maker = row.makers.is_empty() || row.makers.contains(&maker.path);
            for_maker
                && (row.dialects.is_empty() || has(&row.dialects, &backend.dialect))
                && (row.drivers.is_empty() || has(&row.drivers, &backend.driver))
                && (row.paths.is_empty()
                    || backend.path.is_some_and(|path| row.paths.contains(&path)))
                && row
                    .is_async
                    .is_none_or(|is_async| is_async == pool.is_async)
        });
        // A dialect decides by its driver: of one that the table does not know, the class is a guess.
        let known = backend.driver.is_none()
            || row.is_none_or(|row| row.dialects.is_empty())
            || rows.iter().any(|row| has(&row.drivers, &backend.driver));
        let fact = maker.class.as_ref().or_else(|| row.map(|row| &row.class));
        let path = fact.and_then(|fact| fact.fact(&versions)).cloned();
        let behaviour = path
            .as_deref()
            .and_then(|path| self.catalog.class(path))
            .map(|class| class.behaviour);
        let by_version = match (&path, fact) {
            (None, Some(fact)) => fact.facts(&versions).into_iter().cloned().collect(),
            _ => Vec::new(),
        };
        ClassChoice {
            path,
            by_version,
            behaviour,
            explicit: false,
            place: None,
            conditions: conditions.to_vec(),
            confidence: if known {
                backend.confidence
            } else {
                Confidence::Low
            },
        }
    }

    /// Whether what a site calls is known to be this one maker, not one of several.
    pub fn is_one_maker(&self, pool: &Pool) -> bool {
        let (module, _) = self.tree(pool.site.file);
        module.call(pool.site.expr).is_none_or(|call| {
            let callee = ExprRef {
                file: pool.site.file,
                expr: call.callee,
            };
            self.eval(callee, &pool.frames).alternatives().len() == 1
        })
    }

    /// The pools that chains of factory calls make: one for a site that no factory hands out, one for each outermost
    /// factory call else. At most [`MOST_CALLS`] calls are followed.
    pub fn instances(&self) -> &[Pool] {
        self.known.instances.get_or_init(|| self.find_instances())
    }

    fn find_instances(&self) -> Vec<Pool> {
        let mut all = Vec::new();
        for site in self.sites().iter().filter(|site| site.owns_connections()) {
            self.wanting(|| self.instances_of(site, &mut all));
        }
        all.sort_by_key(|pool| (pool.place.file, pool.place.span.start, pool.site));
        all
    }

    fn instances_of(&self, site: &Pool, out: &mut Vec<Pool>) {
        if site.described {
            out.push(site.clone());
            return;
        }
        let before = out.len();
        let mut chain = Vec::new();
        let most = before.saturating_add(MOST_INSTANCES);
        self.chains(site.site, &mut chain, site, most, out);
        if out.len() == before {
            out.push(site.clone());
        }
    }

    fn chains(
        &self,
        made_at: ExprRef,
        chain: &mut Vec<(ExprRef, FunctionRef)>,
        site: &Pool,
        most: usize,
        out: &mut Vec<Pool>,
    ) {
        if out.len() >= most {
            return;
        }
        let factory = self.enclosing(made_at).filter(|function| {
            chain.len() < usize::from(MOST_CALLS) && self.hands_out(*function, made_at)
        });
        let mut callers = factory
            .map(|function| self.callers(function))
            .unwrap_or_default();
        // A function that calls itself makes nothing more than its first caller gets.
        callers.retain(|caller| {
            let around = self.enclosing(*caller);
            around != factory && !chain.iter().any(|(_, callee)| Some(*callee) == around)
        });
        if let (Some(function), false) = (factory, callers.is_empty()) {
            for caller in callers {
                chain.push((caller, function));
                self.chains(caller, chain, site, most, out);
                chain.pop();
            }
            return;
        }
        let Some(mut pool) = self.pool(site.site, &site.maker, &self.frames_of(chain)) else {
            return;
        };
        // A caller that keeps nothing uses the engine and lets it go: then it is the site that makes many.
        if self.enclosing(made_at).is_some() && self.stored(made_at) == Kept::No {
            pool.place = site.place;
            pool.symbol.clone_from(&site.symbol);
        }
        out.push(pool);
    }

    /// A chain of calls, innermost first, as frames.
    pub(super) fn frames_of(&self, chain: &[(ExprRef, FunctionRef)]) -> Frames {
        let mut frames: Frames = None;
        for (depth, (call, callee)) in chain.iter().rev().enumerate() {
            let (module, _) = self.tree(call.file);
            let called = module.call(call.expr).map(|found| {
                self.eval(
                    ExprRef {
                        file: call.file,
                        expr: found.callee,
                    },
                    &frames,
                )
            });
            let bound = called.as_ref().and_then(bound_to);
            let receiver = called.and_then(|called| {
                called
                    .alternatives()
                    .into_iter()
                    .find_map(|(val, _)| match val.value {
                        Value::Method(_, receiver) => Some((*receiver).clone()),
                        Value::Class(class) => Some(Val::new(Value::Instance(
                            class,
                            Some(Rc::new(Made {
                                call: *call,
                                frames: frames.clone(),
                                bound: bound.clone(),
                            })),
                        ))),
                        _ => None,
                    })
            });
            frames = Some(Rc::new(Frame {
                call: *call,
                callee: *callee,
                receiver,
                bound,
                outer: frames,
                depth: u8::try_from(depth + 1).unwrap_or(u8::MAX),
            }));
        }
        frames
    }

    /// Whether the database of what is made depends on what the caller passes.
    pub fn depends_on_caller(&self, site: ExprRef) -> bool {
        self.sites_at(site).is_none_or(|database| {
            // Which database it is must be known for two turns to make the same.
            self.depends_on_call(&database)
                || database.as_str().is_none()
                    && (self.identity(&database, None).0.is_none()
                        || !matches!(database.value, Value::Env(_)) && self.is_fed_by_caller(site))
        })
    }

    /// The value that names the database at a creation site; nothing when the site names none.
    fn sites_at(&self, site: ExprRef) -> Option<Val> {
        let (module, _) = self.tree(site.file);
        let call = module.call(site.expr)?;
        let callee = self.eval(
            ExprRef {
                file: site.file,
                expr: call.callee,
            },
            &None,
        );
        let path = callee
            .alternatives()
            .into_iter()
            .find_map(|(val, _)| val.path().cloned())?;
        let pool = self.pool(site, &path, &None)?;
        let given = pool
            .settings
            .get(&Role::Database)
            .or_else(|| pool.settings.get(&Role::DatabaseName))?;
        given.first().map(|setting| setting.val.clone())
    }

    /// Whether a function gives what is made at `made_at` to its caller each time anew: it returns it, or it is the
    /// constructor of an object that keeps it.
    fn hands_out(&self, function: FunctionRef, made_at: ExprRef) -> bool {
        if self.kept(made_at) == Kept::Process {
            return false;
        }
        let found = self.function(function);
        for decorator in &found.decorators {
            let path = self.decorator_path(ExprRef {
                file: function.file,
                expr: *decorator,
            });
            if path.is_some_and(|path| self.catalog.is_once(&path)) {
                return false;
            }
        }
        let constructs = found.class.is_some() && crate::frontend::is_constructor(&found.name);
        (constructs && self.stored(made_at) != Kept::No) || self.returns_made(function, made_at)
    }

    /// Whether a function returns what the call `made_at` gives, also inside a tuple or dictionary.
    pub fn returns_made(&self, function: FunctionRef, made_at: ExprRef) -> bool {
        let returned = if self.function(function).is_generator {
            self.yielded(function, &None)
        } else {
            self.returned(function, &None)
        };
        let (_, index) = self.tree(function.file);
        let by_value = contains_made(&returned, &|call, frames| {
            call == made_at || self.frames_contain(frames, made_at)
        });
        by_value
            || self.inside_record(&returned, made_at)
            || index.returns[function.function.index()]
                .iter()
                .any(|(expr, _)| {
                    ExprRef {
                        file: function.file,
                        expr: *expr,
                    } == made_at
                })
    }

    /// Whether a function gives its caller an object of the class it belongs to: it is one more way to construct one.
    pub fn constructs(&self, function: FunctionRef) -> bool {
        let own = self.function(function).class.map(|class| super::ClassRef {
            file: function.file,
            class,
        });
        let returned = self.returned(function, &None);
        returned
            .alternatives()
            .iter()
            .any(|(val, _)| matches!(val.value, Value::Instance(class, _) if Some(class) == own))
    }

    /// Whether a value is a record that is given what the call `made_at` makes.
    fn inside_record(&self, val: &Val, made_at: ExprRef) -> bool {
        val.alternatives().iter().any(|(val, _)| {
            let Value::Instance(class, Some(made)) = &val.value else {
                return false;
            };
            let (module, _) = self.tree(made.call.file);
            let Some(call) = module
                .call(made.call.expr)
                .filter(|_| self.is_record(*class))
            else {
                return false;
            };
            call.args.iter().any(|arg| {
                let given = ExprRef {
                    file: made.call.file,
                    expr: arg.value,
                };
                given == made_at
                    || contains_made(&self.eval(given, &made.frames), &|call, frames| {
                        call == made_at || self.frames_contain(frames, made_at)
                    })
            })
        })
    }

    fn frames_contain(&self, frames: &Frames, call: ExprRef) -> bool {
        let mut at = frames;
        while let Some(frame) = at {
            if frame.call == call {
                return true;
            }
            at = &frame.outer;
        }
        false
    }

    /// What is known about where the data of a pool lies, given the conditions of the pool and further ones.
    pub fn path_kind(
        &self,
        pool: &Pool,
        conditions: &[Condition],
    ) -> Option<(PathKind, Confidence)> {
        let mut kinds: Vec<(PathKind, Confidence)> = Vec::new();
        let facts: Vec<_> = conditions
            .iter()
            .flat_map(|condition| self.facts(*condition).to_vec())
            .collect();
        for (backend, held) in &pool.database.backends {
            if !self.compatible(held, conditions) {
                continue;
            }
            if let Some(backend) = self.refined(backend.clone(), &facts) {
                kinds.push((backend.path?, backend.confidence));
            }
        }
        kinds.dedup();
        match kinds.as_slice() {
            [first, rest @ ..] if rest.iter().all(|other| other.0 == first.0) => Some(*first),
            _ => None,
        }
    }
}

/// The call that gave arguments to what is called before.
fn bound_to(called: &Val) -> Option<Rc<Made>> {
    let alternatives = called.alternatives().into_iter();
    alternatives
        .map(|(val, _)| val.bound)
        .find(Option::is_some)?
}

fn flattened(
    val: Val,
    keyword: Option<&str>,
    conditions: &[Condition],
    place: Place,
) -> Vec<Setting> {
    let name = val.symbol.clone();
    let keyword: Option<Rc<str>> = keyword.map(Into::into);
    val.alternatives()
        .into_iter()
        .map(|(val, inner)| Setting {
            val,
            conditions: [conditions, &inner].concat(),
            place,
            name: name.clone(),
            configured: None,
            keyword: keyword.clone(),
        })
        .collect()
}

/// What `**value` sets; true when there may be more.
pub(super) fn spread(
    maker: &Maker,
    val: &Val,
    held: &[Condition],
    settings: &mut BTreeMap<Role, Vec<Setting>>,
) -> bool {
    let mut open = false;
    for (val, inner) in val.alternatives() {
        let held = [held, &inner].concat();
        let dict = match &val.value {
            Value::Dict(dict) => Some(dict),
            Value::Object(object) => object.set.as_ref(),
            _ => None,
        };
        match (&val.value, dict) {
            (_, Some(dict)) => open |= spread_entries(maker, dict, "", &held, settings),
            (Value::None, _) => {}
            _ => open = true,
        }
    }
    open
}

/// What the entries of a dictionary set, those of dictionaries in it by their paths (`timeouts.wait`).
fn spread_entries(
    maker: &Maker,
    dict: &Dict,
    prefix: &str,
    held: &[Condition],
    settings: &mut BTreeMap<Role, Vec<Setting>>,
) -> bool {
    let mut open = dict.open;
    for entry in &dict.entries {
        let key = format!("{prefix}{}", entry.key);
        let conditions = [held, &entry.conditions].concat();
        if let Some(role) = role_named(maker, &key) {
            let settings = settings.entry(role).or_default();
            let val = entry.val.clone();
            settings.extend(flattened(val, Some(&key), &conditions, entry.place));
            continue;
        }
        let inside = format!("{key}.");
        let leads_on = |name: &String| name.starts_with(&inside);
        let mut names = maker
            .parameters
            .values()
            .flat_map(|param| param.keyword.iter().chain(&param.also));
        if !names.any(leads_on) {
            continue;
        }
        for (val, more) in entry.val.alternatives() {
            let conditions = [conditions.as_slice(), &more].concat();
            open |= match &val.value {
                Value::Dict(inner) => spread_entries(maker, inner, &inside, &conditions, settings),
                Value::Object(object) => match &object.set {
                    Some(inner) => spread_entries(maker, inner, &inside, &conditions, settings),
                    None => true,
                },
                Value::None => false,
                _ => true,
            };
        }
    }
    open
}

fn is_text(val: &Val) -> bool {
    matches!(val.value, Value::Str(_) | Value::Text(_) | Value::Env(_))
}

/// The role of a keyword.
pub(super) fn role_named(maker: &Maker, name: &str) -> Option<Role> {
    let named = |param: &Param| {
        param.keyword.as_deref() == Some(name) || param.also.iter().any(|also| also == name)
    };
    maker
        .parameters
        .iter()
        .find(|(_, param)| named(param))
        .map(|(role, _)| *role)
}

/// The role of a position.
fn role_at(maker: &Maker, position: usize) -> Option<Role> {
    maker
        .parameters
        .iter()
        .find(|(_, param)| param.position == Some(position))
        .map(|(role, _)| *role)
}

/// Whether a value is, or holds, an object whose call satisfies `wanted`.
pub(super) fn contains_made(val: &Val, wanted: &dyn Fn(ExprRef, &Frames) -> bool) -> bool {
    match &val.value {
        Value::Object(object) => object
            .made
            .as_ref()
            .is_some_and(|(_, made)| wanted(made.call, &made.frames)),
        Value::Instance(_, Some(made)) => wanted(made.call, &made.frames),
        Value::Tuple(items) | Value::List(items) => {
            items.iter().any(|item| contains_made(item, wanted))
        }
        Value::Dict(dict) => dict
            .entries
            .iter()
            .any(|entry| contains_made(&entry.val, wanted)),
        Value::Choice(choices) => choices.iter().any(|(val, _)| contains_made(val, wanted)),
        _ => false,
    }
}
