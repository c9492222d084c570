"""What notices about one assignment say."""

from datetime import datetime

from tracker.db import db
from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual, Params, Phrase, Said
from tracker.domain.vocabulary import NoticeKind, State
from tracker.models.assignment import Assignment, Review
from tracker.models.comment import Comment
from tracker.models.org import User
from tracker.permissions import actor_for, can_see


def mention(comment_id: int, reader: User, now: datetime) -> Said | str:
    comment = db.session.get(Comment, comment_id)
    if comment is None:
        return N_("The comment no longer exists.")
    assignment = comment.assignment
    hidden = _hidden(assignment, reader, now)
    if hidden:
        return hidden
    who = Bilingual(comment.user.name, comment.user.name_en)
    facts: Params = {"who": who, **about(assignment)}
    return Said(
        NoticeKind.MENTION,
        f"/assignments/{assignment.id}",
        Phrase(N_("[Question] %(who)s: row %(number)s, %(title)s"), facts),
        Phrase(N_("%(who)s named you about row %(number)s, “%(title)s” (%(unit)s):"), facts),
        assignment.duty.plan.zone,
        words=comment.text,
    )


def returned(review_id: int, reader: User, now: datetime) -> Said | str:
    review = db.session.get_one(Review, review_id)
    assignment = db.session.get_one(Assignment, review.check_off.assignment_id)
    hidden = _hidden(assignment, reader, now)
    if hidden:
        return hidden
    if assignment.state is not State.RETURNED:
        return N_("It has been reported again already.")
    who = Bilingual(review.user.name, review.user.name_en)
    facts: Params = {"who": who, "cutoff": assignment.duty.due_at, **about(assignment)}
    return Said(
        NoticeKind.RETURNED,
        f"/assignments/{assignment.id}",
        Phrase(N_("[Sent back] row %(number)s, %(title)s"), facts),
        Phrase(
            N_(
                "%(who)s has sent back your report on row %(number)s, “%(title)s” (%(unit)s). "
                "Please report it again before %(cutoff)s. The reason:"
            ),
            facts,
        ),
        assignment.duty.plan.zone,
        words=review.reason,
    )


def about(assignment: Assignment) -> Params:
    task, unit = assignment.duty.tasks[0], assignment.unit
    return {
        "number": task.number,
        "title": Bilingual(task.title, task.title_en),
        "unit": Bilingual(unit.name, unit.name_en),
    }


def _hidden(assignment: Assignment, reader: User, now: datetime) -> str | None:
    """Why the reader has nothing to do with the assignment any more, if so (B-13, B-62)."""
    if assignment.duty.plan.is_over:
        return N_("The plan is over.")
    if not can_see(actor_for(reader, now), assignment):
        return N_("The person no longer sees this duty.")
    return None
