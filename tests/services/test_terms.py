"""The key dates of the term: set, undone, on record, and reminded of once."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import cast
from tests.rehearsal import StandingClock
from tests.web import mails
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput, NotPermitted
from tracker.domain.term import Basis, TermItem
from tracker.domain.vocabulary import NoticeKind
from tracker.models.audit import AuditEvent
from tracker.models.notice import Notice
from tracker.models.org import User
from tracker.models.term import Term, TermDate
from tracker.permissions import SYSTEM
from tracker.queries.term_notices import term_date
from tracker.queries.terms import resolved_of
from tracker.services import terms
from tracker.services.seeding import SEED_FOLDER, seed


def term() -> Term:
    return db.session.scalars(select(Term)).one()


def row(item: TermItem) -> TermDate:
    return db.session.scalars(select(TermDate).where(TermDate.item == item)).one()


def days(item: TermItem) -> tuple[date, date] | None:
    window = resolved_of(term())[item].window
    return (window.first, window.last) if window else None


def put(item: TermItem, first: date | None, last: date | None, who: str = "affairs") -> None:
    with transaction():
        terms.set_own(row(item), first, last, cast.actor(who), clock.now())


def results(day: date | None) -> None:
    with transaction():
        terms.set_results(term(), day, cast.actor("affairs"), clock.now())


def told() -> list[tuple[str, int]]:
    """(whom, what) of every notice about the term."""
    rows = db.session.execute(
        select(User.email, Notice.about_id)
        .join(User, User.id == Notice.user_id)
        .where(Notice.kind == NoticeKind.TERM_DATE)
        .order_by(Notice.id)
    )
    return [(email, about) for email, about in rows]


def actions() -> list[str]:
    about = AuditEvent.action.like("term%")
    return list(db.session.scalars(select(AuditEvent.action).where(about).order_by(AuditEvent.id)))


def test_the_letter_s_table_is_there_in_its_own_words(app: Flask) -> None:
    assert [each.item for each in term().dates] == list(TermItem)
    assert row(TermItem.MAKEUP).standard_text == "2020.6.28-7.4（主观题批阅的成绩发布后7日内）"
    assert row(TermItem.SCORES).own_text == "本校考试成绩发布后2天内"
    assert days(TermItem.EXAMS) == (date(2020, 6, 16), date(2020, 6, 25))


def test_a_database_of_before_gets_it_with_the_next_seed_and_keeps_what_was_set(
    app: Flask,
) -> None:
    with transaction():
        for each in term().dates:
            db.session.delete(each)
        db.session.flush()
        db.session.delete(term())
    for _ in range(2):
        with transaction():
            seed(SEED_FOLDER, clock.now(), SYSTEM)
        assert len(term().dates) == len(TermItem)
        if days(TermItem.EXAMS) == (date(2020, 6, 16), date(2020, 6, 25)):
            put(TermItem.EXAMS, date(2020, 7, 1), date(2020, 7, 9))
    assert days(TermItem.EXAMS) == (date(2020, 7, 1), date(2020, 7, 9))


def test_set_and_undone_it_is_on_record(both_app: Flask) -> None:
    put(TermItem.STUDY, None, date(2020, 7, 10))
    put(TermItem.STUDY, None, date(2020, 7, 10))
    assert days(TermItem.STUDY) == (date(2020, 2, 15), date(2020, 7, 10))
    for _ in range(2):
        with transaction():
            terms.clear_own(row(TermItem.STUDY), cast.actor("affairs"), clock.now())
    results(date(2020, 7, 20))
    assert days(TermItem.STUDY) == (date(2020, 2, 15), date(2020, 6, 15))
    assert actions() == ["term_date.set", "term_date.cleared", "term.results_set"]


def test_what_is_refused_leaves_nothing_behind(app: Flask) -> None:
    """B-30."""
    for first, last in ((date(2020, 7, 2), date(2020, 8, 21)), (None, None)):
        with pytest.raises(InvalidInput):
            put(TermItem.EXAMS, first, last)
    with pytest.raises(InvalidInput):
        results(date(2021, 1, 1))
    assert (row(TermItem.EXAMS).own_opens, term().results_on, actions()) == (None, None, [])


@pytest.mark.parametrize("who", ["cs", "students", "president"])
def test_only_academic_affairs_change_anything(app: Flask, who: str) -> None:
    actor, each = cast.actor(who), row(TermItem.EXAMS)
    with pytest.raises(NotPermitted):
        terms.set_own(each, date(2020, 7, 1), date(2020, 7, 9), actor, clock.now())
    with pytest.raises(NotPermitted):
        terms.clear_own(each, actor, clock.now())
    with pytest.raises(NotPermitted):
        terms.set_results(term(), date(2020, 7, 1), actor, clock.now())
    with pytest.raises(NotPermitted):
        terms.set_allowed(row(TermItem.MAKEUP_ALLOWED), False, actor, clock.now())


def test_what_counts_from_the_results_waits_for_them_and_follows_them(app: Flask) -> None:
    """B-30."""
    put(TermItem.MAKEUP, None, None)
    assert resolved_of(term())[TermItem.MAKEUP].basis is Basis.PENDING
    results(date(2020, 7, 20))
    assert days(TermItem.MAKEUP) == (date(2020, 7, 22), date(2020, 8, 3))
    put(TermItem.MAKEUP, date(2020, 7, 27), None)
    assert days(TermItem.MAKEUP) == (date(2020, 7, 27), date(2020, 8, 3))
    results(None)
    assert days(TermItem.MAKEUP) is None


class TestReminders:
    def test_three_days_and_one_day_before_once_each_to_contacts_and_head(
        self, both_app: Flask, at: StandingClock
    ) -> None:
        put(TermItem.EXAMS, date(2020, 3, 5), date(2020, 3, 20))
        mails.tick(both_app, at, "2020-03-02T08:29")
        assert told() == []
        for moment in ("2020-03-02T08:30", "2020-03-02T09:00", "2020-03-03T09:00"):
            mails.tick(both_app, at, moment)
        first = told()
        assert {email.split("@")[0] for email, _ in first} <= {"affairs", "affairs.dean"}
        assert len({about for _, about in first}) == 1
        mails.tick(both_app, at, "2020-03-04T09:00", "2020-03-04T18:00", "2020-03-05T09:00")
        assert len({about for _, about in told()}) == 2

    def test_a_changed_date_is_told_anew_and_only_of_what_lies_ahead(
        self, app: Flask, at: StandingClock
    ) -> None:
        put(TermItem.EXAMS, date(2020, 3, 5), date(2020, 3, 20))
        mails.tick(app, at, "2020-03-02T09:00")
        at("2020-03-02T10:00")
        put(TermItem.EXAMS, date(2020, 3, 4), date(2020, 3, 20))
        mails.tick(app, at, "2020-03-02T10:01")
        assert len({about for _, about in told()}) == 1
        mails.tick(app, at, "2020-03-03T09:00")
        assert len({about for _, about in told()}) == 2
        at("2020-03-03T10:00")
        put(TermItem.EXAMS, date(2020, 3, 9), date(2020, 3, 20))
        mails.tick(app, at, "2020-03-06T09:00")
        assert len({about for _, about in told()}) == 3

    def test_after_a_long_silence_only_the_latest_is_told(
        self, app: Flask, at: StandingClock
    ) -> None:
        put(TermItem.EXAMS, date(2020, 3, 5), date(2020, 3, 20))
        mails.tick(app, at, "2020-03-04T12:00")
        assert len({about for _, about in told()}) == 1
        mails.tick(app, at, "2020-03-06T12:00")
        assert len({about for _, about in told()}) == 1

    def test_what_is_not_known_is_never_told(self, app: Flask, at: StandingClock) -> None:
        """B-30."""
        put(TermItem.SCORES, None, None)
        put(TermItem.EXAMS, date(2020, 3, 5), date(2020, 8, 19))
        at("2020-03-04T09:00")
        results(date(2020, 3, 9))
        results(None)
        mails.tick(app, at, "2020-03-06T09:00", "2020-03-08T09:00", "2020-03-10T09:00")
        notices = select(func.count()).where(Notice.kind == NoticeKind.TERM_DATE)
        assert db.session.scalar(notices) == 0

    def test_a_mail_says_what_holds_when_it_leaves(self, app: Flask, at: StandingClock) -> None:
        """Noted down at night, changed before the morning."""
        put(TermItem.EXAMS, date(2020, 3, 5), date(2020, 3, 20))
        at("2020-03-02T09:00")
        with transaction():
            terms.note(at.now())
        put(TermItem.EXAMS, date(2020, 3, 12), date(2020, 3, 20))
        about, reader = told()[0][1], cast.user("affairs")
        assert term_date(about, reader, at.now()) == "The date has been changed."
        put(TermItem.EXAMS, date(2020, 3, 5), date(2020, 3, 22))
        assert not isinstance(term_date(about, reader, at.now()), str)
        assert term_date(about, reader, at("2020-03-06T09:00")) == "The date has passed."
        assert isinstance(term_date(about, cast.user("cs"), at("2020-03-02T09:00")), str)
