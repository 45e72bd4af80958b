//! Users: which files that were not read yet may use a function, a method or what a module makes.

use super::ReExports;
use crate::project::modules::Target;
use crate::project::names::{Binding, BindingKind, ScopeId};
use crate::project::{ClassRef, FunctionRef, Project};
use crate::source::FileId;
use crate::syntax::{ExprId, ExprKind, ImportKind, Name, Receiver, StmtKind, written};
use std::collections::BTreeSet;

/// How many objects of a module are followed to who imports them.
const MOST_HANDED: usize = 8;

impl Project<'_> {
    /// Notes as wanted every file that may use a function: by its own name, by its class, or through a re-export.
    pub(super) fn want_users_of(&self, function: FunctionRef) {
        if !self.known.users.borrow_mut().insert(function) {
            return;
        }
        let (module, index) = self.tree(function.file);
        let home = index.function_homes[function.function.index()];
        let found = module.function(function.function);
        match found.class {
            // A method is called on an object, and the object may have any name.
            Some(class) => {
                let named = !crate::frontend::is_called_unnamed(&found.name);
                let class = ClassRef {
                    file: function.file,
                    class,
                };
                let graph = self.call_graph();
                let derived = graph.subclasses.get(&class).into_iter().flatten();
                let language = self.files.file(function.file).language;
                let by_class =
                    found.receiver == Receiver::None && crate::frontend::calls_by_class(language);
                for class in std::iter::once(&class).chain(derived) {
                    if by_class {
                        self.want_namers_of_class(*class, &found.name);
                    } else if named {
                        self.want_callers_of_method(*class, &found.name);
                    } else {
                        self.want_importers(class.file, None);
                    }
                }
            }
            None if index.function_of(home.scope).is_none() && !found.name.is_empty() => {
                self.want_importers(function.file, Some(found.name.clone()));
            }
            None => {}
        }
        // Kept under another name: a lambda that is assigned, a function in a table of functions.
        let scope = index.scope(ScopeId(0));
        let holds = |binding: &Binding| match binding.kind {
            BindingKind::Value(value) | BindingKind::SetItem(_, value) => {
                self.names_function(function.file, value, function.function)
            }
            _ => false,
        };
        let names = scope.names.iter();
        let holding = names.filter(|(_, bindings)| bindings.iter().any(holds));
        let mut names: Vec<&Name> = holding.map(|(name, _)| name).collect();
        names.sort();
        for name in names {
            self.want_importers(function.file, Some(name.clone()));
        }
    }

    /// Whether an expression holds a function itself, not a call of it.
    pub(super) fn names_function(
        &self,
        file: FileId,
        expr: ExprId,
        function: crate::syntax::FunctionId,
    ) -> bool {
        let (module, _) = self.tree(file);
        match &module.expr(expr).kind {
            ExprKind::Lambda(lambda) => *lambda == function,
            ExprKind::Name(name) => {
                !name.is_empty() && written(name) == module.function(function).name.as_str()
            }
            ExprKind::Call(call) => call
                .args
                .iter()
                .any(|arg| self.names_function(file, arg.value, function)),
            _ => module
                .children(expr)
                .into_iter()
                .any(|child| self.names_function(file, child, function)),
        }
    }

    /// Notes as wanted every file that may import `name` of a module (or the module), directly or through re-exports.
    pub fn want_importers(&self, file: FileId, name: Option<Name>) {
        self.want_files(file, name, &[], &[]);
    }

    /// Notes as wanted every file that writes the name of a method or attribute and may import its class, or an object of
    /// it.
    pub(in crate::project) fn want_callers_of_method(&self, class: ClassRef, method: &Name) {
        let (module, index) = self.tree(class.file);
        let names = index.scope(ScopeId(0)).names.iter();
        // What is made by a call may be an object of the class.
        let made = names.filter(|(_, bindings)| {
            bindings.iter().any(|binding| match binding.kind {
                BindingKind::Value(value) => {
                    matches!(module.expr(value).kind, ExprKind::Call(_))
                }
                _ => false,
            })
        });
        let mut handed: Vec<Name> = made.map(|(name, _)| name.clone()).collect();
        handed.sort();
        handed.truncate(MOST_HANDED);
        handed.push(module.class(class.class).name.clone());
        self.want_files(class.file, None, std::slice::from_ref(method), &handed);
    }

    /// Notes as wanted every file that writes the name of a class, which it may import, and that of a function of it.
    fn want_namers_of_class(&self, class: ClassRef, function: &Name) {
        let (module, _) = self.tree(class.file);
        let name = &module.class(class.class).name;
        let written = [function.clone(), name.clone()];
        self.want_files(
            class.file,
            Some(name.clone()),
            &written,
            std::slice::from_ref(name),
        );
    }

    /// [`Project::want_importers`]; only files that write the words `written`. Those that hand on the names `handed` are
    /// looked through unread.
    fn want_files(&self, file: FileId, name: Option<Name>, written: &[Name], handed: &[Name]) {
        let asked = (file, name.clone(), written.to_vec());
        if !self.known.importers.borrow_mut().insert(asked) {
            return;
        }
        self.wanting(|| {
            let mut seen: BTreeSet<(FileId, Option<Name>)> = BTreeSet::new();
            let mut queue = vec![(file, name)];
            while let Some((file, name)) = queue.pop() {
                if !seen.insert((file, name.clone())) || seen.len() > 64 {
                    continue;
                }
                let mut users = self.files.importers(file, name.as_deref(), written);
                for handed in handed
                    .iter()
                    .filter(|handed| name.as_ref().is_none_or(|name| name == *handed))
                {
                    users.extend(self.files.derivers(file, handed));
                    let passers = self.files.passers(file, handed);
                    queue.extend(passers.into_iter().map(|file| (file, Some(handed.clone()))));
                }
                // What hands a class on is needed to follow it, if anybody takes it from there.
                if !users.is_empty() {
                    self.want(file);
                }
                for user in users {
                    self.want(user);
                }
                let passed_on = match name {
                    Some(name) => self.re_exports(file, &name),
                    None => self.passed_on(file),
                };
                queue.extend(passed_on.into_iter().map(|(file, name)| (file, Some(name))));
            }
        });
    }

    /// The parsed modules that import `name` of a module under some name of their own.
    pub(super) fn re_exports(&self, file: FileId, name: &Name) -> Vec<(FileId, Name)> {
        let (all, stars) = self.known.re_exports.get_or_init(|| self.find_re_exports());
        let mut found = all.get(&(file, name.clone())).cloned().unwrap_or_default();
        // A star passes every name on.
        let passing = stars.get(&file).into_iter().flatten();
        found.extend(passing.map(|passing| (*passing, name.clone())));
        found
    }

    /// The parsed modules that import anything by name from a module, with the names they give it.
    pub(super) fn passed_on(&self, file: FileId) -> Vec<(FileId, Name)> {
        let (all, _) = self.known.re_exports.get_or_init(|| self.find_re_exports());
        let from_here = all
            .range((file, Name::default())..)
            .take_while(|((of, _), _)| *of == file);
        from_here
            .flat_map(|(_, importers)| importers.iter().cloned())
            .collect()
    }

    /// Notes as wanted every file that may import a maker under a name of the project's own. Under its real name it
    /// needs no search: a file with that name in it is parsed anyway.
    pub fn want_users_of_aliases(&self) {
        for (file, parsed) in self.all_parsed() {
            let names = parsed.index.scope(ScopeId(0)).names.iter();
            let mut aliases: Vec<&Name> = names
                .filter(|(bound, bindings)| {
                    bindings
                        .iter()
                        .any(|binding| self.is_aliased_maker(file, bound, binding))
                })
                .map(|(bound, _)| bound)
                .collect();
            aliases.sort();
            for bound in aliases {
                self.want_importers(file, Some(bound.clone()));
            }
        }
    }

    pub(super) fn is_aliased_maker(&self, file: FileId, bound: &Name, binding: &Binding) -> bool {
        let (module, _) = self.tree(file);
        let may_be = match &binding.kind {
            BindingKind::Import(import) => match &module.stmt(import.stmt).kind {
                StmtKind::Import(imports) => matches!(
                    &imports[import.item as usize].kind,
                    ImportKind::Name { name, .. } if name != bound
                ),
                _ => false,
            },
            BindingKind::Value(value) => matches!(
                module.expr(*value).kind,
                ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Call(_)
            ),
            _ => false,
        };
        may_be
            && self
                .binding_value(file, binding, bound, &None)
                .path()
                .is_some_and(|path| {
                    let own = path.rsplit('.').next().unwrap_or_default();
                    own != bound.as_str() && self.catalog.maker(path).is_some()
                })
    }

    pub(super) fn find_re_exports(&self) -> ReExports {
        let (mut all, mut stars) = ReExports::default();
        for (file, parsed) in self.all_parsed() {
            let scope = parsed.index.scope(ScopeId(0));
            for star in &scope.stars {
                if let StmtKind::Import(imports) = &parsed.module.stmt(star.stmt).kind {
                    let import = &imports[star.item as usize];
                    let target = self.resolve(file, import.level, &import.module);
                    if let Target::File(target) = target
                        && target != file
                    {
                        stars.entry(target).or_default().push(file);
                    }
                }
            }
            let mut names: Vec<_> = scope.names.iter().collect();
            names.sort_by_key(|(name, _)| (*name).clone());
            for (bound, bindings) in names {
                for binding in bindings {
                    let BindingKind::Import(import) = &binding.kind else {
                        continue;
                    };
                    let StmtKind::Import(imports) = &parsed.module.stmt(import.stmt).kind else {
                        continue;
                    };
                    let import = &imports[import.item as usize];
                    let ImportKind::Name { name, .. } = &import.kind else {
                        continue;
                    };
                    let target = self
                        .files
                        .resolve(file, import.level, &import.module, |first| {
                            self.is_import(file, first)
                        });
                    if let Target::File(target) = target
                        && target != file
                    {
                        all.entry((target, name.clone()))
                            .or_default()
                            .push((file, bound.clone()));
                    }
                }
            }
        }
        (all, stars)
    }
}
