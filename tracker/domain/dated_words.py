"""Dates that a text names, for whoever moves a notice to another term."""

import re

_DATE = re.compile(
    r"\d{4}\s*[年学](?:\s*\d{1,2}\s*月)?(?:\s*\d{1,2}\s*[日号])?"
    r"|\d{1,2}\s*月\s*\d{1,2}\s*[日号]?"
    r"|(?<![\d.])\d{1,2}\s*[日号](?!\s*(?:之?内|以内|以上|楼|线|机|店|文|教学楼))"
)


def dates_in(text: str) -> tuple[str, ...]:
    """「24日」, 「2月24日」, 「2020年」, each as it is written and once; lengths of time such as
    「3日内」 are none."""
    found = (" ".join(match[0].split()).removesuffix("学") for match in _DATE.finditer(text))
    return tuple(dict.fromkeys(found))
