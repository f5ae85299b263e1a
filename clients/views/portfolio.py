"""The portfolio of an account manager or a unit as pictures, and the rules of the life cycle."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms.value import HoldForm, StageRulesForm
from clients.models import Client, Stage
from clients.value import stages
from clients.value.portfolio import Portfolio
from clients.value.relation import KINDS
from clients.value.rules import SETTING, StageRules
from clients.views.lists import MOST_OPTIONS, chip, owners_of, unit_chip
from crm.lib import jobs, periods
from crm.lib.replica import report
from crm.lib.scope import get_editable
from people.access import role_required
from people.models import OrgUnit, Role, User

READERS = (Role.AM, Role.SUPERVISOR, Role.HR, Role.ADMIN)
RULERS = (Role.HR, Role.ADMIN)
STAGE_TONES = {
    "potential": "var(--zf-chart-2)", "new": "var(--zf-chart-3)", "active": "var(--zf-chart-1)",
    "loyal": "var(--zf-grade-excellent)", "dormant": "var(--zf-grade-fair)", "lost": "var(--zf-danger)",
}  # fmt: skip


@require_GET
@role_required(*READERS)
@report
def portfolio(request: HttpRequest) -> HttpResponse:
    """What the clients are worth, who carries the sales, who is slipping away."""
    user: Any = request.user
    owner, unit = _scope(request)
    found = Portfolio(user, owner, unit)
    totals = found.totals()
    context: dict[str, Any] = {
        "totals": totals,
        "owner": owner,
        "org_unit": unit or user.unit,
        "filters": _chips(request),
        "stage_rules": StageRules.of(user.unit.organisation.settings).in_words(),
        "labels": dict(Stage.choices),
        "can_rule": user.role in RULERS,
    }
    if totals["valued"]:
        tiers = found.tiers()
        concentration = found.concentration()
        scope = _list_scope(request)
        context |= {
            "concentration": concentration,
            "curve": _curve(concentration),
            "stages": _stages(found.stages(), scope),
            "rfm": _rfm(found.rfm(), scope),
            "tiers": [{**row, "relation": KINDS[row["relation"]]} for row in tiers],
            "tier_chart": _tiers(tiers),
            "loyalty": found.loyalty(),
            "satisfied": _satisfied(found.satisfied()),
            "parts": found.parts() if owner is None and user.role != Role.AM else [],
        }
    return render(request, "clients/portfolio.html", context)


def _scope(request: HttpRequest) -> tuple[Any, Any]:
    """The account manager and the unit that the reader has chosen among those in sight."""
    user: Any = request.user
    owner = User.objects.visible_to(user).filter(username=request.GET.get("owner") or None).first()
    unit = OrgUnit.objects.visible_to(user).filter(code=request.GET.get("unit") or None).first()
    return owner, unit


def _chips(request: HttpRequest) -> list[dict[str, Any]]:
    user: Any = request.user
    if user.role == Role.AM:
        return []
    return [unit_chip(request), chip(request, "owner", _("Account manager"), owners_of(user)[:MOST_OPTIONS])]


def _list_scope(request: HttpRequest) -> str:
    """The client list's address with the same scope; filters are added behind it."""
    kept = request.GET.copy()
    for name in set(kept) - {"owner", "unit"}:
        del kept[name]
    return f"{reverse('clients:list')}?{kept.urlencode()}"


def _curve(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "xAxis": {"type": "value", "name": _("clients, %"), "max": 100},
        "yAxis": {"type": "value", "name": _("amount, %"), "max": 100},
        "series": [
            {
                "type": "line",
                "name": _("share of the amount"),
                "data": found["curve"],
                "symbol": "none",
                "areaStyle": {"opacity": 0.15},
                "color": "var(--zf-chart-1)",
                "markLine": {
                    "symbol": "none",
                    "data": [{"yAxis": 80}, *([{"xAxis": float(found["share"]) * 100}] if found["share"] else [])],
                },
            }
        ],
    }


def _stages(counted: dict[str, Any], scope: str) -> dict[str, Any]:
    known = [(value, str(label)) for value, label in Stage.choices]
    return {
        "xAxis": {"type": "category", "data": [label for _value, label in known]},
        "yAxis": {"type": "value", "name": _("clients")},
        "series": [
            {
                "type": "bar",
                "name": _("clients"),
                "label": {"show": True, "position": "top"},
                "data": [
                    {
                        "value": counted.get(value, (0, 0))[0],
                        "url": f"{scope}&stage={value}",
                        "itemStyle": {"color": STAGE_TONES[value]},
                    }
                    for value, _label in known
                ],
            }
        ],
    }


def _rfm(counted: list[tuple[int, int, int, Any]], scope: str) -> dict[str, Any]:
    points = [str(number) for number in range(1, 6)]
    return {
        "xAxis": {"type": "category", "name": _("Amount"), "data": points},
        "yAxis": {"type": "category", "name": _("Activity"), "data": points, "inverse": False},
        "visualMap": {"show": False, "min": 0, "max": max((n for *_rest, n, _amount in counted), default=1)},
        "series": [
            {
                "type": "heatmap",
                "label": {"show": True},
                "data": [
                    {
                        "value": [money - 1, activity - 1, n],
                        "url": f"{scope}&activity={activity}&monetary={money}",
                    }
                    for activity, money, n, _amount in counted
                ],
            }
        ],
    }


def _satisfied(counted: list[tuple[int, int, int]]) -> dict[str, Any] | None:
    """Value against satisfaction, clients counted; no addresses behind it, for answers are nobody's in particular."""
    if not counted:
        return None
    levels = [_("not satisfied (below 3)"), _("neither nor"), _("satisfied (4 and more)")]
    return {
        "xAxis": {"type": "category", "name": _("Amount"), "data": [str(number) for number in range(1, 6)]},
        "yAxis": {"type": "category", "name": _("Satisfaction"), "data": levels, "inverse": False},
        "visualMap": {"show": False, "min": 0, "max": max(n for *_rest, n in counted)},
        "series": [
            {
                "type": "heatmap",
                "label": {"show": True},
                "data": [{"value": [money - 1, level, n]} for money, level, n in counted],
            }
        ],
    }


def _tiers(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "legend": {},
        "xAxis": {"type": "category", "data": [row["tier"] or _("Not tiered") for row in found]},
        "yAxis": {"type": "value", "name": "%"},
        "series": [
            {
                "type": "bar",
                "name": name,
                "color": color,
                "data": [round(float(row[key] or 0) * 100, 1) for row in found],
            }
            for name, key, color in (
                (_("share of the clients"), "share_n", "var(--zf-chart-2)"),
                (_("share of the amount"), "share_amount", "var(--zf-chart-1)"),
            )
        ],
    }


@require_http_methods(["GET", "POST"])
@role_required(*RULERS)
def stage_rules(request: HttpRequest) -> HttpResponse:
    """The limits of the life cycle; saved, they are applied at once."""
    user: Any = request.user
    organisation = user.unit.organisation
    form = StageRulesForm(request.POST or None, initial=StageRules.of(organisation.settings).as_dict())
    if form.is_valid():
        organisation.settings = {**organisation.settings, SETTING: form.cleaned_data}
        organisation.save(update_fields=["settings"])
        month = str(periods.Period.month(periods.last_whole_month(periods.today())))
        params = {"done_url": reverse("clients:portfolio")}
        job = jobs.request("value_clients", organisation.pk, period=month, params=params, user=user)
        return redirect("job", pk=job.pk)
    context = {"form": form, "words": StageRules.of(organisation.settings).in_words(), "labels": dict(Stage.choices)}
    return render(request, "clients/stage_rules.html", context)


@require_http_methods(["GET", "POST"])
@role_required(Role.AM, Role.SUPERVISOR, Role.ADMIN)
def stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a client's stage by hand, with the reason."""
    client = get_editable(Client.objects.select_related("stage_hold"), request.user, pk=pk)
    initial = {"stage": client.stage, "until": stages.usual_end()}
    if hasattr(client, "stage_hold"):
        initial |= {"reason": client.stage_hold.reason, "until": client.stage_hold.until}
    form = HoldForm(request.POST or None, initial=initial)
    if form.is_valid():
        values = form.cleaned_data
        try:
            stages.set_by_hand(client, values["stage"], values["reason"], values["until"], request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved. The rules leave this client alone until then."))
            return redirect("clients:detail", pk=pk)
    context = {
        "form": form,
        "client": client,
        "page_title": _("Life-cycle stage"),
        "hold": hasattr(client, "stage_hold"),
    }
    return render(request, "clients/stage.html", context)


@require_POST
@role_required(Role.AM, Role.SUPERVISOR, Role.ADMIN)
def stage_release(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the rules."""
    client = get_editable(Client.objects.all(), request.user, pk=pk)
    stages.release(client)
    messages.success(request, _("The stage follows the rules again."))
    return redirect("clients:detail", pk=pk)
