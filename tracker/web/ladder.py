"""The ladder in plain words: when, whom, and what is special about a rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import ngettext

from tracker import language
from tracker.domain.reminding import Rule
from tracker.domain.vocabulary import Audience, DutyRole
from tracker.models.reminder import ReminderRule
from tracker.web.filters import locale


@dataclass(frozen=True)
class Rung:
    """One rule of the ladder in words. `day`: its distance from the cut-off's last day."""

    rule_id: int | None
    day: int
    at: str
    when: str
    whom: str
    notes: tuple[str, ...]


def rung(rule: Rule, rule_id: int | None = None) -> Rung:
    notes = []
    if rule.roles:
        notes.append(_("Only about: %(roles)s.", roles=_joined(rule.roles, DutyRole)))
    if rule.working_days:
        notes.append(_("On a day off it waits for the next working day."))
    if rule.repeats:
        notes.append(_("Every day from then on, until everything is settled."))
    if rule.ignores_quiet:
        notes.append(_("Last call: also goes out in the quiet hours (22:00 to 7:00)."))
    if Audience.INSPECTORS in rule.audience:
        notes.append(_("Inspectors are told which reports wait for them."))
    if Audience.AFFAIRS in rule.audience:
        notes.append(_("Academic affairs are told which units are late."))
    at = f"{rule.at:%H:%M}"
    return Rung(rule_id, rule.day_offset, at, when(rule), whom(rule.audience), tuple(notes))


def whom(audience: Iterable[Audience]) -> str:
    """「联系人、负责人」."""
    return _joined(audience, Audience)


def _joined(members: Iterable[StrEnum], kind: type[StrEnum]) -> str:
    """In the order of the vocabulary."""
    named = set(members)
    words = [language.label(locale(), member) for member in kind if member in named]
    return (", " if locale() == "en" else "、").join(words)


def day(days: int) -> str:
    """「截止日前1天」, the head of a day in the timeline."""
    if days == 0:
        return _("The last day")
    if days < 0:
        return ngettext("%(num)s day before", "%(num)s days before", -days)
    return ngettext("%(num)s day after", "%(num)s days after", days)


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
