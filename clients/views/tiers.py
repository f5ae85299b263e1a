"""Tiers: how they are spread, how they move, by which rules, and what each is owed."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms import StandardFormSet
from clients.models import ServiceStandard, TierScheme
from clients.tiering import overview
from clients.tiering.explain import in_words
from clients.tiering.rules import RulesError, parse
from crm.lib import jobs, periods
from people.access import role_required
from people.models import Role

LEADERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)
RUNNERS = (Role.HR, Role.ADMIN)


@require_GET
@role_required(*LEADERS)
def tiers(request: HttpRequest) -> HttpResponse:
    """Spread by month, moves against the month before, rules and standards."""
    user: Any = request.user
    months = overview.months_with_results(user.organisation_id)
    month = _chosen(request, months)
    scheme = TierScheme.objects.for_month(user.organisation_id, month or periods.this_month())
    standards = list(ServiceStandard.objects.visible_to(user))
    context: dict[str, Any] = {
        "month_filter": [_month_chip(months, month)],
        "month": month,
        "scheme": scheme,
        "rules": _in_words(scheme),
        "standards": standards,
        "can_run": user.role in RUNNERS,
        "run_month": str(periods.Period.month(periods.last_whole_month(periods.today()))),
    }
    if month:
        order = _order(scheme, standards)
        context |= _pictures(user, month, order)
    return render(request, "clients/tiers.html", context)


def _chosen(request: HttpRequest, months: list[dt.date]) -> dt.date | None:
    wanted = request.GET.get("month", "")
    return next((month for month in months if month.isoformat() == wanted), months[0] if months else None)


def _month_chip(months: list[dt.date], chosen: dt.date | None) -> dict[str, Any]:
    return {
        "label": _("Month"),
        "value": str(periods.Period.month(chosen)) if chosen else "",
        "clear_url": "?",
        "options": [
            {"label": str(periods.Period.month(one)), "url": f"?month={one.isoformat()}", "active": one == chosen}
            for one in months[:24]
        ],
    }


def _in_words(scheme: TierScheme | None) -> list[str]:
    try:
        return in_words(parse(scheme.rules)) if scheme else []
    except RulesError as error:
        return error.messages


def _order(scheme: TierScheme | None, standards: list[ServiceStandard]) -> list[str]:
    """Tiers from the highest down."""
    found = [standard.tier for standard in standards]
    try:
        return parse(scheme.rules).tiers if scheme else found
    except RulesError:
        return found


def _pictures(user: Any, month: dt.date, order: list[str]) -> dict[str, Any]:
    spread = overview.spread(user.organisation_id, month)
    named = [*order, *sorted({tier for counts in spread.values() for tier in counts} - set(order))]
    option = {
        "legend": {},
        "xAxis": {"type": "category", "data": list(spread)},
        "yAxis": {"type": "value", "name": _("clients")},
        "series": [
            {
                "name": tier,
                "type": "bar",
                "stack": "tiers",
                "data": [counts.get(tier, 0) for counts in spread.values()],
                **({"color": f"var(--zf-tier-{tier.lower()})"} if tier in "ABCD" else {}),
            }
            for tier in named
        ],
    }
    moved = overview.migration(user, month)
    return {"spread": option, "flow": _flow(named, moved, month), **matrix_of(named, moved)}


def _flow(named: list[str], moved: dict[tuple[str, str], int], month: dt.date) -> dict[str, Any] | None:
    """The moves as bands from the tiers of the month before to those of the month; None in the first month."""
    if not any(before for before, _now in moved):
        return None
    ends = [str(periods.Period.month(one)) for one in (periods.add_months(month, -1), month)]
    order = [*named, *sorted({tier for pair in moved for tier in pair} - {*named, ""}), ""]

    def node(side: int, tier: str) -> dict[str, Any]:
        label = tier or _("none")
        colour = {"color": f"var(--zf-tier-{tier.lower()})"} if tier and tier in "ABCD" else {}
        place = {"position": "left"} if side else {}
        return {"name": f"{ends[side]} {label}", "label": {"formatter": label, **place}, "itemStyle": colour}

    nodes = [{tier: node(side, tier) for tier in order} for side in (0, 1)]
    used = [[tier for tier in order if any(pair[side] == tier for pair in moved)] for side in (0, 1)]
    return {
        "series": [
            {
                "type": "sankey",
                "layoutIterations": 0,  # the tiers stay in their order
                "nodeAlign": "justify",
                "left": 8,
                "right": 8,
                "data": [nodes[side][tier] for side in (0, 1) for tier in used[side]],
                "links": [
                    {"source": nodes[0][before]["name"], "target": nodes[1][now]["name"], "value": moved[before, now]}
                    for before in used[0]
                    for now in used[1]
                    if moved.get((before, now))
                ],
            }
        ]
    }


def matrix_of(named: list[str], moved: dict[tuple[str, str], int]) -> dict[str, Any]:
    """Moves (tier before, tier now) → clients as a table, with how many rise and fall."""
    befores = {before for before, _now in moved}
    known = [*named, *sorted(befores - set(named) - {""})]
    rows = [*(tier for tier in known if tier in befores), ""]
    columns = [tier for tier in known if any(now == tier for _before, now in moved)]
    matrix = [
        {
            "tier": before,
            "cells": [{"n": moved.get((before, now), 0), "tone": _tone(named, before, now)} for now in columns],
            "total": sum(moved.get((before, now), 0) for now in columns),
        }
        for before in rows
    ]
    tones = [(_tone(named, before, now), n) for (before, now), n in moved.items()]
    return {
        "columns": columns,
        "matrix": [row for row in matrix if row["total"]],
        "ups": sum(n for tone, n in tones if tone == "up"),
        "downs": sum(n for tone, n in tones if tone == "down"),
        "totals": [{"tier": now, "n": sum(moved.get((before, now), 0) for before in rows)} for now in columns],
    }


def _tone(order: list[str], before: str, now: str) -> str:
    if not before or before not in order or now not in order or before == now:
        return ""
    return "up" if order.index(now) < order.index(before) else "down"


@require_POST
@role_required(*RUNNERS)
def tiers_run(request: HttpRequest) -> HttpResponse:
    """Compute a month's tiers, with its progress."""
    user: Any = request.user
    try:
        month = periods.Period.parse(request.POST.get("month", ""), periods.MONTH)
    except periods.PeriodError as error:
        messages.error(request, str(error))
        return redirect("clients:tiers")
    if month.start > periods.today():
        messages.error(request, _("This month is still to come."))
        return redirect("clients:tiers")
    params = {"done_url": f"{reverse('clients:tiers')}?month={month.start.isoformat()}"}
    job = jobs.request("tier_clients", user.organisation_id, period=str(month), params=params, user=user)
    return redirect("job", pk=job.pk)


@require_http_methods(["GET", "POST"])
@role_required(*RUNNERS)
def standards(request: HttpRequest) -> HttpResponse:
    """What each tier's clients are owed."""
    forms = StandardFormSet(request.POST or None, queryset=ServiceStandard.objects.editable_by(request.user))
    if forms.is_valid():
        forms.save()
        messages.success(request, _("Saved. Due visits follow the new intervals from now on."))
        return redirect("clients:tiers")
    return render(request, "clients/standards.html", {"forms": forms})
