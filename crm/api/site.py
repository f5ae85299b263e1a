"""The interface itself: who asks, how much, and how errors are told."""

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.security import HttpBearer
from ninja.throttling import AuthRateThrottle

from crm.api import tokens
from crm.models import ApiToken

VERSION = "1.0.0"


class Forbidden(HttpError):
    """403: the token is good, but not for this."""

    def __init__(self, text: str) -> None:
        super().__init__(403, text)


class Bearer(HttpBearer):
    """``Authorization: Bearer zf_…`` of a token with a scope; the request then acts as the token's person."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        found = tokens.find(token)
        if found is None:
            return None
        if not tokens.allows(found, self.scope):
            raise Forbidden(_("This token lacks the scope “%(scope)s”.") % {"scope": self.scope})
        request.user = found.user
        return found


class PerToken(AuthRateThrottle):
    """Counts by token, so that one program's haste is not another's wait."""

    def get_cache_key(self, request: HttpRequest) -> str:
        token = request.auth  # type: ignore[attr-defined]
        return str(self.cache_format % {"scope": self.scope, "ident": token.pk})


api = NinjaAPI(
    title="Zoufang",
    version=VERSION,
    urls_namespace="api",
    docs_url=None,
    openapi_url="openapi.json",
    throttle=[PerToken("600/m")],
)


def problem(request: HttpRequest, status: int, text: str, **more: Any) -> HttpResponse:
    """An error as RFC 9457 tells it."""
    titles = {400: _("Bad request"), 401: _("No valid token"), 403: _("Not allowed"), 404: _("Not found"),
              409: _("Conflict"), 422: _("Some values cannot be taken"), 429: _("Too many requests")}  # fmt: skip
    body = {"type": "about:blank", "title": titles.get(status, ""), "status": status, "detail": text, **more}
    answer = api.create_response(request, body, status=status)
    answer["Content-Type"] = "application/problem+json"
    return answer


@api.exception_handler(AuthenticationError)
def no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """401 with what is expected."""
    answer = problem(request, 401, _("Send a living token: “Authorization: Bearer zf_…”."))
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(ValidationError)
def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422 with each field and what is wrong with it."""
    places = [[str(part) for part in found["loc"] if part not in ("body", "query", "path")] for found in error.errors]
    fields = [
        {"field": ".".join(place[1:] if len(place) > 1 and place[0] == "payload" else place), "text": found["msg"]}
        for place, found in zip(places, error.errors, strict=True)
    ]
    return problem(request, 422, _("Put right the fields named in “fields”."), fields=fields)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """404, also for what lies outside the person's sight."""
    return problem(request, 404, _("There is no such row, or it is not in your sight."))


@api.exception_handler(PermissionDenied)
def not_allowed(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    """403 for what one may see and not do."""
    return problem(request, 403, _("Your role does not allow this."))


@api.exception_handler(BadRequest)
def bad(request: HttpRequest, error: BadRequest) -> HttpResponse:
    """400 with the reason."""
    return problem(request, 400, str(error))


@api.exception_handler(Throttled)
def too_many(request: HttpRequest, error: Throttled) -> HttpResponse:
    """429 with the seconds to wait."""
    answer = problem(request, 429, _("Wait a little and try again."))
    if error.wait:
        answer["Retry-After"] = str(int(error.wait) + 1)
    return answer


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Whatever an endpoint says no with."""
    return problem(request, error.status_code, str(error))
