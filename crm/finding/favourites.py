"""Pages that somebody keeps at hand."""

from typing import Any

from django.core.exceptions import BadRequest
from django.urls import Resolver404, resolve

from crm.models import Favourite
from people.models import User

MOST = 30


def of(user: User) -> list[dict[str, Any]]:
    """Hits {title, text, url, icon}, the latest first."""
    rows = Favourite.objects.filter(user=user.pk)[:MOST]
    return [{"title": row.title, "text": "", "url": row.url, "icon": "star-filled"} for row in rows]


def switch(user: User, url: str, title: str) -> bool:
    """Put a page at hand or away; returns whether it is at hand now. BadRequest for an address that is none of ours."""
    title = " ".join(title.split())[:100]
    try:
        resolve(url.partition("?")[0])
    except Resolver404 as error:
        raise BadRequest("not an address of this site") from error
    if not title or len(url) > 300:
        raise BadRequest("a title and an address of at most 300 characters are needed")
    if Favourite.objects.filter(user=user.pk, url=url).delete()[0]:
        return False
    Favourite.objects.get_or_create(user=user, url=url, defaults={"title": title})
    surplus = Favourite.objects.filter(user=user.pk).values_list("pk", flat=True)[MOST:]
    Favourite.objects.filter(pk__in=list(surplus)).delete()
    return True
