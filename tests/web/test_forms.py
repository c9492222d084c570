"""Junk into every form of a unit's pages: a clear message, a 4xx, and nothing saved."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.databases import ROOT
from tests.web import duties
from tests.web.duties import held_id, words

SignIn = Callable[[FlaskClient, str], FlaskClient]
Send = Callable[..., TestResponse]

LONG = "长" * 2001
NOT_WHOLE = "不是整数，请只填数字，例如120。"
INCOMPLETE = "表单不完整，请刷新页面后重试。"
TOO_LONG = "最多2000个字符。"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("number", "data", "message"),
    [
        (3, {"version": 1, "count": "12a"}, f"“12a”{NOT_WHOLE}"),
        (3, {"version": 1, "count": "一百"}, f"“一百”{NOT_WHOLE}"),
        (3, {"version": 1, "count": "12.5"}, f"“12.5”{NOT_WHOLE}"),
        (3, {"version": 1, "count": "1,200"}, f"“1,200”{NOT_WHOLE}"),
        (3, {"version": 1, "count": "1_000"}, f"“1_000”{NOT_WHOLE}"),
        (3, {"version": 1, "count": "0x10"}, f"“0x10”{NOT_WHOLE}"),
        (3, {"version": 1, "count": "9" * 5000}, f"“{'9' * 20}…”{NOT_WHOLE}"),
        (3, {"version": 1, "count": "12\x00"}, NOT_WHOLE),
        (3, {"version": 1, "count": "-1"}, "数量须在0至1000000之间。"),
        (3, {"version": 1, "count": "1000001"}, "数量须在0至1000000之间。"),
        (3, {"version": 1, "count": ""}, "请填写数量；没有的填0（零报告）。"),
        (3, {"version": 1}, "请填写数量；没有的填0（零报告）。"),
        (3, {"version": 1, "count": "5", "note": LONG}, TOO_LONG),
        (3, {"count": "5"}, INCOMPLETE),
        (3, {"version": "", "count": "5"}, INCOMPLETE),
        (3, {"version": "latest", "count": "5"}, f"“latest”{NOT_WHOLE}"),
        (3, {"version": "1; DROP TABLE", "count": "5"}, NOT_WHOLE),
        (11, {"version": 1, "count": "5"}, "该职责无需填写数量。"),
        (11, {"version": 1, "note": LONG}, TOO_LONG),
    ],
)
def test_a_report_that_cannot_be_taken_comes_back_with_the_reason(
    client: FlaskClient,
    sign_in: SignIn,
    post: Send,
    number: int,
    data: dict[str, Any],
    message: str,
    language: str,
) -> None:
    sign_in(client, "cs")
    before = duties.everything()
    url = f"/assignments/{held_id(number, 'cs')}/check-off"
    said = post(client, url, data, headers={"Accept-Language": language})
    assert said.status_code == 422
    if language == "en":
        assert 'class="problem"' in said.text
        assert message not in said.text
    else:
        assert message in words(said)
    if data.get("note") and len(data["note"]) < 3000:
        assert data["note"] in said.text
    assert duties.everything() == before


def test_the_notice_s_total_is_a_ceiling(client: FlaskClient, sign_in: SignIn, post: Send) -> None:
    sign_in(client, "students")
    before = duties.everything()
    url = f"/assignments/{held_id(2, 'students')}/check-off"
    said = post(client, url, {"version": 1, "count": "161"})
    assert said.status_code == 422
    assert "通知所列总数为160。" in said.text
    assert 'value="161"' in said.text
    assert duties.everything() == before


@pytest.mark.parametrize("typed", ["１４３", " 143 ", "+143", "０143", "\u3000143\u3000"])
def test_numbers_as_people_type_them_are_taken(
    client: FlaskClient, sign_in: SignIn, post: Send, typed: str
) -> None:
    sign_in(client, "cs")
    url = f"/assignments/{held_id(3, 'cs')}/check-off"
    assert post(client, url, {"version": 1, "count": typed}).status_code == 303
    assert duties.held(3, "cs").count == 143


@pytest.mark.parametrize("version", [None, "", "x", "1e3", "９９９", "-1", "9" * 30])
@pytest.mark.parametrize("step", ["undo", "verify", "send-back"])
def test_a_step_with_a_version_that_is_none(
    client: FlaskClient, sign_in: SignIn, post: Send, step: str, version: str | None
) -> None:
    duties.report("cs", 3, "cs", 143)
    before = duties.everything()
    sign_in(client, "cs" if step == "undo" else "affairs")
    data: dict[str, Any] = {"reason": "名单不全"}
    if version is not None:
        data["version"] = version
    said = post(client, f"/assignments/{held_id(3, 'cs')}/{step}", data)
    assert said.status_code in (409, 422)
    assert "problem" in said.text or "您填写的内容未保存" in said.text
    assert duties.everything() == before


def test_a_reason_that_is_too_long_stays_in_its_field(
    client: FlaskClient, sign_in: SignIn, post: Send
) -> None:
    duties.report("cs", 3, "cs", 143)
    before = duties.everything()
    sign_in(client, "affairs")
    url = f"/assignments/{held_id(3, 'cs')}/send-back"
    said = post(client, url, {"version": 2, "reason": LONG})
    assert said.status_code == 422
    assert TOO_LONG in words(said)
    assert LONG in said.text
    assert duties.everything() == before


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "请选择日期。"),
        ({"day": "today", "health": "NORMAL"}, "请选择日期。"),
        ({"day": "2020-02-30", "health": "NORMAL"}, "请选择日期。"),
        ({"day": "2020-02-19", "health": "NORMAL"}, "2020-02-19不在该职责的时间范围内。"),
        ({"day": "9999-12-31", "health": "NORMAL"}, "9999-12-31不在该职责的时间范围内。"),
        ({"day": "2020-02-22", "health": "NORMAL"}, "2020-02-22尚未到来。"),
        ({"day": "2020-02-21"}, "请选择正常、有障碍或已恢复。"),
        ({"day": "2020-02-21", "health": "FINE"}, "请选择正常、有障碍或已恢复。"),
        ({"day": "2020-02-21", "health": "TROUBLE", "note": " "}, "请说明障碍情况。"),
        ({"day": "2020-02-21", "health": "NORMAL", "note": LONG}, TOO_LONG),
    ],
)
def test_a_daily_report_that_cannot_be_taken(
    client: FlaskClient, sign_in: SignIn, post: Send, data: dict[str, Any], message: str
) -> None:
    sign_in(client, "network")
    before = duties.everything()
    said = post(client, f"/assignments/{held_id(1, 'network')}/check-in", data)
    assert said.status_code == 422
    assert message in words(said)
    assert duties.everything() == before


@pytest.mark.parametrize(
    ("who", "number", "code", "step", "data"),
    [
        ("network", 1, "network", "check-off", {"version": 1}),
        ("network", 1, "network", "undo", {"version": 1}),
        ("cs", 3, "cs", "check-in", {"day": "2020-02-21", "health": "NORMAL"}),
        ("cs", 3, "cs", "undo", {"version": 1}),
        ("affairs", 3, "cs", "verify", {"version": 1}),
        ("affairs", 3, "cs", "send-back", {"version": 1, "reason": "x"}),
        ("affairs", 3, "affairs", "check-off", {"version": 1}),
        ("students", 14, "students", "check-off", {"version": 1}),
    ],
)
def test_a_step_that_the_duty_does_not_know_is_refused_with_the_reason(
    client: FlaskClient,
    sign_in: SignIn,
    post: Send,
    who: str,
    number: int,
    code: str,
    step: str,
    data: dict[str, Any],
) -> None:
    sign_in(client, who)
    before = duties.everything()
    said = post(client, f"/assignments/{held_id(number, code)}/{step}", data)
    assert said.status_code == 409
    assert "无法完成操作" in said.text
    assert duties.everything() == before


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("id=abc", 400),
        ("id=", 400),
        ("id=-1", 400),
        ("id=1.0", 400),
        ("id=%EF%BC%91", 400),
        ("id=0", 404),
        ("id=99999", 404),
        (f"id={2**63}", 404),
        ("id=" + "9" * 400, 404),
        ("&".join(f"id={n}" for n in range(1, 300)), 400),
    ],
)
def test_bulk_addresses_that_nobody_was_given(
    client: FlaskClient, sign_in: SignIn, post: Send, query: str, status: int
) -> None:
    sign_in(client, "cs")
    before = duties.everything()
    assert client.get(f"/mine/check-off?{query}").status_code == status
    data = {"id": [part.removeprefix("id=") for part in query.split("&")]}
    if "%" not in query:
        assert post(client, "/mine/check-off", data).status_code == status
    assert duties.everything() == before


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("count", "12a", f"“12a”{NOT_WHOLE}"),
        ("count", "-3", "数量须在0至1000000之间。"),
        ("count", "", "请填写数量；没有的填0（零报告）。"),
        ("version", "", INCOMPLETE),
        ("version", "x", f"“x”{NOT_WHOLE}"),
    ],
)
def test_junk_in_a_bulk_form(
    client: FlaskClient, sign_in: SignIn, post: Send, field: str, typed: str, message: str
) -> None:
    sign_in(client, "cs")
    before = duties.everything()
    one, two = held_id(3, "cs"), held_id(11, "cs")
    data = {
        "id": [one, two],
        f"{one}-version": "1",
        f"{one}-count": "5",
        f"{two}-version": "1",
        f"{one}-{field}": typed,
        "note": "共同<说明>",
    }
    said = post(client, "/mine/check-off", data)
    assert said.status_code == 422
    assert message in words(said)
    assert "共同&lt;说明&gt;</textarea>" in said.text
    assert duties.everything() == before


def test_a_bulk_note_that_is_too_long(client: FlaskClient, sign_in: SignIn, post: Send) -> None:
    sign_in(client, "cs")
    before = duties.everything()
    two = held_id(11, "cs")
    said = post(client, "/mine/check-off", {"id": two, f"{two}-version": "1", "note": LONG})
    assert said.status_code == 422
    assert TOO_LONG in words(said)
    assert duties.everything() == before


@pytest.mark.parametrize("path", ["check-off", "undo", "verify", "send-back", "check-in"])
def test_a_get_of_a_form_s_address_explains_itself(
    client: FlaskClient, sign_in: SignIn, path: str
) -> None:
    sign_in(client, "cs")
    said = client.get(f"/assignments/{held_id(3, 'cs')}/{path}")
    assert said.status_code == 405
    assert "该地址不支持此操作。" in said.text


@pytest.mark.parametrize("path", ["check-off", "undo", "verify", "send-back", "check-in"])
def test_without_its_token_a_form_is_refused(
    client: FlaskClient, sign_in: SignIn, path: str
) -> None:
    sign_in(client, "cs")
    before = duties.everything()
    data = {"version": 1, "count": 5}
    said = client.post(f"/assignments/{held_id(3, 'cs')}/{path}", data=data)
    assert said.status_code == 400
    assert "表单已失效，请刷新页面后重试。" in said.text
    assert client.post("/mine/check-off", data={"id": 1}).status_code == 400
    assert duties.everything() == before


@pytest.mark.parametrize(
    ("who", "url", "field"),
    [
        ("cs", "/assignments/{one}/evidence", "files"),
        ("cs", "/rosters/{task}/import", "file"),
        ("affairs", "/plans/import", "file"),
    ],
)
def test_a_text_in_place_of_a_file_is_no_file(
    client: FlaskClient, sign_in: SignIn, post: Send, who: str, url: str, field: str
) -> None:
    sign_in(client, who)
    before = duties.everything()
    assignment = duties.held(4, "cs")
    where = url.format(one=assignment.id, task=assignment.duty.tasks[0].id)
    said = post(client, where, {field: "截图.png"})
    assert said.status_code == 422
    assert duties.everything() == before


def test_whatever_a_person_writes_at_length_is_given_back_to_who_was_signed_out(
    client: FlaskClient,
) -> None:
    named = re.compile(r'<textarea[^>]*\bname="(\w+)"')
    pages = (ROOT / "tracker/templates").rglob("*.html")
    names = {name for path in pages for name in named.findall(path.read_text("utf-8"))}
    typed = {name: f"words of {name}" for name in names | {"text_college"}}
    said = client.post("/assignments/1/comments", data=typed)
    assert [words for words in typed.values() if words not in said.text] == []
