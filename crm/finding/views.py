"""The search page, the list that opens under the search box, and the star that keeps a page at hand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.finding import favourites, recent
from crm.finding.search import SHOWN_ON_THE_PAGE, SHOWN_WHILE_TYPING, Group, search


@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """Everything that the text means; without a text, what is kept at hand and what was opened lately."""
    text = request.GET.get("q", "").strip()
    typing = request.htmx  # type: ignore[attr-defined]
    groups = search(request, text, SHOWN_WHILE_TYPING if typing else SHOWN_ON_THE_PAGE)
    if not text:
        known = [
            Group("favourites", _("At hand"), favourites.of(request.user)),
            Group("recent", _("Recently opened"), recent.recent(request.user)),
        ]
        groups = [group for group in known if group.hits]
    context = {"groups": groups, "text": text, "most": SHOWN_ON_THE_PAGE}
    return render(request, "parts/search_hits.html" if typing else "search.html", context)


@require_POST
def favourite(request: HttpRequest) -> HttpResponse:
    """Put the page of an address at hand, or away again."""
    kept = favourites.switch(request.user, request.POST.get("url", ""), request.POST.get("title", ""))
    context = {"favourite": {"url": request.POST.get("url", ""), "kept": kept}}
    return render(request, "parts/favourite.html", context)
