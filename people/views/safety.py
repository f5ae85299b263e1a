"""The second factor at login and in the own settings, and the page that asks who one is once more."""

import time
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people import factors
from people.forms import CodeForm, FirstCodeForm, PasswordForm
from people.held import held
from people.models import User
from people.sessions import SECOND, ask, fresh_required, is_fresh, prove
from people.throttle import remember_device

WAITING = "waiting_for_code"  # in the session: who has given the right password, where to go, since when
WAIT_SECONDS = 10 * 60
BACKEND = "people.backends.Backend"


def begin_code(request: HttpRequest, person: User, goal: str) -> HttpResponse:
    """After the first factor: ask for the second. Nobody is logged in yet."""
    request.session.cycle_key()
    request.session[WAITING] = [person.pk, goal, int(time.time()), person.get_session_auth_hash()]
    return redirect("people:login-code")


@never_cache
@login_not_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step of a login."""
    pk, goal, since, sign = request.session.get(WAITING) or (0, "", 0, "")
    person = User.objects.active().filter(pk=pk).first()
    if person is None or time.time() - since > WAIT_SECONDS or person.get_session_auth_hash() != sign:
        return redirect("people:login")
    form = CodeForm(request.POST or None, request=request, person=person)
    if not form.is_valid():
        return render(request, "people/login_code.html", {"form": form})
    login(request, person, BACKEND)
    request.session.pop(WAITING, None)
    request.session[SECOND] = True
    response = redirect(goal or "home")
    remember_device(request, response, person.username)
    return response


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set up the app, or see that it is in use; who must have one and came in without it is asked here."""
    person = request.user
    factor = factors.of(person)
    if factor and SECOND not in request.session:
        return _prove_second(request)
    if factor:
        context = {"left": len(factor.recovery), "is_required": factors.is_required(person), "factor": factor}
        return render(request, "people/second_factor.html", context)
    if not is_fresh(request):  # or whoever holds a session could vouch for it by an app of the own
        return ask(request)
    form = FirstCodeForm(request.POST or None, request=request, person=person)
    waiting = factors.begin(person)
    if form.is_valid():
        request.session[SECOND] = True
        prove(request)
        return _show_recovery(request, form.recovery)
    context = {
        "form": form,
        "code": qr(factors.address(waiting)),
        "secret": " ".join(waiting.secret[place : place + 4] for place in range(0, len(waiting.secret), 4)),
        "is_required": factors.is_required(person),
    }
    return render(request, "people/second_factor_new.html", context)


def _prove_second(request: HttpRequest) -> HttpResponse:
    """Who has a second factor and came in without it (by another way of login) enters a code."""
    form = CodeForm(request.POST or None, request=request, person=request.user)
    if not form.is_valid():
        return render(request, "people/confirm.html", {"form": form})
    request.session[SECOND] = True
    prove(request)
    return redirect("people:second-factor")


@require_POST
@fresh_required
def recovery(request: HttpRequest) -> HttpResponse:
    """New recovery codes in place of the old ones."""
    if not factors.of(request.user):
        return redirect("people:second-factor")
    return _show_recovery(request, factors.renew_recovery(request.user))


@require_POST
@fresh_required
def remove(request: HttpRequest) -> HttpResponse:
    """Take the own second factor away, to set up another phone."""
    factors.remove(request.user)
    request.session.pop(SECOND, None)
    messages.success(request, _("The second factor is removed."))
    return redirect("people:second-factor")


def _show_recovery(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "people/recovery.html", {"codes": codes})


def qr(text: str) -> SafeString:
    """A QR code as inline SVG."""
    return mark_safe(segno.make(text, error="m").svg_inline(scale=5, border=2, svgclass="sv-qr"))


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask once more who it is: by a code where there is a second factor, else by the password."""
    person = request.user
    has_factor = factors.of(person) is not None
    goal = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(goal, {request.get_host()}, request.is_secure()):
        goal = resolve_url("home")
    # The company's login is all that can vouch for them; a directory takes its password in our own form.
    if not has_factor and not person.has_usable_password() and settings.OIDC["issuer"]:
        return redirect(f"{reverse('people:sso')}?{urlencode({'next': goal})}")
    form_class = CodeForm if has_factor else PasswordForm
    form = form_class(request.POST or None, request=request, person=person)
    if form.is_valid():
        prove(request)
        if has_factor:
            request.session[SECOND] = True
        return redirect(goal)
    return render(request, "people/confirm.html", {"form": form, "next": goal})


@never_cache
@require_GET
def confirmed(request: HttpRequest) -> HttpResponse:
    """What was sent before the confirmation, to be sent on by one press."""
    found = held(request)
    if found is None:
        messages.info(request, _("What you began is not kept any longer. Begin it again."))
        return redirect("home")
    return render(request, "people/confirmed.html", {"held": found}) if is_fresh(request) else ask(request)
