"""Pages of service, for the baseline of query counts."""

import uuid

from service.models import InformationSlip, ServiceRequest
from service.services import register
from service.services.slips import give_slip
from tests.world import client_of


def _request(world) -> str:
    client = world.clients["own"]
    found = ServiceRequest.objects.filter(client=client).order_by("pk").first() or _register(client)
    return f"/service/{found.pk}/"


def _register(client):
    return register(
        client=client,
        by=None,
        uuid=uuid.uuid4(),
        kind="complaint",
        category="attitude",
        channel="phone",
        text="态度不好",
    )


def _slip(world):
    return InformationSlip.objects.filter(giver=world.am).order_by("pk").first() or give_slip(
        world.am, uuid=uuid.uuid4(), category="delivery", content="送货不稳", client=world.clients["own"]
    )


PAGES = {
    "service: request": ("back_office", _request),
    "service: slip": ("back_office", lambda world: f"/service/slips/{_slip(world).pk}/"),
    "service: inbox of the back office": ("back_office", lambda world: "/service/"),
    "service: requests of an account manager": ("am", lambda world: "/service/"),
    "service: callbacks": ("supervisor", lambda world: "/service/callbacks/"),
    "service: slips": ("back_office", lambda world: "/service/slips/"),
    "service: home of the back office": ("back_office", lambda world: "/"),
}


def grow(world):
    for number in range(25):
        client = client_of(world.am, f"S{number}", f"服务店{number}")
        _register(client)
        give_slip(world.am, uuid=uuid.uuid4(), category="delivery", content="送货不稳", client=client)
    _register(world.clients["own"])
