"""Cut-offs for calendar programs (iCalendar, RFC 5545)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker import language
from tracker.at_need import at_need
from tracker.db import LARGEST_ID, db, transaction
from tracker.domain.calendar_feeds import Event, Row
from tracker.domain.cutoffs import to_instant
from tracker.domain.errors import N_
from tracker.domain.term import Span
from tracker.models.calendar_feed import CalendarFeed
from tracker.models.org import User
from tracker.models.plan import Plan
from tracker.queries import calendar_feeds as queries
from tracker.queries.ladder import running_plans
from tracker.queries.terms import TermRow, terms, view
from tracker.services import calendar_feeds
from tracker.web import fetch
from tracker.web.filters import now
from tracker.web.forms import Form
from tracker.web.forms.calendar_feeds import OWN, CalendarFeedForm

icalendar = at_need("icalendar")
blueprint = Blueprint("calendar_feeds", __name__)


@blueprint.get("/calendar/<calendar_token>.ics")
def show(calendar_token: str) -> ResponseReturnValue:
    """What the person of the link may see now, in their language."""
    feed = calendar_feeds.find(calendar_token)
    if feed is None:
        abort(404)
    answer = Response(_calendar(feed), mimetype="text/calendar")
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@blueprint.post("/account/calendar")
@login_required
def make() -> ResponseReturnValue:
    """A new link, shown on the answer itself and never again."""
    form = CalendarFeedForm()
    if not form.validate():
        abort(400)
    user = db.session.get_one(User, current_user.user_id)
    code = form.unit.data or OWN
    unit = None if code == OWN else fetch.get_unit_of(current_user.actor, code)
    with transaction():
        token = calendar_feeds.make(user, unit, current_user.actor, now())
    path = url_for("calendar_feeds.show", calendar_token=token)
    link = current_app.config["TRACKER"].public_url + path
    return render_template("calendar_feeds/made.html", link=link, unit=unit)


@blueprint.post("/account/calendar/<int:feed_id>/revoke")
@login_required
def revoke(feed_id: int) -> ResponseReturnValue:
    feed = db.session.get(CalendarFeed, feed_id) if feed_id <= LARGEST_ID else None
    if feed is None or feed.user_id != current_user.user_id:
        abort(404)
    if not Form().validate():
        abort(400)
    with transaction():
        calendar_feeds.revoke(feed, current_user.actor, now())
    flash(_("The calendar link is withdrawn: calendars get nothing more from it."))
    return redirect(url_for("auth.account", _anchor="calendar"), 303)


def _calendar(feed: CalendarFeed) -> bytes:
    locale = language.known(feed.user.locale)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//matrix-tracker//cut-offs//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", language.gettext(locale, N_("Cut-offs")))
    units = queries.units_of(feed, now())
    for plan in running_plans(now()):
        for event in queries.events_of(plan, units):
            calendar.add_component(_component(event, plan, feed, locale))
    if queries.shows_term(feed, now()):
        for term in terms():
            for row in view(term).rows:
                if row.resolved.window is not None:
                    calendar.add_component(_term_date(row, row.resolved.window, feed, locale))
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _component(event: Event, plan: Plan, feed: CalendarFeed, locale: str) -> Any:
    zone = ZoneInfo(plan.zone)
    made = icalendar.Event()
    made.add("uid", f"{plan.id}-{event.origin:%Y%m%dT%H%M}-{_scope(feed)}@matrix-tracker")
    made.add("sequence", event.sequence)
    made.add("dtstamp", event.modified)
    made.add("last-modified", event.modified)
    made.add("dtstart", event.begins.replace(tzinfo=zone))
    made.add("dtend", event.closes.replace(tzinfo=zone))
    made.add("transp", "TRANSPARENT")
    made.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    made.add("summary", _summary(event, plan, locale))
    made.add("description", "\n".join(_lines(event.open_rows, locale)))
    return made


def _scope(feed: CalendarFeed) -> str:
    return f"u{feed.user_id}" if feed.unit_id is None else f"unit{feed.unit_id}"


def _term_date(row: TermRow, window: Span, feed: CalendarFeed, locale: str) -> Any:
    """A key date of the term as whole days; the end of such an event is exclusive."""
    each, english = row.date, locale == "en"
    made = icalendar.Event()
    made.add("uid", f"term-{each.id}-{_scope(feed)}@matrix-tracker")
    made.add("sequence", each.changes)
    made.add("dtstamp", each.changed_at)
    made.add("last-modified", each.changed_at)
    made.add("dtstart", window.first)
    made.add("dtend", window.last + timedelta(days=1))
    made.add("transp", "TRANSPARENT")
    made.add("status", "CONFIRMED")
    made.add("summary", each.title_en if english else each.title)
    basis = language.label(locale, row.resolved.basis)
    term = each.term.title_en if english else each.term.title
    url = current_app.config["TRACKER"].public_url
    made.add("description", f"{term} ({basis}) {url}/term")
    return made


def _summary(event: Event, plan: Plan, locale: str) -> str:
    due_at = to_instant(event.closes, plan.zone)
    said = language.cutoff_short(locale, due_at, due_at - timedelta(days=40), plan.zone)
    if event.is_cancelled:
        return language.gettext(locale, N_("%(cutoff)s: settled"), cutoff=said)
    return language.plural(
        locale,
        "Due %(cutoff)s: %(num)s duty open",
        "Due %(cutoff)s: %(num)s duties open",
        len(event.open_rows),
        cutoff=said,
    )


def _lines(rows: Iterable[Row], locale: str) -> list[str]:
    english, url = locale == "en", current_app.config["TRACKER"].public_url
    return [
        f"{row.number} {row.title_en if english else row.title}"
        f" ({row.unit_en if english else row.unit}) {url}/assignments/{row.assignment_id}"
        for row in rows
    ]
