"""A person leaves no trace but a pseudonym, and the record still says that nobody tampered."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import JSON, String, func, or_, select

from tests import cast, credentials
from tests.rehearsal import StandingClock
from tests.web import mails
from tests.web.duties import held
from tracker import clock
from tracker.db import Base, db, transaction
from tracker.domain.errors import DomainError, IllegalStep, InvalidInput, NotPermitted
from tracker.domain.rosters import Listed
from tracker.domain.signing_in import Way
from tracker.domain.vocabulary import GroupPart
from tracker.models.audit import AuditEvent
from tracker.models.idempotency import FirstAnswer
from tracker.models.org import User
from tracker.models.outbox import OutboxMessage
from tracker.models.roster import RosterItem, RosterTally
from tracker.permissions import SYSTEM, Actor
from tracker.queries import audit as record
from tracker.queries import personal_data as queries
from tracker.services import (
    accounts,
    api_tokens,
    assignments,
    audit,
    calendar_feeds,
    care,
    comments,
    personal_data,
    posts,
    reports,
    roster_imports,
    rosters,
    sessions,
    staff_numbers,
    urges,
    work_groups,
)

EMAIL, NAME, NAME_EN = "ouyang.qing@campus.example", "欧阳清", "Ouyang Qing"
TRACES = (EMAIL, "@ouyang.qing", NAME, NAME_EN)
NUMBERS = ("2019014", "G14")
"""A staff number, and the one before it."""
STUDENT, KEY = "诸葛小满", "20200417001"


@pytest.fixture
def person(request: pytest.FixtureRequest, at: StandingClock) -> User:
    """A contact of the college who did something of everything, in the test's `both_app`, else its
    `app`."""
    name = "both_app" if "both_app" in request.fixturenames else "app"
    app: Flask = request.getfixturevalue(name)
    clerk = cast.actor("cs")
    unit, now = held(3, "cs").unit, at.now()
    with transaction():
        user = accounts.add_user(SYSTEM, now, email=EMAIL, name=NAME, name_en=NAME_EN)
        for post in (held_post.post for held_post in cast.user("cs").memberships):
            posts.give(user, unit, post, SYSTEM, now)
    with transaction():
        api_tokens.create(user, SYSTEM, now, clock.real_now())
        sessions.open_session(user, clock.real_now(), timedelta(hours=1), Way.PASSWORD, "")
        calendar_feeds.make(user, None, SYSTEM, now)
        task = held(3, "cs")
        comments.add(
            task, clerk, now, words=f"请{NAME}看一下 @{NAME} @ouyang.qing，{EMAIL.upper()}"
        )
        work_groups.add(held(1, "cs"), clerk, now, part=GroupPart.MEMBER, people=NAME)
        urges.urge([held(16, "cs").id], cast.actor("affairs"), now, words=f"{NAME}请尽快")
        listed = [Listed("A1", NAME, "cs", f"由{NAME}带", "1")]
        row = held(4, "cs")
        brought = roster_imports.preview(
            row.duty.tasks[0], unit, clerk, now, source=f"{NAME}的名单.csv", listed=listed
        )
        roster_imports.confirm(brought, clerk, now, leave_doubtful=False)
    own = cast.actor_of(EMAIL)
    with transaction():
        done = held(11, "cs")
        assignments.check_off(done, own, at.now(), seen_version=done.version, note=f"{NAME}已办")
    mails.tick(app, at, "2020-02-21T09:01")
    with transaction():
        reports.freeze(held(3, "cs").duty.plan, cast.actor("affairs"), at.now())
    return db.session.scalars(select(User).where(User.email == EMAIL)).one()


def texts() -> Iterator[tuple[str, str]]:
    """Every text of every table: where it stands, what it says."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | JSON):
                for value in db.session.scalars(select(column)):
                    said = (
                        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                    )
                    yield f"{table.name}.{column.name}", said


def found(*traces: str) -> set[str]:
    lowered = [trace.lower() for trace in traces]
    return {place for place, said in texts() if any(trace in said.lower() for trace in lowered)}


def counts() -> dict[str, int]:
    kept = {"audit_event", "user_session", "api_token", "api_usage", "calendar_feed", "login_delay"}
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
        if table.name not in kept
    }


def erase(user: User, typed: str = EMAIL, by: str = "affairs") -> None:
    with transaction():
        actor = SYSTEM if by == "" else cast.actor(by)
        personal_data.erase(user, actor, clock.now(), clock.real_now(), typed=typed)


def test_a_search_for_an_erased_person_finds_nothing_in_any_table(
    both_app: Flask, person: User
) -> None:
    assert len(found(*TRACES)) >= 10
    before, user_id = counts(), person.id
    erase(person)
    assert found(*TRACES) == set()
    assert counts() == before
    assert db.session.get_one(User, user_id).name == f"原用户{user_id}"


def test_no_staff_number_is_left_neither_in_the_record_nor_on_a_list_of_teachers(
    both_app: Flask, person: User, at: StandingClock
) -> None:
    user_id, clerk, row, now = person.id, cast.actor("cs"), held(2, "cs"), at.now()
    task = row.duty.tasks[0]
    with transaction():
        for number in reversed(NUMBERS):
            staff_numbers.set_one(person, cast.actor("affairs"), now, number)
    with transaction():
        listed = [
            Listed(NUMBERS[0], NAME, "cs", "", "1"),
            Listed("20190145", "李四", "cs", "", "2"),
        ]
        brought = roster_imports.preview(
            task, row.unit, clerk, now, source="教师.csv", listed=listed
        )
        roster_imports.confirm(brought, clerk, now, leave_doubtful=False)
    erase(person)
    alias = f"erased-staff-{user_id}"
    said = [(place, text) for place, text in texts() if any(each in text for each in NUMBERS)]
    assert all("20190145" in text for _, text in said), said
    assert set(db.session.scalars(select(RosterItem.key).where(RosterItem.task_id == task.id))) == {
        alias,
        "20190145",
    }
    assert record.verify().broken is None


def test_what_a_person_was_doing_while_they_were_erased_names_them_nowhere(
    both_app: Flask, person: User, at: StandingClock
) -> None:
    """Their request had read who they are, and waited for the erasure to end."""
    own, row = cast.actor_of(EMAIL), held(8, "cs")
    erase(person)
    with transaction():
        assignments.check_off(row, own, at.now(), seen_version=None, count=12)
    assert found(*TRACES) == set()
    newest = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (newest.action, newest.actor) == ("assignment.checked_off", f"原用户{own.user_id}")
    assert record.verify().broken is None


@pytest.mark.postgres
def test_whoever_acts_while_they_are_erased_holds_up_nobody_else(
    make_app: Callable[..., Flask], postgres_url: str
) -> None:
    """They would wait with the record's turn in hand, and the erasure, which needs it, for them."""
    app, done = make_app(postgres_url), list[str]()
    own, user = cast.actor("cs"), cast.user("cs")

    def act(actor: Actor) -> None:
        with app.app_context():
            with transaction():
                audit.record(actor, clock.now(), "test.noted", "test", 1)
            done.append(actor.name)

    erased, other = (threading.Thread(target=act, args=[each]) for each in (own, SYSTEM))
    with transaction():
        affairs, now = cast.actor("affairs"), clock.now()
        personal_data.erase(user, affairs, now, clock.real_now(), typed=user.email)
        erased.start()
        erased.join(0.3)
        other.start()
        other.join(5)
        assert done == [SYSTEM.name]
    erased.join()
    assert done == [SYSTEM.name, own.name]
    assert record.verify().broken is None


@pytest.mark.parametrize(
    "keep",
    [
        lambda user, office, now: api_tokens.create(user, SYSTEM, now, clock.real_now()),
        lambda user, office, now: calendar_feeds.make(user, None, office, now),
        lambda user, office, now: staff_numbers.set_one(user, office, now, "2019077"),
        lambda user, office, now: accounts.give_password(user, office, now, clock.real_now(), "x"),
    ],
    ids=["token", "calendar", "staff number", "password"],
)
def test_a_request_that_waited_for_the_erasure_keeps_nothing_of_the_person(
    app: Flask, person: User, keep: Callable[[User, Actor, datetime], object]
) -> None:
    erase(person)
    with pytest.raises(IllegalStep), transaction():
        keep(person, cast.actor("affairs"), clock.now())


@pytest.mark.parametrize(
    "keep",
    [
        lambda user, now: api_tokens.create(user, SYSTEM, now, clock.real_now()),
        lambda user, now: calendar_feeds.make(user, None, SYSTEM, now),
    ],
    ids=["token", "calendar"],
)
def test_nor_does_a_disabled_account_get_another_way_in(
    app: Flask, keep: Callable[[User, datetime], object]
) -> None:
    """Which would open once it is enabled again."""
    user = cast.user("cs")
    with transaction():
        accounts.set_active(user, cast.actor("affairs"), clock.now(), clock.real_now(), False)
    with pytest.raises(IllegalStep), transaction():
        keep(user, clock.now())


def test_the_record_is_whole_after_an_erasure_and_a_noted_head_still_in_it(
    both_app: Flask, person: User
) -> None:
    noted = record.head()
    erase(person)
    verdict = record.verify()
    assert (verdict.broken, verdict.forged) == (None, None)
    assert verdict.erased > 0
    assert record.holds(noted)


def test_two_persons_are_erased_from_one_record(person: User) -> None:
    erase(person)
    erase(cast.user("cs"), cast.email("cs"))
    verdict = record.verify()
    assert (verdict.broken, verdict.forged) == (None, None)
    to = set(db.session.scalars(select(OutboxMessage.to_address)))
    assert not to & {EMAIL, cast.email("cs")}
    assert found(*TRACES) == set()


def test_nothing_that_lets_a_person_in_outlives_the_erasure(person: User) -> None:
    user_id = person.id
    erase(person)
    for table in credentials.tables() - {"confirm_link"}:
        place = next(each for each in queries.places() if each.table.name == table)
        left = select(func.count()).select_from(place.table)
        mine = [column == user_id for column in place.accounts]
        assert not db.session.scalar(left.where(*mine)), table
    user = db.session.get_one(User, user_id)
    assert not user.is_active
    assert user.password_hash is None
    with pytest.raises(IllegalStep), transaction():
        accounts.set_active(user, cast.actor("affairs"), clock.now(), clock.real_now(), True)


def test_other_people_whose_names_hold_the_erased_one_keep_theirs(person: User) -> None:
    with transaction():
        other = accounts.add_user(SYSTEM, clock.now(), email="x@campus.example", name=f"{NAME}扬")
        assignment = held(3, "cs")
        comments.add(assignment, cast.actor("cs"), clock.now(), words=f"{NAME}扬和{NAME}都在")
    erase(person)
    assert db.session.get_one(User, other.id).name == f"{NAME}扬"
    said = [text for _, text in texts() if "都在" in text]
    assert said == [f"{NAME}扬和原用户{person.id}都在"]


@pytest.mark.parametrize(
    ("typed", "by", "refusal"),
    [("", "affairs", InvalidInput), (NAME, "affairs", InvalidInput), (EMAIL, "cs", NotPermitted)],
)
def test_only_academic_affairs_who_type_the_address_erase(
    person: User, typed: str, by: str, refusal: type[DomainError]
) -> None:
    before = sorted(texts())
    with pytest.raises(refusal):
        erase(person, typed, by)
    db.session.rollback()
    assert sorted(texts()) == before


def test_nobody_is_erased_twice_or_erases_themselves(person: User) -> None:
    with pytest.raises(InvalidInput):
        erase(cast.user("affairs"), cast.email("affairs"))
    erase(person)
    before = sorted(texts())
    erase(person, EMAIL)
    assert sorted(texts()) == before


def test_what_a_person_is_given_names_every_table_that_points_at_them(person: User) -> None:
    given = queries.document(person, clock.now())
    pointing = [place for place in queries.places() if place.accounts]
    for place in pointing:
        mine = or_(*(column == person.id for column in place.accounts))
        rows = db.session.scalar(select(func.count()).select_from(place.table).where(mine))
        assert len(given["held"].get(place.table.name, [])) == rows, place.table.name
    assert {"membership", "check_off", "outbox_message", "audit_event"} <= set(given["held"])
    assert {"comment", "roster_item", "group_member"} <= set(given["mentioned"])
    said = queries.as_json(given).decode()
    assert EMAIL in said
    for secret in ("token_hash", "password_hash", "salt"):
        assert secret not in said


def test_first_answers_that_others_programs_got_give_the_name_up_too(
    app: Flask, person: User
) -> None:
    """They are kept as they went out; a name in them is to be found like any other."""
    with transaction():
        token = api_tokens.create(cast.user("network"), SYSTEM, clock.now(), clock.real_now())
    answer = app.test_client().post(
        f"/api/v1/assignments/{held(1, 'network').id}/check-in",
        json={"day": "2020-02-21", "health": "TROUBLE", "note": f"{NAME}经手"},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "k"},
    )
    assert answer.status_code == 200, answer.text
    assert "经手" in answer.get_data(as_text=True)
    kept = select(FirstAnswer.body)
    assert NAME in db.session.scalars(kept).one()
    erase(person)
    assert "经手" in db.session.scalars(kept).one()
    assert NAME not in json.dumps(json.loads(db.session.scalars(kept).one()), ensure_ascii=False)


def test_whatever_looks_like_a_credential_is_shown_to_nobody() -> None:
    """Named by hand in one place: a column that is added with a hash or a key fails here."""
    assert credentials.columns() <= queries.SECRETS


def test_a_student_leaves_the_lists_and_the_counts_stay(both_app: Flask, at: StandingClock) -> None:
    clerk, row, now = cast.actor("cs"), held(2, "cs"), at.now()
    task = row.duty.tasks[0]
    with transaction():
        listed = [Listed(KEY, STUDENT, "cs", "1班", "1"), Listed("A2", "李四", "cs", "", "2")]
        brought = roster_imports.preview(
            task, row.unit, clerk, now, source="名单.csv", listed=listed
        )
        roster_imports.confirm(brought, clerk, now, leave_doubtful=False)
        rosters.tick(task, clerk, now, [KEY])
        item = db.session.scalars(select(RosterItem).where(RosterItem.key == KEY)).one()
        words = care.Words("无手机", "充值", "")
        care.write(item, clerk, now, seen_version=0, words=words)
        reports.freeze(row.duty.plan, cast.actor("affairs"), now)
    before = db.session.execute(select(RosterTally.total, RosterTally.done)).all()
    with transaction():
        personal_data.erase_student(KEY, cast.actor("affairs"), now)
    assert found(KEY, STUDENT, "无手机") == set()
    assert db.session.execute(select(RosterTally.total, RosterTally.done)).all() == before
    assert record.verify().broken is None
    with pytest.raises(InvalidInput), transaction():
        personal_data.erase_student(KEY, cast.actor("affairs"), now)


def test_mail_that_waits_for_an_erased_person_reaches_who_stands_in(
    app: Flask, person: User, at: StandingClock
) -> None:
    erase(person)
    mails.tick(app, at, "2020-02-22T09:01")
    to = select(OutboxMessage.to_address).where(OutboxMessage.to_address.is_not(None))
    assert EMAIL not in set(db.session.scalars(to))
    assert cast.email("cs") in set(db.session.scalars(to))
    assert found(*TRACES) == set()
