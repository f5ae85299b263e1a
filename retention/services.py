"""The life of an alert: open → acknowledged → acting → kept / lost / dismissed."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import periods, sql
from people.models import OrgUnit, User
from people.services import give_task
from retention.models import Alert, AlertEvent
from retention.rules import rules

State = Alert.State

# What may follow what. Closed alerts stay closed: a new cause raises a new alert.
TRANSITIONS = {
    State.OPEN: {State.ACKNOWLEDGED, State.ACTING, State.KEPT, State.LOST, State.DISMISSED},
    State.ACKNOWLEDGED: {State.ACTING, State.KEPT, State.LOST, State.DISMISSED},
    State.ACTING: {State.KEPT, State.LOST, State.DISMISSED},
}
CLOSED = {State.KEPT, State.LOST, State.DISMISSED}


@transaction.atomic
def change(alert: Alert, state: str, by: User, note: str = "") -> Alert:
    """Move an alert on; ValidationError when that step is not open any more, or a dismissal gives no reason."""
    alert = Alert.objects.select_for_update().get(pk=alert.pk)
    new = State(state)
    if new not in TRANSITIONS.get(State(alert.state), set()):
        raise ValidationError(
            _("This alert is already “%(state)s”. Reload the list.") % {"state": alert.get_state_display()}
        )
    if new == State.DISMISSED and not note.strip():
        raise ValidationError(_("Say why there is no danger: the reason is kept with the alert."))
    now = periods.now()
    alert.state = new
    alert.acknowledged_at = alert.acknowledged_at or now
    if new == State.ACTING:
        alert.acted_at = alert.acted_at or now
    if new in CLOSED:
        alert.closed_at, alert.closed_by, alert.closing_reason = now, by, note.strip()[:300]
    alert.save()
    AlertEvent.objects.create(alert=alert, state=new, by=by, note=note.strip()[:300])
    return alert


@transaction.atomic
def act(alert: Alert, by: User, *, due_on: dt.date, step: str = "") -> Alert:
    """Start acting: the proposed step becomes a task of the client's owner."""
    if due_on < periods.today():
        raise ValidationError({"due_on": _("Choose today or a later day.")})
    alert = change(alert, State.ACTING, by, step)
    owner = alert.client.owner or by
    alert.task = give_task(
        owner,
        _("%(client)s: %(step)s") % {"client": alert.client.name, "step": step or rules[alert.kind].step},
        due_on,
        by=by,
        source=f"alert:{alert.pk}",
        about=f"client:{alert.client_id}",
        url=reverse("retention:alert", args=[alert.pk]),
    )
    alert.save(update_fields=["task"])
    return alert


def tell_owners(organisation: OrgUnit, day: dt.date) -> int:
    """One notification for each account manager with alerts raised on a day; how many people were told."""
    return sql.execute(
        """
        INSERT INTO people_notification (user_id, text, url, key, created_at)
        SELECT c.owner_id, replace(%(text)s, '%%n', count(*)::text), %(url)s, %(key)s, %(now)s
        FROM retention_alert a JOIN clients_client c ON c.id = a.client_id
        WHERE a.organisation_id = %(organisation)s AND a.raised_on = %(day)s AND a.closed_at IS NULL
          AND c.owner_id IS NOT NULL
        GROUP BY c.owner_id
        ON CONFLICT DO NOTHING
        """,
        {
            "text": _("New retention alerts: %n"),
            "url": reverse("retention:list"),
            "key": f"alerts:{day}",
            "now": periods.now(),
            "organisation": organisation.pk,
            "day": day,
        },
    )


def saved_rate(alerts: list[tuple[str, int]]) -> dict[str, int | None]:
    """Closed alerts by verdict: how many kept, lost, dismissed, and the kept in percent of kept and lost."""
    counts = dict(alerts)
    kept, lost = counts.get(State.KEPT, 0), counts.get(State.LOST, 0)
    rate = round(kept * 100 / (kept + lost)) if kept + lost else None
    return {"kept": kept, "lost": lost, "dismissed": counts.get(State.DISMISSED, 0), "rate": rate}
