"""OpenID Connect: the code flow with PKCE, state and nonce. The ID token is believed only when it
is signed with a key of the server of the settings, for us, for this very sign-in, and now."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from tracker import signing
from tracker.at_need import at_need
from tracker.config import SignOn
from tracker.services.campus_server import Careful, NotBelieved, Unreachable

try:
    base_client = at_need("authlib.integrations.base_client")
    requests_client = at_need("authlib.integrations.requests_client")
    oidc = at_need("authlib.oidc.core")
    errors, jwk, jwt = at_need("joserfc.errors"), at_need("joserfc.jwk"), at_need("joserfc.jwt")
except ImportError:  # An extra; the settings say so to whoever names a server.
    pass

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""None that takes a shared secret, and not "none"."""
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sms", "fpt", "face", "sc"})
"""Values of `amr` (RFC 8176) that say more than a password."""
_LEEWAY = 60
"""Seconds by which the two clocks may differ."""


def login_url(sign_on: SignOn, back: str, secret_key: str, state: str) -> str:
    """Where the browser goes; it comes back to `back` with a code. Raises Unreachable."""
    client = _client(sign_on, back)
    server = _metadata(client, sign_on)
    url, _state = client.create_authorization_url(
        server["authorization_endpoint"],
        state=state,
        nonce=signing.derive(secret_key, "sign-on nonce", state),
        code_verifier=signing.derive(secret_key, "sign-on verifier", state),
    )
    return str(url)


def whose(
    sign_on: SignOn, back: str, secret_key: str, state: str, code: str, real_now: datetime
) -> tuple[str, bool]:
    """What names the person of a code, and whether they showed a second factor to the server.
    Raises Unreachable, NotBelieved."""
    client = _client(sign_on, back)
    server = _metadata(client, sign_on)
    client.token_endpoint_auth_method = _way_in(server)
    verifier = signing.derive(secret_key, "sign-on verifier", state)
    try:
        token = client.fetch_token(
            server["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
        )
    except base_client.OAuthError as problem:
        raise NotBelieved(f"the server says {problem.error!r:.60}") from problem
    except ValueError as problem:
        raise Unreachable("the server's token is no JSON") from problem
    nonce = signing.derive(secret_key, "sign-on nonce", state)
    keys = _json(client, server["jwks_uri"])
    claims = _claims(sign_on, token, keys, nonce, int(real_now.timestamp()))
    return _named(claims, sign_on)


def greet(sign_on: SignOn) -> None:
    """Whether the server says of itself what it should. Raises Unreachable."""
    _metadata(_client(sign_on, ""), sign_on)


def _client(sign_on: SignOn, back: str) -> Any:
    scope = ["openid"] + (["email"] if sign_on.by == "email" else [])
    if sign_on.claim not in ("", "sub", "email"):
        scope.append("profile")
    return _kind_of_client()(
        sign_on.server,
        client_id=sign_on.client_id,
        client_secret=sign_on.client_secret,
        redirect_uri=back,
        scope=" ".join(scope),
        code_challenge_method="S256",
    )


@cache
def _kind_of_client() -> Any:
    class Client(Careful, requests_client.OAuth2Session):  # type: ignore[name-defined]
        pass

    return Client


def _metadata(client: Any, sign_on: SignOn) -> Mapping[str, Any]:
    """What the server says of itself; only under the very name that the settings have."""
    found = _json(client, sign_on.server.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != sign_on.server:
        raise Unreachable(f"the server calls itself {found.get('issuer')!r:.100}")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(found.get(name), str):
            raise Unreachable(f"the server does not say its {name}")
    if not client.is_its_own(found["authorization_endpoint"]):
        raise Unreachable("the page to sign on at is on another server")
    return found


def _json(client: Any, url: str) -> Mapping[str, Any]:
    answer = client.get(url, withhold_token=True)
    try:
        found = answer.json()
    except ValueError as problem:
        raise Unreachable(f"{url} gives no JSON") from problem
    if answer.status_code != 200 or not isinstance(found, dict):
        raise Unreachable(f"{url} gives status {answer.status_code}")
    return found


def _way_in(server: Mapping[str, Any]) -> str:
    """How we show our secret: in the header, but where the server only reads the body."""
    ways = server.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"


def _claims(
    sign_on: SignOn, token: Mapping[str, Any], keys: Mapping[str, Any], nonce: str, at: int
) -> Mapping[str, Any]:
    try:
        read = jwt.decode(
            str(token.get("id_token", "")),
            jwk.KeySet.import_key_set(keys),
            algorithms=ALGORITHMS,
        )
        if str(read.header.get("typ", "JWT")).upper() != "JWT":
            raise NotBelieved(f"the token is of type {read.header['typ']!r:.40}")
        claims = oidc.CodeIDToken(
            read.claims,
            read.header,
            {
                "iss": {"essential": True, "value": sign_on.server},
                "aud": {"essential": True, "value": sign_on.client_id},
            },
            {"nonce": nonce, "client_id": sign_on.client_id, **_given(token)},
        )
        claims.validate(now=at, leeway=_LEEWAY)
    except (errors.JoseError, ValueError, TypeError, KeyError) as problem:
        raise NotBelieved(f"the ID token: {problem!r:.120}") from problem
    return dict(claims)


def _given(token: Mapping[str, Any]) -> Mapping[str, str]:
    return {"access_token": str(token["access_token"])} if "access_token" in token else {}


def _named(claims: Mapping[str, Any], sign_on: SignOn) -> tuple[str, bool]:
    """By an address only where the server has verified that it is the person's."""
    claim = sign_on.claim or "sub"
    named = claims.get(claim)
    if not isinstance(named, str) or not named.strip():
        raise NotBelieved(f"the ID token has no {claim}")
    if sign_on.by == "email" and claims.get("email_verified") is not True:
        raise NotBelieved("the server has not verified the address")
    shown = claims.get("amr")
    return named.strip(), isinstance(shown, list) and not SECOND_FACTORS.isdisjoint(map(str, shown))
