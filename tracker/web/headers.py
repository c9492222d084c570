"""The header set of every response: the policy is the product's own decision, pinned by a test.
And the name by which we are asked."""

from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
FRAMING = f"{POLICY}; frame-src 'self'"
"""Of the one page that shows a mail's own page in a frame."""
FOREIGN = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""Of a mail's own page: no script, nothing from elsewhere, an origin that is not ours. Its links
may open beside it."""
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
SEALED = "default-src 'none'; style-src 'none'; sandbox; base-uri 'none'; frame-ancestors 'none'"
"""Of files that people uploaded: whatever they hold, it runs nowhere."""
_FOREVER = "public, max-age=31536000, immutable"


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static" and request.args.get("v") and response.status_code == 200:
        headers["Cache-Control"] = _FOREVER
    elif response.status_code >= 400 or (
        request.endpoint != "static" and "Cache-Control" not in headers
    ):
        headers["Cache-Control"] = "no-store"
    return response


def _require_our_name() -> None:
    """In real use we answer to the public address's name, and on this machine to a proxy or a
    check of health; a rehearsal answers to any. Else a forged Host could stand in a redirect."""
    settings = current_app.config["TRACKER"]
    if settings.rehearsal:
        return
    if _hostname(f"//{request.host}") not in (_hostname(settings.public_url), *_THIS_MACHINE):
        abort(400)


@lru_cache(64)
def _hostname(url: str) -> str | None:
    """In lower case, without a port."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def register(app: Flask) -> None:
    app.before_request(_require_our_name)
    app.after_request(_harden)
