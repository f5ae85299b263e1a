"""Indicators: who a fact counts for, what is missing, and drill-downs that add up."""

import datetime as dt
from decimal import Decimal

import pytest

from clients.models import Ownership
from crm.lib import periods
from kpi import metrics
from kpi.metrics import Span
from people.services import transfer
from retention.models import Alert
from tests.facts import fact
from tests.kpi.helpers import OCTOBER, journal, plan, soft, value, visit
from tests.world import client_of
from visits.models import TraceFlag

pytestmark = pytest.mark.django_db
D = Decimal
DAY = dt.date(2026, 10, 14)


def test_plan_counts_submitted_and_approved_only(world):
    client = world.clients["own"]
    other = client_of(world.am, "X1", "金叶便利店")
    plan(client, DAY, visit=visit(client, DAY))
    plan(other, DAY, state="submitted")
    plan(other, DAY + dt.timedelta(days=1), state="draft")
    plan(other, DAY + dt.timedelta(days=2), state="returned")
    assert value("plan_completion", world) == (D("0.5"), 1, 2)


def test_standard_does_not_count_visits_beyond_it(world):
    """Tier B owes 31 days / 30 = 1.0333, rounded up 2: of five visits two count."""
    for day in range(5, 10):
        visit(world.clients["own"], dt.date(2026, 10, day))
    assert value("visits_standard", world) == (D("1.935484"), 2, D("1.0333"))


def test_a_confirmed_doubt_and_a_call_do_not_count(world):
    doubted = visit(world.clients["own"], DAY)
    TraceFlag.objects.create(visit=doubted, kind="too_short", state="justified")
    visit(world.clients["own"], DAY, mode="phone")
    assert value("visits_standard", world)[1] == 0
    assert value("calls_made", world) == (1, 1, 1)


def test_facts_count_for_the_owner_of_the_day(world):
    """Handed over on the 16th: half a month each, a visit on the 14th is the former owner's alone."""
    client = world.clients["own"]
    Ownership.objects.filter(client=client).update(valid_to=dt.date(2026, 10, 15))
    Ownership.objects.create(client=client, owner=world.managers["team"], valid_from=dt.date(2026, 10, 16))
    visit(client, DAY)
    fact(client, "2026-10", 3100)
    share = D(15) / 31
    assert value("clients_covered", world)[1:] == (round(share, 4), round(share, 4))
    team = value("clients_covered", world, world.managers["team"])
    assert team[1:] == (0, round(1 + D(16) / 31, 4))
    assert value("sales_amount", world)[0] == 1500
    assert value("sales_amount", world, world.managers["team"])[0] == 1600


def test_a_representative_is_owed_a_visit_a_month(world):
    client = world.clients["own"]
    client.standing.tier = "D"
    client.standing.save()
    assert value("visits_standard", world)[2] == round(D(31) / 90, 4)
    client.is_representative = True
    client.save()
    assert value("visits_standard", world)[2] == round(D(31) / 30, 4)


def test_journals_count_only_the_days_in_post(world):
    """From the 20th on in the office: of 18 work days 9 are left to write a journal for (8 to 19 October)."""
    transfer(world.am, world.units["north"], "back_office", dt.date(2026, 10, 20))
    journal(world.am, dt.date(2026, 10, 8))
    journal(world.am, dt.date(2026, 10, 9), late=True)
    assert value("journal_submission", world) == (round(D(2) / 9, 6), 2, 9)
    assert value("journal_on_time", world)[1:] == (1, 9)


def test_a_journal_weeks_later_does_not_count_any_more(world):
    journal(world.am, dt.date(2026, 10, 8), at=periods.at(dt.date(2026, 11, 4), 9))
    assert value("journal_submission", world)[1] == 0


def test_missing_is_missing(world):
    for code in ("plan_completion", "minutes_on_site", "review_mark", "sales_growth", "sales_amount", "structure",
                 "alerts_acted", "soft:attitude", "month_scores"):  # fmt: skip
        assert value(code, world) is None, code


def test_months_that_are_not_loaded_are_left_out(world):
    """July and August are there, September is not: growth over the quarter is that of the two."""
    client = world.clients["own"]
    quarter = periods.Period.parse("2026-Q3")
    for month, amount in {"2025-07": 100, "2025-08": 100, "2025-09": 900, "2026-07": 110, "2026-08": 130}.items():
        fact(client, month, amount)
    assert value("sales_growth", world, period=quarter)[0] == D("0.2")


def test_growth_without_a_base_is_missing(world):
    fact(world.clients["own"], "2026-10", 500)
    assert value("sales_growth", world)[0] is None
    assert value("sales_amount", world)[0] == 500


def test_structure(world):
    fact(world.clients["own"], "2026-10", 500, 50, {"class_1": 10, "class_2": 15, "class_3": 25})
    fact(client_of(world.am, "X2", "无结构数据"), "2026-10", 500, 50)
    assert value("structure", world)[0] == D("0.5")


def test_marks_minutes_and_soft_scores_are_means(world):
    journal(world.am, dt.date(2026, 10, 8), mark=5, reviewer=world.supervisor)
    journal(world.am, dt.date(2026, 10, 9), mark=2, reviewer=world.supervisor)
    visit(world.clients["own"], DAY, minutes=10)
    visit(world.clients["own"], DAY, minutes=30)
    soft(world.am, 60, world.supervisor, period="2026-10")
    soft(world.am, 90, world.supervisor, period="2026-11")
    assert value("review_mark", world)[0] == D("3.5")
    assert value("minutes_on_site", world)[0] == 20
    assert value("soft:attitude", world)[0] == 60
    quarter = periods.Period.parse("2026-Q4")
    assert value("soft:attitude", world, period=quarter)[0] == 75


def alert(client, kind, cause="x", **fields):
    return Alert.objects.create(
        organisation_id=client.organisation_id, client=client, kind=kind, cause=cause, raised_on=DAY, **fields
    )


def test_alerts_acted(world):
    """Acted on, settled, left, acted on too late: 2 of 4. What went away by itself and a birthday ask for nothing."""
    at = periods.at(DAY, 12)
    client = world.clients["own"]
    alert(client, "overdue_visit", acted_at=at, state="acting")
    alert(client, "sales_drop_yoy")
    alert(client, "no_trade", state="dismissed", closed_at=at)
    alert(client, "complaint", state="cleared", closed_at=at)
    alert(client, "low_mark", state="acting", acted_at=periods.at(dt.date(2026, 11, 20), 9))
    alert(client, "birthday")
    assert value("alerts_acted", world) == (D("0.5"), 2, 4)


def test_drill_downs_add_up(world):
    """Every indicator: the rows shown are the rows counted."""
    client = world.clients["own"]
    plan(client, DAY, visit=visit(client, DAY))
    journal(world.am, DAY, mark=4, reviewer=world.supervisor)
    fact(client, "2025-10", 100, 10)
    fact(client, "2026-10", 120, 12, {"class_1": 6})
    alert(client, "overdue_visit")
    soft(world.am, 80, world.supervisor)
    span = Span.of(world.organisation, OCTOBER)
    for code, metric in metrics.metrics.items():
        found = metric.rows(world.am.pk, span)
        row = next(iter(metric.values(span.only(world.am.pk))), None)
        if row is None:
            assert found == [], code
            continue
        assert round(sum(D(one["num"]) for one in found), 4) == row["numerator"], code
        assert round(sum(D(one["den"]) for one in found), 4) == row["denominator"], code
