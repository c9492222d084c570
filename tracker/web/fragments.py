"""Ready pieces of pages, kept by what they show: equal keys have equal pieces."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

from flask import Flask, current_app

Piece = TypeVar("Piece")
BODIES, ROWS, MOMENTS = "tracker_board_bodies", "tracker_board_rows", "tracker_next_moments"
WATCHED = "tracker_watched_pages"


class Kept(Generic[Piece]):
    """At most `most` pieces; the one that nobody asked for the longest goes first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._pieces: OrderedDict[Hashable, Piece] = OrderedDict()
        self._lock = Lock()
        self._making: dict[Hashable, Lock] = {}

    def find(self, key: Hashable) -> Piece | None:
        with self._lock:
            return self._pieces.get(key)

    def get(self, key: Hashable, make: Callable[[], Piece]) -> Piece:
        """Made once, however many ask for it at the same moment: the others wait."""
        with self._lock:
            if key in self._pieces:
                self._pieces.move_to_end(key)
                return self._pieces[key]
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                if key in self._pieces:
                    return self._pieces[key]
            try:
                piece = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            with self._lock:
                self._pieces[key] = piece
                while len(self._pieces) > self.most:
                    self._pieces.popitem(last=False)
            return piece


def kept(name: str) -> Kept[Any]:
    """This application's pieces of one sort."""
    found: Kept[Any] = current_app.extensions[name]
    return found


def register(app: Flask) -> None:
    app.extensions[BODIES] = Kept[Any](24)
    app.extensions[ROWS] = Kept[Any](600)
    app.extensions[MOMENTS] = Kept[Any](4)
    app.extensions[WATCHED] = Kept[Any](1000)
