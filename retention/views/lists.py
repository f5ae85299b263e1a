"""Lists to work through: greetings, clients to win back, loyal clients to ask."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_POST

from clients.models import Contact
from clients.views.lists import chip, unit_chip
from crm.lib import periods
from crm.lib.pages import page_of
from people.access import role_required
from people.models import OrgUnit, Role
from retention.models import Alert
from retention.reports import winback
from retention.rules import care_kinds, rules
from retention.services.bulk import latest
from retention.views.alerts import ACTORS, READERS, with_rows

MAKERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)


@require_GET
@role_required(*READERS)
def greetings(request: HttpRequest) -> HttpResponse:
    """Birthdays and festivals that are due, the next ones first, with what to know about the person."""
    user: Any = request.user
    seen = Alert.objects.visible_to(user).care()
    done = request.GET.get("state") == "done"
    found = seen.filter(state="done") if done else seen.awake()
    if (kind := request.GET.get("kind")) in care_kinds():
        found = found.filter(kind=kind)
    found = found.annotate(on=Coalesce(KeyTextTransform("on", "figures"), Value(""), output_field=TextField()))
    page = page_of(request, with_rows(found), *(("-closed_at", "-pk") if done else ("on", "client__name", "pk")))
    alerts = page.items
    contacts = Contact.objects.in_bulk([alert.figures["contact"] for alert in alerts if "contact" in alert.figures])
    mains = {
        contact.client_id: contact
        for contact in Contact.objects.filter(client__in=[alert.client_id for alert in alerts], is_main=True)
    }
    lines = [(alert, contacts.get(alert.figures.get("contact")) or mains.get(alert.client_id)) for alert in alerts]
    context = {
        "lines": lines,
        "page": page,
        "tabs": [
            {"label": _("To greet"), "url": "?", "active": not done},
            {"label": pgettext("greeting", "Done"), "url": "?state=done", "active": done},
        ],
        "filters": [chip(request, "kind", _("Occasion"), [(kind, rules[kind].label) for kind in care_kinds()])],
        "can_act": user.role in ACTORS and not done,
        "batch": latest(user),
        "today": periods.today(),
    }
    return render(request, "retention/greetings.html", context)


@require_GET
@role_required(*READERS)
def win_back(request: HttpRequest) -> HttpResponse:
    """Clients that are dormant, lost or silent, those who used to trade most first."""
    user: Any = request.user
    found = _under(request, winback.gone(user)).select_related("owner", "standing", "trade")
    context = {
        "page": page_of(request, found, "-former", "pk"),
        "filters": [] if user.role == Role.AM else [unit_chip(request)],
        "can_make": user.role in MAKERS,
        "campaign_name": _("Wake-up of %(month)s") % {"month": f"{periods.today():%Y-%m}"},
    }
    return render(request, "retention/winback.html", context)


@require_POST
@role_required(*MAKERS)
def wake_up(request: HttpRequest) -> HttpResponse:
    """A wake-up campaign of the chosen clients."""
    user: Any = request.user
    try:
        campaign = winback.wake_up(user, request.POST.getlist("ids"), request.POST.get("name", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("retention:winback")
    messages.success(request, _("The campaign runs from today; its list is the chosen clients."))
    return redirect("clients:campaign", pk=campaign.pk)


@require_GET
@role_required(*READERS)
def loyal(request: HttpRequest) -> HttpResponse:
    """Loyal clients whom one could ask for a referral."""
    user: Any = request.user
    found = _under(request, winback.loyal(user))
    found = found.exclude(asked_on=None) if request.GET.get("asked") else found.filter(asked_on=None)
    context = {
        "page": page_of(request, found.select_related("owner", "standing"), "-amount", "pk"),
        "tabs": [
            {"label": _("To ask"), "url": "?", "active": not request.GET.get("asked")},
            {"label": _("Asked already"), "url": "?asked=1", "active": bool(request.GET.get("asked"))},
        ],
        "filters": [] if user.role == Role.AM else [unit_chip(request)],
        "can_ask": user.role in ACTORS and not request.GET.get("asked"),
        "again": winback.ASK_AGAIN,
    }
    return render(request, "retention/loyal.html", context)


def _under(request: HttpRequest, clients: Any) -> Any:
    if code := request.GET.get("unit"):
        unit = OrgUnit.objects.visible_to(request.user).filter(code=code).first()
        return clients.under(unit) if unit else clients.none()
    return clients


@require_POST
@role_required(*ACTORS)
def ask(request: HttpRequest) -> HttpResponse:
    """Tasks to ask the chosen clients."""
    user: Any = request.user
    try:
        count = winback.ask(user, request.POST.getlist("ids"))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        text = ngettext("%(n)d client is on the task list.", "%(n)d clients are on the task lists.", count)
        messages.success(request, text % {"n": count})
    return redirect("retention:loyal")
