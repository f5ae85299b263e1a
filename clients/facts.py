"""Sums of a client's monthly facts over windows of calendar months; months without a row count as nothing."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from crm.lib import periods
from crm.lib.sql import rows

# Column of the summary → how it is added up.
COLUMNS = {
    "amount_12m": "sum(f.amount) FILTER (WHERE f.month > %(m_12)s)",
    "quantity_12m": "sum(f.quantity) FILTER (WHERE f.month > %(m_12)s)",
    "amount_prev_12m": "sum(f.amount) FILTER (WHERE f.month <= %(m_12)s)",
    "amount_3m": "sum(f.amount) FILTER (WHERE f.month > %(m_3)s)",
    "amount_3m_before": "sum(f.amount) FILTER (WHERE f.month > %(m_6)s AND f.month <= %(m_3)s)",
    "amount_3m_year_before": "sum(f.amount) FILTER (WHERE f.month > %(m_15)s AND f.month <= %(m_12)s)",
    "months_traded": "count(*) FILTER (WHERE f.month > %(m_12)s AND f.amount > 0)",
    "last_month": "max(f.month) FILTER (WHERE f.amount > 0)",
}


def summary_sql(condition: str = "", more: str = "", columns: Iterable[str] = COLUMNS) -> str:
    """
    Query of one row a client that has facts in the 24 months up to a month; bind ``summary_params``.

    Columns: client_id, amount_12m, quantity_12m, amount_prev_12m, amount_3m, amount_3m_before (the three months before
    those), amount_3m_year_before, months_traded (of twelve), last_month (latest with trade), or those of ``columns``
    alone: each costs time over many rows. A sum is NULL where the window has no row. ``condition`` narrows the facts
    (alias f), ``more`` adds columns.
    """
    sums = "".join(f",\n           {COLUMNS[name]} AS {name}" for name in columns)
    return f"""
    SELECT f.client_id{sums}{f", {more}" if more else ""}
    FROM clients_monthlyfact AS f
    WHERE f.organisation_id = %(organisation)s AND f.month > %(m_24)s AND f.month <= %(m_0)s
        {f"AND {condition}" if condition else ""}
    GROUP BY f.client_id
"""


def latest_month(organisation_id: int, until: dt.date) -> dt.date | None:
    """The latest month up to ``until`` that an organisation has facts of; a file that is still to come makes none."""
    found = rows(
        "SELECT month FROM clients_monthlyfact WHERE organisation_id = %s AND month <= %s ORDER BY month DESC LIMIT 1",
        [organisation_id, until],
    )
    return found[0]["month"] if found else None


def versions(organisation_id: int, month: dt.date) -> int:
    """A number that changes whenever facts of the 24 months up to ``month`` do: read it before the facts."""
    found = rows(
        "SELECT coalesce(sum(version), 0)::bigint AS n FROM clients_factmark"
        " WHERE organisation_id = %(organisation)s AND month > %(m_24)s AND month <= %(m_0)s",
        summary_params(organisation_id, month),
    )
    return int(found[0]["n"])


def summary_params(organisation_id: int, month: dt.date) -> dict[str, Any]:
    """Parameters of ``summary_sql`` for the windows that end with ``month``."""
    ends = {f"m_{back}": periods.add_months(month, -back) for back in (0, 3, 6, 12, 15, 24)}
    return {"organisation": organisation_id, **ends}
