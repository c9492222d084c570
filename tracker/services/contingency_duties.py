"""What a case of table 2 asks of whom, changed and added to while it sleeps."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from tracker.db import db
from tracker.domain import text
from tracker.domain.contingencies import require_hours
from tracker.domain.errors import N_, InvalidInput
from tracker.domain.vocabulary import DutyRole, UnitKind
from tracker.models.contingency import ContingencyDuty
from tracker.models.plan import Contingency
from tracker.permissions import Actor, require_administer
from tracker.queries.contingencies import duties_of
from tracker.services import audit, plans

STEP_MAX = 120
TEXT_MAX = 500


@dataclass(frozen=True)
class Asked:
    """A duty to be added: of which kind of unit, how, what, within how many hours of the start."""

    unit_kind: UnitKind
    role: DutyRole
    text: str
    hours: int


def change_duty(
    duty: ContingencyDuty, actor: Actor, now: datetime, *, words: str, hours: int
) -> None:
    """What a kind of unit is asked to do when the case is started next, in other words, and how
    soon: the hours are those of its whole step. What goes on already stays as it is."""
    require_administer(actor)
    words = " ".join(text.optional("text", words, TEXT_MAX).split())
    if not words:
        raise InvalidInput("text", N_("Say what is asked of the unit."))
    require_hours(hours, duty.step)
    contingency = db.session.get_one(Contingency, duty.contingency_id)
    plans.enter(contingency.plan_id)
    db.session.refresh(duty)
    if (duty.text, duty.hours) == (words, hours):
        return
    if duty.text != words:
        duty.text, duty.text_en = words, ""
    for other in duties_of(contingency):
        if (other.branch, other.step) == (duty.branch, duty.step):
            other.hours = hours
    said = {"step": duty.step, "kind": duty.unit_kind, "text": words, "hours": hours}
    audit.record(actor, now, "contingency.duty_changed", "contingency", contingency.id, duty=said)
    db.session.flush()


def add_duty(
    contingency: Contingency, actor: Actor, now: datetime, *, title: str, wanted: Asked
) -> ContingencyDuty:
    """What one more kind of unit does, in the step of that title or in a new last one. Only where
    the case is not divided. Raises NotPermitted, InvalidInput."""
    require_administer(actor)
    title = " ".join(text.required("title", title, STEP_MAX).split())
    words = " ".join(text.required("text", wanted.text, TEXT_MAX).split())
    plans.enter(contingency.plan_id)
    known = duties_of(contingency)
    if any(duty.branch is not None for duty in known):
        raise InvalidInput("title", N_("This case is divided: change what it asks already."))
    last = max((duty.step for duty in known), default=0)
    step = next((duty.step for duty in known if duty.title == title), last + 1)
    require_hours(wanted.hours, step)
    fellows = [duty for duty in known if duty.step == step]
    for duty in fellows:
        if duty.unit_kind is wanted.unit_kind:
            if (duty.role, duty.text, duty.hours) == (wanted.role, words, wanted.hours):
                return duty  # Sent twice (B-17).
            raise InvalidInput("unit_kind", N_("This step asks something of it already."))
        duty.hours = wanted.hours
    made = ContingencyDuty(contingency_id=contingency.id, branch=None, step=step, title=title)
    made.title_en, made.text_en, made.hours = (
        fellows[0].title_en if fellows else "",
        "",
        wanted.hours,
    )
    made.unit_kind, made.role, made.text = wanted.unit_kind, wanted.role, words
    db.session.add(made)
    db.session.flush()
    said = {"step": step, "title": title, **asdict(replace(wanted, text=words))}
    audit.record(actor, now, "contingency.duty_added", "contingency", contingency.id, duty=said)
    return made
