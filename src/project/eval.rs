//! Evaluation: from an expression to its value.
//!
//! Takes an [`ExprRef`] and the calls that lead to it; gives a [`Val`]. Names are followed to what binds them (`names`),
//! imports to other files (`modules`), calls to what they return, and external calls to what the catalog says of them.
//! Invariant: bounded work for one question, and an answer that depends on the project only.

mod attributes;
mod bindings;
pub(super) mod builders;
mod classes;
pub(super) mod dictionaries;
mod externals;
mod records;

use super::calls::lent::Holder;
use super::values::{Condition, Frame, Frames, MOST_CALLS, Made, Object, Part, Val, Value, depth};
use super::{ClassRef, ExprRef, FunctionRef, Outcome, Project};
use crate::catalog::{ConvertTo, ValueIs};
use crate::project::names::Atom;
use crate::source::{FileId, Place};
use crate::syntax::{
    Arg, ArgKind, BinaryOp, Call, CompareOp, DictItem, ExprId, ExprKind, LogicOp, ParamKind,
    Receiver, TextPart,
};
use std::rc::Rc;

/// The classes of the project that a class derives from, itself first, and the paths of those outside.
pub type Lineage = (Vec<ClassRef>, Vec<Rc<str>>);

/// An argument of a call, or one that what is called was given before.
pub(super) struct Given<'a> {
    pub(super) arg: &'a Arg,
    /// The file it stands in.
    pub(super) file: FileId,
    /// The calls that lead to it.
    pub(super) frames: Frames,
}

/// How many expressions may be evaluated for one question.
const FUEL: u32 = 250;
/// How many names for types are followed to the type.
const MOST_ALIASES: u8 = 3;
/// How deep evaluation may nest.
const DEEPEST: usize = 64;
/// How many bytes and holes a text may have before it is as good as unknown: `x = x + x` doubles with every line.
const LONGEST_TEXT: usize = 1 << 16;

/// Nothing cut an answer short.
pub(super) const WHOLE: usize = usize::MAX;

impl Project<'_> {
    /// The value of an expression, reached through `frames`.
    pub fn eval(&self, expr: ExprRef, frames: &Frames) -> Val {
        let outermost = self.active.borrow().is_empty();
        if outermost {
            self.fuel.set(FUEL);
            self.cut.set(WHOLE);
            self.deepest.set(0);
        }
        let memo = &self.memo.values[usize::from(self.wanting.get())];
        if frames.is_none()
            && let Some(known) = memo.borrow().get(expr)
        {
            self.rests_on(known);
            return known.val.clone();
        }
        let fuel = self.fuel.get();
        let depth = self.active.borrow().len();
        if fuel == 0 || depth >= DEEPEST {
            self.cut_at(0);
            // With what is known by then, the next time it may go deeper.
            self.passing.set(true);
            return Val::unknown();
        }
        if let Some(first) = self.runs_already(expr, frames) {
            self.cut_at(first);
            return Val::unknown();
        }
        self.fuel.set(fuel - 1);
        self.active.borrow_mut().push(expr);
        let mut outcome = self.apart(depth, || self.eval_kind(expr, frames));
        self.active.borrow_mut().pop();
        let val = &mut outcome.val;
        if val.place.is_none() && !matches!(val.value, Value::Choice(_)) {
            val.place = Some(self.place(expr));
        }
        let val = val.clone();
        self.went(outcome.nested);
        // An answer that a question above it cut short must not be remembered.
        if frames.is_none() && outcome.cut == WHOLE {
            let exprs = self.tree(expr.file).0.exprs.len();
            memo.borrow_mut().insert(expr, exprs, outcome);
        }
        val
    }

    /// Works something out apart from what is going on, and tells how it was come by. A circle that closes at `depth`
    /// of the questions that are open, or deeper, lies within: the answer is whole.
    fn apart(&self, depth: usize, work: impl FnOnce() -> Val) -> Outcome {
        let deepest = self.deepest.replace(0);
        let cut = self.cut.replace(WHOLE);
        let passing = self.passing.replace(false);
        let val = work();
        let within = self.cut.get() >= depth;
        let outcome = Outcome {
            val,
            nested: self.deepest.replace(deepest),
            cut: if within { WHOLE } else { self.cut.get() },
            passing: self.passing.get(),
        };
        self.cut.set(cut.min(outcome.cut));
        self.passing.set(passing || outcome.passing);
        outcome
    }

    /// What is being worked out is cut short for the sake of the open question at `depth`.
    fn cut_at(&self, depth: usize) {
        self.cut.set(self.cut.get().min(depth));
    }

    /// The depth of the innermost open question.
    fn innermost(&self) -> usize {
        self.active.borrow().len().saturating_sub(1)
    }

    fn went(&self, nested: u8) {
        self.deepest.set(self.deepest.get().max(nested));
    }

    /// What is being worked out rests on an outcome that was known.
    fn rests_on(&self, known: &Outcome) {
        self.went(known.nested);
        self.passing.set(self.passing.get() || known.passing);
    }

    /// Where an expression that is being worked out as often as it may be is the first time among the open questions.
    fn runs_already(&self, expr: ExprRef, frames: &Frames) -> Option<usize> {
        let limit = 1 + usize::from(depth(frames));
        let active = self.active.borrow();
        let mut runs = active.iter().enumerate().filter(|(_, open)| **open == expr);
        let (first, _) = runs.next()?;
        (1 + runs.count() >= limit).then_some(first)
    }

    fn eval_kind(&self, expr: ExprRef, frames: &Frames) -> Val {
        let (module, _) = self.tree(expr.file);
        let here = self.place(expr);
        let sub = |id: ExprId| ExprRef {
            file: expr.file,
            expr: id,
        };
        match &module.expr(expr.expr).kind {
            ExprKind::Name(name) => self.eval_name(expr, name, frames),
            ExprKind::Attribute(base, name) => {
                let base = self.eval(sub(*base), frames);
                match self.is_called(expr) {
                    true => self.called_attribute(&base, name, frames),
                    false => self.attribute(&base, name, frames),
                }
            }
            ExprKind::Subscript(base, keys) => {
                let base = self.eval(sub(*base), frames);
                match keys.as_slice() {
                    [key] => {
                        let key = self.eval(sub(*key), frames);
                        base.map(|base| self.item(base, &key, here))
                    }
                    _ => Val::unknown(),
                }
            }
            ExprKind::Call(call) => self.eval_call(expr, call, frames),
            ExprKind::Str(text) => Val::at(Value::Str(Rc::from(&**text)), here),
            ExprKind::Text(parts) => {
                let parts: Vec<Part> = parts
                    .iter()
                    .map(|part| match part {
                        TextPart::Literal(text) => Part::Literal(Rc::from(&**text)),
                        TextPart::Hole(hole) => Part::Hole(self.eval(sub(*hole), frames)),
                    })
                    .collect();
                Val::at(text_of(parts), here)
            }
            ExprKind::Int(number) => Val::at(Value::Int(*number), here),
            ExprKind::Float(number) => Val::at(Value::Float(*number), here),
            ExprKind::Bool(truth) => Val::at(Value::Bool(*truth), here),
            ExprKind::None => Val::at(Value::None, here),
            ExprKind::List(items) | ExprKind::Set(items) => Val::at(
                Value::List(
                    items
                        .iter()
                        .map(|item| self.eval(sub(*item), frames))
                        .collect(),
                ),
                here,
            ),
            ExprKind::Tuple(items) => Val::at(
                Value::Tuple(
                    items
                        .iter()
                        .map(|item| self.eval(sub(*item), frames))
                        .collect(),
                ),
                here,
            ),
            ExprKind::Dict(items) => {
                let mut dict = super::values::Dict::default();
                for item in items {
                    match item {
                        DictItem::Pair(key, value) => {
                            let place = self.place(sub(*value));
                            let key = self.eval(sub(*key), frames);
                            let val = self.eval(sub(*value), frames);
                            dictionaries::set(&mut dict, &key, val, Vec::new(), place);
                        }
                        DictItem::Splat(value) => {
                            let other = self.eval(sub(*value), frames);
                            dictionaries::merge(&mut dict, &other, &[]);
                        }
                    }
                }
                Val::at(Value::Dict(Rc::new(dict)), here)
            }
            ExprKind::Lambda(function) => Val::at(
                Value::Function(
                    FunctionRef {
                        file: expr.file,
                        function: *function,
                    },
                    frames.clone(),
                ),
                here,
            ),
            ExprKind::Negate(inner) => self.eval(sub(*inner), frames).map(|val| {
                let value = match val.value {
                    Value::Int(number) => number.checked_neg().map_or(Value::Unknown, Value::Int),
                    Value::Float(number) => Value::Float(-number),
                    _ => Value::Unknown,
                };
                Val::at(value, here)
            }),
            ExprKind::Logic(LogicOp::Or, left, right) => {
                let first = self.eval(sub(*left), frames);
                let test = Condition {
                    file: expr.file,
                    atom: Atom::Test(*left, true),
                };
                self.either(&first, || self.eval(sub(*right), frames), test)
            }
            ExprKind::Conditional {
                test,
                then,
                otherwise,
            } => {
                let when = |truth| {
                    vec![Condition {
                        file: expr.file,
                        atom: Atom::Test(*test, truth),
                    }]
                };
                Val::choice(vec![
                    (self.eval(sub(*then), frames), when(true)),
                    (self.eval(sub(*otherwise), frames), when(false)),
                ])
            }
            ExprKind::Binary(op, left, right) => {
                let left = self.eval(sub(*left), frames);
                let right = self.eval(sub(*right), frames);
                Val::at(arithmetic(*op, &left, &right), here)
            }
            ExprKind::Await(inner) => self.run_block(self.eval(sub(*inner), frames)),
            ExprKind::Assigned(_, inner) => self.eval(sub(*inner), frames),
            // Of what the calls that lead here pass (`read_only=mode == "r"`).
            ExprKind::Not(_) | ExprKind::Compare(..) if frames.is_some() => {
                match self.truth(expr, frames) {
                    Some(truth) => Val::at(Value::Bool(truth), here),
                    None => Val::unknown(),
                }
            }
            ExprKind::Not(_) | ExprKind::Compare(..) => Val::unknown(),
            ExprKind::Bytes
            | ExprKind::Comprehension(_)
            | ExprKind::Unary(_)
            | ExprKind::Logic(LogicOp::And, ..)
            | ExprKind::Yield(_)
            | ExprKind::YieldFrom(_)
            | ExprKind::Splat(_)
            | ExprKind::Opaque(_) => Val::unknown(),
        }
    }

    /// `first or second`.
    fn either(&self, first: &Val, second: impl FnOnce() -> Val, test: Condition) -> Val {
        // `(name if name is not None else None) or second` is `name or second`.
        if let Value::Choice(choices) = &first.value {
            let mut known = choices
                .iter()
                .filter(|(val, _)| !matches!(val.value, Value::None));
            if let (
                Some((
                    only @ Val {
                        value: Value::Env(_),
                        ..
                    },
                    _,
                )),
                None,
            ) = (known.next(), known.next())
            {
                return self.either(only, second, test);
            }
        }
        match &first.value {
            Value::Env(env)
                if env
                    .default
                    .as_ref()
                    .is_none_or(|default| is_false(default) == Some(true)) =>
            {
                let env = super::values::Env {
                    default: Some(second()),
                    ..super::values::Env::clone(env)
                };
                Val {
                    value: Value::Env(Rc::new(env)),
                    ..first.clone()
                }
            }
            _ => match is_false(first) {
                Some(true) => second(),
                Some(false) => first.clone(),
                None => {
                    let other = Condition {
                        atom: test.atom.negated().unwrap_or(test.atom),
                        ..test
                    };
                    Val::choice(vec![(first.clone(), vec![test]), (second(), vec![other])])
                }
            },
        }
    }

    /// Whether an expression is what a call calls.
    fn is_called(&self, expr: ExprRef) -> bool {
        let (module, index) = self.tree(expr.file);
        let around = index
            .parent(expr.expr)
            .and_then(|parent| module.call(parent));
        around.is_some_and(|call| call.callee == expr.expr)
    }

    /// The value of what is called, and the value of the call.
    fn eval_call(&self, expr: ExprRef, call: &Call, frames: &Frames) -> Val {
        let (module, _) = self.tree(expr.file);
        let mut reached = None;
        if let ExprKind::Attribute(base, name) = &module.expr(call.callee).kind {
            let base = self.eval(
                ExprRef {
                    file: expr.file,
                    expr: *base,
                },
                frames,
            );
            if let Some(result) = self.value_method(&base, name, expr, call, frames) {
                return result;
            }
            // Of a chain of calls nothing is remembered: worked out twice, each link would double the work.
            if frames.is_some() {
                reached = Some(self.called_attribute(&base, name, frames));
            }
        }
        let callee = reached.unwrap_or_else(|| {
            let callee = ExprRef {
                file: expr.file,
                expr: call.callee,
            };
            self.eval(callee, frames)
        });
        callee.map(|callee| self.call(callee, expr, call, frames))
    }

    /// The value of calling `callee` at `expr`.
    fn call(&self, callee: &Val, expr: ExprRef, call: &Call, frames: &Frames) -> Val {
        let made = || {
            Rc::new(Made {
                call: expr,
                frames: frames.clone(),
                bound: callee.bound.clone(),
            })
        };
        match &callee.value {
            Value::Path(path) | Value::Member(_, path) => {
                if let Some(options) = self.collected(callee, path, expr, call, frames) {
                    return options;
                }
                if let Some(rule) = self
                    .catalog
                    .value(path)
                    .filter(|rule| rule.is != ValueIs::EnvironmentFile)
                {
                    return self.external_value(rule, expr, call, frames);
                }
                self.object(path, Some((path.clone(), made())))
            }
            Value::Object(object) => {
                let path = self.canonical(&format!("{}.()", object.type_path));
                if let Some(rule) = self.catalog.value(&path) {
                    return self.external_value(rule, expr, call, frames);
                }
                self.object(&path, Some((path.clone(), made())))
            }
            Value::Function(function, closure) => {
                let _ = closure;
                self.enter(*function, None, &callee.bound, expr, frames)
            }
            Value::Method(function, receiver) => {
                let receiver = Some((**receiver).clone());
                self.enter(*function, receiver, &callee.bound, expr, frames)
            }
            Value::Class(class) => {
                // A class of the project that the catalog knows by its dotted name, or one that is a known type.
                Val::at(Value::Instance(*class, Some(made())), self.place(expr))
            }
            _ => Val::unknown(),
        }
    }

    fn object(&self, path: &str, made: Option<(Rc<str>, Rc<Made>)>) -> Val {
        let type_path: Rc<str> = self.catalog.returns(path).as_ref().into();
        Val::new(Value::Object(Rc::new(Object {
            type_path,
            made,
            set: None,
        })))
    }

    /// What a call of a function of the project returns.
    fn enter(
        &self,
        function: FunctionRef,
        receiver: Option<Val>,
        bound: &Option<Rc<Made>>,
        call: ExprRef,
        frames: &Frames,
    ) -> Val {
        // A function that calls itself gives nothing that its other returns do not.
        let entered = self
            .entered
            .borrow()
            .iter()
            .find_map(|(open, depth)| (*open == function).then_some(*depth));
        if let Some(depth) = entered {
            self.cut_at(depth);
            self.called_itself.set(Some(function));
            return Val::unknown();
        }
        let depth = self.innermost();
        self.entered.borrow_mut().push((function, depth));
        let val = self.enter_once(function, receiver, bound, call, frames);
        self.entered.borrow_mut().pop();
        val
    }

    fn enter_once(
        &self,
        function: FunctionRef,
        receiver: Option<Val>,
        bound: &Option<Rc<Made>>,
        call: ExprRef,
        frames: &Frames,
    ) -> Val {
        let is_generator = self.function(function).is_generator;
        if !is_generator {
            // Most functions give the same whatever they are called with.
            let (plain, nested) = self.plain_return(function);
            if depth(frames) + 1 + nested > MOST_CALLS {
                return Val::unknown();
            }
            let of_object = receiver
                .as_ref()
                .is_some_and(|it| matches!(it.value, Value::Instance(_, Some(_))));
            if !(depends_on_call(&plain) || of_object && is_partly_unknown(&plain)) {
                self.went(1 + nested);
                return plain;
            }
        }
        if depth(frames) >= MOST_CALLS {
            return Val::unknown();
        }
        let inner = Some(Rc::new(Frame {
            call,
            callee: function,
            receiver,
            bound: bound.clone(),
            outer: frames.clone(),
            depth: depth(frames) + 1,
        }));
        if is_generator {
            return Val::new(Value::Generator(function, inner));
        }
        let outcome = self.apart(WHOLE, || self.returned(function, &inner));
        self.went(1 + outcome.nested);
        outcome.val
    }

    /// What a function returns when nothing is known of its arguments, and how many calls deep that goes.
    fn plain_return(&self, function: FunctionRef) -> (Val, u8) {
        let cache = &self.memo.plain_returns[usize::from(self.wanting.get())];
        if let Some(known) = cache.borrow().get(&function) {
            self.passing.set(self.passing.get() || known.passing);
            return (known.val.clone(), known.nested);
        }
        // A function that calls itself is entered for the sake of the call that is being worked out.
        let outcome = self.apart(self.innermost(), || self.returned(function, &None));
        let answer = (outcome.val.clone(), outcome.nested);
        if outcome.cut == WHOLE {
            cache.borrow_mut().insert(function, outcome);
        }
        answer
    }

    /// What a function returns when it is reached through `frames`.
    pub fn returned(&self, function: FunctionRef, frames: &Frames) -> Val {
        let (module, index) = self.tree(function.file);
        let val = self.handed_out(function, &index.returns[function.function.index()], frames);
        let foreign =
            matches!(val.value, Value::Object(_) | Value::Member(..)) && self.says_little(&val);
        let promised = module.function(function.function).returns;
        let promised = promised.filter(|_| val.is_unknown() || foreign);
        let file = function.file;
        promised
            .and_then(|expr| self.promised_type(ExprRef { file, expr }))
            .filter(|found| {
                val.is_unknown()
                    || matches!(found.value, Value::Instance(..))
                    || self.is_lender(found)
            })
            .map(|found| self.lent_as(found, None, file))
            .unwrap_or(val)
    }

    /// A value of the type that a function says it gives, where it gives one value.
    fn promised_type(&self, annotation: ExprRef) -> Option<Val> {
        let (module, _) = self.tree(annotation.file);
        let gives_several = |expr: &ExprId| matches!(module.expr(*expr).kind, ExprKind::Tuple(_));
        let mut inside = vec![annotation.expr];
        while let Some(expr) = inside.pop() {
            if gives_several(&expr) {
                return None;
            }
            inside.extend(module.children(expr));
        }
        self.typed(annotation)
    }

    /// What a generator function yields when it is reached through `frames`.
    pub fn yielded(&self, function: FunctionRef, frames: &Frames) -> Val {
        let (_, index) = self.tree(function.file);
        self.handed_out(function, &index.yields[function.function.index()], frames)
    }

    fn handed_out(
        &self,
        function: FunctionRef,
        places: &[(ExprId, super::names::Standing)],
        frames: &Frames,
    ) -> Val {
        let (_, index) = self.tree(function.file);
        let choices = places
            .iter()
            .filter_map(|(expr, at)| {
                self.called_itself.set(None);
                let expr = ExprRef {
                    file: function.file,
                    expr: *expr,
                };
                let val = self.eval(expr, frames);
                // What it gives by calling itself, one of its other returns gives.
                let again = val.is_unknown() && self.called_itself.get() == Some(function);
                (!again || places.len() == 1).then_some((val, at))
            })
            .map(|(val, at)| {
                let conditions = index
                    .atoms(at.guard)
                    .map(|atom| Condition {
                        file: function.file,
                        atom,
                    })
                    .collect::<Vec<_>>();
                (val, conditions)
            })
            .filter(|(val, _)| places.len() == 1 || !matches!(val.value, Value::None))
            .filter(|(_, conditions)| {
                conditions
                    .iter()
                    .all(|condition| self.decided(*condition, frames) != Some(false))
            })
            .collect::<Vec<_>>();
        if let [(only, _)] = choices.as_slice() {
            return only.clone();
        }
        Val::choice(choices)
    }

    /// Whether a condition holds for the arguments of the calls that lead to it; `None` when that is not known.
    pub(super) fn decided(&self, condition: Condition, frames: &Frames) -> Option<bool> {
        let Atom::Test(test, truth) = condition.atom else {
            return None;
        };
        frames.as_ref()?;
        let is = self.truth(
            ExprRef {
                file: condition.file,
                expr: test,
            },
            frames,
        )?;
        Some(is == truth)
    }

    /// The truth of a test on known text and numbers.
    fn truth(&self, test: ExprRef, frames: &Frames) -> Option<bool> {
        let (module, _) = self.tree(test.file);
        let eval = |expr: ExprId| {
            self.eval(
                ExprRef {
                    file: test.file,
                    expr,
                },
                frames,
            )
        };
        match &module.expr(test.expr).kind {
            ExprKind::Not(inner) => self
                .truth(
                    ExprRef {
                        file: test.file,
                        expr: *inner,
                    },
                    frames,
                )
                .map(|is| !is),
            ExprKind::Compare(left, rest) => {
                let [(op, right)] = rest.as_slice() else {
                    return None;
                };
                let (left, right) = (eval(*left), eval(*right));
                let equal = |a: &Val, b: &Val| match (&a.value, &b.value) {
                    (Value::Str(a), Value::Str(b)) => Some(a == b),
                    (Value::Int(a), Value::Int(b)) => Some(a == b),
                    (Value::Bool(a), Value::Bool(b)) => Some(a == b),
                    (Value::None, Value::None) => Some(true),
                    (Value::None, Value::Str(_) | Value::Int(_) | Value::Bool(_))
                    | (Value::Str(_) | Value::Int(_) | Value::Bool(_), Value::None) => Some(false),
                    _ => None,
                };
                let among = || match (&left.value, &right.value) {
                    (Value::Str(a), Value::Str(b)) => Some(b.contains(&**a)),
                    (_, Value::Tuple(items) | Value::List(items)) => {
                        let answers: Option<Vec<bool>> =
                            items.iter().map(|item| equal(&left, item)).collect();
                        answers.map(|answers| answers.contains(&true))
                    }
                    _ => None,
                };
                match op {
                    CompareOp::Eq | CompareOp::Is => equal(&left, &right),
                    CompareOp::Ne | CompareOp::IsNot => equal(&left, &right).map(|is| !is),
                    CompareOp::In => among(),
                    CompareOp::NotIn => among().map(|is| !is),
                    CompareOp::Order => None,
                }
            }
            ExprKind::Call(call) => {
                let ExprKind::Attribute(base, method) = &module.expr(call.callee).kind else {
                    return None;
                };
                let prefix = self.catalog.value_method("str", method) == Some("prefix");
                let argument = call.args.first().filter(|_| prefix)?;
                let (text, start) = (eval(*base), eval(argument.value));
                Some(text.as_str()?.starts_with(start.as_str()?))
            }
            ExprKind::Name(_) => match eval(test.expr).value {
                Value::Bool(truth) => Some(truth),
                Value::None => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The arguments of a call, behind those that what it calls was given before. Of a keyword given twice the later
    /// counts.
    pub(super) fn arguments_given(
        &self,
        at: ExprRef,
        frames: &Frames,
        bound: &Option<Rc<Made>>,
    ) -> Vec<Given<'_>> {
        let mut before = Vec::new();
        let mut outer = bound.as_ref();
        while let Some(made) = outer {
            before.push(made);
            outer = made.bound.as_ref();
        }
        let mut all: Vec<Given<'_>> = Vec::new();
        // A call that binds arguments names first what is called.
        let calls = before.into_iter().rev();
        let calls = calls.map(|made| (made.call, &made.frames, 1));
        for (at, frames, skipped) in calls.chain([(at, frames, 0)]) {
            let (module, _) = self.tree(at.file);
            let args = module.call(at.expr).map_or(&[][..], |call| &call.args);
            for arg in args.iter().skip(skipped) {
                if let ArgKind::Keyword(_) = arg.kind {
                    all.retain(|given| given.arg.kind != arg.kind);
                }
                all.push(Given {
                    arg,
                    file: at.file,
                    frames: frames.clone(),
                });
            }
        }
        all
    }

    /// The argument that stands for parameter `number` of the callee of `frame`.
    pub(super) fn argument(&self, frame: &Frame, number: u32) -> Val {
        let function = self.function(frame.callee);
        let Some(param) = function.params.get(number as usize) else {
            return Val::unknown();
        };
        if number == 0 && function.receiver != Receiver::None {
            return frame
                .receiver
                .clone()
                .unwrap_or_else(|| match function.class {
                    Some(class) => Val::new(Value::Instance(
                        ClassRef {
                            file: frame.callee.file,
                            class,
                        },
                        None,
                    )),
                    None => Val::unknown(),
                });
        }
        let (module, _) = self.tree(frame.call.file);
        if module.call(frame.call.expr).is_none() {
            return Val::unknown();
        }
        let skipped = usize::from(function.receiver != Receiver::None && function.class.is_some());
        let all = self.arguments_given(frame.call, &frame.outer, &frame.bound);
        let value_of = |given: &Given<'_>| {
            self.eval(
                ExprRef {
                    file: given.file,
                    expr: given.arg.value,
                },
                &given.frames,
            )
        };
        if param.kind == ParamKind::KeywordRest {
            return self.keyword_rest(frame, &all);
        }
        if param.kind == ParamKind::Rest {
            return Val::unknown();
        }
        let mut position = skipped;
        let mut splatted = false;
        for given in &all {
            match &given.arg.kind {
                ArgKind::Positional => {
                    if position == number as usize
                        && param.kind != ParamKind::KeywordOnly
                        && !splatted
                    {
                        return value_of(given);
                    }
                    position += 1;
                }
                ArgKind::Keyword(name) if *name == param.name => return value_of(given),
                ArgKind::Keyword(_) => {}
                ArgKind::Splat => splatted = true,
                ArgKind::KeywordSplat => match value_of(given).value {
                    Value::Dict(dict) => {
                        if let Some(val) = dictionaries::get(&dict, &param.name) {
                            return val;
                        }
                        splatted |= dict.open;
                    }
                    _ => splatted = true,
                },
            }
        }
        match param.default {
            Some(default) if !splatted => self.eval(
                ExprRef {
                    file: frame.callee.file,
                    expr: default,
                },
                &None,
            ),
            _ => Val::unknown(),
        }
    }

    /// The dictionary that `**kwargs` of the callee receives.
    fn keyword_rest(&self, frame: &Frame, all: &[Given<'_>]) -> Val {
        let function = self.function(frame.callee);
        let mut dict = super::values::Dict::default();
        for given in all {
            let here = ExprRef {
                file: given.file,
                expr: given.arg.value,
            };
            match &given.arg.kind {
                ArgKind::Keyword(name)
                    if function.params.iter().all(|param| param.name != *name) =>
                {
                    let key = Val::new(Value::Str(name.as_str().into()));
                    dictionaries::set(
                        &mut dict,
                        &key,
                        self.eval(here, &given.frames),
                        Vec::new(),
                        self.place(here),
                    );
                }
                ArgKind::KeywordSplat => {
                    dictionaries::merge(&mut dict, &self.eval(here, &given.frames), &[])
                }
                _ => {}
            }
        }
        dict.entries
            .retain(|entry| function.params.iter().all(|param| param.name != *entry.key));
        Val::at(Value::Dict(Rc::new(dict)), self.place(frame.call))
    }

    /// A parameter reached through `frames`: its argument, else what its annotation says, else the parameter itself.
    fn parameter(&self, function: FunctionRef, number: u32, frames: &Frames) -> Val {
        let mut at = frames;
        while let Some(frame) = at {
            if frame.callee == function {
                return self.argument(frame, number);
            }
            at = &frame.outer;
        }
        let found = self.function(function);
        if number == 0
            && found.receiver != Receiver::None
            && let Some(class) = found.class
        {
            let class = ClassRef {
                file: function.file,
                class,
            };
            return match found.receiver {
                Receiver::Class => Val::new(Value::Class(class)),
                _ => Val::new(Value::Instance(class, None)),
            };
        }
        let annotated = found
            .params
            .get(number as usize)
            .and_then(|param| param.annotation)
            .and_then(|annotation| {
                self.typed(ExprRef {
                    file: function.file,
                    expr: annotation,
                })
            });
        let holder = Holder::Parameter(function, number);
        let known = match annotated {
            Some(val) => Some(self.lent_as(val, Some(&holder), function.file)),
            None => self.lent_to(&holder),
        };
        known.unwrap_or_else(|| Val::new(Value::Param(function, number)))
    }

    /// A value of the type that an annotation names, when that is a class of the project or a known type.
    fn typed(&self, annotation: ExprRef) -> Option<Val> {
        self.typed_by(annotation, MOST_ALIASES)
    }

    /// The same through as many names of types as `aliases`.
    fn typed_by(&self, annotation: ExprRef, aliases: u8) -> Option<Val> {
        let (module, _) = self.tree(annotation.file);
        let sub = |id: ExprId| ExprRef {
            file: annotation.file,
            expr: id,
        };
        match &module.expr(annotation.expr).kind {
            ExprKind::Name(_) | ExprKind::Attribute(..) => {
                let named = self.object_of(&self.eval(annotation, &None));
                named.or_else(|| {
                    let said = self.definition(annotation)?;
                    let (module, _) = self.tree(said.file);
                    let is_type = matches!(
                        module.expr(said.expr).kind,
                        ExprKind::Subscript(..) | ExprKind::Binary(BinaryOp::BitOr, ..)
                    );
                    let left = aliases.checked_sub(1).filter(|_| is_type)?;
                    self.typed_by(said, left)
                })
            }
            // A type that is written as text, as it is not there yet when the program runs.
            ExprKind::Str(text) => {
                let mut names = text.split('.');
                let first = self.module_member(annotation.file, names.next()?)?;
                let named = names.fold(first, |val, name| self.attribute(&val, name, &None));
                self.object_of(&named)
            }
            ExprKind::Subscript(base, index) => {
                let base = self.eval(sub(*base), &None);
                // A known type is that type, whatever its parameters are.
                if let Value::Path(path) = &base.value
                    && self.catalog.is_type(path)
                {
                    return self.typed_as(path);
                }
                let is_function = base
                    .path()
                    .is_some_and(|path| crate::frontend::is_function_type(path));
                (!is_function)
                    .then(|| {
                        index
                            .iter()
                            .find_map(|item| self.typed_by(sub(*item), aliases))
                    })
                    .flatten()
            }
            ExprKind::Binary(BinaryOp::BitOr, left, right) => self
                .typed_by(sub(*left), aliases)
                .or_else(|| self.typed_by(sub(*right), aliases)),
            ExprKind::Tuple(items) => items
                .first()
                .and_then(|item| self.typed_by(sub(*item), aliases)),
            _ => None,
        }
    }

    fn typed_as(&self, path: &str) -> Option<Val> {
        Some(Val::new(Value::Object(Rc::new(Object {
            type_path: self.canonical(path),
            made: None,
            set: None,
        }))))
    }

    /// What is there once a block of code that is a value has run (`async { … }`).
    fn run_block(&self, val: Val) -> Val {
        let Value::Function(function, frames) = &val.value else {
            return val;
        };
        let found = self.function(*function);
        let is_block = found.name.is_empty() && found.params.is_empty() && found.is_async;
        if is_block && depth(frames) < MOST_CALLS {
            return self.returned(*function, frames);
        }
        val
    }

    /// An object of a type.
    fn object_of(&self, named: &Val) -> Option<Val> {
        match &named.value {
            Value::Class(class) => Some(Val::new(Value::Instance(*class, None))),
            // Which function it is, only the caller knows.
            Value::Path(path) if crate::frontend::is_function_type(path) => None,
            Value::Path(path) => self.typed_as(path),
            _ => None,
        }
    }

    fn canonical(&self, path: &str) -> Rc<str> {
        self.catalog.canonical(path).as_ref().into()
    }

    /// The places of the calls that lead to an expression, innermost first.
    pub fn call_places(&self, frames: &Frames) -> Vec<Place> {
        let mut places = Vec::new();
        let mut at = frames;
        while let Some(frame) = at {
            places.push(self.place(frame.call));
            at = &frame.outer;
        }
        places
    }

    /// A value of the type that an annotation names.
    pub fn annotated(&self, annotation: ExprRef) -> Option<Val> {
        self.typed(annotation)
    }

    /// What a class holds under a name.
    pub fn class_member(&self, class: ClassRef, name: &str) -> Val {
        self.attribute(&Val::new(Value::Class(class)), name, &None)
    }

    /// What a name or attribute of a module is, as other files see it.
    pub fn member_of(&self, file: FileId, name: &str) -> Option<Val> {
        self.module_member(file, name)
    }
}

/// Whether a value may be another one, or made by another call, when the function that gives it is called otherwise.
fn depends_on_call(val: &Val) -> bool {
    match &val.value {
        Value::Param(..)
        | Value::Function(..)
        | Value::Method(..)
        | Value::Member(..)
        | Value::Generator(..) => true,
        Value::Object(object) => object.made.is_some(),
        Value::Instance(_, made) => made.is_some(),
        Value::Text(parts) => parts
            .iter()
            .any(|part| matches!(part, Part::Hole(hole) if depends_on_call(hole))),
        Value::List(items) | Value::Tuple(items) => items.iter().any(depends_on_call),
        Value::Dict(dict) => {
            dict.open
                || dict
                    .entries
                    .iter()
                    .any(|entry| !entry.conditions.is_empty() || depends_on_call(&entry.val))
        }
        Value::Choice(_) => true,
        Value::Env(env) => env.default.as_ref().is_some_and(depends_on_call),
        _ => false,
    }
}

/// Whether something about a value is not known, which an object that is known may tell: a field of it.
fn is_partly_unknown(val: &Val) -> bool {
    match &val.value {
        Value::Unknown => true,
        Value::Text(parts) => parts
            .iter()
            .any(|part| matches!(part, Part::Hole(hole) if is_partly_unknown(hole))),
        Value::List(items) | Value::Tuple(items) => items.iter().any(is_partly_unknown),
        _ => false,
    }
}

/// Whether a value is false where a truth value is asked for; `None` when that is not known.
pub fn is_false(val: &Val) -> Option<bool> {
    Some(match &val.value {
        Value::None => true,
        Value::Bool(truth) => !truth,
        Value::Int(number) => *number == 0,
        Value::Str(text) => text.is_empty(),
        Value::List(items) | Value::Tuple(items) => items.is_empty(),
        Value::Dict(dict) if !dict.entries.is_empty() || !dict.open => dict.entries.is_empty(),
        Value::Object(_)
        | Value::Function(..)
        | Value::Class(_)
        | Value::Instance(..)
        | Value::Module(_) => false,
        _ => return None,
    })
}

fn text_of(parts: Vec<Part>) -> Value {
    let length = |part: &Part| match part {
        Part::Literal(text) => text.len(),
        Part::Hole(_) => 1,
    };
    let longest = parts.iter().map(|part| match part {
        Part::Hole(val) => match &val.value {
            Value::Str(text) => text.len(),
            Value::Text(inner) => inner.iter().map(length).sum(),
            _ => 1,
        },
        literal @ Part::Literal(_) => length(literal),
    });
    if longest.sum::<usize>() > LONGEST_TEXT {
        return Value::Unknown;
    }
    let mut joined: Vec<Part> = Vec::new();
    let mut push = |part: Part| match (joined.last_mut(), part) {
        (Some(Part::Literal(before)), Part::Literal(text)) => {
            *before = format!("{before}{text}").into()
        }
        (_, part) => joined.push(part),
    };
    for part in parts {
        match part {
            Part::Literal(text) if text.is_empty() => {}
            Part::Hole(val) => match &val.value {
                Value::Str(text) if text.is_empty() => {}
                Value::Str(text) => push(Part::Literal(text.clone())),
                Value::Int(number) => push(Part::Literal(number.to_string().into())),
                Value::Text(inner) => inner.iter().cloned().for_each(&mut push),
                _ => push(Part::Hole(val)),
            },
            literal @ Part::Literal(_) => push(literal),
        }
    }
    match joined.as_slice() {
        [] => Value::Str("".into()),
        [Part::Literal(text)] => Value::Str(text.clone()),
        _ => Value::Text(joined.into()),
    }
}

/// A URL made from its parts; unknown without a scheme.
fn url_text(part: &dyn Fn(crate::catalog::Role) -> Option<Val>) -> Value {
    use crate::catalog::Role;
    let Some(scheme) = part(Role::Scheme) else {
        return Value::Unknown;
    };
    let literal = |text: &str| Part::Literal(text.into());
    let mut parts = vec![Part::Hole(scheme), literal("://")];
    // A path, not a server.
    if let Some(path) = part(Role::Database) {
        parts.extend([literal("/"), Part::Hole(path)]);
        return text_of(parts);
    }
    if let Some(host) = part(Role::Host) {
        parts.push(Part::Hole(host));
    }
    if let Some(port) = part(Role::Port).filter(|port| !matches!(port.value, Value::None)) {
        parts.extend([literal(":"), Part::Hole(port)]);
    }
    parts.push(literal("/"));
    if let Some(name) = part(Role::DatabaseName) {
        parts.push(Part::Hole(name));
    }
    text_of(parts)
}

/// A template with holes between `open` and `close`; `value` says what stands in each, by name and number.
fn filled(
    template: &str,
    open: char,
    close: char,
    mut value: impl FnMut(&str, usize) -> Option<Val>,
) -> Value {
    let mut parts = Vec::new();
    let mut rest = template;
    let mut number = 0;
    while let Some((before, after)) = rest.split_once(open) {
        parts.push(Part::Literal(before.into()));
        let Some((name, after)) = after.split_once(close) else {
            return Value::Unknown;
        };
        parts.push(Part::Hole(value(name, number).unwrap_or_else(Val::unknown)));
        number += 1;
        rest = after;
    }
    parts.push(Part::Literal(rest.into()));
    text_of(parts)
}

/// Whether a value is text, whatever it may be.
fn is_text(val: &Val) -> bool {
    match &val.value {
        Value::Str(_) | Value::Text(_) => true,
        Value::Env(env) => {
            matches!(env.convert, None | Some(ConvertTo::Text))
                && (env.convert.is_some() || env.default.as_ref().is_some_and(is_text))
        }
        _ => false,
    }
}

fn arithmetic(op: BinaryOp, left: &Val, right: &Val) -> Value {
    match (op, &left.value, &right.value) {
        (BinaryOp::Add, _, _) if is_text(left) || is_text(right) => {
            text_of(vec![Part::Hole(left.clone()), Part::Hole(right.clone())])
        }
        // Text is divided where a path is put together (`FOLDER / "app.db"`).
        (BinaryOp::Div, _, Value::Str(_) | Value::Text(_)) => {
            let slash = Val::new(Value::Str("/".into()));
            text_of(vec![
                Part::Hole(left.clone()),
                Part::Hole(slash),
                Part::Hole(right.clone()),
            ])
        }
        (BinaryOp::BitOr, Value::Dict(_), _) => {
            let Value::Dict(base) = &left.value else {
                return Value::Unknown;
            };
            let mut dict = super::values::Dict::clone(base);
            dictionaries::merge(&mut dict, right, &[]);
            Value::Dict(Rc::new(dict))
        }
        // `"…%s…" % values`: the literal pieces stay.
        (BinaryOp::Mod, Value::Str(template), _) => {
            let values: Vec<Val> = match &right.value {
                Value::Tuple(items) => items.to_vec(),
                _ => vec![right.clone()],
            };
            filled(template, '%', 's', |_, number| values.get(number).cloned())
        }
        (op, Value::Int(a), Value::Int(b)) => {
            let number = match op {
                BinaryOp::Add => a.checked_add(*b),
                BinaryOp::Sub => a.checked_sub(*b),
                BinaryOp::Mul => a.checked_mul(*b),
                BinaryOp::FloorDiv => a.checked_div_euclid(*b),
                BinaryOp::Mod => a.checked_rem_euclid(*b),
                BinaryOp::Div | BinaryOp::BitOr | BinaryOp::Other => None,
            };
            number.map_or(Value::Unknown, Value::Int)
        }
        _ => Value::Unknown,
    }
}
