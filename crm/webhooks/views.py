"""The administrator's page of webhooks: who is told of what, and what came of each call."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import outbound
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from crm.models import Webhook, WebhookCall
from crm.webhooks import sending
from crm.webhooks.events import EVENTS, LABELS
from people.access import role_required
from people.models import Role
from people.sessions import fresh_required

TONES = {"sent": "success", "failed": "danger", "waiting": "warning", "sending": "info"}


class WebhookForm(forms.ModelForm):
    """What an address is for, and of what it is told."""

    url = forms.URLField(label=gettext_lazy("address"), max_length=300, assume_scheme="https")
    events = forms.MultipleChoiceField(label=gettext_lazy("Events"), widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Webhook
        fields = ("name", "url", "events")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        events: Any = self.fields["events"]
        events.choices = [(event.code, event.label) for event in EVENTS]

    def clean_url(self) -> str:
        """Only an address that may be called at all; where its name leads is looked at before each call."""
        url: str = self.cleaned_data["url"]
        try:
            outbound.check_address(url)
        except outbound.Refused as error:
            raise forms.ValidationError(str(error)) from error
        return url


@never_cache
@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def webhooks(request: HttpRequest) -> HttpResponseBase:
    """The addresses, and a new one, whose secret is shown this once."""
    return _make(request) if request.method == "POST" else _page(request)


@fresh_required
def _make(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    webhook = form.save(commit=False)
    webhook.organisation_id, webhook.made_by, webhook.secret = user.organisation_id, user, sending.new_secret()
    webhook.save()
    return _page(request, secret=webhook.secret)


def _page(request: HttpRequest, form: WebhookForm | None = None, **made: Any) -> HttpResponse:
    rows: list[Any] = list(Webhook.objects.visible_to(request.user)[:50])
    for row in rows:
        row.labels = [LABELS.get(event, event) for event in row.events]
    return render(request, "webhooks.html", {"form": form or WebhookForm(), "webhooks": rows, **made})


@require_GET
@role_required(Role.ADMIN)
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of the calls to an address, the latest first."""
    webhook = get_visible(Webhook.objects, request.user, pk=pk)
    page = page_of(request, webhook.calls.all(), "-happened_at", "-pk", count=False)
    for call in page.items:
        call.label, call.tone = LABELS.get(call.event, call.event), TONES[call.state]
    return render(request, "webhook.html", {"webhook": webhook, "calls": page.items, "page": page})


@require_POST
@role_required(Role.ADMIN)
def ping(request: HttpRequest, pk: int) -> HttpResponse:
    """A test call."""
    webhook = get_editable(Webhook.objects, request.user, pk=pk)
    if webhook.is_active:
        sending.ping(webhook)
        messages.success(request, _("The test call goes out within half a minute."))
    else:
        messages.error(request, _("The address is switched off: switch it on first."))
    return redirect("webhook", pk=pk)


@require_POST
@role_required(Role.ADMIN)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an address off, or on again: what waits is sent then."""
    webhook = get_editable(Webhook.objects, request.user, pk=pk)
    Webhook.objects.filter(pk=webhook.pk).update(is_active=not webhook.is_active)
    return redirect("webhook", pk=pk)


@require_POST
@role_required(Role.ADMIN)
def again(request: HttpRequest, pk: Any) -> HttpResponse:
    """Make a failed call once more."""
    call = get_editable(WebhookCall.objects, request.user, pk=pk)
    if sending.send_again(call):
        messages.success(request, _("It will be sent again."))
    return redirect("webhook", pk=call.webhook_id)
