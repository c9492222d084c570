"""Migrations, both directions, on both databases: whole or not at all, one process at a time."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import create_engine, inspect, text

from tests import cast, plans
from tests.databases import MIGRATIONS, ROOT, bare_app, in_app, in_full
from tracker import clock
from tracker.db import Base, db, transaction
from tracker.domain.vocabulary import NoticeKind
from tracker.models.notice import Notice

HEADER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = {revision!r}, {down!r}
branch_labels = depends_on = None


def upgrade():
"""
FIRST = """
    op.create_table(
        "parent",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20)),
    )
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("parent.id", name="fk"), nullable=False),
    )
    op.execute("INSERT INTO parent VALUES (1, 'one')")
    op.execute("INSERT INTO child VALUES (1, 1)")
"""
HALF = """
    op.create_table("second", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO second VALUES (1)")
"""
WAITS = (
    HALF
    + """
    import sys, time
    print("half-way", flush=True)
    time.sleep(60)
    op.create_table("third", sa.Column("id", sa.Integer, primary_key=True))
"""
)
FAILS = (
    HALF
    + """
    raise RuntimeError("a fault in the second step")
"""
)
REBUILDS = """
    with op.batch_alter_table("parent") as batch:
        batch.alter_column("name", type_=sa.String(40))
"""
ORPHANS = """
    op.execute("DELETE FROM parent")
"""

Write = Callable[..., Path]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write(FIRST, WAITS)`: a scratch folder with our env.py and these steps as its revisions."""
    folder = tmp_path / "migrations"

    def fill(*steps: str) -> Path:
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        for name in ("env.py", "alembic.ini", "script.py.mako"):
            shutil.copy(MIGRATIONS / name, folder)
        for number, body in enumerate(steps, start=1):
            header = HEADER.format(
                revision=str(number), down=str(number - 1) if number > 1 else None
            )
            path = folder / "versions" / f"{number}.py"
            path.write_text(header + body + "\n\ndef downgrade():\n    pass\n", encoding="utf-8")
        return folder

    return fill


def upgrade(url: str, folder: Path = MIGRATIONS) -> None:
    with in_app(bare_app(url, folder)):
        flask_migrate.upgrade()


def start_upgrade(url: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.upgrade", url, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill_half_way(url: str, folder: Path) -> None:
    with start_upgrade(url, folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half-way\n"
        process.kill()


def state(url: str) -> tuple[set[str], list[str]]:
    """The tables but Alembic's own, and the revisions it notes, as another connection sees them."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            noted: list[str] = []
            if "alembic_version" in tables:
                rows = connection.scalars(text("SELECT version_num FROM alembic_version"))
                noted = list(rows)
            return tables - {"alembic_version"}, noted
    finally:
        engine.dispose()


def rows(url: str, table: str) -> int | None:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(text(f"SELECT count(*) FROM {table}"))
    finally:
        engine.dispose()


def test_empty_to_head_is_committed_and_equals_the_models(empty_url: str) -> None:
    upgrade(empty_url)
    with in_app(bare_app(empty_url)), db.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() is not None


def test_every_index_keeps_its_condition(empty_url: str) -> None:
    upgrade(empty_url)
    with in_app(bare_app(empty_url)), db.engine.connect() as connection:
        dialect = connection.dialect.name
        for table in Base.metadata.tables.values():
            found = {index["name"]: index for index in inspect(connection).get_indexes(table.name)}
            for index in table.indexes:
                options = found[index.name].get("dialect_options", {})
                wanted = index.dialect_options[dialect]["where"]
                assert (wanted is None) == (options.get(f"{dialect}_where") is None), index.name


def test_head_to_empty_and_up_again(empty_url: str) -> None:
    upgrade(empty_url)
    before = state(empty_url)
    with in_app(bare_app(empty_url)):
        flask_migrate.downgrade(revision="base")
    assert state(empty_url) == (set(), [])
    upgrade(empty_url)
    assert state(empty_url) == before


def test_head_again_changes_nothing(empty_url: str) -> None:
    upgrade(empty_url)
    before = state(empty_url)
    upgrade(empty_url)
    assert state(empty_url) == before


def test_a_killed_upgrade_leaves_the_old_schema(empty_url: str, write: Write) -> None:
    upgrade(empty_url, write(FIRST))
    folder = write(FIRST, WAITS)
    kill_half_way(empty_url, folder)
    assert state(empty_url) == ({"parent", "child"}, ["1"])
    (folder / "versions" / "2.py").unlink()
    upgrade(empty_url, write(FIRST, HALF))
    assert state(empty_url) == ({"parent", "child", "second"}, ["2"])


def test_a_killed_first_upgrade_leaves_nothing(empty_url: str, write: Write) -> None:
    kill_half_way(empty_url, write(FIRST, WAITS))
    assert state(empty_url) == (set(), [])


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_killed_before_a_statement_by_chance_it_leaves_the_old_or_the_new(
    kind: str, request: pytest.FixtureRequest
) -> None:
    """R7, a sample; `python -m benchmarks.kill_migrations` kills before every statement."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.kill_migrations",
        "--from",
        "0009",
        "--sample",
        "3",
    ]
    if kind == "postgresql":
        command += ["--server", in_full(request.getfixturevalue("postgres_server"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_failed_upgrade_leaves_nothing(empty_url: str, write: Write) -> None:
    folder = write(FIRST, FAILS)
    with in_app(bare_app(empty_url, folder)), pytest.raises((RuntimeError, SystemExit)):
        flask_migrate.upgrade()
    assert state(empty_url) == (set(), [])


def test_processes_that_upgrade_at_once_take_turns(empty_url: str, write: Write) -> None:
    slow = FIRST + "\n    import time\n    time.sleep(0.5)\n"
    folder = write(slow, HALF)
    running = [start_upgrade(empty_url, folder) for _ in range(3)]
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0, 0, 0]
    assert state(empty_url) == ({"parent", "child", "second"}, ["2"])
    assert rows(empty_url, "second") == 1


def test_rebuilding_a_table_keeps_what_refers_to_it(empty_url: str, write: Write) -> None:
    upgrade(empty_url, write(FIRST, REBUILDS))
    assert rows(empty_url, "parent") == 1
    assert rows(empty_url, "child") == 1


def test_a_revision_that_breaks_a_reference_is_refused(tmp_path: Path, write: Write) -> None:
    """SQLite checks no references while it migrates, so env.py looks before it commits."""
    url = f"sqlite:///{tmp_path / 'orphans.db'}"
    folder = write(FIRST, ORPHANS)
    with in_app(bare_app(url, folder)), pytest.raises((CommandError, SystemExit)):
        flask_migrate.upgrade()
    assert state(url) == (set(), [])


def test_foreign_keys_are_on_again_after_an_upgrade(tmp_path: Path) -> None:
    with in_app(bare_app(f"sqlite:///{tmp_path / 'tracker.db'}")):
        flask_migrate.upgrade()
        for _ in range(3):
            with db.engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.parametrize(
    "path", sorted((MIGRATIONS / "versions").glob("*.py")), ids=lambda p: p.name
)
def test_a_revision_stands_on_its_own_and_goes_both_ways(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]
    ]
    assert not [name for name in imported if name and name.startswith("tracker")]
    bodies = {node.name: node.body for node in tree.body if isinstance(node, ast.FunctionDef)}
    for direction in ("upgrade", "downgrade"):
        assert not isinstance(bodies[direction][0], ast.Pass), f"{direction} does nothing"


def test_going_back_revives_no_plan_and_leaves_no_notice_that_cannot_be_read(
    both_app: Flask,
) -> None:
    """Where only archiving is known, a closed plan is archived; AMENDED is no kind of notice."""
    with transaction():
        plans.first().closed_at = clock.now()
        for number, kind in enumerate((NoticeKind.MOVED, NoticeKind.AMENDED)):
            user_id = cast.user("cs").id
            notice = Notice(user_id=user_id, kind=kind, about_id=number, at=clock.now())
            db.session.add(notice)
    flask_migrate.downgrade(revision="0005")
    in_force = text("SELECT count(*) FROM plan WHERE archived_at IS NULL")
    assert db.session.scalar(in_force) == 0
    assert db.session.scalars(text("SELECT kind FROM notice")).all() == ["MOVED"]
