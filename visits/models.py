"""Visits: planned, made, judged; and one rolling row a client."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Product
from clients.querysets import ClientRowQuerySet, OrganisationRowQuerySet
from crm.lib import periods
from people.models import OrgUnit, User
from visits.querysets import FlagQuerySet, ObservationQuerySet, PhotoQuerySet, PlanQuerySet, VisitQuerySet


class Mode(models.TextChoices):
    """How the client was met."""

    ON_SITE = "on_site", _("On site")
    PHONE = "phone", _("By phone")
    ONLINE = "online", _("Online")


class Purpose(models.TextChoices):
    """Why the client was met."""

    ROUTINE = "routine", _("Routine visit")
    DISPLAY = "display", _("Display")
    ORDER = "order", _("Order guidance")
    NEW_PRODUCT = "new_product", _("New product")
    COMPLAINT = "complaint", _("Complaint handling")
    RETENTION = "retention", _("Retention")
    MARKETING = "marketing", _("Product marketing")
    POST_LOAN = "post_loan", _("Post-loan check")
    CARE = "care", _("Greeting and care")
    INSPECTION = "inspection", _("Market inspection")  # a supervisor's own look at a client


class Result(models.TextChoices):
    """What came of it."""

    DONE = "done", _("Done as intended")
    FOLLOW_UP = "follow_up", _("Needs follow-up")
    ABSENT = "absent", _("Client absent")
    REFUSED = "refused", _("Client refused")


class NoPlaceReason(models.TextChoices):
    """Why a check-in has no position."""

    DENIED = "denied", _("Location not allowed")
    NO_SIGNAL = "no_signal", _("No signal")
    OTHER = "other", _("Other")


class ChecklistTemplate(models.Model):
    """A version of the checklist that visits to one kind of client tick through."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    client_kind = models.CharField(max_length=20, blank=True, help_text="empty: every kind")
    version = models.PositiveIntegerField(default=1)
    items = models.JSONField(help_text='[{"code": "display", "label": "…"}]')
    is_current = models.BooleanField(default=True)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "client_kind", "version"], name="checklist_version_once"),
            models.UniqueConstraint(
                fields=["organisation", "client_kind"], condition=Q(is_current=True), name="checklist_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_kind} v{self.version}"


class Visit(models.Model):
    """One meeting with a client, on site, by phone or online. Sealed once verified."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="visits", db_index=False)
    manager = models.ForeignKey(User, models.PROTECT, related_name="visits", db_index=False)
    client_uuid = models.UUIDField(default=uuid.uuid4, help_text="given by the device: the same visit is saved once")
    day = models.DateField(_("day"))
    mode = models.CharField(_("way"), max_length=10, choices=Mode, default=Mode.ON_SITE)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose, default=Purpose.ROUTINE)
    is_planned = models.BooleanField(_("on plan"), default=False)
    checked_in_at = models.DateTimeField(_("check-in"))
    checked_out_at = models.DateTimeField(_("check-out"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=0)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    accuracy_m = models.PositiveIntegerField(null=True, blank=True)
    distance_m = models.PositiveIntegerField(null=True, blank=True, help_text="from the client's coordinates")
    no_place_reason = models.CharField(max_length=20, choices=NoPlaceReason, blank=True)
    people_met = models.CharField(_("people met"), max_length=120, blank=True)
    checklist = models.JSONField(default=dict, blank=True, help_text="item code → yes / no / na")
    checklist_template = models.ForeignKey(ChecklistTemplate, models.PROTECT, null=True, blank=True, related_name="+")
    demand = models.TextField(_("demands and opinions"), blank=True)
    note = models.TextField(_("what was done"), blank=True)
    result = models.CharField(_("result"), max_length=20, choices=Result, default=Result.DONE)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("next step by"), null=True, blank=True)
    next_appointment_at = models.DateTimeField(_("next appointment"), null=True, blank=True)
    companion = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("together with")
    )
    products = models.ManyToManyField(Product, blank=True, related_name="+", verbose_name=_("products discussed"))
    requirement = models.CharField(_("requirement"), max_length=200, blank=True, help_text="of an inspection")
    requirement_on = models.DateField(_("to be met by"), null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="of an inspection")
    note_marks = ArrayField(
        models.BigIntegerField(), null=True, editable=False, help_text="bands of the note's fingerprint"
    )
    clock_skew_s = models.IntegerField(default=0, help_text="seconds by which the device's clock was behind, put right")
    saved_at = models.DateTimeField(default=periods.now, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", editable=False)
    verification_opinion = models.CharField(max_length=300, blank=True, editable=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-checked_in_at"]
        constraints = [
            models.UniqueConstraint(fields=["manager", "client_uuid"], name="visit_saved_once"),
            models.CheckConstraint(
                condition=Q(checked_out_at=None) | Q(checked_out_at__gte=F("checked_in_at")),
                name="visit_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(purpose=Purpose.INSPECTION) | Q(published_at=None, requirement="", requirement_on=None),
                name="visit_published_is_inspection",
            ),
            models.CheckConstraint(
                condition=Q(companion=None) | ~Q(companion=F("manager")), name="visit_companion_is_another"
            ),
        ]
        indexes = [
            GinIndex(fields=["note_marks"], name="visit_note_marks"),
            models.Index(fields=["client", "-day"], name="visit_client_day"),
            # Holds all that a month's scores ask of a visit, which then need not be looked up.
            models.Index(
                fields=["manager", "-day"], include=["id", "client", "mode", "minutes"], name="visit_manager_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.day}"

    @property
    def is_inspection(self) -> bool:
        """Whether a supervisor looked at the client."""
        return self.purpose == Purpose.INSPECTION

    @property
    def clock_skew_abs(self) -> int:
        """Seconds by which the device's clock was off, whichever way."""
        return abs(self.clock_skew_s)


class MonthPlan(models.Model):
    """A manager's plan of a month as a whole: on its way to approval, with the supervisor's word."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")

    manager = models.ForeignKey(User, models.PROTECT, related_name="month_plans")
    month = models.DateField(help_text="first day")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["manager", "month"], name="month_plan_once")]

    def __str__(self) -> str:
        return f"{self.manager} {self.month:%Y-%m}"


class PlannedVisit(models.Model):
    """A client on a manager's plan for a day."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")

    ON_PLAN = (State.SUBMITTED, State.APPROVED)  # a slow approval is not held against the manager

    manager = models.ForeignKey(User, models.PROTECT, related_name="planned_visits", db_index=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="planned_visits")
    day = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(_("appointed time"), null=True, blank=True, help_text="agreed with the client")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="when the client confirmed the time again")
    visit = models.OneToOneField(Visit, models.SET_NULL, null=True, blank=True, related_name="plan")

    objects = PlanQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["manager", "client", "day"], name="planned_visit_once")]
        indexes = [models.Index(fields=["manager", "day"], name="planned_visit_day")]
        ordering = ["day", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.client} {self.day}"


class ClientTrace(models.Model):
    """One rolling row a client: when it was last visited and called. Kept up when a visit is saved."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="trace")
    last_visit_on = models.DateField(null=True)
    last_call_on = models.DateField(null=True)
    visits_total = models.PositiveIntegerField(default=0)

    objects = ClientRowQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.client_id} {self.last_visit_on}"


class TraceFlag(models.Model):
    """A doubt about a visit with its reason; a supervisor accepts or rejects it, nobody deletes it."""

    class Kind(models.TextChoices):
        TOO_SHORT = "too_short", _("Too short")
        TOO_FAR = "too_far", _("Too far from the client")
        TOO_FAST = "too_fast", _("Too fast between clients")
        SAME_TEXT = "same_text", _("Nearly the same note as before")
        SAME_PHOTO = "same_photo", _("Photo shown before")

    class State(models.TextChoices):
        OPEN = "open", _("To be judged")
        JUSTIFIED = "justified", _("Doubt confirmed")
        EXPLAINED = "explained", _("Explained")

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="flags", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    figures = models.JSONField(default=dict, help_text="what the reason in words is made from")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    judged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)
    judge_note = models.CharField(max_length=300, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "kind"], name="trace_flag_once")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.kind}"

    @property
    def reason(self) -> str:
        """The doubt in words with its figures."""
        from visits.flags import reason  # that module writes rows of this one

        return reason(self.kind, self.figures)


class Observation(models.Model):
    """What a supervisor saw who came along: the manners ticked, and in words. Open until the visit is verified."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="observations")
    observer = models.ForeignKey(User, models.PROTECT, related_name="observations")
    behaviour = models.JSONField(default=dict, blank=True, help_text="item code → yes / no / na")
    template = models.ForeignKey(ChecklistTemplate, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(_("observation"))
    written_at = models.DateTimeField(default=periods.now)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["visit", "observer"], name="observation_once")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.observer}"


class Photo(models.Model):
    """A picture taken at a visit, re-encoded; ``sha256`` of what is stored tells a picture used twice."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        SIGNATURE = "signature", _("Signature")

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="photos")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PHOTO)
    file = models.FileField(upload_to="visits/%Y/%m")
    sha256 = models.CharField(max_length=64, db_index=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    saved_at = models.DateTimeField(default=periods.now)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "sha256"], name="visit_photo_once"),
            models.UniqueConstraint(fields=["visit"], condition=Q(kind="signature"), name="visit_one_signature"),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.sha256[:8]}"


class PhotoOrigin(models.Model):
    """When and where a photo was taken, kept apart from the picture and sealed: for whoever judges a doubt."""

    photo = models.OneToOneField(Photo, models.CASCADE, primary_key=True, related_name="origin")
    taken_at = models.DateTimeField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(longitude=None, latitude=None) | Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
                name="photo_origin_is_a_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.photo_id} {self.taken_at}"
