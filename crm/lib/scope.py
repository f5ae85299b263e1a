"""Which rows a person may see and change: one mechanism for every business table.

A person's *sight* is either the own rows (account managers) or everything under the own org unit. A queryset names the
look-ups that lead from its rows to a person and to an org unit; the rest follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404


@dataclass(frozen=True)
class Sight:
    """What a person can look at: ``path`` is that of the own unit, None where there is none to look at."""

    user_id: int
    path: str | None
    own_only: bool


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows with ``visible_to`` and ``editable_by``.

    ``person_lookups``: look-ups whose value is the id of a person whose own row it is.
    ``org_lookup``: look-up of the org unit that the row hangs under ("" for the unit itself).
    ``edit_roles``: roles that may change what they see; empty for nobody.
    """

    person_lookups: ClassVar[Sequence[str]] = ("owner",)
    org_lookup: ClassVar[str] = "org"
    edit_roles: ClassVar[Sequence[str]] = ()

    def visible_to(self, user: Any) -> Self:
        """The rows that ``user`` may know of."""
        sight: Sight = user.sight
        if sight.path is None:
            return self.none()
        if not sight.own_only:
            path = f"{self.org_lookup}__path" if self.org_lookup else "path"
            return self.filter(**{f"{path}__startswith": sight.path})
        own = models.Q(pk__in=())  # nobody's own, unless a look-up says so
        for lookup in self.person_lookups:
            own |= models.Q(**{lookup: sight.user_id})
        return self.filter(own)

    def editable_by(self, user: Any) -> Self:
        """The visible rows that ``user`` may change."""
        return self.visible_to(user) if user.role in self.edit_roles else self.none()


def get_visible(queryset: Any, user: Any, **lookup: Any) -> Any:
    """The one row that ``user`` may see, else Http404."""
    try:
        return queryset.visible_to(user).get(**lookup)
    except (queryset.model.DoesNotExist, ValueError, OverflowError) as error:
        raise Http404 from error


def get_editable(queryset: Any, user: Any, **lookup: Any) -> Any:
    """The one row that ``user`` may change: Http404 when it is not visible, PermissionDenied when only visible."""
    row = get_visible(queryset, user, **lookup)
    if not queryset.editable_by(user).filter(pk=row.pk).exists():
        raise PermissionDenied
    return row
