//! Reads the catalog's files into lookups.
//!
//! Takes the YAML compiled into the program and the user's files; gives a [`Catalog`] or an [`Error`] that names the
//! file, the line and the column.

use super::schema::{Contexts, DialectFile, FrameworkFile, LibraryFile, Maker, MakerFile};
use super::units::Units;
use super::{Catalog, Library};
use serde::de::DeserializeOwned;
use std::path::PathBuf;

include!(concat!(env!("OUT_DIR"), "/catalog_files.rs"));

/// A catalog file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Error {
    /// The file.
    pub path: String,
    /// Its text; empty when it could not be read.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// Line and column from 1, where known.
    pub line_column: Option<(usize, usize)>,
}

fn parse<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, Error> {
    serde_yaml::from_str(text).map_err(|error| Error {
        path: path.to_owned(),
        text: text.to_owned(),
        line_column: error
            .location()
            .map(|location| (location.line(), location.column())),
        message: error.to_string(),
    })
}

/// Dialects and contexts: what does not come from the file of a library or framework.
pub(super) fn vocabulary() -> Result<Catalog, Error> {
    let mut catalog = Catalog {
        dialects: parse::<DialectFile>("rules/dialects.yaml", DIALECTS)?.dialects,
        contexts: parse::<Contexts>("rules/contexts.yaml", CONTEXTS)?,
        units: parse::<Units>("rules/units.yaml", UNITS)?,
        ..Catalog::default()
    };
    for (name, dialect) in &mut catalog.dialects {
        dialect.name.clone_from(name);
    }
    Ok(catalog)
}

pub(super) fn load(user_files: &[PathBuf], left_out: &[&str]) -> Result<Catalog, Error> {
    let stays = |path: &str| !left_out.iter().any(|name| path == format!("rules/{name}"));
    let built_in = || FRAMEWORKS.iter().chain(LIBRARIES);
    if let Some(name) = left_out
        .iter()
        .find(|name| built_in().all(|(path, _)| *path != format!("rules/{name}")))
    {
        return Err(Error {
            path: format!("rules/{name}"),
            text: String::new(),
            message: "is no file of the catalog".to_owned(),
            line_column: None,
        });
    }
    let mut catalog = vocabulary()?;
    for (path, text) in FRAMEWORKS.iter().filter(|(path, _)| stays(path)) {
        add_framework(&mut catalog, parse(path, text)?);
    }
    let mut makers = Vec::new();
    for (path, text) in LIBRARIES.iter().filter(|(path, _)| stays(path)) {
        let library: LibraryFile = parse(path, text)?;
        makers.extend(add_library(&mut catalog, library, path, text)?);
    }
    for file in user_files {
        let path = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| Error {
            path: path.clone(),
            text: String::new(),
            message: format!("cannot read it: {error}"),
            line_column: None,
        })?;
        let library: LibraryFile = parse(&path, &text)?;
        makers.extend(add_library(&mut catalog, library, &path, &text)?);
    }
    resolve_makers(&mut catalog, makers)?;
    let methods = catalog.decorated.keys().chain(catalog.arguments.keys());
    let owners =
        methods.filter_map(|path| path.rsplit_once('.').map(|(owner, _)| owner.to_owned()));
    catalog.types = owners
        .chain(catalog.returns.values().cloned())
        .chain(
            catalog
                .methods
                .iter()
                .flat_map(|calls| calls.of_class.iter().cloned()),
        )
        .collect();
    Ok(catalog)
}

fn add_framework(catalog: &mut Catalog, file: FrameworkFile) {
    if file.task_workers {
        catalog.task_imports.extend(file.imports.iter().cloned());
    }
    if file.calls.iter().any(|calls| calls.when.is_of_a_server()) {
        let language = || file.language.clone();
        let imports = file.imports.iter().cloned();
        catalog
            .serving
            .extend(imports.map(|import| (language(), import)));
    }
    catalog.libraries.push(Library {
        name: file._framework.clone(),
        language: file.language.clone(),
        imports: file.imports,
        distributions: Vec::new(),
        assume: super::Version::default(),
        default_classes: Vec::new(),
        replacements: Vec::new(),
        only_in: Vec::new(),
    });
    catalog.aliases.extend(file.aliases);
    for calls in file.calls {
        for path in &calls.decorated {
            let owner = path.rsplit_once('.').map_or("", |(owner, _)| owner);
            let name = owner.rsplit('.').next().unwrap_or_default();
            if name.starts_with(char::is_uppercase) {
                catalog.decorator_owners.insert(owner.to_owned());
            }
            catalog
                .decorated
                .entry(path.clone())
                .or_default()
                .push(calls.clone());
        }
        for path in &calls.of {
            catalog
                .arguments
                .entry(path.clone())
                .or_default()
                .push(calls.clone());
        }
        for path in &calls.taking {
            let known = catalog.taking.entry(path.clone()).or_default();
            known.push(calls.clone());
        }
        if !calls.of_class.is_empty() {
            catalog.methods.push(calls);
        } else if !calls.in_class.is_empty() {
            catalog.class_fields.push(calls);
        }
    }
    catalog.returns.extend(file.returns);
    catalog.attributes.extend(file.attributes);
    catalog.carriers.extend(file.carriers);
    catalog.applications.extend(file.applications);
    catalog.installed.extend(file.installed);
    catalog.configurations.extend(file.configuration);
    catalog.locks.extend(file.locks);
    catalog.standard.extend(file.standard);
    catalog.closer = file.closer.or(catalog.closer.take());
    catalog.detached.extend(file.detached.calls);
    catalog.detaching.extend(file.detached.methods);
    let language = file.language;
    let passing = file.passing.into_iter();
    catalog
        .passing
        .extend(passing.map(|method| (language.clone(), method)));
    let standing_in = file.standing_in.into_iter();
    catalog
        .standing_in
        .extend(standing_in.map(|method| (language.clone(), method)));
    catalog.constructing.extend(file.constructing);
    let putting = file.putting.into_iter();
    catalog
        .putting
        .extend(putting.map(|(method, position)| ((language.clone(), method), position)));
    let locking = file.locking.into_iter();
    catalog
        .locking
        .extend(locking.map(|method| (language.clone(), method)));
    catalog.constants.extend(file.constants);
    catalog.once.extend(file.once);
    catalog.once_per_instance.extend(file.once_per_instance);
    add_treats(catalog, file.treats);
    catalog.containers.extend(file.containers);
    add_values(catalog, file.values, file.value_methods);
}

fn add_treats(catalog: &mut Catalog, rules: Vec<super::schema::TreatsRule>) {
    for rule in rules {
        for path in rule.call {
            catalog.treats.entry(path).or_default().push(rule.does);
        }
    }
}

fn add_values(
    catalog: &mut Catalog,
    values: Vec<super::ValueRule>,
    methods: std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>,
) {
    for (type_name, methods) in methods {
        catalog
            .value_methods
            .entry(type_name)
            .or_default()
            .extend(methods);
    }
    for value in values {
        for path in &value.call {
            let mut parts = value.parts.values();
            let by_setters = parts.any(|part| !part.setter.is_empty());
            if value.is == super::ValueIs::Options || by_setters {
                let type_path = super::options_type(path);
                catalog.options.insert(type_path.to_owned(), value.clone());
            }
            catalog.values.insert(path.clone(), value.clone());
        }
        for path in &value.index {
            catalog.values.insert(format!("{path}.[]"), value.clone());
        }
        for path in &value.fields_of {
            catalog.fields.insert(path.clone(), value.clone());
        }
    }
}

/// A maker of a file that still has to find the one it is like.
struct Pending {
    maker: MakerFile,
    library: String,
    path: String,
    text: String,
}

fn add_library(
    catalog: &mut Catalog,
    file: LibraryFile,
    path: &str,
    text: &str,
) -> Result<Vec<Pending>, Error> {
    let fail = |message: String| Error {
        path: path.to_owned(),
        text: text.to_owned(),
        message,
        line_column: None,
    };
    catalog.libraries.push(Library {
        name: file.library.clone(),
        language: file.language,
        imports: file.imports,
        distributions: file.distributions,
        assume: file.assume.parse().map_err(fail)?,
        default_classes: file.default_classes,
        replacements: file.replacements,
        only_in: file.only_in.into_rows(),
    });
    // The words that a user's own makers are called by select files, too.
    if file.triggers.is_empty() {
        let called = file.makers.iter().filter(|maker| !maker.checkout);
        let words = called
            .filter_map(|maker| maker.make.rsplit('.').next())
            .filter(|word| *word != "()");
        catalog.triggers.extend(words.map(str::to_owned));
    }
    catalog.triggers.extend(file.triggers);
    catalog.aliases.extend(file.aliases);
    catalog.returns.extend(file.returns);
    catalog.spoken.extend(file.dialects);
    catalog.attributes.extend(file.attributes);
    for class in file.classes {
        for also in &class.also {
            catalog.aliases.insert(also.clone(), class.class.clone());
        }
        catalog.classes.insert(class.class.clone(), class);
    }
    for action in file.actions {
        catalog
            .actions
            .entry(action.call.clone())
            .or_default()
            .push(action);
    }
    for listener in file.listeners {
        for path in &listener.call {
            catalog.listeners.insert(path.clone(), listener.clone());
        }
    }
    for refusal in file.refuses {
        for path in &refusal.calls {
            let known = catalog.refusals.entry(path.clone()).or_default();
            known.push(refusal.clone());
        }
    }
    for mut setting in file.settings {
        setting.library.clone_from(&file.library);
        catalog.triggers.insert(setting.key.clone());
        catalog.settings.insert(setting.key.clone(), setting);
    }
    for asks in file.asks {
        if !asks.is_async {
            catalog.waiting.insert(asks.of.clone());
        }
        let path = |method: &String| format!("{}.{method}", asks.of);
        let paths = asks.methods.iter().map(path);
        catalog.asks.extend(paths.map(|path| (path, asks.is_async)));
    }
    catalog.constants.extend(file.constants);
    catalog.statements.extend(file.statements);
    add_treats(catalog, file.treats);
    add_values(catalog, file.values, file.value_methods);
    let mut pending = Vec::new();
    for mut maker in file.makers {
        let mut parameters = std::collections::BTreeMap::new();
        for table in &maker.uses {
            let table = file.parameters.get(table).ok_or_else(|| {
                fail(format!(
                    "`{}` uses the table `{table}`, which `parameters` does not hold",
                    maker.make
                ))
            })?;
            parameters.extend(table.clone());
        }
        parameters.extend(std::mem::take(&mut maker.parameters));
        maker.parameters = parameters;
        for also in &maker.also {
            catalog.aliases.insert(also.clone(), maker.make.clone());
        }
        pending.push(Pending {
            maker,
            library: file.library.clone(),
            path: path.to_owned(),
            text: text.to_owned(),
        });
    }
    Ok(pending)
}

fn resolve_makers(catalog: &mut Catalog, pending: Vec<Pending>) -> Result<(), Error> {
    let (plain, alike): (Vec<_>, Vec<_>) = pending
        .into_iter()
        .partition(|pending| pending.maker.like.is_none());
    for Pending {
        maker,
        library,
        path,
        text,
    } in plain.into_iter().chain(alike)
    {
        let fail = |message: String| Error {
            path: path.clone(),
            text: text.clone(),
            message,
            line_column: None,
        };
        let base = match &maker.like {
            Some(like) => Some(catalog.described(like).cloned().ok_or_else(|| {
                fail(format!(
                    "`{}` is like `{like}`, which is not known",
                    maker.make
                ))
            })?),
            None => None,
        };
        let kind = maker
            .kind
            .or(base.as_ref().map(|base| base.kind))
            .ok_or_else(|| {
                fail(format!(
                    "`{}` needs a `kind`, or a maker it is `like`",
                    maker.make
                ))
            })?;
        let mut parameters = base
            .as_ref()
            .map(|base| base.parameters.clone())
            .unwrap_or_default();
        parameters.extend(maker.parameters);
        let mut raises = base
            .as_ref()
            .map(|base| base.raises.clone())
            .unwrap_or_default();
        raises.extend(maker.raises);
        let mut raises_later = base
            .as_ref()
            .map(|base| base.raises_later.clone())
            .unwrap_or_default();
        raises_later.extend(maker.raises_later);
        let mut raises_waiting = base
            .as_ref()
            .map(|base| base.raises_waiting.clone())
            .unwrap_or_default();
        raises_waiting.extend(maker.raises_waiting);
        let injects = maker
            .injects
            .or(base.as_ref().map(|base| base.injects.clone()))
            .unwrap_or_default();
        let mut terminals = base
            .as_ref()
            .map(|base| base.terminals.clone())
            .unwrap_or_default();
        terminals.extend(maker.terminals);
        let inherited = |own: Option<Vec<String>>, base: Option<&Vec<String>>| {
            own.or_else(|| base.cloned()).unwrap_or_default()
        };
        // A library's own maker is chosen by its own version, so what is like it keeps that library's name.
        let library = base.as_ref().map_or(library, |base| base.library.clone());
        let made = Maker {
            gives: maker
                .gives
                .or(base.as_ref().map(|base| base.gives.clone()))
                .unwrap_or_else(|| maker.make.clone()),
            library,
            kind,
            is_async: maker
                .is_async
                .or(base.as_ref().map(|base| base.is_async))
                .unwrap_or(false),
            style: maker
                .style
                .or(base.as_ref().map(|base| base.style))
                .unwrap_or_default(),
            terminals,
            parameters,
            raises,
            raises_later,
            raises_waiting,
            injects,
            connections_by: maker
                .connections_by
                .or(base.as_ref().and_then(|base| base.connections_by.clone())),
            dialect: maker
                .dialect
                .or(base.as_ref().and_then(|base| base.dialect.clone())),
            with: maker.with.or(base.as_ref().and_then(|base| base.with)),
            takes: inherited(maker.takes, base.as_ref().map(|base| &base.takes)),
            borrows: inherited(maker.borrows, base.as_ref().map(|base| &base.borrows)),
            borrowed_by: inherited(
                maker.borrowed_by,
                base.as_ref().map(|base| &base.borrowed_by),
            ),
            resets: inherited(maker.resets, base.as_ref().map(|base| &base.resets)),
            gives_back: inherited(maker.gives_back, base.as_ref().map(|base| &base.gives_back)),
            when_empty: maker
                .when_empty
                .or(base.as_ref().and_then(|base| base.when_empty.clone())),
            leaks: inherited(maker.leaks, base.as_ref().map(|base| &base.leaks)),
            opens: inherited(maker.opens, base.as_ref().map(|base| &base.opens)),
            min_above_max: maker
                .min_above_max
                .or(base.as_ref().and_then(|base| base.min_above_max.clone())),
            threaded: maker.threaded,
            agrees: maker
                .agrees
                .or(base.as_ref().map(|base| base.agrees.clone()))
                .unwrap_or_default(),
            one_per_thread: maker
                .one_per_thread
                .or(base.as_ref().and_then(|base| base.one_per_thread.clone())),
            runs: inherited(maker.runs, base.as_ref().map(|base| &base.runs)),
            closed_for_good: maker
                .closed_for_good
                .or(base.as_ref().map(|base| base.closed_for_good))
                .unwrap_or(false),
            driven_by: maker
                .driven_by
                .or(base.as_ref().and_then(|base| base.driven_by)),
            fork_safe: maker
                .fork_safe
                .or(base.as_ref().map(|base| base.fork_safe))
                .unwrap_or(false),
            checks_idle: maker
                .checks_idle
                .or(base.as_ref().map(|base| base.checks_idle))
                .unwrap_or(false),
            keeps_nothing: maker
                .keeps_nothing
                .or(base.as_ref().map(|base| base.keeps_nothing.clone()))
                .unwrap_or_default(),
            lazy: maker
                .lazy
                .or(base.as_ref().map(|base| base.lazy))
                .unwrap_or(false),
            checkout: maker.checkout || base.as_ref().is_some_and(|base| base.checkout),
            pool_when: maker
                .pool_when
                .or(base.as_ref().map(|base| base.pool_when.clone()))
                .unwrap_or_default(),
            class: maker
                .class
                .or(base.as_ref().and_then(|base| base.class.clone())),
            path: maker.make.clone(),
        };
        if made.style == super::Style::Builder {
            add_builder(catalog, &made);
        } else {
            catalog
                .returns
                .insert(made.path.clone(), made.gives.clone());
        }
        catalog.makers.insert(made.path.clone(), made);
    }
    Ok(())
}

/// The call that starts a builder makes nothing; each method that ends it does, with what was set on the way.
fn add_builder(catalog: &mut Catalog, builder: &Maker) {
    catalog.builders.insert(builder.path.clone());
    let mut collected = builder.parameters.clone();
    for param in collected.values_mut() {
        let position = param.position.take().map(super::position_key);
        let mut names = param.setter.drain(..).chain(position);
        if param.keyword.is_none() {
            param.keyword = names.next();
        }
        param.also.extend(names);
    }
    for (method, own) in &builder.terminals {
        let mut parameters = collected.clone();
        parameters.extend(own.clone());
        let path = format!("{}.{method}", builder.path);
        catalog.returns.insert(path.clone(), builder.gives.clone());
        let made = Maker {
            path: path.clone(),
            style: super::Style::Call,
            terminals: std::collections::BTreeMap::new(),
            parameters,
            ..builder.clone()
        };
        catalog.makers.insert(path, made);
    }
}
