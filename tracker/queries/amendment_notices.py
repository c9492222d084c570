"""What people are told of a plan that an amended notice changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tracker import language
from tracker.db import db
from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual, Params, Phrase, Said
from tracker.domain.vocabulary import DutyRole, NoticeKind
from tracker.models.assignment import Assignment
from tracker.models.notice_import import NoticeImport
from tracker.models.org import User
from tracker.models.plan import Duty, Plan
from tracker.permissions import actor_for

_LINES = {
    "added": N_("New: row %(number)s, %(title)s (%(role)s): %(text)s"),
    "changed": N_("Changed: row %(number)s, %(title)s (%(role)s): %(text)s"),
    "dropped": N_("No longer asked: row %(number)s, %(title)s"),
}


def amended(import_id: int, reader: User, now: datetime) -> Said | str:
    """Duty by duty what changed for the reader's units. Moved cut-offs are told by themselves."""
    staged = db.session.get_one(NoticeImport, import_id)
    plan = db.session.get_one(Plan, staged.plan_id)
    if plan.is_over:
        return N_("The plan is over.")
    units = actor_for(reader, now).unit_ids
    lines = [
        _line(kind, duty)
        for kind in _LINES
        for duty in _duties(staged.taken.get(kind, ()), units)
        if (duty.dropped_at is not None) == (kind == "dropped")
    ]
    if not lines:
        return N_("The person has nothing to do in it any more.")
    facts: Params = {"plan": Bilingual(plan.title, plan.title_en or plan.title)}
    return Said(
        NoticeKind.AMENDED,
        "/mine",
        Phrase(N_("[Amended] %(plan)s"), facts),
        Phrase(
            N_(
                "“%(plan)s” was amended. What changes for your unit is below; what you have "
                "reported stays reported."
            ),
            facts,
        ),
        plan.zone,
        lines=tuple(lines),
    )


def _duties(ids: Sequence[int], units: frozenset[int]) -> Sequence[Duty]:
    held = select(Assignment.duty_id).where(Assignment.unit_id.in_(units))
    return db.session.scalars(
        select(Duty)
        .options(selectinload(Duty.tasks))
        .where(Duty.id.in_(ids), Duty.id.in_(held), Duty.role != DutyRole.STANDBY)
        .order_by(Duty.due_at, Duty.id)
    ).all()


def _line(kind: str, duty: Duty) -> Phrase:
    first, role = duty.tasks[0], duty.role
    return Phrase(
        _LINES[kind],
        {
            "number": first.number,
            "title": Bilingual(first.title, first.title_en or first.title),
            "role": Bilingual(language.label("zh_Hans", role), language.label("en", role)),
            "text": Bilingual(duty.text, duty.text_en or duty.text),
        },
    )
