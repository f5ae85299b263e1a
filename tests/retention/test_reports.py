"""Proof and value at risk, by hand-made cases."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import Count

from clients.models import Client, ClientTier, Ownership
from crm.lib import periods
from people.models import OrgUnit
from retention import trade
from retention.models import Alert
from retention.querysets import awake
from retention.reports import comparison, exposure, verdicts
from tests.retention.helpers import DAY, facts, market, months
from tests.world import client_of

pytestmark = pytest.mark.django_db
QUARTER = periods.Period.parse("2026-Q1", periods.QUARTER)
ZONE = "Asia/Shanghai"


def alert_of(client, day, state="open", acted=None, closed=None, kind="no_trade", value=0):
    return Alert.objects.create(
        organisation_id=client.organisation_id, client=client, kind=kind, cause=f"{day}{kind}", raised_on=day,
        state=state, value_at_risk=value, acted_at=acted and periods.at(acted, 9),
        closed_at=closed and periods.at(closed, 9), closing_reason="x" if closed else "",
    )  # fmt: skip


def test_verdicts_count_by_the_day_on_which_each_thing_happened(world):
    own, team = world.clients["own"], world.clients["team"]
    last, first, end = dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 3, 31)
    alert_of(own, last, "kept", acted=first, closed=first, value=100)
    alert_of(own, first, "lost", acted=end, closed=end, value=30)
    alert_of(team, end, "dismissed", closed=dt.date(2026, 4, 1), kind="sales_drop_yoy")
    alert_of(team, dt.date(2025, 11, 1), kind="overdue_visit")
    (now, before), more = verdicts.totals_and(
        Alert.objects.all(), QUARTER, QUARTER.previous, open=Count("pk", filter=awake())
    )
    assert (now.raised, now.acted, now.kept, now.lost, now.dismissed) == (2, 2, 1, 1, 0)
    assert (now.value_kept, now.value_lost, now.saved_rate) == (100, 30, Decimal("0.5"))
    assert now.days == pytest.approx((1 + 89) / 2), "median of a day and of 89"
    assert (before.raised, before.acted, before.kept) == (2, 0, 0), "the one that is still open, too"
    assert more == {"open": 1}
    by_kind = dict(verdicts.by_kind(Alert.objects.all(), QUARTER))
    assert (by_kind["no_trade"].raised, by_kind["sales_drop_yoy"].raised) == (1, 1)
    by_manager = dict(verdicts.by_manager(Alert.objects.all(), QUARTER))
    assert set(by_manager) == {world.managers["team"].pk}, "the own one's ownership began on the fifth of January"


def shop(world, code, after, acted):
    """Traded 100 a month before, ``after`` since; an alert of the middle of December, acted upon after so many days."""
    client = client_of(world.am, code, code)
    facts(client, dict.fromkeys(months("2025-09", "2025-11"), 100) | dict.fromkeys(months("2026-01", "2026-03"), after))
    day = dt.date(2025, 12, 15)
    alert_of(client, day, acted=None if acted is None else day + dt.timedelta(days=acted))
    return client


def span():
    known = [dt.date.fromisoformat(f"{month}-01") for month in months("2025-01", "2026-03")]
    return Client.objects.all(), known, dt.date(2025, 10, 1), ZONE


def compared(world):
    return comparison.compare(*span())[0][0]


def test_action_is_compared_with_none_among_alike(world):
    for code, after, acted in (
        ("A1", 120, 0), ("A2", 80, 14),  # in time: +20 % and −20 %
        ("N1", 50, None), ("N2", 70, None),  # nobody acted: −50 % and −30 %
        ("L1", 300, 15),  # a day too late: neither nor
    ):  # fmt: skip
        shop(world, code, after, acted)
    found = compared(world)
    assert (found.with_action, found.without, found.unmatched, found.cells) == (2, 2, 0, 1)
    assert (found.acted_change, found.other_change) == (pytest.approx(0), pytest.approx(-0.4))
    assert found.difference == pytest.approx(0.4)
    # variances 0.08 and 0.02 of two each: sqrt(0.04 + 0.01)
    assert found.half_width == pytest.approx(1.96 * 0.05**0.5)
    assert not found.is_enough, "two are too few to speak of"


def test_only_alike_are_compared(world):
    shop(world, "A1", 120, 0)
    ClientTier.objects.filter(client=shop(world, "N1", 50, None)).update(tier="A")  # another tier
    big = client_of(world.am, "N2", "大店")
    facts(big, dict.fromkeys(months("2025-09", "2026-03"), 900))  # another size
    alert_of(big, dt.date(2025, 12, 15))
    dismissed = shop(world, "D1", 50, None)
    Alert.objects.filter(client=dismissed).update(
        state="dismissed", closed_at=periods.at(dt.date(2025, 12, 20), 9), closing_reason="误报"
    )
    found = compared(world)
    assert (found.with_action, found.without, found.unmatched, found.difference) == (0, 0, 1, None)


def test_each_manager_is_compared_with_anybodys_similar_clients(world):
    """Five acts of one manager, four of another: the clients with nobody's act are a third one's."""
    first, second, third = world.managers["own"], world.managers["team"], world.managers["other_team"]
    for owner, code, after, acted in (
        *((first, f"A{n}", 120, 0) for n in range(5)),
        *((second, f"B{n}", 60, 14) for n in range(4)),
        (third, "N1", 50, None), (third, "N2", 70, None),
    ):  # fmt: skip
        client = shop(world, code, after, acted)
        Ownership.objects.create(
            client=client, owner=owner, valid_from=dt.date(2025, 1, 1), valid_to=dt.date(2025, 12, 31)
        )
    assert comparison.compare(*span())[1] == {first.pk: pytest.approx(0.2 + 0.4)}
    shop_of_second = shop(world, "B4", 60, 3)
    Ownership.objects.create(
        client=shop_of_second, owner=second, valid_from=dt.date(2025, 1, 1), valid_to=dt.date(2025, 12, 31)
    )
    assert comparison.compare(*span())[1][second.pk] == pytest.approx(-0.4 + 0.4)


def test_a_client_counts_once_with_its_largest_value(world):
    market(world)
    own, team = world.clients["own"], world.clients["team"]
    facts(own, dict.fromkeys(months("2026-01", "2026-03"), 1000))
    facts(team, dict.fromkeys(months("2026-01", "2026-03"), 500))
    trade.refresh(trade.scene_of(world.organisation, DAY))
    today = periods.today()
    old = today - dt.timedelta(days=exposure.IGNORED_DAYS)
    alert_of(own, old, value=800)
    alert_of(own, today, kind="overdue_visit", value=1000)
    alert_of(own, old, "kept", acted=old, closed=old, kind="sales_drop_yoy", value=9999)
    alert_of(own, today, kind="birthday", value=9999)
    alert_of(team, today, "acting", acted=today, value=500)
    clients = Client.objects.visible_to(world.hr)
    managers = {row.key: row for row in exposure.by_manager(clients, world.organisation)}
    mine = managers["am"]
    assert (mine.clients, mine.alerts, mine.waiting, mine.acting, mine.sales, mine.all_sales) == (
        1,
        2,
        1,
        0,
        1000,
        1000,
    )
    assert (mine.margin, mine.share) == (Decimal("200.00"), 1)
    assert (managers["am.team"].acting, managers["am.south"].alerts) == (1, 0)
    organisation = OrgUnit.objects.get(pk=world.organisation.pk)
    units = {row.key: row for row in exposure.by_unit(clients, organisation, organisation)}
    assert (units["ALPHA-N"].sales, units["ALPHA-N"].clients, units["ALPHA-S"].sales) == (1500, 2, 0)
    assert {row.key for row in exposure.by_manager(Client.objects.visible_to(world.am), organisation)} == {"am"}
