"""Tier schemes, service standards and the tiers that come out."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.querysets import ClientRowQuerySet, OrganisationRowQuerySet, TierSchemeQuerySet
from crm.lib import periods
from people.models import OrgUnit, User


class TierScheme(models.Model):
    """A version of the rules that put clients into tiers; ``rules`` is validated by clients.tiering.rules.

    Rules: ``{"within": level, "criteria": [{"measure", "weight", "normalise", …}], "bands": [{"tier", "share"}], …}``.
    """

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    version = models.PositiveIntegerField(default=1)
    rules = models.JSONField()
    effective_from = models.DateField(_("effective from"), default=periods.today)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = TierSchemeQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "-version"]
        constraints = [models.UniqueConstraint(fields=["organisation", "version"], name="tier_scheme_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class ServiceStandard(models.Model):
    """What a tier's clients are owed: days between visits and between calls, response in hours."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="service_standards")
    tier = models.CharField(_("tier"), max_length=10)
    position = models.PositiveSmallIntegerField(default=0, help_text="0 is the highest tier")
    visit_days = models.PositiveSmallIntegerField(_("days between visits"))
    call_days = models.PositiveSmallIntegerField(_("days between calls"))
    response_hours = models.PositiveSmallIntegerField(_("hours to respond"), default=48)
    visit_minutes = models.PositiveSmallIntegerField(_("minutes on site"), default=20)
    menu = models.TextField(_("service menu"), blank=True)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "tier"], name="service_standard_once"),
            models.CheckConstraint(condition=Q(visit_days__gt=0, call_days__gt=0), name="service_standard_positive"),
        ]

    def __str__(self) -> str:
        return self.tier


class TierResult(models.Model):
    """A client's tier in a month with the breakdown that explains it."""

    pk = models.CompositePrimaryKey("client_id", "month")
    # The statement that writes the rows takes them from the clients. PostgreSQL would look each of the three up once
    # more, row by row, and lock the client's row for it: a quarter of the job, and the clients' table written anew.
    client = models.ForeignKey(Client, models.CASCADE, related_name="tier_results", db_index=False, db_constraint=False)
    month = models.DateField()
    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    scheme = models.ForeignKey(TierScheme, models.PROTECT, related_name="results", db_index=False, db_constraint=False)
    tier = models.CharField(max_length=10)
    score = models.DecimalField(max_digits=9, decimal_places=4, null=True, help_text="0–100")
    rank = models.PositiveIntegerField(null=True)
    ranked = models.PositiveIntegerField(null=True, help_text="number of clients in the ranking")
    breakdown = models.JSONField(null=True, help_text="measure → [value, normalised, weight]; notes")

    objects = ClientRowQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "month", "tier"], name="tier_result_month")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.month:%Y-%m} {self.tier}"


class ClientTier(models.Model):
    """The tier that a client has now, one row a client; written only where it changes."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="standing")
    tier = models.CharField(max_length=10)
    month = models.DateField(help_text="month of the result that it comes from")
    since = models.DateField(help_text="first month with this tier without a break")

    objects = ClientRowQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.client_id} {self.tier}"
