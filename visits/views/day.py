"""The account manager's day."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.lib import periods
from crm.lib.geo import check_coordinates
from crm.lib.scope import get_editable
from people.access import role_required
from people.models import Role
from visits import due, routine
from visits.maps import route_map
from visits.models import PlannedVisit
from visits.navigation import APPS

SHOWN = 100


def position_of(text: str) -> tuple[float, float] | None:
    """(longitude, latitude) from "102.7,25.04"; None for anything else."""
    try:
        longitude, latitude = (float(part) for part in text.split(","))
        check_coordinates(longitude, latitude)
    except ValueError:
        return None
    return longitude, latitude


@require_GET
@role_required(Role.AM)
def due_list(request: HttpRequest) -> HttpResponse:
    """Who is to be visited: today in the order of the way, what else is overdue, what comes within a week."""
    position = position_of(request.GET.get("at", ""))
    day = due.day_list(request.user, position=position)
    show = request.GET.get("show", "today")
    lists = {"today": day.today, "waiting": day.waiting, "soon": day.soon}
    labels = {"today": _("Today"), "waiting": _("Also due"), "soon": _("Within a week")}
    shown = lists.get(show, day.today)
    return render(
        request,
        "visits/due.html",
        {
            "day": day,
            "rows": shown[:SHOWN],
            "left_out": max(0, len(shown) - SHOWN),
            "show": show if show in lists else "today",
            "tabs": [
                {"label": labels[key], "url": f"?show={key}", "active": shown is rows, "count": len(rows)}
                for key, rows in lists.items()
            ],
            "apps": list(APPS.items()) if any(row.navigation for row in shown[:SHOWN]) else [],
            "map": route_map(day.today, position) if shown is day.today else None,
            "appointments": routine.appointments(request.user),
        },
    )


@require_POST
@role_required(Role.AM)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The client confirmed the appointment."""
    plan = get_editable(PlannedVisit.objects.select_related("client"), request.user, pk=pk)
    PlannedVisit.objects.filter(pk=plan.pk, confirmed_at=None).update(confirmed_at=periods.now())
    messages.success(request, _("Appointment with %(client)s confirmed.") % {"client": plan.client.name})
    return redirect("visits:due")
