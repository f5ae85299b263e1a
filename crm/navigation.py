"""What stands in the navigation, by role: the loops of the work."""

from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import sql
from people.models import Profile

AM, SUPERVISOR, HR, BACK_OFFICE, ADMIN = "am", "supervisor", "hr", "back_office", "admin"
EVERYBODY = (AM, SUPERVISOR, HR, BACK_OFFICE, ADMIN)


@dataclass(frozen=True, eq=False)  # an item is itself: comparing labels would translate them
class Item:
    """A line of the navigation: where it leads and for whom."""

    label: Any
    view: str = ""
    icon: str = ""
    roles: tuple[str, ...] = EVERYBODY
    profiles: tuple[str, ...] = ()  # industries that need it; none named: all
    primary: bool = False
    children: tuple["Item", ...] = ()


LEADERS = (SUPERVISOR, HR, ADMIN)

# The loops of the work, each with its pages.
SIDEBAR = (
    Item(_("Today"), icon="home", view="home"),
    Item(
        _("Clients"),
        icon="building-store",
        children=(
            Item(_("Client list"), view="clients:list"),
            Item(_("Portfolio"), view="clients:portfolio", roles=(AM, *LEADERS)),
            Item(_("Tiers"), view="clients:tiers", roles=LEADERS),
            Item(_("Handovers and leave"), view="clients:handovers", roles=(AM, *LEADERS)),
            Item(_("Client representatives"), view="clients:representatives", roles=LEADERS),
            Item(_("Duplicates"), view="clients:duplicates", roles=(SUPERVISOR, ADMIN)),
            Item(_("Imports"), view="clients:uploads", roles=(HR, ADMIN)),
            Item(_("Custom fields"), view="clients:attributes", roles=(HR, ADMIN)),
        ),
    ),
    Item(
        _("Products and deals"),
        icon="package",
        children=(
            Item(_("Opportunities"), view="clients:opportunities", roles=(AM, *LEADERS)),
            Item(_("Campaigns"), view="clients:campaigns", roles=(AM, *LEADERS)),
            Item(_("Contracts"), view="clients:contracts", roles=(AM, *LEADERS)),
            Item(_("Loans and checks"), view="clients:loans", roles=(AM, *LEADERS), profiles=(Profile.BANK,)),
            Item(_("Referrals"), view="clients:referrals", roles=(AM, *LEADERS)),
            Item(_("Product surveys"), view="clients:surveys", roles=(AM, *LEADERS)),
            Item(_("Products"), view="clients:products"),
            Item(_("Product coverage"), view="clients:product-matrix"),
        ),
    ),
    Item(
        _("Visits"),
        icon="map-pin",
        roles=(AM, *LEADERS),
        children=(
            Item(_("Due today"), view="visits:due", roles=(AM,)),
            Item(_("Plan"), view="visits:plan", roles=(AM, SUPERVISOR)),
            Item(_("Visit logs"), view="visits:list"),
            Item(_("When and where"), view="visits:places"),
            Item(_("Verify visits"), view="visits:verify", roles=(SUPERVISOR,)),
            Item(_("Market inspections"), view="visits:inspections", roles=(AM, *LEADERS)),
            Item(_("Trace flags"), view="visits:flags", roles=(SUPERVISOR,)),
            Item(_("Checklists"), view="visits:checklists", roles=(HR, ADMIN)),
        ),
    ),
    Item(
        _("Journals"),
        icon="notebook",
        roles=(AM, *LEADERS),
        children=(
            Item(_("Journal of today"), view="journals:today", roles=(AM,)),
            Item(_("My journals"), view="journals:mine", roles=(AM,)),
            Item(_("Review desk"), view="journals:desk", roles=(SUPERVISOR,)),
            Item(_("Requirements"), view="journals:requirements", roles=(SUPERVISOR,)),
            Item(_("Journal board"), view="journals:boards", roles=LEADERS),
            Item(_("Samples"), view="journals:samples", roles=LEADERS),
            Item(_("All journals"), view="journals:list", roles=LEADERS),
            Item(_("Journal rules"), view="journals:rules", roles=(HR, ADMIN)),
        ),
    ),
    Item(
        _("Team"),
        icon="users-group",
        children=(
            Item(_("Meetings"), view="journals:meetings"),
            Item(_("Joint work"), view="journals:joint"),
            Item(_("Marketing plans"), view="journals:plans"),
            Item(_("Knowledge"), view="journals:articles"),
            Item(_("Best journals"), view="journals:best"),
            Item(_("Ideas"), view="journals:ideas"),
        ),
    ),
    Item(
        _("Service"),
        icon="headset",
        children=(
            Item(_("Requests and complaints"), view="service:list"),
            Item(_("Information slips"), view="service:slips"),
            Item(_("Surveys"), view="service:surveys", roles=LEADERS),
            Item(_("Clients to ask"), view="service:interviews", roles=(AM, SUPERVISOR, BACK_OFFICE)),
            Item(_("Answer re-checks"), view="service:rechecks", roles=(*LEADERS, BACK_OFFICE)),
            Item(_("Back-office scores"), view="service:desk", roles=(*LEADERS, BACK_OFFICE)),
        ),
    ),
    Item(
        _("Assessment"),
        icon="chart-bar",
        roles=(AM, BACK_OFFICE, *LEADERS),
        children=(
            Item(_("My score"), view="kpi:mine", roles=(AM, BACK_OFFICE)),
            Item(_("My pay"), view="kpi:my-pay", roles=(AM, BACK_OFFICE)),
            Item(_("My career"), view="kpi:my-career", roles=(AM,)),
            Item(_("Monthly run"), view="kpi:runs", roles=(HR, ADMIN)),
            Item(_("Soft scores"), view="kpi:soft", roles=(SUPERVISOR,)),
            Item(_("Bonus and penalty"), view="kpi:adjustments", roles=(SUPERVISOR, HR)),
            Item(_("External values"), view="kpi:imports", roles=(HR, ADMIN)),
            Item(_("Leaderboard"), view="kpi:board", roles=(AM, *LEADERS)),
            Item(_("Appeals"), view="kpi:appeals", roles=(HR, ADMIN)),
            Item(_("Coaching"), view="kpi:coaching", roles=LEADERS),
            Item(_("Careers"), view="kpi:careers", roles=LEADERS),
            Item(_("Pay sheets"), view="kpi:pay", roles=(HR,)),
            Item(_("Schemes"), view="kpi:schemes", roles=(HR, ADMIN)),
        ),
    ),
    Item(
        _("Retention"),
        icon="shield-heart",
        roles=(AM, *LEADERS),
        children=(
            Item(_("Alerts"), view="retention:list"),
            Item(_("Value at risk"), view="retention:value"),
            Item(_("Does it help?"), view="retention:proof"),
            Item(_("Expected trade"), view="retention:forecast"),
            Item(_("Greetings"), view="retention:greetings"),
            Item(_("Win back"), view="retention:winback"),
            Item(_("Ask for referrals"), view="retention:loyal"),
            Item(_("Alert rules"), view="retention:rules", roles=LEADERS),
        ),
    ),
    Item(_("Tasks"), icon="checkbox", view="people:tasks"),
    Item(
        _("Settings"),
        icon="settings",
        roles=LEADERS,
        children=(
            Item(_("Staff"), view="people:staff"),
            Item(pgettext_lazy("tree of units", "Organisation"), view="people:units"),
            Item(_("Group robots"), view="people:robots", roles=(ADMIN,)),
            Item(_("Webhooks"), view="webhooks", roles=(ADMIN,)),
            Item(_("Setup"), view="setup-steps", roles=(ADMIN,)),
            Item(_("Style guide"), view="styleguide", roles=(ADMIN,)),
            Item(_("Audit"), view="audit", roles=(HR, ADMIN)),
        ),
    ),
)

TODAY, ME = Item(_("Today"), icon="home", view="home"), Item(_("Me"), icon="user", view="people:me")
CLIENTS = Item(_("Clients"), icon="building-store", view="clients:list")
BOTTOM = {
    AM: (
        TODAY,
        CLIENTS,
        Item(_("Visit"), icon="plus", view="visits:due", primary=True),
        Item(_("Journal"), icon="notebook", view="journals:today"),
        ME,
    ),
    SUPERVISOR: (
        TODAY,
        CLIENTS,
        Item(_("Review"), icon="checklist", view="journals:desk", primary=True),
        Item(_("Visits"), icon="map-pin", view="visits:list"),
        ME,
    ),
    HR: (
        TODAY,
        CLIENTS,
        Item(_("Assessment"), icon="chart-bar", view="kpi:runs", primary=True),
        Item(_("Staff"), icon="users", view="people:staff"),
        ME,
    ),
    BACK_OFFICE: (
        TODAY,
        CLIENTS,
        Item(_("Service"), icon="headset", view="service:list", primary=True),
        Item(_("Tasks"), icon="checkbox", view="people:tasks"),
        ME,
    ),
    ADMIN: (
        TODAY,
        CLIENTS,
        Item(_("Staff"), icon="users", view="people:staff", primary=True),
        Item(pgettext_lazy("tree of units", "Organisation"), icon="sitemap", view="people:units"),
        ME,
    ),
}


# On every page, so both at once and as SQL: to put such a statement together takes longer than to answer it.
MARKS = """
    SELECT (SELECT count(*) FROM people_notification WHERE user_id = %(user)s AND read_at IS NULL) AS unread,
           EXISTS (SELECT FROM crm_favourite WHERE user_id = %(user)s AND url = %(url)s) AS kept
"""


@dataclass
class Link:
    """An item made ready for one request."""

    label: Any
    icon: str
    url: str
    active: bool
    primary: bool = False
    children: list["Link"] = field(default_factory=list)


class Navigation:
    """Both navigations of a page, made when a template asks; ``here`` tells one state of them from another."""

    def __init__(self, request: HttpRequest) -> None:
        self.request, self.role = request, request.user.role
        self.profile = request.user.unit.profile
        self.at_bottom = BOTTOM.get(self.role, BOTTOM[AM])

    @cached_property
    def here(self) -> str:
        """Role, industry and the addresses that are marked: what both look like follows from it."""
        both = (_built(items, self.role, self.profile) for items in (SIDEBAR, self.at_bottom))
        marked = (_here(items, self.request.path) for items in both)
        return " ".join([self.role, self.profile, *(leaf.url if leaf else "-" for leaf in marked)])

    @property
    def sections(self) -> list[Link]:
        """The bar at the side."""
        return links(SIDEBAR, self.request, self.role)

    @property
    def bottom(self) -> list[Link]:
        """The bar at the bottom, on a phone."""
        return links(self.at_bottom, self.request, self.role)


def links(items: tuple[Item, ...], request: HttpRequest, role: str) -> list[Link]:
    """The items for a role; of all that lead to where the reader is, the one with the longest address is active."""
    found = [_copy(link) for link in _built(items, role, request.user.unit.profile)]
    if leaf := _here(found, request.path):
        leaf.active = True
    for link in found:
        link.active = link.active or any(child.active for child in link.children)
    return found


def _here(found: list[Link], path: str) -> Link | None:
    leaves = (leaf for link in found for leaf in (link.children or [link]) if _leads_to(leaf.url, path))
    return max(leaves, key=lambda leaf: len(leaf.url), default=None)


@cache  # the same for everybody of a role and industry, and fifty addresses take as long as a query
def _built(items: tuple[Item, ...], role: str, profile: str) -> list[Link]:
    found = []
    for item in items:
        if role not in item.roles or (item.profiles and profile not in item.profiles):
            continue
        children = _built(item.children, role, profile)
        if children or not item.children:
            url = reverse(item.view) if item.view else children[0].url
            found.append(Link(item.label, item.icon, url, False, item.primary, children))
    return found


def _copy(link: Link) -> Link:
    return replace(link, children=[_copy(child) for child in link.children])


def _leads_to(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``navigation``, ``unread_count`` and ``favourite`` of somebody who is logged in.

    Each is worked out when a template asks: a part of a page has none of them.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    address = request.get_full_path()

    @cache
    def marks() -> dict[str, Any]:
        return sql.rows(MARKS, {"user": user.pk, "url": address})[0]

    return {
        "navigation": cache(lambda: Navigation(request)),
        "unread_count": lambda: marks()["unread"],
        "favourite": lambda: {"url": address, "kept": marks()["kept"]},
    }
