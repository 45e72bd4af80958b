//! No secret leaves: a marker that stands wherever passwords stand occurs in nothing that poolint says.

mod common;

use common::program::{FORMATS, POOLS_FORMATS, poolint, project};

/// The secret. Everything that is said is searched for it, in any case.
const MARKER: &str = "Tr0ub4dor";

const FILES: &[(&str, &str)] = &[
    (
        ".env",
        "DATABASE_URL=postgresql://app:Tr0ub4dor@pg/shop?password=Tr0ub4dor&sslmode=require\nDB_PASSWORD=Tr0ub4dor\nDB_PASS='Tr0ub4dor'\nexport REDIS_URL=redis://:Tr0ub4dor@cache:6379/0\nPOOL_SIZE=Tr0ub4dor\nCLASS=Tr0ub4dor\nDIALECT=Tr0ub4dor\n",
    ),
    ("prod.env", "DATABASE_URL=mysql://root:Tr0ub4dor@db/shop\n"),
    (
        "docker-compose.yml",
        "services:\n  web:\n    build: .\n    environment:\n      - COMPOSE_URL=postgresql://app:Tr0ub4dor@pg/shop?password=Tr0ub4dor\n      - \"DB_PASS=Tr0ub4dor\"\n      - COMPOSE_POOL=20\n      - COMPOSE_SIZE=Tr0ub4dor\n      - COMPOSE_HOLE=mysql://app:${X:-Tr0ub4dor}@h/x\n  db:\n    image: postgres\n    environment: {POSTGRES_PASSWORD: Tr0ub4dor, COMPOSE_POOL: 3}\n",
    ),
    (
        "alembic.ini",
        "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://app:Tr0ub4dor@pg/shop?password=Tr0ub4dor\npassword = Tr0ub4dor\n",
    ),
    (
        "migrations/env.py",
        "from alembic import context\nfrom sqlalchemy import create_engine, engine_from_config\n\nconfig = context.config\nengine = engine_from_config(config.get_section(config.config_ini_section))\nother = create_engine(config.get_main_option('sqlalchemy.url'), pool_size=config.get_main_option('password'))\n",
    ),
    (
        "composed.py",
        "import os\n\nfrom sqlalchemy import create_engine\nfrom sqlalchemy.pool import StaticPool\n\na = create_engine(os.environ['COMPOSE_URL'], poolclass=StaticPool)\nb = create_engine(os.environ['COMPOSE_URL'], pool_size=int(os.environ.get('COMPOSE_POOL', '5')), max_overflow=os.environ['COMPOSE_SIZE'])\nc = create_engine(os.environ['COMPOSE_HOLE'].replace('mysql:', 'postgresql:'), poolclass=StaticPool)\n",
    ),
    (
        "requirements.txt",
        "--index-url https://me:Tr0ub4dor@pypi.example.com/simple\nflask\nsqlalchemy==2.0.36\npsycopg2\nthing @ https://me:Tr0ub4dor@example.com/thing.tar.gz\n",
    ),
    (
        "pyproject.toml",
        "[project]\nname = 'x'\ndependencies = ['sqlalchemy', 'y @ https://me:Tr0ub4dor@h/y.zip', '=broken Tr0ub4dor']\n[tool.z]\nurl = 'postgresql://app:Tr0ub4dor@pg/shop'\nbroken = = 'Tr0ub4dor'\n",
    ),
    (
        "db.py",
        "import os\nfrom urllib.parse import quote_plus\n\nimport psycopg2\nimport redis\nfrom sqlalchemy import URL, create_engine\nfrom sqlalchemy.engine.url import make_url\nfrom sqlalchemy.orm import scoped_session, sessionmaker\nfrom sqlalchemy.pool import NullPool, StaticPool\n\nPASSWORD = 'Tr0ub4dor'\nHOST = 'pg'\nOPTIONS = {'password': 'Tr0ub4dor', 'poolclass': NullPool}\n\n\
         a = create_engine('postgresql://app:Tr0ub4dor@pg/shop', poolclass=NullPool)\n\
         b = create_engine('postgresql://app:Tr0ub4dor@pg/shop', poolclass=StaticPool)\n\
         c = create_engine('postgresql://app:Tr0ub4dor' + '@pg/shop', poolclass=StaticPool)\n\
         d = create_engine(f'postgresql://app:{PASSWORD}@{HOST}/shop', poolclass=StaticPool)\n\
         e = create_engine(f'postgresql://app:{quote_plus(\"Tr0ub4dor\")}@pg/shop', poolclass=StaticPool)\n\
         f = create_engine(URL.create('postgresql', username='app', password='Tr0ub4dor', host='pg', database='shop'), poolclass=StaticPool)\n\
         h = create_engine('postgresql://pg/shop?user=app&password=Tr0ub4dor', poolclass=StaticPool)\n\
         i = create_engine('postgresql://pg/shop', connect_args={'password': 'Tr0ub4dor'}, poolclass=StaticPool)\n\
         j = create_engine('postgresql://%s:%s@pg/shop' % ('app', 'Tr0ub4dor'), poolclass=StaticPool)\n\
         k = create_engine('postgresql://{}:{}@pg/shop'.format('app', 'Tr0ub4dor'), poolclass=StaticPool)\n\
         l = create_engine(os.environ.get('DATABASE_URL', 'postgresql://app:Tr0ub4dor@pg/shop'), poolclass=StaticPool)\n\
         m = create_engine(os.environ['DATABASE_URL'], poolclass=StaticPool, pool_size=os.environ['POOL_SIZE'])\n\
         n = create_engine(make_url('postgresql://app:Tr0ub4dor@pg/shop'), poolclass=StaticPool)\n\
         o = create_engine('postgresql://app:Tr0ub4dor@[::1/shop', poolclass=StaticPool)\n\
         p = create_engine('postgresql://app:Tr0/ub4dor#Tr0ub4dor@pg/shop', poolclass=StaticPool)\n\
         q = create_engine('postgresql://Tr0ub4dor@pg/shop', poolclass=StaticPool)\n\
         r = create_engine('postgresql+psycopg2://app:' + os.getenv('DB_PASSWORD', 'Tr0ub4dor') + '@pg/shop', poolclass=StaticPool)\n\
         s = create_engine('postgresql://', creator=lambda: psycopg2.connect(host='pg', password='Tr0ub4dor'), poolclass=StaticPool)\n\
         v = psycopg2.connect('host=pg user=app password=Tr0ub4dor dbname=shop')\n\
         w = psycopg2.connect(dsn='postgresql://app:Tr0ub4dor@pg/shop')\n\
         x = redis.Redis(host='cache', password='Tr0ub4dor')\n\
         y = redis.from_url('redis://:Tr0ub4dor@cache/0')\n\
         z = create_engine('postgresql://pg/shop', **OPTIONS)\n",
    ),
    (
        "web.py",
        "import os\n\nfrom flask import Flask\nfrom sqlalchemy import create_engine, text\n\nimport db\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    engine = create_engine('postgresql://app:Tr0ub4dor@pg/shop')\n    other = create_engine(f\"postgresql://app:{os.environ['DB_PASSWORD']}@pg/shop\")\n    with db.a.connect() as connection:\n        return connection.scalar(text('SELECT 1'))\n",
    ),
    (
        "broken.py",
        "from sqlalchemy import create_engine\nengine = create_engine('postgresql://app:Tr0ub4dor@pg/shop' 'x'))\n",
    ),
    (
        "broken2.py",
        "from sqlalchemy import create_engine\nPASSWORD = 'Tr0ub4dor'))\n",
    ),
];

/// The lines that give the secret away.
fn lines_with_marker(text: &str) -> Vec<String> {
    let lines = text.lines();
    let marker = MARKER.to_lowercase();
    let found = lines.filter(|line| line.to_lowercase().contains(&marker));
    found.map(str::to_owned).collect()
}

#[test]
fn a_password_occurs_in_nothing_that_is_said() {
    let folder = project(FILES);
    let mut wrong = Vec::new();
    let check = FORMATS.iter().map(|format| ("check", *format));
    let pools = POOLS_FORMATS.iter().map(|format| ("pools", *format));
    for (command, format) in check.chain(pools) {
        for extra in [&[][..], &["-v"], &["--no-prefilter", "-v"]] {
            let mut args = vec![command, "--output-format", format];
            args.extend(extra);
            if command == "check" {
                args.extend(["-p", "--no-ignores", "--color", "always"]);
            }
            args.push(".");
            let ran = poolint(folder.path(), &args);
            let out = String::from_utf8_lossy(&ran.out).into_owned();
            // Nothing is proved by a run that says nothing of these places.
            assert!(
                out.matches("db.py").count() > 15,
                "{args:?}: {out}\n{}",
                ran.err
            );
            assert!(ran.code != Some(2) && !ran.err.is_empty());
            for line in lines_with_marker(&out)
                .into_iter()
                .chain(lines_with_marker(&ran.err))
            {
                wrong.push(format!("{command} {format} {extra:?}: {line}"));
            }
        }
    }
    common::verdict(&wrong);
}
