"""The composition root: the only place that knows everyone."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from tracker import api as api_package
from tracker import cli, models, web
from tracker.api import errors as api_errors
from tracker.config import Settings, load
from tracker.db import db, let_go
from tracker.extensions import babel, csrf, login_manager, migrate
from tracker.jobs import ticks, workers
from tracker.web import errors, limits, request_log, templating

ROOT = Path(__file__).parent.parent
Handler = Callable[[Any], ResponseReturnValue]
_ = models


def create_app(settings: Settings | None = None) -> Flask:
    """The application. Without `settings` they are read from the environment; SettingsError lists
    everything that is wrong with them."""
    settings = settings or load(os.environ, ROOT / "instance")
    app = Flask("tracker", instance_path=str(settings.instance.resolve()))
    app.jinja_environment = templating.Environment
    app.config.from_mapping(_flask_config(settings))
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    db.init_app(app)
    app.teardown_appcontext(let_go)  # Before the extension's own, which would raise what it meets.
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    request_log.register(app)
    limits.register(app)
    csrf.init_app(app)
    login_manager.init_app(app)
    babel.init_app(app, locale_selector=web.current_locale)
    web.register(app)
    api_package.register(app)
    for kind, page in errors.HANDLERS.items():
        app.register_error_handler(kind, _by_address(page))
    app.cli.add_command(cli.tracker)
    app.extensions["tracker_factory"] = create_app
    if settings.engine == "procrastinate":
        app.extensions[workers.EXTENSION] = workers.Workers(app, settings)
    app.extensions["tracker_tick"] = lambda: ticks.tick_to_the_end(settings)
    return app


def _by_address(page: Handler) -> Handler:
    """Under /api/ every error is JSON, also where no route matched and so no blueprint can answer;
    elsewhere it is a page."""

    def answer(problem: Exception) -> ResponseReturnValue:
        return api_errors.answer(problem) if request.path.startswith("/api/") else page(problem)

    return answer


def _flask_config(settings: Settings) -> dict[str, Any]:
    https = settings.public_url.startswith("https://")
    engine_options: dict[str, Any] = {"hide_parameters": True}  # Logs hold nobody's data.
    if settings.database_url.startswith("sqlite"):
        engine_options["connect_args"] = {"timeout": 15}
    else:
        engine_options["pool_pre_ping"] = True
    return {
        "TRACKER": settings,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options,
        "SESSION_COOKIE_NAME": "__Host-tracker" if https else "tracker",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(
            minutes=max(settings.idle_minutes, settings.office_idle_minutes)
        ),
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 512 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,  # Our pages send no referrer; `web/origins.py` asks instead.
        "BABEL_DEFAULT_LOCALE": "zh_Hans",
        "BABEL_DEFAULT_TIMEZONE": "UTC",
        "API_TITLE": "Matrix tracker",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.0.3",
        "OPENAPI_URL_PREFIX": "/api/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
