//! Uses: what becomes of an object after it is made: its methods, where it is awaited or entered, where it is lost.
//!
//! Takes the call that makes it; gives [`Uses`]. It is followed through names, attributes, factories and the parameters
//! of the project's own functions. Invariant: where it goes and cannot be followed is an escape, so that what is not
//! among the uses of something without escapes does not happen.

use super::names::ScopeId;
use super::pools::contains_made;
use super::values::{MOST_CALLS, Val, Value};
use super::{ExprRef, FunctionRef, Project};
use crate::frontend;
use crate::source::FileId;
use crate::syntax::{ArgKind, Call, ExprId, ExprKind, Name, Receiver, StmtKind};
use std::collections::{BTreeSet, HashMap};

/// How often the files are gone through again after it was found under another name.
const MOST_ROUNDS: usize = MOST_CALLS as usize + 1;

/// What becomes of an object.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Its methods and attributes that are named.
    pub methods: Vec<Use>,
    /// Where it is awaited, or is an item of a `with`.
    pub entered: Vec<ExprRef>,
    /// Where it goes that cannot be followed.
    pub escapes: Vec<ExprRef>,
    /// Whether every file that may use it was read in full.
    pub complete: bool,
}

/// A method or attribute of an object that is named somewhere.
#[derive(Clone, Debug)]
pub struct Use {
    /// The expression that names it.
    pub at: ExprRef,
    /// Its name.
    pub name: Name,
    /// Whether it is surely this object's.
    pub certain: bool,
}

/// The names under which an object is known.
#[derive(Clone, PartialEq, Eq)]
struct Known {
    /// The call that makes it.
    site: ExprRef,
    /// Parameters that it is given for.
    parameters: BTreeSet<(FunctionRef, u32)>,
    /// Attributes that it is kept under.
    attributes: BTreeSet<Name>,
    /// Functions that return it.
    factories: BTreeSet<FunctionRef>,
}

/// What the names, attributes, calls and items of all files may stand for.
#[derive(Default)]
pub(super) struct Naming {
    /// By the call that makes the object.
    objects: HashMap<ExprRef, Vec<ExprRef>>,
    /// By the parameter.
    parameters: HashMap<(FunctionRef, u32), Vec<ExprRef>>,
    /// By the function.
    functions: HashMap<FunctionRef, Vec<ExprRef>>,
    /// Attributes by their name, whatever they are of.
    attributes: HashMap<Name, Vec<ExprRef>>,
}

/// How sure it is that an expression is the object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Same {
    Is,
    MayBe,
}

impl Project<'_> {
    /// What becomes of what the call `site` makes.
    pub fn uses(&self, site: ExprRef) -> Uses {
        self.want_users_of_made(site);
        let mut known = Known {
            site,
            parameters: BTreeSet::new(),
            attributes: BTreeSet::new(),
            factories: BTreeSet::new(),
        };
        for _ in 0..MOST_ROUNDS {
            let before = known.clone();
            let uses = self.uses_under(&mut known);
            if known == before || !uses.escapes.is_empty() {
                return uses;
            }
        }
        Uses {
            escapes: vec![site],
            ..Uses::default()
        }
    }

    fn uses_under(&self, known: &mut Known) -> Uses {
        let site = known.site;
        let mut uses = Uses {
            complete: true,
            ..Uses::default()
        };
        let scope = self.files.file(site.file).scope;
        let unread = |file: &super::modules::File| file.scope == scope && file.unreadable;
        uses.complete &= !self.files.list.iter().any(unread);
        let here = |file: FileId| self.files.file(file).scope == scope;
        for (file, parsed) in self.all_parsed().filter(|(file, _)| here(*file)) {
            uses.complete &= !parsed.module.partial;
            uses.escapes.extend(self.names_in_text(file, known));
        }
        let mut asked = self.may_name(known);
        while let Some(at) = asked.pop_first() {
            if !here(at.file) {
                continue;
            }
            let before = known.clone();
            let val = self.eval(at, &None);
            if let Some(same) = self.is_known(at, &val, known) {
                self.note_use(at, same, known, &mut uses);
            } else if self.names_factory(at, &val, known) {
                uses.escapes.push(at);
            }
            // What stands behind is asked under the new names, too; what stands before, the next time round.
            if *known != before {
                asked.extend(
                    self.may_name(known)
                        .range(at..)
                        .filter(|other| **other != at),
                );
            }
        }
        uses
    }

    /// The expressions that may be the object, or a function that returns it.
    fn may_name(&self, known: &Known) -> BTreeSet<ExprRef> {
        let all = self.known.naming.get_or_init(|| self.naming());
        let attributes = known
            .attributes
            .iter()
            .flat_map(|name| all.attributes.get(name));
        let parameters = known
            .parameters
            .iter()
            .flat_map(|key| all.parameters.get(key));
        let factories = known
            .factories
            .iter()
            .flat_map(|key| all.functions.get(key));
        let found = all.objects.get(&known.site).into_iter();
        let found = found.chain(attributes).chain(parameters).chain(factories);
        found.flatten().copied().collect()
    }

    fn naming(&self) -> Naming {
        let mut naming = Naming::default();
        for (file, parsed) in self.all_parsed() {
            for (number, expr) in parsed.module.exprs.iter().enumerate() {
                if !matches!(
                    expr.kind,
                    ExprKind::Name(_)
                        | ExprKind::Attribute(..)
                        | ExprKind::Call(_)
                        | ExprKind::Subscript(..)
                ) {
                    continue;
                }
                let at = ExprRef {
                    file,
                    expr: ExprId(u32::try_from(number).unwrap_or(u32::MAX)),
                };
                if let ExprKind::Attribute(_, name) = &expr.kind {
                    naming.attributes.entry(name.clone()).or_default().push(at);
                }
                for (val, _) in self.eval(at, &None).alternatives() {
                    match val.value {
                        Value::Object(object) => {
                            if let Some((_, made)) = &object.made {
                                naming.objects.entry(made.call).or_default().push(at);
                            }
                        }
                        Value::Param(function, number) => {
                            let key = (function, number);
                            naming.parameters.entry(key).or_default().push(at);
                        }
                        Value::Function(function, _) | Value::Method(function, _) => {
                            naming.functions.entry(function).or_default().push(at);
                        }
                        _ => {}
                    }
                }
            }
        }
        naming
    }

    /// Whether an expression is the object, or may be: an attribute of its name on something unknown.
    fn is_known(&self, at: ExprRef, val: &Val, known: &Known) -> Option<Same> {
        let is = val.alternatives().iter().any(|(val, _)| match &val.value {
            Value::Object(object) => object
                .made
                .as_ref()
                .is_some_and(|(_, made)| made.call == known.site),
            Value::Param(function, number) => known.parameters.contains(&(*function, *number)),
            _ => false,
        });
        if is {
            return Some(Same::Is);
        }
        let (module, _) = self.tree(at.file);
        let ExprKind::Attribute(_, name) = &module.expr(at.expr).kind else {
            return None;
        };
        let unknown = val.alternatives().iter().any(|(val, _)| match &val.value {
            Value::Unknown | Value::Param(..) | Value::Member(..) => true,
            Value::Object(object) => object.made.is_none(),
            _ => false,
        });
        (unknown && known.attributes.contains(name)).then_some(Same::MayBe)
    }

    /// The texts in calls that are the name of an attribute it is kept under: it may be fetched by that name.
    fn names_in_text(&self, file: FileId, known: &Known) -> Vec<ExprRef> {
        let (module, index) = self.tree(file);
        let fetches = |expr: &ExprId| {
            let named = matches!(&module.expr(*expr).kind,
                ExprKind::Str(text) if known.attributes.iter().any(|name| *name == **text));
            named
                && index
                    .parent(*expr)
                    .is_some_and(|parent| module.call(parent).is_some())
        };
        let texts = index.strings.iter().copied().filter(|expr| fetches(expr));
        texts.map(|expr| ExprRef { file, expr }).collect()
    }

    /// Whether an expression names a function that returns the object, other than to call it.
    fn names_factory(&self, at: ExprRef, val: &Val, known: &Known) -> bool {
        let (module, index) = self.tree(at.file);
        let called = index
            .parent(at.expr)
            .and_then(|parent| module.call(parent))
            .is_some_and(|call| call.callee == at.expr);
        !called
            && val.alternatives().iter().any(|(val, _)| match &val.value {
                Value::Function(function, _) | Value::Method(function, _) => {
                    known.factories.contains(function)
                }
                _ => false,
            })
    }

    /// Notes what the expressions around the object do with it.
    fn note_use(&self, at: ExprRef, same: Same, known: &mut Known, uses: &mut Uses) {
        let (module, index) = self.tree(at.file);
        let here = |expr| ExprRef {
            file: at.file,
            expr,
        };
        let mut current = at.expr;
        if self.is_coroutine(at) {
            // Awaiting a call of an async function gives what the function returns.
            match index.parent(current) {
                Some(parent) if matches!(module.expr(parent).kind, ExprKind::Await(_)) => {
                    current = parent;
                }
                _ => {
                    uses.escapes.push(at);
                    return;
                }
            }
        }
        loop {
            if index.with_items.contains_key(&current) {
                uses.entered.push(here(current));
                return;
            }
            let Some(parent) = index.parent(current) else {
                break;
            };
            match &module.expr(parent).kind {
                ExprKind::Await(_) => {
                    uses.entered.push(here(parent));
                    return;
                }
                ExprKind::Attribute(_, name) => {
                    uses.methods.push(Use {
                        at: here(parent),
                        name: name.clone(),
                        certain: same == Same::Is,
                    });
                    return;
                }
                ExprKind::Call(call) => {
                    if !self.follow_argument(here(parent), call, current, known) {
                        uses.escapes.push(at);
                    }
                    return;
                }
                ExprKind::Conditional { test, .. } if *test == current => return,
                ExprKind::Not(_) | ExprKind::Compare(..) | ExprKind::Text(_) => return,
                ExprKind::Conditional { .. }
                | ExprKind::Logic(..)
                | ExprKind::Assigned(..)
                | ExprKind::Tuple(_) => current = parent,
                _ => {
                    uses.escapes.push(at);
                    return;
                }
            }
        }
        if !self.follow_statement(here(current), same, known) {
            uses.escapes.push(at);
        }
    }

    /// Whether an expression calls an async function of the project.
    fn is_coroutine(&self, at: ExprRef) -> bool {
        let (module, _) = self.tree(at.file);
        let Some(call) = module.call(at.expr) else {
            return false;
        };
        let callee = ExprRef {
            file: at.file,
            expr: call.callee,
        };
        self.eval(callee, &None)
            .alternatives()
            .iter()
            .any(|(val, _)| match &val.value {
                Value::Function(function, _) | Value::Method(function, _) => {
                    self.function(*function).is_async
                }
                _ => false,
            })
    }

    /// Follows an argument into the parameter of the project's own function; false when it cannot be.
    fn follow_argument(&self, at: ExprRef, call: &Call, value: ExprId, known: &mut Known) -> bool {
        let callee = ExprRef {
            file: at.file,
            expr: call.callee,
        };
        let callee = self.eval(callee, &None);
        let function = match callee.value {
            _ if callee.bound.is_some() => None,
            Value::Function(function, _) | Value::Method(function, _) => Some(function),
            Value::Class(class) => self.constructor(class),
            _ => None,
        };
        let Some(function) = function else {
            return false;
        };
        let found = self.function(function);
        let skipped = usize::from(found.receiver != Receiver::None && found.class.is_some());
        let before = call.args.iter().take_while(|arg| arg.value != value);
        if !found.decorators.is_empty() || before.clone().any(|arg| arg.kind == ArgKind::Splat) {
            return false;
        }
        let position = before.count();
        let number = match call.args.get(position).map(|arg| &arg.kind) {
            Some(ArgKind::Positional) => Some(position + skipped),
            Some(ArgKind::Keyword(name)) => {
                found.params.iter().position(|param| param.name == *name)
            }
            _ => None,
        };
        let plain = |param: &crate::syntax::Param| {
            use crate::syntax::ParamKind::{KeywordRest, Rest};
            !matches!(param.kind, Rest | KeywordRest)
        };
        let number = number.filter(|number| found.params.get(*number).is_some_and(plain));
        number.is_some_and(|number| {
            known
                .parameters
                .insert((function, u32::try_from(number).unwrap_or(u32::MAX)));
            true
        })
    }

    /// Follows the object out of its statement: into names, attributes and callers; false when it cannot be.
    fn follow_statement(&self, at: ExprRef, same: Same, known: &mut Known) -> bool {
        let (module, index) = self.tree(at.file);
        match &module.stmt(index.standing(at.expr).stmt).kind {
            StmtKind::Assign { targets, .. } => {
                // A target is no use; what is written to it is followed from the value.
                targets.contains(&at.expr)
                    || targets
                        .iter()
                        .all(|target| self.follow_target(at.file, *target, known))
            }
            StmtKind::Return(_) => self.follow_return(at, same, known),
            // The name that a block gives it; what is entered was noted where it stands.
            StmtKind::With { items, .. } => items.iter().any(|item| item.target == Some(at.expr)),
            StmtKind::Expr(_)
            | StmtKind::If(_)
            | StmtKind::While { .. }
            | StmtKind::Assert(_)
            | StmtKind::Delete(_) => true,
            _ => false,
        }
    }

    fn follow_target(&self, file: FileId, target: ExprId, known: &mut Known) -> bool {
        let (module, _) = self.tree(file);
        match &module.expr(target).kind {
            ExprKind::Name(name) => {
                let (_, index) = self.tree(file);
                if index.scope(ScopeId(0)).names.contains_key(name) {
                    self.want_importers(file, Some(name.clone()));
                }
                true
            }
            ExprKind::Tuple(targets) => targets
                .iter()
                .all(|target| self.follow_target(file, *target, known)),
            ExprKind::Attribute(_, name) => {
                if known.attributes.insert(name.clone()) {
                    let at = ExprRef { file, expr: target };
                    self.want_naming(at, name);
                }
                true
            }
            _ => false,
        }
    }

    /// Notes as wanted the files that name an attribute.
    fn want_naming(&self, at: ExprRef, name: &Name) {
        self.wanting(|| {
            for file in self.files.holding(at.file, &[format!(".{name}")]) {
                self.want(file);
            }
        });
    }

    /// A function that returns the object must be called by plain calls only, each of which is seen to give it.
    fn follow_return(&self, at: ExprRef, same: Same, known: &mut Known) -> bool {
        let Some(function) = self.enclosing(at) else {
            return false;
        };
        let found = self.function(function);
        let callers = self.callers(function);
        let seen =
            |call: &ExprRef| contains_made(&self.eval(*call, &None), &|made, _| made == known.site);
        if same == Same::MayBe
            || found.name.is_empty()
            || found.is_generator
            || callers.is_empty()
            || !callers.iter().all(seen)
            || !self.registrations(function).is_empty()
            || !self.wraps(function).is_empty()
        {
            return false;
        }
        let property = found.decorators.iter().all(|decorator| {
            let at = ExprRef {
                file: function.file,
                expr: *decorator,
            };
            self.decorator_path(at)
                .is_some_and(|path| frontend::is_property(&path) || self.catalog.is_once(&path))
        });
        known.factories.insert(function);
        property
    }
}
