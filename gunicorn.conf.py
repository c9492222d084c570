"""How gunicorn serves the tracker: `gunicorn wsgi:app` in this folder reads it. With PostgreSQL."""

import atexit
import gc
import logging
import os
import shutil
import sys
import tempfile

COUNTS = "PROMETHEUS_MULTIPROC_DIR"
_made = None if os.environ.get(COUNTS) else tempfile.mkdtemp(prefix="tracker-counts-")
os.environ[COUNTS] = os.environ.get(COUNTS) or str(_made)  # Before prometheus_client is loaded.
_master = os.getpid()


@atexit.register
def _forget_counts():
    """However the master ends, also before it serves; its workers leave them."""
    if _made is not None and os.getpid() == _master:
        shutil.rmtree(_made, ignore_errors=True)


import alembic.migration  # noqa: E402 - every worker needs these three; once is enough.
import alembic.script  # noqa: E402, F401
import apscheduler.schedulers.background  # noqa: E402, F401
import click  # noqa: E402
from gunicorn.arbiter import Arbiter  # noqa: E402
from prometheus_client.multiprocess import mark_process_dead  # noqa: E402
from sqlalchemy.exc import OperationalError  # noqa: E402

from tracker import logs  # noqa: E402
from tracker.cli.database import follow_clock, require_revision, unreachable  # noqa: E402
from tracker.jobs import schedule  # noqa: E402

bind = f"127.0.0.1:{os.environ.get('PORT', '5000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 8
preload_app = True
"""Made once, before the fork: the workers share its memory, and one that is started again is there
at once. No connection and no thread is made with it (`tests/test_at_need.py`)."""

timeout = 60
graceful_timeout = 30
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
"""Workers end one after the other, not all at once."""

control_socket_disable = True
"""Its place would be the home folder, where the service may not write."""

limit_request_line = 0
"""Many chosen cells stand in one address; the proxy in front has its own limit."""


def post_worker_init(worker):
    """Each worker for itself, after the fork: no connection and no thread is shared. All of them
    stand for election; only the leader's heartbeat does anything."""
    app = worker.wsgi
    settings = app.config["TRACKER"]
    logs.configure(settings)
    for handler in logging.getLogger("gunicorn.error").handlers:
        handler.setFormatter(logs.formatter_for(settings))
    with app.app_context():
        try:
            require_revision()
        except (click.ClickException, OperationalError) as problem:
            told = unreachable(problem) if isinstance(problem, OperationalError) else problem
            worker.log.error("%s", told.message)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
        follow_clock()
    worker.tracker_heart = schedule.start(app, settings) if settings.heartbeat else None
    gc.freeze()  # What is loaded stays as long as the worker: no collection need walk it.


def worker_exit(server, worker):
    """What is being handed over is finished; the lock goes to another worker."""
    if getattr(worker, "tracker_heart", None) is not None:
        worker.tracker_heart.shutdown(wait=True)


def child_exit(server, worker):
    mark_process_dead(worker.pid)
