"""An amended notice against the plan that was made of the earlier one.

A row is known again by its title, else by its number; a cell by whose it is and the rows it covers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tracker.domain.notice_duties import DutySeed, TaskSeed
from tracker.domain.notice_windows import title_key


@dataclass(frozen=True)
class KnownTask:
    """A row as the plan has it; `dropped`: an amendment left it out."""

    id: int
    dropped: bool
    row: TaskSeed


@dataclass(frozen=True)
class KnownDuty:
    """A cell as the plan has it. `reports`: how many units have ticked it."""

    id: int
    dropped: bool
    reports: int
    duty: DutySeed


@dataclass(frozen=True)
class ChangedTask:
    """`fields`: what differs: number, title, deadline, measure, dropped. `moved`: its window is
    another one."""

    known: KnownTask
    row: TaskSeed
    fields: tuple[str, ...]
    moved: bool


@dataclass(frozen=True)
class ChangedDuty:
    """`fields`: what differs: text, role, rows, cadence, counted, target, reviewed, dropped."""

    known: KnownDuty
    duty: DutySeed
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    rows_added: tuple[TaskSeed, ...] = ()
    rows_changed: tuple[ChangedTask, ...] = ()
    rows_dropped: tuple[KnownTask, ...] = ()
    duties_added: tuple[DutySeed, ...] = ()
    duties_changed: tuple[ChangedDuty, ...] = ()
    duties_dropped: tuple[KnownDuty, ...] = ()
    kept: Mapping[int, int] = field(default_factory=dict)
    """Row number of the amended notice -> id of the row that the plan has."""

    cases: bool = False
    """The table of contingencies is another one."""

    @property
    def moved(self) -> tuple[ChangedTask, ...]:
        return tuple(change for change in self.rows_changed if change.moved)

    @property
    def empty(self) -> bool:
        return not (
            self.rows_added
            or self.rows_changed
            or self.rows_dropped
            or self.duties_added
            or self.duties_changed
            or self.duties_dropped
            or self.cases
        )


def difference(
    tasks: Sequence[KnownTask],
    duties: Sequence[KnownDuty],
    rows: Sequence[TaskSeed],
    cells: Sequence[DutySeed],
) -> Difference:
    pairs = _rows_known_again(tasks, rows)
    changed = [found for known, row in pairs if (found := _task_change(known, row)) is not None]
    again = {known.id for known, _row in pairs}
    met = {row.number for _known, row in pairs}
    numbers = {known.row.number: row.number for known, row in pairs}
    renumbered = [_renumbered(known, numbers) for known in duties]
    cell_pairs = _cells_known_again(renumbered, cells)
    by_id = {known.id: known for known in duties}
    matched = {known.id for known, _cell in cell_pairs}
    taken = {id(cell) for _known, cell in cell_pairs}
    return Difference(
        tuple(row for row in rows if row.number not in met),
        tuple(changed),
        tuple(known for known in tasks if known.id not in again and not known.dropped),
        tuple(cell for cell in cells if id(cell) not in taken),
        tuple(
            ChangedDuty(by_id[known.id], cell, fields)
            for known, cell in cell_pairs
            if (fields := _duty_fields(known, cell))
        ),
        tuple(known for known in duties if known.id not in matched and not known.dropped),
        {row.number: known.id for known, row in pairs},
    )


def _rows_known_again(
    tasks: Sequence[KnownTask], rows: Sequence[TaskSeed]
) -> list[tuple[KnownTask, TaskSeed]]:
    """In the order of `rows`. Of two rows with one title the one with the same number counts."""
    left = list(tasks)
    pairs: dict[int, KnownTask] = {}
    for same in (_same_row, _same_title, _same_number):
        for row in rows:
            if row.number in pairs:
                continue
            found = next((known for known in left if same(known, row)), None)
            if found is not None:
                pairs[row.number] = found
                left.remove(found)
    return [(pairs[row.number], row) for row in rows if row.number in pairs]


def _same_row(known: KnownTask, row: TaskSeed) -> bool:
    return _same_title(known, row) and known.row.number == row.number


def _same_title(known: KnownTask, row: TaskSeed) -> bool:
    return title_key(known.row.title) == title_key(row.title)


def _same_number(known: KnownTask, row: TaskSeed) -> bool:
    """A row that an amendment dropped is another one than what has its number now."""
    return known.row.number == row.number and not known.dropped


def _task_change(known: KnownTask, row: TaskSeed) -> ChangedTask | None:
    was = known.row
    differs = {
        "dropped": known.dropped,
        "number": was.number != row.number,
        "title": title_key(was.title) != title_key(row.title),
        "deadline": was.deadline_text != row.deadline_text,
        "measure": measured(was) != measured(row),
    }
    moved = was.window != row.window
    fields = tuple(name for name, other in differs.items() if other)
    return ChangedTask(known, row, fields, moved) if fields or moved else None


def measured(row: TaskSeed) -> tuple[str, int | None] | None:
    return (row.measure.counts, row.measure.target) if row.measure else None


def _renumbered(known: KnownDuty, numbers: Mapping[int, int]) -> KnownDuty:
    """With the numbers of the amended notice; rows that are gone stand as 0 and below."""
    tasks = tuple(numbers.get(number, -number) for number in known.duty.tasks)
    return replace(known, duty=replace(known.duty, tasks=tasks))


def _cells_known_again(
    duties: Sequence[KnownDuty], cells: Sequence[DutySeed]
) -> list[tuple[KnownDuty, DutySeed]]:
    left = sorted(duties, key=lambda known: known.dropped)
    pairs: dict[int, KnownDuty] = {}
    for same in (_same_cell, _overlaps):
        for at, cell in enumerate(cells):
            if at in pairs:
                continue
            found = next((known for known in left if same(known.duty, cell)), None)
            if found is not None:
                pairs[at] = found
                left.remove(found)
    return [(pairs[at], cell) for at, cell in enumerate(cells) if at in pairs]


def _same_cell(known: DutySeed, cell: DutySeed) -> bool:
    return known.kind is cell.kind and known.tasks == cell.tasks


def _overlaps(known: DutySeed, cell: DutySeed) -> bool:
    return known.kind is cell.kind and bool(set(known.tasks) & set(cell.tasks))


def _duty_fields(known: KnownDuty, cell: DutySeed) -> tuple[str, ...]:
    """The target of a standing duty is the number of its reports: it follows the window."""
    was = known.duty
    standing = cell.cadence.recurs and was.cadence.recurs
    differs = {
        "dropped": known.dropped,
        "text": title_key(was.text) != title_key(cell.text),
        "role": was.role is not cell.role,
        "rows": was.tasks != cell.tasks,
        "cadence": _rhythm(was) != _rhythm(cell),
        "counted": was.counted != cell.counted,
        "target": not standing and was.target != cell.target,
        "reviewed": was.reviewed != cell.reviewed,
    }
    return tuple(name for name, other in differs.items() if other)


def _rhythm(duty: DutySeed) -> tuple[object, ...]:
    return duty.cadence, duty.report_on, duty.report_by
