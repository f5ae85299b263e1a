"""Rows of the retention pages."""

import datetime as dt

from retention.models import Alert
from tests.matrix.table import Row, only

READERS = only("am", "supervisor", "hr", "admin")
SEEN = {
    "am": (200, 404, 404, 404),
    "supervisor": (200, 200, 404, 404),
    "hr": (200, 200, 200, 404),
    "admin": (200, 200, 200, 404),
}
ACTED = {
    "am": (302, 404, 404, 404),
    "supervisor": (302, 302, 404, 404),
    "hr": (403, 403, 403, 404),
    "admin": (403, 403, 403, 404),
}


def an_alert(world, relation):
    client = world.clients[relation]
    found = Alert.objects.get_or_create(
        client=client,
        kind="overdue_visit",
        defaults={
            "organisation_id": client.organisation_id,
            "cause": "2026-08-01",
            "raised_on": dt.date(2026, 9, 1),
            "figures": {"since": "2026-08-01", "visited": True, "tier": "B", "days": 30, "late": 1},
        },
    )
    return {"pk": found[0].pk}


def acknowledge(world, relation):
    return {"state": "acknowledged"}


ROWS = [
    Row("retention:list", READERS),
    Row("retention:alert", SEEN, kwargs=an_alert),
    Row("retention:act", ACTED, method="POST", kwargs=an_alert),
    Row(
        "retention:change",
        ACTED,
        method="POST",
        kwargs=an_alert,
        data=lambda world, relation: {"state": "acknowledged"},
    ),
    Row("retention:run", only("hr", "admin", status=302), method="POST"),
]
