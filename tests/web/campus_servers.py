"""The campus's own servers, in this process on a loopback address: CAS, and OpenID Connect. They do
what such servers do, and whatever a test tells them to do wrong."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

Answer = tuple[int, bytes, Mapping[str, str]]
CAS = "http://www.yale.edu/tp/cas"


class Campus:
    """What both have in common. `wrong`: given instead of the right answer, by path."""

    def __init__(self) -> None:
        self.wrong: dict[str, Callable[[], Answer]] = {}
        self.asked: list[str] = []
        self.origin = ""

    def answer(self, path: str, query: dict[str, str], request: Any) -> Answer:
        raise NotImplementedError


@contextmanager
def served(campus: Campus) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            campus.asked.append(parts.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            length = int(self.headers.get("Content-Length", 0))
            sent = parse_qs(self.rfile.read(length).decode())
            self.sent = {name: values[0] for name, values in sent.items()}
            wrong = campus.wrong.get(parts.path)
            status, body, headers = wrong() if wrong else campus.answer(parts.path, query, self)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: object) -> None:
            """Whoever asked hung up."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        campus.origin = f"http://127.0.0.1:{server.server_port}"
        yield campus.origin
        server.shutdown()
        thread.join()


class Cas(Campus):
    """`give("2019001", service)` is its login page: a ticket, good once, for a service."""

    def __init__(self) -> None:
        super().__init__()
        self.tickets: dict[str, tuple[str, str]] = {}
        self.attributes: Mapping[str, str] = {}

    def give(self, name: str, service: str) -> str:
        ticket = f"ST-1-{secrets.token_hex(10)}-cas"
        self.tickets[ticket] = (name, service)
        return ticket

    def answer(self, path: str, query: dict[str, str], _request: Any) -> Answer:
        if path not in ("/cas/serviceValidate", "/cas/p3/serviceValidate"):
            return 404, b"", {}
        name, service = self.tickets.pop(query.get("ticket", ""), ("", ""))
        if not name:
            return 200, refusal("INVALID_TICKET"), {}
        if service != query.get("service"):
            return 200, refusal("INVALID_SERVICE"), {}
        facts = self.attributes if path.startswith("/cas/p3") else {}
        return 200, success(name, facts), {}


def success(name: str, attributes: Mapping[str, str], before: str = "", after: str = "") -> bytes:
    """`before`, `after`: raw XML around the name."""
    facts = "".join(f"<cas:{key}>{escape(said)}</cas:{key}>" for key, said in attributes.items())
    facts = f"<cas:attributes>{facts}</cas:attributes>" if facts else ""
    said = f"{before}<cas:user>{escape(name)}</cas:user>{facts}{after}"
    return _response(f"<cas:authenticationSuccess>{said}</cas:authenticationSuccess>")


def refusal(code: str) -> bytes:
    return _response(f'<cas:authenticationFailure code="{code}">no</cas:authenticationFailure>')


def _response(inside: str) -> bytes:
    said = f'<cas:serviceResponse xmlns:cas="{CAS}">{inside}</cas:serviceResponse>'
    return said.encode()


KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


class Oidc(Campus):
    """`give("2019001", asked)` is its login page, `asked` being the query it was opened with: a
    code, good once. `claims` are laid over the right ones of each token; None takes one away."""

    client_id, client_secret = "tracker", "a secret of the client"

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, tuple[str, Mapping[str, str]]] = {}
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.token: Callable[[dict[str, Any]], str] = self.sign
        self.now = 0

    def give(self, name: str, asked: Mapping[str, str]) -> str:
        code = secrets.token_urlsafe(12)
        self.codes[code] = (name, asked)
        return code

    def sign(self, claims: dict[str, Any], key: Any = KEY, **header: str) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one", **header}, claims, key)

    def answer(self, path: str, query: dict[str, str], request: Any) -> Answer:
        if path == "/.well-known/openid-configuration":
            return _json(
                {
                    "issuer": self.origin,
                    "authorization_endpoint": f"{self.origin}/authorize",
                    "token_endpoint": f"{self.origin}/token",
                    "jwks_uri": f"{self.origin}/keys",
                    **self.metadata,
                }
            )
        if path == "/keys":
            return _json(KeySet([KEY]).as_dict(private=False))
        return self._tokens(request) if path == "/token" else (404, b"", {})

    def _tokens(self, request: Any) -> Answer:
        sent: dict[str, str] = request.sent
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {basic}":
            return _json({"error": "invalid_client"}, 401)
        name, asked = self.codes.pop(sent.get("code", ""), ("", {}))
        proof = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).decode().rstrip("=")
        same = sent.get("redirect_uri") == asked.get("redirect_uri")
        if not name or challenge != asked.get("code_challenge") or not same:
            return _json({"error": "invalid_grant"}, 400)
        right = {
            **{"iss": self.origin, "sub": name, "aud": self.client_id, "nonce": asked["nonce"]},
            **{"iat": self.now, "exp": self.now + 300},
        }
        claims = {
            name: value for name, value in {**right, **self.claims}.items() if value is not None
        }
        said = {"access_token": "x", "token_type": "Bearer", "id_token": self.token(claims)}
        return _json(said)


def _json(found: Mapping[str, Any], status: int = 200) -> Answer:
    return status, json.dumps(found).encode(), {"Content-Type": "application/json"}
