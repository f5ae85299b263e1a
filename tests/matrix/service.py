"""Rows of the pages of service."""

import uuid
from decimal import Decimal

from django.core.files.base import ContentFile

from crm.lib import periods
from service.models import Answer, InformationSlip, Invitation, Recheck, RecheckDraw, RequestPhoto, ServiceRequest, Wave
from service.services import register
from service.services.slips import give_slip
from service.services.surveys import answer, open_wave, save_survey
from tests.matrix.table import EVERYBODY, SEEN, Row, only

WRITERS = only("am", "supervisor", "back_office")
POSTED = only("am", "supervisor", "back_office", status=302)
# The back office answers the phone for everybody in the organisation.
REGISTERS = {
    "own": WRITERS,
    "team": {"am": 404, "supervisor": 200, "back_office": 200},
    "other_team": {"am": 404, "supervisor": 404, "back_office": 200},
    "other_org": {"am": 404, "supervisor": 404, "back_office": 404},
}
# Requests of other_team are handled by the only back office there is, in the unit of ``supervisor``: so both see them.
SEEN_REQUEST = SEEN | {"supervisor": (200, 200, 200, 404), "back_office": (200, 200, 200, 404)}
CHANGED = {
    "am": (302, 404, 404, 404),
    "supervisor": (302, 302, 302, 404),
    "back_office": (302, 302, 302, 404),
}
REPORT = {role: tuple(200 if status == 302 else status for status in row) for role, row in CHANGED.items()}
SEEN_SLIP = SEEN | {"supervisor": (200, 200, 200, 404), "back_office": (200, 200, 200, 404)}
ANSWERED = {
    "am": (403, 404, 404, 404),
    "supervisor": (302, 302, 302, 404),
    "back_office": (302, 302, 302, 404),
}


LINK = {"am": (200, 404, 404, 404), "supervisor": (200, 200, 404, 404), "back_office": (200, 200, 404, 404)}
RENEWED = {"am": (302, 404, 404, 404), "supervisor": (302, 302, 404, 404), "back_office": (403, 403, 404, 404)}


def a_client(world, relation):
    return {"pk": world.clients[relation].pk}


LEADERS = only("supervisor", "hr", "admin")
DESIGNERS = only("hr", "admin")
# A wave of the organisation: whoever leads in it sees the own part of the results.
SEEN_WAVE = dict.fromkeys(("supervisor", "hr", "admin"), (200, 200, 200, 404))
SEEN_INVITATION = SEEN | {"back_office": (200, 200, 200, 404)}
# Who asks a client: the own manager, the supervisor in sight, and the back office, which phones for all.
ASKED = {"am": (200, 404, 404, 404), "supervisor": (200, 200, 404, 404), "back_office": (200, 200, 200, 404)}
SAVED = {role: tuple(302 if status == 200 else status for status in row) for role, row in ASKED.items()}
CHECKED = {
    "supervisor": (200, 200, 404, 404),
    "hr": (200, 200, 200, 404),
    "admin": (200, 200, 200, 404),
    "back_office": (200, 200, 200, 404),
}
RECORDED = {role: tuple(302 if status == 200 else status for status in row) for role, row in CHECKED.items()}
DRAWN = {"hr": (302, 302, 302, 404), "admin": (302, 302, 302, 404)}
CHECKERS = only("supervisor", "hr", "admin", "back_office")


def a_wave(world, relation):
    client = world.clients[relation]
    found = Wave.objects.filter(unit=client.organisation).first()
    if found is None:
        people = {"other_org": world.actors["hr_beta"]}
        by = people.get(relation, world.actors["hr"])
        survey = save_survey(client.organisation, "满意度", [("manner", "")], nps=False, text=False, by=by)
        found = open_wave(survey, client.organisation, name="一期", share=Decimal(1), expires_on=periods.today(), by=by)
    return {"pk": found.pk}


def an_invitation(world, relation):
    wave = a_wave(world, relation)["pk"]
    return {"pk": Invitation.objects.get(wave=wave, client=world.clients[relation]).pk}


def an_answer(world, relation):
    invitation = Invitation.objects.get(pk=an_invitation(world, relation)["pk"])
    found = Answer.objects.filter(invitation=invitation).first()
    return found or answer(invitation, satisfaction=[4], importance=[4], overall=4)


def an_export(world, relation):
    return {**a_wave(world, relation), "what": "answers", "kind": "csv"}


def a_design(world, relation):
    return {"pk": Wave.objects.get(pk=a_wave(world, relation)["pk"]).survey_id}


def a_recheck(world, relation):
    """An answer to ask again, beside the wave's draw."""
    found = an_answer(world, relation)
    by = found.wave.created_by
    RecheckDraw.objects.get_or_create(wave=found.wave, defaults={"seed": "s", "answers": 1, "by": by})
    return {"pk": Recheck.objects.get_or_create(answer=found, defaults={"wave": found.wave, "mode": "phone"})[0].pk}


def unreached(_world, _relation):
    return {"outcome": "unreached"}


def said_in_person(_world, _relation):
    return {"channel": "interview", "s0": "4", "i0": "5", "overall": "4"}


def a_request(world, relation):
    client = world.clients[relation]
    found = ServiceRequest.objects.filter(client=client).first() or register(
        client=client,
        by=None,
        uuid=uuid.uuid4(),
        kind="complaint",
        category="attitude",
        channel="phone",
        text="电话不接",
    )
    return {"pk": found.pk}


def a_photo(world, relation):
    """A file that is there; its content is not looked at when it is shown."""
    request = ServiceRequest.objects.get(pk=a_request(world, relation)["pk"])
    found = request.photos.first()
    if found is None:
        found = RequestPhoto(request=request, sha256="0" * 64, width=1, height=1)
        found.file.save("photo.jpg", ContentFile(b"photo"), save=True)
    return {"pk": found.pk}


def an_act(world, relation):
    return {**a_request(world, relation), "name": "note"}


def a_slip(world, relation):
    giver = world.managers[relation]
    found = InformationSlip.objects.filter(giver=giver).first() or give_slip(
        giver, uuid=uuid.uuid4(), category="delivery", content="送货时间不稳定"
    )
    return {"pk": found.pk}


def named(relation):
    return lambda world, _relation: {"client": world.clients[relation].pk}


def said(_world, _relation):
    return {
        "uuid": uuid.uuid4(),
        "kind": "request",
        "category": "delivery",
        "channel": "phone",
        "priority": "normal",
        "text": f"{periods.today()} 少送一条",
    }


def slip(_world, _relation):
    return {"uuid": uuid.uuid4(), "category": "delivery", "content": "送货时间不稳定"}


def note(_world, _relation):
    return {"note": "已联系"}


def received(_world, _relation):
    return {"state": "received"}


ROWS = [
    Row("service:list", EVERYBODY),
    Row("service:callbacks", EVERYBODY),
    Row("service:new", WRITERS),
    *(Row("service:new", expect, data=named(relation)) for relation, expect in REGISTERS.items()),
    Row("service:new", POSTED, method="POST", query="?client=none", data=said),
    Row("service:request", SEEN_REQUEST, kwargs=a_request),
    Row("service:act", CHANGED, method="POST", kwargs=an_act, data=note),
    Row("service:photo", SEEN_REQUEST, kwargs=a_photo),
    Row("service:eight-d", REPORT, kwargs=a_request),
    Row("service:eight-d", CHANGED, method="POST", kwargs=a_request, data=lambda world, relation: {"cause": "漏接"}),
    Row("service:client-link", LINK, kwargs=a_client),
    Row("service:client-link", RENEWED, method="POST", kwargs=a_client),
    Row("service:surveys", LEADERS),
    Row("service:survey-new", DESIGNERS),
    Row("service:survey-new", DESIGNERS, method="POST"),
    Row("service:wave-new", DESIGNERS),
    Row("service:wave-new", DESIGNERS, method="POST"),
    Row("service:wave", SEEN_WAVE, kwargs=a_wave),
    Row("service:wave-links", SEEN_WAVE, kwargs=a_wave),
    Row("service:invitation", SEEN_INVITATION, kwargs=an_invitation),
    Row("service:survey-preview", {"hr": (200, 200, 200, 404), "admin": (200, 200, 200, 404)}, kwargs=a_design),
    Row("service:wave-words", SEEN_WAVE, kwargs=a_wave),
    Row("service:wave-export", SEEN_WAVE, kwargs=an_export),
    Row("service:interviews", WRITERS),
    Row("service:interview", ASKED, kwargs=an_invitation),
    Row("service:interview", SAVED, method="POST", kwargs=an_invitation, data=said_in_person),
    Row("service:rechecks", CHECKERS),
    Row("service:recheck", CHECKED, kwargs=a_recheck),
    Row("service:recheck", RECORDED, method="POST", kwargs=a_recheck, data=unreached),
    Row("service:recheck-draw", DRAWN, method="POST", kwargs=a_wave),
    Row("service:desk", CHECKERS),
    Row("service:desk-rows", CHECKERS),
    Row("service:slips", EVERYBODY),
    Row("service:slip-new", WRITERS),
    Row("service:slip-new", POSTED, method="POST", data=slip),
    Row("service:slip", SEEN_SLIP, kwargs=a_slip),
    Row("service:slip-print", SEEN_SLIP, kwargs=a_slip),
    Row("service:slip-advance", ANSWERED, method="POST", kwargs=a_slip, data=received),
    Row("service:slip-pass-on", ANSWERED, method="POST", kwargs=a_slip),
]
