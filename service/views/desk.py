"""Pages of the back-office scores: the table, and the cases behind a line of it."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.lib import periods
from crm.lib.replica import report
from people.access import role_required
from people.models import Role
from service import desk
from service.desk import Score
from service.rules import rules_of

READERS = (Role.BACK_OFFICE, Role.SUPERVISOR, Role.HR, Role.ADMIN)
MONTHS = 13


@require_GET
@role_required(*READERS)
@report
def scores(request: HttpRequest) -> HttpResponse:
    """On time and quality of a month, per post and unit and per person; beside it the month before."""
    user: Any = request.user
    today = periods.today()
    period = desk.month_of(request.GET.get("month", ""), today)
    total, posts, people = desk.scores(user, period)
    weight = rules_of(user.unit.organisation).desk_weight
    months = [periods.add_months(periods.month_of(today), -back) for back in range(MONTHS)]
    context = {
        "period": period,
        "total": total,
        "before": desk.scores(user, period.previous)[0],
        "weight": weight,
        "quality": 1 - weight,
        "rows_url": _rows_url(period),
        "tables": [
            {"title": _("By post and unit"), "people": False, "rows": _lines(posts, period)},
            {"title": _("By person"), "people": True, "rows": _lines(people, period)},
        ],
        "filters": [
            {
                "label": _("Month"),
                "value": date_format(period.start, "YEAR_MONTH_FORMAT"),
                "clear_url": "?",
                "options": [
                    {
                        "label": date_format(month, "YEAR_MONTH_FORMAT"),
                        "url": f"?month={month:%Y-%m}",
                        "active": month == period.start,
                    }
                    for month in months
                ],
            }
        ],
    }
    return render(request, "service/desk.html", context)


def _lines(scores: list[Score], period: Any) -> list[dict[str, Any]]:
    return [
        {"score": score, "url": _rows_url(period, unit=score.unit_id, post=score.post, person=score.person_id)}
        for score in scores
    ]


def _rows_url(period: Any, **narrow: Any) -> str:
    query = {"month": str(period), **{key: value for key, value in narrow.items() if value is not None}}
    return f"{reverse('service:desk-rows')}?{urlencode(query)}"


@require_GET
@role_required(*READERS)
def rows(request: HttpRequest) -> HttpResponse:
    """The cases behind a line, those that cost points first."""
    period = desk.month_of(request.GET.get("month", ""), periods.today())
    narrow: dict[str, Any] = {
        key: int(text)
        for key in ("unit", "person")
        if (text := request.GET.get(key, "")).isdecimal() and len(text) < 19
    }
    if "post" in request.GET:
        narrow["post"] = request.GET["post"].replace("\0", "")
    found = desk.cases(request.user, period, **narrow)
    title = found[0]["person"] if found and "person" in narrow else narrow.get("post") or _("Cases of the month")
    context = {"rows": found, "period": period, "title": title, "is_cut": len(found) == desk.MOST_ROWS}
    return render(request, "service/desk_rows.html", context)
