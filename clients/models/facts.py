"""Monthly business facts and the uploads that bring them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.querysets import ClientRowQuerySet, OrganisationRowQuerySet
from crm.lib import periods
from people.models import OrgUnit, User


class MonthlyFact(models.Model):
    """One client's business in one month. Partitioned by month; ``organisation`` is the distribution key."""

    pk = models.CompositePrimaryKey("client_id", "month")
    client = models.ForeignKey(Client, models.DO_NOTHING, related_name="facts")
    month = models.DateField(help_text="first day")
    organisation = models.ForeignKey(OrgUnit, models.DO_NOTHING, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=16, decimal_places=2, default=0, help_text="yuan")
    quantity = models.DecimalField(max_digits=16, decimal_places=3, default=0)
    measures = models.JSONField(null=True, help_text="further measures of the industry, e.g. deposits, class_1")

    objects = ClientRowQuerySet.as_manager()

    class Meta:
        managed = False  # the partitioned table is made in SQL
        db_table = "clients_monthlyfact"

    def __str__(self) -> str:
        return f"{self.client_id} {self.month:%Y-%m}"


class FactMark(models.Model):
    """How often facts of a month have changed in an organisation; kept by triggers, so nothing that writes is missed.

    Who keeps sums of facts remembers the versions that it saw, and need not add up again what has not changed.
    """

    pk = models.CompositePrimaryKey("organisation_id", "month")
    organisation = models.ForeignKey(OrgUnit, models.CASCADE, related_name="+", db_index=False)
    month = models.DateField(help_text="first day")
    version = models.PositiveBigIntegerField()

    objects = OrganisationRowQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.month:%Y-%m} {self.version}"


class FactChange(models.Model):
    """A fact of a month that was tiered already came late or was put right: what depends on it is computed anew."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, models.CASCADE, related_name="+", db_index=False)
    month = models.DateField(help_text="first day")
    noted_at = models.DateTimeField(default=periods.now)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "month"], name="fact_change_once")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.month:%Y-%m}"


class Upload(models.Model):
    """A file on its way in: what it holds, how its columns are matched, what became of its rows."""

    class Target(models.TextChoices):
        CLIENTS = "clients", _("Clients")
        FACTS = "facts", _("Monthly facts")
        PRODUCTS = "products", _("Product catalogue")
        HOLDINGS = "holdings", _("Holdings and listing")
        LOANS = "loans", _("Loans")
        CONTRACTS = "contracts", _("Contracts")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    target = models.CharField(max_length=20, choices=Target)
    file = models.FileField(upload_to="uploads/%Y/%m")
    file_name = models.CharField(max_length=200)
    columns = models.JSONField(default=dict, help_text="field name → header in the file")
    options = models.JSONField(default=dict)
    report = models.JSONField(null=True, help_text="counts: rows, created, updated, unchanged, rejected, warnings")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    uploaded_at = models.DateTimeField(default=periods.now)

    objects = OrganisationRowQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.file_name


class UploadProblem(models.Model):
    """What is wrong with a row of an upload; in words by clients.imports.problems."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="problems", db_index=False)
    row = models.PositiveIntegerField(help_text="line in the file")
    field = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=30)
    params = models.JSONField(null=True)
    is_warning = models.BooleanField()

    class Meta:
        ordering = ["is_warning", "row", "pk"]
        indexes = [models.Index(fields=["upload", "is_warning", "row"], name="upload_problem_rows")]

    def __str__(self) -> str:
        return f"{self.row} {self.field} {self.reason}"
