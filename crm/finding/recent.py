"""Records that somebody opened lately. Only their keys are kept: names are read anew, within what is in sight today."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from clients.models import Client
from journals.models import Article, Journal
from service.models import InformationSlip, ServiceRequest
from visits.models import Visit

KEPT, SHOWN = 20, 8
DAYS_30 = 30 * 24 * 3600


@dataclass(frozen=True)
class Kind:
    """Pages that show one record each."""

    icon: str
    model: type[Model]
    title: Callable[[Any], str] = str
    related: tuple[str, ...] = ()


def journal_title(journal: Journal) -> str:
    """Whose and of when."""
    return f"{journal.author.name} · {journal.title}"


def request_title(found: ServiceRequest) -> str:
    """Its number, what it is about and whose it is."""
    return f"{found} {found.title}" + (f" · {found.client}" if found.client else "")


KINDS = {
    "clients:detail": Kind(icon="building-store", model=Client),
    "journals:detail": Kind(icon="notebook", model=Journal, title=journal_title, related=("author",)),
    "journals:article": Kind(icon="book-2", model=Article),
    "visits:detail": Kind(icon="map-pin", model=Visit, related=("client",)),
    "service:request": Kind(icon="headset", model=ServiceRequest, title=request_title, related=("client",)),
    "service:slip": Kind(icon="mail-forward", model=InformationSlip),
}


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Notes each record page that was shown."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        match = request.resolver_match
        if match and match.view_name in KINDS and request.method == "GET" and response.status_code == 200:
            _note(request.user.pk, match.view_name, match.kwargs["pk"])
        return response

    return handle


def _note(user_id: Any, view: str, pk: int) -> None:
    rest = [item for item in _kept(user_id) if item != (view, pk)]
    cache.set(_key(user_id), [(view, pk), *rest][:KEPT], DAYS_30)


def _kept(user_id: Any) -> list[tuple[str, int]]:
    return [(view, pk) for view, pk in cache.get(_key(user_id)) or []]


def _key(user_id: Any) -> str:
    return f"recent:{user_id}"


def recent(user: Any) -> list[dict[str, Any]]:
    """Hits {title, text, url, icon}, the latest first; one query for each kind that occurs."""
    kept = [item for item in _kept(user.pk) if item[0] in KINDS]
    found = {}
    for view in {view for view, _pk in kept}:
        kind = KINDS[view]
        rows = kind.model._default_manager.visible_to(user).select_related(*kind.related)  # type: ignore[attr-defined]
        for row in rows.filter(pk__in=[pk for name, pk in kept if name == view]):
            url = reverse(view, args=[row.pk])
            found[view, row.pk] = {"title": kind.title(row), "text": "", "url": url, "icon": kind.icon}
    return [found[item] for item in kept if item in found][:SHOWN]
