"""The working groups that row 1 asks for: their members are its evidence."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.vocabulary import GroupPart
from tracker.models.assignment import Assignment
from tracker.models.work_group import GroupMember
from tracker.permissions import Actor, require_act
from tracker.services import assignments, audit

MOST_AT_ONCE = 50


def parts_of(assignment: Assignment) -> list[GroupPart]:
    """The parts that the duty's group has; none where it asks for no group."""
    return [GroupPart(word) for word in assignment.duty.group_parts.split()]


def members(assignment: Assignment) -> Sequence[GroupMember]:
    """Who is in it now."""
    return db.session.scalars(
        select(GroupMember)
        .where(GroupMember.assignment_id == assignment.id, GroupMember.left_at.is_(None))
        .order_by(GroupMember.id)
    ).all()


def unfilled(assignment: Assignment) -> list[GroupPart]:
    """Parts in which nobody is yet."""
    filled = {member.part for member in members(assignment)}
    return [part for part in parts_of(assignment) if part not in filled]


def add(
    assignment: Assignment, actor: Actor, now: datetime, *, part: GroupPart, people: str
) -> int:
    """People of one part, one a line: the name, and after a blank what they are otherwise. Who is
    in already stays as they are. Returns how many are new.

    Raises NotPermitted, IllegalStep, InvalidInput.
    """
    require_act(actor, assignment)
    if part not in parts_of(assignment):
        raise IllegalStep(N_("This duty asks for no such group."))
    lines = [line.split(None, 1) for line in text.clean(people).split("\n") if line.strip()]
    if not lines:
        raise InvalidInput("people", N_("Enter at least one name."))
    if len(lines) > MOST_AT_ONCE:
        raise InvalidInput("people", N_("At most %(max)s people at once."), max=MOST_AT_ONCE)
    assignments.lock(assignment)
    known = {
        (member.part, member.name): member
        for member in db.session.scalars(
            select(GroupMember).where(GroupMember.assignment_id == assignment.id)
        )
    }
    fresh = []
    for words in lines:
        name = text.required("people", words[0], 120)
        position = text.optional("people", words[1] if len(words) > 1 else "", 120)
        member = known.get((part, name))
        if member is not None and member.left_at is None:
            continue
        if member is None:
            member = GroupMember(assignment_id=assignment.id, part=part, name=name)
            known[part, name] = member
            db.session.add(member)
        member.position, member.joined_at, member.left_at = position, now, None
        fresh.append(name)
    if fresh:
        _record(assignment, actor, now, "group_joined", part, fresh)
    db.session.flush()
    return len(fresh)


def leave(member: GroupMember, actor: Actor, now: datetime) -> None:
    """No longer in the group; the record keeps that they were. Again, nothing changes."""
    require_act(actor, member.assignment)
    assignments.lock(member.assignment)
    db.session.refresh(member)
    if member.left_at is not None:
        return
    member.left_at = now
    _record(member.assignment, actor, now, "group_left", member.part, [member.name])
    db.session.flush()


def _record(
    assignment: Assignment,
    actor: Actor,
    now: datetime,
    event: str,
    part: GroupPart,
    names: Sequence[str],
) -> None:
    said = {"part": part, "name": "、".join(names)}
    audit.record(actor, now, f"assignment.{event}", "assignment", assignment.id, **said)
