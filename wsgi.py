"""What a WSGI server and the flask command load."""

import gc

gc.disable()  # Hardly anything of what is loaded is garbage: looking for it takes a fifth longer.

import sys  # noqa: E402

from tracker.config import SettingsError  # noqa: E402
from tracker.factory import create_app  # noqa: E402

try:
    app = create_app()
except SettingsError as problem:
    sys.exit(f"The settings are wrong:\n{problem}")

gc.freeze()  # What is loaded stays as long as the process: no collection need walk it.
gc.enable()
