"""Pay rules, monthly pay sheets, and what each person gets and why. Seen by HR and by the person, by nobody else."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.lib import periods
from kpi.models.careers import PostGrade
from kpi.models.run import Grade, Scorecard
from kpi.querysets import PayLineQuerySet, PayQuerySet
from people.models import OrgUnit, User

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2, "default": 0}


class PayRules(models.Model):
    """A version of an organisation's pay rules, in force from a month on; ``rules`` is checked by kpi.pay.rules.

    Never changes.
    """

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    effective_from = models.DateField(_("effective from"))
    rules = models.JSONField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=periods.now)

    objects = PayQuerySet.as_manager()

    class Meta:
        ordering = ["organisation_id", "-version"]
        constraints = [models.UniqueConstraint(fields=["organisation", "version"], name="pay_rules_version_once")]

    def __str__(self) -> str:
        return f"v{self.version}"


class PaySheet(models.Model):
    """The pay of an organisation's managers for a month. Sealed once final; a correction is a new version."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        FINAL = "final", _("Final")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    rules = models.ForeignKey(PayRules, models.PROTECT, related_name="sheets")
    period = models.CharField(max_length=10)
    version = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=300, blank=True, help_text="why this version was made")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    computed_at = models.DateTimeField(null=True)
    hash = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    final_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    final_at = models.DateTimeField(null=True)

    objects = PayQuerySet.as_manager()

    class Meta:
        ordering = ["-period", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "period", "version"], name="pay_sheet_version_once"),
            models.UniqueConstraint(
                fields=["organisation", "period"], condition=Q(state="draft"), name="pay_sheet_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", final_by=None, final_at=None)
                | Q(state="final", final_by__isnull=False, final_at__isnull=False),
                name="pay_sheet_final_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} v{self.version}"

    @property
    def is_final(self) -> bool:
        """Whether it is sealed and the people may see their line."""
        return self.state == self.State.FINAL

    @property
    def span(self) -> periods.Period:
        """Its month."""
        return periods.Period.parse(self.period)


class PayLine(models.Model):
    """A person's pay of a month: total = base + grade pay + quarter's bonus − deferred + released + piece items."""

    sheet = models.ForeignKey(PaySheet, models.CASCADE, related_name="lines")
    manager = models.ForeignKey(User, models.PROTECT, related_name="pay_lines")
    org = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    grade = models.ForeignKey(PostGrade, models.PROTECT, null=True, related_name="+", help_text="at the month's end")
    card = models.ForeignKey(Scorecard, models.PROTECT, null=True, related_name="+")
    days = models.PositiveSmallIntegerField(default=0, help_text="calendar days in post")
    of_days = models.PositiveSmallIntegerField()
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    result = models.CharField(max_length=10, choices=Grade, blank=True)
    factor = models.DecimalField(max_digits=6, decimal_places=4, null=True, help_text="of the standard bonus")
    base = models.DecimalField(**MONEY)
    grade_pay = models.DecimalField(**MONEY)
    bonus = models.DecimalField(**MONEY, help_text="earned this month, paid with the quarter")
    quarter_bonus = models.DecimalField(**MONEY, help_text="earned in the quarter that ends")
    deferred = models.DecimalField(**MONEY, help_text="of it kept back")
    released = models.DecimalField(**MONEY, help_text="kept back last year, paid now")
    pieces = models.DecimalField(**MONEY)
    total = models.DecimalField(**MONEY)

    objects = PayLineQuerySet.as_manager()

    class Meta:
        ordering = ["sheet_id", "org__path", "manager__username"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "manager"], name="pay_line_once"),
            models.CheckConstraint(
                condition=Q(
                    total=models.F("base") + models.F("grade_pay") + models.F("quarter_bonus") - models.F("deferred")
                    + models.F("released") + models.F("pieces")
                ),
                name="pay_line_adds_up",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.manager_id} {self.total}"

    @property
    def paid_of_quarter(self) -> Decimal:
        """What of the quarter's bonus is paid now."""
        return self.quarter_bonus - self.deferred


class PayItem(models.Model):
    """A piece item of a line: what was measured, and what it brings or costs."""

    line = models.ForeignKey(PayLine, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    metric = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=20, decimal_places=6)
    numerator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    denominator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    amount = models.DecimalField(**MONEY)

    class Meta:
        ordering = ["line_id", "position"]
        constraints = [models.UniqueConstraint(fields=["line", "position"], name="pay_item_once")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.metric}"
