"""Cases made from the API's own document, in short; the long run is benchmarks/fuzz_api.py."""

import pytest
from flask import Flask

from benchmarks import fuzz_api

pytestmark = pytest.mark.slow


def test_no_made_up_case_is_an_error_of_ours_or_answered_otherwise_than_documented(
    app: Flask,
) -> None:
    verdict = fuzz_api.fuzz(app, 100, 20200222)
    assert verdict.cases >= 100
    assert not verdict.problems, str(verdict)
    assert len(verdict.statuses) >= 4
