"""Alerts: one acts without leaving the list."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from clients.views.lists import chip, unit_chip
from crm.lib import jobs, periods
from crm.lib.pages import page_of
from crm.lib.redirects import redirect_back
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import OrgUnit, Role, User
from retention import services
from retention.config import config
from retention.models import Alert, AlertStep, Batch, RuleSetting
from retention.querysets import awake
from retention.reports.verdicts import quarter_of, totals_and
from retention.rules import Act, danger_kinds, rules
from retention.services.bulk import latest
from retention.services.playbook import Plan

ROWS = 30
READERS = (Role.AM, Role.SUPERVISOR, Role.HR, Role.ADMIN)
ACTORS = (Role.AM, Role.SUPERVISOR)
State = Alert.State
VERDICTS = (State.KEPT, State.LOST, State.DISMISSED, State.CLEARED)


def filtered(request: HttpRequest) -> QuerySet[Alert]:
    """The dangers that the address asks for; unknown values fit nothing."""
    query = request.GET
    found = Alert.objects.visible_to(request.user).dangers()
    state = query.get("state", "")
    match state:
        case "" | "open":
            found = found.awake()
        case "snoozed":
            found = found.snoozed()
        case "acting" | "acknowledged":
            found = found.open().filter(state=state)
        case "escalated":
            found = found.awake().filter(escalation_level__gt=0, state=State.OPEN)
        case "closed":
            found = found.exclude(closed_at=None)
        case _verdict:
            found = found.filter(state=state)
    if kind := query.get("kind"):
        found = found.filter(kind=kind)
    if owner := query.get("owner"):
        found = found.filter(Q(assignee__username=owner) | Q(assignee=None, client__owner__username=owner))
    if query.get("mine"):
        found = found.filter(Q(assignee=request.user.pk) | Q(assignee=None, client__owner=request.user.pk))
    if code := query.get("unit"):
        unit = OrgUnit.objects.visible_to(request.user).filter(code=code).first()
        found = found.filter(client__org__path__startswith=unit.path) if unit else found.none()
    if text := query.get("quarter"):
        try:
            quarter = periods.Period.parse(text, periods.QUARTER)
        except periods.PeriodError:
            return found.none()
        start, end = periods.start_of(quarter.start), periods.start_of(quarter.end + dt.timedelta(days=1))
        found = found.filter(closed_at__gte=start, closed_at__lt=end)
    return found


def with_rows(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """What a line of a list shows."""
    related = ("client__owner", "client__standing", "client__forecast", "assignee")
    steps = AlertStep.objects.select_related("task", "planned_visit")
    return alerts.select_related(*related).prefetch_related(Prefetch("steps", steps))


@require_GET
@role_required(*READERS)
def alert_list(request: HttpRequest) -> HttpResponse:
    """Open alerts by value at risk; above them how retention went this quarter, against the last one."""
    user: Any = request.user
    found = filtered(request)
    closed = request.GET.get("state", "") in ("closed", *VERDICTS)
    order = ("-closed_at", "-pk") if closed else ("-value_at_risk", "-pk")
    page = page_of(request, with_rows(found), *order, rows=ROWS)
    quarter = quarter_of(periods.today())
    (now, before), open_now = totals_and(
        Alert.objects.visible_to(user).dangers(),
        quarter,
        quarter.previous,
        alerts=Count("pk", filter=awake()),
        clients=Count("client", filter=awake(), distinct=True),
    )
    context = {
        "page": page,
        "filters": chips(request),
        "tabs": tabs(request),
        "open_now": open_now,
        "now": now,
        "before": before,
        "quarter": str(quarter),
        "can_act": user.role in ACTORS and not closed,
        "can_assign": user.role == Role.SUPERVISOR,
        "can_run": user.role in (Role.HR, Role.ADMIN),
        "people": assignable(user) if user.role == Role.SUPERVISOR else [],
        "batch": latest(user),
        **day_choices(),
    }
    return render(request, "retention/list.html", context)


def day_choices() -> dict[str, Any]:
    """Days that forms offer."""
    today = periods.today()
    return {
        "today": today,
        "tomorrow": today + dt.timedelta(days=1),
        "next_week": today + dt.timedelta(days=7),
        "last_snooze": today + dt.timedelta(days=services.bulk.MOST_SNOOZE),
    }


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """States as tabs, with the filters kept."""
    names = [
        ("", _("To act on")),
        ("acting", _("Acting")),
        ("snoozed", _("Put aside")),
        ("escalated", _("Escalated")),
        ("closed", _("Closed")),
    ]
    now = request.GET.get("state", "")
    active = "closed" if now in VERDICTS else now
    return [{"label": label, "url": _with(request, state=name), "active": name == active} for name, label in names]


def _with(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name in ("after", "before", "quarter", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def chips(request: HttpRequest) -> list[dict[str, Any]]:
    """Kind, and for leaders unit and account manager."""
    user: Any = request.user
    found = [chip(request, "kind", _("Kind"), [(kind, rules[kind].label) for kind in danger_kinds()])]
    if user.role != Role.AM:
        found.append(unit_chip(request))
        owners = User.objects.visible_to(user).managers().order_by("name").values_list("username", "name")
        found.append(chip(request, "owner", _("Account manager"), list(owners[:60])))
    if request.GET.get("state", "") in ("closed", *VERDICTS):
        ends = [("closed", _("Closed")), *((state.value, state.label) for state in VERDICTS)]
        found.append(chip(request, "state", _("What became of it"), ends))
        quarter = quarter_of(periods.today())
        quarters = [(str(one), str(one)) for one in (quarter, quarter.previous)]
        found.append(chip(request, "quarter", _("Closed in"), quarters))
    return found


def assignable(user: Any) -> list[User]:
    """People whom a supervisor can ask to act."""
    found = User.objects.visible_to(user).active().filter(role__in=ACTORS)
    return list(found.order_by("role", "name")[:200])


@require_GET
@role_required(*READERS)
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """One alert with its life, its play-book and cases that help."""
    user: Any = request.user
    found = get_visible(with_rows(Alert.objects.all()), user, pk=pk)
    setting = RuleSetting.objects.filter(organisation=user.organisation_id, kind=found.kind).first()
    can_act = found.closed_at is None and Alert.objects.editable_by(user).filter(pk=pk).exists()
    plans = services.proposed(config(rules[found.kind], setting), user.unit.organisation.settings) if can_act else []
    cases = setting.cases.visible_to(user) if setting else []
    context = {
        "alert": found,
        "events": found.events.select_related("by"),
        "others": found.client.alerts.open().exclude(pk=pk),
        "can_act": can_act,
        "can_assign": user.role == Role.SUPERVISOR,
        "people": assignable(user) if user.role == Role.SUPERVISOR and can_act else [],
        "plans": plans,
        "cases": cases,
        "acts": Act.choices,
        **day_choices(),
    }
    return render(request, "retention/alert.html", context)


def then(request: HttpRequest, call: Callable[[], str]) -> HttpResponse:
    """Do it, say what happened, and go back to where the reader was."""
    try:
        done = call()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    return redirect_back(request, "retention:list")


@require_POST
@role_required(*READERS)
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Start acting: the chosen lines of the play-book, and a step of one's own, become visits and tasks."""
    found = get_editable(Alert.objects.select_related("client__owner"), request.user, pk=pk)

    def call() -> str:
        services.start(found, request.user, plans_of(request, found))
        return _("The steps are on the plan and the task list of %(name)s.") % {
            "name": found.responsible or request.user
        }

    return then(request, call)


def plans_of(request: HttpRequest, found: Alert) -> list[Plan]:
    """The checked lines ``step-N`` with ``act-N``, ``text-N`` and ``day-N``; without lines, one task from the list."""
    post: Any = request.POST
    plans: list[Plan] = []
    numbers = [name.removeprefix("step-") for name in post if name.startswith("step-")]
    if not numbers and "due_on" in post:
        post = post.copy()
        post["act-0"], post["text-0"], post["day-0"] = post.get("act", Act.TASK), post.get("step", ""), post["due_on"]
        numbers = ["0"]
    for number in numbers:
        text, day = post.get(f"text-{number}", "").strip(), _day(post.get(f"day-{number}", ""))
        act_ = post.get(f"act-{number}", Act.TASK)
        if act_ not in Act.values:
            raise ValidationError(_("Choose a visit, a call or a task."))
        if day is None:
            raise ValidationError(_("Choose a day for “%(text)s”.") % {"text": text or found.step})
        plans.append(Plan(act_, text or found.step, day))
    return plans


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_POST
@role_required(*READERS)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge or close an alert, with a reason."""
    found = get_editable(Alert.objects, request.user, pk=pk)
    state = request.POST.get("state", "")

    def call() -> str:
        if state not in State.values:
            raise ValidationError(_("Choose what became of the client."))
        services.change(found, state, request.user, request.POST.get("note", ""))
        return _("Saved.")

    return then(request, call)


@require_POST
@role_required(*READERS)
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one alert aside until a day."""
    found = get_editable(Alert.objects, request.user, pk=pk)
    return then(request, lambda: _apply(request, "snooze", [str(found.pk)]))


@require_POST
@role_required(Role.SUPERVISOR)
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one alert to somebody."""
    found = get_editable(Alert.objects, request.user, pk=pk)
    return then(request, lambda: _apply(request, "assign", [str(found.pk)]))


@require_POST
@role_required(*ACTORS)
def bulk(request: HttpRequest) -> HttpResponse:
    """One act upon the chosen alerts; it can be taken back."""
    return then(request, lambda: _apply(request, request.POST.get("act", ""), request.POST.getlist("ids")))


def _apply(request: HttpRequest, act_: str, ids: list[str]) -> str:
    user: Any = request.user
    if act_ == "assign" and user.role != Role.SUPERVISOR:
        raise ValidationError(_("Only supervisors give alerts to others."))
    person = None
    if username := request.POST.get("person"):
        person = User.objects.visible_to(user).active().filter(role__in=ACTORS, username=username).first()
    batch = services.apply(
        ids, user, act_, until=_day(request.POST.get("until", "")), person=person, note=request.POST.get("note", "")
    )
    return ngettext("%(n)d alert: %(act)s", "%(n)d alerts: %(act)s", batch.count) % {
        "n": batch.count,
        "act": act_label(act_),
    }


def act_label(act_: str) -> str:
    """What a bulk act did, in words."""
    return {
        "acknowledge": _("marked as seen"),
        "snooze": _("put aside"),
        "assign": _("assigned"),
        "dismiss": _("closed without danger"),
        "done": _("done"),
    }[act_]


@require_POST
@role_required(*ACTORS)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one did last."""
    batch = get_editable(Batch.objects, request.user, pk=pk)

    def call() -> str:
        count = services.undo(batch, request.user)
        return ngettext("Taken back for %(n)d alert.", "Taken back for %(n)d alerts.", count) % {"n": count}

    return then(request, call)


@require_POST
@role_required(Role.HR, Role.ADMIN)
def run(request: HttpRequest) -> HttpResponse:
    """Look for alerts now, as of yesterday's close."""
    day = periods.today() - dt.timedelta(days=1)
    job = jobs.request("raise_alerts", request.user.organisation_id, period=str(day), user=request.user)
    return redirect("job", pk=job.pk)
