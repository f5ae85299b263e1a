"""Clients that are in the file twice: a hint while typing, pairs, two side by side, merges and their undoing."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.duplicates import judging, merge
from clients.duplicates.alike import alike
from clients.duplicates.compare import rows_of
from clients.models import DuplicatePair, Merge
from clients.views.client import EDITORS
from crm.lib import jobs, periods
from crm.lib.models import Job
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import Role

JUDGES = (Role.SUPERVISOR, Role.ADMIN)
PAIRS = DuplicatePair.objects.select_related("first__org", "second__org", "first__owner", "second__owner")


@require_GET
@role_required(*EDITORS)
def similar(request: HttpRequest) -> HttpResponse:
    """Who in the file looks like what is in the form: a part of the page, fetched while typing."""
    given = request.GET

    def number(name: str) -> int:
        value = given.get(name, "")
        return int(value) if value.isdecimal() and len(value) < 19 else 0

    user: Any = request.user
    found, hidden = alike(
        user,
        code=given.get("code", "")[:40],
        phone=given.get("phone", "")[:30],
        name=given.get("name", "")[:120],
        address=given.get("address", "")[:200],
        unit=number("org") or user.unit_id,
        but=number("but"),
    )
    return render(request, "clients/parts/similar.html", {"found": found, "hidden_count": hidden})


@require_GET
@role_required(*JUDGES)
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs to be judged, those with the most evidence first."""
    found = PAIRS.visible_to(request.user).open()
    reason = request.GET.get("reason", "")
    if reason:
        found = found.filter(reasons__contains=[reason])
    context = {
        "page": page_of(request, found, "-weight", "pk"),
        "filters": [_reason_chip(reason)],
        "is_filtered": bool(reason),
        "tabs": _tabs("duplicates"),
        "job": _latest_scan(request.user),
    }
    return render(request, "clients/duplicates.html", context)


def _tabs(active: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": reverse(f"clients:{name}"), "active": name == active}
        for name, label in (("duplicates", _("To be judged")), ("merges", _("Merged")))
    ]


def _reason_chip(chosen: str) -> dict[str, Any]:
    labels = {value: str(label) for value, label in DuplicatePair.Reason.choices}
    return {
        "label": _("Reason"),
        "value": labels.get(chosen, chosen),
        "clear_url": "?",
        "options": [
            {"label": label, "url": f"?reason={value}", "active": value == chosen} for value, label in labels.items()
        ],
    }


def _latest_scan(user: Any) -> Any:
    return Job.objects.filter(kind="find_duplicates", organisation_id=user.organisation_id).order_by("-pk").first()


@require_POST
@role_required(*JUDGES)
def scan(request: HttpRequest) -> HttpResponse:
    """Search the whole file now."""
    user: Any = request.user
    week = str(periods.Period.week(periods.today()))
    params = {"done_url": reverse("clients:duplicates")}
    job = jobs.request("find_duplicates", user.organisation_id, period=week, params=params, user=user)
    return redirect("job", pk=job.pk)


@require_POST
@role_required(*JUDGES)
def pair(request: HttpRequest) -> HttpResponse:
    """Put two clients side by side by their codes."""
    user: Any = request.user
    codes = ["".join(request.POST.get(name, "").split()) for name in ("first", "second")]
    try:
        found = judging.pair_by_code(codes[0], codes[1], user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("clients:duplicates")
    return redirect("clients:duplicate", pk=found.pk)


@require_http_methods(["GET", "POST"])
@role_required(*JUDGES)
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """Two clients side by side; posted: the one that is kept, and field by field whose value."""
    user: Any = request.user
    found = get_visible(PAIRS, user, pk=pk)
    if found.state == DuplicatePair.State.MERGED:
        return redirect("clients:merges")
    kept, gone = found.first, found.second
    if request.POST.get("keep", request.GET.get("keep")) == "second":
        kept, gone = gone, kept
    if request.method == "POST":
        get_editable(DuplicatePair.objects.all(), user, pk=pk)
        try:
            merge.merge(kept, gone, user, {name: str(value) for name, value in request.POST.items()})
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("clients:duplicates")
        text = _("%(gone)s is part of %(kept)s now. It can be undone under “Merged”.")
        messages.success(request, text % {"gone": gone.name, "kept": kept.name})
        return redirect("clients:detail", pk=kept.pk)
    context = {
        "pair": found,
        "kept": kept,
        "gone": gone,
        "reasons": found.reason_words,
        "rows": rows_of(kept, gone),
        "other_keep": "first" if kept.pk == found.second_id else "second",
        "this_keep": "second" if kept.pk == found.second_id else "first",
    }
    return render(request, "clients/duplicate.html", context)


@require_POST
@role_required(*JUDGES)
def different(request: HttpRequest, pk: int) -> HttpResponse:
    """They are two: never shown again."""
    judging.keep_apart(get_editable(DuplicatePair.objects.all(), request.user, pk=pk), request.user)
    messages.success(request, _("They stay two clients and will not be proposed again."))
    return redirect("clients:duplicates")


@require_GET
@role_required(*JUDGES)
def merges(request: HttpRequest) -> HttpResponse:
    """What was merged, by whom, and the way back."""
    found = Merge.objects.visible_to(request.user).select_related("kept", "gone", "made_by", "undone_by")
    page = page_of(request, found, "-made_at", "-pk")
    return render(request, "clients/merges.html", {"page": page, "tabs": _tabs("merges")})


@require_POST
@role_required(*JUDGES)
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a merge apart."""
    made = get_editable(Merge.objects.select_related("gone", "kept"), request.user, pk=pk)
    try:
        merge.undo(made, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("%(name)s stands on its own again.") % {"name": made.gone.name})
    return redirect("clients:merges")
