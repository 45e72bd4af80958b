//! Functions, lambdas and classes, with their parameters and decorators.
//!
//! Takes a definition node; gives a [`Function`] or [`Class`] whose span leaves the decorators out.

use super::kinds::{Kind, Part};
use super::lower::{Lower, index};
use crate::source::Span;
use crate::syntax::{
    Class, ClassId, ExprId, ExprKind, Function, FunctionId, Name, Param, ParamKind, Receiver,
    StmtKind,
};

/// Methods that receive the class without being decorated:
/// <https://docs.python.org/3/reference/datamodel.html#object.__new__> and what follows there.
const CLASS_METHODS: [&str; 3] = ["__new__", "__init_subclass__", "__class_getitem__"];

impl<'t> Lower<'t> {
    pub(super) fn decorated(&mut self, part: Part<'t>) -> (StmtKind, usize) {
        let mut decorators = Vec::new();
        for child in self.named(part) {
            match child.kind {
                Kind::Decorator if self.is_broken(child) => {
                    decorators.push(self.broken_expr(child))
                }
                Kind::Decorator => {
                    let inner = self.named(child);
                    decorators.extend(self.exprs(&inner));
                }
                Kind::Error => self.note_comments(child),
                _ => return self.definition(child, decorators),
            }
        }
        (StmtKind::Opaque(decorators), part.end())
    }

    pub(super) fn definition(
        &mut self,
        part: Part<'t>,
        decorators: Vec<ExprId>,
    ) -> (StmtKind, usize) {
        if part.kind == Kind::ClassDefinition {
            let (class, end) = self.class_definition(part, decorators);
            (StmtKind::Class(class), end)
        } else {
            let (function, end) = self.function_definition(part, decorators);
            (StmtKind::Function(function), end)
        }
    }

    fn class_definition(&mut self, part: Part<'t>, decorators: Vec<ExprId>) -> (ClassId, usize) {
        let compound = self.compound(part);
        let (name, name_span) = self.defined_name(part);
        let mut bases = Vec::new();
        for operand in &compound.operands {
            match operand.kind {
                Kind::ArgumentList if !self.is_broken(*operand) => bases = self.args(*operand),
                _ => self.note_comments(*operand),
            }
        }
        // The class takes its id before its body, whose functions name it.
        let id = ClassId(index(self.module.classes.len()));
        let span = Span::new(part.start(), part.end());
        self.module.classes.push(Class {
            name,
            name_span,
            span,
            bases,
            decorators,
            body: Vec::new(),
            form: crate::syntax::ClassForm::Plain,
        });
        let outer = self.class.replace(id);
        let (body, end) = self.suite(&compound);
        self.class = outer;
        let class = &mut self.module.classes[id.index()];
        class.body = body;
        class.span = Span::new(part.start(), end);
        (id, end)
    }

    fn function_definition(
        &mut self,
        part: Part<'t>,
        decorators: Vec<ExprId>,
    ) -> (FunctionId, usize) {
        let compound = self.compound(part);
        let (name, name_span) = self.defined_name(part);
        let (mut params, mut returns) = (Vec::new(), None);
        for operand in &compound.operands {
            match operand.kind {
                Kind::Parameters if !self.is_broken(*operand) => params = self.params(*operand),
                Kind::Type => returns = Some(self.expr(*operand)),
                _ => self.note_comments(*operand),
            }
        }
        let receiver = self.receiver(&name, &decorators, &params);
        let class = self.class.take();
        let outer_yields = std::mem::replace(&mut self.yields, false);
        let (body, end) = self.suite(&compound);
        let is_generator = std::mem::replace(&mut self.yields, outer_yields);
        self.class = class;
        let function = Function {
            name,
            name_span,
            span: Span::new(part.start(), end),
            params,
            decorators,
            returns,
            body,
            is_async: compound.is_async,
            is_generator,
            receiver,
            class,
        };
        (self.push_function(function), end)
    }

    pub(super) fn lambda(&mut self, part: Part<'t>) -> FunctionId {
        let children = self.named(part);
        let params = match children[..] {
            [params, _] => self.params(params),
            _ => Vec::new(),
        };
        let class = self.class.take();
        let outer_yields = std::mem::replace(&mut self.yields, false);
        let body = match children.last() {
            Some(value) => {
                let returned = self.expr(*value);
                let span = self.module.expr(returned).span;
                vec![self.push_stmt(span, StmtKind::Return(Some(returned)))]
            }
            None => Vec::new(),
        };
        let is_generator = std::mem::replace(&mut self.yields, outer_yields);
        self.class = class;
        self.push_function(Function {
            name: Name::default(),
            name_span: part.span(),
            span: part.span(),
            params,
            decorators: Vec::new(),
            returns: None,
            body,
            is_async: false,
            is_generator,
            receiver: Receiver::None,
            class: None,
        })
    }

    fn push_function(&mut self, function: Function) -> FunctionId {
        let id = FunctionId(index(self.module.functions.len()));
        self.module.functions.push(function);
        id
    }

    /// The name behind `def` or `class`.
    fn defined_name(&mut self, part: Part<'t>) -> (Name, Span) {
        match part.node.child_by_field_name("name") {
            Some(node) => {
                let name = Part::new(node);
                (self.name(name), name.span())
            }
            None => (Name::default(), Span::new(part.start(), part.start())),
        }
    }

    fn receiver(&self, name: &Name, decorators: &[ExprId], params: &[Param]) -> Receiver {
        let takes_one = params.first().is_some_and(|param| {
            matches!(param.kind, ParamKind::Plain | ParamKind::PositionalOnly)
        });
        if self.class.is_none() || !takes_one {
            return Receiver::None;
        }
        for decorator in decorators {
            match &self.module.expr(*decorator).kind {
                ExprKind::Name(name) | ExprKind::Attribute(_, name) => match name.as_str() {
                    "staticmethod" => return Receiver::None,
                    "classmethod" => return Receiver::Class,
                    _ => {}
                },
                _ => {}
            }
        }
        if CLASS_METHODS.contains(&name.as_str()) {
            Receiver::Class
        } else {
            Receiver::Instance
        }
    }

    fn params(&mut self, list: Part<'t>) -> Vec<Param> {
        let mut params: Vec<Param> = Vec::new();
        let mut kind = ParamKind::Plain;
        for child in self.named(list) {
            match child.kind {
                Kind::PositionalSeparator => {
                    params
                        .iter_mut()
                        .for_each(|param| param.kind = ParamKind::PositionalOnly);
                }
                Kind::KeywordSeparator => kind = ParamKind::KeywordOnly,
                _ => {
                    let param = self.param(child, kind);
                    if param.kind == ParamKind::Rest {
                        kind = ParamKind::KeywordOnly;
                    }
                    params.push(param);
                }
            }
        }
        params
    }

    fn param(&mut self, part: Part<'t>, kind: ParamKind) -> Param {
        let children = match part.kind {
            Kind::TypedParameter | Kind::DefaultParameter | Kind::TypedDefaultParameter => {
                self.named(part)
            }
            _ => vec![part],
        };
        let mut name = children.first().copied().unwrap_or(part);
        let kind = match name.kind {
            Kind::ListSplatPattern => ParamKind::Rest,
            Kind::DictionarySplatPattern => ParamKind::KeywordRest,
            _ => kind,
        };
        if matches!(kind, ParamKind::Rest | ParamKind::KeywordRest) {
            name = self.named(name).first().copied().unwrap_or(name);
        }
        let (annotation, default) = match (part.kind, &children[..]) {
            (Kind::TypedParameter, [_, annotation]) => (Some(*annotation), None),
            (Kind::DefaultParameter, [_, default]) => (None, Some(*default)),
            (Kind::TypedDefaultParameter, [_, annotation, default]) => {
                (Some(*annotation), Some(*default))
            }
            _ => (None, None),
        };
        Param {
            // Python 2 takes apart tuples in the list of parameters; such a parameter has no name.
            name: if name.kind == Kind::Identifier {
                self.name(name)
            } else {
                Name::default()
            },
            span: name.span(),
            kind,
            default: default.map(|default| self.expr(default)),
            annotation: annotation.map(|annotation| self.expr(annotation)),
        }
    }
}
