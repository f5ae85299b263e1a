"""Opportunities as a board and as a list, and referrals."""

import datetime as dt
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms.offers import OpportunityForm, OutcomeForm, ReferralForm
from clients.models import Campaign, Client, Opportunity, Referral
from clients.models.offers import LostReason, OpportunityStage
from clients.services import opportunities, referrals
from clients.views.lists import chip
from clients.views.rows import READERS, WRITERS, attempt, bar, chosen_of, form_page, narrowed, tabs_of
from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.redirects import redirect_back
from crm.lib.scope import get_editable, get_visible
from people.access import role_required

CARDS = 30  # in one column of the board
OPEN_STAGES = OpportunityStage.values[:4]
BACK_MONTHS = 3


@require_GET
@role_required(*READERS)
def board(request: HttpRequest) -> HttpResponse:
    """Opportunities by stage: open ones as columns of cards, or as a list; won and lost of three months beside."""
    today = periods.today()
    since = periods.add_months(periods.this_month(), 1 - BACK_MONTHS)
    seen = narrowed(request, Opportunity.objects.visible_to(request.user)).select_related("client", "owner", "product")
    state = chosen_of(request, "", "late", "won", "lost")
    closed = seen.closed_between(since, today)
    groups = {
        "": seen.open(),
        "late": seen.step_due(today - dt.timedelta(days=1)),
        "won": closed.filter(stage="won"),
        "lost": closed.filter(stage="lost"),
    }
    sums = opportunities.forecast(seen)
    outcome = closed.order_by().aggregate(
        won=Count("pk", filter=Q(stage="won")),
        lost=Count("pk", filter=Q(stage="lost")),
        gained=Sum("amount", filter=Q(stage="won")),
    )
    context: dict[str, Any] = {
        "state": state,
        "today": today,
        "tabs": tabs_of(
            request,
            [
                ("", pgettext("opportunity", "Open"), sum(row["count"] for row in sums.values())),
                ("late", _("Step overdue"), groups["late"].count()),
                ("won", _("Won in 3 months"), outcome["won"]),
                ("lost", _("Lost in 3 months"), outcome["lost"]),
            ],
        ),
        "amount": sum(row["amount"] for row in sums.values()),
        "expected": sum(row["expected"] for row in sums.values()),
        "outcome": outcome,
        "win_rate": outcome["won"] / (outcome["won"] + outcome["lost"]) if outcome["won"] or outcome["lost"] else None,
        "as_list": request.GET.get("view") == "list" or state != "",
        **bar(request, chip(request, "view", pgettext("layout", "Shown"), [("list", _("As a list"))])),
    }
    if context["as_list"]:
        order = ("-closed_on", "-pk") if state in ("won", "lost") else ("-created_at", "-pk")
        context["page"] = page_of(request, groups[state], *order)
        if state == "lost":
            context["reasons"] = _reasons(groups["lost"])
        return render(request, "clients/opportunity_list.html", context)
    context["columns"] = [
        {
            "stage": stage,
            "label": OpportunityStage(stage).label,
            "sum": sums.get(stage),
            "cards": groups[""].filter(stage=stage).order_by("next_step_on", "-amount", "pk")[:CARDS],
        }
        for stage in OPEN_STAGES
    ]
    return render(request, "clients/opportunity_board.html", context)


def _reasons(lost: Any) -> list[tuple[str, int]]:
    """Why opportunities were lost, the most frequent first."""
    counts = lost.order_by().values_list("lost_reason").annotate(n=Count("pk"))
    return sorted(((str(LostReason(reason).label), n) for reason, n in counts), key=lambda row: -row[1])


@require_GET
@role_required(*READERS)
def opportunity(request: HttpRequest, pk: int) -> HttpResponse:
    """One opportunity with its way so far and what can be done next."""
    rows = Opportunity.objects.select_related("client", "owner", "product", "campaign")
    found = get_visible(rows, request.user, pk=pk)
    stages = OPEN_STAGES.index(found.stage) if found.stage in OPEN_STAGES else len(OPEN_STAGES)
    context = {
        "opportunity": found,
        "client": found.client,
        "moves": found.moves.select_related("by").order_by("-at", "-pk"),
        "steps": [(value, OpportunityStage(value).label, number < stages) for number, value in enumerate(OPEN_STAGES)],
        "reasons": LostReason.choices,
        "can_edit": Opportunity.objects.editable_by(request.user).filter(pk=pk).exists(),
        "today": periods.today(),
    }
    return render(request, "clients/opportunity.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def opportunity_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new chance of business with a client, perhaps out of a campaign."""
    user: Any = request.user
    client = get_editable(Client.objects.all(), user, pk=pk)
    found = Opportunity(client=client, owner=user if user.is_am else client.owner)
    if (number := request.GET.get("campaign", "")).isdigit():
        found.campaign = Campaign.objects.visible_to(user).select_related("product").filter(pk=number).first()
    if found.campaign:
        found.title, found.product = found.campaign.name, found.campaign.product
    form = OpportunityForm(request.POST or None, instance=found, user=user)

    def save() -> str:
        return reverse("clients:opportunity", args=[opportunities.open_opportunity(form.instance, user).pk])

    back = (client.name, f"{reverse('clients:detail', args=[pk])}?tab=offers")
    return form_page(request, form, save, title=_("New opportunity"), back=back, draft=f"opportunity-new-{pk}")


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def opportunity_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Amount, next step and the rest; the stage is moved on the page."""
    user: Any = request.user
    found = get_editable(Opportunity.objects.select_related("client"), user, pk=pk)
    form = OpportunityForm(request.POST or None, instance=found, user=user)
    there = reverse("clients:opportunity", args=[pk])
    title = found.title

    def save() -> str:
        opportunities.change(form.instance, list(form.cleaned_data))
        return there

    return form_page(request, form, save, title=_("Edit opportunity"), back=(title, there))


@require_POST
@role_required(*WRITERS)
def opportunity_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Into another stage, won or lost."""
    user: Any = request.user
    found = get_editable(Opportunity.objects.all(), user, pk=pk)
    stage = request.POST.get("stage", "")
    labels = dict(OpportunityStage.choices)
    attempt(
        request,
        lambda: opportunities.move(
            found, stage, user, reason=request.POST.get("reason", ""), note=request.POST.get("note", "")
        ),
        _("%(title)s: %(stage)s") % {"title": found.title, "stage": labels.get(stage, "")},
    )
    return redirect_back(request, "clients:opportunity", pk)


@require_GET
@role_required(*READERS)
def referral_list(request: HttpRequest) -> HttpResponse:
    """Who recommended us to whom, and what came of it."""
    seen = narrowed(request, Referral.objects.visible_to(request.user))
    outcomes = Referral.Outcome
    groups = {
        "": seen.open(),
        "client": seen.filter(outcome=outcomes.CLIENT),
        "declined": seen.filter(outcome=outcomes.DECLINED),
    }
    state = chosen_of(request, *groups)
    counts = {name: rows.count() for name, rows in groups.items()}
    decided = counts["client"] + counts["declined"]
    found = groups[state].select_related("client__owner", "new_client", "product")
    labels = {"": outcomes.OPEN.label, "client": outcomes.CLIENT.label, "declined": outcomes.DECLINED.label}
    context = {
        "page": page_of(request, found, "-referred_on", "-pk", count=False),
        "tabs": tabs_of(request, [(name, labels[name], counts[name]) for name in groups]),
        "rate": counts["client"] / decided if decided else None,
        "counts": counts,
        "best": seen.filter(outcome=outcomes.CLIENT)
        .order_by()
        .values("client", "client__name")
        .annotate(n=Count("pk"))
        .order_by("-n", "client__name")[:5],
        "state": state,
        **bar(request),
    }
    return render(request, "clients/referrals.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def referral_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A client recommends us to somebody."""
    user: Any = request.user
    client = get_editable(Client.objects.all(), user, pk=pk)
    form = ReferralForm(request.POST or None, instance=Referral(client=client))
    back = (client.name, f"{reverse('clients:detail', args=[pk])}?tab=offers")

    def save() -> str:
        referrals.add_referral(form.instance, user)
        return back[1]

    return form_page(request, form, save, title=_("New referral"), back=back)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def referral(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of a referral."""
    user: Any = request.user
    found = get_editable(Referral.objects.select_related("client", "new_client"), user, pk=pk)
    form = OutcomeForm(request.POST or None, referral=found, user=user)
    there = reverse("clients:referrals")

    def save() -> str:
        values = form.cleaned_data
        referrals.decide(
            found, values["outcome"], new_client=values["code"], thanks=values["thanks"], note=values["note"]
        )
        return there

    title = _("%(name)s, recommended by %(client)s") % {"name": found.name, "client": found.client.name}
    return form_page(request, form, save, title=title, back=(_("Referrals"), there))
