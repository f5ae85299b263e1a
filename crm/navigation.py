"""What stands in the navigation, by role: the loops of the work."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from people.models import Notification

AM, SUPERVISOR, HR, BACK_OFFICE, ADMIN = "am", "supervisor", "hr", "back_office", "admin"
EVERYBODY = (AM, SUPERVISOR, HR, BACK_OFFICE, ADMIN)


@dataclass(frozen=True)
class Item:
    """A line of the navigation: where it leads and for whom."""

    label: Any
    icon: str
    view: str
    roles: tuple[str, ...] = EVERYBODY
    primary: bool = False
    children: tuple["Item", ...] = ()


SIDEBAR = (
    Item(_("Today"), icon="home", view="home"),
    Item(_("Clients"), icon="building-store", view="clients:list"),
)

BOTTOM = {
    AM: (
        Item(_("Today"), icon="home", view="home"),
        Item(_("Clients"), icon="building-store", view="clients:list"),
        Item(_("Visit"), icon="plus", view="visits:due", primary=True),
        Item(_("Journal"), icon="notebook", view="journals:today"),
        Item(_("Me"), icon="user", view="people:me"),
    ),
}


@dataclass
class Link:
    """An item made ready for one request."""

    label: Any
    icon: str
    url: str
    active: bool
    primary: bool = False
    children: list["Link"] = field(default_factory=list)


@dataclass
class Navigation:
    """Both navigations of a page."""

    sections: list[Link]
    bottom: list[Link]


def _link(item: Item, request: HttpRequest, role: str) -> Link | None:
    if role not in item.roles:
        return None
    try:
        url = reverse(item.view) if item.view else ""
    except NoReverseMatch:
        return None
    children = [link for child in item.children if (link := _link(child, request, role))]
    here = bool(url) and (request.path == url or (url != "/" and request.path.startswith(url)))
    active = here or any(child.active for child in children)
    return Link(item.label, item.icon, url or (children[0].url if children else ""), active, item.primary, children)


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``navigation`` and ``unread_count`` for somebody who is logged in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    bottom = BOTTOM.get(user.role, BOTTOM[AM])
    return {
        "navigation": Navigation(
            [link for item in SIDEBAR if (link := _link(item, request, user.role))],
            [link for item in bottom if (link := _link(item, request, user.role))],
        ),
        "unread_count": Notification.objects.visible_to(user).unread().count(),
    }
