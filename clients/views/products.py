"""The catalogue, who has which product, and what one client has."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms.products import ClassForm, HoldingForm, ProductForm
from clients.models import Client, Holding, Product, ProductClass
from clients.models.products import Nature
from clients.search import matching
from clients.services import products
from clients.views.lists import chip
from clients.views.rows import KEEPERS, WRITERS, attempt, bar, chosen_of, form_page, posted_day, tabs_of
from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import OrgUnit

MATRIX_COLUMNS = 12
MATRIX_ROWS = 30


@require_GET
def catalogue(request: HttpRequest) -> HttpResponse:
    """The catalogue by class, with how many of the reader's clients have each product."""
    user = request.user
    today = periods.today()
    states = {"": _("On sale"), "coming": _("To be launched"), "withdrawn": pgettext("product", "Withdrawn")}
    state = chosen_of(request, *states)
    found = Product.objects.visible_to(user).select_related("product_class")
    found = {
        "": found.on_offer(today),
        "coming": found.filter(launched_on__gt=today),
        "withdrawn": found.filter(withdrawn_on__lte=today),
    }[state]
    clients = Client.objects.visible_to(user).filter(is_active=True)
    held = dict(
        Holding.objects.running()
        .filter(client__in=clients, product__in=found)
        .order_by()
        .values_list("product")
        .annotate(n=Count("client", distinct=True))
    )
    count = clients.count()
    classes: dict[ProductClass, list[Any]] = {}
    if state == "":  # classes without a product are shown, so that somebody can fill them
        classes = {one: [] for one in ProductClass.objects.visible_to(user)}
    for product in found:
        n = held.get(product.pk, 0)
        classes.setdefault(product.product_class, []).append((product, n, n / count if count else None))
    context = {
        "classes": [(one, rows, one.nature == Nature.GOODS) for one, rows in classes.items()],
        "count": count,
        "tabs": tabs_of(
            request,
            [
                ("", _("On sale"), None),
                ("coming", _("To be launched"), None),
                ("withdrawn", pgettext("product", "Withdrawn"), None),
            ],
        ),
        "can_keep": user.role in KEEPERS,
        "state": state,
    }
    return render(request, "clients/catalogue.html", context)


@require_GET
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """A product: which clients have it, which do not, who has dropped it lately."""
    user = request.user
    found = get_visible(Product.objects.select_related("product_class"), user, pk=pk)
    today = periods.today()
    state = chosen_of(request, "", "without", "dropped")
    running = Holding.objects.running().filter(product=found)
    dropped = Holding.objects.filter(product=found).dropped(periods.add_months(periods.this_month(), -3), today)
    clients = _clients(request)
    groups = {
        "": clients.filter(pk__in=running.values("client")),
        "without": clients.exclude(pk__in=running.values("client")),
        "dropped": clients.filter(pk__in=dropped.values("client")),
    }
    counts = {name: rows.count() for name, rows in groups.items()}
    page = page_of(request, groups[state].select_related("org", "owner", "standing"), "code", "pk", count=False)
    spans = Holding.objects.filter(product=found, client__in=[client.pk for client in page.items]).order_by("since")
    by_client = {holding.client_id: holding for holding in spans}
    goods = found.product_class.nature == Nature.GOODS
    total = counts[""] + counts["without"]
    context = {
        "product": found,
        "goods": goods,
        "page": page,
        "rows": [(client, by_client.get(client.pk)) for client in page.items],
        "tabs": tabs_of(
            request,
            [
                ("", _("On the shelf") if goods else _("Have it"), counts[""]),
                ("without", _("Not on the shelf") if goods else _("Do not have it"), counts["without"]),
                ("dropped", _("Dropped in 3 months"), counts["dropped"]),
            ],
        ),
        "state": state,
        "share": counts[""] / total if total else None,
        "counts": counts,
        "can_keep": user.role in KEEPERS,
        "today": today,
        **bar(request),
    }
    return render(request, "clients/product.html", context)


def _clients(request: HttpRequest) -> Any:
    """The reader's clients as the filter bar narrows them down."""
    user = request.user
    found = Client.objects.visible_to(user).filter(organisation=user.organisation_id, is_active=True)
    if text := request.GET.get("q", "").strip():
        found = found.filter(matching(text, user))
    if code := request.GET.get("unit"):
        unit = OrgUnit.objects.visible_to(user).filter(code=code).first()
        found = found.under(unit) if unit else found.none()
    if owner := request.GET.get("owner"):
        found = found.filter(owner__username=owner)
    return found


@require_GET
def matrix(request: HttpRequest) -> HttpResponse:
    """Product × client: who stocks or holds what, with the share of key products; gaps are what one can offer."""
    user = request.user
    today = periods.today()
    classes = list(ProductClass.objects.visible_to(user))
    wanted = request.GET.get("class", "")
    offered = Product.objects.visible_to(user).on_offer(today)
    offered = offered.filter(product_class__code=wanted) if wanted else offered.filter(is_key=True)
    columns = list(offered.select_related("product_class")[:MATRIX_COLUMNS])
    page = page_of(request, _clients(request).select_related("owner", "standing"), "code", "pk", rows=MATRIX_ROWS)
    ids = [client.pk for client in page.items]
    pairs = set(Holding.objects.running().filter(client__in=ids, product__in=columns).values_list("client", "product"))
    rows = []
    for client in page.items:
        cells = [(one, (client.pk, one.pk) in pairs) for one in columns]
        n = sum(has for _one, has in cells)
        rows.append((client, cells, n, n / len(cells) if cells else None))
    totals = {
        row["product"]: row["n"]
        for row in Holding.objects.running()
        .filter(client__in=_clients(request), product__in=columns)
        .order_by()
        .values("product")
        .annotate(n=Count("client", distinct=True))
    }
    context = {
        "columns": [(one, totals.get(one.pk, 0)) for one in columns],
        "rows": rows,
        "page": page,
        **bar(request, chip(request, "class", _("Class"), [(one.code, one.name) for one in classes])),
    }
    return render(request, "clients/matrix.html", context)


def _product_form(request: HttpRequest, found: Product, title: str) -> HttpResponse:
    form = ProductForm(request.POST or None, instance=found)

    def save() -> str:
        return reverse("clients:product", args=[form.save().pk])

    return form_page(request, form, save, title=title, back=(_("Products"), reverse("clients:products")))


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def product_new(request: HttpRequest) -> HttpResponse:
    """A new product of the catalogue."""
    user: Any = request.user
    wanted = ProductClass.objects.visible_to(user).filter(code=request.GET.get("class", "")).first()
    return _product_form(
        request, Product(organisation_id=user.organisation_id, product_class=wanted), pgettext("verb", "New product")
    )


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def product_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a product; withdrawing it leaves what clients have."""
    found = get_editable(Product.objects.all(), request.user, pk=pk)
    return _product_form(request, found, found.name)


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def class_new(request: HttpRequest) -> HttpResponse:
    """A new class of the catalogue."""
    user: Any = request.user
    last = ProductClass.objects.visible_to(user).order_by("-position").first()
    found = ProductClass(organisation_id=user.organisation_id, position=last.position + 1 if last else 0)
    return _class_form(request, found, _("New class"))


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def class_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a class."""
    found = get_editable(ProductClass.objects.all(), request.user, pk=pk)
    return _class_form(request, found, found.name)


def _class_form(request: HttpRequest, found: ProductClass, title: str) -> HttpResponse:
    form = ClassForm(request.POST or None, instance=found)
    there = reverse("clients:products")

    def save() -> str:
        form.save()
        return there

    return form_page(request, form, save, title=title, back=(_("Products"), there))


def _tab(client_id: int, name: str = "products") -> str:
    return f"{reverse('clients:detail', args=[client_id])}?tab={name}"


@require_POST
@role_required(*WRITERS)
def listing(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands on a client's shelf today, as ticked."""
    client = get_editable(Client.objects.all(), request.user, pk=pk)
    ticked = {int(text) for text in request.POST.getlist("products") if text.isdigit()}
    added, gone = products.set_listing(client, ticked, request.user)  # type: ignore[arg-type]
    if added or gone:
        messages.success(request, _("Shelf noted: %(added)d new, %(gone)d gone.") % {"added": added, "gone": gone})
    else:
        messages.info(request, _("The shelf is as it was."))
    return redirect(_tab(pk))


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def holding_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A product that a client has."""
    user: Any = request.user
    client = get_editable(Client.objects.all(), user, pk=pk)
    form = HoldingForm(request.POST or None, instance=Holding(client=client, organisation_id=client.organisation_id))

    def save() -> str:
        values = dict(form.cleaned_data)
        products.take_up(client, values.pop("product"), user, **values)
        return _tab(pk)

    return form_page(request, form, save, title=_("New holding"), back=(client.name, _tab(pk)))


@require_POST
@role_required(*WRITERS)
def holding_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The client does not have it any more."""
    found = get_editable(Holding.objects.all(), request.user, pk=pk)
    user: Any = request.user
    reason = request.POST.get("reason", "").strip()
    attempt(request, lambda: products.end(found, posted_day(request, "until"), reason, user), _("Saved."))
    return redirect(_tab(found.client_id))
