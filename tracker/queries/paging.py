"""A long list, a page at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[T]):
    """`number` counts from 1; one past `pages` has no items."""

    number: int
    total: int
    items: Sequence[T]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // SIZE))


def page(number: int, total: int, read: Callable[[int, int], Sequence[T]]) -> Page[T]:
    """`read(limit, offset)` is asked only for a page that exists: no database counts to a number
    that somebody typed for fun."""
    found = Page[T](number, total, ())
    if not 1 <= number <= found.pages or not total:
        return found
    return Page(number, total, read(SIZE, (number - 1) * SIZE))
