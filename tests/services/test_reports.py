"""A frozen report never changes, whatever happens after it; daily at its hour, once."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DatabaseError

from tests import cast, plans
from tests.plans import first_row
from tests.rehearsal import StandingClock
from tests.web import duties, mails
from tests.web.duties import held, held_id
from tracker import clock
from tracker.db import db, is_sqlite, transaction
from tracker.documents.report_docx import document
from tracker.documents.report_view import ReportView
from tracker.domain.errors import DomainError, IllegalStep, InvalidInput, NotPermitted
from tracker.domain.reports import digest
from tracker.domain.rosters import Listed
from tracker.jobs import ticks
from tracker.models.org import Unit, User
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Plan, Task
from tracker.models.report import Report
from tracker.queries import audit
from tracker.queries import reports as queries
from tracker.services import (
    cutoffs,
    report_readers,
    reports,
    reviews,
    roster_imports,
    rosters,
    urges,
)
from tracker.sheets.reports import workbook


def plan() -> Plan:
    return plans.first()


def freeze(at: StandingClock, who: str = "affairs", moment: str | None = None) -> int:
    now = at(moment) if moment else at.now()
    with transaction():
        return reports.freeze(plan(), cast.actor(who), now).id


def look(report_id: int, locale: str) -> ReportView:
    report = queries.find(report_id)
    assert report is not None
    facts = queries.facts_of(report)
    return ReportView(facts, report.digest, queries.compared(facts), locale)


def renderings(app: Flask, client, report_id: int) -> list[object]:
    """The page's own part, the text, and both files, made anew, in both languages."""
    found: list[object] = []
    for locale in ("zh_Hans", "en"):
        view = look(report_id, locale)
        language = "en" if locale == "en" else "zh-CN"
        page = client.get(f"/reports/{report_id}", headers={"Accept-Language": language}).text
        article = page[page.index("<article") : page.index("</article>")]
        found += [article, view.text, workbook(view)]
    return [*found, document.__wrapped__(look(report_id, "zh_Hans"))]


def names_of_row_4(at: StandingClock, names: range) -> None:
    """A list of the college's counsellors, one of them ticked."""
    task, unit, clerk = held(4, "cs").duty.tasks[0], held(4, "cs").unit, cast.actor("cs")
    listed = [Listed(f"A{n}", f"辅导员{n}", "cs", "一班", str(n)) for n in names]
    with transaction():
        brought = roster_imports.preview(
            task, unit, clerk, at.now(), source="名单.csv", listed=listed
        )
        roster_imports.confirm(brought, clerk, at.now(), leave_doubtful=False)
        rosters.tick(task, clerk, at.now(), ["A0"])


def _tick(app: Flask, at: StandingClock) -> None:
    mails.tick(app, at, (at.now() + timedelta(hours=6)).isoformat())


def _rename(_app: Flask, _at: StandingClock) -> None:
    with transaction():
        for table, column in ((Unit, "name"), (User, "name"), (Task, "title"), (Plan, "title")):
            db.session.execute(update(table).values({column: getattr(table, column) + "改"}))
            english = f"{column}_en"
            db.session.execute(update(table).values({english: getattr(table, english) + "X"}))


def _move(_app: Flask, at: StandingClock) -> None:
    task = first_row(2)
    later = task.closes + timedelta(days=1)
    with transaction():
        cutoffs.move(task, later, cast.actor("affairs"), at.now(), reason="材料尚未到齐")


def _roster(_app: Flask, at: StandingClock) -> None:
    names_of_row_4(at, range(at.now().minute % 7 + 2))


def _urge(_app: Flask, at: StandingClock) -> None:
    with transaction():
        made = urges.urge([held_id(7, "cs")], cast.actor("affairs"), at.now(), words="")
        if made is not None:
            urges.answer(made.urged[0], cast.actor("cs"), at.now(), words="今晚办结")


def _report_and_verify(_app: Flask, _at: StandingClock) -> None:
    duties.report("cs", 3, "cs", 9)
    duties.verify("affairs", 3, "cs")


def _waive(_app: Flask, at: StandingClock) -> None:
    with transaction():
        reviews.waive(
            held(9, "law"), cast.actor("affairs"), at.now(), seen_version=None, reason="没有"
        )


def _archive(_app: Flask, at: StandingClock) -> None:
    with transaction():
        db.session.execute(update(Plan).values(archived_at=at.now()))


def _another(_app: Flask, at: StandingClock) -> None:
    freeze(at)


AFTERWARDS = (
    _tick,
    _rename,
    _move,
    _roster,
    _urge,
    _report_and_verify,
    _waive,
    _archive,
    _another,
)


@given(st.permutations(AFTERWARDS))
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_happens_after_it_a_report_never_changes(
    app: Flask, at: StandingClock, client, sign_in, taken
) -> None:
    """Page, text, workbook and Word document, byte for byte, in both languages."""
    sign_in(client, "president")
    at(max(clock.now(), at("2020-02-21T08:00")) + timedelta(minutes=5))
    with transaction():
        db.session.execute(update(Plan).values(archived_at=None))
    names_of_row_4(at, range(4))
    freeze(at)
    _urge(app, at)
    at(at.now() + timedelta(minutes=2))
    report_id = freeze(at)
    before = renderings(app, client, report_id)
    for step in taken:
        at(at.now() + timedelta(minutes=3))
        try:
            step(app, at)
        except DomainError:
            db.session.rollback()
    assert renderings(app, client, report_id) == before


@pytest.mark.parametrize("statement", ["UPDATE report SET number = 9", "DELETE FROM report"])
def test_the_database_itself_refuses_to_change_one(
    both_app: Flask, at: StandingClock, statement: str
) -> None:
    freeze(at)
    with pytest.raises(DatabaseError, match="report never changes"), transaction():
        db.session.execute(text(statement))
    assert db.session.scalar(select(func.count(Report.id))) == 1


def test_it_holds_what_the_board_showed_and_its_digest_proves_it(
    both_app: Flask, at: StandingClock
) -> None:
    names_of_row_4(at, range(4))
    head = audit.head()
    report = queries.find(freeze(at, "president", "2020-02-22T22:00"))
    assert report is not None
    facts = queries.facts_of(report)
    row = facts.rows[3]
    assert (row.done, row.total) == (1, 4)
    assert [(gap.unit, gap.missing, len(gap.names)) for gap in row.gaps] == [("cs", 3, 3)]
    assert "cs" not in row.silent
    assert len(facts.cells) == 16 + 11 + 192 + 5
    assert digest(report.content) == report.digest
    assert report.audit_head == facts.audit_head == head
    assert audit.stands(facts.audit_event, head)
    assert not audit.stands(facts.audit_event, "f" * 64)


def test_asked_for_twice_in_a_minute_it_is_one_unless_something_changed(
    both_app: Flask, at: StandingClock
) -> None:
    """B-17."""
    first = freeze(at)
    assert freeze(at) == first
    duties.report("cs", 15, "cs")
    assert freeze(at) != first


def test_a_college_freezes_nothing(app: Flask, at: StandingClock) -> None:
    with pytest.raises(NotPermitted), transaction():
        reports.freeze(plan(), cast.actor("cs.dean"), at.now())


def daily() -> list[date | None]:
    return list(db.session.scalars(select(Report.due_on).order_by(Report.number)))


def made(app: Flask, at: StandingClock, moment: str) -> int:
    at(moment)
    return ticks.freeze_reports(app.config["TRACKER"])


def test_it_is_made_at_its_hour_and_once(both_app: Flask, at: StandingClock) -> None:
    assert made(both_app, at, "2020-02-21T21:59") == 0
    assert made(both_app, at, "2020-02-21T22:00") == 1
    for moment in ("2020-02-21T22:00", "2020-02-21T22:01", "2020-02-22T09:59", "2020-02-22T21:59"):
        assert made(both_app, at, moment) == 0
    assert made(both_app, at, "2020-02-22T22:00") == 1
    assert daily() == [date(2020, 2, 21), date(2020, 2, 22)]
    facts = look(db.session.scalars(select(func.max(Report.id))).one(), "en").facts
    assert facts.previous == 1


def test_after_downtime_it_is_made_late_and_says_so_or_not_at_all(
    app: Flask, at: StandingClock
) -> None:
    """The clock leaps over two evenings: the older one is told by nobody any more."""
    assert made(app, at, "2020-02-23T03:00") == 1
    assert daily() == [date(2020, 2, 22)]
    view = look(db.session.scalars(select(Report.id)).one(), "zh_Hans")
    assert "补生成，原定22日22:00" in view.text
    assert "截至23日03:00" in view.text
    assert "数字为23日03:00时的情况" in view.text
    assert "网络中心22日未报" in view.text
    assert "今日" not in view.text
    assert view.matrix_title == "落实总表（23日03:00时的情况）"
    assert made(app, at, "2020-02-24T10:00") == 0


def test_a_plan_that_is_archived_or_long_over_or_wants_none_has_none(
    app: Flask, at: StandingClock
) -> None:
    assert made(app, at, "2020-03-20T22:00") == 0
    with transaction():
        reports.set_hour(plan(), cast.actor("affairs"), at.now(), report_at=None)
    assert made(app, at, "2020-02-21T22:00") == 0
    with transaction():
        reports.set_hour(plan(), cast.actor("affairs"), at.now(), report_at=time(22))
        plan().archived_at = at.now()
    assert made(app, at, "2020-02-21T22:00") == 0


def test_a_clock_that_is_not_believed_makes_none(app: Flask, at: StandingClock) -> None:
    at("2020-02-21T22:00")
    assert ticks.freeze_reports(app.config["TRACKER"], allows=lambda: False) == 0


def test_a_quiet_minute_costs_two_small_queries(
    app: Flask, at: StandingClock, count_queries: Callable
) -> None:
    made(app, at, "2020-02-21T22:00")
    for moment, most in (("2020-02-21T22:05", 2), ("2020-02-22T15:00", 1)):
        now = at(moment)
        with count_queries() as queries_made:
            assert queries.due(now) == []
        assert len(queries_made) == most


def test_its_readers_get_one_mail_each_at_its_hour_and_none_when_paused(
    both_app: Flask, at: StandingClock
) -> None:
    with transaction():
        for name in ("affairs", "cs.dean", "info.dean"):
            report_readers.add(plan(), cast.actor("affairs"), at.now(), email=cast.email(name))
        cast.user("info.dean").information_paused = True
    mails.tick(both_app, at, "2020-02-21T22:00", "2020-02-21T22:01", "2020-02-22T07:30")
    sent = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "report")).all()
    assert {message.to_address for message in sent} == {
        cast.email("affairs"),
        cast.email("cs.dean"),
    }
    assert {message.state for message in sent} == {"SENT"}
    box = both_app.config["TRACKER"].mailbox
    letters = [
        path.read_bytes() for path in box.glob("*.eml") if b"Step: report" in path.read_bytes()
    ]
    assert len(letters) == 2


def test_the_list_takes_accounts_only_and_each_once(app: Flask, at: StandingClock) -> None:
    mixed = "CS.dean@campus.example"
    for _ in range(2):
        with transaction():
            report_readers.add(plan(), cast.actor("affairs"), at.now(), email=mixed)
    assert [user.email for user in queries.readers(plan())] == [cast.email("cs.dean")]
    with pytest.raises(InvalidInput), transaction():
        report_readers.add(plan(), cast.actor("affairs"), at.now(), email="nobody@campus.example")
    with pytest.raises(NotPermitted), transaction():
        report_readers.remove(plan(), cast.user("cs.dean"), cast.actor("president"), at.now())
    with transaction():
        report_readers.remove(plan(), cast.user("cs.dean"), cast.actor("affairs"), at.now())
    assert queries.readers(plan()) == []


def test_on_sqlite_nothing_replaces_one_either(app: Flask, at: StandingClock) -> None:
    """REPLACE deletes and inserts, and fires no trigger of a deletion unless told to."""
    freeze(at)
    columns = "id, plan_id, number, at, settled, asked, overdue, digest, audit_head"
    with pytest.raises(DatabaseError, match="report never changes"), transaction():
        db.session.execute(
            text(
                f"INSERT OR REPLACE INTO report ({columns}, content) "
                f"SELECT {columns}, replace(content, '0', '1') FROM report"
            )
        )


def test_a_forged_report_is_named_by_verify_audit_and_says_so_on_its_page(
    both_app: Flask, at: StandingClock
) -> None:
    report_id = freeze(at)
    command = both_app.test_cli_runner()
    assert command.invoke(args=["tracker", "verify-audit"]).exit_code == 0
    with transaction():
        if is_sqlite():
            db.session.execute(text("DROP TRIGGER report_no_update"))
        else:
            db.session.execute(text("ALTER TABLE report DISABLE TRIGGER USER"))
        db.session.execute(text("UPDATE report SET content = replace(content, '16', '17')"))
    said = command.invoke(args=["tracker", "verify-audit"])
    assert (said.exit_code, "Report 1 of plan" in said.output) == (1, True)
    report = queries.find(report_id)
    assert report is not None
    assert not audit.is_whole(report)


def test_one_asked_for_after_midnight_is_never_the_one_from_before_it(
    both_app: Flask, at: StandingClock
) -> None:
    before = freeze(at, "affairs", "2020-02-22T23:59:50")
    after = freeze(at, "affairs", "2020-02-23T00:00:10")
    assert before != after
    report = queries.find(after)
    assert report is not None
    assert report.overdue == 14


def test_nobody_fills_the_database_with_reports(both_app: Flask, at: StandingClock) -> None:
    for number in range(reports.MOST_A_DAY):
        freeze(at, "president", f"2020-02-22T{number // 4:02}:{number % 4 * 15:02}")
    with pytest.raises(IllegalStep):
        freeze(at, "president", "2020-02-22T23:00")
    freeze(at, "president", "2020-02-23T23:00")


def test_a_plan_whose_report_cannot_be_made_leaves_the_others_theirs(
    app: Flask, at: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = plan()
    with transaction():
        db.session.add(
            Plan(
                code="second",
                title="第二个通知",
                title_en="A second notice",
                issuer=first.issuer,
                issued_on=first.issued_on,
                launches_on=first.launches_on,
                zone=first.zone,
                published_at=first.published_at,
                report_at=first.report_at,
            )
        )
    tried = []

    def fail(plan: Plan, *_rest: object) -> None:
        tried.append(plan.code)
        raise RuntimeError("no")

    notices = db.session.scalars(select(Plan).where(Plan.parent_id.is_(None)))
    due = [(each.id, at.now().date(), at.now()) for each in notices]
    monkeypatch.setattr(queries, "due", lambda _now: due)
    monkeypatch.setattr(reports, "freeze_daily", fail)
    ticks.freeze_reports(app.config["TRACKER"])
    assert tried == [first.code, "second"]
