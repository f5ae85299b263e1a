"""Pages of long lists by key: the next page starts behind the last row, so page 1,000 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import ngettext

PAGE_ROWS = 50
COUNT_LIMIT = 1000


@dataclass(frozen=True)
class Page:
    """One page for parts/pager.html."""

    items: list[Any]
    previous_url: str
    next_url: str
    count_text: str


def page_of(
    request: HttpRequest, queryset: QuerySet[Any], *order: str, rows: int = PAGE_ROWS, count: bool = True
) -> Page:
    """
    The page that the request's ``after`` or ``before`` asks for.

    ``order``: look-ups, "-" for descending, none of them NULL, the last unique. The count stops at 1,000.
    """
    backwards = "before" in request.GET
    cursor = _decode(request.GET.get("before" if backwards else "after", ""), len(order))
    ordered = queryset.order_by(*(_reversed(name) for name in order) if backwards else order)
    if cursor is not None:
        try:
            found = list(ordered.filter(_beyond(order, cursor, backwards))[: rows + 1])
        except (ValidationError, ValueError, TypeError, OverflowError):
            cursor, backwards = None, False
    if cursor is None:
        backwards = False
        found = list(queryset.order_by(*order)[: rows + 1])
    more, items = len(found) > rows, found[:rows]
    if backwards:
        items.reverse()
    before = cursor is not None and (more if backwards else True)
    after = True if backwards else more
    return Page(
        items,
        _url(request, "before", order, items[0]) if before and items else "",
        _url(request, "after", order, items[-1]) if after and items else "",
        _count_text(queryset) if count else "",
    )


def capped_count(queryset: QuerySet[Any], limit: int = COUNT_LIMIT) -> str:
    """The number of rows, "1,000+" where counting further would cost more than it tells."""
    found = queryset.order_by()[: limit + 1].count()
    shown = number_format(min(found, limit), force_grouping=True)
    return f"{shown}+" if found > limit else shown


def _count_text(queryset: QuerySet[Any]) -> str:
    shown = capped_count(queryset)
    return ngettext("%(n)s row", "%(n)s rows", 1 if shown == "1" else 2) % {"n": shown}


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(order: Sequence[str], cursor: list[Any], backwards: bool) -> Q:
    """Rows behind the cursor: (a > x) or (a = x and b > y) …, with a >= x in front, which an index can use."""
    condition, equal = Q(), Q()
    for place, (name, value) in enumerate(zip(order, cursor, strict=True)):
        field, descending = name.lstrip("-"), name.startswith("-") != backwards
        condition |= equal & Q(**{f"{field}__{'lt' if descending else 'gt'}": value})
        if place == 0:
            edge = Q(**{f"{field}__{'lte' if descending else 'gte'}": value})
        equal &= Q(**{field: value})
    return edge & condition


def _url(request: HttpRequest, name: str, order: Sequence[str], row: Any) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    values = [_value(row, field.lstrip("-")) for field in order]
    text = json.dumps(values, default=str, separators=(",", ":"))  # whole microseconds, whole decimals
    query[name] = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"?{query.urlencode()}"


def _value(row: Any, lookup: str) -> Any:
    for part in lookup.split("__"):
        row = getattr(row, part)
    return row


def _decode(text: str, length: int) -> list[Any] | None:
    """The cursor's values; None for none and for one that somebody has typed."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return None
    good = isinstance(found, list) and len(found) == length
    good = good and all(isinstance(value, (str, int, float)) and "\0" not in str(value) for value in found)
    return found if good else None
