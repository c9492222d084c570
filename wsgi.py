"""What a WSGI server and the flask command load."""

import gc
import sys

from tracker.config import SettingsError
from tracker.factory import create_app

try:
    app = create_app()
except SettingsError as problem:
    sys.exit(f"The settings are wrong:\n{problem}")

gc.collect()
gc.freeze()  # What is loaded stays as long as the process: no collection need walk it.
