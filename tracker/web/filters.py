"""What templates may call to put values into words, and what every page needs to know."""

import hashlib
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale, gettext

from tracker import clock, language
from tracker.domain.cutoffs import CAMPUS_ZONE, to_wall
from tracker.domain.errors import N_
from tracker.domain.vocabulary import DutyRole, Light
from tracker.mail.mailbox import DRY_RUN, KEPT
from tracker.models.outbox import OutboxMessage


def now() -> datetime:
    """Campus time, read once per request."""
    if "now" not in g:
        g.now = clock.now()
    return g.now


def locale() -> str:
    """Of this request: it is looked up once."""
    if "spoken" not in g:
        g.spoken = language.known(str(get_locale()))
    return g.spoken


def in_language(obj: Any, field: str) -> str:
    """`obj.title` for Chinese readers, `obj.title_en` for English ones."""
    if locale() == "en":
        return getattr(obj, f"{field}_en") or getattr(obj, field)
    return getattr(obj, field)


def label(member: Enum) -> str:
    return language.label(locale(), member)


def role_word(value: str) -> str:
    """Of a role as it is kept."""
    return label(DutyRole(value))


def letter(light: Light) -> str:
    return language.letter(locale(), light)


def cutoff(due_at: datetime, zone: str) -> str:
    return language.cutoff(locale(), due_at, now(), zone)


def cutoff_short(due_at: datetime, zone: str) -> str:
    return language.cutoff_short(locale(), due_at, now(), zone)


def moment(instant: datetime, zone: str) -> str:
    return language.moment(locale(), instant, zone)


def full_moment(instant: datetime, zone: str) -> str:
    return language.full_moment(locale(), instant, zone)


def today(zone: str) -> date:
    """The campus day in a plan's zone."""
    return to_wall(now(), zone).date()


def day(value: date, zone: str) -> str:
    return language.day(locale(), value, today(zone))


def wall(instant: datetime, zone: str) -> str:
    """ "2020-02-22T18:00", campus wall time, as a datetime-local field takes it."""
    return to_wall(instant, zone).isoformat(timespec="minutes")


def reason(text: str | None) -> str:
    """Why a mail stands as it does: our own reasons in the reader's words, a relay's as it said
    them."""
    return language.gettext(locale(), text) if text else ""


_ANSWERS = {
    f"{KEPT} ": N_("written to %(file)s"),
    f"{DRY_RUN} ": N_("dry run: written to %(file)s"),
}


def answer(text: str | None) -> str:
    """What a mail server answered, as it said it; our own mailbox in the reader's words."""
    for start, msgid in _ANSWERS.items():
        if text and text.startswith(start):
            return gettext(msgid, file=text.removeprefix(start))
    return text or ""


def addressee(message: OutboxMessage) -> str:
    """The person of a mail, the group of a word, or the program that is told."""
    if message.user is not None:
        return in_language(message.user, "name")
    if message.channel == "webhook":
        return gettext("program at %(host)s", host=message.to_address)
    return gettext("group robot of %(unit)s", unit=message.to_address)


@cache
def _fingerprint(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """A static file's address with its hash, so that browsers may keep it for ever."""
    folder = current_app.static_folder
    assert folder is not None
    return url_for("static", filename=name, v=_fingerprint(str(Path(folder, name))))


def release() -> str:
    """What differs where a page of another release would."""
    folder = current_app.static_folder
    assert folder is not None
    return _fingerprint(f"{folder}/site.css") + _fingerprint(f"{folder}/site.js")


def _context() -> dict[str, Any]:
    settings = current_app.config["TRACKER"]
    return {
        "asset": asset,
        "clock_now": now(),
        "gap": " " if locale() == "en" else "",  # Between two sentences.
        "lang": "en" if locale() == "en" else "zh-Hans",
        "locales": language.LOCALES,
        "page_path": request.full_path.rstrip("?") if request else "/",
        "rehearsal": settings.rehearsal,
        "t": in_language,
        "zone": CAMPUS_ZONE,
        "dry_run": current_app.config["TRACKER"].dry_run,
    }


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        addressee=addressee,
        answer=answer,
        cutoff=cutoff,
        cutoff_short=cutoff_short,
        day=day,
        full_moment=full_moment,
        label=label,
        letter=letter,
        moment=moment,
        reason=reason,
        role_word=role_word,
        today=today,
        wall=wall,
    )
    app.context_processor(_context)
