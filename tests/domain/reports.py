"""Reports for the tests: as large and as odd as one likes."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from tracker.domain.notices import Bilingual
from tracker.domain.reports import (
    FORMAT,
    Facts,
    Gap,
    Missed,
    ReportCell,
    ReportDay,
    ReportRow,
    ReportUnit,
    ReportUrge,
    Since,
)
from tracker.domain.vocabulary import DutyRole, Health, Light, UnitKind

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40)
names = st.builds(Bilingual, words.map("名{}".format), words.map("N{}".format))
numbers = st.integers(0, 99_999)
instants = st.datetimes(datetime(2020, 2, 20), datetime(2020, 3, 1), timezones=st.just(UTC))
days = st.builds(
    ReportDay,
    st.dates(date(2020, 2, 20), date(2020, 2, 29)),
    st.none() | st.sampled_from(Health),
    st.booleans(),
)

counts = st.integers(0, 300)
sinces = st.builds(
    Since,
    number=st.integers(1, 999),
    at=instants,
    settled=counts,
    overdue=counts,
    returned=counts,
    lacking=counts,
    reopened=counts,
    same=st.booleans(),
)


@st.composite
def facts(draw: st.DrawFn, most_units: int = 30, most_rows: int = 20) -> Facts:
    count = draw(st.integers(1, most_units))
    units = tuple(
        ReportUnit(f"u{n}", draw(st.sampled_from(UnitKind)), draw(names), 0, 0)
        for n in range(count)
    )
    codes = [unit.code for unit in units]
    some = st.lists(st.sampled_from(codes), unique=True, max_size=count)
    rows = tuple(
        draw(_row(number, some)) for number in range(1, draw(st.integers(1, most_rows)) + 1)
    )
    cells = tuple(
        draw(_cell(place, draw(st.sampled_from(codes)), draw(st.sampled_from(rows)).number))
        for place in range(draw(st.integers(0, 40)))
    )
    at = draw(instants)
    due = draw(st.none() | st.timedeltas(timedelta(0), timedelta(hours=12)))
    asked = draw(numbers)
    return Facts(
        format=FORMAT,
        plan_id=1,
        plan=draw(names),
        zone="Asia/Shanghai",
        changes=draw(numbers),
        number=draw(st.integers(1, 999)),
        previous=draw(st.none() | st.integers(1, 999)),
        since=draw(st.none() | sinces),
        at=at,
        due_on=None if due is None else date(2020, 2, 22),
        due_at=None if due is None else at - due,
        asked_by=draw(st.none() | names),
        settled=draw(st.integers(0, asked)),
        asked=asked,
        units=units,
        rows=rows,
        cells=cells,
        urged=draw(numbers),
        answered=draw(numbers),
        urges=tuple(draw(st.lists(_urge(codes, rows), max_size=3))),
        audit_event=draw(numbers),
        audit_head="0" * 64,
    )


def _row(number: int, some: st.SearchStrategy[list[str]]) -> st.SearchStrategy[ReportRow]:
    missed = st.builds(Missed, words, words, words)
    gaps = some.flatmap(
        lambda codes: st.tuples(
            *(
                st.builds(Gap, st.just(code), st.integers(1, 9999), st.tuples(missed))
                for code in codes
            )
        )
    )
    return st.builds(
        ReportRow,
        number=st.just(number),
        title=names,
        deadline_text=words,
        due_at=instants,
        counts=st.none() | names,
        done=st.none() | numbers,
        total=st.none() | numbers,
        settled=numbers,
        asked=numbers,
        silent=some.map(tuple),
        gaps=gaps,
    )


def _cell(place: int, unit: str, row: int) -> st.SearchStrategy[ReportCell]:
    return st.builds(
        ReportCell,
        id=st.just(place),
        rows=st.just((row,)),
        unit=st.just(unit),
        role=st.sampled_from(DutyRole),
        light=st.sampled_from(Light),
        counted=st.booleans(),
        done=st.none() | numbers,
        total=st.none() | numbers,
        due_at=instants,
        days=st.lists(days, max_size=3).map(tuple),
    )


def _urge(codes: list[str], rows: tuple[ReportRow, ...]) -> st.SearchStrategy[ReportUrge]:
    return st.builds(
        ReportUrge,
        at=instants,
        by=names,
        unit=st.sampled_from(codes),
        row=st.sampled_from([row.number for row in rows]),
        number=numbers,
        opened=st.booleans(),
        answer=words,
    )
