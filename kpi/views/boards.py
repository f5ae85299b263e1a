"""Boards: ranks, growth, lines over years, units against indicators."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.lib.replica import report
from kpi import services
from kpi.models import Run, Scorecard
from kpi.reports import boards
from people.access import role_required
from people.models import OrgUnit, Role, User

READERS = (Role.AM, Role.SUPERVISOR, Role.HR, Role.ADMIN)
LEADERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)
LINE = ("run", "manager__name", "org__name", "group__name", "rank", "score", "grade")  # what a line of the board shows


def _runs(request: HttpRequest) -> tuple[list[Run], Run | None]:
    """The published runs to choose from, and the chosen one, else the latest."""
    runs = (
        Run.objects.in_force().filter(organisation=request.user.organisation_id)
        .select_related("scheme").order_by("-starts_on", "scheme__name")
    )  # fmt: skip
    choices = list(runs[:24])
    for run in choices:
        run.organisation = request.user.unit.organisation
    wanted = request.GET.get("run", "")
    return choices, next((one for one in choices if str(one.pk) == wanted), choices[0] if choices else None)


def _compared(request: HttpRequest, run: Run) -> Any:
    """The cards of the comparison groups that the reader belongs to or leads; HR sees all."""
    ranked = run.scorecards.filter(rank__isnull=False).select_related("manager", "org", "group")
    if request.user.role == Role.AM:
        return ranked.filter(group__in=run.scorecards.filter(manager=request.user.pk).values("group"))
    if request.user.role == Role.SUPERVISOR:
        return ranked.filter(group__in=run.scorecards.visible_to(request.user).values("group"))
    return ranked


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    pages = [("board", _("Ranks"), READERS), ("growth", _("Growth against the mean"), READERS),
             ("years", _("Over the years"), READERS), ("heat", _("Units and indicators"), LEADERS)]  # fmt: skip
    here = request.resolver_match.url_name if request.resolver_match else ""
    return [
        {"label": label, "url": reverse(f"kpi:{name}"), "active": name == here}
        for name, label, roles in pages
        if request.user.role in roles
    ]


def _shows_names(request: HttpRequest, run: Run) -> bool:
    return request.user.role != Role.AM or services.settings_of(run.organisation)["names"]


@require_GET
@role_required(*READERS)
@report
def board(request: HttpRequest) -> HttpResponse:
    """Ranks of a published run within each comparison group; a manager sees the own group."""
    choices, run = _runs(request)
    context: dict[str, Any] = {"tabs": _tabs(request), "run": run, "choices": choices, "cards": []}
    if run:
        found: list[Scorecard] = list(
            _compared(request, run).only(*LINE).order_by("group__path", "rank", "manager__username")[:500]
        )
        visible = set(Scorecard.objects.visible_to(request.user).filter(run=run).values_list("pk", flat=True))
        names = _shows_names(request, run)
        for card in found:
            card.may_open = card.pk in visible  # type: ignore[attr-defined]
            card.is_own = card.manager_id == request.user.pk  # type: ignore[attr-defined]
            card.has_name = names or card.manager_id == request.user.pk  # type: ignore[attr-defined]
        context |= {"cards": found, "several": len({card.group_id for card in found}) > 1, "names": names}
    return render(request, "kpi/board.html", context)


@require_GET
@role_required(*READERS)
@report
def growth(request: HttpRequest) -> HttpResponse:
    """Sales growth of the comparison group's managers, above or below the mean."""
    choices, run = _runs(request)
    context: dict[str, Any] = {"tabs": _tabs(request), "run": run, "choices": choices, "rows": []}
    if run:
        rows = boards.growth(run, _compared(request, run))[:300]
        names = _shows_names(request, run)

        def name_of(card: Scorecard) -> str:
            if names or card.manager_id == request.user.pk:
                return card.manager.name
            return _("Colleague")

        for row in rows:
            row["name"] = name_of(row["card"])
        context |= {
            "rows": rows,
            "chart": boards.growth_chart(rows[:40], name_of) if rows else None,
            "above": sum(row["off"] >= 0 for row in rows),
            "several": len({row["card"].group_id for row in rows}) > 1,
        }
    return render(request, "kpi/growth.html", context)


@require_GET
@role_required(*READERS)
@report
def years(request: HttpRequest) -> HttpResponse:
    """Lines over five years: the own one, those of the own people, with mean, median and ends of all."""
    people = User.objects.visible_to(request.user).filter(role=Role.AM).order_by("unit__path", "username")
    found = boards.years(request.user.organisation_id, dict(people.values_list("pk", "name")[:300]))
    context = {"tabs": _tabs(request), "found": found, "chart": boards.years_chart(found) if found["years"] else None}
    return render(request, "kpi/years.html", context)


@require_GET
@role_required(*LEADERS)
@report
def heat(request: HttpRequest) -> HttpResponse:
    """Which unit reaches how much of which indicator."""
    choices, run = _runs(request)
    unit = OrgUnit.objects.get(pk=request.user.unit_id)
    chart = boards.heat(run, unit.path) if run else None
    return render(request, "kpi/heat.html", {"tabs": _tabs(request), "run": run, "choices": choices, "chart": chart})
