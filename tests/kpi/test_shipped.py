"""Values from elsewhere, the workbook of a run, and the trial of a scheme."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from python_calamine import CalamineWorkbook

from clients.imports.reading import open_table
from kpi import adjusting, metrics
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


def test_a_trial_leaves_no_trace(world):
    visit(world.clients["own"], dt.date(2026, 10, 14))
    draft = Scheme.objects.create(
        organisation=world.organisation, name="试算", rules={"tree": [leaf("visits_made", high="2")]}
    )
    before = Run.objects.count(), ManagerValue.objects.count()
    found = trials.trial(draft, OCTOBER)
    assert [(row["name"], row["score"]) for row in found.rows if row["score"]] == [("李明", 50)]
    assert (Run.objects.count(), ManagerValue.objects.count()) == before
