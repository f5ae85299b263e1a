"""Rows of the retention pages."""

import datetime as dt

from crm.lib import periods
from retention.models import Alert, Batch
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


def a_batch(world, relation):
    """What the manager in that relation did last: nobody else may know of it."""
    manager = world.managers[relation]
    return {"pk": Batch.objects.create(made_by=manager, act="acknowledge").pk}


def the_ids(world, relation):
    return {"ids": [an_alert(world, relation)["pk"]], "act": "acknowledge"}


def tomorrow(world, relation):
    return {"until": str(periods.today() + dt.timedelta(days=1))}


LEADERS = only("supervisor", "hr", "admin")
MAKERS = only("hr", "admin")
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
    Row("retention:snooze", ACTED, method="POST", kwargs=an_alert, data=tomorrow),
    Row("retention:assign", {"supervisor": (302, 302, 404, 404)}, method="POST", kwargs=an_alert),
    Row("retention:bulk", only("am", "supervisor", status=302), method="POST", data=the_ids),
    Row(
        "retention:undo",
        {"am": (302, 404, 404, 404), "supervisor": (404, 404, 404, 404)},
        method="POST",
        kwargs=a_batch,
    ),
    Row("retention:run", only("hr", "admin", status=302), method="POST"),
    Row("retention:value", READERS),
    Row("retention:proof", READERS),
    Row("retention:forecast", READERS),
    Row("retention:foresee", only("hr", "admin", status=302), method="POST"),
    Row("retention:greetings", READERS),
    Row("retention:winback", READERS),
    Row("retention:wake-up", only("supervisor", "hr", "admin", status=302), method="POST"),
    Row("retention:loyal", READERS),
    Row("retention:ask", only("am", "supervisor", status=302), method="POST"),
    Row("retention:rules", LEADERS),
    Row("retention:margin", only("hr", "admin", status=302), method="POST"),
    Row("retention:rule", MAKERS, kwargs=lambda world, relation: {"kind": "no_trade"}),
    Row("retention:rule", MAKERS, method="POST", kwargs=lambda world, relation: {"kind": "no_trade"}),
    Row(
        "retention:rule-reset",
        only("hr", "admin", status=302),
        method="POST",
        kwargs=lambda world, relation: {"kind": "no_trade"},
    ),
]
