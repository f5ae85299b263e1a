"""The first page: blocks that the packages register, in the order of importance for the reader's role."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from crm.guide import steps
from crm.guide.pages import tour_for
from crm.lib import periods
from crm.lib.slots import home_blocks
from people.models import Role


@require_GET
def home_later(request: HttpRequest) -> HttpResponse:
    """The blocks that can wait, so that what is to be done first is there at once."""
    return render(request, "parts/home_blocks.html", {"blocks": home_blocks.fill(request, later=True)})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Today, for the person who looks."""
    context = {"blocks": home_blocks.fill(request), "today": periods.today(), "setup": _setup(request)}
    return render(request, "home.html", {**context, **tour_for(request)})


def _setup(request: HttpRequest) -> dict[str, Any] | None:
    """How far the setup is, for an administrator who has not finished it."""
    user: Any = request.user
    if user.role != Role.ADMIN:
        return None
    organisation = user.unit.organisation
    if organisation.settings.get(steps.CLOSED):
        return None
    found = steps.steps(organisation)
    waiting = [step for step in found if step.open]
    return {"done": len(found) - len(waiting), "all": len(found), "next": waiting[0]} if waiting else None
