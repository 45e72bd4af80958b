//! Types: paths are chains of attributes, their generic arguments subscripts.

use super::lower::{Lower, spelled};
use super::spans;
use crate::source::Span;
use crate::syntax::{ExprId, ExprKind, Name};
use syn::{PathArguments, Type, TypeParamBound};

/// Types of the language itself whose values are numbers, texts and truths.
const PLAIN: &[&str] = &[
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "String",
    "u8", "u16", "u32", "u64", "u128", "usize", "Cow",
];

/// Types of the language's own library that hold one value of another type, which code uses as if it were bare.
const WRAPPERS: &[&str] = &[
    "Arc", "Box", "Cell", "Lazy", "LazyCell", "LazyLock", "Mutex", "OnceCell", "OnceLock",
    "Option", "Pin", "Rc", "RefCell", "Result", "RwLock",
];

impl Lower<'_> {
    fn type_span(&self, ty: &Type) -> Span {
        match (spans::type_start(ty), spans::type_end(ty)) {
            (Some(start), Some(end)) => self.between(start, end),
            (Some(only), None) | (None, Some(only)) => self.span(only),
            (None, None) => Span::new(0, 0),
        }
    }

    /// The annotation that a type is; nothing for types that tell nothing of a value.
    pub(super) fn annotation(&mut self, ty: &Type) -> Option<ExprId> {
        match ty {
            Type::Path(it) => {
                let last = it.path.segments.last()?;
                let name = spelled(&last.ident);
                (!PLAIN.contains(&name.as_str())).then(|| self.ty(ty))
            }
            Type::Reference(it) => self.annotation(&it.elem),
            Type::Paren(it) => self.annotation(&it.elem),
            Type::Group(it) => self.annotation(&it.elem),
            Type::ImplTrait(_) | Type::Infer(_) | Type::Never(_) | Type::FnPtr(_) => None,
            _ => Some(self.ty(ty)),
        }
    }

    /// A type as an expression.
    pub(super) fn ty(&mut self, ty: &Type) -> ExprId {
        let span = self.type_span(ty);
        self.deeper(span, |lower| lower.ty_here(ty, span))
            .unwrap_or_else(|| self.opaque(span, Vec::new()))
    }

    fn ty_here(&mut self, ty: &Type, span: Span) -> ExprId {
        match ty {
            Type::Path(it) if it.qself.is_none() => {
                let base = self.type_path(&it.path);
                self.with_arguments(span, base, &it.path)
            }
            Type::Reference(it) => self.ty(&it.elem),
            Type::Paren(it) => self.ty(&it.elem),
            Type::Group(it) => self.ty(&it.elem),
            Type::Array(it) => self.ty(&it.elem),
            Type::Slice(it) => self.ty(&it.elem),
            Type::Ptr(it) => self.ty(&it.elem),
            Type::Tuple(it) => {
                let items = it.elems.iter().map(|elem| self.ty(elem)).collect();
                self.new_expr(span, ExprKind::Tuple(items))
            }
            Type::TraitObject(it) => self.bound(span, it.bounds.iter()),
            Type::ImplTrait(it) => self.bound(span, it.bounds.iter()),
            _ => self.opaque(span, Vec::new()),
        }
    }

    fn bound<'b>(
        &mut self,
        span: Span,
        mut bounds: impl Iterator<Item = &'b TypeParamBound>,
    ) -> ExprId {
        let found = bounds.find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => Some(&bound.path),
            _ => None,
        });
        match found {
            Some(path) => self.type_path(path),
            None => self.opaque(span, Vec::new()),
        }
    }

    fn with_arguments(&mut self, span: Span, base: ExprId, path: &syn::Path) -> ExprId {
        let Some(last) = path.segments.last() else {
            return base;
        };
        let arguments: Vec<ExprId> = spans::type_arguments(&last.arguments)
            .into_iter()
            .map(|argument| self.ty(argument))
            .collect();
        if arguments.is_empty() {
            return base;
        }
        self.new_expr(span, ExprKind::Subscript(base, arguments))
    }

    /// The path of a type, without its generic arguments.
    pub(super) fn type_path(&mut self, path: &syn::Path) -> ExprId {
        self.path_chain(path, false)
    }

    /// The type behind an alias: what wrappers of the language hold, without generic arguments.
    pub(super) fn aliased(&mut self, ty: &Type) -> ExprId {
        if let Type::Path(it) = ty
            && it.qself.is_none()
            && let Some(last) = it.path.segments.last()
        {
            let inner = spans::type_arguments(&last.arguments);
            let wraps = WRAPPERS.contains(&spelled(&last.ident).as_str());
            if let (true, Some(first)) = (wraps, inner.first()) {
                return self.aliased(first);
            }
            return self.type_path(&it.path);
        }
        self.ty(ty)
    }

    /// Runs `lower` where types are left open; gives back what was open before.
    pub(super) fn with_open_types<T>(
        &mut self,
        generics: &syn::Generics,
        lower: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.open_types.clone();
        for param in generics.type_params() {
            self.open_type(&spelled(&param.ident), param.bounds.iter());
        }
        for predicate in generics.where_clause.iter().flat_map(|it| &it.predicates) {
            if let syn::WherePredicate::Type(it) = predicate
                && let Type::Path(ty) = &it.bounded_ty
                && let Some(name) = ty.path.get_ident()
            {
                self.open_type(&spelled(name), it.bounds.iter());
            }
        }
        let result = lower(self);
        self.open_types = outer;
        result
    }

    fn open_type<'b>(&mut self, name: &str, mut bounds: impl Iterator<Item = &'b TypeParamBound>) {
        let first = bounds.find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => Some(bound.path.clone()),
            _ => None,
        });
        if let Some(path) = first {
            self.open_types.insert(name.to_owned(), path);
        }
    }

    /// The name of the type that an `impl` is for.
    pub(super) fn type_name(ty: &Type) -> Option<(Name, proc_macro2::Span)> {
        match ty {
            Type::Path(it) => {
                let last = it.path.segments.last()?;
                Some((Name::from(spelled(&last.ident)), last.ident.span()))
            }
            Type::Reference(it) => Self::type_name(&it.elem),
            Type::Paren(it) => Self::type_name(&it.elem),
            Type::Group(it) => Self::type_name(&it.elem),
            _ => None,
        }
    }

    /// Whether a type is the empty tuple, alone or as what a `Result` holds.
    pub(super) fn is_nothing(ty: &Type) -> bool {
        match ty {
            Type::Tuple(it) => it.elems.is_empty(),
            Type::Path(it) => it.path.segments.last().is_some_and(|last| {
                matches!(last.arguments, PathArguments::AngleBracketed(_))
                    && last.ident == "Result"
                    && spans::type_arguments(&last.arguments)
                        .first()
                        .is_some_and(|first| Self::is_nothing(first))
            }),
            _ => false,
        }
    }
}
