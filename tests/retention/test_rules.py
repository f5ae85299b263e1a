"""Each rule on hand-made cases at its edges."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from clients.models import (
    Client,
    Contact,
    Contract,
    Holding,
    Loan,
    Product,
    ProductClass,
    Stage,
)
from crm.lib import periods
from people.models import OrgUnit
from retention.lunar import birthdays, festivals
from retention.models import Alert, Forecast, RuleSetting
from service.models import Answer, Invitation, ServiceRequest, Survey, Wave
from tests.retention.helpers import DAY, alert, facts, market, months, raised

pytestmark = pytest.mark.django_db
OWN_MONTHS = months("2025-04", "2026-03")


def day(text):
    return dt.date.fromisoformat(text)


# --- Sales against the three months before -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "count"), [(700, 0), ("699.99", 1), (1000, 0), (0, 1)], ids=["exactly 30 %", "just more", "no drop", "gone"]
)
def test_drop_on_the_quarter_before(world, now, count):
    market(world)
    before = dict.fromkeys(months("2025-10", "2025-12"), 1000)
    facts(world.clients["own"], before | dict.fromkeys(months("2026-01", "2026-03"), now))
    assert raised(world, "sales_drop_qoq") == (count, 0)
    if count:
        assert alert("sales_drop_qoq").value_at_risk == 1000 - Decimal(now)
        assert "3,000" in alert("sales_drop_qoq").reason


def test_months_without_a_row_count_as_nothing(world):
    market(world)
    facts(world.clients["own"], {"2025-10": 300, "2025-12": 600, "2026-02": 629})
    assert raised(world, "sales_drop_qoq") == (1, 0), "629 of 900 is less than 70 %"
    facts(world.clients["own"], {"2026-01": 1})
    assert raised(world, "sales_drop_qoq") == (0, 1)


def test_zero_base_is_no_drop(world):
    market(world)
    facts(world.clients["own"], {"2025-10": 0, "2025-11": 0, "2025-12": 0, "2026-01": 0})
    assert raised(world, "sales_drop_qoq") == (0, 0)


def test_months_that_nobody_has_are_not_compared_with_others(world):
    """A quarter of which one month is not loaded cannot stand against another; the same month of last year can."""
    facts(world.clients["own"], {"2025-03": 500, "2025-12": 1000, "2026-03": 100})
    assert raised(world, "sales_drop_qoq") == (0, 0)
    assert raised(world, "sales_drop_yoy") == (1, 0)


def test_a_month_that_is_not_loaded_yet_is_nobodys_loss(world):
    facts(world.clients["own"], dict.fromkeys(months("2025-01", "2026-02"), 1000))
    assert raised(world, "sales_drop_qoq") == (0, 0)
    assert raised(world, "no_trade") == (0, 0)
    facts(world.clients["other_team"], {"2026-03": 1})
    facts(world.clients["own"], {"2026-01": 100})
    assert raised(world, "sales_drop_qoq") == (1, 0)


@pytest.mark.parametrize(("opened", "count"), [("2025-10-01", 1), ("2025-10-02", 0)])
def test_a_client_younger_than_the_window_is_not_judged(world, opened, count):
    market(world)
    client = world.clients["own"]
    Client.objects.filter(pk=client.pk).update(opened_on=opened)
    facts(client, {"2025-10": 900, "2026-02": 100})
    assert raised(world, "sales_drop_qoq") == (count, 0)


@pytest.mark.parametrize("closed", [{"is_active": False}, {"stage": Stage.LOST}], ids=["closed file", "lost"])
def test_closed_clients_raise_nothing_and_end_what_was_open(world, closed):
    market(world)
    client = world.clients["own"]
    facts(client, {"2025-03": 900, "2025-12": 900})
    assert raised(world, "no_trade") == (1, 0)
    Client.objects.filter(pk=client.pk).update(**closed)
    assert raised(world, "no_trade") == (0, 1)
    assert alert("no_trade").state == Alert.State.LOST
    assert raised(world, "sales_drop_yoy") == (0, 0)


# --- No trade ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("last", "count"), [("2025-12", 1), ("2026-01", 0), ("2024-04", 1), ("2024-03", 0)])
def test_no_trade_for_three_whole_months(world, last, count):
    """Since December three months are over; what lies more than 24 months back is no client to lose any more."""
    market(world)
    facts(world.clients["own"], {last: 1200})
    assert raised(world, "no_trade") == (count, 0)


def test_a_month_with_an_amount_of_zero_is_no_trade(world):
    market(world)
    facts(world.clients["own"], {"2025-11": 600, "2025-12": 600, "2026-01": 0, "2026-02": 0, "2026-03": 0})
    assert raised(world, "no_trade") == (1, 0)
    assert alert("no_trade").value_at_risk == 600, "what a month with trade used to bring"
    assert "2025-12" in alert("no_trade").reason
    facts(world.clients["own"], {"2026-03": 5})
    assert raised(world, "no_trade") == (0, 1)


def test_a_longer_patience(world):
    market(world)
    RuleSetting.objects.create(organisation=world.organisation, kind="no_trade", limits={"months": "4"})
    facts(world.clients["own"], {"2025-12": 600})
    assert raised(world, "no_trade") == (0, 0)
    assert raised(world, "no_trade", day("2026-04-30")) == (0, 0), "April is not loaded"
    facts(world.clients["other_team"], {"2026-04": 1})
    assert raised(world, "no_trade", day("2026-04-30")) == (1, 0)


# --- Products ------------------------------------------------------------------------------------------------------


def a_class(world, code, **fields):
    return ProductClass.objects.create(organisation=world.organisation, code=code, name=f"{code}品类", **fields)


@pytest.mark.parametrize(
    ("before", "now", "count"),
    [(6, 0, 1), (4, 0, 1), (3, 0, 0), (6, 1, 0)],
    ids=["gone", "four of six months are enough", "three are not", "still a little"],
)
def test_a_class_that_is_not_traded_any_more(world, before, now, count):
    market(world)
    a_class(world, "c1", measure="class_1")
    client = world.clients["own"]
    facts(client, dict.fromkeys(months("2025-08", "2026-01"), 100), {"class_1": 0})
    facts(client, dict.fromkeys(months("2025-08", "2026-01")[-before:], 100), {"class_1": 3})
    facts(client, {"2026-02": 100, "2026-03": 100}, {"class_1": now})
    assert raised(world, "product_dropped") == (count, 0)
    if count:
        assert "c1品类" in alert("product_dropped").reason
        facts(client, {"2026-03": 100}, {"class_1": 1})
        assert raised(world, "product_dropped") == (0, 1)


def test_who_trades_nothing_at_all_has_dropped_no_product(world):
    market(world)
    a_class(world, "c1", measure="class_1")
    facts(world.clients["own"], dict.fromkeys(months("2025-08", "2026-01"), 100), {"class_1": 3})
    assert raised(world, "product_dropped") == (0, 0)


@pytest.mark.parametrize(("until", "count"), [("2026-01-30", 1), ("2026-01-29", 0), ("2026-04-01", 0)])
def test_a_product_that_ended_within_sixty_days(world, until, count):
    product = Product.objects.create(
        organisation=world.organisation, product_class=a_class(world, "cards", nature="card"), code="P", name="贵宾卡"
    )
    client = world.clients["own"]
    held = {"organisation": world.organisation, "client": client, "product": product, "since": day("2025-01-01")}
    Holding.objects.create(**held, until=until)
    assert raised(world, "product_dropped") == (count, 0)
    Holding.objects.create(**held | {"since": day("2026-02-01")}, reference="2")
    assert raised(world, "product_dropped") == (0, count), "another of the same kind makes it good"


# --- Complaints and marks ------------------------------------------------------------------------------------------


def a_complaint(world, registered, due, kind="complaint", **fields):
    client = world.clients["own"]
    return ServiceRequest.objects.create(
        organisation=world.organisation, org=client.org, client=client, uuid=uuid.uuid4(), kind=kind, category="other",
        channel="phone", text="送错货", registered_at=periods.at(day(registered), 10), due_at=periods.at(day(due), 10),
        handler=world.actors["back_office"], **fields,
    )  # fmt: skip


def test_a_complaint_past_its_deadline(world):
    request = a_complaint(world, "2026-03-28", "2026-04-01", state="handling")
    assert raised(world, "complaint") == (0, 0)
    assert raised(world, "complaint", day("2026-04-01")) == (1, 0)
    assert "2026-04-01" in alert("complaint").reason
    ServiceRequest.objects.filter(pk=request.pk).update(
        state="resolved", resolved_at=periods.at(day("2026-04-02"), 9), result="补货"
    )
    assert raised(world, "complaint", day("2026-04-02")) == (0, 1)


def test_a_late_request_is_no_complaint_and_a_merged_one_none_either(world):
    a_complaint(world, "2026-03-01", "2026-03-02", kind="request", state="handling")
    assert raised(world, "complaint") == (0, 0)


@pytest.mark.parametrize(("first", "count"), [("2026-01-01", 1), ("2025-12-31", 0)], ids=["90 days", "91 days"])
def test_twice_in_ninety_days(world, first, count):
    done = {"state": "resolved", "result": "已处理"}
    a_complaint(world, first, "2026-12-01", resolved_at=periods.at(day(first), 18), **done)
    a_complaint(world, "2026-03-31", "2026-12-01", resolved_at=periods.at(day("2026-03-31"), 18), **done)
    assert raised(world, "complaint") == (count, 0)
    # The older one leaves the span: the cause is gone.
    assert raised(world, "complaint", day("2026-04-01")) == (0, count)


def an_answer(world, overall, on):
    client = world.clients["own"]
    survey = Survey.objects.create(
        organisation=world.organisation, name=f"问卷{on}{overall}", questions={"indicators": []}, created_by=world.hr
    )
    wave = Wave.objects.create(
        survey=survey, unit=OrgUnit.objects.get(pk=world.organisation.pk), name="一季度", share=1, seed="1", strata=[],
        population=1, created_by=world.hr, expires_on=day("2026-12-31"),
    )  # fmt: skip
    invitation = Invitation.objects.create(wave=wave, client=client)
    return Answer.objects.create(
        invitation=invitation, wave=wave, at=periods.at(day(on), 12), satisfaction=[], importance=[], overall=overall,
        org=client.org, manager=world.am,
    )  # fmt: skip


@pytest.mark.parametrize(("mark", "on", "count"), [(2, "2026-03-01", 1), (3, "2026-03-01", 0), (1, "2025-12-31", 0)])
def test_a_low_mark_in_a_survey(world, mark, on, count):
    an_answer(world, mark, on)
    assert raised(world, "low_mark") == (count, 0)


def test_a_better_mark_later_takes_it_away(world):
    an_answer(world, 2, "2026-03-01")
    assert raised(world, "low_mark") == (1, 0)
    an_answer(world, 4, "2026-03-20")
    assert raised(world, "low_mark") == (0, 1)


# --- Contracts, deposits, loans ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "count"), [("2026-04-30", 1), ("2026-05-01", 0), ("2026-03-16", 1), ("2026-03-15", 0)]
)
def test_a_contract_thirty_days_before_its_end(world, ends, count):
    values = {"organisation": world.organisation, "client": world.clients["own"], "title": "陈列协议"}
    old = Contract.objects.create(
        **values, number="H1", signed_on=day("2025-03-01"), starts_on=day("2025-03-01"), ends_on=day(ends)
    )
    assert raised(world, "contract_ending") == (count, 0)
    Contract.objects.create(**values, number="H2", renews=old, starts_on=day("2026-06-01"), ends_on=day("2027-06-01"))
    assert raised(world, "contract_ending") == (0, count)


def test_a_contract_that_nobody_signed_ends_nothing(world):
    Contract.objects.create(
        organisation=world.organisation, client=world.clients["own"], number="H1", title="草稿",
        starts_on=day("2025-03-01"), ends_on=day("2026-04-01"),
    )  # fmt: skip
    assert raised(world, "contract_ending") == (0, 0)


@pytest.mark.parametrize(("ends", "count"), [("2026-04-15", 1), ("2026-04-16", 0)])
def test_a_deposit_fifteen_days_before_its_end(world, ends, count):
    deposit = Product.objects.create(
        organisation=world.organisation, product_class=a_class(world, "d", nature="deposit"), code="D", name="大额存单"
    )
    held = Holding.objects.create(
        organisation=world.organisation, client=world.clients["own"], product=deposit, since=day("2025-04-15"),
        ends_on=day(ends), amount=200000,
    )  # fmt: skip
    assert raised(world, "deposit_ending") == (count, 0)
    if count:
        assert alert("deposit_ending").value_at_risk == 200000
        Holding.objects.filter(pk=held.pk).update(ends_on=day("2027-04-15"))
        assert raised(world, "deposit_ending") == (0, 1)


def test_a_loan_is_overdue_from_the_first_day(world):
    loan = Loan.objects.create(
        organisation=world.organisation, client=world.clients["own"], number="L1", principal=100000, balance=80000,
        granted_on=day("2025-01-01"), due_on=day("2027-01-01"), overdue_amount=2500, overdue_since=DAY,
    )  # fmt: skip
    assert raised(world, "loan_overdue") == (0, 0)
    assert raised(world, "loan_overdue", day("2026-04-01")) == (1, 0)
    assert alert("loan_overdue").value_at_risk == 2500
    Loan.objects.filter(pk=loan.pk).update(overdue_amount=0, overdue_since=None)
    assert raised(world, "loan_overdue", day("2026-04-02")) == (0, 1)


# --- Greetings -----------------------------------------------------------------------------------------------------


def test_birthdays_by_either_calendar():
    def of(text):
        return {(lunar, month, number) for _day, lunar, month, number in birthdays(day(text), day(text))}

    assert of("2026-03-03") == {(False, 3, 3), (True, 1, 15)}, "the Lantern Festival"
    assert (False, 2, 29) in of("2026-02-28"), "in a common year"
    assert (False, 2, 29) not in of("2028-02-28")
    assert (False, 2, 29) in of("2028-02-29")
    assert {mark for mark in of("2025-07-25") if mark[0]} == set(), "first day of the leap sixth month"
    assert {(True, 12, 29), (True, 12, 30)} <= of("2026-02-16"), "the year ends with a month of 29 days"


def test_festivals_of_a_year():
    found = {one.name: on for on, one in festivals(day("2026-01-01"), day("2026-12-31"))}
    assert {name: str(on) for name, on in found.items()} == {
        "new_year": "2026-01-01",
        "spring": "2026-02-17",
        "dragon_boat": "2026-06-19",
        "mid_autumn": "2026-09-25",
        "national_day": "2026-10-01",
    }


def test_a_birthday_is_near_then_over(world):
    Contact.objects.create(client=world.clients["own"], name="老王", birthday=day("1966-01-20"), is_lunar_birthday=True)
    on = day("2026-03-08")  # the twentieth of the first lunar month
    assert raised(world, "birthday", on - dt.timedelta(days=4)) == (0, 0)
    assert raised(world, "birthday", on - dt.timedelta(days=3)) == (1, 0)
    assert "老王" in alert("birthday").reason
    assert raised(world, "birthday", on + dt.timedelta(days=2)) == (0, 0)
    assert raised(world, "birthday", on + dt.timedelta(days=3)) == (0, 1)
    assert alert("birthday").state == Alert.State.CLEARED
    assert raised(world, "birthday", day("2027-02-26")) == (1, 0), "and again next year"


def test_festivals_are_for_the_highest_tier_and_representatives(world):
    assert raised(world, "festival", day("2026-09-22")) == (0, 0), "all are of tier B"
    Client.objects.filter(pk=world.clients["own"].pk).update(is_representative=True)
    assert raised(world, "festival", day("2026-09-22")) == (1, 0)
    RuleSetting.objects.create(organisation=world.organisation, kind="festival", limits={"ranks": "2"})
    assert raised(world, "festival", day("2026-09-22")) == (2, 0)


# --- The model -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "month", "count"), [("0.4999", "2026-03-01", 1), ("0.5", "2026-03-01", 0), ("0.1", "2025-12-01", 0)]
)
def test_a_low_probability_that_is_not_too_old(world, p, month, count):
    market(world)
    client = world.clients["own"]
    facts(client, {"2025-11": 100})
    Forecast.objects.create(
        client=client, organisation=world.organisation, month=day(month), p_active=p, expected_months=0,
        expected_amount=0,
    )  # fmt: skip
    assert raised(world, "low_activity") == (count, 0)


def test_by_rules_nobody_is_probably_gone(world):
    market(world)
    facts(world.clients["own"], {"2025-11": 100})
    Forecast.objects.create(
        client=world.clients["own"], organisation=world.organisation, month=day("2026-03-01"), p_active=None,
        expected_months=0, expected_amount=0,
    )  # fmt: skip
    assert raised(world, "low_activity") == (0, 0)
