"""One duty in words."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tracker import language
from tracker.domain.errors import N_
from tracker.domain.progress import Progress
from tracker.domain.vocabulary import DutyRole

Facts = tuple[tuple[int, ...], str, str, str, str, DutyRole]
"""Row numbers, title, title_en, text, text_en, role."""


@dataclass(frozen=True)
class LineWords:
    """`rows`: 「3」 or, for a standing duty, 「1–16」. `ask`: the duty's words, the reports that
    wait, or the days without a word. `duty`: the same with the role's word before it."""

    rows: str
    title: str
    ask: str
    duty: str


@lru_cache(maxsize=4096)
def line_words(
    locale: str,
    today: date | None,
    facts: Facts,
    progress: Progress,
    waiting: int,
    missing_days: tuple[date, ...],
) -> LineWords:
    """`today`: the campus day, where `missing_days` are named by it."""
    numbers, title, title_en, text, text_en, role = facts
    english = locale == "en"
    if missing_days and len(numbers) > 1:
        title, title_en = (language.gettext(locale, N_("Daily check-in")),) * 2
    ask = _ask(locale, today, (text_en or text) if english else text, role, progress, waiting)
    if missing_days:
        assert today is not None  # It names the days.
        joint = ", " if english else "、"
        days = joint.join(language.day(locale, day, today) for day in missing_days)
        ask = language.gettext(locale, N_("no check-in for %(days)s"), days=days)
    word = language.label(locale, role)
    return LineWords(
        rows=str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}",
        title=(title_en or title) if english else title,
        ask=ask,
        duty=ask if ask.startswith(word) else f"{word} | {ask}",
    )


def _ask(
    locale: str, today: date | None, text: str, role: DutyRole, progress: Progress, waiting: int
) -> str:
    if role is DutyRole.INSPECT:
        return language.plural(
            locale,
            "%(num)s report waits for your verification",
            "%(num)s reports wait for your verification",
            waiting,
        )
    if progress.total is None:
        return text
    if progress.done is None:
        silent = language.gettext(
            locale, N_("nothing reported, of %(total)s"), total=progress.total
        )
        return f"{text} ({silent})"
    return f"{text} ({progress.done}/{progress.total})"
