#!/usr/bin/env python3
"""Runs what the pages about pools that are not opened, listeners on async engines and pools without a lock claim.

Run it with any Python 3.9 or newer that has venv, and with the path of poolint in POOLINT. It needs no server: a pool that
was not opened raises before it looks for one, and the pools of psycopg2 get a stand-in for the connection. For each version
of SQLAlchemy it makes an environment with the drivers, and compares what the examples of the pages raise with what
poolint's message says. Prints one line for each run and exits with 1 when one is not as promised.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import certain_failures as certain

VERSIONS = ["1.4.54", "2.0.58", "2.1.9"]
DRIVERS = [
    "aiosqlite==0.22.1",
    "greenlet",
    "asyncpg==0.32.0",
    "psycopg[binary]==3.3.9",
    "psycopg_pool==3.3.3",
    "aiopg==1.4.0",
    "aiomysql==0.3.2",
    "asyncmy==0.2.18",
    "psycopg2-binary==2.9.13",
]
EXCEPTION = re.compile(r"[\w.]*(Error|Exception|PoolClosed): ")
UNOPENED = """
import asyncio, sys
async def main():
    name = sys.argv[1]
    if name.startswith("Async"):
        import psycopg_pool
        await getattr(psycopg_pool, name)("host=127.0.0.1 port=1", open=False).getconn()
    elif name == "aiopg":
        import aiopg
        aiopg.create_pool(dsn="host=127.0.0.1 port=1").acquire()
    elif name == "asyncmy":
        import asyncmy
        asyncmy.create_pool(host="127.0.0.1", port=1, user="x").acquire()
asyncio.run(main())
"""
PROMISED = {
    "AsyncConnectionPool": "PoolClosed: the pool 'pool-1' is not open yet",
    "AsyncNullConnectionPool": "PoolClosed: the pool 'pool-1' is not open yet",
    "aiopg": "AttributeError: '_ContextManager' object has no attribute 'acquire'",
    "asyncmy": "AttributeError: '_PoolContextManager' object has no attribute 'acquire'",
}
THREADS = """
import threading, time
import psycopg2.pool
opened = []
class Connection:
    closed = 0
def connect(*args, **kwargs):
    opened.append(1)
    time.sleep(0.1)
    return Connection()
psycopg2.connect = connect
for name in ("SimpleConnectionPool", "ThreadedConnectionPool"):
    opened.clear()
    refused = []
    pool = getattr(psycopg2.pool, name)(0, 2, "")
    start = threading.Barrier(20)
    def work():
        start.wait()
        try:
            pool.getconn()
        except psycopg2.pool.PoolError as error:
            refused.append(str(error))
    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(name, len(opened), len(refused), *sorted(set(refused)))
"""


def environment(version):
    """An environment with this SQLAlchemy and the drivers, made once and used again."""
    home = os.environ.get("POOLINT_EVIDENCE_DIR") or Path(tempfile.gettempdir()) / "poolint-evidence-venvs"
    folder = Path(home) / f"async-sqlalchemy-{version}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        # Only one of them needs the drivers: they do not look at SQLAlchemy.
        beside = DRIVERS if version == VERSIONS[-1] else DRIVERS[:2]
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, f"SQLAlchemy=={version}", *beside], check=True)
        (folder / "complete").touch()
    return python


def raised(python, folder, *arguments):
    """The last line of the traceback, or nothing when all is well."""
    ran = subprocess.run([str(python), *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    lines = [line for line in ran.stderr.splitlines() if EXCEPTION.match(line)]
    return (lines[-1] if lines else ran.stderr) if ran.returncode else None


def same(found, promised):
    """Whether an exception is the promised one, whose text may leave out a name (`…`)."""
    kind, _, text = (found or "").partition(": ")
    start, _, end = promised.partition("…")
    line = f"{kind.rsplit('.', 1)[-1]}: {text}"
    return line.startswith(start) and end in line


def main():
    verdicts = []

    def report(what, holds):
        verdicts.append(holds)
        print(f"{what}: {'true' if holds else 'FALSE'}")

    for version in VERSIONS:
        python = environment(version)
        asked = "import sqlalchemy; print(sqlalchemy.__version__)"
        found = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
        print(f"measured with: SQLAlchemy {found}")
        verdicts.append(found == version)
        pages = ["sync-event-on-async-engine"] + ["pool-not-awaited"] * (version == VERSIONS[-1])
        for page in pages:
            for title, facts, files in certain.examples(page):
                if not certain.runs_on(files, version):
                    continue
                with tempfile.TemporaryDirectory(prefix="poolint-async-") as folder:
                    for name, text in files.items():
                        (Path(folder) / name).write_text(text)
                    code = next(name for name in files if name.endswith(".py"))
                    what = f'SQLAlchemy {version}: {page}, "{title}"'
                    _, message = certain.promised(folder, page)
                    if facts["is"] == "good" or message is None:
                        report(f"{what}: nothing raised", message is None and raised(python, folder, code) is None)
                        continue
                    error = raised(python, folder, code)
                    report(f"{what}: raises `{error}`, promised `{message}`", same(error, message))
                    certain.poolint(folder, "--select", page, "--fix")
                    if (Path(folder) / code).read_text() != files[code]:
                        report(f"{what}: repaired", raised(python, folder, code) is None)
    python = environment(VERSIONS[-1])
    for name, promise in PROMISED.items():
        error = raised(python, ".", "-c", UNOPENED, name)
        report(f"{name}: raises `{error}`", same(error, promise))
    ran = subprocess.run([str(python), "-c", THREADS], capture_output=True, text=True, check=True)
    lines = ran.stdout.splitlines()
    report(f"20 threads on a pool of 2, without a lock: {lines[0]}", lines[0] == "SimpleConnectionPool 20 0")
    report(
        f"20 threads on a pool of 2, with a lock: {lines[1]}",
        lines[1] == "ThreadedConnectionPool 2 18 connection pool exhausted",
    )
    print("claims: all true" if all(verdicts) and len(verdicts) > 20 else "claims: not all true")
    return 0 if all(verdicts) and len(verdicts) > 20 else 1


if __name__ == "__main__":
    sys.exit(main())
