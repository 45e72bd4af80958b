//! Tests of the manifest frontend.

use super::*;

/// Each requirement as `name lower..upper`, `name ==exact`; `!` when locked, `?` when conditional.
fn read(path: &str, source: &str) -> Vec<String> {
    shown(&parse(path, source.as_bytes()).expect("it parses"))
}

fn shown(found: &[Requirement]) -> Vec<String> {
    let bound =
        |version: &Option<Version>| version.as_ref().map(Version::to_string).unwrap_or_default();
    found
        .iter()
        .map(|requirement| {
            let range = match &requirement.exact {
                Some(exact) => format!("=={exact}"),
                None => format!(
                    "{}..{}",
                    bound(&requirement.lower),
                    bound(&requirement.upper)
                ),
            };
            let locked = if requirement.locked { "!" } else { "" };
            let conditional = if requirement.conditional { "?" } else { "" };
            format!("{} {range}{locked}{conditional}", requirement.name)
        })
        .collect()
}

/// What the span of each requirement covers.
fn covered(path: &str, source: &str) -> Vec<String> {
    parse(path, source.as_bytes())
        .expect("it parses")
        .iter()
        .map(|requirement| source[requirement.span.range()].to_owned())
        .collect()
}

#[test]
fn versions_compare_as_numbers() {
    let version = |text: &str| text.parse::<Version>().expect("a version");
    assert_eq!(version("1.4"), version("1.4.0"));
    assert!(version("1.10") > version("1.9.9"));
    assert_eq!(version("2.0.0b1"), version("2.0.0"));
    assert_eq!(version(" v1.2.post1+local ").to_string(), "1.2");
    for text in ["", "x", "1!2", "1.2 3", "99999999999999999999"] {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
}

#[test]
fn specifiers_bound() {
    for (specifier, expected) in [
        ("", "a .."),
        ("==1.4.3", "a ==1.4.3"),
        ("===1.4", "a ==1.4"),
        ("==1.4.*", "a 1.4..1.5"),
        ("~=1.4.2", "a 1.4.2..1.5"),
        ("~=1.4", "a 1.4..2"),
        (">=1.4,<2", "a 1.4..2"),
        (" >= 1.4 , < 2 , != 1.5 ", "a 1.4..2"),
        ("(>=1.4)", "a 1.4.."),
        (">1.4,>=1.3", "a 1.4.."),
        ("<=2.0", "a ..2.0.0.1"),
        ("[asyncio,mypy]>=2.0; python_version<'3.12'", "a 2.0..?"),
        (" @ https://example.com/a.whl", "a .."),
        (">=nonsense", "a .."),
    ] {
        assert_eq!(
            read("requirements.txt", &format!("a{specifier}")),
            [expected],
            "{specifier}"
        );
    }
}

#[test]
fn poetry_constraints_bound() {
    for (constraint, expected) in [
        ("^1.2.3", "a 1.2.3..2"),
        ("^0.2.3", "a 0.2.3..0.3"),
        ("^0.0.3", "a 0.0.3..0.0.4"),
        ("^0.0", "a 0.0..0.1"),
        ("^0", "a 0..1"),
        ("~1.2.3", "a 1.2.3..1.3"),
        ("~1.2", "a 1.2..1.3"),
        ("~1", "a 1..2"),
        ("1.2.*", "a 1.2..1.3"),
        ("1.2.3", "a ==1.2.3"),
        ("*", "a .."),
        (">=1.2 <2", "a 1.2..2"),
        (">= 1.2, < 2", "a 1.2..2"),
        ("^1.4 || ^2.0", "a 1.4..3"),
        ("1.4 || >=2", "a 1.4.."),
    ] {
        let source = format!("[tool.poetry.dependencies]\na = \"{constraint}\"\n");
        assert_eq!(read("pyproject.toml", &source), [expected], "{constraint}");
    }
}

#[test]
fn pyproject_of_every_tool_is_read() {
    let source = r#"
[project]
dependencies = ["SQLAlchemy[asyncio]>=2.0,<2.1", "psycopg2_binary"]
[project.optional-dependencies]
pg = ["asyncpg~=0.29"]
[dependency-groups]
dev = ["pytest>=8", {include-group = "docs"}]
[tool.uv]
dev-dependencies = ["ruff==0.5.0"]
[tool.pdm.dev-dependencies]
test = ["tox"]
[tool.poetry.dependencies]
python = "^3.10"
django = {version = "^4.2", extras = ["argon2"]}
local = {path = "../local"}
two = [{version = "<2", python = "<3.8"}, {version = ">=2,<3", python = ">=3.8"}]
[tool.poetry.group.dev.dependencies]
mypy = "*"
"#;
    assert_eq!(
        read("a/pyproject.toml", source),
        [
            "sqlalchemy 2.0..2.1",
            "psycopg2-binary ..",
            "asyncpg 0.29..1",
            "pytest 8..",
            "ruff ==0.5.0",
            "tox ..",
            "django 4.2..5",
            "local ..",
            "two ..3?",
            "mypy ..",
        ]
    );
    let bom = format!("\u{feff}{source}");
    let covered = covered("pyproject.toml", &bom);
    assert_eq!(covered[0], "\"SQLAlchemy[asyncio]>=2.0,<2.1\"");
    assert_eq!(covered[9], "mypy = \"*\"");
}

#[test]
fn requirements_files_are_read() {
    let source = "\u{feff}# comment\r\n-r base.txt\r\n--index-url https://x\r\n\
        SQLAlchemy==1.4.3 \\\r\n    --hash=sha256:abc \\\r\n    --hash=sha256:def\r\n\
        psycopg2>=2.9 # driver\r\n-e git+https://x/y#egg=z\r\nhttps://x/y.whl\r\n./local\r\n\
        zope.interface --no-binary :all:\r\n  asyncpg ; python_version >= '3.8'\r\ntwo words\r\n";
    assert_eq!(
        read("requirements/base.txt", source),
        [
            "sqlalchemy ==1.4.3",
            "psycopg2 2.9..",
            "zope-interface ..",
            "asyncpg ..?"
        ]
    );
    assert_eq!(
        covered("requirements.txt", source),
        [
            "SQLAlchemy==1.4.3",
            "psycopg2>=2.9",
            "zope.interface",
            "asyncpg ; python_version >= '3.8'"
        ]
    );
}

#[test]
fn setup_cfg_is_read() {
    let source = "[metadata]\nname = x\n[options]\npackages = find:\ninstall_requires =\n    sqlalchemy>=1.4,<2\n\
        # comment\n\n    psycopg2; python_version < '3'\nzip_safe = no\n[options.extras_require]\npg = asyncpg\n\
        dev =\n\tpytest # x\n[tool:pytest]\naddopts = -q\n";
    assert_eq!(
        read("setup.cfg", source),
        [
            "sqlalchemy 1.4..2",
            "psycopg2 ..?",
            "asyncpg ..",
            "pytest .."
        ]
    );
    assert_eq!(
        covered("setup.cfg", source),
        [
            "sqlalchemy>=1.4,<2",
            "psycopg2; python_version < '3'",
            "asyncpg",
            "pytest"
        ]
    );
}

#[test]
fn environments_are_read() {
    let source = "name: x\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - conda-forge::sqlalchemy=1.4\n\
        - psycopg2>=2.9,<3\n  - asyncpg==0.29.0\n  - pip\n  - pip:\n    - redis~=5.0\n  - numpy=1.26=py311_0 # x\n\
        - \"aiomysql 0.2.*\"\nvariables:\n  - x\n";
    assert_eq!(
        read("environment.yml", source),
        [
            "sqlalchemy 1.4..1.5",
            "psycopg2 2.9..3",
            "asyncpg ==0.29.0",
            "pip ..",
            "redis 5.0..6",
            "numpy 1.26..1.27",
            "aiomysql 0.2..0.3",
        ]
    );
}

#[test]
fn pipfiles_are_read() {
    let source = "[[source]]\nurl = 'x'\n[packages]\nsqlalchemy = '==1.4.3'\nflask = '*'\n\
        redis = {version = '>=4', markers = 'x'}\n[dev-packages]\npytest = '~=8.0'\n[requires]\npython_version = '3.9'\n";
    assert_eq!(
        read("Pipfile", source),
        [
            "sqlalchemy ==1.4.3",
            "flask ..",
            "redis 4..?",
            "pytest 8.0..9"
        ]
    );
    let source = r#"{"_meta": {"hash": {}}, "default": {
        "sqlalchemy": {"hashes": ["x"], "markers": "x", "version": "==1.4.3"},
        "local": {"path": "."}},
        "develop": {"pytest": {"version": "==8.0"}}}"#;
    assert_eq!(
        read("Pipfile.lock", source),
        ["sqlalchemy ==1.4.3!?", "local ..!", "pytest ==8.0!"]
    );
    assert_eq!(
        covered("Pipfile.lock", source),
        ["sqlalchemy", "local", "pytest"]
    );
}

#[test]
fn lock_files_are_read() {
    let source = "version = 1\n[[package]]\nname = \"SQLAlchemy\"\nversion = \"2.0.30\"\n\
        [package.dependencies]\ngreenlet = \"*\"\n[[package]]\nname = \"local\"\nsource = { virtual = \".\" }\n";
    for path in ["poetry.lock", "uv.lock", "x/pdm.lock"] {
        assert_eq!(read(path, source), ["sqlalchemy ==2.0.30!", "local ..!"]);
    }
    assert_eq!(
        covered("uv.lock", source)[0],
        "\"SQLAlchemy\"\nversion = \"2.0.30\""
    );
    let pylock = "[[packages]]\nname = 'a'\nversion = '1.0'\n";
    assert_eq!(read("pylock.dev.toml", pylock), ["a ==1.0!"]);
}

#[test]
fn requirements_admit_versions() {
    let found = parse("requirements.txt", b"a>=1.4,<2\nb==1.4").expect("it parses");
    let admits = |at: usize, text: &str| found[at].admits(&text.parse().expect("a version"));
    assert!(admits(0, "1.4.0") && !admits(0, "2.0") && !admits(0, "1.3.9"));
    assert!(admits(1, "1.4.0") && !admits(1, "1.4.1"));
}

#[test]
fn what_does_not_parse_is_an_error_with_its_place() {
    let error = |path: &str, source: &[u8]| parse(path, source).expect_err("an error");
    let found = error("pyproject.toml", b"\xef\xbb\xbfa = 1\nb = [\n");
    assert!(found.span.start >= 9, "{found:?}");
    assert!(!found.message.is_empty());
    assert_eq!(error("uv.lock", b"a = \"\xff\"").span, Span::new(5, 6));
    let found = error("Pipfile.lock", b"{\n  \"default\": {,}\n}");
    assert_eq!(found.span, Span::new(16, 17), "{found:?}");
    assert!(!found.message.contains("line"), "{found:?}");
    error("Pipfile.lock", b"");
    let deep = "[".repeat(100_000);
    error("pyproject.toml", format!("a = {deep}").as_bytes());
    error("Pipfile.lock", format!("{{\"default\": {deep}").as_bytes());
    let dotted = "a.".repeat(100_000);
    assert!(parse("pyproject.toml", format!("{dotted}a = 1").as_bytes()).is_err());
}

#[test]
fn no_bytes_panic() {
    let pieces: [&[u8]; 20] = [
        b"a",
        b"=",
        b"==",
        b"1",
        b".",
        b"*",
        b",",
        b"|",
        b"[",
        b"]",
        b"\n",
        b" ",
        b";",
        b"^",
        b"\"",
        b"\xff",
        b"- ",
        b"dependencies:\n",
        b"[options]\ninstall_requires=",
        "é".as_bytes(),
    ];
    let paths = [
        "pyproject.toml",
        "requirements.txt",
        "setup.cfg",
        "Pipfile",
        "Pipfile.lock",
        "uv.lock",
        "environment.yml",
    ];
    let mut state = 1_u64;
    for round in 0..20_000 {
        let mut source = Vec::new();
        for _ in 0..round % 24 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            source.extend_from_slice(pieces[(state >> 33) as usize % pieces.len()]);
        }
        if let Ok(found) = parse(paths[round % paths.len()], &source) {
            for requirement in found {
                assert!(source.get(requirement.span.range()).is_some());
            }
        }
    }
}
