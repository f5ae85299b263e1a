"""Runs of an assessment, the cards that come out, and appeals against their lines."""

from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import periods
from kpi.models.scheme import Scheme
from kpi.querysets import AppealQuerySet, CommentQuerySet, LineQuerySet, RunQuerySet, ScorecardQuerySet
from people.models import OrgUnit, User


class Run(models.Model):
    """One assessment of an organisation's managers for a period; a correction is a new version."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        COMPUTED = "computed", _("Computed")
        REVIEWED = "reviewed", pgettext_lazy("run", "Reviewed")
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
    as_of = models.DateField(
        null=True, help_text="last day whose facts count: the period's end, or earlier in a running one"
    )
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

    @property
    def span(self) -> periods.Period:
        """Its period."""
        return periods.Period.parse(self.period)

    @cached_property
    def rules(self) -> Any:
        """The checked rules that it scores by."""
        from kpi.schemes import parse  # that module reads the metrics, which read models

        return parse(self.scheme.rules)


class RunEvent(models.Model):
    """A step in a run's life: who brought it where, when, why. Never changes."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="events")
    state = models.CharField(max_length=10, choices=Run.State)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=periods.now)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.run_id} {self.state}"


class Grade(models.TextChoices):
    """What a score is called: 100–90, 89–75, 74–60, below 60."""

    EXCELLENT = "excellent", _("Excellent")
    GOOD = "good", _("Good")
    FAIR = "fair", _("Fair")
    FAIL = "fail", _("Below standard")


class Scorecard(models.Model):
    """One manager's result in a run. Sealed once the run is published."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="scorecards", db_index=False)
    manager = models.ForeignKey(User, models.PROTECT, related_name="scorecards")
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", help_text="the manager's unit in the period")
    group = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", help_text="unit within which cards are ranked")
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True, help_text="empty: nothing could be measured")
    adjustment = models.DecimalField(
        max_digits=5, decimal_places=1, default=0, help_text="bonus and penalty points in the score"
    )
    bonus = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()),
        help_text='what makes up the adjustment: [{"points", "reason"} or {"points", "rule", "value"}]',
    )  # fmt: skip
    given = models.CharField(
        max_length=32, default="", db_default="", help_text="fingerprint of the given values that it stands on"
    )
    grade = models.CharField(max_length=10, choices=Grade, blank=True)
    rank = models.PositiveIntegerField(null=True, help_text="in the comparison group; equal scores share a rank")
    ranked = models.PositiveIntegerField(default=0)
    waiting = models.PositiveSmallIntegerField(default=0, help_text="indicators without which it must not be published")
    acknowledged_at = models.DateTimeField(null=True)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        ordering = ["run_id", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["run", "manager"], name="scorecard_once"),
            models.CheckConstraint(condition=Q(score__range=(0, 100)), name="scorecard_0_to_100"),
            models.CheckConstraint(
                condition=Q(score=None, rank=None, grade="")
                | Q(score__isnull=False, rank__gte=1, grade__in=["excellent", "good", "fair", "fail"]),
                name="scorecard_score_has_rank",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manager} {self.score}"


class ScoreLine(models.Model):
    """One indicator of a card: value, membership 0…1, weight, points. Sealed with its card."""

    class Basis(models.TextChoices):
        MEASURED = "measured", _("Measured")
        MEDIAN = "median", _("No value: counts as the group's median")
        SPREAD = "spread", _("No value: its weight goes to the other indicators")
        WAIT = "wait", _("No value yet: the card waits for it")

    card = models.ForeignKey(Scorecard, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField(default=0, help_text="place in the scheme")
    leaf = models.CharField(max_length=40, help_text="leaf code in the scheme")
    metric = models.CharField(max_length=40)
    basis = models.CharField(max_length=10, choices=Basis, default=Basis.MEASURED)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    numerator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    denominator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    low = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    high = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    median = models.DecimalField(max_digits=20, decimal_places=6, null=True, help_text="of the comparison group")
    membership = models.DecimalField(max_digits=7, decimal_places=6, null=True)
    weight = models.DecimalField(max_digits=9, decimal_places=8, help_text="share of 1 in this card")
    points = models.DecimalField(max_digits=7, decimal_places=4)

    objects = LineQuerySet.as_manager()

    class Meta:
        ordering = ["card_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["card", "leaf"], name="score_line_once"),
            models.CheckConstraint(
                condition=Q(membership=None) | Q(membership__range=(0, 1)), name="score_line_membership_0_to_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} {self.leaf}"


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

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None, answered_by=None, answer="")
                | (
                    Q(state__in=["upheld", "rejected"], answered_at__isnull=False, answered_by__isnull=False)
                    & ~Q(answer="")
                ),
                name="appeal_answer_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.state}"


class CardComment(models.Model):
    """What the manager, the supervisor or HR says about a card. Never changes."""

    card = models.ForeignKey(Scorecard, models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.CharField(_("comment"), max_length=500)
    at = models.DateTimeField(default=periods.now)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="card_comment_not_empty")]

    def __str__(self) -> str:
        return f"{self.card_id} {self.author_id}"
