"""The application as a server process of a test runs it: with an instance folder of its own."""

import os
from pathlib import Path

from tracker.config import load
from tracker.factory import create_app

app = create_app(load(os.environ, Path(os.environ["TEST_INSTANCE"])))
