"""Fan-in without accounts: a unit hands out a link, and whoever has it confirms their own name."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select

from tracker.db import db
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.rosters import key_of
from tracker.domain.search import WORDS
from tracker.domain.vocabulary import UnitKind
from tracker.models.assignment import Assignment
from tracker.models.confirm_link import ConfirmLink
from tracker.models.roster import RosterItem
from tracker.permissions import Actor, require_act
from tracker.queries.rosters import found_by, progress_of
from tracker.services import assignments, audit, rosters

SHORTEST_SEARCH, MOST_MATCHES = 2, 10


def issue(assignment: Assignment, actor: Actor, now: datetime) -> ConfirmLink:
    """A link for one duty, good until its cut-off; the one that is good already, where there is
    one (B-17). Raises NotPermitted, IllegalStep."""
    require_act(actor, assignment)
    assignments.lock(assignment)
    if not progress_of(assignment):
        raise IllegalStep(N_("There are no names that anybody could confirm."))
    if now >= assignment.duty.due_at:
        raise IllegalStep(N_("The cut-off has passed: a link would be of no use."))
    known = db.session.scalar(
        select(ConfirmLink)
        .where(ConfirmLink.assignment_id == assignment.id, ConfirmLink.revoked_at.is_(None))
        .where(ConfirmLink.expires_at > now)
    )
    if known is not None:
        return known
    assert actor.user_id is not None  # Whoever may act is a person.
    link = ConfirmLink(
        token=secrets.token_urlsafe(24),
        assignment_id=assignment.id,
        user_id=actor.user_id,
        issued_at=now,
        expires_at=assignment.duty.due_at,
    )
    db.session.add(link)
    audit.record(actor, now, "assignment.link_issued", "assignment", assignment.id)
    db.session.flush()
    return link


def revoke(link: ConfirmLink, actor: Actor, now: datetime) -> None:
    """It opens nothing any more; what was confirmed stays. Revoked again, nothing changes."""
    require_act(actor, link.assignment)
    assignments.lock(link.assignment)
    db.session.refresh(link)
    if link.revoked_at is not None:
        return
    link.revoked_at = now
    audit.record(actor, now, "assignment.link_revoked", "assignment", link.assignment_id)
    db.session.flush()


def find(token: str) -> ConfirmLink | None:
    """By what stands in its address, also one that is over."""
    if not token.isascii() or len(token) > 40:
        return None
    return db.session.scalar(select(ConfirmLink).where(ConfirmLink.token == token))


def is_open(link: ConfirmLink, now: datetime) -> bool:
    """Until the cut-off, exclusive, unless it was revoked or the plan is over."""
    over = link.assignment.duty.plan.is_over
    return link.revoked_at is None and now < link.expires_at and not over


def require_words(typed: str) -> None:
    """Raises InvalidInput where nothing is typed that could be looked for."""
    if not key_of(typed):
        raise InvalidInput("q", N_("Type at least two characters of the name, or the whole key."))


def matches(link: ConfirmLink, typed: str) -> Sequence[RosterItem]:
    """Names of the link's duty that fit, at most MOST_MATCHES: the one whose key it is, else those
    in which it occurs. Raises InvalidInput for too short a word."""
    exact = db.session.scalars(_of(link).where(RosterItem.key == key_of(typed))).all()
    if exact:
        return exact
    if max(map(len, key_of(typed).split()[:WORDS])) < SHORTEST_SEARCH:
        raise InvalidInput("q", N_("Type at least two characters of the name, or the whole key."))
    statement = _of(link).where(*found_by(typed))
    return db.session.scalars(statement.order_by(RosterItem.key).limit(MOST_MATCHES)).all()


def confirm(link: ConfirmLink, now: datetime, key: str) -> RosterItem:
    """One name is done; confirmed again, nothing changes. Raises IllegalStep for a link that is
    over, InvalidInput for a key that is none of its duty's."""
    assignments.lock(link.assignment)
    db.session.refresh(link)
    if not is_open(link, now):
        raise IllegalStep(N_("This link is over."))
    item = db.session.scalar(_of(link).where(RosterItem.key == key_of(key)))
    if item is None:
        raise InvalidInput("q", N_("This name is not among those of the link."))
    rosters.tick_over_link(link, now, item)
    return item


def _of(link: ConfirmLink) -> Select[RosterItem]:
    """Names of the link's duty: a college's own, an office's all."""
    assignment = link.assignment
    statement = select(RosterItem).where(
        RosterItem.task_id == assignment.duty.tasks[0].id, RosterItem.dropped_at.is_(None)
    )
    if assignment.unit.kind is UnitKind.COLLEGE:
        statement = statement.where(RosterItem.unit_id == assignment.unit_id)
    return statement
