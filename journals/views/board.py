"""Lists of journals for whoever may see them."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from crm.lib import periods
from crm.lib.periods import Period
from journals import filters
from journals.models import Journal, JournalKind
from people.models import Role, User

MONTHS_OFFERED = 13
FIRST_PAGES = {str(Role.AM): "journals:mine", str(Role.SUPERVISOR): "journals:desk"}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where a role begins with journals."""
    return redirect(FIRST_PAGES.get(request.user.role, "journals:list"))


@require_GET
def journal_list(request: HttpRequest) -> HttpResponse:
    """Journals that the reader may see, newest first, by kind, state, author and month."""
    chosen = filters.Filters.read(request.GET)
    journals = chosen.apply(Journal.objects.visible_to(request.user)).select_related("author", "org")
    found = filters.page_of(journals, request.GET.get("after", ""), request.GET.get("before", ""))
    context = {
        "journals": found.rows,
        "filters": filter_chips(request, chosen),
        "page": pager(request, found),
        "filtered": bool(request.GET),
    }
    return render(request, "journals/list.html", context)


def with_query(request: HttpRequest, **changes: Any) -> str:
    """The page's address with changes; a new filter starts at the first page."""
    query = {key: value for key, value in request.GET.items() if key not in ("after", "before")}
    query |= {key: str(value) for key, value in changes.items()}
    return "?" + urlencode({key: value for key, value in query.items() if value})


def filter_chips(request: HttpRequest, chosen: filters.Filters) -> list[dict[str, Any]]:
    """The filters with their options."""
    states = [*Journal.State.choices[1:], ("late", _("Submitted late")), ("praised", _("Praised"))]
    month, months = Period.month(periods.today()), []
    for _step in range(MONTHS_OFFERED):
        months.append((str(month), str(month)))
        month = month.previous
    choices: list[tuple[str, str, str, list[tuple[str, Any]]]] = [
        ("kind", _("Kind"), chosen.kind, list(JournalKind.choices)),
        ("state", _("State"), chosen.state, states),
        ("month", _("Month"), str(chosen.month) if chosen.month else "", months),
    ]
    if not request.user.is_am:
        people = User.objects.visible_to(request.user).managers().order_by("name", "pk").values_list("pk", "name")[:200]
        author = str(chosen.author) if chosen.author else ""
        choices.append(("author", _("Author"), author, [(str(pk), name) for pk, name in people]))
    return [chip(request, name, label, value, options) for name, label, value, options in choices]


def chip(request: HttpRequest, name: str, label: str, value: str, options: list[tuple[str, Any]]) -> dict[str, Any]:
    """One filter as a chip."""
    return {
        "label": label,
        "value": dict(options).get(value, "") if value else "",
        "clear_url": with_query(request, **{name: ""}),
        "options": [
            {"label": text, "url": with_query(request, **{name: key}), "active": key == value} for key, text in options
        ],
    }


def pager(request: HttpRequest, found: filters.Slice) -> dict[str, str]:
    """Neighbouring pages and the number of rows in words."""
    count = ngettext("%(n)d journal", "%(n)d journals", found.total) % {"n": found.total}
    return {
        "previous_url": with_query(request, before=found.previous) if found.previous else "",
        "next_url": with_query(request, after=found.next) if found.next else "",
        "count_text": _("more than %(count)s") % {"count": count} if found.capped else count,
    }
