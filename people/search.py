"""People by name, user name or employee number."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse

from people.models import User


def people_named(user: User, text: str) -> Any:
    """Those in sight whose name or number the text is part of, the shortest names first."""
    fits = Q(name__icontains=text) | Q(username__istartswith=text) | Q(employee_number__istartswith=text)
    return User.objects.visible_to(user).active().filter(fits).select_related("unit").order_by("name", "pk")


def hits(user: User, text: str, limit: int) -> Iterator[dict[str, Any]]:
    """Hits {title, text, url, icon} of the global search."""
    for person in people_named(user, text)[:limit]:
        yield {
            "title": person.name,
            "text": f"{person.get_role_display()} · {person.unit.name}",
            "url": reverse("people:person", args=[person.pk]),
            "icon": "user",
        }
