"""The page on which a person makes and ends tokens."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.api import tokens as verbs
from crm.lib import periods
from crm.lib.scope import get_editable
from crm.models import ApiToken
from people import sessions

DAYS = ((30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")), (365, gettext_lazy("A year")))


class TokenForm(forms.Form):
    """What a token is for, what it may do, and how long."""

    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Never more than you may do yourself."),
    )
    days = forms.TypedChoiceField(label=gettext_lazy("Valid for"), choices=DAYS, coerce=int, initial=90)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(name, scope.label) for name, scope in verbs.scopes_for(user).items()]


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The own tokens, and a new one, whose secret is shown this once."""
    user: Any = request.user
    if request.method == "POST" and not sessions.is_fresh(request):
        return sessions.ask(request)
    form = TokenForm(request.POST or None, user=user, initial={"scopes": ["read"]})
    secret, calendar = "", False
    if form.is_valid():
        token, secret = verbs.make(user, **form.cleaned_data)
        calendar = "calendar" in token.scopes
        form = TokenForm(user=user, initial={"scopes": ["read"]})
    rows: Any = ApiToken.objects.visible_to(user)[:50]
    labels = {name: scope.label for name, scope in verbs.SCOPES.items()}
    for row in rows:
        row.labels = [labels.get(name, name) for name in row.scopes]
    return render(request, "tokens.html", {"form": form, "secret": secret, "calendar": calendar, "tokens": rows})


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token at once."""
    token = get_editable(ApiToken.objects, request.user, pk=pk)
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=periods.now())
    messages.success(request, _("The token opens nothing any more."))
    return redirect("tokens")
