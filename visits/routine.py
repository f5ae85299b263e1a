"""A work day's routine: how many new clients, old clients and calls so far; and what is agreed for tomorrow."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from clients.models import Stage
from crm.lib import periods
from people.models import User
from visits.limits import limits_of
from visits.models import Mode, PlannedVisit, Visit


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


def routine_of(manager: User, day: dt.date | None = None) -> Routine:
    """Counts of a manager's day in one statement.

    A client is new until it has been served for three months: potential, new, or opened within 90 days.
    """
    day = day or periods.today()
    limits = limits_of(manager.unit.organisation)
    is_new = Q(client__stage__in=[Stage.POTENTIAL, Stage.NEW]) | Q(client__opened_on__gt=day - dt.timedelta(days=90))
    on_site = Q(mode=Mode.ON_SITE)
    found = Visit.objects.filter(manager=manager, day=day).aggregate(
        clients=Count("client", distinct=True, filter=on_site),
        new=Count("client", distinct=True, filter=on_site & is_new),
        calls=Count("pk", filter=~on_site),
    )
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
