"""Requests for tests, made through the service."""

import datetime as dt
import uuid

from crm.lib import periods
from service.models import ServiceRequest
from service.services import act, register

TUESDAY = dt.date(2026, 11, 17)
NOW = periods.at(TUESDAY, 10)


def request_of(client, by=None, **fields) -> ServiceRequest:
    """A registered request, by default a phone call about delivery."""
    values = {"uuid": uuid.uuid4(), "kind": "request", "category": "delivery", "channel": "phone", "text": "少送一条"}
    return register(client=client, by=by, **{**values, **fields})


def led_to(request, state, by, caller) -> ServiceRequest:
    """The request, taken along the usual way to a state."""
    way = [("start", {}), ("resolve", {"note": "已补送"}), ("call_back", {"satisfaction": 4}), ("close", {})]
    for name, given in way:
        request.refresh_from_db()
        if request.state == state:
            return request
        request = act(request, name, caller if name in ("call_back", "close") else by, **given)
    return request
