"""Flask extensions, each touched through this thin module only: replaceable in a day."""

from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_wtf import CSRFProtect

from tracker.at_need import at_need

flask_migrate = at_need("flask_migrate")

babel = Babel()
csrf = CSRFProtect()
login_manager = LoginManager()


class _Migrations:
    """Flask-Migrate, of which an application that only serves needs nothing."""

    def init_app(self, app: Flask, db: Any, directory: str) -> None:
        app.extensions["migrate"] = _AtFirstAsking(app, db, directory)


class _AtFirstAsking:
    """Whoever first asks it for something makes the extension that takes its place."""

    def __init__(self, *given: Any) -> None:
        self._app, *self._given = given

    def __getattr__(self, name: str) -> Any:
        flask_migrate.Migrate(self._app, *self._given, render_as_batch=True)
        return getattr(self._app.extensions["migrate"], name)


migrate = _Migrations()
