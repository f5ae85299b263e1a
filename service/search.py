"""Requests and slips by their number."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from people.models import User
from service.models import InformationSlip, ServiceRequest


def hits(user: User, text: str, limit: int) -> Iterator[dict[str, Any]]:
    """Hits {title, text, url, icon} of the global search; a request's number is written with or without #."""
    number = text.removeprefix("#")
    if number.isdecimal() and len(number) < 18:
        for found in ServiceRequest.objects.visible_to(user).filter(pk=int(number)).select_related("client"):
            url = reverse("service:request", args=[found.pk])
            name = found.client.name if found.client else ""
            yield {"title": f"{found} {found.title}", "text": name, "url": url, "icon": "headset"}
    for slip in InformationSlip.objects.visible_to(user).filter(number__istartswith=text)[:limit]:
        url = reverse("service:slip", args=[slip.pk])
        yield {"title": slip.number, "text": slip.content[:60], "url": url, "icon": "mail-forward"}
