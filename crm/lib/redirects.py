"""Where to go after a change."""

from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def redirect_back(request: HttpRequest, fallback: str, *args: Any) -> HttpResponseRedirect:
    """To the posted ``next`` if that is a page of this site, else to ``fallback`` (an address or the name of one)."""
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return HttpResponseRedirect(back)
    return redirect(resolve_url(fallback, *args))
