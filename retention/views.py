"""Pages of retention alerts: one acts without leaving the list."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.lib import jobs, periods
from crm.lib.redirects import redirect_back
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import Role
from retention import services
from retention.models import Alert
from retention.rules import rules

SHOWN = 100
READERS = (Role.AM, Role.SUPERVISOR, Role.HR, Role.ADMIN)


@require_GET
@role_required(*READERS)
def alert_list(request: HttpRequest) -> HttpResponse:
    """Open alerts by value at risk; above them how retention went this quarter."""
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "open")
    seen = Alert.objects.visible_to(request.user)
    found = seen.open() if state != "closed" else seen.exclude(closed_at=None).order_by("-closed_at")
    totals = seen.open().aggregate(count=Count("pk"), value=Sum("value_at_risk"))
    if kind in rules:
        found = found.filter(kind=kind)
    quarter = periods.Period.parse(f"{periods.today().year}-Q{(periods.today().month + 2) // 3}")
    closed = seen.filter(closed_at__gte=periods.start_of(quarter.start)).values_list("state").annotate(n=Count("pk"))
    kinds = [{"label": _("All"), "url": "?", "active": not kind and state != "closed"}]
    kinds += [{"label": rule.label, "url": f"?kind={name}", "active": kind == name} for name, rule in rules.items()]
    kinds.append({"label": _("Closed"), "url": "?state=closed", "active": state == "closed"})
    context = {
        "alerts": found.select_related("client", "client__owner", "client__standing", "task")[:SHOWN],
        "tabs": kinds,
        "totals": totals,
        "saved": services.saved_rate(list(closed)),
        "can_act": request.user.role in (Role.AM, Role.SUPERVISOR),
        "can_run": request.user.role in (Role.HR, Role.ADMIN),
        "today": periods.today(),
        "shown": SHOWN,
    }
    return render(request, "retention/list.html", context)


@require_GET
@role_required(*READERS)
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert with its life and what can be done."""
    found = get_visible(Alert.objects.select_related("client", "client__owner", "task"), request.user, pk=pk)
    context = {
        "alert": found,
        "events": found.events.select_related("by"),
        "can_act": found.closed_at is None and Alert.objects.editable_by(request.user).filter(pk=pk).exists(),
        "today": periods.today(),
    }
    return render(request, "retention/alert.html", context)


def _then(request: HttpRequest, call: Any, done: str) -> HttpResponse:
    """Do it, say what happened, and go back to where the reader was."""
    try:
        call()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    return redirect_back(request, "retention:list")


@require_POST
@role_required(*READERS)
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Start acting: makes a task with a day."""
    found = get_editable(Alert.objects.select_related("client__owner"), request.user, pk=pk)
    due_on = parse_date(request.POST.get("due_on", "")) or periods.today()
    step = request.POST.get("step", "").strip()
    return _then(
        request,
        lambda: services.act(found, request.user, due_on=due_on, step=step),
        _("The task is on the list of %(name)s.") % {"name": found.client.owner or request.user},
    )


@require_POST
@role_required(*READERS)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge or close an alert, with a reason."""
    found = get_editable(Alert.objects, request.user, pk=pk)
    state = request.POST.get("state", "")
    if state not in Alert.State.values:
        messages.error(request, _("Choose what became of the client."))
        return redirect("retention:alert", pk=pk)
    return _then(
        request, lambda: services.change(found, state, request.user, request.POST.get("note", "")), _("Saved.")
    )


@require_POST
@role_required(Role.HR, Role.ADMIN)
def run(request: HttpRequest) -> HttpResponse:
    """Look for alerts now, as of yesterday's close."""
    day = periods.today() - dt.timedelta(days=1)
    job = jobs.request("raise_alerts", request.user.organisation_id, period=str(day), user=request.user)
    return redirect("job", pk=job.pk)
