"""Applications lent to tests: one with the plain settings is kept for the next test on the same
database, with its routes, templates and statements compiled; it comes back as it was made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from tests import cast
from tracker.api import rate
from tracker.config import Settings
from tracker.factory import create_app
from tracker.jobs import ticks
from tracker.web import fragments

Lend = Callable[..., Flask]


@dataclass
class _Kept:
    app: Flask
    config: dict[str, Any]
    extensions: dict[str, Any]

    def again(self, settings: Settings) -> Flask:
        """As it was made, in the folder of those settings."""
        app = self.app
        app.config.clear()
        app.config.update(self.config, TRACKER=settings)
        app.extensions.clear()
        app.extensions.update(self.extensions)
        app.extensions["tracker_tick"] = lambda: ticks.tick_to_the_end(settings)
        fragments.register(app)
        rate.register(app)
        app.instance_path = str(settings.instance.resolve())
        return app


class Applications:
    """Of this process, by the URL of their database."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._templates = _KeptTemplates()
        _keep_compiled_addresses()

    @contextmanager
    def lending(self) -> Iterator[Lend]:
        """`lend(settings, plain=True)`: each application to one borrower at a time."""
        lent: set[str] = set()

        def lend(settings: Settings, *, plain: bool) -> Flask:
            url = settings.database_url
            if not plain or url in lent:
                return self._made(settings)
            lent.add(url)
            if url not in self._kept:
                app = self._made(settings)
                self._kept[url] = _Kept(app, dict(app.config), dict(app.extensions))
            return self._kept[url].again(settings)

        yield lend

    def _made(self, settings: Settings) -> Flask:
        app = create_app(settings)
        app.test_client_class = cast.Client
        app.jinja_env.bytecode_cache = self._templates
        return app


class _KeptTemplates(BytecodeCache):
    """Compiled templates, for the other applications."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


def _keep_compiled_addresses() -> None:
    """180 addresses are compiled to the same functions in every application: they know nothing of
    the rule but what is in the key."""
    compile_builder, kept = Rule._compile_builder, dict[Any, Any]()

    def kept_builder(self: Rule, append_unknown: bool = True) -> Any:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(self, append_unknown)
        return kept[key]

    Rule._compile_builder = kept_builder  # type: ignore[method-assign]
