"""How much a request may carry. Ordinary forms are small; only who is signed in may send files."""

from collections.abc import Mapping

from flask import Flask, request
from flask_login import current_user

MB = 1024 * 1024
LARGER: Mapping[str, int] = {
    "roster_imports.read": 16 * MB,
    "rosters.tick": 2 * MB,
    "evidence.add": 30 * MB,
    "notice_imports.read": 9 * MB,
    "notice_imports.read_again": 9 * MB,
}
"""By endpoint, in bytes."""


def _allow() -> None:
    """Before anything reads the body: the check of the form's token does."""
    allowed = LARGER.get(request.endpoint or "")
    if allowed is not None and request.method == "POST" and current_user.is_authenticated:
        request.max_content_length = request.max_form_memory_size = allowed


def register(app: Flask) -> None:
    app.before_request(_allow)
