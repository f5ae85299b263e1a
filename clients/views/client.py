"""The client page and the forms behind it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients import services
from clients.attributes import label_of
from clients.forms import ClientForm, ContactForm, OwnClientForm
from clients.forms.client import TeamForm
from clients.models import Client, Contact, TeamMember
from clients.querysets import edits_clients
from clients.tiering.explain import explain
from clients.value.rules import StageRules
from crm.lib import masking, periods
from crm.lib.scope import get_editable, get_visible
from crm.lib.slots import client_actions, client_panels, client_tabs
from crm.lib.timeline import client_timeline
from people.access import role_required
from people.models import Role

MONTHS = 13
TIMELINE_ROWS = 20
EDITORS = (Role.AM, Role.SUPERVISOR, Role.ADMIN)
TEAM_MAKERS = (Role.SUPERVISOR, Role.ADMIN)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A client in all respects; ``tab`` names what an upper package shows below the head."""
    beside = {name for entry in client_panels.visible_to(request.user) for name in entry.related}
    found = Client.objects.select_related("org", "owner", "standing", "value", "stage_hold", *beside)
    client = get_visible(found, request.user, pk=pk)
    client.organisation = request.user.unit.organisation  # nobody sees another's
    tabs = client_tabs.visible_to(request.user)
    chosen = next((entry for entry in tabs if entry.name == request.GET.get("tab")), None)
    merged_from = list(client.merged_from.order_by("pk"))
    context: dict[str, Any] = {
        "client": client,
        "actions": client_actions.fill(request, client),
        "tabs": [
            {"label": _("Overview"), "url": "?", "active": chosen is None},
            *({"label": entry.label, "url": f"?tab={entry.name}", "active": entry is chosen} for entry in tabs),
        ],
        "can_edit": edits_clients(request.user) and client.merged_into_id is None,
        "merged_from": merged_from,
    }
    if chosen:
        context["tab"] = chosen.build(request, client)
        context["tab_template"] = chosen.template
        return render(request, "clients/detail.html", context)
    result = client.tier_results.select_related("scheme").order_by("-month").first()
    option, total, before = facts_chart(client)
    contacts = list(client.contacts.all())
    context |= {
        "result": result,
        "why": explain(result) if result else [],
        "contacts": contacts,
        "hides_numbers": hides_numbers(client, contacts, request.user),
        "team": client.team.select_related("user").exclude(valid_to__lt=periods.today()).order_by("valid_from", "pk"),
        "can_staff": request.user.role in TEAM_MAKERS,
        "chart": option,
        "total": total,
        "change": total / before - 1 if before else None,
        "panels": client_panels.fill(request, client),
        "timeline": client_timeline.collect([pk, *(one.pk for one in merged_from)], request.user, TIMELINE_ROWS),
        **worth(client),
        "attributes": [(label_of(name), value) for name, value in sorted(client.attributes.items())],
    }
    return render(request, "clients/detail.html", context)


def hides_numbers(client: Client, contacts: Iterable[Contact], user: Any) -> bool:
    """Whether the person sees some number of the client only in part, so that there is something to reveal."""
    phones = [client.phone, *(contact.phone for contact in contacts)]
    texts = [client.note, *client.attributes.values()]
    return any(masking.phone(phone, user) != phone for phone in phones) or any(
        masking.numbers(text) != text for text in texts
    )


def worth(client: Client) -> dict[str, Any]:
    """Value, life cycle and share of wallet; None where nothing is known."""
    value = getattr(client, "value", None)
    held = client.stage_hold if hasattr(client, "stage_hold") and client.stage_hold.until >= periods.today() else None
    by_rules = value and value.stage == client.stage
    words = dict(StageRules.of(client.organisation.settings).in_words()) if by_rules else {}
    return {
        "value": value,
        "stage_hold": held,
        "stage_words": words.get(client.stage, ""),
        "wallet_share": value.amount_12m / client.wallet if value and client.wallet else None,
    }


def facts_chart(client: Client) -> tuple[dict[str, Any] | None, Any, Any]:
    """Amounts of 13 months with those of a year before behind them; the 12-month sums of both."""
    amounts = dict(client.facts.order_by("-month").values_list("month", "amount")[: MONTHS + 12])
    if not amounts:
        return None, None, None
    latest = max(amounts)
    months = [periods.add_months(latest, back) for back in range(1 - MONTHS, 1)]
    before = [amounts.get(periods.add_months(month, -12)) for month in months]
    option = {
        "legend": {},
        "xAxis": {"type": "category", "data": [date_format(month, "YEAR_MONTH_FORMAT") for month in months]},
        "yAxis": {"type": "value"},
        "series": [
            {
                "name": _("A year before"),
                "type": "line",
                "data": [_number(value) for value in before],
                "color": "var(--zf-chart-2)",
                "symbol": "none",
                "areaStyle": {"opacity": 0.25},
                "z": 1,
            },
            {
                "name": _("Amount"),
                "type": "bar",
                "data": [_number(amounts.get(month)) for month in months],
                "color": "var(--zf-chart-1)",
                "z": 2,
            },
        ],
    }  # fmt: skip
    year = {periods.add_months(latest, -back) for back in range(12)}
    last_year = {periods.add_months(month, -12) for month in year}
    total = sum((amount for month, amount in amounts.items() if month in year), start=0)
    earlier = sum((amount for month, amount in amounts.items() if month in last_year), start=0)
    return option, total, earlier


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


@require_http_methods(["GET", "POST"])
@role_required(*EDITORS)
def create(request: HttpRequest) -> HttpResponse:
    """A new client."""
    user: Any = request.user
    client = Client(organisation_id=user.organisation_id, org=user.unit, owner=user if user.is_am else None)
    form = ClientForm(request.POST or None, instance=client, user=user)
    if form.is_valid():
        services.add_client(form.instance, user)
        messages.success(request, _("%(name)s is in the file.") % {"name": form.instance.name})
        return redirect("clients:detail", pk=form.instance.pk)
    return render(
        request,
        "clients/form.html",
        {"form": form, "page_title": _("New client"), "draft": "client-new", "warns": True},
    )


@require_http_methods(["GET", "POST"])
@role_required(*EDITORS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the file: an account manager what is learned on the way, the others all of it."""
    user: Any = request.user
    client = get_editable(Client.objects.all(), user, pk=pk)
    kind = OwnClientForm if user.is_am else ClientForm
    form = kind(request.POST or None, instance=client, user=user)
    if form.is_valid():
        fields = [*(name for name in form.Meta.fields if name in form.cleaned_data), "attributes"]
        try:
            services.change_client(form.instance, fields, form.cleaned_data["version"] or 0, user)
        except services.Changed as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("clients:detail", pk=pk)
    context = {"form": form, "client": client, "page_title": _("Edit client"), "warns": not user.is_am}
    return render(request, "clients/form.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*EDITORS)
def contact_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new person at a client."""
    client = get_editable(Client.objects.all(), request.user, pk=pk)
    return _contact(request, Contact(client=client), _("New contact"))


@require_http_methods(["GET", "POST"])
@role_required(*EDITORS)
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person at a client."""
    contact = get_editable(Contact.objects.select_related("client"), request.user, pk=pk)
    return _contact(request, contact, contact.name)


def _contact(request: HttpRequest, contact: Contact, title: str) -> HttpResponse:
    form = ContactForm(request.POST or None, instance=contact)
    if form.is_valid():
        services.save_contact(form.instance)
        messages.success(request, _("Saved."))
        return redirect("clients:detail", pk=contact.client_id)
    context = {"form": form, "client": contact.client, "contact": contact, "page_title": title}
    return render(request, "clients/form.html", context)


@require_POST
@role_required(*EDITORS)
def contact_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a person out of the file."""
    contact = get_editable(Contact.objects.all(), request.user, pk=pk)
    contact.delete()
    messages.success(request, _("%(name)s has been removed.") % {"name": contact.name})
    return redirect("clients:detail", pk=contact.client_id)


@require_http_methods(["GET", "POST"])
@role_required(*TEAM_MAKERS)
def team_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Put somebody on a client's service team."""
    user: Any = request.user
    client = get_editable(Client.objects.all(), user, pk=pk)
    form = TeamForm(request.POST or None, instance=TeamMember(client=client), user=user)
    if form.is_valid():
        form.save()
        messages.success(request, _("%(name)s is on the team.") % {"name": form.instance.user.name})
        return redirect("clients:detail", pk=pk)
    return render(request, "clients/form.html", {"form": form, "client": client, "page_title": _("Service team")})


@require_POST
@role_required(*TEAM_MAKERS)
def team_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End somebody's part from today on; what was not begun yet is taken out."""
    member = get_editable(TeamMember.objects.all(), request.user, pk=pk)
    services.end_team_member(member)
    return redirect("clients:detail", pk=member.client_id)
