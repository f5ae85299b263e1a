"""Meetings: list, plan, record, decide, close."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.lib import periods
from crm.lib.pages import page_of
from crm.lib.scope import get_editable, get_visible
from journals import meetings as services
from journals.forms_sharing import ActionForm, MeetingForm
from journals.models import Attendance, Meeting
from people.access import role_required

LEADERS = ("supervisor", "hr", "admin")


@require_GET
def meetings(request: HttpRequest) -> HttpResponse:
    """Meetings to come, or those that were."""
    view = "past" if request.GET.get("view") == "past" else "ahead"
    rows = Meeting.objects.visible_to(request.user).select_related("unit")
    start = periods.start_of(periods.today())
    if view == "past":
        page = page_of(request, rows.filter(begins_at__lt=start), "-begins_at", "-pk")
    else:
        page = page_of(request, rows.filter(begins_at__gte=start), "begins_at", "pk")
    tabs = [
        {"label": _("Upcoming"), "url": "?view=ahead", "active": view == "ahead"},
        {"label": _("Past"), "url": "?view=past", "active": view == "past"},
    ]
    context = {"page": page, "tabs": tabs, "view": view, "can_plan": request.user.role in LEADERS}
    return render(request, "journals/meetings.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*LEADERS)
def meeting_new(request: HttpRequest) -> HttpResponse:
    """Plan a meeting from the template of its kind."""
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    kind = kind if kind in Meeting.Kind.values else Meeting.Kind.WEEKLY
    initial = {
        "kind": kind,
        "title": Meeting.Kind(kind).label,
        "agenda": services.AGENDAS[Meeting.Kind(kind)],
        "begins_at": periods.shown(periods.now()).replace(minute=0, second=0, microsecond=0, tzinfo=None),
    }
    form = MeetingForm(request.POST or None, user=request.user, initial=initial)
    if form.is_valid():
        values = dict(form.cleaned_data)
        found = services.plan(request.user, values.pop("people"), **values)
        messages.success(request, _("Planned. The invited have been told."))
        return redirect("journals:meeting", found.pk)
    tabs = [{"label": label, "url": f"?kind={value}", "active": value == kind} for value, label in Meeting.Kind.choices]
    return render(request, "journals/meeting_form.html", {"form": form, "tabs": tabs})


@require_http_methods(["GET", "POST"])
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting; its minutes and attendance are written here until they are closed."""
    found = get_visible(Meeting.objects.select_related("unit", "created_by"), request.user, pk=pk)
    if request.method == "POST":
        found = get_editable(Meeting.objects, request.user, pk=pk)
        states = {
            int(key[5:]): str(value)
            for key, value in request.POST.items()
            if key[:5] == "state" and key[5:].isdecimal()
        }
        try:
            services.record(found, request.POST.get("minutes", ""), states)
            if "close" in request.POST:
                services.close(found)
            messages.success(request, _("Saved."))
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
        return redirect("journals:meeting", pk)
    return render(request, "journals/meeting.html", meeting_context(request, found, ActionForm(meeting=found)))


def meeting_context(request: HttpRequest, found: Meeting, form: ActionForm) -> dict[str, object]:
    """What the page of a meeting shows."""
    attendance = list(found.attendance.select_related("user__unit"))
    return {
        "meeting": found,
        "attendance": attendance,
        "came": [
            (label, [row.user.name for row in attendance if row.state == state])
            for state, label in Attendance.State.choices
        ],
        "present": sum(row.state == Attendance.State.PRESENT for row in attendance),
        "states": [choice for choice in Attendance.State.choices if choice[0] != Attendance.State.INVITED],
        "actions": found.actions.select_related("task__owner"),
        "form": form,
        "can_edit": Meeting.objects.editable_by(request.user).filter(pk=found.pk).exists(),
    }


@require_POST
def meeting_action(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an action item: a task of one of the invited."""
    found = get_editable(Meeting.objects.select_related("unit", "created_by"), request.user, pk=pk)
    form = ActionForm(request.POST, meeting=found)
    if form.is_valid():
        values = form.cleaned_data
        try:
            services.decide(found, request.user, values["owner"], values["title"], values["due_on"])
            return redirect("journals:meeting", pk)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "journals/meeting.html", meeting_context(request, found, form))
