"""What clients trade, one rolling row each, and what they are expected to trade."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.querysets import ClientRowQuerySet, OrganisationRowQuerySet
from crm.lib import periods
from people.models import OrgUnit


class Trade(models.Model):
    """A client's sums over windows of whole months; rebuilt by night where facts have changed."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="trade")
    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False)
    amount_3m = models.DecimalField(max_digits=16, decimal_places=2)
    amount_3m_before = models.DecimalField(max_digits=16, decimal_places=2)
    amount_3m_year_before = models.DecimalField(max_digits=16, decimal_places=2)
    amount_12m = models.DecimalField(max_digits=16, decimal_places=2)
    amount_prev_12m = models.DecimalField(max_digits=16, decimal_places=2)
    months_traded = models.PositiveSmallIntegerField(help_text="of the last twelve")
    last_month = models.DateField(null=True, help_text="the latest with trade, of the last 24")

    objects = ClientRowQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation"], name="trade_organisation")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.amount_3m}"


class TradeMonth(models.Model):
    """Which month the rows of ``Trade`` of an organisation end with, and which of the 24 before have facts at all."""

    organisation = models.OneToOneField(OrgUnit, models.CASCADE, primary_key=True, related_name="+")
    month = models.DateField()
    months = models.JSONField(help_text="months with facts of anybody, newest first")
    versions = models.BigIntegerField(default=-1, help_text="of the facts that the rows were added up from")
    built_at = models.DateTimeField(default=periods.now)

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month:%Y-%m}"


class ForecastFit(models.Model):
    """A month's model of an organisation: its parameters and how well it would have foretold the last three months."""

    class Method(models.TextChoices):
        MODEL = "model", _("BG/NBD model")
        RULES = "rules", _("Rules")

    class Why(models.TextChoices):
        NONE = "", ""
        THIN = "thin", _("too few clients, or too few that came back")
        ALIKE = "alike", _("clients hardly differ in how often they trade")
        MISSED = "missed", _("it would have missed the last three months by too much")
        SHORT = "short", _("fewer than six months of facts")

    organisation = models.ForeignKey(OrgUnit, models.CASCADE, related_name="+")
    month = models.DateField(help_text="the last one that it knows")
    method = models.CharField(max_length=10, choices=Method)
    why = models.CharField(max_length=10, choices=Why, blank=True, help_text="why it is not the model")
    r = models.FloatField(null=True)
    alpha = models.FloatField(null=True, help_text="in months")
    a = models.FloatField(null=True)
    b = models.FloatField(null=True)
    log_likelihood = models.FloatField(null=True)
    clients = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0, help_text="those who traded in more than one month")
    calibration = models.JSONField(
        default=list, help_text="[{p, clients, expected, actual}]: trading months a client, foretold and real"
    )
    error = models.FloatField(null=True, help_text="(foretold − real) ÷ real of those three months together")
    computed_at = models.DateTimeField(default=periods.now)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "month"], name="forecast_fit_once"),
            models.CheckConstraint(
                condition=Q(method="model", r__gt=0, alpha__gt=0, a__gt=0, b__gt=0, why="")
                | (Q(method="rules") & ~Q(why="")),
                name="forecast_fit_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month:%Y-%m} {self.method}"


class Forecast(models.Model):
    """What a client is expected to trade in the three months after ``month``."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="forecast")
    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    p_active = models.DecimalField(max_digits=5, decimal_places=4, null=True, help_text="empty: by rules")
    expected_months = models.DecimalField(max_digits=4, decimal_places=2, help_text="with trade, 0 to 3")
    expected_amount = models.DecimalField(max_digits=16, decimal_places=2, help_text="yuan in three months")

    objects = ClientRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(p_active=None) | Q(p_active__range=(0, 1)), name="forecast_probability_is_one"
            ),
            models.CheckConstraint(condition=Q(expected_months__range=(0, 3)), name="forecast_months_0_to_3"),
        ]
        indexes = [models.Index(fields=["organisation", "p_active"], name="forecast_activity")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.expected_amount}"

    @property
    def a_month(self) -> Decimal:
        """Yuan a month."""
        return self.expected_amount / 3
