#!/usr/bin/env python3
"""Runs the bad examples of the rules whose finding is a certain failure, with the real libraries and without servers.

Run it with any Python 3.9 or newer that has venv, and with the path of poolint in POOLINT. For each version of SQLAlchemy
it makes an environment, and in it:

* runs every bad example that an error is promised for, and compares the exception with the one in poolint's message;
* lets poolint repair it where the fix is safe, and runs it again: it must construct;
* runs every good example: it must construct.

An example that pins SQLAlchemy runs on that version only; one with `>=` on all versions from there. Prints one line for
each run and exits with 1 when one is not as promised.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

VERSIONS = ["1.4.54", "2.0.27", "2.0.58", "2.1.9"]
BESIDE = [
    "aiosqlite==0.22.1",
    "greenlet",
    "psycopg2-binary==2.9.13",
    "asyncpg==0.32.0",
    "psycopg[binary]==3.3.9",
    "psycopg_pool==3.3.3",
    "aiomysql==0.3.2",
    "PyMySQL==1.2.0",
]
RULES = Path(__file__).resolve().parents[2] / "rules"
PAGES = [
    "pool-args-rejected",
    "min-exceeds-max",
    "queue-pool-in-async",
    "pool-setting-from-string",
    "sqlite-memory-pool",
]
# What a rule promises for all its errors, where its message does not quote it.
PROMISES = {"sqlite-memory-pool": "OperationalError: (sqlite3.OperationalError) no such table"}
# What the environment of the examples sets.
SETTINGS = {**os.environ, "POOL_SIZE": "5"}
# Nothing listens there: what these examples show happens at construction, or needs a server and is not run.
NEEDS_A_SERVER = re.compile(r"ThreadedConnectionPool\(")


def environment(version):
    """An environment with this SQLAlchemy and the drivers, made once and used again."""
    home = Path(os.environ.get("POOLINT_EVIDENCE_DIR") or Path(tempfile.gettempdir()) / "poolint-evidence-venvs")
    folder = home / f"certain-sqlalchemy-{version}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, f"SQLAlchemy=={version}", *BESIDE], check=True)
        (folder / "complete").touch()
    return python


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
    wanted = re.search(r"sqlalchemy(==|>=)([\d.]+)", files.get("requirements.txt", ""))
    if not wanted:
        return True
    sign, stated = wanted.groups()
    if sign == "==":
        return stated == version
    return key(stated) <= key(version)


def poolint(folder, *arguments):
    command = [os.environ["POOLINT"], "check", ".", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def promised(folder, page):
    """The exception in the message of the error that poolint finds."""
    ran = poolint(folder, "--select", page, "--output-format", "json")
    for finding in json.loads(ran.stdout)["findings"]:
        if finding["severity"] == "error":
            return PROMISES.get(page) or re.search(r"raises `([^`]*)`", finding["message"])[1]
    return None


def construct(python, folder, files):
    """The last line of the traceback, or nothing when all is well."""
    for name in files:
        if name.endswith(".py"):
            ran = subprocess.run([str(python), name], cwd=folder, env=SETTINGS, capture_output=True, text=True, check=False)
            if ran.returncode:
                last = [line for line in ran.stderr.splitlines() if re.match(r"[\w.]+(Error|Exception)\b", line)]
                return last[-1] if last else ran.stderr
    return None


def is_promised(raised, message):
    """Whether an exception is the promised one: its class by its last name, its text as it starts."""
    kind, _, text = (raised or "").partition(": ")
    return f"{kind.rsplit('.', 1)[-1]}: {text}".startswith(message)


def main():
    all_true, runs = True, 0

    def report(version, page, title, what, holds):
        nonlocal all_true, runs
        all_true, runs = all_true and holds, runs + 1
        print(f"SQLAlchemy {version}: {page}, \"{title}\": {what}: {'true' if holds else 'FALSE'}")

    for version in VERSIONS:
        python = environment(version)
        asked = "import sqlalchemy; print(sqlalchemy.__version__)"
        found = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
        print(f"measured with: SQLAlchemy {found}")
        all_true = all_true and found == version
        for page in PAGES:
            for title, facts, files in examples(page):
                if not runs_on(files, version) or any(NEEDS_A_SERVER.search(text) for text in files.values()):
                    continue
                with tempfile.TemporaryDirectory(prefix="poolint-certain-") as folder:
                    for name, text in files.items():
                        (Path(folder) / name).write_text(text)
                    message = promised(folder, page)
                    raised = construct(python, folder, files)
                    if facts["is"] == "good" or message is None:
                        report(version, page, title, f"constructs ({raised})", raised is None)
                        continue
                    holds = is_promised(raised, message)
                    report(version, page, title, f"raises `{raised}`, promised `{message}`", holds)
                    poolint(folder, "--select", page, "--fix")
                    changed = any((Path(folder) / name).read_text() != text for name, text in files.items())
                    if changed:
                        raised = construct(python, folder, files)
                        # What needs a server constructs when it gets as far as looking for one.
                        reached = raised and re.match(r"(socket\.gaierror|OSError|ConnectionRefusedError)", raised)
                        report(version, page, title, f"repaired, it constructs ({raised})", not raised or bool(reached))
    print(f"{runs} runs")
    print("claims: all true" if all_true and runs > 60 else "claims: not all true")
    return 0 if all_true and runs > 60 else 1


if __name__ == "__main__":
    sys.exit(main())
