"""Which clients and client rows a person may see and change."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.db.models import Q

from crm.lib.periods import last_day
from crm.lib.scope import ScopedQuerySet


class ClientQuerySet(ScopedQuerySet):
    """
    Clients: an account manager's own, those of people one covers and of the service teams one is on; for others, those
    under the unit.
    """

    person_lookups = ("owner",)
    org_lookup = "org"
    edit_roles = ("am", "supervisor", "admin")

    def visible_to(self, user: Any) -> Self:
        if user.sight.path is None:
            return self.none()
        if user.sight.own_only:
            return self.filter(pk__in=self.model.seen_ids(user.pk))
        if user.unit_id == user.organisation_id:
            # All of a company: by their own column. By the units' paths, the planner would expect some few of them.
            return self.filter(organisation=user.organisation_id)
        return super().visible_to(user)

    def of_organisation(self, organisation_id: int) -> Self:
        """All clients of an organisation."""
        return self.filter(organisation=organisation_id)

    def under(self, unit: Any) -> Self:
        """Clients of a unit and everything below it."""
        return self.filter(org__path__startswith=unit.path)


def edits_clients(user: Any) -> bool:
    """Whether the person's role may change the clients within sight at all."""
    return user.role in ClientQuerySet.edit_roles


class ClientRowQuerySet(ScopedQuerySet):
    """Rows that follow their client's sight."""

    edit_roles: ClassVar[Sequence[str]] = ("am", "supervisor", "admin")

    def visible_to(self, user: Any) -> Self:
        from clients.models import Client

        return self.filter(client__in=Client.objects.visible_to(user))


class OrganisationRowQuerySet(ScopedQuerySet):
    """Rules of an organisation: everybody in it may read them, HR and administrators change them."""

    edit_roles = ("hr", "admin")

    def visible_to(self, user: Any) -> Self:
        return self.filter(organisation=user.organisation_id) if user.sight.path is not None else self.none()


class TierSchemeQuerySet(OrganisationRowQuerySet):
    """Versions of an organisation's tier scheme."""

    def published(self) -> Self:
        """Those that are in force from their date on."""
        return self.filter(published_at__isnull=False)

    def for_month(self, organisation_id: int, month: Any) -> Any:
        """The version that a month is tiered by: the latest that is in force by its end, else the earliest, or None."""
        found = self.published().filter(organisation=organisation_id)
        in_force = found.filter(effective_from__lte=last_day(month))
        return (
            in_force.order_by("-effective_from", "-version").first()
            or found.order_by("effective_from", "version").first()
        )


class SavedViewQuerySet(ScopedQuerySet):
    """Saved views: one's own, and those that others of the organisation share."""

    def visible_to(self, user: Any) -> Self:
        if user.sight.path is None:
            return self.none()
        return self.filter(Q(user=user.pk) | Q(is_shared=True, organisation=user.organisation_id))

    def editable_by(self, user: Any) -> Self:
        return self.filter(user=user.pk)


class BulkChangeQuerySet(ScopedQuerySet):
    """Changes in bulk: one's own."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(made_by=user.pk)

    def editable_by(self, user: Any) -> Self:
        return self.visible_to(user)


class DuplicatePairQuerySet(ScopedQuerySet):
    """Pairs of clients that look like one: seen by who sees both."""

    edit_roles = ("supervisor", "admin")

    def visible_to(self, user: Any) -> Self:
        sight = user.sight
        if sight.path is None:
            return self.none()
        if sight.own_only:
            from clients.models import Client

            seen = Client.objects.visible_to(user)
            return self.filter(first__in=seen, second__in=seen)
        return self.filter(
            organisation=user.organisation_id,
            first__org__path__startswith=sight.path,
            second__org__path__startswith=sight.path,
        )

    def open(self) -> Self:
        """Pairs that somebody should look at: not judged, and both still looked after."""
        return self.filter(state="open", first__is_active=True, second__is_active=True)


class MergeQuerySet(ScopedQuerySet):
    """Merges of clients under the own unit."""

    org_lookup = "kept__org"
    person_lookups = ("kept__owner",)
    edit_roles = ("supervisor", "admin")
