"""Time as a person reads it: the own zone for clock times, the own first day of the week in calendars.

What a day *is* (deadlines, "today", months) stays the site's: a score must not depend on who looks.
"""

import zoneinfo
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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
WEEKS = {"monday": _("Monday"), "sunday": _("Sunday")}


def as_read_by(user: Any) -> AbstractContextManager[Any]:
    """Inside, clock times are shown, and typed, in the person's zone."""
    name = user.preferences.get(ZONE, "") if user.is_authenticated else ""
    return timezone.override(zoneinfo.ZoneInfo(name)) if name in ZONES else nullcontext()
