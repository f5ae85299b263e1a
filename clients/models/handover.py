"""Clients that change hands, for good or for the time of a leave."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.handover_querysets import HandoverQuerySet, LeaveCoverQuerySet
from clients.models.client import Client
from crm.lib import periods
from people.models import DateRange, OrgUnit, User


class Handover(models.Model):
    """Clients that go from one account manager to another from a day on, with what has to be passed along."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False)
    giver = models.ForeignKey(
        User, models.PROTECT, related_name="handovers_given", verbose_name=pgettext_lazy("handover", "from")
    )
    taker = models.ForeignKey(
        User, models.PROTECT, related_name="handovers_taken", verbose_name=pgettext_lazy("handover", "to")
    )
    day = models.DateField(_("from the day"), help_text="the taker's first day")
    reason = models.CharField(_("reason"), max_length=120)
    note = models.TextField(_("note"), blank=True)
    checklist = models.JSONField(default=list, help_text='[{"text": "…", "done": false}]')
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=periods.now)
    giver_signed_at = models.DateTimeField(null=True)
    taker_signed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True, help_text="when the clients changed hands")
    cancelled_at = models.DateTimeField(null=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="handover_of_two"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(cancelled_at=None), name="handover_one_end"),
        ]
        indexes = [
            models.Index(fields=["day"], condition=Q(done_at=None, cancelled_at=None), name="handover_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker} {self.day}"

    @property
    def is_waiting(self) -> bool:
        """Whether its day is still to come."""
        return self.done_at is None and self.cancelled_at is None

    @property
    def is_signed(self) -> bool:
        """Whether both sides have signed."""
        return self.giver_signed_at is not None and self.taker_signed_at is not None

    def side_of(self, user: Any) -> str:
        """ "giver", "taker" or "" for anybody else."""
        return {self.giver_id: "giver", self.taker_id: "taker"}.get(user.pk, "")


class HandoverClient(models.Model):
    """A client on the list of a handover."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="rows", db_index=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="handover_rows")
    taken = models.BooleanField(
        default=False, help_text="whether it changed hands: not if the owner was another by then"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["handover", "client"], name="handover_client_once")]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.client_id}"


class LeaveCover(models.Model):
    """Somebody looks after all clients of a person who is away; it ends by itself after the last day."""

    organisation = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+", editable=False)
    person = models.ForeignKey(
        User, models.PROTECT, related_name="leaves", verbose_name=_("who is away"), db_index=False
    )
    deputy = models.ForeignKey(User, models.PROTECT, related_name="covers", verbose_name=_("deputy"), db_index=False)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=periods.now)

    objects = LeaveCoverQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-pk"]
        indexes = [models.Index(fields=["deputy", "valid_to"], name="leave_cover_deputy")]
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="leave_cover_ends_after_start"),
            models.CheckConstraint(condition=~Q(person=F("deputy")), name="leave_cover_of_two"),
            ExclusionConstraint(
                name="leave_cover_no_overlap",
                expressions=[
                    (
                        Func(F("person_id"), F("person_id"), models.Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        DateRange("valid_from", "valid_to", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} ← {self.deputy} {self.valid_from}"

    @property
    def is_over(self) -> bool:
        """Whether the last day has passed."""
        return self.valid_to < periods.today()

    @property
    def is_on(self) -> bool:
        """Whether it holds today."""
        return self.valid_from <= periods.today() <= self.valid_to
