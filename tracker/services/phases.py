"""The later horizons of a seeded notice: plans of their own, which wait as drafts."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.vocabulary import Phase
from tracker.models.audit import AuditEvent
from tracker.models.plan import Plan
from tracker.permissions import Actor
from tracker.services import audit, plan_rows
from tracker.services.seed_files import Seed


def add(content: Seed, parent: Plan, actor: Actor, now: datetime) -> int:
    """Drafts under the plan, of those that are not there and were not discarded. How many."""
    discarded = select(AuditEvent.detail).where(AuditEvent.action == "plan.discarded")
    known = {detail.get("code") for detail in db.session.scalars(discarded)}
    known |= set(db.session.scalars(select(Plan.code)))
    fresh = [phase for phase in content.phases if phase.code not in known]
    for phase in fresh:
        plan = Plan(
            code=phase.code,
            title=phase.title,
            title_en=phase.title_en,
            issuer=parent.issuer,
            issued_on=parent.issued_on,
            launches_on=parent.launches_on,
            zone=parent.zone,
            parent_id=parent.id,
            phase=phase.phase,
            report_at=parent.report_at,
        )
        db.session.add(plan)
        db.session.flush()
        plan_rows.add_matrix(plan, phase.tasks, phase.duties, {})
        plan_rows.add_ladder(plan, content.rules)
        audit.record(actor, now, "plan.drafted", "plan", plan.id, code=plan.code)
    if fresh and parent.phase is None:
        parent.phase = Phase.FIRST_DAY
    db.session.flush()
    return len(fresh)
