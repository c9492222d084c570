"""A list read against the roster: shown first, taken as it was shown, and taken once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from tracker.db import db
from tracker.domain import text
from tracker.domain.errors import N_, InvalidInput, NotPermitted, StaleDifference
from tracker.domain.rosters import (
    Difference,
    Known,
    Listed,
    difference,
    fingerprint,
    key_of,
)
from tracker.domain.vocabulary import UnitKind
from tracker.models.org import Unit
from tracker.models.plan import Task
from tracker.models.roster import RosterImport, RosterItem
from tracker.permissions import Actor, colleges_of, roster_reach
from tracker.pinyin import search_words
from tracker.queries import rosters as rosters_read
from tracker.services import audit, plans, rosters
from tracker.services.roster_files import plain

MOST_ROWS = 50_000


def require_import(task: Task, unit: Unit | None, actor: Actor) -> None:
    """The whole row's list: academic affairs, or an office that answers for the row. One college's
    own: that college as well. Raises NotPermitted."""
    reach = roster_reach(actor, rosters_read.counting_offices(task.id))
    if task.counts is None or actor.is_observer:
        raise NotPermitted(N_("Only who keeps this roster can change it."))
    own = unit is not None and unit.id in reach and unit.id in colleges_of(actor)
    if not (reach.keeps or own):
        raise NotPermitted(N_("Only who keeps this roster can change it."))


def preview(
    task: Task,
    unit: Unit | None,
    actor: Actor,
    now: datetime,
    *,
    source: str,
    listed: Sequence[Listed],
    missing_only: bool = False,
) -> RosterImport:
    """Keep a list for its confirmation; the roster stays as it is. `unit`: whose own list it is,
    None: the whole row's. `source`: the file's name. `missing_only`: the list says nothing of the
    names that are done, so they stay. Raises NotPermitted, InvalidInput."""
    require_import(task, unit, actor)
    plans.enter(task.plan_id)
    if not listed:
        raise InvalidInput("file", N_("The list has no rows."))
    if len(listed) > MOST_ROWS:
        raise InvalidInput("file", N_("The list has more than %(max)s rows."), max=MOST_ROWS)
    if missing_only and unit is None:
        listed = [*listed, *_done_besides(task.id, listed)]
    assert actor.user_id is not None  # Whoever may import is a person.
    imported = RosterImport(
        task_id=task.id,
        unit_id=unit.id if unit else None,
        user_id=actor.user_id,
        at=now,
        source=text.line(source, 120),
        rows=[[row.key, row.label, row.unit_code, row.detail, row.at] for row in listed],
        shown="",
    )
    imported.shown = fingerprint(show(imported))
    db.session.add(imported)
    db.session.flush()
    return imported


def _done_besides(task_id: int, listed: Sequence[Listed]) -> list[Listed]:
    """The names that are done, as they are kept, unless the list names them."""
    named = {key_of(row.key) for row in listed}
    return [
        Listed(item.key, *item.words, "–")
        for item in _known(task_id).values()
        if item.done and not item.dropped and item.key not in named
    ]


def show(imported: RosterImport) -> Difference:
    """What the list would change as things stand now."""
    units = _units()
    own = {unit_id: code for code, unit_id in units.items()}.get(imported.unit_id or 0)
    listed = [Listed(*row) for row in imported.rows]
    return difference(_known(imported.task_id).values(), listed, units.keys(), own)


def show_anew(imported: RosterImport, actor: Actor) -> None:
    """After the roster changed: what is shown next is what may be confirmed."""
    if imported.user_id != actor.user_id:
        raise NotPermitted(N_("Only who keeps this roster can change it."))
    imported.shown = fingerprint(show(imported))
    db.session.flush()


def colleges() -> Sequence[Unit]:
    """Whose names a list may hold."""
    return db.session.scalars(select(Unit).where(Unit.kind == UnitKind.COLLEGE)).all()


def spellings() -> dict[str, str]:
    """How a college may be written in a list, by code or either name -> its code. Many have no
    English name: an empty cell is none of them."""
    spelled = ((unit.code, (unit.name_en, unit.name, unit.code)) for unit in colleges())
    return {plain(word): code for code, words in spelled for word in words if plain(word)}


def confirm(
    imported: RosterImport, actor: Actor, now: datetime, *, leave_doubtful: bool
) -> Difference:
    """Take the list. Ticks stay, a name that comes back has its old tick, and reports that are no
    longer borne out fall back. Confirmed again, nothing changes and the answer is empty.

    Raises NotPermitted, StaleDifference where the difference is no longer what was shown, and
    InvalidInput where rows are doubtful and `leave_doubtful` is not said.
    """
    task = db.session.get_one(Task, imported.task_id)
    unit = db.session.get(Unit, imported.unit_id) if imported.unit_id else None
    require_import(task, unit, actor)
    plans.enter(task.plan_id)
    db.session.refresh(imported)
    if imported.confirmed_at is not None:
        return Difference()
    found = show(imported)
    if fingerprint(found) != imported.shown:
        raise StaleDifference
    if found.doubtful and not leave_doubtful:
        raise InvalidInput(
            "leave_doubtful", N_("Some rows are doubtful: mend the list, or leave them out.")
        )
    imported.confirmed_at = now
    _apply(task, found, now)
    rosters.count_anew(task)
    db.session.expire_all()
    rosters.settle(task, actor, now)
    whose = unit.code if unit else None
    said = {"source": imported.source, "unit": whose, **_keys(found)}
    audit.record(actor, now, "roster.imported", "task", task.id, **said)
    db.session.flush()
    return found


def _keys(found: Difference) -> dict[str, list[str]]:
    return {
        "added": [row.key for row in found.added],
        "changed": [row.key for _, row in found.changed],
        "dropped": [item.key for item in found.dropped],
    }


def _apply(task: Task, found: Difference, now: datetime) -> None:
    """In a fixed number of statements, whatever the number of rows."""
    units = _units()
    ids = _ids(task.id)
    written = [*found.added, *(row for _, row in found.changed)]
    known = [_values(row, units) | {"id": ids[row.key]} for row in written if row.key in ids]
    new = [_values(row, units) | {"task_id": task.id} for row in written if row.key not in ids]
    if known:
        db.session.execute(update(RosterItem), known)
    if new:
        db.session.execute(insert(RosterItem), new)
    if found.dropped:
        gone = [{"id": ids[item.key], "dropped_at": now} for item in found.dropped]
        db.session.execute(update(RosterItem), gone)


def _values(row: Listed, units: Mapping[str, int]) -> dict[str, object]:
    return {
        "unit_id": units[row.unit_code],
        "key": row.key,
        "label": row.label,
        "detail": row.detail,
        "search": search_words(row.key, row.label, row.detail),
        "dropped_at": None,
    }


def _units() -> dict[str, int]:
    """Who can hold names: the colleges, by code."""
    rows = db.session.execute(select(Unit.code, Unit.id).where(Unit.kind == UnitKind.COLLEGE))
    return dict(rows.all())


def _ids(task_id: int) -> dict[str, int]:
    rows = db.session.execute(
        select(RosterItem.key, RosterItem.id).where(RosterItem.task_id == task_id)
    )
    return dict(rows.all())


def _known(task_id: int) -> dict[str, Known]:
    rows = db.session.execute(
        select(
            RosterItem.key,
            RosterItem.label,
            Unit.code,
            RosterItem.detail,
            RosterItem.done_at,
            RosterItem.dropped_at,
        )
        .join(Unit, Unit.id == RosterItem.unit_id)
        .where(RosterItem.task_id == task_id)
        .order_by(RosterItem.key)
    )
    return {
        key: Known(key, label, code, detail, done_at is not None, dropped_at is not None)
        for key, label, code, detail, done_at, dropped_at in rows
    }
