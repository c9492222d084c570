"""A unit that joins: it is asked at once what every notice in force asks of its kind. One that was
added by mistake is taken back while nothing hangs on it."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.vocabulary import UnitKind
from tracker.models.assignment import Assignment
from tracker.models.org import Unit
from tracker.models.plan import Duty, Plan, in_force
from tracker.permissions import SYSTEM, Actor, require_administer
from tracker.queries.unit_history import has_history
from tracker.services import audit, fanout, plans

NAME_MAX, CODE_MAX, CLUSTER_MAX = 120, 40, 60
_CODE = re.compile(r"[a-z][a-z0-9-]*")
_TAKEN = frozenset({"new"})
"""Codes that are an address of their own."""


@dataclass(frozen=True)
class NewUnit:
    """`name_en`, `cluster` and `cluster_en` may be empty; `parent`: the code of the university to
    which it belongs, empty for none."""

    code: str
    kind: UnitKind
    name: str
    name_en: str
    cluster: str
    cluster_en: str
    parent: str = ""


def add(actor: Actor, now: datetime, wanted: NewUnit) -> tuple[Unit, int]:
    """The unit and how many duties are laid on it. The very same one again, after a double click,
    is the unit that is there (B-17). By academic affairs, and the command line. Raises
    NotPermitted, InvalidInput."""
    if actor != SYSTEM:
        require_administer(actor)
    code = text.required("code", wanted.code, CODE_MAX)
    if not _CODE.fullmatch(code) or code in _TAKEN:
        why = N_("A code is made of lower-case letters, digits and hyphens, such as “marine”.")
        raise InvalidInput("code", why)
    name = text.required("name", wanted.name, NAME_MAX)
    held = select(Unit.id).order_by(Unit.id).limit(1)
    db.session.execute(held.with_for_update(key_share=True))  # Two clicks queue here.
    known = db.session.scalar(select(Unit).where(Unit.code == code))
    parent = _parent(wanted)
    if known is not None:
        if (known.kind, known.name, known.parent_id) == (wanted.kind, name, parent):
            return known, 0
        raise InvalidInput("code", N_("There is a unit with this code already."))
    unit = _add(wanted, code, name, parent)
    audit.record(actor, now, "unit.added", "unit", unit.id, code=code, kind=unit.kind)
    return unit, _lay(unit, actor, now)


def remove(unit: Unit, actor: Actor, now: datetime) -> None:
    """Added by mistake: the unit goes with its untouched duties. Raises NotPermitted, and
    IllegalStep once anything hangs on it."""
    require_administer(actor)
    held = select(Assignment).where(Assignment.unit_id == unit.id)
    laid = select(Duty.plan_id).where(Duty.id.in_(held.with_only_columns(Assignment.duty_id)))
    for plan_id in sorted(set(db.session.scalars(laid))):
        plans.touch(plan_id)
    if has_history(unit):
        why = N_("Something hangs on this unit already: it stays. Its duties can be waived.")
        raise IllegalStep(why)
    for assignment in db.session.scalars(held).all():
        db.session.delete(assignment)
    db.session.flush()
    audit.record(actor, now, "unit.removed", "unit", unit.id, code=unit.code, kind=unit.kind)
    db.session.delete(unit)
    db.session.flush()


def _parent(wanted: NewUnit) -> int | None:
    """The university's id. Raises InvalidInput."""
    code = wanted.parent.strip()
    if not code:
        return None
    if wanted.kind is UnitKind.UNIVERSITY:
        raise InvalidInput("parent", N_("A university belongs to no other one."))
    found = select(Unit.id).where(Unit.code == code, Unit.kind == UnitKind.UNIVERSITY)
    university = db.session.scalar(found)
    if university is None:
        raise InvalidInput("parent", N_("There is no university with this code."))
    return university


def _add(wanted: NewUnit, code: str, name: str, parent: int | None) -> Unit:
    cluster = text.optional("cluster", wanted.cluster, CLUSTER_MAX) or None
    cluster_en = text.optional("cluster_en", wanted.cluster_en, CLUSTER_MAX) or cluster
    unit = Unit(
        code=code,
        kind=wanted.kind,
        name=name,
        name_en=text.optional("name_en", wanted.name_en, NAME_MAX),
        position=(db.session.scalar(select(func.max(Unit.position))) or 0) + 1,
        cluster=cluster,
        cluster_en=cluster_en if cluster else None,
        parent_id=parent,
    )
    db.session.add(unit)
    db.session.flush()
    return unit


def _lay(unit: Unit, actor: Actor, now: datetime) -> int:
    """What every plan in force asks of its kind."""
    asks = exists().where(Duty.plan_id == Plan.id, Duty.unit_kind == unit.kind)
    asks = asks.where(Duty.dropped_at.is_(None))
    running = select(Plan).where(in_force(now), asks).order_by(Plan.id)
    laid = 0
    for plan in db.session.scalars(running).all():
        plans.enter(plan.id)
        laid += fanout.lay_out(plan, actor, now)
    return laid
