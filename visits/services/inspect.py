"""Market inspections: a supervisor looks at clients alone, planned or not, and publishes what there was to see."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client
from crm.lib import periods
from people.models import User
from people.services import give_task, notify, supervisors_of
from visits.models import PlannedVisit, Visit


@transaction.atomic
def plan_inspection(by: User, client: Client, day: dt.date) -> PlannedVisit:
    """Put a client on one's own list of inspections; nobody need approve it, and the manager is not told."""
    if not by.is_supervisor:
        raise PermissionDenied
    if day < periods.today():
        raise ValidationError(_("That day is over. Choose today or a later day."))
    line, _created = PlannedVisit.objects.get_or_create(
        manager=by,
        client=client,
        day=day,
        defaults={"state": PlannedVisit.State.APPROVED, "reason": _("Market inspection")},
    )
    return line


def drop_inspection(line: PlannedVisit) -> None:
    """Take a planned inspection back, unless it was made."""
    PlannedVisit.objects.filter(pk=line.pk, visit=None).delete()


def may_publish(person: User, visit: Visit) -> bool:
    """Whether a person may publish the result: who made the inspection, once."""
    return visit.is_inspection and visit.manager_id == person.pk and visit.published_at is None


@transaction.atomic
def publish(visit: Visit, by: User) -> Visit:
    """Publish an inspection to the client's manager and the manager's supervisors; from then on it never changes.

    A requirement becomes a task of the manager.
    """
    visit = Visit.objects.select_for_update(of=("self",)).select_related("client__owner__unit").get(pk=visit.pk)
    if visit.manager_id != by.pk or not visit.is_inspection:
        raise PermissionDenied
    if visit.published_at:
        return visit
    if not (visit.note or visit.demand or visit.requirement or visit.checklist):
        raise ValidationError(_("There is nothing to publish yet. Write down what you saw first."))
    owner = visit.client.owner
    if visit.requirement and not visit.requirement_on:
        visit.requirement_on = periods.today() + dt.timedelta(days=7)
    visit.published_at = periods.now()
    visit.save(update_fields=["published_at", "requirement_on"])
    url = reverse("visits:detail", args=[visit.pk])
    if owner is None:
        return visit
    words = _("%(name)s inspected %(client)s: %(text)s")
    concerned = {person.pk: person for person in [owner, *supervisors_of(owner)] if person.pk != by.pk}
    values = {"name": by.name, "client": visit.client.name, "text": visit.requirement or visit.note or visit.demand}
    notify(concerned.values(), words % values, url=url, key=f"inspection:{visit.pk}")
    if visit.requirement:
        give_task(
            owner,
            _("%(client)s: %(step)s") % {"client": visit.client.name, "step": visit.requirement},
            visit.requirement_on or periods.today(),
            by=by,
            source=f"inspection:{visit.pk}",
            about=f"client:{visit.client_id}",
            url=url,
        )
    return visit
