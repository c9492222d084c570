"""The board put into what one page shows: its columns, its rows, its sums."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from flask_babel import gettext as _
from flask_babel import ngettext

from tracker.domain.readiness import URGENCY, Readiness, roll_up
from tracker.domain.vocabulary import DutyRole, Light, UnitKind
from tracker.queries.board import Board, BoardTask, BoardUnit
from tracker.queries.cells import BoardCell
from tracker.web.board_choice import Choice
from tracker.web.faces import CellFace, faces, figures, legend
from tracker.web.filters import in_language, locale

WIDE = 18
"""More columns than this fit no screen: the matrix then scrolls in a frame of its own."""


@dataclass(frozen=True)
class RowFace:
    """`cells` by shown column: None where the notice leaves the cell empty. A column in which a
    merged cell from above goes on is left out. `progress`: "120/160" or "". `tally`: how many of
    the row's own cells show each light, the most urgent first, with its letter."""

    task: BoardTask
    cells: tuple[CellFace | None, ...]
    progress: str
    tally: tuple[tuple[Light, str, int], ...]


@dataclass(frozen=True)
class Group:
    """Neighbouring columns under one head: a cluster of colleges, or offices (`name` "")."""

    name: str
    cluster: str | None
    span: int
    readiness: Readiness


@dataclass(frozen=True)
class View:
    """A board as one page shows it. `units` are the shown columns, in `groups` where the choice
    wants them; `faces` their cells; `readiness` is theirs. `left` is the time to `next_at`,
    the next cut-off that matters to them (None: all passed), and `unsettled` how many of them must
    still be settled by then."""

    board: Board
    units: tuple[BoardUnit, ...]
    groups: tuple[Group, ...]
    rows: tuple[RowFace, ...]
    faces: tuple[CellFace, ...]
    standing: tuple[CellFace, ...]
    readiness: Readiness
    overdue: int
    reported: int
    next_at: datetime | None
    left: str
    unsettled: int
    legend: tuple[tuple[Light, str, str], ...]

    @property
    def single(self) -> bool:
        """One column is not a matrix: it is shown as a list with the duties' own words."""
        return len(self.units) == 1

    @property
    def roles(self) -> list[DutyRole]:
        """Those that occur, in the vocabulary's order."""
        found = {cell.role for cell in self.board.cells}
        return [role for role in DutyRole if role in found]

    @property
    def clustered(self) -> bool:
        return any(unit.cluster for unit in self.board.units)

    @property
    def tasks(self) -> dict[int, BoardTask]:
        return {task.number: task for task in self.board.tasks}

    @property
    def wide(self) -> bool:
        return len(self.units) > WIDE


def view(board: Board, choice: Choice, now: datetime) -> View:
    """The board cut down to what the choice wants of it. A merged cell counts once."""
    units = _columns(board, choice)
    codes = {unit.code for unit in units}
    shown = faces(board, now)
    cells = [cell for cell in board.cells if cell.unit_code in codes]
    wanted = [cell for cell in cells if _wants(choice, cell)]
    next_at = _next_cutoff(board, cells, now)
    closing = roll_up((cell.role, cell.light) for cell in cells if cell.due_at == next_at)
    return View(
        board=board,
        units=units,
        groups=tuple(_groups(cells, units)) if choice.group else (),
        rows=tuple(_rows(board, shown, units, choice)),
        faces=tuple(shown[cell.assignment_id] for cell in wanted),
        standing=tuple(shown[cell.assignment_id] for cell in wanted if _spans(cell)),
        readiness=roll_up((cell.role, cell.light) for cell in cells),
        overdue=sum(cell.light is Light.OVERDUE for cell in cells),
        reported=sum(cell.light is Light.REPORTED for cell in cells),
        next_at=next_at,
        left=time_left(next_at - now) if next_at else "",
        unsettled=closing.total - closing.settled,
        legend=tuple(legend()),
    )


def _spans(cell: BoardCell) -> bool:
    """A standing duty over several rows: its days stand above the matrix. One of a single row is a
    cell of it like any other."""
    return bool(cell.check_ins) and len(cell.task_numbers) > 1


def _wants(choice: Choice, cell: BoardCell) -> bool:
    return choice.light in (None, cell.light) and choice.duty_role in (None, cell.role)


def _columns(board: Board, choice: Choice) -> tuple[BoardUnit, ...]:
    """In groups the clusters stand in the order of their first college."""
    units = [
        unit
        for unit in board.units
        if choice.unit in (None, unit.code) and choice.cluster in (None, unit.cluster)
    ]
    if choice.group:
        first: dict[tuple[UnitKind, str | None], int] = {}
        for position, unit in enumerate(units):
            first.setdefault((unit.kind, unit.cluster), position)
        units.sort(key=lambda unit: first[unit.kind, unit.cluster])
    return tuple(units)


def _groups(cells: Sequence[BoardCell], units: Sequence[BoardUnit]) -> Iterator[Group]:
    for _key, neighbours in groupby(units, lambda unit: (unit.cluster, unit.cluster is None)):
        theirs = list(neighbours)
        codes = {unit.code for unit in theirs}
        settled = roll_up((cell.role, cell.light) for cell in cells if cell.unit_code in codes)
        cluster = theirs[0].cluster
        name = in_language(theirs[0], "cluster") if cluster else ""
        yield Group(name, cluster, len(theirs), settled)


def _next_cutoff(board: Board, cells: Sequence[BoardCell], now: datetime) -> datetime | None:
    """The next one for which something must still be settled, else the next of the notice."""
    ahead = {cell.due_at for cell in cells if cell.due_at > now and _binds(cell)}
    return min(ahead or {task.due_at for task in board.tasks if task.due_at > now}, default=None)


def _binds(cell: BoardCell) -> bool:
    return cell.role.binding and cell.light not in (Light.SETTLED, Light.WAIVED)


def time_left(left: timedelta) -> str:
    """「1天16小时」, "3 hours 20 minutes": the two largest parts, rounded down."""
    minutes = int(left.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = []
    if days:
        parts.append(ngettext("%(num)s day", "%(num)s days", days))
    if hours:
        parts.append(ngettext("%(num)s hour", "%(num)s hours", hours))
    if minutes and not days:
        parts.append(ngettext("%(num)s minute", "%(num)s minutes", minutes))
    return (" " if locale() == "en" else "").join(parts) or _("less than a minute")


def _rows(
    board: Board, shown: dict[int, CellFace], units: Sequence[BoardUnit], choice: Choice
) -> list[RowFace]:
    """The rows to show. Where the choice leaves cells out, those with a wanted cell in `units`,
    their other cells dimmed."""
    codes = [unit.code for unit in units]
    numbers = [task.number for task in board.tasks]
    if choice.narrows:
        numbers = _wanted_rows(board.cells, set(codes), choice)
    return [
        _row(task, board, shown, codes, numbers, choice)
        for task in board.tasks
        if task.number in numbers
    ]


def _row(
    task: BoardTask,
    board: Board,
    shown: dict[int, CellFace],
    codes: Sequence[str],
    numbers: Sequence[int],
    choice: Choice,
) -> RowFace:
    cells: list[CellFace | None] = []
    lights: list[Light] = []
    letters: dict[Light, str] = {}
    for code in codes:
        cell = board.by_place.get((task.number, code))
        if cell is None:
            cells.append(None)
            continue
        covered = [number for number in numbers if number in cell.task_numbers]
        if covered[0] == task.number:
            dimmed = choice.narrows and not _wants(choice, cell)
            cells.append(_placed(shown[cell.assignment_id], len(covered), dimmed))
        if len(cell.task_numbers) == 1:
            lights.append(cell.light)
            letters[cell.light] = shown[cell.assignment_id].letter
    progress = figures(task.progress) if task.progress else ""
    tally = tuple(
        (light, letters[light], lights.count(light)) for light in URGENCY if light in letters
    )
    return RowFace(task, tuple(cells), progress, tally)


def _placed(face: CellFace, span: int, dimmed: bool) -> CellFace:
    if span == 1 and not dimmed:
        return face
    return face._replace(span=span, dimmed=dimmed)


def _wanted_rows(cells: Iterable[BoardCell], codes: set[str], choice: Choice) -> list[int]:
    """Rows in which the choice finds something; a merged cell brings its first row only."""
    found = [cell for cell in cells if cell.unit_code in codes and _wants(choice, cell)]
    return sorted({cell.task_numbers[0] for cell in found})
