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
from tracker.domain.errors import IllegalStep, StaleVersion
from tracker.domain.row_wordings import Cell, Wording
from tracker.domain.vocabulary import NoticeKind, State, UnitKind
from tracker.models.audit import AuditEvent
from tracker.models.duty_change import DutyChange
from tracker.models.notice import Notice
from tracker.queries import second_looks as queries
from tracker.queries.plan_edits import cells_of
from tracker.services import cutoffs, notices, plan_edits, second_looks

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


RETITLED = "通知24日上课教师做好授课准备"


def correct(text: str | None = None, title: str | None = None, *, ask_again: bool) -> None:
    """Row 8 by hand, as academic affairs do."""
    task = first_row(8)
    cells = {kind: Cell(duty.role, duty.text) for kind, duty in cells_of(task).items()}
    if text is not None:
        cells[UnitKind.COLLEGE] = Cell(cells[UnitKind.COLLEGE].role, text)
    wording = Wording(title or task.title, task.deadline_text, task.counts or "", cells)
    with transaction():
        plan_edits.change(task, cast.actor("affairs"), clock.now(), wording, ask_again=ask_again)


def test_a_correction_by_hand_asks_who_reported_to_look_again_and_the_record_says_so(
    both_app: Flask, at: StandingClock
) -> None:
    report("cs", 8, "cs", 62)
    at("2020-02-21T10:00")
    before = held(8, "cs").duty.text
    correct(AMENDED, ask_again=True)
    look = queries.of_assignment(held(8, "cs"))
    assert look is not None
    assert look.changes == (("text", before, AMENDED),)
    assert [unit.code for unit in queries.waiting(seeded(), cast.actor("affairs"))] == ["cs"]
    said = select(AuditEvent).where(AuditEvent.action == "task.corrected")
    kept = db.session.scalars(said).one().detail
    assert kept["looked_at_again"] == [held(8, "cs").duty_id]
    look_again(look.latest)
    assert (held(8, "cs").state, held(8, "cs").count) == (State.DONE, 62)
    assert queries.of_assignment(held(8, "cs")) is None


def test_a_row_s_own_words_count_for_every_duty_of_the_row(
    both_app: Flask, at: StandingClock
) -> None:
    report("cs", 8, "cs", 62)
    before = first_row(8).title
    at("2020-02-21T10:00")
    correct(title=RETITLED, ask_again=True)
    look = queries.of_assignment(held(8, "cs"))
    assert look is not None
    assert look.changes == (("title", before, RETITLED),)


def test_a_correction_that_waited_for_the_lock_asks_who_reported_meanwhile(
    both_app: Flask, at: StandingClock
) -> None:
    """At the cut-off a correction queues behind reports and looks: its clock was read before."""
    asked_at = at("2020-02-21T10:00")
    at("2020-02-21T10:01")
    report("cs", 8, "cs", 62)
    at(asked_at)
    correct(AMENDED, ask_again=True)
    look = queries.of_assignment(held(8, "cs"))
    assert look is not None
    at("2020-02-21T10:02")
    look_again(look.latest)
    at(asked_at)
    correct(AMENDED + "。", ask_again=True)
    assert queries.of_assignment(held(8, "cs")) is not None


def test_a_slip_of_the_pen_and_a_row_that_nobody_reported_ask_nobody(
    both_app: Flask, at: StandingClock
) -> None:
    correct(AMENDED, ask_again=True)
    report("cs", 8, "cs", 62)
    at("2020-02-21T10:00")
    correct(AMENDED + "。", ask_again=False)
    correct(AMENDED + "。", ask_again=True)
    assert db.session.scalars(select(DutyChange)).all() == []
    assert queries.of_assignment(held(8, "cs")) is None


@pytest.mark.parametrize("ask_again", [True, False])
@pytest.mark.parametrize("reported_elsewhere", [True, False])
def test_a_page_from_before_a_correction_reports_nothing_on_words_that_nobody_read(
    both_app: Flask, at: StandingClock, reported_elsewhere: bool, ask_again: bool
) -> None:
    if reported_elsewhere:
        report("cs", 8, "cs", 62)
    seen = held(8, "info").version
    at("2020-02-21T10:00")
    correct(AMENDED, ask_again=ask_again)
    if ask_again:
        with pytest.raises(StaleVersion):
            report("info", 8, "info", 3, seen=seen)
        seen = held(8, "info").version
    report("info", 8, "info", 3, seen=seen)
    assert queries.of_assignment(held(8, "info")) is None


def test_nor_does_one_from_before_an_amended_notice(both_app: Flask, at: StandingClock) -> None:
    seen, other = held(8, "info").version, held(3, "info").version
    at("2020-02-21T10:00")
    amend(changed((8, COLLEGE, AMENDED)), seeded())
    with pytest.raises(StaleVersion):
        report("info", 8, "info", 3, seen=seen)
    assert held(3, "info").version == other


def test_a_slip_mended_after_a_correction_is_read_by_whoever_has_yet_to_look_and_by_nobody_else(
    both_app: Flask, at: StandingClock
) -> None:
    for unit in ("cs", "info"):
        report(unit, 8, unit, 62)
    at("2020-02-21T10:00")
    correct(AMENDED, ask_again=True)
    look = queries.of_assignment(held(8, "info"))
    assert look is not None
    at("2020-02-21T10:05")
    with transaction():
        second_looks.still_true(held(8, "info"), cast.actor("info"), at.now(), seen=look.latest)
    at("2020-02-21T10:10")
    correct(AMENDED + "。", ask_again=False)
    waits = queries.of_assignment(held(8, "cs"))
    assert waits is not None
    assert [now for what, _was, now in waits.changes if what == "text"][-1] == AMENDED + "。"
    assert queries.of_assignment(held(8, "info")) is None


def test_the_form_offers_it_and_asks_unless_it_is_unticked(
    app: Flask, client: FlaskClient, at: StandingClock
) -> None:
    report("cs", 8, "cs", 62)
    report("info", 8, "info", 3)
    at("2020-02-21T10:00")
    path = f"/plans/{seeded().id}/rows/8"
    page = cast.sign_in(client, "affairs").get(path)
    assert '<input type="checkbox" name="ask_again" value="y" checked' in page.text
    token = cast.csrf_token(page)
    for text, ticked, asked in (("甲", {}, False), ("乙", {"ask_again": "y"}, True)):
        fields = {"title": RETITLED, "text_college": text, "role_college": "PERFORM"}
        answer = client.post(path, data={**fields, "csrf_token": token, **ticked})
        assert answer.status_code == 303
        db.session.rollback()
        assert (queries.of_assignment(held(8, "cs")) is not None) == asked
        at("2020-02-21T10:05")


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


@pytest.mark.parametrize("another_reported", [False, True])
def test_who_reports_by_the_words_before_a_correction_is_shown_the_new_ones_first(
    both_app: Flask, client: FlaskClient, another_reported: bool
) -> None:
    """A page that was opened before it, in a unit that has not reported."""
    if another_reported:
        report("info", 8, "info", 62)
    cast.sign_in(client, "cs")
    form = {"version": held(8, "cs").version, "count": 62, "note": "已逐一通知"}
    address = f"/assignments/{held_id(8, 'cs')}/check-off"
    correct(AMENDED, ask_again=True)
    said = cast.post(client, address, form)
    assert said.status_code == 409
    assert AMENDED in words(said)
    assert "已逐一通知" in said.text
    assert held(8, "cs").state is State.OPEN
    again = {**form, "version": held(8, "cs").version}
    assert cast.post(client, address, again).status_code == 303
    assert held(8, "cs").state is State.DONE


def test_a_slip_that_is_mended_stops_nobody(both_app: Flask) -> None:
    report("info", 8, "info", 62)
    before = held(8, "cs").version
    correct(AMENDED, ask_again=False)
    assert held(8, "cs").version == before
