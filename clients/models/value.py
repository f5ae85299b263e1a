"""What a client is worth, and where it stands in its life cycle."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client, Stage
from clients.querysets import ClientRowQuerySet
from crm.lib import periods
from people.models import OrgUnit, User


class ClientValue(models.Model):
    """One rolling row a client: what it did in the twelve months up to a month, and its place among the others."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="value")
    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    month = models.DateField(help_text="last month of the twelve")
    amount_12m = models.DecimalField(max_digits=16, decimal_places=2, help_text="yuan")
    amount_prev_12m = models.DecimalField(max_digits=16, decimal_places=2, help_text="yuan, the twelve months before")
    months_traded = models.PositiveSmallIntegerField(help_text="of twelve")
    idle_months = models.PositiveSmallIntegerField(null=True, help_text="since the last trade; empty without any")
    recency = models.PositiveSmallIntegerField(help_text="1–5, 5 the best")
    frequency = models.PositiveSmallIntegerField(help_text="1–5")
    monetary = models.PositiveSmallIntegerField(help_text="1–5")
    traded_before = models.BooleanField(help_text="in the same quarter of the year before")
    trades_now = models.BooleanField(help_text="in the last three months")
    stage = models.CharField(max_length=20, choices=Stage, help_text="by the rules, whatever was set by hand")

    objects = ClientRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(recency__range=(1, 5), frequency__range=(1, 5), monetary__range=(1, 5)),
                name="client_value_rfm",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.recency}{self.frequency}{self.monetary}"


class StageHold(models.Model):
    """A stage set by hand, with the reason; the rules leave the client alone until the last day."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="stage_hold")
    stage = models.CharField(_("stage"), max_length=20, choices=Stage)
    reason = models.CharField(_("reason"), max_length=200)
    until = models.DateField(_("holds until"))
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=periods.now)

    objects = ClientRowQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.client_id} {self.stage}"


class StageChange(models.Model):
    """A step of a client's life cycle: by the rules, or by somebody."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="stage_changes", db_index=False)
    day = models.DateField()
    before = models.CharField(max_length=20, choices=Stage)
    after = models.CharField(max_length=20, choices=Stage)
    reason = models.CharField(max_length=200, blank=True, help_text="empty for the rules")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = ClientRowQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        indexes = [models.Index(fields=["client", "-day"], name="stage_change_client")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.before} → {self.after}"
