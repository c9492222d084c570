"""How often a token may call: 429 beyond it, and on every answer how much is left."""

import threading
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, current_app, g
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import TooManyRequests

from tracker import clock
from tracker.db import db, transaction
from tracker.services import api_usage
from tracker.services.api_usage import BUDGET, PORTION, WINDOW

EXTENSION = "tracker_api_rate"


@dataclass
class _Hand:
    """What this process has of one token's minute: `left` of its portions; `others`, how much of
    the budget nobody has taken yet. `is_over`: the database said that nothing is left."""

    left: int = 0
    others: int = BUDGET
    is_over: bool = False


class _Hands:
    """By token, of the current minute only."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.window: datetime | None = None
        self.by_token: dict[int, _Hand] = {}

    def of(self, token_id: int, window: datetime) -> _Hand:
        if window != self.window:
            self.window, self.by_token = window, {}
        return self.by_token.setdefault(token_id, _Hand())


def register(app: Flask) -> None:
    app.extensions[EXTENSION] = _Hands()


def count(token_id: int) -> bool:
    """One call more; whether the database was written for it. Raises TooManyRequests. A database
    that is too busy to say lets it pass."""
    hands: _Hands = current_app.extensions[EXTENSION]
    real_now = clock.real_now()
    window = api_usage.window_of(real_now)
    with hands.lock:
        hand = hands.of(token_id, window)
        needs_more = not hand.left and not hand.is_over
    if needs_more:
        taken = _take(token_id, real_now)
        with hands.lock:
            hand = hands.of(token_id, window)
            if taken is None:
                hand.is_over, hand.others = True, 0
            else:
                hand.left, hand.others = hand.left + PORTION, BUDGET - taken
    reset = max(1, round((window + WINDOW - real_now).total_seconds()))
    with hands.lock:
        is_allowed = hand.left > 0
        hand.left -= is_allowed
        g.rate = (hand.left + hand.others, reset)
    if not is_allowed:
        raise TooManyRequests(retry_after=reset)
    return needs_more


def _take(token_id: int, real_now: datetime) -> int | None:
    try:
        with transaction():
            return api_usage.take(token_id, real_now)
    except OperationalError:
        db.session.rollback()
        return 0


def tell(response: Response) -> Response:
    """The fields of draft-ietf-httpapi-ratelimit-headers that programs know."""
    if "rate" in g:
        left, reset = g.rate
        response.headers["RateLimit-Limit"] = str(BUDGET)
        response.headers["RateLimit-Remaining"] = str(left)
        response.headers["RateLimit-Reset"] = str(reset)
    return response
