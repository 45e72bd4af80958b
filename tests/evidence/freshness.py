#!/usr/bin/env python3
"""Measures what the pages of missing-pre-ping and pool-reuses-dirty-connection claim, with SQLAlchemy and SQLite only.

Run it with any Python 3.9 or newer that has venv. For each version it makes an environment and in it shows

* how many of 8 queries fail after 5 pooled connections were closed behind the pool's back, with and without the test;
* which values switch the reset off, and who then finds what the last user of a connection left open;
* that a wait in milliseconds is taken for seconds.

Exits with 1 when one is not as claimed. What needs MySQL or PostgreSQL was run by hand; the pages say with what.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

VERSIONS = ["1.4.54", "2.0.58"]


def environment(version):
    """An environment with this SQLAlchemy, made once and used again."""
    home = Path(os.environ.get("POOLINT_EVIDENCE_DIR") or Path(tempfile.gettempdir()) / "poolint-evidence-venvs")
    folder = home / f"freshness-sqlalchemy-{version}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, f"SQLAlchemy=={version}"], check=True)
        (folder / "complete").touch()
    return python


WRONG = []


def claim(words, seen, expected):
    """One line, and whether it is as claimed."""
    print(f"  {words}: {seen}")
    if seen != expected:
        WRONG.append(f"{words}: {seen}, claimed {expected}")


def failures(url, options):
    """How many of 8 queries fail after the server, so to speak, has closed 5 idle connections."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.pool import QueuePool

    engine = create_engine(url, poolclass=QueuePool, connect_args={"check_same_thread": False}, **options)
    taken = [engine.raw_connection() for _ in range(5)]
    beneath = [getattr(one, "dbapi_connection", None) or one.connection for one in taken]
    for one in taken:
        one.close()
    for one in beneath:
        one.close()
    failed = 0
    for _ in range(8):
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except Exception:
            failed += 1
    engine.dispose()
    return failed


def left_open(folder, name, pool_class, reset, how):
    """Whether another writer is refused, and whether the next user is in a transaction, after an insert without commit."""
    import gc
    import sqlite3

    from sqlalchemy import create_engine, pool, text

    path = Path(folder) / f"{name}.db"
    first = sqlite3.connect(path)
    first.execute("CREATE TABLE t (x)")
    first.commit()
    first.close()
    arguments = {"check_same_thread": False, "timeout": 0}
    engine = create_engine(
        f"sqlite:///{path}", poolclass=getattr(pool, pool_class), pool_reset_on_return=reset, connect_args=arguments
    )
    if how == "raw":
        taken = engine.raw_connection()
        taken.cursor().execute("INSERT INTO t VALUES (1)")
        taken.close()
    elif how == "dropped":
        taken = engine.connect()
        taken.execute(text("INSERT INTO t VALUES (1)"))
        del taken
        gc.collect()
    else:
        with engine.connect() as taken:
            taken.execute(text("INSERT INTO t VALUES (1)"))
    other = sqlite3.connect(path, timeout=0)
    try:
        other.execute("INSERT INTO t VALUES (2)")
        refused = False
    except sqlite3.OperationalError:
        refused = True
    other.close()
    following = engine.raw_connection()
    inside = (getattr(following, "dbapi_connection", None) or following.connection).in_transaction
    following.close()
    engine.dispose()
    return refused, inside


def measure():
    import warnings

    import sqlalchemy
    from sqlalchemy import create_engine

    warnings.simplefilter("ignore")
    version = sqlalchemy.__version__
    print(f"measured with: SQLAlchemy {version}")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/stale.db"
        claim("failed of 8 without the test", failures(url, {}), 1)
        claim("failed of 8 with the test", failures(url, {"pool_pre_ping": True}), 0)
        claim("failed of 8 with an age that has not come", failures(url, {"pool_recycle": 3600}), 1)
        expected = {None: "none", False: "none", "none": "none", True: "rollback", "rollback": "rollback", "commit": "commit"}
        for value, means in expected.items():
            style = str(create_engine(url, pool_reset_on_return=value).pool._reset_on_return)
            claim(f"pool_reset_on_return={value!r} is {means}", means in style, True)
        dirty, clean = (True, True), (False, False)
        for number, (pool_class, reset, how, result) in enumerate(
            [
                ("QueuePool", None, "raw", dirty),
                ("QueuePool", "rollback", "raw", clean),
                ("StaticPool", None, "raw", dirty),
                ("NullPool", None, "raw", clean),
                ("QueuePool", None, "closed", clean),
                ("QueuePool", None, "dropped", clean if version < "2" else dirty),
            ]
        ):
            words = f"{pool_class}, reset {reset}, {how}: another writer is refused, the next one is in a transaction"
            claim(words, left_open(folder, f"reset{number}", pool_class, reset, how), result)
    claim("pool_timeout=30000 waits, in seconds", create_engine("sqlite:///x.db", poolclass=sqlalchemy.pool.QueuePool, pool_timeout=30000).pool.timeout(), 30000)
    for wrong in WRONG:
        print(f"WRONG {wrong}")
    return bool(WRONG)


def main():
    if sys.argv[1:] == ["measure"]:
        sys.exit(measure())
    failed = False
    for version in VERSIONS:
        run = subprocess.run([str(environment(version)), __file__, "measure"], check=False)
        failed |= run.returncode != 0
    print("claims: some are wrong" if failed else "claims: all true")
    sys.exit(failed)


if __name__ == "__main__":
    main()
