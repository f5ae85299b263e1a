"""Summaries are what the rows add up to, whatever happens to visits, facts and clients."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from clients import facts
from clients.duplicates.merge import merge
from clients.models import Client, MonthlyFact
from clients.services import handover
from crm.lib import periods
from people.models import OrgUnit
from retention import trade
from retention.models import Trade, TradeMonth
from tests.facts import fact
from tests.world import client_of
from visits.models import ClientTrace, Mode, Purpose
from visits.services import log_visit

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 30)


def visit(manager, client, days_ago, **fields):
    start = periods.now() - dt.timedelta(days=days_ago)
    return log_visit(manager, client, client_uuid=uuid.uuid4(), checked_in_at=start, note="看了陈列", **fields)


def check():
    call_command("check_summaries", stdout=StringIO())


def scene(world):
    organisation = OrgUnit.objects.get(pk=world.organisation.pk)
    return trade.scene_of(organisation, DAY)


def test_visits_in_any_order_calls_and_inspections(world):
    client = world.clients["own"]
    for days_ago in (3, 9, 1):  # the second comes in late
        visit(world.am, client, days_ago)
    visit(world.am, client, 0, mode=Mode.PHONE)
    visit(world.supervisor, client, 0, purpose=Purpose.INSPECTION)
    check()
    trace = ClientTrace.objects.get(client=client)
    assert (trace.visits_total, (periods.today() - trace.last_visit_on).days) == (4, 1)


def test_a_planted_error_is_named_and_put_right(world):
    visit(world.am, world.clients["own"], 2)
    ClientTrace.objects.update(visits_total=7)
    with pytest.raises(CommandError, match=str(world.clients["own"].pk)):
        check()
    call_command("check_summaries", "--repair", stdout=StringIO())
    check()


def test_facts_that_change_are_added_up_again_and_others_are_not(world):
    client = world.clients["own"]
    for month in range(1, 10):
        fact(client, f"2026-{month:02}", 100)
    assert trade.refresh(scene(world)) == 1
    with CaptureQueriesContext(connection) as queries:
        assert trade.refresh(scene(world)) == 0
    assert not any("trade_now" in query["sql"] for query in queries)
    MonthlyFact.objects.filter(client=client, month="2026-09-01").update(amount=40)
    assert trade.refresh(scene(world)) == 1
    assert Trade.objects.get(client=client).amount_3m == 240
    MonthlyFact.objects.filter(client=client, month="2026-08-01").delete()
    assert trade.refresh(scene(world)) == 1
    check()
    # A month outside the window changes nothing.
    seen = facts.versions(world.organisation.pk, dt.date(2026, 9, 1))
    fact(client, "2026-10", 5)
    assert facts.versions(world.organisation.pk, dt.date(2026, 9, 1)) == seen
    Trade.objects.update(amount_3m=1)
    with pytest.raises(CommandError):
        check()
    call_command("check_summaries", "--repair", stdout=StringIO())
    trade.refresh(scene(world))
    check()
    assert TradeMonth.objects.get().versions == seen


def test_merged_clients_and_handed_over_ones(world):
    one, two = world.clients["own"], client_of(world.am, "53010000000099", "兴隆便利")
    for client, days_ago in ((one, 5), (two, 2)):
        visit(world.am, client, days_ago)
        fact(client, "2026-09", 10)
    trade.refresh(scene(world))
    merge(one, two, world.supervisor)
    trade.refresh(scene(world))
    check()
    assert ClientTrace.objects.get(client=one).visits_total == 2
    assert Trade.objects.get(client=one).amount_3m == 20
    clients = Client.objects.filter(pk=one.pk)
    taker = world.managers["team"]
    handover.plan_handover(world.am, taker, periods.today(), clients, by=world.supervisor, reason="调岗")
    one.refresh_from_db()
    visit(taker, one, 0)
    check()


@pytest.mark.django_db(transaction=True)
def test_many_write_the_same_rows_at_once(world):
    """Visits of one client, facts of one month and the sums of both, by six people at the same moment."""
    client, colleague = world.clients["own"], client_of(world.am, "53010000000098", "兴隆百货")
    start = Barrier(6)

    def work(number):
        try:
            start.wait()
            for days_ago in (number + 1, 20 - number):
                visit(world.am, client, days_ago, mode=Mode.PHONE if number == 0 else Mode.ON_SITE)
            fact(client, f"2026-{number + 1:02}", 100)
            fact(colleague, f"2026-{number + 1:02}", 10)
            with transaction.atomic():
                trade.refresh(scene(world))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    with transaction.atomic():
        trade.refresh(scene(world))
    check()
    trace = ClientTrace.objects.get(client=client)
    ago = [(periods.today() - day).days for day in (trace.last_visit_on, trace.last_call_on)]
    assert (trace.visits_total, *ago) == (12, 2, 1)
    assert {row.client_id: row.amount_12m for row in Trade.objects.all()} == {client.pk: 600, colleague.pk: 60}
