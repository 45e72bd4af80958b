//! The project floor: modules linked by names, values, calls and databases, and the pools recognised in them.
//!
//! Takes parsed modules, settings and the catalog; gives rules a [`Project`] to ask. Asking may show that a file which
//! was not parsed yet matters: the project notes it, and the run parses it and asks again, until nothing new is wanted.
//! Invariant: no file of this floor names a language, a library or a framework.

pub mod blocking;
pub mod calls;
pub mod conditions;
pub mod configuration;
pub mod containers;
pub mod contexts;
pub mod databases;
pub mod described;
pub mod discards;
pub mod driven;
pub mod eval;
pub mod flow;
pub mod freshness;
pub mod giving_back;
pub mod imports;
pub mod inventory;
mod keeping;
pub mod limits;
pub mod locked_away;
pub mod locks;
pub mod loops;
pub mod modules;
pub mod names;
pub mod nesting;
pub mod numbers;
pub mod openings;
pub mod placement;
pub mod pools;
pub mod presence;
pub mod programs;
pub mod promises;
pub mod providers;
pub mod refusals;
pub mod registries;
pub mod repairs;
pub mod runtimes;
pub mod served;
pub mod sessions;
pub mod settings;
pub mod statements;
pub mod tasks;
pub mod threads;
pub mod turns;
pub mod uses;
pub mod values;
pub mod versions;
pub mod workers;

use crate::catalog::{Catalog, ContextKind};
use crate::declared::{Choice, Declared};
use crate::source::{FileId, Place, Span};
use crate::syntax::{ClassId, ExprId, ExprKind, Function, FunctionId, Module, Name, StmtId};
use modules::{Files, Parsed};
use names::Index;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use values::Val;

/// An expression of one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ExprRef {
    /// The file.
    pub file: FileId,
    /// The expression.
    pub expr: ExprId,
}

/// A function of one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FunctionRef {
    /// The file.
    pub file: FileId,
    /// The function.
    pub function: FunctionId,
}

/// A class of one file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClassRef {
    /// The file.
    pub file: FileId,
    /// The class.
    pub class: ClassId,
}

/// Everything rules can ask.
pub struct Project<'a> {
    /// What is known of libraries.
    pub catalog: &'a Catalog,
    /// All files.
    pub files: &'a Files,
    /// What the user declares.
    pub declared: &'a Declared,
    wanted: RefCell<BTreeSet<FileId>>,
    wanting: Cell<bool>,
    memo: Memo,
    /// How many calls deep the answer that is being worked out has gone so far.
    deepest: Cell<u8>,
    /// The outermost open question for whose sake the answer that is being worked out was cut short, by its depth among
    /// them: a circle, or a bound.
    cut: Cell<usize>,
    /// Whether the answer that is being worked out may differ once more files are parsed.
    passing: Cell<bool>,
    known: Known,
    active: RefCell<Vec<ExprRef>>,
    /// The functions that are being gone through, each with the depth of the question that entered it.
    entered: RefCell<Vec<(FunctionRef, usize)>>,
    /// The function whose call inside itself was the last to be left out.
    called_itself: Cell<Option<FunctionRef>>,
    members: RefCell<Vec<(FileId, crate::syntax::Name)>>,
    /// The names of class bodies that are being worked out.
    bodies: RefCell<Vec<(ClassRef, crate::syntax::Name)>>,
    /// The calls whose engine is being looked for.
    opened: RefCell<Vec<ExprRef>>,
    fuel: Cell<u32>,
    /// What files that may be changed hold, token by token: reading them takes as long as parsing.
    texts: RefCell<HashMap<FileId, Option<Rc<crate::edit::Text<'a>>>>>,
    calls: OnceCell<calls::CallGraph>,
    pools: OnceCell<Vec<pools::Pool>>,
}

/// What evaluation worked out, without and with wanting. From round to round it is kept but for what rests on files
/// that were not parsed, or on all that were.
#[derive(Default)]
pub struct Memo {
    values: [RefCell<Answers>; 2],
    plain_returns: [RefCell<HashMap<FunctionRef, Outcome>>; 2],
    lineages: [RefCell<Lineages>; 2],
    /// What parameters and fields are handed, and what the program makes, as far as the calls were known by then.
    lent: RefCell<calls::lent::Lent>,
}

impl Memo {
    /// Values rest on what was known when they were worked out.
    fn forget(&self) {
        for values in &self.values {
            *values.borrow_mut() = Answers::default();
        }
        for returns in &self.plain_returns {
            returns.borrow_mut().clear();
        }
    }
}

/// What is known of the bases of classes, and whether that may differ once more files are parsed.
type Lineages = HashMap<ClassRef, (Rc<eval::Lineage>, bool)>;

/// What expressions are worth. Most are asked again and again, so an answer is found by place, without hashing.
#[derive(Default)]
struct Answers {
    /// For every file, for every expression: one more than the position in `all`, or 0.
    places: Vec<Vec<u32>>,
    all: Vec<(ExprRef, Outcome)>,
}

impl Answers {
    fn get(&self, expr: ExprRef) -> Option<&Outcome> {
        let place = *self.places.get(expr.file.index())?.get(expr.expr.index())?;
        let found = self.all.get((place as usize).checked_sub(1)?)?;
        Some(&found.1)
    }

    /// Remembers an answer, of a file that has `exprs` expressions.
    fn insert(&mut self, expr: ExprRef, exprs: usize, outcome: Outcome) {
        let file = expr.file.index();
        if self.places.len() <= file {
            self.places.resize_with(file + 1, Vec::new);
        }
        let places = &mut self.places[file];
        if places.is_empty() {
            places.resize(exprs, 0);
        }
        let Some(place) = places.get_mut(expr.expr.index()) else {
            return;
        };
        match (*place as usize).checked_sub(1) {
            Some(known) => self.all[known].1 = outcome,
            None => {
                self.all.push((expr, outcome));
                *place = u32::try_from(self.all.len()).unwrap_or(0);
            }
        }
    }

    /// Forgets what may differ once more files are parsed.
    fn settle(&mut self) {
        self.all.retain(|(_, outcome)| !outcome.passing);
        for places in &mut self.places {
            places.fill(0);
        }
        for (number, (expr, _)) in self.all.iter().enumerate() {
            let place = u32::try_from(number + 1).unwrap_or(0);
            self.places[expr.file.index()][expr.expr.index()] = place;
        }
    }
}

/// A value, and how it was come by.
#[derive(Clone)]
struct Outcome {
    val: Val,
    /// How many calls deep that went.
    nested: u8,
    /// The outermost question that cut it short, by its depth.
    cut: usize,
    /// Whether it may differ once more files are parsed.
    passing: bool,
}

/// A module, the name imported from it, and the words that who uses what it gives has to write.
type AskedImporters = (FileId, Option<Name>, Vec<Name>);

/// What is taken where: the expression, the place in a tuple, the maker.
type AskedWays = (ExprRef, Option<u32>, Rc<str>);

/// What a function does with what it is handed: the function, the parameter, the maker.
type AskedTreatment = (FunctionRef, u32, Rc<str>);

/// The calls that made what a session or connection is made of.
type Origins = Rc<BTreeSet<ExprRef>>;

/// Where each function of a file puts what outlives it.
type StoresByFunction = Rc<[Rc<Vec<placement::Store>>]>;

/// Answers that are asked for again and again.
#[derive(Default)]
struct Known {
    file_contexts: RefCell<HashMap<FileId, BTreeSet<ContextKind>>>,
    context_globs: OnceCell<Vec<(globset::GlobMatcher, ContextKind)>>,
    facts: [RefCell<HashMap<values::Condition, Rc<[conditions::Fact]>>>; 2],
    placements: RefCell<HashMap<ExprRef, Rc<placement::Placement>>>,
    /// Whether two files may be of one program.
    together: RefCell<HashMap<(FileId, FileId), bool>>,
    registrations: RefCell<HashMap<FunctionRef, Rc<Vec<calls::Registration>>>>,
    stores: RefCell<HashMap<FileId, StoresByFunction>>,
    resolved: RefCell<HashMap<(FileId, u32, String), modules::Target>>,
    re_exports: OnceCell<calls::ReExports>,
    instances: OnceCell<Vec<pools::Pool>>,
    attribute_writes: OnceCell<BTreeMap<crate::syntax::Name, Vec<(FileId, usize)>>>,
    loaders: RefCell<HashMap<FileId, Rc<BTreeSet<FileId>>>>,
    assignments: OnceCell<settings::Assignments>,
    method_calls: OnceCell<HashMap<Name, Vec<ExprRef>>>,
    users: RefCell<BTreeSet<FunctionRef>>,
    naming: OnceCell<uses::Naming>,
    stand_ins: OnceCell<HashMap<ExprRef, Vec<ExprRef>>>,
    named_folders: RefCell<HashMap<FileId, Rc<Vec<String>>>>,
    reached: RefCell<HashMap<ExprRef, bool>>,
    importers: RefCell<BTreeSet<AskedImporters>>,
    listening: OnceCell<Vec<freshness::Listening>>,
    task_workers: RefCell<HashMap<modules::LinkScope, bool>>,
    serverless: RefCell<HashMap<FileId, bool>>,
    containers: OnceCell<Rc<containers::Containers>>,
    homes: OnceCell<Rc<Vec<flow::Thing>>>,
    connection_sites: OnceCell<Rc<HashMap<ExprRef, usize>>>,
    taken: OnceCell<Rc<Vec<flow::Taken>>>,
    openings: OnceCell<Rc<Vec<openings::Opening>>>,
    statements: OnceCell<Rc<Vec<statements::Statement>>>,
    ways: RefCell<HashMap<AskedWays, Rc<flow::Ways>>>,
    treatments: RefCell<HashMap<AskedTreatment, flow::Treatment>>,
    origins: RefCell<HashMap<(ExprRef, Place), Origins>>,
    providers: OnceCell<Vec<providers::Provider>>,
    strays: OnceCell<Vec<imports::Stray>>,
    inferred: RefCell<HashMap<(modules::LinkScope, String), Option<versions::Versions>>>,
}

impl<'a> Project<'a> {
    /// A project over what was parsed so far.
    ///
    /// `memo` is what a project over some of these files worked out before.
    pub fn new(catalog: &'a Catalog, files: &'a Files, declared: &'a Declared, memo: Memo) -> Self {
        Self {
            catalog,
            files,
            declared,
            wanted: RefCell::default(),
            wanting: Cell::new(false),
            memo,
            deepest: Cell::new(0),
            cut: Cell::new(eval::WHOLE),
            passing: Cell::new(false),
            known: Known::default(),
            active: RefCell::default(),
            entered: RefCell::default(),
            called_itself: Cell::new(None),
            members: RefCell::default(),
            bodies: RefCell::default(),
            opened: RefCell::default(),
            fuel: Cell::new(0),
            texts: RefCell::default(),
            calls: OnceCell::new(),
            pools: OnceCell::new(),
        }
    }

    /// What was worked out and holds whatever else is parsed.
    pub fn into_memo(self) -> Memo {
        for values in &self.memo.values {
            values.borrow_mut().settle();
        }
        for returns in &self.memo.plain_returns {
            returns.borrow_mut().retain(|_, known| !known.passing);
        }
        for lineages in &self.memo.lineages {
            lineages.borrow_mut().retain(|_, (_, passing)| !*passing);
        }
        self.memo
    }

    /// What is chosen for an option of a rule: a value that the rule's page allows.
    ///
    /// # Panics
    /// When the rule's page has no such option; no input can cause that.
    pub fn option(&self, rule: &str, option: &str) -> &'a Choice {
        self.declared
            .choices
            .get(rule, option)
            .unwrap_or_else(|| panic!("rules/{rule}.yaml has no option `{option}`"))
    }

    /// How many processes the user says run at the same time, and the words for it; nothing when none are declared.
    pub fn processes(&self) -> Option<(u64, String)> {
        let declared = &self.declared.processes;
        let kinds: Vec<String> = declared
            .iter()
            .map(|(name, number)| format!("{number} {name}"))
            .collect();
        let number = declared.values().map(|number| u64::from(*number)).sum();
        (number > 0).then(|| (number, kinds.join(", ")))
    }

    /// Files that were asked about and are not parsed yet.
    pub fn wanted(&self) -> BTreeSet<FileId> {
        self.wanted.borrow().clone()
    }

    /// Runs `ask` so that unparsed files it meets are noted as wanted.
    fn wanting<T>(&self, ask: impl FnOnce() -> T) -> T {
        let before = self.wanting.replace(true);
        let answer = ask();
        self.wanting.set(before);
        answer
    }

    fn want(&self, file: FileId) {
        let known = self.files.file(file);
        if known.parsed.is_none() && !known.unreadable && self.wanting.get() {
            self.wanted.borrow_mut().insert(file);
        }
    }

    fn parsed(&self, file: FileId) -> Option<&'a Parsed> {
        let found = self.files.parsed(file);
        if found.is_none() {
            self.passing.set(true);
        }
        found
    }

    /// All parsed files in path order. An answer that rests on them may differ once there are more.
    fn all_parsed(&self) -> impl Iterator<Item = (FileId, &'a Parsed)> + use<'a> {
        self.passing.set(true);
        self.files.all_parsed()
    }

    /// The tree and index of a file that is parsed; only files that are parsed hold expressions.
    fn tree(&self, file: FileId) -> (&'a Module, &'a Index) {
        match self.files.parsed(file) {
            Some(parsed) => (&parsed.module, &parsed.index),
            None => unreachable!("an expression of a file that is not parsed"),
        }
    }

    /// The absolute dotted name of a module.
    fn dotted(&self, file: FileId) -> &'a str {
        self.files
            .parsed(file)
            .map_or("", |parsed| parsed.dotted.as_str())
    }

    /// The function behind a reference.
    pub fn function(&self, function: FunctionRef) -> &'a Function {
        self.tree(function.file).0.function(function.function)
    }

    /// The bytes of an expression.
    pub fn span(&self, expr: ExprRef) -> Span {
        self.tree(expr.file).0.expr(expr.expr).span
    }

    /// The place of an expression.
    pub fn place(&self, expr: ExprRef) -> Place {
        Place {
            file: expr.file,
            span: self.span(expr),
        }
    }

    /// The function that runs an expression; `None` at module level.
    pub fn enclosing(&self, expr: ExprRef) -> Option<FunctionRef> {
        let (_, index) = self.tree(expr.file);
        let function = index.function_of(index.standing(expr.expr).scope)?;
        Some(FunctionRef {
            file: expr.file,
            function,
        })
    }

    /// The statement an expression belongs to.
    pub fn statement(&self, expr: ExprRef) -> StmtId {
        self.tree(expr.file).1.standing(expr.expr).stmt
    }

    /// The qualified name of a function: classes and functions around it included.
    pub fn qualified(&self, function: FunctionRef) -> String {
        let (module, index) = self.tree(function.file);
        let mut parts = Vec::new();
        let mut at = Some(function.function);
        while let Some(id) = at {
            let found = module.function(id);
            if !found.name.is_empty() {
                parts.push(found.name.to_string());
            }
            if let Some(class) = found.class {
                parts.push(module.class(class).name.to_string());
            }
            at = index.function_of(index.function_homes[id.index()].scope);
        }
        parts.reverse();
        parts.join(".")
    }

    /// What an expression is bound to or lies in: the name or attribute its statement assigns, inside the function
    /// that runs it.
    pub fn symbol_of(&self, expr: ExprRef) -> String {
        let (module, _) = self.tree(expr.file);
        let holder = match &module.stmt(self.statement(expr)).kind {
            crate::syntax::StmtKind::Assign { targets, .. } => {
                targets
                    .first()
                    .and_then(|target| match &module.expr(*target).kind {
                        ExprKind::Name(name) | ExprKind::Attribute(_, name)
                            if crate::frontend::is_written(name) =>
                        {
                            Some(name.to_string())
                        }
                        _ => None,
                    })
            }
            _ => None,
        };
        let function = self
            .enclosing(expr)
            .map(|function| self.qualified(function));
        match (function, holder) {
            (Some(function), Some(holder)) => format!("{function}.{holder}"),
            (Some(name), None) | (None, Some(name)) => name,
            (None, None) => String::new(),
        }
    }
}
