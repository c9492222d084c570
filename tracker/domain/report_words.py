"""A report in as many words as a chat group reads: whole sentences only, the most important ones
where there is no room for all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tracker.domain.errors import N_
from tracker.domain.notices import Bilingual
from tracker.domain.reports import Facts, ReportRow
from tracker.domain.vocabulary import Health

NAMED = (6, 4, 3, 2, 1, 0)
"""How many units a sentence names, as room gets scarce."""

TITLE_MAX = 30


class Wording(Protocol):
    """What one language says. `limit`: characters that a chat group reads."""

    limit: int
    stop: str
    joint: str
    comma: str

    def say(self, msgid: str, **params: str | int) -> str: ...

    def pick(self, name: Bilingual) -> str: ...

    def moment(self, facts: Facts) -> str: ...

    def due(self, facts: Facts) -> str: ...

    def cutoff(self, facts: Facts) -> str: ...

    def short_title(self, name: Bilingual) -> str: ...


@dataclass(frozen=True)
class Named:
    """Units, the most important first. `some` and `all`: msgids with %(list)s and %(num)s, `none`
    with %(num)s only."""

    parts: tuple[str, ...]
    all: str
    some: str
    none: str

    def fill(self, words: Wording, shown: int) -> str:
        if not self.parts:
            return ""
        num = len(self.parts)
        if not shown:
            return words.say(self.none, num=num)
        names = words.comma.join(self.parts[:shown])
        return words.say(self.all if num <= shown else self.some, list=names, num=num)


@dataclass(frozen=True)
class Clause:
    """`rank`: the higher, the sooner it is left out. Clauses of one `group` are one sentence."""

    rank: int
    group: int
    head: str
    lists: tuple[Named, ...] = ()

    def fill(self, words: Wording, shown: int) -> str:
        return self.head + "".join(each.fill(words, shown) for each in self.lists)


def compose(facts: Facts, words: Wording) -> str:
    """The text, at most `words.limit` characters: first fewer units are named, then whole clauses
    are left out."""
    clauses = _clauses(facts, words)
    for shown in NAMED:
        if len(text := _joined(clauses, words, shown)) <= words.limit:
            return text
    while len(clauses) > 1:
        least = max(range(len(clauses)), key=lambda at: (clauses[at].rank, at))
        clauses = [clause for at, clause in enumerate(clauses) if at != least]
        if len(text := _joined(clauses, words, 0)) <= words.limit:
            return text
    return _joined(clauses, words, 0)


def _joined(clauses: Sequence[Clause], words: Wording, shown: int) -> str:
    sentences: dict[int, list[str]] = defaultdict(list)
    for clause in clauses:
        sentences[clause.group].append(clause.fill(words, shown))
    joined = (words.joint.join(said) for said in sentences.values())
    return "".join(said[:1].upper() + said[1:] + words.stop for said in joined).strip()


def _clauses(facts: Facts, words: Wording) -> list[Clause]:
    found = [_head(facts, words), *_rows(facts, words)]
    overdue = facts.overdue
    if overdue:
        head = words.say(N_("Overdue: %(num)s"), num=len(overdue))
        counts = _by_unit([cell.unit for cell in overdue])
        units = _named(facts, words, counts)
        found.append(Clause(1, 3, head, (Named(units, *_COLON),)))
    found += _standing(facts, words)
    if facts.urged:
        said = words.say(
            N_("Urged today: %(num)s, answered: %(answered)s"),
            num=facts.urged,
            answered=facts.answered,
        )
        found.append(Clause(4, 5, said))
    if facts.next_cutoff is not None:
        said = words.say(N_("Next cut-off: %(cutoff)s"), cutoff=words.cutoff(facts))
        found.append(Clause(3, 6, said))
    return found


_COLON = (
    N_(" (%(list)s)"),
    N_(" (%(list)s and others, units: %(num)s)"),
    N_(" (units: %(num)s)"),
)
_AMONG = (
    N_(", among them %(list)s"),
    N_(", among them %(list)s and others, units: %(num)s"),
    N_(", units: %(num)s"),
)
_SILENT = (
    N_(", no report from %(list)s"),
    N_(", no report from %(list)s and others, units: %(num)s"),
    N_(", units without a report: %(num)s"),
)


def _head(facts: Facts, words: Wording) -> Clause:
    said = words.say(
        N_(
            "[Report no. %(number)s] %(plan)s: as of %(moment)s, "
            "settled %(settled)s/%(total)s (%(percent)s%%)"
        ),
        number=facts.number,
        plan=words.short_title(facts.plan),
        moment=words.moment(facts),
        settled=facts.settled,
        total=facts.asked,
        percent=facts.percent,
    )
    if facts.late:
        said += words.say(N_(" (made late: it was due %(moment)s)"), moment=words.due(facts))
    return Clause(0, 1, said)


def _rows(facts: Facts, words: Wording) -> list[Clause]:
    """Counted rows: those that miss most are left out last. Rows of which nobody has said anything
    share one clause."""
    counted = [row for row in facts.rows if row.counts is not None]
    spoken = [row for row in counted if row.done is not None]
    least = sorted(spoken, key=lambda row: (-row.missing, -len(row.silent), row.number))
    ranks = {row.number: 10 + place for place, row in enumerate(least)}
    found = [_row(facts, row, words, ranks[row.number]) for row in spoken]
    silent = [row.number for row in counted if row.done is None and row.silent]
    if silent:
        rows = ranges(silent, words.comma)
        found.append(
            Clause(5, 2, words.say(N_("no unit has reported on rows %(rows)s"), rows=rows))
        )
    return found


def _row(facts: Facts, row: ReportRow, words: Wording, rank: int) -> Clause:
    title = words.pick(row.title)
    if len(title) > TITLE_MAX:
        title = words.say(N_("Row %(number)s"), number=row.number)
    done = row.done or 0
    if row.total is None:
        head = words.say(N_("%(title)s: %(done)s reported"), title=title, done=done)
    elif row.missing:
        head = words.say(
            N_("%(title)s: %(done)s/%(total)s, missing %(missing)s"),
            title=title,
            done=done,
            total=row.total,
            missing=row.missing,
        )
    else:
        head = words.say(
            N_("%(title)s: %(done)s/%(total)s"), title=title, done=done, total=row.total
        )
    gaps = {gap.unit: gap.missing for gap in row.gaps}
    silent = _named(facts, words, dict.fromkeys(row.silent))
    lists = (Named(_named(facts, words, gaps), *_AMONG), Named(silent, *_SILENT))
    return Clause(rank, 2, head, lists)


def _standing(facts: Facts, words: Wording) -> list[Clause]:
    """Standing duties' word of the report's day."""
    names = {unit.code: words.pick(unit.name) for unit in facts.units}
    found = []
    for cell in facts.cells:
        today = next((day for day in cell.days if day.day == facts.day), None)
        if today is None or (today.health is None and not today.late):
            continue
        rank = 6 if today.health is Health.NORMAL else 2
        said = words.say(_HEALTH[today.health], unit=names[cell.unit])
        found.append(Clause(rank, 4, said))
    return found


_HEALTH = {
    None: N_("%(unit)s has not reported today"),
    Health.NORMAL: N_("%(unit)s reports that all is normal"),
    Health.TROUBLE: N_("%(unit)s reports trouble"),
    Health.RECOVERED: N_("%(unit)s reports that it works again"),
}


def _by_unit(codes: Sequence[str]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for code in codes:
        found[code] = (found.get(code) or 0) + 1
    return found


def _named(facts: Facts, words: Wording, counts: Mapping[str, int | None]) -> tuple[str, ...]:
    """Units by name, with their number where they have one, the largest first."""
    names = {unit.code: words.pick(unit.name) for unit in facts.units}
    order = sorted(counts, key=lambda code: -(counts[code] or 0))
    return tuple(
        names[code]
        if counts[code] is None
        else words.say(N_("%(unit)s %(num)s"), unit=names[code], num=counts[code] or 0)
        for code in order
    )


def ranges(numbers: Sequence[int], comma: str) -> str:
    """「2、4–10」."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return comma.join(str(a) if a == b else f"{a}–{b}" for a, b in runs)
