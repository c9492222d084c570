"""`terms.csv` and `term_dates.csv`: the key dates of a term, as the platform's letter has them."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from tracker.db import db
from tracker.domain.term import TermItem
from tracker.models.term import Term, TermDate
from tracker.services.seed_csv import WHOLE_ROW, Row, read_rows

TERMS, DATES = "terms.csv", "term_dates.csv"
_TERM = ("code", "title", "title_en", "source", "source_en", "opens", "closes")
_DATE = ("term", "item", "title", "title_en", "own", "own_en", "standard", "standard_en")
_DATES = (*_DATE, "opens", "closes")
_DAYLESS = (TermItem.MAKEUP_ALLOWED,)


def read_terms(folder: Path) -> list[Term]:
    """With their dates, none of them in the session. Raises SeedError."""
    terms: dict[str, Term] = {}
    for row in read_rows(folder, TERMS, _TERM):
        code = row.text("code", 40)
        row.new("code", code, terms)
        terms[code] = _term(row, code)
    known: set[tuple[str, TermItem]] = set()
    for row in read_rows(folder, DATES, _DATES):
        code, item = row.text("term", 40), row.member("item", TermItem)
        if code not in terms:
            raise row.refuse("term", f"{TERMS} has no term {code!r}")
        row.new(WHOLE_ROW, (code, item), known)
        known.add((code, item))
        terms[code].dates.append(_date(row, item, terms[code]))
    return list(terms.values())


def add(terms: list[Term], now: datetime) -> None:
    """Those that the database has not: what the school set stays as it is (B-50)."""
    known = set(db.session.scalars(select(Term.code)))
    for term in terms:
        if term.code not in known:
            for each in term.dates:
                each.changed_at = now
            db.session.add(term)
    db.session.flush()


def _term(row: Row, code: str) -> Term:
    opens, closes = row.day("opens"), row.day("closes")
    if closes < opens:
        raise row.refuse("closes", "is before opens")
    words = {column: row.text(column, 120) for column in ("title", "title_en")}
    words |= {column: row.text(column, 200) for column in ("source", "source_en")}
    return Term(code=code, opens=opens, closes=closes, **words)


def _date(row: Row, item: TermItem, term: Term) -> TermDate:
    days = _days(row, term)
    if item in _DAYLESS and any(days.values()):
        raise row.refuse("opens", f"{item.value} has no days")
    return TermDate(
        item=item,
        position=len(term.dates) + 1,
        title=row.text("title", 120),
        title_en=row.text("title_en", 120),
        own_text=row.text("own", 300),
        own_text_en=row.text("own_en", 300),
        standard_text=row.text("standard", 300),
        standard_text_en=row.text("standard_en", 300),
        **days,
    )


def _days(row: Row, term: Term) -> Mapping[str, date | None]:
    days: dict[str, date | None] = {}
    for column in ("opens", "closes"):
        day = row.day(column) if row.text(column, 10, required=False) else None
        if day is not None and not term.opens <= day <= term.closes:
            raise row.refuse(column, f"lies outside the term ({term.opens} to {term.closes})")
        days[f"standard_{column}"] = day
    first, last = days.values()
    if first is not None and last is not None and last < first:
        raise row.refuse("closes", "is before opens")
    return days
