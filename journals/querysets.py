"""Which journals a person may see, change and review."""

from typing import Any, Self

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from crm.lib.scope import ScopedQuerySet


class JournalQuerySet(ScopedQuerySet):
    """Journals: the own ones, or those of the people under the own unit (where they were when they wrote it)."""

    person_lookups = ("author",)
    edit_roles = ("am",)

    def visible_to(self, user: Any) -> Self:
        """A draft is nobody's but its author's."""
        found = super().visible_to(user)
        return found if user.sight.own_only else found.exclude(submitted_at=None)

    def editable_by(self, user: Any) -> Self:
        """One's own journals that are not with the supervisor."""
        return self.visible_to(user).filter(author=user.pk, state__in=("draft", "returned"))

    def reviewable_by(self, user: Any) -> Self:
        """Submitted journals of the people under a supervisor."""
        found = self.visible_to(user) if user.is_supervisor else self.none()
        return found.exclude(author=user.pk).filter(state="submitted")

    def inbox_of(self, user: Any) -> Self:
        """What waits for this supervisor and nobody nearer: the oldest first, with ``number`` and ``handed_in_at``."""
        return (
            self.reviewable_by(user)
            .filter(org__in=units_in_charge(user.unit))
            .with_latest()
            .order_by("handed_in_at", "pk")
        )

    def with_latest(self) -> Self:
        """Journals with the ``number`` and the time (``handed_in_at``) of their newest version."""
        from journals.models import JournalVersion

        latest = JournalVersion.objects.filter(journal=OuterRef("pk")).order_by("-number")
        return self.annotate(
            number=Subquery(latest.values("number")[:1]), handed_in_at=Subquery(latest.values("submitted_at")[:1])
        )

    def handed_in(self) -> Self:
        """Journals with at least one version."""
        return self.exclude(submitted_at=None)

    def not_on_time(self) -> Self:
        """Handed in after the deadline, or not at all though it has passed."""
        return self.filter(due_at__lt=Coalesce(F("submitted_at"), Now()))


def units_in_charge(unit: Any) -> QuerySet[Any]:
    """The units under a unit whose nearest supervisors upwards are those of the unit itself."""
    from people.models import OrgUnit, Role, User

    nearer = (
        User.objects.active()
        .filter(role=Role.SUPERVISOR, unit__path__startswith=unit.path)
        .exclude(unit=unit.pk)
        .filter(Func(OuterRef("path"), F("unit__path"), function="starts_with", output_field=BooleanField()))
    )
    return OrgUnit.objects.under(unit).exclude(Exists(nearer))


class JournalRowQuerySet(ScopedQuerySet):
    """Rows that follow their journal's sight."""

    def visible_to(self, user: Any) -> Self:
        from journals.models import Journal

        return self.filter(journal__in=Journal.objects.visible_to(user))


class DrawQuerySet(ScopedQuerySet):
    """Draws of the units that one oversees; account managers see none."""

    person_lookups = ()
    org_lookup = "unit"
    edit_roles = ("supervisor",)

    def visible_to(self, user: Any) -> Self:
        return self.none() if user.sight.own_only else super().visible_to(user)

    def editable_by(self, user: Any) -> Self:
        """Those of one's own unit: its supervisors read them."""
        return super().editable_by(user).filter(unit=user.unit_id)


class DrawRowQuerySet(ScopedQuerySet):
    """Rows that follow their draw's sight."""

    def visible_to(self, user: Any) -> Self:
        from journals.models import Draw

        lookup = "draw__in" if hasattr(self.model, "draw") else "item__draw__in"
        return self.filter(**{lookup: Draw.objects.visible_to(user)})


class OwnQuerySet(ScopedQuerySet):
    """Rows of one person that nobody else sees."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(owner=user.pk)

    def editable_by(self, user: Any) -> Self:
        return self.visible_to(user)


def path_steps(path: str) -> list[str]:
    """The paths of a unit and of all above it."""
    from people.models import PATH_DIGITS

    return [path[:length] for length in range(PATH_DIGITS, len(path) + 1, PATH_DIGITS)]


class ArticleQuerySet(ScopedQuerySet):
    """Articles of the own unit and those above (they are meant for all below), and those of the units one oversees."""

    org_lookup = "unit"

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None:
            return self.none()
        found = Q(unit__path__in=path_steps(path))
        if not user.sight.own_only:
            found |= Q(unit__path__startswith=path)
        return self.filter(found, Q(withdrawn_at=None) | Q(author=user.pk))

    def editable_by(self, user: Any) -> Self:
        """One's own articles."""
        return self.visible_to(user).filter(author=user.pk)

    def unread_by(self, user: Any) -> Self:
        """Articles of others that the person has not opened yet."""
        return self.visible_to(user).filter(withdrawn_at=None).exclude(reads__user=user.pk).exclude(author=user.pk)


class IdeaQuerySet(ScopedQuerySet):
    """Ideas: one's own, and for those above all under their unit."""

    person_lookups = ("author",)
    edit_roles = ("supervisor", "hr", "admin")

    def editable_by(self, user: Any) -> Self:
        """Ideas of others that wait for an answer."""
        return super().editable_by(user).exclude(author=user.pk).filter(answered_at=None)


class MeetingQuerySet(ScopedQuerySet):
    """Meetings one is invited to; for those above all under their unit."""

    org_lookup = "unit"
    edit_roles = ("supervisor", "hr", "admin")

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None:
            return self.none()
        invited = Q(attendance__user=user.pk) | Q(created_by=user.pk)
        found = invited if user.sight.own_only else invited | Q(unit__path__startswith=path)
        return self.filter(pk__in=self.model._default_manager.filter(found).values("pk"))

    def editable_by(self, user: Any) -> Self:
        """Meetings whose minutes are not closed."""
        found = self.visible_to(user).filter(closed_at=None)
        return found if user.role in self.edit_roles else found.none()


class PlanQuerySet(ScopedQuerySet):
    """Marketing plans of the own unit and those above, and of the units one oversees."""

    org_lookup = "unit"
    edit_roles = ("supervisor", "hr", "admin")

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None:
            return self.none()
        found = Q(unit__path__in=path_steps(path))
        return self.filter(found if user.sight.own_only else found | Q(unit__path__startswith=path))

    def editable_by(self, user: Any) -> Self:
        """Plans of the own unit, for those who lead it."""
        return super().editable_by(user).filter(unit=user.unit_id)


class PlanItemQuerySet(ScopedQuerySet):
    """Work follows its plan's sight; who is in charge reports on it."""

    def visible_to(self, user: Any) -> Self:
        from journals.models import MarketingPlan

        return self.filter(plan__in=MarketingPlan.objects.visible_to(user))

    def editable_by(self, user: Any) -> Self:
        from journals.models import MarketingPlan

        led = MarketingPlan.objects.editable_by(user)
        return self.visible_to(user).filter(Q(owner=user.pk) | Q(plan__in=led))


class JointWorkQuerySet(ScopedQuerySet):
    """Joint work of which one is part; for those above all under their unit."""

    person_lookups = ("author", "partner")

    def visible_to(self, user: Any) -> Self:
        path = user.sight.path
        if path is None:
            return self.none()
        own = Q(author=user.pk) | Q(partner=user.pk)
        return self.filter(own if user.sight.own_only else own | Q(org__path__startswith=path))

    def editable_by(self, user: Any) -> Self:
        """What waits for the person's confirmation."""
        return self.visible_to(user).filter(partner=user.pk, confirmed_at=None)
