"""Every scheme that comes with the product, worked through by hand on invented values."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from python_calamine import CalamineWorkbook

from clients.imports.reading import open_table
from kpi import adjusting, defaults, metrics, scoring
from kpi.metrics import Span
from kpi.models import ImportedValue, ManagerValue, Run, Scheme, Scorecard
from kpi.reports import trials
from kpi.schemes import parse
from tests.kpi.helpers import OCTOBER, computed_run, leaf, scheme, soft, visit

pytestmark = pytest.mark.django_db
D = Decimal

# Values of Li Ming by scheme, and his score by hand: each indicator's membership × its points of 100.
# Percentile benchmarks are those of the group: he is the best of three on each, so his membership is 1.
EXAMPLES = {
    # 45·(.2·0.5 + .5·0.5 + .2·0.5 + .1·0.5) + 20·(.6·0.5 + .4·0.5) + 25·.5 + 10·0.5
    "tobacco_month": "50.00",
    # 40·.5 + 30·.5 + 20·.5 + 10·.5
    "bank_month": "50.00",
    # 50·.5 + 20·.5 + 20·.5 + 10·.5
    "general_month": "50.00",
    # 50·.5 + 40·.5 + 10·.5
    "backoffice_month": "50.00",
    # economic 15·(.4·.5 + .4·1 + .2·1) = 12; the other five areas, 85 points, half: 42.5
    "six_areas_month": "54.50",
    "six_areas_quarter": "54.50",
    # basic 20 and tailored 40 half: 30; sales: volume 5, mix 10, across 10; along: growth .2 beyond its high .1: 10
    "three_dimensions": "65.00",
    # AHP 1 : 1/2 : 1/2 gives 50/25/25; all half but the profit, a tenth of the 50: 45·.5 + 5·1 + 25·.5 + 25·.5
    "service_quality": "52.50",
    # core 70 as above: 36.75; optional 30·.5 = 15
    "service_quality_full": "51.75",
    # results 35·1; satisfaction 20·.5; products 20·(.7·.5 + .3·1); risk 15·.5; conduct 10·.5
    "bank_five": "70.50",
    # all half
    "year": "50.00",
    "half_year": "50.00",
}


def half_way(one):
    """The value in the middle of typed benchmarks; above the others where the group sets them."""
    if one.low.number is None or one.high.number is None:
        return D("0.2")
    return (one.low.number + one.high.number) / 2


@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_example(world, name):
    data = defaults.shipped()[name]
    found = defaults.load(world.organisation, data)
    rules = parse(found.rules)
    period = {"month": "2026-10", "quarter": "2026-Q3", "half": "2026-H1", "year": "2026"}[found.period_kind]
    run = Run.objects.create(
        organisation=world.organisation, scheme=found, period=period, starts_on=OCTOBER.start, ends_on=OCTOBER.end
    )
    group_set = {one.metric for one in rules.leaves if one.low.number is None}
    people = {world.am: 0, world.managers["team"]: D("0.1"), world.managers["other_team"]: D("0.2")}
    own = world.am
    if found.role == "back_office":
        own, people = world.actors["back_office"], {world.actors["back_office"]: 0}
    for person, less in people.items():
        for metric in rules.metrics:
            one = next(each for each in rules.leaves if each.metric == metric)
            value = D("0.2") if metric in group_set else half_way(one)
            ManagerValue.objects.create(
                organisation=world.organisation, period=period, metric=metric, manager=person,
                value=value - less,
            )  # fmt: skip
    scoring.write_cards(run, rules, run.span.end)
    assert Scorecard.objects.get(run=run, manager=own).score == D(EXAMPLES[name])


def test_every_shipped_scheme_has_an_example():
    assert set(EXAMPLES) == set(defaults.shipped())


def test_sixteen_leaves_with_their_points():
    """20/40/40: four fives; five, five, five, twice, and two fives; four tens."""
    rules = parse(defaults.shipped()["three_dimensions"]["rules"])
    assert [one.weight * 100 for one in rules.leaves] == [5] * 12 + [10] * 4


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
