"""Which journals a person may see and change."""

from typing import Any, Self

from crm.lib.scope import ScopedQuerySet


class JournalQuerySet(ScopedQuerySet):
    """Journals: the own ones, or those of the people under the own unit (where they were when they wrote it)."""

    person_lookups = ("author",)
    edit_roles = ("am",)

    def editable_by(self, user: Any) -> Self:
        """One's own journals that are not with the supervisor."""
        return self.visible_to(user).filter(author=user.pk, state__in=("draft", "returned"))

    def reviewable_by(self, user: Any) -> Self:
        """Submitted journals of the people under a supervisor."""
        found = self.visible_to(user) if user.is_supervisor else self.none()
        return found.exclude(author=user.pk).filter(state="submitted")


class JournalRowQuerySet(ScopedQuerySet):
    """Rows that follow their journal's sight."""

    def visible_to(self, user: Any) -> Self:
        from journals.models import Journal

        return self.filter(journal__in=Journal.objects.visible_to(user))
