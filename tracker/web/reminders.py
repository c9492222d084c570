"""The ladder, what it will send to whom and why, and what became of what it sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import clock
from tracker.db import transaction
from tracker.domain.cutoffs import CAMPUS_ZONE, to_wall
from tracker.domain.reminding import Rule
from tracker.models.plan import Plan
from tracker.permissions import can_oversee, require_administer
from tracker.queries import heartbeat as signs
from tracker.queries import workdays
from tracker.queries.ledger import ledger
from tracker.queries.reminders import Send, plans_of, sends, told_by
from tracker.queries.rules import cutoffs_of_all, ladders_of
from tracker.services import heartbeat
from tracker.web import choices, ladder
from tracker.web.filters import now
from tracker.web.forms import Form
from tracker.web.matrix import time_left

blueprint = Blueprint("reminders", __name__)


@blueprint.get("/reminders")
@login_required
def show() -> ResponseReturnValue:
    actor = current_user.actor
    everybody = can_oversee(actor)
    page = choices.existing(ledger(actor, choices.page_number()))
    asked, by = _asked("at"), _asked("by")
    plans = plans_of(actor, now())
    ladders = ladders_of([plan.id for plan in plans], now())
    coming = sends(plans, actor, now())
    reaching = [send for send in coming if send.addressees]
    return render_template(
        "reminders/show.html",
        plans=plans,
        ladders={
            plan_id: [ladder.rung(rule, row) for row, rule in rules.items()]
            for plan_id, rules in ladders.items()
        },
        unknown_years=_unknown_years(plans, ladders),
        day_words=ladder.day,
        coming=coming,
        next=reaching[0] if reaching else None,
        opened=_opened(reaching, asked),
        by=by,
        told=told_by(reaching, by) if by and everybody else [],
        evening=_evening(),
        page=page,
        everybody=everybody,
        silence=signs.silence(clock.real_now()) if everybody else None,
        doubted_at=signs.doubted_at() if everybody else None,
        real_now=clock.real_now(),
        rung=ladder.rung,
        span=time_left,
        when=ladder.when,
    )


def _unknown_years(
    plans: Sequence[Plan], ladders: Mapping[int, Mapping[int, Rule]]
) -> dict[int, list[int]]:
    """By plan id, the years of its cut-offs that the calendar knows nothing of, if a rule goes by
    it."""
    zones = {
        plan.id: plan.zone
        for plan in plans
        if any(rule.working_days for rule in ladders[plan.id].values())
    }
    calendar = workdays.calendar()
    return {
        plan_id: sorted({each.day.year for each in cutoffs if not calendar.knows(each.day.year)})
        for plan_id, cutoffs in cutoffs_of_all(zones).items()
    }


def _evening() -> datetime:
    """The next 20:00, campus wall time."""
    wall = to_wall(now(), CAMPUS_ZONE)
    today = wall.replace(hour=20, minute=0, second=0, microsecond=0)
    return today if wall < today else today + timedelta(days=1)


def _asked(name: str) -> datetime | None:
    """`?at=2020-02-22T18:00`, campus wall time: the send to open, or the moment to look up to."""
    typed = request.args.get(name)
    if typed is None:
        return None
    try:
        return datetime.strptime(typed, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - wall time
    except ValueError:
        choices.refuse(_("“%(value)s” is not a moment such as 2020-02-22T18:00.", value=typed[:40]))


def _opened(reaching: Sequence[Send], asked: datetime | None) -> Send | None:
    """The send whose duties are listed: the one that was asked for while it is still ahead, else
    the next."""
    for send in reaching:
        if asked is not None and to_wall(send.moment, send.plan.zone) == asked:
            return send
    return reaching[0] if reaching else None


@blueprint.post("/reminders/clock")
@login_required
def confirm_clock() -> ResponseReturnValue:
    """Whoever has looked at a clock of their own lets the reminders go on."""
    require_administer(current_user.actor)
    if not Form().validate():
        abort(400)
    with transaction():
        heartbeat.confirm(current_user.actor, now())
    flash(_("The reminders go on within a minute."))
    return redirect(url_for("reminders.show"), 303)
