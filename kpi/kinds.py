"""The kinds of periods that are assessed: by the clock the month, quarter, half-year and year; a week when HR asks."""

import datetime as dt

from django.utils.translation import gettext as _

from crm.lib import periods
from crm.lib.periods import Period

BY_CLOCK = (periods.MONTH, periods.QUARTER, periods.HALF, periods.YEAR)
KINDS = (*BY_CLOCK, periods.WEEK)
OFFERED = {periods.MONTH: 13, periods.QUARTER: 5, periods.HALF: 3, periods.YEAR: 2, periods.WEEK: 9}


def label(kind: str) -> str:
    """A kind in words."""
    return {
        "month": _("Monthly"),
        "quarter": _("Quarterly"),
        "half": _("Half-yearly"),
        "year": _("Yearly"),
        "week": _("Irregular, by week"),
    }[kind]


def around(kind: str, day: dt.date) -> Period:
    """The period of a kind that a day lies in."""
    if kind == periods.WEEK:
        return Period.week(day)
    names = {
        periods.MONTH: f"{day:%Y-%m}",
        periods.QUARTER: f"{day.year}-Q{(day.month + 2) // 3}",
        periods.HALF: f"{day.year}-H{1 if day.month <= 6 else 2}",
        periods.YEAR: f"{day.year}",
    }
    return Period.parse(names[kind])


def last(kind: str) -> Period:
    """The last whole period of a kind."""
    return around(kind, periods.today()).previous


def offered(kind: str) -> list[Period]:
    """The last whole periods of a kind, the latest first."""
    found = [last(kind)]
    while len(found) < OFFERED[kind]:
        found.append(found[-1].previous)
    return found
