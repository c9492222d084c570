"""One plan per student (一生一策): a record is its own college's, its words go nowhere else."""

import json
import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests import cast
from tests.queries.campuses import found
from tests.web.duties import held
from tracker import clock
from tracker.care_permissions import can_care, can_count_care, cares
from tracker.db import db, transaction
from tracker.domain.errors import InvalidInput, NotPermitted, StaleVersion
from tracker.domain.rosters import Listed
from tracker.domain.vocabulary import Post
from tracker.models.audit import AuditEvent
from tracker.models.care import CareRecord
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Plan, Task
from tracker.models.roster import RosterItem
from tracker.permissions import SYSTEM, Actor, actor_for
from tracker.queries.care import care_tasks, counts, record_of, students
from tracker.services import care, plan_copies, roster_imports
from tracker.services.care import TEXT_MAX, Words
from tracker.services.plan_copies import Wish

NEED, HELP, OUTCOME = "家中没有电脑", "已充值流量", "能按时上课"
WRITTEN = Words(NEED, HELP, OUTCOME)


def load(*listed: tuple[str, str]) -> None:
    """Student affairs' list of row 2: (key, unit code)."""
    names = [Listed(key, f"学生{key}", code, "", key) for key, code in listed]
    with transaction():
        task, clerk = held(2, "students").duty.tasks[0], cast.actor("students")
        brought = roster_imports.preview(
            task, None, clerk, clock.now(), source="名单.csv", listed=names
        )
        roster_imports.confirm(brought, clerk, clock.now(), leave_doubtful=False)


def student(key: str) -> RosterItem:
    return db.session.scalars(select(RosterItem).where(RosterItem.key == key)).one()


def write(key: str, who: str = "cs", seen: int = 0, words: Words = WRITTEN) -> None:
    with transaction():
        care.write(student(key), cast.actor(who), clock.now(), seen_version=seen, words=words)


def record(key: str) -> CareRecord | None:
    items = select(RosterItem.id).where(RosterItem.key == key)
    return db.session.scalar(select(CareRecord).where(CareRecord.roster_item_id.in_(items)))


def care_task() -> Task | None:
    """Of the foremost plan."""
    return next(iter(care_tasks(clock.now()).values()), None)


def next_notice() -> Plan:
    """The same notice for a later term, published while the first one runs."""
    with transaction():
        running = held(1, "cs").duty.plan
        wish = Wish("下学期的通知", running.launches_on + timedelta(days=7))
        made = plan_copies.copy(running, cast.actor("affairs"), clock.now(), wish)
        made.published_at = clock.now()
    return made


def names(who: str, search: str = "") -> list[str]:
    task = care_task()
    assert task is not None
    return [each.key for each in students(task, cast.actor(who), search, 1).items]


def test_the_students_are_those_of_the_row_that_says_how_many(app: Flask) -> None:
    task = care_task()
    assert task is not None
    assert (task.number, task.target) == (2, 160)


def test_a_list_shows_exactly_what_may_be_read(both_app: Flask) -> None:
    """Predicate and SQL over every account, with two posts, an observer's post and a dropped name
    among them."""
    load(("A1", "cs"), ("A2", "cs"), ("B1", "info"))
    load(("A1", "cs"), ("B1", "info"))
    with transaction():
        for who, code in (("president", "cs"), ("affairs", "info"), ("cs", "students")):
            unit = db.session.scalars(select(Unit).where(Unit.code == code)).one()
            db.session.add(Membership(user=cast.user(who), unit=unit, post=Post.DEPUTY))
        cast.user("info").is_active = False
    items = db.session.scalars(select(RosterItem)).all()
    assert len(items) == 3
    seen = {}
    for user in db.session.scalars(select(User)).all():
        actor = actor_for(user, clock.now())
        allowed = {item.key for item in items if can_care(actor, item)}
        found = db.session.scalars(select(RosterItem.key).where(cares(actor)))
        assert set(found) == allowed, user.email
        seen[user.email.partition("@")[0]] = allowed
    assert not any(can_care(SYSTEM, item) for item in items)
    assert (seen["cs"], seen["cs.dean"], seen["affairs"]) == ({"A1"}, {"A1"}, {"B1"})
    assert (seen["president"], seen["students"], seen["info"]) == (set(), set(), set())


@pytest.mark.parametrize("who", ["affairs", "students", "network", "info", "president"])
def test_nobody_but_the_own_college_writes(app: Flask, who: str) -> None:
    load(("A1", "cs"))
    with pytest.raises(NotPermitted):
        write("A1", who)
    assert record("A1") is None


def test_who_counts_are_the_overseers_and_student_affairs(app: Flask) -> None:
    assert {who for who in cast.CAST if can_count_care(cast.actor(who))} == {
        *("affairs", "president", "students")
    }


def test_counts_say_how_many_and_nothing_else(app: Flask) -> None:
    load(("A1", "cs"), ("A2", "cs"), ("B1", "info"))
    write("A1")
    write("A2", words=Words(NEED, "", ""))
    task = care_task()
    assert task is not None
    counted = {count.name_en: count for count in counts(task, cast.actor("students"))}
    own = counted[held(1, "cs").unit.name_en]
    assert (own.students, own.need, own.help, own.outcome) == (2, 2, 1, 1)
    assert sum(count.need for count in counted.values()) == 2
    assert NEED not in str(counted)


def test_a_university_sees_the_counts_of_its_own_colleges_only(app: Flask) -> None:
    """Its student affairs, its academic affairs and its rector; the plan's owner all of them."""
    first, second = found("aaa", 2), found("bbb", 1)
    load(("A1", "aaa-1"), ("A2", "aaa-2"), ("B1", "bbb-1"), ("C1", "cs"))
    task = care_task()
    assert task is not None

    def seen(actor: Actor) -> set[str]:
        return {count.name_en for count in counts(task, actor)}

    for who in ("students", "affairs", "rector"):
        assert can_count_care(first.actor(who)), who
        assert seen(first.actor(who)) == {"aaa-1", "aaa-2"}, who
        assert seen(second.actor(who)) == {"bbb-1"}, who
    assert not can_count_care(first.actor("1"))
    assert seen(cast.actor("students")) == {held(1, "cs").unit.name_en}
    assert len(seen(cast.actor("affairs"))) == 4


def test_names_are_found_and_the_unwritten_come_first(app: Flask) -> None:
    load(("A1", "cs"), ("A2", "cs"), ("B1", "info"))
    write("A1")
    assert names("cs") == ["A2", "A1"]
    assert names("cs", "学生A1") == ["A1"]
    assert names("cs", "学生B1") == []
    assert names("cs", NEED) == []


def test_a_lost_race_overwrites_nothing(app: Flask) -> None:
    load(("A1", "cs"))
    write("A1")
    with pytest.raises(StaleVersion):
        write("A1", "cs.dean", words=Words("别的话", "", ""))
    stands = record("A1")
    assert stands is not None
    assert (stands.need, stands.version) == (NEED, 1)
    write("A1", seen=0)  # B-17: the very same once more
    write("A1", "cs.dean", seen=1, words=Words("别的话", "", ""))
    db.session.expire_all()
    assert (stands.need, stands.version, stands.updated_by) == (
        "别的话",
        2,
        cast.user("cs.dean").id,
    )


def test_of_two_first_writers_at_once_exactly_one_is_kept(both_app: Flask) -> None:
    load(("A1", "cs"))
    said: list[str] = []
    ready = threading.Barrier(2)

    def work(who: str) -> None:
        with both_app.app_context():
            try:
                ready.wait(timeout=10)
                write("A1", who, words=Words(f"{who}写的", "", ""))
                said.append("kept")
            except StaleVersion:
                said.append("lost")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(who,)) for who in ("cs", "cs.dean")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["kept", "lost"]


def test_the_trail_says_that_it_changed_and_who_did_it_but_not_what(app: Flask) -> None:
    load(("A1", "cs"))
    write("A1")
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.subject == "care")).all()
    assert [(event.action, event.user_id) for event in events] == [
        ("care.written", cast.user("cs").id)
    ]
    kept = json.dumps([event.detail for event in db.session.scalars(select(AuditEvent))])
    said = json.loads(kept)
    assert not any(word in str(said) for word in (NEED, HELP, OUTCOME))


def test_a_name_that_left_the_list_is_hidden_and_comes_back_with_its_record(app: Flask) -> None:
    load(("A1", "cs"), ("A2", "cs"))
    write("A1")
    load(("A2", "cs"))
    assert names("cs") == ["A2"]
    with pytest.raises(NotPermitted):
        write("A1", seen=1)
    load(("A1", "cs"), ("A2", "cs"))
    kept = record("A1")
    assert kept is not None
    assert kept.need == NEED
    assert names("cs") == ["A2", "A1"]


def test_a_record_stays_with_the_college_that_wrote_it(app: Flask) -> None:
    """A corrected list gives the student to another college, and later back."""
    load(("A1", "cs"))
    write("A1")
    load(("A1", "info"))
    assert record_of(student("A1")) is None
    task = care_task()
    assert task is not None
    assert [each.need for each in students(task, cast.actor("info"), "", 1).items] == [False]
    assert [count.need for count in counts(task, cast.actor("affairs"))] == [0]
    with pytest.raises(NotPermitted):
        write("A1", seen=1)
    write("A1", "info", words=Words("", "另一学院的帮扶", ""))
    new = record_of(student("A1"))
    assert new is not None
    assert (new.need, new.help, new.version) == ("", "另一学院的帮扶", 1)
    load(("A1", "cs"))
    old = record_of(student("A1"))
    assert old is not None
    assert (old.need, old.help, old.version) == (NEED, HELP, 1)


def test_nothing_is_read_of_an_archived_plan(app: Flask) -> None:
    load(("A1", "cs"))
    with transaction():
        db.session.get_one(Task, student("A1").task_id).plan.archived_at = clock.now()
    assert care_task() is None


def test_a_text_too_long_is_refused_at_its_field(app: Flask) -> None:
    load(("A1", "cs"))
    with pytest.raises(InvalidInput) as problem:
        write("A1", words=Words("", "帮" * (TEXT_MAX + 1), ""))
    assert problem.value.field == "help"
