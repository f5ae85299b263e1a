"""Schemes, runs, scorecards, soft scores and appeals."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.querysets import OrganisationRowQuerySet
from crm.lib import periods
from kpi.querysets import RunQuerySet, ScorecardQuerySet, SoftScoreQuerySet
from people.models import OrgUnit, User


class Scheme(models.Model):
    """A version of the assessment rules; ``rules`` is validated by kpi.schemes.

    Rules: a tree of ``{"code", "name", "weight", "children"}`` whose leaves have ``{"metric", "low", "high", …}``.
    """

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    version = models.PositiveIntegerField(default=1)
    period_kind = models.CharField(max_length=10, default=periods.MONTH)
    rules = models.JSONField()
    effective_from = models.DateField(_("effective from"), default=periods.today)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "name", "-version"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name", "version"], name="scheme_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Run(models.Model):
    """One assessment of an organisation's managers for a period; a correction is a new version."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        COMPUTED = "computed", _("Computed")
        REVIEWED = "reviewed", _("Reviewed")
        PUBLISHED = "published", _("Published")
        LOCKED = "locked", _("Locked")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="runs")
    period = models.CharField(max_length=10)
    starts_on = models.DateField()
    ends_on = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    reason = models.CharField(max_length=300, blank=True, help_text="why this version was made")
    hash = models.CharField(max_length=64, blank=True)
    computed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    appeals_until = models.DateField(null=True)
    locked_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "scheme", "period", "version"], name="run_version_once"),
            models.UniqueConstraint(
                fields=["organisation", "period", "scheme"],
                condition=Q(state__in=["draft", "computed", "reviewed"]),
                name="run_one_unpublished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} v{self.version}"

    @property
    def is_published(self) -> bool:
        """Whether the numbers are out and sealed."""
        return self.state in (self.State.PUBLISHED, self.State.LOCKED)


class Grade(models.TextChoices):
    """What a score is called: 100–90, 89–75, 74–60, below 60."""

    EXCELLENT = "excellent", _("Excellent")
    GOOD = "good", _("Good")
    FAIR = "fair", _("Fair")
    FAIL = "fail", _("Below standard")


class Scorecard(models.Model):
    """One manager's result in a run. Sealed once the run is published."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="scorecards")
    manager = models.ForeignKey(User, models.PROTECT, related_name="scorecards")
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", help_text="the manager's unit in the period")
    score = models.DecimalField(max_digits=6, decimal_places=2)
    grade = models.CharField(max_length=10, choices=Grade)
    rank = models.PositiveIntegerField(help_text="in the comparison group")
    ranked = models.PositiveIntegerField()
    acknowledged_at = models.DateTimeField(null=True)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        ordering = ["run_id", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["run", "manager"], name="scorecard_once"),
            models.CheckConstraint(condition=Q(score__range=(0, 100)), name="scorecard_0_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.manager} {self.score}"


class ScoreLine(models.Model):
    """One indicator of a card: value, membership 0…1, weight, points. Sealed with its card."""

    card = models.ForeignKey(Scorecard, models.CASCADE, related_name="lines")
    leaf = models.CharField(max_length=40, help_text="leaf code in the scheme")
    metric = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    numerator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    denominator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    low = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    high = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    membership = models.DecimalField(max_digits=7, decimal_places=6, null=True)
    weight = models.DecimalField(max_digits=9, decimal_places=8, help_text="share of 1 in this card")
    points = models.DecimalField(max_digits=7, decimal_places=4)

    class Meta:
        ordering = ["card_id", "pk"]
        constraints = [models.UniqueConstraint(fields=["card", "leaf"], name="score_line_once")]

    def __str__(self) -> str:
        return f"{self.card_id} {self.leaf}"


class SoftScore(models.Model):
    """A supervisor's score of one soft indicator, 0…100, for a manager and a period."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, related_name="soft_scores")
    period = models.CharField(max_length=10)
    metric = models.CharField(max_length=40)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=periods.now)

    objects = SoftScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manager", "period", "metric"], name="soft_score_once"),
            models.CheckConstraint(condition=Q(score__range=(0, 100)), name="soft_score_0_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.manager_id} {self.period} {self.metric}"


class Appeal(models.Model):
    """A manager's objection to one line of a published card, and the answer, which is kept."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("Upheld")
        REJECTED = "rejected", _("Rejected")

    line = models.OneToOneField(ScoreLine, models.PROTECT, related_name="appeal")
    manager = models.ForeignKey(User, models.PROTECT, related_name="appeals")
    text = models.TextField(_("reason"))
    created_at = models.DateTimeField(default=periods.now)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.line_id} {self.state}"
