"""The contingencies of a plan that is copied, with what units do when one arises."""

from sqlalchemy import select

from tracker.db import db
from tracker.models.contingency import ContingencyDuty
from tracker.models.plan import Contingency, ContingencyResponse, Plan

_SAID = ("response", "response_en", "focus", "focus_en")
_ASKED = (
    *("branch", "step", "title", "title_en", "unit_kind", "role", "text", "text_en", "hours"),
    "cadence",
)


def copy_contingencies(plan: Plan, made: Plan) -> None:
    """Cases that share a response share its copy. None of them is started."""
    cases = select(Contingency).where(Contingency.plan_id == plan.id).order_by(Contingency.number)
    copies: dict[int, ContingencyResponse] = {}
    for case in db.session.scalars(cases).all():
        if case.response_id not in copies:
            said = {name: getattr(case.response, name) for name in _SAID}
            copies[case.response_id] = ContingencyResponse(**said)
        copied = Contingency(
            plan_id=made.id,
            number=case.number,
            trigger=case.trigger,
            trigger_en=case.trigger_en,
            response=copies[case.response_id],
        )
        db.session.add(copied)
        db.session.flush()
        _copy_duties(case, copied)


def _copy_duties(case: Contingency, copied: Contingency) -> None:
    duties = select(ContingencyDuty).where(ContingencyDuty.contingency_id == case.id)
    for duty in db.session.scalars(duties.order_by(ContingencyDuty.id)).all():
        asked = {name: getattr(duty, name) for name in _ASKED}
        db.session.add(ContingencyDuty(contingency_id=copied.id, **asked))
