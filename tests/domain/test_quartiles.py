"""Rank without shaming: a quarter, never a name."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.quartiles import FEWEST, quartile
from tracker.domain.readiness import Readiness

units = st.builds(lambda total, part: Readiness(min(part, total), total), *[st.integers(0, 20)] * 2)
many = st.lists(units, min_size=FEWEST, max_size=40)


def test_with_few_units_nothing_is_said() -> None:
    few = [Readiness(1, 2)] * (FEWEST - 1)
    assert quartile(few[0], few) is None


def test_while_all_are_equally_far_nobody_is_in_a_quarter() -> None:
    alike = [Readiness(0, 16)] * 12
    assert quartile(alike[0], alike) is None


@given(many)
def test_a_quarter_is_always_one_of_four_and_the_best_stand_in_the_first(all_of_them) -> None:
    found = [quartile(each, all_of_them) for each in all_of_them]
    assert found == [None] * len(found) or (set(found) <= {1, 2, 3, 4} and 1 in found)


@given(many, st.randoms(use_true_random=False))
def test_the_order_of_units_never_matters(all_of_them, chance) -> None:
    shuffled = list(all_of_them)
    chance.shuffle(shuffled)
    for each in all_of_them:
        assert quartile(each, all_of_them) == quartile(each, shuffled)


@given(many)
def test_who_has_settled_more_never_stands_in_a_later_quarter(all_of_them) -> None:
    by_share = sorted(all_of_them, key=lambda each: each.settled / each.total if each.total else 1)
    found = [quartile(each, all_of_them) for each in by_share]
    assert None in found or found == sorted(found, reverse=True)
