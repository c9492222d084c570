"""The key dates of a term, each with what holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tracker.db import db
from tracker.domain.term import Days, Own, Resolved, Rules, Span, TermItem, resolve_all, subjective
from tracker.domain.term_order import Disorder, disorders
from tracker.models.term import Term, TermDate


@dataclass(frozen=True)
class TermRow:
    """A row of the platform's table with what holds for it."""

    date: TermDate
    own: Own
    resolved: Resolved

    @property
    def is_own(self) -> bool:
        """The school changed it."""
        return self.own != Own()


@dataclass(frozen=True)
class TermView:
    """`subjective`: within which days subjective questions are examined again, if that is
    known; `disorders`: what does not follow from what comes before it."""

    term: Term
    rows: tuple[TermRow, ...]
    allows_makeup: bool
    subjective: Span | None
    disorders: tuple[Disorder, ...]

    def out_of_order(self, item: TermItem) -> list[Disorder]:
        return [each for each in self.disorders if each.item is item]

    @property
    def changed(self) -> int:
        return sum(row.is_own for row in self.rows)


def terms() -> Sequence[Term]:
    """The latest first."""
    statement = select(Term).options(selectinload(Term.dates))
    return db.session.scalars(statement.order_by(Term.opens.desc(), Term.id.desc())).all()


def current(today: date) -> Term | None:
    """The latest term that has begun, else the next to come."""
    known = terms()
    begun = [term for term in known if term.opens <= today]
    return begun[0] if begun else known[-1] if known else None


def rules_of(term: Term) -> Rules:
    return Rules(
        Span(term.opens, term.closes),
        {each.item: Days(each.standard_opens, each.standard_closes) for each in term.dates},
        {each.item: own_of(each) for each in term.dates},
        term.results_on,
    )


def own_of(each: TermDate) -> Own:
    return Own(Days(each.own_opens, each.own_closes), each.counted, each.allowed)


def resolved_of(term: Term) -> dict[TermItem, Resolved]:
    return resolve_all(rules_of(term))


def view(term: Term) -> TermView:
    rules, resolved = rules_of(term), resolved_of(term)
    rows = (TermRow(each, own_of(each), resolved[each.item]) for each in term.dates)
    out = tuple(disorders(rules))
    return TermView(term, tuple(rows), rules.allows_makeup, subjective(rules), out)
