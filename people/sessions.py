"""How long a login lasts, and how long ago its person proved to be there."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib.masking import middle
from people import factors, held
from people.middleware import FirstPasswordMiddleware
from people.throttle import address_of

BEGAN, SEEN, PROVED, SECOND = "began_at", "seen_at", "proved_at", "second_factor"
DEVICE, ADDRESS = "device", "address"
SEEN_EVERY = 15 * 60  # seconds
View = Callable[..., HttpResponseBase]
log = logging.getLogger("crm.security")


@receiver(user_logged_in, dispatch_uid="people.sessions")
def begin(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """A login begins the clocks; Django has given the session a new key."""
    log.info("login of person %s from %s", user.pk, address_of(request))
    now = int(time.time())
    request.session[BEGAN] = request.session[SEEN] = request.session[PROVED] = now
    request.session[DEVICE] = request.headers.get("User-Agent", "")[:300]
    request.session[ADDRESS] = address_of(request)


@receiver(user_login_failed, dispatch_uid="people.sessions")
def refused(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """A wrong password is noted, without it and without the whole name: people type passwords there."""
    name = str(credentials.get("username", ""))
    log.warning("login refused for %s from %s", middle(name), address_of(request) if request else "?")


def prove(request: HttpRequest, *, at: int | None = None) -> None:
    """The person has entered a password or a code: just now, or at a time stamp that somebody else vouches for."""
    now = int(time.time())
    request.session[PROVED] = now if at is None else min(at, now)


def is_over(session: Any, now: int) -> bool:
    """Whether a login has been idle or alive for too long."""
    return now - session.get(SEEN, 0) > settings.SESSION_IDLE or now - session.get(BEGAN, 0) > settings.SESSION_ABSOLUTE


class LimitsMiddleware:
    """Ends a login that has been idle or alive for too long, and asks for the second factor where the role needs it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now, session = int(time.time()), request.session
            if is_over(session, now):
                logout(request)
            else:
                if now - session[SEEN] > SEEN_EVERY:  # not at every click: it is a write
                    session[SEEN], session[ADDRESS] = now, address_of(request)
                if (
                    factors.is_required(request.user)
                    and SECOND not in session
                    and request.path not in self.open_paths()
                ):
                    return redirect("people:second-factor")
            response = self.get_response(request)
            response.headers.setdefault("Cache-Control", "private, no-store")  # a shared computer keeps no page
            return response
        return self.get_response(request)

    @staticmethod
    def open_paths() -> set[str]:
        names = ("people:second-factor", "people:confirm", "people:sso", "people:sso-back")
        return FirstPasswordMiddleware.open_paths() | {reverse(name) for name in names}


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person has proved to be there within the last minutes."""
    return time.time() - request.session.get(PROVED, 0) <= settings.STEP_UP


def fresh_required(view: View) -> View:
    """Decorator: before an act that cannot be taken back, password or code are asked for anew."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_fresh(request):
            return ask(request)
        if request.method == "POST":
            held.drop(request)
        return view(request, *args, **kwargs)

    return guarded


def ask(request: HttpRequest) -> HttpResponse:
    """To the page that asks, and back: to this page, or on with what was sent, or to where it was sent from."""
    back = request.get_full_path()
    if request.method != "GET":
        if held.hold(request):
            back = reverse("people:confirmed")
            messages.info(request, _("First confirm that it is you. What you have entered is kept."))
        else:
            back = held.origin(request)
            messages.info(request, _("First confirm that it is you; then send it again."))
    address = f"{reverse('people:confirm')}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=200, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
