"""Retention alerts, the steps of their life, and what is being done about them."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.lib import periods
from people.models import OrgUnit, Task, User
from retention.querysets import AlertQuerySet, BatchQuerySet
from retention.rules import Act, rules
from visits.models import PlannedVisit


class Alert(models.Model):
    """A sign that a client may be leaving, or wants attention; one open alert per client and kind."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        ACTING = "acting", _("Acting")
        KEPT = "kept", _("Kept")
        LOST = "lost", _("Lost")
        DISMISSED = "dismissed", _("Dismissed")
        CLEARED = "cleared", _("Cause gone")
        DONE = "done", _("Done")

    RUNNING = (State.OPEN, State.ACKNOWLEDGED, State.ACTING)

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False, editable=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="alerts", db_index=False)
    kind = models.CharField(max_length=30)
    cause = models.CharField(max_length=60, help_text="what it was raised for: the same cause raises it only once")
    figures = models.JSONField(default=dict, help_text="what the reason in words is made from")
    value_at_risk = models.DecimalField(max_digits=16, decimal_places=2, default=0, help_text="yuan a month")
    state = models.CharField(max_length=15, choices=State, default=State.OPEN)
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", help_text="who acts; empty: the client's owner"
    )
    snoozed_until = models.DateField(null=True, blank=True, help_text="first day on which it is shown again")
    escalation_level = models.PositiveSmallIntegerField(default=0)
    raised_on = models.DateField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_reason = models.CharField(max_length=300, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-value_at_risk", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["client", "kind", "cause"], name="alert_once_per_cause"),
            models.UniqueConstraint(fields=["client", "kind"], condition=Q(closed_at=None), name="alert_one_open"),
            models.CheckConstraint(
                condition=Q(closed_at=None, state__in=["open", "acknowledged", "acting"])
                | Q(closed_at__isnull=False, state__in=["kept", "lost", "dismissed", "cleared", "done"]),
                name="alert_state_fits_closing",
            ),
            models.CheckConstraint(
                condition=~Q(state="acting") | Q(acted_at__isnull=False), name="alert_acting_has_begun"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "kind"], condition=Q(closed_at=None), name="alert_open_kind"),
            models.Index(
                fields=["organisation", "-value_at_risk", "id"], condition=Q(closed_at=None), name="alert_at_risk"
            ),
            models.Index(fields=["organisation", "raised_on"], name="alert_raised"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.kind} {self.raised_on}"

    @property
    def label(self) -> str:
        """The kind in the reader's language."""
        return str(rules[self.kind].label)

    @property
    def icon(self) -> str:
        """The kind's icon."""
        return rules[self.kind].icon

    @property
    def is_care(self) -> bool:
        """Whether it asks for attention rather than tells of a danger."""
        return rules[self.kind].is_care

    @property
    def reason(self) -> str:
        """Why, in words, with the figures; spans of days count up to today, or to the day that it was closed."""
        day = periods.local(self.closed_at).date() if self.closed_at else periods.today()
        return rules[self.kind].reason({**self.figures, "day": max(day, self.raised_on)})

    @property
    def step(self) -> str:
        """What to do about it, in one line."""
        return str(rules[self.kind].step)

    @property
    def days_open(self) -> int:
        """Days since it was raised."""
        return (periods.today() - self.raised_on).days

    @property
    def is_snoozed(self) -> bool:
        """Whether it rests for now."""
        return self.closed_at is None and self.snoozed_until is not None and self.snoozed_until > periods.today()

    @property
    def responsible(self) -> User | None:
        """Who has to act."""
        return self.assignee or self.client.owner


class Batch(models.Model):
    """One act upon one or many alerts at once, which can be taken back for a while."""

    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=periods.now)
    act = models.CharField(max_length=15)
    count = models.PositiveIntegerField(default=0)
    undone_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["made_by", "-made_at"], name="alert_batch_latest")]

    def __str__(self) -> str:
        return f"{self.act} {self.count}"


class AlertEvent(models.Model):
    """A step in an alert's life: who did what, when, why; never changes."""

    class What(models.TextChoices):
        STATE = "state", _("State")
        SNOOZED = "snoozed", _("Put aside")
        ASSIGNED = "assigned", _("Assigned")
        ESCALATED = "escalated", _("Escalated")
        UNDONE = "undone", _("Taken back")

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="events")
    what = models.CharField(max_length=10, choices=What, default=What.STATE)
    state = models.CharField(max_length=15, choices=Alert.State, help_text="after the step")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=periods.now)
    note = models.CharField(max_length=300, blank=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="events")
    before = models.JSONField(null=True, help_text="what the alert was, for taking a batch back")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.what} {self.state}"

    @property
    def title(self) -> str:
        """The step in words."""
        return self.get_state_display() if self.what == self.What.STATE else self.get_what_display()


class AlertStep(models.Model):
    """One thing that is done about an alert: a visit on the plan, or a task."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    act = models.CharField(max_length=10, choices=Act)
    text = models.CharField(max_length=160)
    due_on = models.DateField()
    task = models.OneToOneField(Task, models.SET_NULL, null=True, related_name="+")
    planned_visit = models.ForeignKey(PlannedVisit, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["alert_id", "due_on", "position", "pk"]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.text}"

    @property
    def is_done(self) -> bool:
        """Whether the visit was made, or the task is finished."""
        if self.act == Act.VISIT:
            return self.planned_visit is not None and self.planned_visit.visit_id is not None
        return self.task is not None and self.task.done_at is not None

    @property
    def is_ahead(self) -> bool:
        """Whether it still stands on the plan or the list, and is not done."""
        return bool(self.task_id or self.planned_visit_id) and not self.is_done

    @property
    def done_on(self) -> dt.date | None:
        """The day of the visit, or of the task's end."""
        if not self.is_done:
            return None
        if self.act == Act.VISIT and self.planned_visit:
            return self.planned_visit.day
        return periods.local(self.task.done_at).date() if self.task and self.task.done_at else None

    @property
    def is_late(self) -> bool:
        """Whether its day has passed undone."""
        return not self.is_done and self.due_on < periods.today()


class Escalation(models.Model):
    """An ignored alert told to a level above: once per level."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="escalations")
    level = models.PositiveSmallIntegerField(help_text="1 is the nearest unit upwards with a supervisor")
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "level"], name="alert_escalation_once_per_level")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.level}"
