"""Alerts are raised at the edges of their rules, once per cause, and cleared when the cause is gone."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Client, Contract, Holding, Product, ProductClass
from crm.lib import jobs, periods
from retention import trade
from retention.config import configs
from retention.models import Alert, Forecast, RuleSetting
from retention.raising import apply_rules
from retention.rules import rules
from retention.services import change
from service.services import act as request_act
from tests.retention.helpers import DAY, facts, market, months, raised
from tests.service.helpers import led_to, request_of
from tests.world import client_of
from visits.models import ClientTrace

pytestmark = pytest.mark.django_db


LAST_YEAR = {"2025-01": 1000, "2025-02": 1000, "2025-03": 1000}


@pytest.fixture(autouse=True)
def others_trade(world):
    market(world)


@pytest.mark.parametrize(
    ("now", "count"),
    [(700, 0), ("699.99", 1), (1000, 0), (0, 1)],
    ids=["exactly 30 % is not more than 30 %", "just more", "no drop", "all gone"],
)
def test_sales_drop_edge(world, now, count):
    facts(world.clients["own"], LAST_YEAR | {"2026-01": now, "2026-02": now, "2026-03": now})
    assert raised(world, "sales_drop_yoy") == (count, 0)


def test_sales_drop_counts_only_whole_months(world):
    """On 30 March, March is not over: December to February stand against the same months a year before."""
    client = world.clients["own"]
    facts(client, {"2024-12": 900, "2025-01": 900, "2025-02": 900, "2025-12": 900, "2026-01": 900, "2026-02": 900})
    assert raised(world, "sales_drop_yoy", dt.date(2026, 3, 30)) == (0, 0)
    facts(client, {"2025-03": 9000})
    assert raised(world, "sales_drop_yoy", dt.date(2026, 3, 30)) == (0, 0)
    assert raised(world, "sales_drop_yoy", DAY) == (1, 0)


def test_no_trade_in_either_year_is_no_drop(world):
    facts(world.clients["own"], {"2026-01": 10})
    assert raised(world, "sales_drop_yoy") == (0, 0)


def test_the_reason_has_the_figures(world):
    facts(world.clients["own"], LAST_YEAR | {"2026-01": 200, "2026-02": 200, "2026-03": 200})
    raised(world, "sales_drop_yoy")
    alert = Alert.objects.get()
    for figure in ("80", "3,000", "600", "2026-01", "2026-03"):
        assert figure in alert.reason
    assert alert.value_at_risk == 800


@pytest.mark.parametrize(("last", "count"), [("2026-03-01", 0), ("2026-02-28", 1), ("2026-03-31", 0)])
def test_overdue_edge(world, last, count):
    """Tier B is owed a visit every 30 days: on the thirtieth it is due, on the thirty-first overdue."""
    for client in world.clients.values():
        ClientTrace.objects.create(client=client, last_visit_on=dt.date.fromisoformat("2026-03-20"))
    ClientTrace.objects.filter(client=world.clients["own"]).update(last_visit_on=last)
    assert raised(world, "overdue_visit") == (count, 0)


def test_never_visited_counts_from_ownership(world):
    created, _closed = raised(world, "overdue_visit", dt.date(2026, 2, 5))
    assert created == 3  # owned since 5 January: 31 days, in the one organisation
    assert raised(world, "overdue_visit", dt.date(2026, 2, 4)) == (0, 0)


def test_nobody_is_blamed_for_a_client_without_owner(world):
    client = world.clients["own"]
    client.owner = None
    client.save()
    assert raised(world, "overdue_visit")[0] == 2


def test_once_per_cause(world):
    facts(world.clients["own"], LAST_YEAR | {"2026-01": 1})
    assert raised(world, "sales_drop_yoy") == (1, 0)
    assert raised(world, "sales_drop_yoy") == (0, 0)
    assert raised(world, "sales_drop_yoy", dt.date(2026, 4, 1)) == (0, 0)


def test_cleared_when_the_cause_is_gone(world):
    ClientTrace.objects.create(client=world.clients["own"], last_visit_on=dt.date(2026, 1, 1))
    raised(world, "overdue_visit")
    ClientTrace.objects.update(last_visit_on=DAY)
    raised(world, "overdue_visit")
    assert Alert.objects.get(client=world.clients["own"]).state == Alert.State.CLEARED


def test_kept_when_somebody_was_acting(world):
    facts(world.clients["own"], LAST_YEAR)
    raised(world, "sales_drop_yoy")
    change(Alert.objects.get(), Alert.State.ACTING, world.am)
    facts(world.clients["own"], {"2026-01": 3000})
    assert raised(world, "sales_drop_yoy") == (0, 1)
    assert Alert.objects.get().state == Alert.State.KEPT


# --- What says nothing good of a client does not count as kept ---------------------------------------------------


def acted_upon(world, kind, day=DAY):
    """The alert of a kind that is raised on a day, with somebody acting."""
    assert raised(world, kind, day) == (1, 0)
    return change(Alert.objects.get(kind=kind, client=world.clients["own"]), Alert.State.ACTING, world.am)


def ended(world, kind, day):
    """What became of it by a later day."""
    raised(world, kind, day)
    return Alert.objects.get(kind=kind, client=world.clients["own"]).state


@pytest.mark.parametrize(("later", "state"), [(200, "cleared"), (650, "cleared"), (900, "kept")])
def test_a_client_who_stays_down_is_not_kept_when_the_quarter_before_is_down_too(world, later, state):
    """From 1,000 a month to 200: half a year on, the quarter before is as low, and is no measure any more."""
    own = world.clients["own"]
    facts(own, dict.fromkeys(months("2025-07", "2025-12"), 1000) | dict.fromkeys(months("2026-01", "2026-03"), 200))
    market_until(world, "2026-08")
    acted_upon(world, "sales_drop_qoq")
    facts(own, dict.fromkeys(months("2026-04", "2026-08"), later))
    assert ended(world, "sales_drop_qoq", dt.date(2026, 8, 31)) == state


def market_until(world, last):
    facts(world.clients["other_team"], dict.fromkeys(months("2026-04", last), 500))


def test_sales_that_cannot_be_compared_are_left_alone(world):
    """May is loaded and April late: nobody can say yet whether the client has come back."""
    facts(world.clients["own"], LAST_YEAR | {"2025-04": 1000})
    acted_upon(world, "sales_drop_yoy")
    facts(world.clients["other_team"], {"2026-05": 500})
    assert ended(world, "sales_drop_yoy", dt.date(2026, 6, 2)) == "acting"
    Client.objects.filter(pk=world.clients["own"].pk).update(stage="lost")
    assert ended(world, "sales_drop_yoy", dt.date(2026, 6, 3)) == "lost", (
        "what is known of the client counts all the same"
    )


@pytest.mark.parametrize(("trades", "state"), [(False, "cleared"), (True, "kept")])
def test_two_years_of_silence_are_no_return(world, trades, state):
    own = world.clients["own"]
    facts(own, {"2025-06": 900})
    acted_upon(world, "no_trade")
    market_until(world, "2027-07")
    if trades:
        facts(own, {"2027-07": 100})
    assert ended(world, "no_trade", dt.date(2027, 7, 31)) == state


@pytest.mark.parametrize(("renewed", "state"), [(False, "cleared"), (True, "kept")])
def test_a_contract_that_ran_out_is_not_kept(world, renewed, state):
    own = world.clients["own"]
    about = {"organisation": world.organisation, "client": own, "title": "供货", "signed_on": dt.date(2025, 4, 1)}
    old = Contract.objects.create(number="K1", starts_on=dt.date(2025, 4, 1), ends_on=DAY, **about)
    acted_upon(world, "contract_ending")
    assert ended(world, "contract_ending", DAY + dt.timedelta(days=15)) == "acting"
    if renewed:
        Contract.objects.create(number="K2", starts_on=DAY, ends_on=dt.date(2028, 3, 31), renews=old, **about)
        assert ended(world, "contract_ending", DAY + dt.timedelta(days=15)) == state
    assert ended(world, "contract_ending", DAY + dt.timedelta(days=16)) == state


@pytest.mark.parametrize(("better", "state"), [(False, "cleared"), (True, "kept")])
def test_a_low_mark_that_is_merely_old_is_not_made_good(world, better, state):
    with periods.clock_at(periods.at(DAY, 10)):
        request = led_to(request_of(world.clients["own"]), "resolved", world.actors["back_office"], world.am)
        request_act(request, "call_back", world.am, satisfaction=1)
    acted_upon(world, "low_mark")
    if better:
        with periods.clock_at(periods.at(DAY + dt.timedelta(days=9), 10)):
            request = led_to(request_of(world.clients["own"]), "resolved", world.actors["back_office"], world.am)
            request_act(request, "call_back", world.am, satisfaction=5)
        assert ended(world, "low_mark", DAY + dt.timedelta(days=10)) == state
    assert ended(world, "low_mark", DAY + dt.timedelta(days=90)) == state


@pytest.mark.parametrize(("back", "state"), [(False, "cleared"), (True, "kept")])
def test_a_product_that_never_came_back_is_not_kept(world, back, state):
    kind = ProductClass.objects.create(organisation=world.organisation, code="wealth", name="理财", nature="investment")
    product = Product.objects.create(organisation=world.organisation, code="W1", name="稳健", product_class=kind)
    held = {"organisation": world.organisation, "client": world.clients["own"], "product": product}
    Holding.objects.create(since=dt.date(2025, 1, 1), until=DAY, **held)
    acted_upon(world, "product_dropped")
    if back:
        Holding.objects.create(since=DAY + dt.timedelta(days=5), **held)
        assert ended(world, "product_dropped", DAY + dt.timedelta(days=9)) == state
    assert ended(world, "product_dropped", DAY + dt.timedelta(days=61)) == state


def test_without_a_model_nobody_is_active_again(world):
    own = world.clients["own"]
    facts(own, {"2025-10": 900})
    forecast = {"organisation": world.organisation, "month": dt.date(2026, 3, 1), "expected_months": 0}
    Forecast.objects.create(client=own, p_active="0.2", expected_amount=0, **forecast)
    acted_upon(world, "low_activity")
    Forecast.objects.update(p_active=None)  # the model of the next month does not fit, and rules stand in for it
    assert ended(world, "low_activity", DAY) == "acting"


def test_dismissed_keeps_quiet(world):
    facts(world.clients["own"], LAST_YEAR | {"2025-04": 1000})
    raised(world, "sales_drop_yoy")
    change(Alert.objects.get(), Alert.State.DISMISSED, world.am, "店面装修，五月重开")
    assert raised(world, "sales_drop_yoy", dt.date(2026, 4, 30)) == (0, 0)


def test_switched_off_by_setting(world):
    facts(world.clients["own"], LAST_YEAR)
    setting = RuleSetting.objects.create(organisation=world.organisation, kind="sales_drop_yoy", is_on=False)
    assert raised(world, "sales_drop_yoy") == (0, 0)
    RuleSetting.objects.filter(pk=setting.pk).update(is_on=True, limits={"drop": "100"})
    assert raised(world, "sales_drop_yoy") == (0, 0)
    RuleSetting.objects.filter(pk=setting.pk).update(limits={}, tiers=["A"])
    assert raised(world, "sales_drop_yoy") == (0, 0)
    RuleSetting.objects.filter(pk=setting.pk).update(tiers=["A", "B"])
    assert raised(world, "sales_drop_yoy") == (1, 0)
    RuleSetting.objects.filter(pk=setting.pk).update(is_on=False)
    assert raised(world, "sales_drop_yoy") == (0, 1)
    assert Alert.objects.get().state == Alert.State.CLEARED


def test_job_twice_gives_the_same_hash_and_nothing_new(world):
    facts(world.clients["own"], LAST_YEAR)
    first = jobs.run(jobs.request("raise_alerts", world.organisation.pk, period=str(DAY)).pk)
    again = jobs.run(jobs.request("raise_alerts", world.organisation.pk, period=str(DAY)).pk)
    assert {kind: n for kind, n in first.result["created"].items() if n} == {
        "overdue_visit": 3,
        "sales_drop_yoy": 1,
        "no_trade": 1,
    }
    assert again.result == {"created": dict.fromkeys(rules, 0), "closed": dict.fromkeys(rules, 0)}
    assert first.hash == again.hash
    assert world.am.notifications.count() == 1
    assert not world.managers["other_org"].notifications.exists()


def test_no_rule_asks_more_often_where_there_are_more_clients(world):
    """Rules are statements over the whole: ten times the clients, and the same number of them."""

    def statements(day):
        scene = trade.scene_of(world.organisation, day)
        trade.refresh(scene)
        found = {}
        for kind, one in configs(world.organisation).items():
            with CaptureQueriesContext(connection) as asked:
                apply_rules([one], scene)
            found[kind] = len(asked)
        return found

    few = statements(DAY)
    for number in range(30):
        facts(client_of(world.am, f"V{number}", f"店{number}"), LAST_YEAR)
    assert statements(dt.date(2026, 4, 1)) == few
    assert Alert.objects.filter(kind="no_trade").count() >= 30
