"""Assignments through the API: shapes, steps, races."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.api.conftest import Caller
from tests.rehearsal import StandingClock
from tracker import clock
from tracker.db import db
from tracker.models.assignment import Assignment, CheckOff

Api = Callable[[str], Caller]
Cell = Callable[[str, int], int]


def _count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_an_assignment_is_one_flat_object_with_the_full_words_of_the_notice(
    api: Api, cell: Cell
) -> None:
    found = api("cs").get(f"/assignments/{cell('cs', 3)}").get_json()
    assert found == {
        "id": cell("cs", 3),
        "plan": 1,
        "state": "OPEN",
        "version": 1,
        "task": 3,
        "tasks": [3],
        "title": "课程建群",
        "duty": "确保全部建立，并检查",
        "unit": "cs",
        "unit_name": "计算机学院",
        "role": "PERFORM",
        "count": None,
        "target": None,
        "counted": True,
        "reviewed": True,
        "cadence": "ONCE",
        "light": "OPEN",
        "overdue": False,
        "opens_at": "2020-02-20T00:00:00+08:00",
        "due_at": "2020-02-24T00:00:00+08:00",
        "deadline_text": "20日—23日",
        "check_ins": [],
    }


def test_the_first_row_closes_with_the_22nd_and_names_no_opening(api: Api, cell: Cell) -> None:
    found = api("cs").get(f"/assignments/{cell('cs', 1)}").get_json()
    assert found["opens_at"] is None
    assert found["due_at"] == "2020-02-23T00:00:00+08:00"
    assert found["deadline_text"] == "22日结束前"


def test_a_standing_duty_covers_all_rows_and_lists_every_day(api: Api, cell: Cell) -> None:
    found = api("network").get(f"/assignments/{cell('network', 16)}").get_json()
    assert found["task"] == 1
    assert found["tasks"] == list(range(1, 17))
    assert found["cadence"] == "DAILY"
    assert found["check_ins"] == [
        {"day": f"2020-02-{day}", "health": None, "note": None} for day in (20, 21, 22, 23)
    ]


def test_mine_lists_the_own_units_and_without_it_all_that_one_sees(api: Api) -> None:
    """B-62."""
    cs = api("cs")
    own = cs.get("/assignments", mine=1).get_json()
    assert [each["task"] for each in own["items"]] == list(range(1, 17))
    assert {each["unit"] for each in own["items"]} == {"cs"}
    assert own["next"] is None
    assert cs.get("/assignments").get_json() == own
    affairs = api("affairs")
    assert len(affairs.get("/assignments", mine=1).get_json()["items"]) == 16
    assert len(affairs.get("/assignments", limit=200).get_json()["items"]) == 200
    assert api("president").get("/assignments", mine=1).get_json()["items"] == []


def test_filters_narrow_the_list(api: Api, cell: Cell) -> None:
    affairs = api("affairs")
    api("cs").post(f"/assignments/{cell('cs', 3)}/check-off", {"count": 7})
    asked = {"plan": 1, "unit": "cs", "state": "DONE", "role": "PERFORM"}
    (found,) = affairs.get("/assignments", **asked).get_json()["items"]
    assert (found["id"], found["count"], found["light"]) == (cell("cs", 3), 7, "REPORTED")
    inspections = affairs.get("/assignments", role="INSPECT").get_json()["items"]
    assert {each["unit"] for each in inspections} == {"affairs"}
    assert {each["task"] for each in inspections if each["light"] == "READY"} == {3}
    urges = affairs.get("/assignments", unit="students", role="URGE").get_json()["items"]
    assert [each["task"] for each in urges] == [8 + 1]


@pytest.mark.parametrize("limit", [1, 7, 50, 200])
def test_pages_cover_everything_exactly_once(api: Api, limit: int) -> None:
    affairs = api("affairs")
    seen: list[int] = []
    cursor = None
    while True:
        query = {"limit": limit, "unit": "cs"} if limit < 50 else {"limit": limit}
        if cursor is not None:
            query["cursor"] = cursor
        page = affairs.get("/assignments", **query).get_json()
        assert len(page["items"]) <= limit
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == (16 if limit < 50 else _count(Assignment))


def test_a_check_off_answers_the_assignment_as_it_stands_now(api: Api, cell: Cell) -> None:
    one = f"/assignments/{cell('cs', 1)}"
    answer = api("cs").post(f"{one}/check-off", {"note": "成立了工作组", "version": 1})
    assert answer.status_code == 200
    found = answer.get_json()
    assert (found["state"], found["version"], found["light"]) == ("DONE", 2, "SETTLED")
    assert found == api("cs.dean").get(one).get_json()
    back = api("cs").post(f"{one}/undo", {"version": 2}).get_json()
    assert (back["state"], back["version"]) == ("OPEN", 3)


def test_a_report_is_sent_back_mended_and_verified(both_app: Flask, api: Api, cell: Cell) -> None:
    """B-61: the old report is kept."""
    students, affairs = api("students"), api("affairs")
    one = f"/assignments/{cell('students', 4)}"
    first = students.post(f"{one}/check-off", {"count": 3}).get_json()
    assert (first["state"], first["light"]) == ("DONE", "REPORTED")
    unexplained = affairs.post(f"{one}/send-back", {"version": 2, "reason": " \n "})
    assert (unexplained.status_code, unexplained.get_json()["field"]) == (422, "reason")
    returned = affairs.post(f"{one}/send-back", {"version": 2, "reason": "还差一人"}).get_json()
    assert (returned["state"], returned["count"]) == ("RETURNED", 3)
    mended = students.post(f"{one}/check-off", {"count": 4, "version": 3}).get_json()
    verified = affairs.post(f"{one}/verify", {"version": mended["version"]}).get_json()
    assert (verified["state"], verified["light"], verified["count"]) == ("VERIFIED", "SETTLED", 4)
    assert db.session.scalars(select(CheckOff.count).order_by(CheckOff.id)).all() == [3, 4]


def test_a_check_in_is_said_day_by_day(api: Api, cell: Cell, at: StandingClock) -> None:
    network = api("network")
    one = f"/assignments/{cell('network', 1)}"
    refused = network.post(f"{one}/check-in", {"day": "2020-02-21", "health": "TROUBLE"})
    assert (refused.status_code, refused.get_json()["field"]) == (422, "note")
    said = {"day": "2020-02-21", "health": "TROUBLE", "note": "出口拥塞"}
    assert network.post(f"{one}/check-in", said).get_json()["check_ins"][1] == said
    future = network.post(f"{one}/check-in", {"day": "2020-02-22", "health": "NORMAL"})
    assert (future.status_code, future.get_json()["field"]) == (422, "day")
    at("2020-02-23T20:00")
    for day in (20, 21, 22, 23):
        answer = network.post(f"{one}/check-in", {"day": f"2020-02-{day}", "health": "NORMAL"})
    assert (answer.get_json()["state"], answer.get_json()["count"]) == ("DONE", 4)
    tick = network.post(f"{one}/check-off")
    assert tick.status_code == 409


def test_overdue_is_told_from_the_cut_off_on(api: Api, cell: Cell, at: StandingClock) -> None:
    """B-19."""
    one = f"/assignments/{cell('cs', 1)}"
    for moment, overdue in (("2020-02-22T23:59:59", False), ("2020-02-23T00:00", True)):
        at(moment)
        found = api("cs").get(one).get_json()
        assert (found["overdue"], found["light"] == "OVERDUE") == (overdue, overdue)
    standby = api("students").get(f"/assignments/{cell('students', 13)}").get_json()
    assert (standby["role"], standby["overdue"], standby["light"]) == ("STANDBY", False, "NOTHING")


def test_a_stale_version_is_refused_and_both_values_are_known(
    both_app: Flask, api: Api, cell: Cell
) -> None:
    """B-55: the second caller is told and shown what stands; nothing is overwritten."""
    one = f"/assignments/{cell('cs', 3)}"
    assert api("cs").post(f"{one}/check-off", {"count": 5, "version": 1}).status_code == 200
    answer = api("cs.dean").post(f"{one}/check-off", {"count": 6, "version": 1})
    assert answer.status_code == 409
    body = answer.get_json()
    assert (body["code"], body["status"]) == (409, "Conflict")
    assert body["message"]
    assert (body["current"]["count"], body["current"]["version"]) == (5, 2)
    assert body["current"] == api("cs").get(one).get_json()
    assert _count(CheckOff) == 1


def test_a_step_that_the_state_forbids_shows_the_state(api: Api, cell: Cell) -> None:
    cs = api("cs")
    one = f"/assignments/{cell('cs', 1)}"
    undone = cs.post(f"{one}/undo")
    assert (undone.status_code, undone.get_json()["current"]["state"]) == (409, "OPEN")
    inspection = api("affairs").post(f"/assignments/{cell('affairs', 3)}/check-off", {"count": 1})
    assert inspection.status_code == 409
    standby = api("students").post(f"/assignments/{cell('students', 13)}/check-off")
    assert standby.status_code == 409


@pytest.mark.parametrize("version", [1, None])
def test_the_same_report_twice_is_one_report(
    both_app: Flask, api: Api, cell: Cell, version: int | None
) -> None:
    """B-17. With the version that was seen the repeat is answered like the first; without, it is
    told that the duty is already checked off. Either way there is one report."""
    cs = api("cs")
    path = f"/assignments/{cell('cs', 3)}/check-off"
    said = {"count": 12, "note": "全部建群", "version": version}
    first, second = cs.post(path, said), cs.post(path, said)
    assert first.status_code == 200
    assert second.status_code == (200 if version else 409)
    standing = second.get_json() if version else second.get_json()["current"]
    assert standing == first.get_json()
    assert _count(CheckOff) == 1


def test_lists_take_the_same_queries_however_long_they_are(
    api: Api,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rehearsal's clock, one for the token and the posts, then the page, its rows' tasks,
    check-ins, reports. The first look of a minute takes a portion of the token's budget."""
    affairs, moment = api("affairs"), clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    affairs.get("/term")
    for limit in (100, 200):
        with count_queries() as queries:
            affairs.get("/assignments", limit=limit)
        assert len(queries) == 7, queries


def test_one_plain_duty_asks_neither_for_daily_words_nor_for_inspections(
    api: Api,
    cell: Cell,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rehearsal's clock, the token, the duty, its rows, their rosters."""
    cs, moment, path = api("cs"), clock.real_now(), f"/assignments/{cell('cs', 3)}"
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    cs.get(path)
    with count_queries() as queries:
        assert cs.get(path).status_code == 200
    assert len(queries) == 5, queries
