"""The client's own page without a login, and the page of ours that hands out its address."""

from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clients.models import Client
from crm.lib import periods
from crm.lib.scope import get_editable, get_visible
from people.access import role_required
from people.models import Role
from service.forms import OwnWordsForm
from service.links import client_of, token_of, too_many
from service.models import Channel, ClientLink
from service.rules import rules_of
from service.services import register

GIVERS = (Role.AM, Role.SUPERVISOR, Role.BACK_OFFICE)


@require_http_methods(["GET", "POST"])
@role_required(*GIVERS)
def client_link(request: HttpRequest, pk: int) -> HttpResponse:
    """The client's link and QR code, to print; posting ends the present one and makes another."""
    user: Any = request.user
    if request.method == "POST":
        client = get_editable(Client.objects.all(), user, pk=pk)
        link, _new = ClientLink.objects.get_or_create(client=client)
        ClientLink.objects.filter(pk=link.pk).update(
            version=link.version + 1, renewed_by=user, renewed_at=periods.now()
        )
        messages.success(request, _("The old link is dead. Hand out this one."))
        return redirect("service:client-link", pk=pk)
    client = get_visible(Client.objects.select_related("organisation"), user, pk=pk)
    address = request.build_absolute_uri(reverse("service:say", args=[token_of(client)]))
    context = {
        "client": client,
        "address": address,
        "code": qr(address),
        "can_renew": Client.objects.editable_by(user).filter(pk=pk).exists(),
    }
    return render(request, "service/client_link.html", context)


def qr(address: str) -> str:
    """A QR code as SVG, without any style of its own."""
    return mark_safe(segno.make(address, error="m").svg_inline(scale=5, border=2, svgclass="sv-qr"))


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def say(request: HttpRequest, token: str) -> HttpResponse:
    """A client registers without a login: nothing of the file is shown, nothing but a request can come of it."""
    client = client_of(token)
    if client is None:
        return closed(request, _("This link is no longer valid"), _("Ask your account manager for a new one."), 404)
    organisation = client.org.organisation
    if request.method == "GET" and "sent" in request.GET:
        title, text = _("Thank you, we have it"), _("We will get back to you. If it is urgent, please call.")
        return closed(request, title, text, 200)
    form = OwnWordsForm(request.POST or None, request.FILES or None, rules=rules_of(organisation))
    if request.method == "POST":
        if too_many(request, f"client:{client.pk}"):
            return closed(request, _("Too many messages"), _("Please try again later, or call."), 429)
        if form.is_valid():
            try:
                register(client=client, by=None, channel=Channel.LINK, **form.cleaned_data)
            except ValidationError as error:
                form.refuse(error)
            else:
                return redirect(f"{reverse('service:say', args=[token])}?sent")
    return render(request, "service/say.html", {"form": form, "organisation": organisation})


def closed(request: HttpRequest, title: str, text: str, status: int) -> HttpResponse:
    """A page that only says something."""
    return render(request, "service/closed.html", {"title": title, "text": text, "status": status}, status=status)
