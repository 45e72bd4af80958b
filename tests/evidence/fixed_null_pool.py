#!/usr/bin/env python3
"""Runs a project whose NullPool poolint has replaced, with real SQLAlchemy on a SQLite file.

`POOLINT` names the program. The project is the fixture `null-pool/two-arms-file-closed`, which closes its sessions; its
requirements are given the version of the environment, because the repair differs by it. In each version the repaired
project must write and read from many threads, keep a bounded number of descriptors, and lose no row.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSIONS = ["1.4.54", "2.0.58", "2.1.9"]
FIXTURE = Path(__file__).resolve().parents[2] / "fixtures/null-pool/two-arms-file-closed/input"
THREADS, TURNS = 8, 100
# Each connection holds the file, its write-ahead log and their index. The default pool keeps 5 and opens 10 more.
KEPT, MOST = 3 * 5, 3 * 15


def measure():
    """Inside an environment, in the folder of the repaired project."""
    import contextlib
    import sqlite3
    import threading
    from concurrent.futures import ThreadPoolExecutor

    import sqlalchemy
    from sqlalchemy import text

    sys.path.insert(0, os.getcwd())
    from clinic.db import Session, engine

    def descriptors():
        count = 0
        for name in os.listdir("/proc/self/fd"):
            try:
                count += "clinic.db" in os.readlink(f"/proc/self/fd/{name}")
            except OSError:
                pass
        return count

    # With a write-ahead log nobody waits for readers, so a slow disk does not decide the test.
    with contextlib.closing(sqlite3.connect(engine.url.database)) as file:
        file.execute("PRAGMA journal_mode=WAL")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE patients (id INTEGER PRIMARY KEY, name TEXT)"))
    # One write at a time is SQLite's own rule; how long the others wait for it is not what is measured.
    peak, writing = 0, threading.Lock()

    def work(thread):
        nonlocal peak
        for turn in range(TURNS):
            session = Session()
            try:
                with writing:
                    session.execute(text("INSERT INTO patients (name) VALUES (:name)"), {"name": f"{thread}-{turn}"})
                    session.commit()
                    peak = max(peak, descriptors())
                session.execute(text("SELECT count(*) FROM patients")).scalar()
            finally:
                session.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    with Session() as session:
        rows = session.execute(text("SELECT count(DISTINCT name) FROM patients")).scalar()
    print(
        json.dumps(
            {
                "version": sqlalchemy.__version__,
                "class": type(engine.pool).__name__,
                "rows": rows,
                "peak": peak,
                "resting": descriptors(),
            }
        )
    )


def environment(version):
    """An environment with this SQLAlchemy, made once and used again."""
    home = Path(os.environ.get("POOLINT_EVIDENCE_DIR") or Path(tempfile.gettempdir()) / "poolint-evidence-venvs")
    folder = home / f"fixed-sqlalchemy-{version}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, f"SQLAlchemy=={version}"], check=True)
        (folder / "complete").touch()
    return python


def run(version):
    with tempfile.TemporaryDirectory(prefix="poolint-fixed-") as outer:
        project = Path(outer) / "clinic"
        shutil.copytree(FIXTURE, project)
        requirements = project / "requirements.txt"
        lines = requirements.read_text().splitlines()
        lines = [f"sqlalchemy=={version}" if line.startswith("sqlalchemy") else line for line in lines]
        requirements.write_text("\n".join(lines) + "\n")
        command = [os.environ["POOLINT"], "check", ".", "--fix", "--unsafe-fixes"]
        repaired = subprocess.run(command, cwd=project, capture_output=True, text=True)
        source = (project / "clinic/db.py").read_text()
        assert "NullPool" not in source, f"not repaired:\n{source}\n{repaired.stderr}"
        finished = subprocess.run(
            [str(environment(version)), str(Path(__file__).resolve()), "--measure"],
            cwd=project,
            env={**os.environ, "CLINIC_DB": f"sqlite:///{outer}/clinic.db"},
            capture_output=True,
            text=True,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)


def main():
    true = True
    for version in VERSIONS:
        found = run(version)
        print(f"measured with: SQLAlchemy {found['version']}: {json.dumps(found)}")
        for claim, holds in {
            "the version is the one that was asked for": found["version"] == version,
            "the pool keeps connections": found["class"] == "QueuePool",
            "no row is lost": found["rows"] == THREADS * TURNS,
            "descriptors are bounded": found["peak"] <= MOST and found["resting"] <= KEPT,
        }.items():
            true = true and holds
            print(f"SQLAlchemy {version}: {claim}: {'true' if holds else 'FALSE'}")
    print("claims: all true" if true else "claims: not all true")
    return 0 if true else 1


if __name__ == "__main__":
    if "--measure" in sys.argv:
        measure()
    else:
        sys.exit(main())
