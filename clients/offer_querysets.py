"""Opportunities, campaigns, referrals and product surveys: who sees them, and what waits."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.db.models import F, Q, Value
from django.db.models.functions import Length, Substr

from clients.querysets import ClientRowQuerySet
from crm.lib.scope import ScopedQuerySet


class UnitRowQuerySet(ScopedQuerySet):
    """What a unit undertakes: seen there, above and below; changed by those whose sight it lies in."""

    edit_roles: ClassVar[Sequence[str]] = ("supervisor", "hr", "admin")

    def visible_to(self, user: Any) -> Self:
        if user.sight.path is None:
            return self.none()
        # A unit above has a path that mine begins with.
        above = Q(unit__path=Substr(Value(user.sight.path), 1, Length(F("unit__path"))))
        below = Q() if user.sight.own_only else Q(unit__path__startswith=user.sight.path)
        found = self.filter(organisation=user.organisation_id)
        return found.filter(above if user.sight.own_only else above | below)

    def editable_by(self, user: Any) -> Self:
        if user.role not in self.edit_roles or user.sight.path is None:
            return self.none()
        return self.filter(organisation=user.organisation_id, unit__path__startswith=user.sight.path)

    def running(self, day: dt.date) -> Self:
        """Begun, not over and not closed."""
        return self.filter(starts_on__lte=day, ends_on__gte=day, closed_at=None)


class OpportunityQuerySet(ClientRowQuerySet):
    """Chances of business with clients."""

    def open(self) -> Self:
        """Neither won nor lost yet."""
        return self.filter(closed_on=None)

    def step_due(self, day: dt.date) -> Self:
        """Open ones whose next step was to be taken by a day."""
        return self.open().filter(next_step_on__lte=day)

    def closed_between(self, start: dt.date, end: dt.date) -> Self:
        """Won or lost between two days."""
        return self.filter(closed_on__range=(start, end))


class OpportunityMoveQuerySet(ClientRowQuerySet):
    """Steps of opportunities."""

    def visible_to(self, user: Any) -> Self:
        from clients.models import Client

        return self.filter(opportunity__client__in=Client.objects.visible_to(user))


class TargetQuerySet(ClientRowQuerySet):
    """Clients on the list of a campaign or a survey."""

    def open(self) -> Self:
        """Not spoken to yet."""
        return self.filter(recorded_at=None)


class ReferralQuerySet(ClientRowQuerySet):
    """Who recommended us to whom; they follow the sight of the one who did."""

    def open(self) -> Self:
        """Nothing has come of it yet, neither good nor bad."""
        return self.filter(decided_on=None)


class MaterialQuerySet(ScopedQuerySet):
    """Files of a campaign: they follow the campaign."""

    def visible_to(self, user: Any) -> Self:
        from clients.models import Campaign

        return self.filter(campaign__in=Campaign.objects.visible_to(user))

    def editable_by(self, user: Any) -> Self:
        from clients.models import Campaign

        return self.filter(campaign__in=Campaign.objects.editable_by(user))
