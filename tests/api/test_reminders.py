"""The ledger and the outbox through the API."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.api.conftest import Caller
from tests.rehearsal import StandingClock
from tracker import clock
from tracker.db import db, transaction
from tracker.models.reminder import Reminder
from tracker.services import handovers, reminders

Api = Callable[[str], Caller]


@pytest.fixture
def planned(at: StandingClock) -> Callable[[str], None]:
    """`planned("2020-02-21T09:00")`: everything due until then is planned, nothing is sent."""

    def plan(moment: str) -> None:
        now = at(moment)
        more = True
        while more:
            with transaction():
                more = reminders.plan_chunk(now, clock.real_now())

    return plan


def test_a_person_sees_the_own_reminders(
    both_app: Flask, api: Api, planned: Callable[[str], None]
) -> None:
    """At 09:00 on the 21st, the day before the first cut-off, each contact gets the first one."""
    cs = api("cs")
    planned("2020-02-21T09:00")
    body = cs.get("/reminders").get_json()
    assert body["next"] is None
    (found,) = body["items"]
    assert found == {
        "id": found["id"],
        "plan": 1,
        "at": "2020-02-21T09:00:00+08:00",
        "step": "D-1 09:00",
        "number": 1,
        "to": "cs@campus.example",
        "cutoff_at": "2020-02-23T00:00:00+08:00",
        "state": "DUE",
    }


def test_nobody_sees_a_strangers_reminders_but_those_who_see_every_unit(
    api: Api, planned: Callable[[str], None]
) -> None:
    """B-62."""
    planned("2020-02-22T18:00")
    for name in ("cs", "cs.dean", "info", "students"):
        found = api(name).get("/reminders").get_json()["items"]
        assert {each["to"] for each in found} == {f"{name}@campus.example"}, name
    every = db.session.scalar(select(func.count()).select_from(Reminder))
    for name in ("affairs", "president"):
        caller = api(name)
        seen: list[int] = []
        cursor = "0"
        while cursor is not None:
            page = caller.get("/reminders", limit=7, cursor=cursor).get_json()
            seen += [each["id"] for each in page["items"]]
            cursor = page["next"]
        assert seen == sorted(set(seen))
        assert len(seen) == every


def test_the_outbox_is_for_those_who_see_every_unit(
    both_app: Flask, api: Api, planned: Callable[[str], None]
) -> None:
    planned("2020-02-21T09:00")
    for name in ("cs", "cs.dean", "students", "network"):
        answer = api(name).get("/outbox")
        assert (answer.status_code, answer.get_json()["code"]) == (403, 403)
    for name in ("affairs", "president"):
        found = api(name).get("/outbox").get_json()["items"]
        (mine,) = [each for each in found if each["to"] == "cs@campus.example"]
        assert mine == {
            "id": mine["id"],
            "state": "DUE",
            "to": "cs@campus.example",
            "subject": None,
            "due_at": "2020-02-21T09:00:00+08:00",
            "sent_at": None,
            "attempts": 0,
            "reason": None,
            "message_id": mine["message_id"],
        }
        assert mine["message_id"]


def test_the_outbox_tells_what_became_of_each_mail(
    api: Api, planned: Callable[[str], None]
) -> None:
    planned("2020-02-21T09:00")
    real_now = clock.real_now()
    with transaction():
        first, second, third, *_ = handovers.claim("sender", real_now, 100)
        rendered = {"to_address": "cs@campus.example", "subject": "提醒", "lines": "[]"}
        handovers.hand_over(first, "sender", real_now, **rendered)
        handovers.sent(first, "sender", real_now, "250 ok")
        handovers.refused(second, "sender", real_now, "550 no such user", final=True)
        handovers.skip(third, "sender", "Nothing is open any more.")
    found = {each["id"]: each for each in api("affairs").get("/outbox").get_json()["items"]}
    sent = found[first]
    assert (sent["state"], sent["subject"], sent["attempts"]) == ("SENT", "提醒", 1)
    assert sent["sent_at"].endswith("+08:00")
    assert (found[second]["state"], found[second]["reason"]) == ("DEAD", "550 no such user")
    assert (found[third]["state"], found[third]["sent_at"]) == ("SKIPPED", None)
    assert found[third]["reason"]


def test_both_lists_take_the_same_queries_however_long_they_are(
    api: Api,
    planned: Callable[[str], None],
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rehearsal's clock, one for the token and the posts, one for the list; the token's portion
    of this minute is taken before."""
    moment = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    affairs = api("affairs")
    planned("2020-02-22T22:00")
    affairs.get("/outbox")
    for path in ("/reminders", "/outbox"):
        for limit in (1, 200):
            with count_queries() as queries:
                affairs.get(path, limit=limit)
            assert len(queries) == 3, queries
