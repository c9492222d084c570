"""TRACKER_ENGINE=procrastinate: the outbox delivered by workers on any number of machines.

A job holds a message's id and nothing else. It is deferred in the transaction that queues the
message, and does with it what the embedded sender does: claim, mark, hand over. A job that is lost
costs nothing but time, for `requeue` finds every message whose time has come and that has none.
"""

import asyncio
import logging
import signal
import threading
from contextlib import suppress
from typing import Any

from flask import Flask, current_app
from sqlalchemy import column, exists, func, literal_column, make_url, select, table, text

from tracker import clock
from tracker.at_need import at_need
from tracker.config import Settings
from tracker.db import db
from tracker.jobs import sending, ticks
from tracker.jobs.clock_guard import ClockGuard
from tracker.mail.transport import Transport
from tracker.models.outbox import OutboxMessage
from tracker.services import handovers, outbox, relay

try:
    procrastinate = at_need("procrastinate")
except ImportError:  # An extra; the settings say so to whoever asks for it.
    procrastinate = None

log = logging.getLogger(__name__)
EXTENSION = "tracker_workers"
QUEUE, DELIVER = "mail", "deliver"
PORTION = 500
"""Messages for which `requeue` defers jobs in one transaction."""

STALLED_AFTER = 30
"""Seconds without a sign of life after which a worker's jobs are given to others."""

REST = 2
"""Seconds before a worker that ended is started again."""

_jobs = table("procrastinate_jobs", column("queueing_lock"), column("status"))


class Workers:
    """The queue of one application. Needs PostgreSQL and the extra `workers`."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        url = make_url(settings.database_url)
        self._app, self._settings, self._owner = app, settings, ticks.worker_name()
        self._mine, self._starting = threading.local(), threading.Lock()
        self._guard: ClockGuard | None = None
        info = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.queue = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=info))
        self._desk = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=info))
        self.queue.task(name=DELIVER, queue=QUEUE)(self._deliver)
        self.queue.periodic(cron="* * * * *")(
            self.queue.task(name="retry_stalled", queue=QUEUE, pass_context=True)(_retry_stalled)
        )

    def defer(self, message_id: int) -> None:
        """A job for the message, in the transaction of now."""
        connection = db.session.connection().connection.driver_connection
        job = self._desk.configure_task(
            DELIVER, queue=QUEUE, queueing_lock=_lock(message_id), connection=connection
        )
        job.defer(message_id=message_id)

    def requeue(self) -> int:
        """Settle what dead workers left, and defer a job for each message whose time has come and
        that has none waiting; how many. Nothing while the relay is out of reach."""
        real_now = clock.real_now()
        with sending.recovering(self._settings):
            if relay.is_resting(real_now):
                return 0
            lock = func.concat(_lock(""), OutboxMessage.id)
            waiting = exists().where(
                _jobs.c.status == literal_column("'todo'"), _jobs.c.queueing_lock == lock
            )
            ready = (handovers.is_ready(real_now), OutboxMessage.channel == outbox.MAIL)
            lost = select(OutboxMessage.id).where(*ready, ~waiting)
            ids = db.session.scalars(lost.order_by(OutboxMessage.id).limit(PORTION)).all()
            for message_id in ids:
                self.defer(message_id)
        return len(ids)

    def prepare(self) -> None:
        """Make the queue's own tables where they are not there yet; processes that start together
        take turns."""
        with db.engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('tracker_workers'))"))
            if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
                schema = self.queue.schema_manager.get_schema()
                connection.connection.driver_connection.execute(schema)  # type: ignore[union-attr]

    def run(self, concurrency: int) -> None:
        """Work until SIGTERM or SIGINT. A worker whose database goes away ends as if all were well
        (procrastinate 3.10); it is started again."""
        asyncio.run(self._run(concurrency))

    async def _run(self, concurrency: int) -> None:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        while not stopping.is_set():
            work = asyncio.create_task(self._work(concurrency))
            told = asyncio.create_task(stopping.wait())
            await asyncio.wait([work, told], return_when=asyncio.FIRST_COMPLETED)
            work.cancel()
            told.cancel()
            await asyncio.gather(work, told, return_exceptions=True)
            if not stopping.is_set():
                log.warning("the worker ended and is started again")
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), REST)

    async def _work(self, concurrency: int) -> None:
        try:
            async with self.queue.open_async():
                await self.queue.run_worker_async(
                    queues=[QUEUE],
                    concurrency=concurrency,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                )
        except Exception:
            log.exception("the worker failed")

    def _deliver(self, message_id: int) -> None:
        """While the clock is in doubt nothing; `requeue` finds the message when it is over."""
        with self._app.app_context():
            if self._clock().allows():
                sending.deliver_one(self._settings, self._owner, self._transport(), message_id)

    def _clock(self) -> ClockGuard:
        with self._starting:
            if self._guard is None:
                self._guard = ClockGuard()
            return self._guard

    def _transport(self) -> Transport:
        """One kept connection a thread."""
        if not hasattr(self._mine, "transport"):
            self._mine.transport = ticks.transport_for(self._settings)
        transport: Transport = self._mine.transport
        return transport


def workers_of(app: Flask) -> Workers | None:
    """The application's queue, None where its own heartbeat sends."""
    workers: Workers | None = app.extensions.get(EXTENSION)
    return workers


def _defer(_sender: object, message_id: int) -> None:
    workers = workers_of(current_app)
    if workers is not None:
        workers.defer(message_id)


outbox.QUEUED.connect(_defer)


def _lock(message_id: int | str) -> str:
    """No two jobs of a message wait at once."""
    return f"message-{message_id}"


async def _retry_stalled(context: Any, timestamp: int) -> None:
    """Procrastinate leaves the jobs of a dead worker to whoever asks for them."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        await manager.retry_job(job)
