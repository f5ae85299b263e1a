"""Single sign-on: to the company's login, and back."""

import logging

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from people import factors, oidc
from people.models import User
from people.services import drop_first_password
from people.sessions import prove
from people.views.safety import BACKEND, begin_code

logger = logging.getLogger(__name__)
KEPT = "oidc"  # in the session, between leaving and coming back


def _address(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("people:sso-back"))


@never_cache
@login_not_required
@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    """To the company's login; whoever is logged in already has to enter the password there once more."""
    if not settings.OIDC["issuer"]:
        raise Http404
    try:
        url, kept = oidc.begin(_address(request), anew=request.user.is_authenticated)
    except oidc.Refused as error:
        return _failed(request, error)
    goal = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(goal, {request.get_host()}, request.is_secure()):
        goal = ""
    request.session[KEPT] = {**kept, "goal": goal}
    return redirect(url)


@never_cache
@login_not_required
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """From the company's login, as one of the people who are known here by user name or employee number."""
    if not settings.OIDC["issuer"]:
        raise Http404
    kept = request.session.pop(KEPT, None) or {}
    try:
        claims = oidc.finish(request.GET, kept, _address(request))
    except oidc.Refused as error:
        return _failed(request, error)
    name = str(claims.get(settings.OIDC["claim"]) or "")
    found = list(User.objects.active().filter(Q(username=name) | Q(employee_number=name))[:2]) if name else []
    if len(found) != 1:
        return _failed(request, oidc.Refused("nobody, or more than one, is known by that name"))
    drop_first_password(found[0])
    if factors.of(found[0]):
        return begin_code(request, found[0], kept["goal"])
    login(request, found[0], BACKEND)
    prove(request, at=oidc.proved_at(claims))  # the company's login may be days old
    return redirect(kept["goal"] or "home")


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("single sign-on refused: %s", error)
    messages.error(request, _("The company's login did not let you in. Try again, or ask your administrator."))
    return redirect("people:login")
