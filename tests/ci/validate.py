#!/usr/bin/env python3
"""Says whether documents are valid under a public schema: validate.py HOME SCHEMA FILE...

SCHEMA is `sarif`, or a name that check-jsonschema knows without a prefix (`github-actions`, `github-workflows`,
`gitlab-ci`). HOME is a folder that keeps what is needed from one run to the next: an environment with check-jsonschema
from PyPI, and the schema of SARIF 2.1.0 out of the crate serde-sarif, whose types are made from it. The schema is
OASIS's and bears no licence of its own, so it is no part of this repository; its hash is.

Exit code 0: all are valid; 1: one is not; anything else: nothing was validated.
"""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

CHECKER = "check-jsonschema==0.39.0"
CRATE, VERSION = "serde-sarif", "0.8.0"
SCHEMA_HASH = "af47e7b67f24efe74076621fd3a5fbe7398add9e84fe820c971219a385895cea"
MANIFEST = f"""[package]
name = "schema"
version = "0.0.0"
edition = "2024"

[lib]
path = "lib.rs"

[dependencies]
{CRATE} = "={VERSION}"

[workspace]
"""


def checker(home):
    """The program, installed once."""
    folder = home / CHECKER.replace("==", "-")
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, CHECKER], check=True)
        (folder / "complete").touch()
    return folder / "bin" / "check-jsonschema"


def sarif(home):
    """The schema of SARIF, fetched by cargo once: nothing is built."""
    kept = home / "sarif-schema-2.1.0.json"
    if not kept.exists():
        crate = home / "crate"
        crate.mkdir(exist_ok=True)
        (crate / "lib.rs").touch()
        (crate / "Cargo.toml").write_text(MANIFEST)
        fetched = subprocess.run(
            ["cargo", "metadata", "--format-version=1", "--quiet"], cwd=crate, check=True, stdout=subprocess.PIPE
        )
        packages = json.loads(fetched.stdout)["packages"]
        folder = next(Path(package["manifest_path"]).parent for package in packages if package["name"] == CRATE)
        shutil.copyfile(folder / "src" / "schema.json", home / "unchecked.json")
        (home / "unchecked.json").replace(kept)
    found = hashlib.sha256(kept.read_bytes()).hexdigest()
    if found != SCHEMA_HASH:
        sys.exit(f"{kept}: its hash is {found}, not {SCHEMA_HASH}")
    return kept


def main():
    home, name, *files = sys.argv[1:]
    home = Path(home)
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        program = checker(home)
        which = ["--schemafile", str(sarif(home))] if name == "sarif" else ["--builtin-schema", f"vendor.{name}"]
    # The schema of SARIF has a pattern that is none under the stricter rules of Unicode mode.
    command = [str(program), "--regex-variant=nonunicode", "--output-format=json", *which, *files]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    sys.stdout.write(ran.stdout)
    # A document that is not valid, and one that could not be read, look the same but for the words.
    verdict = json.loads(ran.stdout)
    if ran.returncode == 0 and verdict["status"] == "ok":
        return 0
    return 1 if verdict.get("errors") and not verdict.get("parse_errors") else 3


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError, LookupError, subprocess.CalledProcessError) as error:
        print(f"nothing was validated: {error}", file=sys.stderr)
        sys.exit(2)
