//! The common syntax tree: one tree for every language, made by the frontends and read by the project floor.
//!
//! A [`Module`] owns three arenas (expressions, statements, functions); everything refers to them by index, so a tree
//! drops without recursion and a node is named by a small copyable id. Every node has its exact byte span.
//! Invariant: the tree says what is written, never what it means; nothing here knows a language, a library or a database.

use crate::source::Span;
pub use smol_str::SmolStr as Name;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in its arena.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(/// An expression of one module.
    ExprId);
id!(/// A statement of one module.
    StmtId);
id!(/// A function or lambda of one module.
    FunctionId);
id!(/// A class of one module.
    ClassId);

/// What stands before a name that is one of the module, though a function around has one of the same spelling.
pub const OUTER: &str = "::";

/// A name as the code spells it.
pub fn written(name: &str) -> &str {
    name.strip_prefix(OUTER).unwrap_or(name)
}

/// Statements in order.
pub type Block = Vec<StmtId>;

/// One source file, lowered.
#[derive(Debug, Default)]
pub struct Module {
    /// All expressions.
    pub exprs: Vec<Expr>,
    /// All statements.
    pub stmts: Vec<Stmt>,
    /// All functions and lambdas.
    pub functions: Vec<Function>,
    /// All classes.
    pub classes: Vec<Class>,
    /// The statements of the module itself.
    pub body: Block,
    /// All comments, in order, including their marker (`#`).
    pub comments: Vec<Span>,
    /// Expressions whose failure the function around returns at once, in place of their value.
    pub tried: std::collections::BTreeSet<ExprId>,
    /// Tests that hold only where the code is compiled for tests.
    pub for_tests: std::collections::BTreeSet<ExprId>,
    /// By what is called: the types that the call names for it (`Manager::<Connection>::new`).
    pub type_arguments: std::collections::BTreeMap<ExprId, Vec<ExprId>>,
    /// Names whose value somebody else may change where they stand, unseen: they are lent for that.
    pub lent_out: std::collections::BTreeSet<ExprId>,
    /// What could not be read, in order.
    pub errors: Vec<SyntaxError>,
    /// True when part of the file could not be read: nothing may be claimed absent from it, and no placement is certain.
    pub partial: bool,
    /// True when every program of the language starts in such a file, servers as well as scripts.
    pub program: bool,
}

/// A part of a file that could not be parsed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// Where.
    pub span: Span,
    /// What, as one lower-case sentence without a full stop.
    pub message: String,
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// Its bytes; a parenthesised expression's span is that of the inner expression.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Debug)]
pub enum ExprKind {
    /// A variable.
    Name(Name),
    /// `base.name`.
    Attribute(ExprId, Name),
    /// `base[index]`; several indices for `base[a, b]`.
    Subscript(ExprId, Vec<ExprId>),
    /// A call.
    Call(Box<Call>),
    /// A string without holes, decoded; adjacent literals are joined.
    Str(Box<str>),
    /// A bytes literal, or a string whose value cannot be known (undecodable escape, foreign encoding).
    Bytes,
    /// A string with holes (f-string, format!).
    Text(Vec<TextPart>),
    /// An integer that fits.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// `True` / `False`.
    Bool(bool),
    /// `None`, `null`, `()`.
    None,
    /// A list display.
    List(Vec<ExprId>),
    /// A tuple display.
    Tuple(Vec<ExprId>),
    /// A set display.
    Set(Vec<ExprId>),
    /// A dictionary display.
    Dict(Vec<DictItem>),
    /// A lambda or closure; its body is one `Return`.
    Lambda(FunctionId),
    /// A comprehension or generator expression.
    Comprehension(Box<Comprehension>),
    /// `not x`.
    Not(ExprId),
    /// `-x`.
    Negate(ExprId),
    /// Any other unary operator.
    Unary(ExprId),
    /// `a or b` (`Or`), `a and b` (`And`).
    Logic(LogicOp, ExprId, ExprId),
    /// An arithmetic or bitwise operator.
    Binary(BinaryOp, ExprId, ExprId),
    /// `a < b <= c`: the first operand and the operators with theirs.
    Compare(ExprId, Vec<(CompareOp, ExprId)>),
    /// `then if test else otherwise`.
    Conditional {
        test: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    /// `await x`.
    Await(ExprId),
    /// `yield x`.
    Yield(Option<ExprId>),
    /// `yield from x`.
    YieldFrom(ExprId),
    /// `name := value`.
    Assigned(Name, ExprId),
    /// `*x`.
    Splat(ExprId),
    /// Anything else, with the expressions inside it; also what lies in or under a syntax error, or too deep.
    Opaque(Vec<ExprId>),
}

/// A call: the callee and its arguments.
#[derive(Debug)]
pub struct Call {
    /// What is called.
    pub callee: ExprId,
    /// The arguments in order.
    pub args: Vec<Arg>,
    /// The argument list from its opening to its closing parenthesis.
    pub list: Span,
}

/// An argument of a call or a base of a class.
#[derive(Debug)]
pub struct Arg {
    /// How it is passed.
    pub kind: ArgKind,
    /// Its value.
    pub value: ExprId,
    /// The whole argument (`name=value`, `*value`), without its comma.
    pub span: Span,
    /// The comma that follows it, if there is one.
    pub comma: Option<Span>,
    /// Whether the call only borrows it: who gives it still has it afterwards.
    pub lent: bool,
}

/// How an argument is passed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ArgKind {
    /// By position.
    Positional,
    /// By name.
    Keyword(Name),
    /// `*value`.
    Splat,
    /// `**value`.
    KeywordSplat,
}

/// A piece of a string with holes.
#[derive(Debug)]
pub enum TextPart {
    /// Literal text, decoded.
    Literal(Box<str>),
    /// A hole with the expression in it.
    Hole(ExprId),
}

/// An entry of a dictionary display.
#[derive(Debug)]
pub enum DictItem {
    /// `key: value`.
    Pair(ExprId, ExprId),
    /// `**value`.
    Splat(ExprId),
}

/// A comprehension.
#[derive(Debug)]
pub struct Comprehension {
    /// The element, or key and value.
    pub elements: Vec<ExprId>,
    /// Its `for … in … if …` clauses.
    pub clauses: Vec<Clause>,
    /// Whether it builds a dictionary (two elements).
    pub is_dict: bool,
    /// Whether it builds nothing by itself: each element is made when it is asked for.
    pub is_lazy: bool,
}

/// `for target in iter if conditions`.
#[derive(Debug)]
pub struct Clause {
    /// What is bound on each turn.
    pub target: ExprId,
    /// What is gone through.
    pub iter: ExprId,
    /// The filters.
    pub conditions: Vec<ExprId>,
    /// `async for`.
    pub is_async: bool,
}

/// Short-circuit operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogicOp {
    /// `and`
    And,
    /// `or`
    Or,
}

/// Arithmetic operators that matter; the rest is `Other`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `|`
    BitOr,
    /// Any other.
    Other,
}

/// Comparison operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`, `<=`, `>`, `>=`
    Order,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `is`
    Is,
    /// `is not`
    IsNot,
}

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// Its bytes, from its first token to its last (comments behind it excluded).
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The kinds of statement.
#[derive(Debug)]
pub enum StmtKind {
    /// An expression on its own.
    Expr(ExprId),
    /// `a = b = value`, `a: annotation = value`, `a: annotation`.
    Assign {
        targets: Vec<ExprId>,
        annotation: Option<ExprId>,
        value: Option<ExprId>,
    },
    /// `target op= value`.
    Augment {
        target: ExprId,
        op: BinaryOp,
        value: ExprId,
    },
    /// One or several imports.
    Import(Vec<Import>),
    /// A function definition.
    Function(FunctionId),
    /// A class definition.
    Class(ClassId),
    /// `if` / `elif` / `else`, in order; at most the last arm has no test.
    If(Vec<Arm>),
    /// `match`.
    Match {
        subject: ExprId,
        arms: Vec<MatchArm>,
    },
    /// `while test` (`loop` in other languages: test is `None`).
    While {
        test: Option<ExprId>,
        body: Block,
        otherwise: Block,
    },
    /// `for target in iter`.
    For {
        target: ExprId,
        iter: ExprId,
        body: Block,
        otherwise: Block,
        is_async: bool,
    },
    /// `try`.
    Try {
        body: Block,
        handlers: Vec<Handler>,
        otherwise: Block,
        finally: Block,
    },
    /// `with`.
    With {
        items: Vec<WithItem>,
        body: Block,
        is_async: bool,
    },
    /// `return`.
    Return(Option<ExprId>),
    /// `raise`, with its operands.
    Raise(Vec<ExprId>),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `pass`, an empty statement, a type alias.
    Pass,
    /// `global a, b`.
    Global(Vec<Name>),
    /// `nonlocal a, b`.
    Nonlocal(Vec<Name>),
    /// `del a, b[c]`.
    Delete(Vec<ExprId>),
    /// `assert test, message`.
    Assert(Vec<ExprId>),
    /// Anything else, with the expressions inside it; also a statement with a syntax error.
    Opaque(Vec<ExprId>),
}

/// One arm of an `if`.
#[derive(Debug)]
pub struct Arm {
    /// The test; `None` for `else`.
    pub test: Option<ExprId>,
    /// What the language itself says about the test.
    pub kind: ArmKind,
    /// The statements.
    pub body: Block,
}

/// What the language itself says about the test of an arm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArmKind {
    /// An ordinary test, or `else`.
    Plain,
    /// Runs only when the file is the program itself (`if __name__ == "__main__"`).
    Main,
    /// Is only read by type checkers (`if TYPE_CHECKING`).
    TypeOnly,
}

/// One arm of a `match`.
#[derive(Debug)]
pub struct MatchArm {
    /// The values the arm matches, when it matches literals only (`case "a" | "b"`) or variants of an enum; else empty.
    pub values: Vec<ExprId>,
    /// Names that the pattern binds.
    pub binds: Vec<(Name, Span)>,
    /// `if` behind the pattern.
    pub guard: Option<ExprId>,
    /// The statements.
    pub body: Block,
}

/// One `except` of a `try`.
#[derive(Debug)]
pub struct Handler {
    /// The exception types; empty catches all. A tuple is spread.
    pub types: Vec<ExprId>,
    /// `as name`.
    pub name: Option<(Name, Span)>,
    /// The statements.
    pub body: Block,
    /// From `except` to the end of its body.
    pub span: Span,
}

/// One item of a `with`.
#[derive(Debug)]
pub struct WithItem {
    /// The context manager.
    pub context: ExprId,
    /// `as target`.
    pub target: Option<ExprId>,
}

/// One name bound by an import statement.
#[derive(Debug)]
pub struct Import {
    /// Leading dots: 0 absolute, 1 this package, 2 its parent …
    pub level: u32,
    /// The module's path; empty for `from . import x`.
    pub module: Vec<Name>,
    /// What is taken from it.
    pub kind: ImportKind,
    /// The bytes of this one name (`x as y`), or of `*`.
    pub span: Span,
}

/// What an import takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ImportKind {
    /// `import a.b` (binds `a`) or `import a.b as c` (binds `c` to `a.b`).
    Module { alias: Option<Name> },
    /// `from m import name as alias`.
    Name { name: Name, alias: Option<Name> },
    /// `from m import *`.
    All,
}

/// A function, method or lambda.
#[derive(Debug)]
pub struct Function {
    /// Its name; empty for a lambda.
    pub name: Name,
    /// Where the name stands (for a lambda, the lambda).
    pub name_span: Span,
    /// From the first token (not the decorators) to the last of the body.
    pub span: Span,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Decorator expressions, outermost first.
    pub decorators: Vec<ExprId>,
    /// The annotation of what it returns.
    pub returns: Option<ExprId>,
    /// The body.
    pub body: Block,
    /// `async def`.
    pub is_async: bool,
    /// Whether it yields.
    pub is_generator: bool,
    /// Whether the first parameter is the object or class it is called on.
    pub receiver: Receiver,
    /// The class whose body defines it.
    pub class: Option<ClassId>,
}

/// What the first parameter of a function stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Receiver {
    /// An ordinary parameter, or none.
    None,
    /// The object (`self`).
    Instance,
    /// The class (`cls`).
    Class,
}

/// A parameter.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Where the name stands.
    pub span: Span,
    /// How it takes arguments.
    pub kind: ParamKind,
    /// Its default.
    pub default: Option<ExprId>,
    /// Its annotation.
    pub annotation: Option<ExprId>,
}

/// How a parameter takes arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    /// By position or name.
    Plain,
    /// By position only.
    PositionalOnly,
    /// By name only.
    KeywordOnly,
    /// `*args`.
    Rest,
    /// `**kwargs`.
    KeywordRest,
}

/// A class.
#[derive(Debug)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// From the first token (not the decorators) to the last of the body.
    pub span: Span,
    /// Bases, and keywords such as `metaclass=`.
    pub bases: Vec<Arg>,
    /// Decorator expressions, outermost first.
    pub decorators: Vec<ExprId>,
    /// The body.
    pub body: Block,
    /// What kind of class it is.
    pub form: ClassForm,
}

/// What the language itself says about a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClassForm {
    /// An ordinary class: what makes its objects is a function in it.
    #[default]
    Plain,
    /// Its objects are made by naming their fields.
    Record,
    /// A part of the module with a name of its own: nothing makes objects of it, and its functions see its names.
    Namespace,
}

impl Module {
    /// The expression behind an id.
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.index()]
    }

    /// The statement behind an id.
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.index()]
    }

    /// The function behind an id.
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.index()]
    }

    /// The class behind an id.
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.index()]
    }

    /// The call behind an id, if it is one.
    pub fn call(&self, id: ExprId) -> Option<&Call> {
        match &self.expr(id).kind {
            ExprKind::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The string that documents a block: its first statement, when that is a string.
    pub fn docstring(&self, block: &[StmtId]) -> Option<&str> {
        let StmtKind::Expr(expr) = self.stmt(*block.first()?).kind else {
            return None;
        };
        match &self.expr(expr).kind {
            ExprKind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The blocks directly inside a statement.
    pub fn blocks<'a>(&'a self, stmt: &'a Stmt) -> Vec<&'a Block> {
        match &stmt.kind {
            StmtKind::Function(id) => vec![&self.function(*id).body],
            StmtKind::Class(id) => vec![&self.class(*id).body],
            StmtKind::If(arms) => arms.iter().map(|arm| &arm.body).collect(),
            StmtKind::Match { arms, .. } => arms.iter().map(|arm| &arm.body).collect(),
            StmtKind::While {
                body, otherwise, ..
            }
            | StmtKind::For {
                body, otherwise, ..
            } => vec![body, otherwise],
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => handlers
                .iter()
                .map(|handler| &handler.body)
                .chain([body, otherwise, finally])
                .collect(),
            StmtKind::With { body, .. } => vec![body],
            _ => Vec::new(),
        }
    }

    /// The expressions directly inside `id`, in source order. Lambda bodies are not among them.
    pub fn children(&self, id: ExprId) -> Vec<ExprId> {
        match &self.expr(id).kind {
            ExprKind::Name(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::Lambda(_)
            | ExprKind::Yield(None) => Vec::new(),
            ExprKind::Attribute(inner, _)
            | ExprKind::Not(inner)
            | ExprKind::Negate(inner)
            | ExprKind::Unary(inner)
            | ExprKind::Await(inner)
            | ExprKind::Yield(Some(inner))
            | ExprKind::YieldFrom(inner)
            | ExprKind::Assigned(_, inner)
            | ExprKind::Splat(inner) => vec![*inner],
            ExprKind::Subscript(base, index) => std::iter::once(*base)
                .chain(index.iter().copied())
                .collect(),
            ExprKind::Call(call) => std::iter::once(call.callee)
                .chain(call.args.iter().map(|arg| arg.value))
                .collect(),
            ExprKind::Text(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    TextPart::Hole(hole) => Some(*hole),
                    TextPart::Literal(_) => None,
                })
                .collect(),
            ExprKind::List(items)
            | ExprKind::Tuple(items)
            | ExprKind::Set(items)
            | ExprKind::Opaque(items) => items.clone(),
            ExprKind::Dict(items) => items
                .iter()
                .flat_map(|item| match item {
                    DictItem::Pair(key, value) => vec![*key, *value],
                    DictItem::Splat(value) => vec![*value],
                })
                .collect(),
            ExprKind::Comprehension(comprehension) => comprehension
                .elements
                .iter()
                .copied()
                .chain(comprehension.clauses.iter().flat_map(|clause| {
                    [clause.target, clause.iter]
                        .into_iter()
                        .chain(clause.conditions.iter().copied())
                }))
                .collect(),
            ExprKind::Logic(_, left, right) | ExprKind::Binary(_, left, right) => {
                vec![*left, *right]
            }
            ExprKind::Compare(first, rest) => std::iter::once(*first)
                .chain(rest.iter().map(|(_, operand)| *operand))
                .collect(),
            ExprKind::Conditional {
                test,
                then,
                otherwise,
            } => vec![*then, *test, *otherwise],
        }
    }
}
