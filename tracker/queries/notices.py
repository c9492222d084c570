"""What a notice says, composed from the state of now."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from tracker.db import db
from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual, Phrase, Said
from tracker.domain.vocabulary import NoticeKind, State
from tracker.models.assignment import Assignment, Review
from tracker.models.comment import Comment
from tracker.models.notice import Notice
from tracker.models.org import User
from tracker.permissions import actor_for, can_see

STALE_AFTER = timedelta(days=7)
"""What could not be mailed for so long is not mailed any more."""

Composer = Callable[[int, User, datetime], Said | str]
"""From the id of what the notice is about, its reader and now (campus time): what to say, or the
msgid of the reason why nothing is to be said any more."""


def compose(message_id: int, reader: User, now: datetime) -> tuple[list[Said], str | None]:
    """What a message's notices say, in the order they arose, and the reason why the last silent
    one is silent."""
    found, silent = [], None
    rows = select(Notice).where(Notice.message_id == message_id).order_by(Notice.id)
    for notice in db.session.scalars(rows):
        said: Said | str = N_("It could not be sent for too long.")
        if now < notice.at + STALE_AFTER:
            said = COMPOSERS[notice.kind](notice.about_id, reader, now)
        if isinstance(said, str):
            silent = said
        else:
            found.append(said)
    return found, silent


def _mention(comment_id: int, reader: User, now: datetime) -> Said | str:
    comment = db.session.get(Comment, comment_id)
    if comment is None:
        return N_("The comment no longer exists.")
    assignment = comment.assignment
    hidden = _hidden(assignment, reader, now)
    if hidden:
        return hidden
    who = Bilingual(comment.user.name, comment.user.name_en)
    about = {"who": who, **_about(assignment)}
    return Said(
        NoticeKind.MENTION,
        f"/assignments/{assignment.id}",
        Phrase(N_("[Question] %(who)s: row %(number)s, %(title)s"), about),
        Phrase(N_("%(who)s named you about row %(number)s, “%(title)s” (%(unit)s):"), about),
        assignment.duty.plan.zone,
        words=comment.text,
    )


def _returned(review_id: int, reader: User, now: datetime) -> Said | str:
    review = db.session.get_one(Review, review_id)
    assignment = db.session.get_one(Assignment, review.check_off.assignment_id)
    hidden = _hidden(assignment, reader, now)
    if hidden:
        return hidden
    if assignment.state is not State.RETURNED:
        return N_("It has been reported again already.")
    who = Bilingual(review.user.name, review.user.name_en)
    about = {"who": who, "cutoff": assignment.duty.due_at, **_about(assignment)}
    return Said(
        NoticeKind.RETURNED,
        f"/assignments/{assignment.id}",
        Phrase(N_("[Sent back] row %(number)s, %(title)s"), about),
        Phrase(
            N_(
                "%(who)s has sent back your report on row %(number)s, “%(title)s” (%(unit)s). "
                "Please report it again before %(cutoff)s. The reason:"
            ),
            about,
        ),
        assignment.duty.plan.zone,
        words=review.reason,
    )


def _about(assignment: Assignment) -> Mapping[str, str | int | Bilingual | datetime]:
    task, unit = assignment.duty.tasks[0], assignment.unit
    return {
        "number": task.number,
        "title": Bilingual(task.title, task.title_en),
        "unit": Bilingual(unit.name, unit.name_en),
    }


def _hidden(assignment: Assignment, reader: User, now: datetime) -> str | None:
    """Why the reader has nothing to do with the assignment any more, if so (B-13, B-62)."""
    if assignment.duty.plan.archived_at is not None:
        return N_("The plan is archived.")
    if not can_see(actor_for(reader, now), assignment):
        return N_("The person no longer sees this duty.")
    return None


COMPOSERS: Mapping[NoticeKind, Composer] = {
    NoticeKind.MENTION: _mention,
    NoticeKind.RETURNED: _returned,
}
