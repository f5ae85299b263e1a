"""The ladder and the moves on it: proposed by visible rules, decided by HR."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods, sql
from crm.lib.periods import Period
from kpi.models import GradeChange, GradeMove, PostGrade
from kpi.monthly import MEANS
from people.models import OrgUnit, User
from people.services import notify

# Months looked at, the mean from which the next rung is proposed, the mean under which the one below is; and how many
# people of a comparison group may be proposed upwards at once (the best of them), in percent.
LIMITS = {"months": 6, "least_months": 3, "up": 88, "down": 60, "most_up": 20, "fails": 2}

USUAL = {
    "tobacco": (
        (gettext_lazy("One star"), 300),
        (gettext_lazy("Two stars"), 600),
        (gettext_lazy("Three stars"), 1000),
        (gettext_lazy("Four stars"), 1500),
        (gettext_lazy("Five stars"), 2200),
    ),
    "bank": (
        (gettext_lazy("Junior manager"), 800),
        (gettext_lazy("Middle manager"), 1600),
        (gettext_lazy("Senior manager"), 3000),
    ),
}


def limits_of(organisation: OrgUnit) -> dict[str, int]:
    """The numbers of the rules: the organisation's own, else the usual ones."""
    own = organisation.settings.get("ladder")
    given = own if isinstance(own, Mapping) else {}
    return {key: given[key] if type(given.get(key)) is int else usual for key, usual in LIMITS.items()}


@transaction.atomic
def change_limits(organisation: OrgUnit, given: Mapping[str, Any]) -> None:
    """Set the numbers of the rules; ValidationError says which is out of range."""
    ranges = {"months": (1, 12), "least_months": (1, 12), "up": (1, 100), "down": (0, 99), "most_up": (1, 100),
              "fails": (1, 12)}  # fmt: skip
    found = {}
    for key, (least, most) in ranges.items():
        text = str(given.get(key, "")).strip()
        if not text.isdigit() or not least <= int(text) <= most:
            raise ValidationError(
                _("“%(text)s”: write a whole number from %(least)s to %(most)s.")
                % {"text": text[:20], "least": least, "most": most}
            )
        found[key] = int(text)
    if found["down"] >= found["up"]:
        raise ValidationError(_("The mean for a step down must lie below that for a step up."))
    unit = OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    unit.settings["ladder"] = found
    unit.save(update_fields=["settings"])


@transaction.atomic
def install(organisation: OrgUnit) -> list[PostGrade]:
    """The usual ladder of the industry, where there is none yet."""
    OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    if not PostGrade.objects.filter(organisation=organisation).exists():
        usual = USUAL.get(organisation.profile, USUAL["bank"])
        PostGrade.objects.bulk_create(
            PostGrade(
                organisation=organisation, code=f"G{place}", name=str(name), position=place, monthly_pay=Decimal(pay)
            )
            for place, (name, pay) in enumerate(usual, start=1)
        )
    return list(PostGrade.objects.filter(organisation=organisation))


def grade_of(manager: User, day: dt.date) -> PostGrade | None:
    """The grade that a manager holds on a day."""
    change = GradeChange.objects.filter(manager=manager, valid_from__lte=day).select_related("grade").first()
    return change.grade if change else None


@transaction.atomic
def set_grade(
    manager: User, grade: PostGrade, day: dt.date, reason: str, user: User | None, move: GradeMove | None = None
) -> GradeChange:
    """Give a manager a grade from a day on, with the reason; the history is sealed."""
    if not reason.strip():
        raise ValidationError(_("Say why: the reason stays in the history of grades."))
    if grade.organisation_id != manager.organisation_id or not grade.is_active:
        raise ValidationError(_("Choose a grade of the ladder that is in use."))
    User.objects.select_for_update().get(pk=manager.pk)
    last = GradeChange.objects.filter(manager=manager).first()
    if last and last.valid_from >= day:
        raise ValidationError(_("The present grade began on %(day)s. Choose a later day.") % {"day": last.valid_from})
    change = GradeChange.objects.create(
        organisation_id=manager.organisation_id, manager=manager, grade=grade, valid_from=day,
        reason=reason.strip()[:300], decided_by=user, move=move,
    )  # fmt: skip
    if user:
        notify(
            [manager],
            _("From %(day)s your grade is %(grade)s.") % {"day": day.isoformat(), "grade": grade.name},
            url=reverse("kpi:my-career"),
            key=f"grade:{change.pk}",
        )
    return change


# Means of the last published months, the present rung and its neighbours, and what the next rung asks for.
PROPOSALS = f"""
    WITH mean AS ({MEANS}    ), held AS (
        SELECT DISTINCT ON (c.manager_id) c.manager_id, c.grade_id, g.position, c.valid_from
        FROM kpi_gradechange c JOIN kpi_postgrade g ON g.id = c.grade_id
        WHERE c.organisation_id = %(organisation)s AND c.valid_from <= %(day)s
        ORDER BY c.manager_id, c.valid_from DESC
    ), placed AS (
        SELECT m.*, h.grade_id, h.valid_from,
               rank() OVER (PARTITION BY m.group_id ORDER BY m.score DESC) AS rank,
               count(*) OVER (PARTITION BY m.group_id) AS people, up.id AS up_id, up.exam_mark,
               up.metric, up.metric_least, down.id AS down_id, exam.mark AS exam
        FROM mean m
        JOIN people_user u ON u.id = m.manager_id AND u.is_active AND u.role = 'am'
        JOIN held h USING (manager_id)
        LEFT JOIN LATERAL (
            SELECT * FROM kpi_postgrade g WHERE g.organisation_id = %(organisation)s AND g.is_active
                AND g.position > h.position ORDER BY g.position LIMIT 1
        ) up ON true
        LEFT JOIN LATERAL (
            SELECT id FROM kpi_postgrade g WHERE g.organisation_id = %(organisation)s AND g.is_active
                AND g.position < h.position ORDER BY g.position DESC LIMIT 1
        ) down ON true
        LEFT JOIN LATERAL (
            SELECT max(r.mark) AS mark FROM kpi_examresult r JOIN kpi_exam e ON e.id = r.exam_id
            WHERE r.manager_id = m.manager_id AND e.kind = 'grade' AND e.held_on > %(day)s - 730
        ) exam ON true
        WHERE m.months >= %(least_months)s AND h.valid_from < %(start)s
    )
    SELECT p.*,
           (SELECT v.value FROM kpi_managervalue v
            WHERE v.organisation_id = %(organisation)s AND v.metric = p.metric AND v.manager_id = p.manager_id
                AND v.period <= %(last)s AND v.value IS NOT NULL ORDER BY v.period DESC LIMIT 1) AS measured,
           CASE WHEN p.up_id IS NOT NULL AND p.score >= %(up)s AND p.rank <= ceil(p.people * %(most_up)s / 100.0)
                THEN 'promote'
                WHEN p.down_id IS NOT NULL AND (p.score < %(down)s OR p.fails >= %(fails)s) THEN 'demote'
           END AS kind
    FROM placed p
"""


def proposals(organisation: OrgUnit, period: Period) -> list[dict[str, Any]]:
    """What the rules say after a period: one row for everybody whom they would move, with the figures."""
    limits = limits_of(organisation)
    last = periods.month_of(period.end)
    months = [periods.add_months(last, -back) for back in range(limits["months"])]
    params = {
        "organisation": organisation.pk,
        "card_months": [f"{month:%Y-%m}" for month in months],
        "last": f"{last:%Y-%m}",
        "start": months[0],  # who has just been moved is left alone for a month
        "day": period.end,
        **limits,
    }
    return sql.rows(f"SELECT * FROM ({PROPOSALS}) found WHERE kind IS NOT NULL", params)


def qualified(row: Mapping[str, Any]) -> bool:
    """Whether the exam, or the indicator in its place, allows the step up."""
    by_exam = row["exam_mark"] is None or (row["exam"] is not None and row["exam"] >= row["exam_mark"])
    by_metric = bool(row["metric"]) and row["measured"] is not None and row["measured"] >= row["metric_least"]
    return by_exam or by_metric


@transaction.atomic
def propose(organisation: OrgUnit, period: Period) -> int:
    """Write the proposals of a period anew; what is decided stays. The number that waits."""
    waiting = GradeMove.objects.filter(organisation=organisation, period=str(period), state=GradeMove.State.PROPOSED)
    waiting.delete()
    decided = set(
        GradeMove.objects.filter(organisation=organisation, period=str(period)).values_list("manager_id", flat=True)
    )
    rows = [row for row in proposals(organisation, period) if row["manager_id"] not in decided]
    GradeMove.objects.bulk_create(
        GradeMove(
            organisation=organisation,
            manager_id=row["manager_id"],
            period=str(period),
            kind=row["kind"],
            from_grade_id=row["grade_id"],
            to_grade_id=row["up_id"] if row["kind"] == "promote" else row["down_id"],
            figures=_figures(row),
        )
        for row in rows
    )
    return len(rows)


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: row[key] for key in ("months", "score", "fails", "rank", "people", "exam", "exam_mark", "metric",
                                       "measured", "metric_least")}  # fmt: skip
    found["qualified"] = row["kind"] == "demote" or qualified(row)
    return dict(json.loads(json.dumps(found, default=str)))


@transaction.atomic
def decide(move: GradeMove, accept: bool, day: dt.date, note: str, user: User) -> GradeMove:
    """HR's decision on a proposal: accepted, the grade changes from the day on. Both are kept for good."""
    move = GradeMove.objects.select_for_update(of=("self",)).select_related("manager__unit", "to_grade").get(pk=move.pk)
    if move.state != GradeMove.State.PROPOSED:
        raise ValidationError(_("This has been decided already."))
    if not accept and not note.strip():
        raise ValidationError(_("Say why the proposal is declined."))
    if accept and not move.figures.get("qualified", True) and not note.strip():
        raise ValidationError(_("The proof of qualification is missing. Say why the step is taken all the same."))
    held = grade_of(move.manager, day)
    if accept and (held is None or held.pk != move.from_grade_id):
        text = _("%(name)s holds another grade by now: %(grade)s. Decline this, or have the moves proposed anew.")
        raise ValidationError(text % {"name": move.manager.name, "grade": held.name if held else "—"})
    move.state = GradeMove.State.ACCEPTED if accept else GradeMove.State.DECLINED
    move.note, move.decided_by, move.decided_at = note.strip()[:300], user, periods.now()
    move.save(update_fields=["state", "note", "decided_by", "decided_at"])
    if accept:
        reason = note.strip() or _("%(kind)s by the scores up to %(period)s") % {
            "kind": move.get_kind_display(),
            "period": move.period,
        }
        set_grade(move.manager, move.to_grade, day, reason, user, move)
    return move
