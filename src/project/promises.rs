//! Promises: what names, options, docstrings and comments say that a function or class does, and what it hands out.
//!
//! Takes a function; gives the words around it and the values that leave it. Invariant: nothing is judged here.

use super::values::{Val, Value};
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::Kind;
use crate::source::Span;
use crate::syntax::ExprKind;

/// How many lines above a function a comment still speaks of it.
const COMMENT_LINES: usize = 2;

/// The word of an option that asks for a pool.
const POOL: &str = "pool";

impl Project<'_> {
    /// Whether a function has a switch that asks for a pool.
    pub fn pooling_option(&self, function: FunctionRef) -> bool {
        let (module, _) = self.tree(function.file);
        self.function(function).params.iter().any(|param| {
            let switch = param
                .default
                .is_some_and(|default| matches!(module.expr(default).kind, ExprKind::Bool(_)));
            switch
                && super::sessions::split_words(&param.name)
                    .iter()
                    .any(|word| word.starts_with(POOL))
        })
    }

    /// The docstring of a function, and the comments just above it and at its top.
    pub fn said_of(&self, function: FunctionRef) -> Vec<String> {
        let (module, _) = self.tree(function.file);
        let found = self.function(function);
        let mut said: Vec<String> = module
            .docstring(&found.body)
            .map(str::to_owned)
            .into_iter()
            .collect();
        let Some(parsed) = self.files.parsed(function.file) else {
            return said;
        };
        let lines = parsed.lines();
        let line = lines.line(found.span.start);
        let first = found.body.first().map(|stmt| module.stmt(*stmt).span.start);
        for comment in &module.comments {
            let at = lines.line(comment.start);
            let above = at < line && at + COMMENT_LINES >= line;
            let top = comment.start > found.span.start
                && first.is_some_and(|first| comment.start < first);
            if above || top {
                let text = parsed.bytes.get(comment.range()).unwrap_or_default();
                let text = String::from_utf8_lossy(text);
                said.push(
                    text.trim_start_matches(|char: char| !char.is_alphanumeric())
                        .to_owned(),
                );
            }
        }
        said
    }

    /// The class around a method, when it has no base: its name, where that stands, and its docstring.
    pub fn class_around(&self, function: FunctionRef) -> Option<(String, Span, Option<String>)> {
        let (module, _) = self.tree(function.file);
        let class = module.class(self.function(function).class?);
        let said = module.docstring(&class.body).map(str::to_owned);
        class
            .bases
            .is_empty()
            .then(|| (class.name.to_string(), class.name_span, said))
    }

    /// Whether a decorator keeps what a function returns.
    pub fn is_remembered(&self, function: FunctionRef) -> bool {
        self.kept_by_decorator(function)
            || self.function(function).decorators.iter().any(|decorator| {
                let at = ExprRef {
                    file: function.file,
                    expr: *decorator,
                };
                self.decorator_path(at).is_some_and(|path| {
                    self.catalog.is_once(&path) || self.catalog.is_once_per_instance(&path)
                })
            })
    }

    /// What a function returns or gives to its consumer.
    pub fn values_leaving(&self, function: FunctionRef) -> Vec<ExprRef> {
        let (_, index) = self.tree(function.file);
        let number = function.function.index();
        let all = index.returns[number].iter().chain(&index.yields[number]);
        all.map(|(expr, _)| ExprRef {
            file: function.file,
            expr: *expr,
        })
        .collect()
    }

    /// Whether a value is a connection that a call has just opened, from no pool.
    pub fn is_new_connection(&self, val: &Val) -> bool {
        match &val.value {
            Value::Object(object) => object.made.as_ref().is_some_and(|(path, made)| {
                let maker = self.catalog.maker(path);
                maker.is_some_and(|maker| maker.kind == Kind::Connection && !maker.checkout)
                    && self.connection_sites().contains_key(&made.call)
            }),
            _ => false,
        }
    }
}
