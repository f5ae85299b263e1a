"""Pages of visits, for the baseline of query counts."""

import datetime as dt
import uuid

from crm.lib import periods
from tests.world import client_of
from visits.models import PlannedVisit, TraceFlag, Visit


def _client(world) -> str:
    return f"client={world.clients['own'].pk}"


PAGES = {
    "visits: due": ("am", lambda world: "/visits/due/"),
    "visits: new": ("am", lambda world: f"/visits/new/?{_client(world)}"),
    "visits: contact": ("am", lambda world: f"/visits/contact/?{_client(world)}"),
    "visits: plan": ("am", lambda world: "/visits/plan/"),
    "visits: plans of the team": ("supervisor", lambda world: "/visits/plan/"),
    "visits: log of an account manager": ("am", lambda world: "/visits/"),
    "visits: log of a supervisor": ("supervisor", lambda world: "/visits/"),
    "visits: verify": ("supervisor", lambda world: "/visits/verify/"),
    "visits: doubts": ("supervisor", lambda world: "/visits/flags/"),
    "visits: checklists": ("hr", lambda world: "/visits/checklists/"),
}


def grow(world) -> None:
    """Many clients, visits, doubts and plans of every kind."""
    for number in range(25):
        client = client_of(world.am, f"v{number}", f"增加的店 {number}", longitude=102.7 + number / 500, latitude=25.04)
        for back in range(2):
            visit = Visit.objects.create(
                organisation=world.organisation,
                client=client,
                manager=world.am,
                client_uuid=uuid.uuid4(),
                day=periods.today() - dt.timedelta(days=back),
                checked_in_at=periods.now() - dt.timedelta(days=back, minutes=number),
                demand="畅销牌号货源不足",
            )
            TraceFlag.objects.create(visit=visit, kind="too_short", figures={"seconds": 30, "least": 120})
        PlannedVisit.objects.create(
            manager=world.am,
            client=client,
            day=periods.today() + dt.timedelta(days=number % 2),
            at=periods.now() + dt.timedelta(days=1),
        )
