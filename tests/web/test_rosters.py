"""The pages of a roster: who finds what, and every slip said in words."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.web.duties import held, words
from tracker.db import db
from tracker.models.roster import RosterImport, RosterItem

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]
LIST = "编号,名称,单位\nA1,高等数学,计算机学院\nA2,线性代数,计算机学院\nX1,大学物理,信息工程学院"


def task_id() -> int:
    return held(3, "cs").duty.tasks[0].id


def bring(post: Send, client: FlaskClient, text: str) -> TestResponse:
    """Up to the preview."""
    return post(client, f"/rosters/{task_id()}/import", {"text": text}, follow_redirects=True)


def load(post: Send, client: FlaskClient, text: str = LIST, **form: str) -> TestResponse:
    """As far as it goes."""
    preview = bring(post, client, text)
    where = preview.request.path
    return post(client, f"{where}/confirm", form, follow_redirects=True)


def kept() -> set[str]:
    db.session.rollback()
    return {item.key for item in db.session.query(RosterItem)}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_kind_of_doubt_is_shown_with_its_place_and_reason(
    client: FlaskClient, sign_in: SignIn, post: Send, language: str
) -> None:
    sign_in(client, "affairs")
    rows = [
        "编号,名称,单位",
        "A1,课程一,艺术学院",
        ",课程二,cs",
        "A3,,cs",
        "A4,课程四,",
        "A5,甲,cs",
    ]
    rows += ["A5,乙,cs", "长" * 61 + ",课程六,cs", "A7,课程七,cs"]
    where = bring(post, client, "\n".join(rows)).request.path
    page = client.get(where, headers={"Accept-Language": language})
    said = words(page)
    assert page.status_code == 200
    if language == "en":
        assert "Row 2: A1 课程一 There is no unit “艺术学院” in this row." in said
        assert "The list says something else of the same key at: 7." in said
    else:
        assert "第2行: A1 课程一 没有名为“艺术学院”的学院。" in said
        assert "同一编号在第7行另有不同内容。" in said
        assert "“长长长长长长长长长长长长长长长长长长长长…”超过60个字符。" in said


def test_doubtful_rows_hold_a_list_up_until_they_are_left_out(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    sign_in(client, "affairs")
    held_up = load(post, client, LIST + "\nZ1,素描,艺术学院")
    assert held_up.status_code == 422
    assert "请修改名单，或选择忽略这些行" in words(held_up)
    assert kept() == set()
    taken = post(client, held_up.request.path, {"leave_doubtful": "y"}, follow_redirects=True)
    assert "名册已更新：新增3项，变更0项，移出0项。" in words(taken)
    assert kept() == {"A1", "A2", "X1"}


def test_a_roster_that_changed_meanwhile_is_shown_anew(
    app: Flask, client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    """B-50."""
    sign_in(client, "affairs")
    first = bring(post, client, LIST).request.path
    load(post, client, LIST + "\nA9,新课程,cs")
    stale = post(client, f"{first}/confirm")
    assert stale.status_code == 409
    assert "预览之后名册已有变动，请重新核对差异。" in words(stale)
    assert "移出 (1)" in words(stale)
    assert post(client, f"{first}/confirm").status_code == 303
    assert {key for key in kept() if key == "A9"} == {"A9"}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("名单.csv", "没有表头\n1,2".encode(), "名单.csv没有表头"),
        ("名单.xls", b"\xd0\xcf\x11\xe0", "名单.xls是旧版Excel文件"),
        ("名单.xlsx", b"PK\x03\x04", "名单.xlsx已损坏"),
        ("名单.csv", b"", "名单.csv是空文件"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    client: FlaskClient, sign_in: SignIn, post: Send, name: str, data: bytes, said: str
) -> None:
    sign_in(client, "affairs")
    answer = post(
        client,
        f"/rosters/{task_id()}/import",
        {"file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert said in words(answer)


@pytest.mark.parametrize("name", ["名\x00单.csv", "\u202e名单\x85.csv"], ids=["NUL", "direction"])
def test_a_file_may_be_called_what_no_database_keeps(
    both_app: Flask, client: FlaskClient, sign_in: SignIn, post: Send, name: str
) -> None:
    sign_in(client, "cs")
    answer = post(
        client,
        f"/rosters/{task_id()}/import",
        {"file": (io.BytesIO(LIST.encode()), name)},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    assert db.session.scalars(select(RosterImport.source)).all() == ["名单.csv"]


def test_names_are_found_by_pinyin_key_and_part(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    load(post, sign_in(client, "affairs"))
    for typed, found in (
        ("gdsx", "高等数学"),
        ("daishu", "线性代数"),
        ("x1", "大学物理"),
        ("物理", "大学物理"),
    ):
        page = words(client.get(f"/rosters/{task_id()}?q={typed}"))
        assert found in page, typed
        assert "共1项" in page, typed


def test_silence_reads_as_silence_and_zero_is_said(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    """零报告: nobody has spoken, so the board says 未报; a college without names reports 0 of 0."""
    load(post, sign_in(client, "affairs"))
    board = client.get("/board").text
    assert "计算机学院第3项“课程建群”：未完成，未报" in board
    page = sign_in(client, "law").get(f"/assignments/{held(3, 'law').id}")
    assert "报送 0/0" in words(page)
    assert "如不涉及，请在任务中报0（零报告）" in words(client.get(f"/rosters/{task_id()}"))


def test_pasted_keys_that_name_nobody_are_listed_back(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    load(post, sign_in(client, "affairs"))
    sign_in(client, "cs")
    answer = post(
        client, f"/rosters/{task_id()}/tick", {"keys": "A1，X1\nQ9"}, follow_redirects=True
    )
    assert "已勾选1项。" in words(answer)
    assert "有2个编号查无此项：X1，Q9" in words(answer) or "X1、Q9" in words(answer)


def test_the_missing_come_as_a_file_that_excel_reads(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    load(post, sign_in(client, "affairs"), LIST.replace("高等数学", "=1+1"))
    for url in (f"/rosters/{task_id()}/missing.csv", "/plans/1/missing.csv"):
        answer = client.get(url)
        assert answer.data.startswith(b"\xef\xbb\xbf")
        assert "'=1+1" in answer.data.decode("utf-8-sig")
        assert answer.headers["Content-Disposition"].startswith("attachment")
    mine = sign_in(client, "info").get(f"/rosters/{task_id()}/missing.csv").text
    assert "大学物理" in mine
    assert "线性代数" not in mine


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"key": "A1", "done_at": "0001-01-01T00:00"}, "请输入日期和时间"),
        ({"keys": "\n".join(map(str, range(20_001)))}, "一次最多20000个编号。"),
    ],
)
def test_a_tick_that_cannot_be_taken_is_said(
    client: FlaskClient, sign_in: SignIn, post: Send, form: dict[str, str], said: str
) -> None:
    load(post, sign_in(client, "affairs"))
    answer = post(sign_in(client, "cs"), f"/rosters/{task_id()}/tick", form)
    assert answer.status_code == 422
    assert said in words(answer)


def test_a_page_beyond_the_last_does_not_say_that_nobody_is_missing(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    load(post, sign_in(client, "affairs"))
    assert client.get(f"/rosters/{task_id()}?page=2").status_code == 404


def test_a_list_is_shown_with_the_names_of_its_units(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    said = words(bring(post, sign_in(client, "affairs"), LIST))
    assert "A1 高等数学 计算机学院" in said
