"""Some of the files that `python -m benchmarks.bad_files` sends, through the same doors."""

from pathlib import Path

import pytest

from benchmarks.bad_corpus import bad, good
from benchmarks.bad_files import run
from tests.rehearsal import StandingClock

pytestmark = pytest.mark.slow


def test_bad_files_are_refused_with_a_word_and_good_ones_are_taken(
    tmp_path: Path, at: StandingClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every fifteenth; seconds are for a machine that does other things meanwhile."""
    samples = [*list(bad())[::15], *list(good())[::10]]
    assert run(tmp_path, samples, most_seconds=10), capsys.readouterr().out
