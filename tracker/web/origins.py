"""Forms come from our own pages: what a browser says of where one comes from, besides its token.

Our pages send no referrer, so their forms have the origin "null" where a browser is too old to say
`Sec-Fetch-Site`; there the token stands alone.
"""

from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFError

FROM_ANYWHERE = frozenset({"preferences.unsubscribe"})
"""A mail program's own click (RFC 8058)."""


def _require_our_page() -> None:
    safe = request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint in FROM_ANYWHERE
    if safe or request.path.startswith("/api/"):  # There a bearer token is needed, and no cookie.
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in ("same-origin", "none") or not _is_ours(request.headers.get("Origin", "null")):
        raise CSRFError("the form is another site's")


def _is_ours(origin: str) -> bool:
    if origin == "null":
        return True
    ours = (request.host, urlsplit(current_app.config["TRACKER"].public_url).netloc)
    try:
        return urlsplit(origin).hostname in [urlsplit(f"//{name}").hostname for name in ours]
    except ValueError:
        return False


def register(app: Flask) -> None:
    app.before_request(_require_our_page)
