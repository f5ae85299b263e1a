"""What products, contracts and offers put on the client page, in its timeline and on the home page."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.forms.offers import AttachmentForm
from clients.models import (
    CampaignTarget,
    Client,
    Contract,
    Holding,
    Loan,
    LoanCheck,
    Opportunity,
    Product,
    SurveyReply,
)
from clients.models.products import Nature
from clients.querysets import edits_clients
from clients.services.products import class_mix, listing_share
from crm.lib import periods, slots
from people.models import Profile

ENDED_ROWS = 10
HOME_ROWS = 6
MATURING_DAYS = 14
CHECK_DAYS = 7
STAFF = ("am", "supervisor")


def products_tab(request: Any, client: Client) -> dict[str, Any]:
    """What the client stocks, as boxes to tick by class, and what else it has."""
    today = periods.today()
    running = list(
        Holding.objects.filter(client=client).running().select_related("product__product_class").order_by("-since")
    )
    on_shelf = {holding.product_id for holding in running if holding.product.product_class.nature == Nature.GOODS}
    goods = (
        Product.objects.filter(organisation=client.organisation_id, product_class__nature=Nature.GOODS)
        .on_offer(today)
        .select_related("product_class")
    )
    shelf: dict[Any, list[tuple[Product, bool]]] = {}
    for product in goods:
        shelf.setdefault(product.product_class, []).append((product, product.pk in on_shelf))
    listed, key = listing_share(client)
    return {
        "client": client,
        "shelf": shelf,
        "others": [holding for holding in running if holding.product.product_class.nature != Nature.GOODS],
        "ended": Holding.objects.filter(client=client, until__isnull=False)
        .select_related("product")
        .order_by("-until")[:ENDED_ROWS],
        "listed": listed,
        "key": key,
        "mix": class_mix(client),
        "can_edit": edits_clients(request.user),
        "soon": today + dt.timedelta(days=MATURING_DAYS),
        "today": today,
    }


def contracts_tab(request: Any, client: Client) -> dict[str, Any]:
    """Contracts and loans with the next duty of each."""
    loans = Loan.objects.filter(client=client).select_related("product").order_by("closed_on", "due_on")
    duties = {duty.loan_id: duty for duty in LoanCheck.objects.filter(client=client).open()}
    return {
        "client": client,
        "contracts": Contract.objects.filter(client=client).select_related("renewal").order_by("-ends_on"),
        "loans": [(loan, duties.get(loan.pk)) for loan in loans],
        "lends": bool(duties) or client.organisation.profile == Profile.BANK,
        "can_edit": edits_clients(request.user),
        "today": periods.today(),
    }


def offers_tab(request: Any, client: Client) -> dict[str, Any]:
    """Opportunities, referrals, and the campaigns and surveys whose list the client is on."""
    return {
        "client": client,
        "opportunities": Opportunity.objects.filter(client=client)
        .select_related("product", "owner")
        .order_by("-created_at"),
        "referrals": client.referrals.select_related("new_client", "product"),
        "came_by": client.came_by.select_related("client").first(),
        "targets": CampaignTarget.objects.filter(client=client)
        .select_related("campaign")
        .order_by("-campaign__starts_on"),
        "replies": SurveyReply.objects.filter(client=client).select_related("survey").order_by("-survey__starts_on"),
        "can_edit": edits_clients(request.user),
        "today": periods.today(),
    }


def files_tab(request: Any, client: Client) -> dict[str, Any]:
    """Files with the form for another one."""
    return {
        "client": client,
        "files": client.attachments.select_related("uploaded_by", "contract"),
        "form": AttachmentForm(client=client),
        "can_edit": edits_clients(request.user),
    }


def home(request: Any, _subject: Any) -> dict[str, Any] | None:
    """What falls due with contracts, loans, deposits and opportunities: the next few, and how many there are."""
    today = periods.today()
    user = request.user
    checks = LoanCheck.objects.visible_to(user).due_by(today + dt.timedelta(days=CHECK_DAYS))
    contracts = Contract.objects.visible_to(user).to_renew(today)
    maturing = Holding.objects.visible_to(user).ending(today, today + dt.timedelta(days=MATURING_DAYS))
    steps = Opportunity.objects.visible_to(user).step_due(today)
    rows = [
        *((duty.due_on, duty.client, _("Post-loan check"), reverse("clients:loan-check", args=[duty.pk]))
          for duty in checks.select_related("client").order_by("due_on", "pk")[:HOME_ROWS]),
        *((one.ends_on, one.client, _("Contract ends: %(title)s") % {"title": one.title},
           reverse("clients:contract", args=[one.pk]))
          for one in contracts.select_related("client").order_by("ends_on", "pk")[:HOME_ROWS]),
        *((one.ends_on, one.client, _maturing(one), f"{reverse('clients:detail', args=[one.client_id])}?tab=products")
          for one in maturing.select_related("client", "product").order_by("ends_on", "pk")[:HOME_ROWS]),
        *((one.next_step_on, one.client, one.next_step or one.title, reverse("clients:opportunity", args=[one.pk]))
          for one in steps.select_related("client").order_by("next_step_on", "pk")[:HOME_ROWS]),
    ]  # fmt: skip
    if not rows:
        return None
    rows.sort(key=lambda row: (row[0], row[1].pk))
    return {"rows": [(*row, row[0] < today) for row in rows[:HOME_ROWS]], "today": today}


def _maturing(holding: Holding) -> str:
    values = {"name": holding.product.name, "amount": number_format(holding.amount or 0, 0, force_grouping=True)}
    return _("%(name)s of ¥%(amount)s matures") % values if holding.amount else _("%(name)s matures") % values


def register() -> None:
    """Fill the slots."""
    for name, build, label, order in (
        ("products", products_tab, gettext_lazy("Products"), 30),
        ("contracts", contracts_tab, gettext_lazy("Contracts and loans"), 32),
        ("offers", offers_tab, gettext_lazy("Opportunities"), 34),
        ("files", files_tab, gettext_lazy("Files"), 90),
    ):
        template = f"clients/tabs/{name}.html"
        slots.client_tabs.register(slots.Entry(name, build, template, label, order=order))
    slots.home_blocks.register(
        slots.Entry(
            "deals", home, "clients/home_deals.html", gettext_lazy("Falls due"), order=35, roles=STAFF, later=True
        )
    )
