"""Take in what a client says."""

import hashlib
import uuid as uuids
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client, ServiceStandard
from crm.lib import periods
from people.models import OrgUnit, User
from people.services import notify, supervisors_of
from service.models import EightD, Priority, RequestEvent, RequestPhoto, ServiceRequest, State
from service.rules import Rules, rules_of
from service.services.routing import find_handler

USUAL_HOURS = 48  # where no service standard says otherwise
OTHER_WORDS = gettext_lazy("This form was sent before with other words. Send it once more to register these, too.")


@transaction.atomic
def register(
    *,
    client: Client | None,
    by: User | None,
    uuid: uuids.UUID,
    kind: str,
    category: str,
    channel: str,
    text: str,
    photos: Iterable[tuple[bytes, int, int]] = (),
    **fields: Any,
) -> ServiceRequest:
    """A new request with its deadline, given to the post that its category names; the same ``uuid`` registers once.

    ValidationError when it was used for other words. Needs a client, or somebody of ours (``by``) whose unit it then
    belongs to. ``photos``: (JPEG data, width, height) as ``crm.lib.files.reencode`` makes them. ``fields``: other
    columns that a person fills in.
    """
    known = ServiceRequest.objects.filter(uuid=uuid).first()
    if known:
        return _same(known, client, text)
    org = client.org if client else by.unit  # type: ignore[union-attr]
    root = org.organisation
    rules = rules_of(root)
    tier = _tier(client)
    serious = bool(fields.pop("is_serious", False)) or rules.is_serious(kind, category)
    now = periods.now()
    request, created = ServiceRequest.objects.get_or_create(
        uuid=uuid,
        defaults={
            **fields,
            "organisation": root,
            "org": org,
            "client": client,
            "kind": kind,
            "category": category,
            "channel": channel,
            "text": text,
            "is_serious": serious,
            "tier": tier,
            "registered_by": by,
            "registered_at": now,
            "due_at": due_at(rules, root, category, tier, fields.get("priority", Priority.NORMAL), now),
        },
    )
    if not created:
        return _same(request, client, text)
    RequestEvent.objects.create(request=request, act="register", state=State.REGISTERED, by=by)
    for data, width, height in photos:
        digest = hashlib.sha256(data).hexdigest()
        if not RequestPhoto.objects.filter(request=request, sha256=digest).exists():
            photo = RequestPhoto(request=request, sha256=digest, width=width, height=height)
            photo.file.save(f"{digest[:16]}.jpg", ContentFile(data), save=True)
    if serious:
        EightD.objects.create(request=request, problem=text[:1000])
    owner = client.owner if client else by
    handler = find_handler(rules, category, org, owner=owner)
    if handler:
        give(request, handler, act="assign", by=None)
    _tell_owner(request, owner, by)
    return request


def _same(known: ServiceRequest, client: Client | None, text: str) -> ServiceRequest:
    if (known.client_id, known.text) != (client and client.pk, text):
        raise ValidationError(OTHER_WORDS, code="other_words")
    return known


def due_at(rules: Rules, organisation: OrgUnit, category: str, tier: str, priority: str, start: Any) -> Any:
    """When a request is to be settled: working hours by category and tier from a moment on."""
    return rules.work.add(start, minutes_for(rules, organisation, category, tier, priority))


def minutes_for(rules: Rules, organisation: OrgUnit, category: str, tier: str, priority: str) -> int:
    """Working minutes in which a request is to be settled, by its category and the client's tier."""
    standard = ServiceStandard.objects.filter(organisation=organisation, tier=tier).first()
    hours = standard.response_hours if standard else USUAL_HOURS
    return rules.minutes(category, hours, urgent=priority == Priority.URGENT)


def give(
    request: ServiceRequest, handler: User, *, act: str, by: User | None, note: str = "", tell: bool = True
) -> None:
    """Put a request into somebody's hands, and say so."""
    request.handler, request.handler_unit = handler, handler.unit
    request.post = handler.post_title or handler.get_role_display()
    request.state = State.ASSIGNED
    request.save()
    event = RequestEvent.objects.create(
        request=request, act=act, state=State.ASSIGNED, by=by, note=note, data={"handler": handler.name}
    )
    if tell and handler != by:
        text = _("New for you: %(title)s, due %(due)s") % {"title": request.title, "due": _clock(request.due_at)}
        notify([handler], text, url=reverse("service:request", args=[request.pk]), key=f"request-event:{event.pk}")


def _tier(client: Client | None) -> str:
    return str(getattr(getattr(client, "standing", None), "tier", ""))


def _clock(moment: Any) -> str:
    return f"{periods.local(moment):%m-%d %H:%M}"


def _tell_owner(request: ServiceRequest, owner: User | None, by: User | None) -> None:
    """The account manager hears of a client's word that somebody else took in; supervisors of serious ones."""
    name = request.client.name if request.client else _("without a client")
    people = [owner] if owner and owner != by and owner != request.handler else []
    if owner and request.is_serious:
        people += [person for person in supervisors_of(owner) if person not in (by, request.handler)]
    notify(
        people,
        _("%(client)s: %(title)s") % {"client": name, "title": request.title},
        url=reverse("service:request", args=[request.pk]),
        key=f"request:{request.pk}",
    )
