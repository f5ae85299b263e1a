"""Retention alerts and their life."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.lib import periods
from people.models import OrgUnit, Task, User
from retention.querysets import AlertQuerySet
from retention.rules import rules


class Alert(models.Model):
    """A sign that a client may be leaving; one open alert per client and kind."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        ACTING = "acting", _("Acting")
        KEPT = "kept", _("Kept")
        LOST = "lost", _("Lost")
        DISMISSED = "dismissed", _("Dismissed")
        CLEARED = "cleared", _("Cause gone")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False, editable=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=30)
    cause = models.CharField(max_length=40, help_text="what it was raised for: the same cause raises it only once")
    figures = models.JSONField(default=dict, help_text="what the reason in words is made from")
    value_at_risk = models.DecimalField(max_digits=16, decimal_places=2, default=0, help_text="yuan a month")
    state = models.CharField(max_length=15, choices=State, default=State.OPEN)
    raised_on = models.DateField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_reason = models.CharField(max_length=300, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    task = models.ForeignKey(Task, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-value_at_risk", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["client", "kind", "cause"], name="alert_once_per_cause"),
            models.UniqueConstraint(fields=["client", "kind"], condition=Q(closed_at=None), name="alert_one_open"),
            models.CheckConstraint(
                condition=Q(closed_at=None, state__in=["open", "acknowledged", "acting"])
                | Q(closed_at__isnull=False, state__in=["kept", "lost", "dismissed", "cleared"]),
                name="alert_state_fits_closing",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "kind"], condition=Q(closed_at=None), name="alert_open_kind"),
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
    def reason(self) -> str:
        """Why, in words, with the figures."""
        return rules[self.kind].reason(self.figures)

    @property
    def step(self) -> str:
        """What to do about it."""
        return str(rules[self.kind].step)

    @property
    def days_open(self) -> int:
        """Days since it was raised."""
        return (periods.today() - self.raised_on).days


class AlertEvent(models.Model):
    """A step in an alert's life: who did what, when, why."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="events")
    state = models.CharField(max_length=15, choices=Alert.State)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=periods.now)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.state}"
