#!/usr/bin/env python3
"""Runs the examples of the rules whose finding is a certain failure, with the real libraries and without servers.

Run it with any Python 3.9 or newer that has venv, and with the path of poolint in POOLINT. For each version of SQLAlchemy
it makes an environment with the drivers beside it, and in it:

* runs every bad example that a failure is promised for, and compares the exception with the one in poolint's message;
* lets poolint repair it where the fix is safe, and runs it again: it must get further;
* runs every good example: it must run.

An example that pins SQLAlchemy or Flask-SQLAlchemy runs on that version only; one with `>=` on all from there; one without
SQLAlchemy on the last only. Then it measures the counts that the pages quote, and compares the pages with what it found:
each "N of M" on a page is one that was measured, and each exception that a page names was raised. Prints a table
`rule | library version | exception`, one line for each run, and exits with 1 when anything is not as promised.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VERSIONS = ["1.4.54", "2.0.27", "2.0.58", "2.1.9"]
BESIDE = [
    "aiosqlite==0.22.1",
    "greenlet",
    "PyMySQL==1.2.0",
]
# Beside the last version only: what these do does not depend on SQLAlchemy.
DRIVERS = [
    "psycopg2-binary==2.9.13",
    "asyncpg==0.32.0",
    "psycopg[binary]==3.3.9",
    "psycopg_pool==3.3.3",
    "aiomysql==0.3.2",
    "asyncmy==0.2.18",
    "aiopg==1.4.0",
    "mysql-connector-python==26.10.0",
    "DBUtils==3.2.0",
    "oracledb==26.1.0",
    "pymongo==4.20.0",
    "peewee==4.5.3",
    "redis==8.1.0",
]
FLASK = {"1.4.54": ["Flask-SQLAlchemy==2.5.1", "Flask<2.3", "Werkzeug<2.3"], "2.0.58": ["Flask-SQLAlchemy==3.1.1"]}
RULES = Path(__file__).resolve().parents[2] / "rules"
PAGES = [
    "pool-args-rejected",
    "min-exceeds-max",
    "queue-pool-in-async",
    "pool-setting-from-string",
    "sqlite-memory-pool",
]
# Pages that quote counts and promise no exception.
COUNTED = [*PAGES, "unbounded-pool"]
# What a message that quotes no exception promises, by its words.
PROMISES = {
    "in memory is not kept": "no such table",
    "in memory is one per thread": "no such table",
    "other threads cannot use": "SQLite objects created in a thread can only be used in that same thread",
}
# What the environment of the examples sets.
SETTINGS = {**os.environ, "POOL_SIZE": "5", "MAX_OVERFLOW": "5", "POOL_TIMEOUT": "1"}
# Nothing listens there: what these examples show needs a server, and is measured below with a driver that stands in.
NEEDS_A_SERVER = re.compile(r"ThreadedConnectionPool\(")
# A repaired example constructs when it gets as far as looking for its server, or waits as long as it was told to.
FURTHER = re.compile(
    r"(socket\.gaierror|OSError|ConnectionRefusedError|sqlalchemy\.exc\.TimeoutError|psycopg_pool\.PoolTimeout"
    r"|[\w.]*(Operational|Interface|Database)Error)\b"
)
# What asks a version what it is: its import, and the distribution.
LIBRARIES = {
    "psycopg_pool": "psycopg-pool",
    "asyncpg": "asyncpg",
    "aiomysql": "aiomysql",
    "asyncmy": "asyncmy",
    "aiopg": "aiopg",
    "mysql.connector": "mysql-connector-python",
    "dbutils": "DBUtils",
    "oracledb": "oracledb",
    "pymongo": "pymongo",
    "playhouse": "peewee",
    "redis": "redis",
    "flask_sqlalchemy": "Flask-SQLAlchemy",
    "sqlalchemy": "SQLAlchemy",
    "psycopg2": "psycopg2-binary",
}

# The counts that pages quote. Each line that is printed is `name figure`.
COUNTS = """
import asyncio, os, sqlite3, sys, time
import sqlalchemy
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

def held(**options):
    engine = create_engine("sqlite:///counted.db", poolclass=QueuePool, pool_timeout=0.05, **options)
    connections = []
    try:
        while len(connections) < 40:
            connections.append(engine.connect())
    except (sqlalchemy.exc.TimeoutError, RecursionError):
        pass
    return len(connections)

print("overflow-1", held(max_overflow=-1))
print("overflow-2", held(pool_size=5, max_overflow=-2))
print("size0", held(pool_size=0))

async def waits():
    options = dict(pool_size=1, max_overflow=0, pool_timeout=2, poolclass=QueuePool)
    engine = create_async_engine("sqlite+aiosqlite:///counted.db", **options)
    async def ask():
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await asyncio.sleep(0.1)
    start = time.monotonic()
    try:
        await asyncio.gather(ask(), ask())
    except (sqlalchemy.exc.TimeoutError, RecursionError):
        print("blocked", int(time.monotonic() - start))

if sqlalchemy.__version__.startswith("1.4"):
    asyncio.run(waits())
    # The driver's thread waits for a connection that nobody closes any more.
    sys.stdout.flush()
    os._exit(0)
"""
DRIVER_COUNTS = """
import sqlite3
from dbutils.pooled_db import PooledDB
import psycopg2
from psycopg2 import extensions, pool

lots = PooledDB(sqlite3, database="counted.db", check_same_thread=False)
print("dbutils", len([lots.connection() for _ in range(40)]))

class Stands:
    closed = 0
    opened = []

def connect(*_, **__):
    Stands.opened.append(Stands())
    return Stands.opened[-1]

psycopg2.connect = connect
three = pool.ThreadedConnectionPool(3, 2, "")
print("psycopg2-opened", len(Stands.opened))
handed = []
try:
    while len(handed) < 40:
        handed.append(three.getconn())
except pool.PoolError:
    pass
print("psycopg2-handed", len(handed))
"""
# What the pages say of the counts; `{}` stands for what was measured.
CLAIMS = {
    "pool-args-rejected": [("on {} of {} measured versions", ["rejected", "versions"])],
    "pool-setting-from-string": [("on {} of {} measured versions of SQLAlchemy", ["text", "versions"])],
    "queue-pool-in-async": [("a TimeoutError after {} s with `pool_timeout=2`", ["blocked"])],
    "sqlite-memory-pool": [
        ('"no such table" on {} of {} measured versions', ["lost", "versions"]),
        ("the default class has an empty database ({} of {})", ["per-thread", "versions"]),
        ("raise ProgrammingError ({} of {})", ["bound", "versions"]),
    ],
    "unbounded-pool": [
        ("Without a limit {} of 40 callers at once", ["overflow-1"]),
        ("`max_overflow` ({} of 40)", ["size0-on-1.4"]),
        ("takes two from the size ({} of 40, the next raises RecursionError)", ["overflow-2"]),
    ],
    "min-exceeds-max": [
        ("with minconn 3 and maxconn 2 it opens {} connections and then hands out {} of 40", ["psycopg2-opened", "psycopg2-handed"])
    ],
}
# The examples whose versions are counted.
COUNTED_EXAMPLES = {
    "rejected": "a class that keeps nothing has no size",
    "text": "text from the environment",
    "lost": "gone at the next checkout",
    "per-thread": "every thread has its own",
    "bound": "one connection, bound to its thread",
}


def environment(version):
    """An environment with this SQLAlchemy and what is wanted beside it, made once and used again."""
    home = Path(os.environ.get("POOLINT_EVIDENCE_DIR") or Path(tempfile.gettempdir()) / "poolint-evidence-venvs")
    folder = home / f"certain-sqlalchemy-{version}"
    python = folder / "bin" / "python"
    wanted = [f"SQLAlchemy=={version}", *BESIDE, *FLASK.get(version, [])]
    if version == VERSIONS[-1]:
        wanted += DRIVERS
    done = folder / "complete"
    if not done.exists() or done.read_text() != " ".join(wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, *wanted], check=True)
        done.write_text(" ".join(wanted))
    return python


def distributions(python):
    asked = "import importlib.metadata as m; [print(d.metadata['Name'], d.version) for d in m.distributions()]"
    found = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in found.splitlines())


def examples(page):
    """Title, verdict and files of each example of a page, read by its indentation."""
    found, name = [], None
    text = (RULES / f"{page}.yaml").read_text()
    for line in text.split("\nexamples:\n", 1)[1].splitlines():
        if line.startswith("  - title: "):
            found.append((line.removeprefix("  - title: "), {}, {}))
        elif line.startswith("    is: "):
            found[-1][1]["is"] = line.removeprefix("    is: ")
        elif match := re.fullmatch(r"      (\S+): \|", line):
            name = match[1]
            found[-1][2][name] = ""
        elif line.startswith("        ") or not line:
            found[-1][2][name] += line[8:] + "\n"
    assert found, f"{page} has no examples"
    return found


def key(version):
    return [int(part) for part in version.split(".")]


def runs_on(files, version):
    requirements = files.get("requirements.txt", "")
    if "flask-sqlalchemy" in requirements and version not in FLASK:
        return False
    wanted = re.search(r"^sqlalchemy(==|>=)([\d.]+)", requirements, re.M)
    if not wanted:
        return version == VERSIONS[-1]
    sign, stated = wanted.groups()
    if sign == "==":
        return stated == version
    return key(stated) <= key(version)


def poolint(folder, *arguments):
    command = [os.environ["POOLINT"], "check", ".", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def promised(folder, page):
    """Whether poolint has a fix, and what poolint promises: the exception in its message, or a text that its words stand for; nothing where a warning
    promises no failure."""
    ran = poolint(folder, "--select", page, "--output-format", "json")
    findings = json.loads(ran.stdout)["findings"]
    fixable = any(finding["fixes"] for finding in findings)
    for finding in findings:
        if named := re.search(r"raises `([^`]*)`", finding["message"]):
            return fixable, named[1]
        for words, text in PROMISES.items():
            if words in finding["message"]:
                return fixable, f"…{text}"
        # Accepted by this version: that later ones raise is another example's business.
        assert finding["severity"] == "warning", finding["message"]
    return False, None


def construct(python, folder, files):
    """The last line of the traceback, or nothing when all is well."""
    for name in files:
        if name.endswith(".py"):
            ran = subprocess.run([str(python), name], cwd=folder, env=SETTINGS, capture_output=True, text=True, check=False, timeout=60)
            if ran.returncode:
                last = [line for line in ran.stderr.splitlines() if re.match(r"[\w.]*([Ee]rror|Exception|Timeout)\b", line)]
                return last[-1] if last else ran.stderr
    return None


def is_promised(raised, message):
    """Whether an exception is the promised one: its class by its last name, its text as it starts, or a quoted part."""
    if message.startswith("…"):
        return message[1:] in (raised or "")
    kind, _, text = (raised or "").partition(":")
    return f"{kind.rsplit('.', 1)[-1]}: {text.strip()}".startswith(message)


def told(python, files, version, installed):
    """The library that an example is about, with its version."""
    source = "\n".join(files.values())
    for module, distribution in LIBRARIES.items():
        if re.search(rf"^\s*(import|from) {re.escape(module)}\b", source, re.M) and distribution in installed:
            return f"{distribution} {installed[distribution]}"
    return f"SQLAlchemy {version}"


def run(job):
    """Runs one example; gives its library and lines of what was seen: what, whether it is as promised, the exception."""
    python, version, installed, page, title, facts, files = job
    library = told(python, files, version, installed)
    if "flask_sqlalchemy" in str(files):
        library = f"Flask-SQLAlchemy {installed['Flask-SQLAlchemy']}"
    with tempfile.TemporaryDirectory(prefix="poolint-certain-") as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text)
        fixable, message = promised(folder, page)
        raised = construct(python, folder, files)
        if facts["is"] == "good" or message is None:
            return job, library, [(f"runs ({raised})", raised is None, None)]
        seen = [(f"raises `{raised}`, promised `{message}`", is_promised(raised, message), raised)]
        if fixable:
            poolint(folder, "--select", page, "--fix")
        if fixable and any((Path(folder) / name).read_text() != text for name, text in files.items()):
            raised = construct(python, folder, files)
            seen.append((f"repaired, it gets further ({raised})", not raised or bool(FURTHER.match(raised)), None))
        return job, library, seen


def counted(python, script):
    with tempfile.TemporaryDirectory(prefix="poolint-counts-") as folder:
        ran = subprocess.run([str(python), "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        assert not ran.returncode, ran.stderr
    return {name: int(figure) for name, figure in (line.split() for line in ran.stdout.splitlines())}


def page_text(page):
    """What a page says beside its examples, on one line."""
    return " ".join((RULES / f"{page}.yaml").read_text().split("\nexamples:\n", 1)[0].split())


def untrue(counts, exceptions):
    """What the pages say that was not measured."""
    wrong = []
    for page in COUNTED:
        text = page_text(page)
        left = text
        for claim, names in CLAIMS[page]:
            said = claim.format(*(counts[name] for name in names))
            if said not in text:
                wrong.append(f'{page} does not say "{said}"')
            left = left.replace(said, "")
        wrong += [f"{page}: nobody measured \"{count}\"" for count in re.findall(r"\b\d+ of \d+\b", left)]
        prose = text.split(" why: |", 1)[1].split(" references:", 1)[0] if page in PAGES else ""
        for name in set(re.findall(r"\b[A-Z]\w+Error\b", prose)) - exceptions.get(page, set()):
            wrong.append(f"{page} names {name}, which was not raised")
    return wrong


def main():
    all_true, runs, rows = True, 0, []
    counts = {"versions": len(VERSIONS)}
    exceptions = {page: set() for page in PAGES}
    jobs = []
    for version in VERSIONS:
        python = environment(version)
        installed = distributions(python)
        print(f"measured with: SQLAlchemy {installed['SQLAlchemy']}")
        all_true = all_true and installed["SQLAlchemy"] == version
        found = counted(python, COUNTS)
        if version == "1.4.54":
            counts["size0-on-1.4"], counts["blocked"] = found["size0"], found["blocked"]
            exceptions["queue-pool-in-async"].add("TimeoutError")
            found.pop("size0")
        for name, figure in found.items():
            if counts.setdefault(name, figure) != figure:
                print(f"{name} is {figure} on {version}, {counts[name]} before: FALSE")
                all_true = False
        if version == VERSIONS[-1]:
            counts.update(counted(python, DRIVER_COUNTS))
        for page in PAGES:
            for title, facts, files in examples(page):
                if runs_on(files, version) and not any(NEEDS_A_SERVER.search(text) for text in files.values()):
                    jobs.append((python, version, installed, page, title, facts, files))
    if not counts["size0"] == counts["dbutils"] == counts["overflow-1"]:
        print(f"40 callers: {counts}: FALSE")
        all_true = False
    with ThreadPoolExecutor(os.cpu_count() or 2) as workers:
        for (_, version, _, page, title, _, _), library, seen in workers.map(run, jobs):
            for what, holds, raised in seen:
                all_true, runs = all_true and holds, runs + 1
                print(f"{page}, \"{title}\", SQLAlchemy {version}: {what}: {'true' if holds else 'FALSE'}")
                if raised:
                    rows.append((page, library, raised))
                    exceptions[page].add(raised.split(":", 1)[0].rsplit(".", 1)[-1])
                    exceptions[page] |= set(re.findall(r"\b\w+Error\b", raised))
                for name, counts_title in COUNTED_EXAMPLES.items():
                    if title == counts_title and raised and holds:
                        counts[name] = counts.get(name, 0) + 1
    print("\nrule | library version | exception")
    for row in sorted(set(rows)):
        print(" | ".join(row))
    print()
    for name, figure in sorted(counts.items()):
        print(f"{name}: {figure}")
    wrong = untrue(counts, exceptions)
    print("\n".join(wrong))
    print(f"{runs} runs")
    all_true = all_true and not wrong and runs > 150
    print("claims: all true" if all_true else "claims: not all true")
    return 0 if all_true else 1


if __name__ == "__main__":
    sys.exit(main())
