"""Pages of retention."""

import datetime as dt

from retention.models import Alert
from tests.world import client_of

PAGES = {
    "alerts of an account manager": ("am", lambda world: "/alerts/"),
    "alerts of a supervisor": ("supervisor", lambda world: "/alerts/"),
    "alerts of HR": ("hr", lambda world: "/alerts/"),
}


def grow(world):
    for number in range(30):
        client = client_of(world.am, f"R{number}", f"便民店{number}")
        Alert.objects.create(
            organisation_id=client.organisation_id,
            client=client,
            kind="overdue_visit",
            cause="2026-08-01",
            raised_on=dt.date(2026, 9, 1),
            figures={"since": "2026-08-01", "visited": True, "tier": "B", "days": 30, "late": 1},
        )
