"""Coaching cards: proposed by rule, confirmed by the supervisor, with actions and the score before and after."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.scope import get_editable, get_visible
from kpi.coaching import rules, services
from kpi.models import CoachingAction, CoachingCase, CoachingType, Scorecard
from kpi.reports import cards
from kpi.views.careers import day_of, organisation_of, posted_by_hr, tell
from people.access import role_required
from people.models import Role

READERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)
TONES = {"proposed": "warning", "confirmed": "info", "dismissed": "neutral", "closed": "success"}
TYPE_ICONS = {
    "unsure": "help-circle",
    "no_drive": "battery-1",
    "complaints": "message-report",
    "weak_finish": "trending-down",
    "resentful": "mood-angry",
    "complacent": "crown",
    "excellent": "star",
}


def in_words(case: CoachingCase) -> list[str]:
    """The figures of a case: what, how much, and the limit."""
    found = []
    for key, value, limit in case.figures:
        label = rules.LABELS.get(key, key)
        found.append(_("%(label)s %(limit)s: %(value)s") % {"label": label, "limit": limit, "value": f"{value:g}"})
    return found


def _shown(case: Any) -> Any:
    case.words = in_words(case)
    case.tone = TONES[case.state]
    case.icon = TYPE_ICONS[case.type]
    return case


@require_GET
@role_required(*READERS)
def cases(request: HttpRequest) -> HttpResponse:
    """Open cases of the own people, or those that are over with what worked."""
    visible = CoachingCase.objects.visible_to(request.user).select_related("manager", "org", "decided_by")
    wanted = request.GET.get("state", "open")
    found = visible.open() if wanted == "open" else visible.exclude(state__in=services.OPEN)
    rows = [
        _shown(case) for case in found.prefetch_related("actions__task").order_by("-period", "manager__username")[:120]
    ]
    worked = services.what_worked(request.user.organisation_id) if wanted != "open" else []
    for row in worked:
        row["type_label"] = CoachingType(row["type"]).label
        row["action_label"] = CoachingAction.Kind(row["kind"]).label
    context = {
        "cases": rows,
        "states": [
            {"label": _("Open"), "url": "?state=open", "active": wanted == "open", "count": visible.open().count()},
            {"label": _("Closed, and what worked"), "url": "?state=over", "active": wanted != "open"},
        ],
        "is_open": wanted == "open",
        "worked": worked,
    }
    return render(request, "kpi/coaching/cases.html", context)


@require_GET
@role_required(*READERS)
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: the figures, the scores around it, what is done about it."""
    found = _shown(
        get_visible(
            CoachingCase.objects.select_related("manager", "org", "organisation", "decided_by"), request.user, pk=pk
        )
    )
    rule = rules.BY_TYPE[found.type]
    card = (
        Scorecard.objects.published().filter(manager=found.manager_id, run__scheme__period_kind="month")
        .select_related("run__scheme", "run__organisation").order_by("-run__starts_on", "-run__version").first()
    )  # fmt: skip
    history = cards.history(card) if card else []
    context: dict[str, Any] = {
        "case": found,
        "actions": found.actions.select_related("task__owner"),
        "rule_text": rules.text_of(rules.BY_TYPE[found.proposed], rules.limits_of(found.organisation)),
        "remedy": rule.remedy,
        "types": CoachingType.choices,
        "kinds": [
            {"code": code, "label": label, "usual": code in rule.actions} for code, label in CoachingAction.Kind.choices
        ],
        "card": card,
        "trend": cards.trend(history) if len(history) > 1 else None,
        "after": services.latest_score(found),
        "may_act": CoachingCase.objects.editable_by(request.user).filter(pk=found.pk).exists(),
        "due": periods.today() + dt.timedelta(days=14),
    }
    return render(request, "kpi/coaching/case.html", context)


def _act(request: HttpRequest, pk: int, act: Any, done: str) -> HttpResponse:
    found = get_editable(CoachingCase.objects, request.user, pk=pk)
    try:
        act(found)
    except ValidationError as error:
        tell(request, error)
    else:
        messages.success(request, done)
    return redirect("kpi:case", pk=pk)


@require_POST
@role_required(Role.SUPERVISOR)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a case up, with actions."""
    actions = {code: request.POST.get(f"text-{code}", "") for code in request.POST.getlist("action")}

    def act(found: CoachingCase) -> None:
        due = day_of(request.POST.get("due_on", ""))
        kind = request.POST.get("type", "")
        services.confirm(found, kind, actions, due, request.POST.get("note", ""), request.user)

    return _act(request, pk, act, _("Confirmed. The actions are among your tasks."))


@require_POST
@role_required(Role.SUPERVISOR)
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures mislead."""
    note = request.POST.get("note", "")
    return _act(
        request, pk, lambda found: services.dismiss(found, note, request.user), _("Dismissed, with the reason.")
    )


@require_POST
@role_required(Role.SUPERVISOR)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a case."""
    note = request.POST.get("note", "")
    return _act(request, pk, lambda found: services.close(found, note, request.user), _("Closed."))


@require_http_methods(["GET", "POST"])
@role_required(*READERS)
def rule_page(request: HttpRequest) -> HttpResponse:
    """The rules in words with their limits; HR may change these."""
    organisation = organisation_of(request)
    may_change = request.user.role == Role.HR
    if posted_by_hr(request):
        try:
            services.change_limits(organisation, request.POST.dict())
        except ValidationError as error:
            tell(request, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("kpi:coaching-rules")
    limits = rules.limits_of(organisation)
    context = {
        "rules": [
            {
                "label": CoachingType(rule.type).label,
                "icon": TYPE_ICONS[rule.type],
                "text": rules.text_of(rule, limits),
                "remedy": rule.remedy,
                "actions": [CoachingAction.Kind(code).label for code in rule.actions],
            }
            for rule in rules.RULES
        ],
        "limits": [{"code": key, "label": label, "value": limits[key]} for key, label in rules.LABELS.items()],
        "may_change": may_change,
    }
    return render(request, "kpi/coaching/rules.html", context)
