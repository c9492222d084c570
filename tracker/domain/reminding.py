"""The ladder: rules + cut-offs + now -> steps whose moment has come.

Pure and idempotent: it looks at time, not at firing events, so a tick that comes late or twice
gives the same answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from tracker.domain.cutoffs import last_day, to_instant, to_wall
from tracker.domain.vocabulary import Audience, StepState

QUIET_FROM, QUIET_UNTIL = time(22), time(7)
_KEPT_REPEATS = 14
"""How many of a repeating rule's missed occurrences are recorded after a long downtime."""


@dataclass(frozen=True)
class Rule:
    """One rung: `day_offset` days from the cut-off's last day, `at` campus wall time, for whom.

    `repeats` continues daily until settled; `ignores_quiet` may go out between 22:00 and 07:00.
    """

    code: str
    day_offset: int
    at: time
    audience: frozenset[Audience]
    repeats: bool = False
    ignores_quiet: bool = False


@dataclass(frozen=True, order=True)
class Cutoff:
    """`closes`: naive campus wall time, exclusive; `zone`: its zone's name."""

    closes: datetime
    zone: str

    @property
    def day(self) -> date:
        return last_day(self.closes)

    @property
    def instant(self) -> datetime:
        return to_instant(self.closes, self.zone)


@dataclass(frozen=True)
class Step:
    """One rung for one cut-off. `occurrence` counts a repeating rule's days from 0."""

    rule: Rule
    cutoff: Cutoff
    occurrence: int

    @property
    def moment(self) -> datetime:
        """Aware UTC."""
        day = self.cutoff.day + timedelta(days=self.rule.day_offset + self.occurrence)
        return to_instant(datetime.combine(day, self.rule.at), self.cutoff.zone)


def is_quiet(instant: datetime, zone: str) -> bool:
    """Between 22:00 and 07:00 campus time."""
    clock = to_wall(instant, zone).time()
    return clock >= QUIET_FROM or clock < QUIET_UNTIL


def steps_between(
    rules: Iterable[Rule], cutoffs: Iterable[Cutoff], after: datetime, until: datetime
) -> list[Step]:
    """Every step with after < moment <= until, by moment. Both bounds aware."""
    rules = list(rules)
    found = []
    for cutoff in cutoffs:
        for rule in rules:
            last = 0
            if rule.repeats:
                first_day = cutoff.day + timedelta(days=rule.day_offset)
                last = max(0, (to_wall(until, cutoff.zone).date() - first_day).days)
            for occurrence in range(max(0, last - _KEPT_REPEATS), last + 1):
                step = Step(rule, cutoff, occurrence)
                if after < step.moment <= until:
                    found.append(step)
    return sorted(found, key=lambda step: (step.moment, step.cutoff, step.rule.day_offset))


def due_steps(
    rules: Iterable[Rule], cutoffs: Iterable[Cutoff], after: datetime, now: datetime
) -> list[tuple[Step, StepState]]:
    """The steps whose moment has come since `after` (the plan's publication), each with its fate.

    Of one cut-off only the latest moment is PLANNED; earlier ones are SUPERSEDED: after a downtime
    nobody gets the missed mails in bulk. In quiet hours nothing is due but a rule that ignores
    them, and that only while its cut-off is still ahead: a late last call waits for the morning.
    """
    due: list[tuple[Step, StepState]] = []
    reached = steps_between(rules, cutoffs, after, now)
    for cutoff, group in groupby(sorted(reached, key=lambda s: s.cutoff), lambda s: s.cutoff):
        steps = list(group)
        latest = max(step.moment for step in steps)
        for step in steps:
            if step.moment < latest:
                due.append((step, StepState.SUPERSEDED))
            elif not is_quiet(now, cutoff.zone) or (
                step.rule.ignores_quiet and now < cutoff.instant
            ):
                due.append((step, StepState.PLANNED))
    return sorted(due, key=lambda item: (item[0].moment, item[0].cutoff))
