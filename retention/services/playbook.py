"""From a play-book's lines to visits on the plan and tasks."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.lib import periods
from crm.lib.workdays import add_work_days, same_or_next_work_day
from people.models import Role, Task, User
from people.services import give_task
from retention.config import Config
from retention.models import Alert, AlertStep
from retention.rules import Act
from visits.models import PlannedVisit
from visits.services import plan as visit_plan


@dataclass(frozen=True)
class Plan:
    """One thing to do about an alert, with its day."""

    act: str
    text: str
    due_on: dt.date

    @property
    def label(self) -> str:
        """What it becomes, in words."""
        return str(Act(self.act).label)


def proposed(config: Config, organisation_settings: dict) -> list[Plan]:
    """The lines of a play-book with days, counted in work days from today."""
    changes = organisation_settings.get("work_days")
    today = same_or_next_work_day(periods.today(), changes)
    return [Plan(step.act, str(step.text), add_work_days(today, step.days, changes)) for step in config.steps]


def carry_out(alert: Alert, plans: list[Plan], by: User, url: str) -> list[AlertStep]:
    """Visits go on the plan of the client's owner, the rest becomes tasks of whoever is responsible.

    What is to be done already, in the same words by the same day, is not made again.
    """
    person = alert.responsible or by
    made: list[AlertStep] = []
    there = alert.steps.select_related("task", "planned_visit")
    ahead = {(step.text, step.due_on) for step in there if step.is_ahead}
    for position, plan in enumerate(plans):
        if (plan.text[:160], plan.due_on) in ahead:
            continue
        ahead.add((plan.text[:160], plan.due_on))
        step = AlertStep.objects.create(
            alert=alert, position=position, act=plan.act, text=plan.text[:160], due_on=plan.due_on
        )
        if plan.act == Act.VISIT and person.role == Role.AM and person.pk == alert.client.owner_id:
            step.planned_visit = _visit(alert, person, plan)
        else:
            step.act = Act.TASK if plan.act == Act.VISIT else plan.act
            title = _("%(client)s: %(step)s") % {"client": alert.client.name, "step": plan.text}
            step.task = give_task(
                person,
                title,
                plan.due_on,
                by=by,
                source=f"alert:{alert.pk}:{step.pk}",
                about=f"client:{alert.client_id}",
                url=url,
            )
        step.save(update_fields=["act", "task", "planned_visit"])
        made.append(step)
    return made


def end_tasks(alerts: Iterable[int], state: str, at: dt.datetime) -> None:
    """Finish what is still to be done about alerts that were closed at a moment."""
    note = _("The alert is closed: %(state)s") % {"state": Alert.State(state).label}
    _tasks(alerts).filter(done_at=None).update(done_at=at, done_note=note[:300])


def reopen_tasks(alerts: Iterable[int], at: dt.datetime) -> None:
    """Take back what ``end_tasks`` finished at that moment."""
    _tasks(alerts).filter(done_at=at).update(done_at=None, done_note="")


def _tasks(alerts: Iterable[int]) -> QuerySet[Task]:
    return Task.objects.filter(pk__in=AlertStep.objects.filter(alert__in=list(alerts)).values("task"))


def _visit(alert: Alert, owner: User, plan: Plan) -> PlannedVisit:
    """The line of that day; one that is there already serves."""
    there = PlannedVisit.objects.filter(manager=owner, client=alert.client, day=plan.due_on).first()
    line = there or visit_plan.add(owner, alert.client, plan.due_on)
    if there is None:
        line.reason = _("Alert: %(label)s") % {"label": alert.label}
        line.save(update_fields=["reason"])
    return line
