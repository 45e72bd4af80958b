//! One analysis from files to findings: the pipeline on one screen.
//!
//! Takes [`Options`]; gives a [`Run`]. Files are read and parsed in parallel, everything that decides is done in path
//! order by one thread. Invariant: the same input gives the same run, whatever the number of threads.

use crate::catalog::{self, Catalog};
use crate::declared::Declared;
use crate::finding::{Confidence, Finding, Severity};
use crate::frontend::{self, commands, compose, ini, manifest, python, rust, settings};
use crate::project::modules::{File, Files, LinkScope, Parsed};
use crate::project::names::Index;
use crate::project::presence::Surroundings;
use crate::project::{Memo, Project};
use crate::report::paths::Paths;
use crate::report::pools::PoolRow;
use crate::report::{Sources, Texts};
use crate::rule;
use crate::rules::{self, RULES, SYNTAX_ERROR};
use crate::sieve::{Imports, Sieve};
use crate::source::{self, Entry, FileId, Language, Note, Overlay, Place, Span};
use crate::suppress::{self, Ignores};
use crate::syntax::Module;
use crate::walk::{self, Walk};
use rayon::prelude::*;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// How often the rules may ask for further files.
pub const MOST_ROUNDS: usize = 8;

/// Stack of a worker thread: trees may nest a thousand levels deep.
const STACK: usize = 16 << 20;

/// The word that makes a file with an inline ignore worth parsing.
const OWN_NAME: &str = "poolint";

/// What is to be analysed, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The project root. Everything below it is read.
    pub root: PathBuf,
    /// Files and folders named by the user: they are read even where ignore files leave them out.
    pub named: Vec<PathBuf>,
    /// Globs of files to leave out, relative to the root.
    pub exclude: Vec<String>,
    /// Whether `exclude` holds for what was named, too.
    pub force_exclude: bool,
    /// Whether files that git ignores are left out.
    pub respect_gitignore: bool,
    /// Files larger than this many bytes are not read; a note says so.
    pub size_cap: u64,
    /// The user's own catalog files.
    pub catalogs: Vec<PathBuf>,
    /// How many threads; `None` is one per core.
    pub threads: Option<usize>,
    /// Whether files without a word of the catalog are skipped unparsed.
    pub prefilter: bool,
    /// Contents that stand in for those on disk.
    pub overlay: Overlay,
    /// Whether git is asked which files it tracks.
    pub git: bool,
    /// What the user declares, such as the options of rules.
    pub declared: Declared,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            root: PathBuf::from("."),
            named: Vec::new(),
            exclude: Vec::new(),
            force_exclude: false,
            respect_gitignore: true,
            size_cap: walk::SIZE_CAP,
            catalogs: Vec::new(),
            threads: None,
            prefilter: true,
            overlay: Overlay::default(),
            git: true,
            declared: Declared {
                choices: rule::options::defaults(rules::metas()),
                ..Declared::default()
            },
        }
    }
}

/// The outcome of one analysis.
#[derive(Debug, Default)]
pub struct Run {
    /// The project root.
    pub root: PathBuf,
    /// The files, sorted by path.
    pub files: Files,
    /// What the rules said: unsorted, not judged.
    pub findings: Vec<Finding>,
    /// Unreadable files, files over the size cap, vendored trees left out …
    pub notes: Vec<Note>,
    /// The inline ignores of every parsed file that has any.
    pub ignores: Vec<Ignores>,
    /// How many files were found.
    pub walked: usize,
    /// How many of them were parsed.
    pub parsed: usize,
}

impl Run {
    /// The head of the innermost statement around a place; see [`suppress::statement_around`].
    pub fn enclosing(&self, place: Place) -> Option<Span> {
        let parsed = self.files.parsed(place.file)?;
        suppress::statement_around(&parsed.module, &parsed.bytes, place.span)
    }
}

impl Sources for Run {
    fn path(&self, file: FileId) -> &str {
        self.files
            .list
            .get(file.index())
            .map_or("", |file| &file.path)
    }

    fn bytes(&self, file: FileId) -> Cow<'_, [u8]> {
        let Some(found) = self.files.list.get(file.index()) else {
            return Cow::Borrowed(&[]);
        };
        match &found.parsed {
            Some(parsed) => Cow::Borrowed(&parsed.bytes),
            None => self.files.overlay.read(&found.absolute).unwrap_or_default(),
        }
    }

    fn is_settings(&self, file: FileId) -> bool {
        self.files
            .list
            .get(file.index())
            .is_some_and(|file| file.language.is_settings())
    }
}

/// Why an analysis could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A catalog file cannot be used.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The machine does not give what is needed.
    #[error("cannot start: {0}")]
    Start(String),
}

/// Analyses a project with every rule.
///
/// # Errors
/// When a catalog file cannot be used, or no thread can be started.
pub fn analyze(options: &Options) -> Result<Run, Error> {
    analyze_with(options, &Catalog::load(&options.catalogs)?)
}

/// [`analyze`] with a catalog that is at hand, for tests that take knowledge away; `options.catalogs` plays no part.
///
/// # Errors
/// When no thread can be started.
#[doc(hidden)]
pub fn analyze_with(options: &Options, catalog: &Catalog) -> Result<Run, Error> {
    let ask = |project: &Project<'_>| -> Vec<Finding> {
        RULES
            .iter()
            .flat_map(|rule| (rule.check)(project))
            .collect()
    };
    let (mut run, findings) = run(options, catalog, ask)?;
    run.findings.extend(findings);
    let Run {
        files, findings, ..
    } = &mut run;
    crate::project::repairs::complete(files, findings);
    Ok(run)
}

/// The inventory of a project: every place that makes an engine, a pool, a connection or a session, with paths as
/// `paths` says.
///
/// # Errors
/// As [`analyze`].
pub fn pools(options: &Options, paths: &Paths) -> Result<(Run, Vec<PoolRow>), Error> {
    let catalog = Catalog::load(&options.catalogs)?;
    let (run, known) = run(options, &catalog, |project: &Project<'_>| {
        project.inventory()
    })?;
    let rows = crate::project::inventory::rows(&Texts::written(&run, paths.clone()), known);
    Ok((run, rows))
}

/// Reads the project and asks until no further file is wanted; gives the last answer.
fn run<T: Send>(
    options: &Options,
    catalog: &Catalog,
    ask: impl Fn(&Project<'_>) -> T + Send + Sync,
) -> Result<(Run, T), Error> {
    let mut words = catalog.triggers();
    words.push(OWN_NAME.to_owned());
    let contexts = catalog.contexts();
    let telling = [&contexts.module_words[..], &contexts.module_words_beside].concat();
    let sieve = Sieve::new(&words)
        .and_then(|sieve| sieve.telling(&telling))
        .map_err(|error| Error::Start(error.to_string()))?;
    let threads = rayon::ThreadPoolBuilder::new()
        .stack_size(STACK)
        .num_threads(options.threads.unwrap_or(0))
        .build()
        .map_err(|error| Error::Start(error.to_string()))?;
    let walked = walk::walk(&walk::Options {
        named: options.named.clone(),
        exclude: options.exclude.clone(),
        force_exclude: options.force_exclude,
        respect_gitignore: options.respect_gitignore,
        size_cap: options.size_cap,
        threads: options.threads.unwrap_or(0),
        ..walk::Options::new(options.root.clone())
    });
    threads.install(|| {
        let mut run = read(walked, &sieve, options);
        let mut round = 1;
        let mut memo = Memo::default();
        let answer = loop {
            let project = Project::new(catalog, &run.files, &options.declared, memo);
            let answer = ask(&project);
            let wanted: Vec<FileId> = project.wanted().into_iter().collect();
            if wanted.is_empty() || round == MOST_ROUNDS {
                break answer;
            }
            memo = project.into_memo();
            parse_wanted(&mut run, &wanted, options);
            round += 1;
        };
        conclude(&mut run);
        Ok((run, answer))
    })
}

/// What became of one file.
struct Read {
    file: File,
    settings: Vec<settings::Setting>,
    requirements: Vec<manifest::Requirement>,
    package: Option<String>,
    services: Vec<compose::Service>,
    commands: Vec<commands::Command>,
    entries: Vec<ini::Entry>,
    notes: Vec<Note>,
}

/// Reads every file once; parses those that the sieve lets through.
fn read(walked: Walk, sieve: &Sieve, options: &Options) -> Run {
    let root = walked.root.clone();
    let mut run = Run {
        root: options.root.clone(),
        walked: walked.entries.len(),
        notes: walked.notes,
        ..Run::default()
    };
    if walked.vendored > 0 {
        let trees = crate::report::count(walked.vendored, "vendored tree");
        run.notes.push(Note {
            path: None,
            message: format!("left out {trees}"),
        });
    }
    let read: Vec<Read> = walked
        .entries
        .into_par_iter()
        .map_init(python::Parser::new, |parser, entry| {
            read_one(parser, entry, sieve, options)
        })
        .collect();
    let mut list = Vec::with_capacity(read.len());
    let mut stated = Vec::new();
    let (mut services, mut inis, mut started) = (Vec::new(), Vec::new(), Vec::new());
    let mut packages = Vec::new();
    for (number, mut one) in read.into_iter().enumerate() {
        let id = FileId(u32::try_from(number).unwrap_or(u32::MAX));
        run.notes.append(&mut one.notes);
        if let Some(package) = one.package {
            let folder = frontend::scope_folder(&one.file.path);
            packages.push((folder.to_owned(), package));
        }
        list.push(one.file);
        if !one.services.is_empty() {
            services.push((id, one.services));
        }
        if !one.commands.is_empty() {
            started.push((id, one.commands));
        }
        if !one.entries.is_empty() {
            inis.push((id, one.entries));
        }
        if !one.settings.is_empty() {
            stated.push((id, one.settings, Vec::new()));
        } else if !one.requirements.is_empty() {
            stated.push((id, Vec::new(), one.requirements));
        }
    }
    run.files = Files::new(list);
    run.files.overlay = options.overlay.clone();
    run.files.surroundings = Some(Surroundings::new(root, options.git));
    run.files.packages = packages.into_iter().collect();
    run.files.services = services;
    run.files.inis = inis;
    run.files.commands = started;
    for (id, settings, requirements) in stated {
        if !settings.is_empty() {
            run.files.settings.push((id, settings));
        }
        let scope = run.files.file(id).scope;
        let all = run.files.requirements.entry(scope).or_default();
        all.extend(
            requirements
                .into_iter()
                .map(|requirement| (id, requirement)),
        );
    }
    run.files.name_parsed();
    run
}

fn read_one(parser: &mut python::Parser, entry: Entry, sieve: &Sieve, options: &Options) -> Read {
    let mut notes = Vec::new();
    let bytes = text_of(&entry, options);
    let mut one = Read {
        file: File {
            path: entry.path,
            absolute: entry.absolute,
            language: entry.language,
            imports: Imports::default(),
            scope: LinkScope(0),
            parsed: None,
            unreadable: bytes.is_err(),
            triggered: false,
        },
        settings: Vec::new(),
        requirements: Vec::new(),
        package: None,
        services: Vec::new(),
        commands: Vec::new(),
        entries: Vec::new(),
        notes: Vec::new(),
    };
    match (bytes, entry.language) {
        (Err(note), _) => notes.push(note),
        (Ok(bytes), Language::Python) => {
            if frontend::is_manifest_script(&one.file.path) {
                one.requirements = manifest::of_script(&parser.parse(&bytes));
            }
            let sieved = sieve.scan(&bytes);
            one.file.imports = sieved.imports;
            one.file.triggered = sieved.triggered;
            if sieved.triggered || !options.prefilter {
                notes.extend(source::encoding_note(&one.file.path, &bytes));
                one.file.parsed = Some(Box::new(parse(parser, entry.language, bytes)));
            }
        }
        (Ok(bytes), Language::Rust) => {
            one.file.imports = Imports::untold();
            one.file.triggered = sieve.is_triggered(&bytes);
            // What declares a module for connections is read, in case the module is not there.
            let declares = || rust::declarations(&bytes).any(|name| sieve.tells(name));
            if one.file.triggered || !options.prefilter || declares() {
                one.file.parsed = Some(Box::new(indexed(rust::parse(&bytes), bytes)));
            }
        }
        (Ok(bytes), Language::Env) => one.settings = settings::parse_env(&bytes),
        (Ok(bytes), Language::Compose) => one.services = compose::parse(&bytes),
        (Ok(bytes), Language::Commands) => {
            one.commands = commands::parse(&one.file.path, &bytes);
        }
        (Ok(bytes), Language::Ini) => one.entries = ini::parse(&bytes),
        (Ok(bytes), Language::Manifest) => match manifest::parse(&one.file.path, &bytes) {
            Ok(requirements) => {
                if frontend::describes_package(&one.file.path) {
                    one.package = manifest::package(&bytes).map(|package| package.library);
                }
                one.requirements = requirements;
                let from = (one.file.absolute.as_path(), bytes.as_slice());
                one.requirements
                    .extend(taken_in(from, options, MOST_INCLUDES));
            }
            Err(error) => notes.push(Note::at(
                &one.file.path,
                format!("its versions are not used: {}", error.message),
            )),
        },
    }
    one.notes = notes;
    one
}

/// How many files may take in each other in turn.
const MOST_INCLUDES: usize = 4;

/// What the files state that a requirements file takes in, as far as they lie in the project. They stand where the line is
/// that takes them in.
fn taken_in(
    (path, bytes): (&Path, &[u8]),
    options: &Options,
    deep: usize,
) -> Vec<manifest::Requirement> {
    let is_lines = path
        .extension()
        .is_some_and(|extension| ["txt", "pip", "in"].iter().any(|it| extension == *it));
    let root = options.root.canonicalize();
    let (Some(folder), Ok(root), true) = (path.parent(), root, is_lines && deep > 0) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, span) in manifest::included(bytes) {
        let Ok(other) = folder.join(name).canonicalize() else {
            continue;
        };
        let fits = |size| size <= options.size_cap;
        let small = other
            .metadata()
            .is_ok_and(|facts| facts.is_file() && fits(facts.len()));
        if !other.starts_with(&root) || !small {
            continue;
        }
        let Ok(bytes) = options.overlay.read(&other) else {
            continue;
        };
        let mut stated = manifest::parse(name, &bytes).unwrap_or_default();
        stated.extend(taken_in((&other, &bytes), options, deep - 1));
        stated.iter_mut().for_each(|it| it.span = span);
        found.append(&mut stated);
    }
    found
}

/// A source of any language; `parser` is for the one whose parser is worth keeping.
fn parse(parser: &mut python::Parser, language: Language, bytes: Vec<u8>) -> Parsed {
    let module = match language {
        Language::Rust => rust::parse(&bytes),
        _ => parser.parse(&bytes),
    };
    indexed(module, bytes)
}

fn indexed(module: Module, bytes: Vec<u8>) -> Parsed {
    let index = Index::new(&module);
    Parsed {
        bytes,
        module,
        index,
        dotted: String::new(),
        lines: Default::default(),
    }
}

/// The text of a file: what stands in for it, else what is on disk.
fn text_of(entry: &Entry, options: &Options) -> Result<Vec<u8>, Note> {
    match options.overlay.get(&entry.absolute) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => source::read(entry, options.size_cap),
    }
}

fn parse_wanted(run: &mut Run, wanted: &[FileId], options: &Options) {
    let parsed: Vec<(FileId, Option<Parsed>)> = wanted
        .par_iter()
        .map_init(python::Parser::new, |parser, id| {
            let file = run.files.file(*id);
            let entry = Entry {
                path: file.path.clone(),
                absolute: file.absolute.clone(),
                language: file.language,
                size: 0,
                named: false,
            };
            let bytes = text_of(&entry, options).ok();
            (*id, bytes.map(|bytes| parse(parser, entry.language, bytes)))
        })
        .collect();
    for (id, parsed) in parsed {
        let file = &mut run.files.list[id.index()];
        file.unreadable = parsed.is_none();
        file.parsed = parsed.map(Box::new);
    }
    run.files.name_parsed();
}

/// What is said of files themselves: syntax errors, inline ignores.
fn conclude(run: &mut Run) {
    let mut findings = Vec::new();
    let mut ignores = Vec::new();
    for (id, parsed) in run.files.all_parsed() {
        run.parsed += 1;
        // Only files that name something poolint knows: any other is nobody's business here.
        if !run.files.file(id).triggered {
            continue;
        }
        if let Some(error) = parsed.module.errors.first() {
            let place = Place {
                file: id,
                span: error.span,
            };
            let mut finding = Finding::new(SYNTAX_ERROR, place, error.message.clone())
                .severity(Severity::Warning)
                .confidence(Confidence::High)
                .help("Repair the file; until then nothing is claimed absent from it.");
            for other in parsed.module.errors.iter().skip(1).take(4) {
                finding = finding.related(
                    Place {
                        file: id,
                        span: other.span,
                    },
                    other.message.clone(),
                );
            }
            findings.push(finding);
        }
        let found = Ignores::parse(id, &parsed.bytes, &parsed.module.comments);
        if !found.is_empty() {
            ignores.push(found);
        }
    }
    run.findings.append(&mut findings);
    run.ignores = ignores;
}
