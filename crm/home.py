"""The first page: blocks that the packages register, in the order of importance for the reader's role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from crm.lib import periods
from crm.lib.slots import home_blocks


@require_GET
def home_later(request: HttpRequest) -> HttpResponse:
    """The blocks that can wait, so that what is to be done first is there at once."""
    return render(request, "parts/home_blocks.html", {"blocks": home_blocks.fill(request, later=True)})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Today, for the person who looks."""
    return render(request, "home.html", {"blocks": home_blocks.fill(request), "today": periods.today()})
