"""Clients that may be in the file twice, and their merging."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.querysets import DuplicatePairQuerySet, MergeQuerySet
from crm.lib import periods
from people.models import OrgUnit, User


class DuplicatePair(models.Model):
    """Two clients that look like one, and what somebody has decided about them."""

    class State(models.TextChoices):
        OPEN = "open", _("To be judged")
        DIFFERENT = "different", _("Two clients")
        MERGED = "merged", _("Merged")

    class Reason(models.TextChoices):
        CODE = "code", _("Same code but for its spelling")
        PHONE = "phone", _("Same phone")
        NAME = "name", _("Same name in the same unit")
        LIKENESS = "likeness", _("Name and address are alike")
        MANUAL = "manual", _("Put together by hand")

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False)
    first = models.ForeignKey(Client, models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Client, models.CASCADE, related_name="+")
    reasons = ArrayField(models.CharField(max_length=10, choices=Reason))
    weight = models.PositiveSmallIntegerField(default=0, help_text="the more speaks for it, the higher")
    likeness = models.DecimalField(max_digits=3, decimal_places=2, null=True, help_text="of name and address, 0–1")
    found_at = models.DateTimeField(default=periods.now, help_text="when the scan began that found it last")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_ordered"),
        ]
        indexes = [models.Index(fields=["organisation", "state", "-weight", "id"], name="duplicate_pair_list")]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"

    @property
    def reason_words(self) -> list[str]:
        """The reasons, for people."""
        return [str(self.Reason(reason).label) for reason in self.reasons]


class Merge(models.Model):
    """One client taken into another, with all that is needed to take them apart again. Sealed but for the undoing."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", db_index=False)
    kept = models.ForeignKey(Client, models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Client, models.PROTECT, related_name="+")
    before = models.JSONField(help_text='{"kept": {field: value}, "gone": {…}} of the fields that were chosen')
    after = models.JSONField(help_text="field → value that the kept client got")
    moved = models.JSONField(help_text="table → {column, ids of the rows that were moved}")
    facts = models.JSONField(help_text="months that both had or only the other: rows before and after, as text")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=periods.now)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="merged_once_at_a_time"),
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="merge_of_two"),
        ]
        indexes = [models.Index(fields=["organisation", "-made_at", "-id"], name="merge_list")]

    def __str__(self) -> str:
        return f"{self.gone_id} → {self.kept_id}"
