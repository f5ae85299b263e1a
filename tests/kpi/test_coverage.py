"""Which scheme holds for whom; scales of grades; a forced distribution that changes nothing."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse

from kpi import coverage, defaults
from kpi.models import ManagerValue, Run, Scheme, Scorecard
from kpi.reports import runs
from kpi.schemes import SchemeError, parse
from kpi.scoring import write_cards
from people.services import transfer
from tests.kpi.helpers import OCTOBER, compute, computed_run, leaf, scheme, soft

pytestmark = pytest.mark.django_db
D = Decimal
ATTITUDE, CONDUCT = [leaf("soft:attitude", high="100")], [leaf("soft:conduct", high="100")]


def holders(world):
    """Names by scheme after computing October."""
    compute(world.organisation)
    found = {}
    for card in Scorecard.objects.select_related("run__scheme", "manager"):
        found.setdefault(card.run.scheme.name, set()).add(card.manager.name)
    return found


def test_the_nearest_unit_wins(world):
    scheme(world.organisation, ATTITUDE, name="全县")
    Scheme.objects.create(
        organisation=world.organisation, name="城北", rules={"tree": CONDUCT}, published_at="2026-01-01T00:00Z",
        unit=world.units["north"],
    )  # fmt: skip
    Scheme.objects.create(
        organisation=world.organisation, name="东街", rules={"tree": CONDUCT}, published_at="2026-01-01T00:00Z",
        unit=world.units["own"],
    )  # fmt: skip
    assert holders(world) == {"全县": {"赵强"}, "城北": {"王芳"}, "东街": {"李明"}}
    schemes = coverage.schemes_for(world.organisation.pk, OCTOBER)
    found = {
        name: [one.name for one in coverage.schemes_of(world.managers[name], schemes, world.organisation.path)]
        for name in ("own", "team", "other_team")
    }
    assert found == {"own": ["东街"], "team": ["城北"], "other_team": ["全县"]}


def test_a_scheme_for_the_post_goes_before_one_for_all(world):
    world.am.post_title = "大客户经理"
    world.am.save()
    scheme(world.organisation, ATTITUDE, name="通用")
    Scheme.objects.create(
        organisation=world.organisation, name="大客户", rules={"tree": CONDUCT}, published_at="2026-01-01T00:00Z",
        post="大客户经理",
    )  # fmt: skip
    assert holders(world) == {"通用": {"王芳", "赵强"}, "大客户": {"李明"}}


def test_two_of_the_same_reach_stand_beside_each_other(world):
    scheme(world.organisation, ATTITUDE, name="一")
    scheme(world.organisation, CONDUCT, name="二")
    assert holders(world) == {"一": {"李明", "王芳", "赵强"}, "二": {"李明", "王芳", "赵强"}}


def test_who_moves_is_assessed_by_the_scheme_of_the_last_unit(world):
    scheme(world.organisation, ATTITUDE, name="全县")
    Scheme.objects.create(
        organisation=world.organisation, name="城南", rules={"tree": CONDUCT}, published_at="2026-01-01T00:00Z",
        unit=world.units["south"],
    )  # fmt: skip
    transfer(world.am, world.units["other_team"], "am", dt.date(2026, 10, 20))
    assert holders(world) == {"全县": {"王芳"}, "城南": {"赵强", "李明"}}


def test_back_office_has_a_scheme_of_its_own(world):
    scheme(world.organisation, ATTITUDE, name="客户经理")
    defaults.load(world.organisation, defaults.shipped()["backoffice_month"])
    soft(world.actors["back_office"], 80, world.supervisor)
    found = holders(world)
    assert found["客户经理"] == {"李明", "王芳", "赵强"}
    assert found["后台支撑岗月度考核"] == {"郑凯"}
    card = Scorecard.objects.get(manager=world.actors["back_office"])
    assert card.score == round(D(100) * 20 / 35, 2)  # the marks alone: (80 − 60) / 35


def test_supervisors_score_only_what_the_schemes_of_each_ask_for(world):
    scheme(world.organisation, ATTITUDE, name="全县")
    Scheme.objects.create(
        organisation=world.organisation, name="东街", rules={"tree": CONDUCT}, published_at="2026-01-01T00:00Z",
        unit=world.units["own"],
    )  # fmt: skip
    browser = Browser()
    browser.force_login(world.supervisor)
    page = browser.get(reverse("kpi:soft") + "?period=2026-10")
    asked = {
        (row["person"].name, cell["leaf"].metric) for row in page.context["grid"] for cell in row["cells"]
        if cell["applies"]
    }  # fmt: skip
    assert asked == {("李明", "soft:conduct"), ("王芳", "soft:attitude")}
    assert page.context["wanted"] == 2


def test_a_draft_is_put_in_force_for_a_unit(world):
    draft = Scheme.objects.create(organisation=world.organisation, name="草稿", rules={"tree": ATTITUDE})
    browser = Browser()
    browser.force_login(world.hr)
    data = {"effective_from": "2026-12-01", "unit": world.units["north"].pk, "post": "大客户经理", "role": "am"}
    browser.post(reverse("kpi:scheme-publish", args=[draft.pk]), data)
    draft.refresh_from_db()
    assert (draft.unit, draft.post, str(draft.effective_from)) == (world.units["north"], "大客户经理", "2026-12-01")
    assert defaults.dump(draft)["unit"] == "ALPHA-N"
    with pytest.raises(SchemeError):
        defaults.load(world.organisation, {**defaults.dump(draft), "name": "x", "unit": "BETA-1"})


# --- Scales and the forced distribution ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({}, ["优", "良", "中", "未达标"]),
        ({"scale": "letters"}, ["A", "B", "C", "D"]),
        ({"scale": "competence"}, ["优秀", "称职", "基本称职", "不称职"]),
        ({"grade_names": {"excellent": "标杆", "fail": {"zh-hans": "待改进"}}}, ["标杆", "良", "中", "待改进"]),
    ],
)
def test_scales(more, names):
    rules = parse({"tree": ATTITUDE, **more})
    assert [rules.grade_name(grade) for grade in ("excellent", "good", "fair", "fail")] == names


@pytest.mark.parametrize(
    "more",
    [
        {"scale": "five"},
        {"grade_names": {"good": ""}},
        {"forced": {"excellent": 50, "good": 40, "fair": 30, "fail": 10}},
        {"forced": {"excellent": 100}},
        {"forced": "20/40/30/10"},
    ],
)
def test_bad_scales_are_refused(more):
    with pytest.raises(SchemeError):
        parse({"tree": ATTITUDE, **more})


@pytest.mark.parametrize(
    ("score", "rounding", "grade"),
    [
        ("89.5", {"mode": "half_up", "places": 0}, "excellent"),
        ("89.5", {"mode": "half_up", "places": 1}, "good"),
        ("89.5", {"mode": "down", "places": 0}, "good"),
        ("89.995", {"mode": "half_up", "places": 2}, "excellent"),
        ("89.995", {"mode": "down", "places": 2}, "good"),
        ("74.5", {"mode": "half_up", "places": 0}, "good"),
        ("59.5", {"mode": "half_up", "places": 0}, "fair"),
        ("59.5", {"mode": "down", "places": 0}, "fail"),
    ],
)
def test_between_the_grades_the_rounding_rule_decides(world, score, rounding, grade):
    """优 100–90, 良 89–75, 中 74–60: what lies between two whole scores is first rounded by the scheme's rule."""
    made = scheme(world.organisation, ATTITUDE, rounding=rounding)
    run = Run.objects.create(
        organisation=world.organisation, scheme=made, period="2026-10", starts_on=OCTOBER.start, ends_on=OCTOBER.end
    )
    ManagerValue.objects.create(
        organisation=world.organisation, period="2026-10", metric="soft:attitude", manager=world.am, value=D(score)
    )
    write_cards(run, parse(made.rules), OCTOBER.end)
    assert Scorecard.objects.get(manager=world.am).grade == grade


def test_forced_numbers_and_forced_grades_follow_one_rule(world):
    """20/40/30/10 of three people: 0.6, 1.8 and 2.7 places are 1, 2 and 3 people, on each card and in sum."""
    scheme(world.organisation, ATTITUDE)
    for relation, score in {"own": 95, "team": 92, "other_team": 50}.items():
        soft(world.managers[relation], score, world.supervisor)
    run = computed_run(world.organisation)
    forced = runs.forced_grades(run)
    ranked = run.scorecards.order_by("rank").values_list("pk", flat=True)
    assert [forced[card] for card in ranked] == ["excellent", "good", "fair"]
    assert [row["forced"] for row in runs.grades(run, forced)] == [1, 1, 1, 0]


def test_forced_beside_free(world):
    """95, 92 and 91 are all excellent; forced by 34/33/33/0 each has a grade of its own, and nothing is written."""
    scheme(world.organisation, ATTITUDE, forced={"excellent": 34, "good": 33, "fair": 33, "fail": 0})
    for relation, score in {"own": 95, "team": 92, "other_team": 91}.items():
        soft(world.managers[relation], score, world.supervisor)
    run = computed_run(world.organisation)
    forced = runs.forced_grades(run)
    cards = run.scorecards.order_by("rank")
    assert [(card.grade, forced[card.pk]) for card in cards] == [
        ("excellent", "excellent"), ("excellent", "good"), ("excellent", "fair"),
    ]  # fmt: skip
    assert [row["forced"] for row in runs.grades(run)] == [1, 1, 1, 0]


def test_equal_scores_share_the_better_forced_grade(world):
    scheme(world.organisation, ATTITUDE, forced={"excellent": 34, "good": 33, "fair": 33, "fail": 0})
    for relation in ("own", "team", "other_team"):
        soft(world.managers[relation], 70, world.supervisor)
    run = computed_run(world.organisation)
    assert set(runs.forced_grades(run).values()) == {"excellent"}
