"""The application as a server of the load benchmark runs it: in the folder that it names."""

import os
from pathlib import Path

from tracker.config import load
from tracker.factory import create_app

app = create_app(load(os.environ, Path(os.environ["BENCHMARK_FOLDER"])))
