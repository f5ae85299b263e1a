"""Who stands where: grade, term, mean of the last months and exam of every manager, in one query."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from crm.lib import periods, sql
from kpi.models import ExamResult, GradeChange, GradeMove, Term
from kpi.monthly import MEANS
from people.models import User

MEAN_MONTHS = 3


def with_standing(people: QuerySet[User]) -> QuerySet[User]:
    """People with ``grade_name``, ``grade_since``, ``term_ends``, ``exam_mark`` and ``open_move``."""
    today = periods.today()
    change = GradeChange.objects.filter(manager=OuterRef("pk"), valid_from__lte=today).order_by("-valid_from")
    term = Term.objects.filter(manager=OuterRef("pk"), decision="").order_by("ends_on")
    exam = ExamResult.objects.filter(manager=OuterRef("pk")).order_by("-exam__held_on")
    move = GradeMove.objects.filter(manager=OuterRef("pk"), state="proposed").order_by("-period")
    return people.annotate(
        grade_name=Subquery(change.values("grade__name")[:1]),
        grade_position=Subquery(change.values("grade__position")[:1]),
        grade_since=Subquery(change.values("valid_from")[:1]),
        term_ends=Subquery(term.values("ends_on")[:1]),
        last_exam=Subquery(exam.values("mark")[:1]),
        open_move=Subquery(move.values("kind")[:1]),
    )


def means(organisation_id: int) -> dict[int, dict[str, Any]]:
    """Mean score of the last three whole months by manager."""
    month = periods.this_month()
    months = [f"{periods.add_months(month, -back):%Y-%m}" for back in range(1, MEAN_MONTHS + 1)]
    rows = sql.rows(f"SELECT * FROM ({MEANS}) m", {"organisation": organisation_id, "card_months": months})
    return {row["manager_id"]: row for row in rows}
