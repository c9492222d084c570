"""The cases of table 2 as an amended notice has them. What units do in a case hangs on it, and its
starts do: a case is known again by its number and written over, not made anew."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from tracker.db import db
from tracker.domain.notice_duties import CaseSeed, ResponseSeed
from tracker.domain.notice_windows import title_key
from tracker.models.activation import Activation
from tracker.models.contingency import ContingencyDuty
from tracker.models.plan import Contingency, ContingencyResponse, Plan
from tracker.services import plan_rows


def rewrite(plan: Plan, responses: Sequence[ResponseSeed]) -> None:
    """A case that the notice no longer has goes only where nothing hangs on it."""
    listed = select(Contingency).where(Contingency.plan_id == plan.id)
    old = {case.number: case for case in db.session.scalars(listed)}
    before = {case.response for case in old.values()}
    wanted = {case.number for seed in responses for case in seed.cases}
    for seed in responses:
        _write(plan, seed, old)
    for number, case in old.items():
        if number not in wanted and not _is_used(case):
            db.session.delete(case)
    db.session.flush()
    used = set(db.session.scalars(select(Contingency.response_id)))
    for response in before:
        if response.id not in used:
            db.session.delete(response)
    db.session.flush()


def _write(plan: Plan, seed: ResponseSeed, old: dict[int, Contingency]) -> None:
    """English that belonged to other words goes."""
    known = [old[case.number] for case in seed.cases if case.number in old]
    shared = next((case.response for case in known if _says(case.response, seed)), None)
    if shared is None:
        shared = ContingencyResponse(
            response=seed.response, response_en="", focus=seed.focus, focus_en=""
        )
        db.session.add(shared)
    for case in seed.cases:
        if case.number in old:
            _rename(old[case.number], case)
            old[case.number].response = shared
        else:
            plan_rows.add_case(plan, case, shared)


def _says(response: ContingencyResponse, seed: ResponseSeed) -> bool:
    return (title_key(response.response), title_key(response.focus)) == (
        title_key(seed.response),
        title_key(seed.focus),
    )


def _rename(contingency: Contingency, case: CaseSeed) -> None:
    if title_key(contingency.trigger) != title_key(case.trigger):
        contingency.trigger, contingency.trigger_en = case.trigger, ""


def _is_used(contingency: Contingency) -> bool:
    return any(
        db.session.scalar(select(exists().where(table.contingency_id == contingency.id)))
        for table in (ContingencyDuty, Activation)
    )
