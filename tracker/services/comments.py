"""The conversation on an assignment; whoever is named in it gets one mail."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import N_, InvalidInput, NotPermitted
from tracker.domain.mentions import mentioned
from tracker.domain.vocabulary import NoticeKind
from tracker.models.assignment import Assignment
from tracker.models.comment import Comment
from tracker.permissions import Actor, can_act, can_administer
from tracker.queries.comments import names
from tracker.services import audit, notices, plans

COMMENT_MAX = 2000


def can_comment(actor: Actor, assignment: Assignment) -> bool:
    """The unit itself and academic affairs."""
    return can_act(actor, assignment) or can_administer(actor)


def require_comment(actor: Actor, assignment: Assignment) -> None:
    if not can_comment(actor, assignment):
        raise NotPermitted(N_("Only the unit itself and academic affairs can say something here."))


def add(assignment: Assignment, actor: Actor, now: datetime, *, words: str) -> list[str]:
    """Say something; each person named with an @ is mailed once. Returns the words after an @ that
    name nobody who sees this assignment. The same words of the same person again, nothing having
    been said in between, are a double click and change nothing (B-17).

    Raises NotPermitted, InvalidInput.
    """
    require_comment(actor, assignment)
    words = text.optional("words", words, COMMENT_MAX)
    if not words:
        raise InvalidInput("words", N_("Write something first."))
    people, unknown = mentioned(words, names(assignment, now))
    plans.enter(assignment.duty.plan_id)
    last = db.session.scalar(
        select(Comment)
        .where(Comment.assignment_id == assignment.id)
        .order_by(Comment.id.desc())
        .limit(1)
    )
    if last is not None and (last.user_id, last.text) == (actor.user_id, words):
        return unknown
    assert actor.user_id is not None  # Whoever may comment is a person.
    comment = Comment(assignment_id=assignment.id, user_id=actor.user_id, at=now, text=words)
    db.session.add(comment)
    db.session.flush()
    named = (user_id for user_id in people if user_id != actor.user_id)
    notices.tell(NoticeKind.MENTION, comment.id, named, now)
    audit.record(
        actor, now, "assignment.commented", "assignment", assignment.id, comment=comment.id
    )
    db.session.flush()
    return unknown
