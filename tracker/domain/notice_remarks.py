"""What is said of a notice that is read: problems keep it from becoming a plan, doubts do not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.domain.notice_tables import WHOLE_ROW

HEAD = -1
"""The row of a remark that concerns the notice as a whole, or a column of it."""


@dataclass(frozen=True)
class Remark:
    """`row`: an index, or HEAD; `column`: an index or WHOLE_ROW; `name`: of the form's field."""

    row: int
    column: int
    name: str
    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Remarks:
    """Collected on the way."""

    problems: list[Remark] = field(default_factory=list)
    doubts: list[Remark] = field(default_factory=list)

    def problem(
        self, row: int, name: str, msgid: str, column: int = WHOLE_ROW, **params: object
    ) -> None:
        self.problems.append(Remark(row, column, name, msgid, params))

    def doubt(
        self, row: int, name: str, msgid: str, column: int = WHOLE_ROW, **params: object
    ) -> None:
        self.doubts.append(Remark(row, column, name, msgid, params))
