"""n of N."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.progress import Progress, add_up

counts = st.integers(0, 5000)
maybe = st.none() | counts
parts = st.builds(Progress, maybe, maybe)


def test_silence_is_not_zero() -> None:
    """零报告: a unit with nothing missing must say so."""
    assert Progress(None, 0) != Progress(0, 0)
    assert not Progress(None, 0).complete
    assert Progress(0, 0).complete


def test_without_a_total_nobody_can_say_how_many_are_missing() -> None:
    assert Progress(7).missing is None
    assert not Progress(7).complete


def test_one_of_160_missing_is_not_complete() -> None:
    """「一个不少」."""
    assert not Progress(159, 160).complete
    assert Progress(159, 160).missing == 1
    assert Progress(160, 160).complete


def test_the_row_s_own_target_wins_over_the_sum_of_its_parts() -> None:
    assert add_up([Progress(80, 100), Progress(70, 50)], total=160) == Progress(150, 160)


def test_a_part_without_a_total_leaves_the_sum_without_one() -> None:
    assert add_up([Progress(3, 5), Progress(4)]) == Progress(7, None)


def test_nothing_adds_up_to_silence() -> None:
    assert add_up([]) == Progress(None, None)


@given(st.lists(parts, max_size=12))
def test_the_sum_is_silent_only_where_all_are(some: list[Progress]) -> None:
    total = add_up(some)
    assert (total.done is None) == all(part.done is None for part in some)
    assert (total.done or 0) == sum(part.done or 0 for part in some)


@given(
    st.lists(parts, max_size=12).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some))
    )
)
def test_the_order_of_the_parts_does_not_matter(
    twice: tuple[list[Progress], list[Progress]],
) -> None:
    assert add_up(twice[0]) == add_up(twice[1])


@given(parts)
def test_complete_means_that_nothing_is_missing(part: Progress) -> None:
    if part.complete:
        assert part.missing == 0
    elif part.missing == 0:
        assert part.done is None
        assert part.total == 0


@given(parts)
def test_missing_is_never_negative(part: Progress) -> None:
    assert part.missing is None or part.missing >= 0
