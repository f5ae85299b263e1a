"""Plan a month: propose, move, copy, submit, approve or return."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients.models import Client
from crm.lib import periods
from crm.lib.workdays import is_work_day, same_or_next_work_day, work_days
from people import zones
from people.models import User
from people.services import notify, supervisors_of
from visits.due import Due, rows_of
from visits.limits import limits_of
from visits.models import MonthPlan, PlannedVisit

State = PlannedVisit.State
OPEN_STATES = (State.DRAFT, State.RETURNED)
MOST_SHIFT = 7  # days by which a visit may lie off its due date so that a day's clients are near each other
FAR_DEGREES = 0.05  # about 5 km: further than that a client does not fit into a day's tour for the sake of nearness


@dataclass(frozen=True)
class Proposal:
    """What a proposal put on the plan, and how many visits found no room in the month."""

    planned: int
    no_room: int


@dataclass
class _Day:
    """A work day that is being filled: the room left and the middle of its places."""

    day: dt.date
    room: int
    clients: set[int]
    places: list[tuple[float, float]]

    def apart(self, row: Due) -> float:
        """How far a client is from the middle of the day's places, 0 (near) … 1 (far); half when nothing is known."""
        if row.longitude is None or row.latitude is None or not self.places:
            return 0.5
        x = sum(place[0] for place in self.places) / len(self.places)
        y = sum(place[1] for place in self.places) / len(self.places)
        return min(1.0, (abs(row.longitude - x) + abs(row.latitude - y)) / FAR_DEGREES)


@transaction.atomic
def propose(manager: User, month: dt.date) -> Proposal:
    """Put the month's due visits on the plan as a draft; what is on it stays.

    Each client is due again an interval after the visit before; one with an alert is due at once. A visit goes on the
    work day near its due date that has room and whose clients are nearest; difficult clients and alerts first.
    """
    organisation = manager.unit.organisation
    limits = limits_of(organisation)
    changes = organisation.settings.get("work_days")
    first = max(month, periods.today())
    last = periods.last_day(month)
    if last < first:
        raise ValidationError(_("This month is over. Plan a month to come."))
    rows = rows_of([manager.pk], first, limits)
    days = {day: _Day(day, limits.visits_per_day, set(), []) for day in work_days(first, last, changes)}
    places = {row.client_id: row for row in rows}
    for plan in PlannedVisit.objects.filter(manager=manager, day__range=(first, last)):
        if plan.day in days:
            _put(days[plan.day], places.get(plan.client_id), plan.client_id)
    planned = {client for day in days.values() for client in day.clients}
    wanted = sorted(
        ((first if _is_named(row) else max(row.due_on, first), row) for row in rows if row.client_id not in planned),
        key=lambda pair: (not _is_pressing(pair[1]), pair[0], pair[1].priority),
    )
    made, no_room = [], 0
    while wanted:
        again = []
        for due_on, row in wanted:
            if due_on > last:
                continue
            day = _best_day(list(days.values()), row, due_on)
            if day is None:
                no_room += 1
                continue
            _put(day, row, row.client_id)
            made.append(PlannedVisit(manager=manager, client_id=row.client_id, day=day.day, reason=_reason(row)[:200]))
            again.append((max(day.day, due_on) + dt.timedelta(days=row.interval), row))
        wanted = again
    PlannedVisit.objects.bulk_create(made, ignore_conflicts=True)
    MonthPlan.objects.get_or_create(manager=manager, month=month)
    return Proposal(len(made), no_room)


def _is_named(row: Due) -> bool:
    """Whether an upper package wants the client seen, e.g. for an alert."""
    return any(reason.makes_due for reason in row.reasons)


def _is_pressing(row: Due) -> bool:
    return row.is_difficult or _is_named(row)


def _reason(row: Due) -> str:
    named = [reason.text for reason in row.reasons if reason.makes_due]
    return named[0] if named else row.standard


def _put(day: _Day, row: Due | None, client_id: int) -> None:
    day.room -= 1
    day.clients.add(client_id)
    if row and row.longitude is not None and row.latitude is not None:
        day.places.append((row.longitude, row.latitude))


def _best_day(days: list[_Day], row: Due, due_on: dt.date) -> _Day | None:
    """A day with room near the due date whose places are near; else the next later one, else an earlier one."""
    shift = min(MOST_SHIFT, row.interval // 4)
    free = [day for day in days if day.room > 0 and row.client_id not in day.clients]
    near = [day for day in free if abs((day.day - due_on).days) <= shift]
    if near:
        return min(near, key=lambda day: (day.apart(row) + abs((day.day - due_on).days) / (2 * MOST_SHIFT), day.day))
    later = next((day for day in free if day.day > due_on), None)
    earlier = [day for day in free if due_on - dt.timedelta(days=row.interval // 2) <= day.day < due_on]
    return later or (earlier[-1] if earlier else None)


# --- Single lines ------------------------------------------------------------------------------------------------


def _check_day(manager: User, client_id: int, day: dt.date, other_than: int | None = None) -> None:
    if day < periods.today():
        raise ValidationError(_("That day is over. Choose today or a later day."))
    there = PlannedVisit.objects.filter(manager=manager, client=client_id, day=day).exclude(pk=other_than)
    if there.exists():
        raise ValidationError(_("The client is on the plan of that day already."))


@transaction.atomic
def add(manager: User, client: Client, day: dt.date) -> PlannedVisit:
    """Put a client on the plan of a day; in a month that is submitted or approved it waits for approval."""
    plan = _open_month(manager, periods.month_of(day))
    _check_day(manager, client.pk, day)
    line = PlannedVisit.objects.create(
        manager=manager, client=client, day=day, state=_state_in(plan), reason=_("Added by hand")
    )
    _await_approval(plan)
    return line


@transaction.atomic
def move(line: PlannedVisit, day: dt.date) -> PlannedVisit:
    """Put a visit on another day. What was approved for one day must be approved for the other."""
    line = PlannedVisit.objects.select_for_update(of=("self",)).select_related("manager").get(pk=line.pk)
    if line.visit_id:
        raise ValidationError(_("This visit is made; it stays on its day."))
    if line.at:
        raise ValidationError(_("This time is agreed with the client. Agree on another one at the next contact."))
    if day == line.day:
        return line
    plan = _open_month(line.manager, periods.month_of(day))
    _check_day(line.manager, line.client_id, day, line.pk)
    line.day = day
    line.state = _state_in(plan)
    line.save(update_fields=["day", "state"])
    _await_approval(plan)
    return line


def _await_approval(plan: MonthPlan) -> None:
    if plan.state == State.APPROVED:
        plan.state = State.SUBMITTED
        plan.submitted_at = periods.now()
        plan.save(update_fields=["state", "submitted_at"])


@transaction.atomic
def remove(line: PlannedVisit) -> None:
    """Take a visit off the plan; one that is made stays, and what was approved only moves."""
    line = PlannedVisit.objects.select_for_update().get(pk=line.pk)
    if line.visit_id:
        raise ValidationError(_("This visit is made; it stays on its day."))
    if line.state not in OPEN_STATES:
        raise ValidationError(_("A submitted visit can be moved to another day but not dropped."))
    line.delete()


@transaction.atomic
def copy_week(manager: User, source: dt.date, target: dt.date) -> int:
    """Copy the plan of the week around one day to the week around another, weekday by weekday; how many lines.

    Weeks begin as the manager's calendar shows them. Rest days and clients that went to others are left out.
    ValidationError where nothing can be copied.
    """
    organisation = manager.unit.organisation
    first = zones.first_weekday(manager)
    week, shown = zones.week_around(source, first), zones.week_around(target, first)
    shift = shown.start - week.start
    if shown.end < periods.today():
        raise ValidationError(_("That week is over. Choose this week or a later one."))
    lines = PlannedVisit.objects.filter(
        manager=manager,
        day__range=(week.start, week.end),
        client__owner=manager,
        client__is_active=True,
    )
    changes = organisation.settings.get("work_days")
    open_months = {
        month: _open_month(manager, month) for month in {periods.month_of(line.day + shift) for line in lines}
    }
    made = []
    for line in lines:
        day = line.day + shift
        if day < periods.today() or not is_work_day(day, changes):
            continue
        state = _state_in(open_months[periods.month_of(day)])
        made.append(PlannedVisit(manager=manager, client_id=line.client_id, day=day, state=state, reason=line.reason))
    # What is planned already stays as it is, and so does the approval of a month that gets nothing new.
    known = set(
        PlannedVisit.objects.filter(manager=manager, day__range=(shown.start, shown.end)).values_list("client", "day")
    )
    made = [line for line in made if (line.client_id, line.day) not in known]
    if not made:
        raise ValidationError(_("Nothing to copy: that week has no visit that is not planned here already."))
    PlannedVisit.objects.bulk_create(made, ignore_conflicts=True)
    for month in {periods.month_of(line.day) for line in made}:
        _await_approval(open_months[month])
    return len(made)


MOST_REPEATS = 13  # a quarter of weeks


@transaction.atomic
def repeat(line: PlannedVisit, weeks: int) -> int:
    """Plan the same client every so many weeks, for a quarter ahead; how many lines are new.

    A rest day gives way to the next work day. Each month's plan takes its lines up as it stands.
    """
    if weeks not in (1, 2, 4):
        raise ValidationError(_("A visit is repeated every week, every 2 weeks or every 4 weeks."))
    changes = line.manager.unit.organisation.settings.get("work_days")
    first = max(line.day, periods.today())
    days = {
        same_or_next_work_day(line.day + dt.timedelta(weeks=step), changes)
        for step in range(weeks, MOST_REPEATS + 1, weeks)
    }
    known = set(
        PlannedVisit.objects.filter(manager=line.manager, client=line.client_id, day__in=days).values_list(
            "day", flat=True
        )
    )
    wanted = sorted(day for day in days - known if day > first)
    months = {month: _open_month(line.manager, month) for month in {periods.month_of(day) for day in wanted}}
    PlannedVisit.objects.bulk_create(
        [
            PlannedVisit(
                manager=line.manager,
                client_id=line.client_id,
                day=day,
                state=_state_in(months[periods.month_of(day)]),
                reason=line.reason,
            )
            for day in wanted
        ],
        ignore_conflicts=True,
    )
    for plan in months.values():
        _await_approval(plan)
    return len(wanted)


def _open_month(manager: User, month: dt.date) -> MonthPlan:
    """The month's plan, locked for a change of its lines: what is on it is asked for afterwards."""
    return MonthPlan.objects.select_for_update().get_or_create(manager=manager, month=month)[0]


def _state_in(plan: MonthPlan) -> str:
    """What a new line is in a month: a draft, or waiting where the month was submitted."""
    return State.DRAFT if plan.state in OPEN_STATES else State.SUBMITTED


# --- Approval ----------------------------------------------------------------------------------------------------


def lines_of(plan: MonthPlan) -> QuerySet[PlannedVisit]:
    """The lines of a month's plan."""
    return PlannedVisit.objects.filter(manager=plan.manager_id, day__range=(plan.month, periods.last_day(plan.month)))


@transaction.atomic
def submit(manager: User, month: dt.date) -> MonthPlan:
    """Hand the month's plan to the supervisor."""
    plan, _created = MonthPlan.objects.select_for_update().get_or_create(manager=manager, month=month)
    lines = lines_of(plan).filter(state__in=OPEN_STATES)
    if not lines.exists():
        raise ValidationError(_("There is nothing new to submit. Put visits on the plan first."))
    lines.update(state=State.SUBMITTED)
    plan.state, plan.submitted_at = State.SUBMITTED, periods.now()
    plan.save(update_fields=["state", "submitted_at"])
    notify(
        supervisors_of(manager),
        _("%(name)s submitted the visit plan of %(month)s.")
        % {"name": manager.name, "month": date_format(month, "YEAR_MONTH_FORMAT")},
        url=f"{reverse('visits:plan')}?manager={manager.pk}&month={month:%Y-%m}",
        key=f"plan:{plan.pk}:{plan.submitted_at.isoformat()}",
    )
    return plan


@transaction.atomic
def decide(plan: MonthPlan, by: User, approve: bool, note: str = "") -> MonthPlan:
    """Approve what is submitted of a month, or return it with a note."""
    plan = MonthPlan.objects.select_for_update(of=("self",)).select_related("manager").get(pk=plan.pk)
    note = note.strip()[:300]
    if plan.manager_id == by.pk:
        raise PermissionDenied
    if plan.state != State.SUBMITTED:
        raise ValidationError(_("Only a submitted plan can be approved or returned."))
    if not approve and not note:
        raise ValidationError(_("Write what is to be changed: the account manager reads it."))
    state = State.APPROVED if approve else State.RETURNED
    lines_of(plan).filter(state=State.SUBMITTED).update(state=state)
    plan.state, plan.decided_by, plan.decided_at, plan.note = state, by, periods.now(), note
    plan.save()
    words = (
        _("Your visit plan of %(month)s is approved.")
        if approve
        else _("Your visit plan of %(month)s is returned: %(note)s")
    )
    notify(
        [plan.manager],
        words % {"month": date_format(plan.month, "YEAR_MONTH_FORMAT"), "note": note},
        url=f"{reverse('visits:plan')}?month={plan.month:%Y-%m}",
        key=f"plan:{plan.pk}:{plan.decided_at.isoformat()}",
    )
    return plan
