"""One act upon many alerts, and taking it back."""

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client
from crm.lib import periods
from people.models import User
from people.services import notify
from retention.models import Alert, AlertEvent, Batch
from retention.rules import care_kinds
from retention.services.playbook import end_tasks, reopen_tasks

MOST = 500
MOST_SNOOZE = 60  # days: what rests longer is dismissed, with a reason
UNDO_HOURS = 24
ACTS = ("acknowledge", "snooze", "assign", "dismiss", "done")
State = Alert.State
What = AlertEvent.What


@transaction.atomic
def apply(
    ids: Iterable[int | str],
    by: User,
    act: str,
    *,
    until: dt.date | None = None,
    person: User | None = None,
    note: str = "",
) -> Batch:
    """Do one thing with the open alerts among ``ids`` that ``by`` may act on; what they were is kept for ``undo``.

    ``act``: acknowledge, snooze (needs ``until``), assign (``person``), dismiss (``note``), done (greetings only).
    """
    if act not in ACTS:
        raise ValidationError(_("Choose what to do with the alerts."))
    try:
        wanted = sorted({int(one) for one in ids})[: MOST + 1]
    except ValueError as error:
        raise ValidationError(_("Choose alerts from the list.")) from error
    if len(wanted) > MOST:
        raise ValidationError(_("These are more than %(most)d alerts. Choose fewer.") % {"most": MOST})
    mine = Alert.objects.editable_by(by).open().filter(pk__in=wanted)
    alerts = Alert.objects.filter(pk__in=mine.values("pk")).order_by("pk")
    match act:
        case "acknowledge":
            alerts = alerts.filter(state=State.OPEN)
        case "done":
            alerts = alerts.filter(kind__in=care_kinds())
    rows = list(
        alerts.select_for_update().values("pk", "state", "snoozed_until", "assignee_id", "acknowledged_at", "acted_at")
    )
    if not rows:
        raise ValidationError(_("None of these alerts is open for that. Reload the list."))
    found = Alert.objects.filter(pk__in=[row["pk"] for row in rows])
    changes = _changes(act, by, found, until, person, note.strip())
    batch = Batch.objects.create(made_by=by, act=act, count=len(rows))
    what, state = {
        "snooze": (What.SNOOZED, ""),
        "assign": (What.ASSIGNED, ""),
        "acknowledge": (What.STATE, State.ACKNOWLEDGED),
        "dismiss": (What.STATE, State.DISMISSED),
        "done": (What.STATE, State.DONE),
    }[act]
    words = _words(act, until, person, note.strip())
    AlertEvent.objects.bulk_create(
        AlertEvent(
            alert_id=row["pk"],
            what=what,
            state=state or row["state"],
            by=by,
            at=periods.now(),
            note=words[:300],
            batch=batch,
            before=_before(row),
        )
        for row in rows
    )
    found.update(**changes)
    if state in (State.DISMISSED, State.DONE):
        end_tasks([row["pk"] for row in rows], state, batch.made_at)
    if person and person.pk != by.pk:
        text = ngettext("%(name)s gave you %(n)d alert", "%(name)s gave you %(n)d alerts", len(rows))
        values = {"name": by.name, "n": len(rows)}
        notify([person], text % values, url=f"{reverse('retention:list')}?mine=1", key=f"alert-batch:{batch.pk}")
    return batch


def _changes(
    act: str, by: User, alerts: QuerySet[Alert], until: dt.date | None, person: User | None, note: str
) -> dict[str, object]:
    now, today = periods.now(), periods.today()
    seen = Coalesce(F("acknowledged_at"), Value(now))
    if act == "snooze":
        if until is None or not today < until <= today + dt.timedelta(days=MOST_SNOOZE):
            raise ValidationError(
                _("Choose a day after today, at most %(days)d days ahead.") % {"days": MOST_SNOOZE}, code="until"
            )
        return {"snoozed_until": until}
    if act == "assign":
        if person is None:
            raise ValidationError(_("Choose who is to act."))
        blind = alerts.exclude(client__in=Client.objects.visible_to(person)).count()
        if blind:
            raise ValidationError(
                _("%(name)s does not see %(n)d of these clients. First put %(name)s on their service teams.")
                % {"name": person.name, "n": blind}
            )
        return {"assignee": person}
    if act == "dismiss":
        if not note:
            raise ValidationError(_("Say why there is no danger: the reason is kept with the alert."))
        return {
            "state": State.DISMISSED, "acknowledged_at": seen, "closed_at": now, "closed_by": by,
            "closing_reason": note[:300], "snoozed_until": None,
        }  # fmt: skip
    if act == "done":
        return {
            "state": State.DONE, "acknowledged_at": seen, "acted_at": Coalesce(F("acted_at"), Value(now)),
            "closed_at": now, "closed_by": by, "closing_reason": note[:300], "snoozed_until": None,
        }  # fmt: skip
    return {"state": State.ACKNOWLEDGED, "acknowledged_at": seen}


def _words(act: str, until: dt.date | None, person: User | None, note: str) -> str:
    if act == "snooze":
        return " · ".join(part for part in (_("until %(day)s") % {"day": until}, note) if part)
    if act == "assign" and person:
        return " · ".join(part for part in (_("to %(name)s") % {"name": person.name}, note) if part)
    return note


def _before(row: dict) -> dict:
    return {name: value if value is None or isinstance(value, int) else str(value) for name, value in row.items()}


def latest(by: User) -> Batch | None:
    """What the person did last, as long as it can be taken back and was not."""
    since = periods.now() - dt.timedelta(hours=UNDO_HOURS)
    found = Batch.objects.filter(made_by=by).first()
    return found if found and found.undone_at is None and found.made_at > since else None


@transaction.atomic
def undo(batch: Batch, by: User) -> int:
    """Give alerts back what they were, except those that moved on since; how many."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if batch.undone_at is not None:
        raise ValidationError(_("This has been taken back already."))
    if batch.made_at < periods.now() - dt.timedelta(hours=UNDO_HOURS):
        raise ValidationError(_("This was done too long ago. Open the alerts one by one."))
    newest = AlertEvent.objects.filter(alert=OuterRef("alert")).order_by("-at", "-pk").values("pk")[:1]
    # Meanwhile the same kind may have been raised anew: then the old one stays closed.
    other = Alert.objects.open().filter(client=OuterRef("alert__client"), kind=OuterRef("alert__kind"))
    events = list(
        batch.events.annotate(newest=Subquery(newest), other=Exists(other.exclude(pk=OuterRef("alert"))))
        .filter(pk=F("newest"), other=False)
        .select_related("alert")
    )
    for event in events:
        alert, before = event.alert, event.before or {}
        alert.state = before["state"]
        alert.assignee_id = before["assignee_id"]
        alert.snoozed_until = before["snoozed_until"]
        alert.acknowledged_at, alert.acted_at = before["acknowledged_at"], before["acted_at"]
        alert.closed_at = alert.closed_by = None
        alert.closing_reason = ""
    Alert.objects.bulk_update(
        [event.alert for event in events],
        [
            "state", "assignee", "snoozed_until", "acknowledged_at", "acted_at", "closed_at", "closed_by",
            "closing_reason",
        ],
    )  # fmt: skip
    AlertEvent.objects.bulk_create(
        AlertEvent(alert=event.alert, what=What.UNDONE, state=event.alert.state, by=by, at=periods.now())
        for event in events
    )
    reopen_tasks([event.alert_id for event in events], batch.made_at)
    batch.undone_at = periods.now()
    batch.save(update_fields=["undone_at"])
    return len(events)
