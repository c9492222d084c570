"""Words about persons taken out of what was written, in every table, the record and the frozen
reports among them. What was done, when and how often stays."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, cast, or_, select, update

from tracker.db import db
from tracker.domain.audit import Entry, as_erased
from tracker.domain.personal_data import Eraser
from tracker.domain.reports import digest
from tracker.models.audit import AuditEvent
from tracker.models.report import Report
from tracker.models.roster import RosterItem
from tracker.permissions import Actor
from tracker.pinyin import search_words
from tracker.queries.audit import EVENTS_ERASED, REPORT_ERASED, entry_of
from tracker.queries.personal_data import Place, places
from tracker.services import audit

Rewrite = Callable[[Any], Any]
_ALONE = frozenset((AuditEvent.__tablename__, Report.__tablename__))
"""Tables that only grow: they are erased in their own way."""
_AT_ONCE = 400


def everywhere(rewrite: Eraser, own: Eraser, user_id: int | None) -> int:
    """Texts of every table as `rewrite` leaves them, and as `own` does in the rows that point at
    the account. How many rows changed. Neither the record nor reports: see below."""
    changed = 0
    for place in places():
        if place.table.name not in _ALONE:
            changed += _rewrite(place, rewrite, own, user_id)
    db.session.expire_all()
    for item in db.session.scalars(select(RosterItem).where(RosterItem.search == "")):
        item.search = search_words(item.key, item.label, item.detail)
    db.session.flush()
    return changed


def _rewrite(place: Place, rewrite: Eraser, own: Eraser, user_id: int | None) -> int:
    words = (*place.texts, *place.documents)
    if not words:
        return 0
    keys = tuple(place.table.primary_key.columns)
    changed = 0
    rows = select(*keys, *words, *place.accounts)
    if not place.documents:
        rows = rows.where(or_(*_candidates(place, own.looked_for)))
    for row in db.session.execute(rows).mappings().all():
        mine = user_id is not None and any(row[each] == user_id for each in place.accounts)
        eraser = own if mine else rewrite
        said = {each: _fitting(each, eraser.value(row[each])) for each in words if row[each]}
        said = {each: new for each, new in said.items() if new != row[each]}
        if not said:
            continue
        if place.table.name == RosterItem.__tablename__:
            said[place.table.c.search] = ""
        here = and_(*(key == row[key] for key in keys))
        db.session.execute(update(place.table).where(here).values(said))
        changed += 1
    return changed


def _candidates(place: Place, looked_for: Iterable[str]) -> list[Any]:
    """Rows in which a word may stand, found by the database."""
    return [
        column.icontains(word, autoescape=True) for column in place.texts for word in looked_for
    ]


def said_of(user_id: int | None, looked_for: Iterable[str]) -> Any:
    """Events that are an account's or hold one of the words. JSON is kept with its letters
    escaped."""
    written = cast(AuditEvent.detail, Text)
    found = [AuditEvent.user_id == user_id] if user_id is not None else []
    for word in looked_for:
        found.append(AuditEvent.actor.icontains(word, autoescape=True))
        found.append(written.icontains(json.dumps(word)[1:-1], autoescape=True))
    return or_(*found)


def _fitting(column: Any, value: Any) -> Any:
    length = getattr(column.type, "length", None)
    return value[:length] if length and isinstance(value, str) else value


def events(rewrite: Callable[[Entry], Entry], actor: Actor, now: datetime, where: Any) -> int:
    """What events of the record say, as `rewrite` leaves it; that they were changed is itself an
    event. How many were."""
    noted: dict[str, str] = {}
    for row in db.session.scalars(select(AuditEvent).where(where).order_by(AuditEvent.id)).all():
        before = entry_of(row)
        after = rewrite(before)
        if after != before:
            row.actor, row.detail, row.salt = after.actor[:120], dict(after.detail), None
            row.erasures += 1
            noted[str(row.id)] = as_erased(entry_of(row))
    db.session.flush()
    ids = list(noted)
    for first in range(0, len(ids), _AT_ONCE):
        some = {each: noted[each] for each in ids[first : first + _AT_ONCE]}
        audit.record(actor, now, EVENTS_ERASED, "audit", int(ids[first]), events=some)
    return len(noted)


def reports(rewrite: Rewrite, actor: Actor, now: datetime, where: Any) -> int:
    """The same of frozen reports' contents."""
    changed = 0
    for report in db.session.scalars(select(Report).where(where).order_by(Report.id)).all():
        facts = json.loads(report.content)
        after = rewrite(facts)
        if after == facts:
            continue
        report.content = json.dumps(
            after, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        report.digest = digest(report.content)
        report.erasures += 1
        audit.record(actor, now, REPORT_ERASED, "report", report.id, digest=report.digest)
        changed += 1
    db.session.flush()
    return changed
