"""What a tier scheme can measure, each as one SQL expression over a client (c) and its fact summary (s)."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.attributes import label_of

NAME = re.compile(r"[\w-]{1,60}")


@dataclass(frozen=True)
class Measure:
    """``sql`` over c, s and ``%(m_0)s`` (the month); ``more`` adds a column to the summary. Unit: yuan, share, …"""

    name: str
    label: Any
    sql: str
    unit: str = ""
    more: str = ""
    join: str = ""


measures: dict[str, Measure] = {}


def register(measure: Measure) -> None:
    """Add a measure; upper packages add what they know (``join`` brings their table in)."""
    if measure.name in measures:
        raise ValueError(f"measure {measure.name} is registered twice")
    measures[measure.name] = measure


for _measure in (
    Measure("amount_12m", _("Amount of 12 months"), "coalesce(s.amount_12m, 0)", "yuan"),
    Measure("amount_month", _("Amount a month, over 12 months"), "round(coalesce(s.amount_12m, 0) / 12, 2)", "yuan"),
    Measure("quantity_12m", _("Quantity of 12 months"), "coalesce(s.quantity_12m, 0)"),
    Measure("amount_3m", _("Amount of 3 months"), "coalesce(s.amount_3m, 0)", "yuan"),
    Measure(
        "growth_yoy",
        _("Growth against the 12 months before"),
        "CASE WHEN s.amount_prev_12m > 0 THEN round(coalesce(s.amount_12m, 0) / s.amount_prev_12m - 1, 6) END",
        "share",
    ),
    Measure(
        "recency",
        _("Months since the last trade"),
        "(extract(year FROM age(%(m_0)s, s.last_month)) * 12 + extract(month FROM age(%(m_0)s, s.last_month)))",
        "months",
    ),
    Measure("frequency", _("Months with trade, of 12"), "coalesce(s.months_traded, 0)", "months"),
    Measure(
        "tenure",
        _("Months as a client"),
        "CASE WHEN c.opened_on <= %(month_end)s THEN (extract(year FROM age(%(month_end)s, c.opened_on)) * 12"
        " + extract(month FROM age(%(month_end)s, c.opened_on))) END",
        "months",
    ),
    Measure(
        "credit",
        _("Credit rating (A 4 … D 1)"),
        "CASE upper(left(c.credit_rating, 1)) WHEN 'A' THEN 4 WHEN 'B' THEN 3 WHEN 'C' THEN 2 WHEN 'D' THEN 1 END",
        "points",
    ),
):
    register(_measure)


def find(name: str) -> Measure | None:
    """A registered measure, or one of a client attribute (``attribute:listing_rate``) or a fact (``fact:assets``)."""
    if name in measures:
        return measures[name]
    source, _colon, key = name.partition(":")
    if not NAME.fullmatch(key):
        return None
    if source == "attribute":
        text = f"c.attributes ->> '{key}'"
        plain = r"'^-?\d{1,15}(\.\d{1,9})?$'"
        return Measure(name, label_of(key), f"CASE WHEN {text} ~ {plain} THEN ({text})::numeric END")
    if source == "fact":
        alias = f"fact_{key.encode().hex()}"
        column = f"round(avg((f.measures ->> '{key}')::numeric) FILTER (WHERE f.month > %(m_12)s), 2) AS \"{alias}\""
        return Measure(name, gettext("Monthly average of “%(name)s”") % {"name": key}, f's."{alias}"', "yuan", column)
    return None
