"""Honours that a published run brings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from kpi.models.run import Run
from kpi.querysets import HonourQuerySet
from people.models import OrgUnit, User


class Honour(models.Model):
    """A title that a manager earned in a published run. Never changes."""

    class Kind(models.TextChoices):
        CHAMPION = "champion", _("Champion")
        SECOND = "second", _("Second place")
        THIRD = "third", _("Third place")
        MODEL = "model", _("Model of the trade")

    run = models.ForeignKey(Run, models.PROTECT, related_name="honours")
    manager = models.ForeignKey(User, models.PROTECT, related_name="honours")
    group = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=periods.now)

    objects = HonourQuerySet.as_manager()

    class Meta:
        ordering = ["-run__starts_on", "group__path", "kind"]
        constraints = [models.UniqueConstraint(fields=["run", "manager", "kind"], name="honour_once")]

    def __str__(self) -> str:
        return f"{self.manager} {self.run.period} {self.kind}"
