"""The editor of a draft: weights, benchmarks, leaves and judgements; nothing unsound is saved."""

from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import AttributeDefinition
from kpi import defaults, editing, kinds
from kpi.models import ManagerValue, Scheme
from kpi.schemes import parse
from tests.kpi.helpers import leaf
from visits.checklists import revise

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def hr(world):
    browser = Browser()
    browser.force_login(world.hr)
    return browser


@pytest.fixture
def draft(world):
    tree = [
        {
            "code": "field",
            "name": "走访",
            "weight": "0.6",
            "children": [leaf("visits_made", "0.5"), leaf("clients_covered", "0.3"), leaf("calls_made", "0.2")],
        },
        leaf("sales_growth", "0.4", "-0.1", "0.1"),
    ]
    return Scheme.objects.create(organisation=world.organisation, name="草稿", rules={"tree": tree})


def weights(scheme):
    scheme.refresh_from_db()
    return {one.code: one.weight for one in parse(scheme.rules).leaves}


def test_weights_and_benchmarks_are_changed(hr, draft):
    data = {"weight-field": "0.5", "weight-sales_growth": "0.5", "low-sales_growth": "P10", "high-sales_growth": "15%"}
    answer = hr.post(reverse("kpi:scheme-edit", args=[draft.pk]), data)
    assert answer.status_code == 302
    assert weights(draft) == {
        "visits_made": D("0.25"),
        "clients_covered": D("0.15"),
        "calls_made": D("0.1"),
        "sales_growth": D("0.5"),
    }
    growth = parse(draft.rules).leaf("sales_growth")
    assert (growth.low.share, growth.high.number) == (0.1, D("0.15"))


def test_what_is_wrong_is_said_and_nothing_saved(hr, draft):
    before = weights(draft)
    answer = hr.post(reverse("kpi:scheme-edit", args=[draft.pk]), {"weight-field": "0.9"})
    assert answer.status_code == 200
    assert "1.3" in answer.content.decode()
    assert 'value="0.9"' in answer.content.decode()
    assert weights(draft) == before


def values(world, *given):
    period = str(kinds.last("month"))
    people = [world.managers[relation] for relation in ("own", "team", "other_team")]
    for manager, value in zip(people, given, strict=False):
        ManagerValue.objects.create(
            organisation=world.organisation, period=period, metric="clients_covered", manager=manager, value=D(value)
        )


def spread_of(browser, draft, **typed):
    page = browser.get(reverse("kpi:scheme-spread", args=[draft.pk]), {"node": "clients_covered", **typed})
    return page, page.context.get("option")


def test_last_periods_values_lie_between_the_benchmarks_as_typed(hr, draft, world):
    values(world, "0.2", "0.5", "0.95")
    _page, option = spread_of(hr, draft, **{"low-clients_covered": "30%", "high-clients_covered": "90%"})
    bars = option["series"][0]["data"]
    assert sum(bars) == 3
    assert (bars[0], bars[-1]) == (1, 1)  # the histogram reaches from the least to the largest value
    low, high = option["series"][0]["markLine"]["data"]
    assert ("30" in low["label"]["formatter"], "90" in high["label"]["formatter"]) == (True, True)
    assert 0 < low["xAxis"] < high["xAxis"]


def test_benchmarks_by_percentile_are_those_of_the_values(hr, draft, world):
    values(world, "0.2", "0.5", "0.8")
    _page, option = spread_of(hr, draft, **{"low-clients_covered": "P0", "high-clients_covered": "P50"})
    formatters = [mark["label"]["formatter"] for mark in option["series"][0]["markLine"]["data"]]
    assert ["20" in formatters[0], "50" in formatters[1]] == [True, True]


def test_equal_values_and_none_and_nonsense(hr, draft, world):
    page, option = spread_of(hr, draft)
    assert option is None
    assert "还没有数值" in page.content.decode()
    values(world, "0.5", "0.5")
    _page, option = spread_of(hr, draft, **{"low-clients_covered": "0.5", "high-clients_covered": "0.5"})
    assert option["series"][0]["data"] == [2]
    for typed in ("低", "P150", "inf"):
        page, option = spread_of(hr, draft, **{"low-clients_covered": typed})
        assert option is None
        assert "请先填写" in page.content.decode()
    assert hr.get(reverse("kpi:scheme-spread", args=[draft.pk]), {"node": "field"}).status_code == 404


def test_leaves_come_and_go(hr, draft):
    data = {
        "remove-calls_made": "on",
        "weight-visits_made": "0.4",
        "add-metric": "journal_on_time",
        "add-parent": "field",
        "add-weight": "0.3",
        "add-low": "70%",
        "add-high": "100%",
    }
    assert hr.post(reverse("kpi:scheme-edit", args=[draft.pk]), data).status_code == 302
    assert set(weights(draft)) == {"visits_made", "clients_covered", "journal_on_time", "sales_growth"}


def test_what_an_organisation_ticks_and_files_itself_can_be_scored(hr, draft, world):
    """An own checklist item and a yes-or-no field of the client file stand among the indicators, by their own names."""
    item = revise(world.organisation, "", [("display", "陈列整齐"), ("", "扫码合格")]).items[1]["code"]
    AttributeDefinition.objects.create(organisation=world.organisation, name="modern", label="现代终端", type="yes_no")
    AttributeDefinition.objects.create(organisation=world.organisation, name="area", label="面积", type="number")
    url = reverse("kpi:scheme-edit", args=[draft.pk])
    text = hr.get(url).content.decode()
    assert f'<option value="checklist:{item}">扫码合格</option>' in text
    assert '<option value="attribute:modern">现代终端</option>' in text
    assert "attribute:area" not in text
    assert '<option value="import:sales_target">' not in text  # only a target of another indicator
    data = {
        "remove-calls_made": "on", "weight-visits_made": "0.4", "add-metric": f"checklist:{item}",
        "add-parent": "field", "add-weight": "0.3", "add-low": "60%", "add-high": "95%",
    }  # fmt: skip
    assert hr.post(url, data).status_code == 302
    draft.refresh_from_db()
    assert [one.label for one in parse(draft.rules).leaves if one.metric == f"checklist:{item}"] == ["扫码合格"]


def test_bonus_rules_are_made_changed_and_taken_out(hr, draft):
    url = reverse("kpi:scheme-edit", args=[draft.pk])
    assert hr.post(url, {"bonus-new-name": "书面表扬", "bonus-new-points": "1", "adjustment": "5"}).status_code == 302
    by_limit = {
        "bonus-new-name": "零投诉", "bonus-new-points": "0.5", "bonus-new-metric": "complaint_rate",
        "bonus-new-end": "at_most", "bonus-new-limit": "0%", "bonus-points-rule_1": "1.5",
    }  # fmt: skip
    assert hr.post(url, by_limit).status_code == 302
    draft.refresh_from_db()
    rules = parse(draft.rules)
    assert [(one.name, one.points, one.metric, one.at_most) for one in rules.bonus] == [
        ("书面表扬", D("1.5"), "", None), ("零投诉", D("0.5"), "complaint_rate", 0),
    ]  # fmt: skip
    assert rules.most_adjustment == 5
    page = hr.post(url, {"bonus-points-rule_1": "99"}).content.decode()
    assert "书面表扬" in page
    assert "99" in page
    assert hr.post(url, {"bonus-remove-rule_1": "on"}).status_code == 302
    draft.refresh_from_db()
    assert [one.code for one in parse(draft.rules).bonus] == ["rule_2"]


def test_a_published_scheme_is_edited_as_its_next_version(hr, world):
    scheme = defaults.load(world.organisation, defaults.shipped()["tobacco_month"])
    assert hr.get(reverse("kpi:scheme-edit", args=[scheme.pk])).status_code == 302
    hr.post(reverse("kpi:scheme-version", args=[scheme.pk]))
    hr.post(reverse("kpi:scheme-version", args=[scheme.pk]))
    draft = Scheme.objects.get(name=scheme.name, version=2)
    assert (draft.rules, draft.is_published) == (scheme.rules, False)
    hr.post(reverse("kpi:scheme-publish", args=[draft.pk]), {"effective_from": "2026-12-01"})
    draft.refresh_from_db()
    assert (draft.is_published, str(draft.effective_from)) == (True, "2026-12-01")


def test_judgements_give_the_weights(hr, draft):
    """2 and 4 times as important, and 2 between those: 4/7, 2/7, 1/7 of the 0.6."""
    data = {"node": "field", "pair-0-1": "2", "pair-0-2": "4", "pair-1-2": "2", "save": "1"}
    assert hr.post(reverse("kpi:scheme-judge", args=[draft.pk]), data).status_code == 302
    found = weights(draft)
    assert abs(found["visits_made"] - D("0.6") * 4 / 7) < D("0.000001")
    assert abs(found["calls_made"] - D("0.6") / 7) < D("0.000001")


def test_contradicting_judgements_are_not_saved(hr, draft):
    before = weights(draft)
    data = {"node": "field", "pair-0-1": "3", "pair-0-2": "1/5", "pair-1-2": "3", "save": "1"}
    answer = hr.post(reverse("kpi:scheme-judge", args=[draft.pk]), data)
    assert answer.status_code == 200
    assert weights(draft) == before


def test_the_form_shows_the_judgement_that_is_saved(hr, world):
    scheme = defaults.load(world.organisation, defaults.shipped()["service_quality"], publish=False)
    page = hr.get(reverse("kpi:scheme-judge", args=[scheme.pk]))
    assert [pair["value"] for pair in page.context["pairs"]] == ["2", "2", "1"]
    assert page.content.decode().count(" selected>") == 3
    assert {step for step, _word in page.context["scale"]} == set(editing.STEPS)


def test_nonsense_counts_as_equal_and_strange_nodes_are_not_found(hr, draft):
    assert editing.matrix_of(2, {"pair-0-1": "0"}) == [[1, "1"], ["1", 1]]
    assert hr.get(reverse("kpi:scheme-judge", args=[draft.pk]) + "?node=nothing").status_code == 404


@pytest.mark.parametrize("name", defaults.shipped())
def test_saving_a_shipped_scheme_unchanged_changes_nothing(hr, world, name):
    """What the form shows is what it takes: every weight and benchmark survives the way there and back."""
    scheme = defaults.load(world.organisation, defaults.shipped()[name], publish=False)
    page = hr.get(reverse("kpi:scheme-edit", args=[scheme.pk]))
    data = {}
    for node in page.context["nodes"]:
        if not node["is_judged"]:
            data[f"weight-{node['code']}"] = str(node["weight"])
        data[f"name-{node['code']}"] = node["name"]
        if node["metric"]:
            data |= {f"low-{node['code']}": node["low"], f"high-{node['code']}": node["high"]}
            data[f"missing-{node['code']}"] = node["missing"]
    before = [(one.code, one.weight, one.low, one.high, one.missing) for one in parse(scheme.rules).leaves]
    assert hr.post(reverse("kpi:scheme-edit", args=[scheme.pk]), data).status_code == 302
    scheme.refresh_from_db()
    assert [(one.code, one.weight, one.low, one.high, one.missing) for one in parse(scheme.rules).leaves] == before
