"""Clients fall into tiers exactly as the rules say, whatever the order, the ties and the kills."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from clients.models import Client, ClientTier, TierResult
from clients.tiering import run, schemes
from clients.tiering.explain import explain
from crm.lib import jobs, periods
from people.models import Level
from people.services import create_unit
from service.models import ServiceRequest
from tests import world as worlds
from tests.clients import deals
from tests.clients.helpers import add_client
from tests.facts import fact
from tests.service.helpers import request_of

pytestmark = pytest.mark.django_db

LADDER = [{"tier": tier, "share": share} for tier, share in (("A", 0.1), ("B", 0.3), ("C", 0.4), ("D", 0.2))]
MONTH = "2026-03"


def scheme(organisation, **rules):
    rules = {"criteria": [{"measure": "amount_12m", "weight": 1}], "bands": LADDER, **rules}
    return schemes.publish(organisation, "规则", rules, dt.date(2020, 1, 1))


def tier(organisation, month=MONTH):
    job = jobs.run(jobs.request("tier_clients", organisation.pk, period=month).pk)
    assert job.state == "done", job.error
    return job


def tiers(month=MONTH):
    found = TierResult.objects.filter(month=f"{month}-01").order_by("client__code")
    return dict(found.values_list("client__code", "tier"))


@pytest.fixture
def ten(world):
    """Ten clients of one organisation, 1 the smallest."""
    Client.objects.filter(organisation=world.organisation).update(is_active=False)
    found = [add_client(world, f"{n:02}") for n in range(1, 11)]
    for number, client in enumerate(found, start=1):
        fact(client, MONTH, number * 100)
    return found


def test_bands_by_share_of_rank(world, ten):
    scheme(world.organisation)
    assert tier(world.organisation).result == {"tiers": {"A": 1, "B": 3, "C": 4, "D": 2}}
    assert "".join(tiers().values()) == "DDCCCCBBBA"
    best = TierResult.objects.get(client=ten[-1])
    assert (best.rank, best.ranked, best.score) == (1, 10, 100)
    assert best.breakdown["parts"] == {"amount_12m": [1000.0, 1.0, 1]}


def test_the_flow_between_two_months_is_drawn_whole(world, ten, client):
    client.force_login(world.hr)
    scheme(world.organisation)
    tier(world.organisation)
    first = client.get("/clients/tiers/?month=2026-03-01").context
    assert first["flow"] is None  # nothing before
    for one, amount in zip(ten, reversed(range(1, 11)), strict=True):
        fact(one, "2026-04", amount * 10_000)
    tier(world.organisation, "2026-04")
    page = client.get("/clients/tiers/?month=2026-04-01")
    (series,) = page.context["flow"]["series"]
    assert sum(link["value"] for link in series["links"]) == 10
    names = [node["name"] for node in series["data"]]
    assert len(names) == len(set(names))
    assert {link[end] for link in series["links"] for end in ("source", "target")} == set(names)
    moved = {(link["source"], link["target"]): link["value"] for link in series["links"]}
    assert moved["2026-03 D", "2026-04 A"] == 1
    assert "客户从哪级来，到哪级去" in page.content.decode()


def test_ties_are_broken_by_code(world, ten):
    for client in ten:
        fact(client, MONTH, 5)
    scheme(world.organisation)
    tier(world.organisation)
    assert "".join(tiers().values()) == "ABBBCCCCDD"


def test_shares_are_exact(world, ten):
    """Three of ten at a cumulative share of 0.3 are in, though 0.1 + 0.2 is more than 0.3 in binary."""
    scheme(
        world.organisation,
        bands=[{"tier": "A", "share": 0.1}, {"tier": "B", "share": 0.2}, {"tier": "C", "share": 0.7}],
    )
    assert tier(world.organisation).result["tiers"] == {"A": 1, "B": 2, "C": 7}


def test_one_client_of_one(world):
    Client.objects.filter(organisation=world.organisation).exclude(pk=world.clients["own"].pk).update(is_active=False)
    scheme(world.organisation)
    assert tier(world.organisation).result["tiers"] == {"A": 0, "B": 0, "C": 0, "D": 1}


def test_no_client_at_all(world):
    Client.objects.update(is_active=False)
    scheme(world.organisation)
    assert tier(world.organisation).result["tiers"] == {"A": 0, "B": 0, "C": 0, "D": 0}


def test_no_scheme_says_what_to_do(world):
    job = jobs.run(jobs.request("tier_clients", world.organisation.pk, period=MONTH).pk)
    assert job.state == "failed"
    assert job.error


def test_other_organisation_is_left_alone(world, ten):
    scheme(world.organisation)
    tier(world.organisation)
    assert not TierResult.objects.filter(client=world.clients["other_org"]).exists()


def test_windows_are_calendar_months(world, ten):
    """Twelve months that end in March 2026 begin in April 2025."""
    fact(ten[0], "2025-03", 99999)
    fact(ten[1], "2025-04", 99999)
    scheme(world.organisation)
    tier(world.organisation)
    assert (tiers()["01"], tiers()["02"]) == ("D", "A")


def test_within_counties(world, ten):
    county = create_unit(world.organisation, "ALPHA-C", "山后县", Level.COUNTY)
    grid = create_unit(county, "ALPHA-C1", "山后网格")
    Client.objects.filter(code__in=["01", "02"]).update(org=grid)
    scheme(world.organisation, within="county", bands=[{"tier": "A", "share": 0.5}, {"tier": "B", "share": 0.5}])
    tier(world.organisation)
    assert "".join(tiers().values()) == "BABBBBAAAA"


def test_growth_linear_and_missing(world, ten):
    for client, before in zip(ten[:3], (100, 0, 100), strict=True):
        if before:
            fact(client, "2025-03", before)
    fact(ten[2], MONTH, 130)
    scheme(
        world.organisation,
        criteria=[
            {"measure": "growth_yoy", "weight": 1, "normalise": "linear", "low": -0.3, "high": 0.3, "missing": "half"}
        ],
        bands=[{"tier": "A", "score": 75}, {"tier": "B", "score": 50}, {"tier": "C", "score": 0}],
    )
    tier(world.organisation)
    scores = dict(TierResult.objects.values_list("client__code", "score"))
    assert (scores["01"], scores["02"], scores["03"]) == (50, 50, 100)
    assert (tiers()["02"], tiers()["03"]) == ("B", "A")


def test_lower_is_better_and_table_and_skip(world, ten):
    Client.objects.filter(code="01").update(attributes={"complaints": "4", "products": 3})
    Client.objects.filter(code="02").update(attributes={"complaints": 0})
    scheme(
        world.organisation,
        criteria=[
            {"measure": "attribute:complaints", "weight": "0.5", "normalise": "linear", "low": 4, "high": 0,
             "missing": "skip"},
            {"measure": "attribute:products", "weight": "0.5", "normalise": "table", "missing": "skip",
             "table": [{"from": 2, "points": 0.5}, {"from": 3, "points": 0.8}]},
        ],
        bands=[{"tier": "A", "score": 50}, {"tier": "B", "score": 0}],
    )  # fmt: skip
    tier(world.organisation)
    scores = dict(TierResult.objects.values_list("client__code", "score"))
    assert (scores["01"], scores["02"], scores["03"]) == (40, 100, 0)


def test_cap_and_probation(world, ten):
    Client.objects.filter(code="10").update(credit_rating="D")
    Client.objects.filter(code="09").update(opened_on=dt.date(2026, 1, 1))
    Client.objects.filter(code="08").update(opened_on=dt.date(2025, 12, 31))
    scheme(
        world.organisation,
        caps=[{"field": "credit_rating", "values": ["D"], "tier": "C"}],
        probation={"months": 3, "tier": "新"},
    )
    assert tier(world.organisation).result["tiers"]["新"] == 1
    assert (tiers()["10"], tiers()["09"], tiers()["08"]) == ("C", "新", "B")
    assert TierResult.objects.get(client__code="10").breakdown["capped"] == "B"
    new = TierResult.objects.get(client__code="09")
    assert (new.rank, new.score) == (None, None)


def test_a_client_falls_in_the_second_bad_month_only(world, ten):
    scheme(world.organisation, hold_months=2)
    tier(world.organisation, "2026-03")
    assert tiers("2026-03")["10"] == "A"
    fact(ten[-1], "2026-03", 1)  # now the smallest
    tier(world.organisation, "2026-04")
    assert tiers("2026-04")["10"] == "A"
    assert TierResult.objects.get(client=ten[-1], month="2026-04-01").breakdown["lower"] == 1
    tier(world.organisation, "2026-05")
    assert tiers("2026-05")["10"] == "D"
    assert ClientTier.objects.get(client=ten[-1]).since == dt.date(2026, 5, 1)
    # Upwards there is no delay.
    fact(ten[-1], "2026-05", 10_000)
    tier(world.organisation, "2026-06")
    assert tiers("2026-06")["10"] == "A"


def test_again_is_the_same_and_writes_nothing(world, ten):
    scheme(world.organisation)
    first = tier(world.organisation)
    TierResult.objects.filter(client=ten[0]).update(tier="A")
    again = tier(world.organisation)
    assert (again.hash, again.result) == (first.hash, first.result)
    stamps = "SELECT client_id, xmin::text FROM clients_tierresult ORDER BY 1"
    before = run.rows(stamps)
    tier(world.organisation)
    assert run.rows(stamps) == before


def test_an_old_month_does_not_touch_the_present_standing(world, ten):
    scheme(world.organisation)
    tier(world.organisation, "2026-04")
    now = dict(ClientTier.objects.values_list("client__code", "tier"))
    for client in ten:
        fact(client, "2026-01", 5000 - int(client.code))
    tier(world.organisation, "2026-01")
    assert tiers("2026-01")["01"] == "A"
    assert dict(ClientTier.objects.values_list("client__code", "tier")) == now


def test_a_client_that_left_leaves_the_month(world, ten):
    scheme(world.organisation)
    tier(world.organisation)
    Client.objects.filter(code="10").update(is_active=False)
    tier(world.organisation)
    assert "10" not in tiers()


def test_killed_between_chunks(world, ten, monkeypatch):
    for number, client in enumerate(ten):
        county = create_unit(world.organisation, f"K{number}", f"县{number}", Level.COUNTY)
        Client.objects.filter(pk=client.pk).update(org=county)
    monkeypatch.setattr(run, "CHUNK", 2)
    scheme(world.organisation, within="county")
    whole = tier(world.organisation)
    TierResult.objects.all().delete()

    class Killed(BaseException):
        pass

    write, done = run.write, []

    def dying(*args, **options):
        if len(done) == 3:
            raise Killed
        done.append(1)
        return write(*args, **options)

    monkeypatch.setattr(run, "write", dying)
    job = jobs.request("tier_clients", world.organisation.pk, period=MONTH)
    with pytest.raises(Killed):
        jobs.run(job.pk)
    assert 0 < TierResult.objects.count() < 10
    monkeypatch.setattr(run, "write", write)
    job.refresh_from_db()
    assert job.done_steps
    job.lease_until = periods.now() - dt.timedelta(seconds=1)
    job.save()
    again = jobs.run(job.pk)
    assert (again.hash, again.result) == (whole.hash, whole.result)


def test_the_version_in_force_in_the_month_counts(world, ten):
    schemes.publish(world.organisation, "旧", {"criteria": [{"measure": "amount_12m", "weight": 1}],
                    "bands": [{"tier": "X", "share": 1}]}, dt.date(2020, 1, 1))  # fmt: skip
    schemes.publish(world.organisation, "新", {"criteria": [{"measure": "amount_12m", "weight": 1}],
                    "bands": [{"tier": "Y", "share": 1}]}, dt.date(2026, 4, 30))  # fmt: skip
    tier(world.organisation, "2026-03")
    tier(world.organisation, "2026-04")
    assert set(tiers("2026-03").values()) == {"X"}
    assert set(tiers("2026-04").values()) == {"Y"}


def test_due_on_the_first_from_two(world):
    before = periods.at(dt.date(2026, 4, 1), 1, 59)
    after = periods.at(dt.date(2026, 4, 1), 2)
    assert list(run.due(before)) == []
    assert (world.organisation.pk, "", "2026-03") in list(run.due(after))


class AnyAmounts(TestCase):
    """Against the definition, in plain Python."""

    @settings(max_examples=25)
    @given(
        st.lists(st.integers(-3, 12), min_size=1, max_size=25),
        st.lists(st.integers(1, 6), min_size=1, max_size=5),
    )
    def test_definition(self, amounts, parts):
        world = worlds.build()
        Client.objects.all().update(is_active=False)
        clients = [add_client(world, f"K{n:02}") for n in range(len(amounts))]
        for client, amount in zip(clients, amounts, strict=True):
            fact(client, MONTH, amount)
        shares = [Decimal(part) / 40 for part in parts]
        shares.append(1 - sum(shares))
        bands = [{"tier": f"T{n}", "share": str(share)} for n, share in enumerate(shares)]
        scheme(world.organisation, bands=bands)
        tier(world.organisation)
        order = sorted(
            zip(amounts, (client.code for client in clients), strict=True), key=lambda one: (-one[0], one[1])
        )
        expected = {}
        for rank, (_amount, code) in enumerate(order, start=1):
            reached = Decimal(0)
            for band, share in zip(bands, shares, strict=True):
                reached += share
                if Decimal(rank) / len(order) <= reached:
                    expected[code] = band["tier"]
                    break
        assert tiers() == expected


def test_what_is_on_the_shelf_counts_before_the_imported_rate(world):
    """Three key products: two held at the end of the month; one dropped before it, one taken up after it."""
    key = [deals.product(world.organisation, f"重点{n}", is_key=True) for n in range(3)]
    other = deals.product(world.organisation, "一般")
    deals.product(world.organisation, "已撤", is_key=True, withdrawn_on=dt.date(2026, 3, 31))
    deals.product(world.organisation, "未上市", is_key=True, launched_on=dt.date(2026, 4, 1))
    shop, silent = world.clients["own"], world.clients["team"]
    Client.objects.update(attributes={"listing_rate": 0.9, "products": "7"})
    start, end = dt.date(2026, 1, 1), dt.date(2026, 3, 31)
    deals.has(shop, key[0], since=start)
    deals.has(shop, key[1], since=end, until=end)
    deals.has(shop, key[2], since=start, until=end - dt.timedelta(days=1))
    deals.has(shop, key[2], since=end + dt.timedelta(days=1))
    deals.has(shop, other, since=start)
    usual = {"normalise": "linear", "low": 0, "weight": 0.5}
    criteria = [{"measure": "listing_rate", "high": 1, **usual}, {"measure": "products", "high": 10, **usual}]
    scheme(world.organisation, criteria=criteria)
    tier(world.organisation)
    parts = {row.client_id: row.breakdown["parts"] for row in TierResult.objects.all()}
    assert parts[shop.pk] == {"listing_rate": [0.6667, 0.6667, 0.5], "products": [3, 0.3, 0.5]}
    assert parts[silent.pk] == {"listing_rate": [0.9, 0.9, 0.5], "products": [7, 0.7, 0.5]}
    lines = explain(TierResult.objects.get(client=shop))
    assert "66.7%" in lines[0]["text"]


def test_complaints_of_twelve_months_count(world):
    def complain(client, *when):
        made = request_of(client, kind="complaint")
        ServiceRequest.objects.filter(pk=made.pk).update(registered_at=dt.datetime(*when, tzinfo=dt.UTC))

    shop = world.clients["own"]
    complain(shop, 2025, 3, 31, 15, 59)  # 23:59 of the last day before the twelve months
    complain(shop, 2025, 3, 31, 16, 0)
    complain(shop, 2026, 3, 31, 15, 59)
    complain(shop, 2026, 3, 31, 16, 0)  # midnight: April has begun
    request_of(shop, kind="request")
    complain(shop, 2026, 3, 30, 2, 0)
    ServiceRequest.objects.filter(pk=ServiceRequest.objects.latest("pk").pk).update(
        state="cancelled", closed_at=dt.datetime(2026, 3, 30, 3, tzinfo=dt.UTC)
    )
    steps = [{"from": 1, "points": 0}, {"from": 0, "points": 1}]
    rule = {"measure": "complaints", "normalise": "table", "table": steps, "weight": 1}
    scheme(world.organisation, criteria=[rule], bands=[{"tier": "A", "score": 100}, {"tier": "B", "score": 0}])
    tier(world.organisation)
    row = TierResult.objects.get(client=shop)
    assert row.breakdown["parts"]["complaints"] == [2, 0, 1]
    assert (row.tier, TierResult.objects.get(client=world.clients["team"]).tier) == ("B", "A")
