//! Items: functions, types, implementations, modules, imports.
//!
//! A struct, enum or trait is a class, and what `impl` blocks of the same module say belongs to it. Code for tests only is
//! left out: what it does to pools is its own business, and who it calls proves nothing for the product.

use super::lower::{CRATE, Dest, Lower, SELF, spelled};
use super::spans;
use crate::source::Span;
use crate::syntax::{
    Arg, ArgKind, Arm, ArmKind, Class, ClassId, ExprId, ExprKind, Function, FunctionId, Import,
    ImportKind, Name, Param, ParamKind, Receiver, StmtKind,
};
use proc_macro2::{Ident, TokenStream, TokenTree};
use std::collections::{HashMap, HashSet};
use syn::{Attribute, Fields, FnArg, ImplItem, Item, ReturnType, Signature, TraitItem};

/// The items among the statements of a block.
pub(super) fn local(stmts: &[syn::Stmt]) -> Vec<&Item> {
    stmts
        .iter()
        .filter_map(|stmt| match stmt {
            syn::Stmt::Item(item) => Some(item),
            _ => None,
        })
        .collect()
}

/// The names that items define.
pub(super) fn names(items: &[Item]) -> HashSet<String> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Const(it) => Some(&it.ident),
            Item::Fn(it) => Some(&it.sig.ident),
            Item::Mod(it) => Some(&it.ident),
            Item::Static(it) => Some(&it.ident),
            _ => None,
        })
        .map(spelled)
        .collect()
}

/// The name of the function that is the program, when the items are those of a program.
pub(super) fn program(items: &[Item]) -> Option<&Ident> {
    items.iter().find_map(|item| match item {
        Item::Fn(it) if it.sig.ident == "main" && it.sig.inputs.is_empty() => Some(&it.sig.ident),
        _ => None,
    })
}

/// Words in the name of a feature that only tests switch on.
const TEST_WORDS: &[&str] = &["test", "tests", "testing", "testutil", "testutils"];

/// How long a condition of compilation may be that is read before anybody has looked how deep it nests, in bytes.
const LONGEST_CONDITION: usize = 1 << 10;

/// Whether a condition of compilation holds for tests only; `by_name` asks for the names of features as well.
fn is_for_tests(tokens: &TokenStream, by_name: bool) -> bool {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(ident)), Some(TokenTree::Punct(equals))) => {
            let value = tokens.next().map(|value| value.to_string());
            let name = value.unwrap_or_default().to_lowercase();
            let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
            by_name
                && ident == "feature"
                && equals.as_char() == '='
                && words.any(|word| TEST_WORDS.contains(&word))
        }
        (Some(TokenTree::Ident(ident)), None) => ident == "test",
        (Some(TokenTree::Ident(ident)), Some(TokenTree::Group(group))) => {
            // One of `all(…)` being for tests is enough; of `any(…)` every one would have to be.
            let parts = || {
                let all: Vec<TokenTree> = group.stream().into_iter().collect();
                all.split(
                    |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','),
                )
                .map(|part| part.iter().cloned().collect::<TokenStream>())
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
            };
            let holds = |part: &TokenStream| is_for_tests(part, by_name);
            ident == "all" && parts().iter().any(holds)
                || ident == "any" && parts().iter().all(holds)
        }
        _ => false,
    }
}

/// Whether a text ends in the beginning of a module's declaration, with an attribute that has it for tests only.
pub(super) fn stands_for_tests(text: &str) -> bool {
    let text = text.trim_end().trim_end_matches("r#").trim_end();
    let Some(mut rest) = text.strip_suffix("mod").map(str::trim_end) else {
        return false;
    };
    if let Some((before, inside)) = rest.strip_suffix(')').and_then(|it| it.rsplit_once('('))
        && before.trim_end().ends_with("pub")
        && !inside.contains(')')
    {
        rest = before.trim_end();
    }
    rest = rest.strip_suffix("pub").unwrap_or(rest).trim_end();
    // Attributes and comments, from the last one upwards.
    while let Some(line) = rest.lines().next_back().map(str::trim) {
        let attribute = rest.strip_suffix(']').and_then(|it| it.rsplit_once("#["));
        if let Some((before, attribute)) = attribute {
            let condition = attribute.strip_prefix("cfg(");
            let condition = condition.and_then(|it| it.strip_suffix(')'));
            let condition = condition.filter(|it| it.len() <= LONGEST_CONDITION);
            let tokens = condition.and_then(|it| it.parse::<TokenStream>().ok());
            if tokens.is_some_and(|tokens| is_for_tests(&tokens, true)) {
                return true;
            }
            rest = before.trim_end();
        } else if line.starts_with("//") {
            rest = rest[..rest.len() - rest.lines().next_back().map_or(0, str::len)].trim_end();
        } else {
            return false;
        }
    }
    false
}

/// Whether an item is compiled for tests only, or is a test itself.
fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let last = path.segments.last().map(|last| spelled(&last.ident));
        let condition = match &attribute.meta {
            syn::Meta::List(list) if path.is_ident("cfg") => is_for_tests(&list.tokens, false),
            _ => false,
        };
        condition
            || matches!(
                last.as_deref(),
                Some("test" | "bench" | "rstest" | "test_case")
            )
    })
}

/// Whether an attribute has what it stands at for tests only, by the name of a feature.
fn by_name_for_tests(attribute: &Attribute) -> bool {
    match &attribute.meta {
        syn::Meta::List(list) if attribute.path().is_ident("cfg") => {
            is_for_tests(&list.tokens, true)
        }
        _ => false,
    }
}

/// The name of what a variant holds at a place. No source can write it: the variant's own name is a function.
pub(super) fn held_by(variant: &Ident, place: usize) -> Name {
    Name::from(format!("{}.{place}", spelled(variant)))
}

/// What a function is made of.
struct Parts<'i> {
    attributes: &'i [Attribute],
    /// Those of the block around it.
    around: &'i [Attribute],
    sig: &'i Signature,
    /// Nothing for what a trait only asks for.
    block: Option<&'i syn::Block>,
}

impl Lower<'_> {
    /// Lowers items into the block that is being lowered.
    pub(super) fn items(&mut self, items: &[Item]) {
        self.items_of(&items.iter().collect::<Vec<_>>());
    }

    /// Lowers items; implementations come last, when the classes they belong to are known.
    pub(super) fn items_of(&mut self, items: &[&Item]) {
        let mut classes: HashMap<Name, ClassId> = HashMap::new();
        for item in items {
            let attributes = attributes_of(item);
            if !for_tests(attributes) {
                let body = self.apart(|lower| lower.item(item, &mut classes));
                self.conditional(attributes, body);
            }
        }
        for item in items {
            if let Item::Impl(it) = item
                && !for_tests(&it.attrs)
            {
                self.implementation(it, &mut classes);
            }
        }
    }

    /// Puts statements under the condition of compilation that attributes state.
    fn conditional(&mut self, attributes: &[Attribute], body: crate::syntax::Block) {
        let condition = attributes
            .iter()
            .find_map(|attribute| match &attribute.meta {
                syn::Meta::List(list) if attribute.path().is_ident("cfg") => Some(&list.tokens),
                _ => None,
            });
        let Some(tokens) = condition.filter(|_| !body.is_empty()) else {
            self.block.extend(body);
            return;
        };
        let (text, holds) = condition_text(tokens);
        let first = self.module.stmt(body[0]).span;
        let at = Span::new(first.start as usize, first.start as usize);
        let test = match self.conditions.get(&text) {
            Some(known) => *known,
            None => {
                let test = self.opaque(at, Vec::new());
                self.conditions.insert(text, test);
                if holds && is_for_tests(tokens, true) {
                    self.module.for_tests.insert(test);
                }
                test
            }
        };
        let arm = |body| Arm {
            test: Some(test),
            kind: ArmKind::Plain,
            body,
        };
        let last = body
            .last()
            .map_or(first, |last| self.module.stmt(*last).span);
        let span = Span::new(first.start as usize, last.end.max(first.start) as usize);
        let arms = if holds {
            vec![arm(body)]
        } else {
            let otherwise = Arm {
                test: None,
                kind: ArmKind::Plain,
                body,
            };
            vec![arm(Vec::new()), otherwise]
        };
        self.push(span, StmtKind::If(arms));
    }

    fn item(&mut self, item: &Item, classes: &mut HashMap<Name, ClassId>) {
        match item {
            Item::Const(it) => {
                let span = self.between(it.const_token.span, it.semi_token.span);
                self.named_value(span, &it.ident, &it.ty, &it.expr);
            }
            Item::Static(it) => {
                let span = self.between(it.static_token.span, it.semi_token.span);
                self.named_value(span, &it.ident, &it.ty, &it.expr);
            }
            Item::Fn(it) => {
                let parts = Parts {
                    attributes: &it.attrs,
                    around: &[],
                    sig: &it.sig,
                    block: Some(&it.block),
                };
                self.function_stmt(&parts, None);
            }
            Item::Struct(it) => {
                let span = self.item_span(it.struct_token.span, &it.fields, it.semi_token);
                let id = self.class(span, &it.ident, &it.attrs);
                classes.insert(Name::from(spelled(&it.ident)), id);
                self.derived(it, id);
                let body = self.apart(|lower| lower.fields(&it.fields));
                self.module.classes[id.index()].body = body;
            }
            Item::Enum(it) => {
                let span = self.between(it.enum_token.span, it.brace_token.span.close());
                let id = self.class(span, &it.ident, &it.attrs);
                classes.insert(Name::from(spelled(&it.ident)), id);
                let body = self.apart(|lower| lower.variants(it));
                self.module.classes[id.index()].body = body;
            }
            Item::Union(_) | Item::TraitAlias(_) | Item::ForeignMod(_) => {}
            Item::Trait(it) => self.definition(it, classes),
            Item::Mod(it) => self.inner_module(it),
            Item::Type(it) => {
                let span = self.between(it.type_token.span, it.semi_token.span);
                let at = self.span(it.ident.span());
                let value = self.aliased(&it.ty);
                let name = Name::from(spelled(&it.ident));
                self.assign(span, (name, at), None, Some(value));
            }
            Item::Use(it) => self.import(it),
            Item::ExternCrate(it) => {
                let span = self.between(it.extern_token.span, it.semi_token.span);
                let alias = it
                    .rename
                    .as_ref()
                    .map(|(_, name)| Name::from(spelled(name)));
                let module = if it.ident == SELF {
                    vec![self.head(CRATE)]
                } else {
                    vec![Name::from(spelled(&it.ident))]
                };
                let import = |kind| Import {
                    level: 0,
                    module: module.clone(),
                    kind,
                    span,
                };
                let mut imports = vec![import(ImportKind::Module { alias })];
                // Attributes are macros, too: `#[get(…)]` without a `use`.
                if it.attrs.iter().any(|it| it.path().is_ident("macro_use")) {
                    imports.push(import(ImportKind::All));
                }
                self.push(span, StmtKind::Import(imports));
            }
            Item::Macro(it) if self.macro_statics(&it.mac) => {}
            Item::Macro(it) => {
                let span = self.between(
                    spans::path_start(&it.mac.path).unwrap_or_else(proc_macro2::Span::call_site),
                    spans::delimiter_end(&it.mac.delimiter),
                );
                let value = self.mac(&it.mac, span);
                self.push(span, StmtKind::Opaque(vec![value]));
            }
            _ => {}
        }
    }

    fn item_span(
        &self,
        start: proc_macro2::Span,
        fields: &Fields,
        semi: Option<syn::Token![;]>,
    ) -> Span {
        let end = match (fields, semi) {
            (_, Some(semi)) => semi.span,
            (Fields::Named(fields), None) => fields.brace_token.span.close(),
            (Fields::Unnamed(fields), None) => fields.paren_token.span.close(),
            (Fields::Unit, None) => start,
        };
        self.between(start, end)
    }

    fn named_value(&mut self, span: Span, ident: &Ident, ty: &syn::Type, value: &syn::Expr) {
        let at = self.span(ident.span());
        let annotation = self.annotation(ty);
        let value = self.expr(value);
        let name = Name::from(spelled(ident));
        self.assign(span, (name, at), annotation, Some(value));
    }

    /// A type that a trait asks for by a name. Without its type the name means nothing: it is kept as `type Name`.
    fn named_type(&mut self, it: &syn::ImplItemType) {
        let span = self.between(it.type_token.span, it.semi_token.span);
        let at = self.span(it.ident.span());
        let value = self.aliased(&it.ty);
        let name = Name::from(format!("type {}", spelled(&it.ident)));
        self.assign(span, (name, at), None, Some(value));
    }

    /// A class without a body yet.
    fn class(&mut self, span: Span, ident: &Ident, attributes: &[Attribute]) -> ClassId {
        let decorators = attributes
            .iter()
            .filter_map(|attribute| self.decorator(attribute))
            .collect();
        let id = ClassId(u32::try_from(self.module.classes.len()).unwrap_or(u32::MAX));
        let name_span = self.span(ident.span());
        self.module.classes.push(Class {
            name: Name::from(spelled(ident)),
            name_span,
            span,
            bases: Vec::new(),
            decorators,
            body: Vec::new(),
            form: crate::syntax::ClassForm::Record,
        });
        self.push(span, StmtKind::Class(id));
        id
    }

    /// What is derived with an attribute of its own name (`#[derive(Thing)] #[thing("name")]`): a call of it, with what the
    /// attribute says and the types of the fields.
    fn derived(&mut self, it: &syn::ItemStruct, class: ClassId) {
        let derives = it.attrs.iter().filter(|it| it.path().is_ident("derive"));
        let paths: Vec<syn::Path> = derives
            .filter_map(|attribute| {
                let all =
                    syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
                attribute.parse_args_with(all).ok()
            })
            .flatten()
            .collect();
        for path in &paths {
            let Some(own) = path.segments.last().map(|last| spelled(&last.ident)) else {
                continue;
            };
            let mut named = it.attrs.iter();
            let named = named.find(|attribute| attribute.path().is_ident(&own.to_lowercase()));
            let Some(said) = named.and_then(|attribute| self.decorator(attribute)) else {
                continue;
            };
            let callee = self.path_chain(path, false);
            let types = it.fields.iter().filter_map(|it| self.annotation(&it.ty));
            let types: Vec<ExprId> = types.collect();
            if let ExprKind::Call(call) = &mut self.module.exprs[said.index()].kind {
                call.callee = callee;
                self.module.type_arguments.insert(callee, types);
                self.module.classes[class.index()].decorators.push(said);
            }
        }
    }

    /// What variants hold: fields with the name of the variant and their place in it.
    fn variants(&mut self, it: &syn::ItemEnum) {
        for variant in &it.variants {
            let Fields::Unnamed(fields) = &variant.fields else {
                continue;
            };
            for (number, field) in fields.unnamed.iter().enumerate() {
                if let Some(annotation) = self.annotation(&field.ty) {
                    let at = self.span(variant.ident.span());
                    let name = held_by(&variant.ident, number);
                    self.assign(at, (name, at), Some(annotation), None);
                }
            }
        }
    }

    fn fields(&mut self, fields: &Fields) {
        for (number, field) in fields.iter().enumerate() {
            let (name, at) = match &field.ident {
                Some(ident) => (spelled(ident), ident.span()),
                None => (
                    number.to_string(),
                    spans::type_start(&field.ty).unwrap_or_else(proc_macro2::Span::call_site),
                ),
            };
            let at = self.span(at);
            let annotation = match self.annotation(&field.ty) {
                Some(annotation) => annotation,
                None => self.opaque(at, Vec::new()),
            };
            self.assign(at, (Name::from(name.as_str()), at), Some(annotation), None);
            let says = |attribute: &&Attribute| says_value(attribute);
            let said = field.attrs.iter().find(says);
            if let Some(value) = said.and_then(|attribute| self.decorator(attribute)) {
                self.assign(at, (Name::from(name), at), None, Some(value));
            }
        }
    }

    /// A trait.
    fn definition(&mut self, it: &syn::ItemTrait, classes: &mut HashMap<Name, ClassId>) {
        let span = self.between(it.trait_token.span, it.brace_token.span.close());
        let id = self.class(span, &it.ident, &it.attrs);
        let name = Name::from(spelled(&it.ident));
        classes.insert(name.clone(), id);
        let outer = self.own_type.replace(name);
        let body = self.apart(|lower| {
            for item in &it.items {
                if let TraitItem::Fn(method) = item {
                    let parts = Parts {
                        attributes: &method.attrs,
                        around: &[],
                        sig: &method.sig,
                        block: method.default.as_ref(),
                    };
                    lower.function_stmt(&parts, Some(id));
                }
            }
        });
        self.own_type = outer;
        self.module.classes[id.index()].body = body;
    }

    /// An `impl` block: its functions belong to the class of its type; a type of elsewhere gets a class of its own that
    /// derives from it.
    fn implementation(&mut self, it: &syn::ItemImpl, classes: &mut HashMap<Name, ClassId>) {
        let Some((name, at)) = Self::type_name(&it.self_ty) else {
            return;
        };
        let id = match classes.get(&name) {
            Some(known) => *known,
            None => {
                let span = self.between(it.impl_token.span, it.brace_token.span.close());
                let called = Ident::new("implementation", at);
                let id = self.class(span, &called, &[]);
                let at = self.span(at);
                let value = self.aliased(&it.self_ty);
                let class = &mut self.module.classes[id.index()];
                // No path can be written so: the type keeps its own name.
                class.name = Name::from(format!("impl {name}"));
                class.bases.push(base(value, at));
                classes.insert(name.clone(), id);
                id
            }
        };
        if let Some((path, _)) = &it.trait_ {
            let at = spans::path_start(path).map_or(Span::new(0, 0), |it| self.span(it));
            let value = self.type_path(path);
            self.module.classes[id.index()].bases.push(base(value, at));
        }
        let own = self.module.classes[id.index()].name.clone();
        let outer = self.own_type.replace(own);
        let body = self.with_open_types(&it.generics, |lower| {
            lower.apart(|lower| {
                for item in &it.items {
                    match item {
                        ImplItem::Fn(method) if !for_tests(&method.attrs) => {
                            let parts = Parts {
                                attributes: &method.attrs,
                                around: &it.attrs,
                                sig: &method.sig,
                                block: Some(&method.block),
                            };
                            let body = lower.apart(|lower| lower.function_stmt(&parts, Some(id)));
                            let mut around = it.attrs.iter().chain(&method.attrs);
                            match around.find(|attribute| by_name_for_tests(attribute)) {
                                Some(only) => lower.conditional(std::slice::from_ref(only), body),
                                None => lower.block.extend(body),
                            }
                        }
                        ImplItem::Type(it) => lower.named_type(it),
                        ImplItem::Const(it) => {
                            let span = lower.between(it.const_token.span, it.semi_token.span);
                            lower.named_value(span, &it.ident, &it.ty, &it.expr);
                        }
                        _ => {}
                    }
                }
            })
        });
        self.own_type = outer;
        self.module.classes[id.index()].body.extend(body);
    }

    fn function_stmt(&mut self, parts: &Parts<'_>, class: Option<ClassId>) {
        let start = parts
            .sig
            .asyncness
            .map_or(parts.sig.fn_token.span, |token| token.span);
        let end = match (parts.block, &parts.sig.output) {
            (Some(block), _) => block.brace_token.span.close(),
            (None, ReturnType::Type(_, ty)) => {
                spans::type_end(ty).unwrap_or(parts.sig.paren_token.span.close())
            }
            (None, ReturnType::Default) => parts.sig.paren_token.span.close(),
        };
        let span = self.between(start, end);
        let id = self.function(parts, class, span);
        self.push(span, StmtKind::Function(id));
    }

    fn function(&mut self, parts: &Parts<'_>, class: Option<ClassId>, span: Span) -> FunctionId {
        self.with_open_types(&parts.sig.generics, |lower| {
            lower.function_here(parts, class, span)
        })
    }

    fn function_here(
        &mut self,
        parts: &Parts<'_>,
        class: Option<ClassId>,
        span: Span,
    ) -> FunctionId {
        let attributes = parts.attributes.iter().chain(parts.around);
        let decorators = attributes
            .filter_map(|attribute| self.decorator(attribute))
            .collect();
        let returns = match &parts.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => self.annotation(ty),
        };
        let gives = match &parts.sig.output {
            ReturnType::Default => false,
            ReturnType::Type(_, ty) => !Self::is_nothing(ty),
        };
        let outer_break = self.broken_to.take();
        self.scopes.enter_function();
        let mut params = Vec::new();
        let mut prologue = Vec::new();
        let mut receiver = Receiver::None;
        for (number, input) in parts.sig.inputs.iter().enumerate() {
            match input {
                FnArg::Receiver(it) => {
                    receiver = Receiver::Instance;
                    let at = self.span(it.self_token.span);
                    params.push(Param {
                        name: self.scopes.bind(SELF),
                        span: at,
                        kind: ParamKind::PositionalOnly,
                        default: None,
                        annotation: None,
                    });
                }
                FnArg::Typed(it) => {
                    params.push(self.parameter(&it.pat, Some(&it.ty), number, &mut prologue));
                }
            }
        }
        let dest = if gives { Dest::Return } else { Dest::Drop };
        let body = self.apart(|lower| {
            lower.prologue(prologue);
            if let Some(block) = parts.block {
                lower.statements(&block.stmts, &dest);
            }
        });
        self.leave_function();
        self.broken_to = outer_break;
        let id = FunctionId(u32::try_from(self.module.functions.len()).unwrap_or(u32::MAX));
        let name_span = self.span(parts.sig.ident.span());
        self.module.functions.push(Function {
            name: Name::from(spelled(&parts.sig.ident)),
            name_span,
            span,
            params,
            decorators,
            returns,
            body,
            is_async: parts.sig.asyncness.is_some(),
            is_generator: false,
            receiver,
            class,
        });
        id
    }

    fn inner_module(&mut self, it: &syn::ItemMod) {
        let name = Name::from(spelled(&it.ident));
        let Some((brace, items)) = &it.content else {
            let end = it.semi.map_or(it.ident.span(), |semi| semi.span);
            let span = self.between(it.mod_token.span, end);
            let path = it.attrs.iter().find_map(file_of);
            let module = match path {
                Some(path) => vec![Name::from(SELF), Name::from(path)],
                None => vec![Name::from(SELF), name.clone()],
            };
            let import = Import {
                level: 0,
                module,
                kind: ImportKind::Module { alias: Some(name) },
                span,
            };
            self.push(span, StmtKind::Import(vec![import]));
            return;
        };
        let span = self.between(it.mod_token.span, brace.span.close());
        let id = self.class(span, &it.ident, &[]);
        self.module.classes[id.index()].form = crate::syntax::ClassForm::Namespace;
        self.inline += 1;
        let body = self.apart(|lower| lower.items(items));
        self.inline -= 1;
        self.module.classes[id.index()].body = body;
    }
}

fn base(value: crate::syntax::ExprId, span: Span) -> Arg {
    Arg {
        kind: ArgKind::Positional,
        value,
        span,
        comma: None,
        lent: false,
    }
}

/// Whether an attribute of a field says what it is when nobody gives it: `#[x(default = …)]`, `#[x(env = "…")]`.
fn says_value(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
    tokens.windows(2).any(|pair| {
        matches!(pair, [TokenTree::Ident(name), TokenTree::Punct(sign)]
            if sign.as_char() == '=' && (name == "env" || name.to_string().starts_with("default")))
    })
}

/// The file that `#[path = "…"]` names.
fn file_of(attribute: &Attribute) -> Option<String> {
    let syn::Meta::NameValue(it) = &attribute.meta else {
        return None;
    };
    match &it.value {
        syn::Expr::Lit(value) if it.path.is_ident("path") => match &value.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// A condition of compilation as text, and whether it must hold: `not(x)` is `x` that must not.
fn condition_text(tokens: &TokenStream) -> (String, bool) {
    let parts: Vec<TokenTree> = tokens.clone().into_iter().collect();
    if let [TokenTree::Ident(ident), TokenTree::Group(group)] = parts.as_slice()
        && ident == "not"
    {
        let (text, holds) = condition_text(&group.stream());
        return (text, !holds);
    }
    (tokens.to_string(), true)
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::ExternCrate(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}
