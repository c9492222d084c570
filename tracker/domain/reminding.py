"""The ladder: rules + cut-offs + now -> steps whose moment has come.

Pure and idempotent: it looks at time, not at firing events, so a tick that comes late or twice
gives the same answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby

from tracker.domain.cutoffs import last_day, to_instant, to_wall
from tracker.domain.vocabulary import Audience, DutyRole, StepState
from tracker.domain.workdays import Calendar

QUIET_FROM, QUIET_UNTIL = time(22), time(7)
EVERY_WEEK = Calendar()
"""Monday to Friday without exception."""

FARTHEST_DAY = 60
"""How many days a rule may lie before or after the last day."""

_KEPT_REPEATS = 14
"""How many of a repeating rule's missed occurrences are recorded after a long downtime."""


@dataclass(frozen=True)
class Rule:
    """One rung: `day_offset` days from the cut-off's last day, `at` campus wall time, for whom.

    `repeats` continues daily until settled; `ignores_quiet` may go out between 22:00 and 07:00;
    `roles` are those it speaks of, all where none is named; `working_days` puts a day off to the
    next working day. It holds for moments from `since` to before `until` (aware).
    """

    code: str
    day_offset: int
    at: time
    audience: frozenset[Audience]
    repeats: bool = False
    ignores_quiet: bool = False
    roles: frozenset[DutyRole] = frozenset()
    working_days: bool = False
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        return (self.since is None or self.since <= moment) and (
            self.until is None or moment < self.until
        )

    def covers(self, other: "Rule") -> bool:
        """Whether it tells everybody, and of everything, that the other one would."""
        return other.audience <= self.audience and self.covers_roles(other)

    def covers_roles(self, other: "Rule") -> bool:
        return not self.roles or (bool(other.roles) and other.roles <= self.roles)


@dataclass(frozen=True, order=True)
class Cutoff:
    """`closes`: naive campus wall time, exclusive; `zone`: its zone's name. `since`: the instant at
    which everything under it was moved there; no step before that is made up for. `report`: of a
    standing duty; the next one follows, so that nobody is reminded of it day after day."""

    closes: datetime
    zone: str
    since: datetime | None = field(default=None, compare=False)
    report: bool = field(default=False, compare=False)

    @property
    def day(self) -> date:
        return last_day(self.closes)

    @property
    def instant(self) -> datetime:
        return to_instant(self.closes, self.zone)


@dataclass(frozen=True)
class Step:
    """One rung for one cut-off at its `moment` (aware UTC). `occurrence` counts a repeating rule's
    days from 0."""

    rule: Rule
    cutoff: Cutoff
    occurrence: int
    moment: datetime


def is_quiet(instant: datetime, zone: str) -> bool:
    """Between 22:00 and 07:00 campus time."""
    clock = to_wall(instant, zone).time()
    return clock >= QUIET_FROM or clock < QUIET_UNTIL


def steps_between(
    rules: Iterable[Rule],
    cutoffs: Iterable[Cutoff],
    after: datetime,
    until: datetime,
    calendar: Calendar = EVERY_WEEK,
) -> list[Step]:
    """Every step with after < moment <= until, by moment. Both bounds aware."""
    rules = list(rules)
    found = []
    for cutoff in cutoffs:
        ends_on = to_wall(until, cutoff.zone).date()
        for rule in rules:
            first_day = cutoff.day + timedelta(days=rule.day_offset)
            if first_day > ends_on:  # A day off only puts it off further.
                continue
            last = (ends_on - first_day).days if rule.repeats and not cutoff.report else 0
            for occurrence in range(max(0, last - _KEPT_REPEATS), last + 1):
                moment = _moment(rule, cutoff, occurrence, calendar)
                begins = max(after, cutoff.since) if cutoff.since else after
                if moment and begins < moment <= until and rule.holds(moment):
                    found.append(Step(rule, cutoff, occurrence, moment))
    return sorted(found, key=lambda step: (step.moment, step.cutoff, step.rule.day_offset))


def _moment(rule: Rule, cutoff: Cutoff, occurrence: int, calendar: Calendar) -> datetime | None:
    """None where a daily repeat falls on a day off: the next working day has its own."""
    day = cutoff.day + timedelta(days=rule.day_offset + occurrence)
    if rule.working_days and not calendar.works(day):
        if rule.repeats:
            return None
        day = calendar.first_from(day)
    return to_instant(datetime.combine(day, rule.at), cutoff.zone)


def due_steps(
    rules: Iterable[Rule],
    cutoffs: Iterable[Cutoff],
    after: datetime,
    now: datetime,
    calendar: Calendar = EVERY_WEEK,
) -> list[tuple[Step, StepState]]:
    """The steps whose moment has come since `after` (the plan's publication), each with its fate.

    A step is SUPERSEDED where a later one of the same cut-off goes out now and covers it: after a
    downtime nobody gets the missed mails in bulk, and nobody is left out because the later step is
    for others. In quiet hours nothing is due but a rule that ignores them, and that only while its
    cut-off is still ahead: a late last call waits for the morning.
    """
    due: list[tuple[Step, StepState]] = []
    reached = steps_between(rules, cutoffs, after, now, calendar)
    for _cutoff, group in groupby(sorted(reached, key=lambda s: s.cutoff), lambda s: s.cutoff):
        leaving: list[Step] = []
        for step in sorted(group, key=lambda s: s.moment, reverse=True):
            later = (other for other in leaving if other.moment > step.moment)
            if any(other.rule.covers(step.rule) for other in later):
                due.append((step, StepState.SUPERSEDED))
            elif _may_leave(step, now):
                leaving.append(step)
                due.append((step, StepState.PLANNED))
    return sorted(due, key=lambda item: (item[0].moment, item[0].cutoff))


def _may_leave(step: Step, now: datetime) -> bool:
    return not is_quiet(now, step.cutoff.zone) or (
        step.rule.ignores_quiet and now < step.cutoff.instant
    )
