"""The daily word of a standing duty, beyond what its pages show."""

from datetime import date

import pytest
from flask import Flask

from tests import cast
from tests.web.duties import everything, held
from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import IllegalStep
from tracker.domain.vocabulary import Health, State
from tracker.services import check_ins, reviews


def say(day: int) -> None:
    with transaction():
        check_ins.check_in(
            held(1, "network"),
            cast.actor("network"),
            clock.now(),
            day=date(2020, 2, day),
            health=Health.NORMAL,
        )


def test_a_waived_standing_duty_is_not_laid_on_again_by_a_daily_word(both_app: Flask) -> None:
    """Waiving and asking again are the plan owner's to decide."""
    say(20)
    with transaction():
        reviews.waive(
            held(1, "network"),
            cast.actor("affairs"),
            clock.now(),
            seen_version=None,
            reason="由学工处承担",
        )
    before = everything()
    with pytest.raises(IllegalStep, match="not applicable"):
        say(21)
    assert everything() == before
    assert held(1, "network").state is State.WAIVED
