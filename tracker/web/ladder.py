"""The ladder in plain words: when, whom, and what is special about a rule."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from tracker import language
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import Audience
from tracker.models.reminder import ReminderRule
from tracker.web.filters import locale


@dataclass(frozen=True)
class Rung:
    """One rule of the ladder in words."""

    when: str
    whom: str
    notes: tuple[str, ...]


def rung(rule: Rule) -> Rung:
    notes = []
    if rule.repeats:
        notes.append(_("Every day from then on, until everything is settled."))
    if rule.ignores_quiet:
        notes.append(_("Last call: also goes out in the quiet hours (22:00 to 7:00)."))
    if Audience.AFFAIRS in rule.audience:
        notes.append(_("Academic affairs are told which units are late."))
    return Rung(when(rule), whom(rule.audience), tuple(notes))


def whom(audience: Iterable[Audience]) -> str:
    """「联系人、负责人」."""
    named = set(audience)
    words = [language.label(locale(), member) for member in Audience if member in named]
    return (", " if locale() == "en" else "、").join(words)


def when(rule: Rule | ReminderRule) -> str:
    """「截止日前1天09:00」, counted from the cut-off's last day."""
    at, days = f"{rule.at:%H:%M}", rule.day_offset
    if days == 0:
        return _("On the last day, %(at)s", at=at)
    if days < 0:
        return ngettext(
            "%(num)s day before the last day, %(at)s",
            "%(num)s days before the last day, %(at)s",
            -days,
            at=at,
        )
    return ngettext(
        "%(num)s day after the last day, %(at)s",
        "%(num)s days after the last day, %(at)s",
        days,
        at=at,
    )
