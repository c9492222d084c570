"""The content of a digest, composed from a reading of now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE, to_wall
from tracker.domain.digests import Digest, Part, Section
from tracker.domain.errors import N_
from tracker.domain.notices import Said
from tracker.domain.reminding import Cutoff
from tracker.domain.vocabulary import Audience, OutboxState
from tracker.models.org import User
from tracker.queries import notices
from tracker.queries.deliveries import Addressee, Delivery, Due, Other, Reading
from tracker.queries.escalation import Tried
from tracker.queries.holders import Holder


def compose(message: Delivery, now: datetime, reading: Reading) -> Digest | str:
    """The digest of a message as of `now`, or the msgid of the reason why there is none.

    A part whose cut-off a later message has taken up meanwhile is left to that one. A clock that
    was set back since the message was planned is taken to stand where it stood then.
    """
    assert message.user_id is not None  # A digest goes to a person.
    to = reading.addressees[message.user_id]
    if not to.is_active:
        return N_("The account is disabled.")
    now = max(now, message.due_at)
    dues = reading.dues.get(message.id, [])
    parts = _open_parts(message, dues, to, now, reading)
    told = reading.notices.get(message.id, [])
    said: list[Said] = []
    silent = None
    if told:
        said, silent = notices.compose(told, db.session.get_one(User, message.user_id), now)
    if isinstance(parts, str):
        if not said:
            return parts if dues or silent is None else silent
        parts = []
    plan = dues[0].plan if parts else None
    return Digest(
        to.email,
        to.name,
        to.name_en,
        to.locale,
        plan.title if plan else "",
        plan.title_en if plan else "",
        plan.zone if plan else CAMPUS_ZONE,
        to.units,
        tuple(parts),
        tuple(said),
    )


def _open_parts(
    message: Delivery, dues: Sequence[Due], to: Addressee, now: datetime, reading: Reading
) -> list[Part] | str:
    if not dues:
        return N_("The reminder no longer exists.")
    if now >= message.not_after:
        return N_("A later reminder has taken over.")
    if dues[0].plan.is_archived:
        return N_("The plan is archived.")
    others = reading.others.get((to.holder.user_id, dues[0].plan.id), [])
    earlier, overtaken = _sort(message, others)
    left = [due for due in dues if due.cutoff_at not in overtaken]
    if not left:
        return N_("A later reminder has taken over.")
    parts = _parts(message, left, to.holder, reading, earlier, now)
    return parts or N_("Nothing is open any more.")


def _parts(
    message: Delivery,
    dues: Sequence[Due],
    holder: Holder,
    reading: Reading,
    earlier: Mapping[datetime, list[datetime]],
    now: datetime,
) -> list[Part]:
    """The reminders that still have something to say, the earliest cut-off first."""
    parts = []
    for due in dues:
        cutoff = Cutoff(to_wall(due.cutoff_at, due.plan.zone), due.plan.zone)
        found = reading.work(due.plan).section_for(holder, due.rule, cutoff, now)
        if found is not None:
            told = _told_before(holder, found)
            before = reading.tried_with(due.plan, due.cutoff_at) if told else {}
            parts.append(
                Part(
                    found,
                    due.number,
                    due.rule.code,
                    due.rule.ignores_quiet,
                    tuple(earlier.get(due.cutoff_at, ())),
                    _before(before, told, message.due_at),
                )
            )
    return parts


def _before(tried: Tried, units: set[int], moment: datetime) -> Tried:
    found = {unit_id: tried[unit_id] for unit_id in units & tried.keys()}
    return {unit_id: tuple(at for at in when if at < moment) for unit_id, when in found.items()}


def _told_before(holder: Holder, section: Section) -> set[int]:
    """Units of whose people the reader is told what was tried with them: those that are late, and
    those that the reader heads without being their contact."""
    contact_of = holder.units(frozenset({Audience.CONTACTS}))
    own = {line.unit_id for _pile, lines in section.own for line in lines}
    return (own - contact_of) | {lines[0].unit_id for lines in section.late}


def _sort(
    message: Delivery, others: Sequence[Other]
) -> tuple[dict[datetime, list[datetime]], set[datetime]]:
    """Of the person's other reminders about the plan: when the earlier ones of each cut-off were
    due, those that were sent, and the cut-offs that have a later one."""
    went: dict[datetime, list[datetime]] = defaultdict(list)
    overtaken = set()
    for other in others:
        if other.message_id == message.id:
            continue
        if other.due_at > message.due_at:
            overtaken.add(other.cutoff_at)
        elif other.state is OutboxState.SENT:
            went[other.cutoff_at].append(other.due_at)
    return went, overtaken
