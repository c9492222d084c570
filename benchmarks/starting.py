"""What one process costs: from nothing to its first answer, and the memory it holds, against a bare
Flask application with one query and one template."""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.campus import REAL_USE, build
from benchmarks.clockwork import line
from tracker.factory import ROOT

_BARE = """
import sqlite3, sys
from flask import Flask, render_template_string
app = Flask("bare")
rows = sqlite3.connect(sys.argv[1]).execute("SELECT code, name FROM unit").fetchall()
app.add_url_rule("/", "all", lambda: render_template_string(
    "{% for code, name in rows %}{{ code }} {{ name }}{% endfor %}", rows=rows))
assert app.test_client().get("/").status_code == 200
"""
_OURS = """
from wsgi import app
client = app.test_client()
for path in ("/healthz", "/login"):
    assert client.get(path).status_code == 200
"""
_MEMORY = """
print([each.split()[1] for each in open("/proc/self/smaps_rollup") if each.startswith("Pss:")][0])
"""


def run(folder: Path, rounds: int) -> None:
    """The fastest round of each: a cold disk is no fault of either. A first round of ours compiles
    the modules, as `docs/deploy.md` has it done before a server starts."""
    house = _house(folder)
    _once(house, _OURS + _MEMORY)
    taken: dict[str, list[tuple[float, int]]] = {"bare": [], "ours": []}
    for _round in range(rounds):
        for name, code in (("bare", _BARE), ("ours", _OURS)):
            taken[name].append(_once(house, code + _MEMORY))
    (bare, bare_kb), (ours, ours_kb) = (min(taken[name]) for name in ("bare", "ours"))
    line("cold start : bare", ours / bare, "<= 1 s", f"{ours:.2f} s, bare {bare:.2f} s")
    detail = f"{ours_kb / 1024:.0f} MB, bare {bare_kb / 1024:.0f} MB"
    line("memory of a process : bare", ours_kb / bare_kb, "<= 2", detail)


def _house(folder: Path) -> Path:
    """The product as `wsgi.py` finds it, with a campus in its instance folder."""
    for name in ("tracker", "migrations", "wsgi.py"):
        (folder / name).symlink_to(ROOT / name)
    build(folder / "instance", 12)
    return folder


def _once(house: Path, code: str) -> tuple[float, int]:
    """Seconds until it ended, and kB it held then."""
    environ = {**os.environ, **REAL_USE, "PYTHONPYCACHEPREFIX": str(house / "compiled")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", code, str(house / "instance" / "tracker.db")]
    begin = time.perf_counter()
    done = subprocess.run(
        command, cwd=house, env=environ, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - begin, int(done.stdout)
