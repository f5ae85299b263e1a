"""Pages of service, for the baseline of query counts."""

import uuid

from crm.lib import periods
from service.models import Answer, InformationSlip, Invitation, Recheck, ServiceRequest, Wave
from service.services import register
from service.services.slips import give_slip
from service.services.surveys import answer, save_survey
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


def _wave(world):
    found = Wave.objects.filter(unit=world.organisation).order_by("pk").first()
    if found is None:
        hr = world.actors["hr"]
        survey = save_survey(world.organisation, "满意度", [("manner", "")], nps=True, text=False, by=hr)
        found = Wave.objects.create(
            survey=survey,
            unit=world.organisation,
            name="一期",
            share=1,
            seed="s",
            strata=[],
            population=1000,
            created_by=hr,
            expires_on=periods.today(),
        )
        _answer(found, world.clients["own"])
    return found


def _answer(wave, client):
    invitation, _new = Invitation.objects.get_or_create(wave=wave, client=client)
    answer(invitation, satisfaction=[4], importance=[5], overall=4, nps=9)


def _rechecks(world) -> str:
    for unchecked in Answer.objects.filter(recheck=None):
        Recheck.objects.create(answer=unchecked, wave=unchecked.wave, mode="phone")
    return f"/service/surveys/rechecks/?wave={_wave(world).pk}"


PAGES = {
    "service: survey results": ("hr", lambda world: f"/service/surveys/{_wave(world).pk}/"),
    "service: survey links": ("hr", lambda world: f"/service/surveys/{_wave(world).pk}/links/"),
    "service: clients to ask": ("am", lambda world: "/service/surveys/interviews/"),
    "service: re-checks": ("back_office", _rechecks),
    "service: back-office scores": ("supervisor", lambda world: "/service/desk/"),
    "service: cases of the back office": ("supervisor", lambda world: "/service/desk/rows/"),
    "service: designer": ("hr", lambda world: "/service/surveys/new/"),
    "service: surveys": ("hr", lambda world: "/service/surveys/"),
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
        _answer(_wave(world), client)
        Invitation.objects.create(wave=_wave(world), client=client_of(world.am, f"A{number}", f"待访店{number}"))
    _register(world.clients["own"])
