"""Terms of appointment: begun, decided at their end; and who stands at the bottom of a year."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import periods, sql
from kpi.careers import ladder
from kpi.models import PostGrade, Term
from kpi.monthly import MEANS
from people.models import User
from people.services import notify

BOTTOM_SHARE = 5  # percent a year


@transaction.atomic
def begin(manager: User, starts_on: dt.date, ends_on: dt.date) -> Term:
    """A term for a manager who has none open."""
    if ends_on <= starts_on:
        raise ValidationError(_("The term must end after it begins."))
    User.objects.select_for_update().get(pk=manager.pk)
    if Term.objects.filter(manager=manager, decision="").exists():
        raise ValidationError(_("%(name)s has a term that is still open. Decide it first.") % {"name": manager.name})
    return Term.objects.create(
        organisation_id=manager.organisation_id, manager=manager, starts_on=starts_on, ends_on=ends_on
    )


@transaction.atomic
def decide(term: Term, decision: str, years: int, reason: str, user: User) -> Term:
    """How a term ends; renewed ones go on with a new term, at the grade above or below where that is decided."""
    term = Term.objects.select_for_update(of=("self",)).select_related("manager__unit").get(pk=term.pk)
    if term.decision:
        raise ValidationError(_("This has been decided already."))
    if decision not in Term.Decision.values:
        raise ValidationError(_("Choose how the term ends."))
    if not reason.strip():
        raise ValidationError(_("Say why: the reason stays with the term."))
    if not 1 <= years <= 5:
        raise ValidationError(_("A new term lasts from 1 to 5 years."))
    term.decision, term.reason = decision, reason.strip()[:300]
    term.decided_by, term.decided_at = user, periods.now()
    term.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
    next_day = term.ends_on + dt.timedelta(days=1)
    if decision in (Term.Decision.PROMOTE, Term.Decision.DEMOTE):
        grade = _neighbour(term.manager, next_day, up=decision == Term.Decision.PROMOTE)
        ladder.set_grade(term.manager, grade, next_day, term.reason, user)
    if decision != Term.Decision.DISMISS:
        ends_on = _years_on(next_day, years) - dt.timedelta(days=1)
        Term.objects.create(
            organisation_id=term.organisation_id, manager=term.manager, starts_on=next_day, ends_on=ends_on
        )
    notify(
        [term.manager],
        _("Your term that ends on %(day)s: %(decision)s.")
        % {"day": term.ends_on.isoformat(), "decision": term.get_decision_display()},
        url=reverse("kpi:my-career"),
        key=f"term:{term.pk}",
    )
    return term


def _neighbour(manager: User, day: dt.date, *, up: bool) -> PostGrade:
    """The rung above or below."""
    present = ladder.grade_of(manager, day)
    if present is None:
        raise ValidationError(_("%(name)s has no grade yet. Give one first.") % {"name": manager.name})
    rungs = PostGrade.objects.filter(organisation=manager.organisation_id, is_active=True)
    found = (
        rungs.filter(position__gt=present.position).order_by("position").first()
        if up
        else rungs.filter(position__lt=present.position).order_by("-position").first()
    )
    if found is None:
        raise ValidationError(_("There is no grade beyond %(grade)s on the ladder.") % {"grade": present.name})
    return found


def _years_on(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


YEAR = f"""
    WITH mean AS ({MEANS}    ), placed AS (
        SELECT m.*, rank() OVER (PARTITION BY group_id ORDER BY score DESC) AS rank,
               count(*) OVER (PARTITION BY group_id) AS people
        FROM mean m
    )
    SELECT p.manager_id, u.name, o.name AS unit, g.name AS group_name, p.months, p.score, p.fails, p.rank, p.people,
           p.rank > p.people - greatest(1, floor(p.people * %(share)s / 100.0)) AND p.people >= 5 AS is_bottom
    FROM placed p JOIN people_user u ON u.id = p.manager_id AND u.is_active
    JOIN people_orgunit o ON o.id = u.unit_id JOIN people_orgunit g ON g.id = p.group_id
    ORDER BY g.path, p.rank DESC, u.username
"""


def year_ranks(organisation_id: int, year: int, share: int = BOTTOM_SHARE) -> list[dict[str, Any]]:
    """Everybody's mean of a year's published months, the lowest first; the bottom share of each group is marked."""
    months = [f"{year}-{number:02}" for number in range(1, 13)]
    return sql.rows(YEAR, {"organisation": organisation_id, "card_months": months, "share": share})
