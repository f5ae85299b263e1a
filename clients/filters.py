"""Filters of the client list that want something typed: ranges, parts of a text, an organisation's own fields."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.models import AttributeDefinition

Type = AttributeDefinition.Type
ATTRIBUTE = "a:"
FROM, TO = ":from", ":to"


@dataclass(frozen=True)
class Filter:
    """A value in the address under ``name``; ``read`` makes it from text, None where it is none; ``lookup`` uses it."""

    name: str
    label: Any
    lookup: str
    read: Callable[[str], Any]
    input: str = "text"


def _text(value: str) -> Any:
    return " ".join(value.replace("\0", "").split())[:80] or None


def _number(value: str) -> Any:
    try:
        found = Decimal(value.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**15 else None


def _day(value: str) -> Any:
    try:
        return dt.date.fromisoformat(value.strip())
    except ValueError:
        return None


def _point(value: str) -> Any:
    return int(value) if value in ("1", "2", "3", "4", "5") else None


FIXED = (
    Filter("address", _("Address"), "address__icontains", _text),
    Filter("credit", _("Credit rating"), "credit_rating__iexact", _text),
    Filter(f"opened{FROM}", _("Client since, from"), "opened_on__gte", _day, "date"),
    Filter(f"opened{TO}", _("Client since, until"), "opened_on__lte", _day, "date"),
    Filter(f"since{FROM}", _("Tier since, from"), "standing__since__gte", _day, "date"),
    Filter(f"since{TO}", _("Tier since, until"), "standing__since__lte", _day, "date"),
    Filter("note", _("Note"), "note__icontains", _text),
    Filter(f"amount{FROM}", _("Amount of 12 months, from"), "value__amount_12m__gte", _number, "number"),
    Filter(f"amount{TO}", _("Amount of 12 months, to"), "value__amount_12m__lte", _number, "number"),
)
# Set by a click in the portfolio's picture, not typed.
POINTS = (
    Filter("activity", _("Activity (1–5)"), "", _point),
    Filter("monetary", _("Amount (1–5)"), "value__monetary", _point),
)


def own(attributes: Iterable[AttributeDefinition]) -> Iterator[Filter]:
    """Filters over an organisation's own fields of text, number and date; those of a choice are chips."""
    for one in attributes:
        name, lookup = f"{ATTRIBUTE}{one.name}", f"attributes__{one.name}"
        match one.type:
            case Type.TEXT:
                yield Filter(name, one.label, f"{lookup}__icontains", _text)
            case Type.NUMBER:
                yield Filter(
                    f"{name}{FROM}",
                    _("%(label)s, from") % {"label": one.label},
                    f"{lookup}__gte",
                    _json_number,
                    "number",
                )
                yield Filter(
                    f"{name}{TO}", _("%(label)s, to") % {"label": one.label}, f"{lookup}__lte", _json_number, "number"
                )
            case Type.DATE:
                yield Filter(
                    f"{name}{FROM}", _("%(label)s, from") % {"label": one.label}, f"{lookup}__gte", _json_day, "date"
                )
                yield Filter(
                    f"{name}{TO}", _("%(label)s, to") % {"label": one.label}, f"{lookup}__lte", _json_day, "date"
                )


def _json_number(value: str) -> Any:
    found = _number(value)
    return None if found is None else float(found)


def _json_day(value: str) -> Any:
    found = _day(value)
    return found.isoformat() if found else None


def typed(attributes: Iterable[AttributeDefinition]) -> list[Filter]:
    """All filters that are typed."""
    return [*FIXED, *own(attributes)]


def apply(found: Any, attributes: Iterable[AttributeDefinition], query: Mapping[str, Any]) -> Any:
    """Narrow a queryset of clients down; a value that cannot be read fits nothing."""
    for one in [*typed(attributes), *POINTS]:
        if not (given := query.get(one.name)):
            continue
        value = one.read(str(given))
        if value is None:
            return found.none()
        if one.name == "activity":  # the lower of two
            higher = {"value__recency__gte": value, "value__frequency__gte": value}
            found = found.filter(**higher).exclude(value__recency__gt=value, value__frequency__gt=value)
        else:
            found = found.filter(**{one.lookup: value})
    return found
