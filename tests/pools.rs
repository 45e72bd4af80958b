//! What `poolint pools` knows: databases through files of settings, configuration and callers; and what stays unknown.

mod common;

use common::program::{poolint, project};

/// `line | database | class | placement` of every engine.
fn engines(files: &[(&str, &str)]) -> Vec<String> {
    listed(files, "engine")
}

/// The same of everything of a kind.
fn listed(files: &[(&str, &str)], kind: &str) -> Vec<String> {
    let folder = project(files);
    let ran = poolint(folder.path(), &["pools", "--output-format", "json", "."]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let found: serde_json::Value = serde_json::from_slice(&ran.out).expect("JSON");
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or("?").to_owned();
    let rows = found["pools"].as_array().expect("pools");
    rows.iter()
        .filter(|row| row["kind"] == kind)
        .map(|row| {
            format!(
                "{}:{} | {} | {} | {}",
                text(row, "path"),
                row["line"],
                text(row, "database"),
                text(row, "class"),
                text(row, "placement")
            )
        })
        .collect()
}

const ENV_PY: &str = "from alembic import context\nfrom sqlalchemy import engine_from_config, pool\n\nconfig = context.config\n{}\n\ndef online():\n    section = config.get_section(config.config_ini_section)\n    return engine_from_config(section, prefix='sqlalchemy.', poolclass=pool.NullPool)\n\n\nonline()\n";

fn env_py(middle: &str) -> String {
    ENV_PY.replace("{}", middle)
}

#[test]
fn a_configuration_file_names_the_database_of_migrations() {
    let plain = env_py("");
    let ini = "[other]\nsqlalchemy.url = mysql://h/x\n[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = postgresql://u:p@h/x\n";
    assert_eq!(
        engines(&[("alembic.ini", ini), ("migrations/env.py", &plain)]),
        ["migrations/env.py:9 | postgresql://h/x (postgresql) | NullPool | once, at import"]
    );
    // The file of other migrations says nothing of these.
    assert_eq!(
        engines(&[("alembic.ini", ini), ("elsewhere/env.py", &plain)]),
        ["elsewhere/env.py:9 |  | NullPool | once, at import"]
    );
    // The text that the tool's template holds is no database.
    let template = "[alembic]\nscript_location = migrations\nsqlalchemy.url = driver://user:pass@localhost/dbname\n";
    assert_eq!(
        engines(&[("alembic.ini", template), ("migrations/env.py", &plain)]),
        ["migrations/env.py:9 |  | NullPool | once, at import"]
    );
    // What code sets wins.
    let set = env_py(
        "import os\nconfig.set_main_option('sqlalchemy.url', os.environ['URL'].replace('%', '%%'))\n",
    );
    assert_eq!(
        engines(&[("alembic.ini", ini), ("migrations/env.py", &set)]),
        ["migrations/env.py:11 | URL | NullPool | once, at import"]
    );
    // A program that sets it before the migrations run: both may be.
    let program = "from alembic import command\nfrom alembic.config import Config\n\nconfig = Config('alembic.ini')\nconfig.set_main_option('sqlalchemy.url', 'mysql://h/y')\ncommand.upgrade(config, 'head')\nfrom sqlalchemy import create_engine\n";
    let found = engines(&[
        ("alembic.ini", ini),
        ("migrations/env.py", &plain),
        ("upgrade.py", program),
    ]);
    assert!(
        found[0].contains("mysql") && found[0].contains("postgresql"),
        "{found:?}"
    );
}

#[test]
fn callers_say_what_a_parameter_is() {
    let db = "from sqlalchemy import create_engine\n\n\ndef make(url):\n    return create_engine(url)\n\n\nclass Store:\n    def __init__(self, url, echo=False):\n        self.url = url\n\n    def open(self):\n        return create_engine(self.url)\n\n\ndef upgrade(url='sqlite:///x.db', mode='a'):\n    if mode == 'a':\n        create_engine(url)\n";
    let main = "import os\n\nfrom db import Store, make, upgrade\n\nmake(os.environ['A'])\nmake('mysql://h/x')\nStore('postgresql://h/y').open()\nupgrade()\nupgrade('mysql://h/z', mode='b')\n";
    assert_eq!(
        engines(&[
            ("db.py", db),
            ("main.py", main),
            ("requirements.txt", "sqlalchemy==2.0.36\n")
        ]),
        [
            "db.py:5 | A | mysql://h/x (mysql) | QueuePool (default) | once, at import",
            "db.py:13 | postgresql://h/y (postgresql) | QueuePool (default) | once, at import",
            "db.py:18 | sqlite:x.db (sqlite) | QueuePool (default) | once, at import",
        ]
    );
    // Nobody calls it: nothing is known, and nothing is guessed.
    let found = engines(&[("db.py", db)]);
    assert!(found[0].starts_with("db.py:5 |  |"), "{found:?}");
}

#[test]
fn settings_of_the_program_may_be_anything() {
    let found = engines(&[(
        "app.py",
        "from sqlalchemy import create_engine\nfrom traitlets import Unicode\nfrom traitlets.config import Application\n\n\nclass Hub(Application):\n    db_url = Unicode('sqlite:///hub.sqlite', help='…').tag(config=True)\n\n    def start(self):\n        create_engine(self.db_url)\n\n\nHub().start()\n",
    )]);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("db_url (sqlite?)"), "{found:?}");
}

#[test]
fn settings_classes_assemble_urls() {
    let config = "from pydantic import computed_field\nfrom pydantic_core import MultiHostUrl\nfrom pydantic_settings import BaseSettings\n\n\nclass Database(BaseSettings):\n    host: str = 'pg'\n    name: str = 'shop'\n\n    @property\n    def url(self) -> str:\n        return f'mysql+pymysql://{self.host}/{self.name}'\n\n\nclass Settings(BaseSettings):\n    PG_HOST: str\n    database: Database = Database()\n\n    @computed_field\n    @property\n    def URI(self):\n        uri = MultiHostUrl.build(scheme='postgresql+psycopg', host=self.PG_HOST, path='shop')\n        return uri\n\n\nsettings = Settings()\n";
    let db = "from sqlalchemy import create_engine\n\nfrom config import settings\n\na = create_engine(str(settings.URI))\nb = create_engine(settings.database.url)\n";
    assert_eq!(
        engines(&[("config.py", config), ("db.py", db)]),
        [
            "db.py:5 | postgresql://{PG_HOST}/shop (postgresql) | QueuePool (default) | once, at import",
            "db.py:6 | mysql://{HOST}/{NAME} (mysql) | QueuePool (default) | once, at import",
        ]
    );
}

#[test]
fn a_settings_file_rules_arms_out() {
    let app = "import os\n\nfrom sqlalchemy import create_engine\n\nURL = os.environ['URL']\nif URL and 'sqlite' in URL:\n    engine = create_engine(URL)\nelse:\n    engine = create_engine(URL, pool_size=20)\n";
    let requirements = ("requirements.txt", "sqlalchemy==2.0.36\n");
    assert_eq!(
        engines(&[
            ("app.py", app),
            (".env", "URL=sqlite:///x.db\n"),
            requirements
        ]),
        [
            "app.py:7 | URL (sqlite) | QueuePool (default) | once, at import",
            "app.py:9 | URL | QueuePool (default) | never: ruled out by .env:1",
        ]
    );
    // A compose file that says otherwise: both arms live.
    let compose =
        "services:\n  web:\n    build: .\n    environment:\n      URL: postgresql://h/x\n";
    let found = engines(&[
        ("app.py", app),
        (".env", "URL=sqlite:///x.db\n"),
        ("compose.yml", compose),
        requirements,
    ]);
    assert!(
        found.iter().all(|row| !row.contains("ruled out")),
        "{found:?}"
    );
}

#[test]
fn classes_differ_by_version() {
    assert_eq!(
        engines(&[
            ("requirements.txt", "sqlalchemy>=1.3,<2.1\n"),
            (
                "db.py",
                "from sqlalchemy import create_engine\n\nengine = create_engine('sqlite:///x.db')\n"
            ),
        ]),
        [
            "db.py:3 | sqlite:x.db (sqlite) | NullPool or QueuePool by version (default) | once, at import"
        ]
    );
}

#[test]
fn tests_run_their_functions() {
    assert_eq!(
        engines(&[(
            "tests/test_db.py",
            "from sqlalchemy import create_engine\n\n\ndef test_one():\n    create_engine('sqlite://')\n\n\ndef other():\n    create_engine('sqlite://')\n"
        )]),
        [
            "tests/test_db.py:5 | sqlite in memory (sqlite) | SingletonThreadPool (default) | per test",
            "tests/test_db.py:9 | sqlite in memory (sqlite) | SingletonThreadPool (default) | unknown: no call is known",
        ]
    );
}

const MAKES: &str = "import asyncpg\nfrom bot import Bot\nfrom work import Work, one\n\n\nasync def main():\n    pool = await asyncpg.create_pool('postgresql://h/x')\n    bot = Bot()\n    bot.pool = pool\n    await Work(pool).run()\n    await one(pool)\n";

#[test]
fn calls_say_what_is_taken_from() {
    let bot = "import asyncpg\n\n\nclass Bot:\n    def __init__(self):\n        self.pool: asyncpg.Pool | None = None\n";
    let work = "class Work:\n    def __init__(self, source):\n        self.source = source\n\n    async def run(self):\n        async with self.source.acquire() as taken:\n            return taken\n\n\nasync def one(source):\n    return await source.acquire()\n";
    let found = listed(
        &[("main.py", MAKES), ("bot.py", bot), ("work.py", work)],
        "checkout",
    );
    assert_eq!(
        found,
        [
            "work.py:6 | postgresql://h/x (postgresql) |  | unknown: no call is known",
            "work.py:11 | postgresql://h/x (postgresql) |  | unknown: no call is known"
        ]
    );
    // Two calls that hand over different things say nothing.
    let other = format!("{MAKES}    import asyncio\n    await one(asyncio.Lock())\n");
    let found = listed(
        &[("main.py", &other), ("bot.py", bot), ("work.py", work)],
        "checkout",
    );
    assert!(found.iter().all(|row| !row.contains(":11")), "{found:?}");
    // A type may be written as text.
    let text = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from bot import Bot\n\n\nasync def take(bot: 'Bot'):\n    return await bot.pool.acquire()\n";
    let found = listed(
        &[("main.py", MAKES), ("bot.py", bot), ("text.py", text)],
        "checkout",
    );
    assert_eq!(found, ["text.py:8 |  |  | unknown: no call is known"]);
}

#[test]
fn managers_say_what_they_speak() {
    let cargo = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nbb8 = \"0.9\"\ndeadpool = \"0.12\"\ndeadpool-postgres = \"0.14\"\ndiesel-async = \"0.5\"\nr2d2 = \"0.8\"\nr2d2_mysql = \"25\"\nrusqlite = \"0.32\"\nsqlx = { version = \"0.8\", features = [\"sqlite\"] }\n";
    let main = "mod own;\nuse diesel_async::pooled_connection::AsyncDieselConnectionManager;\nuse diesel_async::AsyncPgConnection;\nuse own::{Files, Other};\n\nfn main() {\n    let config = own::config();\n    let a = deadpool_postgres::Pool::builder(deadpool_postgres::Manager::new(config, tls())).build();\n    let b = r2d2::Pool::builder().build(r2d2_mysql::MySqlConnectionManager::new(own::options()));\n    let c = bb8::Pool::builder().build(AsyncDieselConnectionManager::<AsyncPgConnection>::new(own::url()));\n    let d = r2d2::Pool::builder().build(Files { path: own::url() });\n    let e = deadpool::managed::Pool::builder(Other::at(own::url())).build();\n}\n";
    let own = "use rusqlite::Connection;\nuse sqlx::SqliteConnection;\n\npub struct Files {\n    pub path: String,\n}\n\nimpl r2d2::ManageConnection for Files {\n    type Connection = Connection;\n    type Error = rusqlite::Error;\n}\n\npub struct Other {\n    url: String,\n}\n\nimpl Other {\n    pub fn at(url: String) -> Self {\n        Self { url }\n    }\n}\n\nimpl deadpool::managed::Manager for Other {\n    type Type = SqliteConnection;\n    type Error = sqlx::Error;\n}\n";
    let files = [
        ("Cargo.toml", cargo),
        ("src/main.rs", main),
        ("src/own.rs", own),
    ];
    let databases: Vec<String> = listed(&files, "pool")
        .iter()
        .filter_map(|row| Some(row.split(" | ").nth(1)?.to_owned()))
        .collect();
    assert_eq!(
        databases,
        ["postgresql", "mysql", "postgresql", "sqlite", "sqlite"]
    );
}
