//! Openings: connections to database files, each as its callers open it, with what it may do and how long it is kept.
//!
//! Takes the connections whose makers say that a file is locked or refused; gives an [`Opening`] for each way that leads
//! to one. Invariant: a mode or a path that is not known is never guessed.

use super::placement::Kept;
use super::pools::{Pool, contains_made};
use super::sessions::split_words;
use super::values::{MOST_CALLS, Value};
use super::{ClassRef, ExprRef, FunctionRef, Project};
use crate::catalog::{ActionKind, Kind, Maker, Multiplicity, PathKind, Refused, Role, ValueIs};
use crate::finding::Confidence;
use crate::source::Span;
use crate::syntax::{ExprId, ExprKind, StmtKind};
use std::rc::Rc;

/// How many ways to one connection are told apart.
const MOST_WAYS: usize = 60;

/// A connection to a file, as it is opened on one way.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The connection: its settings and database as the calls on this way give them.
    pub pool: Pool,
    /// The call that gives it to the code that keeps or uses it.
    pub at: ExprRef,
    /// The outermost call of the way.
    pub from: ExprRef,
    /// Whether it may only read; nothing when that is not known.
    pub read_only: Option<bool>,
    /// How long it is kept after the function that opens it.
    pub kept: Kept,
}

impl Project<'_> {
    /// The ways on which connections are opened that other connections to the same file may get in the way of.
    pub fn openings(&self) -> Rc<Vec<Opening>> {
        if let Some(known) = self.known.openings.get() {
            return known.clone();
        }
        let mut all = Vec::new();
        for site in self.sites() {
            let minds = self.catalog.maker(&site.maker).is_some_and(minds_others);
            if site.kind == Kind::Connection && !site.checkout && minds {
                self.wanting(|| self.ways_to(site, site.site, &mut Vec::new(), &mut all));
            }
        }
        all.sort_by_key(|opening| (opening.at, opening.from));
        let all = Rc::new(all);
        let _ = self.known.openings.set(all.clone());
        all
    }

    fn ways_to(
        &self,
        site: &Pool,
        last: ExprRef,
        chain: &mut Vec<(ExprRef, FunctionRef)>,
        out: &mut Vec<Opening>,
    ) {
        let frames = self.frames_of(chain);
        // What a caller passes may lead past the site.
        let passed_by = self
            .conditions(site.site, &frames)
            .into_iter()
            .any(|condition| self.decided(condition, &frames) == Some(false));
        let Some(mut pool) = self
            .pool(site.site, &site.maker, &frames)
            .filter(|_| !passed_by && out.len() < MOST_WAYS * (self.sites().len() + 1))
        else {
            return;
        };
        // A test that the calls decide is none.
        pool.conditions
            .retain(|condition| self.decided(*condition, &frames).is_none());
        let further = self
            .enclosing(last)
            .filter(|_| chain.len() < usize::from(MOST_CALLS))
            .filter(|function| self.is_told_by_callers(&pool, last, *function));
        let mut callers = further.map_or_else(Vec::new, |function| self.callers(function));
        callers.retain(|caller| {
            let around = self.enclosing(*caller);
            around != further && chain.iter().all(|(_, callee)| Some(*callee) != around)
        });
        if let (Some(function), false) = (further, callers.is_empty()) {
            for caller in callers {
                chain.push((caller, function));
                self.ways_to(site, caller, chain, out);
                chain.pop();
            }
            return;
        }
        let at = self.keeper(site.site, chain);
        out.push(Opening {
            read_only: self.reads_only(&pool),
            kept: self.lasts(at),
            pool,
            at,
            from: last,
        });
    }

    /// Whether the callers of a function say more about a connection: they get it, or pass its path or mode.
    fn is_told_by_callers(&self, pool: &Pool, last: ExprRef, function: FunctionRef) -> bool {
        let given = [Role::Database, Role::ReadOnly, Role::ConnectArguments];
        let asks = given
            .iter()
            .filter_map(|role| pool.settings.get(role))
            .flatten()
            .flat_map(|setting| setting.val.alternatives())
            .any(|(val, _)| matches!(val.value, Value::Unknown) || self.depends_on_call(&val));
        asks || self.lasts(last) == Kept::No && self.returns_made(function, last)
    }

    /// The call that gives the connection to what keeps it: the first on the way that is stored, else the first in a
    /// function that does not hand it on.
    fn keeper(&self, site: ExprRef, chain: &[(ExprRef, FunctionRef)]) -> ExprRef {
        let mut at = site;
        for (caller, function) in chain {
            if self.lasts(at) != Kept::No || !self.returns_made(*function, at) {
                break;
            }
            at = *caller;
        }
        at
    }

    /// How long what a call opens is kept for others: a `with` block, and a name that one function or the top of a
    /// module uses and nobody else, keep it for nobody.
    fn lasts(&self, at: ExprRef) -> Kept {
        let (module, index) = self.tree(at.file);
        let around = index.parent(at.expr);
        if self.is_with_item(at)
            || around.is_some_and(|around| index.with_items.contains_key(&around))
        {
            return Kept::No;
        }
        match self.stored(at) {
            Kept::Process if self.enclosing(at).is_none() => {
                let statement = &module.stmt(self.statement(at)).kind;
                let StmtKind::Assign { targets, value, .. } = statement else {
                    return Kept::No;
                };
                let whole = value.is_some_and(|value| {
                    value == at.expr || matches!(module.expr(value).kind, ExprKind::Await(inner) if inner == at.expr)
                });
                let shared = targets
                    .iter()
                    .any(|target| self.is_used_elsewhere(at, *target));
                match whole && shared {
                    true => Kept::Process,
                    false => Kept::No,
                }
            }
            Kept::No => self.lasts_in_a_record(at),
            kept => kept,
        }
    }

    /// How long a record keeps what a call opens for it, or whoever asks for it the first time. A program that answers
    /// nobody ends with its work.
    fn lasts_in_a_record(&self, at: ExprRef) -> Kept {
        if !self.may_serve(at.file) {
            return Kept::No;
        }
        let first_time = self.enclosing(at).is_some_and(|function| {
            let calls = self.registrations(function);
            let mut calls = calls.iter();
            calls.any(|each| each.calls.when == Multiplicity::FirstTime)
        });
        match self.record_given(at) {
            Some(class) => Kept::Instance(class),
            None if first_time => Kept::Process,
            None => Kept::No,
        }
    }

    /// The class of the record that is given what a call makes, by its name or directly, bare or in what is as good as
    /// bare.
    fn record_given(&self, at: ExprRef) -> Option<ClassRef> {
        let (module, index) = self.tree(at.file);
        let whole = self.wrapped(at);
        if let Some(class) = index
            .parent(whole)
            .and_then(|call| self.record_made(ExprRef { expr: call, ..at }))
        {
            return Some(class);
        }
        let StmtKind::Assign {
            targets,
            value: Some(value),
            ..
        } = &module.stmt(self.statement(at)).kind
        else {
            return None;
        };
        let [target] = targets.as_slice() else {
            return None;
        };
        let ExprKind::Name(name) = &module.expr(*target).kind else {
            return None;
        };
        if *value != whole {
            return None;
        }
        let named = self.others_named(
            ExprRef {
                expr: *target,
                ..at
            },
            name,
        );
        named.into_iter().find_map(|used| {
            let call = index.parent(self.wrapped(used))?;
            self.record_made(ExprRef { expr: call, ..at })
        })
    }

    /// The class of the record that a call makes.
    fn record_made(&self, at: ExprRef) -> Option<ClassRef> {
        let (module, _) = self.tree(at.file);
        let callee = module.call(at.expr)?.callee;
        match self.eval(ExprRef { expr: callee, ..at }, &None).value {
            Value::Class(class) if self.is_record(class) => Some(class),
            _ => None,
        }
    }

    /// The outermost expression around another that is as good as it: awaited, or given to calls whose value is the same.
    fn wrapped(&self, at: ExprRef) -> ExprId {
        let (module, index) = self.tree(at.file);
        let language = self.files.file(at.file).language.word();
        let mut inner = at.expr;
        while let Some(outer) = index.parent(inner) {
            let same = match &module.expr(outer).kind {
                ExprKind::Await(_) => true,
                ExprKind::Attribute(_, name) => self.catalog.passes(language, name),
                ExprKind::Call(call) if call.callee == inner => true,
                ExprKind::Call(call) => {
                    let callee = self.eval(
                        ExprRef {
                            expr: call.callee,
                            ..at
                        },
                        &None,
                    );
                    let rule = callee.path().and_then(|path| self.catalog.value(path));
                    rule.is_some_and(|rule| rule.is == ValueIs::Same)
                }
                _ => false,
            };
            if !same {
                break;
            }
            inner = outer;
        }
        inner
    }

    /// Whether functions or other modules use a name that the top of a module binds.
    fn is_used_elsewhere(&self, at: ExprRef, target: ExprId) -> bool {
        let (module, index) = self.tree(at.file);
        let ExprKind::Name(name) = &module.expr(target).kind else {
            return true;
        };
        let inside = module.exprs.iter().enumerate().any(|(number, expr)| {
            let id = ExprId(u32::try_from(number).unwrap_or(u32::MAX));
            matches!(&expr.kind, ExprKind::Name(used) if used == name)
                && index
                    .function_of(index.standing(id).scope)
                    .is_some_and(|function| {
                        let scope = index.scope(index.function_scopes[function.index()]);
                        !scope.names.contains_key(name) || scope.globals.contains(name)
                    })
        });
        inside || self.files.is_taken_from(at.file, name)
    }

    /// Whether a connection may only read; nothing when that is not known.
    fn reads_only(&self, pool: &Pool) -> Option<bool> {
        let Some(given) = pool.settings.get(&Role::ReadOnly) else {
            return (!pool.open).then_some(false);
        };
        let mut answers = given.iter().map(|setting| match setting.val.value {
            Value::Bool(truth) => Some(truth),
            _ => None,
        });
        let first = answers.next()??;
        answers.all(|answer| answer == Some(first)).then_some(first)
    }

    /// How sure it is that a connection is to a file and not to memory; nothing when it is to memory.
    pub fn is_on_file(&self, pool: &Pool) -> Option<Confidence> {
        let kinds: Vec<_> = pool.database.backends.iter().map(|(it, _)| it).collect();
        let memory = |kind: PathKind| kind != PathKind::File;
        if kinds
            .iter()
            .any(|backend| backend.path == Some(PathKind::Server))
        {
            return None;
        }
        let in_memory = kinds.iter().any(|it| it.path.is_some_and(memory));
        let on_file = kinds.iter().filter(|it| it.path == Some(PathKind::File));
        match (on_file.map(|it| it.confidence).max(), in_memory) {
            (Some(_), true) => Some(Confidence::Low),
            (Some(sure), false) => Some(sure.max(Confidence::Medium)),
            (None, true) => {
                // A variable of the environment may be set to anything.
                pool.database.env.is_some().then_some(Confidence::Low)
            }
            (None, false) => Some(match pool.settings.get(&Role::Database) {
                Some(given) if given.iter().all(|it| is_setting(&it.val.value)) => {
                    Confidence::Medium
                }
                Some(_) => Confidence::Low,
                None => return None,
            }),
        }
    }
}

impl Project<'_> {
    /// Whether one connection is surely open where another is opened: in its `with` block, or between its opening and
    /// its end in the same function, also through calls.
    pub fn is_open_during(&self, open: &Opening, other: &Opening) -> bool {
        let (Some(range), Some(function)) = (self.open_range(open.at), self.enclosing(open.at))
        else {
            return false;
        };
        self.leads_into(function, range, other.at, MOST_CALLS)
    }

    /// The part of a function in which a connection is open that the function opens for itself.
    fn open_range(&self, at: ExprRef) -> Option<Span> {
        let (module, index) = self.tree(at.file);
        let span = self.span(at);
        let with = module.stmts.iter().find(|stmt| {
            matches!(&stmt.kind, StmtKind::With { items, .. }
                if items.iter().any(|item| module.expr(item.context).span.contains(span)))
        });
        if let Some(with) = with {
            return Some(Span {
                start: span.end,
                end: with.span.end,
            });
        }
        let function = self.enclosing(at)?;
        let statement = module.stmt(self.statement(at));
        let StmtKind::Assign {
            targets,
            value: Some(value),
            ..
        } = &statement.kind
        else {
            return None;
        };
        let [target] = targets.as_slice() else {
            return None;
        };
        let ExprKind::Name(name) = &module.expr(*target).kind else {
            return None;
        };
        if *value != at.expr || self.returns_made(function, at) {
            return None;
        }
        let closed = index.calls.iter().filter_map(|call| {
            let start = module.expr(*call).span.start;
            let callee = module.call(*call)?.callee;
            let ExprKind::Attribute(base, method) = &module.expr(callee).kind else {
                return None;
            };
            let named = matches!(&module.expr(*base).kind, ExprKind::Name(held) if held == name);
            (named && start > span.end && self.closes(at, method)).then_some(start)
        });
        let end = closed.min().unwrap_or(self.function(function).span.end);
        Some(Span {
            start: statement.span.end,
            end,
        })
    }

    /// Whether a place stands in a part of a function, or a call does that leads to the place.
    fn leads_into(&self, function: FunctionRef, range: Span, to: ExprRef, left: u8) -> bool {
        let around = self.enclosing(to);
        if around == Some(function) {
            return range.contains(self.span(to));
        }
        let calls = around
            .filter(|_| left > 0)
            .map(|around| self.callers(around));
        calls
            .unwrap_or_default()
            .into_iter()
            .any(|call| self.leads_into(function, range, call, left - 1))
    }

    /// Whether a function that opens one of two connections closes one of them before.
    pub fn is_closed_between(&self, first: &Opening, second: &Opening) -> bool {
        let sites = [first.pool.site, second.pool.site];
        let actions = self.call_graph().actions.iter();
        let closing: Vec<ExprRef> = actions
            .filter(|(_, does, object)| {
                *does == ActionKind::Close
                    && contains_made(object, &|made, _| sites.contains(&made))
            })
            .map(|(call, ..)| *call)
            .collect();
        let closers: Vec<FunctionRef> = closing
            .iter()
            .filter_map(|call| self.enclosing(*call))
            .collect();
        let places = [first.at, second.at, first.from, second.from];
        places.into_iter().any(|at| {
            let (_, index) = self.tree(at.file);
            let around = self.enclosing(at);
            index.calls.iter().any(|call| {
                let call = ExprRef {
                    file: at.file,
                    expr: *call,
                };
                let before =
                    self.span(call).end <= self.span(at).start && self.enclosing(call) == around;
                before && (closing.contains(&call) || self.calls_one_of(call, &closers))
            })
        })
    }

    fn calls_one_of(&self, call: ExprRef, functions: &[FunctionRef]) -> bool {
        let (module, _) = self.tree(call.file);
        let Some(found) = module.call(call.expr).filter(|_| !functions.is_empty()) else {
            return false;
        };
        let callee = self.eval(
            ExprRef {
                expr: found.callee,
                ..call
            },
            &None,
        );
        callee
            .alternatives()
            .iter()
            .any(|(val, _)| match &val.value {
                Value::Function(function, _) | Value::Method(function, _) => {
                    functions.contains(function)
                }
                _ => false,
            })
    }

    /// Whether what a call opens goes into a container: it is one of the slots of a pool.
    pub fn is_slot(&self, at: ExprRef) -> bool {
        let (module, index) = self.tree(at.file);
        if self.record_given(at).is_some() {
            return false;
        }
        if index
            .parent(self.wrapped(at))
            .is_some_and(|around| !matches!(module.expr(around).kind, ExprKind::Await(_)))
        {
            return true;
        }
        let StmtKind::Assign { targets, .. } = &module.stmt(self.statement(at)).kind else {
            return false;
        };
        let function = self.enclosing(at);
        targets.iter().any(|target| match &module.expr(*target).kind {
            ExprKind::Subscript(..) => true,
            ExprKind::Name(name) => index.calls.iter().any(|call| {
                let given = module.call(*call).is_some_and(|call| {
                    matches!(module.expr(call.callee).kind, ExprKind::Attribute(..))
                        && call.args.iter().any(|arg| {
                            matches!(&module.expr(arg.value).kind, ExprKind::Name(held) if held == name)
                        })
                });
                given && self.enclosing(ExprRef { file: at.file, expr: *call }) == function
            }),
            _ => false,
        })
    }

    /// Whether the object that keeps a connection lives for a `with` block: the block opens it, or makes each object.
    pub fn is_kept_by_block(&self, opening: &Opening) -> bool {
        let Kept::Instance(class) = opening.kept else {
            return false;
        };
        let enters = |function: FunctionRef| {
            crate::frontend::ENTER_METHODS.contains(&self.function(function).name.as_str())
        };
        let Some(function) = self.enclosing(opening.at) else {
            return false;
        };
        let callers = self.callers(function);
        let entered = |call: &ExprRef| self.enclosing(*call).is_some_and(enters);
        if enters(function) || !callers.is_empty() && callers.iter().all(entered) {
            return true;
        }
        let made = self.constructions_of(class);
        !made.is_empty() && made.iter().all(|call| self.is_with_item(*call))
    }

    /// The call that gives a connection to what keeps it, and how long that is, where one way leads from its opening to
    /// there.
    pub fn keeper_of(&self, site: ExprRef) -> Option<(ExprRef, Kept)> {
        let mut at = site;
        for _ in 0..=MOST_CALLS {
            let kept = self.lasts(at);
            let function = self
                .enclosing(at)
                .filter(|function| self.returns_made(*function, at));
            let (Kept::No, Some(function)) = (kept, function) else {
                return Some((at, kept));
            };
            let callers = self.callers(function);
            let [caller] = callers.as_slice() else {
                return None;
            };
            at = *caller;
        }
        None
    }

    /// Whether what a call makes goes to an object that each thread has one of.
    pub fn is_one_per_thread(&self, at: ExprRef) -> bool {
        let (module, _) = self.tree(at.file);
        let words = &self.catalog.contexts().thread_words;
        let StmtKind::Assign { targets, .. } = &module.stmt(self.statement(at)).kind else {
            return false;
        };
        targets.iter().any(|target| {
            let ExprKind::Attribute(base, _) = &module.expr(*target).kind else {
                return false;
            };
            let bytes = &self.parsed(at.file).map(|parsed| &parsed.bytes);
            let range = module.expr(*base).span.range();
            let text = bytes.and_then(|bytes| bytes.get(range)).unwrap_or_default();
            split_words(&String::from_utf8_lossy(text))
                .iter()
                .any(|word| words.contains(word))
        })
    }

    /// The name of a class, for people.
    pub fn class_name(&self, class: ClassRef) -> &str {
        &self.tree(class.file).0.class(class.class).name
    }
}

/// Whether a maker says that connections to one file get in each other's way.
fn minds_others(maker: &Maker) -> bool {
    maker.raises.contains_key(&Refused::Locked) || maker.raises.contains_key(&Refused::Mixed)
}

/// Whether a value is a setting of the program: nobody sets the path of a database in memory.
fn is_setting(value: &Value) -> bool {
    matches!(value, Value::Env(_) | Value::Path(_) | Value::Member(..))
}
