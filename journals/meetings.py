"""Verbs on meetings: plan, record, decide, close."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import periods
from journals.models import Action, Attendance, Meeting
from people.models import User
from people.services import give_task, notify

# What a meeting of a kind usually goes through.
AGENDAS = {
    Meeting.Kind.DAILY: gettext_lazy(
        "1. Yesterday: visits, problems left open\n2. Today: who goes where\n3. One thing to learn (three minutes)"
    ),
    Meeting.Kind.WEEKLY: gettext_lazy(
        "1. Figures of the week\n2. Requirements of reviews: done, open\n3. One case\n4. Plan of next week"
    ),
    Meeting.Kind.MONTHLY: gettext_lazy(
        "1. Results of the month and scores\n2. Market report\n3. Clients at risk\n4. Marketing plan of next month"
    ),
    Meeting.Kind.SPECIAL: gettext_lazy("1. Occasion\n2. Situation\n3. Decision and who does what"),
}


@transaction.atomic
def plan(by: User, invited: Iterable[User], **values: Any) -> Meeting:
    """A meeting of the planner's unit; the invited hear of it."""
    meeting = Meeting.objects.create(unit=by.unit, created_by=by, **values)
    people = list(invited)
    Attendance.objects.bulk_create(Attendance(meeting=meeting, user=person) for person in people)
    when = date_format(periods.local(meeting.begins_at), "DATETIME_FORMAT")  # read tomorrow, “tomorrow” would mislead
    notify(
        [person for person in people if person.pk != by.pk],
        _("%(title)s, %(when)s") % {"title": meeting.title, "when": when},
        url=reverse("journals:meeting", args=[meeting.pk]),
        key=f"meeting:{meeting.pk}",
    )
    return meeting


def check_open(meeting: Meeting) -> Meeting:
    """The meeting, locked; ValidationError when its minutes are closed."""
    row = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if row.closed_at:
        raise ValidationError(_("The minutes are closed and stay as they are."))
    return row


@transaction.atomic
def record(meeting: Meeting, minutes: str, states: Mapping[int, str]) -> Meeting:
    """Write the minutes and who came (person id → state)."""
    row = check_open(meeting)
    row.minutes = minutes.strip()
    row.save(update_fields=["minutes"])
    for person, state in states.items():
        if state in Attendance.State.values:
            row.attendance.filter(user=person).exclude(state=state).update(state=state)
    return row


@transaction.atomic
def decide(meeting: Meeting, by: User, owner: User, title: str, due_on: dt.date) -> Action:
    """An action item: a task of somebody by a day."""
    row = check_open(meeting)
    task = give_task(
        owner,
        title,
        due_on,
        by=by,
        about=f"meeting:{row.pk}",
        url=reverse("journals:meeting", args=[row.pk]),
        note=_("Decided in “%(title)s”") % {"title": row.title},
    )
    return Action.objects.create(meeting=row, task=task)


@transaction.atomic
def close(meeting: Meeting) -> Meeting:
    """Close the minutes for good; the invited hear of it. ValidationError without minutes."""
    row = check_open(meeting)
    if not row.minutes:
        raise ValidationError(_("Write the minutes before closing them."))
    row.closed_at = periods.now()
    row.save(update_fields=["closed_at"])
    invited = User.objects.filter(pk__in=row.attendance.values("user")).exclude(pk=row.created_by_id)
    notify(
        invited,
        _("Minutes of “%(title)s” are there") % {"title": row.title},
        url=reverse("journals:meeting", args=[row.pk]),
        key=f"meeting:{row.pk}:closed",
    )
    return row
