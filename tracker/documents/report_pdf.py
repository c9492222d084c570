"""A report as a PDF, where the extra package `pdf` is installed and a font has every character."""

import logging
import threading
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

STYLES = Path(__file__).with_name("report_paper.css")
_LOG = logging.getLogger("weasyprint")
_ONE_AT_A_TIME = threading.Lock()

LARGEST = 1_000_000
"""Characters of a page that is still made; 16 rows by some hundred units."""


class NoPdf(Exception):
    """This server cannot make one: the package or a library under it is missing."""


class NoFont(Exception):
    """No font of this server has some character of the document: it would print boxes (B-53)."""


class TooLarge(Exception):
    """Making it would take this server too long; a browser prints it without trouble."""


class _Boxes(logging.Handler):
    """Listens for characters for which there is no glyph, in this thread only."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread, self.seen = threading.get_ident(), False

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread and ".notdef" in str(record.msg):
            self.seen = True


def available() -> bool:
    return find_spec("weasyprint") is not None


def pdf(html: str) -> bytes:
    """The page as PDF; it may refer to nothing outside itself. Made once, for a report never
    changes, and one at a time: it takes seconds and much memory. Raises NoPdf, NoFont, TooLarge."""
    if len(html) > LARGEST:
        raise TooLarge
    with _ONE_AT_A_TIME:
        return _written(html)


@lru_cache(maxsize=8)
def _written(html: str) -> bytes:
    made, boxes = _maker(), _Boxes()
    _LOG.addHandler(boxes)
    try:
        looks = [made.CSS(string=STYLES.read_text(encoding="utf-8"))]
        page = made.HTML(string=html, url_fetcher=_refuse)
        written: bytes = page.write_pdf(stylesheets=looks)
    finally:
        _LOG.removeHandler(boxes)
    if boxes.seen:
        raise NoFont
    return written


@cache
def _maker() -> Any:
    try:
        return import_module("weasyprint")
    except (ImportError, OSError) as problem:
        raise NoPdf from problem


def _refuse(url: str, *_args: object, **_kwargs: object) -> NoReturn:
    raise ValueError(f"a report refers to nothing outside itself: {url[:80]}")
