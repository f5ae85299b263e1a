"""Handovers from one account manager to another, and covers for the time of a leave."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.columns import definitions
from clients.forms.handover import CoverForm, HandoverForm
from clients.models import Handover, LeaveCover
from clients.services import handover as services
from clients.views.lists import chips, filtered
from crm.lib import pdf, periods
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import Role

PLANNERS = (Role.SUPERVISOR, Role.ADMIN)
READERS = (Role.AM, Role.SUPERVISOR, Role.HR, Role.ADMIN)
HANDOVERS = Handover.objects.select_related("giver", "taker", "made_by")
MOST_SHOWN = 1000
LATELY = dt.timedelta(days=30)  # so long a leave that is over is still shown


@require_GET
@role_required(*READERS)
def handovers(request: HttpRequest) -> HttpResponse:
    """Handovers in sight, the newest first, and who covers for whom."""
    user: Any = request.user
    covers = LeaveCover.objects.visible_to(user).select_related("person", "deputy")
    context = {
        "page": page_of(request, HANDOVERS.visible_to(user), "-day", "-pk"),
        "covers": covers.ending_from(periods.today() - LATELY),
        "can_plan": user.role in PLANNERS,
    }
    return render(request, "clients/handovers.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*PLANNERS)
def handover_new(request: HttpRequest) -> HttpResponse:
    """From whom to whom; then which clients and what is passed along; posted: the handover is planned."""
    user: Any = request.user
    given = request.GET if "giver" in request.GET else None
    form = HandoverForm(given, user=user)
    if given is None or not form.is_valid():
        return render(request, "clients/handover_new.html", {"form": form})
    values = form.cleaned_data
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in request.GET.items() if name not in form.fields})
    query["owner"] = values["giver"].username
    own = definitions(user.organisation_id)
    found = filtered(user, query, own).order_by("code", "pk")
    if request.method == "POST":
        if not request.POST.get("all"):
            found = found.filter(
                pk__in=[int(pk) for pk in request.POST.getlist("ids") if pk.isdecimal() and len(pk) < 19]
            )
        texts = [" ".join(text.split())[:200] for text in request.POST.getlist("checklist")]
        try:
            made = services.plan_handover(
                values["giver"], values["taker"], values["day"], found,
                by=user, reason=values["reason"], note=request.POST.get("note", "")[:2000],
                checklist=[text for text in texts if text],
            )  # fmt: skip
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Planned. Both have been told and can sign."))
            return redirect("clients:handover", pk=made.pk)
    context = {
        "form": form,
        "values": values,
        "filters": [chip for chip in chips(request, own) if chip["name"] not in ("sort", "only")],
        "clients": found.select_related("org", "standing")[:MOST_SHOWN],
        "count": found.count(),
        "most": MOST_SHOWN,
        "checklist": services.usual_checklist(),
    }
    return render(request, "clients/handover_clients.html", context)


@require_GET
@role_required(*READERS)
def handover(request: HttpRequest, pk: int) -> HttpResponse:
    """One handover: what is passed along, who has signed, which clients."""
    return render(request, "clients/handover.html", _context(request, pk))


def _context(request: HttpRequest, pk: int) -> dict[str, Any]:
    found = get_visible(HANDOVERS, request.user, pk=pk)
    rows = found.rows.select_related("client__org", "client__standing").order_by("client__code")
    side = found.side_of(request.user)
    return {
        "handover": found,
        "rows": rows[:MOST_SHOWN],
        "count": rows.count(),
        "side": side,
        "may_sign": bool(side) and not found.cancelled_at and not getattr(found, f"{side}_signed_at"),
        "may_tick": not (found.giver_signed_at or found.taker_signed_at or found.cancelled_at)
        and (bool(side) or request.user.role in PLANNERS),
        "may_cancel": found.is_waiting and request.user.role in PLANNERS,
    }


@require_GET
@role_required(*READERS)
def handover_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The handover as a document with lines to sign on."""
    context = _context(request, pk)
    name = _("Handover %(pk)s") % {"pk": pk}
    return pdf.document(
        request, "clients/handover_print.html", context, name=name, back=reverse("clients:handover", args=[pk])
    )


@require_POST
@role_required(Role.AM, *PLANNERS)
def handover_tick(request: HttpRequest, pk: int) -> HttpResponse:
    """Which points of the checklist are done."""
    found = get_visible(HANDOVERS, request.user, pk=pk)
    done = [int(number) for number in request.POST.getlist("done") if number.isdecimal() and len(number) < 4]
    return _act(request, found, lambda: services.tick(found, done), _("Saved."))


@require_POST
@role_required(Role.AM)
def handover_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign on one's own side."""
    user: Any = request.user
    found = get_visible(HANDOVERS, user, pk=pk)
    if not found.side_of(user):
        raise PermissionDenied
    return _act(request, found, lambda: services.sign(found, user), _("Signed."))


@require_POST
@role_required(*PLANNERS)
def handover_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call off what has not happened yet."""
    found = get_editable(HANDOVERS, request.user, pk=pk)
    return _act(request, found, lambda: services.cancel_handover(found), _("Cancelled."))


def _act(request: HttpRequest, found: Handover, act: Any, said: str) -> HttpResponse:
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said)
    return redirect("clients:handover", pk=found.pk)


@require_http_methods(["GET", "POST"])
@role_required(*PLANNERS)
def cover_new(request: HttpRequest) -> HttpResponse:
    """Somebody stands in for a colleague on leave."""
    user: Any = request.user
    form = CoverForm(request.POST or None, user=user)
    if form.is_valid():
        values = form.cleaned_data
        try:
            services.cover_leave(
                values["person"], values["deputy"], values["valid_from"], values["valid_to"],
                by=user, reason=values["reason"],
            )  # fmt: skip
        except ValidationError as error:
            form.add_error(None, error)
        else:
            text = _("%(name)s sees the clients from the first day on.")
            messages.success(request, text % {"name": values["deputy"].name})
            return redirect("clients:handovers")
    return render(request, "clients/cover.html", {"form": form, "page_title": _("Leave cover")})


@require_POST
@role_required(*PLANNERS)
def cover_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The person is back earlier."""
    found = get_editable(LeaveCover.objects.all(), request.user, pk=pk)
    services.end_cover(found)
    messages.success(request, _("The cover has ended."))
    return redirect("clients:handovers")
