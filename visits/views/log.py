"""Log a visit or a call, and correct what was written."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import DateTimeField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clients.models import Client
from crm.lib import periods
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import Role
from people.services import supervisors_of
from visits import checklists, due
from visits.follow_ups import follow_ups
from visits.forms import VisitForm, VisitTextForm
from visits.models import Mode, NoPlaceReason, Purpose, Result, Visit
from visits.services import Logged, log_visit, may_log, revise_visit
from visits.words import phrases_of

CLIENTS = Client.objects.select_related("org", "standing")


def client_of(request: HttpRequest) -> Client:
    """The client that the address or the form names: one in sight, or one that was the own on the visit's day."""
    if request.method != "POST":
        client = get_visible(CLIENTS, request.user, pk=request.GET.get("client", ""))
    else:
        number = request.POST.get("client", "")
        client = CLIENTS.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
        if client is None or not may_log(request.user, client, day_of(request.POST.get("checked_in_at", ""))):
            raise Http404
    client.organisation = request.user.unit.organisation  # nobody sees another's
    return client


def day_of(text: str) -> dt.date:
    """The day of a check-in; today where the text is no time, which the form will tell."""
    try:
        return periods.local(DateTimeField().clean(text)).date()
    except ValidationError:
        return periods.today()


def form_context(client: Client, form: VisitTextForm, **more: Any) -> dict[str, Any]:
    """What the form's template needs beside the form."""
    return {
        "client": client,
        "tier": getattr(getattr(client, "standing", None), "tier", ""),
        "form": form,
        "phrases": phrases_of(client.organisation.profile),
        "contacts": list(client.contacts.all()[:6]),
        "results": Result.choices,
        "reasons": NoPlaceReason.choices,
        "products": (products := form.product_choices()),
        "chosen_products": any(item["chosen"] for item in products),
        **more,
    }


@require_http_methods(["GET", "POST"])
@role_required(Role.AM, Role.SUPERVISOR)
def new(request: HttpRequest) -> HttpResponse:
    """The visit form; without a client, the list to choose one from."""
    if request.method == "GET" and not request.GET.get("client"):
        return redirect("visits:due" if request.user.is_am else "visits:list")
    client = client_of(request)
    template = checklists.current(client.organisation, client.kind)
    initial = {"client_uuid": uuid.uuid4(), "checked_in_at": periods.now(), "mode": Mode.ON_SITE}
    if request.user.is_supervisor:
        initial |= {"purpose": Purpose.INSPECTION, "publish": True}
    form = VisitForm(request.POST or None, client=client, template=template, initial=initial, maker=request.user)
    if request.method == "POST" and form.is_valid():
        return saved(request, form)
    told = client.visits.disclosed_to(request.user).exclude(note="", demand="")
    context = form_context(
        client,
        form,
        due=due.standing_of(client) if request.user.is_am else None,
        last=told.select_related("manager").first(),
        companions=supervisors_of(request.user) if request.user.is_am else [],
        follow_ups=follow_ups(client),
    )
    return render(request, "visits/visit_form.html", context)


def saved(request: HttpRequest, form: VisitForm) -> HttpResponse:
    """Save, say the how manieth it was, and go on to the next client or the day's list."""
    logged = log_visit(request.user, form.client, template=form.template, **form.values())
    messages.success(request, in_words(logged))
    if request.POST.get("then") != "next" or not request.user.is_am:
        return redirect("visits:detail", logged.visit.pk)
    return redirect("visits:next")


@require_GET
@role_required(Role.AM, Role.SUPERVISOR)
def following(request: HttpRequest) -> HttpResponse:
    """On to the form of the next client of the day, or to the day's list when there is none."""
    if not request.user.is_am:
        return redirect("visits:list")
    next_one = due.day_list(request.user).next
    return redirect(f"{reverse('visits:new')}?client={next_one.client_id}" if next_one else "visits:due")


def in_words(logged: Logged) -> str:
    """What is said after saving."""
    return _("Saved: client %(n)d today.") % {"n": logged.number} if logged.number else _("Saved.")


@require_http_methods(["GET", "POST"])
@role_required(Role.AM, Role.SUPERVISOR)
def contact(request: HttpRequest) -> HttpResponse:
    """A call or a message, logged by one tap on what came of it."""
    client = client_of(request)
    initial = {"client_uuid": uuid.uuid4(), "checked_in_at": periods.now(), "mode": Mode.PHONE}
    template = checklists.current(client.organisation, client.kind)
    form = VisitForm(request.POST or None, client=client, template=template, initial=initial, maker=request.user)
    if request.method == "POST" and form.is_valid():
        logged = log_visit(request.user, client, template=template, **form.values())
        messages.success(request, _("Contact saved."))
        return redirect("visits:due") if request.user.is_am else redirect("visits:detail", logged.visit.pk)
    return render(request, "visits/contact_form.html", form_context(client, form))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an own visit that is not verified yet."""
    rows = Visit.objects.select_related("client__organisation", "checklist_template")
    visit = get_editable(rows, request.user, pk=pk)
    client = visit.client
    template = visit.checklist_template or checklists.current(client.organisation, client.kind)
    names = ("purpose", "result", "people_met", "demand", "note", "next_step", "next_step_on", "checklist")
    form = VisitTextForm(
        request.POST or None,
        client=client,
        template=template,
        visit=visit,
        initial={name: getattr(visit, name) for name in names}
        | {"products": list(visit.products.values_list("pk", flat=True))},
    )
    if form.is_valid():
        try:
            revise_visit(visit, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("visits:detail", visit.pk)
    return render(request, "visits/visit_edit.html", form_context(client, form, visit=visit))
