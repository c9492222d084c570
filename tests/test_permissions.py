"""Who may see and do what: each rule as a predicate and as SQL, compared over all there is."""

from collections.abc import Iterable

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from tests import cast
from tests.plans import first_id, first_row
from tests.web.duties import held
from tracker import clock, language
from tracker.db import db, transaction
from tracker.domain.errors import NotPermitted
from tracker.domain.vocabulary import DutyRole, Post, UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Duty, Task
from tracker.models.roster import RosterItem
from tracker.permissions import (
    SYSTEM,
    Actor,
    actor_for,
    can_act,
    can_administer,
    can_inspect,
    can_oversee,
    can_see,
    can_staff,
    inspects,
    require_act,
    require_administer,
    require_inspect,
    require_staff,
    require_waive,
    roster_reach,
    sees,
    visible_assignments,
    within,
)
from tracker.queries.rosters import counting_offices
from tracker.services.reviews import inspecting_units

ROWS_WITH_INSPECTOR = {3, 4, 5, 6, 7, 8, 9, 10, 12, 15}
"""Table 1 as design section 2 reads it: academic affairs inspects these rows."""

Both = tuple[list[Actor], list[Assignment]]


def ids(condition: ColumnElement[bool]) -> set[int]:
    return set(db.session.scalars(select(Assignment.id).where(condition)))


def assignments() -> list[Assignment]:
    with_duty = select(Assignment).options(joinedload(Assignment.duty))
    return list(db.session.scalars(with_duty))


def give_post(user: User, code: str, post: Post = Post.CONTACT) -> None:
    unit = db.session.scalars(select(Unit).where(Unit.code == code)).one()
    db.session.add(Membership(user=user, unit=unit, post=post))


@pytest.fixture
def people(both_app: Flask) -> list[Actor]:
    """Every account, and some that a campus will have sooner or later: two posts in one unit, in
    two units, in the inspecting unit and an inspected one, an observer with a post, a person
    without one, a disabled one."""
    with transaction():
        give_post(cast.user("cs"), "cs", Post.DEPUTY)
        give_post(cast.user("info"), "students")
        give_post(cast.user("students"), "affairs", Post.DEPUTY)
        give_post(cast.user("info.dean"), "affairs")
        give_post(cast.user("president"), "affairs")
        cast.user("network").is_active = False
        leaver = cast.user("cs.dean")
        for membership in leaver.memberships:
            db.session.delete(membership)
    db.session.expire_all()
    return [*(actor_for(user, clock.now()) for user in db.session.scalars(select(User))), SYSTEM]


def turn_roles(shift: int) -> None:
    """Every duty takes another role, reviewed or not, so that in eight turns each unit's every cell
    has had each role."""
    roles = list(DutyRole)
    for number, duty in enumerate(
        db.session.scalars(select(Duty).where(Duty.plan_id == first_id()).order_by(Duty.id))
    ):
        duty.role = roles[(number + shift) % len(roles)]
        duty.reviewed = (number + shift) % 3 != 0
    db.session.flush()


def test_the_list_shows_exactly_what_the_detail_shows(people: list[Actor]) -> None:
    """B-62: and the reverse, for every account, assignment and role."""
    for actor in people:
        allowed = {one.id for one in assignments() if can_see(actor, one)}
        assert ids(sees(actor)) == allowed, actor.name
        assert {one.id for one in db.session.scalars(visible_assignments(actor))} == allowed


def test_the_list_to_verify_is_exactly_what_may_be_verified(people: list[Actor]) -> None:
    """B-60, B-62, over every account, assignment and role."""
    compared = 0
    for shift in range(len(DutyRole)):
        turn_roles(shift)
        every = assignments()
        holders = {one.id: inspecting_units(one) for one in every}
        for actor in people:
            allowed = {one.id for one in every if can_inspect(actor, one, holders[one.id])}
            assert ids(inspects(actor)) == allowed, (shift, actor.name)
            compared += len(allowed)
    assert compared, "nobody could inspect anything: the comparison said nothing"


def test_nobody_verifies_the_work_of_their_own_unit(people: list[Actor]) -> None:
    """B-60: whatever role its cells have and however many posts a person holds."""
    for shift in range(len(DutyRole)):
        turn_roles(shift)
        for one in assignments():
            holders = inspecting_units(one)
            for actor in people:
                if one.unit_id in actor.unit_ids:
                    with pytest.raises(NotPermitted, match="own unit"):
                        require_inspect(actor, one, holders | actor.unit_ids)


def test_the_one_rule_refuses_what_the_other_denies(people: list[Actor]) -> None:
    for one in assignments():
        holders = inspecting_units(one)
        for actor in people:
            assert refused(require_act, actor, one) is not can_act(actor, one)
            allowed = can_inspect(actor, one, holders)
            assert refused(require_inspect, actor, one, holders) is not allowed
    for actor in people:
        assert refused(require_administer, actor) is not can_administer(actor)


def test_every_refusal_says_why_in_the_reader_s_language(app: Flask) -> None:
    own, foreign = held(3, "cs"), held(3, "info")
    cs, affairs = cast.actor("cs"), cast.actor("affairs")
    tries: list[tuple[object, ...]] = [
        (require_act, cs, foreign),
        (require_inspect, cs, own, frozenset()),
        (require_inspect, cs, foreign, frozenset()),
        (require_waive, cs, foreign),
        (require_waive, affairs, held(3, "affairs")),
        (require_administer, cs),
        (require_staff, cs, foreign.unit_id, Post.LEAD),
    ]
    for rule, *arguments in tries:
        assert callable(rule)
        with pytest.raises(NotPermitted) as refusal:
            rule(*arguments)
        for spoken in ("zh_Hans", "en"):
            said = language.error(spoken, refusal.value)
            assert said
            assert (said == refusal.value.msgid) is (spoken == "en")


@pytest.mark.parametrize("post_held", Post)
def test_whoever_holds_a_post_fills_only_those_below_it_in_their_own_unit(post_held: Post) -> None:
    below = {
        Post.LEAD: {Post.CONTACT, Post.COUNSELLOR, Post.DEPUTY},
        Post.CONTACT: {Post.DEPUTY},
    }
    actor = Actor(1, "", False, frozenset({(1, UnitKind.COLLEGE, post_held)}))
    assert {post for post in Post if can_staff(actor, 1, post)} == below.get(post_held, set())
    assert not any(can_staff(actor, 2, post) for post in Post)


def test_the_names_in_a_list_are_exactly_those_within_reach(people: list[Actor]) -> None:
    """B-62, over every account and counted row; and who may tick or keep them."""
    colleges = list(db.session.scalars(select(Unit).where(Unit.kind == UnitKind.COLLEGE)))
    tasks = list(db.session.scalars(select(Task).where(Task.counts.is_not(None))))
    items = [
        RosterItem(task_id=task.id, unit_id=unit.id, key=unit.code, label=unit.name, search="")
        for task in tasks
        for unit in colleges
    ]
    db.session.add_all(items)
    db.session.flush()
    for task in tasks:
        offices = counting_offices(task.id)
        for actor in people:
            reach = roster_reach(actor, offices)
            allowed = {item.id for item in items if item.unit_id in reach}
            assert set(db.session.scalars(select(RosterItem.id).where(within(reach)))) == allowed
            whole = actor.sees_all or bool(actor.unit_ids & offices)
            assert allowed == {
                item.id for item in items if whole or item.unit_id in actor.unit_ids
            }, actor.name
            assert not (actor.is_observer and (reach.ticks or reach.keeps))
            assert not (reach.keeps and not whole)
            assert reach.ticks or actor.sees_all


@pytest.mark.parametrize(
    ("name", "row", "sees", "ticks", "keeps"),
    [
        ("affairs", 3, "all", False, True),
        ("president", 3, "all", False, False),
        ("students", 3, "all", True, True),
        ("students", 8, "none", True, False),
        ("cs", 3, "own", True, False),
        ("cs.dean", 8, "own", True, False),
        ("network", 3, "none", True, False),
    ],
)
def test_whose_names_somebody_reaches(
    app: Flask, name: str, row: int, sees: str, ticks: bool, keeps: bool
) -> None:
    """Row 3 is counted by student affairs and colleges, row 8 by colleges alone."""
    task = first_row(row)
    actor = cast.actor(name)
    reach = roster_reach(actor, counting_offices(task.id))
    assert (reach.ticks, reach.keeps) == (ticks, keeps)
    assert (reach.units is None) is (sees == "all")
    assert reach.nowhere is (sees == "none")
    if sees == "own":
        assert reach.units == actor.unit_ids


def refused(rule: object, *arguments: object) -> bool:
    assert callable(rule)
    try:
        rule(*arguments)
    except NotPermitted:
        return True
    return False


def rows(found: Iterable[Assignment]) -> set[int]:
    return {task.number for one in found for task in one.duty.tasks}


def test_academic_affairs_inspects_the_rows_that_the_notice_says(app: Flask) -> None:
    affairs = cast.actor("affairs")
    found = db.session.scalars(select(Assignment).where(inspects(affairs))).all()
    assert rows(found) == ROWS_WITH_INSPECTOR
    row_12 = {(one.unit.kind, one.duty.role) for one in found if rows([one]) == {12}}
    assert row_12 == {(UnitKind.COLLEGE, DutyRole.URGE)}
    roles = {one.duty.role for one in found if rows([one]) != {12}}
    assert roles == {DutyRole.PERFORM}


@pytest.mark.parametrize("name", ["students", "network", "cs", "cs.dean", "info", "president"])
def test_nobody_else_inspects_anything(app: Flask, name: str) -> None:
    assert ids(inspects(cast.actor(name))) == set()


def test_a_college_sees_its_own_duties_and_nothing_of_another(app: Flask) -> None:
    """B-62, B-11."""
    own, other = ids(sees(cast.actor("cs"))), ids(sees(cast.actor("info")))
    assert len(own) == len(other) == 16
    assert own.isdisjoint(other)
    assert own == ids(sees(cast.actor("cs.dean")))


@pytest.mark.parametrize(
    ("name", "administers", "oversees"),
    [
        ("affairs", True, True),
        ("president", False, True),
        ("students", False, False),
        ("network", False, False),
        ("cs", False, False),
        ("cs.dean", False, False),
    ],
)
def test_what_concerns_every_unit(app: Flask, name: str, administers: bool, oversees: bool) -> None:
    actor = cast.actor(name)
    assert can_administer(actor) is administers
    assert can_oversee(actor) is oversees
    assert (ids(sees(actor)) == {one.id for one in assignments()}) is oversees


def test_an_observer_changes_nothing_even_with_a_post(app: Flask) -> None:
    with transaction():
        give_post(cast.user("president"), "affairs")
    president = cast.actor("president")
    assert not can_administer(president)
    assert ids(inspects(president)) == set()
    assert not any(can_act(president, one) for one in assignments())


def test_a_disabled_person_holds_nothing(app: Flask) -> None:
    with transaction():
        for name in ("affairs", "president"):
            cast.user(name).is_active = False
    for name in ("affairs", "president"):
        actor = cast.actor(name)
        assert ids(sees(actor)) == ids(inspects(actor)) == set()
        assert not can_administer(actor)
        assert not can_oversee(actor)
