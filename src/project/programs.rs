//! Programs: in which processes a place of the project runs.
//!
//! Takes an expression; gives the [`Start`]s of processes from which it is reached: programs that are started for
//! themselves, worker processes, workers of a task queue. Invariant: a module that others import is no program for its
//! last lines alone, and what nothing is known to reach starts nowhere.

use super::modules::LinkScope;
use super::names::Atom;
use super::pools::Pool;
use super::sessions::split_words;
use super::values::Condition;
use super::{ExprRef, FunctionRef, Project};
use crate::catalog::{ContextKind, Multiplicity, World};
use crate::frontend;
use crate::frontend::commands::{Command, module_of};
use crate::source::{FileId, Place};
use crate::syntax::FunctionId;
use std::collections::BTreeSet;

/// How far callers are followed.
const FAR: usize = 8;

/// What starts a process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Start {
    /// A file that is a program.
    Program(FileId),
    /// A call that hands a function to worker processes.
    Workers(ExprRef),
    /// The workers of a task queue.
    Tasks(LinkScope),
}

/// A command that starts several processes of one program.
#[derive(Clone, Copy, Debug)]
pub struct Several {
    /// How many.
    pub number: u32,
    /// Where it is said.
    pub place: Place,
}

/// How many ways and functions are looked at above one place.
const MOST_ARMS: usize = 64;

impl Project<'_> {
    /// Whether every way to the one leads through an arm of a `match` that excludes every way to the other: the commands
    /// of a program.
    pub fn on_exclusive_ways(&self, first: &Pool, second: &Pool) -> bool {
        if one_of_both(first, second) {
            return true;
        }
        let ways = |pool: &Pool| {
            let mut at = pool.site;
            let mut frames = &pool.frames;
            while let Some(frame) = frames {
                at = frame.call;
                frames = &frame.outer;
            }
            let mut found = Vec::new();
            self.arms_above(at, &mut Vec::new(), &mut BTreeSet::new(), &mut found);
            found
        };
        let (a, b) = (ways(first), ways(second));
        are_apart(&a, &b)
    }

    /// Whether a run of the program comes to at most one of some calls: they stand in the arms for its commands.
    pub fn exclude_each_other(&self, calls: &[ExprRef]) -> bool {
        let ways: Vec<Vec<Vec<Condition>>> = calls
            .iter()
            .take(MOST_ARMS)
            .map(|call| {
                let mut found = Vec::new();
                self.arms_above(*call, &mut Vec::new(), &mut BTreeSet::new(), &mut found);
                found
            })
            .collect();
        calls.len() <= MOST_ARMS
            && (0..ways.len()).all(|one| (0..one).all(|other| are_apart(&ways[one], &ways[other])))
    }

    /// The arms of a `match` on each way from the start of the program to an expression.
    fn arms_above(
        &self,
        expr: ExprRef,
        arms: &mut Vec<Condition>,
        seen: &mut BTreeSet<FunctionRef>,
        out: &mut Vec<Vec<Condition>>,
    ) {
        let (_, index) = self.tree(expr.file);
        let before = arms.len();
        let mut note = |guard| {
            let own = index
                .atoms(guard)
                .filter(|atom| matches!(atom, Atom::MatchArm(..)));
            arms.extend(own.map(|atom| Condition {
                file: expr.file,
                atom,
            }));
        };
        note(index.standing(expr.expr).guard);
        let mut function = self.enclosing(expr);
        // A block that is handed over runs for the sake of where it stands.
        while let Some(block) = function.filter(|it| self.function(*it).name.is_empty()) {
            let home = index.function_homes[block.function.index()];
            note(home.guard);
            function = index.function_of(home.scope).map(|outer| FunctionRef {
                file: expr.file,
                function: outer,
            });
        }
        let callers = function
            .filter(|function| seen.len() < MOST_ARMS && seen.insert(*function))
            .map_or_else(Vec::new, |function| self.callers(function));
        if callers.is_empty() {
            out.push(arms.clone());
        }
        for caller in callers {
            // What tests call says nothing of the program.
            if out.len() < MOST_ARMS && !self.is_beside_the_product(caller.file) {
                self.arms_above(caller, arms, seen, out);
            }
        }
        if let Some(function) = function {
            seen.remove(&function);
        }
        arms.truncate(before);
    }

    /// The starts of the processes in which an expression runs.
    pub fn starts(&self, expr: ExprRef) -> BTreeSet<Start> {
        let mut found = BTreeSet::new();
        self.wanting(|| self.climb_to_starts(expr, &mut BTreeSet::new(), FAR, &mut found));
        found
    }

    fn climb_to_starts(
        &self,
        expr: ExprRef,
        seen: &mut BTreeSet<FunctionRef>,
        left: usize,
        found: &mut BTreeSet<Start>,
    ) {
        let Some(function) = self.enclosing(expr) else {
            let (_, index) = self.tree(expr.file);
            let guard = index.standing(expr.expr).guard;
            match index.atoms(guard).any(|atom| atom == Atom::Main) {
                true if self.starts_process(expr.file) => {
                    found.insert(Start::Program(expr.file));
                }
                true => {}
                false => found.extend(self.programs(expr.file)),
            }
            return;
        };
        if left == 0 || !seen.insert(function) {
            return;
        }
        if self.is_main(function) {
            if !self.is_beside_the_product(function.file) {
                found.insert(Start::Program(function.file));
            }
            return;
        }
        for registration in self.registrations(function).iter() {
            let calls = &registration.calls;
            let (module, _) = self.tree(registration.at.file);
            if calls.context == Some(ContextKind::Test) {
                continue;
            }
            if calls.world == World::Forked {
                found.insert(Start::Workers(registration.at));
            } else if calls.when == Multiplicity::PerTask && self.runs_tasks(function.file) {
                found.insert(Start::Tasks(self.files.file(function.file).scope));
            } else if module.call(registration.at.expr).is_some() {
                self.climb_to_starts(registration.at, seen, left - 1, found);
            } else {
                found.extend(self.programs(function.file));
            }
        }
        for caller in self
            .callers(function)
            .into_iter()
            .chain(self.handed_over_by(function))
        {
            self.climb_to_starts(caller, seen, left - 1, found);
        }
    }

    /// Whether a function is what its file does when it is the program.
    fn is_main(&self, function: FunctionRef) -> bool {
        let found = self.function(function);
        found.class.is_none()
            && frontend::is_program(&self.files.file(function.file).path, &found.name)
    }

    /// Whether one of the functions of a file is what it does when it is the program.
    fn has_program(&self, file: FileId) -> bool {
        let functions = self
            .parsed(file)
            .map(|parsed| parsed.module.functions.len());
        (0..functions.unwrap_or_default()).any(|number| {
            let function = FunctionId(u32::try_from(number).unwrap_or(u32::MAX));
            self.is_main(FunctionRef { file, function })
        })
    }

    /// The programs that load a file.
    fn programs(&self, file: FileId) -> BTreeSet<Start> {
        let loaders = self.loaders(file);
        let programs = loaders
            .iter()
            .copied()
            .filter(|loader| self.starts_process(*loader));
        programs.map(Start::Program).collect()
    }

    /// Whether a file is started for itself: a command names it, or it says what to do then and nobody imports it.
    fn starts_process(&self, file: FileId) -> bool {
        if self.is_beside_the_product(file) {
            return false;
        }
        if self.commands_of(file).next().is_some() {
            return true;
        }
        self.want(file);
        let says = self.parsed(file).is_some_and(|parsed| {
            let guards = &parsed.index.guards;
            guards.iter().any(|guard| guard.atom == Atom::Main)
        });
        self.has_program(file) || says && self.loaders(file).len() == 1
    }

    /// Whether the name of what a call calls says that it ends the program, or starts it anew.
    pub fn ends_the_program(&self, call: Place) -> bool {
        let words = &self.catalog.contexts().program_end_words;
        let parsed = self.parsed(call.file);
        let bytes = parsed.and_then(|parsed| parsed.bytes.get(call.span.range()));
        let text = String::from_utf8_lossy(bytes.unwrap_or_default());
        let named = text.split('(').next().unwrap_or_default();
        split_words(named).iter().any(|word| words.contains(word))
    }

    /// Whether what runs a call is there to shut something down, by the name of the function or of a call on the way.
    pub fn shuts_down(&self, evidence: &super::placement::Evidence) -> bool {
        let contexts = self.catalog.contexts();
        let ends = |word: &String| {
            contexts.pool_end_words.contains(word) || contexts.program_end_words.contains(word)
        };
        split_words(&evidence.function).iter().any(ends)
            || evidence
                .chain
                .iter()
                .any(|call| self.ends_the_program(*call))
    }

    /// The commands of the project that name a file or its module.
    fn commands_of(&self, file: FileId) -> impl Iterator<Item = (FileId, &Command)> {
        let services = self.files.services.iter().flat_map(|(at, services)| {
            let commands = services.iter().flat_map(|service| &service.commands);
            commands.map(|command| (*at, command))
        });
        let listed = self.files.commands.iter();
        let listed = listed.flat_map(|(at, all)| all.iter().map(|command| (*at, command)));
        services.chain(listed).filter(move |(at, command)| {
            !self.is_beside_the_product(*at)
                && command.words.iter().any(|word| self.names_file(word, file))
        })
    }

    /// Whether a word of a command is a file, or the module that it holds.
    fn names_file(&self, word: &str, file: FileId) -> bool {
        let known = self.files.file(file);
        let as_path = word.trim_start_matches("./").trim_start_matches('/');
        let ends = |whole: &str, end: &str| {
            whole == end
                || whole
                    .strip_suffix(end)
                    .is_some_and(|before| before.ends_with('/'))
        };
        ends(&known.path, as_path) && as_path.contains('.') || ends(as_path, &known.path) || {
            let module = module_of(word).filter(|module| !ends(&known.path, module));
            module.is_some_and(|module| {
                let named = self.files.modules_named(module, known.scope);
                named.contains(&file)
            })
        }
    }

    /// Where a process is started, with words for it.
    pub fn start_place(&self, start: Start) -> Option<(Place, String)> {
        match start {
            Start::Program(file) => {
                let command = self.commands_of(file).next();
                let told = command.map(|(at, command)| Place {
                    file: at,
                    span: command.span,
                });
                let place = told.or_else(|| self.place_of_program(file))?;
                Some((place, "a process that reaches it starts here".to_owned()))
            }
            Start::Workers(at) => Some((
                self.place(at),
                "worker processes are started here".to_owned(),
            )),
            Start::Tasks(_) => None,
        }
    }

    /// The first call that a file makes when it is the program itself.
    fn place_of_program(&self, file: FileId) -> Option<Place> {
        let index = &self.files.parsed(file)?.index;
        let first = index.calls.iter().find(|call| {
            let guard = index.standing(**call).guard;
            index.function_of(index.standing(**call).scope).is_none()
                && index.atoms(guard).any(|atom| atom == Atom::Main)
        })?;
        Some(self.place(ExprRef { file, expr: *first }))
    }

    /// Whether a call that hands a function to worker processes hands it to more than one.
    pub fn starts_many_processes(&self, at: ExprRef) -> bool {
        let (module, index) = self.tree(at.file);
        let Some(call) = module.call(at.expr) else {
            return false;
        };
        let callee = self.eval(
            ExprRef {
                expr: call.callee,
                ..at
            },
            &None,
        );
        let path = callee.path().cloned();
        let calls = path.iter().flat_map(|path| self.catalog.arguments(path));
        let mut forked = calls.filter(|calls| calls.world == World::Forked);
        forked.any(|calls| calls.when == Multiplicity::PerTask)
            || index.standing(at.expr).turn.is_some()
            || self.placement(at).repeated().is_some()
    }

    /// A command that starts a program which loads a file in several processes at once.
    pub fn in_several(&self, file: FileId) -> Option<Several> {
        let contexts = self.catalog.contexts();
        let loaders = self.loaders(file);
        loaders.iter().find_map(|loader| {
            self.commands_of(*loader).find_map(|(at, command)| {
                let served = command.words.iter().any(|word| {
                    let last = word.rsplit('/').next().unwrap_or(word);
                    contexts.servers.iter().any(|server| server == last)
                });
                let number = contexts
                    .worker_options
                    .iter()
                    .find_map(|option| number_after(&command.words, option))
                    .filter(|number| served && *number > 1)?;
                Some(Several {
                    number,
                    place: Place {
                        file: at,
                        span: command.span,
                    },
                })
            })
        })
    }
}

/// Whether every one of some ways goes through an arm that excludes every one of others.
fn are_apart(left: &[Vec<Condition>], right: &[Vec<Condition>]) -> bool {
    let apart = |left: &Vec<Condition>, right: &Vec<Condition>| {
        left.iter().any(|one| {
            right
                .iter()
                .any(|other| one.file == other.file && one.atom.excludes(other.atom))
        })
    };
    !left.is_empty()
        && !right.is_empty()
        && left.len() < MOST_ARMS
        && right.len() < MOST_ARMS
        && left
            .iter()
            .all(|one| right.iter().all(|other| apart(one, other)))
}

/// Whether one call leads to the one pool or to the other: it calls one of several things of the same name.
fn one_of_both(first: &Pool, second: &Pool) -> bool {
    let calls = |pool: &Pool| {
        let mut found = Vec::new();
        let mut frames = &pool.frames;
        while let Some(frame) = frames {
            found.push((frame.call, frame.callee));
            frames = &frame.outer;
        }
        found
    };
    let others = calls(second);
    calls(first).into_iter().any(|(call, callee)| {
        others
            .iter()
            .any(|(other, called)| *other == call && *called != callee)
    })
}

/// The number that an option of a command has: `-w 4`, `-w4`, `--workers=4`.
fn number_after(words: &[String], option: &str) -> Option<u32> {
    words.iter().enumerate().find_map(|(number, word)| {
        let rest = word.strip_prefix(option)?;
        let text = match rest {
            "" => words.get(number + 1)?.as_str(),
            _ => rest.strip_prefix('=').unwrap_or(rest),
        };
        text.parse().ok()
    })
}
