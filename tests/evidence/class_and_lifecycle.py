#!/usr/bin/env python3
"""Measures what the pages of seven rules claim, with real SQLAlchemy on SQLite files.

Run it with any Python 3.9 or newer that has venv. It makes one environment for each version of SQLAlchemy, measures in
each, prints `name: figure` lines, and exits with 1 when a claim of a page is false or when a page does not quote the
figure that was measured. Pages: null-pool, static-pool-shared, engine-per-call, duplicate-engine,
session-factory-per-call, scoped-session-not-removed, inconsistent-pool-size.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VERSIONS = {"1.4": "1.4.54", "2.0": "2.0.58"}
AIOSQLITE = "0.22.1"
RULES = Path(__file__).resolve().parents[2] / "rules"


# ---------------------------------------------------------------------------------------------------------------------
# What is measured, inside an environment


def measure():
    import asyncio
    import gc
    import platform
    import sqlite3
    import threading
    import time

    import aiosqlite
    import sqlalchemy
    from sqlalchemy import create_engine, event, text
    from sqlalchemy.exc import TimeoutError as PoolTimeout
    from sqlalchemy.orm import scoped_session, sessionmaker
    from sqlalchemy.pool import NullPool, QueuePool, StaticPool

    folder = tempfile.mkdtemp(prefix="poolint-evidence-")
    found = {"version": sqlalchemy.__version__}
    found["libraries"] = (
        f"SQLAlchemy {sqlalchemy.__version__}, aiosqlite {aiosqlite.__version__}, "
        f"SQLite {sqlite3.sqlite_version}, Python {platform.python_version()}"
    )
    numbers = iter(range(10**6))

    def url(driver="sqlite"):
        path = os.path.join(folder, f"{next(numbers)}.db")
        with create_engine(f"sqlite:///{path}", poolclass=NullPool).begin() as connection:
            connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)"))
        return f"{driver}:///{path}"

    def open_files():
        """Open descriptors of database files in this process."""
        count = 0
        for name in os.listdir("/proc/self/fd"):
            try:
                count += os.readlink(f"/proc/self/fd/{name}").startswith(folder)
            except OSError:
                pass
        return count

    def baseline():
        """Open descriptors when nothing is left of earlier measurements."""
        gc.collect()
        return open_files()

    def sized(place, **options):
        """A queue pool on a file, on both versions."""
        return create_engine(place, poolclass=QueuePool, connect_args={"check_same_thread": False}, **options)

    # static-pool-shared: two sessions, one thread, no race.
    def sessions_lose(poolclass, rounds=100):
        options = {"poolclass": poolclass} if poolclass else {}
        engine = create_engine(url(), connect_args={"check_same_thread": False}, **options)
        Session = sessionmaker(engine)
        lost = kept = 0
        for turn in range(rounds):
            with Session() as a, Session() as b:
                a.execute(text("INSERT INTO t (body) VALUES (:b)"), {"b": f"committed {turn}"})
                # The second session only reads; a real pool gives it a connection of its own.
                b.execute(text("SELECT 1"))
                b.rollback()
                a.commit()
            with Session() as reader:
                count = reader.execute(text("SELECT count(*) FROM t WHERE body = :b"), {"b": f"committed {turn}"})
                lost += count.scalar() == 0
            with Session() as a, Session() as b:
                a.execute(text("INSERT INTO t (body) VALUES (:b)"), {"b": f"rolled back {turn}"})
                b.execute(text("SELECT 1"))
                b.commit()
                a.rollback()
            with Session() as reader:
                count = reader.execute(text("SELECT count(*) FROM t WHERE body = :b"), {"b": f"rolled back {turn}"})
                kept += count.scalar() == 1
        engine.dispose()
        return lost, kept

    found["static_lost"], found["static_kept"] = sessions_lose(StaticPool)
    found["null_lost"], found["null_kept"] = sessions_lose(NullPool)
    found["default_lost"], found["default_kept"] = sessions_lose(None)

    # static-pool-shared: tasks of one loop.
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    async def tasks_lose(**options):
        place = url("sqlite+aiosqlite")
        engine = create_async_engine(place, **options)
        committed = []
        # The first connect is made before the tasks start, as in a server that has answered before.
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

        async def one(number):
            try:
                async with AsyncSession(engine) as session:
                    await session.execute(text("INSERT INTO t (body) VALUES (:b)"), {"b": str(number)})
                    await asyncio.sleep(0)
                    if number % 3 == 0:
                        await session.rollback()
                    else:
                        await session.commit()
                        committed.append(str(number))
            except Exception:  # A failure that is seen loses nothing.
                pass

        await asyncio.wait_for(asyncio.gather(*(one(number) for number in range(60))), 15)
        await engine.dispose()
        with create_engine(place.replace("+aiosqlite", ""), poolclass=NullPool).connect() as connection:
            rows = {row.body for row in connection.execute(text("SELECT body FROM t"))}
        return len(committed), len(set(committed) - rows)

    found["static_async_committed"], found["static_async_lost"] = asyncio.run(tasks_lose(poolclass=StaticPool))
    found["null_async_committed"], found["null_async_lost"] = asyncio.run(tasks_lose(poolclass=NullPool))

    # null-pool: closed sessions leave nothing open; one connection for each checkout.
    engine = create_engine(url(), poolclass=NullPool)
    opened = []
    event.listen(engine, "connect", lambda *_: opened.append(1))
    Session = sessionmaker(engine)
    before = peak = baseline()
    for _ in range(500):
        with Session() as session:
            session.execute(text("SELECT 1"))
        peak = max(peak, open_files())
    found["null_closed_growth"], found["null_closed_peak"] = open_files() - before, peak - before
    found["null_opened_of_500"] = len(opened)

    engine = sized(url())
    opened = []
    event.listen(engine, "connect", lambda *_: opened.append(1))
    for _ in range(500):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    found["queue_opened_of_500"] = len(opened)

    # null-pool: sessions that nobody closes have no bound; a queue pool stops at 15.
    engine = create_engine(url(), poolclass=NullPool)
    before, held = baseline(), []
    for _ in range(300):
        session = sessionmaker(engine)()
        session.execute(text("SELECT 1"))
        held.append(session)
    found["null_held_growth"] = open_files() - before
    for session in held:
        session.close()
    engine, held = sized(url(), pool_timeout=0.2), []
    try:
        for _ in range(300):
            session = sessionmaker(engine)()
            session.execute(text("SELECT 1"))
            held.append(session)
    except PoolTimeout:
        pass
    found["queue_held_before_timeout"] = len(held)
    for session in held:
        session.close()

    # What two ways cost, side by side: the best of many short turns, so that a busy machine changes neither.
    def seconds(*ways, turns=25, patience=4):
        best = [float("inf")] * len(ways)
        end = time.perf_counter() + patience
        while time.perf_counter() < end:
            for number, way in enumerate(ways):
                start = time.perf_counter()
                for _ in range(turns):
                    way()
                best[number] = min(best[number], (time.perf_counter() - start) / turns)
        return best

    # null-pool: what a checkout of a file costs.
    def checkout(engine):
        with engine.connect() as connection:
            connection.execute(text("SELECT count(*) FROM t"))

    null, queue = create_engine(url(), poolclass=NullPool), sized(url())
    spent = seconds(lambda: checkout(null), lambda: checkout(queue))
    found["null_checkout_ms"], found["queue_checkout_ms"] = (each * 1e3 for each in spent)

    # engine-per-call: engines that stay referenced, engines that are dropped, one engine.
    def per_call(keep, collect=True, dispose=False, calls=100):
        place, kept, before = url(), [], baseline()
        peak = before
        if not collect:
            gc.disable()
        try:
            for _ in range(calls):
                engine = create_engine(place)
                with sessionmaker(engine)() as session:
                    session.execute(text("SELECT 1"))
                if keep:
                    kept.append(engine)
                if dispose:
                    engine.dispose()
                peak = max(peak, open_files())
        finally:
            gc.enable()
        for engine in kept:
            engine.dispose()
        del engine
        gc.collect()
        return peak - before

    found["per_call_kept"] = per_call(keep=True)
    found["per_call_dropped"] = per_call(keep=False)
    found["per_call_dropped_no_gc"] = per_call(keep=False, collect=False)
    found["per_call_disposed"] = per_call(keep=True, dispose=True)
    engine = None
    place, before = url(), baseline()
    engine = create_engine(place)
    for _ in range(100):
        with sessionmaker(engine)() as session:
            session.execute(text("SELECT 1"))
    found["per_process"] = open_files() - before
    engine.dispose()
    start = time.perf_counter()
    for _ in range(100):
        create_engine("sqlite:///never.db")
    found["create_engine_ms"] = (time.perf_counter() - start) * 10

    # duplicate-engine: two pools on one file let twice as many connections through.
    def admitted(engines):
        held = []
        for engine in engines:
            try:
                while len(held) < 100:
                    held.append(engine.connect())
            except PoolTimeout:
                continue
        count = len(held)
        for connection in held:
            connection.close()
        return count

    place = url()
    found["one_engine_limit"] = admitted([sized(place, pool_timeout=0.1)])
    found["two_engines_limit"] = admitted([sized(place, pool_timeout=0.1), sized(place, pool_timeout=0.1)])

    # inconsistent-pool-size: the fallback of a setting against what its file says, under twelve holders at once.
    def refused(size, overflow, holders=12):
        engine, held, failures = sized(url(), pool_size=size, max_overflow=overflow, pool_timeout=0.05), [], 0
        for _ in range(holders):
            try:
                held.append(engine.connect())
            except PoolTimeout:
                failures += 1
        for connection in held:
            connection.close()
        return failures

    found["fallback_refused"] = refused(2, 3)
    found["setting_refused"] = refused(5, 10)

    # session-factory-per-call: what building a sessionmaker costs, and that it holds nothing.
    engine = create_engine(url())
    once = sessionmaker(engine)

    spent = seconds(lambda: sessionmaker(engine)(), lambda: once(), turns=300, patience=1)
    found["factory_each_us"], found["factory_once_us"] = (each * 1e6 for each in spent)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    before = baseline()
    for _ in range(500):
        with sessionmaker(engine)() as session:
            session.execute(text("SELECT 1"))
    found["factory_growth"] = open_files() - before

    # scoped-session-not-removed: threads that live on.
    def registry_threads(engine, remove, count, closing=False):
        registry = scoped_session(sessionmaker(engine))
        barrier, done, failures = threading.Barrier(count + 1), threading.Event(), []

        def work():
            try:
                if closing:
                    with registry() as session:
                        session.execute(text("SELECT 1"))
                else:
                    registry.execute(text("SELECT 1"))
            except PoolTimeout:
                failures.append(1)
            if remove:
                registry.remove()
            barrier.wait()
            done.wait()

        before = baseline()
        threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        barrier.wait()
        growth = open_files() - before
        held = engine.pool.checkedout() if hasattr(engine.pool, "checkedout") else growth
        done.set()
        for thread in threads:
            thread.join()
        registry.remove()
        engine.dispose()
        return len(failures), held, growth

    found["registry_timeouts"], found["registry_held"], _ = registry_threads(sized(url(), pool_timeout=1), False, 20)
    found["removed_timeouts"], found["removed_held"], _ = registry_threads(sized(url(), pool_timeout=5), True, 20)
    _, _, found["registry_null_growth"] = registry_threads(create_engine(url(), poolclass=NullPool), False, 40)
    _, _, found["removed_null_growth"] = registry_threads(create_engine(url(), poolclass=NullPool), True, 40)
    found["with_timeouts"], found["with_held"], _ = registry_threads(sized(url(), pool_timeout=5), False, 20, closing=True)
    registry = scoped_session(sessionmaker(create_engine(url())))
    with registry() as session:
        session.execute(text("SELECT 1"))
    found["with_leaves_entry"] = int(registry.registry.has())
    registry.remove()

    # scoped-session-not-removed: a registry for each call; removing another registry closes nothing.
    engine, answered, kept = sized(url(), pool_size=2, max_overflow=0, pool_timeout=0.2), 0, []
    try:
        for _ in range(10):
            registry = scoped_session(sessionmaker(engine))
            registry.execute(text("SELECT 1"))
            kept.append(registry)
            scoped_session(sessionmaker(engine)).remove()
            answered += 1
    except PoolTimeout:
        pass
    found["registry_per_call_answered"] = answered

    # connection-leak: sessions that nobody closes, and the first value of a generator that nobody resumes.
    def answered_by(call, kept, **options):
        engine, answered = sized(url(), pool_timeout=0.2, **options), 0
        make = sessionmaker(engine)
        try:
            for _ in range(40):
                kept.append(call(make))
                answered += 1
        except PoolTimeout:
            pass
        return answered

    def leaked(make):
        session = make()
        session.execute(text("SELECT 1"))
        return session

    def dependency(make):
        session = make()
        try:
            yield session
        finally:
            session.close()

    def first_of(make):
        session = next(dependency(make))
        session.execute(text("SELECT 1"))
        return session

    found["leaked_answered"] = answered_by(leaked, [])
    found["first_answered"] = answered_by(first_of, [], pool_size=2, max_overflow=0)

    # connection-lost-on-error: a context manager without `finally`.
    @contextlib.contextmanager
    def unprotected(engine):
        connection = engine.connect()
        yield connection
        connection.close()

    @contextlib.contextmanager
    def protected(engine):
        connection = engine.connect()
        try:
            yield connection
        finally:
            connection.close()

    def failing(manager):
        engine, answered, kept = sized(url(), pool_size=2, max_overflow=0, pool_timeout=0.2), 0, []
        try:
            for _ in range(10):
                try:
                    with manager(engine) as connection:
                        kept.append(connection)
                        raise ValueError
                except ValueError:
                    answered += 1
        except PoolTimeout:
            pass
        return answered

    found["unprotected_answered"], found["protected_answered"] = failing(unprotected), failing(protected)

    # connection-with-does-not-close: what the block leaves open, and what closing alone loses.
    path, kept, before = os.path.join(folder, "blocks.db"), [], baseline()
    for _ in range(20):
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS notes (note)")
            kept.append(connection)
    found["blocks_left_open"] = open_files() - before
    for connection in kept:
        connection.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO notes VALUES ('lost')")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO notes VALUES ('kept')")
    found["closing_growth"] = open_files() - before
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found["closing_rows"] = [row[0] for row in connection.execute("SELECT note FROM notes")]
    shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found))


def crash():
    """Four threads, fifty transactions each, one file; prints how many committed rows are missing."""
    import threading

    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import sessionmaker
    from sqlalchemy.pool import NullPool, StaticPool

    place = f"sqlite:///{sys.argv[3]}"
    with create_engine(place, poolclass=NullPool).begin() as connection:
        connection.execute(text("CREATE TABLE t (body TEXT)"))
    poolclass = StaticPool if sys.argv[2] == "static" else NullPool
    engine = create_engine(place, poolclass=poolclass, connect_args={"check_same_thread": False, "timeout": 20})
    Session, committed, failures = sessionmaker(engine), [], []

    def work(name):
        for turn in range(50):
            body = f"{name}-{turn}"
            session = Session()
            try:
                session.execute(text("INSERT INTO t VALUES (:b)"), {"b": body})
                session.commit()
                committed.append(body)
            except Exception as error:
                failures.append(type(error).__name__)
            finally:
                try:
                    session.close()
                except Exception as error:
                    failures.append(type(error).__name__)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with create_engine(place, poolclass=NullPool).connect() as connection:
        rows = {row.body for row in connection.execute(text("SELECT body FROM t"))}
    print(len(set(committed) - rows), len(failures))


# ---------------------------------------------------------------------------------------------------------------------
# What the pages claim


def environment(version):
    """An environment with this SQLAlchemy, made once and used again."""
    home = Path(os.environ.get("POOLINT_EVIDENCE_DIR") or Path(tempfile.gettempdir()) / "poolint-evidence-venvs")
    folder = home / f"sqlalchemy-{version}-aiosqlite-{AIOSQLITE}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        wanted = [f"SQLAlchemy=={version}", f"aiosqlite=={AIOSQLITE}", "greenlet"]
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary=greenlet", *wanted],
            check=True,
        )
        (folder / "complete").touch()
    return python


def run(version):
    """The figures of one version, with the outcomes of runs that may end the interpreter."""
    python = environment(version)
    done = subprocess.run([str(python), __file__, "--measure"], capture_output=True, text=True, timeout=50)
    if done.returncode:
        raise SystemExit(f"measuring SQLAlchemy {version} failed\n{done.stderr}")
    found = json.loads(done.stdout.splitlines()[-1])
    for kind in ("static", "null"):
        bad = crashed = 0
        for _ in range(3):
            with tempfile.TemporaryDirectory(prefix="poolint-evidence-") as folder:
                command = [str(python), __file__, "--crash", kind, os.path.join(folder, "crash.db")]
                try:
                    child = subprocess.run(command, capture_output=True, text=True, timeout=15)
                except subprocess.TimeoutExpired:
                    bad += 1
                    continue
            crashed += child.returncode < 0
            numbers = child.stdout.split()
            bad += child.returncode != 0 or numbers != ["0", "0"]
        found[f"{kind}_threads_bad_runs"], found[f"{kind}_threads_crashes"] = bad, crashed
    return found


def server_costs():
    """Milliseconds of a connect and of a checkout of PostgreSQL; no server runs here, so the catalog's own figures."""
    line = re.search(r"^  postgresql: .*$", (RULES / "dialects.yaml").read_text(encoding="utf-8"), re.M).group()
    return tuple(re.search(rf"{key}: ([0-9.]+)", line).group(1) for key in ("connect-ms", "checkout-ms"))


def claims(figures):
    """(page, what must be true, the words in which the page says it)."""
    old, new = figures["1.4"], figures["2.0"]
    yield "null-pool", "the page and the catalog agree on PostgreSQL", True, "{} ms instead of {} ms".format(*server_costs())
    for f in (old, new):
        v = f["version"]
        yield "static-pool-shared", f"{v} loses every committed row of the first session", f["static_lost"] == 100, "100 of 100 committed rows"
        yield "static-pool-shared", f"{v} keeps every rolled-back row", f["static_kept"] == 100, "100 of 100 rolled-back rows"
        yield "static-pool-shared", f"{v} NullPool and the default lose nothing", f["null_lost"] + f["null_kept"] + f["default_lost"] + f["default_kept"] == 0, "NullPool and the default pool lose none"
        yield "static-pool-shared", f"{v} tasks lose rows whose commit returned", (f["static_async_committed"], f["static_async_lost"], f["null_async_lost"]) == (40, 40, 0), "40 of 40 committed rows"
        yield "static-pool-shared", f"{v} threads fail, lose rows or crash", f["static_threads_bad_runs"] >= 1 and f["null_threads_bad_runs"] == 0, "most of 3 runs"
        yield "null-pool", f"{v} closed sessions leave nothing open", f["null_closed_growth"] == 0 and f["null_closed_peak"] == 0, "500 closed sessions leave 0 files open"
        yield "null-pool", f"{v} one connection for each checkout", f["null_opened_of_500"] == 500 and f["queue_opened_of_500"] == 1, "500 checkouts open 500 connections, with a queue pool 1"
        yield "null-pool", f"{v} unclosed sessions have no bound", f["null_held_growth"] == 300, "300 unclosed sessions hold 300 files open"
        yield "null-pool", f"{v} a queue pool stops at 15", f["queue_held_before_timeout"] == 15, "after 15"
        yield "null-pool", f"{v} a checkout of a file costs a little more", f["null_checkout_ms"] > f["queue_checkout_ms"], "two to five times"
        yield "duplicate-engine", f"{v} two engines admit twice as many", (f["one_engine_limit"], f["two_engines_limit"]) == (15, 30), "30 connections instead of 15"
        yield "inconsistent-pool-size", f"{v} the fallback refuses", (f["fallback_refused"], f["setting_refused"]) == (7, 0), "7 of 12"
        yield "session-factory-per-call", f"{v} building costs several times as much", f["factory_each_us"] / f["factory_once_us"] > 1.5 and f["factory_each_us"] < 500, "tens of microseconds"
        yield "session-factory-per-call", f"{v} nothing leaks", f["factory_growth"] == 0, "leaks nothing"
        yield "scoped-session-not-removed", f"{v} 20 live threads", (f["registry_timeouts"], f["registry_held"]) == (5, 15), "5 of 20 threads"
        yield "scoped-session-not-removed", f"{v} removed: none waits", (f["removed_timeouts"], f["removed_held"]) == (0, 0), "with `remove()` 0"
        yield "scoped-session-not-removed", f"{v} 40 live threads on NullPool", (f["registry_null_growth"], f["removed_null_growth"]) == (40, 0), "40 open files"
        yield "scoped-session-not-removed", f"{v} `with` closes and leaves the entry", (f["with_timeouts"], f["with_held"], f["with_leaves_entry"]) == (0, 0, 1), "leaves it in the registry"
        yield "scoped-session-not-removed", f"{v} a registry for each call", f["registry_per_call_answered"] == 2, "third call"
        yield "connection-leak", f"{v} a pool lends 15", f["leaked_answered"] == 15, "lends 15"
        yield "connection-leak", f"{v} the first value of a generator is closed too early", f["first_answered"] == 2, "a pool of 2 is empty after 2 calls"
        yield "connection-lost-on-error", f"{v} each exception takes one", (f["unprotected_answered"], f["protected_answered"]) == (2, 10), "a pool of 2 is empty after 2 exceptions"
        yield "connection-with-does-not-close", f"{v} blocks leave files open", f["blocks_left_open"] == 20, "20 such blocks leave 20 open files"
        yield "connection-with-does-not-close", f"{v} closing and the block: closed and committed", (f["closing_growth"], f["closing_rows"]) == (0, ["kept"]), "loses what was"
        yield "engine-per-call", f"{v} one engine holds at most one file", f["per_process"] <= 1, "one engine 1"
        yield "engine-per-call", f"{v} disposing leaves nothing", f["per_call_disposed"] == 0, "`dispose()`"
        yield "engine-per-call", f"{v} create_engine takes time", 0.02 < f["create_engine_ms"] < 20, "milliseconds"
    ratio = new["factory_each_us"] / new["factory_once_us"]
    yield "session-factory-per-call", "2.0 takes about four times as long", 1.5 < ratio < 12, "12 instead of 3"
    yield "engine-per-call", "2.0 keeps one file for each engine", new["per_call_kept"] == 100, "100 calls hold 100 files open"
    yield "engine-per-call", "2.0 dropped engines wait for the collector", new["per_call_dropped_no_gc"] == 100 and new["per_call_dropped"] > 1, "cyclic garbage collector"
    yield "engine-per-call", "1.4 holds none on a file", old["per_call_kept"] == 0, "On 1.4 a file keeps none"


def main():
    with ThreadPoolExecutor(2) as executor:
        figures = dict(zip(VERSIONS, executor.map(run, VERSIONS.values())))
    for found in figures.values():
        version = found["version"]
        print(f"measured with: {found['libraries']}")
        for name, figure in found.items():
            if name not in ("version", "libraries"):
                print(f"sqlalchemy-{version}.{name}: {figure:.3f}" if isinstance(figure, float) else f"sqlalchemy-{version}.{name}: {figure}")
    wrong = 0
    pages = {}
    for page, claim, holds, words in claims(figures):
        if page not in pages:
            text = (RULES / f"{page}.yaml").read_text(encoding="utf-8")
            pages[page] = re.sub(r"\s+", " ", text)
        if not holds:
            wrong += 1
            print(f"false: {page}: {claim}", file=sys.stderr)
        if words not in pages[page]:
            wrong += 1
            print(f"not on the page: {page}: {words!r}", file=sys.stderr)
    print(f"claims: {'all true' if not wrong else f'{wrong} wrong'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure()
    elif sys.argv[1:2] == ["--crash"]:
        crash()
    else:
        sys.exit(main())
