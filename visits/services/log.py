"""Save a visit, once, with all that follows from it."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client, Ownership
from crm.lib import periods, sql
from crm.lib.geo import distance_m
from people.models import Task, User
from people.services import give_task
from visits import checklists, flags, post_loan
from visits.follow_ups import note_for_later
from visits.limits import Limits, limits_of
from visits.models import ChecklistTemplate, Mode, PlannedVisit, Purpose, Result, TraceFlag, Visit
from visits.services.inspect import publish as publish_inspection
from visits.services.observe import ask_companion
from visits.similarity import marks

# A clock this far off is the network's doing and not the clock's.
CLOCK_TOLERANCE = dt.timedelta(minutes=2)
LONGEST = 24 * 60  # minutes that a visit can be credited with
TEXT_FIELDS = ("purpose", "people_met", "checklist", "demand", "note", "result", "next_step", "next_step_on")


@dataclass(frozen=True)
class Logged:
    """What became of a visit: ``created`` is False when the device had sent it before.

    ``number``: the how manieth client of the day this is, 0 where nobody counts: a call, an inspection, another day.
    """

    visit: Visit
    created: bool
    flags: list[TraceFlag] = field(default_factory=list)
    number: int = 0


def may_log(manager: User, client: Client, day: dt.date) -> bool:
    """Whether a person may log a visit to a client: one in sight, or one that was the own on that day."""
    if client.owner_id == manager.pk or Client.objects.visible_to(manager).filter(pk=client.pk).exists():
        return True
    owned = Ownership.objects.filter(client=client, owner=manager, valid_from__lte=day)
    return owned.filter(Q(valid_to=None) | Q(valid_to__gte=day)).exists()


def log_visit(
    manager: User,
    client: Client,
    *,
    client_uuid: uuid.UUID,
    checked_in_at: dt.datetime,
    checked_out_at: dt.datetime | None = None,
    sent_at: dt.datetime | None = None,
    template: ChecklistTemplate | None = None,
    publish: bool = False,
    later: Iterable[str] = (),
    **fields: Any,
) -> Logged:
    """Save a visit unless the manager's device sent this one before; then the first one stands.

    ``sent_at``: the device's clock at the moment of sending; by it a wrong clock is put right. ``template``: the
    checklist that was ticked, if the caller has it at hand. ``fields``: the columns of Visit that a person fills in,
    and ``products``. ``publish``: an inspection's result is published at once. ``later``: codes of what the visit calls
    for elsewhere and could not be opened. The client's trace, the plan, the tasks and the flags follow once.
    """
    start, end, skew = right_times(checked_in_at, checked_out_at, sent_at)
    values = {
        **_of_role(manager, client, fields),
        "checked_in_at": start,
        "checked_out_at": end,
        "clock_skew_s": skew,
        "minutes": min(LONGEST, int((end - start).total_seconds() // 60)) if end else 0,
    }
    try:
        with transaction.atomic():
            logged = _save(manager, client, client_uuid, template, values)
            note_for_later(logged.visit, later, follow_up_by(logged.visit, limits_of(client.organisation)))
            if publish and logged.visit.is_inspection:
                publish_inspection(logged.visit, manager)
            return logged
    except IntegrityError:  # the same visit came in before, perhaps at the same moment
        known = Visit.objects.filter(manager=manager, client_uuid=client_uuid).first()
        if known is None:
            raise
        return Logged(known, created=False)


def _of_role(manager: User, client: Client, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that this person may fill in: an inspection with its requirement is a supervisor's."""
    fields = dict(fields)
    if fields.get("purpose") != Purpose.INSPECTION or not manager.is_supervisor or client.owner_id == manager.pk:
        if fields.get("purpose") == Purpose.INSPECTION:
            fields["purpose"] = Purpose.ROUTINE
        for name in ("requirement", "requirement_on"):
            fields.pop(name, None)
    return fields


def _save(
    manager: User, client: Client, client_uuid: uuid.UUID, template: ChecklistTemplate | None, values: dict[str, Any]
) -> Logged:
    limits = limits_of(client.organisation)
    products = values.pop("products", ())
    ticked, template = _ticked(client, template, values.pop("checklist", {}))
    visit = Visit(
        **values,
        organisation_id=client.organisation_id,
        client=client,
        manager=manager,
        client_uuid=client_uuid,
        day=periods.local(values["checked_in_at"]).date(),
        distance_m=_distance(client, values),
        checklist=ticked,
        checklist_template=template,
    )
    visit.note_marks = marks(manager.pk, flags.words_of(visit))
    plan = _plan_of(visit)
    visit.is_planned = plan is not None and plan.state in PlannedVisit.ON_PLAN
    visit.save(force_insert=True)
    if products:
        visit.products.add(*products)
    if plan and visit.is_inspection:
        PlannedVisit.objects.filter(pk=plan.pk).update(visit=visit)
    if not visit.is_inspection:
        _keep_trace(visit, plan)
        post_loan.fulfil(visit)
        _give_follow_up(visit, limits, fresh=True)
    keep_appointment(visit)
    if visit.companion_id:
        ask_companion(visit)
    if visit.is_inspection:
        return Logged(visit, created=True)
    others = flags.others_of(visit, limits)
    number = 0
    if visit.mode == Mode.ON_SITE and visit.day == periods.today():
        number = len({visit.client_id, *(other.client_id for other in others.of_day)})
    return Logged(visit, created=True, flags=flags.check(visit, limits, others), number=number)


def _ticked(
    client: Client, template: ChecklistTemplate | None, given: dict[str, Any]
) -> tuple[dict[str, str], ChecklistTemplate | None]:
    """The answers that the checklist knows, and the version that they were ticked by."""
    template = template or checklists.current(client.organisation, client.kind)
    ticked = checklists.answers(template, given)
    if ticked and not template.pk:
        template = checklists.ensure(client.organisation, client.kind)
    return ticked, template if ticked else None


def right_times(
    start: dt.datetime, end: dt.datetime | None, sent_at: dt.datetime | None
) -> tuple[dt.datetime, dt.datetime | None, int]:
    """Check-in and check-out by the server's clock, and the seconds that were added; nothing lies in the future."""
    now = periods.now()
    skew = now - sent_at if sent_at else dt.timedelta(0)
    if abs(skew) < CLOCK_TOLERANCE:
        skew = dt.timedelta(0)
    start = min(start + skew, now)
    if end is not None:
        end = min(end + skew, now)
        end = end if end >= start else None  # the clock was set back in between: the length is unknown
    return start, end, int(skew.total_seconds())


def _distance(client: Client, fields: dict[str, Any]) -> int | None:
    here = fields.get("longitude"), fields.get("latitude")
    if None in here or not client.has_place:
        return None
    return round(distance_m(*here, client.longitude, client.latitude))  # type: ignore[arg-type]


def _keep_trace(visit: Visit, plan: PlannedVisit | None) -> None:
    """The client's rolling row, and the line of the plan that the visit fulfils, in one statement."""
    on_site = visit.mode == Mode.ON_SITE
    sql.execute(
        """
        WITH fulfilled AS (UPDATE visits_plannedvisit SET visit_id = %(made)s WHERE id = %(plan)s)
        INSERT INTO visits_clienttrace AS t (client_id, last_visit_on, last_call_on, visits_total)
        VALUES (%(client)s, %(visit)s, %(call)s, 1)
        ON CONFLICT (client_id) DO UPDATE SET
            last_visit_on = greatest(t.last_visit_on, excluded.last_visit_on),
            last_call_on = greatest(t.last_call_on, excluded.last_call_on),
            visits_total = t.visits_total + 1
        """,
        {
            "made": visit.pk,
            "plan": plan.pk if plan else None,
            "client": visit.client_id,
            "visit": visit.day if on_site else None,
            "call": None if on_site else visit.day,
        },
    )


def _plan_of(visit: Visit) -> PlannedVisit | None:
    """The line of the day's plan that a visit on site fulfils."""
    if visit.mode != Mode.ON_SITE:
        return None
    return (
        PlannedVisit.objects.select_for_update()
        .filter(manager=visit.manager_id, client=visit.client_id, day=visit.day, visit=None)
        .exclude(state=PlannedVisit.State.RETURNED)
        .first()
    )


def keep_appointment(visit: Visit) -> None:
    """The next appointment of a visit as a line of the plan: what a client asked for needs no approval.

    It is the next one: what was agreed before for a time in between does not hold any more.
    """
    if visit.next_appointment_at is None:
        return
    day = periods.local(visit.next_appointment_at).date()
    agreed = Visit.objects.filter(manager=visit.manager_id, client=visit.client_id, next_appointment_at__isnull=False)
    if not agreed.filter(checked_in_at__gt=visit.checked_in_at).exists():  # else this one comes late from a phone
        PlannedVisit.objects.filter(
            manager=visit.manager_id, client=visit.client_id, visit=None, day__lt=day, at__gt=visit.checked_in_at
        ).delete()
    PlannedVisit.objects.update_or_create(
        manager_id=visit.manager_id,
        client_id=visit.client_id,
        day=day,
        defaults={"at": visit.next_appointment_at, "state": PlannedVisit.State.APPROVED, "confirmed_at": None},
        create_defaults={
            "at": visit.next_appointment_at,
            "state": PlannedVisit.State.APPROVED,
            "reason": _("Agreed with the client"),
        },
    )


def follow_up_by(visit: Visit, limits: Limits) -> dt.date:
    """The day by which the next step is due: the one that was given, else by the 48-hour rule."""
    if visit.next_step_on:
        return visit.next_step_on
    return periods.local(visit.checked_in_at + dt.timedelta(hours=limits.follow_up_hours)).date()


def _asks_for_follow_up(visit: Visit) -> bool:
    return bool(visit.next_step or visit.next_step_on) or visit.result == Result.FOLLOW_UP


def _give_follow_up(visit: Visit, limits: Limits, *, fresh: bool = False) -> None:
    if not _asks_for_follow_up(visit):
        return
    give_task(
        visit.manager,
        follow_up_title(visit),
        follow_up_by(visit, limits),
        by=visit.manager,
        source=f"visit:{visit.pk}",
        about=f"client:{visit.client_id}",
        url=reverse("visits:detail", args=[visit.pk]),
        note=visit.demand,
        fresh=fresh,
    )


def follow_up_title(visit: Visit) -> str:
    """What the task is called."""
    step = visit.next_step or _("Follow up the visit")
    return _("%(client)s: %(step)s") % {"client": visit.client.name, "step": step}


@transaction.atomic
def revise_visit(visit: Visit, **fields: Any) -> Visit:
    """Correct what was written about a visit; time and place stay as they were recorded.

    ValidationError for one that has been verified meanwhile, and where an inspection would become another visit or
    another visit an inspection: the one is published, the other verified.
    """
    visit = (
        Visit.objects.select_for_update(of=("self",)).select_related("client__organisation", "manager").get(pk=visit.pk)
    )
    if visit.verified_at or visit.published_at:
        raise ValidationError(_("The visit is verified and cannot be changed any more."))
    if (fields.get("purpose", visit.purpose) == Purpose.INSPECTION) != visit.is_inspection:
        raise ValidationError({"purpose": _("An inspection stays an inspection, and no other visit becomes one.")})
    if "checklist" in fields:
        template = visit.checklist_template or checklists.ensure(visit.client.organisation, visit.client.kind)
        fields["checklist"] = checklists.answers(template, fields["checklist"])
        visit.checklist_template = template if fields["checklist"] else None
    for name in TEXT_FIELDS:
        if name in fields:
            setattr(visit, name, fields[name])
    visit.note_marks = marks(visit.manager_id, flags.words_of(visit))
    visit.save(update_fields=[*TEXT_FIELDS, "checklist_template", "note_marks"])
    if "products" in fields:
        visit.products.set(fields["products"])
    if visit.is_inspection:
        return visit
    limits = limits_of(visit.client.organisation)
    post_loan.fulfil(visit)
    task = Task.objects.filter(source=f"visit:{visit.pk}", done_at=None)
    if _asks_for_follow_up(visit):
        task.update(title=follow_up_title(visit)[:200], due_on=follow_up_by(visit, limits), note=visit.demand)
        _give_follow_up(visit, limits)
    else:
        task.delete()
    flags.check(visit, limits, flags.others_of(visit, limits))
    return visit
