"""Tables as files that spreadsheet programs open, and that start no program of their own."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet might compute, in half and full width."""


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV in UTF-8 with a byte order mark, which Excel needs to see Chinese. Text that begins like
    a formula gets an apostrophe before it (B-51); control characters go, line breaks stay (B-52);
    numbers are numbers."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + out.getvalue().encode()


def safe(cell: object) -> object:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    text = "" if cell is None else str(cell)
    kept = "".join(c for c in text if c in "\t\n\r" or (c.isprintable() or ord(c) > 159))
    kept = kept.encode("utf-8", "ignore").decode()
    return f"'{kept}" if kept.lstrip(" \u3000\ufeff").startswith(_FORMULA) else kept
