"""The job table: what is to be computed, how far it is, and what came out."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib import periods


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs and who may look at them."""

    def visible_to(self, user: Any) -> Self:
        """Jobs of the own organisation: all for those who run it, one's own for the rest."""
        found = self.filter(organisation_id=user.organisation_id)
        return found if user.role in ("hr", "admin") else found.filter(requested_by_id=user.pk)

    def waiting(self) -> Self:
        """Jobs that a worker should take: requested, or left by a worker that died."""
        return self.filter(
            models.Q(state=Job.State.REQUESTED) | models.Q(state=Job.State.RUNNING, lease_until__lt=periods.now())
        )


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Audit events and who may read them."""

    def visible_to(self, user: Any) -> Self:
        """Those of the own organisation, for HR and administrators."""
        allowed = user.role in ("hr", "admin") and user.sight.path is not None
        return self.filter(organisation_id=user.organisation_id) if allowed else self.none()


class Job(models.Model):
    """One piece of long or periodic work; a row is the truth, Celery only rings."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=60)
    organisation_id = models.BigIntegerField(help_text="root org unit that the job works for")
    scope = models.CharField(max_length=60, blank=True, help_text="what inside the organisation, e.g. an upload's id")
    period = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    params = models.JSONField(default=dict, blank=True)
    memory = models.JSONField(default=dict, blank=True, help_text="what the next claim needs to go on")
    done_steps = models.PositiveIntegerField(default=0)
    total_steps = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    token = models.UUIDField(
        null=True, editable=False, help_text="the claim that may write; a stale worker has another"
    )
    lease_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    result = models.JSONField(null=True)
    hash = models.CharField(max_length=64, blank=True, help_text="of the rows that the job wrote")
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(default=periods.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "organisation_id", "scope", "period"], name="job_once"),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"],
                condition=models.Q(state__in=["requested", "running"]),
                name="job_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period} {self.scope}".strip()

    @property
    def label(self) -> str:
        """The kind in the reader's language."""
        from crm.lib.jobs import kinds  # the registry imports this module

        return str(kinds[self.kind].label) if self.kind in kinds else self.kind

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen without a new request."""
        return self.state in (self.State.DONE, self.State.FAILED, self.State.CANCELLED)

    @property
    def percent(self) -> int:
        """Progress in whole percent."""
        if self.state == self.State.DONE:
            return 100
        return self.done_steps * 100 // self.total_steps if self.total_steps else 0

    @property
    def seconds_left(self) -> int | None:
        """Time left at the pace so far, None before the first step."""
        if not (self.started_at and self.done_steps and self.state == self.State.RUNNING):
            return None
        pace = (periods.now() - self.started_at).total_seconds() / self.done_steps
        return round(pace * (self.total_steps - self.done_steps))


class AuditEvent(models.Model):
    """One change of an audited row, written by a trigger and chained by hash; nobody else can write here.

    It points at nothing by foreign key: it outlives what it describes.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=periods.now)
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=10)
    table = models.CharField(max_length=63)
    row = models.CharField(max_length=60)
    organisation_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    hash = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["table", "row"], name="audit_row"),
            models.Index(fields=["organisation_id", "-id"], name="audit_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row} {self.action}"
