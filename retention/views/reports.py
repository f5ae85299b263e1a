"""Value at risk, proof, and how well trade is foreseen."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clients.models import Client
from crm.lib import jobs, periods
from crm.lib.replica import report
from people.access import role_required
from people.models import OrgUnit, Role, User
from retention import forecasting
from retention.models import Alert, ForecastFit, TradeMonth
from retention.reports import comparison, exposure, verdicts
from retention.rules import rules
from retention.views.alerts import READERS

QUARTERS = 4
COMPARED_MONTHS = 12


def report_tabs(active: str) -> list[dict[str, Any]]:
    """The reports beside each other."""
    from django.urls import reverse

    names = [("value", _("Value at risk")), ("proof", _("Proof")), ("forecast", _("Expected trade"))]
    return [{"label": label, "url": reverse(f"retention:{name}"), "active": name == active} for name, label in names]


@require_GET
@role_required(*READERS)
@report
def value(request: HttpRequest) -> HttpResponse:
    """Sales and margin behind open alerts by unit and by manager."""
    user: Any = request.user
    seen = OrgUnit.objects.visible_to(user)
    unit = seen.filter(code=request.GET.get("unit", "")).select_related("parent").first() or user.unit
    clients = Client.objects.visible_to(user).filter(organisation=user.organisation_id)
    if user.role != Role.AM:
        clients = clients.under(unit)
    organisation = user.unit.organisation
    managers = exposure.by_manager(clients, organisation)
    units = [] if user.role == Role.AM else exposure.by_unit(clients, organisation, unit)
    totals = {
        name: sum((getattr(row, name) for row in managers), start=0)
        for name in ("clients", "alerts", "waiting", "sales", "margin", "all_sales")
    }
    context = {
        "tabs": report_tabs("value"),
        "units": units,
        "managers": managers,
        "totals": totals,
        "share": totals["sales"] / totals["all_sales"] if totals["all_sales"] else None,
        "rate": exposure.margin_rate(organisation),
        "unit": unit,
        "above": unit.parent if unit.parent and unit != user.unit else None,
        "ignored_days": exposure.IGNORED_DAYS,
        "chart": _exposure_chart(managers[:12]),
    }
    return render(request, "retention/value.html", context)


def _exposure_chart(rows: list[exposure.Exposure]) -> dict[str, Any] | None:
    rows = [row for row in rows if row.sales]
    if len(rows) < 2:
        return None
    return {
        "xAxis": {"type": "category", "data": [row.name for row in rows]},
        "yAxis": {"type": "value", "name": _("yuan a month")},
        "series": [
            {
                "name": _("Sales at risk"),
                "type": "bar",
                "color": "var(--zf-danger)",
                "data": [float(row.sales) for row in rows],
            }
        ],
    }


@require_GET
@role_required(*READERS)
@report
def proof(request: HttpRequest) -> HttpResponse:
    """Whether acting helps: verdicts of a quarter by kind and by manager, and similar clients side by side."""
    user: Any = request.user
    quarter = _quarter(request.GET.get("quarter", ""))
    alerts = Alert.objects.visible_to(user).dangers()
    kinds = [(kind, rules[kind].label, found, None) for kind, found in verdicts.by_kind(alerts, quarter)]
    now, before = verdicts.totals(alerts, quarter, quarter.previous)
    managers = verdicts.by_manager(alerts, quarter) if user.role != Role.AM else []
    people = User.objects.in_bulk([pk for pk, _found in managers])
    ranked = sorted(managers, key=lambda row: (-(row[1].saved_rate or 0), -row[1].acted))
    known = TradeMonth.objects.filter(organisation=user.organisation_id).first()
    since = periods.add_months(periods.this_month(), -COMPARED_MONTHS)
    clients = Client.objects.visible_to(user).filter(organisation=user.organisation_id)
    compared, effects = comparison.compare(clients, known.months, since, settings.TIME_ZONE) if known else ([], {})
    context = {
        "tabs": report_tabs("proof"),
        "quarter": str(quarter),
        "quarters": _quarters(quarter),
        "now": now,
        "before": before,
        "kinds": kinds,
        "managers": [
            (people[pk].username, people[pk].name, found, effects.get(pk)) for pk, found in ranked if pk in people
        ],
        "overall": compared[0] if compared else None,
        "compared": [(rules[row.kind], row) for row in compared[1:] if row.kind in rules and row.is_enough],
        "chart": _comparison_chart([row for row in compared if row.is_enough]),
        "act_within": comparison.ACT_WITHIN,
        "least": comparison.LEAST,
    }
    return render(request, "retention/proof.html", context)


def _quarter(text: str) -> periods.Period:
    try:
        return periods.Period.parse(text, periods.QUARTER)
    except periods.PeriodError:
        return verdicts.quarter_of(periods.today())


def _quarters(chosen: periods.Period) -> list[dict[str, Any]]:
    found, quarter = [], verdicts.quarter_of(periods.today())
    for _number in range(QUARTERS):
        found.append({"label": str(quarter), "url": f"?quarter={quarter}", "active": str(quarter) == str(chosen)})
        quarter = quarter.previous
    return found


def _comparison_chart(rows: list[comparison.Comparison]) -> dict[str, Any] | None:
    if not rows:
        return None
    labels = [str(rules[row.kind].label) if row.kind else _("All kinds") for row in rows]

    def percents(name: str) -> list[float]:
        return [round((getattr(row, name) or 0) * 100, 1) for row in rows]

    return {
        "legend": {},
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "series": [
            {
                "name": _("Acted upon within %(days)d days") % {"days": comparison.ACT_WITHIN},
                "type": "bar",
                "color": "var(--zf-chart-1)",
                "data": percents("acted_change"),
            },
            {
                "name": _("Similar clients, nobody acted"),
                "type": "bar",
                "color": "var(--zf-chart-2)",
                "data": percents("other_change"),
            },
        ],
    }


@require_GET
@role_required(*READERS)
@report
def forecast(request: HttpRequest) -> HttpResponse:
    """How well trade is foreseen, and the clients expected to fall most."""
    user: Any = request.user
    fitted = forecasting.latest(user.organisation_id)
    clients = Client.objects.visible_to(user).filter(organisation=user.organisation_id, is_active=True)
    expected = clients.filter(forecast__isnull=False).select_related("forecast", "trade", "owner", "standing")
    least_active = expected.filter(forecast__p_active__isnull=False, trade__amount_12m__gt=0)
    context = {
        "tabs": report_tabs("forecast"),
        "fitted": fitted,
        "is_model": fitted is not None and fitted.method == ForecastFit.Method.MODEL,
        "history": ForecastFit.objects.filter(organisation=user.organisation_id)[:6],
        "chart": _calibration_chart(fitted) if fitted and fitted.calibration else None,
        "clients": least_active.order_by("forecast__p_active", "-trade__amount_12m", "pk")[:20],
        "totals": _expected(clients),
        "can_run": user.role in (Role.HR, Role.ADMIN),
        "most_error": forecasting.MOST_ERROR,
    }
    return render(request, "retention/forecast.html", context)


def _expected(clients: Any) -> dict[str, Any]:
    from django.db.models import Count, Q, Sum

    found: dict[str, Any] = clients.aggregate(
        clients=Count("forecast"),
        amount=Sum("forecast__expected_amount"),
        last=Sum("trade__amount_3m"),
        at_risk=Count("forecast", filter=Q(forecast__p_active__lt=0.5)),
    )
    return found


def _calibration_chart(fitted: ForecastFit) -> dict[str, Any]:
    points = [
        {
            "value": [row["expected"], row["actual"]],
            "name": _("%(n)d clients") % {"n": row["clients"]},
            "symbolSize": 8 + min(28, row["clients"] ** 0.5),
        }
        for row in fitted.calibration
    ]
    axis = {"type": "value", "min": 0, "max": 3}
    return {
        "legend": {},
        "xAxis": {**axis, "name": _("Foretold months with trade")},
        "yAxis": {**axis, "name": _("Real months with trade"), "nameTextStyle": {"align": "left"}},
        "series": [
            {"name": _("Clients"), "type": "scatter", "color": "var(--zf-chart-1)", "data": points},
            {
                "name": _("Foretold = real"),
                "type": "line",
                "color": "var(--zf-chart-2)",
                "symbol": "none",
                "data": [[0, 0], [3, 3]],
            },
        ],
    }


@require_POST
@role_required(Role.HR, Role.ADMIN)
def foresee(request: HttpRequest) -> HttpResponse:
    """Compute the expected trade anew, from the facts up to the last whole month."""
    month = periods.last_whole_month(periods.today())
    job = jobs.request(
        "foresee_trade", request.user.organisation_id, period=str(periods.Period.month(month)), user=request.user
    )
    return redirect("job", pk=job.pk)
