"""What an archived plan gathered about persons goes when its months are over."""

import dataclasses
import io
import json

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import JSON, String, func, select

from tests import cast, plans
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import held
from tracker import clock
from tracker.config import Settings
from tracker.db import Base, db, transaction
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import AccessKind, GroupPart, LifeStep
from tracker.jobs import housekeeping
from tracker.models.access import Access
from tracker.models.assignment import Assignment
from tracker.models.idempotency import FirstAnswer
from tracker.models.purge import Purge
from tracker.models.roster import RosterItem, RosterTally
from tracker.queries import audit as record
from tracker.services import (
    accesses,
    assignments,
    care,
    comments,
    evidence,
    evidence_files,
    idempotency,
    plan_life,
    reports,
    roster_imports,
    rosters,
    work_groups,
)
from tracker.web.accesses import NOTED

STUDENT, KEY = "诸葛小满", "20200417001"
SECRET = "没有手机"


@pytest.fixture
def settings(app: Flask, at: StandingClock) -> Settings:
    """The plan gathered data about a student everywhere; then it was closed and archived. Kept for
    six months."""
    kept = dataclasses.replace(app.config["TRACKER"], retention_months=6)
    clerk, row, now = cast.actor("cs"), held(2, "cs"), at.now()
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    picture.seek(0)
    stored = evidence_files.keep(kept.evidence, f"{STUDENT}.png", picture)
    task = row.duty.tasks[0]
    with transaction():
        listed = [Listed(KEY, STUDENT, "cs", SECRET, "1"), Listed("A2", "李四", "cs", "", "2")]
        brought = roster_imports.preview(
            task, row.unit, clerk, now, source=f"{STUDENT}.csv", listed=listed
        )
        roster_imports.confirm(brought, clerk, now, leave_doubtful=False)
        rosters.tick(task, clerk, now, ["A2"])
    with transaction():
        evidence.add_file(held(3, "cs"), clerk, now, stored)
        words = f"@教务处负责人 {STUDENT}{SECRET}"
        comments.add(row, clerk, now, words=words)
        work_groups.add(held(1, "cs"), clerk, now, part=GroupPart.MEMBER, people=STUDENT)
        care.write(
            db.session.scalars(select(RosterItem).where(RosterItem.key == KEY)).one(),
            clerk,
            now,
            seen_version=0,
            words=care.Words(SECRET, "充值", ""),
        )
        done = held(11, "cs")
        assignments.check_off(done, clerk, now, seen_version=done.version, note=f"{STUDENT}已联系")
    mails.tick(app, at, "2020-02-21T09:01")
    with transaction():
        reports.freeze(plans.first(), cast.actor("affairs"), at.now())
    at("2020-03-01T08:00")
    with transaction():
        for step in (LifeStep.CLOSE, LifeStep.ARCHIVE):
            plan_life.take(plans.first(), step, cast.actor("affairs"), at.now())
    return kept


def found(*traces: str) -> set[str]:
    """Every place of every table that holds one of them."""
    db.session.rollback()
    places = set()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | JSON):
                for value in db.session.scalars(select(column)):
                    said = json.dumps(value, ensure_ascii=False)
                    if any(trace in said for trace in traces):
                        places.add(f"{table.name}.{column.name}")
    return places


def clean(settings: Settings, at: StandingClock, moment: str) -> None:
    at(moment)
    housekeeping.clean(settings, at.now())


def test_after_its_months_a_search_for_a_student_finds_nothing(
    settings: Settings, at: StandingClock
) -> None:
    assert len(found(STUDENT, KEY, SECRET)) >= 8
    tallies = db.session.execute(select(RosterTally.total, RosterTally.done)).all()
    states = db.session.execute(select(Assignment.id, Assignment.state)).all()
    noted = record.head()
    clean(settings, at, "2020-08-20T08:00")
    clean(settings, at, "2020-08-31T08:00")
    assert found(STUDENT)
    clean(settings, at, "2020-09-03T09:00")
    assert found(STUDENT, KEY, SECRET) == set()
    assert not [path for path in settings.evidence.rglob("*") if path.is_file()]
    purge = db.session.get_one(Purge, plans.first_id())
    assert (purge.names, purge.files) == (2, 1)
    assert purge.mails > 0
    assert purge.words >= 2
    assert db.session.execute(select(RosterTally.total, RosterTally.done)).all() == tallies
    assert db.session.execute(select(Assignment.id, Assignment.state)).all() == states
    verdict = record.verify()
    assert (verdict.broken, verdict.forged) == (None, None)
    assert record.holds(noted)


def test_a_plan_that_comes_back_from_the_archive_keeps_everything(
    settings: Settings, at: StandingClock
) -> None:
    clean(settings, at, "2020-08-20T08:00")
    with transaction():
        plan_life.take(plans.first(), LifeStep.UNARCHIVE, cast.actor("affairs"), at.now())
    clean(settings, at, "2021-08-20T08:00")
    assert found(STUDENT)
    assert db.session.get(Purge, plans.first_id()) is None


def test_a_setting_turned_on_late_gives_two_weeks_of_notice_all_the_same(
    settings: Settings, at: StandingClock
) -> None:
    for moment in ("2022-01-01T08:00", "2022-01-14T08:00"):
        clean(settings, at, moment)
        assert found(STUDENT)
    clean(settings, at, "2022-01-15T09:00")
    assert found(STUDENT) == set()


def test_without_the_setting_nothing_ever_goes(app: Flask, settings: Settings, at: StandingClock):
    clean(app.config["TRACKER"], at, "2030-01-01T08:00")
    assert found(STUDENT)


def test_a_doubted_clock_throws_nothing_away(settings: Settings, at: StandingClock) -> None:
    at("2030-01-01T08:00")
    assert housekeeping.clean(settings, at.now(), allows=lambda: False) == 0


def test_accesses_are_kept_once_each_and_for_their_own_months(
    app: Flask, at: StandingClock
) -> None:
    settings: Settings = app.config["TRACKER"]
    user = cast.user("cs")
    for _ in range(3):
        accesses.note(settings.accesses, user.id, AccessKind.CARE, "/care/1", at.now())
    copies = [(path, path.read_bytes()) for path in settings.accesses.glob("*.json")]
    clean(settings, at, "2020-02-21T08:00")
    for path, data in copies:  # As if the machine had died before they were deleted.
        path.write_bytes(data)
    (settings.accesses / "broken.json").write_text("{")
    clean(settings, at, "2020-02-21T08:01")
    assert db.session.scalar(select(func.count()).select_from(Access)) == 3
    assert not any(settings.accesses.iterdir())
    db.session.rollback()
    clean(settings, at, "2020-08-22T08:00")
    assert db.session.scalar(select(func.count()).select_from(Access)) == 0


def test_a_note_of_an_account_that_went_with_a_restore_stops_no_beat(
    app: Flask, at: StandingClock
) -> None:
    """The files lie beside the database that was put back: whoever came after the backup is in
    them, and in no table."""
    settings: Settings = app.config["TRACKER"]
    accesses.note(settings.accesses, 987_654, AccessKind.CARE, "/care/1", at.now())
    (settings.accesses / "list.json").write_text("[]")
    accesses.note(settings.accesses, cast.user("cs").id, AccessKind.CARE, "/care/1", at.now())
    clean(settings, at, "2020-02-21T08:01")
    assert db.session.scalars(select(Access.user_id)).all() == [cast.user("cs").id]
    assert not any(settings.accesses.iterdir())


def test_first_answers_go_after_their_day_though_no_program_calls_again(
    app: Flask, at: StandingClock
) -> None:
    """They hold what was said of a day, which a plan's own purge does not reach."""
    day_before = clock.real_now() - idempotency.KEPT
    user_id = cast.user("cs").id
    with transaction():
        for key, moment in (("old", day_before), ("new", clock.real_now())):
            facts = {"user_id": user_id, "key": key, "request": "", "status": 200, "body": ""}
            db.session.add(FirstAnswer(**facts, created_at=moment))
    clean(app.config["TRACKER"], at, "2020-02-21T08:01")
    assert db.session.scalars(select(FirstAnswer.key)).all() == ["new"]


def test_an_access_that_cannot_be_written_down_stops_nobody(app: Flask, at: StandingClock) -> None:
    folder = app.config["TRACKER"].instance / "file"
    folder.write_text("in the way")
    accesses.note(folder, 1, AccessKind.CARE, "/care/1", at.now())


def test_every_file_that_the_site_gives_out_is_noted_or_holds_nobodys_data(app: Flask) -> None:
    endings = (".csv", ".xlsx", ".docx", ".pdf", ".txt", ".json", ".eml", "/raw")
    given = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.rule.endswith(endings)
    }
    about_nobody = {"notice_imports.example", "roster_imports.example", "api-docs.openapi_json"}
    assert given - about_nobody <= set(NOTED)
