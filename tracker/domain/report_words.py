"""A report in as many words as a chat group reads: whole sentences only, the most important ones
where there is no room for all."""

from collections import defaultdict
from collections.abc import Sequence

from tracker.domain.errors import N_
from tracker.domain.report_clauses import (
    Clause,
    Named,
    Wording,
    by_row,
    is_subject,
    named,
    ranges,
)
from tracker.domain.reports import Facts, ReportRow, Since
from tracker.domain.vocabulary import Health, Light

NAMED = (6, 4, 3, 2, 1, 0)
"""How many units a sentence names, as room gets scarce."""


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
    """What must be done first: the overdue, the next cut-off, then the counts and the rest."""
    found = [_head(facts, words)]
    if facts.overdue:
        head = words.say(N_("Overdue: %(num)s"), num=len(facts.overdue))
        found.append(Clause(1, 2, head, (by_row(facts, words, facts.overdue),)))
    if facts.next_cutoff is not None:
        head = words.say(
            N_("Next cut-off: %(cutoff)s, not yet settled: %(num)s"),
            cutoff=words.cutoff(facts),
            num=len(facts.pressing),
        )
        found.append(Clause(2, 3, head, (by_row(facts, words, facts.pressing),)))
    found += _rows(facts, words)
    found += _standing(facts, words)
    if facts.urged:
        found.append(Clause(5, 6, _urged(facts, words)))
    if facts.since is not None and (said := _since(facts, facts.since, words)):
        found.append(Clause(8, 7, said))
    return found


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
    lights = [cell.light for cell in facts.cells]
    said = words.say(
        N_(
            "[Report no. %(number)s] %(plan)s: as of %(moment)s, "
            "settled %(settled)s/%(total)s (%(percent)s%%), "
            "waiting for verification %(waiting)s, sent back %(returned)s"
        ),
        number=facts.number,
        plan=words.short_title(facts.plan),
        moment=words.moment(facts.at, facts),
        settled=facts.settled,
        total=facts.asked,
        percent=facts.percent,
        waiting=lights.count(Light.REPORTED),
        returned=lights.count(Light.RETURNED),
    )
    if facts.late and facts.due_at is not None:
        said += words.say(
            N_(" (made late: it was due %(due)s, its numbers are those of %(moment)s)"),
            due=words.moment(facts.due_at, facts),
            moment=words.moment(facts.at, facts),
        )
    return Clause(0, 1, said)


def _rows(facts: Facts, words: Wording) -> list[Clause]:
    """Counted rows: those that miss most come first and are left out last. Rows of which nobody has
    said anything share one clause."""
    counted = [row for row in facts.rows if row.counts is not None]
    spoken = [row for row in counted if row.done is not None]
    first = sorted(spoken, key=lambda row: (-row.missing, -len(row.silent), row.number))
    found = [_row(facts, row, words, 10 + place) for place, row in enumerate(first)]
    silent = [row.number for row in counted if row.done is None and (row.silent or row.gaps)]
    if silent:
        rows = ranges(silent, words.comma)
        found.append(
            Clause(6, 4, words.say(N_("no unit has reported on rows %(rows)s"), rows=rows))
        )
    return found


def _row(facts: Facts, row: ReportRow, words: Wording, rank: int) -> Clause:
    label, done = _label(row, words), row.done or 0
    if row.total is None:
        head = words.say(N_("%(label)s: %(done)s reported"), label=label, done=done)
    else:
        head = words.say(
            _OF_TARGET[_state(row)],
            label=label,
            done=done,
            total=row.total,
            missing=row.missing,
        )
    silent = dict.fromkeys(row.silent)
    gaps = {gap.unit: gap.missing for gap in row.gaps if gap.unit not in silent}
    lists = (
        Named(named(facts, words, gaps), *_AMONG),
        Named(named(facts, words, silent), *_SILENT),
    )
    return Clause(rank, 4, head, lists)


def _label(row: ReportRow, words: Wording) -> str:
    counts = words.pick(row.counts) if row.counts else ""
    if is_subject(row, words):
        title = words.pick(row.title)
        return words.say(N_("%(title)s: %(counts)s"), title=title, counts=counts)
    return words.say(N_("row %(number)s (%(counts)s)"), number=row.number, counts=counts)


_OF_TARGET = {
    "missing": N_("%(label)s %(done)s/%(total)s, missing %(missing)s"),
    "above": N_("%(label)s: %(done)s reported, above the target of %(total)s, please check"),
    "unsaid": N_("%(label)s %(done)s/%(total)s"),
    "complete": N_("%(label)s %(done)s/%(total)s, complete"),
}


def _state(row: ReportRow) -> str:
    """Complete only where no unit is silent."""
    if row.missing:
        return "missing"
    if (row.done or 0) > (row.total or 0):
        return "above"
    return "unsaid" if row.silent or row.gaps else "complete"


def _standing(facts: Facts, words: Wording) -> list[Clause]:
    """Standing duties' word of the report's day, which a late report names."""
    names = {unit.code: words.pick(unit.name) for unit in facts.units}
    said = _HEALTH_OF_DAY if facts.late else _HEALTH
    found = []
    for cell in facts.cells:
        own = next((day for day in cell.days if day.day == facts.day), None)
        if own is None or (own.health is None and not own.late):
            continue
        rank = 7 if own.health is Health.NORMAL else 3
        word = words.say(said[own.health], unit=names[cell.unit], day=words.day(facts))
        found.append(Clause(rank, 5, word))
    return found


_HEALTH = {
    None: N_("%(unit)s has not reported today"),
    Health.NORMAL: N_("%(unit)s reports that all is normal"),
    Health.TROUBLE: N_("%(unit)s reports trouble"),
    Health.RECOVERED: N_("%(unit)s reports that it works again"),
}
_HEALTH_OF_DAY = {
    None: N_("%(unit)s has not reported on %(day)s"),
    Health.NORMAL: N_("%(unit)s reported on %(day)s that all was normal"),
    Health.TROUBLE: N_("%(unit)s reported trouble on %(day)s"),
    Health.RECOVERED: N_("%(unit)s reported on %(day)s that it worked again"),
}


def _urged(facts: Facts, words: Wording) -> str:
    if facts.late:
        msgid = N_("Urged since %(day)s: %(num)s, answered: %(answered)s")
    else:
        msgid = N_("Urged today: %(num)s, answered: %(answered)s")
    return words.say(msgid, day=words.day(facts), num=facts.urged, answered=facts.answered)


_NEWLY = (
    ("settled", N_("newly settled %(num)s")),
    ("overdue", N_("newly overdue %(num)s")),
    ("returned", N_("newly sent back %(num)s")),
    ("lacking", N_("newly lacking %(num)s")),
    ("reopened", N_("open again %(num)s")),
)


def _since(facts: Facts, since: Since, words: Wording) -> str:
    counts = [(msgid, getattr(since, name)) for name, msgid in _NEWLY]
    newly = [words.say(msgid, num=num) for msgid, num in counts if num]
    if since.same:
        newly = [words.say(N_("nothing changed"))]
    if not newly:
        return ""
    return words.say(
        N_("Since report no. %(number)s (%(moment)s): %(list)s"),
        number=since.number,
        moment=words.moment(since.at, facts),
        list=words.comma.join(newly),
    )
