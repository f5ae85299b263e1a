"""What stands beside a request: its log in words, the client's other requests, the time that is left."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from crm.lib import periods
from service.acts import LABELS
from service.models import Kind, ServiceRequest, State
from service.rules import rules_of

REPEAT_DAYS = 90
SHOWN = 10

EVENT_ICONS = {
    "register": "file-plus",
    "assign": "user-check",
    "start": "player-play",
    "wait": "clock-pause",
    "go_on": "clock-play",
    "transfer": "arrows-exchange",
    "classify": "tag",
    "note": "message",
    "resolve": "circle-check",
    "call_back": "phone-check",
    "close": "lock",
    "reopen": "rotate",
    "merge": "git-merge",
    "cancel": "ban",
    "escalate": "arrow-up-circle",
    "eight_d": "report-search",
}
TONES = {"escalate": "danger", "reopen": "danger", "close": "success", "resolve": "success"}


def timeline(request: ServiceRequest) -> list[dict[str, Any]]:
    """The log, newest first, for parts/timeline.html."""
    return [
        {
            "when": event.at,
            "icon": EVENT_ICONS.get(event.act, "point"),
            "title": _title(event),
            "text": event.note,
            "url": "",
            "tone": TONES.get(event.act, ""),
        }
        for event in request.events.select_related("by").order_by("-at", "-pk")
    ]


def _title(event: Any) -> str:
    label = str(LABELS.get(event.act, event.act))
    if name := event.data.get("handler"):
        label = _("%(act)s to %(name)s") % {"act": label, "name": name}
    elif title := event.data.get("title"):
        label = _("%(act)s: %(title)s") % {"act": label, "title": title}
    elif mark := event.data.get("satisfaction"):
        label = _("%(act)s: satisfaction %(mark)s of 5") % {"act": label, "mark": mark}
    elif "level" in event.data:
        values = {"level": event.data["level"], "unit": event.data["unit"]}
        label = _("Late: escalated to level %(level)s, %(unit)s") % values
    elif number := event.data.get("merged"):
        label = _("Request #%(number)s was merged into this one") % {"number": number}
    elif number := event.data.get("into"):
        label = _("Merged into request #%(number)s") % {"number": number}
    return f"{label} · {event.by.name}" if event.by else label


def others_of(request: ServiceRequest, user: Any) -> list[ServiceRequest]:
    """The latest other requests of the same client that the person may see."""
    if request.client_id is None:
        return []
    rows = ServiceRequest.objects.visible_to(user).filter(client=request.client_id).exclude(pk=request.pk)
    return list(rows.select_related("organisation").order_by("-registered_at")[:SHOWN])


def complaints_in_90_days(request: ServiceRequest) -> int:
    """How many complaints the client has made in the 90 days up to this one, this one included; 0 for a request.

    One that was merged into another, or taken back, is no complaint of its own.
    """
    if request.client_id is None or request.kind != Kind.COMPLAINT:
        return 0
    start = request.registered_at - dt.timedelta(days=REPEAT_DAYS)
    found = ServiceRequest.objects.filter(
        client=request.client_id, kind=Kind.COMPLAINT, registered_at__range=(start, request.registered_at)
    )
    return found.exclude(state__in=(State.MERGED, State.CANCELLED)).count()


def handlers(request: ServiceRequest, groups: list[Any]) -> list[Any]:
    """The people for a hand-over, without who has it now: first who handed it over, then the account manager."""
    owner = request.client.owner if request.client else None
    last = request.events.filter(act="transfer", by__isnull=False).select_related("by").order_by("-at", "-pk").first()
    first = last.by if last else None
    if first and not (first.is_active and (first == owner or not first.is_am)):
        first = None
    named = ((_("Had it before"), first), (_("Account manager"), None if first == owner else owner))
    found = [
        (label, [(person.pk, person.name)]) for label, person in named if person and person.pk != request.handler_id
    ]
    keep = request.handler_id if request.state != "reopened" else None
    return [*found, *((unit, [row for row in people if row[0] != keep]) for unit, people in groups)]


def time_left(request: ServiceRequest) -> str:
    """The working time that is left, or by how much it is late, in words; empty when the clock has stopped for good."""
    if request.left_minutes is not None:
        minutes, is_late = request.left_minutes, request.left_minutes < 0
    elif request.is_running:
        minutes, is_late = rules_of(request.organisation).work.between(periods.now(), request.due_at), request.is_late
    else:
        return ""
    hours, rest = divmod(abs(minutes), 60)
    if is_late:
        if not hours and not rest:  # since then nobody has been at work
            return pgettext("of a request", "Late")
        if not hours:
            return ngettext("late by %(n)d working minute", "late by %(n)d working minutes", rest) % {"n": rest}
        return ngettext("late by %(n)d working hour", "late by %(n)d working hours", hours) % {"n": hours}
    if not hours:
        return ngettext("%(n)d working minute left", "%(n)d working minutes left", rest) % {"n": rest}
    return ngettext("%(n)d working hour left", "%(n)d working hours left", hours) % {"n": hours}
