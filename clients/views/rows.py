"""What the lists of client rows have in common: search by client, chips for unit and owner, tabs with counts."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clients.models import Client
from clients.search import matching
from clients.views.lists import MOST_OPTIONS, chip, owners_of, unit_chip
from crm.lib import periods
from people.models import OrgUnit, Role

WRITERS = (Role.AM, Role.SUPERVISOR, Role.ADMIN)
READERS = (Role.AM, Role.SUPERVISOR, Role.HR, Role.ADMIN)
KEEPERS = (Role.HR, Role.ADMIN)
LEADERS = (Role.SUPERVISOR, Role.HR, Role.ADMIN)


def narrowed(request: HttpRequest, found: Any) -> Any:
    """Rows with a client as far as the request's search, unit and owner let them through."""
    user = request.user
    text = request.GET.get("q", "").strip()
    if text:
        found = found.filter(client__in=Client.objects.filter(matching(text, user), organisation=user.organisation_id))
    if code := request.GET.get("unit"):
        unit = OrgUnit.objects.visible_to(user).filter(code=code).first()
        found = found.filter(client__org__path__startswith=unit.path) if unit else found.none()
    if owner := request.GET.get("owner"):
        found = found.filter(client__owner__username=owner)
    return found


def bar(request: HttpRequest, *chips: dict[str, Any]) -> dict[str, Any]:
    """Filter bar for ``narrowed``, with further chips in front."""
    user = request.user
    found = list(chips)
    if user.role != Role.AM:
        found += [unit_chip(request), chip(request, "owner", _("Owner"), owners_of(user)[:MOST_OPTIONS])]
    hidden = [(name, value) for name, value in request.GET.items() if name not in ("q", "after", "before") and value]
    return {
        "filters": found,
        "search": {
            "value": request.GET.get("q", "").strip(),
            "placeholder": _("Client: name, code or initials"),
            "hidden": hidden,
        },
    }


def tabs_of(
    request: HttpRequest, choices: Iterable[tuple[str, Any, int | None]], *, name: str = "state"
) -> list[dict[str, Any]]:
    """Tabs (value, label, count) that set one parameter and keep the filters; the first is the usual one."""
    choices = list(choices)
    values = [value for value, _label, _count in choices]
    chosen = request.GET.get(name, "")
    chosen = chosen if chosen in values else values[0]
    query = request.GET.copy()
    for gone in ("after", "before", name):
        query.pop(gone, None)
    found = []
    for value, label, count in choices:
        own = query.copy()
        if value:
            own[name] = value
        found.append({"label": label, "url": f"?{own.urlencode()}", "active": value == chosen, "count": count})
    return found


def chosen_of(request: HttpRequest, *values: str, name: str = "state") -> str:
    """The value of a parameter, the first one if it is none of them."""
    given = request.GET.get(name, "")
    return given if given in values else values[0]


def attempt(request: HttpRequest, call: Callable[[], Any], done: str = "") -> bool:
    """Do it and say so, or say why not."""
    try:
        call()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    if done:
        messages.success(request, done)
    return True


def posted_day(request: HttpRequest, name: str = "day") -> dt.date:
    """The posted day, today where none is given; ValidationError for one that is none."""
    text = request.POST.get(name, "").strip()
    if not text:
        return periods.today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ValidationError(_("Choose a day.")) from error


def form_page(
    request: HttpRequest,
    form: Any,
    save: Callable[[], str],
    *,
    title: Any,
    back: tuple[str, str],
    done: str = "",
    **context: Any,
) -> HttpResponse:
    """A form with a page of its own. ``save()`` tells where to go then; what it refuses is shown in the form."""
    if form.is_valid():
        try:
            there = save()
        except ValidationError as error:
            into_form(form, error)
        else:
            messages.success(request, done or _("Saved."))
            return redirect(there)
    return render(request, "clients/deal_form.html", {"form": form, "page_title": title, "back": back, **context})


def into_form(form: Any, error: ValidationError) -> None:
    """Show what a service refused at the fields it names, else on top."""
    if hasattr(error, "error_dict"):
        for name, problems in error.message_dict.items():
            form.add_error(name if name in form.fields else None, problems)
    else:
        form.add_error(None, error)
