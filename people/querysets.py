"""Which units, people and tasks a person may see and change."""

from typing import Any, Self

from django.db.models import Q

from crm.lib.scope import ScopedQuerySet


class OrgUnitQuerySet(ScopedQuerySet):
    """Org units; an account manager sees the own unit and below, like everybody."""

    org_lookup = ""
    edit_roles = ("admin",)

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        return self.none() if path is None else self.filter(path__startswith=path)

    def under(self, unit: Any) -> Self:
        """The unit and everything below it."""
        return self.filter(path__startswith=unit.path)

    def roots(self) -> Self:
        """The organisations."""
        return self.filter(parent=None)

    def open(self, present: int | None = None) -> Self:
        """Units that people, clients and units can be put into: those in use, and the one a row is in already."""
        return self.filter(Q(is_active=True) | Q(pk=present))


class UserQuerySet(ScopedQuerySet):
    """Staff; an account manager sees only the own entry."""

    person_lookups = ("pk",)
    org_lookup = "unit"
    edit_roles = ("admin",)

    def active(self) -> Self:
        """People who may log in."""
        return self.filter(is_active=True)

    def managers(self) -> Self:
        """Account managers at work."""
        return self.active().filter(role="am")

    def under(self, unit: Any) -> Self:
        """Staff of a unit and of everything below it."""
        return self.filter(unit__path__startswith=unit.path)

    def by_number(self) -> dict[str, int | None]:
        """Employee number or user name, case-folded → id; None where it stands for several people."""
        found: dict[str, int | None] = {}
        for pk, *names in self.values_list("pk", "employee_number", "username"):
            for name in filter(None, names):
                key = name.casefold()
                found[key] = pk if found.get(key, pk) == pk else None
        return found


class PostingQuerySet(ScopedQuerySet):
    """Who held which post where, and when."""

    person_lookups = ("user",)
    org_lookup = "unit"

    def during(self, start: Any, end: Any) -> Self:
        """Postings that cover at least one day of a span (both ends inclusive)."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=start), valid_from__lte=end)


class TaskQuerySet(ScopedQuerySet):
    """Tasks; seen by who has them, by who gave them, and by those above."""

    person_lookups = ("owner", "created_by")
    org_lookup = "org"
    edit_roles = ("am", "supervisor", "hr", "back_office", "admin")

    def editable_by(self, user: Any) -> Self:
        """One's own tasks and those one gave."""
        return self.visible_to(user).filter(Q(owner=user.pk) | Q(created_by=user.pk))

    def open(self) -> Self:
        """Tasks still to be done, the next due first."""
        return self.filter(done_at=None).order_by("due_on", "pk")


class NotificationQuerySet(ScopedQuerySet):
    """Notifications: one's own and nobody else's, whatever the role."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user.pk)

    def editable_by(self, user: Any) -> Self:
        return self.visible_to(user)

    def unread(self) -> Self:
        """Not yet opened."""
        return self.filter(read_at=None)


class DisclosureQuerySet(ScopedQuerySet):
    """What was revealed or exported: for HR and administrators of the organisation, and the own ones for each."""

    def visible_to(self, user: Any) -> Self:
        if user.sight.path is None:
            return self.none()
        found = self.filter(organisation=user.organisation_id)
        return found if user.role in ("hr", "admin") else found.filter(user=user.pk)
