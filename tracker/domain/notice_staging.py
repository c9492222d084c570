"""A notice between its reading and its plan, as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tracker.domain.notice_choices import Choices, ColumnChoice, RowChoice
from tracker.domain.notice_tables import CaseRow, Doubt, ReadTables, TableRow

Kept = Mapping[str, Any]


def as_json(staged: ReadTables | Choices) -> dict[str, Any]:
    return asdict(staged)


def tables_from(kept: Kept) -> ReadTables:
    return ReadTables(
        kept["at"],
        tuple(kept["headers"]),
        tuple(_row(row) for row in kept["rows"]),
        tuple(CaseRow(**case) for case in kept["cases"]),
        tuple(kept["left"]),
    )


def _row(kept: Kept) -> TableRow:
    doubts = tuple(Doubt(**doubt) for doubt in kept["doubts"])
    return TableRow(**{**kept, "cells": tuple(kept["cells"]), "doubts": doubts})


def choices_from(kept: Kept) -> Choices:
    columns = tuple(ColumnChoice(**column) for column in kept["columns"])
    rows = tuple(RowChoice(**{**row, "cells": tuple(row["cells"])}) for row in kept["rows"])
    return Choices(**{**kept, "columns": columns, "rows": rows})
