"""Grades, moves, terms, exams, training and rotation: proposed by rule, decided by HR, kept for good."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.utils import DatabaseError

from crm.lib import periods
from kpi import honouring
from kpi.careers import ladder, learning, terms
from kpi.models import Exam, ExamResult, GradeChange, GradeMove, ManagerValue, Rotation, Term, Training
from kpi.services import publish, review
from people.models import Notification, Posting
from tests.kpi.helpers import OCTOBER, computed_run, leaf, scheme, soft
from tests.world import person

pytestmark = pytest.mark.django_db
D = Decimal
NEW_YEAR = dt.date(2026, 1, 5)


def month(world, period, scores):
    """A published month with the scores of Li Ming, Wang Fang and Zhao Qiang."""
    for relation, score in zip(("own", "team", "other_team"), scores, strict=True):
        soft(world.managers[relation], score, world.supervisor, period=period)
    return publish(review(computed_run(world.organisation, period), world.hr), world.actors["admin"])


@pytest.fixture
def graded(world):
    """Everybody on the second of five rungs."""
    rungs = ladder.install(world.organisation)
    for relation in ("own", "team", "other_team"):
        ladder.set_grade(world.managers[relation], rungs[1], NEW_YEAR, "定级", world.hr)
    scheme(world.organisation, [leaf("soft:attitude", high="100")])
    world.rungs = rungs
    return world


@pytest.fixture
def months(graded):
    """Li Ming 90, 92, 94; Wang Fang 95, 70, 70; Zhao Qiang 80, 55, 50."""
    for period, scores in {"2026-08": (90, 95, 80), "2026-09": (92, 70, 55), "2026-10": (94, 70, 50)}.items():
        month(graded, period, scores)
    return graded


def moved(world):
    ladder.propose(world.organisation, OCTOBER)
    return {(move.manager.name, move.kind, move.to_grade.name) for move in GradeMove.objects.all()}


def test_moves_by_rule(months):
    """Mean 92 and best of three: up. Two months below standard: down. 78.33 stays."""
    assert moved(months) == {("李明", "promote", "三星"), ("赵强", "demote", "一星")}
    figures = GradeMove.objects.get(kind="promote").figures
    assert (figures["score"], figures["months"], figures["rank"], figures["people"]) == ("92.00", 3, 1, 3)


def test_the_limits_are_the_organisations_own(months):
    own = {"months": 6, "least_months": 3, "up": 78, "down": 60, "most_up": 100, "fails": 3}
    ladder.change_limits(months.organisation, {key: str(value) for key, value in own.items()})
    months.organisation.refresh_from_db()
    assert moved(months) == {("李明", "promote", "三星"), ("王芳", "promote", "三星")}
    with pytest.raises(ValidationError):
        ladder.change_limits(months.organisation, {**{key: str(value) for key, value in own.items()}, "down": "80"})


def test_who_has_just_been_moved_is_left_alone(months):
    ladder.set_grade(months.am, months.rungs[2], dt.date(2026, 10, 1), "破格", months.hr)
    assert moved(months) == {("赵强", "demote", "一星")}


def test_the_exam_or_the_indicator_in_its_place(months):
    third = months.rungs[2]
    third.exam_mark, third.metric, third.metric_least = D(80), "sales_amount", D(3_000_000)
    third.save()
    assert ("李明", "promote", "三星") in moved(months)
    move = GradeMove.objects.get(kind="promote")
    assert move.figures["qualified"] is False
    with pytest.raises(ValidationError):
        ladder.decide(move, True, dt.date(2026, 12, 1), "", months.hr)
    exam = Exam.objects.create(organisation=months.organisation, kind="grade", name="晋级", held_on=dt.date(2026, 3, 1))
    ExamResult.objects.create(exam=exam, manager=months.am, written=79, mark=79)
    moved(months)
    assert GradeMove.objects.get(kind="promote").figures["qualified"] is False
    ManagerValue.objects.create(
        organisation=months.organisation, period="2026-10", metric="sales_amount", manager=months.am, value=3_000_001
    )
    moved(months)
    assert GradeMove.objects.get(kind="promote").figures["qualified"] is True


def test_hr_decides_once_and_it_stays(months):
    moved(months)
    up, down = GradeMove.objects.get(kind="promote"), GradeMove.objects.get(kind="demote")
    ladder.decide(up, True, dt.date(2026, 12, 1), "", months.hr)
    with pytest.raises(ValidationError):
        ladder.decide(down, False, dt.date(2026, 12, 1), "  ", months.hr)
    ladder.decide(down, False, dt.date(2026, 12, 1), "病假两月", months.hr)
    assert ladder.grade_of(months.am, dt.date(2026, 11, 30)).name == "二星"
    assert ladder.grade_of(months.am, dt.date(2026, 12, 1)).name == "三星"
    assert ladder.grade_of(months.managers["other_team"], dt.date(2026, 12, 1)).name == "二星"
    assert Notification.objects.filter(user=months.am, key__startswith="grade:").exists()
    with pytest.raises(ValidationError):
        ladder.decide(up, True, dt.date(2026, 12, 2), "", months.hr)
    everything = (GradeMove.objects.all(), GradeChange.objects.all())
    for rows in everything:
        for change in (lambda rows=rows: rows.update(manager=months.hr), lambda rows=rows: rows._raw_delete("default")):
            with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
                change()
    # Decided ones stay when the rules are asked again.
    assert ladder.propose(months.organisation, OCTOBER) == 0
    assert GradeMove.objects.count() == 2


def test_a_proposal_from_a_grade_that_has_changed_since_is_not_accepted(months):
    moved(months)
    up = GradeMove.objects.get(kind="promote")
    ladder.set_grade(months.am, months.rungs[4], dt.date(2026, 11, 15), "破格晋级", months.hr)
    with pytest.raises(ValidationError, match="五星"):
        ladder.decide(up, True, dt.date(2026, 12, 1), "", months.hr)
    assert ladder.grade_of(months.am, dt.date(2026, 12, 1)).name == "五星"
    assert ladder.decide(up, False, dt.date(2026, 12, 1), "已破格", months.hr).state == "declined"


def test_a_grade_needs_a_reason_and_a_later_day(graded):
    with pytest.raises(ValidationError):
        ladder.set_grade(graded.am, graded.rungs[2], dt.date(2026, 5, 1), " ", graded.hr)
    with pytest.raises(ValidationError):
        ladder.set_grade(graded.am, graded.rungs[2], NEW_YEAR, "重定", graded.hr)


# --- Terms -------------------------------------------------------------------------------------------------------


@pytest.fixture
def term(graded):
    return terms.begin(graded.am, dt.date(2025, 1, 1), dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("decision", "grade", "goes_on"),
    [("renew", "二星", True), ("promote", "三星", True), ("demote", "一星", True), ("dismiss", "二星", False)],
)
def test_how_a_term_ends(graded, term, decision, grade, goes_on):
    terms.decide(term, decision, 2, "年度考评", graded.hr)
    assert ladder.grade_of(graded.am, dt.date(2027, 1, 1)).name == grade
    new = Term.objects.filter(manager=graded.am, decision="").first()
    assert bool(new) == goes_on
    if new:
        assert (new.starts_on, new.ends_on) == (dt.date(2027, 1, 1), dt.date(2028, 12, 31))
    with pytest.raises(ValidationError):
        terms.decide(term, decision, 2, "再来", graded.hr)
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        Term.objects.filter(pk=term.pk).update(reason="x")


def test_one_term_at_a_time_and_no_grade_beyond_the_ladder(graded, term):
    with pytest.raises(ValidationError):
        terms.begin(graded.am, dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    ladder.set_grade(graded.am, graded.rungs[4], dt.date(2026, 2, 1), "破格", graded.hr)
    with pytest.raises(ValidationError):
        terms.decide(term, "promote", 2, "年度考评", graded.hr)


def test_the_bottom_share_of_a_year(months):
    """Five in the group: the last 5 % is one person."""
    for number, score in enumerate((60, 75)):
        more = person(months.units["team"], f"am.more{number}", f"钱{number}", "am")
        soft(more, score, months.supervisor, period="2026-06")
    month(months, "2026-06", (90, 80, 40))
    rows = terms.year_ranks(months.organisation.pk, 2026, 5)
    assert [(row["name"], row["rank"], row["is_bottom"]) for row in rows][:2] == [("赵强", 5, True), ("钱0", 4, False)]
    assert terms.year_ranks(months.organisation.pk, 2025) == []


# --- Exams, training, rotation -------------------------------------------------------------------------------------


def test_an_exam_of_two_parts(graded):
    """90 written and 80 in the interview at 40 %: 86; of a full mark of 120, 90 alone is 75."""
    exam = Exam.objects.create(
        organisation=graded.organisation, kind="grade", name="晋级", held_on=dt.date(2026, 3, 1),
        interview_share=D("0.4"),
    )  # fmt: skip
    given = {
        graded.am.pk: ("90", "80"),
        graded.managers["team"].pk: ("", ""),
        graded.managers["other_org"].pk: ("50", ""),
    }
    assert learning.enter(exam, given, graded.hr) == 1
    assert exam.results.get().mark == 86
    assert learning.mark_of(Exam(full_mark=D(120), interview_share=D(0)), D(90), None) == 75
    for wrong in (("101", ""), (" ", "80")):
        with pytest.raises(ValidationError, match="李明"):
            learning.enter(exam, {graded.am.pk: wrong}, graded.hr)
    assert exam.results.get().mark == 86


def test_a_champion_is_sent_to_a_training(months):
    run = month(months, "2026-11", (95, 80, 76))
    honouring.give(run, [one.key for one in honouring.proposals(run)], months.hr)
    training = Training.objects.get()
    assert (training.manager, training.honour.kind, training.title) == (months.am, "champion", "公司内部培训")
    with pytest.raises(ValidationError):
        learning.attended(training, periods.today() + dt.timedelta(days=1))
    learning.attended(training, periods.today())
    learning.attended(training, periods.today() - dt.timedelta(days=3))
    training.refresh_from_db()
    assert training.attended_on == periods.today()


def test_rotation_is_carried_out_on_its_day(graded):
    today = periods.today()
    plan = Rotation(
        person=graded.am, unit=graded.units["north"], role="back_office", starts_on=today + dt.timedelta(days=9),
        reason="轮岗",
    )  # fmt: skip
    learning.plan_rotation(plan, graded.hr)
    with pytest.raises(ValidationError):
        learning.carry_out(plan)
    Rotation.objects.filter(pk=plan.pk).update(starts_on=today)
    learning.carry_out(plan)
    assert Posting.objects.get(user=graded.am, valid_to=None).role == "back_office"
    with pytest.raises(ValidationError):
        learning.carry_out(plan)
    learning.drop(plan)
    plan.refresh_from_db()
    assert plan.dropped_at is None
    away = Rotation(person=graded.am, unit=graded.units["other_org"], role="am", starts_on=today, reason="x")
    with pytest.raises(ValidationError):
        learning.plan_rotation(away, graded.hr)
