"""Visits for tests, made through the service."""

import datetime as dt
import uuid

from clients.models import Client
from crm.lib import periods
from visits.models import Visit
from visits.services import log_visit

TODAY = dt.date(2026, 11, 18)  # a Wednesday
NOW = periods.at(TODAY, 15)


def at(hour: int, minute: int = 0, day: dt.date = TODAY) -> dt.datetime:
    """A moment of the day, by the wall clock."""
    return periods.at(day, hour, minute)


def visit(manager, client, start=None, minutes=20, **fields) -> Visit:
    """A logged visit that began at ``start`` and took some minutes."""
    start = start or at(9)
    values = {
        "client_uuid": uuid.uuid4(),
        "checked_in_at": start,
        "checked_out_at": start + dt.timedelta(minutes=minutes),
        **fields,
    }
    return log_visit(manager, Client.objects.select_related("organisation").get(pk=client.pk), **values).visit
