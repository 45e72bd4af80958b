#!/usr/bin/env python3
"""Measures what the pages of connect-in-loop and connection-per-call claim of files, with SQLite only.

Run it with any Python 3.9 or newer; it installs nothing. It shows how long 1000 short queries take with a connection
each and with one connection for all of them, and that each connection reads the schema again: the more tables, the
longer. Absolute times are printed and prove nothing; the order of the figures is what is claimed.

Exits with 1 when one is not as claimed. What needs a server was run by hand; the pages say with what.
"""

import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

QUERIES = 1000
REPEATS = 3


def made(path, tables):
    """A file with so many tables and one row."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(tables):
            connection.execute(f"CREATE TABLE t{number} (a INTEGER PRIMARY KEY, b TEXT, c TEXT)")
        connection.execute("INSERT INTO t0 VALUES (1, 'b', 'c')")
    return path


def with_one_each(path):
    """Seconds for the queries, each on a connection of its own."""
    started = time.perf_counter()
    for _ in range(QUERIES):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("SELECT b FROM t0 WHERE a = 1").fetchall()
    return time.perf_counter() - started


def with_one(path):
    """Seconds for the queries on one connection."""
    with closing(sqlite3.connect(path)) as connection:
        started = time.perf_counter()
        for _ in range(QUERIES):
            connection.execute("SELECT b FROM t0 WHERE a = 1").fetchall()
        return time.perf_counter() - started


def best(measure, path):
    """The shortest of some runs: what else the machine does only adds."""
    return min(measure(path) for _ in range(REPEATS))


def main():
    print(f"measured with: Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        seconds = {}
        for tables in (20, 200):
            path = made(Path(folder) / f"{tables}.db", tables)
            seconds[tables] = best(with_one_each, path), best(with_one, path)
            each, one = seconds[tables]
            micro = 1e6 / QUERIES
            print(
                f"  {tables} tables, {QUERIES} queries: {each * micro:.0f} microseconds with a connection each, "
                f"{one * micro:.1f} with one: {each / one:.0f} times"
            )
        claims = {
            "a connection for each query takes at least 5 times as long, 20 tables": seconds[20][0] > 5 * seconds[20][1],
            "a connection for each query takes at least 20 times as long, 200 tables": seconds[200][0] > 20 * seconds[200][1],
            "with more tables each connection takes longer": seconds[200][0] > 2 * seconds[20][0],
        }
    for words, true in claims.items():
        print(f"  {words}: {true}")
        if not true:
            wrong.append(words)
    if wrong:
        print("\n".join(["WRONG:", *wrong]))
        return 1
    print("claims: all true")
    return 0


if __name__ == "__main__":
    sys.exit(main())
