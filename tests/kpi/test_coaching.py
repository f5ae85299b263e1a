"""Coaching: each type from figures that show it, the supervisor's word, tasks, and what came of it."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.utils import DatabaseError

from crm.lib import periods
from kpi.coaching import rules, services
from kpi.coaching.figures import figures
from kpi.models import CoachingCase
from kpi.services import new_version, publish, review
from people.models import Notification, Task
from tests.kpi.helpers import computed_run, leaf, scheme, soft, visit

pytestmark = pytest.mark.django_db
D = Decimal
LIMITS = rules.LIMITS


@pytest.mark.parametrize(
    ("found", "type_"),
    [
        ({"complaints": 2, "attitude": 50}, "complaints"),
        ({"complaints": 1}, None),
        ({"attitude": D(65)}, "resentful"),
        ({"attitude": D("65.5")}, None),
        ({"rejected": 2}, "resentful"),
        ({"excellent_months": 3, "fall": 30}, "excellent"),
        ({"excellent_months": 2}, None),
        ({"fall": D(25)}, "weak_finish"),
        ({"fall": D("24.9")}, None),
        ({"month_fall": D(40)}, "weak_finish"),
        ({"visits": D(60), "journals": D(80)}, "no_drive"),
        ({"visits": D(60), "journals": None}, None),
        ({"visits": D(61), "journals": D(10)}, None),
        ({"proud_score": D(75), "proud_fall": D(4)}, "complacent"),
        ({"proud_score": D(74), "proud_fall": D(40)}, None),
        ({"large": D(20)}, "unsure"),
        ({"new_days": 180, "under_median": True}, "unsure"),
        ({"new_days": 180, "under_median": False}, None),
        ({"new_days": 181, "under_median": True}, None),
        ({}, None),
    ],
)
def test_types_at_their_limits(found, type_):
    judged = rules.judge(found, LIMITS)
    assert (judged and judged[0]) == type_
    if judged:
        assert all(limit == LIMITS[key] for key, _value, limit in judged[1])


def test_all_seven_types_have_a_rule_with_words_and_a_remedy():
    assert {rule.type for rule in rules.RULES} == set(rules.CoachingType.values)
    for rule in rules.RULES:
        assert "%(" not in rules.text_of(rule, LIMITS)
        assert rule.remedy
        assert rule.actions


def publish_month(world, period, scores, attitude="soft:attitude"):
    for relation, score in zip(("own", "team", "other_team"), scores, strict=True):
        soft(world.managers[relation], score, world.supervisor, metric=attitude, period=period)
    return publish(review(computed_run(world.organisation, period), world.hr), world.actors["admin"])


@pytest.fixture
def assessed(world):
    scheme(world.organisation, [leaf("soft:conduct", high="100")])
    return world


def months(world, *scores):
    """Months up to October with the scores of Li Ming, Wang Fang and Zhao Qiang; the last run."""
    first = 10 - len(scores) + 1
    for number, three in enumerate(scores, start=first):
        run = publish_month(world, f"2026-{number:02}", three, "soft:conduct")
    return run


def test_figures_from_scores(assessed):
    run = months(assessed, (80, 95, 70), (80, 95, 70), (80, 95, 70), (70, 95, 72))
    found = {row["manager_id"]: row for row in figures(run)}
    own = found[assessed.am.pk]
    assert (own["proud_score"], own["proud_fall"], own["excellent_months"]) == (D("80"), D("10"), 0)
    assert found[assessed.managers["team"].pk]["excellent_months"] == 3
    kinds = {case.manager.name: case.type for case in CoachingCase.objects.filter(period="2026-10")}
    assert kinds == {"李明": "complacent", "王芳": "excellent"}
    assert not CoachingCase.objects.filter(period="2026-09").exists()  # nobody took it up: October's takes its place


def test_figures_from_visits(assessed):
    """In August a visit on each of 21 work days, in October on 7 of 18: from 1 a day to 0.39, down by 61 %."""
    client = assessed.clients["own"]
    for day in range(3, 32):
        when = dt.date(2026, 8, day)
        if when.weekday() < 5:
            visit(client, when)
    for day in (8, 9, 12, 13, 14, 15, 16):
        visit(client, dt.date(2026, 10, day))
    run = months(assessed, (80, 80, 80))
    own = next(row for row in figures(run) if row["manager_id"] == assessed.am.pk)
    assert own["fall"] == round(100 * (1 - D(7) / 18), 1)
    assert own["month_fall"] is None  # seven visits are too few to compare halves
    case = CoachingCase.objects.get(manager=assessed.am)
    assert (case.type, case.figures) == ("weak_finish", [["fall", float(own["fall"]), 25]])
    assert Notification.objects.filter(user=assessed.supervisor, key__startswith="coaching:").count() == 1


def a_case(world):
    months(world, (95, 80, 80), (95, 80, 80), (95, 80, 80))
    return CoachingCase.objects.get(manager=world.am)


def test_confirmed_with_actions_as_tasks_then_closed(assessed):
    case = a_case(assessed)
    due = periods.today() + dt.timedelta(days=7)
    with pytest.raises(ValidationError):
        services.confirm(case, "excellent", {}, due, "", assessed.supervisor)
    case = services.confirm(
        case,
        "complacent",
        {"harder_goals": "下月新增 3 户", "talk": "", "nonsense": ""},
        due,
        "谈过",
        assessed.supervisor,
    )
    assert (case.state, case.proposed, case.type) == ("confirmed", "excellent", "complacent")
    tasks = Task.objects.filter(about=f"coaching:{case.pk}").order_by("pk")
    assert [(task.owner, task.title, task.due_on) for task in tasks] == [
        (assessed.supervisor, "李明：下月新增 3 户", due),
        (assessed.supervisor, "李明：一对一谈心", due),
    ]
    publish_month(assessed, "2026-11", (97, 80, 80), "soft:conduct")
    case = services.close(case, "越来越稳", assessed.supervisor)
    assert (case.score_before, case.score_after, case.period_after) == (95, 97, "2026-11")
    assert not Task.objects.filter(about=f"coaching:{case.pk}", done_at=None).exists()
    worked = services.what_worked(assessed.organisation.pk)
    assert {(row["type"], row["kind"], row["gain"], row["rose"]) for row in worked} == {
        ("complacent", "harder_goals", 2, 1), ("complacent", "talk", 2, 1),
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        CoachingCase.objects.filter(pk=case.pk).update(note="x")


def test_dismissed_with_a_reason(assessed):
    case = a_case(assessed)
    with pytest.raises(ValidationError):
        services.dismiss(case, " ", assessed.supervisor)
    services.dismiss(case, "借调两月", assessed.supervisor)
    with pytest.raises(ValidationError):
        services.confirm(case, "excellent", {"talk": ""}, periods.today(), "", assessed.supervisor)


def test_proposals_that_nobody_took_up_give_way_to_newer_figures(assessed):
    old = a_case(assessed)
    publish_month(assessed, "2026-11", (96, 80, 80), "soft:conduct")
    assert CoachingCase.objects.get(manager=assessed.am).period == "2026-11"
    assert not CoachingCase.objects.filter(pk=old.pk).exists()


def test_a_late_correction_of_an_old_month_leaves_the_newer_proposals(assessed):
    case = a_case(assessed)
    early = publish_month(assessed, "2026-06", (80, 80, 80), "soft:conduct")
    assert CoachingCase.objects.get(manager=assessed.am).pk == case.pk
    new_version(early, assessed.hr, "更正")
    publish(review(computed_run(assessed.organisation, "2026-06"), assessed.hr), assessed.actors["admin"])
    assert CoachingCase.objects.get(manager=assessed.am).pk == case.pk


def test_the_person_does_not_see_the_own_case(assessed):
    case = a_case(assessed)
    sees = CoachingCase.objects.visible_to
    assert case in sees(assessed.supervisor)
    assert case in sees(assessed.hr)
    assert case not in sees(assessed.am)
    assert case not in sees(assessed.actors["supervisor_south"])
    assert case not in sees(assessed.actors["hr_beta"])


def test_limits_may_be_changed_and_are_checked(assessed):
    given = {key: str(limit) for key, limit in LIMITS.items()}
    services.change_limits(assessed.organisation, {**given, "excellent_months": "4"})
    assessed.organisation.refresh_from_db()
    assert rules.limits_of(assessed.organisation)["excellent_months"] == 4
    assert months(assessed, (95, 80, 80), (95, 80, 80), (95, 80, 80))
    assert not CoachingCase.objects.exists()
    with pytest.raises(ValidationError):
        services.change_limits(assessed.organisation, {**given, "fall": "many"})
