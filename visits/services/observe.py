"""Joint visits: who came along is asked for an observation, and writes it."""

import datetime as dt
from collections.abc import Mapping

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import periods
from people.models import Task, User
from people.services import finish_task, give_task, notify
from visits import checklists
from visits.models import Observation, Visit

HOURS = 48  # in which who came along writes down what there was to see


def may_observe(person: User, visit: Visit) -> bool:
    """Whether a person who sees a visit may add an observation: a supervisor, about another's, until it is sealed."""
    return (
        person.is_supervisor and visit.manager_id != person.pk and not visit.is_inspection and visit.verified_at is None
    )


def ask_companion(visit: Visit) -> Task | None:
    """A task for whoever came along: write the observation within two days."""
    if visit.companion is None:
        return None
    values = {"name": visit.manager.name, "client": visit.client.name}
    return give_task(
        visit.companion,
        _("Observation of the joint visit with %(name)s to %(client)s") % values,
        periods.local(visit.checked_in_at + dt.timedelta(hours=HOURS)).date(),
        by=visit.manager,
        source=f"observe:{visit.pk}",
        about=f"client:{visit.client_id}",
        url=f"{reverse('visits:detail', args=[visit.pk])}#observe",
    )


@transaction.atomic
def observe(visit: Visit, by: User, text: str, behaviour: Mapping[str, str]) -> Observation:
    """Write or correct one's observation of a visit; the manager is told, the task is done."""
    rows = Visit.objects.select_for_update(of=("self",)).select_related("manager", "client", "organisation")
    visit = rows.get(pk=visit.pk)
    if not may_observe(by, visit):
        raise PermissionDenied
    text = text.strip()
    if not text:
        raise ValidationError({"text": _("Write what you saw: the account manager reads it.")})
    template = checklists.ensure(visit.organisation, checklists.BEHAVIOUR)
    ticked = checklists.answers(template, dict(behaviour))
    values = {"text": text[:2000], "behaviour": ticked, "template": template if ticked else None}
    observation, created = Observation.objects.update_or_create(
        visit=visit, observer=by, defaults={**values, "written_at": periods.now()}
    )
    task = Task.objects.filter(source=f"observe:{visit.pk}", owner=by, done_at=None).first()
    if task:
        finish_task(task)
    if created:
        notify(
            [visit.manager],
            _("%(name)s wrote an observation about your visit to %(client)s.")
            % {"name": by.name, "client": visit.client.name},
            url=reverse("visits:detail", args=[visit.pk]),
            key=f"observation:{observation.pk}",
        )
    return observation
