//! Holds the catalog's files together: every path named in one of them leads somewhere.

use super::*;
use std::fs;

mod languages;

fn built_in() -> Catalog {
    Catalog::load(&[]).expect("the built-in catalog loads")
}

fn user(text: &str) -> Result<Catalog, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("acme.yaml");
    fs::write(&file, text).expect("a file");
    Catalog::load(&[file])
}

fn versions(text: &str) -> Interval {
    Interval::exactly(&text.parse().expect("a version"))
}

/// The default class of an engine, as the analysis picks it.
fn default_class(
    dialect: &str,
    driver: &str,
    path: PathKind,
    is_async: bool,
    version: &str,
) -> Option<String> {
    let catalog = built_in();
    let library = catalog.library("sqlalchemy").expect("the library");
    let names =
        |list: &[String], name: &str| list.is_empty() || list.iter().any(|known| known == name);
    let found = library.default_classes.iter().find(|entry| {
        names(&entry.dialects, dialect)
            && names(&entry.drivers, driver)
            && (entry.paths.is_empty() || entry.paths.contains(&path))
            && entry.is_async.is_none_or(|wanted| wanted == is_async)
            && entry.makers.is_empty()
    })?;
    found
        .class
        .fact(&versions(version))
        .and_then(|class| class.rsplit('.').next())
        .map(str::to_owned)
}

/// Every path at which the catalog holds a fact.
fn known_paths(catalog: &Catalog) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    known.extend(catalog.makers.keys().cloned());
    known.extend(catalog.makers.values().map(|maker| maker.gives.clone()));
    known.extend(catalog.classes.keys().cloned());
    known.extend(catalog.actions.keys().cloned());
    known.extend(catalog.decorated.keys().cloned());
    known.extend(catalog.arguments.keys().cloned());
    known.extend(
        catalog
            .methods
            .iter()
            .flat_map(|calls| calls.of_class.iter().cloned()),
    );
    known.extend(
        catalog
            .returns
            .iter()
            .flat_map(|(from, to)| [from.clone(), to.clone()]),
    );
    known.extend(
        catalog
            .attributes
            .iter()
            .flat_map(|(from, to)| [from.clone(), to.clone()]),
    );
    known.extend(catalog.taking.keys().cloned());
    known.extend(catalog.constants.keys().cloned());
    known.extend(catalog.treats.keys().cloned());
    known.extend(catalog.once.iter().cloned());
    known.extend(catalog.once_per_instance.iter().cloned());
    known.extend(catalog.values.keys().cloned());
    known.extend(catalog.fields.keys().cloned());
    known.extend(catalog.value_methods.keys().cloned());
    known
}

#[test]
fn aliases_lead_to_facts() {
    let catalog = built_in();
    let known = known_paths(&catalog);
    let mut lost: Vec<String> = Vec::new();
    for (from, to) in BTreeMap::from_iter(&catalog.aliases) {
        let target = catalog.canonical(to);
        let prefix = format!("{target}.");
        // What the project sets under a key is no fact of the catalog, but the key is.
        let key = target
            .strip_suffix(']')
            .and_then(|path| path.rsplit_once('['));
        let leads = known.contains(target.as_ref())
            || known.iter().any(|path| path.starts_with(&prefix))
            || key.is_some_and(|(_, key)| catalog.settings().contains_key(key));
        if !leads || target.starts_with(&format!("{from}.")) {
            lost.push(format!("{from}: {to}"));
        }
    }
    assert!(
        lost.is_empty(),
        "aliases of nothing, or of themselves: {lost:#?}"
    );
}

#[test]
fn facts_stand_under_canonical_paths() {
    let catalog = built_in();
    let lost: Vec<String> = known_paths(&catalog)
        .into_iter()
        .filter(|path| catalog.canonical(path) != *path)
        // A maker may have facts of its own under another spelling of its path.
        .filter(|path| {
            !(catalog.makers.contains_key(path)
                && catalog
                    .makers
                    .contains_key(catalog.canonical(path).as_ref()))
        })
        .collect();
    assert!(lost.is_empty(), "no lookup finds these: {lost:#?}");
}

#[test]
fn named_classes_and_makers_exist() {
    let catalog = built_in();
    let mut lost = Vec::new();
    for library in catalog.libraries() {
        for entry in &library.default_classes {
            let classes = entry.class.facts(&Interval::default());
            lost.extend(
                classes
                    .into_iter()
                    .filter(|class| catalog.class(class).is_none())
                    .cloned(),
            );
            lost.extend(
                entry
                    .makers
                    .iter()
                    .filter(|maker| catalog.maker(maker).is_none())
                    .cloned(),
            );
            lost.extend(
                entry
                    .dialects
                    .iter()
                    .filter(|dialect| catalog.dialect_named(dialect).is_none())
                    .cloned(),
            );
        }
    }
    for maker in BTreeMap::from_iter(&catalog.makers).values() {
        let classes = maker
            .class
            .iter()
            .flat_map(|class| class.facts(&Interval::default()));
        lost.extend(
            classes
                .filter(|class| catalog.class(class).is_none())
                .cloned(),
        );
        lost.extend(
            maker
                .threaded
                .iter()
                .filter(|other| catalog.maker(other).is_none())
                .cloned(),
        );
        lost.extend(
            maker
                .dialect
                .iter()
                .filter(|dialect| catalog.dialect_named(dialect).is_none())
                .cloned(),
        );
    }
    for class in BTreeMap::from_iter(&catalog.classes).values() {
        lost.extend(
            class
                .other_world
                .iter()
                .filter(|other| catalog.class(other).is_none())
                .cloned(),
        );
    }
    for setting in catalog.settings().values() {
        let makers = setting.options_of.values().chain([&setting.of]);
        lost.extend(
            makers
                .filter(|maker| catalog.maker(maker).is_none())
                .cloned(),
        );
        lost.extend(
            setting
                .backends
                .values()
                .chain(setting.options_of.keys())
                .filter(|name| catalog.dialect_named(name).is_none())
                .cloned(),
        );
    }
    assert!(lost.is_empty(), "named and not known: {lost:#?}");
}

#[test]
fn what_is_taken_from_a_pool_is_a_checkout() {
    let catalog = built_in();
    let mut lost = Vec::new();
    for maker in BTreeMap::from_iter(&catalog.makers).values() {
        for take in &maker.takes {
            let path = format!("{}.{take}", maker.gives);
            if !catalog.maker(&path).is_some_and(|taken| taken.checkout) {
                lost.push(path);
            }
        }
    }
    assert!(lost.is_empty(), "taken, and no checkout: {lost:#?}");
}

#[test]
fn an_engine_has_many_spellings() {
    let catalog = built_in();
    for path in [
        "sqlalchemy.create_engine",
        "sqlalchemy.engine.create_engine",
        "sqlalchemy.engine.create.create_engine",
        "sqlalchemy.future.create_engine",
        "sqlmodel.create_engine",
    ] {
        let maker = catalog
            .maker(path)
            .unwrap_or_else(|| panic!("{path} makes an engine"));
        assert_eq!(
            (maker.kind, maker.path.as_str()),
            (Kind::Engine, "sqlalchemy.create_engine"),
            "{path}"
        );
        assert_eq!(catalog.returns(path), "sqlalchemy.engine.Engine");
    }
    let checkout = catalog
        .maker("sqlalchemy.Engine.connect")
        .expect("a checkout");
    assert_eq!(
        (checkout.checkout, checkout.with),
        (true, Some(WithMeans::Closes))
    );
    assert_eq!(
        catalog
            .maker("sqlalchemy.orm.session.sessionmaker.()")
            .map(|maker| maker.kind),
        Some(Kind::Session)
    );
    assert_eq!(
        catalog
            .actions("flask_sqlalchemy.SQLAlchemy.session.remove")
            .first()
            .map(|action| action.does),
        Some(ActionKind::Remove)
    );
    assert_eq!(
        catalog
            .maker("flask_sqlalchemy.SQLAlchemy.session")
            .map(|maker| maker.kind),
        Some(Kind::Session)
    );
}

#[test]
fn default_classes_follow_version_and_path() {
    for (dialect, driver, path, is_async, version, class) in [
        (
            "sqlite",
            "pysqlite",
            PathKind::File,
            false,
            "1.4.54",
            "NullPool",
        ),
        (
            "sqlite",
            "pysqlite",
            PathKind::File,
            false,
            "2.0.0",
            "QueuePool",
        ),
        (
            "sqlite",
            "pysqlite",
            PathKind::Memory,
            false,
            "2.1.9",
            "SingletonThreadPool",
        ),
        (
            "sqlite",
            "pysqlite",
            PathKind::SharedMemory,
            false,
            "1.4.54",
            "SingletonThreadPool",
        ),
        (
            "sqlite",
            "pysqlite",
            PathKind::SharedUnnamed,
            false,
            "1.4.54",
            "NullPool",
        ),
        (
            "sqlite",
            "pysqlite",
            PathKind::SharedUnnamed,
            false,
            "2.0.58",
            "QueuePool",
        ),
        (
            "sqlite",
            "aiosqlite",
            PathKind::SharedMemory,
            true,
            "2.0.58",
            "StaticPool",
        ),
        (
            "sqlite",
            "aiosqlite",
            PathKind::SharedUnnamed,
            true,
            "2.0.58",
            "AsyncAdaptedQueuePool",
        ),
        (
            "sqlite",
            "aiosqlite",
            PathKind::File,
            true,
            "2.0.37",
            "NullPool",
        ),
        (
            "sqlite",
            "aiosqlite",
            PathKind::File,
            true,
            "2.0.38",
            "AsyncAdaptedQueuePool",
        ),
        (
            "sqlite",
            "aiosqlite",
            PathKind::Memory,
            true,
            "2.0.38",
            "StaticPool",
        ),
        (
            "postgresql",
            "asyncpg",
            PathKind::Server,
            true,
            "2.0.38",
            "AsyncAdaptedQueuePool",
        ),
        (
            "postgresql",
            "psycopg2",
            PathKind::Server,
            false,
            "2.0.38",
            "QueuePool",
        ),
    ] {
        assert_eq!(
            default_class(dialect, driver, path, is_async, version).as_deref(),
            Some(class),
            "{dialect}+{driver} {path:?} {version}"
        );
    }
    let null = built_in();
    let null = null
        .class("sqlalchemy.pool.impl.NullPool")
        .expect("a class");
    assert_eq!(null.behaviour, Behaviour::Null);
    assert!(null.rejects.iter().any(|keyword| keyword == "pool_size"));
}

#[test]
fn frameworks_call_and_values_come_from_somewhere() {
    let catalog = built_in();
    let depends = catalog
        .arguments("fastapi.Depends")
        .first()
        .expect("a call");
    assert_eq!(
        (depends.when, &depends.argument[0]),
        (Multiplicity::PerRequest, &ArgumentName::Position(0))
    );
    assert_eq!(
        catalog
            .decorated("flask.app.Flask.route")
            .first()
            .map(|calls| calls.when),
        Some(Multiplicity::PerRequest)
    );
    assert!(catalog.is_once("functools.lru_cache"));
    assert!(catalog.is_once_per_instance("functools.cached_property"));
    assert_eq!(
        catalog.value("os.getenv").map(|value| value.is),
        Some(ValueIs::Environment)
    );
    assert_eq!(
        catalog.value("os.environ.[]").map(|value| value.is),
        Some(ValueIs::Environment)
    );
    assert_eq!(
        catalog
            .fields("pydantic.BaseSettings")
            .map(|value| value.is),
        Some(ValueIs::Environment)
    );
    assert_eq!(catalog.value_method("dict", "update"), Some("merge"));
}

#[test]
fn names_are_given_once() {
    let catalog = built_in();
    let mut names: Vec<&str> = catalog
        .libraries()
        .iter()
        .map(|library| library.name.as_str())
        .collect();
    let files = names.len();
    assert!(files > 40, "{files} files of libraries and frameworks");
    names.sort_unstable();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(
        twice.is_empty(),
        "a library is looked up by its name: {twice:?}"
    );
}

#[test]
fn calls_say_whom_they_call() {
    let catalog = built_in();
    let all = catalog
        .methods
        .iter()
        .chain(&catalog.class_fields)
        .chain(BTreeMap::from_iter(&catalog.taking).into_values().flatten())
        .chain(
            BTreeMap::from_iter(&catalog.arguments)
                .into_values()
                .flatten(),
        )
        .chain(
            BTreeMap::from_iter(&catalog.decorated)
                .into_values()
                .flatten(),
        );
    for calls in all {
        let handed = !calls.argument.is_empty();
        assert_eq!(handed, !calls.of.is_empty(), "{calls:?}");
        let ways = [
            !calls.decorated.is_empty(),
            handed,
            !calls.of_class.is_empty(),
            !calls.in_class.is_empty(),
            !calls.taking.is_empty(),
        ];
        let said = ways.into_iter().filter(|said| *said).count();
        assert_eq!(said, 1, "{calls:?}");
        assert!(
            calls.methods.is_empty() || !calls.of_class.is_empty(),
            "{calls:?}"
        );
        assert_eq!(
            calls.fields.is_empty(),
            calls.in_class.is_empty(),
            "{calls:?}"
        );
    }
}

#[test]
fn commands_are_scripts_and_handlers_serve_requests() {
    let catalog = built_in();
    for command in [
        "click.command",
        "click.decorators.group",
        "rich_click.command",
        "typer.Typer.command",
        "typer.main.Typer.callback",
        "flask.Flask.cli.command",
        "quart.Quart.cli.command",
        "invoke.task",
    ] {
        let calls = catalog.decorated(command).first();
        assert_eq!(
            calls.map(|calls| (calls.when, calls.context)),
            Some((Multiplicity::Once, Some(ContextKind::Script))),
            "{command}"
        );
    }
    for (path, when) in [
        ("aiohttp.web.RouteTableDef.get", Multiplicity::PerRequest),
        ("ninja.router.Router.post", Multiplicity::PerRequest),
        ("aiogram.Dispatcher.message", Multiplicity::PerRequest),
        ("dramatiq.actor", Multiplicity::PerTask),
        ("huey.RedisHuey.task", Multiplicity::PerTask),
        ("rq.decorators.job", Multiplicity::PerProcess),
        (
            "apscheduler.schedulers.background.BackgroundScheduler.scheduled_job",
            Multiplicity::PerTask,
        ),
    ] {
        let calls = catalog.decorated(path).first();
        assert_eq!(calls.map(|calls| calls.when), Some(when), "{path}");
    }
    let handed = catalog.arguments("aiohttp.web.Application.router.add_get");
    assert_eq!(
        handed.first().map(|calls| (calls.when, &calls.argument[0])),
        Some((Multiplicity::PerRequest, &ArgumentName::Position(1)))
    );
    let base = "tornado.web.RequestHandler";
    let handler = catalog.methods.iter().find(|calls| {
        calls.of_class.iter().any(|class| class == base)
            && calls.methods.iter().any(|name| name == "get")
    });
    assert_eq!(
        handler.map(|calls| calls.when),
        Some(Multiplicity::PerRequest)
    );
    for queue in ["celery", "rq", "dramatiq", "huey"] {
        assert!(catalog.task_imports().iter().any(|name| name == queue));
    }
    assert!(
        !catalog
            .task_imports()
            .iter()
            .any(|name| name == "apscheduler")
    );
}

#[test]
fn what_the_version_decides_is_unknown_without_a_version() {
    let catalog = built_in();
    let library = catalog.library("sqlalchemy").expect("the library");
    let found = library.default_classes.iter().find(|entry| {
        entry.dialects == ["sqlite"] && entry.drivers.is_empty() && entry.paths.is_empty()
    });
    let class = &found.expect("file SQLite").class;
    assert_eq!(class.fact(&Interval::default()), None);
    assert_eq!(class.facts(&Interval::default()).len(), 2);
}

#[test]
fn an_empty_list_is_not_inherited() {
    let file = |takes| {
        format!(
            "library: acme\nmakers:\n  - {{make: acme.db, like: sqlalchemy.create_engine{takes}}}\n"
        )
    };
    let takes = |text: &str| {
        let catalog = user(text).expect("it loads");
        catalog.maker("acme.db").expect("a maker").takes.len()
    };
    assert_eq!(takes(&file("")), 3);
    assert_eq!(takes(&file(", takes: []")), 0);
}

#[test]
fn null_is_a_value_where_it_is_written() {
    let catalog = built_in();
    let pool = catalog
        .maker("psycopg_pool.ConnectionPool")
        .expect("a pool");
    let max = &pool.parameters[&Role::Max];
    assert_eq!(max.default, Some(ByVersion::Always(Scalar::Null(()))));
    assert_eq!(max.default_of, Some(Role::Min));
    assert_eq!(pool.parameters[&Role::Min].unlimited, None);
}

#[test]
fn one_schema_serves_both_languages() {
    let catalog = built_in();
    let builder = catalog
        .described("sqlx.postgres.PgPoolOptions.new")
        .expect("a builder");
    assert_eq!(
        (builder.style, builder.dialect.as_deref()),
        (Style::Builder, Some("postgresql"))
    );
    assert_eq!(builder.parameters[&Role::Max].setter, ["max_connections"]);
    assert!(builder.terminals.contains_key("connect_lazy_with"));
    assert_eq!(
        catalog
            .maker("sqlx.PgPool.connect")
            .and_then(|maker| maker.dialect.as_deref()),
        Some("postgresql")
    );
    assert!(
        catalog
            .maker("sqlx.PgPool.acquire")
            .is_some_and(|maker| maker.checkout)
    );
}

#[test]
fn a_user_teaches_a_factory() {
    let catalog = user(
        "library: acme\nmakers:\n  - make: acme.make_db\n    like: sqlalchemy.create_engine\n",
    )
    .expect("it loads");
    let maker = catalog.maker("acme.make_db").expect("a maker");
    assert_eq!(
        (maker.kind, maker.library.as_str()),
        (Kind::Engine, "sqlalchemy")
    );
    assert_eq!(
        maker.parameters[&Role::Size].keyword.as_deref(),
        Some("pool_size")
    );
    assert!(catalog.triggers().iter().any(|word| word == "make_db"));
}

#[test]
fn a_broken_user_file_names_its_place() {
    let error = user("library: acme\nmakers:\n  - make: acme.make_db\n    kindd: engine\n")
        .expect_err("a misspelt key");
    assert!(error.path.ends_with("acme.yaml"));
    assert_eq!(error.line_column, Some((4, 5)), "{error}");
    assert!(error.message.contains("kindd"), "{error}");
    let error = user("library: acme\nmakers:\n  - {make: acme.make_db, like: acme.nothing}\n")
        .expect_err("unknown");
    assert!(error.message.contains("acme.nothing"), "{error}");
    user("library: acme\naliases: {acme: acme.db, acme.db: acme}\n")
        .expect("it loads")
        .canonical("acme.db.x");
}

#[test]
fn triggers_are_rare_words() {
    let common = [
        "connect",
        "connection",
        "session",
        "engine",
        "database",
        "databases",
        "pool",
        "redis",
        "()",
        "new",
    ];
    let found: Vec<String> = built_in()
        .triggers()
        .into_iter()
        // A key in capitals is rare, and words are looked for as they are written.
        .filter(|word| word.contains(char::is_lowercase) || !word.contains(char::is_alphabetic))
        .filter(|word| common.contains(&word.to_lowercase().as_str()))
        .collect();
    assert!(found.is_empty(), "half of all files have these: {found:?}");
}
