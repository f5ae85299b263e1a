"""What a visit calls for elsewhere: opened beside the form, or, without a signal, noted with the visit as a task."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client
from people.services import give_task
from visits.models import Visit

ICONS = {
    "request": "headset",
    "complaint": "mood-sad",
    "slip": "arrows-exchange",
    "contact": "user-plus",
    "opportunity": "target-arrow",
}


@dataclass(frozen=True)
class FollowUp:
    """A page that may be wanted after a visit: ``task`` says what to do there."""

    code: str
    label: str
    task: str
    url: str

    @property
    def icon(self) -> str:
        """The icon's name."""
        return ICONS[self.code]


def follow_ups(client: Client) -> list[FollowUp]:
    """The pages about a client that a visit may call for."""
    request, query = reverse("service:new"), f"client={client.pk}&channel=visit"
    slip, contact = reverse("service:slip-new"), reverse("clients:contact-new", args=[client.pk])
    opportunity = reverse("clients:opportunity-new", args=[client.pk])
    return [
        FollowUp("request", _("Request"), _("Register the request"), f"{request}?{query}&kind=request"),
        FollowUp("complaint", _("Complaint"), _("Register the complaint"), f"{request}?{query}&kind=complaint"),
        FollowUp("slip", _("Information slip"), _("Write the information slip"), f"{slip}?client={client.pk}"),
        FollowUp("contact", _("Contact person"), _("Add the contact person"), contact),
        FollowUp("opportunity", _("Opportunity"), _("Add the opportunity"), opportunity),
    ]


def note_for_later(visit: Visit, codes: Iterable[str], due_on: dt.date) -> None:
    """A task for each page that could not be opened on the spot; what the client said stands in it."""
    wanted = set(codes)
    for item in follow_ups(visit.client) if wanted else ():
        if item.code in wanted:
            give_task(
                visit.manager,
                _("%(client)s: %(step)s") % {"client": visit.client.name, "step": item.task},
                due_on,
                by=visit.manager,
                source=f"visit:{visit.pk}:{item.code}",
                about=f"client:{visit.client_id}",
                url=item.url,
                note=visit.demand or visit.note,
                fresh=True,
            )
