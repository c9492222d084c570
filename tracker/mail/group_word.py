"""A group's word: a few lines of plain text that a phone shows without opening anything."""

from datetime import datetime

from tracker import language
from tracker.domain.group_digests import GroupDigest, GroupPart
from tracker.mail.robots import LONGEST, Word
from tracker.mail.words import Words

LOCALE = "zh_Hans"
"""Groups are the campus's own and speak its language."""

NAMED = 6
"""Duties or units that are named of each cut-off; the rest are counted."""


def render_group_word(robot: str, digest: GroupDigest, now: datetime, url: str) -> Word:
    words = Words(LOCALE, now, digest.zone)
    lines = tuple(line for part in digest.parts for line in _part(words, part, now))
    head = words._("[Duties] %(unit)s", unit=digest.unit)
    if digest.named:
        lines = (*lines, words._("For: %(names)s", names="、".join(digest.named)))
    foot = words._("Tick off at: %(url)s", url=f"{url}/mine")
    room = LONGEST - len(head) - len(foot) - 2
    body = "\n".join(lines)
    if len(body) > room:
        body = body[: room - 1] + "…"
    return Word(robot, f"{head} {lines[0]}"[:200], f"{head}\n{body}\n{foot}", lines)


def _part(words: Words, part: GroupPart, now: datetime) -> list[str]:
    cutoff = words.short(part.due_at)
    said = []
    if part.own:
        count = len(part.own)
        lead = (
            language.plural(
                LOCALE,
                "%(num)s overdue since %(cutoff)s",
                "%(num)s overdue since %(cutoff)s",
                count,
                cutoff=cutoff,
            )
            if now >= part.due_at
            else language.plural(
                LOCALE,
                "%(num)s open before %(cutoff)s",
                "%(num)s open before %(cutoff)s",
                count,
                cutoff=cutoff,
            )
        )
        titles = [f"{line.task_numbers[0]} {line.title}" for line in part.own[:NAMED]]
        said.append(lead + "：" + "；".join(titles) + ("……" if count > NAMED else ""))
    if part.behind:
        units = [f"{name}{count}项" for name, count in part.behind[:NAMED]]
        more = len(part.behind) > NAMED
        lead = language.plural(
            LOCALE,
            "%(num)s unit behind before %(cutoff)s",
            "%(num)s units behind before %(cutoff)s",
            len(part.behind),
            cutoff=cutoff,
        )
        said.append(lead + "：" + "、".join(units) + ("等" if more else ""))
    return said
