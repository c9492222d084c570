"""A plan laid on several universities: each sees, verifies and urges its own units, and nobody is
counted or told of twice."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, select

from tests import cast
from tests.queries.campuses import Campus, found, pressing_units
from tests.rehearsal import StandingClock
from tests.web.duties import words
from tracker import clock
from tracker.actors import looking_at
from tracker.db import db, transaction
from tracker.domain.errors import NotPermitted
from tracker.domain.readiness import roll_up
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import Audience, DutyRole, Health, Light, Post
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan
from tracker.permissions import (
    ONLOOKER,
    SYSTEM,
    Actor,
    can_act,
    can_inspect,
    can_see,
    can_staff,
    can_urge,
    can_waive,
    inspects,
    sees,
    urges,
)
from tracker.queries import standing
from tracker.queries.board import board
from tracker.queries.campuses import campuses
from tracker.queries.holders import holder_of
from tracker.queries.openwork import open_work
from tracker.queries.rules import cutoffs_of
from tracker.services import api_tokens, check_ins, posts, roster_imports
from tracker.services.reviews import inspecting_units

Pair = tuple[Campus, Campus]
SignIn = Callable[[FlaskClient, str], FlaskClient]
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def pair(both_app: Flask) -> Pair:
    """Two universities besides the seeded campus."""
    return found("hit", colleges=2), found("nju", colleges=2)


def the_plan() -> Plan:
    return db.session.scalars(select(Plan).where(Plan.parent_id.is_(None))).one()


def ids(condition: ColumnElement[bool]) -> set[int]:
    return set(db.session.scalars(select(Assignment.id).where(condition)))


def everything() -> list[Assignment]:
    return list(db.session.scalars(select(Assignment)))


def people(pair: Pair) -> list[Actor]:
    """Also observers who hold a post, and those who see everything while they look at one
    university only."""
    theirs = [actor for campus in pair for actor in campus.actors()]
    seeded = [cast.actor(name) for name in cast.CAST]
    above = [each for each in (ONLOOKER, *seeded) if each.sees_all]
    looking = [looking_at(each, campus.university()) for each in above for campus in pair]
    offices = [cast.actor("affairs"), *(campus.actor("affairs") for campus in pair)]
    watchers = [replace(each, is_observer=True) for each in offices]
    return [*theirs, *seeded, *looking, *watchers]


def turn_roles(shift: int) -> None:
    roles = list(DutyRole)
    for number, duty in enumerate(db.session.scalars(select(Duty).order_by(Duty.id))):
        duty.role = roles[(number + shift) % len(roles)]
        duty.reviewed = (number + shift) % 3 != 0
    db.session.flush()


def test_every_list_shows_exactly_what_the_rule_allows_on_several_campuses(pair: Pair) -> None:
    compared = 0
    for shift in range(0, len(DutyRole), 3):
        turn_roles(shift)
        every = everything()
        inspecting = {one.id: inspecting_units(one) for one in every}
        pressing = {one.id: pressing_units(one) for one in every}
        for actor in people(pair):
            assert ids(sees(actor)) == {one.id for one in every if can_see(actor, one)}
            verified = {one.id for one in every if can_inspect(actor, one, inspecting[one.id])}
            assert ids(inspects(actor)) == verified, (shift, actor.name)
            urged = {one.id for one in every if can_urge(actor, one, pressing[one.id])}
            assert ids(urges(actor)) == urged, (shift, actor.name)
            compared += len(verified) + len(urged)
    assert compared


def test_nobody_of_one_university_ever_sees_or_changes_a_duty_of_another(app: Flask) -> None:
    ours, theirs = found("hit", colleges=1), found("nju", colleges=1)
    for shift in range(0, len(DutyRole), 3):
        turn_roles(shift)
        foreign = [one for one in everything() if one.unit_id in theirs.unit_ids]
        actors = ours.actors()
        for one in foreign:
            inspecting, pressing = inspecting_units(one), pressing_units(one)
            for actor in actors:
                assert not can_see(actor, one)
                assert not can_act(actor, one)
                assert not can_inspect(actor, one, inspecting)
                assert not can_urge(actor, one, pressing)
                assert not can_waive(actor, one)


def test_academic_affairs_of_a_university_own_no_plan_and_waive_on_their_campus_only(
    pair: Pair,
) -> None:
    ours = pair[0]
    affairs = ours.actor("affairs")
    assert not affairs.is_affairs
    waived = {one.unit_id for one in everything() if can_waive(affairs, one)}
    assert waived == ours.unit_ids - affairs.unit_ids


def test_posts_are_filled_by_academic_affairs_of_the_campus_and_in_each_unit_by_its_own(
    pair: Pair,
) -> None:
    """And by those who own the plan, everywhere; never by an observer."""
    units = set(db.session.scalars(select(Unit.id)))
    for campus in pair:
        for name, actor in zip((*campus.names, "rector"), campus.actors(), strict=True):
            for post in Post:
                own = {unit for unit, _, _ in actor.posts} if post is Post.DEPUTY else set()
                wanted = campus.unit_ids if name == "affairs" else own
                found = {unit for unit in units if can_staff(actor, unit, post)}
                assert found == wanted, (actor.name, post)
                watcher = replace(actor, is_observer=True)
                assert not any(can_staff(watcher, unit, post) for unit in units)
    assert all(can_staff(cast.actor("affairs"), unit, post) for unit in units for post in Post)


def test_a_board_is_made_of_its_own_campus_only(pair: Pair, count_queries: Counting) -> None:
    """An inspection's light too: another university's reports are not its business."""
    ours, theirs = pair
    now, plan = clock.now(), the_plan()
    with transaction():
        theirs.report(3, 10)
    affairs = ours.actor("affairs")
    with count_queries() as queries:
        seen = board(plan.id, affairs, now)
    assert len(queries) == 6
    assert {unit.id for unit in seen.units} == ours.unit_ids
    inspection = seen.by_place[3, f"{ours.code}-affairs"]
    assert inspection.sources is not None
    assert (inspection.sources.waiting, inspection.sources.expected) == (0, 3)
    above = board(plan.id, looking_at(ONLOOKER, ours.university()), now)
    assert above.cells == seen.cells
    assert above.readiness == seen.readiness


def test_the_universities_add_up_to_their_boards(pair: Pair, at: StandingClock) -> None:
    ours, theirs = pair
    plan = the_plan()
    with transaction():
        ours.report(15, None)
        theirs.report(3, 10)
        ours.verify(15)
    now = at("2020-02-23T00:30")
    seen = campuses(plan, now, 1)
    assert {each.code for each in seen.page.items} == {ours.code, theirs.code}
    for campus in pair:
        each = next(one for one in seen.page.items if one.code == campus.code)
        own = board(plan.id, looking_at(ONLOOKER, campus.university()), now)
        asked = [cell for cell in own.cells if cell.role is not DutyRole.INSPECT]
        assert each.readiness == roll_up((cell.role, cell.light) for cell in asked)
        late = [cell for cell in asked if cell.role.binding and cell.light is Light.OVERDUE]
        assert each.overdue == len(late)
        assert each.units == len(campus.unit_ids)
    assert seen.overdue == sum(each.overdue for each in seen.page.items)
    assert campuses(plan, now, 1, search="no such").page.total == 0
    assert campuses(plan, now, 1, search=ours.name).page.total == 1


def test_who_is_late_is_told_to_their_own_university_only(pair: Pair, at: StandingClock) -> None:
    ours = pair[0]
    now = at("2020-02-24T14:00")
    plan = the_plan()
    cutoff = min(cutoffs_of(plan), key=lambda one: one.instant)
    rule = Rule("", 1, now.time(), frozenset({Audience.AFFAIRS}))
    work = open_work(plan)
    holder = holder_of(ours.user("affairs"), now)
    section = work.section_for(holder, rule, cutoff, now)
    assert section is not None
    told = {line.unit_id for lines in section.late for line in lines}
    assert told == ours.unit_ids - {ours.id_of("affairs")}


def test_trouble_at_one_university_s_network_is_no_other_s(pair: Pair) -> None:
    ours, theirs = pair
    now = clock.now()
    duty = next(one for one in everything() if one.unit_id == ours.id_of("network"))
    with transaction():
        check_ins.check_in(
            duty, ours.actor("network"), now, day=now.date(), health=Health.TROUBLE, note="断网"
        )
    health = [each.health for each in standing.notices(ours.actor("affairs"), now)]
    assert Health.TROUBLE in health
    for stranger in (theirs.actor("affairs"), cast.actor("cs")):
        found = [each.health for each in standing.notices(stranger, now)]
        assert Health.TROUBLE not in found


def test_the_board_begins_with_the_universities_and_leads_into_one(
    pair: Pair, client: FlaskClient, sign_in: SignIn
) -> None:
    ours = pair[0]
    affairs = sign_in(client, "affairs")
    page = affairs.get("/board")
    assert ours.name in words(page)
    assert f"under={ours.code}" in page.text
    one = affairs.get(f"/board?under={ours.code}")
    assert f"{ours.name}第1学院" in words(one)
    assert "计算机学院" not in words(one)
    assert f"{ours.name} 全部高校" in words(one)
    assert affairs.get("/board?under=nobody").status_code == 404
    assert affairs.get("/board?page=9").status_code == 404
    college = sign_in(client, "cs")
    assert college.get(f"/board?under={ours.code}").status_code == 404


def test_a_university_s_own_affairs_look_at_lists_and_bring_none(
    pair: Pair, client: FlaskClient, sign_in: SignIn
) -> None:
    """Theirs would have become the list of whichever of their units was made first."""
    ours = pair[0]
    row = ours.held(4, "1")
    task, college = row.duty.tasks[0], row.unit
    for name in ("affairs", "rector", "students"):
        with pytest.raises(NotPermitted):
            roster_imports.require_import(task, college, ours.actor(name))
    for name, expected in (("affairs", 403), ("rector", 403), ("1", 200)):
        answer = sign_in(client, f"{ours.code}-{name}").get(f"/rosters/{task.id}/import")
        assert answer.status_code == expected, name
        assert ("/import" in client.get(f"/rosters/{task.id}").text) is (expected == 200)


def test_whoever_serves_the_affairs_of_two_universities_hears_of_both(pair: Pair) -> None:
    ours, theirs = pair
    user, now = ours.user("affairs"), clock.now()
    with transaction():
        unit = db.session.get_one(Unit, theirs.id_of("affairs"))
        posts.give(user, unit, Post.DEPUTY, SYSTEM, now)
    overseen = ours.unit_ids | theirs.unit_ids
    assert holder_of(user, now).campus_units == ours.actor("affairs").campus_units == overseen


def test_a_program_asks_for_the_units_that_its_person_oversees(
    pair: Pair, client: FlaskClient
) -> None:
    ours, theirs = pair
    with transaction():
        real_now = clock.real_now()
        token = api_tokens.create(ours.user("affairs"), SYSTEM, clock.now(), real_now)
    headers = {"Authorization": f"Bearer {token}"}
    found = client.get(f"/api/v1/assignments?unit={ours.code}-1", headers=headers)
    assert {each["unit"] for each in found.json["items"]} == {f"{ours.code}-1"}
    foreign = client.get(f"/api/v1/assignments?unit={theirs.code}-1", headers=headers)
    assert foreign.status_code == 422


@pytest.mark.parametrize("address", ["/board?q=", "/people/accesses?who="])
def test_nobody_is_called_what_no_database_holds(
    pair: Pair, client: FlaskClient, sign_in: SignIn, address: str
) -> None:
    assert sign_in(client, "affairs").get(f"{address}%00").status_code == 200


def test_units_of_one_name_are_told_apart_by_their_university(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    """On the list of people, on their own pages, and where they are searched."""
    for code in ("one", "two"):
        found(code, 1)
    with transaction():
        for unit in db.session.scalars(select(Unit).where(Unit.code.in_(["one-1", "two-1"]))):
            unit.name = "机电学院"
    sign_in(client, "affairs")
    listed = words(client.get("/people"))
    for code in ("one", "two"):
        assert listed.count(f"{code}大学 机电学院") == 2  # Its vacancies above, its posts below.
        for path in (f"/units/{code}-1", f"/people/units/{code}-1"):
            assert f"{code}大学" in words(client.get(path))
        hits = words(client.get("/search", query_string={"q": f"机电 {code}大学"}))
        assert "结果共1条" in hits
        assert f"学院 {code}大学" in hits


def test_who_heads_a_university_lands_on_its_board(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    """Of the university itself nothing is asked: its own page is empty."""
    found("one", 1)
    attempt = client.post(
        "/login",
        data={
            "email": "one-rector@campus.example",
            "password": cast.PASSWORD,
            "csrf_token": cast.csrf_token(client.get("/login")),
        },
    )
    assert attempt.status_code == 303
    landed = client.get("/", follow_redirects=True)
    assert landed.request.path == "/board"
