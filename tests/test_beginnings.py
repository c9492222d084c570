"""A site that begins with nothing: its first office and its first account."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.databases import in_app
from tracker.db import db
from tracker.domain.vocabulary import Post, UnitKind
from tracker.models.org import Membership, Unit, User

OFFICE = ("unit", "add", "affairs", "--kind", "academic_affairs", "--name", "教务处")
PERSON = ("user", "add", "a@b.example", "--name", "处长", "--password", "Lantian-Shuqian-2026")


@pytest.fixture
def empty(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    return make_app(f"sqlite:///{tmp_path / 'empty.db'}")


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["tracker", *words])


def test_two_commands_give_an_empty_site_an_office_and_its_head(empty: Flask) -> None:
    assert run(empty, *OFFICE).exit_code == 0
    assert run(empty, *OFFICE).exit_code == 0
    assert run(empty, *PERSON, "--unit", "affairs", "--post", "lead").exit_code == 0
    with in_app(empty):
        (unit,) = db.session.scalars(select(Unit))
        assert (unit.code, unit.kind) == ("affairs", UnitKind.ACADEMIC_AFFAIRS)
        (held,) = db.session.scalars(select(Membership))
        assert (held.unit_id, held.post) == (unit.id, Post.LEAD)


def test_a_unit_that_is_not_there_is_named_with_the_command_that_adds_it(empty: Flask) -> None:
    said = run(empty, *PERSON, "--unit", "affairs")
    assert said.exit_code == 1
    assert "flask tracker unit add" in said.output


def test_a_post_without_a_unit_adds_nobody(empty: Flask) -> None:
    assert run(empty, *OFFICE).exit_code == 0
    said = run(empty, *PERSON, "--post", "lead")
    assert said.exit_code == 2
    assert "--unit" in said.output
    with in_app(empty):
        assert db.session.scalars(select(User)).all() == []


def test_a_code_that_is_another_unit_s_is_refused(empty: Flask) -> None:
    assert run(empty, *OFFICE).exit_code == 0
    said = run(empty, *OFFICE[:-1], "另一处")
    assert said.exit_code == 1
    assert "Error: " in said.output
