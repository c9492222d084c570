"""Addresses as QR codes, drawn as pictures that the page carries itself."""

from functools import lru_cache

import segno
from flask import Flask, current_app


def absolute(path: str) -> str:
    """A path of ours as an address that a telephone can open."""
    return f"{current_app.config['TRACKER'].public_url}{path}"


def qr(path: str) -> str:
    """A data address of an SVG picture."""
    return drawn(absolute(path))


@lru_cache(256)
def drawn(address: str) -> str:
    """The same of any words."""
    return segno.make(address, error="m").svg_data_uri(scale=4, border=2)


def register(app: Flask) -> None:
    app.jinja_env.globals.update(qr=qr, absolute=absolute)
