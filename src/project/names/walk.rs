//! The walk over a module that fills its [`Index`].

use super::{
    Atom, AttributeWrite, Binding, BindingKind, Guard, GuardId, ImportRef, Index, ItemWrite, Scope,
    ScopeId, ScopeKind, Standing, Turn, root_of_items,
};
use crate::source::Span;
use crate::syntax::{
    Arm, ArmKind, Block, ClassForm, ClassId, DictItem, ExprId, ExprKind, FunctionId, Import,
    ImportKind, Module, Name, Receiver, StmtId, StmtKind,
};
use std::collections::{BTreeSet, HashMap};

/// Walks over `module` and fills `index`; `nowhere` is the place of what stands in no statement.
pub(super) fn fill(module: &Module, index: Index, nowhere: Standing) -> Index {
    let mut walker = Walker { module, index };
    let scope = walker.open_scope(ScopeKind::Module, None);
    walker.block(&module.body, Standing { scope, ..nowhere });
    walker.index
}

struct Walker<'a> {
    module: &'a Module,
    index: Index,
}

impl Walker<'_> {
    fn open_scope(&mut self, kind: ScopeKind, parent: Option<ScopeId>) -> ScopeId {
        let id = ScopeId(u32::try_from(self.index.scopes.len()).unwrap_or(u32::MAX));
        self.index.scopes.push(Scope {
            kind,
            parent,
            names: HashMap::new(),
            globals: BTreeSet::new(),
            nonlocals: BTreeSet::new(),
            stars: Vec::new(),
        });
        id
    }

    fn under(&mut self, at: Standing, atom: Atom) -> Standing {
        let id = GuardId(u32::try_from(self.index.guards.len()).unwrap_or(u32::MAX));
        self.index.guards.push(Guard {
            parent: at.guard,
            atom,
        });
        Standing {
            guard: Some(id),
            ..at
        }
    }

    /// The scope that a name written in `scope` belongs to.
    fn owner(&self, scope: ScopeId, name: &Name) -> ScopeId {
        let mut at = scope;
        loop {
            let found = self.index.scope(at);
            if found.globals.contains(name) {
                return ScopeId(0);
            }
            if found.nonlocals.contains(name) || found.kind == ScopeKind::Comprehension {
                let Some(parent) = found.parent else {
                    return at;
                };
                let outer = self.index.scope(parent);
                if found.kind == ScopeKind::Comprehension || outer.names.contains_key(name) {
                    at = parent;
                    if self.index.scope(at).kind != ScopeKind::Comprehension {
                        return if self.index.scope(at).globals.contains(name) {
                            ScopeId(0)
                        } else {
                            at
                        };
                    }
                    continue;
                }
                at = parent;
                continue;
            }
            return at;
        }
    }

    fn bind_in(
        &mut self,
        owner: ScopeId,
        name: &Name,
        kind: BindingKind,
        span: Span,
        at: Standing,
    ) {
        let scope = &mut self.index.scopes[owner.0 as usize];
        scope
            .names
            .entry(name.clone())
            .or_default()
            .push(Binding { kind, span, at });
    }

    fn bind(&mut self, name: &Name, kind: BindingKind, span: Span, at: Standing) {
        self.bind_in(self.owner(at.scope, name), name, kind, span, at);
    }

    /// Whether a function is called like a field of its class, in a class that keeps the two apart.
    fn is_beside_field(&self, name: &Name, scope: ScopeId) -> bool {
        let found = self.index.scope(scope);
        let ScopeKind::Class(class) = found.kind else {
            return false;
        };
        let declares = |binding: &Binding| matches!(binding.kind, BindingKind::Declared(_));
        self.module.class(class).form == ClassForm::Record
            && found
                .names
                .get(name)
                .is_some_and(|known| known.iter().any(declares))
    }

    fn block(&mut self, block: &Block, mut at: Standing) {
        // `global` holds for the whole function, wherever it stands.
        for stmt in block {
            self.declarations(*stmt, at.scope);
        }
        for stmt in block {
            at.stmt = *stmt;
            self.stmt(*stmt, at);
            // What follows `if test: return` runs only when the test failed.
            if let StmtKind::If(arms) = &self.module.stmt(*stmt).kind {
                for arm in arms {
                    match arm.test {
                        Some(test) if arm.kind == ArmKind::Plain && self.leaves(&arm.body) => {
                            at = self.under(at, Atom::Test(test, false));
                        }
                        _ => break,
                    }
                }
            }
        }
    }

    fn declarations(&mut self, stmt: StmtId, scope: ScopeId) {
        match &self.module.stmt(stmt).kind {
            StmtKind::Global(names) => self.index.scopes[scope.0 as usize]
                .globals
                .extend(names.iter().cloned()),
            StmtKind::Nonlocal(names) => self.index.scopes[scope.0 as usize]
                .nonlocals
                .extend(names.iter().cloned()),
            _ => {}
        }
    }

    /// Whether the block never reaches its end.
    fn leaves(&self, block: &Block) -> bool {
        block
            .last()
            .is_some_and(|last| match &self.module.stmt(*last).kind {
                StmtKind::Return(_) | StmtKind::Raise(_) | StmtKind::Break | StmtKind::Continue => {
                    true
                }
                StmtKind::If(arms) => {
                    arms.last().is_some_and(|arm| arm.test.is_none())
                        && arms.iter().all(|arm| self.leaves(&arm.body))
                }
                StmtKind::With { body, .. } => self.leaves(body),
                StmtKind::Try {
                    body,
                    handlers,
                    otherwise,
                    finally,
                } => {
                    self.leaves(finally)
                        || ((self.leaves(body) || self.leaves(otherwise))
                            && handlers.iter().all(|handler| self.leaves(&handler.body)))
                }
                _ => false,
            })
    }

    fn stmt(&mut self, id: StmtId, at: Standing) {
        let module = self.module;
        let span = module.stmt(id).span;
        match &module.stmt(id).kind {
            StmtKind::Expr(expr) => self.expr(*expr, None, at),
            StmtKind::Assign {
                targets,
                annotation,
                value,
            } => {
                if let Some(annotation) = annotation {
                    self.expr(*annotation, None, at);
                }
                if let Some(value) = value {
                    self.expr(*value, None, at);
                }
                for target in targets {
                    match value {
                        Some(value) => {
                            self.target(*target, &Source::Value(*value), &mut Vec::new(), at)
                        }
                        None => match (&module.expr(*target).kind, annotation) {
                            (ExprKind::Name(name), Some(annotation)) => {
                                self.place(*target, None, at);
                                self.bind(
                                    name,
                                    BindingKind::Declared(*annotation),
                                    module.expr(*target).span,
                                    at,
                                );
                            }
                            _ => self.expr(*target, None, at),
                        },
                    }
                }
            }
            StmtKind::Augment { target, op, value } => {
                self.expr(*value, None, at);
                self.expr(*target, None, at);
                if let ExprKind::Name(name) = &module.expr(*target).kind {
                    self.bind(name, BindingKind::Augment(*op, *value), span, at);
                }
            }
            StmtKind::Import(imports) => {
                for (item, import) in imports.iter().enumerate() {
                    self.import(
                        import,
                        ImportRef {
                            stmt: id,
                            item: u32::try_from(item).unwrap_or(0),
                        },
                        at,
                    );
                }
            }
            StmtKind::Function(function) => {
                let home = module.function(*function);
                self.function(*function, at);
                if !self.is_beside_field(&home.name, at.scope) {
                    self.bind(
                        &home.name,
                        BindingKind::Function(*function),
                        home.name_span,
                        at,
                    );
                }
            }
            StmtKind::Class(class) => self.class(*class, at),
            StmtKind::If(arms) => self.arms(arms, at),
            StmtKind::Match { subject, arms } => {
                self.expr(*subject, None, at);
                for (number, arm) in arms.iter().enumerate() {
                    let mut inside =
                        self.under(at, Atom::MatchArm(id, u32::try_from(number).unwrap_or(0)));
                    for value in &arm.values {
                        self.expr(*value, None, inside);
                    }
                    for (name, span) in &arm.binds {
                        self.bind(name, BindingKind::Other, *span, inside);
                    }
                    if let Some(guard) = arm.guard {
                        self.expr(guard, None, inside);
                        inside = self.under(inside, Atom::Test(guard, true));
                    }
                    self.block(&arm.body, inside);
                }
            }
            StmtKind::While {
                test,
                body,
                otherwise,
            } => {
                let turn = Standing {
                    turn: Some(Turn::Statement(id)),
                    ..self.under(at, Atom::Loop(id))
                };
                if let Some(test) = test {
                    self.expr(*test, None, turn);
                }
                self.block(body, turn);
                self.block(otherwise, at);
            }
            StmtKind::For {
                target,
                iter,
                body,
                otherwise,
                ..
            } => {
                self.expr(*iter, None, at);
                let turn = Standing {
                    turn: Some(Turn::Statement(id)),
                    ..self.under(at, Atom::Loop(id))
                };
                self.target(*target, &Source::Element(*iter), &mut Vec::new(), turn);
                self.block(body, turn);
                self.block(otherwise, at);
            }
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                let inside = if handlers.is_empty() {
                    at
                } else {
                    self.under(at, Atom::TryArm(id, 0))
                };
                self.block(body, inside);
                for (number, handler) in handlers.iter().enumerate() {
                    let inside = self.under(
                        at,
                        Atom::TryArm(id, u32::try_from(number + 1).unwrap_or(u32::MAX)),
                    );
                    for expr in &handler.types {
                        self.expr(*expr, None, inside);
                    }
                    if let Some((name, span)) = &handler.name {
                        self.bind(name, BindingKind::Other, *span, inside);
                    }
                    self.block(&handler.body, inside);
                }
                self.block(otherwise, inside);
                self.block(finally, at);
            }
            StmtKind::With { items, body, .. } => {
                for item in items {
                    self.expr(item.context, None, at);
                    self.index.with_items.insert(item.context, item.target);
                    if let Some(target) = item.target {
                        self.target(target, &Source::With(item.context), &mut Vec::new(), at);
                    }
                }
                self.block(body, at);
            }
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.expr(*value, None, at);
                    if let Some(function) = self.index.function_of(at.scope) {
                        self.index.returns[function.index()].push((*value, at));
                    }
                }
            }
            StmtKind::Raise(exprs) | StmtKind::Assert(exprs) | StmtKind::Opaque(exprs) => {
                for expr in exprs {
                    self.expr(*expr, None, at);
                }
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    self.expr(*target, None, at);
                    match &module.expr(*target).kind {
                        ExprKind::Name(name) => self.bind(name, BindingKind::Deleted, span, at),
                        ExprKind::Subscript(base, index) => {
                            if let (ExprKind::Name(name), [key]) =
                                (&module.expr(*base).kind, index.as_slice())
                            {
                                self.mutate(name, BindingKind::DeleteItem(*key), span, at);
                            }
                        }
                        _ => {}
                    }
                }
            }
            StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Pass
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_) => {}
        }
    }

    fn arms(&mut self, arms: &[Arm], at: Standing) {
        let mut before = at;
        for arm in arms {
            if let Some(test) = arm.test {
                self.expr(test, None, before);
            }
            let inside = match (arm.kind, arm.test) {
                (ArmKind::Plain, Some(test)) => self.under(before, Atom::Test(test, true)),
                (ArmKind::Plain, None) => before,
                (ArmKind::Main, _) => self.under(before, Atom::Main),
                (ArmKind::TypeOnly, _) => self.under(before, Atom::TypeOnly),
            };
            if let (ArmKind::Plain, Some(test)) = (arm.kind, arm.test) {
                before = self.under(before, Atom::Test(test, false));
            }
            self.block(&arm.body, inside);
        }
    }

    fn import(&mut self, import: &Import, reference: ImportRef, at: Standing) {
        let bound = match &import.kind {
            ImportKind::All => {
                self.index.scopes[at.scope.0 as usize].stars.push(reference);
                return;
            }
            ImportKind::Module { alias } => {
                alias.clone().or_else(|| import.module.first().cloned())
            }
            ImportKind::Name { name, alias } => Some(alias.clone().unwrap_or_else(|| name.clone())),
        };
        if let Some(name) = bound {
            self.bind(&name, BindingKind::Import(reference), import.span, at);
        }
    }

    fn function(&mut self, id: FunctionId, at: Standing) {
        let module = self.module;
        let function = module.function(id);
        for expr in function.decorators.iter().chain(&function.returns) {
            self.expr(*expr, None, at);
        }
        for param in &function.params {
            for expr in param.default.iter().chain(&param.annotation) {
                self.expr(*expr, None, at);
            }
        }
        // A function does not see the names of the class body that defines it.
        let mut parent = at.scope;
        while let ScopeKind::Class(around) = self.index.scope(parent).kind
            && module.class(around).form != ClassForm::Namespace
        {
            let Some(outer) = self.index.scope(parent).parent else {
                break;
            };
            parent = outer;
        }
        let scope = self.open_scope(ScopeKind::Function(id), Some(parent));
        self.index.function_scopes[id.index()] = scope;
        self.index.function_homes[id.index()] = at;
        if let Some(class) = function.class {
            self.index.methods[class.index()].push(id);
        }
        let inside = Standing {
            scope,
            guard: None,
            turn: None,
            stmt: at.stmt,
        };
        for (number, param) in function.params.iter().enumerate() {
            let kind = BindingKind::Param(id, u32::try_from(number).unwrap_or(0));
            self.bind_in(scope, &param.name, kind, param.span, inside);
        }
        for stmt in &function.body {
            self.all_declarations(*stmt, scope);
        }
        self.block(&function.body, inside);
    }

    /// `global` inside an `if` or `with` of the function counts for the whole function, too.
    fn all_declarations(&mut self, stmt: StmtId, scope: ScopeId) {
        self.declarations(stmt, scope);
        let module = self.module;
        let blocks = match &module.stmt(stmt).kind {
            StmtKind::Function(_) | StmtKind::Class(_) => Vec::new(),
            _ => module.blocks(module.stmt(stmt)),
        };
        for block in blocks {
            for stmt in block {
                self.all_declarations(*stmt, scope);
            }
        }
    }

    fn class(&mut self, id: ClassId, at: Standing) {
        let module = self.module;
        let class = module.class(id);
        for expr in class
            .decorators
            .iter()
            .copied()
            .chain(class.bases.iter().map(|base| base.value))
        {
            self.expr(expr, None, at);
        }
        let scope = self.open_scope(ScopeKind::Class(id), Some(at.scope));
        self.index.class_scopes[id.index()] = scope;
        self.index.class_homes[id.index()] = at;
        self.bind(&class.name, BindingKind::Class(id), class.name_span, at);
        self.block(&class.body, Standing { scope, ..at });
    }

    /// A change to the value of a name: it belongs to the scope that binds the name, seen from `at`.
    fn mutate(&mut self, name: &Name, kind: BindingKind, span: Span, at: Standing) {
        let mut scope = at.scope;
        loop {
            let found = self.index.scope(scope);
            if found.globals.contains(name) {
                scope = ScopeId(0);
                break;
            }
            if found.names.contains_key(name) {
                break;
            }
            match found.parent {
                Some(parent) => scope = parent,
                None => break,
            }
        }
        self.bind_in(scope, name, kind, span, at);
    }

    fn target(&mut self, target: ExprId, source: &Source, path: &mut Vec<u32>, at: Standing) {
        let module = self.module;
        let span = module.expr(target).span;
        match &module.expr(target).kind {
            ExprKind::Name(name) => {
                self.place(target, None, at);
                self.bind(name, source.binding(path), span, at);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                self.place(target, None, at);
                for (number, item) in items.iter().enumerate() {
                    path.push(u32::try_from(number).unwrap_or(u32::MAX));
                    self.target(*item, source, path, at);
                    path.pop();
                }
            }
            ExprKind::Splat(inner) => {
                if let ExprKind::Name(name) = &module.expr(*inner).kind {
                    self.bind(name, BindingKind::Other, span, at);
                }
                self.expr(target, None, at);
            }
            ExprKind::Attribute(base, name) => {
                self.expr(target, None, at);
                let value = match source {
                    Source::Value(value) => Some((*value, path.clone())),
                    Source::Element(_) | Source::With(_) => None,
                };
                self.attribute(*base, name, value, source.binding(path), span, at);
            }
            ExprKind::Subscript(base, keys) => {
                self.expr(target, None, at);
                if let (Source::Value(value), [key]) = (source, keys.as_slice()) {
                    match &module.expr(*base).kind {
                        ExprKind::Name(name) => {
                            self.mutate(name, BindingKind::SetItem(*key, *value), span, at)
                        }
                        _ => {
                            self.index.item_writes.push(ItemWrite {
                                base: *base,
                                key: *key,
                                value: *value,
                                at,
                            });
                            if let Some(name) = root_of_items(module, *base) {
                                let kind = BindingKind::SetInner(target, *value);
                                self.mutate(name, kind, span, at);
                            }
                        }
                    }
                }
            }
            _ => self.expr(target, None, at),
        }
    }

    fn attribute(
        &mut self,
        base: ExprId,
        name: &Name,
        value: Option<(ExprId, Vec<u32>)>,
        kind: BindingKind,
        span: Span,
        at: Standing,
    ) {
        let module = self.module;
        if let (ExprKind::Name(object), Some((class, method))) = (
            &module.expr(base).kind,
            self.index.method_of(module, at.scope),
        ) {
            let function = module.function(method);
            let receiver = function
                .params
                .first()
                .filter(|_| function.receiver != Receiver::None);
            if receiver.is_some_and(|receiver| receiver.name == *object) {
                let written = &mut self.index.class_attributes[class.index()];
                written
                    .entry(name.clone())
                    .or_default()
                    .push(Binding { kind, span, at });
                return;
            }
        }
        self.index.attribute_writes.push(AttributeWrite {
            base,
            name: name.clone(),
            value,
            span,
            at,
        });
    }

    fn place(&mut self, expr: ExprId, parent: Option<ExprId>, at: Standing) {
        self.index.standing[expr.index()] = at;
        self.index.parents[expr.index()] = parent;
    }

    fn expr(&mut self, id: ExprId, parent: Option<ExprId>, at: Standing) {
        let module = self.module;
        self.place(id, parent, at);
        match &module.expr(id).kind {
            ExprKind::Lambda(function) => {
                self.function(*function, at);
                return;
            }
            ExprKind::Str(_) => self.index.strings.push(id),
            ExprKind::Comprehension(comprehension) => {
                let scope = self.open_scope(ScopeKind::Comprehension, Some(at.scope));
                let inside = Standing {
                    scope,
                    turn: Some(Turn::Comprehension(id)),
                    ..at
                };
                for (number, clause) in comprehension.clauses.iter().enumerate() {
                    // The first iterable is evaluated outside, once.
                    self.expr(clause.iter, Some(id), if number == 0 { at } else { inside });
                    self.comprehension_target(
                        clause.target,
                        clause.iter,
                        scope,
                        &mut Vec::new(),
                        inside,
                    );
                    for condition in &clause.conditions {
                        self.expr(*condition, Some(id), inside);
                    }
                }
                for element in &comprehension.elements {
                    self.expr(*element, Some(id), inside);
                }
                return;
            }
            ExprKind::Conditional {
                test,
                then,
                otherwise,
            } => {
                self.expr(*test, Some(id), at);
                let yes = self.under(at, Atom::Test(*test, true));
                self.expr(*then, Some(id), yes);
                let no = self.under(at, Atom::Test(*test, false));
                self.expr(*otherwise, Some(id), no);
                return;
            }
            ExprKind::Logic(op, left, right) => {
                self.expr(*left, Some(id), at);
                let inside = self.under(at, Atom::Test(*left, *op == crate::syntax::LogicOp::And));
                self.expr(*right, Some(id), inside);
                return;
            }
            ExprKind::Assigned(name, value) => {
                self.expr(*value, Some(id), at);
                self.bind(name, BindingKind::Value(*value), module.expr(id).span, at);
                return;
            }
            ExprKind::Yield(Some(value)) => {
                if let Some(function) = self.index.function_of(at.scope) {
                    self.index.yields[function.index()].push((*value, at));
                }
            }
            ExprKind::Name(name) if module.lent_out.contains(&id) => {
                let lent = self.index.lent_out.entry(name.clone()).or_default();
                lent.push((module.expr(id).span, at));
            }
            ExprKind::Call(call) => {
                self.index.calls.push(id);
                if let ExprKind::Attribute(base, _) = &module.expr(call.callee).kind
                    && let Some(name) = root_of_items(module, *base)
                {
                    let of_item = !matches!(module.expr(*base).kind, ExprKind::Name(_));
                    self.method_call(name, id, of_item, at);
                }
            }
            ExprKind::Dict(items) => {
                for item in items {
                    match item {
                        DictItem::Pair(key, value) => {
                            self.expr(*key, Some(id), at);
                            self.expr(*value, Some(id), at);
                        }
                        DictItem::Splat(value) => self.expr(*value, Some(id), at),
                    }
                }
                return;
            }
            _ => {}
        }
        for child in module.children(id) {
            self.expr(child, Some(id), at);
        }
    }

    /// `name.method(…)` may change the value of the name; what the method means is for others to say.
    fn method_call(&mut self, name: &Name, call: ExprId, of_item: bool, at: Standing) {
        let mut scope = Some(at.scope);
        while let Some(id) = scope {
            let found = self.index.scope(id);
            if found.globals.contains(name) {
                scope = Some(ScopeId(0));
                break;
            }
            if found.names.contains_key(name) {
                break;
            }
            scope = found.parent;
        }
        // A name that nothing binds may come with everything else of another module.
        let starred = of_item && !self.index.scope(ScopeId(0)).stars.is_empty();
        let Some(owner) = scope.or(starred.then_some(ScopeId(0))) else {
            return;
        };
        // Only values made or received here are worth following, and items of what is imported.
        let follows = match self.index.scope(owner).names.get(name) {
            None => starred,
            Some(bindings) => bindings.iter().any(|binding| match binding.kind {
                BindingKind::Value(_)
                | BindingKind::SetItem(..)
                | BindingKind::SetInner(..)
                | BindingKind::Param(..) => true,
                BindingKind::Import(_) | BindingKind::Method(_) => of_item,
                _ => false,
            }),
        };
        if follows {
            self.bind_in(
                owner,
                name,
                BindingKind::Method(call),
                self.module.expr(call).span,
                at,
            );
        }
    }

    fn comprehension_target(
        &mut self,
        target: ExprId,
        iter: ExprId,
        scope: ScopeId,
        path: &mut Vec<u32>,
        at: Standing,
    ) {
        let module = self.module;
        self.place(target, None, at);
        match &module.expr(target).kind {
            ExprKind::Name(name) => {
                let kind = BindingKind::Element(iter, path.clone());
                self.bind_in(scope, name, kind, module.expr(target).span, at);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    path.push(u32::try_from(number).unwrap_or(u32::MAX));
                    self.comprehension_target(*item, iter, scope, path, at);
                    path.pop();
                }
            }
            _ => self.expr(target, None, at),
        }
    }
}

/// Where the value of a target comes from.
enum Source {
    Value(ExprId),
    Element(ExprId),
    With(ExprId),
}

impl Source {
    fn binding(&self, path: &[u32]) -> BindingKind {
        match self {
            Source::Value(value) if path.is_empty() => BindingKind::Value(*value),
            Source::Value(value) => BindingKind::Unpack(*value, path.to_vec()),
            Source::Element(iter) => BindingKind::Element(*iter, path.to_vec()),
            Source::With(context) if path.is_empty() => BindingKind::With(*context),
            Source::With(_) => BindingKind::Other,
        }
    }
}
