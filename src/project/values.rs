//! What an expression is worth: the values that flow into pools, followed through names, files and calls.
//!
//! Takes an expression and the calls that lead to it ([`Frames`]); gives a [`Val`] with the place it was written at.
//! Invariant: unknown is a value. What cannot be followed is [`Value::Unknown`], never a guess, and the work for one
//! question is bounded.

use super::{ClassRef, ExprRef, FunctionRef};
use crate::catalog::ConvertTo;
use crate::project::names::Atom;
use crate::source::{FileId, Place};
use std::rc::Rc;

/// A condition under which a value holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Condition {
    /// The file of the test.
    pub file: FileId,
    /// The test and the way it went.
    pub atom: Atom,
}

/// A call on the way to an expression: its arguments stand for the parameters of the callee.
#[derive(Debug)]
pub struct Frame {
    /// The call.
    pub call: ExprRef,
    /// What it calls.
    pub callee: FunctionRef,
    /// The object it is called on.
    pub receiver: Option<Val>,
    /// The call that gave arguments to the callee before.
    pub bound: Option<Rc<Made>>,
    /// The calls that lead to this one.
    pub outer: Frames,
    /// How many calls there are.
    pub depth: u8,
}

/// The calls that lead to an expression, innermost first.
pub type Frames = Option<Rc<Frame>>;

/// How many values something may have before it is as good as unknown.
pub const MOST_CHOICES: usize = 16;

/// How many calls a value is followed through.
pub const MOST_CALLS: u8 = 4;

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub struct Val {
    /// What it is.
    pub value: Value,
    /// Where it was written.
    pub place: Option<Place>,
    /// The module-level name or class attribute that stands for it, by its dotted path.
    pub symbol: Option<Rc<str>>,
    /// The call that gave arguments to it before it is called itself (`partial(make, size=5)`).
    pub bound: Option<Rc<Made>>,
    /// Of what names a database: the dialect that the thing around it speaks.
    pub dialect: Option<Rc<str>>,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Value {
    /// Not known.
    Unknown,
    /// No value.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A string.
    Str(Rc<str>),
    /// A string with holes.
    Text(Rc<[Part]>),
    /// A variable of the environment.
    Env(Rc<Env>),
    /// A list.
    List(Rc<[Val]>),
    /// A tuple.
    Tuple(Rc<[Val]>),
    /// A dictionary.
    Dict(Rc<Dict>),
    /// Something outside the project, by its canonical path.
    Path(Rc<str>),
    /// An attribute of an object made outside the project: the object and the path of the attribute.
    Member(Rc<Val>, Rc<str>),
    /// What a call of something outside the project gives.
    Object(Rc<Object>),
    /// A function of the project.
    Function(FunctionRef, Frames),
    /// A method of an object.
    Method(FunctionRef, Rc<Val>),
    /// A class of the project.
    Class(ClassRef),
    /// An object of a class of the project; the call that made it, where it is known.
    Instance(ClassRef, Option<Rc<Made>>),
    /// A module of the project.
    Module(FileId),
    /// A folder of the project that is imported like a module.
    Folder(Rc<str>),
    /// What a generator function gives before it is gone through.
    Generator(FunctionRef, Frames),
    /// A parameter whose argument is not known.
    Param(FunctionRef, u32),
    /// One of several, each under conditions.
    Choice(Rc<[(Val, Vec<Condition>)]>),
}

/// A piece of a string with holes.
#[derive(Clone, Debug)]
pub enum Part {
    /// Literal text.
    Literal(Rc<str>),
    /// A hole.
    Hole(Val),
}

/// A variable of the environment.
#[derive(Clone, Debug)]
pub struct Env {
    /// Its name.
    pub name: Rc<str>,
    /// The value used when it is not set.
    pub default: Option<Val>,
    /// What it is converted to.
    pub convert: Option<ConvertTo>,
    /// Where it is read.
    pub place: Place,
    /// Whether it is a setting of the program's own configuration, not a variable of the environment.
    pub configured: bool,
    /// The dialect that its type promises.
    pub dialect: Option<Rc<str>>,
    /// What is replaced in its text, in order.
    pub replaced: Rc<[(Rc<str>, Rc<str>)]>,
}

impl Env {
    /// A variable without a default.
    pub fn new(name: Rc<str>, place: Place) -> Self {
        Self {
            name,
            default: None,
            convert: None,
            place,
            configured: false,
            dialect: None,
            replaced: Rc::new([]),
        }
    }

    /// A text that the variable is set to, after what is replaced in it.
    pub fn rewritten(&self, text: &str) -> String {
        self.replaced
            .iter()
            .fold(text.to_owned(), |text, (from, to)| {
                text.replace(&**from, to)
            })
    }
}

/// A dictionary.
#[derive(Clone, Debug, Default)]
pub struct Dict {
    /// Its entries; a key may stand several times under conditions, the later one wins.
    pub entries: Vec<Entry>,
    /// True when there may be entries that are not known.
    pub open: bool,
}

/// An entry of a dictionary.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Rc<str>,
    /// The value.
    pub val: Val,
    /// When it is there; empty is always.
    pub conditions: Vec<Condition>,
    /// Where it is written.
    pub place: Place,
}

/// An object made outside the project.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its type.
    pub type_path: Rc<str>,
    /// The path that was called; `None` when only its type is known (an annotation).
    pub made: Option<(Rc<str>, Rc<Made>)>,
    /// Of options: what was set. Nothing when that is not known, or it is no such object.
    pub set: Option<Rc<Dict>>,
}

/// The call that made an object.
#[derive(Clone, Debug)]
pub struct Made {
    /// The call.
    pub call: ExprRef,
    /// The calls that lead to it.
    pub frames: Frames,
    /// The call that gave arguments to what is called before.
    pub bound: Option<Rc<Made>>,
}

impl Val {
    /// A value without a place.
    pub fn new(value: Value) -> Self {
        Self {
            value,
            place: None,
            symbol: None,
            bound: None,
            dialect: None,
        }
    }

    /// Nothing is known.
    pub fn unknown() -> Self {
        Self::new(Value::Unknown)
    }

    /// A value written at `place`.
    pub fn at(value: Value, place: Place) -> Self {
        Self {
            value,
            place: Some(place),
            symbol: None,
            bound: None,
            dialect: None,
        }
    }

    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        matches!(self.value, Value::Unknown)
    }

    /// The alternatives with their conditions; one without conditions when there is no choice.
    pub fn alternatives(&self) -> Vec<(Val, Vec<Condition>)> {
        match &self.value {
            Value::Choice(choices) => choices.to_vec(),
            _ => vec![(self.clone(), Vec::new())],
        }
    }

    /// One of several values; more than [`MOST_CHOICES`] are as good as unknown.
    pub fn choice(mut choices: Vec<(Val, Vec<Condition>)>) -> Self {
        let width = |val: &Val| match &val.value {
            Value::Choice(inner) => inner.len(),
            _ => 1,
        };
        if choices.iter().map(|(val, _)| width(val)).sum::<usize>() > MOST_CHOICES {
            return Self::unknown();
        }
        if choices.len() == 1 && choices[0].1.is_empty() {
            return choices.remove(0).0;
        }
        if choices.is_empty() {
            return Self::unknown();
        }
        // Kept flat, so that going through the alternatives is going through one list.
        let flat = choices
            .into_iter()
            .flat_map(|(val, conditions)| match &val.value {
                Value::Choice(inner) => inner
                    .iter()
                    .map(|(val, held)| (val.clone(), [conditions.as_slice(), held].concat()))
                    .collect(),
                _ => vec![(val, conditions)],
            });
        Self::new(Value::Choice(flat.collect()))
    }

    /// The same function on each alternative.
    #[must_use]
    pub fn map(&self, mut each: impl FnMut(&Val) -> Val) -> Val {
        match &self.value {
            Value::Choice(_) => Val::choice(
                self.alternatives()
                    .iter()
                    .map(|(val, conditions)| (each(val), conditions.clone()))
                    .collect(),
            ),
            _ => each(self),
        }
    }

    /// The string, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The path of something outside the project, also of a member of an object.
    pub fn path(&self) -> Option<&Rc<str>> {
        match &self.value {
            Value::Path(path) | Value::Member(_, path) => Some(path),
            _ => None,
        }
    }

    /// The value converted as `int(…)` and its like convert it; what cannot be converted stays unknown.
    #[must_use]
    pub fn converted(&self, to: ConvertTo) -> Val {
        let value = match (&self.value, to) {
            (Value::Str(text), ConvertTo::Integer) => {
                text.trim().parse().map_or(Value::Unknown, Value::Int)
            }
            (Value::Str(text), ConvertTo::Float) => {
                text.trim().parse().map_or(Value::Unknown, Value::Float)
            }
            (Value::Float(number), ConvertTo::Integer) => Value::Int(*number as i64),
            (Value::Int(number), ConvertTo::Float) => Value::Float(*number as f64),
            (Value::Int(number), ConvertTo::Text) => Value::Str(number.to_string().into()),
            (Value::Env(env), to) => Value::Env(Rc::new(Env {
                default: env.default.as_ref().map(|default| default.converted(to)),
                convert: Some(to),
                ..Env::clone(env)
            })),
            (Value::Choice(_), to) => return self.map(|val| val.converted(to)),
            (Value::Bool(_) | Value::Str(_), ConvertTo::Boolean) => Value::Unknown,
            (other, _) => other.clone(),
        };
        Val {
            value,
            ..self.clone()
        }
    }
}

/// The depth of the calls that lead to an expression.
pub fn depth(frames: &Frames) -> u8 {
    frames.as_ref().map_or(0, |frame| frame.depth)
}
