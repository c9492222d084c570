"""Fetch and authorise in one named step: what you may not see is 404, as if it did not exist."""

from typing import TypeVar

from flask import abort
from sqlalchemy import select

from tracker.db import LARGEST_ID, db
from tracker.domain.term import TermItem
from tracker.domain.vocabulary import UnitKind
from tracker.models.assignment import Assignment
from tracker.models.confirm_link import ConfirmLink
from tracker.models.evidence import Evidence
from tracker.models.notice_import import NoticeImport
from tracker.models.org import Unit, User
from tracker.models.outbox import OutboxMessage
from tracker.models.plan import Duty, Plan, Task
from tracker.models.report import Report
from tracker.models.service_entry import ServiceEntry
from tracker.models.service_request import ServiceRequest
from tracker.models.term import Term, TermDate
from tracker.models.work_group import GroupMember
from tracker.permissions import (
    Actor,
    can_administer,
    can_oversee,
    can_see,
    visible_assignments,
)
from tracker.queries.evidence import find as find_evidence
from tracker.queries.reports import find as find_report

T = TypeVar("T")


def number(text: str) -> int:
    """An id from a form or an address. 400 for what is no number, 404 for one beyond counting."""
    if not (text.isascii() and text.isdecimal()):
        abort(400)
    return int(text) if len(text) <= len(str(LARGEST_ID)) else abort(404)


def existing(model: type[T], row_id: int) -> T:
    """The row of that id. 404 where there is none, or none can be."""
    found = db.session.get(model, row_id) if row_id <= LARGEST_ID else None
    return found if found is not None else abort(404)


def get_assignment_for(actor: Actor, assignment_id: int) -> Assignment:
    """404 for an assignment of a unit the actor does not see."""
    if assignment_id > LARGEST_ID:
        abort(404)
    found = db.session.scalar(visible_assignments(actor).where(Assignment.id == assignment_id))
    return found if found is not None else abort(404)


def get_plan_for(actor: Actor, plan_id: int) -> Plan:
    """404 for a plan in which the actor sees no assignment, and for a draft."""
    plan = existing(Plan, plan_id)
    seen = visible_assignments(actor).join(Duty).where(Duty.plan_id == plan_id).limit(1)
    if plan.published_at is None:
        abort(404)
    if not actor.sees_all and db.session.scalar(seen) is None:
        abort(404)
    return plan


def get_plan_or_draft_for(actor: Actor, plan_id: int) -> Plan:
    """As `get_plan_for`; a draft is there for academic affairs alone."""
    plan = existing(Plan, plan_id)
    if plan.published_at is None and can_administer(actor):
        return plan
    return get_plan_for(actor, plan_id)


def get_draft_row_for(actor: Actor, plan_id: int, number: int) -> tuple[Plan, Task]:
    """404 for a row that the plan has not."""
    plan = get_plan_or_draft_for(actor, plan_id)
    if number > LARGEST_ID:
        abort(404)
    row = select(Task).where(Task.plan_id == plan.id, Task.number == number)
    task = db.session.scalar(row)
    return (plan, task) if task is not None else abort(404)


def get_whole_plan_for(actor: Actor, plan_id: int) -> Plan:
    """404 for who does not see every unit of it."""
    return get_plan_for(actor, plan_id) if can_oversee(actor) else abort(404)


def get_report_for(actor: Actor, report_id: int) -> Report:
    """404 for who does not see every unit: a report holds them all."""
    found = find_report(report_id) if can_oversee(actor) and report_id <= LARGEST_ID else None
    return found if found is not None else abort(404)


def get_task_for(actor: Actor, task_id: int) -> Task:
    """404 for a row of a plan in which the actor sees no assignment."""
    task = existing(Task, task_id)
    get_plan_for(actor, task.plan_id)
    return task


def get_unit_for(actor: Actor, code: str) -> Unit:
    """404 for a unit of which the actor sees no assignment, or that does not exist."""
    if not code.isprintable():
        abort(404)
    seen = visible_assignments(actor).join(Unit).where(Unit.code == code)
    unit = db.session.scalar(select(Unit).where(Unit.code == code))
    if unit is None or db.session.scalar(seen.limit(1)) is None:
        abort(404)
    return unit


def get_unit_of(actor: Actor, code: str) -> Unit:
    """404 for a unit in which the actor holds no post, unless they see every unit."""
    unit = db.session.scalar(select(Unit).where(Unit.code == code)) if code.isprintable() else None
    if unit is None or not (actor.sees_all or unit.id in actor.unit_ids):
        abort(404)
    return unit


def get_university_for(actor: Actor, code: str) -> Unit:
    """404 where there is no such university, or for who does not see every unit."""
    known = select(Unit).where(Unit.code == code, Unit.kind == UnitKind.UNIVERSITY)
    unit = db.session.scalar(known) if code.isprintable() else None
    return unit if unit is not None and can_oversee(actor) else abort(404)


def get_message_for(actor: Actor, message_id: int) -> OutboxMessage:
    """404 for a message the actor may not read: academic affairs and observers read all."""
    return existing(OutboxMessage, message_id) if can_oversee(actor) else abort(404)


def get_term_date(term: Term | None, name: str) -> TermDate:
    """404 where there is no term, or where the platform leaves the school nothing to set in the
    row."""
    dates = term.dates if term is not None else []
    found = next((each for each in dates if each.item == name), None)
    return found if found is not None and found.item is not TermItem.APPEALS else abort(404)


def get_service(service_id: int) -> ServiceEntry:
    """404 where there is no such service. Everybody signed in may see them all."""
    return existing(ServiceEntry, service_id)


def get_request_for(actor: Actor, request_id: int) -> ServiceRequest:
    """404 for a request of a unit that the actor does not see."""
    found = existing(ServiceRequest, request_id)
    return found if can_see(actor, found) else abort(404)


def get_user(user_id: int) -> User:
    """404 where there is no such account. For who may read them all."""
    return existing(User, user_id)


def get_person(user_id: int) -> User:
    """The same, and 404 once the person is erased: nothing is left to keep of them."""
    user = get_user(user_id)
    return user if user.erased_at is None else abort(404)


def get_evidence_for(actor: Actor, evidence_id: int) -> Evidence:
    """404 for a proof of a unit that the actor does not see."""
    found = find_evidence(actor, evidence_id) if evidence_id <= LARGEST_ID else None
    return found if found is not None else abort(404)


def get_group_member_for(actor: Actor, member_id: int) -> GroupMember:
    """404 for a member of a group that the actor does not see."""
    found = existing(GroupMember, member_id)
    return found if can_see(actor, found.assignment) else abort(404)


def get_link_for(actor: Actor, link_id: int) -> ConfirmLink:
    """404 for a link of a unit that the actor does not see."""
    found = existing(ConfirmLink, link_id)
    return found if can_see(actor, found.assignment) else abort(404)


def get_notice_import_for(actor: Actor, notice_id: int) -> NoticeImport:
    """404 for a notice that somebody else brought."""
    found = existing(NoticeImport, notice_id)
    return found if found.user_id == actor.user_id else abort(404)
