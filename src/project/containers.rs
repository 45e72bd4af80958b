//! Hand-written pools: containers that the project fills with connections and takes them out of again.
//!
//! Takes the attributes and module-level names that are made of a container of the catalog; gives each [`Handmade`] pool
//! with its puts and takes. Invariant: a container counts only when something that goes in is a connection of a maker
//! that the catalog knows, and when something is taken out.

use super::sessions::split_words;
use super::values::{MOST_CALLS, Val, Value};
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::{Container, Kind, ValueIs};
use crate::project::names::{BindingKind, ScopeId};
use crate::source::FileId;
use crate::syntax::{ArgKind, Call, ExprId, ExprKind, Name, ParamKind, Receiver};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// The types of displays, as the catalog's containers name them.
const LIST: &str = "list";
const SET: &str = "set";

/// How deep a wrapper around a connection is looked into.
const MOST_WRAPS: u8 = MOST_CALLS;

/// What a container, or a lock, is kept under.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Slot {
    /// An attribute of the objects of a class, or of the class itself.
    Attribute(ClassRef, Name),
    /// A name of a module.
    Global(FileId, Name),
}

impl Slot {
    /// Its last name.
    pub fn name(&self) -> &Name {
        match self {
            Self::Attribute(_, name) | Self::Global(_, name) => name,
        }
    }

    /// The file it stands in.
    pub fn file(&self) -> FileId {
        match self {
            Self::Attribute(class, _) => class.file,
            Self::Global(file, _) => *file,
        }
    }
}

/// What a call does with a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Takes something out; whether it may wait for it.
    Take { waits: bool },
    /// Puts something in: which argument; whether that raises when there is no room.
    Put { argument: usize, refuses: bool },
}

/// A container under an attribute or a module-level name.
#[derive(Clone, Debug)]
struct Kept {
    container: Container,
    /// The expressions that make it.
    made: Vec<ExprRef>,
    /// The type of what is in it, where that is declared.
    declared: Option<ExprRef>,
    /// Whether there may be no room in it.
    bounded: bool,
}

/// A pool that the project keeps itself.
#[derive(Clone, Debug)]
pub struct Handmade {
    /// Its number among all containers, as in [`Containers::calls`].
    pub number: usize,
    /// What it is kept under.
    pub slot: Slot,
    /// Which of [`Project::sites`] makes its connections.
    pub site: usize,
    /// Where the connection stands in the tuple that is put in.
    pub element: Option<u32>,
    /// The calls that put something in, and what.
    pub puts: Vec<(ExprRef, ExprRef)>,
    /// The calls that take something out.
    pub takes: Vec<ExprRef>,
    /// The functions that put something in, themselves or through at most [`MOST_CALLS`] calls.
    pub givers: BTreeSet<FunctionRef>,
}

/// All containers, and the hand-written pools among them.
#[derive(Debug, Default)]
pub struct Containers {
    /// What calls do with which container.
    pub calls: HashMap<ExprRef, (usize, Operation)>,
    /// The containers of connections.
    pub pools: Vec<Handmade>,
}

impl Project<'_> {
    /// The containers of the project.
    pub fn containers(&self) -> Rc<Containers> {
        if let Some(known) = self.known.containers.get() {
            return known.clone();
        }
        let found = Rc::new(self.find_containers());
        let _ = self.known.containers.set(found.clone());
        found
    }

    fn find_containers(&self) -> Containers {
        let sites = self.connection_sites();
        if sites.is_empty() {
            return Containers::default();
        }
        let kept = self.kept_containers();
        let numbers: BTreeMap<&Slot, usize> = kept.keys().zip(0..).collect();
        let mut calls = HashMap::new();
        let mut puts: BTreeMap<usize, Vec<(ExprRef, ExprRef)>> = BTreeMap::new();
        let mut takes: BTreeMap<usize, Vec<ExprRef>> = BTreeMap::new();
        let mut filled: BTreeMap<usize, Vec<ExprRef>> = BTreeMap::new();
        for (file, parsed) in self.all_parsed() {
            for expr in &parsed.index.calls {
                let at = ExprRef { file, expr: *expr };
                let Some((slot, method, call)) = self.container_call(at, &kept) else {
                    continue;
                };
                let number = numbers[&slot];
                let known = &kept[&slot];
                let here = |expr| ExprRef { file, expr };
                if let Some(operation) = self.operation(call, method, known) {
                    calls.insert(at, (number, operation));
                    match operation {
                        Operation::Take { .. } => takes.entry(number).or_default().push(at),
                        Operation::Put { argument, .. } => {
                            let value = here(call.args[argument].value);
                            puts.entry(number).or_default().push((at, value));
                        }
                    }
                } else if known.container.fills.contains(&method.to_string())
                    && let Some(arg) = call.args.first()
                {
                    filled.entry(number).or_default().push(here(arg.value));
                }
            }
        }
        let mut pools = Vec::new();
        for (slot, number) in numbers {
            let (Some(puts), Some(takes)) = (puts.remove(&number), takes.remove(&number)) else {
                continue;
            };
            let whole = kept[slot].made.iter().copied();
            let whole = whole.chain(filled.remove(&number).unwrap_or_default());
            let values = puts.iter().map(|(_, value)| *value);
            let values = values.chain(whole.flat_map(|at| self.elements(at)));
            let far = self.tells_of_connections(slot);
            let found = values
                .into_iter()
                .chain(takes.iter().flat_map(|take| self.made_instead(*take)))
                .find_map(|value| self.connection_in(value, &sites, far, 0));
            let declared = kept[slot].declared.filter(|_| found.is_none());
            let found = found.or_else(|| self.connection_declared(declared?, 0));
            if let Some((site, element)) = found {
                pools.push(Handmade {
                    number,
                    slot: slot.clone(),
                    site,
                    element,
                    givers: self.putting(&puts),
                    puts,
                    takes,
                });
            }
        }
        Containers { calls, pools }
    }

    /// Whether the name of a container, or of the class that keeps it, says that it is about connections.
    fn tells_of_connections(&self, slot: &Slot) -> bool {
        let contexts = self.catalog.contexts();
        let mut words = split_words(slot.name());
        if let Slot::Attribute(class, _) = slot {
            words.extend(split_words(self.class_name(*class)));
        }
        let known = [&contexts.module_words, &contexts.pool_words];
        words
            .iter()
            .any(|word| known.iter().any(|known| known.contains(word)))
    }

    /// Attributes and module-level names that are made of a container.
    fn kept_containers(&self) -> BTreeMap<Slot, Kept> {
        let mut all: BTreeMap<Slot, Kept> = BTreeMap::new();
        let mut add = |slot: Slot, at: ExprRef| {
            let Some((container, bounded)) = self.container_made(at) else {
                return;
            };
            let known = all.entry(slot).or_insert_with(|| Kept {
                container: container.clone(),
                made: Vec::new(),
                declared: None,
                bounded,
            });
            known.made.push(at);
            known.bounded |= bounded;
        };
        let mut declared: BTreeMap<Slot, Kept> = BTreeMap::new();
        for (file, parsed) in self.all_parsed() {
            let index = &parsed.index;
            let of_module = index.scope(ScopeId(0)).names.iter();
            for (name, bindings) in of_module.collect::<BTreeMap<_, _>>() {
                for binding in bindings {
                    if let BindingKind::Value(expr) = binding.kind {
                        add(Slot::Global(file, name.clone()), ExprRef { file, expr });
                    }
                }
            }
            for number in 0..parsed.module.classes.len() {
                let class = ClassRef {
                    file,
                    class: crate::syntax::ClassId(u32::try_from(number).unwrap_or(0)),
                };
                let body = index.scope(index.class_scopes[number]).names.iter();
                let written = index.class_attributes[number].iter();
                for (name, bindings) in body.chain(written).collect::<Vec<_>>() {
                    for binding in bindings {
                        let slot = Slot::Attribute(class, name.clone());
                        match binding.kind {
                            BindingKind::Value(expr) => add(slot, ExprRef { file, expr }),
                            BindingKind::Declared(expr) => {
                                let kept = self.container_declared(ExprRef { file, expr }, 0);
                                declared.extend(kept.map(|kept| (slot, kept)));
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
        for (slot, kept) in declared {
            all.entry(slot).or_insert(kept);
        }
        all
    }

    /// The container that a declared type is, bare or in one type around it after another.
    fn container_declared(&self, at: ExprRef, depth: u8) -> Option<Kept> {
        let language = self.files.file(at.file).language;
        let (module, _) = self.tree(at.file);
        let ExprKind::Subscript(base, index) = &module.expr(at.expr).kind else {
            return None;
        };
        let [inner] = index[..] else { return None };
        let inner = ExprRef { expr: inner, ..at };
        if depth > MOST_WRAPS || !crate::frontend::errors_are_values(language) {
            return None;
        }
        let path = self.eval(ExprRef { expr: *base, ..at }, &None);
        match path
            .path()
            .and_then(|path| self.catalog.container_type(path))
        {
            Some(container) => Some(Kept {
                container: container.clone(),
                made: Vec::new(),
                declared: Some(inner),
                bounded: false,
            }),
            None => self.container_declared(inner, depth + 1),
        }
    }

    /// The site of connections of the type that is declared for the elements of a container, and their place in a tuple.
    fn connection_declared(&self, at: ExprRef, depth: u8) -> Option<(usize, Option<u32>)> {
        let (module, index) = self.tree(at.file);
        let inside =
            |expr: &ExprId| self.connection_declared(ExprRef { expr: *expr, ..at }, depth + 1);
        if depth > MOST_WRAPS {
            return None;
        }
        match &module.expr(at.expr).kind {
            ExprKind::Subscript(_, index) if index.len() == 1 => return inside(&index[0]),
            ExprKind::Tuple(items) => {
                return (0..)
                    .zip(items)
                    .find_map(|(place, item)| match inside(item) {
                        Some((site, None)) => Some((site, Some(place))),
                        _ => None,
                    });
            }
            _ => {}
        }
        let val = self.eval(at, &None);
        match &val.value {
            Value::Class(class) if depth == 0 && class.file == at.file => {
                let scope = index.scope(index.class_scopes[class.class.index()]);
                let mut fields = scope.names.values().flatten();
                fields.find_map(|binding| match binding.kind {
                    BindingKind::Declared(expr) => inside(&expr).filter(|found| found.1.is_none()),
                    _ => None,
                })
            }
            _ => Some((self.site_giving(val.path()?)?, None)),
        }
    }

    /// The first site that opens connections of this type.
    fn site_giving(&self, type_path: &str) -> Option<usize> {
        let type_path = self.catalog.canonical(type_path);
        let sites = self.connection_sites();
        let gives = |site: &&usize| {
            let maker = self.catalog.maker(&self.sites()[**site].maker);
            maker.is_some_and(|maker| maker.gives == *type_path)
        };
        sites.values().filter(gives).min().copied()
    }

    /// The container that an expression makes, and whether there may be no room in it.
    fn container_made(&self, at: ExprRef) -> Option<(&Container, bool)> {
        let (module, _) = self.tree(at.file);
        match &module.expr(at.expr).kind {
            ExprKind::List(_) | ExprKind::Comprehension(_) => {
                Some((self.catalog.container(LIST)?, false))
            }
            ExprKind::Set(_) => Some((self.catalog.container(SET)?, false)),
            ExprKind::Call(call) => {
                let callee = ExprRef {
                    file: at.file,
                    expr: call.callee,
                };
                let path = self.eval(callee, &None).path()?.clone();
                if let Some(inner) = self.wrapped_in(at, call, &path) {
                    return self.container_made(inner);
                }
                let container = self.catalog.container(&path)?;
                let bound = container
                    .bound
                    .iter()
                    .find_map(|name| self.call_argument(call, name));
                // Nothing and zero are no bound.
                let bounded = bound.is_some_and(|expr| {
                    let val = self.eval(
                        ExprRef {
                            file: at.file,
                            expr,
                        },
                        &None,
                    );
                    !matches!(val.value, Value::Int(number) if number <= 0)
                });
                Some((container, bounded))
            }
            _ => None,
        }
    }

    /// What a call holds that is as good as it: its argument, or what the function returns that it is given.
    fn wrapped_in(&self, at: ExprRef, call: &Call, path: &str) -> Option<ExprRef> {
        let rule = self.catalog.value(path)?;
        let (module, index) = self.tree(at.file);
        let first = call.args.first()?.value;
        let inner = match (rule.is, &module.expr(first).kind) {
            (ValueIs::Same, _) => first,
            (ValueIs::Result, ExprKind::Lambda(function)) => {
                index.returns[function.index()].first()?.0
            }
            _ => return None,
        };
        Some(ExprRef { expr: inner, ..at })
    }

    /// What an expression gives that is awaited, locked or unwrapped, and whether it is any of that.
    pub(super) fn laid_bare(&self, at: ExprRef) -> (ExprRef, bool) {
        let (module, _) = self.tree(at.file);
        let language = self.files.file(at.file).language.word();
        let mut expr = at.expr;
        loop {
            expr = match &module.expr(expr).kind {
                ExprKind::Await(inner) => *inner,
                ExprKind::Call(call) => match &module.expr(call.callee).kind {
                    ExprKind::Attribute(base, method) if self.catalog.passes(language, method) => {
                        *base
                    }
                    _ => break,
                },
                _ => break,
            };
        }
        (ExprRef { expr, ..at }, expr != at.expr)
    }

    /// What a name of a function stands for, when it is bound once, to something that is awaited, locked or unwrapped.
    fn alias(&self, at: ExprRef, name: &Name) -> Option<ExprRef> {
        let (_, index) = self.tree(at.file);
        let standing = index.standing(at.expr);
        index.function_of(standing.scope)?;
        if self.owner_of(at.file, standing.scope, name)? == ScopeId(0) {
            return None;
        }
        let found = super::turns::bindings(index, standing, name);
        let binds = |it: &&super::names::Binding| {
            !it.kind.is_mutation() && !matches!(it.kind, BindingKind::Deleted)
        };
        let held = found.iter().filter(binds);
        let [only] = held.collect::<Vec<_>>()[..] else {
            return None;
        };
        let BindingKind::Value(value) = only.kind else {
            return None;
        };
        let (inner, passed) = self.laid_bare(ExprRef { expr: value, ..at });
        passed.then_some(inner)
    }

    /// The call of a method on a container: what it is kept under, and the method.
    fn container_call(
        &self,
        at: ExprRef,
        kept: &BTreeMap<Slot, Kept>,
    ) -> Option<(Slot, &Name, &Call)> {
        let (module, _) = self.tree(at.file);
        let call = module.call(at.expr)?;
        let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind else {
            return None;
        };
        let base = ExprRef {
            file: at.file,
            expr: *base,
        };
        let slot = self.slot(base, &|slot| kept.contains_key(slot))?;
        Some((slot, method, call))
    }

    /// What an expression is kept under, among those that are `known`.
    pub(super) fn slot(&self, at: ExprRef, known: &dyn Fn(&Slot) -> bool) -> Option<Slot> {
        self.slot_behind(at, known, MOST_WRAPS)
    }

    fn slot_behind(&self, at: ExprRef, known: &dyn Fn(&Slot) -> bool, left: u8) -> Option<Slot> {
        let (module, index) = self.tree(at.file);
        let (inner, passed) = self.laid_bare(at);
        if passed {
            return self.slot_behind(inner, known, left.checked_sub(1)?);
        }
        match &module.expr(at.expr).kind {
            ExprKind::Name(name) => {
                let global = Slot::Global(at.file, name.clone());
                let scope = index.standing(at.expr).scope;
                if known(&global) && self.owner_of(at.file, scope, name) == Some(ScopeId(0)) {
                    return Some(global);
                }
                self.slot_behind(self.alias(at, name)?, known, left.checked_sub(1)?)
            }
            ExprKind::Attribute(base, name) => {
                let base = ExprRef {
                    file: at.file,
                    expr: *base,
                };
                let base = self.eval(base, &None);
                base.alternatives()
                    .iter()
                    .find_map(|(val, _)| match &val.value {
                        Value::Instance(class, _) | Value::Class(class) => {
                            let lineage = self.lineage(*class);
                            let slots = lineage.0.iter();
                            slots
                                .map(|class| Slot::Attribute(*class, name.clone()))
                                .find(|slot| known(slot))
                        }
                        Value::Module(file) => {
                            Some(Slot::Global(*file, name.clone())).filter(|slot| known(slot))
                        }
                        _ => None,
                    })
            }
            _ => None,
        }
    }

    /// What a method of a container does, when it takes or puts one thing.
    fn operation(&self, call: &Call, method: &Name, kept: &Kept) -> Option<Operation> {
        let container = &kept.container;
        let waits = container.waits.iter().any(|name| name == method.as_str());
        let given = |names: &[crate::catalog::ArgumentName]| {
            names
                .iter()
                .any(|name| self.call_argument(call, name).is_some())
        };
        let waits = waits && !given(&container.at_once);
        if container.takes.iter().any(|name| name == method.as_str()) {
            return Some(Operation::Take { waits });
        }
        let name = container.puts.get(method.as_str())?;
        let value = self.call_argument(call, name)?;
        let argument = call.args.iter().position(|arg| arg.value == value)?;
        let refuses = kept.bounded && (!waits || given(&container.timeout));
        Some(Operation::Put { argument, refuses })
    }

    /// The elements of what a container is made or filled with.
    fn elements(&self, at: ExprRef) -> Vec<ExprRef> {
        let (module, _) = self.tree(at.file);
        let here = |expr: &ExprId| ExprRef {
            file: at.file,
            expr: *expr,
        };
        match &module.expr(at.expr).kind {
            ExprKind::List(items) | ExprKind::Set(items) | ExprKind::Tuple(items) => {
                items.iter().map(here).collect()
            }
            ExprKind::Comprehension(made) if !made.is_dict => {
                made.elements.iter().map(here).collect()
            }
            ExprKind::Call(call) => call
                .args
                .iter()
                .filter(|arg| {
                    matches!(
                        module.expr(arg.value).kind,
                        ExprKind::List(_) | ExprKind::Comprehension(_)
                    )
                })
                .flat_map(|arg| self.elements(here(&arg.value)))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What a function returns instead of what it takes: by the same name, or where it returns that at once.
    fn made_instead(&self, take: ExprRef) -> Vec<ExprRef> {
        let Some(function) = self.enclosing(take) else {
            return Vec::new();
        };
        let (module, index) = self.tree(take.file);
        let symbol = self.symbol_of(take);
        let (_, taken) = symbol.rsplit_once('.').unwrap_or(("", &symbol));
        let at_once = matches!(
            module.stmt(self.statement(take)).kind,
            crate::syntax::StmtKind::Return(_)
        );
        let named = |expr: ExprId| matches!(&module.expr(expr).kind, ExprKind::Name(name) if *name == *taken);
        let returns = index.returns[function.function.index()].iter();
        returns
            .filter(|(expr, _)| at_once || named(*expr))
            .map(|(expr, _)| ExprRef {
                file: take.file,
                expr: *expr,
            })
            .collect()
    }

    /// The site of the connection that an expression gives, and its place in a tuple. Who calls the function that has it
    /// as a parameter is only asked when that is worth it (`far`): it may read much of a project.
    fn connection_in(
        &self,
        at: ExprRef,
        sites: &HashMap<ExprRef, usize>,
        far: bool,
        depth: u8,
    ) -> Option<(usize, Option<u32>)> {
        // What connects is read already. To want a file for each value of each list would read the whole project.
        let val = self.eval(at, &None);
        let found = self.connection_of(&val, sites, far, depth);
        if found.is_some() {
            return found;
        }
        // A tuple of names is worth looking at one by one.
        let (module, _) = self.tree(at.file);
        let ExprKind::Tuple(items) = &module.expr(at.expr).kind else {
            return None;
        };
        (0..).zip(items).find_map(|(place, item)| {
            let item = ExprRef {
                file: at.file,
                expr: *item,
            };
            match self.connection_in(item, sites, far, depth) {
                Some((site, None)) => Some((site, Some(place))),
                _ => None,
            }
        })
    }

    fn connection_of(
        &self,
        val: &Val,
        sites: &HashMap<ExprRef, usize>,
        far: bool,
        depth: u8,
    ) -> Option<(usize, Option<u32>)> {
        if depth > MOST_WRAPS {
            return None;
        }
        val.alternatives()
            .iter()
            .find_map(|(val, _)| match &val.value {
                Value::Object(object) => {
                    let (_, made) = object.made.as_ref()?;
                    Some((*sites.get(&made.call)?, None))
                }
                Value::Param(function, number) if far => {
                    self.callers(*function).into_iter().find_map(|call| {
                        let argument = self.argument_for(call, *function, *number)?;
                        self.connection_in(argument, sites, far, depth + 1)
                    })
                }
                Value::Tuple(items) => (0..).zip(items.iter()).find_map(|(place, item)| match self
                    .connection_of(item, sites, far, depth + 1)
                {
                    Some((site, None)) => Some((site, Some(place))),
                    _ => None,
                }),
                Value::Instance(class, _) => {
                    let (_, index) = self.tree(class.file);
                    let written = &index.class_attributes[class.class.index()];
                    let written: BTreeMap<_, _> = written.iter().collect();
                    let mut values = written.values().flat_map(|bindings| bindings.iter());
                    values.find_map(|binding| match binding.kind {
                        BindingKind::Value(expr) => {
                            let at = ExprRef {
                                file: class.file,
                                expr,
                            };
                            let found = self.connection_in(at, sites, far, depth + 1)?;
                            found.1.is_none().then_some(found)
                        }
                        _ => None,
                    })
                }
                _ => None,
            })
    }

    /// The argument of a call that stands for a plain parameter of what it calls.
    pub(super) fn argument_for(
        &self,
        call: ExprRef,
        function: FunctionRef,
        number: u32,
    ) -> Option<ExprRef> {
        let (module, _) = self.tree(call.file);
        let made = module.call(call.expr)?;
        let found = self.function(function);
        let param = found.params.get(number as usize)?;
        if matches!(param.kind, ParamKind::Rest | ParamKind::KeywordRest) {
            return None;
        }
        let on_object = found.receiver != Receiver::None;
        let position = (number as usize).checked_sub(usize::from(on_object));
        let by_position = position.and_then(|position| {
            let before = made.args.iter().take(position + 1);
            let plain = before
                .filter(|arg| arg.kind == ArgKind::Positional)
                .collect::<Vec<_>>();
            (plain.len() == position + 1).then(|| plain[position].value)
        });
        let by_name = || {
            let named = |arg: &&crate::syntax::Arg| matches!(&arg.kind, ArgKind::Keyword(name) if *name == param.name);
            made.args.iter().find(named).map(|arg| arg.value)
        };
        by_position.or_else(by_name).map(|expr| ExprRef {
            file: call.file,
            expr,
        })
    }

    /// The functions that put something in: those around the puts, and those that call them.
    fn putting(&self, puts: &[(ExprRef, ExprRef)]) -> BTreeSet<FunctionRef> {
        let mut all: BTreeSet<FunctionRef> = puts
            .iter()
            .filter_map(|(call, _)| self.enclosing(*call))
            .collect();
        let mut last: Vec<FunctionRef> = all.iter().copied().collect();
        for _ in 0..MOST_CALLS {
            let mut next = Vec::new();
            for function in last {
                for call in self.callers(function) {
                    if let Some(around) = self.enclosing(call)
                        && all.insert(around)
                    {
                        next.push(around);
                    }
                }
            }
            last = next;
        }
        all
    }

    /// Whether a call that fails in this file says so by its value, and names end what they hold.
    pub fn errors_are_values(&self, file: FileId) -> bool {
        crate::frontend::errors_are_values(self.files.file(file).language)
    }

    /// Whether a method gives the object it is called on, in this file.
    pub fn gives_itself(&self, file: FileId, method: &str) -> bool {
        let language = self.files.file(file).language.word();
        self.catalog.passes(language, method)
    }

    /// Whether a value is a connection, or an object of the project's own around one.
    pub(super) fn gives_connection(&self, val: &Val) -> bool {
        if val
            .alternatives()
            .iter()
            .any(|(val, _)| self.is_connection(val))
        {
            return true;
        }
        let sites = &self.connection_sites();
        self.connection_of(val, sites, true, 0).is_some()
    }

    /// Whether two expressions run on one object, or in one module: what the one calls the other can call, too.
    pub fn same_object(&self, one: ExprRef, other: ExprRef) -> bool {
        let class = |at: ExprRef| {
            let (module, index) = self.tree(at.file);
            let found = index.method_of(module, index.standing(at.expr).scope)?;
            let receiver = module.function(found.1).params.first()?;
            Some((found.0, receiver.name.clone()))
        };
        one.file == other.file && class(one) == class(other)
    }

    /// Whether a file names one of these attributes.
    pub fn names_any(&self, file: FileId, names: &[String]) -> bool {
        let (module, index) = self.tree(file);
        let is = |name: &Name| names.iter().any(|known| known == name.as_str());
        module
            .exprs
            .iter()
            .any(|expr| matches!(&expr.kind, ExprKind::Attribute(_, name) if is(name)))
            || index.attribute_writes.iter().any(|write| is(&write.name))
    }

    /// A call without arguments, as it is written.
    pub fn plain_call(&self, at: ExprRef) -> Option<String> {
        let (module, _) = self.tree(at.file);
        module.call(at.expr).filter(|call| call.args.is_empty())?;
        let parsed = self.files.parsed(at.file)?;
        let text = parsed.bytes.get(module.expr(at.expr).span.range())?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// The sites that open a connection of its own, by their call.
    pub(super) fn connection_sites(&self) -> Rc<HashMap<ExprRef, usize>> {
        self.known
            .connection_sites
            .get_or_init(|| {
                let all = (0..).zip(self.sites());
                let own = all.filter(|(_, pool)| pool.kind == Kind::Connection && !pool.checkout);
                Rc::new(own.map(|(number, pool)| (pool.site, number)).collect())
            })
            .clone()
    }
}
