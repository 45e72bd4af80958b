//! Leaving files unparsed changes no answer: everything is the same with and without `--no-prefilter`.

mod common;

use common::program::{FORMATS, POOLS_FORMATS, poolint, project};
use poolint::report::paths::Paths;
use std::path::Path;

/// Everything both commands know of a project, with or without the prefilter, and how many files were parsed.
fn everything(root: &Path, prefilter: bool) -> (Vec<String>, usize) {
    let options = poolint::Options {
        root: root.to_path_buf(),
        prefilter,
        ..Default::default()
    };
    let run = poolint::analyze(&options).expect("the catalog loads");
    let (pools, rows) = poolint::pools(&options, &Paths::of_project()).expect("the catalog loads");
    let mut lines = Vec::new();
    lines.extend(run.findings.iter().map(|finding| format!("{finding:?}")));
    lines.extend(run.notes.iter().map(|note| format!("{note:?}")));
    lines.extend(pools.notes.iter().map(|note| format!("{note:?}")));
    lines.extend(rows.iter().map(|row| format!("{row:?}")));
    (lines, run.parsed)
}

#[test]
fn fixtures_give_the_same_with_and_without() {
    let mut wrong = Vec::new();
    let (mut with, mut without) = (0, 0);
    for case in common::cases() {
        let (some, few) = everything(&case.root, true);
        let (all, every) = everything(&case.root, false);
        with += few;
        without += every;
        if some != all {
            for line in all.iter().filter(|line| !some.contains(line)) {
                wrong.push(format!("{}: only without the prefilter: {line}", case.name));
            }
            for line in some.iter().filter(|line| !all.contains(line)) {
                wrong.push(format!("{}: only with the prefilter: {line}", case.name));
            }
            wrong.push(format!("{}: differs", case.name));
        }
    }
    common::verdict(&wrong);
    assert!(
        with < without,
        "the prefilter left nothing out: {with} of {without}"
    );
}

const REQUIREMENTS: &str = "flask\nsqlalchemy==2.0.36\npsycopg2\n";

/// What the case shows, its files (path and text), and the rule that must speak.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// The file that decides holds no word of the catalog in each of these.
const DECIDED_ELSEWHERE: &[Case] = &[
    (
        "a handler calls a factory three modules away",
        &[
            ("requirements.txt", REQUIREMENTS),
            ("shop/__init__.py", ""),
            (
                "shop/low.py",
                "from sqlalchemy import create_engine\n\n\ndef build():\n    return create_engine('postgresql://pg/shop')\n",
            ),
            (
                "shop/mid.py",
                "from . import low\n\n\ndef store():\n    return low.build()\n",
            ),
            (
                "shop/high.py",
                "from .mid import store\n\n\ndef fetch():\n    return store().name\n",
            ),
            (
                "shop/web.py",
                "from flask import Flask\n\nfrom .high import fetch\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    return fetch()\n",
            ),
        ],
        "engine-per-call",
    ),
    (
        "a session is removed in a file without a word",
        &[
            ("requirements.txt", REQUIREMENTS),
            (
                "db.py",
                "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import scoped_session, sessionmaker\n\nengine = create_engine('postgresql://pg/shop')\nregistry = scoped_session(sessionmaker(engine))\n",
            ),
            (
                "hooks.py",
                "import db\n\n\ndef close(error=None):\n    db.registry.remove()\n",
            ),
            (
                "web.py",
                "from flask import Flask\n\nfrom db import registry\nfrom hooks import close\n\napp = Flask(__name__)\napp.teardown_appcontext(close)\n\n\n@app.route('/')\ndef index():\n    return registry.execute('SELECT 1').scalar()\n",
            ),
        ],
        "",
    ),
    (
        "settings say what the pool is",
        &[
            ("requirements.txt", REQUIREMENTS),
            ("conf/__init__.py", "from .values import *\n"),
            ("conf/values.py", "from .base import OPTIONS, ADDRESS\n"),
            (
                "conf/base.py",
                "ADDRESS = 'postgresql://pg/shop'\nOPTIONS = {'pool_size': 3}\n",
            ),
            (
                "db.py",
                "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import StaticPool\n\nimport conf\n\nengine = create_engine(conf.ADDRESS, **conf.OPTIONS)\nother = create_engine(conf.ADDRESS, poolclass=StaticPool)\n",
            ),
            (
                "web.py",
                "from flask import Flask\n\nimport db\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    return db.engine.name\n",
            ),
        ],
        "static-pool-shared",
    ),
    (
        "a name is passed on by files without a word",
        &[
            ("requirements.txt", REQUIREMENTS),
            ("kit/__init__.py", "from .make import *\n"),
            ("kit/make.py", "from .deep import thing as maker\n"),
            (
                "kit/deep.py",
                "from sqlalchemy import create_engine as thing\n",
            ),
            (
                "one.py",
                "import kit\n\nengine = kit.maker('postgresql://pg/shop')\n",
            ),
            (
                "two.py",
                "import kit\n\nengine = kit.maker('postgresql://pg/shop')\n",
            ),
            (
                "web.py",
                "from flask import Flask\n\nimport one\nimport two\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    return one.engine.name + two.engine.name\n",
            ),
        ],
        "duplicate-engine",
    ),
    (
        "a class is derived and used elsewhere",
        &[
            ("requirements.txt", REQUIREMENTS),
            (
                "base.py",
                "from sqlalchemy import create_engine\n\n\nclass Base:\n    address = None\n\n    def start(self):\n        return create_engine(self.address)\n",
            ),
            (
                "store.py",
                "from base import Base\n\n\nclass Store(Base):\n    address = 'postgresql://pg/shop'\n",
            ),
            (
                "web.py",
                "from flask import Flask\n\nfrom store import Store\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    return Store().start().name\n",
            ),
        ],
        "engine-per-call",
    ),
];

#[test]
fn a_file_without_a_word_decides_all_the_same() {
    let mut wrong = Vec::new();
    for (name, files, rule) in DECIDED_ELSEWHERE {
        let folder = project(files);
        let run = |command: &str, format: &str, extra: &[&str]| {
            let mut args = vec![command, "--output-format", format, "."];
            args.extend(extra);
            let ran = poolint(folder.path(), &args);
            let out = String::from_utf8(ran.out).expect("UTF-8");
            // How many files were parsed is what the switch is about.
            let out = out.lines().filter(|line| !line.contains("\"parsed\""));
            let out: Vec<String> = out.map(str::to_owned).collect();
            (ran.code, out.join("\n"), ran.err)
        };
        let all = FORMATS.iter().map(|format| ("check", format));
        for (command, format) in all.chain(POOLS_FORMATS.iter().map(|format| ("pools", format))) {
            let with = run(command, format, &[]);
            let without = run(command, format, &["--no-prefilter"]);
            if with != without {
                wrong.push(format!(
                    "{name}: {command} {format}\n{with:#?}\n{without:#?}"
                ));
            }
        }
        let (_, out, _) = run("check", "concise", &["--no-prefilter"]);
        let found = match *rule {
            "" => out.is_empty(),
            rule => out.contains(&format!("[{rule}]")),
        };
        if !found {
            wrong.push(format!("{name}: expected `{rule}`, found {out:?}"));
        }
    }
    common::verdict(&wrong);
}
