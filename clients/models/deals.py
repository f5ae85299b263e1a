"""Contracts with what they oblige to, and loans with the visits that they oblige to."""

import datetime as dt

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.client import Client
from clients.models.products import Product
from clients.product_querysets import ContractQuerySet, ContractStepQuerySet, LoanCheckQuerySet, LoanQuerySet
from crm.lib import periods
from people.models import OrgUnit, User


class Contract(models.Model):
    """A contract with a client: unsigned, in force, in its notice time, over; ``renews`` is the one before it."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False, db_index=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="contracts")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    renews = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="renewal", editable=False)
    number = models.CharField(_("contract number"), max_length=60)
    title = models.CharField(_("what it is about"), max_length=120)
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    starts_on = models.DateField(_("runs from"))
    ends_on = models.DateField(_("runs until"))
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), default=60)
    notice_from = models.GeneratedField(
        expression=F("ends_on") - F("notice_days"), output_field=models.DateField(), db_persist=True
    )
    ended_on = models.DateField(_("ended on"), null=True, blank=True, help_text="before its time, or withdrawn")
    ended_reason = models.CharField(_("why it ended"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    made_at = models.DateTimeField(default=periods.now, editable=False)

    objects = ContractQuerySet.as_manager()

    class Meta:
        ordering = ["ends_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="contract_number_once"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="contract_ends_after_start"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="contract_amount_not_negative"),
            models.CheckConstraint(condition=Q(ended_on=None) | ~Q(ended_reason=""), name="contract_end_has_reason"),
        ]
        indexes = [models.Index(fields=["organisation", "ends_on"], condition=Q(ended_on=None), name="contract_end")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ContractStep(models.Model):
    """What one side owes the other by a day; ``done_on`` when it was performed."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="steps")
    title = models.CharField(_("what is to be done"), max_length=120)
    due_on = models.DateField(_("due on"))
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = ContractStepQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["due_on"], condition=Q(done_on=None), name="contract_step_open")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.title}"


class Risk(models.TextChoices):
    """The five classes of loans."""

    NORMAL = "normal", pgettext_lazy("risk", "Normal")
    WATCH = "watch", _("Special mention")
    SUBSTANDARD = "substandard", _("Substandard")
    DOUBTFUL = "doubtful", _("Doubtful")
    LOSS = "loss", _("Loss")


class Guarantee(models.TextChoices):
    """What stands behind a loan."""

    CREDIT = "credit", _("Unsecured")
    GUARANTOR = "guarantor", _("Guarantor")
    MORTGAGE = "mortgage", _("Mortgage")
    PLEDGE = "pledge", _("Pledge")


class Loan(models.Model):
    """A loan to a client, as the ledger told last."""

    BAD = (Risk.SUBSTANDARD, Risk.DOUBTFUL, Risk.LOSS)

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False, db_index=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="loans")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    number = models.CharField(_("loan number"), max_length=40)
    principal = models.DecimalField(
        _("principal"), max_digits=16, decimal_places=2, validators=[MinValueValidator(0)], help_text=_("yuan")
    )
    balance = models.DecimalField(_("balance"), max_digits=16, decimal_places=2, validators=[MinValueValidator(0)])
    rate = models.DecimalField(
        _("interest, % a year"),
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    granted_on = models.DateField(_("granted on"))
    due_on = models.DateField(_("to be paid back by"))
    purpose = models.CharField(pgettext_lazy("loan", "purpose"), max_length=120, blank=True)
    guarantee = models.CharField(_("security"), max_length=20, choices=Guarantee, blank=True)
    risk = models.CharField(_("risk class"), max_length=20, choices=Risk, default=Risk.NORMAL)
    overdue_amount = models.DecimalField(
        _("overdue amount"), max_digits=16, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    overdue_since = models.DateField(_("overdue since"), null=True, blank=True)
    closed_on = models.DateField(_("paid back on"), null=True, blank=True)
    check_days = models.PositiveSmallIntegerField(
        _("days between post-loan visits"), null=True, blank=True, help_text=_("Empty: by the risk class.")
    )
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    changed_at = models.DateTimeField(default=periods.now, editable=False)

    objects = LoanQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="loan_number_once"),
            models.CheckConstraint(condition=Q(due_on__gt=F("granted_on")), name="loan_due_after_grant"),
            models.CheckConstraint(condition=Q(balance__gte=0, balance__lte=F("principal")), name="loan_balance_fits"),
            models.CheckConstraint(
                condition=Q(overdue_amount=0, overdue_since=None)
                | Q(overdue_amount__gt=0, overdue_since__isnull=False),
                name="loan_overdue_whole",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("granted_on"), overdue_since=None, balance=0),
                name="loan_closed_is_paid",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "due_on"], condition=Q(closed_on=None), name="loan_end"),
            models.Index(
                fields=["organisation", "overdue_since"], condition=Q(overdue_since__isnull=False), name="loan_overdue"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def overdue_days(self, day: dt.date) -> int:
        """Days since the overdue amount should have been paid; 0 when nothing is overdue."""
        return (day - self.overdue_since).days if self.overdue_since else 0


class LoanCheck(models.Model):
    """The duty of a post-loan visit: one open a loan; the visit that fulfils it is named by its id.

    Visits are a package above this one, so it says ``fulfil`` (clients.services.loans) rather than being pointed at.
    """

    class Finding(models.TextChoices):
        FINE = "fine", _("Nothing conspicuous")
        WATCH = "watch", _("To be watched")
        RISK = "risk", _("Risk signal")

    loan = models.ForeignKey(Loan, models.CASCADE, related_name="checks")
    client = models.ForeignKey(Client, models.PROTECT, related_name="loan_checks", db_index=False, editable=False)
    due_on = models.DateField(_("due on"))
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    visit_id = models.BigIntegerField(null=True, editable=False)
    finding = models.CharField(_("finding"), max_length=10, choices=Finding, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = LoanCheckQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["loan"], condition=Q(done_on=None), name="loan_check_one_open"),
            models.UniqueConstraint(
                fields=["loan", "visit_id"], condition=Q(visit_id__isnull=False), name="loan_check_visit_once"
            ),
            models.CheckConstraint(
                condition=Q(done_on=None, finding="") | Q(done_on__isnull=False), name="loan_check_found"
            ),
        ]
        indexes = [
            models.Index(fields=["client", "due_on"], condition=Q(done_on=None), name="loan_check_open"),
            models.Index(fields=["client", "done_on"], condition=Q(done_on__isnull=False), name="loan_check_done"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.due_on}"
