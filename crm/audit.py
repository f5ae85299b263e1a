"""The audit page: who changed what, and when."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from crm.lib import masking
from crm.lib.models import AuditEvent
from people.access import role_required
from people.models import User

SHOWN = 100
TABLES = {
    "people_user": _("Staff"),
    "people_posting": _("Posts"),
    "people_disclosure": _("Personal data"),
    "people_secondfactor": _("Second factor"),
    "people_orgunit": _("Organisation"),
    "clients_tierscheme": _("Tier schemes"),
    "clients_servicestandard": _("Service standards"),
    "visits_checklisttemplate": _("Checklists"),
    "kpi_scheme": _("Assessment schemes"),
    "kpi_run": _("Runs"),
    "kpi_softscore": _("Soft scores"),
    "kpi_appeal": _("Appeals"),
}
ACTIONS = {"insert": _("added"), "update": _("changed"), "delete": _("removed")}


@require_GET
@role_required("hr", "admin")
def audit(request: HttpRequest) -> HttpResponse:
    """The latest events of the own organisation, older ones by key."""
    table, before = request.GET.get("table", ""), request.GET.get("before", "")
    events = AuditEvent.objects.visible_to(request.user)
    if table in TABLES:
        events = events.filter(table=table)
    if before.isdecimal():
        events = events.filter(pk__lt=int(before[:18]))
    found = list(events[: SHOWN + 1])
    names = dict(User.objects.filter(pk__in={event.actor_id for event in found}).values_list("pk", "name"))
    tabs = [{"label": _("All"), "url": "?", "active": table not in TABLES}]
    tabs += [{"label": label, "url": f"?table={name}", "active": name == table} for name, label in TABLES.items()]
    context = {
        "events": [shown(event, names) for event in found[:SHOWN]],
        "tabs": tabs,
        "next": found[SHOWN - 1].pk if len(found) > SHOWN else None,
    }
    return render(request, "audit.html", context)


def shown(event: AuditEvent, names: dict[int, str]) -> dict[str, Any]:
    """An event as a line of the page."""
    before, after = event.before or {}, event.after or {}
    fields = sorted(set(before) | set(after)) if event.action == "update" else []
    if event.table == "people_disclosure":
        fields = ["kind", "rows", "reason"]
    return {
        "at": event.at,
        "who": names.get(event.actor_id or 0, ""),
        "table": TABLES.get(event.table, event.table),
        "row": (after or before).get("name") or (after or before).get("subject") or f"#{event.row}",
        "action": ACTIONS[event.action],
        "changes": [(name, as_text(before.get(name)), as_text(after.get(name))) for name in fields],
    }


def as_text(value: Any) -> Any:
    """A value as text, without whole phone, identity or account numbers."""
    value = masking.deep(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) and value else value
