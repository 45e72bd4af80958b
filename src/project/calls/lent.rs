//! What is lent: parameters and fields of records, by what the calls of their function, or of their record, hand over.
//!
//! Takes the calls of all parsed modules; gives what parameters and fields stand for on which connections are taken: an
//! engine, a pool or a factory. Those whose type is written down stand for an object of that type, and here it is told
//! which one. Invariant: calls that hand over different things leave a holder unknown, and which pool it is, is known
//! only where every known call hands over the same one, or where the program makes one pool of the type.

use super::CallGraph;
use crate::catalog::ContextKind;
use crate::project::flow::last_name;
use crate::project::names::BindingKind;
use crate::project::turns::held_names;
use crate::project::values::{MOST_CALLS, Made, Object, Val, Value};
use crate::project::{ClassRef, ExprRef, FunctionRef, Project};
use crate::source::FileId;
use crate::syntax::{ClassForm, ClassId, ExprKind, FunctionId, Name, Receiver};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Under how many names something is followed that is handed on.
const MOST_NAMES: usize = 16;

/// How often what is handed over is gone through for what that hands on.
const MOST_PASSES: usize = 4;

/// What something is handed over to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::project) enum Holder {
    /// A parameter, by its place.
    Parameter(FunctionRef, u32),
    /// A field of a record.
    Field(ClassRef, Name),
}

/// What is lent, as far as the calls are known.
#[derive(Default)]
pub(in crate::project) struct Lent {
    /// By parameter or field: what stands for it.
    held: BTreeMap<Holder, Val>,
    /// The engines, pools and factories of the product by their type: the outermost call that gives each, and its value,
    /// where there is one such call.
    made: BTreeMap<Rc<str>, Vec<(ExprRef, Option<Val>)>>,
}

/// What the calls of a function hand over for one parameter.
#[derive(Default)]
struct Handed {
    /// Engines, pools and factories.
    lenders: Vec<Val>,
    /// Whether any call hands over what is not known.
    unknown: bool,
    /// Whether any call hands over something else.
    other: bool,
}

impl Project<'_> {
    /// Works out what is lent, and says whether that shows calls that were not known.
    pub(super) fn lend(&self, graph: &CallGraph) -> bool {
        let typed = self.typed_holders();
        let mut shows = false;
        for _ in 0..MOST_PASSES {
            let lent = self.lent(graph, &typed);
            let before = self.memo.lent.replace(lent);
            let now = self.memo.lent.borrow();
            if are_same(&now.held, &before.held) && are_made_alike(&now, &before) {
                break;
            }
            let untyped = |held: &BTreeMap<Holder, Val>| -> BTreeMap<Holder, Val> {
                let all = held
                    .iter()
                    .filter(|(holder, _)| !typed.contains_key(holder));
                all.map(|(holder, val)| (holder.clone(), val.clone()))
                    .collect()
            };
            shows |= !are_same(&untyped(&now.held), &untyped(&before.held));
            drop(now);
            self.memo.forget();
        }
        shows
    }

    /// What is known to be handed over to a parameter or field.
    pub(in crate::project) fn lent_to(&self, holder: &Holder) -> Option<Val> {
        let lent = self.memo.lent.borrow().held.get(holder).cloned();
        // It rests on all calls that are known.
        self.passing.set(self.passing.get() || lent.is_some());
        lent
    }

    /// Which engine, pool or factory it is that a type tells of in a file: what is handed over to `holder`, else the only
    /// one that the program makes.
    pub(in crate::project) fn lent_as(
        &self,
        typed: Val,
        holder: Option<&Holder>,
        file: FileId,
    ) -> Val {
        if !self.is_lender(&typed) || made(&typed).is_some_and(|(_, made)| made.is_some()) {
            return typed;
        }
        let lent = holder.and_then(|holder| self.lent_to(holder));
        lent.or_else(|| self.only_one(&typed, file))
            .unwrap_or(typed)
    }

    /// The only object of a type that the program of a file makes.
    fn only_one(&self, typed: &Val, file: FileId) -> Option<Val> {
        let (type_path, _) = made(typed)?;
        let lent = self.memo.lent.borrow();
        let all = lent.made.get(&type_path)?.iter();
        // Another program's is another's.
        let mut near = all.filter(|(call, _)| self.may_run_together(file, call.file));
        let (only, None) = (near.next()?, near.next()) else {
            return None;
        };
        self.passing.set(true);
        only.1.clone()
    }

    /// Whether two files may be of one program, as far as folders and manifests tell. The question is asked for every
    /// value of a type.
    fn may_run_together(&self, one: FileId, other: FileId) -> bool {
        if let Some(known) = self.known.together.borrow().get(&(one, other)) {
            return *known;
        }
        let scope = |file| self.files.file(file).scope;
        let shared = self.files.share_a_program(one, other);
        let found = shared.unwrap_or_else(|| scope(one) == scope(other));
        self.known.together.borrow_mut().insert((one, other), found);
        found
    }

    /// The holders on which connections are taken and that every known call gives an engine, pool or factory of one
    /// type. Those that were known before are looked at again: there may be more calls now.
    fn lent(&self, graph: &CallGraph, typed: &BTreeMap<Holder, Rc<str>>) -> Lent {
        let mut asked = self.asked_for_connections(graph);
        asked.extend(self.memo.lent.borrow().held.keys().cloned());
        asked.extend(typed.keys().cloned());
        let mut held = BTreeMap::new();
        for holder in asked {
            let mut handed = Handed::default();
            self.collect_handed(&holder, graph, 0, &mut handed);
            let is_typed = typed.contains_key(&holder);
            // A type that is written down says as much as a type that is handed over.
            let tells = |val: &Val| !is_typed || made(val).is_some_and(|(_, made)| made.is_some());
            if let Some(val) = one_of(handed).filter(tells) {
                held.insert(holder, val);
            }
        }
        let made = self.made_by_the_product(graph);
        Lent { held, made }
    }

    /// The parameters and fields that are said to be an engine, pool or factory, with their types.
    fn typed_holders(&self) -> BTreeMap<Holder, Rc<str>> {
        let mut found = BTreeMap::new();
        for (file, parsed) in self.all_parsed() {
            let of = |expr| {
                let val = self.annotated(ExprRef { file, expr })?;
                let Value::Object(object) = &val.value else {
                    return None;
                };
                let own = object.made.is_none() && self.is_lender(&val);
                own.then(|| object.type_path.clone())
            };
            for (number, function) in (0..).zip(&parsed.module.functions) {
                let function_ref = FunctionRef {
                    file,
                    function: FunctionId(number),
                };
                for (place, param) in (0..).zip(&function.params) {
                    if let (Some(type_path), None) = (param.annotation.and_then(of), param.default)
                    {
                        found.insert(Holder::Parameter(function_ref, place), type_path);
                    }
                }
            }
            for (number, class) in (0..).zip(&parsed.module.classes) {
                if class.form != ClassForm::Record {
                    continue;
                }
                let class = ClassId(number);
                let scope = parsed.index.scope(parsed.index.class_scopes[class.index()]);
                found.extend(scope.names.iter().filter_map(|(name, bindings)| {
                    let [only] = bindings.as_slice() else {
                        return None;
                    };
                    let BindingKind::Declared(annotation) = only.kind else {
                        return None;
                    };
                    let holder = Holder::Field(ClassRef { file, class }, name.clone());
                    Some((holder, of(annotation)?))
                }));
            }
        }
        found
    }

    /// The engines, pools and factories that the product makes.
    fn made_by_the_product(
        &self,
        graph: &CallGraph,
    ) -> BTreeMap<Rc<str>, Vec<(ExprRef, Option<Val>)>> {
        let mut found: BTreeMap<Rc<str>, Vec<(ExprRef, Option<Val>)>> = BTreeMap::new();
        for (site, path) in &graph.makers {
            let lends = |maker: &crate::catalog::Maker| maker.kind.lends();
            if !self.catalog.maker(path).is_some_and(lends) || self.is_for_tests(*site, graph) {
                continue;
            }
            if let Value::Object(object) = self.eval(*site, &None).value {
                let giver = self.outermost_giver(*site, graph);
                let val = giver.and_then(|giver| {
                    let mut all = self.eval(giver, &None).alternatives().into_iter();
                    match (all.next(), all.next()) {
                        (Some((val, _)), None) => Some(val).filter(|val| self.is_lender(val)),
                        _ => None,
                    }
                });
                let all = found.entry(object.type_path.clone()).or_default();
                all.push((giver.unwrap_or(*site), val));
            }
        }
        found
    }

    /// Whether an expression is beside the product, as far as its file and the functions around it tell.
    fn is_for_tests(&self, at: ExprRef, graph: &CallGraph) -> bool {
        let (_, index) = self.tree(at.file);
        let mut around = self.enclosing(at);
        while let Some(function) = around {
            let mut all = self.registrations_in(function, graph).into_iter();
            if all.any(|it| it.calls.context == Some(ContextKind::Test)) {
                return true;
            }
            let home = index.function_homes[function.function.index()];
            around = index.function_of(home.scope).map(|function| FunctionRef {
                file: at.file,
                function,
            });
        }
        self.is_beside_the_product(at.file)
    }

    /// The call that gives what is made at `site` to who does not hand it on: that of the function that returns it, where
    /// it is called in one place.
    fn outermost_giver(&self, site: ExprRef, graph: &CallGraph) -> Option<ExprRef> {
        let mut found = site;
        for _ in 0..MOST_CALLS {
            let giver = self.enclosing(found);
            let Some(giver) = giver.filter(|giver| self.returns_made(*giver, found)) else {
                return Some(found);
            };
            let callers = graph.callers.get(&giver).into_iter().flatten();
            let mut callers = callers.filter(|call| !self.is_for_tests(**call, graph));
            match (callers.next(), callers.next()) {
                (Some(only), None) => found = *only,
                (None, _) => return Some(found),
                _ => return None,
            }
        }
        Some(found)
    }

    /// The parameters on which a method is called that takes a connection from something, or that are called themselves.
    fn asked_for_connections(&self, graph: &CallGraph) -> BTreeSet<Holder> {
        let makers = self.catalog.makers();
        let methods: BTreeSet<&str> = makers
            .filter(|maker| maker.kind.lends())
            .flat_map(|maker| maker.takes.iter().chain(&maker.borrows))
            .map(String::as_str)
            .collect();
        let parameters = graph.parameters.keys();
        let mut asked: BTreeSet<Holder> = parameters
            .map(|(function, number)| Holder::Parameter(*function, *number))
            .collect();
        for (file, parsed) in self.all_parsed() {
            for expr in &parsed.index.calls {
                let callee = parsed.module.call(*expr).map(|call| call.callee);
                let Some(ExprKind::Attribute(base, method)) =
                    callee.map(|callee| &parsed.module.expr(callee).kind)
                else {
                    continue;
                };
                if !methods.contains(method.as_str()) {
                    continue;
                }
                let base = self.eval(ExprRef { file, expr: *base }, &None);
                for (val, _) in base.alternatives() {
                    if let Value::Param(function, number) = val.value {
                        asked.insert(Holder::Parameter(function, number));
                    }
                }
            }
        }
        asked
    }

    /// Notes as wanted the files whose functions are handed an engine, pool or factory that is made at `site`, by the
    /// names under which it is handed on, or by the calls of functions that return it.
    pub(in crate::project) fn want_borrowers(&self, site: ExprRef) {
        let graph = self.call_graph();
        let mut names: Vec<Name> = Vec::new();
        let mut calls: Vec<ExprRef> = Vec::new();
        for source in self.sources_of(site) {
            let (module, index) = self.tree(source.file);
            let held = held_names(module, index.standing(source.expr).stmt);
            names.extend(held.into_iter().cloned());
            calls.extend(self.handing_call(source));
        }
        let mut seen: BTreeSet<Name> = names.iter().cloned().collect();
        loop {
            for call in std::mem::take(&mut calls) {
                let Some(function) = self.wanting(|| self.called_function(call)) else {
                    continue;
                };
                for (number, param) in (0..).zip(&self.function(function).params) {
                    let argument = self.argument_for(call, function, number);
                    let handed = argument.is_some_and(|argument| {
                        let (module, _) = self.tree(argument.file);
                        let name = last_name(&module.expr(argument.expr).kind);
                        name.is_none_or(|name| seen.contains(name))
                    });
                    if handed && seen.len() < MOST_NAMES && seen.insert(param.name.clone()) {
                        names.push(param.name.clone());
                    }
                }
            }
            let Some(name) = names.pop() else { break };
            calls.extend(graph.named_arguments.get(&name).into_iter().flatten());
        }
        self.want_users_of_kept(&seen);
    }

    /// Notes as wanted the files that use what one of these names holds by the attribute of an object that it is put under
    /// (`bot.pool = pool`).
    fn want_users_of_kept(&self, names: &BTreeSet<Name>) {
        for (file, parsed) in self.all_parsed() {
            for write in &parsed.index.attribute_writes {
                let value = write.value.as_ref().map(|(value, _)| *value);
                let named = value.and_then(|value| last_name(&parsed.module.expr(value).kind));
                if !named.is_some_and(|name| names.contains(name)) {
                    continue;
                }
                let expr = write.base;
                if let Value::Instance(class, _) = self.eval(ExprRef { file, expr }, &None).value {
                    self.want_callers_of_method(class, &write.name);
                }
            }
        }
    }

    /// The call that makes something, and the calls of functions that return it.
    fn sources_of(&self, site: ExprRef) -> Vec<ExprRef> {
        let mut sources = vec![site];
        let mut at = 0;
        while let Some(source) = sources.get(at).copied() {
            at += 1;
            let giver = self.enclosing(source);
            let giver = giver.filter(|giver| self.returns_made(*giver, site));
            let callers = giver.map(|giver| self.callers(giver)).unwrap_or_default();
            sources.extend(
                callers
                    .into_iter()
                    .filter(|call| !sources.contains(call))
                    .collect::<Vec<_>>(),
            );
            sources.truncate(MOST_NAMES);
        }
        sources
    }

    /// The call that an expression is an argument of, awaited or not.
    fn handing_call(&self, source: ExprRef) -> Option<ExprRef> {
        let (module, index) = self.tree(source.file);
        let mut inner = source.expr;
        let mut outer = index.parent(inner)?;
        if let ExprKind::Await(_) = module.expr(outer).kind {
            inner = outer;
            outer = index.parent(outer)?;
        }
        let call = module.call(outer)?;
        let handed = call.args.iter().any(|arg| arg.value == inner);
        handed.then_some(ExprRef {
            expr: outer,
            ..source
        })
    }

    fn collect_handed(&self, holder: &Holder, graph: &CallGraph, depth: u8, handed: &mut Handed) {
        let calls = match holder {
            Holder::Parameter(function, _) => {
                let found = self.function(*function);
                let mut calls = graph.callers.get(function).cloned().unwrap_or_default();
                let class = found.class.map(|class| ClassRef {
                    file: function.file,
                    class,
                });
                // Where objects are made by naming their fields, it is a function like any other.
                if let Some(class) = class
                    && crate::frontend::is_constructor(&found.name)
                    && !self.is_record(class)
                {
                    calls.extend(self.constructions_in(class, graph));
                }
                // A method may be called on what is not known to be its object.
                handed.unknown |= found.receiver != Receiver::None && calls.is_empty();
                calls
            }
            Holder::Field(class, _) => self.constructions_in(*class, graph),
        };
        for call in calls {
            if self.is_for_tests(call, graph) {
                continue;
            }
            let Some(argument) = self.handed_at(call, holder) else {
                handed.unknown = true;
                continue;
            };
            for (val, _) in self.eval(argument, &None).alternatives() {
                match &val.value {
                    Value::None => {}
                    Value::Param(outer, number) if depth + 1 < MOST_CALLS => {
                        let outer = Holder::Parameter(*outer, *number);
                        self.collect_handed(&outer, graph, depth + 1, handed);
                    }
                    Value::Unknown | Value::Param(..) | Value::Member(..) => handed.unknown = true,
                    Value::Object(_) => {
                        if self.is_lender(&val) {
                            handed.lenders.push(val.clone());
                        } else {
                            handed.other = true;
                        }
                    }
                    _ => handed.other = true,
                }
            }
        }
    }

    /// What a call hands over to a holder.
    fn handed_at(&self, call: ExprRef, holder: &Holder) -> Option<ExprRef> {
        match holder {
            Holder::Parameter(function, number) => self.argument_for(call, *function, *number),
            Holder::Field(_, name) => self.field_argument(call, name),
        }
    }
}

/// Whether the same is known of the same holders.
fn are_same(one: &BTreeMap<Holder, Val>, other: &BTreeMap<Holder, Val>) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|((holder, val), (also, known))| {
            holder == also && made(val).map(origin) == made(known).map(origin)
        })
}

/// Whether the same is known to be made.
fn are_made_alike(one: &Lent, other: &Lent) -> bool {
    let all = |lent: &Lent| -> Vec<(Rc<str>, ExprRef, Option<Vec<ExprRef>>)> {
        let made_of = |val: &Val| made(val).map(origin).map(|(_, calls)| calls);
        let all = lent.made.iter().flat_map(|(path, all)| {
            all.iter()
                .map(|(call, val)| (path.clone(), *call, val.as_ref().and_then(made_of)))
        });
        all.collect()
    };
    all(one) == all(other)
}

/// A type, and the call that makes the object, where it is known.
type MadeOf = (Rc<str>, Option<Rc<Made>>);

fn made(val: &Val) -> Option<MadeOf> {
    let Value::Object(object) = &val.value else {
        return None;
    };
    let made = object.made.as_ref().map(|(_, made)| made.clone());
    Some((object.type_path.clone(), made))
}

/// A type, with the call that makes the object and those that lead there.
fn origin((type_path, made): MadeOf) -> (Rc<str>, Vec<ExprRef>) {
    let calls = made.map(|made| {
        let outer = std::iter::successors(made.frames.as_ref(), |frame| frame.outer.as_ref());
        let mut calls = vec![made.call];
        calls.extend(outer.map(|frame| frame.call));
        calls
    });
    (type_path, calls.unwrap_or_default())
}

/// The one thing that is handed over, as far as it is one.
fn one_of(handed: Handed) -> Option<Val> {
    let first = handed.lenders.first()?;
    let (type_path, calls) = made(first).map(origin)?;
    let mut all = handed.lenders.iter().filter_map(made).map(origin);
    if handed.other || all.clone().any(|(path, _)| path != type_path) {
        return None;
    }
    let same = !calls.is_empty() && all.all(|(_, others)| others == calls);
    if same && !handed.unknown {
        return Some(first.clone());
    }
    let object = Object {
        type_path,
        made: None,
        set: None,
    };
    Some(Val::new(Value::Object(Rc::new(object))))
}
