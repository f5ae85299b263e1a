"""Contracts: what is in force, what is about to end, what is to be performed."""

import datetime as dt
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.forms.products import ContractForm, StepForm
from clients.models import Client, Contract, ContractStep
from clients.services import contracts
from clients.views.rows import READERS, WRITERS, attempt, bar, chosen_of, form_page, narrowed, posted_day, tabs_of
from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people.access import role_required

USUAL_DAYS = 364


@require_GET
@role_required(*READERS)
def contract_list(request: HttpRequest) -> HttpResponse:
    """Contracts within sight; first those in their notice time."""
    today = periods.today()
    seen = narrowed(request, Contract.objects.visible_to(request.user))
    steps = ContractStep.objects.filter(contract__in=seen).open().filter(due_on__lte=today + dt.timedelta(days=30))
    groups = {
        "ending": seen.to_renew(today),
        "force": seen.in_force(today),
        "unsigned": seen.unsigned(),
        "steps": seen.filter(pk__in=steps.values("contract")),
        "over": seen.filter(Q(ends_on__lt=today) | Q(ended_on__isnull=False)),
    }
    state = chosen_of(request, *groups)
    counts = {name: rows.count() for name, rows in groups.items()}
    order = ("-ends_on", "-pk") if state == "over" else ("ends_on", "pk")
    found = groups[state].select_related("client__owner", "product", "renewal")
    found = found.annotate(steps_all=Count("steps"), steps_done=Count("steps", filter=Q(steps__done_on__isnull=False)))
    labels = {
        "ending": _("Ending soon"),
        "force": _("In force"),
        "unsigned": _("To be signed"),
        "steps": _("To be performed"),
        "over": _("Over"),
    }
    context = {
        "page": page_of(request, found, *order, count=False),
        "tabs": tabs_of(request, [(name, labels[name], counts[name]) for name in groups]),
        "state": state,
        "today": today,
        "amount": groups["ending"].aggregate(sum=Sum("amount"))["sum"] or 0,
        **bar(request),
    }
    return render(request, "clients/contracts.html", context)


@require_GET
@role_required(*READERS)
def contract(request: HttpRequest, pk: int) -> HttpResponse:
    """A contract with its steps, files, the one before and the one after."""
    found = get_visible(
        Contract.objects.select_related("client__owner", "product", "renews", "renewal", "made_by"), request.user, pk=pk
    )
    context = {
        "contract": found,
        "client": found.client,
        "steps": found.steps.select_related("done_by"),
        "files": found.attachments.all(),
        "can_edit": Contract.objects.editable_by(request.user).filter(pk=pk).exists(),
        "today": periods.today(),
        "successor": getattr(found, "renewal", None),
    }
    return render(request, "clients/contract.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def contract_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new contract with a client."""
    client = get_editable(Client.objects.all(), request.user, pk=pk)
    today = periods.today()
    new = Contract(client=client, starts_on=today, ends_on=today + dt.timedelta(days=USUAL_DAYS))
    return _contract_form(request, new, _("New contract"))


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def contract_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a contract that is not signed yet, or note something about one that is."""
    found = get_editable(Contract.objects.select_related("client"), request.user, pk=pk)
    return _contract_form(request, found, found.title)


def _contract_form(request: HttpRequest, found: Contract, title: str) -> HttpResponse:
    user: Any = request.user
    form = ContractForm(request.POST or None, instance=found)

    def save() -> str:
        return reverse("clients:contract", args=[contracts.save_contract(form.instance, user).pk])

    back = (found.client.name, f"{reverse('clients:detail', args=[found.client_id])}?tab=contracts")
    return form_page(request, form, save, title=title, back=back)


@require_POST
@role_required(*WRITERS)
def contract_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Sign, end or renew a contract."""
    user: Any = request.user
    found = get_editable(Contract.objects.all(), user, pk=pk)
    if act == "sign":
        attempt(request, lambda: contracts.sign(found, posted_day(request)), _("The contract is signed."))
    elif act == "end":
        reason = request.POST.get("reason", "")
        attempt(request, lambda: contracts.end(found, posted_day(request), reason), _("The contract has ended."))
    else:
        made: list[Contract] = []
        done = _("The successor is there, still to be signed.")
        if attempt(request, lambda: made.append(contracts.renew(found, user)), done):
            return redirect("clients:contract", pk=made[0].pk)
    return redirect("clients:contract", pk=pk)


@require_http_methods(["GET", "POST"])
@role_required(*WRITERS)
def step_new(request: HttpRequest, pk: int) -> HttpResponse:
    """What the contract obliges to by a day."""
    found = get_editable(Contract.objects.all(), request.user, pk=pk)
    form = StepForm(request.POST or None, instance=ContractStep(contract=found))
    there = reverse("clients:contract", args=[pk])

    def save() -> str:
        form.save()
        return there

    return form_page(request, form, save, title=_("New step"), back=(found.title, there))


@require_POST
@role_required(*WRITERS)
def step_done(request: HttpRequest, pk: int) -> HttpResponse:
    """A step has been performed."""
    user: Any = request.user
    found = get_editable(ContractStep.objects.all(), user, pk=pk)
    note = request.POST.get("note", "")
    attempt(request, lambda: contracts.perform(found, posted_day(request), user, note), _("Saved."))
    return redirect("clients:contract", pk=found.contract_id)
