"""What is known already of an amended notice's rows and cells, so that nobody decides it twice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tracker.domain.matrix import MERGED
from tracker.domain.notice_choices import LEFT_OUT, Choices, ColumnChoice, RowChoice
from tracker.domain.notice_differences import KnownDuty, KnownTask
from tracker.domain.notice_tables import ReadTables
from tracker.domain.notice_windows import title_key
from tracker.domain.vocabulary import Cadence, UnitKind

Earlier = tuple[ReadTables, Choices]


def remembered(
    read: ReadTables,
    guessed: Choices,
    tasks: Sequence[KnownTask],
    duties: Sequence[KnownDuty],
    earlier: Earlier | None,
) -> Choices:
    """`guessed`, with what an earlier import decided of the same columns and texts, and before that
    with what the plan says now."""
    columns = tuple(
        _column(header, column, duties, earlier)
        for header, column in zip(read.headers, guessed.columns, strict=True)
    )
    old_rows = _earlier_rows(earlier)
    rows = []
    for at, row in enumerate(guessed.rows):
        known = _known(row, tasks)
        old = old_rows.get(title_key(row.title))
        if known is not None:
            row = _with_measure(row, known)
        if old is not None:
            row = replace(row, leave=old.leave)
        cells = tuple(
            _cell(
                read, at, place, row.cells[place], columns[place].kind, known, duties, old, earlier
            )
            for place in range(len(columns))
        )
        rows.append(replace(row, cells=cells))
    return replace(guessed, columns=columns, rows=tuple(rows))


def _earlier_rows(earlier: Earlier | None) -> Mapping[str, RowChoice]:
    return {title_key(row.title): row for row in earlier[1].rows} if earlier else {}


def _column(
    header: str, guessed: ColumnChoice, duties: Sequence[KnownDuty], earlier: Earlier | None
) -> ColumnChoice:
    if earlier and header in earlier[0].headers:
        return earlier[1].columns[earlier[0].headers.index(header)]
    own = [known.duty for known in duties if known.duty.kind == guessed.kind and not known.dropped]
    if not own:
        return guessed
    daily = [duty for duty in own if duty.cadence is Cadence.DAILY]
    if len(daily) < len(own):
        return replace(guessed, cadence=Cadence.ONCE)
    by = daily[0].report_by
    return replace(
        guessed, cadence=Cadence.DAILY, report_by=f"{by:%H:%M}" if by else guessed.report_by
    )


def _known(row: RowChoice, tasks: Sequence[KnownTask]) -> KnownTask | None:
    key = title_key(row.title)
    titled = [known for known in tasks if title_key(known.row.title) == key]
    numbered = [
        known for known in tasks if str(known.row.number) == row.number and not known.dropped
    ]
    return next(iter([*(k for k in titled if k in numbered), *titled, *numbered]), None)


def _with_measure(row: RowChoice, known: KnownTask) -> RowChoice:
    measure = known.row.measure
    if measure is None:
        return replace(row, counts="", target="", held_by="")
    target = "" if measure.target is None else str(measure.target)
    return replace(row, counts=measure.counts, target=target, held_by=measure.held_by or "")


def _cell(
    read: ReadTables,
    at: int,
    place: int,
    guessed: str,
    kind: str,
    known: KnownTask | None,
    duties: Sequence[KnownDuty],
    old: RowChoice | None,
    earlier: Earlier | None,
) -> str:
    text = read.rows[at].cells[place]
    if known is not None and text.strip() and text != MERGED and kind in set(UnitKind):
        for duty in duties:
            same_place = duty.duty.kind == kind and duty.duty.tasks[:1] == (known.row.number,)
            if same_place and title_key(duty.duty.text) == title_key(text) and not duty.dropped:
                return duty.duty.role
    header = read.headers[place]
    if old is None or earlier is None or header not in earlier[0].headers:
        return guessed
    column = earlier[0].headers.index(header)
    then = earlier[0].rows[earlier[1].rows.index(old)].cells[column]
    chosen = old.cells[column]
    is_decision = chosen in (LEFT_OUT, MERGED) or guessed == ""
    return chosen if title_key(then) == title_key(text) and is_decision else guessed
