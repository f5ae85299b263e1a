"""Which handovers and leave covers a person may see and change."""

import datetime as dt
from typing import Any, Self

from django.db.models import Q

from crm.lib import periods
from crm.lib.scope import ScopedQuerySet


class HandoverQuerySet(ScopedQuerySet):
    """Handovers: the own ones on either side; for those above, of people under the own unit on either side."""

    edit_roles = ("supervisor", "admin")

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None:
            return self.none()
        mine = Q(giver=user.pk) | Q(taker=user.pk)
        if user.sight.own_only:
            return self.filter(mine)
        return self.filter(mine | Q(giver__unit__path__startswith=path) | Q(taker__unit__path__startswith=path))

    def waiting(self) -> Self:
        """Handovers whose clients have not changed hands yet."""
        return self.filter(done_at=None, cancelled_at=None)


class LeaveCoverQuerySet(ScopedQuerySet):
    """Leave covers: the own ones on either side; for those above, of people under the own unit."""

    person_lookups = ("person", "deputy")
    org_lookup = "person__unit"
    edit_roles = ("supervisor", "admin")

    def on(self, day: Any = None) -> Self:
        """Those that hold on a day, today when none is given."""
        day = day or periods.today()
        return self.filter(valid_from__lte=day, valid_to__gte=day)

    def ending_from(self, day: dt.date) -> Self:
        """Those whose last day is not before a day."""
        return self.filter(valid_to__gte=day)

    def days_of(self, person_id: int, start: dt.date, end: dt.date) -> set[dt.date]:
        """The days of a span (both ends inclusive) on which a person is away."""
        found = self.filter(person=person_id, valid_from__lte=end, valid_to__gte=start)
        spans = [(max(first, start), min(last, end)) for first, last in found.values_list("valid_from", "valid_to")]
        return {first + dt.timedelta(days=step) for first, last in spans for step in range((last - first).days + 1)}

    def people_covered_by(self, user_id: int, day: Any = None) -> list[int]:
        """Ids of the people whose clients a person looks after on a day, besides the own ones."""
        return list(self.on(day).filter(deputy=user_id).values_list("person", flat=True))
