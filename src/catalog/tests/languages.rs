//! Two languages share one catalog: what is said of one is never found for the other.

use super::*;

/// The built-in files of libraries and frameworks, with their language.
fn files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["libraries", "frameworks"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("rules")
            .join(folder);
        for entry in fs::read_dir(path).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = fs::read_to_string(&path).expect("text");
            let language = text
                .lines()
                .find_map(|line| line.strip_prefix("language: "))
                .unwrap_or_else(|| panic!("{} names no language", path.display()));
            let name = path.file_name().expect("a name").to_string_lossy();
            found.push((format!("{folder}/{name}"), language.to_owned()));
        }
    }
    found.sort();
    found
}

/// The catalog of one language alone.
fn only(language: &str) -> Catalog {
    let others: Vec<String> = files()
        .into_iter()
        .filter(|(_, of)| of != language)
        .map(|(file, _)| file)
        .collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    Catalog::load_without(&others).expect("the files of one language stand alone")
}

#[test]
fn no_path_means_something_in_two_languages() {
    let all = built_in();
    let languages = ["python", "rust"];
    assert!(
        files()
            .iter()
            .all(|(_, of)| languages.contains(&of.as_str()))
    );
    let catalogs = languages.map(only);
    let known = [&catalogs[0], &catalogs[1]].map(known_paths);
    // What evaluation knows by itself, as text, has methods in every language.
    let built_in = |path: &&String| all.value_methods.contains_key(*path);
    let both = known[0].intersection(&known[1]);
    let both: Vec<_> = both.filter(|path| !built_in(path)).collect();
    assert!(both.is_empty(), "known in two languages: {both:#?}");
    for (catalog, known) in catalogs.iter().zip(&known) {
        let turned: Vec<_> = known
            .iter()
            .chain(catalog.aliases.keys())
            .filter(|path| all.canonical(path) != catalog.canonical(path))
            .collect();
        assert!(turned.is_empty(), "led astray by the other: {turned:#?}");
    }
}

#[test]
fn imports_are_of_a_language() {
    let catalog = built_in();
    assert!(catalog.is_import("rust", "bb8") && !catalog.is_import("python", "bb8"));
    assert!(catalog.is_import("python", "fastapi") && !catalog.is_import("rust", "fastapi"));
    for language in ["python", "rust"] {
        assert!(catalog.is_import(language, "duckdb"), "{language}");
    }
    // A user's file that names no language is for all.
    let acme = user("library: acme\nimports: [acme]\nmakers: []\n").expect("it loads");
    assert!(acme.is_import("rust", "acme") && acme.is_import("python", "acme"));
}

/// A number that a maker falls back to.
fn default(catalog: &Catalog, maker: &str, role: Role) -> Option<Scalar> {
    let maker = catalog
        .maker(maker)
        .unwrap_or_else(|| panic!("{maker} is known"));
    match maker.parameters.get(&role)?.default.as_ref()? {
        ByVersion::Always(value) => Some(value.clone()),
        ByVersion::Ranges(_) => None,
    }
}

#[test]
fn pools_of_crates_have_the_numbers_of_their_sources() {
    let catalog = built_in();
    for (maker, most, wait) in [
        (
            "sqlx.postgres.PgPoolOptions.new.connect",
            Some(10),
            Some(30),
        ),
        ("sqlx.SqlitePool.connect", Some(10), Some(30)),
        ("sea_orm.Database.connect", Some(10), Some(30)),
        ("bb8.Pool.builder.build", Some(10), Some(30)),
        ("r2d2.Pool.new", Some(10), Some(30)),
        ("diesel.r2d2.Pool.builder.build", Some(10), Some(30)),
        (
            "diesel_async.pooled_connection.bb8.Pool.builder.build",
            Some(10),
            Some(30),
        ),
        ("mobc.Pool.builder.build", Some(10), Some(30)),
        ("mysql_async.Pool.new", Some(100), None),
        ("mysql.Pool.new", Some(100), None),
        ("mongodb.Client.with_options", Some(10), None),
        // Without a number it depends on the machine.
        ("deadpool_postgres.Pool.builder.build", None, None),
        ("deadpool_postgres.Config.create_pool", None, None),
    ] {
        let number = |role| match default(&catalog, maker, role) {
            Some(Scalar::Int(number)) => Some(number),
            _ => None,
        };
        assert_eq!(number(Role::Max), most, "{maker}");
        assert_eq!(number(Role::AcquireTimeout), wait, "{maker}");
    }
    let one = catalog.maker("sea_orm.Database.connect").expect("a pool");
    assert_eq!(
        one.parameters[&Role::Max].dialect_defaults.get("sqlite"),
        Some(&Scalar::Int(1))
    );
    let needs = catalog
        .maker("deadpool_redis.Pool.builder.build")
        .expect("one");
    assert_eq!(
        needs.parameters[&Role::AcquireTimeout].needs,
        Some(Role::Runtime)
    );
    assert_eq!(needs.dialect.as_deref(), Some("redis"));
}

#[test]
fn what_is_taken_from_a_crate_s_pool_is_a_checkout() {
    let catalog = built_in();
    for (path, gives, is_async) in [
        (
            "deadpool_postgres.Pool.get",
            "deadpool.managed.Object",
            true,
        ),
        ("bb8_postgres.bb8.Pool.get", "bb8.PooledConnection", true),
        ("diesel.r2d2.Pool.get", "r2d2.PooledConnection", false),
        ("mysql_async.Pool.get_conn", "mysql_async.Conn", true),
        ("sea_orm.DbConn.begin", "sea_orm.DatabaseTransaction", true),
    ] {
        let maker = catalog.maker(path).unwrap_or_else(|| panic!("{path}"));
        assert!(maker.checkout, "{path}");
        assert_eq!((maker.gives.as_str(), maker.is_async), (gives, is_async));
    }
    let alone = catalog.maker("tokio_postgres.connect").expect("a client");
    assert_eq!((alone.checkout, alone.driven_by), (false, Some(1)));
}

#[test]
fn frameworks_of_crates_say_how_often() {
    let catalog = built_in();
    let handed = |path: &str| catalog.arguments(path).first().map(|calls| calls.when);
    for (path, when) in [
        ("actix_web.HttpServer.new", Multiplicity::PerWorker),
        ("ntex.web.HttpServer.new", Multiplicity::PerWorker),
        ("actix_web.Route.to", Multiplicity::PerRequest),
        ("axum.routing.get", Multiplicity::PerRequest),
        ("axum.routing.MethodRouter.post", Multiplicity::PerRequest),
        ("warp.Filter.and_then", Multiplicity::PerRequest),
        ("once_cell.sync.Lazy.new", Multiplicity::FirstTime),
        ("tokio.sync.OnceCell.get_or_init", Multiplicity::FirstTime),
        ("std.thread.spawn", Multiplicity::PerThread),
        ("tokio.task.spawn", Multiplicity::Once),
    ] {
        assert_eq!(handed(path), Some(when), "{path}");
    }
    for (path, when) in [
        ("rocket.get", Multiplicity::PerRequest),
        ("actix_web.post", Multiplicity::PerRequest),
        ("tauri.command", Multiplicity::PerRequest),
        ("tokio.test", Multiplicity::PerTest),
        ("tokio.main", Multiplicity::Once),
    ] {
        let decorated = catalog.decorated(path).first().map(|calls| calls.when);
        assert_eq!(decorated, Some(when), "{path}");
    }
    for path in ["axum.extract.State", "axum.Json", "actix_web.web.Json"] {
        let taking = catalog.taking(path).first().map(|calls| calls.when);
        assert_eq!(taking, Some(Multiplicity::PerRequest), "{path}");
    }
}
