"""What service puts into the pages of lower and upper packages."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clients.tiering import measures
from clients.value import satisfaction
from crm.lib import periods, slots
from crm.lib.periods import Period
from crm.lib.timeline import Source, client_timeline
from people.models import OrgUnit, Role
from people.notices import kinds as notices
from people.notices.kinds import NOW, NoticeKind
from service import search
from service.models import InformationSlip, Invitation, Kind, Recheck, ServiceRequest

SHOWN = 8
TAB_ROWS = 30
WRITERS = (Role.AM, Role.SUPERVISOR, Role.BACK_OFFICE)
REQUESTS = ServiceRequest.objects.select_related("organisation", "client")
SLIPS = InformationSlip.objects.select_related("organisation", "client")
# What a line at home shows.
LINE = (
    "kind", "category", "state", "text", "contact", "tier", "due_at", "callback_on", "client__name",
    "organisation__settings", "organisation__profile",
)  # fmt: skip
SLIP_LINE = ("number", "state", "content", "due_at", "fed_back_at")


def _slips_to_answer(user: Any) -> list[InformationSlip]:
    """Open slips that a person has to answer, the next due first."""
    found = InformationSlip.objects.open().filter(receiver=user.pk)
    return list(found.only(*SLIP_LINE).order_by("due_at", "pk")[:SHOWN])


def home_back_office(request: Any, _subject: Any) -> dict[str, Any]:
    """What waits for somebody of the back office, the next due first."""
    user = request.user
    return {
        "items": list(REQUESTS.open().filter(handler=user.pk).only(*LINE).order_by("due_at", "pk")[:SHOWN]),
        "slips": _slips_to_answer(user),
    }


def home_manager(request: Any, _subject: Any) -> dict[str, Any] | None:
    """Open requests of the own clients, calls to make and slips to answer; nothing where there are none."""
    user = request.user
    seen = REQUESTS.visible_to(user).filter(organisation=user.organisation_id)
    items = list(seen.unsettled().only(*LINE).order_by("due_at", "pk")[:SHOWN])
    slips_in = _slips_to_answer(user)
    return {"items": items, "slips": slips_in} if items or slips_in else None


def home_supervisor(request: Any, _subject: Any) -> dict[str, Any] | None:
    """Late and serious open requests of the own unit."""
    seen = REQUESTS.visible_to(request.user).filter(organisation=request.user.organisation_id)
    items = list(seen.pressing().only(*LINE).order_by("due_at", "pk")[:SHOWN])
    return {"items": items, "slips": []} if items else None


def home_surveys(request: Any, _subject: Any) -> dict[str, Any] | None:
    """How many clients are to be asked, and how many answers to be asked again; nothing where there are none."""
    user = request.user
    asked = Invitation.objects.visible_to(user).waiting().count() if user.role in WRITERS else 0
    mode = Recheck.Mode.PHONE if user.role == Role.BACK_OFFICE else Recheck.Mode.ON_SITE
    again = 0 if user.is_am else Recheck.objects.visible_to(user).filter(outcome="", mode=mode).count()
    return {"asked": asked, "again": again, "mode": mode} if asked or again else None


def client_action(request: Any, client: Any) -> dict[str, Any]:
    """The button of the client page."""
    return {"client": client}


def client_tab(request: Any, client: Any) -> dict[str, Any]:
    """Requests, complaints and slips of a client."""
    user = request.user
    return {
        "items": list(REQUESTS.visible_to(user).filter(client=client).order_by("-registered_at")[:TAB_ROWS]),
        "slips": list(SLIPS.visible_to(user).filter(client=client)[:TAB_ROWS]),
        "client": client,
        "can_write": user.role in WRITERS,
        "invitation": Invitation.objects.editable_by(user).waiting().filter(client=client).first(),
    }


def _request(row: dict[str, Any]) -> dict[str, Any]:
    complaint = row["kind"] == Kind.COMPLAINT
    found = ServiceRequest(
        kind=row["kind"], category=row["category"], state=row["state"], organisation=OrgUnit(settings=row["settings"])
    )
    return {
        "icon": "message-exclamation" if complaint else "headset",
        "title": _("%(title)s · %(state)s") % {"title": found.title, "state": found.get_state_display()},
        "text": row["text"],
        "url": reverse("service:request", args=[row["pk"]]),
        "tone": "danger" if complaint else "",
    }


def _slip(row: dict[str, Any]) -> dict[str, Any]:
    state = InformationSlip(state=row["state"]).get_state_display()
    return {
        "icon": "file-arrow-right",
        "title": _("Information slip %(number)s · %(state)s") % {"number": row["number"], "state": state},
        "text": row["content"],
        "url": reverse("service:slip", args=[row["pk"]]),
    }


def journal(author: Any, period: Period) -> Iterator[dict[str, Any]]:
    """Sections of a journal's draft: requests of the own clients that came in or were settled, slips given."""
    span = (periods.start_of(period.start), periods.start_of(period.end + dt.timedelta(days=1)))
    own = Q(client__owner=author) | Q(registered_by=author) | Q(handler=author)
    inside = Q(registered_at__range=span) | Q(resolved_at__range=span) | Q(called_back_at__range=span)
    clock = "H:i" if period.kind == periods.DAY else "m-d H:i"
    rows = list(REQUESTS.filter(own, inside).order_by("registered_at"))
    if rows:
        title = ngettext("%(n)d request or complaint", "%(n)d requests and complaints", len(rows))
        yield {"title": title % {"n": len(rows)}, "lines": [_line(row, clock) for row in rows]}
    given = list(SLIPS.filter(giver=author, given_at__range=span).select_related("receiver").order_by("given_at"))
    if given:
        title = ngettext("%(n)d information slip", "%(n)d information slips", len(given))
        yield {
            "title": title % {"n": len(given)},
            "lines": [
                {
                    "text": f"{slip.number} → {slip.receiver.name} · {slip.content[:60]}",
                    "when": _clock(slip.given_at, clock),
                    "url": reverse("service:slip", args=[slip.pk]),
                }
                for slip in given
            ],
        }


def _line(row: ServiceRequest, clock: str) -> dict[str, Any]:
    name = row.client.name if row.client else row.contact
    said = row.result or row.text
    parts = [name, row.title, str(row.get_state_display()), said if len(said) <= 60 else f"{said[:59]}…"]
    return {
        "text": " · ".join(part for part in parts if part),
        "when": _clock(row.registered_at, clock),
        "url": reverse("service:request", args=[row.pk]),
        "tone": "danger" if row.is_late else "",
    }


def _clock(moment: dt.datetime, clock: str) -> str:
    return date_format(periods.local(moment), clock)


for kind in (
    NoticeKind(
        "request", gettext_lazy("Requests and complaints"), ("request", "request-event", "reopened"),
        email=NOW, robot=True, order=30,
    ),
    NoticeKind("late-request", gettext_lazy("Late requests"), ("request-late",), email=NOW, order=31),
    NoticeKind("slip", gettext_lazy("Information slips"), ("slip",), robot=True, order=32),
):  # fmt: skip
    notices.register(kind)

slots.home_blocks.register(
    slots.Entry(
        "service-desk", home_back_office, "service/home_desk.html", gettext_lazy("Waiting for me"), 10,
        roles=("back_office",),
    )
)  # fmt: skip
slots.home_blocks.register(
    slots.Entry(
        "service-clients", home_manager, "service/home_desk.html", gettext_lazy("Requests of my clients"), 30,
        roles=("am",),
    )
)  # fmt: skip
slots.home_blocks.register(
    slots.Entry(
        "service-late", home_supervisor, "service/home_desk.html", gettext_lazy("Late and serious requests"), 50,
        roles=("supervisor",),
    )
)  # fmt: skip
slots.home_blocks.register(
    slots.Entry(
        "service-surveys", home_surveys, "service/home_surveys.html", gettext_lazy("Satisfaction survey"), 60,
        roles=("am", "supervisor", "back_office"), later=True,
    )
)  # fmt: skip
slots.client_actions.register(
    slots.Entry(
        "request", client_action, "service/client_action.html", order=30, roles=("am", "supervisor", "back_office")
    )
)
slots.client_tabs.register(
    slots.Entry("service", client_tab, "service/client_tab.html", gettext_lazy("Service"), order=40)
)
client_timeline.register(
    Source(
        "requests",
        lambda clients, user: ServiceRequest.objects.visible_to(user).filter(client__in=clients),
        "registered_at",
        {"settings": "organisation__settings", **{name: name for name in ("pk", "kind", "category", "state", "text")}},
        _request,
        is_day=False,
    ),
    Source(
        "slips",
        lambda clients, user: InformationSlip.objects.visible_to(user).filter(client__in=clients),
        "given_at",
        {"pk": "pk", "number": "number", "state": "state", "content": "content"},
        _slip,
        is_day=False,
    ),
)
slots.journal_sections.register(slots.Entry("service", journal, order=20))  # type: ignore[arg-type]
slots.search_sources.register(slots.Entry("service", search.hits, label=gettext_lazy("Service"), order=40))
measures.register(
    measures.Measure(
        "complaints",
        gettext_lazy("Complaints of 12 months"),
        "coalesce(told.complaints, 0)",
        join="""
    LEFT JOIN (
        SELECT client_id, count(*) AS complaints FROM service_servicerequest
        WHERE kind = 'complaint' AND state NOT IN ('merged', 'cancelled')
            AND client_id IN (SELECT id FROM clients_client WHERE org_id = ANY(%(units)s))
            AND (registered_at AT TIME ZONE %(zone)s)::date > %(m_12_end)s
            AND (registered_at AT TIME ZONE %(zone)s)::date <= %(month_end)s
        GROUP BY client_id
    ) AS told ON told.client_id = c.id""",
    )
)
satisfaction.register(
    """
    SELECT DISTINCT ON (i.client_id) i.client_id, a.overall AS score
    FROM service_answer AS a JOIN service_invitation AS i ON i.id = a.invitation_id ORDER BY i.client_id, a.at DESC
    """
)
