"""A month by hand, and what holds for every month."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.utils import DatabaseError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from crm.lib import periods, sql
from kpi import adjusting
from kpi.models import Adjustment, ManagerValue, Run, Scheme, Scorecard, ScoreLine, SoftScore
from kpi.reports.cards import extras
from tests.facts import fact
from tests.kpi.helpers import OCTOBER, compute, computed_run, journal, leaf, scheme, soft, visit
from tests.world import person

pytestmark = pytest.mark.django_db
D = Decimal
OCTOBER_WORK_DAYS = [
    dt.date(2026, 10, day) for day in (8, 9, 10, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 26, 27, 28, 29, 30)
]

TREE = [
    {
        "code": "field", "name": "走访", "weight": "0.7",
        "children": [
            leaf("visits_standard", "0.6", "0.5", "1"),
            leaf("journal_on_time", "0.4", "0.5", "1"),
        ],
    },
    leaf("sales_growth", "0.2", "-0.1", "0.1"),
    leaf("soft:attitude", "0.1", "60", "100"),
]  # fmt: skip


@pytest.fixture
def month(world):
    """October of Li Ming: one visit to a client of tier B, 16 of 18 journals on time, sales up 5 %, attitude 90."""
    scheme(world.organisation, TREE)
    visit(world.clients["own"], dt.date(2026, 10, 14))
    for day in OCTOBER_WORK_DAYS[:16]:
        journal(world.am, day)
    journal(world.am, OCTOBER_WORK_DAYS[16], late=True)
    fact(world.clients["own"], "2025-10", 10000)
    fact(world.clients["own"], "2026-10", 10500)
    soft(world.am, 90, world.supervisor)
    return world


def test_worked_example(month):
    """By hand:

    visits: owed 31 days / 30 = 1.0333, made 1 → 0.967742; μ = (0.967742 − 0.5) / 0.5 = 0.935484; × 0.42 → 39.2903
    journals: 16 / 18 = 0.888889; μ = 0.777778; × 0.28 → 21.7778
    growth: 10500 / 10000 − 1 = 0.05; μ = 0.15 / 0.2 = 0.75; × 0.20 → 15
    attitude: 90; μ = 30 / 40 = 0.75; × 0.10 → 7.5
    together 83.5681 → 83.57, good
    """
    job = compute(month.organisation)
    card = Scorecard.objects.get(manager=month.am)
    lines = {line.leaf: line for line in card.lines.all()}
    assert [(line.leaf, line.value, line.membership, line.points) for line in card.lines.all()] == [
        ("visits_standard", D("0.967742"), D("0.935484"), D("39.2903")),
        ("journal_on_time", D("0.888889"), D("0.777778"), D("21.7778")),
        ("sales_growth", D("0.05"), D("0.75"), D("15")),
        ("soft_attitude", D("90"), D("0.75"), D("7.5")),
    ]
    assert lines["visits_standard"].numerator == 1
    assert lines["visits_standard"].denominator == D("1.0333")
    assert (card.score, card.grade) == (D("83.57"), "good")
    assert job.result == {"scorecards": 3, "grades": {"excellent": 0, "good": 1, "fair": 0, "fail": 2}}


def test_missing_is_spread_and_never_zero(month):
    """Without growth and attitude the weights .42 and .28 become .6 and .4: 100·(.6·0 + .4·0) for who did nothing."""
    compute(month.organisation)
    card = Scorecard.objects.get(manager=month.managers["team"])
    lines = {line.leaf: line for line in card.lines.all()}
    assert (lines["sales_growth"].value, lines["sales_growth"].basis, lines["sales_growth"].weight) == (
        None,
        "spread",
        0,
    )
    assert lines["visits_standard"].weight == D("0.6")
    assert lines["journal_on_time"].weight == D("0.4")
    assert lines["visits_standard"].value == 0


def test_missing_by_median_and_wait(world):
    scheme(
        world.organisation,
        [
            leaf("soft:attitude", "0.5", "0", "100", missing="median"),
            leaf("soft:conduct", "0.5", "0", "100", missing="wait"),
        ],
    )
    soft(world.am, 80, world.supervisor)
    soft(world.am, 60, world.supervisor, metric="soft:conduct")
    compute(world.organisation)
    assert Scorecard.objects.get(manager=world.am).score == 70
    other = Scorecard.objects.get(manager=world.managers["team"])
    assert [(line.basis, line.value, line.points) for line in other.lines.all()] == [
        ("median", None, D("80")),
        ("wait", None, D("0")),
    ]
    assert (other.score, other.waiting) == (80, 1)


def test_nobody_measured_has_no_score(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    job = compute(world.organisation)
    assert job.result["scorecards"] == 3
    assert sum(job.result["grades"].values()) == 0
    assert set(Scorecard.objects.values_list("score", "grade", "rank")) == {(None, "", None)}


@pytest.mark.parametrize(
    ("low", "high", "more", "points"),
    [
        ("60", "100", {}, 50),
        ("60", "100", {"direction": "lower"}, 50),
        ("0", "100", {"direction": "lower"}, 20),
        ("90", "100", {}, 0),
        ("0", "50", {}, 100),
        ("80", "80", {}, 100),
        ("81", "81", {}, 0),
        ("80", "80", {"direction": "lower"}, 100),
        ("79", "79", {"direction": "lower"}, 0),
        ("60", "100", {"ceiling": "0.4"}, 40),
        ("90", "100", {"floor": "0.3"}, 30),
    ],
)
def test_membership_of_80(world, low, high, more, points):
    scheme(world.organisation, [leaf("soft:attitude", "1", low, high, **more)])
    soft(world.am, 80, world.supervisor)
    compute(world.organisation)
    assert Scorecard.objects.get(manager=world.am).score == points


def test_percentile_benchmarks_are_those_of_the_group(world):
    """20, 50 and 100 in the group: the 10th percentile is 26, the 90th 90; 50 → (50 − 26) / 64 = 0.375."""
    scheme(world.organisation, [leaf("soft:attitude", "1", {"percentile": 10}, {"percentile": 90})])
    for relation, score in {"own": 50, "team": 20, "other_team": 100}.items():
        soft(world.managers[relation], score, world.supervisor)
    compute(world.organisation)
    line = ScoreLine.objects.get(card__manager=world.am)
    assert (line.low, line.high, line.median, line.membership) == (26, 90, 50, D("0.375"))
    assert list(Scorecard.objects.order_by("rank").values_list("score", "rank", "ranked")) == [
        (100, 1, 3), (D("37.5"), 2, 3), (0, 3, 3),
    ]  # fmt: skip


def test_benchmarks_of_the_last_period(world):
    last = {"percentile": 50, "of": "last"}
    scheme(world.organisation, [leaf("soft:attitude", "1", "0", last)])
    soft(world.am, 50, world.supervisor, period="2026-09")
    compute(world.organisation, "2026-09")
    soft(world.am, 40, world.supervisor)
    compute(world.organisation)
    line = ScoreLine.objects.get(card__manager=world.am, card__run__period="2026-10")
    assert (line.high, line.points) == (50, 80)


def test_equal_scores_share_a_rank_and_groups_rank_apart(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")], group="department")
    for relation, score in {"own": 70, "team": 70, "other_team": 60}.items():
        soft(world.managers[relation], score, world.supervisor)
    compute(world.organisation)
    found = {card.manager_id: (card.rank, card.ranked, card.group.code) for card in Scorecard.objects.all()}
    assert found == {
        world.managers["own"].pk: (1, 2, "ALPHA-N"),
        world.managers["team"].pk: (1, 2, "ALPHA-N"),
        world.managers["other_team"].pk: (1, 1, "ALPHA-S"),
    }


@pytest.mark.parametrize(
    ("rounding", "score"),
    [
        ({"mode": "half_up", "places": 2}, "66.67"),
        ({"mode": "down", "places": 2}, "66.66"),
        ({"mode": "half_up", "places": 0}, "67"),
        ({"mode": "down", "places": 1}, "66.6"),
    ],
)
def test_the_rounding_rule_is_the_schemes(world, rounding, score):
    scheme(world.organisation, [leaf("soft:attitude", "1", "0", "90")], rounding=rounding)
    soft(world.am, 60, world.supervisor)
    compute(world.organisation)
    assert Scorecard.objects.get(manager=world.am).score == D(score)


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (100, "excellent"),
        (90, "excellent"),
        ("89.99", "good"),
        (75, "good"),
        ("74.99", "fair"),
        (60, "fair"),
        ("59.99", "fail"),
    ],
)
def test_grades(world, score, grade):
    scheme(world.organisation, [leaf("soft:attitude", "1", "0", "100")])
    soft(world.am, score, world.supervisor)
    compute(world.organisation)
    assert Scorecard.objects.get(manager=world.am).grade == grade


def test_the_same_facts_give_the_same_hash(month):
    first = compute(month.organisation)
    again = compute(month.organisation)
    assert first.hash == again.hash == Run.objects.get().hash
    visit(month.clients["own"], dt.date(2026, 10, 20))
    assert compute(month.organisation).hash != first.hash


def written(table):
    """Rows of a table as they lie on the disk: who has not been written again lies where it lay."""
    rows = sql.rows(f"SELECT ctid::text, xmin::text, t.* FROM {table} t")
    return {tuple(row.values()) for row in rows}


def from_nothing(run):
    """Hash of the same run where no card and no value was there before."""
    run.scorecards.all().delete()
    ManagerValue.objects.all().delete()
    return compute(run.organisation, run.period).hash


def test_computed_again_what_has_not_changed_is_not_written(month):
    run = computed_run(month.organisation)
    tables = ("kpi_scorecard", "kpi_scoreline", "kpi_managervalue")
    before = {table: written(table) for table in tables}
    compute(month.organisation)
    assert {table: written(table) for table in tables} == before
    cards = dict(run.scorecards.values_list("manager", "pk"))

    visit(month.clients["own"], dt.date(2026, 10, 20))
    job = compute(month.organisation)
    assert dict(run.scorecards.values_list("manager", "pk")) == cards
    anew = {table: len(written(table) - before[table]) for table in tables}
    assert anew == {"kpi_scorecard": 1, "kpi_scoreline": 1, "kpi_managervalue": 1}
    assert job.hash == from_nothing(run)


def test_computed_again_who_and_what_no_longer_counts_is_gone(month):
    """One manager's post turns out to have ended before, another has no value any more, and two leaves are others."""
    run = computed_run(month.organisation)
    assert run.scorecards.count() == 3
    gone = month.managers["other_team"]
    gone.postings.update(valid_to=dt.date(2026, 9, 30))
    SoftScore.objects.all().delete()
    tree = [TREE[0], leaf("sales_growth", "0.1", "-0.1", "0.1"), leaf("soft:attitude", "0.2", "60", "100", code="new")]
    Scheme.objects.create(
        organisation=month.organisation, name=run.scheme.name, version=2, rules={"tree": tree},
        effective_from=OCTOBER.start, published_at=periods.now(),
    )  # fmt: skip
    job = compute(month.organisation)
    run.refresh_from_db()
    assert run.scheme.version == 2
    assert not run.scorecards.filter(manager=gone).exists()
    leaves = [line.leaf for line in run.scorecards.get(manager=month.am).lines.all()]
    assert leaves == ["visits_standard", "journal_on_time", "sales_growth", "new"]
    assert not ScoreLine.objects.filter(leaf="soft_attitude").exists()
    assert not ManagerValue.objects.filter(metric="soft:attitude").exists()
    assert not ManagerValue.objects.filter(manager=gone).exists()
    assert job.hash == from_nothing(run)


def test_no_managers_no_cards(world):
    scheme(world.organisation, TREE)
    job = compute(world.organisation, "2025-12")
    assert job.result == {"scorecards": 0, "grades": {"excellent": 0, "good": 0, "fair": 0, "fail": 0}}


def test_every_line_can_be_recomputed_from_its_card(month):
    run = computed_run(month.organisation)
    for card in run.scorecards.all():
        lines = list(card.lines.all())
        for line in lines:
            expected = 100 * (line.membership or 0) * line.weight
            assert line.points == expected.quantize(D("0.0001"), rounding="ROUND_HALF_UP")
        if card.score is not None:
            assert card.score == sum((line.points for line in lines), card.adjustment).quantize(
                D("0.01"), rounding="ROUND_HALF_UP"
            )


def test_bonus_and_penalty_points_within_the_limit(month):
    """83.57 and 2.5 are 86.07; with 20 more the limit of 10 holds: 93.57. Withdrawn points do not count."""
    first = adjusting.adjust(month.am, "2026-10", D("2.5"), "帮带新人", month.supervisor)
    run = computed_run(month.organisation)
    card = run.scorecards.get(manager=month.am)
    assert (card.score, card.adjustment, card.grade) == (D("86.07"), D("2.5"), "good")
    adjusting.adjust(month.am, "2026-10", D(20), "抗灾保供", month.supervisor)
    assert computed_run(month.organisation).scorecards.get(manager=month.am).score == D("93.57")
    adjusting.withdraw(first, month.supervisor)
    for points in (-20, -20):
        adjusting.adjust(month.am, "2026-10", D(points), "违规", month.supervisor)
    card = computed_run(month.organisation).scorecards.get(manager=month.am)
    assert (card.adjustment, card.score) == (-10, D("73.57"))


BONUS = [
    {"code": "mentor", "name": "带教新人", "points": "2"},
    {"code": "no_calls", "name": "无投诉", "points": "0.5", "metric": "complaint_rate", "at_most": "0"},
    {"code": "busy", "name": "多访一户", "points": "1", "metric": "visits_made", "at_least": "3"},
    {"code": "breach", "name": "违规", "points": "-5"},
]


def test_rules_give_points_by_themselves_at_their_limit(world):
    """Three visits bring the point, two do not; nobody complained: half a point each. By hand 2 more, with a reason."""
    scheme(world.organisation, [leaf("soft:attitude", high="100")], bonus=BONUS)
    for manager, visits in ((world.am, 3), (world.managers["team"], 2)):
        soft(manager, 80, world.supervisor)
        for day in range(visits):
            visit(world.clients["own" if manager == world.am else "team"], dt.date(2026, 10, 12 + day))
    adjusting.adjust(world.am, "2026-10", D(2), "带教新人：张新", world.supervisor, "mentor")
    run = computed_run(world.organisation)
    card = run.scorecards.get(manager=world.am)
    assert (card.score, card.adjustment) == (D("83.5"), D("3.5"))
    with translation.override("zh-hans"):
        assert [(one["points"], one["why"]) for one in extras(card)] == [
            (2, "带教新人：张新"),
            (1, "多访一户（实地走访次数不少于 3，实际 3）"),
            (D("0.5"), "无投诉（客户投诉率不超过 0.0%，实际 0.0%）"),
        ]
    assert run.scorecards.get(manager=world.managers["team"]).score == D("80.5")
    # Whoever has no value has no points: complaints are a rate over clients, and this one has none to care for.
    newcomer = person(world.units["team"], "am.new", "张新", "am")
    assert computed_run(world.organisation).scorecards.get(manager=newcomer).adjustment == 0


def test_the_form_gives_points_by_a_rule_or_freely(world):
    scheme(world.organisation, [leaf("soft:attitude", high="100")], bonus=BONUS)
    browser = Browser()
    browser.force_login(world.supervisor)
    url = reverse("kpi:adjustments")
    page = browser.get(url, {"period": "2026-10"}).content.decode()
    assert "带教新人" in page
    assert "多访一户" not in page  # it comes by itself
    common = {"period": "2026-10", "manager": world.am.pk, "points": "1"}
    browser.post(url, {**common, "rule": "mentor", "reason": "张新"})
    browser.post(url, {**common, "rule": "breach"})
    browser.post(url, {**common, "rule": "", "reason": "客户送锦旗"})
    browser.post(url, {**common, "rule": "no_calls", "reason": "不能手工给分"})  # no rule of this name is given by hand
    browser.post(url, {**common, "rule": ""})  # without a rule a reason is needed
    assert set(Adjustment.objects.values_list("rule", "points", "reason")) == {
        ("mentor", 2, "带教新人：张新"), ("breach", -5, "违规"), ("", 1, "客户送锦旗"), ("", 1, "不能手工给分"),
    }  # fmt: skip


def test_points_need_a_reason_and_are_never_changed(month):
    with pytest.raises(ValidationError):
        adjusting.adjust(month.am, "2026-10", D(2), "  ", month.supervisor)
    adjusting.adjust(month.am, "2026-10", D(2), "帮带新人", month.supervisor)
    for change in (lambda: Adjustment.objects.update(points=5), lambda: Adjustment.objects.all().delete()):
        with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
            change()
