"""Which runs, cards and scores a person may see and change."""

from typing import Any, Self

from crm.lib.scope import ScopedQuerySet


class RunQuerySet(ScopedQuerySet):
    """Assessment runs: HR and administrators of the organisation; supervisors see those about their people."""

    edit_roles = ("hr",)

    def visible_to(self, user: Any) -> Self:
        if user.sight.path is None or user.role not in ("hr", "admin", "supervisor"):
            return self.none()
        return self.filter(organisation=user.organisation_id)


class ScorecardQuerySet(ScopedQuerySet):
    """Scorecards: the own one once published; supervisors and HR those under their unit."""

    person_lookups = ("manager",)

    def visible_to(self, user: Any) -> Self:
        found = super().visible_to(user)
        if user.role in ("hr", "admin"):
            return found
        if user.role not in ("am", "supervisor"):
            return self.none()
        return found.filter(run__state__in=("published", "locked"))


class SoftScoreQuerySet(ScopedQuerySet):
    """Soft scores: given by the supervisor to people under the own unit."""

    person_lookups = ("manager",)
    org_lookup = "manager__unit"
    edit_roles = ("supervisor",)

    def visible_to(self, user: Any) -> Self:
        return super().visible_to(user) if user.role in ("supervisor", "hr", "admin") else self.none()
