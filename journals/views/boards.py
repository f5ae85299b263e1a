"""The board of a unit: rates and the heat map person × day."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from crm.lib import periods
from crm.lib.periods import Period, PeriodError
from crm.lib.replica import report
from crm.lib.scope import get_visible
from journals import board, calendar
from journals.rules import rules_of
from journals.views.author import following
from people.access import role_required
from people.models import OrgUnit

LEADERS = ("supervisor", "hr", "admin")
LEGEND = ("reviewed", "submitted", "late", "returned", "missing", "open")


@require_GET
@role_required(*LEADERS)
def boards(request: HttpRequest) -> HttpResponse:
    """The reader's own unit."""
    return redirect("journals:board", request.user.unit_id)


@require_GET
@role_required(*LEADERS)
@report
def unit_board(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit's month."""
    unit = get_visible(OrgUnit.objects.select_related("parent"), request.user, pk=pk)
    try:
        month = Period.parse(request.GET.get("month") or str(Period.month(periods.today())), periods.MONTH)
    except PeriodError as error:
        raise Http404 from error
    context = {
        "board": board.board_of(unit, month, rules_of(unit.organisation_id)),
        "before": month.previous,
        "after": following(month),
        "parent": unit.parent if unit.pk != request.user.unit_id else None,
        "legend": [(state, calendar.WORDS[state][0]) for state in LEGEND],
        "least_characters": board.LEAST_CHARACTERS,
        "least_sections": board.LEAST_SECTIONS,
    }
    return render(request, "journals/board.html", context)
