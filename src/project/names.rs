//! Names of one module: its scopes, what binds each name, and under which conditions each expression stands.
//!
//! Takes a lowered [`Module`]; gives an [`Index`]. Computed once per module, without looking at any other.
//! Invariant: bindings of a name are in source order, and the guard of an expression lists every test that must have
//! gone one way for it to run within its function.

mod walk;

use crate::source::Span;
use crate::syntax::{ClassId, ExprId, ExprKind, FunctionId, Module, Name, StmtId};
use std::collections::{BTreeSet, HashMap};

/// A scope of one module.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ScopeId(pub u32);

/// How many conditions of one place count. A thousand early returns in one function put a thousand conditions on its last
/// line, and comparing those of every two lines would never end.
const MOST_CONDITIONS: usize = 64;

/// A condition of one module; conditions form a tree towards the function's start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GuardId(pub u32);

/// Where an expression or statement stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The scope whose names it sees first.
    pub scope: ScopeId,
    /// What must hold for it to run.
    pub guard: Option<GuardId>,
    /// The innermost loop around it in the same function: a statement, or the comprehension.
    pub turn: Option<Turn>,
    /// The statement it belongs to.
    pub stmt: StmtId,
}

/// A loop.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Turn {
    /// A `for` or `while` statement.
    Statement(StmtId),
    /// A comprehension.
    Comprehension(ExprId),
}

/// One condition and those around it.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    /// The condition around this one.
    pub parent: Option<GuardId>,
    /// This condition.
    pub atom: Atom,
}

/// One condition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Atom {
    /// A test went this way.
    Test(ExprId, bool),
    /// This arm of a `match` was taken.
    MatchArm(StmtId, u32),
    /// Part of a `try`: 0 is the body, 1… its handlers.
    TryArm(StmtId, u32),
    /// Inside a loop, so perhaps never.
    Loop(StmtId),
    /// The file is the program itself.
    Main,
    /// Read by type checkers only.
    TypeOnly,
}

impl Atom {
    /// Whether both cannot hold at once.
    pub fn excludes(self, other: Atom) -> bool {
        match (self, other) {
            (Atom::Test(a, x), Atom::Test(b, y)) => a == b && x != y,
            (Atom::MatchArm(a, x), Atom::MatchArm(b, y))
            | (Atom::TryArm(a, x), Atom::TryArm(b, y)) => a == b && x != y,
            _ => false,
        }
    }

    /// The condition that holds when this one does not, if it can be said.
    pub fn negated(self) -> Option<Atom> {
        match self {
            Atom::Test(test, truth) => Some(Atom::Test(test, !truth)),
            _ => None,
        }
    }
}

/// What kind of scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    /// The module.
    Module,
    /// A function or lambda.
    Function(FunctionId),
    /// A class body.
    Class(ClassId),
    /// A comprehension.
    Comprehension,
}

/// A scope and the names bound in it.
#[derive(Debug)]
pub struct Scope {
    /// What it is.
    pub kind: ScopeKind,
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// Bindings by name, in source order.
    pub names: HashMap<Name, Vec<Binding>>,
    /// Names declared global in it.
    pub globals: BTreeSet<Name>,
    /// Names declared nonlocal in it.
    pub nonlocals: BTreeSet<Name>,
    /// Star imports in it.
    pub stars: Vec<ImportRef>,
}

/// An import of one module.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ImportRef {
    /// The statement.
    pub stmt: StmtId,
    /// Which of its names.
    pub item: u32,
}

/// Something that binds a name or changes the value bound to it.
#[derive(Clone, Debug)]
pub struct Binding {
    /// What it does.
    pub kind: BindingKind,
    /// Where.
    pub span: Span,
    /// Where it stands.
    pub at: Standing,
}

/// What a binding does.
#[derive(Clone, Debug)]
pub enum BindingKind {
    /// `name = value`.
    Value(ExprId),
    /// `a, (b, name) = value`: the positions to follow.
    Unpack(ExprId, Vec<u32>),
    /// `for name in value`, with positions to follow inside each element.
    Element(ExprId, Vec<u32>),
    /// `with value as name`.
    With(ExprId),
    /// An import.
    Import(ImportRef),
    /// A function definition.
    Function(FunctionId),
    /// A class definition.
    Class(ClassId),
    /// A parameter.
    Param(FunctionId, u32),
    /// `name: annotation` without a value.
    Declared(ExprId),
    /// Bound to something of no interest (exception, pattern).
    Other,
    /// `name op= value`.
    Augment(crate::syntax::BinaryOp, ExprId),
    /// `name[key] = value`.
    SetItem(ExprId, ExprId),
    /// `name[a][b] = value`: the target and the value.
    SetInner(ExprId, ExprId),
    /// `del name[key]`.
    DeleteItem(ExprId),
    /// A method call on the name or an item of it, as a statement or anywhere: `name.update(…)`, `name[a].update(…)`.
    Method(ExprId),
    /// `del name`.
    Deleted,
}

impl BindingKind {
    /// Whether the binding changes the value instead of replacing it.
    pub fn is_mutation(&self) -> bool {
        matches!(
            self,
            Self::SetItem(..)
                | Self::SetInner(..)
                | Self::DeleteItem(_)
                | Self::Method(_)
                | Self::Augment(..)
        )
    }
}

/// `base.name = value`.
#[derive(Clone, Debug)]
pub struct AttributeWrite {
    /// The object.
    pub base: ExprId,
    /// The attribute.
    pub name: Name,
    /// What is written, with positions to follow; `None` for an annotation, deletion or augmented assignment.
    pub value: Option<(ExprId, Vec<u32>)>,
    /// Where the target stands.
    pub span: Span,
    /// Where it stands.
    pub at: Standing,
}

/// `base[key] = value`.
#[derive(Clone, Debug)]
pub struct ItemWrite {
    /// The container.
    pub base: ExprId,
    /// The key.
    pub key: ExprId,
    /// What is written.
    pub value: ExprId,
    /// Where it stands.
    pub at: Standing,
}

/// Everything about names in one module.
#[derive(Debug)]
pub struct Index {
    /// All scopes; the first is the module.
    pub scopes: Vec<Scope>,
    /// All conditions.
    pub guards: Vec<Guard>,
    /// Where each expression stands.
    standing: Vec<Standing>,
    /// The expression around each expression.
    parents: Vec<Option<ExprId>>,
    /// The scope of each function.
    pub function_scopes: Vec<ScopeId>,
    /// The scope in which each function is defined.
    pub function_homes: Vec<Standing>,
    /// The scope of each class.
    pub class_scopes: Vec<ScopeId>,
    /// Where each class is defined.
    pub class_homes: Vec<Standing>,
    /// The functions defined directly in each class, in order.
    pub methods: Vec<Vec<FunctionId>>,
    /// Attributes written through the receiver of a method, by class.
    pub class_attributes: Vec<HashMap<Name, Vec<Binding>>>,
    /// Other attributes written.
    pub attribute_writes: Vec<AttributeWrite>,
    /// Where names are lent to what may change their values unseen.
    pub lent_out: HashMap<Name, Vec<(Span, Standing)>>,
    /// Items written to something that is no plain name.
    pub item_writes: Vec<ItemWrite>,
    /// All calls, in source order.
    pub calls: Vec<ExprId>,
    /// All string literals, in source order.
    pub strings: Vec<ExprId>,
    /// Each `return` with a value, by function.
    pub returns: Vec<Vec<(ExprId, Standing)>>,
    /// Each `yield` with a value, by function.
    pub yields: Vec<Vec<(ExprId, Standing)>>,
    /// Statements that are the body of a `with`, by the context expressions of its items: expression to target.
    pub with_items: HashMap<ExprId, Option<ExprId>>,
}

impl Index {
    /// Indexes `module`.
    pub fn new(module: &Module) -> Self {
        let nowhere = Standing {
            scope: ScopeId(0),
            guard: None,
            turn: None,
            stmt: StmtId(0),
        };
        let index = Self {
            scopes: Vec::new(),
            guards: Vec::new(),
            standing: vec![nowhere; module.exprs.len()],
            parents: vec![None; module.exprs.len()],
            function_scopes: vec![ScopeId(0); module.functions.len()],
            function_homes: vec![nowhere; module.functions.len()],
            class_scopes: vec![ScopeId(0); module.classes.len()],
            class_homes: vec![nowhere; module.classes.len()],
            methods: vec![Vec::new(); module.classes.len()],
            class_attributes: vec![HashMap::new(); module.classes.len()],
            attribute_writes: Vec::new(),
            lent_out: HashMap::new(),
            item_writes: Vec::new(),
            calls: Vec::new(),
            strings: Vec::new(),
            returns: vec![Vec::new(); module.functions.len()],
            yields: vec![Vec::new(); module.functions.len()],
            with_items: HashMap::new(),
        };
        walk::fill(module, index, nowhere)
    }

    /// The scope behind an id.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    /// Where an expression stands.
    pub fn standing(&self, expr: ExprId) -> Standing {
        self.standing[expr.index()]
    }

    /// The expression around an expression.
    pub fn parent(&self, expr: ExprId) -> Option<ExprId> {
        self.parents[expr.index()]
    }

    /// The conditions of a guard, innermost first, [`MOST_CONDITIONS`] of them.
    pub fn atoms(&self, guard: Option<GuardId>) -> impl Iterator<Item = Atom> + '_ {
        self.guards_around(guard)
            .take(MOST_CONDITIONS)
            .map(|guard| self.guards[guard.0 as usize].atom)
    }

    /// A guard and those around it, innermost first: all of them.
    pub fn guards_around(&self, guard: Option<GuardId>) -> impl Iterator<Item = GuardId> + '_ {
        std::iter::successors(guard, |guard| self.guards[guard.0 as usize].parent)
    }

    /// The function around a scope, itself included.
    pub fn function_of(&self, mut scope: ScopeId) -> Option<FunctionId> {
        loop {
            let found = self.scope(scope);
            match found.kind {
                ScopeKind::Function(function) => return Some(function),
                ScopeKind::Module => return None,
                ScopeKind::Class(_) | ScopeKind::Comprehension => scope = found.parent?,
            }
        }
    }

    /// The function directly around a scope; `None` inside a class body, whose statements run where the class stands.
    pub fn running_function(&self, scope: ScopeId) -> Option<FunctionId> {
        self.function_of(scope)
    }

    /// The class whose method the scope lies in, with the method.
    pub fn method_of(&self, module: &Module, scope: ScopeId) -> Option<(ClassId, FunctionId)> {
        let mut function = self.function_of(scope)?;
        loop {
            if let Some(class) = module.function(function).class {
                return Some((class, function));
            }
            function = self.function_of(self.function_homes[function.index()].scope)?;
        }
    }
}

/// The name whose items `expr` is one of, or the name itself: `name` of `name[a][b]`.
fn root_of_items(module: &Module, mut expr: ExprId) -> Option<&Name> {
    loop {
        match &module.expr(expr).kind {
            ExprKind::Name(name) => return Some(name),
            ExprKind::Subscript(base, _) => expr = *base,
            _ => return None,
        }
    }
}
