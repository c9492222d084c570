"""The content of a digest, composed from a reading of now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE, to_wall
from tracker.domain.digests import Digest, Part, Section, merged
from tracker.domain.errors import N_
from tracker.domain.notices import Said
from tracker.domain.reminding import Cutoff
from tracker.domain.vocabulary import Audience, OutboxState
from tracker.models.org import User
from tracker.queries import notices
from tracker.queries.deliveries import Reading
from tracker.queries.delivery_facts import Addressee, Delivery, Due, Other
from tracker.queries.escalation import Tried
from tracker.queries.holders import Holder

_NEVER_ARRIVES = (OutboxState.SKIPPED, OutboxState.DEAD, OutboxState.DISCARDED)


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
        return N_("It could not be sent for too long.")
    if dues[0].plan.is_over:
        return N_("The plan is over.")
    others = [
        other
        for other in reading.others.get((to.holder.user_id, dues[0].plan.id), [])
        if other.message_id != message.id
    ]
    left = [due for due in dues if not _is_overtaken(message, due, to.holder, others)]
    if not left:
        return N_("A later reminder has taken over.")
    parts = _parts(message, left, to.holder, reading, _went(message, others), now)
    return parts or N_("Nothing is open any more.")


def _is_overtaken(message: Delivery, due: Due, holder: Holder, others: Sequence[Other]) -> bool:
    """Whether a later mail of the same person tells all that this reminder would."""
    return any(
        other.cutoff_at == due.cutoff_at
        and other.due_at > message.due_at
        and other.state not in _NEVER_ARRIVES
        and holder.is_told_all(due.rule, by=other.rule)
        for other in others
    )


def _went(message: Delivery, others: Sequence[Other]) -> dict[datetime, list[datetime]]:
    """When the person's earlier reminders of each cut-off went, in order, each mail once."""
    went: dict[datetime, dict[datetime, None]] = defaultdict(dict)
    for other in others:
        if other.state is OutboxState.SENT and other.due_at <= message.due_at:
            went[other.cutoff_at][other.due_at] = None
    return {cutoff_at: list(moments) for cutoff_at, moments in went.items()}


def _parts(
    message: Delivery,
    dues: Sequence[Due],
    holder: Holder,
    reading: Reading,
    earlier: Mapping[datetime, list[datetime]],
    now: datetime,
) -> list[Part]:
    """One part a cut-off that still has something to say, the earliest first. Several reminders of
    one cut-off in one mail say together what each would."""
    parts = []
    for cutoff_at, group in groupby(dues, lambda due: due.cutoff_at):
        own = list(group)
        plan = own[0].plan
        cutoff, work = Cutoff(to_wall(cutoff_at, plan.zone), plan.zone), reading.work(plan)
        said = [work.section_for(holder, due.rule, cutoff, now) for due in own]
        sections = [section for section in said if section is not None]
        if sections:
            found = merged(sections)
            told = _told_before(holder, found)
            before = reading.tried_with(plan, cutoff_at) if told else {}
            parts.append(
                Part(
                    found,
                    own[-1].number,
                    own[-1].rule.code,
                    any(due.rule.ignores_quiet for due in own),
                    tuple(earlier.get(cutoff_at, ())),
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
