"""What retention shows on lower pages: alerts on the home page, the client page, the timeline and the due list."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import columns
from crm.lib import slots
from crm.lib.slots import Entry
from crm.lib.templatetags.zoufang import short_money
from crm.lib.timeline import Source, client_timeline
from people.models import Role
from people.notices import kinds as notices
from retention.models import Alert
from retention.rules import rules
from visits.due import Reason, due_reasons

ON_HOME = 5
REASON = ("kind", "figures", "raised_on", "closed_at")  # what tells why, in words
LINE = (*REASON, "value_at_risk", "client__name", "client__standing__tier")


def home(request: HttpRequest, _subject: Any) -> dict[str, Any] | None:
    """The open alerts with most at risk."""
    found = Alert.objects.visible_to(request.user).awake().dangers().select_related("client", "client__standing")
    if request.user.is_am:
        found = found.exclude(kind="overdue_visit")  # stands in the list of due visits above
    alerts = list(found.only(*LINE)[: ON_HOME + 1])
    return {"alerts": alerts[:ON_HOME], "more": len(alerts) > ON_HOME} if alerts else None


def tab(request: HttpRequest, client: Any) -> dict[str, Any] | None:
    """A client's alerts, open ones first."""
    if request.user.role == Role.BACK_OFFICE:
        return None
    alerts = list(client.alerts.prefetch_related("steps").order_by("-closed_at", "-raised_on")[:20])
    return {"alerts": alerts, "count": sum(alert.closed_at is None for alert in alerts)}


def expected(request: HttpRequest, client: Any) -> dict[str, Any] | None:
    """What the client is expected to trade in the next three months, and by which method."""
    found = getattr(client, "forecast", None)
    if found is None or request.user.role == Role.BACK_OFFICE:
        return None
    trade = getattr(client, "trade", None)
    return {"forecast": found, "last": trade.amount_3m if trade else None}


def _alerts(clients: Any, user: Any) -> Any:
    return None if user.role == Role.BACK_OFFICE else Alert.objects.filter(client__in=clients)


def _alert(row: dict[str, Any]) -> dict[str, Any]:
    closed = parse_datetime(row["closed_at"]) if row["closed_at"] else None
    alert = Alert(
        kind=row["kind"], figures=row["figures"], state=row["state"], closed_at=closed,
        raised_on=dt.date.fromisoformat(row["raised_on"]),
    )  # fmt: skip
    return {
        "icon": alert.icon,
        "title": _("Alert: %(label)s") % {"label": alert.label},
        "text": f"{alert.reason} · {alert.get_state_display()}",
        "url": reverse("retention:alert", args=[row["pk"]]),
        "tone": "danger" if closed is None else "neutral",
    }


def reasons(managers: list[int], day: dt.date) -> Iterator[Reason]:
    """Open alerts of the managers' clients; the overdue visit is what the due list says anyway."""
    found = Alert.objects.awake().filter(client__owner__in=managers, raised_on__lte=day).exclude(kind="overdue_visit")
    for alert in found.only(*REASON, "client"):
        rule = rules[alert.kind]
        yield Reason(
            alert.client_id,
            alert.reason,
            "danger" if rule.finds_hurry else "info",
            reverse("retention:alert", args=[alert.pk]),
            makes_due=rule.finds_hurry,
        )


notices.register(
    notices.NoticeKind(
        "retention", gettext_lazy("Retention alerts"), ("alerts", "escalated-alerts", "alert-batch"), order=50
    )
)
columns.more.append(
    columns.ListColumn(
        "expected",
        gettext_lazy("Expected in 3 months"),
        lambda client: short_money(client.forecast.expected_amount) if hasattr(client, "forecast") else "",
        ("forecast__expected_amount",),
    )
)
slots.client_panels.register(
    Entry("forecast", expected, "retention/client_panel.html", order=20, related=("forecast", "trade"))
)
HOME_ROLES = (Role.AM, Role.SUPERVISOR)
slots.home_blocks.register(
    Entry("alerts", home, "retention/home.html", gettext_lazy("Retention alerts"), order=30, roles=HOME_ROLES)
)
slots.client_tabs.register(Entry("alerts", tab, "retention/client_tab.html", gettext_lazy("Alerts"), order=60))
client_timeline.register(
    Source(
        "alerts",
        _alerts,
        "raised_on",
        {name: name for name in ("pk", "kind", "figures", "state", "raised_on", "closed_at")},
        _alert,
    )
)
due_reasons.register(Entry("alerts", reasons))
