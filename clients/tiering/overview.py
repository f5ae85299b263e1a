"""How tiers are spread and how they move, for the tiers page."""

import datetime as dt
from typing import Any

from clients.models import TierResult
from crm.lib import periods
from crm.lib.models import Job
from crm.lib.sql import rows

MONTHS = 13


def months_with_results(organisation_id: int) -> list[dt.date]:
    """Months that have been computed, the latest first."""
    found = Job.objects.filter(kind="tier_clients", organisation_id=organisation_id, state=Job.State.DONE)
    names = found.order_by("-period").values_list("period", flat=True)[:60]
    return [dt.date.fromisoformat(f"{name}-01") for name in names]


def spread(organisation_id: int, last: dt.date) -> dict[str, dict[str, int]]:
    """Month (as a period) → clients per tier in the whole organisation, from the jobs' own results."""
    first = periods.add_months(last, 1 - MONTHS)
    found = Job.objects.filter(
        kind="tier_clients",
        organisation_id=organisation_id,
        state=Job.State.DONE,
        period__gte=str(periods.Period.month(first)),
        period__lte=str(periods.Period.month(last)),
    )
    return {job.period: (job.result or {}).get("tiers", {}) for job in found.order_by("period")}


def migration(user: Any, month: dt.date) -> dict[tuple[str, str], int]:
    """(tier before, tier now) → clients within sight, against the month before; "" where a client had none."""
    sql, params = (
        TierResult.objects.visible_to(user).filter(month=month).values("client_id", "tier").query.sql_with_params()
    )
    found = rows(
        f"""
        SELECT coalesce(b.tier, '') AS before, n.tier AS now, count(*) AS n
        FROM ({sql}) AS n
        LEFT JOIN clients_tierresult AS b ON b.client_id = n.client_id AND b.month = %s
        GROUP BY 1, 2
        """,
        [*params, periods.add_months(month, -1)],
    )
    return {(row["before"], row["now"]): row["n"] for row in found}
