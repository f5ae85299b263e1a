"""Personal numbers with their middle hidden: phones, identity cards, bank accounts. And a log that never says them.

Those who talk with clients need the phone; everybody else sees enough to tell two numbers apart, and reveals one with a
reason. Identity and account numbers are hidden from everybody wherever they turn up in a free field.
"""

import logging
import re
from typing import Any

NEED_PHONES = ("am", "supervisor", "back_office")  # they call clients
# Eighteen digits, the last may be X; mobiles; cards of 16 to 19 digits. Not inside a longer number or word.
NUMBERS = re.compile(
    r"(?<![\w.])(?P<identity>\d{6}(?:19|20)\d{9}[\dXx])(?![\w.])"
    r"|(?<![\w.])(?P<account>\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?)(?![\w.])"
)
MOBILE = re.compile(r"(?<![\w.])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\w.])")


def needs_phones(user: Any) -> bool:
    """Whether the person's work is done by calling clients."""
    return getattr(user, "role", "") in NEED_PHONES


def middle(text: str) -> str:
    """All but the first three and the last four characters hidden; of a short text all but the last two."""
    if len(text) < 8:
        return "*" * max(len(text) - 2, 0) + text[-2:] if text else ""
    return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"


def phone(text: str, user: Any) -> str:
    """A phone number as the person may see it."""
    return text if needs_phones(user) else middle(text)


def numbers(value: Any) -> Any:
    """Text in which identity and account numbers have their middle hidden; anything else as it is."""
    return NUMBERS.sub(lambda found: middle(found[0]), value) if isinstance(value, str) else value


def everything(text: str) -> str:
    """Text without any whole phone, identity or account number: for logs and messages of errors."""
    return MOBILE.sub(lambda found: middle(found[0]), numbers(text))


def deep(value: Any) -> Any:
    """The same lists and dicts without any whole number that ``everything`` hides, however deep."""
    if isinstance(value, dict):
        return {key: deep(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [deep(inner) for inner in value]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    text = everything(str(value))
    return value if text == str(value) else text


class Formatter(logging.Formatter):
    """Log lines, tracebacks included, without personal numbers."""

    def format(self, record: logging.LogRecord) -> str:
        return everything(super().format(record))
