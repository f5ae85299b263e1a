"""Help, the walk round, and the page of all components."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST

from crm.guide import showing
from crm.guide.help import HELP
from crm.guide.tours import TOURS
from crm.navigation import SIDEBAR, links
from people.access import role_required
from people.models import Role, User

TOUR_SEEN = "tour_seen"


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """What every page of the reader's navigation is for."""
    user: Any = request.user
    words = dict(_texts())
    sections = [
        {
            "label": link.label,
            "pages": [
                {"label": page.label, "url": page.url, "what": words[page.url][0], "next": words[page.url][1]}
                for page in (link.children or [link])
                if page.url in words
            ],
        }
        for link in links(SIDEBAR, request, user.role)
    ]
    return render(request, "guide/help.html", {"sections": sections})


def _texts() -> list[tuple[str, tuple[Any, Any]]]:
    found = []
    for view, texts in HELP.items():
        try:
            found.append((reverse(view), texts))
        except NoReverseMatch:  # a page about one record
            continue
    return found


def tour_for(request: HttpRequest) -> dict[str, Any]:
    """The walk round of the role: its steps, and whether to offer it."""
    user: Any = request.user
    steps = [
        {"place": place, "title": str(title), "text": str(text)} for place, title, text in TOURS.get(user.role, ())
    ]
    return {"tour": steps, "tour_offered": not user.preferences.get(TOUR_SEEN), "tour_now": "tour" in request.GET}


@require_POST
def tour_seen(request: HttpRequest) -> HttpResponse:
    """Not offered again; the menu still starts it."""
    user: Any = request.user
    User.objects.filter(pk=user.pk).update(preferences={**user.preferences, TOUR_SEEN: True})
    return HttpResponse(status=204)


@require_GET
@role_required(Role.ADMIN)
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component, by the templates that pages use."""
    return render(request, "guide/styleguide.html", showing.everything(request))
