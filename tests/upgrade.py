"""`python -m tests.upgrade URL FOLDER`: the migrations of a folder, in a process that a test may
kill."""

import sys
from pathlib import Path

import flask_migrate

from tests.databases import bare_app, in_app

if __name__ == "__main__":
    with in_app(bare_app(sys.argv[1], Path(sys.argv[2]))):
        flask_migrate.upgrade()
