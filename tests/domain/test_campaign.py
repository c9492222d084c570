"""A campaign in every zone of the world, looked at irregularly: nothing lost, early or twice."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from tracker.domain.cutoffs import to_instant
from tracker.domain.reminding import Cutoff, Rule, Step, due_steps, steps_between
from tracker.domain.vocabulary import Audience, StepState

CONTACTS, LEADS = Audience.CONTACTS, Audience.LEADS
LADDER = [
    Rule("D-1 09:00", -1, time(9), frozenset({CONTACTS})),
    Rule("D 09:00", 0, time(9), frozenset({CONTACTS})),
    Rule("D 18:00", 0, time(18), frozenset({CONTACTS, LEADS})),
    Rule("D 22:00", 0, time(22), frozenset({CONTACTS, LEADS}), ignores_quiet=True),
    Rule("D+1 08:00", 1, time(8), frozenset({CONTACTS, LEADS})),
    Rule("D+1 14:00", 1, time(14), frozenset({LEADS, Audience.AFFAIRS})),
]
DAYS = (datetime(2020, 3, 8), datetime(2020, 3, 29), datetime(2020, 10, 25), datetime(2020, 11, 1))
"""Days on which clocks are changed somewhere."""
ZONES = sorted(available_timezones() - {"localtime"})
Decided = dict[Step, list[tuple[StepState, datetime]]]


def campaign(
    zone: str, chance: random.Random, jumps: bool
) -> tuple[list[Step], Decided, list[datetime]]:
    """Every step of the ladder, what was decided of it and when, and the moments of the ticks.
    Ticks come after a minute or after a night; with `jumps` the clock leaps back now and then, and
    returns."""
    closes = chance.choice(DAYS)
    cutoffs = [Cutoff(closes, zone), Cutoff(closes + timedelta(days=1), zone)]
    published = to_instant(closes - timedelta(days=3), zone)
    end = to_instant(closes + timedelta(days=4), zone)
    decided: Decided = {}
    now, ticks = published, []
    while now < end:
        now += timedelta(minutes=chance.choice([1, 15, 60, 60, 300, 700]))
        back = chance.choice([1, 24]) if jumps and chance.random() < 0.2 else 0
        seen = now - timedelta(hours=back)
        ticks.append(seen)
        for step, state in due_steps(LADDER, cutoffs, published, seen):
            if step not in decided:
                decided[step] = [(state, seen)]
    ticks.append(end)
    for step, state in due_steps(LADDER, cutoffs, published, end):
        decided.setdefault(step, [(state, end)])
    return steps_between(LADDER, cutoffs, published, end), decided, ticks


@pytest.mark.parametrize("jumps", [False, True], ids=["steady", "jumping"])
def test_in_every_zone_each_step_is_decided_exactly_once_and_never_early(jumps: bool) -> None:
    """600 zones; with jumps some 3,000 leaps of the clock."""
    chance = random.Random(20200222)
    for zone in ZONES:
        steps, decided, _ticks = campaign(zone, chance, jumps)
        assert set(decided) == set(steps), zone
        for step, decisions in decided.items():
            ((state, seen),) = decisions
            assert step.moment <= seen, (zone, step)
            if state is StepState.SUPERSEDED:
                later = [
                    other
                    for other, ((fate, at),) in decided.items()
                    if other.cutoff == step.cutoff
                    and other.moment > step.moment
                    and other.rule.covers(step.rule)
                    and fate is StepState.PLANNED
                    and at <= seen
                ]
                assert later, (zone, step)


def test_nobody_waits_longer_than_the_next_look_outside_quiet_hours() -> None:
    """A step is planned at the first tick after its moment at which it may go out."""
    chance = random.Random(7)
    for zone in ZONES[::5]:
        _steps, decided, ticks = campaign(zone, chance, jumps=False)
        for step, ((state, seen),) in decided.items():
            if state is StepState.PLANNED:
                missed = [at for at in ticks if step.moment <= at < seen]
                assert all(_is_held(step, at) for at in missed), (zone, step)


def _is_held(step: Step, at: datetime) -> bool:
    """Quiet hours at that moment, and no last call that is still ahead of its cut-off."""
    quiet = not 7 <= at.astimezone(ZoneInfo(step.cutoff.zone)).hour < 22
    return quiet and not (step.rule.ignores_quiet and at < step.cutoff.instant)
