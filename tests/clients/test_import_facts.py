"""Monthly facts come in by client code and month."""

from decimal import Decimal

import pytest

from clients.models import MonthlyFact, Upload
from tests.clients.helpers import problems, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def facts_in(world, text, **options):
    return take_in(world.organisation, text, target=Upload.Target.FACTS, **options)


CODE = "530100000001"


@pytest.mark.parametrize(
    "month",
    ["2015-03", "2015/3", "201503", "2015年3月", "2015-03-31", "２０１５－０３", "2015.03", "2015-03-01 00:00:00"],
)
def test_months(world, month):
    job, _found = facts_in(world, f"code,month,amount\n{CODE},{month},1\n")
    assert job.result["created"] == 1
    assert MonthlyFact.objects.get().month.isoformat() == "2015-03-01"


@pytest.mark.parametrize(
    "month", ["2015-13", "2015", "31.03.2015", "2999-01", "1980-01", "三月", "2015-02-30", "2015.1"]
)
def test_no_months(world, month):
    job, _found = facts_in(world, f"code,month,amount\n{CODE},{month},1\n")
    assert job.result["rejected"] == 1
    assert not MonthlyFact.objects.exists()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.5", "1234.50"),
        ('"1,234,567.891"', "1234567.89"),
        ("１２３．４", "123.40"),
        ("１２３", "123"),
        ("¥88", "88"),
        ("88元", "88"),
        ('"(12.50)"', "-12.50"),
        ("-3", "-3"),
        (".5", "0.5"),
    ],
)
def test_amounts(world, text, amount):
    job, _found = facts_in(world, f"code,month,amount\n{CODE},2015-03,{text}\n")
    assert job.result["rejected"] == 0
    assert MonthlyFact.objects.get().amount == Decimal(amount)


@pytest.mark.parametrize("text", ["abc", '"1,23"', "1e5", "12万", "1" * 20, "NaN", "--1"])
def test_no_amounts(world, text):
    job, _found = facts_in(world, f"code,month,amount\n{CODE},2015-03,{text}\n")
    assert (job.result["rejected"], MonthlyFact.objects.count()) == (1, 0)


def test_bad_rows_are_named(world):
    text = f"code,month,amount\n{CODE},2015-03,1\nX,2015-03,1\n{CODE},2015-03,2\n{CODE},2015-04,\n{CODE},2015-05,-7\n"
    job, found = facts_in(world, text)
    assert problems(found) == [
        (3, "code", "unknown_client"),
        (4, "code", "duplicate"),
        (5, "", "no_figures"),
        (6, "amount", "negative"),
    ]
    assert (job.result["created"], job.result["rejected"], job.result["warnings"]) == (2, 3, 1)
    assert MonthlyFact.objects.get(month="2015-03-01").amount == 1


def test_client_of_another_organisation_is_unknown(world):
    _job, found = facts_in(world, f"code,month,amount\n{world.clients['other_org'].code},2015-03,1\n")
    assert problems(found) == [(2, "code", "unknown_client")]


def test_twice_and_corrected(world):
    text = f"code,month,amount,quantity\n{CODE},2015-03,10,3\n"
    first, _found = facts_in(world, text)
    again, _found = facts_in(world, text)
    assert (again.result["created"], again.result["updated"], again.result["unchanged"]) == (0, 0, 1)
    assert again.hash == first.hash
    corrected, _found = facts_in(world, f"code,month,amount\n{CODE},2015-03,11\n")
    assert corrected.result["updated"] == 1
    found = MonthlyFact.objects.get()
    assert (found.amount, found.quantity) == (11, 3)


def test_measures_of_the_industry(world):
    facts_in(world, f'编码,月份,日均存款,自定义\n{CODE},2015-03,"1,200.50",7\n')
    assert MonthlyFact.objects.get().measures == {"deposits": 1200.5}
    job, _found = facts_in(world, f"编码,月份,贷款,自定义\n{CODE},2015-03,007,8.10\n", keep_others=True)
    assert job.result["updated"] == 1
    assert MonthlyFact.objects.get().measures == {"deposits": 1200.5, "loans": 7, "自定义": 8.1}
