//! `use`: the trees of its paths as imports, seen from the module that they stand in.

use super::lower::{Lower, SELF, SUPER, spelled};
use crate::source::Span;
use crate::syntax::{Import, ImportKind, Name, StmtKind};
use proc_macro2::Ident;
use syn::UseTree;

impl Lower<'_> {
    pub(super) fn import(&mut self, it: &syn::ItemUse) {
        let mut imports = Vec::new();
        self.use_tree(&it.tree, &mut Vec::new(), &mut imports);
        let span = self.between(it.use_token.span, it.semi_token.span);
        if !imports.is_empty() {
            self.push(span, StmtKind::Import(imports));
        }
    }

    fn use_tree(&mut self, tree: &UseTree, path: &mut Vec<String>, out: &mut Vec<Import>) {
        match tree {
            UseTree::Path(it) => {
                path.push(spelled(&it.ident));
                self.use_tree(&it.tree, path, out);
                path.pop();
            }
            UseTree::Group(it) => {
                for tree in &it.items {
                    self.use_tree(tree, path, out);
                }
            }
            UseTree::Name(it) => {
                let at = self.span(it.ident.span());
                self.use_name(&it.ident, None, at, path, out);
            }
            UseTree::Rename(it) => {
                let at = self.between(it.ident.span(), it.rename.span());
                // `use Trait as _` binds nothing.
                if it.rename != "_" {
                    self.use_name(&it.ident, Some(&it.rename), at, path, out);
                }
            }
            UseTree::Glob(it) => {
                let at = self.span(it.star_token.span);
                // Inside a module in braces, the names around it are seen anyway.
                if let Some(module) = self.use_path(path)
                    && !module.is_empty()
                {
                    out.push(Import {
                        level: 0,
                        module,
                        kind: ImportKind::All,
                        span: at,
                    });
                }
            }
        }
    }

    fn use_name(
        &mut self,
        ident: &Ident,
        rename: Option<&Ident>,
        at: Span,
        path: &mut Vec<String>,
        out: &mut Vec<Import>,
    ) {
        let name = spelled(ident);
        let alias = rename.map(|rename| Name::from(spelled(rename)));
        // `use a::b::{self}` takes `b` of `a`.
        if name == SELF {
            let Some(last) = path.pop() else { return };
            let alias = alias.or_else(|| Some(Name::from(last.as_str())));
            self.take_name(last.clone(), alias, at, path, out);
            path.push(last);
            return;
        }
        self.take_name(name, alias, at, path, out);
    }

    fn take_name(
        &mut self,
        name: String,
        alias: Option<Name>,
        at: Span,
        path: &[String],
        out: &mut Vec<Import>,
    ) {
        let Some(module) = self.use_path(path) else {
            return;
        };
        let (module, kind) = if module.is_empty() {
            // `use name;` and `use super::name;` of the file's own module.
            let seen = alias.is_none() && !path.is_empty();
            if seen {
                return;
            }
            match path.is_empty() {
                true => (vec![Name::from(name)], ImportKind::Module { alias }),
                false => (
                    vec![Name::from(SELF)],
                    ImportKind::Name {
                        name: Name::from(name),
                        alias,
                    },
                ),
            }
        } else {
            (
                module,
                ImportKind::Name {
                    name: Name::from(name),
                    alias,
                },
            )
        };
        out.push(Import {
            level: 0,
            module,
            kind,
            span: at,
        });
    }

    /// The module that a path of `use` names, with its heads as the file sees them; empty for the file's own module.
    fn use_path(&self, path: &[String]) -> Option<Vec<Name>> {
        let ups = path.iter().take_while(|part| *part == SUPER).count();
        let rest = path.get(ups..)?;
        let own = rest.first().is_some_and(|first| first == SELF);
        let rest = if own { rest.get(1..)? } else { rest };
        let mut module = Vec::new();
        if ups > self.inline {
            module.extend(vec![Name::from(SUPER); ups - self.inline]);
        } else if (ups > 0 || own) && !rest.is_empty() || own && self.inline == 0 {
            module.push(Name::from(SELF));
        }
        module.extend(rest.iter().map(Name::from));
        Some(module)
    }
}
