"""Files of products, holdings, loans and contracts."""

import json

import pytest
from django.core.management import CommandError, call_command

from clients.models import Contract, Holding, Loan, LoanCheck, Product, ProductClass, Upload
from clients.services import loans
from tests.clients.deals import days, has, loan, product
from tests.clients.helpers import problems, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_the_catalogue(world):
    organisation = world.organisation
    ProductClass.objects.create(organisation=organisation, code="class_1", name="一类烟")
    text = (
        "商品编码,商品名称,类别,品牌,价格,重点,上市日期,退市日期\n"
        "A1,云栖（软）,一类烟,云栖,300,是,2020-01-01,\n"
        "A2,江月（硬）,class_1,江月,100.5,否,,\n"
        "A1,重复,一类烟,,,,,\n"
        "A3,没有类别,五类烟,,,,,\n"
        "A4,,一类烟,,,,,\n"
        "A5,负价,一类烟,,-1,,,\n"
        "A6,退市在前,一类烟,,,,2020-02-01,2020-01-01\n"
        "A7,,,,,,2999-01-01,\n"
    )
    job, found = take_in(organisation, text, target=Upload.Target.PRODUCTS)
    assert job.error == ""
    assert found.report["created"] == 2
    assert problems(found) == [
        (4, "code", "duplicate"),
        (5, "class", "unknown_class"),
        (6, "name", "required"),
        (7, "price", "below_zero"),
        (8, "withdrawn_on", "ends_before_start"),
        (9, "launched_on", "date_impossible"),
    ]
    first = Product.objects.get(code="A1")
    assert (first.name, first.brand, first.price, first.is_key) == ("云栖（软）", "云栖", 300, True)
    _job, found = take_in(organisation, text, target=Upload.Target.PRODUCTS)
    assert (found.report["created"], found.report["updated"], found.report["unchanged"]) == (0, 0, 2)
    _job, found = take_in(organisation, "产品编码,价格\nA1,310\n", target=Upload.Target.PRODUCTS)
    assert found.report["updated"] == 1
    first.refresh_from_db()
    assert (first.price, first.name) == (310, "云栖（软）")


@pytest.mark.parametrize(("column", "target"), [("账号", Upload.Target.HOLDINGS), ("合同号", Upload.Target.CONTRACTS)])
def test_numbers_that_a_spreadsheet_has_shortened_are_refused(world, column, target):
    product(world.organisation, "一年定期", "deposit")
    text = f"客户编码,产品,{column}\n{world.clients['own'].code},一年定期,6.22202000000000e+15\n"
    _job, found = take_in(world.organisation, text, target=target)
    assert [reason for _row, _field, reason in problems(found)] == ["lost_digits"]


def test_a_number_too_large_for_its_field_refuses_the_row_alone(world):
    code = world.clients["own"].code
    head = "客户编码,借据号,本金,利率,放款日,到期日\n"
    text = f"{head}{code},L1,1000,12345,2025-01-01,2027-01-01\n{code},L2,1000,999.9996,2025-01-01,2027-01-01\n"
    _job, found = take_in(world.organisation, text, target=Upload.Target.LOANS)
    assert problems(found) == [(2, "rate", "number_too_big"), (3, "rate", "number_too_big")]
    head = "客户编码,合同编号,合同名称,生效日期,到期日期,提醒天数\n"
    _job, found = take_in(
        world.organisation, f"{head}{code},C1,框架,2026-01-01,2027-01-01,1000\n", target=Upload.Target.CONTRACTS
    )
    assert problems(found) == [(2, "notice_days", "number_too_big")]


def test_holdings_begin_change_and_end(world):
    organisation, client = world.organisation, world.clients["own"]
    deposit = product(organisation, "一年定期", "deposit")
    brand = product(organisation)
    product(organisation, "同名")
    product(organisation, "同名")
    has(client, brand, since=days(-100))
    text = (
        "客户编码,产品,账号,起息日,到期日,金额,结束日期\n"
        f"{client.code},一年定期,001,{days(-30)},{days(335)},50000,\n"
        f"{client.code},{deposit.code},002,{days(-30)},{days(335)},80000,\n"
        f"{client.code},云栖（软）,,,,,{days(-2)}\n"
        f"{client.code},同名,,,,,\n"
        f"NOBODY,一年定期,,,,,\n"
        f"{client.code},一年定期,001,{days(-30)},{days(335)},1,\n"
        f"{client.code},一年定期,003,{days(-30)},{days(-31)},1,\n"
    )
    job, found = take_in(organisation, text, target=Upload.Target.HOLDINGS)
    assert job.error == ""
    assert problems(found) == [
        (5, "product", "unknown_product"),
        (6, "code", "unknown_client"),
        (7, "product", "duplicate"),
        (8, "ends_on", "ends_before_start"),
    ]
    assert (found.report["created"], found.report["updated"]) == (2, 1)
    assert Holding.objects.get(client=client, product=brand).until == days(-2)
    again, found = take_in(organisation, text, target=Upload.Target.HOLDINGS)
    assert (found.report["created"], found.report["updated"], found.report["unchanged"]) == (0, 0, 3)
    assert again.hash == job.hash
    take_in(organisation, f"客户编码,产品,账号,金额\n{client.code},一年定期,001,60000\n", target=Upload.Target.HOLDINGS)
    held = Holding.objects.get(client=client, reference="001")
    assert (held.amount, held.ends_on) == (60000, days(335))


def test_the_ledger_of_loans_brings_duties(world):
    organisation, client = world.organisation, world.clients["own"]
    late = loan(client, granted_on=days(-60))
    loans.report(late.checks.get(), days(-40), "fine", "正常", world.am)
    other = loan(world.clients["team"])
    head = "客户编码,借据号,贷款金额,贷款余额,放款日期,到期日期,风险分类,逾期金额,逾期日期,结清日期\n"
    text = head + (
        f"{client.code},N1,100000,90000,{days(-10)},{days(355)},正常,,,\n"
        f"{client.code},{late.number},500000,380000,{days(-60)},{days(265)},关注,5000,{days(-8)},\n"
        f"{client.code},{other.number},1,1,{days(-10)},{days(355)},,,,\n"
        f"{client.code},N2,100000,100001,{days(-10)},{days(355)},,,,\n"
        f"{client.code},N3,100000,,{days(-10)},{days(-20)},,,,\n"
        f"{client.code},N4,,,,,,,,\n"
        f"{client.code},N5,1,1,{days(-10)},{days(355)},很好,,,\n"
    )
    job, found = take_in(organisation, text, target=Upload.Target.LOANS)
    assert job.error == ""
    assert problems(found) == [
        (4, "number", "other_clients_loan"),
        (5, "balance", "over_principal"),
        (6, "due_on", "ends_before_start"),
        (7, "principal", "required"),
        (8, "risk", "not_choice"),
    ]
    assert (found.report["created"], found.report["updated"]) == (1, 1)
    new = Loan.objects.get(number="N1")
    assert LoanCheck.objects.open().get(loan=new).due_on == days(5)
    late.refresh_from_db()
    assert (late.risk, late.overdue_amount, late.overdue_since) == ("watch", 5000, days(-8))
    assert LoanCheck.objects.open().get(loan=late).due_on == days(-10)  # the worse class brings it forward
    _job, found = take_in(organisation, text, target=Upload.Target.LOANS)
    assert (found.report["updated"], found.report["unchanged"]) == (0, 2)
    take_in(organisation, head + f"{client.code},{late.number},,,,,,,,{days(-1)}\n", target=Upload.Target.LOANS)
    late.refresh_from_db()
    assert (late.balance, late.overdue_since, late.closed_on) == (0, None, days(-1))
    assert not LoanCheck.objects.open().filter(loan=late).exists()


def test_contracts_are_added_brought_up_to_date_and_never_reopened(world):
    organisation, client = world.organisation, world.clients["own"]
    product(organisation)
    values = {"organisation": organisation, "starts_on": days(-400), "ends_on": days(-30), "title": "旧协议"}
    Contract.objects.create(client=world.clients["team"], number="T1", **values)
    Contract.objects.create(client=client, number="E1", ended_on=days(-50), ended_reason="歇业", **values)
    text = (
        "客户编码,合同编号,合同名称,产品,合同金额,签订日期,生效日期,到期日期,提醒天数\n"
        f"{client.code},H1,陈列协议,云栖（软）,1200.5,{days(-3)},{days(-2)},{days(363)},30\n"
        f"{client.code},H2,终端协议,,,,{days(-2)},{days(-3)},\n"
        f"{client.code},H3,,,,,{days(-2)},{days(3)},\n"
        f"{client.code},T1,别家的,,,,{days(-2)},{days(3)},\n"
        f"{client.code},E1,已结束,,,,{days(-2)},{days(3)},\n"
        f"{client.code},H4,没有的产品,火星牌,,,{days(-2)},{days(3)},\n"
        f"{client.code},H5,负数,,-1,,{days(-2)},{days(3)},\n"
        f"{client.code},H6,还没到,,,{days(2)},{days(-2)},{days(3)},\n"
        f"NOBODY,H7,谁,,,,{days(-2)},{days(3)},\n"
        f"{client.code},H1,重复,,,,{days(-2)},{days(3)},\n"
    )
    job, found = take_in(organisation, text, target=Upload.Target.CONTRACTS)
    assert job.error == ""
    assert problems(found) == [
        (3, "ends_on", "ends_before_start"),
        (4, "title", "required"),
        (5, "number", "other_clients_contract"),
        (6, "number", "contract_over"),
        (7, "product", "unknown_product"),
        (8, "amount", "below_zero"),
        (9, "signed_on", "date_out_of_range"),
        (10, "code", "unknown_client"),
        (11, "number", "duplicate"),
    ]
    made = Contract.objects.get(number="H1")
    assert (made.client, made.title, made.product.name, str(made.amount)) == (
        client,
        "陈列协议",
        "云栖（软）",
        "1200.50",
    )
    assert (made.signed_on, made.ends_on, made.notice_days) == (days(-3), days(363), 30)
    again, found = take_in(organisation, text, target=Upload.Target.CONTRACTS)
    assert (found.report["created"], found.report["updated"], found.report["unchanged"]) == (0, 0, 1)
    assert again.hash == job.hash
    take_in(organisation, f"客户编码,合同编号,合同金额\n{client.code},H1,900\n", target=Upload.Target.CONTRACTS)
    made.refresh_from_db()
    assert (made.amount, made.title, made.notice_days) == (900, "陈列协议", 30)


def test_on_the_command_line(world, tmp_path, capsys):
    ProductClass.objects.create(organisation=world.organisation, code="class_1", name="一类烟")
    files = {
        "products": "商品编码,商品名称,类别\nA1,云栖,class_1\nA1,重复,class_1\n",
        "holdings": "客户编码,产品,起息日\n530100000001,A1,2026-01-05\nNOBODY,A1,2026-01-05\n",
        "loans": "客户编码,借据号,贷款金额,贷款余额,放款日期,到期日期\n"
        "530100000001,L1,1000,900,2026-01-05,2027-01-05\n",
    }
    for kind, text in files.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="gb18030")
        for created in (1, 0):
            call_command("import_deals", kind, str(path), "--org", "ALPHA", "--json")
            answer = json.loads(capsys.readouterr().out)
            assert (answer["created"], answer["updated"]) == (created, 0), (kind, answer)
        assert answer["rejected"] == len(text.splitlines()) - 2
    with pytest.raises(CommandError, match="NOPE"):
        call_command("import_deals", "loans", str(path), "--org", "NOPE")
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("import_deals", "facts", str(path), "--org", "ALPHA")
