"""What was sent while its person had still to confirm who it is, held in the session: nothing is typed twice."""

import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest

HELD = "held_form"  # in the session
SECONDS = 10 * 60
MOST_CHARACTERS = 16_000
SECRET = re.compile(r"passw|secret|^code$")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
SHOWN = ("name", "reason", "note")  # what people type themselves in such forms


def hold(request: HttpRequest) -> bool:
    """Hold a form that was sent; False for what is not held: files, secrets, too much, parts of a page."""
    fields = [(name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"]
    if (
        request.content_type not in FORMS
        or request.FILES
        or "HX-Request" in request.headers
        or any(SECRET.search(name) for name, _values in fields)
        or len(json.dumps(fields)) > MOST_CHARACTERS
    ):
        drop(request)
        return False
    request.session[HELD] = {
        "path": request.get_full_path(),
        "fields": fields,
        "back": origin(request),
        "since": int(time.time()),
    }
    return True


def held(request: HttpRequest) -> dict[str, Any] | None:
    """``path``, ``fields`` (name, values), ``back`` and ``typed`` texts of the held form; None after some minutes."""
    found: dict[str, Any] | None = request.session.get(HELD)
    if not found:
        return None
    if time.time() - found["since"] > SECONDS:
        drop(request)
        return None
    typed = [value for name, values in found["fields"] if name in SHOWN for value in values if value.strip()]
    return {**found, "typed": typed}


def drop(request: HttpRequest) -> None:
    """Forget the held form, if there is one."""
    request.session.pop(HELD, None)


def origin(request: HttpRequest) -> str:
    """The page of this site from which something was sent, else the first page."""
    parts = urlsplit(request.headers.get("Referer", ""))
    return parts.path + (f"?{parts.query}" if parts.query else "") if parts.netloc == request.get_host() else "/"
