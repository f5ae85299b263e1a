"""A work day's routine: how many new clients, old clients and calls so far; and what is agreed for tomorrow."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, QuerySet

from crm.lib import periods, sql
from people.models import User
from visits.limits import limits_of
from visits.models import PlannedVisit


@dataclass(frozen=True)
class Target:
    """One ring: what, how many so far, how many are asked for."""

    name: str
    done: int
    wanted: int

    @property
    def share(self) -> int:
        """Whole percent, at most 100."""
        return min(100, self.done * 100 // self.wanted) if self.wanted else 100


@dataclass(frozen=True)
class Routine:
    """The three rings of a day and the number of clients seen."""

    new: Target
    old: Target
    calls: Target
    clients: int


# At home and after each visit: the ORM takes longer to write this than PostgreSQL to answer it.
COUNTS = """
    SELECT count(DISTINCT v.client_id) FILTER (WHERE v.mode = 'on_site') AS clients,
           count(DISTINCT v.client_id) FILTER (
               WHERE v.mode = 'on_site' AND (c.stage IN ('potential', 'new') OR c.opened_on > %(new_from)s)
           ) AS new,
           count(*) FILTER (WHERE v.mode <> 'on_site') AS calls
    FROM visits_visit v JOIN clients_client c ON c.id = v.client_id
    WHERE v.manager_id = %(manager)s AND v.day = %(day)s
"""


def routine_of(manager: User, day: dt.date | None = None) -> Routine:
    """Counts of a manager's day in one statement.

    A client is new until it has been served for three months: potential, new, or opened within 90 days.
    """
    day = day or periods.today()
    limits = limits_of(manager.unit.organisation)
    params = {"manager": manager.pk, "day": day, "new_from": day - dt.timedelta(days=90)}
    found = sql.rows(COUNTS, params)[0]
    return Routine(
        Target("new", found["new"], limits.new_per_day),
        Target("old", found["clients"] - found["new"], limits.old_per_day),
        Target("calls", found["calls"], limits.calls_per_day),
        found["clients"],
    )


def appointments(manager: User, day: dt.date | None = None) -> QuerySet[PlannedVisit]:
    """What is agreed with clients for a day (tomorrow unless given), by the clock."""
    day = day or periods.today() + dt.timedelta(days=1)
    return (
        PlannedVisit.objects.filter(manager=manager, day=day, at__isnull=False, visit=None)
        .exclude(state=PlannedVisit.State.RETURNED)
        .select_related("client")
        .only("at", "confirmed_at", "client__name", "client__phone", "client__address")
        .annotate(tier=F("client__standing__tier"))
        .order_by("at")
    )
