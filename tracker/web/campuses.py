"""The board one level up: the universities on which a plan is laid, the least ready first."""

from flask import render_template
from flask.typing import ResponseReturnValue

from tracker.queries.campuses import campuses, loose_units
from tracker.web import choices
from tracker.web.board_choice import Choice
from tracker.web.filters import now

LONGEST_SEARCH = 60


def page(choice: Choice) -> ResponseReturnValue:
    """For who sees every unit and has chosen none of the universities."""
    search = choices.looked_for("q", LONGEST_SEARCH)
    seen = campuses(choice.plan, now(), choices.page_number(), search)
    choices.existing(seen.page)
    loose = [] if search or seen.page.number > 1 else loose_units(choice.plan, now())
    return render_template(
        "board/campuses.html", choice=choice, seen=seen, search=search, loose=loose
    )
