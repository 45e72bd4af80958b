//! No input ends the program but with an exit code, soon.
//!
//! Every shape is run at two sizes: what is bounded by the ratio does not depend on the machine. The large size runs as a
//! program, so that an overflown stack ends one child and not the test.

mod common;

use common::program::{poolint, project, put, timed};
use poolint::report::paths::Paths;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

type Files = BTreeMap<String, String>;

/// The first line of nearly every file here: without it no file would be parsed.
const HEAD: &str = "from sqlalchemy import create_engine\n";

/// The last line: a site that both commands must still see where the file can be read.
const MAKE: &str = "last = create_engine('postgresql://h/d')\n";

/// The larger size is this many times the smaller one.
const TIMES: usize = 4;

/// How much longer the larger size may take: linear is 4, quadratic 16; the rest is for a busy machine.
const LONGER: u32 = 24;

/// Runs that take less than this are not compared: starting the program is most of it.
const SHORT: Duration = Duration::from_millis(150);

fn one(text: String) -> Files {
    [("a.py".to_owned(), text)].into()
}

fn statement(text: &str) -> Files {
    one(format!("{HEAD}{text}\n{MAKE}"))
}

fn times(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect()
}

/// Runs both commands on a shape of size `large` and of a quarter of it.
fn ends(name: &str, large: usize, shape: impl Fn(usize) -> Files) {
    let spent = [large / TIMES, large].map(|size| {
        let folder = tempfile::tempdir().expect("a folder");
        common::write(folder.path(), &shape(size));
        ["check", "pools"].map(|command| {
            let (ran, spent) = timed(folder.path(), &[command, "-v", "."]);
            assert_ne!(ran.code, Some(2), "{name} {size}: {}", ran.err);
            spent
        })
    });
    for (small, large) in spent[0].iter().zip(spent[1]) {
        let bound = (*small).max(SHORT) * LONGER;
        assert!(large < bound, "{name}: {small:?} became {large:?}");
    }
}

#[test]
fn brackets_nest_ten_thousand_deep() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{1: ", "}"),
        ("f(", ")"),
        ("(", ""),
    ] {
        ends(open, 10_000, |size| {
            statement(&format!(
                "x = {}1{}\ncreate_engine(x)",
                open.repeat(size),
                close.repeat(size)
            ))
        });
    }
    let text = |depth: usize| format!("x = {}1{}", "f'{".repeat(depth), "}'".repeat(depth));
    ends("f-string", 400, |size| statement(&text(size)));
}

#[test]
fn operators_chain_ten_thousand_long() {
    for (operator, operand) in [
        ("+", "a"),
        ("+", "1"),
        ("+", "'s'"),
        ("or", "a"),
        ("and", "a"),
        ("<", "a"),
        ("**", "2"),
        ("|", "{}"),
    ] {
        ends(operator, 10_000, |size| {
            let chain = vec![operand; size].join(&format!(" {operator} "));
            let uses = "if x: create_engine(x, pool_size=x, **x)";
            statement(&format!("x = {chain}\n{uses}"))
        });
    }
    for prefix in [
        "not ",
        "-",
        "await ",
        "lambda: ",
        "1 if a else ",
        "*",
        "'s' ",
    ] {
        ends(prefix, 10_000, |size| {
            let value = format!("{}'1'", prefix.repeat(size));
            statement(&format!("x = ({value})\ncreate_engine(x, pool_size=x)"))
        });
    }
}

#[test]
fn blocks_nest_five_thousand_deep() {
    for head in [
        "if a:",
        "while a:",
        "for a in b:",
        "with a:",
        "def f():",
        "async def f():",
        "class C:",
        "match a:",
    ] {
        ends(head, 5_000, |size| {
            let mut text = HEAD.to_owned();
            for depth in 0..size {
                let _ = writeln!(text, "{:depth$}{head}", "");
            }
            let _ = writeln!(text, "{:size$}{MAKE}", "");
            one(text)
        });
    }
}

#[test]
fn attributes_calls_and_decorators_chain_three_thousand_long() {
    for link in [".b", "()", "[0]", ".b()", ".b(1)[0]"] {
        ends(link, 3_000, |size| {
            let chain = link.repeat(size);
            statement(&format!(
                "x = a{chain}\ny = create_engine('sqlite://'){chain}\ncreate_engine(x)"
            ))
        });
    }
    ends("decorators", 3_000, |size| {
        statement(&format!("{}def f():\n    {MAKE}", "@a\n".repeat(size)))
    });
    ends("elif", 3_000, |size| {
        let arm = |number| format!("elif a == {number}: e = create_engine('postgresql://h/d')\n");
        statement(&format!("if a: pass\n{}", times(size, arm)))
    });
}

#[test]
fn what_refers_to_itself_ends() {
    let folder = project(&[
        (
            "a.py",
            "from sqlalchemy import create_engine\nfrom b import *\nfrom a import x, y\nclass A(A): pass\nclass B(C): pass\nclass C(B):\n    def f(self): return self.g()\n    def g(self): return self.f()\ncreate_engine(A.url)\ncreate_engine(B().f().g)\n",
        ),
        (
            "b.py",
            "from c import *\nimport a\nfrom sqlalchemy import create_engine\ncreate_engine(a.z)\ncreate_engine(nothing)\n",
        ),
        (
            "c.py",
            "from a import *\nfrom b import *\nfrom c import *\nfrom sqlalchemy import create_engine\ncreate_engine(nothing)\n",
        ),
        (
            "p/__init__.py",
            "from .q import *\nfrom . import q, p\nfrom sqlalchemy import create_engine\ncreate_engine(q.p.q.p.u)\n",
        ),
        (
            "p/q.py",
            "from . import *\nfrom .. import *\nfrom p import q as p\n",
        ),
        (
            "f.py",
            "from sqlalchemy import create_engine\ndef f(x): return g(x)\ndef g(x): return f(x) or h(x + 'a')\ndef h(x): return g(f(x))\ndef k(n): return create_engine(k(n - 1))\ncreate_engine(f('a'))\ne = k(f(3))\ndef m(x=m): return m(m)\ncreate_engine(m(m))\n",
        ),
        (
            "bind.py",
            "from sqlalchemy.orm import sessionmaker, scoped_session\nS = sessionmaker(bind=S)\nT = sessionmaker(bind=U)\nU = scoped_session(T)\nV = scoped_session(V)\nT()\nU()\nV()\n",
        ),
        (
            "v.py",
            "from sqlalchemy import create_engine\nx = x\ny = z\nz = y\na, b = b, a\nx += x\nd = {}\nd.update(d)\nd.update(**d)\nd = {**d, **d}\nd |= d\nd['a'] = d\nl = [l, *l]\ncreate_engine(x, **d)\ncreate_engine(y, *l)\ncreate_engine(a, pool_size=z)\nfor e in e: create_engine(e)\nwith w as w: create_engine(w)\ns = s.s.s()[s]\ncreate_engine(s)\n",
        ),
        (".env", "X=${X}\nY=${Z}\nZ=$Y\n"),
        (
            "o.py",
            "import os\nfrom sqlalchemy import create_engine\ncreate_engine(os.environ['X'])\ncreate_engine(os.environ[os.environ['Y']])\n",
        ),
        (
            "requirements.txt",
            "-r requirements.txt\n-c requirements-b.txt\nsqlalchemy\n",
        ),
        ("requirements-b.txt", "-r requirements.txt\n"),
    ]);
    for command in ["check", "pools"] {
        assert_ne!(poolint(folder.path(), &[command]).code, Some(2));
    }
    let ran = poolint(folder.path(), &["pools", "--output-format", "json"]);
    let out = String::from_utf8(ran.out).expect("UTF-8");
    for file in [
        "a.py",
        "b.py",
        "c.py",
        "f.py",
        "o.py",
        "v.py",
        "p/__init__.py",
    ] {
        assert!(out.contains(&format!("\"{file}\"")), "{file}: {out}");
    }
}

#[test]
fn circles_of_many_modules_end() {
    let from = |number: usize, size: usize| {
        let (next, other) = ((number + 1) % size, (number + 7) % size);
        format!(
            "from m{next} import x, e\nimport m{next}\n{HEAD}create_engine(x)\ncreate_engine(m{next}.url)\nfrom m{other} import y\n"
        )
    };
    ends("imports", 120, |size| {
        (0..size)
            .map(|number| (format!("m{number}.py"), from(number, size)))
            .collect()
    });
    let stars = |number: usize, size: usize| {
        let (next, other) = ((number + 1) % size, (number + 7) % size);
        format!("from .m{next} import *\nfrom .m{other} import *\n{HEAD}create_engine(thing)\n")
    };
    ends("stars", 120, |size| {
        (0..size)
            .map(|number| (format!("p/m{number}.py"), stars(number, size)))
            .collect()
    });
    ends("chain", 400, |size| {
        let step = |number: usize| format!("from m{number} import url, create_engine\n");
        let mut files: Files = (1..size)
            .map(|number| (format!("m{number}.py"), step(number - 1)))
            .collect();
        files.insert(
            "m0.py".to_owned(),
            format!("{HEAD}url = 'postgresql://h/d'\n"),
        );
        let last = format!("{}e = create_engine(url)\n", step(size - 1));
        files.insert("z.py".to_owned(), last);
        files
    });
}

#[test]
fn choices_and_doublings_stay_small() {
    ends("if", 64, |size| {
        let arm = |number| {
            format!(
                "if c{number}:\n    u = 'postgresql://h{number}/d'\n    o['pool_size'] = {number}\n"
            )
        };
        statement(&format!(
            "o = {{}}\n{}create_engine(u, **o)",
            times(size, arm)
        ))
    });
    ends("elif", 64, |size| {
        let arm = |number| format!("elif m == 'A{number}':\n    u = 'postgresql://h{number}/d'\n");
        statement(&format!(
            "if m: u = 'x'\n{}create_engine(u)",
            times(size, arm)
        ))
    });
    ends("product", 64, |size| {
        let each = |number| format!("x{number} = 1 if c{number} else 2\n");
        let sum: Vec<String> = (0..size).map(|number| format!("x{number}")).collect();
        let text = times(size, |number| format!("{{x{number}}}"));
        let head = times(size, each);
        let sum = sum.join(" + ");
        statement(&format!(
            "{head}create_engine(f'postgresql://h/{text}', pool_size={sum})"
        ))
    });
    /// Name, first line, and the line for a number.
    type Doubling = (&'static str, &'static str, fn(usize) -> String);
    let doublings: [Doubling; 6] = [
        ("same name", "x0 = 'a'\n", |_| "x0 = x0 + x0\n".to_owned()),
        ("text", "x0 = 'a'\n", |n| {
            format!("x{} = x{n} + x{n}\n", n + 1)
        }),
        ("hole", "x0 = c\n", |n| {
            format!("x{} = f'{{x{n}}}-{{x{n}}}'\n", n + 1)
        }),
        ("choice", "x0 = 'a' if c else 'b'\n", |n| {
            format!("x{} = x{n} + x{n}\n", n + 1)
        }),
        ("list", "x0 = [1]\n", |n| {
            format!("x{} = [x{n}, x{n}, *x{n}]\n", n + 1)
        }),
        ("dict", "x0 = {'a': 1}\n", |n| {
            format!("x{} = {{**x{n}, **x{n}, 'k': [x{n}, x{n}]}}\n", n + 1)
        }),
    ];
    for (name, first, next) in doublings {
        ends(name, 64, |size| {
            let last = if name == "same name" { 0 } else { size };
            let uses = format!("create_engine(x{last}, pool_size=x{last}, **x{last})");
            statement(&format!("{first}{}{uses}", times(size, next)))
        });
    }
    ends("functions", 64, |size| {
        let each = |n| format!("def f{}(a): return f{n}(a) + f{n}(f{n}(a))\n", n + 1);
        let functions = times(size, each);
        statement(&format!(
            "def f0(a): return a\n{functions}create_engine(f{size}('a'))"
        ))
    });
    ends("bound to each other", 64, |size| {
        let each = |n| format!("s{} = sessionmaker(bind=s{n})\n", n + 1);
        statement(&format!(
            "from sqlalchemy.orm import sessionmaker\ns0 = create_engine('postgresql://h/d')\n{}s{size}()",
            times(size, each)
        ))
    });
    ends("bases", 64, |size| {
        let each = |n| {
            format!(
                "class A{0}(A{n}, B{n}): pass\nclass B{0}(A{n}, B{n}): pass\n",
                n + 1
            )
        };
        let classes = times(size, each);
        statement(&format!(
            "class A0: pass\nclass B0: pass\n{classes}create_engine(A{size}.url)\ncreate_engine(A{size}().f())"
        ))
    });
    ends("environment", 64, |size| {
        let lines = times(size, |n| format!("A{}=${{A{n}}}${{A{n}}}\n", n + 1));
        let mut files = statement(&format!("import os\ncreate_engine(os.environ['A{size}'])"));
        files.insert(".env".to_owned(), format!("A0=postgresql://h/d\n{lines}"));
        files
    });
    let numbers = "x = 'a' * 99999999999\ny = 9 ** 9 ** 9\nz = 1 << 99999\nw = 9999999999999999999999999\nq = 1 // 0\nr = 1 % 0\nt = -9223372036854775808 // -1\ns = 9223372036854775807 + 1\n";
    let uses = "create_engine(x, pool_size=y, max_overflow=z, pool_timeout=w)\ncreate_engine('postgresql://h/d', pool_size=9223372036854775807, max_overflow=9223372036854775807)\ncreate_engine('postgresql://h/d', pool_size=q, max_overflow=r)\ncreate_engine('postgresql://h/d', pool_size=t, max_overflow=s, pool_timeout=1e999)";
    ends("numbers", 4, |_| statement(&format!("{numbers}{uses}")));
}

#[test]
fn many_callers_layers_and_sites_end() {
    let factory = format!("{HEAD}def make(u):\n    return create_engine(u)\n");
    let calling = |number| format!("def c{number}():\n    return make('postgresql://h/d')\n");
    ends("callers in one file", 300, |size| {
        let callers = times(size, calling);
        [
            ("db.py".to_owned(), factory.clone()),
            (
                "use.py".to_owned(),
                format!("from db import make\n{callers}"),
            ),
        ]
        .into()
    });
    ends("callers in many files", 300, |size| {
        let caller = |number| {
            (
                format!("u{number}.py"),
                format!("from db import make\n{}", calling(number)),
            )
        };
        let mut files: Files = (0..size).map(caller).collect();
        files.insert("db.py".to_owned(), factory.clone());
        files
    });
    ends("routes", 300, |size| {
        let route = |number| format!("@app.route('/{number}')\n{}", calling(number));
        let routes = times(size, route);
        let web = format!(
            "from flask import Flask\nfrom db import make\napp = Flask(__name__)\n{routes}"
        );
        [
            ("db.py".to_owned(), factory.clone()),
            ("web.py".to_owned(), web),
        ]
        .into()
    });
    ends("layers", 28, |size| {
        let layer = |name: &str, below: &str| {
            let calls: Vec<String> = (0..size)
                .map(|number| format!("{below}{number}(u)"))
                .collect();
            let calls = calls.join(", ");
            times(size, |number| {
                format!("def {name}{number}(u): return [{calls}]\n")
            })
        };
        let first = times(size, |number| format!("def a{number}(u): return make(u)\n"));
        let layers = [layer("b", "a"), layer("c", "b"), layer("d", "c")].concat();
        one(format!("{factory}{first}{layers}"))
    });
    ends("early returns", 240, |size| {
        let each = |_| "    x = create_engine('postgresql://h/d')\n    if x: return x\n".to_owned();
        one(format!("{HEAD}def f():\n{}f()\n", times(size, each)))
    });
    ends("globals", 240, |size| {
        let each = |number| {
            format!(
                "def g{number}():\n    global e\n    if e is None:\n        e = create_engine('postgresql://h/d')\n    return e\n"
            )
        };
        one(format!("{HEAD}e = None\n{}", times(size, each)))
    });
    ends("assignments", 3_000, |size| {
        statement(&format!(
            "x = 'a'\nd = {{}}\n{}create_engine(x, **d)",
            times(size, |n| format!("x = x + 'b'\nd['k{n}'] = {n}\n"))
        ))
    });
    ends("aliases, bases and calls", 2_000, |size| {
        let each = |n| {
            format!(
                "m{0} = m{n}\nclass C{0}(C{n}): pass\ndef f{0}(u): return f{n}(u)\n",
                n + 1
            )
        };
        let first = "m0 = create_engine\nclass C0: url = 'postgresql://h/d'\ndef f0(u): return create_engine(u)\n";
        statement(&format!(
            "{first}{}m{size}(C{size}.url)\ne = f{size}('postgresql://h/d')",
            times(size, each)
        ))
    });
}

#[test]
fn manifests_nest_and_repeat_without_end() {
    let code = || statement("pass");
    ends("toml", 10_000, |size| {
        let mut files = code();
        let list = format!("{}{}", "[".repeat(size), "]".repeat(size));
        files.insert(
            "pyproject.toml".to_owned(),
            format!("[project]\nname = 'x'\ndependencies = {list}\n"),
        );
        files
    });
    ends("yaml", 10_000, |size| {
        let mut files = code();
        let list = format!("{}{}", "[".repeat(size), "]".repeat(size));
        files.insert(
            "environment.yml".to_owned(),
            format!("dependencies: {list}\n"),
        );
        files
    });
    ends("yaml aliases", 64, |size| {
        let mut files = code();
        let lines = times(size, |n| {
            format!("a{}: &a{} [*a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
        });
        files.insert(
            "environment.yml".to_owned(),
            format!("a0: &a0 [x]\n{lines}dependencies: *a{size}\n"),
        );
        files
    });
}

/// Finds in the concise report how often each rule speaks in each file.
fn concise(root: &Path) -> (BTreeMap<String, usize>, String) {
    let ran = poolint(root, &["check", "-p", "--output-format", "concise"]);
    assert_ne!(ran.code, Some(2), "{}", ran.err);
    let out = String::from_utf8(ran.out).expect("UTF-8");
    let mut found = BTreeMap::new();
    for line in out.lines() {
        let path = line.split(':').next().unwrap_or_default();
        let rule = line.split(['[', ']']).nth(1).unwrap_or_default();
        *found.entry(format!("{path} {rule}")).or_default() += 1;
    }
    (found, ran.err)
}

/// A project whose only fault is a pool class of one file.
const FAULT: &str = "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import StaticPool\nengine = create_engine('postgresql://h/d', poolclass=StaticPool)\n";

#[test]
fn a_broken_file_is_one_finding_and_the_run_goes_on() {
    let broken = [
        "from sqlalchemy import create_engine\ndef f(:\n  = =\nengine = create_engine('postgresql://h/d'\n",
        "from sqlalchemy import create_engine\n<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n",
        "from sqlalchemy import create_engine\nprint 'two'\nexec 'x' in y\nraise E, 'x'\n}{\n",
        "from sqlalchemy import create_engine\n\"\"\"never closed\n",
        "from sqlalchemy import create_engine\n{{ cookiecutter.name }} = {% if x %}1{% endif %}\n",
        "from sqlalchemy import create_engine\nclass\ndef\nif\n\x07\n",
    ];
    for text in broken {
        let folder = project(&[("bad.py", text), ("good.py", FAULT)]);
        let (found, err) = concise(folder.path());
        assert_eq!(
            found.get("bad.py syntax-error"),
            Some(&1),
            "{text}: {found:?} {err}"
        );
        assert!(
            found.contains_key("good.py static-pool-shared"),
            "{text}: {found:?}"
        );
    }
    let folder = project(&[("good.py", FAULT)]);
    let (found, _) = concise(folder.path());
    assert!(
        !found.keys().any(|key| key.contains("syntax-error")),
        "{found:?}"
    );
}

#[test]
fn encodings_and_line_ends_are_read_as_they_are() {
    let encoded = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let readable: [(&str, Vec<u8>); 4] = [
        ("bom", [b"\xef\xbb\xbf", FAULT.as_bytes()].concat()),
        ("crlf", FAULT.replace('\n', "\r\n").into_bytes()),
        (
            "latin-1",
            [b"# -*- coding: latin-1 -*-\n# caf\xe9\n", FAULT.as_bytes()].concat(),
        ),
        (
            "no newline at the end",
            FAULT.trim_end().as_bytes().to_vec(),
        ),
    ];
    for (name, bytes) in readable {
        let folder = project(&[("db.py", bytes)]);
        let (found, err) = concise(folder.path());
        assert_eq!(
            found.get("db.py static-pool-shared"),
            Some(&1),
            "{name}: {found:?} {err}"
        );
        assert_eq!(found.get("db.py syntax-error"), None, "{name}: {found:?}");
    }
    let unreadable: [(&str, Vec<u8>); 6] = [
        ("utf-16", [b"\xff\xfe".to_vec(), encoded(FAULT)].concat()),
        ("utf-16 without mark", encoded(FAULT)),
        ("nul", [FAULT.as_bytes(), b"\0x = 1\n"].concat()),
        ("empty", Vec::new()),
        ("bom only", b"\xef\xbb\xbf".to_vec()),
        (
            "noise",
            (0..4096_u32)
                .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
                .collect(),
        ),
    ];
    for (name, bytes) in unreadable {
        let folder = project(&[
            ("odd.py", bytes.clone()),
            ("db.py", FAULT.into()),
            (".env", bytes.clone()),
            ("pyproject.toml", bytes.clone()),
            ("requirements.txt", bytes),
        ]);
        let (found, err) = concise(folder.path());
        assert_eq!(
            found.get("db.py static-pool-shared"),
            Some(&1),
            "{name}: {found:?} {err}"
        );
        poolint(folder.path(), &["check", "--no-prefilter"]);
        poolint(folder.path(), &["pools"]);
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_passed_over() {
    use std::os::unix::fs::symlink;
    let other = FAULT.replace("//h/d", "//h/other");
    let folder = project(&[
        ("db.py", FAULT),
        ("pkg/a.py", "x = 1\n"),
        ("dir.py/inner.py", &other),
    ]);
    let root = folder.path();
    symlink("..", root.join("pkg/up")).expect("a link");
    symlink("loop.py", root.join("loop.py")).expect("a link");
    symlink("nowhere.py", root.join("dangling.py")).expect("a link");
    symlink(".", root.join("self")).expect("a link");
    fs::create_dir(root.join(".env")).expect("a folder");
    for name in ["pipe.py", "pyproject.toml", "prod.env"] {
        let made = std::process::Command::new("mkfifo")
            .arg(root.join(name))
            .status();
        assert!(made.expect("mkfifo runs").success());
    }
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.py")).expect("a socket");
    let (found, err) = concise(root);
    assert_eq!(
        found.get("db.py static-pool-shared"),
        Some(&1),
        "{found:?} {err}"
    );
    assert_eq!(
        found.get("dir.py/inner.py static-pool-shared"),
        Some(&1),
        "{found:?} {err}"
    );
    assert_eq!(found.len(), 2, "{found:?}");
    for named in ["pipe.py", "loop.py", "socket.py", "dangling.py"] {
        let ran = poolint(root, &["check", named]);
        assert!(!ran.err.is_empty(), "{named}: {ran:?}");
    }
}

#[test]
fn a_file_over_the_cap_is_a_note() {
    let folder = project(&[("db.py", FAULT)]);
    put(
        folder.path(),
        "big.py",
        format!("{FAULT}{}", "x = 1\n".repeat(2_000)),
    );
    let ran = poolint(
        folder.path(),
        &["check", "--size-cap", "4K", "--output-format", "concise"],
    );
    let out = String::from_utf8(ran.out).expect("UTF-8");
    assert!(ran.err.contains("note: big.py: "), "{}", ran.err);
    assert!(out.contains("db.py:") && !out.contains("big.py:"), "{out}");
    let ran = poolint(folder.path(), &["check", "--output-format", "concise"]);
    assert!(String::from_utf8_lossy(&ran.out).contains("big.py:"));
}

/// A small generator of numbers, always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).expect("small")
    }
}

/// What may be written over a byte: what is special to a parser.
const SPECIAL: &[u8] = b"\0\n\r\t \"'#()[]{}:,.=*\\@-\x80\xc3\xff";

fn spoilt(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let at = numbers.below(bytes.len());
    let mut bytes = bytes.to_vec();
    match numbers.below(4) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << numbers.below(8),
        2 => bytes[at] = SPECIAL[numbers.below(SPECIAL.len())],
        _ => {
            let end = (at + 1 + numbers.below(20)).min(bytes.len());
            bytes.drain(at..end);
        }
    }
    bytes
}

/// How often each fixture is spoilt.
const TURNS: usize = 16;

/// Spoils each file of a fixture [`TURNS`] times; every file is spoilt in every turn, so that a turn costs one analysis.
fn spoil(
    case: &common::Case,
    catalog: &poolint::catalog::Catalog,
    folder: &Path,
    numbers: &mut Numbers,
) -> usize {
    let mut files: Vec<(String, Vec<u8>)> = common::files(&case.root)
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()))
        .collect();
    files.retain(|(_, bytes)| !bytes.is_empty());
    for turn in 0..TURNS {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir(folder).expect("a folder");
        for (path, bytes) in &files {
            // Every other turn leaves half of the files whole: what links to a spoilt file must be reached.
            let whole = turn % 2 == 1 && numbers.below(2) == 0;
            let spoilt = if whole {
                bytes.clone()
            } else {
                spoilt(bytes, numbers)
            };
            put(folder, path, spoilt);
        }
        let options = poolint::Options {
            root: folder.to_path_buf(),
            threads: Some(1),
            prefilter: turn % 4 != 0,
            ..Default::default()
        };
        let done = std::panic::catch_unwind(|| {
            let pools = turn % 4 != 1 || poolint::pools(&options, &Paths::of_project()).is_ok();
            pools && poolint::analyze_with(&options, catalog).is_ok()
        });
        let at = folder.display();
        assert!(
            matches!(done, Ok(true)),
            "{} turn {turn}: panicked on {at}",
            case.name
        );
    }
    TURNS
}

#[test]
fn spoilt_fixtures_never_panic() {
    let cases = common::cases();
    // Nothing catches an overflown stack: the project that did it stays here.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (first, second) = cases.split_at(cases.len() / 2);
    let run = |name: &str, cases: &[common::Case], seed| -> usize {
        let (folder, mut numbers) = (folder.join(name), Numbers(seed));
        // Read once: it takes longer than the analysis of a fixture.
        let catalog = poolint::catalog::Catalog::load(&[]).expect("the catalog");
        let runs = cases
            .iter()
            .map(|case| spoil(case, &catalog, &folder, &mut numbers));
        runs.sum()
    };
    let runs = std::thread::scope(|threads| {
        let other = threads.spawn(|| run("spoilt-2", second, 0x9e37_79b9_7f4a_7c15));
        run("spoilt-1", first, 0x2545_f491_4f6c_dd1d) + other.join().expect("the other half")
    });
    assert_eq!(runs, TURNS * cases.len());
}
