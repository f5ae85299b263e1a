"""Pages of visits, for the baseline of query counts."""

import datetime as dt
import uuid

from crm.lib import periods
from tests.world import client_of
from visits.models import Observation, Photo, PhotoOrigin, PlannedVisit, TraceFlag, Visit


def _client(world) -> str:
    return f"client={world.clients['own'].pk}"


PAGES = {
    "visits: due": ("am", lambda world: "/visits/due/"),
    "visits: new": ("am", lambda world: f"/visits/new/?{_client(world)}"),
    "visits: contact": ("am", lambda world: f"/visits/contact/?{_client(world)}"),
    "visits: plan": ("am", lambda world: "/visits/plan/"),
    "visits: plan of a week": ("am", lambda world: "/visits/plan/?view=week"),
    "visits: plan of a day": ("am", lambda world: "/visits/plan/?view=day"),
    "visits: inspections": ("supervisor", lambda world: "/visits/inspections/"),
    "visits: one visit": (
        "supervisor",
        lambda world: f"/visits/{Visit.objects.filter(manager=world.am).order_by('pk').first().pk}/",
    ),
    "visits: plans of the team": ("supervisor", lambda world: "/visits/plan/"),
    "visits: log of an account manager": ("am", lambda world: "/visits/"),
    "visits: log of a supervisor": ("supervisor", lambda world: "/visits/"),
    "visits: when and where": ("am", lambda world: "/visits/places/"),
    "visits: when and where of a team": ("supervisor", lambda world: "/visits/places/"),
    "visits: verify": ("supervisor", lambda world: "/visits/verify/"),
    "visits: doubts": ("supervisor", lambda world: "/visits/flags/"),
    "visits: checklists": ("hr", lambda world: "/visits/checklists/"),
}


def _visit(world, client, back: int = 0, minute: int = 0, **fields) -> Visit:
    return Visit.objects.create(
        organisation=world.organisation,
        client=client,
        manager=world.am,
        client_uuid=uuid.uuid4(),
        day=periods.today() - dt.timedelta(days=back),
        checked_in_at=periods.now() - dt.timedelta(days=back, minutes=minute),
        demand="畅销牌号货源不足",
        **fields,
    )


def begin(world) -> None:
    """The visit that is looked at."""
    _picture(_visit(world, world.clients["own"]), 0)


def _picture(visit: Visit, number: int) -> None:
    photo = Photo.objects.create(visit=visit, file=f"visits/{number}.jpg", sha256=f"{number:064}", width=4, height=3)
    PhotoOrigin.objects.create(photo=photo, taken_at=visit.checked_in_at, longitude=102.71, latitude=25.04)


def grow(world) -> None:
    """Many clients, visits, doubts and plans of every kind; the visit looked at gets pictures and a companion."""
    looked_at = Visit.objects.filter(manager=world.am).order_by("pk").first()
    Visit.objects.filter(pk=looked_at.pk).update(companion=world.supervisor)
    Observation.objects.create(visit=looked_at, observer=world.actors["supervisor_south"], text="讲解完整")
    for number in range(1, 6):
        _picture(looked_at, number)
    for number in range(4):
        inspected = client_of(world.am, f"i{number}", f"检查的店 {number}")
        PlannedVisit.objects.create(manager=world.supervisor, client=inspected, day=periods.today())
        Visit.objects.create(
            organisation=world.organisation,
            client=inspected,
            manager=world.supervisor,
            purpose="inspection",
            day=periods.today(),
            checked_in_at=periods.now(),
        )
    for number in range(25):
        client = client_of(world.am, f"v{number}", f"增加的店 {number}", longitude=102.7 + number / 500, latitude=25.04)
        for back in range(2):
            visit = _visit(world, client, back, number)
            TraceFlag.objects.create(visit=visit, kind="too_short", figures={"seconds": 30, "least": 120})
        PlannedVisit.objects.create(
            manager=world.am,
            client=client,
            day=periods.today() + dt.timedelta(days=number % 2),
            at=periods.now() + dt.timedelta(days=1),
        )
