"""The header set of every response: the policy is the product's own decision, pinned by a test."""

from flask import Flask, Response, current_app, request

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
_FOREVER = "public, max-age=31536000, immutable"


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint == "static" and request.args.get("v") and response.status_code == 200:
        headers["Cache-Control"] = _FOREVER
    elif response.status_code >= 400 or (
        request.endpoint != "static" and "Cache-Control" not in headers
    ):
        headers["Cache-Control"] = "no-store"
    return response


def register(app: Flask) -> None:
    app.after_request(_harden)
