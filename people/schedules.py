"""When the clock asks for a job: pairs of organisation and period, for ``crm.lib.jobs``."""

import datetime as dt
from collections.abc import Iterator

from crm.lib import periods
from people.models import OrgUnit

Due = Iterator[tuple[int, str, str]]


def nightly(now: dt.datetime, *, hour: int, minute: int = 0) -> Due:
    """Each active organisation, about the day before, from a time of day on."""
    local = periods.local(now)
    if (local.hour, local.minute) >= (hour, minute):
        yield from _each(str(local.date() - dt.timedelta(days=1)))


def monthly(now: dt.datetime, *, day: int, hour: int) -> Due:
    """Each active organisation, about the month before, from a day of the month and an hour on."""
    local = periods.local(now)
    if (local.day, local.hour) >= (day, hour):
        yield from _each(str(periods.Period.month(local.date()).previous))


def _each(period: str) -> Due:
    for organisation_id in OrgUnit.objects.roots().filter(is_active=True).values_list("pk", flat=True):
        yield organisation_id, "", period
