"""Verbs of coaching: propose, confirm, act, close; and what worked for which type."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib import periods, sql
from kpi.coaching import rules
from kpi.coaching.figures import figures
from kpi.models import CoachingAction, CoachingCase, CoachingType, Run
from people.models import OrgUnit, User
from people.services import finish_task, give_task, notify

OPEN = (CoachingCase.State.PROPOSED, CoachingCase.State.CONFIRMED)
State = CoachingCase.State


@transaction.atomic
def propose(run: Run) -> int:
    """Cases from a month's published run: one for everybody whom a rule names and who has none open. Their number.

    Cases that were proposed for an earlier month and that nobody took up give way to the newer figures; a month that
    comes out after a later one proposes nothing.
    """
    months = Run.objects.published().filter(organisation=run.organisation_id, scheme__period_kind=periods.MONTH)
    if run.scheme.period_kind != periods.MONTH or months.filter(period__gt=run.period).exists():
        return 0
    limits = rules.limits_of(run.organisation)
    stale = CoachingCase.objects.filter(organisation=run.organisation_id, state=State.PROPOSED)
    stale.exclude(actions__isnull=False).delete()
    busy = set(
        CoachingCase.objects.filter(organisation=run.organisation_id, state__in=OPEN).values_list("manager", flat=True)
    ) | set(
        CoachingCase.objects.filter(organisation=run.organisation_id, period=run.period).values_list(
            "manager", flat=True
        )
    )
    cases = []
    for row in figures(run):
        judged = rules.judge(row, limits)
        if judged is None or row["manager_id"] in busy:
            continue
        kind, shown = judged
        cases.append(
            CoachingCase(
                organisation_id=run.organisation_id, manager_id=row["manager_id"], org_id=row["org_id"],
                period=run.period, proposed=kind, type=kind, figures=shown, score_before=row["score"],
            )
        )  # fmt: skip
    CoachingCase.objects.bulk_create(cases)
    _tell(run, cases)
    return len(cases)


# Supervisors at the nearest unit upwards that has one, each with the number of people whose cases wait there.
DESKS = """
    SELECT s.id, count(*) AS waiting
    FROM people_user p JOIN people_orgunit u ON u.id = p.unit_id
    CROSS JOIN LATERAL (
        SELECT d.id FROM people_user x JOIN people_orgunit d ON d.id = x.unit_id
        WHERE x.role = 'supervisor' AND x.is_active AND x.id <> p.id AND starts_with(u.path, d.path)
        ORDER BY length(d.path) DESC LIMIT 1
    ) desk
    JOIN people_user s ON s.unit_id = desk.id AND s.role = 'supervisor' AND s.is_active AND s.id <> p.id
    WHERE p.id = ANY(%s) GROUP BY s.id
"""


def _tell(run: Run, cases: Sequence[CoachingCase]) -> None:
    """One line for each supervisor: how many cases wait. Those for whom it is the same number are told together."""
    waiting: dict[int, list[int]] = {}
    for row in sql.rows(DESKS, [[case.manager_id for case in cases]]):
        waiting.setdefault(row["waiting"], []).append(row["id"])
    for count, supervisors in waiting.items():
        text = ngettext(
            "%(period)s: %(n)d coaching case is proposed.", "%(period)s: %(n)d coaching cases are proposed.", count
        )
        notify(
            User.objects.filter(pk__in=supervisors), text % {"period": run.period, "n": count},
            url=reverse("kpi:coaching"), key=f"coaching:{run.pk}",
        )  # fmt: skip


@transaction.atomic
def confirm(
    case: CoachingCase, kind: str, actions: Mapping[str, str], due_on: dt.date, note: str, user: User
) -> CoachingCase:
    """Take a case up as a type, with actions {kind: words} that become the supervisor's own tasks."""
    case = _held(case, State.PROPOSED)
    if kind not in CoachingType.values:
        raise ValidationError(_("Choose one of the types."))
    chosen = {key: text for key, text in actions.items() if key in CoachingAction.Kind.values}
    if not chosen:
        raise ValidationError(_("Choose at least one action: what do you want to do?"))
    if due_on < periods.today():
        raise ValidationError(_("The day lies in the past. Choose a later one."))
    case.type, case.state, case.note = kind, State.CONFIRMED, note.strip()[:300]
    case.decided_by, case.decided_at = user, periods.now()
    case.save(update_fields=["type", "state", "note", "decided_by", "decided_at"])
    for key, text in chosen.items():
        label = CoachingAction.Kind(key).label
        title = _("%(name)s: %(action)s") % {"name": case.manager.name, "action": text.strip() or label}
        task = give_task(
            user, title, due_on, source=f"coaching:{case.pk}:{key}", about=f"coaching:{case.pk}",
            url=reverse("kpi:case", args=[case.pk]),
        )  # fmt: skip
        CoachingAction.objects.create(case=case, kind=key, task=task)
    return case


@transaction.atomic
def dismiss(case: CoachingCase, note: str, user: User) -> CoachingCase:
    """The figures say so, but it is not so: with the reason, which stays."""
    case = _held(case, State.PROPOSED)
    if not note.strip():
        raise ValidationError(_("Say why the figures mislead: the reason stays with the case."))
    case.state, case.note = State.DISMISSED, note.strip()[:300]
    case.decided_by, case.decided_at = user, periods.now()
    case.save(update_fields=["state", "note", "decided_by", "decided_at"])
    return case


@transaction.atomic
def close(case: CoachingCase, note: str, user: User) -> CoachingCase:
    """End a case: the latest published month's score is the one after; its open tasks are done with."""
    case = _held(case, State.CONFIRMED)
    after = latest_score(case)
    case.state, case.closed_at = State.CLOSED, periods.now()
    case.note = note.strip()[:300] or case.note
    if after:
        case.score_after, case.period_after = after["score"], after["period"]
    case.save(update_fields=["state", "closed_at", "note", "score_after", "period_after"])
    for action in case.actions.select_related("task"):
        if action.task.done_at is None:
            finish_task(action.task, _("The case is closed."))
    return case


def _held(case: CoachingCase, state: str) -> CoachingCase:
    found = CoachingCase.objects.select_for_update(of=("self",)).select_related("manager").get(pk=case.pk)
    if found.state != state:
        raise ValidationError(_("This case is “%(state)s” by now.") % {"state": found.get_state_display()})
    return found


def latest_score(case: CoachingCase) -> dict[str, Any] | None:
    """The latest published monthly score after the case's month: ``period, score``."""
    found = sql.rows(
        """
        SELECT r.period, c.score FROM kpi_scorecard c
        JOIN kpi_run r ON r.id = c.run_id AND r.state IN ('published', 'locked')
        JOIN kpi_scheme s ON s.id = r.scheme_id AND s.period_kind = 'month'
        WHERE c.manager_id = %s AND r.period > %s AND c.score IS NOT NULL
        ORDER BY r.period DESC, r.version DESC LIMIT 1
        """,
        [case.manager_id, case.period],
    )
    return found[0] if found else None


def what_worked(organisation_id: int) -> list[dict[str, Any]]:
    """Closed cases by type and action: how many, mean score before and after, share that rose; by mean gain."""
    return sql.rows(
        """
        SELECT c.type, a.kind, count(*) AS cases, round(avg(c.score_before), 1) AS before,
               round(avg(c.score_after), 1) AS after, round(avg(c.score_after - c.score_before), 1) AS gain,
               avg((c.score_after > c.score_before)::int) AS rose
        FROM kpi_coachingcase c JOIN kpi_coachingaction a ON a.case_id = c.id
        WHERE c.organisation_id = %s AND c.state = 'closed' AND c.score_before IS NOT NULL
            AND c.score_after IS NOT NULL
        GROUP BY c.type, a.kind ORDER BY c.type, gain DESC, a.kind
        """,
        [organisation_id],
    )


@transaction.atomic
def change_limits(organisation: OrgUnit, given: Mapping[str, str]) -> None:
    """Set the limits of the rules; ValidationError names the first that is no whole number in its range."""
    found = {}
    for key, label in rules.LABELS.items():
        text = given.get(key, "").strip()
        if not text.isdigit() or not 0 < int(text) <= 1000:
            raise ValidationError(
                _("%(label)s: write a whole number from %(least)s to %(most)s.")
                % {"label": label, "least": 1, "most": 1000}
            )
        found[key] = int(text)
    unit = OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    unit.settings["coaching"] = found
    unit.save(update_fields=["settings"])
