"""Who had reported when the cut-off came."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.burndown import Asked
from tracker.domain.history import Change
from tracker.domain.punctuality import Punctuality, punctuality, together
from tracker.domain.vocabulary import DutyRole, State

DUE = datetime(2020, 2, 22, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUTY = Asked(1, "cs", DutyRole.PERFORM, True, DUE)


@pytest.mark.parametrize(
    ("taken", "kept"),
    [
        ([], 0),
        ([(-1, State.DONE)], 1),
        ([(0, State.DONE)], 0),
        ([(-2, State.DONE), (-1, State.OPEN)], 0),
        ([(-2, State.DONE), (-1, State.RETURNED)], 0),
        ([(-3, State.DONE), (-2, State.RETURNED), (-1, State.DONE)], 1),
        ([(-1, State.DONE), (1, State.RETURNED)], 1),
        ([(-2, State.DONE), (-1, State.VERIFIED)], 1),
    ],
)
def test_what_counts_is_how_it_stood_when_the_cut_off_came(
    taken: list[tuple[int, State]], kept: int
) -> None:
    """The cut-off is exclusive: a report at that very instant is late."""
    recorded = [Change(DUE + hours * HOUR, 1, state) for hours, state in taken]
    assert punctuality([DUTY], recorded, DUE + 9 * HOUR) == {"cs": Punctuality(kept, 1)}


def test_a_unit_whose_cut_offs_are_all_ahead_is_left_out() -> None:
    assert punctuality([DUTY], [], DUE - HOUR) == {}
    assert punctuality([DUTY], [], DUE) == {"cs": Punctuality(0, 1)}
    assert together([]) is None


@given(st.lists(st.builds(Change, st.just(DUE - HOUR), st.integers(0, 9), st.sampled_from(State))))
def test_no_share_ever_exceeds_what_was_asked(recorded: list[Change]) -> None:
    asked = [Asked(n, f"u{n % 3}", DutyRole.PERFORM, True, DUE) for n in range(8)]
    found = punctuality(asked, recorded, DUE)
    assert all(0 <= each.on_time <= each.asked for each in found.values())
    total = together(found.values())
    assert total is not None
    assert total.asked == 8
    assert (total.percent == 100) == (total.on_time == 8)
