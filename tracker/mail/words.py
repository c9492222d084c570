"""What mails and files say, in one language at one moment."""

from datetime import date, datetime
from enum import Enum

from tracker import language
from tracker.domain.contingencies import DRILL, DRILL_EN
from tracker.domain.cutoffs import to_wall
from tracker.domain.notices import Bilingual, Phrase, Said, speaks_of_drill


class Words:
    def __init__(self, locale: str, now: datetime, zone: str) -> None:
        self.locale, self.now, self.zone = locale, now, zone

    def _(self, msgid: str, **params: object) -> str:
        return language.gettext(self.locale, msgid, **params)

    def pick(self, zh: str, en: str) -> str:
        return (en or zh) if self.locale == "en" else zh

    def label(self, member: Enum) -> str:
        return language.label(self.locale, member)

    def cutoff(self, due_at: datetime) -> str:
        return language.cutoff(self.locale, due_at, self.now, self.zone)

    def short(self, due_at: datetime) -> str:
        return language.cutoff_short(self.locale, due_at, self.now, self.zone)

    def day(self, value: date) -> str:
        return language.day(self.locale, value, to_wall(self.now, self.zone).date())

    def full_moment(self) -> str:
        """The moment of which this speaks."""
        return language.full_moment(self.locale, self.now, self.zone)

    def zone_name(self) -> str:
        return language.zone_name(self.locale, self.zone)

    def moments(self, instants: tuple[datetime, ...]) -> str:
        joint = ", " if self.locale == "en" else "、"
        return joint.join(language.moment(self.locale, at, self.zone) for at in instants)

    def phrase(self, phrase: Phrase, zone: str) -> str:
        return self._(
            phrase.msgid,
            **{name: self._value(value, zone) for name, value in phrase.params.items()},
        )

    def _value(self, value: str | int | Bilingual | datetime, zone: str) -> str | int:
        if isinstance(value, Bilingual):
            return self.pick(value.zh, value.en or value.zh)
        if isinstance(value, datetime):
            return language.cutoff(self.locale, value, self.now, zone)
        return value

    def told(self, said: Said) -> str:
        """A notice's own subject, marked where it speaks of a drill and does not say so itself."""
        subject = self.phrase(said.subject, said.zone)
        return self.marked(subject) if speaks_of_drill(said) else subject

    @property
    def drill_mark(self) -> str:
        return f" {DRILL_EN.strip()}" if self.locale == "en" else DRILL

    def marked(self, subject: str) -> str:
        mark = DRILL_EN if self.locale == "en" else DRILL
        return subject if mark in subject else mark + subject

    def notice(self, said: Said) -> dict[str, object]:
        """One notice as the templates show it."""
        return {
            "lead": self.phrase(said.lead, said.zone),
            "words": said.words,
            "lines": [self.phrase(line, said.zone) for line in said.lines],
            "path": said.path,
        }
