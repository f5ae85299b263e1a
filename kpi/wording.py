"""Names and numbers as files of rules write them."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import get_language


def text(name: Any) -> str:
    """A name in the reader's language: a plain text, or texts by language code."""
    if isinstance(name, Mapping):
        language = get_language() or ""
        if language.startswith("zh"):
            language = "zh-hans"  # files of rules are written once in Chinese
        return str(name.get(language) or name.get(language.split("-")[0]) or next(iter(name.values()), ""))
    return str(name or "")


def number(value: Any) -> Decimal | None:
    """A finite Decimal, or None when it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal("1e13") else None
