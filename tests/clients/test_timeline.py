"""The timeline's statement is written once for a person and day, and answers for any client."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Ownership
from crm.lib import periods
from crm.lib.timeline import Source, Timeline, client_timeline
from tests.clients.helpers import add_client

pytestmark = pytest.mark.django_db


def test_each_client_has_its_own_events_for_each_person(world):
    one, other = add_client(world, "5301T1", name="甲店"), add_client(world, "5301T2", name="乙店")
    day = periods.today() - dt.timedelta(days=3)
    for client, reason in ((one, "新开户"), (other, "换片区")):
        Ownership.objects.create(client=client, owner=world.am, valid_from=day, reason=reason)
    for user in (world.am, world.supervisor, world.am):
        with CaptureQueriesContext(connection) as queries:
            texts = [
                [event["text"] for event in client_timeline.collect([client.pk], user, 20)] for client in (one, other)
            ]
        assert texts == [["新开户"], ["换片区"]]
        assert len(queries) == 2
    both = client_timeline.collect([one.pk, other.pk], world.am, 20)
    assert sorted(event["text"] for event in both) == ["换片区", "新开户"]
    assert all(event["when"] == day for event in both)


def test_a_source_may_not_ask_for_a_moment(world):
    timeline = Timeline()
    timeline.register(
        Source(
            "owners",
            lambda clients, user: Ownership.objects.filter(client__in=clients, client__created_at__lt=periods.now()),
            "valid_from",
            {"reason": "reason"},
            lambda row: {"title": row["reason"]},
        )
    )
    with pytest.raises(ValueError, match="moment"):
        timeline.collect([world.clients["own"].pk], world.am, 20)


def test_without_sources_nothing_happened(world):
    assert Timeline().collect([world.clients["own"].pk], world.am, 20) == []
