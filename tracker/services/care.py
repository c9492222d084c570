"""Writing a student's record. Its words go into the record alone: the trail of the house says that
it changed and who did it."""

from dataclasses import dataclass
from datetime import datetime

from tracker.care_permissions import require_care
from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import StaleVersion
from tracker.models.care import CareRecord
from tracker.models.plan import Task
from tracker.models.roster import RosterItem
from tracker.permissions import Actor
from tracker.queries.care import record_of
from tracker.services import audit, plans

TEXT_MAX = 2000


@dataclass(frozen=True)
class Words:
    """现状与需求, 帮扶措施, 效果."""

    need: str
    help: str
    outcome: str


def write(
    item: RosterItem, actor: Actor, now: datetime, *, seen_version: int, words: Words
) -> None:
    """`seen_version`: 0 for who saw no record yet. Raises NotPermitted, PlanAtRest,
    StaleVersion, InvalidInput. What stands there already, written again, changes nothing (B-17)."""
    require_care(actor, item)
    words = Words(
        text.optional("need", words.need, TEXT_MAX),
        text.optional("help", words.help, TEXT_MAX),
        text.optional("outcome", words.outcome, TEXT_MAX),
    )
    plans.enter(db.session.get_one(Task, item.task_id).plan_id)
    db.session.refresh(item)
    require_care(actor, item)  # Perhaps the name has left the list meanwhile.
    record = record_of(item)
    current = record.version if record is not None else 0
    stands = Words(record.need, record.help, record.outcome) if record else Words("", "", "")
    if stands == words:
        return
    if seen_version != current:
        raise StaleVersion(seen_version, current)
    if record is None:
        record = CareRecord(roster_item_id=item.id, unit_id=item.unit_id)
        db.session.add(record)
    record.need, record.help, record.outcome = words.need, words.help, words.outcome
    assert actor.user_id is not None  # The system cares for nobody.
    record.updated_by, record.updated_at, record.version = actor.user_id, now, current + 1
    db.session.flush()
    audit.record(actor, now, "care.written", "care", record.id, version=record.version)
