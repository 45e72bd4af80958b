//! Which versions of a library a project runs with: one tiny project for each form of manifest, and what is said of it.

mod common;

use poolint::Options;
use std::collections::BTreeMap;

const CODE: &str = "\
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

engine = create_async_engine(\"sqlite+aiosqlite:///app.db\", poolclass=QueuePool)
";

/// The notes of what is found in a project of these files and one engine whose finding rests on the version.
fn notes(manifests: &[(&str, &str)], before: &str) -> String {
    let mut files: BTreeMap<String, String> = manifests
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    files.insert("db.py".to_owned(), format!("{before}{CODE}"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    common::write(folder.path(), &files);
    let options = Options {
        root: folder.path().to_path_buf(),
        ..Options::default()
    };
    let run = poolint::analyze(&options).unwrap_or_else(|error| panic!("{error}"));
    let found = run.findings.iter();
    found
        .filter(|finding| finding.rule == "queue-pool-in-async")
        .flat_map(|finding| finding.notes.clone())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn each_form_of_manifest_states_a_version() {
    let wanted: &[(&str, &[(&str, &str)])] = &[
        (
            "sqlalchemy >=1.4,<2.1, says pyproject.toml:2",
            &[(
                "pyproject.toml",
                "[project]\ndependencies = [\"SQLAlchemy[asyncio]>=1.4,<2.1\"]\n",
            )],
        ),
        (
            "sqlalchemy >=2.0.1,<3, says pyproject.toml:2",
            &[(
                "pyproject.toml",
                "[tool.poetry.dependencies]\nsqlalchemy = \"^2.0.1\"\n",
            )],
        ),
        (
            "sqlalchemy >=2.0.1,<2.1, says pyproject.toml:2",
            &[(
                "pyproject.toml",
                "[tool.pdm.dev-dependencies]\ndev = [\"sqlalchemy~=2.0.1\"]\n",
            )],
        ),
        (
            "sqlalchemy 2.0.40, says pyproject.toml:4",
            &[(
                "pyproject.toml",
                "[project]\ndependencies = [\"sqlalchemy\"]\n[tool.uv]\nconstraint-dependencies = [\"sqlalchemy==2.0.40\"]\n",
            )],
        ),
        (
            "sqlalchemy >=2.0,<2.1, says pyproject.toml:2",
            &[(
                "pyproject.toml",
                "[project.optional-dependencies]\nsql = [\"sqlalchemy>=2.0,<2.1\"]\n",
            )],
        ),
        (
            "sqlalchemy 2.0.40, says requirements.txt:1",
            &[("requirements.txt", "sqlalchemy==2.0.40 ; extra == 'x'\n")],
        ),
        (
            "sqlalchemy 2.0.40, says requirements.txt:2",
            &[
                ("requirements.txt", "aiosqlite\n-c pins.txt\n"),
                ("pins.txt", "sqlalchemy==2.0.40\n"),
            ],
        ),
        (
            "sqlalchemy 2.0.40, says constraints.txt:1",
            &[
                ("requirements.txt", "sqlalchemy\n"),
                ("constraints.txt", "sqlalchemy==2.0.40\n"),
            ],
        ),
        (
            "sqlalchemy >=1.4,<2.1, says setup.cfg:3",
            &[(
                "setup.cfg",
                "[options]\ninstall_requires =\n    sqlalchemy>=1.4,<2.1\n",
            )],
        ),
        (
            "sqlalchemy >=1.4,<2.1, says setup.py:2",
            &[(
                "setup.py",
                "from setuptools import setup\nsetup(install_requires=['sqlalchemy>=1.4,<2.1'])\n",
            )],
        ),
        (
            "sqlalchemy 2.0.40, says uv.lock:3",
            &[(
                "uv.lock",
                "version = 1\n[[package]]\nname = \"sqlalchemy\"\nversion = \"2.0.40\"\n",
            )],
        ),
        (
            "sqlalchemy 2.0.40, says poetry.lock:2",
            &[(
                "poetry.lock",
                "[[package]]\nname = \"sqlalchemy\"\nversion = \"2.0.40\"\n",
            )],
        ),
        (
            "sqlalchemy 2.0.40, says pdm.lock:2",
            &[(
                "pdm.lock",
                "[[package]]\nname = \"sqlalchemy\"\nversion = \"2.0.40\"\n",
            )],
        ),
        (
            "sqlalchemy 2.0.40, says Pipfile.lock:1",
            &[(
                "Pipfile.lock",
                "{\"default\": {\"sqlalchemy\": {\"version\": \"==2.0.40\"}}}\n",
            )],
        ),
        (
            "sqlalchemy >=2.0,<2.1, says Pipfile:2",
            &[("Pipfile", "[packages]\nsqlalchemy = \"==2.0.*\"\n")],
        ),
        (
            "sqlalchemy 2.0.40, says environment.yml:4",
            &[(
                "environment.yml",
                "dependencies:\n  - python=3.12\n  - pip:\n    - sqlalchemy==2.0.40\n",
            )],
        ),
        (
            "sqlalchemy >=2.0,<2.1, says environment.yml:2",
            &[("environment.yml", "dependencies:\n  - sqlalchemy=2.0\n")],
        ),
    ];
    for (note, manifests) in wanted {
        let seen = notes(manifests, "");
        assert!(
            seen.contains(note),
            "{manifests:?}: {note:?} is not in {seen:?}"
        );
    }
}

#[test]
fn of_several_statements_the_one_that_says_most_counts() {
    let main = ("requirements.txt", "sqlalchemy>=1.4\n");
    let wanted: &[(&str, &[(&str, &str)])] = &[
        // Bounds of both count.
        (
            "sqlalchemy >=1.4,<2.1,",
            &[main, ("constraints.txt", "sqlalchemy<2.1\n")],
        ),
        // What was installed wins.
        (
            "sqlalchemy 2.0.40, says uv.lock",
            &[
                main,
                (
                    "uv.lock",
                    "[[package]]\nname = \"sqlalchemy\"\nversion = \"2.0.40\"\n",
                ),
            ],
        ),
        // What developers install says nothing of the product.
        (
            "sqlalchemy >=1.4, says requirements.txt:1",
            &[main, ("requirements-dev.txt", "sqlalchemy==2.0.20\n")],
        ),
        // Of two pins that contradict each other, either may hold.
        (
            "sqlalchemy >=2.0.30,<2.0.40.1,",
            &[
                ("requirements.txt", "sqlalchemy==2.0.40\n"),
                ("requirements/web.txt", "sqlalchemy==2.0.30\n"),
            ],
        ),
        (
            "the project states no version of sqlalchemy: 2.1.9 is assumed",
            &[
                ("requirements.txt", "sqlalchemy\n"),
                ("requirements-dev.txt", "sqlalchemy==2.0.40\n"),
            ],
        ),
    ];
    for (note, manifests) in wanted {
        let seen = notes(manifests, "");
        assert!(
            seen.contains(note),
            "{manifests:?}: {note:?} is not in {seen:?}"
        );
    }
}

#[test]
fn names_narrow_what_is_stated_unless_they_are_guarded() {
    let new = "from sqlalchemy.orm import DeclarativeBase\n";
    let old = "from sqlalchemy.pool import FallbackAsyncAdaptedQueuePool\n";
    let guarded =
        "try:\n    from sqlalchemy.orm import relation\nexcept ImportError:\n    relation = None\n";
    let open: &[(&str, &str)] = &[("requirements.txt", "sqlalchemy>=1.4\n")];
    for (before, manifests, note) in [
        (
            new,
            open,
            "sqlalchemy >=2.0, as db.py:1 imports `DeclarativeBase`, which other versions lack",
        ),
        (old, open, "sqlalchemy >=1.4,<2.1, as db.py:1 imports"),
        (old, &[], "sqlalchemy <2.1, as db.py:1 imports"),
        (
            new,
            &[],
            "the project states no version of sqlalchemy: 2.1.9 is assumed",
        ),
        (guarded, open, "sqlalchemy >=1.4, says requirements.txt:1"),
        (
            guarded,
            &[],
            "the project states no version of sqlalchemy: 2.1.9 is assumed",
        ),
        // A name that contradicts a pin says that the name is imported in vain, not that the pin is wrong.
        (
            old,
            &[("requirements.txt", "sqlalchemy>=2.1.1\n")],
            "sqlalchemy >=2.1.1, says requirements.txt:1",
        ),
    ] {
        let seen = notes(manifests, before);
        assert!(
            seen.contains(note),
            "{before}{manifests:?}: {note:?} is not in {seen:?}"
        );
    }
}
