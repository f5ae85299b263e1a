"""When and where visits were made: a heat calendar of half a year, a map of a month."""

from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clients.models import Client
from crm.lib import periods
from crm.lib.periods import Period
from crm.lib.replica import report
from people.access import role_required
from people.models import Role, User
from visits.maps import Drawing
from visits.models import Mode, Visit
from visits.views.desk import month_of
from visits.views.lists import chip_of, month_choices

MONTHS = 6
MOST_MANAGERS, MOST_PLACES = 60, 1000
READERS = (Role.AM, Role.SUPERVISOR, Role.HR, Role.ADMIN)


@require_GET
@role_required(*READERS)
@report
def places(request: HttpRequest) -> HttpResponse:
    """The days with visits of half a year and the places of a month; of one manager or of a team's."""
    user: Any = request.user
    month = month_of(request.GET.get("month", ""))
    filters = [chip_of(request, "month", _("Month"), month_choices(), str(month))]
    managers, chosen = [user], True
    if not user.is_am:
        managers = list(User.objects.visible_to(user).managers().order_by("name", "pk")[: MOST_MANAGERS + 1])
        people = [(str(person.pk), person.name) for person in managers]
        if number := request.GET.get("manager", ""):
            known = User.objects.visible_to(user).managers()
            managers = list(known.filter(pk=number)) if number.isdecimal() and len(number) < 19 else []
        filters.insert(0, chip_of(request, "manager", _("Account manager"), people))
        chosen = len(managers) <= MOST_MANAGERS  # of a province one chooses somebody first
    context: dict[str, Any] = {"filters": filters, "chosen": chosen, "month": month}
    if chosen:
        context |= _pictures(user, managers, month)
    return render(request, "visits/places.html", context)


def _pictures(user: Any, managers: list[User], month: Period) -> dict[str, Any]:
    made = Visit.objects.visible_to(user).filter(manager__in=managers).order_by()
    first = periods.add_months(month.start, 1 - MONTHS)
    of_days = dict(made.between(first, month.end).values("day").annotate(n=Count("pk")).values_list("day", "n"))
    on_site = made.filter(mode=Mode.ON_SITE).between(month.start, month.end)
    seen = {row["client"]: row for row in on_site.values("client").annotate(n=Count("pk"), last=Max("day"))}
    own = Q(owner__in=managers, is_active=True) | Q(pk__in=on_site.values("client"))
    clients = Client.objects.visible_to(user).filter(own, longitude__isnull=False, latitude__isnull=False)
    rows = [
        {
            "pk": pk,
            "name": name,
            "point": (longitude, latitude),
            "n": seen[pk]["n"] if pk in seen else 0,
            "last": seen[pk]["last"] if pk in seen else None,
        }
        for pk, name, longitude, latitude in clients.order_by("pk").values_list("pk", "name", "longitude", "latitude")[
            :MOST_PLACES
        ]
    ]
    rows.sort(key=lambda row: row["n"])  # those that were seen are drawn last, and so on top
    drawing = Drawing([row["point"] for row in rows]) if rows else None
    for row in rows if drawing else ():
        row["x"], row["y"] = drawing.place(row["point"])  # type: ignore[union-attr]
        row["radius"] = 3 + min(row["n"], 5) if row["n"] else 3
    one = f"&manager={managers[0].pk}" if len(managers) == 1 and not user.is_am else ""
    return {
        "calendar": _calendar(first, month, of_days, one) if of_days else None,
        "drawing": drawing,
        "tiles": drawing.tiles() if drawing else [],
        "places": rows,
        "seen": sum(bool(row["n"]) for row in rows),
        "is_cut": len(rows) == MOST_PLACES,
    }


def _calendar(first: Any, month: Period, of_days: dict[Any, int], one: str) -> dict[str, Any]:
    """Visits a day; a day leads to its visits."""
    address = reverse("visits:list")
    return {
        "visualMap": {
            "min": 0,
            "max": max(of_days.values()),
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "inRange": {"color": ["var(--zf-brand-soft)", "var(--zf-brand)"]},
        },
        "calendar": {
            "range": [first.isoformat(), month.end.isoformat()],
            "top": 28,
            "bottom": 56,
            "left": 36,
            "right": 8,
            "cellSize": ["auto", "auto"],
            "dayLabel": {"fontSize": 10},
        },
        "series": [
            {
                "type": "heatmap",
                "coordinateSystem": "calendar",
                "data": [
                    {"value": [day.isoformat(), n], "url": f"{address}?month={day.isoformat()}{one}"}
                    for day, n in sorted(of_days.items())
                ],
            }
        ],
    }
