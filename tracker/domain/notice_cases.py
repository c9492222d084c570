"""A notice's table of contingencies."""

from tracker.domain.matrix import MERGED
from tracker.domain.notice_choices import number_in
from tracker.domain.notice_duties import CaseSeed, ResponseSeed, shared_responses
from tracker.domain.notice_tables import ReadTables


def responses_of(read: ReadTables) -> list[ResponseSeed]:
    """The table of contingencies, numbered on where a number cannot be read or is taken."""
    found: list[tuple[CaseSeed, tuple[str, str, str, str] | None]] = []
    taken: set[int] = set()
    for case in read.cases:
        number = number_in(case.number) or 0
        if number in taken or not number:
            number = max(taken, default=0) + 1
        taken.add(number)
        shared = case.response == MERGED and bool(found)
        own = None if shared else (case.response, "", case.focus, "")
        found.append((CaseSeed(number, case.trigger, ""), own))
    return shared_responses(found)
