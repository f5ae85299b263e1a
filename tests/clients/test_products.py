"""Catalogue, holdings, listing, contracts, loans and the duty of post-loan visits."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from clients.models import Contract, Holding, Loan, LoanCheck, Product, ProductClass
from clients.services import catalogue, contracts, loans, products
from crm.lib import periods
from people.schemes import SchemeError
from people.services import create_organisation
from tests.clients.deals import contract, days, has, loan, product
from tests.clients.helpers import sent_back
from tests.facts import fact

pytestmark = pytest.mark.django_db


def browser(world, role="am"):
    made = Browser()
    made.force_login(world.actors[role])
    return made


# --- Catalogue --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "code"), [("tobacco", "class_1"), ("bank", "deposit"), ("other", "goods")])
def test_a_new_organisation_has_the_catalogue_of_its_industry(profile, code):
    organisation = create_organisation(f"N-{profile}", "新公司", profile)
    assert ProductClass.objects.filter(organisation=organisation, code=code).exists()


def test_a_catalogue_file_round_trip(world, tmp_path, capsys):
    call_command("load_scheme", str(catalogue.SHIPPED / "bank.json"), "--org", "BETA")
    call_command("load_scheme", str(catalogue.SHIPPED / "bank.json"), "--org", "BETA")
    before = Product.objects.filter(organisation=world.other_organisation).count()
    assert before == sum(len(one["products"]) for one in catalogue.shipped("bank")["classes"])
    capsys.readouterr()
    call_command("export_scheme", "--org", "BETA", "--kind", "catalogue")
    data = json.loads(capsys.readouterr().out)
    Product.objects.filter(organisation=world.other_organisation).delete()
    ProductClass.objects.filter(organisation=world.other_organisation).delete()
    catalogue.load(world.other_organisation, data)
    assert catalogue.export(world.other_organisation) == data


@pytest.mark.parametrize(
    "classes",
    [
        None,
        [],
        ["x"],
        [{"code": "a"}],
        [{"code": "a", "name": "一类", "nature": "gift"}],
        [{"code": "a", "name": "一类", "products": [{"code": "p"}]}],
        [{"code": "a", "name": "一类", "products": [{"code": "p", "name": "品", "price": "贵"}]}],
        [{"code": "a", "name": "一类", "products": [{"code": "p", "name": "品", "launched_on": "2026-02-30"}]}],
        [
            {
                "code": "a",
                "name": "一类",
                "products": [
                    {"code": "p", "name": "品", "launched_on": "2026-02-01", "withdrawn_on": "2026-01-01"},
                ],
            }
        ],
    ],
)
def test_a_faulty_catalogue_file_changes_nothing(world, classes):
    with pytest.raises(SchemeError):
        catalogue.load(world.organisation, {"classes": classes})
    assert not ProductClass.objects.filter(organisation=world.organisation).exists()


def test_only_what_is_on_sale_is_on_offer(world):
    organisation = world.organisation
    sold = product(organisation)
    product(organisation, "未上市", launched_on=days(1))
    product(organisation, "已退市", withdrawn_on=days(0))
    last_day = product(organisation, "最后一天", withdrawn_on=days(1))
    assert set(Product.objects.filter(organisation=organisation).on_offer(days(0))) == {sold, last_day}


# --- Holdings and listing -----------------------------------------------------------------------------------------


def test_the_shelf_as_ticked(world):
    client, am = world.clients["own"], world.am
    first, second, third = (product(world.organisation, name, is_key=True) for name in "甲乙丙")
    service = product(world.organisation, "扫码收银", "service")
    has(client, service)
    assert products.set_listing(client, {first.pk, second.pk}, am) == (2, 0)
    assert products.set_listing(client, {first.pk, second.pk}, am) == (0, 0)
    assert products.listing_share(client) == (2, 3)
    assert products.set_listing(client, {second.pk, third.pk, service.pk, 0}, am) == (1, 1)
    running = Holding.objects.filter(client=client).running()
    assert set(running.values_list("product", flat=True)) == {second.pk, third.pk, service.pk}
    gone = Holding.objects.get(client=client, product=first)
    assert gone.until == days(0)
    assert gone.ended_reason
    assert gone.changed_by == am


def test_taking_up_again_keeps_the_first_day_and_numbers_are_told_apart(world):
    client = world.clients["own"]
    deposit = product(world.organisation, "一年定期", "deposit")
    first = has(client, deposit, reference="1", since=days(-90), amount=10_000, ends_on=days(275))
    has(client, deposit, reference="2", amount=20_000)
    again = has(client, deposit, reference="1", amount=15_000)
    assert (again.pk, again.since, again.amount) == (first.pk, days(-90), 15_000)
    assert Holding.objects.filter(client=client).count() == 2


def test_what_is_about_to_mature_and_what_was_dropped(world):
    client, other = world.clients["own"], world.clients["team"]
    deposit, brand = product(world.organisation, "一年定期", "deposit"), product(world.organisation)
    soon = has(client, deposit, reference="1", since=days(-360), ends_on=days(5))
    has(client, deposit, reference="2", since=days(-300), ends_on=days(65))
    assert list(Holding.objects.ending(days(0), days(14))) == [soon]
    dropped = products.end(has(client, brand, since=days(-30)), days(-3), "卖得慢", world.am)
    back = products.end(has(other, brand, since=days(-30)), days(-3), "缺货", world.am)
    has(other, brand)
    assert set(Holding.objects.dropped(days(-10), days(0))) == {dropped}
    assert back.until == days(-3)


def test_impossible_holdings_are_refused(world):
    client = world.clients["own"]
    brand, foreign = product(world.organisation), product(world.other_organisation)
    with pytest.raises(ValidationError):
        has(client, foreign)
    with pytest.raises(ValidationError):
        has(client, brand, ends_on=days(-1))
    holding = has(client, brand)
    for day in (days(-1), days(1)):
        with pytest.raises(ValidationError):
            products.end(holding, day, "", world.am)
    products.end(holding, days(0), "", world.am)
    with pytest.raises(ValidationError):
        products.end(holding, days(0), "", world.am)
    with pytest.raises(IntegrityError), transaction.atomic():
        Holding.objects.create(
            client=client, organisation_id=client.organisation_id, product=brand, since=days(0), until=days(-1)
        )


def test_the_shelf_on_the_client_page(world):
    client = world.clients["own"]
    brand = product(world.organisation, is_key=True)
    page = browser(world)
    assert "云栖（软）" in page.get(f"/clients/{client.pk}/?tab=products").content.decode()
    answer = page.post(f"/clients/{client.pk}/listing/", {"products": [brand.pk, "x", "999999999"]}, follow=True)
    assert (answer.context["tab"]["listed"], answer.context["tab"]["key"]) == (1, 1)
    assert [n for _product, n in page.get("/clients/products/matrix/").context["columns"]] == [1]
    rows = page.get(f"/clients/products/{brand.pk}/").context
    assert rows["counts"] == {"": 1, "without": 0, "dropped": 0}


def test_what_was_bought_by_class(world):
    client = world.clients["own"]
    for code in ("class_1", "class_2"):
        ProductClass.objects.create(organisation=world.organisation, code=code, name=code, measure=code)
    month = periods.add_months(periods.this_month(), -1)
    fact(client, f"{month:%Y-%m}", 100, measures={"class_1": 30, "class_2": 10, "deposits": 5})
    fact(client, f"{periods.add_months(month, -3):%Y-%m}", 100, measures={"class_1": 30, "class_2": 10})
    fact(client, f"{periods.add_months(month, -13):%Y-%m}", 100, measures={"class_2": 500})
    assert [(one.code, total, share) for one, total, share in products.class_mix(client)] == [
        ("class_1", 60, Decimal("0.75")),
        ("class_2", 20, Decimal("0.25")),
    ]
    assert products.class_mix(world.clients["team"]) == []


def test_holdings_and_catalogue_by_form(world):
    client = world.clients["own"]
    deposit = product(world.organisation, "一年定期", "deposit")
    page = browser(world)
    answer = page.post(
        f"/clients/{client.pk}/holdings/new/",
        {"product": deposit.pk, "since": days(-1), "ends_on": days(-5), "amount": "100"},
    )
    assert answer.context["form"].errors.keys() == {"ends_on"}
    answer = page.post(f"/clients/{client.pk}/holdings/new/", {"product": deposit.pk, "since": days(1), "amount": "-1"})
    assert answer.context["form"].errors.keys() == {"since", "amount"}
    page.post(f"/clients/{client.pk}/holdings/new/", {"product": deposit.pk, "since": days(-1), "amount": "100"})
    holding = Holding.objects.get(client=client)
    page.post(f"/clients/holdings/{holding.pk}/end/", {"until": str(days(0)), "reason": "转走"})
    holding.refresh_from_db()
    assert (holding.until, holding.ended_reason) == (days(0), "转走")
    hr = browser(world, "hr")
    values = {"name": "新品", "code": deposit.code, "product_class": deposit.product_class_id}
    answer = hr.post("/clients/products/new/", values)
    assert answer.context["form"].errors.keys() == {"code"}
    hr.post("/clients/products/new/", values | {"code": "NEW"})
    assert Product.objects.get(code="NEW").organisation == world.organisation


# --- Contracts ------------------------------------------------------------------------------------------------------


def test_the_life_of_a_contract(world):
    client, am = world.clients["own"], world.am
    found = contract(client, signed_on=None, ends_on=days(30), notice_days=40)
    assert list(Contract.objects.unsigned()) == [found]
    with pytest.raises(ValidationError):
        contracts.sign(found, days(1))
    contracts.sign(found, days(0))
    assert list(Contract.objects.in_force(days(0))) == list(Contract.objects.to_renew(days(0))) == [found]
    assert list(Contract.objects.ending(days(0), days(29))) == []
    assert list(Contract.objects.ending(days(0), days(30))) == [found]
    successor = contracts.renew(found, am)
    assert successor.starts_on == days(31)
    assert successor.ends_on - successor.starts_on == found.ends_on - found.starts_on
    assert successor.number == f"{found.number}-2"
    assert not Contract.objects.to_renew(days(0)).exists()
    with pytest.raises(ValidationError):
        contracts.renew(found, am)
    contracts.sign(successor, days(0))
    assert contracts.renew(successor, am).number == f"{found.number}-3"
    with pytest.raises(ValidationError):
        contracts.end(successor, days(0), " ")
    contracts.end(successor, days(0), "客户搬走")
    with pytest.raises(ValidationError):
        contracts.renew(successor, am)


def test_a_successor_that_is_withdrawn_leaves_the_contract_to_be_renewed(world):
    found = contract(world.clients["own"], ends_on=days(30))
    wrong = contracts.renew(found, world.am)
    contracts.end(wrong, days(0), "条件有误")
    assert list(Contract.objects.to_renew(days(0))) == [found]
    assert contracts.renew(found, world.am).number == f"{found.number}-3"


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "until"),
    [
        ("2027-01-01", "2027-12-31", "2028-12-31"),
        ("2024-01-01", "2024-12-31", "2025-12-31"),
        ("2026-11-30", "2027-02-27", "2027-05-27"),
        ("2026-03-10", "2026-03-19", "2026-03-29"),
    ],
)
def test_a_successor_runs_as_many_months_as_the_one_before(world, starts_on, ends_on, until):
    found = contract(world.clients["own"], starts_on=starts_on, ends_on=ends_on, signed_on=starts_on)
    found.refresh_from_db()
    assert str(contracts.renew(found, world.am).ends_on) == until


def test_a_day_that_is_none_is_asked_back(world):
    page, found = browser(world), contract(world.clients["own"], signed_on=None)
    for day in ("20266-05-01", "2026-02-30"):
        answer = page.post(f"/clients/contracts/{found.pk}/sign/", {"day": day}, follow=True)
        assert "请选择日期" in answer.content.decode()
    found.refresh_from_db()
    assert found.signed_on is None


def test_a_product_withdrawn_since_stays_with_its_contract_and_its_loan(world):
    page, client = browser(world), world.clients["own"]
    service, credit = product(world.organisation, "代发工资", "service"), product(world.organisation, "经营贷", "loan")
    signed, owed = contract(client, product=service, signed_on=None), loan(client, product=credit)
    Product.objects.update(withdrawn_on=days(-1))
    for found, address in (
        (signed, f"/clients/contracts/{signed.pk}/edit/"),
        (owed, f"/clients/loans/{owed.pk}/edit/"),
    ):
        form = page.get(address).context["form"]
        assert page.post(address, sent_back(form)).status_code == 302
        before = found.product
        found.refresh_from_db()
        assert found.product == before
    assert Holding.objects.running().filter(client=client, product=credit).exists()


def test_a_holding_is_not_brought_to_an_end_before_it_began(world):
    client, page = world.clients["own"], browser(world)
    deposit = product(world.organisation, "一年定期", "deposit")
    products.take_up(client, deposit, world.am, since=days(-10))
    values = {"product": deposit.pk, "since": days(-100), "ends_on": days(-50)}
    answer = page.post(f"/clients/{client.pk}/holdings/new/", values)
    assert answer.context["form"].errors.keys() == {"ends_on"}


def test_steps_are_performed_once(world):
    found = contract(world.clients["own"])
    step = found.steps.create(title="陈列补贴", due_on=days(-1), amount=300)
    assert found.steps.all().open().count() == 1
    with pytest.raises(ValidationError):
        contracts.perform(step, days(1), world.am)
    contracts.perform(step, days(0), world.am, "已付")
    again = contracts.perform(step, days(-1), world.supervisor)
    assert (again.done_on, again.done_by, again.note) == (days(0), world.am, "已付")
    assert not found.steps.all().open().exists()


def test_contracts_by_form(world):
    client = world.clients["own"]
    page = browser(world)
    values = {
        "title": "终端协议", "number": "HT-1", "starts_on": days(0), "ends_on": days(-1), "notice_days": 60, "note": "",
    }  # fmt: skip
    answer = page.post(f"/clients/{client.pk}/contracts/new/", values)
    assert answer.context["form"].errors.keys() == {"ends_on"}
    answer = page.post(f"/clients/{client.pk}/contracts/new/", values | {"ends_on": "2926-01-01"})
    assert answer.context["form"].errors.keys() == {"ends_on"}
    page.post(f"/clients/{client.pk}/contracts/new/", values | {"ends_on": days(30)})
    found = Contract.objects.get(number="HT-1")
    assert found.made_by == world.am
    answer = page.post(f"/clients/{client.pk}/contracts/new/", values | {"ends_on": days(30)})
    assert answer.context["form"].errors.keys() == {"number"}
    page.post(f"/clients/contracts/{found.pk}/sign/", {"day": str(days(0))})
    page.post(f"/clients/contracts/{found.pk}/steps/new/", {"title": "付款", "due_on": days(10), "amount": "100"})
    listed = page.get("/clients/contracts/").context["page"].items
    assert [(one.pk, one.steps_all, one.steps_done) for one in listed] == [(found.pk, 1, 0)]
    page.post(f"/clients/contracts/steps/{found.steps.get().pk}/done/")
    answer = page.post(f"/clients/contracts/{found.pk}/renew/", follow=True)
    assert answer.context["contract"].renews == found


# --- Loans ----------------------------------------------------------------------------------------------------------


def test_a_loan_brings_its_duty_and_a_visit_fulfils_it(world):
    client, am = world.clients["own"], world.am
    found = loan(client, granted_on=days(-20))
    duty = LoanCheck.objects.get(loan=found)
    assert duty.due_on == days(-20 + loans.FIRST_CHECK_DAYS)
    assert list(LoanCheck.objects.late(days(0))) == [duty]
    assert loans.fulfil(client, days(0), am, visit_id=77, note="用途一致") == [duty]
    assert loans.fulfil(client, days(0), am, visit_id=77) == []
    duty.refresh_from_db()
    assert (duty.done_on, duty.visit_id, duty.note) == (days(0), 77, "用途一致")
    coming = LoanCheck.objects.open().get(loan=found)
    assert coming.due_on == days(90)
    assert loans.fulfil(client, days(1), am, visit_id=78) == []  # three months early is another matter
    loans.report(duty, days(0), "fine", "正常", am)
    duty.refresh_from_db()
    assert (duty.finding, duty.visit_id) == ("fine", 77)


def test_a_worse_class_brings_the_duty_forward_and_the_end_drops_it(world):
    found = loan(world.clients["own"], granted_on=days(-100))
    loans.report(found.checks.get(), days(-40), "watch", "应收上升", world.am)
    assert LoanCheck.objects.open().get(loan=found).due_on == days(50)
    found.risk = "watch"
    loans.save_loan(found, world.am)
    assert LoanCheck.objects.open().get(loan=found).due_on == days(-10)
    found.risk = "normal"
    loans.save_loan(found, world.am)
    assert LoanCheck.objects.open().get(loan=found).due_on == days(-10)
    found.balance, found.closed_on = 0, days(0)
    loans.save_loan(found, world.am)
    assert not LoanCheck.objects.open().filter(loan=found).exists()
    assert found.checks.count() == 1


def test_a_loan_is_among_what_the_client_has_until_it_is_paid_back(world):
    client = world.clients["own"]
    first, second = (product(world.organisation, name, "loan") for name in ("流动资金贷款", "税信贷"))
    found = loan(client, product=first)
    held = Holding.objects.get(client=client)
    assert (held.product, held.reference, held.amount, held.ends_on) == (first, found.number, 400_000, None)
    found.balance = 300_000
    loans.save_loan(found, world.am)
    assert Holding.objects.get(client=client).amount == 300_000
    found.product = second
    loans.save_loan(found, world.am)
    assert Holding.objects.running().get(client=client).product == second
    found.balance, found.closed_on = 0, days(-1)
    loans.save_loan(found, world.am)
    assert not Holding.objects.running().filter(client=client).exists()


def test_an_organisation_has_its_own_intervals(world):
    client = world.clients["own"]
    client.organisation.settings = {loans.SETTING: {"first": 7, "normal": 60}}
    found = loan(client, granted_on=days(-10))
    assert LoanCheck.objects.get(loan=found).due_on == days(-3)
    assert loans.interval(found) == 60
    found.check_days = 45
    assert loans.interval(found) == 45


def test_which_loans_are_overdue_end_and_are_bad(world):
    client = world.clients["own"]
    late = loan(client, overdue_amount=8000, overdue_since=days(-12), risk="substandard")
    ending = loan(client, due_on=days(20))
    loan(client, balance=0, closed_on=days(-1))
    assert late.overdue_days(days(0)) == 12
    assert list(Loan.objects.overdue()) == list(Loan.objects.bad()) == [late]
    assert list(Loan.objects.ending(days(0), days(30))) == [ending]
    assert Loan.objects.running().count() == 2
    page = browser(world)
    context = page.get("/clients/loans/?state=overdue").context
    assert [one.pk for one in context["page"].items] == [late.pk]
    assert context["sums"]["late"] == 8000
    assert context["bad_rate"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "values",
    [
        {"balance": 600_000},
        {"balance": -1},
        {"due_on": days(-100)},
        {"overdue_amount": 10},
        {"overdue_since": dt.date(2026, 1, 1)},
        {"closed_on": days(0)},
    ],
)
def test_impossible_loans_are_refused_by_the_database(world, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        loan(world.clients["own"], **values)


def test_loans_by_form(world):
    client = world.clients["own"]
    page = browser(world)
    values = {
        "number": "DK-1", "principal": "100000", "balance": "100001", "granted_on": days(-10), "due_on": days(-11),
        "risk": "normal", "overdue_amount": "5", "guarantee": "", "purpose": "",
    }  # fmt: skip
    answer = page.post(f"/clients/{client.pk}/loans/new/", values)
    assert answer.context["form"].errors.keys() == {"balance", "due_on", "overdue_since"}
    page.post(
        f"/clients/{client.pk}/loans/new/",
        values | {"balance": "100000", "due_on": days(300), "overdue_amount": "0"},
    )
    found = Loan.objects.get(number="DK-1")
    duty = found.checks.get()
    answer = page.post(f"/clients/loans/checks/{duty.pk}/", {"done_on": days(1), "finding": "fine", "note": "正常"})
    assert answer.context["form"].errors.keys() == {"done_on"}
    page.post(f"/clients/loans/checks/{duty.pk}/", {"done_on": days(0), "finding": "risk", "note": "停产"})
    duty.refresh_from_db()
    assert (duty.finding, duty.done_on) == ("risk", days(0))
    answer = page.post(
        f"/clients/loans/{found.pk}/edit/", values | {"due_on": days(300), "overdue_amount": "0", "closed_on": days(0)}
    )
    assert "closed_on" in answer.context["form"].errors
