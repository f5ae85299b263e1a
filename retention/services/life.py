"""The life of an alert: open → acknowledged → acting → kept / lost / dismissed; a greeting ends as done."""

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import periods, sql
from people.models import OrgUnit, User
from people.services import notify_each
from retention.models import Alert, AlertEvent
from retention.rules import Act, care_kinds
from retention.services.bulk import apply
from retention.services.playbook import Plan, carry_out, end_tasks

State = Alert.State

# What may follow what. Closed alerts stay closed: a new cause raises a new alert.
ENDS = {State.KEPT, State.LOST, State.DISMISSED, State.DONE}
TRANSITIONS = {
    State.OPEN: {State.ACKNOWLEDGED, State.ACTING, *ENDS},
    State.ACKNOWLEDGED: {State.ACTING, *ENDS},
    State.ACTING: ENDS,
}
CLOSED = ENDS


@transaction.atomic
def change(alert: Alert, state: str, by: User, note: str = "") -> Alert:
    """Move an alert on; ValidationError when that step is not open any more, or a dismissal gives no reason."""
    alert = Alert.objects.select_for_update().get(pk=alert.pk)
    new = State(state)
    if new not in TRANSITIONS.get(State(alert.state), set()):
        raise ValidationError(
            _("This alert is already “%(state)s”. Reload the list.") % {"state": alert.get_state_display()}
        )
    if alert.is_care and new in (State.KEPT, State.LOST):
        raise ValidationError(_("A greeting is done or dismissed; nobody was in danger of leaving."))
    if not alert.is_care and new == State.DONE:
        raise ValidationError(_("Say what became of the client: kept, lost, or no danger."))
    if new == State.DISMISSED and not note.strip():
        raise ValidationError(_("Say why there is no danger: the reason is kept with the alert."))
    now = periods.now()
    alert.state = new
    alert.acknowledged_at = alert.acknowledged_at or now
    if new in (State.ACTING, State.DONE):
        alert.acted_at = alert.acted_at or now
    alert.snoozed_until = None
    if new in CLOSED:
        alert.closed_at, alert.closed_by, alert.closing_reason = now, by, note.strip()[:300]
    alert.save()
    AlertEvent.objects.create(alert=alert, state=new, by=by, note=note.strip()[:300])
    if new in CLOSED:
        end_tasks([alert.pk], new, now)
    return alert


@transaction.atomic
def start(alert: Alert, by: User, plans: list[Plan], note: str = "") -> Alert:
    """Start acting: each plan becomes a visit on the plan or a task; more may be added while one is acting."""
    if not plans:
        raise ValidationError(_("Choose at least one thing to do."))
    today = periods.today()
    if any(plan.due_on < today for plan in plans):
        raise ValidationError({"due_on": _("Choose today or a later day.")})
    if Alert.objects.select_for_update().get(pk=alert.pk).state != State.ACTING:
        change(alert, State.ACTING, by, note)
    alert = Alert.objects.select_related("client__owner", "assignee").get(pk=alert.pk)
    carry_out(alert, plans, by, reverse("retention:alert", args=[alert.pk]))
    return alert


def act(alert: Alert, by: User, *, due_on: dt.date, step: str = "") -> Alert:
    """Start acting with one task."""
    return start(alert, by, [Plan(Act.TASK, step or alert.step, due_on)], step)


def snooze(alert: Alert, by: User, until: dt.date, note: str = "") -> None:
    """Put one alert aside until a day."""
    apply([alert.pk], by, "snooze", until=until, note=note)


def assign(alert: Alert, by: User, person: User) -> None:
    """Give one alert to a person who sees the client."""
    apply([alert.pk], by, "assign", person=person)


def tell_owners(organisation: OrgUnit, day: dt.date) -> int:
    """One notification for each account manager with alerts raised on a day; how many people were told."""
    rows = sql.rows(
        """
        SELECT c.owner_id AS person, count(*) FILTER (WHERE a.kind <> ALL(%(care)s)) AS dangers,
               count(*) FILTER (WHERE a.kind = ANY(%(care)s)) AS greetings
        FROM retention_alert a JOIN clients_client c ON c.id = a.client_id
        WHERE a.organisation_id = %(organisation)s AND a.raised_on = %(day)s AND a.closed_at IS NULL
          AND c.owner_id IS NOT NULL
        GROUP BY c.owner_id
        """,
        {"care": care_kinds(), "organisation": organisation.pk, "day": day},
    )
    alerts, greetings = reverse("retention:list"), reverse("retention:greetings")
    tell(
        (
            (row["person"], _("New retention alerts: %(n)d") % {"n": row["dangers"]}, alerts)
            if row["dangers"]
            else (row["person"], _("Greetings due: %(n)d") % {"n": row["greetings"]}, greetings)
            for row in rows
        ),
        key=f"alerts:{day}",
    )
    return len(rows)


def tell(lines: Iterable[tuple[int, str, str]], *, key: str) -> None:
    """Notify people by id, each with a text and an address."""
    found = list(lines)
    known = User.objects.in_bulk([person for person, _text, _url in found])
    notify_each([(known[person], text, url) for person, text, url in found], key=key)
