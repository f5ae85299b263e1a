"""What goes into an assessment: measured values of managers, and supervisors' soft scores."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from kpi.querysets import AdjustmentQuerySet, ImportedValueQuerySet, SoftScoreQuerySet
from people.models import OrgUnit, User


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


class ManagerValue(models.Model):
    """What an indicator measured for a manager in a period. Missing is no row, or a row whose value is empty."""

    pk = models.CompositePrimaryKey("organisation_id", "period", "metric", "manager_id")
    # Written from the people who held a post: not looked up once more, row by row.
    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    period = models.CharField(max_length=10)
    metric = models.CharField(max_length=40)
    manager = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    numerator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    denominator = models.DecimalField(max_digits=20, decimal_places=4, null=True)

    class Meta:
        indexes = [models.Index(fields=["manager", "metric", "period"], name="manager_value_trend")]

    def __str__(self) -> str:
        return f"{self.manager_id} {self.period} {self.metric} {self.value}"


class ImportedValue(models.Model):
    """An indicator's value of a manager and a period from another system; the last import counts."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, related_name="+")
    period = models.CharField(max_length=10)
    metric = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=20, decimal_places=6)
    imported_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    imported_at = models.DateTimeField(default=periods.now)

    objects = ImportedValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manager", "period", "metric"], name="imported_value_once"),
        ]
        indexes = [models.Index(fields=["organisation", "period", "metric"], name="imported_value_period")]

    def __str__(self) -> str:
        return f"{self.manager_id} {self.period} {self.metric} {self.value}"


class Adjustment(models.Model):
    """Bonus or penalty points of a manager for a period, with the reason; withdrawn, never deleted."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    manager = models.ForeignKey(User, models.PROTECT, related_name="adjustments")
    period = models.CharField(max_length=10)
    points = models.DecimalField(
        _("points"), max_digits=4, decimal_places=1, help_text=_("Above 0 a bonus, below 0 a penalty.")
    )
    reason = models.CharField(_("reason"), max_length=300)
    rule = models.CharField(max_length=40, blank=True, help_text="code of the scheme's rule that it was given by")
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=periods.now)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at"]
        constraints = [
            models.CheckConstraint(condition=Q(points__range=(-20, 20)) & ~Q(points=0), name="adjustment_within_20"),
            models.CheckConstraint(condition=~Q(reason=""), name="adjustment_has_a_reason"),
        ]
        indexes = [models.Index(fields=["organisation", "period"], name="adjustment_period")]

    def __str__(self) -> str:
        return f"{self.manager_id} {self.period} {self.points:+}"
