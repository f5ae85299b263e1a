"""Values from elsewhere, the workbook of a run, and the trial of a scheme."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse
from python_calamine import CalamineWorkbook

from clients.imports.reading import open_table
from crm.lib import periods
from crm.lib.models import AuditEvent
from kpi import adjusting, metrics, services
from kpi.metrics import Span
from kpi.models import ImportedValue, ManagerValue, Run, Scheme
from kpi.reports import trials
from tests.kpi.helpers import OCTOBER, computed_run, leaf, scheme, soft, visit

pytestmark = pytest.mark.django_db
D = Decimal

# --- Values from elsewhere --------------------------------------------------------------------------------------


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "values.csv"
    path.write_bytes(text.encode(encoding))
    return open_table(path)


def test_import_reads_percents_names_and_reports_lines(world, tmp_path):
    text = (
        '工号,姓名,销售预测准确率,日均存款\nam,李明,92.5%,"1,200,000"\nnobody,谁,80%,1\nam.team,王芳,x,\n'
        "AM.SOUTH,赵强,0.8,5\n"
    )
    report = adjusting.import_values(world.organisation, OCTOBER, table(tmp_path, text, "gb18030"), world.hr)
    assert (report.values, report.people) == (4, 2)
    assert [line for line, _text in report.problems] == [3, 4]
    values = {(one.manager.username, one.metric): one.value for one in ImportedValue.objects.select_related("manager")}
    assert values == {
        ("am", "import:forecast_accuracy"): D("0.925"),
        ("am", "import:deposits"): 1200000,
        ("am.south", "import:forecast_accuracy"): D("0.8"),
        ("am.south", "import:deposits"): 5,
    }
    row = next(
        iter(metrics.get("import:forecast_accuracy").values(Span.of(world.organisation, OCTOBER).only(world.am.pk)))
    )
    assert row["value"] == D("0.925")


def test_the_same_file_again_replaces_and_does_not_add(world, tmp_path):
    for accuracy in ("0.9", "0.7"):
        adjusting.import_values(
            world.organisation, OCTOBER, table(tmp_path, f"username,forecast_accuracy\nam,{accuracy}\n"), world.hr
        )
    assert ImportedValue.objects.get().value == D("0.7")


def test_the_template_can_be_filled_in_and_taken(world, tmp_path):
    scheme(world.organisation, [leaf("import:forecast_accuracy")])
    browser = Browser()
    browser.force_login(world.hr)
    answer = browser.get(reverse("kpi:import-template") + "?period=2026-10")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["用户名", "客户经理", "销售预测准确率"]
    assert [row[0] for row in rows[1:]] == ["am", "am.team", "am.south"]


def taken(world, tmp_path, text):
    """The report of an import for October, and what is stored after it."""
    report = adjusting.import_values(world.organisation, OCTOBER, table(tmp_path, text), world.hr)
    stored = ImportedValue.objects.filter(period="2026-10").select_related("manager")
    return report, {(one.manager.username, one.metric.partition(":")[2]): one.value for one in stored}


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("listing_rate", "92.5%", "0.925"),
        ("listing_rate", "９２.5％", "0.925"),
        ("listing_rate", "0.925", "0.925"),
        ("listing_rate", "1", "1"),
        ("attainment", "120%", "1.2"),
        ("attainment", "1.2", "1.2"),
        ("shop_profit", "-3%", "-0.03"),
        ("deposits", '"1,200,000.5"', "1200000.5"),
        ("fees", "-12", "-12"),
        ("exam", "88.5", "88.5"),
    ],
)
def test_what_is_taken(world, tmp_path, column, text, value):
    report, stored = taken(world, tmp_path, f"工号,{column}\nam,{text}\n")
    assert (report.problems, stored) == ([], {("am", column): D(value)})


@pytest.mark.parametrize(
    ("column", "text", "word"),
    [
        ("listing_rate", "92.5", "92.5% 或 0.925"),
        ("listing_rate", "120%", "100%"),
        ("listing_rate", "-1%", "0%"),
        ("attainment", "92.5", "92.5% 或 0.925"),
        ("listing_rate", '"92,5%"', "不是数字"),
        ("deposits", '"1,5"', "不是数字"),
        ("deposits", "85%", "比率"),
        ("deposits", "-1", "至少"),
        ("deposits", "12345678901234567890", "太大"),
        ("exam", "101", "100"),
        ("deposits", "NaN", "不是数字"),
    ],
)
def test_what_is_refused_names_line_and_column(world, tmp_path, column, text, word):
    report, stored = taken(world, tmp_path, f"工号,{column},overdue_rate\nam,{text},3%\n")
    ((line, problem),) = report.problems
    assert (line, stored) == (2, {("am", "overdue_rate"): D("0.03")})
    assert f"“{column}”列" in problem
    assert word in problem


def test_a_value_that_stands_twice_is_not_guessed(world, tmp_path):
    world.am.employee_number = "1001"
    world.am.save()
    text = "工号,deposits,fees\nam,5,1\nam.team,6,2\n1001,7,\nam,8,\n"
    report, stored = taken(world, tmp_path, text)
    assert stored == {("am", "fees"): 1, ("am.team", "deposits"): 6, ("am.team", "fees"): 2}
    assert [line for line, _text in report.problems] == [4, 5]
    assert "第 2、4、5 行" in report.problems[-1][1]


def test_a_number_that_means_several_people_is_not_guessed(world, tmp_path):
    world.managers["team"].employee_number = world.am.username
    world.managers["team"].save()
    report, stored = taken(world, tmp_path, "工号,deposits\nam,5\nam.team,6\n")
    assert stored == {("am.team", "deposits"): 6}
    ((line, problem),) = report.problems
    assert line == 2
    assert "有多人的工号是“am”" in problem


def test_two_columns_of_one_indicator_are_refused(world, tmp_path):
    with pytest.raises(ValidationError, match="日均存款"):
        taken(world, tmp_path, "工号,deposits,日均存款\nam,5,6\n")


def test_columns_that_are_no_indicator_are_named(world, tmp_path):
    report, stored = taken(world, tmp_path, "工号,姓名,deposits,存款余额,\nam,李明,5,7,\n")
    assert (report.unknown, stored) == (["存款余额"], {("am", "deposits"): 5})


def test_whoever_is_not_scored_is_refused(world, tmp_path):
    text = "工号,deposits\nhr,1\nsupervisor,2\nbo,3\nam,4\n".replace("bo", world.actors["back_office"].username)
    report, stored = taken(world, tmp_path, text)
    assert ([line for line, _text in report.problems], stored) == ([2, 3, 4], {("am", "deposits"): 4})
    rules = {"tree": [leaf("import:exam")]}
    Scheme.objects.create(
        organisation=world.organisation, name="后台", role="back_office", rules=rules, published_at=periods.now()
    )
    _report, stored = taken(world, tmp_path, text)
    assert stored[world.actors["back_office"].username, "deposits"] == 3


def test_what_a_scheme_names_by_itself_can_be_imported(world, tmp_path):
    scheme(world.organisation, [leaf("import:first_aid")])
    _report, stored = taken(world, tmp_path, "工号,first aid\nam,80%\n")
    assert stored == {("am", "first_aid"): D("0.8")}


def test_the_page_lists_values_and_hr_removes_one(world, tmp_path):
    scheme(world.organisation, [leaf("import:listing_rate")])
    taken(world, tmp_path, "工号,listing_rate\nam,92.5%\nam.team,80%\n")
    own = ImportedValue.objects.get(manager=world.am)
    browser, url = Browser(), reverse("kpi:imports") + "?period=2026-10"
    remove = reverse("kpi:import-remove", args=[own.pk])
    browser.force_login(world.actors["admin"])
    text = browser.get(url).content.decode()
    assert "92.5%" in text
    assert "应有" in text
    assert remove not in text
    assert browser.post(remove).status_code == 403
    browser.force_login(world.hr)
    assert remove in browser.get(url).content.decode()
    run = services.review(computed_run(world.organisation), world.hr)
    browser.post(remove)
    assert ImportedValue.objects.count() == 2  # checked by now
    assert remove not in browser.get(url).content.decode()
    services.send_back(run, world.hr, "重算")
    browser.post(remove)
    assert list(ImportedValue.objects.values_list("manager__username", flat=True)) == ["am.team"]
    gone = AuditEvent.objects.get(table="kpi_importedvalue")
    assert (gone.action, gone.actor_id, gone.before["value"]) == ("delete", world.hr.pk, 0.925)


# --- Workbook and trial -----------------------------------------------------------------------------------------


def test_the_workbook_of_a_run(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100"), ], name="=1+1")  # fmt: skip
    soft(world.am, 80, world.supervisor)
    run = computed_run(world.organisation)
    browser = Browser()
    browser.force_login(world.hr)
    answer = browser.get(reverse("kpi:run-export", args=[run.pk]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    scores = book.get_sheet_by_index(0).to_python()
    assert scores[0][:7] == ["名次", "客户经理", "用户名", "机构", "比较组", "得分", "档次"]
    assert scores[1][:7] == [1, "李明", "am", "东街网格", "云岭县烟草公司", 80, "良"]
    assert scores[1][8:] == [80, 80]
    assert "=1+1 v1" in [cell for row in book.get_sheet_by_index(1).to_python() for cell in row]


def test_the_scheme_of_a_checked_run_can_be_tried(world):
    used = scheme(world.organisation, [leaf("soft:attitude", high="100")])
    soft(world.am, 80, world.supervisor)
    run = services.review(computed_run(world.organisation), world.hr)
    found = trials.trial(used, OCTOBER)
    assert [row["score"] for row in found.rows if row["name"] == world.am.name] == [80]
    run.refresh_from_db()
    assert run.state == "reviewed"


def test_a_trial_leaves_no_trace(world):
    visit(world.clients["own"], dt.date(2026, 10, 14))
    draft = Scheme.objects.create(
        organisation=world.organisation, name="试算", rules={"tree": [leaf("visits_made", high="2")]}
    )
    before = Run.objects.count(), ManagerValue.objects.count()
    found = trials.trial(draft, OCTOBER)
    assert [(row["name"], row["score"]) for row in found.rows if row["score"]] == [("李明", 50)]
    assert (Run.objects.count(), ManagerValue.objects.count()) == before
