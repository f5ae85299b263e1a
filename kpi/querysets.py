"""Which runs, cards, scores and appeals a person may see and change."""

from typing import Any, Self

from django.db.models import Exists, OuterRef

from clients.querysets import OrganisationRowQuerySet
from crm.lib import periods
from crm.lib.scope import ScopedQuerySet

PUBLISHED = ("published", "locked")


class RunQuerySet(ScopedQuerySet):
    """Assessment runs of an organisation: for those who run the assessment."""

    edit_roles = ("hr", "admin")

    def visible_to(self, user: Any) -> Self:
        if user.sight.path is None or user.role not in self.edit_roles:
            return self.none()
        return self.filter(organisation=user.organisation_id)

    def published(self) -> Self:
        """Runs whose numbers are out."""
        return self.filter(state__in=PUBLISHED)

    def current(self) -> Self:
        """The latest version of each assessment: no other run of its scheme's name and period has a higher one."""
        return self.filter(~Exists(self._later()))

    def in_force(self) -> Self:
        """Of each assessment the latest version that is out; a correction that is still open replaces nothing."""
        return self.published().filter(~Exists(self._later().filter(state__in=PUBLISHED)))

    def _later(self) -> Any:
        return self.model.objects.filter(
            organisation=OuterRef("organisation"),
            scheme__name=OuterRef("scheme__name"),
            period=OuterRef("period"),
            version__gt=OuterRef("version"),
        )


class ScorecardQuerySet(ScopedQuerySet):
    """Scorecards: the own one once published; supervisors see those of their people then, HR all of them."""

    person_lookups = ("manager",)

    def visible_to(self, user: Any) -> Self:
        found = super().visible_to(user)
        if user.role in ("hr", "admin"):
            return found
        if user.role == "back_office":  # sees the unit's work, but of the scores only the own ones
            return found.filter(manager=user.pk).published()
        return found.published()

    def so_far(self, user: Any) -> Self:
        """The own cards of months that still run, the latest first: what the score would be today."""
        if user.sight.path is None:
            return self.none()
        found = self.filter(manager=user.pk, run__state="computed", run__scheme__period_kind="month")
        return found.filter(run__ends_on__gte=periods.today()).select_related("run__scheme").order_by("-run__starts_on")

    def published(self) -> Self:
        """Cards whose numbers are out."""
        return self.filter(run__state__in=PUBLISHED)


class LineQuerySet(ScopedQuerySet):
    """Lines follow their card's sight."""

    def visible_to(self, user: Any) -> Self:
        from kpi.models import Scorecard

        return self.filter(card__in=Scorecard.objects.visible_to(user))


class ImportedValueQuerySet(OrganisationRowQuerySet):
    """Values from other systems: HR and administrators see and change those of their organisation."""

    def visible_to(self, user: Any) -> Self:
        return super().visible_to(user) if user.role in self.edit_roles else self.none()


class SoftScoreQuerySet(ScopedQuerySet):
    """Soft scores: given by the supervisor to people under the own unit."""

    person_lookups = ("manager",)
    org_lookup = "manager__unit"
    edit_roles = ("supervisor",)

    def visible_to(self, user: Any) -> Self:
        return super().visible_to(user) if user.role in ("supervisor", "hr", "admin") else self.none()


class AdjustmentQuerySet(ScopedQuerySet):
    """Bonus and penalty points: the own ones; supervisors give them to their people, HR to everybody."""

    person_lookups = ("manager",)
    org_lookup = "manager__unit"
    edit_roles = ("supervisor", "hr")

    def visible_to(self, user: Any) -> Self:
        return self.none() if user.role == "back_office" else super().visible_to(user)

    def valid(self) -> Self:
        """Those that count."""
        return self.filter(withdrawn_at=None)


class AppealQuerySet(ScopedQuerySet):
    """Appeals: the own ones; HR answers those of the organisation, supervisors may read their people's."""

    person_lookups = ("manager",)
    org_lookup = "line__card__org"
    edit_roles = ("hr",)

    def visible_to(self, user: Any) -> Self:
        return self.none() if user.role == "back_office" else super().visible_to(user)

    def open(self) -> Self:
        """Appeals that wait for an answer."""
        return self.filter(state="open")


class HonourQuerySet(ScopedQuerySet):
    """Honours: everybody in the organisation may know of them."""

    edit_roles = ("hr",)

    def visible_to(self, user: Any) -> Self:
        return self.filter(run__organisation=user.organisation_id) if user.sight.path is not None else self.none()


class CareerQuerySet(ScopedQuerySet):
    """Grades, moves, terms, training: the own ones; supervisors see those of their people, HR decides."""

    person_lookups = ("manager",)
    org_lookup = "manager__unit"
    edit_roles = ("hr",)

    def visible_to(self, user: Any) -> Self:
        return self.none() if user.role == "back_office" else super().visible_to(user)


class RotationQuerySet(ScopedQuerySet):
    """Planned changes of post: for HR and administrators, and the own one."""

    person_lookups = ("person",)
    org_lookup = "organisation"
    edit_roles = ("hr",)

    def visible_to(self, user: Any) -> Self:
        return super().visible_to(user) if user.role in ("am", "hr", "admin") else self.none()


class PayQuerySet(ScopedQuerySet):
    """Pay rules and sheets: for HR alone, not even for administrators."""

    org_lookup = "organisation"
    edit_roles = ("hr",)

    def visible_to(self, user: Any) -> Self:
        if user.sight.path is None or user.role != "hr":
            return self.none()
        return self.filter(organisation=user.organisation_id)


class PayLineQuerySet(ScopedQuerySet):
    """Lines of pay: HR sees all of the organisation's; anybody sees the own one once the sheet is final."""

    edit_roles = ("hr",)

    def visible_to(self, user: Any) -> Self:
        if user.sight.path is None:
            return self.none()
        if user.role == "hr":
            return self.filter(sheet__organisation=user.organisation_id)
        return self.own(user)

    def own(self, user: Any) -> Self:
        """The own lines of final sheets, the latest version of each month."""
        later = self.model.objects.filter(
            manager=OuterRef("manager"),
            sheet__period=OuterRef("sheet__period"),
            sheet__state="final",
            sheet__version__gt=OuterRef("sheet__version"),
        )
        return self.filter(~Exists(later), manager=user.pk, sheet__state="final")


class CaseQuerySet(ScopedQuerySet):
    """Coaching cases: supervisors have those of their people, HR reads all; the person coached does not see them."""

    person_lookups = ("manager",)
    org_lookup = "manager__unit"
    edit_roles = ("supervisor",)

    def visible_to(self, user: Any) -> Self:
        found = super().visible_to(user) if user.role in ("supervisor", "hr", "admin") else self.none()
        return found.exclude(manager=user.pk)

    def open(self) -> Self:
        """Cases that wait for somebody."""
        return self.filter(state__in=("proposed", "confirmed"))


class CommentQuerySet(ScopedQuerySet):
    """Comments follow their card's sight."""

    def visible_to(self, user: Any) -> Self:
        from kpi.models import Scorecard

        return self.filter(card__in=Scorecard.objects.visible_to(user))
