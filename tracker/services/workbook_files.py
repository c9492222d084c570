"""Workbooks that people bring, opened in a process of its own (`sheet_reader`)."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT = 15
_ROOT = Path(__file__).resolve().parents[2]
_READER = (sys.executable, "-m", "tracker.services.sheet_reader")

Cells = tuple[int, Sequence[str]]
"""Row number, from 1, and its cells."""


class UnreadableWorkbook(ValueError):
    """`problem`: one of `sheet_reader.PROBLEMS`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class SheetRead:
    """A visible sheet: its rows that have something in them, and its merged cells, if they were
    asked for: first row, first column, last row, last column, from 1."""

    name: str
    rows: Sequence[Cells]
    merges: Sequence[tuple[int, int, int, int]]


def read_workbook(data: bytes, *, merges: bool = False) -> list[SheetRead]:
    """Raises UnreadableWorkbook."""
    answer = ask((*_READER, "merges") if merges else _READER, data)
    return [
        SheetRead(name, [(number, cells) for number, cells in rows], [tuple(at) for at in merged])
        for name, rows, merged in answer["sheets"]
    ]


def ask(command: Sequence[str], data: bytes) -> dict[str, Any]:
    """What a reader's process answers. Raises UnreadableWorkbook."""
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=TIMEOUT, cwd=_ROOT)
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError, UnicodeDecodeError):
        raise UnreadableWorkbook("bomb") from None
    if "problem" in answer:
        raise UnreadableWorkbook(answer["problem"])
    return answer
