"""The API under /api/v1: the same services and permissions as the pages, for other programs."""

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api

from tracker.api import (
    access,
    assignments,
    outbox,
    plans,
    rate,
    reminders,
    reports,
    schemas,
    terms,
)
from tracker.extensions import csrf

RESOURCES = (plans, assignments, reminders, outbox, reports, terms)
"""Their views hang on `access.blueprint`."""


class _Api(Api):
    """Errors are not flask-smorest's: the factory sends them to `errors.answer`."""

    ERROR_SCHEMA = schemas.Error

    def _register_error_handlers(self) -> None:
        pass


def register(app: Flask) -> None:
    """Hang the resources and their OpenAPI document (public) on the application."""
    rate.register(app)
    assert isinstance(app.json, DefaultJSONProvider)
    app.json.ensure_ascii = False  # A first answer is kept; who is erased is found by their name.
    api = _Api(app, spec_kwargs={"security": [{"bearer": []}]})
    told = "A token of a person. `x-scopes` of an operation: the scope that the token must have."
    scheme = {"type": "http", "scheme": "bearer", "description": told}
    api.spec.components.security_scheme("bearer", scheme)
    api.register_blueprint(access.blueprint)
    csrf.exempt(access.blueprint)
