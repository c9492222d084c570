"""Who may do what through the API: the same answers as on the pages."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.api.conftest import Caller
from tracker.db import db
from tracker.models.assignment import CheckOff
from tracker.models.audit import AuditEvent

Api = Callable[[str], Caller]
Cell = Callable[[str, int], int]
STEPS = {
    "check-off": {"count": 0},
    "undo": {},
    "verify": {},
    "send-back": {"reason": "again"},
    "check-in": {"day": "2020-02-20", "health": "NORMAL"},
}


def _count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_nobody_verifies_the_work_of_their_own_unit(api: Api, cell: Cell) -> None:
    """B-60: forged by the doer, by its head, by an observer, by another college, by an office that
    does not inspect the row."""
    path = f"/assignments/{cell('cs', 3)}"
    api("cs").post(f"{path}/check-off", {"count": 1})
    before = _count(AuditEvent)
    expected = {"cs": 403, "cs.dean": 403, "president": 403, "info": 404, "students": 404}
    tokens = {name: api(name) for name in (*expected, "affairs")}
    issued = _count(AuditEvent)
    for name, status in expected.items():
        for step in ("verify", "send-back"):
            answer = tokens[name].post(f"{path}/{step}", STEPS[step])
            assert (answer.status_code, answer.get_json()["code"]) == (status, status), name
            assert "current" not in answer.get_json()
    assert issued - before == len(tokens)
    assert _count(AuditEvent) == issued
    assert tokens["affairs"].post(f"{path}/verify").get_json()["state"] == "VERIFIED"
    own = tokens["affairs"].post(f"/assignments/{cell('affairs', 1)}/verify")
    assert own.status_code == 403


@pytest.mark.parametrize("step", list(STEPS))
def test_what_the_list_hides_every_other_call_hides_too(api: Api, cell: Cell, step: str) -> None:
    """B-62: guessing numbers tells a stranger no more than a number that was never given."""
    info = api("info")
    one = f"/assignments/{cell('cs', 3)}"
    for path in (one, f"/assignments/{2**31 - 1}"):
        assert info.get(path).status_code == 404
        answer = info.post(f"{path}/{step}", STEPS[step])
        assert answer.status_code == 404
        assert answer.get_json() == info.get("/assignments/2147483647").get_json()
    hidden = info.get("/assignments", unit="cs")
    unknown = info.get("/assignments", unit="nowhere")
    assert (hidden.status_code, hidden.get_json()) == (422, unknown.get_json())


@pytest.mark.parametrize("step", ["check-off", "undo", "check-in"])
@pytest.mark.parametrize("name", ["president", "affairs"])
def test_who_sees_everything_still_reports_nothing_for_others(
    api: Api, cell: Cell, name: str, step: str
) -> None:
    answer = api(name).post(f"/assignments/{cell('cs', 3)}/{step}", STEPS[step])
    assert answer.status_code == 403
    assert _count(CheckOff) == 0
