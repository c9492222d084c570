"""An amended notice leaves a report as it is and has its unit look at it again."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import cast
from tests.plans import first_row
from tests.rehearsal import StandingClock
from tests.services.test_notice_imports import COLLEGE, amend, changed, seeded
from tests.web.duties import held, held_id, report, verify, words
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep
from tracker.domain.vocabulary import NoticeKind, State
from tracker.models.notice import Notice
from tracker.queries import second_looks as queries
from tracker.services import cutoffs, notices, second_looks

AMENDED = "确保通知到每一位教师，含外聘教师"


@pytest.fixture
def amended(both_app: Flask, at: StandingClock) -> int:
    """Row 8 was reported, row 3 verified; then row 8 asks for more. Gives the change's id."""
    report("cs", 8, "cs", 62)
    at("2020-02-21T10:00")
    amend(changed((8, COLLEGE, AMENDED)), seeded())
    look = queries.of_assignment(held(8, "cs"))
    assert look is not None
    return look.latest


def test_only_who_reported_before_is_asked_to_look_again(amended: int) -> None:
    look = queries.of_assignment(held(8, "cs"))
    assert look is not None
    assert look.changes == (("text", "确保不漏掉任何一位教师，不出现教学事故", AMENDED),)
    assert queries.of_assignment(held(8, "info")) is None
    report("info", 8, "info", 3)
    assert queries.of_assignment(held(8, "info")) is None
    assert [unit.code for unit in queries.waiting(seeded(), cast.actor("affairs"))] == ["cs"]


def test_still_true_is_said_once_and_kept_in_the_story(amended: int, at: StandingClock) -> None:
    for _ in range(2):
        look_again(amended)
    assert (held(8, "cs").state, held(8, "cs").count) == (State.DONE, 62)
    assert queries.waiting(seeded(), cast.actor("affairs")) == []
    at("2020-02-21T11:00")
    amend(changed((8, COLLEGE, AMENDED + "。")), seeded())
    with pytest.raises(IllegalStep, match="once more"):
        look_again(amended)


@pytest.mark.parametrize("verified", [False, True])
def test_a_report_that_no_longer_holds_is_taken_back_even_verified(
    amended: int, verified: bool
) -> None:
    if verified:
        verify("affairs", 8, "cs")
    with transaction():
        second_looks.reopen(held(8, "cs"), cast.actor("cs"), clock.now(), seen=amended)
    assert held(8, "cs").state is State.OPEN
    assert queries.of_assignment(held(8, "cs")) is None


def test_the_pages_say_what_it_was_and_what_it_is(amended: int, client: FlaskClient) -> None:
    cast.sign_in(client, "cs")
    for address in ("/mine", f"/assignments/{held_id(8, 'cs')}"):
        page = client.get(address)
        assert AMENDED in words(page)
        assert "still-true" in page.text
    cast.sign_in(client, "affairs")
    assert "cs" in client.get(f"/plans/{seeded().id}").text.split("notice-table")[0]


def test_a_moved_cut_off_rides_along_to_who_has_reported(both_app: Flask) -> None:
    """No mail for its own sake, and never both kinds to one person."""
    report("cs", 8, "cs", 62)
    with transaction():
        for each in db.session.scalars(select(Notice)):
            db.session.delete(each)
        cutoffs.move(
            first_row(8), datetime(2020, 2, 26), cast.actor("affairs"), clock.now(), reason="顺延"
        )
    told = db.session.scalars(select(Notice)).all()
    kinds = {notice.user.email: notice.kind for notice in told}
    assert len(kinds) == len(told)
    assert kinds[cast.email("cs")] is NoticeKind.MOVED_DONE
    assert kinds[cast.email("info")] is NoticeKind.MOVED
    with transaction():
        notices.send(notices.ready(clock.now()), clock.now(), clock.real_now(), 500)
    db.session.expire_all()
    left = select(Notice.kind).where(Notice.message_id.is_(None)).distinct()
    assert db.session.scalars(left).all() == [NoticeKind.MOVED_DONE]


def look_again(seen: int) -> None:
    with transaction():
        second_looks.still_true(held(8, "cs"), cast.actor("cs"), clock.now(), seen=seen)
