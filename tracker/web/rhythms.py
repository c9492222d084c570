"""How often a duty is reported, in words."""

from datetime import time
from typing import Any

from flask import Flask
from flask_babel import gettext as _

from tracker import language
from tracker.domain.standing import Rhythm, rhythm_of
from tracker.domain.vocabulary import Cadence
from tracker.web.filters import locale


def rhythm(duty: Any) -> str:
    """「每周五17:00前报送」; of a duty or a row with its columns."""
    return rhythm_words(rhythm_of(duty), duty.report_by)


def rhythm_words(said: Rhythm, by: time | None) -> str:
    blank = " " if locale() == "en" else ""
    clock = f"{blank}{by:%H:%M}" if by else ""
    if said.cadence is Cadence.ONCE:
        return _("Reported once")
    if said.cadence is Cadence.DAILY:
        return _("Reported every day by%(clock)s", clock=clock) if by else _("Reported every day")
    if said.cadence is Cadence.WEEKLY:
        day = language.weekday(locale(), 6 if said.on is None else said.on)
        return _("Reported every week by %(day)s%(clock)s", day=day, clock=clock)
    if said.on is None or said.on >= 31:
        return _("Reported every month by its last day%(clock)s", clock=clock)
    return _("Reported every month by day %(day)s%(clock)s", day=said.on, clock=clock)


def register(app: Flask) -> None:
    app.jinja_env.globals["rhythm"] = rhythm
