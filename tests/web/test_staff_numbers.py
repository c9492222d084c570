"""Staff numbers: entered one by one or pasted, each somebody's alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import cast
from tests.web.duties import words
from tracker.db import db, transaction
from tracker.models.audit import AuditEvent

Post = Callable[..., TestResponse]


def number(name: str) -> str | None:
    return cast.user(name).staff_number


@pytest.fixture
def office(client: FlaskClient) -> FlaskClient:
    return cast.sign_in(client, "affairs")


def enter(client: FlaskClient, name: str, typed: str) -> TestResponse:
    return cast.post(client, f"/people/{cast.user(name).id}/staff-number", {"staff_number": typed})


def paste(client: FlaskClient, text: str) -> TestResponse:
    return cast.post(client, "/people/staff-numbers", {"text": text})


def test_academic_affairs_enter_change_and_take_away_a_number(office: FlaskClient) -> None:
    said = enter(office, "cs", " S2019-001 ")
    assert said.status_code == 303
    assert number("cs") == "s2019-001"
    assert 'value="s2019-001"' in office.get(said.location).text
    enter(office, "cs", "")
    assert number("cs") is None
    kept = [each.detail for each in db.session.query(AuditEvent) if "staff_number" in each.action]
    assert kept == [{"number": "s2019-001"}, {"number": None}]


@pytest.mark.parametrize("typed", ["a b", "王2019", "1" * 41, "<b>", "'; --", "-1", "２０１９"])
def test_what_is_no_number_is_refused_and_kept_in_its_box(office: FlaskClient, typed: str) -> None:
    said = enter(office, "cs", typed)
    assert said.status_code == 422
    assert "工号由字母、数字" in words(said)
    assert number("cs") is None


def test_a_number_is_one_person_s(office: FlaskClient) -> None:
    enter(office, "cs", "2019001")
    said = enter(office, "info", "2019001")
    assert said.status_code == 422
    assert "已属于“cs@campus.example”" in words(said)
    assert number("info") is None


def test_a_list_is_pasted_from_a_spreadsheet_and_two_may_swap(office: FlaskClient) -> None:
    said = paste(office, "邮箱\t工号\n cs@campus.example\t1\r\n\nINFO@campus.example，2\n")
    assert "已保存2个工号" in words(office.get(said.location))
    assert (number("cs"), number("info")) == ("1", "2")
    paste(office, "cs@campus.example,2\ninfo@campus.example,1\n")
    assert (number("cs"), number("info")) == ("2", "1")
    paste(office, "cs@campus.example,\n")
    assert number("cs") is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("cs@campus.example,1\nnobody@x.example,2", "第2行：系统中没有邮箱“nobody@x.example”"),
        ("cs@campus.example,1\ninfo@campus.example,x y", "第2行：“x y”不是有效的工号"),
        ("cs@campus.example,1\ninfo@campus.example,1", "已属于“cs@campus.example”"),
        ("cs@campus.example,1\ncs@campus.example,2", "第2行：“cs@campus.example”重复"),
        ("工号", "请粘贴邮箱和工号"),
        ("", "请粘贴邮箱和工号"),
    ],
)
def test_a_list_is_taken_whole_or_not_at_all(
    office: FlaskClient, text: str, complaint: str
) -> None:
    said = paste(office, text)
    assert said.status_code == 422
    assert complaint in words(said)
    assert number("cs") is None


def test_whose_number_becomes_another_s_comes_in_anew(app: Flask, office: FlaskClient) -> None:
    with transaction():
        cast.user("cs").staff_number = "1"
    theirs = cast.sign_in(app.test_client(), "cs")
    enter(office, "cs", "2")
    assert theirs.get("/account").status_code == 302


def test_the_command_line_brings_them_from_a_file(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("邮箱,工号\ncs@campus.example,77\n", encoding="utf-8-sig")
    run = app.test_cli_runner().invoke
    assert run(args=["tracker", "user", "staff-numbers", str(path)]).exit_code == 0
    assert number("cs") == "77"
    path.write_bytes(b"\xff\xfe")
    assert run(args=["tracker", "user", "staff-numbers", str(path)]).exit_code == 1
