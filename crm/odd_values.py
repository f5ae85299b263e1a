"""Values that no row and no calendar can hold, typed into an address or sent by a program: a bad request."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.defaults import bad_request

from crm.api.site import problem

# How the driver refuses a text with a zero byte, and Python a day: it has no types of error of their own for these.
NO_VALUE = re.compile(r"cannot contain NUL|year -?\d+ is out of range")


class OddValuesMiddleware:
    """400 in place of an error of ours: a zero byte, a day before the first or after the last, endless brackets."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer, or None for every other error."""
        odd = isinstance(error, OverflowError | RecursionError)  # the second: JSON that opens brackets without end
        if not odd and not (isinstance(error, ValueError) and NO_VALUE.search(str(error))):
            return None
        if request.path.startswith("/api/"):
            return problem(request, 400, _("Some values cannot be taken"))
        return bad_request(request, error)
