"""What the board's address chooses. All of it stands there, so a bookmark brings it back."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from tracker.actors import looking_at
from tracker.db import LARGEST_ID
from tracker.domain.cutoffs import CAMPUS_ZONE, to_instant, to_wall
from tracker.domain.vocabulary import DutyRole, Light
from tracker.queries.plans import current_plan
from tracker.web import choices, fetch
from tracker.web.filters import now

LIGHTS: Mapping[str, Light] = {light.value.lower(): light for light in Light}
ROLES: Mapping[str, DutyRole] = {role.value.lower(): role for role in DutyRole}
SHOWS = ("all", "waiting", *LIGHTS)


@dataclass(frozen=True)
class Choice:
    """`asked`: the plan as written there, None for the current one; `plan` once it is found.
    `unit`: one unit's code; `show`: one of SHOWS; `role`, `cluster`: cells of these only; `group`:
    "cluster" puts neighbouring colleges under one head; `density`: "compact"; `since`: a campus
    wall time to compare with, as written, `since_at` the instant; `select`, `wall`: "1"; `under`:
    one university's code, where the plan is laid on several; `university`, once it is found;
    `looker`: who looks, at that one only."""

    asked: str | None = None
    unit: str | None = None
    show: str = "all"
    role: str | None = None
    cluster: str | None = None
    group: str | None = None
    density: str | None = None
    since: str | None = None
    select: str | None = None
    wall: str | None = None
    under: str | None = None
    since_at: datetime | None = None
    plan: Any = None
    university: Any = None
    looker: Any = None

    def url(self, **changed: Any) -> str:
        """The board's address with part of the choice changed; None drops a part."""
        chosen = {name: getattr(self, name) for name in _WRITTEN} | changed
        if chosen["show"] == "all":
            chosen["show"] = None
        return url_for("board.show", plan=self.asked, **chosen)

    @property
    def plan_id(self) -> int | None:
        """The one asked for. 400 for what is no number, 404 for one that names nothing."""
        number = fetch.number(self.asked) if self.asked else None
        return number if number is None or number <= LARGEST_ID else abort(404)

    @property
    def is_above_campuses(self) -> bool:
        """Whether it means all universities of a plan that is laid on several."""
        return self.looker.sees_all and self.plan.spans_campuses and self.under is None

    @property
    def light(self) -> Light | None:
        return LIGHTS.get(self.show)

    @property
    def duty_role(self) -> DutyRole | None:
        return ROLES[self.role] if self.role else None

    @property
    def chosen(self) -> bool:
        """Whether anything is chosen that has no button of its own."""
        light = self.light and self.show != "overdue"
        others = (self.role, self.since, self.cluster, self.group, self.density, self.select)
        return bool(light or any(others))

    @property
    def kept(self) -> dict[str, str]:
        """What a form that asks for another moment sends along."""
        chosen = {name: getattr(self, name) for name in _WRITTEN if name != "since"}
        chosen |= {"plan": self.asked, "show": None if self.show == "all" else self.show}
        return {name: value for name, value in chosen.items() if value}

    @property
    def narrows(self) -> bool:
        """Whether cells are left out."""
        return bool(self.light or self.role)


_FOUND = ("asked", "since_at", "plan", "university", "looker")
_WRITTEN = [each.name for each in fields(Choice) if each.name not in _FOUND]
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "show": SHOWS,
    "role": tuple(ROLES),
    "group": ("cluster",),
    "density": ("compact",),
    "select": ("1",),
    "wall": ("1",),
    "pick": ("all",),
}


def read(given: Mapping[str, str] | None = None) -> Choice:
    """The choice of this address, or of a form's fields; nothing is looked up yet. 400 for what is
    no choice."""
    given = request.args if given is None else given
    for name, allowed in _ALLOWED.items():
        if given.get(name) and given[name] not in allowed:
            choices.unknown(given[name])
    chosen: dict[str, Any] = {name: given.get(name) or None for name in _WRITTEN}
    chosen["show"] = chosen["show"] or "all"
    since_at = _moment(chosen["since"]) if chosen["since"] else None
    return Choice(asked=given.get("plan") or None, since_at=since_at, **chosen)


def find(choice: Choice) -> Choice | None:
    """With its plan; None where there is none to show. 404 for a plan or unit that is not the
    reader's to see."""
    actor, number = current_user.actor, choice.plan_id
    plan = fetch.get_plan_for(actor, number) if number is not None else current_plan(actor)
    if plan is None:
        return None
    university = fetch.get_university_for(actor, choice.under) if choice.under else None
    looker = looking_at(actor, university) if university is not None else actor
    unit = fetch.get_unit_for(looker, choice.unit).code if choice.unit else None
    return replace(choice, plan=plan, unit=unit, university=university, looker=looker)


def _moment(written: str) -> datetime:
    """ "18:00" of today, or "2020-02-21T18:00"; both campus wall time that has passed."""
    today = to_wall(now(), CAMPUS_ZONE)
    try:
        if len(written) <= len("18:00"):
            asked = datetime.strptime(written, "%H:%M")  # noqa: DTZ007 - wall time
            wall = datetime.combine(today.date(), asked.time())
        else:
            wall = datetime.strptime(written, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - wall time
        moment = to_instant(wall, CAMPUS_ZONE)
    except (ValueError, OverflowError):
        _no_moment(written)
    if moment > now():
        choices.refuse(
            _("%(value)s has not come yet: choose a moment that has passed.", value=written)
        )
    return moment


def _no_moment(written: str) -> NoReturn:
    choices.refuse(
        _(
            "“%(value)s” is no moment to compare with: write 18:00 for today, or 2020-02-21T18:00.",
            value=written[:40],
        )
    )


def moments() -> list[tuple[str, str]]:
    """Moments worth comparing with, as written in an address and in words: the last 18:00, the
    evening before, an hour ago."""
    wall = to_wall(now(), CAMPUS_ZONE).replace(second=0, microsecond=0)
    six = wall.replace(hour=18, minute=0)
    six = six if six <= wall else six - timedelta(days=1)
    night = (wall - timedelta(days=1)).replace(hour=22, minute=0)
    found = [(wall - timedelta(hours=1), _("an hour ago")), (night, _("yesterday 22:00"))]
    spoken = _("today 18:00") if six.date() == wall.date() else _("yesterday 18:00")
    return [(f"{at:%Y-%m-%dT%H:%M}", words) for at, words in [*found, (six, spoken)]]
