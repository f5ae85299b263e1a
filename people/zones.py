"""Time as a person reads it: the own zone for clock times, the own first day of the week in calendars.

What a day *is* (deadlines, "today", months) stays the site's: a score must not depend on who looks. So do the weeks
that are judged (week summaries, samples): they run from Monday to Sunday, as ISO 8601 has it.
"""

import datetime as dt
import zoneinfo
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from crm.lib.periods import Period

ZONE, WEEK = "time_zone", "week_start"
ZONES = {
    "Asia/Shanghai": _("Beijing, Shanghai"),
    "Asia/Urumqi": _("Urumqi"),
    "Asia/Hong_Kong": _("Hong Kong"),
    "Asia/Macau": _("Macao"),
    "Asia/Taipei": _("Taipei"),
    "Asia/Singapore": _("Singapore, Kuala Lumpur"),
    "Asia/Bangkok": _("Bangkok, Hanoi"),
    "Asia/Tokyo": _("Tokyo, Seoul"),
    "Asia/Dubai": _("Dubai"),
    "Europe/Moscow": _("Moscow"),
    "Europe/Berlin": _("Berlin, Paris"),
    "Europe/London": _("London"),
    "America/New_York": _("New York"),
    "America/Los_Angeles": _("Los Angeles"),
    "Australia/Sydney": _("Sydney"),
}
# Narrower in Chinese than Django's own short names (日, not 星期日), which they replace everywhere.
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
WEEKS = {"monday": _("Monday"), "sunday": _("Sunday")}
SUNDAY = 6  # as date.weekday() counts


def as_read_by(user: Any) -> AbstractContextManager[Any]:
    """Inside, clock times are shown, and typed, in the person's zone."""
    name = user.preferences.get(ZONE, "") if user.is_authenticated else ""
    return timezone.override(zoneinfo.ZoneInfo(name)) if name in ZONES else nullcontext()


def first_weekday(user: Any) -> int:
    """The day that the person's weeks begin with, Monday 0 to Sunday 6."""
    return SUNDAY if user.is_authenticated and user.preferences.get(WEEK) == "sunday" else 0


def week_around(day: dt.date, first: int) -> Period:
    """The seven days around one, beginning with a weekday; for showing, not for naming."""
    start = day - dt.timedelta(days=(day.weekday() - first) % 7)
    return Period(periods.WEEK, start, start + dt.timedelta(days=6))


def weekday_names(first: int) -> list[Any]:
    """Short names of the weekdays in their order."""
    return [WEEKDAYS[(first + number) % 7] for number in range(7)]
