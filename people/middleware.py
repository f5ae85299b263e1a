"""Per-request language and acting user."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from people import zones

LANGUAGE_COOKIE = settings.LANGUAGE_COOKIE_NAME


class LanguageMiddleware:
    """Chinese first: the language is the reader's own choice (cookie), never guessed from the browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


@contextmanager
def acting_as(user_id: Any) -> Iterator[None]:
    """Tells the database who acts: triggers that write history read ``zoufang.actor``."""
    if settings.DATABASE_POOLED:
        with connection.execute_wrapper(_named(int(user_id))):
            yield
        return
    _set_actor(str(user_id))
    try:
        yield
    finally:
        _set_actor("")


def _named(user_id: int) -> Callable[..., Any]:
    """A wrapper that names the actor in the transaction of each statement that writes.

    Behind a pool of transactions the session is somebody else's a moment later, so it must not remember anything. Two
    statements sent as one are one transaction, also where none was begun.
    """

    def run(execute: Callable[..., Any], text: str, params: Any, many: bool, context: Any) -> Any:
        if text.lstrip().upper().startswith(WRITES):
            text = f"SELECT set_config('zoufang.actor', '{user_id}', true); {text}"
        return execute(text, params, many, context)

    return run


WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


def _set_actor(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('zoufang.actor', %s, false)", [text])


class ActorMiddleware:
    """Whoever is logged in acts in what is posted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD", "OPTIONS") and request.user.is_authenticated:
            with acting_as(request.user.pk):
                return self.get_response(request)
        return self.get_response(request)


class TimeZoneMiddleware:
    """Clock times are those of the reader's zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with zones.as_read_by(request.user):
            return self.get_response(request)


class FirstPasswordMiddleware:
    """Whoever still has a password that somebody else set chooses an own one before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.must_change_password and request.path not in self.open_paths():
            return redirect("people:password_change")
        return self.get_response(request)

    @staticmethod
    def open_paths() -> set[str]:
        return {reverse(name) for name in ("people:password_change", "people:logout", "set_language", "healthz")}
