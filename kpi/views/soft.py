"""The supervisor's page: soft scores of the own people, with the spread of the own marks."""

from decimal import Decimal, InvalidOperation
from statistics import mean, pstdev
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Avg
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from crm.lib import periods
from crm.lib.periods import Period, PeriodError
from kpi import running, services
from kpi.models import SoftScore
from kpi.schemes import Leaf, parse
from people.access import role_required
from people.models import Posting, Role, User

NARROW = 2  # points of deviation: below that the marks say nothing


@require_http_methods(["GET", "POST"])
@role_required(Role.SUPERVISOR)
def soft(request: HttpRequest) -> HttpResponse:
    """The grid: people × soft indicators of a period."""
    period = _period(request)
    leaves = soft_leaves(request.user.organisation_id, period)
    people = people_of(request.user, period)
    if request.method == "POST":
        return _save(request, period, leaves, people)
    return render(request, "kpi/soft.html", _context(request.user, period, leaves, people))


def _period(request: HttpRequest) -> Period:
    """The period asked for, else the last month while it can be scored, else this one."""
    given = request.POST.get("period") or request.GET.get("period", "")
    try:
        return Period.parse(given, periods.MONTH, periods.QUARTER, periods.HALF, periods.YEAR)
    except PeriodError:
        this = Period.month(periods.today())
        return this.previous if services.soft_open(request.user.organisation_id, str(this.previous)) else this


def soft_leaves(organisation_id: int, period: Period) -> list[Leaf]:
    """The soft indicators of the schemes that hold for a period."""
    schemes = running.schemes_for(organisation_id, period)
    return list({leaf.metric: leaf for scheme in schemes for leaf in parse(scheme.rules).soft}.values())


def people_of(supervisor: User, period: Period) -> list[User]:
    """The account managers of the period under a supervisor."""
    posted = Posting.objects.during(period.start, period.end).filter(
        role=Role.AM, unit__path__startswith=supervisor.unit.path
    )
    return list(
        User.objects.filter(postings__in=posted).select_related("unit").distinct().order_by("unit__path", "username")
    )


def _context(user: User, period: Period, leaves: list[Leaf], people: list[User]) -> dict[str, Any]:
    codes = [leaf.metric for leaf in leaves]
    scores = SoftScore.objects.filter(manager__in=people, metric__in=codes)
    given = {(one.manager_id, one.metric): one for one in scores.filter(period=str(period))}
    before = {(one.manager_id, one.metric): one.score for one in scores.filter(period=str(period.previous))}
    grid = [
        {
            "person": person,
            "cells": [
                {
                    "name": f"score-{person.pk}-{place}",
                    "comment_name": f"comment-{person.pk}-{place}",
                    "leaf": leaf,
                    "given": given.get((person.pk, leaf.metric)),
                    "before": before.get((person.pk, leaf.metric)),
                }
                for place, leaf in enumerate(leaves)
            ],
        }
        for person in people
    ]
    marks = [one.score for one in given.values()]
    others = SoftScore.objects.filter(
        organisation=user.organisation_id, period=str(period), metric__in=codes
    ).aggregate(mean=Avg("score"))["mean"]
    spread = None
    if len(marks) > 1:
        deviation = pstdev(marks)
        spread = {
            "mean": mean(marks), "lowest": min(marks), "highest": max(marks), "deviation": deviation,
            "narrow": deviation < NARROW, "others": others,
        }  # fmt: skip
    return {
        "period": period,
        "previous": period.previous,
        "leaves": leaves,
        "grid": grid,
        "wanted": len(people) * len(leaves),
        "done": len(given),
        "spread": spread,
        "can_score": services.soft_open(user.organisation_id, str(period)),
    }


def _save(request: HttpRequest, period: Period, leaves: list[Leaf], people: list[User]) -> HttpResponse:
    given: dict[tuple[int, str], tuple[Decimal | None, str]] = {}
    wrong = []
    for person in people:
        for place, leaf in enumerate(leaves):
            text = request.POST.get(f"score-{person.pk}-{place}")
            if text is None:
                continue
            score = _score(text)
            if text.strip() and score is None:
                wrong.append(person.name)
            else:
                given[person.pk, leaf.metric] = score, request.POST.get(f"comment-{person.pk}-{place}", "").strip()
    if wrong:
        messages.error(
            request, _("A score is a number from 0 to 100. Please correct: %(names)s.") % {"names": "、".join(wrong)}
        )
    try:
        saved, _removed = services.give_soft_scores(request.user, str(period), given)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, ngettext("%(n)d score saved.", "%(n)d scores saved.", saved) % {"n": saved})
    return redirect(f"{reverse('kpi:soft')}?period={period}")


def _score(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found.quantize(Decimal("0.01")) if found.is_finite() and 0 <= found <= 100 else None
