"""The board as a download, and by the command line."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import cast
from tests.plans import first as first_plan
from tests.web.duties import report
from tracker import clock
from tracker.db import transaction
from tracker.services import api_tokens

SignIn = Callable[[FlaskClient, str], FlaskClient]


def test_the_board_leads_to_its_files(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    board = sign_in(client, "cs").get("/board").text
    assert 'href="/plans/1/board.xlsx"' in board
    assert 'href="/plans/1/board.csv"' in board


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_file_is_named_by_its_moment_and_kept_by_no_browser(
    app: Flask, client: FlaskClient, sign_in: SignIn, at: Callable[[str], object], kind: str
) -> None:
    at("2020-02-22T22:05")
    answer = sign_in(client, "affairs").get(f"/plans/1/board.{kind}")
    said = answer.headers["Content-Disposition"]
    assert said.startswith(f"attachment; filename=board-2020-02-22-2205.{kind};")
    assert said.endswith(quote(f"任务落实总表-2020-02-22-2205.{kind}"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_who_sees_one_unit_exports_one_unit(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    """B-62."""
    report("info", 1, "info", note="信工内部说明")
    sign_in(client, "cs")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/plans/1/board.xlsx").data))
    assert book.sheetnames == ["表1", "落实总表", "计算机学院"]
    lines = client.get("/plans/1/board.csv").data.decode("utf-8-sig")
    assert {row["单位代码"] for row in csv.DictReader(io.StringIO(lines))} == {"cs"}
    assert "信工内部说明" not in lines


def test_the_files_speak_the_reader_s_language(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "affairs")
    answer = client.get("/plans/1/board.csv", headers={"Accept-Language": "en"})
    head = next(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert head[:5] == ["Unit code", "Unit", "No.", "Task", "Role"]


def run(app: Flask, *words: str) -> object:
    return app.test_cli_runner().invoke(args=["tracker", "export", *words])


def test_the_command_line_writes_the_whole_board(app: Flask, tmp_path: Path) -> None:
    code = first_plan().code
    for kind in ("xlsx", "csv", "json"):
        done = run(app, "--plan", code, "--format", kind, str(tmp_path / f"board.{kind}"))
        assert (done.exit_code, done.output) == (0, "")
    book = openpyxl.load_workbook(tmp_path / "board.xlsx")
    assert len(book.sheetnames) == 2 + 15
    text = (tmp_path / "board.csv").read_text(encoding="utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(text)))) == 224
    english = run(app, "--format", "csv", "--language", "en", "-")
    assert english.output.lstrip("\ufeff").startswith("Unit code,")


def test_the_command_line_s_json_is_the_api_s(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    report("cs", 3, "cs", count=7)
    with transaction():
        token = api_tokens.create(
            cast.user("affairs"), cast.actor("affairs"), clock.now(), clock.real_now()
        )
    api = client.get("/api/v1/plans/1/board", headers={"Authorization": f"Bearer {token}"})
    run(app, "--format", "json", str(tmp_path / "board.json"))
    ours = json.loads((tmp_path / "board.json").read_text(encoding="utf-8"))
    assert_holds(ours, api.get_json())


def assert_holds(ours: object, theirs: object) -> None:
    """All that the API says stands in ours, with the same values."""
    if isinstance(theirs, dict):
        assert isinstance(ours, dict)
        for name, value in theirs.items():
            assert_holds(ours[name], value)
    elif isinstance(theirs, list):
        assert isinstance(ours, list)
        for one, other in zip(ours, theirs, strict=True):
            assert_holds(one, other)
    else:
        assert ours == theirs


def test_a_plan_that_is_not_there_is_named_with_those_that_are(app: Flask, tmp_path: Path) -> None:
    done = run(app, "--plan", "nothing", str(tmp_path / "board.xlsx"))
    assert done.exit_code == 1
    assert first_plan().code in done.output
    assert not (tmp_path / "board.xlsx").exists()
