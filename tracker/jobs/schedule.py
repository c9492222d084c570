"""The timetable. APScheduler is only the heartbeat: its jobs live in memory and no fact in them, so
a lost, late or doubled beat costs nothing but time."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC

from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from tracker.clock import real_now
from tracker.config import Settings
from tracker.jobs import ticks

log = logging.getLogger(__name__)

TIMETABLE: tuple[tuple[str, int], ...] = (("remind", 60), ("deliver", 5))
"""Job name and its period in seconds."""

JUMP = 2.0
"""Seconds by which the wall clock may leave the steady one before it counts as set anew."""


def start(app: Flask, settings: Settings) -> BackgroundScheduler:
    """Start the heartbeat in a background thread. Every process may have one."""
    owner = ticks.worker_name()
    scheduler = BackgroundScheduler(
        timezone=UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    jobs: dict[str, Callable[[], object]] = {
        "remind": lambda: ticks.remind(settings),
        "deliver": lambda: _deliver(settings, owner),
    }
    for name, seconds in TIMETABLE:
        scheduler.add_job(
            _beat,
            "interval",
            seconds=seconds,
            args=[app, name, jobs[name]],
            id=name,
            next_run_time=real_now(),
        )
    scheduler.start()
    stopped = threading.Event()
    scheduler.add_listener(lambda _event: stopped.set(), EVENT_SCHEDULER_SHUTDOWN)
    watch = threading.Thread(target=_watch_clock, args=[scheduler, stopped], daemon=True)
    watch.start()
    return scheduler


def _watch_clock(scheduler: BackgroundScheduler, stopped: threading.Event) -> None:
    """APScheduler sleeps until a wall-clock moment: set back an hour, it would be silent for that
    hour. So whenever the wall clock leaves the steady one, every job runs at once."""
    steady = _clock_offset()
    while not stopped.wait(1):
        offset = _clock_offset()
        if abs(offset - steady) > JUMP:
            log.warning("the machine's clock was moved by %+.0f s", offset - steady)
            for job in scheduler.get_jobs():
                job.modify(next_run_time=real_now())
        steady = offset


def _clock_offset() -> float:
    return real_now().timestamp() - time.monotonic()


def _deliver(settings: Settings, owner: str) -> int:
    transport = ticks.transport_for(settings)
    try:
        return ticks.deliver(settings, owner, transport)
    finally:
        transport.close()


def _beat(app: Flask, name: str, job: Callable[[], object]) -> None:
    """One job in its own application context, so that its session is closed with it. A failure is
    logged and the next beat tries again."""
    with app.app_context():
        try:
            job()
        except Exception:
            log.exception("the %s job failed", name)
