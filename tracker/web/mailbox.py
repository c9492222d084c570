"""Where a rehearsal's mails land. In real use there is no such page."""

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_required

from tracker.permissions import can_oversee
from tracker.queries import ladder, mailbox, paging
from tracker.queries.mailbox import Letter, Opened
from tracker.web import choices, headers
from tracker.web.filters import now

blueprint = Blueprint("mailbox", __name__)
LONGEST_ADDRESS = 254


@blueprint.before_request
def only_in_rehearsal() -> None:
    if not current_app.config["TRACKER"].rehearsal:
        abort(404)


@blueprint.get("/mailbox")
@login_required
def show() -> ResponseReturnValue:
    seen = _seen()
    to = _address()
    listed = [letter for letter in seen if to is None or mailbox.is_to(letter, to)]
    page = paging.page(
        choices.page_number(), len(listed), lambda limit, offset: listed[offset : offset + limit]
    )
    return render_template(
        "mailbox/show.html",
        page=choices.existing(page),
        to=to,
        total=len(seen),
        addresses=sorted({letter.to for letter in seen}),
        everybody=can_oversee(current_user.actor),
        upcoming=None if seen else ladder.next_moment(now()),
        relay=bool(current_app.config["TRACKER"].smtp_url),
    )


@blueprint.get("/mailbox/<name>")
@login_required
def one(name: str) -> ResponseReturnValue:
    response = make_response(render_template("mailbox/one.html", mail=_opened(name)))
    response.headers["Content-Security-Policy"] = headers.FRAMING
    return response


@blueprint.get("/mailbox/<name>/html")
@login_required
def html(name: str) -> ResponseReturnValue:
    """The mail's own page, as a mail reader shows it: no script, nothing from elsewhere, not in our
    own origin. Its links open beside it."""
    content = _opened(name).html
    if content is None:
        abort(404)
    response = make_response(content.replace("<head>", '<head><base target="_blank">', 1))
    response.headers["Content-Security-Policy"] = headers.FOREIGN
    return response


@blueprint.get("/mailbox/<name>/raw")
@login_required
def raw(name: str) -> ResponseReturnValue:
    _opened(name)
    content = mailbox.raw(_folder(), name)
    if content is None:
        abort(404)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type="message/rfc822", headers=disposition)


def _folder() -> Path:
    folder: Path = current_app.config["TRACKER"].mailbox
    return folder


def _seen() -> Sequence[Letter]:
    """Everybody's mails for who oversees everybody, else one's own."""
    own = None if can_oversee(current_user.actor) else current_user.email
    return mailbox.letters(_folder(), own)


def _opened(name: str) -> Opened:
    """404 for what is no mail, and for another person's."""
    mail = mailbox.opened(_folder(), name)
    if mail is None:
        abort(404)
    if not can_oversee(current_user.actor) and not mailbox.is_to(mail.letter, current_user.email):
        abort(404)
    return mail


def _address() -> str | None:
    """`?to=`; an empty field chooses everybody."""
    typed = request.args.get("to", "").strip()
    if not typed:
        return None
    if "@" not in typed or len(typed) > LONGEST_ADDRESS or not typed.isprintable():
        choices.refuse(_("“%(value)s” is not an e-mail address.", value=typed[:40]))
    return typed
