"""What is loaded when a process starts, and what only at need (docs/decisions/0035)."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.test_architecture import MODULES
from tracker.at_need import at_need
from tracker.factory import ROOT

AT_NEED = {name for module in MODULES for name in re.findall(r'at_need\("([^"]+)"\)', module.text)}
"""Every name that the product hands to `at_need`."""

_BROWSER = """
import gc, sys, threading
from pathlib import Path
from tests import cast
from tracker import factory
from tracker.db import db
factory.ROOT = Path(sys.argv[1])
from wsgi import app
assert gc.isenabled() and gc.get_freeze_count() > 100_000
with app.app_context():
    pool = db.engine.pool
    assert pool.checkedin() + pool.checkedout() == 0, "gunicorn would share it between processes"
assert threading.active_count() == 1
app.test_client_class = cast.Client
client = app.test_client()
assert client.get("/healthz").status_code == 200
cast.sign_in(client, "cs")
for path in ("/mine", "/board", "/search?q=jwc"):
    assert client.get(path).status_code == 200, path
print(*sys.modules)
"""


def test_the_pages_of_every_day_are_answered_without_what_is_loaded_at_need(
    tmp_path: Path, sqlite_url: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BROWSER, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "TRACKER_DATABASE_URL": sqlite_url, "TRACKER_HEARTBEAT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert {"tracker", "sqlalchemy"} <= loaded
    assert not loaded & {name.partition(".")[0] for name in AT_NEED}
    assert not loaded & {"pypinyin", "pdfplumber", "weasyprint"}


@pytest.mark.parametrize("name", sorted(AT_NEED))
def test_what_is_loaded_at_need_is_there_when_it_is_needed(name: str) -> None:
    assert at_need(name).__name__ == import_module(name).__name__


def asked_of() -> Iterator[tuple[str, str]]:
    """What the product asks of each name, as `(name, attribute)`."""
    for module in MODULES:
        names: dict[str, str] = {}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Assign) and "at_need(" in ast.unparse(node.value):
                pairs = zip(_each(node.targets[0]), _each(node.value), strict=True)
                names |= {ast.unparse(to): ast.literal_eval(call.args[0]) for to, call in pairs}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in names:
                yield names[ast.unparse(node.value)], node.attr


def _each(node: Any) -> list[Any]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


_ALONE = """
import os, sys
from importlib import import_module
wrong = 0
for asked in sys.argv[1:]:
    name, *attributes = asked.split(":")
    if not (child := os.fork()):
        module = import_module(name)
        missing = [one for one in attributes if not hasattr(module, one)]
        print(name, missing) if missing else None
        sys.stdout.flush()
        os._exit(bool(missing))
    wrong |= os.waitpid(child, 0)[1]
sys.exit(bool(wrong))
"""


def test_what_is_asked_of_a_module_is_there_though_nobody_else_has_loaded_its_parts() -> None:
    """`joserfc.jwt` was there only because another package had loaded it."""
    asked: dict[str, set[str]] = {}
    for name, attribute in asked_of():
        asked.setdefault(name, set()).add(attribute)
    assert len(asked) >= len(AT_NEED) - 3  # Three robots are asked by the names of KINDS.
    alone = [":".join([name, *sorted(attributes)]) for name, attributes in asked.items()]
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, *alone], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


def test_a_package_that_is_not_installed_is_missed_at_once_and_not_at_need() -> None:
    with pytest.raises(ModuleNotFoundError, match="'weather'"):
        at_need("weather.tomorrow")


def test_nobody_imports_at_the_start_what_others_load_at_need() -> None:
    """Only `python -m` processes of their own, which do nothing else."""
    packages = {name.partition(".")[0] for name in AT_NEED}
    wrong = [
        f"{module.name}:{line} imports {name}"
        for module in MODULES
        for line, name in module.imports()
        if name.partition(".")[0] in packages and not module.name.endswith("_reader")
    ]
    assert wrong == []
