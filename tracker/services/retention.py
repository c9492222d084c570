"""What a plan gathered about persons goes when its time is over: names of rosters, proof, texts of
mails, comments and notes. States, counts, times and the record stay."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, delete, or_, select, update

from tracker.db import db
from tracker.domain.audit import Entry
from tracker.domain.personal_data import without_words
from tracker.domain.retention import Step
from tracker.domain.vocabulary import OutboxState
from tracker.models.activation import Activation, ActivationEntry
from tracker.models.assignment import Assignment, CheckIn, CheckOff, Review
from tracker.models.audit import AuditEvent
from tracker.models.care import CareRecord
from tracker.models.comment import Comment
from tracker.models.confirm_link import ConfirmLink
from tracker.models.evidence import Evidence
from tracker.models.outbox import DeliveryAttempt, OutboxMessage
from tracker.models.plan import Duty, Plan, Task
from tracker.models.purge import Purge
from tracker.models.reminder import Reminder, ReminderRule
from tracker.models.report import Report
from tracker.models.roster import RosterImport, RosterItem
from tracker.models.urge import Urge, UrgedAssignment
from tracker.models.work_group import GroupMember
from tracker.permissions import SYSTEM
from tracker.queries.retention import next_step
from tracker.services import audit, erasure

_FINAL = (OutboxState.SENT, OutboxState.SKIPPED, OutboxState.DEAD, OutboxState.DISCARDED)


def advance(now: datetime, months: int) -> list[str] | None:
    """Announce, take back or do one purge; None where nothing is due. Files of proof that are to be
    deleted once this is committed, by their stored names."""
    due = next_step(now, months)
    if due is None:
        return None
    plan, purge, step = due
    if step is Step.PURGE:
        assert purge is not None
        return _purge(plan, purge, now)
    if step is Step.TAKE_BACK:
        db.session.delete(purge)
    else:
        db.session.add(Purge(plan_id=plan.id, noticed_at=now))
        audit.record(SYSTEM, now, "plan.purge_announced", "plan", plan.id, code=plan.code)
    db.session.flush()
    return []


def _purge(plan: Plan, purge: Purge, now: datetime) -> list[str]:
    tasks = select(Task.id).where(Task.plan_id == plan.id)
    duties = select(Duty.id).where(Duty.plan_id == plan.id)
    mine = select(Assignment.id).where(Assignment.duty_id.in_(duties))
    files = [
        stored
        for stored in db.session.scalars(
            select(Evidence.stored).where(Evidence.assignment_id.in_(mine))
        )
        if stored is not None
    ]
    purge.names = _names(tasks)
    purge.files = _gone(delete(Evidence).where(Evidence.assignment_id.in_(mine)))
    purge.mails = _mails(plan)
    purge.words = _words(plan, mine)
    _record(plan, now)
    purge.purged_at = now
    audit.record(
        SYSTEM,
        now,
        "plan.purged",
        "plan",
        plan.id,
        names=purge.names,
        files=purge.files,
        mails=purge.mails,
        words=purge.words,
    )
    db.session.flush()
    db.session.expire_all()
    return files


def _gone(statement: Any) -> int:
    """How many rows a statement changed or deleted."""
    result = db.session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


def _names(tasks: Any) -> int:
    """Ticks stay, and so do the tallies. The number of a row stands for its name."""
    listed = select(RosterItem).where(RosterItem.task_id.in_(tasks))
    items = db.session.scalars(listed).all()
    care = CareRecord.roster_item_id.in_([item.id for item in items])
    db.session.execute(delete(CareRecord).where(care))
    for item in items:
        item.key, item.label, item.detail, item.search = f"#{item.id}", "–", "", f" #{item.id}"
    db.session.execute(delete(RosterImport).where(RosterImport.task_id.in_(tasks)))
    db.session.flush()
    return len(items)


def _mails(plan: Plan) -> int:
    """Texts of mails from before it was archived, but of those that remind of a plan that keeps
    its own."""
    purged = select(Purge.plan_id).where(Purge.purged_at.is_not(None))
    others = (
        select(Reminder.message_id)
        .join(ReminderRule, ReminderRule.id == Reminder.rule_id)
        .where(ReminderRule.plan_id != plan.id, ReminderRule.plan_id.not_in(purged))
    )
    texts = and_(
        OutboxMessage.due_at <= plan.archived_at,
        OutboxMessage.state.in_(_FINAL),
        OutboxMessage.id.not_in(others),
        or_(OutboxMessage.lines.is_not(None), OutboxMessage.to_address.is_not(None)),
    )
    ids = list(db.session.scalars(select(OutboxMessage.id).where(texts)))
    for first in range(0, len(ids), 500):
        some = ids[first : first + 500]
        replies = update(DeliveryAttempt).where(DeliveryAttempt.message_id.in_(some))
        db.session.execute(replies.values(reply=""))
        blank = update(OutboxMessage).where(OutboxMessage.id.in_(some))
        db.session.execute(blank.values(to_address=None, subject=None, lines=None))
    return len(ids)


def _words(plan: Plan, mine: Any) -> int:
    reports = select(CheckOff.id).where(CheckOff.assignment_id.in_(mine))
    urged = select(UrgedAssignment.urge_id).where(UrgedAssignment.assignment_id.in_(mine))
    cases = select(Activation.id).where(Activation.plan_id == plan.id)
    db.session.execute(delete(ConfirmLink).where(ConfirmLink.id.in_(_unused_links(mine))))
    members = db.session.scalars(select(GroupMember).where(GroupMember.assignment_id.in_(mine)))
    for member in members.all():
        member.name, member.position = f"#{member.id}", ""
    changed = _gone(delete(Comment).where(Comment.assignment_id.in_(mine)))
    for column, rows in (
        (CheckOff.note, CheckOff.assignment_id.in_(mine)),
        (CheckIn.note, CheckIn.assignment_id.in_(mine)),
        (Review.reason, Review.check_off_id.in_(reports)),
        (Urge.words, Urge.id.in_(urged)),
        (UrgedAssignment.answer, UrgedAssignment.assignment_id.in_(mine)),
        (ActivationEntry.text, ActivationEntry.activation_id.in_(cases)),
        (Activation.outcome, Activation.plan_id == plan.id),
        (Activation.reason, Activation.plan_id == plan.id),
    ):
        changed += _gone(update(column.class_).where(rows, column != "").values({column: ""}))
    return changed


def _unused_links(mine: Any) -> Any:
    used = select(RosterItem.link_id).where(RosterItem.link_id.is_not(None))
    return select(ConfirmLink.id).where(
        ConfirmLink.assignment_id.in_(mine), ConfirmLink.id.not_in(used)
    )


def _record(plan: Plan, now: datetime) -> None:
    """Events keep who did what when; the words in them go, and the names in frozen reports."""
    erasure.events(_speechless, SYSTEM, now, _events_of(plan))
    erasure.reports(_nameless, SYSTEM, now, Report.plan_id == plan.id)


def _events_of(plan: Plan) -> ColumnElement[bool]:
    duties = select(Duty.id).where(Duty.plan_id == plan.id)
    about: dict[str, Any] = {
        "assignment": select(Assignment.id).where(Assignment.duty_id.in_(duties)),
        "activation": select(Activation.id).where(Activation.plan_id == plan.id),
        "task": select(Task.id).where(Task.plan_id == plan.id),
    }
    events = [
        and_(AuditEvent.subject == subject, AuditEvent.subject_id.in_(ids))
        for subject, ids in about.items()
    ]
    return and_(or_(*events), AuditEvent.action.not_like("task.%"))


def _speechless(entry: Entry) -> Entry:
    facts: Callable[[Any], dict[str, object]] = without_words
    return Entry(
        entry.at,
        entry.user_id,
        entry.actor,
        entry.action,
        entry.subject,
        entry.subject_id,
        facts(entry.detail),
    )


def _nameless(facts: dict[str, Any]) -> dict[str, Any]:
    """A report's facts: how many were missing stays, who they were and what was answered goes."""
    bare: dict[str, Any] = json.loads(json.dumps(facts))
    for row in bare.get("rows", ()):
        for gap in row.get("gaps", ()):
            gap["names"] = []
    for urge in bare.get("urges", ()):
        urge["answer"] = ""
    return bare
