"""Timing pairs in one run: only their ratio means anything on a shared machine."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds a call."""

    p50: float
    p99: float


def interleaved(rounds: int, *calls: Callable[[], object]) -> list[Timing]:
    """Time the calls in turn, A B A B ..., after a tenth of the rounds as warm-up."""
    taken: list[list[float]] = [[] for _ in calls]
    for number in range(rounds + rounds // 10):
        for call, times in zip(calls, taken, strict=True):
            begin = time.perf_counter()
            call()
            if number >= rounds // 10:
                times.append(time.perf_counter() - begin)
    return [
        Timing(statistics.median(times), sorted(times)[int(len(times) * 0.99)]) for times in taken
    ]


def seconds(call: Callable[[], object]) -> float:
    """One call."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def line(what: str, ratio: float, goal: str, detail: str) -> None:
    print(f"{what:44} {ratio:8.2f}x   goal {goal:14} {detail}")
