"""What the plan's page shows: a month, a week or a day of one manager."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import pgettext

from crm.lib import periods
from crm.lib.periods import DAY, MONTH, WEEK, Period
from crm.lib.workdays import is_work_day
from people import zones
from people.models import User
from visits import due
from visits.limits import limits_of
from visits.maps import route_map
from visits.models import MonthPlan, PlannedVisit
from visits.services import plan as plans
from visits.views.desk import month_of

VIEWS = (DAY, WEEK, MONTH)
TONES = {"draft": "neutral", "submitted": "info", "approved": "success", "returned": "warning"}


@dataclass(frozen=True)
class Stop:
    """A line of the plan as a place on the way of its day."""

    line: PlannedVisit

    @property
    def client_id(self) -> int:
        """The client to go to."""
        return self.line.client_id

    @property
    def name(self) -> str:
        """The client's name."""
        return self.line.client.name

    @property
    def longitude(self) -> float | None:
        """Degrees, None without a place."""
        return self.line.client.longitude

    @property
    def latitude(self) -> float | None:
        """Degrees, None without a place."""
        return self.line.client.latitude

    @property
    def is_done(self) -> bool:
        """Whether the visit is made."""
        return self.line.visit_id is not None


def span_of(view: str, query: Mapping[str, str], first_weekday: int) -> Period:
    """The month, week or day that an address names, else the present one."""
    if view == MONTH and not query.get("day"):
        return month_of(query.get("month", ""))
    try:
        day = parse_date(query.get("day", "")) or periods.today()
    except ValueError:
        day = periods.today()
    if view == MONTH:
        return Period.month(day)
    return zones.week_around(day, first_weekday) if view == WEEK else Period(DAY, day, day)


def plan_page(manager: User, view: str, span: Period, first_weekday: int) -> dict[str, Any]:
    """Everything about one manager's plan in a span of days, for somebody whose weeks begin with that day."""
    organisation = manager.unit.organisation
    changes = organisation.settings.get("work_days")
    limit = limits_of(organisation).visits_per_day
    today = periods.today()
    lines: dict[dt.date, list[PlannedVisit]] = {}
    found = PlannedVisit.objects.filter(manager=manager, day__range=(span.start, span.end))
    for line in found.select_related("client").annotate(tier=F("client__standing__tier")).order_by("day", "at", "pk"):
        lines.setdefault(line.day, []).append(line)
    days = [_cell(span.start + dt.timedelta(days=n), lines, view, changes, limit) for n in range(_days(span))]
    month = Period.month(span.start if view == MONTH else min(max(span.start, today), span.end))
    plan = MonthPlan.objects.filter(manager=manager, month=month.start).select_related("decided_by").first()
    every = [line for cell in days for line in cell["lines"]]
    return {
        "manager": manager,
        "view": view,
        "month": month,
        "plan": plan,
        "tone": TONES[plan.state] if plan else "neutral",
        "weekdays": zones.weekday_names(first_weekday),
        "blanks": range((span.start.weekday() - first_weekday) % 7) if view == MONTH else (),
        "days": days,
        "map": route_map([Stop(line) for line in every]) if view == DAY else None,
        "planned": len(every),
        "done": sum(line.visit_id is not None for line in every),
        "fresh": plans.lines_of(MonthPlan(manager=manager, month=month.start))
        .filter(state__in=plans.OPEN_STATES)
        .exists(),
        "is_over": span.end < today,
        "limit": limit,
        **_links(manager, view, span, today),
    }


def _days(span: Period) -> int:
    return (span.end - span.start).days + 1


def _cell(
    day: dt.date, lines: Mapping[dt.date, list[PlannedVisit]], view: str, changes: Any, limit: int
) -> dict[str, Any]:
    """One day; outside of the month's view its lines stand in the order of the way."""
    of_day = lines.get(day, [])
    way = None
    if view != MONTH and len(of_day) > 1:
        stops = due.in_order([Stop(line) for line in of_day])
        of_day, way = [stop.line for stop in stops], route_map(stops)
    return {
        "day": day,
        "lines": of_day,
        "is_rest": not is_work_day(day, changes),
        "is_today": day == periods.today(),
        "is_over": day < periods.today(),
        "is_full": len(of_day) > limit,
        "kilometres": way.kilometres if way else "",
    }


def _links(manager: User, view: str, span: Period, today: dt.date) -> dict[str, Any]:
    """Where one goes from here: the span before and after, the other views, today."""

    def address(kind: str, day: dt.date) -> str:
        return "?" + urlencode({"manager": manager.pk, "view": kind, "day": day.isoformat()})

    inside = today if span.start <= today <= span.end else span.start
    labels = {DAY: pgettext("view", "Day"), WEEK: pgettext("view", "Week"), MONTH: pgettext("view", "Month")}
    words = {
        MONTH: date_format(span.start, "YEAR_MONTH_FORMAT"),
        DAY: f"{date_format(span.start, 'MONTH_DAY_FORMAT')} {date_format(span.start, 'D')}",
        WEEK: f"{date_format(span.start, 'MONTH_DAY_FORMAT')} – {date_format(span.end, 'MONTH_DAY_FORMAT')}",
    }
    return {
        "views": [{"label": labels[kind], "url": address(kind, inside), "active": kind == view} for kind in VIEWS],
        "span_label": words[view],
        "previous_url": address(view, span.previous.start),
        "following_url": address(view, span.end + dt.timedelta(days=1)),
        "today_url": "" if span.start <= today <= span.end else address(view, today),
    }
