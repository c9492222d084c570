"""Names as files: what we give out can be brought again and changes nothing."""

import csv
import io
from collections.abc import Callable

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.duties import held, words
from tracker.db import db
from tracker.domain.spreadsheets import unguarded
from tracker.models.roster import RosterItem

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]
LIST = """编号,名称,单位,班级
=A1,"高等数学
（一）",计算机学院,-3班
00123,线性代数,计算机学院,＋教师甲
202001012345678901,大学物理,信息工程学院,@教师乙
X2,'=电路,信息工程学院,
"""
NOTHING = "新增0项，变更0项，移出0项"


def task_id(number: int = 3) -> int:
    return held(number, "cs").duty.tasks[0].id


@pytest.fixture
def roster(app: Flask, client: FlaskClient, sign_in: SignIn, post: Send) -> None:
    """Four names, one of them ticked, each with something that a spreadsheet would spoil."""
    sign_in(client, "affairs")
    bring(post, client, LIST.encode(), "名单.csv")
    assert len(kept()) == 4
    post(sign_in(client, "cs"), f"/rosters/{task_id()}/tick", {"key": "00123"})
    sign_in(client, "affairs")


def bring(post: Send, client: FlaskClient, data: bytes, name: str, **form: str) -> TestResponse:
    """As far as it goes."""
    preview = post(
        client,
        f"/rosters/{task_id()}/import",
        {"file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    if preview.status_code == 422:
        return preview
    return post(client, f"{preview.request.path}/confirm", form, follow_redirects=True)


def kept() -> list[tuple[str, str, str, bool, bool]]:
    db.session.rollback()
    items = db.session.query(RosterItem).order_by(RosterItem.key)
    return [
        (each.key, each.label, each.detail, each.done_at is None, each.dropped_at is None)
        for each in items
    ]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("name", ["names.xlsx", "missing.csv"])
@pytest.mark.parametrize("who", ["affairs", "cs"])
def test_a_file_of_names_brought_again_unchanged_changes_nothing(
    roster: None,
    client: FlaskClient,
    sign_in: SignIn,
    post: Send,
    name: str,
    who: str,
    language: str,
) -> None:
    """B-50, B-51: a list of the missing says nothing of the others, so they stay."""
    before = kept()
    sign_in(client, who)
    data = client.get(f"/rosters/{task_id()}/{name}", headers={"Accept-Language": language}).data
    assert NOTHING in words(bring(post, client, data, name))
    assert kept() == before


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_our_csv_is_read_in_every_encoding_that_excel_saves(
    roster: None, client: FlaskClient, post: Send, encoding: str
) -> None:
    """B-45: saved as CSV UTF-8, as plain CSV by Chinese Excel, and as Unicode text with tabs."""
    before = kept()
    ours = client.get(f"/rosters/{task_id()}/missing.csv").data.decode("utf-8-sig")
    if encoding == "utf-16":
        out = io.StringIO(newline="")
        csv.writer(out, delimiter="\t").writerows(csv.reader(io.StringIO(ours, newline="")))
        ours = out.getvalue()
    assert NOTHING in words(bring(post, client, ours.encode(encoding), "未完成.csv"))
    assert kept() == before


def test_all_names_come_as_a_workbook_with_whole_keys(roster: None, client: FlaskClient) -> None:
    answer = client.get(f"/rosters/{task_id()}/names.xlsx")
    assert answer.headers["Content-Disposition"] == "attachment; filename=names-row-3.xlsx"
    page = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    head, *rows = page.iter_rows(values_only=True)
    assert head == ("序号", "任务", "单位", "编号", "名称", "班级或教师", "状态")
    keys = {unguarded(str(row[3])): row[6] for row in rows}
    assert keys == {
        "=A1": "未完成",
        "00123": "完成",
        "202001012345678901": "未完成",
        "X2": "未完成",
    }
    assert {cell.data_type for row in page.iter_rows(min_row=2) for cell in row} <= {"s", "n"}


def test_a_college_has_its_own_names_only(
    roster: None, client: FlaskClient, sign_in: SignIn
) -> None:
    """B-62."""
    data = sign_in(client, "info").get(f"/rosters/{task_id()}/names.xlsx").data
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert [row[3] for row in page.iter_rows(min_row=2, values_only=True)] == [
        "202001012345678901",
        "X2",
    ]


def test_the_file_of_all_rows_is_not_brought_to_one_of_them(
    roster: None, client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    other = f"/rosters/{task_id(4)}/import"
    page = post(client, other, {"text": "编号,名称,单位\nF1,辅导员,cs"}, follow_redirects=True)
    post(client, f"{page.request.path}/confirm")
    before = kept()
    data = client.get("/plans/1/missing.csv").data
    refused = bring(post, client, data, "missing-1.csv")
    assert "missing-1.csv含多项任务的名单，请只导入一项任务的名单" in words(refused)
    assert kept() == before
