"""Which visits a person may see and change."""

from typing import Any, Self

from django.db.models import Q

from crm.lib.scope import ScopedQuerySet


class VisitQuerySet(ScopedQuerySet):
    """Visits follow their client's sight; whoever made one keeps seeing it."""

    edit_roles = ("am", "supervisor")

    def visible_to(self, user: Any) -> Self:
        from clients.models import Client

        return self.filter(Q(client__in=Client.objects.visible_to(user)) | self._made_by(user)).disclosed_to(user)

    def disclosed_to(self, user: Any) -> Self:
        """Of clients in sight: an inspection is for account managers and back office once its result is published."""
        if user.role in ("supervisor", "hr", "admin"):
            return self
        return self.exclude(~Q(manager=user.pk), purpose="inspection", published_at=None)

    def _made_by(self, user: Any) -> Q:
        return Q(manager=user.pk) if user.sight.path is not None else Q(pk__in=[])

    def editable_by(self, user: Any) -> Self:
        """One's own visits, until they are verified."""
        return self.visible_to(user).filter(manager=user.pk, verified_at=None, published_at=None)

    def inspections(self) -> Self:
        """Supervisors' own looks at clients."""
        return self.filter(purpose="inspection")

    def to_verify_by(self, user: Any) -> Self:
        """Account managers' visits that a supervisor has not verified yet; an inspection is sealed by its result."""
        from clients.models import Client

        # By client alone: with the own ones beside them, all visits of the country would be looked through.
        found = self.filter(client__in=Client.objects.visible_to(user), verified_at=None)
        return found.exclude(manager=user.pk).exclude(purpose="inspection")

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


class ObservationQuerySet(ScopedQuerySet):
    """Observations follow their visit's sight; only who came along changes one, until the visit is verified."""

    edit_roles = ("supervisor",)

    def visible_to(self, user: Any) -> Self:
        from visits.models import Visit

        return self.filter(visit__in=Visit.objects.visible_to(user))

    def editable_by(self, user: Any) -> Self:
        return super().editable_by(user).filter(observer=user.pk, visit__verified_at=None)


class PhotoQuerySet(ScopedQuerySet):
    """Photos follow their visit's sight."""

    def visible_to(self, user: Any) -> Self:
        from visits.models import Visit

        return self.filter(visit__in=Visit.objects.visible_to(user))
