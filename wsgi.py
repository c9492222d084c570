"""What a WSGI server and the flask command load."""

import sys

from tracker.config import SettingsError
from tracker.factory import create_app

try:
    app = create_app()
except SettingsError as problem:
    sys.exit(f"The settings are wrong:\n{problem}")
