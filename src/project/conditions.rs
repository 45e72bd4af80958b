//! Conditions: what the tests around a place say, and whether two places can both run.
//!
//! Takes conditions as they stand in the code; gives facts: this dialect, that flag. Invariant: two sets of conditions are
//! called incompatible only when some test must have gone both ways.

use super::databases::Applies;
use super::modules::Target;
use super::names::{Atom, BindingKind, ImportRef, ScopeId};
use super::values::{Condition, Frames, Val, Value};
use super::{ExprRef, FunctionRef, Project};
use crate::frontend::settings::HOLE;
use crate::source::{FileId, Place};
use crate::syntax::{CompareOp, ExprId, ExprKind, ImportKind, LogicOp, Module, Name, StmtKind};
use std::rc::Rc;

/// What a test says when it went one way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fact {
    /// The database is of this dialect, or is not.
    Dialect(String, bool),
    /// The database is in memory, or is not.
    Memory(bool),
    /// A flag of the environment or of the settings has this truth; the key says which.
    Flag(String, bool),
}

/// How many names and functions are followed to find the test behind a flag.
const MOST_HOPS: u8 = 4;

/// How many modules are asked for a name that a module imports whole.
const MOST_STARS: usize = 8;

impl Project<'_> {
    /// The conditions under which an expression runs in its function, and those of the calls that lead there.
    pub fn conditions(&self, expr: ExprRef, frames: &Frames) -> Vec<Condition> {
        let mut all = self.own_conditions(expr);
        all.extend(self.home_conditions(expr));
        let mut at = frames;
        while let Some(frame) = at {
            all.extend(self.own_conditions(frame.call));
            at = &frame.outer;
        }
        all
    }

    /// The conditions under which the functions around an expression are there at all.
    fn home_conditions(&self, expr: ExprRef) -> Vec<Condition> {
        let (_, index) = self.tree(expr.file);
        let mut found = Vec::new();
        let mut at = index.function_of(index.standing(expr.expr).scope);
        while let Some(function) = at {
            let home = index.function_homes[function.index()];
            found.extend(index.atoms(home.guard).map(|atom| Condition {
                file: expr.file,
                atom,
            }));
            at = index.function_of(home.scope);
        }
        found
    }

    fn own_conditions(&self, expr: ExprRef) -> Vec<Condition> {
        let (_, index) = self.tree(expr.file);
        let guard = index.standing(expr.expr).guard;
        index
            .atoms(guard)
            .map(|atom| Condition {
                file: expr.file,
                atom,
            })
            .collect()
    }

    /// Whether a call passes what leads past `site` in the function it calls: a test that the arguments decide, or
    /// something unknown where the site runs for want of an argument (`if engine is None: engine = make()`).
    pub(super) fn leads_past(&self, call: ExprRef, function: FunctionRef, site: ExprRef) -> bool {
        let conditions = self.own_conditions(site);
        if conditions.is_empty() {
            return false;
        }
        if self.says_otherwise(call, site) {
            return true;
        }
        let frames = self.frames_of(&[(call, function)]);
        let Some(frame) = &frames else {
            return false;
        };
        conditions.into_iter().any(|condition| {
            let decided = self.decided(condition, &frames);
            let parameter = self
                .missing(condition)
                .and_then(|subject| self.parameter_behind(subject, function));
            let passed = parameter.map(|number| self.argument(frame, number));
            decided == Some(false)
                || passed.is_some_and(|passed| {
                    decided.is_none()
                        && passed
                            .alternatives()
                            .iter()
                            .all(|(val, _)| !matches!(val.value, Value::None))
                })
        })
    }

    /// Whether a call of a method stands where something of its own object is one thing, and `site` in that method where it
    /// is another (`if self.kind == Kind.A: self.start()`, and there `if self.kind == Kind.B: …`).
    fn says_otherwise(&self, call: ExprRef, site: ExprRef) -> bool {
        let (module, _) = self.tree(call.file);
        let Some(callee) = module.call(call.expr).map(|found| found.callee) else {
            return false;
        };
        let own = |expr: ExprRef| {
            let function = self.enclosing(expr)?;
            let first = self.function(function).params.first()?;
            Some(first.name.clone())
        };
        let (Some(caller), Some(called)) = (own(call), own(site)) else {
            return false;
        };
        let on_itself = matches!(&module.expr(callee).kind, ExprKind::Attribute(base, _)
            if matches!(&module.expr(*base).kind, ExprKind::Name(name) if *name == caller));
        if !on_itself {
            return false;
        }
        let here = self.tested_parts(call, &caller);
        let there = self.tested_parts(site, &called);
        here.iter().any(|(what, is)| {
            there.iter().any(|(other, but)| {
                // Two members of the same thing.
                what == other && is != but && is.len() == but.len() && {
                    let last = is.len() - 1;
                    is[..last] == but[..last]
                }
            })
        })
    }

    /// What the tests around an expression say that parts of an object are: each part and its value, as chains of names.
    fn tested_parts(&self, expr: ExprRef, object: &Name) -> Vec<(Vec<Name>, Vec<Name>)> {
        let (module, index) = self.tree(expr.file);
        let guard = index.standing(expr.expr).guard;
        let compared = index.atoms(guard).filter_map(|atom| match atom {
            Atom::Test(test, true) => match &module.expr(test).kind {
                ExprKind::Compare(left, rest) => match rest.as_slice() {
                    [(CompareOp::Eq | CompareOp::Is, right)] => Some((*left, *right)),
                    _ => None,
                },
                _ => None,
            },
            Atom::MatchArm(stmt, arm) => match &module.stmt(stmt).kind {
                StmtKind::Match { subject, arms } => {
                    match arms.get(arm as usize)?.values.as_slice() {
                        [only] => Some((*subject, *only)),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        });
        compared
            .filter_map(|(left, right)| {
                let mut part = chain(module, left)?;
                let is = chain(module, right).filter(|is| is.len() > 1)?;
                (part.remove(0) == *object).then_some((part, is))
            })
            .collect()
    }

    /// What must be missing for a condition to hold: `x` of `x is None` and `not x`.
    fn missing(&self, condition: Condition) -> Option<ExprRef> {
        let Atom::Test(test, truth) = condition.atom else {
            return None;
        };
        let (module, _) = self.tree(condition.file);
        let (mut test, mut truth) = (test, truth);
        while let ExprKind::Not(inner) = &module.expr(test).kind {
            (test, truth) = (*inner, !truth);
        }
        let subject = match &module.expr(test).kind {
            ExprKind::Name(_) | ExprKind::Attribute(..) if !truth => test,
            ExprKind::Compare(left, rest) => match rest.as_slice() {
                [(op, right)] if matches!(module.expr(*right).kind, ExprKind::None) => {
                    let wants_none = match op {
                        CompareOp::Is | CompareOp::Eq => truth,
                        CompareOp::IsNot | CompareOp::Ne => !truth,
                        _ => return None,
                    };
                    wants_none.then_some(*left)?
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(ExprRef {
            file: condition.file,
            expr: subject,
        })
    }

    /// Which parameter of a function an expression is, if only for want of an assignment since.
    fn parameter_behind(&self, expr: ExprRef, function: FunctionRef) -> Option<u32> {
        let val = self.eval(expr, &None);
        val.alternatives()
            .into_iter()
            .find_map(|(val, _)| match val.value {
                Value::Param(of, number) if of == function => Some(number),
                _ => None,
            })
    }

    /// Whether both sets of conditions can hold in one run of the program.
    pub fn compatible(&self, left: &[Condition], right: &[Condition]) -> bool {
        let apart = left.iter().any(|a| {
            right
                .iter()
                .any(|b| a.file == b.file && a.atom.excludes(b.atom))
        });
        if apart {
            return false;
        }
        let right: Vec<Rc<[Fact]>> = right
            .iter()
            .map(|condition| self.facts(*condition))
            .filter(|facts| !facts.is_empty())
            .collect();
        right.is_empty()
            || !left.iter().any(|condition| {
                self.facts(*condition).iter().any(|fact| {
                    right
                        .iter()
                        .flat_map(|facts| facts.iter())
                        .any(|other| contradict(fact, other))
                })
            })
    }

    /// The line of a settings file by which the conditions of a pool never hold.
    pub fn ruled_out(&self, pool: &super::pools::Pool) -> Option<Place> {
        pool.conditions.iter().find_map(|condition| {
            let Atom::Test(test, truth) = condition.atom else {
                return None;
            };
            let test = ExprRef {
                file: condition.file,
                expr: test,
            };
            let (is, place) = self.settled(test, MOST_HOPS)?;
            place.filter(|_| is != truth)
        })
    }

    /// The text that a value always has, and the line of the settings file that says so.
    fn set_text(&self, file: crate::source::FileId, val: &Val) -> Option<(String, Option<Place>)> {
        match &val.value {
            Value::Str(text) => Some((text.to_string(), None)),
            Value::Env(env) if !env.configured => {
                let given = self.env_values(file, &env.name);
                let mut given = given
                    .iter()
                    .filter(|given| given.applies != Applies::Example);
                match (given.next(), given.next()) {
                    (Some(only), None) if only.applies == Applies::Always => {
                        let text = env.rewritten(&only.text);
                        (!text.contains(HOLE)).then_some((text, Some(only.place)))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The truth of a test when settings files have the last word, and the line that decides.
    fn settled(&self, test: ExprRef, hops: u8) -> Option<(bool, Option<Place>)> {
        let hops = hops.checked_sub(1)?;
        let (module, _) = self.tree(test.file);
        let sub = |id: ExprId| ExprRef {
            file: test.file,
            expr: id,
        };
        let text = |id: ExprId| self.set_text(test.file, &self.eval(sub(id), &None));
        match &module.expr(test.expr).kind {
            ExprKind::Not(inner) => {
                let (is, place) = self.settled(sub(*inner), hops)?;
                Some((!is, place))
            }
            ExprKind::Logic(op, left, right) => {
                // The side that decides alone.
                let decides = *op == LogicOp::Or;
                let sides = [left, right].map(|side| self.settled(sub(*side), hops));
                if let Some(alone) = sides.iter().flatten().find(|(is, _)| *is == decides) {
                    return Some(*alone);
                }
                match sides {
                    [Some((_, left)), Some((_, right))] => Some((!decides, right.or(left))),
                    _ => None,
                }
            }
            ExprKind::Compare(left, rest) => {
                let [(op, right)] = rest.as_slice() else {
                    return None;
                };
                let ((left, a), (right, b)) = (text(*left)?, text(*right)?);
                let is = match op {
                    CompareOp::Eq => left == right,
                    CompareOp::Ne => left != right,
                    CompareOp::In => right.contains(&left),
                    CompareOp::NotIn => !right.contains(&left),
                    _ => return None,
                };
                Some((is, a.or(b)))
            }
            ExprKind::Call(call) => {
                let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind else {
                    return None;
                };
                let prefix = self.catalog.value_method("str", method) == Some("prefix");
                let argument = call.args.first().filter(|_| prefix)?;
                let ((text, place), (start, _)) = (text(*base)?, text(argument.value)?);
                Some((text.starts_with(&start), place))
            }
            ExprKind::Name(_) | ExprKind::Attribute(..) => match self.definition(test) {
                Some(definition)
                    if matches!(
                        self.tree(definition.file).0.expr(definition.expr).kind,
                        ExprKind::Compare(..) | ExprKind::Not(_) | ExprKind::Logic(..)
                    ) && self.settled(definition, hops).is_some() =>
                {
                    self.settled(definition, hops)
                }
                _ => text(test.expr).map(|(text, place)| (!text.is_empty(), place)),
            },
            _ => None,
        }
    }

    /// What a condition says. Asked again for every two places that are compared.
    pub fn facts(&self, condition: Condition) -> Rc<[Fact]> {
        let known = &self.known.facts[usize::from(self.wanting.get())];
        if let Some(facts) = known.borrow().get(&condition) {
            return facts.clone();
        }
        // Inside a larger question the answer may be cut short by what that one has used up.
        let whole = self.active.borrow().is_empty();
        let facts: Rc<[Fact]> = self.find_facts(condition).into();
        if whole {
            known.borrow_mut().insert(condition, facts.clone());
        }
        facts
    }

    fn find_facts(&self, condition: Condition) -> Vec<Fact> {
        match condition.atom {
            Atom::Test(test, truth) => {
                let mut facts = Vec::new();
                self.test_facts(
                    ExprRef {
                        file: condition.file,
                        expr: test,
                    },
                    truth,
                    MOST_HOPS,
                    &mut facts,
                );
                facts
            }
            Atom::MatchArm(stmt, arm) => self.match_facts(condition, stmt, arm),
            _ => Vec::new(),
        }
    }

    fn match_facts(
        &self,
        condition: Condition,
        stmt: crate::syntax::StmtId,
        arm: u32,
    ) -> Vec<Fact> {
        let (module, _) = self.tree(condition.file);
        let StmtKind::Match { arms, .. } = &module.stmt(stmt).kind else {
            return Vec::new();
        };
        let Some(arm) = arms.get(arm as usize) else {
            return Vec::new();
        };
        match arm.values.as_slice() {
            [value] => {
                let val = self.eval(
                    ExprRef {
                        file: condition.file,
                        expr: *value,
                    },
                    &None,
                );
                val.as_str()
                    .and_then(|text| self.dialect_word(text))
                    .map(|name| Fact::Dialect(name, true))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn test_facts(&self, test: ExprRef, truth: bool, hops: u8, facts: &mut Vec<Fact>) {
        if hops == 0 {
            return;
        }
        let (module, _) = self.tree(test.file);
        let sub = |id: ExprId| ExprRef {
            file: test.file,
            expr: id,
        };
        match &module.expr(test.expr).kind {
            ExprKind::Not(inner) => self.test_facts(sub(*inner), !truth, hops, facts),
            ExprKind::Logic(op, left, right) => {
                let decided = match op {
                    LogicOp::And => truth,
                    LogicOp::Or => !truth,
                };
                if decided {
                    self.test_facts(sub(*left), truth, hops, facts);
                    self.test_facts(sub(*right), truth, hops, facts);
                } else {
                    self.same_dialect_both_sides(sub(*left), sub(*right), truth, hops, facts);
                }
            }
            ExprKind::Compare(left, rest) => {
                if let [(op, right)] = rest.as_slice() {
                    self.compare_facts(test, *op, sub(*left), sub(*right), truth, facts);
                }
            }
            ExprKind::Call(call) => {
                if let ExprKind::Attribute(_, method) = &module.expr(call.callee).kind
                    && self.catalog.value_method("str", method) == Some("prefix")
                    && let Some(arg) = call.args.first()
                {
                    let words = self.eval(sub(arg.value), &None);
                    let texts: Vec<&str> = match &words.value {
                        Value::Tuple(items) | Value::List(items) => {
                            items.iter().filter_map(Val::as_str).collect()
                        }
                        _ => words.as_str().into_iter().collect(),
                    };
                    let mut names: Vec<String> = texts
                        .iter()
                        .filter_map(|text| self.dialect_word(text))
                        .collect();
                    names.dedup();
                    if let ([name], true) = (
                        names.as_slice(),
                        names.len() <= texts.len() && !texts.is_empty(),
                    ) {
                        facts.push(Fact::Dialect(name.clone(), truth));
                    }
                    return;
                }
                // A function of the project that answers by one test.
                if let Value::Function(function, _) | Value::Method(function, _) =
                    self.eval(sub(call.callee), &None).value
                {
                    let (_, index) = self.tree(function.file);
                    if let [(answer, _)] = index.returns[function.function.index()].as_slice() {
                        self.test_facts(
                            ExprRef {
                                file: function.file,
                                expr: *answer,
                            },
                            truth,
                            hops - 1,
                            facts,
                        );
                        return;
                    }
                }
                self.flag(test, truth, facts);
            }
            ExprKind::Name(_) | ExprKind::Attribute(..) => match self.definition(test) {
                Some(definition) => {
                    let before = facts.len();
                    self.test_facts(definition, truth, hops - 1, facts);
                    if facts.len() == before {
                        self.flag(test, truth, facts);
                    }
                }
                None => self.flag(test, truth, facts),
            },
            _ => {}
        }
    }

    /// `a or b` went false, or `a and b` went true, says both; the other way it says something only when both sides
    /// name the same dialect.
    fn same_dialect_both_sides(
        &self,
        left: ExprRef,
        right: ExprRef,
        truth: bool,
        hops: u8,
        facts: &mut Vec<Fact>,
    ) {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        self.test_facts(left, truth, hops, &mut a);
        self.test_facts(right, truth, hops, &mut b);
        facts.extend(
            a.into_iter()
                .filter(|fact| matches!(fact, Fact::Dialect(..)) && b.contains(fact)),
        );
    }

    fn compare_facts(
        &self,
        test: ExprRef,
        op: CompareOp,
        left: ExprRef,
        right: ExprRef,
        truth: bool,
        facts: &mut Vec<Fact>,
    ) {
        let truth = match op {
            CompareOp::In | CompareOp::Eq | CompareOp::Is => truth,
            CompareOp::NotIn | CompareOp::Ne | CompareOp::IsNot => !truth,
            CompareOp::Order => return,
        };
        let (a, b) = (self.eval(left, &None), self.eval(right, &None));
        // `name.startswith("x") is False` is the test itself, or its opposite.
        if let (Value::Bool(is), CompareOp::Eq | CompareOp::Ne | CompareOp::Is | CompareOp::IsNot) =
            (&b.value, op)
            && matches!(
                self.tree(left.file).0.expr(left.expr).kind,
                ExprKind::Call(_) | ExprKind::Compare(..)
            )
        {
            self.test_facts(left, truth == *is, MOST_HOPS - 1, facts);
            return;
        }
        let word = match op {
            CompareOp::In | CompareOp::NotIn => a.as_str(),
            _ => a.as_str().or(b.as_str()),
        };
        if let Some(word) = word {
            if word.contains("memory") {
                facts.push(Fact::Memory(truth));
                return;
            }
            if let Some(name) = self.dialect_word(word) {
                facts.push(Fact::Dialect(name, truth));
                return;
            }
        }
        if matches!(
            op,
            CompareOp::Eq | CompareOp::Ne | CompareOp::Is | CompareOp::IsNot
        ) && let (Some(a), Some(b)) = (self.flag_key(&a), self.flag_key(&b))
        {
            facts.push(Fact::Flag(format!("{a}={b}"), truth));
        }
        let _ = test;
    }

    /// A bare flag: its identity is the environment variable or setting behind it.
    fn flag(&self, test: ExprRef, truth: bool, facts: &mut Vec<Fact>) {
        let val = self.eval(test, &None);
        if matches!(val.value, Value::Env(_))
            || val.symbol.is_some()
            || matches!(val.value, Value::Path(_))
        {
            facts.extend(self.flag_key(&val).map(|key| Fact::Flag(key, truth)));
        }
    }

    fn flag_key(&self, val: &Val) -> Option<String> {
        match &val.value {
            Value::Env(env) if env.configured => {
                val.symbol.as_ref().map(|symbol| format!("name:{symbol}"))
            }
            Value::Env(env) => Some(format!("env:{}", env.name)),
            Value::Str(text) => Some(format!("'{text}'")),
            Value::Int(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::None => Some("none".to_owned()),
            Value::Path(path) | Value::Member(_, path) if path.contains('.') => {
                Some(format!("path:{path}"))
            }
            _ => val.symbol.as_ref().map(|symbol| format!("name:{symbol}")),
        }
    }

    /// The dialect that a word in a test stands for: a scheme, with or without what follows it in a URL.
    fn dialect_word(&self, word: &str) -> Option<String> {
        let scheme = word
            .split([':', '/', '+'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        self.catalog
            .dialect(&scheme)
            .map(|(dialect, _)| dialect.name.clone())
    }

    /// The expression that a name or attribute was last assigned, when there is exactly one.
    pub fn definition(&self, name: ExprRef) -> Option<ExprRef> {
        let (module, index) = self.tree(name.file);
        let (file, bindings) = match &module.expr(name.expr).kind {
            ExprKind::Name(text) => {
                let mut at = Some(index.standing(name.expr).scope);
                let mut found = None;
                while let Some(scope) = at {
                    if let Some(bindings) = index.scope(scope).names.get(text) {
                        found = Some(bindings);
                        break;
                    }
                    at = index.scope(scope).parent;
                }
                let Some(found) = found else {
                    return self.defined_in(name.file, text, MOST_HOPS);
                };
                (name.file, found)
            }
            ExprKind::Attribute(base, attribute) => {
                let base = self.eval(
                    ExprRef {
                        file: name.file,
                        expr: *base,
                    },
                    &None,
                );
                match base.value {
                    Value::Module(file) => {
                        let parsed = self.parsed(file)?;
                        (file, parsed.index.scope(ScopeId(0)).names.get(attribute)?)
                    }
                    Value::Instance(class, _) | Value::Class(class) => {
                        let (_, index) = self.tree(class.file);
                        let bindings = index.class_attributes[class.class.index()]
                            .get(attribute)
                            .or_else(|| {
                            index
                                .scope(index.class_scopes[class.class.index()])
                                .names
                                .get(attribute)
                        })?;
                        (class.file, bindings)
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        match bindings.as_slice() {
            [binding] => match &binding.kind {
                BindingKind::Value(value) => Some(ExprRef { file, expr: *value }),
                BindingKind::Function(function) => {
                    // A property that answers by one test.
                    let (_, index) = self.tree(file);
                    match index.returns[function.index()].as_slice() {
                        [(answer, _)] => Some(ExprRef {
                            file,
                            expr: *answer,
                        }),
                        _ => None,
                    }
                }
                BindingKind::Import(_) => {
                    let (module, _) = self.tree(name.file);
                    let ExprKind::Name(text) = &module.expr(name.expr).kind else {
                        return None;
                    };
                    self.defined_in(file, text, MOST_HOPS)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The expression that a name of a module is assigned once, there or where it is imported from.
    fn defined_in(&self, file: FileId, name: &str, hops: u8) -> Option<ExprRef> {
        let Some(parsed) = self.parsed(file) else {
            self.want(file);
            return None;
        };
        let scope = parsed.index.scope(ScopeId(0));
        let imported = |import: &ImportRef| {
            let StmtKind::Import(imports) = &parsed.module.stmt(import.stmt).kind else {
                return None;
            };
            let import = &imports[import.item as usize];
            let name = match &import.kind {
                ImportKind::Name { name, .. } => name.as_str(),
                ImportKind::All => name,
                ImportKind::Module { .. } => return None,
            };
            let Target::File(target) = self.resolve(file, import.level, &import.module) else {
                return None;
            };
            self.defined_in(target, name, hops.checked_sub(1)?)
        };
        match scope.names.get(name).map(Vec::as_slice) {
            Some([only]) => match &only.kind {
                BindingKind::Value(value) => Some(ExprRef { file, expr: *value }),
                BindingKind::Import(import) => imported(import),
                _ => None,
            },
            Some(_) => None,
            None => scope.stars.iter().take(MOST_STARS).find_map(imported),
        }
    }

    /// The text of a test as it stands in the source, with the way it went, for people.
    pub fn shown_condition(&self, condition: Condition) -> Option<String> {
        match condition.atom {
            Atom::Test(test, truth) => {
                let expr = ExprRef {
                    file: condition.file,
                    expr: test,
                };
                let bytes = &self.parsed(condition.file)?.bytes;
                let text =
                    String::from_utf8_lossy(bytes.get(self.span(expr).range())?).into_owned();
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let text: String = if text.chars().count() > 60 {
                    text.chars().take(59).chain(std::iter::once('…')).collect()
                } else {
                    text
                };
                Some(if truth { text } else { format!("not ({text})") })
            }
            Atom::Main => Some("run as the program itself".to_owned()),
            _ => None,
        }
    }
}

fn contradict(left: &Fact, right: &Fact) -> bool {
    match (left, right) {
        (Fact::Dialect(a, x), Fact::Dialect(b, y)) => (a == b && x != y) || (a != b && *x && *y),
        (Fact::Memory(a), Fact::Memory(b)) => a != b,
        (Fact::Flag(a, x), Fact::Flag(b, y)) => {
            if a == b {
                return x != y;
            }
            // The same setting compared with two different values.
            match (a.split_once('='), b.split_once('=')) {
                (Some((a, v)), Some((b, w))) => a == b && v != w && *x && *y,
                _ => false,
            }
        }
        _ => false,
    }
}

/// A name with attributes, from the left.
fn chain(module: &Module, expr: ExprId) -> Option<Vec<Name>> {
    match &module.expr(expr).kind {
        ExprKind::Name(name) => Some(vec![name.clone()]),
        ExprKind::Attribute(base, name) => {
            let mut names = chain(module, *base)?;
            names.push(name.clone());
            Some(names)
        }
        _ => None,
    }
}
