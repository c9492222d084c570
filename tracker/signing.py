"""Signed tokens for links in mails: they say what they are for and hold no secret."""

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_encode


def sign(secret_key: str, purpose: str, facts: list[Any]) -> str:
    """A token that only `secret_key` makes and that is good for one purpose only. As the serializer
    below writes it, but that this does not try to compress: a mail holds twenty of them."""
    plain = json.dumps(facts, separators=(",", ":"))
    return _signer(secret_key, purpose).sign(base64_encode(plain)).decode("ascii")


@lru_cache(maxsize=16)
def _signer(secret_key: str, purpose: str) -> Signer:
    return Signer(secret_key, salt=f"tracker.{purpose}")


def derive(secret_key: str, purpose: str, about: str) -> str:
    """A secret that nobody stores: it follows from ours (HMAC-SHA-256, 43 URL-safe characters)."""
    said = f"tracker.{purpose}\0{about}".encode()
    found = hmac.new(secret_key.encode(), said, hashlib.sha256).digest()
    return base64_encode(found).decode("ascii")


def read(secret_key: str, purpose: str, token: str) -> list[Any] | None:
    """The facts of a token of ours, or None."""
    try:
        facts = URLSafeSerializer(secret_key, salt=f"tracker.{purpose}").loads(token)
    except BadData:
        return None
    return facts if isinstance(facts, list) else None
