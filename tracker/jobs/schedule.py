"""The timetable. APScheduler is only the heartbeat: its jobs live in memory and no fact in them, so
a lost, late or doubled beat costs nothing but time.

Every process may have one; only the leader's does anything.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC
from typing import Any

from flask import Flask

from tracker import clock
from tracker.at_need import at_need
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.jobs import housekeeping, sending, ticks
from tracker.jobs.clock_guard import ClockGuard
from tracker.jobs.election import lock_of
from tracker.jobs.workers import workers_of
from tracker.mail.robots import Robots
from tracker.services import heartbeat

events, schedulers = at_need("apscheduler.events"), at_need("apscheduler.schedulers.background")
log = logging.getLogger(__name__)

TIMETABLE: tuple[tuple[str, int], ...] = (
    ("remind", 60),
    ("report", 60),
    ("deliver", 5),
    ("tell_groups", 15),
    ("tell_hooks", 5),
    ("clean", 30),
)
"""Job name and its period in seconds."""

JUMP = 2.0
"""Seconds by which the wall clock may leave the steady one before it counts as set anew."""

LOOK = 0.5
"""Seconds between two looks at the clock and at who leads."""


class _Heart:
    """What the jobs of one process share."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app, self.settings, self.worker = app, settings, ticks.worker_name()
        self.leads = threading.Event()
        self.scheduler = schedulers.BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        with app.app_context():
            self.guard, self.lock = ClockGuard(), lock_of(db.engine)

    def beat(self, job: "Callable[[_Heart], object]") -> None:
        """One job in its own application context, so that its session is closed with it. A failure
        is logged and the next beat tries again."""
        if not self.leads.is_set():
            return
        with self.app.app_context():
            try:
                job(self)
            except Exception:
                log.exception("a job failed")

    def watch(self, stopped: threading.Event) -> None:
        """APScheduler sleeps until a wall-clock moment: set back an hour, it would be silent for
        that hour. So whenever the wall clock leaves the steady one, or the leader has died and this
        process takes over, every job runs at once."""
        steady = _clock_offset()
        while not stopped.wait(LOOK):
            offset = _clock_offset()
            if abs(offset - steady) > JUMP:
                log.warning("the machine's clock was moved by %+.0f s", offset - steady)
                self._run_now()
            steady = offset
            self.stand()
        self.lock.release()

    def stand(self) -> None:
        """Stand for election, or see whether this process still leads."""
        if not self.lock.holds():
            self.leads.clear()
        elif not self.leads.is_set():
            with self.app.app_context():
                try:
                    with transaction():
                        heartbeat.lead(self.worker, clock.now(), clock.real_now())
                except Exception:
                    log.exception("the leader could not be noted")
            self.leads.set()
            self._run_now()

    def _run_now(self) -> None:
        for job in self.scheduler.get_jobs():
            job.modify(next_run_time=clock.real_now())


def start(app: Flask, settings: Settings) -> Any:
    """Start the heartbeat in a background thread."""
    heart = _Heart(app, settings)
    jobs: dict[str, Callable[[_Heart], object]] = {
        "remind": _remind,
        "report": _report,
        "deliver": _deliver,
        "tell_groups": _tell_groups,
        "tell_hooks": _tell_hooks,
        "clean": _clean,
    }
    for name, seconds in TIMETABLE:
        heart.scheduler.add_job(heart.beat, "interval", seconds=seconds, args=[jobs[name]], id=name)
    with app.app_context():
        try:
            sending.settle(settings)
        except Exception:
            log.exception("what dead senders left could not be settled")
    heart.scheduler.start()
    heart.stand()
    stopped = threading.Event()
    heart.scheduler.add_listener(lambda _event: stopped.set(), events.EVENT_SCHEDULER_SHUTDOWN)
    threading.Thread(target=heart.watch, args=[stopped], daemon=True).start()
    return heart.scheduler


def _clock_offset() -> float:
    return clock.real_now().timestamp() - clock.steady()


def _remind(heart: _Heart) -> None:
    ticks.remind(heart.settings, allows=heart.guard.allows)


def _report(heart: _Heart) -> None:
    """Apart from the reminders: neither keeps the other waiting."""
    ticks.freeze_reports(heart.settings, allows=heart.guard.allows)


def _deliver(heart: _Heart) -> None:
    """Hand over, or see that workers do."""
    if (workers := workers_of(heart.app)) is not None:
        if heart.guard.allows():
            workers.requeue()
        return
    transport = ticks.transport_for(heart.settings)
    try:
        ticks.deliver(heart.settings, heart.worker, transport, allows=heart.guard.allows)
    finally:
        transport.close()


def _tell_groups(heart: _Heart) -> None:
    """Apart from the mails: a slow robot holds up nobody else. Words are few and the leader's."""
    robots = Robots(heart.settings.robots)
    ticks.tell_groups(heart.settings, heart.worker, robots, allows=heart.guard.allows)


def _tell_hooks(heart: _Heart) -> None:
    """Apart from both: a slow receiver holds up other receivers only."""
    hooks = ticks.hooks_of(heart.settings)
    ticks.tell_hooks(heart.settings, heart.worker, hooks, allows=heart.guard.allows)


def _clean(heart: _Heart) -> None:
    housekeeping.clean(heart.settings, allows=heart.guard.allows)
