"""Surveys: versions of the questions, waves with their sample, personal invitations and answers."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.querysets import OrganisationRowQuerySet
from crm.lib import periods
from people.models import OrgUnit, User
from service.querysets import AnswerQuerySet, InvitationQuerySet, RecheckQuerySet, WaveQuerySet


class Survey(models.Model):
    """A version of the questions; one that has been sent out never changes, a change is a new version.

    ``questions``: {"indicators": [{"code", "label"}], "nps": bool, "text": bool, "titles": {"before", "after"},
    "before": [question, …], "after": […]}; a label that is empty is the standard one of its code. The section
    *before* the indicators asks about the client, the one *after* them whatever else; a question is {"code", "kind":
    "one", "several" or "text", "label", "options": [words], "required": bool}.
    """

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    version = models.PositiveIntegerField(default=1)
    questions = models.JSONField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=periods.now)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-version"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name", "version"], name="survey_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def codes(self) -> list[str]:
        """Codes of the indicators, in the order in which answers hold them."""
        return [item["code"] for item in self.questions["indicators"]]

    def asked(self, section: str) -> list[dict[str, Any]]:
        """Own questions of the section "before" or "after" the indicators."""
        found: list[dict[str, Any]] = self.questions.get(section, [])
        return found

    @property
    def own_count(self) -> int:
        """How many questions of one's own it asks."""
        return len(self.asked("before")) + len(self.asked("after"))


class Wave(models.Model):
    """A survey sent to a sample of the clients of a unit. Anyone with the seed draws the same sample again."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="waves", verbose_name=_("survey"))
    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=80)
    share = models.DecimalField(
        _("share of clients"), max_digits=4, decimal_places=3,
        validators=[MinValueValidator(0.001), MaxValueValidator(1)],
    )  # fmt: skip
    seed = models.CharField(max_length=40)
    strata = models.JSONField(help_text="[[tier, business format, clients, drawn], …]")
    population = models.PositiveIntegerField(help_text="clients that the sample stands for")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=periods.now)
    expires_on = models.DateField(_("open until"))

    objects = WaveQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether answers are still taken."""
        return periods.today() <= self.expires_on


class WavePopulation(models.Model):
    """How many clients of each kind a wave stands for, counted when its sample was drawn."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="populations")
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False)
    manager = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    tier = models.CharField(max_length=10, blank=True)
    business_format = models.CharField(max_length=20, blank=True)
    clients = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wave", "org", "manager", "tier", "business_format"],
                nulls_distinct=False,
                name="wave_population_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id}: {self.clients}"


class Invitation(models.Model):
    """A client of the sample; the personal link is made from the id and a signature."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="invitations")
    client = models.ForeignKey(Client, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "client"], name="invitation_once")]

    def __str__(self) -> str:
        return f"{self.wave_id} {self.client_id}"


class Answer(models.Model):
    """What a client answered, once; marks stand in the order of the survey's indicators. Never changes."""

    class Channel(models.TextChoices):
        LINK = "link", _("By link")
        INTERVIEW = "interview", _("Face to face")
        PHONE = "phone", _("By phone")

    invitation = models.OneToOneField(Invitation, models.PROTECT, related_name="answer")
    wave = models.ForeignKey(Wave, models.PROTECT, related_name="answers")
    at = models.DateTimeField(default=periods.now)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.LINK)
    interviewer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    satisfaction = ArrayField(models.PositiveSmallIntegerField(null=True), help_text="1–5, NULL for cannot say")
    importance = ArrayField(models.PositiveSmallIntegerField(null=True))
    overall = models.PositiveSmallIntegerField()
    nps = models.PositiveSmallIntegerField(null=True)
    comment = models.TextField(max_length=1000, blank=True)
    extra = models.JSONField(default=dict, help_text="{code of an own question: place of the option(s), or text}")
    # As they were at the time of the answer.
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    tier = models.CharField(max_length=10, blank=True)
    business_format = models.CharField(max_length=20, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(overall__range=(1, 5)), name="answer_overall_1_to_5"),
            models.CheckConstraint(condition=Q(nps=None) | Q(nps__range=(0, 10)), name="answer_nps_0_to_10"),
            models.CheckConstraint(
                condition=Q(channel="link", interviewer=None)
                | Q(channel__in=["interview", "phone"], interviewer__isnull=False),
                name="answer_interview_has_interviewer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id}"


class RecheckDraw(models.Model):
    """The draw of a wave's answers that are asked once more; anyone with the seed draws the same again."""

    wave = models.OneToOneField(Wave, models.CASCADE, primary_key=True, related_name="recheck_draw")
    seed = models.CharField(max_length=40)
    answers = models.PositiveIntegerField(help_text="from which it was drawn")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=periods.now)

    def __str__(self) -> str:
        return f"{self.wave_id} {self.seed}"


class Recheck(models.Model):
    """An answer asked once more by somebody else, who does not see what was said: overall and a few indicators."""

    class Mode(models.TextChoices):
        PHONE = "phone", _("By phone")
        ON_SITE = "on_site", _("On site")

    class Outcome(models.TextChoices):
        ASKED = "asked", _("Asked again")
        DENIED = "denied", _("Never answered the survey")
        UNREACHED = "unreached", _("Not reached")

    answer = models.OneToOneField(Answer, models.PROTECT, related_name="recheck")
    wave = models.ForeignKey(Wave, models.PROTECT, related_name="rechecks")
    mode = models.CharField(max_length=10, choices=Mode)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    overall = models.PositiveSmallIntegerField(null=True)
    marks = models.JSONField(default=dict, help_text="{code of an indicator: satisfaction as said again}")
    note = models.TextField(max_length=500, blank=True)
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)

    objects = RecheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", checked_at=None, checked_by=None)
                | (~Q(outcome="") & Q(checked_at__isnull=False, checked_by__isnull=False)),
                name="recheck_checked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(outcome="asked", overall__range=(1, 5)) | (~Q(outcome="asked") & Q(overall=None)),
                name="recheck_asked_has_mark",
            ),
        ]
        indexes = [models.Index(fields=["wave", "mode"], name="recheck_of_wave")]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.mode}"
