"""The page on which a person makes and ends tokens."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.api import tokens as verbs
from crm.lib import periods
from crm.lib.scope import get_editable
from crm.models import ApiToken
from people.sessions import fresh_required

DAYS = ((30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")), (365, gettext_lazy("A year")))


class TokenForm(forms.Form):
    """What a token is for, what it may do, and how long."""

    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Never more than you can do yourself."),
    )
    days = forms.TypedChoiceField(label=gettext_lazy("Valid for"), choices=DAYS, coerce=int, initial=90)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(name, scope.label) for name, scope in verbs.scopes_for(user).items()]


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponseBase:
    """The own tokens, and a new one, whose secret is shown this once."""
    return _make(request) if request.method == "POST" else _page(request)


@fresh_required
def _make(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = TokenForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, form)
    token, secret = verbs.make(user, **form.cleaned_data)
    return _page(request, secret=secret, calendar="calendar" in token.scopes)


def _page(request: HttpRequest, form: TokenForm | None = None, **made: Any) -> HttpResponse:
    user: Any = request.user
    rows: Any = ApiToken.objects.visible_to(user).select_related("user")[:50]
    labels = {name: scope.label for name, scope in verbs.SCOPES.items()}
    for row in rows:
        row.labels = [labels.get(name, name) for name in row.scopes]
    form = form or TokenForm(user=user, initial={"scopes": ["read"]})
    return render(request, "tokens.html", {"form": form, "tokens": rows, **made})


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token at once."""
    token = get_editable(ApiToken.objects, request.user, pk=pk)
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=periods.now())
    messages.success(request, _("The token opens nothing any more."))
    return redirect("tokens")
