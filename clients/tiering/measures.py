"""What a tier scheme can measure, each as one SQL expression over a client (c) and its fact summary (s)."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.attributes import label_of
from clients.imports.columns import FACT_COLUMNS

LABELS_OF_FACTS = {column.name: column.label for column in FACT_COLUMNS if column.into == "measures"}
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

# What the clients of a chunk hold at the end of the month, and how many key products were on offer then.
ON_OFFER = "(p.launched_on IS NULL OR p.launched_on <= %(month_end)s)"
ON_OFFER += " AND (p.withdrawn_on IS NULL OR p.withdrawn_on > %(month_end)s)"
HELD = f"""
    LEFT JOIN (
        SELECT h.client_id, count(DISTINCT h.product_id) FILTER (WHERE h.is_held) AS products,
               count(DISTINCT h.product_id) FILTER (WHERE h.is_held AND p.is_key AND {ON_OFFER}) AS listed
        FROM (SELECT client_id, product_id, (until IS NULL OR until >= %(month_end)s) AS is_held FROM clients_holding
              WHERE since <= %(month_end)s
                  AND client_id IN (SELECT id FROM clients_client WHERE org_id = ANY(%(units)s))) AS h
        JOIN clients_product AS p ON p.id = h.product_id
        GROUP BY h.client_id
    ) AS held ON held.client_id = c.id
    CROSS JOIN (
        SELECT count(*) AS key_products FROM clients_product AS p
        WHERE p.organisation_id = %(organisation)s AND p.is_key AND {ON_OFFER}
    ) AS offer
"""


def _attribute(name: str) -> str:
    """SQL of an attribute as a number, NULL where it is none."""
    value, text = f"c.attributes -> '{name}'", f"c.attributes ->> '{name}'"
    plain = r"'^-?\d{1,15}(\.\d{1,9})?$'"
    # Most are numbers in the JSON, too: these need not be read as text.
    number = f"jsonb_typeof({value}) = 'number' AND abs(({value})::numeric) < 1e15"
    return f"CASE WHEN {number} THEN ({value})::numeric WHEN {text} ~ {plain} THEN ({text})::numeric END"


def register(measure: Measure) -> None:
    """Add a measure; upper packages add what they know (``join`` brings their table in)."""
    if measure.name in measures:
        raise ValueError(f"measure {measure.name} is registered twice")
    measures[measure.name] = measure


for _measure in (
    Measure("amount_12m", _("12-month amount"), "coalesce(s.amount_12m, 0)", "yuan"),
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
    # By what is on record of the client; by the imported figure where nothing is.
    Measure(
        "listing_rate",
        _("Listing rate of key brands"),
        f"coalesce(round(held.listed::numeric / nullif(offer.key_products, 0), 4), {_attribute('listing_rate')})",
        "rate",
        join=HELD,
    ),
    Measure("products", _("Number of products"), f"coalesce(held.products, {_attribute('products')})", join=HELD),
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
        return Measure(name, label_of(key), _attribute(key))
    if source == "fact":
        alias = f"fact_{key.encode().hex()}"
        column = f"round(avg((f.measures ->> '{key}')::numeric) FILTER (WHERE f.month > %(m_12)s), 2) AS \"{alias}\""
        return Measure(
            name,
            gettext("Monthly average of “%(name)s”") % {"name": LABELS_OF_FACTS.get(key, key)},
            f's."{alias}"',
            "yuan",
            column,
        )
    return None
