"""The example that programmers begin with works as it stands, against a real server."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask

from tests import cast
from tests.databases import ROOT
from tests.serving import Server
from tests.web.duties import held, held_id
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.scopes import Scope
from tracker.permissions import SYSTEM
from tracker.services import api_tokens

CLIENT = ROOT / "docs" / "example_client.py"

pytestmark = pytest.mark.slow


def test_it_is_short_and_needs_nothing_but_python() -> None:
    lines = CLIENT.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith("import ")}
    assert imported <= sys.stdlib_module_names


def test_it_lists_my_duties_and_checks_one_off(app: Flask, serve: Callable[..., Server]) -> None:
    may = frozenset({Scope.READ, Scope.REPORT})
    with transaction():
        token = api_tokens.create(cast.user("cs"), SYSTEM, clock.now(), clock.real_now(), may=may)
    one = held_id(3, "cs")
    environ = {**os.environ, "MATRIX_URL": serve(app).url, "MATRIX_TOKEN": token}

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(CLIENT), *map(str, words)]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)

    listed = run()
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) >= 16
    assert f"{one}\tOPEN\t2020-02-24T00:00:00+08:00" in listed.stdout
    done = run(one, "--count", 12)
    assert (done.returncode, done.stdout) == (0, "DONE\n"), done.stderr
    db.session.rollback()
    assert held(3, "cs").count == 12
    again = run(one, "--count", 12)
    assert again.returncode != 0
    assert "409" in again.stderr
