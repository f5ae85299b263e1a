"""The plan of a month: the manager's to make, the supervisor's to approve."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from clients.models import Client
from crm.lib import periods
from crm.lib.periods import MONTH, Period
from crm.lib.redirects import redirect_back
from crm.lib.scope import get_editable, get_visible
from people import zones
from people.access import role_required
from people.models import Role, User
from visits.models import MonthPlan, PlannedVisit
from visits.services import plan as plans
from visits.views.desk import month_of
from visits.views.plan_page import TONES, VIEWS, plan_page, span_of


@require_GET
@role_required(Role.AM, Role.SUPERVISOR)
def show(request: HttpRequest) -> HttpResponse:
    """A manager's plan by month, week or day; a supervisor first sees whose plans wait."""
    number = request.GET.get("manager", "")
    if request.user.is_am:
        manager = request.user
    elif number:
        manager = get_visible(User.objects.select_related("unit__organisation"), request.user, pk=number, role=Role.AM)
    else:
        month = month_of(request.GET.get("month", ""))
        rows = _team(request.user, month)
        return render(request, "visits/plans.html", {"month": month, "rows": rows, **_around(month)})
    view = request.GET.get("view", MONTH)
    view = view if view in VIEWS else MONTH
    first = zones.first_weekday(request.user)
    page = plan_page(manager, view, span_of(view, request.GET, first), first)
    return render(request, "visits/plan.html", page | {"own": request.user.is_am})


def _around(month: Period) -> dict[str, str]:
    return {
        "previous": f"{periods.add_months(month.start, -1):%Y-%m}",
        "following": f"{periods.add_months(month.start, 1):%Y-%m}",
    }


def _team(user: User, month: Period) -> list[dict[str, Any]]:
    """Each manager with the state of the month's plan and its counts, those that wait first."""
    managers = User.objects.visible_to(user).managers().select_related("unit").order_by("unit__path", "username")
    plan_of = {plan.manager_id: plan for plan in MonthPlan.objects.filter(manager__in=managers, month=month.start)}
    counts = {
        row["manager"]: row
        for row in PlannedVisit.objects.filter(manager__in=managers, day__range=(month.start, month.end))
        .order_by()
        .values("manager")
        .annotate(planned=Count("pk"), done=Count("visit"))
    }
    rows = [
        {
            **counts.get(manager.pk, {"planned": 0, "done": 0}),
            "manager": manager,
            "plan": plan_of.get(manager.pk),
            "tone": TONES[plan_of[manager.pk].state] if manager.pk in plan_of else "neutral",
        }
        for manager in managers
    ]
    return sorted(rows, key=lambda row: not (row["plan"] and row["plan"].state == "submitted"))


def _back(request: HttpRequest, month: dt.date) -> HttpResponse:
    """To the view from which it was sent, else to the month."""
    return redirect_back(request, f"{reverse('visits:plan')}?month={month:%Y-%m}")


def _moved(request: HttpRequest, line: PlannedVisit) -> None:
    values = {"client": line.client.name, "day": date_format(line.day, "MONTH_DAY_FORMAT")}
    messages.success(request, _("%(client)s is on the plan of %(day)s.") % values)
    if line.state == PlannedVisit.State.SUBMITTED:
        messages.info(request, _("The supervisor has to approve this change of the plan."))


def _refused(request: HttpRequest, error: ValidationError) -> None:
    messages.error(request, " ".join(error.messages))


@require_POST
@role_required(Role.AM)
def propose(request: HttpRequest) -> HttpResponse:
    """Fill the month from the tier standards."""
    month = month_of(request.POST.get("month", "")).start
    try:
        result = plans.propose(request.user, month)
    except ValidationError as error:
        _refused(request, error)
        return _back(request, month)
    words = ngettext("%(n)d visit put on the plan.", "%(n)d visits put on the plan.", result.planned)
    messages.success(request, words % {"n": result.planned})
    if result.no_room:
        words = ngettext(
            "%(n)d visit that is due found no room this month.",
            "%(n)d visits that are due found no room this month.",
            result.no_room,
        )
        messages.warning(request, words % {"n": result.no_room})
    return _back(request, month)


@require_POST
@role_required(Role.AM)
def add(request: HttpRequest) -> HttpResponse:
    """Put a client on the plan of a day."""
    client = get_visible(Client.objects, request.user, pk=request.POST.get("client", ""))
    day = _day(request.POST.get("day", ""))
    try:
        if day is None:
            raise ValidationError(_("Choose a day."))
        plans.add(request.user, client, day)
        messages.success(request, _("%(client)s is on the plan.") % {"client": client.name})
    except ValidationError as error:
        _refused(request, error)
    return _back(request, day or periods.today())


@require_POST
@role_required(Role.AM)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a visit on another day; a script that drags gets JSON, a form a page."""
    line = get_editable(PlannedVisit.objects, request.user, pk=pk)
    day = _day(request.POST.get("day", ""))
    problem = ""
    try:
        if day is None:
            raise ValidationError(_("Choose a day."))
        line = plans.move(line, day)
    except ValidationError as error:
        problem = " ".join(error.messages)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(
            {"day": line.day.isoformat(), "state": line.state, "error": problem}, status=409 if problem else 200
        )
    if problem:
        messages.error(request, problem)
    else:
        _moved(request, line)
    return _back(request, line.day)


@require_POST
@role_required(Role.AM)
def repeat(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan the same client every so many weeks."""
    rows = PlannedVisit.objects.select_related("manager__unit__organisation")
    line = get_editable(rows, request.user, pk=pk)
    try:
        weeks = request.POST.get("weeks", "")
        n = plans.repeat(line, int(weeks) if weeks.isdecimal() else 0)
        words = ngettext("%(n)d more visit planned.", "%(n)d more visits planned.", n) % {"n": n}
        messages.success(request, words)
    except ValidationError as error:
        _refused(request, error)
    return _back(request, line.day)


@require_POST
@role_required(Role.AM)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a draft visit off the plan."""
    line = get_editable(PlannedVisit.objects, request.user, pk=pk)
    try:
        plans.remove(line)
    except ValidationError as error:
        _refused(request, error)
    return _back(request, line.day)


@require_POST
@role_required(Role.AM)
def copy(request: HttpRequest) -> HttpResponse:
    """Copy a week's plan to a later week."""
    source, target = _day(request.POST.get("source", "")), _day(request.POST.get("target", ""))
    if source is None or target is None:
        messages.error(request, _("Choose both weeks."))
        return _back(request, periods.today())
    try:
        n = plans.copy_week(request.user, source, target)
        messages.success(request, ngettext("%(n)d visit copied.", "%(n)d visits copied.", n) % {"n": n})
    except ValidationError as error:
        _refused(request, error)
    return _back(request, target)


@require_POST
@role_required(Role.AM)
def submit(request: HttpRequest) -> HttpResponse:
    """Hand the month to the supervisor."""
    month = month_of(request.POST.get("month", "")).start
    try:
        plans.submit(request.user, month)
        messages.success(request, _("Plan submitted. The supervisor is told."))
    except ValidationError as error:
        _refused(request, error)
    return _back(request, month)


@require_POST
@role_required(Role.SUPERVISOR)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or return a month's plan."""
    plan = get_editable(MonthPlan.objects, request.user, pk=pk)
    try:
        approve = request.POST.get("decision") == "approve"
        plans.decide(plan, request.user, approve, request.POST.get("note", ""))
        messages.success(request, _("Plan approved.") if approve else _("Plan returned."))
    except ValidationError as error:
        _refused(request, error)
        return redirect(f"{reverse('visits:plan')}?manager={plan.manager_id}&month={plan.month:%Y-%m}")
    return _back(request, plan.month)


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
