"""A digest in its reader's words: subject, plain text, HTML, and the lines for ledgers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tracker import language
from tracker.domain.contingencies import is_drill
from tracker.domain.cutoffs import to_wall
from tracker.domain.digests import Digest, Line, Part, is_mailed
from tracker.domain.notices import speaks_of_drill
from tracker.mail.line_words import LineWords, line_words
from tracker.mail.words import Words

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True)
class Rendered:
    """`lines`: one duty each, as ledgers and `rehearse` print them. `step` and `number` are those
    of the earliest cut-off in the mail."""

    to_address: str
    step: str
    number: int
    subject: str
    text: str
    html: str
    lines: tuple[str, ...]
    unsubscribe: str = ""


@cache
def environment(locale: str) -> Environment:
    """Templates of mails in one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(  # type: ignore[attr-defined]
        language.translations(locale), newstyle=True
    )
    return made


def render(
    digest: Digest,
    now: datetime,
    public_url: str,
    link: Callable[[Line], str],
    unsubscribe: str = "",
) -> Rendered:
    """Words for `digest` as of `now` (campus time). `link` gives the address of a duty of the
    reader's own; links lead to pages that only show on GET. `unsubscribe`: the
    address for RFC 8058."""
    locale = language.known(digest.locale)
    words = _DigestWords(locale, now, digest.zone)
    context: dict[str, Any] = {
        "digest": digest,
        "english": locale == "en",
        "gap": " " if locale == "en" else "",
        "lang": "en" if locale == "en" else "zh-Hans",
        "name": words.pick(digest.name, digest.name_en),
        "notices": [words.notice(said) for said in digest.notices],
        "parts": [words.part(part, link) for part in digest.parts],
        "plan": words.pick(digest.plan_title, digest.plan_title_en),
        "units": list(dict.fromkeys(words.pick(zh, en) for zh, en in digest.units)),
        "subject": words.subject(digest),
        "url": public_url,
        "zone_name": words.zone_name(),
    }
    templates = environment(locale)
    lead = digest.leading
    return Rendered(
        digest.to_address,
        lead.step if lead else digest.notices[0].kind.value.lower(),
        lead.number if lead else 0,
        context["subject"],
        templates.get_template("mail/digest.txt").render(context).strip() + "\n",
        templates.get_template("mail/digest.html").render(context),
        (*(words.told(said) for said in digest.notices), *words.lines(digest)),
        unsubscribe,
    )


class _DigestWords(Words):
    """What the templates of a digest say."""

    def part(self, part: Part, link: Callable[[Line], str]) -> dict[str, Any]:
        """One cut-off as both templates show it: every word is found once."""
        section = part.section
        return {
            "late": self.late(part),
            "cutoff": self.cutoff(section.due_at),
            "number": part.number,
            "earlier": self.moments(part.earlier) if part.earlier else "",
            "tried": self.tried_before(part),
            "piles": [
                (self.label(pile), [(self.said(line), link(line), line.reason) for line in lines])
                for pile, lines in section.own
            ],
            "late_units": self._late_units(part),
        }

    def _late_units(self, part: Part) -> list[tuple[str, str, list[tuple[LineWords, str, int]]]]:
        """Each unit, how it was reached, and what it owes; the notice's own words for a duty stand
        with the first unit that owes it."""
        told: set[tuple[str, str]] = set()
        units = []
        for lines in part.section.late:
            owed = []
            for line in lines:
                said = self.said(line)
                is_told = (said.rows, said.ask) in told and not line.missing_days
                told.add((said.rows, said.ask))
                owed.append((said, "" if is_told else said.ask, line.assignment_id))
            units.append((self.unit(lines[0]), self.tried(part, lines[0].unit_id), owed))
        return units

    def late(self, part: Part) -> bool:
        return self.now >= part.section.due_at

    def subject(self, digest: Digest) -> str:
        first = self._reminder(digest) or self.told(digest.notices[0])
        more = len(digest.notices) - (0 if digest.parts else 1)
        if not more:
            return first
        rest = digest.notices if digest.parts else digest.notices[1:]
        drill = any(speaks_of_drill(said) for said in rest)
        told = language.plural(
            self.locale,
            "%(first)s, and %(num)s notice",
            "%(first)s, and %(num)s notices",
            more,
            first=first,
        )
        return told + self.drill_mark if drill else told

    def _reminder(self, digest: Digest) -> str:
        """「【第3次提醒】22日24:00前还有3项」; empty where nothing is reminded of."""
        lead = digest.leading
        if lead is None:
            return ""
        if lead.last_call and not self.late(lead):
            head = self._("Reminder %(n)s, last call", n=lead.number)
        else:
            head = self._("Reminder %(n)s", n=lead.number)
        if self.locale == "en":
            subject = f"[{head}] " + "; ".join(self.summary(part) for part in digest.parts)
        else:
            subject = f"【{head}】" + "；".join(self.summary(part) for part in digest.parts)
        return self.marked(subject) if is_drill(digest.plan_title) else subject

    def summary(self, part: Part) -> str:
        """「22日24:00前还有3项」, 「3项已逾期（22日24:00）」, 「5个单位逾期共9项」."""
        said = []
        short, own = self.short(part.section.due_at), part.section.own_count
        if own and self.late(part):
            said.append(
                language.plural(
                    self.locale,
                    "%(num)s overdue since %(cutoff)s",
                    "%(num)s overdue since %(cutoff)s",
                    own,
                    cutoff=short,
                )
            )
        elif own:
            said.append(
                language.plural(
                    self.locale,
                    "%(num)s open before %(cutoff)s",
                    "%(num)s open before %(cutoff)s",
                    own,
                    cutoff=short,
                )
            )
        if part.section.late_count:
            said.append(
                language.plural(
                    self.locale,
                    "%(units)s late with %(num)s duty (%(cutoff)s)",
                    "%(units)s late with %(num)s duties (%(cutoff)s)",
                    part.section.late_count,
                    units=self.units_late(len(part.section.late)),
                    cutoff=short,
                )
            )
        return ("; " if self.locale == "en" else "；").join(said)

    def units_late(self, count: int) -> str:
        return language.plural(self.locale, "%(num)s unit", "%(num)s units", count)

    def tried_before(self, part: Part) -> list[str]:
        """What was tried with the contacts of the reader's own units."""
        names = {line.unit_id: self.unit(line) for _, lines in part.section.own for line in lines}
        return [
            self._("%(unit)s: %(tried)s", unit=name, tried=self.tried(part, unit_id))
            for unit_id, name in names.items()
            if part.tried.get(unit_id)
        ]

    def tried(self, part: Part, unit_id: int) -> str:
        """「联系人已收到3次提醒，最近一次2月22日22:00」; empty where nothing was tried."""
        moments = part.tried.get(unit_id, ())
        if not moments:
            return ""
        return language.plural(
            self.locale,
            "the contact was reminded %(num)s time, on %(last)s",
            "the contact was reminded %(num)s times, last on %(last)s",
            len(moments),
            last=language.moment(self.locale, moments[-1], self.zone),
        )

    def said(self, line: Line) -> LineWords:
        """The same words for the same duty of however many units, found once."""
        day = to_wall(self.now, self.zone).date() if line.missing_days else None
        facts = (line.task_numbers, line.title, line.title_en, line.text, line.text_en, line.role)
        return line_words(self.locale, day, facts, line.progress, line.waiting, line.missing_days)

    def lines(self, digest: Digest) -> list[str]:
        several = len(set(digest.units)) > 1
        said = []
        for part in digest.parts:
            for _pile, lines in part.section.own:
                for line in lines:
                    unit = f"{self.unit(line)} " if several else ""
                    said.append(self._line(unit, line))
            for lines in part.section.late:
                said.extend(self._line(f"{self.unit(line)} ", line) for line in lines)
        return said

    def _line(self, unit: str, line: Line) -> str:
        colon = ": " if self.locale == "en" else "："
        note = "" if is_mailed(line) else self._(" (for information)")
        said = self.said(line)
        return f"{unit}{said.rows} {said.title}{colon}{said.ask}{note}"

    def unit(self, line: Line) -> str:
        return self.pick(line.unit_name, line.unit_name_en)
