"""Asking clients ourselves: whom to ask, the questions read out, and the second asking of a few."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import Role
from service.models import Answer, Invitation, Recheck, Wave
from service.services import rechecks, surveys
from service.survey_forms import InterviewForm, RecheckForm

ASKERS = (Role.AM, Role.SUPERVISOR, Role.BACK_OFFICE)
CHECKERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN, Role.BACK_OFFICE)


@require_GET
@role_required(*ASKERS)
def interview_list(request: HttpRequest) -> HttpResponse:
    """Clients of open surveys who have not answered: to ask, to call, or to show the code."""
    seen = Invitation.objects.visible_to(request.user).waiting()
    text = request.GET.get("q", "").strip()
    if text:
        seen = seen.filter(Q(client__name__icontains=text) | Q(client__code=text))
    rows = seen.select_related("client__standing", "client__owner", "wave")
    context = {
        "page": page_of(request, rows, "wave__expires_on", "pk"),
        "search": {"value": text, "placeholder": _("Name or code of the client")},
        "is_filtered": bool(text),
    }
    return render(request, "service/interviews.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*ASKERS)
def interview(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions, read out to a client who sits there or is on the phone."""
    user: Any = request.user
    rows = Invitation.objects.select_related("wave__survey__organisation", "client__standing")
    found = get_editable(rows, user, pk=pk)
    if found.answered_at or not found.wave.is_open:
        messages.info(request, _("%(client)s has answered already, or the survey is over.") % {"client": found.client})
        return redirect("service:interviews")
    by_phone = user.role == Role.BACK_OFFICE
    channel = Answer.Channel.PHONE if by_phone else Answer.Channel.INTERVIEW
    form = InterviewForm(request.POST or None, survey=found.wave.survey, initial={"channel": channel})
    if request.method == "POST" and form.is_valid():
        try:
            surveys.answer(found, interviewer=user, **form.values())
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            messages.success(request, _("Thank you. The answer of %(client)s counts.") % {"client": found.client})
        return redirect("service:interviews")
    return render(request, "service/interview.html", {"form": form, "invitation": found, "client": found.client})


@require_GET
@role_required(*CHECKERS)
def recheck_list(request: HttpRequest) -> HttpResponse:
    """Answers to ask once more, by phone or on site; of one wave or of all."""
    seen = Recheck.objects.visible_to(request.user)
    number, wave = request.GET.get("wave", ""), None
    if number:
        wave = get_visible(Wave.objects.select_related("survey"), request.user, pk=number)
        seen = seen.filter(wave=wave)
    parts = {
        "phone": (Recheck.Mode.PHONE.label, Q(outcome="", mode=Recheck.Mode.PHONE)),
        "on_site": (Recheck.Mode.ON_SITE.label, Q(outcome="", mode=Recheck.Mode.ON_SITE)),
        "done": (_("Checked"), ~Q(outcome="")),
    }
    tab = request.GET.get("tab", "")
    tab = tab if tab in parts else "phone"
    numbers = seen.aggregate(**{f"n_{name}": Count("pk", filter=part) for name, (_label, part) in parts.items()})
    keep = f"&wave={wave.pk}" if wave else ""
    rows = seen.filter(parts[tab][1]).select_related(
        "wave", "answer__invitation__client__standing", "answer__interviewer", "checked_by"
    )
    context = {
        "wave": wave,
        "tab": tab,
        "tabs": [
            {"label": label, "url": f"?tab={name}{keep}", "active": name == tab, "count": numbers[f"n_{name}"] or None}
            for name, (label, _part) in parts.items()
        ],
        "page": page_of(request, rows, "-wave_id", "pk"),
        "agreement": rechecks.agreement(wave) if wave else [],
    }
    return render(request, "service/rechecks.html", context)


@require_POST
@role_required(Role.HR, Role.ADMIN)
def recheck_draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw which answers are asked again."""
    wave = get_editable(Wave.objects.all(), request.user, pk=pk)
    try:
        made = rechecks.draw(wave, request.user)  # type: ignore[arg-type]
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("service:wave", pk=pk)
    messages.success(request, _("Drawn with the seed %(seed)s.") % {"seed": made.seed})
    return redirect(f"{reverse('service:rechecks')}?wave={pk}")


@require_http_methods(["GET", "POST"])
@role_required(*CHECKERS)
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a client once more, without seeing what was said the first time."""
    user: Any = request.user
    rows = Recheck.objects.select_related("wave__survey", "wave__recheck_draw", "answer__invitation__client__standing")
    found = get_visible(rows, user, pk=pk)
    if user.pk in (found.answer.interviewer_id, found.answer.manager_id):
        raise PermissionDenied
    if found.checked_at:
        messages.info(request, _("Somebody has checked this answer already."))
        return redirect(f"{reverse('service:rechecks')}?wave={found.wave_id}&tab=done")
    form = RecheckForm(request.POST or None, items=rechecks.asked_again(found))
    if request.method == "POST" and form.is_valid():
        try:
            rechecks.record(found, user, **form.values())
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            messages.success(request, _("Saved."))
        return redirect(f"{reverse('service:rechecks')}?wave={found.wave_id}&tab={found.mode}")
    return render(
        request, "service/recheck.html", {"form": form, "item": found, "client": found.answer.invitation.client}
    )
