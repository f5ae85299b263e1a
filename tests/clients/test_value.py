"""What clients are worth: life cycle by rules and by hand, recency, frequency and amount, portfolios."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from clients import bulk
from clients.models import Client, ClientValue, StageChange, StageHold
from clients.value import satisfaction, stages
from clients.value.portfolio import Portfolio
from clients.value.relation import relation
from crm.lib import jobs, periods, sql
from tests.clients.helpers import add_client
from tests.facts import fact

pytestmark = pytest.mark.django_db
MONTH = dt.date(2026, 3, 1)
TODAY = dt.date(2026, 4, 2)


@pytest.fixture(autouse=True)
def clock():
    with periods.clock_at(periods.at(TODAY, 10)):
        yield


def browser(world, role="supervisor"):
    made = Browser()
    made.force_login(world.actors[role])
    return made


def trade(client, *amounts, last=MONTH):
    """Amounts of the latest months, the last one in ``last``."""
    for back, amount in enumerate(reversed(amounts)):
        if amount:
            fact(client, f"{periods.add_months(last, -back):%Y-%m}", amount)


def value(world, month="2026-03", *, market=True):
    """Run the job; ``market``: somebody at least trades in the month, so that it counts."""
    if market:
        fact(world.clients["own"], month, 1)
    job = jobs.run(jobs.request("value_clients", world.organisation.pk, period=month).pk)
    assert job.state == "done", job.error
    return job


@pytest.mark.parametrize(
    ("opened", "amounts", "stage"),
    [
        ("2015-01-01", [10] * 12 + [10] * 12, "loyal"),
        ("2015-01-01", [10] * 12 + [10] * 11 + [9], "active"),  # less than last year
        ("2015-01-01", [10] * 12 + [10] * 11 + [0], "active"),  # eleven months with trade
        ("2015-01-01", [10] * 20 + [0] * 3, "dormant"),
        ("2015-01-01", [10] * 20 + [0] * 2, "active"),
        ("2015-01-01", [10] * 10 + [0] * 12, "lost"),
        ("2015-01-01", [10] * 10 + [0] * 11, "dormant"),
        ("2015-01-01", [10] + [0] * 30, "lost"),  # beyond the two years of the summary
        ("2025-11-01", [10] * 4, "new"),
        ("2025-09-30", [10] * 6, "active"),
        ("2026-01-10", [], "new"),
        (None, [], "potential"),
        ("2015-01-01", [], "potential"),
    ],
)
def test_stages_by_the_rules(world, opened, amounts, stage):
    client = add_client(world, "K1", opened_on=opened and dt.date.fromisoformat(opened))
    trade(client, *amounts)
    value(world)
    client.refresh_from_db()
    assert client.stage == stage
    assert ClientValue.objects.get(client=client).stage == stage


def test_points_of_five(world):
    Client.objects.filter(organisation=world.organisation).update(is_active=False)
    for number in range(1, 11):
        trade(add_client(world, f"K{number:02}"), *([number * 10] * 12))
    quiet = add_client(world, "Q")
    trade(quiet, *[5] * 8, 0, 0)
    value(world)
    found = dict(ClientValue.objects.values_list("client__code", "monetary"))
    assert [found[f"K{number:02}"] for number in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    row = ClientValue.objects.get(client=quiet)
    assert (row.recency, row.frequency, row.idle_months, row.months_traded) == (3, 3, 2, 8)
    assert not ClientValue.objects.filter(client=world.clients["own"]).exists()
    assert not ClientValue.objects.filter(organisation=world.other_organisation).exists()


def test_a_month_whose_facts_are_still_to_come_makes_nobody_idle(world):
    client = world.clients["own"]
    trade(client, 10, last=dt.date(2026, 2, 1))
    value(world, market=False)
    row = ClientValue.objects.get(client=client)
    assert (row.month, row.idle_months) == (dt.date(2026, 2, 1), 0)


def test_again_is_the_same_and_writes_nothing(world):
    trade(world.clients["own"], 10, 20)
    first = value(world)
    stamps = "SELECT client_id, xmin::text, ctid::text FROM clients_clientvalue ORDER BY 1"
    before = sql.rows(stamps)
    assert value(world).hash == first.hash
    assert sql.rows(stamps) == before
    assert StageChange.objects.filter(client=world.clients["own"]).count() <= 1


def test_by_hand_it_stays_until_its_day(world):
    client = add_client(world, "K1", opened_on=dt.date(2015, 1, 1))
    trade(client, 10, 0, 0, 0)
    for change in ({"reason": " "}, {"stage": "gone"}, {"until": dt.date(2026, 4, 1)}, {"until": dt.date(2028, 1, 1)}):
        values = {"stage": "active", "reason": "停业装修", "until": dt.date(2026, 6, 30), **change}
        with pytest.raises(ValidationError) as refused:
            stages.set_by_hand(client, values["stage"], values["reason"], values["until"], world.am)
        assert list(refused.value.message_dict) == list(change)
    stages.set_by_hand(client, "loyal", "停业装修", dt.date(2026, 6, 30), world.am)
    value(world)
    client.refresh_from_db()
    assert client.stage == "loyal"
    with periods.clock_at(periods.at(dt.date(2026, 7, 1), 3)):
        value(world)
    client.refresh_from_db()
    assert client.stage == "dormant"
    steps = client.stage_changes.order_by("pk").values_list("before", "after", "reason", "made_by")
    assert list(steps) == [("active", "loyal", "停业装修", world.am.pk), ("loyal", "dormant", "", None)]
    stages.set_by_hand(client, "active", "已恢复", dt.date(2026, 6, 30), world.am)
    stages.release(client)
    client.refresh_from_db()
    assert client.stage == "dormant"
    assert not StageHold.objects.exists()


def test_a_change_in_bulk_holds_and_is_taken_back(world):
    client = add_client(world, "K1", opened_on=dt.date(2015, 1, 1))
    trade(client, 10, 0, 0, 0)
    made = bulk.change(Client.objects.filter(pk=client.pk), "stage", "lost", world.supervisor)
    value(world)
    client.refresh_from_db()
    assert client.stage == "lost"
    bulk.undo(made, world.supervisor)
    value(world)
    client.refresh_from_db()
    assert client.stage == "dormant"


def test_own_limits_count_at_once(world):
    client = add_client(world, "K1", opened_on=dt.date(2015, 1, 1))
    trade(client, *[10] * 10, 0)
    ask = browser(world, "hr")
    limits = {
        "new_months": 6,
        "dormant_months": 1,
        "lost_months": 12,
        "loyal_months": 60,
        "loyal_traded": 12,
        "loyal_keep": 100,
    }
    page = ask.post("/clients/portfolio/rules/", {**limits, "lost_months": 2, "dormant_months": 3})
    assert "lost_months" in page.context["form"].errors
    assert ask.post("/clients/portfolio/rules/", limits).status_code == 302
    value(world)
    client.refresh_from_db()
    assert client.stage == "dormant"
    assert "连续 1 至 12 个月无交易" in ask.get("/clients/portfolio/rules/").content.decode()


# --- Portfolio ----------------------------------------------------------------------------------------------------


@pytest.fixture
def sold(world):
    """Ten clients of one manager: one brings 80 of 100, one has stopped."""
    Client.objects.filter(organisation=world.organisation).update(is_active=False)
    for number, amount in enumerate([80, 5, 5, 4, 2, 1, 1, 1, 1, 0]):
        client = add_client(world, f"K{number}", opened_on=dt.date(2015, 1, 1), attributes={"products": number % 3})
        trade(client, amount)
        trade(client, 10, last=dt.date(2025, 3, 1))
    Client.objects.filter(code="K0").update(wallet=160)
    value(world)
    return world


def test_figures_of_a_portfolio(sold):
    found = Portfolio(sold.am)
    totals = found.totals()
    assert (totals["clients"], totals["amount"], totals["before"]) == (10, 100, 100)
    assert (totals["were"], totals["kept"], totals["retention"]) == (10, 9, Decimal("0.9"))
    assert (totals["wallets"], totals["wallet_share"], totals["products"]) == (1, Decimal("0.5"), Decimal("0.90"))
    top = found.concentration()
    assert (top["top"], top["clients"]) == (1, 9)
    assert top["curve"][-1] == [100.0, 100.0]
    assert found.stages()["lost"] == (1, 0)
    assert sum(n for _a, _m, n, _amount in found.rfm()) == 10
    assert found.loyalty() is None
    assert Portfolio(sold.managers["team"]).totals()["clients"] == 0
    parts = Portfolio(sold.supervisor, unit=sold.units["north"]).parts()
    assert [(part["username"], part["clients"], part["asleep"]) for part in parts] == [("am", 10, 1)]


def test_value_against_satisfaction_from_five_answers_up(sold, monkeypatch):
    answers = "SELECT id AS client_id, 1 + right(code, 1)::int %% 5 AS score FROM clients_client WHERE code LIKE 'K%%'"
    monkeypatch.setattr(satisfaction, "_source", [answers])
    points = Portfolio(sold.am).satisfied()
    assert sum(n for *_place, n in points) == 10
    assert (5, 0, 1) in points or (5, 0, 2) in points  # K0, the largest, gave the lowest mark
    assert {level for _money, level, _n in points} == {0, 1, 2}
    page = browser(sold).get("/clients/portfolio/").content.decode()
    assert "最有价值的客户满意吗" in page
    monkeypatch.setattr(satisfaction, "_source", [f"{answers} AND code < 'K4'"])
    assert Portfolio(sold.am).satisfied() == []
    assert "最有价值的客户满意吗" not in browser(sold).get("/clients/portfolio/").content.decode()


def test_80_percent_is_reached_exactly_by_whom(world):
    Client.objects.filter(organisation=world.organisation).update(is_active=False)
    for number, amount in enumerate([50, 30, 15, 5]):
        trade(add_client(world, f"K{number}"), amount)
    value(world)
    assert Portfolio(world.am).concentration()["top"] == 2


@pytest.mark.parametrize(
    ("clients", "amount", "kind"),
    [(5, 100, "partnership"), (20, 200, "proactive"), (60, 60, "reactive"), (60, 10, "basic"), (14, 1, "accountable"),
     (40, 900, "accountable"), (15, 15, "accountable"), (0, 0, "accountable")],
)  # fmt: skip
def test_relation_by_margin_and_number(clients, amount, kind):
    assert relation(clients, Decimal(amount), 100, Decimal(100)) == kind


def test_pages_and_drill_down(sold):
    ask = browser(sold)
    page = ask.get("/clients/portfolio/?owner=am").content.decode()
    for words in ("多少客户贡献了八成销售", "客户保持率", "贡献八成金额", "满 5 份满意度答卷后显示"):
        assert words in page
    codes = [client.code for client in ask.get("/clients/?activity=1&monetary=5").context["page"].items]
    counted = {(activity, money): n for activity, money, n, _amount in Portfolio(sold.supervisor).rfm()}
    assert len(codes) == counted.get((1, 5), 0) > 0
    assert [c.code for c in ask.get("/clients/?amount:from=5&amount:to=50").context["page"].items] == ["K1", "K2"]
    assert list(ask.get("/clients/?amount:from=abc").context["page"].items) == []
    assert "50.0%" in ask.get(f"/clients/{Client.objects.get(code='K0').pk}/").content.decode()
    client = Client.objects.get(code="K1")
    page = ask.post(f"/clients/{client.pk}/stage/", {"stage": "loyal", "reason": "老客户", "until": "2026-13-01"})
    assert "until" in page.context["form"].errors
    ask.post(f"/clients/{client.pk}/stage/", {"stage": "loyal", "reason": "老客户", "until": "2026-12-01"})
    page = ask.get(f"/clients/{client.pk}/").content.decode()
    assert "老客户" in page
    ask.post(f"/clients/{client.pk}/stage/release/")
    assert not StageHold.objects.exists()
