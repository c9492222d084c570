"""Plans and boards through the API."""

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import cast
from tests.api.conftest import Caller
from tests.rehearsal import StandingClock
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.vocabulary import UnitKind
from tracker.models.org import Unit
from tracker.models.plan import Plan
from tracker.permissions import SYSTEM
from tracker.services import fanout
from tracker.services.seeding import SEED_FOLDER

Api = Callable[[str], Caller]
Cell = Callable[[str, int], int]


def test_a_plan_is_listed_and_found(both_app: Flask, api: Api) -> None:
    cs = api("cs")
    listed = cs.get("/plans").get_json()
    assert listed["next"] is None
    (plan,) = listed["items"]
    assert plan == cs.get(f"/plans/{plan['id']}").get_json()
    assert plan["issued_on"] == "2020-02-20"
    assert plan["published_at"] == "2020-02-20T08:00:00+08:00"
    assert cs.get("/plans/2").status_code == 404


def test_the_board_is_the_matrix_with_the_same_objects_as_the_lists(
    both_app: Flask, api: Api, cell: Cell
) -> None:
    affairs = api("affairs")
    api("cs").post(f"/assignments/{cell('cs', 3)}/check-off", {"count": 7})
    board = affairs.get("/plans/1/board").get_json()
    assert set(board) == {"plan", "tasks", "units", "cells", "readiness"}
    assert board["plan"] == affairs.get("/plans/1").get_json()
    assert [task["number"] for task in board["tasks"]] == list(range(1, 17))
    assert [unit["code"] for unit in board["units"]][:3] == ["affairs", "students", "cs"]
    assert len(board["units"]) == 15
    assert len(board["cells"]) == 16 + 15 + 12 * 16 + 1
    first = affairs.get("/assignments", limit=200).get_json()
    rest = affairs.get("/assignments", limit=200, cursor=first["next"]).get_json()
    assert board["cells"] == first["items"] + rest["items"]


def test_a_row_of_the_board_tells_where_it_stands(api: Api, cell: Cell) -> None:
    for code, count in (("cs", 7), ("info", 0)):
        api(code).post(f"/assignments/{cell(code, 3)}/check-off", {"count": count})
    row = api("affairs").get("/plans/1/board").get_json()["tasks"][2]
    assert set(row) == {
        *("id", "number", "title", "title_en", "deadline_text", "opens_at", "due_at"),
        *("counts", "target", "readiness", "progress"),
    }
    assert (row["opens_at"], row["due_at"]) == (
        "2020-02-20T00:00:00+08:00",
        "2020-02-24T00:00:00+08:00",
    )
    assert row["progress"]["done"] == 7
    assert row["readiness"] == {"settled": 0, "total": 14, "percent": 0}
    first = api("affairs").get("/plans/1/board").get_json()["tasks"][0]
    assert (first["opens_at"], first["due_at"]) == (None, "2020-02-23T00:00:00+08:00")
    assert first["progress"] is None


def test_every_cell_carries_its_duty_character_for_character(api: Api) -> None:
    with (SEED_FOLDER / "table1.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    columns = {"affairs": 3, "students": 4, "cs": 5, "network": 6}
    board = api("affairs").get("/plans/1/board").get_json()
    found = {(each["unit"], each["task"]): each for each in board["cells"]}
    for code, column in columns.items():
        for row in rows:
            cell = found.get((code, int(row[0])))
            if row[column] in ("", "^"):
                assert cell is None, header[column]
            else:
                assert cell is not None
                assert (cell["duty"], cell["title"]) == (row[column], row[2])
    assert [task["deadline_text"] for task in board["tasks"]] == [
        row[1] if row[1] != "^" else "20日—23日" for row in rows
    ]


@pytest.mark.parametrize("name", ["cs", "students", "network", "affairs", "president"])
def test_the_board_shows_what_the_list_shows(api: Api, name: str) -> None:
    """B-62: the same columns, the same lights, whoever looks."""
    caller = api(name)
    board = caller.get("/plans/1/board").get_json()
    assert {each["unit"] for each in board["cells"]} == {each["code"] for each in board["units"]}
    listed = caller.get("/assignments", limit=200).get_json()["items"]
    assert board["cells"][: len(listed)] == listed
    assert len(board["tasks"]) == 16


def test_lights_of_cells_and_roll_ups_agree(api: Api, cell: Cell, at: StandingClock) -> None:
    """The cells and the readiness come from two readings of one matrix."""
    api("cs").post(f"/assignments/{cell('cs', 1)}/check-off")
    for moment in ("2020-02-21T08:00", "2020-02-24T08:00"):
        at(moment)
        board = api("affairs").get("/plans/1/board").get_json()
        for unit in board["units"]:
            settled = [
                each
                for each in board["cells"]
                if each["unit"] == unit["code"]
                and each["light"] == "SETTLED"
                and each["role"] not in ("MONITOR", "STANDBY")
            ]
            assert unit["readiness"]["settled"] == len(settled)


def test_the_board_takes_the_same_queries_however_many_units_there_are(
    client: FlaskClient,
    api: Api,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    affairs, moment = api("affairs"), clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    affairs.get("/term")  # The first look of a minute takes a portion of the token's budget.
    counts = []
    for more in (0, 20):
        with transaction():
            for number in range(more):
                code = f"more{number}"
                db.session.add(
                    Unit(
                        code=code,
                        kind=UnitKind.COLLEGE,
                        name=code,
                        name_en=code,
                        position=100 + number,
                    )
                )
            fanout.lay_out(db.session.get_one(Plan, 1), SYSTEM, clock.now())
        with count_queries() as queries:
            board = affairs.get("/plans/1/board").get_json()
        counts.append(len(queries))
        assert len(board["units"]) == 15 + more
    assert counts[0] == counts[1] <= 14


def test_drafts_and_templates_are_not_in_the_api(app: Flask, api: Api) -> None:
    """Not even for academic affairs: whoever reads it takes what is listed for being in force."""
    for who in ("affairs", "president", "cs"):
        assert [plan["id"] for plan in api(who).get("/plans").get_json()["items"]] == [1]
        assert api(who).get("/plans/2").status_code == 404
        assert api(who).get("/plans/2/board").status_code == 404


def test_who_holds_no_post_sees_no_plan(app: Flask, api: Api) -> None:
    with transaction():
        for membership in cast.user("cs").memberships:
            db.session.delete(membership)
    assert api("cs").get("/plans").get_json()["items"] == []
