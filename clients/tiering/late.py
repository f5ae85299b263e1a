"""Facts that come late or are put right: tiers are computed anew where they depend on them, and nowhere else.

A tier depends on the facts of its own client and, by rank, on those of the group that the client is ranked in; a later
month depends on the one before, since a client falls only in the second bad month, say. So the groups of the clients
concerned are computed anew, from the month of the fact to the latest one that has tiers; rows that stay the same are
not written.
"""

import datetime as dt
from typing import Any

from django.db.models import Max, Min

from clients.models import ClientValue, FactChange, TierScheme
from clients.tiering.compute import tier_params
from clients.tiering.run import (
    checked,
    chunks,
    clear_leavers,
    groups_of,
    hash_query,
    latest_month,
    units_of,
    write,
)
from crm.lib import jobs, periods
from crm.lib.models import Job
from crm.lib.sql import execute, rows, rows_hash

NEVER = dt.date(1, 1, 1)

# Over a query ``wanted`` of (client_id, month): what is noted of a month that has tiers already.
NOTE = """
    INSERT INTO clients_factchange (organisation_id, client_id, month, noted_at)
    SELECT DISTINCT %(organisation)s, client_id, month, %(now)s::timestamptz FROM {wanted}
    WHERE month <= %(tiered)s{condition}
    ON CONFLICT (client_id, month) DO UPDATE SET noted_at = excluded.noted_at
"""


def note_params(organisation_id: int) -> dict[str, Any]:
    """Parameters of ``NOTE``."""
    return {"organisation": organisation_id, "now": periods.now(), "tiered": latest_month(organisation_id) or NEVER}


def note_clients(organisation_id: int, client_ids: list[int]) -> None:
    """All facts of some clients have changed: two became one, or were taken apart."""
    wanted = "(SELECT client_id, month FROM clients_monthlyfact WHERE client_id = ANY(%(clients)s)) AS w"
    execute(NOTE.format(wanted=wanted, condition=""), {**note_params(organisation_id), "clients": client_ids})


def ask(organisation_id: int, by: Any = None) -> Job | None:
    """The job that computes anew what depends on the changes noted so far; None without any."""
    if not FactChange.objects.filter(organisation=organisation_id).exists():
        return None
    return jobs.request("retier_clients", organisation_id, user=by)


def retier(work: jobs.Work) -> jobs.Outcome:
    """The job: the groups concerned, month by month; then what the months' own jobs say of their results."""
    organisation_id = work.job.organisation_id
    began = work.memory.setdefault("began", periods.now().isoformat())
    changes = FactChange.objects.filter(organisation=organisation_id, noted_at__lte=began)
    parts = [] if "items" in work.memory else [*_parts(organisation_id, changes), "finish"]  # fixed at the first claim
    for part in work.pending(parts):
        with work.step():
            if part == "finish":
                _finish(organisation_id, changes)
            else:
                month, heads = dt.date.fromisoformat(part[0]), part[1]
                scheme = TierScheme.objects.for_month(organisation_id, month)
                rules = checked(scheme)
                groups = groups_of(organisation_id, rules.within)
                known = [head for head in heads if head in groups]
                clear_leavers(organisation_id, month)
                write(rules, scheme, month, tier_params(rules, organisation_id, month, *units_of(groups, known)))
                work.count(months={part[0][:7]: len(known)})
    if month := ClientValue.objects.filter(organisation=organisation_id).aggregate(last=Max("month"))["last"]:
        jobs.request("value_clients", organisation_id, period=str(periods.Period.month(month)))
    return jobs.Outcome({"groups": work.counts("months")})


def _parts(organisation_id: int, changes: Any) -> list[list[Any]]:
    """[month, groups to be computed anew] in bounded steps, the earliest month first."""
    first = changes.aggregate(first=Min("month"))["first"]
    found: list[list[Any]] = []
    for month in _tiered_since(organisation_id, first) if first else []:
        scheme = TierScheme.objects.for_month(organisation_id, month)
        groups = groups_of(organisation_id, checked(scheme).within)
        head_of = {unit: head for head, units in groups.items() for unit in units}
        touched = changes.filter(month__lte=month).values_list("client__org", flat=True).distinct()
        heads = {head_of[unit] for unit in touched}
        for bundle in chunks({head: groups[head] for head in sorted(heads)}):
            found.append([month.isoformat(), bundle])
    return found


def _tiered_since(organisation_id: int, first: dt.date) -> list[dt.date]:
    found = Job.objects.filter(
        kind="tier_clients",
        organisation_id=organisation_id,
        state=Job.State.DONE,
        period__gte=str(periods.Period.month(first)),
    )
    return [
        dt.date.fromisoformat(f"{period}-01") for period in found.order_by("period").values_list("period", flat=True)
    ]


def _finish(organisation_id: int, changes: Any) -> None:
    """The months' jobs tell of the results as they are now; the changes are done with."""
    first = changes.aggregate(first=Min("month"))["first"]
    for month in _tiered_since(organisation_id, first) if first else []:
        counted = rows(
            "SELECT tier, count(*) AS n FROM clients_tierresult WHERE organisation_id = %s AND month = %s GROUP BY 1",
            [organisation_id, month],
        )
        tiers = checked(TierScheme.objects.for_month(organisation_id, month)).tiers
        numbers = {row["tier"]: row["n"] for row in counted}
        Job.objects.filter(
            kind="tier_clients", organisation_id=organisation_id, period=str(periods.Period.month(month))
        ).update(
            result={"tiers": {tier: numbers.get(tier, 0) for tier in tiers}},
            hash=rows_hash(*hash_query(organisation_id, month)),
        )
    changes.delete()
