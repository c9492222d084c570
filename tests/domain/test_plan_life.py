"""The life of a plan, as a table and as a machine that anyone may push."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.errors import IllegalStep
from tracker.domain.plan_life import ALL_PAST, Draft, obstacles, stage_of, step, steps_from
from tracker.domain.vocabulary import LifeStep, Stage

NOW = datetime(2020, 2, 21, tzinfo=UTC)
walks = st.lists(st.sampled_from(LifeStep), max_size=12)


def walk(steps: list[LifeStep], start: Stage = Stage.DRAFT) -> list[Stage | None]:
    """The stages that the steps lead through; refused steps lead nowhere."""
    through: list[Stage | None] = [start]
    for wanted in steps:
        at = through[-1]
        if at is None:
            break
        with suppress(IllegalStep):
            through.append(step(at, wanted))
    return through


@given(walks)
def test_what_was_published_is_never_a_draft_again_and_never_gone(steps: list[LifeStep]) -> None:
    through = walk(steps)
    if Stage.IN_FORCE in through:
        after = through[through.index(Stage.IN_FORCE) :]
        assert set(after) <= {Stage.IN_FORCE, Stage.CLOSED, Stage.ARCHIVED}


@given(walks)
def test_a_template_is_never_in_force(steps: list[LifeStep]) -> None:
    assert set(walk(steps, Stage.TEMPLATE)) <= {Stage.TEMPLATE, None}


@given(walks)
def test_a_plan_is_never_archived_before_it_is_closed(steps: list[LifeStep]) -> None:
    through = walk(steps)
    for before, after in pairwise(through):
        assert after is not Stage.ARCHIVED or before is Stage.CLOSED


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_offers_exactly_the_steps_that_it_takes(stage: Stage) -> None:
    for wanted in LifeStep:
        if wanted in steps_from(stage):
            step(stage, wanted)
        else:
            with pytest.raises(IllegalStep) as refusal:
                step(stage, wanted)
            assert refusal.value.msgid.endswith(".")


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_archived_counts_before_everything_and_a_draft_before_closed(
    published: bool, closed: bool, archived: bool, template: bool
) -> None:
    given = [NOW if each else None for each in (published, closed, archived)]
    stage = stage_of(*given, is_template=template)
    assert (stage is Stage.ARCHIVED) is archived
    assert (stage in (Stage.DRAFT, Stage.TEMPLATE)) is (not archived and not published)


@given(st.timedeltas(timedelta(days=-9), timedelta(days=9)), st.lists(st.text(max_size=3)))
def test_a_draft_never_passes_with_its_last_cut_off_behind_it_or_a_duty_without_words(
    left: timedelta, duties: list[str]
) -> None:
    found = obstacles(Draft(NOW + left, tuple(duties)), NOW)
    assert (ALL_PAST in found) is (left <= timedelta())
    if not found:
        assert duties
        assert all(text.strip() for text in duties)


def test_a_draft_without_tasks_does_not_pass() -> None:
    assert obstacles(Draft(None, ()), NOW)
