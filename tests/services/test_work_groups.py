"""Working groups: entered as people, kept as the row's proof."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests import cast
from tests.web.duties import held
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import IllegalStep, InvalidInput, NotPermitted
from tracker.domain.vocabulary import GroupPart
from tracker.models.audit import AuditEvent
from tracker.services import work_groups


def enter(part: GroupPart, people: str, who: str = "cs", code: str = "cs", number: int = 1) -> int:
    with transaction():
        return work_groups.add(
            held(number, code), cast.actor(who), clock.now(), part=part, people=people
        )


def names() -> list[tuple[str, str, str]]:
    found = work_groups.members(held(1, "cs"))
    return [(member.part.value, member.name, member.position) for member in found]


def test_several_people_are_entered_at_once_with_what_they_are(both_app: Flask) -> None:
    assert enter(GroupPart.HEAD, "院长 教授、博导") == 1
    assert enter(GroupPart.MEMBER, "教学秘书\n\n辅导员 2020级\r\n") == 2
    assert names() == [
        ("head", "院长", "教授、博导"),
        ("member", "教学秘书", ""),
        ("member", "辅导员", "2020级"),
    ]
    assert work_groups.unfilled(held(1, "cs")) == [GroupPart.DISCIPLINE]


def test_entered_twice_they_stand_once(both_app: Flask) -> None:
    """B-17."""
    enter(GroupPart.HEAD, "院长\n院长")
    assert enter(GroupPart.HEAD, "院长 另一职务") == 0
    assert len(names()) == 1


def test_who_left_is_in_the_record_and_may_come_back(both_app: Flask) -> None:
    enter(GroupPart.HEAD, "院长")
    for _ in range(2):
        with transaction():
            member = db.session.scalars(select(work_groups.GroupMember)).one()
            work_groups.leave(member, cast.actor("cs"), clock.now())
    assert names() == []
    assert enter(GroupPart.HEAD, "院长") == 1
    told = select(AuditEvent.action).where(AuditEvent.action.like("assignment.group%"))
    assert list(db.session.scalars(told.order_by(AuditEvent.id))) == [
        "assignment.group_joined",
        "assignment.group_left",
        "assignment.group_joined",
    ]


def test_the_campus_group_has_no_discipline_part(app: Flask) -> None:
    """The notice asks academic affairs to lead the campus group, and colleges for three parts."""
    assert work_groups.parts_of(held(1, "affairs")) == [GroupPart.HEAD, GroupPart.MEMBER]
    assert work_groups.parts_of(held(1, "cs")) == list(GroupPart)
    assert work_groups.parts_of(held(1, "students")) == []
    with pytest.raises(IllegalStep):
        enter(GroupPart.HEAD, "院长", number=3)


@pytest.mark.parametrize("people", ["", " \n ", "长" * 121, "\n".join(map(str, range(51)))])
def test_what_is_no_list_of_people_is_refused(app: Flask, people: str) -> None:
    with pytest.raises(InvalidInput):
        enter(GroupPart.HEAD, people)
    assert names() == []


@pytest.mark.parametrize("who", ["affairs", "info", "president"])
def test_only_the_unit_itself_enters_its_group(app: Flask, who: str) -> None:
    with pytest.raises(NotPermitted):
        enter(GroupPart.HEAD, "院长", who)
