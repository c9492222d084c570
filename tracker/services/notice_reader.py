"""A process of its own that opens one Word document or PDF: bytes on stdin, JSON on stdout.

Run as `python -m tracker.services.notice_reader docx` (or pdf), as `sheet_reader` is for workbooks,
with the same care. Answers {"lines": [paragraph, ...], "tables": [{"name", "rows", "goes_on",
"begins", "beside"}, ...]} with places as [row, column] from 0, or {"problem": why}.
"""

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml.ns import qn

from tracker.services.sheet_reader import Problem, check_zip, limit

try:
    import pdfplumber
    from pdfplumber.utils.exceptions import PdfminerException
except ImportError:
    pdfplumber = None

CPU_SECONDS, DOCX_MEMORY, PDF_MEMORY = 12, 128 * 1024 * 1024, 400 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS, MOST_PAGES, MOST_TEXT = 2000, 60, 60, 4 * 1024 * 1024

PROBLEMS = ("damaged", "no document", "macros", "bomb", "too many rows", "no pdfplumber", "locked")

Table = dict[str, Any]


def main() -> None:
    is_pdf = sys.argv[1] == "pdf"
    limit(CPU_SECONDS, PDF_MEMORY if is_pdf else DOCX_MEMORY)
    try:
        data = sys.stdin.buffer.read()
        answer = read_pdf(data) if is_pdf else _docx(data)
        if len(json.dumps(answer, ensure_ascii=False)) > MOST_TEXT:
            raise Problem("bomb")
    except Problem as problem:
        answer = {"problem": str(problem).replace("no workbook", "no document")}
    except MemoryError:
        answer = {"problem": "bomb"}
    except Exception:  # Whatever a broken file makes a reader of zip, XML and PDF raise.
        answer = {"problem": "damaged"}
    json.dump(answer, sys.stdout, ensure_ascii=False)


def _docx(data: bytes) -> dict[str, Any]:
    check_zip(data, "word/document.xml", "word/document.bin")
    body = docx.Document(io.BytesIO(data)).element.body
    tables, lines = [], []
    for element in body.iter(qn("w:p"), qn("w:tbl")):
        if any(each.tag == qn("w:tbl") for each in element.iterancestors()):
            continue
        if element.tag == qn("w:tbl"):
            tables.append(_word_table(element))
        else:
            lines.append(_text(element))
    return {"lines": lines, "tables": tables}


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


def read_pdf(data: bytes) -> dict[str, Any]:
    if pdfplumber is None:
        raise Problem("no pdfplumber")
    lines: list[str] = []
    tables: list[Table] = []
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            if len(document.pages) > MOST_PAGES:
                raise Problem("too many rows")
            for page in document.pages:
                if page.page_number == 1:
                    lines = (page.extract_text() or "").split("\n")
                tables += [_pdf_table(table) for table in page.find_tables()]
                page.close()
    except PdfminerException as problem:
        locked = "PDFPasswordIncorrect" in repr(problem.args)
        raise Problem("locked" if locked else "damaged") from None
    return {"lines": lines, "tables": tables}


def _pdf_table(table: Any) -> Table:
    """Cells that cover several rows or columns show by their edges."""
    texts = table.extract()
    tops = [row.bbox[1] for row in table.rows]
    lefts = sorted({cell[0] for cell in table.cells})
    rows = [["" if text is None else text for text in row] for row in texts]
    goes_on, begins, beside = [], [], []
    for left, top, right, bottom in table.cells:
        down = [at for at, edge in enumerate(tops) if top - 1 < edge < bottom - 1]
        along = [at for at, edge in enumerate(lefts) if left - 1 < edge < right - 1]
        if len(down) > 1:
            begins.append([down[0], along[0]])
        goes_on += [[at, along[0]] for at in down[1:]]
        beside += [[at, column] for at in down for column in along[1:]]
    return {"rows": rows, "goes_on": goes_on, "begins": begins, "beside": beside}


if __name__ == "__main__":
    main()
