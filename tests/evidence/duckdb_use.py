#!/usr/bin/env python3
"""Runs what the pages about files with one writer, shared connections and settings of one connection claim.

Run it with any Python 3.9 or newer that has venv. It needs no server. Prints one line for each claim and exits with 1 when
one is not as promised.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

NEEDS = ["duckdb==2.0.0", "sqlalchemy==2.0.58", "aiosqlite==0.22.1", "greenlet"]
CLAIMS = r'''
import asyncio, sqlite3, subprocess, sys, tempfile, threading
import aiosqlite, duckdb, sqlalchemy
from sqlalchemy import create_engine, event, text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.pool import QueuePool

folder = tempfile.mkdtemp()
path = folder + "/a.duckdb"
failed = []

def claim(words, holds, figures=""):
    print(f"{'ok' if holds else 'NOT SO'}: {words} {figures}")
    if not holds:
        failed.append(words)

def raised(call):
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"

def elsewhere(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

duckdb.connect(path).close()
MIXED = "different configuration than existing connections"
for first in (False, True):
    db = duckdb.connect(path, read_only=first)
    claim(f"read_only={not first} beside read_only={first} raises",
          MIXED in (got := raised(lambda: duckdb.connect(path, read_only=not first))), got)
    db.close()
db = duckdb.connect(path)
claim("another config raises", MIXED in (got := raised(lambda: duckdb.connect(path, config={"threads": 2}))), got)
claim("two writers of one process share it", raised(lambda: duckdb.connect(path).close()) == "nothing")
for mode in (False, True):
    got = elsewhere(f"import duckdb; duckdb.connect({path!r}, read_only={mode}); print('opened')")
    claim(f"another process cannot open it with read_only={mode}", "Could not set lock on file" in got, got[:80])
db.close()
reader = duckdb.connect(path, read_only=True)
got = elsewhere(f"import duckdb; duckdb.connect({path!r}, read_only=True); print('opened')")
claim("two processes read at once", got == "opened", got)
reader.close()
hold = "import duckdb, time\ntry:\n db = duckdb.connect(%r); time.sleep(3); print('opened')\nexcept duckdb.IOException: print('refused')" % path
four = [subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) for _ in range(4)]
answers = sorted(process.communicate()[0].strip() for process in four)
claim("of 4 processes that open it at once 3 fail", answers == ["opened"] + ["refused"] * 3, answers)

def wrong_answers(of_thread):
    wrong, lock = [], threading.Lock()
    def ask(number):
        db = of_thread()
        for turn in range(300):
            wanted = number * 1000 + turn
            try:
                got = db.execute("SELECT ?", [wanted]).fetchone()
            except Exception as error:
                got = error
            if got != (wanted,):
                with lock:
                    wrong.append(got)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return len(wrong)

shared = duckdb.connect(":memory:")
claim("threads on one connection get wrong answers", (number := wrong_answers(lambda: shared)) > 0, f"{number} of 1800")
claim("with a cursor each they get none", (number := wrong_answers(shared.cursor)) == 0, f"{number} of 1800")

visits = sqlite3.connect(folder + "/t.db", check_same_thread=False, timeout=20)
visits.execute("CREATE TABLE t (a)")
committed, errors = [], []
def visit(number):
    for turn in range(200):
        try:
            visits.execute("INSERT INTO t VALUES (?)", (number * 1000 + turn,))
            if turn % 3 == 0:
                visits.rollback()
            else:
                visits.commit()
                committed.append(1)
        except Exception as error:
            errors.append(str(error))
threads = [threading.Thread(target=visit, args=(number,)) for number in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
rows = visits.execute("SELECT count(*) FROM t").fetchone()[0]
claim("threads on one sqlite3 connection mix transactions", errors or rows != len(committed),
      f"{len(committed)} commits returned, {rows} rows, {len(errors)} errors")

engine = create_engine(f"sqlite:///{folder}/p.db", poolclass=QueuePool, pool_size=5)
with engine.begin() as connection:
    connection.execute(text("PRAGMA foreign_keys=ON"))
five = [engine.connect() for _ in range(5)]
keys = [connection.execute(text("PRAGMA foreign_keys")).scalar() for connection in five]
claim("a pragma reaches one of five connections", sorted(keys) == [0, 0, 0, 0, 1], keys)

live = set()
engine = create_engine(f"sqlite:///{folder}/d.db", poolclass=QueuePool, pool_size=1, max_overflow=0)
event.listen(engine, "connect", lambda connection, record: live.add(id(connection)))
event.listen(engine, "close", lambda connection, record: live.discard(id(connection)))
first = engine.connect()
engine.dispose()
second = engine.connect()
claim("disposed of while in use, a pool of 1 has 2 connections", len(live) == 2, len(live))

async def gathered():
    sessions = async_sessionmaker(create_async_engine(f"sqlite+aiosqlite:///{folder}/s.db"))
    async with sessions() as session:
        three = [session.execute(text("SELECT 1")) for _ in range(3)]
        return await asyncio.gather(*three, return_exceptions=True)
refused = [str(answer) for answer in asyncio.run(gathered()) if isinstance(answer, Exception)]
claim("of three queries of one AsyncSession at once two raise",
      len(refused) == 2 and all("provisioning a new connection" in words for words in refused), refused[:1])

engine = create_async_engine(f"sqlite+aiosqlite:///{folder}/l.db")
async def one():
    async with engine.connect() as connection:
        return (await connection.execute(text("SELECT 1"))).scalar()
claim("an engine on SQLite works in three loops", [asyncio.run(one()) for _ in range(3)] == [1, 1, 1])

print(f"measured with: DuckDB {duckdb.__version__}")
print(f"measured with: SQLAlchemy {sqlalchemy.__version__}")
print("claims: all true" if not failed else f"claims: {len(failed)} not true")
sys.stdout.flush()
import os
os._exit(1 if failed else 0)
'''


def environment():
    """An environment with what is measured, made once and used again."""
    home = os.environ.get("POOLINT_EVIDENCE_DIR") or Path(tempfile.gettempdir()) / "poolint-evidence-venvs"
    folder = Path(home) / "duckdb-2.0.0"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *NEEDS], check=True)
        (folder / "complete").touch()
    return python


if __name__ == "__main__":
    sys.exit(subprocess.run([str(environment()), "-c", CLAIMS], check=False).returncode)
