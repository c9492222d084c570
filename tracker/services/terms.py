"""What the school sets of a term's key dates, and who is reminded of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select, update

from tracker.db import db
from tracker.domain.cutoffs import CAMPUS_ZONE, to_wall
from tracker.domain.errors import N_, IllegalStep, InvalidInput
from tracker.domain.term import (
    COUNTED,
    Days,
    Own,
    TermItem,
    require_fit,
    require_results,
)
from tracker.domain.term_reminders import DueReminder, due_reminders
from tracker.domain.vocabulary import Audience, NoticeKind, UnitKind
from tracker.models.org import Unit
from tracker.models.term import Term, TermDate, TermReminder
from tracker.permissions import Actor, require_administer
from tracker.queries.holders import reached
from tracker.queries.terms import own_of, resolved_of, rules_of, terms
from tracker.services import audit, notices


def set_own(
    each: TermDate, opens: date | None, closes: date | None, actor: Actor, now: datetime
) -> None:
    """The school's own window; a half left unset is the standard's, or for what counts from the
    results, theirs. Raises NotPermitted, InvalidInput."""
    require_administer(actor)
    with _changing(each.term, now):
        counted = each.item in COUNTED
        if not counted and opens is None and closes is None:
            raise InvalidInput("opens", N_("Enter at least one of the two days."))
        own = Own(Days(opens, closes), counted, each.allowed)
        rules = rules_of(each.term)
        require_fit(replace(rules, own={**rules.own, each.item: own}), each.item)
        if own == own_of(each):
            return
        each.own_opens, each.own_closes, each.counted = opens, closes, counted
        _record(each, actor, now, opens=str(opens), closes=str(closes))


def set_allowed(each: TermDate, allowed: bool, actor: Actor, now: datetime) -> None:
    """Whether the school holds make-up exams. Raises NotPermitted."""
    require_administer(actor)
    if each.item is not TermItem.MAKEUP_ALLOWED:
        raise IllegalStep(N_("This row has days, not a yes or no."))
    with _changing(each.term, now):
        if each.allowed is not allowed:
            each.allowed = allowed
            _record(each, actor, now, allowed=allowed)


def clear_own(each: TermDate, actor: Actor, now: datetime) -> None:
    """Back to the standard. Said twice, nothing changes (B-17)."""
    require_administer(actor)
    with _changing(each.term, now):
        if own_of(each) != Own():
            each.own_opens = each.own_closes = each.allowed = None
            each.counted = False
            audit.record(actor, now, "term_date.cleared", "term_date", each.id, item=each.item)
            db.session.flush()


def set_results(term: Term, day: date | None, actor: Actor, now: datetime) -> None:
    """The day on which the school's results come out; None: it is not known (yet). Raises
    NotPermitted, InvalidInput."""
    require_administer(actor)
    with _changing(term, now):
        require_results(replace(rules_of(term), results_on=day))
        if term.results_on != day:
            earlier, term.results_on = term.results_on, day
            said = {"earlier": str(earlier), "later": str(day)}
            audit.record(actor, now, "term.results_set", "term", term.id, **said)
            db.session.flush()


def _record(each: TermDate, actor: Actor, now: datetime, **detail: object) -> None:
    audit.record(actor, now, "term_date.set", "term_date", each.id, item=each.item, **detail)
    db.session.flush()


@contextmanager
def _changing(term: Term, now: datetime) -> Iterator[None]:
    """Changes of one term queue on its row. Rows whose window is another afterwards, also by what
    was set for another row, have changed now: only what lies ahead is reminded of."""
    db.session.execute(update(Term).where(Term.id == term.id).values(code=Term.code))
    db.session.refresh(term)
    for each in term.dates:
        db.session.refresh(each)
    before = resolved_of(term)
    yield
    after = resolved_of(term)
    for each in term.dates:
        if before[each.item].window != after[each.item].window:
            each.changed_at, each.changes = now, each.changes + 1
    db.session.flush()


def note(now: datetime) -> None:
    """Note down whom to tell that a window opens or closes soon (campus time), once each."""
    for term in terms():
        changed = {each.item: to_wall(each.changed_at, CAMPUS_ZONE) for each in term.dates}
        due = due_reminders(resolved_of(term).values(), changed, to_wall(now, CAMPUS_ZONE))
        for reminder in due:
            each = next(each for each in term.dates if each.item is reminder.item)
            _remind(each, reminder, now)


def _remind(each: TermDate, due: DueReminder, now: datetime) -> None:
    key = {"term_date_id": each.id, "edge": due.edge, "day": due.day, "ahead": due.ahead}
    if db.session.scalar(select(TermReminder.id).filter_by(**key)) is not None:
        return
    said = TermReminder(**key, at=now)
    db.session.add(said)
    db.session.flush()
    offices = db.session.scalars(select(Unit.id).where(Unit.kind == UnitKind.ACADEMIC_AFFAIRS))
    people = reached(list(offices), frozenset({Audience.CONTACTS, Audience.LEADS}), now)
    notices.tell(NoticeKind.TERM_DATE, said.id, people, now)
