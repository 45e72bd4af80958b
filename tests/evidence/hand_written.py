#!/usr/bin/env python3
"""Runs what the pages about hand-written pools claim, with queues and the sqlite3 of this Python.

Run it with any Python 3.9 or newer; it needs no network. Prints one line for each claim and exits with 1 when one is not
true.
"""

import os
import queue
import sqlite3
import sys
import tempfile
import threading
import time

FAILED = []


def claim(what, seen, promised):
    held = seen == promised
    print(f"{'true ' if held else 'FALSE'} {what}: {seen!r}")
    if not held:
        FAILED.append(what)


def connect(path):
    return sqlite3.connect(path, timeout=0.2, check_same_thread=False)


def filled(path, size):
    pool = queue.Queue(maxsize=size)
    for _ in range(size):
        pool.put(connect(path))
    return pool


def raised(function):
    try:
        function()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def count_without_finally(pool):
    conn = pool.get_nowait()
    conn.execute("select * from nowhere")
    pool.put(conn)


def clean_and_give_back(pool, conn):
    try:
        conn.execute("rollback")
        pool.put_nowait(conn)
    except sqlite3.Error:
        conn.close()


def lost(path):
    pool = filled(path, 2)
    failures = [raised(lambda: count_without_finally(pool)).split(":")[0] for _ in range(2)]
    claim("two exceptions", failures, ["OperationalError"] * 2)
    claim("then a pool of 2 is empty for good", raised(pool.get_nowait), "Empty: ")
    pool = filled(path, 2)
    for _ in range(2):
        clean_and_give_back(pool, pool.get_nowait())
    claim("failed clean-ups empty it, too", pool.qsize(), 0)


def poisoned(path):
    pool = filled(path, 1)
    pool.get_nowait().close()
    pool.put(None)
    taken = pool.get_nowait()
    claim(
        "None in the pool",
        raised(lambda: taken.execute("select 1")),
        "AttributeError: 'NoneType' object has no attribute 'execute'",
    )
    conn = connect(path)
    conn.close()
    pool.put(conn)
    taken = pool.get_nowait()
    claim(
        "a closed connection in the pool",
        raised(lambda: taken.execute("select 1")),
        "ProgrammingError: Cannot operate on a closed database.",
    )


def waiting_under_the_lock(path):
    pool, lock = filled(path, 1), threading.Lock()
    conn = pool.get()

    def give_back():
        time.sleep(0.2)
        with lock:
            pool.put(conn)

    giver = threading.Thread(target=give_back)
    giver.start()
    began = time.monotonic()

    def take():
        with lock:
            return pool.get(timeout=1)

    claim("a wait under the lock that giving back needs", raised(take), "Empty: ")
    claim("it waited for its whole timeout", round(time.monotonic() - began, 1) >= 1, True)
    giver.join()
    claim("and only then it came back", pool.qsize(), 1)
    taken = pool.get()
    giver = threading.Thread(target=lambda: (time.sleep(0.2), pool.put(taken)))
    giver.start()
    claim("without the lock the wait succeeds", raised(lambda: pool.get(timeout=1)), None)
    giver.join()


def dirty(path):
    pool = filled(path, 1)
    conn = pool.get()
    conn.execute("insert into orders values (1)")
    pool.put(conn)
    other = connect(path)
    claim(
        "an insert without a commit keeps its lock in the pool",
        raised(lambda: other.execute("insert into orders values (2)")),
        "OperationalError: database is locked",
    )
    following = pool.get()
    following.execute("select 1")
    following.commit()
    claim(
        "the next user's commit wrote it",
        other.execute("select count(*) from orders").fetchone(),
        (1,),
    )
    other.rollback()
    plain = sqlite3.connect(path, isolation_level=None)
    plain.execute("insert into orders values (3)")
    claim("with isolation_level=None nothing is left open", plain.in_transaction, False)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "orders.db")
        with connect(path) as conn:
            conn.execute("create table orders (id integer)")
        conn.close()
        lost(path)
        poisoned(path)
        waiting_under_the_lock(path)
        dirty(path)
    print(f"measured with: sqlite3 {sqlite3.sqlite_version}")
    if FAILED:
        sys.exit(f"claims that are not true: {FAILED}")
    print("claims: all true")


if __name__ == "__main__":
    main()
