"""Signed tokens for links in mails: they say what they are for and hold no secret."""

from typing import Any

from itsdangerous import BadData, URLSafeSerializer


def sign(secret_key: str, purpose: str, facts: list[Any]) -> str:
    """A token that only `secret_key` makes and that is good for one purpose only."""
    return str(URLSafeSerializer(secret_key, salt=f"tracker.{purpose}").dumps(facts))


def read(secret_key: str, purpose: str, token: str) -> list[Any] | None:
    """The facts of a token of ours, or None."""
    try:
        facts = URLSafeSerializer(secret_key, salt=f"tracker.{purpose}").loads(token)
    except BadData:
        return None
    return facts if isinstance(facts, list) else None
