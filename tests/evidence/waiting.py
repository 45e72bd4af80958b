#!/usr/bin/env python3
"""Runs what the pages about waiting for a connection claim: without a limit, for a second one, and on the event loop.

Run it with any Python 3.9 or newer that has venv. It needs no server: SQLAlchemy gets a database in a file with a pool of
few connections, asyncpg a pool whose connections are stand-ins, and aiomysql and asyncpg are asked for their signatures.
A wait that may last for ever runs in a process that is cut off. Prints one line for each claim and exits with 1 when one
is not true.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import async_use

CUT = 3.0

NESTED = """
import sys, threading
from sqlalchemy import create_engine, text
from sqlalchemy.exc import TimeoutError
from sqlalchemy.pool import QueuePool
def engine(size):
    return create_engine("sqlite:///waiting.db", poolclass=QueuePool, pool_size=size, max_overflow=0, pool_timeout=0.5,
                         connect_args={"check_same_thread": False})
one = engine(1)
try:
    with one.connect(), one.connect():
        print("nested on a pool of 1: ok")
except TimeoutError:
    print("nested on a pool of 1: TimeoutError")
three = engine(3)
held = threading.Barrier(3)
failed = []
def work():
    with three.connect():
        held.wait()
        try:
            three.connect().close()
        except TimeoutError:
            failed.append(1)
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("3 threads x 2 on a pool of 3:", len(failed) >= 1)
"""

FOR_EVER = """
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool
engine = create_engine("sqlite:///waiting.db", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=None,
                       connect_args={"check_same_thread": False})
held = engine.connect()
print("held", flush=True)
engine.connect()
print("got a second one", flush=True)
"""

LOOP = """
import asyncio, time
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool
engine = create_engine("sqlite:///waiting.db", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=2,
                       connect_args={"check_same_thread": False})
def query():
    with engine.connect() as connection:
        connection.connection.driver_connection.create_function("wait", 1, time.sleep)
        connection.exec_driver_sql("select wait(0.5)").all()
async def longest(work):
    gaps, last, stop = [], time.monotonic(), False
    async def tick():
        nonlocal last
        while not stop:
            await asyncio.sleep(0.005)
            now = time.monotonic()
            gaps.append(now - last)
            last = now
    ticker = asyncio.create_task(tick())
    await asyncio.sleep(0.05)
    await work()
    await asyncio.sleep(0.05)
    stop = True
    await ticker
    return max(gaps)
async def blocking():
    query()
async def moved():
    await asyncio.to_thread(query)
failed = []
async def holder():
    try:
        with engine.connect():
            await asyncio.sleep(0.1)
    except Exception as error:
        failed.append(type(error).__name__)
async def three():
    await asyncio.gather(holder(), holder(), holder())
async def least(work):
    # A busy machine makes a gap longer, never shorter.
    return min([await longest(work) for _ in range(3)])
async def main():
    print(await least(blocking), await least(moved), await longest(three), len(failed), *sorted(set(failed)))
asyncio.run(main())
"""

ASYNCPG = """
import asyncio, inspect, sys, time
import asyncpg, asyncpg.pool, aiomysql, asyncmy
print(inspect.signature(asyncpg.Pool.acquire).parameters["timeout"].default)
print("timeout" in inspect.signature(aiomysql.Pool.acquire).parameters, len(inspect.signature(aiomysql.Pool.acquire).parameters))
class Holder:
    # What `acquire` does beyond waiting for a free holder is of no interest here.
    async def acquire(self):
        return object()
async def main():
    pool = asyncpg.create_pool("postgresql://nobody@127.0.0.1:1/none", min_size=0, max_size=1)
    pool._initialized = True
    pool._queue = asyncio.LifoQueue(maxsize=1)
    pool._queue.put_nowait(Holder())
    await pool._acquire(timeout=None)
    start = time.monotonic()
    try:
        await pool._acquire(timeout=0.2)
    except asyncio.TimeoutError:
        print("limited", round(time.monotonic() - start, 1), flush=True)
    print("held", flush=True)
    await pool._acquire(timeout=None)
    print("got a second one", flush=True)
asyncio.run(main())
"""


def cut_off(python, folder, script):
    """The lines a script prints until it ends or is cut off, and whether it had to be.

    The log is read by its name: a reader with the child's own handle would move the place where the child writes.
    """
    log = pathlib.Path(folder, "log")
    with log.open("w") as written:
        child = subprocess.Popen([str(python), "-c", script], cwd=folder, stdout=written)
    give_up = time.monotonic() + 60
    while child.poll() is None and "held" not in log.read_text() and time.monotonic() < give_up:
        time.sleep(0.05)
    try:
        child.wait(CUT)
        cut = False
    except subprocess.TimeoutExpired:
        cut = True
        child.kill()
        child.wait()
    return log.read_text().split("\n"), cut


def main():
    verdicts = []

    def report(what, holds):
        verdicts.append(bool(holds))
        print(f"{what}: {'true' if holds else 'FALSE'}")

    def run(python, folder, script):
        ran = subprocess.run([str(python), "-c", script], cwd=folder, capture_output=True, text=True, check=True, timeout=120)
        return ran.stdout.strip().split("\n")

    for version in ("1.4.54", "2.0.58"):
        python = async_use.environment(version)
        print(f"measured with: SQLAlchemy {version}")
        with tempfile.TemporaryDirectory(prefix="poolint-waiting-") as folder:
            one, three = run(python, folder, NESTED)
            report(f"SQLAlchemy {version}: {one}", one.endswith("TimeoutError"))
            report(f"SQLAlchemy {version}: {three}", three.endswith("True"))
            lines, cut = cut_off(python, folder, FOR_EVER)
            report(f"SQLAlchemy {version}: pool_timeout=None still waits when it is cut off", cut and lines[0] == "held" and len(lines) == 2)
            if version == "1.4.54":
                continue
            stalled, moved, three, failed, *kinds = run(python, folder, LOOP)[0].split()
            report(f"a query of 0.5 s stops the loop for {float(stalled):.2f} s", 0.45 < float(stalled) < 0.8)
            report(f"on a worker thread for {float(moved):.3f} s", float(moved) < 0.25)
            report(
                f"3 holders on a pool of 1 stop it for {float(three):.1f} s; {failed} fail: {kinds}",
                3.9 < float(three) < 6 and failed == "2" and kinds == ["TimeoutError"],
            )
    python = async_use.environment(async_use.VERSIONS[-1])
    with tempfile.TemporaryDirectory(prefix="poolint-waiting-") as folder:
        lines, cut = cut_off(python, folder, ASYNCPG)
        print("measured with: asyncpg 0.32.0")
        report(f"asyncpg: acquire has timeout={lines[0]} by default", lines[0] == "None")
        report(f"aiomysql: acquire takes nothing: {lines[1]}", lines[1] == "False 1")
        report(f"asyncpg: {lines[2]} s with timeout=0.2", lines[2].startswith("limited 0.2"))
        report("asyncpg: timeout=None still waits when it is cut off", cut and lines[3] == "held" and "got a second one" not in lines)
    print("claims: all true" if all(verdicts) and len(verdicts) >= 13 else "claims: not all true")
    return 0 if all(verdicts) and len(verdicts) >= 13 else 1


if __name__ == "__main__":
    sys.exit(main())
