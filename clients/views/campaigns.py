"""Campaigns: list, plan, materials, results client by client, summary."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms.offers import CampaignForm, FileForm, ResultForm
from clients.models import Campaign, CampaignMaterial, CampaignTarget, SavedView
from clients.models.campaigns import STATES
from clients.services import campaigns, files
from clients.views.files import as_download
from clients.views.lists import filtered
from clients.views.rows import LEADERS, READERS, WRITERS, attempt, bar, chosen_of, form_page, narrowed, tabs_of
from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people.access import role_required

USUAL_DAYS = 30


@require_GET
@role_required(*READERS)
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Campaigns of one's units with how far they are among one's clients."""
    today = periods.today()
    seen = Campaign.objects.visible_to(request.user).select_related("unit", "product")
    groups = {
        "": seen.filter(closed_at=None, starts_on__lte=today),
        "planned": seen.filter(closed_at=None, starts_on__gt=today),
        "closed": seen.exclude(closed_at=None),
    }
    labels = {"": STATES["running"], "planned": STATES["planned"], "closed": STATES["closed"]}
    state = chosen_of(request, *groups)
    page = page_of(request, groups[state], "-starts_on", "-pk")
    context = {
        "page": page,
        "rows": campaigns.totals_of(CampaignTarget.objects.visible_to(request.user), page.items),
        "tabs": tabs_of(request, [(name, labels[name], rows.count()) for name, rows in groups.items()]),
        "can_make": request.user.role in LEADERS,
        "state": state,
    }
    return render(request, "clients/campaigns.html", context)


def _targets(request: HttpRequest, campaign: Campaign) -> Any:
    return CampaignTarget.objects.visible_to(request.user).filter(campaign=campaign)


@require_GET
@role_required(*READERS)
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """One campaign: plan, materials, the reader's clients on its list, and what came of it so far."""
    user: Any = request.user
    found = get_visible(Campaign.objects.select_related("unit", "product", "made_by"), user, pk=pk)
    mine = narrowed(request, _targets(request, found))
    results = CampaignTarget.Result
    labels = {"open": _("To contact"), **dict(results.choices)}
    totals = campaigns.totals(mine)
    counts = {"open": totals["all"] - totals["recorded"], **{value: totals[value] for value in results.values}}
    order = sorted(labels, key=lambda name: name == "open" and not counts["open"])  # nobody left: what came of it
    state = chosen_of(request, *order)
    rows = (mine.open() if state == "open" else mine.filter(result=state)).select_related(
        "client__owner", "client__standing", "recorded_by"
    )
    can_edit = Campaign.objects.editable_by(user).filter(pk=pk).exists()
    context = {
        "campaign": found,
        "totals": totals,
        "share": totals["won"] / totals["all"] if totals["all"] else None,
        "page": page_of(request, rows, "client__code", "pk", count=False),
        "tabs": tabs_of(request, [(name, labels[name], counts[name]) for name in order]),
        "state": state,
        "materials": found.materials.all(),
        "by_manager": campaigns.by_manager(mine) if not user.is_am else [],
        "can_edit": can_edit,
        "can_record": user.role in WRITERS and found.closed_at is None,
        "views": SavedView.objects.visible_to(user) if can_edit and not found.closed_at else [],
        "file_form": FileForm(),
        **bar(request),
    }
    return render(request, "clients/campaign.html", context)


def _form(request: HttpRequest, found: Campaign, title: str, back: tuple[str, str]) -> HttpResponse:
    user: Any = request.user
    form = CampaignForm(request.POST or None, instance=found, user=user)

    def save() -> str:
        return reverse("clients:campaign", args=[campaigns.save_undertaking(form.instance, user).pk])

    return form_page(request, form, save, title=title, back=back, draft=f"campaign-{found.pk or 'new'}")


@require_http_methods(["GET", "POST"])
@role_required(*LEADERS)
def campaign_new(request: HttpRequest) -> HttpResponse:
    """A new campaign."""
    user: Any = request.user
    today = periods.today()
    found = Campaign(unit=user.unit, starts_on=today, ends_on=today + dt.timedelta(days=USUAL_DAYS))
    return _form(request, found, _("New campaign"), (_("Campaigns"), reverse("clients:campaigns")))


@require_http_methods(["GET", "POST"])
@role_required(*LEADERS)
def campaign_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a campaign that is not closed."""
    found = get_editable(Campaign.objects.all(), request.user, pk=pk)
    if found.closed_at:
        raise PermissionDenied
    return _form(request, found, found.name, (found.name, reverse("clients:campaign", args=[pk])))


def clients_of_view(request: HttpRequest) -> Any:
    """The clients that the posted saved view shows to the person; 404 when it is not theirs to see."""
    pk = request.POST.get("view", "")
    view = SavedView.objects.visible_to(request.user).filter(pk=pk).first() if pk.isdigit() else None
    if view is None:
        raise Http404
    return filtered(request.user, QueryDict(view.query))


@require_POST
@role_required(*LEADERS)
def campaign_fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the clients of a saved view on the list."""
    found = get_editable(Campaign.objects.select_related("unit"), request.user, pk=pk)
    clients = clients_of_view(request)
    added: list[int] = []
    if attempt(request, lambda: added.append(campaigns.add_targets(found, clients))):
        text = ngettext("%(n)d client is new on the list.", "%(n)d clients are new on the list.", added[0])
        messages.success(request, text % {"n": added[0]})
    return redirect("clients:campaign", pk=pk)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def target(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of a campaign with one client."""
    user: Any = request.user
    found = get_editable(CampaignTarget.objects.select_related("campaign", "client"), user, pk=pk)
    form = ResultForm(request.POST or None, instance=found)
    if form.is_valid():
        values = form.cleaned_data
        row = CampaignTarget.objects.get(pk=pk)
        if attempt(
            request,
            lambda: campaigns.record(
                row,
                values["result"],
                user,
                quantity=values["quantity"],
                amount=values["amount"],
                note=values["note"],
            ),
            _("Result noted: %(name)s.") % {"name": found.client.name},
        ):
            return redirect("clients:campaign", pk=found.campaign_id)
    back = (found.campaign.name, reverse("clients:campaign", args=[found.campaign_id]))
    context = {"form": form, "page_title": found.client.name, "back": back}
    return render(request, "clients/deal_form.html", context)


@require_POST
@role_required(*LEADERS)
def target_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a client off the list."""
    found = get_visible(CampaignTarget.objects.all(), request.user, pk=pk)
    get_editable(Campaign.objects.all(), request.user, pk=found.campaign_id)
    attempt(request, lambda: campaigns.drop_target(found), _("Taken off the list."))
    return redirect("clients:campaign", pk=found.campaign_id)


@require_POST
@role_required(*LEADERS)
def campaign_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a campaign with its summary."""
    found = get_editable(Campaign.objects.all(), request.user, pk=pk)
    attempt(request, lambda: campaigns.close(found, request.POST.get("summary", "")), _("The campaign is closed."))
    return redirect("clients:campaign", pk=pk)


@require_POST
@role_required(*LEADERS)
def material_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A file for those who carry the campaign out."""
    user: Any = request.user
    found = get_editable(Campaign.objects.all(), user, pk=pk)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        note = form.cleaned_data["note"]
        attempt(request, lambda: files.add_material(found, file, file.name, user, note=note), _("File kept."))
    else:
        messages.error(request, _("Choose a file."))
    return redirect("clients:campaign", pk=pk)


@require_GET
@role_required(*READERS)
def material(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A file of a campaign, for those who see the campaign."""
    return as_download(request, get_visible(CampaignMaterial.objects.all(), request.user, pk=pk))


@require_POST
@role_required(*LEADERS)
def material_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file out."""
    found = get_editable(CampaignMaterial.objects.all(), request.user, pk=pk)
    files.take_out(found)
    messages.success(request, _("%(name)s has been removed.") % {"name": found.name})
    return redirect("clients:campaign", pk=found.campaign_id)
