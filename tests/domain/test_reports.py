"""A report's content: one text for the same facts, read back to them; what changed between two."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.reports import facts
from tracker.domain.cutoffs import to_wall
from tracker.domain.report_differences import difference
from tracker.domain.report_evenings import due_evening, next_evening
from tracker.domain.reports import canonical, digest, read
from tracker.domain.vocabulary import Light

instants = st.datetimes(datetime(2020, 2, 1), datetime(2020, 4, 30), timezones=st.just(UTC))
ZONES = ("Asia/Shanghai", "UTC", "America/New_York")


@settings(max_examples=30)
@given(facts(8, 6))
def test_facts_are_read_back_exactly_and_have_one_text(made):
    content = canonical(made)
    assert read(content) == made
    assert canonical(read(content)) == content
    again = json.dumps(
        json.loads(content), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert hashlib.sha256(again.encode()).hexdigest() == digest(content)


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="format 2"):
        read('{"format": 2}')


@given(
    instants, st.times().map(lambda at: at.replace(second=0, microsecond=0)), st.sampled_from(ZONES)
)
def test_the_last_due_evening_is_never_ahead_and_never_older_than_a_day(now, report_at, zone):
    day, due_at = due_evening(report_at, zone, now)
    assert due_at <= now < due_at + timedelta(hours=25)
    assert to_wall(due_at, zone).date() in (day, day + timedelta(days=1))
    assert next_evening(report_at, zone, now) > now


def test_the_hour_itself_is_due_and_the_minute_before_is_yesterday_s():
    ten = datetime(2020, 2, 22, 14, tzinfo=UTC)
    assert due_evening(time(22), "Asia/Shanghai", ten)[0] == date(2020, 2, 22)
    before = ten - timedelta(minutes=1)
    assert due_evening(time(22), "Asia/Shanghai", before)[0] == date(2020, 2, 21)


@settings(max_examples=30)
@given(facts(8, 6), st.data())
def test_the_difference_names_each_cell_that_changed_its_light(made, data):
    lights = st.sampled_from(Light)
    later = replace(
        made, cells=tuple(replace(cell, light=data.draw(lights)) for cell in made.cells)
    )
    found = difference(made, later)
    for before, after in zip(made.cells, later.cells, strict=True):
        changed = before.light is not after.light
        assert (after in found.settled) == (changed and after.light is Light.SETTLED)
        assert (after in found.overdue) == (changed and after.light is Light.OVERDUE)
        assert (after in found.reopened) == (
            changed and before.light is Light.SETTLED and after.light is not Light.WAIVED
        )
        assert (after in found.returned) == (changed and after.light is Light.RETURNED)
        assert (after in found.lacking) == (changed and after.light is Light.LACKING)
    assert difference(made, made).empty
