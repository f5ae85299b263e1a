"""Exams and their results, training as a prize, and rotation of posts."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods, sql
from kpi import changes
from kpi.models import Exam, ExamResult, Honour, Rotation, Training
from people.models import OrgUnit, Posting, User
from people.services import notify, transfer

PRIZES = {
    periods.MONTH: gettext_lazy("In-house training"),
    periods.QUARTER: gettext_lazy("Study visit to a sister company"),
    periods.HALF: gettext_lazy("Study visit to a sister company"),
    periods.YEAR: gettext_lazy("Study visit to the head office"),
}


def mark_of(exam: Exam, written: Decimal, interview: Decimal | None) -> Decimal:
    """Out of 100, half up to two places: written × (1 − share) + interview × share, over the full mark."""
    share = exam.interview_share if interview is not None else Decimal(0)
    raw = written * (1 - share) + (interview or Decimal(0)) * share
    return (100 * raw / exam.full_mark).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")


@transaction.atomic
def enter(exam: Exam, given: Mapping[int, tuple[str, str]], user: User) -> int:
    """Enter results {manager: (written, interview)} as typed; empty ones are left as they are. Their number.

    ValidationError names everybody whose mark cannot be taken; then nothing is saved.
    """
    changes.let_change(exam.organisation_id)
    people = User.objects.visible_to(user).in_bulk(list(given))
    rows, problems = [], []
    for pk, (written_text, interview_text) in given.items():
        if pk not in people or not (written_text.strip() or interview_text.strip()):
            continue
        if not written_text.strip():
            problems.append(
                _("%(name)s: the written mark is missing beside the interview.") % {"name": people[pk].name}
            )
            continue
        written, interview = _mark(written_text, exam), _mark(interview_text, exam) if interview_text.strip() else None
        if written is None or (interview_text.strip() and interview is None):
            problems.append(
                _("%(name)s: a mark is a number from 0 to %(full)s.")
                % {"name": people[pk].name, "full": f"{Decimal(exam.full_mark).normalize():f}"}
            )
            continue
        rows.append(
            ExamResult(
                exam=exam, manager_id=pk, written=written, interview=interview,
                mark=mark_of(exam, written, interview), entered_by=user,
            )
        )  # fmt: skip
    if problems:
        raise ValidationError(problems)
    ExamResult.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["exam", "manager"],
        update_fields=["written", "interview", "mark", "entered_by", "entered_at"],
    )
    return len(rows)


def _mark(text: str, exam: Exam) -> Decimal | None:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found <= exam.full_mark else None


def prize_for(honours: Iterable[Honour], user: User) -> None:
    """Champions are sent to a training: which one follows from the length of the period."""
    champions = [honour for honour in honours if honour.kind == Honour.Kind.CHAMPION]
    Training.objects.bulk_create(
        [
            Training(
                honour=honour,
                organisation_id=honour.run.organisation_id,
                manager_id=honour.manager_id,
                title=str(PRIZES.get(honour.run.span.kind, PRIZES[periods.MONTH])),
                given_by=user,
            )
            for honour in champions
        ],
        ignore_conflicts=True,  # one for each honour
    )


@transaction.atomic
def attended(training: Training, day: dt.date) -> None:
    """Note that the training was attended; the first day counts."""
    if day > periods.today():
        raise ValidationError(_("That day is still ahead."))
    Training.objects.filter(pk=training.pk, attended_on=None).update(attended_on=day)


LONGEST = """
    WITH spell AS (
        SELECT p.user_id, p.unit_id, p.role, p.valid_from FROM people_posting p
        WHERE p.valid_to IS NULL AND p.role IN ('am', 'back_office')
    )
    SELECT u.id, u.name, o.name AS unit, s.role, s.valid_from, (%(day)s - s.valid_from) / 365.25 AS years,
           (SELECT count(*) FROM kpi_rotation r WHERE r.person_id = u.id AND r.carried_out_at IS NOT NULL) AS rotations
    FROM spell s JOIN people_user u ON u.id = s.user_id AND u.is_active
    JOIN people_orgunit o ON o.id = s.unit_id
    WHERE o.organisation_id = %(organisation)s
    ORDER BY s.valid_from, u.username LIMIT %(limit)s
"""


def longest_in_post(organisation_id: int, limit: int = 50) -> list[dict[str, Any]]:
    """Account managers and back-office staff by how long they have been in their post, the longest first."""
    return sql.rows(LONGEST, {"organisation": organisation_id, "day": periods.today(), "limit": limit})


@transaction.atomic
def plan_rotation(rotation: Rotation, user: User) -> Rotation:
    """Plan a change of post; the person is told."""
    if rotation.unit.organisation_id != user.organisation_id:
        raise ValidationError(_("Choose a unit of your organisation."))
    rotation.organisation = OrgUnit.objects.get(pk=user.organisation_id)
    rotation.planned_by = user
    rotation.full_clean(exclude=["carried_out_at", "dropped_at"])
    rotation.save()
    notify(
        [rotation.person],
        _("From %(day)s you are to work in %(unit)s.")
        % {"day": rotation.starts_on.isoformat(), "unit": rotation.unit.name},
        url=reverse("people:me"),
        key=f"rotation:{rotation.pk}",
    )
    return rotation


@transaction.atomic
def carry_out(rotation: Rotation) -> Posting:
    """Carry a planned change out by a transfer from its day on, which must have come."""
    rotation = Rotation.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=rotation.pk)
    if rotation.carried_out_at or rotation.dropped_at:
        raise ValidationError(_("This has been decided already."))
    if rotation.starts_on > periods.today():
        raise ValidationError(_("The day has not come yet: %(day)s.") % {"day": rotation.starts_on})
    posting = transfer(rotation.person, rotation.unit, rotation.role, rotation.starts_on)
    rotation.carried_out_at = periods.now()
    rotation.save(update_fields=["carried_out_at"])
    return posting


@transaction.atomic
def drop(rotation: Rotation) -> None:
    """Drop a plan that has not been carried out."""
    Rotation.objects.filter(pk=rotation.pk, carried_out_at=None, dropped_at=None).update(dropped_at=periods.now())
