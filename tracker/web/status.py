"""For the machines that watch us."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from tracker.db import db

blueprint = Blueprint("status", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 while the database answers."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}
