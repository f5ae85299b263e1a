"""Journals with their reviews, and minutes, for paper."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from crm.lib import pdf
from crm.lib.scope import get_visible
from journals.models import Journal, Meeting
from journals.sections import filled


@require_GET
def journal_print(request: HttpRequest, pk: int) -> HttpResponse:
    """A journal as handed in last, with all its reviews and the facts beside it."""
    journal = get_visible(Journal.objects.select_related("author__unit", "org"), request.user, pk=pk)
    versions = list(journal.versions.select_related("review__reviewer", "review__task").order_by("number"))
    if not versions:
        raise Http404
    context = {
        "journal": journal,
        "version": versions[-1],
        "sections": filled(journal.kind, versions[-1].sections),
        "reviews": [version for version in versions if hasattr(version, "review")],
    }
    name = f"{journal.author.name} {journal.get_kind_display()} {journal.period}"
    return pdf.document(
        request, "journals/print.html", context, name=name, back=reverse("journals:detail", args=[journal.pk])
    )


@require_GET
def meeting_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The minutes with attendance and action items."""
    meeting = get_visible(Meeting.objects.select_related("unit", "created_by"), request.user, pk=pk)
    attendance = list(meeting.attendance.select_related("user__unit"))
    context = {
        "meeting": meeting,
        "attendance": attendance,
        "actions": meeting.actions.select_related("task__owner"),
    }
    back = reverse("journals:meeting", args=[meeting.pk])
    return pdf.document(request, "journals/meeting_print.html", context, name=meeting.title, back=back)
