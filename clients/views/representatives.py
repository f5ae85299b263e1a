"""Grids without a client representative, and the act to appoint one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clients import representatives as service
from clients.models import Client
from crm.lib.pages import page_of
from crm.lib.scope import get_editable
from people.access import role_required
from people.models import Role

LEADERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)
APPOINTERS = (Role.SUPERVISOR, Role.ADMIN)


@require_GET
@role_required(*LEADERS)
def representatives(request: HttpRequest) -> HttpResponse:
    """Grids that still lack one."""
    user: Any = request.user
    page = page_of(request, service.grids_without(user), "path")
    proposed = service.proposals(page.items) if user.role in APPOINTERS else {}
    context = {
        "page": page,
        "rows": [(unit, proposed.get(unit.pk, [])) for unit in page.items],
        "can_appoint": user.role in APPOINTERS,
    }
    return render(request, "clients/representatives.html", context)


@require_POST
@role_required(*APPOINTERS)
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Appoint the chosen client of a grid; without a choice, ``pk`` itself."""
    chosen = request.POST.get("client", "")
    found = get_editable(Client.objects.all(), request.user, pk=chosen if chosen.isdecimal() else pk)
    try:
        service.appoint(found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        text = _("%(name)s is the representative of %(grid)s.")
        messages.success(request, text % {"name": found.name, "grid": found.org.name})
    return redirect("clients:representatives")
