"""The marketing plan of a month and how far it is."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import periods
from journals.querysets import PlanItemQuerySet, PlanQuerySet
from people.models import OrgUnit, User


class MarketingPlan(models.Model):
    """What a unit wants to reach in a month."""

    unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    month = models.DateField(help_text="its first day")
    goal = models.TextField(_("goal of the month"), max_length=2000)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=periods.now)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "unit_id"]
        constraints = [models.UniqueConstraint(fields=["unit", "month"], name="marketing_plan_once")]

    def __str__(self) -> str:
        return f"{self.unit} {self.month:%Y-%m}"


class PlanItem(models.Model):
    """One piece of work of a plan with a number to reach."""

    plan = models.ForeignKey(MarketingPlan, models.PROTECT, related_name="items")
    title = models.CharField(pgettext_lazy("plan", "work"), max_length=100)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("plan", "in charge"))
    target = models.PositiveIntegerField(pgettext_lazy("plan", "target"), validators=[MinValueValidator(1)])
    measure = models.CharField(_("counted in"), max_length=10, blank=True)
    due_on = models.DateField(_("due on"))
    done = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(default=periods.now)

    objects = PlanItemQuerySet.as_manager()

    class Meta:
        ordering = ["plan_id", "due_on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(target__gte=1), name="plan_item_has_target")]

    def __str__(self) -> str:
        return self.title

    @property
    def share(self) -> Decimal:
        """How much of the target is reached, 0 to 1."""
        return min(Decimal(self.done) / self.target, Decimal(1))

    @property
    def is_late(self) -> bool:
        """Whether its day has passed short of the target."""
        return self.done < self.target and self.due_on < periods.today()
