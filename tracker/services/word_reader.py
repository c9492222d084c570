"""A process of its own that opens one Word document: bytes on stdin, JSON on stdout.

Run as `python -m tracker.services.word_reader`. Answers {"lines": [paragraph, ...], "tables":
[{"rows", "goes_on", "begins", "beside"}, ...]} with places as [row, column] from 0, or {"problem":
why}, as `sheet_reader` does.
"""

import io
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml.ns import qn

from tracker.services.reader_limits import Problem, answer, check_zip

CPU_SECONDS, MEMORY = 10, 128 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS, MOST_TEXT = 2000, 60, 4 * 1024 * 1024
PROBLEMS = ("damaged", "no workbook", "macros", "bomb", "too many rows")

Table = dict[str, Any]


def main() -> None:
    answer(_docx, CPU_SECONDS, MEMORY)


def _docx(data: bytes) -> dict[str, Any]:
    check_zip(data, "word/document.xml", "word/document.bin")
    body = docx.Document(io.BytesIO(data)).element.body
    tables: list[Table] = []
    lines: list[str] = []
    for element in body.iter(qn("w:p"), qn("w:tbl")):
        if any(each.tag == qn("w:tbl") for each in element.iterancestors()):
            continue
        if element.tag == qn("w:tbl"):
            tables.append(_word_table(element))
        else:
            lines.append(_text(element))
    if sum(map(len, lines)) + sum(map(_length, tables)) > MOST_TEXT:
        raise Problem("bomb")
    return {"lines": lines, "tables": tables}


def _length(table: Table) -> int:
    return sum(len(cell) for row in table["rows"] for cell in row)


def _word_table(table: Any) -> Table:
    rows: list[list[str]] = []
    goes_on, begins, beside = [], [], []
    own = [row for row in table.iter(qn("w:tr")) if _inside(row, "w:tbl") is table]
    for at, row in enumerate(own):
        if at >= MOST_ROWS:
            raise Problem("too many rows")
        cells = [""] * _number(row, "w:trPr/w:gridBefore")
        for cell in row.iter(qn("w:tc")):
            if _inside(cell, "w:tr") is not row:
                continue
            column = len(cells)
            merge = cell.find("/".join(map(qn, ("w:tcPr", "w:vMerge"))))
            wide = max(1, _number(cell, "w:tcPr/w:gridSpan"))
            if merge is not None and merge.get(qn("w:val")) == "restart":
                begins.append([at, column])
            elif merge is not None:
                goes_on += [[at, column + more] for more in range(wide)]
            beside += [[at, column + more] for more in range(1, wide)]
            words = "\n".join(_text(each) for each in cell.iter(qn("w:p")))
            cells += [words, *[""] * (wide - 1)]
            if len(cells) > MOST_COLUMNS:
                raise Problem("bomb")
        rows.append(cells)
    return {"rows": rows, "goes_on": goes_on, "begins": begins, "beside": beside}


def _inside(element: Any, tag: str) -> Any:
    """The nearest element of this kind around it: a cell may hold a table of its own."""
    return next(element.iterancestors(qn(tag)))


def _number(element: Any, path: str) -> int:
    found = element.find("/".join(qn(step) for step in path.split("/")))
    value = found.get(qn("w:val")) if found is not None else None
    return int(value) if value and value.isdecimal() and len(value) < 4 else 0


def _text(paragraph: Any) -> str:
    """As it reads with every tracked change accepted."""
    return "".join(_marks(paragraph)).strip()


def _marks(paragraph: Any) -> Iterator[str]:
    for element in paragraph.iter():
        if element.tag == qn("w:t"):
            yield element.text or ""
        elif element.tag in (qn("w:br"), qn("w:cr")):
            yield "\n"
        elif element.tag == qn("w:tab"):
            yield " "


if __name__ == "__main__":
    main()
