#!/usr/bin/env python3
"""Runs what the pages and the catalog claim of Django and Flask-SQLAlchemy, with the real packages and without servers.

Run it with any Python 3.10 or newer that has venv, and with the path of poolint in POOLINT. It makes the environments it
needs, each once, and in them:

* uses every database of the examples of django-pool-misconfigured, and compares the exception with poolint's message;
* uses a database with every key that the catalog calls misplaced, with each driver;
* counts connections that stay open under ASGI and WSGI;
* makes engines with every key of Flask-SQLAlchemy that the catalog calls ignored.

Prints a table of rule, version and exception, and exits with 1 when one line is not as the pages say.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DRIVER = ["psycopg[binary,pool]==3.3.9"]
ENVIRONMENTS = {
    "django-5.0": ["Django==5.0.14", *DRIVER],
    "django-5.2": ["Django==5.2.19", *DRIVER, "PyMySQL==1.2.0", "dj-database-url==3.1.2", "django-environ==0.14.0"],
    "django-5.2-psycopg2": ["Django==5.2.19", "psycopg2-binary==2.9.13"],
    "flask-2.5": ["Flask-SQLAlchemy==2.5.1", "Flask<2.3", "Werkzeug<3", "SQLAlchemy==1.4.54", "psycopg2-binary==2.9.13"],
    "flask-3.1": ["Flask-SQLAlchemy==3.1.1", "SQLAlchemy==2.0.58", "psycopg2-binary==2.9.13"],
}
# Nothing listens on port 1: whoever gets that far had nothing to complain of.
POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "127.0.0.1", "PORT": "1"}
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
MYSQL = {"ENGINE": "django.db.backends.mysql", "NAME": "x", "HOST": "127.0.0.1", "PORT": "1"}

USE_DATABASES = """
import json, sys
try:
    import pymysql
    pymysql.install_as_MySQLdb()
except ImportError:
    pass
from django.conf import settings
settings.configure()
from django.db.utils import ConnectionHandler
import django
print(django.get_version())
for title, database in json.load(sys.stdin):
    try:
        ConnectionHandler({"default": database})["default"].ensure_connection()
        said = "connected"
    except Exception as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
    print(json.dumps([title, said]))
"""

REQUESTS = """
import asyncio, gc, io, os, sys, tempfile
from django.conf import settings
age = json.loads(sys.argv[1]) if (json := __import__("json")) else None
folder = tempfile.mkdtemp()
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder + "/evidence.db", "CONN_MAX_AGE": age}},
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x",
)
import django
django.setup()
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.db.backends.signals import connection_created
from django.http import HttpResponse
from django.urls import path
made = []
connection_created.connect(lambda **more: made.append(1), weak=False)
def view(request):
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("ok")
urlpatterns = [path("", view)]
def still_open():
    folders = "/proc/self/fd"
    links = []
    for name in os.listdir(folders):
        try:
            links.append(os.readlink(f"{folders}/{name}"))
        except OSError:
            pass
    return sum("evidence.db" in link for link in links)
async def request(app):
    told = False
    async def receive():
        nonlocal told
        if told:
            await asyncio.sleep(60)
        told = True
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        pass
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b"", "http_version": "1.1",
             "server": ("x", 80), "client": ("y", 1)}
    await app(scope, receive, send)
async def served():
    app = ASGIHandler()
    most = 0
    for _ in range(100):
        await request(app)
        most = max(most, still_open())
    one_by_one = len(made)
    gc.collect()
    await asyncio.gather(*(request(app) for _ in range(40)))
    return one_by_one, most, still_open()
one_by_one, most, together = asyncio.run(served())
gc.collect()
before = len(made)
app = WSGIHandler()
for _ in range(20):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "x", "SERVER_PORT": "80",
               "wsgi.input": io.BytesIO(b""), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr}
    response = app(environ, lambda *args, **more: None)
    list(response)
    response.close()
print(json.dumps([one_by_one, most, together, len(made) - before]))
"""

ENGINE = """
import json, warnings
warnings.simplefilter("ignore")
from importlib.metadata import version
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
app = Flask("evidence")
app.config.update(
    SQLALCHEMY_DATABASE_URI="postgresql+psycopg2://x@127.0.0.1:1/x", SQLALCHEMY_POOL_SIZE=2, SQLALCHEMY_MAX_OVERFLOW=0,
    SQLALCHEMY_POOL_TIMEOUT=7, SQLALCHEMY_POOL_RECYCLE=99, SQLALCHEMY_POOL_PRE_PING=True,
)
db = SQLAlchemy(app)
with app.app_context():
    pool = db.engine.pool
    print(json.dumps([version("flask-sqlalchemy"), pool.size(), pool._max_overflow, pool._timeout, pool._recycle,
                      bool(pool._pre_ping)]))
"""

URLS = """
import json, dj_database_url, environ
url = "postgres://x@127.0.0.1:1/x?conn_max_age=15"
made = dj_database_url.parse(url, conn_max_age=3)
other = environ.Env().db("NO_SUCH_VARIABLE", default=url)
print(json.dumps([made["CONN_MAX_AGE"], made["OPTIONS"], other["CONN_MAX_AGE"], other["OPTIONS"]]))
"""


def environment(name):
    """The interpreter of an environment, made once and used again."""
    home = Path(os.environ.get("POOLINT_EVIDENCE_DIR") or Path(tempfile.gettempdir()) / "poolint-evidence-venvs")
    folder = home / f"frameworks-{name}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, *ENVIRONMENTS[name]], check=True)
        (folder / "complete").touch()
    return str(python)


def output(name, program, *arguments, given=None):
    ran = subprocess.run(
        [environment(name), "-c", program, *arguments], input=given, capture_output=True, text=True, check=False
    )
    assert not ran.returncode, ran.stderr
    return ran.stdout.splitlines()


def uses(name, databases):
    """What the first use of each database raises."""
    version, *lines = output(name, USE_DATABASES, given=json.dumps(databases))
    return version, [json.loads(line) for line in lines]


def misplaced():
    """The lists of misplaced options and of keys that are ignored, as the catalog has them."""
    text = (ROOT / "rules/libraries/django.yaml").read_text()
    options = re.search(r"keys: &unknown\s*\[(.*?)\]", text, re.S)[1]
    ignored = re.search(r"# What no version reads\.\s*- keys:\s*\[(.*?)\]", text, re.S)[1]
    words = lambda found: [word.strip() for word in found.replace("\n", " ").split(",")]
    return [option.removeprefix("OPTIONS.") for option in words(options)], words(ignored)


def examples(page):
    """Title and files of each example of a page, read by its indentation."""
    found, name = [], None
    text = (ROOT / "rules" / f"{page}.yaml").read_text()
    for line in text.split("\nexamples:\n", 1)[1].splitlines():
        if line.startswith("  - title: "):
            found.append((line.removeprefix("  - title: "), {}))
        elif match := re.fullmatch(r"      (\S+): \|", line):
            name = match[1]
            found[-1][1][name] = ""
        elif line.startswith("        ") or not line:
            found[-1][1][name] += line[8:] + "\n"
    assert found, f"{page} has no examples"
    return found


def promised(folder, page):
    """Whether poolint finds something, and the exception in the message of an error."""
    command = [os.environ["POOLINT"], "check", ".", "--select", page, "--output-format", "json"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    for finding in json.loads(ran.stdout)["findings"]:
        if finding["severity"] == "error":
            return re.search(r"raises `(.*?)`:", finding["message"])[1]
    return None


def main():
    all_true, lines = True, 0

    def report(rule, version, what, said, holds):
        nonlocal all_true, lines
        all_true, lines = all_true and bool(holds), lines + 1
        print(f"{rule} | {version} | {what}: {said} | {'true' if holds else 'FALSE'}")

    reached = lambda said: said == "connected" or said.startswith("OperationalError")
    rule = "django-pool-misconfigured"
    for title, files in examples(rule):
        required = files.get("requirements.txt", "")
        name = "django-5.0" if "==5.0" in required else "django-5.2-psycopg2" if "psycopg2" in required else "django-5.2"
        with tempfile.TemporaryDirectory(prefix="poolint-frameworks-") as folder:
            for path, text in files.items():
                (Path(folder) / path).write_text(text)
            message = promised(folder, rule)
        held = {}
        exec(files["settings.py"], held)  # the page's own examples
        databases = [(title, database) for database in held["DATABASES"].values() if database["ENGINE"].startswith("django.db")]
        version, said = uses(name, databases)
        for _, exception in said:
            holds = exception.startswith(message) if message else reached(exception)
            report(rule, f"Django {version}", title, exception, holds)

    options, ignored = misplaced()
    report(rule, "catalog", "misplaced options", len(options), len(options) == 21)
    for name, raises in [
        ("django-5.0", 'ProgrammingError: invalid connection option "{}"'),
        ("django-5.2", 'ProgrammingError: invalid connection option "{}"'),
        ("django-5.2-psycopg2", 'ProgrammingError: invalid dsn: invalid connection option "{}"'),
    ]:
        version, said = uses(name, [(key, {**POSTGRES, "OPTIONS": {key: 5}}) for key in options])
        for key, exception in said:
            report(rule, f"Django {version}", f"PostgreSQL, OPTIONS[{key!r}]", exception, exception == raises.format(key))
        version, said = uses(name, [(key, {**POSTGRES, key: 5}) for key in ignored])
        for key, exception in said:
            report(rule, f"Django {version}", f"{key!r} beside ENGINE", "no complaint" if reached(exception) else exception, reached(exception))
    version, said = uses("django-5.2", [(key, {**SQLITE, "OPTIONS": {key: 5}}) for key in options])
    for key, exception in said:
        wanted = f"TypeError: '{key}' is an invalid keyword argument for Connection()"
        report(rule, f"Django {version}", f"SQLite, OPTIONS[{key!r}]", exception, exception == wanted)
    version, said = uses("django-5.2", [("pool", {**MYSQL, "OPTIONS": {"pool": True}})])
    report(rule, f"Django {version}", "MySQL (PyMySQL), pool", said[0][1], said[0][1].startswith("TypeError"))
    off = [("pool off", {**POSTGRES, "CONN_MAX_AGE": 60, "OPTIONS": {"pool": False}}), ("no pool", {**POSTGRES, "CONN_MAX_AGE": 60})]
    version, said = uses("django-5.2", off)
    for title, exception in said:
        report(rule, f"Django {version}", f"{title} beside CONN_MAX_AGE", "no complaint", reached(exception))
    for numbers in ({"min_size": 8, "max_size": 2}, {"max_size": 2}):
        version, said = uses("django-5.2", [("pool", {**POSTGRES, "OPTIONS": {"pool": numbers}})])
        wanted = "ValueError: max_size must be greater or equal than min_size"
        report("min-exceeds-max", f"Django {version}", f"pool {numbers}", said[0][1], said[0][1] == wanted)

    rule = "django-conn-max-age-asgi"
    for age in (0, 60, None):
        one_by_one, most, together, wsgi = json.loads(output("django-5.2", REQUESTS, json.dumps(age))[-1])
        said = (
            f"100 requests open {one_by_one}, up to {most} at once; after 40 at the same time {together} are open; "
            f"20 under WSGI open {wsgi}"
        )
        if age == 0:
            holds = (one_by_one, most, together, wsgi) == (100, 0, 0, 20)
        else:
            # When the garbage is collected is not for the page to say; that most of the 40 are open is.
            holds = one_by_one == 100 and most > 5 and together > 20 and wsgi == 1
        report(rule, f"Django {version}", f"CONN_MAX_AGE {age}", said, holds)
    said = json.loads(output("django-5.2", URLS)[0])
    holds = said == [3, {"conn_max_age": 15}, 15, {}]
    report(rule, "dj-database-url, django-environ", "the query of a URL", said, holds)

    rule = "flask-sqlalchemy-ignored-key"
    for name, wanted in [("flask-2.5", ["2.5.1", 2, 0, 7, 99, False]), ("flask-3.1", ["3.1.1", 5, 10, 30.0, -1, False])]:
        said = json.loads(output(name, ENGINE)[0])
        report(rule, f"Flask-SQLAlchemy {said[0]}", "size, overflow, timeout, recycle, pre-ping", said[1:], said == wanted)
        print(f"measured with: Flask-SQLAlchemy {said[0]}")
    print(f"measured with: Django {version}")
    print(f"{lines} lines")
    holds = all_true and lines > 150
    print("claims: all true" if holds else "claims: not all true")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
