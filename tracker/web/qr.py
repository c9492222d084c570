"""Addresses as QR codes, drawn as pictures that the page carries itself."""

import segno
from flask import Flask, current_app


def absolute(path: str) -> str:
    """A path of ours as an address that a telephone can open."""
    return f"{current_app.config['TRACKER'].public_url}{path}"


def qr(path: str) -> str:
    """A data address of an SVG picture."""
    return segno.make(absolute(path), error="m").svg_data_uri(scale=4, border=2)


def register(app: Flask) -> None:
    app.jinja_env.globals.update(qr=qr, absolute=absolute)
