"""An organisation's rules about journals: deadlines, review time, sampling. Defaults here, changes in its settings.

The setting ``journals`` may name any of: ``deadlines`` ({"day": [days after the span's last day, "HH:MM"], …}),
``move_off_rest_days``, ``review_hours``, ``task_days``, ``sample_share``, ``sample_least``, ``second_share``,
``idea_days``, ``share_praised``.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from crm.lib import periods
from crm.lib.periods import Period
from crm.lib.workdays import Changes, add_work_days, next_work_day, same_or_next_work_day, work_days
from people.models import OrgUnit, User

# Next day 09:00; Monday 12:00; the end of the 3rd.
DEADLINES: Mapping[str, tuple[int, str]] = {"day": (1, "09:00"), "week": (1, "12:00"), "month": (3, "23:59")}


@dataclass(frozen=True)
class Rules:
    """What holds in one organisation."""

    deadlines: Mapping[str, tuple[int, str]] = field(default_factory=lambda: DEADLINES)
    move_off_rest_days: bool = True  # a deadline on a rest day moves to the next work day
    review_hours: int = 48
    task_days: int = 3  # work days for a requirement without a date of its own
    sample_share: Decimal = Decimal("0.2")
    sample_least: int = 1  # journals of every author (second reading: reviewer) in a week's sample
    idea_days: int = 7  # work days until an idea is answered
    second_share: Decimal = Decimal("0.05")  # of what the supervisors below have reviewed
    share_praised: bool = False  # whether praised journals are shown to all while their author has said nothing
    changes: Changes = field(default_factory=dict)

    def due_at(self, period: Period) -> dt.datetime:
        """When the journal of a span is due."""
        days, clock = self.deadlines[period.kind]
        day = period.end + dt.timedelta(days=days)
        if self.move_off_rest_days:
            day = same_or_next_work_day(day, self.changes)
        time = dt.time.fromisoformat(clock)
        return periods.at(day, time.hour, time.minute)

    def review_due_at(self, submitted_at: dt.datetime) -> dt.datetime:
        """When the review of a journal that was handed in is due."""
        return submitted_at + dt.timedelta(hours=self.review_hours)

    def task_due_on(self, day: dt.date) -> dt.date:
        """The day by which a requirement given on ``day`` is to be met when no other is named."""
        return add_work_days(day, self.task_days, self.changes)

    def idea_due_on(self, day: dt.date) -> dt.date:
        """The day by which an idea handed in on ``day`` is to be answered."""
        return add_work_days(day, self.idea_days, self.changes)

    def expected_days(self, start: dt.date, end: dt.date) -> list[dt.date]:
        """The days of a span (both ends inclusive) that call for a journal."""
        return work_days(start, end, self.changes)

    def next_work_day(self, day: dt.date) -> dt.date:
        """The first work day after a day."""
        return next_work_day(day, self.changes)


def rules_from(settings: Mapping[str, Any]) -> Rules:
    """The rules that an organisation's settings spell out."""
    own = settings.get("journals", {})
    values: dict[str, Any] = {
        key: own[key]
        for key in ("move_off_rest_days", "review_hours", "task_days", "sample_least", "idea_days", "share_praised")
        if key in own
    }
    values |= {key: Decimal(str(own[key])) for key in ("sample_share", "second_share") if key in own}
    deadlines = {**DEADLINES, **{kind: tuple(due) for kind, due in own.get("deadlines", {}).items()}}
    return Rules(deadlines=deadlines, changes=settings.get("work_days", {}), **values)


def rules_of(organisation_id: int) -> Rules:
    """The rules of an organisation."""
    return rules_from(OrgUnit.objects.values_list("settings", flat=True).get(pk=organisation_id))


def rules_for(user: User) -> Rules:
    """The same for a person's organisation, which comes with whoever is logged in."""
    return rules_from(user.unit.organisation.settings)


@transaction.atomic
def store(organisation: OrgUnit, values: Mapping[str, Any], changes: Changes) -> None:
    """Keep an organisation's own rules, and its own days of rest and work, which hold for all its deadlines."""
    row = OrgUnit.objects.select_for_update().get(pk=organisation.pk)
    own = {**row.settings.get("journals", {}), **values}
    row.settings = {**row.settings, "journals": own, "work_days": dict(changes)}
    row.save(update_fields=["settings"])
