"""The client list: chips, search, sorting and pages by key."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from clients import filters
from clients.columns import ListColumn, chosen, definitions
from clients.filters import ATTRIBUTE
from clients.industry import has_shops
from clients.models import AttributeDefinition, Client, SavedView, ServiceStandard, Tag
from clients.models.client import BusinessFormat, Market, Scale, Stage
from clients.querysets import edits_clients
from clients.search import matching
from clients.services.handover import covered_by
from crm.lib.pages import page_of
from people.models import OrgUnit, Role, User

ORDERS = {"code": ("code", "pk"), "name": ("name", "pk"), "new": ("-created_at", "-pk")}
# In each line, whatever the columns, and by what it is ordered.
ALWAYS = ("code", "name", "business_format", "is_difficult", "created_at", "standing__tier")
MOST_OPTIONS = 60
MOST_OWNERS = 200
BULK_ROLES = (Role.SUPERVISOR, Role.ADMIN)
EXPORT_ROLES = (Role.AM, Role.SUPERVISOR, Role.HR, Role.ADMIN)


@require_GET
def client_list(request: HttpRequest) -> HttpResponse:
    """Clients within sight."""
    user: Any = request.user
    own = definitions(user.organisation_id)
    found = filtered(user, request.GET, own)
    order = ORDERS.get(request.GET.get("sort", ""), ORDERS["code"])
    columns = chosen(user, own)
    page = page_of(request, with_only(found, columns), *order)
    text = request.GET.get("q", "").strip()
    typed = filters.typed(own)
    owners = None if user.role == Role.AM else owners_of(user)
    names = {one.name for one in typed}
    context = {
        "page": page,
        "filters": chips(request, own, owners),
        "search": {"value": text, "placeholder": _("Name, code, phone or initials"), "hidden": hidden(request)},
        "is_filtered": bool(text) or bool(hidden(request)),
        "columns": columns,
        "query": filters_of(request),
        "typed": [(one, request.GET.get(one.name, "")) for one in typed],
        "kept": [(name, value) for name, value in hidden(request) if name not in names],
        "tabs": view_tabs(request),
        "can_add": edits_clients(user),
        "can_change": user.role in BULK_ROLES,
        "covers": covered_by(user) if user.role == Role.AM else [],
        "can_export": user.role in EXPORT_ROLES,
    }
    if user.role in BULK_ROLES:
        context |= {"bulk_owners": owners, "bulk_stages": Stage.choices, "bulk_more": bulk_more()}
    return render(request, "clients/list.html", context)


def with_only(found: QuerySet[Client], columns: list[ListColumn]) -> QuerySet[Client]:
    """The clients with what their lines show and nothing else: most of a row is not shown, and makes half the work."""
    fields = {*ALWAYS, *(field for column in columns for field in column.fields)}
    beside = {field.rpartition("__")[0] for field in fields if "__" in field}
    return found.select_related(*beside).only(*fields)


def bulk_more() -> list[dict[str, Any]]:
    """What else can be changed in bulk: a field, its name, the values to choose from (none: a text), and its button."""
    put = pgettext("bulk", "Set")
    yes_no = [("yes", _("Yes")), ("no", _("No"))]
    return [
        {"name": "is_difficult", "label": _("Difficult client"), "choices": yes_no, "act": put},
        {"name": "business_format", "label": _("Format"), "choices": BusinessFormat.choices, "act": put},
        {"name": "market", "label": _("Market"), "choices": Market.choices, "act": put},
        {"name": "scale", "label": _("Scale"), "choices": Scale.choices, "act": put},
        {"name": "credit_rating", "label": _("Credit rating"), "choices": None, "most": 10, "act": put},
        {"name": "remove_tag", "label": _("Tag"), "choices": None, "most": 30, "act": _("Take tag away")},
    ]


FILTERS = ("tier", "scale", "stage", "kind", "format", "market", "unit", "owner", "tag", "only", "sort")
TYPED = frozenset(one.name for one in (*filters.FIXED, *filters.POINTS))


def filtered(user: Any, query: QueryDict, own: list[AttributeDefinition] | None = None) -> QuerySet[Client]:
    """
    The clients within sight that fit the list's filters and search; unknown values fit nothing.

    ``own``: the attributes of the user's organisation where they are at hand.
    """
    own = definitions(user.organisation_id) if own is None else own
    # The organisation leads the index that gives the order by code.
    found = Client.objects.visible_to(user).filter(organisation=user.organisation_id, is_active=True)
    if text := query.get("q", "").strip():
        found = found.filter(matching(text, user))
    chips_of = (
        ("stage", "stage"),
        ("kind", "kind"),
        ("format", "business_format"),
        ("market", "market"),
        ("scale", "scale"),
    )
    for name, lookup in chips_of:
        if value := query.get(name):
            found = found.filter(**{lookup: value})
    if tier := query.get("tier"):
        found = found.filter(standing=None) if tier == "none" else found.filter(standing__tier=tier)
    if code := query.get("unit"):
        unit = OrgUnit.objects.visible_to(user).filter(code=code).first()
        found = found.under(unit) if unit else found.none()
    if owner := query.get("owner"):
        found = found.filter(owner=None) if owner == "none" else found.filter(owner__username=owner)
    if tag := query.get("tag"):
        found = found.filter(tags__contains=[tag])
    for one in own:
        given = query.get(f"{ATTRIBUTE}{one.name}")
        if given and one.type in (AttributeDefinition.Type.CHOICE, AttributeDefinition.Type.YES_NO):
            wanted: Any = {"yes": True, "no": False}.get(str(given), given)
            found = found.filter(attributes__contains={one.name: wanted})
    found = filters.apply(found, own, query)
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
    return [(name, str(value)) for name, value in request.GET.items() if value and is_filter(name)]


def is_filter(name: str) -> bool:
    """Whether a part of the address narrows the list or orders it."""
    return name in FILTERS or name in TYPED or name.startswith(ATTRIBUTE)


def chips(
    request: HttpRequest, own: list[AttributeDefinition], owners: list[tuple[str, str]] | None = None
) -> list[dict[str, Any]]:
    """The filter bar; ``owners`` are those to choose from, None for no choice."""
    user: Any = request.user
    tiers = ServiceStandard.objects.filter(organisation=user.organisation_id).values_list("tier", flat=True)
    found = [
        chip(request, "tier", _("Tier"), [*((tier, tier) for tier in tiers), ("none", _("Not tiered"))]),
        chip(request, "stage", _("Stage"), Stage.choices),
        chip(request, "format", _("Format"), BusinessFormat.choices),
        chip(request, "market", _("Market"), Market.choices),
        chip(request, "scale", _("Scale"), Scale.choices),
    ]
    kinds = chip(request, "kind", _("Kind"), Client._meta.get_field("kind").choices or [])
    found[2 : 2 if has_shops(user.unit.profile) else 4] = [kinds]
    if user.role != Role.AM:
        found.append(unit_chip(request))
    if owners is not None:
        found.append(chip(request, "owner", _("Owner"), [*owners[:MOST_OPTIONS], ("none", _("Without owner"))]))
    tags = list(Tag.objects.visible_to(user).values_list("name", flat=True)[:MOST_OPTIONS])
    if tags:
        found.append(chip(request, "tag", _("Tag"), [(tag, tag) for tag in tags]))
    for one in own[:MOST_OPTIONS]:
        if one.type == AttributeDefinition.Type.CHOICE:
            found.append(chip(request, f"{ATTRIBUTE}{one.name}", one.label, [(value, value) for value in one.choices]))
        elif one.type == AttributeDefinition.Type.YES_NO:
            found.append(chip(request, f"{ATTRIBUTE}{one.name}", one.label, [("yes", _("Yes")), ("no", _("No"))]))
    only = [
        ("difficult", _("Difficult clients")),
        ("no_place", _("Without coordinates")),
        ("representative", _("Client representatives")),
    ]
    found.append(chip(request, "only", _("Only"), only))
    found.append(
        chip(request, "sort", _("Order"), [("code", _("By code")), ("name", _("By name")), ("new", _("Newest first"))])
    )
    for typed in [*filters.typed(own), *filters.POINTS]:
        if given := request.GET.get(typed.name):  # typed ones stand here once they are set, to be cleared
            found.append(
                {
                    "name": typed.name,
                    "label": typed.label,
                    "value": given,
                    "clear_url": address(request, typed.name, ""),
                    "options": [],
                }
            )
    return found


def unit_chip(request: HttpRequest) -> dict[str, Any]:
    """One step down the org tree at a time."""
    user: Any = request.user
    visible = OrgUnit.objects.visible_to(user).order_by("code").values_list("code", "name")
    options: list[tuple[str, str]] = []
    if code := request.GET.get("unit"):
        found = list(visible.filter(Q(code=code) | Q(parent__code=code))[: MOST_OPTIONS + 1])
        options = sorted(found, key=lambda one: one[0] != code)  # the unit itself first
    options = options or list(visible.filter(parent=user.unit_id)[:MOST_OPTIONS])
    return chip(request, "unit", _("Unit"), options)


def chip(request: HttpRequest, name: str, label: str, choices: Any) -> dict[str, Any]:
    """One chip for parts/filters.html."""
    chosen = request.GET.get(name, "")
    labels = {str(value): str(text) for value, text in choices}
    return {
        "name": name,
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


def view_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Saved views as tabs; the active one is that whose filters are set."""
    now = filters_of(request)
    views = list(SavedView.objects.visible_to(request.user)[:12])
    if not views:
        return []
    tabs = [{"label": _("All"), "url": "?", "active": not now}]
    tabs += [
        {"label": view.name, "url": f"?{view.query}", "active": view.query == now, "pk": view.pk} for view in views
    ]
    return tabs


def filters_of(request: HttpRequest, query: QueryDict | None = None) -> str:
    """The filters and the search of an address, in a fixed order."""
    query = request.GET if query is None else query
    kept = sorted((name, value) for name, value in query.items() if value and (name == "q" or is_filter(name)))
    return urlencode(kept)


def owners_of(user: Any) -> list[tuple[str, str]]:
    """Account managers within sight as choices (username, name)."""
    owners = User.objects.visible_to(user).managers().order_by("name").values_list("username", "name")
    return list(owners[:MOST_OWNERS])
