"""What stands in a person's diary, for the calendar of a phone or an office suite: iCalendar, RFC 5545."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.api import tokens
from crm.lib import periods
from journals.models import Meeting
from people.models import User
from visits.models import PlannedVisit

if TYPE_CHECKING:
    from icalendar import Event

BACK, AHEAD = dt.timedelta(days=14), dt.timedelta(days=60)
LASTS = dt.timedelta(minutes=30)
MOST = 1000


@login_not_required
@never_cache
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The diary of the token's person. The address is the key: calendars cannot send headers."""
    from icalendar import Calendar  # loaded by the few who ask for a calendar, not at every start

    token = tokens.find(secret)
    if token is None or not tokens.allows(token, "calendar"):
        raise Http404
    calendar = Calendar()
    calendar.add("prodid", "-//Zoufang//CN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Visits of %(name)s") % {"name": token.user.name})
    for event in events(token.user):
        event.add("dtstamp", periods.now())
        calendar.add_component(event)
    return HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")


def events(user: User) -> Iterator[Event]:
    """Planned visits, at the hour that was agreed if there is one, and meetings; 14 days back and 60 ahead."""
    today = periods.today()
    first, last = today - BACK, today + AHEAD
    start, end = periods.start_of(first), periods.start_of(last)
    plans = PlannedVisit.objects.filter(manager=user, day__range=(first, last)).select_related("client")
    for plan in plans[:MOST]:
        text = (_("Appointment: %(name)s") if plan.at else _("Visit: %(name)s")) % {"name": plan.client.name}
        yield event(f"plan-{plan.pk}", text, plan.at or plan.day, place=plan.client.address, url=plan.client_id)
    meetings = Meeting.objects.visible_to(user).filter(begins_at__range=(start, end))
    for meeting in meetings[:MOST]:
        yield event(f"meeting-{meeting.pk}", str(meeting), meeting.begins_at)


def event(uid: str, text: str, begins: Any, *, place: str = "", url: int | None = None) -> Event:
    """One entry: a whole day for a date, half an hour for a time."""
    from icalendar import Event

    found = Event()
    found.add("uid", f"{uid}@zoufang")
    found.add("summary", text)
    found.add("dtstart", begins)
    if isinstance(begins, dt.datetime):
        found.add("dtend", begins + LASTS)
    if place:
        found.add("location", place)
    if url:
        found.add("description", settings.SITE_URL + reverse("clients:detail", args=[url]))
    return found
