"""The menu of every page."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from tracker.domain.vocabulary import Post, UnitKind
from tracker.permissions import Actor, can_administer, can_oversee


@dataclass(frozen=True)
class Item:
    href: str
    label: str
    current: bool


_BELONGS_TO = {
    "accesses": "people",
    "activations": "plans",
    "care": "plans",
    "confirm_links": "board",
    "missing": "board",
    "password_links": "people",
    "roster_imports": "board",
    "rosters": "board",
    "units.new": "people",
    "units.add": "people",
    "contingencies": "plans",
    "personal_data": "people",
    "posts": "people",
    "cutoffs": "plans",
    "notice_imports": "plans",
    "pictures": "board",
    "plan_life": "plans",
    "plan_copies": "plans",
    "plan_edits": "plans",
    "reminder_rules": "reminders",
    "report_readers": "board",
    "reports": "board",
    "service_requests": "service_entries",
    "urges": "board",
    "waiting": "board",
    "webhooks": "outbox",
    "workdays": "reminders",
}
"""Pages and blueprints whose menu entry is another blueprint's."""


def _item(label: str, endpoint: str) -> Item:
    return Item(url_for(endpoint), label, _here() == endpoint.partition(".")[0])


def _here() -> str:
    """The entry under which the page stands: as it says itself, or where its blueprint belongs."""
    if "menu" in g:
        return str(g.menu)
    here = request.endpoint or ""
    blueprint = here.partition(".")[0]
    return _BELONGS_TO.get(here) or _BELONGS_TO.get(blueprint, blueprint)


def navigation() -> list[Item]:
    """What the signed-in person may open, without a query: errors are shown with it too."""
    items = [
        _item(_("My duties"), "mine.show"),
        _item(_("Board"), "board.show"),
        _item(_("Notice"), "plans.index"),
    ]
    if heads_a_unit(current_user.actor):
        items.insert(1, _item(_("My unit"), "units.own"))
    items += [
        _item(_("Reminders"), "reminders.show"),
        _item(_("Term"), "terms.show"),
        _item(_("Services"), "service_entries.show"),
    ]
    if can_oversee(current_user.actor):
        items += [_item(_("Outbox"), "outbox.show"), _item(_("People"), "people.show")]
    if current_app.config["TRACKER"].rehearsal:
        items.append(_item(_("Mailbox"), "mailbox.show"))
    items.append(_item(_("Help"), "help.contents"))
    return items


def heads_a_unit(actor: Actor) -> bool:
    return any(post is Post.LEAD for _unit, _kind, post in actor.posts)


def may_administer() -> bool:
    return current_user.is_authenticated and can_administer(current_user.actor)


def may_oversee() -> bool:
    return current_user.is_authenticated and can_oversee(current_user.actor)


def may_urge() -> bool:
    """Offices do; what of, permissions say."""
    actor = current_user.actor
    return not actor.is_observer and any(kind is not UnitKind.COLLEGE for _, kind, _ in actor.posts)


def _context() -> dict[str, Any]:
    return {
        "navigation": navigation,
        "may_administer": may_administer,
        "may_oversee": may_oversee,
        "may_urge": may_urge,
    }


def register(app: Flask) -> None:
    app.context_processor(_context)
