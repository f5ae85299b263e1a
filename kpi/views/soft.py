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
from kpi import coverage, running, services
from kpi.kinds import KINDS
from kpi.models import SoftScore
from kpi.schemes import Leaf, parse
from people.access import role_required
from people.models import OrgUnit, Posting, Role, User

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
        return Period.parse(given, *KINDS)
    except PeriodError:
        this = Period.month(periods.today())
        return this.previous if services.soft_open(request.user.organisation_id, str(this.previous)) else this


def soft_leaves(organisation_id: int, period: Period) -> list[Leaf]:
    """The soft indicators of the schemes that hold for a period."""
    schemes = running.schemes_for(organisation_id, period)
    return list({leaf.metric: leaf for scheme in schemes for leaf in parse(scheme.rules).soft}.values())


def soft_of(organisation_id: int, period: Period, people: list[User]) -> dict[int, set[str]]:
    """The soft indicators that the schemes of each person ask for."""
    schemes = running.schemes_for(organisation_id, period)
    asked = {scheme.pk: {leaf.metric for leaf in parse(scheme.rules).soft} for scheme in schemes}
    root = OrgUnit.objects.only("path").get(pk=organisation_id).path
    return {
        person.pk: set().union(*(asked[scheme.pk] for scheme in coverage.schemes_of(person, schemes, root)))
        for person in people
    }


def people_of(supervisor: User, period: Period) -> list[User]:
    """Those under a supervisor whom the period's schemes assess: account managers, and back office where one does."""
    roles = {Role.AM.value, *(one.role for one in running.schemes_for(supervisor.organisation_id, period))}
    posted = (
        Posting.objects.during(period.start, period.end)
        .filter(role__in=roles, unit__path__startswith=supervisor.unit.path)
        .select_related("user__unit")
        .order_by("valid_from")
    )
    found: dict[int, User] = {}
    for posting in posted:
        posting.user.period_role = posting.role
        found[posting.user_id] = posting.user
    return sorted(found.values(), key=lambda person: (person.unit.path, person.username))


def _context(user: User, period: Period, leaves: list[Leaf], people: list[User]) -> dict[str, Any]:
    codes = [leaf.metric for leaf in leaves]
    applying = soft_of(user.organisation_id, period, people)
    scores = SoftScore.objects.filter(manager__in=people, metric__in=codes)
    given = {(one.manager_id, one.metric): one for one in scores.filter(period=str(period))}
    before = {(one.manager_id, one.metric): one.score for one in scores.filter(period=str(period.previous))}
    grid: list[dict[str, Any]] = [
        {
            "person": person,
            "cells": [
                {
                    "name": f"score-{person.pk}-{place}",
                    "comment_name": f"comment-{person.pk}-{place}",
                    "was_name": f"was-{person.pk}-{place}",
                    "was": _was(given.get((person.pk, leaf.metric))),
                    "leaf": leaf,
                    "applies": leaf.metric in applying[person.pk],
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
    spread: dict[str, Any] | None = None
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
        "wanted": sum(cell["applies"] for row in grid for cell in row["cells"]),
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
            score, comment = _score(text), request.POST.get(f"comment-{person.pk}-{place}", "").strip()
            shown, _bar, remark = request.POST.get(f"was-{person.pk}-{place}", "|").partition("|")
            if (score is None and text.strip()) or (comment and not text.strip() and not shown):
                wrong.append(person.name)
            elif (score, comment) != (_score(shown), remark):  # what nobody has touched is left to whoever gave it
                given[person.pk, leaf.metric] = score, comment
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


def _was(given: SoftScore | None) -> str:
    """What the grid shows in a cell, to tell what was typed from what stood there."""
    return f"{given.score}|{given.comment}" if given else "|"


def _score(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found.quantize(Decimal("0.01")) if found.is_finite() and 0 <= found <= 100 else None
