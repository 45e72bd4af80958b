//! Frontends: one per kind of file, each a pure function of its bytes; and what a language says about file names.
//!
//! Takes a path or a dotted name; gives the files that a module may be in. Invariant: only this floor knows how a
//! language spells modules and packages.

pub mod commands;
pub mod compose;
pub mod ini;
pub mod manifest;
pub mod python;
pub mod rust;
pub mod settings;

use crate::source::{Language, Span};

/// The smallest part of a source: a word, a sign, a comment, a piece of a string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What the grammar calls it; for signs and keywords their own text.
    pub kind: &'static str,
    /// Its bytes.
    pub span: Span,
}

impl Token {
    /// The kind of a comment.
    pub const COMMENT: &'static str = "comment";
    /// The kind of the quotes that open a string, prefix included.
    pub const STRING: &'static str = "string_start";
    /// The kind of a name.
    pub const NAME: &'static str = "identifier";
}

/// The tokens of a source in order, comments among them; `None` when any of it cannot be read, or its text is not
/// UTF-8. Edits are made and guarded with them.
pub fn tokens(language: Language, bytes: &[u8]) -> Option<Vec<Token>> {
    std::str::from_utf8(bytes).ok()?;
    match language {
        Language::Python => python::Parser::new().tokens(bytes),
        // Nothing is edited in it yet.
        Language::Rust
        | Language::Env
        | Language::Compose
        | Language::Ini
        | Language::Commands
        | Language::Manifest => None,
    }
}

/// The files that may hold the module at `base` (a path without its ending).
pub fn module_files(language: Language, base: &str) -> Vec<String> {
    match language {
        Language::Python if base.is_empty() => vec!["__init__.py".to_owned()],
        Language::Python => vec![format!("{base}/__init__.py"), format!("{base}.py")],
        Language::Rust if base.is_empty() => vec!["lib.rs".to_owned(), "main.rs".to_owned()],
        // Beside the root of a package, a `mod.rs` is no part of it.
        Language::Rust if base == "src" || base.ends_with("/src") => ["", "/lib", "/main", "/mod"]
            .map(|ending| format!("{base}{ending}.rs"))
            .to_vec(),
        Language::Rust => ["", "/mod", "/lib", "/main"]
            .map(|ending| format!("{base}{ending}.rs"))
            .to_vec(),
        Language::Env
        | Language::Compose
        | Language::Ini
        | Language::Commands
        | Language::Manifest => Vec::new(),
    }
}

/// Parses a source by itself; `None` for what is no source.
pub fn parse(language: Language, bytes: &[u8]) -> Option<crate::syntax::Module> {
    match language {
        Language::Python => Some(python::Parser::new().parse(bytes)),
        Language::Rust => Some(rust::parse(bytes)),
        Language::Env
        | Language::Compose
        | Language::Ini
        | Language::Commands
        | Language::Manifest => None,
    }
}

/// Where a path starts, in a language whose paths start at the root of a package.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// At the root of the package.
    Root,
    /// In the module itself.
    Own,
    /// In the module around.
    Around,
    /// At a module below the module itself, or at another package.
    Name,
}

/// Where a path that begins with `first` starts; nothing in a language whose paths start at folders.
pub fn anchor(language: Language, first: &str) -> Option<Anchor> {
    (language == Language::Rust).then_some(match first {
        "crate" => Anchor::Root,
        "self" => Anchor::Own,
        "super" => Anchor::Around,
        _ => Anchor::Name,
    })
}

/// Whether other packages are seen by their names without an import.
pub fn sees_packages(language: Language) -> bool {
    language == Language::Rust
}

/// Whether an import that finds nothing is only noticed when the program runs.
pub fn imports_when_run(language: Language) -> bool {
    language == Language::Python
}

/// Whether a module is part of a program only where another one declares it.
pub fn declares_modules(language: Language) -> bool {
    language == Language::Rust
}

/// Whether a function of a class that takes no object is called by the name of the class, never on an object.
pub fn calls_by_class(language: Language) -> bool {
    language == Language::Rust
}

/// The modules that the text of a file may take in, by the last part of their names or files; nothing when what it declares
/// is put together.
pub fn declared_modules(bytes: &[u8]) -> Option<Vec<String>> {
    rust::declared(bytes)
}

/// Whether the text of a file declares a module for tests only.
pub fn declares_for_tests(language: Language, bytes: &[u8], module: &str) -> bool {
    language == Language::Rust && rust::declares_for_tests(bytes, module)
}

/// The files that may declare the module at `path`, in a language in which one has to, and the name they do it by.
pub fn declarers(path: &str) -> Option<(Vec<String>, String)> {
    let stem = path.strip_suffix(".rs")?;
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let below = |file: &str| match folder {
        "" => file.to_owned(),
        _ => format!("{folder}/{file}"),
    };
    let mut all: Vec<String> = ["mod.rs", "lib.rs", "main.rs"].map(below).to_vec();
    if !folder.is_empty() {
        all.push(format!("{folder}.rs"));
    }
    Some((all, name.to_owned()))
}

/// The path below which the modules inside the module at `path` lie, in a language with anchors.
pub fn inner_base(path: &str) -> String {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    if is_root(path) || name == "mod" {
        folder.to_owned()
    } else {
        stem.to_owned()
    }
}

/// Whether the file at `path` is the root of a package or program, in a language with anchors.
pub fn is_root(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let last = folder.rsplit('/').next().unwrap_or_default();
    matches!(name, "lib.rs" | "main.rs" | "build.rs")
        || name != "mod.rs" && matches!(last, "bin" | "examples" | "tests" | "benches")
}

/// The file that makes a folder a module. Beside it, a file named like a root is a module of that folder.
pub const FOLDER_FILE: &str = "mod.rs";

/// The folder of a package in which its sources begin.
pub const SOURCES: &str = "src";

/// The files in which a package begins.
pub const ROOT_FILES: &[&str] = &["lib.rs", "main.rs"];

/// Whether the manifest at `path` says by which name other packages see its own.
pub fn describes_package(path: &str) -> bool {
    path.rsplit('/').next() == Some("Cargo.toml")
}

/// Whether other packages import what is in the file at `path`, the root of its package.
pub fn is_library(path: &str) -> bool {
    path.rsplit('/').next() == Some("lib.rs")
}

/// Whether a function of this name, at the top of the file at `path`, is what the file does as a program.
pub fn is_program(path: &str, function: &str) -> bool {
    function == "main"
        && path.ends_with(".rs")
        && is_root(path)
        && !path.ends_with("build.rs")
        && !is_library(path)
}

/// Whether what a name holds ends with the block of the name, whatever way the block is left.
pub fn drops(language: Language) -> bool {
    language == Language::Rust
}

/// Whether a call that fails gives its caller an error as its value, and annotations hold.
pub fn errors_are_values(language: Language) -> bool {
    language == Language::Rust
}

/// Whether a method of this name fails on what is no value.
pub fn asks_for_value(method: &str) -> bool {
    matches!(method, "unwrap" | "expect")
}

/// Whether an import path is the path of a file.
pub fn is_file_path(part: &str) -> bool {
    part.ends_with(".rs")
}

/// Exceptions that an import raises which finds no module.
pub const IMPORT_ERRORS: &[&str] = &["ImportError", "ModuleNotFoundError"];

/// The name that makes a folder of modules one that other distributions add to.
pub const SHARED_PACKAGE: &str = "__path__";

/// Whether a call of this text extends a package over several folders.
pub fn shares_package(text: &[u8]) -> bool {
    [&b"extend_path"[..], b"declare_namespace", b"__path__"]
        .iter()
        .any(|word| memchr::memmem::find(text, word).is_some())
}

/// What compiled code of a module is, by the name of its file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compiled {
    /// The last part of the module's name.
    pub module: String,
    /// Whether an import takes it though the source is gone.
    pub imported: bool,
}

/// The folder, inside that of the sources, in which compiled code is kept.
pub const COMPILED_FOLDER: &str = "__pycache__";

/// The module whose compiled code a file holds. `kept` says whether it lies in [`COMPILED_FOLDER`], where only a source makes
/// it count (PEP 3147).
pub fn compiled(name: &str, kept: bool) -> Option<Compiled> {
    let stem = name.strip_suffix(".pyc")?;
    let module = if kept {
        // `pool.cpython-312.opt-1`: the module, the interpreter, how it was optimised.
        stem.split_once('.')?.0
    } else {
        stem
    };
    (!module.is_empty() && !module.contains('.')).then(|| Compiled {
        module: module.to_owned(),
        imported: !kept,
    })
}

/// Whether a file called `name` may be the module `module` in a form that is no source: compiled beforehand, or translated
/// when it is installed.
pub fn is_other_form(name: &str, module: &str) -> bool {
    name.strip_prefix(module)
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|ending| {
            let last = ending.rsplit('.').next().unwrap_or(ending);
            matches!(
                last,
                "so" | "pyd"
                    | "pyx"
                    | "pyi"
                    | "c"
                    | "cpp"
                    | "rs"
                    | "in"
                    | "j2"
                    | "tmpl"
                    | "template"
                    | "proto"
            )
        })
}

/// Names of the file that makes a folder a package.
pub fn package_files(language: Language) -> &'static [&'static str] {
    match language {
        Language::Python => &["__init__.py"],
        Language::Rust => &["mod.rs", "lib.rs", "main.rs"],
        Language::Env
        | Language::Compose
        | Language::Ini
        | Language::Commands
        | Language::Manifest => &[],
    }
}

/// Handlers of these take every exception.
pub const ALL_EXCEPTIONS: &[&str] = &["Exception", "BaseException"];

/// What a `for` goes through to count its turns.
pub const COUNTING: &str = "range";

/// Calls that give all of what they are given, in another form or order.
pub const WHOLE_CALLS: &[&str] = &[
    "enumerate",
    "zip",
    "sorted",
    "reversed",
    "list",
    "tuple",
    "set",
    "iter",
];

/// Methods that put more into what they are called on.
pub const GROWING_METHODS: &[&str] = &[
    "append",
    "appendleft",
    "extend",
    "insert",
    "add",
    "update",
    "setdefault",
];

/// Methods that give all of a dictionary.
pub const WHOLE_METHODS: &[&str] = &["items", "keys", "values"];

/// Whether a file makes its folder a package.
pub fn is_package_file(language: Language, path: &str) -> bool {
    let name = path.rfind('/').map_or(path, |slash| &path[slash + 1..]);
    package_files(language).contains(&name)
}

/// Folders that hold sources without being part of a module's name.
pub fn source_roots() -> &'static [&'static str] {
    &["src", "lib"]
}

/// The dotted name of the module at `path`.
pub fn dotted_name(language: Language, path: &str) -> String {
    match language {
        Language::Python => {
            let stem = path
                .strip_suffix(".pyw")
                .or_else(|| path.strip_suffix(".py"))
                .unwrap_or(path);
            let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
            stem.replace('/', ".")
        }
        Language::Rust => {
            let stem = inner_base(path);
            let stem = stem.strip_prefix("src/").unwrap_or(&stem);
            match stem {
                "" | "src" => "crate".to_owned(),
                _ => stem.replace('/', "."),
            }
        }
        Language::Env
        | Language::Compose
        | Language::Ini
        | Language::Commands
        | Language::Manifest => String::new(),
    }
}

/// The first letter of the names that a frontend gives to values in between, for which the code has none.
pub const UNWRITTEN: char = '\'';

/// Whether a name stands in the code.
pub fn is_written(name: &str) -> bool {
    !name.starts_with(UNWRITTEN)
}

/// Whether a function of this name in a class makes its objects.
pub fn is_constructor(name: &str) -> bool {
    matches!(name, "__init__" | "__post_init__" | "__new__" | "new")
}

/// Whether a function of this name gives the object that stands for all defaults of its type.
pub fn gives_defaults(name: &str) -> bool {
    name == "default"
}

/// Whether a function of this name in a class decides itself whether an object is made.
pub fn is_allocator(name: &str) -> bool {
    name == "__new__"
}

/// Whether the file at `path` starts a link scope: it says what one service or package is made of.
pub fn starts_scope(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    matches!(
        last,
        "pyproject.toml"
            | "setup.py"
            | "setup.cfg"
            | "Pipfile"
            | "Cargo.toml"
            | "poolint.yaml"
            | ".poolint.yaml"
    ) || (last.starts_with("requirements") && last.ends_with(".txt"))
}

/// The language of the sources that a file of requirements, or of a part of the project, is about, as the catalog calls it;
/// empty when it is about all.
pub fn manifest_language(path: &str) -> &'static str {
    match path.rsplit('/').next().unwrap_or_default() {
        "Cargo.toml" | "Cargo.lock" => "rust",
        "poolint.yaml" | ".poolint.yaml" => "",
        _ => "python",
    }
}

/// Whether what lies below the folder of the file at `path` is of the same link scope, though files of that name say of its
/// parts what they are made of.
pub fn takes_in_its_parts(path: &str) -> bool {
    path.rsplit('/').next() == Some("Cargo.toml")
}

/// Whether the file at `path` is a program that states requirements.
pub fn is_manifest_script(path: &str) -> bool {
    path.rsplit('/').next() == Some("setup.py")
}

/// Whether the file at `path` makes a distribution of what lies beside it, which others may import.
pub fn publishes(path: &str, bytes: &[u8]) -> bool {
    let holds = |text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    match path.rsplit('/').next().unwrap_or_default() {
        "pyproject.toml" => holds("[build-system]"),
        "setup.py" => holds("setup("),
        "setup.cfg" => holds("[metadata]"),
        _ => false,
    }
}

/// The folder of the scope that the file at `path` starts.
pub fn scope_folder(path: &str) -> &str {
    let folder = path.rfind('/').map_or("", |slash| &path[..slash]);
    // `requirements/base.txt` speaks for the folder that holds `requirements`.
    match folder.rsplit('/').next() {
        Some("requirements") => folder
            .strip_suffix("requirements")
            .unwrap_or(folder)
            .trim_end_matches('/'),
        _ => folder,
    }
}

/// What stands before a call that is waited for.
pub const AWAIT: &str = "await ";

/// The method that runs when an object is called like a function.
pub const CALL_METHOD: &str = "__call__";

/// Whether a decorator of this path makes a method an attribute that is computed when it is read.
pub fn is_property(path: &str) -> bool {
    path == "property" || path == "builtins.property"
}

/// Whether an annotation of this path says that a value is some function.
pub fn is_function_type(path: &str) -> bool {
    path.rsplit('.').next() == Some("Callable")
}

/// The names under which a module knows its own name, and that of the package it lies in.
pub const OWN_NAME: (&str, &str) = ("__name__", "__package__");

/// The method that runs when an object is asked for an attribute that it does not have.
pub const ATTRIBUTE_METHOD: &str = "__getattr__";

/// The function that makes a whole number of text.
pub const TO_INTEGER: &str = "int";

/// Methods that put something into a list.
pub const ADDING_METHODS: &[&str] = &["append", "insert"];

/// The methods that run when a `with` block is entered.
pub const ENTER_METHODS: &[&str] = &["__enter__", "__aenter__"];

/// The methods that run when a `with` block is left.
pub const EXIT_METHODS: &[&str] = &["__exit__", "__aexit__"];

/// Whether a method is called by the language itself, without its name being written.
pub fn is_called_unnamed(method: &str) -> bool {
    method.starts_with("__") && method.ends_with("__")
}

/// What stands in the headers of the classes of a text where their bases do.
pub fn bases(language: Language, bytes: &[u8]) -> Vec<&[u8]> {
    match language {
        Language::Python => python::bases(bytes).collect(),
        Language::Rust => rust::bases(bytes).collect(),
        _ => Vec::new(),
    }
}

/// The function that stands for the base classes inside a method.
pub const SUPER: &str = "super";
