"""The audit page: who changed what, and when."""

import json
from functools import cache
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from crm.lib import masking, periods
from crm.lib.models import AuditEvent
from people.access import role_required
from people.models import User

SHOWN = 100
PEOPLE = {"reviewed_by_id", "published_by_id", "changed_by_id", "answered_by_id", "manager_id", "user_id"}
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
    "kpi_importedvalue": _("Imported values"),
    "kpi_appeal": _("Appeals"),
    "retention_rulesetting": _("Alert rules"),
}
LABELS = {
    "name": _("Name"), "role": _("Role"), "unit_id": _("Unit"), "phone": _("Phone"), "email": _("Email"),
    "password": _("Password"), "must_change_password": _("Must change the password"), "is_active": _("Active"),
    "generation": _("Logged out everywhere"),
    "post_title": _("Post"), "joined_on": _("Joined on"), "left_on": _("Left on"), "valid_from": _("From"),
    "valid_to": _("To"), "state": _("State"), "reason": _("Reason"), "kind": _("Kind"), "rows": _("Rows"),
    "score": _("Score"), "comment": _("Comment"), "period": _("Period"), "metric": _("Indicator"), "hash": _("Hash"),
    "version": _("Version"), "as_of": _("Data until"), "computed_at": _("Computed"), "reviewed_at": _("Reviewed"),
    "reviewed_by_id": _("Reviewed by"), "published_at": _("Published"), "published_by_id": _("Published by"),
    "appeals_until": _("Appeals until"), "locked_at": _("Locked"), "rules": _("Rules"), "settings": _("Settings"),
    "effective_from": _("Valid from"), "confirmed_at": _("Confirmed"), "answer": _("Answer"), "weights": _("Weights"),
    "preferences": _("Own settings"),
}  # fmt: skip
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
    people = {event.actor_id for event in found}
    people |= {row[name] for event in found for row in (event.before, event.after) if row for name in PEOPLE & set(row)}
    names = dict(User.objects.filter(pk__in=people - {None}).values_list("pk", "name"))
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
        "changes": [
            (LABELS.get(name, name), *(as_text(event.table, name, row, names) for row in (before, after)))
            for name in fields
        ],
    }


def as_text(table: str, name: str, row: dict[str, Any], names: dict[int, str]) -> Any:
    """A column's value as people read it, without whole phone, identity or account numbers."""
    value = masking.deep(row.get(name))
    if name in PEOPLE:
        return names.get(value, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "hash" and value:
        return f"{value[:12]}…"
    if isinstance(value, str) and name.endswith("_at") and (moment := parse_datetime(value)):
        return f"{periods.local(moment):%Y-%m-%d %H:%M}"
    if isinstance(value, dict | list) and value:
        return json.dumps(value, ensure_ascii=False)
    return _choices(table, name).get(value, value) if isinstance(value, str) else value


@cache
def _choices(table: str, name: str) -> dict[Any, Any]:
    """The words of a column that holds one of a few values."""
    model = next((each for each in apps.get_models() if each._meta.db_table == table), None)
    fields = {each.column: each for each in model._meta.concrete_fields} if model else {}
    return dict(fields[name].flatchoices) if name in fields else {}
