"""What an address chooses: which page of a list, which filter. 400 with a clear word for what is
no choice."""

from typing import NoReturn

from flask import abort, make_response, request
from flask_babel import gettext as _

from tracker.domain import text
from tracker.queries.paging import Page
from tracker.web import errors, fetch


def looked_for(name: str, longest: int) -> str:
    """Words of this address to look for, without what no text here can hold."""
    return text.line(request.args.get(name, ""), longest)


def page_number() -> int:
    """`?page=`, by default the first."""
    typed = request.args.get("page", "1")
    if not (typed.isascii() and typed.isdecimal()):
        refuse(_("“%(value)s” is not the number of a page.", value=typed[:40]))
    return fetch.number(typed)


def existing(page: Page) -> Page:
    """404 for a page beyond the last."""
    return page if 1 <= page.number <= page.pages else abort(404)


def unknown(value: str) -> NoReturn:
    refuse(_("There is no filter “%(value)s”.", value=value[:40]))


def refuse(text: str) -> NoReturn:
    abort(make_response(errors.page(400, _("This cannot be done"), text)))
