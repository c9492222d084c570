"""From one version to the next while people work; and what the container is made of."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import text

from tests.databases import MIGRATIONS, ROOT, bare_app, in_app
from tests.jobs.test_two_servers import Browser
from tests.serving import Server
from tracker.cli.database import require_revision, upgrade
from tracker.db import db
from tracker.jobs import doctor

MakeApp = Callable[..., Flask]
EXPANDS = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", {head!r}
branch_labels = depends_on = None


def upgrade():
    op.create_table("something_new", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("unit", sa.Column("shown_as", sa.String(40), nullable=True))


def downgrade():
    op.drop_column("unit", "shown_as")
    op.drop_table("something_new")
"""


def set_revision(revision: str) -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


@pytest.mark.postgres
def test_old_servers_go_on_while_the_new_version_expands_the_tables(
    make_app: MakeApp, postgres_url: str, serve: Callable[..., Server], tmp_path: Path
) -> None:
    """And none of the old ones starts afterwards."""
    app = make_app(postgres_url)
    head = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.rollback()
    old = Browser(serve(postgres_url))
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "9999_expands.py").write_text(EXPANDS.format(head=head))
    with in_app(bare_app(postgres_url, folder)):
        flask_migrate.upgrade()
    assert old.post("/account", page="/account", current="x", password="y", repeat="y") == 422
    with old.opener.open(f"{old.url}/board") as answer:
        assert answer.status == 200
    with app.app_context(), pytest.raises(click.ClickException, match="a later one"):
        require_revision()
    with app.app_context(), pytest.raises(click.ClickException, match="a later one"):
        upgrade()


def test_tables_of_an_earlier_version_are_refused_by_who_serves_beside_others(app: Flask) -> None:
    require_revision()
    set_revision("0001")
    with pytest.raises(click.ClickException, match="flask tracker upgrade"):
        require_revision()


def test_a_database_without_tables_is_called_that(app: Flask) -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(click.ClickException, match=r"has no tables.*flask tracker upgrade"):
        require_revision()
    checked = doctor.examine(app.config["TRACKER"], str(MIGRATIONS))
    assert next(iter(checked)).text.startswith("it has no tables")


def test_an_sqlite_file_is_copied_before_its_tables_change(app: Flask) -> None:
    folder = app.config["TRACKER"].instance / "backups"
    upgrade()
    assert not folder.exists()
    flask_migrate.downgrade(revision="0009")
    upgrade()
    (kept,) = folder.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(kept)) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0009",)
        assert copy.execute("SELECT count(*) FROM user_account").fetchone()[0] > 20


def test_the_tables_go_back_to_the_version_before_and_nowhere_else(both_app: Flask) -> None:
    db.session.rollback()
    head = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.rollback()
    asked = both_app.test_cli_runner().invoke
    for wrong in ("9999", "base", str(head)):
        said = asked(args=["tracker", "downgrade", wrong])
        assert said.exit_code == 1
        assert "no version before that" in said.output
    said = asked(args=["tracker", "downgrade", "0009"])
    assert said.exit_code == 0, said.output
    assert db.session.scalar(text("SELECT version_num FROM alembic_version")) == "0009"
    db.session.rollback()
    kept = list((both_app.config["TRACKER"].instance / "backups").glob("*.db"))
    assert len(kept) == (db.engine.dialect.name == "sqlite")


@pytest.mark.parametrize("words", [["upgrade"], ["verify-audit"], ["user", "sign-out", "x@y.z"]])
def test_a_database_that_is_not_there_is_told_in_a_line(
    make_app: MakeApp, words: list[str]
) -> None:
    nowhere = "postgresql+psycopg://tracker:the-password@127.0.0.1:1/tracker"
    said = make_app(nowhere, LOG="text").test_cli_runner().invoke(args=["tracker", *words])
    assert said.exit_code == 1
    assert said.output.startswith("Error: The database cannot be reached: ")
    assert "TRACKER_DATABASE_URL" in said.output
    assert "the-password" not in said.output


@pytest.mark.postgres
def test_an_upgrade_that_waits_for_a_lock_too_long_says_so_and_changes_nothing(
    make_app: MakeApp, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=100ms")
    app = make_app(postgres_url, LOG="text")
    asked = app.test_cli_runner().invoke
    assert asked(args=["tracker", "downgrade", "0013"]).exit_code == 0
    with db.engine.begin() as busy:
        busy.execute(text("LOCK TABLE user_account IN ACCESS SHARE MODE"))
        said = asked(args=["tracker", "upgrade"])
    assert said.exit_code == 1
    assert "Nothing has changed: run it again." in said.output
    assert "Traceback" not in said.output
    assert asked(args=["tracker", "upgrade"]).exit_code == 0


def test_what_is_installed_one_list_after_the_other_is_what_was_tested() -> None:
    """The lists of a service are installed into one place: none changes what another has put."""
    locked: dict[str, set[str]] = {}
    for path in ROOT.glob("requirements*.txt"):
        for name, version in re.findall(r"(?m)^([\w.-]+)==(\S+)", path.read_text("utf-8")):
            locked.setdefault(name, set()).add(version)
    assert len(locked) > 50
    assert {name: each for name, each in locked.items() if len(each) > 1} == {}


class TestContainer:
    LINES = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text(encoding="utf-8")).split("\n")

    def of(self, word: str) -> list[str]:
        return [line.partition(" ")[2] for line in self.LINES if line.startswith(f"{word} ")]

    def test_what_is_copied_is_there_and_is_all_that_the_command_needs(self) -> None:
        copied = {name for line in self.of("COPY") for name in line.split()[:-1]}
        assert all((ROOT / name).exists() for name in copied)
        assert {"tracker", "migrations", "seed", "wsgi.py", "gunicorn.conf.py"} <= copied

    def test_the_base_is_named_and_packages_are_locked_by_hash(self) -> None:
        (base,) = self.of("FROM")
        assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-\w+", base)
        installs = [part for line in self.of("RUN") for part in line.split("&&") if "pip" in part]
        assert installs
        for each in installs:
            assert "--require-hashes" in each
            assert (ROOT / each.split("-r ")[1].strip()).exists()

    def test_it_runs_as_nobody_in_particular_and_is_asked_for_its_health(self) -> None:
        (user,) = self.of("USER")
        assert re.search(rf"useradd --system .*nologin {user}\b", " ".join(self.of("RUN")))
        assert "/healthz" in self.of("HEALTHCHECK")[0]
        order = [line.split(" ")[0] for line in self.LINES if line]
        assert order.index("USER") < order.index("CMD")

    def test_its_command_is_one_of_ours(self, app: Flask) -> None:
        words = re.findall(r'"([^"]+)"', self.of("CMD")[0])
        asked = [*words[words.index("tracker") :], "--help"]
        assert app.test_cli_runner().invoke(args=asked).exit_code == 0
