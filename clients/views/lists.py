"""The client list: chips, search, sorting and pages by key."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clients.models import Client, ServiceStandard
from clients.models.client import BusinessFormat, Market, Stage
from clients.search import matching
from crm.lib.pages import page_of
from people.models import OrgUnit, Profile, Role, User

ORDERS = {"code": ("code", "pk"), "name": ("name", "pk"), "new": ("-created_at", "-pk")}
MOST_OPTIONS = 60


@require_GET
def client_list(request: HttpRequest) -> HttpResponse:
    """Clients within sight."""
    found = filtered(request.user, request.GET)
    order = ORDERS.get(request.GET.get("sort", ""), ORDERS["code"])
    page = page_of(request, found.select_related("org", "owner", "standing"), *order)
    text = request.GET.get("q", "").strip()
    context = {
        "page": page,
        "filters": chips(request),
        "search": {"value": text, "placeholder": _("Name, code, phone or initials"), "hidden": hidden(request)},
        "is_filtered": bool(text) or any(request.GET.get(name) for name in FILTERS),
        "can_add": request.user.role in Client.objects.all().edit_roles,
        "shows_owner": request.user.role != Role.AM,
    }
    return render(request, "clients/list.html", context)


FILTERS = ("tier", "stage", "kind", "format", "market", "unit", "owner", "only", "sort")


def filtered(user: Any, query: QueryDict) -> QuerySet[Client]:
    """The clients within sight that fit the list's filters and search; unknown values fit nothing."""
    # The organisation leads the index that gives the order by code.
    found = Client.objects.visible_to(user).filter(organisation=user.organisation_id, is_active=True)
    if text := query.get("q", "").strip():
        found = found.filter(matching(text))
    for name, lookup in (("stage", "stage"), ("kind", "kind"), ("format", "business_format"), ("market", "market")):
        if value := query.get(name):
            found = found.filter(**{lookup: value})
    if tier := query.get("tier"):
        found = found.filter(standing=None) if tier == "none" else found.filter(standing__tier=tier)
    if code := query.get("unit"):
        unit = OrgUnit.objects.visible_to(user).filter(code=code).first()
        found = found.under(unit) if unit else found.none()
    if owner := query.get("owner"):
        found = found.filter(owner=None) if owner == "none" else found.filter(owner__username=owner)
    match query.get("only"):
        case "difficult":
            found = found.filter(is_difficult=True)
        case "no_place":
            found = found.filter(Q(longitude=None) | Q(latitude=None))
        case "representative":
            found = found.filter(is_representative=True)
    return found


def hidden(request: HttpRequest) -> list[tuple[str, str]]:
    """What a search keeps of the address."""
    return [(name, value) for name in FILTERS if (value := request.GET.get(name))]


def chips(request: HttpRequest) -> list[dict[str, Any]]:
    """The filter bar."""
    user = request.user
    tiers = ServiceStandard.objects.filter(organisation=user.organisation_id).values_list("tier", flat=True)
    found = [
        chip(request, "tier", _("Tier"), [*((tier, tier) for tier in tiers), ("none", _("Not tiered"))]),
        chip(request, "stage", _("Stage"), Stage.choices),
        chip(request, "format", _("Format"), BusinessFormat.choices),
        chip(request, "market", _("Market"), Market.choices),
    ]
    if user.unit.profile == Profile.BANK:
        found[2:] = [chip(request, "kind", _("Kind"), Client._meta.get_field("kind").choices or [])]
    if user.role != Role.AM:
        found.append(unit_chip(request))
        owners = User.objects.visible_to(user).managers().order_by("name")
        names = list(owners.values_list("username", "name")[:MOST_OPTIONS])
        found.append(chip(request, "owner", _("Owner"), [*names, ("none", _("Without owner"))]))
    only = [
        ("difficult", _("Difficult clients")),
        ("no_place", _("Without coordinates")),
        ("representative", _("Client representatives")),
    ]
    found.append(chip(request, "only", _("Only"), only))
    found.append(
        chip(request, "sort", _("Order"), [("code", _("By code")), ("name", _("By name")), ("new", _("Newest first"))])
    )
    return found


def unit_chip(request: HttpRequest) -> dict[str, Any]:
    """One step down the org tree at a time."""
    visible = OrgUnit.objects.visible_to(request.user)
    here = visible.filter(code=request.GET.get("unit", "")).select_related("parent").first()
    below = visible.filter(parent=here or request.user.unit_id).order_by("code").values_list("code", "name")
    options = list(below[:MOST_OPTIONS])
    if here:
        options.insert(0, (here.code, here.name))
    return chip(request, "unit", _("Unit"), options)


def chip(request: HttpRequest, name: str, label: str, choices: Any) -> dict[str, Any]:
    """One chip for parts/filters.html."""
    chosen = request.GET.get(name, "")
    labels = {str(value): str(text) for value, text in choices}
    return {
        "label": label,
        "value": labels.get(chosen, chosen),
        "clear_url": address(request, name, ""),
        "options": [
            {"label": text, "url": address(request, name, value), "active": value == chosen}
            for value, text in labels.items()
        ],
    }


def address(request: HttpRequest, name: str, value: str) -> str:
    """The list's address with one filter changed, from the first page."""
    query = request.GET.copy()
    for gone in ("after", "before", name):
        query.pop(gone, None)
    if value:
        query[name] = value
    return f"?{query.urlencode()}"
