"""Joint visits and market inspections: what a supervisor sees along the way."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clients.models import Client
from clients.search import matching
from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_visible
from people.access import role_required
from people.models import Role
from visits import services
from visits.forms import ObservationForm
from visits.models import PlannedVisit, Visit

SHOWN = 100
FOUND = 8


@require_POST
@role_required(Role.SUPERVISOR)
def observe(request: HttpRequest, pk: int) -> HttpResponse:
    """Write or correct the observation of a joint visit."""
    visit = get_visible(Visit.objects, request.user, pk=pk)
    form = ObservationForm(request.POST)
    if form.is_valid():
        services.observe(visit, request.user, form.cleaned_data["text"], form.ticked())
        messages.success(request, _("Observation saved."))
    else:
        messages.error(request, _("Write what you saw, in at most 2,000 characters."))
    return redirect("visits:detail", pk)


@require_POST
@role_required(Role.SUPERVISOR)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the result of an own inspection."""
    visit = get_visible(Visit.objects, request.user, pk=pk)
    try:
        services.publish(visit, request.user)
        messages.success(request, _("Published. Those concerned are told."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("visits:detail", pk)


@require_GET
@role_required(Role.AM, Role.SUPERVISOR, Role.HR, Role.ADMIN)
def inspections(request: HttpRequest) -> HttpResponse:
    """What was inspected; a supervisor also plans here whom to look at next."""
    user: Any = request.user
    made = Visit.objects.visible_to(user).inspections()
    context: dict[str, Any] = {
        "page": page_of(
            request,
            made.select_related("client", "manager").annotate(tier=F("client__standing__tier")),
            "-day",
            "-checked_in_at",
            "-pk",
        ),
        "can_plan": user.is_supervisor,
    }
    if user.is_supervisor:
        text = request.GET.get("q", "").strip()
        found: Any = (
            Client.objects.visible_to(user).filter(matching(text, user)).select_related("owner") if text else []
        )
        context |= {
            "planned": PlannedVisit.objects.filter(manager=user, visit=None)
            .select_related("client__owner")
            .annotate(tier=F("client__standing__tier"))
            .order_by("day", "pk")[:SHOWN],
            "today": periods.today(),
            "q": text,
            "found": found[:FOUND],
        }
    return render(request, "visits/inspections.html", context)


@require_POST
@role_required(Role.SUPERVISOR)
def plan_inspection(request: HttpRequest) -> HttpResponse:
    """Put a client on the own list of inspections."""
    client = get_visible(Client.objects, request.user, pk=request.POST.get("client", ""))
    try:
        day = _day(request.POST.get("day", ""))
        services.plan_inspection(request.user, client, day)
        messages.success(request, _("%(client)s is on your list of inspections.") % {"client": client.name})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("visits:inspections")


def _day(text: str) -> dt.date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(_("Choose a day."))
    return day


@require_POST
@role_required(Role.SUPERVISOR)
def drop_inspection(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a planned inspection off the own list."""
    line = get_visible(PlannedVisit.objects.filter(manager=request.user), request.user, pk=pk)
    services.drop_inspection(line)
    messages.success(request, _("Taken off the list."))
    return redirect("visits:inspections")
