"""Requests and complaints, their log, their escalations and the report on serious ones."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.lib import periods
from people.models import OrgUnit, User
from service.querysets import OPEN, RUNNING, PhotoQuerySet, RequestQuerySet
from service.rules import rules_of


class Kind(models.TextChoices):
    """What a client wants."""

    REQUEST = "request", _("Request")
    COMPLAINT = "complaint", _("Complaint")


class Channel(models.TextChoices):
    """How it reached us."""

    VISIT = "visit", _("During a visit")
    PHONE = "phone", _("By phone")
    APPOINTMENT = "appointment", _("By appointment")
    LINK = "link", _("By the client's own link")


class Priority(models.TextChoices):
    """How much of a hurry there is."""

    NORMAL = "normal", _("Normal")
    URGENT = "urgent", _("Urgent")


class State(models.TextChoices):
    """Where a request stands."""

    REGISTERED = "registered", _("Registered")
    ASSIGNED = "assigned", _("Assigned")
    HANDLING = "handling", _("In hand")
    WAITING_CLIENT = "waiting_client", _("Waiting for the client")
    RESOLVED = "resolved", _("To call back")
    CALLED_BACK = "called_back", _("Called back")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Reopened")
    MERGED = "merged", _("Merged")
    CANCELLED = "cancelled", _("Cancelled")


class ServiceRequest(models.Model):
    """Something that a client asks for or complains about, with an owner and a deadline in working hours."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False)
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", help_text="of the client, else the registrar's")
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("client"), db_index=False
    )
    uuid = models.UUIDField(unique=True, help_text="of the form: one sent twice registers once")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    category = models.CharField(_("category"), max_length=30)
    channel = models.CharField(_("channel"), max_length=15, choices=Channel)
    text = models.TextField(_("what the client says"), max_length=2000)
    contact = models.CharField(_("who speaks"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    wanted_at = models.DateTimeField(_("appointment"), null=True, blank=True)
    priority = models.CharField(_("priority"), max_length=10, choices=Priority, default=Priority.NORMAL)
    is_serious = models.BooleanField(_("serious"), default=False)
    tier = models.CharField(max_length=10, blank=True, help_text="of the client when it was registered")
    registered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    registered_at = models.DateTimeField(default=periods.now)

    state = models.CharField(max_length=15, choices=State, default=State.REGISTERED)
    post = models.CharField(max_length=60, blank=True, help_text="title of the handler's post")
    handler = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    handler_unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField()
    left_minutes = models.IntegerField(null=True, help_text="working minutes left while the clock stands")
    result = models.TextField(max_length=2000, blank=True)
    resolved_at = models.DateTimeField(null=True)
    callback_on = models.DateField(null=True)
    called_back_at = models.DateTimeField(null=True)
    called_back_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    satisfaction = models.PositiveSmallIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    reopened = models.PositiveSmallIntegerField(default=0, help_text="how often")
    escalation_level = models.PositiveSmallIntegerField(default=0)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(satisfaction__range=(1, 5)), name="request_satisfaction_1_to_5"),
            models.CheckConstraint(
                condition=Q(state__in=["registered", "cancelled", "merged"]) | Q(handler__isnull=False),
                name="request_has_handler",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting_client", left_minutes__isnull=False)
                | (~Q(state="waiting_client") & Q(left_minutes=None)),
                name="request_clock_stands_while_waiting",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["resolved", "called_back", "closed"], resolved_at__isnull=False)
                | (~Q(state__in=["resolved", "called_back", "closed"]) & Q(resolved_at=None)),
                name="request_resolved_fits_state",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["called_back", "closed"], called_back_at__isnull=False, satisfaction__isnull=False
                )
                | (~Q(state__in=["called_back", "closed"]) & Q(called_back_at=None)),
                name="request_called_back_fits_state",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["closed", "merged", "cancelled"], closed_at__isnull=False)
                | (~Q(state__in=["closed", "merged", "cancelled"]) & Q(closed_at=None)),
                name="request_closed_fits_state",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False) | (~Q(state="merged") & Q(merged_into=None)),
                name="request_merged_fits_state",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "due_at"], condition=Q(state__in=RUNNING), name="request_running_due"),
            models.Index(
                fields=["organisation"], condition=Q(state__in=OPEN, is_serious=True), name="request_serious_open"
            ),
            models.Index(fields=["handler", "state", "due_at"], name="request_of_handler"),
            models.Index(fields=["client", "-registered_at"], name="request_of_client"),
            models.Index(fields=["organisation", "registered_at"], name="request_registered"),
            models.Index(
                fields=["organisation", "called_back_at"],
                condition=Q(called_back_at__isnull=False),
                name="request_called_back",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def category_label(self) -> str:
        """The category in the reader's language."""
        return rules_of(self.organisation).category(self.category).label

    @property
    def title(self) -> str:
        """Kind and category."""
        return f"{self.get_kind_display()} · {self.category_label}"

    @property
    def is_running(self) -> bool:
        """Whether the clock runs."""
        return self.state in RUNNING

    @property
    def is_late(self) -> bool:
        """Whether the clock runs and has run out."""
        return self.is_running and self.due_at < periods.now()

    @property
    def is_callback_late(self) -> bool:
        """Whether the client should have been called back before today."""
        return self.state == State.RESOLVED and self.callback_on is not None and self.callback_on < periods.today()

    @property
    def tone(self) -> str:
        """Tone of the state's badge."""
        if self.is_late:
            return "danger"
        return {
            State.REGISTERED: "warning",
            State.ASSIGNED: "info",
            State.HANDLING: "brand",
            State.WAITING_CLIENT: "neutral",
            State.RESOLVED: "warning",
            State.CALLED_BACK: "info",
            State.CLOSED: "success",
            State.REOPENED: "danger",
        }.get(State(self.state), "neutral")


class RequestEvent(models.Model):
    """A step in a request's life; never changes."""

    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="events")
    act = models.CharField(max_length=20)
    state = models.CharField(max_length=15, choices=State, help_text="after the act")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=periods.now)
    note = models.TextField(max_length=2000, blank=True)
    data = models.JSONField(default=dict, help_text="what else the act says, e.g. the new handler's name")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.act}"


class RequestPhoto(models.Model):
    """A picture that came with what the client says, made anew by us; each content once a request."""

    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="photos")
    file = models.FileField(upload_to="requests/%Y/%m/")
    sha256 = models.CharField(max_length=64)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=periods.now)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["request", "sha256"], name="request_photo_once")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.sha256[:8]}"


class Escalation(models.Model):
    """A late request told to a level above: once per level, and anew after it was reopened."""

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="escalations")
    reopened = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField(help_text="1 is the nearest unit upwards with a supervisor")
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=periods.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "reopened", "level"], name="escalation_once_per_level"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.level}"


class EightD(models.Model):
    """Eight disciplines of a serious complaint: what was contained, why it happened, what was put right, and proof.

    Source: Ford Motor Company, Team Oriented Problem Solving (1987).
    """

    REQUIRED = ("containment", "cause", "correction", "proof")

    request = models.OneToOneField(ServiceRequest, models.CASCADE, related_name="eight_d")
    team = models.CharField(_("D1 Team"), max_length=200, blank=True)
    problem = models.TextField(_("D2 Problem"), max_length=1000, blank=True)
    containment = models.TextField(_("D3 Containment"), max_length=1000, blank=True)
    cause = models.TextField(_("D4 Root cause"), max_length=1000, blank=True)
    correction = models.TextField(_("D5 Correction"), max_length=1000, blank=True)
    proof = models.TextField(_("D6 Proof that it works"), max_length=1000, blank=True)
    prevention = models.TextField(_("D7 Prevention"), max_length=1000, blank=True)
    closing = models.TextField(_("D8 What the team learned"), max_length=1000, blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    changed_at = models.DateTimeField(default=periods.now, editable=False)

    def __str__(self) -> str:
        return f"8D {self.request_id}"

    def missing(self) -> list[str]:
        """Labels of what must be written before the request counts as resolved."""
        return [_label(name) for name in self.REQUIRED if not getattr(self, name).strip()]

    def rows(self) -> list[tuple[str, Any]]:
        """(label, text) of all eight."""
        names = ("team", "problem", "containment", "cause", "correction", "proof", "prevention", "closing")
        return [(_label(name), getattr(self, name)) for name in names]


def _label(name: str) -> str:
    return str(getattr(EightD._meta.get_field(name), "verbose_name", name))
