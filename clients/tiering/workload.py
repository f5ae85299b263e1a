"""What service standards cost in account managers' time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clients.models import ServiceStandard
from crm.lib import periods
from crm.lib.sql import rows
from crm.lib.workdays import work_days
from people.models import OrgUnit, Role

DAYS_A_MONTH = 30
DEFAULTS = {"travel_minutes": 15, "minutes_a_day": 360}


@dataclass(frozen=True)
class Time:
    """Minutes on the way to a client, and minutes a work day that an account manager has for visits."""

    travel_minutes: int
    minutes_a_day: int

    @classmethod
    def of(cls, organisation: OrgUnit) -> "Time":
        """The organisation's own setting ``staffing``, else the usual ones."""
        return cls(**{**DEFAULTS, **organisation.settings.get("staffing", {})})


def minutes_a_visit(standards: Iterable[ServiceStandard], time: Time) -> dict[str, Decimal]:
    """Tier → minutes a month that one of its clients takes."""
    return {
        standard.tier: Decimal(DAYS_A_MONTH) / standard.visit_days * (standard.visit_minutes + time.travel_minutes)
        for standard in standards
    }


def hours(counts: Mapping[str, int], minutes: Mapping[str, Decimal]) -> Decimal:
    """Hours a month for the clients of each tier; a tier without a standard costs nothing."""
    return sum((n * minutes.get(tier, Decimal(0)) for tier, n in counts.items()), start=Decimal(0)) / 60


def managers_needed(month_hours: Decimal, days: int, time: Time) -> Decimal:
    """Account managers for so many hours a month, unrounded."""
    return month_hours * 60 / (days * time.minutes_a_day) if days else Decimal(0)


def staffing(user: Any) -> dict[str, Any]:
    """
    Account managers needed and there, for each unit below the reader's own.

    Needed = Σ over tiers (clients × visits a month × (minutes on site + travel)) ÷ (work days × minutes a day).
    """
    organisation = OrgUnit.objects.get(pk=user.organisation_id)
    time = Time.of(organisation)
    month = periods.Period.month(periods.today())
    days = len(work_days(month.start, month.end, organisation.settings.get("work_days")))
    minutes = minutes_a_visit(ServiceStandard.objects.visible_to(user), time)
    below = list(OrgUnit.objects.filter(parent=user.unit_id, is_active=True).order_by("path"))
    units = below or [user.unit]
    length = len(units[0].path)
    tiers = rows(
        """
        SELECT left(u.path, %s) AS path, coalesce(t.tier, '') AS tier, count(*) AS n
        FROM clients_client AS c
        JOIN people_orgunit AS u ON u.id = c.org_id
        LEFT JOIN clients_clienttier AS t ON t.client_id = c.id
        WHERE c.is_active AND u.path LIKE %s
        GROUP BY 1, 2
        """,
        [length, f"{user.unit.path}%"],
    )
    staff = rows(
        """
        SELECT left(u.path, %s) AS path, count(*) AS n
        FROM people_user AS m JOIN people_orgunit AS u ON u.id = m.unit_id
        WHERE m.is_active AND m.role = %s AND u.path LIKE %s GROUP BY 1
        """,
        [length, Role.AM, f"{user.unit.path}%"],
    )
    there = {row["path"]: row["n"] for row in staff}
    counts: dict[str, dict[str, int]] = {}
    for row in tiers:
        counts.setdefault(row["path"], {})[row["tier"]] = row["n"]
    lines = [
        _line(unit.name, unit.code, counts.get(unit.path, {}), there.get(unit.path, 0), minutes, days, time)
        for unit in units
    ]
    if below:  # clients and staff that hang at the unit itself
        own = counts.get(user.unit.path, {}), there.get(user.unit.path, 0)
        if own[0] or own[1]:
            lines.append(_line(user.unit.name, user.unit.code, *own, minutes, days, time))
    whole: dict[str, int] = {}
    for found in counts.values():
        for tier, n in found.items():
            whole[tier] = whole.get(tier, 0) + n
    total = _line("", "", whole, sum(there.values()), minutes, days, time)
    return {"lines": lines, "total": total, "time": time, "days": days, "minutes": minutes}


def _line(
    name: str, code: str, counts: dict[str, int], there: int, minutes: dict[str, Decimal], days: int, time: Time
) -> dict[str, Any]:
    need = managers_needed(hours(counts, minutes), days, time)
    return {
        "name": name,
        "code": code,
        "clients": sum(counts.values()),
        "by_tier": [(tier, counts.get(tier, 0)) for tier in minutes],
        "hours": hours(counts, minutes),
        "needed": need,
        "there": there,
        "gap": need - there,
    }
