"""What some units have to do, in piles. Two queries, one more where they inspect and one
more where they hold a standing duty, whatever the number of duties.

A person's page covers the units they hold a post in, not all that they may see: academic affairs
find their own duties there and everybody's on the board.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row

from tracker.domain import lifecycle
from tracker.domain.digests import pile_of
from tracker.domain.progress import Progress, spoken
from tracker.domain.readiness import Inspection, light
from tracker.domain.vocabulary import Cadence, DutyRole, Light, Pile, State
from tracker.queries import holdings, rosters
from tracker.queries.holdings import Day, Said
from tracker.queries.inspections import Reviewed, inspection_of
from tracker.queries.rosters import Tallies


@dataclass(frozen=True)
class DutyCard:
    """One duty of one unit. `counts` names what is counted; `listed`: where a roster gives the
    number, how many of its names are done. `sources`: the reports an INSPECT duty waits for.
    `asks`: the unit is to act now. `of_case`: a contingency asks it, not the notice. `is_late`:
    its cut-off has passed meanwhile."""

    assignment_id: int
    version: int
    plan_id: int
    plan_title: str
    plan_title_en: str
    unit_id: int
    task_id: int
    zone: str
    of_case: bool
    task_numbers: tuple[int, ...]
    title: str
    title_en: str
    text: str
    text_en: str
    deadline_text: str
    opens_at: datetime | None
    due_at: datetime
    role: DutyRole
    cadence: Cadence
    report_on: int | None
    report_by: time | None
    open_ended: bool
    state: State
    light: Light
    pile: Pile
    counted: bool
    count: int | None
    target: int | None
    counts: str | None
    counts_en: str | None
    listed: Progress | None
    sources: Inspection | None
    said: Said | None
    days: tuple[Day, ...]
    asks: bool
    is_late: bool

    @property
    def missing_days(self) -> tuple[date, ...]:
        return tuple(day.day for day in self.days if day.asked and day.health is None)

    @property
    def tickable(self) -> bool:
        """It is ticked once and is not ticked yet."""
        return self.cadence is Cadence.ONCE and lifecycle.is_open(self.role, self.state)

    @property
    def undoable(self) -> bool:
        return self.cadence is Cadence.ONCE and self.role.ticked and self.state is State.DONE


@dataclass(frozen=True)
class UnitDuties:
    """One unit's duties; every pile is there, in order, empty ones too."""

    id: int
    code: str
    name: str
    name_en: str
    piles: Mapping[Pile, tuple[DutyCard, ...]]

    def asking(self, pile: Pile) -> int:
        return sum(card.asks for card in self.piles[pile])


@dataclass(frozen=True)
class Mine:
    """`units` in the notice's order."""

    units: tuple[UnitDuties, ...]

    @property
    def cards(self) -> list[DutyCard]:
        return [card for unit in self.units for pile in unit.piles.values() for card in pile]

    @property
    def asking(self) -> list[DutyCard]:
        """What is to be done now, the earliest cut-off first."""
        return sorted((card for card in self.cards if card.asks), key=lambda card: card.due_at)

    @property
    def several(self) -> bool:
        """Whether more than one notice asks something."""
        return len({card.plan_id for card in self.cards}) > 1

    @property
    def late(self) -> int:
        return sum(card.is_late for card in self.asking)

    @property
    def next_due(self) -> datetime | None:
        """The next cut-off still ahead of what is to be done."""
        return next((card.due_at for card in self.asking if not card.is_late), None)


def mine(unit_ids: Collection[int], now: datetime) -> Mine:
    """The piles of these units at `now` (aware); empty where nothing is asked of them."""
    by_assignment: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in holdings.duties(unit_ids, now):
        by_assignment[row.id].append(row)
    if not by_assignment:
        return Mine(())
    duties = list(by_assignment.values())
    said = holdings.reports(unit_ids, now)
    states = days = None
    counted = {rows[0].plan_id for rows in duties if rows[0].counted}
    tallies = rosters.tallies(counted) if counted else {}
    if any(rows[0].role is DutyRole.INSPECT for rows in duties):
        campuses = {rows[0].campus for rows in duties}
        states = holdings.reviewed_states(unit_ids, campuses, now)
    if any(rows[0].cadence.recurs for rows in duties):
        days = holdings.check_ins(unit_ids, now)
    units: dict[int, tuple[Row[Any], list[DutyCard]]] = {}
    for rows in duties:
        card = _card(rows, said.get(rows[0].id), states or {}, days or {}, tallies, now)
        units.setdefault(card.unit_id, (rows[0], []))[1].append(card)
    return Mine(
        tuple(
            UnitDuties(unit_id, row.unit_code, row.unit_name, row.unit_name_en, _piles(cards))
            for unit_id, (row, cards) in units.items()
        )
    )


def _piles(cards: Iterable[DutyCard]) -> Mapping[Pile, tuple[DutyCard, ...]]:
    """Returned ones first, then what is due first, in the notices' order."""
    ordered = sorted(cards, key=lambda card: (card.due_at, card.plan_id, card.task_numbers))
    ordered.sort(key=lambda card: card.state is not State.RETURNED)
    return {pile: tuple(card for card in ordered if card.pile is pile) for pile in Pile}


_PLAIN = (
    *("version", "plan_id", "plan_title", "plan_title_en", "unit_id", "task_id", "zone"),
    "of_case",
    *("title", "title_en", "text", "text_en", "opens_at", "due_at", "role", "state"),
    *("cadence", "report_on", "report_by", "open_ended", "counted", "counts", "counts_en"),
)


def _card(
    rows: list[Row[Any]],
    said: Said | None,
    states: Reviewed,
    check_ins: Mapping[int, Mapping[date, Day]],
    tallies: Tallies,
    now: datetime,
) -> DutyCard:
    """`rows`: the assignment once for each task its duty covers, in order. A merged cell is shown
    with its first row's title and the wording of the one that closes last."""
    first = rows[0]
    latest = max(rows, key=lambda row: row.closes)
    role, state, reviewed = first.role, first.state, first.reviewed
    sources = None
    if role is DutyRole.INSPECT:
        sources = inspection_of([row.task_id for row in rows], first.campus, states)
    days = holdings.days_of(first, first.zone, check_ins.get(first.id, {}), now)
    pile = pile_of(
        role,
        state,
        reviewed=reviewed,
        waiting=sources.waiting if sources else 0,
        settled=sources.settled if sources else False,
    )
    return DutyCard(
        **{name: getattr(first, name) for name in _PLAIN},
        assignment_id=first.id,
        task_numbers=tuple(row.number for row in rows),
        deadline_text=latest.deadline_text,
        **_figures(first, tallies),
        light=_light(first, sources, now),
        pile=pile,
        sources=sources,
        said=said,
        days=days,
        asks=_asks(pile, days, first.opens_at, now),
        is_late=pile in (Pile.DO, Pile.URGE) and now >= first.due_at,
    )


def _figures(row: Row[Any], tallies: Tallies) -> dict[str, Any]:
    """What the roster says, where there is one, and what is shown."""
    if not row.counted or row.task_id not in tallies:
        return {"listed": None, "count": row.number_said, "target": row.target}
    listed = rosters.in_scope(tallies[row.task_id], row.unit_kind, row.unit_id, row.campus)
    shown = spoken(listed, row.number_said)
    return {"listed": listed, "count": shown.done, "target": shown.total}


def _light(row: Row[Any], sources: Inspection | None, now: datetime) -> Light:
    return light(
        row.role,
        row.state,
        reviewed=row.reviewed,
        due_at=row.due_at,
        now=now,
        sources=sources,
        lacking=row.lacking is not None,
    )


def _asks(pile: Pile, days: tuple[Day, ...], opens_at: datetime | None, now: datetime) -> bool:
    """What a mail of now would list: opened, to be done, and a standing duty only with a day that
    nobody spoke for."""
    if pile not in (Pile.DO, Pile.URGE) or (opens_at is not None and now < opens_at):
        return False
    return not days or any(day.asked and day.health is None for day in days)
