"""Acting from a mail: a signed link leads to one duty and one button."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from tracker import signing
from tracker.db import db
from tracker.domain import lifecycle
from tracker.models.assignment import Assignment
from tracker.models.org import User
from tracker.permissions import Actor, actor_for, can_act
from tracker.queries.rosters import progress_of

PURPOSE = "act"
GOOD_FOR = timedelta(days=7)
"""How long after its duty's cut-off a link still works."""


@dataclass(frozen=True)
class MailLink:
    """What a token leads to: a duty, and the person to whom it was mailed."""

    assignment: Assignment
    user: User


def address(public_url: str, secret_key: str, assignment_id: int, user_id: int) -> str:
    """The link as it stands in a mail."""
    token = signing.sign(secret_key, PURPOSE, [assignment_id, user_id])
    return f"{public_url}/a/{quote(token)}"


def find(token: str, secret_key: str) -> MailLink | None:
    """None for a token that is not ours, or whose duty or person is gone."""
    facts = signing.read(secret_key, PURPOSE, token)
    if facts is None or len(facts) != 2:
        return None
    assignment, user = db.session.get(Assignment, facts[0]), db.session.get(User, facts[1])
    return MailLink(assignment, user) if assignment is not None and user is not None else None


def is_over(link: MailLink, now: datetime) -> bool:
    """A week after the cut-off, with the plan archived, or where the person has nothing to do with
    the unit any more."""
    duty = link.assignment.duty
    return (
        now >= duty.due_at + GOOD_FOR
        or duty.plan.is_over
        or not can_act(actor_for(link.user, now), link.assignment)
    )


def is_plain(assignment: Assignment) -> bool:
    """One tick says it all: no number, no names."""
    duty = assignment.duty
    return (
        lifecycle.is_plain(duty.role, duty.cadence, counted=duty.counted)
        and progress_of(assignment) is None
    )


def bearer(link: MailLink, now: datetime) -> Actor | None:
    """Whom the token alone makes its bearer: the person it was mailed to, for a plain tick if the
    plan allows it."""
    if is_over(link, now) or not link.assignment.duty.plan.acts_by_mail:
        return None
    return actor_for(link.user, now) if is_plain(link.assignment) else None
