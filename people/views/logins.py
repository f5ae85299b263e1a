"""Where one is logged in; ending one login, all others, or as an administrator all of somebody's."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.lib.scope import get_editable
from people import logins
from people.access import role_required
from people.models import Role, User
from people.sessions import fresh_required


@never_cache
@require_GET
def own(request: HttpRequest) -> HttpResponse:
    """The browsers in which one is logged in."""
    user: Any = request.user
    return render(request, "people/logins.html", {"logins": logins.of(user, request.session.session_key)})


@require_POST
@fresh_required
def end(request: HttpRequest) -> HttpResponse:
    """End the login of a mark, or without one all but this."""
    user: Any = request.user
    others = [login for login in logins.of(user, request.session.session_key) if not login.is_here]
    if mark := request.POST.get("mark", ""):
        others = [login for login in others if login.mark == mark]
        if not others:
            raise Http404
    count = logins.end(others)
    text = ngettext("%(n)d device is logged out.", "%(n)d devices are logged out.", count) % {"n": count}
    messages.success(request, text)
    return redirect("people:logins")


@require_POST
@role_required(Role.ADMIN)
def end_all(request: HttpRequest, pk: int) -> HttpResponse:
    """End whatever a person has opened: logins, tokens, links of exports."""
    found = get_editable(User.objects, request.user, pk=pk)
    logins.close(User.objects.filter(pk=found.pk))
    messages.success(request, _("%(name)s is logged out everywhere.") % {"name": found})
    return redirect("people:person", pk=pk)
