"""Writing a seed folder into the database: all of it or nothing, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from sqlalchemy import select

from tracker.db import START, db, take_turn
from tracker.domain.errors import SeedError
from tracker.models.org import Membership, Unit, User
from tracker.models.plan import Plan
from tracker.models.workday import CalendarDay
from tracker.permissions import Actor
from tracker.services import audit, fanout, phases, plan_rows, seed_services, seed_terms
from tracker.services.seed_contingencies import (
    add_contingency_duties,
    read_contingency_duties,
)
from tracker.services.seed_files import PlanSeed, Seed, read_seed
from tracker.services.seed_units import UnitSeed

SEED_FOLDER = Path(__file__).resolve().parents[2] / "seed"
REPORT_AT = time(22, 0)


@dataclass(frozen=True)
class SeedResult:
    """The plan, whether this call made it, how many assignments it laid on units, and how many
    phases it added as drafts."""

    plan: Plan
    created: bool
    assignments: int
    phases: int


def seed(folder: Path, now: datetime, actor: Actor, password_hash: str | None = None) -> SeedResult:
    """Load a seed folder and publish its plan at `now` (aware).

    1. Read and check every file; a SeedError leaves the database untouched. Of processes that seed
       at once, one after the other.
    2. A plan of that code is there already: change nothing of it, whatever the folder says. What it
       is older than is added: its phases, duties of its contingencies, terms, services.
    3. Add missing units, people (with `password_hash`) and posts; existing ones stay as they are.
    4. Write the plan, its rows, duties, ladder and contingencies, and lay the duties on the units;
       the plans of its later phases wait as drafts.

    Flushes, does not commit.
    """
    content = read_seed(folder)
    terms = seed_terms.read_terms(folder)
    services = seed_services.read_services(folder, {task.number for task in content.tasks})
    cases = {case.number for response in content.responses for case in response.cases}
    in_case = read_contingency_duties(folder, cases)
    take_turn(START)
    existing = db.session.scalar(select(Plan).where(Plan.code == content.plan.code))
    plan = existing or _add_all(content, now, password_hash)
    seed_terms.add(terms, now)
    seed_services.add(services, plan)
    add_contingency_duties(plan, in_case)
    assignments = 0
    if existing is None:
        audit.record(actor, now, "plan.published", "plan", plan.id, code=plan.code)
        assignments = fanout.lay_out(plan, actor, now)
    added = phases.add(content, plan, actor, now)
    return SeedResult(plan, created=existing is None, assignments=assignments, phases=added)


def _add_all(content: Seed, now: datetime, password_hash: str | None) -> Plan:
    """Units, people and the plan itself."""
    _require_same_kinds(content.units)
    units = _add_units(content)
    _add_people(content, units, now, password_hash)
    plan = _add_plan(content.plan, now)
    plan_rows.add_matrix(plan, content.tasks, content.duties, content.groups)
    plan_rows.add_ladder(plan, content.rules)
    plan_rows.add_contingencies(plan, content.responses)
    _add_calendar(content)
    db.session.flush()
    return plan


def _require_same_kinds(units: tuple[UnitSeed, ...]) -> None:
    """Refuses a unit that the database knows as another kind: its duties would go elsewhere."""
    known = {unit.code: unit.kind for unit in db.session.scalars(select(Unit))}
    for unit in units:
        if known.get(unit.code, unit.kind) is not unit.kind:
            reason = f"{unit.code} exists already as {known[unit.code].value}"
            raise SeedError("units.csv", unit.row, "kind", reason)


def _add_units(content: Seed) -> Mapping[str, Unit]:
    units = {unit.code: unit for unit in db.session.scalars(select(Unit))}
    last = max((unit.position for unit in units.values()), default=0)
    for position, unit in enumerate(content.units, start=last + 1):
        if unit.code not in units:
            cluster, cluster_en = unit.cluster or (None, None)
            units[unit.code] = Unit(
                code=unit.code,
                kind=unit.kind,
                name=unit.name,
                name_en=unit.name_en,
                position=position,
                cluster=cluster,
                cluster_en=cluster_en,
            )
            db.session.add(units[unit.code])
    db.session.flush()
    for unit in content.units:
        if unit.university is not None:
            units[unit.code].parent_id = units[unit.university].id
    db.session.flush()
    return units


def _add_people(
    content: Seed, units: Mapping[str, Unit], now: datetime, password_hash: str | None
) -> None:
    known = {user.email: user for user in db.session.scalars(select(User))}
    held = {
        (post.user_id, post.unit_id, post.post) for post in db.session.scalars(select(Membership))
    }
    for person in content.people:
        user = known.get(person.email)
        if user is None:
            user = User(
                email=person.email,
                name=person.name,
                name_en=person.name_en,
                is_observer=person.observer,
                password_hash=password_hash,
                created_at=now,
            )
            db.session.add(user)
            db.session.flush()
        for code, post in person.posts:
            if (user.id, units[code].id, post) not in held:
                db.session.add(Membership(user=user, unit=units[code], post=post))


def _add_plan(plan: PlanSeed, now: datetime) -> Plan:
    row = Plan(
        code=plan.code,
        title=plan.title,
        title_en=plan.title_en,
        issuer=plan.issuer,
        issued_on=plan.issued_on,
        launches_on=plan.launches_on,
        zone=plan.zone,
        published_at=now,
        report_at=REPORT_AT,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _add_calendar(content: Seed) -> None:
    """Days that the office has not spoken of itself."""
    known = set(db.session.scalars(select(CalendarDay.day)))
    db.session.add_all(
        CalendarDay(day=day, working=seed.working, note=seed.note)
        for day, seed in content.days.items()
        if day not in known
    )
