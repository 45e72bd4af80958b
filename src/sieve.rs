//! The prefilter: which files are worth parsing.
//!
//! Takes the bytes of a Python file; gives whether a trigger word of the catalog stands in it and which modules and
//! names its import statements may bring in. Nothing is parsed, so what it gives is a superset:
//! Invariant: a real import is never missed; what is reported without being there only costs a parse.

mod vocabulary;

use crate::source::of_a_word;
use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::dfa::DFA;
use aho_corasick::{AhoCorasick, Anchored, BuildError};
use memchr::memmem::Finder;
pub use vocabulary::Vocabulary;

/// The words and imports of a project's catalog, ready to scan files with. Shared by all threads.
#[derive(Debug)]
pub struct Sieve {
    words: Option<Words>,
    import: Finder<'static>,
    telling: Option<AhoCorasick>,
}

/// What a scan found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sieved {
    /// Whether a trigger word stands in the file as a whole word.
    pub triggered: bool,
    /// What the file may import.
    pub imports: Imports,
}

/// What a file may import: hashed keys, so that the imports of a large project stay in memory.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Imports {
    /// Sorted, each once.
    keys: Box<[u32]>,
    /// The same with the part before: `a.b` of `from x.a.b import …`. Sorted, each once.
    paths: Box<[u32]>,
    /// What is imported under a name that tells of connections.
    telling: Box<[Telling]>,
    unknown: bool,
    untold: bool,
    relative: bool,
    computes: bool,
}

/// An import whose names hold a telling word: the hashed path of its module, and that of the name taken from it, which may
/// be a module, too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Telling {
    /// The first part of the module's path; nothing when it starts from the file's own place.
    pub top: Option<u32>,
    /// The module; nothing for the folder of the file or one around it (`from . import x`).
    pub module: Option<u32>,
    /// The name taken from it, when it holds the word itself.
    pub inside: Option<u32>,
}

/// What stands before the last part of a module's path.
#[derive(Clone, Copy, Debug)]
enum Before<'a> {
    /// The part before.
    Part(&'a [u8]),
    /// Dots: the folder of the file, or one around it.
    Dots,
    /// Nothing.
    Nothing,
}

impl Before<'_> {
    fn path(self, last: &[u8]) -> Vec<u8> {
        match self {
            Before::Part(part) => [part, b".", last].concat(),
            Before::Dots => [b".", last].concat(),
            Before::Nothing => [b"^", last].concat(),
        }
    }
}

/// Who imports a module, or a name of it?
#[derive(Clone, Debug)]
pub struct Question {
    whole: [u32; 3],
    from: [u32; 3],
    name: Option<u32>,
}

impl Question {
    /// Which of the three keys only files near the module can use.
    const NEAR: usize = 1;

    /// Asks for `name` of the module `parent.last`; without a name, for anything of it.
    pub fn new(parent: &str, last: &str, name: Option<&str>) -> Self {
        let last = last.as_bytes();
        let part = if parent.is_empty() {
            Before::Nothing
        } else {
            Before::Part(parent.as_bytes())
        };
        let paths = [part, Before::Dots, Before::Nothing].map(|before| before.path(last));
        let keys = |key: Key| [0, 1, 2].map(|number: usize| key.hash(&paths[number]));
        Self {
            whole: keys(Key::Whole),
            from: keys(Key::ModuleLast),
            name: name.map(|name| Key::Name.hash(name.as_bytes())),
        }
    }

    /// The key under which [`Imports::keys`] holds the name that is asked for.
    pub fn name_key(&self) -> Option<u32> {
        self.name
    }

    /// The keys under which [`Imports::paths`] can hold an answer.
    pub fn keys(&self) -> impl Iterator<Item = u32> + '_ {
        self.whole.iter().chain(&self.from).copied()
    }

    /// The keys that only files near the module write.
    pub fn near_keys(&self) -> [u32; 2] {
        [self.whole[Self::NEAR], self.from[Self::NEAR]]
    }

    /// The keys that any file writes.
    pub fn far_keys(&self) -> impl Iterator<Item = u32> + '_ {
        let near = self.near_keys();
        self.keys().filter(move |key| !near.contains(key))
    }
}

/// How an import statement names something.
#[derive(Clone, Copy)]
enum Key {
    /// The last part of `m` in `from m import …`.
    ModuleLast = 1,
    /// `x` in `from … import x`.
    Name = 2,
    /// A part of `m` in `import m`, or the last part of `m` in `from m import *`.
    Whole = 3,
}

/// Marks `from . import …`, whose module is known by the file's place only.
const HERE: &[u8] = b"";

/// The hash of a part of a path, as in [`Telling::top`].
pub fn part_key(name: &str) -> u32 {
    Key::Whole.hash(name.as_bytes())
}

impl Key {
    /// FNV-1a with the kind as first byte: fixed, so that nothing depends on the run.
    fn hash(self, name: &[u8]) -> u32 {
        let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        name.iter()
            .fold(step(0x811c_9dc5, self as u8), |hash, byte| {
                step(hash, *byte)
            })
    }
}

impl Imports {
    /// What was not scanned: a module of the file's own language may be among it.
    pub fn untold() -> Self {
        Self {
            untold: true,
            ..Self::default()
        }
    }

    /// Whether the file may import `name` from the module whose path ends in `module_last`, that module, or all of it.
    ///
    /// A package goes by the name of its folder (`db` for `db/__init__.py`); `from . import name` counts for any module.
    pub fn may_import(&self, module_last: &str, name: &str) -> bool {
        let (module, name) = (module_last.as_bytes(), name.as_bytes());
        self.unknown
            || self.has(Key::Whole, module)
            || self.has(Key::Name, module)
            || (self.has(Key::ModuleLast, module) || self.relative) && self.has(Key::Name, name)
    }

    /// Whether the file takes `name` from a module whose path ends in `module_last`, by name: a whole module, or an import
    /// that only a parse can tell, does not count.
    pub fn imports_name(&self, module_last: &str, name: &str) -> bool {
        self.has(Key::ModuleLast, module_last.as_bytes()) && self.has(Key::Name, name.as_bytes())
    }

    /// Whether the file may import the module whose path ends in `module_last`, or anything from it.
    ///
    /// `from . import x` names its package by the file's place: for a package, ask [`Imports::is_bare_relative`] too.
    pub fn may_import_module(&self, module_last: &str) -> bool {
        let module = module_last.as_bytes();
        self.unknown
            || self.has(Key::ModuleLast, module)
            || self.has(Key::Whole, module)
            || self.has(Key::Name, module)
    }

    /// Whether the file may import what is asked for. `near` says whether the file lies in the module's folder or below,
    /// so that a relative import can name it.
    pub fn answers(&self, question: &Question, near: bool) -> bool {
        let named = |keys: &[u32; 3]| {
            keys.iter().enumerate().any(|(number, key)| {
                (near || number != Question::NEAR) && self.paths.binary_search(key).is_ok()
            })
        };
        let bare = near && self.relative;
        self.is_unknown()
            || named(&question.whole)
            || (named(&question.from) || bare)
                && question
                    .name
                    .is_none_or(|name| self.keys.binary_search(&name).is_ok())
    }

    /// The hashed paths of the modules that the file imports, sorted: every question that is answered with yes for a
    /// file that is not near has one of its keys here.
    pub fn paths(&self) -> &[u32] {
        &self.paths
    }

    /// Whether the file has an import of the form `from . import x` (any number of dots, no module).
    pub fn is_bare_relative(&self) -> bool {
        self.relative
    }

    /// The hashed keys of all that is imported, sorted: a question about a name is answered with yes only where its key
    /// is among them.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// Whether the file may import anything: an import statement that only a parse can tell.
    pub fn is_unknown(&self) -> bool {
        self.unknown || self.untold
    }

    /// Whether the file may import modules by names that it puts together.
    pub fn computes_names(&self) -> bool {
        self.computes
    }

    /// The imports whose names hold one of the words that the sieve was given for it.
    pub fn telling(&self) -> &[Telling] {
        &self.telling
    }

    /// Whether the file imports nothing.
    pub fn is_empty(&self) -> bool {
        !self.unknown && self.keys.is_empty()
    }

    fn has(&self, key: Key, name: &[u8]) -> bool {
        self.keys.binary_search(&key.hash(name)).is_ok()
    }
}

impl Sieve {
    /// A sieve for `words`. An identifier matches as a whole word; a word that begins or ends with another byte
    /// (`.connect(`) may go on at that side. Empty words match nothing.
    ///
    /// # Errors
    /// When the words make too large an automaton (hundreds of megabytes of words).
    pub fn new(words: &[String]) -> Result<Self, BuildError> {
        let words: Vec<&[u8]> = words
            .iter()
            .map(|word| word.as_bytes())
            .filter(|word| !word.is_empty())
            .collect();
        let words = if words.is_empty() {
            None
        } else {
            Some(Words::new(&words)?)
        };
        Ok(Self {
            words,
            import: Finder::new(b"import"),
            telling: None,
        })
    }

    /// The same sieve, which also notes imports under names that hold one of `words`, in letters of either size.
    ///
    /// # Errors
    /// As [`Sieve::new`].
    pub fn telling(mut self, words: &[String]) -> Result<Self, BuildError> {
        let builder = || {
            let mut builder = AhoCorasick::builder();
            builder.ascii_case_insensitive(true);
            builder
        };
        self.telling = match words {
            [] => None,
            words => Some(builder().build(words)?),
        };
        Ok(self)
    }

    /// Whether a name holds one of the words that the sieve was given for it.
    pub fn tells(&self, name: &[u8]) -> bool {
        let words = self.telling.as_ref();
        words.is_some_and(|words| words.is_match(name))
    }

    /// Scans a file once for words and once for imports.
    pub fn scan(&self, bytes: &[u8]) -> Sieved {
        Sieved {
            triggered: self.is_triggered(bytes),
            imports: self.imports(bytes),
        }
    }

    /// Whether a trigger word stands in `bytes` as a whole word.
    pub fn is_triggered(&self, bytes: &[u8]) -> bool {
        self.words
            .as_ref()
            .is_some_and(|words| words.stand_in(bytes))
    }

    /// What the import statements of `bytes` may bring in; text that looks like one counts.
    pub fn imports(&self, bytes: &[u8]) -> Imports {
        let mut scan = Scan {
            bytes,
            keys: Vec::new(),
            paths: Vec::new(),
            telling: Vec::new(),
            top: None,
            words: self.telling.as_ref(),
            unknown: false,
            relative: false,
            // Each statement is read from its `import`, a docstring's from inside another's list again: bounded, because
            // a made-up file could be made of nothing else.
            budget: bytes.len().saturating_mul(4).saturating_add(1024),
        };
        let mut computes = false;
        for at in self.import.find_iter(bytes) {
            let behind = &bytes[at + "import".len()..];
            computes |= [&b"_module("[..], b"__("]
                .iter()
                .any(|text| behind.starts_with(text));
            scan.import(at, at + "import".len());
            if scan.budget == 0 {
                scan.unknown = true;
                break;
            }
        }
        scan.keys.sort_unstable();
        scan.keys.dedup();
        scan.paths.sort_unstable();
        scan.paths.dedup();
        scan.telling.sort_unstable();
        scan.telling.dedup();
        Imports {
            keys: scan.keys.into_boxed_slice(),
            paths: scan.paths.into_boxed_slice(),
            telling: scan.telling.into_boxed_slice(),
            unknown: scan.unknown,
            untold: false,
            relative: scan.relative,
            computes,
        }
    }
}

/// The trigger words as an automaton.
#[derive(Debug)]
struct Words {
    automaton: DFA,
    start: StateID,
    /// For each word, whether it may go on before its first or after its last byte.
    open: Vec<(bool, bool)>,
}

/// A file is gone through in this many places at once: a step waits for the one before it, not for another place's.
const LANES: usize = 6;

impl Words {
    fn new(words: &[&[u8]]) -> Result<Self, BuildError> {
        // The standard match kind reports every word, also those inside another that fails.
        let automaton = DFA::builder().prefilter(false).build(words)?;
        let is_open = |byte: Option<&u8>| byte.is_some_and(|byte| !is_word(*byte));
        Ok(Self {
            start: automaton
                .start_state(Anchored::No)
                .expect("an automaton is built unanchored unless told otherwise"),
            open: words
                .iter()
                .map(|word| (is_open(word.first()), is_open(word.last())))
                .collect(),
            automaton,
        })
    }

    /// Whether a word stands in `bytes` as a whole word.
    fn stand_in(&self, bytes: &[u8]) -> bool {
        let length = bytes.len() / LANES;
        let mut states = [self.start; LANES];
        for at in 0..length {
            let mut special = false;
            for lane in 0..LANES {
                states[lane] = self.step(states[lane], bytes[lane * length + at]);
                special |= self.automaton.is_special(states[lane]);
            }
            if special
                && (0..LANES).any(|lane| self.ends(bytes, states[lane], lane * length + at + 1))
            {
                return true;
            }
        }
        // A word may begin in one lane and end in the next.
        let overlap = self.automaton.max_pattern_len().saturating_sub(1);
        (0..LANES).any(|lane| {
            let from = (lane + 1) * length;
            let to = if lane + 1 == LANES {
                bytes.len()
            } else {
                bytes.len().min(from + overlap)
            };
            let mut state = states[lane];
            (from..to).any(|at| {
                state = self.step(state, bytes[at]);
                self.automaton.is_special(state) && self.ends(bytes, state, at + 1)
            })
        })
    }

    #[inline]
    fn step(&self, state: StateID, byte: u8) -> StateID {
        self.automaton.next_state(Anchored::No, state, byte)
    }

    /// Whether a whole word ends at `end`, where the automaton is in `state`.
    #[cold]
    fn ends(&self, bytes: &[u8], state: StateID, end: usize) -> bool {
        self.automaton.is_match(state)
            && (0..self.automaton.match_len(state)).any(|index| {
                let word = self.automaton.match_pattern(state, index);
                let start = end - self.automaton.pattern_len(word);
                let (open_start, open_end) = self.open[word.as_usize()];
                (open_start || start == 0 || !is_word(bytes[start - 1]))
                    && (open_end || !bytes.get(end).is_some_and(|byte| is_word(*byte)))
            })
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

struct Scan<'a> {
    bytes: &'a [u8],
    keys: Vec<u32>,
    paths: Vec<u32>,
    telling: Vec<Telling>,
    /// The first part of the module's path that was read last.
    top: Option<u32>,
    words: Option<&'a AhoCorasick>,
    unknown: bool,
    relative: bool,
    budget: usize,
}

impl<'a> Scan<'a> {
    /// Reads the statement whose word `import` lies at `start..end`, if it is one.
    fn import(&mut self, start: usize, end: usize) {
        let Some(&next) = self.bytes.get(end) else {
            return;
        };
        if of_a_word(next) || start > 0 && of_a_word(self.bytes[start - 1]) && !self.is_bom(start) {
            return;
        }
        let before = self.back_over_blanks(start);
        if before.at_line_start
            || matches!(self.before(before.at), None | Some(b';' | b':'))
            || self.is_lazy(before.at)
        {
            self.modules(end);
        }
        if let Some((module, around)) = self.module_before(before.at) {
            self.names(module, around, end);
        }
    }

    /// Whether a name holds a telling word.
    fn tells(&self, name: &[u8]) -> bool {
        self.words.is_some_and(|words| words.is_match(name))
    }

    /// Whether `at` is the end of a byte-order mark that opens the file.
    fn is_bom(&self, at: usize) -> bool {
        at == 3 && self.bytes.starts_with(b"\xef\xbb\xbf")
    }

    /// Whether the word before `at` makes it a `lazy import` (PEP 810).
    fn is_lazy(&self, at: usize) -> bool {
        self.bytes[..at]
            .strip_suffix(b"lazy")
            .is_some_and(|rest| self.before(rest.len()).is_none_or(|byte| !of_a_word(byte)))
    }

    fn before(&self, at: usize) -> Option<u8> {
        if self.is_bom(at) {
            None
        } else {
            self.bytes[..at].last().copied()
        }
    }

    fn spend(&mut self, steps: usize) {
        self.budget = self.budget.saturating_sub(steps);
    }

    /// Goes back from `at` over blanks and joined lines. Stops in front of a line end that is not joined.
    fn back_over_blanks(&mut self, at: usize) -> Back {
        let mut back = Back {
            at,
            at_line_start: false,
        };
        while self.budget > 0 {
            self.spend(1);
            match self.before(back.at) {
                Some(b' ' | b'\t' | b'\x0c') => back.at -= 1,
                Some(byte @ (b'\n' | b'\r')) => {
                    // The line before may be a comment that ends in `\`: this is a line start all the same.
                    back.at_line_start = true;
                    let crlf = byte == b'\n' && self.before(back.at - 1) == Some(b'\r');
                    let line_end = back.at - if crlf { 2 } else { 1 };
                    match self.before(line_end) {
                        Some(b'\\') => back.at = line_end - 1,
                        _ => break,
                    }
                }
                _ => break,
            }
        }
        back
    }

    /// The module of `from module` that ends at `end`, as its last part; [`HERE`] for dots alone.
    fn module_before(&mut self, end: usize) -> Option<(&'a [u8], Before<'a>)> {
        let bytes = self.bytes;
        let mut at = end;
        let mut last: Option<&[u8]> = None;
        let mut second: Option<&[u8]> = None;
        let mut dots = false;
        let mut need_dot = false;
        let mut first: Option<&[u8]> = None;
        while self.budget > 0 {
            match self.before(at)? {
                b'.' => {
                    self.spend(1);
                    dots = true;
                    need_dot = false;
                    at -= 1;
                }
                byte if of_a_word(byte) => {
                    let mut start = at;
                    while self.before(start).is_some_and(of_a_word) {
                        start -= 1;
                    }
                    self.spend(at - start);
                    let name = &bytes[start..at];
                    match name {
                        b"from" => {
                            // A dot in front of the first part: the path starts from here.
                            let top = first.filter(|_| need_dot);
                            self.top = top.map(|name| Key::Whole.hash(name));
                            let around = match second {
                                Some(part) => Before::Part(part),
                                None if dots => Before::Dots,
                                None => Before::Nothing,
                            };
                            return last.or(dots.then_some(HERE)).map(|last| (last, around));
                        }
                        // No part of a module's path, and the end of the way back for a file full of them.
                        b"import" => return None,
                        _ if need_dot => return None,
                        _ => {}
                    }
                    if last.is_some() {
                        second = second.or(Some(name));
                    } else if !dots {
                        last = Some(name);
                    }
                    self.unknown |= !name.is_ascii();
                    first = Some(name);
                    need_dot = true;
                    at = start;
                }
                _ => return None,
            }
            at = self.back_over_blanks(at).at;
        }
        None
    }

    /// Reads `a.b as c, d` from `at` on.
    fn modules(&mut self, at: usize) {
        let mut at = at;
        let mut alias = false;
        let mut around = Before::Nothing;
        while self.budget > 0 {
            at = self.over_blanks(at, false);
            match self.bytes.get(at) {
                Some(mark @ (b'.' | b',')) => {
                    alias = false;
                    if *mark == b',' {
                        around = Before::Nothing;
                    }
                    at += 1;
                }
                Some(&byte) if of_a_word(byte) => {
                    let name = self.name(at);
                    at += name.len();
                    match name {
                        b"as" => alias = true,
                        b"import" => return,
                        _ if alias => {}
                        name => {
                            self.record(Key::Whole, name);
                            let path = Key::Whole.hash(&around.path(name));
                            self.paths.push(path);
                            if matches!(around, Before::Nothing) {
                                self.top = Some(Key::Whole.hash(name));
                            }
                            if self.tells(name) {
                                self.telling.push(Telling {
                                    top: self.top,
                                    module: Some(path),
                                    inside: None,
                                });
                            }
                            around = Before::Part(name);
                        }
                    }
                }
                _ => return,
            }
        }
    }

    /// Reads `(a as b, c)` or `*`, imported from `module`, from `at` on.
    fn names(&mut self, module: &[u8], around: Before<'_>, at: usize) {
        let mut at = self.over_blanks(at, false);
        let parenthesised = self.bytes.get(at) == Some(&b'(');
        if parenthesised {
            at += 1;
        } else if self.bytes.get(at) == Some(&b'*') {
            // All names of a package that is known by its place only: a parse tells.
            self.unknown |= module == HERE;
            self.relative |= module == HERE;
            self.record(Key::Whole, module);
            let path = Key::Whole.hash(&around.path(module));
            self.paths.push(path);
            if self.tells(module) {
                self.telling.push(Telling {
                    top: self.top,
                    module: Some(path),
                    inside: None,
                });
            }
            return;
        }
        self.relative |= module == HERE;
        self.record(Key::ModuleLast, module);
        let path = Key::ModuleLast.hash(&around.path(module));
        self.paths.push(path);
        let from = (module != HERE).then_some(path);
        let module_tells = self.tells(module);
        // `from a import b` may import the module `a.b`.
        let inside = if module == HERE {
            Before::Dots
        } else {
            Before::Part(module)
        };
        let mut alias = false;
        while self.budget > 0 {
            at = self.over_blanks(at, parenthesised);
            match self.bytes.get(at) {
                Some(b',') => {
                    alias = false;
                    at += 1;
                }
                Some(&byte) if of_a_word(byte) => {
                    let name = self.name(at);
                    at += name.len();
                    match name {
                        b"as" => alias = true,
                        b"import" | b"from" => return,
                        _ if alias => {}
                        name => {
                            self.record(Key::Name, name);
                            let path = Key::Whole.hash(&inside.path(name));
                            self.paths.push(path);
                            let tells = self.tells(name);
                            if tells || module_tells {
                                self.telling.push(Telling {
                                    top: self.top,
                                    module: from,
                                    inside: tells.then_some(path),
                                });
                            }
                        }
                    }
                }
                _ => return,
            }
        }
    }

    /// The identifier that starts at `at`.
    fn name(&mut self, at: usize) -> &'a [u8] {
        let rest = &self.bytes[at..];
        let length = rest
            .iter()
            .position(|byte| !of_a_word(*byte))
            .unwrap_or(rest.len());
        self.spend(length);
        &rest[..length]
    }

    fn record(&mut self, key: Key, name: &[u8]) {
        // Python normalises identifiers (NFKC): `ﬁle` imports `file`. That is left to the parse.
        self.unknown |= !name.is_ascii();
        self.keys.push(key.hash(name));
    }

    /// Goes over blanks and joined lines, inside parentheses over line ends and comments too.
    fn over_blanks(&mut self, at: usize, parenthesised: bool) -> usize {
        let mut at = at;
        while self.budget > 0 {
            let rest = &self.bytes[at..];
            let length = match rest {
                [b' ' | b'\t' | b'\x0c', ..] => 1,
                [b'\\', b'\r', b'\n', ..] => 3,
                [b'\\', b'\n' | b'\r', ..] => 2,
                [b'\n' | b'\r', ..] if parenthesised => 1,
                [b'#', ..] if parenthesised => {
                    memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
                }
                _ => return at,
            };
            self.spend(length);
            at += length;
        }
        at
    }
}

/// Where a way back over blanks ended.
struct Back {
    at: usize,
    /// Whether it came to the start of a physical line.
    at_line_start: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sieve(words: &[&str]) -> Sieve {
        let words: Vec<String> = words.iter().map(|word| String::from(*word)).collect();
        Sieve::new(&words).expect("a sieve")
    }

    /// The keys that a source must give, as `m:` (module of from), `n:` (name), `w:` (whole).
    fn keys(expected: &str) -> Vec<u32> {
        let mut keys: Vec<u32> = expected
            .split_whitespace()
            .map(|word| {
                let (kind, name) = word.split_once(':').expect("a kind");
                let key = match kind {
                    "m" => Key::ModuleLast,
                    "n" => Key::Name,
                    _ => Key::Whole,
                };
                key.hash(name.as_bytes())
            })
            .collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn whole_words_trigger() {
        let sieve = sieve(&["pool", "pool_size", "db.connect(", ".execute", "pool_", ""]);
        for (text, triggered) in [
            ("pool", true),
            ("a pool.", true),
            ("pools", false),
            ("my_pool", false),
            ("(pool_size=5)", true),
            ("pool_sizes", false),
            ("pool_sizes, pool", true),
            ("db.connect(x)", true),
            ("mydb.connect(x)", false),
            ("a.execute(", true),
            ("a.executes(", false),
            ("", false),
        ] {
            assert_eq!(sieve.is_triggered(text.as_bytes()), triggered, "{text}");
        }
        assert!(!self::sieve(&[]).is_triggered(b"pool"));
        // Wherever it stands, whatever it straddles.
        for length in 0..100 {
            for at in 0..=length {
                let text = [
                    &b" ".repeat(at),
                    b"pool_size".as_slice(),
                    &b" ".repeat(length - at),
                ];
                assert!(sieve.is_triggered(&text.concat()), "{at} of {length}");
            }
        }
    }

    #[test]
    fn import_statements_are_read() {
        let sieve = sieve(&[]);
        for (source, expected) in [
            ("from a.b import c as d, e", "m:b n:c n:e"),
            ("import a.b as x", "w:a w:b"),
            ("import a.b as x, c", "w:a w:b w:c"),
            ("from m import *", "w:m"),
            ("from . import x", "m: n:x"),
            ("from ... import x", "m: n:x"),
            ("from.import x", "m: n:x"),
            ("from..a.b import(x)", "m:b n:x"),
            ("from .a import x", "m:a n:x"),
            (
                "from a import (\r\n  b, # , c\r\n  d as e,\r\n)",
                "m:a n:b n:d",
            ),
            ("from a import (b,\n\n # import z\n c)\nx", "m:a n:b n:c"),
            (
                "from a \\\n  . b \\\r\n import \\\n c, d",
                "m:b n:c n:d w:c w:d",
            ),
            (
                "import \\\n os . path \\\n as p, \\\n sys",
                "w:os w:path w:sys",
            ),
            (
                "if x: import a; import b\nelse:from c import d",
                "w:a w:b m:c n:d",
            ),
            ("x = 1;\\\nimport a", "w:a"),
            ("# a comment \\\nimport a", "w:a"),
            ("from a \\\nimport b", "m:a n:b w:b"),
            ("\u{feff}import a", "w:a"),
            ("\u{feff}from a import b", "m:a n:b"),
            ("\timport\ta", "w:a"),
            ("\x0cimport a", "w:a"),
            ("import a\rimport b", "w:a w:b"),
            ("import a\x0c", "w:a"),
            (
                "    try: from a import b\n    except ImportError: pass",
                "m:a n:b",
            ),
            ("lazy import a\nlazy from b import c", "w:a m:b n:c"),
            ("import_a\nreimport b\nx.import c\nimported", ""),
            ("print('import a')", ""),
            ("for x in import_module('a'): pass", ""),
            ("import", ""),
            ("from a import", ""),
            ("from a import b,", "m:a n:b"),
            ("import a # import b", "w:a"),
            (">>> import a", ""),
        ] {
            let imports = sieve.imports(source.as_bytes());
            assert_eq!(imports.keys.as_ref(), keys(expected).as_slice(), "{source}");
            assert!(!imports.unknown, "{source}");
        }
    }

    #[test]
    fn questions_are_answered() {
        let sieve = sieve(&[]);
        let ask = |source: &str| sieve.imports(source.as_bytes());
        let from = ask("from app.db import engine as e");
        assert!(from.may_import("db", "engine") && from.may_import_module("db"));
        assert!(!from.may_import("app", "engine") && !from.may_import("db", "session"));
        assert!(!from.may_import("db", "e") && !from.may_import_module("e"));
        let module = ask("from app import db");
        assert!(module.may_import("db", "engine") && module.may_import_module("db"));
        assert!(ask("import app.db").may_import("db", "engine"));
        assert!(ask("from app.db import *").may_import("db", "engine"));
        let relative = ask("from . import engine");
        assert!(relative.may_import("db", "engine") && relative.is_bare_relative());
        assert!(!relative.may_import("db", "session") && !relative.may_import_module("db"));
        assert!(ask("from . import *").may_import("db", "engine"));
        let foreign = ask("from 数据 import 引擎");
        assert!(foreign.is_unknown() && foreign.may_import("db", "engine"));
        assert!(ask("x = 1").is_empty());
    }

    #[test]
    fn a_made_up_file_is_given_to_the_parse() {
        // Without the budget each of these takes time that grows with the square of its size.
        let sieve = sieve(&[]);
        let tail = "\na, b as c,".repeat(50_000);
        for piece in ["from a import (#", "from a import(a,b,c,\n"] {
            let source = piece.repeat(100_000) + &tail;
            let imports = sieve.imports(source.as_bytes());
            assert!(imports.may_import("a", "b"), "{piece}");
        }
        let hostile = "from a import (#".repeat(100_000) + &tail;
        assert!(sieve.imports(hostile.as_bytes()).is_unknown());
    }

    #[test]
    fn no_bytes_panic() {
        let sieve = sieve(&["pool", ".x("]);
        let pieces: [&[u8]; 16] = [
            b"import",
            b"from",
            b" ",
            b".",
            b"\n",
            b"\r",
            b"\\",
            b"(",
            b")",
            b",",
            b"as",
            b"*",
            b"#",
            b"\xff",
            b"\xef\xbb\xbf",
            b"pool",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            let mut source = Vec::new();
            for _ in 0..state % 24 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                source.extend_from_slice(pieces[(state >> 60) as usize]);
            }
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1)
                >> 1;
            sieve.scan(&source);
        }
    }
}
