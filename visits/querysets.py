"""Which visits a person may see and change."""

from typing import Any, Self

from django.db.models import Q

from crm.lib.scope import ScopedQuerySet


class VisitQuerySet(ScopedQuerySet):
    """Visits follow their client's sight; whoever made one keeps seeing it."""

    edit_roles = ("am", "supervisor")

    def visible_to(self, user: Any) -> Self:
        from clients.models import Client

        return self.filter(Q(client__in=Client.objects.visible_to(user)) | self._made_by(user))

    def _made_by(self, user: Any) -> Q:
        return Q(manager=user.pk) if user.sight.path is not None else Q(pk__in=[])

    def editable_by(self, user: Any) -> Self:
        """One's own visits, until they are verified."""
        return self.visible_to(user).filter(manager=user.pk, verified_at=None)

    def on_day(self, day: Any) -> Self:
        """Visits of a calendar day."""
        return self.filter(day=day)

    def between(self, start: Any, end: Any) -> Self:
        """Visits of a span of days, both ends inclusive."""
        return self.filter(day__gte=start, day__lte=end)


class PlanQuerySet(ScopedQuerySet):
    """Planned visits of the own people."""

    person_lookups = ("manager",)
    org_lookup = "manager__unit"
    edit_roles = ("am", "supervisor")


class FlagQuerySet(ScopedQuerySet):
    """Trace flags: for supervisors to judge, for the manager to know."""

    person_lookups = ("visit__manager",)
    org_lookup = "visit__client__org"
    edit_roles = ("supervisor",)


class PhotoQuerySet(ScopedQuerySet):
    """Photos follow their visit's sight."""

    def visible_to(self, user: Any) -> Self:
        from visits.models import Visit

        return self.filter(visit__in=Visit.objects.visible_to(user))
