"""A process of its own that opens one PDF: as `word_reader` is for Word documents.

Tables in a PDF are lines and words; their cells show by their edges. A scanned page has none.
"""

import io
from typing import Any

from tracker.services.reader_limits import Problem, answer

try:
    import pdfplumber
    from pdfplumber.utils.exceptions import PdfminerException
except ImportError:
    pdfplumber = None  # type: ignore[assignment]

CPU_SECONDS, MEMORY = 14, 400 * 1024 * 1024
MOST_PAGES = 60
PROBLEMS = ("damaged", "bomb", "too many rows", "no pdfplumber", "locked")

Table = dict[str, Any]


def main() -> None:
    answer(read_pdf, CPU_SECONDS, MEMORY)


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
    """Cells that cover several rows or columns show by their edges. A place without a cell of its
    own belongs to one above whose edge is missing."""
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
    covered = [*goes_on, *beside]
    for at, row in enumerate(texts):
        lacking = [[at, column] for column, text in enumerate(row) if text is None and at]
        goes_on += [place for place in lacking if place not in covered]
    return {"rows": rows, "goes_on": goes_on, "begins": begins, "beside": beside}


if __name__ == "__main__":
    main()
