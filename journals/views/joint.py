"""Joint work: list, record, confirm."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clients.models import Client
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from journals import joint as services
from journals.forms_joint import JointWorkForm
from journals.models import JointWork
from people.access import role_required

ROWS = JointWork.objects.select_related("author", "partner", "client", "org", "task")


@require_GET
def joint(request: HttpRequest) -> HttpResponse:
    """Joint work that the reader may see, the latest first; what waits for the own confirmation by itself."""
    rows = ROWS.visible_to(request.user)
    waiting = rows.filter(partner=request.user.pk, confirmed_at=None)
    view = request.GET.get("view", "")
    kinds = dict(JointWork.Kind.choices)
    found = waiting if view == "waiting" else rows.filter(kind=view) if view in kinds else rows
    options: list[tuple[str, Any, int | None]] = [
        ("", _("All"), None),
        ("waiting", _("For me to confirm"), waiting.count()),
    ]
    options += [(value, label, None) for value, label in kinds.items()]
    tabs = [
        {"label": label, "url": f"?view={name}", "active": name == view, "count": count}
        for name, label, count in options
    ]
    return render(
        request, "journals/joint.html", {"page": page_of(request, found, "-day", "-pk"), "tabs": tabs, "view": view}
    )


@require_http_methods(["GET", "POST"])
@role_required("am", "back_office", "supervisor")
def joint_new(request: HttpRequest) -> HttpResponse:
    """Record joint work, ``?client=7`` at a client."""
    number = request.GET.get("client", "")
    client = get_visible(Client.objects, request.user, pk=number) if number else None
    form = JointWorkForm(request.POST or None, user=request.user, client=client)
    if form.is_valid():
        found = services.record(request.user, **form.values())
        messages.success(request, _("Recorded. %(name)s has been asked to confirm it.") % {"name": found.partner.name})
        return redirect("journals:joint-work", found.pk)
    return render(request, "journals/joint_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
def joint_work(request: HttpRequest, pk: int) -> HttpResponse:
    """One record; the partner confirms it here."""
    found = get_visible(ROWS, request.user, pk=pk)
    if request.method == "POST":
        get_editable(JointWork.objects, request.user, pk=pk)
        try:
            services.confirm(found, request.POST.get("word", ""))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Confirmed."))
        return redirect("journals:joint-work", pk)
    can_confirm = found.partner_id == request.user.pk and found.confirmed_at is None
    return render(request, "journals/joint_work.html", {"work": found, "can_confirm": can_confirm})
