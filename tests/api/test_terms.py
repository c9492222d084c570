"""Key dates over the API."""

from datetime import date

from flask import Flask

from tests.services.test_terms import put
from tracker.domain.term import TermItem


def test_the_term_comes_with_what_holds_and_why(app: Flask, api) -> None:
    put(TermItem.EXAMS, date(2020, 7, 1), date(2020, 7, 9))
    found = api("cs").get("/term").get_json()
    assert (found["code"], found["results_on"]) == ("2020-spring-summer", None)
    dates = {each["item"]: each for each in found["dates"]}
    assert list(dates) == [item.value for item in TermItem]
    assert (dates["exams"]["opens"], dates["exams"]["basis"]) == ("2020-07-01", "OWN")
    assert (dates["appeals"]["opens"], dates["appeals"]["basis"]) == (None, "PENDING")
    assert dates["makeup_allowed"]["allowed"] is True
    assert dates["exams"]["allowed"] is None
